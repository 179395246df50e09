/* SPDX-License-Identifier: MIT */
/*
 * slab_bench.c - allocators of objects side by side: this library's kmem_cache and kmalloc, the
 * floor below which none can be, and what a program would use instead.
 *
 * How to read it. A row is one workload of objects of one size: for each subject the median of
 * several runs in nanoseconds of CPU time of one operation, which is half of an allocation and its
 * free, with what the workload does to the object. With two threads it is still the time of one
 * operation in the thread that does it. The subjects take turns, run by run (turns.h). Times are
 * those of one host: read the ratios. "best peer : kmalloc 1.20": the fastest of the peers in this
 * row takes 1.2 times as long as kmalloc. The workloads:
 *
 *   pair                   an object is taken, its first word written, and given back
 *   batch LIFO, FIFO, random
 *                          1000 are taken, the first word of each written, and given back: the last
 *                          one first, as they were taken, shuffled
 *   steady                 100,000 are held (--live); one at random is given back, one taken
 *                          and its first cache line written
 *   steady, 2 threads      the same with two threads at once, each with half of them
 *   producer-consumer      one thread takes objects and writes their first line, the other reads
 *                          the first word and gives them back; 512 at once go through a ring of
 *                          four arrays. Both shares together, without the waiting
 *
 * memory: bytes of memory for each byte in use in the steady state, after each object was
 * replaced some ten times (slab_memory.c).
 *
 * The RAM of this library's machine lies in large pages of the host, as a kernel's direct map does,
 * and so do the floor's objects; peers get what the host gives them. --small-pages takes the large
 * ones away; GLIBC_TUNABLES=glibc.malloc.hugetlb=1 and MALLOC_CONF=thp:always give them to glibc and
 * jemalloc. Before anything is measured, what every subject hands out is checked; --check does
 * nothing else.
 *
 * Peers are Debian's libjemalloc-dev, libgoogle-perftools-dev and libmimalloc-dev
 * (`tools/install-deps bench` installs them); mk/peers.mk says how others are named. A peer that is
 * not there is told, and the others are measured.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/slab_child.h"
#include "bench/slab_options.h"
#include "bench/slab_results.h"
#include "bench/slab_workloads.h"
#include "bench/turns.h"

static struct slab_options options;
static struct bench_turns turns;

/* ---- rows ---- */

static void append(const struct slab_row *row, unsigned int threads, unsigned int subject,
		   const char *unit)
{
	struct bench_case bench = { .suite = "slab",
				    .workload = row->workload,
				    .threads = threads,
				    .subject = options.subjects[subject]->name };
	char size[16];

	snprintf(size, sizeof(size), "%zu", row->size);
	bench.size = size;
	if (row->value[subject] >= 0)
		bench_append(&bench, row->value[subject], unit);
}

/* ---- times ---- */

static void enter(void *ctx, unsigned int cpu)
{
	(void)ctx;
	bench_cpu = cpu;
}

static bool run_once(void *ctx, unsigned int subject, unsigned int round, double *ns)
{
	struct slab_run *run = (struct slab_run *)ctx + subject;

	slab_run_once(run, round);
	*ns = run->ns / 2;
	return !run->was_interrupted;
}

static void measure_size(const struct slab_workload *workload, const struct slab_plan *plan,
			 size_t size)
{
	static struct slab_run runs[BENCH_MAX_SUBJECTS];
	size_t objects = plan->nr_slots * workload->threads + SLAB_MOST_OTHERS;
	struct slab_row row = { .workload = workload->name, .size = size };
	unsigned int i;

	for (i = 0; i < options.nr_subjects; i++)
		if (options.subjects[i]->init &&
		    options.subjects[i]->init(size, objects, workload->threads))
			exit(1);
	crew_run(enter, NULL);
	for (i = 0; i < options.nr_subjects; i++)
		slab_run_prepare(&runs[i], options.subjects[i], workload, plan, size);
	turns_run_all(&turns, options.nr_subjects, run_once, runs);
	for (i = 0; i < options.nr_subjects; i++) {
		slab_run_finish(&runs[i]);
		row.value[i] = bench_median(turns_samples(&turns, i, 0), options.runs);
		append(&row, workload->threads, i, "ns/operation");
	}
	slab_results_row(&row, true);
	for (i = 0; i < options.nr_subjects; i++)
		if (options.subjects[i]->destroy)
			options.subjects[i]->destroy();
}

static void measure_workload(const struct slab_workload *workload)
{
	struct slab_plan plan;
	char title[80];
	unsigned int i;

	if (workload->threads > crew_max_threads()) {
		printf("\n%s: there are too few CPUs\n", workload->name);
		return;
	}
	snprintf(title, sizeof(title), "%s: ns an operation", workload->name);
	slab_results_table(title);
	slab_plan_make(&plan, workload, options.live, options.steps, turns_most_rounds(&turns));
	crew_start(workload->threads);
	for (i = 0; i < options.nr_sizes; i++)
		measure_size(workload, &plan, options.sizes[i]);
	crew_stop();
	slab_plan_free(&plan);
}

static bool is_wanted(const char *workload)
{
	return !options.workload || strstr(workload, options.workload);
}

/* ---- memory ---- */

static void measure_memory(void)
{
	unsigned int i, k;

	slab_results_table("memory: bytes taken for each byte in use");
	for (k = 0; k < options.nr_sizes; k++) {
		struct slab_row row = { .workload = "memory", .size = options.sizes[k] };

		for (i = 0; i < options.nr_subjects; i++) {
			row.value[i] = -1;
			if (options.subjects[i]->is_own || options.subjects[i]->is_peer)
				row.value[i] = slab_memory(options.subjects[i], options.sizes[k],
							   options.live);
			append(&row, 1, i, "bytes/byte");
		}
		slab_results_row(&row, false);
	}
}

/* ---- checking ---- */

static bool check_one(const struct slab_subject *subject, size_t size)
{
	double faults = slab_check_faults(subject, size);

	if (options.is_check)
		printf("%s, %zu: %.0f faults\n", subject->name, size, faults);
	else if (faults)
		fprintf(stderr, "slab_bench: %s: is not sound\n", subject->name);
	return faults == 0;
}

static bool check_all(void)
{
	bool is_good = true;
	unsigned int i, k;

	for (i = 0; i < options.nr_subjects; i++)
		for (k = 0; k < options.nr_sizes; k++)
			is_good = check_one(options.subjects[i], options.sizes[k]) && is_good;
	return is_good;
}

int main(int argc, char **argv)
{
	const struct slab_workload *workload;

	slab_options_read(&options, argc, argv);
	if (!check_all())
		return 1;
	if (options.is_check)
		return 0;
	turns_make(&turns, 1, options.runs, false);
	slab_results_begin(options.subjects, options.nr_subjects);
	if (is_wanted("memory"))
		measure_memory();
	for (workload = slab_workloads; workload->name; workload++)
		if (is_wanted(workload->name))
			measure_workload(workload);
	slab_results_end();
	return 0;
}
