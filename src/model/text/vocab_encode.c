/*
 * Encoding from the outside in: which stretches of a text are special tokens, which are plain text
 * for the encoder of the kind, and what stands before and after.
 *
 * Added tokens are found first, leftmost and among those the longest, as HF tokenizers does:
 * control and unknown tokens only where the caller vouches for the text, tokens of type USER
 * everywhere. What lies between goes to the encoder.
 *
 * With segments, the text is the concatenation of all of them, so that words and merges run across
 * seams exactly as if it had been one string. Only the search for special tokens looks at who wrote
 * what: a control token is found only when its whole spelling lies in trusted text, and a USER
 * token that looks like markup (begins with '<' or '[' and ends with '>' or ']') likewise, so that
 * nobody who can put text into a prompt can put <|im_end|> or <tool_call> into it.
 *
 * A place is looked at only when its byte begins some special token; then one lookup per length
 * that occurs, at most SPECIAL_BYTES_MAX of at most that many bytes. So time is linear in the text.
 */
#include "model/text/vocab_impl.h"

#include <assert.h>

/* Who wrote what: `owners` in order, each ending at a byte of the text. */
typedef struct Owner {
    size_t end;
    bool trusted;
} Owner;

typedef struct Encoding {
    const Vocab *v;
    Str text;
    const Owner *owners;
    size_t n_owners;
    size_t owner;  /* that of the place being looked at */
    bool after_special; /* nothing or a special token stands before */
    TokenList *out;
} Encoding;

static Status encode_plain(Encoding *e, Str text, Err *err) {
    if (text.n == 0) return OK;
    bool first = e->after_special;
    e->after_special = false;
    switch (e->v->kind) {
    case KIND_BPE: return bpe_encode(e->v, text, e->out, err);
    case KIND_SPM: return spm_encode(e->v, text, first, e->out, err);
    case KIND_UNIGRAM: return unigram_encode(e->v, text, e->out, err);
    case KIND_WORDPIECE: return wordpiece_encode(e->v, text, e->out, err);
    }
    return err_set(err, E_FAILED, "no such kind of vocabulary");
}

/* true when text[at, at + n) was written by trusted owners only. Moves e->owner up to `at`. */
static bool is_trusted(Encoding *e, size_t at, size_t n) {
    assert(n > 0 && at + n <= e->text.n);
    while (e->owner < e->n_owners && e->owners[e->owner].end <= at) e->owner++;
    for (size_t i = e->owner; i < e->n_owners; i++) {
        if (!e->owners[i].trusted) return false;
        if (e->owners[i].end >= at + n) return true;
    }
    return false;
}

static bool looks_like_markup(Str s) {
    if (s.n < 3) return false;
    char first = s.p[0], last = s.p[s.n - 1];
    return (first == '<' && last == '>') || (first == '[' && last == ']');
}

/* Whether token `id`, spelled at `at`, counts as special there. */
static bool counts(Encoding *e, int32_t id, size_t at) {
    Str s = e->v->tokens[id];
    switch (e->v->types[id]) {
    case TOKEN_USER: {
        bool any = e->n_owners == 1 || !looks_like_markup(s); /* one owner: plain vocab_encode */
        return any || is_trusted(e, at, s.n);
    }
    case TOKEN_CONTROL:
    case TOKEN_UNKNOWN: return is_trusted(e, at, s.n);
    default: return false;
    }
}

/* The longest special token at `at`, or VOCAB_NONE. */
static int32_t special_at(Encoding *e, size_t at) {
    const Vocab *v = e->v;
    uint64_t lengths = v->special_lengths[(unsigned char)e->text.p[at]];
    if (lengths == 0) return VOCAB_NONE;
    size_t left = e->text.n - at;
    size_t longest = lengths >> LENGTH_TOP ? SPECIAL_BYTES_MAX : LENGTH_TOP - 1;
    if (longest > left) longest = left;
    for (size_t n = longest; n > 0; n--) {
        if (!(lengths & length_bit(n))) continue;
        int32_t id = vocab_row(v, e->text.p + at, n);
        if (id >= 0 && counts(e, id, at)) return id;
    }
    return VOCAB_NONE;
}

static Status encode_owned(Encoding *e, Err *err) {
    size_t from = 0;
    for (size_t at = 0; at < e->text.n;) {
        int32_t id = special_at(e, at);
        if (id < 0) {
            at++;
            continue;
        }
        assert(e->v->tokens[id].n > 0 && from <= at); /* goes on, and never back */
        TRY(encode_plain(e, str_sub(e->text, from, at), err));
        TRY(token_list_add(e->out, id, err));
        e->after_special = true;
        at += e->v->tokens[id].n;
        from = at;
    }
    return encode_plain(e, str_sub(e->text, from, e->text.n), err);
}

static Status add_if(int32_t id, bool wanted, TokenList *out, Err *err) {
    return wanted && id >= 0 ? token_list_add(out, id, err) : OK;
}

static Status encode(Encoding *e, unsigned flags, Err *err) {
    const Vocab *v = e->v;
    if (e->text.n > VOCAB_TEXT_MAX) {
        return err_set(err, E_LIMIT, "a text of %zu bytes is too long to encode (at most %d)",
                       e->text.n, VOCAB_TEXT_MAX);
    }
    bool around = flags & VOCAB_ADD_SPECIAL;
    assert(e->n_owners > 0 && e->owners[e->n_owners - 1].end >= e->text.n); /* all is somebody's */
    e->after_special = true;
    TRY(add_if(v->bos, around && v->add_bos, e->out, err));
    TRY(encode_owned(e, err));
    TRY(add_if(v->sep, around && v->add_sep && v->kind == KIND_WORDPIECE, e->out, err));
    return add_if(v->eos, around && v->add_eos, e->out, err);
}

Status vocab_encode(const Vocab *v, Str text, unsigned flags, TokenList *out, Err *err) {
    Owner all = {SIZE_MAX, flags & VOCAB_PARSE_SPECIAL};
    Encoding e = {.v = v, .text = text, .owners = &all, .n_owners = 1, .out = out};
    return encode(&e, flags, err);
}

Status vocab_encode_segments(const Vocab *v, const VocabSegment *segments, size_t n_segments,
                             TokenList *out, Err *err) {
    Buf all;
    buf_init(&all, VOCAB_TEXT_MAX);
    /* one owner more than segments, so that a single one is not taken for plain vocab_encode */
    Owner *owners = mem_alloc_n(n_segments + 1, sizeof *owners);
    if (!owners) return err_no_memory(err, "a prompt");
    for (size_t i = 0; i < n_segments; i++) {
        buf_add_str(&all, segments[i].text);
        owners[i] = (Owner){all.n, segments[i].trusted};
    }
    owners[n_segments] = (Owner){SIZE_MAX, false};
    Status status = buf_check(&all, "a prompt", err);
    if (status == OK) {
        Encoding e = {.v = v, .text = buf_str(&all), .owners = owners, .n_owners = n_segments + 1,
                      .out = out};
        status = encode(&e, 0, err);
    }
    mem_free(owners);
    buf_fini(&all);
    return status;
}

Status vocab_add_bytes(const Vocab *v, Str text, TokenList *out, Err *err) {
    bool all = text.n > 0;
    for (size_t i = 0; i < text.n; i++) all = all && v->byte_ids[(unsigned char)text.p[i]] >= 0;
    if (!all) {
        if (v->unk >= 0) return token_list_add(out, v->unk, err);
        return err_set(err, E_CORRUPT, "the vocabulary has neither byte tokens nor an unknown one");
    }
    for (size_t i = 0; i < text.n; i++) {
        TRY(token_list_add(out, v->byte_ids[(unsigned char)text.p[i]], err));
    }
    return OK;
}
