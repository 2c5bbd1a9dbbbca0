#!/usr/bin/env bash
# Compiles C sources for aarch64, objects only: tools/arm64.sh FOLDER...
#
# Needs gcc-aarch64-linux-gnu and libc6-dev-arm64-cross. Headers of other libraries are taken from
# this machine (they do not depend on the architecture); nothing is linked. x86 kernels are left out.
set -u
cd "$(dirname "$0")/.." || exit 1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
compile() {
    local more=()
    case $1 in */kernels/neon*) more=(-march=armv8.2-a+dotprod) ;; esac
    aarch64-linux-gnu-gcc -c -std=gnu17 -O2 -Wall -Wextra -Werror -Wshadow -Wvla -Wno-unused-parameter \
        -D_GNU_SOURCE -DHEARTH_VERSION='"0"' -Isrc -Iinclude -idirafter /usr/include \
        -idirafter "/usr/include/$(gcc -print-multiarch)" -fno-strict-aliasing -fno-math-errno \
        "${more[@]}" -o "$2/$(echo "$1" | tr / _).o" "$1"
}
export -f compile
find "$@" -name '*.c' ! -path '*/kernels/avx*' ! -path '*/kernels/amx*' -print0 |
    xargs -0 -P "$(nproc)" -I{} bash -c 'compile "$1" "$2"' _ {} "$out"
