/* SPDX-License-Identifier: MIT */
/*
 * slab_workloads.c - the workloads, and their runs.
 */
#include "bench/slab_workloads.h"

#include <stdlib.h>

#define LONG_RUN 1e8	  /* ns */
#define LEAST_STEPS 4000u /* there are batches of 1000, and a ring of 2048 */

/* ---- the plan ---- */

static void draw_batches(uint32_t *steps, struct bench_random *random, enum slab_steps kind,
			 size_t nr_slots, size_t nr)
{
	size_t done, i;

	for (done = 0; done + nr_slots <= nr; done += nr_slots) {
		uint32_t *shuffled = bench_shuffle(random, nr_slots);

		for (i = 0; i < nr_slots; i++)
			steps[done + i] = kind == STEPS_FIFO   ? (uint32_t)i
					  : kind == STEPS_LIFO ? (uint32_t)(nr_slots - 1 - i)
							       : shuffled[i];
		free(shuffled);
	}
}

static uint32_t *draw_steps(struct bench_random *random, enum slab_steps kind, size_t nr_slots,
			    size_t nr)
{
	uint32_t *steps = bench_new_numbers(nr);
	size_t i;

	if (kind != STEPS_RANDOM)
		draw_batches(steps, random, kind, nr_slots, nr);
	else
		for (i = 0; i < nr; i++)
			steps[i] = bench_random_below(random, (uint32_t)nr_slots);
	return steps;
}

void slab_plan_make(struct slab_plan *plan, const struct slab_workload *workload, size_t live,
		    size_t nr_steps, unsigned int rounds)
{
	struct bench_random random = { 0x9e3779b97f4a7c15u };
	unsigned int i;

	*plan = (struct slab_plan){ .nr_slots = workload->slots,
				    .nr_steps = nr_steps,
				    .rounds = 1 };
	if (workload->is_live)
		plan->nr_slots = live / workload->threads;
	if (workload->steps == STEPS_RANDOM)
		plan->rounds = rounds;
	for (i = 0; i < workload->threads && workload->steps != STEPS_NONE; i++)
		plan->steps[i] = draw_steps(&random, workload->steps, plan->nr_slots,
					    nr_steps * plan->rounds);
}

void slab_plan_free(struct slab_plan *plan)
{
	unsigned int i;

	for (i = 0; i < BENCH_MAX_THREADS; i++)
		free(plan->steps[i]);
}

/* ---- the workloads ---- */

static struct slab_lane *lane_of(void *ctx, unsigned int cpu)
{
	return &((struct slab_run *)ctx)->lanes[cpu];
}

static void pairs(void *ctx, unsigned int cpu)
{
	((struct slab_run *)ctx)->subject->pairs(lane_of(ctx, cpu));
}

static void batches(void *ctx, unsigned int cpu)
{
	((struct slab_run *)ctx)->subject->batches(lane_of(ctx, cpu));
}

static void replace(void *ctx, unsigned int cpu)
{
	((struct slab_run *)ctx)->subject->replace(lane_of(ctx, cpu));
}

/* Thread 0 takes, thread 1 gives back. What they wait for each other is not counted. */
static void hand_over(void *ctx, unsigned int cpu)
{
	struct slab_run *run = ctx;
	struct slab_lane *lane = lane_of(ctx, cpu);
	size_t round, rounds = lane->nr_steps / SLAB_RING_BATCH;

	for (round = 0; round < rounds; round++) {
		unsigned int *flag = &run->flags[round % SLAB_RING];
		void **batch = run->slots + round % SLAB_RING * SLAB_RING_BATCH;

		crew_wait_until(flag, cpu);
		if (cpu == 0)
			run->subject->produce(lane, batch, SLAB_RING_BATCH);
		else
			run->subject->consume(lane, batch, SLAB_RING_BATCH);
		__atomic_store_n(flag, !cpu, __ATOMIC_RELEASE);
	}
}

static void run_pairs(struct slab_run *run)
{
	crew_run(pairs, run);
}

static void run_batches(struct slab_run *run)
{
	crew_run(batches, run);
}

/*
 * Not counted: since its last turn others had the caches. After as many steps as there are slots,
 * and again as many, what it uses is there, as far as there is room.
 */
static void return_to(void *ctx, unsigned int cpu)
{
	struct slab_run *run = ctx;
	struct slab_lane *lane = lane_of(ctx, cpu);
	size_t nr_steps = lane->nr_steps;

	lane->nr_steps = 2 * lane->nr_slots < nr_steps ? 2 * lane->nr_slots : nr_steps;
	run->subject->replace(lane);
	lane->nr_steps = nr_steps;
	lane->watch = (struct stopwatch){ .ns = 0 };
}

static void run_steady(struct slab_run *run)
{
	crew_run(return_to, run);
	crew_run(replace, run);
}

static void run_remote(struct slab_run *run)
{
	crew_run(hand_over, run);
}

/* Those of one thread first: some allocators cost less before there was a second one. */
const struct slab_workload slab_workloads[] = {
	{ .name = "pair", .threads = 1, .run = run_pairs },
	{ .name = "batch LIFO",
	  .threads = 1,
	  .steps = STEPS_LIFO,
	  .slots = SLAB_BATCH,
	  .run = run_batches },
	{ .name = "batch FIFO",
	  .threads = 1,
	  .steps = STEPS_FIFO,
	  .slots = SLAB_BATCH,
	  .run = run_batches },
	{ .name = "batch random",
	  .threads = 1,
	  .steps = STEPS_SHUFFLED,
	  .slots = SLAB_BATCH,
	  .run = run_batches },
	{ .name = "steady",
	  .threads = 1,
	  .steps = STEPS_RANDOM,
	  .is_live = true,
	  .run = run_steady },
	{ .name = "steady, 2 threads",
	  .threads = 2,
	  .steps = STEPS_RANDOM,
	  .is_live = true,
	  .run = run_steady },
	{ .name = "producer-consumer",
	  .threads = 2,
	  .is_shared = true,
	  .slots = (size_t)SLAB_RING * SLAB_RING_BATCH / 2,
	  .run = run_remote },
	{ .name = NULL },
};

/* ---- runs ---- */

static void fill_lane(void *ctx, unsigned int cpu)
{
	struct slab_lane *lane = lane_of(ctx, cpu);
	const struct slab_run *run = ctx;
	size_t i;

	for (i = 0; i < lane->nr_slots; i++) {
		lane->slots[i] = run->subject->alloc(lane->size);
		if (!lane->slots[i])
			slab_refused(lane->size);
		*(volatile char *)lane->slots[i] = 0;
	}
}

static void empty_lane(void *ctx, unsigned int cpu)
{
	struct slab_lane *lane = lane_of(ctx, cpu);
	const struct slab_run *run = ctx;
	size_t i;

	for (i = 0; i < lane->nr_slots; i++)
		run->subject->free(lane->slots[i]);
}

/* Of an operation: the mean of the threads; of a shared one, the sum of the halves. */
static double ns_of(const struct slab_run *run)
{
	unsigned int i, threads = run->workload->threads;
	double sum = 0;

	for (i = 0; i < threads; i++)
		sum += run->lanes[i].watch.ns / (double)run->lanes[i].watch.operations;
	return run->workload->is_shared ? sum : sum / threads;
}

/* Did a thread have to wait for its CPU? Then the other was alone for a while. */
static bool was_interrupted(const struct slab_run *run)
{
	unsigned int i;

	for (i = 0; i < run->workload->threads; i++)
		if (run->lanes[i].watch.wall_ns > 1.1 * run->lanes[i].watch.ns + 1e5)
			return true;
	return false;
}

void slab_run_once(struct slab_run *run, unsigned int index)
{
	const struct slab_plan *plan = run->plan;
	unsigned int i;

	for (i = 0; i < run->workload->threads; i++) {
		struct slab_lane *lane = &run->lanes[i];

		if (plan->steps[i])
			lane->steps = plan->steps[i] + index % plan->rounds * plan->nr_steps;
		lane->nr_steps = run->nr_steps;
		lane->watch = (struct stopwatch){ .ns = 0 };
	}
	run->workload->run(run);
	run->was_interrupted = was_interrupted(run);
	run->ns = ns_of(run);
}

/* Who is a hundred times as slow as others need not do as much. */
static void limit_steps(struct slab_run *run)
{
	double ns = run->ns * (double)run->nr_steps;

	if (ns > LONG_RUN)
		run->nr_steps = (size_t)((double)run->nr_steps * LONG_RUN / ns);
	if (run->nr_steps < LEAST_STEPS)
		run->nr_steps = LEAST_STEPS;
}

/* A short run first: those who give pages back to the host each time take minutes for a long one. */
static void find_steps(struct slab_run *run)
{
	size_t planned = run->nr_steps;

	run->nr_steps = LEAST_STEPS;
	slab_run_once(run, 0); /* touches its memory for the first time */
	slab_run_once(run, 0);
	run->nr_steps = planned;
	limit_steps(run);
}

void slab_run_prepare(struct slab_run *run, const struct slab_subject *subject,
		      const struct slab_workload *workload, const struct slab_plan *plan,
		      size_t size)
{
	unsigned int i;

	*run = (struct slab_run){
		.subject = subject, .workload = workload, .plan = plan, .nr_steps = plan->nr_steps
	};
	run->slots = calloc(plan->nr_slots * workload->threads + 1, sizeof(*run->slots));
	if (!run->slots)
		slab_refused(0);
	for (i = 0; i < workload->threads; i++)
		run->lanes[i] = (struct slab_lane){ .cpu = i,
						    .size = size,
						    .slots = run->slots + i * plan->nr_slots,
						    .nr_slots = plan->nr_slots };
	if (workload->is_live)
		crew_run(fill_lane, run);
	else
		find_steps(run);
}

void slab_run_finish(struct slab_run *run)
{
	if (run->workload->is_live)
		crew_run(empty_lane, run);
	free(run->slots);
}
