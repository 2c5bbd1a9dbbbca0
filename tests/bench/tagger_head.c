/*
 * Learns the head of the tagger's second look (src/gate/names/head.c); no part of the program.
 *
 *     tagger_head OUT MODEL TEXTS TYPES ENCODER [NAME=VALUE ...]
 *
 * TEXTS are lines as tagger.c reads them, TYPES too; they should be texts that MODEL did not learn
 * from. Every sentence goes through the tagger, which cuts and weighs it, and through the encoder,
 * as it does in the program. The same inputs give the same bytes where the encoder's kernels are
 * the same.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "gate/names/train.h"
#include "model/embed.h"

enum { INPUT_MAX = 1 << 30, UNITS_MAX = 1 << 22 };

_Static_assert(sizeof(EmbedPlace) == sizeof(NamesPlace), "places are alike");

static Err err;

typedef struct Collector {
    Embedder *embedder;
    NamesModel *model;
    NamesSentence *s;
    Fold fold;
    uint32_t layers;
    TrainLessons out;
} Collector;

static bool read_option(const char *word, TrainHeadOptions *o) {
    char name[16];
    float value;
    if (sscanf(word, "%15[a-z]=%f", name, &value) != 2) return false;
    uint32_t count = (uint32_t)value;
    if (!strcmp(name, "layers")) o->layers = count;
    else if (!strcmp(name, "hidden")) o->hidden = count;
    else if (!strcmp(name, "epochs")) o->epochs = count;
    else if (!strcmp(name, "rate")) o->rate = value;
    else if (!strcmp(name, "decay")) o->decay = value;
    else if (!strcmp(name, "drop")) o->drop = value;
    else if (!strcmp(name, "deaf")) o->deaf = value;
    else if (!strcmp(name, "lean")) o->lean = value;
    else return false;
    return true;
}

static Status make_room(TrainLessons *t, uint32_t n) {
    size_t units = t->n_unit + n, row = 4 * (size_t)t->types, dim = t->dim, most = UNITS_MAX;
    TRY(mem_grow((void **)&t->sentence, &t->cap_sentence, t->n_sentence + 2, sizeof *t->sentence,
                 most, &err));
    TRY(mem_grow((void **)&t->label, &t->cap_label, units, 1, most, &err));
    TRY(mem_grow((void **)&t->place, &t->cap_place, units, sizeof *t->place, most, &err));
    TRY(mem_grow((void **)&t->row, &t->cap_row, units * row, sizeof *t->row, most * row, &err));
    return mem_grow((void **)&t->state, &t->cap_state, units * dim, sizeof *t->state, most * dim,
                    &err);
}

/* The sentence in c->s, with the labels of the line. */
static Status add_sentence(Collector *c, const TrainLine *line) {
    static EmbedPlace place[NAMES_UNITS];
    static uint32_t token[NAMES_UNITS];
    NamesSentence *s = c->s;
    TrainLessons *t = &c->out;
    uint32_t from = s->unit[0].at;
    TRY(make_room(t, s->n));
    for (uint32_t i = 0; i < s->n; i++) {
        place[i] = (EmbedPlace){s->unit[i].at - from, s->unit[i].end - from};
    }
    Str text = str_sub((Str){c->fold.p, c->fold.n}, from, s->unit[s->n - 1].end);
    EmbedText only = {text, place, s->n};
    EmbedAsk ask = {&only, 1, 1u << (c->layers - 1)};
    TRY(embedder_states(c->embedder, &ask, t->state + t->n_unit * t->dim, token, &err));
    names_words(c->model, s);
    train_label(s, line->span, line->n, t->label + t->n_unit);
    for (uint32_t i = 0; i < s->n; i++) {
        NamesRow row;
        names_weigh(c->model, s, i, row);
        memcpy(t->row + (t->n_unit + i) * 4 * t->types, row, 4 * t->types * sizeof *row);
        t->place[t->n_unit + i] = names_head_place(token, s->n, i);
    }
    t->sentence[t->n_sentence++] = t->n_unit;
    t->n_unit += s->n;
    t->sentence[t->n_sentence] = t->n_unit;
    return OK;
}

static Status add_line(Collector *c, TrainLine *line) {
    fold_window(&c->fold, line->text);
    for (size_t k = 0; k < line->n; k++) {
        line->span[k].at = fold_view_of(&c->fold, line->span[k].at);
        line->span[k].end = fold_view_of(&c->fold, line->span[k].end);
    }
    for (uint32_t x = 0; x < c->fold.n;) {
        x = names_cut((Str){c->fold.p, c->fold.n}, x, c->s);
        if (c->s->n) TRY(add_sentence(c, line));
    }
    return OK;
}

static Status collect(Collector *c, Str texts, const TrainNames *names) {
    static TrainLine line;
    c->out.types = c->model->types;
    c->out.dim = (uint32_t)embedder_dim(c->embedder);
    c->s = mem_alloc(sizeof *c->s);
    if (!c->s) return err_no_memory(&err, "a sentence");
    TRY(fold_init(&c->fold, &err));
    for (line.at = 0; line.at < texts.n;) {
        TRY(train_line(texts, names, &line, &err));
        TRY(add_line(c, &line));
    }
    printf("%zu sentences, %zu units\n", c->out.n_sentence, c->out.n_unit);
    return OK;
}

static Status learn(char **argv, const TrainNames *names, TrainHeadOptions *o) {
    Collector c = {.layers = o->layers};
    Buf model, texts, head;
    buf_init(&model, INPUT_MAX);
    buf_init(&texts, INPUT_MAX);
    buf_init(&head, INPUT_MAX);
    EmbedderOptions encoder = {.path = argv[5], .threads = 1};
    TRY(file_read(argv[2], &model, &err));
    TRY(file_read(argv[3], &texts, &err));
    TRY(names_model_read(buf_str(&model), &c.model, &err));
    TRY(embedder_open(&encoder, &c.embedder, &err));
    TRY(collect(&c, buf_str(&texts), names));
    o->space = embedder_name(c.embedder);
    TRY(train_head(c.model, &c.out, o, &head, &err));
    return file_replace(argv[1], buf_str(&head), 0644, &err);
}

int main(int argc, char **argv) {
    TrainNames names;
    TrainHeadOptions o = {.layers = 6,
                          .hidden = 64,
                          .epochs = 3,
                          .rate = 0.002f,
                          .decay = 0.01f,
                          .drop = 0.3f,
                          .deaf = 0.7f};
    bool good = argc > 5 && train_names(argv[4], &names);
    for (int i = 6; good && i < argc; i++) good = read_option(argv[i], &o);
    if (!good) {
        fprintf(stderr, "usage: tagger_head OUT MODEL TEXTS TYPES ENCODER [NAME=VALUE ...]\n");
        return 2;
    }
    if (learn(argv, &names, &o) == OK) return 0; /* what was opened ends with the process */
    fprintf(stderr, "tagger_head: %s\n", err.message);
    return 1;
}
