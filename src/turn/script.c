/*
 * Script: see script.h.
 *
 * A small model that reads 變化 writes 变化, and so within one sentence: "生活方式也發生了变化".
 * Asked in traditional characters about traditional documents it mixes both; a name comes out as
 * nobody writes it, and differs from the quote below it. Whose script is right? The documents'.
 * An answer is made of their words, its quotes stand as they are (decision 0034), and who keeps
 * documents in one script reads it. So also for a traditional question about simplified
 * documents.
 *
 * One character alone does not tell: 发 is 發 or 髮. So a character is changed only where the passage
 * has it in the other script after the same neighbour ("了变", "了變"), and never where the passage
 * has the pair as the answer wrote it. The first character of an answer stays.
 *
 * Limits: characters of three bytes, which is all that base/han.h folds; one pass over the passage
 * for each character of the answer. A changed character is the neighbour of the next one as it then
 * stands: pairs are compared folded.
 */
#include "turn/script.h"

#include <assert.h>
#include <string.h>

#include "base/han.h"
#include "base/utf8.h"

enum { SIGN = 3 }; /* bytes */

/* The character of the passage that follows one like `before` and is `sign` but for its script; 0:
   none, or the pair stands there as it is. */
static uint32_t written_as(Str passage, uint32_t before, uint32_t sign) {
    uint32_t last = 0, found = 0;
    size_t width;
    for (size_t at = 0; at < passage.n; at += width) {
        uint32_t c = utf8_decode(passage, at, &width);
        bool pair = last && han_fold(last) == han_fold(before) && han_fold(c) == han_fold(sign);
        if (pair && c == sign) return 0;
        if (pair && width == SIGN) found = c;
        last = c;
    }
    return found;
}

bool script_follow(char *text, size_t n, size_t from, Str passage) {
    uint32_t before = 0;
    bool changed = false;
    size_t width;
    assert(from <= n);
    for (size_t at = 0; at < n; at += width) {
        uint32_t c = utf8_decode((Str){text, n}, at, &width);
        uint32_t as = 0;
        bool sign = at >= from && width == SIGN && before && unicode_is_cjk(c);
        if (sign) as = written_as(passage, before, c);
        if (as) {
            char bytes[UTF8_MAX_BYTES];
            size_t same = utf8_encode(as, bytes);
            assert(same == SIGN); /* so it stood in the passage */
            memcpy(text + at, bytes, same);
            changed = true;
        }
        before = as ? as : c;
    }
    return changed;
}
