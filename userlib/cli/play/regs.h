/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The registers of a session of a trace: each holds a handle, or a weak handle.
 */
#ifndef MHEAPCTL_REGS_H
#define MHEAPCTL_REGS_H

#include <mheap.h>

#include "report.h"
#include "shadow.h"

#define REGS_COUNT	(1U << 20)

struct regs_handle {
	mheap_ref ref;		/* stays when it was dropped, to be refused then */
	uint32_t serial;	/* of the object, if there is a shadow */
	bool held;
};

struct regs_weak {
	mheap_weak weak;
	uint32_t serial;	/* of its object */
	bool held;
	bool callback;		/* its event is counted */
	bool cleared;		/* its event was there */
};

struct regs {
	struct report *report;
	struct shadow *shadow;
	struct regs_handle *handles;
	struct regs_weak *weaks;	/* NULL if not in this profile */
	uint32_t used;			/* no handle is held from here on */
};

void regs_open(struct regs *r, struct report *report, struct shadow *shadow,
	       bool weaks);
void regs_close(struct regs *r);

/*
 * The register with this number: any, one that holds a handle, one that is free.
 * NULL if there is no such register, which was reported.
 */
struct regs_handle *regs_find(struct regs *r, int64_t number);
struct regs_handle *regs_find_held(struct regs *r, int64_t number);
struct regs_handle *regs_find_free(struct regs *r, int64_t number);

/* The same for weak handles, held or free. */
struct regs_weak *regs_find_weak(struct regs *r, int64_t number, bool held);

/* The register holds this handle now, or none. */
void regs_hold(struct regs *r, struct regs_handle *reg, mheap_ref ref,
	       uint32_t serial);
void regs_release(struct regs *r, struct regs_handle *reg);

/* All handles of the session are gone. */
void regs_release_all(struct regs *r);

#endif /* MHEAPCTL_REGS_H */
