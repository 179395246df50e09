/* SPDX-License-Identifier: MIT */
/*
 * page_bench.c - page allocators side by side: quire, the floor below which none can be, the
 * textbook's buddy system, and peers that are not part of this project.
 *
 * How to read it. A row is one workload of one subject on a machine of that many frames: the
 * median of several runs in nanoseconds of CPU time of one operation, and the spread from the
 * fastest to the slowest run. With two threads it is still the time of one operation in the
 * thread that does it, so the same figure means: twice the work in the same time. The
 * subjects take turns, run by run; runs in which the CPUs were slower than they can be, or
 * others had them, are replaced, as far as half as many more do. Times are those of one
 * host: read the ratios at the end. "llfree:quire 2.00": LLFree takes twice as long;
 * "quire:floor 2.00": quire takes twice as long as the floor. The workloads:
 *
 *   pair                   a frame is taken and given back
 *   batch of 64            the same for 64 at once, by one call where there is one; a frame's share
 *   take all               every frame there is, one by one
 *   free in order, free at random, free at random, other
 *                          all of them back: as they were taken, shuffled, shuffled by the
 *                          thread that did not take them (with one thread: as before)
 *   steady 80%, 95%        that much is in use; one at random is given back and one taken
 *   mixed geometric, mixed uniform
 *                          a random slot is emptied or filled with a block of order 0 .. 9 (each
 *                          half as likely as the one below; all alike); half of memory is in use
 *   order 9 pair, take all, free all
 *                          the same with blocks of 512 frames
 *   remote free            a frame is taken by one thread and given back by the other, in batches
 *                          of up to 4096; both shares together, without the waiting
 *
 * Ratios between machines, of two threads to one and of large to small, compare times that were
 * not taken side by side: where the floor's own column is far from 1, the host was not quiet.
 *
 * Frames have no contents here: what is measured is the allocator and its own data. All
 * own data lie in large pages of the host, where it has some, as in a kernel.
 *
 * Ageing: after a long mixed load, how much of the free memory is in blocks of order 9 or more
 * (page_age.c).
 *
 * Peers are named by the environment:
 *   QUIRE_BENCH_LLFREE=FILE  a shared library of LLFree's C version
 *   QUIRE_BENCH_LINUX=FILE   figures of Linux's allocator, taken elsewhere: lines of workload, size
 *                            ("1 GiB"), threads and ns, with tabs between them
 *
 * --check measures nothing: every frame handed out by any subject in any workload must lie in
 * range, be aligned and not be held by somebody else, and in the end all must be free.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/page_age.h"
#include "bench/page_check.h"
#include "bench/page_options.h"
#include "bench/page_results.h"
#include "bench/page_workloads.h"
#include "bench/turns.h"

#define LARGE_MACHINE (4ull << 30) /* from here on only some workloads, unless --full */

static struct page_options options;

/* ---- the machines ---- */

/* Of one size, with some threads: the subjects that could be made, side by side. */
struct machine {
	size_t frames;
	const char *size;
	unsigned int threads;
	const struct page_subject *subjects[BENCH_MAX_SUBJECTS];
	unsigned int nr_subjects;
};

static void machine_make(struct machine *machine, const struct page_size *size,
			 unsigned int threads, const struct page_subject *const *subjects,
			 unsigned int nr)
{
	unsigned int i;

	*machine = (struct machine){ .frames = (size_t)(size->bytes / PAGE_BENCH_FRAME),
				     .size = size->text,
				     .threads = threads };
	for (i = 0; i < nr; i++)
		if (!subjects[i]->init(machine->frames, threads))
			machine->subjects[machine->nr_subjects++] = subjects[i];
	crew_start(threads);
}

static void machine_drop(struct machine *machine)
{
	unsigned int i;

	crew_stop();
	for (i = 0; i < machine->nr_subjects; i++)
		machine->subjects[i]->destroy();
}

/* ---- measuring ---- */

static struct bench_turns turns;

static struct bench_case case_of(const struct machine *machine, const char *workload,
				 const char *subject, unsigned int runs)
{
	return (struct bench_case){ .suite = "page",
				    .workload = workload,
				    .size = machine->size,
				    .threads = machine->threads,
				    .subject = subject,
				    .runs = runs };
}

static void report(const struct machine *machine, const char *row, const char *subject, double *ns)
{
	struct bench_case bench = case_of(machine, row, subject, options.runs);
	struct page_result result = { row, machine->size, machine->threads, subject, 0 };

	result.ns = bench_report(&bench, ns);
	results_add(&result);
}

static void report_linux(const struct machine *machine, const char *row)
{
	const struct page_result wanted = { row, machine->size, machine->threads, PAGE_LINUX, 0 };
	struct bench_case bench = case_of(machine, row, PAGE_LINUX, 1);
	double ns = results_find(&wanted);

	if (ns > 0)
		bench_report(&bench, &ns);
}

static void report_row(const struct machine *machine, const char *row, unsigned int number)
{
	unsigned int i;

	for (i = 0; i < machine->nr_subjects; i++) {
		double *ns = turns_samples(&turns, i, number);

		if (ns[0] >= 0)
			report(machine, row, machine->subjects[i]->name, ns);
	}
	report_linux(machine, row);
}

static bool run_once(void *ctx, unsigned int subject, unsigned int round, double *ns)
{
	struct page_run *run = (struct page_run *)ctx + subject;

	page_run_once(run, round);
	memcpy(ns, run->ns, sizeof(run->ns));
	return !run->was_interrupted;
}

static void measure_workload(const struct machine *machine, const struct page_workload *workload)
{
	static struct page_run runs[BENCH_MAX_SUBJECTS];
	struct page_plan plan;
	unsigned int i, row;
	size_t refused;

	page_plan_make(&plan, workload, machine->frames, machine->threads, options.steps,
		       turns_most_rounds(&turns));
	for (i = 0; i < machine->nr_subjects; i++)
		page_run_prepare(&runs[i], machine->subjects[i], workload, &plan, machine->threads);
	turns_run_all(&turns, machine->nr_subjects, run_once, runs);
	for (row = 0; row < PAGE_BENCH_ROWS && workload->rows[row] && !options.is_check; row++)
		report_row(machine, workload->rows[row], row);
	for (i = 0; i < machine->nr_subjects; i++) {
		refused = page_run_finish(&runs[i]);
		if (refused)
			printf("  %s: %zu allocations were refused\n", machine->subjects[i]->name,
			       refused);
	}
	page_plan_free(&plan);
}

static bool is_wanted(const struct page_workload *workload, uint64_t bytes)
{
	unsigned int row;

	if (bytes >= LARGE_MACHINE && !workload->is_large && !options.is_full)
		return false;
	for (row = 0; row < PAGE_BENCH_ROWS && workload->rows[row]; row++)
		if (!options.workload || strstr(workload->rows[row], options.workload))
			return true;
	return false;
}

static void measure_machine(const struct page_size *size, unsigned int threads)
{
	const struct page_workload *workload;
	struct machine machine;

	machine_make(&machine, size, threads, options.subjects, options.nr_subjects);
	for (workload = page_workloads; workload->rows[0]; workload++)
		if (is_wanted(workload, size->bytes))
			measure_workload(&machine, workload);
	machine_drop(&machine);
}

static void measure_all(void)
{
	unsigned int i, k;

	for (i = 0; i < options.nr_sizes; i++) {
		for (k = 0; k < options.nr_threads; k++) {
			if (options.sizes[i].bytes >= LARGE_MACHINE && k > 0 && !options.is_full)
				continue;
			if (options.threads[k] <= crew_max_threads())
				measure_machine(&options.sizes[i], options.threads[k]);
			else
				printf("%u threads: there are too few CPUs\n", options.threads[k]);
		}
	}
}

/* ---- ageing ---- */

static void print_age(const struct machine *machine, const char *subject,
		      const struct page_age *age)
{
	struct bench_case bench = case_of(machine, "ageing", subject, 1);

	printf("  %-10s %8.1f %9zu %8.1f%% %12.1f%% %12.1f%% %12.1f%%\n", subject, age->ns,
	       age->refused, 100 * age->free_share, 100 * age->usable_share,
	       100 * age->late_free_share, 100 * age->late_usable_share);
	fflush(stdout);
	bench_append(&bench, age->ns, "ns/operation");
	bench_append(&bench, 100 * age->usable_share, "% usable");
	bench_append(&bench, 100 * age->late_usable_share, "% usable, movable gone");
}

static void age_subject(const struct page_subject *subject)
{
	struct machine machine;
	struct page_age age;

	machine_make(&machine, &options.sizes[0], 1, &subject, 1);
	if (machine.nr_subjects) {
		page_age_run(subject, machine.frames, options.age, &age);
		if (!options.is_check)
			print_age(&machine, subject->name, &age);
	}
	machine_drop(&machine);
}

static void age_all(void)
{
	unsigned int i;

	printf("\nAgeing: %zu operations, %s\n  %-10s %8s %9s %9s %13s %13s %13s\n", options.age,
	       options.sizes[0].text, "subject", "ns", "refused", "free", "in order 9",
	       "free later", "in order 9");
	for (i = 0; i < options.nr_subjects; i++)
		if (options.subjects[i] != &page_floor)
			age_subject(options.subjects[i]);
	printf("(free: of all frames; in order 9: of those, in blocks of order 9 or more; later: "
	       "when\n"
	       "all movable memory was given back, and what cannot be moved stays)\n");
}

/* ---- checking ---- */

static bool check_machine(const struct page_subject *subject, unsigned int threads)
{
	const struct page_subject *checked = page_check_wrap(subject);
	const struct page_workload *workload;
	struct machine machine;

	machine_make(&machine, &options.sizes[0], threads, &checked, 1);
	if (!machine.nr_subjects) {
		machine_drop(&machine);
		return false;
	}
	for (workload = page_workloads; workload->rows[0]; workload++) {
		if (is_wanted(workload, 0)) {
			measure_workload(&machine, workload);
			page_check_all_free();
		}
	}
	if (options.age) {
		struct page_age age;

		page_age_run(checked, machine.frames, options.age, &age);
		page_check_all_free();
	}
	machine_drop(&machine);
	printf("%s, %s, %u thread%s: %zu blocks, %zu faults\n", subject->name, machine.size,
	       threads, threads == 1 ? "" : "s", page_check_blocks(), page_check_faults());
	fflush(stdout);
	return !page_check_faults() && page_check_blocks();
}

static bool check_all(void)
{
	unsigned int i, k;
	bool is_good = true;

	for (i = 0; i < options.nr_subjects; i++)
		for (k = 0; k < options.nr_threads; k++)
			is_good = check_machine(options.subjects[i], options.threads[k]) && is_good;
	return is_good;
}

int main(int argc, char **argv)
{
	page_options_read(&options, argc, argv);
	turns_make(&turns, PAGE_BENCH_ROWS, options.runs, options.is_check);
	if (options.is_check)
		return check_all() ? 0 : 1;
	measure_all();
	results_print_ratios();
	if (options.age)
		age_all();
	return 0;
}
