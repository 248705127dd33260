#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds the library, the tools and the test programs, 64-bit and 32-bit.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

build() {
	make -C "$TREE/userlib" -j"$JOBS" O="$BUILD/user" all lib32
	make -C "$TREE/tests/selftest" -j"$JOBS" O="$BUILD/tests/selftest" USERLIB="$BUILD/user" all m32
}

main() {
	mkdir -p "$BUILD"
	step "building library and tools" "$BUILD/log/user" flock -o "$BUILD/.lock-user" "$0" --call build
}

dispatch "$@"
