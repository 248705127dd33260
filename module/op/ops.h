/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All opcodes: what does the op of an entry, and the description of the opcode, both in the
 * file that implements it.
 *
 * Each function returns 0 or a negative errno.  The heap lock is held; it may be dropped
 * and taken again; may sleep.  @p is what was prepared for the op.
 */
#ifndef MHEAP_OP_OPS_H
#define MHEAP_OP_OPS_H

struct mheap_call;
struct mheap_entry;
struct mheap_op_desc;
struct mheap_prepared;

/* object.c; @p of alloc is NULL if the magazine has the memory */
int mheap_op_run_alloc(struct mheap_call *call, const struct mheap_entry *e,
		       struct mheap_prepared *p);
int mheap_op_run_dup(struct mheap_call *call, const struct mheap_entry *e);
int mheap_op_run_drop(struct mheap_call *call, const struct mheap_entry *e);
int mheap_op_run_refcount(struct mheap_call *call, const struct mheap_entry *e);
int mheap_op_run_id(struct mheap_call *call, const struct mheap_entry *e);
int mheap_op_run_open_id(struct mheap_call *call, const struct mheap_entry *e);
int mheap_op_run_same(struct mheap_call *call, const struct mheap_entry *e);
int mheap_op_run_stat(struct mheap_call *call, const struct mheap_entry *e,
		      struct mheap_prepared *p);
extern const struct mheap_op_desc mheap_op_alloc;
extern const struct mheap_op_desc mheap_op_dup;
extern const struct mheap_op_desc mheap_op_drop;
extern const struct mheap_op_desc mheap_op_refcount;
extern const struct mheap_op_desc mheap_op_id;
extern const struct mheap_op_desc mheap_op_open_id;
extern const struct mheap_op_desc mheap_op_same;
extern const struct mheap_op_desc mheap_op_stat;

/* resize.c */
int mheap_op_run_resize(struct mheap_call *call, const struct mheap_entry *e,
			struct mheap_prepared *p);
extern const struct mheap_op_desc mheap_op_resize;

/* slot.c */
int mheap_op_run_get(struct mheap_call *call, const struct mheap_entry *e);
int mheap_op_run_set(struct mheap_call *call, const struct mheap_entry *e);
int mheap_op_run_xchg(struct mheap_call *call, const struct mheap_entry *e);
int mheap_op_run_cas(struct mheap_call *call, const struct mheap_entry *e);
extern const struct mheap_op_desc mheap_op_get;
extern const struct mheap_op_desc mheap_op_set;
extern const struct mheap_op_desc mheap_op_xchg;
extern const struct mheap_op_desc mheap_op_cas;

/* bytes.c; @p is NULL if the bytes are inline */
int mheap_op_run_read(struct mheap_call *call, const struct mheap_entry *e,
		      struct mheap_prepared *p);
int mheap_op_run_write(struct mheap_call *call, const struct mheap_entry *e,
		       struct mheap_prepared *p);
extern const struct mheap_op_desc mheap_op_read;
extern const struct mheap_op_desc mheap_op_write;

/* name.c */
int mheap_op_run_publish(struct mheap_call *call, const struct mheap_entry *e,
			 struct mheap_prepared *p);
int mheap_op_run_lookup(struct mheap_call *call, const struct mheap_entry *e,
			struct mheap_prepared *p);
int mheap_op_run_unpublish(struct mheap_call *call, const struct mheap_entry *e,
			   struct mheap_prepared *p);
extern const struct mheap_op_desc mheap_op_publish;
extern const struct mheap_op_desc mheap_op_lookup;
extern const struct mheap_op_desc mheap_op_unpublish;

/* weak.c */
int mheap_op_run_weak_new(struct mheap_call *call, const struct mheap_entry *e,
			  struct mheap_prepared *p);
int mheap_op_run_weak_get(struct mheap_call *call, const struct mheap_entry *e);
int mheap_op_run_weak_drop(struct mheap_call *call, const struct mheap_entry *e);
extern const struct mheap_op_desc mheap_op_weak_new;
extern const struct mheap_op_desc mheap_op_weak_get;
extern const struct mheap_op_desc mheap_op_weak_drop;

/* finalizer.c */
int mheap_op_run_finalizer(struct mheap_call *call, const struct mheap_entry *e,
			   struct mheap_prepared *p);
extern const struct mheap_op_desc mheap_op_finalizer;

/* intern.c */
int mheap_op_run_intern(struct mheap_call *call, const struct mheap_entry *e,
			struct mheap_prepared *p);
extern const struct mheap_op_desc mheap_op_intern;

/* frame.c */
int mheap_op_run_frame_push(struct mheap_call *call, const struct mheap_entry *e,
			    struct mheap_prepared *p);
int mheap_op_run_frame_pop(struct mheap_call *call, const struct mheap_entry *e);
extern const struct mheap_op_desc mheap_op_frame_push;
extern const struct mheap_op_desc mheap_op_frame_pop;

#endif
