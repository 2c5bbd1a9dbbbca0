#!/usr/bin/env python3
"""Question sets of HEARTH_TEST_DATA as a folder of paragraphs and a list of questions.

usage: retrieval.py SET OUT_DIR        SET: cmrc-dev cmrc-trial xquad-en xquad-de drcd
       retrieval.py distractors OUT_DIR N   N news paragraphs beside the others

Writes OUT_DIR/docs/*.txt (one file a paragraph, as in the issue) and OUT_DIR/questions.tsv for the
`retrieval` program beside this file.
"""
import gzip
import json
import os
import pathlib
import sys

DATA = pathlib.Path(os.environ.get(
    "HEARTH_TEST_DATA", pathlib.Path(__file__).resolve().parents[2] / ".." / "shared" / "data"))
SETS = {
    "cmrc-dev": "knowledge/cmrc2018/cmrc2018_dev.json",
    "cmrc-trial": "knowledge/cmrc2018/cmrc2018_trial.json",
    "xquad-en": "knowledge/xquad/xquad.en.json",
    "xquad-de": "knowledge/xquad/xquad.de.json",
    "drcd": "knowledge/drcd/DRCD_dev.json",
}


def load(path):
    path = DATA / path
    if path.exists():
        return path.read_bytes()
    with gzip.open(str(path) + ".gz", "rb") as f:
        return f.read()


def squad(name, out):
    docs = out / "docs"
    docs.mkdir(parents=True, exist_ok=True)
    n = 0
    with open(out / "questions.tsv", "w", encoding="utf-8") as tsv:
        for article in json.loads(load(SETS[name]))["data"]:
            for paragraph in article["paragraphs"]:
                n += 1
                file = f"p{n:05d}.txt"
                (docs / file).write_text(paragraph["context"], encoding="utf-8")
                for qa in paragraph["qas"]:
                    question = " ".join(qa["question"].split())
                    tsv.write(f"{question}\t{file}\n")
    print(f"{name}: {n} paragraphs in {docs}")


def distractors(out, limit):
    docs = out / "docs"
    docs.mkdir(parents=True, exist_ok=True)
    n = 0
    for file in sorted((DATA / "knowledge/crud-rag").glob("*.gz")):
        for line in gzip.open(file, "rt", encoding="utf-8", errors="replace"):
            if n == limit:
                break
            n += 1
            (docs / f"news{n:06d}.txt").write_text(line, encoding="utf-8")
    print(f"{n} news texts in {docs}")


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    if not DATA.exists():
        sys.exit(f"retrieval.py: no test data at {DATA}; set HEARTH_TEST_DATA")
    if sys.argv[1] == "distractors":
        distractors(pathlib.Path(sys.argv[2]), int(sys.argv[3]))
    else:
        squad(sys.argv[1], pathlib.Path(sys.argv[2]))


main()
