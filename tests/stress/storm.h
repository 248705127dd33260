/* SPDX-License-Identifier: GPL-2.0 */
/* A worker of the kill storm, and what it shares with the processes around it. */
#ifndef STORM_H
#define STORM_H

#include <stdbool.h>
#include <stdint.h>

#define STORM_WORKERS	8
#define STORM_IDS	256

/* Names are single letters from 'a' on. */
#define STORM_NAMES	20

/**
 * struct storm_place - Where one worker after the other is at work
 * @moves: grows with each operation of a worker, and when one is killed or started
 * @alive: there is a worker at the moment
 */
struct storm_place {
	volatile uint64_t moves;
	volatile bool alive;
};

/**
 * struct storm_board - Memory that all processes of the storm share
 * @place: the places of the workers
 * @ids: ids of objects, dead or alive, that any worker may open
 * @stop: tells the watching process to end
 * @hang_ns: a worker hangs if it does nothing for so long
 * @hung: how many times a worker hung
 * @longest_ns: longest time without a move, in work of the watching process
 * @longest_clock_ns: the same by the clock, including what the host takes from the guest
 */
struct storm_board {
	struct storm_place place[STORM_WORKERS];
	volatile uint64_t ids[STORM_IDS];
	volatile bool stop;
	uint64_t hang_ns;
	volatile uint64_t hung;
	volatile uint64_t longest_ns;
	volatile uint64_t longest_clock_ns;
};

/* Do random operations with this session until the process is killed. */
void storm_work(int fd, struct storm_board *board, struct storm_place *place,
		uint64_t seed) __attribute__((noreturn));

#endif
