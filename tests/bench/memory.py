#!/usr/bin/env python3
"""People's own conversations: does search find what was said, and does `hearth ask` answer from it?

LoCoMo (for measuring only: nothing may be tuned on it) is five pairs of friends, a text file a session: the date in the first line, then "Name: words"
a turn. A question's evidence are turns. A turn counts as found when its words lie within the texts of the first k results of
`hearth search --json`; of a question with several turns the share that is found counts. MemoryBank is fifteen people who talk to a
companion, a file a day with the day in its name; a question counts when the first k results have a passage of the right day. Its people
are parted into those for tuning and those for reporting. Which day is right was read by hand, DAYS below: the set does not say it.

  tests/bench/memory.py --set locomo [--mode lexical] [--questions 200]
  tests/bench/memory.py --set memorybank-en --part report
  tests/bench/memory.py --set memorybank-cn --part tune --ask 20 --log FILE    answers, to be read by hand

Passages are longer than turns, so the bytes that the first ten results show stand beside the shares. Needs HEARTH_HOME with the models
(or the default home) and HEARTH_TEST_DATA (../shared/data). Stores are named bench-memory-*; they go with their folders at the end.
"""
import argparse, collections, gzip, json, os, random, shutil, subprocess, sys, tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from squads import read_log

DATA = os.environ.get('HEARTH_TEST_DATA', '../shared/data') + '/knowledge/'
KINDS = {1: 'several turns', 2: 'times', 3: 'to be concluded', 4: 'one turn', 5: 'of the other one'}
# Days that answer the questions of each person, in the order of the set; 27 to 30 are April, the others May.
DAYS = [[30, 1, 3, 28, 30, 2, 4], [27, 28, 29, 5, 6, 30, 28], [27, 29, 28, 30, (30, 3), 2, 28], [28, 27, 3, 1, (1, 27, 28), 30, 4],
        [28, 29, 28, 27, 1, 2, 4], [6, 6, 27, 28, 2, 1, 4], [28, 29, 28, 30, 5, 4, 6], [27, 6, 2, 28, 27, 5, 2],
        [27, 30, 30, 4, 6, 28, 2], [28, 4, 5, 4, 2, 30, 3], [27, 27, 5, 30, 3, 2, 4], [30, 30, 30, 2, 28, 27],
        [27, 27, 30, 29, 4], [28, 30, 4, 3, 28], [27, 2, 2, 3, 3, 4, 6]]


def load(path):
    opener = open if os.path.exists(DATA + path) else gzip.open
    with opener(DATA + path + ('' if opener is open else '.gz'), 'rt', encoding='utf-8') as f:
        return json.load(f) if path.endswith('.json') else [json.loads(line) for line in f]


def one_line(text):
    return ' '.join(text.split())


def said(turn):
    photo = ' (photo: %s)' % turn['blip_caption'] if 'blip_caption' in turn else ''
    return one_line(turn['text']) + photo


def read_locomo(_):
    """[({name of a file: text}, [(kind, question, answer, [words of a turn])])], one a pair of friends"""
    for number in (26, 30, 41, 42, 43):
        talk = load('locomo/%d.json' % number)
        files, turns = {}, {}
        for i in range(1, 100):
            if not talk.get('session_%d' % i):
                continue
            lines = [talk['session_%d_date_time' % i], '']
            for turn in talk['session_%d' % i]:
                lines.append('%s: %s' % (turn['speaker'], said(turn)))
                turns[turn['dia_id']] = said(turn)
            files['chat %02d.txt' % i] = '\n'.join(lines) + '\n'
        asked = [(KINDS[q['category']], q['question'], str(q.get('answer', '')), [turns[e] for e in q['evidence'] if e in turns])
                 for q in talk['qa']]
        yield files, [q for q in asked if q[3]]


def read_memorybank(args):
    language = args.set[-2:]
    bank, asked = load('memorybank/memory_bank_%s.json' % language), load('memorybank/probing_questions_%s.jsonl' % language)
    colon = '：' if language == 'cn' else ': '
    for number, (person, row) in enumerate(zip(bank.values(), asked)):
        if args.part == ('report' if number % 2 == 0 else 'tune'):
            continue
        name, files, questions = person['name'].strip(), {}, []
        for day, talk in person['history'].items():
            lines = [line for t in talk for line in (name + colon + one_line(t['query']), 'AI' + colon + one_line(t['response']))]
            if lines:
                files[day + '.txt'] = '\n'.join(lines) + '\n'
        for question, days in zip(list(row.values())[0], DAYS[number]):
            days = ['2023-0%d-%02d.txt' % (4 if d > 26 else 5, d) for d in (days if isinstance(days, tuple) else (days,))]
            days = [d for d in days if d in files]
            questions.append(('the day', question.strip('"'), '', days))
        yield files, [q for q in questions if q[3]]


def hearth(args, words):
    run = subprocess.run([args.hearth, words[0], '--store', args.store] + words[1:], capture_output=True, text=True)
    if run.returncode not in (0, 3):
        sys.exit('%s failed (%d): %s' % (words[0], run.returncode, run.stderr))
    return run.stdout


def fill(args, files):
    shutil.rmtree(args.folder, ignore_errors=True)
    os.makedirs(args.folder)
    for name, text in files.items():
        with open(os.path.join(args.folder, name), 'w', encoding='utf-8') as f:
            f.write(text)
    hearth(args, ['add', args.folder])


def found_share(results, k, gold):
    """Texts in the order of their places: what is cut between two passages that are both found was found."""
    hits = sorted(results[:k], key=lambda r: (r['path'], r['start']))
    names = {os.path.basename(r['path']) for r in hits}
    if gold[0].endswith('.txt'):
        return float(any(g in names for g in gold))
    text = one_line('\n'.join(r['text'] for r in hits))
    return sum(g in text for g in gold) / len(gold)


def search_all(args, questions, tally):
    for kind, question, _, gold in questions:
        results = json.loads(hearth(args, ['search', '--json', '-k', '10', '--mode', args.mode, '--', question]))['results']
        row = [found_share(results, k, gold) for k in (1, 3, 5, 10)] + [sum(len(r['text'].encode()) for r in results)]
        tally[kind].append(row)
        if args.misses and not row[1]:
            print('-', question, '|', gold, '|', [os.path.basename(r['path']) for r in results[:3]])


def ask_all(args, number, questions, done):
    for kind, question, answer, gold in questions:
        if (number, question) in done:
            continue
        result = json.loads(hearth(args, ['ask', '--json', '--', question]))
        with open(args.log, 'a', encoding='utf-8') as log:
            log.write(json.dumps(dict(number=number, kind=kind, question=question, gold=gold, answer=answer, result=result),
                                 ensure_ascii=False) + '\n')
        cited = sorted({os.path.basename(c['path']) for c in result['citations']})
        print('%s\n   %s\n   %s %s, gold %s %s' % (question, one_line(result['answer']), 'found' if result['found'] else 'REFUSED', cited, answer,
                                                  gold), flush=True)


def report(args, tally):
    rows = [r for kind in tally for r in tally[kind] if kind != KINDS[5]]
    for kind, list_ in list(tally.items()) + [('all but the other one', rows)]:
        n = len(list_)
        print('%-22s n %4d  R@1 %5.1f  R@3 %5.1f  R@5 %5.1f  R@10 %5.1f  bytes %d' %
              ((kind, n) + tuple(100 * sum(r[i] for r in list_) / n for i in range(4)) + (sum(r[4] for r in list_) / n,)))


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument('--set', choices=['locomo', 'memorybank-en', 'memorybank-cn'], default='locomo')
    parser.add_argument('--part', choices=['tune', 'report', 'all'], default='all', help='of MemoryBank\'s people')
    parser.add_argument('--mode', choices=['hybrid', 'lexical', 'vector'], default='hybrid')
    parser.add_argument('--kind', choices=list(KINDS.values()), help='only questions of this kind of LoCoMo')
    parser.add_argument('--questions', type=int, default=10 ** 6, help='at most so many, drawn with a fixed seed')
    parser.add_argument('--ask', action='store_true', help='ask instead of searching')
    parser.add_argument('--log', help='of --ask: a JSON line a question; what stands there is not asked again')
    parser.add_argument('--misses', action='store_true', help='print questions of which the first three results have nothing')
    parser.add_argument('--hearth', default='build/hearth')
    args = parser.parse_args()
    if args.ask and not args.log:
        parser.error('--ask needs --log')
    args.store = 'bench-memory-' + args.set
    args.folder = os.path.join(tempfile.gettempdir(), 'hearth-%s-%s' % (args.store, os.environ.get('USER', 'x')))
    return args


def main():
    args = parse()
    talks = list(read_locomo(args) if args.set == 'locomo' else read_memorybank(args))
    drawn = [(i, q[1]) for i, (_, questions) in enumerate(talks) for q in questions if args.kind in (None, q[0])]
    random.Random(20261127).shuffle(drawn)
    drawn = set(drawn[:args.questions])
    done = {(r['number'], r['question']) for r in read_log(args.log)}
    tally = collections.defaultdict(list)
    for number, (files, questions) in enumerate(talks):
        questions = [q for q in questions if (number, q[1]) in drawn]
        if not questions:
            continue
        fill(args, files)
        if args.ask:
            ask_all(args, number, questions, done)
        else:
            search_all(args, questions, tally)
        hearth(args, ['remove', args.folder])
    shutil.rmtree(args.folder, ignore_errors=True)
    if tally:
        report(args, tally)


main()
