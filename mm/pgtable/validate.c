/* SPDX-License-Identifier: MIT */
/*
 * validate.c - the invariants of a table, walked.
 */
#include "mm/lib/log.h"
#include "mm/pgtable/internal.h"

struct check_walk {
	struct pt_walk walk;
	unsigned long nr_tables[PT_MAX_LEVELS];
};

#define BROKEN(...) (pr_err("pt_validate: " __VA_ARGS__), -EINVAL)
/* An address for the log: quire_log has no conversion for u64 but ll. */
#define ADDRESS(x) ((unsigned long long)(x))

static int check_table(struct check_walk *c, const struct pt_place *place, u64 e)
{
	const struct pt_format *f = c->walk.f;
	u64 table = pt_table_addr(f, place->level, e), bytes = pt_table_bytes(f, place->level - 1);

	if (table & (bytes - 1))
		return BROKEN("0x%llx: table 0x%llx is not aligned", ADDRESS(place->va), ADDRESS(table));
	if (!quire_pt_reachable(table, bytes))
		return BROKEN("0x%llx: table 0x%llx lies outside of the direct map", ADDRESS(place->va),
			      ADDRESS(table));
	c->nr_tables[place->level - 1]++;
	return PT_WALK_INTO;
}

static int visit_to_check(struct pt_walk *walk, const struct pt_place *place)
{
	const struct pt_format *f = walk->f;
	u64 e = pt_read(f, place->slot), va = pt_canonical(f, place->va);
	enum pt_kind kind = pt_kind(f, place->level, e);

	if (kind == PT_NONE || (kind == PT_NONPRESENT && !place->level))
		return 0;
	if (kind == PT_NONPRESENT)
		return BROKEN("0x%llx: swap entry 0x%llx at level %u", ADDRESS(va), ADDRESS(e), place->level);
	if (kind == PT_BAD)
		return BROKEN("0x%llx: entry 0x%llx is none of level %u of %s", ADDRESS(va), ADDRESS(e),
			      place->level, f->name);
	if (quire_pt_has_reserved(f, place->level, e, f->phys_bits))
		return BROKEN("0x%llx: entry 0x%llx of level %u has a reserved bit set", ADDRESS(va),
			      ADDRESS(e), place->level);
	return kind == PT_TABLE ? check_table((struct check_walk *)walk, place, e) : 0;
}

int pt_validate(const struct pgtable *pt)
{
	const struct pt_format *f = pt_format_of(pt);
	struct check_walk c = { .walk = { f, visit_to_check, NULL } };
	unsigned int level;
	int err;

	c.nr_tables[f->levels - 1]++;
	err = quire_pt_walk(&c.walk, f->levels - 1u, pt->root, pt_whole(f));
	for (level = 0; !err && level < PT_MAX_LEVELS; level++)
		if (c.nr_tables[level] != pt->nr_tables[level])
			err = BROKEN("%lu tables of level %u, but nr_tables says %lu", c.nr_tables[level],
				     level, pt->nr_tables[level]);
	return err;
}
