/* SPDX-License-Identifier: GPL-2.0 */
/* Every number that bounds something, with the reason for it. */
#ifndef MHEAP_LIMITS_H
#define MHEAP_LIMITS_H

#include <linux/types.h>

#include <uapi/linux/mheap.h>

/* 128 MiB of slots: 16 times the widest container of any program measured. */
#define MHEAP_MAX_SLOTS		(16U * 1024 * 1024)

/* The largest payload must stay below 2 GiB, the limit of a single allocation. */
#define MHEAP_MAX_BYTES		(1024U * 1024 * 1024)

/* Size classes of small payloads; area.c says how they were chosen. */
#define MHEAP_SIZE_CLASSES	22U

/* As many pages as bits in a word: 256 KiB, the size of CPython's arenas up to 3.9. */
#define MHEAP_ARENA_PAGES	64U

/* Up to this many pages are allocated as one contiguous piece, which rarely fails. */
#define MHEAP_PIECE_PAGES	8U

/* Arenas that are tried before another one is made: trying these takes 1 us. */
#define MHEAP_ARENA_TRIES	8U

/*
 * Arena indices of an area: how many there are at first, and at most, which is limited by
 * the pages that can be mapped.
 */
#define MHEAP_AREA_MIN_ARENAS	64U
#define MHEAP_AREA_MAX_ARENAS	(MHEAP_MAP_SIZE / PAGE_SIZE / MHEAP_ARENA_PAGES)

/* Chunks of a table: 24 bits of an id or weak handle are the index of its chunk. */
#define MHEAP_MAX_CHUNKS	(16U * 1024 * 1024)

/*
 * Chunks that a table remembers, in two cache lines: most programs work with entries of a
 * few chunks at a time.
 */
#define MHEAP_RECENT_CHUNKS	8U

/* Numbers of handles in a chunk, which fills a page. */
#define MHEAP_CHUNK_HANDLES	128U

/* Entries and tails of a batch, and ids of a list: 256 KiB of entries. */
#define MHEAP_MAX_OPS		16384U

/* A name can be as long as a file name. */
#define MHEAP_MAX_NAME		255U

/* The type of an object has 16 bits in its header. */
#define MHEAP_MAX_TYPES		65536U

/*
 * Entries and tails of a batch that are in kernel memory at a time, which is a page of
 * them: so many share the cost of taking the heap lock.
 */
#define MHEAP_WINDOW		256U

/* Ops that are prepared together. */
#define MHEAP_CHUNK_OPS		64U

/*
 * Ops between the one that is done, the one whose objects are prefetched, and the one whose
 * handles are.
 */
#define MHEAP_OPS_AHEAD		8U

/* Handles of a session that are in the cache with their objects, so nothing is prefetched. */
#define MHEAP_NEAR_HANDLES	1024U

/* Ops or handles between two looks at the clock: they take 1 to 5 us. */
#define MHEAP_CLOCK_OPS		16U

/* Data of an op that needs no allocation: most reads and writes are this short. */
#define MHEAP_SMALL_BYTES	64U

/*
 * Data of an op after which the clock is looked at: copying or comparing so much takes as
 * long as everything else that an op does.
 */
#define MHEAP_CLOCK_BYTES	2048U

/*
 * Slots that lie in the object itself.  Larger arrays are allocated apart, so that their
 * memory can be freed when the object is resized.
 */
#define MHEAP_INLINE_SLOTS	64U

/* Sizes of the memory of objects, which magazine.c lists. */
#define MHEAP_OBJECT_SIZES	8U

/* Objects whose memory is allocated or freed together: the array is 256 bytes of stack. */
#define MHEAP_BULK		32U

/* Heaps of one user: like inotify instances, but more.  CAP_SYS_RESOURCE lifts it. */
#define MHEAP_MAX_USER_HEAPS	1024U

/* Memory that one chunk of ops may need: copying it takes some 20 us. */
#define MHEAP_CHUNK_BYTES	(256U * 1024)

/* Payload or slots copied between two looks at the clock: it takes 1 to 2 us. */
#define MHEAP_COPY_BYTES	(16U * 1024)

/*
 * References between two looks at the clock: they take 1 us, or 10 us if each misses
 * every cache.
 */
#define MHEAP_STEP_BUDGET	64U

/*
 * The budget of a step that marks.  It is larger, since references are prefetched in
 * blocks and a longer step fills and drains that pipeline less often.  Without
 * prefetching such a step would take 20 us.
 */
#define MHEAP_MARK_BUDGET	256U

/*
 * Units that sending an event costs, since waking its reader takes 1 us.  Freeing the
 * table entries of an object that died while it was grey costs as much.
 */
#define MHEAP_EVENT_COST	16U

/*
 * Slots that are looked at to see that an object refers to nothing: that is one more
 * cache line at most.
 */
#define MHEAP_LEAF_SLOTS	8U

/*
 * References that are prefetched together while marking: the depth that hides most of the
 * memory latency (a core has 8 to 24 outstanding misses).
 */
#define MHEAP_PREFETCH		24U

/*
 * References that fit into a block.  The slots of objects whose reference has just
 * arrived are added to the block, so it is larger than what is prefetched.
 */
#define MHEAP_QUEUE		64U

/*
 * Slots of an object that are looked at as soon as it is marked, while it is in the
 * cache: they take one or two cache lines.
 */
#define MHEAP_SCAN_SLOTS	8U

/* Members that are checked for roots while references arrive, which takes 100 ns. */
#define MHEAP_ROOTS_AHEAD	32U

/* Stacks of grey objects: as many as can be on their way into the cache. */
#define MHEAP_GREY_STACKS	16U

/* Shortest and longest slice that can be set, in microseconds. */
#define MHEAP_MIN_SLICE_US	1U
#define MHEAP_MAX_SLICE_US	100000U

/*
 * If a task waits for the lock, a slice ends after this fraction of it.  A program whose
 * every call meets a slice of a collection then waits for 10 us a call, not for 50.
 */
#define MHEAP_SLICE_PIECES	5U

/*
 * A waiting task does not make a slice shorter than this, since a yield costs two context
 * switches, which take some 2 us.
 */
#define MHEAP_PIECE_NS		4000U

/*
 * Allocations begin to help a collection after 1/16 as many births as there are objects
 * to collect, so that a scanner that keeps up is left alone.
 */
#define MHEAP_GRACE_SHIFT	4

/*
 * A helping allocation does the work of this many average objects.  With the grace above,
 * a collection mostly ends after 1/16 + 1/8 of its size in new objects.
 */
#define MHEAP_ASSIST_OBJECTS	8U

/*
 * After 1/5 of its size in new objects, the next allocation finishes the collection,
 * whatever its objects are like.  This keeps a heap within 1.3 times the peak of a
 * collector that stops the program.
 */
#define MHEAP_FINISH_PART	5U

/* Payload of an interned object: comparing so much takes some 5 us. */
#define MHEAP_MAX_INTERN	(64U * 1024)

/* Sessions of a heap: looking at each of them takes some 50 us in all. */
#define MHEAP_MAX_SESSIONS	4096U

/* Frames of a session: as many calls as the stack of a main thread has space for. */
#define MHEAP_MAX_FRAMES	65536U

/* Unread events about collections that a session keeps without merging them. */
#define MHEAP_GC_EVENTS		128U

/* CPython's thresholds. */
#define MHEAP_THRESHOLD0	700U
#define MHEAP_THRESHOLD1	10U
#define MHEAP_THRESHOLD2	10U

/* The default slice is short compared with a scheduler tick, and long with a lock. */
#define MHEAP_SLICE_US		50U

/* Defaults for a heap: 1 GiB, and enough for ten million small objects. */
#define MHEAP_LIMIT_BYTES	(1024ULL * 1024 * 1024)
#define MHEAP_LIMIT_OBJECTS	(16ULL * 1024 * 1024)

#endif
