#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs the library's examples and prints TAP: each must exit with 0 and print what is
# written here.  $MHEAP_TREE is the source tree, $MHEAP_EXAMPLES the folder of the programs.

here=$(cd "$(dirname "$0")" && pwd)
tree=${MHEAP_TREE:-$here}
while [ ! -d "$tree/userlib/examples" ] && [ "$tree" != / ]; do
	tree=$(dirname "$tree")
done
examples=${MHEAP_EXAMPLES:-$tree/build/user/examples}

number=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# example NAME: must print what is on standard input, apart from lines with #, which vary.
example()
{
	number=$((number + 1))
	cat >"$work/wanted"
	"$examples/$1" >"$work/said" 2>&1
	status=$?
	grep -v '^#' "$work/said" >"$work/seen"
	if [ $status -eq 0 ] && cmp -s "$work/wanted" "$work/seen"; then
		sed -n '/^#/p' "$work/said"
		echo "ok $number - $1"
		return
	fi
	echo "# exit status $status, after:"
	sed 's/^/# /' "$work/seen"
	echo "not ok $number - $1"
	failed=$((failed + 1))
}

# It is a failure, too, if an example is not listed below.
all_known()
{
	number=$((number + 1))
	for f in "$tree"/userlib/examples/*.c; do
		name=${f##*/}
		if ! grep -q "^example ${name%.c} " "$0"; then
			echo "# $name is not run"
			echo "not ok $number - every example"
			failed=$((failed + 1))
			return
		fi
	done
	echo "ok $number - every example"
}

echo "TAP version 13"
example pool <<END
64000 answers, 0 wrong
9 workers killed
leaked: 0 sessions, 0 objects, 0 bytes, 0 arenas
END
example crash <<END
3 workers, killed 100 times: 0 items lost or broken
the module checked the heap: ok
left of them: 0 objects, 0 bytes, 0 sessions
END
example smallest <<END
2 objects
0 objects
END
example cycle <<END
made: 2 objects
dropped: 2 objects
2 found
collected: 0 objects
END
example batch <<END
2998 operations
1000 objects, 1 handle
0 objects
END
example weak <<END
1: made
2: made
1: found
2: gone
2: made
1: gone
END
example finalizer <<END
old: dies
0 objects
dear: comes back
2 objects
0 objects
END
example frame <<END
1 handle
5 levels
1 handle
END
example lockfree_list <<END
0 failed
1000 were left, each once: yes
2000 of 2000 values seen
END
example work_queue <<END
0 failed
200 put, 199 done, 1 sessions
END
all_known
echo "1..$number"
[ "$failed" -eq 0 ]
