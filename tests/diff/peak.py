#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The most objects that a heap holds at one time, against CPython on the same trace.

peak.py LIBRARY TRACE...

Both collect automatically, with the thresholds 700, 10, 10; collections that the
trace asks for are left out.  CPython stops the program for each collection, mheap
does not: it may hold 1.3 times as many objects at most.  In CPython an object with
slots is a list of its own class, one without is an instance that the collector does
not track, so that both count the same allocations.

Prints TAP, a case for each trace that needs no more than slots and generations.
"""
import ctypes
import gc
import gzip
import sys

THRESHOLDS = (700, 10, 10)
BOUND = 1.3
BATCH = 4096
PLAYABLE = {"core", "gen", "errors"}
INFO_WORDS = 64                 # room for a struct mheap_info that grows
OBJECTS_MAX = 15                # its member


def words_of(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt") as lines:
        for line in lines:
            yield line.split() or [""]


def profile_of(path):
    for words in words_of(path):
        if words[0] == "profile":
            return set(words[1:])
    return set()


def operations(path):
    """Yield the operations that allocate, link and drop one by one, as there may be millions."""
    words = words_of(path)
    for w in words:
        if w[0] == "ops:":
            break
    return (w for w in words if w[0] in ("A", "S", "L", "D", "X"))


# ---- CPython ----

alive = 0
most = 0


class Slotted(list):
    __slots__ = ()

    def __del__(self):
        global alive
        alive -= 1


class Plain:
    __slots__ = ()

    def __del__(self):
        global alive
        alive -= 1


def make(nslots):
    global alive, most
    if nslots:
        made = Slotted()
        made += [None] * nslots if nslots > 1 else (None,)
    else:
        made = Plain()
    alive += 1
    most = max(most, alive)
    return made


def play_cpython(ops, make=make):
    global alive, most
    gc.collect()
    gc.freeze()
    alive = most = 0
    gc.set_threshold(*THRESHOLDS)
    gc.enable()
    regs = {}
    for w in ops:
        if w[0] == "A":
            regs[w[1]] = make(int(w[3]))
        elif w[0] == "S":
            regs[w[1]][int(w[2])] = None if w[3] == "-" else regs[w[3]]
        elif w[0] == "D":
            regs[w[1]] = regs[w[2]]
        elif w[0] == "X":
            del regs[w[1]]
        elif w[1] != "-":
            regs[w[1]] = regs[w[2]][int(w[3])]
    gc.disable()
    peak = most
    regs.clear()
    gc.collect()
    gc.unfreeze()
    return peak


# ---- mheap ----

class Heap:
    def __init__(self, library):
        self.lib = ctypes.CDLL(library)
        for name in ("alloc", "get", "dup"):
            getattr(self.lib, "mheap_batch_" + name).restype = ctypes.c_uint64
        self.lib.mheap_batch_new.restype = ctypes.c_void_p
        self.h = ctypes.c_void_p()
        self.must(self.lib.mheap_open(ctypes.byref(self.h)))
        self.must(self.lib.mheap_gc_set_threshold(self.h, *THRESHOLDS))
        self.batch = ctypes.c_void_p(self.lib.mheap_batch_new(self.h, BATCH))
        self.added = 0

    @staticmethod
    def must(result):
        if result < 0:
            sys.exit(f"peak.py: the library gave {result}")

    def submit(self):
        self.must(self.lib.mheap_batch_submit(self.batch))
        self.lib.mheap_batch_reset(self.batch)
        self.added = 0

    def add(self, name, *args):
        if self.added == BATCH:
            self.submit()
        self.added += 1
        return getattr(self.lib, "mheap_batch_" + name)(self.batch, *args)

    def peak(self):
        self.submit()
        info = (ctypes.c_uint64 * INFO_WORDS)()
        self.must(self.lib.mheap_info(self.h, info))
        return info[OBJECTS_MAX]

    def close(self):
        self.lib.mheap_batch_free(self.batch)
        self.lib.mheap_close(self.h)


def play_mheap(heap, ops):
    ref = ctypes.c_uint64
    regs = {}
    for w in ops:
        if w[0] == "A":
            regs[w[1]] = ref(heap.add("alloc", 0, int(w[3]), ctypes.c_size_t(0), 0))
        elif w[0] == "S":
            heap.add("set", regs[w[1]], int(w[2]), ref(0) if w[3] == "-" else regs[w[3]])
        elif w[0] == "D":
            regs[w[1]] = ref(heap.add("dup", regs[w[2]]))
        elif w[0] == "X":
            heap.add("drop", regs.pop(w[1]))
        elif w[1] != "-":
            regs[w[1]] = ref(heap.add("get", regs[w[2]], int(w[3])))
    return heap.peak()


def main():
    library, *paths = sys.argv[1:]
    gc.disable()
    failed = number = 0
    print("TAP version 13")
    for path in paths:
        if profile_of(path) - PLAYABLE:
            continue
        number += 1
        heap = Heap(library)
        theirs, ours = play_cpython(operations(path)), play_mheap(heap, operations(path))
        heap.close()
        bad = ours > BOUND * theirs
        failed += bad
        print(f"{'not ' * bad}ok {number} - {path.split('/')[-1]}: {ours} objects, CPython {theirs}, "
              f"ratio {ours / theirs:.3f}", flush=True)
    print(f"1..{number}")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
