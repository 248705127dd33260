/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long the lock of a heap was held, and for how much work: from debugfs.
 */
#ifndef MHEAPCTL_HOLDS_H
#define MHEAPCTL_HOLDS_H

#include <stdbool.h>
#include <stdint.h>

/* The default slice is 50 us, and the histogram has a bound at 2^16 - 1 ns. */
#define HOLDS_SHORT_NS	65535

struct holds {
	bool known;		/* debugfs could be read */
	uint64_t count;		/* holds of all kinds */
	uint64_t brief;		/* of these, no longer than HOLDS_SHORT_NS */
	uint64_t max_units;	/* the most units of work under one hold */
};

/* Reads what is known of a heap.  Says nothing if that cannot be read. */
void holds_read(uint64_t heap, struct holds *h);

/* Adds what is known of another heap. */
void holds_add(struct holds *to, const struct holds *h);

/* Do times mean nothing here, since an emulator runs the CPU? */
bool holds_emulated(void);

#endif /* MHEAPCTL_HOLDS_H */
