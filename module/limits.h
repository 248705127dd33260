/* SPDX-License-Identifier: GPL-2.0 */
/* Every number that bounds something, with the reason for it. */
#ifndef MHEAP_LIMITS_H
#define MHEAP_LIMITS_H

#include <linux/types.h>

#include <uapi/linux/mheap.h>

/* 128 MiB of slots: 16 times the widest container of any program measured. */
#define MHEAP_MAX_SLOTS		(16U * 1024 * 1024)

/* The largest payload must stay below the 2 GiB that one allocation can have. */
#define MHEAP_MAX_BYTES		(1024U * 1024 * 1024)

/* Sizes of small payloads, see area.c. */
#define MHEAP_SIZE_CLASSES	22U

/* As many pages as bits in a word: 256 KiB, the size of CPython's arenas up to 3.9. */
#define MHEAP_ARENA_PAGES	64U

/* Pages of a payload that are asked for in one piece: what the kernel gives easily. */
#define MHEAP_PIECE_PAGES	8U

/* Arenas that are tried before another one is made: 1 us. */
#define MHEAP_ARENA_TRIES	8U

/* Numbers of arenas at first, and at most: those of the pages that can be mapped. */
#define MHEAP_AREA_MIN_ARENAS	64U
#define MHEAP_AREA_MAX_ARENAS	(MHEAP_MAP_SIZE / PAGE_SIZE / MHEAP_ARENA_PAGES)

/* Chunks of a table of places: their number has 24 bits of an id or handle. */
#define MHEAP_MAX_CHUNKS	(16U * 1024 * 1024)

/* Chunks that a table remembers: most programs work at a few places at a time.  Two lines
 * of the cache.
 */
#define MHEAP_RECENT_CHUNKS	8U

/* Entries of a batch: at 48 bytes each the copy of a call stays below 1 MiB. */
#define MHEAP_MAX_OPS		16384U

/* As long as a file name may be. */
#define MHEAP_MAX_NAME		255U

/* The type of an object has 16 bits in its header. */
#define MHEAP_MAX_TYPES		65536U

/* Entries that are prepared together. */
#define MHEAP_CHUNK_OPS		64U

/* Entries of a batch that is dealt with on the stack: 900 bytes of it. */
#define MHEAP_FEW_OPS		4U

/* Entries done between two looks at the clock: 1 to 5 us. */
#define MHEAP_CLOCK_OPS		16U

/* Memory of a batch that its session keeps for the next one: 1,000 entries. */
#define MHEAP_KEEP_BYTES	(60U * 1024)

/* Data of an entry that needs no memory of its own: what most programs read and write. */
#define MHEAP_SMALL_BYTES	64U

/* Data of an entry after which the clock is looked at: it takes as long to copy or to
 * compare as all else that an entry does.
 */
#define MHEAP_CLOCK_BYTES	2048U

/* Slots that lie in the object itself.  More are apart from it, so that their
 * memory can be given back when the object is resized.
 */
#define MHEAP_INLINE_SLOTS	64U

/* Sizes of the memory of objects, see magazine.c. */
#define MHEAP_OBJECT_SIZES	8U

/* Objects whose memory is given back, or asked for, together: 256 bytes of stack. */
#define MHEAP_BULK		32U

/* Heaps of one user, as for inotify instances but more; root has no limit. */
#define MHEAP_MAX_USER_HEAPS	1024U

/* Memory that one group of entries may need: copying it takes some 20 us. */
#define MHEAP_CHUNK_BYTES	(256U * 1024)

/* Payload or slots copied under one hold of the heap lock: 1 to 2 us. */
#define MHEAP_COPY_BYTES	(16U * 1024)

/* References looked at between two looks at the clock: 1 us, 10 us if each
 * misses every cache.
 */
#define MHEAP_STEP_BUDGET	64U

/* The same while marking, where many references are on their way at a time: the more
 * the better, and 20 us if none had been asked for.
 */
#define MHEAP_MARK_BUDGET	256U

/* Units of work that it takes to tell a session of an event: waking its reader is 1 us.
 * So is giving back the places of an object that died while it was grey.
 */
#define MHEAP_EVENT_COST	16U

/* Slots that are looked at to see that an object refers to nothing: one more line
 * of the cache at most.
 */
#define MHEAP_LEAF_SLOTS	8U

/* References on their way into the cache while marking: the depth that hides
 * most of the memory latency (8 to 24 outstanding misses per core).
 */
#define MHEAP_PREFETCH		24U

/* As many fit: there is room for the slots of those that arrive, mostly. */
#define MHEAP_QUEUE		64U

/* Slots of an object that are looked at as soon as it is marked, while it is in the
 * cache: one or two lines of it.
 */
#define MHEAP_SCAN_SLOTS	8U

/* Members that are looked at for roots while references arrive: 100 ns. */
#define MHEAP_ROOTS_AHEAD	32U

/* Stacks of grey objects: as many as can be on their way into the cache. */
#define MHEAP_GREY_STACKS	16U

/* Longest and shortest slice that may be asked for, in microseconds. */
#define MHEAP_MIN_SLICE_US	1U
#define MHEAP_MAX_SLICE_US	100000U

/* If somebody waits for the lock a slice ends after this part of it.  What waits for each
 * slice of a collection, call after call, so waits for 10 us, not for 50.
 */
#define MHEAP_SLICE_PIECES	5U

/* But the lock is kept for some time after it was waited for, whatever the slice:
 * giving way costs two changes of tasks, some 2 us.
 */
#define MHEAP_PIECE_NS		4000U

/* Allocations before allocating sessions help a running collection: 1/16 of
 * the objects to collect, so that a scanner that keeps up is left alone.
 */
#define MHEAP_GRACE_SHIFT	4

/* A helping allocation does the work of this many average objects: with the
 * grace above a collection mostly ends after 1/16 + 1/8 of its size in new ones.
 */
#define MHEAP_ASSIST_OBJECTS	8U

/* After 1/5 of its size in new objects the allocation that comes next finishes
 * the collection, whatever its objects are like.  This keeps a heap within 1.3
 * times the peak of a collector that stops the program.
 */
#define MHEAP_FINISH_PART	5U

/* Payload of an interned object: comparing it takes some 5 us. */
#define MHEAP_MAX_INTERN	(64U * 1024)

/* Sessions of a heap: looking at each takes some 50 us. */
#define MHEAP_MAX_SESSIONS	4096U

/* Frames of a session: as many as the main thread's stack has room for. */
#define MHEAP_MAX_FRAMES	65536U

/* Unread events of starts and stops that a session keeps apart. */
#define MHEAP_GC_EVENTS		128U

/* CPython's thresholds. */
#define MHEAP_THRESHOLD0	700U
#define MHEAP_THRESHOLD1	10U
#define MHEAP_THRESHOLD2	10U

/* The slice that is short against a scheduler tick and long against a lock. */
#define MHEAP_SLICE_US		50U

/* Defaults for a heap: room for ten million small objects, and for 1 GiB. */
#define MHEAP_LIMIT_BYTES	(1024ULL * 1024 * 1024)
#define MHEAP_LIMIT_OBJECTS	(16ULL * 1024 * 1024)

#endif
