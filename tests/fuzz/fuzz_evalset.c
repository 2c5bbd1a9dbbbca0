/*
 * Any bytes as a question set, as results, and as a sentence: no crash; a set that was read is
 * written, and reads as the same; a question stays in its bounds; holding is reflexive where there
 * are words at all.
 */
#include <stdlib.h>
#include <string.h>

#include "lab/result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_set(Str text, Arena *arena) {
    LabSet set, again;
    Buf out;
    if (lab_set_parse(text, arena, &set, NULL) != OK) return;
    buf_init(&out, 64 << 20);
    if (lab_set_write(&set, &out, NULL) != OK) abort();
    if (lab_set_parse(buf_str(&out), arena, &again, NULL) != OK || again.n != set.n) abort();
    for (size_t i = 0; i < set.n; i++) {
        if (strcmp(set.items[i].id, again.items[i].id) != 0) abort();
        (void)lab_holds(set.items[i].question, set.items[i].gold);
    }
    buf_fini(&out);
}

static void read_results(Str text, Arena *arena) {
    LabResults results;
    LabSide side;
    LabPoint *points;
    size_t n;
    if (lab_results_parse(text, arena, &results, NULL) != OK || results.n == 0) return;
    lab_side(&results, STR(""), &side);
    if (side.right.n > side.right.of || side.asked > results.n) abort();
    if (lab_curve(&results, results.items[0].who, arena, &points, &n, NULL) != OK) return;
    for (size_t i = 0; i < n; i++) {
        if (!(points[i].share >= 0 && points[i].share <= 1)) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Str text = {(const char *)data, size};
    LabAsk ask;
    Arena arena;
    if (lab_ask(text, &ask)) {
        if (ask.n > LAB_QUESTION_MAX || ask.gold_end > size || ask.about_end > ask.n) abort();
        if (ask.gold_start >= ask.gold_end || ask.about_start > ask.about_end) abort();
    }
    arena_init(&arena, 64 << 20);
    read_set(text, &arena);
    read_results(text, &arena);
    arena_fini(&arena);
    return 0;
}
