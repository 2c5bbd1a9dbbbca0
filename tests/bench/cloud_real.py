#!/usr/bin/env python3
"""What comes back from a real model: documents full of people are masked, a model behind a real server does with them what
users ask (translate, table, code, dates in other formats, ...), and its answer is restored.

usage: cloud_real.py HEARTH MODEL.gguf [--asks N] [--show] [--replay FILE] [--save FILE]
       cloud_real.py HEARTH --url http://127.0.0.1:8000/v1 --model NAME [--key KEY] ...

Without --url llama.cpp's own server is started on loopback, as the Python package xllamacpp has it (pip install xllamacpp); with
it any server that speaks OpenAI's chat completions is asked, LiteLLM's proxy among them. --save keeps the answers, and --replay
judges the same ones again with another build of Hearth, without a model (the same HEARTH_HOME: the map of surrogates is there).

An answer is looked through for two things, and --show prints all of it for a reader, who sees more:
  left   words of surrogates that are still in what the user would see
  odd    what the restorer changed though no surrogate stands there
A model of this size makes mistakes of its own (a wrong year in a date, pinyin that is none, an answer that breaks off inside a
number): what it has spoiled counts as left, too. Everything runs in a home of its own, or in HEARTH_HOME where that is set.
"""
import argparse, collections, difflib, json, os, re, socket, subprocess, sys, tempfile, time, urllib.request

DOCUMENTS = {
    'en': """Service agreement between Emma Clark, 42 Baker Street, London, and Oakline Joinery Ltd, represented by Robert Hughes.
Emma Clark was born on March 5, 1986. Her phone is +44 20 7946 0958, her mail emma.clark@oakmail.co.uk. Passport 533401372.
Robert Hughes visited Mrs Clark on March 12, 2026 and found the boiler leaking. He asked Siobhan O'Brien (phone +44 7700 900461)
to replace the valve. The work costs 1,250.00 EUR, payable to IBAN GB29 NWBK 6016 1331 9268 19 by April 2, 2026.""",
    'zh': """租赁合同。出租方：王建国，电话13800138000，住址：北京市朝阳区建国路88号。承租方：欧阳晓雯，电话139 8421 7710，邮箱ouyang.xw@qqmail.cn，
在杭州远帆科技有限公司工作。王建国于2026年3月5日把房子交给欧阳晓雯。租金每月4500元。王先生的妹妹王丽华代收租金。张伟律师见证了签字。""",
    'de': """Protokoll vom 5. März 2026. Anwesend: Herr Jürgen Müller und Frau Sabine Krüger-Lehmann. Jürgen Müller wohnt in der
Gartenstraße 17, 50968 Köln, Telefon +49 221 4711234, geboren am 12.08.1971. Sabine Krüger-Lehmann (sabine.kl@postwerk.de) klagt
über Lärm und zahlt an IBAN DE89 3704 0044 0532 0130 00.""",
    'mix': """Li Xiaoming (李晓明, lixiaoming@farsail.cn, 138-0013-8000) of 远帆科技有限公司 met Anna Petrova from Brightwater Analytics
Inc. in Shanghai. Anna Petrova, born 1990-11-23, lives at 1200 Market Street, phone +1 415 555 2671. 李晓明 will send the contract
to Dr. Hans-Peter Vogel. Petrova's assistant Jean-Luc Moreau has SSN 536-90-4399."""}

ASKS = [  # kind, document, what is asked
    ('translate', 'en', 'Translate the text into German.'),
    ('translate', 'zh', 'Translate the text into English.'),
    ('translate', 'de', 'Translate the text into English.'),
    ('summary', 'zh', '用两句话概括。'),
    ('summary', 'de', 'Fasse den Text in zwei Sätzen zusammen.'),
    ('table', 'en', 'Make a Markdown table of all people: last name, first name, phone.'),
    ('table', 'mix', 'Markdown table of all people: name, e-mail, phone.'),
    ('json', 'en', 'Give all people with phone and date of birth (2000-01-31) as JSON only.'),
    ('json', 'zh', '把所有人和电话写成JSON。'),
    ('code', 'en', 'Write Python variables named after the people in snake_case that hold their phones.'),
    ('code', 'mix', 'Write a JavaScript class for each person, named after the person in CamelCase.'),
    ('poem', 'en', 'Write a poem of four lines about the people.'),
    ('mail', 'zh', '替承租方给出租方写一封简短的邮件。'),
    ('mail', 'de', 'Schreibe eine kurze Antwort an die Mieterin wegen des Lärms.'),
    ('forms', 'en', 'Give each full name in UPPER CASE and in the possessive form ("X\'s house").'),
    ('forms', 'de', 'Gib jeden Namen in GROSSBUCHSTABEN und im Genitiv.'),
    ('sorted', 'mix', 'List all names sorted by surname as "SURNAME, Given".'),
    ('dates', 'en', 'When was Emma born? Write that date as 31.01.2000, as 2000-01-31 and as 2000年1月31日.'),
    ('dates', 'de', 'Write the date of birth in English, like January 31, 2000.'),
    ('numbers', 'en', 'List all phones as 0044..., digits only, and the IBAN without spaces.'),
    ('numbers', 'de', 'Schreibe die Telefonnummer im nationalen Format (0221/...) und die IBAN ohne Leerzeichen.')]


def hearth(args, words, text):
    run = subprocess.run([args.hearth, *words], input=text.encode(), capture_output=True)
    if run.returncode:
        sys.exit(run.stderr.decode())
    return run.stdout.decode()


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


SERVE = """
import sys, time, xllamacpp
p = xllamacpp.CommonParams()
p.model.path, p.hostnames, p.port, p.n_ctx, p.n_parallel = sys.argv[1], ['127.0.0.1'], int(sys.argv[2]), 8192, 1
server = xllamacpp.Server(p)
time.sleep(1e6)
"""


def start_server(gguf):
    """The process and its address."""
    try:
        import xllamacpp  # noqa: F401
    except ImportError:
        sys.exit('xllamacpp is not installed (pip install xllamacpp); or name a server with --url')
    port = free_port()
    process = subprocess.Popen([sys.executable, '-c', SERVE, gguf, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(120):
        time.sleep(1)
        try:
            urllib.request.urlopen('http://127.0.0.1:%d/health' % port, timeout=2)
            return process, 'http://127.0.0.1:%d/v1' % port
        except OSError:
            if process.poll() is not None:
                break
    sys.exit('the server does not start')


def say(args, text):
    body = {'model': args.model, 'temperature': 0, 'max_tokens': args.tokens, 'messages': [{'role': 'user', 'content': text}]}
    head = {'content-type': 'application/json', 'authorization': 'Bearer ' + args.key}
    request = urllib.request.Request(args.url + '/chat/completions', json.dumps(body).encode(), head)
    return json.load(urllib.request.urlopen(request, timeout=900))['choices'][0]['message']['content']


def answers(args):
    """A row an ask: what left, and what the model made of it."""
    for kind, document, ask in ASKS[:args.asks]:
        name = 'real-%s' % document
        text = ask + '\n\nText:\n' + DOCUMENTS[document]
        masked = hearth(args, ['gate', 'mask', '-q', '--conversation', name], text)
        yield {'kind': kind, 'document': document, 'text': text, 'conversation': name, 'masked': masked, 'answer': say(args, masked)}


def words(text):
    """Words, longer numbers, and pairs of Han signs."""
    pairs = {text[i:i + 2] for i in range(len(text)) if re.fullmatch('[\u4e00-\u9fff]{2}', text[i:i + 2])}
    return {w.lower() for w in re.findall(r'[A-Za-zÀ-ÿ]{3,}|\d{4,}', text)} | pairs


def tokens(text):
    return re.findall(r'[A-Za-zÀ-ÿ]+|\d+|[\u4e00-\u9fff]|\s+|.', text)


def judge(args, row):
    """What is left of surrogates, and what was changed where none stands."""
    own = words(row['text'])
    surrogate = words(row['masked']) - own
    signs = set(''.join(w for w in surrogate)) | set('0123456789')
    shown = hearth(args, ['gate', 'restore', '--conversation', row['conversation']], row['answer'])
    left = sorted(surrogate & words(shown) - own)
    a, b = tokens(row['answer']), tokens(shown)
    changes = [''.join(a[i:j]) for op, i, j, _, _ in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes() if op != 'equal']
    odd = [c for c in changes if c.strip() and not words(c) & surrogate and not set(c.lower()) & signs]
    return shown, left, odd


def main():
    p = argparse.ArgumentParser(usage=__doc__.split('usage:')[1].split('\n\n')[0])
    p.add_argument('hearth')
    p.add_argument('gguf', nargs='?')
    p.add_argument('--url')
    p.add_argument('--model', default='model')
    p.add_argument('--key', default='none')
    p.add_argument('--asks', type=int, default=len(ASKS))
    p.add_argument('--tokens', type=int, default=300)
    p.add_argument('--show', action='store_true')
    p.add_argument('--save')
    p.add_argument('--replay')
    args = p.parse_args()
    os.environ.setdefault('HEARTH_HOME', tempfile.mkdtemp(prefix='hearth-real-'))
    server = None
    if not args.replay and not args.url:
        if not args.gguf:
            p.error('a model, --url or --replay is needed')
        server, args.url = start_server(args.gguf)
    score = collections.OrderedDict()
    keep = open(args.save, 'w', encoding='utf-8') if args.save else None
    try:
        for row in map(json.loads, open(args.replay, encoding='utf-8')) if args.replay else answers(args):
            shown, left, odd = judge(args, row)
            if keep:
                keep.write(json.dumps(row, ensure_ascii=False) + '\n')
            if args.show:
                print('== %s %s: %s\n%s\n-->\n%s' % (row['kind'], row['document'], row['text'].split('\n')[0], row['answer'], shown))
            print('%-10s %-4s %s' % (row['kind'], row['document'], 'ok' if not left and not odd else 'left %s odd %s' % (left, odd)), flush=True)
            count = score.setdefault(row['kind'], [0, 0, 0])
            for i, good in enumerate((True, not left, not odd)):
                count[i] += good
    finally:
        if server:
            server.terminate()
    for kind, (n, clean, right) in score.items():
        print('%-10s %2d answers: nothing left in %d, nothing else changed in %d' % (kind, n, clean, right))


main()
