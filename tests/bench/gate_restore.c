/*
 * How well surrogates come back: `make bench-gate`.
 *
 *   gate_restore [CONVERSATIONS] [canaries [FROM]]       (default 2000)
 *
 * Random conversations (tests/support/gate_talk.h) are masked as for a public cloud. First the
 * masked text itself goes through the restorer in random pieces and must be the original byte for
 * byte, and everything that the scanner found in the original is looked for in it, as it is and by
 * its letters and digits. With "canaries" that is all; FROM is the first conversation's number, so
 * that a million of them can be run in slices. Else an answer is written around each
 * surrogate, changed as models change things, and the original must stand in its place (letters and
 * digits compared, case and separators not: they follow the answer), and nothing of the surrogate.
 * One line a mutation: how many came back. Last: time and size of masking and restoring. Exit 1
 * below 99.5 % or when a byte is off.
 */
#include <stdio.h>

#include "../support/gate_talk.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "gate/match.h"
#include "gate/pinyin.h"
#include "gate/surrogate_data.h"
#include "gate/vault.h"

enum { TEXT_MAX = 1 << 22 };

typedef enum Mutation {
    AS_IT_IS, UPPER, LOWER, FULL_WIDTH, REGROUPED, WRAPPED, BOLD, BOLD_PART, QUOTED, LINK, ESCAPED,
    POSSESSIVE, PLURAL, ZERO_WIDTH, PART_ALONE, ADDRESSED, PINYIN, SPACED, MUTATIONS
} Mutation;

static const char *const names[MUTATIONS] = {
    "as it is", "upper case", "lower case", "full width", "digits regrouped", "line break in it",
    "**bold**", "one word **bold**", "\"quoted\"", "[link](it)", "\\u escapes", "possessive 's",
    "plural s", "zero width in it", "one name alone", "surname and title", "pinyin",
    "spaced out"};

static size_t tried[MUTATIONS], good[MUTATIONS];

static bool is_latin(Str s) {
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] >= 0x80) return false;
    }
    return true;
}

static bool has_letters(Str s) {
    for (size_t i = 0; i < s.n; i++) {
        if ((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z') return true;
    }
    return false;
}

static bool is_number(Str s) {
    for (size_t i = 0; i < s.n; i++) {
        bool digit = s.p[i] >= '0' && s.p[i] <= '9';
        if (!digit && s.p[i] != ' ' && s.p[i] != '-') return false;
    }
    return true;
}

static void add_upper(Str s, Buf *out) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        buf_add_byte(out, c >= 'a' && c <= 'z' ? (char)(c - 32) : c);
    }
}

static void add_lower(Str s, Buf *out) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        buf_add_byte(out, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
    }
}

static void add_full(Str s, Buf *out) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (alnum) utf8_add(out, (uint32_t)c + 0xFEE0);
        else buf_add_byte(out, c);
    }
}

static void add_escaped(Str s, Buf *out) {
    for (size_t at = 0, width; at < s.n; at += width) {
        uint32_t code = utf8_decode(s, at, &width);
        if (code < 0x80) buf_add_byte(out, (char)code);
        else buf_printf(out, "\\u%04x", code);
    }
}

static void add_spaced(Str s, Buf *out) {
    for (size_t at = 0, width; at < s.n; at += width) {
        (void)utf8_decode(s, at, &width);
        buf_add(out, s.p + at, width);
        if (at + width < s.n && s.p[at] != ' ') buf_add_byte(out, ' ');
    }
}

/* "Jiang Yihe" for a Chinese surrogate of our own signs. */
static bool add_pinyin(Str s, Buf *out) {
    int n = 0;
    for (size_t i = 0; i < name_compounds.n; i++) {
        if (str_starts(s, str_from(name_compounds.items[i]))) return false;
    }
    for (size_t at = 0, width; at < s.n; at += width, n++) {
        Str reading = pinyin_reading(pinyin_readings(s, at, &width), 0);
        if (!reading.n) return false;
        if (n == 1) buf_add_byte(out, ' ');
        buf_add_byte(out, n < 2 ? (char)(reading.p[0] - 32) : reading.p[0]);
        buf_add_str(out, str_sub(reading, 1, reading.n));
    }
    return n > 1;
}

/* The changed surrogate; false: this change makes no sense for it. */
static bool mutate(Mutation how, const VaultEntry *e, Buf *out) {
    Str s = e->surrogate;
    bool whole = e->part == VAULT_WHOLE, person = e->type == SCAN_PERSON;
    bool cased = e->type != SCAN_SECRET && has_letters(s) && is_latin(s);
    size_t blank = str_find(s, STR(" "), 0);
    switch (how) {
    case AS_IT_IS: buf_add_str(out, s); return whole;
    case UPPER: add_upper(s, out); return whole && cased;
    case LOWER: add_lower(s, out); return whole && cased;
    case FULL_WIDTH: add_full(s, out); return whole && is_latin(s) && e->type != SCAN_SECRET;
    case REGROUPED:
        for (size_t i = 0, n = 0; i < s.n; i++) {
            if (s.p[i] == ' ' || s.p[i] == '-') continue;
            if (n && n % 3 == 0) buf_add_byte(out, '-');
            buf_add_byte(out, s.p[i]);
            n++;
        }
        return whole && is_number(s) && e->type != SCAN_DATE;
    case WRAPPED:
        for (size_t i = 0; i < s.n; i++) buf_add_byte(out, s.p[i] == ' ' ? '\n' : s.p[i]);
        return whole && blank != SIZE_MAX;
    case BOLD: buf_printf(out, "**%.*s**", (int)s.n, s.p); return whole;
    case BOLD_PART:
        if (!whole || blank == SIZE_MAX) return false;
        buf_printf(out, "%.*s **%.*s**", (int)blank, s.p, (int)(s.n - blank - 1), s.p + blank + 1);
        return person;
    case QUOTED: buf_printf(out, "\"%.*s\"", (int)s.n, s.p); return whole;
    case LINK: buf_printf(out, "[%.*s](mailto:%.*s)", (int)s.n, s.p, (int)s.n, s.p); return whole;
    case ESCAPED: add_escaped(s, out); return whole && !is_latin(s);
    case POSSESSIVE:
    case PLURAL:
        buf_printf(out, how == PLURAL ? "%.*ss" : "%.*s's", (int)s.n, s.p);
        return whole && person && is_latin(s);
    case ZERO_WIDTH:
        buf_add(out, s.p, s.n > 3 ? 3 : s.n); /* a sign of Chinese, or three letters */
        buf_add_c(out, "\xe2\x80\x8b");
        buf_add(out, s.p + 3, s.n > 3 ? s.n - 3 : 0);
        return whole;
    case PART_ALONE:
        buf_add_str(out, s);
        return e->part == VAULT_WORD || (e->part == VAULT_GIVEN && s.n > 3);
    case ADDRESSED: buf_printf(out, "%.*s先生", (int)s.n, s.p); return e->part == VAULT_SURNAME;
    case SPACED:
        add_spaced(s, out);
        return whole && (is_number(s) || !is_latin(s)) && e->type != SCAN_SECRET;
    case PINYIN: return whole && person && !is_latin(s) && add_pinyin(s, out);
    default: return false;
    }
}

static void skeleton(Str s, Buf *out) {
    Err err;
    buf_clear(out);
    if (match_skeleton(s, out, &err) != OK) abort();
}

static void judge(Mutation how, const VaultEntry *e, GateRestorer *r, Str mutant, uint64_t *seed) {
    Err err;
    Buf answer, out, a, b, s;
    Buf *all[] = {&answer, &out, &a, &b, &s};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) buf_init(all[i], TEXT_MAX);
    bool latin = is_latin(mutant);
    buf_add_c(&answer, latin ? "The answer is: " : "答案是：");
    buf_add_str(&answer, mutant);
    buf_add_c(&answer, latin ? ", as far as I know." : "，仅供参考。");
    size_t most = 1 + talk_below(seed, 24);
    if (gate_talk_restore(r, buf_str(&answer), most, seed, &out, &err) != OK) abort();
    skeleton(buf_str(&out), &a);
    skeleton(e->original, &b);
    skeleton(e->surrogate, &s);
    bool back = str_find(buf_str(&a), buf_str(&b), 0) != SIZE_MAX &&
                str_find(buf_str(&a), buf_str(&s), 0) == SIZE_MAX;
    tried[how]++;
    good[how] += back;
    if (!back && tried[how] - good[how] <= 3) {
        printf("#   %s: %.*s -> %.*s, not %.*s\n", names[how], (int)answer.n, answer.p, (int)out.n,
               out.p, (int)e->original.n, e->original.p);
    }
    for (size_t i = 0; i < ARRAY_LEN(all); i++) buf_fini(all[i]);
}

static void mutants(Gate *gate, const char *conversation, uint64_t *seed) {
    Err err;
    VaultTalk *talk;
    GateRestorer *r;
    Buf mutant;
    buf_init(&mutant, TEXT_MAX);
    if (gate_restorer_for(gate, conversation, GATE_PLAIN, &r, &err) != OK) abort();
    if (vault_talk_open_known(gate->vault, conversation, &talk, &err) != OK) abort();
    for (size_t i = 0; i < vault_talk_count(talk); i++) {
        for (int how = 0; how < MUTATIONS; how++) {
            buf_clear(&mutant);
            const VaultEntry *e = vault_talk_at(talk, i);
            if (e->surrogate.n < 2 || !mutate((Mutation)how, e, &mutant)) continue;
            judge((Mutation)how, e, r, buf_str(&mutant), seed);
        }
    }
    vault_talk_close(talk);
    gate_restorer_free(r);
    buf_fini(&mutant);
}

typedef struct Run {
    bool canaries_only;
    size_t canaries, leaks;
    Scanner *scanner;
    Gate *gate;
    Buf text, out;
    uint64_t seed, off;
    size_t bytes;
    double mask_ms, restore_ms;
} Run;

static void look_for_canaries(Run *run, Str masked) {
    Err err;
    const ScanSpan *spans;
    size_t n;
    Buf all, one;
    buf_init(&all, TEXT_MAX);
    buf_init(&one, TEXT_MAX);
    skeleton(masked, &all);
    if (gate_scan(run->scanner, buf_str(&run->text), &spans, &n, &err) != OK) abort();
    for (size_t i = 0; i < n; i++) {
        Str canary = str_sub(buf_str(&run->text), spans[i].start, spans[i].end);
        bool kept = spans[i].type == SCAN_HEALTH || spans[i].type == SCAN_FINANCE;
        if (kept || spans[i].type == SCAN_PLACE) continue; /* as the default policy says */
        skeleton(canary, &one);
        if (one.n < 3) continue; /* two letters are in every text */
        bool there = str_find(masked, canary, 0) != SIZE_MAX ||
                     (one.n >= 6 && str_find(buf_str(&all), buf_str(&one), 0) != SIZE_MAX);
        run->canaries++;
        run->leaks += there;
        if (there && run->leaks <= 5) {
            printf("#   leak: %.*s in %.*s\n", (int)canary.n, canary.p, (int)masked.n, masked.p);
        }
    }
    buf_fini(&all);
    buf_fini(&one);
}

static void one(Run *run, uint64_t i) {
    Err err;
    GateParcel *parcel;
    GateRestorer *r;
    char conversation[32];
    buf_clear(&run->text);
    buf_clear(&run->out);
    talk_text(50000 + i, &run->text);
    (void)snprintf(conversation, sizeof conversation, "c%d", (int)(i % 20000));
    double from = clock_now_ms();
    if (gate_talk_parcel(run->gate, conversation, GATE_PUBLIC, buf_str(&run->text), &parcel, NULL,
                         &err) != OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    run->mask_ms += clock_now_ms() - from;
    Str masked = gate_parcel_text(parcel, 0);
    from = clock_now_ms();
    if (gate_restorer_new(run->gate, parcel, GATE_PLAIN, &r, &err) != OK) exit(1);
    if (gate_talk_restore(r, masked, 40, &run->seed, &run->out, &err) != OK) exit(1);
    run->restore_ms += clock_now_ms() - from;
    run->off += !str_eq(buf_str(&run->out), buf_str(&run->text));
    run->bytes += run->text.n;
    gate_restorer_free(r);
    look_for_canaries(run, masked);
    if (!run->canaries_only) mutants(run->gate, conversation, &run->seed);
    gate_parcel_free(parcel);
}

int main(int argc, char **argv) {
    Err err;
    char folder[64];
    Run run = {.seed = 7};
    uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000;
    uint64_t from = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    gate_home_make(folder);
    run.canaries_only = argc > 2;
    if (gate_open(folder, &run.gate, &err) != OK) return 1;
    if (gate_scanner_new(&run.scanner, &err) != OK) return 1;
    buf_init(&run.text, TEXT_MAX);
    buf_init(&run.out, TEXT_MAX);
    for (uint64_t i = 0; i < n; i++) one(&run, from + i);
    bool fine = run.off == 0 && run.leaks == 0;
    printf("conversations %llu, %zu bytes; restored with a byte off: %llu\n",
           (unsigned long long)n, run.bytes, (unsigned long long)run.off);
    printf("canaries %zu, of them in what would leave: %zu\n", run.canaries, run.leaks);
    for (int how = 0; how < MUTATIONS; how++) {
        if (!tried[how]) continue;
        double share = 100.0 * (double)good[how] / (double)tried[how];
        printf("%-20s %8zu of %8zu  %7.3f %%\n", names[how], good[how], tried[how], share);
        fine &= share >= 99.5;
    }
    printf("mask %.3f ms, restore %.3f ms a conversation of %.0f bytes\n",
           run.mask_ms / (double)n, run.restore_ms / (double)n, (double)run.bytes / (double)n);
    gate_scanner_free(run.scanner);
    gate_close(run.gate);
    gate_home_clear(folder);
    buf_fini(&run.text);
    buf_fini(&run.out);
    return fine ? 0 : 1;
}
