#!/usr/bin/env python3
"""What `ask --delegate` saves and finds: remote tokens delegated against sending all passages, and how many of the facts that a
question asks for come back, over long documents made here (minutes of a housing cooperative, two leases; seeded, ours).

The cloud is scripted: it plans one task a part of the question, as a careful model would, and answers with the extracts word by
word. So this measures the device's half of the protocol; a real cloud's plans and prose are not measured. Tokens are counted by the
local model's vocabulary on both sides of the comparison.

usage: delegate.py HEARTH [MODEL...]     MODEL "none": by words alone
"""
import json, os, random, re, shutil, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'support'))
import cloud_server
from terminal import at_a_terminal

HEARTH = os.path.abspath(sys.argv[1])
MODELS = sys.argv[2:] or ['none']
MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
PEOPLE = ['Ilse Brandt', 'Tomas Novak', 'Priya Raman', 'Gwen Hughes', 'Omar Haddad', 'Sofia Rossi', 'Jan de Boer', 'Mary Kelly']
WORKS = ['the repair of the roof', 'painting the stairwell', 'new locks for the cellar', 'the tree in the yard', 'the bicycle stand',
         'cleaning the gutters', 'the broken window on the third floor', 'insulating the attic', 'the intercom', 'the garden wall']
TALK = ['{p} reported that the laundry had been used {n} times and that the second machine was louder than the first.',
        'The heating was turned on in the {s} wing, where {n} radiators had to be bled by the tenants themselves.',
        '{p} thanked the neighbours who had swept the yard; {n} bags of leaves were taken away.',
        'A letter of the city about the width of the pavement was read aloud and put into the files by {p}.',
        'Several tenants asked for quieter doors; {p} will ask a carpenter what felt strips would do.',
        'The bicycle cellar holds {n} bicycles, of which some seem to belong to nobody.',
        '{p} showed photographs of the summer party and collected recipes for a small booklet.',
        'It was discussed at length whether the hedge should be cut in spring or left until the birds have gone.',
        'The caretaker had read the meters in the {s} wing and found nothing out of the ordinary.',
        'A question about parcels left in the hall was answered: they may stay there for {n} hours.',
        '{p} had talked to the school next door about the noise of the new playground.',
        'The minutes of the last meeting were approved without a change.']


def minutes(rng):
    """(text, facts): facts are (year, amount, person)."""
    text, facts = '# Minutes of the housing cooperative at the mill pond\n\n', []
    for year in (2022, 2023, 2024):
        for month in MONTHS:
            text += '## Meeting of %s %d\n\n' % (month, year)
            lines = [rng.choice(TALK).format(p=rng.choice(PEOPLE), n=rng.randint(2, 60), s=rng.choice(['south', 'north', 'west']))
                     for _ in range(rng.randint(12, 18))]
            if rng.random() < 0.6:
                amount, person = '%d,%03d' % (rng.randint(1, 9), rng.randint(1, 999)), rng.choice(PEOPLE)
                lines.insert(rng.randint(3, 10), 'In %s %d the meeting resolved to pay %s euros to %s for %s.' %
                             (month, year, amount, person, rng.choice(WORKS)))
                facts.append((year, amount, person))
            text += ' '.join(lines[:8]) + '\n\n' + ' '.join(lines[8:]) + '\n\n'
    return text, facts


def lease(rng, house, rent, deposit, notice):
    text = '# Lease of the %s\n\n' % house
    clauses = ['The tenant keeps the windows clean and airs the rooms every day in winter.',
               'Animals other than birds and fish are kept only when the landlord agrees in writing.',
               'The chimney is swept twice a year, and the tenant lets the sweep in.',
               'Paths to the door are kept free of snow and leaves between seven and twenty hours.',
               'Repairs of the drains are done by the landlord within a fair time after notice of the damage.',
               'The tenant may put up shelves and pictures, and fills the holes when leaving.',
               'Keys are handed over on the first day and counted on the last.']
    facts = ['The rent of the %s is %s euros a month.' % (house, rent), 'The deposit for the %s is %s euros.' % (house, deposit),
             'The lease of the %s may be ended with %s months of notice.' % (house, notice)]
    for n in range(1, 31):
        lines = [rng.choice(clauses) for _ in range(9)]
        if n in (4, 13, 22):
            lines.insert(4, facts[(4, 13, 22).index(n)])
        text += '## Section %d\n\n%s\n\n' % (n, ' '.join(lines))
    return text


def setup(home, docs):
    rng = random.Random(7)
    text, facts = minutes(rng)
    os.makedirs(docs)
    for name, body in (('minutes.md', text), ('mill_house.md', lease(rng, 'mill house', '1,150', '3,450', 'six')),
                       ('boat_house.md', lease(rng, 'boat house', '780', '1,560', 'three'))):
        with open(os.path.join(docs, name), 'w') as f:
            f.write(body)
    paid = lambda year: [(a, p) for y, a, p in facts if y == year]
    return [
        ('minutes, one year', 'Which payments did the meetings of the housing cooperative resolve in 2023, how much and to whom?',
         [{'task': 'Which payment did the meeting resolve in 2023, how much and to whom?', 'search': 'meeting 2023 resolved to pay euros'}],
         [x for x in paid(2023)]),
        ('minutes, other words', 'What did the housing cooperative spend money on in 2023, and who received it?',
         [{'task': 'Which spending was decided in 2023, and who receives the money?', 'search': 'money spent in 2023, euros paid to somebody'}],
         [x for x in paid(2023)]),
        ('two leases', 'Compare the leases of the mill house and the boat house: rent, deposit and months of notice.',
         [{'task': 'What is the rent a month?', 'search': 'rent of the house euros a month'},
          {'task': 'How high is the deposit?', 'search': 'deposit for the house euros'},
          {'task': 'With how many months of notice may the lease be ended?', 'search': 'lease ended months of notice'}],
         [('1,150 euros',), ('3,450 euros',), ('six months',), ('780 euros',), ('1,560 euros',), ('three months',)]),
        ('minutes, all passages', 'Which payments did the meetings of the housing cooperative resolve in all years, how much and to whom?',
         [{'task': 'Which payment did the meeting resolve, how much and to whom?', 'search': ''}],
         [x for y in (2022, 2023, 2024) for x in paid(y)])]


def main():
    home = tempfile.mkdtemp(prefix='hearth-bench-delegate-')
    env = {k: v for k, v in os.environ.items() if 'proxy' not in k.lower()}
    env.update(HEARTH_HOME=home)
    if os.environ.get('HEARTH_TEST_MODELS'):
        os.symlink(os.environ['HEARTH_TEST_MODELS'], os.path.join(home, 'models'))
    cloud = cloud_server.Cloud()
    questions = setup(home, os.path.join(home, 'docs'))
    plan = []

    def answer(wire, request):
        system, user = (m['content'] for m in request['messages'])
        if 'Break the question' in system:
            return json.dumps({'jobs': plan})
        return ' '.join(re.findall(r'^- document .*?task[ \d]*: (.*)$', user, re.M)) or 'NOT FOUND'
    cloud.answer = answer

    def hearth(*words, stdin=''):
        run = subprocess.run([HEARTH, *words], input=stdin.encode(), capture_output=True, env=env)
        return run.returncode, run.stdout.decode(), run.stderr.decode()
    assert hearth('add', os.path.join(home, 'docs'))[0] == 0
    assert hearth('cloud', 'add', 'far', '--wire', 'openai', '--url', cloud.url('openai'), '--model', 'm', '--key-stdin', stdin='k\n')[0] == 0
    plan[:] = questions[0][2]
    at_a_terminal([HEARTH, 'ask', '--delegate', '--cloud', 'far', questions[0][1]], env, seconds=3600)
    print('%-22s %-28s %7s %7s %6s %9s %9s %9s %7s' % ('question', 'reader', 'whole', 'sent', 'saved', 'readings', 'extracts', 'facts', 'seconds'))
    for model in MODELS:
        for name, question, jobs, facts in questions:
            plan[:] = jobs
            began = time.time()
            more = [] if model == 'none' else ['--model', model]
            code, out, err = hearth('ask', '--delegate', '--cloud', 'far', '--json', '-k', '30', *more, question)
            assert code in (0, 3) and out.startswith('{'), (code, out, err)
            got = json.loads(out)
            first = got['rounds'][0]
            sent = sum(r['tokens'] for r in got['rounds'])
            found = sum(all(part in got['answer'] for part in fact) for fact in facts) if got['endpoint'] else 0
            print('%-22s %-28s %7d %7d %5.1fx %9s %9d %9s %7.1f' % (
                name, model[-28:], got['whole_tokens'], sent, got['whole_tokens'] / max(sent, 1),
                '%d/%d' % (first['readings'], first['readings'] + first['unread']), first['extracts'], '%d/%d' % (found, len(facts)),
                time.time() - began), flush=True)
            if got['notice']:
                print('    ' + got['notice'])
    cloud.close()
    shutil.rmtree(home)


main()
