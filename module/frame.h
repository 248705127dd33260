/* SPDX-License-Identifier: GPL-2.0 */
/* Handle frames, whose handles are dropped together. */
#ifndef MHEAP_FRAME_H
#define MHEAP_FRAME_H

#include <linux/types.h>

struct mheap_frame;
struct mheap_session;

struct mheap_frame *mheap_frame_alloc(void);
void mheap_frame_free(struct mheap_frame *frame);
int mheap_frame_push(struct mheap_session *s, struct mheap_frame *frame);
struct mheap_frame *mheap_frame_pop(struct mheap_session *s, u32 keep);
void mheap_frame_end(struct mheap_session *s, struct mheap_frame *frame);
void mheap_frames_destroy(struct mheap_session *s);

#endif
