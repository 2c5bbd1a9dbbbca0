#!/usr/bin/env python3
"""Promises of the library to who installs it: header, archive and pkg-config file are enough for a program of one's own, built by the
system's compiler in a folder of its own; the header is plain C11 and C++; the programs of examples/ do what their first lines say.
Speaks TAP.

usage: library.py BUILD SOURCE
"""
import os, shutil, subprocess, sys, tempfile

import tap

BUILD, SOURCE = (os.path.abspath(arg) for arg in sys.argv[1:3])
WORK = tempfile.mkdtemp(prefix='hearth-library-')
ENV = dict(os.environ, HEARTH_HOME=os.path.join(WORK, 'home'))
ENV.pop('DESTDIR', None)

PROGRAM = r'''
#include <hearth.h>
#include <stdio.h>
#include <string.h>

static bool print_kind(void *user, const hearth_span *span) {
    ++*(int *)user;
    return printf("%s %.*s\n", span->kind, (int)(span->end - span->start), TEXT + span->start) > 0;
}

int main(void) {
    hearth *h = NULL;
    hearth_error err;
    int n = 0;
    hearth_status status = hearth_open(NULL, &h, &err);
    if (status == HEARTH_OK) {
        status = hearth_gate_scan(h, TEXT, strlen(TEXT), NULL, print_kind, &n, &err);
    }
    if (status != HEARTH_OK) fprintf(stderr, "%s\n", err.message);
    hearth_close(h);
    return n == 1 ? hearth_exit_code(status) : 9;
}
'''


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, env=ENV, timeout=300, **more)
    assert done.returncode == 0, (command, done.returncode, done.stdout, done.stderr)
    return done.stdout


def example(name, text, *args):
    return run(os.path.join(BUILD, 'examples', 'example-' + name), *args, input=text)


def need(*programs):
    for name in programs:
        if not shutil.which(name):
            raise tap.Skip(name + ' is not here')


def what_was_installed_is_enough_for_a_program_of_ones_own():
    need('cc', 'pkg-config', 'meson')
    if tap.sanitized(os.path.join(BUILD, 'hearth')):
        raise tap.Skip('the archive needs its sanitizer')
    prefix = os.path.join(WORK, 'installed')
    run('meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet', '--destdir', prefix)
    pc = next(os.path.join(folder, 'hearth.pc') for folder, _, names in os.walk(prefix) if 'hearth.pc' in names)
    with open(pc) as f:
        assert 'curl' not in (text := f.read()) and 'archive' not in text, text  # loaded when they are wanted
    ENV.update(PKG_CONFIG_LIBDIR=os.path.dirname(pc) + ':' + run('pkg-config', '--variable=pc_path', 'pkg-config').strip(),
               PKG_CONFIG_SYSROOT_DIR='')
    root = '--define-variable=prefix=' + prefix + run('pkg-config', '--variable=prefix', 'hearth').strip()
    cflags, libs = (run('pkg-config', root, flag, 'hearth').split() for flag in ('--cflags', '--libs'))
    assert not [flag for flag in cflags if flag.startswith('-DHEARTH')], cflags  # nothing of how it was built
    source, program = os.path.join(WORK, 'own.c'), os.path.join(WORK, 'own')
    with open(source, 'w') as f:
        f.write('#define TEXT "Call 13800138000"' + PROGRAM)
    run('cc', '-std=c11', '-Wall', '-Wextra', '-Werror', source, '-o', program, *cflags, *libs)
    assert run(program).split()[1] == '13800138000'


def the_header_is_plain_c11_and_cxx():
    for compiler, language, standard in (('cc', 'c', 'c11'), ('c++', 'c++', 'c++11')):
        need(compiler)
        run(compiler, '-x', language, '-std=' + standard, '-pedantic-errors', '-Wall', '-Wextra', '-Werror', '-fsyntax-only',
            os.path.join(SOURCE, 'include', 'hearth.h'))


def the_examples_do_what_they_say():
    text = 'Call 13800138000 or write to anna.berg@example.org.\n'
    assert example('scan', text) == 'Call *********** or write to *********************.\n'
    masked = example('mask', text)
    first, _, back = masked.partition('--- and back\n')
    assert first.startswith('--- masked, 2 of 2 things\n') and '13800138000' not in first and 'anna' not in first, masked
    assert back == text, masked


def an_example_answers_from_a_folder_without_a_model():
    folder = os.path.join(WORK, 'documents')
    os.makedirs(folder)
    with open(os.path.join(folder, 'boiler.txt'), 'w') as f:
        f.write('The boiler was serviced on 3 March 2024 by Lindqvist Heating.\n')
    out = example('ask', None, folder, 'When was the boiler serviced?')
    assert out.startswith('(best passage: ') and '[1] ' in out and '3 March 2024' in out, out


def a_program_that_lies_anywhere_finds_the_installed_reader():
    """What stands in WORK/installed is put where the build says that it will lie, for one process alone."""
    need('cc', 'unshare', 'mount')
    prefix = run('pkg-config', '--variable=prefix', 'hearth').strip() if 'PKG_CONFIG_LIBDIR' in ENV else ''
    staged = os.path.join(WORK, 'installed') + prefix
    if not prefix or not os.path.isdir(prefix):
        raise tap.Skip('nothing was installed, or its prefix is no folder here')
    own = os.path.join(WORK, 'own-ask')
    root = '--define-variable=prefix=' + staged
    run('cc', os.path.join(SOURCE, 'examples', 'ask.c'), '-o', own, *run('pkg-config', root, '--cflags', '--libs', 'hearth').split())
    inside = ['unshare', '-rm', 'sh', '-c', 'mount --bind "$0" "$1" && shift && exec "$@"', staged, prefix]
    if subprocess.run([*inside, 'true'], capture_output=True).returncode:
        raise tap.Skip('no mount namespace here')
    out = run(*inside, own, os.path.join(WORK, 'documents'), 'When was the boiler serviced?')
    assert '[1] ' in out and '3 March 2024' in out, out


try:
    broken = tap.run([the_header_is_plain_c11_and_cxx, the_examples_do_what_they_say,
                      an_example_answers_from_a_folder_without_a_model, what_was_installed_is_enough_for_a_program_of_ones_own,
                      a_program_that_lies_anywhere_finds_the_installed_reader])
finally:
    shutil.rmtree(WORK)
sys.exit(broken)
