/* SPDX-License-Identifier: GPL-2.0 */
/* Circular doubly linked lists with the kernel's names. */
#ifndef SHIM_LINUX_LIST_H
#define SHIM_LINUX_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

#define list_entry(ptr, type, member)					\
	((type *)((char *)(ptr) - offsetof(type, member)))
#define container_of	list_entry

#define list_for_each_entry(pos, head, member)				\
	for (pos = list_entry((head)->next, typeof(*pos), member);	\
	     &pos->member != (head);					\
	     pos = list_entry(pos->member.next, typeof(*pos), member))

#define list_first_entry(head, type, member)				\
	list_entry((head)->next, type, member)

#define list_first_entry_or_null(head, type, member)			\
	(list_empty(head) ? NULL : list_first_entry(head, type, member))

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void shim_list_tie(struct list_head *a, struct list_head *b)
{
	a->next = b;
	b->prev = a;
}

static inline void list_add(struct list_head *node, struct list_head *head)
{
	shim_list_tie(node, head->next);
	shim_list_tie(head, node);
}

static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	list_add(node, head->prev);
}

static inline void list_del_init(struct list_head *node)
{
	shim_list_tie(node->prev, node->next);
	INIT_LIST_HEAD(node);
}

/* Insert a whole list after @at. */
static inline void list_splice_init(struct list_head *list,
				    struct list_head *at)
{
	if (list_empty(list))
		return;
	shim_list_tie(list->prev, at->next);
	shim_list_tie(at, list->next);
	INIT_LIST_HEAD(list);
}

static inline void list_splice_tail_init(struct list_head *list,
					 struct list_head *head)
{
	list_splice_init(list, head->prev);
}

#endif
