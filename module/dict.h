/* SPDX-License-Identifier: GPL-2.0 */
/* A dictionary from names to something: names of objects and of types. */
#ifndef MHEAP_DICT_H
#define MHEAP_DICT_H

#include <linux/rbtree.h>
#include <linux/types.h>

/**
 * struct mheap_entry - A name and what it stands for
 * @node: in the dictionary
 * @object: the object, for names of objects
 * @type: the number, for names of types
 * @objects: objects alive of this type
 * @bytes: their payload bytes
 * @len: length of the name
 * @text: the name; any bytes, with a NUL after them
 *
 * Guarded by the heap lock once it is in a dictionary.
 */
struct mheap_entry {
	struct rb_node node;
	union {
		struct mheap_object *object;
		struct {
			u32 type;
			u64 objects;
			u64 bytes;
		};
	};
	u32 len;
	char text[];
};

void mheap_dict_destroy(struct rb_root *dict);
struct mheap_entry *mheap_entry_alloc(u32 len);
void mheap_entry_free(struct mheap_entry *entry);
bool mheap_dict_add(struct rb_root *dict, struct mheap_entry *entry);
struct mheap_entry *mheap_dict_find(struct rb_root *dict, const char *text,
				    u32 len);
struct mheap_entry *mheap_dict_next(struct rb_root *dict, const char *text,
				    u32 len);
void mheap_dict_del(struct rb_root *dict, struct mheap_entry *entry);

#endif
