/* SPDX-License-Identifier: MIT */
/*
 * walk.c - page tables: the theory, the walker, and what only reads.
 *
 * A page table is a tree of arrays whose index at each level is a slice of the address. An
 * entry is nothing, memory (a leaf), the next array, or, at the bottom, a note where a
 * page went (a swap entry):
 *
 *    address   | sign | 3: 9 bits | 2: 9 bits | 1: 9 bits | 0: 9 bits | offset: 12 |  x86_64
 *                          |           |           |           |
 *    root -> +-------+     |           |           |           |
 *    level 3 |       | <---+           |           |           |
 *            | table +---> +-------+   |           |           |
 *            +-------+  2  | leaf  | <-+ 1 GB      |           |
 *                          | table +---> +-------+ |           |
 *                          +-------+  1  | leaf  | <+ 2 MB     |
 *                                        | table +---> +-------+
 *                                        +-------+  0  | leaf  | <+ 4 KB
 *                                                      | swap  |
 *                                                      +-------+
 *
 * What differs from machine to machine is data (struct pt_format): how many levels, how wide
 * the slices are, where a leaf may stand, and which bits say what. The shape is always
 * this one, so there is one walker, quire_pt_walk(), and every operation is a visitor of
 * it: a function that is shown an entry with the part of the range that it covers, and
 * says "next", "into it" or "stop".
 *
 * Operations that change something go twice. The first walk changes nothing: it refuses
 * what cannot be done and counts the tables that will be needed; then those are taken,
 * all or none; the second walk cannot fail. That is what makes a call all or nothing, and it
 * costs a second reading of entries that are in the processor's cache by then.
 *
 * A large page that changes in part is split: a new table is filled with smaller leaves that
 * map the same, and put in the place of the leaf in one write. Nobody who walks meanwhile
 * sees a hole. (ARM asks for the leaf to be taken away and the TLB to be flushed before
 * that; a kernel on ARM that splits memory in use does so first.) Merging back is not
 * done: it would have to flush in between.
 *
 * Unmapping leaves the tables in place, since a processor may be walking them: after the
 * flush, pt_free_empty() takes out those that hold nothing.
 *
 * Files: format_check.c and entry.c know the bits; table.c the memory of tables; map.c,
 * change.c and split.c change them; validate.c checks them; access.c does what the
 * hardware does. The layer has no lock of its own: see <quire/pgtable.h>.
 */
#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/pgtable/internal.h"

int quire_pt_range(const struct pt_format *f, u64 va, u64 size, struct pt_range *range)
{
	u64 mask = pt_page_size(f) - 1, last = va + size - 1;

	if (!size || ((va | size) & mask) || last < va)
		return -EINVAL;
	if (!pt_is_canonical(f, va) || !pt_is_canonical(f, last))
		return -EINVAL;
	/* Both halves of the address space at once: the hole between them is in the range. */
	if (f->is_signed && (va ^ last) >> (f->va_bits - 1))
		return -EINVAL;
	range->va = va & pt_va_mask(f);
	range->last = last & pt_va_mask(f);
	return 0;
}

int quire_pt_walk(struct pt_walk *walk, unsigned int level, phys_addr_t table, struct pt_range range)
{
	const struct pt_format *f = walk->f;
	u64 span = pt_level_size(f, level) - 1;

	for (;;) {
		struct pt_place place = {
			.level = level,
			.slot = pt_slot(f, phys_to_virt(table), pt_index(f, level, range.va)),
			.va = range.va,
			.last = min_of(range.va | span, range.last),
		};
		int answer = walk->visit(walk, &place);

		if (answer == PT_WALK_INTO) {
			phys_addr_t below = (phys_addr_t)pt_table_addr(f, level, pt_read(f, place.slot));

			answer = quire_pt_walk(walk, level - 1, below,
					       (struct pt_range){ place.va, place.last });
			if (!answer && walk->leave)
				walk->leave(walk, &place);
		}
		if (answer)
			return answer;
		if (place.last == range.last)
			return 0;
		range.va = place.last + 1;
	}
}

/* ---- looking up ---- */

/* The entry for an address, and what the tables above it deny. */
static struct pt_found find_with_denied(const struct pgtable *pt, u64 va, unsigned int *denied)
{
	const struct pt_format *f = pt_format_of(pt);
	unsigned int level = f->levels;
	phys_addr_t table = pt->root;
	struct pt_found found;

	*denied = 0;
	while (pt_step(f, --level, va, &table, &found))
		*denied |= quire_pt_denied(f->level[level].table, found.entry);
	return found;
}

int pt_lookup(const struct pgtable *pt, u64 va, struct pt_entry *out)
{
	const struct pt_format *f = pt_format_of(pt);
	unsigned int denied;
	struct pt_found found;

	if (!pt_is_canonical(f, va))
		return -EINVAL;
	found = find_with_denied(pt, va, &denied);
	*out = (struct pt_entry){
		.va = va & ~(pt_level_size(f, found.level) - 1),
		.size = pt_level_size(f, found.level),
		.kind = pt_kind(f, found.level, found.entry),
		.level = found.level,
		.entry = found.entry,
	};
	if (out->kind != PT_LEAF)
		return -ENOENT;
	out->phys = pt_found_phys(f, &found, va);
	out->prot = pt_leaf_prot(f, found.level, found.entry) & ~denied;
	out->cache = pt_leaf_cache(f, found.level, found.entry);
	return 0;
}

/* ---- walking a range for somebody ---- */

struct range_walk {
	struct pt_walk walk;
	int (*each)(void *ctx, const struct pt_entry *entry);
	void *ctx;
	int answer;			    /* of each, if it was not 0 */
	unsigned int denied[PT_MAX_LEVELS]; /* by the tables at and above a level */
};

static int visit_for_caller(struct pt_walk *walk, const struct pt_place *place)
{
	struct range_walk *r = (struct range_walk *)walk;
	const struct pt_format *f = walk->f;
	u64 e = pt_read(f, place->slot);
	enum pt_kind kind = pt_kind(f, place->level, e);
	unsigned int above = place->level + 1 < f->levels ? r->denied[place->level + 1] : 0;
	struct pt_entry entry = {
		.va = pt_canonical(f, place->va),
		.size = place->last - place->va + 1,
		.kind = kind,
		.level = place->level,
		.entry = e,
	};

	if (kind == PT_TABLE) {
		r->denied[place->level] = above | quire_pt_denied(f->level[place->level].table, e);
		return PT_WALK_INTO;
	}
	if (kind == PT_LEAF) {
		entry.phys = pt_leaf_addr(f, place->level, e) |
			     (place->va & (pt_level_size(f, place->level) - 1));
		entry.prot = pt_leaf_prot(f, place->level, e) & ~above;
		entry.cache = pt_leaf_cache(f, place->level, e);
	}
	r->answer = r->each(r->ctx, &entry);
	return r->answer ? -EAGAIN : 0;
}

int pt_walk_range(const struct pgtable *pt, u64 va, u64 size,
		  int (*each)(void *ctx, const struct pt_entry *entry), void *ctx)
{
	const struct pt_format *f = pt_format_of(pt);
	struct range_walk r = { .walk = { f, visit_for_caller, NULL }, .each = each, .ctx = ctx };
	struct pt_range range;
	int err = quire_pt_range(f, va, size, &range);

	if (err)
		return err;
	quire_pt_walk(&r.walk, f->levels - 1u, pt->root, range);
	return r.answer;
}

/* ---- counting ---- */

struct count_walk {
	struct pt_walk walk;
	struct pt_counts *counts;
};

static int visit_to_count(struct pt_walk *walk, const struct pt_place *place)
{
	struct pt_counts *counts = ((struct count_walk *)walk)->counts;

	switch (pt_kind(walk->f, place->level, pt_read(walk->f, place->slot))) {
	case PT_TABLE:
		counts->tables[place->level - 1]++;
		return PT_WALK_INTO;
	case PT_LEAF:
		counts->leaves[place->level]++;
		return 0;
	case PT_NONPRESENT:
		counts->swaps++;
		return 0;
	default:
		return 0;
	}
}

void pt_count(const struct pgtable *pt, struct pt_counts *counts)
{
	const struct pt_format *f = pt_format_of(pt);
	struct count_walk c = { { f, visit_to_count, NULL }, counts };

	*counts = (struct pt_counts){ .swaps = 0 };
	counts->tables[f->levels - 1]++;
	quire_pt_walk(&c.walk, f->levels - 1u, pt->root, pt_whole(f));
}
