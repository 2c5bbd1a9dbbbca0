/*
 * Decide: do the documents answer the question, or not?
 *
 * The model alone cannot be asked: a small one says NOT FOUND to questions that need a step of
 * thought, and answers others from passages that merely sound alike. Five witnesses are heard:
 *
 *   the coverage  of the question: the share of its words, weighted by rarity, that stand together
 *                 in one run of sentences. What speaks of something else shares common words only;
 *   the nearness  of the best passage's meaning to the question's (cosine of the embeddings), where
 *                 there is one: it speaks for documents that say it in other words;
 *   the subject   of the question, where its word order tells it (knowledge/subject.c): documents
 *                 that never speak of a vineyard do not say what it weighs;
 *   the doubt     of the model: the share of its first word that it gives to NOT FOUND, before the
 *                 word is chosen. 0.45 and 0.95 are the same word and different testimonies;
 *   the support   at least one sentence of the answer stands in the passages, with its numbers and
 *                 names, and it or what it cites gives the kind of thing that is asked for: no
 *                 "when" is answered without a time (given.c).
 *
 * The first four are weighed against each other in one sum, a logistic model of "these passages
 * hold the answer" (log odds, natural logarithm):
 *
 *     mark = COVERAGE coverage + NEARNESS cosine - DOUBT logit(doubt) - LEAST
 *            - (the subject is missing ? SUBJECT : 0)
 *
 * Below 0 the documents do not answer; nor do they where a number that names what the question is
 * about ("invoice 25117020") stands in none of the passages. Before the model is asked its doubt
 * counts as the least that it can be; what falls short even so is refused without reading the
 * passages, which is most of what a collection does not hold, and costs nobody seconds. Above 0 the
 * answer is written, also when NOT FOUND was the likelier word (answer.c then begins with the next
 * best one), and must find support. Where none of it does although the mark is PLAIN, the sentences
 * that come nearest to it and hold QUOTED_MIN of the question are quoted behind it (cite.c): the
 * answer is then the documents' own.
 *
 * "May I keep hens?" - "Hens may not be kept": where one run has nearly all words of a question
 * that wants yes or no, a model's refusal in words is not obeyed either, and the run is quoted.
 *
 * Coverage and cosine tell what passages are about. Where these speak of the very topic and not of
 * what is asked about it, the sum is high all the same; then the state of the model that read them
 * tells (knows.c): where its odds are below KNOWS_LEAST the documents do not answer, whatever the
 * sum is; in Chinese, where they lie higher whether it is answered or not, below that and
 * KNOWS_CHINESE. It was learned from questions that stand alone and want more than yes or no, and
 * is not asked about others.
 *
 * What is refused so gets a second look by meaning (near.c); where that finds a sentence it is
 * quoted, and the documents answer.
 *
 * A document that was read whole to be summed up, and a text that is to be written (work.h), are no
 * answers to be found: neither is asked for support, though the summary's sentences show theirs. A
 * summary of what was found about something needs one sentence that has it.
 *
 * A model behind an endpoint is no small one: its word and the support are enough.
 *
 * The weights were fitted on one half of the questions of XQuAD (English) and CMRC 2018 (Chinese),
 * with the paragraph in the collection and left out of it; what is reported is measured on the
 * other half (tests/bench/answers.py, doc/decisions/0009). SUBJECT is the logarithm of how much
 * oftener the subject is missing where the paragraph was left out (2.7 in English, 4.1 in Chinese;
 * less than either is taken, as people call things by other names than documents do). The cosine's
 * weight is that of multilingual-e5-small, whose unrelated passages lie near 0.83.
 */
#include <assert.h>
#include <math.h>

#include "turn/given.h"
#include "turn/turn.h"

typedef struct Weights {
    double coverage, nearness, doubt, least;
    double cosine_middle; /* taken where no vectors are */
} Weights;

static const Weights english = {7.2, 30.0, 0.6, 27.8, 0.87};
static const Weights chinese = {6.5, 50.0, 0.6, 48.0, 0.89};

static const double SUBJECT = 2.5;     /* log odds */
static const double PLAIN = 1.5;       /* log odds: about four in five of these are answerable */
static const double QUOTED_MIN = 0.35; /* of the question, in what is quoted */
static const double SPOKEN_MIN = 0.9;   /* of a yes-no question, in one run: it is spoken of */
static const double KNOWS_LEAST = -3, KNOWS_CHINESE = 4.5; /* log odds, decision 0042 */
static const double DOUBT_LEAST = -4.0; /* logits beyond are no surer */

/* Bounded by DOUBT_LEAST on both sides; the tiny summand keeps 0 and 1 finite. */
static double logit(double share) {
    double odds = log((share + 1e-9) / (1 - share + 1e-9));
    return odds < DOUBT_LEAST ? DOUBT_LEAST : odds > -DOUBT_LEAST ? -DOUBT_LEAST : odds;
}

/* The sum of the essay. The best passage's cosine stands for the nearness. */
static double mark_of(const Turn *turn) {
    const Weights *w = turn->chinese ? &chinese : &english;
    assert(turn->verify); /* recall was before, also where it found nothing */
    float cosine = turn->found.n ? turn->found.hits[0].cosine : NAN;
    double doubt = isnan(turn->doubt) ? DOUBT_LEAST : logit(turn->doubt);
    double missing = verify_subject_stands(turn->verify) ? 0 : SUBJECT;
    return w->coverage * verify_question_coverage(turn->verify) +
           w->nearness * (isnan(cosine) ? w->cosine_middle : (double)cosine) - w->doubt * doubt -
           w->least - missing;
}

/* What the model knows, in all languages alike; NAN: nothing. */
static double known_of(const Turn *turn) {
    return turn->chinese ? turn->knows - KNOWS_CHINESE : turn->knows;
}

bool decide_hopeless(const Turn *turn) {
    if (turn->whole || turn->work == WORK_DRAFT) return false; /* nothing is looked for in them */
    if (known_of(turn) < KNOWS_LEAST) return true;
    return mark_of(turn) < 0 || !verify_code_stands(turn->verify);
}

bool decide_plain(const Turn *turn, double share) {
    return mark_of(turn) >= PLAIN && share >= QUOTED_MIN;
}

bool decide_spoken(const Turn *turn) {
    return !turn->consulted && given_wants_yes_no(turn->question) &&
           verify_question_coverage(turn->verify) >= SPOKEN_MIN;
}

/* A list of five steps of which one happens to stand somewhere: the model made up the others. "1."
   alone is no sentence of these. */
static bool is_made_up(const Turn *turn) {
    enum { CLAIMS_LEAST = 4, SHARE = 3, BARE_MAX = 4 };
    size_t claims = 0;
    for (size_t i = 0; i < turn->n_sentences; i++) {
        const TurnSentence *sentence = &turn->sentences[i];
        assert(sentence->start <= sentence->end);
        claims += sentence->end - sentence->start > BARE_MAX;
    }
    return claims >= CLAIMS_LEAST && SHARE * turn->n_supported < claims;
}

bool decide_answered(const Turn *turn) {
    if (turn->more && !turn->consulted) return turn->n_supported > 0;
    if (!isnan(turn->near) && !turn->consulted) return true;
    bool wrote =
        turn->model && !turn->model_refused && !turn->echoed && turn->text.n > 0;
    if (turn->work == WORK_DRAFT || (wrote && turn->whole)) return wrote;
    if (!wrote || turn->n_supported == 0) return false;
    if (turn->work == WORK_SUMMARY) return !decide_hopeless(turn);
    return turn->consulted || (!decide_hopeless(turn) && !is_made_up(turn) && cite_gives(turn));
}

/* A refusal is as certain as the passages are far from an answer. */
double decide_certainty(const Turn *turn) {
    if (!turn->model || turn->consulted) return -1;
    bool answered = decide_answered(turn);
    double odds = isnan(turn->near) ? mark_of(turn) : turn->near;
    if (!answered) odds = fmin(odds, known_of(turn)); /* NAN is passed over */
    double held = 1 / (1 + exp(-odds));
    if (!answered) return 1 - held;
    return turn->n_sentences ? held * (double)turn->n_supported / (double)turn->n_sentences : 0;
}
