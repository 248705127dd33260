// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/class/misc/mheap/heaps/<heap id>/ has a file for each value; uapi/sysfs-mheap
 * describes them.  A bad value changes nothing.
 *
 * Everybody may read the files.  Reading does not take the heap lock, so that nobody can
 * hold up a stranger's heap that way.  A value can therefore be a moment old.
 */
#include <linux/completion.h>
#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/sysfs.h>

#include "compat.h"
#include "heap.h"
#include "limits.h"
#include "scanner.h"
#include "sysfs.h"

/* The folder of all heaps, or NULL before it is complete; no heap can be made until then. */
static struct kset *mheap_kset;

/**
 * struct mheap_attribute - A file of a heap
 * @attr: its name and mode
 * @get: reads the value, without the heap lock; NULL if the file is write-only
 * @set: checks and sets the value, with the heap lock held, which it may drop and take
 *	again; NULL if the file is read-only
 * @which: the generation that the value belongs to, if it belongs to one
 */
struct mheap_attribute {
	struct attribute attr;
	u64 (*get)(const struct mheap_heap *heap, unsigned int which);
	int (*set)(struct mheap_heap *heap, unsigned int which, u64 value);
	unsigned int which;
};

static u64 threshold_get(const struct mheap_heap *heap, unsigned int which)
{
	return heap->gc.trigger.threshold[which];
}

static int threshold_set(struct mheap_heap *heap, unsigned int which, u64 value)
{
	if (value > U32_MAX)
		return -EINVAL;
	heap->gc.trigger.threshold[which] = value;
	return 0;
}

static u64 enabled_get(const struct mheap_heap *heap, unsigned int which)
{
	return heap->gc.trigger.enabled;
}

static int enabled_set(struct mheap_heap *heap, unsigned int which, u64 value)
{
	if (value > 1)
		return -EINVAL;
	heap->gc.trigger.enabled = value;
	return 0;
}

static u64 slice_us_get(const struct mheap_heap *heap, unsigned int which)
{
	return heap->slice_us;
}

static int slice_us_set(struct mheap_heap *heap, unsigned int which, u64 value)
{
	if (value < MHEAP_MIN_SLICE_US || value > MHEAP_MAX_SLICE_US)
		return -EINVAL;
	heap->slice_us = value;
	return 0;
}

static u64 limit_bytes_get(const struct mheap_heap *heap, unsigned int which)
{
	return heap->limit_bytes;
}

static int limit_bytes_set(struct mheap_heap *heap, unsigned int which,
			   u64 value)
{
	heap->limit_bytes = value ?: mheap_defaults.limit_bytes;
	return 0;
}

static u64 limit_objects_get(const struct mheap_heap *heap, unsigned int which)
{
	return heap->limit_objects;
}

static int limit_objects_set(struct mheap_heap *heap, unsigned int which,
			     u64 value)
{
	heap->limit_objects = value ?: mheap_defaults.limit_objects;
	return 0;
}

static int collect_set(struct mheap_heap *heap, unsigned int which, u64 value)
{
	struct mheap_result result;

	if (value >= MHEAP_GENERATIONS)
		return -EINVAL;
	return mheap_scanner_collect(heap, value, &result);
}

static u64 count_get(const struct mheap_heap *heap, unsigned int which)
{
	return heap->gc.trigger.count[which];
}

static u64 objects_get(const struct mheap_heap *heap, unsigned int which)
{
	return heap->objects;
}

static u64 tracked_get(const struct mheap_heap *heap, unsigned int which)
{
	return mheap_gc_tracked(&heap->gc);
}

static u64 bytes_get(const struct mheap_heap *heap, unsigned int which)
{
	return heap->bytes;
}

static u64 sessions_get(const struct mheap_heap *heap, unsigned int which)
{
	return heap->sessions;
}

static u64 collections_get(const struct mheap_heap *heap, unsigned int which)
{
	return heap->stats[which].collections;
}

static u64 collected_get(const struct mheap_heap *heap, unsigned int which)
{
	return heap->stats[which].collected;
}

static u64 pause_max_ns_get(const struct mheap_heap *heap, unsigned int which)
{
	return mheap_hist_longest(heap->pauses, MHEAP_GENERATIONS);
}

static u64 pause_p99_ns_get(const struct mheap_heap *heap, unsigned int which)
{
	return mheap_hist_exceeded_by(heap->pauses, MHEAP_GENERATIONS, 100);
}

#define MHEAP_ATTR(_file, _mode, _get, _set, _which)			\
	static struct mheap_attribute attr_##_file = {			\
		.attr = { .name = #_file, .mode = _mode },		\
		.get = _get,						\
		.set = _set,						\
		.which = _which,					\
	}

MHEAP_ATTR(threshold0, 0644, threshold_get, threshold_set, 0);
MHEAP_ATTR(threshold1, 0644, threshold_get, threshold_set, 1);
MHEAP_ATTR(threshold2, 0644, threshold_get, threshold_set, 2);
MHEAP_ATTR(enabled, 0644, enabled_get, enabled_set, 0);
MHEAP_ATTR(slice_us, 0644, slice_us_get, slice_us_set, 0);
MHEAP_ATTR(limit_bytes, 0644, limit_bytes_get, limit_bytes_set, 0);
MHEAP_ATTR(limit_objects, 0644, limit_objects_get, limit_objects_set, 0);
MHEAP_ATTR(collect, 0200, NULL, collect_set, 0);
MHEAP_ATTR(count0, 0444, count_get, NULL, 0);
MHEAP_ATTR(count1, 0444, count_get, NULL, 1);
MHEAP_ATTR(count2, 0444, count_get, NULL, 2);
MHEAP_ATTR(objects, 0444, objects_get, NULL, 0);
MHEAP_ATTR(tracked, 0444, tracked_get, NULL, 0);
MHEAP_ATTR(bytes, 0444, bytes_get, NULL, 0);
MHEAP_ATTR(sessions, 0444, sessions_get, NULL, 0);
MHEAP_ATTR(collections0, 0444, collections_get, NULL, 0);
MHEAP_ATTR(collections1, 0444, collections_get, NULL, 1);
MHEAP_ATTR(collections2, 0444, collections_get, NULL, 2);
MHEAP_ATTR(collected0, 0444, collected_get, NULL, 0);
MHEAP_ATTR(collected1, 0444, collected_get, NULL, 1);
MHEAP_ATTR(collected2, 0444, collected_get, NULL, 2);
MHEAP_ATTR(pause_max_ns, 0444, pause_max_ns_get, NULL, 0);
MHEAP_ATTR(pause_p99_ns, 0444, pause_p99_ns_get, NULL, 0);

static struct attribute *mheap_attrs[] = {
	&attr_threshold0.attr,
	&attr_threshold1.attr,
	&attr_threshold2.attr,
	&attr_enabled.attr,
	&attr_slice_us.attr,
	&attr_limit_bytes.attr,
	&attr_limit_objects.attr,
	&attr_collect.attr,
	&attr_count0.attr,
	&attr_count1.attr,
	&attr_count2.attr,
	&attr_objects.attr,
	&attr_tracked.attr,
	&attr_bytes.attr,
	&attr_sessions.attr,
	&attr_collections0.attr,
	&attr_collections1.attr,
	&attr_collections2.attr,
	&attr_collected0.attr,
	&attr_collected1.attr,
	&attr_collected2.attr,
	&attr_pause_max_ns.attr,
	&attr_pause_p99_ns.attr,
	NULL,
};
ATTRIBUTE_GROUPS(mheap);

static struct mheap_heap *mheap_heap_of_kobj(struct kobject *kobj)
{
	return container_of(kobj, struct mheap_heap, kobj);
}

static ssize_t mheap_sysfs_show(struct kobject *kobj, struct attribute *attr,
				char *buf)
{
	struct mheap_attribute *a = container_of(attr, struct mheap_attribute,
						 attr);
	const struct mheap_heap *heap = mheap_heap_of_kobj(kobj);

	u64 value;

	if (!a->get)
		return -EIO;
	/* The lock is not taken, for the reason given at the top of this file. */
	value = data_race(a->get(heap, a->which));
	return sysfs_emit(buf, "%llu\n", value);
}

static ssize_t mheap_sysfs_store(struct kobject *kobj, struct attribute *attr,
				 const char *buf, size_t len)
{
	struct mheap_attribute *a = container_of(attr, struct mheap_attribute,
						 attr);
	struct mheap_heap *heap = mheap_heap_of_kobj(kobj);
	u64 value;
	int err;

	if (!a->set)
		return -EIO;
	if (kstrtou64(buf, 0, &value))
		return -EINVAL;
	mheap_heap_lock(heap);
	err = a->set(heap, a->which, value);
	mheap_heap_unlock(heap);
	mheap_scanner_settle(heap);
	return err ?: len;
}

static const struct sysfs_ops mheap_sysfs_ops = {
	.show = mheap_sysfs_show,
	.store = mheap_sysfs_store,
};

static void mheap_sysfs_release(struct kobject *kobj)
{
	complete(&mheap_heap_of_kobj(kobj)->removed);
}

static const struct kobj_type mheap_ktype = {
	.sysfs_ops = &mheap_sysfs_ops,
	.release = mheap_sysfs_release,
	.default_groups = mheap_groups,
};

/**
 * mheap_sysfs_add() - Make the folder of a heap
 * @heap: the heap
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: 0 or a negative errno, which is -ENODEV while the module is being loaded.
 */
int mheap_sysfs_add(struct mheap_heap *heap)
{
	int err;

	init_completion(&heap->removed);
	/* Pairs with mheap_sysfs_init(): a kset that is found is complete. */
	heap->kobj.kset = smp_load_acquire(&mheap_kset);
	if (!heap->kobj.kset)
		return -ENODEV;
	err = kobject_init_and_add(&heap->kobj, &mheap_ktype, NULL, "%u",
				   heap->id);
	if (!err)
		return 0;
	kobject_put(&heap->kobj);
	wait_for_completion(&heap->removed);
	return err;
}

/**
 * mheap_sysfs_del() - Remove the folder of a heap, and wait until nobody uses it
 * @heap: the heap
 *
 * Context: the heap lock, which writing a file takes, is not held; may sleep.
 */
void mheap_sysfs_del(struct mheap_heap *heap)
{
	kobject_del(&heap->kobj);
	kobject_put(&heap->kobj);
	wait_for_completion(&heap->removed);
}

/* Make the folder of all heaps in that of the device. */
int mheap_sysfs_init(struct kobject *parent)
{
	struct kset *kset = kset_create_and_add("heaps", NULL, parent);

	if (!kset)
		return -ENOMEM;
	/* Pairs with mheap_sysfs_add(). */
	smp_store_release(&mheap_kset, kset);
	return 0;
}

void mheap_sysfs_exit(void)
{
	kset_unregister(mheap_kset);
}
