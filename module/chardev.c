// SPDX-License-Identifier: GPL-2.0
/* The device /dev/mheap, and the file operations of sessions. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/uio.h>

#include <uapi/linux/mheap.h>

#include "chardev.h"
#include "compat.h"
#include "file.h"
#include "heap.h"
#include "ioctl.h"
#include "life.h"
#include "map.h"
#include "query.h"
#include "session.h"

static int mheap_chardev_open(struct inode *inode, struct file *file)
{
	struct mheap_session *s = mheap_life_session_create();

	if (IS_ERR(s))
		return PTR_ERR(s);
	mheap_file_init(file, s);
	return 0;
}

static int mheap_chardev_release(struct inode *inode, struct file *file)
{
	mheap_life_session_end(file->private_data);
	return 0;
}

static long mheap_chardev_ioctl(struct file *file, unsigned int cmd,
				unsigned long arg)
{
	return mheap_ioctl(file, cmd, (void __user *)arg);
}

static ssize_t mheap_chardev_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *file = iocb->ki_filp;

	return mheap_read(file->private_data, to,
			  file->f_flags & O_NONBLOCK ||
			  iocb->ki_flags & IOCB_NOWAIT);
}

static __poll_t mheap_chardev_poll(struct file *file, poll_table *wait)
{
	struct mheap_session *s = file->private_data;

	poll_wait(file, &s->events.wait, wait);
	return READ_ONCE(s->events.nr) ? EPOLLIN | EPOLLRDNORM : 0;
}

static int mheap_chardev_mmap(struct file *file, struct vm_area_struct *vma)
{
	return mheap_map(file->private_data, vma);
}

static void mheap_chardev_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct mheap_session *s = file->private_data;
	struct mheap_ioc_info info = {};

	mheap_query_info(s, &info);
	seq_printf(m, "mheap-heap:\t%llu\n", info.heap_id);
	seq_printf(m, "mheap-session:\t%llu\n", s->id);
	seq_printf(m, "mheap-rights:\t%s%s%s\n",
		   info.rights & MHEAP_RIGHT_READ ? "r" : "-",
		   info.rights & MHEAP_RIGHT_WRITE ? "w" : "-",
		   info.rights & MHEAP_RIGHT_CONTROL ? "c" : "-");
	seq_printf(m, "mheap-handles:\t%llu\n", info.handles);
	seq_printf(m, "mheap-weaks:\t%llu\n", info.weaks);
	seq_printf(m, "mheap-frames:\t%llu\n", info.frames);
	seq_printf(m, "mheap-events:\t%llu\n", info.events);
}

static const struct file_operations mheap_fops = {
	.owner = THIS_MODULE,
	.open = mheap_chardev_open,
	.release = mheap_chardev_release,
	.read_iter = mheap_chardev_read_iter,
	.poll = mheap_chardev_poll,
	.mmap = mheap_chardev_mmap,
	.unlocked_ioctl = mheap_chardev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.show_fdinfo = mheap_chardev_show_fdinfo,
	.llseek = noop_llseek,
};

/*
 * Everybody may have heaps.  Their contents are charged to the tasks that fill them, and
 * the number of heaps of a user is limited.
 */
struct miscdevice mheap_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mheap",
	.fops = &mheap_fops,
	.mode = 0666,
};
