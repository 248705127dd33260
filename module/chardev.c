// SPDX-License-Identifier: GPL-2.0
/* The device /dev/mheap: an open file is a session. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include <uapi/linux/mheap.h>

#include "chardev.h"
#include "compat.h"
#include "heap.h"
#include "ioctl.h"
#include "query.h"
#include "session.h"

static int mheap_chardev_open(struct inode *inode, struct file *file)
{
	struct mheap_session *s = mheap_session_create();

	if (IS_ERR(s))
		return PTR_ERR(s);
	file->private_data = s;
	return nonseekable_open(inode, file);
}

static int mheap_chardev_release(struct inode *inode, struct file *file)
{
	mheap_session_destroy(file->private_data);
	return 0;
}

static long mheap_chardev_ioctl(struct file *file, unsigned int cmd,
				unsigned long arg)
{
	return mheap_ioctl(file->private_data, cmd, (void __user *)arg);
}

static void mheap_chardev_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct mheap_ioc_info info = {};

	mheap_query_info(file->private_data, &info);
	seq_printf(m, "mheap-heap:\t%llu\n", info.heap_id);
	seq_printf(m, "mheap-rights:\t%s%s%s\n",
		   info.rights & MHEAP_RIGHT_READ ? "r" : "-",
		   info.rights & MHEAP_RIGHT_WRITE ? "w" : "-",
		   info.rights & MHEAP_RIGHT_CONTROL ? "c" : "-");
	seq_printf(m, "mheap-handles:\t%llu\n", info.handles);
}

static const struct file_operations mheap_fops = {
	.owner = THIS_MODULE,
	.open = mheap_chardev_open,
	.release = mheap_chardev_release,
	.unlocked_ioctl = mheap_chardev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.show_fdinfo = mheap_chardev_show_fdinfo,
	.llseek = noop_llseek,
};

/*
 * Everybody may have heaps: what they hold is charged to those who fill them, and
 * how many there may be of a user is limited.
 */
struct miscdevice mheap_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mheap",
	.fops = &mheap_fops,
	.mode = 0666,
};
