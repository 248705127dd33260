/* SPDX-License-Identifier: GPL-2.0 */
/* The smaller one; changing places. */
#ifndef SHIM_LINUX_MINMAX_H
#define SHIM_LINUX_MINMAX_H

#define min(a, b)	((a) < (b) ? (a) : (b))
#define min3(a, b, c)	min(min(a, b), c)

#define swap(a, b)					\
	do {						\
		__typeof__(a) swapped = (a);		\
							\
		(a) = (b);				\
		(b) = swapped;				\
	} while (0)

#endif
