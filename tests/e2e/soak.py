#!/usr/bin/env python3
"""Soak: one `hearth chat` lives for long while documents change under it and others search. What must not grow does not: its memory, its
open files, the store on the disk. Speaks TAP; a part of `make check-long` only.

usage: soak.py HEARTH        SOAK_SECONDS (600); SmolLM2 in HEARTH_TEST_MODELS, else passages are the answers

Memory and files are looked at after each answer; the first WARM answers may fill caches. The text of the documents stays as long as it was,
so the store may hold it at most STORE_TIMES times (old segments until they are merged, free pages of the database).
"""
import os, random, select, subprocess, time

import tap
from scene import ENV, HEARTH, HOME, finish, hearth

SECONDS = float(os.environ.get('SOAK_SECONDS', '600'))
MODEL = os.path.join(os.environ.get('HEARTH_TEST_MODELS', ''), 'SmolLM2-135M-Instruct.Q4_1.gguf')
DOCS = os.path.join(HOME, 'docs')
WARM, FILES, ROOM_KIB, STORE_TIMES = 20, 40, 48 << 10, 5
END = b'left this machine.'
rng = random.Random(11)
count = {'answers': 0, 'changes': 0}


def write(number, turn):
    with open(os.path.join(DOCS, '%02d.txt' % number), 'w') as f:
        for line in range(40):
            f.write('In entry %d of ledger %d the keeper paid %d pounds for item %d.\n\n' % (line, number, rng.randrange(1000), turn))


def memory_kib(pid):
    with open('/proc/%d/status' % pid) as f:
        return next(int(line.split()[1]) for line in f if line.startswith('VmRSS'))


def bytes_of(folder):
    return sum(os.path.getsize(os.path.join(path, name)) for path, _, names in os.walk(folder) for name in names)


def ask(chat, question):
    """Types a question and reads until the line that ends an answer."""
    chat.stdin.write(question.encode() + b'\n')
    chat.stdin.flush()
    said, end = b'', time.time() + 120
    while END not in said and time.time() < end:
        if select.select([chat.stdout], [], [], 1)[0]:
            piece = os.read(chat.stdout.fileno(), 65536)
            assert piece, said
            said += piece
    assert END in said, said
    count['answers'] += 1


def one_turn(chat, turn):
    write(turn % FILES, turn)
    code, _, err = hearth('add', '-q')
    assert code == 0, err
    count['changes'] += 1
    ask(chat, 'What did the keeper pay for item %d in ledger %d?' % (turn, turn % FILES))
    if turn % 7 == 0:
        chat.stdin.write(b'/new\n')
    code, _, err = hearth('search', 'ledger %d' % (turn % FILES))
    assert code == 0, err


def a_long_conversation_needs_no_more_than_a_short_one():
    os.makedirs(DOCS)
    for number in range(FILES):
        write(number, 0)
    code, _, err = hearth('add', DOCS)
    assert code == 0, err
    words = ['chat', '--max-tokens', '24'] + (['-m', MODEL] if os.path.exists(MODEL) else [])
    chat = subprocess.Popen([HEARTH, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENV)
    began, turn, memory, files = time.time(), 0, [], []
    while time.time() < began + SECONDS or turn < WARM + 5:
        turn += 1
        one_turn(chat, turn)
        memory.append(memory_kib(chat.pid))
        files.append(len(os.listdir('/proc/%d/fd' % chat.pid)))
    chat.stdin.close()
    assert chat.wait(60) == 0
    print('# %d turns; memory %d to %d KiB, open files %d to %d' % (turn, min(memory[WARM:]), max(memory[WARM:]), min(files), max(files)))
    assert max(memory[WARM:]) <= memory[WARM - 1] + ROOM_KIB, memory[WARM - 1:]
    assert max(files[WARM:]) <= max(files[:WARM]), files


def the_store_is_as_large_as_its_documents_are():
    store, text = bytes_of(os.path.join(HOME, 'stores')), bytes_of(DOCS)
    print('# %d changes of %d bytes of documents: a store of %d bytes' % (count['changes'], text, store))
    assert store <= STORE_TIMES * text, (store, text)
    code, out, err = hearth('doctor')
    assert 'database, texts and segments are whole' in out, (code, out, err)


finish(tap.run([a_long_conversation_needs_no_more_than_a_short_one, the_store_is_as_large_as_its_documents_are]))
