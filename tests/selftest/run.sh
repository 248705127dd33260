#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs test programs one after the other and prints one TAP stream of all their
# cases, with the plan at its end.  A program that dies, hangs, or does not do
# what its plan says is a failed case.
#
#   run.sh [-t SECONDS] [NAME...]
#
# NAME is a program beside this script (m32/NAME: the 32-bit one) or a path;
# without any, all beside the script are run.  Exit status: 0 nothing failed,
# 1 something did.

here=$(cd "$(dirname "$0")" && pwd)
limit=600
if [ "$1" = -t ]; then
	limit=$2
	shift 2
fi
if [ $# -eq 0 ]; then
	for f in "$here"/*; do
		[ -f "$f" ] && [ -x "$f" ] && [ "${f%.sh}" = "$f" ] &&
			set -- "$@" "${f##*/}"
	done
fi

run_one()
{
	case $1 in
	/*) path=$1 ;;
	*) path=$here/$1 ;;
	esac
	echo "# program $1"
	began=$(date +%s)
	timeout -k 5 "$limit" "$path" 2>&1
	echo "# status $? $(($(date +%s) - began)) s"
}

echo "TAP version 13"
for name in "$@"; do
	run_one "$name"
done | awk '
	function result(ok, text) {
		n++
		bad += !ok
		print (ok ? "ok " : "not ok ") n " - " name text
	}
	/^TAP version/ { next }
	/^# program / { name = $3; sub(/.*\//, "", name)
		if ($3 ~ /m32\//) name = "m32/" name
		plan = -1; seen = 0; failed = 0; print; fflush(); next }
	/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0; next }
	/^(not )?ok / {
		ok = $1 == "ok"
		sub(/^(not )?ok [0-9]+ -? ?/, ": ")
		seen++; failed += !ok
		result(ok, $0); fflush(); next
	}
	/^# status / {
		print "# " name ": " $4 " s"
		if ($3 == 4 && plan == 0)
			result(1, " # SKIP nothing to run")
		else if (plan != seen)
			result(0, ": " seen " cases of " plan ", status " $3)
		else if ($3 != 0 && !failed)
			result(0, ": ended with status " $3)
		next
	}
	{ print; fflush() }
	END {
		print "1.." n + 0
		print "# pass:" n - bad " fail:" bad + 0
		exit bad || !n
	}'
