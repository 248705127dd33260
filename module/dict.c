// SPDX-License-Identifier: GPL-2.0
/*
 * A dictionary finds structs by name.  It is a red-black tree of nodes that the structs
 * embed, so adding a name needs no memory and cannot fail under the heap lock.
 */
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "compat.h"
#include "dict.h"

static int mheap_dict_compare(const void *key, const struct rb_node *rb)
{
	const struct mheap_dict_node *a = key;
	const struct mheap_dict_node *b;

	b = rb_entry(rb, struct mheap_dict_node, node);
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->text, b->text, a->len);
}

static int mheap_dict_compare_nodes(struct rb_node *rb,
				    const struct rb_node *other)
{
	return mheap_dict_compare(rb_entry(rb, struct mheap_dict_node, node),
				  other);
}

/* Add a node.  Returns false if the dictionary has its name already. */
bool mheap_dict_add(struct rb_root *dict, struct mheap_dict_node *node)
{
	return !rb_find_add(&node->node, dict, mheap_dict_compare_nodes);
}

/* Return the node of a name, or NULL. */
struct mheap_dict_node *mheap_dict_find(struct rb_root *dict, const char *text,
					u32 len)
{
	struct mheap_dict_node key = { .text = text, .len = len };
	struct rb_node *rb = rb_find(&key, dict, mheap_dict_compare);

	return rb ? rb_entry(rb, struct mheap_dict_node, node) : NULL;
}

/* Return the first node after a name, which need not be in the dictionary, or NULL. */
struct mheap_dict_node *mheap_dict_next(struct rb_root *dict, const char *text,
					u32 len)
{
	struct mheap_dict_node key = { .text = text, .len = len };
	struct mheap_dict_node *next = NULL;
	struct rb_node *rb = dict->rb_node;

	while (rb) {
		if (mheap_dict_compare(&key, rb) < 0) {
			next = rb_entry(rb, struct mheap_dict_node, node);
			rb = rb->rb_left;
		} else {
			rb = rb->rb_right;
		}
	}
	return next;
}

/* Remove a node from the dictionary. */
void mheap_dict_del(struct rb_root *dict, struct mheap_dict_node *node)
{
	rb_erase(&node->node, dict);
}

/* Empty a dictionary that nobody uses any more.  @free frees the struct around a node. */
void mheap_dict_destroy(struct rb_root *dict,
			void (*free)(struct mheap_dict_node *node))
{
	struct mheap_dict_node *node, *next;

	rbtree_postorder_for_each_entry_safe(node, next, dict, node) {
		free(node);
		cond_resched();
	}
	*dict = RB_ROOT;
}
