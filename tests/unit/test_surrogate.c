/*
 * Promises of surrogates: AES and FF1 give the published vectors; a surrogate is valid for its
 * kind and keeps region, issuer, age band; one thing has one in a conversation, another in the
 * next; none is a word of the request.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/gate_open.h"
#include "base/aes.h"
#include "gate/ff1.h"
#include "gate/gate_impl.h"
#include "gate/match.h"
#include "gate/scan/impl.h"
#include "gate/surrogate_impl.h"

/* ---- published vectors ---------------------------------------------------------------------  */

/* FIPS 197, appendix C. */
static void aes_gives_the_vectors_of_fips_197(void **state) {
    static const uint8_t wanted[3][AES_BLOCK] = {
        {0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30, 0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5,
         0x5a},
        {0xdd, 0xa9, 0x7c, 0xa4, 0x86, 0x4c, 0xdf, 0xe0, 0x6e, 0xaf, 0x70, 0xa0, 0xec, 0x0d, 0x71,
         0x91},
        {0x8e, 0xa2, 0xb7, 0xca, 0x51, 0x67, 0x45, 0xbf, 0xea, 0xfc, 0x49, 0x90, 0x4b, 0x49, 0x60,
         0x89}};
    uint8_t key[32], block[AES_BLOCK], out[AES_BLOCK];
    Aes aes;
    for (int i = 0; i < 32; i++) key[i] = (uint8_t)i;
    for (int i = 0; i < AES_BLOCK; i++) block[i] = (uint8_t)(0x11 * i);
    for (int s = 0; s < 3; s++) {
        aes_init(&aes, key, 16 + 8 * (size_t)s);
        aes_encrypt(&aes, block, out);
        assert_memory_equal(out, wanted[s], AES_BLOCK);
    }
}

/* NIST, "Block Cipher Modes of Operation: FF1 Method for Format-Preserving Encryption", samples 1
   to 9. */
static void ff1_gives_the_samples_of_nist(void **state) {
    static const uint8_t key[32] = {
        0x2B, 0x7E, 0x15, 0x16, 0x28, 0xAE, 0xD2, 0xA6, 0xAB, 0xF7, 0x15, 0x88, 0x09, 0xCF, 0x4F,
        0x3C, 0xEF, 0x43, 0x59, 0xD8, 0xD5, 0x80, 0xAA, 0x4F, 0x7F, 0x03, 0x6D, 0x6F, 0x04, 0xFC,
        0x6A, 0x94};
    static const struct {
        size_t key_bytes;
        uint32_t radix;
        const char *tweak, *plain, *wanted;
    } samples[] = {
        {16, 10, "", "0123456789", "2433477484"},
        {16, 10, "9876543210", "0123456789", "6124200773"},
        {16, 36, "7777pqrs777", "0123456789abcdefghi", "a9tv40mll9kdu509eum"},
        {24, 10, "", "0123456789", "2830668132"},
        {24, 10, "9876543210", "0123456789", "2496655549"},
        {24, 36, "7777pqrs777", "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"},
        {32, 10, "", "0123456789", "6657667009"},
        {32, 10, "9876543210", "0123456789", "1001623463"},
        {32, 36, "7777pqrs777", "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"}};
    static const char numerals[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    for (size_t s = 0; s < ARRAY_LEN(samples); s++) {
        Aes aes;
        uint8_t x[32];
        size_t n = strlen(samples[s].plain);
        for (size_t i = 0; i < n; i++) {
            x[i] = (uint8_t)(strchr(numerals, samples[s].plain[i]) - numerals);
        }
        aes_init(&aes, key, samples[s].key_bytes);
        ff1_encrypt(&aes, samples[s].radix, str_from(samples[s].tweak), x, n);
        for (size_t i = 0; i < n; i++) assert_int_equal(numerals[x[i]], samples[s].wanted[i]);
    }
}

static void ff1_is_one_to_one_and_knows_its_domain(void **state) {
    static uint8_t seen[1000000 / 8];
    uint8_t key[16] = {7};
    Aes aes;
    aes_init(&aes, key, 16);
    memset(seen, 0, sizeof seen);
    for (uint32_t v = 0; v < 1000000; v += 7) {
        uint8_t x[6];
        uint32_t out = 0, rest = v;
        for (int i = 6; i-- > 0; rest /= 10) x[i] = (uint8_t)(rest % 10);
        ff1_encrypt(&aes, 10, STR("t"), x, 6);
        for (int i = 0; i < 6; i++) out = out * 10 + x[i];
        assert_int_equal(seen[out / 8] >> (out % 8) & 1, 0);
        seen[out / 8] |= (uint8_t)(1 << (out % 8));
    }
    assert_true(ff1_fits(10, 6) && ff1_fits(36, 4) && ff1_fits(2, 20) && ff1_fits(64, 64));
    assert_false(ff1_fits(10, 5) || ff1_fits(2, 19) || ff1_fits(1, 30) || ff1_fits(10, 65));
}

/* ---- surrogates ----------------------------------------------------------------------------  */

/* The masked form of the part of `marked` between { and }, in a sentence around it. */
static void masked_thing(const char *conversation, const char *marked, char out[512]) {
    char clear[1024];
    size_t n = 0, head = 0, tail = 0;
    Err err = {0};
    GateParcel *parcel = NULL;
    for (const char *c = marked; *c; c++) {
        if (*c == '{') head = n;
        else if (*c == '}') tail = strlen(c + 1);
        else clear[n++] = *c;
    }
    assert_int_equal(gate_talk_parcel(gate, conversation, GATE_PUBLIC, (Str){clear, n}, &parcel,
                                      NULL, &err),
                     OK);
    Str masked = gate_parcel_text(parcel, 0);
    assert_true(masked.n > head + tail && masked.n - head - tail < 512);
    memcpy(out, masked.p + head, masked.n - head - tail);
    out[masked.n - head - tail] = 0;
    gate_parcel_free(parcel);
}

static bool valid_as(const char *kind, const char *before, const char *text) {
    Err err;
    Scanner *scanner;
    const ScanSpan *spans;
    char all[1024];
    size_t n;
    assert_int_equal(gate_scanner_new(&scanner, &err), OK);
    (void)snprintf(all, sizeof all, "%s%s", before, text);
    assert_int_equal(gate_scan(scanner, str_from(all), &spans, &n, &err), OK);
    bool valid = n == 1 && strcmp(scan_kind_name(spans[0].kind), kind) == 0;
    gate_scanner_free(scanner);
    return valid;
}

/* Drawn in place, "%31%33%38" would keep the threes and half of each digit. */
static void a_surrogate_of_escapes_is_spelled_without_them(void **state) {
    char out[512], plain[512];
    masked_thing("escaped", "手机 {%31%33%38%30%30%31%33%38%30%30%30}。", out);
    assert_int_equal(strlen(out), 11);
    assert_memory_equal(out, "138", 3);
    assert_true(valid_as("phone", "手机 ", out));
    masked_thing("escaped", "手机 {13800138000}。", plain);
    assert_string_not_equal(plain, out); /* each goes back to its own spelling */
    masked_thing("escaped", "mail {bob.smith%40example.com} ok", out);
    assert_true(valid_as("email", "mail ", out) && !strchr(out, '%') && !strstr(out, "smith"));
    masked_thing("escaped", "姓名：{\\u5f20\\u4e09\\u4e30}，男", out);
    assert_false(strchr(out, '\\'));
}

static void nothing_of_a_number_that_is_said_stays(void **state) {
    char out[512];
    masked_thing("said", "手机 {one three eight zero zero one three eight zero zero zero}。", out);
    assert_false(strstr(out, "one") || strstr(out, "eight") || strstr(out, "zero"));
    masked_thing("said", "手机 {一三八零零一三八零零零}。", out);
    assert_true(valid_as("phone", "手机 ", out));
    masked_thing("said", "send {dXNlcjpwYXNzd29yZDEyMw==} ok", out);
    assert_false(strstr(out, "dXN"));
    masked_thing("said", "身份证 {壹壹零壹零壹壹玖玖零零叁零柒柒柒伍捌}。", out);
    assert_null(strstr(out, "柒"));
    assert_memory_equal(out, "ID-", 3);
    masked_thing("said", "手机：<td>{138</td><td>0013</td><td>8000}</td>", out);
    assert_memory_equal(out, "PHONE-", 6);
    masked_thing("said", "手机 {138*0013*8000}。", out);
    assert_null(strstr(out, "0013"));
}

static void numbers_stay_valid_and_keep_what_speaks(void **state) {
    static const struct {
        const char *marked, *kind, *before;
        size_t kept; /* bytes that stay */
    } cases[] = {
        {"身份证号 {11010519491231002X}。", "cn_resident_id", "身份证号 ", 6},
        {"手机 {138 0013 8000}。", "phone", "手机 ", 3},
        {"card {4111 1111 1111 1111} ok", "card", "card ", 7},
        {"IBAN {DE89 3704 0044 0532 0130 00} ok", "iban", "IBAN ", 2},
        {"统一社会信用代码 {91350100M000100Y43}。", "cn_credit_code", "统一社会信用代码 ", 8},
        {"call {+1 415-555-2671} now", "phone", "call ", 2},
        {"车牌 {京A12345} 停", "cn_plate", "车牌 ", 4},
        {"mail {gwen@firma.de} ok", "email", "mail ", 0},
        {"host {203.0.113.77} up", "network_address", "host ", 0},
    };
    for (int talk = 0; talk < 40; talk++) {
        char conversation[32], out[512];
        (void)snprintf(conversation, sizeof conversation, "valid-%d", talk);
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            masked_thing(conversation, cases[i].marked, out);
            const char *was = strchr(cases[i].marked, '{') + 1;
            bool valid = valid_as(cases[i].kind, cases[i].before, out);
            if (!valid) print_error("%s: %s\n", cases[i].kind, out);
            assert_true(valid);
            assert_memory_equal(out, was, cases[i].kept);
            assert_true(strncmp(out, was, strlen(out)) != 0);
        }
        masked_thing(conversation, "身份证号 {11010519491231002X}。", out);
        assert_memory_equal(out + 6, "194", 3); /* the decade, and within five years: */
        assert_true(out[9] >= '5' && out[9] <= '9');
        assert_int_equal((out[16] - '0') & 1, 0); /* the sex of 002 */
    }
}

static void one_thing_has_one_surrogate_in_every_spelling(void **state) {
    static const char *const spellings[] = {"{13800138000}", "{138 0013 8000}", "{138-0013-8000}",
                                            "{+86 138 0013 8000}"};
    char first[64] = "", out[512];
    for (size_t i = 0; i < 3; i++) {
        char marked[128], digits[64];
        size_t n = 0;
        (void)snprintf(marked, sizeof marked, "手机 %s。", spellings[i]);
        masked_thing("same", marked, out);
        for (const char *c = out; *c; c++) {
            if (*c >= '0' && *c <= '9' && n < sizeof digits - 1) digits[n++] = *c;
        }
        digits[n] = 0;
        if (i == 0) memcpy(first, digits, sizeof first);
        assert_string_equal(digits, first);
    }
}

static void conversations_share_no_surrogate(void **state) {
    char seen[60][512];
    size_t same = 0;
    for (int talk = 0; talk < 60; talk++) {
        char conversation[32];
        (void)snprintf(conversation, sizeof conversation, "linked-%d", talk);
        masked_thing(conversation, "手机 {13800138000}。", seen[talk]);
        for (int i = 0; i < talk; i++) same += strcmp(seen[i], seen[talk]) == 0;
    }
    assert_int_equal(same, 0); /* 60 draws of 10^8 */
}

/* Digits of phone surrogates over many conversations: chi-square of each place against uniform. */
static void surrogate_digits_are_spread_evenly(void **state) {
    enum { TALKS = 400, PLACES = 8 };
    int count[PLACES][10] = {{0}};
    for (int talk = 0; talk < TALKS; talk++) {
        char conversation[32], out[512];
        (void)snprintf(conversation, sizeof conversation, "chi-%d", talk);
        masked_thing(conversation, "手机 {13800138000}。", out);
        for (int i = 0; i < PLACES; i++) count[i][out[3 + i] - '0']++;
    }
    for (int i = 0; i < PLACES; i++) {
        double chi = 0;
        for (int d = 0; d < 10; d++) {
            double off = count[i][d] - TALKS / 10.0;
            chi += off * off / (TALKS / 10.0);
        }
        assert_true(chi < 35); /* 9 degrees of freedom: p = 6e-5 */
    }
}

/* What somebody else of the conversation is called later is given up as a surrogate. */
static void a_surrogate_is_no_word_of_the_request(void **state) {
    Err err;
    for (int talk = 0; talk < 30; talk++) {
        char conversation[32], text[1024], name[512];
        GateParcel *parcel = NULL;
        (void)snprintf(conversation, sizeof conversation, "said-%d", talk);
        masked_thing(conversation, "Name: {Alice Smith}.", name);
        (void)snprintf(text, sizeof text, "Name: Alice Smith, met %s, who said: hello.", name);
        assert_int_equal(gate_talk_parcel(gate, conversation, GATE_PUBLIC, str_from(text), &parcel,
                                          NULL, &err),
                         OK);
        Str masked = gate_parcel_text(parcel, 0);
        size_t at = str_find(masked, str_from(name), 0); /* the tagger may find and mask it too */
        assert_true(at == SIZE_MAX || str_find(masked, str_from(name), at + 1) == SIZE_MAX);
        assert_true(str_find(masked, STR("Alice"), 0) == SIZE_MAX);
        GateRestorer *r;
        Buf out;
        uint64_t seed = 1;
        buf_init(&out, 4096);
        assert_int_equal(gate_restorer_new(gate, parcel, GATE_PLAIN, &r, &err), OK);
        assert_int_equal(gate_talk_restore(r, masked, 5, &seed, &out, &err), OK);
        assert_true(str_eq_c(buf_str(&out), text));
        gate_restorer_free(r);
        buf_fini(&out);
        gate_parcel_free(parcel);
    }
}

/* All days of a month, and more: there are fewer dates than that to stand for them. */
static void no_request_is_refused_for_want_of_surrogates(void **state) {
    Err err;
    Buf text, out;
    GateParcel *parcel = NULL;
    GateRestorer *r;
    uint64_t seed = 1;
    buf_init(&text, 1 << 16);
    buf_init(&out, 1 << 16);
    for (int day = 1; day <= 31; day++) {
        buf_printf(&text, "born %d March 1984; born %d/3/1984; 1984-03-%02d is the birth date\n",
                   day, day, day);
    }
    assert_int_equal(gate_talk_parcel(gate, "birthdays", GATE_PUBLIC, buf_str(&text), &parcel,
                                      NULL, &err),
                     OK);
    assert_int_equal(gate_restorer_new(gate, parcel, GATE_PLAIN, &r, &err), OK);
    assert_int_equal(gate_talk_restore(r, gate_parcel_text(parcel, 0), 50, &seed, &out, &err), OK);
    assert_true(str_eq(buf_str(&out), buf_str(&text)));
    gate_restorer_free(r);
    gate_parcel_free(parcel);
    buf_fini(&text);
    buf_fini(&out);
}

/* An answer may change capitals: "p Ravenscroft" is nobody's where "ravenscroft" is another's. */
static void names_do_not_differ_by_capitals_alone(void **state) {
    enum { NAMES = 500 };
    static char made[NAMES][64];
    Err err;
    VaultTalk *talk;
    Scanner *scanner;
    Surrogates *s;
    assert_int_equal(vault_talk_open(gate->vault, "capitals", &talk, &err), OK);
    assert_int_equal(gate_scanner_new(&scanner, &err), OK);
    assert_int_equal(surrogates_new(talk, scanner, &s, &err), OK);
    for (int i = 0; i < NAMES; i++) {
        char spelled[32];
        Str out;
        (void)snprintf(spelled, sizeof spelled, i % 2 ? "ot%c%c" : "Ot%c%c", 'a' + i / 26,
                       'a' + i % 26);
        assert_int_equal(surrogates_part(s, VAULT_WORD, str_from(spelled), &out, &err), OK);
        for (size_t c = 0; c < out.n; c++) made[i][c] = to_lower(out.p[c]);
        for (int k = 0; k < i; k++) assert_string_not_equal(made[k], made[i]);
    }
    surrogates_free(s);
    gate_scanner_free(scanner);
    vault_talk_close(talk);
}

/* A find may take in the words around a name: each "of" of the text would be somebody. */
static void small_words_of_a_name_are_no_names(void **state) {
    static const char *const names[] = {"Kowalczyk of Flat", "Katharina von dem Bussche",
                                        "Keys for Emma Clark", "Anna und Peter Lohse"};
    static const char *const words[] = {"of", "dem", "for", "und"};
    Err err;
    VaultTalk *talk;
    Scanner *scanner;
    Surrogates *s;
    assert_int_equal(vault_talk_open(gate->vault, "small-words", &talk, &err), OK);
    assert_int_equal(gate_scanner_new(&scanner, &err), OK);
    assert_int_equal(surrogates_new(talk, scanner, &s, &err), OK);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char inside[16];
        Str name = str_from(names[i]), out;
        (void)snprintf(inside, sizeof inside, " %s ", words[i]);
        assert_int_equal(surrogates_name(s, name, name, &out, &err), OK);
        assert_null(vault_talk_original(talk, VAULT_WORD, str_from(words[i])));
        assert_true(str_has(out, str_from(inside)) && !str_has(out, str_sub(name, 0, 5)));
    }
    surrogates_free(s);
    gate_scanner_free(scanner);
    vault_talk_close(talk);
}

static void titles_stay_and_are_no_names(void **state) {
    char out[512], again[512];
    masked_thing("titles", "Name: {Herr Thomas Smith}, hi", out);
    assert_true(str_starts(str_from(out), STR("Herr ")));
    assert_null(strstr(out, "Smith"));
    masked_thing("titles", "hier: {ein Herr kam}.", again);
    assert_string_equal(again, "ein Herr kam");
}

static void a_street_keeps_its_number_where_it_stands(void **state) {
    char out[512];
    masked_thing("street", "wohnt in der {Gartenstraße 17}, hier", out);
    assert_non_null(strstr(out, "straße "));
    assert_null(strstr(out, "Garten"));
    assert_true(out[strlen(out) - 1] >= '0' && out[strlen(out) - 1] <= '9');
    masked_thing("street", "lives at {42 Baker Street}, here", out);
    assert_non_null(strstr(out, " Street"));
    assert_true(out[0] >= '0' && out[0] <= '9');
}

static void a_chinese_street_stays_one_of_its_kind(void **state) {
    static const char *const rows[][2] = {
        {"杭州市西湖区文三路138号", "路"}, {"朝阳区望京街道", "街道"}, {"望京街道花家地小区5号", "小区"},
        {"天河区天河大道99号", "大道"},    {"定安巷7号", "巷"},        {"静安区愚园路1088弄48号", "路"},
        {"吉祥弄3号", "弄"},               {"東城區府前大廈", "大廈"}, {"老竹镇上塘村26号", "村"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[256], out[512];
        (void)snprintf(text, sizeof text, "住在{%s}。", rows[i][0]);
        masked_thing("kind", text, out);
        const char *end = out + strlen(out); /* before its number */
        while (end > out && ((end[-1] >= '0' && end[-1] <= '9') || strncmp(end - 3, "号", 3) == 0)) {
            end -= end[-1] >= '0' && end[-1] <= '9' ? 1 : 3;
        }
        if (!str_ends((Str){out, (size_t)(end - out)}, str_from(rows[i][1]))) {
            fail_msg("%s: %s", rows[i][0], out);
        }
    }
    (void)state;
}

/* Signs that stay in a number's second spelling are its own, and not those of a place or a firm. */
static void a_second_spelling_shows_nothing_of_the_first(void **state) {
    static const struct {
        ScanType type;
        ScanKind kind;
        const char *first, *second, *gone;
    } things[] = {
        {SCAN_ADDRESS, KIND_STREET, "建国路", "建国 路", "建国"},
        {SCAN_ADDRESS, KIND_STREET, "建国路 88号", "建国路88号", "建国"},
        {SCAN_ORG, KIND_TAG_ORG, "远山集团", "远山 集团", "远山"},
        {SCAN_OTHER, KIND_OWN, "青鸟计划", "青鸟 计划", "青鸟"}};
    enum { TALKS = 40 }; /* a number of as many digits is drawn now and then */
    Err err;
    Scanner *scanner;
    assert_int_equal(gate_scanner_new(&scanner, &err), OK);
    for (int i = 0; i < TALKS * (int)ARRAY_LEN(things); i++) {
        char name[32];
        VaultTalk *talk;
        Surrogates *s;
        Str out;
        int k = i % (int)ARRAY_LEN(things);
        Str first = str_from(things[k].first), second = str_from(things[k].second);
        (void)snprintf(name, sizeof name, "second-%d", i);
        assert_int_equal(vault_talk_open(gate->vault, name, &talk, &err), OK);
        assert_int_equal(surrogates_new(talk, scanner, &s, &err), OK);
        ScanSpan span = {0, first.n, things[k].type, things[k].kind, 1};
        assert_int_equal(surrogates_for(s, &span, first, &out, &err), OK);
        span.end = second.n;
        assert_int_equal(surrogates_for(s, &span, second, &out, &err), OK);
        assert_true(str_find(out, str_from(things[k].gone), 0) == SIZE_MAX);
        surrogates_free(s);
        vault_talk_close(talk);
    }
    gate_scanner_free(scanner);
}

static void names_keep_their_form(void **state) {
    char out[512];
    masked_thing("form", "姓名：{张伟明}。", out);
    assert_int_equal(strlen(out), 9);
    masked_thing("form", "姓名：{欧阳静}。", out);
    assert_int_equal(strlen(out), 9);
    masked_thing("form", "Name: {ALICE SMITH}, hi", out);
    for (const char *c = out; *c; c++) assert_true(*c == ' ' || (*c >= 'A' && *c <= 'Z'));
    assert_non_null(strchr(out, ' '));
}

/* What a policy with "generalise" lets leave is still true, and says less. */
static void a_coarser_form_is_still_true(void **state) {
    static const struct { ScanType type; ScanKind kind; const char *was, *is; } cases[] = {
        {SCAN_FINANCE, KIND_COUNT, "84,500 GBP", "80,000 GBP"},
        {SCAN_FINANCE, KIND_COUNT, "84.500 EUR", "80.000 EUR"},
        {SCAN_FINANCE, KIND_COUNT, "CHF 84'500", "CHF 80'000"},
        {SCAN_FINANCE, KIND_COUNT, "1.250.300,75 EUR", "1.000.000,00 EUR"},
        {SCAN_FINANCE, KIND_COUNT, "$1,234.50", "$1,000"},
        {SCAN_FINANCE, KIND_COUNT, "12.5", "10"},
        {SCAN_FINANCE, KIND_COUNT, "0.125.", "0.000."},
        {SCAN_FINANCE, KIND_COUNT, "", "[finance]"},
        {SCAN_DATE, KIND_COUNT, "14 March 1984", "1984"},
        {SCAN_DATE, KIND_COUNT, "14 March", "some day"},
        {SCAN_OTHER, KIND_POSITION, "51.50735, -0.12776", "51.5, -0.1"},
        {SCAN_PHONE, KIND_PHONE, "+44 20 7946 0958", "[phone]"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Err err = {0};
        Str was = str_from(cases[i].was);
        ScanSpan span = {0, was.n, cases[i].type, cases[i].kind, 1};
        Buf out;
        buf_init(&out, 256);
        assert_int_equal(surrogates_generalise(&span, was, &out, &err), OK);
        buf_add_byte(&out, 0);
        assert_string_equal(out.p, cases[i].is);
        buf_fini(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aes_gives_the_vectors_of_fips_197),
        cmocka_unit_test(ff1_gives_the_samples_of_nist),
        cmocka_unit_test(ff1_is_one_to_one_and_knows_its_domain),
        cmocka_unit_test(a_surrogate_of_escapes_is_spelled_without_them),
        cmocka_unit_test(nothing_of_a_number_that_is_said_stays),
        cmocka_unit_test(numbers_stay_valid_and_keep_what_speaks),
        cmocka_unit_test(one_thing_has_one_surrogate_in_every_spelling),
        cmocka_unit_test(conversations_share_no_surrogate),
        cmocka_unit_test(surrogate_digits_are_spread_evenly),
        cmocka_unit_test(a_surrogate_is_no_word_of_the_request),
        cmocka_unit_test(no_request_is_refused_for_want_of_surrogates),
        cmocka_unit_test(names_do_not_differ_by_capitals_alone),
        cmocka_unit_test(small_words_of_a_name_are_no_names),
        cmocka_unit_test(titles_stay_and_are_no_names),
        cmocka_unit_test(a_street_keeps_its_number_where_it_stands),
        cmocka_unit_test(a_chinese_street_stays_one_of_its_kind),
        cmocka_unit_test(a_second_spelling_shows_nothing_of_the_first),
        cmocka_unit_test(names_keep_their_form),
        cmocka_unit_test(a_coarser_form_is_still_true),
    };
    return cmocka_run_group_tests(tests, open_gate, close_gate);
}
