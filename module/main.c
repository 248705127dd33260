// SPDX-License-Identifier: GPL-2.0
/* Loading and unloading the module, and its parameters. */
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "chardev.h"
#include "compat.h"
#include "debugfs.h"
#include "heap.h"
#include "limits.h"
#include "magazine.h"
#include "quota.h"
#include "shrinker.h"
#include "sysfs.h"
#include "verify.h"

module_param_named(threshold0, mheap_defaults.threshold[0], uint, 0644);
MODULE_PARM_DESC(threshold0, "new tracked objects that make a collection of generation 0 due; 0: none is automatic");
module_param_named(threshold1, mheap_defaults.threshold[1], uint, 0644);
MODULE_PARM_DESC(threshold1, "collections of generation 0 that make one of generation 1 due");
module_param_named(threshold2, mheap_defaults.threshold[2], uint, 0644);
MODULE_PARM_DESC(threshold2, "collections of generation 1 that make one of generation 2 due");

static int mheap_param_set_slice(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, MHEAP_MIN_SLICE_US,
				     MHEAP_MAX_SLICE_US);
}

static const struct kernel_param_ops mheap_param_slice_ops = {
	.set = mheap_param_set_slice,
	.get = param_get_uint,
};

module_param_cb(slice_us, &mheap_param_slice_ops, &mheap_defaults.slice_us,
		0644);
MODULE_PARM_DESC(slice_us, "longest time in microseconds that the scanner holds a heap's lock");
module_param_named(limit_bytes, mheap_defaults.limit_bytes, ullong, 0644);
MODULE_PARM_DESC(limit_bytes, "most payload bytes + 8 for each slot of a heap");
module_param_named(limit_objects, mheap_defaults.limit_objects, ullong, 0644);
MODULE_PARM_DESC(limit_objects, "most objects of a heap");

module_param_named(verify_collections, mheap_verify_collections, bool, 0644);
MODULE_PARM_DESC(verify_collections, "check all invariants of a heap after each collection, and stop it meanwhile: for debugging");

module_param_named(max_user_heaps, mheap_max_user_heaps, uint, 0644);
MODULE_PARM_DESC(max_user_heaps, "most heaps of a user without CAP_SYS_RESOURCE");

static int __init mheap_init(void)
{
	int err;

	err = mheap_magazine_init();
	if (err)
		return err;
	mheap_debugfs_init();
	err = mheap_shrinker_init();
	if (err)
		goto exit_debugfs;
	err = misc_register(&mheap_misc);
	if (err)
		goto exit_shrinker;
	err = mheap_sysfs_init(&mheap_misc.this_device->kobj);
	if (err)
		goto deregister;
	return 0;

deregister:
	misc_deregister(&mheap_misc);
exit_shrinker:
	mheap_shrinker_exit();
exit_debugfs:
	mheap_debugfs_exit();
	mheap_magazine_exit();
	return err;
}

static void __exit mheap_exit(void)
{
	mheap_sysfs_exit();
	misc_deregister(&mheap_misc);
	mheap_shrinker_exit();
	mheap_debugfs_exit();
	mheap_magazine_exit();
}

module_init(mheap_init);
module_exit(mheap_exit);

MODULE_AUTHOR("The mheap authors");
MODULE_DESCRIPTION("Garbage-collected object heap shared between processes");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
