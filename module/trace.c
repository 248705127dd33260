// SPDX-License-Identifier: GPL-2.0
/* Only this file defines the tracepoints; the others declare them. */
#define CREATE_TRACE_POINTS
#include "trace.h"
