/* SPDX-License-Identifier: MIT */
/*
 * imx6ul_divide_test.c - the division that the ARM kernel brings along, against this
 * computer's.
 */
#include "port/imx6ul/divide.h"
#include "tests/fixture.h"
#include "tests/tap.h"

static const u64 edges[] = {
	0,
	1,
	2,
	3,
	10,
	0xfffe,
	0xffff,
	0x10000,
	0x10001,
	0x7fffffff,
	0x80000000,
	0xffffffff,
	0x100000000,
	0x100000001,
	0x7fffffffffffffff,
	0x8000000000000000,
	0x8000000000000001,
	0xfffffffffffffffe,
	0xffffffffffffffff,
};
#define NR_EDGES (sizeof(edges) / sizeof(edges[0]))

static bool is_right(u64 n, u64 d)
{
	u64 rest = 0;
	s64 sn = (s64)n, sd = (s64)d, srest = 0;
	bool is_well;

	if (!d)
		return true;
	is_well = CHECK_EQ(divide_u64(n, d, &rest), n / d) && CHECK_EQ(rest, n % d);
	/* The one quotient that does not fit is left out. */
	if (is_well && !(n == 1ull << 63 && sd == -1))
		is_well = CHECK_EQ(divide_s64(sn, sd, &srest), sn / sd) && CHECK_EQ(srest, sn % sd);
	if (!is_well)
		tap_note("0x%llx by 0x%llx", (unsigned long long)n, (unsigned long long)d);
	return is_well;
}

static void edges_are_divided_by_edges(void)
{
	size_t i, j;

	for (i = 0; i < NR_EDGES; i++)
		for (j = 0; j < NR_EDGES; j++)
			is_right(edges[i], edges[j]);
}

/* Of all lengths. */
static void random_numbers_are_divided(void)
{
	unsigned long round;

	for (round = 0; round < test_rounds(20000); round++)
		REQUIRE(is_right(test_random() >> test_random_below(64),
				 test_random() >> test_random_below(64)));
}

const struct tap_test tap_tests[] = {
	TEST(edges_are_divided_by_edges),
	TEST(random_numbers_are_divided),
	{ NULL, NULL },
};
