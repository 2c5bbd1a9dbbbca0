/*
 * The body of pdf_outline.h.
 *
 * The catalog's /Outlines is a tree of dictionaries, each with its first child and its next
 * sibling:
 *
 *     << /Title (Mooring fees) /Dest [12 0 R /XYZ 50 700 0] /First 31 0 R /Next 35 0 R >>
 *
 * /Dest, or /D of an action /GoTo under /A, says where the section begins: a list whose first value
 * is the page, or a name for such a list. Names stand in the dictionary /Dests of the catalog or in
 * the tree /Dests of its /Names; that tree is walked once, and its names are kept sorted by hash.
 *
 * A title is a string: UTF-16 or UTF-8 behind a byte order mark, else PDFDocEncoding, which is
 * Latin-1 where it has letters, but for LOW_LETTERS. Titles are compared with lines by their keys,
 * so that blanks, signs and ligatures do not count.
 *
 * Limits: TITLES_MAX titles, DEPTH_MAX levels (deeper ones are left out), NAMES_MAX names,
 * TITLE_BYTES of a title, and the work that pdf_file.c grants a file. Source: ISO 32000-1, 7.3.4,
 * 7.9.2, 7.9.6, 12.3.2, 12.3.3, annex D.
 */
#include "knowledge/read/pdf_outline.h"

#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/plain.h"
#include "base/utf8.h"

enum { TITLES_MAX = 20000, NAMES_MAX = 100000, DEPTH_MAX = 6, TREE_MAX = 16, TITLE_BYTES = 1024,
       KEYS_MAX = 4 << 20, NAME_BYTES = 200, NUMBER_BYTES = 8, PAGE_TITLES = 256 };

typedef struct Name {
    uint64_t hash;
    Str value;
} Name;

typedef struct Walk {
    PdfFile *file;
    PdfOutline *outline;
    Name *names;
    size_t n_names, cap_names;
    Str dests;    /* the dictionary of names; empty: there is none */
    size_t nodes; /* looked at so far: a list may lead back into itself */
    Buf text;
} Walk;

/* ---- strings ---- */

/* "<48656c>": digits by twos; a last one alone counts as if 0 followed. */
static void add_hex(Str s, Buf *out) {
    int high = -1;
    for (size_t i = 1; i < s.n && s.p[i] != '>'; i++) {
        int digit = plain_hex(s.p[i]);
        if (digit < 0) continue;
        if (high >= 0) buf_add_byte(out, (char)(high * 16 + digit));
        high = high >= 0 ? -1 : digit;
    }
    if (high >= 0) buf_add_byte(out, (char)(high * 16));
}

/* What a backslash at s.p[*at - 1] makes of the signs behind it; a line's end makes nothing. */
static void add_escaped(Str s, size_t *at, Buf *out) {
    static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
    char c = s.p[*at];
    const char *known = memchr(from, c, sizeof from - 1);
    int code = 0, digits = 0;
    while (digits < 3 && *at < s.n && s.p[*at] >= '0' && s.p[*at] <= '7') {
        code = code * 8 + (s.p[(*at)++] - '0');
        digits++;
    }
    if (digits) {
        buf_add_byte(out, (char)code);
        return;
    }
    ++*at;
    if (c == '\r' && *at < s.n && s.p[*at] == '\n') ++*at;
    if (c != '\r' && c != '\n') buf_add_byte(out, known ? to[known - from] : c);
}

/* The bytes of a string as it is written, "(...)" or "<...>", or of a name "/...". */
static void add_bytes(Str s, Buf *out) {
    if (!s.n) return;
    if (s.p[0] == '<') {
        add_hex(s, out);
    } else if (s.p[0] == '/') {
        buf_add_str(out, str_sub(s, 1, s.n));
    } else if (s.p[0] == '(') {
        for (size_t at = 1; at + 1 < s.n;) {
            char c = s.p[at++];
            if (c == '\\') add_escaped(s, &at, out);
            else buf_add_byte(out, c);
        }
    }
}

/* Letters of PDFDocEncoding where Latin-1 has none, from 0x93 on. */
static const uint16_t LOW_LETTERS[] = {0xFB01, 0xFB02, 0x141, 0x152, 0x160, 0x178,
                                       0x17D,  0x131,  0x142, 0x153, 0x161, 0x17E};

/* The text of a string's bytes. */
static void add_text(Str bytes, Buf *out) {
    if (str_starts(bytes, STR("\xFE\xFF"))) {
        uint32_t high = 0;
        for (size_t i = 2; i + 1 < bytes.n; i += 2) {
            const unsigned char *two = (const unsigned char *)bytes.p + i;
            utf8_add_unit(out, &high, (uint32_t)two[0] << 8 | two[1]);
        }
        utf8_end_units(out, &high);
    } else if (str_starts(bytes, STR("\xEF\xBB\xBF"))) {
        buf_add_str(out, str_sub(bytes, 3, bytes.n));
    } else {
        for (size_t i = 0; i < bytes.n; i++) {
            unsigned char c = (unsigned char)bytes.p[i];
            size_t low = c - 0x93u;
            utf8_add(out, c >= 0x93 && low < ARRAY_LEN(LOW_LETTERS) ? LOW_LETTERS[low] : c);
        }
    }
}

void pdf_outline_key(Str text, Buf *out) {
    Buf plain;
    buf_init(&plain, 8 * TITLE_BYTES);
    if (unicode_normalize(utf8_cut(text, TITLE_BYTES), UNICODE_NFKC, true, &plain, NULL) == OK) {
        Str s = buf_str(&plain);
        for (size_t at = 0, width; at < s.n; at += width) {
            uint32_t code = utf8_decode(s, at, &width);
            UnicodeClass class = unicode_class(code);
            if (class == UC_LETTER || class == UC_NUMBER) buf_add(out, s.p + at, width);
        }
    }
    buf_fini(&plain);
}

/* ---- where a destination leads ---- */

static int by_hash(const void *a, const void *b) {
    const Name *p = a, *q = b;
    return (p->hash > q->hash) - (p->hash < q->hash);
}

static uint64_t hash_of(Walk *r, Str string) {
    buf_clear(&r->text);
    add_bytes(string, &r->text);
    return hash_check64(r->text.p, r->text.n, 0);
}

/* /Names [(a) value (b) value ...] of the nodes below one. */
static void read_names(Walk *r, Str node, int depth) {
    size_t at = 1;
    if (depth > TREE_MAX || !node.n || r->nodes++ > NAMES_MAX) return;
    Str names = pdf_file_get(r->file, node, "Names"), kids = pdf_file_get(r->file, node, "Kids");
    while (names.n && r->n_names < NAMES_MAX) {
        Str key = pdf_file_value(names, &at), value = pdf_file_value(names, &at);
        if (!value.n || str_eq_c(value, "]")) break;
        if (mem_grow((void **)&r->names, &r->cap_names, r->n_names + 1, sizeof *r->names, NAMES_MAX,
                     NULL) != OK) {
            return;
        }
        r->names[r->n_names++] = (Name){hash_of(r, key), value};
    }
    at = 1;
    while (kids.n) {
        Str kid = pdf_file_value(kids, &at);
        if (!kid.n || str_eq_c(kid, "]")) break;
        read_names(r, pdf_file_follow(r->file, kid), depth + 1);
    }
}

/* What a name stands for; empty: nothing. */
static Str named(Walk *r, Str name) {
    char key[NAME_BYTES];
    const Name want = {.hash = hash_of(r, name)};
    const Name *hit = NULL;
    if (r->n_names) hit = bsearch(&want, r->names, r->n_names, sizeof want, by_hash);
    if (hit) return pdf_file_follow(r->file, hit->value);
    if (!r->dests.n || r->text.n >= sizeof key) return (Str){NULL, 0};
    memcpy(key, r->text.p, r->text.n);
    key[r->text.n] = 0;
    return pdf_file_get(r->file, r->dests, key);
}

/* The page where an entry's section begins; 0: not known. */
static uint32_t page_of(Walk *r, Str entry) {
    Str dest = pdf_file_get(r->file, entry, "Dest");
    if (!dest.n) {
        Str action = pdf_file_get(r->file, entry, "A");
        if (!str_eq_c(pdf_file_get(r->file, action, "S"), "/GoTo")) return 0;
        dest = pdf_file_get(r->file, action, "D");
    }
    bool name = dest.n && (dest.p[0] == '(' || dest.p[0] == '/' ||
                           (dest.p[0] == '<' && !str_starts(dest, STR("<<"))));
    if (name) dest = named(r, dest);
    if (str_starts(dest, STR("<<"))) dest = pdf_file_get(r->file, dest, "D");
    if (!dest.n || dest.p[0] != '[') return 0;
    return pdf_file_number_of(r->file, pdf_file_follow(r->file, str_sub(dest, 1, dest.n)));
}

/* ---- entries ---- */

/* false: no more are read. */
static bool add_title(Walk *r, Str entry, int depth) {
    PdfOutline *o = r->outline;
    PdfTitle title = {.depth = depth, .at = (uint32_t)o->keys.n, .order = (uint32_t)o->n};
    Buf text;
    title.page = page_of(r, entry);
    if (!title.page) return true;
    buf_clear(&r->text);
    add_bytes(pdf_file_get(r->file, entry, "Title"), &r->text);
    buf_init(&text, 8 * TITLE_BYTES);
    add_text(buf_str(&r->text), &text);
    pdf_outline_key(buf_str(&text), &o->keys);
    buf_fini(&text);
    title.n = (uint32_t)o->keys.n - title.at;
    if (o->keys.status != OK || !title.n) return o->keys.status == OK;
    if (mem_grow((void **)&o->titles, &o->cap, o->n + 1, sizeof title, TITLES_MAX, NULL) != OK) {
        return false;
    }
    o->titles[o->n++] = title;
    o->outermost += depth == 1;
    return true;
}

/* One sibling after the other; a list that leads back to its first one ends there. */
static bool add_level(Walk *r, Str entry, int depth) {
    const char *begin = entry.p;
    assert(depth >= 1 && depth <= DEPTH_MAX);
    while (entry.n) {
        if (r->nodes++ > TITLES_MAX || !add_title(r, entry, depth)) return false;
        Str first = pdf_file_get(r->file, entry, "First");
        if (first.n && depth < DEPTH_MAX && !add_level(r, first, depth + 1)) return false;
        entry = pdf_file_get(r->file, entry, "Next");
        if (entry.p == begin) break;
    }
    return true;
}

static int by_page(const void *a, const void *b) {
    const PdfTitle *p = a, *q = b;
    if (p->page != q->page) return p->page < q->page ? -1 : 1;
    return (p->order > q->order) - (p->order < q->order);
}

void pdf_outline_read(PdfFile *file, PdfOutline *outline) {
    Walk r = {.file = file, .outline = outline};
    Str catalog = pdf_file_catalog(file);
    buf_init(&outline->keys, KEYS_MAX);
    buf_init(&r.text, TITLE_BYTES);
    Str first = pdf_file_get(file, pdf_file_get(file, catalog, "Outlines"), "First");
    if (first.n) {
        r.dests = pdf_file_get(file, catalog, "Dests");
        read_names(&r, pdf_file_get(file, pdf_file_get(file, catalog, "Names"), "Dests"), 0);
        if (r.n_names) qsort(r.names, r.n_names, sizeof *r.names, by_hash);
        r.nodes = 0;
        (void)add_level(&r, first, 1);
        if (outline->n) qsort(outline->titles, outline->n, sizeof *outline->titles, by_page);
    }
    mem_free(r.names);
    buf_fini(&r.text);
}

void pdf_outline_fini(PdfOutline *outline) {
    mem_free(outline->titles);
    buf_fini(&outline->keys);
    *outline = (PdfOutline){0};
}

/* ---- asking ---- */

PdfTitle *pdf_outline_page(const PdfOutline *outline, uint32_t page, size_t *n) {
    size_t low = 0, high = outline->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (outline->titles[middle].page < page) low = middle + 1;
        else high = middle;
    }
    for (*n = 0; low + *n < outline->n && *n < PAGE_TITLES; ++*n) {
        if (outline->titles[low + *n].page != page) break;
    }
    return *n ? outline->titles + low : NULL;
}

/* "21" of "2.1", "a3" of "A.3", "iv": what may stand before a title and not in the other one. */
static bool is_number(Str s) {
    size_t digits = 0, letters = 0;
    if (s.n > NUMBER_BYTES) return false;
    for (size_t i = 0; i < s.n; i++) {
        if (plain_is_digit(s.p[i])) digits++;
        else if (memchr("ivxlc", s.p[i], 5)) letters++;
        else if (i || s.p[i] < 'a' || s.p[i] > 'z') return false;
    }
    return digits || letters == s.n || s.n == 1;
}

bool pdf_outline_fits(const PdfOutline *outline, const PdfTitle *title, Str key) {
    Str own = str_sub(buf_str(&outline->keys), title->at, title->at + title->n);
    Str small = own.n < key.n ? own : key, large = own.n < key.n ? key : own;
    if (!small.n || !str_ends(large, small)) return false;
    return large.n == small.n || is_number(str_sub(large, 0, large.n - small.n));
}
