// SPDX-License-Identifier: GPL-2.0
/*
 * A dictionary from names to something.  A red-black tree: adding a name needs no
 * memory but the entry's, so it cannot fail under the heap lock.
 */
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "dict.h"
#include "memory.h"

struct mheap_dict_key {
	const char *text;
	u32 len;
};

static int mheap_dict_compare(const struct mheap_dict_key *key,
			      const struct mheap_entry *entry)
{
	if (key->len != entry->len)
		return key->len < entry->len ? -1 : 1;
	return memcmp(key->text, entry->text, key->len);
}

static int mheap_dict_compare_key(const void *key, const struct rb_node *node)
{
	return mheap_dict_compare(key, rb_entry(node, struct mheap_entry,
						node));
}

static int mheap_dict_compare_node(struct rb_node *node,
				   const struct rb_node *other)
{
	struct mheap_entry *entry = rb_entry(node, struct mheap_entry, node);
	struct mheap_dict_key key = { .text = entry->text, .len = entry->len };

	return mheap_dict_compare_key(&key, other);
}

/* Free a dictionary with its entries. */
void mheap_dict_destroy(struct rb_root *dict)
{
	struct mheap_entry *entry, *next;

	rbtree_postorder_for_each_entry_safe(entry, next, dict, node) {
		mheap_entry_free(entry);
		cond_resched();
	}
	*dict = RB_ROOT;
}

/* An entry for a name of @len bytes, which the caller fills in. */
struct mheap_entry *mheap_entry_alloc(u32 len)
{
	struct mheap_entry *entry;

	entry = kzalloc(struct_size(entry, text, len + 1), MHEAP_GFP);
	if (entry)
		entry->len = len;
	return entry;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_entry_alloc);

void mheap_entry_free(struct mheap_entry *entry)
{
	kfree(entry);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_entry_free);

/* Returns false if the name is there already. */
bool mheap_dict_add(struct rb_root *dict, struct mheap_entry *entry)
{
	return !rb_find_add(&entry->node, dict, mheap_dict_compare_node);
}

struct mheap_entry *mheap_dict_find(struct rb_root *dict, const char *text,
				    u32 len)
{
	struct mheap_dict_key key = { .text = text, .len = len };
	struct rb_node *node = rb_find(&key, dict, mheap_dict_compare_key);

	return node ? rb_entry(node, struct mheap_entry, node) : NULL;
}

/* The first entry after a name, whether that is there or not; NULL at the end. */
struct mheap_entry *mheap_dict_next(struct rb_root *dict, const char *text,
				    u32 len)
{
	struct mheap_dict_key key = { .text = text, .len = len };
	struct rb_node *node = dict->rb_node;
	struct mheap_entry *next = NULL;

	while (node) {
		if (mheap_dict_compare_key(&key, node) < 0) {
			next = rb_entry(node, struct mheap_entry, node);
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return next;
}

/* Take an entry out, without freeing it. */
void mheap_dict_del(struct rb_root *dict, struct mheap_entry *entry)
{
	rb_erase(&entry->node, dict);
}
