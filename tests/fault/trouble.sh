#!/bin/sh
# Signals and limits at length (tests/e2e/trouble.py says what is promised). Exit 77: not built.
hearth=${HEARTH:-build/hearth}
[ -x "$hearth" ] || exit 77
HEARTH_READ=${HEARTH_READ:-$(dirname "$hearth")/hearth-read}
export HEARTH_READ
exec python3 "$(dirname "$0")/../e2e/trouble.py" "$hearth" "${ROUNDS:-40}"
