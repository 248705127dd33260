// SPDX-License-Identifier: GPL-2.0
/* The opcode that sets a finalizer. */
#include <linux/errno.h>
#include <linux/slab.h>

#include "compat.h"
#include "ext.h"
#include "finalizer.h"
#include "op/call.h"
#include "op/ops.h"

static int mheap_op_prepare_finalizer(struct mheap_call *call, u32 i,
				      struct mheap_prepared *p)
{
	p->finalizer = mheap_finalizer_alloc(call->ops[i].arg);
	p->ext = mheap_ext_alloc();
	return p->finalizer && p->ext ? 0 : -ENOMEM;
}

/* The finalizer keeps the reserved entry, for the handle that its event will bring. */
static int mheap_op_run_finalizer(struct mheap_call *call, u32 i,
				  struct mheap_prepared *p)
{
	struct mheap_object *o;
	int err = mheap_call_find(call, i, &o);

	if (err)
		return err;
	err = mheap_finalizer_set(call->session, &p->finalizer, o, &p->ext);
	if (!p->finalizer)
		call->handles_left--;
	return err;
}

static void mheap_op_release_finalizer(struct mheap_prepared *p)
{
	mheap_finalizer_free(p->finalizer);
	kfree(p->ext);
}

const struct mheap_op_desc mheap_op_finalizer = {
	.rights = MHEAP_RIGHT_WRITE,
	.uses = MHEAP_USES_OBJ | MHEAP_USES_ARG,
	.handles = MHEAP_OPF_OBJ,
	.makes_handle = true,
	.prepare = mheap_op_prepare_finalizer,
	.run = mheap_op_run_finalizer,
	.release = mheap_op_release_finalizer,
};
