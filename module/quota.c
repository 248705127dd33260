// SPDX-License-Identifier: GPL-2.0
/*
 * The number of heaps that a user may have.  It is limited because a heap has files in
 * sysfs and can have a thread, which no memory cgroup is charged for.
 */
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/xarray.h>

#include "compat.h"
#include "limits.h"
#include "quota.h"

unsigned int mheap_max_user_heaps = MHEAP_MAX_USER_HEAPS;

/* Guards mheap_quota_heaps, the number of heaps by user; no other mutex nests inside. */
static DEFINE_MUTEX(mheap_quota_lock);
static DEFINE_XARRAY(mheap_quota_heaps);

static unsigned long mheap_quota_count(kuid_t user)
{
	void *entry;

	lockdep_assert_held(&mheap_quota_lock);
	entry = xa_load(&mheap_quota_heaps, __kuid_val(user));
	return entry ? xa_to_value(entry) : 0;
}

static int mheap_quota_set(kuid_t user, unsigned long count)
{
	if (!count) {
		xa_erase(&mheap_quota_heaps, __kuid_val(user));
		return 0;
	}
	return xa_err(xa_store(&mheap_quota_heaps, __kuid_val(user),
			       xa_mk_value(count), GFP_KERNEL));
}

/**
 * mheap_quota_charge() - Account for a heap that a user makes
 * @user: the user; there is no limit for a caller with CAP_SYS_RESOURCE
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: 0, -EMFILE if the user has as many heaps as are allowed, or -ENOMEM.
 */
int mheap_quota_charge(kuid_t user)
{
	unsigned long count;
	int err = -EMFILE;

	mutex_lock(&mheap_quota_lock);
	count = mheap_quota_count(user);
	if (count < READ_ONCE(mheap_max_user_heaps) ||
	    capable(CAP_SYS_RESOURCE))
		err = mheap_quota_set(user, count + 1);
	mutex_unlock(&mheap_quota_lock);
	return err;
}

/**
 * mheap_quota_uncharge() - Account for the end of a heap
 * @user: the user who made the heap
 *
 * Context: the heap lock is not held; may sleep.
 */
void mheap_quota_uncharge(kuid_t user)
{
	mutex_lock(&mheap_quota_lock);
	mheap_quota_set(user, mheap_quota_count(user) - 1);
	mutex_unlock(&mheap_quota_lock);
}
