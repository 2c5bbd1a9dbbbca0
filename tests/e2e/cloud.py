#!/usr/bin/env python3
"""Promises of models on other machines, from outside: the real program against a scripted cloud on loopback
(tests/support/cloud_server.py), in all four APIs and with every fault. Speaks TAP.

usage: cloud.py HEARTH
"""
import ctypes, email.utils, json, os, platform, shutil, signal, socket, ssl, subprocess, sys, tempfile, threading, time

import tap
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'support'))
import cloud_server
from terminal import pieces

HEARTH = os.path.abspath(sys.argv[1])
HOME = tempfile.mkdtemp(prefix='hearth-cloud-')
ENV = {k: v for k, v in os.environ.items() if 'proxy' not in k.lower()}
ENV.update(HEARTH_HOME=HOME, NO_COLOR='1')
KEY = 'sk-canary-9f3a7c-KEY-4d21'
WIRES = list(cloud_server.WIRES)
REMOTE, DENIED, USAGE, NOT_FOUND = 5, 4, 2, 3  # exit codes
cloud = cloud_server.Cloud()
count = 0


def hearth(*words, stdin='', env=ENV, timeout=60):
    run = subprocess.run([HEARTH, *words], input=stdin.encode(), capture_output=True, env=env, timeout=timeout)
    return run.returncode, run.stdout.decode('utf-8', 'replace'), run.stderr.decode('utf-8', 'replace')


def add(wire='openai', *more, url=None, key=KEY, model='model-1', lines=''):
    """A new endpoint; its name."""
    global count
    count += 1
    if count % 50 == 0:  # there is room for 64
        os.remove(os.path.join(HOME, 'gate', 'clouds.toml'))
    name = 'e%d' % count
    words = ['cloud', 'add', name, '--wire', wire, '--url', url or cloud.url(wire), '--model', model, *more]
    code, _, err = hearth(*words, *(['--key-stdin'] if key else []), stdin=key + '\n')
    assert code == 0, err
    if lines:
        path = os.path.join(HOME, 'gate', 'clouds.toml')
        text = open(path).read().replace('[%s]\n' % name, '[%s]\n%s\n' % (name, lines))
        open(path, 'w').write(text)
    cloud.clear()
    return name


def ask(name, **how):
    code, out, err = hearth('cloud', 'test', name, '--json', **how)
    assert KEY not in out and KEY not in err, 'the key was shown'
    return code, json.loads(out) if code == 0 else out, err


def ledger():
    """[(number, word, fields)]"""
    path = os.path.join(HOME, 'gate', 'egress.log')
    if not os.path.exists(path):
        return []
    rows = [line.rsplit(' ', 1)[0].split(' ', 2) for line in open(path, encoding='utf-8').read().splitlines()]
    return [(int(n), word, json.loads(text)) for n, word, text in rows]


def spent_entries(name):
    begun = {n: f for n, word, f in ledger() if word == 'begin' and f['endpoint'] == name}
    ends = {f['entry']: f for _, word, f in ledger() if word == 'end' and f['entry'] in begun}
    return begun, ends


def every_api_answers_and_is_written_down():
    for wire in WIRES:
        name = add(wire, '--price-in', '1000', '--price-out', '10000')
        code, out, err = ask(name)
        assert code == 0, (wire, err)
        assert out['text'] == cloud_server.HELLO and out['attempts'] == 1, out
        assert (out['tokens_in'], out['tokens_out'], out['estimated']) == (11, 22, False), out
        assert abs(out['cost'] - 0.231) < 1e-9, out
        request, = cloud.requests
        body = json.loads(request['body'])
        assert request['method'] == 'POST' and request['headers']['content-type'] == 'application/json'
        assert 'user-agent' in request['headers'] and 'cookie' not in request['headers'] and 'referer' not in request['headers']
        assert body.get('model', 'model-1') == 'model-1' and body.get('stream', True) and body.get('store') is not True
        begun, ends = spent_entries(name)
        assert list(begun) == [out['entry']] and ends[out['entry']]['outcome'] == 'ok', (begun, ends)
        assert ends[out['entry']]['sent_bytes'] == len(request['body']), ends
        assert abs(ends[out['entry']]['cost'] - 0.231) < 1e-9
    code, out, err = hearth('cloud', 'test', name)
    assert code == 0 and cloud_server.HELLO in out and 'ledger entry' in out, (out, err)
    code, out, err = hearth('egress', 'log')
    assert code == 0 and '0 masked  %s  cloud test  cost 0.231' % name in out.splitlines()[-1], (out, err)


def the_key_is_in_its_header_and_nowhere_else():
    heads = {'openai': 'authorization', 'openai-responses': 'authorization', 'anthropic': 'x-api-key', 'gemini': 'x-goog-api-key'}
    for wire in WIRES:
        name = add(wire)
        assert ask(name)[0] == 0
        request, = cloud.requests
        assert request['headers'][heads[wire]].split(' ')[-1] == KEY
        assert cloud.received().count(KEY.encode()) == 1
        cloud.play('key_quoted')
        code, _, err = ask(name)
        assert code == REMOTE and 'Bad key' in err and '401' in err and 'hearth cloud key ' + name in err, err
        assert KEY not in err and KEY[4:] not in err
    name = add()
    for before in range(200, 256, 5):  # a quotation that is cut inside the key
        cloud.play(('key_cut', {'before': before}))
        _, _, err = ask(name)
        assert KEY[:12] not in err, (before, err)
    for folder, _, names in os.walk(HOME):
        for file in names:
            assert KEY.encode() not in open(os.path.join(folder, file), 'rb').read(), file
    code, out, err = hearth('cloud', 'list', '--json')
    assert KEY not in out and {c['key'] for c in json.loads(out)['clouds']} == {'sealed'}, out


def a_long_name_keeps_the_columns_of_the_list():
    name = 'an-endpoint-of-a-name-longer-than-most'
    assert hearth('cloud', 'add', name, '--wire', 'openai', '--url', cloud.url('openai'), '--model', 'model-1')[0] == 0
    rows = [line for line in hearth('cloud', 'list')[1].splitlines() if not line.startswith(' ')]
    assert len(rows) > 1 and len({row.index(' public ') for row in rows}) == 1, rows
    assert hearth('cloud', 'remove', name)[0] == 0


def keys_come_from_an_environment_variable_only_when_the_endpoint_says_so():
    name = add(key='')
    assert ask(name, env=dict(ENV, OPENAI_API_KEY=KEY))[0] == 0
    assert KEY.encode() not in cloud.received() and 'authorization' not in cloud.requests[0]['headers']
    name = add('openai', '--key-env', 'MY_KEY', key='')
    code, _, err = ask(name)
    assert code == DENIED and 'MY_KEY' in err and not cloud.requests, err
    assert ask(name, env=dict(ENV, MY_KEY=KEY))[0] == 0 and KEY.encode() in cloud.received()
    code, _, err = hearth('cloud', 'add', 'both', '--wire', 'openai', '--url', cloud.url('openai'), '--model', 'm', '--key-env', 'X',
                          '--key-stdin', stdin=KEY)
    assert code == USAGE, err
    code, _, err = hearth('cloud', 'add', 'bad', '--wire', 'openai', '--url', cloud.url('openai'), '--model', 'm', '--key-stdin',
                          stdin='two words')
    assert code == USAGE and 'two' not in err, err


def keys_come_from_a_systemd_credential_only_when_the_endpoint_says_so():
    folder = tempfile.mkdtemp()
    given = dict(ENV, CREDENTIALS_DIRECTORY=folder)
    path = os.path.join(folder, 'far.key')
    name = add('openai', '--key-credential', 'far.key', key='')
    for env in (ENV, given, dict(ENV, CREDENTIALS_DIRECTORY='relative'), dict(ENV, CREDENTIALS_DIRECTORY='')):
        code, _, err = ask(name, env=env)
        assert code == DENIED and 'credential far.key' in err and not cloud.requests, (env, err)
    rows = json.loads(hearth('cloud', 'list', '--json', env=given)[1])['clouds']
    assert [(c['key'], c['key_credential']) for c in rows if c['name'] == name] == [('missing', 'far.key')], rows
    for text, fine in ((KEY + '\n', True), (KEY, True), (KEY + '\r\n', True), ('two words\n', False), ('x' * 5000, False), ('a\0b', False)):
        open(path, 'w').write(text)
        cloud.clear()
        code, _, err = ask(name, env=given)
        assert (code == 0) == fine and (KEY.encode() in cloud.raw) == fine, (text[:20], code, err)
        assert 'two words' not in err, err
    open(path, 'w').write(KEY)
    rows = json.loads(hearth('cloud', 'list', '--json', env=given)[1])['clouds']
    assert [c['key'] for c in rows if c['name'] == name] == ['credential'], rows
    plain = add(key='')
    assert ask(plain, env=dict(given))[0] == 0 and KEY.encode() not in cloud.raw
    for words in (['--key-credential', '../far.key'], ['--key-credential', '.far'], ['--key-credential', 'a', '--key-env', 'B'],
                  ['--key-credential', 'a', '--key-stdin']):
        code, _, err = hearth('cloud', 'add', 'bad', '--wire', 'openai', '--url', cloud.url('openai'), '--model', 'm', *words, stdin=KEY)
        assert code == USAGE, (words, err)
    shutil.rmtree(folder)


def on_the_disk(secret):
    return [os.path.join(folder, file) for folder, _, files in os.walk(HOME) for file in files
            if secret.encode() in open(os.path.join(folder, file), 'rb').read()]


def forget_in_the_keyring(name):
    """As a restart does."""
    libc = ctypes.CDLL(None, use_errno=True)
    row, = [c for c in open(os.path.join(HOME, 'gate', 'clouds.toml')).read().split('[') if c.startswith(name + ']')]
    key = row.split('key_keyring = "')[1].split('"')[0]
    call, ring = 250, ctypes.c_int(-4)  # keyctl(2) of x86-64, KEY_SPEC_USER_KEYRING
    serial = libc.syscall(call, 10, ring, b'user', key.encode(), 0)
    assert serial > 0 and libc.syscall(call, 9, serial, ring) == 0, key


def a_key_in_the_keyring_is_on_no_disk_and_says_when_it_is_gone():
    if platform.machine() != 'x86_64':
        raise tap.Skip('the test knows the calls of x86-64')
    words = ('cloud', 'add', 'ring', '--wire', 'openai', '--url', cloud.url('openai'), '--model', 'm', '--key-keyring')
    code, _, err = hearth(*words, stdin=KEY + '\n')
    if code != 0 and 'keyring takes no key' in err:
        assert 'without --key-keyring' in err, err
        raise tap.Skip('no keyring for programs here')
    assert code == 0 and 'restart' in err and 'hearth cloud key' in err, err
    cloud.clear()
    assert ask('ring')[0] == 0 and KEY.encode() in cloud.received()
    assert not on_the_disk(KEY) and KEY not in open(os.path.join(HOME, 'gate', 'clouds.toml')).read()
    row, = [c for c in json.loads(hearth('cloud', 'list', '--json')[1])['clouds'] if c['name'] == 'ring']
    assert (row['key'], row['key_keyring']) == ('keyring', True), row
    forget_in_the_keyring('ring')
    cloud.clear()
    code, _, err = ask('ring')
    assert code == DENIED and 'no longer in the system' in err and '`hearth cloud key ring`' in err and not cloud.requests, err
    row, = [c for c in json.loads(hearth('cloud', 'list', '--json')[1])['clouds'] if c['name'] == 'ring']
    assert row['key'] == 'missing', row
    for bad in ('', 'two words', 'x' * 5000):
        code, _, err = hearth('cloud', 'key', 'ring', stdin=bad)
        assert code == USAGE and 'two' not in err, (bad[:9], err)
    code, _, err = hearth('cloud', 'key', 'ring', '--minutes', '60', stdin=KEY + '-2\n')
    assert code == 0, err
    assert ask('ring')[0] == 0 and (KEY + '-2').encode() in cloud.received()
    assert hearth(*words, stdin=KEY)[0] == 0  # replaced: the old key goes with its name
    assert ask('ring')[0] == 0
    forget_in_the_keyring('ring')
    assert hearth('cloud', 'remove', 'ring')[0] == 0
    assert hearth(*words, stdin='')[0] == USAGE
    assert hearth(*words, '--key-env', 'X', stdin=KEY)[0] == USAGE


def a_key_is_given_anew_where_it_lies():
    name = add(key='sk-old-key-1')
    assert hearth('cloud', 'key', name, stdin=KEY)[0] == 0
    cloud.clear()
    assert ask(name)[0] == 0
    assert KEY.encode() in cloud.received() and b'sk-old-key-1' not in cloud.received()
    code, _, err = hearth('cloud', 'key', add('openai', '--key-env', 'MY_KEY', key=''), stdin=KEY)
    assert code == USAGE and 'MY_KEY' in err, err
    assert hearth('cloud', 'key', 'nobody', stdin=KEY)[0] == USAGE


def borders_of_pieces_change_nothing():
    for wire in WIRES:
        name = add(wire)
        for step in (1, 2, 3, 7, 50):
            cloud.play(('dribble', {'step': step}))
            code, out, err = ask(name)
            assert code == 0 and out['text'] == cloud_server.HELLO and out['tokens_out'] == 22, (wire, step, err)


def half_an_answer_is_never_taken_for_a_whole_one():
    for wire in WIRES:
        lengths = [('length', {'more': n}) for n in ((1000, 1 << 62, -600) if wire == 'gemini' else (-600,))]
        for scene in ('half', 'reset', *(['truncated'] if wire == 'gemini' else []), *lengths, 'headers', 'gzip', 'big', 'nonsense', 'tool_half', ('tool_half', {'reason': 'length'}), 'html'):
            name = add(wire)
            cloud.play(scene)
            code, out, err = hearth('cloud', 'test', name)
            assert code not in (0, 1) and err.startswith('hearth: ' + name) and err.count(name) == 1, (wire, scene, code, err)
            if scene == 'html':
                assert 'text/html' in err, err
            if scene in ('half', 'reset'):
                assert out.startswith('Hello') and 'not the whole answer' in err, (wire, scene, out, err)
            assert len(cloud.requests) == 1, (wire, scene, len(cloud.requests))  # what was shown is not asked for again
            begun, ends = spent_entries(name)
            assert len(begun) == 1 and ends[list(begun)[0]]['outcome'] != 'ok'


def behind_the_last_event_nothing_is_waited_for():
    """A connection that stays open, or is cut though more was announced: the provider has said that it is through. Gemini never does."""
    for wire in WIRES[:3]:
        name = add(wire)
        for scene in ('held', ('length', {'more': 1000}), ('length', {'more': 1 << 62}), 'truncated'):
            cloud.play(scene)
            began = time.time()
            code, out, err = ask(name)
            assert code == 0 and out['text'] == cloud_server.HELLO and (out['tokens_in'], out['tokens_out']) == (11, 22), (wire, scene, out, err)
            assert time.time() - began < 20
    cloud.play('held')
    code, _, err = ask(add('gemini', lines='idle_ms = 400'))
    assert code not in (0, 1) and 'within 0.4 s' in err, (code, err)


def what_never_ends_stops_at_a_ceiling():
    head = b'HTTP/1.1 200 X\r\nContent-Type: text/event-stream\r\n'
    chunked = head + b'Transfer-Encoding: chunked\r\n\r\n'
    lines = b'A: b\r\n' * 1000
    # (what comes, what is said of it): heads before the head, lines of one, one line, the trailer, events that say nothing
    floods = ((b'', b'HTTP/1.1 100 Continue\r\n\r\n' * 100, ''), (head, lines, ''), (head + b'A: ', b'b' * 65536, 'too long'),
              (chunked + b'0\r\n', lines, '256 KiB'), (head + b'\r\n', b'\n' * (1 << 20), '262144 KiB'))
    for first, piece, word in floods:
        name = add()
        cloud.play(*[('flood', {'head': first, 'piece': piece})] * 3)
        command = [HEARTH, 'cloud', 'test', name]
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
        _, err = run.communicate(timeout=60)
        assert run.returncode in (REMOTE, 7) and word in err.decode(), (piece[:20], run.returncode, err)


def what_the_provider_says_of_its_answer_is_passed_on():
    for wire in WIRES:
        name = add(wire, '--price-out', '3')
        for scene, key, value in (('cut', 'cut', True), ('refused', 'refused', True), ('no_usage', 'estimated', True),
                                  ('lying', 'estimated', True), ('after', 'text', cloud_server.HELLO), ('tools', 'cut', False)):
            cloud.play(scene)
            code, out, err = ask(name)
            if scene == 'after' and wire == 'gemini':  # which has no last event: a reason to end may stand in every one
                value += 'behind the end'
            assert code == 0 and out[key] == value, (wire, scene, out, err)
        cloud.play('no_usage')
        _, out, _ = ask(name)
        assert out['tokens_out'] == (len(cloud_server.HELLO.encode()) + 2) // 3 and out['cost'] > 0, out


def what_may_pass_is_tried_again_and_nothing_else():
    overload = ('status', {'code': 529})
    again = [(['early', 'normal'], 2), (['error', 'normal'], 2), ([('status', {'code': 500}), ('status', {'code': 503}), 'normal'], 3),
             ([overload, overload, overload, 'normal'], -3), ([('status', {'code': 429, 'retry': 1}), 'normal'], 2),
             (['later', 'normal'], 2),  # Retry-After as a date
             ([('status', {'code': 503, 'retry': 'soon'}), 'normal'], 2),
             ([('status', {'code': 409, 'again': 'true'}), 'normal'], 2),
             # in milliseconds, which goes before seconds; and as Gemini says it, in the body
             ([('status', {'code': 429, 'retry': 3600, 'more': 'retry-after-ms: 300\r\n'}), 'normal'], 2),
             ([('status', {'code': 429, 'more': 'X-Ms-Retry-After-Ms: 1500\r\n'}), 'normal'], 2),
             ([('status', {'code': 429, 'body': {'error': {'details': [{'retryDelay': '1.25s'}]}}}), 'normal'], 2)]
    once = [('status', {'code': 429, 'again': 'false'}), ('status', {'code': 500, 'again': 'false'}),
            ('status', {'code': 400}), ('status', {'code': 401}), ('status', {'code': 403}), ('status', {'code': 404}), ('status', {'code': 501}),
            ('status', {'code': 429, 'retry': 3600}), ('status', {'code': 429, 'more': 'retry-after-ms: 3600000\r\n'}),
            ('status', {'code': 429, 'retry': '9' * 20}),  # more than any number holds: not at once again
            ('status', {'code': 429, 'body': {'error': {'details': [{'retryDelay': '45.837906927s'}]}}}), ('status', {'code': 503, 'retry': 'Wed, 21 Oct 2099 07:28:00 GMT'}), ('redirect', {'to': '/v2'})]
    for wire in WIRES:
        for scenes, attempts in again if wire == 'openai' else again[:2]:
            name = add(wire)
            later = ('status', {'code': 429, 'retry': email.utils.formatdate(time.time() + 4, usegmt=True)})
            cloud.play(*[later if scene == 'later' else scene for scene in scenes])
            began = time.time()
            code, out, err = ask(name)
            assert len(cloud.requests) == abs(attempts), (wire, scenes, len(cloud.requests), err)
            assert (code == 0) == (attempts > 0), (wire, scenes, err)
            if "'retry': 1" in str(scenes) or 'later' in scenes or 'Ms: 1500' in str(scenes) or '1.25s' in str(scenes):
                assert time.time() - began >= 1, 'Retry-After was not kept'
            begun, ends = spent_entries(name)
            assert len(begun) == len(ends) == abs(attempts)
    for scene in once:
        name = add('openai')
        cloud.play(scene)
        began = time.time()
        code, _, err = ask(name)
        assert code == REMOTE and len(cloud.requests) == 1 and time.time() - began < 30, (scene, err)
        assert str(scene[1].get('code', 307)) in err, err
    # what no second try mends says what does
    for code_, kind, words in ((429, 'insufficient_quota', 'billing page'), (402, 'x', 'billing page'), (500, 'billing_error', 'billing page'),
                               (404, 'model_not_found', 'model = under ['), (400, 'context_length_exceeded', 'fewer passages'), (400, 'content_filter', 'another endpoint'),
                               (413, 'x', 'fewer passages'), (400, 'invalid_api_key', 'hearth cloud key '), (403, 'x', 'does not allow it')):
        name = add('openai')
        cloud.play(('status', {'code': code_, 'kind': kind}), 'normal')
        code, _, err = ask(name)
        assert code == REMOTE and len(cloud.requests) == 1 and words in err, (code_, kind, err)


def what_went_wrong_is_said_so_that_one_can_mend_it():
    stop = cloud_server.Wire('openai').end('stop', None)
    said = cloud_server.Wire('openai').text('Hi')
    for scene, words in (('gzip', 'Content-Encoding'), (('status', {'code': 404}), '/v1/chat/completions was asked for'),
                         (('redirect', {'to': '/v2'}), '/v1/chat/completions was asked for'), (('status', {'code': 408, 'again': 'false'}), 'in time (408)'),
                         (('events', {'text': stop}), 'answered nothing'), (('events', {'text': 'data: {"detail": "out of order"}\n\ndata: [DONE]\n\n'}), 'answered nothing')):
        name = add('openai')
        cloud.play(scene)
        code, _, err = ask(name)
        assert code == REMOTE and words in err, (scene, code, err)
    for none in ('false', '""', 'null'):  # servers with an "error" in every event, and none in it
        name = add('openai')
        cloud.play(('events', {'text': (said + stop).replace('data: {', 'data: {"error":%s,' % none)}))
        code, out, err = ask(name)
        assert code == 0 and out['text'] == 'Hi', (none, err)


def what_an_error_says_to_do_can_be_done():
    """Each hint is followed, and then it works; nothing else of the endpoint is lost by it."""
    path = os.path.join(HOME, 'gate', 'clouds.toml')
    budget = ('--price-in', '1', '--price-out', '1', '--budget-day', '9')
    name = add('openai', *budget, key='sk-old-key-1')
    cloud.play(('status', {'code': 401}))
    _, _, err = ask(name)
    assert 'hearth cloud key ' + name in err, err
    assert hearth('cloud', 'key', name, stdin=KEY)[0] == 0
    cloud.clear()
    assert ask(name)[0] == 0 and KEY.encode() in cloud.received()
    cloud.play(('status', {'code': 404, 'body': {'error': {'message': 'The model `model-1` does not exist.'}}}))
    _, _, err = ask(name)
    assert 'model = under [%s] in %s' % (name, path) in err, err
    text = open(path).read().split('[%s]' % name)
    open(path, 'w').write(text[0] + '[%s]' % name + text[1].replace('"model-1"', '"model-2"', 1))
    cloud.clear()
    assert ask(name)[0] == 0 and b'"model-2"' in cloud.received() and KEY.encode() in cloud.received()
    row, = [c for c in json.loads(hearth('cloud', 'list', '--json')[1])['clouds'] if c['name'] == name]
    assert (row['budget_day'], row['model']) == (9, 'model-2'), row
    for key, place in (('--key-env', 'the variable MY_KEY'), ('--key-credential', 'the credential MY_KEY')):
        folder = tempfile.mkdtemp()
        open(os.path.join(folder, 'MY_KEY'), 'w').write(KEY)
        name = add('openai', key, 'MY_KEY', key='')
        cloud.play(('status', {'code': 401}))
        _, _, err = ask(name, env=dict(ENV, MY_KEY=KEY, CREDENTIALS_DIRECTORY=folder))
        assert place in err and 'hearth cloud key' not in err, err
        shutil.rmtree(folder)
    host = cloud.url('openai')[:-len('/v1')]  # as people copy it
    for url in (host, host + '/'):
        name = add(url=url)
        cloud.play(('status', {'code': 404}))
        _, _, err = ask(name)
        assert host + '/chat/completions was asked for' in err and 'url = "%s/v1" under [%s]' % (host, name) in err, err


def a_gateway_gets_its_headers():
    for wire, usual in (('openai', 'authorization'), ('gemini', 'x-goog-api-key'), ('anthropic', 'x-api-key')):
        for given, name_, value in (('api-key', 'api-key', KEY), ('X-Auth: Token', 'x-auth', 'Token ' + KEY)):
            name = add(wire, '--key-header', given, '--header', 'X-Team: legal & more')
            assert ask(name)[0] == 0
            head = cloud.requests[0]['headers']
            assert head[name_] == value and head['x-team'] == 'legal & more' and usual not in head, head
            assert cloud.received().count(KEY.encode()) == 1
    row, = [c for c in json.loads(hearth('cloud', 'list', '--json')[1])['clouds'] if c['name'] == name]
    assert (row['key_header'], row['header'], row['ca']) == ('X-Auth: Token', 'X-Team: legal & more', None), row
    name = add(lines='header = "X: a\\r\\nHost: evil"')  # by hand: it is looked at before anything leaves
    code, _, err = ask(name)
    assert code == USAGE and 'no header' in err and not cloud.requests, err


WHOLE = {  # the answer of a server that does not stream
    'openai': lambda text: {'choices': [{'index': 0, 'message': {'role': 'assistant', 'content': text}, 'finish_reason': 'stop'}],
                            'usage': {'prompt_tokens': 11, 'completion_tokens': 22}},
    'openai-responses': lambda text: {'status': 'completed', 'output': [{'type': 'message', 'content': [{'type': 'output_text', 'text': text}]}],
                                      'usage': {'input_tokens': 11, 'output_tokens': 22}},
    'anthropic': lambda text: {'type': 'message', 'content': [{'type': 'text', 'text': text}], 'stop_reason': 'end_turn',
                               'usage': {'input_tokens': 11, 'output_tokens': 22}},
    'gemini': lambda text: [{'candidates': [{'content': {'parts': [{'text': text}]}, 'finishReason': 'STOP'}],
                             'usageMetadata': {'promptTokenCount': 11, 'candidatesTokenCount': 22}}]}


def an_answer_that_is_called_no_stream_is_heard():
    for wire in WIRES:
        name = add(wire)
        for scene in (('status', {'code': 200, 'body': WHOLE[wire](cloud_server.HELLO)}), ('typed', {'kind': 'text/plain; charset=utf-8'}), 'typed'):
            cloud.play(scene)
            code, out, err = ask(name)
            assert code == 0 and (out['text'], out['tokens_in'], out['tokens_out']) == (cloud_server.HELLO, 11, 22), (wire, scene, out, err)
        for scene, words in ((('status', {'code': 200, 'body': {'detail': 'Log in'}}), 'instead of a stream of events: Log in'),
                             (('status', {'code': 200, 'body': {'error': {'message': 'No', 'type': 'invalid_request_error'}}}), 'reports an error: No'),
                             (('typed', {'kind': 'text/html'}), 'text/html'), (('status', {'code': 200, 'body': {'x': 'y' * (2 << 20)}}), 'instead of a stream')):
            name = add(wire)
            cloud.play(scene)
            code, _, err = ask(name)
            assert code == REMOTE and words in err, (wire, scene[0], err)


def what_a_server_does_not_take_is_left_out():
    """Once each, and only what an answer can be had without; each attempt stands in the ledger."""
    forbidden = ('status', {'code': 422, 'body': {'object': 'error', 'type': 'invalid_request_error', 'message': {'detail': [
        {'type': 'extra_forbidden', 'loc': ['body', 'stream_options', 'include_usage'], 'msg': 'Extra inputs are not permitted'}]}}})
    renamed = ('status', {'code': 400, 'kind': 'unsupported_parameter', 'message':
                          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."})
    other = ('status', {'code': 400, 'message': "Unsupported value: 'temperature' does not support 0.2"})
    for scenes, fine, sent in (([forbidden], True, [(True, False), (False, False)]), ([renamed], True, [(True, False), (True, True)]),
                               ([forbidden, renamed], True, [(True, False), (False, False), (False, True)]),
                               ([forbidden, forbidden], False, [(True, False), (False, False)]), ([other], False, [(True, False)]),
                               ([('status', {'code': 404, 'message': 'stream_options'})], False, [(True, False)])):
        name = add()
        cloud.play(*scenes)
        code, out, err = ask(name)
        bodies = [json.loads(r['body']) for r in cloud.requests]
        assert (code == 0) == fine and [('stream_options' in b, 'max_completion_tokens' in b) for b in bodies] == sent, (scenes, err, bodies)
        assert all(('max_tokens' in b) != ('max_completion_tokens' in b) for b in bodies) and len(spent_entries(name)[1]) == len(sent), bodies
    name = add('openai-responses')
    cloud.play(forbidden)
    assert ask(name)[0] == REMOTE and len(cloud.requests) == 1


def what_a_server_did_not_take_is_remembered():
    """By the next question, in another process; not of another model or address, nor once such a request is refused, too."""
    def asked(name, *scenes):
        cloud.clear()
        cloud.play(*scenes)
        code, _, err = ask(name)
        return [('stream_options' in b, 'max_completion_tokens' in b) for b in map(lambda r: json.loads(r['body']), cloud.requests)], code
    no_usage = ('status', {'code': 400, 'message': "Extra inputs are not permitted: 'stream_options'"})
    renamed = ('status', {'code': 400, 'kind': 'unsupported_parameter', 'message':
                          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."})
    name = add()
    assert asked(name, no_usage, renamed) == ([(True, False), (False, False), (False, True)], 0)
    assert asked(name) == asked(name) == ([(False, True)], 0)
    path = os.path.join(HOME, 'gate', 'clouds.toml')
    text = open(path).read()
    head, tail = text.rsplit('model-1', 1)
    open(path, 'w').write(head + 'model-2' + tail)
    assert asked(name) == ([(True, False)], 0)  # what another model takes is not known
    open(path, 'w').write(text)
    other = ('status', {'code': 400, 'message': 'no such luck'})
    assert asked(name, other) == ([(False, True)], REMOTE)
    assert asked(name) == ([(True, False)], 0)
    assert asked(name, no_usage)[1] == 0 and asked(name) == ([(False, False)], 0)
    assert hearth('cloud', 'add', name, '--wire', 'openai', '--url', cloud.url('openai'), '--model', 'model-1')[0] == 0
    assert asked(name) == ([(True, False)], 0)  # replaced


def the_list_says_who_rests():
    name = add()
    assert '  rests' not in hearth('cloud', 'list')[1].split(name, 1)[1]
    cloud.play(('status', {'code': 429, 'retry': '3000'}))
    assert ask(name)[0] == REMOTE
    row, = [c for c in json.loads(hearth('cloud', 'list', '--json')[1])['clouds'] if c['name'] == name]
    assert 2900 < row['rest_s'] <= 3000 and not row['agreed'], row
    shown = hearth('cloud', 'list')[1].split(name, 1)[1]
    assert '  rests for 2' in shown or '  rests for 3000 s' in shown, shown
    name = add(url=cloud.url('openai') + '/chat/completions')  # the whole address, as manuals print it
    assert ask(name)[0] == 0 and cloud.requests[0]['path'] == '/v1/chat/completions', cloud.requests


def an_address_that_cannot_be_says_what_can():
    for url, words in (('api.example.com/v1', 'begins with https://'), ('https://a.example/openai/deployments/g?api-version=1', '/openai/v1'),
                       ('https://u:p@a.example/v1', '--key-stdin'), ('http://a.example/v1', 'plain http')):
        code, _, err = hearth('cloud', 'add', 'x', '--url', url, '--model', 'm')
        assert code == USAGE and words in err, (url, err)
    plain = socket.create_server(('127.0.0.1', 0))  # answers whatever comes in words of its own, as another kind of server does
    def greet():
        while True:
            try:
                connection, _ = plain.accept()
            except OSError:
                return
            connection.sendall(b'SSH-2.0-x\r\n')
            connection.recv(9999)
            connection.close()
    threading.Thread(target=greet, daemon=True).start()
    for scheme in ('http', 'https'):
        _, _, err = ask(add(url='%s://127.0.0.1:%d/v1' % (scheme, plain.getsockname()[1])))
        assert 'the other of http:// and https://' in err, err
    plain.close()


def a_key_is_one_word():
    for text, sent in (('  %s \r\n\n' % KEY, KEY), (KEY, KEY), ('%s\n%s\n' % (KEY[:9], KEY[9:]), None), ('Bearer %s\n' % KEY, None), ('%s\tx\n' % KEY, None)):
        code, _, err = hearth('cloud', 'add', 'word', '--url', cloud.url('openai'), '--model', 'm', '--key-stdin', stdin=text)
        assert code == (0 if sent else USAGE) and KEY[:9] not in err, (text, code, err)
        if sent:
            cloud.clear()
            assert ask('word')[0] == 0 and cloud.requests[0]['headers']['authorization'] == 'Bearer ' + sent


def every_deadline_is_kept():
    event = threading.Event()
    for wire in WIRES:
        for scene, lines in (('hang', 'first_ms = 400'), ('pings', 'first_ms = 400'), (('half', {'then': event}), 'idle_ms = 400'),
                             (('dribble', {'wait': 0.05}), 'first_ms = 400')):  # bytes come all the time, but no event of them
            name = add(wire, lines=lines)
            cloud.play(scene)
            began = time.time()
            code, _, err = ask(name)
            assert code not in (0, 1) and 'within 0.4 s' in err, (wire, scene, err)
            assert time.time() - began < 20 and len(cloud.requests) == 1, (wire, scene, time.time() - began)
    event.set()
    deaf = socket.create_server(('127.0.0.1', 0), backlog=0)  # two more find no room in its queue and hear nothing at all
    waiting = [socket.socket() for _ in range(2)]
    for one in waiting:
        one.setblocking(False)
        one.connect_ex(deaf.getsockname())
    name = add(url='http://127.0.0.1:%d/v1' % deaf.getsockname()[1], lines='connect_ms = 300')
    began = time.time()
    code, _, err = ask(name)
    assert code not in (0, 1) and 0.3 <= time.time() - began < 6, (code, err, time.time() - began)
    for one in waiting + [deaf]:
        one.close()


def who_is_not_there_is_told_soon():
    for url, word in (('http://127.0.0.1:1/v1', 'connect'), ('https://nobody.invalid/v1', 'nobody.invalid')):
        name = add(url=url, lines='connect_ms = 500')
        began = time.time()
        code, _, err = ask(name)
        assert code not in (0, 1, DENIED) and word in err, (url, code, err)
        assert time.time() - began < 12, time.time() - began
        begun, ends = spent_entries(name)
        assert len(begun) == len(ends) >= 1 and all(e['sent_bytes'] == 0 and e['tokens_in'] == 0 for e in ends.values()), ends


def an_endpoint_that_fails_three_times_is_left_alone_by_every_process():
    name = add()
    for _ in range(3):
        cloud.play('half')
        assert ask(name)[0] == REMOTE
    cloud.clear()
    entries = len(ledger())
    code, _, err = ask(name)
    assert code == REMOTE and 'failed 3 times in a row' in err and 'tried again in' in err, err
    assert not cloud.requests and len(ledger()) == entries
    state = os.path.join(HOME, 'gate', 'clouds.state')
    with open(state, 'r+b') as f:
        f.seek(4096)
        f.write(b'damaged')
    assert ask(name)[0] == 0  # a notebook that cannot be read is none
    name = add()
    cloud.play(('status', {'code': 429, 'retry': 120}))
    assert ask(name)[0] == REMOTE
    cloud.clear()
    code, _, err = ask(name)
    assert code == REMOTE and 'pause' in err and not cloud.requests, err


def redirects_and_proxies_see_nothing():
    other = cloud_server.Cloud()
    for code in (301, 302, 303, 307, 308):
        name = add()
        cloud.play(('redirect', {'to': other.url('openai') + '/chat/completions', 'code': code}))
        assert ask(name)[0] == REMOTE
    name = add()
    proxy = 'http://127.0.0.1:%d' % other.port
    env = dict(ENV, http_proxy=proxy, https_proxy=proxy, HTTPS_PROXY=proxy, all_proxy=proxy, ALL_PROXY=proxy)
    assert ask(name, env=env)[0] == 0
    assert other.received() == b'', other.received()
    # nor what libcurl and its command take from a home and from an earlier answer
    home = tempfile.mkdtemp()
    for file, text in (('.netrc', 'default login me password netrc-canary\n'), ('.curlrc', 'proxy = %s\nuser = curlrc-canary:x\n' % proxy)):
        with open(os.path.join(home, file), 'w', opener=lambda path, flags: os.open(path, flags, 0o600)) as f:
            f.write(text)
    cookie = ('flood', {'head': b'HTTP/1.1 200 X\r\nContent-Type: text/event-stream\r\nSet-Cookie: cookie-canary=1; Path=/\r\nConnection: close\r\n\r\n',
                        'piece': cloud_server.Wire('openai').whole('Hi').encode()})
    name = add()
    cloud.play(cookie)
    for _ in range(2):
        assert ask(name, env=dict(ENV, HOME=home, CURL_HOME=home, NETRC=os.path.join(home, '.netrc')))[0] == 0
    assert b'canary' not in cloud.raw.replace(KEY.encode(), b'') and b'ookie:' not in cloud.raw and not other.received(), cloud.raw
    shutil.rmtree(home)
    other.close()


def addresses_that_turn_are_refused_before_a_byte_leaves():
    name = add(url='https://evil.localhost:%d/v1' % cloud.port)  # resolved to 127.0.0.1, as a rebinding name is
    code, _, err = ask(name)
    assert code == DENIED and 'this machine' in err and cloud.received() == b'', (code, err)
    for url in ('http://169.254.169.254/latest', 'https://169.254.169.254', 'http://[::ffff:169.254.169.254]/', 'http://0/',
                'http://0.0.0.0:%d' % cloud.port, 'http://[fe80::1]/', 'http://8.8.8.8/', 'http://134744072/', 'http://example.org/v1',
                'http://224.0.0.1/', 'ftp://127.0.0.1/', 'file:///etc/passwd', 'https://me:pw@example.org/', 'https://example.org/?q=1',
                'https://example.org/#f', 'nonsense', 'http://[64:ff9b::a9fe:a9fe]/', 'http://[2002:a9fe:a9fe::1]/'):
        code, _, err = hearth('cloud', 'add', 'x', '--wire', 'openai', '--model', 'm', '--url', url)
        assert code == USAGE and 'cannot be the address' in err, (url, code, err)
    for url in ('http://127.0.0.1:%d/v1', 'http://2130706433:%d/v1', 'http://0x7f.1:%d/v1', 'http://localhost:%d/v1'):
        assert ask(add(url=url % cloud.port))[0] == 0, url  # one's own machine in any spelling
    code, _, err = hearth('cloud', 'add', 'x', '--wire', 'openai', '--model', 'm', '--url', 'http://nas.home:8080/v1', '--dest', 'mine')
    assert code == 0, err


def openssl(folder, *words):
    subprocess.run(['openssl', *words], cwd=folder, check=True, capture_output=True)


EC = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1')


def certificates(folder):
    """An authority, ca.pem, and what it says of several servers, NAME.pem with NAME.key; "self" is nobody's but its own."""
    with open(os.path.join(folder, 'ca.cnf'), 'w') as f:
        f.write('[ca]\ndefault_ca = a\n[a]\nnew_certs_dir = .\ndatabase = index\nserial = serial\npolicy = p\ndefault_md = sha256\n'
                'copy_extensions = copy\nunique_subject = no\n[p]\ncommonName = supplied\n')
    open(os.path.join(folder, 'index'), 'w').close()
    with open(os.path.join(folder, 'serial'), 'w') as f:
        f.write('01')
    openssl(folder, 'req', '-x509', *EC, '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=test authority')
    for name, host, dates in (('good', 'localhost', ['20200101000000Z', '20990101000000Z']), ('other', 'elsewhere.example', ['20200101000000Z', '20990101000000Z']),
                              ('expired', 'localhost', ['20200101000000Z', '20210101000000Z']), ('future', 'localhost', ['20980101000000Z', '20990101000000Z'])):
        openssl(folder, 'req', *EC, '-nodes', '-keyout', name + '.key', '-out', name + '.csr', '-subj', '/CN=' + host,
                '-addext', 'subjectAltName=DNS:' + host)
        openssl(folder, 'ca', '-batch', '-notext', '-config', 'ca.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key', '-in', name + '.csr', '-out', name + '.pem',
                '-startdate', dates[0], '-enddate', dates[1])
    openssl(folder, 'req', '-x509', *EC, '-nodes', '-keyout', 'self.key', '-out', 'self.pem', '-days', '2', '-subj', '/CN=localhost',
            '-addext', 'subjectAltName=DNS:localhost')
    chains(folder)


def chains(folder):
    """By way of another authority: whole, without it, with one that is over; by a server that is no authority; and one that must come with
    word that it was not revoked, which this server has not."""
    name, authority = 'subjectAltName=DNS:localhost', 'basicConstraints=critical,CA:TRUE'
    for made, by, ext, end in (('between', 'ca', authority, '2099'), ('over', 'ca', authority, '2021'), ('chain', 'between', name, '2099'),
                               ('old', 'over', name, '2099'), ('forged', 'good', name, '2099'), ('staple', 'ca', name, '2099')):
        more = ['-addext', 'tlsfeature=status_request'] if made == 'staple' else []
        openssl(folder, 'req', *EC, '-nodes', '-keyout', made + '.key', '-out', made + '.csr', '-subj', '/CN=' + made, '-addext', ext, *more)
        openssl(folder, 'ca', '-batch', '-notext', '-config', 'ca.cnf', '-cert', by + '.pem', '-keyfile', by + '.key', '-in', made + '.csr',
                '-out', made + '.pem', '-startdate', '20200101000000Z', '-enddate', end + '0101000000Z')
    shutil.copy(os.path.join(folder, 'chain.pem'), os.path.join(folder, 'missing.pem'))
    shutil.copy(os.path.join(folder, 'chain.key'), os.path.join(folder, 'missing.key'))
    for leaf, by in (('chain', 'between'), ('old', 'over'), ('forged', 'good')):
        with open(os.path.join(folder, leaf + '.pem'), 'a') as out, open(os.path.join(folder, by + '.pem')) as parent:
            out.write(parent.read())


def tls_front(listener, context, seen):
    """TLS in front of the scripted cloud, one connection after the other."""
    while True:
        try:
            connection, _ = listener.accept()
            with context.wrap_socket(connection, server_side=True) as secure, socket.create_connection(('127.0.0.1', cloud.port)) as behind:
                request = b''
                while b'\r\n\r\n' not in request or not request.rstrip().endswith(b'}'):
                    piece = secure.recv(65536)
                    if not piece:
                        raise OSError('nothing was asked')
                    request += piece
                seen.append(request)
                behind.sendall(request)
                for piece in iter(lambda: behind.recv(65536), b''):
                    secure.sendall(piece)
        except OSError:
            if listener.fileno() < 0:
                return


def tls_is_always_verified():
    """The system's store of authorities is another for the program alone, in a mount namespace; where there is none, all are refused."""
    folder = tempfile.mkdtemp()
    if not shutil.which('openssl'):
        raise tap.Skip('no openssl to make certificates with')
    certificates(folder)
    store = os.path.join(folder, 'store')
    os.mkdir(store)
    shutil.copy(os.path.join(folder, 'ca.pem'), os.path.join(store, 'ca-certificates.crt'))
    inside = ['unshare', '-rm', 'sh', '-c', 'mount --bind %s /etc/ssl/certs && exec "$@"' % store, 'sh']
    trusted = shutil.which('unshare') and subprocess.run([*inside, 'true'], capture_output=True).returncode == 0
    for name in ('good', 'chain', 'other', 'expired', 'future', 'self', 'missing', 'old', 'forged', 'staple'):
        context, seen = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), []
        context.load_cert_chain(os.path.join(folder, name + '.pem'), os.path.join(folder, name + '.key'))
        listener = socket.create_server(('127.0.0.1', 0))
        threading.Thread(target=tls_front, args=(listener, context, seen), daemon=True).start()
        endpoint = add(url='https://localhost:%d/v1' % listener.getsockname()[1])
        own = os.path.join(folder, name + '.pem')  # the environment makes nobody an authority
        env = dict(ENV, SSL_CERT_FILE=own, SSL_CERT_DIR=folder, CURL_CA_BUNDLE=own)
        run = subprocess.run([*(inside if trusted else []), HEARTH, 'cloud', 'test', endpoint], capture_output=True, env=env, timeout=60)
        out, err = run.stdout.decode(), run.stderr.decode()
        if trusted and name in ('good', 'chain'):
            assert run.returncode == 0 and cloud_server.HELLO in out and len(seen) == 1, (out, err)
        else:
            assert run.returncode == DENIED and not seen and 'its certificate is not valid now' in err, (name, out, err)
            begun, ends = spent_entries(endpoint)
            assert len(begun) == 1 and list(ends.values())[0]['sent_bytes'] == 0, (name, ends)
        listener.close()
    shutil.rmtree(folder)
    if not trusted:
        raise tap.Skip('no mount namespace, so only that all are refused without an authority')


def an_authority_of_ones_own_vouches_for_its_endpoint_alone():
    folder = tempfile.mkdtemp()
    if not shutil.which('openssl'):
        raise tap.Skip('no openssl to make certificates with')
    certificates(folder)
    pem = lambda name: os.path.join(folder, name + '.pem')
    for name, ca, fine in (('good', 'ca', True), ('chain', 'ca', True), ('self', 'self', True), ('other', 'ca', False), ('expired', 'ca', False),
                           ('good', 'self', False), ('self', 'ca', False), ('good', 'good.key', False)):
        context, seen = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), []
        context.load_cert_chain(pem(name), os.path.join(folder, name + '.key'))
        listener = socket.create_server(('127.0.0.1', 0))
        threading.Thread(target=tls_front, args=(listener, context, seen), daemon=True).start()
        url = 'https://localhost:%d/v1' % listener.getsockname()[1]
        endpoint = add('openai', '--ca', os.path.join(folder, ca) if '.' in ca else pem(ca), url=url)
        code, out, err = ask(endpoint)
        assert (code, len(seen)) == ((0, 1) if fine else (DENIED, 0)), (name, ca, code, err)
        other = add(url=url)
        code, _, err = ask(other)
        assert code == DENIED and 'ca = "/PATH.pem"' in err, err  # what is said of one endpoint is said of no other
        listener.close()
    endpoint = add('openai', '--ca', pem('ca'), url=url)
    os.remove(pem('ca'))
    code, _, err = ask(endpoint)
    assert code == DENIED, (code, err)
    shutil.rmtree(folder)


def who_cannot_be_reached_without_a_proxy_is_told():
    name = add(url='http://127.0.0.1:1/v1')
    _, _, err = ask(name, env=dict(ENV, HTTPS_PROXY='http://127.0.0.1:3128'))
    assert 'no proxy is used for questions' in err, err
    assert 'proxy' not in ask(name)[2]


def offline_nothing_leaves():
    name = add()
    entries = len(ledger())
    for words, env in ((['--offline'], ENV), ([], dict(ENV, HEARTH_OFFLINE='1'))):
        code, _, err = hearth('cloud', 'test', name, *words, env=env)
        assert code == DENIED and 'offline' in err, (code, err)
    assert cloud.received() == b'' and len(ledger()) == entries


def offline_is_locked_by_the_kernel():
    for words, mode in ((['--offline'], '2'), ([], '0')):
        child = subprocess.Popen([HEARTH, 'cloud', 'add', 'locked', '--wire', 'openai', '--url', cloud.url('openai'), '--model', 'm',
                                  '--key-stdin', *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
        status = ''
        for _ in range(100):  # it waits for the key
            time.sleep(0.02)
            status = open('/proc/%d/status' % child.pid).read()
            if 'Seccomp:\t' + mode in status and '\nState:\tS' in status:
                break
        child.communicate(KEY.encode(), timeout=30)
        assert child.returncode == 0 and 'Seccomp:\t' + mode in status, status


def budgets_are_kept_before_and_in_the_middle_of_an_answer():
    name = add('openai', '--price-in', '10', '--price-out', '1000', '--budget-day', '0.05')
    for _ in range(2):
        code, _, err = ask(name)
        assert code == 0, err
    code, out, err = hearth('cloud', 'list', '--json')
    row, = [c for c in json.loads(out)['clouds'] if c['name'] == name]
    assert abs(row['spent_day'] - 2 * (11 * 10 + 22 * 1000) / 1e6) < 1e-9 and row['spent_month'] == row['spent_day'], row
    cloud.play('endless')
    cloud.clear()
    code, out, err = hearth('cloud', 'test', name)
    assert code == DENIED and 'budget' in err and out.startswith('xxx'), (code, out[:50], err)
    assert len(out) < 2000, len(out)  # 0.0056 are 5 tokens: it was ended at once
    entries = len(ledger())
    code, _, err = ask(name)
    assert code == DENIED and 'used up' in err and len(cloud.requests) == 1 and len(ledger()) == entries, err
    code, _, err = hearth('cloud', 'add', 'free', '--wire', 'openai', '--url', cloud.url('openai'), '--model', 'm', '--budget-day', '1')
    assert code == USAGE and 'price' in err, err


def kill_in_mid_stream_leaves_an_entry_without_an_end():
    name = add()
    gone = threading.Event()
    cloud.play(('half', {'then': gone}))
    child = subprocess.Popen([HEARTH, 'cloud', 'test', name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
    assert child.stdout.read(5) == b'Hello'
    child.kill()
    child.wait()
    child.communicate()
    gone.set()
    begun, ends = spent_entries(name)
    assert len(begun) == 1 and not ends, (begun, ends)
    assert ask(name)[0] == 0
    begun, ends = spent_entries(name)
    assert len(begun) == 2 and len(ends) == 1


def a_stopped_answer_is_written_down_as_stopped():
    name = add()
    gone = threading.Event()
    cloud.play(('half', {'then': gone}))
    child = subprocess.Popen([HEARTH, 'cloud', 'test', name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
    assert child.stdout.read(5) == b'Hello'
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=60)  # it would wait until `gone`
    gone.set()
    assert child.returncode == 130, child.returncode
    begun, ends = spent_entries(name)
    assert ends[list(begun)[0]]['outcome'] == 'cancelled', ends


def a_pause_can_be_stopped():
    name = add()
    cloud.play(('status', {'code': 503, 'retry': 9}))
    child = subprocess.Popen([HEARTH, 'cloud', 'test', name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
    while not cloud.requests:
        time.sleep(0.02)
    time.sleep(0.3)
    began = time.time()  # of a pause of 9 s
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=60)
    assert child.returncode == 130 and time.time() - began < 8 and len(cloud.requests) == 1, child.returncode


def two_at_once_are_two_entries():
    name = add('openai', '--price-out', '1', '--budget-day', '10')
    cloud.play(*[('slow', {'wait': 0.3})] * 6)
    children = [subprocess.Popen([HEARTH, 'cloud', 'test', name, '--json'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
                for _ in range(6)]
    for child in children:
        out, err = child.communicate(timeout=30)
        assert child.returncode == 0, err
    begun, ends = spent_entries(name)
    assert len(begun) == len(ends) == 6
    numbers = [n for n, _, _ in ledger()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert hearth('egress', 'verify')[0] == 0


def the_file_is_the_users_too():
    path = os.path.join(HOME, 'gate', 'clouds.toml')
    name, other = add(), add()
    text = open(path).read()
    text = text.replace('[%s]' % other, '# my own words\n\n# about it\n[%s]\n# inside' % other).replace('[%s]' % name, '# first\n  [ %s ]' % name)
    open(path, 'w').write(text)
    assert hearth('cloud', 'remove', name)[0] == 0
    after = open(path).read()
    assert '[%s]' % name not in after and '# my own words\n\n# about it\n[%s]\n# inside\n' % other in after and '# first\n' in after, after
    assert os.stat(path).st_mode & 0o777 == 0o600
    code, _, err = hearth('cloud', 'remove', name)
    assert code == USAGE and 'hearth cloud list' in err, err
    for bad, says in (('budget_dya = 1', 'budget_dya'), ('price_in = -1', 'price_in'), ('dest = "everybody"', 'dest'),
                      ('first_ms = 0', 'first_ms'), ('first_ms = 1.5', 'first_ms'), ('wire = "smtp"', 'wire')):
        open(path, 'w').write(after + '\n[new]\n' + bad + '\n')
        code, _, err = hearth('cloud', 'list')
        line = after.count('\n') + 3
        assert code == USAGE and says in err and 'clouds.toml:%d' % line in err, (bad, err)
        assert ask(other)[0] == USAGE and not cloud.requests  # nothing is asked while it cannot be understood
    open(path, 'w').write(after)
    assert hearth('cloud', 'list')[0] == 0


def the_doctor_says_who_may_be_asked():
    name = add()
    for words, says in (([], 'through the gate'), (['--offline'], 'offline')):
        code, out, err = hearth('doctor', '--json', *words)
        line, = [c['detail'] for c in json.loads(out)['checks'] if c['name'] == 'network']
        assert says in line, line
    assert hearth('cloud', 'remove', name)[0] == 0


def removing_forgets_the_key():
    name = add()
    assert hearth('cloud', 'remove', name)[0] == 0
    code, _, err = hearth('cloud', 'add', name, '--wire', 'openai', '--url', cloud.url('openai'), '--model', 'm')
    assert code == 0 and ask(name)[0] == 0 and KEY.encode() not in cloud.received()
    assert hearth('cloud', 'add', name, '--wire', 'openai', '--url', cloud.url('openai'), '--model', 'm', '--key-stdin', stdin=KEY)[0] == 0
    cloud.clear()
    assert ask(name)[0] == 0 and KEY.encode() in cloud.received()
    assert hearth('cloud', 'add', name, '--wire', 'openai', '--url', cloud.url('openai'), '--model', 'm')[0] == 0
    cloud.clear()
    assert ask(name)[0] == 0 and KEY.encode() not in cloud.received()  # replaced without a key: the old one is gone


def known_providers_need_a_key_only():
    for name, wire in (('openai', 'openai-responses'), ('anthropic', 'anthropic'), ('gemini', 'gemini')):
        code, _, err = hearth('cloud', 'add', name, '--key-stdin', stdin=KEY)
        assert code == 0, err
        code, out, _ = hearth('cloud', 'list', '--json')
        row, = [c for c in json.loads(out)['clouds'] if c['name'] == name]
        assert row['wire'] == wire and row['url'].startswith('https://') and row['model'] and row['dest'] == 'public', row
        assert hearth('cloud', 'remove', name)[0] == 0
        code, _, err = hearth('cloud', 'add', name)
        assert code == 0 and 'nobody without a key; `hearth cloud key %s`' % name in err, err
        assert hearth('cloud', 'key', name, stdin=KEY)[0] == 0
        assert [c['key'] for c in json.loads(hearth('cloud', 'list', '--json')[1])['clouds'] if c['name'] == name] == ['sealed']
        assert hearth('cloud', 'remove', name)[0] == 0
    for name in ('mistral', 'groq', 'openrouter', 'deepseek', 'xai'):
        code, _, err = hearth('cloud', 'add', name, '--key-stdin', stdin=KEY)
        assert code == USAGE and 'hearth cloud add %s -m MODEL' % name in err, err
        assert hearth('cloud', 'add', name, '-m', 'm', '--key-stdin', stdin=KEY)[0] == 0
        row, = [c for c in json.loads(hearth('cloud', 'list', '--json')[1])['clouds'] if c['name'] == name]
        assert (row['wire'], row['model'], row['dest']) == ('openai', 'm', 'public') and row['url'].startswith('https://'), row
        assert hearth('cloud', 'remove', name)[0] == 0
    code, _, err = hearth('cloud', 'add', 'nobody', '--key-stdin', stdin=KEY)
    assert code == USAGE and 'URL' in err, err
    for words in (['cloud'], ['cloud', 'burn'], ['cloud', 'test'], ['cloud', 'list', 'x'], ['cloud', 'add', '-x'],
                  ['cloud', 'add', 'a b', '--url', 'https://x', '--model', 'm']):
        assert hearth(*words)[0] == USAGE, words


def answers_cannot_play_with_the_terminal():
    cloud.answer = 'a\x1b]0;title\x07b'
    name = add()
    pid, fd = os.forkpty()
    if pid == 0:
        os.execve(HEARTH, [HEARTH, 'cloud', 'test', name], ENV)
    out = b''.join(pieces(fd))
    os.waitpid(pid, 0)
    os.close(fd)
    cloud.answer = cloud_server.HELLO
    assert b'\x1b]0' not in out and b'\x07' not in out and b'title' in out, out


def a_key_that_is_typed_is_not_shown():
    pid, fd = os.forkpty()
    if pid == 0:
        os.execve(HEARTH, [HEARTH, 'cloud', 'add', 'typed', '--wire', 'openai', '--url', cloud.url('openai'), '--model', 'm'], ENV)
    out = b''
    while b'Key of typed' not in out:
        out += os.read(fd, 4096)
    time.sleep(0.2)
    os.write(fd, KEY.encode() + b'\n')
    try:
        for piece in iter(lambda: os.read(fd, 4096), b''):
            out += piece
    except OSError:
        pass
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    assert status == 0 and KEY.encode() not in out, out
    cloud.clear()
    assert ask('typed')[0] == 0 and cloud.received().count(KEY.encode()) == 1


PROMISES = [every_api_answers_and_is_written_down, the_key_is_in_its_header_and_nowhere_else, a_long_name_keeps_the_columns_of_the_list,
            keys_come_from_an_environment_variable_only_when_the_endpoint_says_so,
                  keys_come_from_a_systemd_credential_only_when_the_endpoint_says_so,
                  a_key_in_the_keyring_is_on_no_disk_and_says_when_it_is_gone, a_key_is_given_anew_where_it_lies, borders_of_pieces_change_nothing,
            half_an_answer_is_never_taken_for_a_whole_one, behind_the_last_event_nothing_is_waited_for, what_never_ends_stops_at_a_ceiling, what_the_provider_says_of_its_answer_is_passed_on,
            what_may_pass_is_tried_again_and_nothing_else, what_went_wrong_is_said_so_that_one_can_mend_it, what_an_error_says_to_do_can_be_done, what_a_server_does_not_take_is_left_out, what_a_server_did_not_take_is_remembered, the_list_says_who_rests,
            an_address_that_cannot_be_says_what_can,
            an_answer_that_is_called_no_stream_is_heard, a_gateway_gets_its_headers, an_authority_of_ones_own_vouches_for_its_endpoint_alone, who_cannot_be_reached_without_a_proxy_is_told,
            every_deadline_is_kept, who_is_not_there_is_told_soon,
            an_endpoint_that_fails_three_times_is_left_alone_by_every_process, redirects_and_proxies_see_nothing,
            addresses_that_turn_are_refused_before_a_byte_leaves, tls_is_always_verified, offline_nothing_leaves, offline_is_locked_by_the_kernel,
            budgets_are_kept_before_and_in_the_middle_of_an_answer, kill_in_mid_stream_leaves_an_entry_without_an_end,
            a_stopped_answer_is_written_down_as_stopped, a_pause_can_be_stopped, two_at_once_are_two_entries, the_file_is_the_users_too,
            removing_forgets_the_key, the_doctor_says_who_may_be_asked, known_providers_need_a_key_only, answers_cannot_play_with_the_terminal, a_key_is_one_word, a_key_that_is_typed_is_not_shown]

broken = tap.run(PROMISES, outward=[who_is_not_there_is_told_soon])  # it looks a name up
cloud.close()
shutil.rmtree(HOME, ignore_errors=True)
sys.exit(1 if broken else 0)
