#!/usr/bin/env python3
"""Adversarial spellings: the same numbers and addresses written in some sixty ways that a person or a model still reads.

usage: tests/bench/gate_spellings.py HEARTH [--count N] [--seed S] [--half tune|held|both] [--show K] [--only TYPE[,..]] [--family NAME]
                                     [--bare] [--false N] [--check]

A family is one way of writing (tabs between the groups, Thai digits, HTML cells ...). Families are dealt into two halves by the SHA-256 of
their name: rules may be fitted to what --half tune shows; --half held prints rates and no texts. Each type takes N values of
gate_formats.py (written from the standards, no table of src/), each in a sentence that names it (--bare: in one that does not). Found
means: at most two letters or digits of the value lie outside of all spans, and the type is right (codes such as base64: any). REFUSED are families that the gate does
not promise to read, with the reason; their rates are printed, but count for nothing.

--false N: the same spellings of N values of a type whose check is broken or whose segment does not exist, and N harmless rows (tables, sums, dates, versions):
how many are reported. --check: exit 1 when the recall over a half is below 0.995 (with few values 0.985) or more than one in 2,000 of these is reported:
letters for digits make another number of a near-miss once in a hundred, and that is told apart by nobody.
"""
import argparse, base64, hashlib, json, random, string, subprocess, sys
import gate_formats as G

R = G.R
ZH, ZH_CAPITAL = '零一二三四五六七八九', '零壹贰叁肆伍陆柒捌玖'


def signs(alphabet):
    return lambda t: ''.join(alphabet[int(c)] if c in string.digits else c for c in t)


def row(zero):
    return signs([chr(zero + i) for i in range(10)])


def noise(what, every=1):
    return lambda t: ''.join(c + (what if i % every == 0 and i + 1 < len(t) else '') for i, c in enumerate(t))


def groups(t):
    """The customary groups of a number of this length; what has marks of its own is split there."""
    bare = ''.join(c for c in t if c.isalnum())
    if len(bare) != len(t):
        out, last = [''], True
        for c in t:
            if c.isalnum():
                out[-1] += c
            elif out[-1]:
                out.append('')
        return [g for g in out if g]
    sizes = {11: (3, 4, 4), 18: (6, 4, 4, 4), 10: (3, 3, 4), 15: (4, 6, 5), 9: (3, 2, 4)}.get(len(t))
    out = []
    while t:
        n = sizes[len(out)] if sizes and len(out) < len(sizes) else 4
        out, t = out + [t[:n]], t[n:]
    return out


def sep(what):
    return lambda t: what.join(groups(t))


def each(what):
    return lambda t: what.join(c for c in t if c.isalnum())


def wrap(head, tail, what=''):
    return lambda t: what.join(head + g + tail for g in groups(t))


def each_wrap(head, tail, what=''):
    return lambda t: what.join(head + c + tail for c in t if c.isalnum())


def swap(table, share=1.0):
    return lambda t: ''.join(table[c] if c in table and R.random() < share else c for c in t)


def mixed(t):
    alphabets = ['0123456789', '０１２３４５６７８９', '٠١٢٣٤٥٦٧٨٩', '०१२३४५६७८९', '⓪①②③④⑤⑥⑦⑧⑨', '𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗', ZH, ZH_CAPITAL]
    return ''.join(R.choice(alphabets)[int(c)] if c in string.digits else c for c in t)


def some_chinese(t):
    return ''.join((ZH_CAPITAL if R.random() < .5 else ZH)[int(c)] if c in string.digits and 0 < i < len(t) - 1 and R.random() < .4 else c
                   for i, c in enumerate(t))


def said(words):
    return lambda t: ' '.join(words[int(c)] if c in string.digits else c for c in t if c.isalnum())


ENGLISH = 'zero one two three four five six seven eight nine'.split()
PINYIN = 'ling yao er san si wu liu qi ba jiu'.split()

NUMBER = {
    # digits of other kinds
    'full-width': lambda t: ''.join(chr(ord(c) + 0xFEE0) if '!' <= c <= '~' else c for c in t), 'arabic-indic': row(0x660), 'persian': row(0x6F0),
    'devanagari': row(0x966), 'bengali': row(0x9E6), 'thai': row(0xE50), 'tibetan': row(0xF20), 'khmer': row(0x17E0), 'circled': signs('⓪①②③④⑤⑥⑦⑧⑨'),
    'black circled': signs('⓿❶❷❸❹❺❻❼❽❾'), 'double circled': signs('⓪⓵⓶⓷⓸⓹⓺⓻⓼⓽'), 'parenthesised': signs('0⑴⑵⑶⑷⑸⑹⑺⑻⑼'),
    'digit full stop': signs('🄀⒈⒉⒊⒋⒌⒍⒎⒏⒐'), 'superscript': signs('⁰¹²³⁴⁵⁶⁷⁸⁹'), 'subscript': signs('₀₁₂₃₄₅₆₇₈₉'), 'math bold': row(0x1D7CE),
    'math double-struck': row(0x1D7D8), 'math monospace': row(0x1D7F6), 'segmented': row(0x1FBF0), 'keycaps': lambda t: ''.join(c + '\ufe0f\u20e3' for c in t),
    'chinese': signs(ZH), 'capital chinese': signs(ZH_CAPITAL), 'telephone chinese': signs('洞幺两三四五六拐八勾'), 'circle zero chinese': signs('○一二三四五六七八九'),
    'suzhou': signs('〇〡〢〣〤〥〦〧〨〩'), 'circled ideographs': signs('〇㊀㊁㊂㊃㊄㊅㊆㊇㊈'), 'some chinese': some_chinese, 'mixed scripts': mixed,
    'roman signs': signs('0ⅠⅡⅢⅣⅤⅥⅦⅧⅨ'), 'comma digits': signs('🄁🄂🄃🄄🄅🄆🄇🄈🄉🄊'), 'letters O l': swap({'0': 'O', '1': 'l'}), 'letters o I': swap({'0': 'o', '1': 'I'}),
    'letters by half': swap({'0': 'O', '1': 'I', '5': 'S', '2': 'Z', '8': 'B'}, .4), 'cyrillic': swap({'0': 'О', '3': 'З', '6': 'б'}), 'greek zero': swap({'0': 'Ο'}),
    # what is not seen
    'zero-width space': noise('\u200b'), 'zero-width joiner': noise('\u200d'), 'zero-width non-joiner': noise('\u200c', 2), 'word joiner': noise('\u2060'),
    'byte order mark': noise('\ufeff', 3), 'soft hyphen': noise('\u00ad'), 'direction marks': noise('\u200e', 2), 'right to left override': lambda t: '\u202d' + t + '\u202c',
    'isolates': lambda t: '\u2066' + noise('\u2069\u2066', 4)(t) + '\u2069', 'variation selector': noise('\ufe0e'), 'strike through': noise('\u0336'),
    'underline': noise('\u0332'), 'hangul filler': noise('\u3164', 4), 'invisible times': noise('\u2062'), 'tag characters': noise('\U000e0020', 4), 'grapheme joiner': noise('\u034f'),
    # separators
    'blanks': sep(' '), 'two blanks': sep('  '), 'no-break blanks': sep('\u00a0'), 'thin blanks': sep('\u2009'), 'ideographic blanks': sep('\u3000'), 'dashes': sep('-'),
    'en dashes': sep('–'), 'em dashes': sep('—'), 'dashes with blanks': sep(' - '), 'dots': sep('.'), 'slashes': sep('/'), 'backslashes': sep('\\'), 'stars': sep('*'),
    'underscores': sep('_'), 'middle dots': sep('·'), 'bullets': sep(' • '), 'tabs': sep('\t'), 'pipes': sep('|'), 'commas': sep(','), 'commas and blanks': sep(', '),
    'ideographic commas': sep('、'), 'colons': sep(':'), 'semicolons': sep(';'), 'tildes': sep('~'), 'plus signs': sep('+'), 'hash marks': sep('#'), 'equals signs': sep('='),
    'arrows': sep('→'), 'hearts': sep('❤'), 'emoji': sep('😀'), 'dots of six': sep('……'), 'brackets': wrap('(', ')'), 'square brackets': wrap('[', ']'),
    'corner brackets': wrap('【', '】'), 'quotes': wrap('"', '"', ' '), 'one by one': each(' '), 'one by one, dashes': each('-'), 'one by one, dots': each('.'),
    'one by one, stars': each('*'), 'one by one, commas': each(','), 'one by one, tabs': each('\t'), 'one by one, list': lambda t: '[' + each(', ')(t) + ']',
    'one by one, bars': each('|'), 'one by one, chinese commas': each('、'),
    # layout
    'line break': lambda t: t[:len(t) // 2] + '\n' + t[len(t) // 2:], 'windows line break': lambda t: t[:len(t) // 2] + '\r\n' + t[len(t) // 2:],
    'table cells': lambda t: '| ' + sep(' | ')(t) + ' |', 'html cells': wrap('<td>', '</td>'), 'html cells with attributes': wrap('<td class="n">', '</td>', '\n'),
    'html spans': each_wrap('<span>', '</span>'), 'html bold': wrap('<b>', '</b>'), 'html breaks': sep('<br/>'), 'html wbr': sep('<wbr>'), 'html comment': sep('<!-- x -->'),
    'markdown bold': wrap('**', '**', ' '), 'markdown code': wrap('`', '`', ' '), 'markdown strike': sep('~~'), 'latex thin space': sep('\\,'), 'latex braces': wrap('{', '}'),
    'strings side by side': wrap('"', '"', ' + '), 'strings one by one': each_wrap("'", "'", ','), 'typed line break': sep('\\n'),
    # numbers of characters
    'percent': lambda t: ''.join('%%%02X' % ord(c) for c in t), 'percent twice': lambda t: ''.join('%%25%02X' % ord(c) for c in t),
    'html decimal': each_wrap('', '', '') and (lambda t: ''.join('&#%d;' % ord(c) for c in t)), 'html hexadecimal': lambda t: ''.join('&#x%X;' % ord(c) for c in t),
    'html without semicolon': lambda t: ''.join('&#%d' % ord(c) for c in t), 'json': lambda t: ''.join('\\u%04x' % ord(c) for c in t),
    'javascript': lambda t: ''.join('\\u{%x}' % ord(c) for c in t), 'c hexadecimal': lambda t: ''.join('\\x%02x' % ord(c) for c in t),
    'html blanks': sep('&nbsp;'), 'html thin blanks': sep('&thinsp;'), 'percent blanks': sep('%20'), 'plus for blank': sep('+'), 'json full-width': lambda t: ''.join('\\uff%02x' % (ord(c) - 0x20) for c in t),
    # encodings and words
    'base64': lambda t: base64.b64encode(t.encode()).decode(), 'base64 without padding': lambda t: base64.b64encode(t.encode()).decode().rstrip('='),
    'hexadecimal': lambda t: t.encode().hex(), 'base32': lambda t: base64.b32encode(t.encode()).decode(), 'english words': said(ENGLISH), 'pinyin words': said(PINYIN),
    'words and digits': lambda t: ' '.join(ENGLISH[int(c)] if c in string.digits and R.random() < .5 else c for c in t if c.isalnum()),
    'reversed': lambda t: t[::-1], 'rot5': lambda t: ''.join(str((int(c) + 5) % 10) if c in string.digits else c for c in t),
    'octal': lambda t: ''.join('\\%03o' % ord(c) for c in t), 'roman letters': lambda t: ' '.join(['N', 'I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX'][int(c)] if c in string.digits else c for c in t),
    'a word in the middle': lambda t: groups(t)[0] + '然后' + ''.join(groups(t)[1:]), 'minus one each': lambda t: ''.join(str((int(c) + 1) % 10) if c in string.digits else c for c in t)}

AT = {'(at)': '(at)', '[at]': '[at]', '{at}': '{at}', '<at>': '<at>', ' at ': ' at ', ' AT ': ' AT ', '_at_': '_at_', '-at-': '-at-', '艾特': '艾特', ' 艾特 ': ' 艾特 ', '#': '#',
      'full-width at': '＠', 'small at': '﹫', ' @ ': ' @ ', '(@)': '(@)', '[@]': '[@]', '&commat;': '&commat;', '&#64;': '&#64;', '%40': '%40', '\\u0040': '\\u0040',
      '(a)': '(a)', '☆': '☆', '(艾特)': '(艾特)', '【at】': '【at】', '@ with zero-width': '\u200b@\u200b'}
DOT = {'(dot)': '(dot)', '[dot]': '[dot]', ' dot ': ' dot ', '点': '点', ' 点 ': ' 点 ', '。': '。', '．': '．', '[.]': '[.]', '(.)': '(.)', ' . ': ' . ', '&period;': '&period;',
       '&#46;': '&#46;', '%2E': '%2E', '｡': '｡', '_dot_': '_dot_', '{dot}': '{dot}'}


def mail(at, dot):
    return lambda t: t.replace('@', at).replace('.', dot) if dot else t.replace('@', at)


EMAIL = {'at ' + k: mail(v, '') for k, v in AT.items()}
EMAIL.update({'dot ' + k: mail('@', v) for k, v in DOT.items()})
EMAIL.update({'both (at) (dot)': mail('(at)', '(dot)'), 'both [at] [dot]': mail('[at]', '[dot]'), 'both words': mail(' at ', ' dot '), 'both WORDS': mail(' AT ', ' DOT '),
              'both chinese': mail('艾特', '点'), 'both chinese, blanks': mail(' 艾特 ', ' 点 '), 'both (at) 点': mail('(at)', '点'), 'both {at} {dot}': mail('{at}', '{dot}'),
              'capitals': lambda t: t.upper(), 'zero-width': noise('\u200b', 2), 'soft hyphen': noise('\u00ad', 3), 'full-width': NUMBER['full-width'],
              'math letters': lambda t: ''.join(chr(0x1D41A + ord(c) - 97) if 'a' <= c <= 'z' else c for c in t), 'cyrillic o a e': swap({'o': 'о', 'a': 'а', 'e': 'е'}),
              'percent': NUMBER['percent'], 'html decimal': NUMBER['html decimal'], 'json': NUMBER['json'], 'line break': lambda t: t.replace('@', '@\n'),
              'angle brackets': lambda t: '<' + t + '>', 'mailto': lambda t: 'mailto:' + t, 'markdown link': lambda t: f'[mail]({t})', 'rot13': lambda t: t.translate(str.maketrans(
                  'abcdefghijklmnopqrstuvwxyz', 'nopqrstuvwxyzabcdefghijklm')), 'blanks everywhere': lambda t: ' '.join(t), 'html bold': lambda t: t.replace('@', '<b>@</b>')})

REFUSED = {'reversed': 'any eighteen digits are somebody\'s number read backwards once in 60,000; nobody who pastes his own data writes so',
           'rot5': 'a cipher: any number is some number so', 'minus one each': 'a cipher: any number is some number so',
           'roman letters': 'I, V and X are words and letters of lists everywhere',
           'a word in the middle': 'any text with two numbers is one so', 'blanks everywhere': 'letters set apart are a heading; no end of the address is seen',
           '(a)': 'a list\'s first entry'}
REFUSED_MAIL = {'at (a)', 'at ☆', 'at -at-', 'blanks everywhere'}


def us_phone():
    return '%d-%d-%04d' % (R.choice([n for n in range(201, 990) if n % 100 != 11 and n % 10 != 0]), R.randint(200, 999), R.randrange(10000))


def mailbox():
    name = R.choice(['zhangsan', 'li.wei', 'bob.smith', 'anna_k', 'wang88', 'marta-lopez', 'tom', 'chen.jing91'])
    host = R.choice(['qq.com', '163.com', 'gmail.com', 'outlook.com', '126.com', 'example.org', 'foxmail.com', 'firma.de', 'sina.com.cn'])
    return name + str(R.randint(1, 999)) + '@' + host


# type: generator, type of the span, sentences that name it, families
TYPES = {
    'cn_id': (G.cn_id, 'id', ['我的身份证号是{}，请保密', '身份证：{}', 'my resident id is {} ok'], NUMBER),
    'cn_mobile': (G.cn_mobile, 'phone', ['请打我手机 {} ，谢谢', '电话：{}', 'call my phone {} please'], NUMBER),
    'cn_card': (G.cn_card, 'bank', ['银行卡号：{} ，户名在下', '卡号 {}', 'my card {} expires soon'], NUMBER),
    'card': (G.card, 'bank', ['信用卡 {} 到期', 'my credit card is {}, thanks', 'card: {}'], NUMBER),
    'uscc': (G.uscc, 'id', ['统一社会信用代码 {} ，开票用', '税号：{}', 'tax id {} ok'], NUMBER),
    'us_ssn': (G.ssn, 'id', ['my SSN is {} ok', 'SSN: {}', 'social security number {} thanks'], NUMBER),
    'us_phone': (us_phone, 'phone', ['call me at {} please', 'phone: {}', 'my mobile {} ok'], NUMBER),
    'iban': (G.iban, 'bank', ['IBAN {} ok', 'account: {}', '账号 {}'], NUMBER),
    'email': (mailbox, 'email', ['邮箱：{}', 'mail me: {} thanks', '我的邮箱是 {} ，谢谢'], EMAIL)}
SAID = {'english words', 'pinyin words', 'words and digits'}  # "double" and "oh" are said as it comes: no check digit decides
ENCODED = {'base64', 'base64 without padding', 'hexadecimal', 'base32'}  # nobody looks into a code: it goes whole, as a secret
BARE = ['{}', '请看 {} 。', 'note {} here']
LETTERED = {'uscc', 'iban'}  # their letters have no other digits: families that spell digits alone leave them


def held(family):
    return hashlib.sha256(family.encode()).digest()[0] & 1 == 1


def is_refused(kind, family):
    return family in (REFUSED_MAIL if kind == 'email' else REFUSED)


def scan(program, texts):
    """Spans of every text: those of one line in one process, the others behind a marker line in one text each."""
    flat = [t for t in texts if '\n' not in t]
    out = {}
    for t, spans in zip(flat, G.scan(program, flat) if flat else []):
        out[t] = spans
    for t in texts:
        if t not in out:
            run = subprocess.run([program, 'gate', 'scan', '--json', '--quick'], input=t.encode(), capture_output=True, check=True)
            out[t] = json.loads(run.stdout)['spans']
    return [out[t] for t in texts]


def outside(text, value, spans):
    """Letters and digits of the spelled value that no span covers."""
    for head in ('mailto:', '[mail]'):
        value = value[len(head):] if value.startswith(head) else value
    at = len(text[:text.index(value)].encode())
    left, tag = 0, False
    for c in value:
        n = len(c.encode())
        tag = (tag or c == '<') and c != '>'
        left += not tag and c.isalnum() and not any(s['start'] <= at and s['end'] >= at + n for s in spans)
        at += n
    return left


def run_families(program, kind, names, count, show, bare):
    """Of each family: how many were found with the right type, how many went at all, how many there were."""
    make, want, sentences, families = TYPES[kind]
    texts = []
    for family in names:
        lines = any('\n' in families[family](make()) for _ in range(3))
        for _ in range(min(count, 40) if lines else count):
            value = families[family](make())
            texts.append((family, R.choice(BARE if bare else sentences).format(value), value))
    sums = {family: [0, 0, 0] for family in names}
    for (family, text, value), spans in zip(texts, scan(program, [t for _, t, _ in texts])):
        covered = outside(text, value, spans) <= 2
        typed = covered and (family in ENCODED or any(s['type'] == want for s in spans))
        sums[family] = [x + y for x, y in zip(sums[family], (typed, covered, 1))]
        if not typed and show > 0 and not is_refused(kind, family):
            show -= 1
            print('      ', family, repr(text), [(s['type'], s['text']) for s in spans])
    return sums


def harmless():
    n = lambda a, b: str(R.randint(a, b))
    return R.choice([
        lambda: '| ' + ' | '.join([n(100, 199), n(1000, 9999), n(1000, 9999)]) + ' |', lambda: ','.join(n(0, 9999) for _ in range(R.randint(3, 9))),
        lambda: '\t'.join(n(0, 99999) for _ in range(R.randint(3, 8))), lambda: n(1, 99) + '*' + n(1, 999) + '*' + n(1, 999) + '=' + n(1, 999999),
        lambda: '[' + ', '.join(n(0, 9) for _ in range(R.randint(3, 10))) + ']', lambda: '[' + ', '.join(n(0, 255) for _ in range(R.randint(3, 16))) + ']',
        lambda: 'v' + '.'.join(n(0, 99) for _ in range(3)) + '_' + n(1, 99999), lambda: '%s-%02d-%02d %02d:%02d:%02d' % (n(1990, 2030), R.randint(1, 12), R.randint(1, 28), R.randrange(24), R.randrange(60), R.randrange(60)),
        lambda: 'build_' + n(1, 9999) + '_' + n(1, 9999) + '_' + n(1, 99), lambda: '<td>' + '</td><td>'.join(n(0, 9999) for _ in range(4)) + '</td>',
        lambda: n(1, 999) + ',' + '%03d' % R.randrange(1000) + ',' + '%03d' % R.randrange(1000), lambda: '%s/%s/%s' % (n(1, 9999), n(1, 9999), n(1, 9999)),
        lambda: '"' + '","'.join(n(1, 99999) for _ in range(4)) + '"', lambda: ';'.join(n(1, 9999) + '=' + n(1, 99999) for _ in range(4)),
        lambda: 'x = ' + ' + '.join(n(1, 9999) for _ in range(4)), lambda: '#' + n(100, 99999) + ' #' + n(100, 99999) + ' #' + n(100, 99999),
        lambda: n(1, 20) + ':' + n(10, 59) + ':' + n(10, 59) + ',' + '%03d' % R.randrange(1000), lambda: '第' + ZH[R.randint(1, 9)] + '、' + ZH[R.randint(1, 9)] + '章和第' + n(1, 99) + '节',
        lambda: base64.b64encode(R.randbytes(12)).decode(), lambda: R.randbytes(16).hex(), lambda: 'issue #' + n(1, 9999) + ' at example.com', lambda: 'look at the dot on line ' + n(1, 99)])()


def false_alarms(program, count, show):
    alarms = tried = 0
    for kind in ('cn_id', 'cn_mobile', 'cn_card', 'card', 'uscc', 'us_ssn', 'iban'):
        make, want, _, families = TYPES[kind]
        texts, names, spelled = [], [f for f in families if not is_refused(kind, f) and f not in SAID], {}
        while len(texts) < count:
            miss = G.near_miss({'us_ssn': 'us_ssn'}.get(kind, kind), make())
            family = R.choice(names)
            texts.append(R.choice(BARE).format(families[family](miss)))
            spelled[texts[-1]] = family
        texts = [t for t in texts if '\n' not in t and '\r' not in t]
        got = 0
        for text, spans in zip(texts, scan(program, texts)):
            wrong = [s for s in spans if s['type'] in ('id', 'phone', 'bank')]
            got += bool(wrong)
            if wrong and show > 0:
                show -= 1
                print('      ', spelled[text], repr(text), [(s['type'], s['text']) for s in wrong])
        print(f'{kind:10} near-misses in all spellings: {got} of {len(texts)} reported', flush=True)
        alarms, tried = alarms + got, tried + len(texts)
    texts, got = [harmless() for _ in range(count)], 0
    for text, spans in zip(texts, scan(program, texts)):
        wrong = [s for s in spans if s['type'] in ('id', 'phone', 'bank', 'email', 'secret', 'other')]
        got += bool(wrong)
        if wrong and show > 0:
            show -= 1
            print('      ', repr(text), [(s['type'], s['text']) for s in wrong])
    print(f'{"harmless":10} rows: {got} of {len(texts)} reported', flush=True)
    return alarms + got, tried + len(texts)


def main():
    p = argparse.ArgumentParser()
    p.add_argument('hearth')
    p.add_argument('--count', type=int, default=200)
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--half', choices=('tune', 'held', 'both'), default='both')
    p.add_argument('--show', type=int, default=0)
    p.add_argument('--only', default='')
    p.add_argument('--family', default='')
    p.add_argument('--bare', action='store_true')
    p.add_argument('--false', type=int, default=0, dest='wrong')
    p.add_argument('--check', action='store_true')
    a = p.parse_args()
    R.seed(a.seed)
    bad = False
    for half in ('tune', 'held') if a.half == 'both' else (a.half,):
        total = [0, 0, 0]
        for kind in TYPES:
            if a.only and kind not in a.only.split(','):
                continue
            sums, low, refused = [0, 0, 0], [], []
            names = [f for f in TYPES[kind][3] if held(f) == (half == 'held') and (not a.family or f == a.family)]
            for family, got in run_families(a.hearth, kind, names, a.count, a.show if half == 'tune' else 0, a.bare).items():
                if is_refused(kind, family):
                    refused.append(f'{family} {got[0] / got[2]:.2f}')
                    continue
                sums = [x + y for x, y in zip(sums, got)]
                if got[0] < .995 * got[2]:
                    low.append(f'{family} {got[0] / got[2]:.3f} (masked {got[1] / got[2]:.3f})')
            total = [x + y for x, y in zip(total, sums)]
            print(f'{half} {kind:10} {len(names):3} families, {sums[2]:6} texts, recall {sums[0] / max(1, sums[2]):.4f}, masked {sums[1] / max(1, sums[2]):.4f}'
                  + (f'; below 0.995: {", ".join(low)}' if low else '') + (f'; refused: {", ".join(refused)}' if refused else ''), flush=True)
        rate = total[0] / max(1, total[2])
        bad = bad or rate < (.995 if a.count >= 50 else .985)  # few texts of a family weigh much
        print(f'{half}: recall {rate:.4f}, masked {total[1] / max(1, total[2]):.4f} over {total[2]} texts')
    if a.wrong:
        alarms, tried = false_alarms(a.hearth, a.wrong, a.show)
        print(f'false alarms: {alarms} of {tried}')
        bad = bad or alarms > max(1, tried / 2000)
    return 1 if a.check and bad else 0


if __name__ == '__main__':
    sys.exit(main())
