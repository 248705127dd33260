/* SPDX-License-Identifier: GPL-2.0 */
/* A small heap, and for each opcode an op that succeeds on it. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/mheap.h>

enum member { M_OBJ, M_VAL, M_ARG, M_INDEX, M_LEN, M_COUNT };

/**
 * struct opcode - What the interface says of an opcode
 * @name: its name
 * @uses: bits of the members that it uses
 * @handles: MHEAP_OPF_* that it takes
 * @makes_handle: its out is a new handle, or 0 for null
 */
struct opcode {
	const char *name;
	unsigned int uses;
	unsigned int handles;
	bool makes_handle;
};

extern const struct opcode opcodes[MHEAP_OP_COUNT];
extern const char *const member_names[M_COUNT];

void op_set_member(struct mheap_op *op, enum member m, uint64_t value);

/**
 * struct sample - A heap for each opcode to succeed on, with an open frame
 * @fd: the session
 * @a: 4 slots and 64 bytes; slot 0 refers to @b; published as "name"
 * @b: 1 slot
 * @c: no slots
 * @spare: one more handle of @a
 * @stale: a handle of @a that was dropped
 * @weak: a weak handle of @b
 * @buffer: where ops read and write
 */
struct sample {
	int fd;
	uint64_t a, b, c, spare, stale, weak;
	char buffer[64];
};

void sample_make(struct sample *s);
struct mheap_op sample_op(struct sample *s, unsigned int opcode);

/* Returns a checksum that differs if anything about the sample has changed. */
uint64_t sample_digest(const struct sample *s);

/* The op must fail with @err and leave the heap as it was. */
void check_error(struct sample *s, struct mheap_op op, int err);
#define CHECK_ERROR(_s, _err, ...) check_error(_s, OP(__VA_ARGS__), _err)

#endif
