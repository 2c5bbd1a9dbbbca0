/*
 * The body of pdf_file.h.
 *
 * A PDF is objects "7 0 obj ... endobj"; a reference "7 0 R" names one. The table that says where
 * each stands (xref) is not read: the file is walked through once, which finds the same objects,
 * and those of a damaged file as well; of two with one number the later counts, as updates are
 * appended. Objects may also lie packed in a stream of /Type /ObjStm, behind a list of pairs
 * (number, offset); these are unpacked and walked, too. Then the page tree is followed from the
 * catalog, so that page n here is page n for pdftotext.
 *
 *     12 0 obj << /Length 44 /Filter /FlateDecode >> stream ... endstream endobj
 *
 * Streams: unpacked, or /FlateDecode without predictor, alone or behind /ASCII85Decode, which is
 * how content is written. Encrypted files are left alone.
 *
 * Limits: OBJECTS_MAX objects, PAGES_MAX pages, values nested NESTED_MAX deep, references followed
 * FOLLOW_MAX times. Bytes that are looked through in values, taken from streams and unpacked are
 * counted together, and behind WORK_MAX of them there is nothing more in the file: a bomb, or a
 * value of a megabyte that is asked a million times, ends there, some three seconds on. Source: ISO
 * 32000-1, 7.2 to 7.5, 7.7.3.
 */
#include "knowledge/read/pdf_file.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/plain.h"
#include "knowledge/read/inflate.h"

enum { OBJECTS_MAX = 1 << 20, PAGES_MAX = 50000, NESTED_MAX = 24, FOLLOW_MAX = 8, TREE_MAX = 32,
       PACKED_MAX = 48 << 20, WORK_MAX = 384 << 20, HEAD_BYTES = 400, HEAD_MAX = 4096,
       STREAMS_MAX = 65536, OBJECT_BYTES = 1 << 20 };

typedef struct Object {
    Str body;     /* from behind "obj" to the end of the bytes it lies in */
    size_t where; /* in the file, itself or the stream that holds it */
} Object;

/* A page and what it may have from the nodes above it. */
typedef struct Page {
    Str node, given[PDF_GIVEN_COUNT];
} Page;

typedef struct PagePlace {
    const char *node;
    uint32_t number;
} PagePlace;

struct PdfFile {
    Str bytes;
    Object *objects; /* by number */
    size_t n_objects, cap_objects;
    Page *pages;
    size_t n_pages, cap_pages, nodes;
    PagePlace *places; /* of all pages, by node; NULL: not asked yet */
    Buf packed; /* objects that lay in streams */
    size_t work; /* bytes looked at so far */
    Str catalog;
    bool encrypted;
};

/* ---- words ---- */

static bool is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0;
}

static bool is_sign(char c) {
    switch (c) {
    case '(': case ')': case '<': case '>': case '[': case ']': case '{': case '}': case '/':
    case '%': return true;
    default: return false;
    }
}

/* The first n bytes, or all. */
static Str head_to(Str s, size_t n) { return str_sub(s, 0, n < s.n ? n : s.n); }

static size_t skip_blank(Str s, size_t at) {
    while (at < s.n && (is_blank(s.p[at]) || s.p[at] == '%')) {
        if (s.p[at] == '%') {
            while (at < s.n && s.p[at] != '\n' && s.p[at] != '\r') at++;
        } else {
            at++;
        }
    }
    return at;
}

/* Behind a string in round brackets, which may hold others, and signs behind a backslash. */
static size_t string_end(Str s, size_t at) {
    size_t open = 0;
    for (; at < s.n; at++) {
        if (s.p[at] == '\\') at++;
        else if (s.p[at] == '(') open++;
        else if (s.p[at] == ')' && --open == 0) return at + 1;
    }
    return s.n;
}

Str pdf_file_word(Str s, size_t *at) {
    size_t from = skip_blank(s, *at), to = from + 1;
    *at = from < s.n ? from : s.n;
    if (from >= s.n) return (Str){NULL, 0};
    char c = s.p[from], next = to < s.n ? s.p[to] : 0;
    if (c == '(') {
        to = string_end(s, from);
    } else if ((c == '<' || c == '>') && next == c) {
        to++;
    } else if (c == '<') {
        while (to < s.n && s.p[to - 1] != '>') to++;
    } else if (c == '/' || !is_sign(c)) {
        while (to < s.n && !is_blank(s.p[to]) && !is_sign(s.p[to])) to++;
    }
    *at = to;
    return str_sub(s, from, to);
}

static int step_of(Str word) {
    if (str_eq_c(word, "<<") || str_eq_c(word, "[")) return 1;
    return str_eq_c(word, ">>") || str_eq_c(word, "]") ? -1 : 0;
}

Str pdf_file_token(Str s, size_t *at) {
    Str word = pdf_file_word(s, at);
    int depth = step_of(word);
    if (depth <= 0) return word;
    size_t from = (size_t)(word.p - s.p);
    while (depth > 0 && depth < NESTED_MAX) {
        word = pdf_file_word(s, at);
        if (!word.n) break;
        depth += step_of(word);
    }
    return str_sub(s, from, *at);
}

/* Our own: no locale; what is too large is as good as infinite. */
double pdf_file_number(Str s) {
    double value = 0, scale = 1;
    bool minus = s.n && s.p[0] == '-', point = false;
    for (size_t i = minus || (s.n && s.p[0] == '+'); i < s.n && i < 32; i++) {
        if (s.p[i] == '.' && !point) {
            point = true;
        } else if (plain_is_digit(s.p[i])) {
            value = value * 10 + (s.p[i] - '0');
            if (point) scale *= 10;
        } else {
            break;
        }
    }
    value = value / scale > 1e7 ? 1e7 : value / scale;
    return minus ? -value : value;
}

size_t pdf_file_numbers(PdfFile *file, Str list, double *to, size_t n) {
    size_t at = 1, have = 0;
    if (!list.n || list.p[0] != '[') return 0;
    list.n--;
    while (have < n) {
        Str word = pdf_file_token(list, &at);
        if (!word.n) break;
        to[have++] = pdf_file_number(pdf_file_follow(file, word));
    }
    return have;
}

/* ---- objects ---- */

/* What an object's value may reach over; empty where the work is done. */
static Str object_bytes(const PdfFile *file, size_t number) {
    if (number >= file->n_objects || file->work >= WORK_MAX) return (Str){NULL, 0};
    Str body = file->objects[number].body;
    return head_to(body, OBJECT_BYTES);
}

static Str object(PdfFile *file, size_t number) {
    size_t at = 0;
    Str value = pdf_file_token(object_bytes(file, number), &at);
    file->work += at;
    return value;
}

/* "7 0 R": the value goes from its number to the end of the text around it. */
static Str refer(const PdfFile *file, Str text) {
    size_t at = 0;
    Str first = pdf_file_word(text, &at);
    if (!first.n || !plain_is_digit(first.p[0])) return (Str){NULL, 0};
    Str second = pdf_file_word(text, &at), third = pdf_file_word(text, &at);
    bool refers = second.n && plain_is_digit(second.p[0]) && str_eq_c(third, "R");
    if (!refers) return (Str){NULL, 0};
    return object_bytes(file, (size_t)pdf_file_number(first));
}

Str pdf_file_value(Str text, size_t *at) {
    Str value = pdf_file_token(text, at);
    if (!value.n || !plain_is_digit(value.p[0])) return value;
    size_t more = *at;
    Str second = pdf_file_word(text, &more), third = pdf_file_word(text, &more);
    bool refers = second.n && plain_is_digit(second.p[0]) && str_eq_c(third, "R");
    if (!refers) return value;
    *at = more;
    return str_sub(text, (size_t)(value.p - text.p), more);
}

Str pdf_file_follow(PdfFile *file, Str value) {
    for (int i = 0; i < FOLLOW_MAX; i++) {
        Str to = refer(file, value);
        if (!to.n) break;
        size_t at = 0;
        value = pdf_file_value(to, &at);
        file->work += value.n ? at : to.n;
    }
    return value;
}

/* Not followed. `*at`: how far it was looked for. */
static Str find_key(Str dict, const char *key, size_t *at) {
    *at = 0;
    if (!str_eq_c(pdf_file_word(dict, at), "<<")) return (Str){NULL, 0};
    for (;;) {
        Str name = pdf_file_word(dict, at);
        if (!name.n || name.p[0] != '/') return (Str){NULL, 0};
        Str value = pdf_file_value(dict, at);
        if (!value.n || str_eq_c(str_sub(name, 1, name.n), key)) return value;
    }
}

static Str raw_get(PdfFile *file, Str dict, const char *key) {
    size_t at;
    if (file->work >= WORK_MAX) return (Str){NULL, 0};
    Str value = find_key(dict, key, &at);
    file->work += at;
    return value;
}

Str pdf_file_get(PdfFile *file, Str dict, const char *key) {
    return pdf_file_follow(file, raw_get(file, dict, key));
}

static bool is_type(PdfFile *file, Str dict, const char *type) {
    Str name = raw_get(file, dict, "Type");
    return name.n && str_eq_c(str_sub(name, 1, name.n), type);
}

/* The later of two with one number stays. false: no memory. */
static bool keep(PdfFile *file, size_t number, Str body, size_t where) {
    if (number >= OBJECTS_MAX) return true;
    if (mem_grow((void **)&file->objects, &file->cap_objects, number + 1, sizeof(Object),
                 OBJECTS_MAX, NULL) != OK) {
        return false;
    }
    for (; file->n_objects <= number; file->n_objects++) {
        file->objects[file->n_objects] = (Object){0};
    }
    Object *own = &file->objects[number];
    if (!own->body.n || own->where <= where) *own = (Object){body, where};
    return true;
}

/* ---- streams ---- */

/* The bytes between stream and endstream. `dict` is the first value of an object and lies in
   `around`, which goes on behind it. */
static Str stream_body(PdfFile *file, Str dict, Str around) {
    size_t at = (size_t)(dict.p - around.p) + dict.n;
    if (!str_eq_c(pdf_file_word(around, &at), "stream")) return (Str){NULL, 0};
    if (at < around.n && around.p[at] == '\r') at++;
    if (at < around.n && around.p[at] == '\n') at++;
    double length = pdf_file_number(pdf_file_get(file, dict, "Length"));
    if (length > 0 && length <= (double)(around.n - at)) {
        size_t end = at + (size_t)length, word = end;
        Str next = pdf_file_word(head_to(around, end + HEAD_BYTES), &word);
        file->work += length;
        if (str_eq_c(next, "endstream")) return str_sub(around, at, end);
    }
    size_t end = str_find(around, STR("endstream"), at);
    file->work += (end == SIZE_MAX ? around.n : end) - at;
    return end == SIZE_MAX ? (Str){NULL, 0} : str_sub(around, at, end);
}

/* Four bytes in five signs from '!', "z" for four zeros, "~" behind the last; ISO 32000-1,
   7.4.3. */
static void add_ascii85(Str s, Buf *out) {
    uint32_t value = 0;
    unsigned n = 0;
    for (size_t i = 0; i < s.n && s.p[i] != '~'; i++) {
        if (s.p[i] == 'z' && n == 0) buf_add(out, "\0\0\0\0", 4);
        if (s.p[i] < '!' || s.p[i] > 'u') continue;
        value = value * 85 + (uint32_t)(s.p[i] - '!');
        if (++n < 5) continue;
        for (int shift = 24; shift >= 0; shift -= 8) buf_add_byte(out, (char)(value >> shift));
        value = n = 0;
    }
    for (unsigned k = n; k && k < 5; k++) value = value * 85 + 84;
    for (unsigned k = 1; k < n; k++) buf_add_byte(out, (char)(value >> (32 - 8 * k)));
}

/* One filter after the other. false: one of them is not known here. */
static bool unfilter(Str body, Str filter, Buf *out) {
    size_t at = 0;
    Str word = pdf_file_word(filter, &at);
    if (str_eq_c(word, "[")) word = pdf_file_word(filter, &at);
    if (str_eq_c(word, "/FlateDecode") || str_eq_c(word, "/Fl")) {
        Str next = pdf_file_word(filter, &at);
        return (!next.n || str_eq_c(next, "]")) && inflate_zlib(body, out);
    }
    if (!str_eq_c(word, "/ASCII85Decode") && !str_eq_c(word, "/A85")) return false;
    Buf inner;
    buf_init(&inner, PACKED_MAX);
    add_ascii85(body, &inner);
    Str next = pdf_file_word(filter, &at);
    bool flate = str_eq_c(next, "/FlateDecode") || str_eq_c(next, "/Fl");
    bool good = inner.status == OK && flate && inflate_zlib(buf_str(&inner), out);
    buf_fini(&inner);
    return good;
}

/* What was unpacked before a fault stays in `out`. */
static bool unpack(PdfFile *file, Str dict, Str around, Buf *out) {
    if (file->work >= WORK_MAX) return false;
    Str body = stream_body(file, dict, around);
    Str filter = pdf_file_get(file, dict, "Filter");
    Str parms = pdf_file_get(file, dict, "DecodeParms");
    if (!body.n || pdf_file_number(pdf_file_get(file, parms, "Predictor")) > 1) return false;
    size_t before = out->n;
    bool good = true;
    if (!filter.n || str_eq_c(filter, "[]")) {
        buf_add_str(out, body);
    } else {
        good = unfilter(body, filter, out);
    }
    file->work += out->n - before;
    return good && out->status == OK;
}

/* Where the value lies decides how far its stream may reach. */
bool pdf_file_stream(PdfFile *file, Str stream, Buf *out) {
    const char *end = file->bytes.p + file->bytes.n;
    if (!stream.n || stream.p < file->bytes.p || stream.p >= end) return false;
    return unpack(file, stream, (Str){stream.p, (size_t)(end - stream.p)}, out);
}

/* ---- finding objects ---- */

/* "12 0 " before "obj" at `at`: its number; SIZE_MAX: it is another word. */
static size_t number_before(Str s, size_t at) {
    size_t p = at, digits = 0;
    for (int part = 0; part < 2; part++) {
        size_t blanks = 0;
        digits = 0;
        while (p && is_blank(s.p[p - 1]) && blanks < 4) p--, blanks++;
        while (p && plain_is_digit(s.p[p - 1]) && digits < 8) p--, digits++;
        if (!digits || (part == 1 && !blanks)) return SIZE_MAX;
    }
    if (p && plain_is_digit(s.p[p - 1])) return SIZE_MAX;
    return (size_t)pdf_file_number(str_sub(s, p, p + digits));
}

/* Behind the stream of an object, if it has one whose length is written with it: its bytes may look
   like objects, and need not be walked. */
static size_t behind_stream(PdfFile *file, Str body, size_t at) {
    size_t in = 0;
    if (file->work >= WORK_MAX) return at;
    Str dict = pdf_file_token(head_to(body, HEAD_MAX), &in);
    file->work += in;
    bool is_dict = dict.n > 4 && dict.p[0] == '<';
    Str stream = is_dict ? raw_get(file, dict, "Length") : (Str){NULL, 0};
    if (!stream.n || memchr(stream.p, 'R', stream.n)) return at;
    Str word = pdf_file_word(head_to(body, in + HEAD_BYTES), &in);
    double length = pdf_file_number(stream);
    if (!str_eq_c(word, "stream") || length < 0 || length > (double)(body.n - in)) return at;
    size_t end = in + (size_t)length;
    size_t close = str_find(head_to(body, end + 32), STR("endstream"), end);
    return close == SIZE_MAX ? at : at + close;
}

static bool walk(PdfFile *file) {
    Str s = file->bytes;
    for (size_t at = 0;;) {
        at = str_find(s, STR("obj"), at);
        if (at == SIZE_MAX) return true;
        size_t number = number_before(s, at);
        at += 3;
        if (number == SIZE_MAX) continue;
        Str body = str_sub(s, at, s.n);
        if (!keep(file, number, body, at)) return false;
        at = behind_stream(file, body, at);
    }
}

/* The pairs before /First, then objects. */
static bool walk_packed(PdfFile *file, Str text, size_t stream) {
    Str dict = object(file, stream);
    size_t where = file->objects[stream].where;
    double n = pdf_file_number(pdf_file_get(file, dict, "N"));
    double first = pdf_file_number(pdf_file_get(file, dict, "First"));
    size_t at = 0;
    for (double i = 0; i < n && first < (double)text.n; i++) {
        Str number = pdf_file_word(text, &at), offset = pdf_file_word(text, &at);
        double from = first + pdf_file_number(offset);
        if (!offset.n || from >= (double)text.n || from < 0) break;
        double to = pdf_file_number(number);
        if (to < 0 || to >= OBJECTS_MAX) continue;
        Str body = str_sub(text, (size_t)from, text.n);
        if (!keep(file, (size_t)to, body, where)) return false;
    }
    return true;
}

/* All object streams into one buffer that stays where it is: its size is known before anything
   points into it, since it is filled first. */
static bool open_packed(PdfFile *file) {
    size_t n = 0, streams = file->n_objects;
    size_t *which = mem_alloc_n(streams + 1, sizeof *which);
    size_t *end = mem_alloc_n(streams + 1, sizeof *end);
    bool good = which && end;
    for (size_t i = 0; good && i < streams; i++) {
        Str body = file->objects[i].body;
        Str head = head_to(body, HEAD_BYTES);
        if (str_has(head, STR("/Encrypt"))) {
            file->encrypted |= is_type(file, object(file, i), "XRef");
        }
        if (!str_has(head, STR("/ObjStm")) || n == STREAMS_MAX) continue;
        Str dict = object(file, i);
        size_t before = file->packed.n;
        if (!is_type(file, dict, "ObjStm")) continue;
        if (!unpack(file, dict, body, &file->packed)) {
            if (file->packed.status == OK) file->packed.n = before; /* the next begins there */
            continue;
        }
        which[n] = i;
        end[n++] = file->packed.n;
    }
    good = good && file->packed.status == OK;
    for (size_t i = 0; good && i < n; i++) {
        Str text = str_sub(buf_str(&file->packed), i ? end[i - 1] : 0, end[i]);
        good = walk_packed(file, text, which[i]);
    }
    mem_free(which);
    mem_free(end);
    return good;
}

/* ---- pages ---- */

/* What a node does not say itself, the one above it gives. */
static void take_given(PdfFile *file, Page *page) {
    static const char *const keys[PDF_GIVEN_COUNT] = {"MediaBox", "Rotate", "Resources"};
    for (size_t i = 0; i < PDF_GIVEN_COUNT; i++) {
        Str own = raw_get(file, page->node, keys[i]);
        if (own.n) page->given[i] = own;
    }
}

/* The nodes below one, in order, each asked once: there are trees of one node with thousands of
   kids. A page is a node without kids. */
static bool add_pages(PdfFile *file, Page page, int depth) {
    if (depth > TREE_MAX || !page.node.n || file->nodes++ > 2 * PAGES_MAX) return true;
    Str kids = pdf_file_get(file, page.node, "Kids");
    take_given(file, &page);
    if (!kids.n) {
        if (mem_grow((void **)&file->pages, &file->cap_pages, file->n_pages + 1, sizeof page,
                     PAGES_MAX, NULL) != OK) {
            return false;
        }
        file->pages[file->n_pages++] = page;
        return true;
    }
    if (kids.p[0] != '[') return true;
    kids = str_sub(kids, 0, kids.n - 1);
    for (size_t at = 1;;) {
        Str kid = pdf_file_value(kids, &at);
        if (!kid.n) return true;
        page.node = pdf_file_follow(file, kid);
        if (!add_pages(file, page, depth + 1)) return false;
    }
}

Str pdf_file_catalog(const PdfFile *file) { return file->catalog; }

size_t pdf_file_pages(const PdfFile *file) { return file->n_pages; }

Str pdf_file_page(const PdfFile *file, uint32_t number) {
    return number && number <= file->n_pages ? file->pages[number - 1].node : (Str){NULL, 0};
}

static int by_node(const void *a, const void *b) {
    const PagePlace *p = a, *q = b;
    return (p->node > q->node) - (p->node < q->node);
}

uint32_t pdf_file_number_of(PdfFile *file, Str node) {
    if (!file->places) {
        file->places = mem_alloc_n(file->n_pages, sizeof *file->places);
        if (!file->places) return 0;
        for (uint32_t i = 0; i < file->n_pages; i++) {
            file->places[i] = (PagePlace){file->pages[i].node.p, i + 1};
        }
        qsort(file->places, file->n_pages, sizeof *file->places, by_node);
    }
    const PagePlace want = {.node = node.p};
    const PagePlace *hit = bsearch(&want, file->places, file->n_pages, sizeof want, by_node);
    return hit ? hit->number : 0;
}

Str pdf_file_given(PdfFile *file, uint32_t number, PdfGiven what) {
    assert(what < PDF_GIVEN_COUNT);
    if (!number || number > file->n_pages) return (Str){NULL, 0};
    return pdf_file_follow(file, file->pages[number - 1].given[what]);
}

/* The last catalog: a file that was changed may have several. */
static void find_catalog(PdfFile *file) {
    for (size_t i = file->n_objects; i-- > 0 && !file->catalog.n;) {
        Str body = file->objects[i].body;
        Str head = head_to(body, HEAD_BYTES);
        if (!str_has(head, STR("Catalog"))) continue;
        Str dict = object(file, i);
        if (is_type(file, dict, "Catalog")) file->catalog = dict;
    }
}

PdfFile *pdf_file_open(Str bytes) {
    PdfFile *file = mem_zalloc(sizeof *file);
    if (!file) return NULL;
    file->bytes = bytes;
    buf_init(&file->packed, PACKED_MAX);
    bool good = walk(file) && open_packed(file);
    size_t trailer = good ? str_find(bytes, STR("/Encrypt"), 0) : SIZE_MAX;
    if (trailer != SIZE_MAX && str_has(bytes, STR("trailer"))) file->encrypted = true;
    if (good && !file->encrypted) find_catalog(file);
    good = good && file->catalog.n &&
           add_pages(file, (Page){.node = pdf_file_get(file, file->catalog, "Pages")}, 0) &&
           file->n_pages;
    if (good) return file;
    pdf_file_free(file);
    return NULL;
}

void pdf_file_free(PdfFile *file) {
    if (!file) return;
    mem_free(file->objects);
    mem_free(file->pages);
    mem_free(file->places);
    buf_fini(&file->packed);
    mem_free(file);
}
