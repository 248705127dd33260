// SPDX-License-Identifier: GPL-2.0
/* Open files of sessions.  A session can make a file for another session on its heap. */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>

#include <uapi/linux/mheap.h>

#include "compat.h"
#include "file.h"
#include "life.h"
#include "session.h"

/**
 * mheap_file_init() - Make an open file the file of a session
 * @file: the file
 * @s: the session, which ends when the file is released
 *
 * The file is a stream of events, and preadv2() with RWF_NOWAIT does not wait for one.
 */
void mheap_file_init(struct file *file, struct mheap_session *s)
{
	file->private_data = s;
	file->f_mode |= FMODE_NOWAIT;
	stream_open(file_inode(file), file);
}

/*
 * Make a file for a new session, with the operations of @file.  If that fails the session
 * ends, and an error pointer is returned.
 */
static struct file *mheap_file_alloc(const struct file *file,
				     struct mheap_session *s)
{
	struct file *other = anon_inode_getfile("[mheap]", file->f_op, s, O_RDWR);

	if (IS_ERR(other))
		mheap_life_session_end(s);
	else
		mheap_file_init(other, s);
	return other;
}

/**
 * mheap_file_attach() - Make another session on the heap of a session
 * @file: the file of the session
 * @rights: rights of the new session
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: a descriptor of the new session, or -EINVAL if there are no such rights, -EPERM
 * if the session lacks one of them, -EMFILE, -ENFILE or -ENOMEM.
 */
int mheap_file_attach(const struct file *file, u32 rights)
{
	struct mheap_session *s = file->private_data, *other;
	struct file *other_file;
	int fd;

	if (rights & ~MHEAP_RIGHT_ALL)
		return -EINVAL;
	if (rights & ~s->rights)
		return -EPERM;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	other = mheap_life_session_open(s->heap, rights);
	if (IS_ERR(other))
		other_file = ERR_CAST(other);
	else
		other_file = mheap_file_alloc(file, other);
	if (IS_ERR(other_file)) {
		put_unused_fd(fd);
		return PTR_ERR(other_file);
	}
	fd_install(fd, other_file);
	return fd;
}
