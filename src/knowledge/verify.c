/*
 * Finding support by terms, rule and weight; no model.
 *
 * Sentences, question and answer become terms: words, numbers, months and names (verify_terms.c).
 * Numbers, months and names are facts: each must stand in the span that is cited. A name matches
 * the same word in any case, and one that the question gave may stand elsewhere in the passage or
 * in its context line.
 *
 * A row of a table has the words of its table's first row as well, and a fact that stands there,
 * in the column of something else that the sentence takes from the row.
 *
 * A span is a run of at most VERIFY_RUN_MAX sentences, or one table row, of at most VERIFY_SPAN_MAX
 * bytes, inside one passage; a sentence that is longer by itself is taken by its clauses. Terms
 * weigh log(1 + N/df) over all sentences of all passages (inverse document frequency, Sparck Jones
 * 1972), so that "the" weighs little without a list alone. For a span S, sentence T and question Q:
 *     own   = weight(T's words in S) / weight(T's words)
 *     near  = weight(Q's words in S and its two neighbours) / weight(Q's words)
 *     news  = weight(T's words that Q has not, in S) / weight(T's words that Q has not)
 * S supports T when every fact of T stands in S, own >= OWN_MIN, and, if T has few words of its
 * own (a bare number or name), near >= NEAR_MIN: the same number in another context is no support.
 * An answer often repeats the question in words that the document does not use ("Hartwell gave a
 * discount of 3%", from "we give you 3 per cent off"). So where T adds a fact to the question,
 * news >= NEWS_MIN will do instead of own, with near >= NEAR_REPEATED_MIN.
 * A span that ends with a question supports nothing, and a row is not given the name of another.
 * Among spans that do, the best own + near/2 wins, less STEP_COST for each further sentence, so
 * that the quote stays as short as it can; ties go to the better passage.
 *
 * Whether the passages speak of the question at all is the best share of its weight in one run; a
 * word that only the place of the passage has (file, title, headings) counts PLACE_SHARE, and a
 * German compound of which only the end stands there ("Pauschale") HEAD_SHARE.
 *
 * Limits: at most SENTENCES_MAX sentences a passage set, TERMS_MAX terms a sentence. What is beyond
 * is not looked at: a span cannot be cited for it, and a T of more terms is supported by none.
 * Cost: spans x terms, with a sorted term list a sentence; a fraction of a millisecond for five
 * passages.
 */
#include "knowledge/verify_impl.h"

#include <assert.h>
#include <math.h>

#include "base/plain.h"
#include "base/segment.h"
#include "base/utf8.h"
#include "knowledge/digits.h"
#include "knowledge/doc.h"
#include "knowledge/grammar_words.h"
#include "knowledge/subject.h"

enum { SENTENCES_MAX = 4096, CLAUSE_MAX = 130, SHORT_TERMS = 4 };

static const double OWN_MIN = 0.5;   /* share of the sentence's own weight */
static const double NEWS_MIN = 0.33; /* share of what the sentence adds to the question */
static const double NEAR_MIN = 0.30; /* share of the question's weight, for short sentences */
static const double NEAR_REPEATED_MIN = 0.45; /* ... and for those that repeat the question */
static const double PLACE_SHARE = 0.5; /* of a question's word that only the place has */
static const double HEAD_SHARE = 0.7;  /* of a compound of which only the end stands there */
static const double TWIN_MIN = 0.5;  /* of the words of two passages stand in both */
static const double STEP_COST = 0.15; /* what a further sentence must add to be quoted too */

/* ---- passages ------------------------------------------------------------------------------ */

/* Passages also give the pieces of German compounds; questions and answers never do. */
static TermsHow how_to_read(const Verify *verify) {
    return verify->how == TERMS_PLAIN ? TERMS_PLAIN : TERMS_PIECES;
}

/* Does it end with a question mark, whatever closes a quotation or a bold text behind it? */
static bool is_question(Str words) {
    words = str_trim(words);
    while (words.n && memchr("*_\"')", words.p[words.n - 1], 5)) words.n--;
    return str_ends(words, STR("?")) || str_ends(words, STR("\xEF\xBC\x9F"));
}

/* `sentence` says where it stands. */
static Status add_sentence(Verify *verify, Sentence sentence, Err *err) {
    if (verify->n_sentences == SENTENCES_MAX) return OK;
    assert(sentence.passage < verify->n_passages && sentence.start < sentence.end);
    Str words = str_sub(verify->passages[sentence.passage].text, sentence.start, sentence.end);
    Terms terms;
    TRY(terms_of(verify->arena, words, how_to_read(verify), &terms, err));
    sentence.terms = terms.items;
    sentence.n_terms = terms.n;
    sentence.asks = is_question(words);
    sentence.row = doc_has_row(words);
    sentence.head = verify->n_sentences;
    const Sentence *above = sentence.head ? &verify->sentences[sentence.head - 1] : NULL;
    bool table = sentence.row && above && above->row && above->passage == sentence.passage &&
                 above->end + 1 == sentence.start;
    if (table) sentence.head = above->head;
    else if (sentence.row) table_spread_names(words, &terms);
    verify->sentences[verify->n_sentences++] = sentence;
    return OK;
}

/* Where a piece of at most CLAUSE_MAX bytes of [start,end) ends best: behind the last comma, else
   at a blank, else at a character. */
static size_t clause_end(Str text, size_t start, size_t end) {
    if (end - start <= CLAUSE_MAX) return end;
    size_t comma = 0, blank = 0, at = start, width;
    for (; at < end; at += width) {
        uint32_t c = utf8_decode(text, at, &width);
        if (at + width - start > CLAUSE_MAX) break;
        if (c == ',' || c == ';' || c == 0xFF0C || c == 0x3001) comma = at + width;
        if (c == ' ') blank = at + width;
    }
    return comma ? comma : blank ? blank : at;
}

/* All sentences of a passage, and the terms of the line that says where it stands. */
static Status add_sentences(Verify *verify, size_t passage, Err *err) {
    Str text = verify->passages[passage].text;
    size_t at = 0, start, end;
    TRY(terms_of(verify->arena, verify->passages[passage].context, how_to_read(verify),
                 &verify->contexts[passage], err));
    while (verify->n_sentences < SENTENCES_MAX && segment_next_wrapped(text, &at, &start, &end)) {
        bool whole = end - start <= VERIFY_SPAN_MAX;
        while (start < end) {
            size_t stop = whole ? end : clause_end(text, start, end);
            assert(stop > start && stop <= end); /* it goes on, and ends */
            Sentence piece = {.passage = passage, .start = start, .end = stop, .part = !whole};
            TRY(add_sentence(verify, piece, err));
            start = stop;
        }
    }
    return OK;
}

/* log(1 + N/df) over the sentences, one added to both: a term that none has weighs most. */
static double term_weight(const Verify *verify, const Term *term) {
    if (term->filler) return 0;
    size_t df = 0;
    for (size_t i = 0; i < verify->n_sentences; i++) {
        const Sentence *s = &verify->sentences[i];
        df += term_find(s->terms, s->n_terms, term->key) != NULL;
    }
    return log(1.0 + (double)(verify->n_sentences + 1) / (double)(df + 1));
}

static bool run_has(const Verify *verify, size_t first, size_t last, uint64_t key) {
    for (size_t i = first; i <= last; i++) {
        const Sentence *s = &verify->sentences[i];
        if (term_find(s->terms, s->n_terms, key)) return true;
    }
    return false;
}

/* The line that says where the passage stands (file, title, headings) speaks for its sentences. */
static double place_share(const Verify *verify, size_t sentence, uint64_t key) {
    const Terms *context = &verify->contexts[verify->sentences[sentence].passage];
    return term_find(context->items, context->n, key) ? PLACE_SHARE : 0;
}

/* Weighted share of `terms` that stands in sentences first..last. */
static double run_share(const Verify *verify, const Terms *terms, const double *weights,
                        size_t first, size_t last) {
    double have = 0, all = 0;
    assert(first <= last && last < verify->n_sentences);
    for (size_t i = 0; i < terms->n; i++) {
        all += weights[i];
        uint64_t key = terms->items[i].key;
        bool has = weights[i] > 0 &&
                   (run_has(verify, first, last, key) || table_head_has(verify, first, last, key));
        if (has) have += weights[i];
    }
    return all > 0 ? have / all : 0;
}

/* Pairs of each long word of a German question and its ends that may be words. */
static Status find_heads(Verify *verify, Str question, Err *err) {
    enum { END_MIN = 5, HEADS_MAX = 512 };
    if (verify->how != TERMS_GERMAN) return OK;
    verify->heads = arena_alloc_n(verify->arena, HEADS_MAX, sizeof *verify->heads);
    if (!verify->heads) return err_no_memory(err, "finding support");
    for (size_t at = 0; at < question.n;) {
        char word[TERM_BYTES];
        size_t n = 0, width;
        for (; at < question.n; at += width) {
            uint32_t c = utf8_decode(question, at, &width);
            if (!term_is_letter(c) || n + UTF8_MAX_BYTES > TERM_BYTES) break;
            n += utf8_encode(unicode_lower(c), word + n);
        }
        if (n == 0) at += width;
        for (size_t end = 4; end + END_MIN <= n && verify->n_heads < HEADS_MAX; end++) {
            if (utf8_goes_on(word[end])) continue;
            verify->heads[verify->n_heads++] =
                (Head){term_key(TERM_WORD, word, term_stem_german(word, n)),
                       term_key(TERM_WORD, word + end, term_stem_german(word + end, n - end))};
        }
    }
    return OK;
}

static bool end_stands(const Verify *verify, size_t first, size_t last, uint64_t compound) {
    for (size_t i = 0; i < verify->n_heads; i++) {
        if (verify->heads[i].compound != compound) continue;
        if (run_has(verify, first, last, verify->heads[i].end)) return true;
    }
    return false;
}

/* What the place and the ends of compounds add to the question's share in a run. */
static double placed_share(const Verify *verify, size_t first, size_t last) {
    double have = 0;
    for (size_t i = 0; i < verify->question.n; i++) {
        uint64_t key = verify->question.items[i].key;
        if (verify->question_weights[i] <= 0 || run_has(verify, first, last, key)) continue;
        if (table_head_has(verify, first, last, key)) continue;
        double part = end_stands(verify, first, last, key) ? HEAD_SHARE : 0;
        double place = place_share(verify, first, key);
        have += (part > place ? part : place) * verify->question_weights[i];
    }
    return verify->question_weight > 0 ? have / verify->question_weight : 0;
}

static Status weigh(Verify *verify, const Terms *terms, double **out, double *sum, Err *err) {
    double *weights = arena_alloc_n(verify->arena, terms->n + 1, sizeof *weights);
    if (!weights) return err_no_memory(err, "finding support");
    *sum = 0;
    for (size_t i = 0; i < terms->n; i++) {
        weights[i] = term_weight(verify, &terms->items[i]);
        *sum += weights[i];
    }
    *out = weights;
    return OK;
}

/* Runs grow from `first`: is first..last one span inside the limits? False behind the last
   sentence of all, too, so that a loop may ask it alone. */
static bool run_is_span(const Verify *verify, size_t first, size_t last) {
    if (last >= verify->n_sentences) return false;
    const Sentence *a = &verify->sentences[first], *b = &verify->sentences[last];
    if (a->passage != b->passage) return false;
    if (last > first && (a->row || b->row)) return false;
    return last - first < VERIFY_RUN_MAX && b->end - a->start <= VERIFY_SPAN_MAX;
}

static void find_code(Verify *verify, Str code) {
    bool stands = !code.n;
    for (size_t i = 0; i < verify->n_passages && !stands; i++) {
        stands = digits_find(verify->passages[i].text, code).n ||
                 digits_find(verify->passages[i].context, code).n;
    }
    verify->no_code = !stands;
}

Status verify_new(Arena *arena, const VerifyPassage *passages, size_t n, Str question,
                  Verify **out, Err *err) {
    if (n > VERIFY_PASSAGES_MAX || question.n > VERIFY_TEXT_MAX) {
        return err_set(err, E_LIMIT, "too much text to look for support in");
    }
    Verify *verify = arena_zalloc(arena, sizeof *verify);
    if (!verify) return err_no_memory(err, "finding support");
    verify->arena = arena;
    verify->passages = passages;
    verify->n_passages = n;
    if (grammar_german(question)) verify->how = TERMS_GERMAN;
    verify->sentences = arena_alloc_n(arena, SENTENCES_MAX, sizeof(Sentence));
    verify->contexts = arena_alloc_n(arena, n + 1, sizeof(Terms));
    if (!verify->sentences || !verify->contexts) return err_no_memory(err, "finding support");
    for (size_t i = 0; i < n; i++) TRY(add_sentences(verify, i, err));
    TRY(terms_of(arena, question, verify->how, &verify->question, err));
    TRY(weigh(verify, &verify->question, &verify->question_weights, &verify->question_weight, err));
    TRY(find_heads(verify, question, err));
    TRY(terms_of(arena, subject_of(question), verify->how, &verify->subject, err));
    find_code(verify, subject_code(question));
    for (size_t first = 0; first < verify->n_sentences; first++) {
        for (size_t last = first; run_is_span(verify, first, last); last++) {
            double share = run_share(verify, &verify->question, verify->question_weights,
                                     first, last) + placed_share(verify, first, last);
            if (share > verify->coverage) verify->coverage = share;
        }
    }
    bool named = false;
    for (size_t i = 0; i < verify->subject.n; i++) named |= !verify->subject.items[i].filler;
    verify->by_subject = named && !utf8_has_cjk(question) && verify_subject_stands(verify);
    *out = verify;
    return OK;
}

double verify_question_coverage(const Verify *verify) {
    return verify->coverage;
}

/* ---- one sentence -------------------------------------------------------------------------- */

/* Does a word stand anywhere in the passage, or in the line that says where it stands? */
static bool passage_has(const Verify *verify, size_t passage, uint64_t key) {
    const Terms *context = &verify->contexts[passage];
    if (term_find(context->items, context->n, key)) return true;
    for (size_t i = 0; i < verify->n_sentences; i++) {
        const Sentence *s = &verify->sentences[i];
        if (s->passage == passage && term_find(s->terms, s->n_terms, key)) return true;
    }
    return false;
}

/* Does a word stand in the line above a passage, or in the passage before a sentence of it? */
static bool stands_before(const Verify *verify, size_t sentence, uint64_t key) {
    size_t passage = verify->sentences[sentence].passage;
    const Terms *context = &verify->contexts[passage];
    bool stands = term_find(context->items, context->n, key);
    for (size_t i = sentence; i > 0 && !stands; i--) {
        const Sentence *s = &verify->sentences[i - 1];
        if (s->passage != passage) break;
        stands = term_find(s->terms, s->n_terms, key);
    }
    return stands;
}

/* May a run be cited? Not where its passage names the subject only under a later heading: "the cups
   come on 28 November", from a sentence about plates above the heading of the cups. A passage that
   never names it may call it otherwise. */
static bool has_subject(const Verify *verify, size_t first) {
    bool stands = !verify->by_subject;
    for (size_t i = 0; i < verify->subject.n && !stands; i++) {
        const Term *term = &verify->subject.items[i];
        if (term->filler) continue;
        stands = !passage_has(verify, verify->sentences[first].passage, term->key) ||
                 stands_before(verify, first, term->key);
        for (size_t k = first; k < verify->n_sentences && !stands; k++) {
            const Sentence *s = &verify->sentences[k];
            if (s->passage != verify->sentences[first].passage) break;
            Str text = verify->passages[s->passage].text;
            Str gap = k > first ? str_sub(text, s[-1].end, s->start) : (Str){"", 0};
            if (str_has(gap, STR("\n\n"))) break;
            stands = term_find(s->terms, s->n_terms, term->key) != NULL;
        }
    }
    return stands;
}

/* Words of passage a, each as often as a sentence has it; *shared of them stand in passage b. */
static size_t words_shared(const Verify *verify, size_t a, size_t b, size_t *shared) {
    size_t n = 0;
    *shared = 0;
    for (size_t i = 0; i < verify->n_sentences; i++) {
        const Sentence *s = &verify->sentences[i];
        for (size_t k = 0; s->passage == a && k < s->n_terms; k++) {
            if (s->terms[k].filler) continue;
            n++;
            *shared += passage_has(verify, b, s->terms[k].key);
        }
    }
    return n;
}

bool verify_alike(const Verify *verify, size_t a, size_t b) {
    size_t shared[2];
    size_t all = words_shared(verify, a, b, &shared[0]) + words_shared(verify, b, a, &shared[1]);
    return (double)(shared[0] + shared[1]) >= TWIN_MIN * (double)all;
}

bool verify_twin(const Verify *verify, size_t better, size_t other) {
    size_t lacks = 0, has = 0;
    for (size_t i = 0; i < verify->question.n; i++) {
        const Term *term = &verify->question.items[i];
        if (term->filler) continue;
        bool in_better = passage_has(verify, better, term->key);
        bool in_other = passage_has(verify, other, term->key);
        lacks += in_better && !in_other;
        has += in_other && !in_better;
    }
    return lacks && !has && verify_alike(verify, better, other);
}

bool verify_subject_stands(const Verify *verify) {
    bool any = false;
    for (size_t i = 0; i < verify->subject.n; i++) {
        const Term *term = &verify->subject.items[i];
        if (term->filler) continue;
        any = true;
        for (size_t passage = 0; passage < verify->n_passages; passage++) {
            if (passage_has(verify, passage, term->key)) return true;
        }
    }
    return !any || verify->coverage <= 0;
}

bool verify_code_stands(const Verify *verify) {
    return !verify->no_code;
}

Status verify_names_subject(Verify *verify, Str text, bool *named, Err *err) {
    Terms terms;
    *named = subject_by_pronoun(text);
    if (text.n > VERIFY_TEXT_MAX) text.n = VERIFY_TEXT_MAX;
    TRY(terms_of(verify->arena, text, verify->how, &terms, err));
    for (size_t i = 0; i < verify->subject.n; i++) {
        const Term *term = &verify->subject.items[i];
        *named |= !term->filler && term_find(terms.items, terms.n, term->key) != NULL;
    }
    return OK;
}

/* The name of another row is none of this row: it must stand in prose about the table. */
static bool stands_about_row(const Verify *verify, size_t passage, uint64_t key) {
    const Terms *context = &verify->contexts[passage];
    if (term_find(context->items, context->n, key)) return true;
    for (size_t i = 0; i < verify->n_sentences; i++) {
        const Sentence *s = &verify->sentences[i];
        bool prose = s->passage == passage && (!s->row || s->head == i);
        if (prose && term_find(s->terms, s->n_terms, key)) return true;
    }
    return false;
}

/* "The rent of Weir House is 1,850": the clause that says the rent need not repeat the name of the
   house when the question gave it and the lease is about it. In German, where each noun is a name,
   not what is spoken of later only: "Die Fahrt kostet 289 Euro. Darin ist die Fähre enthalten." */
static bool name_is_given(const Verify *verify, const Term *term, size_t first) {
    const Sentence *s = &verify->sentences[first];
    bool german = verify->how == TERMS_GERMAN;
    return term->kind == TERM_NAME &&
           term_find(verify->question.items, verify->question.n, term->key) &&
           (s->row    ? stands_about_row(verify, s->passage, term->key)
            : german ? stands_before(verify, first, term->key)
                     : passage_has(verify, s->passage, term->key));
}

/* "Ana Ruiz", where the run calls her "Ana": another sentence of the passage has both names. */
static bool completes_name(const Verify *verify, const Claim *claim, const Term *name, size_t run) {
    const Sentence *s = &verify->sentences[run];
    for (size_t i = 0; i < verify->n_sentences && name->kind == TERM_NAME && !s->row; i++) {
        const Sentence *other = &verify->sentences[i];
        bool both = other->passage == s->passage &&
                    term_find(other->terms, other->n_terms, name->key);
        for (size_t k = 0; both && k < claim->terms.n; k++) {
            const Term *half = &claim->terms.items[k];
            if (half->kind == TERM_NAME && term_find(s->terms, s->n_terms, half->key) &&
                term_find(other->terms, other->n_terms, half->key)) {
                return true;
            }
        }
    }
    return false;
}

/* Does every fact of the claim stand in the run, above it, or is given? See the essay. */
static bool facts_stand(const Verify *verify, const Claim *claim, size_t first, size_t last) {
    for (size_t i = 0; i < claim->terms.n; i++) {
        const Term *term = &claim->terms.items[i];
        if (term->kind == TERM_WORD || term->filler) continue;
        if (run_has(verify, first, last, term->key)) continue;
        if (table_stands_above(verify, claim, term, first)) continue; /* a row stands alone */
        if (completes_name(verify, claim, term, first)) continue;
        if (!name_is_given(verify, term, first)) return false;
    }
    return !table_wrong_cell(verify, claim, first);
}

/* Score of a run as support (above 0), or a negative number when it is none. */
static double run_score(const Verify *verify, const Claim *claim, size_t first, size_t last,
                        double *own) {
    if (verify->sentences[last].asks) return -1; /* "Is there a lift?" does not say that there is */
    if (!facts_stand(verify, claim, first, last)) return -1;
    *own = run_share(verify, &claim->terms, claim->weights, first, last);
    bool repeats = *own < OWN_MIN;
    if (repeats && !claim->adds_fact) return -1;
    if (repeats && run_share(verify, &claim->terms, claim->news, first, last) < NEWS_MIN) return -1;
    /* the neighbours give context to a short answer without being quoted */
    size_t before = first, after = last;
    if (first > 0 && verify->sentences[first - 1].passage == verify->sentences[first].passage) {
        before--;
    }
    if (last + 1 < verify->n_sentences &&
        verify->sentences[last + 1].passage == verify->sentences[last].passage) {
        after++;
    }
    double near = run_share(verify, &verify->question, verify->question_weights, before, after);
    double least = repeats ? NEAR_REPEATED_MIN : claim->n_counted < SHORT_TERMS ? NEAR_MIN : 0;
    if (claim->near_known && near < least) return -1;
    return 1 + *own + 0.5 * near - STEP_COST * (double)(last - first) -
           0.01 * (double)verify->sentences[first].passage;
}

/* What the sentence adds to the question. */
static Status find_news(Verify *verify, Claim *claim, Err *err) {
    claim->news = arena_alloc_n(verify->arena, claim->terms.n + 1, sizeof *claim->news);
    if (!claim->news) return err_no_memory(err, "finding support");
    for (size_t i = 0; i < claim->terms.n; i++) {
        const Term *term = &claim->terms.items[i];
        bool given = term_find(verify->question.items, verify->question.n, term->key);
        claim->news[i] = given ? 0 : claim->weights[i];
        claim->n_counted += claim->weights[i] > 0;
        claim->adds_fact |= claim->news[i] > 0 && term->kind != TERM_WORD;
    }
    claim->adds_fact = claim->adds_fact && claim->near_known; /* added to what? */
    return OK;
}

/* "+442079460958" as the passages group it, "+44 20 7946 0958": of a telephone or an account only
   the digits count. */
static Status respell(Verify *verify, Str sentence, Str *out, Err *err) {
    char digits[DIGITS_LONG_MAX];
    Str number;
    Buf text;
    buf_init(&text, 8 * VERIFY_TEXT_MAX);
    for (size_t at = 0; at < sentence.n;) {
        size_t from = at;
        bool begins = !at || !plain_is_digit(sentence.p[at - 1]);
        Str as = {"", 0};
        if (!begins || !digits_long(sentence, &at, digits, &number)) {
            buf_add_byte(&text, sentence.p[at++]);
            continue;
        }
        for (size_t i = 0; i < verify->n_passages && !as.n; i++) {
            as = digits_find(verify->passages[i].text, number);
        }
        buf_add_str(&text, as.n ? as : str_sub(sentence, from, at));
    }
    Status status = buf_check(&text, "a sentence", err);
    const char *bytes = text.n ? text.p : "";
    *out = (Str){status == OK ? arena_dup(verify->arena, bytes, text.n) : "", text.n};
    buf_fini(&text);
    return status == OK && !out->p ? err_no_memory(err, "finding support") : status;
}

Status verify_sentence(Verify *verify, Str sentence, bool *supported, VerifySpan *out, Err *err) {
    *supported = false;
    if (sentence.n > VERIFY_TEXT_MAX) {
        return err_set(err, E_LIMIT, "a sentence of %zu bytes", sentence.n);
    }
    Claim claim = {.near_known = verify->question_weight > 0};
    double best = 0, weight;
    TRY(respell(verify, sentence, &sentence, err));
    TRY(terms_of(verify->arena, sentence, verify->how, &claim.terms, err));
    TRY(weigh(verify, &claim.terms, &claim.weights, &weight, err));
    if (weight <= 0 || claim.terms.cut) return OK;
    assert(claim.terms.n > 0); /* of no terms there is no weight */
    TRY(find_news(verify, &claim, err));
    for (size_t first = 0; first < verify->n_sentences; first++) {
        for (size_t last = first; run_is_span(verify, first, last); last++) {
            double own = 0, score = run_score(verify, &claim, first, last, &own);
            if (score <= best || !has_subject(verify, first)) continue;
            best = score;
            *supported = true;
            *out = (VerifySpan){verify->sentences[first].passage, verify->sentences[first].start,
                                verify->sentences[last].end, own};
        }
    }
    return OK;
}

Status verify_numbers_stand(Verify *verify, Str text, size_t passage, bool *stand, Err *err) {
    Terms terms;
    if (text.n > VERIFY_TEXT_MAX) text.n = VERIFY_TEXT_MAX;
    TRY(terms_of(verify->arena, text, verify->how, &terms, err));
    *stand = true;
    for (size_t i = 0; i < terms.n && *stand; i++) {
        if (terms.items[i].kind != TERM_NUMBER || terms.items[i].filler) continue;
        bool here = passage != VERIFY_ANY && passage_has(verify, passage, terms.items[i].key);
        for (size_t k = 0; passage == VERIFY_ANY && k < verify->n_passages && !here; k++) {
            here = passage_has(verify, k, terms.items[i].key);
        }
        *stand = here;
    }
    return OK;
}

/* ---- what is nearest, where nothing supports ----------------------------------------------- */

static bool run_is_whole(const Verify *verify, size_t first, size_t last) {
    for (size_t i = first; i <= last; i++) {
        if (verify->sentences[i].part) return false;
    }
    return true;
}

/* Has a run a word of the answer's that the question has not? */
static bool run_adds(const Verify *verify, const Terms *answer, size_t first, size_t last) {
    for (size_t i = 0; i < answer->n; i++) {
        const Term *term = &answer->items[i];
        if (term->filler || term_find(verify->question.items, verify->question.n, term->key)) {
            continue;
        }
        if (run_has(verify, first, last, term->key)) return true;
    }
    return false;
}

Status verify_nearest(Verify *verify, Str answer, size_t n_passages, VerifySpan *out, Err *err) {
    Claim claim = {.near_known = verify->question_weight > 0};
    double weight, best = 0;
    *out = (VerifySpan){0};
    if (answer.n > VERIFY_TEXT_MAX) answer.n = VERIFY_TEXT_MAX;
    TRY(terms_of(verify->arena, answer, verify->how, &claim.terms, err));
    TRY(weigh(verify, &claim.terms, &claim.weights, &weight, err));
    TRY(find_news(verify, &claim, err));
    size_t n = 0;
    while (n < verify->n_sentences && verify->sentences[n].passage < n_passages) n++;
    bool adds = n > 0 && run_adds(verify, &claim.terms, 0, n - 1);
    for (size_t first = 0; first < n; first++) {
        if (table_wrong_cell(verify, &claim, first) || table_is_head(verify, first)) continue;
        for (size_t last = first; run_is_span(verify, first, last); last++) {
            double asked = run_share(verify, &verify->question, verify->question_weights,
                                     first, last);
            double score = asked + run_share(verify, &claim.terms, claim.weights, first, last) -
                           STEP_COST * (double)(last - first);
            if (score <= best || !run_is_whole(verify, first, last)) continue;
            if (!has_subject(verify, first)) continue;
            if (adds && !run_adds(verify, &claim.terms, first, last)) continue;
            best = score;
            *out = (VerifySpan){verify->sentences[first].passage, verify->sentences[first].start,
                                verify->sentences[last].end, asked};
        }
    }
    return OK;
}

/* A quote that begins with sentence `first` and ends with its passage, or where it is full. */
static VerifySpan quote_from(const Verify *verify, size_t first) {
    assert(first < verify->n_sentences);
    const Sentence *from = &verify->sentences[first];
    size_t last = first;
    while (last + 1 < verify->n_sentences &&
           verify->sentences[last + 1].passage == from->passage &&
           verify->sentences[last + 1].end - from->start <= VERIFY_SPAN_MAX) {
        last++;
    }
    return (VerifySpan){from->passage, from->start, verify->sentences[last].end, 0};
}

double verify_share(const Verify *verify, size_t passage, size_t start, size_t end) {
    double best = 0;
    for (size_t first = 0; first < verify->n_sentences; first++) {
        const Sentence *s = &verify->sentences[first];
        if (s->passage != passage || s->start < start) continue;
        for (size_t last = first; run_is_span(verify, first, last) &&
                                  verify->sentences[last].end <= end; last++) {
            double share = run_share(verify, &verify->question, verify->question_weights,
                                     first, last);
            if (share > best) best = share;
        }
    }
    return best;
}

VerifySpan verify_passage(const Verify *verify, size_t passage) {
    VerifySpan out = {.passage = passage};
    double best = -1;
    for (size_t first = 0; first < verify->n_sentences; first++) {
        if (verify->sentences[first].passage != passage) continue;
        for (size_t last = first; run_is_span(verify, first, last); last++) {
            double asked = run_share(verify, &verify->question, verify->question_weights,
                                     first, last);
            double score = asked - STEP_COST * (double)(last - first);
            if (score <= best) continue;
            best = score;
            out = quote_from(verify, first);
            out.score = asked;
        }
    }
    return out;
}
