#!/usr/bin/env python3
"""Writes src/knowledge/read/charset.counts, and charset_data.c, which says where in it the tables of a set lie.

The texts are the translations that Debian's packages install (GTK, GLib, Vim and others: *.mo); of each message the hash of
its words decides whether it is counted (the even ones) or kept for the evaluation. Only counts get into the tables.
"""
import collections, gettext, glob, math, os, random, re, sys, zlib

MODELS = {  # name: (languages, character sets, bits against them); +N: more against this one
    'western': ('fr de es pt it sv da fi nl nb', 'cp1252', 0),
    'polish': ('pl', 'cp1250 iso8859_2', 6),
    'czech': ('cs sk', 'cp1250 iso8859_2', 6),
    'hungarian': ('hu', 'cp1250 iso8859_2', 6),
    'croatian': ('hr sl', 'cp1250 iso8859_2', 8),
    'turkish': ('tr', 'cp1254', 6),
    'lithuanian': ('lt', 'cp1257 iso8859_13', 8),
    'latvian': ('lv', 'cp1257 iso8859_13', 8),
    'russian': ('ru', 'cp1251 koi8_r iso8859_5 cp866+22', 8),
    'ukrainian': ('uk', 'cp1251 koi8_u iso8859_5', 10),
    'bulgarian': ('bg', 'cp1251 iso8859_5', 10),
    'greek': ('el', 'cp1253 iso8859_7', 10),
    'hebrew': ('he', 'cp1255 iso8859_8', 10),
    'arabic': ('ar fa', 'cp1256 iso8859_6', 10),
    'thai': ('th', 'tis_620', 10),
}
PAIRS = {'gb18030': 'zh_CN', 'big5hkscs': 'zh_TW', 'cp932': 'ja', 'euc_jp': 'ja', 'cp949': 'ko'}
NAMES = {'gb18030': 'GB18030', 'big5hkscs': 'BIG5-HKSCS', 'cp932': 'CP932', 'euc_jp': 'EUC-JP', 'cp949': 'UHC', 'koi8_r': 'KOI8-R',
         'koi8_u': 'KOI8-U', 'tis_620': 'TIS-620'}
LATIN = {'western', 'polish', 'czech', 'hungarian', 'croatian', 'turkish', 'lithuanian', 'latvian'}
SIGNS = '\u00a0\u2018\u2019\u201c\u201d\u201e\u201a\u00ab\u00bb\u2013\u2014\u2026\u20ac\u00b0\u00a7\u00b7\u2022'
STEPS = 8     # of a bit, in a table's byte
HEAD = '''/* Made by tools/charset-count.py, with charset.counts; see charset_guess.c. */
#include "knowledge/read/charset_guess.h"

#define COUNTS(at) (charset_counts_begin + (at))

'''
CUTS = (0x80, 0xA1, 0xFF)  # trail bytes below, between, above


def name_of(charset):
    return NAMES.get(charset) or charset.upper().replace('ISO8859_', 'ISO-8859-')


def messages(language):
    found = set()
    for pattern in ('/usr/share/locale/%s/LC_MESSAGES/*.mo', '/usr/share/vim/vim90/lang/%s*/LC_MESSAGES/vim.mo'):
        for file in sorted(glob.glob(pattern % language)):
            if os.path.basename(file).startswith('iso_'):
                continue
            try:
                catalog = gettext.GNUTranslations(open(file, 'rb'))._catalog
            except Exception:
                continue
            for key, text in catalog.items():
                if isinstance(text, str) and key and len(text) > 15:
                    text = re.sub(r'%[\w$.-]*|_|&|\{\w*\}|<[^>]*>', '', text)
                    found.add(re.sub(r'\s+', ' ', text))
    return sorted(t for t in found if zlib.crc32(t.encode()) % 2 == 0)


def classes(model, texts, charsets):
    """Letters beyond ASCII that are worth a class, by frequency; lower case."""
    count = collections.Counter(c for t in texts for c in t.lower() if ord(c) >= 128)
    can = set()
    for charset in charsets:
        can |= {bytes([b]).decode(charset, 'ignore').lower() for b in range(128, 256)}
    total = sum(count.values())
    return [c for c, n in count.most_common(72) if c in can and c.isalpha() | (model == 'thai') and n * 20000 > total]


def class_of(c, letters, latin):
    """0 blank and ASCII signs, then the letters, then signs of every day, then others beyond ASCII."""
    low = 'i' if c == '\u0130' else c.lower()
    if len(low) != 1:
        low = c
    base = 27 if latin else 2
    if ord(c) < 128:
        if not c.isalpha():
            return 0
        return 1 + ord(low) - 97 if latin else 1
    if low in letters:
        return base + letters.index(low)
    return base + len(letters) + (c not in SIGNS)


def table(model, texts, letters, latin):
    n = (27 if latin else 2) + len(letters) + 2
    count = [[0.05] * n for _ in range(n)]
    for t in texts:
        last = 0
        for c in t + ' ':
            k = class_of(c, letters, latin)
            count[last][k] += 1
            last = k
    out = []
    for row in count:
        s = sum(row)
        out.append([min(255, round(-math.log2(x / s) * STEPS)) for x in row])
    for row in out:  # one sign among many: which one costs, too
        row[n - 1] = max(row[n - 1], 12 * STEPS)
        row[n - 2] = 6 * STEPS  # the same in all languages: a quotation mark speaks for none
        if not latin:
            row[1] = min(255, row[1] + 4 * STEPS)
    out[n - 1] = out[n - 2] = out[0]
    return n, out


def map_of(charset, letters, latin, n):
    """256 bytes: class; +128 for a capital; 127: no character."""
    out = []
    for b in range(256):
        c = bytes([b]).decode(charset, 'ignore')
        if not c or 0x80 <= ord(c) < 0xA0:
            out.append(127 if b >= 128 else 0)
            continue
        k = class_of(c, letters, latin)
        out.append(k + (128 if c != c.lower() and len(c.lower()) == 1 else 0))
    return out


def leads(charset, texts):
    """Cost of a lead byte, and of the trail's third."""
    lead, trail = collections.Counter(), [1, 1, 1]
    for t in texts:
        for c in t:
            b = c.encode(charset, 'ignore')
            if len(b) == 2:
                lead[b[0]] += 1
                trail[sum(b[1] >= cut for cut in CUTS[:2])] += 1
    total = sum(lead.values())
    lead_cost = [min(255, round(-math.log2((lead[b] + 0.3) / (total + 40)) * STEPS)) for b in range(128, 256)]
    sizes = (63, 33, 94)
    trail_cost = [min(255, round(-math.log2(trail[i] / sum(trail) / sizes[i]) * STEPS)) for i in range(3)]
    return lead_cost, trail_cost


def main():
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'src', 'knowledge', 'read')
    counts = bytearray()

    def put(numbers):
        counts.extend(numbers)
        return 'COUNTS(%d)' % (len(counts) - len(numbers))

    sets = []
    for model, (languages, charsets, prior) in MODELS.items():
        texts = []
        for language in languages.split():
            m = messages(language)
            random.Random(3).shuffle(m)
            texts += m[:4000]
        more = {c.partition('+')[0]: int(c.partition('+')[2] or 0) for c in charsets.split()}
        charsets = list(more)
        latin = model in LATIN
        letters = classes(model, texts, charsets)
        n, cost = table(model, texts, letters, latin)
        assert n < 127
        at = put([x for r in cost for x in r])
        for charset in charsets:
            of_bytes = put(map_of(charset, letters, latin, n))
            sets.append('    {"%s", %s, %s, %d, %d},' % (name_of(charset), of_bytes, at, n, (prior + more[charset]) * STEPS))
    pairs = []
    for charset, language in PAIRS.items():
        m = messages(language)
        random.Random(3).shuffle(m)
        lead, trail = leads(charset, m[:12000])
        pairs.append('    {"%s", %s, {%s}},' % (name_of(charset), put(lead), ', '.join(map(str, trail))))
    with open(os.path.join(folder, 'charset.counts'), 'wb') as f:
        f.write(counts)
    with open(os.path.join(folder, 'charset_data.c'), 'w') as f:
        f.write(HEAD + 'const CharsetLetters charset_letters[] = {\n%s\n    {0}};\n\n' % '\n'.join(sets)
                + 'const CharsetPairs charset_pairs[] = {\n%s\n    {0}};\n\n' % '\n'.join(pairs)
                + 'const size_t charset_counts_n = %d;\n' % len(counts))


main()
