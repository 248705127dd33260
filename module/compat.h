/* SPDX-License-Identifier: GPL-2.0 */
/* What differs between the kernels that the module builds on: 6.1 to 7.3. */
#ifndef MHEAP_COMPAT_H
#define MHEAP_COMPAT_H

#include <linux/kconfig.h>
#include <linux/kthread.h>
#include <linux/shrinker.h>
#include <linux/version.h>

/* object.c frees memory of a kmem_cache with kfree(), which SLOB did not support. */
#ifdef CONFIG_SLOB
#error "mheap needs a kernel with SLUB"
#endif

/* Plain 6.1 has no kunit/visibility.h, and no kernel without KUnit needs it. */
#if IS_ENABLED(CONFIG_KUNIT) && __has_include("kunit/visibility.h")
#include <kunit/visibility.h>
#endif
#ifndef EXPORT_SYMBOL_IF_KUNIT
#define EXPORT_SYMBOL_IF_KUNIT(symbol)
#endif

/* Since 6.14 kthread_create_worker() does not start the worker; this macro does. */
#ifdef kthread_run_worker
#define mheap_run_worker(...)	kthread_run_worker(KTW_FREEZABLE, __VA_ARGS__)
#else
#define mheap_run_worker(...)	kthread_create_worker(KTW_FREEZABLE, __VA_ARGS__)
#endif

/* Since 6.7 shrinkers are allocated by the kernel, which frees them by RCU. */
#ifdef SHRINKER_ALLOCATED
struct mheap_shrinker {
	struct shrinker *shrinker;
	unsigned long (*count)(struct shrinker *shrinker,
			       struct shrink_control *sc);
	unsigned long (*scan)(struct shrinker *shrinker,
			      struct shrink_control *sc);
};

#define MHEAP_SHRINKER(_name, _count, _scan)				\
	static struct mheap_shrinker _name = { .count = _count, .scan = _scan }

static inline int mheap_compat_shrinker_register(struct mheap_shrinker *s,
						 const char *name)
{
	s->shrinker = shrinker_alloc(0, "%s", name);
	if (!s->shrinker)
		return -ENOMEM;
	s->shrinker->count_objects = s->count;
	s->shrinker->scan_objects = s->scan;
	shrinker_register(s->shrinker);
	return 0;
}

static inline void mheap_compat_shrinker_unregister(struct mheap_shrinker *s)
{
	shrinker_free(s->shrinker);
}
#else
#define MHEAP_SHRINKER(_name, _count, _scan)				\
	static struct shrinker _name = {				\
		.count_objects = _count,				\
		.scan_objects = _scan,					\
		.seeks = DEFAULT_SEEKS,					\
	}

#define mheap_compat_shrinker_register(s, name)	register_shrinker(s, "%s", name)
#define mheap_compat_shrinker_unregister(s)		unregister_shrinker(s)
#endif

/* Since 6.3 vm_flags is read-only and changed through helpers. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define mheap_vm_flags_change(vma, set, clear)	vm_flags_mod(vma, set, clear)
#else
#define mheap_vm_flags_change(vma, set, clear)	\
	((vma)->vm_flags = ((vma)->vm_flags | (set)) & ~(clear))
#endif

#endif
