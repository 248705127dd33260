/* SPDX-License-Identifier: GPL-2.0 */
/* Dictionaries, which find structs by name. */
#ifndef MHEAP_DICT_H
#define MHEAP_DICT_H

#include <linux/rbtree.h>
#include <linux/types.h>

/**
 * struct mheap_dict_node - The name of a struct that embeds this
 * @node: in the dictionary
 * @len: length of the name
 * @text: the name, any bytes; it belongs to the struct around the node
 *
 * Guarded by the heap lock once it is in a dictionary.
 */
struct mheap_dict_node {
	struct rb_node node;
	u32 len;
	const char *text;
};

bool mheap_dict_add(struct rb_root *dict, struct mheap_dict_node *node);
struct mheap_dict_node *mheap_dict_find(struct rb_root *dict, const char *text,
					u32 len);
struct mheap_dict_node *mheap_dict_next(struct rb_root *dict, const char *text,
					u32 len);
void mheap_dict_del(struct rb_root *dict, struct mheap_dict_node *node);
void mheap_dict_destroy(struct rb_root *dict,
			void (*free)(struct mheap_dict_node *node));

#endif
