/* SPDX-License-Identifier: MIT */
/*
 * slab_options.h - what slab_bench is asked to do.
 */
#ifndef BENCH_SLAB_OPTIONS_H
#define BENCH_SLAB_OPTIONS_H

#include <stdbool.h>

#include "bench/slab_subject.h"
#include "bench/turns.h"

#define SLAB_MOST_SIZES 16u

struct slab_options {
	size_t sizes[SLAB_MOST_SIZES];
	unsigned int nr_sizes;
	const struct slab_subject *subjects[BENCH_MAX_SUBJECTS]; /* peers only if they are there */
	unsigned int nr_subjects;
	const char *workload; /* part of a name; NULL: all */
	const char *engine;
	unsigned int nodes;
	unsigned int runs;
	size_t steps; /* of a run */
	size_t live;  /* objects in steady state */
	bool is_check;
	bool has_small_pages;
};

/* From the command line; the program ends if there is something wrong. */
void slab_options_read(struct slab_options *options, int argc, char **argv);

#endif
