#!/usr/bin/env python3
"""Promises of `hearth eval`, from outside, on examples/documents: first without a model (passages are the answers), then with a
scripted endpoint on loopback (tests/support/cloud_server.py), then with SmolLM2 where HEARTH_TEST_MODELS has it. Speaks TAP.

usage: eval.py HEARTH
"""
import json, os, random, re, signal, subprocess, time
import xml.dom.minidom

import tap
from scene import CORRUPT, DENIED, ENV, HEARTH, HERE, HOME, NOT_FOUND, USAGE, at_a_terminal, cloud, finish, hearth

MODELS = os.environ.get('HEARTH_TEST_MODELS', '')
EXAMPLES = os.path.join(HERE, '..', '..', 'examples', 'documents')


def path(name):
    return os.path.join(HOME, name)


def lines(name):
    with open(path(name), encoding='utf-8') as f:
        return [json.loads(line) for line in f]


def shown(name, *more):
    code, out, err = hearth('eval', 'show', path(name), '--json', *more)
    assert code in (0, 1), (code, err)
    return code, json.loads(out)


def without_documents_it_says_what_to_do():
    code, _, err = hearth('eval', 'make', '--out', path('none.jsonl'))
    assert code == NOT_FOUND and 'hearth add' in err and not os.path.exists(path('none.jsonl')), (code, err)
    code, _, err = hearth('eval', 'run', '--set', path('none.jsonl'), '--out', path('r'))
    assert code == NOT_FOUND and 'eval make' in err, (code, err)
    assert hearth('eval', 'burn')[0] == USAGE


def the_answers_of_a_made_set_stand_where_it_says():
    assert hearth('add', EXAMPLES)[0] == 0
    code, _, err = hearth('eval', 'make', '-n', '30', '--seed', '7', '--out', path('set.jsonl'))
    assert code == 0, err
    items = lines('set.jsonl')
    kinds = {item['kind'] for item in items}
    assert len(items) == 30 and kinds == {'date', 'number', 'who', 'place', 'table', 'unanswerable'}, kinds
    texts = {}
    for item in items:
        if item['kind'] == 'unanswerable':
            continue
        if item['file'] not in texts:
            texts[item['file']] = hearth('show', item['file'])[1].encode()
        there = texts[item['file']][item['start']:item['end']].decode().replace('\n', ' ')
        assert there == item['gold'] and item['gold'] not in item['question'], item


def the_same_seed_makes_the_same_bytes_and_nothing_is_overwritten():
    assert hearth('eval', 'make', '-n', '30', '--seed', '7', '--out', path('again.jsonl'))[0] == 0
    assert hearth('eval', 'make', '-n', '30', '--seed', '8', '--out', path('other.jsonl'))[0] == 0
    assert open(path('set.jsonl')).read() == open(path('again.jsonl')).read() != open(path('other.jsonl')).read()
    code, _, err = hearth('eval', 'make', '--out', path('set.jsonl'))
    assert code == USAGE and 'already' in err and len(lines('set.jsonl')) == 30, (code, err)


def a_run_that_was_killed_goes_on_and_asks_nothing_twice():
    for stop in (signal.SIGINT, signal.SIGKILL):
        child = subprocess.Popen([HEARTH, 'eval', 'run', '--set', path('set.jsonl'), '--out', path('plain.jsonl')],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENV)
        before, end = (len(lines('plain.jsonl')) if os.path.exists(path('plain.jsonl')) else 1), time.time() + 60
        while time.time() < end and child.poll() is None:
            if os.path.exists(path('plain.jsonl')) and len(lines('plain.jsonl')) >= before + 2:
                break
            time.sleep(0.002)
        child.send_signal(stop)
        child.wait()
    kept = len(lines('plain.jsonl')) - 1
    code, out, err = hearth('eval', 'run', '--set', path('set.jsonl'), '--out', path('plain.jsonl'), '--json')
    ran = json.loads(out)
    assert code == 0 and ran['kept'] == kept and ran['asked'] == 30 - kept and kept >= 2, (out, err)
    ids = [line['id'] for line in lines('plain.jsonl')[1:]]
    assert len(ids) == 30 == len(set(ids))
    assert json.loads(hearth('eval', 'run', '--set', path('set.jsonl'), '--out', path('plain.jsonl'), '--json')[1])['asked'] == 0
    assert len([name for name in os.listdir(HOME) if name.startswith('plain.jsonl.')]) <= 1  # of the kill, at worst


def passages_that_hold_the_answer_count_as_right():
    code, report = shown('plain.jsonl')
    local = report['local']
    assert local['right']['n'] >= 0.3 * local['right']['of'], local
    assert local['cited_file']['n'] >= 0.8 * local['cited_file']['of'], local
    assert local['right']['low'] < local['right']['n'] / local['right']['of'] and report['cloud'] is None, local
    code, out, _ = hearth('eval', 'show', path('plain.jsonl'))
    assert 'Not ready' in out and code == 1, out  # passages refuse nothing
    assert hearth('eval', 'show', path('plain.jsonl'), '--svg', path('no.svg'))[0] == USAGE


def edited_sets_are_read_and_mistakes_are_named():
    items = lines('set.jsonl')[:2] + [{'question': 'How many people are on the payroll?', 'gold': 'five', 'kind': 'number',
                                       'file': '', 'start': 0, 'end': 0}]
    with open(path('mine.jsonl'), 'w') as f:
        f.write('\n'.join(json.dumps(item) for item in items))
    code, _, err = hearth('eval', 'run', '--set', path('mine.jsonl'), '--out', path('mine-result.jsonl'))
    assert code == 0 and len(lines('mine-result.jsonl')) == 4, err
    code, _, err = hearth('eval', 'run', '--set', path('mine.jsonl'), '--out', path('plain.jsonl'))
    assert code == USAGE and 'another set' in err, (code, err)
    with open(path('mine.jsonl'), 'a') as f:
        f.write('\n{"question":"x","kind":"dtae"}\n')
    code, _, err = hearth('eval', 'run', '--set', path('mine.jsonl'), '--out', path('x.jsonl'))
    assert code == CORRUPT and 'line 4' in err and not os.path.exists(path('x.jsonl')), (code, err)


def oracle(wire, request):
    """Knows the set by heart."""
    text = '\n'.join(m['content'] if isinstance(m['content'], str) else json.dumps(m['content']) for m in request['messages'])
    question = re.split('Question: |问题：', text)[-1]
    for item in lines('set.jsonl'):
        if item['question'] in question:
            return 'It is %s.' % item['gold'] if 'gold' in item else 'NOT FOUND'
    return 'NOT FOUND'


def a_misspelt_endpoint_is_told_before_anything_is_asked():
    code, _, err = hearth('eval', 'run', '--set', path('set.jsonl'), '--out', path('misspelt.jsonl'), '--cloud', 'nosuch')
    assert code == USAGE and 'nosuch' in err and not os.path.exists(path('misspelt.jsonl')), (code, err)


def an_endpoint_is_asked_with_consent_only():
    assert hearth('cloud', 'add', 'far', '--wire', 'openai', '--url', cloud.url('openai'), '--model', 'm')[0] == 0
    cloud.answer = oracle
    code, _, err = hearth('eval', 'run', '--set', path('set.jsonl'), '--out', path('both.jsonl'), '--cloud', 'far')
    assert code == DENIED and 'agreed' in err and not cloud.requests, (code, err)
    assert len(lines('both.jsonl')) == 31  # what was asked here is kept


def agree():
    at_a_terminal('ask', '--cloud', 'far', 'When was the house built?')


def with_an_endpoint_there_is_a_curve():
    agree()
    code, out, err = hearth('eval', 'run', '--set', path('set.jsonl'), '--out', path('both.jsonl'), '--cloud', 'far', '--json')
    ran = json.loads(out)
    assert code == 0 and ran['kept'] == 30 and ran['asked'] == 30, (out, err)
    _, report = shown('both.jsonl', '--svg', path('curve.svg'))
    far = report['cloud']
    assert far['who'] == 'far' and far['asked'] == 30 and far['refused_rightly']['n'] == far['refused_rightly']['of'] > 0, far
    assert far['right']['n'] >= 0.5 * far['right']['of'], far
    curve = report['curve']
    assert curve[0]['share'] == 0 and curve[-1]['share'] == 1 and curve[0]['quality'] == 1, curve
    assert report['keeps_90']['quality'] >= 0.9, report['keeps_90']
    assert xml.dom.minidom.parse(path('curve.svg')).getElementsByTagName('polyline')
    out = hearth('eval', 'show', path('both.jsonl'))[1]
    assert 'quality kept' in out and 'of the quality is kept' in out, out


def an_endpoint_that_fails_ends_the_run_and_keeps_what_there_is():
    with open(path('two.jsonl'), 'w') as f:
        f.write('\n'.join(json.dumps(item) for item in lines('set.jsonl')[:2]))
    cloud.play(*['html'] * 8)
    code, _, err = hearth('eval', 'run', '--set', path('two.jsonl'), '--out', path('two-result.jsonl'), '--cloud', 'far')
    assert code != 0 and 'far' in err, (code, err)
    assert [line['who'] for line in lines('two-result.jsonl')[1:]] == ['', '']
    cloud.clear()


def what_may_not_leave_is_withheld_in_every_run_alike():
    policy = os.path.join(HOME, 'gate', 'policy.toml')
    item = next(item for item in lines('set.jsonl') if item['kind'] != 'unanswerable')
    with open(policy, 'w') as f:
        f.write('[[folder]]\npath = "%s"\nlabel = "private"\n' % item['file'])
    run = ('eval', 'run', '--set', path('set.jsonl'), '--out', path('some.jsonl'), '--cloud', 'far', '--json')
    code, out, err = hearth(*run)
    first = json.loads(out)
    assert code == 0 and 0 < first['withheld'] < 30 and first['asked'] == 60 - first['withheld'], (code, out, err)
    code, out, err = hearth(*run)
    again = json.loads(out)
    assert code == 0 and again['asked'] == 0 and again['withheld'] == first['withheld'], (code, out, err)
    with open(path('one.jsonl'), 'w') as f:
        f.write(json.dumps(item))
    code, _, err = hearth('eval', 'run', '--set', path('one.jsonl'), '--out', path('none.jsonl'), '--cloud', 'far')
    assert code == DENIED and 'private' in err, (code, err)
    cloud.clear()  # whatever is found for it: the question's own words are that document's
    strange = next(item for item in lines('set.jsonl') if item['kind'] == 'unanswerable')
    with open(policy, 'w') as f:
        f.write('[[folder]]\npath = "%s"\nlabel = "private"\n' % strange['file'])
    for number, asked in enumerate((strange, dict(item, question='Where is the lighthouse?', file=strange['file']))):
        with open(path('one.jsonl'), 'w') as f:
            f.write(json.dumps(asked))
        code, _, err = hearth('eval', 'run', '--set', path('one.jsonl'), '--out', path('none-%d.jsonl' % number), '--cloud', 'far')
        assert code == DENIED and 'private' in err and not cloud.requests, (code, err)
    os.remove(policy)


def two_runs_are_compared():
    code, out, err = hearth('eval', 'compare', path('plain.jsonl'), path('both.jsonl'), '--json')
    c = json.loads(out)
    assert code == 0 and c['p'] == 1 and c['both'] + c['neither'] == 30 and c['only_a'] == c['only_b'] == 0, (out, err)
    assert hearth('eval', 'compare', path('plain.jsonl'), path('set.jsonl'))[0] == CORRUPT


def write_results(name, n, good, seed=1, cloud='far'):
    """Answers to n questions: good(counts) is how often this device is right, the endpoint is in nine of ten."""
    draw = random.Random(seed)
    with open(path(name), 'w') as f:
        f.write(json.dumps({'hearth_eval': 1, 'set': '%016x' % seed}) + '\n')
        for i in range(n):
            counts = draw.random() < .5
            question = ('How many letters did clerk %d file?' if counts else 'Where did keeper %d hang the key?') % draw.randrange(10**6)
            for who, p in (('', good(counts)), (cloud, .9)):
                f.write(json.dumps(dict(id='%016x' % i, who=who, model='' if who else 'passages', kind='number', question=question,
                                        answer='x', found=True, right=draw.random() < p)) + '\n')


def the_router_trains_on_results_and_takes_only_what_is_better():
    ask = ('route', '--json', 'How many letters did clerk 7 file?')
    code, _, err = hearth('route', 'train', path('both.jsonl'))
    assert code == USAGE and '100' in err and 'eval make' in err, (code, err)
    assert hearth('route', 'train', path('plain.jsonl'))[0] == USAGE  # no endpoint was asked
    assert hearth('route', 'train', path('set.jsonl'))[0] == CORRUPT and hearth('route', 'train', path('gone.jsonl'))[0] == NOT_FOUND
    write_results('luck.jsonl', 200, lambda counts: .6)
    code, out, err = hearth('route', 'train', path('luck.jsonl'), '--json')
    told = json.loads(out)
    assert code == 1 and not told['taken'] and told['because'] and json.loads(hearth(*ask)[1])['trained'] == 0, (out, err)
    write_results('first.jsonl', 200, lambda counts: .1 if counts else .9)
    write_results('more.jsonl', 200, lambda counts: .1 if counts else .9, 2)
    code, out, err = hearth('route', 'train', path('first.jsonl'), path('more.jsonl'), '--json')
    told = json.loads(out)
    assert code == 0 and told['taken'] and told['questions'] == 400 and told['endpoint'] == 'far', (out, err)
    assert told['error'] < min(told['error_shipped'], told['error_mean']) and told['margin'] > 1.6, out
    routing = json.loads(hearth(*ask)[1])
    assert routing['trained'] == 400, routing
    state = os.path.join(HOME, 'gate', 'route.model')
    assert b'clerk' not in open(state, 'rb').read()
    write_results('few.jsonl', 100, lambda counts: .1 if counts else .9, 3)
    code, out, _ = hearth('route', 'train', path('few.jsonl'))
    assert code == 1 and 'the model in use is better' in out and json.loads(hearth(*ask)[1])['trained'] == 400, out
    write_results('other.jsonl', 200, lambda counts: .5, 4, 'near')
    assert hearth('route', 'train', path('first.jsonl'), path('other.jsonl'))[0] == USAGE
    with open(state, 'r+b') as f:
        f.seek(5000)
        f.write(b'damage')
    routing = json.loads(hearth(*ask)[1])
    assert routing['trained'] == 0 and 'cannot be read' in routing['notice'], routing
    assert hearth('route', 'forget')[0] == 0 and not os.path.exists(state) and not json.loads(hearth(*ask)[1])['notice']


def with_a_model_the_answers_have_certainty():
    name = 'SmolLM2-135M-Instruct.Q4_1.gguf'
    if not os.path.exists(os.path.join(MODELS, name)):
        raise tap.Skip('model smollm2-135m is not here')
    if tap.sanitized(HEARTH):
        raise tap.Skip('a sanitizer makes a model very slow')
    os.makedirs(path('models'), exist_ok=True)
    os.symlink(os.path.join(os.path.abspath(MODELS), name), os.path.join(path('models'), name))
    with open(path('four.jsonl'), 'w') as f:
        f.write('\n'.join(json.dumps(item) for item in lines('set.jsonl')[:4]))
    code, _, err = hearth('eval', 'run', '-m', 'smollm2-135m', '--set', path('four.jsonl'), '--out', path('smol.jsonl'))
    assert code == 0, err
    answers = lines('smol.jsonl')[1:]
    with open(path('smol.jsonl')) as f:
        beginning = f.readlines()[:3]
    with open(path('smol.jsonl'), 'w') as f:
        f.write(''.join(beginning).replace(answers[0]['model'], 'another model'))
    code, _, err = hearth('eval', 'run', '-m', 'smollm2-135m', '--set', path('four.jsonl'), '--out', path('smol.jsonl'))
    assert code == USAGE and 'another model' in err, (code, err)
    certain = [a['certainty'] for a in answers if a['certainty'] is not None]  # null: rules counted it
    assert len(answers) == 4 and certain and all(0 <= c <= 1 for c in certain), answers


PROMISES = [without_documents_it_says_what_to_do, the_answers_of_a_made_set_stand_where_it_says,
            the_same_seed_makes_the_same_bytes_and_nothing_is_overwritten,
            a_run_that_was_killed_goes_on_and_asks_nothing_twice, passages_that_hold_the_answer_count_as_right,
            edited_sets_are_read_and_mistakes_are_named, a_misspelt_endpoint_is_told_before_anything_is_asked, an_endpoint_is_asked_with_consent_only,
            with_an_endpoint_there_is_a_curve, what_may_not_leave_is_withheld_in_every_run_alike,
            an_endpoint_that_fails_ends_the_run_and_keeps_what_there_is,
            two_runs_are_compared,
            the_router_trains_on_results_and_takes_only_what_is_better, with_a_model_the_answers_have_certainty]
broken = tap.run(PROMISES)
finish(broken)
