#!/bin/sh
# Every single call (kill_seal.c says what is promised). Exit 77: not built.
program=$(dirname "${HEARTH:-build/hearth}")/tests/fault/kill_seal
[ -x "$program" ] || exit 77
exec "$program" "${FAULT_STEP:-1}"
