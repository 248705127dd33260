#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What "make demo" shows inside the booted kernel: graphs of real programs, rebuilt and collected; then workers that are
# killed. Its last line says how many graphs match; the exit status is 0 only if all do and the workers left nothing.
set -uo pipefail

PLAY=(mheapctl play)
GRAPHS=(tests/data/graphs/tiny.mhg tests/data/graphs/*.mhg.gz)
CRASH=build/user/examples/crash

# Without a terminal there is nothing to redraw: a line for each graph is enough.
live=()
[ -z "${MHEAP_TERMINAL:-}" ] || [ ! -t 2 ] || live=(--live)

machine() {
	case $MHEAP_CPU in
	emulated) echo "QEMU emulates the CPU, as KVM cannot be used here: results are real, times are not." ;;
	*) echo "The CPU is not emulated: times are real." ;;
	esac
}

# The count is of the rows that end in "match"; a graph that could not be played has none.
graphs() {
	cat <<-END

	1. Graphs of real programs

	The objects of three Python programs and of a small example are rebuilt in heaps of
	the kernel. Then what held them is let go: what the program held, all there is, or
	all after a part of the references was cut. What dies by its reference count, and
	what the cycle scanner finds, must be what CPython found, for each single object.

	The numbers are sums over scenarios, each of which starts from the whole graph. The
	scanner gives up the lock of a heap after each slice of 50 us. So the table also has
	the most work, in objects and references, that was done under one hold of the lock,
	and how many holds were over after 66 us (the next bound of the module's histogram).

	END
	"${PLAY[@]}" --summary "${live[@]}" --scenario app --scenario all --scenario cuts "${GRAPHS[@]}" | tee /tmp/demo
}

workers() {
	cat <<-END

	2. Workers that are killed

	Three processes change one heap. Again and again one of them gets SIGKILL, wherever
	it is, and another takes its place. What it had put into the heap must be there for
	the others; what it had not yet put there must be freed.

	END
	"$CRASH" | sed 's/^# //'
}

main() {
	local failed=0 matching
	echo "Kernel $(uname -r), $(nproc) CPUs, mheap $(cat /sys/module/mheap/version) loaded."
	machine
	graphs || failed=1
	matching=$(grep -c ' match$' /tmp/demo) || true
	[ "$matching" -eq ${#GRAPHS[@]} ] || failed=1
	if ! workers; then
		echo "the workers' part FAILED"
		failed=1
	fi
	printf '\n%d of %d graphs match\n' "$matching" ${#GRAPHS[@]}
	exit $failed
}

main
