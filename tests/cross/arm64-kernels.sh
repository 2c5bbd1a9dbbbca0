#!/bin/sh
# The unit tests of the numeric kernels, built for aarch64 and run under qemu-user: the NEON table
# is held against the reference there. TAP. Skipped without aarch64-linux-gnu-gcc and qemu-aarch64.
cd "$(dirname "$0")/../.." || exit 1
run=
for name in qemu-aarch64 qemu-aarch64-static; do
    command -v "$name" >/dev/null && run=$name
done
if [ -z "$run" ] || ! command -v aarch64-linux-gnu-gcc >/dev/null; then
    echo "1..0 # SKIP needs aarch64-linux-gnu-gcc and qemu-aarch64"
    exit 0
fi
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
kernels=src/model/kernels
flags="-std=gnu17 -O2 -D_GNU_SOURCE -Wall -Wextra -Werror -Wno-unused-parameter -fno-strict-aliasing
-fno-math-errno -DEMULATED=1 -Itests/cross -Iinclude -Isrc"
# shellcheck disable=SC2086  # the flags are words
aarch64-linux-gnu-gcc $flags -march=armv8.2-a+dotprod -fno-tree-ter -c $kernels/neon.c \
    -o "$dir/neon.o" &&
    aarch64-linux-gnu-gcc $flags -DNEON_I8MM -march=armv8.2-a+dotprod+i8mm -fno-tree-ter \
        -c $kernels/neon.c -o "$dir/neon_i8mm.o" &&
    aarch64-linux-gnu-gcc $flags -static -o "$dir/test" tests/unit/test_kernels.c "$dir"/neon*.o \
        $kernels/act.c $kernels/attn*.c $kernels/kv_block.c $kernels/pack.c $kernels/ref_*.c $kernels/rows.c $kernels/select.c \
        src/base/mem.c src/base/plain.c src/base/status.c -lm || exit 1
"$run" -cpu max "$dir/test"
