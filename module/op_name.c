// SPDX-License-Identifier: GPL-2.0
/* Opcodes about names of objects; op.c has the table, and says what p and so on are. */
#include <linux/errno.h>
#include <linux/mm.h>

#include "batch.h"
#include "compat.h"
#include "dict.h"
#include "limits.h"
#include "name.h"
#include "op.h"

static int mheap_prepare_name_size(const struct mheap_op *op)
{
	if (!op->len)
		return -EINVAL;
	return op->len > MHEAP_MAX_NAME ? -E2BIG : 0;
}

int mheap_prepare_name(struct mheap_call *call, u32 i,
		       struct mheap_prepared *p)
{
	const struct mheap_op *op = &call->ops[i];
	int err = mheap_prepare_name_size(op);

	return err ?: mheap_prepare_data(p, op->len);
}

int mheap_prepare_publish(struct mheap_call *call, u32 i,
			  struct mheap_prepared *p)
{
	const struct mheap_op *op = &call->ops[i];
	struct mheap_entry *entry;
	int err = mheap_prepare_name_size(op);

	if (err)
		return err;
	entry = mheap_entry_alloc(op->len);
	if (!entry)
		return -ENOMEM;
	p->fresh = entry;
	p->data = entry->text;
	p->data_len = op->len;
	return 0;
}

int mheap_run_publish(struct mheap_call *call, u32 i,
		      struct mheap_prepared *p)
{
	struct mheap_object *o;
	int err = mheap_call_find(call, i, &o);

	if (!err)
		err = mheap_name_publish(mheap_call_heap(call), p->fresh, o);
	if (!err)
		p->fresh = NULL;
	return err;
}

void mheap_release_publish(struct mheap_prepared *p)
{
	mheap_entry_free(p->fresh);
}

int mheap_run_lookup(struct mheap_call *call, u32 i,
		     struct mheap_prepared *p)
{
	struct mheap_object *o;

	o = mheap_name_lookup(mheap_call_heap(call), p->data, p->data_len);
	return o ? mheap_call_new_handle(call, i, o) : -ENOENT;
}

int mheap_run_unpublish(struct mheap_call *call, u32 i,
			struct mheap_prepared *p)
{
	p->fresh = mheap_name_unpublish(mheap_call_heap(call), p->data,
					p->data_len, &call->dying);
	return p->fresh ? 0 : -ENOENT;
}

void mheap_release_unpublish(struct mheap_prepared *p)
{
	mheap_entry_free(p->fresh);
	mheap_release_data(p);
}
