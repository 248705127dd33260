# SPDX-License-Identifier: GPL-2.0
"""The heap under test, with operations as ops of batches.

An operation after which no event is expected goes into the batch that looks at the heap afterwards, and the handle it makes is
used in the same batch.
"""
from heap import EVENTS, Heap
from program import MAKES_HANDLE


class BatchedHeap(Heap):
    def __init__(self, library):
        super().__init__(library)
        self.add = {name[4:]: getattr(self, name) for name in dir(self) if name.startswith("add_")}
        self.finish = {"read": self.finish_read, "weak_new": self.finish_weak_new, "finalizer": self.finish_finalizer}

    def step(self, operation, registers, alive, quiet):
        if not quiet or operation[0] not in self.add:
            return super().step(operation, registers, alive, quiet)
        result = self.do_in_batch(operation, registers, alive)
        self.read_info()        # leaves alone what look() reads
        if not self.info[EVENTS]:
            return result, [], *self.understand(registers)
        return result, self.read_events(), *self.look(registers, alive)

    def do_in_batch(self, operation, registers, alive):
        name, *arguments = operation
        self.lib.batch_reset(self.batch)
        self.add[name](*arguments)
        self.add_look(registers, alive)
        self.lib.batch_submit(self.batch)
        result = self.lib.batch_result(self.batch, 0)
        if result:
            return result
        if name in MAKES_HANDLE:
            return int(self.lib.batch_ref(self.batch, 0) != 0)
        return self.finish[name](*arguments) if name in self.finish else 0

    def finish_read(self, _a, _offset, length):
        return self.data.raw[:length]

    def finish_weak_new(self, weak, _a):
        self.weaks[weak] = self.out[0]
        return 1

    def finish_finalizer(self, a, *action):
        self.actions[self.known[a]] = action
        return 0

    # ---- ops of a batch ----

    def put(self, register, ref):
        self.refs[register] = ref

    def add_alloc(self, register, kind, nslots, nbytes):
        self.put(register, self.lib.batch_alloc(self.batch, self.types[kind], nslots, nbytes, 0))

    def add_dup(self, register, a):
        self.put(register, self.lib.batch_dup(self.batch, self.refs[a]))

    def add_drop(self, a):
        self.lib.batch_drop(self.batch, self.refs[a])

    def add_get(self, register, a, slot):
        self.put(register, self.lib.batch_get(self.batch, self.refs[a], slot))

    def add_set(self, a, slot, b):
        self.lib.batch_set(self.batch, self.refs[a], slot, self.refs[b])

    def add_xchg(self, register, a, slot, b):
        self.put(register, self.lib.batch_xchg(self.batch, self.refs[a], slot, self.refs[b]))

    def add_cas(self, a, slot, expected, b):
        self.lib.batch_cas(self.batch, self.refs[a], slot, self.refs[expected], self.refs[b])

    def add_same(self, a, b):
        self.lib.batch_same(self.batch, self.refs[a], self.refs[b])

    def add_open_id(self, register, serial):
        self.put(register, self.lib.batch_open_id(self.batch, self.ids[serial]))

    def add_resize(self, a, nslots, nbytes):
        self.lib.batch_resize(self.batch, self.refs[a], nslots, nbytes)

    def add_write(self, a, offset, data):
        self.lib.batch_write(self.batch, self.refs[a], offset, data, len(data))

    def add_read(self, a, offset, length):
        self.lib.batch_read(self.batch, self.refs[a], offset, self.at_data, length)

    def add_publish(self, name, a):
        self.lib.batch_publish(self.batch, self.names[name], self.refs[a])

    def add_lookup(self, register, name):
        self.put(register, self.lib.batch_lookup(self.batch, self.names[name]))

    def add_unpublish(self, name):
        self.lib.batch_unpublish(self.batch, self.names[name])

    def add_frame_push(self):
        self.lib.batch_frame_push(self.batch)

    def add_frame_pop(self, keep):
        self.lib.batch_frame_pop(self.batch, self.refs[keep])

    def add_intern(self, register, kind, content):
        self.put(register, self.lib.batch_intern(self.batch, self.types[kind], content, len(content)))

    def add_weak_new(self, weak, a):
        self.lib.batch_weak_new(self.batch, self.refs[a], weak, self.at_out)

    def add_finalizer(self, a, *_action):
        self.lib.batch_set_finalizer(self.batch, self.refs[a], self.known.get(a, 0))

    def add_weak_get(self, register, weak):
        self.put(register, self.lib.batch_weak_get(self.batch, self.weaks[weak]))

    def add_weak_drop(self, weak):
        self.lib.batch_weak_drop(self.batch, self.weaks[weak])

    def close(self):
        super().close()
        self.add = self.finish = None
