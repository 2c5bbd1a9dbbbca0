#!/usr/bin/env python3
"""How well do the readers read? Against labelled documents of HEARTH_TEST_DATA, by the measures of
the field, written anew here.

    tests/bench/extraction.py EXTRACT_DUMP [articles] [structure] [speed] [-v] [--words DIR]

articles   main text of web pages. Texts are cut into word 4-grams, counted with repetition; of each
           page precision = shared / extracted, recall = shared / true; both are averaged over pages,
           F1 is that of the two averages. (Measure of scrapinghub/article-extraction-benchmark.)
           Pages whose name begins with an even hexadecimal digit are the half that rules were tuned
           on; the other half is the one to report.
structure  headings and tables of PDF, Office and web files with a Markdown truth.
           MHS: a document is a tree: a root, a node for each heading, and below it one for all text
           up to the next heading. 1 - D / max(nodes of both), D the tree edit distance of Zhang and
           Shasha (1989): 1 to insert or delete a node, to rename one the share of letters that
           differ (Levenshtein / longer length), 1 where the kinds differ. Levels do not count. None
           where the truth has no heading, 0 where only the truth has any.
           TEDS: the same distance for tables as trees of rows and cells (Zhong, ShafieiBavani and
           Jimeno Yepes 2020). Each table of the truth gets the best of ours that no other took; a
           file's score is the average over the truth's tables. Ours beyond those are counted apart.
           headings: how many of the truth's are headings of ours, word for word, and the other way
           round.
speed      pages of the PDFs that the reader reads in a second, one file after the other.
--words    of each HTML file below DIR the share of different words that the reader gives nowhere:
           nothing may be lost from a manual (menus and lists of contents say what it says again).

-v lists the worst files.
"""
import collections
import gzip
import html
import html.parser
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

WORD = re.compile(r"\w+")
HERE = pathlib.Path(__file__).resolve().parent
DATA = pathlib.Path(os.environ.get("HEARTH_TEST_DATA", HERE / "../../../shared/data"))
SET = DATA / "knowledge/extraction"


def read(tool, mode, path):
    """What extract_dump says of one file."""
    args = [tool] + ([mode] if mode else []) + [str(path)]
    return subprocess.run(args, capture_output=True, check=False).stdout.decode("utf-8", "replace")


# ---- articles ----


def grams(text, n=4):
    words = WORD.findall(text or "")
    if not words:
        return collections.Counter()
    return collections.Counter(tuple(words[i:i + n]) for i in range(max(1, len(words) - n + 1)))


def overlap(true, got):
    """Precision and recall; None where there is nothing to be precise about."""
    t, g = grams(true), grams(got)
    shared = sum((t & g).values())
    nt, ng = sum(t.values()), sum(g.values())
    return (shared / ng if ng else None), (shared / nt if nt else None)


def f1_of(rows):
    ps = [r[0] for r in rows if r[0] is not None]
    rs = [r[1] for r in rows if r[1] is not None]
    p, r = sum(ps) / len(ps), sum(rs) / len(rs)
    return f"{len(rows):4d} pages  precision {p:.3f}  recall {r:.3f}  F1 {2 * p * r / (p + r):.3f}"


def articles(tool, verbose):
    base = SET / "articles"
    if not base.is_dir():
        return print("articles: skipped, no", base)
    truth = json.load(gzip.open(base / "ground-truth.json.gz"))
    rows = []
    with tempfile.TemporaryDirectory() as tmp:
        for key, item in sorted(truth.items()):
            path = pathlib.Path(tmp) / (key + ".html")
            path.write_bytes(gzip.open(base / "html" / (key + ".html.gz")).read())
            p, r = overlap(item["articleBody"], read(tool, "-t", path))
            rows.append((p, r, key, item.get("url", "")))
    tuned = [r for r in rows if int(r[2][0], 16) % 2 == 0]
    if verbose:
        for p, r, key, url in sorted(rows, key=lambda x: (x[0] or 0) * (x[1] or 0))[:30]:
            print(f"  p {p or 0:.2f} r {r or 0:.2f} {key[:12]} {url[:70]}")
    print("articles, tuned on   ", f1_of(tuned))
    print("articles, other half ", f1_of([r for r in rows if r not in tuned]))
    print("articles, all        ", f1_of(rows))


# ---- trees ----


def letters_apart(a, b):
    """Levenshtein distance by bit vectors (Myers 1999, Hyyro 2003), over the longer length."""
    if a == b:
        return 0.0
    if not a or not b:
        return 1.0
    mask = collections.defaultdict(int)
    for i, c in enumerate(a):
        mask[c] |= 1 << i
    full, top = (1 << len(a)) - 1, 1 << (len(a) - 1)
    up, down, distance = full, 0, len(a)
    for c in b:
        match = mask.get(c, 0)
        across = (((match & up) + up) ^ up) | match | down
        plus, minus = down | (full & ~(across | up)), up & across
        distance += bool(plus & top) - bool(minus & top)
        plus = plus << 1 | 1
        up = ((minus << 1) | (full & ~((match | down) | plus))) & full
        down = plus & (match | down) & full
    return distance / max(len(a), len(b))


class Flat:
    """A tree (kind, text, children) in post-order, as Zhang and Shasha number it."""

    def __init__(self, tree):
        self.kind, self.text, self.left = [], [], []
        self._add(tree)
        last = {}
        for i, first in enumerate(self.left):
            last[first] = i
        self.roots = sorted(last.values())

    def _add(self, tree):
        kind, text, children = tree
        first = [self._add(child) for child in children]
        self.kind.append(kind)
        self.text.append(text)
        self.left.append(first[0] if first else len(self.kind) - 1)
        return self.left[-1]


def tree_distance(a, b):
    a, b = Flat(a), Flat(b)
    na, nb = len(a.kind), len(b.kind)
    known = {}

    def rename(i, k):
        if a.kind[i] != b.kind[k]:
            return 1.0
        pair = a.text[i], b.text[k]
        if pair not in known:
            known[pair] = letters_apart(*pair)
        return known[pair]

    whole = [[0.0] * nb for _ in range(na)]
    for i in a.roots:
        for k in b.roots:
            li, lk = a.left[i], b.left[k]
            forest = [[float(y) for y in range(k - lk + 2)]]
            for x in range(1, i - li + 2):
                row, above = [float(x)], forest[-1]
                at = li + x - 1
                for y in range(1, k - lk + 2):
                    bt = lk + y - 1
                    best = min(above[y], row[y - 1]) + 1
                    if a.left[at] == li and b.left[bt] == lk:
                        best = min(best, above[y - 1] + rename(at, bt))
                        whole[at][bt] = best
                    else:
                        part = forest[a.left[at] - li][b.left[bt] - lk]
                        best = min(best, part + whole[at][bt])
                    row.append(best)
                forest.append(row)
    return whole[-1][-1], max(na, nb)


def likeness(a, b):
    distance, nodes = tree_distance(a, b)
    return 1 - distance / nodes


# ---- structure ----


class Outline:
    """Headings with the text below each, and tables as rows of cells."""

    def __init__(self):
        self.sections = [["", []]]
        self.tables = []
        self.in_table = False

    def heading(self, text):
        self.in_table = False
        self.sections.append([plain(text), []])

    def words(self, text):
        self.in_table = False
        self.sections[-1][1].append(plain(text))

    def row(self, cells):
        if not self.in_table:
            self.tables.append([])
        self.in_table = True
        self.tables[-1].append([plain(c) for c in cells])

    def tree(self):
        nodes = []
        for n, (head, text) in enumerate(self.sections):
            body = " ".join(t for t in text if t)
            below = [("text", body, [])] if body else []
            nodes += [("heading", head, below)] if n else below
        return ("root", "", nodes)

    def headings(self):
        return [head for head, _ in self.sections[1:] if head]


def plain(text):
    """Words alone: marks of Markdown, list signs and blanks say nothing about structure."""
    text = re.sub(r"<!--.*?-->", " ", text)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = html.unescape(text).replace("\\_", "_")
    text = re.sub(r"[*`~]+|\$\$?", "", text)
    text = re.sub(r"(^|\s)([-•◦▪]|\d+\.)(?=\s)", r"\1", text)
    return " ".join(text.split())


def outline_of_markdown(text):
    out, code = Outline(), False
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("```"):
            code = not code
        elif not code and re.match(r"#{1,6} ", line):
            out.heading(line.lstrip("#"))
        elif not code and line.startswith("|"):
            cells = [c.strip() for c in line.strip("|").split("|")]
            if not all(re.fullmatch(r":?-+:?", c) for c in cells):
                out.row(cells)
        elif line:
            out.words(line)
        else:
            out.in_table = False
    return out


def outline_of_dump(text):
    out = Outline()
    for line in text.splitlines():
        block = re.match(r"(P|H|LI|TR|CODE)(\d?)(?: p\d+)?(?: L\d+)?: (.*)", line)
        if not block:
            continue
        kind, level, words = block.groups()
        words = words.replace("\\n", " ")
        if kind == "H":
            out.heading(words)
        elif kind == "TR":
            if level == "1":
                out.in_table = False
            out.row(re.split(r"\s*\|\s*", words))
        else:
            out.words(words)
    return out


def table_tree(rows):
    return ("table", "", [("row", "", [("cell", c, []) for c in row]) for row in rows])


def teds(truth, got):
    """Average over the truth's tables, and how many of ours belong to none."""
    if not truth:
        return None, len(got)
    pairs = sorted(((likeness(table_tree(t), table_tree(g)), i, k)
                    for i, t in enumerate(truth) for k, g in enumerate(got)), reverse=True)
    best, taken = {}, set()
    for score, i, k in pairs:
        if i not in best and k not in taken:
            best[i] = score
            taken.add(k)
    return sum(best.values()) / len(truth), len(got) - len(taken)


def mhs(truth, got):
    if not truth.headings():
        return None
    if not got.headings():
        return 0.0
    return likeness(truth.tree(), got.tree())


def mean(values):
    values = [v for v in values if v is not None]
    return f"{sum(values) / len(values):.3f} ({len(values)})" if values else "- (0)"


def shown(value):
    return "   - " if value is None else f"{value:5.2f}"


def structure(tool, verbose):
    rows = []
    for truth_path in sorted((SET / "docling").glob("*/*.expected.md")):
        path = pathlib.Path(str(truth_path)[:-len(".expected.md")])
        truth = outline_of_markdown(truth_path.read_text(encoding="utf-8"))
        got = outline_of_dump(read(tool, "", path))
        table, beyond = teds(truth.tables, got.tables)
        want, have = collections.Counter(truth.headings()), collections.Counter(got.headings())
        both = sum((want & have).values())
        rows.append((path.suffix[1:], path.name, mhs(truth, got), table, beyond, both,
                     sum(want.values()), sum(have.values())))
    for kind in sorted({r[0] for r in rows}) + ["all"]:
        mine = [r for r in rows if kind in (r[0], "all")]
        both, want, have = (sum(r[i] for r in mine) for i in (5, 6, 7))
        if verbose and kind != "all":
            for r in sorted(mine, key=lambda r: min(x for x in (r[2], r[3], 2) if x is not None)):
                print(f"  MHS {shown(r[2])} TEDS {shown(r[3])} +{r[4]} tables, headings "
                      f"{r[5]} of {r[6]}, ours {r[7]}  {r[1]}")
        print(f"{kind:5} {len(mine):3d} files  MHS {mean([r[2] for r in mine]):12}"
              f"TEDS {mean([r[3] for r in mine]):12}headings found {both} of {want}, ours {have}; "
              f"tables of no truth {sum(r[4] for r in mine)}")


# ---- speed, words ----


def speed(tool):
    files = sorted(SET.glob("*/pdf/*.pdf"))
    if not files:
        return print("speed: skipped, no PDFs in", SET)
    pages, began = 0, time.monotonic()
    for path in files:
        found = re.search(r"(\d+) pages", read(tool, "-s", path))
        pages += int(found.group(1)) if found else 0
    took = time.monotonic() - began
    print(f"speed: {pages} pages of {len(files)} PDFs in {took:.2f} s, {pages / took:.0f} pages/s")


class Words(html.parser.HTMLParser):
    """All words of a page's body but those of scripts and styles."""
    SILENT = {"script", "style", "head", "template", "noscript", "svg", "select", "button"}

    def __init__(self):
        super().__init__()
        self.silent, self.parts = 0, []

    def handle_starttag(self, tag, attrs):
        self.silent += tag in self.SILENT

    def handle_endtag(self, tag):
        self.silent -= tag in self.SILENT and self.silent > 0

    def handle_data(self, data):
        if not self.silent:
            self.parts.append(data)


def words(tool, folder, verbose):
    rows = []
    paths = [p for ext in ("html", "htm", "xhtml") for p in pathlib.Path(folder).rglob("*." + ext)]
    for path in sorted(paths):
        try:
            page = Words()
            page.feed(path.read_text(encoding="utf-8", errors="replace"))
        except (OSError, AssertionError):
            continue
        have = set(WORD.findall(" ".join(page.parts)))
        if len(have) < 50:
            continue
        lost = have - set(WORD.findall(read(tool, "-t", path)))
        rows.append((len(lost) / len(have), len(have), str(path)))
    if not rows:
        return print("words: skipped, no pages in", folder)
    if verbose:
        for share, n, path in sorted(rows, reverse=True)[:30]:
            print(f"  {100 * share:5.1f} % of {n:6d} {path}")
    lost = sum(share * n for share, n, _ in rows) / sum(n for _, n, _ in rows)
    print(f"words: {len(rows)} pages of {folder}, {100 * lost:.2f} % of different words are not "
          f"given, {sum(share > 0.05 for share, _, _ in rows)} pages lose more than 5 %")


def main():
    args = sys.argv[1:]
    verbose = "-v" in args
    folder = args[args.index("--words") + 1] if "--words" in args else None
    asked = [a for a in args[1:] if a in ("articles", "structure", "speed")]
    if not args or args[0].startswith("-"):
        return print(__doc__) or 2
    tool = args[0]
    if not asked and not folder:
        asked = ["articles", "structure", "speed"]
    if "articles" in asked:
        articles(tool, verbose)
    if "structure" in asked:
        structure(tool, verbose)
    if "speed" in asked:
        speed(tool)
    if folder:
        words(tool, folder, verbose)
    return 0


if __name__ == "__main__":
    sys.exit(main())
