/*
 * The reader of one file that was packed by gzip, bzip2, xz or zstd: letter.txt.gz, page.html.xz.
 *
 * It is unpacked in memory and read as what comes out, by its content and by its name without the
 * ending of the packing. Lines, pages and title are those of the file inside. A PDF takes another
 * program, so it is kept for the extractor (doc_keep_file).
 *
 * Exactly one layer is taken off. libarchive would take off up to 25 by itself; it is told which
 * filter to use and no other. A packed file in a packed file is named and not opened, so that one
 * that unpacks to itself ends at once. Doc.inside carries that through a mail and its attachments.
 *
 * Ceilings. What comes out may have as many bytes as a plain file may have, so that packing opens
 * no way around that limit; and beyond RATIO_FROM bytes at most RATIO_MAX times those that went in
 * (texts shrink to a fifth, a log to a fiftieth, zeros to a thousandth). CPU and memory are the
 * sandbox's. Nothing is written.
 *
 * Checksums. The libraries check those of bzip2, xz and zstd. libarchive does not check gzip's, and
 * a text with a wrong letter looks like any text, so it is done here. RFC 1952: a file is a row of
 * members, each 10 bytes of head or more, deflated data, and a CRC-32 and the length of what it
 * unpacks to. Only the last member's end is known, where the file ends (or zeros follow, as on
 * tapes). Other ends are looked for: eight bytes before something like a head, whose length and
 * checksum fit what comes next in the output. Without a fit there the members count as one, and the
 * last checksum is wrong.
 *
 * Sources: RFC 1952 (gzip), ISO 3309 (its CRC), libarchive's archive_read_filter(3).
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>

#include "base/lists.h"
#include "base/mem.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/package.h"
#include "knowledge/read/read.h"

enum {
    UNPACKED_MAX = 64 << 20, /* ExtractorOptions.text_bytes */
    RATIO_FROM = 4 << 20,
    RATIO_MAX = 250,
    STEP = 256 * 1024,
    GZIP_LEAST = 18 /* bytes of an empty member */
};

static const struct {
    const char *words; /* Kind.words */
    const char *name;
    int filter;
} PACKINGS[] = {{"archive (gzip)", "gzip file", ARCHIVE_FILTER_GZIP},
                {"archive (bzip2)", "bzip2 file", ARCHIVE_FILTER_BZIP2},
                {"archive (xz)", "xz file", ARCHIVE_FILTER_XZ},
                {"archive (zstd)", "zstd file", ARCHIVE_FILTER_ZSTD}};

/* ---- gzip's checksums ---- */

static uint32_t little32(const char *p) {
    const uint8_t *b = (const uint8_t *)p;
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* The table is made anew for each: 2048 steps are nothing beside a file. */
static uint32_t crc32_of(Str s) {
    uint32_t table[256], crc = 0xFFFFFFFF;
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 8; bit++) c = c & 1 ? c >> 1 ^ 0xEDB88320 : c >> 1;
        table[i] = c;
    }
    for (size_t i = 0; i < s.n; i++) crc = table[(crc ^ (uint8_t)s.p[i]) & 0xFF] ^ crc >> 8;
    return ~crc;
}

/* Where the members before the last end in the output. What is tried has a budget: a file of
   nothing but heads must not take a checksum of everything for each. */
static size_t ends_of_members(Str in, Str out) {
    uint64_t budget = 4 * (uint64_t)out.n;
    size_t done = 0, at = GZIP_LEAST;
    while (at < in.n && (at = str_find(in, STR("\x1F\x8B\x08"), at)) != SIZE_MAX) {
        uint32_t size = little32(in.p + at - 4);
        if (size <= out.n - done && size <= budget) {
            budget -= size;
            Str member = str_sub(out, done, done + size);
            if (crc32_of(member) == little32(in.p + at - 8)) done += size;
        }
        at++;
    }
    return done;
}

static bool gzip_adds_up(Str in, Str out) {
    Str last = str_sub(out, ends_of_members(in, out), out.n);
    uint32_t crc = crc32_of(last);
    for (size_t end = in.n; end >= GZIP_LEAST; end--) {
        const char *tail = in.p + end - 8;
        if (little32(tail) == crc && little32(tail + 4) == last.n) return true;
        if (in.p[end - 1]) return false;
    }
    return false;
}

/* ---- unpacking ---- */

static Status too_much(size_t in, size_t out, Err *err) {
    if (out > RATIO_FROM && out / RATIO_MAX > in) {
        return err_set(err, E_LIMIT, "unpacks to more than %d times its size: a bomb?", RATIO_MAX);
    }
    if (out <= UNPACKED_MAX) return OK;
    (void)err_set(err, E_LIMIT, "unpacks to more than %d MB", UNPACKED_MAX >> 20);
    return err_hint(err, "split it into smaller files");
}

static Status failed(struct archive *a, const char *what, Err *err) {
    if (archive_errno(a) == ENOMEM) return err_no_memory(err, "unpacking a file");
    return package_damaged(a, what, err);
}

/* libarchive has words about formats for that, none of which is meant. */
static Status not_begun(struct archive *a, const char *what, Err *err) {
    if (archive_errno(a) == ENOMEM) return failed(a, what, err);
    return err_set(err, E_CORRUPT, "damaged %s: it cannot be unpacked", what);
}

/* All that comes out. ARCHIVE_WARN is passed over: it is about times and the like. */
static Status take_all(struct archive *a, const char *what, size_t packed, Buf *out, Err *err) {
    for (;;) {
        TRY(too_much(packed, out->n, err));
        char *to = buf_reserve(out, STEP);
        if (!to) return buf_check(out, "an unpacked file", err);
        la_ssize_t n = archive_read_data(a, to, STEP);
        if (n == 0) return OK;
        if (n < 0) return failed(a, what, err);
        out->n += (size_t)n;
    }
}

/* An empty member unpacks to no byte, which libarchive takes for no file at all. */
static bool is_empty_gzip(int filter, Str in) {
    return filter == ARCHIVE_FILTER_GZIP && in.n >= GZIP_LEAST && in.n < 1024 &&
           gzip_adds_up(in, (Str){"", 0});
}

static Status unpack(Str in, size_t which, Buf *out, Err *err) {
    const char *what = PACKINGS[which].name;
    int filter = PACKINGS[which].filter;
    struct archive_entry *entry;
    struct archive *a = archive_read_new();
    if (!a) return err_no_memory(err, "unpacking a file");
    Status status = OK;
    if (archive_read_append_filter(a, filter) < ARCHIVE_WARN) {
        status = err_set(err, E_UNSUPPORTED, "%s: not read by this system's libarchive",
                         PACKINGS[which].words);
    } else if (archive_read_support_format_raw(a) != ARCHIVE_OK ||
               archive_read_open_memory(a, in.p, in.n) != ARCHIVE_OK ||
               archive_read_next_header(a, &entry) != ARCHIVE_OK) {
        if (!is_empty_gzip(filter, in)) status = not_begun(a, what, err);
    } else {
        status = take_all(a, what, in.n, out, err);
    }
    (void)archive_read_free(a);
    if (status == OK && filter == ARCHIVE_FILTER_GZIP && !gzip_adds_up(in, buf_str(out))) {
        status = err_set(err, E_CORRUPT, "damaged %s: its checksum is wrong", what);
    }
    return status;
}

/* ---- the door ---- */

/* "letter.txt" of "letter.txt.gz", so that the ending of the file inside counts. */
static Str name_inside(Str name) {
    static const char *const endings[] = {".gz", ".bz2", ".xz", ".zst", ".GZ", NULL};
    bool packed = list_ends(name, endings);
    while (packed && name.n && name.p[name.n - 1] != '.') name.n--;
    if (packed && name.n) name.n--;
    return name;
}

/* The extractor reads it; where it is the user's own file, as if it were that PDF. */
static Status keep_pdf(Str name, Buf *bytes, Doc *doc, Err *err) {
    char *label = NULL;
    size_t slash = name.n;
    while (slash && name.p[slash - 1] != '/') slash--;
    TRY(emit_meta(&doc->format, STR("pdf"), err));
    TRY(emit_meta(&label, str_sub(name, slash, name.n), err));
    Status status = doc_keep_file(doc, label ? str_from(label) : STR("PDF"), 0, bytes, err);
    mem_free(label);
    return status;
}

static Status refuse(const char *words, ReadResult *result, Err *err) {
    (void)snprintf(result->kind, sizeof result->kind, "%s", words);
    return err_set(err, E_UNSUPPORTED, "%s: this kind of file is not read yet", words);
}

/* What is inside must be known before it is read: a second layer stays closed. */
static Status read_inside(Buf *bytes, Str name, Doc *doc, ReadResult *result, Err *err) {
    Kind kind = kind_of_head(buf_str(bytes));
    if (kind.id == KIND_PACKED) return refuse("packed file in a packed file", result, err);
    if (kind.id == KIND_PDF) return keep_pdf(name, bytes, doc, err);
    return read_bytes(buf_str(bytes), name, doc, result, err);
}

Status read_packed(Str bytes, Str name, Doc *doc, ReadResult *result, Err *err) {
    Kind kind = kind_of_head(bytes);
    size_t which = 0;
    while (which + 1 < ARRAY_LEN(PACKINGS) && strcmp(PACKINGS[which].words, kind.words) != 0) {
        which++;
    }
    if (doc->inside & DOC_IN_PACKED) return refuse("packed file in a packed file", result, err);
    Buf out;
    buf_init(&out, UNPACKED_MAX + 2 * STEP);
    doc->inside |= DOC_IN_PACKED;
    Status status = unpack(bytes, which, &out, err);
    if (status == OK) status = read_inside(&out, name_inside(name), doc, result, err);
    buf_fini(&out);
    return status;
}
