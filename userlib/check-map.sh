#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# check-map.sh HEADER MAP [LIBRARY]: check that all of them name the same functions.

set -eu
export LC_ALL=C

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The preprocessor removes the comments, which name functions too.
${CC:-cc} -E -P "$1" | grep -o '\bmheap_[a-z_0-9]*(' | tr -d '(' | sort -u >"$work/header"
sed -n 's/^\t*\(mheap_[a-z_0-9]*\);$/\1/p' "$2" | sort >"$work/map"
if ! diff -u "$work/header" "$work/map"; then
	echo "check-map: $1 and $2 name different functions" >&2
	exit 1
fi
[ $# -gt 2 ] || exit 0
nm -D --defined-only "$3" | sed -n 's/.* T \(.*\)@@.*/\1/p' | sort >"$work/library"
if ! diff -u "$work/map" "$work/library"; then
	echo "check-map: $2 and $3 name different functions" >&2
	exit 1
fi
