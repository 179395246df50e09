/* SPDX-License-Identifier: MIT */
/*
 * leaf.c - every call that mm/page/leaf.h allows, for Frama-C's Eva: `make prove`.
 *
 * The 512 bits of the leaf are unknown, as are block and order within their contract: Eva
 * follows all values at once and names each shift, index or access that could be undefined.
 * leaf_take() is left to the tests: that the places of its bits are inside the leaf, Eva
 * cannot tell.
 */
#define _Static_assert(cond, text) struct frama_c_skips
#define _Alignas(n)

#include <__fc_builtin.h>

#include "mm/page/leaf.c"
#include "mm/lib/bitmap.c"

#define LARGEST 9

static unsigned long bits[8];
static unsigned long count[LARGEST + 1];

int main(void)
{
	unsigned int leaf_order = Frama_C_unsigned_int_interval(0, LARGEST);
	unsigned int order = Frama_C_unsigned_int_interval(0, leaf_order);
	unsigned int bit = Frama_C_unsigned_int_interval(0, 511), i;

	//@ split leaf_order;
	//@ split order;
	for (i = 0; i < 8; i++)
		bits[i] = Frama_C_unsigned_long_interval(0, ~0UL);
	if (order > leaf_order)
		return 0;
	bit = (bit & ((1U << leaf_order) - 1)) & ~((1U << order) - 1);
	leaf_all_free(bits, bit, order);
	leaf_merged_order(bits, bit, order, leaf_order);
	leaf_largest(bits, leaf_order);
	leaf_count_blocks(bits, leaf_order, count);
	return 0;
}
