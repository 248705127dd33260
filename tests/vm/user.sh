#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds the library, the tools and the user-space tests into build/user and build/tests.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

FOLDERS=(userlib:user tests/selftest:tests/selftest)

build() {
	local pair folder
	for pair in "${FOLDERS[@]}"; do
		folder=$TREE/${pair%%:*}
		if [ -e "$folder/Makefile" ]; then
			make -C "$folder" -j"$JOBS" O="$BUILD/${pair#*:}"
		fi
	done
}

main() {
	mkdir -p "$BUILD"
	step "building library and tools" "$BUILD/log/user" flock -o "$BUILD/.lock-user" "$0" --call build
}

dispatch "$@"
