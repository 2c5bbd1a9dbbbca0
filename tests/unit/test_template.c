/*
 * Promises of the chat templates: what jinja2 means is checked by tests/golden/templates.py; here
 * stand the attacks (C1), the marks (C3), errors with their lines, and what happens without memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "model/text/template.h"

static Status render(const char *source, const char *context, TemplateInput in,
                     TemplateOutput *out, Err *err) {
    Template *t = NULL;
    Json *json = NULL;
    *out = (TemplateOutput){0};
    Status status = template_parse(str_from(source), &t, err);
    if (status == OK && context) status = json_parse(str_from(context), NULL, &json, err);
    in.context = json;
    if (status == OK) status = template_render(t, &in, out, err);
    template_free(t);
    json_free(json);
    return status;
}

static void expect_text(const char *source, const char *context, const char *want) {
    TemplateOutput out;
    Err err;
    Status status = render(source, context, (TemplateInput){0}, &out, &err);
    if (status != OK) fail_msg("%s: %s", source, err.message);
    assert_string_equal(buf_str(&out.text).p, want);
    template_output_fini(&out);
}

/* ---- C1: attacks ----------------------------------------------------------------------------- */

static const struct {
    const char *name, *source;
    Status want;
} attacks[] = {
    {"a huge range", "{% for i in range(1000000000) %}x{% endfor %}", E_LIMIT},
    {"ranges in ranges",
     "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", E_LIMIT},
    {"a macro that calls itself", "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", E_LIMIT},
    {"two macros that call each other",
     "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}",
     E_LIMIT},
    {"a macro that doubles its calls",
     "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
     E_LIMIT},
    {"a string that doubles",
     "{% set ns = namespace(s='x') %}{% for i in range(64) %}{% set ns.s = ns.s + ns.s %}"
     "{% endfor %}{{ ns.s }}",
     E_LIMIT},
    {"a string times a number", "{{ 'abcdefgh' * 1000000000 }}", E_LIMIT},
    {"an empty string times a number is nothing", "{{ '' * 1000000000 }}", OK},
    {"a list times a number", "{{ [1] * 1000000000 }}", E_LIMIT},
    {"a list that doubles",
     "{% set ns = namespace(l=[1]) %}{% for i in range(64) %}{% set ns.l = ns.l + ns.l %}"
     "{% endfor %}",
     E_LIMIT},
    {"output without end",
     "{% for i in range(90000) %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}",
     E_LIMIT},
    {"a replacement that grows", "{{ ('a' * 1000).replace('a', 'b' * 10000) }}", E_LIMIT},
    {"a join that grows", "{{ range(5000)|join('x' * 1000) }}", E_LIMIT},
    {"a wide format", "{{ '%999999999d' % 1 }}", E_LIMIT},
    {"a wide centre", "{{ 'x'.center(999999999) }}", E_LIMIT},
    {"a deep indent", "{{ ('a\\n' * 1000)|indent(100000) }}", E_LIMIT},
    {"a search from the right for a text that nearly is everywhere",
     "{% set s = 'a' * 1000000 %}{{ s.rfind('a' * 500000 ~ 'b') }}", E_LIMIT},
    {"a long set of characters to strip",
     "{% set s = 'a' * 1000000 %}{{ s.strip('b' * 500000 ~ 'a') }}", E_LIMIT},
    {"a long set for the filter", "{{ ('a' * 1000000)|trim('b' * 500000 ~ 'a') }}", E_LIMIT},
    {"a power", "{{ 10 ** 1000 }}", E_LIMIT},
    {"a namespace that holds itself",
     "{% set ns = namespace() %}{% set ns.me = ns %}{{ ns }}", E_LIMIT},
    {"a long chain of operators is cut at its depth", NULL, E_LIMIT},
    {"an unknown filter", "{{ x|no_such_filter }}", E_UNSUPPORTED},
    {"an unknown tag", "{% import_os %}", E_UNSUPPORTED},
    {"the way to Python's classes",
     "{{ ''.__class__.__mro__[1].__subclasses__() }}", E_CORRUPT},
    {"the way through a global", "{{ namespace.__init__.__globals__['os'] }}", E_CORRUPT},
    {"the way through the context", "{{ self._TemplateReference__context }}", E_CORRUPT},
    {"an include of a file", "{% include '/etc/passwd' %}", E_UNSUPPORTED},
    {"a width out of a slice", "{{ 'abc'[9223372036854775807:-9223372036854775807:-1] }}", OK},
    {"the smallest number by minus one", "{{ (-9223372036854775807 - 1) // -1 }}", E_LIMIT},
    {"its remainder", "{{ (-9223372036854775807 - 1) % -1 }}", OK},
    {"a range over all numbers",
     "{{ range(-9223372036854775807, 9223372036854775807, 9223372036854775807)|list|length }}",
     OK},
};

static void attacks_end_in_a_limit_and_name_their_line(void **state) {
    Buf chain;
    buf_init(&chain, 1 << 20);
    buf_add_c(&chain, "{{ 1");
    for (int i = 0; i < 5000; i++) buf_add_c(&chain, "+1");
    buf_add_c(&chain, " }}");
    for (size_t i = 0; i < ARRAY_LEN(attacks); i++) {
        TemplateOutput out;
        Err err;
        err_clear(&err);
        const char *source = attacks[i].source ? attacks[i].source : chain.p;
        Status got = render(source, NULL, (TemplateInput){0}, &out, &err);
        template_output_fini(&out);
        if (got != attacks[i].want) {
            fail_msg("%s: %s (%s)", attacks[i].name, status_info(got)->name, err.message);
        }
        if (got != OK) assert_non_null(strstr(err.message, "chat template, line 1: "));
    }
    buf_fini(&chain);
}

static void deep_nesting_is_refused_when_parsed(void **state) {
    static const struct {
        const char *open, *close;
    } nests[] = {{"{{ (((", ""},
                 {"{% if true %}", "{% endif %}"},
                 {"{% for i in [1] %}", "{% endfor %}"},
                 {"{% macro m() %}", "{% endmacro %}"},
                 {"{% set x %}", "{% endset %}"}};
    Buf b;
    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(nests); i++) {
        Template *t;
        Err err;
        buf_clear(&b);
        for (int k = 0; k < 200; k++) buf_add_c(&b, nests[i].open);
        for (int k = 0; k < 200; k++) buf_add_c(&b, nests[i].close);
        Status got = template_parse(buf_str(&b), &t, &err);
        assert_null(t);
        assert_true(got == E_LIMIT || (i == 0 && got == E_CORRUPT));
    }
    static const char *const repeats[] = {"(", "[",  "{'a':", "not ",
                                          "-", "f(", "a[",    "1 if 1 else "};
    for (size_t i = 0; i < ARRAY_LEN(repeats); i++) {
        Template *t;
        Err err;
        buf_clear(&b);
        buf_add_c(&b, "{{ ");
        for (int k = 0; k < 3000; k++) buf_add_c(&b, repeats[i]);
        buf_add_c(&b, "1 }}");
        assert_int_equal(template_parse(buf_str(&b), &t, &err), E_LIMIT);
        assert_null(t);
    }
    buf_clear(&b);
    for (int k = 0; k < TEMPLATE_SOURCE_MAX; k++) buf_add_byte(&b, 'x');
    Template *t;
    assert_int_equal(template_parse(buf_str(&b), &t, NULL), OK);
    template_free(t);
    buf_add_byte(&b, 'x');
    assert_int_equal(template_parse(buf_str(&b), &t, NULL), E_LIMIT);
    buf_fini(&b);
}

static void limits_are_the_callers(void **state) {
    TemplateOutput out;
    Err err;
    TemplateInput in = {.limits = {.steps = 50}};
    assert_int_equal(render("{% for i in range(100) %}{{ i }}{% endfor %}", NULL, in, &out, &err),
                     E_LIMIT);
    assert_non_null(strstr(err.message, "50 steps"));
    template_output_fini(&out);
    in.limits = (TemplateLimits){.output_bytes = 10};
    assert_int_equal(render("0123456789", NULL, in, &out, &err), OK);
    template_output_fini(&out);
    assert_int_equal(render("0123456789x", NULL, in, &out, &err), E_LIMIT);
    template_output_fini(&out);
    in.limits = (TemplateLimits){.memory_bytes = 4096};
    assert_int_equal(render("{{ range(1000)|list|length }}", NULL, in, &out, &err), E_LIMIT);
    assert_non_null(strstr(err.message, "4096 bytes"));
    template_output_fini(&out);
    in.limits = (TemplateLimits){.range_items = 3};
    assert_int_equal(render("{{ range(4) }}", NULL, in, &out, &err), E_LIMIT);
    template_output_fini(&out);
}

/* ---- C3: marks ------------------------------------------------------------------------------- */

/* The output with trusted stretches in brackets: "[<|user|>]Hi[<|end|>]". */
/* Each look for a name passes all names before it: 20,000 looks would compare 300 million. */
static void names_that_are_looked_for_in_vain_cost_steps(void **state) {
    (void)state;
    TemplateOutput out;
    Err err;
    Buf b;
    buf_init(&b, TEMPLATE_SOURCE_MAX);
    buf_add_c(&b, "{%set ");
    for (int i = 0; i < 15000; i++) buf_printf(&b, "%sn%05d", i ? "," : "", i);
    buf_add_c(&b, "=range(15000)%}{%for i in range(20000)%}{{zz}}{%endfor%}");
    assert_int_equal(buf_check(&b, "a template", NULL), OK);
    assert_int_equal(render(b.p, NULL, (TemplateInput){0}, &out, &err), E_LIMIT);
    assert_non_null(strstr(err.message, "1000000 steps"));
    template_output_fini(&out);
    buf_fini(&b);
}

/* A macro's parameters, and a call's names, may fill the source; each is looked for among all. */
static void parameters_and_names_that_do_not_meet_cost_steps(void **state) {
    (void)state;
    TemplateOutput out;
    Err err;
    Buf b;
    buf_init(&b, TEMPLATE_SOURCE_MAX);
    buf_add_c(&b, "{%macro m(");
    for (int i = 0; i < 15000; i++) buf_add_c(&b, i ? ",a" : "a");
    buf_add_c(&b, ")%}{{kwargs|length}}{%endmacro%}{{m(");
    for (int i = 0; i < 15000; i++) buf_add_c(&b, i ? ",b=1" : "b=1");
    buf_add_c(&b, ")}}");
    assert_int_equal(buf_check(&b, "a template", NULL), OK);
    assert_int_equal(render(b.p, NULL, (TemplateInput){0}, &out, &err), E_LIMIT);
    if (!strstr(err.message, "1000000 steps")) fail_msg("%s", err.message);
    template_output_fini(&out);
    buf_fini(&b);
}

/* Long texts of one length that differ in their end. */
static void long_texts_that_are_compared_cost_steps(void **state) {
    (void)state;
    static const char *const compares[] = {"a == b", "a < b", "a in [b, b]", "d[a] is defined"};
    TemplateOutput out;
    Err err;
    for (size_t i = 0; i < ARRAY_LEN(compares); i++) {
        char source[300];
        (void)snprintf(source, sizeof source,
                       "{%%set t='x'.ljust(1000000)%%}{%%set a=t~'a'%%}{%%set b=t~'b'%%}"
                       "{%%set d={b:1}%%}{%%for i in range(2000)%%}{%%if %s%%}{%%endif%%}"
                       "{%%endfor%%}", compares[i]);
        assert_int_equal(render(source, NULL, (TemplateInput){0}, &out, &err), E_LIMIT);
        if (!strstr(err.message, "1000000 steps")) fail_msg("%s: %s", source, err.message);
        template_output_fini(&out);
    }
}

/* What reads a long text, tuple or list and makes nothing of its own pays for the reading: without
   that, each of these runs for minutes or hours under a ceiling of a million steps. */
static void long_values_that_are_only_read_cost_steps(void **state) {
    (void)state;
    static const struct {
        const char *set, *read;
    } cases[] = {
        {"s = 'a'.ljust(1000000)", "s is upper"},
        {"s = 'a'.ljust(1000000)", "s.islower()"},
        {"s = ' '.ljust(1000000)", "s|int"},
        {"s = ' '.ljust(1000000)", "s|float"},
        {"s = '\\u00e9' * 500000", "s|length"},
        {"s = 'a'.ljust(1000000)", "s.splitlines() is string"},
        {"s = ('a' * 1000000 ~ 'b', ) * 9", "('a' * 1000000 ~ 'c').startswith(s)"},
        {"s = (1, ) * 100000", "s in {}"},
        {"s = (1, ) * 100000", "[s]|unique|first is string"},
        {"s = [1] * 100000", "s|sum == 1"},
        {"s = 'a'.ljust(1000000)", "[{}]|map(attribute=s)|first is string"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        TemplateOutput out;
        Err err;
        char source[300];
        TemplateInput in = {.limits = {.memory_bytes = (size_t)1 << 30}};
        (void)snprintf(source, sizeof source,
                       "{%% set %s %%}{%% for i in range(80000) %%}{%% if %s %%}{%% endif %%}"
                       "{%% endfor %%}", cases[i].set, cases[i].read);
        assert_int_equal(render(source, NULL, in, &out, &err), E_LIMIT);
        if (!strstr(err.message, "1000000 steps")) fail_msg("%s: %s", source, err.message);
        template_output_fini(&out);
    }
}

/* A string out of many small pieces has a mark for each: a slice must not pass all of them. */
static void a_slice_of_a_text_with_many_marks_is_cheap(void **state) {
    (void)state;
    expect_text("{% set ns = namespace(s=u ~ 'b') %}{% for i in range(18) %}"
                "{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s.replace('a', '')|length }} "
                "{{ ns.s.split('a')|length }}",
                "{\"u\": \"a\"}", "262144 262145");
}

static void expect_marks(const char *source, const char *context, const char *want) {
    TemplateOutput out;
    Err err;
    TemplateInput in = {.bos_token = STR("<s>"), .eos_token = STR("</s>")};
    Status status = render(source, context, in, &out, &err);
    if (status != OK) fail_msg("%s: %s", source, err.message);
    Buf shown;
    buf_init(&shown, 1 << 20);
    size_t at = 0;
    for (size_t i = 0; i < out.n_segments; i++) {
        TemplateSegment s = out.segments[i];
        assert_int_equal(s.start, at);
        assert_true(s.end > s.start);
        assert_true(i == 0 || s.trusted != out.segments[i - 1].trusted);
        buf_printf(&shown, s.trusted ? "[%.*s]" : "%.*s", (int)(s.end - s.start),
                   out.text.p + s.start);
        at = s.end;
    }
    assert_int_equal(at, out.text.n);
    assert_string_equal(buf_str(&shown).p, want);
    buf_fini(&shown);
    template_output_fini(&out);
}

static void what_the_user_wrote_is_never_trusted(void **state) {
    static const char context[] =
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a<|end|>B\"}],\"bos_token\":\"<u>\","
        "\"t\":{\"k<|end|>\":\"<|end|>\"}}";
    static const struct {
        const char *source, *want;
    } cases[] = {
        {"<|user|>{{ messages[0].content }}<|end|>", "[<|user|>]a<|end|>B[<|end|>]"},
        {"{{ '<|user|>' + messages[0].content + '<|end|>' }}", "[<|user|>]a<|end|>B[<|end|>]"},
        {"{{ '<|' ~ messages[0].role ~ '|>' }}", "[<|user|>]"},
        {"{{ bos_token }}{{ eos_token }}", "[<s></s>]"},
        {"{{ messages[0].content|upper }}!", "A<|END|>B[!]"},
        {"{{ (messages[0].content ~ '<|end|>')|upper }}", "A<|END|>B[<|END|>]"},
        {"{{ (messages[0].content ~ '<|end|>')[1:-1] }}", "<|end|>B[<|end|]"},
        {"{{ (messages[0].content ~ '<|end|>')[::-1] }}", "[>|dne|<]B>|dne|<a"},
        {"{{ messages[0].content.split('<')|join('<') }}", "a[<]|end|>B"},
        {"{{ messages[0].content.replace('B', '<|end|>') }}", "a<|end|>[<|end|>]"},
        {"{{ ('  x' ~ messages[0].content ~ '  ')|trim }}", "[x]a<|end|>B"},
        {"{% set x %}({{ messages[0].content }}){% endset %}{{ x }}", "[(]a<|end|>B[)]"},
        {"{% macro m(c) %}({{ c }}){% endmacro %}{{ m(messages[0].content) }}", "[(]a<|end|>B[)]"},
        {"{% filter upper %}({{ messages[0].content }}){% endfilter %}", "[(]A<|END|>B[)]"},
        {"{% for c in messages[0].content %}{{ c }}{% endfor %}", "a<|end|>B"},
        {"{{ t|tojson }}", "{\"k<|end|>\": \"<|end|>\"}"},
        {"{{ t }}", "{'k<|end|>': '<|end|>'}"},
        {"{% for k, v in t.items() %}{{ k }}={{ v }}{% endfor %}", "k<|end|>[=]<|end|>"},
        {"{{ '%s<|end|>' % messages[0].content }}", "a<|end|>B[<|end|>]"},
        {"{{ '{}<|end|>'.format(messages[0].content) }}", "a<|end|>B[<|end|>]"},
        {"{{ messages[0].content|e }}", "a&lt;|end|&gt;B"},
        {"{{ messages[0].content|urlencode }}", "a%3C%7Cend%7C%3EB"},
        {"{{ messages|length }}{{ true }}", "[1True]"},
        {"{{ messages[0].content|replace('a', '')|replace('B', '') }}", "<|end|>"},
        {"{{ messages[0].content|indent(2, true) }}", "[  ]a<|end|>B"},
        {"{{ [messages[0].content, '<|end|>']|join }}", "a<|end|>B[<|end|>]"},
        {"{{ [messages[0].content, '<|end|>']|last }}", "[<|end|>]"},
        {"{{ messages[0].content.partition('<|end|>')[1] }}", "<|end|>"},
        {"{{ '\"<|end|>\"'|from_json }}", "<|end|>"},
        {"{% for k in dict(**t) %}{{ k }}{% endfor %}", "k<|end|>"},
        {"{% for k in dict({}, **t).keys() %}{{ k }}{% endfor %}", "k<|end|>"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        expect_marks(cases[i].source, context, cases[i].want);
    }
}

static void only_known_roles_of_messages_are_trusted(void **state) {
    expect_marks("{{ '<|' ~ messages[0].role ~ '|>' }}",
                 "{\"messages\":[{\"role\":\"im_start\"}]}", "[<|]im_start[|>]");
    expect_marks("{{ '<|' ~ x.role ~ '|>' }}", "{\"x\":{\"role\":\"user\"}}", "[<|]user[|>]");
    expect_marks("{{ '<|' ~ ('{\"role\": \"user\"}'|from_json).role ~ '|>' }}", "{}",
                 "[<|]user[|>]");
}

/* ---- errors, input, memory ------------------------------------------------------------------- */

static void errors_say_their_line_and_kind(void **state) {
    static const struct {
        const char *source;
        Status want;
        const char *message;
    } cases[] = {
        {"a\nb\n{{ raise_exception('no') }}", E_USAGE, "line 3: the template refuses: no"},
        {"{% set x = 1 %}\n\n{{ x.y.z }}", E_CORRUPT, "line 3: 'y' is undefined"},
        {"{#\n\n#}{{ 1 +", E_CORRUPT, "line 3: "},
        {"{% if x %}\n{% else %}\n", E_CORRUPT, "line 2: the template ends before 'endif'"},
        {"{{ 'a\nb' }}{{ 1 + 'x' }}", E_CORRUPT, "line 2: int + str"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        TemplateOutput out;
        Err err;
        assert_int_equal(render(cases[i].source, NULL, (TemplateInput){0}, &out, &err),
                         cases[i].want);
        if (!strstr(err.message, cases[i].message)) fail_msg("%s", err.message);
        template_output_fini(&out);
        assert_int_equal(render(cases[i].source, NULL, (TemplateInput){0}, &out, NULL),
                         cases[i].want);
        template_output_fini(&out);
    }
}

static void nothing_changes_a_list_or_a_dict(void **state) {
    static const char *const sources[] = {
        "{{ [1].append(3) }}", "{{ [1].insert(0, 0) }}", "{{ [1].pop() }}",
        "{{ {}.update({'a': 1}) }}", "{{ {'a': 1}.pop('a') }}", "{{ {'a': 1}.setdefault('b') }}"};
    TemplateOutput out;
    Err err;
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        assert_int_equal(render(sources[i], NULL, (TemplateInput){0}, &out, &err), E_CORRUPT);
        assert_non_null(strstr(err.message, "sandbox"));
        template_output_fini(&out);
    }
    expect_text("{{ [1].append is defined }}{{ [1].nothing is defined }}", NULL, "FalseFalse");
}

static void a_namespace_that_holds_itself_ends_in_a_limit(void **state) {
    TemplateOutput out;
    assert_int_equal(render("{% set a = namespace() %}{% set a.x = [a] %}{{ a }}", NULL,
                            (TemplateInput){0}, &out, NULL),
                     E_LIMIT);
    template_output_fini(&out);
}

/* Whole numbers have 64 bits, and templates may hand the last of them to whoever counts. */
static void the_ends_of_whole_numbers_are_numbers(void **state) {
    (void)state;
    static const char least[] = "{% set n = -9223372036854775807 - 1 %}";
    static const struct {
        const char *body, *want;
    } rows[] = {{"{{ 'abc'.center(n) }}", "abc"},       {"{{ 'abc'|center(n) }}", "abc"},
                {"{{ 'abc'.rjust(n) }}", "abc"},        {"{{ 'abc'.zfill(n) }}", "abc"},
                {"{{ 'a b c'.split(' ', n)|join('.') }}", "a.b.c"},
                {"{{ 'a b c'.split(none, n)|join('.') }}", "a.b.c"},
                {"{{ 'a b c'.rsplit(' ', n)|join('.') }}", "a.b.c"},
                {"{{ 'aaa'.replace('a', 'b', n) }}", "bbb"},
                {"{{ 'abc'[n:] }}{{ 'abc'[n] }}", "abc"},
                {"{{ '1728002635214590698z'|int(7, 11) }}", "7"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char source[256];
        (void)snprintf(source, sizeof source, "%s%s", least, rows[i].body);
        expect_text(source, NULL, rows[i].want);
    }
}

static void the_clock_is_a_number(void **state) {
    TemplateOutput out;
    TemplateInput in = {.local_s = 1765972800 + 12 * 3600};
    assert_int_equal(render("{{ strftime_now('%d %B %Y %H:%M%z') }}", NULL, in, &out, NULL), OK);
    assert_string_equal(out.text.p, "18 December 2025 00:00");
    template_output_fini(&out);
}

static void tokens_win_over_the_context(void **state) {
    TemplateInput in = {.bos_token = STR("<s>"), .add_generation_prompt = true};
    TemplateOutput out;
    assert_int_equal(render("{{ bos_token }}{{ eos_token }}{{ x }}"
                            "{{ add_generation_prompt }}",
                            "{\"bos_token\":\"no\",\"eos_token\":\"e\",\"x\":1}", in, &out, NULL),
                     OK);
    assert_string_equal(out.text.p, "<s>e1True");
    assert_int_equal(out.n_segments, 3);
    template_output_fini(&out);
    expect_text("", NULL, "");
    expect_text("{{ x }}", NULL, "");
}

static const char busy[] =
    "{% macro m(a, b='x') %}{{ a|upper }}{{ b }}{% endmacro %}{% set ns = namespace(s='') %}"
    "{% for x in messages if x.content %}{% set ns.s = ns.s ~ m(x.content) %}{{ x|tojson(indent=1) "
    "}}"
    "{{ x.items()|list }}{{ loop.index }}{% endfor %}{{ ns.s.split('x')|sort|join(',') }}"
    "{{ '[1, {\"a\": 2}]'|from_json }}{{ '%s' % ns.s }}";

static void every_failed_allocation_is_reported_and_leaks_nothing(void **state) {
    static const char context[] = "{\"messages\":[{\"role\":\"user\",\"content\":\"axb\"},"
                                  "{\"role\":\"user\",\"content\":\"\\u00e9\"}]}";
    uint64_t live = mem_live_blocks(), before = mem_calls();
    TemplateOutput out;
    Err err;
    assert_int_equal(render(busy, context, (TemplateInput){0}, &out, &err), OK);
    template_output_fini(&out);
    uint64_t calls = mem_calls() - before;
    assert_true(calls > 3);
    for (uint64_t n = 1; n <= calls; n++) {
        mem_fail_at(n);
        Status status = render(busy, context, (TemplateInput){0}, &out, &err);
        mem_fail_at(0);
        if (status != OK) assert_int_equal(status, E_NO_MEMORY);
        template_output_fini(&out);
        assert_int_equal(mem_live_blocks(), live);
    }
}

static void small_arenas_end_in_a_limit_at_any_size(void **state) {
    for (size_t bytes = 64; bytes < 20000; bytes += 112) {
        TemplateInput in = {.limits = {.memory_bytes = bytes}};
        TemplateOutput out;
        Err err;
        Status status = render(busy, "{\"messages\":[{\"content\":\"axb\"}]}", in, &out, &err);
        if (status != OK && status != E_LIMIT && status != E_NO_MEMORY) fail_msg("%s", err.message);
        template_output_fini(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attacks_end_in_a_limit_and_name_their_line),
        cmocka_unit_test(deep_nesting_is_refused_when_parsed),
        cmocka_unit_test(limits_are_the_callers),
        cmocka_unit_test(names_that_are_looked_for_in_vain_cost_steps),
        cmocka_unit_test(long_values_that_are_only_read_cost_steps),
        cmocka_unit_test(a_slice_of_a_text_with_many_marks_is_cheap),
        cmocka_unit_test(long_texts_that_are_compared_cost_steps),
        cmocka_unit_test(parameters_and_names_that_do_not_meet_cost_steps),
        cmocka_unit_test(what_the_user_wrote_is_never_trusted),
        cmocka_unit_test(only_known_roles_of_messages_are_trusted),
        cmocka_unit_test(errors_say_their_line_and_kind),
        cmocka_unit_test(nothing_changes_a_list_or_a_dict),
        cmocka_unit_test(a_namespace_that_holds_itself_ends_in_a_limit),
        cmocka_unit_test(the_ends_of_whole_numbers_are_numbers),
        cmocka_unit_test(the_clock_is_a_number),
        cmocka_unit_test(tokens_win_over_the_context),
        cmocka_unit_test(every_failed_allocation_is_reported_and_leaks_nothing),
        cmocka_unit_test(small_arenas_end_in_a_limit_at_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
