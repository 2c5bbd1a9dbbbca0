/*
 * Any bytes as a question and as a text: tokens keep their promises (1..LEX_TERM_MAX bytes, inside
 * the ceiling of a query), and what a text holds, a question of the same bytes finds in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "knowledge/lex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_token(void *user, const LexToken *token) {
    size_t *n = user;
    if (token->n < 1 || token->n > LEX_TERM_MAX) abort();
    (*n)++;
}

static void find_itself(Str text, const LexQuery *query) {
    static char path[64];
    LexBuilder *b;
    LexSeg seg;
    LexHit top[2];
    if (lex_builder_new(&b, NULL) != OK) return;
    (void)snprintf(path, sizeof path, "/tmp/fuzz-query-%ld", (long)getpid());
    if (lex_builder_add(b, 7, STR("context"), text, NULL) != OK) abort();
    if (lex_builder_write(b, path, NULL) != OK) abort();
    lex_builder_free(b);
    if (lex_open(path, FRAME_CHECK_ALL, &seg, NULL) != OK) abort();
    (void)unlink(path);
    const LexSeg *segs[] = {&seg};
    LexSearch s = {.segs = segs, .n_segs = 1, .query = query, .top = top, .top_max = 2,
                   .scoring = lex_scoring_default()};
    if (lex_search(&s, NULL) != OK) abort();
    if (query->n && (s.n_top != 1 || top[0].chunk != 7)) abort();
    if (s.n_terms_found != query->n_asked) abort();
    lex_close(&seg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Arena arena;
    LexQuery query;
    size_t n = 0;
    Str text = {(const char *)data, size};
    lex_tokenize(text, on_token, &n);
    if (n > 2 * size) abort();
    arena_init(&arena, 4 << 20);
    if (lex_query_parse(text, &arena, &query, NULL) != OK) abort();
    if (query.n > LEX_QUERY_TERMS_MAX) abort();
    find_itself(text, &query);
    arena_fini(&arena);
    return 0;
}
