#!/usr/bin/env python3
"""Figure 6 of "First light": answers over a whole collection, through `hearth ask --json`.

One file a paragraph goes into a store of its own; questions are drawn with a fixed seed from the half of the set that is kept
for reporting (by a hash of the question; --part tune draws from the other half, on which thresholds were chosen). Counted are
answers that contain a gold string, answers that cite the right paragraph, answerable questions that
were refused, and, of questions whose paragraph was left out of the collection, those refused. Each
share stands with its 95 % interval. --set dureader asks over web pages, several a question, and counts answers that agree with a human one
(squads.py). --asked-in xquad-de asks in German what English paragraphs answer. answers_given.py beside this asks the same questions of llama.cpp.

  tests/bench/answers.py --set xquad-en --n 200 --left-out 100 --log FILE [--hearth build/hearth] [--seconds 90]

Sets of hops.py (--set hops, clapnq or covid) ask for more than one fact in one paragraph: of the articles that a question needs one is
cited, or all of them; an answer is right as hops.is_right says. One store serves both halves, and stays.

With --log every question's result is one JSON line of FILE; what stands there is not asked again, so
that an interrupted run (Ctrl-C, or --seconds) goes on where it stopped; the folder and the store
stay until the last question. --count only reads the log. Needs HEARTH_HOME with the models (or the
default home) and HEARTH_TEST_DATA (../shared/data).
"""
import argparse, json, os, random, shutil, subprocess, sys, tempfile, time, zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hops
from squads import SETS, agrees, contains_gold, draw, numbers, part_of, read_log, read_set, share, write_folder


HOPS_LOST = 20 # questions of each half whose last article is left out of the collection


def hearth(args, words):
    run = subprocess.run([args.hearth, words[0], '--store', args.store] + words[1:], capture_output=True, text=True)
    return run.returncode, run.stdout, run.stderr


def fill(args, paragraphs, gone):
    write_folder(args.folder, paragraphs, gone)
    code, _, err = hearth(args, ['add', args.folder])
    if code:
        sys.exit('add failed: ' + err)


def ask(args, left_out, gold, question, answers):
    words = ['ask', '--json'] + (['--threads', str(args.threads)] if args.threads else []) + ['--', question]
    code, out, err = hearth(args, words)
    if code not in (0, 3):
        sys.exit('ask failed (%d): %s' % (code, err))
    return dict(left_out=left_out, gold=['%04d' % n for n in numbers(gold)], question=question, answers=answers, result=json.loads(out))


def cites(row, all_of_them=False):
    """Does the answer cite the paragraph that it needs, or (of several) one of them, or all?"""
    cited = {os.path.splitext(os.path.basename(c['path']))[0] for c in row['result']['citations']}
    there = [n in cited for n in row['gold']]
    return all(there) if all_of_them else any(there)


def is_right(args, row):
    said = row['result']['answer']
    if args.set in hops.SETS:
        return row['result']['found'] and hops.is_right(args.set, row['question'], said, row['answers'])
    if args.set == 'dureader':
        return row['result']['found'] and agrees(said, row['answers'], row['question'])
    return contains_gold(said, row['answers'])


def report(args, rows):
    asked = [r for r in rows if not r['left_out']]
    left = [r for r in rows if r['left_out']]
    found = [r for r in asked if r['result']['found']]
    cited = [r for r in found if cites(r)]
    hit = [r for r in asked if is_right(args, r)]
    took = [r['result']['timings_ms']['total'] for r in rows if r['result']['timings_ms'].get('total')]
    print('%s%s, %s: %d questions, %d left out, %.1f s a question' %
          (args.set, ' asked in ' + args.asked_in if args.asked_in else '', args.part, len(asked), len(left), sum(took) / max(1, len(took)) / 1000))
    share('agrees' if args.set == 'dureader' else 'contains gold', len(hit), len(asked))
    share('right paragraph cited', len(cited), len(asked))
    if args.set == 'hops':
        share('all of them cited', sum(cites(r, True) for r in cited), len(asked))
        share('answered and wrong', len(found) - len(hit), len(asked))
    if args.set in hops.LONG:
        print('words of the gold answer said: %.3f' % (sum(hops.recall(r['result']['answer'], r['answers']) for r in found) / max(1, len(asked))))
    share('wrongly refused', len(asked) - len(found), len(asked))
    share('left out and refused', sum(not r['result']['found'] for r in left), len(left))
    if args.set == 'hops':
        for kind in sorted({kind_of(r) for r in rows}):
            some = [r for r in rows if kind_of(r) == kind]
            print('  %-10s %d: right %d, wrong %d, refused %d' % (kind, len(some), sum(not r['left_out'] and is_right(args, r) for r in some),
                  sum(r['result']['found'] and (r['left_out'] or not is_right(args, r)) for r in some), sum(not r['result']['found'] for r in some)))


def kind_of(row):
    """By the articles that a question of hops.py needs."""
    if row['left_out']:
        return 'lost' if row['gold'] else 'strange'
    return 'both' if len(row['gold']) > 2 else 'yes or no' if row['answers'][0] in ('yes', 'no') else 'compare' if ' or ' in row['question'] else 'bridge'


def draw_hops(args):
    """As squads.draw. Of questions with several articles the last one is left out; those of both halves, so that one store serves both."""
    paragraphs, questions, strange = hops.SETS[args.set]()
    draw_from = lambda part, items: [q for q in items if part_of(q[1]) == part]
    shuffled = lambda items: random.Random(args.seed).sample(items, len(items))
    lost = {part: shuffled(draw_from(part, questions))[:HOPS_LOST if args.set != 'clapnq' else 0] for part in ('tune', 'report')}
    gone = {q[0][-1] for part in lost.values() for q in part}
    asked = [q for q in shuffled(draw_from(args.part, questions)) if not gone & set(q[0])][:args.n]
    others = shuffled(draw_from(args.part, strange))
    mixed = [q for pair in zip(lost[args.part], others) for q in pair] if lost[args.part] and others else lost[args.part] or others
    return paragraphs, asked, mixed[:args.left_out], gone


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument('--set', choices=list(SETS) + list(hops.SETS), default='xquad-en')
    parser.add_argument('--asked-in', choices=SETS, help='ask the questions of this set: the same in another language')
    parser.add_argument('--n', type=int, default=200)
    parser.add_argument('--left-out', type=int, default=100)
    parser.add_argument('--part', choices=['report', 'tune'], default='report')
    parser.add_argument('--seed', type=int, default=20261122)
    parser.add_argument('--hearth', default='build/hearth')
    parser.add_argument('--threads', type=int, help='of each ask; default: Hearth\'s own choice')
    parser.add_argument('--log', help='one JSON line a question; a log that is there is continued')
    parser.add_argument('--seconds', type=float, default=1e9, help='stop after this long; run again to go on')
    parser.add_argument('--count', action='store_true', help='only count what the log holds')
    args = parser.parse_args()
    args.store = 'bench-%s' % args.set if args.set in hops.SETS else 'bench-%s-%s' % (args.set, args.part)
    home = zlib.crc32(os.environ.get('HEARTH_HOME', '').encode())  # a run elsewhere takes its folder away when it is done
    args.folder = os.path.join(tempfile.gettempdir(), 'hearth-%s-%d-%d-%08x' % (args.store, args.seed, HOPS_LOST if args.set in hops.SETS else args.left_out, home))
    return args


def main():
    args = parse()
    if args.set in hops.SETS:
        paragraphs, asked, left, gone = draw_hops(args)
    else:
        paragraphs, questions = read_set(args.set)
        asked, left, gone = draw(questions, args)
    if args.asked_in:  # the same questions in another language, where both sets have them in one order
        others = read_set(args.asked_in)[1]
        assert [q[0] for q in others] == [q[0] for q in questions], 'not the same questions'
        other = {q[1]: o[1] for q, o in zip(questions, others)}
    wanted = [(False, q) for q in asked] + [(True, q) for q in left]
    wanted.sort(key=lambda w: (left.index(w[1]) / len(left) if w[0] else asked.index(w[1]) / len(asked)))  # mixed, so that a part of the run says something
    done = {(r['left_out'], r['question']): r for r in read_log(args.log)}
    todo = [w for w in wanted if (w[0], w[1][1]) not in done]
    log = open(args.log, 'a', encoding='utf-8') if args.log else None
    if todo and not args.count:
        fill(args, paragraphs, gone)
    began = time.time()
    for left_out, (gold, question, answers) in [] if args.count else todo:
        if time.time() - began > args.seconds:
            break
        row = ask(args, left_out, gold, other[question] if args.asked_in else question, answers)
        row['question'] = question
        done[left_out, question] = row
        if log:
            log.write(json.dumps(row, ensure_ascii=False) + '\n')
            log.flush()
    report(args, [done[w[0], w[1][1]] for w in wanted if (w[0], w[1][1]) in done])
    if args.set not in hops.SETS and all((w[0], w[1][1]) in done for w in wanted) and os.path.exists(args.folder):
        hearth(args, ['remove', args.folder])
        shutil.rmtree(args.folder)


main()
