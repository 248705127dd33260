/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that will be needed. */
#ifndef SHIM_LINUX_PREFETCH_H
#define SHIM_LINUX_PREFETCH_H

#define prefetch(p)	__builtin_prefetch(p)

#endif
