#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What "make demo" shows inside the booted kernel: real programs' graphs, rebuilt and collected.
set -eu

cat <<END

Kernel $(uname -r), $(nproc) CPUs, mheap $(cat /sys/module/mheap/version) loaded.

Heaps of four Python programs, dumped object by object, are rebuilt in a heap of
the kernel. Then what held them is let go in ten different ways. What dies by its
reference count, and what the cycle scanner finds, must be what CPython found.

END
exec mheapctl graph --live --summary "$@" tests/data/graphs/tiny.mhg tests/data/graphs/*.mhg.gz
