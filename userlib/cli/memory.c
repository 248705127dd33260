// SPDX-License-Identifier: GPL-2.0
/*
 * Memory, or the end of the process.
 */
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "say.h"

static void *or_exit(void *p)
{
	if (p)
		return p;
	say("no memory");
	exit(STATUS_FAILED);
}

void *memory_get(size_t count, size_t size)
{
	return or_exit(calloc(count ? count : 1, size));
}

void *memory_resize(void *p, size_t count, size_t size)
{
	return or_exit(reallocarray(p, count, size));
}

char *memory_copy(const char *string)
{
	return or_exit(strdup(string));
}
