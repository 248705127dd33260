/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Giving up batch references whose handles went with a frame.
 */
#ifndef LIBMHEAP_SWEEP_H
#define LIBMHEAP_SWEEP_H

#include "session.h"

/* A frame was popped: if it is time to, look for such references. */
void mheap_sweep(struct mheap *h);

#endif /* LIBMHEAP_SWEEP_H */
