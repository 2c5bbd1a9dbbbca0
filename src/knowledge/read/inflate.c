/*
 * The body of inflate.h, around zlib.
 *
 * The two bytes of a zlib header are looked at here and the rest is given to zlib as bare DEFLATE,
 * so that a wrong checksum behind a stream that is otherwise whole costs nothing: writers of PDFs
 * get it wrong, and a viewer shows the page all the same. What is unpacked goes to the caller a
 * chunk at a time; a stream that grows without end meets the ceiling of the caller's buffer.
 *
 * Sources: RFC 1950 (the header), RFC 1951; zlib's own zlib.h.
 */
#include "knowledge/read/inflate.h"

#include <assert.h>
#include <limits.h>
#include <zlib.h>

#include "base/mem.h"

enum { HEADER_BYTES = 2, CHUNK_BYTES = 16384, METHOD_DEFLATE = 8, PRESET = 32 };

static void *z_alloc(void *user, unsigned n, unsigned size) {
    (void)user;
    return mem_alloc_n(n, size);
}

static void z_free(void *user, void *block) {
    (void)user;
    mem_free(block);
}

bool inflate_zlib(Str packed, Buf *out) {
    if (packed.n <= HEADER_BYTES || packed.n > UINT_MAX) return false;
    if ((packed.p[0] & 15) != METHOD_DEFLATE || (packed.p[1] & PRESET)) return false;
    unsigned char chunk[CHUNK_BYTES];
    z_stream z = {.zalloc = z_alloc, .zfree = z_free,
                  .next_in = (z_const Bytef *)(uintptr_t)(packed.p + HEADER_BYTES),
                  .avail_in = (unsigned)(packed.n - HEADER_BYTES)};
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK) return false; /* below zero: no header, no checksum */
    int state = Z_OK;
    while (state == Z_OK && out->status == OK) {
        z.next_out = chunk;
        z.avail_out = sizeof chunk;
        state = inflate(&z, Z_NO_FLUSH); /* Z_BUF_ERROR where the input ends too soon */
        assert(z.avail_out <= sizeof chunk);
        buf_add(out, chunk, sizeof chunk - z.avail_out);
    }
    (void)inflateEnd(&z);
    return state == Z_STREAM_END && out->status == OK;
}
