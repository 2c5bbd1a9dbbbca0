/*
 * Roles: what somebody is called by what they do, which names nobody.
 *
 * "班主任", "物业经理", "Hausverwaltung" are many people; the tagger, which sees a title, takes them
 * or a piece of them for a person ("班", "包方", "Hausmeister"). Masked they cost an answer its
 * sense, so
 *
 *   - a find that lies inside a role is left out;
 *   - of one that begins with a role only the rest is a name: "Hausmeister Krause" is Krause.
 *
 * A role in Han signs is a word of the list, or a word of what is cared for before a title
 * ("物业" + "经理"). A title alone is none: "王经理" is somebody. Traditional signs are folded. A German
 * role is a noun of the list or ends with one ("Projekt" + "leiter"), with the endings of its
 * cases; articles and "Bitte" before it are no name either, but only before it. Kin is cut off a
 * name, too ("Tochter Friederike"), and what letters say with a capital ("Mit freundlichen
 * Grüßen", "Nettogehalt") is nobody where the whole find is such words. Words that are also family
 * names of many (Richter, Koch, Schneider, Hofmeister) are in no list: rather a role too
 * much is masked than a name too little. For the same reason a rest without a capital letter (in
 * Latin), and one that is longer than a sign (in Han), stays masked, whatever it is.
 *
 * Our own lists. Limits: a find begins at most ROLE_SIGNS signs behind its role, a word has
 * WORD_MAX bytes.
 */
#include <assert.h>

#include "base/han.h"
#include "base/lists.h"
#include "base/utf8.h"
#include "gate/scan/impl.h"

enum { ROLE_SIGNS = 4, WORD_MAX = 32, STEM_LEAST = 3 };

/* ---- Han signs ------------------------------------------------------------------------------- */

static const char *const whole_roles[] = {
    "法定代表人", "委托代理人", "居委会主任", "宿管阿姨", "发包方", "承包方", "承租人", "承租方", "出租人",
    "出租方", "受托人", "委托人", "监护人", "班主任", "辅导员", "护士长", "厨师长", "村支书", "村主任",
    "快递员", "外卖员", "收银员", "保洁员", "楼管", "宿管", "房东", "租客", "业主", "前台", "司机", "导游",
    "领队", "会计", "出纳", "甲方", "乙方", "保安", NULL};

/* What a title is of. */
static const char *const fields[] = {
    "物业", "值班", "项目", "产品", "部门", "销售", "大堂", "客服", "人事", "行政", "财务", "技术", "车间",
    "教务", "居委会", "主治", "住院", "家庭", "责任", "任课", "当班", "实习", "高级", "运营", "市场", "采购",
    "仓库", "安全", "生产", "质检", "维修", "保安", "餐饮", "客房", "工程", "法务", "培训", "年级", "教研室",
    "急诊", "社区", "主管", NULL};

static const char *const titles[] = {"经理", "主任", "医生", "医师", "护士", "老师", "主管", "专员", "总监",
                                     "班长", "组长", "队长", "助理", "编辑", "教师", "顾问", "干事", "师傅",
                                     "阿姨", "代表", "人员", "负责人", "工程师", "管理员", NULL};

/* Bytes of the longest of the words that the text begins with; 0: none. Most differ in their first
   sign, and a text may have a find in each line. */
static size_t longest(Str text, const char *const *words) {
    size_t best = 0;
    for (; text.n > HAN_BYTES && *words; words++) {
        if (memcmp(*words, text.p, HAN_BYTES) != 0) continue;
        Str word = str_from(*words);
        if (word.n > best && str_starts(text, word)) best = word.n;
    }
    return best;
}

/* Bytes of the role at the beginning of a folded text. */
static size_t han_role(Str text) {
    size_t whole = longest(text, whole_roles), field = longest(text, fields);
    size_t title = field ? longest(str_sub(text, field, text.n), titles) : 0;
    return title && field + title > whole ? field + title : whole;
}

/* What is left behind a role: a single sign of grammar, or of another role, is no name. */
static bool may_be_name(Str rest) {
    static const char rare[] = "的说和与在是有被把由让请来去将已会等们租班系长级";
    return rest.n != HAN_BYTES || str_find(STR(rare), rest, 0) == SIZE_MAX;
}

/* The role that stands around or before [*at, end) of a text in Han signs. */
static bool cut_han(Str text, size_t *at, size_t end) {
    char near[3 * ROLE_SIGNS * HAN_BYTES];
    size_t from = *at > ROLE_SIGNS * HAN_BYTES ? *at - ROLE_SIGNS * HAN_BYTES : 0;
    Str view = str_sub(text, from, text.n < from + sizeof near ? text.n : from + sizeof near);
    view = han_fold_into(view, near, sizeof near);
    for (size_t x = from; x <= *at; x++) {
        if ((unsigned char)view.p[x - from] < 0xE3) continue; /* no first byte of a sign */
        size_t role = han_role(str_sub(view, x - from, view.n));
        if (!role || x + role <= *at) continue;
        if (x + role >= end) return false;
        *at = x + role;
        return may_be_name(str_sub(text, *at, end));
    }
    return true;
}

/* ---- German ---------------------------------------------------------------------------------- */

static const char *const german_roles[] = {
    "vermieter", "mieter", "eigentümer", "hebamme", "vorstand", "installateur", "handwerker",
    "notdienst", "hausmeister", "bürgermeister", "betreuer", "verwalter", "kassenwart",
    "geschäftsführer", "verwaltung", "betriebsrat", "gutachter", "schriftführer",
    "ansprechpartner", "hauswart", "platzwart", "torwart", NULL};

static const char *const german_ends[] = {
    "verwaltung", "verwalter", "leiter", "leitung", "berater", "beauftragter", "beauftragte",
    "vertreter", "bearbeiter", "dienst", "lehrer", "lehrerin", "führer", "arzt", "ärztin",
    "betreuer", "partner", "vorstand", NULL}; /* "wart" is not one: Stewart, Ewart */

/* Before a role, never alone. */
static const char *const german_before[] = {
    "bitte", "der", "die", "das", "den", "dem", "des", "vom", "zum", "zur", "ein", "eine", "einen",
    "einem", "unser", "unsere", "unserer", "ihr", "ihre", "ihrer", "mein", "meine", "meiner",
    "meinem", "sein", "seine", "seiner", "als", NULL};

/* Whose somebody is, before their name: "Tochter Friederike". Those that are family names, too
   ("Mann", "Vater") name somebody where they stand alone. */
static const char *const german_kin[] = {
    "tochter", "schwester", "mutter", "ehefrau", "ehemann", "oma", "tante", "cousine", "nichte",
    "schwägerin", "schwager", "freundin", "kollegin", "kollege", "nachbarin", "patientin",
    "rechtsanwältin", "rechtsanwalt", "familie", "hallo", "liebe", "lieber", "viele", NULL};
static const char *const german_kin_names[] = {
    "mann", "vater", "sohn", "bruder", "opa", "onkel", "neffe", "enkel", "freund", "nachbar",
    "patient", "scheidung", NULL};

/* What letters and forms say with a capital, and nobody is called. */
static const char *const german_words[] = {
    "mit", "freundlichen", "freundliche", "kollegialen", "herzlichen", "herzliche", "besten",
    "grüßen", "grüße", "grüssen", "grüsse", "gruß", "sehr", "geehrte", "geehrter", "geehrten",
    "betreff", "von", "an", "auto", "frau", "herr", "herrn", "typ", "infektion", "diagnose",
    "diagnosen", "medikation", "behandlung", "gehalt", "steuer", "id", "karte", "konto", "januar",
    "februar", "märz", "juni", "juli", "oktober", "dezember", "spitzname", "uhr", "euro",
    "telefon", "handy", "adresse", "anschrift", "datum", "ruf", NULL};
static const char *const german_nouns[] = {
    "heit", "keit", "schaft", "ität", "klinik", "nummer", "gehalt", "brief", "vertrag",
    "versicherung", "rechnung", "zahlung", "wohnung", "bestellung", "lieferung", "leistung",
    "kündigung", "erkrankung", "störung", "termin", "name", NULL};

static bool ends_in(Str word, const char *const *ends) {
    for (; *ends; ends++) {
        Str end = str_from(*ends);
        if (word.n >= end.n + STEM_LEAST && str_ends(word, end)) return true;
    }
    return false;
}

/* In small letters; with the endings of cases, of the plural and of women. */
static bool is_german_role(Str word) {
    static const char *const endings[] = {"", "innen", "in", "s", "n", "en", "es"};
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        if (!str_ends(word, str_from(endings[i]))) continue;
        Str stem = str_sub(word, 0, word.n - strlen(endings[i]));
        if (list_has(stem, german_roles) || ends_in(stem, german_ends)) return true;
    }
    return false;
}

/* The word at `at` in small letters; empty: longer than WORD_MAX, or none. */
static Str small_word(Str text, size_t at, size_t end, char out[WORD_MAX]) {
    size_t n = 0, width;
    for (; at < end; at += width) {
        uint32_t c = unicode_lower(utf8_decode(text, at, &width));
        UnicodeClass class = unicode_class(c);
        if (class != UC_LETTER && class != UC_MARK) break;
        if (n + UTF8_MAX_BYTES > WORD_MAX) return (Str){"", 0};
        n += utf8_encode(c, out + n);
    }
    return (Str){out, n};
}

typedef enum German { NO_WORD, SMALL, KIN_NAME, ROLE, WORD } German;

/* What a word in small letters is; `one` capital at most, since "MIT" is a firm. */
static German german_of(Str word, bool one) {
    if (word.n == 0) return NO_WORD;
    if (is_german_role(word) || (one && list_has(word, german_kin))) return ROLE;
    if (one && list_has(word, german_kin_names)) return KIN_NAME;
    if (list_has(word, german_before)) return SMALL;
    return one && (list_has(word, german_words) || ends_in(word, german_nouns)) ? WORD : NO_WORD;
}

/* "mein Mann", "ihrer Mutter", and not "Herr Mann". */
static bool is_owned(Str text, size_t at) {
    static const char *const owners[] = {"mein", "dein", "sein", "ihr", "unser", "euer"};
    for (size_t i = 0; i < ARRAY_LEN(owners); i++) {
        for (size_t ending = 0; ending <= 2; ending++) { /* "mein", "meine", "meinem" */
            size_t n = strlen(owners[i]) + ending;
            if (at < n + 1 || text.p[at - 1] != ' ') continue;
            if (str_starts(str_sub(text, at - 1 - n, at - 1), str_from(owners[i]))) return true;
        }
    }
    return false;
}

/* Of a find that is words alone nothing is left; before a name only roles are cut off. */
static bool cut_german(Str text, size_t *at, size_t end) {
    bool nobody = false;
    size_t x = *at, rest = *at;
    while (x < end) {
        char small[WORD_MAX];
        Str word = small_word(text, x, end, small);
        bool one = word.n > 1 && !plain_is_capital(text.p[x + 1]);
        German what = german_of(word, one);
        if (what == NO_WORD) break;
        nobody = nobody || what == ROLE || what == WORD;
        x += word.n; /* letters of German have as many bytes small as big */
        while (x < end && memchr(" ,:-", text.p[x], 4)) x++;
        if (what == ROLE || what == KIN_NAME) rest = x;
        if (what == KIN_NAME && x >= end) return !is_owned(text, *at);
    }
    if (x >= end) return !nobody;
    bool name = false; /* a rest in small letters may be anything: nothing is cut */
    for (size_t i = rest; i < end; i++) name = name || plain_is_capital(text.p[i]);
    if (name) *at = rest;
    return true;
}

bool role_leaves(Str text, size_t *at, size_t end) {
    assert(*at < end && end <= text.n);
    if ((unsigned char)text.p[*at] >= 0xE3) return cut_han(text, at, end);
    return cut_german(text, at, end);
}
