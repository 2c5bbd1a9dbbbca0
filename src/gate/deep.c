/*
 * Reading between the lines, as far as the gate does it itself: taking what a reader names.
 *
 * Detectors of the gate's own know forms and names. That "the only vet on the island" is somebody,
 * and what "she eats nothing before sunset this month" says, takes a model that understands. The
 * gate may not include the engine, so whoever opens a gate hands it a reader (turn/deep.c).
 *
 * The reader is trusted as little as the text it reads. It names phrases, no places and no verdict:
 *
 *   - a phrase is found where it stands in a text of the request, in every spelling and as often as
 *     it stands there (scan/own.c); one that stands nowhere changes nothing;
 *   - it adds finds and takes none away: formats, names and own words keep their bytes. A text that
 *     talks the model into naming nothing is scanned as it would be without it (only the second
 *     look, look.c, says what is no name);
 *   - words too short to tell anything ("he") are not taken: they would be found everywhere;
 *   - a reader that fails has not read: then nothing leaves (E_DENIED).
 *
 * Limits: DEEP_PHRASES_MAX phrases of at most SCAN_WORD_BYTES, DEEP_PHRASES_BYTES in all.
 */
#include "gate/deep.h"

#include <assert.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "gate/gate_impl.h"

enum { LATIN_MIN = 3, OTHER_MIN = 2 }; /* letters of a phrase that is taken */

void gate_set_reader(Gate *gate, const GateDeepReader *reader) {
    gate->reader = *reader;
}

void deep_phrases_init(DeepPhrases *phrases) {
    *phrases = (DeepPhrases){0};
    arena_init(&phrases->texts, DEEP_PHRASES_BYTES);
}

void deep_phrases_fini(DeepPhrases *phrases) {
    mem_free(phrases->items);
    mem_free(phrases->spared);
    arena_fini(&phrases->texts);
}

static bool is_telling(Str phrase) {
    size_t latin = 0, other = 0;
    for (size_t at = 0, width; at < phrase.n; at += width) {
        uint32_t code = utf8_decode(phrase, at, &width);
        UnicodeClass class = unicode_class(code);
        if (class != UC_LETTER && class != UC_NUMBER) continue;
        if (unicode_is_cjk(code)) other++;
        else latin++;
    }
    return other >= OTHER_MIN || latin + other >= LATIN_MIN;
}

static Status take(void *user, Str phrase, ScanType type, Err *err) {
    DeepPhrases *phrases = user;
    phrase = str_trim(phrase);
    if (phrase.n > SCAN_WORD_BYTES) {
        return err_set(err, E_LIMIT, "a phrase of %zu bytes is too long", phrase.n);
    }
    if (!is_telling(phrase)) return OK;
    TRY(mem_grow((void **)&phrases->items, &phrases->cap, phrases->n + 1, sizeof *phrases->items,
                 DEEP_PHRASES_MAX, err));
    assert(phrase.n > 0); /* is_telling: an empty one would be found everywhere */
    char *copy = arena_dup(&phrases->texts, phrase.p, phrase.n);
    if (!copy) return err_set(err, E_LIMIT, "the reader named too many phrases");
    phrases->items[phrases->n++] = (ScanWord){{copy, phrase.n}, type};
    return OK;
}

static Status spare(void *user, Str phrase, Err *err) {
    DeepPhrases *phrases = user;
    if (phrases->n_spared == DEEP_PHRASES_MAX) return OK; /* more is masked than need be */
    TRY(mem_grow((void **)&phrases->spared, &phrases->cap_spared, phrases->n_spared + 1,
                 sizeof *phrases->spared, DEEP_PHRASES_MAX, err));
    char *copy = arena_dup(&phrases->texts, phrase.p, phrase.n);
    if (copy) phrases->spared[phrases->n_spared++] = (Str){copy, phrase.n};
    return OK;
}

static Status read_text(DeepPhrases *phrases, const GateDeepReader *reader, Str text, Err *err) {
    GateDeepSink sink = {take, spare, phrases};
    return reader->read(reader->user, text, &sink, err);
}

Status deep_phrases_read(DeepPhrases *phrases, const GateDeepReader *reader, Str text, Err *err) {
    Err why = {.message = ""};
    Status status = reader->read ? read_text(phrases, reader, text, &why)
                                 : err_set(&why, E_NOT_FOUND, "there is no model to read it");
    if (status == OK) return OK;
    if (status == E_CANCELLED || status == E_NO_MEMORY) return err_pass(err, &why, status);
    (void)err_set(err, E_DENIED, "what leaves is to be read by the local model first, and could "
                                 "not be: %.300s",
                  why.message);
    return err_hint(err, "mend that, or take deep = true out of gate/policy.toml");
}

Status deep_phrases_look(DeepPhrases *phrases, GateLook *look, Str text, Err *err) {
    GateDeepSink sink = {take, spare, phrases};
    TRY(gate_look_read(look, text, &sink, err));
    phrases->partly = phrases->partly || !gate_look_whole(look);
    return OK;
}

Status deep_phrases_tell(const DeepPhrases *phrases, Scanner *scanner, Err *err) {
    assert(!phrases || phrases->n <= DEEP_PHRASES_MAX);
    size_t n_spared = phrases && !phrases->partly ? phrases->n_spared : 0;
    TRY(gate_scanner_tell(scanner, phrases ? phrases->items : NULL, phrases ? phrases->n : 0, err));
    return gate_scanner_spare(scanner, n_spared ? phrases->spared : NULL, n_spared, err);
}

Status gate_deep_scan(Scanner *scanner, const GateDeepReader *reader, Str text,
                      const ScanSpan **spans, size_t *n, Err *err) {
    DeepPhrases phrases;
    deep_phrases_init(&phrases);
    Status status = read_text(&phrases, reader, text, err);
    if (status == OK) status = deep_phrases_tell(&phrases, scanner, err);
    if (status == OK) status = gate_scan(scanner, text, spans, n, err);
    Status forgotten = deep_phrases_tell(NULL, scanner, NULL); /* cannot fail */
    deep_phrases_fini(&phrases);
    return status == OK ? forgotten : status;
}
