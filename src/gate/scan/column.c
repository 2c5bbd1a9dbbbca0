/*
 * Columns whose header says what stands in them.
 *
 *     id,last_name,dob,plan                 INSERT INTO patients (id, last_name, birth_date)
 *     7,Orlova,1982-01-09,pro               VALUES (17, 'Amberson', '1959-06-30'), ...
 *
 * A word such as "dob" or "last_name" reaches what stands right behind it; in a table the values
 * stand lines below. So where such a word is a field of a line of three fields or more, its place
 * is noted (column_note), and when the whole text is read, each field of that line is looked up
 * (`headers`), and what stands below in lines of as many fields is taken: a name of letters, a date
 * of digits, a number behind "ssn" that no check digit proves. In SQL the names of columns stand in
 * brackets before VALUES, and the rows in brackets behind it. A comma, a semicolon, a tab or a bar
 * parts fields, and they may stand in quotation marks, which are doubled inside (RFC 4180; SQL's
 * apostrophes alike).
 *
 * Where two fields of a line are such words the others name columns, too: what the tagger took
 * there for somebody ("Stundenlohn") names nobody.
 *
 * "name", "guest" or "last" alone is no header, for products have names; beside "phone" or "dob" in
 * the same line it is.
 *
 * Limits: COLUMNS_MAX headers a text, each read once to the end of its rows; LINE_MAX_BYTES a
 * header, FIELDS_MAX of its fields. What a format has found keeps its kind.
 */
#include <assert.h>
#include <stdlib.h>

#include "gate/scan/impl.h"

enum { LINE_MAX_BYTES = 2048, SEPARATORS_LEAST = 2, FIELDS_MAX = 64, WORD_MAX = 32 };
enum { KNOWN_LEAST = 2 }; /* fields that make a line a header */
enum { NAME_MAX = 64, DATE_LEAST = 6, DATE_MAX = 10, SECRET_MAX = 128, ADDRESS_MAX = 120 };

/* What a header says of its column. PERHAPS: a name, if another header of the line says that the
   rows are about people; SIGN: only says that. */
typedef enum Field { NOTHING, NAME, PERHAPS, SIGN, BIRTH, SECRET, LOGIN, PHONE, NUMBER, ADDRESS }
    Field;

/* In small letters, without blanks and marks; '|' between. Our own list. */
static const struct {
    Field field;
    const char *words;
} headers[] = {
    {NAME, "fullname|firstname|lastname|surname|givenname|familyname|middlename|maidenname|"
           "forename|customername|patientname|guestname|contactname|employeename|studentname|"
           "nachname|vorname|familienname|geburtsname|mitarbeiter|mitarbeiterin|ansprechpartner|"
           "prénom|apellidos|apellido|cognome|姓名|联系人|客户姓名|收件人|员工姓名|学生姓名|户主|监护人|班主任|"
           "负责人|经办人"},
    {PERHAPS, "name|first|last|given|family|employee|manager|guest|patient|student|teacher|parent|"
              "tenant|contact|owner|spouse|member|attendee|participant|driver|customer|"
              "kunde|mieter|patientin|schüler|eltern|teilnehmer|nom|nombre|"
              "学生|家长|员工|客户|老师|患者|病人|业主"},
    {SIGN, "email|mail|emailaddress|gender|sex|age|salary|gehalt|alter|geschlecht|性别|年龄|邮箱|"
           "电子邮件|birthplace|nationality"},
    {BIRTH, "dob|birthdate|dateofbirth|birthday|geburtsdatum|geburtstag|出生日期|生日|出生"},
    {SECRET, "password|passwd|pwd|pass|pw|pwhash|passwordhash|passwort|kennwort|apikey|secret|"
             "token|accesstoken|密码|口令"},
    {LOGIN, "username|login|loginname|userlogin|benutzername|benutzer|anmeldename|用户名|登录名|账号"},
    {PHONE, "phone|phonenumber|phoneno|mobile|mobilenumber|cell|cellphone|tel|telephone|telefon|"
            "telefonnummer|handy|handynummer|mobil|fax|homephone|workphone|ext|extension|durchwahl|"
            "rufnummer|手机|手机号|手机号码|电话|联系电话|联系方式|电话号码"},
    {NUMBER, "ssn|socialsecuritynumber|passport|passportno|passportnumber|nationalid|idnumber|idno|"
             "idcard|nin|nino|nhsnumber|mrn|patientid|employeeid|studentid|bsn|cpf|dni|nif|pesel|"
             "taxid|steuerid|svnr|iban|accountnumber|accountno|cardnumber|licenseplate|plate|"
             "licenceno|driverslicense|kennzeichen|kontonummer|personalnr|personalnummer|"
             "ausweisnr|ausweisnummer|versichertennummer|kundennummer|kundennr|svnummer|"
             "sozialversicherungsnummer|rentenversicherungsnummer|versicherungsnummer|"
             "steuernummer|steuernr|steueridnr|mitgliedsnummer|mitgliedsnr|customerno|"
             "customernumber|memberno|membershipno|membernumber|ninumber|身份证|身份证号|身份证号码|"
             "证件号|证件号码|护照号|护照号码|银行卡号|卡号|车牌|车牌号|工号|学号|病历号|住院号|"
             "学籍号|社保号|会员号|客户编号"},
    {ADDRESS, "address|homeaddress|streetaddress|street|postaladdress|addressline1|anschrift|"
              "adresse|strasse|straße|wohnort|地址|住址|家庭住址|收货地址|家庭地址"},
};

static bool is_separator(char c) {
    return c == ',' || c == ';' || c == '\t' || c == '|';
}

/* Does the line of the view look like a header: words and separators, or the list of an INSERT? */
static bool is_header_line(const Fold *v, uint32_t at) {
    uint32_t x = at, separators = 0;
    bool list = false;
    while (x > 0 && at - x < LINE_MAX_BYTES && v->p[x - 1] != '\n') {
        list = list || v->p[x - 1] == '(';
        x--;
    }
    for (uint32_t from = x; x < v->n && x - from < LINE_MAX_BYTES && v->p[x] != '\n'; x++) {
        char c = v->p[x];
        bool word = is_alnum(c) || (c & 0x80) || (c && strchr(" _-.\"'`/\r#", c));
        if (list && fold_has_word(v, x, "into")) return true;
        if (!word && !is_separator(c) && !list) return false;
        separators += is_separator(c);
    }
    return !list && separators >= SEPARATORS_LEAST;
}

/* A quotation mark or a blank may stand between the word and what parts it from the next one. One
   word of a line is enough, for the whole of it is read later. */
void column_note(Scanner *s, uint32_t at, uint32_t end) {
    const Fold *v = &s->fold;
    uint32_t x = end;
    while (fold_at(v, x) == '"' || fold_at(v, x) == '`' || fold_at(v, x) == ' ') x++;
    char c = fold_at(v, x);
    if (!is_separator(c) && c != ')' && c != '\n' && c != '\r') return;
    if (s->n_columns == ARRAY_LEN(s->columns)) return;
    if (s->n_columns && s->column_line > at && s->column_base == s->base) return;
    if (!is_header_line(v, at)) return;
    s->columns[s->n_columns++] = (Column){s->base + fold_start(v, at)};
    while (x < v->n && x - end < LINE_MAX_BYTES && v->p[x] != '\n') x++;
    s->column_line = x;
    s->column_base = s->base;
}

/* The header's word without marks, in small letters, is one of the row's? */
static bool is_word_of(Str word, const char *row) {
    for (size_t n; *row; row += n + (row[n] == '|')) {
        n = strcspn(row, "|");
        if (n == word.n && memcmp(row, word.p, n) == 0) return true;
    }
    return false;
}

static Field field_of(Str header) {
    char small[WORD_MAX];
    size_t n = 0;
    for (size_t i = 0; i < header.n; i++) {
        char c = to_lower(header.p[i]);
        if (!is_alnum(c) && !(c & 0x80)) continue;
        if (n == sizeof small) return NOTHING;
        small[n++] = c;
    }
    for (size_t i = 0; n && i < ARRAY_LEN(headers); i++) {
        if (is_word_of((Str){small, n}, headers[i].words)) return headers[i].field;
    }
    return NOTHING;
}

static const struct {
    ScanType type;
    ScanKind kind;
} found_as[] = {
    [NAME] = {SCAN_PERSON, KIND_NAME},    [PERHAPS] = {SCAN_PERSON, KIND_NAME},
    [BIRTH] = {SCAN_DATE, KIND_BIRTH},    [SECRET] = {SCAN_SECRET, KIND_PASSWORD},
    [LOGIN] = {SCAN_ID, KIND_LOGIN},      [PHONE] = {SCAN_PHONE, KIND_PHONE},
    [NUMBER] = {SCAN_ID, KIND_RECORD},    [ADDRESS] = {SCAN_ADDRESS, KIND_STREET},
};
_Static_assert(ARRAY_LEN(found_as) == ADDRESS + 1, "a row for each field");

/* Has a format found all of it already? Its kind says more than the header. */
static bool is_known(const Scanner *s, size_t start, size_t end) {
    size_t low = 0, high = s->n_spans;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->spans[middle].end <= start) low = middle + 1;
        else high = middle;
    }
    return low < s->n_spans && s->spans[low].start <= start && s->spans[low].end >= end &&
           s->spans[low].kind < KIND_TAG_PERSON;
}

/* Does the value look like what its header says? */
static bool fits(Str value, Field field) {
    size_t digits = 0, letters = 0, others = 0, blanks = 0;
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        digits += is_digit(c);
        letters += is_letter(c) || (unsigned char)c >= 0x80;
        blanks += c == ' ';
        others += !is_alnum(c) && (unsigned char)c < 0x80 && !strchr(" .-'/", c);
    }
    if (str_eq_c(value, "NULL") || str_eq_c(value, "null") || str_eq_c(value, "None")) return false;
    switch (field) {
    case NAME:
    case PERHAPS: return letters > 1 && digits == 0 && others == 0 && value.n <= NAME_MAX;
    case BIRTH: return digits >= DATE_LEAST && letters == 0 && others == 0 && value.n <= DATE_MAX;
    case SECRET: return value.n >= 4 && value.n <= SECRET_MAX && blanks == 0;
    case LOGIN: return value.n >= 3 && value.n <= LOGIN_MOST && blanks == 0 && letters > 1;
    case PHONE: return digits >= 3 && letters <= 3 && value.n <= LOGIN_MOST;
    case NUMBER:
        return (digits >= 3 || (digits && letters > 1)) && value.n >= 4 && value.n <= NAME_MAX &&
               others <= 2;
    case ADDRESS: return letters >= 3 && value.n <= ADDRESS_MAX;
    default: return false;
    }
}

/* Takes a field's value, less what quotes it. */
static void take(Scanner *s, Str text, size_t start, size_t end, Field field) {
    while (start < end && strchr(" \"'\r", text.p[start])) start++;
    while (end > start && strchr(" \"'\r", text.p[end - 1])) end--;
    if (start >= end || !fits(str_sub(text, start, end), field) || is_known(s, start, end)) return;
    tagged_push(s, (ScanSpan){start, end, found_as[field].type, found_as[field].kind, 0.8F});
}

/* Where the field at x ends: before a separator, `close` or the line's end. */
static size_t field_end(Str text, size_t x, char separator, char close) {
    while (x < text.n && text.p[x] == ' ') x++;
    char quote = x < text.n && (text.p[x] == '"' || (close && text.p[x] == '\'')) ? text.p[x] : 0;
    for (x += quote != 0; x < text.n; x++) {
        if (quote && text.p[x] == quote) { /* a doubled one is two times this */
            quote = 0;
            if (x + 1 < text.n && text.p[x + 1] == text.p[x]) quote = text.p[x++];
            continue;
        }
        if (quote) continue;
        if (text.p[x] == separator || (close ? text.p[x] == close : text.p[x] == '\n')) break;
    }
    return x;
}

/* One row: how it is written, and what its fields hold. */
typedef struct Row {
    char separator, close; /* close: 0 for lines */
    size_t count;          /* of fields that were read */
    size_t from[FIELDS_MAX], to[FIELDS_MAX];
    Field field[FIELDS_MAX]; /* as the header says */
} Row;

/* Reads the row that begins at x and returns where it ends. */
static size_t read_row(Str text, size_t x, Row *row) {
    for (row->count = 0;; x++) {
        size_t end = field_end(text, x, row->separator, row->close);
        if (row->count < FIELDS_MAX) {
            row->from[row->count] = x;
            row->to[row->count] = end;
        }
        row->count++;
        x = end;
        if (x >= text.n || text.p[x] != row->separator) return x;
    }
}

/* Looks the header's fields up; false: none says anything. */
static bool read_fields(Str text, Row *row) {
    bool people = false, any = false;
    for (size_t i = 0; i < row->count && i < FIELDS_MAX; i++) {
        Field field = row->field[i] = field_of(str_sub(text, row->from[i], row->to[i]));
        people = people || (field != NOTHING && field != PERHAPS && field != SECRET);
    }
    for (size_t i = 0; i < row->count && i < FIELDS_MAX; i++) {
        Field *field = &row->field[i];
        if (*field == SIGN || (*field == PERHAPS && !people)) *field = NOTHING;
        any = any || *field != NOTHING;
    }
    return any;
}

/* What the tagger guessed between `from` and `to`, the header, goes. */
static void drop_guesses(Scanner *s, size_t from, size_t to, const Row *row) {
    static const float SURE = 0.9F;
    size_t known = 0, kept = 0;
    for (size_t i = 0; i < row->count && i < FIELDS_MAX; i++) known += row->field[i] != NOTHING;
    if (known < KNOWN_LEAST) return;
    for (size_t i = 0; i < s->n_spans; i++) {
        ScanSpan *span = &s->spans[i];
        bool guess = (span->kind == KIND_TAG_PERSON || span->kind == KIND_TAG_ORG ||
                      span->kind == KIND_TAG_PLACE) && span->score < SURE;
        if (!guess || span->start < from || span->end > to) s->spans[kept++] = *span;
    }
    assert(kept <= s->n_spans);
    s->n_spans = kept;
}

static void take_row(Scanner *s, Str text, const Row *row) {
    for (size_t i = 0; i < row->count && i < FIELDS_MAX; i++) {
        if (row->field[i] != NOTHING) take(s, text, row->from[i], row->to[i], row->field[i]);
    }
}

/* Lines behind the header with as many fields. */
static void read_lines(Scanner *s, Str text, const Column *column) {
    size_t at = column->at, begin = at, x = at;
    Row row = {0};
    while (begin > 0 && at - begin < LINE_MAX_BYTES && text.p[begin - 1] != '\n') begin--;
    for (x = begin; x < text.n && text.p[x] != '\n' && !row.separator; x++) {
        if (is_separator(text.p[x])) row.separator = text.p[x];
    }
    if (!row.separator) return;
    x = read_row(text, begin, &row);
    size_t header = row.count;
    if (header <= SEPARATORS_LEAST || x - begin > LINE_MAX_BYTES) return;
    if (!read_fields(text, &row)) return;
    drop_guesses(s, begin, x, &row);
    while (x + 1 < text.n && s->status == OK) {
        x = read_row(text, x + 1, &row);
        if (row.count != header) return;
        take_row(s, text, &row);
    }
}

static size_t behind_blanks(Str text, size_t x) {
    while (x < text.n && (text.p[x] == ' ' || text.p[x] == '\n' || text.p[x] == '\r')) x++;
    return x;
}

/* Rows behind VALUES; false: the header is no list of SQL's. */
static bool read_values(Scanner *s, Str text, const Column *column) {
    static const char word[] = "values";
    Row row = {.separator = ',', .close = ')'};
    size_t open = column->at, x;
    while (open > 0 && column->at - open < LINE_MAX_BYTES && text.p[open] != '(') open--;
    if (text.p[open] != '(') return false;
    x = read_row(text, open + 1, &row);
    if (x - open > LINE_MAX_BYTES) return false;
    x = behind_blanks(text, x + 1);
    for (size_t i = 0; i + 1 < sizeof word; i++, x++) {
        if (x >= text.n || to_lower(text.p[x]) != word[i]) return false;
    }
    if (!read_fields(text, &row)) return true;
    size_t header = row.count;
    while ((x = behind_blanks(text, x)) < text.n && text.p[x] == '(' && s->status == OK) {
        x = read_row(text, x + 1, &row);
        if (x >= text.n) break;
        if (row.count == header) take_row(s, text, &row);
        x = behind_blanks(text, x + 1);
        if (x < text.n && text.p[x] == ',') x++;
    }
    return true;
}

void columns_find(Scanner *s, Str text) {
    assert(s->n_columns <= ARRAY_LEN(s->columns));
    s->n_tagged = 0;
    for (size_t i = 0; i < s->n_columns && s->status == OK; i++) {
        if (!read_values(s, text, &s->columns[i])) read_lines(s, text, &s->columns[i]);
    }
    if (s->n_tagged == 0 || s->status != OK) return;
    qsort(s->tagged, s->n_tagged, sizeof *s->tagged, scan_span_order);
    merge_tagged(s, text, true);
}
