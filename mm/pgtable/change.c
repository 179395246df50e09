/* SPDX-License-Identifier: MIT */
/*
 * change.c - pt_unmap and pt_protect: what is there is taken away or changed, and large
 * pages that reach beyond the range are split.
 */
#include "mm/pgtable/internal.h"

struct change_walk {
	struct pt_walk walk;
	struct pgtable *pt;
	bool is_protect;
	unsigned int rights; /* PT_RIGHTS that pt_protect gives, as the format has them */
	struct pt_reserve reserve;
};

/* A leaf that has the rights already need not be split to get them. */
static bool is_done(const struct change_walk *c, unsigned int level, u64 e)
{
	return c->is_protect && (pt_leaf_prot(c->walk.f, level, e) & PT_RIGHTS) == c->rights;
}

static int visit_to_check(struct pt_walk *walk, const struct pt_place *place)
{
	struct change_walk *c = (struct change_walk *)walk;
	const struct pt_format *f = walk->f;
	u64 e = pt_read(f, place->slot);

	switch (pt_kind(f, place->level, e)) {
	case PT_TABLE:
		return PT_WALK_INTO;
	case PT_BAD:
		return -EINVAL;
	case PT_LEAF:
		break;
	default:
		return 0;
	}
	if (pt_covers_entry(f, place) || is_done(c, place->level, e))
		return 0;
	if (!quire_pt_can_split(f, place->level, e))
		return -EINVAL;
	quire_pt_count_split(f, place, &c->reserve);
	return 0;
}

/* The leaf with other PT_RIGHTS. */
static u64 with_rights(const struct pt_format *f, unsigned int level, u64 e, unsigned int rights)
{
	return pt_leaf_set_prot(f, level, e, (pt_leaf_prot(f, level, e) & ~PT_RIGHTS) | rights);
}

static void change_entry(struct change_walk *c, const struct pt_place *place, enum pt_kind kind)
{
	if (!c->is_protect)
		pt_write(c->walk.f, place->slot, 0);
	else if (kind == PT_LEAF)
		quire_pt_update(c->walk.f, place->slot, place->level, with_rights, c->rights);
}

static int visit_to_change(struct pt_walk *walk, const struct pt_place *place)
{
	struct change_walk *c = (struct change_walk *)walk;
	const struct pt_format *f = walk->f;
	u64 e = pt_read(f, place->slot);
	enum pt_kind kind = pt_kind(f, place->level, e);

	if (kind == PT_TABLE)
		return PT_WALK_INTO;
	if (kind == PT_NONE || (kind == PT_LEAF && is_done(c, place->level, e)))
		return 0;
	if (kind == PT_LEAF && !pt_covers_entry(f, place)) {
		quire_pt_split(c->pt, place, &c->reserve);
		return PT_WALK_INTO;
	}
	change_entry(c, place, kind);
	return 0;
}

static int change(struct change_walk *c, u64 va, u64 size)
{
	const struct pt_format *f = c->walk.f;
	struct pt_range range;
	int err = quire_pt_range(f, va, size, &range);

	c->walk.visit = visit_to_check;
	if (!err)
		err = quire_pt_walk(&c->walk, f->levels - 1u, c->pt->root, range);
	if (!err)
		err = quire_pt_reserve(c->pt, &c->reserve);
	if (err)
		return err;
	c->walk.visit = visit_to_change;
	return quire_pt_walk(&c->walk, f->levels - 1u, c->pt->root, range);
}

int pt_unmap(struct pgtable *pt, u64 va, u64 size)
{
	struct change_walk c = { .walk = { .f = pt_format_of(pt) }, .pt = pt };

	return change(&c, va, size);
}

int pt_protect(struct pgtable *pt, u64 va, u64 size, unsigned int prot)
{
	const struct pt_format *f = pt_format_of(pt);
	struct change_walk c = { .walk = { .f = f }, .pt = pt, .is_protect = true };

	c.rights = pt_prot_fit(f, prot) & PT_RIGHTS;
	if (!(c.rights & (PT_READ | PT_EXEC)))
		return -EINVAL;
	return change(&c, va, size);
}
