/* SPDX-License-Identifier: GPL-2.0 */
/* The descriptions of all opcodes, each defined in the file that implements it. */
#ifndef MHEAP_OP_OPS_H
#define MHEAP_OP_OPS_H

struct mheap_op_desc;

/* object.c */
extern const struct mheap_op_desc mheap_op_alloc;
extern const struct mheap_op_desc mheap_op_dup;
extern const struct mheap_op_desc mheap_op_drop;
extern const struct mheap_op_desc mheap_op_refcount;
extern const struct mheap_op_desc mheap_op_id;
extern const struct mheap_op_desc mheap_op_open_id;
extern const struct mheap_op_desc mheap_op_same;
extern const struct mheap_op_desc mheap_op_stat;

/* resize.c */
extern const struct mheap_op_desc mheap_op_resize;

/* slot.c */
extern const struct mheap_op_desc mheap_op_get;
extern const struct mheap_op_desc mheap_op_set;
extern const struct mheap_op_desc mheap_op_xchg;
extern const struct mheap_op_desc mheap_op_cas;

/* bytes.c */
extern const struct mheap_op_desc mheap_op_read;
extern const struct mheap_op_desc mheap_op_write;

/* name.c */
extern const struct mheap_op_desc mheap_op_publish;
extern const struct mheap_op_desc mheap_op_lookup;
extern const struct mheap_op_desc mheap_op_unpublish;

/* weak.c */
extern const struct mheap_op_desc mheap_op_weak_new;
extern const struct mheap_op_desc mheap_op_weak_get;
extern const struct mheap_op_desc mheap_op_weak_drop;

/* finalizer.c */
extern const struct mheap_op_desc mheap_op_finalizer;

/* intern.c */
extern const struct mheap_op_desc mheap_op_intern;

/* frame.c */
extern const struct mheap_op_desc mheap_op_frame_push;
extern const struct mheap_op_desc mheap_op_frame_pop;

#endif
