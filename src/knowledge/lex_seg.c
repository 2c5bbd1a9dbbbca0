/*
 * Lexical segments on disk: reading and writing.
 *
 * The payload of one frame (base/frame.h), little-endian, sections 8-aligned, in this order:
 *
 *   ids     u32[n_docs]        chunk ids, ascending; a "doc" below is an index into this list
 *   lens    u8[n_docs]         packed lengths in counted tokens
 *   posts   bytes              postings of all terms, one after the other
 *   terms   LexTerm[n_terms+1] sorted by text; the last entry only says where things end
 *   texts   bytes              term texts, one after the other
 *   footer  LexFooter          where the sections are; the last bytes of the payload
 *
 * Postings of a term with df chunks: df / 128 full blocks, then the rest as varints.
 *   block   u32 last doc, u8 doc_bits (0..24), u8 tf_bits (0..8), 128 gaps of doc_bits, 128 (tf-1)
 *           of tf_bits; a gap is doc - previous doc - 1 (the first one counts from -1). The last
 *           doc lets a search that looks for a few docs only hop from block to block unread.
 *   rest    varint of gap * 2 + (tf > 1), and when tf > 1 a byte tf
 * Frame-of-reference blocks of 128 as in Lemire & Boytsov, "Decoding billions of integers per
 * second through vectorization", 2012 (without their SIMD layout: plain 64-bit loads decode about
 * a billion a second here). 24 bits suffice because a segment holds at most 2^24 chunks, and keep
 * every sum below 2^32.
 *
 * Trust. Checksums find accidents; lex_view() and the cursor also survive bytes made to hurt: every
 * offset is checked against its section before it is used, every doc against n_docs.
 *
 * An example: a term in docs 3, 4 and 9, twice in doc 4, is four bytes. Gaps are 3, 0 and 4, so the
 * varints are 6, 1 (with the byte 2 behind it) and 8: 06 01 02 08.
 */
#include "knowledge/lex.h"

#include <assert.h>

#include "base/han.h"
#include "base/utf8.h"

typedef struct LexFooter {
    uint64_t ids_at, lens_at, posts_at, terms_at, texts_at, footer_at;
    uint64_t total_length;
    uint32_t n_docs, n_terms;
} LexFooter;
_Static_assert(sizeof(LexFooter) == 64, "on disk");
_Static_assert(offsetof(LexFooter, total_length) == 48, "on disk");
_Static_assert(offsetof(LexFooter, n_terms) == 60, "on disk");

enum { DOC_BITS_MAX = 24, SLACK = 8 }; /* 64-bit loads may look SLACK bytes behind the postings */
_Static_assert(LEX_DOCS_MAX <= 1 << DOC_BITS_MAX, "a gap fits");
_Static_assert(DOC_BITS_MAX + 7 <= 64, "one 64-bit load holds a gap, wherever it begins");
_Static_assert(LEX_BLOCK % 8 == 0, "a packed block ends with a byte");

/* ---- lengths: a float with four bits of mantissa --------------------------------------------- */

/* 32 and above: 4 bits behind the leading one, and how far it was shifted. 255 stands for 507,904
   and more. */
uint8_t lex_length_pack(uint32_t length) {
    if (length < 32) return (uint8_t)length;
    unsigned shift = 0;
    while (length >= 32) {
        length >>= 1;
        shift++;
    }
    unsigned packed = 16 + 16 * shift + (length - 16);
    return packed > 255 ? 255 : (uint8_t)packed;
}

uint32_t lex_length_unpack(uint8_t packed) {
    if (packed < 32) return packed;
    unsigned shift = packed / 16 - 1;
    return ((packed % 16u) + 16u) << shift;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* `count` items of `item` bytes from `from` on end at or before `to`, where the next section
   begins. No sum that could wrap. */
static bool section_fits(uint64_t from, uint64_t count, uint64_t item, uint64_t to) {
    return from % 8 == 0 && from <= to && count <= (to - from) / item;
}

/* Texts and postings of the terms follow each other without an empty one, and end inside their
   sections. That texts ascend is not looked at: a wrong order finds less, and nothing worse. */
static Status check_terms(const LexSeg *seg, Err *err) {
    for (uint32_t i = 0; i < seg->n_terms; i++) {
        const LexTerm *t = &seg->terms[i], *next = t + 1;
        if (next->text_at <= t->text_at || next->post_at <= t->post_at || t->df == 0 ||
            t->df > seg->n_docs || next->text_at - t->text_at > LEX_TERM_MAX) {
            return err_set(err, E_CORRUPT, "index segment: entry %u of its word list is damaged",
                           i);
        }
    }
    const LexTerm *end = &seg->terms[seg->n_terms];
    if (end->text_at > seg->n_texts || end->post_at > seg->n_posts) {
        return err_set(err, E_CORRUPT, "index segment: its word list points past the end");
    }
    return OK;
}

/* Numbers, and the order of ids and of the table of terms: postings and texts are not read, so that
   a large segment is opened at once. */
Status lex_view(const uint8_t *payload, size_t n, LexSeg *out, Err *err) {
    LexFooter f;
    if (n < sizeof f || (uintptr_t)payload % 8) {
        return err_set(err, E_CORRUPT, "index segment: too short");
    }
    memcpy(&f, payload + n - sizeof f, sizeof f);
    bool fits = f.footer_at == n - sizeof f && f.n_docs >= 1 && f.n_docs <= LEX_DOCS_MAX &&
                f.ids_at == 0 && section_fits(0, f.n_docs, 4, f.lens_at) &&
                section_fits(f.lens_at, f.n_docs, 1, f.posts_at) &&
                section_fits(f.posts_at, SLACK, 1, f.terms_at) &&
                section_fits(f.terms_at, (uint64_t)f.n_terms + 1, sizeof(LexTerm), f.texts_at) &&
                section_fits(f.texts_at, 0, 1, f.footer_at);
    if (!fits) return err_set(err, E_CORRUPT, "index segment: its table of contents is damaged");
    *out = (LexSeg){.ids = (const uint32_t *)(const void *)payload,
                    .lens = payload + f.lens_at,
                    .terms = (const LexTerm *)(const void *)(payload + f.terms_at),
                    .texts = (const char *)payload + f.texts_at,
                    .posts = payload + f.posts_at,
                    .n_docs = f.n_docs,
                    .n_terms = f.n_terms,
                    .n_texts = f.footer_at - f.texts_at,
                    .n_posts = f.terms_at - f.posts_at - SLACK,
                    .total_length = f.total_length};
    for (uint32_t i = 1; i < f.n_docs; i++) {
        if (out->ids[i] <= out->ids[i - 1]) {
            return err_set(err, E_CORRUPT, "index segment: its passages are out of order");
        }
    }
    return check_terms(out, err);
}

/* More than the two letters of a pair: a run, as it was one word once. */
static bool is_run(Str term) {
    uint32_t before = 0;
    size_t letters = 0;
    for (size_t at = 0, width; at < term.n; at += width) {
        uint32_t code = utf8_decode(term, at, &width);
        letters += unicode_is_unspaced(code) && !lex_is_attached(before, code);
        before = code;
    }
    return letters > 2;
}

bool lex_is_outdated(const LexSeg *seg) {
    if (han_find((Str){seg->texts, seg->n_texts}) < seg->n_texts) return true;
    for (uint32_t t = lex_lower_bound(seg, STR("\xE0")); t < seg->n_terms; t++) {
        Str term = lex_term_text(seg, t);
        if (term.n && (unsigned char)term.p[0] > 0xE1) break; /* U+2000 and above */
        if (is_run(term)) return true;
    }
    return false;
}

Status lex_open(const char *path, FrameCheck check, LexSeg *out, Err *err) {
    Frame frame;
    TRY(frame_open(path, LEX_FRAME_KIND, LEX_FRAME_VERSION, check, &frame, err));
    Status status = lex_view(frame.payload, frame.payload_bytes, out, err);
    if (status != OK) {
        frame_close(&frame);
        return err_prefix(err, status, "%s", path);
    }
    out->frame = frame;
    return OK;
}

void lex_close(LexSeg *seg) {
    if (seg->frame.payload) frame_close(&seg->frame);
    *seg = (LexSeg){0};
}

Str lex_term_text(const LexSeg *seg, uint32_t term) {
    assert(term < seg->n_terms);
    uint64_t from = seg->terms[term].text_at, to = seg->terms[term + 1].text_at;
    bool good = from <= to && to <= seg->n_texts; /* not so when the file was cut since lex_view */
    return good ? (Str){seg->texts + from, to - from} : (Str){"", 0};
}

uint32_t lex_lower_bound(const LexSeg *seg, Str text) {
    uint32_t low = 0, high = seg->n_terms;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (str_cmp(lex_term_text(seg, mid), text) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static Status bad_postings(Err *err) {
    return err_set(err, E_CORRUPT, "index segment: a list of passages is damaged");
}

void lex_cursor_init(LexCursor *c, const LexSeg *seg, uint32_t term) {
    assert(term < seg->n_terms);
    const LexTerm *t = &seg->terms[term];
    uint64_t from = t->post_at, to = t[1].post_at;
    bool good = from <= to && to <= seg->n_posts; /* see lex_term_text */
    c->at = seg->posts + (good ? from : 0);
    c->end = seg->posts + (good ? to : 0);
    c->left = t->df;
    c->last = UINT32_MAX; /* = -1: the first gap counts from there */
    c->n_docs = seg->n_docs;
    c->n = 0;
}

/* b <= 24 bits at bit position `bit`; reads 8 bytes, see SLACK. */
static inline uint32_t bits_at(const uint8_t *p, size_t bit, unsigned b) {
    uint64_t word;
    memcpy(&word, p + bit / 8, 8);
    return (uint32_t)(word >> bit % 8) & ((1u << b) - 1);
}

typedef struct BlockHead {
    uint32_t last;
    unsigned doc_bits, tf_bits;
    size_t bytes; /* of the whole block */
} BlockHead;

enum { HEAD_BYTES = 6 };

/* The head of the full block at c->at, checked: it fits, and its docs go on from c->last. */
static Status read_head(const LexCursor *c, BlockHead *h, Err *err) {
    *h = (BlockHead){0};
    if (c->end - c->at < HEAD_BYTES) return bad_postings(err);
    memcpy(&h->last, c->at, 4);
    h->doc_bits = c->at[4];
    h->tf_bits = c->at[5];
    h->bytes = HEAD_BYTES + (size_t)(h->doc_bits + h->tf_bits) * (LEX_BLOCK / 8);
    bool fits = h->doc_bits <= DOC_BITS_MAX && h->tf_bits <= 8 &&
                (size_t)(c->end - c->at) >= h->bytes && h->last < c->n_docs &&
                (c->last == UINT32_MAX || h->last > c->last);
    return fits ? OK : bad_postings(err);
}

Status lex_cursor_seek(LexCursor *c, uint32_t doc, Err *err) {
    while (c->left >= LEX_BLOCK) {
        BlockHead h;
        TRY(read_head(c, &h, err));
        if (h.last >= doc) break;
        c->at += h.bytes;
        c->left -= LEX_BLOCK;
        c->last = h.last;
    }
    return lex_cursor_next(c, err);
}

/* Unpacks one block of 128. The last doc must be the one that the head says: with it a wrong width
   is found. */
static Status next_full(LexCursor *c, Err *err) {
    BlockHead h;
    TRY(read_head(c, &h, err));
    unsigned doc_bits = h.doc_bits, tf_bits = h.tf_bits;
    const uint8_t *docs = c->at + HEAD_BYTES, *tfs = docs + doc_bits * (LEX_BLOCK / 8);
    uint32_t doc = c->last;
    for (unsigned i = 0; i < LEX_BLOCK; i++) {
        doc += bits_at(docs, (size_t)i * doc_bits, doc_bits) + 1;
        c->docs[i] = doc;
    }
    if (tf_bits == 0) {
        memset(c->tfs, 1, LEX_BLOCK);
    } else {
        for (unsigned i = 0; i < LEX_BLOCK; i++) {
            uint32_t tf = bits_at(tfs, (size_t)i * tf_bits, tf_bits) + 1;
            c->tfs[i] = tf > 255 ? 255 : (uint8_t)tf;
        }
    }
    c->n = LEX_BLOCK;
    c->at += h.bytes;
    return doc == h.last ? OK : bad_postings(err);
}

/* At most 4 bytes, hence 28 bits: a gap below 2^24 and a flag have 25. */
static bool varint(LexCursor *c, uint32_t *out) {
    uint32_t value = 0;
    for (unsigned shift = 0; shift < 28 && c->at < c->end; shift += 7) {
        uint8_t byte = *c->at++;
        value |= (uint32_t)(byte & 127) << shift;
        if (byte < 128) {
            *out = value;
            return true;
        }
    }
    return false;
}

/* Fewer than a block, byte by byte; lex_cursor_next looks at each doc. */
static Status next_rest(LexCursor *c, Err *err) {
    assert(c->left < LEX_BLOCK); /* what c->docs has room for */
    uint32_t doc = c->last;
    for (uint32_t i = 0; i < c->left; i++) {
        uint32_t value;
        if (!varint(c, &value)) return bad_postings(err);
        doc += value / 2 + 1;
        c->docs[i] = doc;
        c->tfs[i] = 1;
        if (value & 1) {
            if (c->at >= c->end) return bad_postings(err);
            c->tfs[i] = *c->at ? *c->at : 1;
            c->at++;
        }
    }
    c->n = c->left;
    return OK;
}

Status lex_cursor_next(LexCursor *c, Err *err) {
    c->n = 0;
    if (c->left == 0) return OK;
    TRY(c->left >= LEX_BLOCK ? next_full(c, err) : next_rest(c, err));
    /* A full block cannot wrap around: 128 gaps of 24 bits from a start below 2^24 stay below 2^32.
       In the rest a gap may have 27 bits, so there every doc is looked at. */
    uint32_t last = c->docs[c->n - 1];
    bool inside = last < c->n_docs;
    if (c->n < LEX_BLOCK) {
        uint32_t before = c->last;
        for (uint32_t i = 0; i < c->n; i++) {
            inside =
                inside && c->docs[i] < c->n_docs && (c->docs[i] > before || before == UINT32_MAX);
            before = c->docs[i];
        }
    }
    if (!inside) return bad_postings(err);
    c->last = last;
    c->left -= c->n;
    return OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

struct LexWriter {
    FrameWriter *frame;
    LexFooter footer;
    Buf posts; /* of one term */
    Buf texts;
    LexTerm *terms;
    size_t cap_terms;
};

void lex_writer_abort(LexWriter *w) {
    if (!w) return;
    frame_abort(w->frame);
    buf_fini(&w->posts);
    buf_fini(&w->texts);
    mem_free(w->terms);
    mem_free(w);
}

/* The first two sections, and the sum of lengths as a reader will see them. */
static Status write_docs(LexWriter *w, const uint32_t *ids, const uint8_t *lens, Err *err) {
    uint32_t n = w->footer.n_docs;
    TRY(frame_write(w->frame, ids, (size_t)n * 4, err));
    TRY(frame_align(w->frame, 8, err));
    w->footer.lens_at = frame_at(w->frame);
    TRY(frame_write(w->frame, lens, n, err));
    TRY(frame_align(w->frame, 8, err));
    w->footer.posts_at = frame_at(w->frame);
    for (uint32_t i = 0; i < n; i++) w->footer.total_length += lex_length_unpack(lens[i]);
    return OK;
}

Status lex_writer_begin(const char *path, const uint32_t *ids, const uint8_t *lens, uint32_t n_docs,
                        LexWriter **out, Err *err) {
    *out = NULL;
    if (n_docs > LEX_DOCS_MAX) {
        return err_set(err, E_LIMIT, "%u passages in one index segment, at most %d go", n_docs,
                       LEX_DOCS_MAX);
    }
    assert(n_docs >= 1); /* lex_view refuses a segment without */
    LexWriter *w = mem_zalloc(sizeof *w);
    if (!w) return err_no_memory(err, "an index segment");
    buf_init(&w->posts, (size_t)LEX_DOCS_MAX * 8);
    buf_init(&w->texts, LEX_TEXTS_MAX);
    w->footer.n_docs = n_docs;
    Status status = frame_begin(path, LEX_FRAME_KIND, LEX_FRAME_VERSION, &w->frame, err);
    if (status == OK) status = write_docs(w, ids, lens, err);
    if (status != OK) {
        lex_writer_abort(w);
        return status;
    }
    *out = w;
    return OK;
}

static unsigned bits_of(uint32_t value) { return value ? 32 - (unsigned)__builtin_clz(value) : 0; }

/* LEX_BLOCK values of `bits` bits each, lowest bit first: what bits_at reads. */
static void pack(Buf *out, const uint32_t *values, unsigned bits) {
    uint64_t word = 0;
    unsigned have = 0;
    uint8_t *to = buf_reserve(out, (size_t)bits * (LEX_BLOCK / 8));
    if (!to) return; /* the buffer remembers */
    for (unsigned i = 0; i < LEX_BLOCK; i++) {
        word |= (uint64_t)values[i] << have;
        for (have += bits; have >= 8; have -= 8, word >>= 8) *to++ = (uint8_t)word;
    }
    assert(have == 0);
    out->n += (size_t)bits * (LEX_BLOCK / 8);
}

/* One block: head, gaps, term frequencies. */
static void write_full(Buf *out, const uint32_t *docs, const uint8_t *tfs, uint32_t previous) {
    uint32_t gaps[LEX_BLOCK], extra[LEX_BLOCK], any_gap = 0, any_extra = 0;
    for (unsigned i = 0; i < LEX_BLOCK; i++) {
        gaps[i] = docs[i] - previous - 1;
        extra[i] = tfs[i] - 1u;
        previous = docs[i];
        any_gap |= gaps[i];
        any_extra |= extra[i];
    }
    uint8_t bits[2] = {(uint8_t)bits_of(any_gap), (uint8_t)bits_of(any_extra)};
    assert(bits[0] <= DOC_BITS_MAX && bits[1] <= 8); /* docs ascend, no tf is 0: readers insist */
    buf_add(out, &previous, 4); /* by now the last one */
    buf_add(out, bits, 2);
    pack(out, gaps, bits_of(any_gap));
    pack(out, extra, bits_of(any_extra));
}

/* What is left behind the last full block. */
static void write_rest(Buf *out, const uint32_t *docs, const uint8_t *tfs, uint32_t n,
                       uint32_t previous) {
    assert(n < LEX_BLOCK);
    uint8_t *start = buf_reserve(out, (size_t)LEX_BLOCK * 5), *to = start;
    if (!to) return;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t value = (docs[i] - previous - 1) * 2 + (tfs[i] > 1);
        previous = docs[i];
        for (; value >= 128; value >>= 7) *to++ = (uint8_t)(value | 128);
        *to++ = (uint8_t)value;
        if (tfs[i] > 1) *to++ = tfs[i];
    }
    assert((size_t)(to - start) <= (size_t)n * 5); /* 25 bits of gap and flag, a byte of tf */
    out->n += (size_t)(to - start);
}

/* Where the next term's text and postings begin; of the last entry, where everything ends. */
static Status add_entry(LexWriter *w, uint32_t df, Err *err) {
    TRY(mem_grow((void **)&w->terms, &w->cap_terms, (size_t)w->footer.n_terms + 1, sizeof(LexTerm),
                 LEX_TERMS_MAX, err));
    w->terms[w->footer.n_terms] = (LexTerm){(uint32_t)w->texts.n, df,
                                            frame_at(w->frame) - w->footer.posts_at};
    return OK;
}

/* Postings go to the file at once; only words and their table are kept until the end. */
Status lex_writer_term(LexWriter *w, Str text, const uint32_t *docs, const uint8_t *tfs,
                       uint32_t df, Err *err) {
    assert(df >= 1 && df <= w->footer.n_docs && docs[df - 1] < w->footer.n_docs);
    TRY(add_entry(w, df, err));
    w->footer.n_terms++;
    buf_add_str(&w->texts, text);
    buf_clear(&w->posts);
    uint32_t previous = UINT32_MAX, done = 0;
    for (; df - done >= LEX_BLOCK; done += LEX_BLOCK) {
        write_full(&w->posts, docs + done, tfs + done, previous);
        previous = docs[done + LEX_BLOCK - 1];
    }
    write_rest(&w->posts, docs + done, tfs + done, df - done, previous);
    TRY(buf_check(&w->texts, "the word list", err));
    TRY(buf_check(&w->posts, "a list of passages", err));
    return frame_write(w->frame, w->posts.p, w->posts.n, err);
}

/* Everything behind the postings. SLACK bytes first: a reader's last 64-bit load stays inside the
   file. */
static Status write_tables(LexWriter *w, Err *err) {
    static const uint8_t slack[SLACK];
    TRY(add_entry(w, 0, err));
    TRY(frame_write(w->frame, slack, SLACK, err));
    TRY(frame_align(w->frame, 8, err));
    w->footer.terms_at = frame_at(w->frame);
    TRY(frame_write(w->frame, w->terms, ((size_t)w->footer.n_terms + 1) * sizeof(LexTerm), err));
    w->footer.texts_at = frame_at(w->frame);
    if (w->texts.n) TRY(frame_write(w->frame, w->texts.p, w->texts.n, err));
    TRY(frame_align(w->frame, 8, err));
    w->footer.footer_at = frame_at(w->frame);
    assert(w->footer.lens_at % 8 == 0 && w->footer.posts_at % 8 == 0);
    assert(w->footer.terms_at % 8 == 0 && w->footer.texts_at % 8 == 0);
    return frame_write(w->frame, &w->footer, sizeof w->footer, err);
}

/* The frame is gone after a commit, whatever became of it; abort frees the rest. */
Status lex_writer_commit(LexWriter *w, Err *err) {
    Status status = write_tables(w, err);
    if (status == OK) {
        status = frame_commit(w->frame, err);
        w->frame = NULL;
    }
    lex_writer_abort(w);
    return status;
}
