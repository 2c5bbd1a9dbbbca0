#!/usr/bin/env python3
"""How well does the HTML reader find the article on a page?

    tests/bench/articles.py EXTRACT_DUMP [DATA]

Measure of the article extraction benchmark (scrapinghub): texts are cut into word 4-grams, counted with
repetition; precision = shared / extracted, recall = shared / true, both averaged over pages, F1 of the
two averages. DATA defaults to $HEARTH_TEST_DATA or ../shared/data.
"""
import collections, gzip, json, os, re, subprocess, sys, tempfile

WORD = re.compile(r"\w+", re.UNICODE)


def grams(text, n=4):
    words = WORD.findall(text or "")
    if len(words) < n:
        return collections.Counter([tuple(words)] if words else [])
    return collections.Counter(tuple(words[i:i + n]) for i in range(len(words) - n + 1))


def score(true, got):
    t, g = grams(true), grams(got)
    shared = sum((t & g).values())
    nt, ng = sum(t.values()), sum(g.values())
    if nt == 0 and ng == 0:
        return 1.0, 1.0
    precision = shared / ng if ng else (1.0 if nt == 0 else 0.0)
    recall = shared / nt if nt else 1.0
    return precision, recall


def main():
    tool = sys.argv[1]
    here = os.path.dirname(os.path.abspath(__file__))
    data = sys.argv[2] if len(sys.argv) > 2 else os.environ.get(
        "HEARTH_TEST_DATA", os.path.join(here, "../../../shared/data"))
    base = os.path.join(data, "knowledge/extraction/articles")
    if not os.path.isdir(base):
        print("skipped: no", base)
        return 77
    truth = json.load(gzip.open(os.path.join(base, "ground-truth.json.gz")))
    rows = []
    with tempfile.TemporaryDirectory() as tmp:
        for key, item in sorted(truth.items()):
            path = os.path.join(tmp, key + ".html")
            with gzip.open(os.path.join(base, "html", key + ".html.gz")) as f, open(path, "wb") as o:
                o.write(f.read())
            got = subprocess.run([tool, "-t", path], capture_output=True).stdout.decode("utf-8", "replace")
            rows.append((*score(item["articleBody"], got), key, item.get("url", "")))
    p = sum(r[0] for r in rows) / len(rows)
    r = sum(r[1] for r in rows) / len(rows)
    if "-v" in sys.argv:
        for row in sorted(rows, key=lambda x: x[0] * x[1])[:25]:
            print("  p %.2f r %.2f %s %s" % (row[0], row[1], row[2][:12], row[3][:70]))
    print("articles: %d  precision %.3f  recall %.3f  F1 %.3f" % (len(rows), p, r, 2 * p * r / (p + r)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
