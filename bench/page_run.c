/* SPDX-License-Identifier: MIT */
/*
 * page_run.c - a workload of one subject, from its preparation to its end.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench/page_workloads.h"

static void enter(void *ctx, unsigned int cpu)
{
	struct page_run *run = ctx;

	if (run->subject->enter)
		run->subject->enter(cpu);
}

static void prepare_lane(void *ctx, unsigned int cpu)
{
	struct page_run *run = ctx;

	enter(ctx, cpu);
	if (run->workload->prepare)
		run->workload->prepare(&run->lanes[cpu]);
}

static void *map_or_exit(uint64_t bytes)
{
	void *got = bench_map(bytes);

	if (!got) {
		fprintf(stderr, "page_bench: out of memory\n");
		exit(1);
	}
	return got;
}

void page_run_prepare(struct page_run *run, const struct page_subject *subject,
		      const struct page_workload *workload, const struct page_plan *plan,
		      unsigned int threads)
{
	unsigned int i;
	page_handle *slots;
	uint8_t *orders;

	*run = (struct page_run){
		.subject = subject, .workload = workload, .plan = plan, .threads = threads
	};
	run->slot_bytes = (uint64_t)plan->nr_slots * threads * sizeof(*slots) + 1;
	run->order_bytes = (uint64_t)plan->nr_slots * threads + 1;
	slots = map_or_exit(run->slot_bytes);
	orders = map_or_exit(run->order_bytes);
	for (i = 0; i < threads; i++)
		run->lanes[i] = (struct page_lane){
			.subject = subject,
			.workload = workload,
			.run = run,
			.cpu = i,
			.slots = slots + i * plan->nr_slots,
			.orders = orders + i * plan->nr_slots,
			.nr_slots = plan->nr_slots,
			.nr_steps = plan->nr_steps,
			.shuffled = plan->shuffled[i],
		};
	crew_run(prepare_lane, run);
}

/* An operation of a row: the mean of the threads; of a shared one, the sum of the halves. */
static double ns_of_row(const struct page_run *run, unsigned int row)
{
	unsigned int i, nr = 0;
	double sum = 0;

	for (i = 0; i < run->threads; i++) {
		const struct stopwatch *watch = &run->lanes[i].watch[row];

		if (!watch->operations)
			continue;
		sum += watch->ns / (double)watch->operations;
		nr++;
	}
	if (!nr)
		return -1;
	if (run->workload->is_shared)
		return run->threads == 1 ? 2 * sum : sum;
	return sum / nr;
}

/*
 * Did one of the threads have to wait for its CPU? Then the other was alone for a while, and
 * found no lock taken.
 */
static bool was_interrupted(const struct page_run *run)
{
	unsigned int i, row;

	for (i = 0; i < run->threads; i++) {
		double ns = 0, wall_ns = 0;

		for (row = 0; row < PAGE_BENCH_ROWS; row++) {
			ns += run->lanes[i].watch[row].ns;
			wall_ns += run->lanes[i].watch[row].wall_ns;
		}
		if (wall_ns > 1.1 * ns + 1e5)
			return true;
	}
	return false;
}

void page_run_once(struct page_run *run, unsigned int index)
{
	unsigned int i, row;

	run->index = index;
	crew_run(enter, run);
	for (i = 0; i < run->threads; i++) {
		struct page_lane *lane = &run->lanes[i];

		lane->steps = run->plan->steps[i];
		if (run->workload->is_random)
			lane->steps += index * run->plan->nr_steps;
		for (row = 0; row < PAGE_BENCH_ROWS; row++)
			lane->watch[row] = (struct stopwatch){ .ns = 0 };
	}
	run->workload->run(run);
	run->was_interrupted = was_interrupted(run);
	for (row = 0; row < PAGE_BENCH_ROWS; row++)
		run->ns[row] = ns_of_row(run, row);
}

static void empty_lane(void *ctx, unsigned int cpu)
{
	struct page_lane *lane = &((struct page_run *)ctx)->lanes[cpu];
	size_t i;

	for (i = 0; i < lane->nr_slots; i++)
		if (lane->slots[i])
			lane->subject->free(cpu, lane->slots[i], lane->orders[i]);
}

size_t page_run_finish(struct page_run *run)
{
	size_t refused = 0;
	unsigned int i;

	crew_run(empty_lane, run);
	for (i = 0; i < run->threads; i++)
		refused += run->lanes[i].refused;
	bench_unmap(run->lanes[0].slots, run->slot_bytes);
	bench_unmap(run->lanes[0].orders, run->order_bytes);
	return refused;
}
