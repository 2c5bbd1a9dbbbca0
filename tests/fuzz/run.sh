#!/bin/sh
# One fuzz target for a number of seconds: run.sh PROGRAM NAME SECONDS SEEDS WORK
# New inputs stay in WORK/corpus-NAME between runs; a finding is WORK/NAME-crash-... and fails. What
# was found before is tried first, and forgotten when it does no harm any more. A short run, as `make
# check` makes, tries the same inputs in the same order each time, so that it says the same of the
# same source; a long one begins elsewhere each time.
# (libFuzzer would leave with 77 on a finding, which meson takes for "skipped".)
set -eu
program=$1 name=$2 seconds=$3 seeds=$4 work=$5
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
for old in "$work/$name"-crash-* "$work/$name"-leak-* "$work/$name"-timeout-* "$work/$name"-oom-*; do
    [ -f "$old" ] || continue
    "$program" -error_exitcode=1 -timeout=20 -rss_limit_mb=2048 "$old" || exit 1
    rm -f "$old"
done
mkdir -p "$work/corpus-$name"
set -- "$work/corpus-$name"
[ -d "$seeds/$name" ] && set -- "$@" "$seeds/$name"
[ -f "$seeds/$name.dict" ] && set -- "$@" "-dict=$seeds/$name.dict"
[ "$seconds" -lt 60 ] && set -- "$@" -seed=1
exec "$program" "$@" "-max_total_time=$seconds" -error_exitcode=1 -timeout=20 -rss_limit_mb=2048 \
    "-artifact_prefix=$work/$name-" -print_final_stats=1
