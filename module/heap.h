/* SPDX-License-Identifier: GPL-2.0 */
/* The heap: what it is made of, and its lock. */
#ifndef MHEAP_HEAP_H
#define MHEAP_HEAP_H

#include <linux/completion.h>
#include <linux/kobject.h>
#include <linux/kref.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/rbtree_types.h>
#include <linux/siphash.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/xarray.h>

#include "area.h"
#include "gc/gc.h"
#include "hist.h"
#include "table.h"

struct dentry;
struct mheap_result;
struct mheap_type;

/**
 * struct mheap_defaults - Parameters of the module that a new heap starts with
 * @threshold: thresholds of the generations
 * @slice_us: how long the scanner may hold the heap lock, in microseconds
 * @limit_bytes: limit for payload bytes + 8 for each slot
 * @limit_objects: limit for objects
 */
struct mheap_defaults {
	unsigned int threshold[MHEAP_GENERATIONS];
	unsigned int slice_us;
	unsigned long long limit_bytes;
	unsigned long long limit_objects;
};

/**
 * enum mheap_hold - What the heap lock is held for
 * @MHEAP_HOLD_CALL: a call does anything that is not listed below
 * @MHEAP_HOLD_SCAN: the scanner thread continues a collection
 * @MHEAP_HOLD_COLLECT: a call continues a collection that it asked for or helps, or
 *	examines a quarantined set
 * @MHEAP_HOLD_DEATH: objects whose count reached 0 drop their slots
 * @MHEAP_HOLD_FRAME: the handles of a frame are dropped, and objects die by that
 * @MHEAP_HOLD_CLOSE: a session ends, and gives up what it owns
 * @MHEAP_HOLD_RESIZE: slots and payload are copied
 * @MHEAP_HOLD_FREEZE: objects move to the permanent generation, or back
 * @MHEAP_HOLD_LIST: objects are listed or dumped, or leave the garbage list
 * @MHEAP_HOLD_VERIFY: invariants are checked
 * @MHEAP_HOLD_KINDS: number of kinds
 */
enum mheap_hold {
	MHEAP_HOLD_CALL,
	MHEAP_HOLD_SCAN,
	MHEAP_HOLD_COLLECT,
	MHEAP_HOLD_DEATH,
	MHEAP_HOLD_FRAME,
	MHEAP_HOLD_CLOSE,
	MHEAP_HOLD_RESIZE,
	MHEAP_HOLD_FREEZE,
	MHEAP_HOLD_LIST,
	MHEAP_HOLD_VERIFY,
	MHEAP_HOLD_KINDS
};

/**
 * struct mheap_stats - Statistics of the collections of one generation
 * @collections: number of collections that ended
 * @collected: number of unreachable tracked objects that they found
 * @freed: number of objects that they freed, tracked or not
 * @scanned: number of objects that they visited
 * @time_ns: total time of their slices
 * @pause_bucket: buckets of mheap_heap.pauses of the generation
 *
 * The heap lock guards it.
 */
struct mheap_stats {
	u64 collections;
	u64 collected;
	u64 freed;
	u64 scanned;
	u64 time_ns;
	u64 pause_bucket[MHEAP_HIST_FINE];
};

/**
 * struct mheap_heap - A heap
 * @lock: guards the members from @locked_at to @last_session, all objects, and all
 *	sessions of the heap.  Nothing that may have to wait for memory is allocated
 *	under it, and user memory is accessed under it only with page faults off.
 * @locked_at: since when the hold of @lock is measured, in ns, or 0 while it is not
 * @lock_count: how often @lock has been taken
 * @work: units of work done since @lock was taken: objects, references and ops
 * @hold: what @lock is held for
 * @holds: how long @lock was held, by kind
 * @hold_bucket: buckets of @holds
 * @max_work: the most units of work in one hold, by kind
 * @gc: generations and the collection under way
 * @dying: objects that die because a collection takes them down
 * @ids: objects by id, until they are freed
 * @deferred_free: objects that will be freed when @lock is dropped
 * @resizing: resizes under way (struct mheap_resize)
 * @exts: ext records of objects
 * @interned: interned objects
 * @names: names of objects
 * @type_names: types by name
 * @types: types by number
 * @recent_type: the type that was looked up last, or NULL
 * @objects: number of live objects
 * @objects_max: the largest value that @objects ever had
 * @bytes: payload bytes of live objects
 * @slots: slots of live objects
 * @slice_us: how long the scanner may hold @lock, in microseconds
 * @limit_bytes: limit for @bytes + 8 for each slot
 * @limit_objects: limit for @objects
 * @stats: statistics of collections, by generation
 * @pauses: durations of slices of collections, by generation
 * @result: where a call waits for the result of the collection under way, or NULL
 * @automatic: the collection under way was due, or memory was short; no call asked for it
 * @began_at: when the collection under way began, in ns
 * @births: number of tracked objects born since it began
 * @debt: units of work that allocations still owe it
 * @shrink_wanted: memory is short, so a full collection is to begin
 * @trim: empty pools are to be freed when the scanner has no more work
 * @verify_due: a collection has ended and was not verified; also read without @lock
 * @closing: the heap is being destroyed, so the scanner stops at once
 * @scanner: the scanner thread, or NULL
 * @scan_work: the work of the scanner thread
 * @scanner_wanted: the heap needs a thread and has none; also read without @lock
 * @session_list: sessions on the heap
 * @gc_listeners: event queues of sessions that want events about collections
 * @sessions: number of sessions
 * @last_session: number of the session that was made last
 * @areas: the memory of payloads: one area for those that programs change, one for those
 *	of interned objects; each has its own lock
 * @ticket: held by the task that is next to get @lock, while it waits for it
 * @ref: keeps only the memory of this struct.  The heap itself, its sessions, files of
 *	mappings, and a task that starts its thread hold a reference.  A task that unlocks
 *	@lock may still access the struct after the last session has gone.
 * @id: number of the heap; constant
 * @owner: the user who made the heap; constant
 * @intern_key: key of the hash of contents; constant
 * @all: in the list of all heaps, which the lock of that list in shrinker.c guards
 * @kobj: its folder in sysfs; its release completes @removed
 * @removed: completed when no sysfs attribute of the heap is in use any more
 * @debugfs: its folder in debugfs; constant while the heap has sessions
 *
 * Lock order, the outermost first.  xa_lock, the worker lock and wait queue locks are
 * spinlocks; all others may sleep.
 *
 *	misc_mtx (open) -> kernfs active reference (sysfs) -> @ticket -> @lock
 *		-> area lock (verify) -> xa_lock, worker lock, wait queue lock
 *	mmap_lock (page faults, mmap) -> area lock
 *	list of all heaps (shrinker.c) -> @lock, which is tried there, never waited for
 *
 * @lock is taken by system calls, the scanner thread, sysfs, debugfs and the shrinker,
 * never in atomic context.
 */
struct mheap_heap {
	struct mutex lock;	/* see above */
	u64 locked_at;
	u64 lock_count;
	u64 work;
	enum mheap_hold hold;
	struct mheap_hist holds[MHEAP_HOLD_KINDS];
	u64 hold_bucket[MHEAP_HOLD_KINDS][MHEAP_HIST_COARSE];
	u64 max_work[MHEAP_HOLD_KINDS];
	struct mheap_collector gc;
	struct mheap_dying dying;
	struct mheap_table ids;
	struct list_head deferred_free;
	struct list_head resizing;
	struct rb_root exts;
	struct rb_root interned;
	struct rb_root names;
	struct rb_root type_names;
	struct xarray types;
	struct mheap_type *recent_type;
	u64 objects;
	u64 objects_max;
	u64 bytes;
	u64 slots;
	u32 slice_us;
	u64 limit_bytes;
	u64 limit_objects;
	struct mheap_stats stats[MHEAP_GENERATIONS];
	struct mheap_hist pauses[MHEAP_GENERATIONS];
	struct mheap_result *result;
	bool automatic;
	u64 began_at;
	u64 births;
	u64 debt;
	bool shrink_wanted;
	bool trim;
	bool verify_due;
	bool closing;
	struct kthread_worker *scanner;
	struct kthread_work scan_work;
	bool scanner_wanted;
	struct list_head session_list;
	struct list_head gc_listeners;
	u64 sessions;
	u64 last_session;

	struct mheap_area areas[2];
	struct mutex ticket;	/* see above */
	struct kref ref;
	u32 id;
	kuid_t owner;
	siphash_key_t intern_key;
	struct list_head all;
	struct kobject kobj;
	struct completion removed;
	struct dentry *debugfs;
};

/* Indices of mheap_heap.areas. */
#define MHEAP_CHANGING	0
#define MHEAP_CONSTANT	1

static inline struct mheap_heap *mheap_heap_of_area(struct mheap_area *area)
{
	area -= area->base ? MHEAP_CONSTANT : MHEAP_CHANGING;
	return container_of(area, struct mheap_heap, areas[MHEAP_CHANGING]);
}

static inline struct mheap_heap *mheap_heap_of(struct mheap_collector *gc)
{
	return container_of(gc, struct mheap_heap, gc);
}

extern struct mheap_defaults mheap_defaults;
extern const char *const mheap_heap_hold_names[MHEAP_HOLD_KINDS];

struct mheap_heap *mheap_heap_alloc(const struct mheap_gc_ops *ops);
void mheap_heap_get(struct mheap_heap *heap);
void mheap_heap_put(struct mheap_heap *heap);
void mheap_heap_lock(struct mheap_heap *heap) __acquires(&heap->lock);
bool mheap_heap_trylock(struct mheap_heap *heap);
void mheap_heap_unlock(struct mheap_heap *heap) __releases(&heap->lock);
void mheap_heap_yield(struct mheap_heap *heap);
bool mheap_heap_needbreak(struct mheap_heap *heap, u64 now);
bool mheap_heap_cond_resched(struct mheap_heap *heap);
int mheap_heap_reserve(struct mheap_heap *heap, struct mheap_table *t,
		       unsigned int n);
bool mheap_heap_within_limits(const struct mheap_heap *heap, u64 objects,
			      u64 slots, u64 bytes);

static inline void mheap_heap_assert_locked(struct mheap_heap *heap)
{
	lockdep_assert_held(&heap->lock);
}

/**
 * mheap_heap_clock() - Begin to measure how long the lock is held
 * @heap: the heap
 *
 * Reading the clock takes as long as an op.  So a hold for a few ops is not measured, and
 * a hold for anything else is from here on.
 *
 * Context: the heap lock is held.
 */
static inline void mheap_heap_clock(struct mheap_heap *heap)
{
	mheap_heap_assert_locked(heap);
	if (!heap->locked_at)
		heap->locked_at = ktime_get_ns();
}

/**
 * mheap_heap_hold_for() - Say what the lock is held for
 * @heap: the heap
 * @kind: what the caller is about to do
 *
 * A hold counts as MHEAP_HOLD_CALL unless this is called.  The first call decides, and
 * its kind survives mheap_heap_yield(): when objects die because a session is closed,
 * that is a part of closing the session.
 *
 * Context: the heap lock is held.
 */
static inline void mheap_heap_hold_for(struct mheap_heap *heap,
				       enum mheap_hold kind)
{
	mheap_heap_clock(heap);
	if (heap->hold == MHEAP_HOLD_CALL)
		heap->hold = kind;
}

/**
 * mheap_heap_worked() - Count work that was done under the lock
 * @heap: the heap
 * @n: how many objects, references or ops were dealt with
 *
 * Context: the heap lock is held.
 */
static inline void mheap_heap_worked(struct mheap_heap *heap, u64 n)
{
	heap->work += n;
}

#endif
