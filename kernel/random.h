/* SPDX-License-Identifier: MIT */
/*
 * random.h - random numbers for the kernel's tests: xorshift64*, the same in every run.
 */
#ifndef KERNEL_RANDOM_H
#define KERNEL_RANDOM_H

#include <quire/types.h>

#define RANDOM_SEED 0x9e3779b97f4a7c15ull

static inline u64 random_next(u64 *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

/* 0 .. n - 1 */
static inline u32 random_below(u64 *state, u32 n)
{
	return (u32)(random_next(state) >> 33) % n;
}

#endif
