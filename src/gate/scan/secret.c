/*
 * Secrets, and values that stand behind a word.
 *
 * Keys of providers are told by their public prefix, alphabet and length. A JSON web token is three
 * base64url parts of which two begin as JSON does; a PEM block is found from its first to its last
 * line. Wallet addresses: base58check (double SHA-256), or hexadecimal behind 0x.
 *
 * Triggers are words whose value follows: "password: x", "token=x", a WeChat name, a birth date in
 * Chinese words. What follows must look like the thing: a password is no plain word of prose, a
 * token has letters, digits and enough entropy; placeholders and expressions of code are not taken.
 * A value goes on over letters of any alphabet that parts words by blanks, for a password that ends
 * at its first umlaut is told but for a few letters; over Han signs only in quotation marks.
 *
 * Every prefix and trigger sets an anchor for its first three bytes and begins at a border: no
 * letter or digit before it, or a capital behind a small letter ("dbPassword").
 */
#include <assert.h>
#include <math.h>

#include "base/hash.h"
#include "base/lists.h"
#include "base/utf8.h"
#include "gate/scan/impl.h"

/* WORD: base64url; DOTTED: with points between */
typedef enum Alphabet { ALNUM, WORD, UPPER, HEX, DASHED, DOTTED } Alphabet;

typedef struct Prefix {
    const char *text;
    Alphabet alphabet;
    uint16_t shortest, longest; /* bytes behind the prefix */
    ScanKind kind;
} Prefix;

/* From the providers' documentation and their entries in secret-scanning programmes. */
static const Prefix prefixes[] = {
    {"sk-ant-", WORD, 24, 200, KIND_KEY},   {"sk-proj-", WORD, 20, 300, KIND_KEY},
    {"sk-or-v1-", HEX, 64, 64, KIND_KEY},   {"sk-svcacct-", WORD, 20, 300, KIND_KEY},
    {"sk-", WORD, 20, 200, KIND_KEY},       {"sk_live_", ALNUM, 16, 200, KIND_KEY},
    {"sk_test_", ALNUM, 16, 200, KIND_KEY}, {"rk_live_", ALNUM, 16, 200, KIND_KEY},
    {"rk_test_", ALNUM, 16, 200, KIND_KEY}, {"whsec_", ALNUM, 24, 100, KIND_KEY},
    {"ghp_", ALNUM, 36, 255, KIND_KEY},     {"gho_", ALNUM, 36, 255, KIND_KEY},
    {"ghu_", ALNUM, 36, 255, KIND_KEY},     {"ghs_", ALNUM, 36, 255, KIND_KEY},
    {"ghr_", ALNUM, 36, 255, KIND_KEY},     {"github_pat_", WORD, 30, 255, KIND_KEY},
    {"glpat-", DOTTED, 20, 320, KIND_KEY},    {"gldt-", WORD, 20, 100, KIND_KEY},
    {"glrt-", WORD, 20, 100, KIND_KEY},     {"AKIA", UPPER, 16, 16, KIND_KEY},
    {"ASIA", UPPER, 16, 16, KIND_KEY},      {"ABIA", UPPER, 16, 16, KIND_KEY},
    {"ACCA", UPPER, 16, 16, KIND_KEY},      {"AIza", WORD, 35, 35, KIND_KEY},
    {"ya29.", WORD, 20, 400, KIND_KEY},     {"GOCSPX-", WORD, 28, 28, KIND_KEY},
    {"xoxb-", DASHED, 10, 200, KIND_KEY},   {"xoxp-", DASHED, 10, 200, KIND_KEY},
    {"xoxa-", DASHED, 10, 200, KIND_KEY},   {"xoxr-", DASHED, 10, 200, KIND_KEY},
    {"xoxs-", DASHED, 10, 200, KIND_KEY},   {"xoxe-", DASHED, 10, 200, KIND_KEY},
    {"xapp-", DASHED, 10, 200, KIND_KEY},   {"hf_", ALNUM, 30, 60, KIND_KEY},
    {"npm_", ALNUM, 36, 36, KIND_KEY},      {"pypi-", WORD, 50, 300, KIND_KEY},
    {"dop_v1_", HEX, 64, 64, KIND_KEY},     {"SG.", WORD, 22, 22, KIND_KEY},
    {"LTAI", ALNUM, 12, 26, KIND_KEY},      {"AKID", ALNUM, 13, 40, KIND_KEY},
    {"AKLT", ALNUM, 20, 60, KIND_KEY},      {"gsk_", ALNUM, 40, 80, KIND_KEY},
    {"xai-", ALNUM, 40, 120, KIND_KEY},     {"pplx-", ALNUM, 40, 80, KIND_KEY},
    {"r8_", ALNUM, 37, 37, KIND_KEY},       {"tvly-", WORD, 20, 80, KIND_KEY},
    {"nvapi-", WORD, 40, 120, KIND_KEY},    {"shpat_", HEX, 32, 32, KIND_KEY},
    {"shpss_", HEX, 32, 32, KIND_KEY},      {"sq0atp-", WORD, 22, 22, KIND_KEY},
    {"sq0csp-", WORD, 43, 43, KIND_KEY},    {"dckr_pat_", WORD, 20, 60, KIND_KEY},
    {"hvs.", WORD, 24, 200, KIND_KEY},      {"lin_api_", ALNUM, 32, 60, KIND_KEY},
    {"ATATT3", WORD, 40, 300, KIND_KEY},    {"key-", HEX, 32, 32, KIND_KEY},
    {"AC", HEX, 32, 32, KIND_KEY},          {"SK", HEX, 32, 32, KIND_KEY},
    {"EAAC", ALNUM, 60, 300, KIND_KEY},     {"0x", HEX, 40, 40, KIND_WALLET},
    {"glsa_", WORD, 32, 60, KIND_KEY},      {"glptt-", WORD, 20, 100, KIND_KEY},
    {"glcbt-", WORD, 20, 100, KIND_KEY},    {"sbp_", HEX, 40, 40, KIND_KEY},
    {"shpca_", HEX, 32, 32, KIND_KEY},      {"shppa_", HEX, 32, 32, KIND_KEY},
    {"dapi", HEX, 32, 34, KIND_KEY},        {"PMAK-", DASHED, 50, 70, KIND_KEY},
    {"NRAK-", UPPER, 27, 27, KIND_KEY},     {"pul-", HEX, 40, 40, KIND_KEY},
    {"xkeysib-", DASHED, 64, 90, KIND_KEY}, {"rubygems_", HEX, 48, 48, KIND_KEY},
    {"tskey-", DASHED, 20, 100, KIND_KEY},  {"sntrys_", WORD, 40, 300, KIND_KEY},
    {"sntryu_", HEX, 64, 64, KIND_KEY},     {"hvb.", WORD, 24, 300, KIND_KEY},
    {"figd_", WORD, 40, 60, KIND_KEY},      {"nfp_", ALNUM, 36, 60, KIND_KEY},
    {"ATCTT3", WORD, 40, 300, KIND_KEY},    {"csk-", ALNUM, 40, 60, KIND_KEY},
    {"jina_", ALNUM, 40, 80, KIND_KEY},     {"AGE-SECRET-KEY-1", UPPER, 58, 58, KIND_KEY},
    {"bc1", ALNUM, 38, 59, KIND_WALLET},    {"0x", HEX, 64, 64, KIND_KEY},
    {"doo_v1_", HEX, 64, 64, KIND_KEY},     {"dor_v1_", HEX, 64, 64, KIND_KEY},
    {"glsoat-", WORD, 20, 100, KIND_KEY},   {"glagent-", WORD, 50, 100, KIND_KEY},
    {"glimt-", WORD, 25, 100, KIND_KEY},    {"glffct-", WORD, 20, 100, KIND_KEY},
    {"dp.pt.", ALNUM, 40, 60, KIND_KEY},    {"rnd_", ALNUM, 28, 40, KIND_KEY},
    {"dt0c01.", DOTTED, 80, 120, KIND_KEY}, {"API-", UPPER, 26, 26, KIND_KEY},
    {"aio_", ALNUM, 28, 28, KIND_KEY},
    {"rzp_live_", ALNUM, 14, 14, KIND_KEY}, {"rzp_test_", ALNUM, 14, 14, KIND_KEY},
    {"CCIPAT_", WORD, 60, 80, KIND_KEY},    {"bkua_", HEX, 40, 40, KIND_KEY},
    {"fc-", HEX, 32, 32, KIND_KEY},         {"AQ.Ab8", WORD, 40, 80, KIND_KEY},
    {"xoxe.xoxp-", DASHED, 100, 200, KIND_KEY},
    {"xoxe.xoxb-", DASHED, 100, 200, KIND_KEY},
};

typedef enum Value {
    PASSWORD, PIN, NETWORK, TOKEN, BEARER, WECHAT, BIRTH, CVV, PERSON, CODE, PLATE,
    ONCE,   /* a code of digits */
    PAIR,   /* a login, a slash, its password */
    FIELD,  /* a part of a name */
    HEADER, /* of a table's column, and no more */
    WORDS,  /* a password that may hold blanks */
    USER, GLUED, APART, PHRASE, /* from here on: command_behind */
    SPARE,                      /* codes that a heading announces */
    AUTH, STORE, SHARE          /* in command_option's order */
} Value;

typedef struct Trigger {
    const char *text; /* lower case */
    Value value;
} Trigger;

/* Words whose value follows. Longer ones need not stand first: each is tried, and the value
   decides. Rows whose value is USER or a later one are programs and options: command.c reads on. */
static const Trigger triggers[] = {
    {"password", PASSWORD}, {"passwd", PASSWORD}, {"passcode", ONCE}, {"passcode", PASSWORD},
    {"passphrase", WORDS}, {"psk", WORDS}, {"pwd", PASSWORD}, {"pw", PASSWORD},
    {"passwort", PASSWORD}, {"kennwort", PASSWORD}, {"密码", PASSWORD},
    {"口令", PASSWORD}, {"密碼", PASSWORD}, {"パスワード", PASSWORD}, {"비밀번호", PASSWORD},
    {"验证码", ONCE}, {"验证码", PASSWORD}, {"提取码", PASSWORD}, {"动态码", PASSWORD},
    {"contraseña", PASSWORD}, {"mot de passe", PASSWORD}, {"mdp", PASSWORD},
    {"wachtwoord", PASSWORD}, {"senha", PASSWORD}, {"пароль", PASSWORD}, {"hasło", PASSWORD},
    {"lösenord", PASSWORD}, {"adgangskode", PASSWORD}, {"passord", PASSWORD},
    {"pgpassword", PASSWORD},
    {"mysql_pwd", PASSWORD}, {"code", CODE}, {"-u", USER}, {"--user", USER}, {"mysql", GLUED},
    {"mysqldump", GLUED}, {"mysqladmin", GLUED}, {"sshpass", APART}, {"docker login", APART},
    {"seed phrase", PHRASE}, {"recovery phrase", PHRASE}, {"seed words", PHRASE},
    {"mnemonic", PHRASE}, {"助记词", PHRASE}, {"sharedaccesskey", TOKEN}, {"cookie", TOKEN},
    {"jsessionid", TOKEN}, {"phpsessid", TOKEN}, {"secret", TOKEN}, {"token", TOKEN},
    {"api_key", TOKEN}, {"apikey", TOKEN}, {"api-key", TOKEN}, {"api key", TOKEN},
    {"access_key", TOKEN}, {"access key", TOKEN}, {"accesskey", TOKEN}, {"secret_key", TOKEN},
    {"secretkey", TOKEN}, {"private_key", TOKEN}, {"client_secret", TOKEN}, {"auth_token", TOKEN},
    {"access_token", TOKEN}, {"credential", TOKEN}, {"密钥", TOKEN}, {"私钥", TOKEN},
    {"令牌", TOKEN}, {"授权码", TOKEN}, {"accountkey", TOKEN}, {"key", TOKEN}, {"session", TOKEN},
    {"sessionid", TOKEN}, {"pass", PASSWORD}, {"pin", PIN}, {"bearer", BEARER},
    {"微信", WECHAT}, {"wechat", WECHAT}, {"weixin", WECHAT}, {"wx", WECHAT}, {"vx", WECHAT},
    {"出生", BIRTH}, {"生日", BIRTH}, {"姓名", PERSON}, {"联系人", PERSON}, {"收件人", PERSON},
    {"寄件人", PERSON}, {"收货人", PERSON}, {"登记人", PERSON}, {"持卡人", PERSON},
    {"开户人", PERSON}, {"户名", PERSON}, {"申请人", PERSON}, {"负责人", PERSON},
    {"经办人", PERSON}, {"承租方", PERSON}, {"出租方", PERSON}, {"原告", PERSON},
    {"被告", PERSON}, {"买家", PERSON}, {"卖家", PERSON}, {"法定代表人", PERSON},
    {"name", PERSON}, {"full name", PERSON}, {"customer name", PERSON}, {"patient name", PERSON},
    {"applicant", PERSON}, {"cardholder", PERSON}, {"account holder", PERSON},
    {"contact name", PERSON}, {"cvv", CVV}, {"cvv2", CVV}, {"cvc", CVV}, {"安全码", CVV},
    {"生于", BIRTH}, {"dob", BIRTH}, {"birth_date", BIRTH}, {"birthdate", BIRTH},
    {"date_of_birth", BIRTH}, {"birthday", BIRTH}, {"geburtsdatum", BIRTH}, {"出生日期", BIRTH},
    {"schlüssel", NETWORK}, {"netzwerkschlüssel", PASSWORD},
    {"wlanschlüssel", PASSWORD}, {"geheimzahl", PIN}, {"pincode", PIN},
    {"csrftoken", TOKEN}, {"private_key_id", TOKEN}, {"otp", ONCE},
    {"tan", ONCE}, {"zugangscode", ONCE}, {"sicherheitscode", ONCE}, {"türcode", ONCE},
    {"login", PAIR}, {"credentials", PAIR}, {"zugangsdaten", PAIR}, {"seed", PHRASE},
    {"backup code", SPARE}, {"backup-code", SPARE}, {"recovery code", SPARE},
    {"recovery key", SPARE}, {"wiederherstellungscode", SPARE},
    {"wiederherstellungsschlüssel", SPARE},
    {"notfallcode", SPARE}, {"备用码", SPARE}, {"备份码", SPARE}, {"恢复码", SPARE},
    {"oauth_verifier", TOKEN}, {"code_verifier", TOKEN}, {"authtoken", TOKEN},
    {"license plate", PLATE}, {"licence plate", PLATE}, {"kenteken", PLATE}, {"kennzeichen", PLATE},
    {"nummernschild", PLATE}, {"immatriculation", PLATE}, {"number plate", PLATE},
    {"plate number", PLATE}, {"registration", PLATE}, {"registration number", PLATE},
    {"reg", PLATE}, {"reg.", PLATE}, {"plaque", PLATE}, {"matrícula", PLATE}, {"matricula", PLATE},
    {"placa", PLATE}, {"targa", PLATE}, {"targata", PLATE},
    {"rejestracyjny", PLATE}, {"vehicle reg", PLATE},
    {"phone", HEADER}, {"mobile", HEADER}, {"passport", HEADER}, {"address", HEADER},
    {"employee", HEADER}, {"ssn", HEADER}, {"telefon", HEADER}, {"联系方式", HEADER},
    {"nachname", FIELD}, {"vorname", FIELD}, {"prénom", FIELD},
    {"--auth", USER}, {"redis-cli", AUTH}, {"az login", APART},
    {"-storepass", STORE}, {"-keypass", STORE}, {"smbclient", SHARE},
};

enum { N_PREFIXES = ARRAY_LEN(prefixes), N_ROWS = ARRAY_LEN(prefixes) + ARRAY_LEN(triggers) };
enum { NO_ROW = 0xFFFF, VALUE_MAX = 256 };

_Static_assert((int)N_ROWS < (int)NO_ROW, "a row is not the end of a chain");
_Static_assert(N_ROWS <= ARRAY_LEN(((Scanner *)0)->secret_next), "rows fit the index");
_Static_assert(N_ROWS <= ARRAY_LEN(((Scanner *)0)->secret_length), "and their lengths");

/* Prefixes and triggers lie in chains by their first two bytes, capitals alike. */
static size_t chain_of(char a, char b) {
    return ((unsigned char)to_lower(a) * 31u + (unsigned char)to_lower(b)) & 255;
}

/* Rows: prefixes first, triggers behind them, in one numbering. */
static const char *row_text(size_t row) {
    return row < N_PREFIXES ? prefixes[row].text : triggers[row - N_PREFIXES].text;
}

/* Chains are filled from the last row on, so that each is walked in the order of the tables. */
void secret_index(Scanner *s) {
    memset(s->secret_head, 0xFF, sizeof s->secret_head);
    for (size_t row = N_ROWS; row-- > 0;) {
        const char *text = row_text(row);
        size_t chain = chain_of(text[0], text[1]);
        assert(strlen(text) >= 2 && strlen(text) <= UINT8_MAX);
        s->secret_next[row] = s->secret_head[chain];
        s->secret_head[chain] = (uint16_t)row;
        s->secret_length[row] = (uint8_t)strlen(text);
        anchor_head(&s->anchors, text, ANCHOR_SECRET, row >= N_PREFIXES);
    }
    anchor_head(&s->anchors, "ey", ANCHOR_SECRET, false);
    anchor_head(&s->anchors, "--", ANCHOR_SECRET, false);
}

/* ---- prefixes ------------------------------------------------------------------------------ */

/* DASHED is letters, digits and '-' (the last case). */
static bool in_alphabet(char c, Alphabet alphabet) {
    switch (alphabet) {
    case ALNUM: return is_alnum(c);
    case WORD: return is_alnum(c) || c == '-' || c == '_';
    case UPPER: return is_digit(c) || plain_is_capital(c);
    case HEX: return is_hex(c);
    case DOTTED: return is_alnum(c) || c == '-' || c == '_' || c == '.';
    default: return is_alnum(c) || c == '-';
    }
}

/* The end of the key whose bytes behind the prefix begin at `begin`; 0: it is none. A short key
   must hold a digit, because "sk-learn-something-long" is a name. What is in UPPER or DASHED, or
   has 40 signs, is no word anyway. */
static uint32_t prefix_end(const Fold *v, uint32_t begin, const Prefix *prefix) {
    uint32_t end = begin;
    while (end < v->n && end - begin <= prefix->longest && in_alphabet(v->p[end], prefix->alphabet))
        end++;
    if (prefix->alphabet == DOTTED && end > begin && v->p[end - 1] == '.') end--;
    uint32_t n = end - begin;
    if (n < prefix->shortest || n > prefix->longest || is_alnum(fold_at(v, end))) return 0;
    bool digit = prefix->alphabet == UPPER || prefix->alphabet == DASHED || n >= 40;
    for (uint32_t k = begin; k < end && !digit; k++) digit = is_digit(v->p[k]);
    return digit ? end : 0;
}

/* ---- JWT, PEM, wallets --------------------------------------------------------------------- */

/* RFC 7519: three parts of base64url with dots; header and claims are objects, so each begins "ey"
   ('{' and a quotation mark). 0: none. */
static uint32_t jwt_end(const Fold *v, uint32_t x) {
    enum { PART_MAX = 8192 };
    for (int part = 0; part < 3; part++) {
        uint32_t begin = x;
        while (x < v->n && x - begin < PART_MAX && in_alphabet(v->p[x], WORD)) x++;
        if (x - begin < (part == 0 ? 14u : 8u)) return 0;
        if (part < 2 && (memcmp(v->p + begin, "ey", 2) != 0 || fold_at(v, x++) != '.')) return 0;
    }
    return x;
}

/* Does the text stand in [from, to)? */
static bool holds(const Fold *v, uint32_t from, uint32_t to, const char *text) {
    size_t n = strlen(text);
    for (uint32_t x = from; x + n <= to; x++) {
        if (memcmp(v->p + x, text, n) == 0) return true;
    }
    return false;
}

/* From "-----BEGIN … PRIVATE KEY-----" to the end of its END line, or as far as key lines go. */
static uint32_t pem_end(const Fold *v, uint32_t x) {
    enum { LABEL = 48, BLOCK_MAX = 16384, TORN_MIN = 64 };
    static const char begin[] = "-----BEGIN ";
    if (x + sizeof begin > v->n || memcmp(v->p + x, begin, sizeof begin - 1) != 0) return 0;
    uint32_t label = x + (uint32_t)sizeof begin - 1, y = label;
    while (y < v->n && y - label < LABEL && v->p[y] != '-') y++;
    if (!holds(v, label, y, "PRIVATE KEY")) return 0;
    while (fold_at(v, y) == '-') y++;
    uint32_t body = y;
    while (y < v->n && y - body < BLOCK_MAX &&
           (is_alnum(v->p[y]) || strchr("+/= \r\n:,\\", v->p[y]) || v->p[y] == '_')) {
        y++;
    }
    if (y + 9 <= v->n && memcmp(v->p + y, "-----END ", 9) == 0) {
        y += 9;
        for (uint32_t end = y; y < v->n && y - end < LABEL && v->p[y] != '-';) y++;
        while (fold_at(v, y) == '-') y++;
        return y;
    }
    return y - body >= TORN_MIN && y == v->n ? y : 0;
}

/* Base58check of 25 bytes: version, 20 of hash, the first four of a double SHA-256. */
static bool is_base58check(const char *p, uint32_t n) {
    static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    uint8_t bytes[25] = {0}, digest[HASH_BYTES];
    for (uint32_t i = 0; i < n; i++) {
        const char *at = p[i] ? strchr(alphabet, p[i]) : NULL;
        if (!at) return false;
        unsigned carry = (unsigned)(at - alphabet);
        for (int k = 24; k >= 0; k--) {
            carry += bytes[k] * 58u;
            bytes[k] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry) return false;
    }
    Sha256 h;
    sha256_init(&h);
    sha256_add(&h, bytes, 21);
    sha256_end(&h, digest);
    sha256_init(&h);
    sha256_add(&h, digest, HASH_BYTES);
    sha256_end(&h, digest);
    return memcmp(digest, bytes + 21, 4) == 0;
}

/* Bitcoin's addresses of the two older kinds: they begin with 1 or 3 and have 26 to 35 signs. */
static uint32_t wallet_end(const Fold *v, uint32_t x) {
    uint32_t end = x;
    if (v->p[x] != '1' && v->p[x] != '3') return 0;
    while (end < v->n && end - x < 36 && is_alnum(v->p[end])) end++;
    if (end - x < 26 || end - x > 35) return 0;
    return is_base58check(v->p + x, end - x) ? end : 0;
}

/* A Telegram bot's token: its number, a colon, 35 of base64url. */
static uint32_t bot_end(const Fold *v, uint32_t x) {
    uint32_t end = x;
    while (end < v->n && is_digit(v->p[end]) && end - x < 11) end++;
    if (end - x < 8 || end - x > 10 || fold_at(v, end) != ':') return 0;
    uint32_t key = ++end;
    while (end < v->n && in_alphabet(v->p[end], WORD) && end - key < 36) end++;
    return end - key == 35 ? end : 0;
}

/* ---- values behind a word ------------------------------------------------------------------ */

/* Bits a byte, by how often each byte stands in it (Shannon). */
static double entropy(const char *p, uint32_t n) {
    int count[256] = {0};
    double bits = 0;
    for (uint32_t i = 0; i < n; i++) count[(unsigned char)p[i]]++;
    for (int c = 0; c < 256; c++) {
        if (count[c]) bits -= count[c] * log2((double)count[c] / n);
    }
    return bits / n;
}

typedef struct Link { /* what stands between a word and its value */
    uint32_t end;
    bool assigned; /* ':' or '=' */
    bool is;       /* "is", U+662F, U+4E3A */
    bool quoted;
    bool number; /* "no", "id", U+53F7 */
    bool listed; /* the next string behind a comma: define('DB_PASSWORD', 'x') */
    bool tag;    /* the word is a tag's, the value what stands in it: <password>x</password> */
} Link;

static bool is_quote(char c) {
    return c == '"' || c == '\'' || c == '`';
}

/* Walks over at most 24 bytes of blanks, ':' '=', quotation marks and little words. */
static Link read_link(const Fold *v, uint32_t x) {
    Link link = {0};
    for (uint32_t from = x; x < v->n && x - from < 24;) {
        char c = v->p[x];
        if (c == ' ' || c == '\t' || c == '*')
            x++;
        else if (c == ':' || c == '=') {
            link.assigned = true;
            x++;
        } else if (c == '>' && (x == from || v->p[x - 1] == '=')) { /* "'pass' => 'x'" */
            link.tag = x == from;
            link.assigned = true;
            x++;
        } else if (c == '(' && x > from && is_quote(fold_at(v, (int64_t)x + 1)) &&
                   v->p[x + 1] != '`') {
            link.is = true; /* 'the password ("...")' */
            x++;
        } else if (is_quote(c)) {
            link.quoted = link.assigned || link.is || link.listed;
            x++;
        } else if (x > from && is_quote(v->p[x - 1]) && (c == ']' || c == ',') && !link.assigned) {
            link.listed = link.listed || c == ',';
            x++;
        } else if (takes(v, &x, "号码") || takes(v, &x, "号") || takes(v, &x, "账号") ||
                   takes(v, &x, "id ") || takes(v, &x, "id:") || takes(v, &x, "日期")) {
            link.number = true;
            link.assigned = link.assigned || v->p[x - 1] == ':';
        } else if (takes(v, &x, "是") || takes(v, &x, "为") || takes(v, &x, "is ") ||
                   takes(v, &x, "was ") || takes(v, &x, "ist ") || takes(v, &x, "lautet ") ||
                   takes(v, &x, "war ") || takes(v, &x, "在") || takes(v, &x, "于") ||
                   (x > from && takes(v, &x, "es ")) || (x > from && takes(v, &x, "est ")) ||
                   takes(v, &x, "è ")) { /* "passes" */
            link.is = true;
        } else
            break;
    }
    link.end = x;
    return link;
}

static bool is_value_byte(char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '\'' && c != '`' && c != ',' && c != ';';
}

/* Letters with accents and of other alphabets, and what keyboards have beside them: in Chinese and
   Japanese nothing parts a value from the sentence that goes on. */
uint32_t secret_sign(const Fold *v, uint32_t x) {
    static const char marks[] = "§°´µ£¤"; /* two bytes each */
    uint32_t letter = mail_foreign(v, x);
    if (letter) return letter;
    if (one_at(v, x, marks, 2)) return 2;
    return one_at(v, x, "€", 3) ? 3 : 0;
}

/* The value at x up to its closing quotation mark, if no blank stands before that; 0: none. */
static uint32_t quoted_end(const Fold *v, uint32_t x) {
    char quote = fold_at(v, (int64_t)x - 1);
    uint32_t end = x;
    if (!is_quote(quote)) return 0;
    while (end < v->n && end - x < VALUE_MAX && (unsigned char)v->p[end] > ' ' &&
           v->p[end] != quote) {
        end++;
    }
    return fold_at(v, end) == quote ? end : 0;
}

/* The end of the value at x: a blank, comma, quotation mark, or a sign of Chinese. */
static uint32_t value_end(const Fold *v, const Link *link) {
    uint32_t x = link->end, end = link->quoted ? quoted_end(v, x) : 0, n;
    if (end) return end;
    for (end = x; end < v->n && end - x < VALUE_MAX; end += n) {
        n = is_value_byte(v->p[end]) ? 1 : secret_sign(v, end);
        if (!n || (link->tag && v->p[end] == '<')) break;
    }
    return end;
}

/* Expressions of code, placeholders, masks. */
static bool is_placeholder(const char *p, uint32_t n) {
    static const char *const words[] = {"null",      "none",     "true", "false", "string",
                                        "undefined", "required", "your", "xxxx",  "example"};
    if (check_all_same(p, (int)n) || strchr("<${[(/%", p[0])) return true;
    for (uint32_t i = 0; i < n; i++) {
        if (p[i] == '(' || p[i] == '[' || p[i] == '{' || p[i] == '<') return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (str_begins((Str){p, n}, words[i])) return true;
    }
    return false;
}

/* "correct-horse" is one, "case-sensitive" is said of it. */
static bool is_passphrase(const char *p, uint32_t n) {
    static const char *const tails[] = {"sensitive", "based",    "only",     "known",
                                        "defined",   "long",     "encoded",  "less",
                                        "free",      "specific", "protected", NULL};
    if (!memchr(p, '-', n) && !memchr(p, '_', n)) return false;
    return is_alnum(p[0]) && is_alnum(p[n - 1]) && !list_ends((Str){p, n}, tails);
}

/* What follows the word, by how surely it is its value: in quotation marks anything goes; behind
   ':' or '=' what no plain word is; behind "is" numbers and passphrases; else it must mix digits
   and signs. */
static bool is_password(const char *p, uint32_t n, const Link *link) {
    int signs = 0, digits = 0, letters = 0, upper = 0, others = 0;
    for (uint32_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (utf8_goes_on(p[i])) continue; /* counted by its first byte */
        bool letter = is_letter(p[i]) || c >= 0xC3;
        signs++;
        digits += is_digit(p[i]);
        letters += letter;
        upper += plain_is_capital(c);
        others += !letter && !is_digit(p[i]);
    }
    if (signs < 4 || is_placeholder(p, n)) return false;
    if (link->listed) return link->quoted && digits && letters;
    if (link->quoted) return true;
    if (link->assigned) {
        return signs >= 8 || digits == signs || (digits && letters) || (others && letters > 3) ||
               (upper > 1 && upper < letters);
    }
    if (link->is && digits == signs) return signs <= 12;
    if (link->is && signs >= 8 && letters && others && is_passphrase(p, n)) return true;
    return digits && (letters || others); /* prose follows the word far more often */
}

/* Twelve signs with letters and digits that do not repeat themselves much. */
static bool is_token(const char *p, uint32_t n) {
    int digits = 0, letters = 0;
    for (uint32_t i = 0; i < n; i++) {
        digits += is_digit(p[i]);
        letters += is_letter(p[i]);
    }
    return n >= 12 && digits && letters && !is_placeholder(p, n) && entropy(p, n) >= 3.0;
}

/* "8472 6610 2299 3841": a router's key in groups of four digits; value_end has seen one. */
static uint32_t groups_end(const Fold *v, uint32_t x, uint32_t end) {
    enum { GROUP = 4, KEY_MOST = 40 };
    if (end - x != GROUP || digits_at(v, x) != GROUP) return end;
    while (end - x < KEY_MOST && fold_at(v, end) == ' ') {
        uint32_t next = end + 1;
        while (next < v->n && next - end <= GROUP && is_digit(v->p[next])) next++;
        if (next != end + 1 + GROUP || is_alnum(fold_at(v, next))) break;
        end = next;
    }
    return end;
}

/* Takes the value up to a blank, comma or quotation mark, less what ends a sentence; 0: it is none.
   */
static uint32_t secret_value(Scanner *s, const Link *link, Value value) {
    const Fold *v = &s->fold;
    uint32_t x = link->end, end = groups_end(v, x, value_end(v, link));
    assert(x <= end && end <= v->n);
    const char *tail = link->assigned ? ".:)" : ".!?:)"; /* a password may end in '!' */
    while (end > x && strchr(tail, v->p[end - 1]) && !link->quoted) end--;
    uint32_t n = end - x;
    if (n == 0) return 0;
    bool found = value == PASSWORD ? is_password(v->p + x, n, link) : is_token(v->p + x, n);
    if (link->listed && !link->quoted) found = false;
    if (link->tag && value != PASSWORD && memchr(v->p + x, '/', n)) found = false; /* a path */
    if (!found) return 0;
    scan_emit(s, x, end, value == PASSWORD ? KIND_PASSWORD : KIND_KEY, 0.85);
    return end;
}

/* WeChat's names have 6 to 20 signs and begin with a letter; one of letters alone needs a word for
   "number" before it. */
static uint32_t wechat_value(Scanner *s, const Link *link) {
    const Fold *v = &s->fold;
    uint32_t x = link->end, end = x;
    bool odd = false;
    while (end < v->n && end - x <= 20 && in_alphabet(v->p[end], WORD)) {
        odd = odd || !is_letter(v->p[end]);
        end++;
    }
    if (end - x < 6 || end - x > 20 || !is_letter(fold_at(v, x))) return 0;
    if (!odd && !link->number) return 0;
    scan_emit(s, x, end, KIND_CN_ACCOUNT, odd ? 0.9 : 0.7);
    return end;
}

/* Three or four digits. */
static uint32_t cvv_value(Scanner *s, const Link *link) {
    const Fold *v = &s->fold;
    uint32_t end = digits_end(v, link->end), n = end - link->end;
    if (n < 3 || n > 4 || is_letter(fold_at(v, end))) return 0;
    scan_emit(s, link->end, end, KIND_CARD, 0.8);
    return end;
}

static uint32_t said_behind(const Fold *v, uint32_t x);
static bool has_one_of(const Fold *v, uint32_t from, uint32_t to, const char *const *words);

/* "CKV 4R7", "M-XY 4821", "12-ABC-3" behind a plate's word: two to four groups of capitals and
   digits, five to eight signs of which one is a letter and one a digit; 0: none. */
static uint32_t plate_value(Scanner *s, const Link *link) {
    enum { GROUPS = 4, LEAST = 5, MOST = 8 };
    const Fold *v = &s->fold;
    uint32_t x = link->end, end = x, signs = 0, digits = 0;
    for (int groups = 0; groups < GROUPS; groups++) {
        uint32_t group = x;
        while (x < v->n && (sign_of(v->p[x]) & (SIGN_CAPITAL | SIGN_DIGIT))) {
            digits += is_digit(v->p[x++]);
        }
        if (x == group || is_alnum(fold_at(v, x)) || signs + (x - group) > MOST) break;
        signs += x - group;
        end = x;
        if (fold_at(v, x) != ' ' && fold_at(v, x) != '-') break;
        x++;
    }
    if (signs < LEAST || digits == 0 || digits == signs) return 0;
    scan_emit(s, link->end, end, KIND_RECORD, 0.8);
    return end;
}

/* "verification code is 4821", "alarm code 4821", "the code: 4821": not a postcode, a country's or
   an error's. */
static uint32_t code_value(Scanner *s, uint32_t word, const Link *link) {
    enum { SURE_KINDS = 9 }; /* need nothing between */
    static const char *const kinds[] = {"verification", "security", "otp",      "alarm",
                                        "confirmation", "unlock",   "door",     "gate",
                                        "one-time",     "access",   "login",    "your",
                                        "my",           "the",      "pin"};
    const Fold *v = &s->fold;
    uint32_t end = digits_end(v, link->end), n = end - link->end, from = word > 0 ? word - 1 : 0;
    bool gap = n == 3 && fold_at(v, end) == ' ' && digits_end(v, end + 1) == end + 4;
    if (gap) n = 6, end += 4; /* "with the code 882 104" */
    if (n < 4 || n > 8 || is_alnum(fold_at(v, end))) return 0;
    while (from > 0 && word - from < 16 && (is_letter(v->p[from - 1]) || v->p[from - 1] == '-')) {
        from--;
    }
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        uint32_t x = from;
        if (!takes(v, &x, kinds[i]) || x + 1 != word) continue;
        if (!(link->is || link->assigned || gap || i < SURE_KINDS)) return 0;
        scan_emit(s, link->end, end, KIND_PASSWORD, 0.75);
        return end;
    }
    return 0;
}

/* "the code they texted me is 370227": a code that was sent is one for entering. */
static uint32_t sent_code(Scanner *s, uint32_t x) {
    static const char *const ways[] = {"texted", "sent", "sms", "text", "app", "got", "received",
                                       "geschickt", "bekommen", NULL};
    const Fold *v = &s->fold;
    uint32_t at = fold_at(v, x) == ' ' ? said_behind(v, x) : 0, end = at ? digits_end(v, at) : 0;
    if (!at || end < at + 4 || end > at + 8 || is_alnum(fold_at(v, end))) return 0;
    if (!has_one_of(v, x, at, ways)) return 0;
    scan_emit(s, at, end, KIND_PASSWORD, 0.75);
    return end;
}

/* Digits behind a word that only codes have, in one group or two of three; 0: none. */
static uint32_t once_value(Scanner *s, const Link *link) {
    const Fold *v = &s->fold;
    uint32_t x = link->end, end = digits_end(v, x);
    bool gap = end - x == 3 && (fold_at(v, end) == ' ' || fold_at(v, end) == '-');
    if (gap && digits_end(v, end + 1) == end + 4) end += 4;
    if (end - x < 4 || end - x > 8 || is_alnum(fold_at(v, end))) return 0;
    scan_emit(s, x, end, KIND_PASSWORD, 0.8);
    return end;
}

/* "Login: jane / Winter7!": the value behind the slash; 0: none. */
static uint32_t pair_value(Scanner *s, const Link *link) {
    enum { LOGIN_LONG = 48 };
    const Fold *v = &s->fold;
    uint32_t x = link->end, end;
    if (!link->assigned) return 0;
    while (x < v->n && x - link->end < LOGIN_LONG && is_value_byte(v->p[x]) && v->p[x] != '/') x++;
    if (x == link->end || !takes(v, &x, " / ")) return 0;
    for (end = x; end < v->n && end - x < VALUE_MAX && is_value_byte(v->p[end]);) end++;
    Link strict = {0};
    if (!is_password(v->p + x, end - x, &strict)) return 0;
    scan_emit(s, x, end, KIND_PASSWORD, 0.85);
    return end;
}

/* A password as an option's or behind a login in .netrc: a blank assigns it. */
static bool is_assigned_by_blank(const Fold *v, uint32_t word, uint32_t behind) {
    enum { LOGIN_BEFORE = 64 };
    if (fold_at(v, behind) != ' ') return false;
    if (word >= 2 && v->p[word - 1] == '-' && v->p[word - 2] == '-') return true;
    for (uint32_t x = word > LOGIN_BEFORE ? word - LOGIN_BEFORE : 0; x < word; x++) {
        uint32_t at = x;
        if (takes(v, &at, "login ") &&
            holds(v, x > LOGIN_BEFORE ? x - LOGIN_BEFORE : 0, x, "machine ")) {
            return true;
        }
    }
    return false;
}

/* What begins behind a word without any link. */
static uint32_t command_behind(Scanner *s, uint32_t x, Value value) {
    if (value == USER) return command_user(s, x);
    if (value == GLUED) return command_glued(s, x);
    if (value == APART) return command_apart(s, x);
    if (value == PHRASE) return codes_phrase(s, x);
    return value == SPARE ? codes_list(s, x) : command_option(s, x, value - AUTH);
}

/* Behind " is " or the like in what follows a password's word in its sentence; 0: none is there. */
static uint32_t said_behind(const Fold *v, uint32_t x) {
    enum { REACH = 48 };
    static const char *const verbs[] = {" is ", " was ", " ist ", " lautet ", " war ", NULL};
    for (uint32_t from = x; x < v->n && x - from < REACH && !strchr(".;:\n", v->p[x]); x++) {
        if (v->p[x] == ' ' && takes_any(v, &x, verbs)) return x;
    }
    return 0;
}

/* "the password for the wifi is Blue7sky": words between, so it must look like nothing else:
   letters with digits or signs. */
static uint32_t password_of(Scanner *s, uint32_t x) {
    enum { SHORTEST = 6 };
    const Fold *v = &s->fold;
    uint32_t at = said_behind(v, x), end = at;
    bool letters = false, signs = false;
    if (!at) return 0;
    while (end < v->n && end - at < VALUE_MAX && is_value_byte(v->p[end])) end++;
    while (end > at && strchr(".?:)", v->p[end - 1])) end--;
    for (uint32_t k = at; k < end; k++) {
        letters = letters || is_letter(v->p[k]);
        bool inner = k + 1 < end && strchr("!@#$%^&*+?", v->p[k]); /* not "is important!" */
        signs = signs || is_digit(v->p[k]) || inner;
    }
    if (end - at < SHORTEST || !letters || !signs || is_placeholder(v->p + at, end - at)) return 0;
    scan_emit(s, at, end, KIND_PASSWORD, 0.75);
    return end;
}

/* "What's the password?" and on the next line "Ann: it's Blue7sky": letters with digits or signs,
   which end their line or a sentence of it. */
static uint32_t asked_value(Scanner *s, uint32_t word, uint32_t x) {
    enum { QUESTION = 24, SPEAKER = 64, SHORTEST = 5 };
    static const char *const asks[] = {"what", "wie laut", "wie ist", "was ist", "quel", NULL};
    static const char *const leads[] = {"it's ", "it is ", "its ", "es ist ", "ist ", "das ist ",
                                        "c'est ", "es ", "是", NULL};
    const Fold *v = &s->fold;
    uint32_t at = x, end, line, letters = 0, signs = 0;
    while (at < v->n && at - x < QUESTION && !strchr("?\r\n", v->p[at])) at++;
    bool marked = fold_at(v, at) == '?';
    at += marked;
    if (fold_at(v, at) == '\r') at++;
    if (fold_at(v, at++) != '\n') return 0;
    if (!marked && !has_one_of(v, word > QUESTION ? word - QUESTION : 0, word, asks)) return 0;
    for (line = at; at < v->n && at - line < SPEAKER && v->p[at] != '\n'; at++) {
        if (v->p[at] == ':' && !is_digit(fold_at(v, (int64_t)at + 1))) break; /* no hour's */
    }
    if (fold_at(v, at) != ':') return 0;
    for (at++; fold_at(v, at) == ' ';) at++;
    (void)takes_any(v, &at, leads);
    for (end = at; end < v->n && end - at < VALUE_MAX && is_value_byte(v->p[end]); end++) {
        letters += is_letter(v->p[end]);
        signs += !is_letter(v->p[end]);
    }
    while (end > at && strchr(".?)", v->p[end - 1])) end--, signs--;
    char behind = fold_at(v, end);
    bool last = behind == 0 || strchr("\r\n.,", behind);
    if (end - at < SHORTEST || !letters || !signs || !last) return 0;
    if (fold_has(v, at, "http") || is_placeholder(v->p + at, end - at)) return 0;
    scan_emit(s, at, end, KIND_PASSWORD, 0.75);
    return end;
}

/* "The password is marmalade.", "Das Kennwort lautet Sonnenblume": one word of letters that ends a
   sentence and says nothing of the password ("is wrong", "ist Pflicht"). 0: none. */
static uint32_t said_word(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    uint32_t at = said_behind(v, x), end = at, n;
    if (!at || at - x > 10) return 0; /* right behind the password's word */
    for (; end < v->n && end - at < VALUE_MAX; end += n) {
        n = is_letter(v->p[end]) || v->p[end] == '-' ? 1 : mail_foreign(v, end);
        if (!n) break;
    }
    char c = fold_at(v, end), next = fold_at(v, (int64_t)end + 1);
    bool last = c == 0 || c == '\n' || c == ',' || fold_has(v, end, " and ") ||
                fold_has(v, end, " und ") || (c == '.' && (next == ' ' || next == '\n' || !next));
    if (!last || end - at < 4 || account_is_predicate(s, at, end)) return 0;
    scan_emit(s, at, end, KIND_PASSWORD, 0.7);
    return end;
}

/* Between quotation marks, blanks and all; 0: what stands there is in none. */
static uint32_t quoted_words(Scanner *s, const Link *link) {
    enum { MOST = 80 };
    const Fold *v = &s->fold;
    uint32_t x = link->end, end = x;
    char quote = fold_at(v, (int64_t)x - 1);
    if (!link->quoted || !is_quote(quote)) return 0;
    while (end < v->n && end - x < MOST && v->p[end] != quote && v->p[end] != '\n') end++;
    if (fold_at(v, end) != quote || end - x < 4 || is_placeholder(v->p + x, end - x)) return 0;
    scan_emit(s, x, end, KIND_PASSWORD, 0.85);
    return end;
}

/* One of the words, in small letters, in [from, to). */
static bool has_one_of(const Fold *v, uint32_t from, uint32_t to, const char *const *words) {
    for (uint32_t x = from; x < to; x++) {
        if (fold_has_any(v, x, words)) return true;
    }
    return false;
}

/* A key is a network's where that is said before on its line: "WLAN-Schlüssel", "das WLAN heißt
   Kiosk, Schlüssel ...". */
static bool is_networks(const Fold *v, uint32_t word) {
    enum { BEFORE = 48 };
    static const char *const networks[] = {"wlan", "wifi", "wi-fi", "netzwerk", NULL};
    uint32_t from = word > BEFORE ? word - BEFORE : 0;
    for (uint32_t x = from; x < word; x++) {
        if (v->p[x] == '\n') from = x;
    }
    return has_one_of(v, from, word, networks);
}

/* The digits behind "for my phone: ", "fürs Handy ", with no digit and no mark but a colon before
   them; x: none are near. */
static uint32_t behind_thing(const Fold *v, uint32_t x, const char *const *things) {
    enum { REACH = 32 };
    for (uint32_t at = x; at < v->n && at - x < REACH; at++) {
        if (is_digit(v->p[at])) {
            bool apart = fold_at(v, (int64_t)at - 1) == ' ' || fold_at(v, (int64_t)at - 1) == ':';
            return apart && has_one_of(v, x, at, things) ? at : x;
        }
        if (strchr(",.;\n?!()", v->p[at])) break;
    }
    return x;
}

/* "PIN 4711", "PIN of my card is 4711" with a card or a telephone near; 0: no such number. */
static uint32_t pin_value(Scanner *s, uint32_t word, uint32_t x) {
    enum { LEAST = 4, MOST = 8, REACH = 48 };
    static const char *const things[] = {"card", "karte", "konto", "handy", "phone", "iphone",
                                         "sim", "account", "safe", "locker", "door", "tresor",
                                         "卡", "手机", "门", NULL};
    const Fold *v = &s->fold;
    uint32_t at = said_behind(v, x);
    if (fold_has(v, x, "码")) x += HAN_BYTES;
    for (uint32_t from = x; !at && x < v->n && x - from < 4 && strchr(" :=", v->p[x]);) x++;
    if (!at) at = is_digit(fold_at(v, x)) ? x : behind_thing(v, x, things);
    uint32_t end = digits_end(v, at);
    char behind = fold_at(v, end);
    if (end - at < LEAST || end - at > MOST || is_letter(behind) || behind == '-') return 0;
    if (is_digit(fold_at(v, (int64_t)end + 1)) && behind) return 0; /* "4711 22": another number */
    uint32_t from = word > REACH ? word - REACH : 0, to = v->n - end > REACH ? end + REACH : v->n;
    if (!has_one_of(v, from, to, things)) return 0;
    scan_emit(s, at, end, KIND_PASSWORD, 0.75);
    return end;
}

static uint32_t birth_value(Scanner *s, const Link *link) {
    uint32_t end = format_cjk_date(&s->fold, link->end);
    if (end) scan_emit(s, link->end, end, KIND_BIRTH, 0.9);
    return end;
}

static uint32_t linked_value(Scanner *s, uint32_t word, const Link *link, Value value) {
    switch (value) {
    case CODE: return code_value(s, word, link);
    case PAIR: return pair_value(s, link);
    case ONCE: return once_value(s, link);
    case PLATE: return plate_value(s, link);
    case WECHAT: return wechat_value(s, link);
    case CVV: return cvv_value(s, link);
    case FIELD: return link->assigned ? format_person_field(s, link->end, link->quoted) : 0;
    case PERSON: return link->assigned ? format_person_value(s, link->end) : 0;
    case BIRTH: return birth_value(s, link);
    default: return secret_value(s, link, value);
    }
}

/* What stands behind a trigger; a Han word may touch its value, any other needs a link. What is no
   PIN and no words in quotation marks, and a network's key, may be a password like any other. */
static uint32_t value_behind(Scanner *s, uint32_t word, uint32_t x, Value value) {
    if (value >= USER) return command_behind(s, x, value);
    uint32_t end = value == PIN ? pin_value(s, word, x) : 0;
    if (end) return end;
    if (value == PIN) value = PASSWORD;
    if (value == FIELD || value == PERSON || value == BIRTH || value == PASSWORD ||
        value == HEADER) {
        column_note(s, word, x);
    }
    if (value == HEADER) return 0;
    if (value == CODE && (end = sent_code(s, x)) > 0) return end;
    if (value == PASSWORD && (end = asked_value(s, word, x)) > 0) return end;
    if (value == NETWORK && !is_networks(&s->fold, word)) return 0;
    if (value == NETWORK) value = PASSWORD;
    Link link = read_link(&s->fold, x);
    bool han = (unsigned char)s->fold.p[x - 1] & 0x80; /* needs nothing between */
    if (link.end >= s->fold.n || (link.end == x && !han)) return 0;
    link.is = link.is || han;
    if (value == PASSWORD && is_assigned_by_blank(&s->fold, word, x)) link.assigned = true;
    if (value == WORDS && (end = quoted_words(s, &link)) > 0) return end;
    if (value == WORDS) value = PASSWORD;
    end = linked_value(s, word, &link, value);
    if (end || value != PASSWORD || han) return end;
    end = said_word(s, x);
    return end ? end : password_of(s, x);
}

/* ---- what begins here ---------------------------------------------------------------------- */

/* No letter or digit before, or a capital behind a small letter. */
static bool at_border(const Fold *v, uint32_t x) {
    char before = fold_at(v, (int64_t)x - 1), c = v->p[x];
    if (!is_alnum(before)) return true;
    return plain_is_small(before) && plain_is_capital(c);
}

/* "last_name", "Given name", "firstName": a word before "name" at x that says it is somebody's. */
static bool is_name_part(const Fold *v, uint32_t x) {
    static const char *const parts[] = {"first",  "last",   "given", "family", "middle",
                                        "maiden", "full",   "display", "legal", "birth",
                                        NULL};
    uint32_t end = is_letter(v->p[x - 1]) ? x : x - 1, from = end;
    while (from > 0 && end - from < 8 && is_letter(v->p[from - 1])) from--;
    return fold_is_any(v, from, end, parts);
}

static uint32_t try_trigger(Scanner *s, uint32_t x, const Trigger *trigger) {
    const Fold *v = &s->fold;
    char before = fold_at(v, (int64_t)x - 1);
    uint32_t behind = x;
    Value value = trigger->value;
    if (!takes(v, &behind, trigger->text)) return 0;
    if (value == PERSON && (before == ' ' || before == '_' || is_letter(before))) {
        if (!is_name_part(v, x)) { /* "file name:", "host_name:" */
            column_note(s, x, behind);
            return 0;
        }
        value = FIELD;
    }
    return value_behind(s, x, behind, value);
}

/* One prefix or trigger at x: behind its end when it was found, else 0. */
static uint32_t try_row(Scanner *s, uint32_t x, size_t row) {
    const Fold *v = &s->fold;
    const char *text = row_text(row);
    uint32_t n = s->secret_length[row];
    assert(row < N_ROWS && n >= 2);
    if (x + n > v->n || (n > 2 && to_lower(v->p[x + 2]) != to_lower(text[2]))) return 0;
    if (row >= N_PREFIXES) return try_trigger(s, x, &triggers[row - N_PREFIXES]);
    if (memcmp(v->p + x, text, n) != 0) return 0;
    uint32_t end = prefix_end(v, x + n, &prefixes[row]);
    if (end) scan_emit(s, x, end, prefixes[row].kind, 0.95);
    return end;
}

/* Prefixes and words by their first two bytes, then what is told by its form alone. Behind a border
   only, but for words of Han signs, which have none. */
uint32_t secret_scan(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    if (!((unsigned char)v->p[x] & 0x80) && !at_border(v, x)) return 0;
    char second = fold_at(v, (int64_t)x + 1);
    for (size_t row = s->secret_head[chain_of(v->p[x], second)]; row != NO_ROW;
         row = s->secret_next[row]) {
        uint32_t end = try_row(s, x, row);
        if (end) return end;
    }
    uint32_t end = 0;
    if (v->p[x] == 'e' && second == 'y')
        end = jwt_end(v, x);
    else if (v->p[x] == '-' && second == '-')
        end = pem_end(v, x);
    else if (is_digit(v->p[x]))
        end = bot_end(v, x);
    if (!end && is_digit(v->p[x]) && (end = command_pgpass(s, x)) > 0) return end;
    if (end) {
        scan_emit(s, x, end, KIND_KEY, 0.98);
        return end;
    }
    if ((v->p[x] == '1' || v->p[x] == '3') && (end = wallet_end(v, x))) {
        scan_emit(s, x, end, KIND_WALLET, 0.98);
    }
    return end;
}
