#!/usr/bin/env python3
"""Golden tests of the chat templates.

    templates.py --renderer BUILD/tests/golden/template_render PART

PART is one of
  corpus   tests/golden/templates/*.txt, our own cases; needs nothing
  cases    the 394 recorded cases of the shared data; byte for byte
  marks    every template of the shared data with special spellings inside what the user wrote:
           no byte of it may come out as the template's own
  jinja2   every template of the shared data over the three contexts, and our own corpus, against
           PyPI jinja2 as transformers sets it up; an error there must be an error here
  write    fills the expectations of our own corpus from jinja2 (run by hand, then read the diff)

Exit code 0: all good, 1: a difference, 77: skipped (said in one line). Shared data is found by
HEARTH_TEST_DATA, default ../shared/data beside the repository.

A corpus file holds cases: a ruler "==== name", the template, a ruler "---- context" and one line of
JSON, then a ruler "---- expect" and the text, or "---- error" and a word that our message holds.
The last newline of each part belongs to the ruler below it.
"""
import argparse
import datetime
import gzip
import json
import os
import pathlib
import re
import subprocess
import sys

CLOCK = 1765972800  # 2025-12-17 12:00:00 UTC, the day on which the cases were recorded
HERE = pathlib.Path(__file__).resolve().parent
SKIP = 77
OPEN, CLOSE = "\u27ea", "\u27eb"  # around hostile text; no template has them


def skip(why):
    print(f"SKIPPED: {why}")
    sys.exit(SKIP)


def data_dir():
    root = HERE.parent.parent
    path = pathlib.Path(os.environ.get("HEARTH_TEST_DATA", root.parent / "shared" / "data"))
    path = path / "engine"
    if not path.is_dir():
        skip(f"no shared data at {path} (set HEARTH_TEST_DATA)")
    return path


class Ours:
    """One renderer process; requests go in by line, answers come back by line."""

    def __init__(self, program):
        self.child = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, template, context):
        context = dict(context)
        tokens = {name: context.pop(name) for name in ("bos_token", "eos_token")
                  if isinstance(context.get(name), str)}
        request = {"template": template, "clock": CLOCK,
                   "add_generation_prompt": context.pop("add_generation_prompt", False),
                   "context": context, **tokens}
        self.child.stdin.write(json.dumps(request).encode() + b"\n")
        self.child.stdin.flush()
        line = self.child.stdout.readline()
        if not line:
            sys.exit(f"the renderer died with {self.child.wait()} on: {template[:200]!r}")
        return json.loads(line)


def collected(data):
    """(name, text) of every collected template."""
    for path in sorted((data / "chat-templates").glob("*/*.jinja")):
        yield f"{path.parent.name}/{path.stem}", path.read_bytes().decode()


def contexts(data):
    for path in sorted((data / "template-cases" / "contexts").glob("*.json")):
        yield path.stem, json.loads(path.read_text(encoding="utf-8"))


def recorded(data):
    """(name, template, context, expected) of the recorded cases."""
    with gzip.open(data / "template-cases" / "test_chat_template.json.gz") as stream:
        models = json.load(stream)
    for model, entry in models.items():
        for case in entry["cases"]:
            context = dict(entry["special_tokens"], messages=case["messages"],
                           add_generation_prompt=case["add_generation_prompt"])
            if "tools" in case:
                context["tools"] = case["tools"]
            yield f"{model} {case['description']}", entry["template"], context, case["expected"]


# ---- our own corpus ------------------------------------------------------------------------------

def read_corpus():
    """(file, name, template, context line, kind, expectation)"""
    for path in sorted((HERE / "templates").glob("*.txt")):
        text = path.read_bytes().decode()  # newlines as they are: some cases are about them
        for block in re.split(r"(?m)^==== ", text)[1:]:
            name, _, rest = block.partition("\n")
            template, _, rest = rest.partition("\n---- context\n")
            context, _, rest = rest.partition("\n---- ")
            kind, _, expected = rest.partition("\n")
            yield path, name, template, context, kind, expected[:-1]


def corpus_verdict(answer, kind, expected):
    if kind == "expect":
        return answer["ok"] and answer["text"] == expected
    return not answer["ok"] and expected in answer["error"] and ", line " in answer["error"]


def run_corpus(ours):
    report = Report()
    for path, name, template, context, kind, expected in read_corpus():
        answer = ours(template, json.loads(context))
        report(corpus_verdict(answer, kind, expected), f"{path.name}: {name}", expected, answer)
    return report.done()


def write_corpus(reference):
    parts = {}
    for path, name, template, context, kind, expected in read_corpus():
        try:
            text = reference(template, json.loads(context))
            kind, expected = "expect", text
        except Exception as problem:  # noqa: BLE001: whatever jinja2 raises is an error
            if kind != "error":
                expected = "TODO " + str(problem).split("\n")[0]
            kind = "error"
        parts.setdefault(path, []).append(
            f"==== {name}\n{template}\n---- context\n{context}\n---- {kind}\n{expected}\n")
    for path, blocks in parts.items():
        path.write_bytes("".join(blocks).encode())
    return 0


# ---- the reference -------------------------------------------------------------------------------

def make_reference():
    try:
        import jinja2
        import jinja2.ext
        import jinja2.nodes
        from jinja2.sandbox import ImmutableSandboxedEnvironment
    except ImportError:
        skip("PyPI jinja2 is not installed for this python; 216 comparisons were not made")

    class Generation(jinja2.ext.Extension):
        tags = {"generation"}

        def parse(self, parser):
            line = next(parser.stream).lineno
            body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
            call = self.call_method("_same")
            return jinja2.nodes.CallBlock(call, [], [], body).set_lineno(line)

        def _same(self, caller):
            return caller()

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators,
                          sort_keys=sort_keys)

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def strftime_now(form):
        zone = datetime.timezone.utc
        return datetime.datetime.fromtimestamp(CLOCK, zone).replace(tzinfo=None).strftime(form)

    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True,
                                        extensions=[Generation, jinja2.ext.loopcontrols])
    env.filters["tojson"] = tojson
    env.filters["from_json"] = json.loads
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = strftime_now
    return lambda template, context: env.from_string(template).render(**context)


def compare(report, name, ours, reference, template, context):
    try:
        expected = reference(template, context)
    except Exception as problem:  # noqa: BLE001
        report(not ours["ok"], name, f"an error: {problem}", ours)
        return
    report(ours["ok"] and ours["text"] == expected, name, expected, ours)


def run_jinja2(ours):
    reference = make_reference()
    report = Report()
    for path, name, template, context, _, _ in read_corpus():
        context = json.loads(context)
        compare(report, f"{path.name}: {name}", ours(template, context), reference, template,
                context)
    print(f"own corpus: {report.passed} of {report.passed + report.failed}")
    if report.failed:
        return report.done()
    data = data_dir()
    for name, template in collected(data):
        for label, context in contexts(data):
            compare(report, f"{name} over {label}", ours(template, context), reference, template,
                    context)
    return report.done()


# ---- recorded cases and marks --------------------------------------------------------------------

def run_cases(ours):
    report = Report()
    for name, template, context, expected in recorded(data_dir()):
        answer = ours(template, context)
        report(answer["ok"] and answer["text"] == expected, name, expected, answer)
    return report.done()


SPELLING = re.compile(r"<[^<>\s]{1,40}>|\[/?[A-Z_]{2,30}\]")
USUAL = ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|start_header_id|>",
         "<start_of_turn>", "<end_of_turn>", "[INST]", "[/INST]", "<s>", "</s>", "<|system|>",
         "<|end|>", "<bos>", "<eos>", "<|assistant|>"]
# Templates cut what the assistant said at these and write them again themselves.
REWRITTEN = {"<think>", "</think>"}


def poison(value, payload):
    """Every string of a context that a person or a tool wrote, with the payload inside."""
    if isinstance(value, dict):
        keep = {"role", "type", "id", "tool_call_id", "name"}
        return {k: v if k in keep else poison(v, payload) for k, v in value.items()}
    if isinstance(value, list):
        return [poison(v, payload) for v in value]
    if isinstance(value, str):
        return value[:3] + payload + value[3:]
    return value


def leaked(answer):
    """The first whole hostile spelling that has a trusted byte, or None; and how many there are."""
    text = answer["text"]
    offsets = [0]
    for c in text:
        offsets.append(offsets[-1] + len(c.encode()))
    hostile = [m.span() for m in re.finditer(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", text)
               if SPELLING.fullmatch(m.group()[1:-1])]
    for start, end in hostile:
        a, b = offsets[start], offsets[end]
        if any(trusted and s < b and e > a for s, e, trusted in answer["segments"]):
            return text[start:end], len(hostile)
    return None, len(hostile)


def segments_cover(answer):
    at, last = 0, None
    for start, end, trusted in answer["segments"]:
        if start != at or end <= start or trusted == last:
            return False
        at, last = end, trusted
    return at == len(answer["text"].encode())


def run_marks(ours):
    data = data_dir()
    report = Report()
    seen = 0
    work = [(f"{n} over {label}", t, c) for n, t in collected(data) for label, c in contexts(data)]
    work += [(n, t, c) for n, t, c, _ in recorded(data)]
    for name, template, context in work:
        spellings = USUAL + sorted(set(SPELLING.findall(template)) - REWRITTEN)
        payload = "".join(f"{OPEN}{s}{CLOSE}" for s in spellings)
        context = {k: poison(v, payload) if k in ("messages", "tools") else v
                   for k, v in context.items()}
        answer = ours(template, context)
        if not answer["ok"]:
            continue
        leak, found = leaked(answer)
        seen += found
        report(leak is None and segments_cover(answer), name, f"no trusted byte in {leak}", answer)
    print(f"hostile spellings looked at: {seen}")
    return report.done() or (1 if seen < 500 else 0)


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def __call__(self, good, name, expected, answer):
        if good:
            self.passed += 1
            return
        self.failed += 1
        if self.failed > 12:
            return
        got = answer["text"] if answer["ok"] else "error: " + answer["error"]
        at = next((i for i, (a, b) in enumerate(zip(expected, got)) if a != b),
                  min(len(expected), len(got)))
        print(f"DIFFERS {name} at character {at}\n  expected ...{expected[max(0, at - 60):at + 100]!r}"
              f"\n  got      ...{got[max(0, at - 60):at + 160]!r}")

    def done(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--renderer")
    parser.add_argument("part", choices=["corpus", "cases", "marks", "jinja2", "write"])
    args = parser.parse_args()
    if args.part == "write":
        return write_corpus(make_reference())
    parts = {"corpus": run_corpus, "cases": run_cases, "marks": run_marks, "jinja2": run_jinja2}
    return parts[args.part](Ours(args.renderer))


if __name__ == "__main__":
    sys.exit(main())
