/* SPDX-License-Identifier: MIT */
/*
 * leaf.h - the frames of one leaf as bits: blocks of orders below LEAF_ORDER as arithmetic on words.
 *
 * Theory. A bit stands for each frame, set: free (free_marks.h gathers them). A free block of order
 * k is an aligned run of 2^k set bits that is not half of a longer one; nothing else is kept, so
 * giving a block back marks its frames, and it has merged with its buddies by that. Where in a
 * word w aligned runs of 2^k begin is found for all of it at once, by halves:
 *
 *   w          1 1 0 1 1 1 1 1      bit 0 is the rightmost
 *   w & w>>1   . 1 . . . 1 . 1      and at even places only: runs of 2 begin at 0, 2, 6
 *   again      . . . . . . . 1      and at multiples of 4: a run of 4 begins at 0
 *
 * so the free blocks are 0-3 (order 2), 4 (order 0), 6-7 (order 1). Blocks of a word and
 * more are the same arithmetic on a word that has a bit for each full word of the leaf.
 */
#ifndef MM_PAGE_LEAF_H
#define MM_PAGE_LEAF_H

#include "mm/lib/bitmap.h"

#define WORD_ORDER (sizeof(long) == 8 ? 6U : 5U) /* log2 of the bits of a word */

/* Words of bits of a leaf of this order. */
static inline unsigned int leaf_words(unsigned int leaf_order)
{
	return leaf_order > WORD_ORDER ? 1U << (leaf_order - WORD_ORDER) : 1;
}

/* `count` ones, 1 .. BITS_PER_LONG, from bit 0 on. */
static inline unsigned long low_bits(unsigned long count)
{
	return ~0UL >> (BITS_PER_LONG - count);
}

/* 1 << order ones, from bit 0 on; order: at most WORD_ORDER. */
static inline unsigned long run_of_ones(unsigned int order)
{
	static const unsigned long ones[] = { 0x1, 0x3, 0xf, 0xff, 0xffff, 0xffffffff,
#if __SIZEOF_LONG__ == 8
					      ~0UL,
#endif
	};

	return ones[order];
}

/* Are all frames of the block free? */
static inline bool leaf_all_free(const unsigned long *bits, unsigned int bit, unsigned int order)
{
	const unsigned long *word = &bits[bit >> WORD_ORDER];
	unsigned int i;

	if (order < WORD_ORDER) {
		unsigned long mask = run_of_ones(order) << (bit % BITS_PER_LONG);

		return (*word & mask) == mask;
	}
	for (i = 0; i < 1U << (order - WORD_ORDER); i++)
		if (~word[i])
			return false;
	return true;
}

/* The order of the free block that the free block at `bit` of `order` is a part of. */
static inline unsigned int leaf_merged_order(const unsigned long *bits, unsigned int bit,
					     unsigned int order, unsigned int leaf_order)
{
	while (order < leaf_order && leaf_all_free(bits, bit ^ 1U << order, order)) {
		bit &= ~(1U << order);
		order++;
	}
	return order;
}

/* The order of the largest free block. The leaf must have a free frame. */
unsigned int leaf_largest(const unsigned long *bits, unsigned int leaf_order);

/*
 * Takes up to `max` blocks of `order`, from the smallest free blocks that suffice, and
 * writes the first bits of them; returns how many.
 */
unsigned int leaf_take(unsigned long *bits, unsigned int leaf_order, unsigned int order, u16 *taken,
		       unsigned int max);

/* How many free blocks of each order 0 .. leaf_order there are is added to count[]. */
void leaf_count_blocks(const unsigned long *bits, unsigned int leaf_order, unsigned long *count);

#endif
