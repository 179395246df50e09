/* SPDX-License-Identifier: MIT */
/*
 * slab_workloads.h - what slab_bench lets each allocator do.
 *
 * A workload of one size is prepared once for each subject, then run several times, the
 * subjects in turn, then finished: every object is given back. What is random is drawn
 * beforehand from a fixed seed, into a plan that all subjects follow.
 */
#ifndef BENCH_SLAB_WORKLOADS_H
#define BENCH_SLAB_WORKLOADS_H

#include <stdbool.h>

#include "bench/random.h"
#include "bench/slab_subject.h"

#define SLAB_BATCH 1000u
#define SLAB_RING 4u	     /* batches on their way from the producer to the consumer, */
#define SLAB_RING_BATCH 512u /* and their objects */

/* The slots that steps name. */
enum slab_steps {
	STEPS_NONE,
	STEPS_FIFO, /* of a batch: as they were filled, */
	STEPS_LIFO, /* the last one first, */
	STEPS_SHUFFLED,
	STEPS_RANDOM, /* any, again and again */
};

struct slab_run;

struct slab_workload {
	const char *name;
	unsigned int threads;
	enum slab_steps steps;
	bool is_live; /* the slots hold objects from beginning to end, as many as there shall be */
	bool is_shared; /* an operation is half one thread's, half the other's */
	size_t slots;	/* of a lane, where it is not is_live */
	void (*run)(struct slab_run *run);
};
extern const struct slab_workload slab_workloads[]; /* ends with one without a name */

/* What is drawn for a workload. */
struct slab_plan {
	size_t nr_slots, nr_steps; /* of each lane; steps of a run */
	unsigned int rounds;	   /* for which there are steps: then they come again */
	uint32_t *steps[BENCH_MAX_THREADS];
};
void slab_plan_make(struct slab_plan *plan, const struct slab_workload *workload, size_t live,
		    size_t nr_steps, unsigned int rounds);
void slab_plan_free(struct slab_plan *plan);

/* A workload of one subject: the state from run to run, and what a run took. */
struct slab_run {
	const struct slab_subject *subject;
	const struct slab_workload *workload;
	const struct slab_plan *plan;
	void **slots;
	unsigned int flags[SLAB_RING];
	size_t nr_steps;      /* of a run: fewer than planned if it is very slow */
	bool was_interrupted; /* the last run, by other processes */
	double ns;	      /* of an operation, in the last run */
	struct slab_lane lanes[BENCH_MAX_THREADS];
};
/* The crew must have the workload's threads, each with its number in bench_cpu. */
void slab_run_prepare(struct slab_run *run, const struct slab_subject *subject,
		      const struct slab_workload *workload, const struct slab_plan *plan,
		      size_t size);
/* One run more, the index-th. */
void slab_run_once(struct slab_run *run, unsigned int index);
/* Gives everything back. */
void slab_run_finish(struct slab_run *run);

/* Objects that a workload holds at most, whatever `live` is. */
#define SLAB_MOST_OTHERS ((size_t)SLAB_RING * SLAB_RING_BATCH + SLAB_BATCH)

#endif
