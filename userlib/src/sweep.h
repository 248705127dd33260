/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Freeing references whose handles were dropped with a frame.
 */
#ifndef LIBMHEAP_SWEEP_H
#define LIBMHEAP_SWEEP_H

#include "session.h"

/* After a frame was popped: free references whose handles are gone, if a sweep is due. */
void mheap_sweep(struct mheap *h);

#endif /* LIBMHEAP_SWEEP_H */
