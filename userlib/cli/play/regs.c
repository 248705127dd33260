// SPDX-License-Identifier: GPL-2.0
/*
 * The registers of a session of a trace.
 */
#include <stdlib.h>

#include "../memory.h"
#include "regs.h"

void regs_open(struct regs *r, struct report *report, struct shadow *shadow,
	       bool weaks)
{
	*r = (struct regs){ .report = report, .shadow = shadow };
	r->handles = memory_get(REGS_COUNT, sizeof(*r->handles));
	if (weaks)
		r->weaks = memory_get(REGS_COUNT, sizeof(*r->weaks));
}

void regs_close(struct regs *r)
{
	free(r->handles);
	free(r->weaks);
}

struct regs_handle *regs_find(struct regs *r, int64_t number)
{
	if (number >= 0 && number < REGS_COUNT)
		return &r->handles[number];
	report_bad(r->report, "no such register");
	return NULL;
}

struct regs_handle *regs_find_held(struct regs *r, int64_t number)
{
	struct regs_handle *reg = regs_find(r, number);

	if (!reg || reg->held)
		return reg;
	report_bad(r->report, "the register is free");
	return NULL;
}

struct regs_handle *regs_find_free(struct regs *r, int64_t number)
{
	struct regs_handle *reg = regs_find(r, number);

	if (!reg || !reg->held)
		return reg;
	report_bad(r->report, "the register is in use");
	return NULL;
}

struct regs_weak *regs_find_weak(struct regs *r, int64_t number, bool held)
{
	if (!r->weaks || number < 0 || number >= REGS_COUNT) {
		report_bad(r->report, "no such weak register");
		return NULL;
	}
	if (r->weaks[number].held == held)
		return &r->weaks[number];
	report_bad(r->report, held ? "the weak register is free" :
				     "the weak register is in use");
	return NULL;
}

void regs_hold(struct regs *r, struct regs_handle *reg, mheap_ref ref,
	       uint32_t serial)
{
	uint32_t number = (uint32_t)(reg - r->handles);

	reg->ref = ref;
	reg->serial = serial;
	reg->held = true;
	if (r->used <= number)
		r->used = number + 1;
	shadow_hold(r->shadow, serial);
}

void regs_release(struct regs *r, struct regs_handle *reg)
{
	reg->held = false;
	shadow_release(r->shadow, reg->serial);
}

void regs_release_all(struct regs *r)
{
	for (uint32_t i = 0; i < r->used; i++) {
		if (r->handles[i].held)
			regs_release(r, &r->handles[i]);
	}
}
