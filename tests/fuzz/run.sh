#!/bin/sh
# One fuzz target for a number of seconds: run.sh PROGRAM NAME SECONDS SEEDS WORK
# (libFuzzer would leave with 77 on a finding, which meson takes for "skipped".)
# New inputs stay in WORK/corpus-NAME between runs; a finding is WORK/NAME-crash-... and fails.
set -eu
program=$1 name=$2 seconds=$3 seeds=$4 work=$5
mkdir -p "$work/corpus-$name"
set -- "$work/corpus-$name"
[ -d "$seeds/$name" ] && set -- "$@" "$seeds/$name"
[ -f "$seeds/$name.dict" ] && set -- "$@" "-dict=$seeds/$name.dict"
ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 \
    exec "$program" "$@" "-max_total_time=$seconds" -error_exitcode=1 -timeout=20 -rss_limit_mb=2048 \
    "-artifact_prefix=$work/$name-" -print_final_stats=1 -verbosity=1
