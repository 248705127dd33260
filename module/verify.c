// SPDX-License-Identifier: GPL-2.0
/*
 * A checker of all invariants of a heap, and by that their specification:
 *
 *  - count and roots of each object match the references that exist;
 *  - an object has the ext bit if and only if it has an ext record, and the record's
 *    weak handles and finalizer are those of the object;
 *  - no slot, handle or name refers to an object that died;
 *  - each handle has a number that is claimed;
 *  - each tracked object is on one list: of a generation, the set being collected or a
 *    quarantined set; between collections the list is that of its label;
 *  - no object is white or grey between collections, and during one the counter of white
 *    objects is right;
 *  - the totals of the heap and of its types are sums over its objects.
 *
 * The check after a collection holds the heap lock all the time, since the heap would not
 * be at rest otherwise.  A check that somebody asks for yields the lock like everything
 * else.  If another task had the lock meanwhile, the findings mean nothing, and the check
 * starts again.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "area.h"
#include "area_verify.h"
#include "compat.h"
#include "ext.h"
#include "finalizer.h"
#include "handle.h"
#include "heap.h"
#include "limits.h"
#include "name.h"
#include "object.h"
#include "session.h"
#include "type.h"
#include "verify.h"
#include "weak.h"

/**
 * struct mheap_verifier - One check of a heap, and what it has found so far
 * @heap: the heap
 * @counts: number of references to each object, by the low 32 bits of its id
 * @roots: number of roots among these references
 * @nr: number of elements of @counts and @roots
 * @objects: number of live objects
 * @slots: number of their slots
 * @bytes: number of their payload bytes
 * @tracked: number of tracked objects, by label
 * @whites: number of white objects
 * @nr_ext: number of ext records, less the objects with an ext bit
 * @saved: number of objects in the garbage list
 * @suspects: number of suspects
 * @payloads: number of objects with a payload, by area
 * @lock_count: mheap_heap.lock_count when the check took the lock last
 * @looks: number of objects and references looked at
 * @stops: the check does not yield the heap lock
 * @changed: another task had the lock during the check
 * @broken: the check is over, since an invariant does not hold or @changed is set
 *
 * It belongs to the task that does the check.
 */
struct mheap_verifier {
	struct mheap_heap *heap;
	u32 *counts;
	u32 *roots;
	size_t nr;
	u64 objects;
	u64 slots;
	u64 bytes;
	u64 tracked[MHEAP_GEN_LABELS];
	u64 whites;
	u64 nr_ext;
	u64 saved;
	u64 suspects;
	u64 payloads[2];
	u64 lock_count;
	u32 looks;
	bool stops;
	bool changed;
	bool broken;
};

/* The module parameter: verify each heap after each collection, and stop it meanwhile. */
bool mheap_verify_collections;

/* After so many tries a heap is taken for one that is never at rest. */
#define MHEAP_VERIFY_TRIES	20

/* Called after the lock was dropped and taken again: has another task had it? */
static void mheap_verify_resume(struct mheap_verifier *v)
{
	v->changed |= v->heap->lock_count != v->lock_count + 1;
	v->broken |= v->changed;
	v->lock_count = v->heap->lock_count;
}

/* Yield the lock now and then.  Returns true if the check is over. */
static bool mheap_verify_pause(struct mheap_verifier *v)
{
	if (v->stops || v->broken || ++v->looks % MHEAP_STEP_BUDGET)
		return v->broken;
	if (mheap_heap_cond_resched(v->heap))
		mheap_verify_resume(v);
	return v->broken;
}

static void mheap_verify_that(struct mheap_verifier *v, bool holds,
			      const char *what, u64 number)
{
	if (holds)
		return;
	if (!v->broken)
		pr_err("mheap: heap %u: %s (%llx)\n", v->heap->id, what,
		       number);
	v->broken = true;
}

static void mheap_verify_ref(struct mheap_verifier *v,
			     const struct mheap_object *t, bool root)
{
	if (t->flags & MHEAP_IMMORTAL)
		return;
	mheap_verify_that(v, !(t->flags & MHEAP_DEAD), "reference to a dead object",
			  t->id);
	mheap_verify_that(v, (u32)t->id < v->nr, "reference to nowhere", t->id);
	if (v->broken)
		return;
	v->counts[(u32)t->id]++;
	v->roots[(u32)t->id] += root;
}

static void mheap_verify_slots(struct mheap_verifier *v, struct mheap_object *o)
{
	u32 i;

	for (i = 0; i < o->nslots; i++) {
		if (mheap_object_slots(o)[i])
			mheap_verify_ref(v, mheap_object_slots(o)[i],
					 mheap_object_slot_is_root(o, i));
		if (mheap_verify_pause(v))
			return;
	}
}

/*
 * Normally no handle refers to a condemned object.  But while weak handles are cleared, an
 * object of a future quarantined set can be finalized already, if its count reached 0.
 * Reading the event gives a handle of it, and its slots lead to the others.
 */
static bool mheap_verify_may_have_handle(struct mheap_verifier *v,
					 const struct mheap_object *o)
{
	const struct mheap_collector *gc = &v->heap->gc;

	return !mheap_gc_is_gone(gc, o) ||
	       (gc->phase == MHEAP_CLEAR_WEAKS && gc->quarantine &&
		!(o->flags & (MHEAP_DEAD | MHEAP_CONDEMNED)));
}

static void mheap_verify_handle(struct mheap_verifier *v, struct mheap_object *o)
{
	mheap_verify_that(v, mheap_verify_may_have_handle(v, o),
			  "handle of a dead object", o->id);
	mheap_verify_ref(v, o, true);
}

/* The table of handles itself. */
static void mheap_verify_numbers(struct mheap_verifier *v, struct mheap_session *s)
{
	struct mheap_handle_chunk *chunk;
	u64 at = 0;

	while ((chunk = mheap_handles_next(&s->handles, at))) {
		mheap_verify_that(v, mheap_handles_sound(chunk), "numbers of handles",
				  chunk->first);
		if (mheap_verify_pause(v))
			return;
		at = (u64)chunk->first + MHEAP_CHUNK_HANDLES;
		if (at > U32_MAX)
			return;
	}
}

static void mheap_verify_handles(struct mheap_verifier *v)
{
	struct mheap_session *s;
	struct mheap_object *o;
	u64 at, used;

	list_for_each_entry(s, &v->heap->session_list, node) {
		at = 0;
		used = 0;
		while (mheap_handle_step(s, &at, &o)) {
			if (o)
				mheap_verify_handle(v, o);
			used += !!o;
			if (mheap_verify_pause(v))
				return;
		}
		mheap_verify_that(v, used == s->handles.used, "handles", used);
		mheap_verify_numbers(v, s);
		if (v->broken)
			return;
	}
}

/* An unread finalizer event counts as a reference to its object. */
static void mheap_verify_ext(struct mheap_verifier *v, struct mheap_ext *ext)
{
	struct mheap_finalizer *f = ext->finalizer;
	struct mheap_weak *weak;

	mheap_verify_that(v, ext->object->has_ext, "ext record of an object without the bit",
			  ext->object->id);
	if (f && f->told && !f->answer)
		mheap_verify_ref(v, ext->object, true);
	mheap_verify_that(v, !f || f->object == ext->object,
			  "finalizer of another object", ext->object->id);
	list_for_each_entry(weak, &ext->weaks, node) {
		mheap_verify_that(v, weak->object == ext->object,
				  "weak handle of another object",
				  weak->number);
		if (mheap_verify_pause(v))
			return;
	}
}

static void mheap_verify_exts(struct mheap_verifier *v)
{
	struct rb_node *node;

	for (node = rb_first(&v->heap->exts); node; node = rb_next(node)) {
		v->nr_ext++;
		mheap_verify_ext(v, rb_entry(node, struct mheap_ext, node));
		if (mheap_verify_pause(v))
			return;
	}
	mheap_verify_that(v, v->nr_ext == v->heap->gc.nr_ext, "ext records",
			  v->nr_ext);
}

static void mheap_verify_names(struct mheap_verifier *v)
{
	struct rb_node *node;

	for (node = rb_first(&v->heap->names); node; node = rb_next(node)) {
		mheap_verify_ref(v, rb_entry(node, struct mheap_name,
					     key.node)->object, true);
		if (mheap_verify_pause(v))
			return;
	}
}

static void mheap_verify_tracked(struct mheap_verifier *v,
				 const struct mheap_object *o)
{
	const struct mheap_collector *gc = &v->heap->gc;
	bool tracked = o->nslots && !(o->flags & MHEAP_IMMORTAL) &&
		       !(o->flags & (MHEAP_DEAD | MHEAP_CONDEMNED));
	bool frozen = o->colour == MHEAP_FROZEN;
	bool white = mheap_gc_is_white(gc, o);

	mheap_verify_that(v, tracked == mheap_object_is_tracked(o),
			  "tracked or not", o->id);
	if (!tracked)
		return;
	mheap_verify_that(v, gc->phase != MHEAP_IDLE || !white,
			  "white object at rest", o->id);
	mheap_verify_that(v, o->gen < MHEAP_GEN_LABELS &&
			  (o->gen == MHEAP_PERMANENT) == frozen, "generation",
			  o->id);
	v->suspects += o->suspect;
	if (v->broken)
		return;
	v->whites += white;
	v->tracked[o->gen]++;
}

static void mheap_verify_payload(struct mheap_verifier *v,
				 const struct mheap_object *o)
{
	const struct mheap_payload *p = mheap_object_payload(o);

	if (p)
		v->payloads[p->span->arena->area - v->heap->areas]++;
}

static void mheap_verify_object(struct mheap_verifier *v,
				struct mheap_object *o)
{
	u32 entry = (u32)o->id;

	mheap_verify_that(v, mheap_table_find(&v->heap->ids, o->id) == o,
			  "id", o->id);
	v->saved += o->saved;
	mheap_verify_that(v, o->count == v->counts[entry] + o->saved, "count",
			  o->id);
	mheap_verify_that(v, o->roots == v->roots[entry] + o->saved, "roots",
			  o->id);
	v->nr_ext -= o->has_ext;
	mheap_verify_that(v, !(o->flags & MHEAP_DEAD) || !o->count,
			  "dead object with references", o->id);
	mheap_verify_tracked(v, o);
	mheap_verify_payload(v, o);
	if (o->flags & MHEAP_DEAD)
		return;
	v->objects++;
	v->slots += o->nslots;
	v->bytes += mheap_object_nbytes(o);
}

static void mheap_verify_list(struct mheap_verifier *v, struct list_head *list,
			      u64 *nr)
{
	struct mheap_object *o;

	list_for_each_entry(o, list, node) {
		mheap_verify_that(v, o->node.next->prev == &o->node,
				  "broken list", o->id);
		mheap_verify_that(v, mheap_object_is_tracked(o) &&
				  o->gen < MHEAP_GEN_LABELS,
				  "untracked object in a generation", o->id);
		if (v->broken)
			return;
		nr[o->gen]++;
		if (mheap_verify_pause(v))
			return;
	}
}

static void mheap_verify_collector(struct mheap_verifier *v)
{
	struct mheap_collector *gc = &v->heap->gc;

	mheap_verify_that(v, gc->phase != MHEAP_IDLE ||
			  (list_empty(&gc->set) && list_empty(&gc->old)),
			  "set at rest", 0);
	mheap_verify_that(v, gc->whites == v->whites, "whites", gc->whites);
	mheap_verify_that(v, gc->saved == v->saved, "saved", gc->saved);
	mheap_verify_that(v, gc->suspects == v->suspects, "suspects",
			  gc->suspects);
	mheap_verify_that(v, !v->nr_ext, "objects with an ext bit and no record",
			  v->nr_ext);
	mheap_verify_that(v, gc->phase != MHEAP_IDLE || mheap_gc_no_grey(gc),
			  "grey object at rest", 0);
}

/* The list of a generation has only objects with the label of that generation. */
static void mheap_verify_lists(struct mheap_verifier *v)
{
	struct mheap_collector *gc = &v->heap->gc;
	struct mheap_quarantine *q;
	u64 all[MHEAP_GEN_LABELS] = {};
	unsigned int i;

	for (i = 0; i < MHEAP_GENERATIONS; i++) {
		u64 nr[MHEAP_GEN_LABELS] = {};

		mheap_verify_list(v, &gc->generation[i], nr);
		mheap_verify_that(v, nr[i ?: gc->newborn] ==
				  nr[0] + nr[1] + nr[2] + nr[MHEAP_NEWBORN] +
				  nr[MHEAP_PERMANENT] + nr[MHEAP_QUARANTINED],
				  "wrong label in a generation", i);
		all[i ?: gc->newborn] += nr[i ?: gc->newborn];
	}
	mheap_verify_list(v, &gc->set, all);
	mheap_verify_list(v, &gc->old, all);
	mheap_verify_list(v, &gc->permanent, all);
	list_for_each_entry(q, &gc->quarantined, node) {
		mheap_verify_list(v, &q->members, all);
		if (mheap_verify_pause(v))
			return;
	}
	if (gc->quarantine)
		mheap_verify_list(v, &gc->quarantine->members, all);
	for (i = 0; i < MHEAP_GEN_LABELS; i++) {
		mheap_verify_that(v, all[i] == v->tracked[i], "list", i);
		mheap_verify_that(v, gc->nr[i] == v->tracked[i],
				  "number of tracked objects", i);
	}
}

static void mheap_verify_totals(struct mheap_verifier *v)
{
	struct mheap_heap *heap = v->heap;
	u64 objects = 0, bytes = 0;
	struct mheap_type *type;
	unsigned long index;

	xa_for_each(&heap->types, index, type) {
		objects += type->objects;
		bytes += type->bytes;
		if (mheap_verify_pause(v))
			return;
	}
	mheap_verify_that(v, heap->objects == v->objects, "objects", v->objects);
	mheap_verify_that(v, heap->slots == v->slots, "slots", v->slots);
	mheap_verify_that(v, heap->bytes == v->bytes, "bytes", v->bytes);
	mheap_verify_that(v, objects == v->objects, "objects of types", objects);
	mheap_verify_that(v, bytes == v->bytes, "bytes of types", bytes);
}

/* An area has its own lock, so the heap lock is dropped meanwhile unless @stops is set. */
static const char *mheap_verify_area(struct mheap_verifier *v,
				     struct mheap_area *area, u64 *payloads)
{
	const char *wrong;

	if (v->stops)
		return mheap_area_verify(area, payloads);
	mheap_heap_unlock(v->heap);
	wrong = mheap_area_verify(area, payloads);
	mheap_heap_lock(v->heap);
	mheap_heap_hold_for(v->heap, MHEAP_HOLD_VERIFY);
	mheap_verify_resume(v);
	return wrong;
}

/* An area may have more payloads, of objects that are not in the heap yet or any more. */
static void mheap_verify_areas(struct mheap_verifier *v)
{
	const char *wrong;
	u64 payloads;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(v->payloads); i++) {
		wrong = mheap_verify_area(v, &v->heap->areas[i], &payloads);
		mheap_verify_that(v, !wrong, wrong, i);
		mheap_verify_that(v, payloads >= v->payloads[i], "payloads", i);
	}
}

static void mheap_verify_all(struct mheap_verifier *v)
{
	struct mheap_object *o;
	u64 at = 0;

	while (!mheap_verify_pause(v) &&
	       (o = mheap_table_next(&v->heap->ids, &at)))
		mheap_verify_slots(v, o);
	if (!v->broken)
		mheap_verify_handles(v);
	if (!v->broken)
		mheap_verify_names(v);
	if (!v->broken)
		mheap_verify_exts(v);
	at = 0;
	while (!mheap_verify_pause(v) &&
	       (o = mheap_table_next(&v->heap->ids, &at)))
		mheap_verify_object(v, o);
	if (!v->broken)
		mheap_verify_lists(v);
	if (!v->broken)
		mheap_verify_collector(v);
	if (!v->broken)
		mheap_verify_totals(v);
	if (!v->broken)
		mheap_verify_areas(v);
}

static size_t mheap_verify_capacity(struct mheap_heap *heap)
{
	struct mheap_chunk *chunk;
	unsigned long index, last = 0;

	xa_for_each(&heap->ids.chunks, index, chunk)
		last = index;
	return (last + 1) << 8;
}

/*
 * A heap cannot be checked while an object is resized, since the resize holds a reference
 * and slots are being copied, nor when its last session has ended, whose handles were not
 * dropped.
 */
static int mheap_verify_locked(struct mheap_verifier *v)
{
	struct mheap_heap *heap = v->heap;

	if (!list_empty(&heap->resizing) || heap->closing ||
	    mheap_verify_capacity(heap) > v->nr)
		return -EAGAIN;
	v->lock_count = heap->lock_count;
	mheap_verify_all(v);
	if (v->changed)
		return -EAGAIN;
	return v->broken ? -EUCLEAN : 0;
}

static int mheap_verify_try(struct mheap_heap *heap, bool stops)
{
	struct mheap_verifier v = { .heap = heap, .stops = stops };
	int err = -ENOMEM;

	v.nr = mheap_verify_capacity(heap) + 256;
	v.counts = kvcalloc(v.nr, sizeof(u32), GFP_KERNEL);
	v.roots = kvcalloc(v.nr, sizeof(u32), GFP_KERNEL);
	if (v.counts && v.roots) {
		mheap_heap_lock(heap);
		mheap_heap_hold_for(heap, MHEAP_HOLD_VERIFY);
		err = mheap_verify_locked(&v);
		mheap_heap_unlock(heap);
	}
	kvfree(v.counts);
	kvfree(v.roots);
	return err;
}

static int mheap_verify_repeat(struct mheap_heap *heap, bool stops)
{
	int err = -EAGAIN, tries;

	for (tries = 0; err == -EAGAIN && tries < MHEAP_VERIFY_TRIES; tries++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		err = mheap_verify_try(heap, stops);
		cond_resched();
	}
	return err;
}

/**
 * mheap_verify() - Check all invariants of a heap
 * @heap: the heap
 *
 * Other tasks can use the heap meanwhile.
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: 0, -EUCLEAN if an invariant does not hold, which the kernel log names, -EINTR
 * after a fatal signal, -EAGAIN if the heap kept changing, or -ENOMEM.
 */
int mheap_verify(struct mheap_heap *heap)
{
	return mheap_verify_repeat(heap, false);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_verify);

/**
 * mheap_verify_if_due() - Check a heap after a collection if verify_collections is set
 * @heap: the heap
 *
 * The heap lock is held during the whole check.
 *
 * Context: the heap lock is not held; may sleep.
 */
void mheap_verify_if_due(struct mheap_heap *heap)
{
	if (!READ_ONCE(heap->verify_due))
		return;
	WRITE_ONCE(heap->verify_due, false);
	if (READ_ONCE(mheap_verify_collections))
		WARN_ON_ONCE(mheap_verify_repeat(heap, true) == -EUCLEAN);
}
