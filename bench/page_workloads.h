/* SPDX-License-Identifier: MIT */
/*
 * page_workloads.h - what page_bench lets each allocator do.
 *
 * A workload is prepared once for each subject, then run several times, the subjects in turn,
 * then finished: every block is given back. What is random is drawn beforehand from a fixed
 * seed, into a plan that all subjects follow. Each thread has a lane: a share of the blocks.
 */
#ifndef BENCH_PAGE_WORKLOADS_H
#define BENCH_PAGE_WORKLOADS_H

#include <stdbool.h>

#include "bench/crew.h"
#include "bench/page_subject.h"
#include "bench/random.h"

#define PAGE_BENCH_ROWS 4u /* of one workload, at most */

/* How the orders of a plan's steps are drawn. */
enum page_mix {
	MIX_ORDER_0,
	MIX_GEOMETRIC, /* each order half as often as the one below */
	MIX_UNIFORM,
};

struct page_lane;
struct page_run;

struct page_workload {
	const char *rows[PAGE_BENCH_ROWS]; /* the names of what is measured */
	bool is_large;			   /* worth while on the large machines too */
	bool is_random;			   /* follows steps */
	bool is_shuffled;		   /* needs its slots in random order */
	bool is_shared;			   /* an operation is half one thread's, half the other's */
	enum page_mix mix;
	unsigned int percent;			 /* steady state: how full */
	size_t (*slots)(size_t frames);		 /* for a lane with that share of the frames */
	void (*prepare)(struct page_lane *lane); /* NULL: nothing */
	void (*run)(struct page_run *run);
};
extern const struct page_workload page_workloads[]; /* ends with one without rows */

/* A step of a thread: a slot, and an order for what is allocated there. */
static inline uint32_t step_slot(uint32_t step)
{
	return step >> 4;
}
static inline unsigned int step_order(uint32_t step)
{
	return step & 15;
}

/* The random part of a workload, for machines of one size and a number of threads. */
struct page_plan {
	size_t nr_slots; /* of each lane */
	size_t nr_steps; /* of each lane in each run */
	size_t runs;
	uint32_t *shuffled[BENCH_MAX_THREADS]; /* the slots in random order, if needed */
	uint32_t *steps[BENCH_MAX_THREADS];    /* of one run after the other */
};
/* What was drawn, or the program ends. */
void page_plan_make(struct page_plan *plan, const struct page_workload *workload, size_t frames,
		    unsigned int threads, size_t nr_steps, unsigned int runs);
void page_plan_free(struct page_plan *plan);

/* The share of one thread. */
struct page_lane {
	const struct page_subject *subject;
	const struct page_workload *workload;
	struct page_run *run;
	unsigned int cpu;
	page_handle *slots; /* 0: nothing is held */
	uint8_t *orders;    /* of what is held */
	size_t nr_slots, nr_steps;
	const uint32_t *shuffled;
	const uint32_t *steps; /* of this run */
	size_t refused;	       /* allocations that failed */
	struct stopwatch watch[PAGE_BENCH_ROWS];
} __attribute__((aligned(128)));

/* A workload of one subject: the state from run to run, and what a run took. */
struct page_run {
	const struct page_subject *subject;
	const struct page_workload *workload;
	const struct page_plan *plan;
	unsigned int threads;
	unsigned int index; /* of this run */
	uint64_t slot_bytes, order_bytes;
	unsigned int flags[BENCH_MAX_THREADS * 4]; /* the remote workload's batches */
	bool was_interrupted;			   /* the last run, by other processes */
	double ns[PAGE_BENCH_ROWS]; /* of an operation, in the last run; < 0: was not done */
	struct page_lane lanes[BENCH_MAX_THREADS];
};

void page_run_prepare(struct page_run *run, const struct page_subject *subject,
		      const struct page_workload *workload, const struct page_plan *plan,
		      unsigned int threads);
/* One run more, the index-th. */
void page_run_once(struct page_run *run, unsigned int index);
/* Gives everything back. Returns how many allocations were refused in all runs. */
size_t page_run_finish(struct page_run *run);

unsigned int page_random_order(struct bench_random *random, enum page_mix mix);

#endif
