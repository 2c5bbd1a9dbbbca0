/*
 * Labelled texts: one a line, then a tab and its names as `at:end:type`, parted by blanks; bytes of
 * the text, types by name. A text is folded, cut and parted as the tagger does it; what is kept of
 * a unit is its label and the keys of its features.
 *
 * Types are given as `name=number` with commas between; the number is what the program knows it by.
 * A span that shares a unit with an earlier one is left out, for a unit has one label. Positions
 * are moved from the text to the folded view, where the units are.
 */
#include <assert.h>

#include "base/mem.h"
#include "gate/names/train.h"

/* A name has at most 15 bytes, since a NUL ends it; a number is a byte, for it is one in the model.
   An empty name, or one type too many, is refused. */
bool train_names(const char *text, TrainNames *out) {
    Str all = str_from(text);
    *out = (TrainNames){.n = 0};
    for (size_t at = 0, end; at < all.n; at = end + 1) {
        end = str_find(all, STR(","), at);
        if (end == SIZE_MAX) end = all.n;
        Str word = str_sub(all, at, end);
        size_t is = str_find(word, STR("="), 0);
        int64_t number;
        if (is == SIZE_MAX || is == 0 || is >= sizeof out->name[0] || out->n == NAMES_TYPES_MAX ||
            num_parse_int(str_sub(word, is + 1, word.n), 0, 255, "type", "", &number, NULL) != OK)
            return false;
        memcpy(out->name[out->n], word.p, is);
        out->number[out->n++] = (uint8_t)number;
    }
    return out->n > 0;
}

/* "at:end:type" within the text; the type by its name. false: it is none. */
static bool span_read(Str word, const TrainNames *names, size_t limit, TrainSpan *out) {
    size_t a = str_find(word, STR(":"), 0), b = a == SIZE_MAX ? a : str_find(word, STR(":"), a + 1);
    int64_t at, end;
    if (b == SIZE_MAX) return false;
    if (num_parse_int(str_sub(word, 0, a), 0, (int64_t)limit, "start", "", &at, NULL) != OK ||
        num_parse_int(str_sub(word, a + 1, b), at + 1, (int64_t)limit, "end", "", &end, NULL) != OK)
        return false;
    out->at = (uint32_t)at;
    out->end = (uint32_t)end;
    for (uint32_t t = 0; t < names->n; t++) {
        out->type = (uint8_t)t;
        if (str_eq_c(str_sub(word, b + 1, word.n), names->name[t])) return true;
    }
    return false;
}

Status train_line(Str all, const TrainNames *names, TrainLine *out, Err *err) {
    Str line = str_line(all, &out->at);
    size_t tab = str_find(line, STR("\t"), 0);
    out->text = tab == SIZE_MAX ? line : str_sub(line, 0, tab);
    out->n = 0;
    for (size_t x = tab == SIZE_MAX ? line.n : tab + 1; x < line.n;) {
        size_t stop = str_find(line, STR(" "), x);
        if (stop == SIZE_MAX) stop = line.n;
        if (out->n == TRAIN_SPANS || line.n > TRAIN_LINE ||
            !span_read(str_sub(line, x, stop), names, out->text.n, &out->span[out->n])) {
            return err_set(err, E_CORRUPT, "a labelled line is wrong: %.*s",
                           (int)(stop - x > 60 ? 60 : stop - x), line.p + x);
        }
        out->n++;
        x = stop + 1;
    }
    return OK;
}

/*
 * TrainTexts is four arrays, each pointing into the next:
 *
 *     sentence  [0, 3, 5]                  first unit of each, and the end
 *     unit      [0, 40, 77, 118, 160, 199] first key of each, and the end
 *     key       [...]                      features, FEATURES_MAX a unit at most
 *     label     [1, 3, 0, 0, 4]            one a unit: B, E, outside, outside, S of type 0
 */
void train_texts_free(TrainTexts *t) {
    mem_free(t->key);
    mem_free(t->unit);
    mem_free(t->label);
    mem_free(t->sentence);
    *t = (TrainTexts){0};
}

/* B, I, E or S of a unit in a span: whether the span has units on its left and right. */
static uint8_t label_at(const NamesSentence *s, uint32_t i, const TrainSpan *span) {
    bool first = i == 0 || s->unit[i - 1].end <= span->at;
    bool last = i + 1 == s->n || s->unit[i + 1].at >= span->end;
    return (uint8_t)(1 + 4 * span->type + (first ? last ? 3 : 0 : last ? 2 : 1));
}

static bool is_in(const Unit *u, const TrainSpan *span) {
    return u->at < span->end && u->end > span->at;
}

/* Spans are in bytes of the view here. One that shares a unit with an earlier one is left out. */
void train_label(const NamesSentence *s, const TrainSpan *spans, size_t n, uint8_t *labels) {
    memset(labels, 0, s->n);
    for (size_t k = 0; k < n; k++) {
        bool taken = false;
        for (uint32_t i = 0; i < s->n; i++) taken |= labels[i] && is_in(&s->unit[i], &spans[k]);
        for (uint32_t i = 0; i < s->n && !taken; i++) {
            if (is_in(&s->unit[i], &spans[k])) labels[i] = label_at(s, i, &spans[k]);
        }
    }
}

/* Appends a sentence's labels and the keys of its units' features. */
static Status add_sentence(TrainTexts *t, const NamesSentence *s, const TrainSpan *spans, size_t n,
                           Err *err) {
    enum { MANY = 1 << 30 };
    TRY(mem_grow((void **)&t->key, &t->cap_key, t->n_key + (size_t)s->n * FEATURES_MAX,
                 sizeof *t->key, (size_t)MANY * 4, err));
    TRY(mem_grow((void **)&t->unit, &t->cap_unit, t->n_unit + s->n + 1, sizeof *t->unit, MANY,
                 err));
    TRY(mem_grow((void **)&t->label, &t->cap_label, t->n_unit + s->n + 1, 1, MANY, err));
    TRY(mem_grow((void **)&t->sentence, &t->cap_sentence, t->n_sentence + 2, sizeof *t->sentence,
                 MANY, err));
    train_label(s, spans, n, t->label + t->n_unit);
    t->sentence[t->n_sentence++] = t->n_unit;
    for (uint32_t i = 0; i < s->n; i++) {
        t->unit[t->n_unit++] = t->n_key;
        t->n_key += names_features(s, i, t->key + t->n_key);
    }
    assert(t->n_key <= t->cap_key && t->n_unit < t->cap_unit);
    t->unit[t->n_unit] = t->n_key;
    t->sentence[t->n_sentence] = t->n_unit;
    return OK;
}

/* All sentences of one text. */
static Status add_text(const NamesModel *words, Fold *fold, NamesSentence *s, TrainLine *line,
                       TrainTexts *out) {
    fold_window(fold, line->text);
    for (size_t k = 0; k < line->n; k++) {
        line->span[k].at = fold_view_of(fold, line->span[k].at);
        line->span[k].end = fold_view_of(fold, line->span[k].end);
    }
    for (uint32_t x = 0; x < fold->n;) {
        x = names_cut((Str){fold->p, fold->n}, x, s);
        if (!s->n) continue;
        names_words(words, s);
        TRY(add_sentence(out, s, line->span, line->n, NULL));
    }
    return OK;
}

/* add_text gives a status without words: what can fail in it is memory and too much of it. */
Status train_texts_read(const NamesModel *words, Str all, const TrainNames *names, TrainTexts *out,
                        Err *err) {
    static TrainLine line;
    Fold fold;
    TRY(fold_init(&fold, err));
    NamesSentence *s = mem_alloc(sizeof *s);
    Status status = s ? OK : err_no_memory(err, "a sentence");
    line.at = 0;
    while (status == OK && line.at < all.n) {
        status = train_line(all, names, &line, err);
        if (status != OK) break;
        status = add_text(words, &fold, s, &line, out);
        if (status != OK) err_set(err, status, "the texts are too many");
    }
    mem_free(s);
    fold_fini(&fold);
    return status;
}
