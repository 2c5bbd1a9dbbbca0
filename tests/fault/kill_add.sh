#!/bin/sh
# 200 kills of `add` (kill_add.c says what is promised). Part of `make check-long`, which sets HEARTH
# to the built program; exit 77: not built.
program=$(dirname "${HEARTH:-build/hearth}")/tests/fault/kill_add
[ -x "$program" ] || exit 77
exec "$program" "${KILLS:-200}"
