/* SPDX-License-Identifier: GPL-2.0 */
/* How heaps and sessions begin and end. */
#ifndef MHEAP_LIFE_H
#define MHEAP_LIFE_H

#include <linux/types.h>

struct mheap_heap;
struct mheap_session;

struct mheap_session *mheap_life_session_open(struct mheap_heap *heap,
					      u32 rights);
struct mheap_session *mheap_life_session_create(void);
void mheap_life_session_end(struct mheap_session *s);

#endif
