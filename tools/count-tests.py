#!/usr/bin/env python3
"""Counts what meson ran: count-tests.py BUILD -> "PASSED FAILED SKIPPED", and names what failed.

A program that speaks TAP counts as its subtests, any other as one. A program that died counts as
one failure more, whatever its subtests said before.
"""
import json
import os
import sys
import xml.etree.ElementTree as xml


def main(build):
    logs = os.path.join(build, 'meson-logs')
    passed = failed = skipped = 0
    failed_in = {}
    try:
        suites = xml.parse(os.path.join(logs, 'testlog.junit.xml')).getroot()
    except (OSError, xml.ParseError):
        suites = []
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
        with open(os.path.join(logs, 'testlog.json'), encoding='utf-8') as file:
            programs = [json.loads(line) for line in file]
    except OSError:
        programs = []
    for program in programs:
        name = program['name'].split(' / ')[-1]
        bad = program['result'] in ('FAIL', 'ERROR', 'TIMEOUT', 'INTERRUPT', 'UNEXPECTEDPASS')
        if bad and not any(name.endswith(f) or f.endswith(name) for f in failed_in):
            failed += 1
            print(f'    failed: {name} ({program["result"]})', file=sys.stderr)
    print(passed, failed, skipped)


if __name__ == '__main__':
    main(sys.argv[1])
