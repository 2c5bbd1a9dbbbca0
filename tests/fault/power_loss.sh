#!/bin/sh
# 12,000 power losses (power_loss.c says what is promised). Exit 77: not built.
program=$(dirname "${HEARTH:-build/hearth}")/tests/fault/power_loss
[ -x "$program" ] || exit 77
exec "$program" "${REPLAYS:-12000}"
