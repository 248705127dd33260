// SPDX-License-Identifier: GPL-2.0
/*
 * Results of heap graphs as text.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "graph_text.h"

/* Columns are as wide as their heading, or as the numbers need. */
#define LEAST_WIDTH	9

static int width(int k)
{
	int len = (int)strlen(oracle_total_name[k]);

	return len < LEAST_WIDTH ? LEAST_WIDTH : len;
}

static const char *verdict(bool match)
{
	return match ? "match" : "MISMATCH";
}

static void print_names(void)
{
	printf("  %-9s", "");
	for (int k = 0; k < ORACLE_TOTALS; k++)
		printf(" %*s", width(k), oracle_total_name[k]);
	putchar('\n');
}

static void print_totals(const char *what, const uint64_t *totals,
			 bool slotted_counts)
{
	printf("  %-9s", what);
	for (int k = 0; k < ORACLE_TOTALS; k++) {
		if (k == ORACLE_GC_SLOTTED && !slotted_counts)
			printf(" %*s", width(k), "-");
		else
			printf(" %*" PRIu64, width(k), totals[k]);
	}
	putchar('\n');
}

static void print_phases(const struct mhg *g, const struct oracle_scenario *s,
			 const struct scenario_result *r)
{
	for (size_t i = 0; i < r->phase_count; i++) {
		const struct scenario_phase *phase = &r->phases[i];

		printf("%s %s phase %zu:%s\n", g->name, s->name, i + 1,
		       phase->match ? "" : " differs");
		print_names();
		print_totals("got", phase->got, phase->slotted_counts);
		print_totals("expected", s->phases[i].expect,
			     phase->slotted_counts);
	}
}

void graph_text_scenario(const struct mhg *g, const struct oracle_scenario *s,
			 const struct scenario_result *r)
{
	print_phases(g, s, r);
	if (r->refcounts_wrong)
		printf("  objects with another reference count: %" PRIu64 "\n",
		       r->refcounts_wrong);
	if (r->deaths_wrong)
		printf("  objects that died at another time, or lived on: %" PRIu64 "\n",
		       r->deaths_wrong);
	printf("%s %s: %s (%" PRIu32 " objects", g->name, s->name,
	       verdict(r->match), g->objects);
	if (r->holds.known)
		printf(", at most %" PRIu64 " units of work under one hold of the lock",
		       r->holds.max_units);
	puts(")");
}

void graph_text_heading(void)
{
	printf("%-10s %8s %8s %8s %8s %8s %8s %9s %9s\n", "", "", "", "died by",
	       "", "found by", "", "most work", "holds of");
	printf("%-10s %8s %8s %8s %8s %8s %8s %9s %9s\n", "graph", "objects",
	       "refs", "count", "expected", "scanner", "expected", "in a hold",
	       "<= 66 us");
	fflush(stdout);
}

/* Work is the same on every machine.  Times say nothing where the CPU is emulated. */
static void print_holds(const struct holds *h)
{
	if (h->known)
		printf(" %9" PRIu64, h->max_units);
	else
		printf(" %9s", "-");
	if (h->known && h->count && !holds_emulated())
		printf(" %7.2f %%", 100.0 * (double)h->brief / (double)h->count);
	else
		printf(" %9s", "-");
}

void graph_text_row(const struct mhg *g, const struct sums *sums)
{
	printf("%-10s %8" PRIu32 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64
	       " %8" PRIu64 " %8" PRIu64, g->name, g->objects, g->refs,
	       sums->by_count, sums->expect_by_count, sums->by_scanner,
	       sums->expect_by_scanner);
	print_holds(&sums->holds);
	printf("  %s\n", verdict(sums->match));
}
