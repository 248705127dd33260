/* SPDX-License-Identifier: GPL-2.0 */
/* Benchmarks of collections; each gets the number of objects. */
#ifndef BENCH_COLLECT_H
#define BENCH_COLLECT_H

void collect_random(unsigned int objects);
void collect_tree(unsigned int objects);
void collect_ring(unsigned int objects);

/* Benchmarks of automatic collection. */
void pace_grow(unsigned int objects);
void pace_new_to_old(unsigned int objects);

/* Benchmarks of what other threads notice. */
void pause_frame(unsigned int objects);
void pause_collection(unsigned int objects);

#endif
