#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# KTAP: loads the KUnit suites, which run while they load, and prints their results.
set -u

# shellcheck disable=SC2086 # words
insmod "build/$KERNEL/mheap_kunit.ko" ${KUNIT_PARAMS:-} || exit 1
cat /sys/kernel/debug/kunit/mheap*/results | tee "$MHEAP_RESULTS/kunit.ktap"
