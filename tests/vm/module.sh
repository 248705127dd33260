#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds mheap.ko (and mheap_kunit.ko where the kernel has KUnit) for the kernel named into build/<kernel>.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

SOURCES=(Kbuild module uapi tests/kunit)

# Each kernel gets its own copy of the sources: objects of different kernels would overwrite each other. A file keeps its
# time, so only what changed is compiled again; a file that vanished here vanishes there, build products stay.
copy_sources() {
	local out=$1 path present=()
	for path in "${SOURCES[@]}"; do
		[ ! -e "$TREE/$path" ] || present+=("$path")
	done
	mkdir -p "$out"
	(cd "$TREE" && rsync -aR --delete --filter='P *.o' --filter='P *.cmd' --filter='P *.mod*' --filter='P *.ko' \
		--filter='P *.gcno' "${present[@]}" "$out/")
}

build() {
	local name=$1 kernel=$2 out=$BUILD/$1 arch=x86_64
	case $name in uml*) arch=um ;; esac
	copy_sources "$out"
	make -C "$kernel/kdir" ARCH=$arch M="$out" -j"$JOBS" "${@:3}" modules
}

main() {
	local kernel
	kernel=$("$VM/kernel.sh" "$1")
	step "building mheap.ko for $1" "$BUILD/log/module-$1" locked "$BUILD/lock/module-$1" "$0" --call build "$1" "$kernel" "${@:2}"
}

dispatch "$@"
