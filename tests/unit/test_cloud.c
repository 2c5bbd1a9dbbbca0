/*
 * Promises of endpoints: what rests and for how long, that budgets hold among several answers, that
 * clouds.toml and the keys stay together, and that no failed allocation loses an entry of the
 * ledger. What a provider may do is in tests/e2e/cloud.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/remove_folder.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/frame.h"
#include "base/hash.h"
#include "base/mem.h"
#include "gate/cloud_impl.h"
#include "gate/send.h"

enum { NOW = 1800000000 };

static char folder[64];
static Gate *gate;

static int setup(void **state) {
    Err err;
    (void)snprintf(folder, sizeof folder, "/tmp/hearth-cloud-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    clock_fix_real(NOW);
    return gate_open(folder, &gate, &err) == OK ? 0 : -1;
}

static int teardown(void **state) {
    gate_close(gate);
    clock_fix_real(-1);
    return remove_folder(folder);
}

static GateEndpoint endpoint(const char *name) {
    GateEndpoint e;
    (void)gate_cloud_default("", &e);
    (void)snprintf(e.name, sizeof e.name, "%s", name);
    (void)snprintf(e.url, sizeof e.url, "http://127.0.0.1:9/v1");
    (void)snprintf(e.model, sizeof e.model, "m");
    return e;
}

/* ---- the breaker --------------------------------------------------------------------------- */

static Status admit(const GateEndpoint *e, CloudHold *hold, GateAnswer *a) {
    Err err;
    *a = (GateAnswer){.retry_after_s = -1};
    return cloud_admit(gate, e, 0, 0, hold, a, &err);
}

static void settle(const GateEndpoint *e, const CloudHold *hold, GateFail fail, int64_t wait_s) {
    Err err;
    GateAnswer a = {.fail = fail, .retry_after_s = wait_s};
    assert_int_equal(cloud_settle(gate, e, hold, &a, &err), OK);
}

static bool resting(const GateEndpoint *e) {
    GateStanding now = {0};
    assert_int_equal(gate_cloud_look(gate, e, 1, &now, NULL), OK);
    return now.resting;
}

/* A service that is away for weeks rests on: no count of failures is too high to be read again. */
static void a_thousand_failures_are_still_remembered(void **state) {
    GateEndpoint e = endpoint("away");
    CloudHold hold;
    GateAnswer a;
    int64_t now = NOW;
    for (int i = 0; i < 1005; i++) {
        assert_int_equal(admit(&e, &hold, &a), OK);
        settle(&e, &hold, GATE_FAIL_REACH, -1);
        if (i >= 2) assert_true(resting(&e));
        clock_fix_real(now += 600);
    }
}

static void failures_in_a_row_let_it_rest_longer_and_longer(void **state) {
    GateEndpoint e = endpoint("a"), other = endpoint("b");
    CloudHold hold;
    GateAnswer a;
    int64_t now = NOW;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(admit(&e, &hold, &a), OK);
        settle(&e, &hold, i == 1 ? GATE_FAIL_TIMEOUT : GATE_FAIL_ANSWER, -1);
    }
    assert_true(resting(&e) && !resting(&other));
    for (int64_t rest = 30; rest <= 600; rest = rest < 480 ? 2 * rest : 600) {
        assert_int_equal(admit(&e, &hold, &a), E_REMOTE);
        assert_int_equal(a.fail, GATE_FAIL_RESTING);
        assert_int_equal(a.retry_after_s, rest);
        assert_int_equal(admit(&other, &hold, &a), OK);
        clock_fix_real(now += rest - 1);
        assert_int_equal(admit(&e, &hold, &a), E_REMOTE);
        clock_fix_real(++now);
        assert_false(resting(&e));
        assert_int_equal(admit(&e, &hold, &a), OK);       /* the probe */
        assert_int_equal(admit(&e, &hold, &a), E_REMOTE); /* and nobody beside it */
        settle(&e, &hold, GATE_FAIL_REACH, -1);
        if (rest == 600) break;
    }
    clock_fix_real(now += 600);
    assert_int_equal(admit(&e, &hold, &a), OK);
    settle(&e, &hold, GATE_FAIL_NONE, -1);
    assert_false(resting(&e));
    for (int i = 0; i < 2; i++) { /* a success forgets everything: counting begins anew */
        assert_int_equal(admit(&e, &hold, &a), OK);
        settle(&e, &hold, GATE_FAIL_ANSWER, -1);
    }
    assert_int_equal(admit(&e, &hold, &a), OK);
}

/* Written by hand, or before such addresses were refused: the others are asked all the same. */
static void a_wrong_address_bars_its_own_endpoint_alone(void **state) {
    GateEndpoint list[] = {endpoint("a"), endpoint("b"), endpoint("c")};
    GateStanding now[ARRAY_LEN(list)];
    Err err = {0};
    (void)snprintf(list[1].url, sizeof list[1].url, "https://api.0penai.com/v1");
    memset(now, 0xFF, sizeof now);
    list[0].dest = list[2].dest = GATE_MINE;
    assert_int_equal(gate_cloud_look(gate, list, ARRAY_LEN(list), now, &err), OK);
    assert_true(!now[0].barred && now[1].barred && !now[2].barred);
    assert_int_equal(gate_cloud_check(&list[1], &err), E_USAGE);
    assert_non_null(strstr(err.message, "api.0penai.com"));
}

static void a_probe_that_died_makes_way_for_the_next(void **state) {
    GateEndpoint e = endpoint("a");
    CloudHold hold;
    GateAnswer a;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(admit(&e, &hold, &a), OK);
        settle(&e, &hold, GATE_FAIL_REACH, -1);
    }
    clock_fix_real(NOW + 30);
    assert_int_equal(admit(&e, &hold, &a), OK); /* and is killed */
    clock_fix_real(NOW + 89);
    assert_int_equal(admit(&e, &hold, &a), E_REMOTE);
    clock_fix_real(NOW + 90);
    assert_int_equal(admit(&e, &hold, &a), OK);
}

static void what_the_user_must_mend_does_not_count(void **state) {
    static const GateFail fails[] = {GATE_FAIL_SETUP, GATE_FAIL_REQUEST, GATE_FAIL_CANCELLED,
                                     GATE_FAIL_BUDGET, GATE_FAIL_OURS, GATE_FAIL_LIMITED};
    GateEndpoint e = endpoint("a");
    CloudHold hold;
    GateAnswer a;
    for (int i = 0; i < 12; i++) {
        assert_int_equal(admit(&e, &hold, &a), OK);
        settle(&e, &hold, fails[i % (int)ARRAY_LEN(fails)], -1);
    }
}

static void a_pause_that_was_asked_for_is_kept(void **state) {
    GateEndpoint e = endpoint("a");
    CloudHold hold;
    GateAnswer a;
    assert_int_equal(admit(&e, &hold, &a), OK);
    settle(&e, &hold, GATE_FAIL_LIMITED, 77);
    assert_int_equal(admit(&e, &hold, &a), E_REMOTE);
    assert_int_equal(a.retry_after_s, 77);
    clock_fix_real(NOW + 77);
    assert_int_equal(admit(&e, &hold, &a), OK);
    settle(&e, &hold, GATE_FAIL_LIMITED, INT64_MAX); /* an hour at most */
    assert_int_equal(admit(&e, &hold, &a), E_REMOTE);
    assert_int_equal(a.retry_after_s, 3600);
    clock_fix_real(NOW - 86400); /* a clock that is turned back must not lock it out for a day */
    assert_int_equal(admit(&e, &hold, &a), OK);
}

/* ---- budgets ------------------------------------------------------------------------------- */

static Status want(const GateEndpoint *e, double least, double likely, CloudHold *hold) {
    Err err;
    GateAnswer a = {0};
    return cloud_admit(gate, e, least, likely, hold, &a, &err);
}

static void answers_at_once_share_one_budget(void **state) {
    GateEndpoint e = endpoint("a"), other = endpoint("b");
    CloudHold first, second, third;
    Err err;
    e.price_out = other.price_out = 1;
    e.budget_day = other.budget_day = 1.0;
    assert_int_equal(want(&e, 0.1, 0.6, &first), OK);
    assert_true(first.amount > 0.599 && first.amount < 0.601);
    assert_int_equal(want(&e, 0.1, 0.6, &second), OK);
    assert_true(second.amount > 0.399 && second.amount < 0.401); /* what is left */
    assert_int_equal(want(&e, 0.0, 0.6, &third), E_DENIED);
    assert_int_equal(want(&other, 0.1, 0.6, &third), OK); /* has its own */
    assert_int_equal(cloud_hold_more(gate, &e, 0.1, &first, &err), E_DENIED);
    settle(&e, &second, GATE_FAIL_NONE, -1);
    assert_int_equal(cloud_hold_more(gate, &e, 0.3, &first, &err), OK);
    assert_true(first.amount > 0.899 && first.amount < 0.901);
    assert_int_equal(want(&e, 0.2, 0.6, &third), E_DENIED); /* less is left than it needs */
    assert_int_equal(want(&e, 0.05, 0.6, &third), OK);
    settle(&e, &third, GATE_FAIL_NONE, -1);
    clock_fix_real(NOW + 1201); /* its process was killed */
    assert_int_equal(want(&e, 0.1, 2.0, &third), OK);
    assert_true(third.amount > 0.999 && third.amount < 1.001);
}

static void without_a_budget_nothing_is_held(void **state) {
    GateEndpoint e = endpoint("a");
    CloudHold hold;
    e.price_out = 5;
    for (int i = 0; i < 300; i++) { /* more than there is room for */
        assert_int_equal(want(&e, 1e6, 1e7, &hold), OK);
        assert_true(hold.amount < 0);
    }
}

/* ---- how they stand ------------------------------------------------------------------------- */

static void one_look_tells_how_all_stand(void **state) {
    GateEndpoint list[] = {endpoint("a"), endpoint("b"), endpoint("c")};
    GateStanding now[3];
    CloudHold hold;
    GateAnswer a;
    Err err;
    char host[GATE_URL_MAX];
    gate_cloud_host(&list[1], host);
    GateConsent yes = {"b", list[1].dest, host, NULL}, moved = {"c", list[2].dest, "else", NULL};
    assert_int_equal(gate_consent_give(gate, &yes, &err), OK);
    assert_int_equal(gate_consent_give(gate, &moved, &err), OK);
    assert_int_equal(admit(&list[2], &hold, &a), OK);
    settle(&list[2], &hold, GATE_FAIL_LIMITED, 60);
    assert_int_equal(gate_cloud_look(gate, list, 3, now, &err), OK);
    assert_true(!now[0].consented && now[1].consented && !now[2].consented);
    assert_true(!now[0].resting && !now[1].resting && now[2].resting);
    for (int i = 0; i < 3; i++) assert_true(now[i].spent_day == 0 && now[i].spent_month == 0);
    assert_int_equal(gate_cloud_look(gate, NULL, 0, NULL, &err), OK);
    Status status = E_NO_MEMORY;
    for (int n = 1; status != OK; n++) {
        mem_fail_at(n);
        status = gate_cloud_look(gate, list, 3, now, &err);
        mem_fail_at(0);
        assert_true(status == OK || status == E_NO_MEMORY);
    }
    assert_true(now[1].consented && now[2].resting);
}

/* ---- clouds.state, damaged or another's ------------------------------------------------------ */

static void put_state(const char *text) {
    char path[96];
    Err err;
    (void)snprintf(path, sizeof path, "%s/clouds.state", folder);
    assert_int_equal(frame_put_settled(path, "clouds", 1, str_from(text), &err), OK);
}

/* Nothing but what Hearth could have written counts; what cannot be read is as good as nothing. */
static void nonsense_in_the_state_neither_bars_nor_pays(void **state) {
    static const char *const texts[] = {
        "", "{", "[]", "7", "{\"marks\":7,\"holds\":{}}",
        "{\"marks\":[{\"name\":\"a\",\"failures\":1000,\"until\":1800000100}]}",
        "{\"marks\":[{\"name\":\"a\",\"failures\":3,\"until\":9223372036854775807}]}",
        "{\"marks\":[{\"name\":\"a\",\"failures\":-1,\"until\":1800000100},7,null]}",
        "{\"holds\":[{\"name\":\"a\",\"id\":1,\"until\":1800000100,\"amount\":-5}]}",
        "{\"holds\":[{\"name\":\"a\",\"id\":1,\"until\":1900000000,\"amount\":5}]}",
        "{\"holds\":[{\"name\":\"a\",\"id\":1.5,\"until\":1800000100,\"amount\":5}]}",
    };
    GateEndpoint e = endpoint("a");
    CloudHold hold;
    e.budget_day = 1;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        put_state(texts[i]);
        assert_false(resting(&e));
        assert_int_equal(want(&e, 0, 2, &hold), OK);
        assert_true(hold.amount == 1);
    }
}

/* Amounts whose sum is infinite: a budget that is less than nothing is not one without bounds. */
static void endless_holds_do_not_lift_a_budget(void **state) {
    GateEndpoint e = endpoint("a");
    CloudHold hold;
    e.budget_day = 1;
    put_state("{\"holds\":[{\"name\":\"a\",\"id\":1,\"until\":1800000100,\"amount\":1e308},"
              "{\"name\":\"a\",\"id\":2,\"until\":1800000100,\"amount\":1e308}]}");
    assert_int_equal(want(&e, 0, 2, &hold), E_DENIED);
}

/* ---- the file and the keys ------------------------------------------------------------------ */

static size_t count(void) {
    GateEndpoint *list = malloc(GATE_ENDPOINTS_MAX * sizeof *list);
    size_t n = 0;
    Err err;
    assert_int_equal(gate_cloud_list(gate, list, &n, &err), OK);
    free(list);
    return n;
}

static void what_is_written_is_read(void **state) {
    Err err;
    GateEndpoint e = endpoint("my-server_2"), back;
    GateKey key;
    e.wire = WIRE_GEMINI;
    e.dest = GATE_ATTESTED;
    e.price_in = 0.75;
    e.price_out = 4.5;
    e.budget_day = 1.25;
    e.budget_month = 1e-3;
    e.idle_ms = 1234;
    (void)snprintf(e.url, sizeof e.url, "https://example.org/a%%20b/");
    (void)snprintf(e.key_header, sizeof e.key_header, "Authorization: Token");
    (void)snprintf(e.header, sizeof e.header, "X-Team: \"legal\" \\ more");
    (void)snprintf(e.ca, sizeof e.ca, "/dev/null");
    if (gate_cloud_put(gate, &e, STR("key-1"), &err) != OK) fail_msg("%s", err.message);
    assert_int_equal(gate_cloud_find(gate, e.name, &back, &err), OK);
    assert_memory_equal(&back, &e, sizeof e);
    assert_int_equal(gate_cloud_key(gate, &e, &key, &err), OK);
    assert_int_equal(key, GATE_KEY_SEALED);
    e.price_in = 0;
    assert_int_equal(gate_cloud_put(gate, &e, STR(""), &err), OK);
    assert_int_equal(gate_cloud_find(gate, e.name, &back, &err), OK);
    assert_memory_equal(&back, &e, sizeof e);
    assert_int_equal(gate_cloud_key(gate, &e, &key, &err), OK);
    assert_int_equal(key, GATE_KEY_NONE);
    assert_int_equal(count(), 1);
    assert_int_equal(gate_cloud_remove(gate, e.name, &err), OK);
    assert_int_equal(gate_cloud_find(gate, e.name, &back, &err), E_USAGE);
}

/* A header ends no line, frames no request and holds no key; the key's own has a word before it. */
static void headers_of_a_gateway_are_headers_and_nothing_else(void **state) {
    static const struct { const char *key_header, *header, *head; } cases[] = {
        {"", "", "x-api-key: "}, {"api-key", "", "api-key: "}, {"api-key:", "", "api-key: "},
        {"Authorization: Bearer", "X-Team: legal", "Authorization: Bearer "},
        {"Authorization:Token", "HTTP-Referer: https://a.example/x?y#z", "Authorization: Token "},
        {"", "X-Team", NULL}, {"", "X-Team: ", NULL}, {"", ": x", NULL}, {"", "X Team: x", NULL},
        {"", "X: a\r\nHost: b", NULL}, {"", "X: \xC3\xA4", NULL}, {"", "X: a\tb", NULL},
        {"", "Authorization: Bearer sk-1", NULL}, {"", "AUTHORIZATION: x", NULL},
        {"", "Content-Length: 5", NULL}, {"", "HOST: x", NULL}, {"", "Transfer-Encoding: x", NULL},
        {"", "proxy-Authorization: x", NULL}, {"Host", "", NULL}, {"cookie: key=", "", NULL},
        {"a b", "", NULL}, {"k\n", "", NULL}, {"(k)", "", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Err err;
        char head[GATE_HEADER_MAX];
        GateEndpoint e = endpoint("gateway");
        (void)snprintf(e.key_header, sizeof e.key_header, "%s", cases[i].key_header);
        (void)snprintf(e.header, sizeof e.header, "%s", cases[i].header);
        Status status = gate_cloud_put(gate, &e, STR(""), &err);
        if (status != (cases[i].head ? OK : E_USAGE)) fail_msg("%zu: %d", i, status);
        assert_int_equal(cloud_head_check(&e, &err), status);
        if (!cases[i].head) continue;
        cloud_head_of_key(&e, "x-api-key: ", head);
        assert_string_equal(head, cases[i].head);
    }
}

static void certificates_are_named_by_a_whole_path(void **state) {
    static const struct { const char *ca; Status status; } cases[] = {
        {"/dev/null", OK}, {"firm.pem", E_USAGE}, {"/nowhere/firm.pem", E_USAGE}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Err err;
        GateEndpoint e = endpoint("firm");
        (void)snprintf(e.ca, sizeof e.ca, "%s", cases[i].ca);
        assert_int_equal(gate_cloud_put(gate, &e, STR(""), &err), cases[i].status);
    }
}

/* What people write by hand. Gemini's model becomes a part of the URL. */
static void a_model_that_would_change_the_url_is_not_read(void **state) {
    static const struct {
        const char *wire, *model;
        bool reads;
    } cases[] = {
        {"gemini", "model = \"models/gemini-2.5-pro@1\"\n", true},
        {"gemini", "model = \"m?key=x\"\n", false},
        {"gemini", "model = \"m#x\"\n", false},
        {"gemini", "model = \"m%2f..%2fx\"\n", false},
        {"gemini", "model = \"../../files\"\n", false},
        {"gemini", "model = \"m x\"\n", false},
        {"gemini", "model = \"m\\r\\nHost: x\"\n", false},
        {"gemini", "", false},
        {"openai", "model = \"/srv/my models/m?.gguf\"\n", true},
        {"openai", "", true},
        {"anthropic", "model = \"m\\u001b[2J\"\n", false},
    };
    char path[96], text[256];
    GateEndpoint e;
    Err err;
    (void)snprintf(path, sizeof path, "%s/clouds.toml", folder);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        (void)snprintf(text, sizeof text, "[a]\nwire = \"%s\"\nurl = \"https://example.org\"\n"
                       "dest = \"public\"\n%s", cases[i].wire, cases[i].model);
        assert_int_equal(file_replace(path, str_from(text), 0600, &err), OK);
        Status status = gate_cloud_find(gate, "a", &e, &err);
        assert_int_equal(status, cases[i].reads ? OK : E_USAGE);
        if (status == OK) continue;
        assert_non_null(strstr(err.message, *cases[i].model ? "clouds.toml:5" : "clouds.toml:1"));
        assert_non_null(strstr(err.message, "model"));
    }
}

static void an_endpoint_that_comes_back_is_agreed_to_anew(void **state) {
    Err err;
    GateEndpoint e = endpoint("a");
    GateConsent consent = {"a", GATE_PUBLIC, "127.0.0.1:9", NULL};
    bool given = true;
    assert_int_equal(gate_cloud_put(gate, &e, STR(""), &err), OK);
    assert_int_equal(gate_consent_give(gate, &consent, &err), OK);
    assert_int_equal(gate_consent_given(gate, &consent, &given, &err), OK);
    assert_true(given);
    assert_int_equal(gate_cloud_remove(gate, "a", &err), OK);
    assert_int_equal(gate_cloud_put(gate, &e, STR(""), &err), OK);
    assert_int_equal(gate_consent_given(gate, &consent, &given, &err), OK);
    assert_false(given);
}

static void every_default_of_a_provider_is_accepted(void **state) {
    static const char *const names[] = {"openai", "anthropic", "gemini", "mistral", "groq",
                                        "openrouter", "deepseek", "xai"};
    Err err;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        GateEndpoint e;
        assert_true(gate_cloud_default(names[i], &e));
        assert_int_equal(*e.model == 0, i >= 3);
        (void)snprintf(e.model, sizeof e.model, "%s", "m");
        if (gate_cloud_put(gate, &e, STR("key"), &err) != OK) fail_msg("%s", err.message);
    }
    GateEndpoint e;
    assert_false(gate_cloud_default("openai2", &e));
    assert_int_equal(count(), ARRAY_LEN(names));
}

static void names_and_models_cannot_reach_out_of_their_place(void **state) {
    static const char *const names[] = {"", "a b", "a]", "a\n[b]", "a.b", "-a", "\xC3\xA4", "a\"b"};
    static const char *const models[] = {"", "a b", "../x", "a/../b", "a\"b", "a\nb", "a?b", "a#b"};
    Err err;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        GateEndpoint e = endpoint(names[i]);
        assert_int_equal(gate_cloud_put(gate, &e, STR(""), &err), E_USAGE);
        e = endpoint("fine");
        e.wire = WIRE_GEMINI; /* where it becomes a part of the URL */
        (void)snprintf(e.model, sizeof e.model, "%s", models[i]);
        assert_int_equal(gate_cloud_put(gate, &e, STR(""), &err), E_USAGE);
    }
    assert_int_equal(count(), 0);
}

/* Cloudflare's begin with @, vLLM's may be a path; all that is sent is a string of JSON. */
static void a_model_is_called_as_its_server_calls_it(void **state) {
    static const char *const fine[] = {"@cf/meta/llama-3.1-8b-instruct", "/models/Llama 3 (8B)",
                                       "a\"b\\c", "../x", "\xE6\xA8\xA1"},
                      *const bad[] = {"", "a\nb", "a\x1b[2J", "\xFF"};
    Err err;
    GateEndpoint e, back;
    for (size_t i = 0; i < ARRAY_LEN(fine); i++) {
        e = endpoint("own");
        (void)snprintf(e.model, sizeof e.model, "%s", fine[i]);
        assert_int_equal(gate_cloud_put(gate, &e, STR(""), &err), OK);
        assert_int_equal(gate_cloud_find(gate, "own", &back, &err), OK);
        assert_string_equal(back.model, fine[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        e = endpoint("own");
        (void)snprintf(e.model, sizeof e.model, "%s", bad[i]);
        assert_int_equal(gate_cloud_put(gate, &e, STR(""), &err), E_USAGE);
        assert_int_equal(gate_cloud_find(gate, "own", &back, &err), OK); /* as it was */
        assert_string_equal(back.model, fine[ARRAY_LEN(fine) - 1]);
    }
    assert_int_equal(gate_cloud_remove(gate, "own", &err), OK);
}

static void a_key_is_never_with_an_address_it_was_not_given_for(void **state) {
    Err err;
    GateEndpoint old = endpoint("a"), fresh = old, now;
    (void)snprintf(fresh.url, sizeof fresh.url, "https://other.example");
    uint64_t calls = mem_calls();
    assert_int_equal(gate_cloud_put(gate, &old, STR("old-key-123"), &err), OK);
    calls = mem_calls() - calls;
    for (uint64_t n = 1; n <= calls + 2; n++) {
        Buf key;
        assert_int_equal(gate_cloud_put(gate, &old, STR("old-key-123"), &err), OK);
        uint64_t before = mem_live_blocks();
        mem_fail_at(n);
        Status status = gate_cloud_put(gate, &fresh, STR("new-key-456"), &err);
        mem_fail_at(0);
        assert_int_equal(mem_live_blocks(), before);
        assert_int_equal(gate_cloud_find(gate, "a", &now, &err), OK);
        assert_int_equal(cloud_key_get(gate, &now, &key, &err), OK);
        bool is_old = strcmp(now.url, old.url) == 0;
        Str have = buf_str(&key);
        assert_true(have.n == 0 || str_eq_c(have, is_old ? "old-key-123" : "new-key-456"));
        if (status == OK) assert_true(!is_old && have.n > 0);
        cloud_key_wipe(&key);
    }
}

/* ---- asking while memory runs out ----------------------------------------------------------- */

static const char reply[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"},\"finish_reason\":\"stop\"}]}\n\n"
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\n"
    "data: [DONE]\n\n";

static int listener;

/* Answers everybody with the same words, when the request is there (it ends with its body). */
static void *serve(void *user) {
    char text[8192];
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0; close(fd)) {
        size_t n = 0;
        for (ssize_t got = 1; got > 0 && n < sizeof text && (n < 2 || text[n - 1] != '}');) {
            got = read(fd, text + n, sizeof text - n);
            n += got > 0 ? (size_t)got : 0;
        }
        bool whole = n > 0 && text[n - 1] == '}';
        explicit_bzero(text, sizeof text); /* the key was in it */
        if (whole) (void)!write(fd, reply, sizeof reply - 1);
        (void)shutdown(fd, SHUT_WR);
        while (read(fd, text, sizeof text) > 0) {}
    }
    return NULL;
}

static int open_server(pthread_t *thread) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, size), 0);
    assert_int_equal(listen(listener, 16), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
    assert_int_equal(pthread_create(thread, NULL, serve, NULL), 0);
    return ntohs(at.sin_port);
}

static void on_text(void *user, Str piece) { *(size_t *)user += piece.n; }
static void on_call(void *user, size_t index, Str id, Str name, Str piece) {}

/* Entries of the ledger that were begun and not ended. */
static int open_entries(void) {
    char path[128];
    Buf text;
    int n = 0;
    (void)snprintf(path, sizeof path, "%s/egress.log", folder);
    buf_init(&text, 64 << 20);
    assert_int_equal(file_read(path, &text, NULL), OK);
    for (const char *at = text.p; (at = strstr(at, " begin {")) != NULL; at++) n++;
    for (const char *at = text.p; (at = strstr(at, " end {")) != NULL; at++) n--;
    buf_fini(&text);
    return n;
}

static GateParcel *parcel(const GateEndpoint *e) {
    static const GateMessage message = {
        .role = GATE_USER, .label = GATE_OPEN, .text = {"Hello?", 6}};
    GateRequest r = {.endpoint = e->name, .dest = e->dest, .conversation = "t", .why = "test",
                     .messages = &message, .n_messages = 1, .temperature = -1, .max_tokens = 9};
    GateParcel *out = NULL;
    GateReport report;
    Err err;
    if (gate_parcel_make(gate, &r, &out, &report, &err) != OK) fail_msg("%s", err.message);
    return out;
}

static void no_failed_allocation_loses_an_entry_of_the_ledger(void **state) {
    pthread_t thread;
    Err err;
    size_t heard = 0, failed = 0;
    int left_open = 0;
    GateSink sink = {on_text, on_call, &heard};
    GateAnswer a;
    GateEndpoint e = endpoint("a");
    atomic_bool impatient = true; /* no pause between attempts */
    (void)snprintf(e.url, sizeof e.url, "http://127.0.0.1:%d/v1", open_server(&thread));
    assert_int_equal(gate_cloud_put(gate, &e, STR("key-123456"), &err), OK);
    GateParcel *p = parcel(&e);
    assert_int_equal(gate_cloud_ask(gate, p, &sink, NULL, &a, &err), OK);
    assert_int_equal(gate_cloud_ask(gate, p, &sink, &impatient, &a, &err), E_CANCELLED);
    assert_int_equal(heard, 5);
    uint64_t calls = mem_calls();
    assert_int_equal(gate_cloud_ask(gate, p, &sink, NULL, &a, &err), OK);
    calls = mem_calls() - calls;
    for (uint64_t n = 1; n <= calls; n++) {
        uint64_t before = mem_live_blocks();
        heard = 0;
        assert_int_equal(cloud_state_forget(gate, "a", &err), OK);
        mem_fail_at(n);
        Status status = gate_cloud_ask(gate, p, &sink, NULL, &a, &err);
        mem_fail_at(0);
        assert_int_equal(mem_live_blocks(), before);
        assert_true(status != OK || heard == 5);
        if (status != OK) assert_true(a.fail != GATE_FAIL_NONE && err.message[0]);
        failed += status != OK;
        int open = open_entries();
        if (open > left_open) assert_true(status != OK && a.entry > 0); /* it is told */
        left_open = open;
    }
    assert_true(failed > 20);
    gate_parcel_free(p);
    (void)shutdown(listener, SHUT_RDWR);
    close(listener);
    (void)pthread_join(thread, NULL);
}

/* How often the text stands in this process's writable memory; it is given as its complement, so
   that no copy of it stands there for the sake of looking. */
static size_t copies_in_memory(const char *hidden, size_t n) {
    char line[512], mode[8];
    unsigned long from, to;
    size_t found = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    static char block[1 << 16];
    while (maps && memory >= 0 && fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 || mode[1] != 'w') continue;
        if (to - from > 1ul << 30) continue; /* terabytes of a sanitizer's shadow */
        for (unsigned long at = from; at < to; at += sizeof block / 2) {
            unsigned long own = (unsigned long)block;
            bool ours = at < own + sizeof block && own < at + sizeof block;
            ssize_t got = ours ? 0 : pread(memory, block, sizeof block, (off_t)at);
            for (size_t i = 0; got > 0 && i < sizeof block / 2 && i + n <= (size_t)got; i++) {
                size_t k = 0;
                while (k < n && (char)~block[i + k] == hidden[k]) k++;
                found += k == n;
            }
        }
    }
    if (maps) fclose(maps);
    if (memory >= 0) close(memory);
    return found;
}

static void no_copy_of_the_key_stays_in_memory(void **state) {
    enum { N = 40 };
    pthread_t thread;
    Err err;
    size_t heard = 0;
    char key[N + 1] = "", hidden[N];
    GateSink sink = {on_text, on_call, &heard};
    GateAnswer a;
    GateEndpoint e = endpoint("a");
    (void)snprintf(e.url, sizeof e.url, "http://127.0.0.1:%d/v1", open_server(&thread));
    random_bytes(hidden, N);
    for (int i = 0; i < N; i++) {
        key[i] = (char)('a' + (hidden[i] & 15));
        hidden[i] = (char)~key[i];
    }
    if (copies_in_memory(hidden, N) == 0) skip(); /* no /proc */
    assert_int_equal(gate_cloud_put(gate, &e, (Str){key, N}, &err), OK);
    explicit_bzero(key, sizeof key);
    assert_int_equal(copies_in_memory(hidden, N), 0);
    GateParcel *p = parcel(&e);
    assert_int_equal(gate_cloud_ask(gate, p, &sink, NULL, &a, &err), OK);
    assert_int_equal(heard, 5);
    assert_int_equal(copies_in_memory(hidden, N), 0);
    gate_parcel_free(p);
    (void)shutdown(listener, SHUT_RDWR);
    close(listener);
    (void)pthread_join(thread, NULL);
}

static void a_parcel_goes_where_it_was_made_for(void **state) {
    Err err;
    size_t heard = 0;
    GateSink sink = {on_text, on_call, &heard};
    GateAnswer a;
    GateEndpoint e = endpoint("a");
    e.dest = GATE_MINE;
    assert_int_equal(gate_cloud_put(gate, &e, STR(""), &err), OK);
    GateParcel *p = parcel(&e);
    e.dest = GATE_PUBLIC;
    assert_int_equal(gate_cloud_put(gate, &e, STR(""), &err), OK);
    assert_int_equal(gate_cloud_ask(gate, p, &sink, NULL, &a, &err), E_DENIED);
    assert_int_equal(a.fail, GATE_FAIL_SETUP);
    assert_int_equal(gate_cloud_remove(gate, "a", &err), OK);
    assert_int_equal(gate_cloud_ask(gate, p, &sink, NULL, &a, &err), E_USAGE);
    gate_set_offline(true);
    assert_int_equal(gate_cloud_ask(gate, p, &sink, NULL, &a, &err), E_DENIED);
    assert_int_equal(a.fail, GATE_FAIL_OFFLINE);
    gate_set_offline(false);
    assert_int_equal(a.entry, 0);
    gate_parcel_free(p);
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        PROMISE(failures_in_a_row_let_it_rest_longer_and_longer),
        PROMISE(a_thousand_failures_are_still_remembered),
        PROMISE(a_wrong_address_bars_its_own_endpoint_alone),
        PROMISE(a_probe_that_died_makes_way_for_the_next),
        PROMISE(what_the_user_must_mend_does_not_count),
        PROMISE(a_pause_that_was_asked_for_is_kept),
        PROMISE(answers_at_once_share_one_budget),
        PROMISE(without_a_budget_nothing_is_held),
        PROMISE(one_look_tells_how_all_stand),
        PROMISE(nonsense_in_the_state_neither_bars_nor_pays),
        PROMISE(endless_holds_do_not_lift_a_budget),
        PROMISE(what_is_written_is_read),
        PROMISE(headers_of_a_gateway_are_headers_and_nothing_else),
        PROMISE(certificates_are_named_by_a_whole_path),
        PROMISE(a_model_that_would_change_the_url_is_not_read),
        PROMISE(an_endpoint_that_comes_back_is_agreed_to_anew),
        PROMISE(every_default_of_a_provider_is_accepted),
        PROMISE(names_and_models_cannot_reach_out_of_their_place),
        PROMISE(a_model_is_called_as_its_server_calls_it),
        PROMISE(a_key_is_never_with_an_address_it_was_not_given_for),
        PROMISE(no_failed_allocation_loses_an_entry_of_the_ledger),
        PROMISE(no_copy_of_the_key_stays_in_memory),
        PROMISE(a_parcel_goes_where_it_was_made_for),
    };
    return cmocka_run_group_tests_name("cloud", tests, NULL, NULL);
}
