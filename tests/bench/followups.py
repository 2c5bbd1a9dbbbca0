#!/usr/bin/env python3
"""Follow-ups: does a question that leans on the one before find the same passage as one that stands alone?

Conversations are replayed from question sets: two questions about one paragraph, or about it and the next one, that share a
name (English: a run of capitalised words; Chinese: the longest run of three or more characters that both hold). The second is asked as people ask it, with a pronoun for the name, behind the first one; and once as it was written,
alone. Counted is how often the paragraph is the first passage, and among the first eight. The program answers from whole
collections; no language model runs. Every pair that the rule finds is counted.

  tests/bench/followups.py --set xquad-en [--n 200] [--turns build/tests/bench/turns] [--hearth build/hearth]

Needs HEARTH_HOME with the embedding model and HEARTH_TEST_DATA (../shared/data).
"""
import argparse, json, os, random, re, subprocess, sys, tempfile
from collections import defaultdict

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from squads import SETS, read_set, write_folder

STARTERS = {'what', 'which', 'who', 'when', 'where', 'why', 'how', 'in', 'on', 'the', 'did', 'does', 'do', 'is', 'was',
            'are', 'were', 'at', 'during', 'of', 'by', 'for', 'to', 'from', 'whose', 'whom', 'a', 'an', 'after', 'before'}


def names_en(question):
    """Runs of capitalised words that are not just the beginning of the sentence."""
    runs = re.findall(r"(?:[A-Z][\w'-]*)(?:\s+(?:of|the|de)?\s*[A-Z][\w'-]*)*", question)
    return {r for r in runs if r.split()[0].lower() not in STARTERS and len(r) > 3}


def lean_en(first, second):
    shared = sorted(names_en(first) & names_en(second), key=len, reverse=True)
    if not shared:
        return None
    name = shared[0]
    gone = re.sub(r"(?:[Tt]he\s+)?" + re.escape(name) + r"(?:'s|’s)\b", 'its', second)
    gone = re.sub(r"(?:[Tt]he\s+)?" + re.escape(name) + r"(?!\w)", 'it', gone)
    return gone if gone != second else None


def lean_zh(first, second):
    best = ''
    for i in range(len(second)):
        j = i + max(3, len(best) + 1)
        while j <= len(second) and second[i:j] in first and re.fullmatch(r'[\u4e00-\u9fff·]+', second[i:j]):
            best = second[i:j]
            j += 1
    return second.replace(best, '它') if best and not re.search('什么|哪|多少|几|谁', best) else None


def pairs(questions, lean, step):
    """Chains whose second question is about the same paragraph (step 0) or the next one (1), which is mostly of the same article."""
    by_paragraph = defaultdict(list)
    for paragraph, question, _ in questions:
        by_paragraph[paragraph].append(' '.join(question.split()))
    for paragraph, asked in by_paragraph.items():
        for first, second in zip(asked, by_paragraph.get(paragraph + 1, [])) if step else zip(asked, asked[1:]):
            leaning = lean(first, second)
            if leaning:
                yield paragraph + step, first, second, leaning


def replay(args, label, chains):
    random.Random(args.seed).shuffle(chains)
    chains = chains[:args.n]
    print('%s, %s: %d chains of two questions' % (args.set, label, len(chains)))
    if chains:
        rates('as written, alone', recall(args, [c[2] for c in chains]), chains)
        rates('with a pronoun, alone', recall(args, [c[3] for c in chains]), chains)
        rates('with a pronoun, behind the first', recall(args, [c[3] + '\t' + c[1] for c in chains]), chains)


def recall(args, lines):
    run = subprocess.run([args.turns, args.store, 'recall'], input='\n'.join(lines) + '\n', capture_output=True, text=True)
    if run.returncode:
        sys.exit('turns failed: ' + run.stderr)
    return [[os.path.basename(h['path']) for h in json.loads(line)['hits']] for line in run.stdout.splitlines()]


def rates(label, found, chains):
    names = ['%04d.txt' % c[0] for c in chains]
    first = 100 * sum(f[:1] == [n] for f, n in zip(found, names)) / len(names)
    eight = 100 * sum(n in f[:8] for f, n in zip(found, names)) / len(names)
    print('%-34s first %5.1f %%   among eight %5.1f %%' % (label, first, eight))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--set', choices=SETS, default='xquad-en')
    parser.add_argument('--n', type=int, default=200)
    parser.add_argument('--seed', type=int, default=20261125)
    parser.add_argument('--turns', default='build/tests/bench/turns')
    parser.add_argument('--hearth', default='build/hearth')
    args = parser.parse_args()
    args.store = 'bench-all-' + args.set
    paragraphs, questions = read_set(args.set)
    chinese = args.set.startswith('cmrc') or args.set == 'drcd'
    lean = lean_zh if chinese else lean_en
    folder = os.path.join(tempfile.gettempdir(), 'hearth-' + args.store)
    write_folder(folder, paragraphs, set())
    if subprocess.run([args.hearth, 'add', '--quiet', '--store', args.store, folder]).returncode:
        sys.exit('add failed')
    replay(args, 'about the same paragraph', list(pairs(questions, lean, 0)))
    replay(args, 'about the next paragraph', list(pairs(questions, lean, 1)))


main()
