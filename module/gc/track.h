/* SPDX-License-Identifier: GPL-2.0 */
/* The objects that the collector tracks. */
#ifndef MHEAP_GC_TRACK_H
#define MHEAP_GC_TRACK_H

struct mheap_collector;
struct mheap_object;

void mheap_track_add(struct mheap_collector *gc, struct mheap_object *o);
void mheap_track_del(struct mheap_collector *gc, struct mheap_object *o);
void mheap_track_link(struct mheap_collector *gc, struct mheap_object *o,
		      struct mheap_object *t);
void mheap_track_finalize(struct mheap_collector *gc, struct mheap_object *o);

#endif
