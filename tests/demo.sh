#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What "make demo" shows inside the booted kernel: real programs' graphs, rebuilt and collected.
set -eu

cat <<END

Kernel $(uname -r), $(nproc) CPUs, mheap $(cat /sys/module/mheap/version) loaded.

Heaps of four Python programs, dumped object by object, are rebuilt in a heap of
the kernel. Then what held them is let go: what the program held, all there is, or all
after a part of the references was cut. What dies by its reference count, and what
the cycle scanner finds, must be what CPython found, for each single object.

END
exec mheapctl graph --live --summary --scenario app --scenario all --scenario cuts tests/data/graphs/tiny.mhg tests/data/graphs/*.mhg.gz
