/*
 * A property of a contact (vCard 2.1, 3.0 or 4.0) as a labelled line.
 *
 * The name is FN, which versions 3 and 4 ask for; without it, N is put together. Telephones, mails
 * and addresses carry their kinds in brackets: "Telephone (work, mobile)". An address is one line,
 * its parts in the order of the format, which is that of a letter. Kinds that everything has
 * (voice, internet, pref=50) are left out. Of a contact with a Chinese name they are said in both
 * languages, as its labels are (entry.h).
 *
 * Left out: pictures, sounds, keys, places on the globe, numbers of versions, and what begins with
 * "X-": what it means, only the program knows that wrote it.
 *
 * Sources: RFC 6350, 6 (properties), 5.6 (TYPE); RFC 2426 (3.0); versit's vCard 2.1.
 *
 *     TEL;CELL;WORK:+49 171 5550001        Telephone (mobile, work): +49 171 5550001
 *     ADR;TYPE=home:;;Hauptstr. 1;Trier;;54290;Germany
 *                                          Address (home): Hauptstr. 1, Trier, 54290, Germany
 */
#include <assert.h>
#include <stdio.h>

#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/read/entry.h"
#include "knowledge/read/mime.h"

enum { KINDS_MAX = 200, VALUE_MAX = 4 << 20 };

typedef enum Form {
    FORM_TEXT,  /* one line */
    FORM_LINES, /* keeps its line ends */
    FORM_PARTS, /* parted by ';' and ',' */
    FORM_LINK,  /* may begin with "tel:" or "mailto:" */
    FORM_DAY
} Form;

typedef struct Known {
    const char *name;
    Label label;
    Form form;
} Known;

/* In the order in which they are shown. */
static const Known KNOWN[] = {{"org", {"Organisation", "单位"}, FORM_PARTS},
                              {"title", {"Job title", "职务"}, FORM_TEXT},
                              {"role", {"Role", "角色"}, FORM_TEXT},
                              {"nickname", {"Nickname", "昵称"}, FORM_PARTS},
                              {"tel", {"Telephone", "电话"}, FORM_LINK},
                              {"email", {"Mail", "邮箱"}, FORM_LINK},
                              {"impp", {"Messenger", "即时通讯"}, FORM_LINK},
                              {"adr", {"Address", "地址"}, FORM_PARTS},
                              {"url", {"Web", "网址"}, FORM_TEXT},
                              {"bday", {"Birthday", "生日"}, FORM_DAY},
                              {"anniversary", {"Anniversary", "纪念日"}, FORM_DAY},
                              {"related", {"Related", "关系"}, FORM_TEXT},
                              {"lang", {"Language", "语言"}, FORM_TEXT},
                              {"categories", {"Categories", "类别"}, FORM_PARTS},
                              {"note", {"Note", "备注"}, FORM_LINES}};

_Static_assert(ARRAY_LEN(KNOWN) <= ENTRY_SLOTS, "a slot each");

/* The Chinese word behind a kind; "": it has none here. */
static const char *chinese_kind(const char *kind) {
    static const char *const words[][2] = {{"mobile", " 手机"}, {"work", " 工作"}, {"home", " 住宅"},
                                           {"fax", " 传真"}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(kind, words[i][0]) == 0) return words[i][1];
    }
    return "";
}

/* Appends one kind to "a, b"; some say nothing, and "cell" is what few people say. */
static void add_kind(char *kinds, Str kind, bool chinese) {
    char word[32];
    size_t n = strlen(kinds);
    if (!kind.n || kind.n >= sizeof word || str_begins(kind, "x-")) return;
    for (size_t i = 0; i < kind.n; i++) {
        if (!plain_is_letter(kind.p[i]) && kind.p[i] != '-') return;
        word[i] = plain_lower(kind.p[i]);
    }
    word[kind.n] = 0;
    static const char *const silent[] = {"voice", "internet", "quoted-printable", "pref", "base64",
                                         "b", "intl", "postal", "parcel", "dom", "other"};
    for (size_t i = 0; i < ARRAY_LEN(silent); i++) {
        if (strcmp(word, silent[i]) == 0) return;
    }
    const char *said = strcmp(word, "cell") == 0 ? "mobile" : word;
    const char *more = chinese ? chinese_kind(said) : "";
    if (strstr(kinds, said) || n + strlen(said) + strlen(more) + 3 >= KINDS_MAX) return;
    int len = snprintf(kinds + n, KINDS_MAX - n, "%s%s%s", n ? ", " : "", said, more);
    assert(len > 0 && n + (size_t)len < KINDS_MAX); /* never a kind that is cut */
}

/* All TYPE parameters, and what vCard 2.1 writes without the word TYPE. */
static void kinds_of(Str params, bool chinese, char kinds[KINDS_MAX]) {
    size_t at = 0;
    Str key, value, one;
    kinds[0] = 0;
    while (content_param(params, &at, &key, &value)) {
        size_t inner = 0;
        if (key.n && !mime_same(key, "type")) continue;
        while (content_piece(value, ',', &inner, &one)) add_kind(kinds, str_trim(one), chinese);
    }
}

/* Parts that are empty leave no comma. */
static void add_parts(Buf *out, Str value, const char *between) {
    size_t at = 0;
    Str part, one;
    while (content_piece(value, ';', &at, &part)) {
        size_t inner = 0;
        while (content_piece(part, ',', &inner, &one)) {
            if (!str_trim(one).n) continue;
            if (out->n) buf_add_c(out, between);
            content_add_words(out, one, true);
        }
    }
}

/* N is family; given; further; before; behind. People say before, given, further, family, behind.
   A name in Chinese or Korean signs is one word, the family first. */
static void add_name(Buf *out, Str value) {
    static const uint8_t order[] = {3, 1, 2, 0, 4};
    Str parts[5] = {{NULL, 0}};
    size_t at = 0;
    bool signs = utf8_has_cjk(value);
    for (size_t i = 0; i < ARRAY_LEN(parts) && content_piece(value, ';', &at, &parts[i]); i++) {
    }
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        Str part = parts[signs ? i : order[i]];
        if (!str_trim(part).n) continue;
        if (out->n && !signs) buf_add_byte(out, ' ');
        content_add_words(out, part, true);
    }
}

/* "19850412" and "1985-04-12T00:00:00" as a day; "--0412" as what it says; else words. */
static void add_birthday(Buf *out, Str value) {
    Moment day;
    value = str_trim(value);
    size_t time = str_find(value, STR("T"), 0);
    if (when_read(time == SIZE_MAX ? value : str_sub(value, 0, time), STR(""), &day)) {
        when_add(out, &day);
    } else if (value.n == 6 && str_starts(value, STR("--"))) {
        buf_printf(out, "%.2s-%.2s (month-day)", value.p + 2, value.p + 4);
    } else {
        content_add_words(out, value, true);
    }
}

static void add_link(Buf *out, Str value) {
    static const char *const schemes[] = {"tel:", "mailto:"};
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        if (str_begins(value, schemes[i])) value = str_sub(value, strlen(schemes[i]), value.n);
    }
    content_add_words(out, value, true);
}

static void add_value(Buf *out, Str value, Form form) {
    switch (form) {
    case FORM_PARTS: add_parts(out, value, ", "); break;
    case FORM_LINK: add_link(out, value); break;
    case FORM_DAY: add_birthday(out, value); break;
    default: content_add_words(out, value, form == FORM_TEXT); break;
    }
}

/* FN wins over N, whichever comes first: it is the name as its owner writes it. */
static void take_title(Entry *e, const Property *p) {
    bool whole = mime_same(p->name, "fn");
    if (!whole && (!mime_same(p->name, "n") || e->title.n)) return;
    if (whole && e->named) return;
    buf_clear(&e->title);
    if (whole) content_add_words(&e->title, p->value, true);
    else add_name(&e->title, p->value);
    e->named = whole && e->title.n;
}

Status contact_take(Entry *e, const Property *p, Err *err) {
    char kinds[KINDS_MAX];
    size_t i = 0;
    take_title(e, p);
    while (i < ARRAY_LEN(KNOWN) && !mime_same(p->name, KNOWN[i].name)) i++;
    if (i == ARRAY_LEN(KNOWN)) return OK;
    e->cut += p->cut;
    Buf text;
    buf_init(&text, VALUE_MAX);
    kinds_of(p->params, utf8_has_cjk(buf_str(&e->title)), kinds); /* a name comes first */
    add_value(&text, p->value, KNOWN[i].form);
    EntryPlace at = {(unsigned)i, p->line, KNOWN[i].label};
    Status status = buf_check(&text, "a property of a contact", err);
    if (status == OK) status = entry_add(e, at, str_from(kinds), buf_str(&text), err);
    buf_fini(&text);
    return status;
}
