// SPDX-License-Identifier: GPL-2.0
/*
 * Collections and totals of traces: all that needs to know who is alive.
 */
#include <inttypes.h>
#include <string.h>

#include "trace_player.h"

static void died(void *context, uint32_t serial)
{
	struct trace_player *p = context;

	p->alive_sum -= serial;
	if (p->young)
		shadow_died(&p->shadow, serial);
}

/* Totals of the heap now.  false: stop. */
static bool get_info(struct trace_player *p, struct mheap_info *info)
{
	int err = mheap_info(p->h, info);

	if (err)
		trace_fail_error(p, p->l->number, "info", err);
	return !err;
}

/* Who died since the last look?  Nobody, if there are as many as there were. */
static bool look(struct trace_player *p, struct mheap_info *info)
{
	int err;

	if (!get_info(p, info))
		return false;
	if (info->objects == p->alive.count)
		return true;
	err = alive_update(p->h, &p->alive, died, p);
	if (err)
		trace_fail_error(p, p->l->number, "open id", err);
	return !err;
}

static bool collect(struct trace_player *p, int g, int64_t *found)
{
	*found = mheap_gc_collect(p->h, g);
	if (*found < 0)
		trace_fail_error(p, p->l->number, "collect", (int)*found);
	return *found >= 0;
}

/* A full collection frees nothing by count.  How many it freed; -1: stop. */
static int64_t collect_all(struct trace_player *p)
{
	struct mheap_info before, after;
	int64_t found;

	if (!get_info(p, &before) || !collect(p, 2, &found) ||
	    !get_info(p, &after))
		return -1;
	return (int64_t)(before.objects - after.objects);
}

/*
 * In a trace that collects young generations.  How many were unreachable; -1:
 * stop.  The collector's own number is that of objects with slots.
 */
static int64_t collect_young(struct trace_player *p, int g)
{
	struct mheap_info info;
	size_t unreachable, slotted;
	int64_t found;

	if (!look(p, &info))
		return -1;
	shadow_collected(&p->shadow, 2, &slotted);	/* died before */
	if (!collect(p, g, &found) || !look(p, &info))
		return -1;
	unreachable = shadow_collected(&p->shadow, g, &slotted);
	if ((uint64_t)found != slotted)
		trace_fail(p, p->l->number, "collect said %" PRId64
			   ", but %zu objects with slots were unreachable",
			   found, slotted);
	for (size_t i = 0; i < p->alive.count; i++)
		shadow_survived(&p->shadow, p->alive.list[i], g);
	return (int64_t)unreachable;
}

void trace_collect(struct trace_player *p, const struct trace_op *op)
{
	int64_t g = op->field[0];
	int64_t freed;

	if (g < 0 || g > 2 || (g < 2 && !p->young)) {
		trace_bad(p, "no such generation in this profile");
		return;
	}
	if (!trace_flush(p))
		return;
	freed = p->young ? collect_young(p, (int)g) : collect_all(p);
	if (freed < 0)
		return;
	p->collected += (uint64_t)freed;
	if (op->has_result && freed != op->result)
		trace_fail(p, p->l->number, "%" PRId64
			   " objects freed by collection instead of %" PRId64,
			   freed, op->result);
}

/* What a total is now.  false: there is no such total. */
static bool total(struct trace_player *p, const struct mheap_info *info,
		  const char *key, uint64_t *value)
{
	if (strcmp(key, "live") == 0)
		*value = info->objects;
	else if (strcmp(key, "rc") == 0)
		*value = p->made - info->objects - p->collected;
	else if (strcmp(key, "gc") == 0)
		*value = p->collected;
	else if (strcmp(key, "bytes") == 0)
		*value = info->bytes;
	else if (strcmp(key, "ids") == 0)
		*value = p->alive_sum;
	else if (strcmp(key, "handles") == 0)
		*value = info->handles;
	else if (strcmp(key, "fin") == 0 || strcmp(key, "cb") == 0)
		*value = 0;	/* profiles that are not played here */
	else
		return false;
	return true;
}

void trace_totals(struct trace_player *p, char *text)
{
	struct mheap_info info;
	uint64_t want, got;
	char *key, *equals;

	if (!trace_flush(p) || !look(p, &info))
		return;
	while (*text && !p->stop) {
		key = text;
		equals = strchr(text, '=');
		if (!equals) {
			trace_bad(p, "bad total");
			return;
		}
		*equals = '\0';
		text = equals + 1;
		if (!take_number(&text, &want) || !total(p, &info, key, &got))
			trace_bad(p, "bad total");
		else if (got != want)
			trace_fail(p, p->l->number, "%s is %" PRIu64
				   " instead of %" PRIu64, key, got, want);
	}
}
