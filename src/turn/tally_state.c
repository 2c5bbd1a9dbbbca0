/*
 * Which rows are done, and which are not yet: a column of states.
 *
 *   Who has not paid?                  Name | Paid          yes and no, and the question names it
 *   Which invoices are open?           Customer | Paid      "open" is a no in a column "Paid"
 *   What is left on my list?           - [ ] milk           boxes of Markdown, as tally_table.c
 *                                                           reads them: Task | Done
 *   Which tasks are not done yet?      Task | Who | Status  open, in progress, done
 *
 * A column that the question names and that says yes or no everywhere comes first. Without one, a
 * word of the question tells what is asked for: what is still to be paid, what is still to be done,
 * or either ("open"); or "not" beside a word for what is paid or done. The one column counts that
 * is called so and says yes and no, or that is called a state and of which some cell says that the
 * same was done. There all other cells, whatever they say, are not yet. Where cells say the word
 * itself ("open"), it chooses rows like any other (tally_rows.c): "ordered" is not open then.
 *
 * Limits: English and German (tally_zh.c has Chinese); what a word of states means is a list.
 */
#include <assert.h>

#include "base/lists.h"
#include "turn/tally.h"

/* What was done with a thing; a word may mean both. */
enum { PAID = 1, DONE = 2 };

static const char *const paid[] = {"paid", "pay", "settled", "bezahlt", "gezahlt", "beglichen",
                                   "überwiesen", NULL};
static const char *const done[] = {"done", "finished", "finish", "completed", "complete", "closed",
                                   "resolved", "fixed", "erledigt", "abgeschlossen", "fertig",
                                   "geschlossen", "behoben", NULL};
static const char *const unpaid[] = {"unpaid", "owe", "owes", "unbezahlt", "unbezahlte",
                                     "unbezahlten", "schuldet", "schulden", NULL};
static const char *const undone[] = {"unfinished", "undone", "incomplete", "unresolved",
                                     "unerledigt", "unerledigte", "unerledigten", NULL};
static const char *const open_words[] = {"open", "outstanding", "pending", "left", "remaining",
                                         "offen", "offene", "offenen", "ausstehend", "ausstehende",
                                         "ausstehenden", "übrig", NULL};
static const char *const no[] = {"not", "nicht", "no", "never", "t", "missing", "lack", "lacks",
                                 "without", "fehlt", "fehlen", "ohne", NULL};
static const char *const yes[] = {"yes", "ja", "true", "y", "x", "[x]", "\xE2\x9C\x93",
                                  "\xE2\x9C\x94", NULL};
static const char *const nays[] = {"no", "nein", "false", "n", "[ ]", NULL};
static const char *const states[] = {"status", "state", "stand", "zustand", "progress", NULL};

/* Is it one of the list, whatever the case of its letters? */
static bool cell_in(Str cell, const char *const *list) {
    for (; *list; list++) {
        if (cell.n == strlen(*list) && str_begins(cell, *list)) return true;
    }
    return false;
}

static bool is_flag(Str cell) { return cell_in(cell, yes) || cell_in(cell, nays); }

/* "Done", "Done on 3 May", but not "donut": the word ends there. */
static bool begins_word(Str cell, Str word) {
    if (word.n > cell.n) return false;
    for (size_t i = 0; i < word.n; i++) {
        if (plain_lower(cell.p[i]) != word.p[i]) return false;
    }
    return cell.n == word.n || !str_in_word(cell.p[word.n]);
}

static bool begins_with(Str cell, const char *const *list) {
    for (; *list; list++) {
        if (begins_word(cell, str_from(*list))) return true;
    }
    return false;
}

bool tally_state_done(const TallyRow *row, const TallyState *state) {
    Str cell = tally_cell_at(row, state->column);
    assert(state->column < TALLY_COLUMNS_MAX); /* who asks has looked whether there is one */
    return cell_in(cell, yes) || begins_with(cell, paid) || begins_with(cell, done);
}

/* Of a column that is called a state: what its cells say was done. */
static int deeds_in(const TallyTable *table, size_t column) {
    int deeds = 0;
    for (size_t i = 1; i < table->n; i++) {
        Str cell = tally_cell_at(&table->rows[i], column);
        if (begins_with(cell, paid)) deeds |= PAID;
        if (begins_with(cell, done)) deeds |= DONE;
    }
    return deeds;
}

/* What a column tells of; 0: it is none of states. */
static Status deeds_of(Arena *arena, const TallyTable *table, size_t column, int *out, Err *err) {
    TallyWords name;
    *out = 0;
    TRY(tally_words(arena, table->rows[0].cells[column], &name, err));
    if (name.n != 1) return OK;
    Str word = name.items[0].text;
    if (list_has(word, states)) *out = deeds_in(table, column);
    else if (!tally_is_column(table, column, is_flag)) *out = 0;
    else *out = (list_has(word, paid) ? PAID : 0) | (list_has(word, done) ? DONE : 0);
    return OK;
}

/* Does a cell of the column say the word? */
static bool column_says(const TallyTable *table, size_t column, Str word) {
    for (size_t i = 1; i < table->n; i++) {
        if (begins_word(tally_cell_at(&table->rows[i], column), word)) return true;
    }
    return false;
}

/* What the question wants of what is not yet; 0: nothing of the kind. *word: the one that is open,
   and stands for it; NULL: it says "not". */
static int wanted(const TallyWords *words, TallyWord **word) {
    int deeds = 0;
    bool denied = false;
    *word = NULL;
    for (size_t i = 0; i < words->n; i++) {
        TallyWord *at = &words->items[i];
        denied |= list_has(at->text, no);
        if (list_has(at->text, paid)) deeds |= PAID;
        if (list_has(at->text, done)) deeds |= DONE;
        bool both = list_has(at->text, open_words), pay = list_has(at->text, unpaid);
        if (*word || at->used || !(both || pay || list_has(at->text, undone))) continue;
        *word = at;
        return both ? PAID | DONE : pay ? PAID : DONE;
    }
    return denied ? deeds : 0;
}

bool tally_state_asked(const TallyWords *words) {
    TallyWord *word;
    return wanted(words, &word) != 0;
}

/* All words that say so are explained. */
static void explain(TallyWords *words, TallyWord *open) {
    if (open) open->used = true;
    for (size_t i = 0; !open && i < words->n; i++) {
        Str word = words->items[i].text;
        words->items[i].used |= list_has(word, no) || list_has(word, paid) || list_has(word, done);
    }
}

/* The only column of states that fits, unless its cells say the word themselves. */
static Status by_words(Arena *arena, const TallyTable *table, TallyWords *words, TallyState *out,
                       Err *err) {
    TallyWord *open;
    size_t n = 0;
    int asked = wanted(words, &open), deeds;
    for (size_t c = 0; asked && c < table->rows[0].n; c++) {
        TRY(deeds_of(arena, table, c, &deeds, err));
        if (!(deeds & asked)) continue;
        out->column = c;
        n++;
    }
    if (n != 1 || (open && column_says(table, out->column, open->text))) {
        out->column = TALLY_COLUMNS_MAX;
        return OK;
    }
    out->by_word = true;
    out->wants = false;
    explain(words, open);
    return OK;
}

Status tally_state(Arena *arena, const TallyTable *table, TallyWords *words, const bool *named,
                   TallyState *out, Err *err) {
    size_t n = 0;
    assert(table->n >= 2); /* a row below the names */
    *out = (TallyState){.column = TALLY_COLUMNS_MAX, .wants = true};
    for (size_t c = 0; c < table->rows[0].n; c++) {
        if (!named[c] || !tally_is_column(table, c, is_flag)) continue;
        out->column = c;
        n++;
    }
    out->several = n > 1;
    if (n == 0) return by_words(arena, table, words, out, err);
    for (size_t i = 0; n == 1 && i < words->n; i++) {
        if (!list_has(words->items[i].text, no)) continue;
        words->items[i].used = true;
        out->wants = false;
    }
    return OK;
}
