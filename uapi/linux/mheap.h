/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * mheap: a garbage-collected object heap owned by the kernel.
 *
 * Life cycle
 *	Opening /dev/mheap makes a new, empty heap and the first session on it.
 *	A session is the open file; it owns handles.  Closing the last
 *	descriptor of a session drops all its handles, and with the last session
 *	the heap goes, whatever it holds.
 *
 *	An object has a type, slots (each null or a counted reference to an
 *	object of the same heap), payload bytes and a 64-bit id.  It lives as
 *	long as handles, slots or names refer to it; it dies at once when its
 *	count reaches 0.  Objects that only keep each other alive are found by
 *	the cycle scanner.
 *
 *	A handle is an opaque number, valid in the session that got it, never
 *	valid again after it was dropped; 0 is null.  An id is a weak name of an
 *	object: it can be opened as long as the object lives, and is never used
 *	again in its heap.
 *
 *	A weak handle belongs to a session and does not keep its object alive; it
 *	is cleared when the object dies or is condemned, and the session gets an
 *	event.  A session can also ask to finalize an object: once, before the
 *	object would die, it gets an event that holds a reference.  Reading the
 *	event turns the reference into a handle; dropping that handle, in whatever
 *	way, is the answer.  The object dies then, unless it came back to life.
 *
 *	Handles can be made in frames: popping a frame drops those that were made
 *	since it was pushed.  Weak handles do not belong to frames.
 *
 * Calls
 *	All calls are ioctls of the descriptor, of the form _IO(MHEAP_IOC, nr),
 *	with a pointer to a struct whose first member is the size that the
 *	caller was compiled with.  A shorter struct is accepted down to the first
 *	published size; what it lacks counts as zero and is not written back.  A
 *	longer one is accepted if all that the kernel does not know is zero.
 *	Reserved members and unknown flags must be zero.  Layouts are the same
 *	for 32-bit programs.
 *
 *	Objects are worked on by entries.  MHEAP_IOC_BATCH carries 1 to
 *	query.max_ops of them, done in order.  A batch is not a transaction:
 *	calls of other sessions may come between two entries.  MHEAP_IOC_OP does
 *	one entry, faster: its struct is the entry itself, without a size.
 *
 *	MHEAP_IOC_ATTACH makes another session on the same heap, for another
 *	process, with the same rights or fewer.
 *
 *	Payloads can be mapped with mmap(2) of the descriptor: MAP_SHARED, READ is
 *	needed, and WRITE for PROT_WRITE.  The offset of each object is told by
 *	MHEAP_OP_STAT; a mapping shows all objects whose offsets lie in it, those
 *	too that are made later.  Payloads of interned objects lie beyond
 *	MHEAP_MAP_CONSTANT, where nobody can write.  An offset is an object's own
 *	while a handle of it is held and it is not resized; afterwards another
 *	object of the heap may be there, or nothing: to touch a page on which no
 *	object lies gives SIGBUS.  Who writes there may damage objects of the heap
 *	that others made meanwhile, new ones too.  A mapping does not keep its
 *	session open, nor the heap, but the module.  It is not to be executed, and
 *	not dumped.
 *
 *	Events are read(2) from the descriptor, whole struct mheap_ioc_events, as
 *	many as there are and as fit; it can be polled, and preadv2(2) with
 *	RWF_NOWAIT does not wait.
 *
 * Errors (of ioctl(2) as errno; of a batch entry as negative number in result)
 *	EBADF	no such handle in this session
 *	ENOENT	no such id, name, type or weak handle, or the object of the id is
 *		dead
 *	EINVAL	unknown flag or opcode; a member that the call does not use or
 *		that is reserved is not zero; slot or generation out of range;
 *		null where an object is needed; no frame to pop; struct or buffer
 *		too short
 *	EPERM	the session lacks the right; the object is interned and must not
 *		change
 *	ERANGE	payload offset + length beyond the object; buffer too short for
 *		a type's name
 *	E2BIG	more slots, bytes, entries or a longer name than the maximum; a
 *		longer struct with something unknown in it
 *	EDQUOT	the heap's limit is reached, and a collection did not help
 *	ENOMEM	no memory in the system or the memory cgroup
 *	EFAULT	bad pointer
 *	EEXIST	the name is bound; another session finalizes the object, or it was
 *		finalized
 *	EBUSY	another resize of the same object is under way
 *	EAGAIN	(of read) there is no event
 *	EOVERFLOW an object has the largest count there is (2^32 - 3)
 *	EMFILE	(of open) the user has as many heaps as the module allows; (of attach)
 *		the process has as many descriptors as it may, or the heap as many
 *		sessions
 *	EINTR	a fatal signal came while waiting; (of read) any signal
 *	ENOTTY	unknown call
 *	A call or entry that fails leaves the heap as it was.
 */
#ifndef _UAPI_LINUX_MHEAP_H
#define _UAPI_LINUX_MHEAP_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Grows by one with every change that a program could need to know of. */
#define MHEAP_ABI_LEVEL		4

#define MHEAP_IOC		0xBD

#define MHEAP_IOC_QUERY		_IO(MHEAP_IOC, 0x00)
#define MHEAP_IOC_INFO		_IO(MHEAP_IOC, 0x01)
#define MHEAP_IOC_BATCH		_IO(MHEAP_IOC, 0x02)
#define MHEAP_IOC_TYPE_REGISTER	_IO(MHEAP_IOC, 0x03)
#define MHEAP_IOC_TYPE_NAME	_IO(MHEAP_IOC, 0x04)
#define MHEAP_IOC_COLLECT	_IO(MHEAP_IOC, 0x05)
#define MHEAP_IOC_TUNE		_IO(MHEAP_IOC, 0x06)
#define MHEAP_IOC_GC_STATS	_IO(MHEAP_IOC, 0x07)
#define MHEAP_IOC_EVENT_MASK	_IO(MHEAP_IOC, 0x08)
#define MHEAP_IOC_FREEZE	_IO(MHEAP_IOC, 0x09)
#define MHEAP_IOC_LIST		_IO(MHEAP_IOC, 0x0a)
#define MHEAP_IOC_CLEAR_GARBAGE	_IO(MHEAP_IOC, 0x0b)
#define MHEAP_IOC_ATTACH	_IO(MHEAP_IOC, 0x0c)
#define MHEAP_IOC_OP		_IO(MHEAP_IOC, 0x0d)

/*
 * Rights of a session: READ to look at slots, payload, names and ids; WRITE to allocate,
 * and to change slots, payload, names and finalizers; CONTROL to collect, freeze and
 * tune.  What concerns its own handles and weak handles alone needs no right.  XCHG and
 * CAS need READ and WRITE.
 */
#define MHEAP_RIGHT_READ	0x1
#define MHEAP_RIGHT_WRITE	0x2
#define MHEAP_RIGHT_CONTROL	0x4
#define MHEAP_RIGHT_ALL		(MHEAP_RIGHT_READ | MHEAP_RIGHT_WRITE | \
				 MHEAP_RIGHT_CONTROL)

/**
 * struct mheap_ioc_query - What this kernel's mheap can do (MHEAP_IOC_QUERY)
 * @size: in: size of this struct; out: size that the kernel knows
 * @abi_level: out: MHEAP_ABI_LEVEL of the module
 * @features: out: feature bits; none is defined yet
 * @opcodes: out: bit n is set if opcode n exists
 * @max_ops: out: most entries of one batch
 * @op_size: out: size of a batch entry
 * @max_slots: out: most slots of an object
 * @max_name: out: longest name, in bytes, without a final NUL
 * @max_bytes: out: most payload bytes of an object
 * @max_types: out: most types of a heap, type 0 included
 * @reserved: must be 0
 * @max_intern: out: longest payload of an interned object, in bytes
 * @max_frames: out: most frames of a session
 */
struct mheap_ioc_query {
	__u32 size;
	__u32 abi_level;
	__aligned_u64 features;
	__aligned_u64 opcodes;
	__u32 max_ops;
	__u32 op_size;
	__u32 max_slots;
	__u32 max_name;
	__aligned_u64 max_bytes;
	__u32 max_types;
	__u32 reserved;
	__u32 max_intern;
	__u32 max_frames;
};

/**
 * struct mheap_ioc_info - A heap and this session (MHEAP_IOC_INFO)
 * @size: in: size of this struct
 * @rights: out: MHEAP_RIGHT_* of this session
 * @heap_id: out: number of the heap, as in sysfs
 * @objects: out: objects alive
 * @tracked: out: of which have slots and are not immortal
 * @bytes: out: payload bytes of all objects alive
 * @slots: out: slots of all objects alive
 * @handles: out: handles of this session
 * @sessions: out: sessions on this heap
 * @count: out: per generation, what is compared with the thresholds
 * @lock_max_ns: out: longest time the heap's lock was held, by anyone
 * @frozen: out: tracked objects in the permanent generation
 * @quarantined: out: tracked objects that wait for answers to finalizer events
 * @garbage: out: objects in the garbage list
 * @weaks: out: weak handles of this session
 * @frames: out: frames of this session
 * @events: out: unread events of this session
 * @objects_max: out: most objects alive at one time
 * @arenas: out: arenas of payload memory
 * @pages: out: pages of memory in them
 */
struct mheap_ioc_info {
	__u32 size;
	__u32 rights;
	__aligned_u64 heap_id;
	__aligned_u64 objects;
	__aligned_u64 tracked;
	__aligned_u64 bytes;
	__aligned_u64 slots;
	__aligned_u64 handles;
	__aligned_u64 sessions;
	__aligned_u64 count[3];
	__aligned_u64 lock_max_ns;
	__aligned_u64 frozen;
	__aligned_u64 quarantined;
	__aligned_u64 garbage;
	__aligned_u64 weaks;
	__aligned_u64 frames;
	__aligned_u64 events;
	__aligned_u64 objects_max;
	__aligned_u64 arenas;
	__aligned_u64 pages;
};

/**
 * enum mheap_opcode - What a batch entry does
 * @MHEAP_OP_ALLOC: new object of type @index with @len slots, @arg payload
 *	bytes and MHEAP_ALLOC_* flags in @val; @out: its handle.  At a limit of
 *	the heap a collection comes first (EDQUOT if it does not help).
 * @MHEAP_OP_DUP: @out: one more handle of @obj
 * @MHEAP_OP_DROP: drop the handle @obj; all that dies of it is gone on return
 * @MHEAP_OP_REFCOUNT: @out: count of @obj, MHEAP_COUNT_IMMORTAL if immortal
 * @MHEAP_OP_ID: @out: id of @obj
 * @MHEAP_OP_OPEN_ID: @out: new handle of the object with id @arg
 * @MHEAP_OP_SAME: @out: 1 if @obj and @val are the same object, else 0
 * @MHEAP_OP_STAT: write a struct mheap_ioc_stat about @obj to the address @val,
 *	which holds @len bytes, at most a page: a shorter one gets the first
 *	members, a longer one zeroes after the last
 * @MHEAP_OP_RESIZE: give @obj @len slots and @arg payload bytes; what fits is
 *	kept, what is new is null or zero
 * @MHEAP_OP_GET: @out: new handle of what slot @index of @obj refers to, or 0
 * @MHEAP_OP_SET: slot @index of @obj refers to @val (0: null) from now on
 * @MHEAP_OP_XCHG: the same; @out: new handle of what was there, or 0
 * @MHEAP_OP_CAS: the same if the slot refers to the object of @arg (0: if it is
 *	null); @out: 1 if done, 0 if not
 * @MHEAP_OP_READ: copy @len payload bytes from offset @arg to the address @val
 * @MHEAP_OP_WRITE: copy @len payload bytes to offset @arg from the address @val
 * @MHEAP_OP_PUBLISH: bind the name at address @val, of @len bytes, to @obj;
 *	EEXIST if it is bound already
 * @MHEAP_OP_LOOKUP: @out: new handle of what this name is bound to
 * @MHEAP_OP_UNPUBLISH: unbind this name
 * @MHEAP_OP_WEAK_NEW: @out: new weak handle of @obj, with cookie @arg
 * @MHEAP_OP_WEAK_GET: @out: new handle of the object of the weak handle @arg, or
 *	0 if that was cleared
 * @MHEAP_OP_WEAK_DROP: drop the weak handle @arg, with its event
 * @MHEAP_OP_FINALIZER: this session finalizes @obj; the event will have the cookie
 *	@arg.  Again by the same session: another cookie.  Of no effect on an immortal
 *	object.
 * @MHEAP_OP_INTERN: @out: new handle of the one object of type @index, without
 *	slots, whose payload is the @len bytes at address @val; made if there is
 *	none.  Payload and size of such an object cannot be changed.
 * @MHEAP_OP_FRAME_PUSH: handles made from now on belong to a new frame
 * @MHEAP_OP_FRAME_POP: drop the handles of the newest frame and end it; @out: the
 *	handle @obj (or 0), which is kept and, if it belongs to that frame, moves to
 *	the one below
 * @MHEAP_OP_COUNT: number of opcodes
 *
 * READ and WRITE of more than 16 KiB are made in pieces between which other
 * calls may come.  If one of them drops @obj or cuts its payload short the entry
 * fails with a part done.  Nothing else changes an object by a part, but a READ that
 * fails may have written a part of its memory.  That memory must not be a mapping of
 * the bytes that are read, other than in their own place, nor that of an entry; and
 * what a WRITE takes from a mapping may be older than what an entry before it wrote there.
 */
enum mheap_opcode {
	MHEAP_OP_ALLOC,
	MHEAP_OP_DUP,
	MHEAP_OP_DROP,
	MHEAP_OP_REFCOUNT,
	MHEAP_OP_ID,
	MHEAP_OP_OPEN_ID,
	MHEAP_OP_SAME,
	MHEAP_OP_STAT,
	MHEAP_OP_RESIZE,
	MHEAP_OP_GET,
	MHEAP_OP_SET,
	MHEAP_OP_XCHG,
	MHEAP_OP_CAS,
	MHEAP_OP_READ,
	MHEAP_OP_WRITE,
	MHEAP_OP_PUBLISH,
	MHEAP_OP_LOOKUP,
	MHEAP_OP_UNPUBLISH,
	MHEAP_OP_WEAK_NEW,
	MHEAP_OP_WEAK_GET,
	MHEAP_OP_WEAK_DROP,
	MHEAP_OP_FINALIZER,
	MHEAP_OP_INTERN,
	MHEAP_OP_FRAME_PUSH,
	MHEAP_OP_FRAME_POP,
	MHEAP_OP_COUNT,
};

/* An object that does not count its references and lives as long as the heap. */
#define MHEAP_ALLOC_IMMORTAL	0x1

/* Flags of struct mheap_ioc_stat: immortal; finalized once; interned. */
#define MHEAP_STAT_IMMORTAL	MHEAP_ALLOC_IMMORTAL
#define MHEAP_STAT_FINALIZED	0x2
#define MHEAP_STAT_INTERNED	0x4

/* What MHEAP_OP_REFCOUNT and MHEAP_OP_STAT tell of an immortal object. */
#define MHEAP_COUNT_IMMORTAL	(~0ULL)

/*
 * Entry flags: the member holds no handle but the number (from 0) of an earlier
 * entry of the same call, whose out is meant.  EINVAL if that one failed.
 */
#define MHEAP_OPF_OBJ		0x1
#define MHEAP_OPF_VAL		0x2
#define MHEAP_OPF_ARG		0x4

/**
 * struct mheap_op - One entry of a batch, or the only one (MHEAP_IOC_OP)
 * @opcode: in: enum mheap_opcode
 * @flags: in: MHEAP_OPF_*
 * @result: out: 0 or negative errno
 * @obj: in: a handle
 * @val: in: a handle, an address or flags, as the opcode says
 * @arg: in: a handle, a weak handle, an id, a cookie, an offset or a number of
 *	bytes
 * @index: in: a slot or a type
 * @len: in: a number of slots or of bytes
 * @out: out: a handle or a number; 0 if the entry failed
 *
 * Members that an opcode does not use must be 0.  What @result and @out hold
 * before the call does not matter.  Entries that were not reached are left
 * alone.
 *
 * MHEAP_IOC_OP succeeds if the entry could be read and written, like a batch, and fails
 * with EINTR if a fatal signal came before it was done.
 */
struct mheap_op {
	__u16 opcode;
	__u16 flags;
	__s32 result;
	__aligned_u64 obj;
	__aligned_u64 val;
	__aligned_u64 arg;
	__u32 index;
	__u32 len;
	__aligned_u64 out;
};

/* Go on after an entry that failed, instead of stopping there. */
#define MHEAP_BATCH_GO_ON	0x1

/**
 * struct mheap_ioc_batch - Do a number of operations (MHEAP_IOC_BATCH)
 * @size: in: size of this struct
 * @flags: in: MHEAP_BATCH_*
 * @ops: in: address of the first entry
 * @count: in: number of entries, 1 to query.max_ops
 * @done: out: number of entries done; entry @done is the one that failed if
 *	@done is less than @count (with MHEAP_BATCH_GO_ON failed ones count, and
 *	less than @count means that a fatal signal came)
 *
 * The call succeeds if the entries could be read and written.
 */
struct mheap_ioc_batch {
	__u32 size;
	__u32 flags;
	__aligned_u64 ops;
	__u32 count;
	__u32 done;
};

/**
 * struct mheap_ioc_stat - An object (written by MHEAP_OP_STAT)
 * @id: its id
 * @refcount: its count, or MHEAP_COUNT_IMMORTAL
 * @nbytes: payload bytes
 * @nslots: slots
 * @type: type
 * @generation: 0 to 2, 3 permanent, 4 in quarantine, -1 not tracked
 * @flags: MHEAP_STAT_*
 * @offset: where its payload can be mapped, or MHEAP_MAP_NONE
 */
struct mheap_ioc_stat {
	__aligned_u64 id;
	__aligned_u64 refcount;
	__aligned_u64 nbytes;
	__u32 nslots;
	__u32 type;
	__s32 generation;
	__u32 flags;
	__aligned_u64 offset;
};

/**
 * struct mheap_ioc_type - Type names (MHEAP_IOC_TYPE_REGISTER, _TYPE_NAME)
 * @size: in: size of this struct
 * @type: REGISTER: out: number of the type; NAME: in
 * @name: in: REGISTER: address of the name; NAME: address of a buffer
 * @name_len: REGISTER: in: bytes of the name, without NUL, 1 to
 *	query.max_name; NAME: in: bytes of the buffer, out: bytes of the name.
 *	A NUL follows the name in the buffer, which must have room for it.
 * @reserved: must be 0
 *
 * Registering a name again gives the same number.  Type 0 is "object".
 */
struct mheap_ioc_type {
	__u32 size;
	__u32 type;
	__aligned_u64 name;
	__u32 name_len;
	__u32 reserved;
};

/**
 * struct mheap_ioc_collect - Collect generations 0 to n (MHEAP_IOC_COLLECT)
 * @size: in: size of this struct
 * @generation: in: n, 0 to 2
 * @found: out: unreachable tracked objects found, quarantined ones included
 * @freed: out: all objects that the collection freed, tracked or not
 *
 * Waits for a collection that is under way, then does its own.  EINTR: a fatal
 * signal came; the scanner thread finishes what was begun.
 */
struct mheap_ioc_collect {
	__u32 size;
	__u32 generation;
	__aligned_u64 found;
	__aligned_u64 freed;
};

/* Which members of struct mheap_ioc_tune are to be set. */
#define MHEAP_TUNE_ENABLED	0x1
#define MHEAP_TUNE_THRESHOLD	0x2
#define MHEAP_TUNE_LIMIT	0x4
#define MHEAP_TUNE_DEBUG	0x8

/* Debug flag: what is condemned goes to the garbage list instead of dying. */
#define MHEAP_DEBUG_SAVE_ALL	0x1

/**
 * struct mheap_ioc_tune - Settings of a heap (MHEAP_IOC_TUNE)
 * @size: in: size of this struct
 * @set: in: MHEAP_TUNE_*: these members are set first; others are only read
 * @enabled: automatic collection: 0 or 1
 * @threshold: thresholds of the generations; [0] = 0 turns automatic
 *	collection off
 * @limit_bytes: payload bytes + 8 for each slot; set to 0: the default
 * @limit_objects: number of objects; set to 0: the default
 * @debug: MHEAP_DEBUG_*
 * @reserved: must be 0
 *
 * All members but @size and @set are written with the values then in force.
 */
struct mheap_ioc_tune {
	__u32 size;
	__u32 set;
	__u32 enabled;
	__u32 threshold[3];
	__aligned_u64 limit_bytes;
	__aligned_u64 limit_objects;
	__u32 debug;
	__u32 reserved;
};

/**
 * struct mheap_ioc_gc_stats - Collections so far (MHEAP_IOC_GC_STATS)
 * @size: in: size of this struct
 * @generation: in: 0 to 2: collections of this generation
 * @collections: out: how many ended
 * @collected: out: unreachable tracked objects found by them
 * @uncollectable: out: always 0: every cycle can be taken down
 * @freed: out: all objects freed by them, tracked or not
 * @scanned: out: objects they looked at (members of the collected generations)
 * @time_ns: out: time of all slices
 * @pause_max_ns: out: longest slice
 * @pause_p99_ns: out: 99 % of the slices were not longer (upper bound, within 1/8)
 */
struct mheap_ioc_gc_stats {
	__u32 size;
	__u32 generation;
	__aligned_u64 collections;
	__aligned_u64 collected;
	__aligned_u64 uncollectable;
	__aligned_u64 freed;
	__aligned_u64 scanned;
	__aligned_u64 time_ns;
	__aligned_u64 pause_max_ns;
	__aligned_u64 pause_p99_ns;
};

/* What can be mapped: so many bytes from offset 0, and from this one on. */
#define MHEAP_MAP_SIZE		0x10000000000ULL
#define MHEAP_MAP_CONSTANT	0x80000000000ULL

/* The offset of an object without payload. */
#define MHEAP_MAP_NONE		(~0ULL)

/* Kinds of events, and bits of a mask of them. */
#define MHEAP_EVENT_FINALIZE	0x1
#define MHEAP_EVENT_WEAK	0x2
#define MHEAP_EVENT_GC_START	0x4
#define MHEAP_EVENT_GC_STOP	0x8

/**
 * struct mheap_ioc_event - An event (from read(2))
 * @kind: MHEAP_EVENT_*
 * @generation: GC_*: the oldest generation that is or was collected
 * @cookie: FINALIZE, WEAK: what the program gave
 * @ref: FINALIZE: a handle of the object; to drop it is the answer
 * @collected: GC_STOP: unreachable tracked objects found
 * @uncollectable: GC_STOP: always 0
 * @duration_ns: GC_STOP: from start to end
 * @merged: GC_*: how many collections the event stands for: 1, or more if it was
 *	not read for long.  @collected and @duration_ns are sums then,
 *	@generation is that of the last one.
 * @reserved: 0
 *
 * Members that a kind does not have are 0.  Events of finalizers and weak handles
 * are never merged and never lost.  Of a condemned set the events of weak handles
 * come first.
 */
struct mheap_ioc_event {
	__u32 kind;
	__u32 generation;
	__aligned_u64 cookie;
	__aligned_u64 ref;
	__aligned_u64 collected;
	__aligned_u64 uncollectable;
	__aligned_u64 duration_ns;
	__aligned_u64 merged;
	__aligned_u64 reserved;
};

/**
 * struct mheap_ioc_event_mask - Kinds of events wanted (MHEAP_IOC_EVENT_MASK)
 * @size: in: size of this struct
 * @mask: in: MHEAP_EVENT_*: at first FINALIZE and WEAK
 *
 * It decides about what happens from now on.  Without FINALIZE the session's
 * finalizers are skipped, like those of a session that is gone.
 */
struct mheap_ioc_event_mask {
	__u32 size;
	__u32 mask;
};

/**
 * struct mheap_ioc_freeze - The permanent generation (MHEAP_IOC_FREEZE)
 * @size: in: size of this struct
 * @freeze: in: 1: all tracked objects move to it, 0: all its objects move to
 *	generation 2
 *
 * Waits for a collection that is under way.  EINTR: a fatal signal came; the
 * scanner thread finishes what was begun.
 */
struct mheap_ioc_freeze {
	__u32 size;
	__u32 freeze;
};

/* What MHEAP_IOC_LIST lists. */
#define MHEAP_LIST_OBJECTS	0
#define MHEAP_LIST_GARBAGE	1
#define MHEAP_LIST_REFERENTS	2
#define MHEAP_LIST_REFERRERS	3

/* A cursor at the end of its list. */
#define MHEAP_LIST_END		(~0ULL)

/**
 * struct mheap_ioc_list - Ids of objects (MHEAP_IOC_LIST)
 * @size: in: size of this struct
 * @kind: in: MHEAP_LIST_OBJECTS: tracked objects; _GARBAGE: the garbage list;
 *	_REFERENTS: what the slots of object @id refer to, in their order, null
 *	ones left out; _REFERRERS: the objects of which a slot refers to object
 *	@id, each once
 * @generation: in: OBJECTS: as in struct mheap_ioc_stat, -1: all of them;
 *	otherwise 0
 * @count: in: room at @ids, 1 to query.max_ops; out: ids written
 * @id: in: REFERENTS, REFERRERS: an object; otherwise 0
 * @cursor: in: 0, or what the call before gave; out: where to go on, or
 *	MHEAP_LIST_END
 * @ids: in: address of the ids
 *
 * Other calls may come in between, even within one call.  An object that belongs
 * to the list all the time is in it exactly once; one that joins or leaves it
 * meanwhile may be there or not.
 */
struct mheap_ioc_list {
	__u32 size;
	__u32 kind;
	__s32 generation;
	__u32 count;
	__aligned_u64 id;
	__aligned_u64 cursor;
	__aligned_u64 ids;
};

/**
 * struct mheap_ioc_clear_garbage - Empty the garbage list (MHEAP_IOC_CLEAR_GARBAGE)
 * @size: in: size of this struct
 * @reserved: must be 0
 *
 * What only the list kept alive and no cycle holds is gone on return.
 */
struct mheap_ioc_clear_garbage {
	__u32 size;
	__u32 reserved;
};

/**
 * struct mheap_ioc_attach - Another session on the same heap (MHEAP_IOC_ATTACH)
 * @size: in: size of this struct
 * @rights: in: its MHEAP_RIGHT_*, none that this session lacks
 *
 * The call returns the new session's descriptor, which is closed on exec(2).
 */
struct mheap_ioc_attach {
	__u32 size;
	__u32 rights;
};

#endif /* _UAPI_LINUX_MHEAP_H */
