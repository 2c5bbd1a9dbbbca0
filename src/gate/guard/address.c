/*
 * Addresses in what an endpoint wrote.
 *
 * An endpoint sees surrogates. Where it puts them into an address, restoring would put the user's
 * own words there, and whatever shows the answer (a web page, an editor) may fetch that address and
 * so tell them to whoever owns it. So an address is what something may fetch without being asked,
 * or run:
 *
 *     http: https: ftp: ftps: www. magnet:  anywhere
 *     evil.example/                     a name with dots and a slash: chats and mail programs make
 *                                       a link of it
 *     // \\ /\                          two slashes of either kind: browsers take "//host" and
 *                                       "https:\\host", Markdown "\/\/"
 *     scheme:                           any scheme where a link's target stands: "](", "]:", "<",
 *                                       "url(", the value of an attribute. tel: and a mailto: that
 *                                       has no text for the mail are none: they say whom to call
 *     <script ... </script>             as a whole, and <form: what is put together in there goes
 *                                       wherever it likes
 *     <base ...                         and behind it every link's target that has no host
 *
 * Where it ends whoever shows it says, so that depends on where it stands:
 *
 *     prose                     a blank, "<", a mark that is not ASCII's; > and a bracket that it
 *                               did not open itself, if no word follows before the next blank
 *                               (GFM 0.29 6.9: it goes on there), and a quotation mark, if no word
 *                               follows at once (else JSON without blanks had no end)
 *     "(", a Markdown target    a blank, a bracket ")" that it did not open; one behind a backslash
 *                               is a sign like any other (CommonMark 0.31 6.3)
 *     "]:"                      a blank
 *     "url("                    ")"; a blank may end an escape (CSS Syntax 3, 4.3.6)
 *     attribute without marks   a blank or ">" (WHATWG HTML 13.2.5.38)
 *     < >, marks of quotation   their other half, over blanks; an open quotation mark ("dangling
 *                               markup") goes on until it is closed
 *
 * Disguises. What begins an address is looked for in a view of the text in which characters stand
 * as whoever shows it would read them: HTML's &#58; &#x3a &colon; (WHATWG HTML 13.5), Markdown's
 * backslash before a mark (CommonMark 0.31 2.4), CSS's \3a (CSS Syntax 3, 4.3.7), JavaScript's and
 * JSON's \u003a and \x3a; tabs and line feeds inside are not there for a URL (WHATWG URL 4.4). Only
 * letters, digits and the marks of a scheme are read so: a quotation mark that is spelled does not
 * close an attribute, so all ends are looked for in the text as it is.
 *
 * In a stream a block is settled but for its last UNSETTLED signs, counted as whoever shows it
 * reads them, and for a number that is not yet at its end: "javascript&#0000...", with zeros over
 * the end of a block. More than a few blocks of such zeros are E_LIMIT, and the answer ends there.
 *
 * Limits: an address of more than ADDRESS_MAX bytes; schemes in plain prose that are not named
 * above; what a script that stands elsewhere in the page reads out of the page; two escapes inside
 * one another.
 */
#include "gate/guard/address.h"

#include <assert.h>

#include "base/plain.h"
#include "base/utf8.h"

enum {
    IN_TAG = 0x80,
    NO_SIGN = 0x1F, /* what is none of ours, and the end */
    SCHEME_MAX = 24,
    BLANKS_MAX = 256,
    LOOK_BACK = 320, /* bytes before one that say whether it is one */
    HOST_MAX = 64, /* bytes of a host without a scheme, as far as it is looked at */
    MAIL_MAX = 96, /* signs of "mailto:" and who is written to; longer ones are no plain ones */
    AHEAD_MAX = 16, /* marks behind a bracket until it is clear whether an address goes on */
    UNSETTLED = 128, /* signs at the end in which one may begin that is not seen yet */
    BLOCK_BYTES = 8 << 10
};

_Static_assert((int)MAIL_MAX < (int)UNSETTLED, "a stream sees all that says whether mail is plain");

/* What an address is closed by. */
enum {
    FENCE_PROSE = 0,
    FENCE_BRACKET = '(',
    FENCE_ANGLE = '<',
    FENCE_ATTRIBUTE = '=', /* without quotation marks */
    FENCE_WORD = ' ',      /* to the next blank */
    FENCE_URL = 'u',       /* "url(" of CSS */
    FENCE_SCRIPT = 's',
    FENCE_FORM = 'f'
};

/* ---- what is spelled ------------------------------------------------------------------------- */

/* How many digits stand there, at most `most`. */
static size_t hex_at(Str s, size_t at, size_t most, uint32_t *value) {
    size_t n = 0;
    *value = 0;
    for (; n < most && at + n < s.n && plain_hex(s.p[at + n]) >= 0; n++) {
        *value = *value << 4 | (uint32_t)plain_hex(s.p[at + n]);
    }
    return n;
}

/* Numbers in either base, with a semicolon or without, as browsers take them; a value that no
   scheme has is cut, not counted on. */
static size_t entity_at(Str s, size_t at, uint32_t *code) {
    static const struct {
        const char *name;
        char mark;
    } names[] = {{"&colon;", ':'}, {"&sol;", '/'}, {"&bsol;", '\\'}, {"&period;", '.'},
                 {"&Tab;", '\t'}, {"&NewLine;", '\n'}, {"&hyphen;", '-'}, {"&plus;", '+'}};
    Str rest = str_sub(s, at, s.n);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (!str_starts(rest, str_from(names[i].name))) continue;
        *code = (uint32_t)names[i].mark;
        return strlen(names[i].name);
    }
    if (rest.n < 3 || rest.p[1] != '#') return 0;
    bool hex = plain_lower(rest.p[2]) == 'x';
    size_t from = hex ? 3 : 2, n = from;
    *code = 0;
    for (int digit; n < rest.n && (digit = plain_hex(rest.p[n])) >= 0 && digit < (hex ? 16 : 10);) {
        *code = *code > 0xFFFF ? *code : *code * (hex ? 16 : 10) + (uint32_t)digit;
        n++; /* as many zeros before it as one likes */
    }
    if (n == from) return 0;
    return n + (n < rest.n && rest.p[n] == ';');
}

/* JavaScript's, CSS's or Markdown's. Two slashes of either kind are told from one another by
   nobody, so "\\" and "\/" stay as they are. */
static size_t backslash_at(Str s, size_t at, uint32_t *code) {
    char kind = at + 1 < s.n ? s.p[at + 1] : 0;
    if (kind == 'x') return hex_at(s, at + 2, 2, code) == 2 ? 4 : 0;
    if (kind == 'u') return hex_at(s, at + 2, 4, code) == 4 ? 6 : 0;
    size_t n = hex_at(s, at + 1, 6, code);
    if (n) return n + 1 + (at + n + 1 < s.n && (unsigned char)s.p[at + n + 1] <= ' ');
    *code = (uint32_t)kind;
    return strchr(":.-+", kind) && kind ? 2 : 0;
}

/* The character that is spelled at `at`, if it may be of a scheme; 0: as it is. */
static size_t spelled_at(Str s, size_t at, uint32_t *code) {
    size_t n = s.p[at] == '&' ? entity_at(s, at, code)
               : s.p[at] == '\\' ? backslash_at(s, at, code) : 0;
    if (!n || *code == 0 || *code > 0x7E) return 0;
    return plain_is_alnum((int)*code) || strchr(":/\\.-+\t\n\r", (int)*code) ? n : 0;
}

static bool is_unseen(uint32_t code) { return code == '\t' || code == '\n' || code == '\r'; }

/* One byte a character, IN_TAG in its highest bit, and the place that it came from. */
static void view_add(AddressView *view, uint32_t code, size_t at, bool tag) {
    uint32_t place = (uint32_t)at;
    if (code < 0x80) buf_add_byte(&view->plain, (char)(code | (tag ? IN_TAG : 0)));
    else buf_add_byte(&view->plain, (char)(NO_SIGN | (tag ? IN_TAG : 0)));
    buf_add(&view->place, &place, sizeof place);
}

/* What the next byte of a text stands in: TAG_NONE, a tag, or the value of an attribute, whose
   quotation mark it is then: a ">" in there ends no tag. */
enum { TAG_NONE = 0, TAG_OPEN = 't' };

static char tag_after(Str text, size_t at, char state) {
    char c = text.p[at];
    bool opens = c == '<' && at + 1 < text.n &&
                 (plain_is_letter(text.p[at + 1]) || text.p[at + 1] == '/');
    if (state == TAG_NONE || (state == TAG_OPEN && opens)) return opens ? TAG_OPEN : TAG_NONE;
    if (state != TAG_OPEN) return c == state ? TAG_OPEN : state;
    if (c == '>') return TAG_NONE;
    if (c != '"' && c != '\'') return TAG_OPEN;
    for (size_t blanks = 0; at && (unsigned char)text.p[at - 1] <= ' ' && blanks < BLANKS_MAX;) {
        at--;
        blanks++;
    }
    return at && text.p[at - 1] == '=' ? c : TAG_OPEN;
}

/* `tag`: what it begins in. */
static Status view_init(AddressView *view, Str text, char tag, Err *err) {
    *view = (AddressView){.text = text};
    buf_init(&view->plain, text.n + 1);
    buf_init(&view->place, (text.n + 1) * sizeof(uint32_t));
    for (size_t at = 0, n; at < text.n && text.n < UINT32_MAX; at += n) {
        uint32_t code = (unsigned char)text.p[at];
        bool special = code == '&' || code == '\\';
        n = special ? spelled_at(text, at, &code) : 0;
        bool unseen = n && is_unseen(code);
        if (unseen && text.p[at] == '&') continue;
        if (!n || unseen) n = 1, code = (unsigned char)text.p[at]; /* "/\\a.example": a slash */
        tag = tag_after(text, at, tag);
        view_add(view, code, at, tag != TAG_NONE);
    }
    view_add(view, NO_SIGN, text.n, false);
    Status status = buf_check(&view->plain, "addresses", err);
    assert(status != OK || view->plain.n >= 1); /* the sign behind the last one */
    if (status == OK) status = buf_check(&view->place, "addresses", err);
    if (status != OK) address_view_fini(view);
    return status;
}

/* Of a whole text, which begins outside of any tag. */
Status address_view_init(AddressView *view, Str text, bool json, Err *err) {
    TRY(view_init(view, text, TAG_NONE, err));
    view->json = json;
    return OK;
}

void address_view_fini(AddressView *view) {
    buf_fini(&view->plain);
    buf_fini(&view->place);
}

/* ---- where one begins ------------------------------------------------------------------------ */

static size_t view_n(const AddressView *v) { return v->plain.n - 1; }
static char sign(const AddressView *v, size_t i) {
    return i < view_n(v) ? (char)(v->plain.p[i] & ~IN_TAG) : NO_SIGN;
}
static bool in_tag(const AddressView *v, size_t i) { return v->plain.p[i] & (char)IN_TAG; }

/* Places lie in a buffer of bytes, where they need not be aligned. */
static size_t place_of(const AddressView *v, size_t i) {
    uint32_t place;
    memcpy(&place, v->place.p + i * sizeof place, sizeof place);
    return place;
}

/* Behind the word, over what a URL does not see; 0: it does not stand there. */
static size_t word_end(const AddressView *v, size_t i, const char *word) {
    if (plain_lower(sign(v, i)) != *word) return 0;
    for (; *word; word++, i++) {
        while (is_unseen((unsigned char)sign(v, i))) i++;
        if (plain_lower(sign(v, i)) != *word) return 0;
    }
    return i;
}

/* Over what a URL does not see. */
static size_t seen_from(const AddressView *v, size_t i) {
    while (is_unseen((unsigned char)sign(v, i))) i++;
    return i;
}

/* http, https, ftp, ftps, magnet: what anything that shows a text may fetch. */
static bool has_scheme(const AddressView *v, size_t i) {
    if (word_end(v, i, "magnet:")) return true;
    size_t end = word_end(v, i, "http");
    if (!end) end = word_end(v, i, "ftp");
    if (!end) return false;
    end = seen_from(v, end);
    size_t more = word_end(v, end, "s");
    return word_end(v, more ? seen_from(v, more) : end, ":") != 0;
}

static bool is_blank(char c) { return (unsigned char)c <= ' '; }
static bool is_space(char c) { return is_blank(c) && c != NO_SIGN; }

static bool is_slash(const AddressView *v, size_t i) {
    return sign(v, i) == '/' || sign(v, i) == '\\';
}

/* Two of either kind: "//host" takes the page's own scheme. Behind a mark that opens an address,
   blanks between them are not there for a browser. */
static bool has_slashes(const AddressView *v, size_t i) {
    if (!is_slash(v, i)) return false;
    size_t next = i + 1, at = i;
    if (!is_unseen((unsigned char)sign(v, next))) return is_slash(v, next);
    while (at && i - at < BLANKS_MAX && is_space(sign(v, at - 1))) at--;
    bool behind = at && sign(v, at - 1) && strchr("\"'=(<:", sign(v, at - 1));
    return behind && is_slash(v, seen_from(v, next));
}

/* Is what begins here the target of a link? */
static bool is_target(const AddressView *v, size_t i) {
    size_t at = i;
    while (at && i - at < BLANKS_MAX && is_space(sign(v, at - 1))) at--;
    if (at < 2) return at && sign(v, at - 1) == '<' && at == i;
    char c = sign(v, at - 1), before = sign(v, at - 2);
    if (c == '<') return at == i;
    if (c == ':') return before == ']';
    if (c == '(') return before == ']' || plain_lower(before) == 'l'; /* "](", "url(" */
    if (c == '=') return in_tag(v, at - 1);
    if (c != '"' && c != '\'') return false;
    for (at--; at && (is_blank(sign(v, at - 1)) || sign(v, at - 1) == '\\');) at--;
    if (at && sign(v, at - 1) == '(') return true;
    return at && sign(v, at - 1) == '=' && in_tag(v, at - 1);
}

/* The target of "mailto:" has a text for the mail, or may have it further on: what a stream has
   settled is looked at no more, and a text of nothing but such targets takes linear time. */
static bool has_query(const AddressView *v, size_t i) {
    for (size_t from = i; !is_blank(sign(v, i)) && !strchr("\"'<>)", sign(v, i)); i++) {
        if (sign(v, i) == '?' || i - from == MAIL_MAX) return true;
    }
    return false;
}

/* "javascript:", "data:", and what nobody has thought of yet; telephones and plain mail addresses
   are fetched by nobody. */
static bool has_any_scheme(const AddressView *v, size_t i) {
    size_t n = 0;
    if (!plain_is_letter(sign(v, i))) return false;
    while (n < SCHEME_MAX && (plain_is_alnum(sign(v, i + n)) || strchr("+.-", sign(v, i + n)) ||
                              is_unseen((unsigned char)sign(v, i + n)))) {
        n++;
    }
    size_t next = seen_from(v, i + n + 1); /* at the end anything may follow */
    if (sign(v, i + n) != ':' || (next < view_n(v) && is_blank(sign(v, next)))) return false;
    if (word_end(v, i, "tel:")) return false;
    return !word_end(v, i, "mailto:") || has_query(v, i);
}

/* Is the slash at i behind "evil.example"? What is behind its last dot is small letters, or capital
   ones: "Mr.Smith/" is none. */
static bool ends_host(const AddressView *v, size_t i) {
    size_t small = 0, large = 0, at = i;
    if (!is_slash(v, i)) return false;
    for (; at && plain_is_letter(sign(v, at - 1)) && i - at < HOST_MAX; at--) {
        bool is_small = plain_lower(sign(v, at - 1)) == sign(v, at - 1);
        small += is_small;
        large += !is_small;
    }
    return small + large >= 2 && !(small && large) && at >= 2 && sign(v, at - 1) == '.' &&
           plain_is_alnum(sign(v, at - 2));
}

static bool is_tag(const AddressView *v, size_t i, const char *name) {
    size_t end = sign(v, i) == '<' ? word_end(v, i, name) : 0;
    return end && end < view_n(v) && !plain_is_alnum(sign(v, end));
}

/* What closes it, of the text as it is. */
static char fence_at(Str text, size_t begin, bool tag) {
    size_t at = begin;
    if (at && text.p[at - 1] == '<') return FENCE_ANGLE;
    while (at && is_blank(text.p[at - 1])) at--;
    char quote = at ? text.p[at - 1] : 0;
    char before = at > 1 ? text.p[at - 2] : 0;
    if (quote == '(' && before == ']') return FENCE_BRACKET;
    if (quote == '(' && plain_lower(before) == 'l') return FENCE_URL;
    if (quote == '=') return FENCE_ATTRIBUTE;
    bool word = tag || (quote == ':' && at > 1 && text.p[at - 2] == ']');
    if (quote != '"' && quote != '\'') return word ? FENCE_WORD : FENCE_PROSE;
    for (at--; at && (is_blank(text.p[at - 1]) || text.p[at - 1] == '\\');) at--;
    if (at >= 6 && str_begins(str_sub(text, at - 6, text.n), "import")) return quote; /* CSS's */
    return at && strchr("=(", text.p[at - 1]) ? quote : word ? FENCE_WORD : FENCE_PROSE;
}

typedef struct Begin {
    size_t at; /* of the text */
    char fence;
    bool base;
} Begin;

/* Does an address begin here, or a region in which everything may be one? The scheme before "//"
   belongs to it. */
static bool begin_at(const AddressView *v, size_t i, size_t from, Begin *out) {
    *out = (Begin){.at = place_of(v, i)};
    if (is_tag(v, i, "<base")) {
        out->base = true;
        out->fence = FENCE_ANGLE;
        return true;
    }
    if (is_tag(v, i, "<script") || is_tag(v, i, "<form")) {
        out->fence = is_tag(v, i, "<form") ? FENCE_FORM : FENCE_SCRIPT;
        return true;
    }
    bool target = !is_blank(sign(v, i)) && is_target(v, i);
    bool slashes = has_slashes(v, i);
    bool host = !slashes && ends_host(v, i);
    if (!slashes && !host && !has_scheme(v, i) && !word_end(v, i, "www.") &&
        !(target && (v->based || has_any_scheme(v, i)))) {
        return false;
    }
    while ((slashes || host) && i && place_of(v, i - 1) >= from &&
           (plain_is_alnum(sign(v, i - 1)) || strchr("+-.:", sign(v, i - 1)))) {
        i--; /* the scheme before them, whatever it is, or the host */
    }
    out->at = place_of(v, i);
    out->fence = fence_at(v->text, out->at, in_tag(v, i));
    return true;
}

/* ---- where it ends --------------------------------------------------------------------------- */

static bool closes_region(Str text, size_t at, const char *tag) {
    return str_begins(str_sub(text, at, text.n), tag);
}

/* A line feed or a tab that is spelled in JSON. */
static bool is_json_blank(Str text, size_t at) {
    char kind = at + 1 < text.n && text.p[at] == '\\' ? text.p[at + 1] : 0;
    return kind && strchr("nrt", kind);
}

typedef enum Closing { GOES_ON, CLOSES, UNDECIDED } Closing;

/* Does a word begin at `next`? UNDECIDED: the text ends there. */
static Closing word_begins(Str text, size_t next) {
    size_t width;
    if (next >= text.n) return UNDECIDED;
    UnicodeClass is = unicode_class(utf8_decode(text, next, &width));
    return is == UC_LETTER || is == UC_NUMBER ? GOES_ON : CLOSES;
}

/* Does a word follow the mark at `at` before what closes in any case? Behind a quotation mark only
   at once, since "http://x.example","name":... has no blank either. */
static Closing closes_before_word(Str text, size_t at, bool json) {
    size_t next = at;
    for (; next < text.n && next - at <= AHEAD_MAX; next++) {
        unsigned char c = (unsigned char)text.p[next];
        if (c <= ' ' || c == '<' || (json && (c == '"' || is_json_blank(text, next)))) {
            return CLOSES;
        }
        if (c == '"') return word_begins(text, next + 1);
        if (c >= 0x80 || plain_is_alnum((char)c)) return word_begins(text, next);
    }
    return next < text.n ? GOES_ON : UNDECIDED;
}

/* Does the character close an address that stands between blanks? */
static Closing closes_plain(Str text, size_t at, uint32_t code, bool json, int open[2]) {
    if (code <= ' ' || code == '<' || (json && code == '"')) return CLOSES;
    if (code >= 0x80) return unicode_class(code) == UC_PUNCTUATION ? CLOSES : GOES_ON;
    bool square = code == '[' || code == ']';
    if (code == '(' || code == '[') open[square]++;
    bool more = (code == ')' || code == ']') && --open[square] < 0;
    return more || code == '>' || code == '"' ? closes_before_word(text, at, json)
                                             : GOES_ON;
}

/* Behind a backslash a mark closes nothing, in Markdown and CSS. In JSON's strings each is spelled
   with one more of them, and the mark of an attribute with one. */
static bool is_escaped(Str text, size_t at, bool json, char fence) {
    static const char fences[] = {FENCE_ANGLE, FENCE_URL, FENCE_BRACKET, '"', '\'', 0};
    size_t n = 0;
    if (!strchr("()>\"'", text.p[at]) || !strchr(fences, fence)) return false;
    while (n < at && n < 4 && text.p[at - n - 1] == '\\') n++;
    return json ? n >= 2 + (text.p[at] == '"') : n % 2 == 1;
}

static bool closes_bracket(uint32_t code, int open[2]) {
    if (code == '(') open[0]++;
    return code == ')' && --open[0] < 0;
}

/* By the fence: what an address is closed by depends on where it stands. */
static bool closes(Str text, size_t at, uint32_t code, char fence, int open[2]) {
    switch (fence) {
    case FENCE_SCRIPT: return code == '<' && closes_region(text, at, "</script");
    case FENCE_FORM: return code == '<' && closes_region(text, at, "</form");
    case FENCE_ANGLE: return code == '>' || code == '\n';
    case FENCE_WORD: return code <= ' ';
    case FENCE_ATTRIBUTE: return code <= ' ' || code == '>';
    case FENCE_URL: return code == ')';
    case FENCE_BRACKET: return code <= ' ' || closes_bracket(code, open);
    default: return code == (uint32_t)fence; /* a quotation mark */
    }
}

/* An address that began before `at`, and how far it was read. */
typedef struct Reach {
    size_t end;  /* where it is closed; the text's end: it is not */
    size_t read; /* up to here nothing closes it; before `end` where more text must decide that */
} Reach;

static Reach reach_from(Str text, size_t at, bool json, char fence, int open[2]) {
    bool plain = fence == FENCE_PROSE || fence == FENCE_BRACKET || fence == FENCE_WORD ||
                 fence == FENCE_ATTRIBUTE;
    assert(at <= text.n);
    for (size_t width; at < text.n; at += width) {
        uint32_t code = utf8_decode(text, at, &width);
        int before[2] = {open[0], open[1]};
        if (json && plain && is_json_blank(text, at)) break;
        if (is_escaped(text, at, json, fence)) continue;
        Closing is = fence == FENCE_PROSE ? closes_plain(text, at, code, json, open)
                     : closes(text, at, code, fence, open) ? CLOSES : GOES_ON;
        if (is == CLOSES) break;
        if (is != UNDECIDED) continue;
        memcpy(open, before, sizeof before); /* it is read again */
        return (Reach){text.n, at};
    }
    return (Reach){at, at};
}

/* The first byte of the view that stands at or behind byte `from` of the text. */
static size_t view_from(const AddressView *v, size_t from) {
    size_t low = 0, high = view_n(v);
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (place_of(v, mid) < from) low = mid + 1;
        else high = mid;
    }
    assert(low <= view_n(v));
    return low;
}

/* The first beginning at or behind byte `from` of the text. */
static bool find(const AddressView *view, size_t from, Begin *begin) {
    for (size_t i = view_from(view, from); i < view_n(view); i++) {
        if (begin_at(view, i, from, begin)) return true;
    }
    return false;
}

/* In prose the marks of a sentence at its end are not the address's; `reach` counts them, for
   whoever shows it may see that otherwise. */
bool address_next(const AddressView *view, size_t from, Address *out) {
    Begin begin;
    int open[2] = {0};
    if (!find(view, from, &begin)) return false;
    Reach far = reach_from(view->text, begin.at, view->json, begin.fence, open);
    size_t reach = far.read, end = reach; /* behind the text no word follows */
    while (begin.fence == FENCE_PROSE && end > begin.at &&
           strchr(".,;:!?'", view->text.p[end - 1])) {
        end--; /* marks of a sentence */
    }
    assert(begin.at <= end && end <= reach && reach <= view->text.n);
    *out = (Address){begin.at, end, reach, begin.base};
    return true;
}

/* ---- in a stream ----------------------------------------------------------------------------- */

void address_watch_init(AddressWatch *watch, bool json) {
    *watch = (AddressWatch){.json = json};
    buf_init(&watch->recent, 4 * BLOCK_BYTES);
}

void address_watch_fini(AddressWatch *watch) { buf_fini(&watch->recent); }

/* Where a number that spells a character begins, if it may go on behind the end: it may have as
   many zeros as one likes. The end: there is none. */
static size_t unfinished_from(Str all) {
    size_t at = all.n;
    while (at && (plain_hex(all.p[at - 1]) >= 0 || plain_lower(all.p[at - 1]) == 'x')) at--;
    return at >= 2 && all.p[at - 1] == '#' && all.p[at - 2] == '&' ? at - 2 : all.n;
}

/* Before this byte of `all` no address begins that is not seen yet. The view begins at `from`. It
   is counted in signs: each may be spelled by any number of bytes. */
static size_t settled_to(const AddressView *view, Str all, size_t from) {
    size_t open = unfinished_from(all);
    size_t signs = open > from ? view_from(view, open - from) : 0;
    return from + place_of(view, signs > UNSETTLED ? signs - UNSETTLED : 0);
}

/* Looks at what was not looked at yet: where does what is open close, and what opens behind it? */
static Status look(AddressWatch *w, Err *err) {
    AddressView view;
    Begin begin = {0};
    Str all = buf_str(&w->recent);
    size_t at = w->looked;
    assert(w->looked <= all.n && w->settled <= all.n);
    if (w->open) {
        Reach reach = reach_from(all, w->looked, w->json, w->fence, w->brackets);
        at = reach.end;
        w->open_bytes += reach.read - w->looked;
        w->looked = at == all.n ? reach.read : all.n;
        w->settled = at;
        if (at == all.n && w->open_bytes < ADDRESS_MAX) return OK;
        bool tag = w->fence == '"' || w->fence == '\'' || w->fence == FENCE_ANGLE;
        w->tag = tag || w->fence == FENCE_ATTRIBUTE || w->fence == FENCE_WORD ? TAG_OPEN : TAG_NONE;
    }
    at = w->settled;
    size_t from = at > LOOK_BACK ? at - LOOK_BACK : 0;
    TRY(view_init(&view, str_sub(all, from, all.n), w->tag, err));
    view.json = w->json;
    view.based = w->based;
    w->open = false;
    w->looked = all.n;
    while (!w->open && find(&view, at - from, &begin)) {
        w->brackets[0] = w->brackets[1] = 0;
        Reach reach = reach_from(view.text, begin.at, w->json, begin.fence, w->brackets);
        at = from + reach.end;
        w->open = at == all.n;
        if (w->open) w->looked = from + reach.read;
        w->fence = begin.fence;
        view.based = w->based |= begin.base;
        w->open_bytes = at - from - begin.at;
        if (w->open_bytes == 0) at++;
    }
    size_t settled = settled_to(&view, all, from);
    w->settled = settled > at ? settled : at;
    size_t next = w->settled > LOOK_BACK ? w->settled - LOOK_BACK : 0;
    for (size_t i = from; i < next; i++) w->tag = tag_after(all, i, w->tag);
    address_view_fini(&view);
    return OK;
}

/* A block is through: what an address behind it needs of it stays. */
static Status end_block(AddressWatch *w, Err *err) {
    TRY(look(w, err));
    size_t keep = w->settled > LOOK_BACK ? w->settled - LOOK_BACK : 0;
    assert(keep <= w->looked && w->looked <= w->recent.n);
    memmove(w->recent.p, w->recent.p + keep, w->recent.n - keep);
    w->recent.n -= keep;
    w->settled -= keep;
    w->looked -= keep;
    w->block = 0;
    return OK;
}

/* In blocks, so that memory does not grow with the answer. */
Status address_watch_feed(AddressWatch *w, Str piece, Err *err) {
    for (size_t from = 0, n; from < piece.n; from += n) {
        assert(w->block < BLOCK_BYTES); /* a full one was ended */
        n = BLOCK_BYTES - w->block;
        if (n > piece.n - from) n = piece.n - from;
        buf_add(&w->recent, piece.p + from, n);
        TRY(buf_check(&w->recent, "addresses", err));
        w->block += n;
        if (w->block == BLOCK_BYTES) TRY(end_block(w, err));
    }
    return OK;
}

/* Of all that was fed so far. */
Status address_watch_open(AddressWatch *w, bool *open, Err *err) {
    TRY(look(w, err));
    *open = w->open;
    return OK;
}
