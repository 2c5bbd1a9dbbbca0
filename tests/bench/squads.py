"""Question sets under HEARTH_TEST_DATA, and how answers to them are counted, for the measurements beside this file.

All but one are in SQuAD's layout: a paragraph a file, and the answer is a string of it. `dureader` is what people asked a web search, the
pages that it found, and what people wrote as answers from them: a page a file (HTML, its title in the head), several pages a question, and
the answer is nobody's string. There an answer counts as right where it and one of the human answers share at least half of either's pairs
of neighbouring signs, those of the question left out (`agrees`): a short human answer stands in it, or most of it stands in a long one.
"""
import gzip, hashlib, html, json, math, os, random

SETS = {'xquad-en': 'knowledge/xquad/xquad.en.json', 'xquad-de': 'knowledge/xquad/xquad.de.json',
        'cmrc-dev': 'knowledge/cmrc2018/cmrc2018_dev.json',
        'cmrc-trial': 'knowledge/cmrc2018/cmrc2018_trial.json', 'drcd': 'knowledge/drcd/DRCD_dev.json',
        'dureader': 'knowledge/dureader-demo/search.%s.json'}


def open_text(path):
    path = os.path.join(os.environ.get('HEARTH_TEST_DATA', '../shared/data'), path)
    opener = open if os.path.exists(path) else gzip.open
    return opener(path if os.path.exists(path) else path + '.gz', 'rt', encoding='utf-8')


def page_of(document):
    lines = ['<p>%s</p>' % html.escape(p) for p in document['paragraphs']]
    return '<!doctype html>\n<html><head><meta charset="utf-8"><title>%s</title></head><body>\n%s\n</body></html>' % (
        html.escape(document['title']), '\n'.join(lines))


def read_pages():
    """([page], [(numbers of its pages, question, [human answer])]); questions that nobody answered have pages only."""
    pages, questions = [], []
    for part in ('dev', 'train', 'test'):
        with open_text(SETS['dureader'] % part) as f:
            rows = [json.loads(line) for line in f]
        for row in rows:
            first = len(pages)
            pages += [page_of(d) for d in row['documents']]
            if row.get('answers'):
                questions.append((tuple(range(first, len(pages))), row['question'], row['answers']))
    return pages, questions


def read_set(name):
    """([paragraph], [(number of the paragraph, or numbers of its pages, question, [gold answer])])"""
    if name == 'dureader':
        return read_pages()
    with open_text(SETS[name]) as f:
        data = json.load(f)['data']
    paragraphs, questions = [], []
    for article in data:
        for p in article['paragraphs']:
            for qa in p['qas']:
                questions.append((len(paragraphs), qa['question'], [a['text'] for a in qa['answers']]))
            paragraphs.append(p['context'])
    return paragraphs, questions


def numbers(gold):
    """Of a paragraph, or of several pages or articles."""
    return tuple(gold) if isinstance(gold, (list, tuple)) else (gold,)


def write_folder(folder, paragraphs, left_out):
    """One file a paragraph; what is there stays."""
    os.makedirs(folder, exist_ok=True)
    for i, text in enumerate(paragraphs):
        path = os.path.join(folder, '%04d.%s' % (i, 'html' if text.startswith('<!doctype') else 'txt'))
        if i not in left_out and not os.path.exists(path):
            with open(path, 'w', encoding='utf-8') as f:
                f.write(text + '\n')


def part_of(question):
    """Half of the questions is for choosing thresholds, half for reporting; a hash of the words decides."""
    return 'report' if hashlib.sha256(question.encode()).digest()[0] < 128 else 'tune'


def draw(questions, args):
    """(asked, left out, numbers of the paragraphs that are left out), the same for the same part, seed, n and left_out."""
    questions = [q for q in questions if part_of(q[1]) == args.part]
    random.Random(args.seed).shuffle(questions)
    left = questions[:args.left_out]
    gone = {n for q in left for n in numbers(q[0])}
    return [q for q in questions if not gone & set(numbers(q[0]))][:args.n], left, gone


def contains_gold(answer, golds):
    return any(g.lower() in answer.lower() for g in golds)


def pairs(text):
    signs = [c for c in text.lower() if c.isalnum()]
    return {a + b for a, b in zip(signs, signs[1:])}


def agrees(answer, golds, question):
    """See above; both sides are compared as sets. The model's own words will do, or these with the quote behind them."""
    asked = pairs(question)
    for own in (pairs(answer.split('\n\n')[0]) - asked, pairs(answer) - asked):
        for theirs in (pairs(gold) - asked for gold in golds):
            if own and theirs and len(own & theirs) >= 0.5 * min(len(own), len(theirs)):
                return True
    return False


def read_log(path):
    """The finished lines of a log, one JSON object each."""
    if not path or not os.path.exists(path):
        return []
    with open(path, encoding='utf-8') as f:
        return [json.loads(line) for line in f if line.endswith('\n')]


def share(label, hits, n):
    """A share with its 95 % interval (Wilson's score interval)."""
    if not n:
        return
    p, z = hits / n, 1.96
    middle, half = (p + z * z / (2 * n)) / (1 + z * z / n), z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    print('%-22s %5.1f %%  (%d of %d; %.1f to %.1f)' % (label, 100 * p, hits, n, 100 * (middle - half), 100 * (middle + half)))
