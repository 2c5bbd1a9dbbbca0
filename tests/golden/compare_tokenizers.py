#!/usr/bin/env python3
"""Tokenizers held against PyPI `tokenizers` (the library behind `transformers`).

  compare_tokenizers.py make                     rewrite tests/golden/tokenizers/*.json: tiny vocabularies trained on the
                                         sentences below and the ids that the library gives for them
  compare_tokenizers.py compare MODEL.gguf [-c COMMAND] [-t tokenizer.json] [FILE...]
                                         encode every line of the files (default: lines from the shared data) with
                                         `hearth tokenize` and with the library; print what differs, exit 1 if any

`compare` builds the library's tokenizer from the GGUF's own tables (kinds "t5" and "bert"; for byte-level BPE the
pre-tokenisers in PRE), or takes a tokenizer.json. COMMAND is run as `COMMAND -m MODEL --no-special`, one line in, one
line of ids out; default build/hearth tokenize.

Needs: pip install tokenizers gguf numpy
"""
import argparse, gzip, json, os, random, re, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path = [p for p in sys.path if os.path.abspath(p or ".") != HERE]  # its folder "tokenizers" is not the library
DATA = os.environ.get("HEARTH_TEST_DATA", os.path.join(HERE, "..", "..", "..", "shared", "data"))

CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
WORDS = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CAPS, SMALL = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
DEEPSEEK3 = (r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
             r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def modern(digits, front=CONTRACTION + "|", word=r"\p{L}", symbols=r" ?[^\s\p{L}\p{N}]+[\r\n]*"):
    return front + r"[^\r\n\p{L}\p{N}]?" + word + "+|" + digits + "|" + symbols + r"|\s*[\r\n]+|\s+(?!\S)|\s+"


def cased(tail, digits):
    front = r"[^\r\n\p{L}\p{N}]?"
    return (front + CAPS + "*" + SMALL + "+" + tail + "|" + front + CAPS + "+" + SMALL + "*" + tail + "|" + digits
            + r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")


PRE = {
    "gpt-2": [WORDS],
    "starcoder": [r"\p{N}", WORDS],
    "smollm": [r"\p{N}", WORDS],
    "falcon": [r"[\p{P}\$\+<=>\^~\|`]+", WORDS, "[0-9][0-9][0-9]"],
    "llama-bpe": [modern(r"\p{N}{1,3}")],
    "qwen2": [modern(r"\p{N}")],
    "qwen35": [modern(r"\p{N}", word=r"[\p{L}\p{M}]", symbols=r" ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*")],
    "seed-coder": [modern(r"\p{N}", symbols=r" ?[^\s\p{L}\p{N}\r\n]+")],
    "gpt-4o": [cased(CONTRACTION + "?", r"\p{N}{1,3}")],
    "tekken": [cased("", r"\p{N}")],
    "deepseek-v3": [r"\p{N}{1,3}", "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+", DEEPSEEK3],
    "deepseek-coder": ["[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+", r"\p{N}"],
    "bloom": [" ?[^(\\s|.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c)]+"],
}

SENTENCES = [
    "The stove is warm, and it's Anna's turn to carry the wood in.",
    "Don't you'Ll find 1234567 numbers & 3.14159 here?  Two  blanks,   three.",
    "We measured 12 mm of rain on 2024-03-05; the gauge said 12.5.",
    "\u6797\u533b\u751f\u8bf4\uff1a\u5468\u4e09\u4e0b\u5348\u4e09\u70b9\u89c1\u3002\u8bf7\u5e26\u4e0a\u8840\u538b\u8bb0\u5f55\uff01",
    "\u9019\u662f\u7e41\u9ad4\u5b57\uff0c\u548c Hearth \u6df7\u5728\u4e00\u8d77\u3002",
    "Der Ofen hei\u00dft \u00bbHerd\u00ab, gr\u00f6\u00dfer w\u00e4re \u00fcbertrieben.",
    "na\u00efve caf\u00e9 (decomposed: cafe\u0301), \ufb01ne \u00bd \u2460 \uff21\uff22\uff23",
    "for (int i = 0; i < n; i++) {\n\tsum += a[i] * 0x1F; // tab\n}\n\n\nreturn sum;\n",
    "def f(x):\n    return x**2 if x else None\r\n",
    "camelCaseWords and HTTPServerError404Page, SHOUTING don'T",
    "\U0001f44d\U0001f3fd \U0001f468\u200d\U0001f469\u200d\U0001f467 ok \U0001f1e9\U0001f1ea\u2764\ufe0f",
    "  leading, trailing and \u00a0hard\u3000blanks  ",
    "\u043f\u0440\u0438\u0432\u0435\u0442, \u03ba\u03cc\u03c3\u03bc\u03b5; \u0645\u0631\u062d\u0628\u0627 \u0928\u092e\u0938\u094d\u0924\u0947",
    "a", " ", "\n", "",
    "http://example.org/a_b-c?d=e#f 100% $5.00 a@b.cd <tag/> [x] {y} `z` ~~ ^^ ||",
]


# ---- making ----

def byte_bpe():
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    letters = pre_tokenizers.ByteLevel.alphabet()
    t.train_from_iterator(SENTENCES * 2, trainers.BpeTrainer(vocab_size=520, initial_alphabet=sorted(letters),
                                                             show_progress=False))
    model = json.loads(t.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    merges = [m if isinstance(m, str) else " ".join(m) for m in model["merges"]]
    return tokens, merges


def bpe_tokenizer(tokens, merges, pre):
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers
    t = Tokenizer(models.BPE(vocab={s: i for i, s in enumerate(tokens)},
                             merges=[tuple(m.split(" ", 1)) for m in merges]))
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(r), "isolated") for r in PRE[pre]]
        + [pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    return t


def unigram():
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    t = Tokenizer(models.Unigram())
    t.pre_tokenizer = unigram_pre()
    t.train_from_iterator(SENTENCES[:7] * 2, trainers.UnigramTrainer(
        vocab_size=260, show_progress=False, unk_token="<unk>", special_tokens=["<s>", "<pad>", "</s>", "<unk>"]))
    return [(s, float(x)) for s, x in json.loads(t.to_str())["model"]["vocab"]]


def unigram_pre():
    from tokenizers import pre_tokenizers
    return pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(),
                                    pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")])


def unigram_tokenizer(vocab, unk, charsmap=None):
    from tokenizers import Tokenizer, models, normalizers
    t = Tokenizer(models.Unigram(vocab, unk, False))
    if charsmap:
        t.normalizer = normalizers.Precompiled(charsmap)
    t.pre_tokenizer = unigram_pre()
    return t


def wordpiece():
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer(lowercase=True)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.train_from_iterator(SENTENCES[:10] * 2, trainers.WordPieceTrainer(
        vocab_size=420, show_progress=False, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    vocab = json.loads(t.to_str())["model"]["vocab"]
    return sorted(vocab, key=vocab.get)


def wordpiece_tokenizer(tokens, lowercase=True):
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    t = Tokenizer(models.WordPiece(vocab={s: i for i, s in enumerate(tokens)}, unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return t


def cases(tokenizer, texts):
    return [{"text": s, "ids": tokenizer.encode(s, add_special_tokens=False).ids} for s in texts]


def save(name, value):
    path = os.path.join(HERE, "tokenizers", name)
    with open(path, "w", encoding="utf8", newline="\n") as f:
        f.write("{\n")
        for key in sorted(k for k in value if k != "cases"):
            f.write(f"{json.dumps(key)}: {json.dumps(value[key])},\n")
        rows = [json.dumps(c, sort_keys=True) for c in value["cases"]]
        f.write('"cases": [\n' + ",\n".join(rows) + "\n]\n}\n")
    print("wrote", path)


def make(_):
    tokens, merges = byte_bpe()
    save("bpe.json", {"model": "gpt2", "tokens": tokens, "merges": merges, "cases": [
        dict(c, pre=pre) for pre in PRE for c in cases(bpe_tokenizer(tokens, merges, pre), SENTENCES)]})
    vocab = unigram()
    control = {"<s>", "<pad>", "</s>"}
    save("unigram.json", {
        "model": "t5", "unk": 3, "tokens": [s for s, _ in vocab], "scores": [x for _, x in vocab],
        "types": [3 if s in control else 2 if s == "<unk>" else 1 for s, _ in vocab],
        "cases": cases(unigram_tokenizer(vocab, 3), SENTENCES)})
    words = wordpiece()
    save("wordpiece.json", {
        "model": "bert", "unk": 1, "tokens": words, "types": [3] * 5 + [1] * (len(words) - 5),
        "cases": cases(wordpiece_tokenizer(words), SENTENCES + ["x" * 100, "x" * 101, "don't [CLS] ##ing"])})


# ---- comparing ----

def squad(name):
    with gzip.open(os.path.join(DATA, "knowledge", "xquad", name)) as f:
        for article in json.load(f)["data"]:
            for p in article["paragraphs"]:
                yield p["context"]
                yield from (q["question"] for q in p["qas"])


def chinese():
    folder = os.path.join(DATA, "knowledge", "cmrc2018")
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        data = gzip.open(path).read() if name.endswith(".gz") else open(path, "rb").read()
        for s in re.findall(rb'"(?:context|context_text|question|query_text)":\s*("(?:[^"\\]|\\.)*")', data):
            yield json.loads(s)


def code():
    root = os.path.join(HERE, "..", "..", "src")
    for folder, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            if name.endswith((".c", ".h")):
                yield from open(os.path.join(folder, name), encoding="utf8")


def emoji():
    everyone = [chr(c) for first, last in ((0x1F300, 0x1FAFF), (0x2600, 0x27BF)) for c in range(first, last)]
    words = "I love this \u597d\u68d2 toll \U0001f937 \U0001f44d\U0001f3fd \ufb01 \u2460 \u00bd \uff21 e\u0301".split()
    while True:
        yield " ".join(random.choice([random.choice(words), "".join(random.sample(everyone, 3))])
                       for _ in range(random.randint(1, 12)))


def default_lines():
    random.seed(7)
    out = []
    for source, n in ((squad("xquad.en.json.gz"), 1000), (squad("xquad.de.json.gz"), 1000), (chinese(), 1200),
                      (code(), 1300)):
        found = [s for s in source if s.strip()]
        random.shuffle(found)
        out += found[:n]
    makers = emoji()
    out += [next(makers) for _ in range(500)]
    return [re.sub(r"[\r\n]+", " ", s) for s in out]


class Mapped:
    """A tokenizer behind replacements of single code points (files that hearth import made)."""

    def __init__(self, tokenizer, first, at, to):
        self.tokenizer = tokenizer
        self.table = {int(c): "".join(map(chr, to[at[i]:at[i + 1]])) for i, c in enumerate(first)}

    def encode(self, text, add_special_tokens):
        return self.tokenizer.encode(text.translate(self.table), add_special_tokens=add_special_tokens)


def from_gguf(path):
    import gguf, numpy
    fields = gguf.GGUFReader(path).fields
    key = lambda name: fields.get("tokenizer.ggml." + name)
    text = lambda f: [bytes(f.parts[i]).decode("utf8", "replace") for i in f.data]
    number = lambda f: numpy.concatenate([f.parts[i] for i in f.data])
    model, tokens = text(key("model"))[0], text(key("tokens"))
    if model == "t5":
        charsmap = key("precompiled_charsmap")
        blob = number(charsmap).astype(numpy.uint8).tobytes() if charsmap else None
        vocab = [(s if y == 1 else f"\0{i}", float(x) if y != 5 else 0.0) for i, (s, x, y) in
                 enumerate(zip(tokens, number(key("scores")), number(key("token_type"))))]
        oracle = unigram_tokenizer(vocab, int(number(key("unknown_token_id"))[0]), blob)
        own = [fields.get("tokenizer.hearth.charmap." + part) for part in ("from", "at", "to")]
        return Mapped(oracle, *map(number, own)) if own[0] else oracle
    if model == "bert":
        plain = [s if s.startswith("[") and s.endswith("]") else s[1:] if s.startswith("\u2581") else "##" + s
                 for s in tokens]
        return wordpiece_tokenizer(plain)
    if model == "gpt2":
        pre = text(key("pre"))[0]
        if pre not in PRE:
            sys.exit("no oracle here for the pre-tokeniser " + pre)
        oracle = bpe_tokenizer(tokens, text(key("merges")), pre)
        from tokenizers import AddedToken
        added = [s for s, y in zip(tokens, number(key("token_type"))) if y == 4]
        oracle.add_tokens([AddedToken(s, normalized=False) for s in added])
        return oracle
    sys.exit("no oracle here for tokenizers of kind " + model)


def compare(args):
    if args.tokenizer:
        from tokenizers import Tokenizer
        oracle = Tokenizer.from_file(args.tokenizer)
        oracle.no_padding()
        oracle.no_truncation()
    else:
        oracle = from_gguf(args.model)
    lines = default_lines()
    if args.files:
        lines = [s.rstrip("\n") for f in args.files for s in open(f, encoding="utf8", newline="\n")]
    command = args.command.split() + ["-m", args.model, "--no-special"]
    ours = subprocess.run(command, input="".join(s + "\n" for s in lines).encode(), stdout=subprocess.PIPE, check=True)
    rows = ours.stdout.decode().split("\n")[:-1]
    if len(rows) != len(lines):
        sys.exit(f"{len(lines)} lines in, {len(rows)} lines out")
    bad = 0
    for line, row in zip(lines, rows):
        want, got = oracle.encode(line, add_special_tokens=False).ids, [int(x) for x in row.split()]
        if want == got:
            continue
        bad += 1
        if bad <= 10:
            print(ascii(line)[:200], "\n  library", want[:20], "\n  hearth ", got[:20])
    print(f"{len(lines)} lines, {bad} differ")
    return 1 if bad else 0


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = p.add_subparsers(required=True)
    sub.add_parser("make").set_defaults(run=make)
    c = sub.add_parser("compare")
    c.add_argument("model")
    c.add_argument("files", nargs="*")
    c.add_argument("-c", "--command", default=os.path.join(HERE, "..", "..", "build", "hearth") + " tokenize")
    c.add_argument("-t", "--tokenizer", help="a tokenizer.json to use instead of the file's own tables")
    c.set_defaults(run=compare)
    args = p.parse_args()
    sys.exit(args.run(args) or 0)


if __name__ == "__main__":
    main()
