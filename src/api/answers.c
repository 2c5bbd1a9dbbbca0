/*
 * Conversations over the documents.
 *
 * One Turn per question; several questions in one (turn/parts.h) are asked one after the other,
 * each in a Turn of its own, as if the user had done so, and handed out as one answer (joint.c).
 * A question whose answer needs another one's is asked in steps (chain.c).
 * Only this device is asked so: a large model elsewhere needs no help, and one parcel is less than
 * two.
 *
 * A turn's outcome is copied into the public structs of include/hearth.h, which live in the turn's
 * own arena: the answer that hearth_chat_ask hands out is valid until the next question or the end
 * of the conversation, and nobody frees its parts.
 *
 * Two arenas, two lifetimes:
 *
 *     turn.arena       everything of the answer at hand      until the next question
 *     history_arena    question, answer, paths of sources    until hearth_chat_forget or _free
 *
 * A conversation keeps more than words: the strictest label that it has touched, since what comes
 * may hold words of earlier passages, and who answered last, since moving on costs (route/route.c).
 * Both are kept also of a turn that failed, for its passages may have been shown.
 *
 * The history (what was asked, what was answered) has an arena of its own with a ceiling; a turn
 * that failed or was stopped leaves no trace in it.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/chain.h"
#include "api/joint.h"
#include "turn/say.h"
#include "turn/turn.h"

enum { HISTORY_ARENA_MAX = 16 << 20, STEPS_ARENA_MAX = 64 << 20, HISTORY_MAX = 4096 };

struct hearth_chat {
    hearth *h;
    Turn turns[CHAIN_MAX]; /* of the last question's parts or steps; [n_turns] are open */
    size_t n_turns;
    hearth_answer answer; /* what the caller was handed; its strings live in the turns' arenas */
    char name[GATE_DRAWN_NAME]; /* of the conversation */
    RouteLabel label;               /* the strictest so far */
    char last_cloud[GATE_NAME_MAX]; /* who answered last; "": this device */
    Arena steps_arena;              /* texts of a question's steps; reset by the next question */
    Arena history_arena;
    TurnExchange *history; /* [n_history], the oldest first; the texts live in history_arena */
    size_t n_history, cap_history;
};

/* Who hears a turn, for the time of one hearth_chat_ask: it lies on that call's stack. */
typedef struct Listener {
    const hearth_ask_options *options;
    Arena *arena;
    Joint *joint;
    bool apart; /* what was shown does not stand: a blank line comes before the next words */
} Listener;

_Static_assert((int)PARTS_MAX <= (int)CHAIN_MAX, "a chat has turns for either");
_Static_assert(offsetof(hearth_ask_options, size) == 0, "api_options reads it there");

/* 8 passages and 256 tokens: what `hearth ask` has, too (src/cli/table.c says the first). */
void hearth_ask_options_default(hearth_ask_options *options) {
    memset(options, 0, sizeof *options);
    options->size = sizeof *options;
    options->k = 8;
    options->max_tokens = 256;
}

/* No turn yet: the first question begins one. */
hearth_status hearth_chat_new(hearth *h, hearth_chat **out, hearth_error *err) {
    Err why;
    hearth_chat *chat = mem_zalloc(sizeof *chat);
    if (!chat) return api_fail(err_no_memory(&why, "a conversation"), &why, err);
    chat->h = h;
    arena_init(&chat->history_arena, HISTORY_ARENA_MAX);
    arena_init(&chat->steps_arena, STEPS_ARENA_MAX);
    gate_conversation_draw(chat->name);
    *out = chat;
    return HEARTH_OK;
}

/* From here on the answer that was handed out is worth nothing. */
static void close_turns(hearth_chat *chat) {
    assert(chat->n_turns <= CHAIN_MAX);
    while (chat->n_turns) turn_fini(&chat->turns[--chat->n_turns]);
    arena_reset(&chat->steps_arena);
}

void hearth_chat_free(hearth_chat *chat) {
    if (!chat) return;
    close_turns(chat);
    arena_fini(&chat->history_arena);
    arena_fini(&chat->steps_arena);
    mem_free(chat->history);
    mem_free(chat);
}

/* A new name, too: surrogates of what comes cannot be linked with those of what was. */
void hearth_chat_forget(hearth_chat *chat) {
    chat->n_history = 0;
    chat->label = ROUTE_OPEN;
    chat->last_cloud[0] = 0;
    gate_conversation_draw(chat->name);
    arena_reset(&chat->history_arena);
}

/* A view as a text with a NUL; NULL: the arena is full. */
static const char *c_dup(Arena *arena, Str s) {
    return arena_dup(arena, s.p, s.n);
}

/* Texts of hits are views without a NUL, which the outside expects; titles have one already. */
hearth_passage api_passage(const SearchHit *hit, size_t from, Arena *arena) {
    assert(from <= hit->text.n);
    uint64_t start = hit->start + from;
    size_t n = hit->text.n - from; /* what the caller may read, whatever hit->end says */
    return (hearth_passage){.path = c_dup(arena, hit->path),
                            .title = hit->title && *hit->title ? hit->title : NULL,
                            .page = hit->page, .line = search_hit_line(hit, start),
                            .start = (size_t)start, .end = (size_t)start + n,
                            .score = (double)hit->score,
                            .text = c_dup(arena, str_sub(hit->text, from, hit->text.n))};
}

/* A full arena is no reason to fail here: the turn itself will. */
static void hear_best(void *user, const SearchHit *hit, size_t from) {
    Listener *listener = user;
    hearth_passage passage = api_passage(hit, from, listener->arena);
    if (passage.path && passage.text) {
        listener->options->on_best(listener->options->user, &passage);
    }
}

/* Only hung into the turn where the caller gave a callback (listen), as the next one is. */
static void hear_text(void *user, Str piece) {
    Listener *listener = user;
    const hearth_ask_options *o = listener->options;
    Str between = joint_between(listener->joint, piece.n);
    if (between.n) o->on_text(o->user, between.p, between.n);
    if (listener->apart) o->on_text(o->user, JOINT_GAP, strlen(JOINT_GAP));
    listener->apart = false;
    o->on_text(o->user, piece.p, piece.n);
}

/* Where the caller takes nothing back, what follows stands apart from it. */
static void hear_back(void *user) {
    Listener *listener = user;
    const hearth_ask_options *o = listener->options;
    if (o->on_back) o->on_back(o->user, joint_take_back(listener->joint));
    else listener->apart = o->on_text != NULL;
}

static void hear_mark(void *user, int n) {
    Listener *listener = user;
    int before = (int)listener->joint->n_citations;
    listener->options->on_mark(listener->options->user, n ? n + before : 0);
}

/* Three read on behalf of a question: this device for an endpoint, the gate (deep), the model. */
static void tell_reading(void *user, const char *unit, size_t done, size_t total) {
    Listener *listener = user;
    hearth_progress at = {.stage = "read", .unit = unit, .done = done, .total = total,
                          .eta_s = -1};
    assert(done <= total);
    listener->options->on_reading(listener->options->user, &at);
}

static void hear_reading(void *user, size_t done, size_t total) {
    tell_reading(user, "passages", done, total);
}

static void hear_prefill(void *user, size_t done, size_t total) {
    tell_reading(user, "tokens", done, total);
}

static void hear_deep(void *user, size_t done, size_t total) {
    tell_reading(user, "bytes", done, total);
}

/* What cannot be shown whole cannot be agreed to. */
static bool hear_parting(void *user, const TurnParting *from) {
    Listener *listener = user;
    hearth_parting parting = {.endpoint = from->endpoint->name, .host = from->host,
                              .model = from->endpoint->model,
                              .preview = c_dup(listener->arena, from->preview)};
    if (from->warning.n) parting.warning = c_dup(listener->arena, from->warning);
    bool shown = parting.preview && (parting.warning || !from->warning.n);
    return shown && listener->options->on_parting(listener->options->user, &parting);
}

/* Citations are numbered from 1 in the order in which they were made, as sentences name them. */
static Status copy_citations(const Turn *turn, Arena *arena, hearth_answer *out, Err *err) {
    hearth_citation *items = arena_alloc_n(arena, turn->n_citations + 1, sizeof *items);
    if (!items) return err_no_memory(err, "the answer");
    for (size_t i = 0; i < turn->n_citations; i++) {
        const TurnCitation *from = &turn->citations[i];
        assert(from->hit < turn->found.n);
        const SearchHit *hit = &turn->found.hits[from->hit];
        items[i] = (hearth_citation){.n = (int)i + 1, .path = c_dup(arena, hit->path),
                                     .title = hit->title && *hit->title ? hit->title : NULL,
                                     .page = hit->page, .line = search_hit_line(hit, from->start),
                                     .start = from->start, .end = from->end,
                                     .quote = c_dup(arena, from->quote), .score = from->score};
        if (!items[i].path || !items[i].quote) return err_no_memory(err, "the answer");
    }
    out->citations = items;
    out->n_citations = turn->n_citations;
    return OK;
}

/* A sentence has one citation or none; the outside has a list, for more of them one day. */
static Status copy_sentences(const Turn *turn, Arena *arena, hearth_answer *out, Err *err) {
    hearth_sentence *items = arena_alloc_n(arena, turn->n_sentences + 1, sizeof *items);
    int *numbers = arena_alloc_n(arena, turn->n_sentences + 1, sizeof *numbers);
    if (!items || !numbers) return err_no_memory(err, "the answer");
    for (size_t i = 0; i < turn->n_sentences; i++) {
        const TurnSentence *from = &turn->sentences[i];
        assert(from->citation < (int)turn->n_citations);
        numbers[i] = from->citation + 1;
        items[i] = (hearth_sentence){c_dup(arena, from->text), &numbers[i], from->citation >= 0};
        if (!items[i].text) return err_no_memory(err, "the answer");
    }
    out->sentences = items;
    out->n_sentences = turn->n_sentences;
    return OK;
}

/* Where the turn decided, and nowhere else: NULL says that nothing was decided. */
static Status copy_route(const Turn *turn, Arena *arena, hearth_answer *out, Err *err) {
    hearth_routing *routing = arena_alloc_n(arena, 1, sizeof *routing);
    if (!routing) return err_no_memory(err, "the answer");
    api_routing(turn, routing);
    out->routing = routing;
    return OK;
}

/* What earlier rounds cost is added to the cost of the answer. */
static Status copy_rounds(const Turn *turn, Arena *arena, hearth_answer *out, Err *err) {
    assert(turn->delegation.n <= TURN_ROUNDS_MAX);
    hearth_round *rounds = arena_alloc_n(arena, TURN_ROUNDS_MAX, sizeof *rounds);
    if (!rounds) return err_no_memory(err, "the answer");
    for (size_t i = 0; i < turn->delegation.n; i++) {
        const TurnRound *r = &turn->delegation.rounds[i];
        rounds[i] = (hearth_round){.entry = r->entry, .bytes = r->bytes, .tokens = r->tokens,
                                   .tokens_in = r->usage.tokens_in,
                                   .tokens_out = r->usage.tokens_out, .jobs = r->jobs,
                                   .readings = r->readings, .unread = r->unread,
                                   .extracts = r->extracts};
        bool last = i + 1 == turn->delegation.n; /* it gave the answer, whose cost is counted */
        if (!last) out->cost += r->usage.cost;
    }
    out->rounds = rounds;
    out->n_rounds = turn->delegation.n;
    out->whole_tokens = turn->delegation.whole_tokens;
    return OK;
}

/* Names and reasons are static texts of the guards, so only the array is made anew. */
static Status copy_findings(const Turn *turn, Arena *arena, hearth_answer *out, Err *err) {
    assert(turn->n_findings <= TURN_FINDINGS_MAX);
    hearth_finding *items = arena_alloc_n(arena, turn->n_findings + 1, sizeof *items);
    if (!items) return err_no_memory(err, "the answer");
    for (size_t i = 0; i < turn->n_findings; i++) {
        const TurnFinding *from = &turn->findings[i];
        items[i] = (hearth_finding){guard_place_name(from->place), from->kind,
                                    guard_act_name(from->act), from->reason, from->score};
    }
    out->findings = items;
    out->n_findings = turn->n_findings;
    return OK;
}

/* All of it into the turn's arena. The endpoint is named only where its words are the answer, but
   the ledger's entry also where they are not: something left. */
static Status copy_answer(Turn *turn, hearth_answer *out, Err *err) {
    Arena *arena = &turn->arena;
    const TurnTimings *t = &turn->timings;
    *out = (hearth_answer){
        .answer = c_dup(arena, turn->answer), .found = turn->answered, .model = turn->model,
        .notice = turn->notice.n ? turn->notice.p : NULL, .certainty = decide_certainty(turn),
        .language = turn_language_code(turn), .counted = turn->counted,
        .timings = {.sweep_ms = t->sweep_ms, .search_ms = t->search_ms, .load_ms = t->load_ms,
                    .prefill_ms = t->prefill_ms, .first_word_ms = t->first_word_ms,
                    .decode_ms = t->decode_ms, .total_ms = t->total_ms,
                    .prompt_tokens = (uint32_t)t->prompt_tokens,
                    .completion_tokens = (uint32_t)t->completion_tokens,
                    .drafted = (uint32_t)t->drafted, .accepted = (uint32_t)t->accepted}};
    if (!out->answer) return err_no_memory(err, "the answer");
    if (turn->parcel) {
        out->endpoint = turn->consulted ? turn->endpoint.name : NULL;
        out->entry = turn->consultation.entry;
        out->masked = turn->report.masked;
        out->cost = turn->consultation.usage.cost;
    }
    if (turn->routed) TRY(copy_route(turn, arena, out, err));
    if (turn->delegation.n) TRY(copy_rounds(turn, arena, out, err));
    TRY(copy_findings(turn, arena, out, err));
    TRY(copy_citations(turn, arena, out, err));
    return copy_sentences(turn, arena, out, err);
}

/* Makes *text a copy in the arena; false: it is full. */
static bool keep(Arena *arena, Str *text) {
    text->p = arena_dup(arena, text->p, text->n);
    return text->p != NULL;
}

/* Words of a conversation that is full: what to do about it. */
static Status refuse_long(Err *err) {
    (void)err_set(err, E_LIMIT, "the conversation is longer than %d questions or %d MiB",
                  HISTORY_MAX, HISTORY_ARENA_MAX >> 20);
    return err_hint(err, "begin a new one: /new in `hearth chat`, hearth_chat_forget in a program");
}

/* What was asked, what was answered, and from which documents: their labels hold for it, too. */
static Status remember(hearth_chat *chat, Str question, Turn *turn, Str answer, Err *err) {
    enum { PADDING = 64 }; /* of a block */
    Str *sources = NULL;
    size_t n = 0, bytes = question.n + answer.n + 3 * PADDING;
    if (chat->n_history == HISTORY_MAX) return refuse_long(err);
    TRY(mem_grow((void **)&chat->history, &chat->cap_history, chat->n_history + 1,
                 sizeof *chat->history, HISTORY_MAX, err));
    assert(chat->n_turns && chat->n_history < chat->cap_history);
    TRY(turn_sources(turn, &sources, &n, err));
    for (size_t i = 0; i < n; i++) bytes += sizeof *sources + sources[i].n + PADDING;
    Arena *arena = &chat->history_arena;
    if (bytes > arena->max_bytes - arena->used_bytes) return refuse_long(err);
    Str *kept = arena_alloc_n(arena, n + 1, sizeof *kept);
    bool whole = kept && keep(arena, &question) && keep(arena, &answer);
    for (size_t i = 0; whole && i < n; i++) {
        kept[i] = sources[i];
        whole = keep(arena, &kept[i]);
    }
    if (!whole) return err_no_memory(err, "the conversation");
    chat->history[chat->n_history++] = (TurnExchange){question, answer, kept, n, turn->here};
    return OK;
}

/* What the caller asks for, into the turn. */
static Status read_options(Turn *turn, const hearth_ask_options *o, Err *err) {
    if (o->route && !route_mode_from_name(str_from(o->route), &turn->mode)) {
        (void)err_set(err, E_USAGE, "there is no way to route named \"%s\"", o->route);
        return err_hint(err, "choose one of local, ask, auto, cloud-first");
    }
    if (o->delegate && !o->cloud && turn->mode == ROUTE_MODE_LOCAL) {
        (void)err_set(err, E_USAGE, "nobody is named to whom the question may be delegated");
        return err_hint(err, "name an endpoint (--cloud NAME) or a way to route (--routing)");
    }
    if (o->conversation) TRY(gate_conversation_check(o->conversation, err));
    turn->k = o->k;
    turn->max_tokens = o->max_tokens;
    turn->sampler.temperature = (float)o->temperature;
    turn->sampler.seed = (uint64_t)o->seed;
    turn->cloud = o->cloud;
    turn->least_certainty = o->least_certainty;
    turn->delegate = o->delegate;
    turn->attach = o->attach;
    turn->conversation = o->conversation;
    return OK;
}

/* What the conversation knows already. */
static void read_chat(const hearth_chat *chat, Turn *turn) {
    turn->history = chat->history;
    turn->n_history = chat->n_history;
    turn->label = chat->label;
    turn->last_cloud = chat->last_cloud[0] ? chat->last_cloud : NULL;
    if (!turn->conversation) turn->conversation = chat->name;
}

/* A callback that the caller left out stays NULL in the turn, too, which then does no work for it.
   */
static void listen(Turn *turn, Listener *listener) {
    const hearth_ask_options *o = listener->options;
    turn->agree = o->on_parting ? hear_parting : NULL;
    turn->agree_user = listener;
    turn->sink = (TurnSink){.best = o->on_best ? hear_best : NULL,
                            .text = o->on_text ? hear_text : NULL,
                            .mark = o->on_mark ? hear_mark : NULL,
                            .back = hear_back,
                            .reading = o->on_reading ? hear_reading : NULL,
                            .prefill = o->on_reading ? hear_prefill : NULL, .user = listener};
    turn->rig->deep_progress = o->on_reading ? hear_deep : NULL;
    turn->rig->deep_user = listener;
}

/* An exchange goes into the history last: whatever failed before leaves none. */
static Status ask(hearth_chat *chat, Turn *turn, const hearth_ask_options *o, hearth_answer *out,
                  Err *err) {
    Str kept;
    Status status = turn_run(turn, err);
    Turn *said = turn_answering(turn); /* its question may be a translation */
    turn->rig->deep_progress = NULL;
    if (status == OK) status = copy_answer(said, out, err);
    if (status == OK) out->language = turn_language_code(turn);
    if (status == OK) status = api_aigc(said, o->aigc_producer, &said->arena, out, err);
    if (status == OK) status = guard_history(said, &kept, err);
    if (status == OK && !turn->talked) status = remember(chat, turn->question, said, kept, err);
    chat->label = turn->label;
    (void)snprintf(chat->last_cloud, sizeof chat->last_cloud, "%s",
                   turn->consulted ? turn->endpoint.name : "");
    return status;
}

/* The best passage of the first alone is shown: the next ones' would stand in the middle of the
   answer. `listener` ends with this call, so the turn must not be run again. */
static Status ask_part(hearth_chat *chat, Turn *turn, const hearth_ask_options *o, Joint *joint,
                       hearth_answer *out, Err *err) {
    Listener listener = {o, &turn->arena, joint, false};
    TRY(read_options(turn, o, err));
    read_chat(chat, turn);
    listen(turn, &listener);
    if (joint->n_asked) turn->sink.best = NULL;
    return ask(chat, turn, o, out, err);
}

/* The next turn, for a part; of several each gets the question mark that it may have lost. */
static Status open_turn(hearth_chat *chat, Str part, bool several, Turn **out, Err *err) {
    assert(chat->n_turns < CHAIN_MAX); /* parts_split and chain_ask keep below it */
    Turn *turn = *out = &chat->turns[chat->n_turns++];
    turn_init(turn, chat->h->rig);
    turn->question = part;
    return several ? parts_end(&turn->arena, part, &turn->question, err) : OK;
}

/* Each part is remembered as a question of its own; when one fails all of them are forgotten. */
static Status ask_parts(hearth_chat *chat, const Str *parts, size_t n,
                        const hearth_ask_options *o, Err *err) {
    hearth_answer answers[PARTS_MAX];
    Str asked[PARTS_MAX];
    Turn *turn;
    Joint joint;
    size_t before = chat->n_history;
    Status status = OK;
    assert(n >= 1 && n <= PARTS_MAX);
    joint_init(&joint);
    for (size_t i = 0; i < n && status == OK; i++) {
        status = open_turn(chat, parts[i], n > 1, &turn, err);
        asked[i] = turn->question;
        if (status == OK) status = ask_part(chat, turn, o, &joint, &answers[i], err);
        if (status == OK) status = joint_add(&joint, asked[i], &answers[i], err);
    }
    if (status == OK) {
        Arena *arena = &chat->turns[0].arena;
        status = joint_end(&joint, asked, answers, o, arena, &chat->answer, err);
    }
    if (status != OK) chat->n_history = before;
    joint_fini(&joint);
    return status;
}

/* What a chain's steps are asked with: it lies on the stack of ask_in_steps. */
typedef struct Steps {
    hearth_chat *chat;
    const hearth_ask_options *options;
    Joint joint;
    size_t before; /* exchanges of the conversation, without those of the steps */
} Steps;

/* A step stands alone and is not heard; the question itself is asked as ever, and steps that led
   nowhere are forgotten. */
static Status ask_step(void *user, Str question, ChainHow how, hearth_answer *out, Err *err) {
    Steps *steps = user;
    hearth_chat *chat = steps->chat;
    Turn *turn;
    if (how != CHAIN_STEP) chat->n_history = steps->before;
    TRY(open_turn(chat, question, false, &turn, err));
    if (how == CHAIN_ALOUD) return ask_part(chat, turn, steps->options, &steps->joint, out, err);
    TRY(read_options(turn, steps->options, err));
    read_chat(chat, turn);
    if (how == CHAIN_STEP) turn->n_history = 0;
    return ask(chat, turn, steps->options, out, err);
}

/* What a conversation remembers are the steps that were answered: "and when did he die?" leans on
   the one that names him. */
static Status ask_in_steps(hearth_chat *chat, Str question, const hearth_ask_options *o,
                           Err *err) {
    Arena *arena = &chat->steps_arena;
    Steps steps = {.chat = chat, .options = o, .before = chat->n_history};
    Chain chain = {.ask = ask_step, .user = &steps, .arena = arena, .options = o};
    joint_init(&steps.joint);
    Status status = chain_ask(&chain, question, &chat->answer, err);
    joint_fini(&steps.joint);
    if (status != OK) chat->n_history = steps.before;
    bool refused = status == OK && !chat->answer.found && chat->n_history > steps.before;
    if (refused && chain.n_turns > 1) { /* by the chain, perhaps, and not by its turn */
        chat->history[chat->n_history - 1].answer = str_from(say_words(SAY_NONE, TURN_ENGLISH));
    }
    return status;
}

/* Does this device answer, whatever the question is? */
static bool stays_here(const hearth_ask_options *o) {
    RouteMode mode = ROUTE_MODE_LOCAL;
    bool known = !o->route || route_mode_from_name(str_from(o->route), &mode);
    return known && mode == ROUTE_MODE_LOCAL && !o->cloud && !o->delegate;
}

/* The last turns are closed before anything can fail: what was handed out of them is gone from here
   on, as the header says. The new ones stay open, their arenas hold the answer. */
hearth_status hearth_chat_ask(hearth_chat *chat, const char *question,
                              const hearth_ask_options *options, const hearth_answer **out,
                              hearth_error *err) {
    Err why;
    hearth_ask_options own;
    Str parts[PARTS_MAX] = {str_from(question)};
    hearth_ask_options_default(&own);
    API_TRY(api_options(&own, sizeof own, options, &why), &why, err);
    close_turns(chat);
    bool here = stays_here(&own);
    size_t n = here ? parts_split(str_from(question), parts) : 1;
    API_TRY(here && n == 1 && !own.attach ? ask_in_steps(chat, parts[0], &own, &why)
                                          : ask_parts(chat, parts, n, &own, &why),
            &why, err);
    *out = &chat->answer;
    return HEARTH_OK;
}
