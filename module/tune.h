/* SPDX-License-Identifier: GPL-2.0 */
/* Settings of a heap. */
#ifndef MHEAP_TUNE_H
#define MHEAP_TUNE_H

#include <uapi/linux/mheap.h>

struct mheap_heap;

int mheap_tune(struct mheap_heap *heap, struct mheap_ioc_tune *tune);

#endif
