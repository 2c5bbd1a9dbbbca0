/*
 * Prompt: the words that a small model is given, and what it may answer.
 *
 * The model is told, in English, German or Chinese as the question is, to use the passages only
 * and their words, to write one short sentence, and to say NOT FOUND otherwise. It is not asked to
 * cite: a small model that is told to write [n] writes only that (doc/decisions/0001). Hearth finds
 * the support itself.
 *
 * Summaries, lists, drafts and translations (work.h) have instructions of their own, and read more.
 *
 * Passages go in from the best down while they are nearly as good as the best one (CLEAR_CUT of its
 * score) and the prompt stays within TURN_PROMPT_TOKENS; the best one always goes in. Where recall
 * is sure the model reads one passage and not five: that is faster, and fewer things are mixed up.
 * Above each passage stands its file's name and its title, for a passage seldom says whose contract
 * it is of.
 * The question comes last, so that everything before it can be reused by the next
 * question on the same passages. The conversation's history is part of the prompt as it was said
 * where the question leans on it, or another machine's model reads it: the small one answers a
 * question that stands alone, or corrects the one before, with what it said before of something
 * alike. What the documents did not answer is left out, for it says that again behind any question;
 * when the history no longer fits the window the turn is refused with the numbers.
 *
 * What the model sees, with the oldest first so that a second question shares the beginning:
 *
 *     system      the instructions, in the question's language
 *     user        history, where the question leans on it: question and answer, as they were said
 *     assistant
 *     user        "Passages:", each below its document's name; "Asked before: ..."; "Question: ..."
 *
 * For the model on this device the text is rendered by its own chat template; what came from
 * documents and users is marked by the template room and cannot spell control tokens. For another
 * machine the same messages go to the gate, each with its label: instructions are ours and open,
 * everything else is personal.
 */
#include "turn/prompt.h"

#include <assert.h>

#include "base/clock.h"
#include "base/han.h"
#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "turn/say.h"
#include "turn/turn.h"

enum {
    CONTEXT_MAX = 64 << 20, /* bytes of a conversation as JSON, and of its rendering */
    REFUSAL_MAX = 64,       /* bytes of an answer that say whether it is none */
    FRAME_TOKENS = 120,     /* about: instructions and what the chat template adds */
    MATERIAL_TOKENS = 1600, /* of the prompt of a draft, or of a summary of several documents */
    PLACE_TOKENS = 24       /* about: a file's name and title above a passage */
};

static const float CLEAR_CUT = 0.6F; /* of the best passage's score */

/* One set of words a language: what the model is told, and how it says that there is no answer. */
typedef struct Wording {
    const char *instructions[WORK_KINDS], *translates;
    const char *passages, *topic, *question[WORK_KINDS], *refusal;
    const char *style[INSTEAD_STYLES];
} Wording;

static const Wording english = {
    .instructions =
        {"You answer questions about the user's documents. Use only what the passages say. Answer "
         "with one complete sentence in the passages' own words. If the passages do not contain "
         "the answer, reply only: NOT FOUND",
         "You summarise the user's documents. Write three to six complete sentences, each with one "
         "of the most important facts, in the passages' own words, with its names, dates and "
         "amounts. Use only what the passages say.",
         "You write texts in the user's name. Write the text that is asked for, ready to be sent, "
         "and nothing else. Take facts, names, dates and amounts only from the passages.",
         "You make lists from the user's documents. Write one line for each thing that is asked "
         "for, in the passages' own words, with its names, dates and amounts, and nothing else."},
    .translates = "You translate for the user. Write the translation of the whole text into the "
                  "language that is asked for, and nothing else.",
    .passages = "Passages:\n\n",
    .topic = "Asked before: ",
    .question = {"Question: ", "Task: ", "Task: ", "Task: "},
    .style = {"", " (in two sentences)", " (one line with \"- \" for each fact)"},
    .refusal = "NOT FOUND"};

static const Wording chinese = {
    .instructions =
        {"你根据用户的文档回答问题。只根据给出的段落，用原文中说明答案的完整语句回答，"
         "不要改写，不要省略。如果段落中没有答案，只回答：未找到",
         "你为用户总结文档。写三到六个完整的句子，每句一个最重要的事实，用原文的说法，"
         "写出其中的人名、日期和金额。只根据给出的段落。",
         "你以用户的名义撰写文字。只写所要求的文字本身，写好即可发送。"
         "事实、人名、日期和金额只能来自给出的段落。",
         "你根据用户的文档列清单。所要求的每一项写一行，用原文的说法，写出人名、日期和金额，"
         "不写别的。"},
    .translates = "你为用户翻译。把全文翻译成所要求的语言，不写别的。",
    .passages = "段落：\n\n",
    .topic = "前面的问题：",
    .question = {"问题：", "任务：", "任务：", "任务："},
    .style = {"", "（只写两句话）", "（每个事实一行，以“- ”开头）"},
    .refusal = "未找到"};

static const Wording german = {
    .instructions =
        {"Du beantwortest Fragen zu den Dokumenten des Nutzers. Verwende nur, was die Abschnitte "
         "sagen. Antworte auf Deutsch mit einem vollständigen Satz in den Worten der Abschnitte. "
         "Wenn die Abschnitte die Antwort nicht enthalten, antworte nur: NICHT GEFUNDEN",
         "Du fasst Dokumente des Nutzers zusammen. Schreibe auf Deutsch drei bis sechs "
         "vollständige Sätze, jeder mit einer der wichtigsten Tatsachen, in den Worten der "
         "Abschnitte, mit ihren Namen, Daten und Beträgen. Verwende nur, was die Abschnitte sagen.",
         "Du schreibst Texte im Namen des Nutzers. Schreibe auf Deutsch genau den verlangten Text, "
         "fertig zum Absenden, und sonst nichts. Tatsachen, Namen, Daten und Beträge nimmst du "
         "nur aus den Abschnitten.",
         "Du machst Listen aus den Dokumenten des Nutzers. Schreibe auf Deutsch für jedes, wonach "
         "gefragt ist, eine Zeile in den Worten der Abschnitte, mit Namen, Daten und Beträgen, und "
         "sonst nichts."},
    .translates = "Du übersetzt für den Nutzer. Schreibe die Übersetzung des ganzen Textes in die "
                  "verlangte Sprache, und sonst nichts.",
    .passages = "Abschnitte:\n\n",
    .topic = "Vorher gefragt: ",
    .question = {"Frage: ", "Aufgabe: ", "Aufgabe: ", "Aufgabe: "},
    .style = {"", " (in zwei Sätzen)", " (je Tatsache eine Zeile mit \"- \")"},
    .refusal = "NICHT GEFUNDEN"};

/* Other openings by which small models say the same. Upper case, as starts_with wants them. */
static const char *const refusals[] = {
    "THE PASSAGES DO NOT", "THE PASSAGE DOES NOT", "THERE IS NO INFORMATION",
    "DIE ABSCHNITTE ENTHALTEN", "文档中没有", "段落中没有", "没有找到", "未提及"};

/* In any case of ASCII letters; `words` are in capitals. */
static bool starts_with(Str text, const char *words) {
    size_t n = strlen(words);
    if (text.n < n) return false;
    for (size_t i = 0; i < n; i++) {
        if (plain_upper(text.p[i]) != words[i]) return false;
    }
    return true;
}

bool prompt_is_refusal(Str text) {
    static const char *const marks[] = {"\"", "*", "“", "「", NULL};
    char plain[REFUSAL_MAX];
    text = han_fold_into(utf8_cut(str_trim(text), sizeof plain), plain, sizeof plain);
    for (int i = 0; i < 2; i++) { /* "**NOT FOUND**" as well as "“未找到”" */
        size_t n = list_starts(text, marks) ? (unsigned char)text.p[0] < 0x80 ? 1 : 3 : 0;
        text = str_sub(text, n, text.n);
    }
    if (starts_with(text, english.refusal) || starts_with(text, german.refusal) ||
        starts_with(text, chinese.refusal)) {
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        if (starts_with(text, refusals[i])) return true;
    }
    return false;
}

/* In capitals, which no document's own "not found" has in the middle of a sentence. */
bool prompt_ends_refusing(Str text) {
    const char *const words[] = {english.refusal, german.refusal, chinese.refusal, NULL};
    return list_ends(str_cut_end(str_trim(text), ".\"*"), words);
}

/* By the language of the question, not of the passages. */
static const Wording *wording_of(const Turn *turn) {
    return turn->chinese ? &chinese : turn->german ? &german : &english;
}

Status prompt_count(const Vocab *vocab, Str text, size_t *n, Err *err) {
    TokenList list;
    token_list_init(&list, VOCAB_TEXT_MAX);
    Status status = vocab_encode(vocab, text, 0, &list, err);
    *n += list.n;
    token_list_fini(&list);
    return status;
}

/* Where the model is another machine's a third of the bytes: about right for Chinese, too many for
   English. */
static Status count_tokens(const Vocab *vocab, Str text, size_t *n, Err *err) {
    if (vocab) return prompt_count(vocab, text, n, err);
    *n += text.n / 3;
    return OK;
}

bool prompt_comes_close(const Turn *turn, size_t i) {
    assert(i < turn->found.n);
    return turn->found.hits[i].score >= CLEAR_CUT * turn->found.hits[0].score;
}

/* Of the passages; a whole document was measured by who chose its passages (summary.c). */
static size_t most_tokens(const Turn *turn) {
    if (turn->whole) return SIZE_MAX;
    return turn->work == WORK_ANSWER ? TURN_PROMPT_TOKENS : MATERIAL_TOKENS;
}

/* How many of the best passages fit. vocab NULL: the tokens of another machine's model, guessed. */
static Status choose_passages(Turn *turn, const Vocab *vocab, Err *err) {
    size_t used = FRAME_TOKENS;
    TRY(count_tokens(vocab, turn->question, &used, err));
    turn->n_shown = 0;
    for (size_t i = 0; i < turn->found.n && !turn->pasted; i++) {
        const SearchHit *hit = &turn->found.hits[i];
        if (!prompt_comes_close(turn, i)) break;
        TRY(count_tokens(vocab, hit->text, &used, err));
        used += PLACE_TOKENS;
        if (i > 0 && used > most_tokens(turn)) break;
        turn->n_shown++;
    }
    return OK;
}

/* "name | words", or the words alone where they begin with the name. */
static void add_named(Buf *out, Str name, const char *words) {
    Str rest = str_from(words);
    if (!str_starts(rest, name)) buf_add_str(out, name);
    if (rest.n && !str_starts(rest, name)) buf_add_c(out, " | ");
    buf_add_str(out, rest);
}

void prompt_place(Buf *out, const SearchHit *hit) {
    add_named(out, str_file_stem(hit->path), hit->context);
}

/* A passage seldom says whose contract, or which year's statement, it is of: its file's name and
   its title do. No file's name leaves this machine, and no title that the passage says itself. */
static void add_passage(Buf *out, const SearchHit *hit, bool leaves) {
    Str title = str_from(hit->title);
    bool said = leaves && str_has(hit->text, title);
    if (!leaves) add_named(out, str_file_stem(hit->path), hit->title);
    else if (!said) buf_add_str(out, title);
    if (!said) buf_add_byte(out, '\n');
    buf_add_str(out, str_trim(hit->text));
    buf_add_c(out, "\n\n");
}

/* The last message: passages, what a follow-up leans on, the question. */
static void add_request(Buf *out, const Turn *turn, bool leaves) {
    const Wording *words = wording_of(turn);
    assert(turn->n_shown <= turn->found.n);
    if (turn->n_shown) buf_add_c(out, words->passages);
    for (size_t i = 0; i < turn->n_shown; i++) {
        if (!turn->translates) add_passage(out, &turn->found.hits[i], leaves);
        else {
            buf_add_str(out, str_trim(turn->found.hits[i].text)); /* a name would be translated */
            buf_add_c(out, "\n\n");
        }
    }
    if (turn->topic.n) {
        buf_add_c(out, words->topic);
        buf_add_str(out, turn->topic);
        buf_add_c(out, "\n\n");
    }
    buf_add_c(out, words->question[turn->work]);
    buf_add_str(out, turn->question);
    if (turn->work == WORK_SUMMARY && turn->style) buf_add_c(out, words->style[turn->style]);
}

bool prompt_remembers(const Turn *turn, size_t i, bool leaves) {
    assert(i < turn->n_history);
    bool wanted = leaves ? !turn->history[i].here : turn->topic.n && !turn->corrects;
    return wanted && !say_is(turn->history[i].answer, SAY_NONE);
}

static Str instructions(const Turn *turn) {
    const Wording *words = wording_of(turn);
    return str_from(turn->translates ? words->translates : words->instructions[turn->work]);
}

/* At most [2 * history + 2] messages in the turn's arena; *n of them. */
static Status make_messages(Turn *turn, bool leaves, GateMessage **out, size_t *n, Err *err) {
    Buf request;
    GateMessage *list = arena_alloc_n(&turn->arena, 2 * turn->n_history + 2, sizeof *list);
    if (!list) return err_no_memory(err, "the prompt");
    size_t at = 0;
    list[at++] = (GateMessage){.role = GATE_SYSTEM, .label = GATE_OPEN,
                               .text = instructions(turn)};
    for (size_t i = 0; i < turn->n_history; i++) {
        if (!prompt_remembers(turn, i, leaves)) continue;
        list[at++] = (GateMessage){.role = GATE_USER, .label = GATE_PERSONAL,
                                   .text = turn->history[i].question};
        list[at++] = (GateMessage){.role = GATE_ASSISTANT, .label = GATE_PERSONAL,
                                   .text = turn->history[i].answer};
    }
    buf_init(&request, CONTEXT_MAX / 2);
    add_request(&request, turn, leaves);
    Status status = buf_check(&request, "the prompt", err);
    Str text = buf_str(&request);
    if (status == OK) status = arena_keep(&turn->arena, text, &text, "the prompt", err);
    list[at++] = (GateMessage){.role = GATE_USER, .label = GATE_PERSONAL, .text = text,
                                .echoes = turn->n_history > 0}; /* "translate that" */
    buf_fini(&request);
    *out = list;
    *n = at;
    assert(at >= 2 && at <= 2 * turn->n_history + 2); /* instructions and request */
    return status;
}

/* Personal for the time being; shield.c raises the labels to those of the documents. */
Status prompt_messages(Turn *turn, GateMessage **out, size_t *n, Err *err) {
    TRY(choose_passages(turn, NULL, err));
    return make_messages(turn, true, out, n, err);
}

/* turn->prompt anew: the same messages give the same tokens, so the session finds its prefix. */
Status prompt_build(Turn *turn, Engine *engine, Err *err) {
    GateMessage *messages;
    size_t n;
    Buf context;
    TRY(choose_passages(turn, engine_vocab(engine), err));
    TRY(make_messages(turn, false, &messages, &n, err));
    buf_init(&context, CONTEXT_MAX);
    JsonWriter w = prompt_begin(&context);
    for (size_t i = 0; i < n; i++) {
        prompt_add(&w, gate_role_name(messages[i].role), messages[i].text);
    }
    prompt_end(&w);
    Status status = buf_check(&context, "the prompt", err);
    turn->prompt.n = 0;
    if (status == OK) status = prompt_render(turn->rig, buf_str(&context), &turn->prompt, err);
    buf_fini(&context);
    return status;
}

/* The passage before the task: tasks about one passage begin with the same tokens. */
Status prompt_reading(const Turn *turn, const SearchHit *hit, Str question, TokenList *out,
                      Err *err) {
    const Wording *words = wording_of(turn);
    Buf request;
    buf_init(&request, CONTEXT_MAX / 2);
    buf_add_c(&request, words->passages);
    add_passage(&request, hit, false);
    buf_add_c(&request, words->question[WORK_ANSWER]);
    buf_add_str(&request, question);
    Status status = prompt_request(turn->rig, words->instructions[WORK_ANSWER], &request, out, err);
    buf_fini(&request);
    return status;
}

/* ---- messages -> tokens -------------------------------------------------------------------- */

JsonWriter prompt_begin(Buf *out) {
    JsonWriter w = jsonw_init(out);
    jsonw_object_begin(&w);
    jsonw_put_array(&w, "messages");
    return w;
}

void prompt_add(JsonWriter *w, const char *role, Str content) {
    jsonw_object_begin(w);
    jsonw_put_c(w, "role", role);
    jsonw_put_str(w, "content", content);
    jsonw_object_end(w);
}

void prompt_end(JsonWriter *w) {
    jsonw_array_end(w);
    jsonw_key(w, "tools");
    jsonw_null(w);
    jsonw_key(w, "documents");
    jsonw_null(w);
    jsonw_put_bool(w, "enable_thinking", false);
    jsonw_object_end(w);
}

Status prompt_request(Rig *rig, const char *instructions, const Buf *request, TokenList *out,
                      Err *err) {
    Buf context;
    buf_init(&context, CONTEXT_MAX);
    JsonWriter w = prompt_begin(&context);
    prompt_add(&w, "system", str_from(instructions));
    prompt_add(&w, "user", buf_str(request));
    prompt_end(&w);
    Status status = buf_check(request, "a prompt", err);
    if (status == OK) status = buf_check(&context, "a prompt", err);
    if (status == OK) status = prompt_render(rig, buf_str(&context), out, err);
    buf_fini(&context);
    return status;
}

/* Trusted segments are the template's own words; only these may be read as control tokens. */
static Status encode_output(const Vocab *vocab, const TemplateOutput *rendered, TokenList *out,
                            Err *err) {
    VocabSegment *segments = mem_alloc_n(rendered->n_segments + 1, sizeof *segments);
    if (!segments) return err_no_memory(err, "the prompt");
    for (size_t i = 0; i < rendered->n_segments; i++) {
        const TemplateSegment *from = &rendered->segments[i];
        segments[i] = (VocabSegment){str_sub(buf_str(&rendered->text), from->start, from->end),
                                     from->trusted};
    }
    Status status = vocab_encode_segments(vocab, segments, rendered->n_segments, out, err);
    mem_free(segments);
    return status;
}

Status prompt_render(Rig *rig, Str context_json, TokenList *out, Err *err) {
    Engine *engine = NULL;
    const Template *chat_template = NULL;
    Json *context = NULL;
    TemplateOutput rendered = {0};
    JsonLimits limits = {.max_bytes = CONTEXT_MAX, .max_depth = 16};
    TRY(rig_engine(rig, &engine, err));
    TRY(rig_template(rig, &chat_template, err));
    TRY(json_parse(context_json, &limits, &context, err));
    const Vocab *vocab = engine_vocab(engine);
    TemplateInput input = {.context = context,
                           .add_generation_prompt = true,
                           .bos_token = vocab_spelling(vocab, vocab_bos(vocab)),
                           .eos_token = vocab_spelling(vocab, vocab_eos(vocab)),
                           .local_s = clock_local_s(),
                           .limits = {.output_bytes = CONTEXT_MAX}};
    Status status = template_render(chat_template, &input, &rendered, err);
    if (status == OK) status = encode_output(vocab, &rendered, out, err);
    template_output_fini(&rendered);
    json_free(context);
    return status;
}
