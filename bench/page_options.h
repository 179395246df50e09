/* SPDX-License-Identifier: MIT */
/*
 * page_options.h - what page_bench is asked to do.
 */
#ifndef BENCH_PAGE_OPTIONS_H
#define BENCH_PAGE_OPTIONS_H

#include <stdbool.h>

#include "bench/page_subject.h"
#include "bench/turns.h"

#define MOST_SIZES 4u

struct page_size {
	uint64_t bytes;
	char text[16]; /* "1 GiB" */
};

struct page_options {
	struct page_size sizes[MOST_SIZES];
	unsigned int nr_sizes;
	unsigned int threads[BENCH_MAX_THREADS];
	unsigned int nr_threads;
	const struct page_subject *subjects[BENCH_MAX_SUBJECTS]; /* a peer's only if it is there */
	unsigned int nr_subjects;
	const char *workload; /* part of a row's name; NULL: all */
	unsigned int runs;
	size_t steps; /* of a run */
	size_t age;   /* operations; 0: no ageing */
	bool is_full, is_check;
};

/* From the command line and the environment; the program ends if there is something wrong. */
void page_options_read(struct page_options *options, int argc, char **argv);

#endif
