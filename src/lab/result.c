/*
 * Results: their file, the counts, the curve, the comparison.
 *
 * The curve. Questions are put in the order of the local answer's certainty, the surest first.
 * Where the first k stay on this device and the endpoint answers the others, quality is the number
 * of good answers over those that the endpoint alone gives (1 where it gives none). An answer is
 * good when it is right, or when it refuses what cannot be answered. Answers of the same certainty
 * are kept together or not at all, since no setting could tell them apart; an unknown certainty
 * comes last. A curve found on one set is optimistic by a little for the next one: the setting was
 * chosen on the same questions.
 *
 * Limits: LAB_RECORDS_MAX records, LAB_LINE_MAX bytes a line, by the parser; the writer cuts an
 * answer at ANSWER_MAX bytes, on a character.
 *
 * Worked example of the curve: certainties 0.9 (right here, right there), 0.5 (wrong, right), 0.5
 * (right, wrong), 0.1 (wrong, right); the endpoint alone gives 3 good answers. Points: share 0,
 * quality 1; share 1/4, 3/3; share 3/4 (both of 0.5 together), 3/3; share 1, 2/3.
 */
#include "lab/result.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/plain.h"
#include "base/utf8.h"

enum { ANSWER_MAX = 4096, VERSION = 1 };
_Static_assert(LAB_ID - 1 == 2 * sizeof(uint64_t), "the digits of a 64-bit sum");
_Static_assert((int)LAB_RECORDS_MAX >= 2 * (int)LAB_ITEMS_MAX, "this device and an endpoint");

/* ---- the file ------------------------------------------------------------------------------ */

/* Over the ids in their order: a set with one question more, or in another order, has another
   name. 64 bits are enough to notice a mistake; nobody has to be kept from faking one. */
void lab_set_name(const LabSet *set, char out[LAB_ID]) {
    static const char hex[] = "0123456789abcdef";
    uint64_t sum = 1;
    for (size_t i = 0; i < set->n; i++) {
        sum = hash_check64(set->items[i].id, LAB_ID - 1, sum);
    }
    for (size_t i = 0; i + 1 < LAB_ID; i++) out[i] = hex[(sum >> (4 * i)) & 15];
    out[LAB_ID - 1] = 0;
}

void lab_results_head(const char set[LAB_ID], Buf *out) {
    JsonWriter w = jsonw_init(out);
    jsonw_object_begin(&w);
    jsonw_put_int(&w, "hearth_eval", VERSION);
    jsonw_put_c(&w, "set", set);
    jsonw_object_end(&w);
    buf_add_byte(out, '\n');
}

/* A NaN certainty is written as null and read back as unknown (real_from). */
void lab_record_line(const LabRecord *r, Buf *out) {
    JsonWriter w = jsonw_init(out);
    jsonw_object_begin(&w);
    jsonw_put_str(&w, "id", str_from(r->id));
    jsonw_put_str(&w, "who", r->who);
    jsonw_put_str(&w, "model", r->model);
    jsonw_put_c(&w, "kind", lab_kind_name(r->kind));
    jsonw_put_str(&w, "question", r->question);
    jsonw_put_str(&w, "answer", utf8_cut(r->answer, ANSWER_MAX));
    jsonw_put_bool(&w, "found", r->found);
    jsonw_put_bool(&w, "right", r->right);
    jsonw_put_bool(&w, "cited", r->cited);
    jsonw_put_bool(&w, "cited_file", r->cited_file);
    jsonw_put_bool(&w, "supported", r->supported);
    jsonw_put_real(&w, "certainty", r->certainty, 6);
    jsonw_put_real(&w, "ms", r->ms, 6);
    jsonw_put_real(&w, "cost", r->cost, 6);
    jsonw_object_end(&w);
    buf_add_byte(out, '\n');
}

/* 16 lower-case hexadecimal digits, and nothing else. */
static bool name_from(Str text, char out[LAB_ID]) {
    if (text.n != LAB_ID - 1) return false;
    for (size_t i = 0; i < text.n; i++) {
        if (plain_hex(text.p[i]) < 0 || plain_lower(text.p[i]) != text.p[i]) return false;
        out[i] = text.p[i];
    }
    out[text.n] = 0;
    return true;
}

/* A number of the file within 0 to 1e12; else the fallback. */
static double real_from(const Json *object, const char *key, double fallback) {
    double value = json_real(json_get(object, key), fallback);
    return isfinite(value) && value >= 0 && value <= 1e12 ? value : fallback;
}

/* One answer. What is missing is false, 0 or empty; only id and kind must be there. `right` is
   taken back where it contradicts `found` or the kind. */
static Status record_from(const Json *o, Arena *arena, LabRecord *r, Err *err) {
    *r = (LabRecord){.who = {"", 0}, .model = {"", 0}, .question = {"", 0}, .answer = {"", 0}};
    if (!name_from(json_str(json_get(o, "id")), r->id)) {
        return err_set(err, E_CORRUPT, "this is no answer: it has no id");
    }
    if (!lab_kind_from_name(json_str(json_get(o, "kind")), &r->kind)) {
        return err_set(err, E_CORRUPT, "its kind is not known");
    }
    TRY(arena_keep(arena, json_str(json_get(o, "who")), &r->who, "the results", err));
    TRY(arena_keep(arena, json_str(json_get(o, "model")), &r->model, "the results", err));
    TRY(arena_keep(arena, json_str(json_get(o, "question")), &r->question, "the results", err));
    TRY(arena_keep(arena, json_str(json_get(o, "answer")), &r->answer, "the results", err));
    r->found = json_bool(json_get(o, "found"), false);
    r->right = json_bool(json_get(o, "right"), false) && r->found && r->kind != LAB_UNANSWERABLE;
    r->cited = json_bool(json_get(o, "cited"), false);
    r->cited_file = json_bool(json_get(o, "cited_file"), false);
    r->supported = json_bool(json_get(o, "supported"), false);
    r->certainty = real_from(o, "certainty", NAN);
    r->ms = real_from(o, "ms", 0);
    r->cost = real_from(o, "cost", 0);
    return OK;
}

/* The first line: names the set, and the version. */
static Status head_from(const Json *o, LabResults *out, Err *err) {
    int64_t version = 0;
    if (!json_whole(json_get(o, "hearth_eval"), &version) ||
        !name_from(json_str(json_get(o, "set")), out->set)) {
        return err_set(err, E_CORRUPT, "this is no result of `hearth eval run`");
    }
    if (version == VERSION) return OK;
    return err_set(err, E_UNSUPPORTED, "a newer Hearth wrote this");
}

/* The first line that is not blank is the head, every other one an answer. */
static Status line_from(Str line, Arena *arena, LabResults *out, Err *err) {
    JsonLimits limits = {.max_bytes = LAB_LINE_MAX, .max_depth = 4};
    Json *object = NULL;
    TRY(json_parse(line, &limits, &object, err));
    Status status;
    if (!out->set[0]) status = head_from(object, out, err);
    else if (out->n == LAB_RECORDS_MAX) status = err_set(err, E_LIMIT, "too many answers");
    else status = record_from(object, arena, &out->items[out->n++], err);
    json_free(object);
    return status;
}

/* Lines are counted from 1 with blank ones, as an editor does. A last line may lack its end: the
   file is replaced as a whole, so a missing one was somebody's editing. */
Status lab_results_parse(Str text, Arena *arena, LabResults *out, Err *err) {
    *out = (LabResults){.n = 0};
    out->items = arena_alloc_n(arena, LAB_RECORDS_MAX, sizeof *out->items);
    if (!out->items) return err_no_memory(err, "the results");
    for (size_t at = 0, number = 1; at < text.n; number++) {
        Str line = str_trim(str_line(text, &at));
        if (line.n == 0) continue;
        Status status = line_from(line, arena, out, err);
        if (status != OK) return err_prefix(err, status, "line %zu of the results", number);
    }
    return out->set[0] ? OK : err_set(err, E_CORRUPT, "the results are empty");
}

/* The first of several wins. A walk: results are a few thousand records at most. */
const LabRecord *lab_results_find(const LabResults *results, const char *id, Str who) {
    for (size_t i = 0; i < results->n; i++) {
        const LabRecord *r = &results->items[i];
        if (strcmp(r->id, id) == 0 && str_eq(r->who, who)) return r;
    }
    return NULL;
}

/* ---- counts -------------------------------------------------------------------------------- */

/* What somebody who asked would call a good answer: right, or a refusal where there is none. */
static bool good(const LabRecord *r) {
    return r->kind == LAB_UNANSWERABLE ? !r->found : r->right;
}

/* Each rate has a base of its own: of those that can be answered, of those that cannot, of those
   that were. */
void lab_side(const LabResults *results, Str who, LabSide *out) {
    uint64_t can = 0, cannot = 0, refused = 0, refused_well = 0, given = 0, answered = 0;
    uint64_t right = 0, cited = 0, file = 0, supported = 0;
    *out = (LabSide){.asked = 0};
    for (size_t i = 0; i < results->n; i++) {
        const LabRecord *r = &results->items[i];
        if (!str_eq(r->who, who)) continue;
        bool answerable = r->kind != LAB_UNANSWERABLE;
        out->asked++;
        out->seconds += r->ms / 1000;
        out->cost += r->cost;
        can += answerable;
        cannot += !answerable;
        refused += answerable && !r->found;
        refused_well += !answerable && !r->found;
        given += r->found;
        answered += answerable && r->found;
        right += r->right;
        cited += answerable && r->found && r->cited;
        file += answerable && r->found && r->cited_file;
        supported += r->found && r->supported;
    }
    out->right = lab_rate(right, can);
    out->wrongly_refused = lab_rate(refused, can);
    out->refused_rightly = lab_rate(refused_well, cannot);
    out->cited = lab_rate(cited, answered);
    out->cited_file = lab_rate(file, answered);
    out->supported = lab_rate(supported, given);
    out->trustworthy = lab_rate(right, given);
}

/* The first that is named; a result holds one model a side (api/eval.c sees to it). */
Str lab_model(const LabResults *results, Str who) {
    for (size_t i = 0; i < results->n; i++) {
        const LabRecord *r = &results->items[i];
        if (str_eq(r->who, who) && r->model.n) return r->model;
    }
    return STR("");
}

/* ---- the curve ----------------------------------------------------------------------------- */

/* A question that both answered. */
typedef struct Pair {
    double certainty;
    bool here, there; /* good */
} Pair;

/* The surest first. */
static int by_certainty(const void *a, const void *b) {
    double x = ((const Pair *)a)->certainty, y = ((const Pair *)b)->certainty;
    return x > y ? -1 : x < y;
}

/* Questions that this device and `cloud` answered; *n_there: how many of the latter are good. */
static size_t pair_up(const LabResults *results, Str cloud, Pair *out, size_t *n_there) {
    size_t n = 0;
    *n_there = 0;
    for (size_t i = 0; i < results->n; i++) {
        const LabRecord *here = &results->items[i];
        const LabRecord *there = here->who.n ? NULL : lab_results_find(results, here->id, cloud);
        if (!there) continue;
        double certainty = isnan(here->certainty) ? -1 : here->certainty;
        out[n++] = (Pair){certainty, good(here), good(there)};
        *n_there += good(there);
    }
    return n;
}

/* `sum` is the number of good answers when the first i + 1 questions stay here: each step takes the
   endpoint's answer out and puts this device's in. */
Status lab_curve(const LabResults *results, Str cloud, Arena *arena, LabPoint **out, size_t *n,
                 Err *err) {
    size_t there = 0;
    *n = 0;
    Pair *pairs = arena_alloc_n(arena, results->n + 1, sizeof *pairs);
    *out = arena_alloc_n(arena, results->n + 2, sizeof **out);
    if (!pairs || !*out) return err_no_memory(err, "the curve");
    size_t count = pair_up(results, cloud, pairs, &there);
    if (count == 0) return OK;
    assert(count <= results->n);
    qsort(pairs, count, sizeof *pairs, by_certainty);
    double sum = (double)there;
    (*out)[(*n)++] = (LabPoint){0, 1, 1};
    for (size_t i = 0; i < count; i++) {
        sum += (double)pairs[i].here - (double)pairs[i].there;
        bool last_of_equals = i + 1 == count || pairs[i + 1].certainty < pairs[i].certainty;
        if (!last_of_equals) continue;
        assert(sum >= 0); /* good answers are counted: those of there that went were in it */
        assert(*n <= count); /* one point a certainty, and the first */
        (*out)[(*n)++] = (LabPoint){.share = (double)(i + 1) / (double)count,
                                    .quality = there ? sum / (double)there : 1,
                                    .certainty = pairs[i].certainty > 0 ? pairs[i].certainty : 0};
    }
    return OK;
}

/* ---- for the router ------------------------------------------------------------------------ */

Str lab_endpoint(const LabResults *results) {
    for (size_t i = 0; i < results->n; i++) {
        if (results->items[i].who.n) return results->items[i].who;
    }
    return STR("");
}

/* Only questions that both answered teach anything; without an endpoint there are none. */
Status lab_examples(const LabResults *results, Arena *arena, RouteExample **out, size_t *n,
                    Err *err) {
    Str cloud = lab_endpoint(results);
    *n = 0;
    *out = arena_alloc_n(arena, results->n + 1, sizeof **out);
    if (!*out) return err_no_memory(err, "the examples");
    for (size_t i = 0; i < results->n; i++) {
        const LabRecord *here = &results->items[i];
        if (here->who.n || !cloud.n) continue;
        const LabRecord *there = lab_results_find(results, here->id, cloud);
        if (!there) continue;
        (*out)[(*n)++] = (RouteExample){.question = here->question, .weak = good(here),
                                        .strong = good(there)};
    }
    return OK;
}

/* ---- two runs ------------------------------------------------------------------------------ */

/* Only this device's answers, paired by question: what one run alone has says nothing about the
   other. */
void lab_compare(const LabResults *a, const LabResults *b, LabComparison *out) {
    *out = (LabComparison){.both = 0};
    for (size_t i = 0; i < a->n; i++) {
        const LabRecord *x = &a->items[i];
        const LabRecord *y = x->who.n ? NULL : lab_results_find(b, x->id, STR(""));
        if (!y) continue;
        bool here = good(x), there = good(y);
        out->both += here && there;
        out->only_a += here && !there;
        out->only_b += !here && there;
        out->neither += !here && !there;
    }
    out->p = lab_mcnemar(out->only_a, out->only_b);
}
