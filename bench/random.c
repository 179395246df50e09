/* SPDX-License-Identifier: MIT */
/*
 * random.c - arrays of random numbers.
 */
#include "bench/random.h"

#include <stdio.h>
#include <stdlib.h>

uint32_t *bench_new_numbers(size_t nr)
{
	uint32_t *numbers = calloc(nr + BENCH_PLAN_AHEAD, sizeof(*numbers));

	if (!numbers) {
		fprintf(stderr, "bench: out of memory\n");
		exit(1);
	}
	return numbers;
}

uint32_t *bench_shuffle(struct bench_random *random, size_t nr)
{
	uint32_t *numbers = bench_new_numbers(nr);
	size_t i;

	for (i = 0; i < nr; i++) {
		uint32_t at = bench_random_below(random, (uint32_t)i + 1);

		numbers[i] = numbers[at];
		numbers[at] = (uint32_t)i;
	}
	return numbers;
}
