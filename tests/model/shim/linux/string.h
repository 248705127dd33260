/* SPDX-License-Identifier: GPL-2.0 */
/* What the C library has. */
#include <string.h>
