/*
 * Promises of the chunker.
 */
/* cmocka needs these first */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <time.h>

#include "base/utf8.h"
#include "knowledge/chunk.h"

typedef struct Fixture {
    Doc doc;
    Arena arena;
    Chunk *chunks;
    size_t n;
} Fixture;

static void begin(Fixture *f) {
    doc_init(&f->doc);
    arena_init(&f->arena, (size_t)64 << 20);
}

static void add_str(Fixture *f, BlockKind kind, int level, uint32_t page, Str text) {
    Err err;
    assert_int_equal(doc_add(&f->doc, kind, level, page, page ? 0 : 1, text, &err), OK);
}

static void add(Fixture *f, BlockKind kind, int level, uint32_t page, const char *text) {
    add_str(f, kind, level, page, str_from(text));
}

static void add_words(Fixture *f, BlockKind kind, uint32_t page, int words) {
    Buf text;
    buf_init(&text, 1 << 24);
    for (int i = 0; i < words; i++)
        buf_printf(&text, i % 12 == 11 ? "stop. " : i % 12 ? "word " : "Then ");
    Str s = str_trim(buf_str(&text));
    Err err;
    assert_int_equal(doc_add(&f->doc, kind, 0, page, 1, s, &err), OK);
    buf_fini(&text);
}

/* Chunks, and checks what holds for every document. */
static void run(Fixture *f, const char *name) {
    Err err;
    assert_int_equal(chunk_doc(&f->doc, name, NULL, &f->arena, &f->chunks, &f->n, &err), OK);
    size_t at = 0;
    Str text = buf_str(&f->doc.text);
    for (size_t i = 0; i < f->n; i++) {
        const Chunk *c = &f->chunks[i];
        assert_true(c->start >= at && c->end > c->start && c->end <= text.n);
        assert_int_equal(str_trim(str_sub(text, at, c->start)).n, 0); /* only blanks between */
        Str s = str_sub(text, c->start, c->end);
        assert_int_equal(str_trim(s).n, s.n);
        assert_true(utf8_valid(s));
        assert_true(strlen(c->context) <= CHUNK_CONTEXT_MAX);
        assert_true(utf8_valid(str_from(c->context)));
        at = c->end;
    }
    assert_int_equal(str_trim(str_sub(text, at, text.n)).n, 0);
}

static void end(Fixture *f) {
    doc_fini(&f->doc);
    arena_fini(&f->arena);
}

static void a_short_document_is_one_chunk(void **state) {
    Fixture f;
    begin(&f);
    add(&f, BLOCK_HEADING, 1, 0, "One");
    add(&f, BLOCK_PARAGRAPH, 0, 0, "Some words.");
    add(&f, BLOCK_HEADING, 1, 0, "Two");
    add(&f, BLOCK_PARAGRAPH, 0, 0, "More words.");
    run(&f, "dir/short.txt");
    assert_int_equal(f.n, 1);
    assert_string_equal(f.chunks[0].context, "short.txt");
    end(&f);
}

static void a_day_is_said_as_people_say_it(void **state) {
    static const struct {
        const char *name, *text, *want;
    } cases[] = {
        {"2023-05-02.txt", "I went to the park and read.",
         "2023-05-02.txt | 2 May 2023, May 2nd"},
        {"IMG_20230512.txt", "This is what we saw there.",
         "IMG_20230512.txt | 12 May 2023, May 12th"},
        {"2023-05-02.txt", "Ich war mit dem Hund im Park und habe gelesen.",
         "2023-05-02.txt | 2. Mai 2023"},
        {"2023-05-02.txt", "我去了公园。", "2023-05-02.txt | 2023年5月2日"},
        {"scan20230502141500.txt", "I went to the park and read.",
         "scan20230502141500.txt | 2 May 2023, May 2nd"},
        {"2023-15-02.txt", "I went to the park.", "2023-15-02.txt"},
        {"120230502.txt", "I went to the park.", "120230502.txt"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Fixture f;
        begin(&f);
        add(&f, BLOCK_PARAGRAPH, 0, 0, cases[i].text);
        run(&f, cases[i].name);
        assert_string_equal(f.chunks[0].context, cases[i].want);
        end(&f);
    }
}

/* Turns of some 60 tokens, every third of which asks. */
static void add_turns(Fixture *f) {
    for (int i = 0; i < 40; i++) {
        char text[400];
        (void)snprintf(text, sizeof text, "%s: %s%s", i % 2 ? "Ben" : "Anna",
                       i % 3 == 2 ? "And then" : "We were there and saw what there was to be seen "
                                                 "and went home in the evening and were glad "
                                                 "and ate something and slept until it was noon",
                       i % 3 == 2 ? "?" : ".");
        add(f, BLOCK_LIST_ITEM, 0, 0, text);
    }
}

static void a_conversation_is_cut_between_turns_and_behind_no_question(void **state) {
    Fixture f;
    begin(&f);
    f.doc.format = mem_strdup("chat");
    f.doc.author = mem_strdup("Anna, Ben");
    f.doc.date = mem_strdup("2023-05-01");
    add_turns(&f);
    run(&f, "talk.txt");
    assert_true(f.n > 3);
    for (size_t i = 0; i < f.n; i++) {
        Str text = str_sub(buf_str(&f.doc.text), f.chunks[i].start, f.chunks[i].end);
        assert_true(str_starts(text, STR("Anna: ")) || str_starts(text, STR("Ben: ")));
        assert_false(i + 1 < f.n && str_ends(text, STR("?")));
        assert_true(f.chunks[i].tokens <= 350);
        assert_string_equal(f.chunks[i].context,
                            "talk.txt | Anna, Ben | 2023-05-01 | 1 May 2023, May 1st");
    }
    end(&f);
}

static void a_document_without_text_has_no_chunks(void **state) {
    Fixture f;
    begin(&f);
    run(&f, "empty");
    assert_int_equal(f.n, 0);
    end(&f);
}

static void chunks_have_200_to_350_tokens_where_the_text_allows(void **state) {
    Fixture f;
    begin(&f);
    for (int i = 0; i < 60; i++) add_words(&f, BLOCK_PARAGRAPH, 0, 60);
    run(&f, "long.txt");
    assert_true(f.n > 5);
    for (size_t i = 0; i < f.n; i++) assert_in_range(f.chunks[i].tokens, 200, 350);
    end(&f);
}

static void a_long_paragraph_is_cut_at_sentence_ends(void **state) {
    Fixture f;
    begin(&f);
    add_words(&f, BLOCK_PARAGRAPH, 0, 2400);
    run(&f, "long.txt");
    for (size_t i = 0; i < f.n; i++) {
        assert_in_range(f.chunks[i].tokens, 200, 350);
        assert_true(str_ends(str_sub(buf_str(&f.doc.text), f.chunks[i].start, f.chunks[i].end),
                             STR("stop.")));
    }
    end(&f);
}

static void one_endless_word_is_cut_all_the_same(void **state) {
    Fixture f;
    Buf text;
    Err err;
    begin(&f);
    buf_init(&text, 1 << 24);
    for (int i = 0; i < 300000; i++) buf_add_byte(&text, 'x');
    for (int i = 0; i < 100000; i++) buf_add_c(&text, "中");
    assert_int_equal(doc_add(&f.doc, BLOCK_PARAGRAPH, 0, 0, 1, buf_str(&text), &err), OK);
    run(&f, "x");
    for (size_t i = 0; i < f.n; i++) assert_true(f.chunks[i].tokens <= 400);
    buf_fini(&text);
    end(&f);
}

/* Slides are short; a heading at the foot of a page goes with the text on the next one. */
static void a_chunk_is_cited_by_the_page_of_its_text(void **state) {
    Fixture f;
    begin(&f);
    for (uint32_t page = 1; page <= 3; page++) {
        add(&f, BLOCK_HEADING, 2, page, "Milestones");
        add(&f, BLOCK_LIST_ITEM, 1, page, "- Series production starts in October");
    }
    add(&f, BLOCK_HEADING, 2, 3, "Team");
    add(&f, BLOCK_PARAGRAPH, 0, 4, "Maria leads it.");
    run(&f, "talk.pptx");
    assert_int_equal(f.n, 4);
    for (size_t i = 0; i < f.n; i++) assert_int_equal(f.chunks[i].page, i + 1);
    assert_non_null(strstr(f.doc.text.p + f.chunks[3].start, "Team"));
    end(&f);
}

static void a_page_ends_a_chunk(void **state) {
    Fixture f;
    begin(&f);
    for (uint32_t page = 1; page <= 4; page++) add_words(&f, BLOCK_PARAGRAPH, page, 90);
    run(&f, "a.pdf");
    assert_int_equal(f.n, 4);
    for (size_t i = 0; i < f.n; i++) assert_int_equal(f.chunks[i].page, i + 1);
    end(&f);
}

static void a_table_row_is_never_split_and_knows_its_header(void **state) {
    Fixture f;
    begin(&f);
    f.doc.title = mem_strdup("Boats");
    add(&f, BLOCK_HEADING, 2, 0, "List");
    add(&f, BLOCK_TABLE_ROW, 1, 0, "Name | Length");
    for (int i = 0; i < 200; i++) add_words(&f, BLOCK_TABLE_ROW, 0, 20);
    add_words(&f, BLOCK_TABLE_ROW, 0, 900); /* longer than a chunk */
    run(&f, "boats.csv");
    for (size_t i = 1; i < f.n; i++) {
        assert_string_equal(f.chunks[i].context, "Boats | List | Name | Length");
        bool at_row = false;
        for (size_t k = 0; k < f.doc.n_blocks; k++)
            at_row |= f.doc.blocks[k].start == f.chunks[i].start;
        assert_true(at_row);
    }
    assert_true(f.chunks[f.n - 1].tokens > 350);
    end(&f);
}

/* An export, or a script, may be one line of megabytes. */
static void a_line_that_is_longer_than_a_chunk_is_cut_between_its_records(void **state) {
    Fixture f;
    Buf text;
    begin(&f);
    buf_init(&text, 1 << 24);
    for (int i = 0; i < 3000; i++) {
        buf_printf(&text, "%s{\"id\": %d, \"note\": \"boiler in room %d\"}", i ? ", " : "[", i, i);
    }
    add_str(&f, BLOCK_CODE, 0, 0, buf_str(&text));
    run(&f, "export.json");
    assert_true(f.n > 100);
    for (size_t i = 0; i < f.n; i++) {
        Str s = str_sub(buf_str(&f.doc.text), f.chunks[i].start, f.chunks[i].end);
        assert_in_range(f.chunks[i].tokens, i + 1 < f.n ? 200 : 1, 350);
        assert_true(i == 0 || str_starts(s, STR("{\"id\": ")));
        assert_true(i + 1 == f.n || str_ends(s, STR("},")));
        assert_int_equal(f.chunks[i].line, 1);
    }
    buf_fini(&text);
    end(&f);
}

static void a_row_as_long_as_many_chunks_is_cut_between_its_cells(void **state) {
    Fixture f;
    Buf text;
    begin(&f);
    buf_init(&text, 1 << 24);
    for (int i = 0; i < 4000; i++) buf_printf(&text, "%scell %d", i ? " | " : "", i);
    add(&f, BLOCK_TABLE_ROW, 1, 0, "Name | Value");
    add_str(&f, BLOCK_TABLE_ROW, 0, 0, buf_str(&text));
    run(&f, "wide.csv");
    assert_true(f.n > 30);
    for (size_t i = 1; i < f.n; i++) {
        Str s = str_sub(buf_str(&f.doc.text), f.chunks[i].start, f.chunks[i].end);
        assert_true(f.chunks[i].tokens <= 350);
        assert_true(str_starts(s, STR("cell ")));
        assert_string_equal(f.chunks[i].context, "wide.csv | Name | Value");
    }
    buf_fini(&text);
    end(&f);
}

static void a_heading_goes_with_its_text_and_into_the_context(void **state) {
    Fixture f;
    begin(&f);
    f.doc.title = mem_strdup("Report");
    f.doc.author = mem_strdup("Ann Li");
    f.doc.date = mem_strdup("2024-03-01");
    add(&f, BLOCK_HEADING, 1, 0, "Results");
    add(&f, BLOCK_HEADING, 2, 0, "Europe");
    for (int i = 0; i < 6; i++) add_words(&f, BLOCK_PARAGRAPH, 0, 200);
    add(&f, BLOCK_HEADING, 2, 0, "Asia");
    add_words(&f, BLOCK_PARAGRAPH, 0, 200);
    run(&f, "r.docx");
    assert_string_equal(f.chunks[1].context, "Report | Ann Li | 2024-03-01 | Results > Europe");
    const Chunk *last = &f.chunks[f.n - 1];
    assert_true(str_starts(str_sub(buf_str(&f.doc.text), last->start, last->end), STR("Asia\n\n")));
    assert_string_equal(last->context, "Report | Ann Li | 2024-03-01 | Results");
    end(&f);
}

static void the_line_of_a_chunk_is_the_line_of_its_first_byte(void **state) {
    Fixture f;
    Buf text;
    Err err;
    begin(&f);
    buf_init(&text, 1 << 20);
    for (int i = 0; i < 400; i++) buf_printf(&text, "%sint variable_%d = %d;", i ? "\n" : "", i, i);
    assert_int_equal(doc_add(&f.doc, BLOCK_CODE, 0, 0, 10, buf_str(&text), &err), OK);
    run(&f, "x.c");
    assert_true(f.n > 3);
    for (size_t i = 0; i < f.n; i++) {
        char want[40];
        (void)snprintf(want, sizeof want, "int variable_%u =", f.chunks[i].line - 10);
        assert_true(str_starts(str_sub(buf_str(&f.doc.text), f.chunks[i].start, f.chunks[i].end),
                               str_from(want)));
    }
    buf_fini(&text);
    end(&f);
}

/* A log without a blank line is one block. */
static void a_block_of_many_lines_takes_linear_time(void **state) {
    enum { LINES = 200000 };
    Fixture f;
    Buf text;
    Err err;
    begin(&f);
    buf_init(&text, 16 << 20);
    for (int i = 0; i < LINES; i++) {
        buf_printf(&text, "%s%07d nothing to be seen here.", i ? "\n" : "", i);
    }
    assert_int_equal(doc_add(&f.doc, BLOCK_PARAGRAPH, 0, 0, 1, buf_str(&text), &err), OK);
    clock_t began = clock();
    run(&f, "x.log");
    assert_true(f.n > 4000);
    assert_true((double)(clock() - began) / CLOCKS_PER_SEC < 5);
    const Chunk *last = &f.chunks[f.n - 1];
    char want[40];
    (void)snprintf(want, sizeof want, "%07u nothing", last->line - 1);
    assert_true(str_starts(str_sub(buf_str(&f.doc.text), last->start, last->end), str_from(want)));
    buf_fini(&text);
    end(&f);
}

/* Of a document with this one paragraph. */
static uint32_t tokens_of(const char *text) {
    Fixture f;
    begin(&f);
    add(&f, BLOCK_PARAGRAPH, 0, 0, text);
    run(&f, "x");
    assert_int_equal(f.n, 1);
    uint32_t tokens = f.chunks[0].tokens;
    end(&f);
    return tokens;
}

static void tokens_are_estimated_for_both_kinds_of_script(void **state) {
    assert_in_range(tokens_of("The quick brown fox jumps over the lazy dog."), 10, 13);
    assert_in_range(tokens_of("港口日志记录了船只的来往。"), 7, 12);
    assert_in_range(tokens_of("12345678"), 2, 5);
}

static void a_file_name_that_is_not_utf8_does_no_harm(void **state) {
    Fixture f;
    begin(&f);
    add(&f, BLOCK_HEADING, 1, 0, "Rent");
    for (int i = 0; i < 3; i++) add_words(&f, BLOCK_PARAGRAPH, 0, 200);
    run(&f, "caf\xe9\xff.txt");
    assert_int_equal(f.n, 3);
    assert_string_equal(f.chunks[2].context, "Rent"); /* the name alone is left out */
    end(&f);
}

static void out_of_memory_is_reported(void **state) {
    Fixture f;
    begin(&f);
    for (int i = 0; i < 10; i++) add_words(&f, BLOCK_PARAGRAPH, 0, 200);
    for (uint64_t nth = 1; nth < 60; nth++) {
        Err err;
        uint64_t before = mem_live_blocks();
        mem_fail_at(nth);
        Status status = chunk_doc(&f.doc, "x", NULL, &f.arena, &f.chunks, &f.n, &err);
        mem_fail_at(0);
        assert_true(status == OK || status == E_NO_MEMORY);
        arena_fini(&f.arena);
        arena_init(&f.arena, (size_t)64 << 20);
        assert_true(mem_live_blocks() <= before);
    }
    end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_document_is_one_chunk),
        cmocka_unit_test(a_day_is_said_as_people_say_it),
        cmocka_unit_test(a_conversation_is_cut_between_turns_and_behind_no_question),
        cmocka_unit_test(a_document_without_text_has_no_chunks),
        cmocka_unit_test(chunks_have_200_to_350_tokens_where_the_text_allows),
        cmocka_unit_test(a_long_paragraph_is_cut_at_sentence_ends),
        cmocka_unit_test(one_endless_word_is_cut_all_the_same),
        cmocka_unit_test(a_chunk_is_cited_by_the_page_of_its_text),
        cmocka_unit_test(a_page_ends_a_chunk),
        cmocka_unit_test(a_table_row_is_never_split_and_knows_its_header),
        cmocka_unit_test(a_line_that_is_longer_than_a_chunk_is_cut_between_its_records),
        cmocka_unit_test(a_row_as_long_as_many_chunks_is_cut_between_its_cells),
        cmocka_unit_test(a_heading_goes_with_its_text_and_into_the_context),
        cmocka_unit_test(the_line_of_a_chunk_is_the_line_of_its_first_byte),
        cmocka_unit_test(a_block_of_many_lines_takes_linear_time),
        cmocka_unit_test(tokens_are_estimated_for_both_kinds_of_script),
        cmocka_unit_test(a_file_name_that_is_not_utf8_does_no_harm),
        cmocka_unit_test(out_of_memory_is_reported),
    };
    return cmocka_run_group_tests_name("chunk", tests, NULL, NULL);
}
