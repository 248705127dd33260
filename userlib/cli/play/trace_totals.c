// SPDX-License-Identifier: GPL-2.0
/*
 * Collections and totals of traces: all that needs to know who is alive.
 */
#include <inttypes.h>
#include <string.h>

#include "../field.h"
#include "trace_player.h"

static void died(void *context, uint32_t serial)
{
	struct trace_player *p = context;

	p->alive_sum -= serial;
	if (p->shadowed)
		shadow_died(&p->shadow, serial);
}

/* Totals of the heap now.  false: stop. */
static bool get_info(struct trace_player *p, struct mheap_info *info)
{
	int err = mheap_info(p->own, info);

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
	err = alive_update(p->own, &p->alive, died, p);
	if (err)
		trace_fail_error(p, p->l->number, "open id", err);
	return !err;
}

static bool collect(struct trace_player *p, int g, int64_t *found)
{
	*found = mheap_gc_collect(p->own, g);
	if (*found < 0)
		trace_fail_error(p, p->l->number, "collect", (int)*found);
	return *found >= 0;
}

/* Without a shadow: a full collection frees nothing by count. */
static void collect_all(struct trace_player *p)
{
	struct mheap_info before, after;
	int64_t found;

	if (get_info(p, &before) && collect(p, 2, &found) && get_info(p, &after))
		p->collected += before.objects - after.objects;
}

bool trace_deaths_by_count(struct trace_player *p)
{
	struct mheap_info info;

	if (!look(p, &info))
		return false;
	shadow_taken_down(&p->shadow, 0);
	return true;
}

bool trace_deaths_by_collection(struct trace_player *p, uint32_t dropped)
{
	size_t first = p->call_count;
	struct mheap_info info;

	if (!look(p, &info))
		return false;
	if (p->events)
		trace_read_events(p);
	for (size_t i = first; i < p->call_count; i++) {
		if (!p->calls[i].quarantined)
			shadow_waits(&p->shadow, p->calls[i].serial);
	}
	p->collected += shadow_taken_down(&p->shadow, dropped);
	for (size_t i = first; i < p->call_count; i++)
		p->calls[i].trash = !p->calls[i].quarantined &&
			shadow_is_trash(&p->shadow, p->calls[i].serial);
	return !p->stop;
}

/*
 * With one: what is not freed by the end waits for its finalizers.  The
 * collector's own number is that of unreachable objects with slots.
 */
static void collect_shadowed(struct trace_player *p, int g)
{
	int64_t found;
	size_t slotted;

	if (!trace_deaths_by_count(p))
		return;
	slotted = shadow_collect(&p->shadow, p->alive.list, p->alive.count, g);
	if (!collect(p, g, &found) || !trace_deaths_by_collection(p, 0))
		return;
	if ((uint64_t)found != slotted)
		trace_fail(p, p->l->number, "collect said %" PRId64
			   ", but %zu objects with slots were unreachable",
			   found, slotted);
	for (size_t i = 0; i < p->alive.count; i++)
		shadow_survived(&p->shadow, p->alive.list[i], g);
}

void trace_collect(struct trace_player *p, const struct trace_op *op)
{
	uint64_t before = p->collected, freed;
	int64_t g = op->field[0];

	if (g < 0 || g > 2 || (g < 2 && !p->young)) {
		trace_bad(p, "no such generation in this profile");
		return;
	}
	if (!trace_flush(p))
		return;
	if (p->shadowed)
		collect_shadowed(p, (int)g);
	else
		collect_all(p);
	if (p->events && !p->stop)
		trace_settle(p);
	freed = p->collected - before;
	if (!p->stop && op->has_result && freed != (uint64_t)op->result)
		trace_fail(p, p->l->number, "%" PRIu64
			   " objects freed by collection instead of %" PRId64,
			   freed, op->result);
}

/* Handles count in all sessions.  false: stop. */
static bool sum_handles(struct trace_player *p, struct mheap_info *info)
{
	int err = trace_sessions_handles(p, &info->handles);

	if (err)
		trace_fail_error(p, p->l->number, "info", err);
	return !err;
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
	else if (strcmp(key, "fin") == 0)
		*value = p->finalized;
	else if (strcmp(key, "cb") == 0)
		*value = p->notified;
	else
		return false;
	return true;
}

void trace_totals(struct trace_player *p, char *text)
{
	struct mheap_info info;
	uint64_t want, got;
	char *key, *equals;

	if (!trace_flush(p) || !look(p, &info) || !sum_handles(p, &info))
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
		if (!field_number(&text, &want) || !total(p, &info, key, &got))
			trace_bad(p, "bad total");
		else if (got != want)
			trace_fail(p, p->l->number, "%s is %" PRIu64
				   " instead of %" PRIu64, key, got, want);
	}
}
