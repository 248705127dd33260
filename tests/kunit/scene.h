/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small graph and a collector that does one unit of work at a time.  Meanwhile a program
 * first makes a reference to an object, and then drops the reference that kept the object
 * alive before, so that only the barrier can save it.
 *
 * In the graph r has a handle and refers to a, a refers to t, and t refers to u.  The
 * objects g and h refer to each other and are garbage.  Another object is immortal.
 */
#ifndef MHEAP_KUNIT_SCENE_H
#define MHEAP_KUNIT_SCENE_H

#include "kunit.h"

enum kt_node { KT_R, KT_A, KT_T, KT_U, KT_G, KT_H, KT_NODES };

/**
 * struct kt_scene - A collection and the program that interferes
 * @test: the test
 * @gc: the collector
 * @move: what the program does
 * @work: what the collector does, or NULL if it collects @generation
 * @generation: the generation of the objects, and of the collection
 * @order: the order in which the objects are made
 * @id: ids of the objects
 * @handle: handles of the objects, or 0 if dropped
 * @fixed: handle of the immortal object
 * @saved: the handle that keeps t alive in the end, or 0
 * @named: a name keeps t alive in the end
 * @weak: a weak handle of t, or 0
 * @answer: the handle that came with an event, which is dropped at the start
 */
struct kt_scene {
	struct kunit *test;
	struct mheap_collector *gc;
	const struct kt_move *move;
	const struct kt_work *work;
	unsigned int generation;
	const u8 *order;
	u64 id[KT_NODES];
	u64 handle[KT_NODES];
	u64 fixed;
	u64 saved;
	bool named;
	u64 weak;
	u64 answer;
};

/**
 * struct kt_move - A program that moves t from one reference to another
 * @name: the name in messages
 * @before: called before the collection begins
 * @make: called at the first moment; makes another reference to t
 * @take: called at the second moment; takes the old reference away
 */
struct kt_move {
	const char *name;
	void (*before)(struct kt_scene *c);
	void (*make)(struct kt_scene *c);
	void (*take)(struct kt_scene *c);
};

/**
 * struct kt_work - What the collector does in a scene, other than collecting
 * @name: the name in messages
 * @frozen: how many of the objects are frozen as soon as they are made
 * @setup: called when the graph is complete
 * @start: begins the work, with the heap lock held
 * @finish: called after the work; brings the heap into the state after a collection
 */
struct kt_work {
	const char *name;
	unsigned int frozen;
	void (*setup)(struct kt_scene *c);
	void (*start)(struct kt_scene *c);
	void (*finish)(struct kt_scene *c);
};

#define KT_MOVES	14
#define KT_ORDERS	6

extern const struct kt_move kt_moves[KT_MOVES];
extern const u8 kt_orders[KT_ORDERS][KT_NODES];

void kt_scene_init(struct kt_scene *c, struct kunit *test);
void kt_scene_begin(struct kt_scene *c);
void kt_scene_start(struct kt_scene *c);
bool kt_scene_step(struct kt_scene *c);
void kt_scene_drop(struct kt_scene *c, enum kt_node node);
void kt_scene_events(struct kt_scene *c);
void kt_scene_clear(struct kt_scene *c);
unsigned int kt_scene_moments(struct kt_scene *c, unsigned int stride);

#endif
