#!/usr/bin/env python3
"""Scores of a run of `retrieval --run`, against the gold of retrieval.py.

usage: retrieval_score.py SET_DIR RUN [RUN2] [--half tune|report|all] [--worst N]

RUN has a line a passage: number of the question, file, place, bm25, cosine, score, text.
Where gold names files, a file's rank is that of its best passage:

    nDCG@10   gains are grades, discounted by log2(rank + 1) (Jarvelin and Kekalainen 2002)
    P@k       share of a question's gold files among the first k, the mean over questions ("Pass@k"
              of the contextual-retrieval set; R@k where each question has one gold file)

Where gold is texts, letters and digits are counted, without regard to case:

    C@k       share of the gold texts' characters that the first k passages cover
    P@k       share of the gold texts of which at least half is covered by the first k passages

With a second run: the mean difference of each measure (second - first), twice its standard error,
and how many questions rise and fall. Halves: by the first byte of the question's SHA-256, even to
tune on, odd to report. --worst: the questions that lost most, or without a second run score least.
"""
import argparse
import hashlib
import json
import math
import pathlib

CUTS = (1, 5, 10, 20)


def half_of(question):
    return ("tune", "report")[hashlib.sha256(question.encode("utf-8")).digest()[0] % 2]


def read_run(path):
    run = {}
    for line in open(path, encoding="utf-8", errors="replace"):
        number, file, _, _, _, _, text = line.rstrip("\n").split("\t")
        run.setdefault(int(number), []).append((file, text))
    return run


def score_files(gold, hits):
    ranked = list(dict.fromkeys(file for file, _ in hits))
    gain = sum(gold.get(f, 0) / math.log2(i + 2) for i, f in enumerate(ranked[:10]))
    best = sorted(gold.values(), reverse=True)[:10]
    ideal = sum(g / math.log2(i + 2) for i, g in enumerate(best))
    out = {"nDCG@10": gain / ideal}
    for k in CUTS:
        out[f"P@{k}"] = sum(f in gold for f in ranked[:k]) / len(gold)
    return out


def plain(text):
    return "".join(c for c in text.lower() if c.isalnum())


def places(whole, text):
    """Where a text stands in its file; a text that a reader changed is looked up piece by piece."""
    at = whole.find(text)
    if at >= 0:
        return [(at, at + len(text))]
    out = []
    for i in range(0, len(text), 40):
        at = whole.find(text[i:i + 40])
        if at >= 0:
            out.append((at, at + len(text[i:i + 40])))
    return out


class Texts:
    """Which characters of which file a passage, or a gold text, is."""

    def __init__(self, folder):
        self.folder, self.whole, self.known = folder, {}, {}

    def chars(self, file, text):
        if (file, text) not in self.known:
            if file not in self.whole:
                raw = (self.folder / "docs" / file).read_bytes().decode("utf-8", "replace")
                self.whole[file] = plain(raw)
            self.known[file, text] = places(self.whole[file], plain(text))
        return self.known[file, text]

    def covered(self, file, gold, hits):
        marks = set()
        for f, text in hits:
            if f != file:
                continue
            for a, b in self.chars(f, text):
                marks.update(i for i in gold if a <= i < b)
        return len(marks)

    def score(self, gold, hits):
        golds = []
        for file, text in gold:
            golds.append((file, {i for a, b in self.chars(file, text) for i in range(a, b)}))
        total = sum(len(g) for _, g in golds)
        out = {}
        if not total:
            return None
        for k in CUTS:
            found = [(self.covered(file, g, hits[:k]), len(g)) for file, g in golds]
            out[f"C@{k}"] = sum(n for n, _ in found) / total
            out[f"P@{k}"] = sum(2 * n >= of > 0 for n, of in found) / len(found)
        return out


def score_run(folder, gold, run):
    texts = Texts(folder)
    out = []
    for i, g in enumerate(gold):
        hits = run.get(i + 1, [])
        out.append(score_files(g["files"], hits) if "files" in g else
                   texts.score(g["texts"], hits))
    return out


def mean(values):
    return sum(values) / len(values)


def report(rows):
    names = rows[0].keys()
    print(f"n {len(rows)}  " + "  ".join(f"{m} {100 * mean([r[m] for r in rows]):.2f}"
                                         for m in names))


def compare(first, second):
    parts = []
    for m in first[0]:
        d = [100 * (b[m] - a[m]) for a, b in zip(first, second)]
        error = math.sqrt(sum((x - mean(d)) ** 2 for x in d) / max(len(d) - 1, 1) / len(d))
        rise, fall = sum(x > 0 for x in d), sum(x < 0 for x in d)
        parts.append(f"{m} {mean(d):+.2f} +-{2 * error:.2f} ({rise}/{fall})")
    print("   " + "  ".join(parts))


def worst(picked, measure, n):
    def change(p):
        return p[1][measure] - (p[2][measure] if p[2] else 0)
    for p in sorted(picked, key=lambda p: -change(p) if p[2] else change(p))[:n]:
        after = f" -> {p[2][measure]:.2f}" if p[2] else ""
        print(f"   {p[3]:5} {p[1][measure]:.2f}{after}  {p[0]}")


def main():
    args = argparse.ArgumentParser()
    args.add_argument("folder", type=pathlib.Path)
    args.add_argument("runs", nargs="+")
    args.add_argument("--half", default="all", choices=("tune", "report", "all"))
    args.add_argument("--worst", type=int, default=0)
    a = args.parse_args()
    gold = json.loads((a.folder / "gold.json").read_text(encoding="utf-8"))
    scores = [score_run(a.folder, gold, read_run(r)) for r in a.runs[:2]]
    picked = [(g["question"], scores[0][i], scores[1][i] if len(scores) > 1 else None, i + 1)
              for i, g in enumerate(gold)
              if a.half in ("all", half_of(g["question"])) and scores[0][i]]
    report([p[1] for p in picked])
    if len(scores) > 1:
        report([p[2] for p in picked])
        compare([p[1] for p in picked], [p[2] for p in picked])
    worst(picked, next(iter(picked[0][1])), a.worst)


if __name__ == "__main__":
    main()
