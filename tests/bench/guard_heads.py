"""What the guards' heads (src/gate/guard/head.c) are learned from: vectors of meaning, and scores of models that did not learn
the text, for a score of one's own lessons is too sure. Orders are held out by where they come from (a wording that nobody has
seen is what the vector is for), all else by its hash. Of what is not doubted (below LEAST a piece of a passage is not asked about,
a question is) every order, ODD and one in CALM of the rest is learned from.

The head of injection learns on (learn_on): what is asked and said in other languages was no part of its lessons, and of its lessons
of old only the head is left, so a second one hears its score, and both are folded into one.

The probe of unsafe questions is a head over a state of the language model (HEARTH_GUARD_MODEL: Qwen2.5-Coder 1.5B in q4_k_m for what
ships): after LAYER of its layers, of the question's last token. It knows so much that some 1,500 lessons do.

Vectors come from HEARTH_GUARD_EMBED (multilingual-e5-small), by `guard embed`, states by `guard states`; HEARTH_GUARD_VECTORS names a
folder that keeps them between runs, a file for each kind; what was reckoned before a run is stopped need not be reckoned again.
"""
import csv, hashlib, io, os, random, re, subprocess, sys, tempfile
import guard_harm as harm, guard_questions as questions, guard_texts as texts, guard_twins as twins

GUARD = sys.argv[1]
LEAST, CALM = .003, {'injection': 2, 'unsafe': 6}
# hidden units, epochs, rate, decay, how much more an order counts
LEARN = {'injection': ['0', '20', '0.05', '0.06', '1'], 'unsafe': ['0', '20', '0.05', '0.06', '0.35']}
# Words that were put together here are known to words: a head that hears their score trusts it, and XSTest fools it.
DEAF = {'unsafe'}
# Which layers' states are looked at (bit i: after layer i + 1; 0: the model's own vector).
LAYERS = {kind: 1 << 5 | 1 << 7 | 1 << 9 for kind in LEARN}
FAMILY = {'garak': 0, 'giskard': 0, 'pyrit': 1, 'mini': 1, 'promptinject': 1, 'agentdojo': 1, 'bench': 1, 'cyberseceval': 2,
          'spikee': 3, 'bastioncorpus': 3, 'bastionprobe': 3, 'nullsec': 3, 'safeguard/injection': 0, 'llmail-inject': 0,
          'lakera/gandalf': 1, 'deepset/prompt-injections': 2, 'satml-ctf-2024': 3}
FOLDS = 4
MOST, OFTEN = 400, 5 # orders of one source; how often a row of XSTest counts


def plain(text):
    return re.sub(r'\s+', ' ', text)


def digest(text):
    return hashlib.sha1(plain(text).encode()).digest()


def lines(rows):
    return ''.join('%d\t%s\n' % (label, plain(text)) for label, text in rows).encode()


class Vectors:
    """What `guard embed LAYERS` or `guard states LAYER` says of texts."""
    def __init__(self, layers, command='embed'):
        folder = os.environ.get('HEARTH_GUARD_VECTORS')
        self.layers, self.command, self.known = str(layers), command, {}
        self.path = folder and os.path.join(folder, ('layers-%d' if command == 'embed' else 'states-%d') % layers)
        self.bytes = len(subprocess.run([GUARD, command, self.layers], input=b'0\tWhy?\n', capture_output=True, check=True).stdout)
        if self.path and os.path.exists(self.path):
            data, row = open(self.path, 'rb').read(), 20 + self.bytes
            for at in range(0, len(data) - len(data) % row, row):
                self.known[data[at:at + 20]] = data[at + 20:at + row]

    def of(self, rows, slice=250):
        """The vectors of the texts of (label, text) rows, one behind the other."""
        missing = [t for t in dict.fromkeys(plain(t) for _, t in rows) if digest(t) not in self.known]
        for at in range(0, len(missing), slice):
            part = missing[at:at + slice]
            out = subprocess.run([GUARD, self.command, self.layers], input=lines((0, t) for t in part), capture_output=True, check=True).stdout
            assert len(out) == self.bytes * len(part), (len(out), len(part))
            new = {digest(t): out[self.bytes * i:self.bytes * (i + 1)] for i, t in enumerate(part)}
            self.known.update(new)
            if self.path:
                with open(self.path, 'ab') as f:
                    f.write(b''.join(k + v for k, v in new.items()))
        return b''.join(self.known[digest(t)] for _, t in rows)


def held_out(kind, fold_of, rows, learn, scores):
    """A score for each (label, text) by a model that learned the other folds (PROSE is for heads only)."""
    found = [0.0] * len(rows)
    with tempfile.TemporaryDirectory() as folder:
        for k in range(FOLDS):
            path = os.path.join(folder, 'model')
            learn(kind, [r for r, f in zip(rows, fold_of) if f != k and r[1] not in PROSE], path)
            mine = [i for i, f in enumerate(fold_of) if f == k]
            for i, v in zip(mine, scores(kind, [rows[i] for i in mine], [path, ''])[0]):
                found[i] = v
    return found


PROSE = set(texts.phrases.prose(60))
ODD = PROSE | set(texts.markup(700))


def lent(kind, row, score):
    return score >= LEAST or row[0] or row[1] in ODD or digest(row[1])[2] % CALM[kind] == 0


def learn_head(kind, rows, found, vectors, path, options=None):
    """From what is doubted, by its score `found`, and a share of the rest."""
    doubted = [(r, v) for r, v in zip(rows, found) if lent(kind, r, v)]
    with tempfile.NamedTemporaryFile() as file:
        file.write(vectors.of([r for r, _ in doubted]))
        file.flush()
        subprocess.run([GUARD, 'head', path, file.name, *(options or LEARN[kind]), str(LEAST), vectors.layers],
                       input=''.join('%d\t%.6f\n' % (r[0], .5 if kind in DEAF else v) for r, v in doubted).encode(), check=True)
    return len(doubted)


# ---- a head that learns on ----

ON, ON_SHARE = ['0', '20', '0.05', '0.1', '2'], '0.7'


def on_rows():
    """(label, text): what people ask and say in eleven languages, and of all else that the head has learned from a part."""
    draw, again, pool = random.Random(3), random.Random(17), {}
    rows = [(0, t) for _, t in questions.made(400)]
    rows += [(int(order), t) for order in (False, True) for _, _, t in texts.phrases.made(240, order)]
    attacks = [plain(t) for t in texts.from_cyberseceval(0)]
    draw.shuffle(attacks)
    rows += [(1, p) for t in attacks for p in texts.pieces(t)[:1]]
    orders = [t for source, t in texts.orders() if source != 'cyberseceval' and len(t) <= 350]
    draw.shuffle(orders)
    rows += [(1, t) for t in orders[:800]]
    for source, text in texts.ordinary():
        pool.setdefault(source, []).extend(texts.pieces(text))
    for source in sorted(pool):
        rows += [(0, t) for t in texts.sample(pool[source], 700, draw)]
    rows += [(0, t) for t in sorted(PROSE)[:400] + texts.markup(300)]
    for source in sorted(pool): # few of these are doubted, fewest of the Chinese ones
        rows += [(0, t) for t in texts.sample(pool[source], 6000 if source == 'chinese' else 3000, again)]
    return list(dict.fromkeys((label, plain(t).strip()) for label, t in rows if t.strip()))


def learn_on(rows, found, vectors, path):
    """The head in `path` becomes one that has learned these rows, too: a second one hears its scores and is folded into it."""
    doubted = [(r, v) for r, v in zip(rows, found) if v >= LEAST]
    said = asked(path, [r for r, _ in doubted], [v for _, v in doubted], vectors)
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as file:
        second = os.path.join(folder, 'second')
        file.write(vectors.of([r for r, _ in doubted]))
        file.flush()
        subprocess.run([GUARD, 'head', second, file.name, *ON, str(LEAST), vectors.layers],
                       input=''.join('%d\t%.6f\n' % (r[0], v) for (r, _), v in zip(doubted, said)).encode(), check=True)
        subprocess.run([GUARD, 'fold', path, second, path, ON_SHARE], input=b'', check=True)
    return len(doubted)


# ---- the probe ----

LAYER, PROBED = 16, ['0', '20', '0.05', '0.06', '0.5']
PROBE_LEAST, PROBE_OFTEN = .1, 3


def probe_rows():
    """(source, label, text): requests and twins made here, published requests, ordinary questions, and the even rows of XSTest."""
    draw, out, pool = random.Random(77), [], {}

    def add(source, rows, most):
        rows = [r for r in dict.fromkeys((label, plain(t).strip()) for label, t in rows) if 4 <= len(r[1]) <= 220]
        draw.shuffle(rows)
        out.extend((source, *r) for r in rows[:most])
    add('requests', [(1, harm.unsafe_request(draw)) for _ in range(400)], 100)
    add('requests', [(0, harm.harmless_request(draw)) for _ in range(400)], 100)
    add('framed', [(label, harm.framed_request(draw, label)) for label in (0, 1) for _ in range(300)], 150)
    add('Chinese', [(label, harm.chinese_request(draw, label)) for label in (0, 1) for _ in range(300)], 120)
    add('published', [(1, t) for t in harm.published()], 250)
    for source, made in (('twins', twins.english), ('Chinese twins', twins.chinese), ('of old', twins.of_old)):
        add(source, [(label, made(draw, label)) for label in (0, 1) for _ in range(300)], 120)
    for source, text in texts.ordinary():
        pool.setdefault(source, []).extend(texts.pieces(text))
    add('questions', [(0, t) for t in texts.sample(pool['questions'], 1000, draw)], 620)
    add('documents', [(0, t) for t in texts.sample(pool['documents'], 500, draw)], 60)
    add('Chinese texts', [(0, t) for t in texts.sample(pool['chinese'], 500, draw)], 80)
    for r in csv.DictReader(io.StringIO(texts.opened('guard/xstest/xstest_prompts.csv'))):
        if int(r['id']) % 2 == 0 and r['type'] != 'contrast_privacy': # of one's own people one may ask
            out.append(('XSTest ' + r['type'], int(r['label'] == 'unsafe'), plain(r['prompt']).strip()))
    return out


def learn_probe(rows, states, path, options=None):
    """From (source, label, text) rows; XSTest's count more."""
    rows = [(label, text) for source, label, text in rows for _ in range(PROBE_OFTEN if source.startswith('XSTest') else 1)]
    with tempfile.NamedTemporaryFile() as file:
        file.write(states.of(rows))
        file.flush()
        subprocess.run([GUARD, 'probe', path, file.name, *(options or PROBED), str(PROBE_LEAST), str(1 << (LAYER - 1))],
                       input=''.join('%d\t0.5\n' % label for label, _ in rows).encode(), check=True)
    return len(rows)


def by_hash(text):
    return hashlib.md5(text.encode()).digest()[1] % FOLDS


def injection_rows(rows):
    """What the head may learn from, and the fold of every row of `rows`, which the model of words learns from."""
    source = {plain(p): s for s, t in texts.orders() for p in [t, *texts.pieces(t)]}
    group = {}
    for order in (True, False):
        for number, language, text in texts.phrases.made(texts.PHRASED, order):
            group[plain(text)] = number
            source[plain(text)] = 'phrases ' + language
    fold_of = [group[plain(t)] if plain(t) in group else FAMILY[source[plain(t)]] if label and plain(t) in source else by_hash(t) for label, t in rows]
    count, chosen = {}, set()
    for label, text in sorted(set(rows), key=lambda r: digest(r[1])):
        name = (label, source.get(plain(text), 'made' if label else ''))
        count[name] = count.get(name, 0) + 1
        if text in ODD or count[name] <= (MOST if label else 600 if name[1] else 12000):
            chosen.add((label, text))
    return fold_of, chosen


def unsafe_rows(count=1500, share=90):
    """(label, text): a part of guard_harm's lessons by hash, and the even rows of XSTest, as often as they count there."""
    rows = dict.fromkeys((label, plain(t)) for label, t in harm.lessons(count, 1, True) if len(t) <= 200)
    asked = {plain(r['prompt']) for r in harm.csv.DictReader(harm.io.StringIO(texts.opened('guard/xstest/xstest_prompts.csv')))}
    return [r for r in rows if r[1] in asked or hashlib.md5(r[1].encode()).digest()[0] < share], asked


def choose(kind, rows, found, fold_of, vectors, scores, options, bar=.05):
    """Recall of what a head did not learn, at `bar` false positives among the doubted: by fold, of the learning half only."""
    pool = [(r, v, f) for r, v, f in zip(rows, found, fold_of) if lent(kind, r, v)]
    for option in options:
        shares = []
        for k in range(FOLDS):
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, 'head')
                learn_head(kind, [r for r, _, f in pool if f != k], [v for _, v, f in pool if f != k], vectors, path, option)
                mine = [(r, v) for r, v, f in pool if f == k]
                said = asked(path, [r for r, _ in mine], [v for _, v in mine], vectors)
                calm = sorted((s for s, (r, _) in zip(said, mine) if not r[0]), reverse=True)
                shares.append(sum(s > calm[int(bar * len(calm))] for s, (r, _) in zip(said, mine) if r[0]) / sum(r[0] for r, _ in mine))
        print('%s %s: %s mean %.3f' % (kind, ' '.join(option), ' '.join('%.3f' % s for s in shares), sum(shares) / FOLDS), flush=True)


def asked(path, rows, found, vectors):
    """What a head makes of scores and vectors."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(vectors.of(rows))
        file.flush()
        out = subprocess.run([GUARD, 'apply', path, file.name], input=''.join('0\t%.6f\n' % v for v in found).encode(),
                             capture_output=True, check=True).stdout
    return [float(v) for v in out.split()]
