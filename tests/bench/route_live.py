#!/usr/bin/env python3
"""The local model's own signals, live: questions about documents (XQuAD, CMRC 2018), each answered by the local model while a rule
keeps it here, with what the router then knew (`route` in `ask --json`). For each signal: the curve of share kept local against
quality, when what it trusts least goes to a strong model whose answer is taken to be right (an oracle: the gold answer).

  tests/bench/route_live.py --log FILE [--n 40] [--set xquad-en] [--part tune|report] [--hearth build/hearth] [--seconds 500]
  tests/bench/route_live.py --show FILE...

An answer is right when it contains a gold string; in Chinese, where those are often whole clauses, also when more than half of one
stands in it in order. With --log an interrupted run goes on. Needs HEARTH_HOME with models; the rule is written into a home of its
own (a link to the models) that goes with the last question. The draft's weights in src/route/learn.c were chosen on the part
"tune"; "report" is for figures. --show reports what is in logs, together.
"""
import argparse, json, os, shutil, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from squads import SETS, contains_gold, draw, read_log, read_set, write_folder


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument('--set', choices=SETS, default='xquad-en')
    parser.add_argument('--n', type=int, default=40)
    parser.add_argument('--seed', type=int, default=20261122)
    parser.add_argument('--hearth', default='build/hearth')
    parser.add_argument('--part', choices=['tune', 'report'], default='tune')
    parser.add_argument('--log')
    parser.add_argument('--show', nargs='+')
    parser.add_argument('--seconds', type=float, default=1e9)
    args = parser.parse_args()
    if not args.log and not args.show:
        parser.error('--log or --show')
    args.left_out = 0
    return args


def in_order(a, b):
    """Length of the longest common subsequence."""
    last = [0] * (len(b) + 1)
    for x in a:
        now = [0]
        for j, y in enumerate(b):
            now.append(last[j] + 1 if x == y else max(last[j + 1], now[j]))
        last = now
    return last[-1]


def is_right(name, answer, gold):
    return contains_gold(answer, gold) or (name.startswith('cmrc') and any(2 * in_order(g, answer) > len(g) for g in gold))


def hearth(args, home, *words):
    env = dict(os.environ, HEARTH_HOME=home, NO_COLOR='1')
    run = subprocess.run([args.hearth, *words], capture_output=True, text=True, env=env, stdin=subprocess.DEVNULL)
    if run.returncode not in (0, 3):
        sys.exit('%s failed: %s' % (words[0], run.stderr))
    return run.stdout


def make_home(args, home, paragraphs):
    if os.path.exists(os.path.join(home, 'done')):
        return
    os.makedirs(os.path.join(home, 'config'), exist_ok=True)
    models = os.path.join(os.environ['HEARTH_HOME'], 'models')
    if not os.path.lexists(os.path.join(home, 'models')):
        os.symlink(os.path.realpath(models), os.path.join(home, 'models'))
    with open(os.path.join(home, 'config', 'route.toml'), 'w') as f:
        f.write('[[rule]]\nlonger_than = 0\nthen = "local"\n')
    write_folder(os.path.join(home, 'docs'), paragraphs, set())
    hearth(args, home, 'add', '-q', os.path.join(home, 'docs'))
    open(os.path.join(home, 'done'), 'w').close()


def ask(args, home, question, gold):
    before = json.loads(hearth(args, home, 'route', '--json', '--routing', 'auto', '--', question))
    # at 1 every local answer is weighed again, with what is known of it
    answer = json.loads(hearth(args, home, 'ask', '--json', '--routing', 'auto', '--least-certainty', '1', '--', question))
    route = answer['route']
    right = is_right(args.set, answer['answer'], gold)
    return dict(set=args.set, part=args.part, question=question, answer=answer['answer'], gold=gold, right=right, found=answer['found'], before=before['p_local'], after=route['p_local'],
                **route.get('draft', {}))


def curve(rows, score):
    """[(share local, quality)] from nothing local to all, the most trusted first."""
    rows = sorted(rows, key=score, reverse=True)
    points, right = [(0, 1.0)], 0
    for i, row in enumerate(rows, 1):
        right += row['right']
        points.append((i / len(rows), (right + len(rows) - i) / len(rows)))
    return points


def report(rows):
    if not rows:
        return
    n, right = len(rows), sum(r['right'] for r in rows)
    print('%d questions; local alone %.3f right, %d refused' % (n, right / n, sum(not r['found'] for r in rows)))
    print('%-28s %8s %8s %22s' % ('what is trusted', 'at 70 %', 'area', 'local at quality .95, .90'))
    scores = {'chance': None, 'before a draft': lambda r: r['before'], 'after it': lambda r: r['after'],
              'its mean log-probability': lambda r: r['mean_logprob'], 'its least': lambda r: r.get('min_logprob', 0),
              'its support': lambda r: r['supported'],
              'its certainty': lambda r: r['certainty'], 'the best there is': lambda r: r['right']}
    for name, score in scores.items():
        points = curve(rows, score) if score else [(i / n, 1 - i / n * (1 - right / n)) for i in range(n + 1)]
        at = max(q for share, q in points if share >= .7)
        area = sum(q for _, q in points) / len(points)
        print('%-28s %8.3f %8.3f %14.2f %7.2f' % (name, at, area, *(max(s for s, q in points if q >= least) for least in (.95, .9))))


def main():
    args = parse()
    if args.show:
        report([row for log in args.show for row in read_log(log)])
        return
    paragraphs, questions = read_set(args.set)
    asked, _, _ = draw(questions, args)
    home = os.path.join(tempfile.gettempdir(), 'hearth-route-live-%s-%d' % (args.set, args.seed))
    rows = read_log(args.log)
    known, began = {r['question'] for r in rows}, time.time()
    make_home(args, home, paragraphs)
    for _, question, gold in asked:
        if question in known or time.time() - began > args.seconds:
            continue
        rows.append(ask(args, home, question, gold))
        with open(args.log, 'a', encoding='utf-8') as f:
            f.write(json.dumps(rows[-1], ensure_ascii=False) + '\n')
    report(rows)
    if len(rows) >= args.n:
        shutil.rmtree(home, ignore_errors=True)


main()
