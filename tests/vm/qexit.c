// SPDX-License-Identifier: GPL-2.0
/* Ends QEMU through its isa-debug-exit device: QEMU's status is twice the value written plus one. */
#include <stdlib.h>
#include <sys/io.h>

int main(int argc, char **argv)
{
	if (argc != 2 || ioperm(0xf4, 1, 1))
		return 1;
	outb(atoi(argv[1]), 0xf4);
	return 1;
}
