#!/usr/bin/env python3
"""Question sets of HEARTH_TEST_DATA as a folder of documents, a list of questions and their gold.

usage: retrieval.py SET OUT_DIR
       retrieval.py distractors OUT_DIR N   N news paragraphs beside the others

SET          a file is               gold
cmrc-dev cmrc-trial xquad-en xquad-de drcd
             a paragraph             the paragraph
cranfield    an abstract             the abstracts that were judged relevant
cacm         an abstract, HTML       the same
code         a piece of a source file, cut by the set's makers; gold: the pieces that answer
code-files   a source file           the same pieces, as texts that passages must cover
docs         a section of a manual   the sections that answer
chunking     one of five long texts  excerpts that passages must cover
covid        a scientific article    the answer's words that a passage must cover
dureader     a page of the web       the pages that the answers were written from

Writes OUT_DIR/docs (the files), OUT_DIR/questions.tsv ("question TAB a file that answers it") for
the `retrieval` program beside this file, and OUT_DIR/gold.json for retrieval_score.py:

    [{"question": ..., "files": {name: grade}}            ranks of files are measured, or
     {"question": ..., "texts": [[name, text], ...]}]     how much of the texts was found
"""
import csv
import gzip
import io
import json
import os
import pathlib
import re
import sys
import tarfile

DATA = pathlib.Path(os.environ.get(
    "HEARTH_TEST_DATA", pathlib.Path(__file__).resolve().parents[2] / ".." / "shared" / "data"))
SQUADS = {
    "cmrc-dev": "cmrc2018/cmrc2018_dev.json",
    "cmrc-trial": "cmrc2018/cmrc2018_trial.json",
    "xquad-en": "xquad/xquad.en.json",
    "xquad-de": "xquad/xquad.de.json",
    "drcd": "drcd/DRCD_dev.json",
}


def load(path):
    path = DATA / "knowledge" / path
    if path.exists():
        return path.read_bytes()
    with gzip.open(str(path) + ".gz", "rb") as f:
        return f.read()


def text(path):
    return load(path).decode("utf-8")


class Set:
    """Documents and questions of one set on their way to OUT_DIR."""

    def __init__(self, out):
        self.docs = out / "docs"
        self.docs.mkdir(parents=True, exist_ok=True)
        self.out, self.n, self.gold = out, 0, []

    def add(self, name, content):
        data = content if isinstance(content, bytes) else content.encode("utf-8")
        (self.docs / name).write_bytes(data)
        self.n += 1

    def ask(self, question, **gold):
        """files= or texts=; a question without any gold is not asked"""
        if any(gold.values()):
            self.gold.append({"question": " ".join(question.split()), **gold})

    def write(self, name):
        with open(self.out / "questions.tsv", "w", encoding="utf-8") as tsv:
            for g in self.gold:
                first = next(iter(g["files"])) if "files" in g else g["texts"][0][0]
                tsv.write(f"{g['question']}\t{first}\n")
        (self.out / "gold.json").write_text(json.dumps(self.gold), encoding="utf-8")
        print(f"{name}: {self.n} documents, {len(self.gold)} questions in {self.out}")


def squad(name, to):
    for article in json.loads(load(SQUADS[name]))["data"]:
        for paragraph in article["paragraphs"]:
            file = f"p{to.n + 1:05d}.txt"
            to.add(file, paragraph["context"])
            for qa in paragraph["qas"]:
                to.ask(qa["question"], files={file: 1})


def judgements(path, name_of):
    """Lines of "question 0 document grade": {question: {file: grade}}"""
    out = {}
    for line in text(path).splitlines():
        question, _, document, grade = line.split()
        if int(grade) > 0:
            out.setdefault(int(question), {})[name_of(document)] = int(grade)
    return out


def cranfield(to):
    """Judgements count the questions from 1 on, whatever their own numbers are."""
    for doc in re.findall(r"<doc>(.*?)</doc>", text("cranfield/cran.all.1400.xml"), re.S):
        part = {k: "".join(re.findall(f"<{k}>(.*?)</{k}>", doc, re.S)).strip()
                for k in ("docno", "title", "text")}
        body = part["text"] if part["text"].startswith(part["title"]) else \
            part["title"] + "\n\n" + part["text"]
        to.add(part["docno"] + ".txt", body)
    gold = judgements("cranfield/cranqrel.trec.txt", lambda d: d + ".txt")
    questions = re.findall(r"<title>(.*?)</title>", text("cranfield/cran.qry.xml"), re.S)
    for i, question in enumerate(questions):
        to.ask(question, files=gold.get(i + 1, {}))


def cacm(to):
    with tarfile.open(fileobj=io.BytesIO(load("cacm/cacm.tar.gz"))) as tar:
        for member in tar:
            if member.name.endswith(".html"):
                to.add(os.path.basename(member.name), tar.extractfile(member).read())
    gold = judgements("cacm/qrels.cacm.txt", lambda d: d + ".html")
    for doc in re.findall(r"<DOC>(.*?)</DOC>", text("cacm/topics.cacm.txt"), re.S):
        number = int(re.search(r"<DOCNO>\s*(\d+)", doc)[1])
        to.ask(re.sub(r"<DOCNO>.*?</DOCNO>", "", doc, flags=re.S), files=gold.get(number, {}))


def ending(source):
    """The set names no files; the reader tells source code by the name's ending."""
    signs = (("#include", ".c"), ("public class", ".java"), ("import java", ".java"),
             ("fn ", ".rs"), ("def ", ".py"))
    return next((end for sign, end in signs if sign in source), ".txt")


def code(to, whole):
    """whole: files as they were, cut by Hearth; else the pieces of the set's makers"""
    sources = json.loads(load("contextual-retrieval/codebase_chunks.json"))
    pieces = {}
    for source in sources:
        file = source["doc_id"] + ending(source["content"])
        if whole:
            to.add(file, source["content"])
        for chunk in source["chunks"]:
            name = file if whole else chunk["chunk_id"] + ".txt"
            pieces[source["original_uuid"], chunk["original_index"]] = (name, chunk["content"])
            if not whole:
                to.add(name, chunk["content"])
    for line in text("contextual-retrieval/evaluation_set.jsonl").splitlines():
        row = json.loads(line)
        gold = [pieces[uuid, index] for uuid, index in row["golden_chunk_uuids"]]
        if whole:
            to.ask(row["query"], texts=gold)
        else:
            to.ask(row["query"], files={name: 1 for name, _ in gold})


def docs(to):
    files = {}
    for i, chunk in enumerate(json.loads(load("contextual-retrieval/anthropic_docs.json"))):
        files[chunk["chunk_link"]] = f"section{i:03d}.txt"
        to.add(files[chunk["chunk_link"]], chunk["chunk_heading"] + "\n\n" + chunk["text"])
    for row in json.loads(load("contextual-retrieval/docs_evaluation_dataset.json")):
        to.ask(row["question"], files={files[c]: 1 for c in row["correct_chunks"] if c in files})


def chunking(to):
    for name in ("chatlogs", "finance", "pubmed", "state_of_the_union", "wikitexts"):
        to.add(name + ".md", load(f"chunking-evaluation/corpora/{name}.md"))
    for row in csv.DictReader(io.StringIO(text("chunking-evaluation/questions_df.csv"))):
        name = row["corpus_id"] + ".md"
        to.ask(row["question"], texts=[[name, r["content"]] for r in json.loads(row["references"])])


def covid(to):
    for article in json.loads(load("covid-qa/200421_covidQA.json"))["data"]:
        for paragraph in article["paragraphs"]:
            name = f"article{paragraph['document_id']}.txt"
            to.add(name, paragraph["context"])
            for qa in paragraph["qas"]:
                to.ask(qa["question"], texts=[[name, a["text"]] for a in qa["answers"][:1]])


def dureader(to):
    for line in (load("dureader-demo/search.dev.json") +
                 load("dureader-demo/search.train.json")).splitlines():
        row = json.loads(line)
        gold = {}
        for i, page in enumerate(row["documents"]):
            name = f"q{row['question_id']}-{i}.txt"
            to.add(name, page["title"] + "\n\n" + "\n\n".join(page["paragraphs"]))
            if page["is_selected"]:
                gold[name] = 1
        to.ask(row["question"], files=gold)


def distractors(out, limit):
    to = Set(out)
    for file in sorted((DATA / "knowledge/crud-rag").glob("*.gz")):
        for line in gzip.open(file, "rt", encoding="utf-8", errors="replace"):
            if to.n < limit:
                to.add(f"news{to.n + 1:06d}.txt", line)
    print(f"{to.n} news texts in {to.docs}")


def main():
    makers = {"cranfield": cranfield, "cacm": cacm, "docs": docs, "chunking": chunking,
              "covid": covid, "dureader": dureader,
              "code": lambda to: code(to, False), "code-files": lambda to: code(to, True)}
    makers |= {name: lambda to, name=name: squad(name, to) for name in SQUADS}
    if len(sys.argv) < 3 or sys.argv[1] not in [*makers, "distractors"]:
        sys.exit(__doc__)
    if not DATA.exists():
        sys.exit(f"retrieval.py: no test data at {DATA}; set HEARTH_TEST_DATA")
    name, out = sys.argv[1], pathlib.Path(sys.argv[2])
    if name == "distractors":
        distractors(out, int(sys.argv[3]))
    else:
        to = Set(out)
        makers[name](to)
        to.write(name)


if __name__ == "__main__":
    main()
