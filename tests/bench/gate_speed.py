#!/usr/bin/env python3
"""How fast `hearth gate scan` finds formats, by kind of text: makes the texts and runs gate_speed over them.

usage: tests/bench/gate_speed.py GATE_SPEED [DATA]     (DATA: the shared data bundle; default HEARTH_TEST_DATA or ../shared/data)

English: this repository's pages, which are full of numbers, Presidio's texts and Wikipedia (XQuAD); Chinese: news of CRUD-RAG, Wikipedia in simplified
signs (CMRC 2018) and in traditional ones (DRCD); sources: this repository's; a log, mails and two tables are drawn from a seed.
"""
import glob, gzip, json, os, random, subprocess, sys, tempfile

R = random.Random(7)
NAMES = ('Anna Smith', 'Bob Meier', 'Carla Chen', 'Dieter Roth')


def phone():
    return R.choice(('+49 30 %d' % R.randrange(10**6, 10**7), '138%08d' % R.randrange(10**8),
                     '(%03d) 555-%04d' % (R.randrange(200, 999), R.randrange(10**4))))


def day():
    return '%d-%02d-%02d' % (R.randrange(1950, 2025), R.randrange(1, 13), R.randrange(1, 29))


def log_line():
    return '%sT%02d:%02d:%02dZ level=info pid=%d msg="request done" dur_ms=%.3f bytes=%d id=%016x' % (
        day(), R.randrange(24), R.randrange(60), R.randrange(60), R.randrange(65536), R.random() * 1000, R.randrange(10**7), R.getrandbits(64))


def mail():
    return ('From: %s <a.b@example.org>\nDate: Mon, %d Oct 2025 10:%02d:00 +0200\n\nHi all,\n\nplease call me at %s before %d:%02d. The room is %d; '
            'parking costs $%d.\n> On Tuesday you wrote about the budget of EUR %d,000 and version %d.%d.\nBest,\n%s\n\n' % (
                R.choice(NAMES), R.randrange(1, 29), R.randrange(60), phone(), R.randrange(24), R.randrange(60), R.randrange(400), R.randrange(50),
                R.randrange(500), R.randrange(9), R.randrange(20), R.choice(NAMES)))


def texts(data):
    def pages(*patterns):
        return '\n'.join(open(path, encoding='utf-8').read() for pattern in patterns for path in sorted(glob.glob(pattern, recursive=True)))
    yield 'english', pages('*.md', 'doc/**/*.md')
    identifiers = os.path.join(data, 'gate/presidio/synth_dataset_v2.json.gz')
    if os.path.exists(identifiers):
        yield 'identifiers', '\n'.join(row['full_text'] for row in json.loads(gzip.open(identifiers).read()))
    news = os.path.join(data, 'knowledge/crud-rag/documents_dup_part_1_part_1.txt.gz')
    if os.path.exists(news):
        yield 'chinese', gzip.open(news).read(3 << 20).decode('utf-8', 'ignore')
    for name, path in (('wikipedia-en', 'xquad/xquad.en'), ('wikipedia-zh', 'cmrc2018/cmrc2018_dev'), ('wikipedia-tw', 'drcd/DRCD_dev')):
        path = os.path.join(data, 'knowledge', path + '.json.gz')
        if os.path.exists(path):
            articles = json.loads(gzip.open(path).read())['data']
            yield name, '\n'.join(paragraph['context'] for article in articles for paragraph in article['paragraphs'])
    yield 'sources', pages('src/**/*.c')
    yield 'log', '\n'.join(log_line() for _ in range(8000))
    yield 'mails', ''.join(mail() for _ in range(3000))
    yield 'table', '\n'.join('%d,%s,%s,%s,%.2f,"paid"' % (i, R.choice(NAMES), day(), phone(), R.random() * 10**4) for i in range(15000))
    yield 'numbers', '\n'.join(','.join(str(R.randrange(10000)) for _ in range(12)) for _ in range(20000))


def main():
    data = sys.argv[2] if len(sys.argv) > 2 else os.environ.get('HEARTH_TEST_DATA', '../shared/data')
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, text in texts(data):
            paths.append(os.path.join(folder, name))
            with open(paths[-1], 'w', encoding='utf-8') as file:
                file.write(text)
        return subprocess.run([sys.argv[1], *paths]).returncode


if __name__ == '__main__':
    sys.exit(main())
