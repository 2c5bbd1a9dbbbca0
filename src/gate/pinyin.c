/*
 * How Han signs are read (pinyin.h).
 *
 * The table is text: a sign, its readings, the next sign, in the order of code points. It is
 * searched by halving: from the middle one goes back to where a sign begins, which is the one kind
 * of byte of its row with both high bits set. Nothing is built at start, nothing is shared.
 */
#include "gate/pinyin.h"

#include <assert.h>

#include "base/utf8.h"

static bool is_lead(char c) {
    return ((unsigned char)c & 0xC0) == 0xC0;
}

Str pinyin_readings(Str text, size_t at, size_t *width) {
    const Str table = {pinyin_signs, pinyin_signs_n};
    uint32_t code = utf8_decode(text, at, width);
    size_t low = 0, high = table.n; /* the row begins in [low, high) */
    assert(table.n > 0 && is_lead(table.p[0]));
    while (low < high) {
        size_t middle = low + (high - low) / 2, size;
        while (!is_lead(table.p[middle])) middle--; /* table.p[low] is one */
        uint32_t here = utf8_decode(table, middle, &size);
        size_t from = middle + size, to = from;
        while (to < table.n && !is_lead(table.p[to])) to++;
        if (here == code) return str_sub(table, from, to);
        if (here < code) low = to;
        else high = middle;
    }
    return (Str){NULL, 0};
}

Str pinyin_reading(Str readings, int which) {
    size_t from = 0, end;
    for (;; which--, from = end + 1) {
        end = str_find(readings, STR("/"), from);
        if (end == SIZE_MAX) end = readings.n;
        if (which == 0 || end == readings.n) break;
    }
    return which == 0 ? str_sub(readings, from, end) : (Str){NULL, 0};
}
