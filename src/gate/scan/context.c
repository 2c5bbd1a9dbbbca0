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

enum { CONTEXT_BEFORE = 72, CONTEXT_BEHIND = 30, CHAINS = 4096, NONE = 0xFFFF, WORD_MAX = 40 };
enum { MARKS = 256, SLACK = 8, HEADS = 16384 };
static const uint32_t NONE_READ = UINT32_MAX - BLOCK;

typedef struct Word {
    const char *text;
    uint64_t classes;
} Word;

static const Word words[] = {
    /* telephone */
    {"电话", CTX(PHONE)},
    {"手机", CTX(PHONE)},
    {"联系方式", CTX(PHONE)},
    {"座机", CTX(PHONE)},
    {"热线", CTX(PHONE)},
    {"传真", CTX(PHONE)},
    {"致电", CTX(PHONE)},
    {"拨打", CTX(PHONE)},
    {"来电", CTX(PHONE)},
    {"打给", CTX(PHONE)},
    {"短信", CTX(PHONE)},
    {"移动电话", CTX(PHONE)},
    {"電話", CTX(PHONE)},
    {"手機", CTX(PHONE)},
    {"携帯", CTX(PHONE)},
    {"전화", CTX(PHONE)},
    {"휴대폰", CTX(PHONE)},
    {"핸드폰", CTX(PHONE)},
    {"연락처", CTX(PHONE)},
    {"phone", CTX(PHONE)},
    {"telephone", CTX(PHONE)},
    {"tel", CTX(PHONE)},
    {"mobile", CTX(PHONE)},
    {"cell", CTX(PHONE)},
    {"cellphone", CTX(PHONE)},
    {"fax", CTX(PHONE)},
    {"call", CTX(PHONE)},
    {"call me", CTX(PHONE)},
    {"dial", CTX(PHONE)},
    {"whatsapp", CTX(PHONE)},
    {"sms", CTX(PHONE)},
    {"text me", CTX(PHONE)},
    {"handy", CTX(PHONE)},
    {"telefon", CTX(PHONE)},
    {"rufnummer", CTX(PHONE)},
    {"téléphone", CTX(PHONE)},
    {"portable", CTX(PHONE)},
    {"móvil", CTX(PHONE)},
    {"teléfono", CTX(PHONE)},
    {"telefono", CTX(PHONE)},
    {"cellulare", CTX(PHONE)},
    {"telefone", CTX(PHONE)},
    {"celular", CTX(PHONE)},
    {"ligar", CTX(PHONE)},
    {"hotline", CTX(PHONE)},
    {"callback", CTX(PHONE)},
    {"телефон", CTX(PHONE)},
    {"тел", CTX(PHONE)},
    {"моб", CTX(PHONE)},
    {"contact", CTX(PHONE)},
    {"phone number", CTX(PHONE)},
    {"reach me", CTX(PHONE)},
    {"office", CTX(PHONE)},
    {"desk", CTX(PHONE)},
    {"answering", CTX(PHONE)},
    {"ring", CTX(PHONE)},
    {"your number", CTX(PHONE)},
    {"his number", CTX(PHONE)},
    {"her number", CTX(PHONE)},
    {"our number", CTX(PHONE)},
    {"their number", CTX(PHONE)},
    {"meine nummer", CTX(PHONE)},
    {"deine nummer", CTX(PHONE)},
    {"ihre nummer", CTX(PHONE)},
    {"mon numéro", CTX(PHONE)},
    {"mi número", CTX(PHONE)},
    {"mio numero", CTX(PHONE)},
    {"我的号码", CTX(PHONE)},
    /* Chinese documents */
    {"身份证", CTX(RESIDENT)},
    {"证件", CTX(RESIDENT)},
    {"身份證", CTX(RESIDENT)},
    {"公民身份", CTX(RESIDENT)},
    {"居民身份", CTX(RESIDENT)},
    {"社保", CTX(RESIDENT)},
    {"resident id", CTX(RESIDENT)},
    {"id card", CTX(RESIDENT)},
    {"护照", CTX(PASSPORT)},
    {"護照", CTX(PASSPORT)},
    {"passport", CTX(PASSPORT)},
    {"reisepass", CTX(PASSPORT)},
    {"passeport", CTX(PASSPORT)},
    {"pasaporte", CTX(PASSPORT)},
    {"passaporto", CTX(PASSPORT)},
    {"паспорт", CTX(PASSPORT)},
    {"パスポート", CTX(PASSPORT)},
    {"旅券", CTX(PASSPORT)},
    {"여권", CTX(PASSPORT)},
    {"通行证", CTX(PERMIT)},
    {"通行證", CTX(PERMIT)},
    {"回乡证", CTX(PERMIT)},
    {"台胞证", CTX(PERMIT)},
    {"港澳", CTX(PERMIT)},
    {"居住证", CTX(PERMIT)},
    {"travel permit", CTX(PERMIT)},
    {"军官证", CTX(OFFICER)},
    {"士兵证", CTX(OFFICER)},
    {"义务兵证", CTX(OFFICER)},
    {"文职", CTX(OFFICER)},
    {"警官证", CTX(OFFICER)},
    {"字第", CTX(OFFICER)},
    {"警号", CTX(OFFICER)},
    {"officer id", CTX(OFFICER)},
    /* accounts */
    {"qq", CTX(QQ)},
    {"扣扣", CTX(QQ)},
    {"企鹅号", CTX(QQ)},
    {"微信", CTX(WECHAT)},
    {"wechat", CTX(WECHAT)},
    {"weixin", CTX(WECHAT)},
    {"wx", CTX(WECHAT)},
    {"vx", CTX(WECHAT)},
    {"银行卡", CTX(CARD)},
    {"卡号", CTX(CARD)},
    {"信用卡", CTX(CARD)},
    {"储蓄卡", CTX(CARD)},
    {"借记卡", CTX(CARD)},
    {"工行卡", CTX(CARD)},
    {"银行", CTX(CARD)},
    {"行卡", CTX(CARD)},
    {"card", CTX(CARD)},
    {"credit card", CTX(CARD)},
    {"visa", CTX(CARD)},
    {"mastercard", CTX(CARD)},
    {"amex", CTX(CARD)},
    {"debit", CTX(CARD)},
    {"cc", CTX(CARD)},
    {"unionpay", CTX(CARD)},
    {"kreditkarte", CTX(CARD)},
    {"tarjeta", CTX(CARD)},
    {"cartão", CTX(CARD)},
    {"账号", CTX(ACCOUNT)},
    {"账户", CTX(ACCOUNT)},
    {"帐号", CTX(ACCOUNT)},
    {"帐户", CTX(ACCOUNT)},
    {"汇款", CTX(ACCOUNT)},
    {"转账", CTX(ACCOUNT)},
    {"开户", CTX(ACCOUNT)},
    {"对公", CTX(ACCOUNT)},
    {"account", CTX(ACCOUNT)},
    {"acct", CTX(ACCOUNT)},
    {"bank account", CTX(ACCOUNT)},
    {"account number", CTX(ACCOUNT)},
    {"account no", CTX(ACCOUNT)},
    {"konto", CTX(ACCOUNT)},
    {"kontonummer", CTX(ACCOUNT)},
    {"iban", CTX(ACCOUNT)},
    {"routing", CTX(ROUTING)},
    {"aba", CTX(ROUTING)},
    {"sort code", CTX(ROUTING)},
    {"swift", CTX(BIC)},
    {"bic", CTX(BIC)},
    /* things, places, days */
    {"imei", CTX(IMEI)},
    {"串号", CTX(IMEI)},
    {"坐标", CTX(PLACE)},
    {"经纬度", CTX(PLACE)},
    {"经度", CTX(PLACE)},
    {"北纬", CTX(PLACE)},
    {"东经", CTX(PLACE)},
    {"纬度", CTX(PLACE)},
    {"定位", CTX(PLACE)},
    {"位置", CTX(PLACE)},
    {"gps", CTX(PLACE)},
    {"lat", CTX(PLACE)},
    {"latitude", CTX(PLACE)},
    {"coordinates", CTX(PLACE)},
    {"location", CTX(PLACE)},
    {"position", CTX(PLACE)},
    {"lat/lon", CTX(PLACE)},
    {"lng", CTX(PLACE)},
    {"lon", CTX(PLACE)},
    {"longitude", CTX(PLACE)},
    {"geo", CTX(PLACE)},
    {"出生", CTX(BIRTH)},
    {"生日", CTX(BIRTH)},
    {"生于", CTX(BIRTH)},
    {"诞辰", CTX(BIRTH)},
    {"born", CTX(BIRTH)},
    {"dob", CTX(BIRTH)},
    {"d.o.b", CTX(BIRTH)},
    {"birthday", CTX(BIRTH)},
    {"birthdate", CTX(BIRTH)},
    {"birth date", CTX(BIRTH)},
    {"date of birth", CTX(BIRTH)},
    {"birth", CTX(BIRTH)},
    {"geboren", CTX(BIRTH)},
    {"geburtsdatum", CTX(BIRTH)},
    {"né le", CTX(BIRTH)},
    {"née le", CTX(BIRTH)},
    {"date de naissance", CTX(BIRTH)},
    {"fecha de nacimiento", CTX(BIRTH)},
    {"nato il", CTX(BIRTH)},
    {"生年月日", CTX(BIRTH)},
    {"생년월일", CTX(BIRTH)},
    {"病历号", CTX(RECORD)},
    {"病案号", CTX(RECORD)},
    {"住院号", CTX(RECORD)},
    {"门诊号", CTX(RECORD)},
    {"就诊卡", CTX(RECORD)},
    {"医保卡", CTX(RECORD)},
    {"医保号", CTX(RECORD)},
    {"工号", CTX(RECORD)},
    {"学号", CTX(RECORD)},
    {"学籍号", CTX(RECORD)},
    {"社保卡号", CTX(RECORD) | CTX(RESIDENT)},
    {"保单号", CTX(RECORD)},
    {"mrn", CTX(RECORD)},
    {"medical record", CTX(RECORD)},
    {"patient id", CTX(RECORD)},
    {"employee id", CTX(RECORD)},
    {"student id", CTX(RECORD)},
    {"member id", CTX(RECORD)},
    {"policy number", CTX(RECORD)},
    {"驾驶证", CTX(LICENCE)},
    {"驾照", CTX(LICENCE)},
    {"行驶证", CTX(LICENCE)},
    {"driver's license", CTX(LICENCE)},
    {"drivers license", CTX(LICENCE)},
    {"driver license", CTX(LICENCE)},
    {"driving licence", CTX(LICENCE)},
    {"driver's licence", CTX(LICENCE)},
    {"license number", CTX(LICENCE)},
    {"licence number", CTX(LICENCE)},
    {"führerschein", CTX(LICENCE)},
    {"ip", CTX(ADDRESS)},
    {"mac", CTX(ADDRESS)},
    {"server", CTX(ADDRESS)},
    {"服务器", CTX(ADDRESS)},
    /* what somebody earns, owns or owes */
    {"工资", CTX(MONEY)},
    {"薪水", CTX(MONEY)},
    {"薪资", CTX(MONEY)},
    {"月薪", CTX(MONEY)},
    {"年薪", CTX(MONEY)},
    {"底薪", CTX(MONEY)},
    {"时薪", CTX(MONEY)},
    {"奖金", CTX(MONEY)},
    {"年终奖", CTX(MONEY)},
    {"退休金", CTX(MONEY)},
    {"养老金", CTX(MONEY)},
    {"存款", CTX(MONEY)},
    {"积蓄", CTX(MONEY)},
    {"房贷", CTX(MONEY)},
    {"车贷", CTX(MONEY)},
    {"欠款", CTX(MONEY)},
    {"欠债", CTX(MONEY)},
    {"负债", CTX(MONEY)},
    {"还欠", CTX(MONEY)},
    {"赡养费", CTX(MONEY)},
    {"抚养费", CTX(MONEY)},
    {"赔偿金", CTX(MONEY)},
    {"遗产", CTX(MONEY)},
    {"公积金", CTX(MONEY)},
    {"salary", CTX(MONEY)},
    {"wage", CTX(MONEY)},
    {"income", CTX(MONEY)},
    {"earn", CTX(MONEY)},
    {"earned", CTX(MONEY)},
    {"earning", CTX(MONEY)},
    {"pension", CTX(MONEY)},
    {"bonus", CTX(MONEY)},
    {"debt", CTX(MONEY)},
    {"owe", CTX(MONEY)},
    {"owed", CTX(MONEY)},
    {"owing", CTX(MONEY)},
    {"mortgage", CTX(MONEY)},
    {"student loan", CTX(MONEY)},
    {"savings", CTX(MONEY)},
    {"net worth", CTX(MONEY)},
    {"alimony", CTX(MONEY)},
    {"inherited", CTX(MONEY)},
    {"gross pay", CTX(MONEY)},
    {"net pay", CTX(MONEY)},
    {"take home", CTX(MONEY)},
    {"gehalt", CTX(MONEY)},
    {"lohn", CTX(MONEY)},
    {"schulden", CTX(MONEY)},
    {"salaire", CTX(MONEY)},
    {"salario", CTX(MONEY)},
    {"sueldo", CTX(MONEY)},
    {"stipendio", CTX(MONEY)},
    /* what is no person's number */
    {"version", CTX(CODE)},
    {"版本", CTX(CODE)},
    {"订单", CTX(CODE)},
    {"編號", CTX(CODE)},
    {"单号", CTX(CODE)},
    {"order", CTX(CODE)},
    {"serial", CTX(CODE)},
    {"isbn", CTX(CODE)},
    {"issn", CTX(CODE)},
    {"invoice", CTX(CODE)},
    {"tracking", CTX(CODE)},
    {"timestamp", CTX(CODE)},
    {"page", CTX(CODE)},
    {"seite", CTX(CODE)},
    {"firmware", CTX(CODE)},
    {"release", CTX(CODE)},
    {"doi", CTX(CODE)},
    {"commit", CTX(CODE)},
    {"reference number", CTX(CODE)},
    /* national numbers, each by its own words */
    {"税号", CTX(TAX)},
    {"纳税人", CTX(TAX)},
    {"统一社会信用代码", CTX(TAX)},
    {"steuer", CTX(TAX)},
    {"steuer-id", CTX(TAX)},
    {"steueridentifikationsnummer", CTX(TAX)},
    {"steuernummer", CTX(TAX)},
    {"idnr", CTX(TAX)},
    {"tax id", CTX(TAX)},
    {"tin", CTX(TAX)},
    {"itin", CTX(TAX)},
    {"tax number", CTX(TAX)},
    {"utr", CTX(TAX)},
    {"ssn", CTX(SSN)},
    {"social security", CTX(SSN)},
    {"nhs", CTX(NHS)},
    {"sin", CTX(SIN)},
    {"social insurance", CTX(SIN)},
    {"tfn", CTX(TFN)},
    {"tax file", CTX(TFN)},
    {"medicare", CTX(MEDICARE)},
    {"nir", CTX(NIR)},
    {"insee", CTX(NIR)},
    {"sécurité sociale", CTX(NIR)},
    {"securite sociale", CTX(NIR)},
    {"bsn", CTX(BSN)},
    {"burgerservicenummer", CTX(BSN)},
    {"sofinummer", CTX(BSN)},
    {"rijksregisternummer", CTX(BE)},
    {"registre national", CTX(BE)},
    {"pesel", CTX(PESEL)},
    {"nip", CTX(NIP)},
    {"cpf", CTX(CPF)},
    {"cnpj", CTX(CNPJ)},
    {"aadhaar", CTX(AADHAAR)},
    {"aadhar", CTX(AADHAAR)},
    {"uidai", CTX(AADHAAR)},
    {"pan", CTX(PAN)},
    {"आधार", CTX(AADHAAR)},
    {"マイナンバー", CTX(MYNUMBER)},
    {"個人番号", CTX(MYNUMBER)},
    {"my number", CTX(MYNUMBER) | CTX(PHONE)}, /* Japan's, and what everybody says */
    {"番号は", CTX(MYNUMBER)},
    {"주민등록번호", CTX(RRN)},
    {"주민번호", CTX(RRN)},
    {"rrn", CTX(RRN)},
    {"fødselsnummer", CTX(NO)},
    {"fodselsnummer", CTX(NO)},
    {"personnummer", CTX(NO)},
    {"cpr", CTX(DK)},
    {"pps", CTX(IE)},
    {"ppsn", CTX(IE)},
    {"svnr", CTX(AT)},
    {"sozialversicherungsnummer", CTX(AT)},
    {"cnp", CTX(RO)},
    {"egn", CTX(BG)},
    {"егн", CTX(BG)},
    {"amka", CTX(GR)},
    {"αμκα", CTX(GR)},
    {"tckn", CTX(TR)},
    {"kimlik", CTX(TR)},
    {"บัตรประชาชน", CTX(TH)},
    {"thai id", CTX(TH)},
    {"south african id", CTX(ZA)},
    {"sa id", CTX(ZA)},
    {"teudat zehut", CTX(IL)},
    {"תעודת זהות", CTX(IL)},
    {"israeli id", CTX(IL)},
    {"nik", CTX(ID)},
    {"ktp", CTX(ID)},
    {"bir", CTX(MO)},
    {"澳门身份证", CTX(MO)},
    {"abn", CTX(ABN)},
    {"partita iva", CTX(PVA)},
    {"p.iva", CTX(PVA)},
    {"nif", CTX(NIF)},
    {"contribuinte", CTX(NIF)},
    {"инн", CTX(INN)},
    {"inn", CTX(INN)},
    {"ausweis", CTX(AUSWEIS)},
    {"personalausweis", CTX(AUSWEIS)},
    {"ausweisnummer", CTX(AUSWEIS)},
    {"ein", CTX(EIN)},
    {"siren", CTX(SIREN)},
    {"siret", CTX(SIREN)},
    {"nino", CTX(NINO)},
    {"national insurance", CTX(NINO)},
    {"dni", CTX(DNI)},
};

/* A word, or the end of a clause, which has no classes. */
typedef struct Mark {
    uint32_t at, end;
    uint64_t classes;
} Mark;

struct ContextTable {
    uint16_t head[CHAINS];
    uint16_t next[ARRAY_LEN(words)];
    uint8_t n[ARRAY_LEN(words)];
    char text[ARRAY_LEN(words)][WORD_MAX]; /* folded, lower case */
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

static void add_head(ContextTable *table, const char *word, uint32_t n) {
    char head[3] = {word[0], word[1], word[2]};
    for (int c = 0; c < 256; c++) { /* behind a word of two may stand anything */
        if (n == 2) head[2] = (char)c;
        table->begins[head_of(head) >> 3] |= (uint8_t)(1u << (head_of(head) & 7));
    }
}

ContextTable *context_new(Fold *fold) {
    ContextTable *table = mem_zalloc(sizeof *table);
    if (!table) return NULL;
    memset(table->head, 0xFF, sizeof table->head);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        fold_window(fold, str_from(words[i].text));
        table->n[i] = (uint8_t)(fold->n < WORD_MAX ? fold->n : WORD_MAX);
        for (uint32_t k = 0; k < table->n[i]; k++) table->text[i][k] = to_lower(fold->p[k]);
        assert(is_letter(table->text[i][0]) ? is_alnum(table->text[i][table->n[i] - 1])
                                            : (table->text[i][0] & 0xC0) == 0xC0);
        size_t chain = chain_of(table->text[i][0], table->text[i][1]);
        table->next[i] = table->head[chain];
        table->head[chain] = (uint16_t)i;
        add_head(table, table->text[i], table->n[i]);
    }
    return table;
}

void context_free(ContextTable *table) {
    mem_free(table);
}

static bool word_at(const ContextTable *table, size_t word, const Fold *fold, uint32_t at) {
    uint32_t n = table->n[word];
    const char *text = table->text[word];
    if (at + n > fold->n) return false;
    for (uint32_t k = 0; k < n; k++) {
        if (to_lower(fold->p[at + k]) != text[k]) return false;
    }
    if (!is_alnum(text[0]) || !is_alnum(text[n - 1])) return true;
    bool letter_before =
        is_alnum(fold_at(fold, (int64_t)at - 1)) && !(fold_at(fold, (int64_t)at - 1) <= '9');
    char behind = to_lower(fold_at(fold, at + n));
    if (behind == 's') behind = to_lower(fold_at(fold, at + n + 1));
    return !letter_before && !(behind >= 'a' && behind <= 'z');
}

bool context_is_label(const ContextTable *table, const Fold *fold, uint32_t at, uint32_t end) {
    if (end - at < 4) return false; /* "Pan", "Sin" may be people */
    size_t chain = chain_of(to_lower(fold->p[at]), to_lower(fold->p[at + 1]));
    for (size_t w = table->head[chain]; w != NONE; w = table->next[w]) {
        if (table->n[w] == end - at && word_at(table, w, fold, at)) return true;
    }
    return false;
}

static bool ends_clause(const Fold *fold, uint32_t x) {
    char c = fold->p[x];
    if (c == '\n' || c == ';') return true;
    char next = fold_at(fold, (int64_t)x + 2); /* "No. 7" goes on, "file. Her" does not */
    if (c == '.') return fold_at(fold, (int64_t)x + 1) == ' ' && next >= 'A' && next <= 'Z';
    return c == '\x82' && x >= 2 && fold->p[x - 1] == '\x80' && fold->p[x - 2] == '\xE3';
}

/* A line end behind a colon parts no label from its number. */
static bool begins_clause(const Fold *fold, uint32_t x) {
    if (x == 0 || !(sign_of(fold->p[x - 1]) & SIGN_STOP) || !ends_clause(fold, x - 1)) return false;
    return !(x > 1 && fold->p[x - 1] == '\n' && fold->p[x - 2] == ':');
}

static void push_mark(ContextTable *table, Mark mark) {
    table->mark[table->marked++ % MARKS] = mark;
}

static void mark_words(ContextTable *table, const Fold *fold, uint32_t x) {
    if (x + 3 <= fold->n) {
        uint32_t head = head_of(fold->p + x);
        if (!(table->begins[head >> 3] >> (head & 7) & 1)) return;
    }
    size_t chain = chain_of(to_lower(fold->p[x]), to_lower(fold_at(fold, (int64_t)x + 1)));
    for (size_t w = table->head[chain]; w != NONE; w = table->next[w]) {
        if (word_at(table, w, fold, x)) {
            push_mark(table, (Mark){x, x + table->n[w], words[w].classes});
        }
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

/* Marks what begins before `until`; a block is asked for once, however often a clause goes on. */
static void mark_until(ContextTable *table, const Fold *fold, uint32_t until) {
    while (table->until < until) {
        uint32_t at = table->until;
        if (at < table->block || at - table->block >= BLOCK) {
            table->heads = words_in(fold, at, &table->stops);
            table->block = at;
        }
        uint32_t skip = at - table->block, left = BLOCK - skip;
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
    if (mark->classes == CTX(MONEY)) return; /* says nothing of a bare number */
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

/* Marks all from the beginning of the clause at `to` on, or from `from` where that is later. */
static void cover(ContextTable *table, const Fold *fold, uint32_t from, uint32_t to) {
    bool goes_on = from <= table->until && table->from <= (table->clause ? to : from);
    uint32_t low = goes_on ? table->until : from;
    uint32_t x = low < to ? clause_begin(fold, low, to) : to;
    if (x > low || !goes_on) {
        table->clause = x > low;
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

Context context_around(ContextTable *table, const Fold *fold, uint32_t at, uint32_t end) {
    Context found = {0}, behind = {0};
    uint32_t from = at > CONTEXT_BEFORE ? at - CONTEXT_BEFORE : 0;
    cover(table, fold, from, at);
    look(table, from, at, &found);
    if (found.near & CTX_NATIONAL && found.near_end < at &&
        memchr(fold->p + found.near_end, ',', at - found.near_end)) {
        found.near &= ~CTX_NATIONAL; /* "SSN on file, callback 415..." */
    }
    uint32_t stop = end;
    for (; stop < fold->n && stop - end < CONTEXT_BEHIND; stop++) {
        unsigned sign = sign_of(fold->p[stop]);
        if (sign & SIGN_DIGIT || fold->p[stop] == ',') break;
        if (sign & SIGN_STOP && ends_clause(fold, stop)) break;
    }
    if (stop - end > 1) {
        cover(table, fold, at, stop);
        look(table, end, stop, &behind);
    }
    found.any |= behind.any & ~CTX(CODE);
    if (!found.near) found.near = behind.near & ~(CTX(CODE) | CTX_NATIONAL);
    return found;
}
