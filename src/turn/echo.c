/*
 * Echo: has an answer something from its question that no document says?
 *
 * "How much does she charge for weekends?" - "She charges 6.20 an hour for weekends." The document
 * has the fee and no word of weekends; the model has them from the question, and words alone call
 * that support, since the rest of the sentence stands there. Most words that an answer has only
 * from its question are harmless: "the guarantee lasts 12 months", where the document says "is for
 * 12 months". Verbs mostly are. Nouns mostly are not: they say which of several things is meant
 * (for weekends, ins Wohnzimmer, der Haftpflichtversicherung).
 *
 * So nouns of the question are looked for in the whole documents that the answer cites, in their
 * names and titles: the same word, one that begins alike, or one of which it is a part. Where one
 * stands nowhere and the answer says it, the model is asked about the quotes alone (near_holds),
 * and below LEAST the documents do not answer. It says no to a fee of other days, and sometimes to
 * kids where children are meant: seven answers of earlier runs have such a word, five of them wrong
 * or invented, so a refusal is the likelier truth.
 *
 * Where no sentence of the answer has support and a row of a table is quoted behind it, the model
 * is not asked: it says yes to whatever stands in the row's column (a yes to dogs, 2.3, of "cats |
 * allowed"; doc/decisions/0035). There the missing word alone decides. Not where the row supports
 * the sentence: "Mittagsruhe ist 13 bis 15 Uhr", of "Ruhezeiten | 13 bis 15 Uhr".
 *
 * English and German. In German every capital tells a noun; in English it is the last word of a
 * group behind an article or a preposition, which must end the question or stand before another
 * such group, and be no common verb.
 *
 * Tried and not taken: all words of an English question that carry meaning (verbs are said in other
 * words), and a refusal unasked where no sentence of the model's own has support (XQuAD German,
 * tuning half: two right answers lost of 60, a university and its principles).
 *
 * Limits: WORDS_MAX words of a question, DOCUMENT_MAX bytes of a document, words of at least
 * LETTERS_LEAST and at most WORD_MAX bytes; what is longer counts as standing there. A German
 * question in small letters has no nouns.
 */
#include "turn/echo.h"

#include <assert.h>

#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/doc.h"
#include "knowledge/grammar_words.h"
#include "turn/near.h"
#include "turn/tally.h"

enum { WORDS_MAX = 64, WORD_MAX = 48, LETTERS_LEAST = 4, ALIKE = 5, DOCUMENT_MAX = 4 << 20,
       ENDING_MAX = 4, /* bytes behind what is alike: Elternbrief is no Elternabend; chosen */
       QUOTES_MAX = 3 };

/* Log odds of yes against no, of the best quote: inventions seen lie at -1.1 to -1.9, right answers
   that have such a word at -0.5 and -0.9. */
static const double LEAST = -0.75;

/* ---- words ----------------------------------------------------------------------------------- */

typedef struct Word {
    char low[WORD_MAX + 1];
    size_t n;     /* bytes of low; 0: too long to be told */
    bool capital; /* it begins with a capital */
} Word;

/* The next word from *at on; false: there is none. */
static bool next_word(Str text, size_t *at, Word *out) {
    bool inside = false;
    *out = (Word){.n = 0};
    for (size_t width; *at < text.n; *at += width) {
        uint32_t c = utf8_decode(text, *at, &width), low = unicode_lower(c);
        bool letter = unicode_in_word(c);
        if (!letter && inside) return true;
        if (!letter) continue;
        if (!inside) out->capital = low != c;
        bool fits = (!inside || out->n) && out->n + UTF8_MAX_BYTES <= WORD_MAX;
        if (fits) out->n += utf8_encode(low, out->low + out->n);
        else out->n = 0;
        assert(out->n <= WORD_MAX);
        inside = true;
    }
    return inside;
}

static Str text_of(const Word *word) { return (Str){word->low, word->n}; }

/* "weekend" and "weekends", "renew" and "renewal"; "zimmer" stands in "Gästezimmer". */
static bool alike(Str other, Str word) {
    size_t n = 0;
    while (n < word.n && n < other.n && word.p[n] == other.p[n]) n++;
    bool ending = n >= ALIKE && n + ENDING_MAX >= word.n && n + ENDING_MAX >= other.n;
    return ending || (word.n >= LETTERS_LEAST && str_has(other, word)) ||
           tally_same_word(other, word);
}

bool echo_stands(Str text, Str word) {
    Word other;
    for (size_t at = 0; next_word(text, &at, &other);) {
        if (other.n && alike(text_of(&other), word)) return true;
    }
    return false;
}

/* ---- what the question is about -------------------------------------------------------------- */

/* Behind these an English group of words begins that names a thing. */
static bool is_opener(Str word) {
    static const char *const openers[] = {
        "for", "in", "on", "at", "during", "with", "without", "from", "into", "under", "after",
        "before", "of", "the", "a", "an", "my", "our", "your", "his", "her", "their", NULL};
    return list_has(word, openers);
}

/* Says nothing of which thing is meant, or is a verb that ends an English question. */
static bool is_idle(Str word) {
    static const char *const words[] = {
        "total",  "average", "general", "case",    "fact",  "beginning", "moment",  "time",
        "times",  "least",   "most",    "place",   "future", "past",     "addition", "advance",
        "documents", "document", "file", "passage", "text", "mail",      "days",    "week",
        "weeks",  "month",   "months",  "year",    "years", "hour",      "hours",   "minutes",
        "person", "people",  "persons", "head",    "piece", "cost",      "costs",   "take",
        "last",   "start",   "begin",   "open",    "close", "happen",    "need",    "work",
        "leave",  "arrive",  "come",    "live",    "meet",  "pay",       "allowed", "personen",
        "woche",  "wochen",  "monat", "monate",    "monaten", "jahr",
        "jahre",  "jahren",  "tage",    "tagen",   "stunde", "stunden",  "fall",    "ende",
        "anfang", "durchschnitt", "moment", "zeit", "dokumente", "dokumenten", "datei",
        /* what is asked for: its value shows what it is */
        "price",  "prices",  "rate",    "name",    "names", "number",    "phone",   "telephone",
        "address", "date",   "amount",  "value",   "colour", "color",    "code",    "title",
        "size",   "length",  "weight",  "height",  "duration", "reason", "answer",  "question",
        "preis",  "preise",  "kosten",  "nummer",  "telefonnummer", "adresse", "datum", "betrag",
        "summe",  "höhe",    "wert",    "farbe",   "größe", "länge",     "gewicht", "uhrzeit",
        "termin", "frist",   "dauer",   "anzahl",  "menge", "grund",     "frage",   "antwort",
        NULL};
    return list_has(word, words);
}

/* The last word of the group that begins at *i, which goes behind it; n: there is none. */
static size_t head_of(const Word *words, size_t n, size_t *i) {
    size_t at = *i, from = at;
    assert(at <= n && n <= WORDS_MAX);
    while (at < n && !grammar_word(text_of(&words[at])) && !is_opener(text_of(&words[at]))) at++;
    *i = at; /* another opener may stand there */
    bool ends = at == n || is_opener(text_of(&words[at]));
    return ends && at > from ? at - 1 : n;
}

/* The next noun from word *i on: in German every capital tells one. n: there is none. */
static size_t next_noun(const Word *words, size_t n, bool german, size_t *i) {
    while (*i < n) {
        size_t at = (*i)++;
        Str word = text_of(&words[at]);
        if (german && words[at].capital && !grammar_word_german(word)) return at;
        if (german || !is_opener(word)) continue;
        size_t head = head_of(words, n, i);
        if (head < n) return head;
    }
    return n;
}

bool echo_next(Str question, size_t *nth, char *word, size_t cap, Str *out) {
    Word words[WORDS_MAX];
    size_t n = 0, at = 0, seen = 0, head;
    bool german = grammar_german(question);
    while (n < WORDS_MAX && next_word(question, &at, &words[n])) n++;
    for (size_t i = 0; (head = next_noun(words, n, german, &i)) < n;) {
        if (words[head].n < LETTERS_LEAST || is_idle(text_of(&words[head]))) continue;
        if (plain_is_digit(words[head].low[0]) || seen++ < *nth) continue;
        assert(cap > WORD_MAX); /* echo.h says so */
        memcpy(word, words[head].low, words[head].n);
        *out = (Str){word, words[head].n};
        ++*nth;
        return true;
    }
    return false;
}

/* ---- the documents --------------------------------------------------------------------------- */

/* In the whole document of a hit, its name and its titles; a file that goes with the question is
   not read again, and counts as having it. */
static Status stands_in(Turn *turn, const SearchHit *hit, Str word, bool *stands, Err *err) {
    Store *store = NULL;
    Buf text;
    Str title = str_from(hit->title);
    Str context = str_from(hit->context);
    *stands = hit->file_id == TURN_ATTACHED || echo_stands(hit->text, word) ||
              echo_stands(hit->path, word) || echo_stands(title, word) ||
              echo_stands(context, word);
    if (*stands) return OK;
    TRY(rig_store(turn->rig, STORE_READ, &store, err));
    buf_init(&text, DOCUMENT_MAX + 1);
    Status status = store_text(store, hit->file_id, 0, DOCUMENT_MAX, &text, err);
    *stands = text.n >= DOCUMENT_MAX || echo_stands(buf_str(&text), word);
    buf_fini(&text);
    return status;
}

/* Is nothing cited but rows, and of the model's own sentences, which stand before what is quoted
   behind them, none is supported? */
static bool rests_on_rows(const Turn *turn) {
    size_t own = str_find(buf_str(&turn->text), STR("\n\n"), 0);
    bool rows = turn->n_citations > 0;
    for (size_t i = 0; i < turn->n_citations && rows; i++) {
        rows = doc_has_row(turn->citations[i].quote);
    }
    for (size_t i = 0; i < turn->n_sentences && rows; i++) {
        rows = turn->sentences[i].citation < 0 || turn->sentences[i].start > own;
    }
    return rows && own != SIZE_MAX;
}

/* *alone: the answer says such a word, and none of the documents that it cites does. */
static Status find_alone(Turn *turn, bool *alone, Err *err) {
    char room[WORD_MAX + 1];
    Str word, text = buf_str(&turn->text);
    size_t quote = str_find(text, STR("\n\n"), 0);
    if (quote != SIZE_MAX) text = str_sub(text, 0, quote);
    *alone = false;
    for (size_t nth = 0; !*alone && echo_next(turn->question, &nth, room, sizeof room, &word);) {
        *alone = echo_stands(text, word);
        for (size_t i = 0; i < turn->n_citations && *alone; i++) {
            bool stands;
            TRY(stands_in(turn, &turn->found.hits[turn->citations[i].hit], word, &stands, err));
            *alone = !stands;
        }
    }
    return OK;
}

Status echo_check(Turn *turn, Engine *engine, Err *err) {
    bool alone = false, any = false;
    if (turn->consulted || turn->chinese || !turn->n_citations || turn->topic.n) return OK;
    TRY(find_alone(turn, &alone, err));
    bool asks = alone && !rests_on_rows(turn);
    for (size_t i = 0; i < turn->n_citations && i < QUOTES_MAX && asks && !any; i++) {
        double margin;
        Status status = near_holds(turn, engine, &turn->citations[i], &margin, err);
        if (status == E_CANCELLED) return OK; /* the hall says so */
        TRY(status);
        any = !(margin < LEAST);
    }
    turn->echoed = alone && !any;
    return OK;
}
