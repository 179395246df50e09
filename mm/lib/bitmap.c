/* SPDX-License-Identifier: MIT */
/*
 * bitmap.c - runs of bits, a word at a time; and the integer square root.
 */
#include "mm/lib/bitmap.h"

/* The bits of a word from `bit` on, and those below `bit` (1 .. BITS_PER_LONG). */
static unsigned long bits_from(size_t bit)
{
	return ~0UL << bit;
}
static unsigned long bits_below(size_t bit)
{
	return ~0UL >> (BITS_PER_LONG - bit);
}

/* The mask of [first, end) in the word that holds `first`; `first` moves on to the next word. */
static unsigned long next_mask(size_t *first, size_t end)
{
	size_t word_start = *first - *first % BITS_PER_LONG;
	unsigned long mask = bits_from(*first % BITS_PER_LONG);

	*first = word_start + BITS_PER_LONG;
	if (end < *first)
		mask &= bits_below(end - word_start);
	return mask;
}

void bitmap_set(unsigned long *map, size_t first, size_t count)
{
	size_t end = first + count;

	while (first < end) {
		unsigned long *word = &map[first / BITS_PER_LONG];

		*word |= next_mask(&first, end);
	}
}

void bitmap_clear(unsigned long *map, size_t first, size_t count)
{
	size_t end = first + count;

	while (first < end) {
		unsigned long *word = &map[first / BITS_PER_LONG];

		*word &= ~next_mask(&first, end);
	}
}

/* The first bit at or after `from` that differs from those of `invert` (all 0 or all 1). */
static size_t find_bit(const unsigned long *map, size_t size, size_t from, unsigned long invert)
{
	while (from < size) {
		unsigned long word = map[from / BITS_PER_LONG] ^ invert;
		size_t word_start = from - from % BITS_PER_LONG;

		word &= next_mask(&from, size);
		if (word)
			return word_start + __ffs(word);
	}
	return size;
}

size_t find_next_bit(const unsigned long *map, size_t size, size_t from)
{
	return find_bit(map, size, from, 0);
}

size_t find_next_zero_bit(const unsigned long *map, size_t size, size_t from)
{
	return find_bit(map, size, from, ~0UL);
}

/*
 * Ones are counted side by side: in pairs of bits, then fours, then bytes, which a
 * multiplication adds up. The compiler's builtin would call a helper library.
 */
static unsigned int count_ones(unsigned long x)
{
	const unsigned long all = ~0UL;

	x -= x >> 1 & all / 3;
	x = (x & all / 5) + (x >> 2 & all / 5);
	x = (x + (x >> 4)) & all / 17;
	return (unsigned int)(x * (all / 255) >> (BITS_PER_LONG - 8));
}

size_t bitmap_weight(const unsigned long *map, size_t size)
{
	size_t at = 0, weight = 0;

	while (at < size) {
		unsigned long word = map[at / BITS_PER_LONG];

		weight += count_ones(word & next_mask(&at, size));
	}
	return weight;
}

unsigned long int_sqrt(unsigned long x)
{
	unsigned long root = 0, bit = 1UL << (BITS_PER_LONG - 2);

	/* From the highest power of four down: is this bit of the root set? */
	for (; bit; bit >>= 2) {
		if (x >= root + bit) {
			x -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
	}
	return root;
}
