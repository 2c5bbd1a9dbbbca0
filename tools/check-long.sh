#!/usr/bin/env bash
# The long checks, stage by stage: tools/check-long.sh [STAGE...]
#
# check     tools/check.sh with LONG_FUZZ_SECONDS (600) a fuzz target
# tsan      all unit tests under ThreadSanitizer, or those that TSAN_TESTS names
# msan      the unit tests whose code calls no library without MemorySanitizer (MSAN_TESTS); clang 14
#           does not know that glibc 2.36's fstat writes, so what looks at files has to stay out
# valgrind  those that allocate through foreign libraries, under memcheck where it is installed
# coverage  lines and branches of src/ that unit tests reach (gcovr); prints, never fails
# arm64     all of src/ but the x86 kernels and the door compiles for aarch64
# torture   unit tests that fail every allocation, once more under ASan with leak detection
# long      what meson calls long tests
# fault     every program in tests/fault/ (crashes, full disks, kill -9); exit 77 means skipped
# soak      SOAK_SECONDS (600) of one long conversation over documents that change (tests/e2e/soak.py)
#
# The last line is the count of everything.
set -u
cd "$(dirname "$0")/.." || exit 1
work=build-check
mkdir -p "$work"
: "${LONG_FUZZ_SECONDS:=600}" "${HEARTH_TEST_DATA:=$PWD/../shared/data}"
: "${MSAN_TESTS:=test_kernels test_option test_ignore}"
export HEARTH_TEST_DATA
passed=0 failed=0 skipped=0

count() {
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
    stage_passed=$((stage_passed + $1)) stage_failed=$((stage_failed + $2))
    stage_skipped=$((stage_skipped + $3))
}

# Adds the count that a stage of check.sh printed last.
count_line() { # LOG
    local line
    line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$1" | tail -n 1)
    [ -n "$line" ] || line="0 passed, 1 failed, 0 skipped"
    # shellcheck disable=SC2046  # three numbers
    count $(echo "$line" | tr -dc '0-9 ')
}

build_in() { # NAME MESON-ARGUMENT...
    local dir=$work/$1 log=$work/$1.log
    shift
    if [ ! -f "$dir/build.ninja" ]; then
        rm -rf "$dir"
        meson setup --werror "$dir" "$@" >"$log" 2>&1 || { tail -n 20 "$log"; return 1; }
    fi
    ninja -C "$dir" >"$log" 2>&1 || { grep -aE 'error:|FAILED' "$log" | head -n 20; return 1; }
}

tests_in() { # NAME MESON-TEST-ARGUMENT...
    local dir=$work/$1 log=$work/$1-tests.log
    shift
    rm -f "$dir"/meson-logs/testlog.junit.xml "$dir"/meson-logs/testlog.json
    meson test -C "$dir" --no-rebuild "$@" >"$log" 2>&1
    # shellcheck disable=SC2046  # three numbers
    count $(tools/count-tests.py "$dir" || echo 0 1 0)
}

stage_check() {
    FUZZ_SECONDS=$LONG_FUZZ_SECONDS tools/check.sh 2>&1 | tee "$work/long-check.log"
    count_line "$work/long-check.log"
}

stage_tsan() {
    CC=clang build_in tsan --buildtype=debugoptimized -Dhardening=false -Db_sanitize=thread \
        -Db_lundef=false || { count 0 1 0; return; }
    export HEARTH_PATIENCE=20
    # some tests fork while threads run, and make threads in the child
    # shellcheck disable=SC2086  # names are words
    TSAN_OPTIONS=halt_on_error=1:die_after_fork=0 tests_in tsan --suite unit -t 6 ${TSAN_TESTS:-}
    unset HEARTH_PATIENCE
}

stage_msan() {
    CC=clang build_in msan --buildtype=debugoptimized -Dhardening=false -Db_sanitize=memory \
        -Db_lundef=false || { count 0 1 0; return; }
    # shellcheck disable=SC2086
    tests_in msan -t 6 $MSAN_TESTS
}

stage_valgrind() {
    if ! command -v valgrind >/dev/null; then count 0 0 1; return; fi
    CC=gcc build_in valgrind --buildtype=debugoptimized -Dhardening=false || { count 0 1 0; return; }
    export HEARTH_PATIENCE=60
    tests_in valgrind -t 30 --wrap='valgrind -q --error-exitcode=99 --leak-check=full' \
        test_base test_json test_toml test_utf8 test_option test_frame
    unset HEARTH_PATIENCE
}

stage_coverage() {
    CC=gcc build_in coverage --buildtype=debug -Dhardening=false -Db_coverage=true ||
        { count 0 1 0; return; }
    tests_in coverage
    gcovr --root . --object-directory "$work/coverage" --filter 'src/' --print-summary \
        --html-details "$work/coverage.html" --gcov-ignore-parse-errors >"$work/coverage.txt" 2>&1
    grep -E '^(lines|functions|branches):' "$work/coverage.txt" | sed 's/^/   /'
}

stage_arm64() {
    if ! command -v aarch64-linux-gnu-gcc >/dev/null; then count 0 0 1; return; fi
    if tools/arm64.sh src; then count 1 0 0; else count 0 1 0; fi
}

stage_torture() {
    CC=clang build_in asan -Doptimization=1 -Ddebug=true -Dfuzz=true -Dhardening=false ||
        { count 0 1 0; return; }
    local names
    names=$(grep -l mem_fail_at tests/unit/test_*.c | xargs -n 1 basename -s .c)
    # shellcheck disable=SC2086  # names are words
    tests_in asan -t 6 $names
}

stage_long() {
    CC=gcc build_in gcc --buildtype=release || { count 0 1 0; return; }
    tests_in gcc --suite long -t 10
}

stage_fault() {
    local program ok=0 bad=0 left=0
    CC=gcc build_in gcc --buildtype=release || { count 0 1 0; return; }
    for program in tests/fault/*; do
        [ -f "$program" ] && [ -x "$program" ] || continue
        HEARTH="$work/gcc/hearth" "$program" >"$work/fault.log" 2>&1
        case $? in
        0) ok=$((ok + 1)) ;;
        77) left=$((left + 1)) ;;
        *) bad=$((bad + 1)); echo "    failed: $program"; tail -n 20 "$work/fault.log" ;;
        esac
    done
    count "$ok" "$bad" "$left"
}

stage_soak() {
    CC=gcc build_in gcc --buildtype=release || { count 0 1 0; return; }
    if HEARTH_READ=$PWD/$work/gcc/hearth-read tests/e2e/soak.py "$work/gcc/hearth" >"$work/soak.log" 2>&1; then
        count 1 0 0
    else
        count 0 1 0
    fi
    grep '^# [0-9]* turns' "$work/soak.log"
}

[ $# -gt 0 ] || set -- check tsan msan valgrind coverage arm64 torture long fault soak
for name in "$@"; do
    if ! declare -f "stage_$name" >/dev/null; then echo "no stage $name" >&2; exit 2; fi
    began=$SECONDS
    stage_passed=0 stage_failed=0 stage_skipped=0
    printf '== %s\n' "$name"
    "stage_$name"
    printf '   %d passed, %d failed, %d skipped in %d s\n' "$stage_passed" "$stage_failed" \
        "$stage_skipped" $((SECONDS - began))
done
echo "all stages in $SECONDS s"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
