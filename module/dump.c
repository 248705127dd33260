// SPDX-License-Identifier: GPL-2.0
/*
 * A heap as text.  The file "objects" has a line for each object,
 *
 *	o ID TYPE GENERATION COUNT ROOTS NSLOTS NBYTES
 *
 * followed by a line "s SLOT ID" for each of its slots that refers to something.  COUNT is
 * -1 for an immortal object.  The file "names" has a line "ID NAME" for each name.
 *
 * The heap lock is taken for a few lines at a time, so the heap changes while it is read.
 */
#include <linux/module.h>
#include <linux/seq_file.h>

#include "compat.h"
#include "dump.h"
#include "heap.h"
#include "limits.h"
#include "name.h"
#include "object.h"

/* Slots printed in one lock hold: printing them takes some 10 us. */
#define MHEAP_DUMP_SLOTS	64U

/**
 * struct mheap_dump - The state of a file that is being read
 * @heap: the heap
 * @at: position in the id table where the next object is looked for
 * @next: the position after the object that was printed last
 * @id: id of the object that was printed last
 * @slot: the slot to print next; if it is 0, the line of the object comes first
 * @more: the object has slots after those that were printed last
 * @end: the end was reached
 * @len: length of @name
 * @name: the name that was printed last
 */
struct mheap_dump {
	struct mheap_heap *heap;
	u64 at;
	u64 next;
	u64 id;
	u32 slot;
	bool more;
	bool end;
	u32 len;
	char name[MHEAP_MAX_NAME];
};

static int mheap_dump_open(struct file *file, const struct seq_operations *ops,
			   struct mheap_heap *heap)
{
	struct mheap_dump *dump = __seq_open_private(file, ops, sizeof(*dump));

	if (!dump)
		return -ENOMEM;
	dump->heap = heap;
	return 0;
}

/* The position is ignored, since a file can only be read from the start to the end. */
static void *mheap_dump_start(struct seq_file *m, loff_t *pos)
{
	struct mheap_dump *dump = m->private;

	return dump->end ? NULL : dump;
}

static void mheap_dump_stop(struct seq_file *m, void *v)
{
}

/* ---- objects ---- */

static void mheap_dump_object(struct seq_file *m, const struct mheap_object *o)
{
	bool immortal = o->flags & MHEAP_IMMORTAL;

	seq_printf(m, "o %llu %u %d %lld %u %u %u\n", o->id, o->type,
		   mheap_object_generation(o), immortal ? -1LL : o->count,
		   o->roots, o->nslots, mheap_object_nbytes(o));
}

static void mheap_dump_slots(struct seq_file *m, struct mheap_object *o, u32 i)
{
	u32 end = min(o->nslots, i + MHEAP_DUMP_SLOTS);

	for (; i < end; i++) {
		struct mheap_object *t = mheap_object_slots(o)[i];

		if (t)
			seq_printf(m, "s %u %llu\n", i, t->id);
	}
}

/* Is the object whose slots were being printed gone, so that @o is another one or NULL? */
static bool mheap_dump_lost(const struct mheap_dump *dump,
			    const struct mheap_object *o)
{
	return dump->slot && (!o || o->id != dump->id);
}

/*
 * Only the next hook moves on, since the seq_file calls this function once more for what
 * did not fit into its buffer.
 */
static int mheap_dump_objects_show(struct seq_file *m, void *v)
{
	struct mheap_dump *dump = m->private;
	struct mheap_heap *heap = dump->heap;
	struct mheap_object *o;
	u64 at = dump->at;

	mheap_heap_lock(heap);
	mheap_heap_hold_for(heap, MHEAP_HOLD_LIST);
	o = mheap_table_next(&heap->ids, &at);
	dump->more = false;
	dump->next = mheap_dump_lost(dump, o) ? dump->at : at;
	if (o && !mheap_dump_lost(dump, o) &&
	    !mheap_gc_is_gone(&heap->gc, o)) {
		dump->id = o->id;
		if (!dump->slot)
			mheap_dump_object(m, o);
		mheap_dump_slots(m, o, dump->slot);
		dump->more = dump->slot + MHEAP_DUMP_SLOTS < o->nslots;
	}
	mheap_heap_unlock(heap);
	return 0;
}

static void *mheap_dump_objects_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct mheap_dump *dump = m->private;
	u64 at;

	++*pos;
	dump->at = dump->more ? dump->next - 1 : dump->next;
	dump->slot = dump->more ? dump->slot + MHEAP_DUMP_SLOTS : 0;
	at = dump->at;
	mheap_heap_lock(dump->heap);
	mheap_heap_hold_for(dump->heap, MHEAP_HOLD_LIST);
	dump->end = !mheap_table_next(&dump->heap->ids, &at);
	mheap_heap_unlock(dump->heap);
	return dump->end ? NULL : dump;
}

static const struct seq_operations mheap_dump_objects_ops = {
	.start = mheap_dump_start,
	.next = mheap_dump_objects_next,
	.stop = mheap_dump_stop,
	.show = mheap_dump_objects_show,
};

static int mheap_dump_objects_open(struct inode *inode, struct file *file)
{
	return mheap_dump_open(file, &mheap_dump_objects_ops, inode->i_private);
}

const struct file_operations mheap_dump_objects_fops = {
	.owner = THIS_MODULE,
	.open = mheap_dump_objects_open,
	.read = seq_read,
	.release = seq_release_private,
};

/* ---- names ---- */

static struct mheap_name *mheap_dump_next_name(struct mheap_dump *dump)
{
	return mheap_name_next(dump->heap, dump->name, dump->len);
}

static int mheap_dump_names_show(struct seq_file *m, void *v)
{
	struct mheap_dump *dump = m->private;
	struct mheap_name *name;

	mheap_heap_lock(dump->heap);
	mheap_heap_hold_for(dump->heap, MHEAP_HOLD_LIST);
	name = mheap_dump_next_name(dump);
	if (name)
		seq_printf(m, "%llu %*pE\n", name->object->id,
			   (int)name->key.len, name->text);
	mheap_heap_unlock(dump->heap);
	return 0;
}

static void *mheap_dump_names_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct mheap_dump *dump = m->private;
	struct mheap_name *name;

	++*pos;
	mheap_heap_lock(dump->heap);
	mheap_heap_hold_for(dump->heap, MHEAP_HOLD_LIST);
	name = mheap_dump_next_name(dump);
	if (name) {
		dump->len = name->key.len;
		memcpy(dump->name, name->text, name->key.len);
	}
	dump->end = !name || !mheap_dump_next_name(dump);
	mheap_heap_unlock(dump->heap);
	return dump->end ? NULL : dump;
}

static const struct seq_operations mheap_dump_names_ops = {
	.start = mheap_dump_start,
	.next = mheap_dump_names_next,
	.stop = mheap_dump_stop,
	.show = mheap_dump_names_show,
};

static int mheap_dump_names_open(struct inode *inode, struct file *file)
{
	return mheap_dump_open(file, &mheap_dump_names_ops, inode->i_private);
}

const struct file_operations mheap_dump_names_fops = {
	.owner = THIS_MODULE,
	.open = mheap_dump_names_open,
	.read = seq_read,
	.release = seq_release_private,
};
