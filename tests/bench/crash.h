/* SPDX-License-Identifier: GPL-2.0 */
/* The crash benchmark does the same job on two sides. */
#ifndef CRASH_H
#define CRASH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The payload size of an object, and the number of objects in a full list. */
#define CRASH_PAYLOAD	120
#define CRASH_LENGTH	1000

/**
 * struct crash_side - A way for processes to share objects
 * @name: of it
 * @begin: make an empty list for processes to share
 * @end: let go of all of it
 * @join: this process is a new one, and will use what @begin made
 * @work: fill a payload; put an object with it in front of the list; if that is full,
 *	take one out
 * @own: make so many objects that only this process knows of
 * @used: bytes that objects occupy
 */
struct crash_side {
	const char *name;
	void (*begin)(void);
	void (*end)(void);
	void (*join)(void);
	void (*work)(void);
	void (*own)(unsigned int n);
	uint64_t (*used)(void);
};

/* Compute the payload of the next object, which is work that involves no other process. */
void crash_fill(char payload[CRASH_PAYLOAD]);

extern const struct crash_side crash_mheap, crash_boost;

#ifdef __cplusplus
}
#endif

#endif
