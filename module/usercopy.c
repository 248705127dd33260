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
 * mheap_usercopy_fetch_op() - Read a single op, and make sure that it can have a value
 * @op: the copy, whose member @value is not set
 * @from: the program's op, whose value is set to 0
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: 0 or -EFAULT.
 */
int mheap_usercopy_fetch_op(struct mheap_ioc_op *op, struct mheap_ioc_op __user *from)
{
	u64 __user *words = (u64 __user *)from;
	u64 *to = (u64 *)op;

	static_assert(offsetof(struct mheap_ioc_op, value) == 4 * sizeof(u64));
	might_fault();
	if (!user_access_begin(from, sizeof(*from)))
		return -EFAULT;
	unsafe_get_user(to[0], &words[0], fault);
	unsafe_get_user(to[1], &words[1], fault);
	unsafe_get_user(to[2], &words[2], fault);
	unsafe_get_user(to[3], &words[3], fault);
	unsafe_put_user(0, &from->value, fault);
	user_access_end();
	return 0;

fault:
	user_access_end();
	return -EFAULT;
}
