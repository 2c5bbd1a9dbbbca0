#!/usr/bin/env python3
"""Learns and measures what the local model knows of whether passages answer a question (src/turn/knows.c).

Lessons are prompts as turn/prompt.c makes them, of the tuning halves of question sets. One or two paragraphs of an article are shown, and
questions are asked that these answer, and as many that the article's other paragraphs answer: the same kind of question with and without
its answer, so that nothing is learned from how a question is put. Of ClapNQ, whose unanswerable questions are others than its answerable
ones, each stands alone before the passage that the set gives it. The name above a passage is a hash, so that it tells nothing.

  tests/bench/answerable.py make FOLDER                  prompts of each set, and what they are, into FOLDER
  tests/bench/answerable.py ask FOLDER --model GGUF      their states, in portions; what is there stays (--seconds: stop after so long)
  tests/bench/answerable.py judge FOLDER                 area under the curve, by layer: each set learned from itself in fifths of its
                                                         articles, and from all other sets
  tests/bench/answerable.py learn FOLDER OUT.h --layer N --space HEX --sets A,B   the table that ships

Needs HEARTH_TEST_DATA, numpy, and build/tests/bench/states (--states).
"""
import argparse, glob, hashlib, itertools, json, os, random, re, subprocess, sys, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hops, squads

LAYERS = [10, 12, 14, 16, 18, 20, 22, 24, 26]
TAPS = sum(1 << (n - 1) for n in LAYERS)
DIM = 1536
RIDGE = 1e4
PROMPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../src/turn/prompt.c')
# language: how its wording is called in prompt.c
WORDINGS = {'en': 'english', 'de': 'german', 'zh': 'chinese'}
# set, language, numbers of paragraphs shown, articles
SAME = [('xquad-en', 'en', [1, 2, 2], 48), ('xquad-de', 'de', [1, 2], 30), ('drcd', 'zh', [1, 2, 2], 40)]
QUESTIONS, CLAPNQ = 14, 100  # of an article, and of either kind
SIGNS = {'passages': r'\.passages = "(.*?)"', 'question': r'\.question = \{"(.*?)"'}


def wording(lang):
    """(instructions, what stands before the passages, and before the question), as prompt.c has them."""
    text = open(PROMPT, encoding='utf-8').read()
    block = text[text.index('static const Wording %s = {' % WORDINGS[lang]):]
    first = re.search(r'\.instructions =\s*\{((?:\s*"(?:[^"\\]|\\.)*")+)', block).group(1)
    plain = lambda s: s.replace('\\n', '\n').replace('\\"', '"')
    return (plain(''.join(re.findall(r'"((?:[^"\\]|\\.)*)"', first))), plain(re.search(SIGNS['passages'], block).group(1)),
            plain(re.search(SIGNS['question'], block).group(1)))


def prompt(words, passages, question):
    body = words[1] + ''.join('%04d\n%s\n\n' % (int(hashlib.md5(t.encode()).hexdigest(), 16) % 9999, t.strip()) for t in passages)
    return ('<|im_start|>system\n%s<|im_end|>\n<|im_start|>user\n%s%s%s<|im_end|>\n<|im_start|>assistant\n' %
            (words[0], body, words[2], question))


def articles(name):
    with squads.open_text(squads.SETS[name]) as f:
        for a in json.load(f)['data']:
            yield [(p['context'], [(qa['question'], [x['text'] for x in qa['answers']]) for qa in p['qas']]) for p in a['paragraphs']]


def lessons_of_articles(name, lang, shown, most, part):
    draw, words = random.Random(5), wording(lang)
    everything = list(articles(name))
    order = list(range(len(everything)))
    draw.shuffle(order)
    for at in order[:most]:
        article = everything[at]
        seen = sorted(draw.sample(range(len(article)), min(len(article) - 1 or 1, draw.choice(shown))))
        passages = [article[k][0] for k in seen]
        text = ' '.join(passages).lower()
        kinds = {True: [], False: []}
        for k, (_, questions) in enumerate(article):
            for question, golds in questions:
                here = k in seen
                if squads.part_of(question) == part and (here or not any(g.lower() in text for g in golds)):
                    kinds[here].append(question)
        for here, some in kinds.items():
            draw.shuffle(some)
            for question in some[:QUESTIONS // 2]:
                yield dict(article=at, y=int(here), question=question, prompt=prompt(words, passages, question))


def lessons_of_clapnq(part, n):
    draw, words = random.Random(7), wording('en')
    paragraphs, asked, strange = hops.read_clapnq()
    both = [[q for q in some if squads.part_of(q[1]) == part] for some in (asked, strange)]
    for some in both:
        draw.shuffle(some)
    for i, pair in enumerate(zip(*[some[:n] for some in both])):
        for y, (gold, question, _) in zip((1, 0), pair):
            yield dict(article=2 * i + 1 - y, y=y, question=question, prompt=prompt(words, [paragraphs[gold[0]]], question))


def make(args):
    os.makedirs(args.folder, exist_ok=True)
    sets = {name: list(lessons_of_articles(name, lang, shown, most, args.part)) for name, lang, shown, most in SAME}
    sets['clapnq'] = list(lessons_of_clapnq(args.part, CLAPNQ))
    for name, rows in sets.items():
        with open(os.path.join(args.folder, name + '.json'), 'w', encoding='utf-8') as f:
            json.dump(rows, f, ensure_ascii=False)
        print('%s: %d lessons, %d answered' % (name, len(rows), sum(r['y'] for r in rows)))


def read_rows(args):
    for path in sorted(glob.glob(os.path.join(args.folder, '*.json'))):
        with open(path, encoding='utf-8') as f:
            yield os.path.basename(path)[:-5], json.load(f)


def portions(rows):
    """Some twenty lessons, and no article in two portions."""
    at = 0
    while at < len(rows):
        end = at
        while end < len(rows) and (end < at + 20 or rows[end]['article'] == rows[end - 1]['article']):
            end += 1
        yield at, end
        at = end


def ask(args):
    began, escape = time.time(), lambda s: s.replace('\\', '\\\\').replace('\n', '\\n')
    lists = [[(name, rows, p) for p in portions(rows)] for name, rows in read_rows(args)]
    for name, rows, (at, end) in [x for group in itertools.zip_longest(*lists) for x in group if x]:
        path = os.path.join(args.folder, '%s.%d-%d.f32' % (name, at, end))
        if os.path.exists(path):
            continue
        if time.time() - began > args.seconds:
            return
        with open(path + '.part', 'wb') as out:
            subprocess.run([args.states, args.model, '%x' % TAPS], stdout=out, check=True, text=True,
                           input=''.join(escape(r['prompt']) + '\n' for r in rows[at:end]))
        os.rename(path + '.part', path)


def read_states(args):
    """{set: (states [n][layers][DIM] without their length, doubts, labels, articles)} of what was asked."""
    import numpy as np
    found = {}
    for name, rows in read_rows(args):
        parts = []
        for path in glob.glob(os.path.join(args.folder, name + '.*.f32')):
            at, end = map(int, re.search(r'\.(\d+)-(\d+)\.f32$', path).groups())
            parts.append((np.fromfile(path, dtype='<f4').reshape(end - at, -1), rows[at:end]))
        if parts:
            numbers = np.concatenate([p[0] for p in parts])
            states = numbers[:, :-1].reshape(len(numbers), len(LAYERS), DIM)
            mine = [r for p in parts for r in p[1]]
            states = states / np.linalg.norm(states, axis=-1, keepdims=True) * DIM ** .5
            found[name] = states, numbers[:, -1], np.array([r['y'] for r in mine]), np.array([r['article'] for r in mine])
    return found


def fit(states, labels, ridge=RIDGE):
    """Weights and bias of a ridge regression onto +1 and -1, either kind counting the same."""
    import numpy as np
    share = np.where(labels == 1, .5 / max(1, labels.sum()), .5 / max(1, (1 - labels).sum())) * len(labels)
    target, middle = np.where(labels == 1, 1., -1.), (share[:, None] * states).sum(0) / share.sum()
    root = np.sqrt(share)[:, None]
    scaled, level = (states - middle) * root, (share * target).sum() / share.sum()
    w = scaled.T @ np.linalg.solve(scaled @ scaled.T + ridge * np.eye(len(scaled)), (target - level) * root[:, 0])
    return w, level - middle @ w


def held_out(states, labels, groups, folds=5):
    """A score for each by what was learned from the other fifths of the groups."""
    import numpy as np
    order = {g: i % folds for i, g in enumerate(sorted(set(groups)))}
    fold, scores = np.array([order[g] for g in groups]), np.zeros(len(labels))
    for k in range(folds):
        w, bias = fit(states[fold != k], labels[fold != k])
        scores[fold == k] = states[fold == k] @ w + bias
    return scores


def area(scores, labels):
    yes, no = scores[labels == 1], scores[labels == 0]
    return float((yes[:, None] > no).mean() + .5 * (yes[:, None] == no).mean())


def judge(args):
    import numpy as np
    sets = read_states(args)
    for name, (_, doubts, labels, _) in sets.items():
        print('%-10s %4d lessons, %3d answered; doubt %.3f' % (name, len(labels), labels.sum(), area(-doubts, labels)))
    for at, layer in enumerate(LAYERS):
        line = []
        for name, (states, _, labels, groups) in sets.items():
            others = [s for n, s in sets.items() if n != name]
            w, bias = fit(np.concatenate([s[0][:, at] for s in others]), np.concatenate([s[2] for s in others]))
            line.append('%s %.3f %.3f' % (name, area(held_out(states[:, at], labels, groups), labels), area(states[:, at] @ w + bias, labels)))
        print('layer %2d   itself, others: ' % layer + ', '.join(line))


def odds_of(scores, labels):
    """Scale and offset of a logistic model of one number, the kinds counting the same."""
    import numpy as np
    scale, offset, share = 1., 0., np.where(labels == 1, .5 / labels.sum(), .5 / (1 - labels).sum())
    for _ in range(5000):
        miss = share * (labels - 1 / (1 + np.exp(-(scale * scores + offset))))
        scale, offset = scale + 2 * (miss * scores).sum(), offset + 2 * miss.sum()
    return scale, offset


def learn(args):
    import numpy as np
    sets = {n: s for n, s in read_states(args).items() if n in args.sets.split(',')}
    at = LAYERS.index(args.layer)
    states, labels = (np.concatenate([s[k] for s in sets.values()]) for k in (0, 2))
    groups = np.concatenate([[n + str(g) for g in s[3]] for n, s in sets.items()])
    scores = held_out(states[:, at], labels, groups)
    scale, offset = odds_of(scores, labels)  # of scores that did not see the lesson
    w, bias = fit(states[:, at], labels)
    unit = np.abs(w).max() / 127
    small = np.rint(w / unit).astype(int)
    print('%d lessons, held out %.3f; odds %.2f * score + %.2f' % (len(labels), area(scores, labels), scale, offset))
    text = ', '.join(map(str, small))
    lines = []
    while text:
        cut = len(text) if len(text) <= 94 else text.rindex(' ', 0, 95)
        lines.append('    ' + text[:cut].rstrip())
        text = text[cut:].lstrip()
    with open(args.out, 'w') as f:
        f.write(TABLE % dict(space=args.space, layer=args.layer, scale=scale * unit, bias=scale * bias + offset, weights='\n'.join(lines)))


TABLE = '''/* What knows.c sums up, learned by tests/bench/answerable.py for Qwen2.5-Coder 1.5B in q4_k_m. */
#define KNOWS_SPACE "%(space)s"
#define KNOWS_LAYERS %(layer)d
#define KNOWS_SCALE %(scale).6g
#define KNOWS_BIAS %(bias).6g

static const int8_t knows_weights[] = {
%(weights)s};
'''


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('what', choices=['make', 'ask', 'judge', 'learn'])
    parser.add_argument('folder')
    parser.add_argument('out', nargs='?')
    parser.add_argument('--part', choices=['tune', 'report'], default='tune')
    parser.add_argument('--states', default='build/tests/bench/states')
    parser.add_argument('--model')
    parser.add_argument('--space', help='the model\'s fingerprint, which `states` prints')
    parser.add_argument('--seconds', type=float, default=1e9)
    parser.add_argument('--layer', type=int, default=20)
    parser.add_argument('--sets', default='xquad-en,xquad-de,drcd,clapnq')
    args = parser.parse_args()
    globals()[args.what](args)


if __name__ == '__main__':
    main()
