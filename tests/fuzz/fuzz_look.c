/*
 * Any bytes as a head of the tagger, their check made right half of the time, with any bytes as the
 * text and as what the encoder says of it (numbers that are none among them): refused or nonsense,
 * but no crash, what is asked lies inside the text, and spans are inside and in order.
 *
 * Input: names_check.h.
 */
#include "gate/names/head_impl.h"
#include "names_check.h"

static NamesModel *model;

/* States are made of the text's bytes; tokens, too. */
static void say_unit(const NamesAsk *ask, const NamesText *text, uint32_t i, float *state,
                     uint32_t *token) {
    uint64_t seed = key_mix((unsigned char)text->text.p[text->place[i].at] + i);
    *token = seed % 7 ? (uint32_t)(seed >> 8) % (i + 1) : NAMES_NO_TOKEN;
    for (uint32_t d = 0; d < ask->dim; d++) {
        uint32_t bits = (uint32_t)key_mix(seed + d);
        memcpy(&state[d], &bits, sizeof bits);
    }
}

static bool say(void *user, const NamesAsk *ask, float *states, uint32_t *token) {
    size_t n = 0;
    if (ask->n == 0 || ask->n > NAMES_ASK_TEXTS) abort();
    for (uint32_t k = 0; k < ask->n; k++) {
        const NamesText *text = &ask->texts[k];
        uint32_t end = 0;
        if (text->n > NAMES_ASK_UNITS - n) abort();
        for (uint32_t i = 0; i < text->n; i++, n++) {
            NamesPlace p = text->place[i];
            if (p.at < end || p.end <= p.at || p.end > text->text.n) abort();
            end = p.end;
            say_unit(ask, text, i, states + n * ask->dim, &token[n]);
        }
    }
    return ask->texts[0].text.p[0] != '~';
}

static void tag(const NamesHead *head, Str text) {
    Names *names = NULL;
    NamesSense sense = {say, NULL};
    if (!names_head_fits(head, model) || names_new(model, &names, NULL) != OK) return;
    if (names_look(names, head, &sense, NULL) == OK) names_check_tag(names, text);
    else names_free(names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static NamesHead *built_in;
    NamesHead *head = NULL;
    Err err;
    if (!model && names_model_read(names_model_built_in(), &model, &err) != OK) abort();
    if (!built_in && names_head_read(names_head_built_in(), &built_in, &err) != OK) abort();
    NamesInput in;
    if (!names_input_read(data, size, &in)) return 0;
    if (in.n > HEAD_HEADER && in.put_right) {
        uint64_t right = names_head_check((Str){in.file, in.n});
        memcpy(in.file + HEAD_HEADER - sizeof right, &right, sizeof right);
    }
    tag(built_in, in.text);
    if (names_head_read((Str){in.file, in.n}, &head, &err) == OK) tag(head, in.text);
    names_head_free(head);
    names_input_free(&in);
    return 0;
}
