#!/bin/sh
# Killed at every single call (kill_call.c says what is promised). Exit 77: not built.
program=$(dirname "${HEARTH:-build/hearth}")/tests/fault/kill_call
[ -x "$program" ] || exit 77
exec "$program" "${KILL_STEP:-1}"
