/*
 * How Han signs are read (pinyin.h).
 *
 * The table is a text, pinyin.txt, put into the program by the assembler (built_in.S.in): a sign,
 * its readings without tones (v for u with two dots), the most frequent first, the next sign, in
 * the order of code points; line ends stand anywhere between signs. It is searched by halving: from
 * the middle one goes back to where a sign begins, which is the one kind of byte of its row with
 * both high bits set. Nothing is built at start, nothing is shared.
 *
 * It has the 8847 signs of GB 2312 and of Big5's first plane, from the readings of PyPI's pypinyin
 * (MIT), which go back to Unicode's Unihan; readings that names have beside their usual one are put
 * in by hand.
 */
#include "gate/pinyin.h"

#include <assert.h>

#include "base/plain.h"
#include "base/utf8.h"

extern const char pinyin_txt_begin[], pinyin_txt_end[];

static bool is_lead(char c) {
    return ((unsigned char)c & 0xC0) == 0xC0;
}

Str pinyin_readings(Str text, size_t at, size_t *width) {
    const Str table = {pinyin_txt_begin, (size_t)(pinyin_txt_end - pinyin_txt_begin)};
    uint32_t code = utf8_decode(text, at, width);
    size_t low = 0, high = table.n; /* the row begins in [low, high) */
    assert(table.n > 0 && is_lead(table.p[0]));
    while (low < high) {
        size_t middle = low + (high - low) / 2, size;
        while (!is_lead(table.p[middle])) middle--; /* table.p[low] is one */
        uint32_t here = utf8_decode(table, middle, &size);
        size_t from = middle + size, to = from;
        while (to < table.n && !is_lead(table.p[to])) to++;
        if (here == code) return str_trim(str_sub(table, from, to));
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

void pinyin_write(Str signs, Buf *out) {
    size_t begin = out->n;
    for (size_t at = 0, width; at < signs.n; at += width) {
        buf_add_str(out, pinyin_reading(pinyin_readings(signs, at, &width), 0));
    }
    if (out->status == OK && out->n > begin) out->p[begin] = plain_upper(out->p[begin]);
}
