/*
 * Names of languages and codes of currencies, which the tagger takes for people.
 *
 * "Translate this into German" left as "into Kettlethorpe", and "1,250.00 EUR" with somebody's name
 * in the place of the currency: the model on the other machine could not do what it was asked. Both
 * are words that people are called, too (Mrs French), so the words beside them decide:
 *
 *   - a language behind "in", "into", "auf", "speaks"; or beside another language behind "and",
 *     "or", "to", "from"; or before "translation", "version" and the like;
 *   - a currency (three capitals of ISO 4217, or what is used so) beside an amount.
 *
 * The find has to be that word alone, or unknown words that end with "auf" and the language.
 */
#include "gate/scan/impl.h"

enum { NEAR = 24, WORD_MAX = 24 };

static const float LIKELY = 0.5F;

static const Str languages[] = {
    STR("English"), STR("German"), STR("French"), STR("Spanish"), STR("Italian"),
    STR("Portuguese"), STR("Dutch"), STR("Russian"), STR("Chinese"), STR("Mandarin"),
    STR("Cantonese"), STR("Japanese"), STR("Korean"), STR("Arabic"), STR("Turkish"),
    STR("Polish"), STR("Swedish"), STR("Danish"), STR("Norwegian"), STR("Finnish"), STR("Greek"),
    STR("Hebrew"), STR("Hindi"), STR("Latin"), STR("Ukrainian"), STR("Czech"), STR("Hungarian"),
    STR("Romanian"), STR("Thai"), STR("Vietnamese"), STR("Indonesian"), STR("Englisch"),
    STR("Deutsch"), STR("Französisch"), STR("Spanisch"), STR("Italienisch"),
    STR("Portugiesisch"), STR("Niederländisch"), STR("Russisch"), STR("Chinesisch"),
    STR("Japanisch"), STR("Koreanisch"), STR("Arabisch"), STR("Türkisch"), STR("Polnisch"),
    STR("Schwedisch"), STR("Dänisch"), STR("Latein")};

static const Str currencies[] = {
    STR("EUR"), STR("USD"), STR("GBP"), STR("CHF"), STR("JPY"), STR("CNY"), STR("RMB"),
    STR("HKD"), STR("TWD"), STR("SGD"), STR("AUD"), STR("CAD"), STR("NZD"), STR("SEK"),
    STR("NOK"), STR("DKK"), STR("PLN"), STR("CZK"), STR("HUF"), STR("INR"), STR("KRW"),
    STR("THB"), STR("BRL"), STR("MXN"), STR("ZAR"), STR("TRY"), STR("RUB"), STR("UAH"),
    STR("ILS"), STR("AED"), STR("SAR"), STR("BTC")};

static bool is_language(Str word) {
    return is_among(word, languages, ARRAY_LEN(languages));
}

/* Letters before a place, and the blank behind them; any letters. */
static Str word_before(const Fold *v, uint32_t place) {
    uint32_t end = place, at;
    if (end == 0 || v->p[end - 1] != ' ') return (Str){v->p, 0};
    for (at = --end; at > 0 && end - at < WORD_MAX && is_letter(v->p[at - 1]);) at--;
    return (Str){v->p + at, end - at};
}

/* One blank away; empty: there is none. */
static Str word_behind(const Fold *v, uint32_t place) {
    uint32_t at = place + 1, end = at;
    if (fold_at(v, place) != ' ') return (Str){v->p, 0};
    while (end < v->n && end - at < WORD_MAX && is_letter(v->p[end])) end++;
    return (Str){v->p + at, end - at};
}

/* Another language within some words of [at, end). */
static bool has_language_near(const Fold *v, uint32_t at, uint32_t end) {
    uint32_t from = at > NEAR ? at - NEAR : 0, to = v->n - end > NEAR ? end + NEAR : v->n;
    for (size_t i = 0; i < ARRAY_LEN(languages); i++) {
        Str before = {v->p + from, at - from}, behind = {v->p + end, to - end};
        if (str_find(before, languages[i], 0) != SIZE_MAX) return true;
        if (str_find(behind, languages[i], 0) != SIZE_MAX) return true;
    }
    return false;
}

/* The words around say that it is a language here, and nobody's name. */
static bool is_spoken(const Fold *v, uint32_t at, uint32_t end) {
    static const Str leading[] = {STR("in"),    STR("into"),    STR("auf"),      STR("ins"),
                                  STR("speak"), STR("speaks"),  STR("spricht"),  STR("sprechen"),
                                  STR("spoke"), STR("learn"),   STR("learning"), STR("Translate")};
    static const Str joining[] = {STR("and"), STR("or"), STR("to"),  STR("from"), STR("und"),
                                  STR("oder"), STR("then"), STR("nach"), STR("von")};
    static const Str following[] = {STR("translation"), STR("version"),  STR("text"),
                                    STR("language"),    STR("subtitles"), STR("speaker"),
                                    STR("speakers"),    STR("grammar"),   STR("words")};
    Str before = word_before(v, at), behind = word_behind(v, end);
    if (is_among(before, leading, ARRAY_LEN(leading))) return true;
    if (is_among(behind, following, ARRAY_LEN(following))) return true;
    return is_among(before, joining, ARRAY_LEN(joining)) && has_language_near(v, at, end);
}

/* "1,250.00 EUR", "EUR 980,50" */
static bool is_money(const Fold *v, uint32_t at, uint32_t end) {
    bool before = fold_at(v, (int64_t)at - 1) == ' ' && is_digit(fold_at(v, (int64_t)at - 2));
    bool behind = fold_at(v, end) == ' ' && is_digit(fold_at(v, (int64_t)end + 1));
    Str word = {v->p + at, end - at};
    return (before || behind) && is_among(word, currencies, ARRAY_LEN(currencies));
}

/* "Antwort auf Englisch": how much stands before the language; 0: it does not end so. */
static uint32_t before_auf(Str words) {
    static const char auf[] = " auf ";
    size_t at = str_find(words, STR(" auf "), 0);
    if (at == SIZE_MAX || !is_language(str_sub(words, at + sizeof auf - 1, words.n))) return 0;
    return (uint32_t)at;
}

/* A language among words of languages, a currency beside a number; both the tagger takes for names.
   */
bool tongue_is_named(const Fold *v, const NameSpan *name) {
    Str words = {v->p + name->at, name->end - name->at};
    if (name->type != SCAN_PERSON && name->type != SCAN_PLACE && name->type != SCAN_ORG) {
        return false;
    }
    if (is_language(words)) return is_spoken(v, name->at, name->end);
    if (is_money(v, name->at, name->end)) return true;
    return !name->known && name->score < LIKELY && before_auf(words);
}
