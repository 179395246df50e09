/* SPDX-License-Identifier: MIT */
/*
 * bit_tree_types.h - a set of numbers with its lowest member at hand: see mm/lib/bit_tree.h.
 */
#ifndef QUIRE_BIT_TREE_TYPES_H
#define QUIRE_BIT_TREE_TYPES_H

#define BIT_TREE_LEVELS 7 /* of 32 bits each: more numbers than there are frames */

struct bit_tree {
	unsigned long *level[BIT_TREE_LEVELS]; /* level[0]: a bit for each number */
	unsigned int top;                      /* the level that is one word */
};

#endif
