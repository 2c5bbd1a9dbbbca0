#!/usr/bin/env python3
"""Writes src/base/han.signs, which simplified sign stands for which traditional one (HanTable in han.h, little-endian):
tools/han-table.py TSCharacters.txt Unihan_Variants.txt > src/base/han.signs; prints HAN_SIGNS

TSCharacters.txt is OpenCC's table (Apache-2.0), in the folder dictionary/ of PyPI's opencc-python-reimplemented.
Unihan_Variants.txt is Unicode's; Debian's package unicode-data has it packed as /usr/share/unicode/Unihan_Variants.txt.bz2. OpenCC
decides, since it knows more signs of every day (Unihan has no simplified variant for the first sign of "tourism"); Unihan adds rare
ones. Where there are several, the first counts that is another sign and in GB 2312: both sides of a comparison are folded alike, so
that any will do. Signs outside of U+3400 to U+9FFF are left out: with them a text would change its length.
"""
import struct, sys

FIRST, LAST = 0x3400, 0x9FFF


def is_han(sign):
    return FIRST <= ord(sign) <= LAST


def is_common(sign):
    return len(sign.encode('gb2312', 'ignore')) == 2


def choose(sign, others):
    fitting = [o for o in others if o != sign and is_han(o)]
    fitting.sort(key=lambda o: not is_common(o))  # stable: the table's order decides among equals
    return fitting[0] if fitting and is_han(sign) else None


def opencc(path):
    for line in open(path, encoding='utf-8'):
        if '\t' in line and not line.startswith('#'):
            sign, others = line.rstrip('\n').split('\t')
            yield sign, others.split()


def unihan(path):
    for line in open(path, encoding='utf-8'):
        fields = line.rstrip('\n').split('\t')
        if len(fields) == 3 and fields[1] == 'kSimplifiedVariant':
            yield chr(int(fields[0][2:], 16)), [chr(int(v[2:], 16)) for v in fields[2].split()]


def table(paths):
    fold = {}
    for pairs in (opencc(paths[0]), unihan(paths[1])):
        for sign, others in pairs:
            to = choose(sign, others)
            if to and sign not in fold:
                fold[sign] = to
    for sign in fold:  # folding twice changes nothing more
        seen = {sign}
        while fold[sign] in fold and fold[fold[sign]] not in seen:
            seen.add(fold[sign])
            fold[sign] = fold[fold[sign]]
    return {sign: to for sign, to in fold.items() if sign != to and to not in fold}


def main():
    fold = table(sys.argv[1:3])
    marks, ranks, n = [], [], 0
    for at in range(FIRST, LAST + 1, 64):
        bits = sum(1 << i for i in range(64) if chr(at + i) in fold)
        marks.append(bits)
        ranks.append(n)
        n += bin(bits).count('1')
    to = [ord(fold[s]) for s in sorted(fold)]
    out = struct.pack('<%dQ%dH%dH' % (len(marks), len(ranks), len(to)), *marks, *ranks, *to)
    sys.stdout.buffer.write(out)
    print(n, file=sys.stderr)


main()
