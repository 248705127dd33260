/* SPDX-License-Identifier: GPL-2.0 */
/* What differs between the kernels that the module builds on: 6.1 to 7.3. */
#ifndef MHEAP_COMPAT_H
#define MHEAP_COMPAT_H

#include <linux/kconfig.h>
#include <linux/kthread.h>

/* Plain 6.1 has no kunit/visibility.h, and no kernel without KUnit needs it. */
#if IS_ENABLED(CONFIG_KUNIT) && __has_include("kunit/visibility.h")
#include <kunit/visibility.h>
#endif
#ifndef EXPORT_SYMBOL_IF_KUNIT
#define EXPORT_SYMBOL_IF_KUNIT(symbol)
#endif

/* Since 6.14 a created worker has to be started, and there is a macro for both. */
#ifdef kthread_run_worker
#define mheap_run_worker(...)	kthread_run_worker(KTW_FREEZABLE, __VA_ARGS__)
#else
#define mheap_run_worker(...)	kthread_create_worker(KTW_FREEZABLE, __VA_ARGS__)
#endif

#endif
