// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/mheap/<heap id>/: types (objects and bytes of each type), objects
 * and names (who refers to whom, see dump.c), verify (checks all invariants when it is
 * read), and holds (how long the heap lock was held, and for what; see
 * uapi/debugfs-mheap).  Failures to make these files do not matter to anybody.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "compat.h"
#include "debugfs.h"
#include "dict.h"
#include "dump.h"
#include "heap.h"
#include "type.h"
#include "verify.h"

static struct dentry *mheap_debugfs_root;

/* The lock is taken for one type at a time: there may be many. */
static bool mheap_types_show_one(struct seq_file *m, unsigned long *type)
{
	struct mheap_heap *heap = m->private;
	struct mheap_entry *entry;
	u64 objects, bytes;

	mheap_heap_lock(heap);
	mheap_hold_for(heap, MHEAP_HOLD_LIST);
	entry = mheap_type_next(heap, type);
	objects = entry ? entry->objects : 0;
	bytes = entry ? entry->bytes : 0;
	mheap_heap_unlock(heap);
	if (!entry)
		return false;
	seq_printf(m, "%lu %llu %llu %*pE\n", *type, objects, bytes,
		   (int)entry->len, entry->text);
	return true;
}

static int types_show(struct seq_file *m, void *unused)
{
	unsigned long type = 0;

	seq_puts(m, "type objects bytes name\n");
	while (mheap_types_show_one(m, &type))
		type++;
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

static void mheap_holds_show_one(struct seq_file *m, enum mheap_hold_kind kind)
{
	struct mheap_heap *heap = m->private;
	struct mheap_hold h;
	unsigned int i;

	mheap_heap_lock(heap);
	h = heap->holds[kind];
	mheap_heap_unlock(heap);
	seq_printf(m, "%s %llu %llu %llu %llu %llu", mheap_hold_names[kind],
		   mheap_hold_count(&h), mheap_hold_exceeded_by(&h, 2),
		   mheap_hold_exceeded_by(&h, 100),
		   mheap_hold_exceeded_by(&h, 10000), h.max_ns);
	for (i = 0; i < MHEAP_HOLD_BUCKETS; i++)
		seq_printf(m, " %llu", h.bucket[i]);
	seq_putc(m, '\n');
}

static int holds_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	seq_puts(m, "kind holds p50_ns p99_ns p99.99_ns max_ns");
	for (i = 0; i < MHEAP_HOLD_BUCKETS - 1; i++)
		seq_printf(m, " <=%llu", mheap_hold_bucket_end(i));
	seq_puts(m, " more\n");
	for (i = 0; i < MHEAP_HOLD_KINDS; i++)
		mheap_holds_show_one(m, i);
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
