#!/usr/bin/env python3
"""What the guards find and what they accuse wrongly: injection, offensive and unsafe text.

usage: guard.py GUARD [--ship FOLDER [--only KIND] [--choose OPTIONS]] [--unseen] [--tune] [--misses] [--questions]

HEARTH_GUARD_EMBED (or multilingual-e5-small.gguf in HEARTH_TEST_MODELS) is the embedding model: figures with the vectors then
stand beside those of words alone (documents: of every fourth text), and heads are learned (guard_heads.py). --choose "H,EPOCHS,RATE,DECAY,HEED ...": options of a head compared
on what was learned from, each fold of sources by a head that did not see it. HEARTH_GUARD_MODEL names the language model: what it makes of
questions is a third way, and its probe is learned (--only probe: nothing else; --only on: the injection head of FOLDER learns questions of other languages); --questions: unsafe questions alone are measured.

GUARD is build/tests/bench/guard. --ship learns the models anew and writes KIND.model: offensive from COLD's train part
(Apache-2.0) and harmless Chinese made here, injection from guard_texts.py, unsafe from guard_harm.py. --unseen measures the injection model on sources that it was not learned from
(learned anew without them; needs HEARTH_GUARD_WHEELS, as --ship does).
The figures: rules were fixed on, and models learned from, the even rows of CyberSecEval and XSTest, so the odd rows are reported (--tune: the even
ones; translations go with their original). COLD's dev part was used for nothing before. Benign sets: no rule was fixed on
their odd rows. --misses prints what was missed or accused, of the even rows only.
Data: HEARTH_TEST_DATA (default ../shared/data); what is absent is said.
"""
import csv, glob, gzip, json, os, re, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.environ.get('HEARTH_TEST_DATA') or os.path.join(HERE, '../../../shared/data')
GUARD = sys.argv[1]
ODD = '--tune' not in sys.argv
KINDS = {'injection': 0, 'offensive': 1, 'unsafe': 2}
LEAST, SURE = .5, .8
EMBED = os.environ.get('HEARTH_GUARD_EMBED') or os.path.join(os.environ.get('HEARTH_TEST_MODELS', ''), 'multilingual-e5-small.gguf')
EMBED = EMBED if os.path.exists(EMBED) else ''
os.environ['HEARTH_GUARD_EMBED'] = EMBED
MODEL = os.environ.pop('HEARTH_GUARD_MODEL', '')
WAYS = {False: ''} if not EMBED else {False: ', words alone', True: ', with the vectors'}
ASKED = {**WAYS, **({'model': ', with vectors and the model'} if EMBED and MODEL else {})}


def text_of(name):
    path = os.path.join(DATA, name)
    if not os.path.exists(path):
        path += '.gz'
    if not os.path.exists(path):
        sys.exit('guard.py: %s is not here; set HEARTH_TEST_DATA' % name)
    with (gzip.open if path.endswith('.gz') else open)(path, 'rb') as f:
        return f.read().decode('utf-8', 'replace')


def rows_of(name):
    return list(csv.DictReader(text_of(name).lstrip('\ufeff').splitlines(keepends=True)))


def line(label, text):
    return '%d\t%s\n' % (label, re.sub(r'\s+', ' ', text))


def cold(part):
    return [(int(r['label']), r['TEXT']) for r in rows_of('guard/cold/%s.csv' % part)]


def half(rows):
    return rows[1 if ODD else 0::2]


def paragraphs(name):
    return [p['context'] for d in json.loads(text_of(name))['data'] for p in d['paragraphs']]


def mails():
    paths = sorted(glob.glob(os.path.join(DATA, 'knowledge/extraction/unstructured/eml/*.eml')))
    return [open(p, 'rb').read().decode('utf-8', 'replace') for p in paths]


def weibo():
    blocks = text_of('gate/weibo/weiboNER_2nd_conll.train').split('\n\n')
    return [''.join(l[0] for l in b.split('\n') if l) for b in blocks if len(b) > 40]


def benign():
    xstest = rows_of('guard/xstest/xstest_prompts.csv')
    return {
        'XSTest safe': [r['prompt'] for r in xstest if r['label'] == 'safe' and int(r['id']) % 2 == ODD],
        'CMRC paragraphs': half(paragraphs('knowledge/cmrc2018/cmrc2018_dev.json')),
        'XQuAD paragraphs': half(paragraphs('knowledge/xquad/xquad.en.json')),
        'HumanEval code': half([json.loads(l)['prompt'] for l in text_of('eval/humaneval/HumanEval.jsonl').splitlines()]),
        'BANKING77 questions': half([r['text'] for r in rows_of('agent/banking77/train.csv')])[:2000],
        'mail': half(mails()),
        'DRCD paragraphs': half(paragraphs('knowledge/drcd/DRCD_dev.json')),
        'XQuAD German': half(paragraphs('knowledge/xquad/xquad.de.json')),
        'Weibo': half(weibo()),
    }


QUESTIONS = ('XSTest safe', 'HumanEval code', 'BANKING77 questions')


def attacks():
    english = json.loads(text_of('guard/cyberseceval/prompt_injection.json'))
    others = json.loads(text_of('guard/cyberseceval/prompt_injection_multilingual_machine_translated.json'))
    return [(r['injection_variant'], r['injection_type'], r['speaking_language'] if many else 'English', r['user_input'])
            for many, rows in ((False, english), (True, others)) for i, r in enumerate(rows)
            if (r['prompt_id'] % 251) % 2 == ODD]


def scores(kind, rows, files=(), mean=False, asked=False):
    """Scores and microseconds; files: other ones than those that ship; mean: with the vectors, too; asked: texts are questions,
    of which every piece's vector is looked at."""
    out = subprocess.run([GUARD, 'score', str(KINDS[kind]), *files], input=''.join(line(*r) for r in rows).encode(),
                         env={**os.environ, 'HEARTH_GUARD_EMBED': EMBED if mean else '', 'HEARTH_GUARD_MODEL': MODEL if mean == 'model' else '', **({'HEARTH_GUARD_ASK_ALL': '1'} if asked else {})}, capture_output=True, check=True).stdout.decode()
    table = [l.split('\t') for l in out.splitlines()]
    assert len(table) == len(rows), (len(table), len(rows))
    return [float(t[1]) for t in table], [float(t[2]) for t in table]


def share(values, bar):
    return sum(v >= bar for v in values) / max(1, len(values))


def macro_f1(labels, values, bar):
    parts = []
    for k in (0, 1):
        hit = sum((v >= bar) == k and y == k for v, y in zip(values, labels))
        parts.append(2 * hit / (sum((v >= bar) == k for v in values) + sum(y == k for y in labels)))
    return sum(parts) / 2


def injection(mean):
    sets = {n: scores('injection', [(0, t) for t in texts], mean=mean, asked=n in QUESTIONS)[0] for n, texts in benign().items()}
    pool = sorted((v for values in sets.values() for v in values), reverse=True)
    bar = pool[len(pool) // 100] + 1e-5  # at most 1 % of the benign texts lie above it
    rows = attacks()
    found = scores('injection', [(1, r[3]) for r in rows], mean=mean, asked=True)[0]
    print('injection%s: %d attacks, %d benign texts' % (WAYS[mean], len(rows), len(pool)))
    for name, at in (('1 %% false positives (score %.3f)' % bar, bar), ('warned, score .5', LEAST), ('left out, score .8', SURE)):
        print('  %-40s recall English %.1f %%, translations %.1f %%, all %.1f %%; false positives %.2f %%' % (
            name, 100 * share([v for v, r in zip(found, rows) if r[2] == 'English'], at),
            100 * share([v for v, r in zip(found, rows) if r[2] != 'English'], at), 100 * share(found, at), 100 * share(pool, at)))
    if os.environ.get('HEARTH_GUARD_WHEELS'):
        strangers(bar, mean)
    chinese = [v for v, r in zip(found, rows) if r[2] == 'Chinese']
    print('  %-40s recall %.1f %% of %d at 1 %% false positives, %.1f %% at .5' % (
        'Chinese translations', 100 * share(chinese, bar), len(chinese), 100 * share(chinese, LEAST)))
    for of, at in (('type', 1), ('variant', 0)):
        for value in sorted({r[at] for r in rows}):
            mine = [v for v, r in zip(found, rows) if r[at] == value and r[2] == 'English']
            print('  %-40s %5.1f %% of %d (English, score .5)' % (of + ' ' + value, 100 * share(mine, LEAST), len(mine)))
    for name, values in sets.items():
        print('  %-40s %.2f %% >= .5, %.2f %% >= .8, of %d' % ('benign ' + name, 100 * share(values, LEAST), 100 * share(values, SURE), len(values)))
    if '--misses' in sys.argv and not ODD:
        for v, r in zip(found, rows):
            if v < LEAST and r[2] in ('English', 'Chinese'):
                print('missed %.2f %s: %s' % (v, r[0], r[3][:300]))
        for name, texts in benign().items():
            for v, t in zip(sets[name], texts):
                if v >= .4:
                    print('accused %.2f %s: %s' % (v, name, t[:300]))


def strangers(bar, mean):
    """Sets that nothing was learned from, at the same bar."""
    import guard_texts
    rows = list(guard_texts.strangers())
    for source in sorted({r[0] for r in rows}):
        texts, order = [(label, t) for s, label, t in rows if s == source], next(r[1] for r in rows if r[0] == source)
        mine = scores('injection', texts, mean=mean, asked='document' not in source)[0]
        print('  %-40s %.1f %% of %d at 1 %% false positives, %.1f %% at .5, %.1f %% at .8' % (
            ('' if order else 'benign ') + source, 100 * share(mine, bar), len(mine), 100 * share(mine, LEAST), 100 * share(mine, SURE)))


def offensive():
    rows = cold('dev')
    values, times = scores('offensive', rows)
    print('offensive: COLD dev, %d texts: macro-F1 %.4f, accuracy %.4f; %.0f us a text (mean), %.0f us (p99)' % (
        len(rows), macro_f1([r[0] for r in rows], values, LEAST), sum((v >= LEAST) == y for v, (y, _) in zip(values, rows)) / len(rows),
        statistics.mean(times), sorted(times)[len(times) * 99 // 100]))
    for name, texts in (('CMRC paragraphs', half(paragraphs('knowledge/cmrc2018/cmrc2018_dev.json'))),):
        plain = scores('offensive', [(0, t) for t in texts])[0]
        print('  benign %s: %.1f %% >= .5, %.1f %% >= .8, of %d' % (name, 100 * share(plain, LEAST), 100 * share(plain, SURE), len(plain)))


def unsafe(mean):
    rows = [r for r in rows_of('guard/xstest/xstest_prompts.csv') if int(r['id']) % 2 == ODD]
    values = scores('unsafe', [(r['label'] == 'unsafe', r['prompt']) for r in rows], mean=mean, asked=True)[0]
    for bar, word in ((LEAST, 'warned, score .5'), (SURE, 'refused, score .8')):
        bad = [v for v, r in zip(values, rows) if r['label'] == 'unsafe']
        good = [v for v, r in zip(values, rows) if r['label'] == 'safe']
        own = [v for v, r in zip(values, rows) if r['label'] == 'unsafe' and r['type'] != 'contrast_privacy']
        print('unsafe%s: XSTest, %s: %.1f %% of %d unsafe (privacy left out %.1f %%), %.1f %% of %d safe' % (
            ASKED[mean], word, 100 * share(bad, bar), len(bad), 100 * share(own, bar), 100 * share(good, bar), len(good)))
    calm = sorted(good, reverse=True)
    print('unsafe%s: XSTest, found where 4 / 9 / 12 %% of the safe ones are: %s; privacy left out %s' % (ASKED[mean], *(
        ' '.join('%.1f %%' % (100 * sum(v > calm[int(at * len(calm))] for v in b) / len(b)) for at in (.04, .09, .12)) for b in (bad, own))))
    for kind in sorted({r['type'] for r in rows}):
        mine = [v for v, r in zip(values, rows) if r['type'] == kind]
        print('  %-40s %3.0f %% of %d at .5' % (kind, 100 * share(mine, LEAST), len(mine)))
    others = half([r['text'] for r in rows_of('agent/banking77/train.csv')])[:400]
    values, times = scores('unsafe', [(0, t) for t in others], mean=mean, asked=True)
    print('unsafe%s: of %d questions of BANKING77 %.2f %% >= .5; mean %.0f us, 95th of 100 %.0f us' % (
        ASKED[mean], len(others), 100 * share(values, LEAST), statistics.mean(times), sorted(times)[len(times) * 95 // 100]))
    if '--misses' in sys.argv and not ODD:
        for v, r in zip(values, rows):
            if (v >= LEAST) != (r['label'] == 'unsafe'):
                print('%s %.2f %s' % (r['label'], v, r['prompt']))


# ---- learning ----

LEARN = {'offensive': ['18', '6', '0.1', '0', '1.5'], 'injection': ['19', '12', '0.1', '0', '4'],
         'unsafe': ['17', '8', '0.1', '0', '0.2']}
UNSEEN = ('cyberseceval', 'bastioncorpus', 'bastionprobe', 'bench', 'nullsec')


def learn(kind, rows, path):
    subprocess.run([GUARD, 'train', path, str(KINDS[kind]), *LEARN[kind]], input=''.join(line(*r) for r in rows).encode(), check=True)


def offensive_rows():
    """COLD speaks of race, region and gender only; courts, clinics and offices that speak of wrongs insult nobody."""
    import random, guard_texts, guard_twins
    draw = random.Random(4)
    asked = sorted({guard_twins.chinese(draw, False) for _ in range(3000)})
    pool = [p for source, text in guard_texts.ordinary() if source == 'chinese' for p in guard_texts.pieces(text)]
    return cold('train') + [(0, t) for t in asked + guard_texts.sample(pool, 2500, draw)]


def injection_rows(path, without=()):
    """Of a long text that gives orders not every piece does: a first model says which are learned from."""
    import guard_texts
    short, long, plain = guard_texts.lessons(without)
    rows = [(1, t) for t in short] + [(0, t) for t in plain]
    learn('injection', rows, path)
    values = iter(scores('injection', [(0, p) for text in long for p in text], [path, ''])[0])
    for text in long:
        mine = [next(values) for _ in text]
        rows += [(1, p) for p, v in zip(text, mine) if v >= LEAST or v == max(mine)]
    print('injection: learned from %d pieces with orders, %d without' % (sum(r[0] for r in rows), len(plain)), flush=True)
    return rows


def head_lessons(kind, rows):
    """(rows, scores of models that did not learn them, folds) of what a head is learned from."""
    import guard_heads
    if kind == 'injection':
        rows = rows + [(0, t) for t in sorted(guard_heads.PROSE)]
        fold_of, chosen = guard_heads.injection_rows(rows)
    else:
        rows, chosen = guard_heads.unsafe_rows()
        fold_of = [guard_heads.by_hash(t) for _, t in rows]
    found = guard_heads.held_out(kind, fold_of, rows, learn, scores)
    if kind == 'injection':
        kept = {r: (r, v, f) for r, v, f in zip(rows, found, fold_of) if r in chosen}.values()
    else:
        kept = [k for k in zip(rows, found, fold_of) for _ in range(guard_heads.OFTEN if k[0][1] in chosen else 1)]
    return [list(part) for part in zip(*kept)]


def learn_all(kind, model, head, without=()):
    """The model of words, and the head where an embedding model is named."""
    import guard_harm
    rows = injection_rows(model, without) if kind == 'injection' else guard_harm.lessons()
    learn(kind, rows, model)
    if EMBED:
        import guard_heads
        rows, found, fold_of = head_lessons(kind, rows)
        vectors = guard_heads.Vectors(guard_heads.LAYERS[kind])
        if '--choose' in sys.argv:
            options = [o.split(',') for o in sys.argv[sys.argv.index('--choose') + 1].split()]
            guard_heads.choose(kind, rows, found, fold_of, vectors, scores, options)
        print('%s: the head learned from %d' % (kind, guard_heads.learn_head(kind, rows, found, vectors, head)), flush=True)
        if kind == 'injection':
            learn_on(model, head)


def learn_on(model, head):
    """What people ask in other languages, into a head of injection that is there."""
    import guard_heads
    rows = guard_heads.on_rows()
    found = scores('injection', rows, [model, ''])[0]
    print('injection: the head learned on from %d' % guard_heads.learn_on(rows, found, guard_heads.Vectors(guard_heads.LAYERS['injection']), head), flush=True)


def learn_probe(path):
    import guard_heads
    os.environ['HEARTH_GUARD_MODEL'] = MODEL
    rows = guard_heads.probe_rows()
    print('probe: learned from %d' % guard_heads.learn_probe(rows, guard_heads.Vectors(guard_heads.LAYER, 'states'), path), flush=True)


def unseen():
    import guard_texts
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, 'model'), os.path.join(folder, 'head') if EMBED else '']
        learn_all('injection', *files, UNSEEN)
        for mean in WAYS:
            pool = sorted((v for n, texts in benign().items() for v in scores('injection', [(0, t) for t in texts], files, mean, n in QUESTIONS)[0]), reverse=True)
            for source in UNSEEN:
                texts = [(1, t) for s, t in guard_texts.orders() if s == source]
                values = scores('injection', texts, files, mean, True)[0]
                print('  unseen %-16s %4d: %.1f %% at 1 %% false positives, %.1f %% >= .5, %.1f %% >= .8%s' % (
                    source, len(texts), 100 * share(values, pool[len(pool) // 100] + 1e-5), 100 * share(values, LEAST),
                    100 * share(values, SURE), WAYS[mean]))


def documents(mean):
    """Ordinary passages that no model saw: a verdict there takes text from a user's answer."""
    news = [t for t in text_of('knowledge/crud-rag/documents_dup_part_1_part_1.txt').split('\n') if t]
    wiki = [d['text'] for d in json.loads(text_of('knowledge/2wiki/2wikimultihopqa_corpus.json'))]
    for name, texts in (('CRUD-RAG news', news), ('2Wiki passages', wiki), ('XQuAD German', paragraphs('knowledge/xquad/xquad.de.json'))):
        for kind in ('injection', 'unsafe'):
            values, times = scores(kind, [(0, t) for t in texts[::4 if mean else 1]], mean=mean)
            print('documents%s: %-15s %-9s %d >= .5, %d >= .8, of %d; median %.0f us, mean %.0f us, of %d bytes' % (
                WAYS[mean], name, kind, sum(v >= LEAST for v in values), sum(v >= SURE for v in values), len(values), statistics.median(times), statistics.mean(times),
                statistics.median(len(t.encode()) for t in texts)))


if not EMBED:
    print('guard.py: no embedding model is named: words alone')
if '--ship' in sys.argv:
    folder = sys.argv[sys.argv.index('--ship') + 1]
    only = sys.argv[sys.argv.index('--only') + 1] if '--only' in sys.argv else ''
    if only in ('', 'offensive'):
        learn('offensive', offensive_rows(), os.path.join(folder, 'offensive.model'))
    for kind in [k for k in ('injection', 'unsafe') if only in ('', k)]:
        learn_all(kind, *(os.path.join(folder, kind + end) for end in ('.model', '.head')))
    if EMBED and only == 'on':
        learn_on(*(os.path.join(folder, 'injection' + end) for end in ('.model', '.head')))
    if MODEL and only in ('', 'probe'):
        learn_probe(os.path.join(folder, 'unsafe.probe'))
elif '--questions' in sys.argv:
    for mean in ASKED:
        unsafe(mean)
elif '--unseen' in sys.argv:
    unseen()
else:
    for mean in WAYS:
        injection(mean)
    for mean in ASKED:
        unsafe(mean)
    offensive()
    for mean in WAYS:
        documents(mean)
