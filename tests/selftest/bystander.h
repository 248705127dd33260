/* SPDX-License-Identifier: GPL-2.0 */
/* A thread does small work while something large goes on. */
#ifndef BYSTANDER_H
#define BYSTANDER_H

#include <stdint.h>

/* Start the thread on this session; it is at work when this returns. */
struct bystander *bystander_start(int fd);

/* Stop the thread; the case fails if @what stalled it.  Its times are printed. */
void bystander_stop(struct bystander *b, const char *what);

#endif
