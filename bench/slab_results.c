/* SPDX-License-Identifier: MIT */
/*
 * slab_results.c - the tables, and what follows from them.
 */
#include "bench/slab_results.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
	const struct slab_subject *const *subjects;
	unsigned int nr_subjects;
	struct slab_row *rows;
	size_t nr_rows;
} its;

void slab_results_begin(const struct slab_subject *const *subjects, unsigned int nr_subjects)
{
	its.subjects = subjects;
	its.nr_subjects = nr_subjects;
}

/* The peer with the least; -1: none was measured. */
static int best_peer(const struct slab_row *row)
{
	unsigned int i;
	int best = -1;

	for (i = 0; i < its.nr_subjects; i++)
		if (its.subjects[i]->is_peer && row->value[i] > 0 &&
		    (best < 0 || row->value[i] < row->value[best]))
			best = (int)i;
	return best;
}

void slab_results_table(const char *title)
{
	unsigned int i;

	printf("\n%s\n  %6s", title, "size");
	for (i = 0; i < its.nr_subjects; i++)
		printf(" %10s", its.subjects[i]->name);
	printf("   %-9s", "best peer");
	for (i = 0; i < its.nr_subjects; i++)
		if (its.subjects[i]->is_own)
			printf("  : %-10s", its.subjects[i]->name);
	printf("\n");
}

static void keep(const struct slab_row *row)
{
	its.rows = realloc(its.rows, (its.nr_rows + 1) * sizeof(*its.rows));
	if (!its.rows)
		slab_refused(0);
	its.rows[its.nr_rows++] = *row;
}

void slab_results_row(const struct slab_row *row, bool is_kept)
{
	int best = best_peer(row);
	unsigned int i;

	printf("  %6zu", row->size);
	for (i = 0; i < its.nr_subjects; i++)
		if (row->value[i] >= 0)
			printf(" %10.2f", row->value[i]);
		else
			printf(" %10s", "-");
	printf("   %-9s", best < 0 ? "-" : its.subjects[best]->name);
	for (i = 0; i < its.nr_subjects && best >= 0; i++)
		if (its.subjects[i]->is_own && row->value[i] > 0)
			printf("    %-10.2f", row->value[best] / row->value[i]);
	printf("\n");
	fflush(stdout);
	if (is_kept)
		keep(row);
}

/* Of subject a to subject b, or with a < 0 of the best peer; < 0: never were both measured. */
static double mean_ratio(int a, unsigned int b)
{
	unsigned int nr = 0;
	double logs = 0;
	size_t i;

	for (i = 0; i < its.nr_rows; i++) {
		const struct slab_row *row = &its.rows[i];
		int above = a < 0 ? best_peer(row) : a;

		if (above < 0 || row->value[above] <= 0 || row->value[b] <= 0)
			continue;
		logs += log(row->value[above] / row->value[b]);
		nr++;
	}
	return nr ? exp(logs / nr) : -1;
}

static void print_means(unsigned int own)
{
	double mean = mean_ratio(-1, own);
	unsigned int i;

	if (mean > 0)
		printf("  best peer:%-10s %6.2f\n", its.subjects[own]->name, mean);
	for (i = 0; i < its.nr_subjects; i++)
		if (i != own && !its.subjects[i]->is_own && (mean = mean_ratio((int)i, own)) > 0)
			printf("  %9s:%-10s %6.2f\n", its.subjects[i]->name,
			       its.subjects[own]->name, mean);
}

static void print_behind(unsigned int own)
{
	unsigned int behind = 0;
	size_t i;

	for (i = 0; i < its.nr_rows; i++) {
		const struct slab_row *row = &its.rows[i];
		int best = best_peer(row);

		if (best < 0 || row->value[own] <= row->value[best])
			continue;
		printf("  %-10s %-18s %5zu: %8.2f, %s %.2f: %.2f\n", its.subjects[own]->name,
		       row->workload, row->size, row->value[own], its.subjects[best]->name,
		       row->value[best], row->value[best] / row->value[own]);
		behind++;
	}
	printf("  %s is behind in %u of %zu rows\n", its.subjects[own]->name, behind, its.nr_rows);
}

void slab_results_end(void)
{
	unsigned int i;

	printf("\nGeometric means of all rows of time\n");
	for (i = 0; i < its.nr_subjects; i++)
		if (its.subjects[i]->is_own)
			print_means(i);
	printf("\nRows where a peer is ahead\n");
	for (i = 0; i < its.nr_subjects; i++)
		if (its.subjects[i]->is_own)
			print_behind(i);
}
