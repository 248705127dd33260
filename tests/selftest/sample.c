// SPDX-License-Identifier: GPL-2.0
/* A small heap, and for each opcode an op that succeeds on it. */
#include <string.h>

#include "dev.h"
#include "harness.h"
#include "notify.h"
#include "sample.h"

void sample_make(struct sample *s)
{
	s->fd = dev_open();
	OUT(s->fd, FRAME_PUSH);
	s->a = make(s->fd, 4, 64);
	s->b = make(s->fd, 1, 0);
	s->c = make(s->fd, 0, 8);
	s->spare = OUT(s->fd, DUP, .obj = s->a);
	s->stale = OUT(s->fd, DUP, .obj = s->a, .val = STALE);
	drop(s->fd, s->stale);
	OUT(s->fd, SET, .obj = s->a, .val = s->b);
	s->weak = weak_new(s->fd, s->b, 1);
	OUT(s->fd, PUBLISH, .obj = s->a, .val = USER_PTR("name"), .len = 4);
	memset(s->buffer, 0x5a, sizeof(s->buffer));
}

struct op sample_op(struct sample *s, unsigned int opcode)
{
	uint64_t buffer = USER_PTR(s->buffer);

	switch (opcode) {
	case MHEAP_OP_ALLOC:
		return OP(ALLOC, .len = 2, .arg = 8);
	case MHEAP_OP_DROP:
		return OP(DROP, .obj = s->spare);
	case MHEAP_OP_OPEN_ID:
		return OP(OPEN_ID, .arg = id_of(s->fd, s->b));
	case MHEAP_OP_SAME:
		return OP(SAME, .obj = s->a, .val = s->b);
	case MHEAP_OP_STAT:
		return OP(STAT, .obj = s->a, .val = buffer,
			  .len = sizeof(struct mheap_ioc_stat));
	case MHEAP_OP_RESIZE:
		return OP(RESIZE, .obj = s->a, .len = 5, .arg = 65);
	case MHEAP_OP_SET:
		return OP(SET, .obj = s->a, .index = 1, .val = s->b);
	case MHEAP_OP_XCHG:
		return OP(XCHG, .obj = s->a, .val = s->c);
	case MHEAP_OP_CAS:
		return OP(CAS, .obj = s->a, .val = s->c, .arg = s->b);
	case MHEAP_OP_READ:
		return OP(READ, .obj = s->a, .val = buffer, .len = 64);
	case MHEAP_OP_WRITE:
		return OP(WRITE, .obj = s->a, .val = buffer, .len = 64);
	case MHEAP_OP_PUBLISH:
		return OP(PUBLISH, .obj = s->a, .val = USER_PTR("fresh"),
			  .len = 5);
	case MHEAP_OP_LOOKUP:
		return OP(LOOKUP, .val = USER_PTR("name"), .len = 4);
	case MHEAP_OP_UNPUBLISH:
		return OP(UNPUBLISH, .val = USER_PTR("name"), .len = 4);
	case MHEAP_OP_WEAK_GET:
	case MHEAP_OP_WEAK_DROP:
		return (struct op){ .opcode = opcode, .arg = s->weak };
	case MHEAP_OP_INTERN:
		return OP(INTERN, .val = USER_PTR("fresh"), .len = 5);
	case MHEAP_OP_FRAME_PUSH:
		return OP(FRAME_PUSH);
	default:
		return (struct op){ .opcode = opcode, .obj = s->a };
	}
}

/* FNV-1a */
static uint64_t digest_add(uint64_t digest, const void *data, size_t len)
{
	const unsigned char *byte = data;

	while (len--)
		digest = (digest ^ *byte++) * 0x100000001b3ULL;
	return digest;
}

/* Drop a new handle and return the id of its object, or 0 for null. */
static uint64_t pass_by(const struct sample *s, struct op op)
{
	uint64_t id;

	if (dev_op(s->fd, &op) || !op.out)
		return 0;
	id = id_of(s->fd, op.out);
	drop(s->fd, op.out);
	return id;
}

uint64_t sample_digest(const struct sample *s)
{
	struct mheap_ioc_info info = info_of(s->fd);
	struct mheap_ioc_tune tune = tune_of(s->fd);
	struct mheap_ioc_stat stats[] = {
		stat_of(s->fd, s->a), stat_of(s->fd, s->b), stat_of(s->fd, s->c),
	};
	uint64_t ids[] = {
		pass_by(s, OP(GET, .obj = s->a)),
		pass_by(s, OP(GET, .obj = s->a, .index = 1)),
		pass_by(s, OP(WEAK_GET, .arg = s->weak)),
		pass_by(s, OP(LOOKUP, .val = USER_PTR("name"), .len = 4)),
		pass_by(s, OP(LOOKUP, .val = USER_PTR("fresh"), .len = 5)),
		gc_stats_of(s->fd, 2).collections,
	};
	char payload[64];
	uint64_t digest = 0xcbf29ce484222325ULL;

	OUT(s->fd, READ, .obj = s->a, .val = USER_PTR(payload), .len = 64);
	info.lock_max_ns = 0;
	/* A number counts that a failed op would have given to a handle. */
	info.handle_end = 0;
	/* The heap may keep memory that it allocated. */
	info.arenas = 0;
	info.pages = 0;
	digest = digest_add(digest, &info, sizeof(info));
	digest = digest_add(digest, &tune, sizeof(tune));
	digest = digest_add(digest, stats, sizeof(stats));
	digest = digest_add(digest, ids, sizeof(ids));
	return digest_add(digest, payload, sizeof(payload));
}

void check_error(struct sample *s, struct op op, int err)
{
	struct mheap_ioc_info before = info_of(s->fd);

	if (dev_op(s->fd, &op) != err)
		FAIL("%s: result %d, not %d", opcodes[op.opcode].name,
		     op.result, err);
	CHECK_UNCHANGED(s->fd, &before);
}
