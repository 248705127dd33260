#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Prints the path of the disk image that QEMU's guests start from, a small Debian, which is made first if need be.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$VM/apt.sh"

PACKAGES=kmod,procps,python3-minimal,libpython3-stdlib,zlib1g,libjson-c5,mount,util-linux,iproute2,busybox-static

# The kernel numbers disks in any order, so the root is found as a partition with an id of its own.
DISK_ID=6d686561

# The kernel starts this first. It finds the tree on the second disk and executes the tree's own init.
first_init() {
	cat <<-'EOF'
	#!/bin/bash
	mount -t devtmpfs devtmpfs /dev
	mount -t sysfs sysfs /sys
	disk() {
		local block
		while true; do
			for block in /sys/block/nvme0n*; do
				[ "$(cat "$block/nsid")" != "$1" ] || { echo "/dev/${block##*/}"; return; }
			done
			sleep 0.1
		done
	}
	export RESULTS_DISK=$(disk 3)
	mkdir -p "$mheap_tree"
	mount -t ext4 -o ro "$(disk 2)" "$mheap_tree"
	exec "$mheap_tree/tests/vm/init"
	EOF
}

# This part runs as root, because the files of the image belong to root.
make_image() {
	local new=$1 root=$1.root
	apt_sources | grep -v trixie |
		mmdebstrap --mode=root --variant=minbase --include="$PACKAGES" --quiet bookworm "$root" -
	first_init >"$root/init"
	chmod +x "$root/init"
	rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/doc/* "$root"/usr/share/locale/*
	mke2fs -q -F -t ext4 -d "$root" -O ^has_journal,^metadata_csum -E lazy_itable_init=0,offset=1048576 "$new" 512M
	echo '2048,,L' | sfdisk -q --label dos "$new"
	sfdisk -q --disk-id "$new" "0x$DISK_ID"
	rm -rf "$root"
}

fill() {
	local new=$1.new.$$
	[ ! -e "$1" ] || return 0
	as_root env "MHEAP_CACHE=$CACHE" "$0" --call make_image "$new"
	mv "$new" "$1"
}

main() {
	local image
	image=$CACHE/root-$( (
		echo "$PACKAGES $DISK_ID"
		declare -f first_init make_image
	) | hash).ext4
	if [ ! -e "$image" ]; then
		step "making the guests' disk image" "$CACHE/log/root" locked "$CACHE/lock/root" \
			"$0" --call fill "$image"
	fi
	echo "$image"
}

dispatch "$@"
