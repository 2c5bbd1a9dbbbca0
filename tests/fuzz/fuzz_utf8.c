/*
 * Any bytes as text: decoding always moves on, and each normal form is valid UTF-8.
 */
#include <stdlib.h>

#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Str text = {(const char *)data, size};
    bool valid = true;
    for (size_t at = 0, width; at < text.n; at += width) {
        uint32_t code;
        valid = utf8_decode_strict(text, at, &code, &width) && valid;
        if (width < 1 || width > text.n - at) abort();
        (void)unicode_category(code);
        (void)unicode_width(unicode_lower(unicode_upper(code)));
    }
    if (valid != utf8_valid(text)) abort();
    for (int form = 0; form < 8; form++) {
        Buf out;
        buf_init(&out, 64u << 20);
        Status status = unicode_normalize(text, (UnicodeForm)(form & 3), form > 3, &out, NULL);
        if (status != OK || !utf8_valid(buf_str(&out))) abort();
        buf_fini(&out);
    }
    return 0;
}
