/*
 * Promises about model files that other tools wrote: what means the same is read as the same, and
 * what this engine does not compute is refused by name instead of left out of the sum.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/mman.h>
#include <sys/resource.h>

#include "../support/tiny_model.h"
#include "../support/model_folder.h"
#include "base/file.h"
#include "base/machine.h"
#include "model/engine.h"
#include "model/session.h"

static const int32_t prompt[] = {1, 260, 270, 280, 265, 275, 261, 262};

/* The file is written and opened; a model that embeds where the family does. */
static Status open_file(const Tiny *m, Engine **out, Err *err) {
    EngineOptions o = {.path = path, .threads = 1, .embedding = strcmp(m->arch, "bert") == 0};
    *err = (Err){0};
    if (tiny_write(m, path, err) != OK) fail_msg("%s", err->message);
    return engine_open(&o, out, err);
}

static Status try_open(const Tiny *m, Err *err) {
    Engine *e = NULL;
    Status status = open_file(m, &e, err);
    engine_close(e);
    return status;
}

/* Logits [TINY_VOCAB] behind the prompt. */
static void logits_of(const Tiny *m, float *out) {
    Engine *e = NULL;
    Session *s = NULL;
    Err err = {0};
    SessionOptions o = {.n_ctx = 16};
    if (open_file(m, &e, &err) != OK) fail_msg("%s", err.message);
    if (session_new(e, &o, &s, &err) != OK) fail_msg("%s", err.message);
    if (session_sync(s, prompt, ARRAY_LEN(prompt), NULL, &err) != OK) fail_msg("%s", err.message);
    memcpy(out, session_logits(s), TINY_VOCAB * sizeof *out);
    session_free(s);
    engine_close(e);
}

/* ---- stretched positions --------------------------------------------------------------------- */

static void stretch_said_in_full(GgufWriter *w) {
    gguf_write_str(w, "llama.rope.scaling.type", STR("linear"));
    gguf_write_real(w, "llama.rope.scaling.factor", GGUF_F32, 4);
}

static void stretch_without_type(GgufWriter *w) {
    gguf_write_real(w, "llama.rope.scaling.factor", GGUF_F32, 4);
}

static void stretch_by_the_older_name(GgufWriter *w) {
    gguf_write_real(w, "llama.rope.scale_linear", GGUF_F32, 4);
}

static void stretch_of_none(GgufWriter *w) {
    gguf_write_str(w, "llama.rope.scaling.type", STR("none"));
    gguf_write_real(w, "llama.rope.scaling.factor", GGUF_F32, 4);
}

static void stretch_of_zero(GgufWriter *w) {
    gguf_write_str(w, "llama.rope.scaling.type", STR("linear"));
    gguf_write_real(w, "llama.rope.scaling.factor", GGUF_F32, 0);
}

static void a_stretch_is_one_by_any_of_its_names(void **state) {
    (void)state;
    static void (*const same[])(GgufWriter *) = {stretch_without_type, stretch_by_the_older_name};
    static void (*const plain[])(GgufWriter *) = {stretch_of_none, stretch_of_zero};
    float want[TINY_VOCAB], got[TINY_VOCAB];
    Tiny m = tiny_family("llama");
    tiny_make(&m);
    logits_of(&m, got);
    m.more = stretch_said_in_full;
    logits_of(&m, want);
    assert_memory_not_equal(want, got, sizeof want);
    for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
        float unstretched[TINY_VOCAB];
        m.more = plain[i];
        logits_of(&m, unstretched);
        assert_memory_equal(unstretched, got, sizeof got);
    }
    for (size_t i = 0; i < ARRAY_LEN(same); i++) {
        m.more = same[i];
        logits_of(&m, got);
        assert_memory_equal(want, got, sizeof want);
    }
    tiny_free(&m);
}

/* ---- arrays ---------------------------------------------------------------------------------- */

static void heads_that_differ(GgufWriter *w) {
    gguf_write_array(w, "llama.rope.dimension_count", GGUF_U32, (uint32_t[]){16, 16}, 2);
}

static void numbers_a_layer_are_one_where_all_are_the_same(void **state) {
    (void)state;
    float want[TINY_VOCAB], got[TINY_VOCAB];
    Err err = {0};
    Tiny m = tiny_family("llama");
    tiny_make(&m);
    logits_of(&m, want);
    m.per_layer = true;
    logits_of(&m, got);
    assert_memory_equal(want, got, sizeof want);
    m.odd_layer = true;
    assert_int_equal(try_open(&m, &err), E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "differs from layer to layer"));
    m.odd_layer = false;
    m.n_head_kv = 0;
    assert_int_equal(try_open(&m, &err), E_LIMIT);
    m.n_head_kv = 2;
    m.per_layer = false;
    m.more = heads_that_differ; /* no key of those that may be arrays */
    assert_int_equal(try_open(&m, &err), E_CORRUPT);
    tiny_free(&m);
}

/* ---- parts ----------------------------------------------------------------------------------- */

static void second_of_three(GgufWriter *w) {
    gguf_write_int(w, "split.no", GGUF_U16, 1);
    gguf_write_int(w, "split.count", GGUF_U16, 3);
}

static void one_of_one(GgufWriter *w) {
    gguf_write_int(w, "split.no", GGUF_U16, 0);
    gguf_write_int(w, "split.count", GGUF_U16, 1);
}

static void a_part_of_a_split_model_is_told_from_a_damaged_one(void **state) {
    (void)state;
    Err err = {0};
    Tiny m = tiny_family("llama");
    tiny_make(&m);
    m.more = second_of_three;
    assert_int_equal(try_open(&m, &err), E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "part 2 of a model split into 3 files"));
    m.more = one_of_one;
    assert_int_equal(try_open(&m, &err), OK);
    tiny_free(&m);
}

/* ---- tensors --------------------------------------------------------------------------------- */

static void tensors_that_would_be_left_out_are_named(void **state) {
    (void)state;
    static const char *const wrong[] = {"blk.0.ffn_up.bias", "blk.1.attn_q_norm.weight",
                                        "blk.1.attn_q.scale"};
    static const char *const right[] = {"blk.2.nextn.eh_proj.weight", "cls.output.weight",
                                        "blk.0.attn_rot_embd.weight", "blk.junk", "blk..weight",
                                        "blk.99999999999999999999999.ffn_up.bias"};
    for (size_t i = 0; i < ARRAY_LEN(wrong) + ARRAY_LEN(right); i++) {
        bool is_right = i >= ARRAY_LEN(wrong);
        const char *name = is_right ? right[i - ARRAY_LEN(wrong)] : wrong[i];
        Err err = {0};
        Tiny m = tiny_family("llama");
        tiny_make(&m);
        (void)tiny_add(&m, name, 0, 16);
        Status status = try_open(&m, &err);
        if (status != (is_right ? OK : E_UNSUPPORTED)) fail_msg("%s: %d", name, (int)status);
        if (!is_right) assert_non_null(strstr(err.message, name));
        tiny_free(&m);
    }
}

static void a_rotation_is_not_divided_by_nothing(void **state) {
    (void)state;
    static const float divisors[] = {0, -1, 1e-30f};
    for (size_t i = 0; i < ARRAY_LEN(divisors); i++) {
        Err err = {0};
        Tiny m = tiny_family("llama");
        m.factors = true;
        tiny_make(&m);
        for (int t = 0; t < m.n; t++) {
            if (strcmp(m.t[t].name, "rope_freqs.weight") == 0) m.t[t].data[3] = divisors[i];
        }
        assert_int_equal(try_open(&m, &err), E_CORRUPT);
        assert_non_null(strstr(err.message, "rope_freqs.weight"));
        tiny_free(&m);
    }
}

/* ---- context --------------------------------------------------------------------------------- */

static void a_plan_counts_no_more_than_the_model_was_made_for(void **state) {
    (void)state;
    Err err = {0};
    EnginePlan plan;
    EngineOptions o = {.path = path, .n_ctx = 1 << 20};
    Tiny m = tiny_family("llama");
    tiny_make(&m);
    assert_int_equal(tiny_write(&m, path, &err), OK);
    assert_int_equal(engine_plan(&o, &plan, &err), OK);
    assert_int_equal(plan.n_ctx, m.n_ctx);
    uint64_t most = plan.kv_bytes;
    o.n_ctx = m.n_ctx;
    assert_int_equal(engine_plan(&o, &plan, &err), OK);
    assert_int_equal(plan.kv_bytes, most);
    tiny_free(&m);
}

/* The mapping of a model's file takes address space, too. */
static void a_limit_on_address_space_counts_what_is_mapped(void **state) {
    (void)state;
    enum { MAPPED = 64 << 20, MORE = 32 << 20 };
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    uint64_t taken = machine_number("/proc/self/status", "VmSize:") * 1024;
    void *p = mmap(NULL, MAPPED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct rlimit room = {taken + MAPPED + MORE, before.rlim_max};
    assert_true(p != MAP_FAILED && setrlimit(RLIMIT_AS, &room) == 0);
    uint64_t left = machine_memory_available();
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_int_equal(munmap(p, MAPPED), 0);
    assert_true(MORE / 2 < left && left <= MORE);
}

/* The files of a group, as the kernel writes them. */
static void make_group(const char *name, const char *max, const char *current, const char *stat) {
    char group[240], file[280];
    const char *const files[][2] = {{"memory.max", max}, {"memory.current", current},
                                    {"memory.stat", stat}};
    (void)snprintf(group, sizeof group, "%s/groups%s", folder, name);
    assert_int_equal(file_make_dirs(group, 0700, NULL), OK);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        (void)snprintf(file, sizeof file, "%s/%s", group, files[i][0]);
        assert_int_equal(file_replace(file, str_from(files[i][1]), 0600, NULL), OK);
    }
}

static uint64_t left_in(const char *lines) {
    char own[200], groups[200];
    (void)snprintf(own, sizeof own, "%s/own", folder);
    (void)snprintf(groups, sizeof groups, "%s/groups", folder);
    assert_int_equal(file_replace(own, str_from(lines), 0600, NULL), OK);
    return machine_group_available(own, groups);
}

/* `systemd-run -p MemoryMax=1G hearth ...`: the limit stands in a folder below the root, or in one
   around that. */
static void a_limit_of_any_group_around_counts(void **state) {
    (void)state;
    char groups[200];
    const char *stat = "anon 100\nfile 300\nkernel 5\n";
    make_group("/user.slice/hearth.service", "1000\n", "700\n", stat);
    make_group("/user.slice", "max\n", "900\n", stat);
    make_group("/small.slice/free.service", "max\n", "10\n", stat);
    make_group("/small.slice", "500\n", "900\n", stat);
    assert_true(left_in("0::/user.slice/hearth.service\n") == 600);
    assert_true(left_in("1:cpu:/x\n0::/small.slice/free.service\n") == 0);
    assert_true(left_in("0::/user.slice\n") == UINT64_MAX);
    assert_true(left_in("0::/\n") == UINT64_MAX);
    assert_true(left_in("0::/../elsewhere\n") == UINT64_MAX);
    assert_true(left_in("4:memory:/user.slice/hearth.service\n") == UINT64_MAX);
    assert_true(left_in("") == UINT64_MAX);
    make_group("", "2000\n", "1950\n", stat); /* a container's own root */
    assert_true(left_in("0::/\n") == 350);
    assert_true(left_in("0::/user.slice/hearth.service\n") == 350);
    (void)snprintf(groups, sizeof groups, "%s/groups", folder);
    file_remove_tree(groups);
    (void)snprintf(groups, sizeof groups, "%s/own", folder);
    assert_int_equal(unlink(groups), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stretch_is_one_by_any_of_its_names),
        cmocka_unit_test(numbers_a_layer_are_one_where_all_are_the_same),
        cmocka_unit_test(a_part_of_a_split_model_is_told_from_a_damaged_one),
        cmocka_unit_test(tensors_that_would_be_left_out_are_named),
        cmocka_unit_test(a_rotation_is_not_divided_by_nothing),
        cmocka_unit_test(a_limit_on_address_space_counts_what_is_mapped),
        cmocka_unit_test(a_limit_of_any_group_around_counts),
        cmocka_unit_test(a_plan_counts_no_more_than_the_model_was_made_for),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
