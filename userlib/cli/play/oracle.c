// SPDX-License-Identifier: GPL-2.0
/*
 * Reader of oracles.
 */
#include <stdlib.h>
#include <string.h>

#include "../field.h"
#include "../lines.h"
#include "../memory.h"
#include "oracle.h"

const char *const oracle_total_name[ORACLE_TOTALS] = {
	[ORACLE_RC_FREED] = "rc_freed",
	[ORACLE_RC_BYTES] = "rc_bytes",
	[ORACLE_LIVE_BEFORE_COLLECT] = "live_before_collect",
	[ORACLE_GC_FREED] = "gc_freed",
	[ORACLE_GC_BYTES] = "gc_bytes",
	[ORACLE_GC_SLOTTED] = "gc_slotted",
	[ORACLE_LIVE] = "live",
	[ORACLE_LIVE_BYTES] = "live_bytes",
	[ORACLE_HANDLES] = "handles",
};

/* The number of a phase, doubled, has to fit an oracle_death. */
#define MOST_PHASES	1000

struct reading {
	struct lines l;
	struct oracle *o;
	uint32_t objects;
	uint32_t filled;	/* refcounts or deaths read so far */
};

static struct oracle_scenario *last_scenario(struct reading *r)
{
	if (!r->o->scenario_count)
		return NULL;
	return &r->o->scenarios[r->o->scenario_count - 1];
}

static struct oracle_phase *last_phase(struct reading *r)
{
	struct oracle_scenario *s = last_scenario(r);

	return s && s->phase_count ? &s->phases[s->phase_count - 1] : NULL;
}

static bool refcount_line(struct reading *r, char *p)
{
	uint64_t n;

	while (*p) {
		if (r->filled == r->objects || !field_number(&p, &n) ||
		    n > UINT32_MAX)
			return lines_bad(&r->l, "bad reference count");
		r->o->refcount[r->filled++] = (uint32_t)n;
	}
	return true;
}

static void add_scenario(struct reading *r, const char *name)
{
	struct oracle *o = r->o;

	o->scenarios = memory_resize(o->scenarios, o->scenario_count + 1,
				     sizeof(*o->scenarios));
	o->scenarios[o->scenario_count++] = (struct oracle_scenario){
		.name = memory_copy(name),
		.deaths = memory_get(r->objects, sizeof(oracle_death)),
	};
}

static bool add_phase(struct reading *r)
{
	struct oracle_scenario *s = last_scenario(r);

	if (s->phase_count == MOST_PHASES)
		return lines_bad(&r->l, "too many phases");
	s->phases = memory_resize(s->phases, s->phase_count + 1,
				  sizeof(*s->phases));
	s->phases[s->phase_count++] = (struct oracle_phase){ 0 };
	return true;
}

static bool parse_op(struct oracle_op *op, uint32_t objects, char *p)
{
	uint64_t id = 0, count = 0;

	if (field_is(&p, "drop-all")) {
		op->action = ORACLE_DROP_ALL;
	} else if (field_is(&p, "drop-group")) {
		op->action = ORACLE_DROP_GROUP;
		op->group = *p;
		return *p && !p[1];
	} else if (field_is(&p, "drop")) {
		op->action = ORACLE_DROP;
		if (!field_number(&p, &id) || !field_number(&p, &count))
			return false;
	} else if (field_is(&p, "clear")) {
		op->action = ORACLE_CLEAR;
		if (!field_number(&p, &id))
			return false;
	} else {
		return false;
	}
	op->id = (uint32_t)id;
	op->count = (uint32_t)count;
	return !*p && id < objects && count <= UINT32_MAX;
}

static bool add_op(struct reading *r, char *line)
{
	struct oracle_phase *phase = last_phase(r);
	struct oracle_op op = { 0 };

	if (!phase || !parse_op(&op, r->objects, line))
		return lines_bad(&r->l, "bad operation");
	/* The size doubles at each power of two. */
	if (!(phase->op_count & (phase->op_count - 1)))
		phase->ops = memory_resize(phase->ops,
					   phase->op_count ? phase->op_count * 2 : 1,
					   sizeof(*phase->ops));
	phase->ops[phase->op_count++] = op;
	return true;
}

static void set_total(struct oracle_phase *phase, const char *key, uint64_t value)
{
	for (int k = 0; k < ORACLE_TOTALS; k++) {
		if (strcmp(oracle_total_name[k], key) == 0)
			phase->expect[k] = value;
	}
}

static bool expect_line(struct reading *r, char *p)
{
	struct oracle_phase *phase = last_phase(r);
	uint64_t value;

	while (*p) {
		char *key = p;
		char *equals = strchr(p, '=');

		if (!phase || !equals)
			return lines_bad(&r->l, "bad expectation");
		*equals = '\0';
		p = equals + 1;
		if (!field_number(&p, &value))
			return lines_bad(&r->l, "bad expectation");
		set_total(phase, key, value);
	}
	return true;
}

/* The word is [COUNT*]CLASS. */
static bool add_class(struct reading *r, char *word)
{
	struct oracle_scenario *s = last_scenario(r);
	char *star = strchr(word, '*');
	uint64_t count = 1, phase = 0;
	oracle_death d = 0;

	if (star) {
		*star = '\0';
		if (!field_number(&word, &count))
			return false;
		word = star + 1;
	}
	if (*word == 'R' || *word == 'C') {
		char kind = *word++;

		if (!field_number(&word, &phase) || !phase ||
		    phase > s->phase_count)
			return false;
		d = (oracle_death)(2 * phase + (kind == 'C'));
	} else if (strcmp(word, "L") != 0) {
		return false;
	}
	if (count > r->objects - r->filled)
		return false;
	while (count--)
		s->deaths[r->filled++] = d;
	return true;
}

static bool class_line(struct reading *r, char *p)
{
	while (*p) {
		if (!add_class(r, field_word(&p)))
			return lines_bad(&r->l, "bad class");
	}
	return true;
}

enum section { HEAD, REFCOUNTS, SCENARIO, CLASSES };

/* Begin another section.  Returns false if the line does not do that. */
static bool take_heading(struct reading *r, enum section *section, char *line)
{
	if (strcmp(line, "refcounts:") == 0) {
		*section = REFCOUNTS;
		r->filled = 0;
	} else if (field_is(&line, "scenario")) {
		*section = SCENARIO;
		add_scenario(r, line);
	} else if (strcmp(line, "classes:") == 0 && r->o->scenario_count) {
		*section = CLASSES;
		r->filled = 0;
	} else {
		return false;
	}
	return true;
}

static bool scenario_line(struct reading *r, char *line)
{
	if (strcmp(line, "phase") == 0)
		return add_phase(r);
	if (field_is(&line, "expect"))
		return expect_line(r, line);
	return add_op(r, line);
}

static bool head_line(struct reading *r, char *line)
{
	if (field_is(&line, "graph")) {
		free(r->o->graph);
		r->o->graph = memory_copy(line);
	}
	return true;
}

static bool section_line(struct reading *r, enum section section, char *line)
{
	switch (section) {
	case REFCOUNTS:
		return refcount_line(r, line);
	case SCENARIO:
		return scenario_line(r, line);
	case CLASSES:
		return class_line(r, line);
	default:
		return head_line(r, line);
	}
}

static bool read_all(struct reading *r)
{
	enum section section = HEAD;
	char *line = lines_next(&r->l);

	if (!line || strcmp(line, "mheap-oracle 1") != 0)
		return lines_bad(&r->l, "not an oracle (mheap-oracle 1)");
	while ((line = lines_next(&r->l))) {
		enum section before = section;
		bool end = strcmp(line, "end") == 0;

		if (!end && !take_heading(r, &section, line)) {
			if (!section_line(r, section, line))
				return false;
			continue;
		}
		if ((before == REFCOUNTS || before == CLASSES) &&
		    r->filled != r->objects && (end || section != before))
			return lines_bad(&r->l, "the oracle is not for this graph");
		if (end)
			return true;
	}
	return lines_bad(&r->l, "the file ends too soon");
}

bool oracle_read(struct oracle *o, const char *path, uint32_t objects)
{
	struct reading r = { .o = o, .objects = objects };
	bool ok;

	*o = (struct oracle){ 0 };
	if (!lines_open(&r.l, path))
		return false;
	o->refcount = memory_get(objects, sizeof(*o->refcount));
	ok = read_all(&r);
	lines_close(&r.l);
	if (!ok)
		oracle_free(o);
	return ok;
}

const struct oracle_scenario *oracle_find(const struct oracle *o, const char *name)
{
	for (size_t i = 0; i < o->scenario_count; i++) {
		if (strcmp(o->scenarios[i].name, name) == 0)
			return &o->scenarios[i];
	}
	return NULL;
}

void oracle_free(struct oracle *o)
{
	for (size_t i = 0; i < o->scenario_count; i++) {
		struct oracle_scenario *s = &o->scenarios[i];

		for (size_t k = 0; k < s->phase_count; k++)
			free(s->phases[k].ops);
		free(s->phases);
		free(s->deaths);
		free(s->name);
	}
	free(o->scenarios);
	free(o->refcount);
	free(o->graph);
}
