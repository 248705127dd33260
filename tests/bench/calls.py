#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What calls.c does, with CPython's own objects and with those of a multiprocessing.Manager.

Prints lines "who figure value", in ns.
"""
import multiprocessing
import time

now = time.perf_counter_ns

OWN_CALLS = 3000
MANAGER_CALLS = 50


class Node:
    __slots__ = ("a", "b", "value")

    def __init__(self):
        self.value = 0


def measure(name, calls, run):
    run(2)
    t = now()
    run(calls)
    print(f"{name} {(now() - t) / calls:.2f}", flush=True)


def get_attribute(o):
    def run(times):
        for _ in range(times):
            o.value
    return run


def set_attribute(o):
    def run(times):
        for _ in range(times):
            o.value = 1
    return run


def own():
    o, table = Node(), {"value": 0}

    def get_item(times):
        for _ in range(times):
            table["value"]

    def new_and_gone(times):
        for _ in range(times):
            Node()

    def new_reference(times):
        for _ in range(times):
            r = o
            del r

    measure("cpython get_value", OWN_CALLS, get_attribute(o))
    measure("cpython set_value", OWN_CALLS, set_attribute(o))
    measure("cpython get_item_of_dict", OWN_CALLS, get_item)
    measure("cpython new_and_gone", OWN_CALLS, new_and_gone)
    measure("cpython new_reference_and_gone", OWN_CALLS, new_reference)


def manager():
    with multiprocessing.Manager() as m:
        space, items, table = m.Namespace(value=0), m.list([0]), m.dict({"value": 0})

        def get_item(times):
            for _ in range(times):
                table["value"]

        def new_and_gone(times):
            for _ in range(times):
                items.append(0)
                items.pop()

        measure("manager get_value", MANAGER_CALLS, get_attribute(space))
        measure("manager set_value", MANAGER_CALLS, set_attribute(space))
        measure("manager get_item_of_dict", MANAGER_CALLS, get_item)
        measure("manager new_and_gone", MANAGER_CALLS, new_and_gone)


if __name__ == "__main__":
    own()
    manager()
