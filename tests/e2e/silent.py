#!/usr/bin/env python3
"""The promise that nothing leaves, proven by the kernel: everything runs in a network namespace that has a loopback device and
no route (tap.py, as all tests here). That its count of what wants out sees something at all is shown first; what goes over loopback
is counted by the device. Speaks TAP.

usage: silent.py HEARTH
"""
import json, os, shutil, subprocess, sys, tempfile

import tap
from tap import wanted_out
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'support'))
import cloud_server

HEARTH = os.path.abspath(sys.argv[1])
HOME = tempfile.mkdtemp(prefix='hearth-silent-')
DOCS = os.path.join(HOME, 'docs')
MODELS = os.environ.get('HEARTH_TEST_MODELS', '')
ENV = {k: v for k, v in os.environ.items() if 'proxy' not in k.lower()}
ENV.update(HEARTH_HOME=HOME, NO_COLOR='1')


def hearth(*words, stdin=''):
    run = subprocess.run([HEARTH, *words], input=stdin.encode(), capture_output=True, env=ENV, timeout=500)
    return run.returncode, run.stdout.decode('utf-8', 'replace'), run.stderr.decode('utf-8', 'replace')


def over_loopback():
    line, = [line for line in open('/proc/net/dev') if line.strip().startswith('lo:')]
    return int(line.split(':')[1].split()[9])


def what_wants_out_is_counted():
    before = wanted_out()
    hearth('cloud', 'add', 'far', '--wire', 'openai', '--url', 'https://8.8.8.8/v1', '--model', 'm')
    assert hearth('cloud', 'test', 'far')[0] not in (0, 1)
    assert wanted_out() > before, 'the proof would see nothing'
    before = wanted_out()
    hearth('pull', 'smollm2-135m')
    assert wanted_out() > before
    assert hearth('cloud', 'remove', 'far')[0] == 0


def with_the_cloud_off_no_packet_is_sent_at_all():
    os.makedirs(DOCS)
    with open(os.path.join(DOCS, 'lease.txt'), 'w') as f:
        f.write('The lease of the mill ends on 30 June 2031. The landlord is reached at +44 20 7946 0958.\n')
    small = ['-m', 'smollm2-135m', '-n', '12']
    if os.path.exists(os.path.join(MODELS, 'SmolLM2-135M-Instruct.Q4_1.gguf')):
        shutil.rmtree(os.path.join(HOME, 'models'), ignore_errors=True)
        os.symlink(os.path.abspath(MODELS), os.path.join(HOME, 'models'))
    before, loopback = wanted_out(), over_loopback()
    for words, stdin in ((['add', DOCS], ''), (['list', '--json'], ''), (['search', '--mode', 'lexical', 'lease'], ''),
                         (['search', 'lease'], ''), (['ask', *small, 'When does the lease end?'], ''), (['chat', *small], 'When does the lease end?\n'),
                         (['show', os.path.join(DOCS, 'lease.txt')], ''), (['models'], ''), (['doctor'], ''), (['plan'], ''),
                         (['cloud', 'list'], ''), (['gate', 'scan'], 'call +44 20 7946 0958'), (['gate', 'mask'], 'call +44 20 7946 0958'),
                         (['egress', 'log'], ''), (['egress', 'verify'], ''), (['run', *small, '-p', 'hello'], ''),
                         (['remove', os.path.join(DOCS, 'lease.txt')], '')):
        code, _, err = hearth(*words, stdin=stdin)
        assert code in (0, 1, 3, 4), (words, code, err)
        assert (wanted_out(), over_loopback()) == (before, loopback), words


def an_endpoint_on_this_machine_uses_loopback_and_nothing_else():
    cloud = cloud_server.Cloud()
    before, loopback = wanted_out(), over_loopback()
    for wire in cloud_server.WIRES:
        assert hearth('cloud', 'add', 'near', '--wire', wire, '--url', cloud.url(wire), '--model', 'm')[0] == 0
        code, out, err = hearth('cloud', 'test', 'near', '--json')
        assert code == 0 and json.loads(out)['text'] == cloud_server.HELLO, err
    assert over_loopback() > loopback and wanted_out() == before
    for scene in ('redirect', {'to': 'http://8.8.8.8/v1'}), ('redirect', {'to': 'https://example.org/'}):
        cloud.play(scene)
        assert hearth('cloud', 'test', 'near')[0] == 5
        assert wanted_out() == before
    cloud.close()


PROMISES = [what_wants_out_is_counted, with_the_cloud_off_no_packet_is_sent_at_all,
            an_endpoint_on_this_machine_uses_loopback_and_nothing_else]

if not tap.ALONE:
    print('1..0 # SKIP no network namespace can be made here')
    sys.exit(0)
broken = tap.run(PROMISES, outward=[what_wants_out_is_counted])
shutil.rmtree(HOME, ignore_errors=True)
sys.exit(1 if broken else 0)
