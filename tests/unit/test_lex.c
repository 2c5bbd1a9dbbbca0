/*
 * Promises of the inverted index: tokens, segments, exact BM25, merging, hostile bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "knowledge/lex.h"

/* ---- tokens ---------------------------------------------------------------------------------- */

static void join_token(void *user, const LexToken *token) {
    Buf *out = user;
    static const char *const marks[] = {"", "=", "", "."};
    if (out->n) buf_add_byte(out, ' ');
    buf_add_c(out, marks[token->kind]);
    buf_add(out, token->p, token->n);
}

static void assert_tokens(const char *text, const char *want) {
    Buf out;
    buf_init(&out, 1 << 20);
    lex_tokenize(str_from(text), join_token, &out);
    assert_string_equal(out.p ? out.p : "", want);
    buf_fini(&out);
}

static char *temporary(const char *name);

static void count_one(void *user, const LexToken *token) {
    assert_true(token->n >= 1 && token->n <= LEX_TERM_MAX);
    ++*(size_t *)user;
}

static size_t count_tokens(const char *text) {
    size_t n = 0;
    lex_tokenize(str_from(text), count_one, &n);
    return n;
}

static void lex_words_are_folded_and_lightly_stemmed(void **state) {
    assert_tokens("The Companies' running costs", "the compani run cost");
    assert_tokens("Stopped! stopping, stops", "stop stop stop");
    assert_tokens("Z\xC3\x9CRICH \xEF\xBC\xA1\xEF\xBC\xA2", "z\xC3\xBCrich ab");
    assert_tokens("Norway's", "norway");
    assert_tokens("", "");
    assert_tokens("\xFF\xFE x \x80", "x");
}

static void lex_identifiers_are_kept_whole(void **state) {
    assert_tokens("INV-2024-0012", "inv 2024 0012 =inv20240012");
    assert_tokens("12,500 12500 1,234,567.89 3.14", "12500 12500 1234567.89 3.14");
    assert_tokens("j.smith@example.org", "j smith exampl org =j.smith@example.org");
    assert_tokens("2024-03-15 2024/03/15", "2024 03 15 =20240315 2024 03 15 =20240315");
    assert_tokens("e-mail getUserName snake_case",
                  "e mail =email get user nam =getusername snak cas =snakecase");
    assert_tokens("C++ and C# x", "=c++ c and =c# c x");
    assert_tokens("10:30, a:b", "10 30 =10:30 a b");
}

static void lex_cjk_gives_overlapping_bigrams(void **state) {
    assert_tokens("\xE4\xB8\xAD\xE5\x9B\xBD\xE4\xBA\xBA", /* three characters */
                  "\xE4\xB8\xAD\xE5\x9B\xBD \xE5\x9B\xBD\xE4\xBA\xBA .\xE4\xBA\xBA");
    assert_tokens("2018\xE5\xB9\xB4", "2018 .\xE5\xB9\xB4");
}

static void lex_traditional_signs_give_the_tokens_of_simplified_ones(void **state) {
    assert_tokens("發票", "发票 .票");
    assert_tokens("发票", "发票 .票");
    assert_tokens("Wi-Fi密碼", "wi fi =wifi 密码 .码");
    assert_tokens("車", ".车");
    LexSeg old = {.texts = "发票發票", .n_texts = 12}, now = {.texts = "发票密码", .n_texts = 12};
    assert_true(lex_is_outdated(&old));
    assert_false(lex_is_outdated(&now));
}

/* Thai "ค่าเช่า", Khmer "ស្រី" (coeng stacks the second letter), digits apart. */
static void lex_scripts_without_blanks_give_pairs_of_letters_with_their_marks(void **state) {
    assert_tokens("ค่าเช่า", "ค่า าเ เช่ ช่า .า");
    assert_tokens("ស្រីល្អ", "ស្រីល្អ .ល្អ");
    assert_tokens("ก", ".ก");
    assert_tokens("ปี ๒๕๖๗", ".ปี ๒๕๖๗");
    char game[200] = "ก";
    for (int i = 0; i < 40; i++) strcat(game, "่"); /* a letter under forty marks */
    assert_true(count_tokens(game) > 1 && count_tokens(game) < 20);
}

static void lex_runs_of_an_older_hearth_are_told(void **state) {
    LexSeg seg;
    LexWriter *w;
    static const uint32_t doc = 0, id = 1;
    static const uint8_t len = 1, tf = 1;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(lex_writer_begin(temporary("o"), &id, &len, 1, &w, NULL), OK);
        Str word = i ? STR("ค่าเช่าบ้าน") : STR("ค่า");
        assert_int_equal(lex_writer_term(w, word, &doc, &tf, 1, NULL), OK);
        assert_int_equal(lex_writer_commit(w, NULL), OK);
        assert_int_equal(lex_open(temporary("o"), FRAME_CHECK_ALL, &seg, NULL), OK);
        assert_int_equal(lex_is_outdated(&seg), i);
        lex_close(&seg);
    }
    (void)unlink(temporary("o"));
}

static void lex_long_words_are_cut(void **state) {
    char text[4096];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    char want[LEX_TERM_MAX + 1];
    memset(want, 'x', LEX_TERM_MAX);
    want[LEX_TERM_MAX] = 0;
    assert_tokens(text, want);
}

static void lex_length_survives_packing_within_three_percent(void **state) {
    for (uint32_t n = 0; n < 400000; n += 1 + n / 50) {
        uint32_t back = lex_length_unpack(lex_length_pack(n));
        assert_true(back <= n && (double)(n - back) <= 0.0625 * n);
    }
}

/* ---- a small world --------------------------------------------------------------------------- */

enum { DOCS = 700, WORDS = 60, VOCABULARY = 300 };

static char *world_text(unsigned seed) {
    char *text = malloc(WORDS * 8 + 1);
    size_t at = 0;
    unsigned n = 5 + seed * 7 % WORDS;
    for (unsigned i = 0; i < n; i++) {
        seed = seed * 1103515245u + 12345u;
        unsigned r = seed >> 8 & 0xFFFF, word = r * r / 65536u * VOCABULARY / 65536u; /* skewed */
        at += (size_t)sprintf(text + at, "w%03u ", word);
    }
    text[at] = 0;
    return text;
}

static char *temporary(const char *name) {
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/hearth-lex-%ld-%s", getenv("TMPDIR") ? getenv("TMPDIR")
                                                                              : "/tmp",
                   (long)getpid(), name);
    return path;
}

/* Documents from..to (ids 10 apart) as one segment. */
static LexSeg world_segment(unsigned from, unsigned to, const char *name) {
    LexBuilder *b;
    LexSeg seg;
    assert_int_equal(lex_builder_new(&b, NULL), OK);
    for (unsigned i = from; i < to; i++) {
        char *text = world_text(i + 1);
        assert_int_equal(lex_builder_add(b, i * 10 + 5, STR("title"), str_from(text), NULL), OK);
        free(text);
    }
    assert_int_equal(lex_builder_write(b, temporary(name), NULL), OK);
    lex_builder_free(b);
    assert_int_equal(lex_open(temporary(name), FRAME_CHECK_ALL, &seg, NULL), OK);
    (void)unlink(temporary(name));
    return seg;
}

static unsigned count_word(const char *text, const char *word, unsigned *length) {
    unsigned n = 0, total = 0;
    for (const char *at = text; *at; at += strcspn(at, " ") + 1) {
        total++;
        n += strncmp(at, word, 4) == 0;
    }
    *length = total;
    return n;
}

/* BM25 as the book says it, over all documents that `alive` leaves. */
static double brute_score(const char *const *texts, unsigned doc, const char *word, double average,
                          unsigned df) {
    unsigned length, tf = count_word(texts[doc], word, &length);
    LexScoring sc = lex_scoring_default();
    double packed = lex_length_unpack(lex_length_pack(length));
    double k = sc.k1 * (1 - sc.b + sc.b * packed / average);
    double idf = log(1 + (DOCS - df + 0.5) / (df + 0.5));
    return tf ? idf * tf * (sc.k1 + 1) / (tf + k) : 0;
}

static void check_question(const LexSeg *const *segs, size_t n_segs, const char *const *texts,
                           const char *const *words, unsigned n_words) {
    Arena arena;
    LexQuery q;
    LexHit top[20], also[DOCS];
    char question[256] = "";
    double average = 0, best[DOCS];
    for (unsigned i = 0; i < n_words; i++) (void)strcat(strcat(question, words[i]), " ");
    arena_init(&arena, 1 << 20);
    assert_int_equal(lex_query_parse(str_from(question), &arena, &q, NULL), OK);
    for (unsigned d = 0; d < DOCS; d++) {
        unsigned length;
        (void)count_word(texts[d], "none", &length);
        average += (double)lex_length_unpack(lex_length_pack(length)) / DOCS;
        also[d] = (LexHit){d * 10 + 5, -1};
        best[d] = 0;
    }
    for (unsigned w = 0; w < n_words; w++) {
        unsigned df = 0, length;
        for (unsigned d = 0; d < DOCS; d++) df += count_word(texts[d], words[w], &length) > 0;
        for (unsigned d = 0; df && d < DOCS; d++) {
            best[d] += brute_score(texts, d, words[w], average, df);
        }
    }
    LexSearch search = {segs, n_segs, &q, lex_scoring_default(), top, 20, 0, also, DOCS, 0, 0};
    assert_int_equal(lex_search(&search, NULL), OK);
    for (unsigned d = 0; d < DOCS; d++) {
        assert_true(fabs(also[d].score - best[d]) < 1e-3 * (1 + best[d]));
    }
    search.n_also = 0; /* now with pruning, for which few must be wanted */
    search.top_max = 5;
    assert_int_equal(lex_search(&search, NULL), OK);
    for (size_t i = 0; i < search.n_top; i++) {
        unsigned better = 0, doc = (top[i].chunk - 5) / 10;
        assert_true(fabs(top[i].score - best[doc]) < 1e-3 * (1 + best[doc]));
        for (unsigned d = 0; d < DOCS; d++) better += best[d] > best[doc] + 1e-3;
        assert_true(better <= i);
    }
    arena_fini(&arena);
}

static void lex_scores_equal_brute_force_bm25(void **state) {
    char *texts[DOCS];
    for (unsigned i = 0; i < DOCS; i++) texts[i] = world_text(i + 1);
    LexSeg a = world_segment(0, 500, "a"), b = world_segment(500, 510, "b"),
           c = world_segment(510, DOCS, "c");
    const LexSeg *segs[] = {&a, &b, &c};
    const char *common[] = {"w000", "w001", "w002", "w150"};
    const char *rare[] = {"w299", "w250", "w000"};
    const char *absent[] = {"zzzz"};
    check_question(segs, 3, (const char *const *)texts, common, 4);
    check_question(segs, 3, (const char *const *)texts, rare, 3);
    check_question(segs, 3, (const char *const *)texts, absent, 1);
    lex_close(&a);
    lex_close(&b);
    lex_close(&c);
    for (unsigned i = 0; i < DOCS; i++) free(texts[i]);
}

static int score_down(const void *a, const void *b) {
    float x = ((const LexHit *)a)->score, y = ((const LexHit *)b)->score;
    return x > y ? -1 : x < y;
}

/* Asking for every score leaves nothing to prune: that is the reference. */
static void lex_pruning_changes_no_result(void **state) {
    enum { MANY = 6000, CUT = 4500, WANT = 5 };
    LexSeg a = world_segment(0, CUT, "pa"), b = world_segment(CUT, MANY, "pb");
    const LexSeg *segs[] = {&a, &b};
    LexHit *also = mem_alloc_n(MANY, sizeof *also), top[WANT];
    unsigned seed = 77;
    for (int round = 0; round < 150; round++) {
        char question[128] = "";
        for (int w = 0; w < 3 + round % 5; w++) {
            seed = seed * 1103515245u + 12345u;
            unsigned r = seed >> 8 & 0xFFFF, word = w ? r * r / 65536u * VOCABULARY / 65536u
                                                      : VOCABULARY - 1 - r % 40;
            (void)snprintf(question + strlen(question), 16, "w%03u ", word);
        }
        Arena arena;
        LexQuery q;
        arena_init(&arena, 1 << 20);
        assert_int_equal(lex_query_parse(str_from(question), &arena, &q, NULL), OK);
        for (uint32_t d = 0; d < MANY; d++) also[d] = (LexHit){d * 10 + 5, 0};
        LexSearch search = {.segs = segs, .n_segs = 2, .query = &q, .top = top, .top_max = WANT,
                            .scoring = lex_scoring_default(), .also = also, .n_also = MANY};
        assert_int_equal(lex_search(&search, NULL), OK);
        search.n_also = 0;
        assert_int_equal(lex_search(&search, NULL), OK);
        qsort(also, MANY, sizeof *also, score_down);
        assert_int_equal(search.n_top, WANT);
        for (int i = 0; i < WANT; i++) assert_true(fabsf(top[i].score - also[i].score) < 1e-4f);
        arena_fini(&arena);
    }
    mem_free(also);
    lex_close(&a);
    lex_close(&b);
}

static void assert_same_postings(const LexSeg *a, const LexSeg *b) {
    assert_int_equal(a->n_terms, b->n_terms);
    assert_int_equal(a->n_docs, b->n_docs);
    assert_memory_equal(a->ids, b->ids, a->n_docs * 4);
    for (uint32_t t = 0; t < a->n_terms; t++) {
        LexCursor x, y;
        assert_true(str_eq(lex_term_text(a, t), lex_term_text(b, t)));
        lex_cursor_init(&x, a, t);
        lex_cursor_init(&y, b, t);
        do {
            assert_int_equal(lex_cursor_next(&x, NULL), OK);
            assert_int_equal(lex_cursor_next(&y, NULL), OK);
            assert_int_equal(x.n, y.n);
            assert_memory_equal(x.docs, y.docs, x.n * 4);
            assert_memory_equal(x.tfs, y.tfs, x.n);
        } while (x.n);
    }
}

static void lex_merge_equals_building_at_once_and_drops_the_dead(void **state) {
    LexSeg all = world_segment(0, DOCS, "all"), a = world_segment(0, 400, "a"),
           b = world_segment(400, DOCS, "b"), merged, half;
    const LexSeg *segs[] = {&a, &b};
    uint32_t n;
    assert_int_equal(lex_merge(segs, NULL, 2, temporary("m"), &n, NULL), OK);
    assert_int_equal(n, DOCS);
    assert_int_equal(lex_open(temporary("m"), FRAME_CHECK_ALL, &merged, NULL), OK);
    assert_same_postings(&all, &merged);
    bool live[400] = {false};
    const bool *lives[] = {live, NULL};
    assert_int_equal(lex_merge(segs, lives, 2, temporary("m"), &n, NULL), OK);
    assert_int_equal(n, DOCS - 400);
    assert_int_equal(lex_open(temporary("m"), FRAME_CHECK_ALL, &half, NULL), OK);
    assert_same_postings(&half, &b);
    assert_int_equal(lex_merge(segs, lives, 1, temporary("none"), &n, NULL), OK);
    assert_int_equal(n, 0);
    assert_int_not_equal(access(temporary("none"), F_OK), 0);
    (void)unlink(temporary("m"));
    lex_close(&all);
    lex_close(&a);
    lex_close(&b);
    lex_close(&merged);
    lex_close(&half);
}

static void lex_one_cjk_character_finds_every_place_of_it(void **state) {
    LexBuilder *b;
    LexSeg seg;
    assert_int_equal(lex_builder_new(&b, NULL), OK);
    static const char *const texts[] = {"\xE8\xBD\xA6\xE5\xBA\x93", "\xE5\xBC\x80\xE8\xBD\xA6",
                                        "\xE8\xBD\xA6", "\xE5\xBA\x93"};
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(lex_builder_add(b, i + 1, STR(""), str_from(texts[i]), NULL), OK);
    }
    assert_int_equal(lex_builder_write(b, temporary("cjk"), NULL), OK);
    lex_builder_free(b);
    assert_int_equal(lex_open(temporary("cjk"), FRAME_CHECK_ALL, &seg, NULL), OK);
    (void)unlink(temporary("cjk"));
    Arena arena;
    LexQuery q;
    LexHit top[10];
    const LexSeg *segs[] = {&seg};
    arena_init(&arena, 1 << 20);
    assert_int_equal(lex_query_parse(STR("\xE8\xBD\xA6"), &arena, &q, NULL), OK);
    LexSearch search = {segs, 1, &q, lex_scoring_default(), top, 10, 0, NULL, 0, 0, 0};
    assert_int_equal(lex_search(&search, NULL), OK);
    assert_int_equal(search.n_top, 3);
    arena_fini(&arena);
    lex_close(&seg);
}

static void lex_words_of_grammar_weigh_little_in_questions(void **state) {
    static const struct {
        const char *question, *heavy, *light;
    } rows[] = {{"How much was paid?", "paid", "much"},
                {"Does this kiln stop?", "kiln", "doe"},
                {"\xE5\xA4\x9A\xE5\xB0\x91\xE9\x92\xB1", "\xE5\xB0\x91\xE9\x92\xB1",
                 "\xE5\xA4\x9A\xE5\xB0\x91"}}; /* "how much money" */
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Arena arena;
        LexQuery q;
        float heavy = 0, light = 0;
        arena_init(&arena, 1 << 20);
        assert_int_equal(lex_query_parse(str_from(rows[i].question), &arena, &q, NULL), OK);
        for (size_t t = 0; t < q.n; t++) {
            if (str_eq(q.terms[t].text, str_from(rows[i].heavy))) heavy = q.terms[t].weight;
            if (str_eq(q.terms[t].text, str_from(rows[i].light))) light = q.terms[t].weight;
        }
        assert_true(light > 0 && light <= heavy / 2);
        arena_fini(&arena);
    }
}

/* "When did it begin?" finds "it began", half as well as "begin". */
static void a_question_finds_the_other_forms_of_its_verbs(void **state) {
    static const struct {
        const char *question, *form;
        float weight;
    } rows[] = {{"When did the fair begin?", "began", 0.5F},
                {"When did the fair begin?", "begun", 0.5F},
                {"When did the fair begin?", "begin", 1},
                {"Who sweeps the chimney?", "swept", 0.5F},
                {"Who had written it?", "wrot", 0.5F},
                {"Was the written note what she wrote?", "wrot", 1},
                {"Who saw the fair?", "see", 0},
                {"Who mends the fair?", "swept", 0}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Arena arena;
        LexQuery q;
        float weight = 0;
        size_t forms = 0;
        arena_init(&arena, 1 << 20);
        assert_int_equal(lex_query_parse(str_from(rows[i].question), &arena, &q, NULL), OK);
        for (size_t t = 0; t < q.n; t++) {
            if (str_eq_c(q.terms[t].text, rows[i].form)) weight += q.terms[t].weight;
            forms += q.terms[t].form;
        }
        if (weight != rows[i].weight) fail_msg("%s: %s", rows[i].question, rows[i].form);
        assert_int_equal(q.n, q.n_asked + forms);
        arena_fini(&arena);
    }
}

/* ---- hostile bytes --------------------------------------------------------------------------- */

/* The guesses for a question over one text, joined by blanks. */
static const char *guesses(const char *text, const char *question) {
    static char out[512];
    Arena arena;
    LexBuilder *b;
    LexQuery q;
    LexSeg seg;
    const LexSeg *segs[] = {&seg};
    arena_init(&arena, 1 << 20);
    assert_int_equal(lex_builder_new(&b, NULL), OK);
    assert_int_equal(lex_builder_add(b, 1, STR(""), str_from(text), NULL), OK);
    assert_int_equal(lex_builder_write(b, temporary("g"), NULL), OK);
    lex_builder_free(b);
    assert_int_equal(lex_open(temporary("g"), FRAME_CHECK_ALL, &seg, NULL), OK);
    assert_int_equal(lex_query_parse(str_from(question), &arena, &q, NULL), OK);
    size_t n = q.n;
    assert_int_equal(lex_guess(segs, 1, &arena, &q, NULL), OK);
    out[0] = 0;
    for (size_t i = n; i < q.n; i++) {
        size_t at = strlen(out);
        assert_true(q.terms[i].form && q.terms[i].weight == 0.5F);
        (void)snprintf(out + at, sizeof out - at, "%s%.*s", at ? " " : "", (int)q.terms[i].text.n,
                       q.terms[i].text.p);
    }
    lex_close(&seg);
    arena_fini(&arena);
    (void)unlink(temporary("g"));
    return out;
}

static void a_word_that_is_nowhere_is_taken_for_the_nearest(void **state) {
    static const struct {
        const char *text, *question, *want;
    } rows[] = {
        {"The parcel was received.", "recieved", "receiv"},
        {"The boiler is new.", "biler boilr bolier booiler", "boiler"},
        {"Zug nach Z\xC3\xBCrich", "Zurich", "z\xC3\xBCrich"},
        {"Zug nach Zurich", "Z\xC3\xBCrich", "zurich"},
        {"Zug nach M\xC3\xBCnchen", "Muenchen", "m\xC3\xBCnchen"},
        {"die Mietvertragsk\xC3\xBCndigung", "K\xC3\xBCndigungen", "mietvertragsk\xC3\xBCndigung"},
        {"die K\xC3\xBCndigung", "Mietvertragsk\xC3\xBCndigung", "k\xC3\xBCndigung"},
        {"des Vertrags", "Vertr\xC3\xA4gen", "vertrag"},
        {"received recieves", "received", ""}, /* it is there */
        {"invoice 20240013", "20240012", ""},  /* a digit is no slip */
        {"a cat", "cats cut cot", ""},         /* too short */
        {"\xE6\x88\xBF\xE7\xA7\x9F", "\xE6\x88\xBF\xE9\x97\xB4", ""},
        {"the plumber came", "gardener", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_string_equal(guesses(rows[i].text, rows[i].question), rows[i].want);
    }
}

static void read_everything(const LexSeg *seg) {
    for (uint32_t t = 0; t < seg->n_terms; t++) {
        LexCursor c;
        (void)lex_term_text(seg, t);
        lex_cursor_init(&c, seg, t);
        while (lex_cursor_next(&c, NULL) == OK && c.n) {
            for (uint32_t i = 0; i < c.n; i++) assert_true(c.docs[i] < seg->n_docs);
        }
    }
}

static void lex_damaged_segments_are_told_or_harmless(void **state) {
    LexSeg good = world_segment(0, 300, "good");
    size_t n = good.frame.payload_bytes;
    uint8_t *bytes = mem_aligned(64, n);
    unsigned seed = 1;
    for (int round = 0; round < 3000; round++) {
        memcpy(bytes, good.frame.payload, n);
        size_t length = n;
        for (int flips = 0; flips < 1 + round % 4; flips++) {
            seed = seed * 1103515245u + 12345u;
            /* half of the damage in the tables at the end, where it hurts most */
            size_t at = round % 2 ? seed % n : n - 1 - seed % 2000;
            bytes[at] ^= (uint8_t)(1u << (seed >> 28));
        }
        if (round % 10 == 0) length = seed % n / 8 * 8;
        LexSeg seg;
        if (lex_view(bytes, length, &seg, NULL) == OK) read_everything(&seg);
    }
    mem_free(bytes);
    lex_close(&good);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lex_words_are_folded_and_lightly_stemmed),
        cmocka_unit_test(lex_identifiers_are_kept_whole),
        cmocka_unit_test(lex_cjk_gives_overlapping_bigrams),
        cmocka_unit_test(lex_traditional_signs_give_the_tokens_of_simplified_ones),
        cmocka_unit_test(lex_scripts_without_blanks_give_pairs_of_letters_with_their_marks),
        cmocka_unit_test(lex_runs_of_an_older_hearth_are_told),
        cmocka_unit_test(lex_long_words_are_cut),
        cmocka_unit_test(lex_length_survives_packing_within_three_percent),
        cmocka_unit_test(lex_scores_equal_brute_force_bm25),
        cmocka_unit_test(lex_pruning_changes_no_result),
        cmocka_unit_test(lex_merge_equals_building_at_once_and_drops_the_dead),
        cmocka_unit_test(lex_one_cjk_character_finds_every_place_of_it),
        cmocka_unit_test(lex_words_of_grammar_weigh_little_in_questions),
        cmocka_unit_test(a_question_finds_the_other_forms_of_its_verbs),
        cmocka_unit_test(a_word_that_is_nowhere_is_taken_for_the_nearest),
        cmocka_unit_test(lex_damaged_segments_are_told_or_harmless),
    };
    return cmocka_run_group_tests_name("lex", tests, NULL, NULL);
}
