/* SPDX-License-Identifier: GPL-2.0 */
/* The heap: what it is made of, and its lock. */
#ifndef MHEAP_HEAP_H
#define MHEAP_HEAP_H

#include <linux/completion.h>
#include <linux/kobject.h>
#include <linux/kref.h>
#include <linux/kthread.h>
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
 * struct mheap_defaults - What a new heap starts with: the module's parameters
 * @threshold: thresholds of the generations
 * @slice_us: how long the scanner may hold the heap lock, in microseconds
 * @limit_bytes: most payload bytes + 8 for each slot
 * @limit_objects: most objects
 */
struct mheap_defaults {
	unsigned int threshold[MHEAP_GENERATIONS];
	unsigned int slice_us;
	unsigned long long limit_bytes;
	unsigned long long limit_objects;
};

/**
 * enum mheap_hold - What the heap lock is held for
 * @MHEAP_HOLD_CALL: what a call does that is none of the following
 * @MHEAP_HOLD_SCAN: the thread makes a collection go on
 * @MHEAP_HOLD_COLLECT: a call makes it go on: it asked for one, or helps, or examines a
 *	quarantined set
 * @MHEAP_HOLD_DEATH: objects whose count reached 0 drop their slots
 * @MHEAP_HOLD_FRAME: handles of a frame are dropped, with what dies by it
 * @MHEAP_HOLD_CLOSE: a session ends, and what it owned
 * @MHEAP_HOLD_RESIZE: slots and payload are copied
 * @MHEAP_HOLD_FREEZE: objects go to the permanent generation, or come back
 * @MHEAP_HOLD_LIST: objects are listed, dumped, or leave the garbage list
 * @MHEAP_HOLD_VERIFY: invariants are checked
 * @MHEAP_HOLD_KINDS: how many kinds there are
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
 * struct mheap_stats - What is known of the collections of one generation
 * @collections: how many ended
 * @collected: unreachable tracked objects that they found
 * @freed: objects that they freed, tracked or not
 * @scanned: objects that they visited
 * @time_ns: time of all slices
 * @pause_bucket: buckets of mheap_heap.pauses of the generation
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
 * @lock: guards the members below it down to @last_session, all objects, and all
 *	sessions of the heap.  No memory that would have to be waited for is allocated
 *	under it, and user memory is touched under it with page faults off alone.
 * @locked_at: when @lock was taken, in ns
 * @lock_count: how often it has been taken
 * @work: objects, references and ops dealt with since it was taken
 * @hold: what it is held for
 * @holds: how long it was held, by kind
 * @hold_bucket: buckets of @holds
 * @max_work: the most work under one hold, by kind
 * @gc: generations and the collection under way
 * @dying: objects that died by a collection
 * @ids: objects by id, until they are freed
 * @deferred_free: objects to be freed when @lock is dropped
 * @resizing: resizes under way, see resize.c
 * @exts: ext records of objects
 * @interned: interned objects
 * @names: names of objects
 * @type_names: types by name
 * @types: types by number
 * @recent_type: the type that was looked up last, or NULL
 * @objects: objects alive
 * @objects_max: most objects alive at one time
 * @bytes: their payload bytes
 * @slots: their slots
 * @slice_us: how long the scanner may hold @lock, in microseconds
 * @limit_bytes: most payload bytes + 8 for each slot
 * @limit_objects: most objects
 * @stats: collections of each generation
 * @pauses: durations of their slices
 * @result: who waits for the collection under way, or NULL
 * @automatic: the collection under way was due, not asked for
 * @began_at: when it began, in ns
 * @births: tracked objects born since
 * @debt: work that allocations still owe it
 * @shrink_wanted: the system wants memory back: a full collection is to begin
 * @trim: empty pools are to go when the scanner is done
 * @verify_due: a collection has ended and was not verified; also read without @lock
 * @closing: the heap goes: the scanner stops at once
 * @scanner: the scanner thread, or NULL
 * @scan_work: its work
 * @scanner_wanted: there is none and should be; also read without @lock
 * @session_list: sessions on the heap
 * @gc_listeners: event queues of the sessions that want to know of collections
 * @sessions: how many sessions there are
 * @last_session: number of the last one
 * @areas: where payloads are: those that programs change, and those of interned
 *	objects; each has a lock of its own
 * @ticket: held by a task that waits for @lock, while it waits; see heap.c
 * @ref: for the memory of this struct alone: the heap itself, its sessions, files of
 *	mappings, and whoever starts its thread hold one.  A task that unlocks @lock may
 *	still look at the struct when the last session has gone.
 * @id: number of the heap; constant
 * @owner: the user who made it; constant
 * @intern_key: key of the hash of contents; constant
 * @all: in the list of all heaps, guarded by the lock of that list, see shrinker.c
 * @kobj: its folder in sysfs; completes @removed when it goes
 * @removed: completed when no sysfs attribute of the heap is in use any more
 * @debugfs: its folder in debugfs
 *
 * Lock order, the outermost first; all but the last three may sleep:
 *
 *	misc_mtx (open) -> kernfs active reference (sysfs) -> @ticket -> @lock
 *		-> area lock (verify) -> xa_lock, worker lock, wait queue lock
 *	mmap_lock (page faults, mmap) -> area lock
 *	list of all heaps (shrinker.c) -> @lock, which is tried there, never waited for
 *
 * @lock is taken by system calls, the scanner thread, sysfs, debugfs and the shrinker;
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

/* Members of mheap_heap.areas. */
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
 * mheap_heap_hold_for() - Say what the lock is held for
 * @heap: the heap
 * @kind: what comes now
 *
 * A hold is counted as MHEAP_HOLD_CALL unless something else is said.  What was said
 * first stays in force until @lock is dropped other than by mheap_heap_yield(): objects
 * that die because a session is closed belong to closing it.
 *
 * Context: the heap lock is held.
 */
static inline void mheap_heap_hold_for(struct mheap_heap *heap,
				       enum mheap_hold kind)
{
	mheap_heap_assert_locked(heap);
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
