/*
 * The second look at what leaves.
 *
 * The tagger decides about a name by words and neighbours, in a millisecond. Before a request goes
 * to a cloud there is time for more: a scanner of its own asks the encoder about every sentence
 * (names/head.h) and names what tagger and encoder find together. As with reading between the lines
 * (deep.c) these are phrases, told to the scanner, which finds them wherever they stand.
 *
 * What the tagger finds alone, and both together not even when they lean further towards people, is
 * spared: the scanner leaves out what it finds by that very text. Much of what is masked for
 * nothing goes. An encoder that is fooled costs little: a person, a firm or a place that the tagger
 * doubts (SPARED) or has not learned the script of, and that nothing else finds anywhere in the
 * request. Where a text was not looked at to its end nothing is spared.
 *
 * Only what the tagger finds is named; formats are found without it. Not named is a single Latin
 * word that the text also has in small letters ("Will", "will"): a phrase is found in every
 * spelling. Nor is a word for whoever has a part in a contract or holds an office (房东, NHS): a
 * short question shows an encoder that somebody is meant, and an endpoint that is asked who the
 * "Zhang Wei" of a lease is cannot answer.
 *
 * An encoder that cannot be asked once is not asked again, and the tagger's finds stand alone as
 * without a second look. A text of more than LOOK_BYTES_MAX is looked at up to there.
 */
#include "gate/look.h"

#include <assert.h>

#include "base/lists.h"
#include "base/mem.h"
#include "base/plain.h"
#include "gate/gate_impl.h"
#include "gate/scan/impl.h"

static const float SPARED = 0.9F, SPARED_LEAN = 3;

struct GateLook {
    const NamesSense *sense;
    Scanner *scanner; /* made for the first text: most gates that are opened look at none */
    bool whole;       /* the last text was looked at to its end */
};

Status gate_look_new(const NamesSense *sense, GateLook **out, Err *err) {
    GateLook *look = mem_zalloc(sizeof *look);
    if (!look) return err_no_memory(err, "a second look at names");
    look->sense = sense;
    *out = look;
    return OK;
}

/* A scanner of its own, with the encoder: the gate's goes without, and keeps its own words. */
static Status make_scanner(GateLook *look, Err *err) {
    Scanner *scanner = NULL;
    TRY(gate_scanner_new(&scanner, err));
    Status status = gate_scanner_look(scanner, look->sense, err);
    if (status == OK) look->scanner = scanner;
    else gate_scanner_free(scanner);
    return status;
}

void gate_look_free(GateLook *look) {
    if (!look) return;
    gate_scanner_free(look->scanner);
    mem_free(look);
}

/* Whether a phrase is one Latin word, and the text has it in small letters, too. */
static bool is_word_too(Str text, Str phrase) {
    char small[SCAN_WORD_BYTES];
    assert(phrase.n <= sizeof small);
    assert(phrase.p >= text.p && phrase.p + phrase.n <= text.p + text.n);
    for (size_t i = 0; i < phrase.n; i++) {
        small[i] = to_lower(phrase.p[i]);
        if (!is_letter(phrase.p[i])) return false;
    }
    Str word = {small, phrase.n};
    for (size_t at = 0; (at = str_find(text, word, at)) != SIZE_MAX; at++) {
        bool itself = at == (size_t)(phrase.p - text.p);
        if (!itself && tagged_is_word(text, at, at + word.n)) return true;
    }
    return false;
}

/* A part that somebody has, or an office by its capitals: nobody's name. */
static bool is_part(Str phrase) {
    static const char *const parts[] = {
        "房东", "租客", "租户", "房客", "业主", "住户", "物业", "甲方",   "乙方",   "丙方",   "供方",
        "需方", "买方", "卖方", "买家", "卖家", "客户", "用户", "出租方", "承租方", "出租人", "承租人",
        "委托方", "受托方", "委托人", "受托人", "担保人", "借款人", "贷款人", "收款人", "付款人",
        "投保人", "受益人", "被保险人", "法人", "股东", "老板", "员工", "雇主", "雇员", "供应商",
        "经销商", "中介", "负责人", "联系人", "申请人", "审批人", "经办人", "原告", "被告", NULL};
    size_t n = 0;
    if (list_has(phrase, parts)) return true;
    while (n < phrase.n && plain_is_capital(phrase.p[n])) n++;
    return n == phrase.n && n <= 4;
}

/* Formats need no second look. */
static bool is_tagged(const ScanSpan *span) {
    return scan_kind_detector(span->kind) == DETECTOR_TAGGER;
}

/* What tagger and encoder find together goes to the sink, less what is left out as the essay says.
   */
static Status take_found(Str text, const ScanSpan *spans, size_t n, const GateDeepSink *sink,
                         Err *err) {
    for (size_t i = 0; i < n; i++) {
        Str phrase = str_sub(text, spans[i].start, spans[i].end);
        if (!is_tagged(&spans[i])) continue;
        if (phrase.n > SCAN_WORD_BYTES || is_word_too(text, phrase)) continue;
        size_t at = spans[i].start;
        if (spans[i].type == SCAN_PERSON && is_part(phrase)) continue;
        if (spans[i].type == SCAN_PERSON && !role_leaves(text, &at, spans[i].end)) continue;
        TRY(sink->take(sink->user, phrase, spans[i].type, err));
    }
    return OK;
}

/* What the tagger is sure of stays, if it has learned the script: an encoder that is fooled must
   not give it away. */
static bool may_be_spared(const ScanSpan *span, Str phrase) {
    bool kind = span->kind == KIND_TAG_PERSON || span->kind == KIND_TAG_ORG ||
                span->kind == KIND_TAG_PLACE;
    return kind && (span->score < SPARED || names_is_strange(phrase));
}

/* What the tagger finds alone, to be freed. */
static Status find_alone(Scanner *scanner, Str text, ScanSpan **out, size_t *n, Err *err) {
    const ScanSpan *spans;
    *out = NULL;
    gate_scanner_deafen(scanner, true);
    Status status = gate_scan(scanner, text, &spans, n, err);
    gate_scanner_deafen(scanner, false);
    if (status != OK || *n == 0) return status;
    *out = (void *)mem_dup(spans, *n * sizeof *spans); /* they end with the scanner's next scan */
    return *out ? OK : err_no_memory(err, "what the tagger finds alone");
}

/* Spares the tagger's finds that both together do not find even when they lean further. */
static Status spare_others(GateLook *look, Str text, const GateDeepSink *sink, Err *err) {
    const ScanSpan *both;
    ScanSpan *alone;
    size_t n, n_both, k = 0;
    TRY(find_alone(look->scanner, text, &alone, &n, err));
    gate_scanner_lean(look->scanner, SPARED_LEAN);
    Status status = gate_scan(look->scanner, text, &both, &n_both, err);
    gate_scanner_lean(look->scanner, 0);
    for (size_t i = 0; i < n && status == OK; i++) {
        while (k < n_both && both[k].end <= alone[i].start) k++;
        bool found = k < n_both && both[k].start < alone[i].end;
        Str phrase = str_sub(text, alone[i].start, alone[i].end);
        if (found || !may_be_spared(&alone[i], phrase)) continue;
        status = sink->spare(sink->user, phrase, err);
    }
    mem_free(alone);
    return status;
}

Status gate_look_read(void *user, Str text, const GateDeepSink *sink, Err *err) {
    GateLook *look = user;
    const ScanSpan *spans;
    size_t n;
    look->whole = text.n <= LOOK_BYTES_MAX;
    if (!look->whole) text.n = LOOK_BYTES_MAX;
    if (text.n == 0) return OK;
    if (!look->scanner) TRY(make_scanner(look, err));
    if (!gate_scanner_blind(look->scanner)) TRY(gate_scan(look->scanner, text, &spans, &n, err));
    if (gate_scanner_blind(look->scanner)) {
        look->whole = false;
        return OK;
    }
    TRY(take_found(text, spans, n, sink, err));
    return look->whole && sink->spare ? spare_others(look, text, sink, err) : OK;
}

bool gate_look_whole(const GateLook *look) {
    return look->whole;
}

void gate_set_look(Gate *gate, GateLook *look) {
    gate->look = look;
}
