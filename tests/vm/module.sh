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
	local name=$1 kdir=$2 out=$BUILD/$1 arch=x86_64
	case $name in
	uml*) arch=um ;;
	here) arch=$(uname -m) ;;
	esac
	copy_sources "$out"
	make -C "$kdir" "ARCH=$arch" M="$out" -j"$JOBS" modules
}

# For the kernel this machine runs, or whose build folder is named.
build_here() {
	if [ ! -e "$1/Makefile" ]; then
		die "no kernel headers in $1: install the package linux-headers-$(uname -r)," \
			"or name a kernel's build folder: make KDIR=/path"
	fi
	build here "$1"
}

main() {
	local kernel
	if [ "$1" = --here ]; then
		build_here "$2"
	else
		kernel=$("$VM/kernel.sh" "$1")
		mkdir -p "$BUILD"
		step "building mheap.ko for $1" "$BUILD/log/module-$1" \
			flock -o "$BUILD/.lock-$1" "$0" --call build "$1" "$kernel/kdir"
	fi
}

dispatch "$@"
