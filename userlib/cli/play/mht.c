// SPDX-License-Identifier: GPL-2.0
/*
 * Reader of heap traces.
 */
#include <stdio.h>
#include <string.h>

#include "../field.h"
#include "mht.h"

/* Serial numbers fit 32 bits, and so do sums of two of them. */
#define MOST_ALLOCS	(1ULL << 31)

static bool *find_flag(struct mht_profile *profile, const char *word)
{
	const struct {
		const char *word;
		bool *flag;
	} flags[] = {
		{ "gen", &profile->gen }, { "sessions", &profile->sessions },
		{ "weak", &profile->weak }, { "final", &profile->final },
		{ "errors", &profile->errors },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strcmp(word, flags[i].word) == 0)
			return flags[i].flag;
	}
	return NULL;
}

/* Words that are too long to be kept are of no use in a message either. */
static void add_unknown(struct mht_profile *profile, const char *word)
{
	size_t len = strlen(profile->unknown);

	snprintf(profile->unknown + len, sizeof(profile->unknown) - len, "%s%s",
		 len ? " " : "", word);
}

static void read_profile(struct mht_profile *profile, char *words)
{
	while (*words) {
		const char *word = field_word(&words);
		bool *flag = find_flag(profile, word);

		if (flag)
			*flag = true;
		else if (strcmp(word, "core") != 0)
			add_unknown(profile, word);
	}
}

static bool head_number(struct lines *l, char *p, uint64_t *value)
{
	return field_number(&p, value) || lines_bad(l, "bad number");
}

static bool head_line(struct lines *l, struct mht_head *head, char *p,
		      bool *has_profile)
{
	if (field_is(&p, "name"))
		snprintf(head->name, sizeof(head->name), "%s", p);
	if (field_is(&p, "allocs"))
		return head_number(l, p, &head->allocs);
	if (field_is(&p, "ops"))
		return head_number(l, p, &head->ops);
	if (field_is(&p, "profile")) {
		*has_profile = true;
		read_profile(&head->profile, p);
	}
	return true;
}

bool mht_read_head(struct lines *l, struct mht_head *head)
{
	bool has_profile = false;
	char *line;

	*head = (struct mht_head){ 0 };
	while ((line = lines_next(l))) {
		if (strcmp(line, "ops:") == 0)
			break;
		if (!head_line(l, head, line, &has_profile))
			return false;
	}
	if (!line || !has_profile || head->allocs >= MOST_ALLOCS)
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
			*value = MHT_NULL;
			return true;
		}
	}
	if (!field_number(at, &n) || n > INT64_MAX)
		return false;
	*value = negative ? -(int64_t)n : (int64_t)n;
	return true;
}

/* How many fields a line with this letter has, or -1 if there is none. */
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

static bool take_fields(char **at, struct mht_op *op, int want)
{
	for (; want; want--) {
		if (!take_field(at, &op->field[op->count++]))
			return false;
	}
	return true;
}

/* The word for what a finalizer does, and the fields behind it. */
static bool take_action(char **at, struct mht_op *op)
{
	static const struct {
		const char *word;
		int fields;
	} actions[] = {
		[MHT_COUNT] = { "count", 0 }, [MHT_KEEP] = { "keep", 1 },
		[MHT_CUT] = { "null", 1 },	 [MHT_CLEAR] = { "clear", 0 },
		[MHT_STORE] = { "store", 2 },
	};

	for (unsigned int i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (!field_is(at, actions[i].word))
			continue;
		op->action = (enum mht_action)i;
		return take_fields(at, op, actions[i].fields);
	}
	return false;
}

/* What is left of a line behind its fields. */
static bool take_rest(char **at, struct mht_op *op)
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

bool mht_parse(char *line, struct mht_op *op)
{
	int want;

	*op = (struct mht_op){ 0 };
	op->refused = field_is(&line, "!");
	op->op = *line;
	want = *line ? fields_of(*line++) : -1;
	if (want < 0 || *line++ != ' ')
		return false;
	op->text = line;
	return take_fields(&line, op, want) && take_rest(&line, op);
}

uint32_t mht_argument(int64_t field)
{
	return field < 0 || field > UINT32_MAX ? UINT32_MAX : (uint32_t)field;
}
