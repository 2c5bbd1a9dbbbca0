#!/usr/bin/env python3
"""What figure 6 is compared with: llama.cpp's server, the same model file, handed the gold paragraph of the same questions.

The questions are those that answers.py asks with the same --set, --n, --left-out, --part and --seed, and a gold string is looked for in
the answer in the same way. The model reads one paragraph, which is the right one, and a plain request in the paragraph's language;
greedy, at most 256 tokens, as `hearth ask` has it. --prompt way-out (the default) allows it to say that the paragraph has no answer, as
Hearth must; --prompt plain does not.

  tests/bench/answers_given.py --set cmrc-dev --server DIR/llama-server --model FILE.gguf --log FILE [--seconds 90]

The server may be named by HEARTH_RIVALS too (DIR/lc/bin/llama-server). --log and --count work as in answers.py.
"""
import argparse, json, os, socket, subprocess, sys, time, urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from squads import SETS, contains_gold, draw, read_log, read_set, share

PROMPTS = {  # (English, Chinese)
    'plain': ('Answer the question from the paragraph.', '请根据段落回答问题。'),
    'way-out': ('Answer the question from the paragraph. If the answer is not in it, say: not found.',
                '请根据段落回答问题。如果段落中没有答案，请说：未找到。')}
LAYOUTS = ('%s\n\nParagraph: %s\n\nQuestion: %s', '%s\n\n段落：%s\n\n问题：%s')
REFUSALS = ('not found', '未找到')
MAX_TOKENS = 256


def start_server(args):
    """(process, address) of a server that has loaded the model."""
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    child = subprocess.Popen([args.server, '-m', args.model, '--host', '127.0.0.1', '--port', str(port), '-c', '8192', '-np', '1',
                              '-t', str(args.threads)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = 'http://127.0.0.1:%d' % port
    for _ in range(600):
        try:
            urllib.request.urlopen(address + '/health', timeout=60)
            return child, address
        except OSError:  # refused, or 503 while it loads
            if child.poll() is not None:
                sys.exit('the server ended with %d' % child.returncode)
            time.sleep(0.5)
    child.terminate()
    sys.exit('the server does not come up')


def ask(address, args, paragraph, question):
    zh = any('\u4e00' <= c <= '\u9fff' for c in question)
    text = LAYOUTS[zh] % (PROMPTS[args.prompt][zh], paragraph, question)
    body = {'messages': [{'role': 'user', 'content': text}], 'temperature': 0, 'max_tokens': MAX_TOKENS}
    request = urllib.request.Request(address + '/v1/chat/completions', json.dumps(body).encode(), {'Content-Type': 'application/json'})
    with urllib.request.urlopen(request, timeout=1200) as reply:
        made = json.load(reply)
    return dict(answer=made['choices'][0]['message']['content'], stop=made['choices'][0]['finish_reason'],
                tokens=made['usage']['completion_tokens'])


def report(args, rows):
    print('llama.cpp with the gold paragraph, prompt %s: %s, %s: %d questions, %.1f tokens an answer' %
          (args.prompt, args.set, args.part, len(rows), sum(r['tokens'] for r in rows) / max(1, len(rows))))
    share('contains gold', sum(contains_gold(r['answer'], r['answers']) for r in rows), len(rows))
    share('said not found', sum(any(w in r['answer'].lower() for w in REFUSALS) for r in rows), len(rows))


def parse():
    rivals = os.environ.get('HEARTH_RIVALS', 'build-rivals')
    parser = argparse.ArgumentParser()
    parser.add_argument('--set', choices=SETS, default='xquad-en')
    parser.add_argument('--n', type=int, default=200)
    parser.add_argument('--left-out', type=int, default=100, help='not asked here; it decides which questions are')
    parser.add_argument('--part', choices=['report', 'tune'], default='report')
    parser.add_argument('--seed', type=int, default=20261122)
    parser.add_argument('--prompt', choices=PROMPTS, default='way-out')
    parser.add_argument('--server', default=os.path.join(rivals, 'lc/bin/llama-server'))
    parser.add_argument('--model', help='the GGUF file that Hearth runs too')
    parser.add_argument('--threads', type=int, default=os.cpu_count())
    parser.add_argument('--log', help='one JSON line a question; a log that is there is continued')
    parser.add_argument('--seconds', type=float, default=1e9, help='stop after this long; run again to go on')
    parser.add_argument('--count', action='store_true', help='only count what the log holds')
    args = parser.parse_args()
    if not args.count and not args.model:
        parser.error('--model FILE.gguf')
    return args


def main():
    args = parse()
    paragraphs, questions = read_set(args.set)
    asked, _, _ = draw(questions, args)
    done = {r['question']: r for r in read_log(args.log) if r['prompt'] == args.prompt}
    todo = [] if args.count else [q for q in asked if q[1] not in done]
    began = time.time()
    child, address = start_server(args) if todo else (None, None)
    try:
        for gold, question, answers in todo:
            if time.time() - began > args.seconds:
                break
            row = dict(question=question, answers=answers, prompt=args.prompt, **ask(address, args, paragraphs[gold], question))
            done[question] = row
            if args.log:
                with open(args.log, 'a', encoding='utf-8') as log:
                    log.write(json.dumps(row, ensure_ascii=False) + '\n')
    finally:
        if child:
            child.terminate()
            child.wait()
    report(args, [done[q[1]] for q in asked if q[1] in done])


main()
