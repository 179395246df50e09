/* SPDX-License-Identifier: MIT */
/*
 * bit_tree.c - laying out the levels of a bit tree; the rest is in the header.
 */
#include "mm/lib/bit_tree.h"

static size_t level_words(size_t size)
{
	return size ? BITS_TO_LONGS(size) : 1;
}

size_t bit_tree_words(size_t size)
{
	size_t words = level_words(size), sum = words;

	while (words > 1) {
		words = level_words(words);
		sum += words;
	}
	return sum;
}

void bit_tree_init(struct bit_tree *tree, unsigned long *words, size_t size)
{
	size_t n = level_words(size);

	for (tree->top = 0;; tree->top++) {
		tree->level[tree->top] = words;
		if (n == 1)
			return;
		words += n;
		n = level_words(n);
	}
}
