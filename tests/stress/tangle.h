/* SPDX-License-Identifier: GPL-2.0 */
/* Objects that refer to each other in any shape. */
#ifndef TANGLE_H
#define TANGLE_H

#include <stdint.h>

#define TANGLE_MAX	40

/*
 * Make up to @most objects and set @most of their slots, all in one batch. @handles gets
 * their handles, or 0 where the heap's limit forbade the object. Returns the number of
 * handles.
 */
uint32_t tangle_make(int fd, uint64_t *seed, uint32_t most, uint64_t *handles);

#endif
