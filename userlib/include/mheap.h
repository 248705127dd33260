/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libmheap: a garbage-collected object heap owned by the kernel.
 *
 * A heap holds objects; an object has a type, slots (each null or a counted
 * reference to an object of the same heap) and payload bytes.  A session (the
 * open file behind struct mheap) holds handles, which are counted references
 * from outside.  An object dies at once when its count reaches 0; objects that
 * only keep each other alive are found by the scanner.
 *
 * Every call returns 0 or a positive value on success and -errno on failure;
 * results come through pointers, and are left alone on failure.  A null
 * pointer where a result is wanted is -EFAULT.  Calls on one struct mheap may
 * come from several threads; a struct mheap_batch is for one at a time.
 *
 * Errors that any call with a handle can give: -EBADF (no such handle in this
 * session), -EINVAL (0 where an object is needed), -EPERM (the session lacks
 * the right).  A call that fails leaves the heap as it was.
 */
#ifndef MHEAP_H
#define MHEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One session.  Opaque. */
struct mheap;

/* A handle; 0 is null. */
typedef uint64_t mheap_ref;

/* A weak handle: does not keep its object alive.  0 is none. */
typedef uint64_t mheap_weak;

/* A registered type; 0 is the type "object". */
typedef uint32_t mheap_type;

/* Rights of a session. */
#define MHEAP_READ	(1U << 0)
#define MHEAP_WRITE	(1U << 1)
#define MHEAP_CONTROL	(1U << 2)
#define MHEAP_ALL	(MHEAP_READ | MHEAP_WRITE | MHEAP_CONTROL)

/* Allocation flag: does not count its references, lives as long as the heap. */
#define MHEAP_IMMORTAL	(1U << 0)

/* A heap and this session. */
struct mheap_info {
	uint64_t heap_id;	/* number of the heap, as in sysfs */
	uint64_t rights;	/* MHEAP_READ | ... of this session */
	uint64_t objects;	/* alive */
	uint64_t tracked;	/* of which have slots and are not immortal */
	uint64_t bytes;		/* payload of all objects */
	uint64_t handles;	/* of this session */
	uint64_t sessions;	/* on this heap */
	uint64_t slots;		/* of all objects */
	uint64_t lock_max_ns;	/* longest time the heap's lock was held */
	uint64_t frozen;	/* tracked, in the permanent generation */
	uint64_t quarantined;	/* tracked, waiting for answers to events */
	uint64_t garbage;	/* in the garbage list */
	uint64_t weaks;		/* weak handles of this session */
	uint64_t frames;	/* of this session */
	uint64_t events;	/* unread, of this session */
	uint64_t objects_max;	/* most alive at one time */
	uint64_t arenas;	/* of payload memory */
	uint64_t pages;		/* of memory in them */
};

/* An object. */
struct mheap_stat {
	uint64_t id;		/* never used again in this heap */
	uint64_t refcount;	/* UINT64_MAX: immortal */
	uint64_t nbytes;
	uint32_t nslots;
	mheap_type type;
	int32_t generation;	/* 0 to 2, 3 permanent, 4 in quarantine, -1 not tracked */
	uint32_t flags;		/* MHEAP_IMMORTAL | MHEAP_FINALIZED | MHEAP_INTERNED */
};

/* What mheap_stat() tells besides: its finalizer was told; made by mheap_intern(). */
#define MHEAP_FINALIZED	(1U << 1)
#define MHEAP_INTERNED	(1U << 2)

/* Debug flag: what is condemned goes to the garbage list instead of dying. */
#define MHEAP_DEBUG_SAVEALL	(1U << 0)

/* Kinds of events, and the bits of a mask of them. */
#define MHEAP_EV_FINALIZE	(1U << 0)
#define MHEAP_EV_WEAK		(1U << 1)
#define MHEAP_EV_GC_START	(1U << 2)
#define MHEAP_EV_GC_STOP	(1U << 3)

/* An event.  What a kind does not have is 0. */
struct mheap_event {
	uint32_t kind;		/* MHEAP_EV_... */
	uint32_t generation;	/* GC: the oldest generation collected */
	uint64_t cookie;	/* FINALIZE, WEAK: as given */
	mheap_ref ref;		/* FINALIZE: a handle; dropping it is the answer */
	uint64_t collected;	/* GC_STOP: unreachable tracked objects found */
	uint64_t uncollectable;	/* GC_STOP: always 0 */
	uint64_t duration_ns;	/* GC_STOP: from start to end */
	uint64_t merged;	/* GC: collections that the event stands for */
};

/* Collections of one generation so far. */
struct mheap_gc_stats {
	uint64_t collections;
	uint64_t collected;	/* unreachable tracked objects found */
	uint64_t uncollectable;	/* always 0 */
	uint64_t scanned;	/* objects looked at */
	uint64_t time_ns;	/* of all slices */
	uint64_t pause_max_ns;	/* longest slice */
	uint64_t pause_p99_ns;	/* 99 % of the slices were not longer */
	uint64_t freed;		/* all objects freed, tracked or not */
};

#pragma GCC visibility push(default)

/* ---- sessions ---- */

/*
 * Make a new, empty heap and the first session on it, from the device
 * $MHEAP_DEVICE or /dev/mheap.  *h is for mheap_close().
 */
int mheap_open(struct mheap **h);

/*
 * Make a session of a descriptor of the device, as got from another process.
 * On success the descriptor belongs to *h; on failure it stays the caller's.
 * -ENOTTY: not a descriptor of the device; -EPROTONOSUPPORT: the module is too
 * new or too old for this library.
 */
int mheap_from_fd(int fd, struct mheap **h);

/*
 * Make another session on the same heap, with some of this session's rights, for
 * another process: its descriptor, closed on exec, to be inherited or sent and given to
 * mheap_from_fd() there.  -EPERM: a right that this session lacks.
 */
int mheap_attach(struct mheap *h, uint32_t rights);

/* The descriptor.  It stays the session's. */
int mheap_fd(struct mheap *h);

/*
 * End the session: all its handles are dropped, if no other process has the
 * descriptor too.  Its batches must have been freed before.
 */
int mheap_close(struct mheap *h);

int mheap_info(struct mheap *h, struct mheap_info *info);

/* A sentence for an error of this library, given as errno or as -errno. */
const char *mheap_strerror(int err);

/* Version of the library, "major.minor.patch". */
const char *mheap_version(void);

/* ---- objects ---- */

/*
 * Number of the type of that name, the same in every session of the heap.
 * -E2BIG: name too long, or too many types.
 */
int mheap_type_register(struct mheap *h, const char *name, mheap_type *t);

/* Name of a type, with NUL.  -ENOENT: no such type; -ERANGE: does not fit. */
int mheap_type_name(struct mheap *h, mheap_type t, char *buf, size_t len);

/*
 * Make an object with nslots null slots and nbytes zero bytes; *r is its first
 * handle.  flags: 0 or MHEAP_IMMORTAL.  -ENOENT: no such type; -E2BIG: too many
 * slots or bytes; -EDQUOT: the heap's limit is reached and a collection did not
 * help; -ENOMEM: no memory.
 */
int mheap_alloc(struct mheap *h, mheap_type t, uint32_t nslots, size_t nbytes,
		uint32_t flags, mheap_ref *r);

/* One more handle of the object.  -EOVERFLOW: it has as many as can be. */
int mheap_dup(struct mheap *h, mheap_ref r, mheap_ref *out);

/*
 * Drop the handle, which is never valid again.  If it was the last reference
 * the object is gone on return, with all that only it kept alive.
 */
int mheap_drop(struct mheap *h, mheap_ref r);

/* Handles, slots and names that refer to the object; UINT64_MAX: immortal. */
int mheap_refcount(struct mheap *h, mheap_ref r, uint64_t *n);

/* The id of the object: it names the object without keeping it alive. */
int mheap_id(struct mheap *h, mheap_ref r, uint64_t *id);

/* New handle of the object with that id.  -ENOENT: no such object, or dead. */
int mheap_open_id(struct mheap *h, uint64_t id, mheap_ref *r);

/* 1: both are handles of the same object; 0: not. */
int mheap_same(struct mheap *h, mheap_ref a, mheap_ref b);

int mheap_stat(struct mheap *h, mheap_ref r, struct mheap_stat *st);

/*
 * Change the number of slots and payload bytes.  What fits is kept; slots cut
 * off are dropped, new ones are null, new bytes zero.  -EBUSY: somebody else
 * is resizing the same object; -E2BIG, -EDQUOT, -ENOMEM as for mheap_alloc().
 */
int mheap_resize(struct mheap *h, mheap_ref r, uint32_t nslots, size_t nbytes);

/* ---- slots: -EINVAL if the object has no such slot ---- */

/* *out: new handle of what the slot refers to, or 0 if it is null. */
int mheap_get(struct mheap *h, mheap_ref obj, uint32_t slot, mheap_ref *out);

/* Let the slot refer to val's object; val 0 clears it. */
int mheap_set(struct mheap *h, mheap_ref obj, uint32_t slot, mheap_ref val);

/* The same; *old: new handle of what was there, or 0. */
int mheap_xchg(struct mheap *h, mheap_ref obj, uint32_t slot, mheap_ref val,
	       mheap_ref *old);

/*
 * The same if the slot refers to expected's object (0: if it is null).
 * 1: done; 0: not, the slot refers to something else.
 */
int mheap_cas(struct mheap *h, mheap_ref obj, uint32_t slot,
	      mheap_ref expected, mheap_ref val);

/* ---- payload: all of it or -ERANGE ---- */

int mheap_read(struct mheap *h, mheap_ref obj, uint64_t off, void *buf,
	       size_t len);
int mheap_write(struct mheap *h, mheap_ref obj, uint64_t off, const void *buf,
		size_t len);

/*
 * The payload mapped into this process: *p is its address, and *len, unless len is NULL,
 * its length; NULL and 0 if it has none.  Read-only if the session lacks the right to
 * write, and for interned objects.  The address is good while a handle of the object is
 * held, it is not resized and the session is open; afterwards another object of the
 * heap may be there, or nothing (SIGBUS).
 */
int mheap_data(struct mheap *h, mheap_ref obj, void **p, size_t *len);

/* ---- names ---- */

/* Bind the name to the object, which it keeps alive.  -EEXIST: bound already. */
int mheap_publish(struct mheap *h, const char *name, mheap_ref r);

/* New handle of what the name is bound to.  -ENOENT: no such name. */
int mheap_lookup(struct mheap *h, const char *name, mheap_ref *r);

/* Take the name back.  -ENOENT: no such name. */
int mheap_unpublish(struct mheap *h, const char *name);

/* ---- frames ---- */

/*
 * Handles made from now on belong to a new frame of the session.  Frames nest;
 * they are the session's, not the thread's.  -E2BIG: too many frames.
 */
int mheap_frame_push(struct mheap *h);

/*
 * Drop all handles that belong to the newest frame, and end it.  The handle keep
 * (0: none) is not dropped, and if it belongs to that frame it moves to the one
 * below; *kept (may be NULL) is set to it.  -EINVAL: there is no frame; -EBADF: keep is no handle.
 */
int mheap_frame_pop(struct mheap *h, mheap_ref keep, mheap_ref *kept);

/*
 * A frame for a block: MHEAP_FRAME(h) as a declaration pushes one, and it is
 * popped when the block is left, in whatever way.  MHEAP_FRAME_ERROR() is what
 * pushing returned: 0 or -errno; nothing is popped then.
 */
struct mheap_frame_scope {
	struct mheap *h;
	int err;
};

void mheap_frame_leave(struct mheap_frame_scope *scope);

#define MHEAP_FRAME(heap)						\
	__attribute__((__cleanup__(mheap_frame_leave), __unused__))	\
	struct mheap_frame_scope mheap_frame_scope_ =			\
		{ (heap), mheap_frame_push(heap) }
#define MHEAP_FRAME_ERROR()	(mheap_frame_scope_.err)

/* ---- interned objects ---- */

/*
 * New handle of the one object of that type, without slots, with those bytes; it
 * is made if there is none.  It dies like any other, and cannot be written or
 * resized (-EPERM).  -E2BIG: too many bytes; -ENOENT, -EDQUOT, -ENOMEM as for
 * mheap_alloc().
 */
int mheap_intern(struct mheap *h, mheap_type t, const void *buf, size_t len,
		 mheap_ref *r);

/* ---- weak handles, finalizers, events ---- */

/*
 * New weak handle of the object.  When the object dies or is condemned it is
 * cleared, and this session gets an event MHEAP_EV_WEAK with the cookie.
 */
int mheap_weak_new(struct mheap *h, mheap_ref r, uint64_t cookie,
		   mheap_weak *w);

/* *r: new handle of its object, or 0 if it was cleared.  -ENOENT: no such one. */
int mheap_weak_get(struct mheap *h, mheap_weak w, mheap_ref *r);

/* Drop the weak handle; its event, if unread, is dropped with it. */
int mheap_weak_drop(struct mheap *h, mheap_weak w);

/*
 * This session finalizes the object: once, before it would die, there is an event
 * MHEAP_EV_FINALIZE with the cookie.  Again by the same session: another cookie.
 * -EEXIST: another session finalizes it, or it was finalized already.
 */
int mheap_set_finalizer(struct mheap *h, mheap_ref r, uint64_t cookie);

/*
 * The next event of the session.  Waits for one timeout_ms milliseconds, without
 * end if negative.  1: *ev is the event; 0: there is none.  -EINTR: a signal came.
 */
int mheap_next_event(struct mheap *h, struct mheap_event *ev, int timeout_ms);

/*
 * Which kinds of events are wanted; at first MHEAP_EV_FINALIZE | MHEAP_EV_WEAK.
 * Without FINALIZE finalizers of this session are skipped from now on.
 */
int mheap_event_mask(struct mheap *h, uint32_t mask);

/* ---- collector: all but get_ calls and isenabled need MHEAP_CONTROL ---- */

/*
 * Collect generations 0 to generation (0, 1, 2) and wait for the end.  Returns
 * how many unreachable tracked objects were found.
 */
int64_t mheap_gc_collect(struct mheap *h, int generation);

/* Automatic collection. */
int mheap_gc_enable(struct mheap *h);
int mheap_gc_disable(struct mheap *h);
int mheap_gc_isenabled(struct mheap *h);

/* Thresholds of automatic collection; t0 = 0 turns it off. */
int mheap_gc_set_threshold(struct mheap *h, uint32_t t0, uint32_t t1,
			   uint32_t t2);
int mheap_gc_get_threshold(struct mheap *h, uint32_t t[3]);

/* What is compared with the thresholds. */
int mheap_gc_get_count(struct mheap *h, uint64_t c[3]);

int mheap_gc_get_stats(struct mheap *h, struct mheap_gc_stats s[3]);

/*
 * Ids of the tracked objects of a generation (0 to 2, 3 permanent, -1: all) go to
 * ids, at most max of them.  Returns how many there are.  The heap may change
 * meanwhile: what is there all the time is listed once.
 */
int64_t mheap_gc_get_objects(struct mheap *h, int generation, uint64_t *ids,
			     size_t max);

/* The same for what the slots of an object refer to, in their order. */
int64_t mheap_gc_get_referents(struct mheap *h, uint64_t id, uint64_t *ids,
			       size_t max);

/* The same for the objects that refer to it, each once.  Looks at all objects. */
int64_t mheap_gc_get_referrers(struct mheap *h, uint64_t id, uint64_t *ids,
			       size_t max);

/* 1 or 0: has it slots, so that the scanner looks at it?  Was it finalized? */
int mheap_gc_is_tracked(struct mheap *h, mheap_ref r);
int mheap_gc_is_finalized(struct mheap *h, mheap_ref r);

/*
 * Move all tracked objects to the permanent generation, which no collection looks
 * at; move all of its objects to generation 2; how many it has.
 */
int mheap_gc_freeze(struct mheap *h);
int mheap_gc_unfreeze(struct mheap *h);
int64_t mheap_gc_get_freeze_count(struct mheap *h);

/* Debug flags: 0 or MHEAP_DEBUG_SAVEALL. */
int mheap_gc_set_debug(struct mheap *h, uint32_t flags);
int mheap_gc_get_debug(struct mheap *h);

/* Ids of the garbage list, as mheap_gc_get_objects(); and emptying it. */
int64_t mheap_gc_garbage(struct mheap *h, uint64_t *ids, size_t max);
int mheap_gc_clear_garbage(struct mheap *h);

/* Limits of the heap; 0: the default. */
int mheap_set_limit(struct mheap *h, uint64_t bytes, uint64_t objects);

/* ---- batches ----
 *
 * Many operations in one call to the kernel.  An operation is added by the
 * call of the same name with _batch_, which takes the same arguments, and is
 * done by mheap_batch_submit().  Where the single call makes a handle, that of
 * the batch returns a mheap_ref that stands for it: at once in later operations
 * of the same batch, and after submitting in every call of the session.  It is
 * a handle like any other then, to be dropped when it is not needed any more.
 * Before that, and if the operation failed or found a null slot, it is -EBADF
 * outside the batch.  An operation that uses what a failed one of the same batch
 * should have made is -EINVAL.
 *
 * A weak handle is written to *w when the batch is submitted; the same batch cannot
 * use it.
 *
 * Names and buffers must stay as they are until the batch was submitted;
 * results are there after that.  Adding returns -ENOSPC (calls that make a
 * handle: 0) if the batch is full; errors of the operation are its result.  A
 * batch is not a transaction: what was done before a failure stays, and other
 * sessions may come in between.
 */
struct mheap_batch;

/* Room for capacity operations; NULL if there is no memory or capacity is 0. */
struct mheap_batch *mheap_batch_new(struct mheap *h, unsigned int capacity);

/* Operations that were not submitted are forgotten. */
void mheap_batch_free(struct mheap_batch *b);

/* Empty the batch, for new operations.  Handles it made stay valid. */
void mheap_batch_reset(struct mheap_batch *b);

/* Go on after an operation that failed, instead of stopping there. */
void mheap_batch_go_on(struct mheap_batch *b, bool on);

/*
 * Do what was added since the last submit.  Returns how many operations were
 * done, or the error of the first one if none was.  It stops at the first
 * failure, unless it is to go on; failed ones count as done then.
 */
int mheap_batch_submit(struct mheap_batch *b);

/*
 * What the single call would have returned for operation i (from 0, since new
 * or reset).  -ECANCELED: it was not reached; -EINVAL: there is no such one.
 */
int mheap_batch_result(struct mheap_batch *b, unsigned int i);

/* The handle that operation i made, or 0 if it made none (null, or failed). */
mheap_ref mheap_batch_ref(struct mheap_batch *b, unsigned int i);

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
