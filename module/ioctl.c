// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls of a session, which are in one table.  A handler gets the caller's struct in
 * kernel memory, with the size that this kernel knows.  What the handler changes in it is
 * copied back, up to the size of the caller's struct.
 */
#include <linux/build_bug.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include <uapi/linux/mheap.h>

#include "compat.h"
#include "event.h"
#include "event_read.h"
#include "file.h"
#include "heap.h"
#include "ioctl.h"
#include "limits.h"
#include "listing.h"
#include "gfp.h"
#include "query.h"
#include "scanner.h"
#include "session.h"
#include "submit.h"
#include "tune.h"
#include "type.h"

/* The layout that programs rely on. */
static_assert(sizeof(struct mheap_entry) == 16);
static_assert(offsetof(struct mheap_entry, val) == 12);
static_assert(sizeof(struct mheap_tail) == 16);
static_assert(sizeof(struct mheap_op_result) == 16);
static_assert(sizeof(struct mheap_ioc_op) == 40);
static_assert(sizeof(struct mheap_ioc_query) == 64);
static_assert(sizeof(struct mheap_ioc_info) == 176);
static_assert(sizeof(struct mheap_ioc_batch) == 48);
static_assert(sizeof(struct mheap_ioc_stat) == 48);
static_assert(sizeof(struct mheap_ioc_type) == 24);
static_assert(sizeof(struct mheap_ioc_collect) == 24);
static_assert(sizeof(struct mheap_ioc_tune) == 48);
static_assert(sizeof(struct mheap_ioc_gc_stats) == 72);
static_assert(sizeof(struct mheap_ioc_event) == 64);
static_assert(sizeof(struct mheap_ioc_event_mask) == 8);
static_assert(sizeof(struct mheap_ioc_freeze) == 8);
static_assert(sizeof(struct mheap_ioc_list) == 40);
static_assert(sizeof(struct mheap_ioc_clear_garbage) == 8);
static_assert(sizeof(struct mheap_ioc_attach) == 8);

union mheap_ioc_arg {
	struct mheap_ioc_query query;
	struct mheap_ioc_info info;
	struct mheap_ioc_batch batch;
	struct mheap_ioc_type type;
	struct mheap_ioc_collect collect;
	struct mheap_ioc_tune tune;
	struct mheap_ioc_gc_stats gc_stats;
	struct mheap_ioc_event_mask event_mask;
	struct mheap_ioc_freeze freeze;
	struct mheap_ioc_list list;
	struct mheap_ioc_clear_garbage clear_garbage;
	struct mheap_ioc_attach attach;
};

/* ---- ops ---- */

static int mheap_ioctl_batch(struct file *file, union mheap_ioc_arg *arg)
{
	struct mheap_session *s = file->private_data;

	return mheap_submit_batch(s, &arg->batch);
}

/* ---- the heap ---- */

static int mheap_ioctl_query(struct file *file, union mheap_ioc_arg *arg)
{
	if (arg->query.reserved)
		return -EINVAL;
	mheap_query(&arg->query);
	return 0;
}

static int mheap_ioctl_info(struct file *file, union mheap_ioc_arg *arg)
{
	struct mheap_session *s = file->private_data;

	mheap_query_info(s, &arg->info);
	return 0;
}

static int mheap_ioctl_gc_stats(struct file *file, union mheap_ioc_arg *arg)
{
	struct mheap_session *s = file->private_data;

	return mheap_query_gc_stats(s->heap, &arg->gc_stats);
}

static int mheap_ioctl_type_register(struct file *file, union mheap_ioc_arg *arg)
{
	struct mheap_session *s = file->private_data;
	struct mheap_ioc_type *type = &arg->type;
	char name[MHEAP_MAX_NAME];

	if (type->reserved || !type->name_len)
		return -EINVAL;
	if (type->name_len > sizeof(name))
		return -E2BIG;
	if (copy_from_user(name, u64_to_user_ptr(type->name), type->name_len))
		return -EFAULT;
	return mheap_type_register(s->heap, name, type->name_len,
				   s->rights & MHEAP_RIGHT_WRITE, &type->type);
}

/* The text of a type does not change, so it is copied without the heap lock. */
static int mheap_ioctl_type_name(struct file *file, union mheap_ioc_arg *arg)
{
	struct mheap_session *s = file->private_data;
	struct mheap_ioc_type *type = &arg->type;
	const struct mheap_type *t;

	if (type->reserved)
		return -EINVAL;
	mheap_heap_lock(s->heap);
	t = mheap_type_get(s->heap, type->type);
	mheap_heap_unlock(s->heap);
	if (!t)
		return -ENOENT;
	if (t->name.len >= type->name_len)
		return -ERANGE;
	if (copy_to_user(u64_to_user_ptr(type->name), t->text, t->name.len + 1))
		return -EFAULT;
	type->name_len = t->name.len;
	return 0;
}

static int mheap_ioctl_collect(struct file *file, union mheap_ioc_arg *arg)
{
	struct mheap_session *s = file->private_data;
	struct mheap_result result;
	int err;

	if (arg->collect.generation >= MHEAP_GENERATIONS)
		return -EINVAL;
	mheap_heap_lock(s->heap);
	err = mheap_scanner_collect(s->heap, arg->collect.generation, &result);
	mheap_heap_unlock(s->heap);
	mheap_scanner_settle(s->heap);
	if (err)
		return err;
	arg->collect.found = result.found;
	arg->collect.freed = result.freed;
	return 0;
}

static int mheap_ioctl_tune(struct file *file, union mheap_ioc_arg *arg)
{
	struct mheap_session *s = file->private_data;

	if (arg->tune.set && !(s->rights & MHEAP_RIGHT_CONTROL))
		return -EPERM;
	return mheap_tune(s->heap, &arg->tune);
}

static int mheap_ioctl_event_mask(struct file *file, union mheap_ioc_arg *arg)
{
	struct mheap_session *s = file->private_data;

	return mheap_event_set_mask(&s->events, arg->event_mask.mask);
}

static int mheap_ioctl_freeze(struct file *file, union mheap_ioc_arg *arg)
{
	struct mheap_session *s = file->private_data;
	int err;

	if (arg->freeze.freeze > 1)
		return -EINVAL;
	mheap_heap_lock(s->heap);
	err = mheap_scanner_freeze(s->heap, arg->freeze.freeze);
	mheap_heap_unlock(s->heap);
	mheap_scanner_settle(s->heap);
	return err;
}

static int mheap_ioctl_list(struct file *file, union mheap_ioc_arg *arg)
{
	struct mheap_session *s = file->private_data;
	struct mheap_ioc_list *list = &arg->list, before = *list;
	u64 __user *to = u64_to_user_ptr(list->ids);
	u64 *ids;
	int err;

	ids = kvmalloc_array(min(list->count, MHEAP_MAX_OPS), sizeof(*ids),
			     MHEAP_GFP);
	if (!ids)
		return -ENOMEM;
	err = mheap_listing_fill(s->heap, list, ids);
	if (!err && copy_to_user(to, ids, list->count * sizeof(*ids)))
		err = -EFAULT;
	if (err)
		*list = before;
	kvfree(ids);
	return err;
}

static int mheap_ioctl_clear_garbage(struct file *file, union mheap_ioc_arg *arg)
{
	struct mheap_session *s = file->private_data;

	if (arg->clear_garbage.reserved)
		return -EINVAL;
	return mheap_listing_clear_garbage(s->heap);
}

static int mheap_ioctl_attach(struct file *file, union mheap_ioc_arg *arg)
{
	return mheap_file_attach(file, arg->attach.rights);
}

/* ---- events ---- */

/**
 * mheap_read() - Read events
 * @s: the session
 * @to: where to copy the unread events to, as many of them as fit as a whole
 * @nonblock: do not wait if there is no unread event
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: the number of bytes, -EINVAL if @to is too short for an event, -EAGAIN if there
 * is none, -ERESTARTSYS or -EFAULT.
 */
ssize_t mheap_read(struct mheap_session *s, struct iov_iter *to, bool nonblock)
{
	struct mheap_event_read r;
	ssize_t done = 0;
	int err = 0;

	if (iov_iter_count(to) < sizeof(r.out))
		return -EINVAL;
	while (iov_iter_count(to) >= sizeof(r.out)) {
		err = mheap_event_read_wait(s, nonblock || done, &r);
		if (err)
			break;
		if (copy_to_iter(&r.out, sizeof(r.out), to) !=
		    sizeof(r.out)) {
			mheap_event_read_cancel(s, &r);
			err = -EFAULT;
			break;
		}
		mheap_event_read_commit(s, &r);
		done += sizeof(r.out);
	}
	return done ?: err;
}

/* ---- the table ---- */

/**
 * struct mheap_ioctl_desc - An ioctl
 * @cmd: its number
 * @min_size: the first published size of its struct
 * @size: the size of its struct that this kernel knows
 * @rights: MHEAP_RIGHT_* that the session needs
 * @returns_fd: it returns a descriptor, which cannot be undone, so its struct is not
 *	written once more
 * @handler: does it; returns a negative errno, or what the ioctl returns
 */
struct mheap_ioctl_desc {
	unsigned int cmd;
	u32 min_size;
	u32 size;
	u32 rights;
	bool returns_fd;
	int (*handler)(struct file *file, union mheap_ioc_arg *arg);
};

#define MHEAP_IOCTL(_cmd, _struct, _last, _rights, _handler)		\
	[_IOC_NR(_cmd)] = {						\
		.cmd = _cmd,						\
		.min_size = offsetofend(struct _struct, _last),		\
		.size = sizeof(struct _struct),				\
		.rights = _rights,					\
		.handler = _handler,					\
	}

static const struct mheap_ioctl_desc mheap_ioctls[] = {
	MHEAP_IOCTL(MHEAP_IOC_QUERY, mheap_ioc_query, reserved, 0,
		    mheap_ioctl_query),
	MHEAP_IOCTL(MHEAP_IOC_INFO, mheap_ioc_info, lock_max_ns, 0,
		    mheap_ioctl_info),
	/* Each op needs rights of its own. */
	MHEAP_IOCTL(MHEAP_IOC_BATCH, mheap_ioc_batch, reserved, 0,
		    mheap_ioctl_batch),
	/* Finding a type needs no rights; the handler checks those for making one. */
	MHEAP_IOCTL(MHEAP_IOC_TYPE_REGISTER, mheap_ioc_type, reserved, 0,
		    mheap_ioctl_type_register),
	MHEAP_IOCTL(MHEAP_IOC_TYPE_NAME, mheap_ioc_type, reserved,
		    MHEAP_RIGHT_READ, mheap_ioctl_type_name),
	MHEAP_IOCTL(MHEAP_IOC_COLLECT, mheap_ioc_collect, freed,
		    MHEAP_RIGHT_CONTROL, mheap_ioctl_collect),
	/* Reading settings needs no rights; the handler checks those for changing them. */
	MHEAP_IOCTL(MHEAP_IOC_TUNE, mheap_ioc_tune, limit_objects, 0,
		    mheap_ioctl_tune),
	MHEAP_IOCTL(MHEAP_IOC_GC_STATS, mheap_ioc_gc_stats, pause_p99_ns, 0,
		    mheap_ioctl_gc_stats),
	MHEAP_IOCTL(MHEAP_IOC_EVENT_MASK, mheap_ioc_event_mask, mask, 0,
		    mheap_ioctl_event_mask),
	MHEAP_IOCTL(MHEAP_IOC_FREEZE, mheap_ioc_freeze, freeze,
		    MHEAP_RIGHT_CONTROL, mheap_ioctl_freeze),
	MHEAP_IOCTL(MHEAP_IOC_LIST, mheap_ioc_list, ids, MHEAP_RIGHT_READ,
		    mheap_ioctl_list),
	MHEAP_IOCTL(MHEAP_IOC_CLEAR_GARBAGE, mheap_ioc_clear_garbage, reserved,
		    MHEAP_RIGHT_CONTROL, mheap_ioctl_clear_garbage),
	[_IOC_NR(MHEAP_IOC_ATTACH)] = {
		.cmd = MHEAP_IOC_ATTACH,
		.min_size = offsetofend(struct mheap_ioc_attach, rights),
		.size = sizeof(struct mheap_ioc_attach),
		.returns_fd = true,
		.handler = mheap_ioctl_attach,
	},
};

static const struct mheap_ioctl_desc *mheap_ioctl_find(unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd);

	if (nr >= ARRAY_SIZE(mheap_ioctls))
		return NULL;
	nr = array_index_nospec(nr, ARRAY_SIZE(mheap_ioctls));
	return mheap_ioctls[nr].cmd == cmd ? &mheap_ioctls[nr] : NULL;
}

/**
 * mheap_ioctl() - Do an ioctl
 * @file: the file of the session
 * @cmd: its number
 * @user: address of its struct
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: what the ioctl returns, or a negative errno, which is -ENOTTY if there is no
 * such ioctl.
 */
long mheap_ioctl(struct file *file, unsigned int cmd, void __user *user)
{
	struct mheap_session *s = file->private_data;
	const struct mheap_ioctl_desc *desc;
	union mheap_ioc_arg arg;
	u32 size;
	int err;

	/* An op does not begin with its size, so its layout never changes. */
	if (cmd == MHEAP_IOC_OP)
		return mheap_submit_op(s, user);
	desc = mheap_ioctl_find(cmd);
	if (!desc)
		return -ENOTTY;
	if (get_user(size, (u32 __user *)user))
		return -EFAULT;
	if (desc->rights & ~s->rights)
		return -EPERM;
	if (size < desc->min_size)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	/* A shorter struct is filled up with 0, so a handler can look at all members. */
	err = copy_struct_from_user(&arg, desc->size, user, size);
	if (err)
		return err;
	/* Nothing is done if the answer could not be delivered. */
	size = min(size, desc->size);
	if (copy_to_user(user, &arg, size))
		return -EFAULT;
	err = desc->handler(file, &arg);
	if (!desc->returns_fd && copy_to_user(user, &arg, size))
		err = -EFAULT;
	return err;
}
