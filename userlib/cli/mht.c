// SPDX-License-Identifier: GPL-2.0
/*
 * Reader of heap traces.
 */
#include <stdio.h>
#include <string.h>

#include "mht.h"

/* Serial numbers fit 32 bits, with room. */
#define MOST_ALLOCS	(1ULL << 31)

bool trace_read_head(struct lines *l, struct trace_head *head)
{
	char *line = lines_next(l);

	*head = (struct trace_head){ 0 };
	if (!line || strcmp(line, "mheap-trace 1") != 0)
		return lines_bad(l, "not a heap trace (mheap-trace 1)");
	while ((line = lines_next(l))) {
		if (strcmp(line, "ops:") == 0)
			break;
		if (take_exactly(&line, "name"))
			snprintf(head->name, sizeof(head->name), "%s", line);
		else if (take_exactly(&line, "profile"))
			snprintf(head->profile, sizeof(head->profile), "%s", line);
		else if ((take_exactly(&line, "allocs") &&
			  !take_number(&line, &head->allocs)) ||
			 (take_exactly(&line, "ops") &&
			  !take_number(&line, &head->ops)))
			return lines_bad(l, "bad number");
	}
	if (!line || !head->profile[0] || head->allocs >= MOST_ALLOCS)
		return lines_bad(l, "incomplete head");
	return true;
}

static bool take_field(char **at, int64_t *value)
{
	bool negative = **at == '-';
	uint64_t n;

	if (negative) {
		(*at)++;
		if (**at == ' ' || !**at) {
			*at += **at == ' ';
			*value = TRACE_NULL;
			return true;
		}
	}
	if (!take_number(at, &n) || n > INT64_MAX)
		return false;
	*value = negative ? -(int64_t)n : (int64_t)n;
	return true;
}

/* How many fields the line of an operation has; -1: there is no such one. */
static int fields_of(char op)
{
	switch (op) {
	case 'A':
		return 4;
	case 'S':
	case 'L':
	case 'E':
		return 3;
	case 'D':
		return 2;
	case 'X':
	case 'G':
		return 1;
	case 'C':
		return 0;
	default:
		return -1;
	}
}

bool trace_parse(char *line, struct trace_op *op)
{
	int want;

	op->refused = take_exactly(&line, "!");
	op->op = *line++;
	op->has_result = false;
	want = fields_of(op->op);
	if (want < 0 || *line++ != ' ')
		return false;
	op->text = line;
	for (op->count = 0; op->count < want; op->count++) {
		if (!take_field(&line, &op->field[op->count]))
			return false;
	}
	if (op->op == 'C')
		return true;
	if (op->op == 'G' && take_exactly(&line, "=")) {
		op->has_result = true;
		return take_field(&line, &op->result) && !*line;
	}
	return !*line;
}
