// SPDX-License-Identifier: GPL-2.0
/*
 * Reader of heap traces.
 */
#include <stdio.h>
#include <string.h>

#include "../field.h"
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
		if (field_is(&line, "name"))
			snprintf(head->name, sizeof(head->name), "%s", line);
		else if (field_is(&line, "profile"))
			snprintf(head->profile, sizeof(head->profile), "%s", line);
		else if ((field_is(&line, "allocs") &&
			  !field_number(&line, &head->allocs)) ||
			 (field_is(&line, "ops") &&
			  !field_number(&line, &head->ops)))
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
	if (!field_number(at, &n) || n > INT64_MAX)
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
	case 'M':
		return 3;
	case 'D':
	case 'W':
	case 'V':
		return 2;
	case 'X':
	case 'G':
	case 'Z':
	case 'F':
	case 'N':
	case 'K':
		return 1;
	case 'C':
		return 0;
	default:
		return -1;
	}
}

static bool take_fields(char **at, struct trace_op *op, int want)
{
	for (; want; want--) {
		if (!take_field(at, &op->field[op->count++]))
			return false;
	}
	return true;
}

/* What a finalizer does, by name, with the fields behind it. */
static bool take_action(char **at, struct trace_op *op)
{
	static const struct {
		const char *word;
		int fields;
	} actions[] = {
		[ACTION_COUNT] = { "count", 0 }, [ACTION_KEEP] = { "keep", 1 },
		[ACTION_NULL] = { "null", 1 },	 [ACTION_CLEAR] = { "clear", 0 },
		[ACTION_STORE] = { "store", 2 },
	};

	for (unsigned int i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (!field_is(at, actions[i].word))
			continue;
		op->action = (enum trace_action)i;
		return take_fields(at, op, actions[i].fields);
	}
	return false;
}

/* What is left of a line behind its fields. */
static bool take_rest(char **at, struct trace_op *op)
{
	switch (op->op) {
	case 'C':
		return true;
	case 'F':
		return take_action(at, op) && !**at;
	case 'G':
		op->has_result = field_is(at, "=");
		return (!op->has_result || take_field(at, &op->result)) && !**at;
	case 'W':
		op->callback = field_is(at, "cb");
		return !**at;
	default:
		return !**at;
	}
}

bool trace_parse(char *line, struct trace_op *op)
{
	int want;

	*op = (struct trace_op){ 0 };
	op->refused = field_is(&line, "!");
	op->op = *line;
	want = *line ? fields_of(*line++) : -1;
	if (want < 0 || *line++ != ' ')
		return false;
	op->text = line;
	return take_fields(&line, op, want) && take_rest(&line, op);
}
