#!/usr/bin/env python3
"""Recall and precision of `hearth gate scan` on two public sets, by type. Nothing here was used to fit anything.

usage: tests/bench/gate_scan.py HEARTH [DATA]      (DATA: the folder with argus-fixtures/ and presidio/;
                                                    default HEARTH_TEST_DATA/gate or ../shared/data/gate)
argus-redact fixtures (Apache-2.0): each case is one text with a type and whether something must be found.
Presidio's synthetic texts (MIT): every labelled span; a span is found when at least half of its bytes are covered.
Types that a scanner of formats does not claim (names, places, health ...) are listed apart.
"""
import collections, glob, gzip, json, os, subprocess, sys

ARGUS = {  # fixture's type -> types that count
    'phone': 'phone', 'id_number': 'id', 'bank_card': 'bank', 'credit_card': 'bank', 'iban': 'bank', 'email': 'email',
    'ssn': 'id', 'us_passport': 'id', 'passport': 'id', 'license_plate': 'id', 'credit_code': 'id', 'military_id': 'id',
    'qq': 'id', 'wechat': 'id', 'cpf': 'id', 'cnpj': 'id', 'tax_id': 'id', 'aadhaar': 'id', 'pan': 'id', 'nino': 'id',
    'my_number': 'id', 'rrn': 'id', 'imei': 'id', 'mac_address': 'id', 'ip_address': 'id', 'url_token': 'secret',
    'openai_api_key': 'secret', 'anthropic_api_key': 'secret', 'aws_access_key': 'secret', 'github_token': 'secret',
    'jwt': 'secret', 'ssh_private_key': 'secret', 'date_of_birth': 'date', 'social_security': 'id', 'postcode': 'address', 'address': 'address'}
PRESIDIO = {'PHONE_NUMBER': 'phone', 'US_SSN': 'id', 'CREDIT_CARD': 'bank', 'IBAN_CODE': 'bank', 'EMAIL_ADDRESS': 'email',
            'IP_ADDRESS': 'id', 'US_DRIVER_LICENSE': 'id', 'STREET_ADDRESS': 'address', 'ADDRESS': 'address'}


def scan(program, texts, *flags):
    """The spans of each text (in characters), one process for all; texts may hold line breaks: NUL-free JSON by file."""
    flat = [t for t in texts]
    out = []
    single = '\n'.join(t for t in flat if '\n' not in t)
    run = subprocess.run([program, 'gate', 'scan', '--json', '--lines', *flags], input=(single + '\n').encode(),
                         capture_output=True, check=True)
    lines = iter(run.stdout.decode().splitlines())
    for text in flat:
        if '\n' in text:
            one = subprocess.run([program, 'gate', 'scan', '--json', *flags], input=text.encode(), capture_output=True, check=True)
            spans = json.loads(one.stdout)['spans']
        else:
            spans = json.loads(next(lines))['spans']
        out.append(spans)
    return out


def read(path):
    if os.path.exists(path):
        return json.load(open(path, encoding='utf-8'))
    return json.loads(gzip.open(path + '.gz').read().decode())


def argus(program, folder):
    cases = []
    for path in sorted(glob.glob(os.path.join(folder, '*.json'))):
        for case in read(path):
            if 'should_match' in case and isinstance(case.get('input'), str):
                cases.append((os.path.basename(path), case))
    spans = scan(program, [case['input'] for _, case in cases], '--quick')
    table = collections.defaultdict(lambda: [0, 0, 0, 0])
    wrong = []
    for (path, case), found in zip(cases, spans):
        want = ARGUS.get(case.get('type'))
        if want is None:
            continue
        hit = any(s['type'] == want for s in found)
        if case['should_match'] and case.get('expected_text'):
            hit = any(s['type'] == want and case['expected_text'] in s['text'] for s in found)
        row = table[case['type']]
        row[0 if case['should_match'] and hit else 1 if case['should_match'] else 2 if hit else 3] += 1
        if hit != case['should_match']:
            wrong.append(f"{path} {case['type']} want {case['should_match']}: {case['input'][:90]!r} found "
                         f"{[(s['type'], s['text']) for s in found]}")
    print('argus fixtures: type, found, missed, false alarms, rightly silent')
    total = [0, 0, 0, 0]
    for kind in sorted(table):
        print(f'  {kind:18}', *(f'{n:4}' for n in table[kind]))
        total = [a + b for a, b in zip(total, table[kind])]
    print(f'  {"all":18}', *(f'{n:4}' for n in total), f' recall {total[0] / max(1, total[0] + total[1]):.3f}',
          f'specificity {total[3] / max(1, total[2] + total[3]):.3f}')
    return wrong


def presidio(program, folder):
    wrong = []
    for name in ('synth_dataset_v2.json', 'generated_large.json'):
        rows = read(os.path.join(folder, name))
        spans = scan(program, [row['full_text'] for row in rows], '--quick')
        found_of, labels, extra, other = (collections.Counter() for _ in range(4))
        for row, found in zip(rows, spans):
            text = row['full_text']
            offset = [0]
            for c in text:
                offset.append(offset[-1] + len(c.encode()))
            truth = [(offset[s['start_position']], offset[s['end_position']], s['entity_type']) for s in row['spans']]
            for at, end, kind in truth:
                if kind not in PRESIDIO:
                    other[kind] += 1
                    continue
                labels[kind] += 1
                covered = sum(max(0, min(end, s['end']) - max(at, s['start'])) for s in found)
                hit = covered * 2 >= end - at
                found_of[kind] += hit
                if not hit:
                    wrong.append(f'{name} {kind} missed: {text.encode()[max(0, at - 40):end + 10].decode("utf-8", "ignore")!r}')
            for s in found:
                if not any(s['start'] < end and s['end'] > at for at, end, _ in truth):
                    extra[s['type']] += 1
                    wrong.append(f'{name} extra {s["type"]} {s["score"]}: {s["text"]!r} in {text[:80]!r}')
        print(f'presidio {name}: {len(rows)} texts; type, labelled, found, recall')
        for kind in sorted(labels):
            print(f'  {kind:18} {labels[kind]:5} {found_of[kind]:5}  {found_of[kind] / labels[kind]:.3f}')
        print('  found where nothing is labelled:', dict(extra))
        print('  labelled, and no matter of format:', dict(other))
    return wrong


def main():
    program = sys.argv[1]
    data = sys.argv[2] if len(sys.argv) > 2 else os.path.join(os.environ.get('HEARTH_TEST_DATA', '../shared/data'), 'gate')
    wrong = argus(program, os.path.join(data, 'argus-fixtures')) + presidio(program, os.path.join(data, 'presidio'))
    if '-v' in sys.argv:
        print('\n'.join(wrong))


if __name__ == '__main__':
    main()
