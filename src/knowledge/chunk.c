/*
 * The body of chunk.h: a document is cut into units that are never split, and units are packed.
 *
 * Unit: a heading, a list item, a table row, a paragraph or a listing. A paragraph longer than a
 * whole chunk becomes one unit a sentence (a sentence that is too long is cut at a line end or a
 * blank), a long listing one unit a line. Programs write a whole export, or a script, into one
 * line: one that is longer than a chunk is cut behind a "}" or ";", else behind a comma or at a
 * blank. A row longer than ROW_CHUNKS chunks is no row that somebody reads: it is cut like a
 * paragraph, or between two cells. As one passage either would be found by every word, and neither
 * the embedding model nor an answer could take it in.
 *
 * Packing walks over the units. A run is what lies between two places where a chunk must end (a
 * page end, a heading that finds the chunk large enough). Inside a run the remaining tokens R are
 * spread over ceil(R / max) chunks of about equal size, so that no chunk of 350 is followed by one
 * of 20. Headings at the end of a chunk move to the next one, where their text is.
 *
 * In a conversation (read/chat.c) a turn that ends with a question moves likewise: its answer says
 * "yes, in May", and nobody knows what without it.
 *
 * All estimates are in tenths of a token. Time and memory are linear in the text.
 *
 * An example with the default of 350: a section of 800 tokens becomes three chunks of about 267
 * each (800 / ceil(800 / 350)), not two of 350 and one of 100. A section of 120 tokens before a
 * heading stays open, for it is below the least of 200: the next section joins it, up to the
 * ceiling.
 */
#include "knowledge/chunk.h"

#include <assert.h>
#include <stdio.h>

#include "base/calendar.h"
#include "base/plain.h"
#include "base/segment.h"
#include "base/utf8.h"
#include "knowledge/grammar_words.h"

enum {
    UNITS_MAX = 16 << 20,
    PATH_DEPTH = 6,
    WORD_BYTES_MAX = 64, /* longer ones are counted, and may be cut, in pieces */
    ROW_CHUNKS = 4,      /* chosen: some 1000 words */
    DAY_BYTES = CALENDAR_TEXT_BYTES + 24,
    LANGUAGE_BYTES = 400 /* of a text by which its language is told */
};

_Static_assert(DOC_BLOCKS_MAX < UINT32_MAX, "`path` and `header` hold a block and 1");

typedef struct Unit {
    size_t start, end;
    uint32_t tenths, block;
} Unit;

typedef struct Chunker {
    const Doc *doc;
    const char *name;
    uint32_t min, max; /* tenths */
    bool chat;         /* a conversation */
    Unit *units;
    size_t n_units, cap_units;
    Chunk *chunks; /* heap, then moved to the arena */
    size_t n_chunks, cap_chunks;
    uint32_t path[PATH_DEPTH]; /* block of the open heading of each level + 1; 0: none */
    uint32_t header;           /* block of the open table's header row + 1 */
    size_t lined;              /* lines are counted up to this byte of the text */
    uint32_t line;             /* the one it stands on; units come in order */
    char day[DAY_BYTES];       /* of the whole document, as a question would say it; "": none */
    Arena *arena;
} Chunker;

/* 200 to 350 tokens. */
static ChunkOptions chunk_options_default(void) {
    return (ChunkOptions){.min_tokens = 200, .max_tokens = 350};
}

/* ---- estimating ---- */

/* One word, number, sign or character at *at; moves *at behind it. */
static uint32_t tenths_at(Str s, size_t *at) {
    unsigned char c = (unsigned char)s.p[*at];
    size_t from = *at;
    if (c <= ' ') {
        ++*at;
        return 0;
    }
    if (plain_is_digit(c)) {
        while (*at < s.n && plain_is_digit((unsigned char)s.p[*at])) ++*at;
        return 10 + (uint32_t)((*at - from) / 3) * 10;
    }
    if (c < 0x80 && !plain_is_letter(c)) {
        ++*at;
        return 5;
    }
    uint32_t bytes = 0;
    while (*at < s.n && bytes < WORD_BYTES_MAX) {
        size_t width = 1;
        unsigned char b = (unsigned char)s.p[*at];
        if (b >= 0x80) {
            uint32_t code = utf8_decode(s, *at, &width);
            bool letter = unicode_class(code) == UC_LETTER || unicode_class(code) == UC_MARK;
            bool single = unicode_is_cjk(code) || !letter;
            if (single && *at == from) {
                *at += width;
                return letter ? 7 : 5;
            }
            if (single) break;
        } else if (!plain_is_letter(b)) {
            break;
        }
        bytes += (uint32_t)width;
        *at += width;
    }
    return 13 + (bytes ? (bytes - 1) / 8 * 10 : 0);
}

/* The sum over a text. 64 bits: 256 MiB of single signs are more than 2^32 tenths. */
static uint64_t tenths_of(Str s) {
    uint64_t sum = 0;
    for (size_t at = 0; at < s.n;) sum += tenths_at(s, &at);
    return sum;
}

/* ---- units ---- */

static bool is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\t';
}

static Status add_unit(Chunker *c, size_t start, size_t end, uint32_t block, Err *err) {
    assert(start <= end && end <= c->doc->text.n);
    assert(c->n_units == 0 || start >= c->units[c->n_units - 1].end); /* in order, no overlap */
    const char *text = c->doc->text.p;
    while (start < end && is_blank(text[start])) start++;
    while (end > start && is_blank(text[end - 1])) end--;
    if (start == end) return OK;
    uint64_t tenths = tenths_of((Str){text + start, end - start});
    TRY(mem_grow((void **)&c->units, &c->cap_units, c->n_units + 1, sizeof *c->units, UNITS_MAX,
                 err));
    c->units[c->n_units++] =
        (Unit){start, end, tenths > UINT32_MAX / 4 ? UINT32_MAX / 4 : (uint32_t)tenths, block};
    return OK;
}

/* Quotes and brackets that close; segment.c knows some more. */
static bool is_closer(uint32_t c) {
    return c == '"' || c == '\'' || c == ')' || c == ']' || c == 0x201D || c == 0x2019 ||
           c == 0x300D || c == 0x300F || c == 0xFF09 || c == 0x3011;
}

/* Does a sentence end behind the character at [at, at+width)? Sets *next behind its closing quotes.
 */
static bool sentence_ends(Str s, size_t at, size_t width, uint32_t code, size_t *next) {
    bool cjk = code == 0x3002 || code == 0xFF01 || code == 0xFF1F || code == 0xFF1B;
    bool latin = code == '.' || code == '!' || code == '?' || code == 0x2026;
    if (!cjk && !latin) return false;
    size_t i = at + width;
    while (i < s.n) {
        size_t w;
        if (!is_closer(utf8_decode(s, i, &w))) break;
        i += w;
    }
    *next = i;
    if (cjk || i >= s.n) return true;
    if (!is_blank(s.p[i])) return false;
    while (i < s.n && is_blank(s.p[i])) i++;
    size_t w = 1;
    uint32_t first = i < s.n ? utf8_decode(s, i, &w) : 'A';
    bool small = unicode_class(first) == UC_LETTER && unicode_upper(first) != first;
    bool initial = at >= 2 && is_blank(s.p[at - 2]) && plain_is_capital(s.p[at - 1]);
    return !small && !(code == '.' && (initial || segment_is_ordinal(s, at)));
}

/* What is cut, and so where: see the essay. */
typedef enum Cut { CUT_PROSE, CUT_LISTING, CUT_ROW } Cut;

/* Where a piece may end if no sentence does, up to the place at hand; 0: nowhere yet. */
typedef struct Ends {
    size_t good, fair; /* a line, a record or a cell; a blank or a comma */
} Ends;

/* Looks at the byte at `at`. Cuts lie in front of blanks, which belong to no unit, and behind other
   signs. */
static void note_end(Ends *ends, Cut cut, const char *text, size_t at) {
    char b = text[at];
    bool record = b == '}' || b == ';' || (b == ',' && text[at - 1] == '}');
    if (is_blank(b)) ends->fair = at;
    if (cut == CUT_LISTING && b == ',') ends->fair = at + 1;
    if (b == '\n') ends->good = at;
    if ((cut == CUT_LISTING && record) || (cut == CUT_ROW && b == '|')) ends->good = at + 1;
}

/* `whole`, of which start, end and block are set, as one unit a sentence, of which a listing has
   none; what is longer than a chunk is cut at the last good end, else at a fair one, else where it
   is. */
static Status add_pieces(Chunker *c, Unit whole, Cut cut, Err *err) {
    Str s = {c->doc->text.p, whole.end};
    size_t start = whole.start, at = whole.start;
    Ends ends = {0};
    uint32_t tenths = 0;
    while (at < whole.end) {
        size_t width = 1, next = 0;
        uint32_t code = utf8_decode(s, at, &width);
        bool end = cut != CUT_LISTING && sentence_ends(s, at, width, code, &next);
        if (at > start) note_end(&ends, cut, s.p, at);
        tenths += tenths_at(s, &at);
        if (end) at = next;
        bool full = tenths > c->max * 9 / 10;
        if (!end && !full) continue;
        size_t to = end ? at : ends.good > start ? ends.good : ends.fair > start ? ends.fair : at;
        assert(to > start && to <= whole.end); /* it goes on, and stays in its block */
        TRY(add_unit(c, start, to, whole.block, err));
        start = at = to;
        tenths = 0;
    }
    return add_unit(c, start, whole.end, whole.block, err);
}

/* A listing that is longer than a chunk: one unit a line, as far as that fits one. */
static Status add_lines(Chunker *c, const DocBlock *b, uint32_t block, Err *err) {
    const char *text = c->doc->text.p;
    for (size_t at = b->start; at < b->end;) {
        const char *nl = memchr(text + at, '\n', b->end - at);
        size_t end = nl ? (size_t)(nl - text) : b->end;
        bool fits = tenths_of((Str){text + at, end - at}) <= c->max;
        TRY(fits ? add_unit(c, at, end, block, err)
                 : add_pieces(c, (Unit){at, end, 0, block}, CUT_LISTING, err));
        at = end + 1;
    }
    return OK;
}

/* One unit a block where that fits a chunk. Table rows stay whole as long as somebody may have
   written them for a reader: half a row is no answer. */
static Status make_units(Chunker *c, Err *err) {
    for (size_t i = 0; i < c->doc->n_blocks; i++) {
        const DocBlock *b = &c->doc->blocks[i];
        uint64_t tenths = tenths_of(str_sub(buf_str(&c->doc->text), b->start, b->end));
        Unit whole = {b->start, b->end, 0, (uint32_t)i};
        bool row = b->kind == BLOCK_TABLE_ROW;
        if (tenths <= (uint64_t)c->max * (row ? ROW_CHUNKS : 1)) {
            TRY(add_unit(c, b->start, b->end, whole.block, err));
        } else if (b->kind == BLOCK_CODE) {
            TRY(add_lines(c, b, whole.block, err));
        } else {
            TRY(add_pieces(c, whole, row ? CUT_ROW : CUT_PROSE, err));
        }
    }
    return OK;
}

/* ---- context lines ---- */

/* At most max bytes, cut on a character; blanks for newlines. */
static void add_part(Buf *out, Str part, size_t max, const char *before) {
    part = str_trim(part);
    if (part.n == 0) return;
    part = utf8_cut(part, max);
    if (out->n) buf_add_c(out, before);
    for (size_t i = 0; i < part.n; i++) buf_add_byte(out, part.p[i] == '\n' ? ' ' : part.p[i]);
}

/* Borrowed from the document. */
static Str block_text(const Chunker *c, size_t i) {
    assert(i < c->doc->n_blocks);
    return str_sub(buf_str(&c->doc->text), c->doc->blocks[i].start, c->doc->blocks[i].end);
}

static bool says_german(Str text) {
    char low[LANGUAGE_BYTES];
    text = utf8_cut(text, sizeof low);
    for (size_t i = 0; i < text.n; i++) low[i] = plain_lower(text.p[i]);
    return grammar_german((Str){low, text.n});
}

/* "2023-05-08" is found by nobody who asks what was said on May 8th: the day of a conversation, or
   of a file that is called by its day, is said as people say it in the text's language. */
static void spell_day(Chunker *c) {
    enum { FORMS = CALENDAR_YEAR_FIRST | CALENDAR_PACKED };
    const Doc *doc = c->doc;
    CalendarDate day;
    size_t from, to;
    bool own = c->chat && doc->date && calendar_read(str_from(doc->date), FORMS, &day);
    Str name = str_file_name(str_from(c->name));
    bool named = !own && !doc->title && calendar_find(name, FORMS, &day, &from, &to);
    if (!own && !named) return;
    Str text = buf_str(&doc->text);
    bool chinese = utf8_has_cjk(utf8_cut(text, LANGUAGE_BYTES));
    CalendarTongue tongue = chinese             ? CALENDAR_CHINESE
                            : says_german(text) ? CALENDAR_GERMAN
                                                : CALENDAR_ENGLISH;
    char written[CALENDAR_TEXT_BYTES], again[24] = "";
    if (tongue == CALENDAR_ENGLISH) {
        (void)snprintf(again, sizeof again, ", %s %d%s", calendar_month_name(tongue, day.month),
                       day.day, calendar_ordinal(day.day));
    }
    (void)snprintf(c->day, DAY_BYTES, "%s%s", calendar_write(tongue, day, written), again);
}

/* The context line of a chunk that begins with `first`: title, author, date, the headings above it,
   and of a table its header row. PART: no part may push out the others. NULL: out of memory. */
static const char *context_of(Chunker *c, const Unit *first) {
    enum { PART = 110 };
    Buf line;
    buf_init(&line, 4096);
    const Doc *doc = c->doc;
    Str title = str_from(doc->title);
    if (!doc->title) title = str_file_name(str_from(c->name)); /* which may be in any encoding */
    if (utf8_valid(title)) add_part(&line, title, PART, "");
    if (doc->author) add_part(&line, str_from(doc->author), 50, " | ");
    if (doc->date) add_part(&line, str_from(doc->date), 10, " | ");
    add_part(&line, str_from(c->day), DAY_BYTES, " | ");
    const char *before = " | ";
    const DocBlock *b = &doc->blocks[first->block];
    size_t depth = b->kind == BLOCK_HEADING && b->level ? b->level - 1U : PATH_DEPTH;
    for (size_t i = 0; i < PATH_DEPTH && i < depth; i++) {
        if (!c->path[i] || c->path[i] - 1 == first->block) continue;
        Str heading = block_text(c, c->path[i] - 1);
        if (str_eq(heading, title)) continue;
        add_part(&line, heading, PART / 2, before);
        before = " > ";
    }
    if (b->kind == BLOCK_TABLE_ROW && c->header && c->header - 1 != first->block) {
        add_part(&line, block_text(c, c->header - 1), PART, " | ");
    }
    Str s = buf_str(&line);
    assert(utf8_valid(s)); /* a document's parts are (extract.c) */
    s = utf8_cut(s, CHUNK_CONTEXT_MAX);
    const char *out = line.status == OK ? arena_dup(c->arena, s.p, s.n) : NULL;
    buf_fini(&line);
    return out;
}

/* Follows headings and tables past unit u. */
static void follow(Chunker *c, const Unit *u) {
    const DocBlock *b = &c->doc->blocks[u->block];
    if (b->kind == BLOCK_HEADING) {
        size_t level = b->level < 1 ? 1 : b->level > PATH_DEPTH ? PATH_DEPTH : b->level;
        for (size_t i = level - 1; i < PATH_DEPTH; i++) c->path[i] = 0;
        c->path[level - 1] = u->block + 1;
    }
    if (b->kind != BLOCK_TABLE_ROW) c->header = 0;
    if (b->kind == BLOCK_TABLE_ROW && b->level == 1) c->header = u->block + 1;
}

/* ---- packing ---- */

static const DocBlock *block_of(const Chunker *c, size_t unit) {
    return &c->doc->blocks[c->units[unit].block];
}

/* Goes on where the last chunk left off: a file may be one block of a million lines. */
static uint32_t line_of(Chunker *c, const Unit *u) {
    const DocBlock *b = &c->doc->blocks[u->block];
    if (b->line == 0) return 0;
    if (c->lined <= b->start) {
        c->lined = b->start;
        c->line = b->line;
    }
    for (; c->lined < u->start; c->lined++) c->line += c->doc->text.p[c->lined] == '\n';
    return c->line;
}

static bool is_heading(const Chunker *c, size_t unit) {
    return block_of(c, unit)->kind == BLOCK_HEADING;
}

/* Does a turn of a conversation want the next one for an answer, and have they room together? */
static bool asks(const Chunker *c, size_t unit) {
    const Unit *u = &c->units[unit];
    assert(unit + 1 < c->n_units);
    if (!c->chat || is_heading(c, unit + 1)) return false; /* on another day */
    Str text = str_sub(buf_str(&c->doc->text), u->start, u->end);
    bool question = str_asks(text);
    return question && u->tenths + u[1].tenths <= c->max;
}

/* Makes a chunk of units [from, to). */
static Status add_chunk(Chunker *c, size_t from, size_t to, Err *err) {
    assert(from < to && to <= c->n_units);
    const Unit *first = &c->units[from];
    uint64_t tenths = 0;
    size_t text = from; /* a heading may stand at the foot of the page before */
    while (text + 1 < to && is_heading(c, text)) text++;
    Chunk chunk = {.start = first->start,
                   .end = c->units[to - 1].end,
                   .page = block_of(c, text)->page,
                   .line = line_of(c, first),
                   .context = context_of(c, first)};
    if (!chunk.context)
        return err_set(err, E_NO_MEMORY, "out of memory for the chunks of a document");
    for (size_t i = from; i < to; i++) {
        tenths += c->units[i].tenths;
        follow(c, &c->units[i]);
    }
    chunk.tokens = (uint32_t)((tenths + 9) / 10);
    /* what chunk.h promises, and citations rely on */
    assert(chunk.start < chunk.end && strlen(chunk.context) <= CHUNK_CONTEXT_MAX);
    assert(c->n_chunks == 0 || chunk.start >= c->chunks[c->n_chunks - 1].end);
    TRY(mem_grow((void **)&c->chunks, &c->cap_chunks, c->n_chunks + 1, sizeof chunk,
                 CHUNK_COUNT_MAX, err));
    c->chunks[c->n_chunks++] = chunk;
    return OK;
}

/* Must a chunk of `tenths` with units [from, unit) end there, whatever follows? A chunk is cited by
   its page, so that it holds text of one page only. */
static bool run_ends(const Chunker *c, size_t from, size_t unit, uint64_t tenths) {
    assert(from < unit);
    size_t text = from;
    while (text < unit && is_heading(c, text)) text++;
    if (text < unit && block_of(c, text)->page != block_of(c, unit)->page) return true;
    return is_heading(c, unit) && !is_heading(c, unit - 1) && tenths >= c->min;
}

/* Tokens from `unit` to where the run would end at the latest: the next heading or page. */
static uint64_t run_rest(const Chunker *c, size_t unit, size_t *cached_end, uint64_t *cached) {
    if (unit >= *cached_end) {
        size_t end = unit;
        *cached = 0;
        do {
            *cached += c->units[end++].tenths;
        } while (end < c->n_units && !is_heading(c, end) &&
                 block_of(c, end)->page == block_of(c, unit)->page);
        *cached_end = end;
    } else {
        *cached -= c->units[unit - 1].tenths;
    }
    return *cached;
}

/* Would the chunk be better without `next`? Always when it would pass the ceiling; else when it has
   reached its share of what is left in the run, once there is more than one chunk's worth. */
static bool is_full(const Chunker *c, uint64_t have, const Unit *next, uint64_t rest) {
    if (have + next->tenths > c->max) return true;
    assert(rest >= next->tenths); /* the rest begins with it */
    uint64_t all = have + rest;
    uint64_t pieces = (all + c->max - 1) / c->max;
    if (pieces < 2 || have < c->min / 2) return false;
    return have + next->tenths / 2 >= all / pieces;
}

/* One pass over the units. Headings that stand last in a full chunk open the next one, unless the
   chunk has nothing else. */
static Status pack(Chunker *c, Err *err) {
    size_t from = 0, cached_end = 0;
    uint64_t have = 0, cached = 0;
    for (size_t i = 0; i < c->n_units; i++) {
        uint64_t rest = run_rest(c, i, &cached_end, &cached);
        bool close = i > from && (run_ends(c, from, i, have) ||
                                  is_full(c, have, &c->units[i], rest));
        if (close) {
            size_t to = i;
            while (to > from + 1 && is_heading(c, to - 1)) to--; /* headings go with their text */
            if (is_heading(c, to - 1)) to = i;
            if (to == i && to > from + 1 && asks(c, to - 1)) to--; /* so do questions */
            TRY(add_chunk(c, from, to, err));
            have = 0;
            for (size_t k = to; k < i; k++) have += c->units[k].tenths;
            from = to;
        }
        have += c->units[i].tenths;
    }
    return from < c->n_units ? add_chunk(c, from, c->n_units, err) : OK;
}

/* A small document is one chunk, unless it has pages: a citation names one page. */
static Status run(Chunker *c, Err *err) {
    TRY(make_units(c, err));
    uint64_t all = 0;
    for (size_t i = 0; i < c->n_units; i++) all += c->units[i].tenths;
    bool one_page = c->n_units && block_of(c, 0)->page == block_of(c, c->n_units - 1)->page;
    if (c->n_units && all <= c->max && one_page) return add_chunk(c, 0, c->n_units, err);
    return pack(c, err);
}

Status chunk_doc(const Doc *doc, const char *name, const ChunkOptions *options, Arena *arena,
                 Chunk **out, size_t *n, Err *err) {
    ChunkOptions o = options ? *options : chunk_options_default();
    *out = NULL;
    *n = 0;
    if (o.max_tokens < 16 || o.min_tokens > o.max_tokens || o.max_tokens > 100000) {
        return err_set(err, E_USAGE, "chunks of %u to %u tokens cannot be made", o.min_tokens,
                       o.max_tokens);
    }
    Chunker c = {.doc = doc,
                 .name = name ? name : "",
                 .chat = doc->format && strcmp(doc->format, "chat") == 0,
                 .min = o.min_tokens * 10,
                 .max = o.max_tokens * 10,
                 .arena = arena};
    spell_day(&c);
    Status status = run(&c, err);
    if (status == OK) {
        *out = arena_alloc_n(arena, c.n_chunks ? c.n_chunks : 1, sizeof **out);
        if (!*out) status = err_no_memory(err, "the chunks of a document");
    }
    if (status == OK && c.n_chunks) memcpy(*out, c.chunks, c.n_chunks * sizeof **out);
    if (status == OK) *n = c.n_chunks;
    mem_free(c.units);
    mem_free(c.chunks);
    return status;
}
