/*
 * Other forms of a known name.
 *
 * A name is taken apart into given names and a surname: Latin ones by their words ("Robert James
 * Smith"; words in small letters, "van", are left out), Chinese ones by surname and signs, each in
 * pinyin ("Li", "Xiao", "Ming"). A form is a row of the table, its shape spelled with
 *
 *     S    surname                     G    given: the first one; of Han signs all in one word
 *     s    its initial                 H K k  of two signs: "Xiao Ming", "Xiao-Ming", "Xiao-ming"
 *     f    first initial               g d p  all initials: "RJ", "R.J", "R. J"
 *     U V  surname and given in capitals   q    all initials: "R.-J"
 *
 * and all other signs as they are. Each form of a name has its like in the form of the name's
 * surrogate, so "E. Clark" leaves as "G. Ellacott" where Emma Clark leaves as Gethin Ellacott, and
 * 张伟 and "Zhang Wei" as 江禾 and "Jiang He".
 *
 * "Emma C." is a form of Emma Clark; where the initial is a word, too ("Ida I think"), only before
 * a dot or comma, and so is "Clark E.".
 *
 * Forms are matched with their capitals, or in small letters where the row says so: "A. Price" and
 * "he can" are words, too. What is short enough to be a word is a login only beside the signs of
 * one (MATCH_LOGIN): "Pat Rice" makes no "price" private, but "price@" and "/home/price".
 *
 * Not here: dotted initials that are abbreviations ("U.S."). A surname alone is alias.c's.
 */
#include "gate/forms.h"

#include <assert.h>

#include "base/lists.h"
#include "base/utf8.h"
#include "gate/pinyin.h"
#include "gate/surrogate_impl.h"

enum { LATIN = 1, HAN = 2, BOTH = 3, MANY = 4, /* of more than one given name or sign */
       LOWER = 8, LOGIN = 16,                   /* a login only; without it from LOGIN_LETTERS on */
       SHORT = 32,                              /* a login only where it is short */
       BACK = 64,                               /* answers make it of a surrogate */
       DOTTED = 128,
       FULL = 256, /* all of the name in pinyin */
       TELLS = 512, /* whatever its capitals are */
       JOINT = 1024, /* of more than one word: "O'Neil" */
       STOP = 2048 /* a dot or comma follows: MATCH_STOP */ };
enum { LOGIN_LETTERS = 6, SPEAKING_GIVEN = 5 };

static const struct Form {
    const char *shape;
    unsigned kind;
} forms[] = {
    {"G S", LATIN | MANY}, {"S G", HAN | FULL | TELLS}, {"G S", HAN | FULL | TELLS},
    {"S, G", HAN | FULL}, {"GS", HAN | SHORT}, {"SG", HAN | SHORT},
    {"S H", HAN | MANY | FULL}, {"H S", HAN | MANY | FULL},
    {"S K", HAN | MANY | FULL}, {"K S", HAN | MANY | FULL}, {"S k", HAN | MANY | FULL},
    {"k S", HAN | MANY | FULL},
    {"U G", HAN}, {"G U", HAN}, {"U V", HAN}, {"V U", HAN}, {"U, G", HAN}, {"G", HAN | MANY | BACK},
    /* initials */
    {"f. S", BOTH | BACK | TELLS}, {"f S", BOTH | BACK}, {"f.S", BOTH | BACK},
    {"S, f", BOTH | BACK}, {"S, p", BOTH | MANY | BACK}, {"S, d", BOTH | MANY | BACK},
    {"S", LATIN | BACK | JOINT},
    {"G s", LATIN | BACK}, {"S f", BOTH | BACK | STOP},
    {"p. S", BOTH | MANY | BACK}, {"q. S", LATIN | MANY | BACK},
    {"d. S", BOTH | MANY}, {"d S", BOTH | MANY}, {"g S", BOTH | MANY}, {"f. U", BOTH},
    {"S g", HAN}, {"S d", HAN | MANY}, {"S p", HAN | MANY}, {"s. G", HAN},
    {"f.s", LATIN | MANY | DOTTED | BACK}, {"d.s", LATIN | DOTTED | BACK},
    {"p. s", LATIN | DOTTED | BACK}, {"s.d", HAN | DOTTED},
    {"s. p", HAN | DOTTED}, {"gs", LATIN | LOGIN}, {"sg", HAN | LOGIN},
    /* logins */
    {"S G", HAN | LOWER | SHORT}, {"S.G", BOTH | LOWER}, {"S_G", BOTH | LOWER},
    {"SG", BOTH | LOWER | SHORT | TELLS | BACK}, {"G.S", BOTH | LOWER | TELLS},
    {"G_S", BOTH | LOWER | TELLS}, {"GS", BOTH | LOWER | SHORT | TELLS | BACK},
    {"f.S", BOTH | LOWER | BACK | TELLS}, {"f_S", BOTH | LOWER | BACK},
    {"fS", BOTH | LOWER | SHORT | BACK | TELLS}, {"gS", BOTH | LOWER | SHORT | MANY},
    {"S.g", BOTH | LOWER | BACK}, {"S.f", BOTH | MANY | LOWER | BACK}, {"S_g", BOTH | LOWER | BACK},
    {"Sg", LATIN | LOWER | LOGIN | BACK},
    {"Sg", HAN | LOWER | SHORT}, {"G.s", BOTH | LOWER | BACK},
    {"Gs", LATIN | LOWER | LOGIN | BACK}, {"Gs", HAN | LOWER | SHORT}, {"sG", HAN | LOWER | SHORT},
    {"gs", BOTH | LOWER | LOGIN}};

/* Before a surname in pinyin. */
static const char *const titles[] = {"Mr. ", "Mr ", "Ms. ", "Ms ", "Mrs. ", "Miss ", "Dr. ",
                                     "Prof. ", "Herr ", "Herrn ", "Frau ", "Xiao ", "Lao "};
const size_t name_forms_n = ARRAY_LEN(forms) + ARRAY_LEN(titles);
_Static_assert(ARRAY_LEN(forms) + ARRAY_LEN(titles) <= NAME_FORMS_MAX, "alias.h: seven bits");

/* ---- taking a name apart ------------------------------------------------------------------- */

bool name_is_title(Str word) {
    static const char *const known[] = {"Mr", "Mrs", "Ms", "Miss", "Dr", "Prof", "Sir", "Herr",
                                        "Herrn", "Frau", "Mister", "Madame", "Mme", "Monsieur",
                                        "Professor", "Doctor", NULL};
    return list_has(word, known);
}

/* Does only a dash or an apostrophe part the word at `at` from the one before? */
static bool is_joint(Str name, Str before, size_t at) {
    size_t end = (size_t)(before.p - name.p) + before.n;
    Str between = str_sub(name, end, at);
    return str_eq_c(between, "-") || str_eq_c(between, "'") || str_eq_c(between, "\xe2\x80\x99");
}

/* Words of two letters or more, or initials, that begin with a capital and are no title. */
static void read_words(Str name, NameParts *out) {
    MatchText t = match_plain(name);
    Str word[NAME_GIVEN_MAX + 1];
    int n = 0, family = 0;
    for (size_t at = 0; at < name.n;) {
        size_t from = at;
        bool joint = n > 0 && is_joint(name, word[n - 1], at);
        MatchUnit u = {0}, first = match_unit(&t, at);
        while (at < name.n && (u = match_unit(&t, at)).sort >= SORT_LETTER) at += u.size;
        if (at > from && (first.sort != SORT_LETTER || n > NAME_GIVEN_MAX)) return;
        bool speaks = at > from && unicode_lower(first.code) != first.code;
        if (speaks && !name_is_title(str_sub(name, from, at))) {
            if (!joint) family = n;
            word[n++] = str_sub(name, from, at);
        }
        if (at < name.n) at += match_unit(&t, at).size;
    }
    assert(n <= NAME_GIVEN_MAX + 1);
    if (family == 0) family = n - 1; /* "Karl-Heinz" alone */
    if (n < 2 || utf8_length(word[0]) < 2 || utf8_length(word[n - 1]) < 2) return;
    out->surname = str_sub(name, (size_t)(word[family].p - name.p), name.n);
    out->surname.n = (size_t)(word[n - 1].p + word[n - 1].n - word[family].p);
    for (int i = 0; i < family; i++) out->given[i] = word[i];
    out->n_given = family;
    out->joint = family < n - 1;
}

/* Are there other ways to read it? */
static bool is_read_anew(Str readings, int reading, bool family) {
    bool second = pinyin_reading(readings, 1).n && reading == (family ? 1 : 2);
    return second || (reading > 0 && str_has(readings, STR("v")));
}

/* Reading 1 is the surname's second, 2 the given name's. */
static Str choose(Str readings, int reading, bool family) {
    Str second = pinyin_reading(readings, 1);
    bool other = second.n && reading == (family ? 1 : 2);
    return other ? second : pinyin_reading(readings, 0);
}

/* Appends a syllable to `letters`. Pinyin's v (u with two dots) is written v, u or yu, by the
   reading. */
static Str put_letters(NameParts *out, size_t *used, Str syllable, bool capital, int reading) {
    char *at = out->letters + *used;
    size_t n = 0;
    for (size_t i = 0; i < syllable.n && *used + n + 2 < sizeof out->letters; i++) {
        char c = syllable.p[i];
        if (c == 'v' && reading == 2) at[n++] = 'y';
        if (c == 'v' && reading > 0) c = 'u';
        at[n++] = (char)(capital && i == 0 ? c - 'a' + 'A' : c);
    }
    assert(n >= syllable.n); /* six syllables of pinyin at most: `letters` has room */
    *used += n;
    return (Str){at, n};
}

/* n_given stays 0 where a sign is not known, or this reading is the same as one before. */
static void read_signs(Str name, int reading, NameParts *out) {
    size_t used = 0, width, family = surrogates_surname_bytes(name);
    assert(reading >= 0 && reading < NAME_READINGS && family <= name.n);
    bool anew = reading == 0;
    for (size_t at = 0; at < family; at += width) {
        Str readings = pinyin_readings(name, at, &width);
        Str syllable = choose(readings, reading, true);
        anew |= is_read_anew(readings, reading, true);
        if (!syllable.n) return;
        Str put = put_letters(out, &used, syllable, at == 0, reading);
        out->surname = at == 0 ? put : (Str){out->letters, used};
    }
    int n = 0;
    for (size_t at = family; at < name.n && n < NAME_GIVEN_MAX; at += width) {
        Str readings = pinyin_readings(name, at, &width);
        Str syllable = choose(readings, reading, false);
        anew |= is_read_anew(readings, reading, false);
        if (!syllable.n) return;
        out->given[n++] = put_letters(out, &used, syllable, true, reading);
    }
    out->n_given = n <= 2 && anew ? n : 0;
}

bool name_parts_read(Str name, int reading, NameParts *out) {
    *out = (NameParts){0};
    out->han = word_is_han(name);
    if (!out->han && reading == 0) read_words(name, out);
    else if (out->han && surrogates_is_chinese_name(name)) read_signs(name, reading, out);
    return out->n_given > 0;
}

/* ---- putting a form together --------------------------------------------------------------- */

static void add_as(Str word, char how, Buf *out) { /* 'a' small, 'A' capitals, '=' as it is */
    for (size_t at = 0, width; at < word.n; at += width) {
        uint32_t code = utf8_decode(word, at, &width);
        utf8_add(out, how == 'a' ? unicode_lower(code) : how == 'A' ? unicode_upper(code) : code);
    }
}

static Str initial(Str word) {
    size_t width;
    assert(word.n > 0);
    (void)utf8_decode(word, 0, &width);
    return str_sub(word, 0, width);
}

static void add_given(const NameParts *parts, bool initials, const char *between, char how,
                      Buf *out) {
    for (int i = 0; i < parts->n_given; i++) {
        if (i > 0) buf_add_c(out, between);
        add_as(initials ? initial(parts->given[i]) : parts->given[i], how, out);
    }
}

/* Han signs in one word: "Xiaoming". */
static void add_joined(const NameParts *parts, const char *between, char how, Buf *out) {
    for (int i = 0; i < parts->n_given; i++) {
        if (i > 0) buf_add_c(out, between);
        add_as(parts->given[i], i > 0 && how == '=' ? 'a' : how, out);
    }
}

/* One letter of a shape, as the table above says; any other stands for itself. */
static void add_sign(const NameParts *parts, char sign, char how, Buf *out) {
    switch (sign) {
    case 'S': add_as(parts->surname, how, out); return;
    case 's': add_as(initial(parts->surname), how, out); return;
    case 'U': add_as(parts->surname, 'A', out); return;
    case 'G':
        if (parts->han) add_joined(parts, "", how, out);
        else add_as(parts->given[0], how, out);
        return;
    case 'V': add_joined(parts, "", 'A', out); return;
    case 'H': add_given(parts, false, " ", how, out); return;
    case 'K': add_given(parts, false, "-", how, out); return;
    case 'k': add_joined(parts, "-", how, out); return;
    case 'f': add_as(initial(parts->given[0]), how, out); return;
    case 'g': add_given(parts, true, "", how, out); return;
    case 'd': add_given(parts, true, ".", how, out); return;
    case 'p': add_given(parts, true, ". ", how, out); return;
    case 'q': add_given(parts, true, ".-", how, out); return;
    default: buf_add_byte(out, sign);
    }
}

/* Abbreviations that are no initials of anybody. */
static bool is_abbreviation(Str text) {
    static const char *const known[] = {"U.S", "U.K", "E.U", "U.N", "A.I", "I.T", "P.M", "A.M",
                                        "I.D", "D.C", "L.A", "N.Y", "P.S", "T.V", "H.R", "P.R",
                                        "C.V", "U.S.A", "B.C", "A.D", "V.P", "R.D", "J.D", "P.O",
                                        "S.A", "B.V", "N.V", "N.B", "M.D", "B.A", "M.A", "B.S",
                                        "M.S", "R.N", "E.G", "I.E", "V.S", "S.R", "J.R", NULL};
    return list_has(text, known);
}

/* Surnames in pinyin that are words behind a letter: "step B. You may", "vitamin C He". */
static bool is_english(Str surname) {
    static const char *const words[] = {"You", "He", "She", "An", "Long", "Can", "Man", NULL};
    return list_has(surname, words);
}

static size_t letters_of(Str text) {
    size_t n = 0;
    for (size_t at = 0, width; at < text.n; at += width) {
        n += unicode_class(utf8_decode(text, at, &width)) == UC_LETTER;
    }
    return n;
}

bool name_form_has(const NameParts *parts, size_t i) {
    unsigned kind = i < ARRAY_LEN(forms) ? forms[i].kind : HAN;
    assert(i < name_forms_n && parts->n_given <= NAME_GIVEN_MAX);
    return parts->n_given > 0 && (kind & (parts->han ? HAN : LATIN)) &&
           !((kind & MANY) && parts->n_given < 2) && !((kind & JOINT) && !parts->joint);
}

bool name_form(const NameParts *parts, size_t i, Buf *out, unsigned *flags) {
    bool titled = i >= ARRAY_LEN(forms);
    const struct Form form = titled ? (struct Form){"S", HAN} : forms[i];
    size_t from = out->n;
    if (!name_form_has(parts, i)) return false;
    if (titled) buf_add_c(out, titles[i - ARRAY_LEN(forms)]);
    for (const char *p = form.shape; *p; p++) {
        add_sign(parts, *p, form.kind & LOWER ? 'a' : '=', out);
    }
    Str made = str_sub(buf_str(out), from, out->n);
    size_t letters = letters_of(made);
    bool login = (form.kind & LOGIN) || ((form.kind & SHORT) && letters < LOGIN_LETTERS);
    *flags = (form.kind & JOINT ? 0 : MATCH_CASE) | MATCH_NAME | (login ? MATCH_LOGIN : 0) |
             (form.kind & DOTTED ? MATCH_INITIALS : 0) | (form.kind & STOP ? MATCH_STOP : 0);
    if ((form.kind & DOTTED) && is_abbreviation(made)) return false;
    if (parts->han && form.shape[0] == 'f' && is_english(parts->surname)) return false;
    if (strcmp(form.shape, "G s") == 0 && made.n > 0 && strchr("AIO", made.p[made.n - 1]))
        *flags |= MATCH_STOP; /* "Emma I think" */
    return strcmp(form.shape, "G") != 0 || letters >= SPEAKING_GIVEN;
}

bool name_form_comes_back(size_t i) {
    return i < ARRAY_LEN(forms) && (forms[i].kind & BACK);
}

bool name_form_is_full(size_t i) {
    return i < ARRAY_LEN(forms) && (forms[i].kind & FULL);
}

bool name_form_tells(size_t i) {
    return i < ARRAY_LEN(forms) && (forms[i].kind & TELLS);
}
