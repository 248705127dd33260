/* SPDX-License-Identifier: GPL-2.0 */
/* A dictionary from names to something: names of objects and of types. */
#ifndef MHEAP_DICT_H
#define MHEAP_DICT_H

#include <linux/list.h>
#include <linux/rhashtable.h>
#include <linux/types.h>

/**
 * struct mheap_entry - A name and what it stands for
 * @node: in the dictionary
 * @object: the object, for names of objects
 * @in_heap: in mheap_heap.name_list, likewise
 * @type: the number, for names of types
 * @objects: objects alive of this type
 * @bytes: their payload bytes
 * @len: length of the name
 * @text: the name; any bytes, with a NUL after them
 *
 * Guarded by the heap lock once it is in a dictionary.
 */
struct mheap_entry {
	struct rhash_head node;
	union {
		struct {
			struct mheap_object *object;
			struct list_head in_heap;
		};
		struct {
			u32 type;
			u64 objects;
			u64 bytes;
		};
	};
	u32 len;
	char text[];
};

int mheap_dict_init(struct rhashtable *dict);
void mheap_dict_destroy(struct rhashtable *dict);
struct mheap_entry *mheap_entry_alloc(u32 len);
void mheap_entry_free(struct mheap_entry *entry);
int mheap_dict_add(struct rhashtable *dict, struct mheap_entry *entry);
struct mheap_entry *mheap_dict_find(struct rhashtable *dict, const char *text,
				    u32 len);
void mheap_dict_del(struct rhashtable *dict, struct mheap_entry *entry);

#endif
