/* SPDX-License-Identifier: GPL-2.0 */
/* A heap around the collector, and a shadow of it that is kept without the collector. */
#ifndef MODEL_H
#define MODEL_H

#include <linux/list.h>
#include <linux/types.h>
#include <setjmp.h>

#include "gc/collect.h"
#include "gc/freeze.h"
#include "gc/gc.h"
#include "gc/mark.h"
#include "gc/quarantine.h"
#include "gc/reclaim.h"
#include "gc/ref.h"
#include "gc/track.h"

#define MODEL_SLOTS	8	/* most slots of an object */
#define MODEL_OBJECTS	64	/* most objects that are not freed */
#define MODEL_HANDLES	48	/* most handles */
#define MODEL_WEAKS	16	/* most weak handles */
#define MODEL_NAMES	4	/* names that can be bound */
#define MODEL_SESSIONS	2	/* sessions; one that ends is followed by another */
#define MODEL_CALLS	3	/* calls that can have dying objects at the same time */
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
	MODEL_NO_FROZEN_ROOTS,
	MODEL_NO_QUARANTINED,
	MODEL_NO_EVENT_REF,
	MODEL_NO_WEAK_CLEAR,
	MODEL_NO_SUSPECTS,
	MODEL_CONTROLS,
};

/* What is counted, to see that a case reaches what it is meant to test. */
enum model_deed {
	DID_COLLECT,		/* collections that ended */
	DID_FIND,		/* unreachable objects found */
	DID_TOUCH,		/* calls of the barrier */
	DID_FREE,		/* objects freed */
	DID_SKIP,		/* collections that were not needed */
	DID_TELL,		/* finalizer events of objects that died by count */
	DID_TELL_SET,		/* finalizer events of objects in quarantine */
	DID_TELL_CONDEMNED,	/* condemned objects that died by count, and were finalized */
	DID_EXAMINE,		/* quarantined sets examined */
	DID_REVIVE,		/* objects that came back from quarantine */
	DID_CLEAR,		/* weak handles cleared as their objects died by count */
	DID_CLEAR_CONDEMNED,	/* weak handles of condemned objects cleared */
	DID_FREEZE,		/* objects frozen */
	DID_SAVE,		/* objects saved in the garbage list */
	DID_CLOSE,		/* sessions that ended with finalizers or events */
	MODEL_DEEDS,
};

/**
 * struct model_quarantine - Memory for a quarantined set
 * @q: the set
 * @node: in model.quarantines
 */
struct model_quarantine {
	struct mheap_quarantine q;
	struct list_head node;
};

/**
 * struct finalizer - The finalizer of an object
 * @set: the object has one
 * @session: the session that finalizes
 * @told: the event was sent
 * @read: the event was read, so dropping the handle that came with it is the answer
 * @spare: memory for a quarantined set, until the collector uses it
 * @q: the quarantined set that waits for the answer
 */
struct finalizer {
	bool set;
	u8 session;
	bool told;
	bool read;
	struct model_quarantine *spare;
	struct mheap_quarantine *q;
};

/**
 * struct shadow - An object as a program knows it
 * @object: the object, or NULL once it was freed
 * @nslots: number of its slots
 * @slot: ids of the objects that they refer to, or MODEL_NONE
 * @gen: the generation that it should be in, MHEAP_PERMANENT or MHEAP_QUARANTINED
 * @in_set: it belongs to the set of the collection under way
 * @condemned: the collection under way found it unreachable
 * @due: it had to be finalized when it was condemned, and has not been
 * @finalized: its finalizer event was sent
 * @finalizer: its finalizer
 * @counts: references to it that the check found
 * @roots: those of @counts that are roots
 * @degree: slots of tracked objects that refer to it
 * @seen: the last search for reachable objects that found it
 */
struct shadow {
	struct mheap_object *object;
	u32 nslots;
	u32 slot[MODEL_SLOTS];
	unsigned int gen;
	bool in_set;
	bool condemned;
	bool due;
	bool finalized;
	struct finalizer finalizer;
	u32 counts;
	u32 roots;
	u32 degree;
	u64 seen;
};

/**
 * struct handle - A handle
 * @id: id of the object
 * @session: the session that owns it
 * @answer: it came with a finalizer event
 */
struct handle {
	u32 id;
	u8 session;
	bool answer;
};

/**
 * struct weak - A weak handle
 * @id: id of the object, or MODEL_NONE if this weak handle is not in use
 * @session: the session that owns it
 * @cleared: it refers to nothing any more
 * @doomed: its object was condemned, so it has to be cleared
 */
struct weak {
	u32 id;
	u8 session;
	bool cleared;
	bool doomed;
};

/**
 * struct model - A heap
 * @gc: the collector under test
 * @dying: objects that die by collections
 * @call: objects that die by calls
 * @deferred_free: objects to be freed at the end of a call or step
 * @quarantines: all memory for quarantined sets
 * @shadow: shadows of objects by id
 * @ids: ids given so far
 * @max_ids: length of @shadow
 * @live: ids of objects that were not freed
 * @nlive: length of @live
 * @handle: handles
 * @nhandles: length of @handle
 * @weak: weak handles
 * @name: ids that names refer to, or MODEL_NONE
 * @event: ids of objects with unread finalizer events, the oldest first
 * @nevents: length of @event
 * @wants: the sessions that want finalizer events
 * @search: number of the last search for reachable objects
 * @began: the phase in which the work of the scanner began
 * @set_apart: the condemned objects go to quarantine
 * @disturbed: a program did something since the collection began
 * @expect_found: how many objects the collection must find if it is not disturbed
 * @random: state of the generator of random numbers
 * @control: what is left out
 * @did: how often each deed happened
 * @broken: where a violation jumps to
 * @why: the violation in words
 */
struct model {
	struct mheap_collector gc;
	struct mheap_dying dying;
	struct mheap_dying call[MODEL_CALLS];
	struct list_head deferred_free;
	struct list_head quarantines;
	struct shadow *shadow;
	u32 ids;
	u32 max_ids;
	u32 live[MODEL_OBJECTS];
	u32 nlive;
	struct handle handle[MODEL_HANDLES];
	u32 nhandles;
	struct weak weak[MODEL_WEAKS];
	u32 name[MODEL_NAMES];
	u32 event[MODEL_OBJECTS];
	u32 nevents;
	bool wants[MODEL_SESSIONS];
	u64 search;
	enum mheap_phase began;
	bool set_apart;
	bool disturbed;
	u64 expect_found;
	u64 random;
	enum model_control control;
	u64 did[MODEL_DEEDS];
	jmp_buf broken;
	char why[120];
};

void model_init(struct model *m, u32 max_ids, u64 seed,
		enum model_control control, const u32 threshold[3]);
void model_destroy(struct model *m);
void model_unlock(struct model *m);
void __noreturn __printf(2, 3)
model_fail(struct model *m, const char *format, ...);

static inline struct mheap_object *model_object(struct model *m, u32 id)
{
	return m->shadow[id].object;
}

static inline bool model_is_white(struct model *m, u32 id)
{
	return model_object(m, id) &&
	       mheap_gc_is_white(&m->gc, model_object(m, id));
}

/* Did the collection under way condemn the object, and has it not died by its count? */
static inline bool model_is_condemned(struct model *m, u32 id)
{
	struct mheap_object *o = model_object(m, id);

	return o && m->shadow[id].condemned && !(o->flags & MHEAP_DEAD);
}

/* The hooks of the collector under test are in hooks.c; "died" and "free" are in model.c. */
extern const struct mheap_gc_ops model_ops;
void model_died(struct mheap_collector *gc, struct mheap_object *o);
void model_free(struct mheap_collector *gc, struct mheap_object *o);
bool model_is_finalizable(struct mheap_collector *gc, struct mheap_object *o);
void model_quarantine_free(struct mheap_quarantine *q);

/* The linker redirects calls of mheap_mark_touch() to the first of these. */
void __wrap_mheap_mark_touch(struct mheap_collector *gc,
			     struct mheap_object *o);
void __real_mheap_mark_touch(struct mheap_collector *gc,
			     struct mheap_object *o);

/* References and what dies when they are dropped. */
void model_ref(struct model *m, u32 id, bool root);
void model_unref(struct model *m, u32 id, bool root, struct mheap_dying *dying);
bool model_slot_is_root(struct model *m, u32 id, u32 slot);
struct mheap_dying *model_call(struct model *m);

/* What programs do.  If objects can die by it, the caller passes the call they die by. */
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
void model_clear_garbage(struct model *m);

/* What programs do with weak handles, finalizers and sessions is in hooks.c. */
void model_add_weak(struct model *m, u32 id);
void model_open_weak(struct model *m, u32 i);
void model_drop_weak(struct model *m, u32 i);
void model_set_finalizer(struct model *m, u32 id);
void model_read_event(struct model *m, unsigned int session);
void model_answer(struct model *m, u32 id);
void model_want(struct model *m, unsigned int session, bool wants);
void model_close(struct model *m, unsigned int session);
void model_drop_ext(struct model *m, u32 id);

/* What the scanner does is in scan.c. */
void model_start(struct model *m, unsigned int generation);
void model_start_exam(struct model *m);
void model_start_freeze(struct model *m);
void model_start_unfreeze(struct model *m);
void model_skip(struct model *m, unsigned int generation);
void model_step(struct model *m, unsigned int budget);
void model_resched(struct model *m);
void model_reclaim(struct model *m, struct mheap_dying *dying,
		   unsigned int budget);
void model_finish(struct model *m);
void model_abandon(struct model *m);

/* The checks of what must hold are in check.c and rest.c. */
void model_search(struct model *m);
void model_check(struct model *m);
void model_check_condemned(struct model *m);
void model_check_told(struct model *m);
void model_check_may_die(struct model *m, u32 id);
void model_check_rest(struct model *m);
u64 model_unreachable(struct model *m);

/* Return a random number below @n. */
static inline u32 model_random(struct model *m, u32 n)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return (m->random >> 32) * n >> 32;
}

#endif
