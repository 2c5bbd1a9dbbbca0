#!/usr/bin/env python3
"""Figure 6 of "First light": answers over a whole collection, through `hearth ask --json`.

One file a paragraph goes into a store of its own; questions are drawn with a fixed seed from the half of the set that is kept
for reporting (by a hash of the question; --part tune draws from the other half, on which thresholds were chosen). Counted are
answers that contain a gold string, answers that cite the right paragraph, answerable questions that
were refused, and, of questions whose paragraph was left out of the collection, those refused.

  tests/bench/answers.py --set xquad-en --n 200 --left-out 100 [--hearth build/hearth] [--log FILE]

Needs HEARTH_HOME with the models (or the default home) and HEARTH_TEST_DATA (../shared/data).
"""
import argparse, gzip, hashlib, json, os, random, shutil, subprocess, sys, tempfile, time

SETS = {'xquad-en': 'knowledge/xquad/xquad.en.json', 'xquad-de': 'knowledge/xquad/xquad.de.json',
        'cmrc-dev': 'knowledge/cmrc2018/cmrc2018_dev.json',
        'cmrc-trial': 'knowledge/cmrc2018/cmrc2018_trial.json', 'drcd': 'knowledge/drcd/DRCD_dev.json'}


def read_set(path):
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


def part_of(question):
    return 'report' if hashlib.sha256(question.encode()).digest()[0] < 128 else 'tune'


def hearth(args, words):
    run = subprocess.run([args.hearth, words[0], '--store', args.store] + words[1:], capture_output=True, text=True)
    return run.returncode, run.stdout, run.stderr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--set', choices=SETS, default='xquad-en')
    parser.add_argument('--n', type=int, default=200)
    parser.add_argument('--left-out', type=int, default=100)
    parser.add_argument('--part', choices=['report', 'tune'], default='report')
    parser.add_argument('--seed', type=int, default=20261122)
    parser.add_argument('--hearth', default='build/hearth')
    parser.add_argument('--log', help='one JSON line a question')
    args = parser.parse_args()
    args.store = 'bench-' + args.set
    data = os.environ.get('HEARTH_TEST_DATA', '../shared/data')
    paragraphs, questions = read_set(os.path.join(data, SETS[args.set]))
    questions = [q for q in questions if part_of(q[1]) == args.part]
    rng = random.Random(args.seed)
    rng.shuffle(questions)

    gone = set()  # paragraphs that are left out, chosen so that they carry --left-out questions
    refused_wanted = []
    for q in questions:
        if len(refused_wanted) < args.left_out:
            gone.add(q[0])
            refused_wanted.append(q)
    asked = [q for q in questions if q[0] not in gone][:args.n]

    folder = tempfile.mkdtemp(prefix='hearth-bench-')
    log = open(args.log, 'w', encoding='utf-8') if args.log else None
    try:
        for i, text in enumerate(paragraphs):
            if i not in gone:
                with open(os.path.join(folder, '%04d.txt' % i), 'w', encoding='utf-8') as f:
                    f.write(text + '\n')
        code, _, err = hearth(args, ['add', folder])
        if code:
            sys.exit('add failed: ' + err)
        count = dict(hit=0, cited=0, first=0, refused=0, right_refusal=0)
        began = time.time()
        for left_out, (gold, question, answers) in [(False, q) for q in asked] + [(True, q) for q in refused_wanted]:
            code, out, err = hearth(args, ['ask', '--json', '--', question])
            if code not in (0, 3):
                sys.exit('ask failed (%d): %s' % (code, err))
            a = json.loads(out)
            paths = [os.path.basename(c['path']) for c in a['citations']]
            name = '%04d.txt' % gold
            if left_out:
                count['right_refusal'] += not a['found']
            else:
                count['hit'] += any(t.lower() in a['answer'].lower() for t in answers)
                count['cited'] += a['found'] and name in paths
                count['refused'] += not a['found']
            if log:
                log.write(json.dumps(dict(left_out=left_out, gold=name, question=question, answers=answers,
                                          result=a), ensure_ascii=False) + '\n')
                log.flush()
        n, m = max(1, len(asked)), max(1, len(refused_wanted))
        print('%s: %d questions, %d left out, %d files, %.1f s a question' %
              (args.set, len(asked), len(refused_wanted), len(paragraphs) - len(gone),
               (time.time() - began) / (len(asked) + len(refused_wanted))))
        print('contains gold        %5.1f %%' % (100 * count['hit'] / n))
        print('right paragraph cited %4.1f %%' % (100 * count['cited'] / n))
        print('wrongly refused      %5.1f %%' % (100 * count['refused'] / n))
        print('left out and refused %5.1f %%' % (100 * count['right_refusal'] / m))
    finally:
        hearth(args, ['remove', folder])
        shutil.rmtree(folder)


main()
