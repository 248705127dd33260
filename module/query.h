/* SPDX-License-Identifier: GPL-2.0 */
/* Answers to what programs ask about the module, a heap and its collections. */
#ifndef MHEAP_QUERY_H
#define MHEAP_QUERY_H

#include <uapi/linux/mheap.h>

struct mheap_heap;
struct mheap_session;

void mheap_query(struct mheap_ioc_query *query);
void mheap_query_info(struct mheap_session *s, struct mheap_ioc_info *info);
int mheap_query_gc_stats(struct mheap_heap *heap,
			 struct mheap_ioc_gc_stats *stats);

#endif
