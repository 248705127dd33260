/* SPDX-License-Identifier: GPL-2.0 */
/* Mappings of payloads. */
#ifndef MHEAP_MAP_H
#define MHEAP_MAP_H

struct mheap_area;
struct mheap_session;
struct vm_area_struct;

int mheap_map(struct mheap_session *s, struct vm_area_struct *vma);
void mheap_map_close(struct mheap_area *area);
void mheap_map_end(struct mheap_area *area);

#endif
