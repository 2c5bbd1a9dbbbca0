#!/usr/bin/env python3
"""The weights of turn/decide.c: a logistic model of "the documents answer this", fitted on the tuning half of a question set.

Step one needs no language model: coverage and nearness of answerable questions and of questions whose paragraph was left out of
the collection (`turns STORE recall`). Step two takes what `turns STORE` printed for some of the same questions (--asked FILE, in
the order in which --list prints them) and fits the weight of the model's doubt beside the other two. Printed are the weights in
decide.c's terms, the area under the curve, and what marks would do: wrong refusals against right ones.

  tests/bench/marks.py --set xquad-en --n 250 --left-out 150 [--asked FILE]
  tests/bench/marks.py --set xquad-en --n 250 --left-out 150 --list | build/tests/bench/turns bench-xquad-en-tune > FILE
"""
import argparse, json, math, os, shutil, subprocess, sys, tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from squads import SETS, draw, read_set, write_folder

RIDGE = 0.003  # keeps weights small where a few questions could be parted by accident


def logit(share):
    return max(-4.0, min(4.0, math.log((share + 1e-9) / (1 - share + 1e-9))))


def fit(rows, labels):
    """Weights and constant of a logistic regression by plain gradient ascent over scaled columns."""
    n, width = len(rows), len(rows[0])
    mean = [sum(r[k] for r in rows) / n for k in range(width)]
    scale = [math.sqrt(sum((r[k] - mean[k]) ** 2 for r in rows) / n) or 1.0 for k in range(width)]
    scaled = [[(r[k] - mean[k]) / scale[k] for k in range(width)] + [1.0] for r in rows]
    w = [0.0] * (width + 1)
    for _ in range(3000):
        slope = [-RIDGE * v for v in w[:-1]] + [0.0]
        for x, y in zip(scaled, labels):
            miss = y - 1 / (1 + math.exp(-sum(a * b for a, b in zip(w, x))))
            for k in range(width + 1):
                slope[k] += miss * x[k] / n
        w = [a + 0.8 * b for a, b in zip(w, slope)]
    raw = [w[k] / scale[k] for k in range(width)]
    return raw, w[-1] - sum(a * b for a, b in zip(raw, mean))


def show(names, rows, labels):
    weights, constant = fit(rows, labels)
    marks = [sum(a * b for a, b in zip(weights, r)) + constant for r in rows]
    yes = sorted(m for m, y in zip(marks, labels) if y)
    no = [m for m, y in zip(marks, labels) if not y]
    wins = sum((a > b) + 0.5 * (a == b) for a in yes for b in no)
    print('  ' + ', '.join('%s %.2f' % p for p in zip(names, weights)) + ', least %.2f' % -constant)
    print('  %d answerable, %d left out; area under the curve %.3f' % (len(yes), len(no), wins / max(1, len(yes) * len(no))))
    for wrong in (0.02, 0.05, 0.1):
        mark = yes[int(wrong * len(yes))]
        print('  mark %+.2f: %2.0f %% wrongly refused, %.1f %% of the left out refused' %
              (mark, 100 * wrong, 100 * sum(m < mark for m in no) / max(1, len(no))))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--set', choices=SETS, default='xquad-en')
    parser.add_argument('--n', type=int, default=250)
    parser.add_argument('--left-out', type=int, default=150)
    parser.add_argument('--seed', type=int, default=77)
    parser.add_argument('--turns', default='build/tests/bench/turns')
    parser.add_argument('--hearth', default='build/hearth')
    parser.add_argument('--list', action='store_true', help='print the questions, in the order of --asked')
    parser.add_argument('--asked', help='what turns printed for the first of them')
    args = parser.parse_args()
    args.part = 'tune'
    paragraphs, questions = read_set(args.set)
    asked, left, gone = draw(questions, args)
    pairs = [p for two in zip([(1, q) for q in asked], [(0, q) for q in left] + [None] * len(asked)) for p in two if p]
    words = [' '.join(q[1].split()) for _, q in pairs]
    if args.list:
        print('\n'.join(words))
        return
    store, folder = 'bench-%s-tune' % args.set, os.path.join(tempfile.gettempdir(), 'hearth-marks-' + args.set)
    write_folder(folder, paragraphs, gone)
    if subprocess.run([args.hearth, 'add', '--quiet', '--store', store, folder]).returncode:
        sys.exit('add failed')
    run = subprocess.run([args.turns, store, 'recall'], input='\n'.join(words) + '\n', capture_output=True, text=True)
    found = [json.loads(line) for line in run.stdout.splitlines()]
    labels = [label for label, _ in pairs]
    print('%s, before the model is asked:' % args.set)
    rows = [[f['coverage'], f['hits'][0]['cosine']] for f in found]
    show(['coverage', 'nearness'], rows, labels)
    if args.asked:
        with open(args.asked, encoding='utf-8') as f:
            said = [json.loads(line) for line in f if line.endswith('\n')]
        kept = [(r + [-logit(s['doubt'])], y) for r, s, y in zip(rows, said, labels) if s['doubt'] >= 0]
        print('%s, with the doubt of those that were asked:' % args.set)
        show(['coverage', 'nearness', 'doubt'], [r for r, _ in kept], [y for _, y in kept])


main()
