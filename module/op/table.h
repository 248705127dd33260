/* SPDX-License-Identifier: GPL-2.0 */
/* The table of opcodes. */
#ifndef MHEAP_OP_TABLE_H
#define MHEAP_OP_TABLE_H

struct mheap_op;
struct mheap_op_desc;

const struct mheap_op_desc *mheap_op_desc(const struct mheap_op *op);

#endif
