#!/usr/bin/env python3
"""Guessing ahead, on against off: decode time of answers from documents, and of free text.

  tests/bench/speculate.py --set demo|xquad-en|cmrc-dev|free [--n 12] [--skip 0] [--build build] [-m MODEL [--draft-model MODEL]]

tests/bench/speculate (C) makes the prompts of `hearth ask` (or of `hearth run`, for `free`) and writes each answer --runs times
both ways in turns; the texts must be the same bytes. Printed are, for each question, the medians of the decode part, tokens made,
guesses verified and guesses right; then the ratio of the sums and the median of the ratios. Answers that only say that there is
none (NOT FOUND) quote nothing and are left out of the ratios.

A set of questions becomes a store of its own, bench-ahead-SET, which stays for the next call (--skip goes on in the same
list of questions). `demo` is examples/documents.
"""
import argparse, gzip, json, os, random, statistics, subprocess, sys, tempfile

SETS = {'xquad-en': 'knowledge/xquad/xquad.en.json', 'cmrc-dev': 'knowledge/cmrc2018/cmrc2018_dev.json'}
DEMO = ['When was the boiler serviced?', 'What is the rent of the house?', 'How long is the notice period of the lease?',
        'What is in the celadon glaze?', 'Which cups does the letter ask for?', 'What did the meeting decide?',
        'What does the house manual say about the water main?', 'How much is the deposit?', '素烧的温度是多少？',
        '窑炉冷却到多少度才能打开？', 'When is the order delivered?', 'Where is the stopcock?']
FREE = ['Write a short story about a lighthouse keeper.', 'Explain how a transformer differs from an LSTM.',
        'Write a poem about winter.', 'Give me a recipe for a vegetable soup.', '介绍一下长城的历史。',
        'Describe a walk through an old town in the rain.', 'What are the advantages of small companies?',
        'Write a letter to a friend about a new job.']


def hearth(args, words):
    run = subprocess.run([args.hearth] + words, capture_output=True, text=True)
    if run.returncode not in (0, 3):
        sys.exit('%s failed (%d): %s' % (words[0], run.returncode, run.stderr))
    return run.stdout


def has_store(args, store):
    return subprocess.run([args.hearth, 'list', '--store', store], capture_output=True).returncode == 0


def read_set(path):
    """Paragraphs and questions, all of them."""
    packed = not os.path.exists(path)
    with (gzip.open(path + '.gz', 'rt', encoding='utf-8') if packed else open(path, encoding='utf-8')) as f:
        paragraphs = [p for article in json.load(f)['data'] for p in article['paragraphs']]
    return [p['context'] for p in paragraphs], [qa['question'] for p in paragraphs for qa in p['qas']]


def questions_of(args, store):
    if args.set == 'demo':
        if not has_store(args, store):
            hearth(args, ['add', '-q', '--store', store, 'examples/documents'])
        return DEMO
    paragraphs, questions = read_set(os.path.join(os.environ.get('HEARTH_TEST_DATA', '../shared/data'), SETS[args.set]))
    random.Random(20261122).shuffle(questions)
    if not has_store(args, store):
        with tempfile.TemporaryDirectory(prefix='hearth-bench-') as folder:
            for i, text in enumerate(paragraphs):
                with open(os.path.join(folder, '%04d.txt' % i), 'w', encoding='utf-8') as f:
                    f.write(text + '\n')
            hearth(args, ['add', '-q', '--store', store, folder])
    return questions


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--set', choices=['demo', 'free'] + list(SETS), default='demo')
    parser.add_argument('--n', type=int, default=12)
    parser.add_argument('--skip', type=int, default=0)
    parser.add_argument('--runs', type=int, default=3)
    parser.add_argument('--tokens', type=int, default=128)
    parser.add_argument('--build', default='build')
    parser.add_argument('-m', '--model')
    parser.add_argument('--draft-model')
    args = parser.parse_args()
    args.hearth = os.path.join(args.build, 'hearth')
    store = '-' if args.set == 'free' else 'bench-ahead-' + args.set
    questions = FREE if args.set == 'free' else questions_of(args, store)
    words = [os.path.join(args.build, 'tests/bench/speculate'), store, str(args.runs), str(args.tokens)]
    words += [m for m in (args.model or 'qwen2.5-coder-1.5b', args.draft_model) if m]
    child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    child.stdin.write('\n'.join(questions[args.skip:args.skip + args.n]) + '\n')
    child.stdin.close()
    rows, different = [], 0
    for line in child.stdout:
        r = json.loads(line)
        different += not r['same']
        refusal = r['text'].strip().startswith(('NOT FOUND', '未找到'))
        if not refusal:
            rows.append((r['off'], r['on']))
        print('%6.2fx  %6.0f ms -> %6.0f ms  %3d tokens, %3d guessed, %3d right%s%s  %s' %
              (r['off'] / r['on'], r['off'], r['on'], r['tokens'], r['drafted'], r['accepted'],
               '' if r['same'] else '  DIFFERENT', '  (left out)' if refusal else '', r['question'][:60]))
        sys.stdout.flush()
    if rows:
        print('%s: %d texts, %d different; ratio of sums %.2fx, median %.2fx, least %.2fx' %
              (args.set, len(rows), different, sum(r[0] for r in rows) / sum(r[1] for r in rows),
               statistics.median(r[0] / r[1] for r in rows), min(r[0] / r[1] for r in rows)))
    sys.exit(child.wait() or different > 0)


if __name__ == '__main__':
    main()
