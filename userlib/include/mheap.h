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
	uint64_t tracked;	/* of which the scanner looks at */
	uint64_t bytes;		/* payload of all objects */
	uint64_t handles;	/* of this session */
	uint64_t sessions;	/* on this heap */
	uint64_t slots;		/* of all objects */
	uint64_t lock_max_ns;	/* longest time the heap's lock was held */
};

/* An object. */
struct mheap_stat {
	uint64_t id;		/* never used again in this heap */
	uint64_t refcount;	/* UINT64_MAX: immortal */
	uint64_t nbytes;
	uint32_t nslots;
	mheap_type type;
	int32_t generation;	/* 0 to 2, 3 permanent, -1 not tracked */
	uint32_t flags;		/* MHEAP_IMMORTAL */
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

/* ---- names ---- */

/* Bind the name to the object, which it keeps alive.  -EEXIST: bound already. */
int mheap_publish(struct mheap *h, const char *name, mheap_ref r);

/* New handle of what the name is bound to.  -ENOENT: no such name. */
int mheap_lookup(struct mheap *h, const char *name, mheap_ref *r);

/* Take the name back.  -ENOENT: no such name. */
int mheap_unpublish(struct mheap *h, const char *name);

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

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* MHEAP_H */
