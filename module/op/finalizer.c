// SPDX-License-Identifier: GPL-2.0
/* The opcode that sets a finalizer. */
#include <linux/errno.h>
#include <linux/slab.h>

#include "compat.h"
#include "ext.h"
#include "finalizer.h"
#include "handle.h"
#include "op/call.h"
#include "op/ops.h"

static int mheap_op_prepare_finalizer(struct mheap_call *call,
				      const struct mheap_entry *e,
				      struct mheap_prepared *p)
{
	p->finalizer = mheap_finalizer_alloc(e->arg);
	p->ext = mheap_ext_alloc();
	return p->finalizer && p->ext ? 0 : -ENOMEM;
}

/* The finalizer keeps the number, for the handle that its event will bring. */
int mheap_op_run_finalizer(struct mheap_call *call, const struct mheap_entry *e,
			   struct mheap_prepared *p)
{
	struct mheap_object *o;
	u32 number = 0;
	int err = mheap_handle_claim(call->session, &number);

	if (err)
		return err;
	err = mheap_call_find(call, e->obj, &o);
	if (!err)
		err = mheap_finalizer_set(call->session, &p->finalizer, number, o, &p->ext);
	if (p->finalizer)
		mheap_handle_unclaim(call->session, number);
	return err;
}

static void mheap_op_release_finalizer(struct mheap_prepared *p)
{
	mheap_finalizer_free(p->finalizer);
	kfree(p->ext);
}

const struct mheap_op_desc mheap_op_finalizer = {
	.rights = MHEAP_RIGHT_WRITE,
	.may = { .opcode = MHEAP_ANY8, .obj = MHEAP_ANY32, .arg = MHEAP_ANY64 },
	.prepare = mheap_op_prepare_finalizer,
	.release = mheap_op_release_finalizer,
};
