#!/usr/bin/env bash
# Runs a cmocka program and mends its TAP: cmocka 1.1.5 writes a skipped test as "not ok N # SKIP",
# and lines of the tests' own become comments. The program's exit status stays.
set -o pipefail
"$@" | sed -u -E 's/^not ok ([0-9]+) # SKIP/ok \1 # SKIP/; /^(ok|not ok|1\.\.|#|Bail out!|TAP version)/!s/^/# /'
