#!/usr/bin/env python3
"""Figure 7 of "First light": what a user waits for, measured from outside, process start included.

  tests/bench/latency.py [--hearth build/hearth] [--runs 5]

Needs HEARTH_HOME (or the default home) with the default models. Makes a folder of 100 files of its own texts, measures
until it is searchable, then asks questions one process each: milliseconds to the best passage on the screen, to the first
generated word, and the bound for the latter (prompt tokens / prefill rate + 300 ms), the rate taken from the same run.
"""
import argparse, json, os, random, shutil, statistics, subprocess, sys, tempfile, time

NOUNS = 'boiler garden roof cellar window bicycle piano fence kitchen chimney'.split()
VERBS = 'repaired painted cleaned sold insured moved measured ordered'.split()


def make_folder(n):
    rng = random.Random(3)
    folder = tempfile.mkdtemp(prefix='hearth-latency-')
    for i in range(n):
        lines = ['The %s number %d was %s on %d May %d for %d EUR.' %
                 (rng.choice(NOUNS), i * 10 + k, rng.choice(VERBS), rng.randint(1, 28), rng.randint(1990, 2025),
                  rng.randint(10, 9000)) for k in range(12)]
        with open(os.path.join(folder, 'note%03d.txt' % i), 'w') as f:
            f.write('\n\n'.join(lines) + '\n')
    return folder


def ask(hearth, question):
    """ms to the best passage, ms to the first word of the answer."""
    began = time.time()
    child = subprocess.Popen([hearth, 'ask', '--store', 'bench-latency', question], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
    seen, best, word = b'', None, None
    while True:
        piece = os.read(child.stdout.fileno(), 4096)
        if not piece:
            break
        seen += piece
        now = (time.time() - began) * 1000
        if best is None and b'Best passage' in seen:
            best = now
        if best is not None and word is None and seen.split(b'\n\n', 1)[1:] not in ([], [b'']):
            word = now
    child.wait()
    return best, word


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--hearth', default='build/hearth')
    parser.add_argument('--runs', type=int, default=5)
    args = parser.parse_args()
    times = []
    for _ in range(21):
        began = time.time()
        subprocess.run([args.hearth, '--version'], stdout=subprocess.DEVNULL, check=True)
        times.append((time.time() - began) * 1000)
    print('--version            %7.1f ms (median of 21)' % statistics.median(times))

    folder = make_folder(100)
    store = ['--store', 'bench-latency']
    try:
        began = time.time()
        child = subprocess.Popen([args.hearth, 'add', folder, *store], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            found = subprocess.run([args.hearth, 'search', '--mode', 'lexical', '--json', *store, 'number', '995'],
                                   capture_output=True, text=True)
            if found.returncode == 0 and 'number 995 ' in found.stdout:
                break
            if child.poll() is not None and time.time() - began > 60:
                sys.exit('never searchable')
        print('100 files searchable %7.1f s' % (time.time() - began))
        child.wait()
        print('100 files embedded   %7.1f s' % (time.time() - began))
        ask(args.hearth, 'What was number 5 sold for?')
        best, first, bound = [], [], []
        for k in range(args.runs):
            question = 'When was number %d dealt with, and for how much?' % (100 * k + 17)
            b, w = ask(args.hearth, question)
            out = subprocess.run([args.hearth, 'ask', '--json', *store, question], capture_output=True, text=True).stdout
            r = json.loads(out)
            best.append(b)
            first.append(w if w is not None else r['timings_ms']['total'])
            bound.append(r['timings_ms']['prefill'] + 300)
        print('best passage         %7.1f ms (median of %d)' % (statistics.median(best), args.runs))
        print('first word           %7.1f ms, bound %.1f ms (prefill of the same prompt + 300)' %
              (statistics.median(first), statistics.median(bound)))
    finally:
        subprocess.run([args.hearth, 'remove', folder, *store], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.rmtree(folder)


main()
