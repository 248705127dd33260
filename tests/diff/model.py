# SPDX-License-Identifier: GPL-2.0
"""A heap as plain tables, done naively: counts are computed anew each time, and the dead are searched for.

It takes the place of mheap where there is no module, and finalizers run in random order, inside operations or after them: so
it also shows that no program depends on that.
"""
import random
from errno import EBADF, EEXIST, EINVAL, ENOENT, EPERM, ERANGE

from mirror import FINALIZE, FINALIZED, GC_START, GC_STOP, INTERNED, PERMANENT, UNTRACKED, WEAK, totals_of


class Object:
    def __init__(self, kind, nslots, data, interned):
        self.type, self.slots, self.data, self.interned = kind, [0] * nslots, data, interned
        self.generation = 0 if nslots else UNTRACKED
        self.action, self.finalized = None, False


class Model:
    def __init__(self, seed):
        self.rnd = random.Random(seed)
        self.heap, self.handles, self.names, self.weaks, self.frames = {}, {}, {}, {}, [[]]
        self.saved, self.save_all = [], 0
        self.unread = []            # objects whose finalizers are to run
        self.events, self.born = [], 0
        self.enabled, self.threshold, self.count = 1, (0, 0, 0), [0, 0, 0]
        self.pending = self.total = 0
        self.do = {name[3:]: getattr(self, name) for name in dir(self) if name.startswith("do_")}

    def step(self, operation, *_expected):
        result = self.do[operation[0]](*operation[1:])
        self.reap()
        events, self.events = self.events, []
        return result, events, *self.look()

    # ---- death ----

    def references(self):
        counts = dict.fromkeys(self.heap, 0)
        for serial in self.unread:
            counts[serial] += 1
        for table in self.saved, self.handles.values(), self.names.values(), *(o.slots for o in self.heap.values()):
            for serial in table:
                if serial:
                    counts[serial] += 1
        return counts

    def reap(self):
        """Go on until no object has a count of 0 and all due finalizers have run."""
        while True:
            zero = [serial for serial, count in self.references().items() if not count]
            if self.unread and (not zero or self.rnd.random() < 0.5):
                serial = self.rnd.choice(self.unread)
                self.act(serial)
                self.unread.remove(serial)
            elif zero:
                self.let_die(self.rnd.choice(zero))
            else:
                return

    def let_die(self, serial):
        o = self.heap[serial]
        if o.action:
            self.unread.append(serial)
            if o.slots:
                o.generation = 0
            return
        self.clear_weak(serial)
        self.forget(serial)

    def forget(self, serial):
        if self.heap.pop(serial).slots:
            self.count[0] -= self.count[0] > 0

    def clear_weak(self, serial):
        for weak, target in self.weaks.items():
            if target == serial:
                self.weaks[weak] = 0
                self.events.append((WEAK, weak))

    def act(self, serial):
        o = self.heap[serial]
        action, o.action, o.finalized = o.action, None, True
        self.events.append((FINALIZE, serial))
        if action[0] == "keep":
            self.hold(-serial, serial)
        elif action[0] == "null" and action[1] < len(o.slots):
            o.slots[action[1]] = 0
        elif action[0] == "clear":
            o.slots[:] = [0] * len(o.slots)
        elif action[0] == "store":
            target = self.names.get(action[1])
            if target and action[2] < len(self.heap[target].slots):
                self.heap[target].slots[action[2]] = serial

    # ---- collection ----

    def unreachable(self, members):
        counts = self.references()
        for serial in members:
            for target in self.heap[serial].slots:
                if target in members:
                    counts[target] -= 1
        todo = [serial for serial in members if counts[serial]]
        reached = set(todo)
        while todo:
            for target in self.heap[todo.pop()].slots:
                if target in members and target not in reached:
                    reached.add(target)
                    todo.append(target)
        return members - reached

    def do_collect(self, generation):
        members = {serial for serial, o in self.heap.items() if 0 <= o.generation <= generation}
        self.count[:generation + 1] = [0] * (generation + 1)
        if generation < 2:
            self.count[generation + 1] += 1
        self.events.append((GC_START, generation, 0))
        for serial in members:
            self.heap[serial].generation = min(generation + 1, 2)
        condemned = self.unreachable(members)
        for serial in condemned:
            self.clear_weak(serial)
        self.finalize(condemned)
        for serial in self.unreachable(condemned & set(self.heap)):
            if self.save_all:
                self.saved.append(serial)
            else:
                self.forget(serial)
        if generation == 2:
            self.total, self.pending = len(members) - len(condemned), 0
        elif generation == 1:
            self.pending += len(members) - len(condemned)
        self.reap()
        self.events.append((GC_STOP, generation, len(condemned)))
        return len(condemned)

    def finalize(self, condemned):
        self.unread += [serial for serial in condemned if self.heap[serial].action]
        if self.unread:
            self.reap()

    def birth(self):
        self.count[0] += 1
        if not self.enabled or not self.threshold[0] or self.count[0] <= self.threshold[0]:
            return
        if self.count[2] > self.threshold[2] and self.pending >= self.total // 4:
            self.do_collect(2)
        else:
            self.do_collect(int(self.count[1] > self.threshold[1]))

    # ---- operations ----

    def make(self, register, *parts):
        self.born += 1
        self.heap[self.born] = Object(*parts)
        self.hold(register, self.born)
        return 1

    def hold(self, register, serial):
        if serial:
            self.handles[register] = serial
            self.frames[-1].append(register)
        return int(serial != 0)

    def wrong(self, slot, a, *others):
        if a not in self.handles or any(b and b not in self.handles for b in others):
            return -EBADF
        return 0 if slot < len(self.at(a).slots) else -EINVAL

    def at(self, register):
        return self.heap[self.handles[register]]

    def do_alloc(self, register, kind, nslots, nbytes):
        if nslots:
            self.birth()
        return self.make(register, kind, nslots, bytearray(nbytes), False)

    def do_dup(self, register, a):
        return self.hold(register, self.handles[a]) if a in self.handles else -EBADF

    def do_drop(self, a):
        if a not in self.handles:
            return -EBADF
        del self.handles[a]
        self.frames = [[register for register in frame if register != a] for frame in self.frames]
        return 0

    def do_get(self, register, a, slot):
        return self.wrong(slot, a) or self.hold(register, self.at(a).slots[slot])

    def do_set(self, a, slot, b):
        err = self.wrong(slot, a, b)
        if not err:
            self.at(a).slots[slot] = self.handles.get(b, 0)
        return err

    def do_xchg(self, register, a, slot, b):
        err = self.wrong(slot, a, b)
        if err:
            return err
        old = self.at(a).slots[slot]
        self.do_set(a, slot, b)
        return self.hold(register, old)

    def do_cas(self, a, slot, expected, b):
        err = self.wrong(slot, a, expected, b)
        if err or self.at(a).slots[slot] != self.handles.get(expected, 0):
            return err
        self.do_set(a, slot, b)
        return 1

    def do_same(self, a, b):
        if a not in self.handles or b not in self.handles:
            return -EBADF
        return int(self.handles[a] == self.handles[b])

    def do_open_id(self, register, serial):
        return self.hold(register, serial) if serial in self.heap else -ENOENT

    def do_resize(self, a, nslots, nbytes):
        if a not in self.handles:
            return -EBADF
        o = self.at(a)
        if o.interned:
            return -EPERM
        before, o.slots = o.slots, (o.slots + [0] * nslots)[:nslots]
        o.data = (o.data + bytes(nbytes))[:nbytes]
        if before and not nslots:
            o.generation = UNTRACKED
            self.count[0] -= self.count[0] > 0
        elif nslots and not before:
            o.generation = 0
            self.birth()
        return 0

    def payload(self, a, offset, length, writing):
        if a not in self.handles:
            return -EBADF
        if writing and self.at(a).interned:
            return -EPERM
        return -ERANGE if offset + length > len(self.at(a).data) else 0

    def do_write(self, a, offset, data):
        err = self.payload(a, offset, len(data), True)
        if not err:
            self.at(a).data[offset:offset + len(data)] = data
        return err

    def do_read(self, a, offset, length):
        return self.payload(a, offset, length, False) or bytes(self.at(a).data[offset:offset + length])

    def do_publish(self, name, a):
        if a not in self.handles:
            return -EBADF
        if name in self.names:
            return -EEXIST
        self.names[name] = self.handles[a]
        return 0

    def do_lookup(self, register, name):
        return self.hold(register, self.names[name]) if name in self.names else -ENOENT

    def do_unpublish(self, name):
        return 0 if self.names.pop(name, 0) else -ENOENT

    def do_weak_new(self, weak, a):
        if a not in self.handles:
            return -EBADF
        self.weaks[weak] = self.handles[a]
        return 1

    def do_weak_get(self, register, weak):
        return self.hold(register, self.weaks[weak]) if weak in self.weaks else -ENOENT

    def do_weak_drop(self, weak):
        return -ENOENT if self.weaks.pop(weak, None) is None else 0

    def do_finalizer(self, a, *action):
        if a not in self.handles:
            return -EBADF
        if self.at(a).finalized:
            return -EEXIST
        self.at(a).action = action
        return 0

    def do_frame_push(self):
        self.frames.append([])
        return 0

    def do_frame_pop(self, keep):
        if keep and keep not in self.handles:
            return -EBADF
        if len(self.frames) == 1:
            return -EINVAL
        for register in self.frames.pop():
            if register == keep:
                self.frames[-1].append(keep)
            else:
                del self.handles[register]
        return 0

    def do_intern(self, register, kind, content):
        for serial, o in self.heap.items():
            if o.interned and (o.type, o.data) == (kind, content):
                return self.hold(register, serial)
        return self.make(register, kind, 0, bytearray(content), True)

    def move(self, origins, to):
        for o in self.heap.values():
            if o.generation in origins:
                o.generation = to
        return 0

    def do_freeze(self):
        self.count = [0, 0, 0]
        return self.move((0, 1, 2), PERMANENT)

    def do_unfreeze(self):
        return self.move((PERMANENT,), 2)

    def do_save_all(self, wanted):
        self.save_all = wanted
        return 0

    def do_clear_garbage(self):
        self.saved = []
        return 0

    def do_threshold(self, *threshold):
        self.threshold = threshold
        return 0

    def do_enable(self, enabled):
        self.enabled = enabled
        return 0

    # ---- what can be seen ----

    def look(self):
        counts = self.references()
        return {serial: (counts[serial], len(o.data), len(o.slots), o.type, o.generation,
                         FINALIZED * o.finalized + INTERNED * o.interned)
                for serial, o in self.heap.items()}, dict(self.handles)

    def totals(self):
        return totals_of(self.look()[0], self.handles, self.weaks, self.frames, self.saved)

    def counts(self):
        return tuple(self.count)

    def garbage(self):
        return sorted(self.saved)

    def referents(self, serial):
        return [target for target in self.heap[serial].slots if target]

    def referrers(self, serial):
        return sorted(source for source, o in self.heap.items() if serial in o.slots)

    def flags(self, register):
        return self.at(register).generation != UNTRACKED, self.at(register).finalized

    def frozen(self):
        return len(self.members(PERMANENT))

    def members(self, generation):
        return sorted(serial for serial, o in self.heap.items() if o.generation == generation)

    def close(self):
        pass
