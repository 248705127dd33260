/* SPDX-License-Identifier: GPL-2.0 */
/* Objects that refer to each other in any shape. */
#ifndef TANGLE_H
#define TANGLE_H

#include <stdint.h>

#define TANGLE_MAX	40

/*
 * Make up to @most objects, and set as many slots of theirs, in one batch.  Their
 * handles go to @handles, 0 for those that the limit forbade: how many there are.
 */
uint32_t tangle_make(int fd, uint64_t *seed, uint32_t most, uint64_t *handles);

#endif
