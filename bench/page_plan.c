/* SPDX-License-Identifier: MIT */
/*
 * page_plan.c - draws what is random in a workload, before anything is measured.
 */
#include <stdlib.h>

#include "bench/page_workloads.h"

unsigned int page_random_order(struct bench_random *random, enum page_mix mix)
{
	switch (mix) {
	case MIX_GEOMETRIC:
		return (unsigned int)__builtin_ctz(bench_random_next(random) |
						   1u << (PAGE_BENCH_ORDERS - 1));
	case MIX_UNIFORM:
		return bench_random_below(random, PAGE_BENCH_ORDERS);
	default:
		return 0;
	}
}

static uint32_t *draw_steps(struct bench_random *random, const struct page_workload *workload,
			    size_t nr_slots, size_t nr)
{
	uint32_t *steps = bench_new_numbers(nr);
	uint32_t limit = (uint32_t)nr_slots;
	size_t i;

	if (workload->percent)
		limit = (uint32_t)(nr_slots * workload->percent / 100);
	for (i = 0; i < nr; i++)
		steps[i] = bench_random_below(random, limit) << 4 |
			   page_random_order(random, workload->mix);
	return steps;
}

void page_plan_make(struct page_plan *plan, const struct page_workload *workload, size_t frames,
		    unsigned int threads, size_t nr_steps, unsigned int runs)
{
	struct bench_random random = { 0x9e3779b97f4a7c15u };
	unsigned int i;

	*plan = (struct page_plan){ .nr_slots = workload->slots(frames / threads),
				    .nr_steps = nr_steps,
				    .runs = runs };
	for (i = 0; i < threads; i++) {
		plan->shuffled[i] =
			bench_shuffle(&random, workload->is_shuffled ? plan->nr_slots : 0);
		plan->steps[i] = draw_steps(&random, workload, plan->nr_slots,
					    workload->is_random ? nr_steps * runs : 0);
	}
}

void page_plan_free(struct page_plan *plan)
{
	unsigned int i;

	for (i = 0; i < BENCH_MAX_THREADS; i++) {
		free(plan->shuffled[i]);
		free(plan->steps[i]);
	}
}
