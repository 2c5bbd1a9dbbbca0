/* How Han signs are read. For src/gate alone. */
#ifndef HEARTH_GATE_PINYIN_H
#define HEARTH_GATE_PINYIN_H

#include "base/text.h"

/* The readings of the sign that begins at text.p[at], without tones, "le/yue", the most frequent
   first; *width: its bytes. Empty: no sign that is known. */
Str pinyin_readings(Str text, size_t at, size_t *width);
/* Reading number `which` of them; empty: there are not so many. */
Str pinyin_reading(Str readings, int which);

/* Appends the signs as one word, "Qingchuan": the first reading of each; what is no known sign is
   left out. */
void pinyin_write(Str signs, Buf *out);

#endif
