/* SPDX-License-Identifier: MIT */
/*
 * page_results.h - what page_bench has measured, and the ratios that are worth knowing.
 */
#ifndef BENCH_PAGE_RESULTS_H
#define BENCH_PAGE_RESULTS_H

#define PAGE_LINUX "linux" /* the subject whose figures come from a file */

/* The names are kept as they are: they must stay. Sizes read "1 GiB". */
struct page_result {
	const char *workload;
	const char *size;
	unsigned int threads;
	const char *subject;
	double ns; /* of an operation */
};

void results_add(const struct page_result *result);
/* The figure of that workload, size, threads and subject; < 0: none. */
double results_find(const struct page_result *wanted);

/*
 * Adds the figures of a file as those of PAGE_LINUX: lines of workload, size, threads and
 * ns, with tabs between them; lines that begin with # are not looked at. 0, or -1 with a
 * reason on stderr.
 */
int results_load(const char *path);

/* Between subjects, between one thread and two, between the smallest machine and the others. */
void results_print_ratios(void);

#endif
