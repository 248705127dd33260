// SPDX-License-Identifier: GPL-2.0
/*
 * How long the lock of a heap was held, and for how much work: from debugfs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "debugfs.h"
#include "field.h"
#include "holds.h"
#include "lines.h"

/* Columns of numbers before the histogram: holds, four durations, units. */
#define HOLDS_NUMBERS	6

/* How many columns of the histogram count holds that are short, by the heading. */
static size_t short_columns(char *heading)
{
	size_t n = 0;
	char *at;

	for (at = strstr(heading, " <="); at; at = strstr(at + 1, " <=")) {
		if (strtoull(at + 3, NULL, 10) > HOLDS_SHORT_NS)
			break;
		n++;
	}
	return n;
}

/* "kind holds p50_ns p99_ns p99.99_ns max_ns max_units", and the histogram */
static bool take_kind(char *line, size_t columns, struct holds *h)
{
	uint64_t number[HOLDS_NUMBERS], in_column;

	field_word(&line);
	for (size_t i = 0; i < HOLDS_NUMBERS; i++)
		if (!field_number(&line, &number[i]))
			return false;
	for (size_t i = 0; i < columns; i++) {
		if (!field_number(&line, &in_column))
			return false;
		h->brief += in_column;
	}
	h->count += number[0];
	if (number[HOLDS_NUMBERS - 1] > h->max_units)
		h->max_units = number[HOLDS_NUMBERS - 1];
	return true;
}

void holds_read(uint64_t heap, struct holds *h)
{
	char path[80], *line;
	size_t columns;
	struct lines l;

	*h = (struct holds){ .known = false };
	snprintf(path, sizeof(path), DEBUGFS "/%" PRIu64 "/holds", heap);
	if (access(path, R_OK) != 0 || !lines_open(&l, path))
		return;
	line = lines_next(&l);
	columns = line ? short_columns(line) : 0;
	h->known = columns > 0;
	while (h->known && (line = lines_next(&l)))
		h->known = take_kind(line, columns, h);
	lines_close(&l);
}

void holds_add(struct holds *to, const struct holds *h)
{
	to->known = h->known;
	to->count += h->count;
	to->brief += h->brief;
	if (h->max_units > to->max_units)
		to->max_units = h->max_units;
}

bool holds_emulated(void)
{
	char line[256];
	bool found = false;
	FILE *f = fopen("/proc/cpuinfo", "re");

	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, "QEMU TCG");
	if (f)
		fclose(f);
	return found;
}
