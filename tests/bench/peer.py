#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""CPython doing what bench.c does: prints "name value" lines, values in ns.

peer.py OBJECTS
"""
import gc
import random
import sys
import time

now = time.perf_counter_ns


def report(name, value):
    print(f"{name} {value:.1f}", flush=True)


class Node:
    __slots__ = ("a", "b")


def collect(nr):
    t = now()
    objects = [Node() for _ in range(nr)]
    report("alloc_per_object", (now() - t) / nr)
    targets = [[objects[random.randrange(nr)] for _ in range(nr)] for _ in (0, 1)]
    t = now()
    for o, a, b in zip(objects, *targets):
        o.a = a
        o.b = b
    report("link_per_object", (now() - t) / nr)
    del targets, o, a, b
    random.shuffle(objects)
    gc.collect()
    for _ in range(5):
        t = now()
        gc.collect()
        report("full_collection_per_object", (now() - t) / nr)
    objects.clear()
    gc.collect()


def tree(nr):
    objects = [Node() for _ in range(nr)]
    for i, o in enumerate(objects):
        if 2 * i + 2 < nr:
            o.a, o.b = objects[2 * i + 1], objects[2 * i + 2]
    root = objects[0]
    del objects, o
    t = now()
    del root
    report("death_by_count_per_object", (now() - t) / nr)


def garbage(nr):
    objects = [Node() for _ in range(nr)]
    for i, o in enumerate(objects):
        o.a = objects[i - 1]
    del objects, o
    t = now()
    if gc.collect() < nr:
        sys.exit("garbage was not found")
    report("garbage_found_and_freed_per_object", (now() - t) / nr)


def main():
    nr = int(sys.argv[1])
    gc.disable()
    random.seed(1)
    report("kernel_bytes_per_object", sys.getsizeof(Node()))
    collect(nr)
    tree(nr)
    garbage(nr)


if __name__ == "__main__":
    main()
