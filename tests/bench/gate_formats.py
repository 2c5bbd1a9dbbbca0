#!/usr/bin/env python3
"""Numbers made from the published standards, in bulk, through `hearth gate scan --lines`.

usage: tests/bench/gate_formats.py HEARTH [--count N] [--seed S] [--show K] [--check]

For each format N valid numbers (missed?) and N near-misses, a valid one with one digit changed so that its check fails (found all the
same?), bare where a bare one is promised, else behind its own word. Then N / 10 valid ones in sixteen adversarial spellings. The
generators share no table with src/: they are written from the standards, and where PyPI's python-stdnum is installed a sample of each
is checked against it, both ways. --check: fails (exit 1) on a miss, on more than 10 near-misses found in a million, on recall below
0.995 in a spelling; this is what `make check` runs with a small N.
"""
import argparse, json, random, string, subprocess, sys

R = random.Random(1)


def digits(n):
    return ''.join(R.choice(string.digits) for _ in range(n))


def date():
    y, m = R.randint(1930, 2019), R.randint(1, 12)
    return y, m, R.randint(1, 28)


def luhn(body):
    total = 0
    for i, c in enumerate(reversed(body)):
        v = int(c) * (2 if i % 2 == 0 else 1)
        total += v - 9 if v > 9 else v
    return body + str(-total % 10)


# ---- generators: each gives one valid number ----

def cn_id():
    y, m, d = date()
    region = R.choice('11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65'.split())
    body = region + R.choice(['01', '02', '03']) + '%02d' % R.randint(1, 29) + '%04d%02d%02d' % (y, m, d) + digits(3)
    total = sum(pow(2, 17 - i, 11) * int(c) for i, c in enumerate(body))
    return body + '10X98765432'[total % 11]


def cn_mobile():
    segments = ['13%d' % i for i in range(10)] + ['15%d' % i for i in (0, 1, 2, 3, 5, 6, 7, 8, 9)] + ['18%d' % i for i in range(10)] + \
        ['145', '147', '149', '162', '165', '166', '167', '170', '171', '172', '173', '175', '176', '177', '178'] + ['19%d' % i for i in range(10) if i != 4]
    return R.choice(segments) + digits(8)


def uscc():
    alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'
    body = R.choice(['91', '92', '93', '51', '52', '53', '11', '12', '13']) + \
        R.choice('110105 310104 440305 320507 510107 330106 420111'.split()) + R.choice('M') + \
        R.choice('A') + ''.join(R.choice(alphabet) for _ in range(7))
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + alphabet[-total % 31]


def cn_card():
    return luhn(R.choice(['622202', '621700', '622848', '621483', '623058']) + digits(12))


def card():
    kind = R.randrange(4)
    if kind == 0:
        return luhn('4' + digits(14))
    if kind == 1:
        return luhn('5' + R.choice('12345') + digits(13))
    if kind == 2:
        return luhn(R.choice(['34', '37']) + digits(12))
    return luhn(R.choice(['6011', '3530', '3566', '2221']) + digits(11))


IBAN = {'DE': '18d', 'FR': '10d11a2d', 'GB': '4A14d', 'NL': '4A10d', 'ES': '20d', 'IT': '1A10d12a', 'BE': '12d', 'CH': '5d12a', 'PL': '24d',
        'SE': '20d', 'NO': '11d', 'AT': '16d', 'MT': '4A5d18a', 'LC': '4A24a', 'TR': '5d1z16a', 'AE': '19d', 'SA': '2d18a', 'PT': '21d'}


def iban_numeric(text):
    return int(''.join(str(int(c, 36)) for c in text))


def iban():
    import re
    country = R.choice(sorted(IBAN))
    body = ''
    for n, kind in re.findall(r'(\d+)([dAaz])', IBAN[country]):
        pool = {'d': string.digits, 'A': string.ascii_uppercase, 'a': string.digits + string.ascii_uppercase, 'z': '0'}[kind]
        body += ''.join(R.choice(pool) for _ in range(int(n)))
    if country in ('ES', 'FR', 'IT', 'BE', 'NO', 'PT', 'PL'):  # national check digits: not what an IBAN promises
        pass
    return country + '%02d' % (98 - iban_numeric(body + country + '00') % 97) + body


def ssn():
    area = R.choice([a for a in (R.randint(1, 899) for _ in range(9)) if a != 666])
    return '%03d-%02d-%04d' % (area, R.randint(1, 99), R.randint(1, 9999))


def nino():
    while True:
        head = R.choice('ABCEGHJKLMNOPRSTWXYZ') + R.choice('ABCEGHJKLMNPRSTWXYZ')
        if head not in ('BG', 'GB', 'KN', 'NK', 'NT', 'TN', 'ZZ'):
            return head + digits(6) + R.choice('ABCD')


def nhs():
    while True:
        body = digits(9)
        check = (11 - sum(int(c) * (10 - i) for i, c in enumerate(body)) % 11) % 11
        if check < 10 and len(set(body)) > 1:
            return f'{body[:3]} {body[3:6]} {body[6:]}{check}'


def steuer():
    while True:
        ten = R.sample(string.digits, 9)
        ten.insert(R.randrange(10), R.choice(ten))
        if ten[0] == '0':
            continue
        product = 10
        for c in ten:
            s = (int(c) + product) % 10 or 10
            product = s * 2 % 11
        return ''.join(ten) + str((11 - product) % 10)


def nir():
    y, m, _ = date()
    body = R.choice('12') + '%02d%02d' % (y % 100, m) + '%02d' % R.choice([d for d in range(1, 96) if d != 20]) + '%03d' % R.randint(1, 989) + '%03d' % R.randint(1, 999)
    return body + '%02d' % (97 - int(body) % 97)


def dni():
    n = R.randrange(10 ** 8)
    return '%08d' % n + 'TRWAGMYFPDXBNJZSQVHLCKE'[n % 23]


def nie():
    n = R.randrange(3 * 10 ** 7)
    return 'XYZ'[n // 10 ** 7] + '%07d' % (n % 10 ** 7) + 'TRWAGMYFPDXBNJZSQVHLCKE'[n % 23]


def fiscale():
    odd = dict(zip('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21,
                                                            2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]))
    y, m, d = date()
    body = ''.join(R.choice('BCDFGLMNPRSTV') for _ in range(6)) + '%02d' % (y % 100) + 'ABCDEHLMPRST'[m - 1] + \
        '%02d' % (d + R.choice([0, 40])) + R.choice('ABCDEFGHIL') + digits(3)
    total = sum(odd[c] if i % 2 == 0 else (int(c) if c.isdigit() else ord(c) - 65) for i, c in enumerate(body))
    return body + chr(65 + total % 26)


def bsn():
    while True:
        body = digits(8)
        total = sum(int(c) * (9 - i) for i, c in enumerate(body)) % 11
        if total < 10 and len(set(body)) > 1:
            return body + str(total)


def pesel():
    y, m, d = date()
    body = '%02d%02d%02d' % (y % 100, m + (20 if y >= 2000 else 0), d) + digits(4)
    return body + str(-sum(int(c) * w for c, w in zip(body, (1, 3, 7, 9) * 3)) % 10)


def cpf(body=None):
    while True:
        body = body or digits(9)
        if len(set(body)) == 1:
            continue
        for _ in range(2):
            body += str(sum(int(c) * (len(body) + 1 - i) for i, c in enumerate(body)) * 10 % 11 % 10)
        return f'{body[:3]}.{body[3:6]}.{body[6:9]}-{body[9:]}'


def cnpj(body=None):
    body = body or digits(8) + '0001'
    for weights in ((5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)):
        r = sum(int(c) * w for c, w in zip(body, weights)) % 11
        body += str(0 if r < 2 else 11 - r)
    return f'{body[:2]}.{body[2:5]}.{body[5:8]}/{body[8:12]}-{body[12:]}'


def aadhaar():
    d = [[(a + b) % 5 if a < 5 and b < 5 else (a + (b - 5)) % 5 + 5 if a < 5 else (a - 5 - b) % 5 + 5 if b < 5 else (a - b) % 5
          for b in range(10)] for a in range(10)]
    p = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    while len(p) < 8:
        p.append([p[1][v] for v in p[-1]])
    body = R.choice('23456789') + digits(10)
    state = 0
    for i, c in enumerate(reversed(body), 1):
        state = d[state][p[i % 8][int(c)]]
    check = next(v for v in range(10) if d[state][p[0][v]] == 0)
    body += str(check)
    return f'{body[:4]} {body[4:8]} {body[8:]}'


def pan():
    letters = string.ascii_uppercase
    return ''.join(R.choice(letters) for _ in range(3)) + R.choice('ABCFGHJLPT') + R.choice(letters) + '%04d' % R.randint(1, 9999) + R.choice(letters)


def mynumber(body=None):
    body = body or digits(11)
    r = sum(int(c) * (n + 1 if n <= 6 else n - 5) for n, c in zip(range(11, 0, -1), body)) % 11
    return body + str(0 if r <= 1 else 11 - r)


def rrn(body=None):
    y, m, d = date()
    y = min(y, 2018)
    body = body or '%02d%02d%02d' % (y % 100, m, d) + R.choice('12' if y < 2000 else '34') + digits(5)
    check = (11 - sum(int(c) * w for c, w in zip(body, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5))) % 11) % 10
    return body[:6] + '-' + body[6:] + str(check)


def hkid():
    letter, body = R.choice(string.ascii_uppercase), digits(6)
    total = 36 * 9 + (ord(letter) - 55) * 8 + sum(int(c) * w for c, w in zip(body, range(7, 1, -1)))
    return f'{letter}{body}({"0123456789A"[-total % 11]})'


def imei():
    return luhn(R.choice(['35', '86']) + digits(12))


def email():
    return ''.join(R.choice(string.ascii_lowercase + string.digits + '._') for _ in range(R.randint(3, 12))).strip('._').replace('..', 'x') \
        .replace('.', 'd') + 'a@' + ''.join(R.choice(string.ascii_lowercase) for _ in range(6)) + R.choice(['.com', '.org', '.co.uk', '.cn'])


# name: generator, words before it ('' = bare), type, stdnum module (or None)
FORMATS = {
    'cn_id': (cn_id, '', 'id', 'cn.ric'), 'cn_mobile': (cn_mobile, '', 'phone', None), 'uscc': (uscc, '', 'id', 'cn.uscc'),
    'cn_card': (cn_card, '', 'bank', 'luhn'), 'card': (card, '', 'bank', 'luhn'), 'iban': (iban, '', 'bank', 'iban'),
    'us_ssn': (ssn, '', 'id', 'us.ssn'), 'uk_nino': (nino, '', 'id', 'gb.nino'), 'uk_nhs': (nhs, 'NHS number: ', 'id', 'gb.nhs'),
    'de_steuer': (steuer, 'Steuer-ID: ', 'id', 'de.idnr'), 'fr_nir': (nir, 'INSEE: ', 'id', 'fr.nir'), 'es_dni': (dni, '', 'id', 'es.dni'),
    'es_nie': (nie, '', 'id', 'es.nie'), 'it_fiscale': (fiscale, '', 'id', 'it.codicefiscale'), 'nl_bsn': (bsn, 'BSN: ', 'id', 'nl.bsn'),
    'pl_pesel': (pesel, 'PESEL: ', 'id', 'pl.pesel'), 'br_cpf': (cpf, '', 'id', 'br.cpf'), 'br_cnpj': (cnpj, '', 'id', 'br.cnpj'),
    'in_aadhaar': (aadhaar, 'Aadhaar: ', 'id', 'in_.aadhaar'), 'in_pan': (pan, '', 'id', 'in_.pan'),
    'jp_mynumber': (mynumber, 'マイナンバー: ', 'id', 'jp.in_'), 'kr_rrn': (rrn, '', 'id', 'kr.rrn'), 'hk_id': (hkid, '', 'id', None),
    'imei': (imei, 'IMEI: ', 'id', 'imei'), 'email': (email, '', 'email', None)}
NO_CHECK = {'cn_mobile', 'us_ssn', 'uk_nino', 'in_pan', 'email'}  # one digit more is another valid one: near-misses of their own


def near_miss(name, number):
    if name == 'cn_mobile':
        return R.choice(['10', '11', '12']) + number[2:] if R.random() < .5 else number[:-1] + ('' if R.random() < .5 else digits(2))
    if name == 'us_ssn':
        return R.choice(['000' + number[3:], '666' + number[3:], '9' + number[1:], number[:4] + '00' + number[6:], number[:7] + '0000'])
    if name == 'uk_nino':
        return R.choice(['GB', 'BG', 'KN', 'ZZ', 'DA', 'QQ', 'AO']) + number[2:] if R.random() < .5 else number[:-1] + R.choice('EFGHIJK')
    if name == 'in_pan':
        return number[:3] + R.choice('DIMNOQRSUVWXYZ') + number[4:]
    if name == 'email':
        return number.replace('@', R.choice(['@@', '..@', '@.']), 1)
    where = [i for i, c in enumerate(number) if c.isdigit()]
    i = R.choice(where)
    return number[:i] + R.choice([c for c in string.digits if c != number[i]]) + number[i + 1:]


def still_valid(name, number):
    """Rules that map two remainders to one digit let some changes pass: those are no near-misses."""
    if name == 'jp_mynumber':
        return mynumber(number[:11]) == number
    if name == 'br_cpf':
        return len(set(number[:11])) > 2 and cpf(number.replace('.', '')[:9]) == number
    if name == 'br_cnpj':
        return cnpj(number.replace('.', '').replace('/', '')[:12]) == number
    if name == 'kr_rrn':
        return rrn(number.replace('-', '')[:12]) == number
    return False


# ---- spellings ----

def chinese(text, signs):
    return ''.join(signs[int(c)] if c.isdigit() else c for c in text)


def inside(text, what, every=4):
    out = ''
    for i, c in enumerate(text):
        out += c + (what if i % every == every - 1 and i + 1 < len(text) else '')
    return out


def ocr(text):
    swap = {'0': 'O', '1': 'l'}
    out, changed = '', 0
    for c in text:
        if c in swap and changed < len(text) // 3 and R.random() < .5:
            out, changed = out + swap[c], changed + 1
        else:
            out += c
    return out


SPELLINGS = {
    'full-width': lambda t: ''.join(chr(ord(c) + 0xFEE0) if '!' <= c <= '~' else c for c in t),
    'zero-width': lambda t: inside(t, '\u200b', 2), 'zero-width joiner': lambda t: inside(t, '\u200d\ufeff', 3),
    'bidi': lambda t: '\u202d' + inside(t, '\u2066', 5) + '\u202c', 'chinese': lambda t: chinese(t, '零一二三四五六七八九'),
    'capital chinese': lambda t: chinese(t, '零壹贰叁肆伍陆柒捌玖'), 'circled': lambda t: chinese(t, '⓪①②③④⑤⑥⑦⑧⑨'),
    'mathematical': lambda t: chinese(t, '𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗'), 'blanks': lambda t: inside(t, ' ', 4), 'dashes': lambda t: inside(t, '-', 4),
    'one by one': lambda t: ' '.join(t), 'arabic-indic': lambda t: chinese(t, '٠١٢٣٤٥٦٧٨٩'), 'ocr': ocr,
    'percent': lambda t: ''.join('%%%02X' % ord(c) for c in t), 'html': lambda t: ''.join('&#%d;' % ord(c) for c in t),
    'json': lambda t: ''.join('\\u%04x' % ord(c) for c in t),
    'line break': lambda t: t[:len(t) // 2] + '\n' + t[len(t) // 2:]}
ADVERSARIAL = {'cn_id': ('我的身份证号是', '，请保密'), 'cn_mobile': ('请打我手机', '，谢谢'), 'cn_card': ('银行卡号：', '，户名张三')}


# ---- running ----

def scan(program, texts):
    """Spans of each text; texts with line breaks go one by one, so only a sample of those is taken."""
    if any('\n' in t for t in texts):
        out = []
        for t in texts[:300]:
            run = subprocess.run([program, 'gate', 'scan', '--json', '--quick'], input=t.encode(), capture_output=True, check=True)
            out.append(json.loads(run.stdout)['spans'])
        return out
    run = subprocess.run([program, 'gate', 'scan', '--json', '--quick', '--lines'], input=('\n'.join(texts) + '\n').encode(), capture_output=True, check=True)
    return [json.loads(line)['spans'] if line != '{"spans":[]}' else [] for line in run.stdout.decode().splitlines()]


def stdnum_module(path):
    try:
        import importlib
        return importlib.import_module('stdnum.' + path)
    except ImportError:
        return None


def cross_check(name, module, numbers, misses):
    """How often python-stdnum disagrees with the generator: (valid it refuses, near-misses it accepts)."""
    m = stdnum_module(module) if module else None
    if m is None:
        return None

    def says(number):
        try:
            return m.is_valid(number)
        except KeyError:  # cn.ric 2.2 stumbles over counties that its table lacks
            return None

    return sum(says(n) is False for n in numbers[:2000]), sum(says(n) is True for n in misses[:2000])


def run_format(program, name, count, show):
    make, words, kind, module = FORMATS[name]
    numbers = [make() for _ in range(count)]
    good = set(numbers)
    misses = [n for n in (near_miss(name, R.choice(numbers)) for _ in range(count)) if n not in good and not still_valid(name, n)]
    missed = alarms = 0
    examples = []
    for number, spans in zip(numbers, scan(program, [words + n for n in numbers])):
        if not any(s['type'] == kind and number.strip() in s['text'] for s in spans):
            missed += 1
            examples.append(('missed', number, [s['text'] for s in spans]))
    for number, spans in zip(misses, scan(program, [words + n for n in misses])):
        if any(len(s['text']) * 2 >= len(number) for s in spans):
            alarms += 1
            examples.append(('found', number, [(s['type'], s['text']) for s in spans]))
    check = cross_check(name, module, numbers, misses)
    print(f'{name:12} {count:8} valid, missed {missed:5}; {len(misses):8} near-misses, found {alarms:5}; '
          + ('no python-stdnum for it' if check is None else f'stdnum refuses {check[0]} and accepts {check[1]} of 2000'), flush=True)
    for example in examples[:show]:
        print('    ', *example)
    return missed, alarms, len(misses)


def run_spellings(program, count, show):
    bad = 0
    for name, (before, behind) in ADVERSARIAL.items():
        make, _, kind, _ = FORMATS[name]
        for spelling, change in SPELLINGS.items():
            numbers = [make() for _ in range(count)]
            spelled = [change(n) for n in numbers]
            hits, lost = 0, []
            results = scan(program, [before + t + behind for t in spelled])
            for text, spans in zip(spelled, results):
                size = len(text.encode())
                covered = sum(len(s['text'].encode()) for s in spans if s['type'] == kind)
                hits += covered >= size - 8
                if covered < size - 8:
                    lost.append((text, [(s['type'], s['text']) for s in spans]))
            recall = hits / max(1, len(results))
            bad += recall < .995
            print(f'{name:12} {spelling:18} {len(results):7} recall {recall:.4f}', flush=True)
            for example in lost[:show]:
                print('    ', *example)
    return bad


def main():
    p = argparse.ArgumentParser()
    p.add_argument('hearth')
    p.add_argument('--count', type=int, default=100000)
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--show', type=int, default=0)
    p.add_argument('--only', default='')
    p.add_argument('--check', action='store_true')
    a = p.parse_args()
    R.seed(a.seed)
    if stdnum_module('luhn') is None:
        print('NOTE: python-stdnum is not installed; the cross-check is skipped')
    missed = alarms = tried = 0
    for name in FORMATS:
        if a.only and name not in a.only.split(','):
            continue
        m, f, n = run_format(a.hearth, name, a.count, a.show)
        missed, alarms, tried = missed + m, alarms + f, tried + n
    bad = run_spellings(a.hearth, max(50, a.count // 10), a.show) if not a.only else 0
    print(f'all: missed {missed}; near-misses found {alarms} of {tried}; spellings below 0.995: {bad}')
    return 1 if a.check and (missed or alarms > max(1, tried / 100000) or bad) else 0


if __name__ == '__main__':
    sys.exit(main())
