/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory, or the end of the process: a command cannot go on without it.
 */
#ifndef MHEAPCTL_MEMORY_H
#define MHEAPCTL_MEMORY_H

#include <stddef.h>

/* Zeroed memory for an array, which may have no elements. */
void *memory_get(size_t count, size_t size);

/* The same array with another number of elements.  New ones are not zeroed. */
void *memory_resize(void *p, size_t count, size_t size);

char *memory_copy(const char *string);

#endif /* MHEAPCTL_MEMORY_H */
