#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# check-man.sh HEADER DIR: check that every function of the header has a manual page
# that names it, and that mandoc has no complaint about any page.

set -eu
export LC_ALL=C

status=0
for f in $(${CC:-cc} -E -P "$1" | grep -o '\bmheap_[a-z_0-9]*(' | tr -d '(' | sort -u); do
	page=$2/$f.3
	if [ ! -e "$page" ]; then
		echo "check-man: no manual page for $f" >&2
		status=1
		continue
	fi
	link=$(sed -n 's/^\.so man3\///p' "$page")
	if ! grep -q "^\.Nm $f\b" "$2/${link:-$f.3}"; then
		echo "check-man: ${link:-$f.3} does not name $f" >&2
		status=1
	fi
done
if command -v mandoc >/dev/null; then
	pages=$(grep -L '^\.so ' "$2"/*.[0-9])
	# shellcheck disable=SC2086 # one word per page
	mandoc -Tlint -Wwarning $pages || status=1
fi
exit $status
