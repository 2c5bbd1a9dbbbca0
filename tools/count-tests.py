#!/usr/bin/env python3
"""Counts what meson ran: count-tests.py BUILD -> "PASSED FAILED SKIPPED", and names what failed.

A program that speaks TAP counts as its subtests, any other as one. A program that meson calls bad
though none of its subtests is (it died, it was too slow, its plan was not kept) is one failure
more. To meson a program is skipped that left with 0 and without one "ok", even when its plan
promised some: here that is a failure, unless its plan is "1..0" or it skipped what it promised. meson
copies what a test prints into its XML as it stands; a control character there, which XML 1.0 has
no place for, must not hide the counts of all others. When nothing was counted, that is a failure.
"""
import json
import os
import re
import sys
import xml.etree.ElementTree as xml

BAD = ('FAIL', 'ERROR', 'TIMEOUT', 'INTERRUPT', 'UNEXPECTEDPASS')


def read_suites(path):
    """The subtests of each program that speaks TAP: {program: [(subtest, 'failed' | 'skipped' | 'passed')]}."""
    try:
        with open(path, encoding='utf-8', errors='replace') as file:
            text = file.read()
    except OSError as error:
        print(f'    {error}', file=sys.stderr)
        return {}
    text = re.sub('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]', '?', text)
    try:
        suites = xml.fromstring(text.encode())
    except xml.ParseError as error:
        print(f'    {path}: {error}', file=sys.stderr)
        return {}
    told = {}
    for suite in suites.iter('testsuite'):
        program = suite.get('name', '').partition('.')[2] # after the project's name
        for case in suite.iter('testcase') if program else ():
            how = 'passed' if case.find('skipped') is None else 'skipped'
            if case.find('failure') is not None or case.find('error') is not None:
                how = 'failed'
            told.setdefault(program, []).append((case.get('name'), how))
    return told


def read_programs(path):
    try:
        with open(path, encoding='utf-8', errors='replace') as file:
            return [json.loads(line) for line in file]
    except (OSError, ValueError) as error:
        print(f'    {path}: {error}', file=sys.stderr)
        return []


def judge(program, subtests):
    """What one program adds to the count: [(name, how)]."""
    result = program['result']
    judged = list(subtests)
    if result in BAD:
        if not any(how == 'failed' for _, how in judged):
            judged.append((result, 'failed'))
    elif result == 'SKIP' and program.get('returncode') == 0: # TAP without one "ok", in meson's eyes
        plan = re.search(r'^1\.\.(\d+)', program.get('stdout') or '', re.M)
        if plan is None or int(plan[1]) > len(judged):
            judged.append(('kept no plan', 'failed'))
    if not judged:
        judged.append((result, 'skipped' if result == 'SKIP' else 'passed'))
    return judged


def main(build):
    logs = os.path.join(build, 'meson-logs')
    told = read_suites(os.path.join(logs, 'testlog.junit.xml'))
    count = dict.fromkeys(('passed', 'failed', 'skipped'), 0)
    for program in read_programs(os.path.join(logs, 'testlog.json')):
        name = program['name']
        for subtest, how in judge(program, told.pop(name, [])):
            count[how] += 1
            if how == 'failed':
                print(f'    failed: {name}: {subtest}', file=sys.stderr)
    for name in told: # in one log and not in the other: something is wrong with them
        count['failed'] += 1
        print(f'    failed: {name}: not in testlog.json', file=sys.stderr)
    if sum(count.values()) == 0:
        count['failed'] = 1
        print('    failed: nothing was counted', file=sys.stderr)
    print(count['passed'], count['failed'], count['skipped'])


if __name__ == '__main__':
    main(sys.argv[1])
