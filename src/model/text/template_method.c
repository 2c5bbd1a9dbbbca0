/*
 * Methods of strings, dicts, lists and `loop`: what may stand behind the dot with parentheses.
 *
 * The tables at the end are all there is; a name that is not in them is looked up as an entry or is
 * undefined. Methods that change a list or dict are known by name and refused, because that is what
 * jinja2's ImmutableSandboxedEnvironment does, and so transformers.
 *
 * String methods build on slices, so the marks go along. Characters are code points, case is the
 * simple mapping of one code point to one (Python turns a sharp s into SS; no template has shown a
 * need).
 *
 * Source: Python documentation, "String Methods", "Mapping Types", "Mutable Sequence Types".
 *
 * Worked example of marks: messages[0].content is the user's "a<|end|>B", the template has the
 * literal '<|end|>'. content.replace('B', '<|end|>') is built of the slice "a<|end|>" (no marks),
 * then the literal (marked), so that only the second spelling may become a token.
 *
 * A row of the tables: name, parameters as tmpl_call_def() binds them, how many must be given,
 * function.
 */
#include <assert.h>

#include "base/utf8.h"
#include "model/text/template_int.h"

enum { FIND_NONE = -1 };

static const TString *self_string(const TCall *c) {
    return c->self.u.s;
}

/* A required string argument. */
static Status need_str(TRun *run, const TCall *c, int slot, const TString **out) {
    TRY(tmpl_arg_str(run, c, slot, out));
    return *out ? OK : TMPL_FAIL(run, E_CORRUPT, "a string is needed, not None");
}

/* ---- strip, split, join ---------------------------------------------------------------------- */

/* The part without characters of the set (none given: white space) at the ends asked for; it shares
   the bytes. */
static Status strip(TRun *run, TCall *c, bool left, bool right, TValue *out) {
    const TString *s = self_string(c), *set;
    TRY(tmpl_arg_str(run, c, 0, &set));
    TRY(tmpl_step(run, s->text.n / 256));
    size_t from = 0, to = s->text.n;
    if (left) TRY(tmpl_strip_left(run, s, set, &from));
    if (right) TRY(tmpl_strip_right(run, s, set, from, &to));
    return tmpl_sub(run, s, from, to, out);
}

static Status s_strip(TRun *run, TCall *c, TValue *out) { return strip(run, c, true, true, out); }
static Status s_lstrip(TRun *run, TCall *c, TValue *out) { return strip(run, c, true, false, out); }
static Status s_rstrip(TRun *run, TCall *c, TValue *out) { return strip(run, c, false, true, out); }

/* Bytes [from, to) of s as the next item. A step each, so that a long text of separators is paid
   for. */
static Status add_part(TRun *run, TList *list, const TString *s, size_t from, size_t to) {
    TValue part = {0};
    TRY(tmpl_step(run, 1));
    TRY(tmpl_sub(run, s, from, to, &part));
    return tmpl_list_add(run, list, part);
}

/* Behind the white space at `at`, or (spaces false) behind what is none. */
static size_t space_run(const TString *s, size_t at, bool spaces) {
    for (size_t width; at < s->text.n; at += width) {
        if (tmpl_is_space(utf8_decode(s->text, at, &width)) != spaces) break;
    }
    return at;
}

/* split() without a separator: words between runs of white space. What is left behind max cuts
   keeps its blanks at the end, as in Python. */
static Status split_words(TRun *run, const TString *s, int64_t max, TList *list) {
    size_t at = space_run(s, 0, true);
    for (; at < s->text.n && max != 0; max--) {
        size_t end = space_run(s, at, false);
        TRY(add_part(run, list, s, at, end));
        at = space_run(s, end, true);
    }
    return at == s->text.n ? OK : add_part(run, list, s, at, s->text.n);
}

/* At most max cuts from the left (max below 0: all); what is left is the last item, perhaps
   empty. */
static Status split_by(TRun *run, const TString *s, Str sep, int64_t max, TList *list) {
    size_t at = 0;
    assert(sep.n > 0); /* split() has refused an empty one: it would be found for ever */
    for (size_t hit; max != 0 && (hit = str_find(s->text, sep, at)) != SIZE_MAX; max--) {
        TRY(add_part(run, list, s, at, hit));
        at = hit + sep.n;
    }
    return add_part(run, list, s, at, s->text.n);
}

/* Where the last `sep` within [0, end) begins; SIZE_MAX: none. Compares at every place, so that a
   long sep costs its length again at each place where it may begin: steps are paid for that, by the
   256 bytes as everywhere. One call would search for seconds otherwise, and a loop for days. */
static Status find_last(TRun *run, Str s, Str sep, size_t end, size_t *hit) {
    assert(end <= s.n);
    *hit = SIZE_MAX;
    for (size_t at = end >= sep.n ? end - sep.n + 1 : 0; at-- > 0;) {
        if (sep.n && s.p[at] != sep.p[0]) continue;
        TRY(tmpl_step(run, sep.n / 256));
        if (memcmp(s.p + at, sep.p, sep.n) != 0) continue;
        *hit = at;
        break;
    }
    return OK;
}

/* The same from the right: items are found backwards and turned round at the end. */
static Status rsplit_by(TRun *run, const TString *s, Str sep, int64_t max, TList *list) {
    size_t end = s->text.n;
    for (size_t hit; max != 0; max--) {
        TRY(find_last(run, s->text, sep, end, &hit));
        if (hit == SIZE_MAX) break;
        TRY(add_part(run, list, s, hit + sep.n, end));
        end = hit;
    }
    TRY(add_part(run, list, s, 0, end));
    tmpl_list_reverse(list);
    return OK;
}

/* rsplit() without separator: the last `max` words, then what is left of them. */
static Status rsplit_words(TRun *run, const TString *s, int64_t max, TList *list) {
    TList *words = NULL;
    TRY(tmpl_list_new(run, TS_LIST, 8, &words));
    TRY(split_words(run, s, -1, words));
    size_t tail = max < 0 || (uint64_t)max >= words->n ? words->n : (size_t)max;
    size_t head = words->n - tail;
    if (head) {
        const TString *last = words->items[head - 1].u.s;
        size_t end = (size_t)(last->text.p + last->text.n - s->text.p);
        assert(end <= s->text.n); /* tmpl_sub shares bytes: a word lies in its text */
        TRY(add_part(run, list, s, 0, end)); /* its leading blanks stay, as in Python */
    }
    for (size_t i = head; i < words->n; i++) TRY(tmpl_list_add(run, list, words->items[i]));
    return OK;
}

/* One function for split and rsplit: they differ in the end they begin at. */
static Status split(TRun *run, TCall *c, bool right, TValue *out) {
    const TString *s = self_string(c), *sep;
    int64_t max;
    TRY(tmpl_arg_str(run, c, 0, &sep));
    TRY(tmpl_arg_int(run, c, 1, -1, &max));
    if (max < 0) max = -1; /* all; it is counted down from */
    TRY(tmpl_step(run, s->text.n / 64));
    if (sep && !sep->text.n) return TMPL_FAIL(run, E_CORRUPT, "split: the separator is empty");
    TList *list = NULL;
    TRY(tmpl_list_new(run, TS_LIST, 4, &list));
    *out = tv_list(list);
    if (!sep) return (right ? rsplit_words : split_words)(run, s, max, list);
    return (right ? rsplit_by : split_by)(run, s, sep->text, max, list);
}

static Status s_split(TRun *run, TCall *c, TValue *out) { return split(run, c, false, out); }
static Status s_rsplit(TRun *run, TCall *c, TValue *out) { return split(run, c, true, out); }

/* keepends is the only argument. */
static Status s_splitlines(TRun *run, TCall *c, TValue *out) {
    TList *lines = NULL;
    TRY(tmpl_split_lines(run, self_string(c), tmpl_arg_bool(c, 0), &lines));
    *out = tv_list(lines);
    return OK;
}

/* Without a hit the whole text is first, or last from the right, and two empty strings follow. */
static Status partition(TRun *run, TCall *c, bool right, TValue *out) {
    const TString *s = self_string(c), *sep;
    TRY(need_str(run, c, 0, &sep));
    if (!sep->text.n) return TMPL_FAIL(run, E_CORRUPT, "partition: the separator is empty");
    TRY(tmpl_step(run, s->text.n / 64));
    size_t n = s->text.n;
    size_t hit = right ? SIZE_MAX : str_find(s->text, sep->text, 0);
    if (right) TRY(find_last(run, s->text, sep->text, n, &hit));
    bool found = hit != SIZE_MAX;
    size_t a = found ? hit : right ? 0 : n, b = found ? hit + sep->text.n : a;
    TList *list = NULL;
    assert(a <= b && b <= n); /* three parts, which are the whole */
    TRY(tmpl_list_new(run, TS_TUPLE, 3, &list));
    TRY(add_part(run, list, s, 0, a));
    TRY(add_part(run, list, s, a, b));
    TRY(add_part(run, list, s, b, n));
    *out = tv_list(list);
    return OK;
}

static Status s_partition(TRun *run, TCall *c, TValue *out) {
    return partition(run, c, false, out);
}
static Status s_rpartition(TRun *run, TCall *c, TValue *out) {
    return partition(run, c, true, out);
}

/* Stricter than the filter of that name: items must be strings already, as in Python. */
static Status s_join(TRun *run, TCall *c, TValue *out) {
    TList *list = NULL;
    TRY(tmpl_iterate(run, *c->slot[0], &list));
    TBuilder b = tmpl_build(run);
    for (size_t i = 0; i < list->n; i++) {
        if (list->items[i].kind != T_STRING) {
            return TMPL_FAIL(run, E_CORRUPT, "join: item %zu is %s, not a string", i,
                             tmpl_type_name(list->items[i]));
        }
        TRY(tmpl_step(run, 1));
        if (i) tmpl_add_string(&b, self_string(c));
        tmpl_add_string(&b, list->items[i].u.s);
    }
    return tmpl_take(&b, self_string(c)->markup, out);
}

/* ---- find, replace --------------------------------------------------------------------------- */

/* Byte bounds of the characters [start, end) that slots `slot` and slot+1 name. */
static Status bounds(TRun *run, const TCall *c, int slot, size_t *from, size_t *to) {
    const TString *s = self_string(c);
    int64_t n = (int64_t)tmpl_chars(s), start, end;
    TRY(tmpl_arg_int(run, c, slot, 0, &start));
    TRY(tmpl_arg_int(run, c, slot + 1, n, &end));
    TRY(tmpl_step(run, s->text.n / 256));
    start = start < 0 ? (start < -n ? 0 : start + n) : start;
    end = end < 0 ? (end < -n ? 0 : end + n) : end > n ? n : end;
    *from = start > n ? SIZE_MAX : tmpl_char_offset(s, (size_t)start);
    *to = tmpl_char_offset(s, (size_t)end);
    assert(*to <= s->text.n && (*from == SIZE_MAX || *from <= s->text.n));
    return OK;
}

/* Positions are characters; the search itself runs over bytes, which UTF-8 allows. */
static Status find(TRun *run, TCall *c, bool last, bool must, TValue *out) {
    const TString *s = self_string(c), *part;
    size_t from, to, hit = SIZE_MAX;
    TRY(need_str(run, c, 0, &part));
    TRY(bounds(run, c, 1, &from, &to));
    if (from != SIZE_MAX && from <= to) {
        Str window = str_sub(s->text, from, to);
        hit = last ? SIZE_MAX : str_find(window, part->text, 0);
        if (last) TRY(find_last(run, window, part->text, window.n, &hit));
    }
    if (hit == SIZE_MAX) {
        *out = tv_int(FIND_NONE);
        return must ? TMPL_FAIL(run, E_CORRUPT, "index: the text is not in the string") : OK;
    }
    TString head = {.text = str_sub(s->text, 0, from + hit), .ascii = s->ascii};
    *out = tv_int((int64_t)tmpl_chars(&head));
    return OK;
}

static Status s_find(TRun *run, TCall *c, TValue *out) { return find(run, c, false, false, out); }
static Status s_rfind(TRun *run, TCall *c, TValue *out) { return find(run, c, true, false, out); }
static Status s_index(TRun *run, TCall *c, TValue *out) { return find(run, c, false, true, out); }
static Status s_rindex(TRun *run, TCall *c, TValue *out) { return find(run, c, true, true, out); }

/* Occurrences that do not overlap; an empty text stands between all characters. */
static Status s_count(TRun *run, TCall *c, TValue *out) {
    const TString *s = self_string(c), *part;
    size_t from, to;
    int64_t count = 0;
    TRY(need_str(run, c, 0, &part));
    TRY(bounds(run, c, 1, &from, &to));
    bool window = from != SIZE_MAX && from <= to;
    if (window && !part->text.n) {
        TString inside = {.text = str_sub(s->text, from, to), .ascii = s->ascii};
        count = (int64_t)tmpl_chars(&inside) + 1;
    } else if (window) {
        Str text = str_sub(s->text, 0, to);
        for (size_t hit; (hit = str_find(text, part->text, from)) != SIZE_MAX; count++) {
            from = hit + part->text.n;
        }
    }
    *out = tv_int(count);
    return OK;
}

/* An empty `old` stands between all characters. */
static size_t next_old(Str text, Str old, size_t at, bool first) {
    if (old.n) return str_find(text, old, at);
    if (first) return at;
    if (at >= text.n) return SIZE_MAX;
    size_t width;
    (void)utf8_decode(text, at, &width);
    return at + width;
}

/* The new text keeps its own marks: what the template puts in is the template's. */
static Status s_replace(TRun *run, TCall *c, TValue *out) {
    const TString *s = self_string(c), *old, *new;
    int64_t count;
    TRY(need_str(run, c, 0, &old));
    TRY(need_str(run, c, 1, &new));
    TRY(tmpl_arg_int(run, c, 2, -1, &count));
    if (count < 0) count = -1; /* all; it is counted down from */
    TBuilder b = tmpl_build(run);
    size_t at = 0, hit;
    for (bool first = true; count != 0 && b.status == OK; count--, first = false) {
        hit = next_old(s->text, old->text, at, first);
        if (hit == SIZE_MAX) break;
        assert(at <= hit && hit + old->text.n <= s->text.n);
        TRY(tmpl_step(run, 1));
        tmpl_add_slice(&b, s, at, hit);
        tmpl_add_string(&b, new);
        at = hit + old->text.n;
    }
    tmpl_add_slice(&b, s, at, s->text.n);
    return tmpl_take(&b, s->markup, out);
}

/* startswith and endswith take a string or a tuple of them. */
static Status affix(TRun *run, TCall *c, bool end, TValue *out) {
    const TValue *v = c->slot[0];
    size_t from, to;
    TRY(bounds(run, c, 1, &from, &to));
    bool list = v->kind == T_LIST && v->u.list->shape == TS_TUPLE, yes = false;
    size_t n = list ? v->u.list->n : 1;
    for (size_t i = 0; i < n; i++) {
        TValue part = list ? v->u.list->items[i] : *v;
        if (part.kind == T_UNDEFINED) return tmpl_undefined_used(run, part);
        if (part.kind != T_STRING) {
            return TMPL_FAIL(run, E_CORRUPT, "%s: needs a string, not %s",
                             end ? "endswith" : "startswith", tmpl_type_name(part));
        }
        TRY(tmpl_step(run, 1 + part.u.s->text.n / 256));
        if (from == SIZE_MAX || from > to) continue;
        Str window = str_sub(self_string(c)->text, from, to);
        yes = yes || (end ? str_ends : str_starts)(window, part.u.s->text);
    }
    *out = tv_bool(yes);
    return OK;
}

static Status s_startswith(TRun *run, TCall *c, TValue *out) { return affix(run, c, false, out); }
static Status s_endswith(TRun *run, TCall *c, TValue *out) { return affix(run, c, true, out); }

static Status s_removeprefix(TRun *run, TCall *c, TValue *out) {
    const TString *s = self_string(c), *part;
    TRY(need_str(run, c, 0, &part));
    size_t from = str_starts(s->text, part->text) ? part->text.n : 0;
    return tmpl_sub(run, s, from, s->text.n, out);
}

static Status s_removesuffix(TRun *run, TCall *c, TValue *out) {
    const TString *s = self_string(c), *part;
    TRY(need_str(run, c, 0, &part));
    size_t cut = str_ends(s->text, part->text) ? part->text.n : 0;
    return tmpl_sub(run, s, 0, s->text.n - cut, out);
}

/* ---- case, filling, kinds of characters ------------------------------------------------------ */

typedef enum CaseWay { WAY_LOWER, WAY_UPPER, WAY_CAPITAL, WAY_TITLE, WAY_SWAP } CaseWay;

/* Has the character a lower or an upper form that differs? */
static bool is_cased(uint32_t code) {
    return unicode_lower(code) != code || unicode_upper(code) != code;
}

/* One code point to one; the mark of each character goes with it. */
static Status set_case(TRun *run, TCall *c, CaseWay way, TValue *out) {
    const TString *s = self_string(c);
    TBuilder b = tmpl_build(run);
    bool start = true;
    for (size_t at = 0, width; at < s->text.n && b.status == OK; at += width) {
        uint32_t code = utf8_decode(s->text, at, &width);
        bool up = way == WAY_UPPER || (start && (way == WAY_CAPITAL || way == WAY_TITLE)) ||
                  (way == WAY_SWAP && unicode_upper(code) != code);
        start = way == WAY_TITLE && !is_cased(code);
        tmpl_add_code(&b, up ? unicode_upper(code) : unicode_lower(code), tmpl_trusted_at(s, at));
    }
    return tmpl_take(&b, s->markup, out);
}

static Status s_lower(TRun *run, TCall *c, TValue *out) { return set_case(run, c, WAY_LOWER, out); }
static Status s_upper(TRun *run, TCall *c, TValue *out) { return set_case(run, c, WAY_UPPER, out); }
static Status s_title(TRun *run, TCall *c, TValue *out) { return set_case(run, c, WAY_TITLE, out); }
static Status s_swapcase(TRun *run, TCall *c, TValue *out) {
    return set_case(run, c, WAY_SWAP, out);
}
static Status s_capitalize(TRun *run, TCall *c, TValue *out) {
    return set_case(run, c, WAY_CAPITAL, out);
}

/* n times the fill, which keeps its own mark; a blank is the template's. */
static void fill(TBuilder *b, const TString *with, int64_t n) {
    for (int64_t i = 0; i < n && b->status == OK; i++) {
        if (with) tmpl_add_string(b, with);
        if (!with) tmpl_add_c(b, " ");
    }
}

/* side: -1 text on the left, 0 centred, 1 text on the right. */
static Status justify(TRun *run, TCall *c, int side, TValue *out) {
    const TString *s = self_string(c), *with;
    int64_t width;
    TRY(tmpl_arg_int(run, c, 0, 0, &width));
    TRY(tmpl_arg_str(run, c, 1, &with));
    if (with && tmpl_chars(with) != 1) {
        return TMPL_FAIL(run, E_CORRUPT, "the fill is one character");
    }
    int64_t room = width > 0 ? width - (int64_t)tmpl_chars(s) : 0;
    if (room < 0) room = 0;
    /* where the room is odd, the blank too many goes left for an odd width, as in Python */
    int64_t left = side < 0 ? 0 : side > 0 ? room : room / 2 + (room & width & 1);
    assert(0 <= left && left <= room);
    TBuilder b = tmpl_build(run);
    fill(&b, with, left);
    tmpl_add_string(&b, s);
    fill(&b, with, room - left);
    return tmpl_take(&b, s->markup, out);
}

static Status s_ljust(TRun *run, TCall *c, TValue *out) { return justify(run, c, -1, out); }
static Status s_center(TRun *run, TCall *c, TValue *out) { return justify(run, c, 0, out); }
static Status s_rjust(TRun *run, TCall *c, TValue *out) { return justify(run, c, 1, out); }

/* Zeros behind a sign, as Python puts them. */
static Status s_zfill(TRun *run, TCall *c, TValue *out) {
    const TString *s = self_string(c);
    int64_t width, n = (int64_t)tmpl_chars(s);
    TRY(tmpl_arg_int(run, c, 0, 0, &width));
    size_t sign = s->text.n && (s->text.p[0] == '-' || s->text.p[0] == '+');
    TBuilder b = tmpl_build(run);
    tmpl_add_slice(&b, s, 0, sign);
    for (; n < width && b.status == OK; n++) tmpl_add_c(&b, "0");
    tmpl_add_slice(&b, s, sign, s->text.n);
    return tmpl_take(&b, s->markup, out);
}

typedef bool (*CodeTest)(uint32_t code);

/* Python's str.isalpha and kin, by Unicode category. */
static bool is_alpha(uint32_t code) { return unicode_class(code) == UC_LETTER; }
static bool is_decimal(uint32_t code) { return strcmp(unicode_category(code), "Nd") == 0; }
static bool is_numeric(uint32_t code) { return unicode_class(code) == UC_NUMBER; }
static bool is_alnum(uint32_t code) { return is_alpha(code) || is_numeric(code); }

/* Digits beyond the decimal ones: superscripts and circled numbers, by their blocks. */
static bool is_digit(uint32_t code) {
    return is_decimal(code) || code == 0xB2 || code == 0xB3 || code == 0xB9 ||
           (is_numeric(code) && ((code >= 0x2070 && code <= 0x2089) ||
                                 (code >= 0x2460 && code <= 0x249B)));
}

/* False for the empty string, as all of Python's is...() are, isascii() aside. */
static Status all_are(TRun *run, TCall *c, CodeTest test, TValue *out) {
    Str s = self_string(c)->text;
    bool all = s.n > 0;
    TRY(tmpl_step(run, s.n / 64));
    for (size_t at = 0, width; at < s.n && all; at += width) {
        all = test(utf8_decode(s, at, &width));
    }
    *out = tv_bool(all);
    return OK;
}

static Status s_isalpha(TRun *run, TCall *c, TValue *out) { return all_are(run, c, is_alpha, out); }
static Status s_isalnum(TRun *run, TCall *c, TValue *out) { return all_are(run, c, is_alnum, out); }
static Status s_isdigit(TRun *run, TCall *c, TValue *out) { return all_are(run, c, is_digit, out); }
static Status s_isspace(TRun *run, TCall *c, TValue *out) {
    return all_are(run, c, tmpl_is_space, out);
}
static Status s_isdecimal(TRun *run, TCall *c, TValue *out) {
    return all_are(run, c, is_decimal, out);
}
static Status s_isnumeric(TRun *run, TCall *c, TValue *out) {
    return all_are(run, c, is_numeric, out);
}
static Status s_isascii(TRun *run, TCall *c, TValue *out) {
    *out = tv_bool(self_string(c)->ascii);
    return OK;
}
/* The tests of the same names (template_test.c) have the rule. */
static Status s_islower(TRun *run, TCall *c, TValue *out) {
    return tmpl_test_find(STR("lower"))->fn(run, c, out);
}
static Status s_isupper(TRun *run, TCall *c, TValue *out) {
    return tmpl_test_find(STR("upper"))->fn(run, c, out);
}

static Status s_format(TRun *run, TCall *c, TValue *out) {
    return tmpl_brace_format(run, self_string(c), c, out);
}

/* ---- dicts ----------------------------------------------------------------------------------- */

/* keys(), values() or items() of the dict as a list of that shape. */
static Status view(TRun *run, TCall *c, TShape shape, TValue *out) {
    TList *list = NULL;
    TRY(tmpl_dict_view(run, c->self.u.dict, shape, &list));
    *out = tv_list(list);
    return OK;
}

static Status d_items(TRun *run, TCall *c, TValue *out) { return view(run, c, TS_ITEMS, out); }
static Status d_keys(TRun *run, TCall *c, TValue *out) { return view(run, c, TS_KEYS, out); }
static Status d_values(TRun *run, TCall *c, TValue *out) { return view(run, c, TS_VALUES, out); }

/* None, not undefined, when the key is not there: d.get('x') is none. */
static Status d_get(TRun *run, TCall *c, TValue *out) {
    TPair *pair = NULL;
    TRY(tmpl_dict_find(run, c->self.u.dict, *c->slot[0], &pair));
    *out = pair ? pair->value : c->slot[1] ? *c->slot[1] : tv_none();
    return OK;
}

/* Shallow, as Python's. */
static Status d_copy(TRun *run, TCall *c, TValue *out) {
    TDict *copy = NULL;
    const TDict *from = c->self.u.dict;
    TRY(tmpl_dict_new(run, &copy));
    for (size_t i = 0; i < from->n; i++) {
        TRY(tmpl_dict_set(run, copy, from->pairs[i].key, from->pairs[i].value));
    }
    *out = tv_dict(copy);
    return OK;
}

/* ---- lists ----------------------------------------------------------------------------------- */

/* Items that equal the value, by Python's ==. */
static Status l_count(TRun *run, TCall *c, TValue *out) {
    const TList *list = c->self.u.list;
    int64_t count = 0;
    for (size_t i = 0; i < list->n; i++) {
        bool same;
        TRY(tmpl_equal(run, list->items[i], *c->slot[0], &same));
        count += same;
    }
    *out = tv_int(count);
    return OK;
}

static Status l_index(TRun *run, TCall *c, TValue *out) {
    const TList *list = c->self.u.list;
    for (size_t i = 0; i < list->n; i++) {
        bool same;
        TRY(tmpl_equal(run, list->items[i], *c->slot[0], &same));
        *out = tv_int((int64_t)i);
        if (same) return OK;
    }
    return TMPL_FAIL(run, E_CORRUPT, "index: the item is not in the list");
}

static Status l_copy(TRun *run, TCall *c, TValue *out) {
    return tmpl_filter_find(STR("list"))->fn(run, c, out);
}

/* ---- loop ------------------------------------------------------------------------------------ */

/* The value of the round: index modulo the number of values. */
static Status loop_cycle(TRun *run, TCall *c, TValue *out) {
    if (!c->n_pos) return TMPL_FAIL(run, E_CORRUPT, "cycle: no values");
    *out = c->pos[c->self.u.loop->index % c->n_pos];
    return OK;
}

/* Were the arguments other ones in the last call of this loop? The first call says yes. */
static Status loop_changed(TRun *run, TCall *c, TValue *out) {
    TLoop *loop = c->self.u.loop;
    TList *now = NULL;
    bool same = false;
    TRY(tmpl_list_new(run, TS_TUPLE, c->n_pos, &now));
    for (size_t i = 0; i < c->n_pos; i++) TRY(tmpl_list_add(run, now, c->pos[i]));
    if (loop->has_changed) TRY(tmpl_equal(run, loop->changed, tv_list(now), &same));
    loop->changed = tv_list(now);
    loop->has_changed = true;
    *out = tv_bool(!same);
    return OK;
}

static const TDef string_methods[] = {
    {"split", "sep maxsplit", 0, s_split},
    {"rsplit", "sep maxsplit", 0, s_rsplit},
    {"strip", "chars", 0, s_strip},
    {"lstrip", "chars", 0, s_lstrip},
    {"rstrip", "chars", 0, s_rstrip},
    {"startswith", "prefix start end", 1, s_startswith},
    {"endswith", "suffix start end", 1, s_endswith},
    {"replace", "old new count", 2, s_replace},
    {"upper", "", 0, s_upper},
    {"lower", "", 0, s_lower},
    {"casefold", "", 0, s_lower},
    {"title", "", 0, s_title},
    {"capitalize", "", 0, s_capitalize},
    {"swapcase", "", 0, s_swapcase},
    {"find", "sub start end", 1, s_find},
    {"rfind", "sub start end", 1, s_rfind},
    {"index", "sub start end", 1, s_index},
    {"rindex", "sub start end", 1, s_rindex},
    {"count", "sub start end", 1, s_count},
    {"join", "iterable", 1, s_join},
    {"format", "", -1, s_format},
    {"splitlines", "keepends", 0, s_splitlines},
    {"partition", "sep", 1, s_partition},
    {"rpartition", "sep", 1, s_rpartition},
    {"removeprefix", "prefix", 1, s_removeprefix},
    {"removesuffix", "suffix", 1, s_removesuffix},
    {"ljust", "width fillchar", 1, s_ljust},
    {"center", "width fillchar", 1, s_center},
    {"rjust", "width fillchar", 1, s_rjust},
    {"zfill", "width", 1, s_zfill},
    {"isalpha", "", 0, s_isalpha},
    {"isalnum", "", 0, s_isalnum},
    {"isdigit", "", 0, s_isdigit},
    {"isdecimal", "", 0, s_isdecimal},
    {"isnumeric", "", 0, s_isnumeric},
    {"isspace", "", 0, s_isspace},
    {"isascii", "", 0, s_isascii},
    {"islower", "", 0, s_islower},
    {"isupper", "", 0, s_isupper},
};

static const TDef dict_methods[] = {
    {"get", "key default", 1, d_get}, {"items", "", 0, d_items}, {"keys", "", 0, d_keys},
    {"values", "", 0, d_values},      {"copy", "", 0, d_copy},
};

static const TDef list_methods[] = {
    {"count", "value", 1, l_count}, {"index", "value", 1, l_index}, {"copy", "", 0, l_copy}};

static const TDef loop_methods[] = {
    {"cycle", "", -1, loop_cycle},
    {"changed", "", -1, loop_changed},
};

/* Tuples and ranges have count and index, and no copy. */
const TDef *tmpl_method_find(TValue self, Str name) {
    switch (self.kind) {
    case T_STRING: return tmpl_def_find(string_methods, ARRAY_LEN(string_methods), name);
    case T_LOOP: return tmpl_def_find(loop_methods, ARRAY_LEN(loop_methods), name);
    case T_DICT: return tmpl_def_find(dict_methods, ARRAY_LEN(dict_methods), name);
    case T_LIST:
        if (self.u.list->shape > TS_RANGE) return NULL;
        return tmpl_def_find(list_methods,
                             ARRAY_LEN(list_methods) - (self.u.list->shape != TS_LIST), name);
    default: return NULL;
    }
}

bool tmpl_method_is_forbidden(TValue self, Str name) {
    static const char *const of_dicts[] = {"update", "setdefault", "pop", "clear", NULL};
    static const char *const of_lists[] = {"append", "extend", "insert", "pop",
                                           "remove", "reverse", "clear",  NULL};
    const char *const *names = self.kind == T_DICT ? of_dicts : of_lists;
    if (self.kind != T_DICT && (self.kind != T_LIST || self.u.list->shape != TS_LIST)) return false;
    while (*names && !str_eq_c(name, *names)) names++;
    return *names != NULL;
}
