# SPDX-License-Identifier: GPL-2.0
"""A heap made of Python objects: CPython itself says what each operation should do.

An object is an instance of a list subclass: one thing to CPython's collector, whose items are the slots. Handles and names are
dictionary entries. One without slots is untracked by hand, as CPython does with tuples of plain values. What is seen of an
object does not keep it alive: its serial number stands for it, a private weak reference leads to it, and an integer that only
it refers to says when it is gone.

A collection is CPython's own; when an automatic one is due is worked out here, since CPython also counts what this program
itself allocates (tests/kunit/gen_trigger.py compares that part).
"""
import ctypes
import gc
import sys
import weakref
from errno import EBADF, EEXIST, EINVAL, ENOENT, EPERM, ERANGE

FINALIZE, WEAK, GC_START, GC_STOP = 1, 2, 4, 8
PERMANENT, UNTRACKED = 3, -1
FINALIZED, INTERNED = 2, 4

track = ctypes.pythonapi.PyObject_GC_Track
untrack = ctypes.pythonapi.PyObject_GC_UnTrack
for function in track, untrack:
    function.argtypes, function.restype = [ctypes.py_object], None


def hide_interpreter():
    """Hide existing objects from the collector, so that freezing and thawing concern mirrored objects only."""
    gc.disable()
    gc.collect()
    for thing in gc.get_objects():
        untrack(thing)


def totals_of(objects, handles, weaks, frames, garbage):
    """Computes what mheap_info() should return for a heap at rest."""
    _, nbytes, nslots, _, generations, _ = zip(*objects.values()) if objects else [()] * 6
    return {"objects": len(objects), "tracked": len(objects) - generations.count(UNTRACKED), "bytes": sum(nbytes),
            "handles": len(handles), "slots": sum(nslots), "frozen": generations.count(PERMANENT), "quarantined": 0,
            "garbage": len(garbage), "weaks": len(weaks), "frames": len(frames) - 1, "events": 0}


class Node(list):
    __slots__ = ("__weakref__", "serial", "token", "type", "data", "interned")


class Finalized(Node):
    """What a Node becomes when it gets a finalizer."""
    __slots__ = ()
    mirror = None

    def __del__(self):
        Finalized.mirror.finalize(self)


class Token(int):
    """Dies with the node. It is untracked, because the collector would otherwise finalize it with a node that is resurrected."""
    __slots__ = ()
    deaths = []

    def __del__(self):
        Token.deaths.append(int(self))


class WeakHandle(weakref.ref):
    __slots__ = ("cookie", "serial")


class Probe:
    """Garbage that every collection finds; its weak reference is cleared together with those of all condemned objects."""
    __slots__ = ("me", "__weakref__")


class Mirror:
    def __init__(self, forget=0):
        self.handles, self.names, self.weaks, self.frames = {}, {}, {}, [[]]
        self.peek = {}              # serial -> private weak reference, of all that live
        self.tracked = set()
        self.actions = {}           # serial -> what the finalizer is to do
        self.interns = {}           # (type, content) -> serial
        self.events = []
        self.at_clearing = self.cleared
        self.condemned = frozenset()
        self.ran = []               # serials of finalizers run by this operation
        self.address = {}
        self.waiting, self.hold_on = set(), []
        self.born = 0
        self.enabled, self.threshold = 1, (0, 0, 0)
        self.count0 = self.pending = self.total = 0
        self.forget = forget        # a planted mistake: this store is left out
        Finalized.mirror = self
        Token.deaths.clear()
        self.do = {name[3:]: getattr(self, name) for name in dir(self) if name.startswith("do_")}

    # ---- what happens to objects ----

    def make(self, register, kind, nslots, data, interned):
        node = Node()
        for _ in range(nslots):
            node.append(None)
        self.born += 1
        node.serial = self.born
        node.token = Token(self.born)
        untrack(node.token)
        node.type, node.data, node.interned = kind, data, interned
        if not nslots:
            untrack(node)
        self.look_at(node)
        self.address[self.born] = id(node)
        self.hold(register, node)
        return node.serial

    def look_at(self, node):
        """Returns the private weak reference, which is untracked because short lists are quick."""
        self.peek[node.serial] = peek = weakref.ref(node)
        untrack(peek)

    def hold(self, register, node):
        self.handles[register] = node
        self.frames[-1].append(register)

    def finalize(self, node):
        action = self.actions.pop(node.serial, None)
        self.events.append((FINALIZE, node.serial))
        self.ran.append(node.serial)
        getattr(self, "act_" + action[0])(node, *action[1:])
        self.waiting.discard(node.serial)
        if not self.waiting:
            self.hold_on.clear()

    def act_nothing(self, node):
        pass

    def act_keep(self, node):
        self.hold(-node.serial, node)

    def act_null(self, node, slot):
        if slot < len(node):
            node[slot] = None

    def act_clear(self, node):
        for slot in range(len(node)):
            node[slot] = None

    def act_store(self, node, name, slot):
        target = self.names.get(name)
        if target is not None and slot < len(target):
            target[slot] = node

    def cleared(self, weak):
        self.events.append((WEAK, weak.cookie))

    # ---- operations: 0, a positive value or a negative errno ----

    def do_alloc(self, register, kind, nslots, nbytes):
        if nslots:
            self.count0 += 1
            self.collect_if_due()
        serial = self.make(register, kind, nslots, bytearray(nbytes), False)
        if nslots:
            self.tracked.add(serial)
        return 1

    def do_dup(self, register, a):
        return self.bind(register, self.handles.get(a, EBADF))

    def bind(self, register, node):
        """Make a handle of what was found; an errno means nothing was found, None means null."""
        if isinstance(node, int):
            return -node
        if node is None:
            return 0
        self.hold(register, node)
        return 1

    def do_drop(self, a):
        if a not in self.handles:
            return -EBADF
        for frame in self.frames:
            if a in frame:
                frame.remove(a)
        del self.handles[a]
        return 0

    def wrong(self, a, slot, *values):
        if a not in self.handles or any(v and v not in self.handles for v in values):
            return -EBADF
        return 0 if slot < len(self.handles[a]) else -EINVAL

    def do_get(self, register, a, slot):
        return self.wrong(a, slot) or self.bind(register, self.handles[a][slot])

    def put(self, a, slot, b):
        value = self.handles[b] if b else None
        if b and self.handles[a][slot] is not value:
            self.forget -= 1
            if self.forget == 0:
                return
        self.handles[a][slot] = value

    def do_set(self, a, slot, b):
        err = self.wrong(a, slot, b)
        if not err:
            self.put(a, slot, b)
        return err

    def do_xchg(self, register, a, slot, b):
        err = self.wrong(a, slot, b)
        if err:
            return err
        old = self.handles[a][slot]
        self.put(a, slot, b)
        return self.bind(register, old)

    def do_cas(self, a, slot, expected, b):
        err = self.wrong(a, slot, expected, b)
        if err:
            return err
        if self.handles[a][slot] is not (self.handles[expected] if expected else None):
            return 0
        self.put(a, slot, b)
        return 1

    def do_same(self, a, b):
        if a not in self.handles or b not in self.handles:
            return -EBADF
        return int(self.handles[a] is self.handles[b])

    def do_open_id(self, register, serial):
        return self.bind(register, self.find(serial))

    def find(self, serial):
        node = self.peek[serial]() if serial in self.peek else None
        return ENOENT if node is None else node

    def do_resize(self, a, nslots, nbytes):
        node = self.handles.get(a)
        if node is None:
            return -EBADF
        if node.interned:
            return -EPERM
        grow = nslots - len(node)
        before = bool(len(node))
        if before and not nslots:
            untrack(node)
            self.tracked.discard(node.serial)
            self.count0 -= self.count0 > 0
        node.data[nbytes:] = bytes(max(0, nbytes - len(node.data)))
        del node[nslots:]
        for _ in range(grow):
            node.append(None)
        if nslots and not before:
            track(node)
            self.tracked.add(node.serial)
            self.count0 += 1
            self.collect_if_due()
        return 0

    def do_write(self, a, offset, data):
        node = self.handles.get(a)
        if node is None:
            return -EBADF
        if node.interned:
            return -EPERM
        if offset + len(data) > len(node.data):
            return -ERANGE
        node.data[offset:offset + len(data)] = data
        return 0

    def do_read(self, a, offset, length):
        node = self.handles.get(a)
        if node is None:
            return -EBADF
        if offset + length > len(node.data):
            return -ERANGE
        return bytes(node.data[offset:offset + length])

    def do_publish(self, name, a):
        if a not in self.handles:
            return -EBADF
        if name in self.names:
            return -EEXIST
        self.names[name] = self.handles[a]
        return 0

    def do_lookup(self, register, name):
        return self.bind(register, self.names.get(name, ENOENT))

    def do_unpublish(self, name):
        if name not in self.names:
            return -ENOENT
        del self.names[name]
        return 0

    def do_weak_new(self, weak, a):
        if a not in self.handles:
            return -EBADF
        handle = WeakHandle(self.handles[a], self.at_clearing)
        handle.cookie, handle.serial = weak, self.handles[a].serial
        self.weaks[weak] = handle
        return 1

    def do_weak_get(self, register, weak):
        return self.bind(register, self.weaks[weak]() if weak in self.weaks else ENOENT)

    def do_weak_drop(self, weak):
        if weak not in self.weaks:
            return -ENOENT
        del self.weaks[weak]
        return 0

    def do_finalizer(self, a, *action):
        node = self.handles.get(a)
        if node is None:
            return -EBADF
        if gc.is_finalized(node):
            return -EEXIST
        node.__class__ = Finalized
        self.actions[node.serial] = action
        return 0

    def do_frame_push(self):
        self.frames.append([])
        return 0

    def do_frame_pop(self, keep):
        if keep and keep not in self.handles:
            return -EBADF
        if len(self.frames) == 1:
            return -EINVAL
        popped = self.frames.pop()
        if keep in popped:
            popped.remove(keep)
            self.frames[-1].append(keep)
        dropped = [self.handles.pop(register) for register in popped]
        dropped.clear()
        return 0

    def do_intern(self, register, kind, content):
        node = self.find(self.interns.get((kind, content), 0))
        if node is not ENOENT:
            return self.bind(register, node)
        self.interns[kind, content] = self.make(register, kind, 0, bytearray(content), True)
        return 1

    def do_freeze(self):
        gc.freeze()
        self.count0 = 0
        return 0

    def do_unfreeze(self):
        gc.unfreeze()
        return 0

    # ---- collections ----

    def do_threshold(self, *threshold):
        self.threshold = threshold
        return 0

    def do_enable(self, enabled):
        self.enabled = enabled
        return 0

    def collect_if_due(self):
        """Apply the rule of CPython 3.11 to the objects of the mirror alone."""
        if not self.enabled or not self.threshold[0] or self.count0 <= self.threshold[0]:
            return
        _, count1, count2 = gc.get_count()
        if count2 > self.threshold[2] and self.pending >= self.total // 4:
            self.do_collect(2)
        else:
            self.do_collect(int(count1 > self.threshold[1]))

    def members(self, oldest):
        return [thing.serial for generation in range(oldest + 1) for thing in gc.get_objects(generation=generation)
                if isinstance(thing, Node)]

    def do_collect(self, generation):
        members = self.members(generation)
        self.events.append((GC_START, generation, 0))
        self.count0 = 0
        probe = Probe()
        probe.me = probe
        seen = weakref.ref(probe, lambda _: self.look(members))
        probe = None
        gc.collect(generation)
        assert seen() is None
        found = len(self.condemned)
        if generation == 2:
            self.total, self.pending = len(members) - found, 0
        elif generation == 1:
            self.pending += len(members) - found
        if gc.garbage:
            self.leave_out_probes()
        self.events.append((GC_STOP, generation, found))
        return found

    def leave_out_probes(self):
        for thing in gc.garbage:
            if not isinstance(thing, Node):
                thing.me = None
        thing = None
        gc.garbage[:] = [thing for thing in gc.garbage if isinstance(thing, Node)]

    def do_save_all(self, wanted):
        gc.set_debug(gc.DEBUG_SAVEALL if wanted else 0)
        return 0

    def do_clear_garbage(self):
        gc.garbage.clear()
        return 0

    def look(self, members):
        """No finalizer has run yet. Hold the objects that wait for theirs, as mheap's events do, so that none dies before."""
        self.condemned = frozenset(serial for serial in members if self.peek[serial]() is None)
        self.waiting = {serial for serial in self.condemned if serial in self.actions}
        self.hold_on += [ctypes.cast(self.address[serial], ctypes.py_object).value for serial in self.waiting]

    # ---- what can be seen ----

    def settle(self):
        """After an operation, note which objects died, and find those that were resurrected."""
        for serial in Token.deaths:
            del self.peek[serial]
            if serial in self.tracked:
                self.tracked.remove(serial)
                self.count0 -= self.count0 > 0
        Token.deaths.clear()
        if self.condemned:
            for thing in gc.get_objects():
                if isinstance(thing, Node) and self.peek[thing.serial]() is None:
                    self.look_at(thing)
        for serial in self.ran:
            if serial in self.peek and serial not in self.tracked:
                untrack(self.peek[serial]())

    def take_events(self):
        """Returns the events of the operation, and which of its objects were condemned."""
        events, condemned = self.events, self.condemned
        self.events, self.condemned = [], frozenset()
        self.ran.clear()
        return events, condemned

    def objects(self):
        """serial -> (count, bytes, slots, type, generation, flags) of all that live.

        Our own references do not count: a variable, two arguments, a list.
        """
        found, count = {}, sys.getrefcount
        for generation in range(3):
            for node in gc.get_objects(generation=generation):
                if isinstance(node, Node):
                    found[node.serial] = self.about(node, count(node) - 4, generation)
        for serial in self.peek.keys() - found.keys():
            node = self.peek[serial]()
            found[serial] = self.about(node, count(node) - 3, PERMANENT if gc.is_tracked(node) else UNTRACKED)
        return found

    def about(self, node, count, generation):
        return (count, len(node.data), len(node), node.type, generation,
                FINALIZED * gc.is_finalized(node) + INTERNED * node.interned)

    def start(self):
        """Call this when everything is set up: existing objects are frozen so as not to be in the way."""
        gc.collect()
        gc.freeze()

    def totals(self, objects):
        return totals_of(objects, self.handles, self.weaks, self.frames, gc.garbage)

    def garbage(self):
        return sorted(node.serial for node in gc.garbage)

    def registers(self):
        """register -> serial of its object"""
        return {register: node.serial for register, node in self.handles.items()}

    def referents(self, serial):
        return [node.serial for node in self.peek[serial]() if node is not None]

    def referrers(self, serial):
        return sorted(source for source in self.peek if serial in self.referents(source))

    def counts(self):
        return (self.count0,) + gc.get_count()[1:]

    def close(self):
        """Drop everything; returns the serials of objects that stay alive."""
        self.actions = dict.fromkeys(self.actions, ("nothing",))
        self.weaks.clear()
        self.handles.clear()
        self.names.clear()
        gc.set_debug(0)
        gc.garbage.clear()
        gc.unfreeze()
        gc.collect()
        self.settle()
        left = set(self.peek)
        self.take_events()
        self.do = self.at_clearing = None
        return left
