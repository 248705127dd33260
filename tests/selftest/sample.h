/* SPDX-License-Identifier: GPL-2.0 */
/* A small heap, and for each opcode an op that succeeds on it. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/mheap.h>

#include "op.h"

/* The number of a handle that was dropped, which nobody chooses again. */
#define STALE	1000U

/**
 * struct sample - A heap for each opcode to succeed on, with an open frame
 * @fd: the session
 * @a: 4 slots and 64 bytes; slot 0 refers to @b; published as "name"
 * @b: 1 slot
 * @c: no slots
 * @spare: one more handle of @a
 * @stale: STALE
 * @weak: a weak handle of @b
 * @buffer: where ops read and write
 */
struct sample {
	int fd;
	uint64_t a, b, c, spare, stale, weak;
	char buffer[64];
};

void sample_make(struct sample *s);
struct op sample_op(struct sample *s, unsigned int opcode);

/* Returns a checksum that differs if anything about the sample has changed. */
uint64_t sample_digest(const struct sample *s);

/* The op must fail with @err and leave the heap as it was. */
void check_error(struct sample *s, struct op op, int err);
#define CHECK_ERROR(_s, _err, ...) check_error(_s, OP(__VA_ARGS__), _err)

#endif
