#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""CPython doing what bench.c does: prints "name value" lines, values in ns.

peer.py OBJECTS
"""
import gc
import os
import random
import statistics
import sys
import time

now = time.perf_counter_ns

TIMES = 3
YOUNG, YOUNG_TIMES = 700, 15
PARTS = (0.001, 0.01, 0.1, 1, 4)
FEW, MANY, MOST = 0, 3, 4


def report(name, value):
    print(f"{name} {value:.2f}", flush=True)


class Node:
    __slots__ = ("a", "b")


def timed_collection(generation=2):
    t = now()
    gc.collect(generation)
    return now() - t


def young(old):
    """Measure a collection of a ring of new objects that refer to old ones."""
    times = []
    for _ in range(YOUNG_TIMES):
        objects = [Node() for _ in range(YOUNG)]
        for i, o in enumerate(objects):
            o.a = objects[i - 1]
            o.b = random.choice(old)
        times.append(timed_collection(0))
        del objects, o
        gc.collect(1)
    return statistics.median(times)


def make_random(nr, report_steps):
    start = now()
    objects = [Node() for _ in range(nr)]
    made = now()
    targets = [random.choices(objects, k=nr) for _ in (0, 1)]
    chosen = now()
    for o, a, b in zip(objects, *targets):
        o.a = a
        o.b = b
    linked = now()
    del targets, o, a, b
    held = objects.copy()
    random.shuffle(held)
    t = now()
    objects.clear()
    if report_steps:
        report("alloc_per_object", (made - start) / nr)
        report("link_2_random_per_object", (linked - chosen) / nr)
        report("drop_handle", (now() - t) / nr)
    return held


def random_of_size(objects, size):
    nr = int(objects * PARTS[size])
    held = make_random(nr, size == MANY)
    gc.collect()
    for _ in range(1 if size == MOST else TIMES):
        ns = timed_collection()
        report(f"full_random_{nr}_per_object", ns / nr)
    if size == MOST:
        report(f"pause_max_of_{nr}", ns)
    if size in (FEW, MANY):
        ns = young(held)
        report(f"young_700_over_{nr}_old", ns)
    held.clear()
    if size != MOST:
        gc.collect()
    return ns


def random_graphs(objects):
    ns = [random_of_size(objects, size) for size in range(MOST)]
    report("young_ratio_of_both", ns[MANY] / ns[FEW])
    random_of_size(objects, MOST)
    # Leave without freeing anything, since that takes longer than most measurements.
    os._exit(0)


def alloc(nr):
    objects = [None] * nr
    t = now()
    for i in range(nr):
        o = objects[i] = Node()
        o.a = objects[i // 2]
        o.b = objects[i // 3]
    report("alloc_and_2_links_per_object", (now() - t) / nr)


def tree(nr):
    objects = [Node() for _ in range(nr)]
    for i, o in enumerate(objects):
        if 2 * i + 1 < nr:
            o.a = objects[2 * i + 1]
        if 2 * i + 2 < nr:
            o.b = objects[2 * i + 2]
    root = objects[0]
    del objects, o
    gc.collect()
    for _ in range(TIMES):
        report(f"full_tree_{nr}_per_object", timed_collection() / nr)
    t = now()
    del root
    report("tree_freed_by_count_per_object", (now() - t) / nr)


def ring(nr):
    objects = [Node() for _ in range(nr)]
    for i, o in enumerate(objects):
        o.a = objects[i - 1]
    del objects, o
    t = now()
    if gc.collect() < nr:
        sys.exit("garbage was not found")
    report(f"garbage_ring_{nr}_found_and_freed_per_object", (now() - t) / nr)


def acyclic(nr):
    """Build, keep and drop lists without cycles while automatic collection is on."""
    length = nr // 10
    gc.enable()
    before = sum(s["collections"] for s in gc.get_stats())
    t = now()
    for _ in range(20):
        last = None
        for _ in range(length):
            o = Node()
            o.a = last
            last = o
        del o
    del last
    report("acyclic_per_object", (now() - t) / (20 * length))
    report("acyclic_collections_number", sum(s["collections"] for s in gc.get_stats()) - before)
    gc.disable()


def main():
    nr = int(sys.argv[1])
    gc.disable()
    # The interpreter's own objects do not count.
    gc.freeze()
    random.seed(1)
    report("bytes_per_object_without_handle", sys.getsizeof(Node()))
    alloc(nr)
    tree(nr)
    ring(nr)
    acyclic(nr)
    random_graphs(nr)


if __name__ == "__main__":
    main()
