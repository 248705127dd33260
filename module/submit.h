/* SPDX-License-Identifier: GPL-2.0 */
/* Ops of programs, which come in a batch or one at a time. */
#ifndef MHEAP_SUBMIT_H
#define MHEAP_SUBMIT_H

#include <linux/compiler_types.h>

struct mheap_ioc_batch;
struct mheap_ioc_op;
struct mheap_session;

int mheap_submit_batch(struct mheap_session *s, struct mheap_ioc_batch *batch);
int mheap_submit_op(struct mheap_session *s, struct mheap_ioc_op __user *to);

#endif
