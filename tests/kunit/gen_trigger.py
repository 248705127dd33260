#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Writes trigger_table.h: when CPython 3.11 collects, and what its counters are, for given sequences.

A sequence is a list of runs: so many objects kept, made and dropped at once, dropped in the order they were made, or left as
cycles; settings that change; collections asked for. The interpreter does each sequence, and its counters are read after every
single allocation, from its memory: gc.get_count() and gc.get_stats() make objects that are counted themselves.

    gen_trigger.py >trigger_table.h
"""
import ctypes
import gc
import random
import sys

KEEP, TEMP, DROP, CYCLE, COLLECT, ENABLE, THRESHOLD = range(7)
NAMES = "KEEP TEMP DROP CYCLE COLLECT ENABLE THRESHOLD".split()
MOST = 400000


class Generation(ctypes.Structure):
    _fields_ = [("head", ctypes.c_size_t * 2), ("threshold", ctypes.c_int), ("count", ctypes.c_int)]


class Stats(ctypes.Structure):
    _fields_ = [("collections", ctypes.c_ssize_t), ("collected", ctypes.c_ssize_t), ("uncollectable", ctypes.c_ssize_t)]


class State(ctypes.Structure):
    """The part of struct _gc_runtime_state that begins with its generations."""
    _fields_ = [("generations", Generation * 3), ("generation0", ctypes.c_void_p), ("permanent", Generation),
                ("stats", Stats * 3), ("collecting", ctypes.c_int), ("garbage", ctypes.c_void_p),
                ("callbacks", ctypes.c_void_p), ("long_lived_total", ctypes.c_ssize_t),
                ("long_lived_pending", ctypes.c_ssize_t)]


class Node:
    __slots__ = ("ref",)


def find_state():
    """Unusual thresholds tell where the state is in the interpreter's memory."""
    marks = (700123, 10456, 10789)
    gc.set_threshold(*marks)
    get = ctypes.pythonapi.PyInterpreterState_Get
    get.restype = ctypes.c_void_p
    base = get()
    for offset in range(0, 1 << 16, 8):
        state = State.from_address(base + offset)
        if tuple(g.threshold for g in state.generations) == marks:
            return state
    sys.exit("the collector's state was not found")


class Recorder:
    """Does a sequence; allocates nothing that CPython counts while it does."""

    def __init__(self, state):
        self.state = state
        self.keep = [None] * MOST
        self.first = self.last = self.births = 0
        self.events = []            # births, generation, survivors
        self.points = []            # counts, collections, collected
        self.generations = [state.generations[i] for i in range(3)]
        self.stats = [state.stats[i] for i in range(3)]
        self.log = [0] * (4 * 20000)
        self.used = 0

    def note(self, before):
        """Find the collection that made the number of collections grow."""
        s, state = self.stats, self.state
        for g in 0, 1, 2:
            if s[g].collections != before[g]:
                before[g] = s[g].collections
                survivors = state.long_lived_total if g == 2 else 0
                if g == 1:
                    survivors = state.long_lived_pending - before[3]
                log, u = self.log, self.used
                log[u], log[u + 1], log[u + 2] = self.births, g, survivors
                self.used = u + 3
        before[3] = state.long_lived_pending

    def birth(self, before):
        self.births += 1
        if self.stats[0].collections + self.stats[1].collections + self.stats[2].collections != before[4]:
            before[4] += 1
            self.note(before)

    def do(self, kind, n, before):
        keep = self.keep
        if kind == KEEP:
            while n:
                keep[self.last] = Node()
                self.last += 1
                self.birth(before)
                n -= 1
        elif kind == TEMP:
            while n:
                Node()
                self.birth(before)
                n -= 1
        elif kind == CYCLE:
            while n:
                node = Node()
                self.birth(before)
                node.ref = node
                node = None
                n -= 1
        elif kind == DROP:
            while n and self.first < self.last:
                keep[self.first] = None
                self.first += 1
                n -= 1
        elif kind == COLLECT:
            gc.collect(n)
            before[4] += 1
            self.note(before)
        elif kind == ENABLE:
            if n:
                gc.enable()
            else:
                gc.disable()

    def point(self, flat, i):
        """Spelled out, since the iterator of a loop would be counted."""
        g, s = self.generations, self.stats
        flat[i] = g[0].count
        flat[i + 1] = g[1].count
        flat[i + 2] = g[2].count
        flat[i + 3] = s[0].collections
        flat[i + 4] = s[1].collections
        flat[i + 5] = s[2].collections
        flat[i + 6] = s[0].collected
        flat[i + 7] = s[1].collected
        flat[i + 8] = s[2].collected
        return i + 9

    def run(self, sequence):
        """Everything that exists is frozen first, so that generations are empty."""
        s, g = self.stats, self.generations
        flat, base, before, steps = [0] * (9 * len(sequence)), [0] * 9, [0] * 5, iter(sequence)
        gc.enable()
        gc.set_threshold(0)
        gc.collect()
        gc.freeze()
        gc.collect()
        self.point(base, 0)
        before[0], before[1], before[2] = base[3], base[4], base[5]
        before[4] = base[3] + base[4] + base[5]
        assert self.state.long_lived_total == 0 and self.state.long_lived_pending == 0
        i = 0
        g[0].count = g[1].count = g[2].count = 0
        for kind, n in steps:
            if kind == THRESHOLD:
                g[0].threshold, g[1].threshold, g[2].threshold = n
            else:
                self.do(kind, n, before)
            i = self.point(flat, i)
        g[0].threshold = 0
        base[:3] = [0] * 3
        self.points = [[x - y for x, y in zip(flat[i:i + 9], base)] for i in range(0, len(flat), 9)]
        self.events = [self.log[i:i + 3] for i in range(0, self.used, 3)]
        gc.unfreeze()


def mixed(seed, runs, longest, weights=(40, 15, 30, 14, 1)):
    rnd = random.Random(seed)
    sequence = []
    for _ in range(runs):
        kind = rnd.choices((KEEP, TEMP, DROP, CYCLE, COLLECT), weights)[0]
        sequence.append((kind, rnd.randrange(3) if kind == COLLECT else rnd.randint(1, longest)))
    return sequence


def settings():
    """Settings that change on the way."""
    return [(THRESHOLD, (30, 2, 1)), (KEEP, 200), (ENABLE, 0), (KEEP, 100), (ENABLE, 1), (KEEP, 1), (KEEP, 50),
            (THRESHOLD, (0, 2, 1)), (KEEP, 500), (DROP, 100), (THRESHOLD, (1000, 0, 0)), (KEEP, 600), (KEEP, 1), (TEMP, 40),
            (THRESHOLD, (5, 0, 0)), (KEEP, 300), (CYCLE, 100), (THRESHOLD, (5, 1, 1)), (DROP, 900), (KEEP, 100),
            (COLLECT, 1), (KEEP, 3), (COLLECT, 0), (KEEP, 3), (COLLECT, 2), (KEEP, 100)]


SEQUENCES = [
    ("mixed", [(THRESHOLD, (20, 3, 2))] + mixed(1, 300, 60)),
    ("defaults", [(THRESHOLD, (700, 10, 10)), (KEEP, 90000), (DROP, 30000), (KEEP, 90000), (TEMP, 5000), (CYCLE, 20000),
                  (DROP, 140000), (KEEP, 60000)]),
    ("full", [(THRESHOLD, (100, 0, 0)), (KEEP, 8000), (DROP, 7000), (KEEP, 3000), (CYCLE, 3000), (DROP, 4000), (KEEP, 4000)]),
    ("settings", settings()),
    ("acyclic", [(THRESHOLD, (20, 3, 2))] + mixed(2, 50, 60, (70, 30, 0, 0, 0)) + [(DROP, 9999), (KEEP, 600)]),
]


def write(name, sequence, recorder):
    print(f"\nstatic const struct kt_run kt_{name}_runs[] = {{")
    for (kind, n), point in zip(sequence, recorder.points):
        n = "{ %d, %d, %d }" % n if kind == THRESHOLD else "{ %d }" % n
        c, k, f = (", ".join(map(str, point[i:i + 3])) for i in (0, 3, 6))
        print(f"\t{{ KT_{NAMES[kind]}, {n}, {{ {c} }}, {{ {k} }}, {{ {f} }} }},")
    print(f"}};\n\nstatic const struct kt_event kt_{name}_events[] = {{")
    line = "\t"
    for event in recorder.events:
        item = "{ %d, %d, %d }," % tuple(event)
        if len(line) + len(item) > 74:
            print(line.rstrip())
            line = "\t"
        line += item + " "
    print(line.rstrip() + "\n};")


def main():
    if sys.version_info[:2] != (3, 11):
        sys.exit("this is about CPython 3.11")
    state = find_state()
    print("/* SPDX-License-Identifier: GPL-2.0 */\n/* What CPython 3.11 does; written by gen_trigger.py. */")
    print("#ifndef MHEAP_KUNIT_TRIGGER_TABLE_H\n#define MHEAP_KUNIT_TRIGGER_TABLE_H")
    for name, sequence in SEQUENCES:
        recorder = Recorder(state)
        recorder.run(sequence)
        write(name, sequence, recorder)
    print("\n#endif")


main()
