/*
 * The body of choose.h.
 *
 * Processor flags say what a machine can run, not what it runs well: a wide instruction may be
 * executed in halves, a virtual machine may trap one. So each table multiplies the same small
 * matrix (Q4_K, 128 x 1024, in the second cache level) with 1, 8 and 64 tokens: decode, a verified
 * draft, prefill. Each figure is the least of several, taken in turn, because others use the
 * machine too. Tables are compared by the product of their three times. The one that flags prefer
 * stays unless another takes less than MARGIN of its product: noise must not decide.
 *
 * The reference is in the race only where nothing else is.
 *
 * How one token reads weights from memory shows on no matrix that fits a cache. Where the winner
 * has twins that prefetch (kern_twin), they run once more, one token over STREAM_COPIES times that
 * matrix, 66 MB, in pieces of a millisecond or so: a longer run is hardly ever left alone where two
 * others want the processor. The best piece counts. While one table reads a piece the others read
 * ones that are far away, so that no cache has it from the first. Flags prefer none, and all give
 * the same bytes: TWIN_MARGIN is small.
 *
 * Which twin is first may change with what else the machine does in that moment (right behind a
 * build, the second best was seen to win, and cost decoding 3 to 14 %). So later starts run the
 * twins again until two measurements agree, VOTES_MAX at most; without agreement the last counts.
 * The table itself is measured once: tables may differ in bytes, twins do not.
 *
 * Answers are lines in a frame: a key and the winners so far, the newest line first, CHOICES_MAX at
 * most. The key is made of the processor (its first entry in /proc/cpuinfo without clock rates) and
 * of the program (size and time of change of its file), so that a new machine or a new build
 * measures anew, and two that share a home keep an answer each. A file that is damaged, without
 * this key, or that names a table that is not here counts as none.
 */
#include "model/choose.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"

enum { ROWS = 128, COLS = 1024, TOKENS_MAX = 64, SHAPES = 3, ROUNDS = 3, TABLES_MAX = 8,
       STREAM_COPIES = 896, PIECES = 16, WAYS_MAX = 4,
       CHOICE_VERSION = 2, CHOICES_MAX = 8, LINE_MAX_BYTES = 96, KEY_BYTES = 16,
       VOTES_MAX = 3, CPUINFO_BYTES = 8192 };

static const double MARGIN = 0.8, TWIN_MARGIN = 0.97;
_Static_assert(ROWS % KERN_PANEL_ROWS == 0 && COLS % KERN_SUPER_COLS == 0, "whole panels, blocks");
_Static_assert(STREAM_COPIES % PIECES == 0 && PIECES % WAYS_MAX == 0, "pieces are alike");
static const char choice_kind[] = "kernels", choice_name[] = "kernels.choice";

/* ---- the measurement ------------------------------------------------------------------------- */

typedef struct Race {
    KernMat mat;
    float *x, *y;
    void *act, *scratch;
    char *memory;
} Race;

/* Blocks of random integers with scales that are no denormals, again and again. */
static void race_fill(Race *race, uint8_t *file, size_t file_bytes) {
    uint32_t bits = 1;
    for (size_t i = 0; i < file_bytes; i++) {
        bits = bits * 1664525u + 1013904223u;
        file[i] = (uint8_t)(bits >> 24);
        if (i % 144 < 4) file[i] = i % 2 ? 0x20 : 0;
    }
    kern_pack(&race->mat, file, 0, ROWS);
    uint8_t *to = (uint8_t *)race->memory;
    const size_t one = kern_packed_bytes(KERN_Q4_K, ROWS, COLS);
    for (uint32_t row = ROWS; row < race->mat.rows; row += ROWS) {
        to += one;
        memcpy(to, race->memory, one);
    }
    for (int i = 0; i < TOKENS_MAX * COLS; i++) race->x[i] = (float)(i * 37 % 101) - 50;
}

static Status race_init(Race *race, uint32_t rows, Err *err) {
    assert(rows >= ROWS && rows % ROWS == 0); /* race_fill() copies the first ones */
    const size_t file = ROWS * kern_row_bytes(KERN_Q4_K, COLS);
    const size_t sizes[] = {kern_packed_bytes(KERN_Q4_K, rows, COLS),
                            kern_act_bytes(KERN_ACT_ALL, TOKENS_MAX, COLS),
                            kern_matmul_scratch_bytes(COLS),
                            TOKENS_MAX * COLS * sizeof(float),
                            (rows > ROWS ? rows : TOKENS_MAX * ROWS) * sizeof(float), file};
    size_t at[ARRAY_LEN(sizes)], total = 0;
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        at[i] = total;
        total += (sizes[i] + KERN_ALIGN - 1) / KERN_ALIGN * KERN_ALIGN;
    }
    race->memory = mem_aligned(KERN_ALIGN, total);
    if (!race->memory) return err_no_memory(err, "a measurement of kernels");
    race->mat = (KernMat){KERN_Q4_K, rows, COLS, race->memory + at[0]};
    race->act = race->memory + at[1];
    race->scratch = race->memory + at[2];
    race->x = (float *)(void *)(race->memory + at[3]);
    race->y = (float *)(void *)(race->memory + at[4]);
    race_fill(race, (uint8_t *)race->memory + at[5], file);
    return OK;
}

/* Milliseconds of m tokens' product with rows [row0, row1), its activations counted. */
static double race_run(Race *race, const Kernels *k, int m, size_t row0, size_t row1) {
    KernAct act;
    double start = clock_now_ms();
    kern_act_init(&act, k->act_formats(&race->mat, m), m, COLS, race->act);
    act.x = race->x;
    act.ldx = COLS;
    k->act_fill(&act, 0, m);
    KernMatmul job = {&race->mat, &act, race->y, race->mat.rows, race->scratch};
    k->matmul(&job, row0, row1);
    return clock_now_ms() - start;
}

static void race_log(const Race *race, const Kernels *k, int tokens, double ms) {
    log_line(LOG_DEBUG, "model", "kernels measured", "isa=%s rows=%u tokens=%d us=%.0f", k->name,
             (unsigned)race->mat.rows, tokens, ms * 1e3);
}

/* Which of n tables; 0 unless another is clearly faster. */
static int race_winner(Race *race, const Kernels *const *tables, int n) {
    assert(0 < n && n <= TABLES_MAX && race->mat.rows == ROWS);
    static const int tokens[SHAPES] = {1, 8, TOKENS_MAX};
    double best[TABLES_MAX][SHAPES], product[TABLES_MAX];
    int winner = 0;
    for (int round = 0; round <= ROUNDS; round++) { /* the first warms up */
        for (int i = 0; i < n * SHAPES; i++) {
            double *to = &best[i / SHAPES][i % SHAPES];
            double ms = race_run(race, tables[i / SHAPES], tokens[i % SHAPES], 0, ROWS);
            if (round <= 1 || ms < *to) *to = ms;
        }
    }
    for (int i = 0; i < n; i++) {
        product[i] = 1;
        for (int s = 0; s < SHAPES; s++) {
            product[i] *= best[i][s];
            race_log(race, tables[i], tokens[s], best[i][s]);
        }
        if (product[i] < (winner == 0 ? MARGIN : 1) * product[winner]) winner = i;
    }
    return winner;
}

/* Which of n tables reads weights from memory the fastest; an earlier one unless a later one is
   faster by TWIN_MARGIN. */
static int race_streams(Race *race, const Kernels *const *tables, int n) {
    const size_t rows = race->mat.rows / PIECES;
    double best[WAYS_MAX] = {0};
    int winner = 0;
    assert(0 < n && n <= WAYS_MAX && race->mat.rows % PIECES == 0);
    for (int i = 0; i < ROUNDS * PIECES * n; i++) {
        const int which = i % n;
        const size_t piece = (size_t)(i / n + which * PIECES / n) % PIECES;
        double ms = race_run(race, tables[which], 1, piece * rows, (piece + 1) * rows);
        if (i < n || ms < best[which]) best[which] = ms;
    }
    for (int i = 0; i < n; i++) {
        race_log(race, tables[i], 1, best[i] * PIECES);
        if (best[i] < TWIN_MARGIN * best[winner]) winner = i;
    }
    return winner;
}

/* ---- memory of it ---------------------------------------------------------------------------- */

/* Adds the first processor's lines without its clock rates. */
static uint64_t hash_processor(uint64_t key) {
    char line[4096];
    size_t left = CPUINFO_BYTES;
    FILE *f = fopen("/proc/cpuinfo", "re");
    while (f && fgets(line, sizeof line, f) && line[0] != '\n' && strlen(line) < left) {
        left -= strlen(line);
        if (strncmp(line, "cpu MHz", 7) == 0 || strncmp(line, "bogomips", 8) == 0 ||
            strncmp(line, "BogoMIPS", 8) == 0) continue;
        key = hash_check64(line, strlen(line), key);
    }
    if (f) (void)fclose(f);
    return key;
}

/* What stands before the name in this program's line on this machine. */
static void choice_key(char key[KEY_BYTES + 2]) {
    struct stat st = {0};
    (void)stat("/proc/self/exe", &st);
    int64_t program[] = {(int64_t)st.st_size, (int64_t)st.st_mtim.tv_sec,
                         (int64_t)st.st_mtim.tv_nsec};
    uint64_t hash = hash_processor(hash_check64(program, sizeof program, CHOICE_VERSION));
    (void)snprintf(key, KEY_BYTES + 2, "%016llx ", (unsigned long long)hash);
}

/* A table of this machine or a twin of one; NULL: none has the name. *table: the one itself. */
static const Kernels *way_named(Str name, const Kernels **table) {
    for (size_t i = 0; (*table = kern_available(i)); i++) {
        for (const Kernels *way = *table; way; way = kern_twin(way)) {
            if (str_eq_c(name, way->name)) return way;
        }
    }
    return NULL;
}

static Str choice_text(const Frame *frame) {
    return (Str){(const char *)frame->payload, frame->payload_bytes};
}

/* What each measurement so far found, the oldest first: a table or twins of it. */
typedef struct Votes {
    const Kernels *table, *way[VOTES_MAX];
    int n;
} Votes;

/* The one that was found twice, else the last. */
static const Kernels *votes_winner(const Votes *votes, bool *agreed) {
    assert(0 < votes->n && votes->n <= VOTES_MAX);
    *agreed = true;
    for (int i = 0; i < votes->n; i++) {
        for (int j = 0; j < i; j++) {
            if (votes->way[i] == votes->way[j]) return votes->way[i];
        }
    }
    *agreed = false;
    return votes->way[votes->n - 1];
}

/* Names with a blank between; no votes where they are not those of one table of this machine. */
static Votes votes_read(Str names) {
    Votes votes = {.n = 0};
    while (names.n) {
        const Kernels *table;
        size_t end = str_find(names, STR(" "), 0);
        if (end == SIZE_MAX) end = names.n;
        const Kernels *way = way_named(str_sub(names, 0, end), &table);
        bool alike = !votes.n || votes.table == table;
        if (!way || !alike || votes.n == VOTES_MAX) return (Votes){.n = 0};
        votes.table = table;
        votes.way[votes.n++] = way;
        names = str_sub(names, end + (end < names.n), names.n);
    }
    return votes;
}

/* Those that the file has for this program; none: no file that counts. */
static Votes choice_load(const char *path) {
    Frame frame = {0};
    Votes found = {.n = 0};
    char key[KEY_BYTES + 2];
    choice_key(key);
    if (frame_open(path, choice_kind, CHOICE_VERSION, FRAME_CHECK_ALL, &frame, NULL) != OK) {
        return found;
    }
    for (size_t at = 0; !found.n && at < frame.payload_bytes;) {
        Str line = str_line(choice_text(&frame), &at);
        if (str_starts(line, str_from(key))) found = votes_read(str_sub(line, strlen(key), line.n));
    }
    frame_close(&frame);
    return found;
}

/* The lines of others, as many as there is room for. */
static void choice_keep_others(const char *path, const char *key, Buf *out) {
    Frame frame = {0};
    if (frame_open(path, choice_kind, CHOICE_VERSION, FRAME_CHECK_ALL, &frame, NULL) != OK) return;
    for (size_t at = 0, n = 1; n < CHOICES_MAX && at < frame.payload_bytes;) {
        Str line = str_line(choice_text(&frame), &at);
        if (line.n >= LINE_MAX_BYTES || str_starts(line, str_from(key))) continue;
        buf_add_str(out, line);
        buf_add_byte(out, '\n');
        n++;
    }
    frame_close(&frame);
}

/* This program's line first, those of others behind it. */
static Status choice_save(const char *dir, const char *path, const Votes *votes, Err *err) {
    char key[KEY_BYTES + 2];
    Buf lines;
    choice_key(key);
    buf_init(&lines, CHOICES_MAX * LINE_MAX_BYTES);
    buf_add_str(&lines, str_from(key));
    for (int i = 0; i < votes->n; i++) {
        buf_printf(&lines, "%s%s", i ? " " : "", votes->way[i]->name);
    }
    buf_add_byte(&lines, '\n');
    choice_keep_others(path, key, &lines);
    Status status = buf_check(&lines, "the choice of kernels", err);
    if (status == OK) status = file_make_dirs(dir, 0700, err);
    if (status == OK) {
        status = frame_put(path, choice_kind, CHOICE_VERSION, buf_str(&lines), err);
    }
    buf_fini(&lines);
    return status;
}

/* ---- choosing -------------------------------------------------------------------------------- */

/* The fastest for many tokens; measured only where there are two. */
static Status choose_table(Choice *out, Err *err) {
    const Kernels *tables[TABLES_MAX], *k;
    int n = 0;
    while (n < TABLES_MAX && (k = kern_available((size_t)n))) tables[n++] = k;
    if (n > 1) n--; /* the reference, which is last */
    assert(n > 0); /* there is a reference everywhere */
    out->kern = tables[0];
    if (n == 1) return OK;
    Race race = {0};
    TRY(race_init(&race, ROWS, err));
    out->kern = tables[race_winner(&race, tables, n)];
    out->measured = true;
    mem_free(race.memory);
    return OK;
}

/* Which of a table and its twins is the fastest from memory. Where there is no room to try them,
   what was chosen before stays. */
static void choose_way(const Kernels *table, Choice *out) {
    const Kernels *ways[WAYS_MAX] = {table};
    Race race = {0};
    int n = 1;
    for (; n < WAYS_MAX && (ways[n] = kern_twin(ways[n - 1])); n++) continue;
    if (n == 1 || race_init(&race, STREAM_COPIES * ROWS, NULL) != OK) return;
    out->kern = ways[race_streams(&race, ways, n)];
    out->measured = true;
    mem_free(race.memory);
}

/* One measurement more, unless those of before suffice. */
static Status choose_voting(Votes *votes, Choice *out, Err *err) {
    bool agreed = false;
    if (votes->n) {
        out->kern = votes_winner(votes, &agreed);
        if (agreed || votes->n == VOTES_MAX || !kern_twin(votes->table)) return OK;
    } else {
        TRY(choose_table(out, err));
        votes->table = out->kern;
    }
    choose_way(votes->table, out);
    if (!out->measured) return OK;
    votes->way[votes->n++] = out->kern;
    out->kern = votes_winner(votes, &agreed);
    return OK;
}

Status choose_kernels(const char *isa, const char *dir, Choice *out, Err *err) {
    *out = (Choice){0};
    if (isa && *isa && strcmp(isa, "auto") != 0) {
        out->kern = kern_select(isa, err);
        return out->kern ? OK : err ? err->code : E_USAGE;
    }
    if (!dir) {
        out->kern = kern_available(0);
        return OK;
    }
    char *path = file_join(dir, choice_name);
    if (!path) return err_no_memory(err, "a path");
    Votes votes = choice_load(path);
    Status status = choose_voting(&votes, out, err);
    if (status == OK && out->measured) {
        Err why = {0};
        if (choice_save(dir, path, &votes, &why) != OK) {
            log_line(LOG_DEBUG, "model", "choice of kernels not kept", "why=\"%s\"", why.message);
        }
    }
    mem_free(path);
    return status;
}
