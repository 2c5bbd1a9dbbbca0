/*
 * The body of charset.h. A label that a document gives is believed before a guess, but for
 * Windows-1252: that is what programs write who do not know.
 *
 * Sources: WHATWG Encoding Standard (labels), GB 18030-2005, Big5-HKSCS, RFC 2781 (UTF-16).
 *
 * The table of charsets has a row for each converter: iconv's name, and all labels that pages and
 * mails use for it. GB2312 and GBK are read as GB18030, ISO-8859-1 and ASCII as Windows-1252,
 * EUC-KR as UHC: each holds the other, and writers say the smaller and use the larger.
 */
#include "knowledge/read/charset.h"

#include <assert.h>
#include <errno.h>
#include <iconv.h>
#include <stdio.h>

#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/read/charset_guess.h"

enum { SAMPLE_MAX = 256 * 1024 };

typedef struct Charset {
    const char *name;  /* what iconv calls it */
    const char *alias; /* further labels, lower case, blank-separated */
    iconv_t cd;
    bool open;
} Charset;

static Charset charsets[] = {
    {"UTF-8", "utf-8 utf8 unicode-1-1-utf-8", 0, false},
    {"UTF-16LE", "utf-16le utf-16", 0, false},
    {"UTF-16BE", "utf-16be", 0, false},
    {"UTF-32LE", "utf-32le utf-32", 0, false},
    {"UTF-32BE", "utf-32be", 0, false},
    {"GB18030", "gb18030 gb2312 gbk x-gbk gb_2312-80 cp936 hz-gb-2312 euc-cn", 0, false},
    {"BIG5-HKSCS", "big5 big5-hkscs cn-big5 x-x-big5 cp950", 0, false},
    {"CP932", "shift_jis shift-jis sjis x-sjis ms_kanji windows-31j cp932", 0, false},
    {"EUC-JP", "euc-jp x-euc-jp", 0, false},
    {"ISO-2022-JP", "iso-2022-jp", 0, false},
    {"UHC", "euc-kr uhc cp949 ks_c_5601-1987 ksc5601 korean", 0, false},
    {"CP1252", "windows-1252 cp1252 iso-8859-1 latin1 iso8859-1 ascii us-ascii ansi_x3.4-1968", 0,
     false},
    {"CP1250", "windows-1250 cp1250", 0, false},
    {"CP1251", "windows-1251 cp1251", 0, false},
    {"CP1253", "windows-1253 cp1253", 0, false},
    {"CP1254", "windows-1254 cp1254 iso-8859-9 latin5", 0, false},
    {"CP1255", "windows-1255 cp1255", 0, false},
    {"CP1256", "windows-1256 cp1256", 0, false},
    {"CP1257", "windows-1257 cp1257", 0, false},
    {"CP1258", "windows-1258 cp1258", 0, false},
    {"ISO-8859-2", "iso-8859-2 latin2", 0, false},
    {"ISO-8859-3", "iso-8859-3", 0, false},
    {"ISO-8859-4", "iso-8859-4", 0, false},
    {"ISO-8859-5", "iso-8859-5 cyrillic", 0, false},
    {"ISO-8859-6", "iso-8859-6 arabic", 0, false},
    {"ISO-8859-7", "iso-8859-7 greek", 0, false},
    {"ISO-8859-8", "iso-8859-8 iso-8859-8-i hebrew", 0, false},
    {"ISO-8859-13", "iso-8859-13", 0, false},
    {"ISO-8859-15", "iso-8859-15 latin9", 0, false},
    {"KOI8-R", "koi8-r koi8", 0, false},
    {"KOI8-U", "koi8-u", 0, false},
    {"CP866", "ibm866 cp866", 0, false},
    {"MACINTOSH", "macintosh mac x-mac-roman", 0, false},
    {"TIS-620", "tis-620 windows-874 iso-8859-11", 0, false},
};

/* Opens the converter once; they stay for the life of the process. */
static bool ready(Charset *set) {
    if (set->open) return true;
    iconv_t cd = iconv_open("UTF-8", set->name);
    if (cd == (iconv_t)-1) return false;
    set->cd = cd;
    set->open = true;
    return true;
}

void charset_warm_up(void) {
    for (size_t i = 0; i < ARRAY_LEN(charsets); i++) (void)ready(&charsets[i]);
}

/* Is the lower-cased label one of the blank-separated words? */
static bool among(const char *words, Str label) {
    for (const char *p = words; *p;) {
        size_t n = strcspn(p, " ");
        bool same = n == label.n;
        for (size_t i = 0; same && i < n; i++) same = plain_lower(label.p[i]) == p[i];
        if (same) return true;
        p += n + (p[n] == ' ');
    }
    return false;
}

const char *charset_find(Str label) {
    label = str_trim(label);
    for (size_t i = 0; label.n && i < ARRAY_LEN(charsets); i++) {
        if (among(charsets[i].alias, label)) return charsets[i].name;
    }
    return NULL;
}

/* ---- detection ---- */

/* The mark of UTF-32LE begins like that of UTF-16LE, so it is looked for first. */
static const char *by_mark(Str b) {
    if (str_starts(b, STR("\xEF\xBB\xBF"))) return "UTF-8";
    if (b.n >= 4 && memcmp(b.p, "\xFF\xFE\0\0", 4) == 0) return "UTF-32LE";
    if (b.n >= 4 && memcmp(b.p, "\0\0\xFE\xFF", 4) == 0) return "UTF-32BE";
    if (str_starts(b, STR("\xFF\xFE"))) return "UTF-16LE";
    if (str_starts(b, STR("\xFE\xFF"))) return "UTF-16BE";
    return NULL;
}

/* A character of several bytes begins at `at` and is cut by the end of the text. */
static bool is_cut(Str s, size_t at) {
    static const char rest[] = "\x80\x80\x80";
    char whole[8] = {0};
    uint32_t code;
    assert(at < s.n);
    size_t width, n = s.n - at;
    bool cut = false;
    for (size_t more = 1; n + more <= 4 && !cut; more++) {
        memcpy(whole, s.p + at, n);
        memcpy(whole + n, rest, more);
        cut = utf8_decode_strict((Str){whole, n + more}, 0, &code, &width) && width == n + more;
    }
    return cut;
}

/* Valid UTF-8, or nearly: a cut last character and one bad byte in fifty good characters are
   forgiven when there are real multi-byte characters. */
static bool is_utf8(Str s) {
    size_t good = 0, bad = 0;
    for (size_t at = 0; at < s.n;) {
        if ((unsigned char)s.p[at] < 0x80) {
            at++;
            continue;
        }
        uint32_t code;
        size_t width = 1;
        if (utf8_decode_strict(s, at, &code, &width)) {
            good++;
        } else if (good && is_cut(s, at)) {
            break;
        } else {
            bad++;
        }
        at += width ? width : 1;
    }
    return bad == 0 || (good >= 20 && bad * 50 <= good);
}

/* Share (0..100) of 16-bit units that are everyday characters. */
static unsigned common_units(Str s, bool big) {
    size_t common = 0, n = s.n / 2;
    for (size_t i = 0; i < n; i++) {
        unsigned a = (unsigned char)s.p[2 * i], b = (unsigned char)s.p[2 * i + 1];
        unsigned u = big ? a << 8 | b : b << 8 | a;
        common += (u >= 0x20 && u < 0x17F) || u == '\n' || u == '\r' || u == '\t' ||
                  (u >= 0x400 && u < 0x460) || (u >= 0x3000 && u < 0x3100) ||
                  (u >= 0x4E00 && u < 0x9FA6) || (u >= 0xAC00 && u < 0xD7A4) ||
                  (u >= 0xFF00 && u < 0xFF66) || (u >= 0x2010 && u < 0x2030);
    }
    return n ? (unsigned)(common * 100 / n) : 0;
}

/* UTF-16 without a mark: nearly all units are everyday characters in one order of bytes and fewer
   in the other, and blanks and line ends stand in that order, too. */
static const char *by_units(Str s) {
    if (s.n < 4 || s.n % 2) return NULL;
    size_t zeros[2] = {0, 0}, blanks[2] = {0, 0};
    for (size_t i = 0; i + 1 < s.n; i++) zeros[i & 1] += s.p[i] == 0;
    for (size_t i = 0; i + 1 < s.n; i += 2) {
        bool le = s.p[i + 1] == 0 && (s.p[i] == '\n' || s.p[i] == ' ');
        bool be = s.p[i] == 0 && (s.p[i + 1] == '\n' || s.p[i + 1] == ' ');
        blanks[0] += le;
        blanks[1] += be;
    }
    if (zeros[0] + zeros[1] == 0) return NULL; /* no blank, no line end, no digit: not UTF-16 */
    unsigned le = common_units(s, false), be = common_units(s, true);
    if (le >= 90 && le > be && blanks[0] >= blanks[1]) return "UTF-16LE";
    if (be >= 90 && be > le && blanks[1] >= blanks[0]) return "UTF-16BE";
    return NULL;
}

/* Zero bytes and control characters that no text has. */
static bool looks_binary(Str s) {
    size_t odd = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == 0) return true;
        odd += c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1B;
    }
    return odd > s.n / 50 + 2;
}

/* The order of charset.h. ISO-2022-JP is all ASCII bytes, so its label is heard before UTF-8 is
   tried. */
const char *charset_detect(Str bytes, Str label) {
    const char *mark = by_mark(bytes);
    if (mark) return mark;
    Str s = bytes.n > SAMPLE_MAX ? str_sub(bytes, 0, SAMPLE_MAX) : bytes;
    const char *wide = by_units(s.n % 2 ? str_sub(s, 0, s.n - 1) : s);
    if (wide) return wide;
    if (looks_binary(s)) return NULL;
    const char *said = charset_find(label);
    if (said && strcmp(said, "ISO-2022-JP") == 0) return said;
    if (is_utf8(bytes)) return "UTF-8";
    if (said && strncmp(said, "UTF-", 4) != 0 && strcmp(said, "CP1252") != 0) return said;
    const char *guess = charset_guess(s);
    return said && !charset_of_pairs(guess) ? said : guess;
}

/* ---- conversion ---- */

static Charset *find_open(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(charsets); i++) {
        if (strcmp(charsets[i].name, name) == 0 && ready(&charsets[i])) return &charsets[i];
    }
    return NULL;
}

/* A converter may hold a character back, for an accent that could follow (Windows-1255, Big5). */
static void convert_rest(Charset *set, Buf *out) {
    enum { REST = 16 };
    char *to = buf_reserve(out, REST);
    size_t room = REST;
    if (!to) return;
    if (iconv(set->cd, NULL, NULL, &to, &room) != (size_t)-1) out->n += REST - room;
    out->p[out->n] = 0;
}

/* What cannot be converted is passed over by one unit (2 or 4 bytes in UTF-16 and UTF-32) and
   counted. The converter is reset first: it may have been left inside a shifted state. */
static Status convert(Charset *set, Str bytes, Buf *out, size_t *bad, Err *err) {
    enum { STEP = 64 * 1024 };
    char *in = (char *)(uintptr_t)bytes.p; /* iconv's prototype lacks const; it does not write */
    size_t left = bytes.n;
    (void)iconv(set->cd, NULL, NULL, NULL, NULL);
    while (left) {
        const size_t step = left < STEP / 8 ? 4 * left + 16 : STEP; /* less for short texts */
        char *to = buf_reserve(out, step);
        if (!to) return buf_check(out, "the text of a document", err);
        size_t room = step;
        size_t rc = iconv(set->cd, &in, &left, &to, &room);
        out->n += step - room;
        if (rc != (size_t)-1 || errno == E2BIG) continue;
        ++*bad;
        utf8_add(out, UTF8_REPLACEMENT);
        size_t unit = strncmp(set->name, "UTF-16", 6) == 0   ? 2
                      : strncmp(set->name, "UTF-32", 6) == 0 ? 4
                                                             : 1;
        if (unit > left) unit = left;
        in += unit;
        left -= unit;
    }
    convert_rest(set, out);
    return buf_check(out, "the text of a document", err);
}

/* One malformed in ten is judged by what came out, at about two bytes a character; the 8 lets a
   text of a few characters have one. */
Status charset_decode(Str bytes, const char *charset, Buf *out, Err *err) {
    if (strcmp(charset, "UTF-8") == 0) { /* malformed bytes are mended by the cleaning door */
        if (str_starts(bytes, STR("\xEF\xBB\xBF"))) bytes = str_sub(bytes, 3, bytes.n);
        buf_add_str(out, bytes);
        return buf_check(out, "the text of a document", err);
    }
    Charset *set = find_open(charset);
    if (!set) {
        return err_set(err, E_UNSUPPORTED, "text in %s: this system has no converter for it",
                       charset);
    }
    size_t bad = 0, before = out->n;
    TRY(convert(set, bytes, out, &bad, err));
    if (bad * 10 > (out->n - before) / 2 + 8) {
        return err_set(err, E_UNSUPPORTED, "text in an unknown character set (it is not %s)",
                       charset);
    }
    return OK;
}

void charset_add(Buf *out, Str bytes, const char *charset) {
    Charset *set = find_open(charset);
    size_t bad = 0;
    if (set && convert(set, bytes, out, &bad, NULL) == OK) return;
    if (!set) utf8_add(out, UTF8_REPLACEMENT);
}

/* Labels of the table, "cp932" or "windows-1251"; four numbers have none there. */
const char *charset_of_codepage(unsigned codepage) {
    char label[24];
    switch (codepage) {
    case 1200: return "UTF-16LE";
    case 1201: return "UTF-16BE";
    case 10000: return "MACINTOSH";
    case 65001: return "UTF-8";
    default: break;
    }
    (void)snprintf(label, sizeof label, "cp%u", codepage);
    const char *name = charset_find(str_from(label));
    if (name) return name;
    (void)snprintf(label, sizeof label, "windows-%u", codepage);
    name = charset_find(str_from(label));
    return name ? name : "CP1252";
}
