/*
 * Promises of the second look at names (gate/names/head.h, gate/look.h), with encoders that are
 * played here: a head is learned and says what it learned; one that is damaged in any byte is
 * refused; what is asked lies inside the text; finds are added to a parcel and none is taken away;
 * an encoder that cannot be asked changes nothing; memory may fail anywhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../support/gate_talk.h"
#include "gate/look.h"
#include "gate/names/train.h"
#include "gate/scan/scan.h"
#include "model/embed.h"

enum { DIM = 4, SENTENCES = 64, LENGTH = 5, TYPES = 8 };

static char folder[64];
static Gate *gate;
static NamesModel *model;

static int open_gate(void **state) {
    gate_home_make(folder);
    Status status = names_model_read(names_model_built_in(), &model, NULL);
    return status == OK && gate_open(folder, &gate, NULL) == OK ? 0 : -1;
}

static int close_gate(void **state) {
    gate_close(gate);
    names_model_free(model);
    gate_home_clear(folder);
    return 0;
}

/* ---- encoders ------------------------------------------------------------------------------- */

/* Gives one state to a word and another to all else. */
typedef struct Player {
    Str word;
    const float *said, *other;
    bool asleep;
    size_t asked, texts; /* how often, about how many sentences */
} Player;

static uint32_t play_text(const Player *player, const NamesAsk *ask, const NamesText *text,
                          float *states, uint32_t *token) {
    uint32_t end = 0;
    for (uint32_t i = 0; i < text->n; i++) {
        NamesPlace p = text->place[i];
        assert_true(p.at >= end && p.end > p.at && p.end <= text->text.n);
        end = p.end;
        bool is = str_eq(str_sub(text->text, p.at, p.end), player->word);
        memcpy(states + (size_t)i * ask->dim, is ? player->said : player->other,
               ask->dim * sizeof *states);
        token[i] = i;
    }
    return text->n;
}

static bool play(void *user, const NamesAsk *ask, float *states, uint32_t *token) {
    Player *player = user;
    uint32_t n = 0;
    assert_true(ask->n > 0 && ask->n <= NAMES_ASK_TEXTS && ask->layers > 0);
    player->asked++;
    player->texts += ask->n;
    for (uint32_t k = 0; k < ask->n && !player->asleep; k++) {
        assert_true(ask->texts[k].n > 0 && ask->texts[k].n <= NAMES_ASK_UNITS - n);
        n += play_text(player, ask, &ask->texts[k], states + (size_t)n * ask->dim, token + n);
    }
    return !player->asleep;
}

/* ---- a head that is learned here ------------------------------------------------------------ */

static const float person_state[DIM] = {1, 0, 0.5F, 0}, other_state[DIM] = {0, 1, 0.5F, 0};

/* Sentences of five units, the middle one of which is a person's name. */
static Status learn_head(Buf *out, Err *err) {
    static size_t sentence[SENTENCES + 1];
    static uint8_t label[SENTENCES * LENGTH];
    static HeadPlace place[SENTENCES * LENGTH];
    static int16_t row[SENTENCES * LENGTH * 4 * TYPES];
    static float state[SENTENCES * LENGTH * DIM];
    for (size_t u = 0; u < (size_t)SENTENCES * LENGTH; u++) {
        bool name = u % LENGTH == 2;
        label[u] = name ? 4 : 0; /* S of the first type */
        for (int d = 0; d < DIM; d++) {
            state[u * DIM + (size_t)d] = (name ? person_state : other_state)[d];
        }
    }
    for (size_t s = 0; s <= SENTENCES; s++) sentence[s] = s * LENGTH;
    TrainLessons lessons = {.dim = DIM, .types = TYPES, .n_unit = (size_t)SENTENCES * LENGTH,
                            .n_sentence = SENTENCES, .sentence = sentence, .label = label,
                            .place = place, .row = row, .state = state};
    TrainHeadOptions o = {.space = "test", .layers = 3, .hidden = 4, .epochs = 200, .rate = 0.02F,
                          .deaf = 0.5F};
    buf_init(out, 1 << 20);
    return train_head(model, &lessons, &o, out, err);
}

static Status read_head(const char *bytes, size_t n) {
    NamesHead *head;
    Status status = names_head_read((Str){bytes, n}, &head, NULL);
    if (status == OK) names_head_free(head);
    return status;
}

typedef struct Finds {
    size_t n;
    NameSpan span[16];
} Finds;

static void note(void *user, const NameSpan *span) {
    Finds *finds = user;
    if (finds->n < ARRAY_LEN(finds->span)) finds->span[finds->n++] = *span;
}

static Finds tag(Names *names, Str text) {
    Finds finds = {.n = 0};
    NameSink sink = {note, &finds};
    assert_int_equal(names_tag(names, text, 0, true, &sink), text.n);
    return finds;
}

/* A head that has learned, and a tagger that does not look with it yet. */
static void learn_names(Buf *bytes, NamesHead **head, Names **names) {
    assert_int_equal(learn_head(bytes, NULL), OK);
    assert_int_equal(names_head_read(buf_str(bytes), head, NULL), OK);
    assert_int_equal(names_new(model, names, NULL), OK);
}

static void a_head_says_what_it_learned(void **state) {
    const Str text = STR("because the zorble was hot, and that zorble was old");
    Player player = {STR("zorble"), person_state, other_state, false, 0, 0};
    NamesSense sense = {play, &player};
    NamesHead *head = NULL;
    Names *names = NULL;
    Buf bytes, again;
    assert_int_equal(learn_head(&bytes, NULL), OK);
    assert_int_equal(learn_head(&again, NULL), OK);
    assert_true(str_eq(buf_str(&bytes), buf_str(&again)));
    assert_int_equal(names_head_read(buf_str(&bytes), &head, NULL), OK);
    assert_true(names_head_fits(head, model));
    assert_int_equal(names_new(model, &names, NULL), OK);
    assert_int_equal(tag(names, text).n, 0);
    assert_int_equal(names_look(names, head, &sense, NULL), OK);
    Finds finds = tag(names, text);
    assert_int_equal(finds.n, 2);
    assert_true(str_eq_c(str_sub(text, finds.span[0].at, finds.span[0].end), "zorble"));
    assert_int_equal(finds.span[1].type, SCAN_PERSON);
    assert_int_equal(player.asked, 1);
    assert_false(names_blind(names));
    assert_int_equal(names_look(names, head, NULL, NULL), OK);
    assert_int_equal(tag(names, text).n, 0);
    names_free(names);
    names_head_free(head);
    buf_fini(&bytes);
    buf_fini(&again);
}

static void a_tagger_may_lean_further(void **state) {
    const Str text = STR("because the zorble was hot");
    Player player = {STR("zorble"), other_state, other_state, false, 0, 0};
    NamesSense sense = {play, &player};
    NamesHead *head = NULL;
    Names *names = NULL;
    Buf bytes;
    learn_names(&bytes, &head, &names);
    names_lean(names, 50); /* without a second look it changes nothing */
    assert_int_equal(tag(names, text).n, 0);
    assert_int_equal(names_look(names, head, &sense, NULL), OK);
    assert_true(tag(names, text).n > 0);
    names_lean(names, 1e9F); /* held to what sums may reach */
    assert_true(tag(names, text).n > 0);
    names_lean(names, 0);
    assert_int_equal(tag(names, text).n, 0);
    names_free(names);
    names_head_free(head);
    buf_fini(&bytes);
}

/* What is enough for a name in running text is not in a heading. */
static void a_short_line_is_leant_to_less(void **state) {
    Player player = {STR("zorble"), person_state, other_state, false, 0, 0};
    NamesSense sense = {play, &player};
    NamesHead *head = NULL;
    Names *names = NULL;
    Buf bytes;
    learn_names(&bytes, &head, &names);
    assert_int_equal(names_look(names, head, &sense, NULL), OK);
    assert_int_equal(tag(names, STR("because the zorble was hot")).n, 0);
    const Str longer = STR("because the zorble was hot and all of us were late again");
    assert_int_equal(tag(names, longer).n, 1);
    names_lean(names, 8); /* a lean of the caller's comes on top */
    assert_int_equal(tag(names, STR("because the zorble was hot")).n, 1);
    names_free(names);
    names_head_free(head);
    buf_fini(&bytes);
}

/* "The report is ready and the table has three columns": all words are unknown to the tagger. */
static void a_script_that_was_not_learned_is_the_encoders(void **state) {
    const Str text = STR("التقرير جاهز والجدول يحتوي على ثلاثة أعمدة");
    Player player = {STR("zorble"), person_state, other_state, false, 0, 0};
    NamesSense sense = {play, &player};
    NamesHead *head = NULL;
    Names *names = NULL;
    Buf bytes;
    assert_true(names_is_strange(text) && names_is_strange(STR("明日の会議は中止です")));
    assert_false(names_is_strange(STR("会议 Straße")) || names_is_strange(STR("12, 34")));
    learn_names(&bytes, &head, &names);
    assert_true(tag(names, text).n > 0);
    assert_int_equal(names_look(names, head, &sense, NULL), OK);
    assert_int_equal(tag(names, text).n, 0);
    player.asleep = true;
    const Str other = STR("الجدول جاهز والتقرير يحتوي على ثلاثة أعمدة");
    assert_true(tag(names, other).n > 0); /* unread: as without a second look */
    names_free(names);
    names_head_free(head);
    buf_fini(&bytes);
}

static void an_encoder_that_sleeps_changes_nothing(void **state) {
    const Str text = STR("My name is Jane Miller. The zorble is on.\nPlease call Robert Brown.");
    Player player = {STR("zorble"), person_state, other_state, true, 0, 0};
    NamesSense sense = {play, &player};
    NamesHead *head = NULL;
    Names *names = NULL;
    Buf bytes;
    learn_names(&bytes, &head, &names);
    Finds without = tag(names, text);
    assert_true(without.n >= 2);
    assert_int_equal(names_look(names, head, &sense, NULL), OK);
    assert_false(names_blind(names));
    Finds with = tag(names, text);
    assert_int_equal(with.n, without.n);
    for (size_t i = 0; i < with.n; i++) {
        assert_int_equal(with.span[i].at, without.span[i].at);
        assert_int_equal(with.span[i].end, without.span[i].end);
    }
    assert_true(names_blind(names));
    names_free(names);
    names_head_free(head);
    buf_fini(&bytes);
}

/* Sentences are asked about together, and once; a view that may go on keeps its last one back. */
static void a_sentence_is_asked_about_once(void **state) {
    enum { ROUNDS = 40, MANY = 20000 };
    const Str longer = STR("Stir it!\nbecause the zorble was hot and it was late for us all\n"
                           "Stir it!\nand that zorble was old and nobody of us knew it well no");
    const Str text = str_sub(longer, 0, longer.n - 3);
    Player player = {STR("zorble"), person_state, other_state, false, 0, 0};
    NamesSense sense = {play, &player};
    NamesHead *head = NULL;
    Names *names = NULL;
    Buf bytes, many;
    learn_names(&bytes, &head, &names);
    assert_int_equal(names_look(names, head, &sense, NULL), OK);
    Finds first = tag(names, text);
    assert_int_equal(first.n, 2);
    assert_int_equal(player.asked, 1);
    for (int i = 0; i < ROUNDS; i++) {
        Finds finds = tag(names, text);
        assert_int_equal(finds.n, first.n);
        for (size_t k = 0; k < first.n; k++) {
            assert_int_equal(finds.span[k].at, first.span[k].at);
            assert_int_equal(finds.span[k].end, first.span[k].end);
        }
    }
    assert_int_equal(player.asked, 1);
    NameSink sink = {note, &(Finds){.n = 0}};
    (void)names_tag(names, longer, 0, false, &sink); /* "No" may go on */
    assert_int_equal(player.asked, 1);
    buf_init(&many, 1 << 20); /* more than is kept: the ceiling holds, finds stay right */
    for (int i = 0; i < MANY; i++) {
        /* numbers of five digits */
        buf_printf(&many, "and %d zorble was old and nobody else knew of it\n", i + 10000);
    }
    player.texts = 0;
    size_t n = tag(names, buf_str(&many)).n;
    assert_int_equal(n, ARRAY_LEN(first.span)); /* all that are noted */
    assert_int_equal(player.texts, MANY);
    assert_int_equal(tag(names, text).n, 2);
    names_free(names);
    names_head_free(head);
    buf_fini(&bytes);
    buf_fini(&many);
}

/* ---- bytes ---------------------------------------------------------------------------------- */

static void put_check(Buf *head) {
    uint64_t check = names_head_check(buf_str(head));
    memcpy(head->p + HEAD_HEADER - sizeof check, &check, sizeof check);
}

static void a_damaged_head_is_refused(void **state) {
    Buf head;
    assert_int_equal(learn_head(&head, NULL), OK);
    for (size_t at = 0; at < head.n; at++) {
        head.p[at] ^= 0x20;
        assert_int_not_equal(read_head(head.p, head.n), OK);
        head.p[at] ^= 0x20;
        assert_int_not_equal(read_head(head.p, at), OK);
    }
    assert_int_equal(read_head(head.p, head.n), OK);
    buf_fini(&head);
}

static void a_heads_fields_have_ranges(void **state) {
    static const struct {
        size_t at;
        uint32_t value;
    } wrong[] = {{8, 2},  {12, 71}, {16, 0},   {16, HEAD_DIM_MAX + 1}, {20, 0}, {20, UINT32_MAX},
                 {24, 0}, {24, 13}, {28, 0},   {28, HEAD_LAYERS_MAX + 1},
                 {72, 0x7FC00000u /* no number */}, {72, 0x7F800000u /* infinite */}};
    Buf head;
    assert_int_equal(learn_head(&head, NULL), OK);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        uint32_t right;
        memcpy(&right, head.p + wrong[i].at, 4);
        memcpy(head.p + wrong[i].at, &wrong[i].value, 4);
        put_check(&head);
        assert_int_not_equal(read_head(head.p, head.n), OK);
        memcpy(head.p + wrong[i].at, &right, 4);
    }
    memset(head.p + 32, 'x', HEAD_SPACE); /* a name without an end */
    put_check(&head);
    assert_int_equal(read_head(head.p, head.n), E_CORRUPT);
    buf_fini(&head);
}

/* ---- what ships, in a parcel ---------------------------------------------------------------- */

/* A state that the head takes for a person's name of one unit, or surely for none: some steps from
   the mean uphill, or downhill. */
static void walk(const NamesHead *h, bool person, float *state) {
    static float x[HEAD_DIM_MAX + HEAD_PLACES];
    size_t width = (size_t)h->dim + HEAD_PLACES;
    const float *single = h->w2 + (size_t)3 * h->types * h->hidden;
    int16_t row[ROW_MAX] = {0};
    memset(x, 0, sizeof x);
    x[h->dim] = x[h->dim + HEAD_PLACES / 2] = 1; /* a token of its own */
    for (int step = 0; step < 60; step++) {
        float way[HEAD_DIM_MAX] = {0}, length = 1e-6F, step_by = person ? 0.5F : -0.5F;
        for (uint32_t k = 0; k < h->hidden; k++) {
            bool on = h->b1[k] + names_head_dot(h->w1 + k * width, x, width) > 0;
            for (uint32_t d = 0; on && d < h->dim; d++) way[d] += single[k] * h->w1[k * width + d];
        }
        for (uint32_t d = 0; d < h->dim; d++) length += way[d] * way[d];
        for (uint32_t d = 0; d < h->dim; d++) x[d] += step_by * way[d] / sqrtf(length);
    }
    names_head_add(h, x, row);
    assert_true(person ? row[3 * h->types] > 200 : row[3 * h->types] < -200);
    for (uint32_t d = 0; d < h->dim; d++) state[d] = h->mean[d] + x[d] / h->sharpness[d];
}

static bool holds(Str text, const char *word) {
    return str_find(text, str_from(word), 0) != SIZE_MAX;
}

/* How often a phrase was named. */
typedef struct Count {
    const char *phrase;
    size_t n;
} Count;

static Status count(void *user, Str phrase, ScanType type, Err *err) {
    Count *counted = user;
    counted->n += str_eq_c(phrase, counted->phrase);
    return OK;
}

static size_t named(GateLook *look, const char *text, const char *phrase) {
    Count counted = {phrase, 0};
    GateDeepSink sink = {.take = count, .user = &counted};
    assert_int_equal(gate_look_read(look, str_from(text), &sink, NULL), OK);
    return counted.n;
}

static void the_look_names_what_both_find(void **state) {
    static float said[HEAD_DIM_MAX], other[HEAD_DIM_MAX];
    const char *text = "Ask the Zorble about it.";
    NamesHead *head = NULL;
    GateLook *look = NULL;
    assert_int_equal(names_head_read(names_head_built_in(), &head, NULL), OK);
    assert_true(names_head_fits(head, model));
    walk(head, true, said);
    walk(head, false, other);
    Player player = {STR("Zorble"), said, other, false, 0, 0};
    NamesSense sense = {play, &player};
    assert_int_equal(gate_look_new(&sense, &look, NULL), OK);
    assert_int_equal(named(look, text, "Zorble"), 1);
    player.word = STR("Hides"); /* a word of every day, right behind a name */
    assert_int_equal(named(look, "Rebecca Hides has it.", "Rebecca Hides"), 1);
    player.word = STR("Nothing");
    assert_int_equal(named(look, "Ask the Zorble again.", "Zorble"), 0);
    player.word = STR("Will"); /* a phrase is found in every spelling */
    assert_int_equal(named(look, "Will says no.", "Will"), 1);
    assert_int_equal(named(look, "Will says it will rain.", "Will"), 0);
    player.word = STR("NHS"); /* an office is nobody */
    assert_int_equal(named(look, "Ask the NHS about it.", "NHS"), 0);
    GateDeepSink nobody = {0};
    assert_int_equal(gate_look_read(look, (Str){0}, &nobody, NULL), OK);
    player.word = STR("Zorble");
    player.asleep = true;
    assert_int_equal(named(look, "Ask no Zorble.", "Zorble"), 0);
    assert_false(gate_look_whole(look));
    player.asleep = false; /* it is not asked again */
    player.asked = 0;
    assert_int_equal(named(look, "Ask no Zorble.", "Zorble"), 0);
    assert_int_equal(player.asked, 0);
    gate_look_free(look);
    names_head_free(head);
}

static void make(const char *text, GateParcel **out) {
    GateMessage message = {.role = GATE_USER, .label = GATE_PERSONAL, .text = str_from(text)};
    GateRequest request = {.endpoint = "test", .dest = GATE_PUBLIC, .conversation = "look",
                           .why = "test", .messages = &message, .n_messages = 1};
    assert_int_equal(gate_parcel_make(gate, &request, out, NULL, NULL), OK);
}

/* An encoder that sees no name anywhere takes none away. */
static void a_parcel_is_looked_at_and_loses_nothing(void **state) {
    static float other[HEAD_DIM_MAX];
    NamesHead *head = NULL;
    GateLook *look = NULL;
    GateParcel *parcel = NULL;
    assert_int_equal(names_head_read(names_head_built_in(), &head, NULL), OK);
    walk(head, false, other);
    Player player = {STR(""), other, other, false, 0, 0};
    NamesSense sense = {play, &player};
    assert_int_equal(gate_look_new(&sense, &look, NULL), OK);
    gate_set_look(gate, look);
    for (int round = 0; round < 2; round++) {
        player.asked = 0;
        make("Jane Miller: the page is torn.\nRobert Brown has it.", &parcel);
        Str masked = gate_parcel_text(parcel, 0);
        assert_false(holds(masked, "Miller") || holds(masked, "Brown"));
        assert_true(holds(masked, ": the page is torn."));
        assert_int_equal(player.asked, round == 0 ? 1 : 0); /* both at once; not again */
        gate_parcel_free(parcel);
    }
    gate_set_look(gate, NULL);
    gate_look_free(look);
    names_head_free(head);
}

static Status note_spared(void *user, Str phrase, Err *err) {
    Count *counted = user;
    counted->n += str_eq_c(phrase, counted->phrase);
    return OK;
}

static Status nothing(void *user, Str phrase, ScanType type, Err *err) {
    return OK;
}

static size_t spared(GateLook *look, Str text, const char *phrase) {
    Count counted = {phrase, 0};
    GateDeepSink sink = {nothing, note_spared, &counted};
    assert_int_equal(gate_look_read(look, text, &sink, NULL), OK);
    return counted.n;
}

/* The tagger doubts "Will" and is sure of "Jane Miller". */
static void what_the_tagger_doubts_and_the_encoder_denies_is_spared(void **state) {
    static float said[HEAD_DIM_MAX], other[HEAD_DIM_MAX];
    NamesHead *head = NULL;
    GateLook *look = NULL;
    GateParcel *parcel = NULL;
    Buf longer;
    assert_int_equal(names_head_read(names_head_built_in(), &head, NULL), OK);
    walk(head, true, said);
    walk(head, false, other);
    Player player = {STR("Rosa"), said, other, false, 0, 0};
    NamesSense sense = {play, &player};
    assert_int_equal(gate_look_new(&sense, &look, NULL), OK);
    assert_int_equal(spared(look, STR("Will is late. Jane Miller is not."), "Will"), 1);
    assert_true(gate_look_whole(look));
    assert_int_equal(spared(look, STR("Will is late. Jane Miller is not."), "Jane Miller"), 0);
    gate_set_look(gate, look);
    make("Will is late. Jane Miller is not.", &parcel);
    assert_true(holds(gate_parcel_text(parcel, 0), "Will is late."));
    assert_false(holds(gate_parcel_text(parcel, 0), "Miller"));
    gate_parcel_free(parcel);
    player.word = STR("Will"); /* found by both in one sentence: hidden in all of them */
    make("It is Will again. Will is late.", &parcel);
    assert_false(holds(gate_parcel_text(parcel, 0), "Will"));
    gate_parcel_free(parcel);
    buf_init(&longer, 1 << 20); /* what was not looked at to its end spares nobody */
    buf_add_str(&longer, STR("Will is late.\n"));
    while (longer.n <= LOOK_BYTES_MAX) buf_add_str(&longer, STR("It is late, and it is dark.\n"));
    player.word = STR("Rosa");
    assert_int_equal(spared(look, buf_str(&longer), "Will"), 0);
    assert_false(gate_look_whole(look));
    make(longer.p, &parcel);
    assert_false(holds(gate_parcel_text(parcel, 0), "Will is late."));
    gate_parcel_free(parcel);
    gate_set_look(gate, NULL);
    gate_look_free(look);
    names_head_free(head);
    buf_fini(&longer);
}

static void a_policy_may_do_without(void **state) {
    char home[64];
    Gate *own = NULL;
    GateLook *look = NULL;
    GateParcel *parcel = NULL;
    Err err;
    Player player = {STR(""), NULL, NULL, true, 0, 0};
    NamesSense sense = {play, &player};
    Str text = STR("Jane Miller has it.");
    assert_int_equal(gate_look_new(&sense, &look, NULL), OK);
    gate_home_make(home);
    gate_home_write(home, "policy.toml", "[gate]\ncareful = false\n");
    assert_int_equal(gate_open(home, &own, &err), OK);
    gate_set_look(own, look);
    assert_int_equal(gate_talk_parcel(own, "p", GATE_PUBLIC, text, &parcel, NULL, &err), OK);
    assert_int_equal(player.asked, 0);
    assert_false(holds(gate_parcel_text(parcel, 0), "Miller"));
    gate_parcel_free(parcel);
    gate_close(own);
    gate_look_free(look);
    gate_home_clear(home);
}

/* ---- memory --------------------------------------------------------------------------------- */

static Status all_of_it(Buf *bytes, const NamesSense *sense) {
    NamesHead *head = NULL;
    Names *names = NULL;
    GateLook *look = NULL;
    Err err = {0};
    Status status = learn_head(bytes, &err);
    if (status == OK) status = names_head_read(buf_str(bytes), &head, &err);
    if (status == OK) status = names_new(model, &names, &err);
    if (status == OK) status = names_look(names, head, sense, &err);
    if (status == OK) status = gate_look_new(sense, &look, &err);
    gate_look_free(look);
    names_free(names);
    names_head_free(head);
    buf_fini(bytes);
    assert_true(status == OK || err.message[0]);
    return status;
}

static void memory_may_fail_anywhere(void **state) {
    Player player = {STR("zorble"), person_state, other_state, false, 0, 0};
    NamesSense sense = {play, &player};
    uint64_t live = mem_live_blocks();
    for (uint64_t nth = 1; nth < 60; nth++) {
        Buf bytes;
        mem_fail_at(nth);
        Status status = all_of_it(&bytes, &sense);
        mem_fail_at(0);
        assert_int_equal(mem_live_blocks(), live);
        if (status == OK) {
            assert_true(nth > 6);
            return;
        }
        assert_int_equal(status, E_NO_MEMORY);
    }
    fail();
}

/* ---- the encoder that ships ------------------------------------------------------------------ */

static void memory_fails_in_states(Embedder *embedder, Str text, float *out) {
    int64_t live = (int64_t)mem_live_blocks();
    for (uint64_t nth = 1; nth < 60; nth++) {
        mem_fail_at(nth);
        Status status = embedder_means(embedder, text, 7, out, NULL);
        mem_fail_at(0);
        assert_int_equal((int64_t)mem_live_blocks(), live);
        if (status == OK) {
            assert_true(nth > 2);
            return;
        }
        assert_int_equal(status, E_NO_MEMORY);
    }
    fail();
}

/* Means after some layers are those of the states, one behind the other. */
static void means_follow_each_other(Embedder *embedder, Str text) {
    const EmbedPlace all = {0, (uint32_t)text.n};
    EmbedText one = {text, &all, 1};
    size_t dim = (size_t)embedder_dim(embedder);
    float *means = mem_alloc_n(3 * dim, sizeof *means);
    uint32_t token;
    assert_non_null(means);
    assert_int_equal(embedder_means(embedder, text, 1u << 3 | 1u << 5, means, NULL), OK);
    for (int layers = 4, i = 0; layers <= 6; layers += 2, i++) {
        EmbedAsk ask = {&one, 1, 1u << (layers - 1)};
        assert_int_equal(embedder_states(embedder, &ask, means + 2 * dim, &token, NULL), OK);
        assert_memory_equal(means + 2 * dim, means + (size_t)i * dim, dim * sizeof *means);
    }
    assert_int_equal(embedder_means(embedder, text, 1u << 31, means, NULL), E_UNSUPPORTED);
    assert_int_equal(embedder_means(embedder, text, 0, means, NULL), E_UNSUPPORTED);
    memory_fails_in_states(embedder, text, means);
    mem_free(means);
}

static void states_in_context_belong_to_their_places(void **state) {
    const char *models = getenv("HEARTH_TEST_MODELS");
    char path[512];
    Embedder *embedder = NULL;
    Err err;
    if (!models) skip();
    (void)snprintf(path, sizeof path, "%s/multilingual-e5-small.gguf", models);
    EmbedderOptions options = {.path = path, .threads = 1};
    if (embedder_open(&options, &embedder, &err) != OK) skip();
    const Str text = STR("张三 likes ½ of the mountains, 张三 does.");
    /* 张 三 likes mountains 张, and what is behind the text */
    const EmbedPlace places[] = {{0, 3}, {3, 6}, {7, 12}, {23, 32}, {34, 37}, {46, 47}};
    enum { N = ARRAY_LEN(places) };
    size_t dim = (size_t)embedder_dim(embedder);
    float *out = mem_alloc_n(N * dim, sizeof *out);
    uint32_t token[N];
    EmbedText texts[] = {{STR("One before."), places, 1}, {text, places, N}};
    EmbedAsk ask = {texts + 1, 1, 1u << 5}, both = {texts, 2, 1u << 5};
    assert_non_null(out);
    assert_int_equal(embedder_states(embedder, &ask, out, token, &err), OK);
    float *again = mem_alloc_n((N + 1) * dim, sizeof *again);
    uint32_t other[N + 1];
    assert_non_null(again); /* in company: the same */
    assert_int_equal(embedder_states(embedder, &both, again, other, &err), OK);
    assert_memory_equal(other + 1, token, sizeof token);
    assert_memory_equal(again + dim, out, N * dim * sizeof *out);
    mem_free(again);
    for (size_t i = 0; i + 2 < N; i++) assert_true(token[i + 1] >= token[i]);
    assert_true(token[2] > token[1] && token[3] > token[2] && token[4] > token[3]);
    assert_int_equal(token[N - 1], EMBED_NO_TOKEN);
    for (size_t d = 0; d < dim; d++) assert_true(out[(N - 1) * dim + d] == 0);
    double apart = 0; /* the same sign elsewhere is near, but not the same */
    for (size_t d = 0; d < dim; d++) apart += fabs((double)out[d] - (double)out[4 * dim + d]);
    assert_true(apart > 1e-3);
    means_follow_each_other(embedder, text);
    ask.layers = 1u << 12;
    assert_int_equal(embedder_states(embedder, &ask, out, token, &err), E_UNSUPPORTED);
    mem_free(out);
    embedder_close(embedder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_says_what_it_learned),
        cmocka_unit_test(a_tagger_may_lean_further),
        cmocka_unit_test(a_short_line_is_leant_to_less),
        cmocka_unit_test(a_script_that_was_not_learned_is_the_encoders),
        cmocka_unit_test(an_encoder_that_sleeps_changes_nothing),
        cmocka_unit_test(a_sentence_is_asked_about_once),
        cmocka_unit_test(a_damaged_head_is_refused),
        cmocka_unit_test(a_heads_fields_have_ranges),
        cmocka_unit_test(the_look_names_what_both_find),
        cmocka_unit_test(a_parcel_is_looked_at_and_loses_nothing),
        cmocka_unit_test(what_the_tagger_doubts_and_the_encoder_denies_is_spared),
        cmocka_unit_test(a_policy_may_do_without),
        cmocka_unit_test(memory_may_fail_anywhere),
        cmocka_unit_test(states_in_context_belong_to_their_places),
    };
    return cmocka_run_group_tests(tests, open_gate, close_gate);
}
