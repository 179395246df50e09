/* SPDX-License-Identifier: MIT */
/*
 * slab_results.h - what slab_bench has measured: tables, and how this library stands beside the
 * best of its peers.
 */
#ifndef BENCH_SLAB_RESULTS_H
#define BENCH_SLAB_RESULTS_H

#include "bench/slab_subject.h"
#include "bench/turns.h"

/* A row: a figure of each subject, in the order of the subjects; < 0: there is none. */
struct slab_row {
	const char *workload;
	size_t size;
	double value[BENCH_MAX_SUBJECTS]; /* less is better */
};

/* Must stay, as must the rows' names. */
void slab_results_begin(const struct slab_subject *const *subjects, unsigned int nr_subjects);
/* Begins a table, whose rows follow; `title` says what the figures are. */
void slab_results_table(const char *title);
/* Prints a row of it, and with is_kept keeps it for the means. */
void slab_results_row(const struct slab_row *row, bool is_kept);
/* Geometric means of all rows kept, and those rows where a peer is ahead. */
void slab_results_end(void);

#endif
