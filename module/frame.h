/* SPDX-License-Identifier: GPL-2.0 */
/* Handle frames. */
#ifndef MHEAP_FRAME_H
#define MHEAP_FRAME_H

#include <linux/list.h>
#include <linux/types.h>

struct mheap_dying;
struct mheap_session;

/**
 * struct mheap_frame - A frame of a session
 * @node: in mheap_session.frames, the newest first
 * @handles: the handles that belong to it, by the links of their places
 * @serial: what their places are marked with
 *
 * Guarded by the heap lock.
 */
struct mheap_frame {
	struct list_head node;
	struct list_head handles;
	u32 serial;
};

struct mheap_frame *mheap_frame_alloc(void);
void mheap_frame_free(struct mheap_frame *frame);
int mheap_frame_push(struct mheap_session *s, struct mheap_frame *frame);
int mheap_frame_pop(struct mheap_session *s, u64 keep,
		    struct mheap_dying *dying);
void mheap_frame_take(struct mheap_session *s, u64 place);
void mheap_frames_destroy(struct mheap_session *s);

#endif
