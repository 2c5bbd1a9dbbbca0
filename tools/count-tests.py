#!/usr/bin/env python3
"""Counts what meson ran: count-tests.py BUILD -> "PASSED FAILED SKIPPED", and names what failed.

A program that speaks TAP counts as its subtests, any other as one. A program that died counts as
one failure more, whatever its subtests said before. meson copies what a test prints into its XML
as it stands; a control character there, which XML 1.0 has no place for, must not hide the counts
of all others. When nothing was counted at all, that is a failure.
"""
import json
import os
import re
import sys
import xml.etree.ElementTree as xml


def read_suites(path):
    try:
        with open(path, encoding='utf-8', errors='replace') as file:
            text = file.read()
    except OSError:
        return []
    text = re.sub('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]', '?', text)
    try:
        return xml.fromstring(text.encode())
    except xml.ParseError as error:
        print(f'    {path}: {error}', file=sys.stderr)
        return []


def main(build):
    logs = os.path.join(build, 'meson-logs')
    passed = failed = skipped = 0
    failed_in = {}
    suites = read_suites(os.path.join(logs, 'testlog.junit.xml'))
    for suite in suites:
        for case in suite.iter('testcase'):
            if case.find('failure') is not None or case.find('error') is not None:
                failed += 1
                name = suite.get('name', '').split('.')[-1]
                failed_in[name] = failed_in.get(name, 0) + 1
                print(f'    failed: {name}: {case.get("name")}', file=sys.stderr)
            elif case.find('skipped') is not None:
                skipped += 1
            else:
                passed += 1
    try:
        with open(os.path.join(logs, 'testlog.json'), encoding='utf-8', errors='replace') as file:
            programs = [json.loads(line) for line in file]
    except OSError:
        programs = []
    for program in programs:
        name = program['name'].split(' / ')[-1]
        bad = program['result'] in ('FAIL', 'ERROR', 'TIMEOUT', 'INTERRUPT', 'UNEXPECTEDPASS')
        if bad and not any(name.endswith(f) or f.endswith(name) for f in failed_in):
            failed += 1
            print(f'    failed: {name} ({program["result"]})', file=sys.stderr)
    if passed + failed + skipped == 0:
        failed = 1
        print('    failed: nothing was counted', file=sys.stderr)
    print(passed, failed, skipped)


if __name__ == '__main__':
    main(sys.argv[1])
