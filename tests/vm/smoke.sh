#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# TAP: the module is loaded, its device opens, it cannot be removed while in use, and leaves no trace.
set -u

count=0

check() {
	local name=$1
	shift
	count=$((count + 1))
	if "$@"; then echo "ok $count $name"; else echo "not ok $count $name"; fi
}

refused_in_use() {
	local message
	message=$(LC_ALL=C rmmod mheap 2>&1) && return 1
	[[ $message == *"in use"* ]]
}

opens() { exec 3<>/dev/mheap; }
loaded() { grep -q '^mheap ' /proc/modules; }
gone() { ! loaded && [ ! -e /dev/mheap ]; }

echo "TAP version 13"
echo "1..7"
check "the module is loaded" loaded
check "/dev/mheap is a character device" test -c /dev/mheap
check "/dev/mheap opens" opens
check "rmmod is refused while the device is open" refused_in_use
exec 3>&-
check "rmmod works once it is closed" rmmod mheap
check "module and device are gone" gone
check "the module loads again" insmod "build/$KERNEL/mheap.ko"
