#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest.sh KERNEL COMMAND: boots the kernel with this tree readable inside and the module loaded, runs the command there
# as root, streams its output, gives back its exit status. See tests/README.md for the variables it reads.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

KERNEL=$1
COMMAND=${2:-}
[ -n "$COMMAND" ] || die "no command: make guest RUN='command' [KERNEL=6.12]"
TIMEOUT=${TIMEOUT:-600}
MODPARAMS=${MODPARAMS:-}
NOLOAD=${NOLOAD:-}
NOBUILD=${NOBUILD:-}
case $KERNEL in
uml*) MEM=${MEM:-1500M} ;;
*) MEM=${MEM:-2G} ;;
esac
case $KERNEL in
uml-debug) LEAK=${LEAK:-1} ;;
*) LEAK=${LEAK:-0} ;;
esac

# The guest's init reads the settings, quoted for the shell, and the command as a script of its own.
prepare_run() {
	local id MHEAP_CPU=real MHEAP_TERMINAL=
	id=${RUN_ID:-$(date +%Y%m%d-%H%M%S)-$KERNEL-$$}
	RUN=$BUILD/guest/$id
	rm -rf "$RUN"
	mkdir -p "$RUN/results" "$RUN/uml"
	printf '%s\n' "$COMMAND" >"$RUN/command"
	: >"$RUN/output"
	: >"$RUN/console"
	MHEAP_TREE=$TREE MHEAP_RESULTS=$RUN/results
	[ ! -t 1 ] || MHEAP_TERMINAL=1
	declare -p KERNEL MODPARAMS NOLOAD LEAK MHEAP_TREE MHEAP_RESULTS MHEAP_CPU MHEAP_TERMINAL |
		sed 's/^declare -[-a-z]* /export /' >"$RUN/settings"
}

# The user-mode kernel is a process whose disk is this machine's root and whose output is a file on it.
boot_uml() {
	local cpu=${PIN:-0} options=()
	if [ "$KERNEL" = uml-up ]; then options=(seccomp=on); fi
	if grep -q '^CONFIG_SMP=y' "$IMAGE/kdir/.config"; then
		options=(seccomp=on ncpus=2)
	fi
	taskset -c "$cpu" timeout -s KILL "$TIMEOUT" "$IMAGE/image" "mem=$MEM" root=/dev/root rootfstype=hostfs rootflags=/ rw \
		"init=$VM/init" "mheap_run=$RUN" con=null con0=fd:0,fd:1 loglevel=5 "uml_dir=$RUN/uml/" "umid=guest" "${options[@]}" \
		</dev/null >>"$RUN/console" 2>&1 &
}

# Streams the file that the guest writes until the machine is gone.
stream() {
	tail -q -n +1 -s 0.1 -f --pid="$MACHINE" "$RUN/output"
}

# A user-mode kernel that has powered off sometimes crashes while its process exits, when nothing of ours is left in it.
ended_well() {
	[ "$1" -eq "$GOOD_END" ] || { [[ $KERNEL = uml* ]] && [ "$1" -eq 139 ] && tail -n 3 "$RUN/console" | grep -q 'reboot: Power down'; }
}

fail() { say "guest $KERNEL: $*"; FAILED=1; }

# A run passes only if the machine ended as it should, the guest left its verdict, and its log is clean.
judge() {
	local status=$1
	if [ "$status" -eq 137 ]; then
		fail "no end after $TIMEOUT s: the machine was stopped"
	elif [ ! -s "$RUN/results/verdict" ]; then
		fail "died without a verdict (status of the machine: $status)"
	elif ! ended_well "$status"; then
		fail "the machine ended with status $status instead of $GOOD_END"
	fi
	if [ -s "$RUN/results/complaints" ]; then
		fail "$(cat "$RUN/results/complaints")"
	fi
	judge_log
}

judge_log() {
	if [ -s "$RUN/results/dmesg" ]; then
		mv "$RUN/results/dmesg" "$RUN/dmesg"
	else
		cp "$RUN/console" "$RUN/dmesg"
	fi
	if ! awk -f "$VM/splats.awk" "$RUN/dmesg" >"$RUN/splats"; then
		fail "the kernel complained, see $RUN/dmesg:"
		cat "$RUN/splats" >&2
	elif [ "$FAILED" -ne 0 ]; then
		say "the end of $RUN/dmesg:"
		tail -n 20 "$RUN/dmesg" >&2
	fi
}

build_all() {
	"$VM/packages.sh" build
	"$VM/module.sh" "$KERNEL"
	"$VM/user.sh"
}

main() {
	local status=0 code=1
	[ -n "$NOBUILD" ] || build_all
	IMAGE=$("$VM/kernel.sh" "$KERNEL")
	prepare_run
	case $KERNEL in
	uml*) GOOD_END=0; boot_uml ;;
	*) GOOD_END=33; . "$VM/qemu.sh"; boot_qemu ;;
	esac
	MACHINE=$!
	trap 'kill "$MACHINE" 2>/dev/null || true' EXIT
	trap 'exit 130' INT TERM
	{ stream && wait "$MACHINE"; } 2>/dev/null || status=$?
	case $KERNEL in
	uml*) ;;
	*) collect_qemu ;;
	esac
	FAILED=0
	judge "$status"
	[ ! -s "$RUN/results/verdict" ] || code=$(cat "$RUN/results/verdict")
	if [ "$code" -eq 0 ] && [ "$FAILED" -ne 0 ]; then
		code=1
	fi
	exit "$code"
}

main
