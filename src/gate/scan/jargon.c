/*
 * Short forms and products that the tagger takes for people: "CXR", "EBITDA", "RFC 9110", "MySQL".
 *
 * Masked they cost an answer its subject: a question about Kubernetes came back as one about a
 * person. Left out is a person's find
 *
 *   - of capitals alone, three to five, or without a vowel, or with a number behind a blank, of
 *     which no part is on the lists of people, where the text around has small letters (a form in
 *     capitals throughout says nothing by them) and no Han sign (nicknames are written so there);
 *   - that is a product, a format or a short form of the list, in its own spelling; of these a
 *     place's find, too;
 *   - that ends in a number's short form ("Polish PESEL");
 *   - of several words of which the last is a thing of the second list and none is on the lists of
 *     people: a heading, a part, a dish ("DISCHARGE SUMMARY", "Drip Tray");
 *   - of which each word with a capital is an English one of every day, or is made as languages of
 *     Europe make nouns ("-tion", "-ciones", a long German compound), or an adjective of these, and
 *     none is on the lists of people ("Public Speaking", "Kolumbianische Identitätsnummer"); a
 *     title or a greeting before it says that it is somebody;
 *   - that is "(C)", behind "Copyright" or not;
 *   - that is a part of a house with its number or letter ("Flat 31", "Block C"), which an address
 *     has with it (format_address.c), or a day of the week before a date ("Sat, 21 Feb").
 *
 * Capitals that the tagger is sure of stay, unless they have no vowel: nobody is called "CXR". What
 * the lists name is nobody however sure it is, for the second look is surer. Words that
 * people are called, too (Ruby, Julia), are in no list. Two letters stay: "TJ" is somebody. So does
 * what a digit and a blank precede: it may be the end of a car's plate.
 */
#include <assert.h>

#include "base/lists.h"
#include "base/plain.h"
#include "gate/names/names.h"
#include "gate/scan/impl.h"

enum { LETTERS_LEAST = 3, LETTERS_MOST = 5, DIGITS_MOST = 5, NEAR = 60 };

static const float SURE = 0.9F;

static const char *const things[] = {
    "Kubernetes", "MySQL", "PostgreSQL", "Postgres", "SQLite", "MongoDB", "Redis", "Kafka",
    "Docker", "Terraform", "Ansible", "Linux", "Ubuntu", "Debian", "Fedora", "Python", "Java",
    "JavaScript", "TypeScript", "GitHub", "GitLab", "Windows", "Android", "Chrome", "Firefox",
    "Excel", "Outlook", "PowerPoint", "Bluetooth", "Kotlin", "Django", "Flask", "Nginx", "Apache",
    "Jenkins CI", "Grafana", "Prometheus", "Elasticsearch", "GraphQL", "OAuth", "YouTube",
    "WhatsApp", "iPhone", "iPad", "PayPal", "LaTeX", "NumPy", "PyTorch", "TensorFlow", "Wi-Fi",
    "WiFi", "PhD", "MSc", "BSc", "EBITDA", "NASDAQ", "Mon", "Tue", "Wed", "Thu", "Fri", "Mon-Fri",
    "DKIM-Signature", "Message-ID", "VCARD", "VEVENT", "ATTENDEE", "DTSTART", "DTEND", "T-shirt",
    "USt-IdNr", "E-Mail", "E-mail",
    "e-mail", "BIC", "IBAN", "Copyright", "README", "ChangeLog", "D-Bus",
    "Debian GNU", "GNU", "Unix", "FreeBSD", "OpenBSD", "YAML", "JSON", "XML", "HTML", "True",
    "False", "TRUE", "FALSE", "SIGHUP", "VMware", "BTS", "X-Ray", "MAC", NULL};

/* Numbers that people have, in capitals, in which no surname is one of them. */
static const char *const numbers[] = {"PESEL", "IBAN", "BSN", "CPF", "CURP", "SSN", "NIF", "DNI",
                                      "NHS", "VAT", "MRN", NULL};

static bool is_vowel(char c) {
    return c == 'A' || c == 'E' || c == 'I' || c == 'O' || c == 'U' || c == 'Y';
}

/* Capitals of one word, and perhaps digits behind a blank: how many capitals; 0: anything else. */
static size_t capitals_of(Str words, bool *vowel, bool *number) {
    size_t n = 0;
    *vowel = *number = false;
    while (n < words.n && plain_is_capital(words.p[n])) *vowel = is_vowel(words.p[n++]) || *vowel;
    if (n == words.n) return n;
    if (words.p[n] != ' ') return 0;
    for (size_t i = n + 1; i < words.n; i++) {
        if (!is_digit(words.p[i])) return 0;
    }
    *number = n + 1 < words.n && words.n - n - 1 <= DIGITS_MOST;
    return *number ? n : 0;
}

/* "Polish PESEL", "the PESEL": the last word is a number's. */
static bool ends_in_number(Str words) {
    size_t from = words.n;
    while (from > 0 && plain_is_capital(words.p[from - 1])) from--;
    bool whole = from == 0 || words.p[from - 1] == ' ';
    return whole && list_has(str_sub(words, from, words.n), numbers);
}

/* Small letters around, and no Han sign. */
static bool is_mixed_text(const Fold *v, const NameSpan *name) {
    uint32_t from = name->at > NEAR ? name->at - NEAR : 0;
    uint32_t to = v->n - name->end > NEAR ? name->end + NEAR : v->n;
    int small = 0;
    for (uint32_t x = from; x < to; x++) {
        if ((unsigned char)v->p[x] >= 0xE3) return false;
        small += plain_is_small(v->p[x]);
    }
    return small > (int)(to - from) / 3;
}

/* What a heading, a part of a machine, a dish or a form is called by at its end, in small letters.
   No family name is among them: rather "Gravy Boat" is masked than somebody called Hall. */
static const char *const things_at_end[] = {
    "acid", "agenda", "agreement", "analysis", "appendix", "assembly", "assessment", "button",
    "certificate", "checklist", "committee", "conclusion", "conditions", "configuration",
    "contents", "details", "description", "diagnosis", "directory", "discharge", "disclaimer",
    "document", "documentation", "engine", "episode", "example", "examples", "features",
    "findings", "flags", "form", "format", "guide", "guidelines", "history", "information",
    "installation", "instructions", "interface", "introduction", "invoice", "items", "kit",
    "layer", "letter", "license", "licence", "list", "machine", "maintenance", "manual",
    "materials", "measures", "medication", "medications", "meeting", "menu", "method",
    "methods", "minutes", "mode", "module", "network", "note", "notes", "notice", "number",
    "objective", "options", "order", "outcome", "output", "overview", "package", "party",
    "payment", "permissions", "plan", "policy", "procedure", "procedures", "process", "product",
    "program", "project", "protocol", "purchase", "purpose", "questions", "recipe",
    "recommendations", "record", "records", "references", "report", "request", "requirements",
    "results", "review", "salad", "sauce", "schedule", "scope", "section", "server", "service",
    "services", "set", "settings", "software", "soup", "specification", "statement", "status",
    "summary", "support", "survey", "symptoms", "system", "table", "terms", "test", "tests",
    "tray", "treatment", "update", "version", "warning", "warranty", "x-ray", NULL};

/* "Citric Acid", "DISCHARGE SUMMARY": several words with a capital, of which the last is a thing
   and none is on the lists of people. */
bool jargon_is_phrase(const Scanner *s, const NameSpan *name) {
    enum { LONGEST = 20 };
    const Fold *v = &s->fold;
    char small[LONGEST];
    size_t n = 0;
    uint32_t last = name->end;
    assert(name->at < name->end && name->end <= v->n);
    while (last > name->at && v->p[last - 1] != ' ') last--;
    if (name->type != SCAN_PERSON || name->known || last == name->at) return false;
    if (name->end - last > LONGEST) return false;
    for (uint32_t x = last; x < name->end; x++) small[n++] = to_lower(v->p[x]);
    if (!list_has((Str){small, n}, things_at_end)) return false;
    for (uint32_t x = name->at, end; x < last; x = end + 1) {
        for (end = x; end < last && is_letter(v->p[end]);) end++;
        if (end > x && names_knows(s->model, (Str){v->p + x, end - x})) return false;
    }
    return true;
}

/* The byte at i in small form, of ASCII and of U+00C0 to U+00DE. */
static char small_byte(Str word, size_t i) {
    unsigned char c = (unsigned char)word.p[i];
    bool accent = i > 0 && word.p[i - 1] == '\xC3' && c >= 0x80 && c < 0x9F;
    return accent ? (char)(c + 0x20) : to_lower(word.p[i]);
}

/* Endings with which languages of Europe make nouns of doings and qualities, and how many bytes
   stand before them at least: no family name that is not on the lists of people is made so. */
static bool has_noun_ending(Str word) {
    static const struct {
        const char *end;
        size_t stem;
    } endings[] = {
        {"tion", 3},    {"tions", 3},  {"sions", 3},   {"ology", 2},  {"ologie", 2},  {"graphy", 3},
        {"ility", 3},   {"ity", 5},    {"ities", 4},   {"ment", 4},   {"ments", 3},   {"ances", 4},
        {"ences", 4},   {"ance", 5},   {"ence", 5},    {"ness", 5},   {"iness", 3},   {"ership", 2},
        {"istics", 2},  {"tive", 4},   {"tives", 3},   {"ism", 3},    {"isms", 3},    {"ción", 2},
        {"ciones", 2},  {"sión", 2},   {"siones", 2},  {"ção", 2},    {"ções", 2},    {"miento", 4},
        {"mientos", 3}, {"idades", 3}, {"zione", 3},   {"zioni", 3},  {"ité", 3},     {"ités", 3},
        {"lidad", 3},
        {"ismo", 3},    {"isme", 3},
    };
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        size_t n = strlen(endings[i].end);
        if (word.n < n + endings[i].stem) continue;
        size_t at = word.n - n, k = 0;
        while (k < n && small_byte(word, at + k) == endings[i].end[k]) k++;
        if (k == n) return true;
    }
    return false;
}

/* Is a word one of every day or made like a noun, and on no list of people? */
static bool is_noun(const Scanner *s, Str word) {
    enum { LEAST = 3 };
    if (word.n < LEAST || names_knows(s->model, word)) return false;
    return names_has_word(s->model, word) || has_noun_ending(word) || german_is_compound(word);
}

/* "Belgian", "Kolumbianische", "Technical" before a noun, and "VAT". */
static bool is_adjective(const Scanner *s, Str word) {
    static const char *const endings[] = {"ian",   "ish",    "ical",   "able",  "ible", "ische",
                                          "ischer", "isches", "ischen", "liche", "licher",
                                          "liches", "lichen", NULL};
    enum { LEAST = 6 };
    bool ends = word.n >= LEAST && list_ends(word, endings), caps = word.n <= LETTERS_MOST;
    for (size_t i = 0; i < word.n && caps; i++) caps = plain_is_capital(word.p[i]);
    return (ends || (caps && word.n > 1)) && !names_knows(s->model, word);
}

static bool is_small_word(Str word) {
    for (size_t i = 0; i < word.n; i++) {
        if (!plain_is_small(word.p[i]) && (unsigned char)word.p[i] < 0x80) return false;
    }
    return true;
}

/* "Public Speaking", "Terms of Payment", "Descripción de la factura": every word with a capital
   names a thing, or is an adjective before one; small words say nothing behind the first of these,
   unless they are somebody's name. */
bool jargon_is_things(const Scanner *s, const NameSpan *name) {
    const Fold *v = &s->fold;
    static const char *const titles[] = {
        "mr ",    "mr. ",   "mrs ",   "mrs. ",   "ms ",     "ms. ",     "miss ",  "mx ",   "dr ",
        "dr. ",   "prof ",  "prof. ", "sir ",    "herr ",   "herrn ",   "frau ",  "mme ",  "m. ",
        "señor ", "señora ", "sr. ",  "sra. ",   "signor ", "signora ", "dear ",  "hi ",   "hello ",
        "hallo ", "liebe ", "lieber ", "uncle ", "aunt ",   "bonjour ", "hola ",  "sgt. ", NULL};
    size_t nouns = 0;
    bool open = false; /* an adjective's noun is still to come */
    if (name->type != SCAN_PERSON || name->known) return false;
    if (fold_ends_any(v, name->at, titles)) return false; /* "Mr Straw" */
    for (uint32_t x = name->at, end; x < name->end; x = end + 1) {
        for (end = x; end < name->end && v->p[end] != ' ';) end++;
        Str word = {v->p + x, end - x};
        bool noun = is_noun(s, word);
        if (!noun && nouns && is_small_word(word) && !names_knows(s->model, word)) continue;
        open = !noun && is_adjective(s, word);
        if (!noun && !open) return false;
        nouns += noun;
    }
    if (!open) return nouns > 0;
    uint32_t next = name->end + 1, end = next; /* "Austrian" before "Tax" */
    while (fold_at(v, name->end) == ' ' && is_letter(fold_at(v, end))) end++;
    return end > next && plain_is_capital(v->p[next]) && is_noun(s, (Str){v->p + next, end - next});
}

/* "(C)": a letter alone in its brackets. */
static bool is_mark(const Fold *v, const NameSpan *name) {
    return name->end - name->at == 1 && fold_at(v, (int64_t)name->at - 1) == '(' &&
           fold_at(v, name->end) == ')';
}

/* "Flat 31", "Block C", or the word alone before its number: a part of a house, nobody's name. */
bool jargon_is_premises(const Fold *v, const NameSpan *name) {
    static const char *const parts[] = {"Flat", "Block", "Unit", "Room", "Floor", "Suite",
                                        "Apartment", "Wing", "Plot", NULL};
    enum { PART_MAX = 9 };
    uint32_t x = name->at;
    if (name->type != SCAN_PERSON && name->type != SCAN_PLACE) return false;
    while (x < v->n && x - name->at < PART_MAX && is_letter(v->p[x])) x++;
    if (fold_at(v, x) != ' ') return false;
    if (!list_has((Str){v->p + name->at, x - name->at}, parts)) return false;
    uint32_t behind = digits_end(v, x + 1);
    behind += plain_is_capital(fold_at(v, behind)); /* "31A", "C" */
    bool ends = behind > x + 1 && !is_alnum(fold_at(v, behind));
    return ends && name->end <= behind;
}

/* "Sat, 21 Feb 2026": the head of a mail. "Sun" alone may be somebody. */
static bool is_weekday(const Fold *v, const NameSpan *name) {
    static const char *const days[] = {"Sat", "Sun", NULL};
    return list_has((Str){v->p + name->at, name->end - name->at}, days) &&
           fold_at(v, name->end) == ',' && fold_at(v, (int64_t)name->end + 1) == ' ' &&
           is_digit(fold_at(v, (int64_t)name->end + 2));
}

bool jargon_is(const Fold *v, const NameSpan *name) {
    assert(name->at < name->end && name->end <= v->n);
    Str words = {v->p + name->at, name->end - name->at};
    bool vowel, number;
    bool person = name->type == SCAN_PERSON;
    if (!person && name->type != SCAN_PLACE) return false;
    if (list_has(words, things) || is_weekday(v, name)) return true;
    if (person && is_mark(v, name)) return true;
    bool plate = name->at > 1 && is_digit(v->p[name->at - 2]); /* "KX70 ZRG" */
    if (!person || plate) return false;
    if (ends_in_number(words)) return true;
    size_t n = name->known ? 0 : capitals_of(words, &vowel, &number);
    if (n < 2 || (n < LETTERS_LEAST && !number)) return false;
    bool strange = !vowel && n >= LETTERS_LEAST;
    bool shortened = (n <= LETTERS_MOST || number) && name->score < SURE;
    return (strange || shortened) && is_mixed_text(v, name);
}
