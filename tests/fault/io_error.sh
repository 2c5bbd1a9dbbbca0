#!/bin/sh
# Every single call fails once, and for good (io_error.c says what is promised). Exit 77: not built.
program=$(dirname "${HEARTH:-build/hearth}")/tests/fault/io_error
[ -x "$program" ] || exit 77
exec "$program" "${FAULT_STEP:-1}"
