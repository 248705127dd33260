// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses to user memory that follow special rules.  While the heap is locked, page
 * faults are off.  A single op is read and checked in one access window, since opening a
 * window costs much, whatever its size.  Plain copies are found only in ioctl.c and
 * submit.c.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/uaccess.h>

#include <uapi/linux/mheap.h>

#include "compat.h"
#include "usercopy.h"

/**
 * mheap_usercopy_deliver() - Copy bytes of a heap to a program without page faults
 * @to: the destination
 * @from: the bytes
 * @len: number of bytes
 *
 * Context: the heap lock is held.
 *
 * Return: 0, or -EFAULT if a page is not present or may not be written; a part of the
 * bytes may have been copied then.
 */
int mheap_usercopy_deliver(void __user *to, const void *from, u32 len)
{
	return copy_to_user_nofault(to, from, len);
}

/**
 * mheap_usercopy_probe() - Make sure that user memory can be written, and write nothing
 * @to: the memory
 * @len: how much of it
 *
 * Another thread of the program may be writing there.  Kernels before 6.15 may report
 * that a part of several pages can be written, so each page is asked for alone.
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: 0 or -EFAULT.
 */
int mheap_usercopy_probe(void __user *to, size_t len)
{
	size_t n;

	for (; len; to += n, len -= n) {
		n = min_t(size_t, len, PAGE_SIZE - offset_in_page((unsigned long)to));
		if (fault_in_safe_writeable(to, n))
			return -EFAULT;
	}
	return 0;
}

/**
 * mheap_usercopy_fetch_op() - Read an op, and make sure that its results can be written
 * @op: the copy, whose members @result and @out are not set
 * @from: the program's op, whose results are set to 0
 *
 * Most ops leave it at these results, so nothing has to be written when they are done.
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
 * mheap_usercopy_answer_op() - Write the results of an op that are not 0
 * @to: the program's op, as given to mheap_usercopy_fetch_op()
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
