#!/bin/sh
# Every single call, in three manners (gate_fault.c says what is promised). Exit 77: not built.
program=$(dirname "${HEARTH:-build/hearth}")/tests/fault/gate_fault
[ -x "$program" ] || exit 77
exec "$program" "${FAULT_STEP:-1}"
