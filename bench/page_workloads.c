/* SPDX-License-Identifier: MIT */
/*
 * page_workloads.c - the workloads.
 */
#include "bench/page_workloads.h"

#include <string.h>

#define BATCH 64u	   /* frames taken by one call */
#define REMOTE_BATCH 4096u /* handed over at once from thread to thread */
#define REMOTE_DEPTH 4u	   /* batches on their way */
#define LARGE_ORDER 9u

/* ---- the parts that workloads are made of ---- */

static void take(struct page_lane *lane, size_t slot, unsigned int order)
{
	page_handle page = lane->subject->alloc(lane->cpu, order);

	lane->slots[slot] = page;
	lane->orders[slot] = (uint8_t)order;
	lane->refused += !page;
}

/* Does nothing for an empty slot. */
static void give_back(struct page_lane *lane, size_t slot)
{
	if (!lane->slots[slot])
		return;
	lane->subject->free(lane->cpu, lane->slots[slot], lane->orders[slot]);
	lane->slots[slot] = 0;
}

/*
 * What a slot holds is asked for ahead of time where slots come at random: the caller's own
 * misses are not the allocator's. What the handle points at is left to the allocator.
 */
static void expect(const struct page_lane *lane, uint32_t slot)
{
	__builtin_prefetch(&lane->slots[slot], 1);
}

/* Fills the slots with single frames; measured by watch[row]. Ends at the first refusal. */
static void take_all(struct page_lane *lane, unsigned int row, unsigned int order)
{
	const struct page_subject *subject = lane->subject;
	struct stopwatch *watch = &lane->watch[row];
	size_t i;

	stopwatch_start(watch);
	for (i = 0; i < lane->nr_slots; i++) {
		lane->slots[i] = subject->alloc(lane->cpu, order);
		if (!lane->slots[i])
			break;
	}
	stopwatch_stop(watch);
	watch->operations += i;
	lane->refused += i < lane->nr_slots;
}

static void free_in_order(struct page_lane *lane, unsigned int row, unsigned int order)
{
	const struct page_subject *subject = lane->subject;
	struct stopwatch *watch = &lane->watch[row];
	size_t i;

	stopwatch_start(watch);
	for (i = 0; i < lane->nr_slots && lane->slots[i]; i++) {
		subject->free(lane->cpu, lane->slots[i], order);
		lane->slots[i] = 0;
	}
	stopwatch_stop(watch);
	watch->operations += i;
}

/* Frees what `from` holds, which may be another thread's. */
static void free_shuffled(struct page_lane *lane, struct page_lane *from, unsigned int row)
{
	const struct page_subject *subject = lane->subject;
	struct stopwatch *watch = &lane->watch[row];
	size_t i, freed = 0;

	stopwatch_start(watch);
	for (i = 0; i < from->nr_slots; i++) {
		page_handle *slot = &from->slots[from->shuffled[i]];

		expect(from, from->shuffled[i + BENCH_PLAN_AHEAD]);
		if (!*slot)
			continue;
		subject->free(lane->cpu, *slot, 0);
		*slot = 0;
		freed++;
	}
	stopwatch_stop(watch);
	watch->operations += freed;
}

/* ---- the workloads ---- */

static size_t no_slots(size_t frames)
{
	(void)frames;
	return 0;
}

static size_t slot_a_frame(size_t frames)
{
	return frames;
}

static void pairs(struct page_lane *lane, unsigned int order)
{
	const struct page_subject *subject = lane->subject;
	struct stopwatch *watch = &lane->watch[0];
	size_t i, nr = 2 * lane->nr_steps;

	stopwatch_start(watch);
	for (i = 0; i < nr; i++) {
		page_handle page = subject->alloc(lane->cpu, order);

		if (!page)
			break;
		subject->free(lane->cpu, page, order);
	}
	stopwatch_stop(watch);
	watch->operations += i;
	lane->refused += i < nr;
}

static void pairs_of_frames(void *ctx, unsigned int cpu)
{
	pairs(&((struct page_run *)ctx)->lanes[cpu], 0);
}

static void pairs_of_large(void *ctx, unsigned int cpu)
{
	pairs(&((struct page_run *)ctx)->lanes[cpu], LARGE_ORDER);
}

static void run_pairs(struct page_run *run)
{
	crew_run(pairs_of_frames, run);
}

static void run_large_pairs(struct page_run *run)
{
	crew_run(pairs_of_large, run);
}

/* Sixty-four at once, by one call where there is such a call; then each is freed. */
static size_t slots_of_batch(size_t frames)
{
	return frames < BATCH ? frames : BATCH;
}

static size_t take_batch(struct page_lane *lane)
{
	size_t got = 0;

	if (lane->subject->alloc_bulk)
		return lane->subject->alloc_bulk(lane->cpu, lane->nr_slots, lane->slots);
	while (got < lane->nr_slots && (lane->slots[got] = lane->subject->alloc(lane->cpu, 0)))
		got++;
	return got;
}

static void batches(void *ctx, unsigned int cpu)
{
	struct page_lane *lane = &((struct page_run *)ctx)->lanes[cpu];
	struct stopwatch *watch = &lane->watch[0];
	size_t rounds = 2 * lane->nr_steps / lane->nr_slots;

	stopwatch_start(watch);
	while (rounds-- > 0) {
		size_t i, got = take_batch(lane);

		for (i = 0; i < got; i++)
			lane->subject->free(lane->cpu, lane->slots[i], 0);
		watch->operations += got;
		lane->refused += got < lane->nr_slots;
	}
	stopwatch_stop(watch);
	memset(lane->slots, 0, lane->nr_slots * sizeof(*lane->slots)); /* nothing is held */
}

static void run_batches(struct page_run *run)
{
	crew_run(batches, run);
}

/* Everything is taken, and given back: as it was taken, at random, at random by another thread. */
enum { BULK_TAKE, BULK_IN_ORDER, BULK_SHUFFLED, BULK_EXCHANGED };

static void bulk_take(void *ctx, unsigned int cpu)
{
	take_all(&((struct page_run *)ctx)->lanes[cpu], BULK_TAKE, 0);
}

/* As bulk_take, but without a place in the table. */
static void bulk_take_again(void *ctx, unsigned int cpu)
{
	struct page_lane *lane = &((struct page_run *)ctx)->lanes[cpu];
	struct stopwatch before = lane->watch[BULK_TAKE];

	take_all(lane, BULK_TAKE, 0);
	lane->watch[BULK_TAKE] = before;
}

static void bulk_in_order(void *ctx, unsigned int cpu)
{
	free_in_order(&((struct page_run *)ctx)->lanes[cpu], BULK_IN_ORDER, 0);
}

static void bulk_shuffled(void *ctx, unsigned int cpu)
{
	struct page_lane *lane = &((struct page_run *)ctx)->lanes[cpu];

	free_shuffled(lane, lane, BULK_SHUFFLED);
}

static void bulk_exchanged(void *ctx, unsigned int cpu)
{
	struct page_run *run = ctx;

	free_shuffled(&run->lanes[cpu], &run->lanes[(cpu + 1) % run->threads], BULK_EXCHANGED);
}

static void run_bulk(struct page_run *run)
{
	crew_run(bulk_take, run);
	crew_run(bulk_in_order, run);
	crew_run(bulk_take_again, run);
	crew_run(bulk_shuffled, run);
	crew_run(bulk_take_again, run);
	crew_run(bulk_exchanged, run);
}

/*
 * Steady state. All frames are taken and random ones given back, until as many are left as
 * shall be: holes everywhere, as after a long time. What is left moves up.
 */
static void fill_steady(struct page_lane *lane)
{
	size_t i, used = 0, kept = lane->nr_slots * lane->workload->percent / 100;

	for (i = 0; i < lane->nr_slots; i++)
		take(lane, i, 0);
	for (i = kept; i < lane->nr_slots; i++)
		give_back(lane, lane->shuffled[i]);
	for (i = 0; i < lane->nr_slots; i++) {
		page_handle page = lane->slots[i];

		lane->slots[i] = 0;
		if (page)
			lane->slots[used++] = page;
	}
}

static void replace(void *ctx, unsigned int cpu)
{
	struct page_lane *lane = &((struct page_run *)ctx)->lanes[cpu];
	const struct page_subject *subject = lane->subject;
	struct stopwatch *watch = &lane->watch[0];
	size_t i;

	stopwatch_start(watch);
	for (i = 0; i < lane->nr_steps; i++) {
		page_handle *slot = &lane->slots[step_slot(lane->steps[i])];

		expect(lane, step_slot(lane->steps[i + BENCH_PLAN_AHEAD]));
		if (*slot)
			subject->free(lane->cpu, *slot, 0);
		*slot = subject->alloc(lane->cpu, 0);
		lane->refused += !*slot;
	}
	stopwatch_stop(watch);
	watch->operations += lane->nr_steps;
}

static void run_steady(struct page_run *run)
{
	crew_run(replace, run);
}

/* Mixed orders: so many slots that with half of them held, half of the memory is in use. */
static size_t slots_geometric(size_t frames)
{
	return frames * 2 / 11; /* a block has 5.5 frames on average */
}

static size_t slots_uniform(size_t frames)
{
	return frames * 10 / 1023;
}

static void toggle(struct page_lane *lane, uint32_t slot, unsigned int order)
{
	if (lane->slots[slot])
		give_back(lane, slot);
	else
		take(lane, slot, order);
}

static void fill_mixed(struct page_lane *lane)
{
	struct bench_random random = { 1 + lane->cpu };
	enum page_mix mix = lane->workload->mix;
	size_t i;

	for (i = 0; i < lane->nr_slots; i += 2)
		take(lane, i, page_random_order(&random, mix));
	for (i = 0; i < 2 * lane->nr_slots; i++)
		toggle(lane, bench_random_below(&random, (uint32_t)lane->nr_slots),
		       page_random_order(&random, mix));
}

static void mix(void *ctx, unsigned int cpu)
{
	struct page_lane *lane = &((struct page_run *)ctx)->lanes[cpu];
	struct stopwatch *watch = &lane->watch[0];
	size_t i;

	stopwatch_start(watch);
	for (i = 0; i < lane->nr_steps; i++) {
		uint32_t ahead = step_slot(lane->steps[i + BENCH_PLAN_AHEAD]);

		expect(lane, ahead);
		__builtin_prefetch(&lane->orders[ahead], 1);
		toggle(lane, step_slot(lane->steps[i]), step_order(lane->steps[i]));
	}
	stopwatch_stop(watch);
	watch->operations += lane->nr_steps;
}

static void run_mixed(struct page_run *run)
{
	crew_run(mix, run);
}

/* Everything as blocks of order 9. */
static size_t slots_of_large(size_t frames)
{
	return frames >> LARGE_ORDER;
}

/* On a small machine several times, so that there is enough to measure. */
static void large_rounds(void *ctx, unsigned int cpu)
{
	struct page_lane *lane = &((struct page_run *)ctx)->lanes[cpu];
	size_t done = 0;

	do {
		take_all(lane, 0, LARGE_ORDER);
		free_in_order(lane, 1, LARGE_ORDER);
		done += 8 * lane->nr_slots;
	} while (done < lane->nr_steps);
}

static void run_large(struct page_run *run)
{
	crew_run(large_rounds, run);
}

/*
 * One thread takes, the other gives back: batches go through a ring of arrays. The two change
 * places with each run. With one thread it does both.
 */
static size_t remote_batch(size_t frames)
{
	return frames / 16 < REMOTE_BATCH ? frames / 16 : REMOTE_BATCH;
}

static size_t slots_of_ring(size_t frames)
{
	return REMOTE_DEPTH * remote_batch(frames);
}

static void produce(struct page_lane *lane, page_handle *batch, size_t nr)
{
	struct stopwatch *watch = &lane->watch[0];
	size_t i;

	stopwatch_start(watch);
	for (i = 0; i < nr; i++)
		batch[i] = lane->subject->alloc(lane->cpu, 0);
	stopwatch_stop(watch);
	watch->operations += nr;
	for (i = 0; i < nr; i++)
		lane->refused += !batch[i];
}

static void consume(struct page_lane *lane, page_handle *batch, size_t nr)
{
	struct stopwatch *watch = &lane->watch[0];
	size_t i;

	stopwatch_start(watch);
	for (i = 0; i < nr; i++)
		if (batch[i])
			lane->subject->free(lane->cpu, batch[i], 0);
	stopwatch_stop(watch);
	watch->operations += nr;
	for (i = 0; i < nr; i++)
		batch[i] = 0;
}

static void hand_over(void *ctx, unsigned int cpu)
{
	struct page_run *run = ctx;
	struct page_lane *lane = &run->lanes[cpu];
	unsigned int producer = run->index % run->threads, round;
	size_t nr = lane->nr_slots / REMOTE_DEPTH;

	/* So few that what the consumer keeps for itself never makes the producer run dry. */
	for (round = 0; round < 2 * REMOTE_DEPTH; round++) {
		unsigned int *flag = &run->flags[round % REMOTE_DEPTH];
		page_handle *batch = run->lanes[0].slots + round % REMOTE_DEPTH * nr;

		if (cpu == producer) {
			crew_wait_until(flag, 0);
			produce(lane, batch, nr);
			__atomic_store_n(flag, 1, __ATOMIC_RELEASE);
		}
		if (run->threads == 1 || cpu != producer) {
			crew_wait_until(flag, 1);
			consume(lane, batch, nr);
			__atomic_store_n(flag, 0, __ATOMIC_RELEASE);
		}
	}
}

static void run_remote(struct page_run *run)
{
	crew_run(hand_over, run);
}

const struct page_workload page_workloads[] = {
	{ .rows = { "pair" }, .is_large = true, .slots = no_slots, .run = run_pairs },
	{ .rows = { "batch of 64" }, .slots = slots_of_batch, .run = run_batches },
	{ .rows = { "take all", "free in order", "free at random", "free at random, other" },
	  .is_shuffled = true,
	  .slots = slot_a_frame,
	  .run = run_bulk },
	{ .rows = { "steady 80%" },
	  .is_large = true,
	  .is_random = true,
	  .is_shuffled = true,
	  .percent = 80,
	  .slots = slot_a_frame,
	  .prepare = fill_steady,
	  .run = run_steady },
	{ .rows = { "steady 95%" },
	  .is_random = true,
	  .is_shuffled = true,
	  .percent = 95,
	  .slots = slot_a_frame,
	  .prepare = fill_steady,
	  .run = run_steady },
	{ .rows = { "mixed geometric" },
	  .is_large = true,
	  .is_random = true,
	  .mix = MIX_GEOMETRIC,
	  .slots = slots_geometric,
	  .prepare = fill_mixed,
	  .run = run_mixed },
	{ .rows = { "mixed uniform" },
	  .is_large = true,
	  .is_random = true,
	  .mix = MIX_UNIFORM,
	  .slots = slots_uniform,
	  .prepare = fill_mixed,
	  .run = run_mixed },
	{ .rows = { "order 9 pair" }, .is_large = true, .slots = no_slots, .run = run_large_pairs },
	{ .rows = { "order 9 take all", "order 9 free all" },
	  .is_large = true,
	  .slots = slots_of_large,
	  .run = run_large },
	{ .rows = { "remote free" }, .is_shared = true, .slots = slots_of_ring, .run = run_remote },
	{ .rows = { NULL } },
};
