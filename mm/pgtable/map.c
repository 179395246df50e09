/* SPDX-License-Identifier: MIT */
/*
 * map.c - pt_map: the largest page that fits, everywhere.
 */
#include "mm/lib/bitmap.h"
#include "mm/pgtable/internal.h"

struct map_walk {
	struct pt_walk walk;
	struct pgtable *pt;
	u64 va, phys; /* where the range begins */
	const struct pt_attr *attr;
	struct pt_reserve reserve;
};

static u64 phys_of(const struct map_walk *m, u64 va)
{
	return m->phys + (va - m->va);
}

/* Can one leaf at this place map its part of the range? */
static bool fits(const struct map_walk *m, const struct pt_place *place)
{
	const struct pt_format *f = m->walk.f;

	if (!f->level[place->level].leaf || !pt_covers_entry(f, place))
		return false;
	if (place->level && m->attr->max_page && pt_level_size(f, place->level) > m->attr->max_page)
		return false;
	return pt_leaf_can_map(f, place->level, phys_of(m, place->va));
}

/*
 * What it takes to map a part of the range where nothing is: counts tables from the level
 * of `place` downward. Entries in the middle of a table are like each other, but only
 * as long as the physical address does not cross what a leaf can hold: each is asked.
 */
static int count_missing(struct map_walk *m, const struct pt_place *place)
{
	const struct pt_format *f = m->walk.f;
	struct pt_place below = { .va = place->va };
	int err;

	if (fits(m, place))
		return 0;
	if (!place->level)
		return -EINVAL;
	below.level = place->level - 1;
	m->reserve.needed[below.level]++;
	for (;;) {
		below.last = min_of(below.va | (pt_level_size(f, below.level) - 1), place->last);
		err = count_missing(m, &below);
		if (err || below.last == place->last)
			return err;
		below.va = below.last + 1;
	}
}

static int visit_to_check(struct pt_walk *walk, const struct pt_place *place)
{
	switch (pt_kind(walk->f, place->level, pt_read(walk->f, place->slot))) {
	case PT_NONE:
		return count_missing((struct map_walk *)walk, place);
	case PT_TABLE:
		return PT_WALK_INTO;
	case PT_BAD:
		return -EINVAL;
	default:
		return -EEXIST;
	}
}

static int visit_to_map(struct pt_walk *walk, const struct pt_place *place)
{
	struct map_walk *m = (struct map_walk *)walk;
	const struct pt_format *f = walk->f;
	phys_addr_t table;

	if (pt_is_table(f, place->level, pt_read(f, place->slot)))
		return PT_WALK_INTO;
	if (fits(m, place)) {
		pt_write(f, place->slot,
			 pt_make_leaf(f, place->level, phys_of(m, place->va), m->attr->prot,
				      m->attr->cache));
		return 0;
	}
	table = quire_pt_take(m->pt, &m->reserve, place->level - 1);
	pt_write(f, place->slot, pt_make_table(f, place->level, table));
	return PT_WALK_INTO;
}

/* Does the format have addresses and protections for this? */
static bool can_hold(const struct pt_format *f, u64 phys, u64 size, const struct pt_attr *attr)
{
	u64 last = phys + size - 1;

	if ((phys & (pt_page_size(f) - 1)) || last < phys || last >> f->phys_bits)
		return false;
	return (pt_prot_fit(f, attr->prot) & (PT_READ | PT_EXEC)) && attr->cache < PT_NR_CACHES;
}

int pt_map(struct pgtable *pt, u64 va, phys_addr_t phys, u64 size, const struct pt_attr *attr)
{
	const struct pt_format *f = pt_format_of(pt);
	struct map_walk m = { .walk = { f, visit_to_check, NULL }, .pt = pt, .phys = phys, .attr = attr };
	struct pt_range range;
	int err = quire_pt_range(f, va, size, &range);

	if (err || !can_hold(f, phys, size, attr))
		return -EINVAL;
	m.va = range.va;
	err = quire_pt_walk(&m.walk, f->levels - 1u, pt->root, range);
	if (!err)
		err = quire_pt_reserve(pt, &m.reserve);
	if (err)
		return err;
	m.walk.visit = visit_to_map;
	return quire_pt_walk(&m.walk, f->levels - 1u, pt->root, range);
}
