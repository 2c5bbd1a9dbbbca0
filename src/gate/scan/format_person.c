/*
 * Names in forms: what stands behind "name:" or U+59D3 U+540D and a colon.
 *
 * A label and a colon say that a name follows, so only its extent is in question. Chinese: a known
 * surname (of one sign or two) and one or two signs more, then something that is no Han sign, or a
 * title or the next label; names with a middle dot have up to NAME_SIGNS signs. Latin: two to four
 * capitalised words of one sentence on the line. A field for a part of a name ("last_name") has one
 * word or more, and what stands before an address of mail in "<>" is its owner: in quotation marks,
 * or the words with a capital. Names in running text are the work of a tagger and not found here.
 */
#include "base/utf8.h"
#include "gate/scan/impl.h"

enum { NAME_SIGNS = 12, LATIN_WORDS = 4, WORD_BYTES = 32 };

/* Common family names, our own list; compound ones below. */
static const char surnames[] =
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏"
    "薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常"
    "武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左"
    "涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮"
    "桂";
static const char compounds[] =
    "欧阳上官司马诸葛司徒东方独孤南宫夏侯皇甫尉迟公孙慕容令狐端木钟离宇文长孙轩辕申屠公冶濮阳淳于澹台"
    "宗政赫连闻人闾丘万俟呼延拓跋百里东郭羊舌梁丘左丘西门东门南荣司空亓官仲孙鲜于太史公羊";
static const char behind[] = "先女小老同电手身性联年男证住地号工职的";

static uint32_t han_name_end(const Fold *v, uint32_t x) {
    uint32_t end = x, signs = 0;
    while (signs < NAME_SIGNS && (han_at(v, end) || (v->p[end] == '-' && han_at(v, end + 1)))) {
        signs += v->p[end] != '-';
        end += v->p[end] == '-' ? 1 : HAN_BYTES;
        if (end >= v->n) break;
    }
    bool dotted = signs * HAN_BYTES != end - x; /* U+00B7 is '-' in the view */
    if (dotted) return signs >= 3 && !han_at(v, end) ? end : 0;
    bool compound = one_at(v, x, compounds, 2 * HAN_BYTES);
    uint32_t family = compound ? 2 : sign_in(v, x, surnames);
    if (!family || signs <= family) return 0;
    for (uint32_t given = 1; given <= 2 && family + given <= signs; given++) {
        uint32_t stop = x + (family + given) * HAN_BYTES;
        if (!han_at(v, stop) || sign_in(v, stop, behind)) return stop;
    }
    return 0;
}

/* Bytes of the Latin letter at x, 0: none. Beyond ASCII those of U+00C0 to U+024F, without the two
   signs among them. */
static uint32_t latin_letter(const Fold *v, uint32_t x) {
    unsigned char c = (unsigned char)fold_at(v, x), d = (unsigned char)fold_at(v, (int64_t)x + 1);
    if (c < 0x80) return is_letter((char)c);
    bool sign = c == 0xC3 && (d == 0x97 || d == 0xB7);
    return c >= 0xC3 && c <= 0xC9 && utf8_goes_on((char)d) && !sign ? 2 : 0;
}

/* Beyond Latin-1 capitals and small letters alternate: either may begin a word. */
static bool latin_capital(const Fold *v, uint32_t x) {
    char c = fold_at(v, x);
    if (latin_letter(v, x) < 2) return plain_is_capital(c);
    return c != '\xC3' || (unsigned char)fold_at(v, (int64_t)x + 1) < 0x9F;
}

static bool ends_letter(const Fold *v, int64_t x) {
    char c = fold_at(v, x);
    return is_letter(c) || (unsigned char)c >= 0x80;
}

static uint32_t latin_word_end(const Fold *v, uint32_t x) {
    uint32_t from = x, step;
    while (x < v->n && x - from < WORD_BYTES) {
        step = latin_letter(v, x);
        if (!step && !strchr("'-.", v->p[x])) break;
        x += step ? step : 1;
    }
    return x;
}

static uint32_t latin_name_end(const Fold *v, uint32_t x, int least) {
    uint32_t end = 0;
    for (int words = 1; words <= LATIN_WORDS; words++) {
        if (!latin_capital(v, x)) break;
        x = latin_word_end(v, x);
        if (words >= least) end = x;
        bool initial = !ends_letter(v, (int64_t)x - 2) || !ends_letter(v, (int64_t)x - 3);
        bool sentence_ends = words >= least && v->p[x - 1] == '.' && !initial;
        if (fold_at(v, x) != ' ' || sentence_ends) break;
        x++;
    }
    while (end && !ends_letter(v, (int64_t)end - 1)) end--;
    return end;
}

uint32_t format_person_value(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    if (x >= v->n) return 0;
    uint32_t end = han_at(v, x) ? han_name_end(v, x) : latin_name_end(v, x, 2);
    if (end) scan_emit(s, x, end, KIND_NAME, 0.8);
    return end;
}

/* What forms and schemas have in a name's place, in small letters. */
static bool is_no_name(const Fold *v, uint32_t x, uint32_t end) {
    static const char *const words[] = {"string", "text",  "varchar", "char", "null",
                                        "none",   "true",  "false",   "first", "last",
                                        "optional", "required",
                                        "column", "field", "unknown", "name"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        uint32_t at = x;
        if (takes(v, &at, words[i]) && (at == end || !is_letter(v->p[at]))) return true;
    }
    return false;
}

uint32_t format_person_field(Scanner *s, uint32_t x, bool quoted) {
    const Fold *v = &s->fold;
    char quote = fold_at(v, (int64_t)x - 1);
    if (x >= v->n) return 0;
    uint32_t end = latin_name_end(v, x, 1);
    if (quoted && !end) { /* in small letters, or of another script: up to its mark */
        for (end = x; end < v->n && end - x < 2 * WORD_BYTES && v->p[end] != quote; end++) {
            bool mark = v->p[end] && strchr(" -.'", v->p[end]);
            if (!mark && !is_letter(v->p[end]) && !((unsigned char)v->p[end] & 0x80)) return 0;
        }
        if (fold_at(v, end) != quote || end - x < 2) return 0;
    }
    char next = end ? fold_at(v, end) : 0;
    if (!end || next == '(' || next == '[' || next == '=' || is_no_name(v, x, end)) return 0;
    if (end - x >= 2) scan_emit(s, x, end, KIND_NAME, 0.8);
    return end - x >= 2 ? end : 0;
}

/* Where the word begins that ends before x; x: none does. */
static uint32_t word_begin(const Fold *v, uint32_t x) {
    uint32_t from = x;
    while (from > 0 && x - from < WORD_BYTES) {
        char c = v->p[from - 1];
        bool part = is_letter(c) || (unsigned char)c >= 0x80 || (c && strchr("'-.", c));
        if (!part) break;
        from--;
    }
    return from;
}

/* The quotation mark that opens what is closed before `end`; 0: none on the line. */
static uint32_t quote_begin(const Fold *v, uint32_t end) {
    uint32_t x = end;
    while (x > 0 && end - x < 2 * WORD_BYTES && v->p[x - 1] != '\n') {
        if (v->p[--x] == '"') return x + 1;
    }
    return 0;
}

void format_person_before(Scanner *s, uint32_t bracket) {
    const Fold *v = &s->fold;
    uint32_t end = bracket, from, letters = 0;
    if (end < 3 || v->p[end - 1] != ' ') return;
    end--;
    if (v->p[end - 1] == '"') {
        from = quote_begin(v, --end);
        if (!from) return;
    } else {
        uint32_t x = from = end;
        for (int words = 0; words < LATIN_WORDS; words++) {
            uint32_t word = word_begin(v, x);
            if (word == x || word < s->floor) break;
            bool clock = fold_has(v, word, "PM ") || fold_has(v, word, "AM "); /* "4:22 PM Ann <" */
            if (clock) break;
            bool capital = latin_capital(v, word) || (unsigned char)v->p[word] >= 0xD0;
            if (capital) from = word;
            if ((!capital && x - word > 3) || word == 0 || v->p[word - 1] != ' ') break;
            x = word - 1;
        }
    }
    for (uint32_t x = from; x < end; x++) {
        if (v->p[x] == '@' || v->p[x] == '\n') return;
        letters += is_letter(v->p[x]) || (unsigned char)v->p[x] >= 0x80;
    }
    if (letters >= 2) scan_emit(s, from, end, KIND_NAME, 0.8);
}
