#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Installs the Debian packages of the groups named (see the file packages); silent when nothing is missing.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

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

install_packages() {
	say "installing Debian packages: $*"
	known "$@" || step "apt-get update" "$BUILD/log/apt-update" as_root apt-get -q update
	step "apt-get install" "$BUILD/log/apt-install" \
		as_root env DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends "$@"
}

main() {
	mapfile -t packages < <(wanted "$@")
	mapfile -t lacking < <(missing "${packages[@]}")
	if [ ${#lacking[@]} -gt 0 ]; then
		locked "$CACHE/lock/packages" "$0" --call install_packages "${lacking[@]}"
	fi
}

dispatch "$@"
