/* SPDX-License-Identifier: GPL-2.0 */
/* The largest integers. */
#ifndef SHIM_LINUX_LIMITS_H
#define SHIM_LINUX_LIMITS_H

#include <stdint.h>

#define U32_MAX		UINT32_MAX

#endif
