#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Medians of benchmark runs, side by side, and the same as JSON.

table.py JSON NAME=FILE...   each FILE holds lines "figure value", several of a kind
"""
import json
import statistics
import sys


def read(path):
    figures = {}
    for line in open(path):
        name, _, value = line.partition(" ")
        try:
            number = float(value)
        except ValueError:
            continue
        figures.setdefault(name, []).append(number)
    return figures


def row(cells, widths):
    return "  ".join(c.ljust(w) if i == 0 else c.rjust(w)
                     for i, (c, w) in enumerate(zip(cells, widths)))


def main():
    runs = dict(arg.split("=", 1) for arg in sys.argv[2:])
    data = {who: {k: {"median": statistics.median(v), "min": min(v), "max": max(v), "n": len(v)}
                  for k, v in read(path).items()} for who, path in runs.items()}
    names = list(dict.fromkeys(k for figures in data.values() for k in figures))
    ours, *peers = data
    rows = [["median of the runs, ns", *data, *(f"{ours} / {p}" for p in peers)]]
    for name in names:
        cell = [data[who].get(name, {}).get("median") for who in data]
        ratio = [cell[0] / c if c and cell[0] is not None else None for c in cell[1:]]
        rows.append([name, *("-" if c is None else f"{c:.1f}" for c in cell),
                     *("-" if r is None else f"{r:.2f}" for r in ratio)])
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    print("\n".join(row(r, widths) for r in rows))
    with open(sys.argv[1], "w") as out:
        json.dump(data, out, indent=1)
    if not data[ours]:
        sys.exit("no figures: see the output above")


if __name__ == "__main__":
    main()
