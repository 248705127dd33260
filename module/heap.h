/* SPDX-License-Identifier: GPL-2.0 */
/* The heap: what it is made of, its lock, its life. */
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
#include "collect.h"
#include "hold.h"
#include "place.h"
#include "reclaim.h"
#include "stats.h"

struct dentry;
struct mheap_entry;
struct mheap_result;

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
 * struct mheap_heap - A heap
 * @lock: guards the members below it down to @last_session, all objects, and all
 *	sessions of the heap.  Lock order: misc_mtx (open) -> kernfs active
 *	references -> @lock -> locks inside xarrays and the scanner's
 *	worker.  No memory is allocated that could wait, and no user memory is
 *	touched other than with page faults off, while it is held.  Taken by
 *	ioctls, the scanner thread, sysfs and debugfs; never in atomic context.
 * @locked_at: when @lock was taken
 * @locked: how often it was taken
 * @hold: what it is held for
 * @holds: how long it was held, by kind
 * @gc: generations and the collection under way
 * @dying: objects that died by a collection
 * @ids: objects by id, until they are freed
 * @graveyard: objects to be freed when @lock is dropped
 * @resizing: resizes under way, see resize.c
 * @watches: records of watched objects
 * @interned: interned objects
 * @names: names of objects
 * @type_names: types by name
 * @types: types by number
 * @recent_type: the one that was looked at last, or NULL
 * @objects: objects alive
 * @objects_max: most objects alive at one time
 * @bytes: their payload bytes
 * @slots: their slots
 * @slice_us: how long the scanner may hold @lock, in microseconds
 * @limit_bytes: most payload bytes + 8 for each slot
 * @limit_objects: most objects
 * @stats: collections of each generation
 * @result: who waits for the collection under way, or NULL
 * @automatic: the collection under way was due, not asked for
 * @began_at: when it began
 * @births: tracked objects born since
 * @debt: work that allocations still owe it
 * @pressure: the system wants memory back: a full collection is to begin
 * @trim: empty pools are to go when the scanner is done
 * @verify_due: a collection has ended and was not verified
 * @closing: the heap goes: the scanner stops at once
 * @scanner: the scanner thread, or NULL
 * @scan_work: its work
 * @scanner_wanted: there is none and should be
 * @session_list: sessions on the heap, those first that want to know of collections
 * @sessions: how many
 * @last_session: number of the last one
 * @areas: where payloads are: those that programs change, and those of interned
 *	objects; each has a lock of its own
 * @turn: held by who waits for @lock, while it waits: others queue for this one, so
 *	whoever gives @lock away and wants it back comes after them.  Taken before @lock.
 * @ref: the heap itself, its sessions and files of mappings, for the memory of this
 *	struct alone: who unlocks @lock may still look at it when the last session has gone
 * @id: number of the heap; constant
 * @owner: the user who made it; constant
 * @intern_key: key of the hash of contents; constant
 * @all: in the list of all heaps, see pressure.c
 * @kobj: its folder in sysfs; completes @removed when it goes
 * @removed: completed when no sysfs attribute of the heap is in use any more
 * @debugfs: its folder in debugfs
 */
struct mheap_heap {
	struct mutex lock;	/* see above */
	u64 locked_at;
	u64 locked;
	enum mheap_hold_kind hold;
	struct mheap_hold holds[MHEAP_HOLD_KINDS];
	struct mheap_collector gc;
	struct mheap_dying dying;
	struct mheap_places ids;
	struct list_head graveyard;
	struct list_head resizing;
	struct rb_root watches;
	struct rb_root interned;
	struct rb_root names;
	struct rb_root type_names;
	struct xarray types;
	struct mheap_entry *recent_type;
	u64 objects;
	u64 objects_max;
	u64 bytes;
	u64 slots;
	u32 slice_us;
	u64 limit_bytes;
	u64 limit_objects;
	struct mheap_stats stats[MHEAP_GENERATIONS];
	struct mheap_result *result;
	bool automatic;
	u64 began_at;
	u64 births;
	u64 debt;
	bool pressure;
	bool trim;
	bool verify_due;
	bool closing;
	struct kthread_worker *scanner;
	struct kthread_work scan_work;
	bool scanner_wanted;
	struct list_head session_list;
	u64 sessions;
	u64 last_session;

	struct mheap_area areas[2];
	struct mutex turn;	/* see above */
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

static inline struct mheap_heap *mheap_area_heap(struct mheap_area *area)
{
	area -= area->base ? MHEAP_CONSTANT : MHEAP_CHANGING;
	return container_of(area, struct mheap_heap, areas[MHEAP_CHANGING]);
}

static inline struct mheap_heap *mheap_heap_of(struct mheap_collector *gc)
{
	return container_of(gc, struct mheap_heap, gc);
}

extern struct mheap_defaults mheap_defaults;

struct mheap_heap *mheap_heap_create(void);
void mheap_heap_destroy(struct mheap_heap *heap);
void mheap_heap_get(struct mheap_heap *heap);
void mheap_heap_put(struct mheap_heap *heap);
void mheap_heap_lock(struct mheap_heap *heap) __acquires(&heap->lock);
bool mheap_heap_trylock(struct mheap_heap *heap);
void mheap_heap_unlock(struct mheap_heap *heap) __releases(&heap->lock);
void mheap_heap_relax(struct mheap_heap *heap);
bool mheap_heap_is_due(struct mheap_heap *heap, u64 now);
bool mheap_heap_breathe(struct mheap_heap *heap);
void mheap_heap_reclaim(struct mheap_heap *heap, struct mheap_dying *dying);
bool mheap_heap_has_room(const struct mheap_heap *heap, u64 objects, u64 slots,
			 u64 bytes);

static inline void mheap_heap_assert_locked(struct mheap_heap *heap)
{
	lockdep_assert_held(&heap->lock);
}

/**
 * mheap_hold_for() - Say what the lock is held for
 * @heap: the heap, locked
 * @kind: what comes now
 *
 * What was said first stays in force until @lock is dropped, other than by
 * mheap_heap_relax(): objects that die because a session is closed belong to closing
 * it.  Who says nothing is a call.
 */
static inline void mheap_hold_for(struct mheap_heap *heap,
				  enum mheap_hold_kind kind)
{
	mheap_heap_assert_locked(heap);
	if (heap->hold == MHEAP_HOLD_CALL)
		heap->hold = kind;
}

#endif
