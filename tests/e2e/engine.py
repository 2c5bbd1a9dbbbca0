#!/usr/bin/env python3
"""Promises of the engine on bad days, from outside, with a real model: packs that are made twice, damaged, cut, of
another model or impossible to write; a KV cache that is damaged or finds no room; many sessions in little memory; users
who interrupt and readers who leave. Whatever happens to a cache, the answer is the same. Speaks TAP.

usage: engine.py HEARTH SLOW_CLOCK   (tests/support/slow_clock.c, built; HEARTH_TEST_MODELS: a folder with SmolLM2;
                                     absent: all is skipped)
"""
import glob, json, os, random, resource, shutil, signal, subprocess, sys, tempfile, time

import tap

HEARTH, SLOW_CLOCK = (os.path.abspath(arg) for arg in sys.argv[1:3])
MODELS = os.environ.get('HEARTH_TEST_MODELS', '')
FILE = os.path.join(MODELS, 'SmolLM2-135M-Instruct.Q4_1.gguf')
HOME = tempfile.mkdtemp(prefix='hearth-engine-')
CACHE = os.path.join(HOME, 'cache')
PROMPT = 'The capital of France is'
draw = random.Random(int(os.environ.get('SEED', '1')))


def model():
    if not os.path.exists(FILE):
        raise tap.Skip('no model is here')
    if tap.sanitized(HEARTH):
        raise tap.Skip('a sanitizer makes a model very slow')
    return ['-m', os.path.abspath(FILE)]


def words(*more):
    return [HEARTH, 'run', *model(), '-p', PROMPT, '-n', '12', '--raw', '--temp', '0', '--json', *more]


def start(*more, home=HOME, limit=None):
    return subprocess.Popen(words(*more), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env=dict(os.environ, HEARTH_HOME=home, NO_COLOR='1'), preexec_fn=limit)


def text_of(child):
    out, err = child.communicate(timeout=300)
    assert child.returncode == 0, (child.returncode, err)
    return json.loads(out)['text']


def answer(*more, **how):
    return text_of(start(*more, **how))


def packs(home=HOME):
    return glob.glob(os.path.join(home, 'cache', '*.pack'))


def leftovers(home=HOME):
    """What lies in the cache and is neither a pack, the choice of kernels nor the folder of KV."""
    return [f for f in os.listdir(os.path.join(home, 'cache')) if not f.endswith('.pack') and f not in ('kernels.choice', 'kv')]


def small_files(most):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    return limit


def two_who_pack_at_once_make_one_pack():
    model()
    shutil.rmtree(CACHE, ignore_errors=True)
    both = [start(), start()]
    first, second = [text_of(child) for child in both]
    assert first == second and len(packs()) == 1 and not leftovers(), (first, second, os.listdir(CACHE))
    assert answer('--no-pack') == first


def a_packer_that_is_killed_leaves_no_half_pack():
    want = answer()
    for i in range(6):
        for pack in packs():
            os.remove(pack)
        child = start()
        time.sleep(draw.uniform(0.01, 0.3))
        child.kill()
        child.communicate()
        assert answer() == want
    assert len(packs()) == 1


def damage(path, how):
    size = os.path.getsize(path)
    with open(path, 'r+b') as f:
        if how == 'cut':
            f.truncate(draw.randrange(size))
        elif how == 'empty':
            f.truncate(0)
        elif how == 'head':
            f.seek(draw.randrange(64))
            f.write(b'\xA5')
        else:
            f.seek(4096 + draw.randrange(size - 8192))
            f.write(bytes(draw.randrange(256) for _ in range(64)))


def a_pack_that_is_cut_or_of_other_bytes_is_made_anew():
    want = answer()
    for how in ('cut', 'empty', 'head') * 3:
        damage(packs()[0], how)
        assert answer() == want, how
    assert answer() == want and len(packs()) == 1


def damage_inside_a_pack_is_found_by_doctor_and_repaired():
    want = answer()
    home = dict(os.environ, HEARTH_HOME=HOME)
    os.makedirs(os.path.join(HOME, 'models'), exist_ok=True)
    link = os.path.join(HOME, 'models', os.path.basename(FILE))
    if not os.path.exists(link):
        os.symlink(os.path.abspath(FILE), link)
    by_name = [w if w != os.path.abspath(FILE) else 'smollm2-135m' for w in words()]
    run = lambda: json.loads(subprocess.run(by_name, stdin=subprocess.DEVNULL, capture_output=True, env=home).stdout)['text']
    assert run() == want
    for pack in packs():
        damage(pack, 'inside')
    found = subprocess.run([HEARTH, 'doctor', '-m', 'smollm2-135m', '--json'], capture_output=True, text=True, env=home)
    assert any(c['verdict'] == 'BAD' and 'pack' in json.dumps(c) for c in json.loads(found.stdout)['checks']), found.stdout
    subprocess.run([HEARTH, 'doctor', '-m', 'smollm2-135m', '--repair'], capture_output=True, env=home)
    assert run() == want


def without_room_for_a_pack_the_answer_is_the_same():
    want = answer()
    home = tempfile.mkdtemp(prefix='hearth-engine-small-')
    assert answer(home=home, limit=small_files(8 << 20)) == want
    assert not packs(home)
    shutil.rmtree(home)


def without_room_for_the_kv_cache_the_answer_is_the_same():
    want = answer()
    shutil.rmtree(os.path.join(CACHE, 'kv'), ignore_errors=True)
    assert answer(limit=small_files(1 << 12)) == want
    kept = os.path.join(CACHE, 'kv')
    assert not os.path.isdir(kept) or not [f for f in os.listdir(kept) if f.endswith('.kv')]


def a_pack_of_another_state_of_the_model_is_made_anew():
    """The file at the same path is another one: its pack is not believed."""
    model()
    home = tempfile.mkdtemp(prefix='hearth-engine-other-')
    path = os.path.join(home, 'model.gguf')
    shutil.copyfile(FILE, path)
    run = lambda: json.loads(subprocess.run([HEARTH, 'run', '-m', path, '-p', PROMPT, '-n', '12', '--raw', '--json', '--no-kv-cache'],
                                            stdin=subprocess.DEVNULL, capture_output=True, check=True,
                                            env=dict(os.environ, HEARTH_HOME=home)).stdout)['text']
    want = run()
    [pack] = packs(home)
    first = os.stat(pack).st_ino
    assert run() == want and os.stat(pack).st_ino == first
    os.utime(path, ns=(1, 1))
    assert run() == want and packs(home) == [pack] and os.stat(pack).st_ino != first
    shutil.rmtree(home)


def damaged_pages_of_a_conversation_are_found_before_they_are_used():
    long = ['-p', ' '.join(f'{i} apples and {i + 1} pears.' for i in range(60))]
    shutil.rmtree(os.path.join(CACHE, 'kv'), ignore_errors=True)
    want = answer(*long)
    pages = lambda: sorted(glob.glob(os.path.join(CACHE, 'kv', '*.kv')))
    assert len(pages()) >= 4, pages()
    assert answer(*long) == want
    for how in ('cut', 'empty', 'head', 'inside'):
        damage(draw.choice(pages()), how)
        assert answer(*long) == want, how
    one, other = draw.sample(pages(), 2)
    shutil.copyfile(one, other)
    assert answer(*long) == want
    assert answer(*long) == want and len(pages()) >= 4


def an_interrupt_at_any_moment_ends_it_and_leaves_what_works():
    want, before = answer(), set(leftovers())
    for i in range(12):
        child = start('-n', '400')
        time.sleep(draw.uniform(0, 0.6))
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
        assert child.returncode in (0, 130, -signal.SIGINT), (child.returncode, err)
        assert set(leftovers()) <= before, os.listdir(CACHE)
    assert answer() == want


def a_reader_who_leaves_ends_it():
    want = answer()
    for i in range(6):
        child = subprocess.Popen([w for w in words('-n', '4000') if w != '--json'], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ, HEARTH_HOME=HOME))
        child.stdout.read(1 + i)
        child.stdout.close()
        child.stderr.read()
        assert child.wait(timeout=60) not in (-signal.SIGSEGV, -signal.SIGABRT), child.returncode
    assert answer() == want


def ten_sessions_that_memory_cannot_hold_are_refused():
    def little():
        resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))
    words = [HEARTH, 'bench', *model(), '-p', '64', '-n', '4', '--repeats', '1', '--sessions', '10', '--depth', '1500', '--json']
    run = subprocess.run(words, capture_output=True, text=True, env=dict(os.environ, HEARTH_HOME=HOME), timeout=600,
                         preexec_fn=little)
    assert run.returncode == 7 and 'memory' in run.stderr + run.stdout, (run.returncode, run.stderr, run.stdout)


def sessions_in_company_stay_below_a_gigabyte():
    words = [HEARTH, 'bench', *model(), '-p', '256', '-n', '4', '--repeats', '1', '--sessions', '10', '--json']
    run = subprocess.run(words, capture_output=True, env=dict(os.environ, HEARTH_HOME=HOME), timeout=600)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)['rss_mb'] < 1000, run.stdout


def the_answer_does_not_depend_on_threads_or_drafts():
    want = answer()
    counts = [['--threads', str(n), '--no-kv-cache'] for n in (1, 2, 3, 7, 32, 64)]
    for more in (*counts, ['--speculate', 'off'], ['--no-kv-cache']):
        assert answer(*more) == want, more


def the_pack_of_a_deleted_model_is_named_by_doctor():
    copy = os.path.join(HOME, 'copy.gguf')
    before = set(packs())
    shutil.copy(model()[1], copy)
    words = lambda *more: subprocess.run([HEARTH, *more], capture_output=True, text=True, timeout=500,
                                         env=dict(os.environ, HEARTH_HOME=HOME, NO_COLOR='1'))
    assert words('run', '-m', copy, '-p', PROMPT, '-n', '1', '--raw').returncode == 0
    pack, = set(packs()) - before
    assert pack not in words('doctor', '-m', copy).stdout, 'its model is there'
    os.remove(copy)
    line, = [line for line in words('doctor').stdout.splitlines() if pack in line]
    assert line.startswith('warn') and ' MB in ' in line, line
    os.remove(pack)


def prose(path, n):
    """Text of this project of n tokens of that model, or up to 4 less."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'ARCHITECTURE.md')) as f:
        source = ' '.join(f.read().split())
    size = n * 4
    for _ in range(9):
        out = subprocess.run([HEARTH, 'tokenize', '-m', path], input=source[:int(size)].encode(), capture_output=True,
                             env=dict(os.environ, HEARTH_HOME=HOME), timeout=60).stdout
        if n - 4 <= len(out.split()) <= n:
            break
        size *= (n - 2) / len(out.split())
    return source[:int(size)]


def peak(words, text):
    """The most that was resident, in bytes, of a process that reads that text, in passes as long as they get: on a busy
    machine they are shorter and touch less of the workspace that was planned."""
    with tempfile.TemporaryFile() as stdin:
        stdin.write(text.encode())
        stdin.seek(0)
        env = dict(os.environ, HEARTH_HOME=HOME, LD_PRELOAD=SLOW_CLOCK)
        env.pop('MALLOC_PERTURB_', None)  # meson's: it would touch all memory that is only reserved
        child = subprocess.Popen([HEARTH, *words], stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
        _, state, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(state)
    assert child.returncode == 0, words
    return usage.ru_maxrss * 1024


def planned_and_resident(path, *more):
    """How much more is planned than becomes resident, as a part of it; the pack is there."""
    encoder = 'e5' in path
    plan = json.loads(subprocess.run([HEARTH, 'plan', '-m', path, '--context', '512', '--json', *more], capture_output=True,
                                     env=dict(os.environ, HEARTH_HOME=HOME), timeout=60).stdout)
    words = ['embed', '--embed-model', path] if encoder else ['run', '-m', path, '--context', '512', '--raw', '-n', '16', '--temp',
                                                              '0', '--no-kv-cache']
    text = prose(path, 504 if encoder else 494)
    peak([*words, *more], text)  # makes the pack
    return plan['total_bytes'] / peak([*words, *more], text) - 1


def what_is_planned_is_what_becomes_resident():
    model()
    for name in ('SmolLM2-135M-Instruct.Q4_1', 'gemma-3-270m-q4_k_m', 'qwen2.5-coder-0.5b-instruct-q4_k_m',
                 'qwen2.5-coder-1.5b-instruct-q4_k_m', 'multilingual-e5-small'):
        path = os.path.abspath(os.path.join(MODELS, name + '.gguf'))
        if not os.path.exists(path):
            continue
        ways = [[], ['--threads', '1'], ['--kv', 'q8']] if 'Smol' in name else [[]]
        for more in ways:
            off = planned_and_resident(path, *more)
            print(f'# {name} {" ".join(more)}: planned {100 * off:+.1f} %', flush=True)
            assert abs(off) < 0.05, (name, more, off)
        for pack in packs():  # gigabytes, of large models
            os.remove(pack)


broken = tap.run([
    what_is_planned_is_what_becomes_resident, the_pack_of_a_deleted_model_is_named_by_doctor,
    two_who_pack_at_once_make_one_pack, a_packer_that_is_killed_leaves_no_half_pack,
    a_pack_that_is_cut_or_of_other_bytes_is_made_anew, damage_inside_a_pack_is_found_by_doctor_and_repaired,
    without_room_for_a_pack_the_answer_is_the_same, without_room_for_the_kv_cache_the_answer_is_the_same,
    a_pack_of_another_state_of_the_model_is_made_anew,
    damaged_pages_of_a_conversation_are_found_before_they_are_used,
    an_interrupt_at_any_moment_ends_it_and_leaves_what_works, a_reader_who_leaves_ends_it,
    ten_sessions_that_memory_cannot_hold_are_refused, sessions_in_company_stay_below_a_gigabyte, the_answer_does_not_depend_on_threads_or_drafts])
shutil.rmtree(HOME, ignore_errors=True)
sys.exit(1 if broken else 0)
