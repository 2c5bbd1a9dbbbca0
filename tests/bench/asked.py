#!/usr/bin/env python3
"""Where the odds lie that decide.c hears of the local model (src/turn/knows.c), for the very prompts that `ask` builds.

Passages are found over a collection (asked.c) for a question of a paragraph, in every second line with that paragraph left out, and then questions of that
paragraph and of others of its article are asked about what was found. Some of them the passages answer, to the others they only come near.
Questions are those of one half (--part; squads.py). `private-...` are documents of templates (private.py), `typed` is XQuAD in small letters without
a question mark.

  tests/bench/asked.py make FOLDER                  documents and lines of each set into FOLDER
  tests/bench/asked.py ask FOLDER --bin BUILD       their states, a line at a time; what is there stays (--seconds: stop after so long)
  tests/bench/asked.py judge FOLDER                 area under the curve of the weights that ship, and how many of either kind lie below thresholds

Needs HEARTH_HOME with the models, HEARTH_TEST_DATA, numpy, and BUILD's hearth and tests/bench/asked. One folder a store: sets of another part need
another HEARTH_HOME.
"""
import argparse, glob, itertools, json, os, random, re, subprocess, sys, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import answerable, hops, private, squads

LAYER, DIM = 20, 1536
TAPS = 1 << (LAYER - 1)
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../src/turn/knows_data.h')
THRESHOLDS = [-3, -2, -1, 0, 1.5, 3]
# set: paragraphs that its collection has, lines
SAME = {'xquad-en': (240, 60), 'xquad-de': (240, 40), 'drcd': (240, 50), 'cmrc-trial': (256, 24)}
WINDOW = 1000  # characters of a COVID-QA article that are a document
OWN, OTHERS = 3, 5  # questions of a line: of its paragraph, and of the article's others
SEEN = 30  # questions of either kind of ClapNQ's tuning half that answers.py asks


def articles(name, most, part):
    """[[(number of the paragraph, text, [(question, golds)])]], the questions of one half."""
    n, out = 0, []
    with squads.open_text(squads.SETS[name]) as f:
        for article in json.load(f)['data']:
            rows = []
            for p in article['paragraphs']:
                rows.append((n, p['context'], [(qa['question'], [x['text'] for x in qa['answers']]) for qa in p['qas']
                                               if squads.part_of(qa['question']) == part]))
                n += 1
            out.append(rows)
            if n >= most:
                return out
    return out


def lines_of_articles(name, most, n, part):
    """([paragraph], [line]): a line is the article, names that are not found, and questions with the name that answers each."""
    draw, everything = random.Random(5), articles(name, most, part)
    paragraphs = [p[1] for a in everything for p in a]
    all_of_them = [(at, p) for at, a in enumerate(everything) for p in a if p[2]]
    draw.shuffle(all_of_them)
    lines = []
    for i, (at, mine) in enumerate(all_of_them[:n]):
        own = draw.sample(mine[2], min(OWN, len(mine[2])))
        others = [(q, g, p[0]) for p in everything[at] if p is not mine for q, g in p[2]]
        others = draw.sample(others, min(OTHERS, len(others)))
        asked = [(q, g, mine[0]) for q, g in own] + others
        lines.append(dict(article=at, gone=['%04d' % mine[0]] if i % 2 else [],
                          questions=[dict(question=q, golds=g, name='%04d' % k) for q, g, k in asked]))
    return paragraphs, lines


def lines_of_clapnq(n, part):
    """Its answerable questions with and without their passage, and those that have the nearest one only. answers.py draws others first."""
    draw = random.Random(7)
    paragraphs, asked, strange = hops.read_clapnq()
    order = draw.sample(range(len(paragraphs)), len(paragraphs))  # so that a file's number tells nothing
    place = {k: i for i, k in enumerate(order)}
    lines = []
    for some in (asked, strange):
        some = [q for q in some if squads.part_of(q[1]) == part]
        some = random.Random(20261122).sample(some, len(some))[SEEN:]
        for i, (gold, question, _) in enumerate(some[:n]):
            name = '%04d' % place[gold[0]]
            gone = [name] if some[0][2] and i % 3 == 2 else []
            lines.append(dict(article=gold[0], gone=gone, questions=[dict(question=question, golds=[], name=name if some[0][2] else '')]))
    draw.shuffle(lines)
    return [paragraphs[k] for k in order], lines


def lines_of_covid(articles, n, part):
    """Windows of long articles; a question is answered by the window that has its answer."""
    draw, paragraphs, lines = random.Random(9), [], []
    with squads.open_text('knowledge/covid-qa/200421_covidQA.json') as f:
        data = json.load(f)['data'][:articles]
    for at, article in enumerate(data):
        p, rows, first = article['paragraphs'][0], {}, len(paragraphs)
        for qa in p['qas']:
            a = qa['answers'][0]
            k = a['answer_start'] // WINDOW
            if (a['answer_start'] + len(a['text'])) // WINDOW == k and squads.part_of(qa['question']) == part:
                rows.setdefault(first + k, []).append((qa['question'], [a['text']]))
        paragraphs += [p['context'][i:i + WINDOW] for i in range(0, len(p['context']), WINDOW)]
        for k, own in rows.items():
            others = [(q, g, o) for o in rows if o != k for q, g in rows[o]]
            asked = [(q, g, k) for q, g in own[:OWN]] + draw.sample(others, min(OTHERS, len(others)))
            lines.append(dict(article=at, gone=['%04d' % k] if draw.random() < .5 else [],
                              questions=[dict(question=q, golds=g, name='%04d' % o) for q, g, o in asked]))
    draw.shuffle(lines)
    return paragraphs, lines[:n]


def lines_of_private(lang):
    made = private.documents(lang)
    return [text for _, text, _ in made], [
        dict(article=kind, gone=[], questions=[dict(question=q, golds=[], name='%04d' % i if there else '') for q, there in questions])
        for i, (kind, _, questions) in enumerate(made)]


def typed(lines):
    """As people type: small letters and no mark behind."""
    return [dict(line, questions=[dict(q, question=q['question'].lower().rstrip('?')) for q in line['questions']]) for line in lines]


def make(args):
    sets = {name: lines_of_articles(name, most, n, args.part) for name, (most, n) in SAME.items()}
    paragraphs, lines = lines_of_articles('xquad-en', 240, 90, args.part)
    sets['typed'] = paragraphs, typed(lines[60:])
    sets['clapnq'] = lines_of_clapnq(45, args.part)
    sets['covid'] = lines_of_covid(20, 30, args.part)
    for lang in private.KINDS:
        sets['private-' + lang] = lines_of_private(lang)
    for name, (paragraphs, lines) in sets.items():
        squads.write_folder(os.path.join(args.folder, name), paragraphs, set())
        with open(os.path.join(args.folder, name + '.json'), 'w', encoding='utf-8') as f:
            json.dump(lines, f, ensure_ascii=False)
        print('%s: %d lines, %d questions' % (name, len(lines), sum(len(l['questions']) for l in lines)))


def read_lines(args):
    for path in sorted(glob.glob(os.path.join(args.folder, '*.json'))):
        with open(path, encoding='utf-8') as f:
            yield os.path.basename(path)[:-5], json.load(f)


def ask(args):
    began, plain = time.time(), lambda s: ' '.join(s.split())
    lists = [[(name, i, line) for i, line in enumerate(lines)] for name, lines in read_lines(args) if not args.sets or name in args.sets.split(',')]
    for name, i, line in [x for group in itertools.zip_longest(*lists) for x in group if x]:
        path = os.path.join(args.folder, '%s.%d' % (name, i))
        if os.path.exists(path + '.jsonl'):
            continue
        if time.time() - began > args.seconds:
            return
        if i == 0 and subprocess.run([os.path.join(args.bin, 'hearth'), 'add', '--store', 'lessons-' + name, os.path.join(args.folder, name)]).returncode:
            sys.exit('add failed')
        fields = [' '.join(line['gone'])] + [plain(q['question']) for q in line['questions']]
        open(path + '.f32', 'w').close()
        with open(path + '.part', 'w') as out:
            subprocess.run([os.path.join(args.bin, 'tests/bench/asked'), 'lessons-' + name, '%x' % TAPS, path + '.f32'],
                           input='\t'.join(fields) + '\n', stdout=out, check=True, text=True)
        os.rename(path + '.part', path + '.jsonl')


def label(question, row, read):
    """1: a passage that was read answers it; 0: none does; None: one has the words of an answer, and nobody knows."""
    if question['name'] in row['shown']:
        return 1
    text = ' '.join(read(name) for name in row['shown']).lower()
    return None if any(g.lower() in text for g in question['golds']) else 0


def odds_of(name, lines, folder):
    """([odds that decide.c would hear, were they not cut], [label]) of what was asked."""
    import numpy as np
    with open(DATA) as f:
        text = f.read()
    scale, bias = (float(re.search('#define KNOWS_%s (\\S+)' % what, text).group(1)) for what in ('SCALE', 'BIAS'))
    weights = np.array([int(w) for w in re.findall(r'-?\d+', text[text.index('{'):])], float)
    odds, labels = [], []

    def read(stem):
        with open(glob.glob(os.path.join(folder, name, stem + '.*'))[0], encoding='utf-8') as f:
            return f.read()
    for i, line in enumerate(lines):
        path = os.path.join(folder, '%s.%d' % (name, i))
        if not os.path.exists(path + '.jsonl'):
            continue
        with open(path + '.jsonl', encoding='utf-8') as f:
            rows = [json.loads(l) for l in f]
        states = iter(np.fromfile(path + '.f32', dtype='<f4').reshape(-1, DIM))
        for question, row in zip(line['questions'], rows):
            state = next(states) if row['shown'] else None
            y = label(question, row, read) if row['shown'] else None
            if y is not None:
                odds.append(bias + scale * float(state @ weights) / np.linalg.norm(state) * DIM ** .5)
                labels.append(y)
    return np.array(odds), np.array(labels)


def judge(args):
    for name, lines in read_lines(args):
        odds, labels = odds_of(name, lines, args.folder)
        if len(labels) and 0 < labels.sum() < len(labels):
            print('%-11s %4d prompts, %3d answered, area %.3f; below: %s' % (name, len(labels), labels.sum(), answerable.area(odds, labels), ', '.join(
                '%g: %d and %d' % (t, (odds[labels == 1] < t).sum(), (odds[labels == 0] < t).sum()) for t in THRESHOLDS)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('what', choices=['make', 'ask', 'judge'])
    parser.add_argument('folder')
    parser.add_argument('--part', choices=['tune', 'report'], default='tune')
    parser.add_argument('--bin', default='build')
    parser.add_argument('--sets', help='only these')
    parser.add_argument('--seconds', type=float, default=1e9)
    args = parser.parse_args()
    globals()[args.what](args)


if __name__ == '__main__':
    main()
