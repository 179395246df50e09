/* SPDX-License-Identifier: MIT */
/*
 * bit_tree_test.c - sets of numbers against an array of flags: the sizes at which a tree gets
 * another word or level, and in them each number and each pair of numbers.
 */
#include <string.h>

#include "mm/lib/bit_tree.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define LARGEST 5000 /* three levels of 64-bit words */

static unsigned long words[LARGEST];
static bool member[LARGEST];

static void start_tree(struct bit_tree *tree, size_t size)
{
	REQUIRE(bit_tree_words(size) < LARGEST);
	memset(words, 0, sizeof(words));
	memset(member, 0, sizeof(member));
	/* What is behind the tree's words stays as it is. */
	words[bit_tree_words(size)] = 0x5a5a;
	bit_tree_init(tree, words, size);
}

static bool is_untouched_behind(size_t size)
{
	return words[bit_tree_words(size)] == 0x5a5a;
}

/* The lowest member of the model; `size`: there is none. */
static size_t lowest(size_t size)
{
	size_t n = 0;

	while (n < size && !member[n])
		n++;
	return n;
}

static bool agrees(const struct bit_tree *tree, size_t size)
{
	size_t first = lowest(size);

	return bit_tree_empty(tree) == (first == size) && (first == size || bit_tree_first(tree) == first);
}

/* Each upper bit says whether the word below has any: the tree's own invariant. */
static bool is_consistent(const struct bit_tree *tree, size_t size)
{
	size_t below = BITS_TO_LONGS(size), i;
	unsigned int level;

	for (level = 0; level < tree->top; level++) {
		for (i = 0; i < below; i++)
			if (test_bit(i, tree->level[level + 1]) != (tree->level[level][i] != 0))
				return false;
		below = BITS_TO_LONGS(below);
	}
	return below <= 1;
}

static void put(struct bit_tree *tree, size_t n, bool is_in)
{
	member[n] = is_in;
	if (is_in)
		bit_tree_set(tree, n);
	else
		bit_tree_clear(tree, n);
}

/* ---- the tests ---- */

static void a_tree_has_just_the_words_that_its_levels_need(void)
{
	size_t per_word = BITS_PER_LONG;

	CHECK_EQ(bit_tree_words(0), 1);
	CHECK_EQ(bit_tree_words(1), 1);
	CHECK_EQ(bit_tree_words(per_word), 1);
	CHECK_EQ(bit_tree_words(per_word + 1), 2 + 1);
	CHECK_EQ(bit_tree_words(per_word * per_word), per_word + 1);
	CHECK_EQ(bit_tree_words(per_word * per_word + 1), per_word + 1 + 2 + 1);
}

/* Alone, and with each other number of the same size, in every order. */
static void each_number_and_each_pair_is_found(void)
{
	static const size_t sizes[] = { 1, 2, 31, 32, 33, 63, 64, 65, 127, 129 };
	struct bit_tree tree;
	size_t i, a, b;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		start_tree(&tree, sizes[i]);
		for (a = 0; a < sizes[i]; a++) {
			put(&tree, a, true);
			REQUIRE(agrees(&tree, sizes[i]));
			for (b = 0; b < sizes[i]; b++) {
				put(&tree, b, true);
				REQUIRE(agrees(&tree, sizes[i]) && bit_tree_test(&tree, b));
				put(&tree, b, false);
				REQUIRE(agrees(&tree, sizes[i]) && !bit_tree_test(&tree, b));
				put(&tree, a, true);
			}
			put(&tree, a, false);
			REQUIRE(agrees(&tree, sizes[i]) && is_consistent(&tree, sizes[i]));
		}
		CHECK(is_untouched_behind(sizes[i]));
	}
}

static void numbers_of_large_trees_are_found(void)
{
	static const size_t sizes[] = { 1023, 1024, 1025, 4095, 4096, 4097, 4999 };
	struct bit_tree tree;
	size_t i, n;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		start_tree(&tree, sizes[i]);
		/* From the highest down each is the lowest; from the lowest up it is the next. */
		for (n = sizes[i]; n--;) {
			bit_tree_set(&tree, n);
			REQUIRE(bit_tree_first(&tree) == n);
		}
		CHECK(is_consistent(&tree, sizes[i]));
		for (n = 0; n < sizes[i]; n++) {
			REQUIRE(bit_tree_first(&tree) == n);
			bit_tree_clear(&tree, n);
		}
		CHECK(bit_tree_empty(&tree) && is_consistent(&tree, sizes[i]) && is_untouched_behind(sizes[i]));
	}
}

static void random_sets_are_those_of_the_model(void)
{
	unsigned long rounds = test_rounds(20000), i;
	size_t size = 1 + (size_t)test_random_below(LARGEST - 200);
	struct bit_tree tree;

	start_tree(&tree, size);
	for (i = 0; i < rounds; i++) {
		/* Few members, at times: then whole words are empty. */
		size_t n = (size_t)test_random_below(size);
		bool is_in = test_random_below(i / 2000 % 2 ? 8 : 2) == 0;

		put(&tree, n, is_in);
		REQUIRE(agrees(&tree, size) && bit_tree_test(&tree, n) == is_in);
		if (i % 200 == 0)
			REQUIRE(is_consistent(&tree, size));
	}
	CHECK(is_untouched_behind(size));
}

const struct tap_test tap_tests[] = {
	TEST(a_tree_has_just_the_words_that_its_levels_need),
	TEST(each_number_and_each_pair_is_found),
	TEST(numbers_of_large_trees_are_found),
	TEST(random_sets_are_those_of_the_model),
	{ NULL, NULL },
};
