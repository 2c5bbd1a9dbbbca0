#!/usr/bin/env bash
# Installs the Debian packages that Hearth needs: tools/deps.sh run | check | bench
#
# run:   what building and running takes. check: what the tests take besides. bench: and what
#        building the rivals takes (make bench-engine).
# Says and does nothing when all are there. sudo only when not root; with neither, prints the line
# to run and stops. On a system without dpkg it names the packages and leaves the rest to meson.
set -u
run_list="gcc libc6-dev meson ninja-build pkg-config python3-pip poppler-utils poppler-data
ca-certificates
libsodium-dev libjansson-dev libutf8proc-dev libsqlite3-dev libcurl4-gnutls-dev libzstd-dev
libpcre2-dev libarchive-dev libexpat1-dev libgumbo-dev libmd4c-dev libseccomp-dev libedit-dev zlib1g-dev scdoc"
check_list="clang libclang-rt-14-dev llvm-14 libcmocka-dev python3 python3-jinja2 gcovr
unicode-data bzip2 gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user"

case "${1:-run}" in
run) wanted=$run_list ;;
check) wanted="$run_list $check_list" ;;
bench) wanted="$run_list $check_list cmake g++ python3-numpy" ;;
*) echo "usage: tools/deps.sh run|check|bench" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
    echo "Not a Debian system. Hearth needs the equivalents of:" $wanted >&2
    exit 0
fi
# shellcheck disable=SC2086  # the lists are words
present=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' $wanted 2>/dev/null | sed -n 's/^ii  *//p')
missing=
for package in $wanted; do
    case "
$present
" in
    *"
$package
"*) ;;
    *) missing="$missing $package" ;;
    esac
done
[ -z "$missing" ] && exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    as_root=sudo
    command -v sudo >/dev/null && sudo true || {
        echo "Packages are missing, and here is neither root nor a sudo that lets you. As root, run:" >&2
        echo "    apt-get update && apt-get install -y --no-install-recommends$missing" >&2
        exit 1
    }
fi
echo "Installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get "$@"; }
apt update -qq || { sleep 3; apt update -qq; } || {
    echo "apt-get update failed twice; is there a network?" >&2
    exit 1
}
# shellcheck disable=SC2086
apt install -y -qq --no-install-recommends $missing >/dev/null || {
    echo "apt-get could not install:$missing" >&2
    exit 1
}
