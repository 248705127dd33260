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

/* ---- ops ---- */

/* A number that is a handle in no test. */
#define KT_NO_HANDLE	MHEAP_HANDLE_MAX

/**
 * struct kt_encoded - The entries of a batch
 * @entries: entries and tails
 * @results: as many results as there are ops
 * @at: for each op, the index of its entry
 * @number: for each op, the number that it makes a handle, or 0 if the kernel chooses
 * @nr: number of entries and tails
 */
struct kt_encoded {
	struct mheap_entry *entries;
	struct mheap_op_result *results;
	u32 *at;
	u32 *number;
	u32 nr;
};

/* Return the handle that a member stands for: itself, or the one that an earlier op makes. */
static u32 kt_handle(const struct kt_encoded *b, const struct kt_op *op, u16 flag,
		     u64 member, u32 i)
{
	if (op->flags & flag)
		return member < i && b->number[member] ? b->number[member] : KT_NO_HANDLE;
	return member > U32_MAX ? KT_NO_HANDLE : member;
}

static u32 kt_size(u64 size)
{
	return min_t(u64, size, U32_MAX);
}

/* Fill in the members that are handles, and the number of the handle that is made. */
static void kt_encode_handles(const struct kt_encoded *b, const struct kt_op *op, u32 i,
			      struct mheap_entry *e, struct mheap_tail *tail)
{
	e->obj = kt_handle(b, op, KT_OPF_OBJ, op->obj, i);
	switch (op->opcode) {
	case MHEAP_OP_CAS:
		tail->handle = kt_handle(b, op, KT_OPF_ARG, op->arg, i);
		fallthrough;
	case MHEAP_OP_SAME:
	case MHEAP_OP_SET:
		e->val = kt_handle(b, op, KT_OPF_VAL, op->val, i);
		break;
	case MHEAP_OP_XCHG:
		e->val = kt_handle(b, op, KT_OPF_VAL, op->val, i);
		tail->handle = b->number[i];
		break;
	case MHEAP_OP_DUP:
	case MHEAP_OP_GET:
		e->val = b->number[i];
		break;
	default:
		if (mheap_op_desc(op->opcode)->makes == MHEAP_MAKES_OBJ)
			e->obj = b->number[i];
	}
}

/* Fill in the members that are sizes, addresses and the like. */
static void kt_encode_sizes(const struct kt_op *op, struct mheap_entry *e,
			    struct mheap_tail *tail)
{
	switch (op->opcode) {
	case MHEAP_OP_ALLOC:
		e->type = op->index;
		e->flags = op->val;
		fallthrough;
	case MHEAP_OP_RESIZE:
		e->index = op->len;
		e->val = kt_size(op->arg);
		break;
	case MHEAP_OP_GET:
	case MHEAP_OP_SET:
	case MHEAP_OP_XCHG:
	case MHEAP_OP_CAS:
		e->index = op->index;
		break;
	case MHEAP_OP_READ:
	case MHEAP_OP_WRITE:
		e->index = kt_size(op->arg);
		fallthrough;
	case MHEAP_OP_STAT:
	case MHEAP_OP_PUBLISH:
	case MHEAP_OP_LOOKUP:
	case MHEAP_OP_UNPUBLISH:
	case MHEAP_OP_INTERN:
		e->type = op->opcode == MHEAP_OP_INTERN ? op->index : 0;
		e->val = op->len;
		tail->address = op->val;
		break;
	case MHEAP_OP_OPEN_ID:
	case MHEAP_OP_WEAK_NEW:
	case MHEAP_OP_WEAK_GET:
	case MHEAP_OP_WEAK_DROP:
	case MHEAP_OP_FINALIZER:
		e->arg = op->arg;
	}
}

static void kt_encode_op(struct kt_encoded *b, const struct kt_op *op, u32 i)
{
	const struct mheap_op_desc *desc = mheap_op_desc(op->opcode);
	struct mheap_entry *e = &b->entries[b->nr];
	struct mheap_tail tail = {};

	*e = (struct mheap_entry){ .opcode = op->opcode };
	if (desc) {
		kt_encode_sizes(op, e, &tail);
		kt_encode_handles(b, op, i, e, &tail);
	}
	b->at[i] = b->nr;
	b->nr += mheap_op_size(e, desc);
	if (desc && desc->tail)
		memcpy(e + 1, &tail, sizeof(tail));
}

/* In a batch the program chooses the numbers; for a single op the kernel does. */
static void kt_encode(struct kt_encoded *b, const struct kt_op *ops, u32 count)
{
	static atomic_t last = ATOMIC_INIT(0);
	u32 i;

	b->nr = 0;
	for (i = 0; i < count; i++) {
		const struct mheap_op_desc *desc = mheap_op_desc(ops[i].opcode);

		b->number[i] = count > 1 && desc && desc->makes != MHEAP_MAKES_NONE ?
			       atomic_inc_return(&last) : 0;
		kt_encode_op(b, &ops[i], i);
	}
}

/* Store what the ops before entry @done gave, and the error of the one there. */
static void kt_decode(const struct kt_encoded *b, const struct mheap_call *call,
		      struct kt_op *ops, u32 count)
{
	const struct mheap_op_result *r = b->results, *end = r + call->nr_results;
	u32 i;

	for (i = 0; i < count && b->at[i] < call->at; i++) {
		ops[i].result = 0;
		ops[i].out = b->number[i];
		if (ops[i].opcode == MHEAP_OP_FRAME_POP)
			ops[i].out = b->entries[b->at[i]].obj;
		if (r == end || r->entry != b->at[i])
			continue;
		ops[i].result = r->error;
		ops[i].out = r->value;
		r++;
	}
	if (call->error) {
		ops[i].result = call->error;
		ops[i].out = 0;
	}
}

static void kt_import(struct mheap_call *call)
{
	struct mheap_prepared *p = call->prepared, *end = p + call->nr_prepared;

	for (; p < end; p++) {
		if (p->error || p->desc->direction != MHEAP_DATA_IN)
			continue;
		memcpy(p->data, (void *)(unsigned long)mheap_entry_tail(p->entry)->address,
		       p->data_len);
		if (p->desc->digest)
			p->desc->digest(call, p->entry, p);
	}
}

static void kt_export(struct mheap_call *call)
{
	struct mheap_prepared *p = mheap_batch_output(call);

	if (p)
		memcpy((void *)(unsigned long)mheap_entry_tail(p->entry)->address, p->data,
		       p->data_len);
}

static void kt_do_entries(struct mheap_call *call, struct mheap_heap *heap)
{
	u32 end;

	while (call->at < call->nr && !call->error) {
		end = mheap_batch_prepare(call);
		kt_import(call);
		mheap_batch_run(call, end);
		kt_export(call);
		mheap_batch_release(call);
		mheap_scanner_settle(heap);
	}
	mheap_batch_end(call);
}

static u32 kt_ops_done(const struct kt_encoded *b, const struct mheap_call *call, u32 count)
{
	u32 i;

	for (i = 0; i < count && b->at[i] < call->at; i++)
		;
	return i;
}

/* Do a batch whose entries have memory.  Returns the number of ops done. */
static u32 kt_run_encoded(struct mheap_call *call, struct mheap_session *s,
			  struct kt_encoded *b, struct kt_op *ops, u32 count, bool go_on)
{
	kt_encode(b, ops, count);
	mheap_call_init(call, s);
	call->go_on = go_on;
	call->entries = b->entries;
	call->nr = b->nr;
	call->results = b->results;
	call->space = count;
	kt_do_entries(call, s->heap);
	kt_decode(b, call, ops, count);
	return kt_ops_done(b, call, count);
}

/* Do a batch.  Returns the number of ops done. */
u32 kt_run(struct mheap_call *call, struct mheap_session *s,
	   struct kt_op *ops, u32 count, bool go_on)
{
	struct mheap_op_result result;
	struct mheap_entry entries[2];
	u32 at, number, done = 0;
	struct kt_encoded one = { entries, &result, &at, &number };
	struct kt_encoded b = {};

	if (count == 1)
		return kt_run_encoded(call, s, &one, ops, 1, go_on);
	b.entries = kvcalloc(2 * count, sizeof(*b.entries), GFP_KERNEL);
	b.results = kvcalloc(count, sizeof(*b.results), GFP_KERNEL);
	b.at = kvcalloc(count, sizeof(*b.at), GFP_KERNEL);
	b.number = kvcalloc(count, sizeof(*b.number), GFP_KERNEL);
	if (!WARN_ON(!b.entries || !b.results || !b.at || !b.number))
		done = kt_run_encoded(call, s, &b, ops, count, go_on);
	kvfree(b.number);
	kvfree(b.at);
	kvfree(b.results);
	kvfree(b.entries);
	return done;
}

/* Write down an op as an entry and a tail, with the number 0 for a handle that it makes. */
void kt_encode_one(const struct kt_op *op, struct mheap_entry entries[2])
{
	u32 at, number = 0;
	struct kt_encoded b = { .entries = entries, .at = &at, .number = &number };

	memset(entries, 0, 2 * sizeof(*entries));
	kt_encode_op(&b, op, 0);
}

/* Do the one op of an array of entries.  Returns its error. */
int kt_do_entries_of(struct kunit *test, const struct mheap_entry *entries, u32 nr)
{
	struct mheap_call *call = kt_of(test)->call;
	struct mheap_op_result result;

	mheap_call_init(call, kt_of(test)->s);
	call->entries = entries;
	call->nr = nr;
	call->results = &result;
	call->space = 1;
	kt_do_entries(call, kt_heap(test));
	return call->error;
}

u32 kt_batch(struct kunit *test, struct kt_op *ops, u32 count, bool go_on)
{
	return kt_run(kt_of(test)->call, kt_of(test)->s, ops, count, go_on);
}

int kt_do_on(struct kunit *test, struct mheap_session *s, struct kt_op *op)
{
	kt_run(kt_of(test)->call, s, op, 1, false);
	return op->result;
}

int kt_do(struct kunit *test, struct kt_op *op)
{
	return kt_do_on(test, kt_of(test)->s, op);
}

/* Do an op that must not fail. */
static u64 kt_out(struct kunit *test, struct kt_op op)
{
	int err = kt_do(test, &op);

	if (err)
		KUNIT_FAIL(test, "opcode %u: %d", op.opcode, err);
	return op.out;
}

u64 kt_alloc(struct kunit *test, u32 nslots, u32 nbytes)
{
	return kt_out(test, (struct kt_op){
		.opcode = MHEAP_OP_ALLOC, .len = nslots, .arg = nbytes });
}

u64 kt_alloc_immortal(struct kunit *test, u32 nslots)
{
	return kt_out(test, (struct kt_op){
		.opcode = MHEAP_OP_ALLOC, .len = nslots,
		.val = MHEAP_ENTRY_IMMORTAL });
}

int kt_drop(struct kunit *test, u64 handle)
{
	struct kt_op op = { .opcode = MHEAP_OP_DROP, .obj = handle };

	return kt_do(test, &op);
}

u64 kt_dup(struct kunit *test, u64 handle)
{
	return kt_out(test, (struct kt_op){
		.opcode = MHEAP_OP_DUP, .obj = handle });
}

u64 kt_id(struct kunit *test, u64 handle)
{
	return kt_out(test, (struct kt_op){
		.opcode = MHEAP_OP_ID, .obj = handle });
}

u64 kt_refcount(struct kunit *test, u64 handle)
{
	return kt_out(test, (struct kt_op){
		.opcode = MHEAP_OP_REFCOUNT, .obj = handle });
}

/* Open an id.  Returns a new handle, or 0 if the object is dead. */
u64 kt_open(struct kunit *test, u64 id)
{
	struct kt_op op = { .opcode = MHEAP_OP_OPEN_ID, .arg = id };
	int err = kt_do(test, &op);

	if (err && err != -ENOENT)
		KUNIT_FAIL(test, "open id %llx: %d", id, err);
	return op.out;
}

int kt_set(struct kunit *test, u64 handle, u32 slot, u64 val)
{
	struct kt_op op = { .opcode = MHEAP_OP_SET, .obj = handle,
			       .index = slot, .val = val };

	return kt_do(test, &op);
}

u64 kt_get(struct kunit *test, u64 handle, u32 slot)
{
	return kt_out(test, (struct kt_op){
		.opcode = MHEAP_OP_GET, .obj = handle, .index = slot });
}

int kt_resize(struct kunit *test, u64 handle, u32 nslots, u32 nbytes)
{
	struct kt_op op = { .opcode = MHEAP_OP_RESIZE, .obj = handle,
			       .len = nslots, .arg = nbytes };

	return kt_do(test, &op);
}

int kt_write(struct kunit *test, u64 handle, u64 off, const void *data,
	     u32 len)
{
	struct kt_op op = { .opcode = MHEAP_OP_WRITE, .obj = handle,
			       .arg = off, .len = len, .val = kt_data(data) };

	return kt_do(test, &op);
}

int kt_read(struct kunit *test, u64 handle, u64 off, void *data, u32 len)
{
	struct kt_op op = { .opcode = MHEAP_OP_READ, .obj = handle,
			       .arg = off, .len = len, .val = kt_data(data) };

	return kt_do(test, &op);
}

int kt_publish(struct kunit *test, const char *name, u64 handle)
{
	struct kt_op op = { .opcode = MHEAP_OP_PUBLISH, .obj = handle,
			       .val = kt_data(name), .len = strlen(name) };

	return kt_do(test, &op);
}

/* Look up a name.  Returns a new handle, or 0 if the name is not bound. */
u64 kt_lookup(struct kunit *test, const char *name)
{
	struct kt_op op = { .opcode = MHEAP_OP_LOOKUP,
			       .val = kt_data(name), .len = strlen(name) };
	int err = kt_do(test, &op);

	if (err && err != -ENOENT)
		KUNIT_FAIL(test, "lookup %s: %d", name, err);
	return op.out;
}

int kt_unpublish(struct kunit *test, const char *name)
{
	struct kt_op op = { .opcode = MHEAP_OP_UNPUBLISH,
			       .val = kt_data(name), .len = strlen(name) };

	return kt_do(test, &op);
}

u64 kt_weak_new(struct kunit *test, u64 handle, u64 cookie)
{
	return kt_out(test, (struct kt_op){
		.opcode = MHEAP_OP_WEAK_NEW, .obj = handle, .arg = cookie });
}

u64 kt_weak_get(struct kunit *test, u64 weak)
{
	return kt_out(test, (struct kt_op){
		.opcode = MHEAP_OP_WEAK_GET, .arg = weak });
}

int kt_weak_drop(struct kunit *test, u64 weak)
{
	struct kt_op op = { .opcode = MHEAP_OP_WEAK_DROP, .arg = weak };

	return kt_do(test, &op);
}

int kt_finalizer(struct kunit *test, u64 handle, u64 cookie)
{
	struct kt_op op = { .opcode = MHEAP_OP_FINALIZER, .obj = handle,
			       .arg = cookie };

	return kt_do(test, &op);
}

u64 kt_intern(struct kunit *test, const void *data, u32 len)
{
	return kt_out(test, (struct kt_op){
		.opcode = MHEAP_OP_INTERN, .val = kt_data(data), .len = len });
}

void kt_frame_push(struct kunit *test)
{
	kt_out(test, (struct kt_op){ .opcode = MHEAP_OP_FRAME_PUSH });
}

int kt_frame_pop(struct kunit *test, u64 keep)
{
	struct kt_op op = { .opcode = MHEAP_OP_FRAME_POP, .obj = keep };

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

/* How many numbers of a session are claimed and are no handles. */
u64 kt_claimed(struct mheap_session *s)
{
	struct mheap_handle_chunk *chunk;
	unsigned long index;
	u64 busy = 0;

	xa_for_each(&s->handles.chunks, index, chunk)
		busy += chunk->busy;
	return busy - s->handles.used;
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
