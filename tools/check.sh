#!/usr/bin/env bash
# Every check, stage by stage: tools/check.sh [STAGE...]
#
# rules   the house rules (tools/house-rules.py), one test each
# gcc     build with gcc, -Wall -Wextra -Werror, and the unit tests there
# more    everything else that meson knows there: golden, conform, end to end, examples
# models  pulls SmolLM2 and the embedding model for the tests (HEARTH_TEST_MODELS names a folder that has them);
#         without a network, what needs a model is skipped and counted
# asan    build everything with clang, the same warnings, with AddressSanitizer and UndefinedBehaviourSanitizer,
#         and all tests there (the fuzz targets come out of the same build)
# arm64   src/base and src/model compile for aarch64
# fuzz    every fuzz target for FUZZ_SECONDS (8; `make fuzz`: 600), as many at once as there are CPUs
#
# Tests find shared data by HEARTH_TEST_DATA (default ../shared/data); absent data means skipped
# tests, which are counted. Logs stay in build-check/. The last line is the count of everything;
# the exit status is 1 when anything failed.
set -u
cd "$(dirname "$0")/.." || exit 1
work=build-check
mkdir -p "$work"
: "${FUZZ_SECONDS:=8}" "${HEARTH_TEST_DATA:=$PWD/../shared/data}"
export HEARTH_TEST_DATA
jobs=$(nproc 2>/dev/null || echo 2)
passed=0 failed=0 skipped=0

count() { # PASSED FAILED SKIPPED
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
    stage_passed=$((stage_passed + $1)) stage_failed=$((stage_failed + $2))
    stage_skipped=$((stage_skipped + $3))
}

stage() { # NAME TITLE: calls stage_NAME
    local began=$SECONDS
    stage_passed=0 stage_failed=0 stage_skipped=0
    printf '== %s\n' "$2"
    "stage_$1"
    printf '   %d passed, %d failed, %d skipped in %d s\n' "$stage_passed" "$stage_failed" \
        "$stage_skipped" $((SECONDS - began))
}

# A compiler, behind ccache where that is installed.
compiler() { if command -v ccache >/dev/null; then echo "ccache $1"; else echo "$1"; fi; }

# Configures once, then builds all: build_in NAME MESON-ARGUMENT...; CC from the environment.
build_in() {
    local dir=$work/$1 log=$work/$1.log
    shift
    if [ ! -f "$dir/build.ninja" ]; then
        rm -rf "$dir"
        meson setup --werror "$dir" "$@" >"$log" 2>&1 || { tail -n 20 "$log"; return 1; }
    fi
    ninja -C "$dir" -k 0 >"$log" 2>&1 ||
        { grep -aE 'error:|warning:|FAILED|ninja: error|ERROR' "$log" | head -n 40; return 1; }
}

# What the tests that failed said of it, in short: why LOG.
why() {
    grep -aE 'ERROR: |runtime error: |Assertion .*failed|^not ok|^ *#[0-9]+ .* in .*src/' "$1" |
        head -n 16 | cut -c 1-160 | sed 's/^/    /'
}

# Runs meson's tests in a build and counts them: tests_in NAME MESON-TEST-ARGUMENT... One more at
# once than there are CPUs, unless at_once says otherwise: some tests mostly wait, for a server that
# hangs on purpose or for the disk.
tests_in() {
    local dir=$work/$1 log=$work/$1-tests.log counted status
    shift
    rm -f "$dir"/meson-logs/testlog.junit.xml "$dir"/meson-logs/testlog.json
    meson test -C "$dir" --no-rebuild --num-processes "${at_once:-$((jobs + 1))}" "$@" >"$log" 2>&1
    status=$?
    counted=$(tools/count-tests.py "$dir") || counted="0 1 0"
    # shellcheck disable=SC2086  # three numbers
    set -- $counted
    [ "$2" -eq 0 ] || why "$dir/meson-logs/testlog.txt"
    if [ "$status" -ne 0 ] && [ "$2" -eq 0 ]; then
        echo "    failed: meson test left with $status (see $log)"
        set -- "$1" 1 "$3"
    fi
    count "$@"
}

stage_rules() {
    local log=$work/rules.log ok bad status
    tools/house-rules.py >"$log" 2>&1
    status=$?
    ok=$(grep -ac '^ok' "$log") bad=$(grep -ac '^not ok' "$log")
    [ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1 # it died on the way
    [ $((ok + bad)) -gt 0 ] || bad=1
    [ "$bad" -eq 0 ] || grep -av '^ok' "$log"
    count "$ok" "$bad" 0
}

stage_gcc() {
    if ! CC=$(compiler gcc) build_in gcc --buildtype=release; then count 0 1 0; return; fi
    tests_in gcc --suite unit
    count 1 0 0
}

stage_models() {
    if [ ! -x "$work/gcc/hearth" ]; then count 0 0 1; return; fi
    if [ -z "${HEARTH_TEST_MODELS:-}" ]; then
        export HEARTH_TEST_MODELS=$PWD/$work/home/models
        local name
        for name in smollm2-135m multilingual-e5-small; do
            if HEARTH_HOME=$PWD/$work/home "$work/gcc/hearth" pull -q "$name"; then
                count 1 0 0
            else
                echo "SKIPPED: $name could not be pulled; tests that need it are skipped"
                count 0 0 1
            fi
        done
    fi
}

stage_more() {
    if [ ! -x "$work/gcc/hearth" ]; then count 0 0 1; return; fi
    tests_in gcc --no-suite unit --no-suite long
}

# One build serves the sanitizer run and the fuzz targets: -Dfuzz=true instruments for all three. Of
# debug information it has what a stack of calls needs.
build_asan() { # MESON-OPTION...
    [ $# -eq 0 ] || [ ! -f "$work/asan/build.ninja" ] || meson configure "$work/asan" "$@" >/dev/null
    CC=$(compiler clang) build_in asan -Doptimization=1 -Ddebug=false \
        -Dc_args=-gline-tables-only -Dfuzz=true -Dhardening=false "$@"
}

stage_asan() {
    if ! build_asan; then count 0 1 0; return; fi
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
    tests_in asan -t 4 --no-suite long --no-suite fuzz
    unset UBSAN_OPTIONS
}

stage_arm64() {
    if ! command -v aarch64-linux-gnu-gcc >/dev/null; then count 0 0 1; return; fi
    if tools/arm64.sh src/base src/model; then count 1 0 0; else count 0 1 0; fi
}

stage_fuzz() {
    if ! build_asan "-Dfuzz_seconds=$FUZZ_SECONDS"; then count 0 1 0; return; fi
    at_once=$jobs tests_in asan --suite fuzz
    local finding
    find "$work/asan/tests/fuzz" -maxdepth 1 -name '*-crash-*' -o -name '*-timeout-*' \
        -o -name '*-oom-*' -o -name '*-leak-*' | while read -r finding; do
        echo "    finding: $finding"
        [ "$(wc -c <"$finding")" -gt 700 ] || echo "    in base64: $(base64 -w 0 "$finding")"
    done
}

title_rules="house rules"
title_gcc="gcc: build and unit tests"
title_models="models for the tests"
title_more="golden, conform, end to end"
title_asan="clang, ASan and UBSan: build and all tests"
title_arm64="aarch64: base and model compile"
title_fuzz="fuzz: $FUZZ_SECONDS s a target"

[ -d "$HEARTH_TEST_DATA" ] || echo "NOTE: no test data at HEARTH_TEST_DATA=$HEARTH_TEST_DATA; tests that need it are skipped"
[ $# -gt 0 ] || set -- rules gcc models more asan arm64 fuzz
for name in "$@"; do
    title=title_$name
    if [ -z "${!title:-}" ]; then echo "no stage $name" >&2; exit 2; fi
    stage "$name" "${!title}"
done
echo "all stages in $SECONDS s"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
