/* SPDX-License-Identifier: MIT */
/*
 * format_check.c - does a format contradict itself?
 *
 * What can be read off the data is checked as such: slices of the address that join, bits
 * that have one meaning each. What follows from the rules together is tried out: each
 * combination of protections and cache types is encoded and decoded at each level.
 */
#include "mm/lib/bitmap.h"
#include "mm/pgtable/internal.h"

static const char *check_shape(const struct pt_format *f)
{
	unsigned int level;

	if (f->levels < 2 || f->levels > PT_MAX_LEVELS)
		return "the number of levels is not 2 .. 5";
	if (f->entry_bytes != 4 && f->entry_bytes != 8)
		return "an entry has not 4 or 8 bytes";
	if (f->va_bits >= 64 || f->phys_bits >= 64 || !f->present_mask)
		return "addresses of 64 bits, or entries that are never present";
	for (level = 0; level < f->levels; level++) {
		const struct pt_level *l = &f->level[level];
		unsigned int next = l->shift + l->bits;

		if (next != (level + 1u < f->levels ? f->level[level + 1].shift : f->va_bits))
			return "the slices of the address do not join";
		if (!l->table != !level)
			return "a level that has no tables below it, or level 0 that has";
		if (!level && !l->leaf)
			return "level 0 maps nothing";
		if (level && l->leaf && !f->level[level - 1].leaf)
			return "a large page that cannot be split";
	}
	return NULL;
}

static bool holds_in(const struct pt_format *f, u64 bits)
{
	return f->entry_bytes == 8 || !(bits >> 32);
}

static u64 rule_bits(const struct pt_leaf *leaf)
{
	const struct pt_rule *rule;
	u64 bits = 0;

	for (rule = leaf->rule; rule->bits; rule++)
		bits |= rule->bits;
	return bits;
}

/* Protections, cache type, address and what is fixed each have bits of their own. */
static const char *check_leaf_bits(const struct pt_format *f, const struct pt_leaf *leaf)
{
	u64 prot = rule_bits(leaf), addr = leaf->addr_mask | leaf->high_mask;
	u64 all = prot | addr | leaf->cache_mask | leaf->fixed | leaf->reserved;
	unsigned int cache;

	if (!holds_in(f, all | leaf->kind_mask))
		return "a leaf has bits that its entry has not";
	if ((leaf->addr_mask & leaf->high_mask) || (prot & (addr | leaf->cache_mask | leaf->fixed)) ||
	    (addr & (leaf->cache_mask | leaf->fixed)) || (leaf->cache_mask & leaf->fixed))
		return "a bit of a leaf has two meanings";
	if (leaf->reserved & (prot | addr | leaf->cache_mask | leaf->fixed))
		return "a reserved bit is in use";
	for (cache = 0; cache < PT_NR_CACHES; cache++)
		if (leaf->cache[cache] & ~leaf->cache_mask)
			return "a cache type lies outside of its field";
	return NULL;
}

/* What is encoded comes back, and is a leaf. */
static const char *check_leaf_codes(const struct pt_format *f, unsigned int level)
{
	u64 top = ((u64)1 << f->phys_bits) - pt_level_size(f, level);
	unsigned int prot, cache;

	for (prot = 0; prot < 1u << PT_NR_FLAGS; prot++) {
		unsigned int fit = pt_prot_fit(f, prot);

		if (!(fit & (PT_READ | PT_EXEC)))
			continue;
		for (cache = 0; cache < PT_NR_CACHES; cache++) {
			u64 e = pt_make_leaf(f, level, 0, prot, (enum pt_cache)cache);
			u64 other = pt_make_leaf(f, level, 0, 0x1ff, (enum pt_cache)cache);

			if (pt_kind(f, level, e) != PT_LEAF || quire_pt_has_reserved(f, level, e, f->phys_bits))
				return "a leaf that is made is none";
			if (pt_leaf_prot(f, level, e) != fit)
				return "protections do not come back";
			if (pt_leaf_set_prot(f, level, other, prot) != e)
				return "protections cannot be changed";
			if (f->level[level].leaf->cache[pt_leaf_cache(f, level, e)] !=
			    f->level[level].leaf->cache[cache])
				return "cache types do not come back";
		}
	}
	/* The highest address, where the entries of level 0 are not narrower (PSE-36). */
	if (level == f->levels - 1u || !f->level[level + 1].leaf)
		if (!pt_leaf_can_map(f, level, top))
			return "the highest page cannot be mapped";
	return NULL;
}

static const char *check_table(const struct pt_format *f, unsigned int level)
{
	const struct pt_table *table = f->level[level].table;
	u64 e = pt_make_table(f, level, 0);

	if (!holds_in(f, table->fixed | table->addr_mask | table->reserved | table->accessed))
		return "a table entry has bits that it has not";
	if ((table->fixed | table->reserved) & table->addr_mask)
		return "a bit of a table entry has two meanings";
	if (pt_kind(f, level, e) != PT_TABLE || (e & table->reserved) || quire_pt_denied(table, e))
		return "a table entry that is made is none, or denies something";
	if (pt_is_leaf(f, level, e))
		return "a table entry is a leaf too";
	return NULL;
}

static const char *check_swap(const struct pt_format *f)
{
	const struct pt_swap_layout *s = &f->swap;
	u64 type = (u64)(PT_SWAP_TYPES - 1) << s->type_shift;
	u64 offset = ~(u64)0 >> (64 - s->offset_bits) << s->offset_shift;

	if (!holds_in(f, type | offset) || s->offset_shift + s->offset_bits > 8u * f->entry_bytes)
		return "a swap entry has bits that its entry has not";
	if ((type & offset) || ((type | offset) & f->present_mask))
		return "the fields of a swap entry overlap, or make it present";
	return NULL;
}

const char *pt_format_check(const struct pt_format *f)
{
	const char *why = check_shape(f);
	unsigned int level;

	for (level = 0; !why && level < f->levels; level++) {
		if (f->level[level].leaf) {
			why = check_leaf_bits(f, f->level[level].leaf);
			if (!why)
				why = check_leaf_codes(f, level);
		}
		if (!why && level)
			why = check_table(f, level);
	}
	return why ? why : check_swap(f);
}
