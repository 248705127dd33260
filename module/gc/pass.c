// SPDX-License-Identifier: GPL-2.0
/*
 * What the passes of a collection share: where a pass is, which object it visits next,
 * and how a collection begins and ends.
 *
 * This file is as pure as collect.c, which explains the variable names.
 */
#include <linux/list.h>

#include "gc/gc.h"
#include "gc/pass.h"

/* Begin another pass over the set, for the next phase. */
void mheap_pass_next(struct mheap_collector *gc, enum mheap_phase phase)
{
	gc->phase = phase;
	gc->list = &gc->set;
	gc->cursor = gc->set.next;
}

/* Begin a collection of @size objects, whose survivors go to generation @target. */
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
 * A full collection walks the set, then the old objects, then each quarantined set.
 * Returns false if no list is left.
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

/* The collector is idle from now on. */
void mheap_pass_rest(struct mheap_collector *gc)
{
	gc->list = NULL;
	gc->cursor = NULL;
	gc->phase = MHEAP_IDLE;
}

/* End a collection.  @exam is left for the caller of mheap_collect_step() to free. */
void mheap_pass_end(struct mheap_collector *gc)
{
	list_splice_tail_init(&gc->old, &gc->generation[gc->target]);
	list_splice_tail_init(&gc->set, &gc->generation[gc->target]);
	mheap_pass_rest(gc);
	if (!gc->exam)
		mheap_trigger_ended(&gc->trigger, gc->collecting,
				    gc->visited - gc->found);
}

/* Choose what becomes of the white objects, all of which are condemned. */
void mheap_pass_condemned(struct mheap_collector *gc)
{
	if (gc->quarantine)
		mheap_pass_next(gc, MHEAP_QUARANTINE);
	else
		mheap_pass_next(gc, gc->save_all ? MHEAP_SAVE : MHEAP_TAKE_DOWN);
}
