// SPDX-License-Identifier: GPL-2.0
/*
 * The objects of a trace: their ids, and which of them are alive.
 */
#include <stdlib.h>

#include "../memory.h"
#include "objects.h"

void objects_open(struct objects *o, uint32_t most, bool shadowed)
{
	*o = (struct objects){ .most = most };
	o->ids = memory_get(most + 1UL, sizeof(*o->ids));
	o->alive.ids = o->ids;
	o->alive.list = memory_get(most + 1UL, sizeof(*o->alive.list));
	if (shadowed)
		shadow_open(&o->shadow, most);
}

void objects_close(struct objects *o)
{
	shadow_close(&o->shadow);
	free(o->alive.list);
	free(o->ids);
}

uint32_t objects_add(struct objects *o, uint32_t slots)
{
	uint32_t serial = o->made + 1;

	if (o->made == o->most)
		return 0;
	o->made = serial;
	o->alive.list[o->alive.count++] = serial;
	o->alive_sum += serial;
	shadow_add(&o->shadow, serial, slots);
	return serial;
}

static void note_death(void *context, uint32_t serial)
{
	struct objects *o = context;

	o->alive_sum -= serial;
	shadow_died(&o->shadow, serial);
}

int objects_look(struct objects *o, struct mheap *h, struct mheap_info *info)
{
	const struct alive_watch watch = { note_death, o };
	int err = mheap_info(h, info);

	if (err)
		return err;
	if (info->objects == o->alive.count)
		return 0;
	return alive_update(h, &o->alive, &watch);
}
