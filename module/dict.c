// SPDX-License-Identifier: GPL-2.0
/* A dictionary from names to something. */
#include <linux/jhash.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "dict.h"

struct mheap_dict_key {
	const char *text;
	u32 len;
};

static u32 mheap_dict_hash_key(const void *data, u32 len, u32 seed)
{
	const struct mheap_dict_key *key = data;

	return jhash(key->text, key->len, seed);
}

static u32 mheap_dict_hash_entry(const void *data, u32 len, u32 seed)
{
	const struct mheap_entry *entry = data;

	return jhash(entry->text, entry->len, seed);
}

static int mheap_dict_compare(struct rhashtable_compare_arg *arg,
			      const void *data)
{
	const struct mheap_dict_key *key = arg->key;
	const struct mheap_entry *entry = data;

	return entry->len != key->len ||
	       memcmp(entry->text, key->text, key->len);
}

static const struct rhashtable_params mheap_dict_params = {
	.head_offset = offsetof(struct mheap_entry, node),
	.hashfn = mheap_dict_hash_key,
	.obj_hashfn = mheap_dict_hash_entry,
	.obj_cmpfn = mheap_dict_compare,
	.automatic_shrinking = true,
};

int mheap_dict_init(struct rhashtable *dict)
{
	return rhashtable_init(dict, &mheap_dict_params);
}

static void mheap_dict_free_entry(void *ptr, void *arg)
{
	mheap_entry_free(ptr);
}

/* Free a dictionary with its entries. */
void mheap_dict_destroy(struct rhashtable *dict)
{
	rhashtable_free_and_destroy(dict, mheap_dict_free_entry, NULL);
}

/* An entry for a name of @len bytes, which the caller fills in. */
struct mheap_entry *mheap_entry_alloc(u32 len)
{
	struct mheap_entry *entry;

	entry = kzalloc(struct_size(entry, text, len + 1), GFP_KERNEL_ACCOUNT);
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

/* Returns 0, -EEXIST if the name is there, or -ENOMEM. */
int mheap_dict_add(struct rhashtable *dict, struct mheap_entry *entry)
{
	int err;

	if (mheap_dict_find(dict, entry->text, entry->len))
		return -EEXIST;
	err = rhashtable_insert_fast(dict, &entry->node, mheap_dict_params);
	return err ? -ENOMEM : 0;
}

struct mheap_entry *mheap_dict_find(struct rhashtable *dict, const char *text,
				    u32 len)
{
	struct mheap_dict_key key = { .text = text, .len = len };

	return rhashtable_lookup_fast(dict, &key, mheap_dict_params);
}

/* Take an entry out, without freeing it. */
void mheap_dict_del(struct rhashtable *dict, struct mheap_entry *entry)
{
	rhashtable_remove_fast(dict, &entry->node, mheap_dict_params);
}
