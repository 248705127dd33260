/* SPDX-License-Identifier: GPL-2.0 */
/* Checking the invariants of an area. */
#ifndef MHEAP_AREA_VERIFY_H
#define MHEAP_AREA_VERIFY_H

#include <linux/types.h>

struct mheap_area;

const char *mheap_area_verify(struct mheap_area *area, u64 *payloads);

#endif
