// SPDX-License-Identifier: GPL-2.0
/*
 * Access to user memory that follows rules of its own: with page faults off while the
 * heap is locked, and in one access window, since each window has a price whatever its
 * size.  Plain copies are made by ioctl.c and submit.c alone.
 */
#include <linux/uaccess.h>

#include <uapi/linux/mheap.h>

#include "compat.h"
#include "usercopy.h"

/**
 * mheap_usercopy_deliver() - Copy bytes of a heap to a program
 * @to: where to
 * @from: the bytes
 * @len: how many
 *
 * Context: the heap lock is held, so a page that is not there cannot be waited for.
 *
 * Return: 0, or -EFAULT with a part copied if a page is not there or may not be written.
 */
int mheap_usercopy_deliver(void __user *to, const void *from, u32 len)
{
	return copy_to_user_nofault(to, from, len);
}

/**
 * mheap_usercopy_fetch_op() - Read an op, and make sure that its results can be written
 * @op: filled in
 * @from: the program's op; its results are 0 afterwards, and most ops have no others
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: 0 or -EFAULT.
 */
int mheap_usercopy_fetch_op(struct mheap_op *op, struct mheap_op __user *from)
{
	might_fault();
	if (!user_access_begin(from, sizeof(*from)))
		return -EFAULT;
	unsafe_get_user(op->opcode, &from->opcode, fault);
	unsafe_get_user(op->flags, &from->flags, fault);
	unsafe_get_user(op->obj, &from->obj, fault);
	unsafe_get_user(op->val, &from->val, fault);
	unsafe_get_user(op->arg, &from->arg, fault);
	unsafe_get_user(op->index, &from->index, fault);
	unsafe_get_user(op->len, &from->len, fault);
	unsafe_put_user(0, &from->result, fault);
	unsafe_put_user(0, &from->out, fault);
	user_access_end();
	return 0;

fault:
	user_access_end();
	return -EFAULT;
}

/**
 * mheap_usercopy_answer_op() - Write the results of an op, other than zeroes
 * @to: the program's op, from which @op was read
 * @op: the op
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: 0 or -EFAULT.
 */
int mheap_usercopy_answer_op(struct mheap_op __user *to, const struct mheap_op *op)
{
	if (op->result && put_user(op->result, &to->result))
		return -EFAULT;
	if (op->out && put_user(op->out, &to->out))
		return -EFAULT;
	return 0;
}
