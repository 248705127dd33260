# SPDX-License-Identifier: GPL-2.0
"""Random programs: each operation is chosen for the heap as it is then. The same mix and seed make the same program.

An operation is a tuple: its name and its arguments. Registers name handles, numbers of their own name weak handles; a serial
number, counted from 1, names an object.

What several finalizers do in one operation must not depend on their order, nor on whether they do it inside the operation (as
in CPython) or after it (as in mheap). So each may change only what no other can change at that time:
  - slots of its own object, which no other finalizer changes, since it has no name then (see below);
  - a register of its own, -serial, for its object;
  - one slot of the object that a name is bound to: each name has its own slot number, at most one finalizer that has not run
    uses a name, and an object that has a name while an operation runs is not finalized in it.
New references are made to the finalizer's own object alone. So a count never becomes 0 in one order and not in another, and
each finalizer runs in every order or in none.
"""
import random

NAMES = ("n0", "n1", "n2", "n3")
MOST_OBJECTS, MOST_HANDLES, MOST_FRAMES = 13, 12, 5
SLOTS = (0, 1, 1, 2, 2, 2, 3, 4)
WIDE = 70                   # slots that an object of mheap holds elsewhere, and visits in more than one step
BYTES = (0, 0, 0, 1, 8, 24, 100)

PLAIN = dict(alloc=20, dup=3, drop=6, release=4, ring=3, get=5, set=24, clear=3, xchg=3, cas=4, same=1, open_id=2, resize=3,
             write=3, read=3, publish=2, lookup=1, unpublish=3, collect=5, wrong=2)
WEAK = dict(weak_new=10, weak_get=4, weak_drop=5)
FINALIZERS = dict(finalizer=12)
FRAMES = dict(frame_push=5, frame_pop=4, intern=7, freeze=1, unfreeze=1)
AUTOMATIC = dict(threshold=1, enable=1, alloc=30, ring=6, collect=1)
GARBAGE = dict(save_all=2, clear_garbage=2)
MIXES = {
    "plain": PLAIN,
    "weak": PLAIN | WEAK,
    "finalizers": PLAIN | WEAK | FINALIZERS,
    "frames": PLAIN | FRAMES,
    "garbage": PLAIN | WEAK | FINALIZERS | GARBAGE,
    "automatic": PLAIN | WEAK | FINALIZERS | AUTOMATIC,
    "everything": PLAIN | WEAK | FINALIZERS | FRAMES | GARBAGE | AUTOMATIC,
}
MAKES_HANDLE = {"alloc", "dup", "get", "xchg", "open_id", "lookup", "weak_get", "intern"}


class Program:
    def __init__(self, mix, seed, mirror):
        self.rnd = random.Random(f"{mix} {seed}")
        self.random = self.rnd.random
        self.bag = [name for name, weight in MIXES[mix].items() for _ in range(weight)]
        self.makers = {name: getattr(self, "make_" + name) for name in set(self.bag)}
        self.when_full = ("collect", "drop", "drop") + ("clear_garbage",) * ("clear_garbage" in self.makers)
        self.mirror = mirror
        self.automatic = "threshold" in MIXES[mix]
        # A wide frozen object that is resurrected stays frozen in mheap.
        self.slots = SLOTS if "freeze" in MIXES[mix] else 3 * SLOTS + (WIDE,)
        self.register = self.weak = 0
        self.held = []
        self.gone = []              # registers whose handles were dropped
        self.ahead = self.opening() # operations already decided on

    def opening(self):
        """Programs with automatic collection begin with a cycle, because mheap leaves heaps without any cycle alone."""
        if not self.automatic:
            return []
        return [("alloc", self.new(), 0, 1, 0), ("set", 1, 0, 1), self.make_threshold()]

    def next(self):
        if self.ahead:
            return self.ahead.pop(0)
        self.held = sorted(self.mirror.handles)
        while True:
            name = self.pick(self.bag)
            if name == "alloc" and len(self.mirror.peek) >= MOST_OBJECTS:
                name = self.pick(self.when_full)
            elif name in MAKES_HANDLE and len(self.held) >= MOST_HANDLES:
                name = "drop"
            operation = self.makers[name]()
            if operation:
                return operation

    # ---- choices ----

    def below(self, n):
        return int(self.random() * n)

    def pick(self, sequence):
        return sequence[int(self.random() * len(sequence))]

    def new(self):
        self.register += 1
        return self.register

    def any(self):
        return self.pick(self.held)

    def any_or_null(self):
        return self.any() if self.random() < 0.85 else 0

    def with_slots(self):
        """Choose a register and a slot of its object; None if there is none."""
        for _ in range(4):
            if self.held:
                register = self.any()
                slots = len(self.mirror.handles[register])
                if slots:
                    return register, self.below(slots)
        return None

    # ---- operations ----

    def make_alloc(self):
        return "alloc", self.new(), self.below(3), self.pick(self.slots), self.pick(BYTES)

    def make_dup(self):
        return self.held and ("dup", self.new(), self.any())

    def make_drop(self):
        register = self.held and self.any()
        if not register or self.automatic and register == 1:
            return None
        self.gone.append(register)
        return "drop", register

    def make_release(self):
        """Drop all handles of an object, one after the other."""
        handles = self.mirror.handles
        register = self.held and self.any()
        if not register or not self.may_change(register):
            return None
        same = [other for other in self.held if handles[other] is handles[register]]
        self.gone += same
        self.ahead = [("drop", other) for other in same]
        return self.ahead.pop(0)

    def make_ring(self):
        """Link up to three objects to a ring and drop all their handles."""
        places = [place for place in (self.with_slots() for _ in range(1 + self.below(3))) if place]
        if not places or not all(self.may_change(register) for register, _ in places):
            return None
        handles, ring = self.mirror.handles, [register for register, _ in places]
        nodes = [handles[register] for register in ring]
        dropped = [other for other in self.held if any(handles[other] is node for node in nodes)]
        self.gone += dropped
        self.ahead = [("set", *place, after) for place, after in zip(places, ring[1:] + ring[:1])]
        self.ahead += [("drop", register) for register in dropped]
        return self.ahead.pop(0)

    def make_get(self):
        place = self.with_slots()
        return place and ("get", self.new(), *place)

    def make_set(self):
        place = self.with_slots()
        return place and self.may_change(place[0]) and ("set", *place, self.any_or_null())

    def may_change(self, register):
        """Leave the object alone that keeps automatic collections going."""
        return not self.automatic or self.mirror.handles[register] is not self.mirror.handles.get(1)

    def make_clear(self):
        place = self.with_slots()
        return place and self.may_change(place[0]) and ("set", *place, 0)

    def make_xchg(self):
        place = self.with_slots()
        return place and self.may_change(place[0]) and ("xchg", self.new(), *place, self.any_or_null())

    def make_cas(self):
        """Half of them expect what the slot holds."""
        place = self.with_slots()
        if not place or not self.may_change(place[0]):
            return None
        expected, there = self.any_or_null(), self.mirror.handles[place[0]][place[1]]
        if self.random() < 0.5:
            same = [r for r in self.held if self.mirror.handles[r] is there]
            expected = self.pick(same) if same else 0
        return "cas", *place, expected, self.any_or_null()

    def make_same(self):
        return self.held and ("same", self.any(), self.any())

    def make_open_id(self):
        return self.mirror.born and ("open_id", self.new(), 1 + self.below(self.mirror.born))

    def make_resize(self):
        register = self.held and self.any()
        if not register or not self.may_change(register):
            return None
        return "resize", register, self.pick(self.slots), self.pick(BYTES)

    def make_write(self):
        """Only one thing may be wrong at a time, so interned objects are not written beyond their end."""
        register = self.held and self.any()
        if register and self.mirror.handles[register].interned:
            return "write", register, 0, b"x"
        return register and ("write", *self.part(register, bytes([self.below(256)])))

    def make_read(self):
        return self.held and ("read", *self.part(self.any(), 1))

    def part(self, register, unit):
        """Choose a range of an object's payload: in half of the cases all of it, otherwise one that may reach beyond its end."""
        if self.random() < 0.5:
            return register, 0, len(self.mirror.handles[register].data) * unit
        return register, self.below(20), self.below(9) * unit

    def make_publish(self):
        register = self.held and self.any()
        return register and self.may_change(register) and ("publish", self.pick(NAMES), register)

    def make_lookup(self):
        return "lookup", self.new(), self.pick(NAMES)

    def make_unpublish(self):
        return "unpublish", self.pick(NAMES)

    def make_weak_new(self):
        if not self.held or len(self.mirror.weaks) > 12:
            return None
        self.weak += 1
        return "weak_new", self.weak, self.any()

    def make_weak_get(self):
        return self.weak and ("weak_get", self.new(), 1 + self.below(self.weak))

    def make_weak_drop(self):
        weaks = list(self.mirror.weaks)
        return weaks and ("weak_drop", self.pick(weaks) if self.random() < 0.9 else 1 + self.below(self.weak))

    def make_finalizer(self):
        if not self.held:
            return None
        register, kind = self.any(), self.pick(("nothing", "keep", "null", "clear", "store"))
        if kind == "null":
            return "finalizer", register, kind, self.below(3)
        if kind != "store":
            return "finalizer", register, kind
        used = {action[1] for action in self.mirror.actions.values() if action[0] == "store"}
        free = [name for name in NAMES if name not in used]
        if not free:
            return None
        name = self.pick(free)
        return "finalizer", register, kind, name, NAMES.index(name)

    def make_frame_push(self):
        return ("frame_push",) if len(self.mirror.frames) < MOST_FRAMES else None

    def make_frame_pop(self):
        """Never drop the object of register 1."""
        keep = self.any() if self.held and self.random() < 0.5 else 0
        if self.automatic and len(self.mirror.frames) > 1 and 1 in self.mirror.frames[-1]:
            keep = 1
        return "frame_pop", keep

    def make_intern(self):
        return "intern", self.new(), self.below(2), bytes([self.below(3)] * (1 + self.below(2)))

    def make_collect(self):
        return "collect", self.below(3)

    def make_freeze(self):
        return ("freeze",)

    def make_unfreeze(self):
        return ("unfreeze",)

    def make_save_all(self):
        return "save_all", self.below(2)

    def make_clear_garbage(self):
        return ("clear_garbage",)

    def make_threshold(self):
        return "threshold", self.pick((0, 1, 1, 2, 2, 3, 4, 6)), self.below(3), self.below(3)

    def make_enable(self):
        return "enable", int(self.random() < 0.9)

    def make_wrong(self):
        """Use a dropped handle, or a slot or payload beyond the end."""
        if self.gone and self.random() < 0.5:
            stale, kind = self.pick(self.gone), self.below(4)
            return [("dup", self.new(), stale), ("drop", stale), ("get", self.new(), stale, 0), ("publish", "n0", stale)][kind]
        if not self.held:
            return None
        register = self.any()
        return ("set", register, len(self.mirror.handles[register]), 0) if self.random() < 0.5 else ("read", register, 90, 20)
