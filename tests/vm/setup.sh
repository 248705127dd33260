#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# setup.sh [KERNEL]: prepares a fresh machine to boot the kernel: gets packages, the kernel and the guests' disk image.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

"$VM/packages.sh" build qemu
"$VM/kernel.sh" "${1:-6.12}" >/dev/null
"$VM/rootfs.sh" >/dev/null
