// SPDX-License-Identifier: GPL-2.0
/* The module with all suites, which run when it is loaded. */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#include "kunit.h"

static char *depth = "normal";
module_param(depth, charp, 0444);
MODULE_PARM_DESC(depth, "long: also the suites' long cases, which take minutes");

bool kt_long(void)
{
	return !strcmp(depth, "long");
}

/* MODULE_IMPORT_NS() takes a token up to 6.12 and a string later. */
MODULE_INFO(import_ns, "EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("KUnit suites of mheap");
MODULE_LICENSE("GPL");
