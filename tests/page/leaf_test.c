/* SPDX-License-Identifier: MIT */
/*
 * leaf_test.c - the arithmetic on the bits of a leaf against counting frame by frame: for small
 * leaves every set of free frames that there is, for leaves of several words every mixture
 * of full, empty and mixed words.
 *
 * The obvious model: a block of order k is an aligned run of 2^k free frames, and a free block
 * is one that is not half of a larger one.
 */
#include <string.h>

#include "mm/page/leaf.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define FRAMES 512
#define WORDS (FRAMES / BITS_PER_LONG)
#define SMALL_LEAF 4 /* 16 frames: 65536 sets of them */
#define MAX_TAKEN 64

/* ---- the model ---- */

struct frames {
	unsigned int leaf_order;
	bool is_free[FRAMES];
	u8 block[FRAMES]; /* the order of the free block that the frame is in */
};

static bool is_run(const struct frames *f, unsigned int first, unsigned int order)
{
	unsigned int i;

	for (i = first; i < first + (1U << order); i++)
		if (!f->is_free[i])
			return false;
	return true;
}

static void read_frames(struct frames *f, const unsigned long *bits, unsigned int leaf_order)
{
	unsigned int i, order;

	f->leaf_order = leaf_order;
	for (i = 0; i < 1U << leaf_order; i++)
		f->is_free[i] = test_bit(i, bits);
	for (i = 0; i < 1U << leaf_order; i += 1U << order) {
		/* From large to small: the first that is a run is no half of a larger one. */
		for (order = leaf_order; order && (i % (1U << order) || !is_run(f, i, order)); order--)
			;
		memset(f->block + i, (int)order, 1U << order);
	}
}

/* ---- one set of free frames, every question ---- */

static bool check_questions(const struct frames *f, const unsigned long *bits)
{
	unsigned long count[11] = { 0 }, expected[11] = { 0 };
	unsigned int i, order, largest = 0;
	bool held = true, any = false;

	for (i = 0; i < 1U << f->leaf_order; i++) {
		for (order = 0; order <= f->leaf_order && i % (1U << order) == 0; order++) {
			unsigned int n = 0, j;

			for (j = i; j < i + (1U << order); j++)
				n += f->is_free[j];
			held &= leaf_all_free(bits, i, order) == (n == 1U << order);
			if (n == 1U << order)
				held &= leaf_merged_order(bits, i, order, f->leaf_order) == f->block[i];
		}
		if (!f->is_free[i])
			continue;
		any = true;
		largest = f->block[i] > largest ? f->block[i] : largest;
		expected[f->block[i]] += i % (1U << f->block[i]) == 0;
	}
	if (any)
		held &= leaf_largest(bits, f->leaf_order) == largest;
	leaf_count_blocks(bits, f->leaf_order, count);
	return held && !memcmp(count, expected, sizeof(count));
}

/* How many blocks of the order could be taken at most, from free blocks of orders up to `up_to`. */
static unsigned int blocks_there(const struct frames *f, unsigned int order, unsigned int up_to)
{
	unsigned int i, frames = 0;

	for (i = 0; i < 1U << f->leaf_order; i++)
		frames += f->is_free[i] && f->block[i] >= order && f->block[i] <= up_to;
	return frames >> order;
}

/* What is taken is free, as much as was wanted or there is, and of the smallest blocks that will do. */
static bool check_taking(const struct frames *f, const unsigned long *bits, unsigned int order, unsigned int max)
{
	unsigned int there = blocks_there(f, order, f->leaf_order), n, i, j, from = order;
	unsigned long left[WORDS];
	u16 taken[MAX_TAKEN];
	bool held;

	memcpy(left, bits, sizeof(left));
	n = leaf_take(left, f->leaf_order, order, taken, max);
	held = n == (there < max ? there : max);
	for (i = 0; i < n && held; i++) {
		held &= taken[i] % (1U << order) == 0 && taken[i] < 1U << f->leaf_order;
		held = held && leaf_all_free(bits, taken[i], order) && f->block[taken[i]] >= from;
		/* All blocks that are smaller were taken before. */
		if (held && f->block[taken[i]] > from) {
			from = f->block[taken[i]];
			held &= i == blocks_there(f, order, from - 1);
		}
		/* None is taken twice: each makes its own bits 0. */
		for (j = taken[i]; j < taken[i] + (1U << order) && held; j++) {
			held &= !test_bit(j, left);
			set_bit(j, left);
		}
	}
	return held && !memcmp(left, bits, sizeof(left));
}

static bool check_all_takings(const struct frames *f, const unsigned long *bits)
{
	static const unsigned int some[] = { 1, 2, 3, 7, MAX_TAKEN };
	unsigned int order, i;
	bool held = true;

	for (order = 0; order <= f->leaf_order; order++)
		for (i = 0; i < sizeof(some) / sizeof(some[0]); i++)
			held &= check_taking(f, bits, order, some[i]);
	return held;
}

/* ---- small leaves: all there are ---- */

/* In a kernel's tests not each of the 65536. */
static unsigned long stride(void)
{
	unsigned long wanted = test_rounds(65536);

	return wanted >= 65536 ? 1 : 65536 / wanted | 1;
}

static void run_small(bool (*check)(const struct frames *f, const unsigned long *bits))
{
	unsigned int order;
	unsigned long set, step = stride();
	struct frames f;

	for (order = 0; order <= SMALL_LEAF; order++)
		for (set = 0; set < 1UL << (1U << order); set += order == SMALL_LEAF ? step : 1) {
			unsigned long bits[WORDS] = { set };

			read_frames(&f, bits, order);
			if (!CHECK(check(&f, bits))) {
				tap_note("leaf of order %u, free frames 0x%lx", order, set);
				return;
			}
		}
}

static void every_small_leaf_is_read_as_it_is(void)
{
	run_small(check_questions);
}

static void from_every_small_leaf_the_smallest_blocks_are_taken_first(void)
{
	run_small(check_all_takings);
}

/* ---- leaves of several words ---- */

/* 0: nothing is free, 1: all, 2: some of it, in runs. */
static unsigned long random_word(unsigned int kind)
{
	unsigned long word = kind ? ~0UL : 0, i;

	for (i = 0; kind == 2 && i < 1 + test_random_below(4); i++) {
		unsigned int order = (unsigned int)test_random_below(WORD_ORDER);
		unsigned int at = (unsigned int)test_random_below(BITS_PER_LONG) & ~((1U << order) - 1);

		if (test_random_below(2))
			word &= ~(run_of_ones(order) << at);
		else
			word ^= low_bits(1UL << order) << at;
	}
	return word;
}

/* The n-th mixture: a digit to the base of 3 for each word. */
static void check_mixture(unsigned int leaf_order, unsigned long n,
			  bool (*check)(const struct frames *f, const unsigned long *bits))
{
	unsigned long bits[2 * WORDS];
	struct frames f;
	unsigned int i;

	/* What lies behind is another leaf's, and all free. */
	memset(bits, 0xff, sizeof(bits));
	for (i = 0; i < leaf_words(leaf_order); i++, n /= 3)
		bits[i] = random_word((unsigned int)(n % 3));
	/* What is no frame of a small leaf is never free. */
	if (leaf_order < WORD_ORDER)
		bits[0] &= low_bits(1UL << leaf_order);
	read_frames(&f, bits, leaf_order);
	if (!CHECK(check(&f, bits)))
		for (i = 0; i < leaf_words(leaf_order); i++)
			tap_note("word %u: 0x%lx", i, bits[i]);
}

static void run_mixtures(bool (*check)(const struct frames *f, const unsigned long *bits), unsigned long rounds)
{
	unsigned int order, words;
	unsigned long mixtures, n, i;

	for (order = WORD_ORDER - 1; order <= 9; order++) {
		for (mixtures = 1, words = 0; words < leaf_words(order) && mixtures < rounds; words++)
			mixtures *= 3;
		/* Each once, where there are not too many: else some. */
		for (i = 0; i < mixtures && i < rounds; i++) {
			n = mixtures > rounds ? (unsigned long)test_random_below(43046721) : i;
			check_mixture(order, n, check);
		}
	}
}

static void leaves_of_several_words_are_read_as_they_are(void)
{
	run_mixtures(check_questions, test_rounds(1000));
}

static void from_leaves_of_several_words_the_smallest_blocks_are_taken_first(void)
{
	run_mixtures(check_all_takings, test_rounds(3000));
}

const struct tap_test tap_tests[] = {
	TEST(every_small_leaf_is_read_as_it_is),
	TEST(from_every_small_leaf_the_smallest_blocks_are_taken_first),
	TEST(leaves_of_several_words_are_read_as_they_are),
	TEST(from_leaves_of_several_words_the_smallest_blocks_are_taken_first),
	{ NULL, NULL },
};
