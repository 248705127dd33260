// SPDX-License-Identifier: GPL-2.0
/*
 * Following references: a young collection subtracts the references within its set from
 * the counts, and every collection marks what is reachable.  Both hide memory latency by
 * prefetching blocks of references (Cher et al., Software prefetching for mark-sweep
 * garbage collection, 2004).
 *
 * This file is as pure as collect.c, which explains the variable names.
 */
#include <linux/bug.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/prefetch.h>

#include "compat.h"
#include "gc/gc.h"
#include "gc/mark.h"
#include "gc/pass.h"
#include "limits.h"

/* ---- grey objects ---- */

static void mheap_mark_blacken(struct mheap_collector *gc,
			       struct mheap_object *o)
{
	o->colour = gc->black;
	gc->whites--;
}

static void mheap_mark_shade(struct mheap_collector *gc,
			     struct mheap_object *o)
{
	u32 i = gc->grey_turn;

	mheap_mark_blacken(gc, o);
	o->flags |= MHEAP_GREY;
	o->grey = gc->grey[i];
	gc->grey[i] = o;
	gc->grey_turn = (i + 1) % MHEAP_GREY_STACKS;
}

/**
 * mheap_mark_touch() - The barrier: a reference to a white object was made
 * @gc: the collector
 * @o: the object
 *
 * Objects being taken down cannot be reached, so nobody can make a reference to one.
 * Objects on their way to quarantine or to the garbage list need no barrier, since all
 * of them survive the collection.
 *
 * Context: the heap lock is held.
 */
void mheap_mark_touch(struct mheap_collector *gc, struct mheap_object *o)
{
	if (WARN_ON_ONCE(gc->phase == MHEAP_TAKE_DOWN))
		return;
	if (gc->phase <= MHEAP_MARK)
		mheap_mark_shade(gc, o);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_mark_touch);

/* Pop a grey object.  Returns NULL if it died meanwhile; it may be freed only now. */
static struct mheap_object *mheap_mark_pop(struct mheap_collector *gc)
{
	u32 i = (gc->grey_turn - 1) % MHEAP_GREY_STACKS;
	struct mheap_object *o = gc->grey[i];

	gc->grey_turn = i;
	gc->grey[i] = o->grey;
	prefetch(o->grey);
	o->flags &= ~MHEAP_GREY;
	if (o->flags & MHEAP_FREE_LATER) {
		gc->ops->free(gc, o);
		return NULL;
	}
	return o->flags & MHEAP_DEAD ? NULL : o;
}

/**
 * mheap_mark_abandon() - Empty the grey stacks of a heap that is being destroyed
 * @gc: the collector, which is not used again
 * @budget: how many objects to pop at most
 *
 * Context: the heap lock is held.
 *
 * Return: true if objects are left on the grey stacks.
 */
bool mheap_mark_abandon(struct mheap_collector *gc, unsigned int budget)
{
	while (!mheap_gc_no_grey(gc) && budget--)
		mheap_mark_pop(gc);
	return !mheap_gc_no_grey(gc);
}

/* ---- blocks of references ---- */

/* References whose targets are being prefetched, to be looked at all together. */
struct mheap_refs {
	struct mheap_object *ref[MHEAP_QUEUE];
	unsigned int n;
};

/* Add the targets of slots.  The caller has checked that they fit. */
static void mheap_refs_add(struct mheap_refs *r, struct mheap_object **slots,
			   unsigned int nslots)
{
	struct mheap_object **to = &r->ref[r->n], *t;
	unsigned int i;

	for (i = 0; i < nslots; i++) {
		t = slots[i];
		if (t) {
			prefetch(&t->type);
			*to++ = t;
		}
	}
	r->n = to - r->ref;
}

/*
 * Add the targets of the next slots of the scanned object, as many as fit.  The object
 * may have been resized since the last step and have fewer slots now.
 */
static void mheap_refs_add_slots(struct mheap_refs *r,
				 struct mheap_collector *gc,
				 unsigned int *budget)
{
	struct mheap_object *o = gc->scan, **slots = mheap_object_slots(o);
	u32 i = min(gc->scan_slot, o->nslots);
	u32 n = min3(o->nslots - i, MHEAP_PREFETCH - r->n, *budget);

	*budget -= n;
	mheap_refs_add(r, slots + i, n);
	gc->scan_slot = i + n;
	if (i + n == o->nslots)
		gc->scan = NULL;
}

static void mheap_refs_subtract(struct mheap_refs *r,
				struct mheap_collector *gc)
{
	unsigned int i;

	for (i = 0; i < r->n; i++)
		if (mheap_gc_is_white(gc, r->ref[i]))
			r->ref[i]->gc_refs--;
	r->n = 0;
}

/* Add the targets of all slots of an object if the slots are few and their targets fit. */
static __always_inline bool mheap_refs_add_object(struct mheap_refs *r,
						  struct mheap_object *o)
{
	u32 nslots = o->nslots;

	if (nslots > MHEAP_SCAN_SLOTS || r->n + nslots > MHEAP_QUEUE)
		return false;
	mheap_refs_add(r, mheap_object_slots(o), nslots);
	return true;
}

/* Add what the next member of the set refers to, or scan its slots if they are many. */
static void mheap_refs_add_member(struct mheap_refs *r,
				  struct mheap_collector *gc,
				  unsigned int *budget)
{
	struct mheap_object *o;

	o = list_entry(gc->cursor, struct mheap_object, node);
	gc->cursor = o->node.next;
	prefetch(gc->cursor);
	--*budget;
	if (mheap_refs_add_object(r, o))
		*budget -= min(*budget, o->nslots);
	else
		mheap_pass_scan(gc, o);
}

unsigned int mheap_mark_subtract(struct mheap_collector *gc, unsigned int budget)
{
	struct mheap_refs refs;

	refs.n = 0;
	while (budget) {
		if (refs.n >= MHEAP_PREFETCH)
			mheap_refs_subtract(&refs, gc);
		if (gc->scan) {
			mheap_refs_add_slots(&refs, gc, &budget);
			continue;
		}
		if (gc->cursor == &gc->set) {
			mheap_pass_next(gc, MHEAP_MARK);
			break;
		}
		mheap_refs_add_member(&refs, gc, &budget);
	}
	mheap_refs_subtract(&refs, gc);
	return budget;
}

/* Look at the slots now, while the object is in the cache, or grey the object. */
static void mheap_mark_object(struct mheap_collector *gc,
			      struct mheap_refs *r,
			      struct mheap_object *o)
{
	if (mheap_refs_add_object(r, o))
		mheap_mark_blacken(gc, o);
	else
		mheap_mark_shade(gc, o);
}

/*
 * Give a member the label of the survivors when it is visited.  A quarantined object
 * keeps its label, unless it is its own set that is being examined.
 */
static void mheap_mark_promote(struct mheap_collector *gc,
			       struct mheap_object *o)
{
	if (o->gen != gc->target && (o->gen != MHEAP_QUARANTINED || gc->exam))
		mheap_gc_relabel(gc, o, gc->target);
}

/*
 * Visit members and mark those that are referred to from outside.  Most members are
 * neither roots nor new in their generation, and are only read.
 */
static void mheap_refs_add_roots(struct mheap_refs *r,
				 struct mheap_collector *gc,
				 unsigned int *budget)
{
	bool full = mheap_gc_is_full(gc);
	unsigned int most = r->n ? min(*budget, MHEAP_ROOTS_AHEAD) : *budget;
	struct list_head *cursor = gc->cursor, *end = gc->list;
	unsigned int left = most;
	struct mheap_object *o;

	while (left && cursor != end && r->n < MHEAP_PREFETCH) {
		o = list_entry(cursor, struct mheap_object, node);
		cursor = cursor->next;
		prefetch(cursor);
		left--;
		mheap_mark_promote(gc, o);
		if ((full ? o->roots : o->gc_refs > 0) &&
		    mheap_gc_is_white(gc, o))
			mheap_mark_object(gc, r, o);
	}
	gc->cursor = cursor;
	gc->visited += full ? most - left : 0;
	*budget -= most - left;
}

/* Is every member marked, so that the walk through the old ones can end here? */
static bool mheap_mark_all_black(const struct mheap_collector *gc)
{
	return !gc->whites && gc->list != &gc->set;
}

/* Add what a grey object refers to.  Popping a dead one may free it, which costs more. */
static void mheap_refs_add_grey(struct mheap_refs *r,
				struct mheap_collector *gc, unsigned int *budget)
{
	struct mheap_object *o = mheap_mark_pop(gc);

	--*budget;
	if (!o)
		*budget -= min(*budget, MHEAP_EVENT_COST);
	else if (!mheap_refs_add_object(r, o))
		mheap_pass_scan(gc, o);
}

/*
 * Get more references.  Returns false if there are none.  Roots are looked for only when
 * there is nothing else to do, or to pass the time until a few references arrive: few
 * roots lead to most live objects, and what is marked need not be visited.
 */
static bool mheap_refs_fill(struct mheap_refs *r, struct mheap_collector *gc,
			    unsigned int *budget)
{
	while (*budget && r->n < MHEAP_PREFETCH) {
		if (gc->scan) {
			mheap_refs_add_slots(r, gc, budget);
			continue;
		}
		if (!mheap_gc_no_grey(gc)) {
			mheap_refs_add_grey(r, gc, budget);
			continue;
		}
		if (mheap_mark_all_black(gc))
			return false;
		if (gc->cursor != gc->list) {
			mheap_refs_add_roots(r, gc, budget);
			return true;
		}
		--*budget;
		if (!mheap_pass_next_list(gc))
			return false;
	}
	return true;
}

/* Mark the targets of references that have arrived, and prefetch what they refer to. */
static void mheap_refs_mark(struct mheap_refs *r, struct mheap_collector *gc,
			    struct mheap_refs *next)
{
	unsigned int i;

	for (i = 0; i < r->n; i++)
		if (mheap_gc_is_white(gc, r->ref[i]))
			mheap_mark_object(gc, next, r->ref[i]);
	r->n = 0;
}

static void mheap_refs_shade(struct mheap_refs *r, struct mheap_collector *gc)
{
	unsigned int i;

	for (i = 0; i < r->n; i++)
		if (mheap_gc_is_white(gc, r->ref[i]))
			mheap_mark_shade(gc, r->ref[i]);
}

/*
 * Continue to mark.  No reference may be left over at the end, since its target could
 * die before the next step.  Returns true when there is nothing left to mark.
 */
bool mheap_mark_step(struct mheap_collector *gc, unsigned int *budget)
{
	struct mheap_refs refs[2], *now = &refs[0], *next = &refs[1];
	bool more = true;

	now->n = 0;
	next->n = 0;
	while (*budget && (more || now->n)) {
		*budget -= min(*budget, now->n);
		mheap_refs_mark(now, gc, next);
		more = mheap_refs_fill(next, gc, budget);
		swap(now, next);
	}
	mheap_refs_shade(now, gc);
	return !more && mheap_gc_no_grey(gc);
}
