/* SPDX-License-Identifier: GPL-2.0 */
/* The two sides of the benchmark of crashes do the same job. */
#ifndef CRASH_H
#define CRASH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What an object carries, and how many objects the list has when it is full. */
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

/* What the next object is to carry, which is work that needs nobody else. */
void crash_fill(char payload[CRASH_PAYLOAD]);

extern const struct crash_side crash_mheap, crash_boost;

#ifdef __cplusplus
}
#endif

#endif
