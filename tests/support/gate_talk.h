/*
 * Gates in folders of their own, and random talk for them: sentences with people, numbers, keys
 * and addresses of nobody, valid by their check digits, in Chinese and English. The same seed says
 * the same thing.
 */
#ifndef HEARTH_TESTS_GATE_TALK_H
#define HEARTH_TESTS_GATE_TALK_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "gate/gate.h"
#include "gate/restore.h"

/* ---- folders ------------------------------------------------------------------------------- */

/* In memory, where a sync costs nothing. */
static inline void gate_home_make(char folder[64]) {
    (void)snprintf(folder, 64, "/dev/shm/hearth-gate-XXXXXX");
    if (mkdtemp(folder)) return;
    (void)snprintf(folder, 64, "/tmp/hearth-gate-XXXXXX");
    if (!mkdtemp(folder)) abort();
}

static inline int gate_home_remove(const char *path, const struct stat *st, int kind,
                                   struct FTW *ftw) {
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static inline void gate_home_clear(const char *folder) {
    (void)nftw(folder, gate_home_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void gate_home_write(const char *folder, const char *name, const char *text) {
    char path[600];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0) abort();
}

/* A request of one message. */
static inline Status gate_talk_parcel(Gate *gate, const char *conversation, GateDest dest,
                                      Str text, GateParcel **out, GateReport *report, Err *err) {
    GateMessage message = {.role = GATE_USER, .label = GATE_PERSONAL, .text = text};
    GateRequest request = {.endpoint = "test", .dest = dest, .conversation = conversation,
                           .why = "test", .messages = &message, .n_messages = 1};
    return gate_parcel_make(gate, &request, out, report, err);
}

static inline void gate_talk_add(void *user, Str piece) {
    buf_add_str(user, piece);
}

/* Restores a text in pieces of at most `most` bytes, their sizes drawn from *seed. */
static inline Status gate_talk_restore(GateRestorer *r, Str text, size_t most, uint64_t *seed,
                                       Buf *out, Err *err) {
    for (size_t at = 0; at < text.n || at == 0;) {
        *seed = *seed * 6364136223846793005u + 1442695040888963407u;
        size_t n = 1 + (size_t)(*seed >> 33) % most;
        if (n > text.n - at) n = text.n - at;
        bool last = at + n == text.n;
        TRY(gate_restore_feed(r, str_sub(text, at, at + n), last, gate_talk_add, out, err));
        at += n;
        if (last) break;
    }
    return buf_check(out, "a restored text", err);
}

/* ---- talk ---------------------------------------------------------------------------------- */

static inline uint32_t talk_below(uint64_t *seed, uint32_t n) {
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*seed >> 33) % n);
}

static inline void talk_digits(uint64_t *seed, int n, Buf *out) {
    for (int i = 0; i < n; i++) buf_add_byte(out, (char)('0' + talk_below(seed, 10)));
}

static inline void talk_luhn(uint64_t *seed, Buf *out) {
    char d[17] = "4";
    int sum = 0;
    for (int i = 1; i < 15; i++) d[i] = (char)('0' + talk_below(seed, 10));
    for (int i = 0; i < 15; i++) {
        int v = d[i] - '0';
        if (i % 2 == 0) v = v * 2 > 9 ? v * 2 - 9 : v * 2;
        sum += v;
    }
    d[15] = (char)('0' + (10 - sum % 10) % 10);
    for (int i = 0; i < 16; i++) {
        if (i && i % 4 == 0) buf_add_byte(out, ' ');
        buf_add_byte(out, d[i]);
    }
}

static inline void talk_resident(uint64_t *seed, Buf *out) {
    static const char *const regions[] = {"110105", "310104", "440305", "510104", "330106"};
    static const int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    char id[19];
    int sum = 0;
    (void)snprintf(id, sizeof id, "%s%04u%02u%02u%03u", regions[talk_below(seed, 5)],
                   1940 + talk_below(seed, 65), 1 + talk_below(seed, 12), 1 + talk_below(seed, 28),
                   talk_below(seed, 1000));
    for (int i = 0; i < 17; i++) sum += (id[i] - '0') * weights[i];
    id[17] = "10X98765432"[sum % 11];
    buf_add(out, id, 18);
}

static inline void talk_pick(uint64_t *seed, const char *const *words, uint32_t n, Buf *out) {
    buf_add_c(out, words[talk_below(seed, n)]);
}

static inline void talk_name_zh(uint64_t *seed, Buf *out) {
    static const char *const surnames[] = {"张", "王", "李", "赵", "陈", "刘", "杨", "黄", "吴",
                                           "周", "徐", "孙", "马", "朱", "胡", "欧阳", "诸葛"};
    static const char *const signs[] = {"伟", "芳", "娜", "敏", "静", "强", "磊", "军", "洋",
                                        "勇", "艳", "杰", "娟", "涛", "明", "超", "霞", "平"};
    talk_pick(seed, surnames, 17, out);
    if (talk_below(seed, 3)) talk_pick(seed, signs, 18, out);
    talk_pick(seed, signs, 18, out);
}

static inline void talk_name_en(uint64_t *seed, Buf *out) {
    static const char *const given[] = {"Alice", "Robert", "Margaret", "John",  "Priya", "Chen",
                                        "Fatima", "Oliver", "Grace",   "Jose",  "Hannah", "Ivan"};
    static const char *const family[] = {"Smith", "Johnson", "Garcia", "Novak", "Mueller", "Wang",
                                         "Okafor", "Rossi",  "Taylor", "Hughes", "Kim",    "Silva"};
    talk_pick(seed, given, 12, out);
    buf_add_byte(out, ' ');
    if (talk_below(seed, 4) == 0) buf_add_c(out, "J. ");
    talk_pick(seed, family, 12, out);
}

/* One private thing with the words that people put beside it. */
static inline void talk_thing(uint64_t *seed, bool chinese, Buf *out) {
    switch (talk_below(seed, 10)) {
    case 0:
        buf_add_c(out, chinese ? "手机 1" : "Call me, mobile 1");
        buf_add_byte(out, "358"[talk_below(seed, 3)]);
        talk_digits(seed, 1, out);
        if (talk_below(seed, 2)) buf_add_byte(out, ' ');
        talk_digits(seed, 8, out);
        break;
    case 1:
        buf_add_c(out, chinese ? "身份证号 " : "resident id ");
        talk_resident(seed, out);
        break;
    case 2:
        buf_add_c(out, chinese ? "卡号 " : "card ");
        talk_luhn(seed, out);
        break;
    case 3:
        buf_add_c(out, chinese ? "邮箱 " : "e-mail ");
        buf_printf(out, "user%u.x@mail%u.de", talk_below(seed, 9000), talk_below(seed, 900));
        break;
    case 4:
        buf_add_c(out, chinese ? "密码: " : "password: ");
        buf_printf(out, "Tq%u#xP%u", talk_below(seed, 90000), talk_below(seed, 90));
        break;
    case 5:
        buf_add_c(out, "api key sk-proj-");
        for (int i = 0; i < 30; i++) buf_add_byte(out, "abXY1290Zkq"[talk_below(seed, 11)]);
        break;
    case 6:
        buf_printf(out, "%s203.0.113.%u", chinese ? "服务器 " : "server ", talk_below(seed, 250));
        break;
    case 7:
        buf_printf(out, "%s%u-%02u-%02u", chinese ? "出生日期：" : "date of birth: ",
                   1940 + talk_below(seed, 60), 1 + talk_below(seed, 12), 1 + talk_below(seed, 28));
        break;
    case 8:
        buf_add_c(out, "phone +1 415-");
        buf_printf(out, "%u-%04u", 201 + talk_below(seed, 700), talk_below(seed, 10000));
        break;
    default:
        buf_add_c(out, chinese ? "姓名：" : "name: ");
        if (chinese) talk_name_zh(seed, out);
        else talk_name_en(seed, out);
    }
}

/* Some sentences; a few of them repeat what was said. */
static inline void talk_text(uint64_t seed, Buf *out) {
    bool chinese = talk_below(&seed, 2) == 0;
    uint32_t n = 1 + talk_below(&seed, 12);
    size_t from = 0, to = 0;
    for (uint32_t i = 0; i < n && out->status == OK; i++) {
        if (to > from && talk_below(&seed, 5) == 0) {
            Buf again;
            buf_init(&again, 1 << 16);
            buf_add(&again, out->p + from, to - from);
            buf_add_str(out, buf_str(&again));
            buf_fini(&again);
        } else {
            from = out->n;
            talk_thing(&seed, chinese, out);
            to = out->n;
        }
        buf_add_c(out, chinese ? "，请记下来。" : ", as I said. ");
        if (talk_below(&seed, 6) == 0) buf_add_c(out, "\n{\"k\": [1, 2]} **bold** `code`\n");
    }
}

#endif
