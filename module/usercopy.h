/* SPDX-License-Identifier: GPL-2.0 */
/* Accesses to user memory that follow special rules. */
#ifndef MHEAP_USERCOPY_H
#define MHEAP_USERCOPY_H

#include <linux/compiler_types.h>
#include <linux/types.h>

struct mheap_ioc_op;

int mheap_usercopy_deliver(void __user *to, const void *from, u32 len);
int mheap_usercopy_probe(void __user *to, size_t len);
int mheap_usercopy_fetch_op(struct mheap_ioc_op *op, struct mheap_ioc_op __user *from);

#endif
