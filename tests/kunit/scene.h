/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small graph and a collector that makes one unit of work at a time, while a
 * program first makes a reference and then takes away what kept the object alive
 * before, so that only the barrier can save it.
 *
 * The graph: r has a handle and refers to a, a refers to t, t refers to u; g
 * and h refer to each other and are garbage.  x is immortal.
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
 * @work: what the collector does, or NULL: a collection of @generation
 * @generation: of the objects, and of the collection
 * @order: which object is made first, and so on
 * @id: ids of the objects
 * @handle: handles of the objects, 0 if dropped
 * @fixed: handle of the immortal object
 * @saved: handle that keeps t alive in the end, if it is one
 * @named: a name keeps t alive in the end
 * @weak: a weak handle of t, or 0
 * @answer: handle that came with an event, to be dropped at the start
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
 * struct kt_move - What a program does to keep t alive while it moves
 * @name: for messages
 * @before: before the collection begins
 * @make: at the first moment: another reference to t
 * @take: at the second moment: the old reference goes
 */
struct kt_move {
	const char *name;
	void (*before)(struct kt_scene *c);
	void (*make)(struct kt_scene *c);
	void (*take)(struct kt_scene *c);
};

/**
 * struct kt_work - What the collector does in a scene, other than collecting
 * @name: for messages
 * @frozen: how many of the objects are frozen as soon as they are made
 * @setup: when the graph is there
 * @start: begins the work, with the heap locked
 * @finish: after it, so that all is as after a collection
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
