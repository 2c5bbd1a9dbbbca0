/*
 * Measure: is the number of an answer one of what was asked for?
 *
 * A small model that is asked for a number finds one. "How many rooms has the inn?" - "5", from
 * "free until 5 days before"; "what does it cost a month?" - the price of a year. The sentence
 * finds support, for the number stands in the passage and the other words in the question. Two
 * things tell in English and German, where the quote that the answer rests on has them:
 *
 *   the unit      behind "how many" stands what is counted. Where each number of the answer stands
 *                 in the quote before a unit of time, money, length, weight or before "percent",
 *                 and the question has no word of that kind, something else was counted;
 *   the period    the question asks for an amount "a month" ("pro Monat", "monthly"), and the
 *                 quote, or the head of its table, has a rate of another period, not of this.
 *
 * Both are silent where the quote has no unit, and no rate. Limits: numbers in digits; the first
 * TALLY_WORDS_MAX words of each text.
 */
#include "turn/measure.h"

#include <assert.h>

#include "base/lists.h"
#include "turn/tally.h"

/* Words of one kind measure the same. */
static const char *const kinds[][28] = {
    {"second", "seconds", "minute", "minutes", "hour",  "hours",  "day",    "days",   "night",
     "nights", "week",    "weeks",  "month",   "months", "year",  "years",  "minuten", "stunde",
     "stunden", "tag",    "tage",   "tagen",   "woche", "wochen", "monate", "jahre",  "uhr", NULL},
    {"eur", "euro", "euros", "pound", "pounds", "dollar", "dollars", "pence", "cent", "cents",
     "franken", NULL},
    {"km", "m", "cm", "mm", "metre", "metres", "meter", "meters", "mile", "miles", "feet",
     "kilometer", "zentimeter", NULL},
    {"kg", "g", "mg", "gram", "grams", "gramm", "kilo", "kilos", "ton", "tons", "tonnen", NULL},
    {"percent", "prozent", NULL}};

/* Names of a period; then words that are a rate by themselves. */
static const char *const periods[][8] = {
    {"hour", "stunde", "hourly", "stündlich", NULL},
    {"day", "tag", "daily", "täglich", NULL},
    {"night", "nacht", NULL},
    {"week", "woche", "weekly", "wöchentlich", NULL},
    {"month", "monat", "monthly", "monatlich", "monatliche", NULL},
    {"year", "jahr", "annum", "yearly", "annual", "annually", "jährlich", NULL}};
static const char *const rates[] = {"hourly",  "daily",    "weekly",     "monthly",  "yearly",
                                    "annual",  "annually", "stündlich",  "täglich",  "monatlich",
                                    "monatliche", "wöchentlich", "jährlich", NULL};
static const char *const before[] = {"a", "an", "each", "every", "im", "je", "jede", "jeden", NULL};
static const char *const per[] = {"per", "pro", NULL};

enum { PER_WORDS = 3 }; /* "per seat and year" */

static bool has(const TallyWords *words, Str wanted) {
    for (size_t i = 0; i < words->n; i++) {
        if (str_eq(words->items[i].text, wanted)) return true;
    }
    return false;
}

/* Does a text have a word of the list? */
static bool has_one_of(const TallyWords *words, const char *const *list) {
    for (size_t i = 0; i < words->n; i++) {
        if (list_has(words->items[i].text, list)) return true;
    }
    return false;
}

/* ---- the unit -------------------------------------------------------------------------------- */

static bool counts_things(const TallyWords *question) {
    static const char *const how[] = {"how", "wie", NULL};
    static const char *const many[] = {"many", "viele", "vielen", NULL};
    for (size_t i = 0; i + 2 < question->n; i++) {
        bool asks = list_has(tally_word_at(question, i), how);
        if (asks && list_has(tally_word_at(question, i + 1), many)) return true;
    }
    return false;
}

/* Is the word a unit of a kind that the question does not speak of? */
static bool is_other_unit(const TallyWords *question, Str unit) {
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (list_has(unit, kinds[i])) return !has_one_of(question, kinds[i]);
    }
    return false;
}

Status measure_other_unit(Arena *arena, Str question, Str answer, Str quote, bool *other,
                          Err *err) {
    TallyWords q, a, t;
    size_t seen = 0;
    *other = false;
    TRY(tally_words(arena, question, &q, err));
    if (!counts_things(&q)) return OK;
    TRY(tally_words(arena, answer, &a, err));
    TRY(tally_words(arena, quote, &t, err));
    for (size_t i = 0; i < a.n; i++) {
        Str number = tally_word_at(&a, i);
        if (!tally_word_is_number(number) || has(&q, number)) continue;
        for (size_t k = 0; k < t.n; k++) {
            if (!str_eq(tally_word_at(&t, k), number)) continue;
            if (!is_other_unit(&q, tally_word_at(&t, k + 1))) return OK;
            seen++;
        }
    }
    *other = seen > 0;
    return OK;
}

/* ---- the period ------------------------------------------------------------------------------ */

/* Which period the word names; -1: none. */
static int period_of(Str text) {
    for (size_t i = 0; i < ARRAY_LEN(periods); i++) {
        if (list_has(text, periods[i])) return (int)i;
    }
    return -1;
}

/* Is word i, a period, one of a rate? "im Jahr 2024" is none. */
static bool is_rate(const TallyWords *words, size_t i) {
    if (list_has(tally_word_at(words, i), rates)) return true;
    Str next = tally_word_at(words, i + 1);
    if (tally_word_is_number(next) && next.n == 4) return false; /* a year */
    if (i && list_has(tally_word_at(words, i - 1), before)) return true;
    for (size_t k = 1; k <= PER_WORDS && k <= i; k++) {
        if (list_has(tally_word_at(words, i - k), per)) return true;
    }
    return false;
}

/* The only period of whose rate a question asks; -1: none, or several. */
static int period_asked(const TallyWords *question) {
    static const char *const amounts[] = {"much",   "cost", "costs", "price", "pay", "charge",
                                          "kostet", "kosten", "viel", "hoch", "zahlt", NULL};
    int found = -1;
    if (!has_one_of(question, amounts)) return -1;
    for (size_t i = 0; i < question->n; i++) {
        int period = period_of(tally_word_at(question, i));
        if (period < 0 || !is_rate(question, i)) continue;
        if (found >= 0 && found != period) return -1;
        found = period;
    }
    assert(found < (int)ARRAY_LEN(periods));
    return found;
}

/* *same: it names the period; *rate: it has a rate of another one. */
static void look_for(const TallyWords *text, int period, bool *same, bool *rate) {
    assert(period >= 0); /* period_asked found one */
    for (size_t i = 0; i < text->n; i++) {
        int said = period_of(tally_word_at(text, i));
        if (said == period) *same = true;
        else if (said >= 0 && is_rate(text, i)) *rate = true;
    }
}

Status measure_other_period(Arena *arena, Str question, Str quote, Str place, bool *other,
                            Err *err) {
    TallyWords q, t, p;
    bool same = false, rate = false;
    *other = false;
    TRY(tally_words(arena, question, &q, err));
    int period = period_asked(&q);
    if (period < 0) return OK;
    TRY(tally_words(arena, quote, &t, err));
    TRY(tally_words(arena, place, &p, err));
    look_for(&t, period, &same, &rate);
    look_for(&p, period, &same, &rate);
    *other = rate && !same;
    return OK;
}
