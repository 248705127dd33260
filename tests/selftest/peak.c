// SPDX-License-Identifier: GPL-2.0
/*
 * How many objects a heap holds at its peak while a program makes cyclic garbage,
 * against a collector that stops the program, as CPython 3.11's does: at most 1.3
 * times as many.
 *
 * The program makes rings.  Some it keeps for a while, in a queue, some for good.
 * The model is that collector for such programs: a ring nobody holds is garbage;
 * a young collection finds it unless one of its objects is in an older
 * generation; what it does not find grows older.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dev.h"
#include "harness.h"

/**
 * struct program - What the program does
 * @name: its name
 * @rings: how many rings it makes
 * @size: objects of a ring
 * @keep_every: each such ring is kept for a while; 0: none
 * @keep: how many are kept at a time
 * @forever: rings that are kept from the start
 * @per_call: rings made by one call
 * @threshold: thresholds
 */
struct program {
	const char *name;
	uint32_t rings;
	uint32_t size;
	uint32_t keep_every;
	uint32_t keep;
	uint32_t forever;
	uint32_t per_call;
	uint32_t threshold[3];
};

static const struct program programs[] = {
	{ "garbage only", 20000, 4, 0, 0, 0, 1, { 700, 10, 10 } },
	{ "garbage only, many at once", 60000, 4, 0, 0, 0, 256, { 700, 10, 10 } },
	{ "pairs", 40000, 2, 0, 0, 0, 16, { 700, 10, 10 } },
	{ "large rings", 3000, 100, 0, 0, 0, 2, { 700, 10, 10 } },
	{ "some kept", 30000, 4, 3, 500, 0, 8, { 700, 10, 10 } },
	{ "many kept", 30000, 4, 2, 5000, 0, 8, { 700, 10, 10 } },
	{ "beside a large heap", 30000, 4, 5, 1000, 20000, 8, { 700, 10, 10 } },
	{ "low thresholds", 10000, 4, 3, 500, 0, 4, { 50, 3, 3 } },
	{ "high threshold", 60000, 4, 0, 0, 0, 64, { 10000, 10, 10 } },
};

/* Kernels with all their checks verify the whole heap after each collection. */
static struct program program_of(unsigned int i)
{
	struct program p = programs[i];

	if (test_is_short()) {
		p.rings /= 10;
		p.forever /= 10;
	}
	return p;
}

static const char *program_name(unsigned int i)
{
	return programs[i].name;
}

/* ---- the model ---- */

struct ring {
	uint32_t in[3];
	bool held;
};

struct model {
	struct ring *ring;
	uint32_t rings;
	uint32_t size;
	uint32_t threshold[3];
	uint64_t count[3];
	uint64_t objects, peak;
	uint64_t pending, total;
	uint64_t collections[3];
	uint32_t oldest;
};

static void model_free(struct model *m, struct ring *r)
{
	uint32_t n = r->in[0] + r->in[1] + r->in[2];

	memset(r->in, 0, sizeof(r->in));
	m->objects -= n;
	m->count[0] -= m->count[0] < n ? m->count[0] : n;
}

static uint64_t model_collect_ring(struct model *m, struct ring *r, int gen)
{
	uint32_t young = 0, old = 0;
	int next = gen < 2 ? gen + 1 : 2, g;

	for (g = 0; g < 3; g++) {
		if (g <= gen)
			young += r->in[g];
		else
			old += r->in[g];
	}
	if (!young)
		return 0;
	if (!r->held && !old) {
		model_free(m, r);
		return 0;
	}
	for (g = 0; g <= gen; g++)
		r->in[g] = 0;
	r->in[next] += young;
	return young;
}

static void model_collect(struct model *m, int gen)
{
	uint64_t survivors = 0;
	uint32_t i;
	int g;

	m->collections[gen]++;
	if (gen < 2)
		m->count[gen + 1]++;
	for (g = 0; g <= gen; g++)
		m->count[g] = 0;
	for (i = gen < 1 ? m->oldest : 0; i < m->rings; i++)
		survivors += model_collect_ring(m, &m->ring[i], gen);
	if (gen < 1)
		m->oldest = m->rings - 1;
	if (gen == 2) {
		m->total = survivors;
		m->pending = 0;
	} else if (gen == 1) {
		m->pending += survivors;
	}
}

/* As in gc_alloc(), the collection runs before the object is in its generation. */
static void model_born(struct model *m, struct ring *r)
{
	int gen = 0;

	m->count[0]++;
	if (m->threshold[0] && m->count[0] > m->threshold[0]) {
		if (m->count[2] > m->threshold[2] && m->pending >= m->total / 4)
			gen = 2;
		else if (m->count[1] > m->threshold[1])
			gen = 1;
		model_collect(m, gen);
	}
	r->in[0]++;
	m->objects++;
	if (m->objects > m->peak)
		m->peak = m->objects;
}

/* The ring is held until it is linked and its handles are dropped. */
static void model_ring(struct model *m, bool kept)
{
	struct ring *r = &m->ring[m->rings++];
	uint32_t i;

	r->held = true;
	for (i = 0; i < m->size; i++)
		model_born(m, r);
	r->held = kept;
}

/* ---- the program ---- */

struct run {
	const struct program *program;
	int fd;
	struct model model;
	uint64_t *handle;
	struct op *ops;
	uint32_t first_kept;
	uint64_t peak;
};

static bool run_keeps(const struct run *r, uint32_t ring)
{
	const struct program *p = r->program;

	return ring < p->forever ||
	       (p->keep_every && ring % p->keep_every == 0);
}

/* Make rings from @first on, keeping one handle of each ring that is kept. */
static void run_make(struct run *r, uint32_t first, uint32_t n)
{
	uint32_t size = r->program->size, i, k, at = 0;

	for (i = 0; i < n; i++) {
		uint32_t base = at;

		for (k = 0; k < size; k++)
			r->ops[at++] = OP(ALLOC, .len = 1);
		for (k = 0; k < size; k++)
			r->ops[at++] = OP(SET,
				.flags = OPF_OBJ | OPF_VAL,
				.obj = base + k, .val = base + (k + 1) % size);
		for (k = run_keeps(r, first + i); k < size; k++)
			r->ops[at++] = OP(DROP, .flags = OPF_OBJ,
					  .obj = base + k);
		r->handle[first + i] = base;
	}
	dev_all(r->fd, r->ops, at);
	for (i = first; i < first + n; i++)
		r->handle[i] = r->ops[r->handle[i]].out;
}

/* Drop the oldest kept ring if there are too many. */
static void run_forget(struct run *r, uint32_t ring)
{
	const struct program *p = r->program;
	uint32_t *old = &r->first_kept;

	if (*old < p->forever)
		*old = p->forever;
	while (ring > *old &&
	       (ring - *old) / (p->keep_every ?: 1) > p->keep) {
		if (run_keeps(r, *old)) {
			drop(r->fd, r->handle[*old]);
			r->model.ring[*old].held = false;
		}
		++*old;
	}
}

static void run_step(struct run *r, uint32_t first, uint32_t n)
{
	uint64_t objects;
	uint32_t i;

	run_make(r, first, n);
	for (i = first; i < first + n; i++)
		model_ring(&r->model, run_keeps(r, i));
	objects = info_of(r->fd).objects;
	if (objects > r->peak)
		r->peak = objects;
	run_forget(r, first + n - 1);
}

static void run_open(struct run *r)
{
	const struct program *p = r->program;
	uint32_t rings = p->forever + p->rings;

	r->fd = dev_open();
	tune_threshold(r->fd, p->threshold[0], p->threshold[1],
		       p->threshold[2]);
	r->model.ring = calloc(rings, sizeof(*r->model.ring));
	r->model.size = p->size;
	memcpy(r->model.threshold, p->threshold, sizeof(p->threshold));
	r->handle = calloc(rings, sizeof(*r->handle));
	r->ops = calloc(3 * p->size * p->per_call, sizeof(*r->ops));
	CHECK(r->model.ring && r->handle && r->ops);
}

static void run_report(const struct run *r)
{
	unsigned long long model = r->model.peak, heap = r->peak;
	unsigned int g;

	note("%s: peak %llu, model %llu (%.2f)", r->program->name, heap, model,
	     (double)heap / model);
	for (g = 0; g < 3; g++)
		note("  collections of generation %u: %llu, model %llu", g,
		     gc_stats_of(r->fd, g).collections,
		     (unsigned long long)r->model.collections[g]);
}

TEST_EACH(peak, program_name, 9)
{
	struct program program = program_of(i);
	struct run r = { .program = &program };
	uint32_t rings = program.forever + program.rings, at, n;

	run_open(&r);
	for (at = 0; at < rings; at += n) {
		n = program.per_call;
		n = n < rings - at ? n : rings - at;
		run_step(&r, at, n);
	}
	run_report(&r);
	CHECK_LE(10 * r.peak, 13 * r.model.peak);
	CHECK_GE(2 * r.peak, r.model.peak);
	check_sound(r.fd);
}
