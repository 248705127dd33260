/* SPDX-License-Identifier: GPL-2.0 */
/* Dropping handles. */
#ifndef MHEAP_DROP_H
#define MHEAP_DROP_H

#include <linux/types.h>

struct mheap_dying;
struct mheap_object;
struct mheap_session;

int mheap_drop_handle(struct mheap_session *s, u32 handle,
		      struct mheap_dying *dying);
void mheap_drop_known(struct mheap_session *s, u32 handle,
		      struct mheap_object *o, struct mheap_dying *dying);

#endif
