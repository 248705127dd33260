#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Plays the heap graphs and traces of tests/data with mheapctl and prints TAP: a
# case for each graph and scenario, as it is and shuffled, and one for each trace.
#
#   data.sh [-s SEEDS] [-c SCENARIOS] [FILE...]
#
# Without files all of tests/data are played.  SEEDS is a list of seeds for
# --shuffle ("1 2 3"; "" for none), SCENARIOS a list of those to play (all).  $MHEAPCTL is the command, $MHEAP_TREE the
# source tree.  Exit status: 0 nothing failed, 1 something did.

here=$(cd "$(dirname "$0")" && pwd)
tree=${MHEAP_TREE:-$here}
while [ ! -d "$tree/tests/data" ] && [ "$tree" != / ]; do
	tree=$(dirname "$tree")
done
mheapctl=${MHEAPCTL:-$tree/build/user/bin/mheapctl}
seeds='1 2 3'
only=
while getopts s:c: option; do
	case $option in
	s) seeds=$OPTARG ;;
	c) only=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
if [ $# -eq 0 ]; then
	for f in "$tree"/tests/data/graphs/*.mhg* "$tree"/tests/data/traces/*.mht* \
		 "$tree"/tests/data/testtable/traces/*.mht*; do
		[ -e "$f" ] && set -- "$@" "$f"
	done
fi

number=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# case_end STATUS NAME: prints the result; the command's output explains a failure.
case_end()
{
	number=$((number + 1))
	case $1 in
	0)
		echo "ok $number - $2" ;;
	77)
		echo "ok $number - $2 # SKIP $(tail -n 1 "$log")" ;;
	*)
		sed 's/^/# /' "$log"
		echo "not ok $number - $2"
		failed=$((failed + 1)) ;;
	esac
}

show()
{
	case $1 in
	*.gz) zcat "$1" ;;
	*) cat "$1" ;;
	esac
}

oracle_of()
{
	for f in "${1%.mhg*}.oracle" "${1%.mhg*}.oracle.gz"; do
		[ -e "$f" ] && echo "$f" && return
	done
}

play_graph()
{
	oracle=$(oracle_of "$1")
	name=${1##*/}
	name=${name%.mhg*}
	scenarios=${only:-$([ "$oracle" ] && show "$oracle" | sed -n 's/^scenario //p')}
	if [ -z "$scenarios" ]; then
		echo "no scenarios for $1" >"$log"
		case_end 1 "graph $name"
		return
	fi
	for scenario in $scenarios; do
		"$mheapctl" play "$1" --scenario "$scenario" >"$log" 2>&1
		case_end $? "graph $name $scenario"
		for seed in $seeds; do
			"$mheapctl" play "$1" --scenario "$scenario" \
				--shuffle "$seed" >"$log" 2>&1
			case_end $? "graph $name $scenario shuffled $seed"
		done
	done
}

play_trace()
{
	name=${1##*/}
	"$mheapctl" play "$1" >"$log" 2>&1
	case_end $? "trace ${name%.mht*}"
}

echo "TAP version 13"
for file in "$@"; do
	case $file in
	*.mhg | *.mhg.gz) play_graph "$file" ;;
	*.mht | *.mht.gz) play_trace "$file" ;;
	*)
		echo "not a graph or a trace" >"$log"
		case_end 1 "$file" ;;
	esac
done
echo "1..$number"
[ "$number" -gt 0 ] && [ "$failed" -eq 0 ]
