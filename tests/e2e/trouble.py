#!/usr/bin/env python3
"""Promises for bad days, from outside: signals at random moments, a reader of the output that goes away, a full disk
behind the output, too little memory, too few descriptors. Speaks TAP.

usage: trouble.py HEARTH [ROUNDS]     (ROUNDS of each signal; 4 in make check, 40 in make check-long)
"""
import json, os, random, resource, shutil, signal, subprocess, sys, tempfile, time

import tap

HEARTH = os.path.abspath(sys.argv[1])
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 4
HOME = tempfile.mkdtemp(prefix='hearth-trouble-')
MODELS = os.environ.get('HEARTH_TEST_MODELS', '')
ENV = dict(os.environ, HEARTH_HOME=HOME, NO_COLOR='1')
DOCS = os.path.join(HOME, 'docs')
N_DOCS = 500
STOPS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
EXIT_CODES = {0, 1, 2, 3, 4, 5, 6, 7, 130}
SEED = int(os.environ.get('SEED', random.randrange(1 << 30)))
draw = random.Random(SEED)


def hearth(*words, env=ENV, timeout=300, **more):
    run = subprocess.run([HEARTH, *words], stdin=subprocess.DEVNULL, capture_output=True, env=env, timeout=timeout, **more)
    return run.returncode, run.stdout.decode('utf-8', 'replace'), run.stderr.decode('utf-8', 'replace')


def start(*words, **more):
    more.setdefault('stdout', subprocess.PIPE)
    return subprocess.Popen([HEARTH, *words], stderr=subprocess.PIPE, env=ENV, **more)


def sound():
    """The store is whole: as `doctor` sees it, and as the next add completes it."""
    code, out, err = hearth('doctor', '--json')
    for check in json.loads(out)['checks']:
        assert check['name'] != 'store' or check['verdict'] != 'BAD', check
    code, out, err = hearth('add', '--json', DOCS)
    assert code == 0 and json.loads(out)['complete'], (code, err)
    code, out, _ = hearth('list', '--json')
    files = [f['path'] for f in json.loads(out)['files']]
    assert len(files) == len(set(files)) == len(os.listdir(DOCS)), len(files)


def change_documents(round_number):
    for i in draw.sample(range(N_DOCS), N_DOCS // 2):
        with open(os.path.join(DOCS, 'd%03d.txt' % i), 'w') as f:
            f.write('Document %d speaks of round%d and of thing%d.\n' % (i, round_number, i % 37))


def stopped_at_random(words, longest_s, name):
    """Sends each signal ROUNDS times at a random moment: 130, or 0 when it was through, and soon."""
    codes = {}
    for n in range(ROUNDS):
        for number in STOPS:
            change_documents(n)
            child = start(*words, stdin=subprocess.DEVNULL)
            time.sleep(draw.uniform(0, longest_s))
            child.send_signal(number)
            began = time.time()
            _, err = child.communicate(timeout=60)
            # before its handlers stand a signal simply ends it; nothing has begun by then
            assert child.returncode in (0, 130, -number), (name, number, child.returncode, err)
            assert time.time() - began < 40, (name, number, 'was slow to stop')
            codes[child.returncode] = codes.get(child.returncode, 0) + 1
    print('# %s: %s' % (name, codes))
    assert codes.get(130), codes


def an_add_without_its_reader_fails_and_says_what_to_do():
    """The program alone, without hearth-read beside it or in a folder above."""
    alone = tempfile.mkdtemp(prefix='hearth-alone-')
    try:
        program = os.path.join(alone, 'a', 'b', 'hearth')
        os.makedirs(os.path.dirname(program))
        shutil.copy(HEARTH, program)
        with open(os.path.join(alone, 'note.txt'), 'w') as f:
            f.write('The boiler was serviced in May.\n')
        env = dict(ENV, HEARTH_HOME=os.path.join(alone, 'home'))
        run = subprocess.run([program, 'add', os.path.join(alone, 'note.txt')], capture_output=True, text=True, env=env, timeout=120)
        assert run.returncode not in (0, 130) and run.returncode in EXIT_CODES, run
        assert 'hearth-read is not there' in run.stderr and '->' in run.stderr, run.stderr
    finally:
        shutil.rmtree(alone)


def a_stopped_add_is_drained_and_goes_on():
    os.makedirs(DOCS)
    for i in range(N_DOCS):
        open(os.path.join(DOCS, 'd%03d.txt' % i), 'w').close()
    began = time.time()
    change_documents(99)
    assert hearth('add', DOCS)[0] == 0
    change_documents(98)
    began = time.time()
    assert hearth('add', DOCS)[0] == 0
    stopped_at_random(['add', DOCS], (time.time() - began) * 0.9, 'add')
    sound()


def a_stopped_pull_leaves_nothing_half():
    source = os.path.join(HOME, 'big.gguf')
    with open(source, 'wb') as f:
        f.write(b'GGUF\x03\x00\x00\x00' + bytes(16))
        f.truncate(200 << 20)
    models = os.path.join(HOME, 'other')
    began = time.time()
    env = dict(ENV, HEARTH_HOME=models)
    hearth('pull', '--file', source, env=env)
    took = time.time() - began
    shutil.rmtree(models)
    for n in range(ROUNDS):
        for number in STOPS:
            child = subprocess.Popen([HEARTH, 'pull', '--file', source], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
            time.sleep(draw.uniform(0, took * 0.8))
            child.send_signal(number)
            _, err = child.communicate(timeout=60)
            assert child.returncode in EXIT_CODES | {-number}, (number, child.returncode, err)
            folder = os.path.join(models, 'models')
            whole = [f for f in os.listdir(folder) if not f.startswith('.')] if os.path.isdir(folder) else []
            for f in whole:
                assert os.path.getsize(os.path.join(folder, f)) == 200 << 20, f
            shutil.rmtree(models, ignore_errors=True)
    os.remove(source)


def a_stopped_answer_ends_with_130():
    if not os.path.exists(os.path.join(MODELS, 'SmolLM2-135M-Instruct.Q4_1.gguf')):
        raise tap.Skip('no model is here')
    if tap.sanitized(HEARTH):
        raise tap.Skip('a sanitizer makes a model very slow')
    shutil.rmtree(os.path.join(HOME, 'models'), ignore_errors=True)
    os.symlink(os.path.abspath(MODELS), os.path.join(HOME, 'models'))
    began = time.time()
    question = ['ask', '-m', 'smollm2-135m', '-n', '40', 'Which documents speak of thing5, and of what else?']
    code, _, err = hearth(*question)
    assert code in (0, 3), err
    began = time.time()
    hearth(*question)
    took = time.time() - began
    codes = set()
    for n in range((ROUNDS + 1) // 2):
        for number in STOPS:
            child = start(*question, stdin=subprocess.DEVNULL)
            time.sleep(draw.uniform(0, took * 0.8))
            child.send_signal(number)
            began = time.time()
            _, err = child.communicate(timeout=60)
            codes.add(child.returncode)
            assert child.returncode in (0, 3, 130, -number), (number, child.returncode, err)
            assert time.time() - began < 40
    os.remove(os.path.join(HOME, 'models'))
    assert 130 in codes, codes


def waiting_for_input_can_be_stopped():
    for number in STOPS:
        child = start('tokenize', '-m', 'smollm2-135m', stdin=subprocess.PIPE)
        time.sleep(0.3)
        child.send_signal(number)
        child.wait(timeout=10)
        assert child.returncode == 130, child.returncode
        child.communicate()


def a_reader_that_goes_away_ends_the_command():
    child = start('list', '--json', stdin=subprocess.DEVNULL)
    child.stdout.read(10)
    child.stdout.close()
    err = child.stderr.read()
    assert child.wait(timeout=30) in (0, 141) and not err, (child.returncode, err)


def a_full_disk_behind_the_output_is_a_failure():
    with open('/dev/full', 'w') as full:
        child = start('list', stdin=subprocess.DEVNULL, stdout=full)
        _, err = child.communicate(timeout=30)
    assert child.returncode == 1 and b'No space left' in err, (child.returncode, err)


COMMANDS = [['list'], ['search', '--mode', 'lexical', 'thing5'], ['ask', 'Which document speaks of thing5?'],
            ['add', DOCS], ['doctor'], ['models'], ['remove', os.path.join(DOCS, 'none.txt')]]


def limited(which, value, words):
    def limit():
        resource.setrlimit(which, (value, value))
    code, out, err = hearth(*words, preexec_fn=limit)
    if code == 127 and 'loading shared libraries' in err:
        return code  # it did not get as far as to our first line
    assert code in EXIT_CODES, (which, value, words, code, err)
    assert code in (0, 3) or err.startswith('hearth: ') or 'hearth: ' in err or out, (value, words, code, err)
    return code


def little_memory_is_an_error_or_enough():
    if tap.sanitized(HEARTH):
        raise tap.Skip('a sanitizer takes all the address space there is')
    assert limited(resource.RLIMIT_AS, 300 << 20, COMMANDS[1]) == 0
    assert limited(resource.RLIMIT_AS, 300 << 20, COMMANDS[0]) == 0
    for megabytes in (300, 120, 60, 40, 30, 24, 20):
        for words in COMMANDS:
            limited(resource.RLIMIT_AS, megabytes << 20, words)
    sound()


def few_descriptors_are_an_error_or_enough():
    for n in (64, 24, 16, 12, 10, 8, 7, 6, 5, 4):
        change_documents(n)
        for words in COMMANDS:
            limited(resource.RLIMIT_NOFILE, n, words)
    sound()


def a_small_file_limit_is_like_a_full_disk():
    change_documents(1000)
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096 * 12, 4096 * 12))
    code, _, err = hearth('add', DOCS, preexec_fn=limit)
    assert code in (0, 1), (code, err)
    sound()


PROMISES = [an_add_without_its_reader_fails_and_says_what_to_do,
            a_stopped_add_is_drained_and_goes_on, a_stopped_pull_leaves_nothing_half, a_stopped_answer_ends_with_130,
            waiting_for_input_can_be_stopped, a_reader_that_goes_away_ends_the_command,
            a_full_disk_behind_the_output_is_a_failure, little_memory_is_an_error_or_enough,
            few_descriptors_are_an_error_or_enough, a_small_file_limit_is_like_a_full_disk]

print('# SEED=%d' % SEED)
broken = tap.run(PROMISES)
shutil.rmtree(HOME, ignore_errors=True)
sys.exit(1 if broken else 0)
