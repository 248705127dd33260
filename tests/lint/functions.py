#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compare the lengths of C functions and files with the project's bounds.

functions.py [--report] FILE...   exit status 1 if a bound is exceeded
"""
import re
import statistics
import sys

MEDIAN, P90, LONGEST, FILE_LINES = 15, 40, 80, 700

# The interface is one file, most of which is its description.
LINES = {"module/main.c": 100, "uapi/linux/mheap.h": 1000}


def functions(path):
    """Yield (name, lines from the line of the name to the closing brace)."""
    head = None
    name = None
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        found = re.match(r"[A-Za-z_][\w\s\*]*?\b(\w+)\(", line)
        if found and not line.rstrip().endswith(";"):
            name, head = found.group(1), number
        elif line.startswith("}") and head:
            yield name, number - head + 1
            head = None
        elif line.rstrip().endswith(";") and not line[0].isspace():
            head = None


def main():
    paths = [a for a in sys.argv[1:] if not a.startswith("-")]
    found = [(n, f, p) for p in paths if p.endswith(".c") for f, n in functions(p)]
    lengths = sorted(n for n, _, _ in found)
    median = statistics.median(lengths)
    p90 = lengths[len(lengths) * 9 // 10]
    longest = max(found)
    print(f"# {len(found)} functions: median {median:g}, 90 % {p90}, "
          f"longest {longest[0]} ({longest[1]} in {longest[2]})")
    bad = []
    if median > MEDIAN:
        bad.append(f"median {median:g} > {MEDIAN}")
    if p90 > P90:
        bad.append(f"90th percentile {p90} > {P90}")
    bad += [f"{p}: {f}: {n} lines" for n, f, p in found if n > LONGEST]
    for path in paths:
        lines = sum(1 for _ in open(path, encoding="utf-8"))
        if lines > next((n for end, n in LINES.items() if path.endswith(end)), FILE_LINES):
            bad.append(f"{path}: {lines} lines")
    for line in bad:
        print("#", line)
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
