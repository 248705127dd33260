/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A little language for what a program does with a heap, one statement after
 * each semicolon.  Objects and weak handles have one-letter names of their own.
 *
 *	A o n		new object o with n slots
 *	S o i p		slot i of o refers to p (-: to nothing)
 *	L p o i		new handle p of what slot i of o refers to
 *	R opq		two-way ring: slot 0 refers to who is before, slot 1 to who is after
 *	D p o		new handle p of o
 *	X o		drop handle o
 *	N o n		o has the count n
 *	G g = n m	collect generation g: n tracked objects found (and m freed)
 *	W w o [cb]	weak handle w of o, whose event is counted or is not
 *	V p w		new handle p of w's object (-: it is gone)
 *	Z w		drop weak handle w
 *	F o count	o is finalized
 *	F o keep p	... and comes back as p
 *	F o null i	... and its slot i is emptied
 *	F o clear	... and all its slots are emptied
 *	C key n		live objects, finalizers run (fin), weak events (cb)
 *
 * Events are read and answered after each statement.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdint.h>

#define NAMES 26

struct script {
	int fd;
	uint64_t object[NAMES];
	uint64_t weak[NAMES];
	struct {
		const char *what;
		uint32_t arg;
	} finalizer[NAMES];
	uint32_t finalized;
	uint32_t called;
};

/* Play the script on a new heap that collects only when told to. */
void script_play(const char *text);

#endif
