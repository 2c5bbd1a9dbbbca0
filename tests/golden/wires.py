#!/usr/bin/env python3
"""Our wires against what the providers' packages agreed to (wires_make.py, which made wires/*.jsonl): every request is rendered as it
was when a package took it for its own, every stream is understood as a package understood it, whole and in pieces. Speaks TAP.

usage: wires.py WIRE_TALK
"""
import json, os, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'e2e'))
import tap

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'wires')
STEPS = (1, 2, 7, 64)


def rows(kind):
    with open(os.path.join(FOLDER, kind + '.jsonl'), encoding='utf-8') as f:
        return [json.loads(line) for line in f][1:]


def talk(lines):
    run = subprocess.run([sys.argv[1]], input=''.join(json.dumps(line) + '\n' for line in lines).encode(), capture_output=True, check=True)
    return [json.loads(line) for line in run.stdout.decode().split('\n') if line]


def without_our_ids(answer):
    for call in answer['calls']:  # drawn anew each time where the provider gives none
        call['id'] = 'call_' if call['id'].startswith('call_') else call['id']
    return answer


def requests_are_what_the_packages_would_send():
    known = rows('requests')
    for row, got in zip(known, talk(known), strict=True):
        assert got == row['answer'], (row['wire'], row['name'], got, row['answer'])
    assert len({(row['wire'], row['name']) for row in known}) == len(known) >= 28


def streams_are_understood_as_the_packages_do():
    known = rows('streams')
    for step in (0, *STEPS):
        for row, got in zip(known, talk([dict(row, step=step) for row in known]), strict=True):
            assert without_our_ids(got) == without_our_ids(row['answer']), (row['wire'], row['name'], step, got, row['answer'])
    assert len({(row['wire'], row['name']) for row in known}) == len(known) >= 100


sys.exit(1 if tap.run([requests_are_what_the_packages_would_send, streams_are_understood_as_the_packages_do]) else 0)
