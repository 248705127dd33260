// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/mheap/<heap id>/ has these files, which uapi/debugfs-mheap describes:
 *
 *	types	the objects and bytes of each type
 *	objects	the objects with what they refer to, see dump.c
 *	names	the names with their objects, see dump.c
 *	verify	checks all invariants when it is read
 *	holds	how long the heap lock was held, and for what
 *
 * The module does not need them, so it ignores errors when it makes them.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "compat.h"
#include "debugfs.h"
#include "dump.h"
#include "heap.h"
#include "type.h"
#include "verify.h"

static struct dentry *mheap_debugfs_root;

/* The heap lock is taken for one type at a time, since there may be many types. */
static bool mheap_debugfs_show_type(struct seq_file *m, unsigned long *number)
{
	struct mheap_heap *heap = m->private;
	struct mheap_type *t;
	u64 objects, bytes;

	mheap_heap_lock(heap);
	mheap_heap_hold_for(heap, MHEAP_HOLD_LIST);
	t = mheap_type_next(heap, number);
	objects = t ? t->objects : 0;
	bytes = t ? t->bytes : 0;
	mheap_heap_unlock(heap);
	if (!t)
		return false;
	seq_printf(m, "%lu %llu %llu %*pE\n", *number, objects, bytes,
		   (int)t->name.len, t->name.text);
	return true;
}

static int types_show(struct seq_file *m, void *unused)
{
	unsigned long number = 0;

	seq_puts(m, "type objects bytes name\n");
	while (mheap_debugfs_show_type(m, &number))
		number++;
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(types);

static int verify_show(struct seq_file *m, void *unused)
{
	int err = mheap_verify(m->private);

	if (err)
		return err;
	seq_puts(m, "ok\n");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(verify);

/* The histogram is copied, since printing takes longer than the lock may be held. */
static void mheap_debugfs_show_hold(struct seq_file *m, enum mheap_hold kind)
{
	struct mheap_heap *heap = m->private;
	u64 bucket[MHEAP_HIST_COARSE];
	struct mheap_hist h;
	unsigned int i;
	u64 work;

	mheap_heap_lock(heap);
	h = heap->holds[kind];
	memcpy(bucket, h.bucket, sizeof(bucket));
	work = heap->max_work[kind];
	mheap_heap_unlock(heap);
	h.bucket = bucket;
	seq_printf(m, "%s %llu %llu %llu %llu %llu %llu",
		   mheap_heap_hold_names[kind], h.count,
		   mheap_hist_exceeded_by(&h, 1, 2),
		   mheap_hist_exceeded_by(&h, 1, 100),
		   mheap_hist_exceeded_by(&h, 1, 10000), h.max_ns, work);
	for (i = 0; i < MHEAP_HIST_COARSE; i++)
		seq_printf(m, " %llu", bucket[i]);
	seq_putc(m, '\n');
}

static int holds_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	seq_puts(m, "kind holds p50_ns p99_ns p99.99_ns max_ns max_units");
	for (i = 0; i < MHEAP_HIST_COARSE - 1; i++)
		seq_printf(m, " <=%llu",
			   mheap_hist_bucket_end(&mheap_hist_coarse, i));
	seq_puts(m, " more\n");
	for (i = 0; i < MHEAP_HOLD_KINDS; i++)
		mheap_debugfs_show_hold(m, i);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(holds);

void mheap_debugfs_add(struct mheap_heap *heap)
{
	char name[12];

	snprintf(name, sizeof(name), "%u", heap->id);
	heap->debugfs = debugfs_create_dir(name, mheap_debugfs_root);
	debugfs_create_file("types", 0400, heap->debugfs, heap, &types_fops);
	debugfs_create_file("objects", 0400, heap->debugfs, heap,
			    &mheap_dump_objects_fops);
	debugfs_create_file("names", 0400, heap->debugfs, heap,
			    &mheap_dump_names_fops);
	debugfs_create_file("holds", 0400, heap->debugfs, heap, &holds_fops);
	debugfs_create_file("verify", 0400, heap->debugfs, heap, &verify_fops);
}

void mheap_debugfs_del(struct mheap_heap *heap)
{
	debugfs_remove_recursive(heap->debugfs);
}

void mheap_debugfs_init(void)
{
	mheap_debugfs_root = debugfs_create_dir("mheap", NULL);
}

void mheap_debugfs_exit(void)
{
	debugfs_remove_recursive(mheap_debugfs_root);
}
