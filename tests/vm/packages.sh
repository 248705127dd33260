#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Installs the Debian packages of the groups named (see the file packages); silent when nothing is missing.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

# A fresh machine installs its security updates in the background, which takes minutes. This is how many seconds to wait.
LOCK_WAIT=${LOCK_WAIT:-900}

# Under a step, what is said here must not go to the step's log.
exec 3>&2

wanted() {
	local group
	for group in "$@"; do
		awk -v g="$group" '$1 == g { print $2 }' "$VM/packages"
	done
}

missing() {
	local package
	for package in "$@"; do
		case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
		*" installed") ;;
		*) echo "$package" ;;
		esac
	done
}

known() { apt-cache show "$@" >/dev/null 2>&1; }

# How apt-get ends without a lock: it names the file and the process that holds it.
lock_held() { sed -n 's/^E: \(Could not get lock .*\)/\1/p' "$1" | head -n 1; }

# apt_get ARGUMENTS...: apt-get as root, tried again while another process holds a lock of apt's or dpkg's. apt-get can wait
# by itself only for dpkg's (DPkg::Lock::Timeout), not for those of its lists and downloads; all of them it takes before it
# does anything else.
apt_get() {
	local output status held told="" end=$((SECONDS + LOCK_WAIT))
	output=$(mktemp)
	while true; do
		status=0
		as_root env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -qy "$@" >"$output" 2>&1 || status=$?
		held=$(lock_held "$output")
		[ "$status" -ne 0 ] && [ -n "$held" ] || break
		if [ $SECONDS -ge $end ]; then
			echo "gave up after $LOCK_WAIT s: another program still holds the lock"
			break
		fi
		[ -n "$told" ] || say "waiting for another package manager, $LOCK_WAIT s at most: $held" 2>&3
		told=1
		sleep 1
	done
	cat "$output"
	rm "$output"
	return $status
}

install_packages() {
	say "installing Debian packages: $*"
	known "$@" || step "apt-get update" "$BUILD/log/apt-update" apt_get update
	step "apt-get install" "$BUILD/log/apt-install" apt_get install --no-install-recommends "$@"
}

main() {
	mapfile -t packages < <(wanted "$@")
	mapfile -t lacking < <(missing "${packages[@]}")
	if [ ${#lacking[@]} -gt 0 ]; then
		locked "$CACHE/lock/packages" "$0" --call install_packages "${lacking[@]}"
	fi
}

dispatch "$@"
