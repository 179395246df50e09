/* SPDX-License-Identifier: MIT */
/*
 * swap.c - swap entries: what a non-present entry of level 0 says of where its page went.
 *
 * The fields are the format's, and leave the bits alone that make an entry present. The
 * offset is stored inverted, and one value less than its bits can count is allowed: so
 * the stored field is never zero, and the entry never looks like a hole, without a bit
 * spent on it.
 */
#include <quire/pgtable_format.h>

static u64 offset_mask(const struct pt_format *f)
{
	return ~(u64)0 >> (64 - f->swap.offset_bits);
}

u64 pt_swap_max_offset(const struct pt_format *f)
{
	return offset_mask(f) - 1;
}

u64 pt_make_swap(const struct pt_format *f, unsigned int type, u64 offset)
{
	if (type >= PT_SWAP_TYPES || offset > pt_swap_max_offset(f))
		return 0;
	return (u64)type << f->swap.type_shift |
	       (~offset & offset_mask(f)) << f->swap.offset_shift;
}

unsigned int pt_swap_type(const struct pt_format *f, u64 e)
{
	return (unsigned int)(e >> f->swap.type_shift) & (PT_SWAP_TYPES - 1);
}

u64 pt_swap_offset(const struct pt_format *f, u64 e)
{
	return ~(e >> f->swap.offset_shift) & offset_mask(f);
}
