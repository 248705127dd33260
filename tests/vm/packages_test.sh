#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# TAP: packages.sh waits for whoever holds a lock of apt's or dpkg's. The real apt-get and dpkg work on an empty system in a
# folder of its own with a repository of one package; this machine's packages are not touched.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

PACKAGE=mheap-nothing
# What each case locks, and whether apt has read the index of the repository before.
CASES=("state/lists/lock unread" "admin/lock-frontend read" "admin/lock read" "cache/archives/lock read")

# dpkg changes owners as root does; elsewhere a user namespace is enough.
[ "$(id -u)" -eq 0 ] || exec unshare --map-root-user "$0" "$@"

ROOT=$(mktemp -d)
trap 'rm -rf "$ROOT"' EXIT
export APT_CONFIG=$ROOT/apt.conf DPKG_ADMINDIR=$ROOT/admin MHEAP_CACHE=$ROOT/mheap

apt_conf() {
	cat <<-EOF
	Dir "$ROOT/none";
	Dir::State "$ROOT/state";
	Dir::State::status "$ROOT/admin/status";
	Dir::Cache "$ROOT/cache";
	Dir::Log "$ROOT";
	Dir::Etc::sourcelist "$ROOT/sources.list";
	APT::Sandbox::User "root";
	DPkg::Options { "--root=$ROOT/root"; "--admindir=$ROOT/admin"; "--log=/dev/null"; "--force-bad-path"; };
	EOF
}

repository() {
	local deb=$ROOT/repository/$PACKAGE.deb
	mkdir -p "$ROOT/package/DEBIAN" "$ROOT/repository"
	printf '%s\n' "Package: $PACKAGE" 'Version: 1' 'Architecture: all' 'Maintainer: nobody <nobody@localhost>' \
		'Description: nothing' >"$ROOT/package/DEBIAN/control"
	dpkg-deb --build "$ROOT/package" "$deb" >/dev/null
	{
		cat "$ROOT/package/DEBIAN/control"
		echo "Filename: ./$PACKAGE.deb"
		echo "Size: $(stat -c %s "$deb")"
		echo "SHA256: $(sha256sum "$deb" | cut -d ' ' -f 1)"
	} >"$ROOT/repository/Packages"
	echo "deb [trusted=yes] file:$ROOT/repository ./" >"$ROOT/sources.list"
}

empty_system() {
	rm -rf "$ROOT"/{root,admin,state,cache}
	mkdir -p "$ROOT"/{root,admin/{info,updates,triggers},state/lists/partial,cache/archives/partial}
	touch "$ROOT"/admin/{status,available}
}

# hold SECONDS FILE: locks it as apt and dpkg do, which is not flock(1)'s way.
hold() {
	python3 -c '
import fcntl, sys, time
with open(sys.argv[2], "w") as lock:
    fcntl.lockf(lock, fcntl.LOCK_EX)
    print(flush=True)
    time.sleep(float(sys.argv[1]))' "$@"
}

# install_beside SECONDS FILE: installs the package while the lock is held; what is said goes to the file said.
install_beside() {
	local holder
	coproc hold "$@"
	holder=$COPROC_PID
	read -r -u "${COPROC[0]}"
	status=0
	LOCK_WAIT=$wait "$VM/packages.sh" --call install_packages "$PACKAGE" 2>"$ROOT/said" || status=$?
	kill "$holder" 2>/dev/null || true
	wait "$holder" 2>/dev/null || true
}

installed() { [ "$(dpkg-query -W -f '${Status}' "$PACKAGE" 2>/dev/null)" = "install ok installed" ]; }

waits_for() {
	local lock=$ROOT/$1 wait=60 status
	empty_system
	if [ "$2" = read ]; then apt-get -q update >/dev/null; fi
	install_beside 2.5 "$lock"
	[ "$status" -eq 0 ] && installed && grep -q "^waiting for .*$lock" "$ROOT/said"
}

gives_up() {
	local wait=1 status
	empty_system
	apt-get -q update >/dev/null
	install_beside 60 "$ROOT/admin/lock-frontend"
	[ "$status" -ne 0 ] && ! installed && grep -q "^gave up after 1 s" "$ROOT/said"
}

# Without a lock in its way it says nothing of waiting, and what fails for another reason is not tried again.
fails_at_once() {
	local wait=60 status
	empty_system
	PACKAGE=mheap-missing install_beside 0 "$ROOT/unused"
	[ "$status" -ne 0 ] && ! grep -q '^waiting' "$ROOT/said"
}

count=0
check() {
	local name=$1
	shift
	count=$((count + 1))
	if "$@" 2>"$ROOT/error"; then
		echo "ok $count packages.$name"
	else
		cat "$ROOT/error" "$ROOT/said" | sed 's/^/# /'
		echo "not ok $count packages.$name"
	fi
}

main() {
	local case lock index
	mkdir -p "$ROOT"/none/etc/apt/{apt.conf.d,preferences.d}
	apt_conf >"$APT_CONFIG"
	repository
	echo "TAP version 13"
	echo "1..$((${#CASES[@]} + 2))"
	for case in "${CASES[@]}"; do
		read -r lock index <<<"$case"
		check "waits for $lock" waits_for "$lock" "$index"
	done
	check "gives up" gives_up
	check "fails at once" fails_at_once
}

main
