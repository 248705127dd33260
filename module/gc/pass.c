// SPDX-License-Identifier: GPL-2.0
/*
 * What the passes of a collection share: where a pass is, which object it visits next,
 * and how a collection begins and ends.  Pure, as collect.c, which also names the
 * variables.
 */
#include <linux/list.h>
#include <linux/prefetch.h>

#include "gc/gc.h"
#include "gc/pass.h"

/* Go through the set once more, for the next phase. */
void mheap_pass_next(struct mheap_collector *gc, enum mheap_phase phase)
{
	gc->phase = phase;
	gc->list = &gc->set;
	gc->cursor = gc->set.next;
}

/* A collection of @size objects, whose survivors go to @target, begins with a phase. */
void mheap_pass_begin(struct mheap_collector *gc, enum mheap_phase phase,
		      u64 size, unsigned int target)
{
	gc->size = size;
	gc->target = target;
	gc->visited = 0;
	gc->found = 0;
	gc->dying->freed = 0;
	mheap_pass_next(gc, phase);
}

/*
 * A full collection goes on from the set to the old objects, and from there to the
 * quarantined sets.  Returns false if there is no list left to go through.
 */
bool mheap_pass_next_list(struct mheap_collector *gc)
{
	struct list_head *node;

	if (!mheap_gc_is_full(gc) || gc->phase >= MHEAP_FREEZE)
		return false;
	if (gc->list == &gc->set) {
		gc->list = &gc->old;
		gc->cursor = gc->list->next;
		return true;
	}
	if (gc->list == &gc->old)
		node = gc->quarantined.next;
	else
		node = list_entry(gc->list, struct mheap_quarantine,
				  members)->node.next;
	if (node == &gc->quarantined)
		return false;
	gc->list = &list_entry(node, struct mheap_quarantine, node)->members;
	gc->cursor = gc->list->next;
	return true;
}

/*
 * The next object to visit in this pass.  NULL at the end of the pass, when @at_end is
 * set, or when the budget is used up.  Each list costs one; the caller counts objects.
 */
struct mheap_object *mheap_pass_visit(struct mheap_collector *gc,
				      unsigned int *budget)
{
	struct mheap_object *o;

	gc->at_end = false;
	while (gc->cursor == gc->list) {
		gc->at_end = !mheap_pass_next_list(gc);
		if (gc->at_end || !*budget)
			return NULL;
		--*budget;
	}
	o = list_entry(gc->cursor, struct mheap_object, node);
	gc->cursor = o->node.next;
	prefetch(gc->cursor);
	return o;
}

/* Nothing is under way any more. */
void mheap_pass_rest(struct mheap_collector *gc)
{
	gc->list = NULL;
	gc->cursor = NULL;
	gc->phase = MHEAP_IDLE;
}

/* Whoever evaluates the collection frees the quarantined set that was examined. */
void mheap_pass_end(struct mheap_collector *gc)
{
	list_splice_tail_init(&gc->old, &gc->generation[gc->target]);
	list_splice_tail_init(&gc->set, &gc->generation[gc->target]);
	mheap_pass_rest(gc);
	if (!gc->exam)
		mheap_trigger_ended(&gc->trigger, gc->collecting,
				    gc->visited - gc->found);
}

/* All that is white is condemned from here on: choose what becomes of it. */
void mheap_pass_condemned(struct mheap_collector *gc)
{
	if (gc->quarantine)
		mheap_pass_next(gc, MHEAP_QUARANTINE);
	else
		mheap_pass_next(gc, gc->save_all ? MHEAP_SAVE : MHEAP_TAKE_DOWN);
}
