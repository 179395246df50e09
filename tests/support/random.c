/* SPDX-License-Identifier: MIT */
/*
 * random.c - random numbers that come again: splitmix64, seeded per test.
 */
#include <stdlib.h>

#include "tests/support/support.h"

static u64 seed, state;

void test_random_begin(const char *test_name)
{
	const char *wanted = getenv("QUIRE_TEST_SEED");

	if (wanted && *wanted) {
		seed = strtoull(wanted, NULL, 0);
	} else {
		seed = 0xcbf29ce484222325; /* FNV-1a */
		for (; *test_name; test_name++)
			seed = (seed ^ (u8)*test_name) * 0x100000001b3;
	}
	state = seed;
}

u64 test_random_seed(void)
{
	return seed;
}

u64 test_random(void)
{
	u64 z = state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

u64 test_random_below(u64 n)
{
	return test_random() % n;
}

unsigned long test_rounds(unsigned long n)
{
	const char *scale = getenv("QUIRE_TEST_SCALE");
	unsigned long times = 1, parts = 1;
	char *rest;

	if (scale && *scale) {
		times = strtoul(scale, &rest, 0);
		if (*rest == '/')
			parts = strtoul(rest + 1, NULL, 0);
	}
	n = n * times / (parts ? parts : 1);
	return n ? n : 1;
}
