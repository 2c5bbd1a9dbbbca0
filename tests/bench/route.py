#!/usr/bin/env python3
"""The router's figures: macro-APGR over recorded pairs of a weak and a strong model, out of fold.

usage: tests/bench/route.py ROUTE_FOLD [--ship SRC_FILE]
       (data: HEARTH_TEST_DATA/route and /eval, default ../shared/data; ROUTE_FOLD: build/tests/bench/route_fold)

A question is routed by a score; sending the questions with the largest scores to the strong model first, APGR is the
mean, over all shares sent, of the performance gap recovered (RouteLLM, arXiv 2406.18665); random order gives .5.
Five folds by SHA-256 of the question's stem (so that a question stands in one fold whatever its set calls it); what
is nearly the same question stands in the same fold: Winogrande has sentences twice with a word changed, MMLU asks
several questions about one passage. Every number of a question comes from models that never saw its fold.
Two models stand behind a score: an earlier one, trained on the *other* sets only (questions whose stem is in this set
left out), and one trained on this set's other folds, which may hear what the earlier one says. `earlier` is the first alone: what Hearth would do with a pair of
models nobody measured. `tf-idf` is TfidfVectorizer(1-2-grams) and Ridge of scikit-learn in the same folds.
Choice flips: the threshold that keeps 70 % here; share of questions whose choice changes in upper case, with typing
errors, with words of courtesy around them.

--ship trains the model that Hearth ships, on sets whose licence allows it: RouteLLM's MMLU and GSM8K outcomes
(Apache-2.0; questions MIT), ulab LLMRouter's outcomes (MIT), and GSM8K's training questions (MIT), for which no
outcome is recorded: the number of steps of the worked solution stands for it.
"""
import ast, collections, csv, glob, gzip, hashlib, json, os, random, re, subprocess, sys, tempfile

csv.field_size_limit(1 << 30)
DATA = os.environ.get('HEARTH_TEST_DATA', '../shared/data')
FOLDS = 5
OPTIONS = ['64', '24', '6', '0.6']   # trees, leaf, alpha, teacher
EARLIER = ['48', '20', '2', '0']
MIXTRAL, GPT4 = 'mistralai/Mixtral-8x7B-Instruct-v0.1', 'gpt-4-1106-preview'
STRONG = {'ulab': ['llama-3.1-nemotron-51b-instruct', 'llama-3.3-nemotron-super-49b-v1'],
          'routerbench': ['gpt-4-1106-preview', 'claude-v1', 'claude-v2'], 'mmlu': [GPT4], 'gsm8k': [GPT4]}
WEAK = {'ulab': ['mistral-7b-instruct-v0.3', 'qwen2.5-7b-instruct', 'gemma-2-9b-it', 'llama-3.1-8b-instruct'],
        'routerbench': ['mistralai/mistral-7b-chat', 'mistralai/mixtral-8x7b-chat', 'meta/llama-2-70b-chat',
                        'gpt-3.5-turbo-1106', 'zero-one-ai/Yi-34B-Chat'], 'mmlu': [MIXTRAL], 'gsm8k': [MIXTRAL]}
PAIRS = [('RouteLLM MMLU, Mixtral/GPT-4', 'mmlu', MIXTRAL, GPT4),
         ('RouteLLM GSM8K, Mixtral/GPT-4', 'gsm8k', MIXTRAL, GPT4),
         ('ulab Mistral-7B/Nemotron-51B', 'ulab', 'mistral-7b-instruct-v0.3', 'llama-3.1-nemotron-51b-instruct'),
         ('ulab Qwen2.5-7B/Nemotron-51B', 'ulab', 'qwen2.5-7b-instruct', 'llama-3.1-nemotron-51b-instruct'),
         ('RouterBench Mistral-7B/GPT-4', 'routerbench', 'mistralai/mistral-7b-chat', GPT4),
         ('RouterBench Mixtral/GPT-4', 'routerbench', 'mistralai/mixtral-8x7b-chat', GPT4)]


def opened(path):
    path = os.path.join(DATA, path)
    if os.path.exists(path):
        return open(path, encoding='utf-8', newline='')
    return gzip.open(path + '.gz', 'rt', encoding='utf-8', newline='')


def load():
    """name -> list of (question, {model: 0..1})."""
    sets, truth = {}, lambda row: {m: float(row[m] == 'True') for m in (MIXTRAL, GPT4)}
    names = sorted(glob.glob(os.path.join(DATA, 'route/routellm/mmlu/*.csv*')))
    sets['mmlu'] = [(r['prompt'], truth(r)) for n in names
                    for r in csv.DictReader(opened(os.path.relpath(n, DATA).removesuffix('.gz')))]
    dirty = {json.loads(line).get('eval_prompt') for line in opened('route/routellm/gsm8k/contaminated_prompts.jsonl')}
    sets['gsm8k'] = [(r['prompt'], truth(r)) for r in csv.DictReader(opened('route/routellm/gsm8k/gsm8k_responses.csv'))
                     if r['prompt'] not in dirty]
    sets['ulab'] = [(r['question'], r['scores']) for r in json.load(opened('route/ulab-llmrouter/train.json'))]
    sets['routerbench'] = []
    for name in ('arc_challenge', 'mbpp', 'winograde'):
        for r in csv.DictReader(opened(f'route/routerbench/{name}_train.csv')):
            models = [k for k in r if k + '|model_response' in r]
            if any(r[m] == '' for m in models):
                continue
            prompt = r['prompt']
            if prompt.startswith('['):
                prompt = ast.literal_eval(prompt)[0]
            sets['routerbench'].append((prompt, {m: float(r[m]) for m in models}))
    return sets


def stem(text):
    """The last question of a prompt without its options and instructions, for folds only."""
    text = re.split(r'Answer:\s*\n?\s*[A-J]\s*\n\n', text)[-1]
    text = re.sub(r'(Print only a single choice[^\n]*?without explanation\.|Please answer with the letter[^\n.]*\.)', '', text)
    text = re.split(r'\n\s*\(?A[).:]\s', text)[0]
    return re.sub(r'[^a-z0-9]+', ' ', text.lower()).strip()


def runs(text):
    """Three words in a row, all of them; of a text of fewer than five words the text."""
    words = text.split()
    return frozenset(zip(words, words[1:], words[2:])) if len(words) > 4 else frozenset([tuple(words)])


def folds_of(questions):
    """By the hash of the first question's stem among those that are nearly alike: two that share four tenths of
    their runs (of those that either has), and whatever is alike to one of them. Runs of over 60 questions are form."""
    stems = [stem(q) for q in questions]
    parts, holders, first = [runs(s) for s in stems], collections.defaultdict(list), list(range(len(stems)))

    def root(i):
        while first[i] != i:
            i = first[i]
        return i

    for i, part in enumerate(parts):
        for run in part:
            holders[run].append(i)
    for i, part in enumerate(parts):
        both = collections.Counter(j for run in part if len(holders[run]) <= 60 for j in holders[run] if j < i)
        for j, n in both.items():
            if n >= .4 * (len(part) + len(parts[j]) - n):
                low, high = sorted((root(i), root(j)))
                first[high] = low
    return [int(hashlib.sha256(stems[root(i)].encode()).hexdigest()[:8], 16) % FOLDS for i in range(len(stems))]


def apgr(score, weak, strong):
    order = sorted(range(len(score)), key=lambda i: -score[i])
    total, run, area, i = sum(strong) - sum(weak), 0.0, 0.0, 0
    while i < len(order):       # ties go out together, at their mean
        j = i
        while j < len(order) and score[order[j]] == score[order[i]]:
            j += 1
        gain = sum(strong[k] - weak[k] for k in order[i:j])
        area += (j - i) * (run + gain / 2)
        run += gain
        i = j
    return area / len(order) / total


def curve(score, weak, strong):
    """Recovered gap and quality against the strong model, after each question sent."""
    order = sorted(range(len(score)), key=lambda i: -score[i])
    run, rows, total = sum(weak), [], sum(strong)
    rows.append((0.0, run / total))
    for n, i in enumerate(order, 1):
        run += strong[i] - weak[i]
        rows.append((n / len(order), run / total))
    return rows, sum(weak) / total


def marks(score, weak, strong):
    rows, start = curve(score, weak, strong)
    sent = lambda quality: next(share for share, q in rows if q >= quality - 1e-12)
    at = lambda part: 100 * sent(start + part * (1 - start))
    keep = lambda quality: 100 * (1 - sent(quality)) if start < quality else 100.0
    return at(.5), at(.8), keep(.9), keep(.95)


def baseline(questions, folds, gap):
    import numpy
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge
    folds, gap, out = numpy.array(folds), numpy.array(gap), numpy.zeros(len(gap))
    for k in range(FOLDS):
        tfidf = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
        seen = tfidf.fit_transform([q for q, f in zip(questions, folds) if f != k])
        model = Ridge(alpha=1.0).fit(seen, gap[folds != k])
        out[folds == k] = model.predict(tfidf.transform([q for q, f in zip(questions, folds) if f == k]))
    return list(out)


def typing_errors(text, draw):
    """Two letters swapped, or one lost, at up to two places."""
    for _ in range(2):
        letters = [i for i in range(1, len(text) - 1) if text[i].isalpha() and text[i + 1].isalpha()]
        if letters:
            i = draw.choice(letters)
            text = text[:i] + draw.choice([text[i + 1] + text[i], text[i], text[i + 1]]) + text[i + 2:]
    return text


def noisy(text, draw):
    lead = draw.choice(['Please answer the following question: ', 'Hi, could you help me with this question?\n', 'Hello! ',
                        'I need to know the answer to this: ', 'Question: '])
    return [text.upper(), typing_errors(text, draw), lead + text + draw.choice(['', ' Thanks!', '\nThank you very much.'])]


def ask(tool, rows, folds, options):
    with tempfile.NamedTemporaryFile('w', suffix='.jsonl', encoding='utf-8') as file:
        for row in rows:
            file.write(json.dumps(row) + '\n')
        file.flush()
        run = subprocess.run([tool, file.name, str(folds)] + options, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    return lines[:-1], lines[-1]


def mean(scores, models):
    return sum(scores[m] for m in models) / len(models)


def general(sets, names, without=frozenset()):
    """Rows for a model that is to serve pairs it never saw: means over weak and over strong models."""
    rows = [dict(q=q, fold=1, weak=mean(s, WEAK[n]), strong=mean(s, STRONG[n])) for n in names for q, s in sets[n]
            if stem(q) not in without]
    for line in opened('eval/gsm8k/train.jsonl'):
        task = json.loads(line)
        steps = task['answer'].count('<<')
        if stem(task['question']) not in without:
            rows.append(dict(q=task['question'], fold=1, weak=max(0, .95 - .07 * steps), strong=max(0, .99 - .02 * steps)))
    return rows


def ship(tool, path):
    rows = general(load(), ['mmlu', 'gsm8k', 'ulab'])
    _, last = ask(tool, rows, 0, ['32', '60', '2', '0', path])
    data = open(path, 'rb').read()
    print(f'{len(rows)} questions, {len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}, {last["train_s"]:.1f} s')


def earlier_scores(tool, sets, name):
    draw = random.Random(20261125)
    rows = [dict(q=q, fold=0, weak=0, strong=0, noisy=noisy(q, draw)) for q, _ in sets[name]]
    others = [n for n in sets if n != name]
    out, _ = ask(tool, rows + general(sets, others, {stem(q) for q, _ in sets[name]}), 1, EARLIER)
    return rows, out


def flips(clean, changed):
    bar = sorted(clean)[int(.7 * len(clean))]
    return [100 * sum((c >= bar) != (o[k] >= bar) for c, o in zip(clean, changed)) / len(clean)
            for k in range(len(changed[0]))]


def measure(tool, sets, pair, heard):
    title, name, weak_name, strong_name = pair
    asked, earlier = heard
    folds = folds_of([q for q, _ in sets[name]])
    weak = [s[weak_name] for _, s in sets[name]]
    strong = [s[strong_name] for _, s in sets[name]]
    others = sorted(m for m in sets[name][0][1] if m not in (weak_name, strong_name))
    rows = [dict(q=q, fold=f, weak=w, strong=s, others=[scores[m] for m in others], noisy=a['noisy'],
                 shared=[e['weak'], e['gap']], shared_noisy=e['noisy'])
            for (q, scores), f, w, s, a, e in zip(sets[name], folds, weak, strong, asked, earlier)]
    out, last = ask(tool, rows, FOLDS, OPTIONS)
    gap = [o['gap'] for o in out]
    try:
        base = baseline([r['q'] for r in rows], [r['fold'] for r in rows], [s - w for w, s in zip(weak, strong)])
        tfidf = apgr(base, weak, strong)
    except ImportError:
        tfidf = float('nan')
    c50, c80, k90, k95 = marks(gap, weak, strong)
    changed = flips(gap, [[n[1] for n in o['noisy']] for o in out])
    row = (len(rows), sum(weak) / len(rows), sum(strong) / len(rows), apgr(gap, weak, strong), tfidf,
           apgr([e['gap'] for e in earlier], weak, strong), c50, c80, k90, k95, last['us'], last['bytes'] // 1000,
           last['train_s'], *changed)
    print(f'{title:30}' + ' {:6} {:5.3f} {:6.3f} {:6.4f} {:6.4f} {:7.4f} {:6.1f} {:6.1f} {:7.1f} {:7.1f} {:5.1f} {:5} {:5.1f}'
          ' {:5.1f} {:5.1f} {:5.1f}'.format(*row), flush=True)
    return row


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if not os.path.isdir(os.path.join(DATA, 'route')):
        print(f'skipped: no data at {DATA}/route (set HEARTH_TEST_DATA)')
        return
    tool = sys.argv[1]
    if '--ship' in sys.argv:
        ship(tool, sys.argv[sys.argv.index('--ship') + 1])
        return
    sets = load()
    print(f'{"pair":30} {"n":>6} {"weak":>5} {"strong":>6} {"APGR":>6} {"tf-idf":>6} {"earlier":>7} {"CPT50":>6} {"CPT80":>6} '
          f'{"loc@90":>7} {"loc@95":>7} {"us":>5} {"kB":>5} {"tr s":>5} {"case":>5} {"typos":>5} {"wraps":>5}')
    rows, heard = [], {}
    for pair in PAIRS:
        if pair[1] not in heard:
            heard[pair[1]] = earlier_scores(tool, sets, pair[1])
        rows.append(measure(tool, sets, pair, heard[pair[1]]))
    middle = lambda k: sum(r[k] for r in rows) / len(rows)
    print(f'macro-APGR {middle(3):.4f}, TF-IDF + ridge {middle(4):.4f}, difference {middle(3) - middle(4):+.4f}; earlier model '
          f'alone {middle(5):.4f}; flips: case {middle(13):.2f} %, typos {middle(14):.2f} %, wraps {middle(15):.2f} %')


if __name__ == '__main__':
    main()
