/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * mheap: a garbage-collected object heap that the kernel owns.
 *
 * Life cycle
 *	Opening /dev/mheap makes a new, empty heap and the first session on it. A
 *	session is the open file; it owns handles.  Closing the last descriptor of a
 *	session drops all its handles.  When the last session goes, the heap goes with
 *	everything it holds.
 *
 *	An object has a type, slots (each null or a counted reference to an object of
 *	the same heap), payload bytes and a 64-bit id.  It lives as long as handles,
 *	slots, names, unread finalizer events or the garbage list refer to it, and dies
 *	at once when its count reaches 0.  The scanner finds objects that only keep each
 *	other alive.
 *
 *	A handle is a 32-bit number of its session; 0 is null.  The program chooses the
 *	number, from 1 to MHEAP_HANDLE_MAX, so later ops of a batch can use handles that
 *	earlier ones make; for 0 the kernel chooses a larger one.  A number can be
 *	chosen again when its handle was dropped.  An id names an object without keeping
 *	it alive: it can be opened as long as the object lives, and the heap never uses
 *	it for another object.
 *
 *	A weak handle belongs to a session and does not keep its object alive. It is
 *	cleared when the object dies or is condemned, and the session gets an event.  A
 *	session can also become the finalizer of an object: once, before the object
 *	would die, the session gets an event that holds a reference.  Reading the event
 *	turns the reference into a handle, and dropping that handle, in whatever way,
 *	answers the event.  The object dies then, unless something else refers to it by
 *	that time.
 *
 *	Handles can be made in frames: popping a frame drops the handles that were made
 *	since it was pushed.  Weak handles do not belong to frames.
 *
 * Calls
 *	All calls are ioctls on the descriptor, of the form _IO(MHEAP_IOC, nr). Their
 *	argument points to a struct whose first member is the size that the caller was
 *	compiled with.  The kernel accepts a shorter struct down to the first published
 *	size: it reads the missing members as zero and does not write them back.  It
 *	accepts a longer struct, up to a page, if everything that it does not know is
 *	zero.  Reserved members and unknown flags must be zero.  Layouts are the same
 *	for 32-bit programs.
 *
 *	Ops do the work on objects.  An op is a struct mheap_entry, with a struct
 *	mheap_tail after some.  MHEAP_IOC_BATCH carries 1 to query.max_ops of them and
 *	does the ops in order.  A batch is not a transaction: calls of other sessions
 *	may come between two of its ops.  MHEAP_IOC_OP does a single op with less
 *	overhead; its struct has no size member.
 *
 *	MHEAP_IOC_ATTACH makes another session on the same heap, for another process,
 *	with the same rights or fewer.
 *
 * Mappings
 *	mmap(2) of the descriptor maps payloads.  The mapping must be MAP_SHARED; it
 *	needs MHEAP_RIGHT_READ, and for PROT_WRITE also MHEAP_RIGHT_WRITE.
 *	MHEAP_OP_STAT gives the offset of an object.  A mapping shows all objects whose
 *	offsets lie in it, including those that are made later.  Payloads of interned
 *	objects lie beyond MHEAP_MAP_CONSTANT, where no session can map them writable.
 *
 *	An offset belongs to an object while a handle of the object is held and the
 *	object is not resized.  Afterwards another object of the same heap may lie
 *	there, or nothing: touching a page that has no memory raises SIGBUS.  A program
 *	that still writes there may damage other objects of the heap, also objects made
 *	meanwhile.  A mapping keeps neither its session nor the heap alive, but it keeps
 *	the module loaded.  Mappings cannot be executed and are left out of core dumps.
 *
 * Events
 *	read(2) of the descriptor returns whole structs mheap_ioc_event, as many as are
 *	unread and fit into the buffer.  The descriptor can be polled.  read(2) waits
 *	for the first event, unless the descriptor is O_NONBLOCK or preadv2(2) is called
 *	with RWF_NOWAIT.
 *
 * Errors (errno of ioctl(2); a negative number in the results of a batch)
 *	EBADF	the session has no such handle
 *	ENOENT	there is no such id, name, type or weak handle, or the object of the id
 *		is dead or condemned
 *	EINVAL	a flag or an opcode is unknown; a member that is reserved or that the
 *		call does not use is not zero; a slot or generation is out of range; an
 *		object is needed and the handle is null; a new handle has a number that
 *		only the kernel chooses; there is no frame to pop; a struct or buffer is
 *		too short; a mapping is private or too long
 *	EPERM	the session lacks the right; the object is interned and cannot be
 *		changed
 *	ERANGE	payload offset + length reach beyond the object; the buffer is too short
 *		for the name of a type
 *	E2BIG	more slots, bytes, ops, ids, types or frames, or a longer name, than the
 *		maximum; a longer struct contains something unknown
 *	EDQUOT	the heap is at its limit and a collection did not help
 *	ENOMEM	the system or the memory cgroup has no memory
 *	EFAULT	a pointer is bad
 *	EEXIST	the number of a new handle is in use; the name is bound; another session
 *		finalizes the object, or the object was finalized
 *	ENOSPC	(in a batch) there is no space for the result of the next op
 *	EBUSY	another resize of the same object is under way
 *	EAGAIN	(read) there is no event, and the call does not wait
 *	EOVERFLOW the object has the largest count there is (2^32 - 3)
 *	EMFILE	(open) the user has as many heaps as the module allows; (attach) the
 *		process has as many descriptors as it may have, or the heap has as many
 *		sessions as it may have
 *	ENFILE	(attach, mmap) the system has as many open files as it may have
 *	ENODEV	(open) the module is still being loaded
 *	EINTR	a fatal signal came while the call waited; (read) any signal
 *	ENOTTY	the call is unknown
 *	A call or op that fails leaves the heap as it was.  The exception is READ and
 *	WRITE of more than 16 KiB, see enum mheap_opcode.
 */
#ifndef _UAPI_LINUX_MHEAP_H
#define _UAPI_LINUX_MHEAP_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Grows by one with every change that may matter to a program. */
#define MHEAP_ABI_LEVEL		5

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
 * Rights of a session.
 *
 * READ lets it look at slots, payload, ids, names, type names and lists of objects.
 * WRITE lets it make objects and types and change slots, payload, sizes, names and
 * finalizers.  CONTROL lets it collect, freeze, clear the garbage list and change
 * settings.  MHEAP_OP_XCHG and MHEAP_OP_CAS need both READ and WRITE.
 *
 * A session needs no right for what concerns its own handles and weak handles alone,
 * for frames and events, for finding the number of a type, and for reading counts,
 * settings and statistics.
 */
#define MHEAP_RIGHT_READ	0x1
#define MHEAP_RIGHT_WRITE	0x2
#define MHEAP_RIGHT_CONTROL	0x4
#define MHEAP_RIGHT_ALL		(MHEAP_RIGHT_READ | MHEAP_RIGHT_WRITE | \
				 MHEAP_RIGHT_CONTROL)

/**
 * struct mheap_ioc_query - What the loaded module can do (MHEAP_IOC_QUERY)
 * @size: in: size of this struct; out: size that the kernel knows
 * @abi_level: out: MHEAP_ABI_LEVEL of the module
 * @features: out: feature bits; none is defined yet
 * @opcodes: out: bit n is set if opcode n exists
 * @max_ops: out: most entries and tails of one batch
 * @op_size: out: size of struct mheap_entry
 * @max_slots: out: most slots of an object
 * @max_name: out: longest name, in bytes, not counting a final NUL
 * @max_bytes: out: most payload bytes of an object
 * @max_types: out: most types of a heap, including type 0
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
 * struct mheap_ioc_info - Numbers of a heap and of this session (MHEAP_IOC_INFO)
 * @size: in: size of this struct
 * @rights: out: MHEAP_RIGHT_* of this session
 * @heap_id: out: number of the heap, as in sysfs
 * @objects: out: objects alive
 * @tracked: out: those of @objects that have slots and are not immortal
 * @bytes: out: payload bytes of all objects alive
 * @slots: out: slots of all objects alive
 * @handles: out: handles of this session
 * @sessions: out: sessions on this heap
 * @count: out: per generation, the counter that is compared with the threshold
 * @lock_max_ns: out: longest time, in nanoseconds, for which the lock of the heap
 *	was held, by any task; holds for a few ops by which nothing died are not measured
 * @frozen: out: tracked objects in the permanent generation
 * @quarantined: out: tracked objects that wait for answers to finalizer events
 * @garbage: out: objects in the garbage list
 * @weaks: out: weak handles of this session, including cleared ones
 * @frames: out: frames of this session
 * @events: out: unread events of this session
 * @objects_max: out: most objects that were alive at one time
 * @arenas: out: arenas of payload memory
 * @pages: out: pages of memory in @arenas
 * @handle_end: out: no number from here to MHEAP_HANDLE_MAX was ever the number of a
 *	handle of this session
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
	__aligned_u64 handle_end;
};

/* The largest number that a program can choose for a handle. */
#define MHEAP_HANDLE_MAX	0x7fffffffU

/**
 * enum mheap_opcode - What an op does
 * @MHEAP_OP_ALLOC: make an object of type @type with @index slots and @val payload
 *	bytes; @obj becomes its first handle.  At a limit of the heap the op collects
 *	first, and fails with EDQUOT if that does not help.
 * @MHEAP_OP_DUP: make @val one more handle of @obj
 * @MHEAP_OP_DROP: drop the handle @obj; everything that dies of it is gone when the
 *	op returns
 * @MHEAP_OP_REFCOUNT: the value is the count of @obj: handles of all sessions, slots,
 *	names, unread finalizer events and the garbage list; MHEAP_COUNT_IMMORTAL for
 *	an immortal object
 * @MHEAP_OP_ID: the value is the id of @obj
 * @MHEAP_OP_OPEN_ID: make @obj a handle of the object with the id @arg
 * @MHEAP_OP_SAME: the value is 1 if @obj and @val are the same object, else 0
 * @MHEAP_OP_STAT: write a struct mheap_ioc_stat about @obj to the address in the tail,
 *	where @val bytes are free, at most a page.  A shorter buffer gets the first
 *	members; a longer one is filled up with zeroes.
 * @MHEAP_OP_RESIZE: give @obj @index slots and @val payload bytes.  The op keeps what
 *	fits; new slots are null and new bytes are zero.  At a limit of the heap it
 *	collects first, like ALLOC.
 * @MHEAP_OP_GET: make @val a handle of the object that slot @index of @obj refers to
 * @MHEAP_OP_SET: make slot @index of @obj refer to @val, or to nothing if @val is 0
 * @MHEAP_OP_XCHG: do the same as SET; make the handle in the tail one of the object that
 *	the slot referred to before
 * @MHEAP_OP_CAS: do the same as SET if the slot refers to the object of the handle in
 *	the tail, or is null if that is 0; the value is 1 if the slot was set, else 0
 * @MHEAP_OP_READ: copy @val payload bytes of @obj from offset @index to the address in
 *	the tail; with MHEAP_ENTRY_INLINE there is no tail, and the value begins with them
 * @MHEAP_OP_WRITE: copy @val bytes from the address in the tail to offset @index of the
 *	payload of @obj; with MHEAP_ENTRY_INLINE the tail begins with the bytes
 * @MHEAP_OP_PUBLISH: bind the name at the address in the tail, of @val bytes, to @obj;
 *	EEXIST if the name is bound already
 * @MHEAP_OP_LOOKUP: make @obj a handle of the object that the name at the address in
 *	the tail, of @val bytes, is bound to
 * @MHEAP_OP_UNPUBLISH: unbind the name at the address in the tail, of @val bytes
 * @MHEAP_OP_WEAK_NEW: the value is a new weak handle of @obj, with the cookie @arg
 * @MHEAP_OP_WEAK_GET: make @obj a handle of the object of the weak handle @arg, unless
 *	that was cleared
 * @MHEAP_OP_WEAK_DROP: drop the weak handle @arg, and its event if that is unread
 * @MHEAP_OP_FINALIZER: make this session the finalizer of @obj; the event will carry
 *	the cookie @arg.  If the session is the finalizer already, the op changes the
 *	cookie.  It has no effect on an immortal object.
 * @MHEAP_OP_INTERN: make @obj a handle of the one object of type @type, without slots,
 *	whose payload is the @val bytes at the address in the tail.  The op makes the
 *	object if there is none.  Payload and size of such an object cannot be changed.
 * @MHEAP_OP_FRAME_PUSH: begin a new frame, which owns all handles made from now on.  A
 *	frame takes a number of those that the kernel chooses, as a finalizer does.
 * @MHEAP_OP_FRAME_POP: drop the handles of the newest frame and end it.  The handle
 *	@obj (0: none) is kept; if it belongs to the frame, it moves to the frame below.
 * @MHEAP_OP_COUNT: number of opcodes
 *
 * An op that makes a handle has a value if the kernel chose the number: that number; and
 * if there is no object (GET, XCHG, WEAK_GET): 0.  In the latter case a number that the
 * program chose stands for null in the ops that follow in the batch.
 *
 * READ and WRITE copy more than 16 KiB in pieces, and other calls may come between two
 * pieces.  If one of these calls drops @obj or shortens its payload, the op fails with
 * a part of the bytes copied.  No other op changes an object in part.
 *
 * A READ that fails may have written a part of its buffer.  The buffer of a READ must
 * not overlap the entries or results of the batch, and must not be a mapping of the bytes
 * that it reads, unless each byte is copied onto itself.  A WRITE whose source is a
 * mapping may copy bytes that are older than what an earlier op of the batch wrote there.
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

/*
 * Flags of struct mheap_ioc_stat: the object is immortal; its finalizer event was sent;
 * it was made by MHEAP_OP_INTERN.
 */
#define MHEAP_STAT_IMMORTAL	0x1
#define MHEAP_STAT_FINALIZED	0x2
#define MHEAP_STAT_INTERNED	0x4

/* The count of an immortal object, in MHEAP_OP_REFCOUNT and MHEAP_OP_STAT. */
#define MHEAP_COUNT_IMMORTAL	(~0ULL)

/* ALLOC: the object does not count its references and lives as long as the heap. */
#define MHEAP_ENTRY_IMMORTAL	0x1

/* READ, WRITE: the bytes are in the value or in the tail; there are 8 at most. */
#define MHEAP_ENTRY_INLINE	0x2
#define MHEAP_INLINE_BYTES	8U

/**
 * struct mheap_entry - An op of a batch
 * @opcode: enum mheap_opcode
 * @flags: MHEAP_ENTRY_*
 * @type: a type
 * @obj: a handle
 * @index: a slot, a number of slots or an offset
 * @val: a handle or a number of bytes
 * @arg: an id, a weak handle or a cookie, in place of @index and @val
 *
 * Members that the opcode does not use must be 0.
 */
struct mheap_entry {
	__u8 opcode;
	__u8 flags;
	__u16 type;
	__u32 obj;
	union {
		struct {
			__u32 index;
			__u32 val;
		};
		__aligned_u64 arg;
	};
};

/**
 * struct mheap_tail - What comes after some entries
 * @address: an address of the program, or the bytes of a WRITE
 * @handle: a handle
 * @reserved: must be 0
 *
 * STAT, XCHG, CAS, READ, WRITE, PUBLISH, LOOKUP, UNPUBLISH and INTERN have one, but for
 * READ with MHEAP_ENTRY_INLINE.  Members that the opcode does not use must be 0.
 */
struct mheap_tail {
	__aligned_u64 address;
	__u32 handle;
	__u32 reserved;
};

/**
 * struct mheap_op_result - The result of an op of a batch
 * @entry: number of the entry in the batch, where a tail counts like an entry
 * @error: 0 or a negative errno
 * @value: the value of the op; 0 if it failed
 */
struct mheap_op_result {
	__u32 entry;
	__s32 error;
	__aligned_u64 value;
};

/* Go on after an op that failed, instead of stopping there. */
#define MHEAP_BATCH_GO_ON	0x1

/**
 * struct mheap_ioc_batch - Do a number of ops in order (MHEAP_IOC_BATCH)
 * @size: in: size of this struct
 * @flags: in: MHEAP_BATCH_*
 * @entries: in: address of the first struct mheap_entry
 * @results: in: address of the first struct mheap_op_result
 * @count: in: number of entries and tails, 1 to query.max_ops
 * @done: out: how many of them were done.  If it is less than @count, the op of entry
 *	@done failed, or was not reached since a fatal signal came.
 * @space: in: number of results that fit at @results
 * @filled: out: number of results there
 * @error: out: 0, or why the op of entry @done failed; -ENOSPC if it may have a result
 *	and there is no space for one, in which case it was not tried
 * @reserved: must be 0
 *
 * Only ops that have a value give a result.  With MHEAP_BATCH_GO_ON ops that fail count as
 * done, and each gives a result, too.  The call succeeds even if an op failed.  It fails
 * with EFAULT if the first entries cannot be read, or their results not be written, before
 * anything was done; later, EFAULT is in @error.
 */
struct mheap_ioc_batch {
	__u32 size;
	__u32 flags;
	__aligned_u64 entries;
	__aligned_u64 results;
	__u32 count;
	__u32 done;
	__u32 space;
	__u32 filled;
	__s32 error;
	__u32 reserved;
};

/**
 * struct mheap_ioc_op - Do one op (MHEAP_IOC_OP)
 * @entry: in: the op
 * @tail: in: its tail; zeroes if it has none
 * @value: out: the value of the op, if that is neither 0 nor 1
 *
 * The call returns 0, or 1 if the value of the op is 1 or if a handle was made whose
 * number the program chose.  If the op has another value that is in @value, and the
 * call returns 2.
 */
struct mheap_ioc_op {
	struct mheap_entry entry;
	struct mheap_tail tail;
	__aligned_u64 value;
};

/**
 * struct mheap_ioc_stat - What MHEAP_OP_STAT writes about an object
 * @id: id of the object
 * @refcount: its count as in MHEAP_OP_REFCOUNT, or MHEAP_COUNT_IMMORTAL
 * @nbytes: number of payload bytes
 * @nslots: number of slots
 * @type: number of its type
 * @generation: 0 to 2; 3 permanent, or immortal with slots; 4 in quarantine; -1 not
 *	tracked
 * @flags: MHEAP_STAT_*
 * @offset: where mmap(2) finds the payload, or MHEAP_MAP_NONE if there is none
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
 * @type: number of the type; REGISTER: out; NAME: in
 * @name: in: REGISTER: address of the name; NAME: address of a buffer
 * @name_len: REGISTER: in: length of the name in bytes, without NUL, 1 to
 *	query.max_name.  NAME: in: size of the buffer in bytes, out: length of the
 *	name.  The kernel adds a NUL, which the buffer must have space for.
 * @reserved: must be 0
 *
 * Registering a name again gives the same number.  Type 0 exists from the start and has
 * the name "object".  REGISTER needs the right WRITE if the name is new; NAME needs READ.
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
 * @found: out: unreachable tracked objects that were found, including those that are in
 *	quarantine now
 * @freed: out: all objects that the collection freed, tracked or not
 *
 * The call finishes a collection that is under way, then does its own and returns when
 * that has ended.  After a fatal signal it fails with EINTR, and the scanner thread
 * finishes what was begun.
 */
struct mheap_ioc_collect {
	__u32 size;
	__u32 generation;
	__aligned_u64 found;
	__aligned_u64 freed;
};

/* Bits of mheap_ioc_tune.set: which settings the call changes. */
#define MHEAP_TUNE_ENABLED	0x1
#define MHEAP_TUNE_THRESHOLD	0x2
#define MHEAP_TUNE_LIMIT	0x4
#define MHEAP_TUNE_DEBUG	0x8

/* Debug flag: condemned objects go to the garbage list instead of dying. */
#define MHEAP_DEBUG_SAVE_ALL	0x1

/**
 * struct mheap_ioc_tune - Settings of a heap (MHEAP_IOC_TUNE)
 * @size: in: size of this struct
 * @set: in: MHEAP_TUNE_*: the settings to change; 0 changes none
 * @enabled: whether collections are automatic: 0 or 1
 * @threshold: thresholds of the generations; 0 in the first one turns automatic
 *	collection off
 * @limit_bytes: most payload bytes + 8 for each slot; setting it to 0 restores the
 *	default
 * @limit_objects: most objects; setting it to 0 restores the default
 * @debug: MHEAP_DEBUG_*
 * @reserved: must be 0
 *
 * The kernel writes the settings that are in force after the change to all members but
 * @size and @set.  Changing a setting needs the right CONTROL; reading needs none.
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
 * @generation: in: 0 to 2: the generation whose collections the call is about
 * @collections: out: how many have ended
 * @collected: out: unreachable tracked objects that they found
 * @uncollectable: out: always 0, since every cycle can be taken down
 * @freed: out: all objects that they freed, tracked or not
 * @scanned: out: objects that they looked at (members of the collected generations)
 * @time_ns: out: time of all their slices, in nanoseconds
 * @pause_max_ns: out: their longest slice, in nanoseconds
 * @pause_p99_ns: out: a time in nanoseconds that 99 % of the slices did not exceed; an
 *	upper bound, at most 1/8 too high
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

/*
 * Offsets that can be mapped: MHEAP_MAP_SIZE bytes from 0, for payloads that programs
 * can change, and as many from MHEAP_MAP_CONSTANT, for those of interned objects.
 */
#define MHEAP_MAP_SIZE		0x10000000000ULL
#define MHEAP_MAP_CONSTANT	0x80000000000ULL

/* mheap_ioc_stat.offset of an object without payload. */
#define MHEAP_MAP_NONE		(~0ULL)

/* Kinds of events, which are also the bits of an event mask. */
#define MHEAP_EVENT_FINALIZE	0x1
#define MHEAP_EVENT_WEAK	0x2
#define MHEAP_EVENT_GC_START	0x4
#define MHEAP_EVENT_GC_STOP	0x8

/**
 * struct mheap_ioc_event - An event (from read(2))
 * @kind: MHEAP_EVENT_*
 * @generation: GC_START, GC_STOP: the oldest generation that the collection covers
 * @cookie: FINALIZE, WEAK: the number that the program gave
 * @ref: FINALIZE: a handle of the object; dropping it is the answer
 * @collected: GC_STOP: unreachable tracked objects that were found
 * @uncollectable: GC_STOP: always 0
 * @duration_ns: GC_STOP: nanoseconds from start to end
 * @merged: GC_START, GC_STOP: how many collections the event stands for: 1, or more if
 *	the session did not read its events for long.  @collected and @duration_ns are
 *	sums then, and @generation is that of the last collection.
 * @reserved: 0
 *
 * Members that the kind does not have are 0.  Events of finalizers and weak handles are
 * never merged and never lost.  When objects are condemned together, the events of their
 * weak handles come before those of their finalizers.
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
 * struct mheap_ioc_event_mask - Choose kinds of events (MHEAP_IOC_EVENT_MASK)
 * @size: in: size of this struct
 * @mask: in: MHEAP_EVENT_*; a new session has FINALIZE and WEAK
 *
 * The mask applies to what happens from now on; events that are unread stay.  Without
 * FINALIZE the kernel skips the session's finalizers, like those of a closed session.
 */
struct mheap_ioc_event_mask {
	__u32 size;
	__u32 mask;
};

/**
 * struct mheap_ioc_freeze - The permanent generation (MHEAP_IOC_FREEZE)
 * @size: in: size of this struct
 * @freeze: in: 1 moves all objects of generations 0 to 2 to the permanent generation,
 *	which no collection looks at; 0 moves all its objects to generation 2
 *
 * The call finishes a collection that is under way first.  After a fatal signal it fails
 * with EINTR, and the scanner thread finishes what was begun.
 */
struct mheap_ioc_freeze {
	__u32 size;
	__u32 freeze;
};

/* Kinds of lists (mheap_ioc_list.kind). */
#define MHEAP_LIST_OBJECTS	0
#define MHEAP_LIST_GARBAGE	1
#define MHEAP_LIST_REFERENTS	2
#define MHEAP_LIST_REFERRERS	3

/* mheap_ioc_list.cursor at the end of the list. */
#define MHEAP_LIST_END		(~0ULL)

/**
 * struct mheap_ioc_list - List ids of objects (MHEAP_IOC_LIST)
 * @size: in: size of this struct
 * @kind: in: MHEAP_LIST_OBJECTS: tracked objects; _GARBAGE: the garbage list;
 *	_REFERENTS: for each slot of object @id that is not null, in order, the object
 *	that it refers to; _REFERRERS: each object of which a slot refers to object @id
 * @generation: in: OBJECTS: a generation as in struct mheap_ioc_stat, or -1 for all of
 *	them; otherwise 0
 * @count: in: number of ids that fit at @ids, 1 to query.max_ops; out: number of ids
 *	written
 * @id: in: REFERENTS, REFERRERS: id of an object; otherwise 0
 * @cursor: in: 0, or what the previous call returned; out: where the next call goes on,
 *	or MHEAP_LIST_END
 * @ids: in: address of the array of ids
 *
 * Other calls may come in between, even within one call.  An object that belongs to the
 * list all the time is in it exactly once (REFERENTS: once for each slot); an object that
 * joins or leaves the list meanwhile may be there or not.  REFERRERS looks at all objects
 * of the heap.  All kinds need the right READ.
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
 * When the call returns, everything that only the list kept alive is gone, except cycles,
 * which the next collection finds.  After a fatal signal the call fails with EINTR, and a
 * part of the list is left.
 */
struct mheap_ioc_clear_garbage {
	__u32 size;
	__u32 reserved;
};

/**
 * struct mheap_ioc_attach - Make another session on the same heap (MHEAP_IOC_ATTACH)
 * @size: in: size of this struct
 * @rights: in: MHEAP_RIGHT_* of the new session; EPERM for a right that this session
 *	lacks
 *
 * The call returns the descriptor of the new session, which execve(2) closes.
 */
struct mheap_ioc_attach {
	__u32 size;
	__u32 rights;
};

#endif /* _UAPI_LINUX_MHEAP_H */
