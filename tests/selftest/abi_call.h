/* SPDX-License-Identifier: GPL-2.0 */
/* Batches given by their entries, and what the call must say of them. */
#ifndef ABI_CALL_H
#define ABI_CALL_H

#include <stdint.h>
#include <linux/mheap.h>

/* So many structs are read at a time. */
#define WINDOW		256U

/* More than that, and no multiple of it. */
#define SOME		700U

/**
 * struct call - A batch
 * @ioc: what the kernel gets
 * @entries: the entries
 * @results: space for as many results
 */
struct call {
	struct mheap_ioc_batch ioc;
	struct mheap_entry *entries;
	struct mheap_op_result *results;
};

/* An entry that makes an object whose number the kernel chooses. */
extern const struct mheap_entry alloc_entry;

/* Make a batch of so many of them. */
struct call call_new(uint32_t n);
int call_submit(int fd, struct call *c);

/* The call fails, and nothing is done. */
void call_refused(int fd, struct call *c, int err);

/* The call succeeds: it did @done structs and left @filled results. */
void call_done(int fd, struct call *c, uint32_t done, uint32_t filled, int error);

/* Result n is the new handle of that entry. */
void call_handle(int fd, const struct call *c, uint32_t n, uint32_t entry);

/* Write a READ of 8 bytes, and its tail. */
void put_read(struct mheap_entry *at, uint64_t o, uint64_t address);

#endif
