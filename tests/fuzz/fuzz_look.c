/*
 * Any bytes as a head of the tagger, their check made right half of the time, with any bytes as the
 * text and as what the encoder says of it (numbers that are none among them): refused or nonsense,
 * but no crash, what is asked lies inside the text, and spans are inside and in order.
 *
 * Input: one byte (even: the check is put right), two bytes length of the text, text, head.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gate/names/head_impl.h"

static NamesModel *model;

static void check(void *user, const NameSpan *span) {
    uint32_t *last = user;
    if (span->at < *last || span->end <= span->at) abort();
    if (!(span->score > 0 && span->score <= 1)) abort();
    *last = span->end;
}

/* States are made of the text's bytes; tokens, too. */
static bool say(void *user, const NamesAsk *ask, float *states, uint32_t *token) {
    uint64_t seed = 1;
    uint32_t end = 0;
    for (uint32_t i = 0; i < ask->n; i++) {
        NamesPlace p = ask->place[i];
        if (p.at < end || p.end <= p.at || p.end > ask->text.n) abort();
        end = p.end;
        seed = key_mix(seed + (unsigned char)ask->text.p[p.at]);
        token[i] = seed % 7 ? (uint32_t)(seed >> 8) % (i + 1) : NAMES_NO_TOKEN;
        for (uint32_t d = 0; d < ask->dim; d++) {
            uint32_t bits = (uint32_t)key_mix(seed + d);
            memcpy(&states[(size_t)i * ask->dim + d], &bits, sizeof bits);
        }
    }
    return ask->text.p[0] != '~';
}

static void tag(const NamesHead *head, Str text) {
    Names *names = NULL;
    uint32_t last = 0;
    NamesSense sense = {say, NULL};
    if (!names_head_fits(head, model) || names_new(model, &names, NULL) != OK) return;
    NameSink sink = {check, &last};
    if (names_look(names, head, &sense, NULL) == OK &&
        (names_tag(names, text, 0, true, &sink) != text.n || last > text.n))
        abort();
    names_free(names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static NamesHead *built_in;
    NamesHead *head = NULL;
    Err err;
    if (!model && names_model_read(names_model_built_in(), &model, &err) != OK) abort();
    if (!built_in && names_head_read(names_head_built_in(), &built_in, &err) != OK) abort();
    if (size < 3) return 0;
    size_t length = data[1] | (size_t)data[2] << 8;
    if (length > size - 3) length = size - 3;
    Str text = {(const char *)data + 3, length};
    size_t n = size - 3 - length;
    char *bytes = mem_dup(data + 3 + length, n);
    if (!bytes) return 0;
    if (n > HEAD_HEADER && !(data[0] & 1)) {
        uint64_t right = names_head_check((Str){bytes, n});
        memcpy(bytes + HEAD_HEADER - sizeof right, &right, sizeof right);
    }
    tag(built_in, text);
    if (names_head_read((Str){bytes, n}, &head, &err) == OK) tag(head, text);
    names_head_free(head);
    mem_free(bytes);
    return 0;
}
