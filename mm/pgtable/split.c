/* SPDX-License-Identifier: MIT */
/*
 * split.c - a large page becomes a table of smaller ones.
 */
#include "mm/lib/bitmap.h"
#include "mm/pgtable/internal.h"

bool quire_pt_can_split(const struct pt_format *f, unsigned int level, u64 e)
{
	u64 phys = pt_leaf_addr(f, level, e);

	while (level--)
		if (!pt_leaf_can_map(f, level, phys))
			return false;
	return true;
}

/* Only entries at either end of the range are split further: two a level at most. */
void quire_pt_count_split(const struct pt_format *f, const struct pt_place *place,
			  struct pt_reserve *reserve)
{
	struct pt_place below = { .level = place->level - 1 };
	u64 span = pt_level_size(f, below.level) - 1;

	reserve->needed[below.level]++;
	below.va = place->va;
	below.last = min_of(place->va | span, place->last);
	if (!pt_covers_entry(f, &below))
		quire_pt_count_split(f, &below, reserve);
	if (below.last == place->last)
		return;
	below.va = place->last & ~span;
	below.last = place->last;
	if (!pt_covers_entry(f, &below))
		quire_pt_count_split(f, &below, reserve);
}

void quire_pt_split(struct pgtable *pt, const struct pt_place *place, struct pt_reserve *reserve)
{
	const struct pt_format *f = pt_format_of(pt);
	unsigned int below = place->level - 1;
	phys_addr_t table = quire_pt_take(pt, reserve, below);
	unsigned long i, n = 1UL << f->level[below].bits;
	u64 old, size = pt_level_size(f, below);

	/* The hardware may set accessed or dirty while the table is filled: then once more. */
	do {
		u64 phys, leaf;

		old = pt_read(f, place->slot);
		phys = pt_leaf_addr(f, place->level, old);
		leaf = pt_make_leaf(f, below, 0, pt_leaf_prot(f, place->level, old),
				    pt_leaf_cache(f, place->level, old));
		for (i = 0; i < n; i++, phys += size)
			pt_write(f, pt_slot(f, phys_to_virt(table), i),
				 leaf | pt_leaf_addr_bits(f, below, phys));
	} while (!quire_pt_replace(f, place->slot, old, pt_make_table(f, place->level, table)));
}
