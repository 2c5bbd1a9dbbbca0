"""Question sets in SQuAD's layout under HEARTH_TEST_DATA, and how answers to them are counted, for the measurements beside this file."""
import gzip, hashlib, json, math, os, random

SETS = {'xquad-en': 'knowledge/xquad/xquad.en.json', 'xquad-de': 'knowledge/xquad/xquad.de.json',
        'cmrc-dev': 'knowledge/cmrc2018/cmrc2018_dev.json',
        'cmrc-trial': 'knowledge/cmrc2018/cmrc2018_trial.json', 'drcd': 'knowledge/drcd/DRCD_dev.json'}


def read_set(name):
    """([paragraph], [(number of the paragraph, question, [gold answer])])"""
    path = os.path.join(os.environ.get('HEARTH_TEST_DATA', '../shared/data'), SETS[name])
    opener = open if os.path.exists(path) else gzip.open
    with opener(path if os.path.exists(path) else path + '.gz', 'rt', encoding='utf-8') as f:
        data = json.load(f)['data']
    paragraphs, questions = [], []
    for article in data:
        for p in article['paragraphs']:
            for qa in p['qas']:
                questions.append((len(paragraphs), qa['question'], [a['text'] for a in qa['answers']]))
            paragraphs.append(p['context'])
    return paragraphs, questions


def write_folder(folder, paragraphs, left_out):
    """One file a paragraph; what is there stays."""
    os.makedirs(folder, exist_ok=True)
    for i, text in enumerate(paragraphs):
        path = os.path.join(folder, '%04d.txt' % i)
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
    gone = {q[0] for q in left}
    return [q for q in questions if q[0] not in gone][:args.n], left, gone


def contains_gold(answer, golds):
    return any(g.lower() in answer.lower() for g in golds)


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
