/* SPDX-License-Identifier: MIT */
/*
 * leaf.c - finding blocks in the bits of a leaf. The theory is at the head of leaf.h.
 */
#include "mm/page/leaf.h"

/* Where aligned runs of 2 << k bits begin, from where those of 1 << k do. */
static inline unsigned long longer_runs(unsigned long runs, unsigned int k)
{
	/* Every second, fourth, ... bit: ~0 / (2^(2^k) + 1) has the lower half of each 2 << k set. */
	static const unsigned long aligned[] = {
		~0UL / 0x3, ~0UL / 0xf, ~0UL / 0xff, ~0UL / 0xffff,
#if __SIZEOF_LONG__ == 8
		~0UL / 0xffffffff,
#endif
		1,
	};

	return runs & runs >> (1U << k) & aligned[k];
}

/* The words that are all free, a bit each. */
static unsigned long full_words(const unsigned long *bits, unsigned int words)
{
	unsigned long full = 0;
	unsigned int i;

	for (i = 0; i < words; i++)
		full |= (unsigned long)!~bits[i] << i;
	return full;
}

/* The longest aligned run in a word that is not 0: log2. */
static unsigned int longest_run(unsigned long word, unsigned int orders)
{
	unsigned int k;

	for (k = 0; k < orders; k++) {
		word = longer_runs(word, k);
		if (!word)
			break;
	}
	return k;
}

unsigned int leaf_largest(const unsigned long *bits, unsigned int leaf_order)
{
	unsigned int words = leaf_words(leaf_order), i, largest = 0;
	unsigned long full = leaf_order >= WORD_ORDER ? full_words(bits, words) : 0;

	if (full)
		return WORD_ORDER + longest_run(full, leaf_order - WORD_ORDER);
	for (i = 0; i < words; i++)
		if (bits[i])
			largest = max_of(largest, longest_run(bits[i], min_of(leaf_order, WORD_ORDER)));
	return largest;
}

/* ---- taking ---- */

struct taking {
	u16 *taken;
	unsigned int count, max;
	unsigned int order; /* of the blocks to take */
};

/* Takes pieces of one free block of order `from`; returns how many frames of it are taken. */
static unsigned int take_pieces(struct taking *t, unsigned int bit, unsigned int from)
{
	unsigned int pieces = min_of(1U << (from - t->order), t->max - t->count), order = t->order, i;
	u16 *taken = t->taken + t->count;

	for (i = 0; i < pieces; i++)
		taken[i] = (u16)(bit + (i << order));
	t->count += pieces;
	return pieces << order;
}

/* The words in which some frames are free and some are not, a bit each. */
static unsigned long mixed_words(const unsigned long *bits, unsigned int words)
{
	unsigned long mixed = 0;
	unsigned int i;

	for (i = 0; i < words; i++)
		mixed |= (unsigned long)(bits[i] && ~bits[i]) << i;
	return mixed;
}

/* From the blocks of just the order k that lie inside of these words. */
static void take_in_words(struct taking *t, unsigned long *bits, unsigned long words, unsigned int k,
			  unsigned int highest)
{
	unsigned int i, level;

	for (; words && t->count < t->max; words &= words - 1) {
		unsigned long runs, longer = 0;

		i = __ffs(words);
		runs = bits[i];
		for (level = 0; level < k && runs; level++)
			runs = longer_runs(runs, level);
		if (!runs)
			continue;
		if (k < highest)
			longer = longer_runs(runs, k);
		runs &= ~(longer | longer << (1U << k));
		for (; runs && t->count < t->max; runs &= runs - 1) {
			unsigned int at = __ffs(runs);
			unsigned int frames = take_pieces(t, i * (unsigned int)BITS_PER_LONG + at, k);

			bits[i] &= ~(low_bits(frames) << at);
		}
	}
}

/* From the block that begins at a full word. */
static void take_words(struct taking *t, unsigned long *bits, unsigned int first, unsigned int from)
{
	unsigned int frames = take_pieces(t, first * (unsigned int)BITS_PER_LONG, from), i;

	for (i = first; frames >= BITS_PER_LONG; i++, frames -= (unsigned int)BITS_PER_LONG)
		bits[i] = 0;
	if (frames)
		bits[i] &= ~low_bits(frames);
}

/* From the blocks of full words, the smallest that suffice. */
static void take_full_words(struct taking *t, unsigned long *bits, unsigned int words, unsigned int leaf_order)
{
	unsigned int k, highest = leaf_order - WORD_ORDER;
	unsigned long runs = full_words(bits, words), longer, just;

	for (k = 0; k <= highest && runs && t->count < t->max; k++, runs = longer) {
		longer = k < highest ? longer_runs(runs, k) : 0;
		if (k + WORD_ORDER < t->order)
			continue;
		just = runs & ~(longer | longer << (1U << k));
		for (; just && t->count < t->max; just &= just - 1)
			take_words(t, bits, __ffs(just), k + WORD_ORDER);
	}
}

unsigned int leaf_take(unsigned long *bits, unsigned int leaf_order, unsigned int order, u16 *taken,
		       unsigned int max)
{
	struct taking t = { .taken = taken, .max = max, .order = order };
	unsigned int words = leaf_words(leaf_order), k = order;
	/* A word that is all free has no smaller blocks; one of a leaf that is less may look full. */
	unsigned long mixed = leaf_order < WORD_ORDER ? 1 : mixed_words(bits, words);

	for (; mixed && k <= leaf_order && k < WORD_ORDER && t.count < max; k++)
		take_in_words(&t, bits, mixed, k, min_of(leaf_order, WORD_ORDER));
	if (leaf_order >= WORD_ORDER && t.count < max)
		take_full_words(&t, bits, words, leaf_order);
	return t.count;
}

/* ---- counting ---- */

/* Aligned runs of just 1 << k bits, for k = 0 .. orders, are added to count[k]. */
static void count_runs(unsigned long runs, unsigned int orders, unsigned long *count)
{
	unsigned int k;

	for (k = 0; runs && k < orders; k++) {
		unsigned long longer = longer_runs(runs, k);

		count[k] += bitmap_weight(&runs, BITS_PER_LONG) - 2 * bitmap_weight(&longer, BITS_PER_LONG);
		runs = longer;
	}
	count[k] += bitmap_weight(&runs, BITS_PER_LONG);
}

void leaf_count_blocks(const unsigned long *bits, unsigned int leaf_order, unsigned long *count)
{
	unsigned int words = leaf_words(leaf_order), i;

	if (leaf_order < WORD_ORDER) {
		count_runs(bits[0], leaf_order, count);
		return;
	}
	for (i = 0; i < words; i++)
		if (~bits[i])
			count_runs(bits[i], WORD_ORDER, count);
	count_runs(full_words(bits, words), leaf_order - WORD_ORDER, count + WORD_ORDER);
}
