// SPDX-License-Identifier: GPL-2.0
/* Checks of what must hold in the model when the scanner rests and no object is dying. */
#include "model.h"

static void model_check_label(struct model *m, struct mheap_object *o,
			      unsigned int label, unsigned int gen)
{
	if (o->gen != label)
		model_fail(m, "label of %u", (u32)o->id);
	if (m->shadow[o->id].gen != gen)
		model_fail(m, "object %u is in generation %u, not %u",
			   (u32)o->id, gen, m->shadow[o->id].gen);
	if (gen == MHEAP_PERMANENT ? o->colour != MHEAP_FROZEN :
	    o->colour != m->gc.black)
		model_fail(m, "object %u has colour %u", (u32)o->id, o->colour);
}

static u64 model_check_list(struct model *m, struct list_head *list,
			    unsigned int label, unsigned int gen)
{
	struct mheap_object *o;
	u64 n = 0;

	list_for_each_entry(o, list, node) {
		n++;
		model_check_label(m, o, label, gen);
	}
	return n;
}

static u64 model_check_nr(struct model *m, unsigned int label, u64 n)
{
	if (m->gc.nr[label] != n)
		model_fail(m, "label %u has %llu members", label,
			   (unsigned long long)n);
	return n;
}

static void model_check_set(struct model *m, struct mheap_quarantine *q)
{
	u32 i, n = 0;

	for (i = 0; i < m->nlive; i++)
		n += m->shadow[m->live[i]].finalizer.q == q;
	if (q->unanswered != n || !n == list_empty(&q->ready))
		model_fail(m, "a quarantined set waits for %u answers, not %u",
			   q->unanswered, n);
}

static u64 model_check_quarantined(struct model *m)
{
	struct mheap_quarantine *q;
	u64 n = 0;

	list_for_each_entry(q, &m->gc.quarantined, node) {
		model_check_set(m, q);
		n += model_check_list(m, &q->members, MHEAP_QUARANTINED,
				      MHEAP_QUARANTINED);
	}
	return n;
}

static u64 model_check_permanent(struct model *m)
{
	struct mheap_object *o;

	list_for_each_entry(o, &m->gc.permanent, node)
		if (o->frozen_slots != MHEAP_ALL_SLOTS &&
		    m->control != MODEL_NO_FROZEN_ROOTS)
			model_fail(m, "object %u is frozen in part",
				   (u32)o->id);
	return model_check_list(m, &m->gc.permanent, MHEAP_PERMANENT,
				MHEAP_PERMANENT);
}

static u64 model_check_lists(struct model *m)
{
	u64 listed = 0;
	unsigned int g;

	for (g = 0; g < MHEAP_GENERATIONS; g++) {
		unsigned int label = g ? g : m->gc.newborn;

		listed += model_check_nr(m, label,
					 model_check_list(m, &m->gc.generation[g], label, g));
	}
	listed += model_check_nr(m, m->gc.newborn ^ MHEAP_NEWBORN, 0);
	listed += model_check_nr(m, MHEAP_PERMANENT, model_check_permanent(m));
	listed += model_check_nr(m, MHEAP_QUARANTINED, model_check_quarantined(m));
	return listed;
}

void model_check_rest(struct model *m)
{
	u64 tracked = 0, listed;
	u32 i;

	model_check(m);
	listed = model_check_lists(m);
	for (i = 0; i < m->nlive; i++) {
		struct mheap_object *o = model_object(m, m->live[i]);

		tracked += mheap_object_is_tracked(o);
		if (o->flags & (MHEAP_DEAD | MHEAP_CONDEMNED | MHEAP_GREY))
			model_fail(m, "object %u lingers, flags %x",
				   m->live[i], o->flags);
	}
	if (tracked != listed || tracked != mheap_gc_tracked(&m->gc))
		model_fail(m, "%llu tracked, %llu listed",
			   (unsigned long long)tracked,
			   (unsigned long long)listed);
	if (m->gc.whites || !mheap_gc_no_grey(&m->gc) || m->gc.quarantine || m->gc.exam ||
	    !list_empty(&m->gc.set) || !list_empty(&m->gc.old))
		model_fail(m, "traces of a collection");
}
