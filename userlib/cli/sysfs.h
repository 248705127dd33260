/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Heaps as sysfs shows them: /sys/class/misc/mheap/heaps/ID/.
 */
#ifndef MHEAPCTL_SYSFS_H
#define MHEAPCTL_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Numbers of the heaps in ascending order, which the caller frees.  Returns 0 or
 * -errno: -ENOENT if the module is not loaded.
 */
int sysfs_heaps(uint64_t **ids, size_t *count);

/* Return 0 or -errno: -ENOENT if there is no such heap or attribute. */
int sysfs_read(uint64_t heap, const char *attribute, uint64_t *value);
int sysfs_write(uint64_t heap, const char *attribute, uint64_t value);

/* All attributes of a heap. */
struct sysfs_heap {
	uint64_t id;
	uint64_t sessions, objects, tracked, bytes;
	uint64_t enabled, slice_us;
	uint64_t limit_bytes, limit_objects;
	uint64_t threshold[3], count[3], collections[3], collected[3];
	uint64_t pause_max_ns, pause_p99_ns;
};

/* Returns 0 or -errno. */
int sysfs_heap_read(struct sysfs_heap *v, uint64_t heap);

struct json_object;
struct json_object *sysfs_heap_json(const struct sysfs_heap *v);

#endif /* MHEAPCTL_SYSFS_H */
