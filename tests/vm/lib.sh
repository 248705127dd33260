# SPDX-License-Identifier: GPL-2.0
# What the scripts of this folder share: paths, messages, locks, long steps with progress.
# shellcheck shell=bash disable=SC2034

TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
VM=$TREE/tests/vm
BUILD=$TREE/build
CACHE=${MHEAP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mheap}
JOBS=$(nproc)
export LC_ALL=C.UTF-8

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# locked FILE COMMAND...: runs one process at a time. The command is a program, so that its errexit works.
locked() {
	mkdir -p "$(dirname "$1")"
	if ! flock -n "$1" true; then
		say "waiting for another run that holds $1"
	fi
	flock -o "$@"
}

# step LABEL LOG COMMAND...: runs a long command into LOG, says how long it takes, shows the log's end if it fails.
step() {
	local label=$1 log=$2 pid status=0 start=$SECONDS
	shift 2
	mkdir -p "$(dirname "$log")"
	"$@" </dev/null >"$log" 2>&1 &
	pid=$!
	progress "$label" "$pid" "$start"
	wait "$pid" || status=$?
	if [ "$status" -ne 0 ]; then
		say "$label: failed after $((SECONDS - start)) s; the end of $log:"
		tail -n 30 "$log" >&2
		return "$status"
	fi
	say "$label: $((SECONDS - start)) s"
}

progress() {
	local label=$1 pid=$2 start=$3 last=$SECONDS
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.2
		if [ -t 2 ]; then
			printf '\r%s … %d s\033[K\r' "$label" $((SECONDS - start)) >&2
		elif [ $((SECONDS - last)) -ge 30 ]; then
			last=$SECONDS
			say "$label … $((SECONDS - start)) s"
		fi
	done
}

# hash: prints a short name for its input.
hash() { sha256sum | cut -c1-12; }

as_root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# dispatch ARGUMENTS...: a script's last line; with "--call FUNCTION ..." the script has started itself under a lock or as a step.
dispatch() {
	if [ "${1:-}" = --call ]; then
		shift
		"$@"
	else
		main "$@"
	fi
}
