#!/usr/bin/env bash
# `make run`: from a bare machine to a cited answer. DOCS=DIR and Q='...' choose other documents and
# another question; HEARTH_HOME says where all data lives. Doing it again takes seconds.
set -u
trap 'exit 130' INT # Ctrl-C is no failed build
cd "$(dirname "$0")/.." || exit 1
began=$SECONDS
: "${BUILD:=build}" "${DOCS:=examples/documents}" "${MODEL:=qwen2.5-coder-1.5b}"
: "${EMBED_MODEL:=multilingual-e5-small}" "${Q:=How much is the monthly rent of Weir House and on which day is it due?}"
need_gb=6

say() { printf '\n-- %s\n' "$*"; }
stop() { printf '%s\n' "$*" >&2; exit 1; }

tools/deps.sh run || exit 1

# Space is asked for only while there is something to download.
[ -n "${HEARTH_HOME:-}${XDG_DATA_HOME:-}${HOME:-}" ] || stop "Set HEARTH_HOME to a folder of yours for the data, or HOME."
home=${HEARTH_HOME:-${XDG_DATA_HOME:-${HOME:-}/.local/share}}
free_gb() { # of the nearest folder that exists
    local at=$1
    while [ ! -d "$at" ]; do at=$(dirname "$at"); done
    df -Pk "$at" | awk 'NR == 2 { print int($4 / 1048576) }'
}
if [ ! -x "$BUILD/hearth" ] && [ "$(free_gb "$home")" -lt "$need_gb" ]; then
    stop "The models need $need_gb GB in $home; $(free_gb "$home") GB are free.
Free some space, or set HEARTH_HOME to a folder on another disk."
fi

say "build"
log=$BUILD/make-run.log # not in /tmp, where another user may own that name
mkdir -p "$BUILD" && : >"$log" ||
    stop "$BUILD cannot be written. make run BUILD=DIR builds in another folder."
make -s build BUILD="$BUILD" >"$log" 2>&1 ||
    { tail -n 30 "$log"; stop "the build failed; the end of $log is above"; }
hearth=$BUILD/hearth

say "models: $MODEL, $EMBED_MODEL"
"$hearth" pull "$MODEL" || exit
"$hearth" pull "$EMBED_MODEL" || exit

say "documents: $DOCS"
"$hearth" add --store demo -m "$MODEL" --embed-model "$EMBED_MODEL" "$DOCS" || exit

say "$Q"
asked=$SECONDS
"$hearth" ask --store demo -m "$MODEL" --embed-model "$EMBED_MODEL" "$Q"
status=$?
[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || exit "$status" # 3: the documents do not say
printf '\nAnswered in %d s (everything together %d s) by %s on this machine; nothing left it.\n' \
    $((SECONDS - asked)) $((SECONDS - began)) "$MODEL"
