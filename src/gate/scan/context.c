/*
 * The words, and finding them near a place.
 *
 * A word is matched in the folded view without regard to ASCII case; an ASCII word needs a border
 * on both sides (a plural s may follow). The words are folded themselves when the table is made, so
 * that one with a Cyrillic letter meets text folded the same way.
 *
 * What counts as near: the clause before, at most CONTEXT_BEFORE bytes back to a line break, a full
 * stop or a semicolon, and CONTEXT_BEHIND bytes after ("13800138000 is my mobile"). Words behind
 * only add permission; the word that ends closest before decides what a bare number is.
 *
 * Lookup: words hang in chains by a hash of their first two bytes, and begin behind no letter or
 * with a byte above 0x7F. What was seen is remembered: the table keeps marks, words and ends of
 * clauses, of one stretch of the view that grows to the right as numbers ask for it, so that
 * neighbours in a table or a log line share one look. The ring holds more marks than CONTEXT_BEFORE
 * bytes can have.
 */
#include <assert.h>

#include "base/mem.h"
#include "gate/scan/impl.h"

enum { CONTEXT_BEFORE = 72, CONTEXT_BEHIND = 30, CHAINS = 4096, NONE = 0xFFFF };
enum { MARKS = 256, SLACK = 8, HEADS = 16384, WORDS_MAX = 768, WORD_MAX = 40 };
static const uint32_t NONE_READ = UINT32_MAX - BLOCK;

/* Words that say the same, with '|' between. */
static const struct {
    uint64_t classes;
    const char *words;
} rows[] = {
    /* telephone */
    {CTX(PHONE), "电话|手机|联系方式|座机|热线|传真|致电|拨打|来电|打给|短信|移动电话|電話|手機|"
     "携帯|전화|휴대폰|핸드폰|연락처|phone|telephone|tel|mobile|cell|cellphone|fax|call|call me|"
     "dial|whatsapp|sms|text me|handy|telefon|rufnummer|"
     "mobil|mobilnummer|handynummer|telefonnummer|téléphone|portable|móvil|teléfono|"
     "telefono|cellulare|telefone|celular|ligar|hotline|callback|телефон|тел|моб|contact|"
     "phone number|reach me|office|desk|answering|ring|your number|his number|her number|"
     "our number|their number|meine nummer|deine nummer|ihre nummer|mon numéro|mi número|"
     "mio numero|我的号码|new number|reachable|reached|cel|bel|bellen|telefoon|telefoonnummer|"
     "mobiel|joindre|tél|telemóvel|telefonu|téléphoner|ext"},
    {CTX(PHONE), "handynummer|handynr|telefonnummer|telefonnr|telnr|mobil|mobilnummer|mobiltelefon|"
     "mobilfunk|festnetz|festnetznummer|faxnummer|durchwahl|rückruf|anruf|anrufen|erreichbar|"
     "erreichen|rückrufnummer|notfallnummer"},
    {CTX(PHONE), "llámame|llámeme|llamar al|telf|tlf|tfno|número es|appelez|appeler|"
     "joignable|numéro est|natel|gsm|chiamami|chiamare|chiama|ruf mich|rufen sie|"
     "mijn nummer|bereikbaar|fon|fisso|fixe"},
    /* Chinese documents */
    {CTX(RESIDENT), "身份证|证件|身份證|公民身份|居民身份|社保|身分證|resident id|id card|"
     "nric|curp"},
    /* of no certain country: the check digit decides which */
    {CTX(RESIDENT) | CTX(ZA) | CTX(TH) | CTX(IL) | CTX(TR) | CTX(MO) | CTX(RO),
     "id number|idnumber|identity number|national id|national identity|id no|identity no"},
    {CTX(PASSPORT), "护照|護照|passport|reisepass|reisepassnummer|passnummer|passeport|"
     "pasaporte|passaporto|паспорт|pass-nr|passnr|paspoort|paspoortnummer|paspoortnr|paszport|"
     "パスポート|旅券|여권"},
    {CTX(PERMIT), "通行证|通行證|回乡证|台胞证|港澳|居住证|travel permit"},
    {CTX(OFFICER), "军官证|士兵证|义务兵证|文职|警官证|字第|警号|officer id"},
    /* accounts */
    {CTX(QQ), "qq|扣扣|企鹅号"},
    {CTX(WECHAT), "微信|wechat|weixin|wx|vx"},
    {CTX(CARD), "银行卡|卡号|信用卡|储蓄卡|借记卡|工行卡|银行|行卡|card|credit card|visa|"
     "mastercard|amex|debit|cc|unionpay|kreditkarte|tarjeta|cartão"},
    {CTX(ACCOUNT), "账号|账户|帐号|帐户|汇款|转账|开户|对公|account|acct|bank account|"
     "account number|account no|konto|kontonummer|kontonr|iban|numéro de compte|n° de compte|"
     "número de cuenta|número de conta|numero di conto|conto corrente|rekeningnummer"},
    {CTX(ROUTING), "routing|aba|sort code"},
    {CTX(BIC), "swift|bic"},
    /* things, places, days */
    {CTX(IMEI), "imei|串号"},
    {CTX(PLACE), "坐标|经纬度|经度|北纬|东经|纬度|定位|位置|gps|lat|latitude|coordinates|"
     "location|position|lat/lon|lng|lon|longitude|geo|mlat|mlon"},
    {CTX(BIRTH), "出生|生日|生于|诞辰|born|dob|d.o.b|birthday|birthdate|birth date|date of birth|"
     "birth|geboren|geb|geburtsdatum|geburtstag|geburtsjahr|geborene|geborener|geborenen|"
     "né le|née le|date de naissance|fecha de nacimiento|nato il|生年月日|생년월일|"
     "bday|birth_date|出生年月|nacido|nacida|nacido el|nacida el|nascido|nascida|nata|"
     "nata il|"
     "data di nascita|data de nascimento|geboren op|geboortedatum|urodzony|urodzona|nació el|"
     "nació en|"
     "nacque|cumpleaños|anniversaire|compleanno|verjaardag|"
     "data urodzenia|дата рождения|родился|родилась"},
    {CTX(RECORD), "病历号|病案号|住院号|门诊号|就诊卡|医保卡|医保卡号|医保号|工号|学号|学籍号"},
    {CTX(RECORD) | CTX(RESIDENT), "社保卡号"},
    {CTX(RECORD), "versichertennummer|versichertennr|krankenversichertennummer|"
     "krankenversicherungsnummer|kvnr|rvnr|patientennummer|fallnummer|personalnummer|"
     "mitgliedsnummer|kundennummer|matrikelnummer|policennummer|versicherungsschein|"
     "vertragsnummer|vertragsnr|kundennr|policennr|ust-idnr|ust-id|umsatzsteuer-id"},
    {CTX(RECORD), "kunden-nr|mitglieds-nr|mitgliedsnr|vertrags-nr|policen-nr|personal-nr|"
     "hra|hrb|handelsregisternummer|sv-nummer|sv-nr"},
    {CTX(RECORD) | CTX(AT), "sozialversicherungsnummer|rentenversicherungsnummer|"
     "versicherungsnummer"}, /* of both countries */
    {CTX(RECORD), "保单号|mrn|medical record|patient id|employee id|student id|member id|"
     "policy number|policy no|claim no|claim number|member no|membership no|customer no|"
     "customer number|统一编号|統一編號|档案编号|customer id|client number|client no|"
     "employee number|employee no|staff number|contract number|contract no|"
     "certificate number|certificate no|under certificate|vat number|vat no|vat id|"
     "vat registration|客户编号|客户号|会员号|会员编号|员工编号|合同编号|合同号"},
    {CTX(RECORD), "vers.-nr|versichertennr|versnr|patientennr|patienten-nr|personalnr|"
     "hospital number|patient number|patient no|badge number|membership number"},
    {CTX(RECORD), "vin|fahrgestellnummer|chassis number|chassis no|chassisnummer|bastidor|telaio|"
     "numéro de châssis|车架号|numéro client|número de cliente|numero cliente|klantnummer|"
     "número de póliza|numero di polizza|polisnummer|historia clínica|cartella clinica"},
    {CTX(RECORD), "carta d'identità|carta di identità|carte d'identité|documento de identidad|"
     "identity card|krankenkasse|krankenversicherung|gesundheitskarte|seguridad social|"
     "rahmennummer|rahmennr|frame number|frame no"},
    {CTX(RECORD), "pnr|booking reference|frequent flyer|company number|registration number"},
    {CTX(LICENCE), "驾驶证|驾照|行驶证|driver's license|drivers license|driver license|"
     "driving licence|driver's licence|license number|licence number|führerschein|"
     "führerscheinnummer|permis de conduire|permiso de conducir|carné de conducir|"
     "patente di guida|rijbewijs|rijbewijsnummer|driver number|license no|licence no|dl number|"
     "dl no|driver licence|permis n|免許証番号|免許証番号は|免許番号|運転免許証|운전면허"},
    /* what has a plate: a number beside it is one if it looks like one (format_word.c) */
    {CTX(VEHICLE), "car|vehicle|truck|lorry|motorbike|motorcycle|fahrzeug|pkw|lkw|wagen|motorrad|"
     "voiture|véhicule|coche|vehículo|macchina|veicolo|stellplatz"},
    {CTX(PLATE), "车牌|車牌|plate|plates|kenteken|matrícula|number plate|licence plate|"
     "license plate|registration plate|plate number|"
     "plate no|registration|reg|kennzeichen|plaque|matricula|placa|targa|targata|"
     "nummernschild|plaque d'immatriculation|immatriculation"},
    {CTX(ADDRESS), "ip|mac|server|服务器"},
    /* what somebody earns, owns or owes */
    {CTX(MONEY), "工资|薪水|薪资|月薪|年薪|底薪|时薪|奖金|年终奖|退休金|养老金|存款|积蓄|房贷|"
     "车贷|欠款|欠债|负债|还欠|赡养费|抚养费|赔偿金|遗产|公积金|salary|wage|income|earn|earned|"
     "earning|pension|bonus|debt|owe|owed|owing|mortgage|student loan|savings|net worth|alimony|"
     "inherited|gross pay|net pay|take home|gehalt|lohn|schulden|salaire|salario|sueldo|"
     "stipendio"},
    /* what is no person's number */
    {CTX(CODE), "version|版本|订单|編號|单号|order|serial|isbn|issn|invoice|tracking|timestamp|"
     "page|seite|firmware|release|doi|commit|reference number"},
    /* national numbers, each by its own words */
    {CTX(TAX), "税号|纳税人|统一社会信用代码|steuer|steuer-id|steueridentifikationsnummer|"
     "steuernummer|steuer-nr|steuernr|st.-nr|st-nr|stnr|idnr|tax id|tin|itin|tax number|utr|"
     "codice fiscale|cod. fisc|c.f"},
    {CTX(SSN), "ssn|social security"},
    {CTX(NHS), "nhs"},
    {CTX(SIN), "sin|social insurance"},
    {CTX(TFN), "tfn|tax file"},
    {CTX(MEDICARE), "medicare"},
    {CTX(NIR), "nir|insee|sécurité sociale|securite sociale|sécu|carte vitale"},
    {CTX(BSN), "bsn|burgerservicenummer|sofinummer"},
    {CTX(BE), "rijksregisternummer|registre national"},
    {CTX(PESEL), "pesel"},
    {CTX(NIP), "nip"},
    {CTX(CPF), "cpf"},
    {CTX(CNPJ), "cnpj"},
    {CTX(AADHAAR), "aadhaar|aadhar|uidai"},
    {CTX(PAN), "pan"},
    {CTX(AADHAAR), "आधार"},
    {CTX(MYNUMBER), "マイナンバー|個人番号"},
    {CTX(MYNUMBER) | CTX(PHONE), "my number"}, /* Japan's, and what everybody says */
    {CTX(MYNUMBER), "番号は"},
    {CTX(RRN), "주민등록번호|주민번호|rrn"},
    {CTX(NO), "fødselsnummer|fodselsnummer|personnummer"},
    {CTX(DK), "cpr"},
    {CTX(IE), "pps|ppsn"},
    {CTX(AT), "svnr"},
    {CTX(RO), "cnp"},
    {CTX(BG), "egn|егн"},
    {CTX(GR), "amka|αμκα"},
    {CTX(TR), "tckn|kimlik"},
    {CTX(TH), "บัตรประชาชน|thai id"},
    {CTX(ZA), "south african id|sa id"},
    {CTX(IL), "teudat zehut|תעודת זהות|israeli id"},
    {CTX(ID), "nik|ktp"},
    {CTX(MO), "bir|澳门身份证"},
    {CTX(ABN), "abn"},
    {CTX(PVA), "partita iva|p.iva"},
    {CTX(NIF), "nif|contribuinte"},
    {CTX(INN), "инн|inn"},
    {CTX(AUSWEIS), "ausweis|personalausweis|ausweisnr|ausweis-nr|perso|"
     "ausweisnummer|personalausweisnummer"},
    {CTX(EIN), "ein"},
    {CTX(SIREN), "siren|siret"},
    {CTX(NINO), "nino|national insurance|ni number|ni no"},
    {CTX(DNI), "dni"},
};

/* A word, or the end of a clause, which has no classes. */
typedef struct Mark {
    uint32_t at, end;
    uint64_t classes;
} Mark;

struct ContextTable {
    uint16_t head[CHAINS];
    size_t n_words;
    uint64_t classes[WORDS_MAX];
    uint16_t next[WORDS_MAX];
    uint8_t n[WORDS_MAX];
    bool blank[WORDS_MAX]; /* one stands in it */
    char third[WORDS_MAX], fourth[WORDS_MAX]; /* by which most words are told off; 0: any byte */
    char text[WORDS_MAX][WORD_MAX]; /* folded, lower case */
    uint8_t begins[HEADS / 8];             /* a bit: a word may begin with three such bytes */
    uint32_t from, until; /* of the view: marks that begin there are known */
    bool clause;          /* one begins at `from` */
    uint32_t block;       /* what is asked below is known of the bytes from here on; NONE_READ */
    uint64_t heads, stops;
    uint32_t marked;      /* so many; the last MARKS of them are in */
    Mark mark[MARKS];     /* a ring */
};

static size_t chain_of(char a, char b) {
    return ((unsigned char)a * 53u ^ (unsigned)(unsigned char)b << 3) % CHAINS;
}

/* By the first three bytes, without regard to case. */
static uint32_t head_of(const char *p) {
    uint32_t bytes = (uint32_t)(unsigned char)p[0] << 16 | (uint32_t)(unsigned char)p[1] << 8 |
                     (unsigned char)p[2];
    return ((bytes | 0x202020) * 0x9E3779B1u >> 8) % HEADS;
}

/* Sets the bit of the word's first three bytes, with which most places of a text are told off. */
static void add_head(ContextTable *table, const char *word, uint32_t n) {
    char head[3] = {word[0], word[1], word[2]};
    for (int c = 0; c < 256; c++) { /* behind a word of two may stand anything */
        if (n == 2) head[2] = (char)c;
        table->begins[head_of(head) >> 3] |= (uint8_t)(1u << (head_of(head) & 7));
    }
}

/* Chains are in the order in which words came, the last first; which one is met first does not
   matter, for all that match are marked. */
static void add_word(ContextTable *table, Fold *fold, Str word, uint64_t classes) {
    size_t i = table->n_words++;
    _Static_assert((int)WORDS_MAX < (int)NONE && WORD_MAX <= UINT8_MAX, "numbers and lengths fit");
    assert(i < WORDS_MAX && classes);
    fold_window(fold, word);
    char *text = table->text[i];
    uint8_t n = table->n[i] = (uint8_t)(fold->n < WORD_MAX ? fold->n : WORD_MAX);
    for (uint32_t k = 0; k < n; k++) text[k] = to_lower(fold->p[k]);
    table->blank[i] = memchr(text, ' ', n);
    table->third[i] = n > 2 && text[2] != ' ' ? text[2] : 0;
    table->fourth[i] = n > 3 && table->third[i] && text[3] != ' ' ? text[3] : 0;
    assert(n > 1 && (is_letter(text[0]) || (text[0] & 0xC0) == 0xC0)); /* as `begins` sees them */
    assert(!is_letter(text[0]) || is_alnum(text[n - 1]) || text[n - 1] & 0x80);
    size_t chain = chain_of(text[0], text[1]);
    table->classes[i] = classes;
    table->next[i] = table->head[chain];
    table->head[chain] = (uint16_t)i;
    add_head(table, text, n);
}

/* The rows' words, split at '|'. */
ContextTable *context_new(Fold *fold) {
    ContextTable *table = mem_zalloc(sizeof *table);
    if (!table) return NULL;
    memset(table->head, 0xFF, sizeof table->head);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (const char *word = rows[i].words; *word;) {
            size_t n = strcspn(word, "|");
            add_word(table, fold, (Str){word, n}, rows[i].classes);
            word += n + (word[n] == '|');
        }
    }
    return table;
}

void context_free(ContextTable *table) {
    mem_free(table);
}

/* The same as keys are written: "dateOfBirth", "date_of_birth", "date-of-birth" for "date of
   birth". 0: it does not stand at `at`; else its end. */
static uint32_t key_end(const char *text, uint32_t n, const Fold *fold, uint32_t at) {
    uint32_t x = at;
    for (uint32_t k = 0; k < n; k++) {
        char c = fold_at(fold, x);
        bool hump = text[k] == ' ' && plain_is_capital(c) && plain_is_small(fold->p[x - 1]);
        bool same = to_lower(c) == text[k] || (text[k] == ' ' && (c == '_' || c == '-'));
        if (!same && !hump) return 0;
        x += same;
    }
    return x;
}

/* Where the word ends that begins at `at`; 0: it does not stand there. */
static uint32_t letters_end(const ContextTable *table, size_t word, const Fold *fold, uint32_t at) {
    uint32_t n = table->n[word];
    const char *text = table->text[word];
    if (table->blank[word]) return key_end(text, n, fold, at);
    if (at + n > fold->n) return 0;
    for (uint32_t k = 0; k < n; k++) {
        if (to_lower(fold->p[at + k]) != text[k]) return 0;
    }
    return at + n;
}

/* A digit may stand before a word ("5tel"), a letter not; behind it at most a plural s, or a
   capital behind a small letter ("dobField"). */
static uint32_t word_end(const ContextTable *table, size_t word, const Fold *fold, uint32_t at) {
    const char *text = table->text[word];
    uint32_t end = letters_end(table, word, fold, at);
    if (!end || !is_alnum(text[0]) || !is_alnum(text[table->n[word] - 1])) return end;
    bool letter_before =
        is_alnum(fold_at(fold, (int64_t)at - 1)) && !(fold_at(fold, (int64_t)at - 1) <= '9');
    char behind = fold_at(fold, end);
    if (behind == 's' || behind == 'S') behind = fold_at(fold, (int64_t)end + 1);
    bool hump = plain_is_capital(behind) && plain_is_small(fold->p[end - 1]);
    return !letter_before && (hump || !is_letter(behind)) ? end : 0;
}

/* The tagger takes labels of forms for names; this tells them. */
bool context_is_label(const ContextTable *table, const Fold *fold, uint32_t at, uint32_t end) {
    if (end - at < 4) return false; /* "Pan", "Sin" may be people */
    size_t chain = chain_of(to_lower(fold->p[at]), to_lower(fold->p[at + 1]));
    for (size_t w = table->head[chain]; w != NONE; w = table->next[w]) {
        if (word_end(table, w, fold, at) == end) return true;
    }
    return false;
}

/* "Nr. C01X": the point before x is an abbreviation's, and the number is still to come. */
static bool is_number_sign(const Fold *fold, uint32_t x) {
    char last = to_lower(fold_at(fold, (int64_t)x - 1));
    if (last == 'n') return !is_alnum(fold_at(fold, (int64_t)x - 2)); /* "passaporto n. YA1" */
    if (last != 'r' && is_letter(fold_at(fold, (int64_t)x - 3))) return false; /* "Kundennr." */
    return to_lower(fold_at(fold, (int64_t)x - 2)) == 'n' && (last == 'r' || last == 'o');
}

/* A line end, a semicolon, a full stop before a capital, or U+3002, whose last byte stands at x. */
static bool ends_clause(const Fold *fold, uint32_t x) {
    char c = fold->p[x];
    if (c == '\n' || c == ';') return true;
    char next = fold_at(fold, (int64_t)x + 2); /* "No. 7" goes on, "file. Her" does not */
    if (c == '.' && is_number_sign(fold, x)) return false;
    if (c == '.' && fold_at(fold, (int64_t)x - 1) == '.') return false; /* a form's leaders */
    if (c == '.') return fold_at(fold, (int64_t)x + 1) == ' ' && plain_is_capital(next);
    return c == '\x82' && x >= 2 && fold->p[x - 1] == '\x80' && fold->p[x - 2] == '\xE3';
}

/* The line that ends at x was wrapped within a sentence: its last word wants another behind. */
static bool is_wrapped(const Fold *fold, uint32_t x) {
    static const char *const words[] = {" is",    " was",   " ist",    " lautet", " am",      " on",
                                        " under", " unter", " number", " born",   " geboren", NULL};
    if (x > 0 && fold->p[x - 1] == '\r') x--;
    char last = x > 0 ? to_lower(fold->p[x - 1]) : 0;
    return memchr("stmnr", last, 5) && fold_ends_any(fold, x, words); /* as all of them end */
}

/* A line end behind a colon parts no label from its number, nor one within a sentence. */
static bool begins_clause(const Fold *fold, uint32_t x) {
    if (x == 0 || !(sign_of(fold->p[x - 1]) & SIGN_STOP) || !ends_clause(fold, x - 1)) return false;
    if (fold->p[x - 1] != '\n' || x == 1) return true;
    return fold->p[x - 2] != ':' && !is_wrapped(fold, x - 1);
}

static void push_mark(ContextTable *table, Mark mark) {
    assert(mark.at < mark.end);
    table->mark[table->marked++ % MARKS] = mark;
}

/* All words of the table that begin at x, longer and shorter ones. */
static void mark_words(ContextTable *table, const Fold *fold, uint32_t x) {
    size_t chain = chain_of(to_lower(fold->p[x]), to_lower(fold_at(fold, (int64_t)x + 1)));
    char third = to_lower(fold_at(fold, (int64_t)x + 2));
    char fourth = to_lower(fold_at(fold, (int64_t)x + 3));
    for (size_t w = table->head[chain]; w != NONE; w = table->next[w]) {
        if (table->third[w] != third && table->third[w]) continue;
        if (table->fourth[w] != fourth && table->fourth[w]) continue;
        if (!table->blank[w] && table->text[w][table->n[w] - 1] !=
                                    to_lower(fold_at(fold, (int64_t)x + table->n[w] - 1))) {
            continue; /* as most that are left */
        }
        uint32_t end = word_end(table, w, fold, x);
        if (end) push_mark(table, (Mark){x, end, table->classes[w]});
    }
}

/* Where in [at, at + BLOCK) words begin; *stops: what may end a clause. */
static uint64_t words_in(const Fold *fold, uint32_t at, uint64_t *stops) {
    unsigned char edge[1 + BLOCK] = {0};
    const unsigned char *p = (const unsigned char *)fold->p + at;
    if (at == 0 || fold->n - at < BLOCK) {
        uint32_t before = at > 0, n = fold->n - at < BLOCK ? fold->n - at : BLOCK;
        memcpy(edge + 1 - before, p - before, n + before);
        p = edge + 1;
    }
    return fold->blocks->words(p, stops);
}

static uint64_t first_bits(uint32_t n) {
    return n < 64 ? (1ull << n) - 1 : ~0ull;
}

/* The places of a block where a word of the table may begin, by its head. Most do not, and asking
   all of them without a branch for each is cheaper than asking where one is met. */
static uint64_t heads_in(const ContextTable *table, const Fold *fold, uint32_t at,
                         uint64_t begins) {
    uint64_t heads = begins;
    if (fold->n - at < BLOCK + SLACK) return begins; /* three bytes may not be there */
    for (uint64_t bits = begins; bits; bits &= bits - 1) {
        unsigned i = (unsigned)__builtin_ctzll(bits);
        uint32_t head = head_of(fold->p + at + i);
        heads &= ~((uint64_t)(~table->begins[head >> 3] >> (head & 7) & 1) << i);
    }
    return heads;
}

/* Marks what begins before `until`; a block is asked for once, however often a clause goes on. */
static void mark_until(ContextTable *table, const Fold *fold, uint32_t until) {
    while (table->until < until) {
        uint32_t at = table->until;
        if (at < table->block || at - table->block >= BLOCK) {
            table->heads = heads_in(table, fold, at, words_in(fold, at, &table->stops));
            table->block = at;
        }
        uint32_t skip = at - table->block, left = BLOCK - skip;
        assert(skip < BLOCK && until <= fold->n);
        uint32_t n = left < until - at ? left : until - at;
        uint64_t begins = table->heads >> skip, stops = table->stops >> skip;
        for (uint64_t bits = (begins | stops) & first_bits(n); bits; bits &= bits - 1) {
            uint32_t i = (uint32_t)__builtin_ctzll(bits), x = at + i;
            if (begins >> i & 1) mark_words(table, fold, x);
            else if (begins_clause(fold, x + 1)) push_mark(table, (Mark){x, x + 1, 0});
        }
        table->until = at + n;
    }
}

/* Adds a word: what ends last decides what is near. */
static void add(Context *found, const Mark *mark) {
    found->any |= mark->classes;
    if (!(mark->classes & ~(CTX(MONEY) | CTX(VEHICLE)))) return; /* says nothing of a bare number */
    if (mark->end > found->near_end) found->near = 0;
    if (mark->end >= found->near_end) {
        found->near |= mark->classes;
        found->near_end = mark->end;
    }
}

/* Where the last clause in (low, to] begins; low: none does. */
static uint32_t clause_begin(const Fold *fold, uint32_t low, uint32_t to) {
    for (uint32_t end = to; end > low;) {
        uint32_t at = end - low > BLOCK ? end - BLOCK : low;
        uint64_t stops;
        (void)words_in(fold, at, &stops);
        for (uint64_t bits = stops & first_bits(end - at); bits;) {
            uint32_t i = 63 - (uint32_t)__builtin_clzll(bits);
            if (begins_clause(fold, at + i + 1)) return at + i + 1;
            bits ^= 1ull << i;
        }
        end = at;
    }
    return low;
}

/* Marks what begins in [from, to). What is known goes on; else marks begin with the last clause, or
   a little before `from`: the next number may look back further. */
static void cover(ContextTable *table, const Fold *fold, uint32_t from, uint32_t to) {
    bool goes_on = from <= table->until && table->from <= (table->clause ? to : from);
    assert(from <= to && to <= fold->n);
    if (!goes_on) {
        uint32_t x = from < to ? clause_begin(fold, from, to) : to;
        table->clause = x > from;
        table->from = table->until = table->clause || x < SLACK ? x : x - SLACK;
        table->marked = 0;
    }
    mark_until(table, fold, to);
}

/* Adds the words in [from, to), of the last clause there. */
static void look(const ContextTable *table, uint32_t from, uint32_t to, Context *found) {
    uint32_t oldest = table->marked > MARKS ? table->marked - MARKS : 0;
    for (uint32_t k = table->marked; k > oldest; k--) {
        const Mark *mark = &table->mark[(k - 1) % MARKS];
        if (mark->at < from || (mark->at < to && !mark->classes)) break;
        if (mark->end <= to && mark->classes) add(found, mark);
    }
}

void context_forget(ContextTable *table) {
    table->from = table->until = table->marked = 0;
    table->clause = false;
    table->block = NONE_READ;
}

bool context_is_right_before(const Context *near, uint64_t classes, uint32_t at) {
    enum { LINK_MOST = 24 }; /* "number is: " */
    return near->near & classes && near->near_end > 0 && near->near_end <= at &&
           at - near->near_end <= LINK_MOST;
}

/* Where the words behind a number end that ends at `end`: at the next number, a comma, the clause's
   end, or CONTEXT_BEHIND bytes behind. */
static uint32_t behind_until(const Fold *fold, uint32_t end) {
    unsigned char edge[BLOCK] = {0};
    const unsigned char *p = (const unsigned char *)fold->p + end;
    uint32_t n = fold->n - end < CONTEXT_BEHIND ? fold->n - end : CONTEXT_BEHIND;
    if (n == 0 || *p == ',') return end; /* as in most tables */
    _Static_assert((int)CONTEXT_BEHIND < (int)BLOCK, "one block tells");
    if (fold->n - end < BLOCK) p = memcpy(edge, p, fold->n - end);
    for (uint64_t bits = fold->blocks->ends(p) & first_bits(n); bits; bits &= bits - 1) {
        uint32_t x = end + (uint32_t)__builtin_ctzll(bits);
        if (!(sign_of(fold->p[x]) & SIGN_STOP) || ends_clause(fold, x)) return x;
    }
    return end + n;
}

/* Behind the number the look ends at the next number: its words are that one's. */
Context context_around(ContextTable *table, const Fold *fold, uint32_t at, uint32_t end) {
    Context found = {0}, behind = {0};
    uint32_t from = at > CONTEXT_BEFORE ? at - CONTEXT_BEFORE : 0;
    assert(at <= end && end <= fold->n);
    cover(table, fold, from, at);
    look(table, from, at, &found);
    if (found.near & CTX_NATIONAL && found.near_end < at &&
        memchr(fold->p + found.near_end, ',', at - found.near_end)) {
        found.near &= ~CTX_NATIONAL; /* "SSN on file, callback 415..." */
    }
    uint32_t stop = behind_until(fold, end);
    if (stop - end > 1) {
        cover(table, fold, at, stop);
        look(table, end, stop, &behind);
    }
    found.any |= behind.any & ~CTX(CODE);
    if (!found.near) found.near = behind.near & ~(CTX(CODE) | CTX_NATIONAL);
    return found;
}
