/* SPDX-License-Identifier: MIT */
/*
 * random.h - random numbers from a seed, and plans drawn from them before anything is measured.
 */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* xorshift */
struct bench_random {
	uint64_t state; /* not 0 */
};
static inline uint32_t bench_random_next(struct bench_random *random)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return (uint32_t)(random->state >> 32);
}
static inline uint32_t bench_random_below(struct bench_random *random, uint32_t limit)
{
	return (uint32_t)((uint64_t)bench_random_next(random) * limit >> 32);
}

#define BENCH_PLAN_AHEAD 24u /* so far ahead may be read in a plan, at its end too */

/* Zeroed, for a plan of `nr` numbers; or the program ends. The caller's, to free(). */
uint32_t *bench_new_numbers(size_t nr);
/* 0 .. nr - 1, shuffled. */
uint32_t *bench_shuffle(struct bench_random *random, size_t nr);

#endif
