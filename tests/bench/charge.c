// SPDX-License-Identifier: GPL-2.0
/* Kernel memory that a program causes, as charged to its control group. */
#include "charge.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUP	"/sys/fs/cgroup/bench"

void charge_enter(void)
{
	FILE *f;

	mkdir(GROUP, 0755);
	f = fopen(GROUP "/cgroup.procs", "w");
	if (!f || fprintf(f, "%d", getpid()) < 0 || fclose(f)) {
		perror("bench: " GROUP);
		exit(1);
	}
}

double charged(void)
{
	char line[128];
	double bytes = 0;
	FILE *f = fopen(GROUP "/memory.stat", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "kernel %lf", &bytes) == 1)
			break;
	if (f)
		fclose(f);
	return bytes;
}
