/* SPDX-License-Identifier: GPL-2.0 */
/* A thread that does small work while something large goes on. */
#ifndef BYSTANDER_H
#define BYSTANDER_H

#include <stdint.h>

/* Start it on this session; it is at work on return. */
struct bystander *bystander_start(int fd);

/* Stop it and say how it fared beside @what, which may not have stalled it. */
void bystander_stop(struct bystander *b, const char *what);

#endif
