/* SPDX-License-Identifier: MIT */
/*
 * bitmap_test.c - runs of bits against an array of bools.
 */
#include <string.h>

#include "mm/lib/bitmap.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define BITS 333

/* The map under test, between two guard words, and the obvious model. */
static struct {
	unsigned long before;
	unsigned long map[BITS_TO_LONGS(BITS)];
	unsigned long after;
} tested;
static bool model[BITS];

static void start(unsigned long fill)
{
	size_t i;

	memset(&tested, fill ? 0xff : 0, sizeof(tested));
	tested.before = tested.after = 0x5a5a5a5a;
	for (i = 0; i < BITS; i++)
		model[i] = fill & 1;
}

static bool matches_model(void)
{
	size_t i, next_set = BITS, next_clear = BITS, weight = 0;
	bool ok = tested.before == 0x5a5a5a5a && tested.after == 0x5a5a5a5a;

	for (i = BITS; i-- > 0;) {
		*(model[i] ? &next_set : &next_clear) = i;
		weight += model[i];
		ok = ok && test_bit(i, tested.map) == model[i];
		ok = ok && find_next_bit(tested.map, BITS, i) == next_set;
		ok = ok && find_next_zero_bit(tested.map, BITS, i) == next_clear;
	}
	return ok && bitmap_weight(tested.map, BITS) == weight;
}

static void runs_of_every_place_and_length(void)
{
	size_t first, count;

	for (first = 0; first < 2 * BITS_PER_LONG + 2; first += 1 + first % 7)
		for (count = 0; count <= BITS - first; count += 1 + count % 5) {
			start(0);
			bitmap_set(tested.map, first, count);
			memset(model + first, true, count);
			REQUIRE(matches_model());
			start(~0UL);
			bitmap_clear(tested.map, first, count);
			memset(model + first, false, count);
			REQUIRE(matches_model());
		}
}

static void random_runs_match_a_model(void)
{
	unsigned long i;

	start(0);
	for (i = 0; i < test_rounds(3000); i++) {
		size_t first = test_random_below(BITS), count = test_random_below(BITS - first + 1);
		bool set = test_random_below(2);

		if (test_random_below(2))
			count = count ? 1 : 0;
		(set ? bitmap_set : bitmap_clear)(tested.map, first, count);
		memset(model + first, set, count);
		REQUIRE(matches_model());
	}
}

static void single_bits(void)
{
	size_t i;

	start(0);
	for (i = 0; i < BITS; i += 3) {
		set_bit(i, tested.map);
		model[i] = true;
	}
	CHECK(matches_model());
	for (i = 0; i < BITS; i += 6) {
		clear_bit(i, tested.map);
		model[i] = false;
	}
	CHECK(matches_model());
}

static void bits_beyond_the_size_are_not_found(void)
{
	start(~0UL);
	CHECK_EQ(bitmap_weight(tested.map, 70), 70);
	bitmap_clear(tested.map, 0, 70);
	CHECK_EQ(find_next_bit(tested.map, 70, 0), 70);
	CHECK_EQ(find_next_bit(tested.map, 71, 0), 70);
	CHECK_EQ(find_next_bit(tested.map, 70, 90), 70);
	CHECK_EQ(find_next_zero_bit(tested.map, 0, 0), 0);
	CHECK_EQ(bitmap_weight(tested.map, 0), 0);
}

static void powers_of_two(void)
{
	unsigned int bit;

	CHECK(!is_power_of_2(0));
	CHECK_EQ(fls_long(0), 0);
	for (bit = 0; bit < BITS_PER_LONG; bit++) {
		unsigned long power = 1UL << bit;

		CHECK(is_power_of_2(power));
		CHECK(bit < 2 || !is_power_of_2(power + 1));
		CHECK_EQ(__ffs(power), bit);
		CHECK_EQ(__ffs(~0UL << bit), bit);
		CHECK_EQ(fls_long(power), bit + 1);
		CHECK_EQ(rounddown_pow_of_two(power | 1), power);
		CHECK_EQ(rounddown_pow_of_two(power + (power - 1)), power);
	}
	CHECK(is_power_of_2(1ULL << 63));
}

static void aligning(void)
{
	CHECK_EQ(ALIGN_DOWN((u64)0x123456789abcdef, 0x1000), 0x123456789abc000);
	CHECK_EQ(ALIGN_UP((u64)0x123456789abcdef, 0x1000), 0x123456789abd000);
	CHECK_EQ(ALIGN_UP(4096UL, 4096), 4096);
	CHECK_EQ(ALIGN_UP(0UL, 4096), 0);
}

static void minimum_and_maximum_evaluate_once(void)
{
	int a = 1, b = 5;

	CHECK_EQ(min_of(a++, b++), 1);
	CHECK_EQ(max_of(a++, b++), 6);
	CHECK_EQ(a, 3);
	CHECK_EQ(b, 7);
	CHECK_EQ(min_of(-3, 2), -3);
	CHECK_EQ(max_of(-3, -4), -3);
}

/* root * root <= x < (root + 1) * (root + 1), without leaving the type. */
static bool is_root(unsigned long root, unsigned long x)
{
	return root <= (root ? x / root : x) && (root + 1) > x / (root + 1);
}

static void square_roots_are_rounded_down(void)
{
	unsigned long x, i;

	for (x = 0; x < 5000; x++)
		CHECK(is_root(int_sqrt(x), x));
	CHECK_EQ(int_sqrt(~0UL), (1UL << BITS_PER_LONG / 2) - 1);
	for (i = 0; i < 5000; i++) {
		unsigned long root = (unsigned long)test_random() >> (BITS_PER_LONG / 2);

		root += !root;
		CHECK_EQ(int_sqrt(root * root), root);
		CHECK_EQ(int_sqrt(root * root - 1), root - 1);
		x = (unsigned long)test_random() >> test_random_below(BITS_PER_LONG);
		CHECK(is_root(int_sqrt(x), x));
	}
}

const struct tap_test tap_tests[] = {
	TEST(runs_of_every_place_and_length),
	TEST(random_runs_match_a_model),
	TEST(single_bits),
	TEST(bits_beyond_the_size_are_not_found),
	TEST(powers_of_two),
	TEST(aligning),
	TEST(minimum_and_maximum_evaluate_once),
	TEST(square_roots_are_rounded_down),
	{ NULL, NULL },
};
