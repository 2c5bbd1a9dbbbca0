/*
 * The step that counts: see tally.h.
 *
 * A mail says who, to whom, when and about what in the first lines of its text ("From: ...", one a
 * line, as the readers write them); a folder of mails (mbox) has such lines before each. "About"
 * is a mail whose subject or text holds every word. The answer names how many of how many, then
 * each, cited by its header lines or its row. Nothing is guessed: a mail or a row without a date
 * that can be read is counted apart.
 *
 * Which rules are asked, and in which order (turn_tally). The first that answers ends the turn:
 *
 *     of the documents          tally_files.c  which there are, the newest, which mention something
 *     all phone numbers         tally_column.c  one column of every table that has it
 *     Chinese, not of mails     tally_zh.c     rows, cells, sums, the most
 *     a word of comparison      tally_most.c   "the cheapest"; if it fails, nobody counts instead
 *     of mails                  this file
 *     how many, which, a sum    tally_rows.c   rows of a table
 *     who, when, how much       tally_cell.c   one cell; last, since "how many" may ask for either
 *
 * A folder of mails (mbox) as its reader writes it; a head begins behind an empty line, has From
 * and one of Date and Subject, and ends at the next empty line. What looks like one inside a mail
 * is a quotation, unless it has all of that:
 *
 *     From: Anna Li <anna@example.org>      <- TallyMatch.start
 *     Date: 2024-03-04
 *     Subject: The roof                     <- .end is behind it: this is what is cited
 *                                           (empty)
 *     It leaks again.
 *
 * An answer is made of sentences like any other, so that whoever shows it need not know how it came
 * about: the first line says the number and claims nothing else, each "- ..." line cites itself.
 *
 * Limits: CITED_MAX are named, the rest is counted; MAIL_MAX bytes of a mail's file are looked at,
 * and one that has more is told of.
 */
#include "turn/tally.h"

#include <assert.h>
#include <stdio.h>

#include "base/lists.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "knowledge/search.h"
#include "turn/say.h"

enum { /* limits: things, then bytes */
       CITED_MAX = 100, MATCHES_MAX = 1 << 20, PASSAGES_MAX = 4096, MAIL_MAX = 64 << 20,
       LINE_MAX_BYTES = 240, ANSWER_MAX = 1 << 20, QUESTION_MAX = 1000 };

/* One more thing that was counted; its strings are borrowed. The caller of the step frees items.
   E_LIMIT: more than a million. */
static Status tally_add(TallyFound *found, TallyMatch match, Err *err) {
    assert(match.start <= match.end);
    TRY(mem_grow((void **)&found->items, &found->cap, found->n + 1, sizeof *found->items,
                 MATCHES_MAX, err));
    found->items[found->n++] = match;
    return OK;
}

Status tally_add_row(Turn *turn, TallyFound *found, TallyMatch match, Err *err) {
    match.line.p = arena_dup(&turn->arena, match.line.p, match.line.n);
    return match.line.p ? tally_add(found, match, err) : err_no_memory(err, "a row");
}

void tally_forget(TallyFound *found) {
    found->done = found->several = false;
    found->n = found->looked_at = 0;
    buf_clear(&found->sum);
    buf_clear(&found->refusal);
}

_Static_assert((int)CITED_MAX <= (int)TURN_SENTENCES_MAX, "cite_begin makes room for each");

/* ---- mails ----------------------------------------------------------------------------------- */

/* What stands behind "Name: " in the header lines; empty: nothing. */
static Str header(Str block, const char *name) {
    size_t n = strlen(name);
    for (size_t at = 0; at < block.n;) {
        Str line = str_line(block, &at);
        bool hit = line.n > n + 1 && strncmp(line.p, name, n) == 0 && line.p[n] == ':';
        if (hit) return str_trim(str_sub(line, n + 1, line.n));
    }
    return (Str){"", 0};
}

/* Is it what a reader writes at the beginning of a mail? */
static bool is_head(Str block) {
    return header(block, "From").n && (header(block, "Date").n || header(block, "Subject").n) &&
           (str_starts(block, STR("From: ")));
}

/* Who and whom stand in the header lines; "about" in all of the mail. */
static Status all_hold(const TallyAsk *ask, Str head, Str mail, bool *holds, Err *err) {
    const struct {
        const TallyWords *wanted;
        Str text;
    } tests[] = {{&ask->from, header(head, "From")}, {&ask->to, header(head, "To")},
                 {&ask->about, mail}};
    *holds = true;
    for (size_t i = 0; i < ARRAY_LEN(tests) && *holds; i++) {
        if (tests[i].wanted->n) TRY(tally_holds(tests[i].text, tests[i].wanted, holds, err));
    }
    return OK;
}

/* Adds the mail where it fits. Its line in the answer is its header; words of errors are the
   caller's to say. */
static Status take_mail(Turn *turn, const TallyAsk *ask, TallyFound *found, TallyMatch at,
                        Str mail) {
    Err *err = NULL;
    Str head = str_sub(mail, 0, at.end - at.start);
    Buf line;
    bool holds;
    TRY(all_hold(ask, head, mail, &holds, err));
    int time = holds ? tally_in_time(ask, header(head, "Date")) : 0;
    found->undated += time < 0;
    if (time <= 0) return OK;
    Str subject = utf8_cut(header(head, "Subject"), LINE_MAX_BYTES);
    Str from = utf8_cut(header(head, "From"), LINE_MAX_BYTES);
    Str date = utf8_cut(header(head, "Date"), LINE_MAX_BYTES);
    buf_init(&line, 4 * LINE_MAX_BYTES);
    buf_printf(&line, "%.*s (%.*s%s%.*s)", (int)subject.n, subject.p, (int)from.n, from.p,
               date.n ? ", " : "", (int)date.n, date.p);
    at.line = (Str){line.n ? arena_dup(&turn->arena, line.p, line.n) : NULL, line.n};
    Status status = at.line.p ? tally_add(found, at, err) : E_NO_MEMORY;
    buf_fini(&line);
    return status;
}

/* The others are folders of mails, one behind the other. */
static bool is_one_mail(Str path) {
    return str_ends(path, STR(".eml")) || str_ends(path, STR(".msg"));
}

/* Where the next mail of a folder begins; the text's end: nowhere. "From: " behind an empty line
   may also be a quotation in a mail: only a head begins one. */
static size_t next_mail(Str text, size_t from) {
    for (size_t at = from; (at = str_find(text, STR("\n\nFrom: "), at)) != SIZE_MAX; at++) {
        size_t end = str_find(text, STR("\n\n"), at + 2);
        if (is_head(str_sub(text, at + 2, end == SIZE_MAX ? text.n : end))) return at + 2;
    }
    return text.n;
}

/* Every mail of one file. */
static Status count_mails(Turn *turn, const TallyAsk *ask, const StoreFile *file, Str text,
                          TallyFound *found) {
    for (size_t at = 0; at < text.n;) {
        size_t end = is_one_mail(file->path) ? text.n : next_mail(text, at);
        size_t head = str_find(text, STR("\n\n"), at);
        if (head == SIZE_MAX || head > end) head = end;
        assert(at < end && at <= head && end <= text.n); /* it goes on, and ends */
        TallyMatch match = {file->id, file->path, at, head, {"", 0}};
        if (is_head(str_sub(text, at, head))) {
            found->looked_at++;
            TRY(take_mail(turn, ask, found, match, str_sub(text, at, end)));
        }
        at = end;
    }
    return OK;
}

/* All mails of the store, since how many of how many is told. A folder of mails that is too
   large is a refusal and not a part of the count. */
static Status tally_mails(Turn *turn, const TallyAsk *ask, Store *store, TallyFound *found,
                          Err *err) {
    StoreFiles files = {0};
    TRY(store_list(store, &turn->arena, &files, err));
    Buf text;
    buf_init(&text, MAIL_MAX + 1);
    Status status = OK;
    for (size_t i = 0; status == OK && i < files.n; i++) {
        const StoreFile *file = &files.items[i];
        if (file->state != FILE_READ || strcmp(file->format, "mail") != 0) continue;
        if (atomic_load(&turn->rig->cancel)) status = err_set(err, E_CANCELLED, "stopped");
        if (file->text_bytes > MAIL_MAX) {
            buf_printf(&found->refusal, "%.*s", (int)file->path.n, file->path.p);
            break;
        }
        buf_clear(&text);
        if (status == OK) status = store_text(store, file->id, 0, MAIL_MAX, &text, err);
        Status counted = status == OK ? count_mails(turn, ask, file, buf_str(&text), found) : OK;
        if (counted == E_NO_MEMORY) status = err_no_memory(err, "the mails");
        else if (counted != OK) status = err_set(err, counted, "too many mails fit the question");
    }
    buf_fini(&text);
    bool other_words = ask->about.n && !found->n; /* recall knows words that mean the same */
    found->done = status == OK && !other_words && (found->looked_at > 0 || found->refusal.n);
    return status;
}

/* ---- the answer ------------------------------------------------------------------------------ */

/* A hit that outlives where its strings are. */
static Status keep_hit(Turn *turn, const SearchHit *hit, SearchHit *out, Err *err) {
    char *text = arena_dup(&turn->arena, hit->text.p, hit->text.n);
    char *title = arena_dup(&turn->arena, hit->title, strlen(hit->title));
    LineMark *lines = arena_alloc_n(&turn->arena, hit->n_lines + 1, sizeof *lines);
    if (!text || !title || !lines) return err_no_memory(err, "the citations");
    if (hit->n_lines) memcpy(lines, hit->lines, hit->n_lines * sizeof *lines);
    *out = *hit;
    out->text.p = text;
    out->title = title;
    out->lines = lines;
    out->format = out->context = "";
    return OK;
}

/* The passage of a document that holds a place, as a hit of its own. */
static Status hit_of(Turn *turn, Store *store, const TallyMatch *match, SearchHit *out, Err *err) {
    Arena scratch;
    SearchResults all = {0};
    arena_init(&scratch, TURN_ARENA_MAX);
    all.hits = arena_alloc_n(&scratch, PASSAGES_MAX, sizeof *all.hits);
    Status status = all.hits ? OK : err_no_memory(err, "the passages");
    if (status == OK) {
        status = search_document(store, match->file, PASSAGES_MAX, &scratch, &all, err);
    }
    *out = (SearchHit){.file_id = match->file, .path = match->path, .title = "", .format = "",
                       .context = "", .start = match->start, .end = match->end};
    for (size_t i = 0; status == OK && i < all.n; i++) {
        const SearchHit *hit = &all.hits[i];
        if (match->start < hit->start || match->start >= hit->end) continue;
        status = keep_hit(turn, hit, out, err);
        out->path = match->path;
        break;
    }
    arena_fini(&scratch);
    return status;
}

/* The bytes that are cited, from the store's own text. */
static Status quote_of(Turn *turn, Store *store, const TallyMatch *match, Str *out, Err *err) {
    Buf text;
    buf_init(&text, ANSWER_MAX);
    Status status = store_text(store, match->file, match->start, match->end, &text, err);
    Str words = buf_str(&text);
    if (status == OK) status = arena_keep(&turn->arena, words, out, "the citations", err);
    buf_fini(&text);
    return status;
}

/* Rows of one passage share its hit; they come one behind the other. */
static Status cite(Turn *turn, Store *store, const TallyFound *found, Err *err) {
    size_t n = found->n < CITED_MAX ? found->n : CITED_MAX;
    turn->found = (SearchResults){.hits = arena_alloc_n(&turn->arena, n + 1, sizeof(SearchHit))};
    if (!turn->found.hits) return err_no_memory(err, "the citations");
    assert(turn->n_citations == 0); /* cite_begin has just made room */
    for (size_t i = 0; i < n; i++) {
        const TallyMatch *match = &found->items[i];
        SearchHit *hit = &turn->found.hits[turn->found.n];
        const SearchHit *before = i ? hit - 1 : NULL;
        bool same = before && before->file_id == match->file && match->start >= before->start &&
                    match->start < before->end;
        Str quote;
        if (!same) TRY(hit_of(turn, store, match, hit, err));
        TRY(quote_of(turn, store, match, &quote, err));
        turn->found.n += !same;
        turn->citations[turn->n_citations++] =
            (TurnCitation){turn->found.n - 1, match->start, match->end, quote, 1};
    }
    assert(turn->n_citations == n && turn->found.n <= n);
    return OK;
}

/* The first sentence: how many of how many, or the sum. */
static void say_count(const Turn *turn, const TallyAsk *ask, const TallyFound *f, Buf *out) {
    TurnLanguage l = turn_language(turn);
    unsigned long long n = f->n, all = f->looked_at;
    const char *sum = f->sum.n ? f->sum.p : "";
    int wide = (int)f->what.n;
    if (ask->kind == TALLY_CELL) {
        buf_printf(out, l == TURN_CHINESE ? "%s：" : "%s:", sum);
    } else if (ask->kind == TALLY_SUM && n == 1 && l != TURN_CHINESE) {
        buf_printf(out, l == TURN_GERMAN ? "%s, aus einer Zeile (%.*s):"
                                         : "%s, of one row (%.*s):", sum, wide, f->what.p);
    } else if (ask->kind == TALLY_SUM) {
        buf_printf(out, l == TURN_CHINESE ? "%s（%llu 行之和，%.*s）："
                        : l == TURN_GERMAN ? "%s, die Summe von %llu Zeilen (%.*s):"
                                           : "%s, the sum of %llu rows (%.*s):",
                   sum, n, wide, f->what.p);
    } else if (ask->mails) {
        buf_printf(out, l == TURN_CHINESE ? "%llu 封（共 %llu 封邮件）："
                        : l == TURN_GERMAN ? "%llu von %llu Mails:"
                                           : "%llu of %llu mails:", n, all);
    } else {
        buf_printf(out, l == TURN_CHINESE ? "%llu 行（共 %llu 行，%.*s）："
                        : l == TURN_GERMAN ? "%llu von %llu Zeilen (%.*s):"
                                           : "%llu of %llu rows (%.*s):", n, all, wide, f->what.p);
    }
}

/* A whole sentence: a bare "none" leaves open none of what. */
static void say_none(const Turn *turn, const TallyAsk *ask, const TallyFound *f, Buf *out) {
    TurnLanguage l = turn_language(turn);
    unsigned long long all = f->looked_at;
    int wide = (int)f->what.n;
    if (ask->mails) {
        buf_printf(out, l == TURN_CHINESE ? "看过的 %llu 封邮件中，没有一封符合。"
                        : l == TURN_GERMAN ? "Keine der %llu angesehenen Mails passt zur Frage."
                                           : "None of the %llu mails looked at fits the question.",
                   all);
    } else {
        buf_printf(out, l == TURN_CHINESE ? "看过的 %llu 行（%.*s）中，没有一行符合。"
                        : l == TURN_GERMAN ? "Keine der %llu Zeilen (%.*s) passt zur Frage."
                                           : "None of the %llu rows (%.*s) fits the question.",
                   all, wide, f->what.p ? f->what.p : "");
    }
}

/* Why nothing was counted. */
static void say_refusal(const Turn *turn, const TallyAsk *ask, const TallyFound *f, Buf *out) {
    TurnLanguage l = turn_language(turn);
    const char *why = f->refusal.p;
    if (f->several) {
        buf_printf(out, l == TURN_CHINESE ? "有几个表格都符合：%s。请说明是哪一个。"
                        : l == TURN_GERMAN ? "Mehrere Tabellen passen: %s. Welche ist gemeint?"
                                           : "Several tables fit: %s. Name the one that you mean.",
                   why);
    } else if (ask->mails) {
        buf_printf(out, l == TURN_CHINESE ? "未计数：邮件文件过大：%s。"
                        : l == TURN_GERMAN ? "Nicht gezählt: ein Mail-Ordner ist zu groß: %s."
                                           : "Not counted: a folder of mails is too large: %s.",
                   why);
    } else {
        buf_printf(out, l == TURN_CHINESE ? "未计数，因为不能确定：%s。"
                        : l == TURN_GERMAN ? "Nicht gezählt, denn sicher ist es nicht: %s."
                                           : "Not counted, for it cannot be sure: %s.", why);
    }
}

/* Counted apart and told: no silent loss. */
static void say_undated(Turn *turn, const TallyFound *f) {
    TurnLanguage l = turn_language(turn);
    if (!f->undated) return;
    buf_printf(turn_notice(turn), l == TURN_CHINESE ? "另有 %zu 个日期无法确定，未计入"
                                  : l == TURN_GERMAN ? "%zu weitere haben kein sicheres Datum und "
                                                       "sind nicht gezählt"
                                                     : "%zu more have no certain date and are not "
                                                       "counted", f->undated);
}

/* One line each, which cites itself. */
static void say_each(Turn *turn, const TallyFound *f) {
    assert(turn->n_citations <= f->n); /* one of each of the first items, in their order */
    for (size_t i = 0; i < turn->n_citations; i++) {
        buf_add_c(&turn->text, "\n- ");
        size_t start = turn->text.n;
        Str line = utf8_cut(f->items[i].line, 2 * LINE_MAX_BYTES);
        buf_printf(&turn->text, "%.*s%s", (int)line.n, line.p,
                   line.n < f->items[i].line.n ? "…" : "");
        turn->sentences[turn->n_sentences++] =
            (TurnSentence){{NULL, 0}, (int)i, start, turn->text.n};
    }
    size_t unnamed = f->n - turn->n_citations + f->beyond;
    if (unnamed) buf_printf(&turn->text, "\n- ... +%zu", unnamed);
}

/* To the reader, with the marks where they belong. */
static void show(Turn *turn) {
    Str all = buf_str(&turn->text);
    size_t shown = 0;
    for (size_t i = 0; i < turn->n_sentences; i++) {
        TurnSentence *s = &turn->sentences[i];
        s->text = str_sub(all, s->start, s->end);
        if (turn->sink.text) turn->sink.text(turn->sink.user, str_sub(all, shown, s->end));
        if (turn->sink.mark) turn->sink.mark(turn->sink.user, s->citation + 1);
        shown = s->end;
    }
    if (turn->answered && turn->sink.text && shown < all.n) {
        turn->sink.text(turn->sink.user, str_sub(all, shown, all.n));
    }
}

/* A count, "none", or why not; then the turn is over (turn.c looks at `counted`). */
static Status answer(Turn *turn, Store *store, const TallyAsk *ask, const TallyFound *found,
                     Err *err) {
    TRY(cite_begin(turn, err));
    turn->answered = !found->refusal.n;
    if (!turn->answered) {
        say_refusal(turn, ask, found, &turn->text);
    } else if (!found->n) {
        say_none(turn, ask, found, &turn->text);
    } else {
        TRY(cite(turn, store, found, err));
        say_count(turn, ask, found, &turn->text);
        say_each(turn, found);
    }
    say_undated(turn, found);
    TRY(buf_check(&turn->notice, "a notice", err));
    TRY(buf_check(&turn->text, "the answer", err));
    turn->answer = buf_str(&turn->text);
    assert(turn->n_sentences <= turn->n_citations && turn->n_citations <= CITED_MAX);
    turn->counted = true;
    turn->here = ask->files || turn->n_citations < found->n + found->beyond || !turn->n_citations;
    show(turn);
    return OK;
}

/* "How many rows in million.csv are from shop 42?": only a rule can count the rows of a table; a
   model that reads eight passages would count these. */
static bool counts_rows(const TallyWords *words) {
    static const char *const rows[] = {"row", "rows", "zeile", "zeilen", "datensätze", NULL};
    static const char *const tables[] = {"csv", "tsv", "xlsx", "xls", "ods", "table", "sheet",
                                         "spreadsheet", "tabelle", NULL};
    bool row = false, table = false;
    for (size_t i = 0; i < words->n; i++) {
        row |= list_has(words->items[i].text, rows);
        table |= list_has(words->items[i].text, tables);
    }
    return row && table;
}

/* Which rules may answer a question. */
typedef struct Rules {
    bool most, cell, column, any;
    TallyAsk asked;
} Rules;

static Status rules_for(Turn *turn, Rules *out, Err *err) {
    *out = (Rules){.any = false};
    TRY(tally_ask(&turn->arena, turn->question, &out->asked, err));
    out->asked.files = tally_files_read(turn->question, &out->asked.wanted);
    bool table = !turn->chinese && !out->asked.mails;
    out->most = table && tally_compares(turn->question);
    out->cell = table && !out->most && out->asked.kind != TALLY_SUM &&
                tally_asks_cell(&turn->arena, turn->question);
    out->column = tally_asks_column(&turn->arena, turn->question);
    out->any = out->column || out->asked.files || out->most || out->cell || turn->chinese ||
               out->asked.kind != TALLY_NONE;
    return OK;
}

/* Questions about the documents themselves, Chinese and comparisons have rules of their own, which
   are asked first. What they did not answer is asked of the rules for counting, but for
   comparisons: "the most" is no count; and last of the rules for one cell, as "how many" may ask
   for either. */
static Status ask_rules(Turn *turn, const Rules *rules, Store *store, TallyAsk *ask,
                        TallyFound *found, Err *err) {
    *ask = rules->asked;
    if (ask->files) TRY(tally_files(turn, ask, store, found, err));
    if (!found->done && rules->column) {
        TRY(tally_column(turn, ask, store, found, err));
        if (!found->done) *ask = rules->asked;
    }
    if (found->done) return OK;
    if (turn->chinese && !ask->mails) TRY(tally_zh(turn, ask, store, found, err));
    if (rules->most) TRY(tally_most(turn, ask, store, found, err));
    if (!found->done && rules->asked.kind != TALLY_NONE && !rules->most) {
        *ask = rules->asked;
        TRY(ask->mails ? tally_mails(turn, ask, store, found, err)
                       : tally_rows(turn, ask, store, found, err));
    }
    if (!found->done && rules->cell) TRY(tally_cell(turn, ask, store, found, err));
    if (found->done || rules->asked.kind != TALLY_COUNT || !counts_rows(&rules->asked.words)) {
        return OK;
    }
    *ask = rules->asked;
    found->done = true;
    buf_add_c(&found->refusal, turn->german ? "keine Tabelle erklärt jedes Wort der Frage"
                                            : "no table explains every word of the question");
    return OK;
}

Status turn_tally(Turn *turn, Err *err) {
    Rules rules;
    TallyAsk ask;
    TallyFound found = {0};
    Store *store = NULL;
    if (turn->attach || turn->question.n > QUESTION_MAX) return OK;
    TRY(rules_for(turn, &rules, err));
    if (!rules.any) return OK;
    size_t said = turn->notice.n;
    TRY(rig_sweep(turn->rig, &turn->notice, err));
    if (rig_store(turn->rig, STORE_READ, &store, NULL) != OK) return OK; /* recall says why */
    buf_init(&found.sum, TALLY_SAY_MAX);
    buf_init(&found.refusal, 8192);
    Status status = ask_rules(turn, &rules, store, &ask, &found, err);
    if (found.sum.status == E_LIMIT) found.done = false; /* a page in a cell: somebody reads it */
    if (status == OK && found.done) status = answer(turn, store, &ask, &found, err);
    if (status == OK && !found.done) turn->notice.n = said; /* recall sweeps, too */
    mem_free(found.items);
    buf_fini(&found.sum);
    buf_fini(&found.refusal);
    return status;
}
