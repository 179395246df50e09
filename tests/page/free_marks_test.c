/* SPDX-License-Identifier: MIT */
/*
 * free_marks_test.c - the marks in the states of frames, against one state after the other: every
 * block and every stretch of a leaf, in states whose other bits are random and must stay.
 */
#include <string.h>

#include "mm/page/free_marks.h"
#include "mm/page/leaf.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define LEAF_ORDER_HERE 9
#define FRAMES (1U << LEAF_ORDER_HERE)
#define MARGIN 64 /* states of others, on both sides */

static _Alignas(64) u8 states[MARGIN + FRAMES + MARGIN], before[MARGIN + FRAMES + MARGIN];
static u8 *const leaf = states + MARGIN;

/* Random states; about `share` of 8 frames are marked, in runs. */
static void draw_states(unsigned int share)
{
	unsigned int i, run = 0, is_marked = 0;

	for (i = 0; i < sizeof(states); i++) {
		if (!run--) {
			run = (unsigned int)test_random_below(12);
			is_marked = test_random_below(8) < share;
		}
		states[i] = (u8)(test_random_below(PAGE_FREE) | (is_marked ? PAGE_FREE : 0));
	}
	memcpy(before, states, sizeof(states));
}

/* Have just these frames of the leaf the mark set or clear, and is everything else as it was? */
static bool changed_only(unsigned int first, unsigned int frames, u8 mark)
{
	unsigned int i;

	for (i = 0; i < sizeof(states); i++) {
		u8 expected = i - MARGIN - first < frames ? (u8)((before[i] & ~PAGE_FREE) | mark) : before[i];

		if (states[i] != expected)
			return false;
	}
	return true;
}

static void a_block_is_marked_and_unmarked_and_no_other_frame(void)
{
	unsigned int order, at;
	bool held = true;

	for (order = 0; order <= LEAF_ORDER_HERE; order++)
		for (at = 0; at < FRAMES; at += 1U << order) {
			draw_states(4);
			mark_block(&leaf[at], order);
			held &= changed_only(at, 1U << order, PAGE_FREE);
			unmark_block(&leaf[at], order);
			held &= changed_only(at, 1U << order, 0);
		}
	CHECK(held);
}

static void a_stretch_of_any_length_is_marked_and_no_other_frame(void)
{
	unsigned long i, rounds = test_rounds(4000);
	bool held = true;

	for (i = 0; i < rounds; i++) {
		unsigned int at = (unsigned int)test_random_below(FRAMES);
		unsigned int frames = (unsigned int)test_random_below(FRAMES + 1 - at);

		draw_states(4);
		mark_frames(&leaf[at], frames);
		held &= changed_only(at, frames, PAGE_FREE);
	}
	CHECK(held);
}

static void the_frames_that_have_a_bit_lose_their_marks(void)
{
	unsigned long i, rounds = test_rounds(4000);
	unsigned int frame, at;
	bool held = true;

	for (i = 0; i < rounds; i++) {
		/* Bytes of the word that are full, empty and mixed. */
		unsigned long bits = 0;

		for (frame = 0; frame < BITS_PER_LONG; frame += 8) {
			unsigned long kind = test_random_below(3);

			bits |= (kind == 2 ? test_random_below(256) : kind * 255) << frame;
		}
		at = (unsigned int)(test_random_below(FRAMES / BITS_PER_LONG) * BITS_PER_LONG);
		draw_states(6);
		unmark_frames(&leaf[at], bits);
		for (frame = 0; frame < sizeof(states); frame++) {
			bool is_taken = frame - MARGIN - at < BITS_PER_LONG && bits >> (frame - MARGIN - at) & 1;

			held &= states[frame] == (is_taken ? before[frame] & ~PAGE_FREE : before[frame]);
		}
	}
	CHECK(held);
}

static void gathered_bits_are_the_marks_of_leaves_of_every_size(void)
{
	unsigned long bits[FRAMES / BITS_PER_LONG];
	unsigned int order, frame, round;
	bool held = true;

	for (order = 0; order <= LEAF_ORDER_HERE; order++)
		for (round = 0; round < 200; round++) {
			draw_states(round % 9);
			memset(bits, 0x5a, sizeof(bits));
			gather_marks(leaf, order, bits);
			for (frame = 0; frame < 1U << order; frame++)
				held &= test_bit(frame, bits) == (leaf[frame] >= PAGE_FREE);
			/* What is no frame of a small leaf has no bit. */
			held &= order >= WORD_ORDER || !(bits[0] & ~low_bits(1UL << order));
		}
	CHECK(held);
}

static void any_of_the_bits_is_found_in_a_stretch(void)
{
	unsigned long i, rounds = test_rounds(4000);
	bool held = true;

	for (i = 0; i < rounds; i++) {
		unsigned int at = (unsigned int)test_random_below(FRAMES);
		unsigned int frames = (unsigned int)test_random_below(min_of(FRAMES - at, 70U)), frame;
		u8 bits = (u8)(1u << test_random_below(8)), all = 0;

		memset(states, 0, sizeof(states));
		for (frame = 0; frame < 3; frame++)
			leaf[test_random_below(FRAMES)] |= bits;
		for (frame = at; frame < at + frames; frame++)
			all |= leaf[frame];
		held &= states_have(&leaf[at], frames, bits) == !!(all & bits);
	}
	CHECK(held);
}

/* The rest of each larger block, with the block itself unmarked, and with one frame besides it. */
static bool rest_is_told(unsigned int at, unsigned int order, unsigned int larger)
{
	unsigned int first = at & ~((1U << larger) - 1), other, i;
	bool held;

	draw_states(0);
	mark_frames(&leaf[first], 1U << larger);
	for (i = at; i < at + (1U << order); i++)
		leaf[i] &= (u8)~PAGE_FREE;
	held = rest_is_marked(&leaf[at], at, order, larger);
	for (i = 0; i < 4; i++) {
		other = first + (unsigned int)test_random_below(1UL << larger);
		if (other - at < 1U << order)
			continue;
		leaf[other] &= (u8)~PAGE_FREE;
		held &= !rest_is_marked(&leaf[at], at, order, larger);
		leaf[other] |= PAGE_FREE;
	}
	return held;
}

static void whether_a_block_completes_a_larger_one_is_told_before_it_is_marked(void)
{
	unsigned int order, larger, at;
	bool held = true;

	for (larger = 1; larger <= LEAF_ORDER_HERE; larger++)
		for (order = 0; order < larger; order++)
			for (at = 0; at < FRAMES; at += 1U << order)
				held &= rest_is_told(at, order, larger);
	CHECK(held);
}

/* What the marks say is what the same marks as bits say. */
static void a_marked_block_is_part_of_the_same_block_as_its_bits_are(void)
{
	unsigned long bits[FRAMES / BITS_PER_LONG];
	unsigned int order, at, round;
	bool held = true;

	for (round = 0; round < 50; round++) {
		draw_states(4 + round % 5);
		/* So that there are large blocks too. */
		mark_frames(leaf, (unsigned int)test_random_below(FRAMES + 1));
		gather_marks(leaf, LEAF_ORDER_HERE, bits);
		for (order = 0; order < LEAF_ORDER_HERE; order++)
			for (at = 0; at < FRAMES; at += 1U << order) {
				held &= block_is_marked(&leaf[at], order) == leaf_all_free(bits, at, order);
				if (leaf_all_free(bits, at, order))
					held &= merged_order(leaf, at, order, LEAF_ORDER_HERE) ==
						leaf_merged_order(bits, at, order, LEAF_ORDER_HERE);
			}
	}
	CHECK(held);
}

const struct tap_test tap_tests[] = {
	TEST(a_block_is_marked_and_unmarked_and_no_other_frame),
	TEST(a_stretch_of_any_length_is_marked_and_no_other_frame),
	TEST(the_frames_that_have_a_bit_lose_their_marks),
	TEST(gathered_bits_are_the_marks_of_leaves_of_every_size),
	TEST(any_of_the_bits_is_found_in_a_stretch),
	TEST(whether_a_block_completes_a_larger_one_is_told_before_it_is_marked),
	TEST(a_marked_block_is_part_of_the_same_block_as_its_bits_are),
	{ NULL, NULL },
};
