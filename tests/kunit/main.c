// SPDX-License-Identifier: GPL-2.0
/* The module that holds all suites; they run when it is loaded. */
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "kunit.h"

int kt_depth;
module_param_named(depth, kt_depth, int, 0444);
MODULE_PARM_DESC(depth, "1: also the suites' long cases, which take minutes");

/* MODULE_IMPORT_NS() takes a token up to 6.12 and a string later. */
MODULE_INFO(import_ns, "EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("KUnit suites of mheap");
MODULE_LICENSE("GPL");
