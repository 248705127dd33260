#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Pictures of benchmark runs, drawn by gnuplot: cost over size, and how long calls wait.

plot.py JSON FOLDER   writes FOLDER/cost.svg and FOLDER/pauses.svg, as far as there are figures
"""
import json
import re
import subprocess
import sys

COMMON = """
set terminal svg size 900,560 background rgb 'white' font 'sans,13'
set output '{out}'
set grid
"""

COST = """
set title 'Full collection of a random graph: medians, with least and most'
set xlabel 'objects'
set ylabel 'ns per object'
set logscale xy
set key left top
"""

PAUSES = """
set title 'What part of all calls waits longer, while {objects} objects are collected'
set xlabel 'ns'
set ylabel 'part of the calls'
set logscale xy
set format x '10^{{%L}}'
set xrange [1e3:*]
set key left bottom
"""


def draw(out, head, curves, how):
    """curves: name -> rows of numbers."""
    text = COMMON.format(out=out) + head
    for i, rows in enumerate(curves.values()):
        text += f"$c{i} << EOD\n" + "".join(" ".join(map(str, r)) + "\n" for r in rows) + "EOD\n"
    text += "plot " + ", ".join(f"$c{i} {how} title '{name}'" for i, name in enumerate(curves)) + "\n"
    subprocess.run(["gnuplot"], input=text, text=True, check=True)
    print(out, file=sys.stderr)


def matching(figures, pattern):
    """number in the figure's name -> who -> numbers"""
    found = ((re.fullmatch(pattern, f), sides) for f, sides in figures.items())
    return {int(m[1]): sides for m, sides in found if m}


def cost(figures, out):
    curves = {}
    for size, sides in sorted(matching(figures, r"full_random_(\d+)_per_object").items()):
        for who, x in sides.items():
            curves.setdefault(who, []).append((size, x["median"], x["min"], x["max"]))
    if curves:
        draw(out, COST, curves, "with yerrorlines pointtype 7 pointsize 0.5")


def pauses(waits, native, out):
    """With a collector that stops the program, at least one call waits for a whole collection."""
    curves = {}
    for name, label in (("collecting", "mheap, collecting"), ("idle", "mheap, idle")):
        longer = matching(waits, rf"call_while_{name}_(\d+)_of_10000_longer")
        curves[label] = [(s["mheap"]["median"], part / 1e4 or 1e-5) for part, s in sorted(longer.items(), reverse=True)]
    objects = max(matching(native, r"pause_max_of_(\d+)"), default=None)
    for who, x in native.get(f"pause_max_of_{objects}", {}).items():
        if who != "mheap":
            curves[f"{who}: the whole collection"] = [(x["median"], 1e-5), (x["median"], 1)]
    curves = {k: v for k, v in curves.items() if v}
    if curves:
        draw(out, PAUSES.format(objects=objects or "all"), curves, "with linespoints pointtype 7 pointsize 0.4")


def main():
    data, folder = json.load(open(sys.argv[1])), sys.argv[2]
    figures = {part: p["figures"] for part, p in data["parts"].items()}
    cost(figures.get("native", {}), f"{folder}/cost.svg")
    if "pauses" in figures:
        pauses(figures["pauses"], figures.get("native", {}), f"{folder}/pauses.svg")


if __name__ == "__main__":
    main()
