#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds mheap.ko, and mheap_kunit.ko if the kernel has KUnit, for the named kernel in build/<kernel>.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

SOURCES=(Kbuild module uapi tests/kunit)

# Each kernel gets its own copy of the sources, because objects of different kernels would overwrite each other. Copies keep
# their times, so that only changed files are compiled again. Deleted sources vanish there, too; build products stay.
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

# Builds for the kernel that this machine runs, or the one whose build folder is named.
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
