#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# setup.sh [KERNEL]: makes a fresh machine ready to boot the kernel: packages, the kernel, the guests' disk image.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

"$VM/packages.sh" build qemu
"$VM/kernel.sh" "${1:-6.12}" >/dev/null
"$VM/rootfs.sh" >/dev/null
