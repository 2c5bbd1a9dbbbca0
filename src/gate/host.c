/*
 * The body of host.h.
 *
 * Three things are refused, all of them on what the name means (labels in punycode decoded first):
 *
 *   a label of several alphabets   "аpi" whose first letter is Cyrillic: browsers refuse it, too
 *                                  (UTS 39, 5.2, "highly restrictive": Latin goes with Chinese,
 *                                  Japanese and Korean, and with nothing else)
 *   letters of no alphabet         full-width and mathematical ones
 *   a provider's name redrawn      the host's skeleton is that of a known provider's host, or ends
 *                                  with it, and the host does not. A skeleton has each letter's
 *                                  Latin twin (twin.c), 1, i and l alike, 0 and o, rn and m, vv and
 *                                  w: "api.0penai.com", "аnthropic" all in Cyrillic
 *
 * Not found: names that are merely alike ("openai-api.com"); nobody can know whose those are.
 *
 * Sources: RFC 3492 6.2 (decoding) and 6.3, UTS 39 4 (skeletons) and 5.2.
 */
#include "gate/host.h"

#include <assert.h>

#include "base/plain.h"
#include "base/utf8.h"
#include "gate/twin.h"

enum { LABEL_MAX = 63, HOST_MAX = 512 };

/*
 * How a name is looked at; labels of punycode are spelled out before:
 *
 *     letters     each label's alphabets as bits: Cyrillic and Latin in one are refused
 *     skeleton    "api.0penai.com" -> "apl.openal.com", as "openai.com" -> "openal.com": alike
 *     itself      "api.0penai.com" does not end with ".openai.com": refused
 */

/* Hosts that a redrawn name would be mistaken for; others are not protected by this. */
static const char *const providers[] = {
    "openai.com",   "anthropic.com", "googleapis.com", "azure.com",   "mistral.ai",
    "groq.com",     "x.ai",          "deepseek.com",   "cohere.ai",   "cohere.com",
    "openrouter.ai", "together.xyz", "perplexity.ai",  "fireworks.ai", "aliyuncs.com",
    "moonshot.cn",  "bigmodel.cn",   "huggingface.co", "amazonaws.com"};

/* ---- punycode -------------------------------------------------------------------------------- */

/* RFC 3492 6.1, with its constants for IDNA: base 36, tmin 1, tmax 26, skew 38, damp 700. */
static unsigned adapt(unsigned delta, unsigned n, bool first) {
    unsigned k = 0;
    delta /= first ? 700 : 2;
    delta += delta / n;
    for (; delta > 455; k += 36) delta /= 35;
    return k + 36 * delta / (delta + 38);
}

/* a to z are 0 to 25, 0 to 9 are 26 to 35; -1: none. */
static int digit_of(char c) {
    c = plain_lower(c);
    if (plain_is_small(c)) return c - 'a';
    return plain_is_digit(c) ? c - '0' + 26 : -1;
}

/* One variable-length integer at *at, added to *value; false: it is none. */
static bool read_delta(Str in, size_t *at, unsigned bias, unsigned *value) {
    uint64_t weight = 1, sum = *value;
    for (unsigned k = 36;; k += 36) {
        int digit = *at < in.n ? digit_of(in.p[(*at)++]) : -1;
        if (digit < 0 || weight > UINT32_MAX) return false;
        sum += (unsigned)digit * weight;
        unsigned t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
        if (sum > INT32_MAX) return false;
        if ((unsigned)digit < t) break;
        weight *= 36 - t;
    }
    *value = (unsigned)sum;
    return true;
}

/* Basic code points stand before the last dash; each integer behind it says where the next one goes
   and how far above the last: i counts places and code points in one number (RFC 3492 6.2). */
bool host_from_punycode(Str in, Buf *out) {
    uint32_t codes[LABEL_MAX + 1];
    size_t n = 0, at = 0, dash = in.n;
    unsigned code = 128, i = 0, bias = 72;
    while (dash && in.p[dash - 1] != '-') dash--;
    if (in.n > LABEL_MAX) return false;
    for (; dash && at < dash - 1; at++) codes[n++] = (unsigned char)in.p[at];
    for (at = dash; at < in.n; i++) {
        unsigned before = i;
        if (n == LABEL_MAX || !read_delta(in, &at, bias, &i)) return false;
        bias = adapt(i - before, (unsigned)n + 1, before == 0);
        code += i / ((unsigned)n + 1);
        i %= (unsigned)n + 1;
        if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
        memmove(codes + i + 1, codes + i, (n - i) * sizeof *codes);
        codes[i] = code;
        n++;
    }
    assert(n <= LABEL_MAX);
    for (size_t k = 0; k < n; k++) utf8_add(out, codes[k]);
    return true;
}

/* RFC 3492 6.3: a variable-length integer, least significant digit first. */
static void write_delta(unsigned delta, unsigned bias, Buf *out) {
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    for (unsigned k = 36;; k += 36) {
        unsigned t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
        if (delta < t) break;
        buf_add_byte(out, digits[t + (delta - t) % (36 - t)]);
        delta = (delta - t) / (36 - t);
    }
    buf_add_byte(out, digits[delta]);
}

/* The smallest code point that is not yet written, from `code` on. */
static uint32_t next_code(const uint32_t *codes, size_t n, uint32_t code) {
    uint32_t least = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        if (codes[i] >= code && codes[i] < least) least = codes[i];
    }
    return least;
}

/* RFC 3492 6.3: code points in their order, each by how far it is from the one before. */
static void write_punycode(const uint32_t *codes, size_t n, Buf *out) {
    size_t done = 0, basic = 0;
    unsigned delta = 0, bias = 72;
    for (size_t i = 0; i < n; i++) {
        if (codes[i] < 128) buf_add_byte(out, (char)codes[i]);
        basic += codes[i] < 128;
    }
    if (basic) buf_add_byte(out, '-');
    done = basic;
    for (uint32_t code = 128; done < n; code++, delta++) {
        uint32_t next = next_code(codes, n, code);
        assert(next != UINT32_MAX); /* one is left as long as done < n */
        delta += (next - code) * (unsigned)(done + 1);
        code = next;
        for (size_t i = 0; i < n; i++) {
            delta += codes[i] < code;
            if (codes[i] != code) continue;
            write_delta(delta, bias, out);
            bias = adapt(delta, (unsigned)done + 1, done == basic);
            delta = 0;
            done++;
        }
    }
}

/* One label; what is too long to be one stays as it is. */
static void add_ascii_label(Str label, Buf *out) {
    uint32_t codes[LABEL_MAX + 1];
    size_t n = 0, at = 0, width;
    bool ascii = true;
    for (; at < label.n && n < LABEL_MAX; at += width) {
        codes[n] = utf8_decode(label, at, &width);
        ascii = ascii && codes[n] < 128;
        n++;
    }
    if (ascii || at < label.n) {
        buf_add_str(out, label);
    } else {
        buf_add_c(out, "xn--");
        write_punycode(codes, n, out);
    }
}

/* What cannot be normalised is taken as it is written. */
void host_to_ascii(Str host, Buf *out) {
    Buf plain;
    buf_init(&plain, 4 * HOST_MAX);
    if (unicode_normalize(host, UNICODE_NFKC, true, &plain, NULL) != OK) buf_clear(&plain);
    Str all = plain.n ? buf_str(&plain) : host;
    for (size_t at = 0; at < all.n;) {
        size_t end = str_find(all, STR("."), at);
        if (end == SIZE_MAX) end = all.n;
        add_ascii_label(str_sub(all, at, end), out);
        if (end < all.n) buf_add_byte(out, '.');
        at = end + 1;
    }
    buf_fini(&plain);
}

/* The whole name with every label as Unicode. */
static void spell_out(Str host, Buf *out) {
    for (size_t at = 0; at < host.n;) {
        size_t end = str_find(host, STR("."), at);
        if (end == SIZE_MAX) end = host.n;
        Str label = str_sub(host, at, end);
        bool coded = label.n > 4 && plain_lower(label.p[0]) == 'x' &&
                     plain_lower(label.p[1]) == 'n' && label.p[2] == '-' && label.p[3] == '-';
        size_t before = out->n;
        assert(at <= end && end <= host.n);
        if (!coded || !host_from_punycode(str_sub(label, 4, label.n), out)) {
            out->n = before;
            buf_add_str(out, label);
        }
        if (end < host.n) buf_add_byte(out, '.');
        at = end + 1;
    }
}

/* ---- alphabets ------------------------------------------------------------------------------- */

typedef enum Alphabet { NO_LETTER, LATIN, GREEK, CYRILLIC, CJK, IMITATION, OTHER } Alphabet;

/* By Unicode's blocks, roughly: Latin to U+024F and Latin Extended Additional, Greek and Greek
   Extended, Cyrillic with its supplement and Extended-B. IMITATION: mathematical letters,
   full-width forms, letter-like symbols. */
static Alphabet alphabet_of(uint32_t c) {
    if (unicode_class(c) != UC_LETTER) return NO_LETTER;
    if ((c >= 0x1D400 && c < 0x1D800) || (c >= 0xFF00 && c < 0xFF60) || (c >= 0x2100 && c < 0x2150))
        return IMITATION;
    if (c < 0x250 || (c >= 0x1E00 && c < 0x1F00)) return LATIN;
    if ((c >= 0x370 && c < 0x400) || (c >= 0x1F00 && c < 0x2000)) return GREEK;
    if ((c >= 0x400 && c < 0x530) || (c >= 0xA640 && c < 0xA6A0)) return CYRILLIC;
    return unicode_is_cjk(c) ? CJK : OTHER;
}

/* The first complaint about the letters of a name; NULL: none. */
static const char *look_at_letters(Str name) {
    unsigned seen = 0;
    for (size_t at = 0, width; at < name.n; at += width) {
        uint32_t c = utf8_decode(name, at, &width);
        Alphabet letter = alphabet_of(c);
        if (letter == IMITATION) return "letters stand in its name that only look like letters";
        if (c == '.') seen = 0;
        if (letter != NO_LETTER && letter != CJK) seen |= 1U << letter;
        if (seen & (seen - 1)) return "letters of several alphabets are mixed in its name";
    }
    return NULL;
}

/* ---- providers ------------------------------------------------------------------------------- */

/* The letter that it looks like; '?': like none. */
static char twin_of(uint32_t c) {
    char twin = c < 0x80 ? plain_lower((char)c) : gate_twin(unicode_lower(c), false);
    return twin == 'i' || twin == '1' ? 'l' : twin == '0' ? 'o' : twin ? twin : '?';
}

/* Letters that look alike become one. */
static void add_skeleton(Str name, Buf *out) {
    for (size_t at = 0, width; at < name.n; at += width) {
        buf_add_byte(out, twin_of(utf8_decode(name, at, &width)));
        bool pair = out->n >= 2;
        char *end = pair ? out->p + out->n - 2 : NULL;
        bool m = pair && end[0] == 'r' && end[1] == 'n', w = pair && end[0] == 'v' && end[1] == 'v';
        if (!m && !w) continue;
        end[0] = m ? 'm' : 'w';
        out->n--;
    }
}

/* The host itself, or a name below it. */
static bool ends_with_host(Str name, Str host) {
    if (!str_ends(name, host)) return false;
    return name.n == host.n || name.p[name.n - host.n - 1] == '.';
}

/* Alike in its skeleton and not the same in plain small letters. */
static bool is_redrawn(Str name, const char *provider) {
    Buf ours, theirs;
    buf_init(&ours, 4 * HOST_MAX);
    buf_init(&theirs, HOST_MAX);
    add_skeleton(name, &ours);
    add_skeleton(str_from(provider), &theirs);
    bool alike = ends_with_host(buf_str(&ours), buf_str(&theirs));
    bool failed = ours.status != OK || theirs.status != OK; /* in doubt it is not trusted */
    buf_clear(&ours);
    for (size_t i = 0; i < name.n; i++) buf_add_byte(&ours, plain_lower(name.p[i]));
    bool same = ends_with_host(buf_str(&ours), str_from(provider));
    buf_fini(&ours);
    buf_fini(&theirs);
    return (alike || failed) && !same;
}

/* A dot at the end is the root's and changes nothing. 4 * HOST_MAX: a label of punycode can become
   four bytes a sign. */
const char *host_lookalike(Str host) {
    Buf name;
    buf_init(&name, 4 * HOST_MAX);
    if (host.n && host.p[host.n - 1] == '.') host.n--;
    spell_out(host, &name);
    const char *why = name.status == OK ? look_at_letters(buf_str(&name)) : "its name is too long";
    for (size_t i = 0; !why && i < ARRAY_LEN(providers); i++) {
        if (is_redrawn(buf_str(&name), providers[i])) {
            why = "its name is drawn like a known provider's and is another";
        }
    }
    buf_fini(&name);
    return why;
}
