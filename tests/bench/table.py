#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""One table of benchmark runs, as text on standard output and as JSON.

table.py FIGURES SETTINGS JSON

FIGURES/<part>/<who> holds lines "figure value" and lines "round", which begin a round.  A figure
that comes several times in a round counts once, with its median.
"""
import json
import os
import statistics
import sys

# Title, and what the figures do not show.
PARTS = {
    "native": ("Collector, allocation, batches: mheap in user-mode Linux, peers on the host, on one CPU", [
        "A system call costs mheap what null_call says here, whatever it does; on a real machine it is some fiftieth of 7 us. "
        "It is in single_call in full, in each young_700 and each collection once or a few times with the waking of the "
        "scanner's thread, and in figures per object hardly at all (1,024 operations are one call).",
        "bytes_per_object_without_handle: mheap's are what its control group is charged.",
        "The memory of user-mode Linux is made of the host's small pages, where a real kernel has its own mapped in large ones: "
        "figures of heaps larger than the caches have more misses of the TLB than need be.",
        "All are measured in turns on one CPU; what others do on the machine meanwhile is in max, seldom in min and median. "
        "pause_max and longest_* are maxima of one run and show the host's scheduler as soon as it takes the CPU away.",
        "pause_max: mheap's longest slice; for the others, which stop the program, a whole collection.",
        "Nim's collector looks only at objects whose count was lowered since it last ran: all are lowered before each. "
        "Boehm's does not move, count or know types, and has nodes of 64 bytes; it frees nothing by count. Both have no "
        "young generation that is on by default. boehm-2-markers has two CPUs.",
        "Peers touch their own memory without a call or a check of handles: alloc, link and drop are lower bounds for "
        "them, and no other process sees what they made."]),
    "pacing": ("Automatic collection: work, memory and stops together, mheap in user-mode Linux, CPython on the host", [
        "*-s1: the recorded operations of tests/data/traces, with thresholds 700, 10, 10 on both sides and without the "
        "collections that they ask for; grow_tree: a tree that is built and lives; new_to_old: half as many new objects as "
        "there are old ones.",
        "A program of CPython's stops for longest_collection. One of mheap's that waits for the heap stops for longest_hold, by "
        "whatever call, with what the host's scheduler takes; the one that allocates is made to help the collector and waits "
        "for longest_batch, which has 1,024 operations (traces: 4,096) and their ordinary cost in it. A full collection of "
        "mheap goes on while objects are made, so its peak may be higher.",
        "visits: tracked objects that collections looked at. No cycle can be in grow_tree and some traces: mheap's "
        "collections are over when they are due. collector_ns: CPython frees the memory of garbage meanwhile, mheap after "
        "it has dropped the lock, which is not counted."]),
    "pauses": ("Calls of a thread while another one has the whole heap collected: user-mode Linux, two CPUs", [
        "A call's time holds the system call of user-mode Linux, and what the host's scheduler takes away, compare "
        "call_while_idle. It is measured by the thread that waits, so while a call waits none is made and counted: "
        "long waits are more of the time than they are of the calls. "
        "N_of_10000_longer: so many calls took longer; 0: the longest of all.",
        "hold_*: how long the lock was held, by what it was held for, from the heap's file in debugfs; p99.99 is a bound, "
        "less than twice too high. A hold goes on while the host runs something else on the guest's CPU: "
        "machine_gaps is how often and how long that happens to a thread that does nothing but look at the clock while "
        "another one makes calls: this rate, times the time that the lock was held (collections: slices_ns_all), is how many "
        "holds of over 131 us are to be expected of the machine alone."]),
    "share": ("Two processes on two CPUs, against one: user-mode Linux", [
        "The machine's CPUs may be two threads of one core, or not there all the time: share_machine says what "
        "two would get done without any lock between them. How the host places the guest's threads makes the most of the "
        "difference between min and max: compare min with min and median with median."]),
    "crash": ("Killed processes: user-mode Linux, both sides", [
        "How many survivors hang depends on how much of the time a process holds the lock."]),
    "payload": ("64 bytes: user-mode Linux, both sides", [
        "_map: no call at all; _call: one system call, or a message to Redis and its answer, each several calls at "
        "the price of user-mode Linux; _batch: a thousand in one call."]),
    "calls": ("Single calls, end to end, in QEMU on a stock kernel, all sides in one guest", [
        "If QEMU emulates, nothing here is a time that hardware would take: user code is some 7 times slower, "
        "system calls 4 times, and what wakes another process (Redis, Manager) differs again. "
        "Compare the columns with each other, and with null_call.",
        "get_value, set_value: 8 bytes; new_and_gone: an object is made and freed, two calls; mheap-batch: 256 operations in "
        "one call; cpython: an attribute of an object in the same process, in the interpreter's loop; manager: through "
        "a proxy; boost: a mutex that nobody else wants and no system call: the other process sleeps."]),
}

OURS = "mheap"

# What is aimed at: part, figure, whose row, which column of it, the most that it may be, and what that means.
TARGETS = [
    ("calls", "get_value", "mheap-batch", "null_calls", 0.35, "read 8 bytes in a batch / null call"),
    ("calls", "set_value", "mheap-batch", "null_calls", 0.35, "write 8 bytes in a batch / null call"),
    ("calls", "new_reference_and_gone", "mheap-batch", "null_calls", 0.7, "dup and drop in a batch, both / null call"),
    ("calls", "new_and_gone", "mheap-batch", "null_calls", 0.8, "alloc and drop in a batch, both / null call"),
    ("calls", "get_value", "mheap", "null_calls", 1.6, "single read / null call"),
    ("calls", "set_value", "mheap", "null_calls", 1.6, "single write / null call"),
    ("calls", "new_reference_and_gone", "mheap", "null_calls", 3.2, "single dup and drop, both / null call"),
    ("calls", "new_and_gone", "mheap", "null_calls", 3.2, "single alloc and drop, both / null call"),
    ("native", "alloc_and_2_links_per_object", "cpython", "mheap_to_this", 0.8, "alloc and 2 links / CPython"),
    ("native", "tree_freed_by_count_per_object", "cpython", "mheap_to_this", 1.0, "tree freed by count / CPython"),
    ("native", "tree_freed_by_count_per_object", "nim", "mheap_to_this", 4.0, "tree freed by count / Nim"),
    ("native", "garbage_ring_1000000_found_and_freed_per_object", "cpython", "mheap_to_this", 0.8,
     "garbage ring found and freed / CPython"),
    ("native", "full_random_1000000_per_object", "cpython", "mheap_to_this", 0.03, "full collection, random, 1 M / CPython"),
    ("native", "full_random_4000000_per_object", "cpython", "mheap_to_this", 0.03, "full collection, random, 4 M / CPython"),
    ("native", "full_random_1000000_per_object", "boehm", "mheap_to_this", 0.08, "full collection, random, 1 M / Boehm"),
    ("native", "full_random_4000000_per_object", "boehm", "mheap_to_this", 0.08, "full collection, random, 4 M / Boehm"),
    ("native", "full_tree_1000000_per_object", "cpython", "mheap_to_this", 0.35, "full collection, tree, 1 M / CPython"),
    ("native", "bytes_per_object_without_handle", "mheap", "median", 36, "kernel bytes of an object with 2 slots"),
]


def rounds(path):
    """Yield what each round measured of each figure."""
    found = [{}]
    for line in open(path):
        name, _, value = line.strip().partition(" ")
        if name == "round":
            found.append({})
            continue
        try:
            found[-1].setdefault(name, []).append(float(value))
        except ValueError:
            continue
    return found


def summary(path):
    figures = {}
    for figure, values in ((f, v) for r in rounds(path) for f, v in r.items()):
        figures.setdefault(figure, []).append(statistics.median(values))
    return {f: {"median": statistics.median(v), "min": min(v), "max": max(v), "n": len(v)}
            for f, v in figures.items()}


def read(folder):
    """part -> figure -> who -> numbers, with mheap first."""
    data = {}
    for part in PARTS:
        path = os.path.join(folder, part)
        for who in sorted(os.listdir(path), key=lambda w: (w != OURS, w)) if os.path.isdir(path) else ():
            for figure, numbers in summary(os.path.join(path, who)).items():
                data.setdefault(part, {}).setdefault(figure, {})[who] = numbers
    return data


def add_ratios(figures, null):
    """Returns our median as a multiple of a peer's and, if asked for, a figure as a multiple of a null call."""
    for figure, sides in figures.items():
        ours = sides.get(OURS, {}).get("median")
        for who, numbers in sides.items():
            if who != OURS and ours is not None and numbers["median"]:
                numbers["mheap_to_this"] = ours / numbers["median"]
            if null:
                numbers["null_calls"] = numbers["median"] / null[OURS]["median"]


def targets(data):
    """Yield each target with what was measured, None if it was not."""
    for part, figure, who, column, most, what in TARGETS:
        got = data.get(part, {}).get(figure, {}).get(who, {}).get(column)
        yield {"what": what, "target": most, "ratio": got, "met": None if got is None else got <= most}


def show_targets(found):
    head = ["what", "is", "target", ""]
    words = {None: "not measured", True: "target met", False: "target missed"}
    print("\nTargets\n")
    for line in aligned([head] + [[t["what"], ratio(t["ratio"]), ratio(t["target"]), words[t["met"]]] for t in found]):
        print(line)


def number(value):
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.2f}"


def ratio(value):
    return "-" if value is None else f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def rows(figures, with_null):
    head = ["ns, or what the name says", "who", "median", "min", "max", "n", "mheap/this"]
    yield head + (["null calls"] if with_null else [])
    for figure, sides in figures.items():
        for i, (who, x) in enumerate(sides.items()):
            yield [figure if i == 0 else "", who, *(number(x[k]) for k in ("median", "min", "max")), str(x["n"]),
                   ratio(x.get("mheap_to_this")), *([ratio(x.get("null_calls"))] if with_null else [])]


def aligned(lines):
    widths = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        yield "  ".join(c.ljust(w) if i < 2 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths))).rstrip()


def wrapped(text, width=120):
    line = "  -"
    for word in text.split():
        if len(line) + len(word) >= width:
            yield line
            line = "   "
        line += " " + word
    yield line


def show(part, figures):
    title, notes = PARTS[part]
    print(f"\n{title}\n")
    for line in aligned(list(rows(figures, part == "calls"))):
        print(line)
    print("\nWhat this does not show:")
    for note in notes:
        print("\n".join(wrapped(note)))


def main():
    folder, settings, out = sys.argv[1:]
    about = dict(line.strip().partition(" ")[::2] for line in open(settings))
    data = read(folder)
    if not data:
        sys.exit("no figures: see the output above")
    print(", ".join(f"{k} {v}" for k, v in about.items()))
    for part, figures in data.items():
        add_ratios(figures, figures.get("null_call") if part == "calls" else None)
        show(part, figures)
    found = list(targets(data))
    show_targets(found)
    with open(out, "w") as f:
        json.dump({"settings": about, "targets": found, "parts": {p: {"title": PARTS[p][0], "not_shown": PARTS[p][1], "figures": figures}
                                                for p, figures in data.items()}}, f, indent=1)


if __name__ == "__main__":
    main()
