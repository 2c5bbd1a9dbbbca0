/*
 * The body of pdf_draw.h: walks through the content of a page.
 *
 * Content is operands and then an operator, again and again. Of some seventy operators these count:
 * those that move the coordinate system (cm, q, Q), paths and their painting (m l c v y re h, S s f
 * F f* B B* b b* n), text and its places (BT ET Tf Td TD Tm T* Tj ' " TJ TL), and forms, which are
 * pieces of content of their own (Do). Pictures inside the content (BI ... EI) are passed over.
 *
 *     BT /F2 14 Tf 72 700 Td (1 Introduction) Tj ET     a run at (72, 92), size 14, style of F2
 *     0.5 w 72 600 m 540 600 l S                        a rule from (72, 192) to (540, 192)
 *     72 500 468 0.4 re f                               a rule, too: programs fill thin boxes
 *
 * A rule is a straight part of a stroked path along the page, or a filled box that is THIN. How
 * wide words are is left to pdftotext; where a run follows another without being placed, its begin
 * is guessed by half the size a letter.
 *
 * Bold is what the font's name, its descriptor's weight or its flag says.
 *
 * Limits: forms FORMS_MAX deep, STACK_MAX states, SEGMENTS_MAX parts of a path, OPERATORS_MAX
 * operators a page, CONTENT_MAX bytes of content a page. Source: ISO 32000-1, 8.3 to 8.5, 8.10,
 * 9.4, 9.8, 14.6.
 */
#include "knowledge/read/pdf_draw.h"

#include <assert.h>
#include <math.h>

#include "base/mem.h"
#include "base/plain.h"

enum { FORMS_MAX = 5, STACK_MAX = 64, SEGMENTS_MAX = 2048, OPERATORS_MAX = 2000000, OPERANDS = 8,
       CONTENT_MAX = 32 << 20, MARKS_MAX = 32 };

static const float THIN = 2.5f, SHORT = 3.0f, SLANT = 0.6f, SHADE_LOW = 8, SHADE_HIGH = 60;

typedef struct Matrix {
    double a, b, c, d, e, f;
} Matrix;

typedef struct State {
    Matrix ctm;
    double size, leading;
    uint8_t style;
    bool wide; /* two bytes a letter */
} State;

typedef struct Segment {
    float x0, y0, x1, y1;
    uint32_t part; /* of the path */
} Segment;

typedef struct Pen {
    PdfFile *file;
    PdfDraw *draw;
    State now, stack[STACK_MAX];
    size_t depth, operators;
    Matrix text, line;
    Str operand[OPERANDS];
    size_t n; /* operands seen; the last OPERANDS of them are kept */
    Segment path[SEGMENTS_MAX];
    size_t n_path;
    uint32_t part;
    double x, y, from_x, from_y; /* of the open path */
    float width, height;
    int forms;
    int32_t marks[MARKS_MAX]; /* of the pieces that are open, from the outermost on */
    size_t n_marks; /* open ones, also those that are too deep to be kept */
    Str font; /* that `style` was found for */
    uint8_t style;
    bool wide;
} Pen;

/* ---- numbers ---- */

/* First `a`, then `b`. */
static Matrix times(Matrix a, Matrix b) {
    return (Matrix){a.a * b.a + a.b * b.c,       a.a * b.b + a.b * b.d,
                    a.c * b.a + a.d * b.c,       a.c * b.b + a.d * b.d,
                    a.e * b.a + a.f * b.c + b.e, a.e * b.b + a.f * b.d + b.f};
}

/* Operand i from the end, 1 the last; empty: there is none. */
static Str operand(const Pen *p, size_t i) {
    assert(i >= 1 && i <= OPERANDS); /* those before are not kept */
    return i <= p->n ? p->operand[(p->n - i) % OPERANDS] : (Str){NULL, 0};
}

static double number(const Pen *p, size_t i) {
    return pdf_file_number(operand(p, i));
}

static Matrix matrix_of(const Pen *p) {
    return (Matrix){number(p, 6), number(p, 5), number(p, 4),
                    number(p, 3), number(p, 2), number(p, 1)};
}

/* ---- paths ---- */

static void move_to(Pen *p, double x, double y) {
    p->x = p->from_x = x;
    p->y = p->from_y = y;
    p->part++;
}

static void line_to(Pen *p, double x, double y) {
    const Matrix *m = &p->now.ctm;
    if (p->n_path < SEGMENTS_MAX) {
        p->path[p->n_path++] = (Segment){(float)(p->x * m->a + p->y * m->c + m->e),
                                         (float)(p->x * m->b + p->y * m->d + m->f),
                                         (float)(x * m->a + y * m->c + m->e),
                                         (float)(x * m->b + y * m->d + m->f), p->part};
    }
    p->x = x;
    p->y = y;
}

static void add_box(Pen *p) {
    double x = number(p, 4), y = number(p, 3), w = number(p, 2), h = number(p, 1);
    move_to(p, x, y);
    line_to(p, x + w, y);
    line_to(p, x + w, y + h);
    line_to(p, x, y + h);
    line_to(p, x, y);
}

static void order(float *low, float *high) {
    float a = *low, b = *high;
    *low = a < b ? a : b;
    *high = a < b ? b : a;
}

/* Straight along the page, and long enough; what lies outside of the page is not seen. */
static void add_rule(Pen *p, PdfRule r) {
    PdfDraw *draw = p->draw;
    order(&r.x0, &r.x1);
    order(&r.y0, &r.y1);
    float w = r.x1 - r.x0, h = r.y1 - r.y0;
    if (!isfinite(w) || !isfinite(h)) return; /* what is no number has no order */
    bool straight = (w < SLANT && h > SHORT) || (h < SLANT && w > SHORT);
    bool inside = r.x1 > -1 && r.y1 > -1 && r.x0 < p->width + 1 && r.y0 < p->height + 1;
    if (!straight || !inside) return;
    if (w < h) r.x0 = r.x1 = (r.x0 + r.x1) / 2;
    else r.y0 = r.y1 = (r.y0 + r.y1) / 2;
    if (mem_grow((void **)&draw->rules, &draw->cap_rules, draw->n_rules + 1, sizeof r,
                 PDF_RULES_MAX + 1, NULL) == OK) {
        draw->rules[draw->n_rules++] = r;
    }
}

static void stroke(Pen *p) {
    for (size_t i = 0; i < p->n_path; i++) {
        const Segment *s = &p->path[i];
        add_rule(p, (PdfRule){s->x0, s->y0, s->x1, s->y1, false});
    }
}

/* The edges of a shaded box of about a line's height: a row or a cell of a table. */
static void add_edges(Pen *p, PdfRule box) {
    float w = box.x1 - box.x0, h = box.y1 - box.y0;
    if (h < SHADE_LOW || h > SHADE_HIGH || w < 2 * h) return;
    add_rule(p, (PdfRule){box.x0, box.y0, box.x1, box.y0, true});
    add_rule(p, (PdfRule){box.x0, box.y1, box.x1, box.y1, true});
    add_rule(p, (PdfRule){box.x0, box.y0, box.x0, box.y1, true});
    add_rule(p, (PdfRule){box.x1, box.y0, box.x1, box.y1, true});
}

/* A thin box is a rule along its middle. */
static void fill(Pen *p) {
    for (size_t i = 0, end; i < p->n_path; i = end) {
        const Segment *first = &p->path[i];
        float x0 = first->x0, x1 = x0, y0 = first->y0, y1 = y0;
        for (end = i; end < p->n_path && p->path[end].part == first->part; end++) {
            const Segment *s = &p->path[end];
            if (s->x1 < x0) x0 = s->x1;
            if (s->x1 > x1) x1 = s->x1;
            if (s->y1 < y0) y0 = s->y1;
            if (s->y1 > y1) y1 = s->y1;
        }
        assert(end > i); /* `first` is of its own part */
        float w = x1 - x0, h = y1 - y0, x = (x0 + x1) / 2, y = (y0 + y1) / 2;
        if (h <= THIN && w > h) add_rule(p, (PdfRule){x0, y, x1, y, false});
        else if (w <= THIN && h > w) add_rule(p, (PdfRule){x, y0, x, y1, false});
        else add_edges(p, (PdfRule){x0, y0, x1, y1, true});
    }
}

static void paint(Pen *p, bool closes, bool strokes, bool fills) {
    if (closes) line_to(p, p->from_x, p->from_y);
    if (strokes) stroke(p);
    else if (fills) fill(p);
    p->n_path = 0;
}

/* ---- fonts ---- */

static bool name_says(Str name, const char *const *words) {
    for (size_t i = 0; words[i]; i++) {
        if (str_has(name, str_from(words[i]))) return true;
    }
    return false;
}

/* "CMBX10", "SFBX1000": the bold ones of TeX; "NimbusRomNo9L-Medi" of its Times. */
static uint8_t style_of(const Pen *p, Str font) {
    static const char *const bold[] = {"Bold", "bold", "BOLD", "Black", "Heavy", "Demi", "CMBX",
                                       "SFBX", "CMSSBX", NULL};
    static const char *const italic[] = {"Italic", "italic", "Oblique", "oblique", "Ital", NULL};
    static const char *const mono[] = {"Mono", "mono", "Courier", "CMTT", "SFTT", "Consol", NULL};
    Str name = pdf_file_get(p->file, font, "BaseFont");
    Str inner = pdf_file_get(p->file, font, "DescendantFonts");
    size_t at = 1;
    if (inner.n && inner.p[0] == '[') inner = pdf_file_follow(p->file, str_sub(inner, at, inner.n));
    Str descriptor = pdf_file_get(p->file, inner.n ? inner : font, "FontDescriptor");
    long flags = (long)pdf_file_number(pdf_file_get(p->file, descriptor, "Flags"));
    double weight = pdf_file_number(pdf_file_get(p->file, descriptor, "FontWeight"));
    bool is_bold = name_says(name, bold) || str_ends(name, STR("-Medi")) || weight >= 600 ||
                   str_ends(name, STR("-B")) || flags & 1 << 18;
    bool is_italic = name_says(name, italic) || flags & 1 << 6;
    bool is_mono = name_says(name, mono) || flags & 1;
    return (uint8_t)(is_bold * PDF_BOLD | is_italic * PDF_ITALIC | is_mono * PDF_MONO);
}

static void set_font(Pen *p, Str resources) {
    Str name = operand(p, 2);
    char key[64];
    p->now.size = number(p, 1);
    if (name.n < 2 || name.n > sizeof key) return;
    memcpy(key, name.p + 1, name.n - 1);
    key[name.n - 1] = 0;
    Str font = pdf_file_get(p->file, pdf_file_get(p->file, resources, "Font"), key);
    if (font.p != p->font.p) {
        p->font = font;
        p->style = style_of(p, font);
        p->wide = str_eq_c(pdf_file_get(p->file, font, "Subtype"), "/Type0");
    }
    p->now.style = p->style;
    p->now.wide = p->wide;
}

/* ---- text ---- */

static void next_line(Pen *p, double x, double y) {
    p->line = times((Matrix){1, 0, 0, 1, x, y}, p->line);
    p->text = p->line;
}

/* Letters of a string, or of all strings of a list. */
static size_t letters(const Pen *p, Str s) {
    size_t n = 0;
    if (s.n && s.p[0] == '[') {
        size_t at = 1;
        for (Str part; (part = pdf_file_word(s, &at)).n;) {
            if (part.p[0] == '(' || part.p[0] == '<') n += letters(p, part);
        }
        return n;
    }
    n = s.n && s.p[0] == '<' ? s.n / 2 : s.n;
    return n < 2 ? 0 : p->now.wide ? (n - 1) / 2 : n - 1;
}

/* Of the innermost piece. */
static int32_t mark_now(const Pen *p) {
    size_t n = p->n_marks < MARKS_MAX ? p->n_marks : MARKS_MAX;
    return n ? p->marks[n - 1] : PDF_UNMARKED;
}

/* A string, or a list of strings and numbers, without a letter; what is written in digits is not
   looked into. */
static bool is_blank(Str s) {
    size_t open = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '<' || (open && c != ' ' && c != ')')) return false;
        if (c == '(') open++;
        if (c == ')') open = 0;
    }
    return true;
}

static void show(Pen *p, Str s) {
    PdfDraw *draw = p->draw;
    Matrix m = times(p->text, p->now.ctm);
    double size = p->now.size * sqrt(m.c * m.c + m.d * m.d);
    PdfRun run = {(float)m.e, (float)m.f, (float)fabs(size), p->now.style, mark_now(p)};
    size_t n = letters(p, s);
    if (run.mark == PDF_ARTIFACT && is_blank(s)) return; /* traces of text that was taken out */
    bool placed = isfinite(run.x) && isfinite(run.y) && isfinite(run.size); /* can be sorted */
    if (n && placed && mem_grow((void **)&draw->runs, &draw->cap_runs, draw->n_runs + 1, sizeof run,
                      PDF_RUNS_MAX, NULL) == OK) {
        draw->runs[draw->n_runs++] = run;
    }
    p->text = times((Matrix){1, 0, 0, 1, (double)n * p->now.size / 2, 0}, p->text);
}

static bool is(Str op, const char *name) {
    return str_eq_c(op, name);
}

static void run_text(Pen *p, Str op, Str resources) {
    Matrix unit = {1, 0, 0, 1, 0, 0};
    if (is(op, "BT")) p->text = p->line = unit;
    else if (is(op, "Tf")) set_font(p, resources);
    else if (is(op, "Td")) next_line(p, number(p, 2), number(p, 1));
    else if (is(op, "Tm")) p->text = p->line = matrix_of(p);
    else if (is(op, "TL")) p->now.leading = number(p, 1);
    else if (is(op, "T*")) next_line(p, 0, -p->now.leading);
    else if (is(op, "Tj") || is(op, "TJ")) show(p, operand(p, 1));
    else if (is(op, "TD")) {
        p->now.leading = -number(p, 1);
        next_line(p, number(p, 2), number(p, 1));
    } else if (is(op, "'") || is(op, "\"")) {
        next_line(p, 0, -p->now.leading);
        show(p, operand(p, 1));
    }
}

/* ---- operators ---- */

static void run_path(Pen *p, Str op) {
    assert(op.n > 0);
    char c = op.p[0];
    if (is(op, "m")) move_to(p, number(p, 2), number(p, 1));
    else if (is(op, "l")) line_to(p, number(p, 2), number(p, 1));
    else if (is(op, "re")) add_box(p);
    else if (is(op, "h")) line_to(p, p->from_x, p->from_y);
    else if (is(op, "c") || is(op, "v") || is(op, "y")) {
        p->x = number(p, 2); /* a curve is no rule, but goes on from its end */
        p->y = number(p, 1);
        p->part++;
    } else if (c == 'S' || c == 's') {
        paint(p, c == 's', true, false);
    } else if (c == 'B' || c == 'b') {
        paint(p, c == 'b', true, true);
    } else if (c == 'f' || c == 'F') {
        paint(p, true, false, true);
    } else {
        p->n_path = 0;
    }
}

/* ---- marked pieces ---- */

/* "/P << /MCID 4 >> BDC", "/Artifact BMC". What says neither belongs to the piece around it, and a
   form's own numbers are not those of the page. */
static void begin_mark(Pen *p, Str resources, bool described) {
    char key[64];
    int32_t mark = mark_now(p);
    Str name = operand(p, described ? 2 : 1), said = described ? operand(p, 1) : (Str){NULL, 0};
    if (said.n > 1 && said.p[0] == '/' && said.n <= sizeof key) {
        memcpy(key, said.p + 1, said.n - 1);
        key[said.n - 1] = 0;
        said = pdf_file_get(p->file, pdf_file_get(p->file, resources, "Properties"), key);
    }
    Str id = said.n && !p->forms ? pdf_file_get(p->file, said, "MCID") : (Str){NULL, 0};
    double number = pdf_file_number(id);
    if (id.n && number >= 0 && number <= INT32_MAX - 1) mark = (int32_t)number;
    else if (str_eq_c(name, "/Artifact")) mark = PDF_ARTIFACT;
    if (p->n_marks < MARKS_MAX) p->marks[p->n_marks] = mark;
    p->n_marks++;
}

static void run_content(Pen *p, Str content, Str resources);

/* A form has a coordinate system and, mostly, resources of its own. */
static void run_form(Pen *p, Str resources) {
    char key[64];
    Str name = operand(p, 1);
    if (name.n < 2 || name.n > sizeof key || p->forms >= FORMS_MAX) return;
    memcpy(key, name.p + 1, name.n - 1);
    key[name.n - 1] = 0;
    Str form = pdf_file_get(p->file, pdf_file_get(p->file, resources, "XObject"), key);
    if (!str_eq_c(pdf_file_get(p->file, form, "Subtype"), "/Form")) return;
    Str own = pdf_file_get(p->file, form, "Resources");
    double m[6];
    Buf content;
    buf_init(&content, CONTENT_MAX);
    State before = p->now;
    if (pdf_file_numbers(p->file, pdf_file_get(p->file, form, "Matrix"), m, 6) == 6) {
        p->now.ctm = times((Matrix){m[0], m[1], m[2], m[3], m[4], m[5]}, p->now.ctm);
    }
    const size_t marks = p->n_marks;
    p->forms++;
    if (pdf_file_stream(p->file, form, &content)) {
        run_content(p, buf_str(&content), own.n ? own : resources);
    }
    p->forms--;
    if (p->n_marks > marks) p->n_marks = marks; /* it closes what it opened */
    p->now = before;
    buf_fini(&content);
}

static void run(Pen *p, Str op, Str resources) {
    static const char *const paths[] = {"m", "l", "c", "v", "y", "h", "re", "S", "s", "f", "F",
                                        "f*", "B", "B*", "b", "b*", "n", NULL};
    if (op.p[0] == 'T' || op.p[0] == '\'' || op.p[0] == '"' || is(op, "BT")) {
        run_text(p, op, resources);
    } else if (is(op, "cm")) {
        p->now.ctm = times(matrix_of(p), p->now.ctm);
    } else if (is(op, "q")) {
        if (p->depth < STACK_MAX) p->stack[p->depth] = p->now;
        p->depth++;
    } else if (is(op, "Q")) {
        if (p->depth && --p->depth < STACK_MAX) p->now = p->stack[p->depth];
    } else if (is(op, "Do")) {
        run_form(p, resources);
    } else if (is(op, "BDC") || is(op, "BMC")) {
        begin_mark(p, resources, is(op, "BDC"));
    } else if (is(op, "EMC")) {
        if (p->n_marks) p->n_marks--;
    } else {
        for (size_t i = 0; paths[i]; i++) {
            if (!is(op, paths[i])) continue;
            run_path(p, op);
            return;
        }
    }
}

/* Behind the picture whose "ID" stands before `at`. */
static size_t behind_picture(Str content, size_t at) {
    assert(at >= 2); /* what stands before an "EI" is looked at */
    for (;; at++) {
        at = str_find(content, STR("EI"), at);
        if (at == SIZE_MAX) return content.n;
        char before = content.p[at - 1], after = at + 2 < content.n ? content.p[at + 2] : ' ';
        if ((before == '\n' || before == ' ' || before == '\r') && (after == '\n' || after == ' ' ||
                                                                    after == '\r')) {
            return at + 2;
        }
    }
}

/* A word that begins with a letter or a quote is an operator. */
static void run_content(Pen *p, Str content, Str resources) {
    size_t depth = p->depth;
    p->n = 0;
    for (size_t at = 0; p->operators < OPERATORS_MAX; p->operators++) {
        Str word = pdf_file_token(content, &at);
        if (!word.n) break;
        char c = word.p[0];
        bool op = (c | 32) >= 'a' && (c | 32) <= 'z';
        if (!op && c != '\'' && c != '"') {
            p->operand[p->n++ % OPERANDS] = word;
            continue;
        }
        if (is(word, "ID")) at = behind_picture(content, at);
        run(p, word, resources);
        p->n = 0;
    }
    if (p->depth > depth && depth < STACK_MAX) p->now = p->stack[depth];
    p->depth = depth < p->depth ? depth : p->depth;
}

/* ---- a page ---- */

/* From the page's own places, which grow upwards, to pdftotext's; turned as the page is. */
static bool place(Pen *p, uint32_t page) {
    double box[4];
    Str media = pdf_file_given(p->file, page, PDF_MEDIA_BOX);
    if (pdf_file_numbers(p->file, media, box, 4) != 4) return false;
    int turn = (int)pdf_file_number(pdf_file_given(p->file, page, PDF_ROTATE));
    double x0 = fmin(box[0], box[2]), x1 = fmax(box[0], box[2]);
    double y0 = fmin(box[1], box[3]), y1 = fmax(box[1], box[3]);
    turn = ((turn / 90) % 4 + 4) % 4;
    p->now.ctm = turn == 0   ? (Matrix){1, 0, 0, -1, -x0, y1}
                 : turn == 1 ? (Matrix){0, 1, 1, 0, -y0, -x0}
                 : turn == 2 ? (Matrix){-1, 0, 0, 1, x1, -y0}
                             : (Matrix){0, -1, -1, 0, y1, x1};
    p->width = (float)(turn & 1 ? y1 - y0 : x1 - x0);
    p->height = (float)(turn & 1 ? x1 - x0 : y1 - y0);
    return true;
}

/* A page's content is one stream or a list of streams that go on with each other. */
static void gather(PdfFile *file, Str page, Buf *content) {
    Str contents = pdf_file_get(file, page, "Contents");
    if (contents.n && contents.p[0] != '[') {
        (void)pdf_file_stream(file, contents, content);
        return;
    }
    for (size_t at = 1; at < contents.n;) {
        Str first = pdf_file_word(contents, &at);
        if (!first.n || !plain_is_digit(first.p[0])) break;
        Str rest = str_sub(contents, (size_t)(first.p - contents.p), contents.n);
        (void)pdf_file_stream(file, pdf_file_follow(file, rest), content);
        buf_add_byte(content, '\n');
        (void)pdf_file_word(contents, &at);
        (void)pdf_file_word(contents, &at);
    }
}

void pdf_draw_page(PdfFile *file, uint32_t page_number, PdfDraw *draw) {
    Str page = pdf_file_page(file, page_number);
    Pen *p = page.n ? mem_zalloc(sizeof *p) : NULL;
    if (!p) return;
    Buf content;
    buf_init(&content, CONTENT_MAX);
    p->file = file;
    p->draw = draw;
    if (place(p, page_number)) {
        gather(file, page, &content);
        run_content(p, buf_str(&content), pdf_file_given(file, page_number, PDF_RESOURCES));
    }
    assert(draw->n_runs <= PDF_RUNS_MAX && draw->n_rules <= PDF_RULES_MAX + 1);
    if (draw->n_rules > PDF_RULES_MAX) draw->n_rules = 0; /* the one too many was seen */
    buf_fini(&content);
    mem_free(p);
}

void pdf_draw_clear(PdfDraw *draw) {
    draw->n_runs = draw->n_rules = 0;
}

void pdf_draw_fini(PdfDraw *draw) {
    mem_free(draw->runs);
    mem_free(draw->rules);
    *draw = (PdfDraw){0};
}
