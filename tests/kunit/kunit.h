/* SPDX-License-Identifier: GPL-2.0 */
/* Helpers of the suites: a heap for each test, and short ways to use it. */
#ifndef MHEAP_KUNIT_H
#define MHEAP_KUNIT_H

#include <kunit/test.h>

#include "life.h"
#include "op/batch.h"
#include "op/call.h"
#include "event.h"
#include "heap.h"
#include "session.h"

/* Flags of a struct kt_op: the member is the index of an earlier op, and stands for its out. */
#define KT_OPF_OBJ	0x1
#define KT_OPF_VAL	0x2
#define KT_OPF_ARG	0x4

/**
 * struct kt_op - An op as tests write it down, and what it gave
 * @opcode: enum mheap_opcode
 * @flags: KT_OPF_*
 * @result: 0 or a negative errno
 * @obj: a handle
 * @val: a handle, an address, or flags of an object to be made
 * @arg: an expected handle, a weak handle, an id, a cookie, an offset or a number of bytes
 * @index: a slot or a type
 * @len: a number of slots or of bytes
 * @out: a handle or the value of the op
 */
struct kt_op {
	u16 opcode;
	u16 flags;
	int result;
	u64 obj;
	u64 val;
	u64 arg;
	u32 index;
	u32 len;
	u64 out;
};

/**
 * struct kt - The heap of a test
 * @s: its first session
 * @heap: the heap, in which automatic collection is off
 * @call: the batch of the thread that runs the test, which has one at a time
 */
struct kt {
	struct mheap_session *s;
	struct mheap_heap *heap;
	struct mheap_call *call;
};

/* Did the user ask for long cases? */
bool kt_long(void);

/* Should cases be short?  With KASAN everything takes some ten times as long. */
static inline bool kt_slow(void)
{
	return IS_ENABLED(CONFIG_KASAN) && !kt_long();
}

/* Hooks of a struct kunit_suite.  They make a heap for a test, and check it afterwards. */
int kt_init(struct kunit *test);
void kt_exit(struct kunit *test);

static inline struct kt *kt_of(struct kunit *test)
{
	return test->priv;
}

static inline struct mheap_heap *kt_heap(struct kunit *test)
{
	return kt_of(test)->heap;
}

static inline struct mheap_collector *kt_gc(struct kunit *test)
{
	return &kt_of(test)->heap->gc;
}

/* Return the value of an op's member "val" that has its data at an address. */
static inline u64 kt_data(const void *data)
{
	return (unsigned long)data;
}

/* Make another session on the heap, which the test ends by mheap_life_session_end(). */
/* For suites that go through all graphs of a few objects with two slots each. */
bool kt_decode_slots(int (*slot)[2], int n, unsigned int code);

struct mheap_session *kt_attach(struct kunit *test);

struct mheap_call *kt_call(struct kunit *test);
u32 kt_run(struct mheap_call *call, struct mheap_session *s,
	   struct kt_op *ops, u32 count, bool go_on);
u32 kt_batch(struct kunit *test, struct kt_op *ops, u32 count, bool go_on);
int kt_do(struct kunit *test, struct kt_op *op);
void kt_encode_one(const struct kt_op *op, struct mheap_entry entries[2]);
int kt_do_entries_of(struct kunit *test, const struct mheap_entry *entries, u32 nr);
int kt_do_on(struct kunit *test, struct mheap_session *s, struct kt_op *op);

u64 kt_alloc(struct kunit *test, u32 nslots, u32 nbytes);
u64 kt_alloc_immortal(struct kunit *test, u32 nslots);
int kt_drop(struct kunit *test, u64 handle);
u64 kt_dup(struct kunit *test, u64 handle);
u64 kt_id(struct kunit *test, u64 handle);
u64 kt_refcount(struct kunit *test, u64 handle);
u64 kt_open(struct kunit *test, u64 id);
int kt_set(struct kunit *test, u64 handle, u32 slot, u64 val);
u64 kt_get(struct kunit *test, u64 handle, u32 slot);
int kt_resize(struct kunit *test, u64 handle, u32 nslots, u32 nbytes);
int kt_write(struct kunit *test, u64 handle, u64 off, const void *data,
	     u32 len);
int kt_read(struct kunit *test, u64 handle, u64 off, void *data, u32 len);
int kt_publish(struct kunit *test, const char *name, u64 handle);
u64 kt_lookup(struct kunit *test, const char *name);
int kt_unpublish(struct kunit *test, const char *name);
u64 kt_weak_new(struct kunit *test, u64 handle, u64 cookie);
u64 kt_weak_get(struct kunit *test, u64 weak);
int kt_weak_drop(struct kunit *test, u64 weak);
int kt_finalizer(struct kunit *test, u64 handle, u64 cookie);
u64 kt_intern(struct kunit *test, const void *data, u32 len);
void kt_frame_push(struct kunit *test);
int kt_frame_pop(struct kunit *test, u64 keep);
struct mheap_ioc_event kt_event_of(struct mheap_session *s);
struct mheap_ioc_event kt_event(struct kunit *test);
u64 kt_expect_event(struct kunit *test, u32 kind, u64 cookie);

u64 kt_collect(struct kunit *test, unsigned int generation);
void kt_freeze(struct kunit *test, bool freeze);
u64 kt_claimed(struct mheap_session *s);
struct mheap_object *kt_object(struct kunit *test, u64 handle);
bool kt_alive(struct kunit *test, u64 id);
void kt_wait_for(struct kunit *test, const u64 *count, u64 n);
void kt_set_thresholds(struct kunit *test, u32 t0, u32 t1, u32 t2);
void kt_expect_sound(struct kunit *test);
void kt_expect_empty(struct kunit *test);

#endif
