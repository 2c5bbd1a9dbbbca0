/*
 * Chat templates: the Jinja subset that model files carry, rendered without trusting anybody.
 *
 * A chat template is a program inside a model file. It comes from outside, so it runs here with no
 * host object, no import, no file and no clock of its own, and under ceilings on steps, output,
 * depth and memory. Its meaning is that of Python's jinja2 as `transformers` sets it up
 * (ImmutableSandboxedEnvironment, trim_blocks, lstrip_blocks, loop controls, tojson without HTML
 * escapes, raise_exception, strftime_now, {% generation %}), plus the filter from_json.
 *
 * Input marking. Every string remembers which of its bytes the template wrote itself and which
 * came in with the context (messages, tools, documents). The mark survives concatenation,
 * slicing and the filters that keep bytes; an operation that cannot follow it drops to "from the
 * context". The output comes with segments: only a `trusted` one may hold special token
 * spellings. A tokenizer reads the text as a whole and honours a special spelling only when
 * *all* of its bytes are trusted; a segment border is no token border otherwise.
 *
 * Not as in jinja2: import, include, extends, block, autoescape and recursive loops are refused; a
 * variable of the context that the template sets later is seen before that (jinja2 hides it); the
 * upper case of one character is one character; whole numbers have 64 bits.
 *
 * Stack: rendering needs up to 400 kB (hostile templates; real ones some 20 kB).
 *
 * What counts as trusted: the template's own text and literals, numbers and truth values, the
 * strings of TemplateInput's bos and eos, and the value of a message's "role" when it is one of
 * the usual names (system, developer, user, assistant, model, tool, function, ipython, ...).
 *
 * Source of the semantics: jinja2 3.1 and its documentation (Template Designer Documentation);
 * transformers utils/chat_template_utils.py for the additions.
 */
#ifndef HEARTH_MODEL_TEXT_TEMPLATE_H
#define HEARTH_MODEL_TEXT_TEMPLATE_H

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

enum {
    TEMPLATE_SOURCE_MAX = 256 * 1024, /* bytes; the largest template seen in use has 17 kB */
    TEMPLATE_DEPTH_MAX = 64           /* nested blocks and brackets, and nested calls */
};

typedef struct Template Template; /* immutable once parsed; any number of threads may render it */

/*
 * Compiles `source` (UTF-8; copied). On success *out is the caller's: template_free() it.
 * E_LIMIT: too long or nested too deeply. E_CORRUPT: not a well-formed template. E_UNSUPPORTED:
 * a tag, filter or test that neither jinja2 nor Hearth knows, used unconditionally. E_NO_MEMORY.
 * Messages begin with "chat template, line N: ".
 */
Status template_parse(Str source, Template **out, Err *err) WARN_UNUSED;
void template_free(Template *t); /* NULL is fine */

typedef struct TemplateLimits {
    uint64_t steps;      /* 0: 1,000,000; a step is a node evaluated or 64 bytes of string made */
    size_t output_bytes; /* 0: 1 MiB; also the ceiling of any single string on the way */
    size_t memory_bytes; /* 0: 64 MiB, all values of one rendering together */
    int64_t range_items; /* 0: 100,000, jinja2's own sandbox limit */
} TemplateLimits;

/*
 * What a rendering sees. Zero-initialise, then fill.
 *
 * Note on equality with transformers: its apply_chat_template always defines `tools` and
 * `documents`, as none when there are none. A caller who wants the same puts them into `context`
 * as null.
 */
typedef struct TemplateInput {
    const Json *context; /* object: messages, tools, enable_thinking, ...; borrowed; NULL: empty */
    bool add_generation_prompt;
    Str bos_token, eos_token; /* p == NULL: whatever context says, else undefined */
    int64_t local_s; /* what strftime_now sees: clock_local_s() */
    TemplateLimits limits;
} TemplateInput;

typedef struct TemplateSegment {
    size_t start, end; /* bytes [start, end) of the text */
    bool trusted;      /* written by the template, not by who talks to the model */
} TemplateSegment;

/* Segments are in order, not empty, alternate in `trusted` and cover the text. */
typedef struct TemplateOutput {
    Buf text;
    TemplateSegment *segments;
    size_t n_segments;
} TemplateOutput;

/*
 * Renders. *out is initialised here, also on failure; template_output_fini() it.
 * E_USAGE: the template itself refused the conversation (raise_exception; the message quotes it).
 * E_LIMIT: steps, output, depth, memory or range. E_UNSUPPORTED: an unknown filter or test was
 * reached. E_CORRUPT: a type error, an undefined value used, a forbidden method. E_NO_MEMORY.
 * Messages begin with "chat template, line N: ".
 */
Status template_render(const Template *t, const TemplateInput *in, TemplateOutput *out,
                       Err *err) WARN_UNUSED;
/* Frees text and segments; fine after a failed rendering, and twice. */
void template_output_fini(TemplateOutput *out);

#endif
