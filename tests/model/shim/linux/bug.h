/* SPDX-License-Identifier: GPL-2.0 */
/* A warning of the code under test is a violation. */
#ifndef SHIM_LINUX_BUG_H
#define SHIM_LINUX_BUG_H

#include <stdbool.h>

bool shim_warn(bool condition, const char *what);

#define WARN_ON_ONCE(condition)	shim_warn(condition, #condition)

#endif
