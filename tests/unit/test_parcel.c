/*
 * Promises of gate/parcel: nothing that the policy masks is in what leaves, in any form; private
 * text never leaves; what cannot be scanned, masked or remembered does not leave; JSON stays JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/gate_open.h"
#include "base/clock.h"
#include "base/json.h"
#include "gate/match.h"
#include "gate/parcel_impl.h"
#include "gate/vault.h"

enum { TEXT_MAX = 1 << 24, TALKS = 400, DRAWS = 16 };

static bool holds(Str text, const char *word) {
    return str_find(text, str_from(word), 0) != SIZE_MAX;
}

/* Text and skeleton of every span of `clear` are looked for in what would leave. */
static void nothing_left(Scanner *scanner, Str clear, Str masked) {
    const ScanSpan *spans;
    size_t n;
    Err err;
    Buf all, one;
    buf_init(&all, TEXT_MAX);
    buf_init(&one, TEXT_MAX);
    assert_int_equal(match_skeleton(masked, &all, &err), OK);
    assert_int_equal(gate_scan(scanner, clear, &spans, &n, &err), OK);
    for (size_t i = 0; i < n; i++) {
        if (spans[i].type == SCAN_PLACE || spans[i].type >= SCAN_HEALTH) continue;
        Str private = str_sub(clear, spans[i].start, spans[i].end);
        buf_clear(&one);
        assert_int_equal(match_skeleton(private, &one, &err), OK);
        if (one.n < 3) continue; /* two letters are in every text */
        bool there = str_find(masked, private, 0) != SIZE_MAX ||
                     (one.n >= 6 && str_find(buf_str(&all), buf_str(&one), 0) != SIZE_MAX);
        if (there) {
            print_error("%s %.*s is in %.*s\n", scan_kind_name(spans[i].kind), (int)private.n,
                        private.p, (int)masked.n, masked.p);
        }
        assert_false(there);
    }
    buf_fini(&all);
    buf_fini(&one);
}

static void random_talk_leaves_no_canary(void **state) {
    Err err;
    Scanner *scanner;
    Buf text;
    buf_init(&text, TEXT_MAX);
    assert_int_equal(gate_scanner_new(&scanner, &err), OK);
    for (uint64_t seed = 1000; seed < 1000 + TALKS; seed++) {
        GateParcel *parcel = NULL;
        GateReport report;
        char conversation[32];
        buf_clear(&text);
        talk_text(seed, &text);
        (void)snprintf(conversation, sizeof conversation, "t-%d", (int)(seed / 4));
        assert_int_equal(gate_talk_parcel(gate, conversation, GATE_PUBLIC, buf_str(&text), &parcel,
                                          &report, &err),
                         OK);
        nothing_left(scanner, buf_str(&text), gate_parcel_text(parcel, 0));
        assert_true(report.bytes == gate_parcel_text(parcel, 0).n);
        gate_parcel_free(parcel);
    }
    gate_scanner_free(scanner);
    buf_fini(&text);
}

/* Masks a text and puts it back; does what leaves hold `gone`? */
static bool leaves_with(const char *talk, Str text, const char *gone) {
    GateParcel *parcel;
    GateRestorer *r;
    Err err;
    Buf back;
    uint64_t seed = text.n;
    assert_int_equal(gate_talk_parcel(gate, talk, GATE_PUBLIC, text, &parcel, NULL, &err), OK);
    Str masked = gate_parcel_text(parcel, 0);
    buf_init(&back, TEXT_MAX);
    assert_int_equal(gate_restorer_new(gate, parcel, GATE_PLAIN, &r, &err), OK);
    assert_int_equal(gate_talk_restore(r, masked, 3, &seed, &back, &err), OK);
    if (!str_eq(buf_str(&back), text)) {
        fail_msg("%.*s\nleft as %.*s\ncame back as %.*s", (int)text.n, text.p, (int)masked.n,
                 masked.p, (int)back.n, back.p);
    }
    bool held = holds(masked, gone);
    gate_restorer_free(r);
    buf_fini(&back);
    gate_parcel_free(parcel);
    return held;
}

/* What is written for one thing may complete the name of another: that one's surrogate takes the
   place of both, and what is remembered of the first goes with it. */
static void surrogate_inside_a_name_gives_way(void **state) {
    char long_word[400], name[sizeof long_word + 8];
    Err err;
    VaultTalk *talk;
    GateParcel *parcel;
    memset(long_word, 'q', sizeof long_word);
    memcpy(name, long_word, sizeof long_word);
    memcpy(name + sizeof long_word, " nest 77", 8);
    Str first = {long_word, sizeof long_word}, second = {name, sizeof name};
    VaultEntry entries[] = {{SCAN_OTHER, KIND_COUNT, VAULT_WHOLE, STR("blue heron"), first},
                            {SCAN_OTHER, KIND_COUNT, VAULT_WHOLE, second, STR("xyzzy")},
                            {SCAN_OTHER, KIND_COUNT, VAULT_WHOLE, STR("red finch"), STR("plugh")}};
    assert_int_equal(vault_talk_open(gate->vault, "inside", &talk, &err), OK);
    for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
        assert_int_equal(vault_talk_add(talk, &entries[i], &err), OK);
    }
    assert_int_equal(vault_talk_commit(talk, &err), OK);
    vault_talk_close(talk);
    Str text = STR("red finch, blue heron nest 77, red finch");
    assert_int_equal(gate_talk_parcel(gate, "inside", GATE_PUBLIC, text, &parcel, NULL, &err), OK);
    Str masked = gate_parcel_text(parcel, 0);
    /* "xyzzy" would come back as something else than was said, so another one is drawn for it */
    assert_true(str_starts(masked, STR("plugh, ")) && str_ends(masked, STR(", plugh")));
    assert_false(holds(masked, "heron") || holds(masked, "qqqq") || holds(masked, "nest 77"));
    gate_parcel_free(parcel);
}

/* The tagger takes "12 Oak Street, phone +44 ..." for one address; the word is no part of it. */
static void a_word_between_two_numbers_stays(void **state) {
    Str text = STR("She lives at 12 Oak Street, phone +44 7700 900741, and sings.");
    assert_true(leaves_with("between", text, ", phone +44"));
    assert_false(leaves_with("between", text, "Oak Street"));
}

/* A word that is repeated for ever is no name of ten thousand bytes, which nothing could mask. */
static void a_word_said_over_and_over_does_not_close_the_gate(void **state) {
    Buf text;
    buf_init(&text, TEXT_MAX);
    for (int i = 0; i < 2000; i++) buf_add_c(&text, "Notiz ");
    assert_false(leaves_with("over", buf_str(&text), "Emma"));
    buf_fini(&text);
}

/* A form of a known name leaves as the same form of its surrogate, and comes back. */
static void other_forms_of_a_name_are_the_name(void **state) {
    static const struct { const char *text, *gone; } cases[] = {
        {"Name: Emma Clark. E. Clark, E Clark, E.Clark signed.", "Clark"},
        {"Name: Emma Clark. Then Emma C. signed.", "Emma C"},
        {"Name: Emma Clark. Log in as eclark, user ec, or clarke@host.", "clark"},
        {"Name: Emma Karb\xC3\xB6""cek. Wir haben herrn  karb\xC3\xB6""cek gesehen, sagt dr. "
         "karb\xC3\xB6""cek.", "karb\xC3\xB6""cek"},
        {"Name: Emma Clark. /home/emmac/x and C:\\Users\\eclark\\y", "clark"},
        {"see /home/zqunlwerq/x or C:\\Users\\zqunlwerq\\y", "zqunl"},
        {"Name: Robert James Smith. R. J. Smith, RJ Smith, R.J. Smith, R.J.S. and Robert Smith",
         "Smith"},
        {"Name: Robert James Smith. rjsmith, rsmith@x, smith.r, r_smith", "smith"},
        {"姓名：李晓明。Li Xiaoming, Xiaoming Li, Li Xiao Ming, LI Xiaoming", "iaoming"},
        {"姓名：李晓明。lixiaoming, xiaoming.li, xmli@host, Xiao-Ming Li, X. Li", "iaoming"},
        {"姓名：李晓明。L.X.M. signed for Mr. Li; Xiaoming agreed.", "Li;"},
        {"姓名：欧阳明月。Ouyang Mingyue, mingyue.ouyang, M. Ouyang, Ms. Ouyang", "uyang"},
        {"姓名：单乐。Shan Le, shanle@host, Shan Yue", "Shan Le"},
        {"姓名：吕伟。Lv Wei, Lu Wei, Lyu Wei, lvwei@host", "Wei"},
        {"姓名：张伟。张总、小张、张先生说 Zhang Wei and zhangw@host agreed", "zhang"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bool held = true; /* a surrogate that is drawn may hold it as well: not each time */
        for (int draw = 0; held && draw < DRAWS; draw++) {
            char talk[32];
            (void)snprintf(talk, sizeof talk, "forms-%zu-%d", i, draw);
            held = leaves_with(talk, str_from(cases[i].text), cases[i].gone);
        }
        if (held) fail_msg("%s leaves with %s", cases[i].text, cases[i].gone);
    }
}

/* URLs, HTML and mails spell a name by escapes; here the name was said turns before. */
static void a_known_name_is_found_in_escapes(void **state) {
    static const char *const cases[] = {
        "https://x.example/?q=M%C3%BCllersdorf", "https://x.example/?q=Annegret+M%C3%BCllersdorf&a",
        "https://x.example/%3Fq%3DM%C3%BCllersdorf", "M&uuml;llersdorf wrote",
        "from M=C3=BCllersdorf", "%4D%C3%BCllersdorf", "M&#252;llersdorf, M&#xfc;llersdorf",
        "100% of M&Uuml;LLERSDORF = all & sundry"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char talk[32];
        (void)snprintf(talk, sizeof talk, "coded-%zu", i);
        (void)leaves_with(talk, STR("Name: Annegret M\xC3\xBCllersdorf."), "x");
        if (leaves_with(talk, str_from(cases[i]), "llersdorf")) fail_msg("%s", cases[i]);
        if (leaves_with(talk, str_from(cases[i]), "LLERSDORF")) fail_msg("%s", cases[i]);
    }
}

/* The initials of a surrogate may be "or", "Dr" or "kg": these must not stand for anybody. */
static void initials_that_are_words_are_nobodys(void **state) {
    static const char answer[] =
        "Ask Dr. or Mr. X, as I am of no use: at 5 kg or 7 km an hour he can do it by himself. Er "
        "hat Nr. 3 im GB, vgl. St. Pauli, ob es so war; ja, am PC. El la de en je tu il no me si. "
        "O.K. Connery, W.G. Grace, T.S. Eliot, D.H. Lawrence, P.D. James, H.G. Wells, C.S. Lewis, "
        "G.K. Chesterton, E.M. Forster, L.M. Montgomery, M.R. James, F.R. Leavis, H.D. Thoreau.";
    for (int draw = 0; draw < TALKS; draw++) {
        char talk[32];
        Err err;
        Buf out;
        GateRestorer *r;
        uint64_t seed = 1;
        (void)snprintf(talk, sizeof talk, "little-%d", draw);
        (void)leaves_with(talk, STR("Name: Emma Clark. E.C. logs in as user ec."), "E.C.");
        buf_init(&out, TEXT_MAX);
        assert_int_equal(gate_restorer_for(gate, talk, GATE_PLAIN, &r, &err), OK);
        assert_int_equal(gate_talk_restore(r, STR(answer), 9, &seed, &out, &err), OK);
        assert_true(str_eq_c(buf_str(&out), answer));
        gate_restorer_free(r);
        buf_fini(&out);
        (void)leaves_with(talk, STR("Name: Emma Clark. Log in as user ec, or am I to ask if it is "
                                    "so, an hour or as much ago?"), "Clark");
    }
}

/* A day of birth has short forms ("3/2/90"), whose digits alone are those of many a number. */
static void a_number_is_no_day_without_its_signs(void **state) {
    Buf answer, out;
    buf_init(&answer, TEXT_MAX);
    buf_init(&out, TEXT_MAX);
    for (int n = 0; n < 10000; n++) buf_printf(&answer, "%d, ", n);
    for (int draw = 0; draw < 4 * DRAWS; draw++) {
        char talk[32];
        Err err;
        GateRestorer *r;
        uint64_t seed = 1;
        (void)snprintf(talk, sizeof talk, "day-%d", draw);
        (void)leaves_with(
            talk, STR("Name: Emma Clark, born 3 February 1984. 出生日期：1976年5月4日"), "Clark");
        assert_int_equal(gate_restorer_for(gate, talk, GATE_PLAIN, &r, &err), OK);
        assert_int_equal(gate_talk_restore(r, buf_str(&answer), TEXT_MAX, &seed, &out, &err), OK);
        assert_true(str_eq(buf_str(&out), buf_str(&answer)));
        gate_restorer_free(r);
        buf_clear(&out);
    }
    buf_fini(&answer);
    buf_fini(&out);
}

/* What is spelled like a form of a name, and is a word. */
static void words_are_no_logins(void **state) {
    static const char *const cases[][2] = {
        {"Name: Pat Rice. The ", "price of a long train"},
        {"Name: Alice Long. It took ", "a long time, as long as it may"},
        {"姓名：何灿。", "he can, and He can, but she cannot"},
        {"姓名：潘达。", "a panda is an animal"},
        {"Name: Emma Clark. ", "an ec of ce"},
        {"Name: Marcus Koch. ", "wir suchen jemand, der als koch arbeitet"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        GateParcel *parcel;
        Err err;
        char text[200], talk[16];
        (void)snprintf(text, sizeof text, "%s%s", cases[i][0], cases[i][1]);
        (void)snprintf(talk, sizeof talk, "words-%zu", i);
        assert_int_equal(gate_talk_parcel(gate, talk, GATE_PUBLIC, str_from(text), &parcel, NULL,
                                          &err),
                         OK);
        Str masked = gate_parcel_text(parcel, 0);
        if (!holds(masked, cases[i][1])) fail_msg("%.*s", (int)masked.n, masked.p);
        gate_parcel_free(parcel);
    }
}

static Str form_of_text(Str masked, const char *before, size_t n) {
    size_t at = str_find(masked, str_from(before), 0);
    return at == SIZE_MAX ? STR("") : str_sub(masked, at + strlen(before), at + strlen(before) + n);
}

/* The endpoint can tell that they are one person, and calls him by the same surname. */
static void forms_leave_as_forms_of_the_surrogate(void **state) {
    GateParcel *parcel;
    Err err;
    static const char text[] = "Name: Emma Clark. Then E. Clark signed, and Emma, too.";
    assert_int_equal(gate_talk_parcel(gate, "alike", GATE_PUBLIC, STR(text), &parcel, NULL, &err),
                     OK);
    Str masked = gate_parcel_text(parcel, 0);
    Str first = form_of_text(masked, "Name: ", 1), again = form_of_text(masked, "Then ", 1);
    assert_true(str_eq(first, again));
    Str given = str_sub(masked, 6, str_find(masked, STR(" "), 6));
    assert_true(str_find(masked, given, 7) != SIZE_MAX); /* "Emma" alone is the same given name */
    gate_parcel_free(parcel);
}

static void what_a_label_named_once_is_masked_everywhere(void **state) {
    static const char text[] =
        "姓名：张伟明。后来张伟明打电话，张先生很高兴；伟明和小张是同一个人。"
        "Name: Margaret Hughes. I met Margaret; Hughes's car; MARGARET HUGHES; margaret hughes.";
    GateParcel *parcel = NULL;
    Err err;
    assert_int_equal(gate_talk_parcel(gate, "once", GATE_PUBLIC, STR(text), &parcel, NULL, &err),
                     OK);
    Str masked = gate_parcel_text(parcel, 0);
    assert_false(holds(masked, "张") || holds(masked, "伟明") || holds(masked, "Margaret"));
    assert_false(holds(masked, "Hughes") || holds(masked, "HUGHES") || holds(masked, "hughes"));
    gate_parcel_free(parcel);
    /* and in a later request of the conversation, without the label */
    assert_int_equal(gate_talk_parcel(gate, "once", GATE_PUBLIC, STR("Is Margaret Hughes here?"),
                                      &parcel, NULL, &err),
                     OK);
    assert_false(holds(gate_parcel_text(parcel, 0), "Margaret"));
    gate_parcel_free(parcel);
    /* where the tagger knows one of its words, too */
    static const char *const spellings[] = {
        "see margaret.hughes now", "user margaret.hughes, ok", "C:\\Users\\margaret.hughes\\x",
        "**M**argaret **H**ughes", "margaret\nhughes", "/home/margaret.hughes/x"};
    for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
        assert_int_equal(gate_talk_parcel(gate, "once", GATE_PUBLIC, str_from(spellings[i]),
                                          &parcel, NULL, &err),
                         OK);
        masked = gate_parcel_text(parcel, 0);
        assert_false(holds(masked, "argaret") || holds(masked, "ughes"));
        gate_parcel_free(parcel);
    }
}

/* ---- labels and destinations ----------------------------------------------------------------- */

static Status labelled(GateLabel label, GateDest dest, const char *text, GateParcel **out) {
    Err err;
    GateMessage messages[2] = {
        {.role = GATE_SYSTEM, .label = GATE_OPEN, .text = STR("Be brief.")},
        {.role = GATE_USER, .label = label, .text = str_from(text)}};
    GateRequest request = {.endpoint = "test", .dest = dest, .conversation = "labels",
                           .why = "test", .messages = messages, .n_messages = 2};
    return gate_parcel_make(gate, &request, out, NULL, &err);
}

static void private_text_never_leaves(void **state) {
    GateParcel *parcel = NULL;
    for (int dest = GATE_MINE; dest < GATE_DEST_COUNT; dest++) {
        assert_int_equal(labelled(GATE_PRIVATE, (GateDest)dest, "hello", &parcel), E_DENIED);
        assert_null(parcel);
    }
    assert_int_equal(labelled(GATE_PRIVATE, GATE_DEVICE, "hello", &parcel), OK);
    gate_parcel_free(parcel);
}

static void open_text_loses_its_secrets_only(void **state) {
    GateParcel *parcel = NULL;
    const char *text = "Name: Alice Smith, phone +1 415-555-2671, password: hunter2x";
    assert_int_equal(labelled(GATE_OPEN, GATE_PUBLIC, text, &parcel), OK);
    Str masked = gate_parcel_text(parcel, 1);
    assert_true(holds(masked, "Alice Smith") && holds(masked, "+1 415-555-2671"));
    assert_false(holds(masked, "hunter2x"));
    gate_parcel_free(parcel);
}

static void nearer_destinations_see_more(void **state) {
    GateParcel *parcel = NULL;
    const char *text = "手机 13800138000 password: hunter2x";
    assert_int_equal(labelled(GATE_PERSONAL, GATE_MINE, text, &parcel), OK);
    assert_true(holds(gate_parcel_text(parcel, 1), "13800138000"));
    assert_false(holds(gate_parcel_text(parcel, 1), "hunter2x"));
    gate_parcel_free(parcel);
    assert_int_equal(labelled(GATE_PERSONAL, GATE_DEVICE, text, &parcel), OK);
    assert_true(str_eq_c(gate_parcel_text(parcel, 1), text));
    gate_parcel_free(parcel);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void arguments_of_tools_are_masked_and_stay_json(void **state) {
    Err err;
    const char *arguments = "{\"name\": \"\\u5f20\\u4f1f\\u660e\", \"mobile\": 13800138000, "
                            "\"to\": [\"alice@firma.de\"], \"n\": 3, \"ok\": true, \"x\": null}";
    GateToolCall call = {STR("call_1"), STR("send"), str_from(arguments)};
    GateTool tool = {STR("send"), STR("Sends to alice@firma.de"),
                     STR("{\"type\":\"object\",\"properties\":{\"to\":{\"type\":\"string\"}}}")};
    GateMessage messages[2] = {
        {.role = GATE_ASSISTANT, .label = GATE_PERSONAL, .text = STR(""), .calls = &call,
         .n_calls = 1},
        {.role = GATE_TOOL, .label = GATE_PERSONAL, .text = STR("sent to alice@firma.de"),
         .call_id = STR("call_1")}};
    GateRequest request = {.endpoint = "test", .dest = GATE_PUBLIC, .conversation = "json",
                           .why = "test", .messages = messages, .n_messages = 2, .tools = &tool,
                           .n_tools = 1, .schema = STR("{\"enum\":[\"yes\",\"no\"]}")};
    GateParcel *parcel = NULL;
    Buf page;
    Json *json = NULL;
    buf_init(&page, TEXT_MAX);
    assert_int_equal(gate_parcel_make(gate, &request, &parcel, NULL, &err), OK);
    assert_int_equal(gate_parcel_preview(parcel, &page, &err), OK);
    static const char *const canaries[] = {"张伟明", "5f20", "13800138000", "alice", "firma"};
    for (size_t i = 0; i < ARRAY_LEN(canaries); i++) {
        assert_false(holds(buf_str(&page), canaries[i]));
    }
    assert_true(holds(buf_str(&page), "\"properties\"") && holds(buf_str(&page), "\"enum\""));
    size_t at = str_find(buf_str(&page), STR("-> send "), 0) + 8;
    size_t end = str_find(buf_str(&page), STR("\n"), at);
    assert_int_equal(json_parse(str_sub(buf_str(&page), at, end), NULL, &json, &err), OK);
    assert_int_equal(json_kind(json_get(json, "mobile")), JSON_INT);
    assert_int_equal((int)json_number(json_get(json, "n"), 0), 3);
    assert_true(json_bool(json_get(json, "ok"), false));
    json_free(json);
    gate_parcel_free(parcel);
    buf_fini(&page);
}

/* A letter behind a drawn surname and a comma would be its bearer's initial: such draws are
   refused, in the arguments of calls as in messages. What the tool calls its parameters stays. */
static void arguments_come_back_whatever_is_drawn(void **state) {
    static const char arguments[] =
        "{\"list\":\"Name: Ute Abbing. Abbing, C:\\\\x\",\"query\":[\"a\\tb\"]}";
    GateToolCall call = {STR("c"), STR("send"), STR(arguments)};
    GateMessage message = {.role = GATE_ASSISTANT, .label = GATE_PERSONAL, .text = STR("x"),
                           .calls = &call, .n_calls = 1};
    for (int draw = 0; draw < 200; draw++) {
        char talk[32];
        Err err;
        Buf out;
        GateParcel *parcel;
        GateRestorer *r;
        uint64_t seed = 1;
        GateRequest request = {.endpoint = "test", .dest = GATE_PUBLIC, .conversation = talk,
                               .why = "test", .messages = &message, .n_messages = 1};
        (void)snprintf(talk, sizeof talk, "drawn-%d", draw);
        buf_init(&out, TEXT_MAX);
        assert_int_equal(gate_parcel_make(gate, &request, &parcel, NULL, &err), OK);
        assert_int_equal(gate_restorer_new(gate, parcel, GATE_JSON, &r, &err), OK);
        Str masked = parcel->masked.messages[0].calls[0].arguments;
        assert_true(holds(masked, "{\"list\":") && holds(masked, "\"query\":"));
        assert_false(holds(masked, "Abbing"));
        assert_int_equal(gate_talk_restore(r, masked, 9, &seed, &out, &err), OK);
        assert_true(str_eq_c(buf_str(&out), arguments));
        gate_restorer_free(r);
        gate_parcel_free(parcel);
        buf_fini(&out);
    }
}

static void arguments_that_are_no_json_are_masked_as_text(void **state) {
    Err err;
    GateToolCall call = {STR("c"), STR("send"), STR("{\"to\": \"alice@firma.de")};
    GateMessage message = {.role = GATE_ASSISTANT, .label = GATE_PERSONAL, .text = STR("x"),
                           .calls = &call, .n_calls = 1};
    GateRequest request = {.endpoint = "test", .dest = GATE_PUBLIC, .conversation = "nojson",
                           .why = "test", .messages = &message, .n_messages = 1};
    GateParcel *parcel = NULL;
    Buf page;
    buf_init(&page, TEXT_MAX);
    assert_int_equal(gate_parcel_make(gate, &request, &parcel, NULL, &err), OK);
    assert_int_equal(gate_parcel_preview(parcel, &page, &err), OK);
    assert_false(holds(buf_str(&page), "alice@firma.de"));
    gate_parcel_free(parcel);
    buf_fini(&page);
}

static void a_preview_does_not_end_at_a_zero(void **state) {
    Err err;
    GateMessage message = {.role = GATE_USER, .label = GATE_PERSONAL,
                           .text = STR("before\0behind the zero")};
    GateRequest request = {.endpoint = "test", .dest = GATE_PUBLIC, .conversation = "zero",
                           .why = "test", .messages = &message, .n_messages = 1};
    GateParcel *parcel = NULL;
    Buf page;
    buf_init(&page, TEXT_MAX);
    assert_int_equal(gate_parcel_make(gate, &request, &parcel, NULL, &err), OK);
    assert_int_equal(gate_parcel_preview(parcel, &page, &err), OK);
    assert_int_equal(strlen(page.p), page.n); /* it is shown as a C string */
    assert_true(holds(buf_str(&page), "behind the zero"));
    gate_parcel_free(parcel);
    buf_fini(&page);
}

static void names_of_tools_carry_nothing(void **state) {
    Err err;
    static const char *const bad[] = {"alice@firma.de", "a b", "\xe5\xbc\xa0", "a\"b"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        GateTool tool = {str_from(bad[i]), STR("d"), STR("{}")};
        GateMessage message = {.role = GATE_USER, .text = STR("x")};
        GateRequest request = {.endpoint = "test", .dest = GATE_PUBLIC, .conversation = "names",
                               .messages = &message, .n_messages = 1, .tools = &tool,
                               .n_tools = 1};
        GateParcel *parcel = NULL;
        assert_int_equal(gate_parcel_make(gate, &request, &parcel, NULL, &err), E_USAGE);
    }
}

/* The parcel of a request with one tool, and what the user says. */
static Status with_tool(const char *name, const char *schema, const char *said) {
    Err err;
    GateTool tool = {str_from(name), STR("d"), str_from(schema)};
    GateMessage message = {.role = GATE_USER, .label = GATE_PERSONAL, .text = str_from(said)};
    GateRequest request = {.endpoint = "test", .dest = GATE_PUBLIC, .conversation = "plain-names",
                           .messages = &message, .n_messages = 1, .tools = &tool, .n_tools = 1};
    GateParcel *parcel = NULL;
    Status status = gate_parcel_make(gate, &request, &parcel, NULL, &err);
    gate_parcel_free(parcel);
    return status;
}

static void what_cannot_be_masked_does_not_leave_with_names_in_it(void **state) {
    static const char plain[] = "{\"properties\":{\"city\":{\"type\":\"string\"}}}";
    static const char mail[] = "{\"properties\":{\"alice@firma.de\":{\"type\":\"string\"}}}";
    assert_int_equal(with_tool("find_city", plain, "Name: Oscar Wolff, where?"), OK);
    assert_int_equal(with_tool("call_13800138000", plain, "Where?"), E_DENIED);
    assert_int_equal(with_tool("find_oscar_wolff", plain, "Name: Oscar Wolff, where?"), E_DENIED);
    assert_int_equal(with_tool("find_city", mail, "Where?"), E_DENIED);
}

/* ---- faults ---------------------------------------------------------------------------------- */

static void a_request_past_a_ceiling_is_refused(void **state) {
    Err err;
    GateParcel *parcel = NULL;
    GateMessage *many = mem_zalloc_n(1025, sizeof *many);
    assert_non_null(many);
    for (int i = 0; i < 1025; i++) many[i].text = STR("x");
    GateRequest request = {.endpoint = "test", .dest = GATE_PUBLIC, .conversation = "big",
                           .messages = many, .n_messages = 1025};
    assert_int_equal(gate_parcel_make(gate, &request, &parcel, NULL, &err), E_LIMIT);
    request.n_messages = 0;
    assert_int_equal(gate_parcel_make(gate, &request, &parcel, NULL, &err), E_LIMIT);
    mem_free(many);
}

static void five_megabytes_are_masked_in_linear_time(void **state) {
    Err err;
    Buf text;
    GateParcel *parcel = NULL;
    GateReport report;
    buf_init(&text, 8 << 20);
    for (uint64_t seed = 1; text.n < (5u << 20); seed++) {
        talk_text(seed % 40, &text);
        for (int i = 0; i < 40; i++) buf_add_c(&text, "The rent is due on the first. ");
    }
    double from = clock_now_ms();
    assert_int_equal(gate_talk_parcel(gate, "five", GATE_PUBLIC, buf_str(&text), &parcel, &report,
                                      &err),
                     OK);
    print_message("# 5 MB: %.0f ms, %zu masked\n", clock_now_ms() - from, report.masked);
    assert_true(report.masked > 1000);
    gate_parcel_free(parcel);
    buf_fini(&text);
}

static void without_its_key_nothing_leaves(void **state) {
    Err err;
    char other[64], path[100], away[100];
    Gate *g;
    GateParcel *parcel = NULL;
    gate_home_make(other);
    assert_int_equal(gate_open(other, &g, &err), OK);
    assert_int_equal(gate_talk_parcel(g, "a", GATE_PUBLIC, STR("手机 13800138000"), &parcel, NULL,
                                      &err),
                     OK);
    gate_parcel_free(parcel);
    gate_close(g);
    (void)snprintf(path, sizeof path, "%s/vault.key", other);
    (void)snprintf(away, sizeof away, "%s/away", other);
    assert_int_equal(rename(path, away), 0);
    assert_int_equal(gate_open(other, &g, &err), OK);
    parcel = NULL;
    assert_int_equal(gate_talk_parcel(g, "b", GATE_PUBLIC, STR("hello"), &parcel, NULL, &err),
                     E_CORRUPT);
    assert_null(parcel);
    assert_true(strstr(err.message, "vault.key") && err.hint[0]);
    assert_int_equal(access(path, F_OK), -1); /* and none is made in its place */
    gate_close(g);
    gate_home_clear(other);
}

/* A street's surrogate keeps its city, and the city is somebody's whole address: no alarm. */
static void what_a_surrogate_keeps_is_no_leak(void **state) {
    Err err = {0};
    char other[64];
    Gate *g = NULL;
    GateParcel *parcel = NULL;
    gate_home_make(other);
    gate_home_write(other, "policy.toml", "[[words]]\ntype = \"address\"\nlist = [\"北京市\"]\n"
                                          "[[words]]\ntype = \"org\"\nlist = [\"Acme Inc\"]\n");
    assert_int_equal(gate_open(other, &g, &err), OK);
    static const char text[] = "我在北京市。地址：北京市海淀区中关村大街27号。Acme Inc and ACME INC. 北京市";
    Status status = gate_talk_parcel(g, "a", GATE_PUBLIC, STR(text), &parcel, NULL, &err);
    if (status != OK) print_error("%s\n", err.message);
    assert_int_equal(status, OK);
    assert_false(holds(gate_parcel_text(parcel, 0), "海淀"));
    assert_false(holds(gate_parcel_text(parcel, 0), "Acme"));
    gate_parcel_free(parcel);
    gate_close(g);
    gate_home_clear(other);
}

static void a_policy_that_cannot_be_read_closes_the_gate(void **state) {
    Err err;
    char other[64];
    Gate *g = NULL;
    gate_home_make(other);
    gate_home_write(other, "policy.toml", "[public]\nperson = \"keeep\"\n");
    assert_int_equal(gate_open(other, &g, &err), E_CORRUPT);
    assert_null(g);
    assert_true(strstr(err.message, "policy.toml:2"));
    gate_home_clear(other);
}

static void out_of_memory_makes_no_parcel_and_leaks_nothing(void **state) {
    const char *text = "姓名：张伟明，手机 13800138000，邮箱 a@firma.de. Name: Alice Smith";
    for (uint64_t nth = 1;; nth++) {
        uint64_t live = mem_live_blocks(), calls = mem_calls();
        char conversation[32];
        Err err = {0};
        GateParcel *parcel = NULL;
        (void)snprintf(conversation, sizeof conversation, "memory-%d", (int)nth);
        mem_fail_at(nth);
        Status status = gate_talk_parcel(gate, conversation, GATE_PUBLIC, str_from(text), &parcel,
                                         NULL, &err);
        bool reached = mem_calls() - calls >= nth;
        mem_fail_at(0);
        assert_true(status == OK || !parcel);
        if (parcel) assert_false(holds(gate_parcel_text(parcel, 0), "13800138000"));
        gate_parcel_free(parcel);
        assert_int_equal(mem_live_blocks(), live);
        if (!reached) {
            assert_int_equal(status, OK);
            break;
        }
        assert_true(status == E_NO_MEMORY || status == OK);
    }
}

/* Ctrl-C in the middle of a large text: nothing is made, and the next request is as any. */
static void a_stopped_request_makes_no_parcel(void **state) {
    atomic_bool cancel;
    GateParcel *parcel = NULL;
    atomic_init(&cancel, true);
    gate_heed(gate, &cancel);
    assert_int_equal(labelled(GATE_PERSONAL, GATE_PUBLIC, "call 13800138000", &parcel),
                     E_CANCELLED);
    assert_null(parcel);
    atomic_store(&cancel, false);
    assert_int_equal(labelled(GATE_PERSONAL, GATE_PUBLIC, "call 13800138000", &parcel), OK);
    gate_parcel_free(parcel);
    gate_heed(gate, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_talk_leaves_no_canary),
        cmocka_unit_test(a_stopped_request_makes_no_parcel),
        cmocka_unit_test(surrogate_inside_a_name_gives_way),
        cmocka_unit_test(a_word_between_two_numbers_stays),
        cmocka_unit_test(a_word_said_over_and_over_does_not_close_the_gate),
        cmocka_unit_test(other_forms_of_a_name_are_the_name),
        cmocka_unit_test(a_known_name_is_found_in_escapes),
        cmocka_unit_test(initials_that_are_words_are_nobodys),
        cmocka_unit_test(a_number_is_no_day_without_its_signs),
        cmocka_unit_test(words_are_no_logins),
        cmocka_unit_test(forms_leave_as_forms_of_the_surrogate),
        cmocka_unit_test(what_a_label_named_once_is_masked_everywhere),
        cmocka_unit_test(private_text_never_leaves),
        cmocka_unit_test(open_text_loses_its_secrets_only),
        cmocka_unit_test(nearer_destinations_see_more),
        cmocka_unit_test(arguments_of_tools_are_masked_and_stay_json),
        cmocka_unit_test(arguments_come_back_whatever_is_drawn),
        cmocka_unit_test(arguments_that_are_no_json_are_masked_as_text),
        cmocka_unit_test(a_preview_does_not_end_at_a_zero),
        cmocka_unit_test(names_of_tools_carry_nothing),
        cmocka_unit_test(what_cannot_be_masked_does_not_leave_with_names_in_it),
        cmocka_unit_test(a_request_past_a_ceiling_is_refused),
        cmocka_unit_test(five_megabytes_are_masked_in_linear_time),
        cmocka_unit_test(without_its_key_nothing_leaves),
        cmocka_unit_test(what_a_surrogate_keeps_is_no_leak),
        cmocka_unit_test(a_policy_that_cannot_be_read_closes_the_gate),
        cmocka_unit_test(out_of_memory_makes_no_parcel_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, open_gate, close_gate);
}
