/*
 * Any bytes as the payload of a lexical segment: it is refused, or every word, every list, a search
 * and a merge over it stay inside it. Half of the inputs get a consistent table of contents, so
 * that what lies behind it is reached.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "knowledge/lex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_lists(const LexSeg *seg) {
    for (uint32_t t = 0; t < seg->n_terms && t < 4096; t++) {
        LexCursor c;
        lex_cursor_init(&c, seg, t);
        while (lex_cursor_next(&c, NULL) == OK && c.n) {
            for (uint32_t i = 0; i < c.n; i++) {
                if (c.docs[i] >= seg->n_docs || c.tfs[i] == 0) abort();
            }
        }
    }
}

static void search(const LexSeg *seg) {
    Arena arena;
    LexQuery query;
    LexHit top[8];
    const LexSeg *segs[] = {seg};
    arena_init(&arena, 1 << 20);
    Str word = seg->n_terms ? lex_term_text(seg, seg->n_terms / 2) : STR("x");
    if (word.n > 1) word.n--; /* a word that is nowhere, with others near to it */
    bool parsed = lex_query_parse(word, &arena, &query, NULL) == OK;
    if (parsed && lex_guess(segs, 1, &arena, &query, NULL) == OK) {
        LexSearch s = {.segs = segs, .n_segs = 1, .query = &query, .top = top, .top_max = 8,
                       .scoring = lex_scoring_default()};
        (void)lex_search(&s, NULL);
    }
    arena_fini(&arena);
}

static void merge(const LexSeg *seg) {
    static int fd = -1;
    static char path[64];
    const LexSeg *segs[] = {seg};
    uint32_t n;
    if (seg->n_terms > 256) return; /* time */
    if (fd < 0) {
        (void)snprintf(path, sizeof path, "/tmp/fuzz-lexseg-%ld", (long)getpid());
        fd = 0;
    }
    if (lex_merge(segs, NULL, 1, path, &n, NULL) == OK) (void)unlink(path);
}

static void use(const uint8_t *bytes, size_t n) {
    LexSeg seg;
    if (lex_view(bytes, n, &seg, NULL) != OK) return;
    read_lists(&seg);
    search(&seg);
    merge(&seg);
}

/* docs, lists and words at fixed places of the input, with a footer that says so. */
static size_t arrange(uint8_t *b, size_t n) {
    if (n < 256) return n;
    uint64_t docs = 8 + b[0] % 32, terms = b[1] % 8, at[6];
    n = n / 8 * 8;
    at[0] = 0;
    at[1] = docs * 4;
    at[2] = at[1] + (docs + 7) / 8 * 8;
    at[5] = n - 64;
    at[4] = at[5] - 32;
    at[3] = at[4] - (terms + 1) * 16;
    if (at[3] > n || at[3] < at[2] + 8) return n;
    for (uint32_t i = 0; i < docs; i++) memcpy(b + i * 4, &i, 4);
    memcpy(b + at[5], at, sizeof at);
    uint32_t counts[2] = {(uint32_t)docs, (uint32_t)terms};
    memcpy(b + at[5] + 56, counts, 8);
    for (uint32_t i = 0; i <= terms; i++) {
        uint64_t post = i * (at[3] - at[2] - 8) / (terms + 1);
        uint32_t entry[2] = {i * 3, 1 + b[2 + i] % (uint32_t)docs};
        memcpy(b + at[3] + i * 16, entry, 8);
        memcpy(b + at[3] + i * 16 + 8, &post, 8);
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *bytes = mem_aligned(64, size);
    if (!bytes) return 0;
    memcpy(bytes, data, size);
    use(bytes, size);
    use(bytes, arrange(bytes, size));
    mem_free(bytes);
    return 0;
}
