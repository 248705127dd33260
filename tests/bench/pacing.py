#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What automatic collection costs: work, memory and stops together, "name value" lines.

pacing.py LIBRARY TRACE...          mheap, by its library, on recorded operations
pacing.py cpython OBJECTS TRACE...  CPython on the same, and on shapes of that many objects

Visits are tracked objects that a collection looked at: CPython's are counted when it begins.
"""
import contextlib
import ctypes
import gc
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "diff"))
import peak                     # noqa: E402  (the players of traces are there)

now = time.perf_counter_ns

GENERATIONS = 3
STATS_WORDS = 8                 # of a struct mheap_gc_stats
SCANNED, TIME_NS = 3, 4         # its members
LOCK_MAX_NS = 8                 # of a struct mheap_info


def report(shape, objects, most, visits, ns):
    print(f"{shape}_visits_per_object {visits / objects:.3f}")
    print(f"{shape}_collector_ns_per_object {ns / objects:.2f}")
    print(f"{shape}_peak_objects {most}", flush=True)


# ---- CPython ----

class Visits:
    """Counts the objects that the interpreter's collections visit."""

    def __init__(self):
        self.nr = 0

    def __call__(self, phase, info):
        if phase == "start":
            self.nr += sum(len(gc.get_objects(generation=g)) for g in range(info["generation"] + 1))


class Stops:
    """Measures how long they take."""

    def __init__(self):
        self.ns = self.longest = 0

    def __call__(self, phase, info):
        if phase == "start":
            self.begin = now()
        else:
            took = now() - self.begin
            self.ns += took
            self.longest = max(self.longest, took)


@contextlib.contextmanager
def watched(watch):
    gc.callbacks.append(watch)
    yield
    gc.callbacks.remove(watch)


class Node:
    __slots__ = ("a", "b")


def grow(nr):
    """Build a tree that stays alive."""
    objects = [Node()]
    for i in range(1, nr):
        o = Node()
        parent = objects[(i - 1) // 2]
        if i % 2:
            parent.a = o
        else:
            parent.b = o
        objects.append(o)
    return objects


def make_old(nr):
    old = [Node() for _ in range(nr)]
    for o in old:
        o.a = random.choice(old)
        o.b = random.choice(old)
    return old


def age(old):
    """Make half as many new objects as there are old ones; each refers to two old ones."""
    new = []
    for _ in range(len(old) // 2):
        o = Node()
        o.a = random.choice(old)
        o.b = random.choice(old)
        new.append(o)
    return new


def twice(run):
    """Run once to count and once for the time, because counting brings the objects into the cache."""
    visits, stops = Visits(), Stops()
    for watch in (visits, stops):
        gc.collect()
        gc.enable()
        with watched(watch):
            made = run()
        gc.disable()
    return made, visits, stops


def shape(name, run, *args):
    made, visits, stops = twice(lambda: run(*args))
    report(name, len(made), len(made) + sum(len(a) for a in args if isinstance(a, list)), visits.nr, stops.ns)
    print(f"{name}_longest_collection {stops.longest}")


def shapes(nr):
    gc.collect()
    gc.freeze()
    shape("grow_tree", grow, nr)
    old = make_old(nr)
    shape("new_to_old", age, old)
    old.clear()
    gc.collect()
    gc.unfreeze()


# ---- traces ----

def make_plain(nslots):
    """Objects as the player makes them, but without a count of those alive, which would run code at each death."""
    return [None] * nslots if nslots else object()


def playing(watch, ops):
    """Leave out what the player does before and after the operations."""
    with watched(watch):
        yield from ops


def cpython_trace(name, path, objects):
    visits, stops = Visits(), Stops()
    most = peak.play_cpython(playing(visits, peak.operations(path)))
    peak.play_cpython(playing(stops, peak.operations(path)), make_plain)
    report(name, objects, most, visits.nr, stops.ns)
    print(f"{name}_longest_collection {stops.longest}")


class TimedHeap(peak.Heap):
    longest = 0

    def submit(self):
        begin = now()
        super().submit()
        self.longest = max(self.longest, now() - begin)

    def info(self, member):
        words = (ctypes.c_uint64 * peak.INFO_WORDS)()
        self.must(self.lib.mheap_info(self.h, words))
        return words[member]


def mheap_trace(library, name, path, objects):
    heap = TimedHeap(library)
    most = peak.play_mheap(heap, peak.operations(path))
    hold = heap.info(LOCK_MAX_NS)
    # This finishes a collection under way.
    heap.must(heap.lib.mheap_gc_freeze(heap.h))
    stats = (ctypes.c_uint64 * (STATS_WORDS * GENERATIONS))()
    heap.must(heap.lib.mheap_gc_get_stats(heap.h, stats))
    heap.close()
    report(name, objects, most, sum(stats[SCANNED::STATS_WORDS]), sum(stats[TIME_NS::STATS_WORDS]))
    print(f"{name}_longest_hold {hold}")
    print(f"{name}_longest_batch {heap.longest}")


def name_of(path):
    return os.path.basename(path).split(".")[0]


def main():
    who, *paths = sys.argv[1:]
    gc.disable()
    random.seed(1)
    if who == "cpython":
        shapes(int(paths.pop(0)))
    for path in paths:
        if peak.profile_of(path) - peak.PLAYABLE:
            continue
        objects = sum(w[0] == "A" for w in peak.operations(path))
        if who == "cpython":
            cpython_trace(name_of(path), path, objects)
        else:
            mheap_trace(who, name_of(path), path, objects)


if __name__ == "__main__":
    main()
