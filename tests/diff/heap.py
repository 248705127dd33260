# SPDX-License-Identifier: GPL-2.0
"""The heap under test: operations of a program done by libmheap, and what the library tells about the heap then.

Events are read after each operation. A finalizer acts when its event is read, and answers by dropping the event's handle.
"""
import ctypes
import struct
from ctypes import c_char_p, c_int, c_int64, c_size_t, c_uint, c_uint32, c_uint64, c_void_p

from mirror import FINALIZE, GC_START, GC_STOP, WEAK
from program import MAKES_HANDLE, NAMES

ALL_EVENTS = FINALIZE | WEAK | GC_START | GC_STOP
STAT = struct.Struct("<QQQIIiI")
INFO = struct.Struct("<15Q")
EVENT = struct.Struct("<IIQQQQQQ")
EVENTS = 14                 # where the number of unread events is in INFO
MOST_STATS = 256
MOST_BYTES = 256
PATIENCE_MS = 20000

HEAP, BATCH, POINTER, REF, WEAKREF, TYPE = c_void_p, c_void_p, c_void_p, c_uint64, c_uint64, c_uint32
FUNCTIONS = {
    "open": (c_int, POINTER), "close": (c_int, HEAP), "info": (c_int, HEAP, POINTER),
    "type_register": (c_int, HEAP, c_char_p, POINTER),
    "alloc": (c_int, HEAP, TYPE, c_uint32, c_size_t, c_uint32, POINTER),
    "dup": (c_int, HEAP, REF, POINTER), "drop": (c_int, HEAP, REF), "open_id": (c_int, HEAP, c_uint64, POINTER),
    "same": (c_int, HEAP, REF, REF), "resize": (c_int, HEAP, REF, c_uint32, c_size_t),
    "stat": (c_int, HEAP, REF, POINTER),
    "get": (c_int, HEAP, REF, c_uint32, POINTER), "set": (c_int, HEAP, REF, c_uint32, REF),
    "xchg": (c_int, HEAP, REF, c_uint32, REF, POINTER), "cas": (c_int, HEAP, REF, c_uint32, REF, REF),
    "read": (c_int, HEAP, REF, c_uint64, POINTER, c_size_t), "write": (c_int, HEAP, REF, c_uint64, c_char_p, c_size_t),
    "publish": (c_int, HEAP, c_char_p, REF), "lookup": (c_int, HEAP, c_char_p, POINTER), "unpublish": (c_int, HEAP, c_char_p),
    "frame_push": (c_int, HEAP), "frame_pop": (c_int, HEAP, REF, POINTER),
    "intern": (c_int, HEAP, TYPE, c_char_p, c_size_t, POINTER),
    "weak_new": (c_int, HEAP, REF, c_uint64, POINTER), "weak_get": (c_int, HEAP, WEAKREF, POINTER),
    "weak_drop": (c_int, HEAP, WEAKREF), "set_finalizer": (c_int, HEAP, REF, c_uint64),
    "next_event": (c_int, HEAP, POINTER, c_int), "event_mask": (c_int, HEAP, c_uint32),
    "gc_collect": (c_int64, HEAP, c_int), "gc_enable": (c_int, HEAP), "gc_disable": (c_int, HEAP),
    "gc_set_threshold": (c_int, HEAP, c_uint32, c_uint32, c_uint32), "gc_get_count": (c_int, HEAP, POINTER),
    "gc_set_debug": (c_int, HEAP, c_uint32), "gc_garbage": (c_int64, HEAP, POINTER, c_size_t), "gc_clear_garbage": (c_int, HEAP),
    "gc_freeze": (c_int, HEAP), "gc_unfreeze": (c_int, HEAP), "gc_get_freeze_count": (c_int64, HEAP),
    "gc_is_tracked": (c_int, HEAP, REF), "gc_is_finalized": (c_int, HEAP, REF),
    "gc_get_objects": (c_int64, HEAP, c_int, POINTER, c_size_t),
    "gc_get_referents": (c_int64, HEAP, c_uint64, POINTER, c_size_t),
    "gc_get_referrers": (c_int64, HEAP, c_uint64, POINTER, c_size_t),
    "batch_new": (BATCH, HEAP, c_uint), "batch_free": (None, BATCH), "batch_reset": (None, BATCH),
    "batch_go_on": (None, BATCH, ctypes.c_bool), "batch_submit": (c_int, BATCH),
    "batch_result": (c_int, BATCH, c_uint), "batch_ref": (REF, BATCH, c_uint),
    "batch_stat": (c_int, BATCH, REF, POINTER),
}
# These take the same arguments, but return the handle if the single call makes one.
BATCHED = ("alloc", "dup", "drop", "open_id", "same", "resize", "get", "set", "xchg", "cas", "read", "write", "publish", "lookup",
           "unpublish", "frame_push", "frame_pop", "intern", "weak_new", "weak_get", "weak_drop", "set_finalizer")
for name in BATCHED:
    result, *arguments = FUNCTIONS[name]
    if name in MAKES_HANDLE:
        result = arguments.pop() and REF
    elif name == "frame_pop":
        arguments.pop()
    FUNCTIONS["batch_" + name] = result, *arguments


class Library:
    """The functions of the library, by their names without mheap_."""

    def __init__(self, path):
        library = ctypes.CDLL(path)
        for name, (result, *arguments) in FUNCTIONS.items():
            function = getattr(library, "mheap_" + name)
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)


class Heap:
    def __init__(self, library):
        self.lib = library
        self.out = (c_uint64 * 1)()
        self.at_out = ctypes.addressof(self.out)
        self.room = ctypes.create_string_buffer(MOST_STATS * STAT.size)
        self.at_room = ctypes.addressof(self.room)
        self.data = ctypes.create_string_buffer(MOST_BYTES)
        self.at_data = ctypes.addressof(self.data)
        self.sure(library.open(self.at_out))
        self.heap = self.out[0]
        self.sure(library.gc_set_threshold(self.heap, 0, 0, 0), library.event_mask(self.heap, ALL_EVENTS))
        self.batch = library.batch_new(self.heap, 3 * MOST_STATS)
        library.batch_go_on(self.batch, True)
        self.types = [0] + [self.new_type(name) for name in (b"one", b"two")]
        self.refs, self.weaks = {0: 0}, {}       # by register; those that were dropped stay
        self.known = {}                          # register -> serial, as seen last
        self.ids, self.serials, self.born = {}, {}, 0
        self.actions, self.names = {}, {name: name.encode() for name in NAMES}
        self.do = {name[3:]: getattr(self, name) for name in dir(self) if name.startswith("do_")}

    def sure(self, *results):
        if min(results) < 0:
            raise OSError(-min(results), "mheap")

    def new_type(self, name):
        kind = c_uint32()
        self.sure(self.lib.type_register(self.heap, name, ctypes.addressof(kind)))
        return kind.value

    def step(self, operation, registers, alive, _quiet):
        """Returns the result and events of an operation, including all that finalizers do, and what look() finds."""
        result = self.do[operation[0]](*operation[1:])
        self.read_info()
        events = self.read_events() if self.info[EVENTS] else []
        return result, events, *self.look(registers, alive)

    def read_info(self):
        self.sure(self.lib.info(self.heap, self.at_data))
        self.info = INFO.unpack_from(self.data)

    # ---- events ----

    def read_events(self):
        """Read events until there is none, waiting for the end of a collection that has begun."""
        events, under_way = [], False
        while self.lib.next_event(self.heap, self.at_room, PATIENCE_MS if under_way else 0) == 1:
            kind, generation, cookie, ref, collected, *_ = EVENT.unpack_from(self.room)
            if kind == FINALIZE:
                events.append((kind, cookie))
                self.act(cookie, ref)
            elif kind == WEAK:
                events.append((kind, cookie))
            else:
                under_way = kind == GC_START
                events.append((kind, generation, collected))
        if under_way:
            events.append(("no end of the collection",))
        self.read_info()
        return events

    def act(self, serial, ref):
        action = self.actions.pop(serial, ("unknown",))
        getattr(self, "act_" + action[0])(serial, ref, *action[1:])
        self.sure(self.lib.drop(self.heap, ref))

    def act_nothing(self, serial, ref):
        pass

    act_unknown = act_nothing

    def act_keep(self, serial, ref):
        self.made(-serial, self.lib.dup(self.heap, ref, self.at_out))

    def act_null(self, _serial, ref, slot):
        self.lib.set(self.heap, ref, slot, 0)

    def act_clear(self, _serial, ref):
        slot = 0
        while not self.lib.set(self.heap, ref, slot, 0):
            slot += 1

    def act_store(self, _serial, ref, name, slot):
        if self.lib.lookup(self.heap, self.names[name], self.at_out) == 0:
            target = self.out[0]
            self.lib.set(self.heap, target, slot, ref)
            self.sure(self.lib.drop(self.heap, target))

    # ---- operations ----

    def made(self, register, err):
        """Put what a call made into the register; returns 1, 0 for null, or the error."""
        if err:
            return err
        ref = self.out[0]
        if not ref:
            return 0
        self.refs[register] = ref
        return 1

    def do_alloc(self, register, kind, nslots, nbytes):
        return self.made(register, self.lib.alloc(self.heap, self.types[kind], nslots, nbytes, 0, self.at_out))

    def do_dup(self, register, a):
        return self.made(register, self.lib.dup(self.heap, self.refs[a], self.at_out))

    def do_drop(self, a):
        return self.lib.drop(self.heap, self.refs[a])

    def do_get(self, register, a, slot):
        return self.made(register, self.lib.get(self.heap, self.refs[a], slot, self.at_out))

    def do_set(self, a, slot, b):
        return self.lib.set(self.heap, self.refs[a], slot, self.refs[b])

    def do_xchg(self, register, a, slot, b):
        return self.made(register, self.lib.xchg(self.heap, self.refs[a], slot, self.refs[b], self.at_out))

    def do_cas(self, a, slot, expected, b):
        return self.lib.cas(self.heap, self.refs[a], slot, self.refs[expected], self.refs[b])

    def do_same(self, a, b):
        return self.lib.same(self.heap, self.refs[a], self.refs[b])

    def do_open_id(self, register, serial):
        return self.made(register, self.lib.open_id(self.heap, self.ids[serial], self.at_out))

    def do_resize(self, a, nslots, nbytes):
        return self.lib.resize(self.heap, self.refs[a], nslots, nbytes)

    def do_write(self, a, offset, data):
        return self.lib.write(self.heap, self.refs[a], offset, data, len(data))

    def do_read(self, a, offset, length):
        return self.lib.read(self.heap, self.refs[a], offset, self.at_data, length) or self.data.raw[:length]

    def do_publish(self, name, a):
        return self.lib.publish(self.heap, self.names[name], self.refs[a])

    def do_lookup(self, register, name):
        return self.made(register, self.lib.lookup(self.heap, self.names[name], self.at_out))

    def do_unpublish(self, name):
        return self.lib.unpublish(self.heap, self.names[name])

    def do_frame_push(self):
        return self.lib.frame_push(self.heap)

    def do_frame_pop(self, keep):
        return self.lib.frame_pop(self.heap, self.refs[keep], None)

    def do_intern(self, register, kind, content):
        return self.made(register, self.lib.intern(self.heap, self.types[kind], content, len(content), self.at_out))

    def do_weak_new(self, weak, a):
        err = self.lib.weak_new(self.heap, self.refs[a], weak, self.at_out)
        self.weaks[weak] = self.out[0]
        return err or 1

    def do_weak_get(self, register, weak):
        return self.made(register, self.lib.weak_get(self.heap, self.weaks[weak], self.at_out))

    def do_weak_drop(self, weak):
        return self.lib.weak_drop(self.heap, self.weaks[weak])

    def do_finalizer(self, a, *action):
        err = self.lib.set_finalizer(self.heap, self.refs[a], self.known.get(a, 0))
        if not err:
            self.actions[self.known[a]] = action
        return err

    def do_freeze(self):
        return self.lib.gc_freeze(self.heap)

    def do_unfreeze(self):
        return self.lib.gc_unfreeze(self.heap)

    def do_save_all(self, wanted):
        return self.lib.gc_set_debug(self.heap, wanted)

    def do_clear_garbage(self):
        return self.lib.gc_clear_garbage(self.heap)

    def do_threshold(self, *threshold):
        return self.lib.gc_set_threshold(self.heap, *threshold)

    def do_enable(self, enabled):
        return (self.lib.gc_enable if enabled else self.lib.gc_disable)(self.heap)

    def do_collect(self, generation):
        return self.lib.gc_collect(self.heap, generation)

    # ---- what can be seen ----

    def look(self, registers, alive):
        self.lib.batch_reset(self.batch)
        self.add_look(registers, alive)
        self.lib.batch_submit(self.batch)
        return self.understand(registers)

    def add_look(self, registers, alive):
        """Look at what the registers refer to, and open by id what else should live."""
        lib, batch, at, refs = self.lib, self.batch, self.at_room, self.refs
        self.others = alive.keys() - registers.values()
        self.size = STAT.size * (len(registers) + len(self.others))
        ctypes.memset(at, 0, self.size)
        for register in registers:
            lib.batch_stat(batch, refs[register], at)
            at += STAT.size
        for serial in self.others:
            ref = lib.batch_open_id(batch, self.ids[serial])
            lib.batch_stat(batch, ref, at)
            lib.batch_drop(batch, ref)
            at += STAT.size

    def understand(self, registers):
        """Take the statistics out of the room; a new object gets its serial number."""
        objects, handles, serials = {}, {}, self.serials
        stats = STAT.iter_unpack(memoryview(self.room)[:self.size])
        for (register, serial), (number, *about) in zip(registers.items(), stats):
            if serial not in self.ids and number not in serials:
                self.ids[serial], serials[number] = number, serial
            handles[register] = serials.get(number)
            objects[handles[register]] = tuple(about)
        for serial, (number, count, *about) in zip(self.others, stats):
            objects[serials.get(number)] = (count - 1, *about)
        self.known = handles
        return objects, handles

    def totals(self):
        _, _, objects, tracked, nbytes, handles, _, slots, _, frozen, quarantined, garbage, weaks, frames, events = self.info
        return {"objects": objects, "tracked": tracked, "bytes": nbytes, "handles": handles, "slots": slots, "frozen": frozen,
                "quarantined": quarantined, "garbage": garbage, "weaks": weaks, "frames": frames, "events": events}

    def counts(self):
        self.sure(self.lib.gc_get_count(self.heap, self.at_room))
        return struct.unpack_from("<3Q", self.room)

    def listed(self, function, *argument):
        n = function(self.heap, *argument, self.at_room, MOST_STATS)
        return [self.serials.get(number) for number in struct.unpack_from(f"<{n}Q", self.room)] if n >= 0 else n

    def referents(self, serial):
        return self.listed(self.lib.gc_get_referents, self.ids[serial])

    def garbage(self):
        return sorted(self.listed(self.lib.gc_garbage))

    def referrers(self, serial):
        return sorted(self.listed(self.lib.gc_get_referrers, self.ids[serial]))

    def members(self, generation):
        return sorted(self.listed(self.lib.gc_get_objects, generation))

    def flags(self, register):
        """Is the register's object tracked, and was it finalized?"""
        return tuple(f(self.heap, self.refs[register]) for f in (self.lib.gc_is_tracked, self.lib.gc_is_finalized))

    def frozen(self):
        return self.lib.gc_get_freeze_count(self.heap)

    def close(self):
        self.lib.batch_free(self.batch)
        self.sure(self.lib.close(self.heap))
        self.do = None
