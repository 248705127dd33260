/* SPDX-License-Identifier: GPL-2.0 */
/* Handles, the counted references that a session owns. */
#ifndef MHEAP_HANDLE_H
#define MHEAP_HANDLE_H

#include <linux/types.h>

struct mheap_object;
struct mheap_session;
struct mheap_table_entry;

struct mheap_table_entry *mheap_handle_prefetch(struct mheap_session *s,
						u64 handle);
void mheap_handle_prefetch_object(const struct mheap_table_entry *entry);
struct mheap_object *mheap_handle_find(struct mheap_session *s, u64 handle);
int mheap_handle_add(struct mheap_session *s, struct mheap_object *o,
		     u64 *handle);
u64 mheap_handle_alloc(struct mheap_session *s, struct mheap_object *o);
void mheap_handle_commit(struct mheap_session *s, u64 handle);
void mheap_handle_cancel(struct mheap_session *s, u64 handle);
void mheap_handle_join_frame(struct mheap_session *s, u64 number);

#endif
