// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings of payloads.  They belong to a file of the area, not to the file of the session
 * that made them, so that a mapping does not keep a session open.  The file of the area has
 * an inode of its own, so that pages can be found in all mappings when they go.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>

#include <uapi/linux/mheap.h>

#include "area.h"
#include "compat.h"
#include "heap.h"
#include "map.h"
#include "session.h"

static int mheap_map_release(struct inode *inode, struct file *file)
{
	struct mheap_area *area = file->private_data;

	iput(file->f_mapping->host);
	mheap_heap_put(mheap_heap_of_area(area));
	return 0;
}

static const struct file_operations mheap_map_fops = {
	.owner = THIS_MODULE,
	.release = mheap_map_release,
};

static struct file *mheap_map_file_alloc(struct mheap_area *area)
{
	struct inode *inode;
	struct file *file;

	file = anon_inode_getfile("[mheap-payload]", &mheap_map_fops, area, O_RDWR);
	if (IS_ERR(file))
		return file;
	inode = alloc_anon_inode(file_inode(file)->i_sb);
	/* mheap_map_release() drops a reference to the heap and one to an inode. */
	mheap_heap_get(mheap_heap_of_area(area));
	if (IS_ERR(inode)) {
		ihold(file->f_mapping->host);
		fput(file);
		return ERR_CAST(inode);
	}
	file->f_mapping = inode->i_mapping;
	return file;
}

/* Return the file of all mappings of the area, which is made for the first of them. */
static struct file *mheap_map_file(struct mheap_area *area)
{
	struct file *file = mheap_area_file(area), *prealloc;

	if (file)
		return file;
	prealloc = mheap_map_file_alloc(area);
	if (IS_ERR(prealloc))
		return prealloc;
	/* Pairs with mheap_area_file(): whoever sees the file sees its mapping. */
	file = cmpxchg(&area->file, NULL, prealloc);
	if (!file)
		return prealloc;
	fput(prealloc);
	return file;
}

static bool mheap_map_is_stale(struct mheap_area *area, u64 page,
			       const struct page *there)
{
	bool stale;

	down_read(&area->lock);
	stale = mheap_area_page(area, page) != there;
	up_read(&area->lock);
	return stale;
}

/*
 * Mapping a page may have to wait for memory, so it is done without the area lock.  The
 * page may have been removed from all mappings before it got into this one, in which case
 * it is removed here.  The reference held until then keeps anybody else from getting it.
 */
static vm_fault_t mheap_map_fault(struct vm_fault *vmf)
{
	struct mheap_area *area = vmf->vma->vm_file->private_data;
	u64 number = vmf->pgoff - area->base;
	struct page *page;
	vm_fault_t result;

	down_read(&area->lock);
	page = mheap_area_touch(area, number);
	if (page)
		get_page(page);
	up_read(&area->lock);
	if (!page)
		return VM_FAULT_SIGBUS;
	result = vmf_insert_page(vmf->vma, vmf->address, page);
	if (mheap_map_is_stale(area, number, page))
		mheap_area_zap(area, vmf->pgoff, 1);
	put_page(page);
	return result;
}

static const struct vm_operations_struct mheap_map_ops = {
	.fault = mheap_map_fault,
};

static bool mheap_map_fits(struct vm_area_struct *vma, u32 base)
{
	u64 first = vma->vm_pgoff, pages = MHEAP_MAP_SIZE / PAGE_SIZE;

	return first >= base && first - base <= pages &&
	       vma_pages(vma) <= pages - (first - base);
}

static int mheap_map_check(const struct mheap_session *s,
			   const struct mheap_area *area,
			   struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_MAYSHARE) || !mheap_map_fits(vma, area->base))
		return -EINVAL;
	if (!(s->rights & MHEAP_RIGHT_READ) || vma->vm_flags & VM_EXEC)
		return -EPERM;
	if (vma->vm_flags & VM_WRITE &&
	    (area->base || !(s->rights & MHEAP_RIGHT_WRITE)))
		return -EPERM;
	return 0;
}

/**
 * mheap_map() - Map payloads
 * @s: the session
 * @vma: where to map them; each page is mapped when it is touched
 *
 * Context: the mmap_lock is held, the heap lock is not; may sleep.
 *
 * Return: 0, -EINVAL if the mapping would be private or reach beyond an area, -EPERM if
 * the session has too few rights, or it would be executable, or it would be writable where
 * payloads are constant, -ENOMEM or -ENFILE.
 */
int mheap_map(struct mheap_session *s, struct vm_area_struct *vma)
{
	bool constant = vma->vm_pgoff >= MHEAP_MAP_CONSTANT / PAGE_SIZE;
	struct mheap_area *area = &s->heap->areas[constant];
	vm_flags_t never = VM_MAYEXEC;
	struct file *file;
	int err = mheap_map_check(s, area, vma);

	if (err)
		return err;
	file = mheap_map_file(area);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (constant || !(s->rights & MHEAP_RIGHT_WRITE))
		never |= VM_MAYWRITE;
	mheap_vm_flags_change(vma, VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP, never);
	vma_set_file(vma, file);
	vma->vm_ops = &mheap_map_ops;
	return 0;
}

/**
 * mheap_map_close() - Empty all mappings of an area whose heap is being destroyed
 * @area: the area
 *
 * All pages are removed at once, so that they need not be removed one by one as their
 * payloads are freed.
 *
 * Context: neither the heap lock nor the area lock is held; may sleep.
 */
void mheap_map_close(struct mheap_area *area)
{
	down_write(&area->lock);
	area->closed = true;
	up_write(&area->lock);
	mheap_area_zap(area, area->base, MHEAP_MAP_SIZE / PAGE_SIZE);
}

/* Drop the area's own reference to the file.  Mappings that are left keep the file. */
void mheap_map_end(struct mheap_area *area)
{
	if (area->file)
		fput(area->file);
}
