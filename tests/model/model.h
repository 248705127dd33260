/* SPDX-License-Identifier: GPL-2.0 */
/* A heap around the collector, and what is known of it without the collector. */
#ifndef MODEL_H
#define MODEL_H

#include <linux/list.h>
#include <linux/types.h>
#include <setjmp.h>

#include "collect.h"
#include "reclaim.h"

#define MODEL_SLOTS	8	/* most slots of an object */
#define MODEL_OBJECTS	64	/* most objects that are not freed */
#define MODEL_HANDLES	48	/* most handles */
#define MODEL_NAMES	4	/* names there are */
#define MODEL_CALLS	3	/* calls that can have objects dying at once */
#define MODEL_NONE	(~0U)

/* What can be left out, to see that violations are found. */
enum model_control {
	MODEL_AS_DESIGNED,
	MODEL_NO_BARRIER,
	MODEL_NO_BARRIER_YOUNG,
	MODEL_NO_BARRIER_MARK,
	MODEL_NO_IMMORTAL_ROOTS,
	MODEL_NO_NAME_ROOTS,
	MODEL_OPEN_CONDEMNED,
	MODEL_CONTROLS,
};

/**
 * struct shadow - An object as a program knows it
 * @object: the object, NULL once it was buried
 * @nslots: its slots
 * @slot: ids of what they refer to, or MODEL_NONE
 * @gen: generation it should be in
 * @in_set: it belongs to the collection under way
 * @counts: references that were found by the check
 * @roots: those of them that are roots
 * @seen: the search for reachable objects that came here last
 */
struct shadow {
	struct mheap_object *object;
	u32 nslots;
	u32 slot[MODEL_SLOTS];
	unsigned int gen;
	bool in_set;
	u32 counts;
	u32 roots;
	u64 seen;
};

/**
 * struct model - A heap
 * @gc: the collector under test
 * @dying: objects that die by collections
 * @call: objects that die by calls
 * @graveyard: objects to be freed at the end of a call or step
 * @shadow: objects by id
 * @ids: ids given so far
 * @max_ids: room for ids
 * @live: ids of objects that were not buried
 * @nlive: how many
 * @handle: ids that handles refer to
 * @nhandles: how many
 * @name: ids that names refer to, or MODEL_NONE
 * @search: number of the last search for reachable objects
 * @disturbed: a program did something since the collection began
 * @expect_found: what the collection must find if it is not disturbed
 * @random: state of the generator of random numbers
 * @control: what is left out
 * @collections: how many ended, by generation
 * @found: unreachable objects found
 * @touched: how often the barrier did something
 * @died: objects buried
 * @broken: where to go with a violation
 * @why: the violation
 */
struct model {
	struct mheap_collector gc;
	struct mheap_dying dying;
	struct mheap_dying call[MODEL_CALLS];
	struct list_head graveyard;
	struct shadow *shadow;
	u32 ids;
	u32 max_ids;
	u32 live[MODEL_OBJECTS];
	u32 nlive;
	u32 handle[MODEL_HANDLES];
	u32 nhandles;
	u32 name[MODEL_NAMES];
	u64 search;
	bool disturbed;
	u64 expect_found;
	u64 random;
	enum model_control control;
	u64 collections[3];
	u64 found;
	u64 touched;
	u64 died;
	jmp_buf broken;
	char why[120];
};

void model_init(struct model *m, u32 max_ids, u64 seed,
		enum model_control control, const u32 threshold[3]);
void model_destroy(struct model *m);
void __noreturn __printf(2, 3)
model_fail(struct model *m, const char *format, ...);

static inline struct mheap_object *model_object(struct model *m, u32 id)
{
	return m->shadow[id].object;
}

/* The linker sends calls of mheap_collect_touch() to the first of them. */
void __wrap_mheap_collect_touch(struct mheap_collector *gc,
				struct mheap_object *o);
void __real_mheap_collect_touch(struct mheap_collector *gc,
				struct mheap_object *o);

/* What programs do; each takes the call that objects die by, if any. */
void model_alloc(struct model *m, u32 nslots, bool immortal);
void model_add_handle(struct model *m, u32 id);
void model_drop_handle(struct model *m, u32 i, struct mheap_dying *dying);
void model_set(struct model *m, u32 id, u32 slot, u32 val,
	       struct mheap_dying *dying);
void model_open(struct model *m, u32 id);
void model_publish(struct model *m, u32 name, u32 id);
void model_unpublish(struct model *m, u32 name, struct mheap_dying *dying);
void model_resize(struct model *m, u32 id, u32 nslots,
		  struct mheap_dying *dying);

/* What the scanner does. */
void model_start(struct model *m, unsigned int generation);
void model_step(struct model *m, unsigned int units);
void model_reclaim(struct model *m, struct mheap_dying *dying,
		   unsigned int units);
void model_finish(struct model *m);

/* What must hold. */
void model_search(struct model *m);
void model_check(struct model *m);
void model_check_condemned(struct model *m);
void model_check_rest(struct model *m);
u64 model_unreachable(struct model *m, unsigned int generation);

/* A random number below @n. */
static inline u32 model_random(struct model *m, u32 n)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return (m->random >> 32) * n >> 32;
}

#endif
