/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sessions of a heap, as text and as JSON.
 */
#ifndef MHEAPCTL_SESSIONS_PRINT_H
#define MHEAPCTL_SESSIONS_PRINT_H

#include "sessions.h"

struct json_object;

/* Both take holders of all heaps.  Returns how many sessions of this heap there were. */
size_t sessions_print_text(const struct sessions_holder *holders, size_t count,
			   uint64_t heap);
struct json_object *sessions_print_json(const struct sessions_holder *holders,
					size_t count, uint64_t heap);

#endif /* MHEAPCTL_SESSIONS_PRINT_H */
