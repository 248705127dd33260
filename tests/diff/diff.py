# SPDX-License-Identifier: GPL-2.0
"""Random programs, each run in mheap and in CPython with real objects: all that can be seen must be equal after every step.

Prints TAP: a case for each mix of operations, one in which tables of plain numbers (model.py) with finalizers in random order
take mheap's place, and one that fails to store a reference in CPython and must see a difference. A program that differs is
shown with the command that repeats it.
"""
import argparse
import collections
import os
import sys
import time
import traceback

from batched import BatchedHeap
from heap import Heap, Library
from mirror import FINALIZE, FINALIZED, GC_START, PERMANENT, UNTRACKED, WEAK, Mirror, hide_interpreter
from model import Model
from program import MIXES, Program

SHOWN = 15
MOST_REPORTS = 3
# This must have happened in so many programs of a mix, otherwise they test nothing.
ENOUGH = 20
HAPPENS = {
    "plain": {"condemned"},
    "weak": {"condemned", "weak events"},
    "finalizers": {"condemned", "weak events", "finalizers", "condemned and back"},
    "frames": {"condemned"},
    "garbage": {"condemned", "weak events", "finalizers", "condemned and back"},
    "automatic": {"condemned", "weak events", "finalizers", "condemned and back", "automatic"},
    "everything": {"condemned", "weak events", "finalizers", "condemned and back", "automatic"},
}


class Difference(Exception):
    """A difference: what CPython has and what the subject has."""


class Run:
    """One program."""

    def __init__(self, mix, seed, subject, forget=0):
        self.mirror, self.subject = Mirror(forget), subject
        self.program = Program(mix, seed, self.mirror)
        self.last = collections.deque(maxlen=SHOWN)
        self.step = 0
        self.seen = collections.Counter()

    def go(self, steps):
        self.mirror.start()
        while self.step < steps:
            self.step += 1
            operation = self.program.next()
            self.last.append(operation)
            objects = self.compare_step(operation)
        self.compare_end(objects)

    def compare_step(self, operation):
        mirror, subject = self.mirror, self.subject
        expected = mirror.do[operation[0]](*operation[1:])
        mirror.settle()
        events, condemned = mirror.take_events()
        objects, registers = mirror.objects(), mirror.registers()
        result, happened, found, handles = subject.step(operation, registers, objects, not events)
        equal("result", expected, result)
        if events or happened:
            self.compare_events(events, happened, condemned)
        if objects != found:
            equal_tables("object", objects, found)
        if registers != handles:
            equal_tables("handle", registers, handles)
        equal("totals", mirror.totals(objects), subject.totals())
        if self.program.automatic or operation[0] == "collect":
            equal("counts", mirror.counts(), subject.counts())
        return objects

    def compare_events(self, events, happened, condemned):
        """Events may come in any order, but weak handles of condemned objects come before finalizers."""
        equal("events", sorted(events), sorted(happened))
        finalized = False
        for kind, number, *_ in happened:
            if kind == FINALIZE and number in condemned:
                finalized = True
            elif kind == WEAK and finalized and self.mirror.weaks[number].serial in condemned:
                raise Difference("events of what is condemned", "weak handles, then finalizers", happened)
        self.count(events, condemned)

    def count(self, events, condemned):
        kinds, seen = [event[0] for event in events], self.seen
        seen["collections"] += kinds.count(GC_START)
        seen["automatic"] += kinds.count(GC_START) and self.last[-1][0] != "collect"
        seen["condemned"] += len(condemned)
        seen["condemned and back"] += sum(serial in self.mirror.peek for serial in condemned)
        seen["weak events"] += kinds.count(WEAK)
        seen["finalizers"] += kinds.count(FINALIZE)

    def compare_end(self, objects):
        """Compare what takes long to ask for."""
        mirror, subject = self.mirror, self.subject
        equal("counts", mirror.counts(), subject.counts())
        equal("garbage list", mirror.garbage(), subject.garbage())
        for serial in objects:
            equal(f"referents of {serial}", mirror.referents(serial), subject.referents(serial))
            equal(f"referrers of {serial}", mirror.referrers(serial), subject.referrers(serial))
        for register, serial in mirror.registers().items():
            whole = ("read", register, 0, objects[serial][1])
            equal(f"payload of {serial}", mirror.do["read"](*whole[1:]), subject.do["read"](*whole[1:]))
            tracked, finalized = objects[serial][4] != UNTRACKED, objects[serial][5] & FINALIZED != 0
            equal(f"flags of {serial}", (tracked, finalized), subject.flags(register))
        equal("freeze count", [about[4] for about in objects.values()].count(PERMANENT), subject.frozen())
        for generation in range(4):
            expected = sorted(serial for serial, about in objects.items() if about[4] == generation)
            equal(f"members of generation {generation}", expected, subject.members(generation))


def what_differs(reason):
    return reason.args if isinstance(reason, Difference) else ("a call that always works", 0, reason)


def equal(what, expected, got):
    if expected != got:
        raise Difference(what, expected, got)


def equal_tables(what, expected, got):
    for key in expected.keys() | got.keys():
        equal(f"{what} {key}", expected.get(key), got.get(key))


class Test:
    """The cases and what they share."""

    def __init__(self, options):
        self.options = options
        self.library = Library(options.library)
        self.cases = self.failed = 0

    def differs(self, mix, seed, subject, seen, forget=0, quiet=False):
        run = Run(mix, seed, subject, forget)
        try:
            run.go(self.options.steps)
            return False
        except (Difference, OSError) as reason:
            if not quiet:
                self.report(mix, seed, run, *what_differs(reason))
            return True
        finally:
            seen.update(run.seen)
            subject.close()
            left = run.mirror.close()
            if left:
                raise RuntimeError(f"mirrored objects {left} were not freed")

    def report(self, mix, seed, run, what, expected, got):
        print(f"# {mix} {seed}: step {run.step}: {what}")
        print(f"#   CPython {expected}\n#   got     {got}")
        for i, operation in enumerate(run.last, run.step - len(run.last) + 1):
            print(f"#   step {i}: {' '.join(map(str, operation))}")
        print(f"#   again: tests/diff/run --mix {mix} --seed {seed} --runs 1 --steps {self.options.steps}")

    def case(self, name, ok):
        self.cases += 1
        self.failed += not ok
        print(f"{'ok' if ok else 'not ok'} {self.cases} - diff.{name}", flush=True)

    def heap(self, seed):
        """Every fourth program does without batches."""
        return (BatchedHeap if seed % 4 else Heap)(self.library)

    def mix(self, mix):
        """Stop after some differences: those that follow are seldom new."""
        began, bad, seen = time.monotonic(), 0, collections.Counter()
        for seed in range(self.options.seed, self.options.seed + self.options.runs):
            bad += self.differs(mix, seed, self.heap(seed), seen)
            if bad == MOST_REPORTS:
                break
        print(f"# {mix}: {time.monotonic() - began:.1f} s; {', '.join(f'{n} {what}' for what, n in sorted(seen.items()))}")
        self.case(mix, not bad and (self.options.runs < ENOUGH or all(seen[what] for what in HAPPENS[mix])))

    def order(self):
        """Programs are made so that finalizers lead to the same state in any order, in or after an operation."""
        runs = range(self.options.seed, self.options.seed + max(1, self.options.runs // 20))
        self.case("order", not sum(self.differs(mix, seed, Model(seed), collections.Counter()) for mix in MIXES for seed in runs))

    def planted(self):
        """A reference that CPython does not get must be missed."""
        seen = collections.Counter()
        self.case("planted", all(self.differs("plain", seed, Heap(self.library), seen, forget=20, quiet=True)
                                 for seed in range(1, 11)))


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mix", choices=MIXES, help="this mix of operations only")
    parser.add_argument("--runs", type=int, default=290, help="programs of each mix (%(default)s)")
    parser.add_argument("--steps", type=int, default=500, help="operations of each program (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the first program's number (%(default)s)")
    parser.add_argument("--library", default="libmheap.so.0", help="path of the library")
    return parser.parse_args()


def main():
    options = parse()
    sys.unraisablehook = fail_at_once
    hide_interpreter()
    test = Test(options)
    cases = [options.mix] if options.mix else list(MIXES)
    print(f"TAP version 13\n1..{len(cases) + (2 if not options.mix else 0)}\n# CPython {sys.version.split()[0]}")
    for mix in cases:
        test.mix(mix)
    if not options.mix:
        test.order()
        test.planted()
    return test.failed != 0


def fail_at_once(error):
    """Report a finalizer or a callback of the mirror that raises."""
    print(f"Bail out! {error.object}: {error.exc_value!r}")
    leave(2)


def leave(status):
    """Leave without shutting the interpreter down, since its objects were hidden from its collector."""
    sys.stdout.flush()
    os._exit(status)


try:
    leave(main())
except Exception:
    traceback.print_exc()
    leave(2)
