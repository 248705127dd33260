// SPDX-License-Identifier: GPL-2.0
/* Objects that refer to each other in any shape. */
#include <errno.h>

#include "dev.h"
#include "harness.h"
#include "tangle.h"

uint32_t tangle_make(int fd, uint64_t *seed, uint32_t most, uint64_t *handles)
{
	struct op ops[2 * TANGLE_MAX];
	uint32_t i, n = 1 + random_below(seed, most), done;

	for (i = 0; i < n; i++)
		ops[i] = OP(ALLOC, .len = 1 + random_below(seed, 3), .arg = 16);
	for (; i < n + most; i++)
		ops[i] = OP(SET, .flags = OPF_OBJ | OPF_VAL,
			    .obj = random_below(seed, n), .val = random_below(seed, n));
	CHECK_EQ(dev_batch(fd, ops, n + most, MHEAP_BATCH_GO_ON, &done), 0);
	CHECK_EQ(done, n + most);
	for (i = 0; i < n; i++) {
		CHECK(!ops[i].result || ops[i].result == -EDQUOT);
		handles[i] = ops[i].result ? 0 : ops[i].out;
	}
	return n;
}
