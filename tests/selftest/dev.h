/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device through its ioctls, without the library.
 *
 * Memory that a call writes to is poisoned before the call.  Calls return 0 or a
 * negative errno; those that return what they made end the case if they fail.
 */
#ifndef DEV_H
#define DEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/mheap.h>

#include "op.h"

#define POISON32	0x5a5a5a5aU
#define POISON64	0x5a5a5a5a5a5a5a5aULL

#define USER_PTR(p)	((uint64_t)(uintptr_t)(p))

/* No program has anything mapped at this address. */
#define BAD_PTR		8ULL

/* A call takes at most this many entries and tails: query.max_ops. */
#define MAX_OPS		16384U

int dev_open(void);

/* Make another session on the heap: returns its descriptor or a negative errno. */
int dev_attach(int fd, uint32_t rights);

int dev_ioctl(int fd, unsigned long cmd, void *arg);

/* ---- batches ---- */

/* Submit ops as one batch; @done may be NULL.  If the call fails, ops stay as they are. */
int dev_batch(int fd, struct op *ops, uint32_t count, uint32_t flags,
	      uint32_t *done);

/* Submit ops as one batch, all of which must succeed. */
void dev_all(int fd, struct op *ops, uint32_t count);

/* Do one op, which keeps its result and out; the result is returned. */
int dev_op(int fd, struct op *op);

/* Did the kernel choose the number? */
bool is_own_number(uint64_t handle);

/* Do an op given by its members: DO() returns its result, OUT() its out if it succeeds. */
#define DO(_fd, ...) dev_op(_fd, &OP(__VA_ARGS__))
#define OUT(_fd, ...) dev_out(_fd, &OP(__VA_ARGS__), __FILE__, __LINE__)
uint64_t dev_out(int fd, struct op *op, const char *file, int line);

uint64_t make(int fd, uint32_t nslots, uint64_t nbytes);
void drop(int fd, uint64_t handle);
uint64_t refcount(int fd, uint64_t handle);
uint64_t id_of(int fd, uint64_t handle);
struct mheap_ioc_stat stat_of(int fd, uint64_t handle);

/* Make a ring of objects with one slot each, to which nothing else refers. */
void make_ring(int fd, uint32_t objects);

/*
 * Make a ring through slot 0 of objects with so many slots. Their handles go to @objects;
 * once they are dropped the ring is garbage.
 */
void make_held_ring(int fd, uint64_t *objects, uint32_t n, uint32_t nslots);
void drop_each(int fd, const uint64_t *objects, uint32_t n);

/* Make an object that refers to itself. */
uint64_t make_loop(int fd, uint32_t nslots, uint64_t nbytes);

/* Let the slot refer to this object, and drop the handle of the latter. */
void give(int fd, uint64_t object, uint32_t slot, uint64_t given);

/* ---- the heap ---- */

struct mheap_ioc_info info_of(int fd);
struct mheap_ioc_tune tune_of(int fd);
struct mheap_ioc_gc_stats gc_stats_of(int fd, uint32_t generation);
struct mheap_ioc_collect collect(int fd, uint32_t generation);
void tune_enabled(int fd, uint32_t enabled);
void tune_threshold(int fd, uint32_t t0, uint32_t t1, uint32_t t2);
void tune_limit(int fd, uint64_t bytes, uint64_t objects);
void tune_debug(int fd, uint32_t flags);
void freeze(int fd, uint32_t on);
void clear_garbage(int fd);

/* Open a new heap that collects only when told to. */
int quiet_heap(void);

/* List all ids and return their number, which may not exceed @room. */
uint32_t list(int fd, struct mheap_ioc_list what, uint64_t *ids, uint32_t room);
#define LIST(_fd, _ids, _room, _kind, ...)				\
	list(_fd, (struct mheap_ioc_list){ .kind = MHEAP_LIST_##_kind,	\
					   __VA_ARGS__ }, _ids, _room)

/* Compare everything that a failed call may not change. */
void check_same_heap(const struct mheap_ioc_info *before,
		     const struct mheap_ioc_info *after, const char *file,
		     int line);
#define CHECK_UNCHANGED(_fd, _before)					\
	do {								\
		struct mheap_ioc_info after_ = info_of(_fd);		\
									\
		check_same_heap(_before, &after_, __FILE__, __LINE__);	\
	} while (0)

/* Let the module verify the heap; a kernel without debugfs passes. */
void check_sound(int fd);

/* ---- sysfs ---- */

/* Returns the number of heaps, or -1 if sysfs cannot be read. */
long sysfs_heaps(void);

/* Wait a moment for the number of heaps to come down to this. */
bool sysfs_heaps_come_to(long heaps);

/* Read or write a file of the heap: returns 0 or a negative errno. */
int sysfs_read(int fd, const char *name, char *text, size_t size);
int sysfs_write(int fd, const char *name, const char *text);
uint64_t sysfs_number(int fd, const char *name);

/* Read or write any file: returns 0 or a negative errno. */
int file_read(const char *path, char *text, size_t size);
int file_write(const char *path, const char *text);

#endif
