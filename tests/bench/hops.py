"""Question sets beyond one fact in one paragraph, under HEARTH_TEST_DATA, for answers.py.

hops     what must be found in two or more articles. knowledge/2wiki has 6,119 articles and no questions, knowledge/hotpotqa
         questions and no articles; so questions are made of the articles by the forms that 2WikiMultihopQA names: a bridge ("When was the
         director of the film F born?"), a comparison ("Who was born first, A or B?", "Were A and B of the same nationality?"), and a
         comparison behind bridges ("Which film has the director who was born first, F or G?"). The facts are read off the articles' first
         sentences by patterns. Of the questions without an answer every second one has lost the last article it needs, every other one is a
         question of HotpotQA that names no article's title: nothing about it is there.
clapnq   knowledge/clapnq: questions that people asked a search engine, answered in some sentences of prose; each of the 300 without an
         answer has the passage there that comes nearest, which does not answer it.
covid    knowledge/covid-qa: long articles, answers of a clause or more.

Sources: 2WikiMultihopQA (Ho et al. 2020, section 3), HotpotQA (Yang et al. 2018), CLAP NQ (Rosenthal et al. 2024), COVID-QA (Moeller et al. 2020).
"""
import gzip, json, os, random, re

LONG = ('clapnq', 'covid')
MONTHS = 'January|February|March|April|May|June|July|August|September|October|November|December'
DATE = r'(\d{1,2} (?:%s) \d{4}|(?:%s) \d{1,2}, \d{4})' % (MONTHS, MONTHS)
NATIONS = ('American|British|English|French|German|Indian|Italian|Japanese|Canadian|Australian|Swedish|Danish|Norwegian|Spanish|Mexican|'
           'Russian|Polish|Austrian|Hungarian|Irish|Scottish|Turkish|Brazilian|Argentine|Chinese|Dutch|Finnish|Greek')


def load(path):
    path = os.path.join(os.environ.get('HEARTH_TEST_DATA', '../shared/data'), 'knowledge', path)
    with (open(path, encoding='utf-8') if os.path.exists(path) else gzip.open(path + '.gz', 'rt', encoding='utf-8')) as f:
        return [json.loads(line) for line in f] if 'jsonl' in path else json.load(f)


def bare(title):
    return re.sub(r'\s*\([^)]*\)$', '', title)


def text_of(article):
    """The set's texts have lost the blank before a bracket and have one behind it."""
    return article['title'] + '\n\n' + re.sub(r'\s*\( ?', ' (', article['text']).replace(' )', ')')


class Facts:
    """What patterns read off the articles: persons {number: {born, died, nation, directs}}, films {number: {year, director}}."""

    def __init__(self, articles):
        self.articles = articles
        self.names, seen = {}, {}
        for i, a in enumerate(articles):
            seen.setdefault(bare(a['title']), []).append(i)
        self.names = {name: at[0] for name, at in seen.items() if len(at) == 1 and ' ' in name}
        self.persons, self.films, self.fathers = {}, {}, {}
        for name, i in self.names.items():
            self.read_person(i)
        for name, i in self.names.items():
            self.read_film(i)
            self.read_father(i)

    def title(self, i):
        return bare(self.articles[i]['title'])

    def read_person(self, i):
        head = text_of(self.articles[i]).split('\n\n', 1)[1][:300]
        life = re.search(r'\([^()]*?' + DATE + r'[^()]*?[–-]\s*[^()]*?' + DATE, head) or re.search(r'\([^()]*?born (?:on )?' + DATE, head)
        kind = re.search(r'\b(?:is|was) an? (?:former )?(%s)\b ([^.]*)' % NATIONS, head)
        if life and kind and 'film directed' not in head:
            groups = life.groups()
            text = self.articles[i]['text']
            directs = True if 'film director' in kind.group(2) else None if 'direct' in text or 'film' in text else False
            self.persons[i] = dict(born=groups[0], died=groups[1] if len(groups) > 1 else None, nation=kind.group(1), directs=directs)

    def read_film(self, i):
        head = text_of(self.articles[i]).split('\n\n', 1)[1]
        year = re.search(r'\bis an? (\d{4}) [^.]*?\bfilm\b', head[:200])
        by = re.search(r'film[^.]*? directed by ([A-Z][^.,(]+?)(?: and |,|\.| starring| based| with| from| produced| in | \()', head)
        if year and by and self.names.get(by.group(1).strip()) in self.persons:
            self.films[i] = dict(year=int(year.group(1)), director=self.names[by.group(1).strip()])

    def read_father(self, i):
        head = text_of(self.articles[i]).split('\n\n', 1)[1]
        of = re.search(r'\b(?:son|daughter) of (?:the )?(?:King |Emperor |Count |Duke )?([A-Z][^,.()]+?)(?: and |,|\.| \()', head)
        if i in self.persons and of and self.names.get(of.group(1).strip()) in self.persons:
            self.fathers[i] = self.names[of.group(1).strip()]


def day(date):
    d, m, y = re.search(r'\d{1,2}\b(?!\d)', date).group(), re.search(MONTHS, date).group(), re.search(r'\d{4}', date).group()
    return int(y), MONTHS.split('|').index(m), int(d)


def spellings(date):
    y, m, d = day(date)
    month = MONTHS.split('|')[m]
    return ['%d %s %d' % (d, month, y), '%s %d, %d' % (month, d, y)]


def bridges(facts, draw):
    for film, f in sorted(facts.films.items()):
        who, name = facts.persons[f['director']], facts.title(film)
        forms = [('When was the director of the film %s born?', who['born']), ('What is the birth date of the director of %s?', who['born']),
                 ('What is the date of birth of the person who directed the film %s?', who['born'])]
        if who['died']:
            forms += [('When did the director of the film %s die?', who['died']), ('What is the date of death of the director of %s?', who['died'])]
        form, date = draw.choice(forms)
        yield [film, f['director']], form % name, spellings(date)
    for child, father in sorted(facts.fathers.items()):
        date = facts.persons[father]['died']
        if date:
            yield [child, father], draw.choice(['When did %s\'s father die?', 'What is the date of death of the father of %s?']) % facts.title(child), spellings(date)


def pairs(items, draw, n):
    items = sorted(items)
    return [draw.sample(items, 2) for _ in range(n)]


def comparisons(facts, draw):
    alike = [(a, b) for a, b in pairs(facts.persons, draw, 1500) if facts.persons[a]['nation'] == facts.persons[b]['nation']]
    directors = [(a, b) for a, b in pairs([i for i, p in facts.persons.items() if p['directs']], draw, 60)]
    for a, b in pairs(facts.persons, draw, 300) + alike[:120] + directors:
        p, q, names = facts.persons[a], facts.persons[b], (facts.title(a), facts.title(b))
        form = draw.randrange(4)
        if form < 2 and day(p['born']) != day(q['born']):
            first, ask = draw.choice([(True, 'Who was born first, %s or %s?'), (True, 'Who is older, %s or %s?'), (False, 'Who was born later, %s or %s?'), (False, 'Who is younger, %s or %s?')])
            yield [a, b], ask % names, [names[0] if (day(p['born']) < day(q['born'])) == first else names[1]]
        elif form == 2:
            yield [a, b], draw.choice(['Are %s and %s of the same nationality?', 'Were %s and %s from the same country?']) % names, ['yes' if p['nation'] == q['nation'] else 'no']
        elif form == 3 and all(r['directs'] is not None for r in (p, q)):
            yield [a, b], 'Were both %s and %s film directors?' % names, ['yes' if p['directs'] and q['directs'] else 'no']
    for a, b in pairs(facts.films, draw, 250):
        years, names = (facts.films[a]['year'], facts.films[b]['year']), (facts.title(a), facts.title(b))
        if years[0] != years[1]:
            first, ask = draw.choice([(True, 'Which film came out first, %s or %s?'), (True, 'Which film was released earlier, %s or %s?'), (False, 'Which film came out later, %s or %s?')])
            yield [a, b], ask % names, [names[0] if (years[0] < years[1]) == first else names[1]]


def both(facts, draw):
    for a, b in pairs(facts.films, draw, 300):
        i, j = facts.films[a]['director'], facts.films[b]['director']
        p, q, names = facts.persons[i], facts.persons[j], (facts.title(a), facts.title(b))
        if i == j:
            continue
        if draw.random() < .6:
            first, ask = draw.choice([(True, 'Which film has the director who was born first, %s or %s?'), (False, 'Which film has the director who was born later, %s or %s?')])
            yield [a, b, i, j], ask % names, [names[0] if (day(p['born']) < day(q['born'])) == first else names[1]]
        else:
            yield [a, b, i, j], 'Are the directors of the films %s and %s from the same country?' % names, ['yes' if p['nation'] == q['nation'] else 'no']


def read_hops():
    articles, draw = load('2wiki/2wikimultihopqa_corpus.json'), random.Random(20261127)
    facts = Facts(articles)
    made = []
    for of, n in (bridges, 300), (comparisons, 260), (both, 120):
        kind = list(of(facts, draw))
        made += draw.sample(kind, min(n, len(kind)))
    titles = {bare(a['title']) for a in articles}
    strange = [([], q['question'], [q['answer']]) for q in load('hotpotqa/hotpot_dev_v1_simplified.json')
               if not any(t in q['question'] for t in titles if len(t) > 5)]
    return [text_of(a) for a in articles], made, draw.sample(strange, 300)


def read_clapnq():
    paragraphs, parts = [], []
    for name in ('answerable', 'unanswerable'):
        parts.append([])
        for row in load('clapnq/clapnq_dev_%s.jsonl' % name):
            passage = row['passages'][0]
            golds = [o['answer'] for o in row['output']] if name == 'answerable' else []
            parts[-1].append(([len(paragraphs)], row['input'], golds))
            paragraphs.append(passage['title'] + '\n\n' + passage['text'])
    return paragraphs, parts[0], parts[1]


def read_covid():
    paragraphs, questions = [], []
    for article in load('covid-qa/200421_covidQA.json')['data']:
        for p in article['paragraphs']:
            questions += [([len(paragraphs)], qa['question'], [a['text'] for a in qa['answers']]) for qa in p['qas']]
            paragraphs.append(p['context'])
    return paragraphs, questions, []


SETS = {'hops': read_hops, 'clapnq': read_clapnq, 'covid': read_covid}


def words(text):
    return [w for w in re.findall(r'\w+', text.lower()) if w not in ('a', 'an', 'the', 'of', 'in', 'is', 'was', 'and', 'to', 'that', 'it', 'by', 'for')]


def recall(answer, golds):
    """The share of a gold answer's words that the answer says: of the gold answer that comes nearest."""
    said = set(words(answer))
    return max([sum(w in said for w in words(g)) / max(1, len(words(g))) for g in golds] or [0])


def is_right(name, question, answer, golds):
    """Yes and no are its first word; of two that are to be chosen from the right one is named first; of long answers half is said."""
    low = answer.lower()
    if golds and golds[0] in ('yes', 'no'):
        return re.match(r'\W*(\w+)', low + ' x').group(1) == golds[0]
    if name in LONG:
        return recall(answer, golds) >= .5
    places = [low.find(g.lower()) for g in golds if g.lower() in low]
    either = re.search(r', (.+) or (.+)\?$', question)
    others = [low.find(o.lower()) for o in either.groups() if o not in golds and o.lower() in low] if either else []
    return bool(places) and (not others or min(places) < min(others))
