// SPDX-License-Identifier: GPL-2.0
/* Short ways to use a heap as a program does, without user memory. */
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "event_read.h"
#include "handle.h"
#include "kunit.h"
#include "op/table.h"
#include "scanner.h"
#include "verify.h"

/* Allocate what is needed to do batches of any length, one at a time. */
struct mheap_call *kt_call(struct kunit *test)
{
	struct mheap_call *call = kunit_kzalloc(test, sizeof(*call), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, call);
	call->prepared = kunit_kcalloc(test, MHEAP_CHUNK_OPS,
				       sizeof(*call->prepared), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, call->prepared);
	return call;
}

/* Automatic collection is off, since its effects would depend on timing. */
int kt_init(struct kunit *test)
{
	struct kt *k = kunit_kzalloc(test, sizeof(*k), GFP_KERNEL);

	if (!k)
		return -ENOMEM;
	k->call = kt_call(test);
	k->s = mheap_life_session_create();
	if (IS_ERR(k->s))
		return PTR_ERR(k->s);
	k->heap = k->s->heap;
	k->heap->gc.trigger.enabled = false;
	test->priv = k;
	return 0;
}

void kt_exit(struct kunit *test)
{
	if (!test->priv)
		return;
	kt_expect_sound(test);
	mheap_life_session_end(kt_of(test)->s);
}

/*
 * Say what the slots of n objects refer to in the graph of this number: an object, or
 * nothing if it is -1.  Returns false if the slots of an object are not in rising order,
 * which stands for all orders.
 */
bool kt_decode_slots(int (*slot)[2], int n, unsigned int code)
{
	int i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < 2; k++) {
			slot[i][k] = (int)(code % (n + 1)) - 1;
			code /= n + 1;
		}
		if (slot[i][0] > slot[i][1])
			return false;
	}
	return true;
}

struct mheap_session *kt_attach(struct kunit *test)
{
	struct mheap_session *s = mheap_life_session_open(kt_heap(test), MHEAP_RIGHT_ALL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, s);
	return s;
}

static void kt_import(struct mheap_call *call, u32 i, struct mheap_prepared *p)
{
	const void *from = (void *)(unsigned long)call->ops[i].val;

	if (p->error || p->desc->direction != MHEAP_DATA_IN)
		return;
	memcpy(p->data, from, p->data_len);
	if (p->desc->digest)
		p->desc->digest(call, i, p);
}

static void kt_export(const struct mheap_op *op, const struct mheap_prepared *p)
{
	if (!op->result && mheap_batch_has_output(p))
		memcpy((void *)(unsigned long)op->val, p->data, p->data_len);
}

/* Do a batch.  Returns the number of ops done, as the ioctl does. */
u32 kt_run(struct mheap_call *call, struct mheap_session *s,
	   struct mheap_op *ops, u32 count, bool go_on)
{
	u32 first, n, k;

	mheap_call_init(call, s, ops, count, go_on);
	while (call->at < count && !call->stopped) {
		first = call->at;
		n = mheap_batch_prepare(call);
		for (k = 0; k < n; k++)
			kt_import(call, first + k, &call->prepared[k]);
		k = mheap_batch_run(call, n);
		kt_export(&ops[first + k - 1], &call->prepared[k - 1]);
		mheap_batch_release(call, n);
		mheap_scanner_settle(s->heap);
	}
	return call->at;
}

u32 kt_batch(struct kunit *test, struct mheap_op *ops, u32 count, bool go_on)
{
	return kt_run(kt_of(test)->call, kt_of(test)->s, ops, count, go_on);
}

int kt_do_on(struct kunit *test, struct mheap_session *s, struct mheap_op *op)
{
	kt_run(kt_of(test)->call, s, op, 1, false);
	return op->result;
}

int kt_do(struct kunit *test, struct mheap_op *op)
{
	return kt_do_on(test, kt_of(test)->s, op);
}

/* Do an op that must not fail. */
static u64 kt_out(struct kunit *test, struct mheap_op op)
{
	int err = kt_do(test, &op);

	if (err)
		KUNIT_FAIL(test, "opcode %u: %d", op.opcode, err);
	return op.out;
}

u64 kt_alloc(struct kunit *test, u32 nslots, u32 nbytes)
{
	return kt_out(test, (struct mheap_op){
		.opcode = MHEAP_OP_ALLOC, .len = nslots, .arg = nbytes });
}

u64 kt_alloc_immortal(struct kunit *test, u32 nslots)
{
	return kt_out(test, (struct mheap_op){
		.opcode = MHEAP_OP_ALLOC, .len = nslots,
		.val = MHEAP_ALLOC_IMMORTAL });
}

int kt_drop(struct kunit *test, u64 handle)
{
	struct mheap_op op = { .opcode = MHEAP_OP_DROP, .obj = handle };

	return kt_do(test, &op);
}

u64 kt_dup(struct kunit *test, u64 handle)
{
	return kt_out(test, (struct mheap_op){
		.opcode = MHEAP_OP_DUP, .obj = handle });
}

u64 kt_id(struct kunit *test, u64 handle)
{
	return kt_out(test, (struct mheap_op){
		.opcode = MHEAP_OP_ID, .obj = handle });
}

u64 kt_refcount(struct kunit *test, u64 handle)
{
	return kt_out(test, (struct mheap_op){
		.opcode = MHEAP_OP_REFCOUNT, .obj = handle });
}

/* Open an id.  Returns a new handle, or 0 if the object is dead. */
u64 kt_open(struct kunit *test, u64 id)
{
	struct mheap_op op = { .opcode = MHEAP_OP_OPEN_ID, .arg = id };
	int err = kt_do(test, &op);

	if (err && err != -ENOENT)
		KUNIT_FAIL(test, "open id %llx: %d", id, err);
	return op.out;
}

int kt_set(struct kunit *test, u64 handle, u32 slot, u64 val)
{
	struct mheap_op op = { .opcode = MHEAP_OP_SET, .obj = handle,
			       .index = slot, .val = val };

	return kt_do(test, &op);
}

u64 kt_get(struct kunit *test, u64 handle, u32 slot)
{
	return kt_out(test, (struct mheap_op){
		.opcode = MHEAP_OP_GET, .obj = handle, .index = slot });
}

int kt_resize(struct kunit *test, u64 handle, u32 nslots, u32 nbytes)
{
	struct mheap_op op = { .opcode = MHEAP_OP_RESIZE, .obj = handle,
			       .len = nslots, .arg = nbytes };

	return kt_do(test, &op);
}

int kt_write(struct kunit *test, u64 handle, u64 off, const void *data,
	     u32 len)
{
	struct mheap_op op = { .opcode = MHEAP_OP_WRITE, .obj = handle,
			       .arg = off, .len = len, .val = kt_data(data) };

	return kt_do(test, &op);
}

int kt_read(struct kunit *test, u64 handle, u64 off, void *data, u32 len)
{
	struct mheap_op op = { .opcode = MHEAP_OP_READ, .obj = handle,
			       .arg = off, .len = len, .val = kt_data(data) };

	return kt_do(test, &op);
}

int kt_publish(struct kunit *test, const char *name, u64 handle)
{
	struct mheap_op op = { .opcode = MHEAP_OP_PUBLISH, .obj = handle,
			       .val = kt_data(name), .len = strlen(name) };

	return kt_do(test, &op);
}

/* Look up a name.  Returns a new handle, or 0 if the name is not bound. */
u64 kt_lookup(struct kunit *test, const char *name)
{
	struct mheap_op op = { .opcode = MHEAP_OP_LOOKUP,
			       .val = kt_data(name), .len = strlen(name) };
	int err = kt_do(test, &op);

	if (err && err != -ENOENT)
		KUNIT_FAIL(test, "lookup %s: %d", name, err);
	return op.out;
}

int kt_unpublish(struct kunit *test, const char *name)
{
	struct mheap_op op = { .opcode = MHEAP_OP_UNPUBLISH,
			       .val = kt_data(name), .len = strlen(name) };

	return kt_do(test, &op);
}

u64 kt_weak_new(struct kunit *test, u64 handle, u64 cookie)
{
	return kt_out(test, (struct mheap_op){
		.opcode = MHEAP_OP_WEAK_NEW, .obj = handle, .arg = cookie });
}

u64 kt_weak_get(struct kunit *test, u64 weak)
{
	return kt_out(test, (struct mheap_op){
		.opcode = MHEAP_OP_WEAK_GET, .arg = weak });
}

int kt_weak_drop(struct kunit *test, u64 weak)
{
	struct mheap_op op = { .opcode = MHEAP_OP_WEAK_DROP, .arg = weak };

	return kt_do(test, &op);
}

int kt_finalizer(struct kunit *test, u64 handle, u64 cookie)
{
	struct mheap_op op = { .opcode = MHEAP_OP_FINALIZER, .obj = handle,
			       .arg = cookie };

	return kt_do(test, &op);
}

u64 kt_intern(struct kunit *test, const void *data, u32 len)
{
	return kt_out(test, (struct mheap_op){
		.opcode = MHEAP_OP_INTERN, .val = kt_data(data), .len = len });
}

void kt_frame_push(struct kunit *test)
{
	kt_out(test, (struct mheap_op){ .opcode = MHEAP_OP_FRAME_PUSH });
}

int kt_frame_pop(struct kunit *test, u64 keep)
{
	struct mheap_op op = { .opcode = MHEAP_OP_FRAME_POP, .obj = keep };

	return kt_do(test, &op);
}

/* Read the next event of a session.  Its kind is 0 if there is none. */
struct mheap_ioc_event kt_event_of(struct mheap_session *s)
{
	struct mheap_event_read r;

	if (mheap_event_read_wait(s, true, &r))
		return (struct mheap_ioc_event){ .kind = 0 };
	mheap_event_read_commit(s, &r);
	return r.out;
}

struct mheap_ioc_event kt_event(struct kunit *test)
{
	return kt_event_of(kt_of(test)->s);
}

/* Check the next event.  Returns the handle that comes with it. */
u64 kt_expect_event(struct kunit *test, u32 kind, u64 cookie)
{
	struct mheap_ioc_event e = kt_event(test);

	KUNIT_EXPECT_EQ(test, e.kind, kind);
	KUNIT_EXPECT_EQ(test, e.cookie, cookie);
	return e.ref;
}

/* Collect generations 0 to @generation.  Returns how many unreachable objects it found. */
u64 kt_collect(struct kunit *test, unsigned int generation)
{
	struct mheap_heap *heap = kt_heap(test);
	struct mheap_result result;

	mheap_heap_lock(heap);
	KUNIT_EXPECT_EQ(test, mheap_scanner_collect(heap, generation, &result),
			0);
	mheap_heap_unlock(heap);
	return result.found;
}

void kt_freeze(struct kunit *test, bool freeze)
{
	struct mheap_heap *heap = kt_heap(test);

	mheap_heap_lock(heap);
	KUNIT_EXPECT_EQ(test, mheap_scanner_freeze(heap, freeze), 0);
	mheap_heap_unlock(heap);
}

/* Return the object itself, which is valid as long as something refers to it. */
struct mheap_object *kt_object(struct kunit *test, u64 handle)
{
	struct mheap_object *o;

	mheap_heap_lock(kt_heap(test));
	o = mheap_handle_find(kt_of(test)->s, handle);
	mheap_heap_unlock(kt_heap(test));
	KUNIT_ASSERT_NOT_NULL(test, o);
	return o;
}

/* Could the id be opened?  This makes no reference. */
bool kt_alive(struct kunit *test, u64 id)
{
	struct mheap_heap *heap = kt_heap(test);
	struct mheap_object *o;
	bool alive;

	mheap_heap_lock(heap);
	o = mheap_table_find(&heap->ids, id);
	alive = o && !mheap_gc_is_gone(&heap->gc, o);
	mheap_heap_unlock(heap);
	return alive;
}

/* Wait until another thread has counted up to @n, or for ten seconds. */
void kt_wait_for(struct kunit *test, const u64 *count, u64 n)
{
	unsigned long end = jiffies + 10 * HZ;

	while (READ_ONCE(*count) < n && time_before(jiffies, end))
		schedule_timeout_uninterruptible(1);
	KUNIT_EXPECT_GE(test, READ_ONCE(*count), n);
}

/* Set the thresholds, and turn automatic collection on. */
void kt_set_thresholds(struct kunit *test, u32 t0, u32 t1, u32 t2)
{
	struct mheap_trigger *t = &kt_gc(test)->trigger;

	mheap_heap_lock(kt_heap(test));
	t->enabled = true;
	t->threshold[0] = t0;
	t->threshold[1] = t1;
	t->threshold[2] = t2;
	mheap_heap_unlock(kt_heap(test));
}

void kt_expect_sound(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, mheap_verify(kt_heap(test)), 0);
}

/* Check that nothing is left in the heap, and that nothing is counted. */
void kt_expect_empty(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);

	KUNIT_EXPECT_EQ(test, heap->objects, 0);
	KUNIT_EXPECT_EQ(test, heap->slots, 0);
	KUNIT_EXPECT_EQ(test, heap->bytes, 0);
	KUNIT_EXPECT_EQ(test, heap->ids.used, 0);
	KUNIT_EXPECT_EQ(test, mheap_gc_tracked(&heap->gc), 0);
	KUNIT_EXPECT_EQ(test, heap->gc.nr_ext, 0);
	KUNIT_EXPECT_EQ(test, heap->gc.suspects, 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&heap->gc.quarantined));
	KUNIT_EXPECT_TRUE(test, list_empty(&heap->deferred_free));
}
