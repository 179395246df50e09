/* SPDX-License-Identifier: MIT */
/*
 * bit_tree.h - a set of numbers 0 .. size - 1 in which the lowest member is found in a few
 * steps, however large the set.
 *
 * Theory. The lowest level has a bit for each number; a bit of each level above says that a
 * word of the level below has any bit set:
 *
 *   level 2                      [..........1]
 *   level 1              [...1..1]                [....]
 *   level 0   [1...][....][.1..][....]     ...
 *
 * With 64-bit words three levels hold 262,144 numbers and four hold 16 million, for one bit
 * and a sixty-third a number. Setting and clearing touch upper levels only when a word of
 * the level below becomes empty or ceases to be. Nothing here is atomic.
 */
#ifndef MM_LIB_BIT_TREE_H
#define MM_LIB_BIT_TREE_H

#include <quire/bit_tree_types.h>

#include "mm/lib/bitmap.h"

/* Words that a tree of `size` numbers needs; size 0 needs one. */
size_t bit_tree_words(size_t size);
/* An empty tree in `words`, which has bit_tree_words(size) words of zeros. */
void bit_tree_init(struct bit_tree *tree, unsigned long *words, size_t size);

static inline bool bit_tree_empty(const struct bit_tree *tree)
{
	return *tree->level[tree->top] == 0;
}

static inline bool bit_tree_test(const struct bit_tree *tree, size_t n)
{
	return test_bit(n, tree->level[0]);
}

static inline void bit_tree_set(struct bit_tree *tree, size_t n)
{
	unsigned int level;

	for (level = 0;; level++, n /= BITS_PER_LONG) {
		unsigned long *word = &tree->level[level][n / BITS_PER_LONG];
		unsigned long before = *word;

		*word = before | 1UL << (n % BITS_PER_LONG);
		if (before || level == tree->top)
			return;
	}
}

static inline void bit_tree_clear(struct bit_tree *tree, size_t n)
{
	unsigned int level;

	for (level = 0;; level++, n /= BITS_PER_LONG) {
		unsigned long *word = &tree->level[level][n / BITS_PER_LONG];

		*word &= ~(1UL << (n % BITS_PER_LONG));
		if (*word || level == tree->top)
			return;
	}
}

/* The lowest member. The set must not be empty. */
static inline size_t bit_tree_first(const struct bit_tree *tree)
{
	unsigned int level = tree->top;
	size_t n = __ffs(*tree->level[level]);

	while (level--)
		n = n * BITS_PER_LONG + __ffs(tree->level[level][n]);
	return n;
}

#endif
