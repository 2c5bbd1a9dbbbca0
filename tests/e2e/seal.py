#!/usr/bin/env python3
"""Promises of a sealed home, from outside: canaries of documents, questions, keys, rules and answers of a scripted cloud
(tests/support/cloud_server.py) stand in no byte below HEARTH_HOME, everything works as before once it is unlocked, and a
conversion that is killed goes on. With SmolLM2 (HEARTH_TEST_MODELS) kept prompts are looked at, too. Speaks TAP.

usage: seal.py HEARTH
"""
import base64, json, os, random, signal, subprocess, threading, time

import scene
import tap
from scene import DENIED, FAILED, HEARTH, cloud, finish

ROOT = scene.HOME
HOME, DOCS, CREDENTIALS = (os.path.join(ROOT, name) for name in ('home', 'docs', 'credentials'))
PHRASE, WRONG, OTHER = (os.path.join(ROOT, name) for name in ('phrase', 'wrong', 'other'))
MODELS = os.environ.get('HEARTH_TEST_MODELS', '')
SMOL = os.path.join(MODELS, 'SmolLM2-135M-Instruct.Q4_1.gguf')
ENV = dict(scene.ENV, HEARTH_HOME=HOME)
OPEN = dict(ENV, CREDENTIALS_DIRECTORY=CREDENTIALS)
BUSY = FAILED
DOCUMENT, NAME, QUESTION, KEY, WORD, LATE, RUN = ('zebracanary', 'giraffecanary', 'ostrichcanary', 'sk-badgercanary', 'Lynxcanary',
                                                  'walruscanary', 'pumacanary')
CANARIES = [DOCUMENT, NAME, QUESTION, KEY, WORD, LATE, RUN, 'ottercanary', 'harbour-estates']
POLICY = '[[words]]\ntype = "person"\nlist = [%s]\n'


def hearth(*words, env=OPEN, **how):
    return scene.hearth(*words, env=env, **how)


def fine(*words, **how):
    code, out, err = hearth(*words, **how)
    assert code == 0, (words, code, out, err)
    return out


def say_yes(*words):
    code, shown = scene.at_a_terminal(*words, env=OPEN)
    assert code == 0, shown


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as f:
        f.write(text)


def files():
    for folder, _, names in os.walk(HOME):
        for name in names:
            yield os.path.join(folder, name)


def holders(of=CANARIES):
    """Files below HOME that hold a canary in some form; models are a link and not walked."""
    found = set()
    for path in files():
        with open(path, 'rb') as f:
            data = f.read()
        low = data.lower()
        for canary in of:
            forms = [canary.lower().encode(), canary.lower().encode('utf-16-le'), canary.lower().encode('utf-16-be')]
            plain = canary.encode()
            if any(form in low for form in forms) or any(base64.b64encode(plain[at:at + 12 - at % 3])[:12] in data for at in range(3)):
                found.add((os.path.relpath(path, HOME), canary))
    return found


def state():
    return json.loads(fine('seal', 'status', '--json'))['state']


def is_whole():
    """Everything that was put in comes out."""
    assert DOCUMENT in fine('search', 'boiler', '--mode', 'lexical')
    assert NAME in fine('list')
    assert LATE in fine('search', 'harbour', '--mode', 'lexical')
    assert 'far' in fine('cloud', 'list')
    assert WORD in fine('seal', 'show', 'policy.toml')
    log = fine('egress', 'log')
    assert 'far' in log, log


# ---- promises ----

def a_plain_home_holds_the_canaries():
    write(PHRASE, 'correct horse battery\n')
    write(WRONG, 'wrong horse battery\n')
    write(OTHER, 'another horse battery\n')
    write(os.path.join(CREDENTIALS, 'hearth-seal'), '0123456789abcdef' * 4)
    write(os.path.join(DOCS, 'a.txt'), 'The boiler was serviced on 3 May 2024 by %s Ltd. Questions go by e-mail to '
          'margarethe.lindqvist@harbour-estates.co.uk, says the lease.\n' % DOCUMENT)
    write(os.path.join(DOCS, NAME + '.txt'), 'The canoe was lent to the club until October.\n')
    write(os.path.join(HOME, 'gate', 'policy.toml'), POLICY % ('"%s"' % WORD))
    if os.path.exists(SMOL):
        os.symlink(os.path.abspath(MODELS), os.path.join(HOME, 'models'))
    fine('add', DOCS)
    fine('cloud', 'add', 'far', '--wire', 'openai', '--url', cloud.url('openai'), '--model', 'clerk-1', '--key-stdin',
         stdin=KEY + '\n')
    cloud.answer = lambda wire, request: 'The boiler was serviced on 3 May 2024, says ottercanary.'
    say_yes('ask', '--cloud', 'far', 'When was the boiler serviced, %s?' % QUESTION)
    found = holders()
    assert {canary for _, canary in found} >= {DOCUMENT, NAME, QUESTION, WORD}, found  # the search below can find


def sealing_leaves_none_of_them():
    code, _, err = hearth('seal', '--passphrase-file', PHRASE)
    assert code == 0, err
    assert state() == 'sealed'
    assert not holders(), holders()
    names = [os.path.relpath(path, HOME) for path in files()]
    assert 'seal.key' in names and not [n for n in names if '.tmp-' in n or 'converted' in n], names


def locked_nothing_is_told():
    for words in (('ask', 'When was the boiler serviced?'), ('search', 'boiler'), ('list',), ('egress', 'log'), ('cloud', 'list'), ('add',)):
        code, out, err = hearth(*words, env=ENV)
        assert code == DENIED and 'hearth unlock' in err and 'level=' not in err and not out, (words, code, out, err)
    code, out, err = hearth('list', '--passphrase-file', ROOT, env=ENV)  # a folder: no passphrase, and no wrong one
    assert code and 'cannot read the passphrase file' in err and not out, (code, out, err)
    for words in (('list',), ('ask', 'x'), ('search', 'x')):
        code, out, err = hearth(*words, '--passphrase-file', WRONG, env=ENV)
        assert code == DENIED and err.count('hearth:') == 1 and 'passphrase' in err and 'level=' not in err, (words, code, out, err)
    assert fine('seal', 'status', env=ENV).startswith('sealed')


def feed(pipe, data):
    """A writer that stops to think: what it writes comes in two pieces."""
    with open(pipe, 'wb', buffering=0) as f:
        f.write(data[:5])
        time.sleep(.3)
        f.write(data[5:])


def a_passphrase_and_a_credential_open_it():
    assert NAME in fine('list', '--passphrase-file', PHRASE, env=ENV)
    assert NAME in fine('list', '--passphrase-file', '-', stdin='correct horse battery\n', env=ENV)
    assert fine('guard', 'check', '--passphrase-file', PHRASE, stdin='Good morning.\n', env=ENV) == ''
    pipe = os.path.join(ROOT, 'pipe')
    os.mkfifo(pipe)
    with open(os.path.join(CREDENTIALS, 'hearth-seal'), 'rb') as f:
        writer = threading.Thread(target=feed, args=(pipe, f.read()))
    writer.start()
    fine('seal', '--credential', pipe, '--passphrase-file', PHRASE, env=ENV)
    writer.join()
    assert NAME in fine('list')


def unlock_keeps_the_key_with_the_system():
    code, _, err = hearth('unlock', '--minutes', '5')
    if code != 0 and 'keyring' in err:
        raise tap.Skip('no keyring for programs here')
    assert code == 0, err
    assert NAME in fine('list', env=ENV)
    fine('lock', env=ENV)
    assert hearth('list', env=ENV)[0] == DENIED


def sealed_it_works_as_before():
    write(os.path.join(DOCS, 'late.txt'), 'The harbour was dredged in 2019 by the %s company.\n' % LATE)
    fine('add')
    answer = json.loads(fine('ask', '--cloud', 'far', '--json', 'Who serviced the boiler?'))
    assert answer['endpoint'] == 'far', answer
    fine('egress', 'verify')
    assert 'boiler' in fine('egress', 'show', '1')
    assert '"far"' in fine('cloud', 'list', '--json')
    is_whole()
    if os.path.exists(SMOL):
        fine('run', '-m', 'smollm2-135m', '-n', '8', '-p', 'The %s sleeps in the sun and dreams of ' % RUN * 30)
        assert [path for path in files() if path.endswith('.kv')]
    assert not holders(), holders()


def a_sealed_home_is_paired_with_a_plain_one():
    """The pairing file is sealed by its own passphrase alone: another home reads it."""
    file, plain = os.path.join(ROOT, 'pairing'), dict(ENV, HEARTH_HOME=os.path.join(ROOT, 'plain'))
    text, words = 'Grace Okafor, 138 0013 8000', ('--pair-passphrase-file', OTHER)
    masked = fine('gate', 'mask', '--conversation', 'pair', '--quiet', stdin=text)
    fine('gate', 'pair', '--export', file, *words)
    fine('gate', 'pair', '--import', file, *words, env=plain)
    assert fine('gate', 'restore', '--conversation', 'pair', env=plain, stdin=masked) == text
    later = fine('gate', 'mask', '--conversation', 'pair', '--quiet', env=plain, stdin='Ivan Rossi and ' + text)
    fine('gate', 'pair', '--export', file, *words, env=plain)
    fine('gate', 'pair', '--import', file, *words)
    assert fine('gate', 'restore', '--conversation', 'pair', stdin=later) == 'Ivan Rossi and ' + text
    assert not holders(['Okafor', '138 0013']), holders(['Okafor', '138 0013'])


def a_plain_file_is_refused_until_it_is_taken_in():
    path = os.path.join(HOME, 'gate', 'policy.toml')
    write(path, POLICY % ('"%s", "Harper Vance"' % WORD))
    code, _, err = hearth('gate', 'mask', stdin='x\n')
    assert code == DENIED and 'not sealed' in err and 'hearth seal' in err, (code, err)
    fine('seal')
    assert 'Harper Vance' in fine('seal', 'show', 'policy.toml')
    fine('seal', 'put', 'policy.toml', stdin=POLICY % ('"%s"' % WORD))
    assert 'Harper' not in fine('seal', 'show', 'policy.toml')
    assert not holders(), holders()


def another_passphrase_replaces_the_first():
    fine('seal', '--change', '--passphrase-file', PHRASE, '--new-passphrase-file', OTHER, env=ENV)
    assert hearth('list', '--passphrase-file', PHRASE, env=ENV)[0] == DENIED
    assert NAME in fine('list', '--passphrase-file', OTHER, env=ENV)


def holds_home(pid):
    try:
        return HOME in (os.readlink('/proc/%d/fd/%s' % (pid, fd)) for fd in os.listdir('/proc/%d/fd' % pid))
    except OSError:  # a descriptor that was closed meanwhile
        return False


def nobody_converts_a_home_that_is_in_use():
    chat = subprocess.Popen([HEARTH, 'chat'], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=OPEN)
    try:
        end = time.time() + 60
        while time.time() < end and not holds_home(chat.pid):
            time.sleep(0.01)
        code, _, err = hearth('seal', '--off')
        assert code == BUSY and 'another hearth' in err, (code, err)
    finally:
        chat.stdin.close()
        chat.wait(60)
    assert state() == 'sealed'


def killed_at_any_moment_a_conversion_goes_on():  # at every call to the disk: tests/fault/kill_seal.c
    rounds, cut, took = 0, 0, 0.5
    while rounds < 8:
        rounds += 1
        off = state() == 'sealed'
        words = ['seal', '--off'] if off else ['seal', '--passphrase-file', OTHER]
        run = subprocess.Popen([HEARTH, *words], env=OPEN, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        since = time.time()
        try:
            run.wait(random.uniform(0, took))
            took = time.time() - since
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
            run.wait()
        cut += state() in ('sealing', 'unsealing')
        how = {} if off else {'env': ENV}
        if off:
            is_whole()  # goes on by itself
        else:
            fine('list', '--passphrase-file', OTHER, **how)
        assert state() in ('sealed', 'plain'), state()
        if not off and state() == 'sealed':
            fine('seal', '--credential', os.path.join(CREDENTIALS, 'hearth-seal'), '--passphrase-file', OTHER)
            is_whole()
            assert not holders(), holders()
    print('# %d rounds, %d cut in a conversion' % (rounds, cut))


def unsealed_it_is_a_plain_home_again():
    if state() == 'plain':
        fine('seal', '--passphrase-file', OTHER)
        fine('seal', '--off', '--passphrase-file', OTHER)
    else:
        fine('seal', '--off')
    assert state() == 'plain' and not os.path.exists(os.path.join(HOME, 'seal.key'))
    with open(os.path.join(HOME, 'gate', 'egress.log')) as f:
        assert f.readline().startswith('1 begin {')
    is_whole()
    fine('egress', 'verify')


def a_lost_key_file_is_told_and_replaced_by_no_other():
    """Another seal.key would open nothing, and stand where the old one has to be brought back."""
    home = os.path.join(ROOT, 'keyless')
    lost = dict(ENV, HEARTH_HOME=home)
    fine('add', '--sealed', '--passphrase-file', PHRASE, DOCS, env=lost)
    os.rename(os.path.join(home, 'seal.key'), os.path.join(ROOT, 'seal.key.kept'))
    for words in (['seal', '--new-passphrase-file', OTHER], ['seal', '--passphrase-file', OTHER], ['seal', '--off'],
                  ['add', '--sealed', '--store', 'second', '--passphrase-file', OTHER, DOCS]):
        code, _, err = hearth(*words, env=lost)
        assert code == DENIED and 'bring seal.key back' in err, (words, code, err)
        assert not os.path.exists(os.path.join(home, 'seal.key')) and not os.path.exists(os.path.join(home, 'stores', 'second')), words
    assert json.loads(fine('seal', 'status', '--json', env=lost)) == {'state': 'keyless', 'locked': True, 'passphrases': 0, 'credentials': 0}
    assert 'seal.key' in fine('seal', 'status', env=lost) and 'plain' not in fine('seal', 'status', env=lost)
    os.rename(os.path.join(ROOT, 'seal.key.kept'), os.path.join(home, 'seal.key'))
    assert NAME in fine('list', '--passphrase-file', PHRASE, env=lost)


def a_text_that_cannot_be_read_replaces_none():
    fresh = dict(ENV, HEARTH_HOME=os.path.join(ROOT, 'texts'))
    for name, good, bad in (('policy.toml', '[public]\nplace = "keep"\n', '[public]\nplace = "kep"\n'),
                            ('route.toml', '[[rule]]\nthen = "local"\n', '[[rule]]\nthen = "lokal"\n'),
                            ('clouds.toml', '[x]\nwire = "openai"\nurl = "http://127.0.0.1:9"\nmodel = "m"\ndest = "mine"\n', '[x]\nwire = "o"\n')):
        code, _, err = hearth('seal', 'show', name, env=fresh)
        assert code == 3 and name in err and 'hearth settings' in err, (code, err)
        fine('seal', 'put', name, env=fresh, stdin=good)
        for text in (bad, 'x = [\n'):
            code, _, err = hearth('seal', 'put', name, env=fresh, stdin=text)
            assert code not in (0, 1) and 'nothing was changed' in err, (name, code, err)
        assert fine('seal', 'show', name, env=fresh) == good


def a_credential_of_another_home_is_named():
    home, folder = os.path.join(ROOT, 'cred'), os.path.join(ROOT, 'cred-of-others')
    os.makedirs(folder, exist_ok=True)
    fine('add', '--sealed', '--passphrase-file', PHRASE, DOCS, env=dict(ENV, HEARTH_HOME=home))
    write(os.path.join(ROOT, 'cred-right'), 'x' * 40)
    fine('seal', '--credential', os.path.join(ROOT, 'cred-right'), '--passphrase-file', PHRASE, env=dict(ENV, HEARTH_HOME=home))
    write(os.path.join(folder, 'hearth-seal'), 'y' * 40)
    code, _, err = hearth('list', env=dict(ENV, HEARTH_HOME=home, CREDENTIALS_DIRECTORY=folder))
    assert code == DENIED and 'hearth-seal' in err and 'passphrase' in err, (code, err)


def a_home_can_be_sealed_from_its_first_document():
    fresh = dict(ENV, HEARTH_HOME=os.path.join(ROOT, 'fresh'))
    fine('add', '--sealed', '--passphrase-file', PHRASE, DOCS, env=fresh)
    assert DOCUMENT in fine('search', 'boiler', '--mode', 'lexical', '--passphrase-file', PHRASE, env=fresh)
    global HOME
    kept, HOME = HOME, fresh['HEARTH_HOME']
    try:
        assert not holders(), holders()
    finally:
        HOME = kept


broken = tap.run([a_plain_home_holds_the_canaries, sealing_leaves_none_of_them, locked_nothing_is_told,
                  a_passphrase_and_a_credential_open_it, unlock_keeps_the_key_with_the_system, sealed_it_works_as_before,
                  a_sealed_home_is_paired_with_a_plain_one,
                  a_plain_file_is_refused_until_it_is_taken_in, another_passphrase_replaces_the_first,
                  nobody_converts_a_home_that_is_in_use, killed_at_any_moment_a_conversion_goes_on,
                  unsealed_it_is_a_plain_home_again, a_home_can_be_sealed_from_its_first_document,
                  a_lost_key_file_is_told_and_replaced_by_no_other, a_text_that_cannot_be_read_replaces_none, a_credential_of_another_home_is_named])
finish(broken)
