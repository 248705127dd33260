/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libmheap: a garbage-collected object heap owned by the kernel.
 *
 * A heap holds objects.  An object has a type, slots (each null or a counted
 * reference to an object of the same heap) and payload bytes.  A session (the
 * open file behind struct mheap) holds handles, which are counted references
 * from outside.  An object dies at once when its count reaches 0; the scanner
 * finds objects that only keep each other alive.
 *
 * Every call returns 0 or a positive value on success and -errno on failure.
 * Results come through pointers and are left alone on failure.  A null pointer
 * where a result is wanted is -EFAULT.  Several threads may call functions on
 * one struct mheap at the same time; only one thread at a time may use a struct
 * mheap_batch.
 *
 * Every call with a handle can fail with -EBADF (the session has no such
 * handle) or -EINVAL (the handle is 0 where an object is needed), and every
 * call that needs a right with -EPERM (the session lacks it).  Every call that
 * makes a handle can fail with -EOVERFLOW (the object has as many references
 * as it can have) or -ENOMEM.  A call that fails leaves the heap as it was;
 * mheap_read() and mheap_write() of more than 16 KiB may have copied a part.
 */
#ifndef MHEAP_H
#define MHEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One session; opaque. */
struct mheap;

/* A handle; 0 is null. */
typedef uint64_t mheap_ref;

/* A weak handle, which does not keep its object alive; 0 is none. */
typedef uint64_t mheap_weak;

/* The number of a type; 0 is the type "object". */
typedef uint32_t mheap_type;

/* Rights of a session. */
#define MHEAP_READ	(1U << 0)
#define MHEAP_WRITE	(1U << 1)
#define MHEAP_CONTROL	(1U << 2)
#define MHEAP_ALL	(MHEAP_READ | MHEAP_WRITE | MHEAP_CONTROL)

/*
 * Allocation flag: the object does not count its references and lives as long as
 * the heap.
 */
#define MHEAP_IMMORTAL	(1U << 0)

/* Numbers of a heap and of this session. */
struct mheap_info {
	uint64_t heap_id;	/* number of the heap, as in sysfs */
	uint64_t rights;	/* MHEAP_READ | ..., of this session */
	uint64_t objects;	/* objects alive */
	uint64_t tracked;	/* objects with slots that are not immortal */
	uint64_t bytes;		/* payload bytes of all objects */
	uint64_t handles;	/* handles of this session */
	uint64_t sessions;	/* sessions on this heap */
	uint64_t slots;		/* slots of all objects */
	uint64_t lock_max_ns;	/* longest time for which the heap's lock was held */
	uint64_t frozen;	/* tracked objects in the permanent generation */
	uint64_t quarantined;	/* tracked objects waiting for answers to events */
	uint64_t garbage;	/* objects in the garbage list */
	uint64_t weaks;		/* weak handles of this session */
	uint64_t frames;	/* frames of this session */
	uint64_t events;	/* unread events of this session */
	uint64_t objects_max;	/* most objects alive at one time */
	uint64_t arenas;	/* arenas of payload memory */
	uint64_t pages;		/* pages of memory in the arenas */
};

/* What mheap_stat() says about an object. */
struct mheap_stat {
	uint64_t id;		/* never used again in its heap */
	uint64_t refcount;	/* UINT64_MAX: immortal */
	uint64_t nbytes;
	uint32_t nslots;
	mheap_type type;
	int32_t generation;	/* 0 to 2, 3 permanent or immortal, 4 in quarantine, -1 none */
	uint32_t flags;		/* MHEAP_IMMORTAL | MHEAP_FINALIZED | MHEAP_INTERNED */
};

/*
 * Flags of struct mheap_stat: the object's finalizer event was sent; the object was
 * made by mheap_intern().
 */
#define MHEAP_FINALIZED	(1U << 1)
#define MHEAP_INTERNED	(1U << 2)

/* Debug flag: condemned objects go to the garbage list instead of dying. */
#define MHEAP_DEBUG_SAVEALL	(1U << 0)

/* Kinds of events, which are also the bits of an event mask. */
#define MHEAP_EV_FINALIZE	(1U << 0)
#define MHEAP_EV_WEAK		(1U << 1)
#define MHEAP_EV_GC_START	(1U << 2)
#define MHEAP_EV_GC_STOP	(1U << 3)

/* An event; members that its kind does not have are 0. */
struct mheap_event {
	uint32_t kind;		/* MHEAP_EV_... */
	uint32_t generation;	/* GC_*: the oldest generation collected */
	uint64_t cookie;	/* FINALIZE, WEAK: the number that was given */
	mheap_ref ref;		/* FINALIZE: a handle; dropping it is the answer */
	uint64_t collected;	/* GC_STOP: unreachable tracked objects found */
	uint64_t uncollectable;	/* GC_STOP: always 0 */
	uint64_t duration_ns;	/* GC_STOP: time from start to end */
	uint64_t merged;	/* GC_*: collections that the event stands for */
};

/* Collections of one generation so far. */
struct mheap_gc_stats {
	uint64_t collections;	/* collections that have ended */
	uint64_t collected;	/* unreachable tracked objects found */
	uint64_t uncollectable;	/* always 0 */
	uint64_t scanned;	/* objects looked at */
	uint64_t time_ns;	/* time of all slices */
	uint64_t pause_max_ns;	/* longest slice */
	uint64_t pause_p99_ns;	/* 99 % of the slices were not longer */
	uint64_t freed;		/* all objects freed, tracked or not */
};

#pragma GCC visibility push(default)

/* ---- sessions ---- */

/*
 * Make a new, empty heap and the first session on it.  The device is $MHEAP_DEVICE
 * (ignored in set-user-ID programs), else /dev/mheap.  The caller ends the session
 * with mheap_close().
 */
int mheap_open(struct mheap **h);

/*
 * Make a struct mheap for the descriptor of a session, such as one that another
 * process sent.  On success the descriptor belongs to *h; on failure it stays the
 * caller's.  -ENOTTY: the descriptor is not one of the device; -EPROTONOSUPPORT: the
 * module is too old for this library, or its ops have another size.
 *
 * Handles that the session had before can be used.  If several struct mheap have one
 * session, as also after fork(2), only one of them should make handles: an op of a batch
 * fails with -EEXIST if another one made a handle with the number that it would get.
 */
int mheap_from_fd(int fd, struct mheap **h);

/*
 * Make another session on the same heap, with some of this session's rights, and
 * return its descriptor, which execve(2) closes.  The descriptor is meant for another
 * process, which inherits it or receives it over a socket and passes it to
 * mheap_from_fd().  -EPERM: this session lacks one of the rights.
 */
int mheap_attach(struct mheap *h, uint32_t rights);

/* Return the descriptor, which still belongs to the session. */
int mheap_fd(struct mheap *h);

/*
 * Close the descriptor and free h.  The session ends, and all its handles are dropped,
 * unless a copy of the descriptor is open, for instance in another process.  The caller
 * frees all batches of h first.
 */
int mheap_close(struct mheap *h);

/* Fill *info with numbers of the heap and of this session. */
int mheap_info(struct mheap *h, struct mheap_info *info);

/*
 * Return a sentence about an error of this library, given as errno or as -errno.  The
 * string is constant.
 */
const char *mheap_strerror(int err);

/* Return the version of the library, "major.minor.patch". */
const char *mheap_version(void);

/* ---- objects ---- */

/*
 * Find the type of this name, or make it.  *t is its number, which is the same in
 * every session of the heap.  -E2BIG: the name is too long, or the heap has too many
 * types; -EPERM: there is no such type and the session lacks MHEAP_WRITE.
 */
int mheap_type_register(struct mheap *h, const char *name, mheap_type *t);

/*
 * Write the name of a type, with NUL, to buf, which holds len bytes.  -ENOENT: there is
 * no such type; -ERANGE: the name does not fit.
 */
int mheap_type_name(struct mheap *h, mheap_type t, char *buf, size_t len);

/*
 * Make an object with nslots null slots and nbytes zero bytes; *r is its first
 * handle.  flags is 0 or MHEAP_IMMORTAL.  -ENOENT: there is no such type; -E2BIG: too
 * many slots or bytes; -EDQUOT: the heap is at its limit and a collection did not
 * help; -ENOMEM: the system or the memory cgroup has no memory.
 */
int mheap_alloc(struct mheap *h, mheap_type t, uint32_t nslots, size_t nbytes,
		uint32_t flags, mheap_ref *r);

/* Make one more handle of the object. */
int mheap_dup(struct mheap *h, mheap_ref r, mheap_ref *out);

/*
 * Drop the handle, which never becomes valid again.  If it was the last reference to
 * the object, the object and everything that only it kept alive are gone on return.
 */
int mheap_drop(struct mheap *h, mheap_ref r);

/*
 * *n: how many references the object has: handles of all sessions, slots, names, unread
 * finalizer events and the garbage list; UINT64_MAX if it is immortal.
 */
int mheap_refcount(struct mheap *h, mheap_ref r, uint64_t *n);

/* *id: the id of the object, which names it without keeping it alive. */
int mheap_id(struct mheap *h, mheap_ref r, uint64_t *id);

/*
 * Make a handle of the object with this id.  -ENOENT: there is no such object, or it is
 * dead or condemned.
 */
int mheap_open_id(struct mheap *h, uint64_t id, mheap_ref *r);

/* Return 1 if both are handles of the same object, else 0. */
int mheap_same(struct mheap *h, mheap_ref a, mheap_ref b);

/* Fill *st with what is known about the object. */
int mheap_stat(struct mheap *h, mheap_ref r, struct mheap_stat *st);

/*
 * Change the number of slots and payload bytes.  The object keeps what fits.  Slots
 * that are cut off drop their references; new slots are null and new bytes zero.
 * -EBUSY: another resize of the object is under way; -EPERM: the object is interned;
 * -E2BIG, -EDQUOT, -ENOMEM as for mheap_alloc().
 */
int mheap_resize(struct mheap *h, mheap_ref r, uint32_t nslots, size_t nbytes);

/* ---- slots: -EINVAL if the object has no such slot ---- */

/* *out: a new handle of what the slot refers to, or 0 if it is null. */
int mheap_get(struct mheap *h, mheap_ref obj, uint32_t slot, mheap_ref *out);

/* Make the slot refer to the object of val; 0 clears the slot. */
int mheap_set(struct mheap *h, mheap_ref obj, uint32_t slot, mheap_ref val);

/*
 * Do the same as mheap_set(); *old: a new handle of what the slot referred to before,
 * or 0.
 */
int mheap_xchg(struct mheap *h, mheap_ref obj, uint32_t slot, mheap_ref val,
	       mheap_ref *old);

/*
 * Do the same as mheap_set() if the slot refers to the object of expected, or is null
 * if expected is 0.  Return 1 if the slot was set, 0 if it refers to something else.
 */
int mheap_cas(struct mheap *h, mheap_ref obj, uint32_t slot,
	      mheap_ref expected, mheap_ref val);

/* ---- payload ---- */

/*
 * Copy len payload bytes, from offset off on, to buf or from buf.  -ERANGE: off + len
 * reach beyond the payload, and nothing is copied; -EPERM of mheap_write() also: the
 * object is interned.
 */
int mheap_read(struct mheap *h, mheap_ref obj, uint64_t off, void *buf,
	       size_t len);
int mheap_write(struct mheap *h, mheap_ref obj, uint64_t off, const void *buf,
		size_t len);

/*
 * Map the payload into this process.  *p is its address and, unless len is NULL, *len
 * its length in bytes; NULL and 0 if the object has no payload.  The memory is read-only
 * if the session lacks MHEAP_WRITE or the object is interned.  The address is valid as
 * long as this session holds a handle of the object, nobody resizes the object and the
 * caller does not close h.  Afterwards another object of the heap may lie there, or
 * nothing (SIGBUS).
 */
int mheap_data(struct mheap *h, mheap_ref obj, void **p, size_t *len);

/* ---- names ---- */

/* Bind the name to the object and keep that alive.  -EEXIST: it is bound already. */
int mheap_publish(struct mheap *h, const char *name, mheap_ref r);

/* Make a handle of the object that the name is bound to.  -ENOENT: no such name. */
int mheap_lookup(struct mheap *h, const char *name, mheap_ref *r);

/* Unbind the name, and drop its reference.  -ENOENT: no such name. */
int mheap_unpublish(struct mheap *h, const char *name);

/* ---- frames ---- */

/*
 * Begin a frame: handles made from now on belong to it.  Frames nest.  They belong to
 * the session, not to the thread.  -E2BIG: the session has too many frames.
 */
int mheap_frame_push(struct mheap *h);

/*
 * Drop all handles that belong to the newest frame, and end it.  The handle keep (0:
 * none) is not dropped; if it belongs to the frame, it moves to the frame below.
 * *kept is set to keep, unless kept is NULL.  -EINVAL: there is no frame; -EBADF: keep
 * is no handle.
 */
int mheap_frame_pop(struct mheap *h, mheap_ref keep, mheap_ref *kept);

/*
 * A frame for a block.  The declaration MHEAP_FRAME(h) pushes a frame, and leaving the
 * block, in whatever way, pops it.  MHEAP_FRAME_ERROR() is what pushing returned, 0 or
 * -errno; after an error nothing is popped.
 */
struct mheap_frame_scope {
	struct mheap *h;
	int err;
};

/* Pop the frame of a scope; only MHEAP_FRAME() calls this. */
void mheap_frame_leave(struct mheap_frame_scope *scope);

#define MHEAP_FRAME(heap)						\
	__attribute__((__cleanup__(mheap_frame_leave), __unused__))	\
	struct mheap_frame_scope mheap_frame_scope_ =			\
		{ (heap), mheap_frame_push(heap) }
#define MHEAP_FRAME_ERROR()	(mheap_frame_scope_.err)

/* ---- interned objects ---- */

/*
 * Make a handle of the one object of this type, without slots, whose payload is the len
 * bytes at buf.  The object is made if there is none.  It dies like any other, and
 * cannot be written or resized (-EPERM).  -E2BIG: too many bytes; -ENOENT, -EDQUOT,
 * -ENOMEM as for mheap_alloc().
 */
int mheap_intern(struct mheap *h, mheap_type t, const void *buf, size_t len,
		 mheap_ref *r);

/* ---- weak handles, finalizers, events ---- */

/*
 * Make a weak handle of the object.  When the object dies or is condemned, the weak
 * handle is cleared and this session gets an event MHEAP_EV_WEAK with the cookie.
 */
int mheap_weak_new(struct mheap *h, mheap_ref r, uint64_t cookie,
		   mheap_weak *w);

/*
 * *r: a new handle of the object of the weak handle, or 0 if that was cleared.
 * -ENOENT: the session has no such weak handle.
 */
int mheap_weak_get(struct mheap *h, mheap_weak w, mheap_ref *r);

/* Drop the weak handle, and its event if that is unread. */
int mheap_weak_drop(struct mheap *h, mheap_weak w);

/*
 * Make this session the finalizer of the object: once, before the object would die, the
 * session gets an event MHEAP_EV_FINALIZE with the cookie.  If the session is the
 * finalizer already, this changes the cookie.  -EEXIST: another session finalizes the
 * object, or the object was finalized.
 */
int mheap_set_finalizer(struct mheap *h, mheap_ref r, uint64_t cookie);

/*
 * Take the oldest unread event of the session.  If there is none, wait for one for
 * timeout_ms milliseconds, or without end if timeout_ms is negative.  Return 1 if *ev
 * is an event, 0 if there is none.  -EINTR: a signal came while waiting.
 */
int mheap_next_event(struct mheap *h, struct mheap_event *ev, int timeout_ms);

/*
 * Choose the kinds of events that the session gets from now on; a new session has
 * MHEAP_EV_FINALIZE | MHEAP_EV_WEAK.  Without MHEAP_EV_FINALIZE the finalizers of this
 * session are skipped.
 */
int mheap_event_mask(struct mheap *h, uint32_t mask);

/* ---- collector ----
 *
 * Calls that collect, freeze, clear or set something need MHEAP_CONTROL.  Calls that
 * list ids or ask about one object need MHEAP_READ.  The others need no right.
 */

/*
 * Collect generations 0 to generation (0, 1 or 2) and wait for the end.  Return how
 * many unreachable tracked objects were found.
 */
int64_t mheap_gc_collect(struct mheap *h, int generation);

/* Turn automatic collection on or off; return 1 if it is on, else 0. */
int mheap_gc_enable(struct mheap *h);
int mheap_gc_disable(struct mheap *h);
int mheap_gc_isenabled(struct mheap *h);

/* Set or get the thresholds of automatic collection; t0 = 0 turns it off. */
int mheap_gc_set_threshold(struct mheap *h, uint32_t t0, uint32_t t1,
			   uint32_t t2);
int mheap_gc_get_threshold(struct mheap *h, uint32_t t[3]);

/* Get the counters that are compared with the thresholds. */
int mheap_gc_get_count(struct mheap *h, uint64_t c[3]);

/* Get the statistics of the three generations. */
int mheap_gc_get_stats(struct mheap *h, struct mheap_gc_stats s[3]);

/*
 * Write the ids of the tracked objects of a generation (0 to 2, 3 permanent, 4 in
 * quarantine, -1 all) to ids, at most max of them.  Return how many objects there are,
 * which can be more.  The heap may change meanwhile: an object that is there all the
 * time is listed once.
 */
int64_t mheap_gc_get_objects(struct mheap *h, int generation, uint64_t *ids,
			     size_t max);

/*
 * Do the same for the objects that the slots of an object refer to, in the order of the
 * slots; null slots are left out.
 */
int64_t mheap_gc_get_referents(struct mheap *h, uint64_t id, uint64_t *ids,
			       size_t max);

/*
 * Do the same for the objects of which a slot refers to an object, each once.  This
 * looks at all objects of the heap.
 */
int64_t mheap_gc_get_referrers(struct mheap *h, uint64_t id, uint64_t *ids,
			       size_t max);

/*
 * Return 1 if the scanner looks at the object, because it has slots and is not immortal,
 * else 0.
 */
int mheap_gc_is_tracked(struct mheap *h, mheap_ref r);

/* Return 1 if the finalizer event of the object was sent, else 0. */
int mheap_gc_is_finalized(struct mheap *h, mheap_ref r);

/*
 * Move all objects of generations 0 to 2 to the permanent generation, which no
 * collection looks at; move all its objects to generation 2; return how many objects
 * it has.
 */
int mheap_gc_freeze(struct mheap *h);
int mheap_gc_unfreeze(struct mheap *h);
int64_t mheap_gc_get_freeze_count(struct mheap *h);

/* Set or return the debug flags of the heap, 0 or MHEAP_DEBUG_SAVEALL. */
int mheap_gc_set_debug(struct mheap *h, uint32_t flags);
int mheap_gc_get_debug(struct mheap *h);

/* List the garbage list, like mheap_gc_get_objects(); empty it. */
int64_t mheap_gc_garbage(struct mheap *h, uint64_t *ids, size_t max);
int mheap_gc_clear_garbage(struct mheap *h);

/*
 * Set the limits of the heap: payload bytes + 8 for each slot, and number of objects.  0
 * restores the default.
 */
int mheap_set_limit(struct mheap *h, uint64_t bytes, uint64_t objects);

/* ---- batches ----
 *
 * A batch does many ops in one call to the kernel.  The function of the same name with
 * _batch_ adds an op to the batch.  It takes the arguments of the single call, except
 * pointers for handles.  mheap_batch_submit() does the ops.
 *
 * Where the single call makes a handle, the function of the batch returns a mheap_ref
 * that stands for the handle: at once in later ops of the same batch, and after
 * submitting in every call of the session.  It is a handle like any other then, and the
 * caller drops it like any other.  Outside the batch it is -EBADF before submitting, and
 * stays so if the op failed or found a null slot or a cleared weak handle.  An op fails
 * with -EBADF if it uses the result of an op of the same batch that failed.  What found a
 * null slot or a cleared weak handle is null for later ops of the same submit.
 *
 * A weak handle is written to *w when the batch is submitted; no op of the same batch can
 * use it.
 *
 * Names and buffers must stay valid and unchanged until the batch was submitted;
 * submitting writes the results.  So no op may take its bytes from where an earlier op of
 * the same submit writes a result.  Adding an op returns -ENOSPC if the batch is full;
 * functions that return a mheap_ref return 0 if the batch is full or there is no memory.
 * Errors of the op itself are its result.  A batch is not a transaction: ops that were
 * done before a failure stay done, and other sessions may come in between.
 */
struct mheap_batch;

/*
 * Make a batch with a capacity of that many ops.  Return NULL if there is no memory, or
 * if capacity is 0 or more than INT_MAX.
 */
struct mheap_batch *mheap_batch_new(struct mheap *h, unsigned int capacity);

/* Free the batch and forget ops that were not submitted.  NULL is left alone. */
void mheap_batch_free(struct mheap_batch *b);

/*
 * Empty the batch for new ops and forget ops that were not submitted.  Handles that it
 * made stay valid.
 */
void mheap_batch_reset(struct mheap_batch *b);

/* Choose whether to go on after an op that failed, instead of stopping there. */
void mheap_batch_go_on(struct mheap_batch *b, bool on);

/*
 * Do the ops that were added since the last submit.  Return how many were done, or the
 * first error if none was.  Submitting stops at the first op that fails, unless
 * mheap_batch_go_on() says otherwise; failed ops count as done then.  Ops that were not
 * reached are not done by a later submit either.
 */
int mheap_batch_submit(struct mheap_batch *b);

/*
 * Return what the single call would have returned for op i, counted from 0 since the
 * batch was made or reset.  -ECANCELED: op i was not reached or not submitted; -EINVAL:
 * there is no op i.
 */
int mheap_batch_result(struct mheap_batch *b, unsigned int i);

/* Return the handle that op i made, or 0 if it failed or made none. */
mheap_ref mheap_batch_ref(struct mheap_batch *b, unsigned int i);

/* Add an op that does the same as the call without _batch_. */
mheap_ref mheap_batch_alloc(struct mheap_batch *b, mheap_type t,
			    uint32_t nslots, size_t nbytes, uint32_t flags);
mheap_ref mheap_batch_dup(struct mheap_batch *b, mheap_ref r);
int mheap_batch_drop(struct mheap_batch *b, mheap_ref r);
int mheap_batch_refcount(struct mheap_batch *b, mheap_ref r, uint64_t *n);
int mheap_batch_id(struct mheap_batch *b, mheap_ref r, uint64_t *id);
mheap_ref mheap_batch_open_id(struct mheap_batch *b, uint64_t id);
int mheap_batch_same(struct mheap_batch *b, mheap_ref a, mheap_ref other);
int mheap_batch_stat(struct mheap_batch *b, mheap_ref r, struct mheap_stat *st);
int mheap_batch_resize(struct mheap_batch *b, mheap_ref r, uint32_t nslots,
		       size_t nbytes);
mheap_ref mheap_batch_get(struct mheap_batch *b, mheap_ref obj, uint32_t slot);
int mheap_batch_set(struct mheap_batch *b, mheap_ref obj, uint32_t slot,
		    mheap_ref val);
mheap_ref mheap_batch_xchg(struct mheap_batch *b, mheap_ref obj, uint32_t slot,
			   mheap_ref val);
int mheap_batch_cas(struct mheap_batch *b, mheap_ref obj, uint32_t slot,
		    mheap_ref expected, mheap_ref val);
int mheap_batch_read(struct mheap_batch *b, mheap_ref obj, uint64_t off,
		     void *buf, size_t len);
int mheap_batch_write(struct mheap_batch *b, mheap_ref obj, uint64_t off,
		      const void *buf, size_t len);
int mheap_batch_publish(struct mheap_batch *b, const char *name, mheap_ref r);
mheap_ref mheap_batch_lookup(struct mheap_batch *b, const char *name);
int mheap_batch_unpublish(struct mheap_batch *b, const char *name);
mheap_ref mheap_batch_intern(struct mheap_batch *b, mheap_type t,
			     const void *buf, size_t len);
int mheap_batch_weak_new(struct mheap_batch *b, mheap_ref r, uint64_t cookie,
			 mheap_weak *w);
mheap_ref mheap_batch_weak_get(struct mheap_batch *b, mheap_weak w);
int mheap_batch_weak_drop(struct mheap_batch *b, mheap_weak w);
int mheap_batch_set_finalizer(struct mheap_batch *b, mheap_ref r,
			      uint64_t cookie);
int mheap_batch_frame_push(struct mheap_batch *b);
int mheap_batch_frame_pop(struct mheap_batch *b, mheap_ref keep);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* MHEAP_H */
