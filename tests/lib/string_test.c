/* SPDX-License-Identifier: MIT */
/*
 * string_test.c - the library's own memory functions against the C library's.
 *
 * In a process the library uses the C library's. So its own are compiled here once more,
 * under other names. That they do not call themselves, tests/build/freestanding.t shows.
 */
#include <string.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#undef CONFIG_MEM_FUNCTIONS
#define CONFIG_MEM_FUNCTIONS 1
#define memcpy our_memcpy
#define memmove our_memmove
#define memset our_memset
#define memcmp our_memcmp
#define quire_strlen our_strlen
#define quire_streq our_streq
#include "mm/lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp

#define SIZE 160

static u8 ours[SIZE], theirs[SIZE];

static void fill_both(void)
{
	size_t i;

	for (i = 0; i < SIZE; i++)
		ours[i] = theirs[i] = (u8)test_random();
}

static void copies_of_every_alignment_and_length(void)
{
	size_t to, from, n;
	u8 source[64];

	for (n = 0; n < sizeof(source); n++)
		source[n] = (u8)test_random();
	for (to = 0; to < 9; to++)
		for (from = 0; from < 9; from++)
			for (n = 0; n < 50; n++) {
				fill_both();
				CHECK_PTR(our_memcpy(ours + to, source + from, n), ours + to);
				memcpy(theirs + to, source + from, n);
				REQUIRE(!memcmp(ours, theirs, SIZE));
			}
}

static void moves_that_overlap_in_either_direction(void)
{
	size_t to, from, n;

	for (to = 0; to < 40; to++)
		for (from = 0; from < 40; from++)
			for (n = 0; n < 70; n += 1 + n % 3) {
				fill_both();
				CHECK_PTR(our_memmove(ours + to, ours + from, n), ours + to);
				memmove(theirs + to, theirs + from, n);
				REQUIRE(!memcmp(ours, theirs, SIZE));
			}
}

static void fills_of_every_alignment_and_length(void)
{
	size_t to, n;

	for (to = 0; to < 17; to++)
		for (n = 0; n < 90; n++) {
			int byte = (int)test_random();

			fill_both();
			CHECK_PTR(our_memset(ours + to, byte, n), ours + to);
			memset(theirs + to, byte, n);
			REQUIRE(!memcmp(ours, theirs, SIZE));
		}
}

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

static void comparisons_are_of_unsigned_bytes(void)
{
	unsigned long i;

	CHECK(our_memcmp("\x80", "\x7f", 1) > 0);
	CHECK_EQ(our_memcmp("a", "b", 0), 0);
	for (i = 0; i < 2000; i++) {
		size_t n = test_random_below(40);

		fill_both();
		CHECK_EQ(our_memcmp(ours, theirs, n), 0);
		ours[test_random_below(SIZE)] = (u8)test_random();
		ours[test_random_below(40)] = (u8)test_random();
		CHECK_EQ(sign(our_memcmp(ours, theirs, n)), sign(memcmp(ours, theirs, n)));
	}
}

static void lengths_and_equality_of_strings(void)
{
	CHECK_EQ(our_strlen(""), 0);
	CHECK_EQ(our_strlen("quire"), 5);
	CHECK(our_streq("", ""));
	CHECK(our_streq("quire", "quire"));
	CHECK(!our_streq("quire", "quir"));
	CHECK(!our_streq("quir", "quire"));
	CHECK(!our_streq("quire", "quirk"));
	CHECK(!our_streq("", "q"));
}

const struct tap_test tap_tests[] = {
	TEST(copies_of_every_alignment_and_length),
	TEST(moves_that_overlap_in_either_direction),
	TEST(fills_of_every_alignment_and_length),
	TEST(comparisons_are_of_unsigned_bytes),
	TEST(lengths_and_equality_of_strings),
	{ NULL, NULL },
};
