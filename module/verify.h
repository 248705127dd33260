/* SPDX-License-Identifier: GPL-2.0 */
/* A checker of all invariants of a heap. */
#ifndef MHEAP_VERIFY_H
#define MHEAP_VERIFY_H

#include <linux/kconfig.h>

struct mheap_heap;

int mheap_verify(struct mheap_heap *heap);

/* Debug builds verify a heap after each collection, and stop it meanwhile. */
#define MHEAP_VERIFY_STOPS \
	(IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_PROVE_LOCKING))

#if MHEAP_VERIFY_STOPS
void mheap_verify_if_due(struct mheap_heap *heap);
#else
static inline void mheap_verify_if_due(struct mheap_heap *heap)
{
}
#endif

#endif
