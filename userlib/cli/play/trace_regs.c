// SPDX-License-Identifier: GPL-2.0
/*
 * Registers of a trace player: which hold a handle.
 */
#include "trace_player.h"

struct trace_register *trace_reg(struct trace_player *p, int64_t number)
{
	if (number >= 0 && number < TRACE_REGISTERS)
		return &p->now->regs[number];
	trace_bad(p, "no such register");
	return NULL;
}

struct trace_register *trace_held(struct trace_player *p, int64_t number)
{
	struct trace_register *r = trace_reg(p, number);

	if (r && !r->held) {
		trace_bad(p, "the register is free");
		return NULL;
	}
	return r;
}

struct trace_register *trace_free(struct trace_player *p, int64_t number)
{
	struct trace_register *r = trace_reg(p, number);

	if (r && r->held) {
		trace_bad(p, "the register is in use");
		return NULL;
	}
	return r;
}

void trace_hold(struct trace_player *p, struct trace_register *r, mheap_ref ref,
		uint32_t serial)
{
	r->ref = ref;
	r->serial = serial;
	r->held = true;
	if (p->now->used <= r - p->now->regs)
		p->now->used = (uint32_t)(r - p->now->regs) + 1;
	if (p->shadowed)
		shadow_hold(&p->shadow, serial);
}

void trace_release(struct trace_player *p, struct trace_register *r)
{
	r->held = false;
	if (p->shadowed)
		shadow_release(&p->shadow, r->serial);
}

uint32_t trace_number(int64_t n)
{
	return n < 0 || n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}
