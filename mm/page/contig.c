/* SPDX-License-Identifier: MIT */
/*
 * contig.c - just these frames: ranges by page frame number.
 *
 * A range may begin and end inside free blocks; buddy.c takes it out of them. In three steps, each
 * of which costs more than the one before:
 *
 *   take it           all of it is free
 *   drain, take it    some of it lay on CPUs' lists
 *   isolate it, move away what is in use, take it, undo       (isolation.c, if anything can move)
 *
 * The third is for who may wait. It needs that all that is in use has a mover, and that there is
 * room elsewhere. Page blocks at the ends are isolated as a whole, but only what lies in the
 * range is moved:
 *
 *   page blocks   | . . x x | x . x . | x . . x |        x: in use
 *   the range           [ x   x . x .   x . ]
 */
#include <quire/fault.h>
#include <quire/isolation.h>

#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"
#include "mm/page/page_watch.h"

/* Is the leaf that begins there all within `end` and this zone's alone? */
static bool is_leaf_of(const struct zone *zone, pfn_t pfn, pfn_t end)
{
	return !(pfn & (LEAF_NR_PAGES - 1)) && pfn + LEAF_NR_PAGES <= end &&
	       (leaf_kind(pfn) & LEAF_ZONE_MASK) == zone->number << LEAF_ZONE_SHIFT;
}

static struct zone *zone_of_frames(pfn_t start, pfn_t end)
{
	struct zone *zone = pfn_valid(start) ? zone_of_valid_frame(start) : NULL;
	pfn_t pfn;

	if (!zone || end > zone_end_pfn(zone))
		return NULL;
	for (pfn = start; pfn < end; pfn++) {
		if (!pfn_valid(pfn))
			return NULL;
		if (is_leaf_of(zone, pfn, end))
			pfn += LEAF_NR_PAGES - 1;
		else if (zone_of_valid_frame(pfn) != zone)
			return NULL;
	}
	return zone;
}

/* The one zone that all frames of the range belong to; NULL: there is none. Spans may overlap. */
static struct zone *zone_of_range(pfn_t start, pfn_t end)
{
	u32 walk = memmap_walk_begin();
	struct zone *zone = zone_of_frames(start, end);

	memmap_walk_end(walk);
	return zone;
}

static int take_range(struct zone *zone, pfn_t start, pfn_t end, bool isolated)
{
	unsigned long flags = local_irq_save();
	int err = buddy_take_range(zone, start, end, isolated);

	local_irq_restore(flags);
	return err;
}

/* What a CPU puts on its list at this moment is there only when one looks again. */
static int drain_and_take(struct zone *zone, pfn_t start, pfn_t end)
{
	drain_all_pages(zone);
	return take_range(zone, start, end, false);
}

/* What is in use moves away, if there is anything that can. */
static int move_and_take(struct zone *zone, pfn_t start, pfn_t end, int migratetype, gfp_t gfp)
{
	const struct page_moving *moving = page_moving();

	return moving ? moving->empty_and_take(zone, start, end, migratetype, gfp) : -EBUSY;
}

/* The pages of a CMA area are for who names it; of memory that has gone meanwhile, for nobody. */
static bool is_of_others(pfn_t start, pfn_t end, int migratetype)
{
	u32 walk = memmap_walk_begin();
	bool others = false;

	for (; start < end && !others; start = ALIGN_DOWN(start, LEAF_NR_PAGES) + LEAF_NR_PAGES)
		others = !pfn_valid(start) ||
			 ((leaf_kind(start) & LEAF_TYPE_MASK) == MIGRATE_CMA && migratetype != MIGRATE_CMA);
	memmap_walk_end(walk);
	return others;
}

/* Hands the frames out as single pages. */
static int hand_out(pfn_t start, pfn_t end, gfp_t gfp, const void *caller)
{
	bool is_ready = true;
	pfn_t pfn;

	for (pfn = start; pfn < end; pfn++) {
		is_ready &= prep_new_page(pfn_to_page(pfn), gfp, 0);
		page_watch_alloc(pfn_to_page(pfn), 0, gfp, caller);
	}
	if (is_ready)
		return 0;
	free_contig_range(start, end - start);
	return -ENOMEM;
}

/* Can pages of the range be given as `gfp` asks? In highmem they may be impossible to clear. */
static bool can_be_had(pfn_t end, gfp_t gfp)
{
	return !(gfp & __GFP_ZERO) || end <= load_relaxed(max_low_pfn) || can_clear_highmem();
}

int alloc_contig_range(pfn_t start, pfn_t end, unsigned int migratetype, gfp_t gfp)
{
	struct zone *zone;
	int err;

	if (WARN(this_quire()->phase != PHASE_BUDDY, "alloc_contig_range before the page allocator is up"))
		return -EINVAL;
	if (start >= end)
		return -EINVAL;
	zone = zone_of_range(start, end);
	if (!zone)
		return -EINVAL;
	if (WARN(!can_be_had(end, gfp), "alloc_contig_range cannot clear highmem: it has no address"))
		return -EINVAL;
	if (should_fail_alloc() || is_of_others(start, end, (int)migratetype))
		return -EBUSY;
	err = take_range(zone, start, end, false);
	if (err)
		err = drain_and_take(zone, start, end);
	if (err && (gfp & __GFP_DIRECT_RECLAIM))
		err = move_and_take(zone, start, end, (int)migratetype, gfp);
	return err ? err : hand_out(start, end, gfp, __builtin_return_address(0));
}

void free_contig_range(pfn_t start, unsigned long nr_pages)
{
	const void *caller = __builtin_return_address(0);
	unsigned long i;

	if (WARN(this_quire()->phase != PHASE_BUDDY, "free_contig_range before the page allocator is up"))
		return;
	for (i = 0; i < nr_pages; i++)
		free_pages_for(pfn_to_page(start + i), 0, caller);
}

/* ---- anywhere ---- */

/* So many frames in a row, and how hard to try for them. */
struct contig_search {
	unsigned long nr_pages;
	gfp_t gfp;
	int (*take)(struct zone *zone, pfn_t start, pfn_t end, gfp_t gfp);
};

static int take_if_free(struct zone *zone, pfn_t start, pfn_t end, gfp_t gfp)
{
	(void)gfp;
	return take_range(zone, start, end, false);
}

static int take_and_move(struct zone *zone, pfn_t start, pfn_t end, gfp_t gfp)
{
	return move_and_take(zone, start, end, MIGRATE_MOVABLE, gfp);
}

/* The first frame of what was taken in the zone; false: nothing was. */
static bool take_in_zone(const struct contig_search *s, struct zone *zone, pfn_t *found)
{
	unsigned long step = rounddown_pow_of_two(s->nr_pages);
	pfn_t end = zone_end_pfn(zone), start;

	if (step != s->nr_pages)
		step = min_of(step, pageblock_nr_pages);
	start = ALIGN_UP(load_relaxed(zone->zone_start_pfn), step);
	/* Of so many pages that their end would wrap, there is no range. */
	for (; start < end && s->nr_pages <= end - start; start += step) {
		if (zone_of_range(start, start + s->nr_pages) != zone ||
		    is_of_others(start, start + s->nr_pages, MIGRATE_MOVABLE) ||
		    !can_be_had(start + s->nr_pages, s->gfp))
			continue;
		if (s->take(zone, start, start + s->nr_pages, s->gfp))
			continue;
		*found = start;
		return true;
	}
	return false;
}

static bool take_anywhere(const struct contig_search *s, int nid, const nodemask_t *nodes, pfn_t *found)
{
	struct zoneref *ref = zonelist_first(nid, s->gfp & __GFP_THISNODE);

	for (; ref->zone; ref++) {
		if (load_relaxed(ref->zone_idx) > (int)gfp_zone(s->gfp) || (nodes && !node_isset(ref->zone->node, nodes)))
			continue;
		if (take_in_zone(s, ref->zone, found))
			return true;
	}
	return false;
}

struct page *alloc_contig_pages(unsigned long nr_pages, gfp_t gfp, int nid, const nodemask_t *nodes)
{
	struct contig_search s = { .nr_pages = nr_pages, .gfp = gfp, .take = take_if_free };
	bool is_found;
	pfn_t found;

	if (WARN(this_quire()->phase != PHASE_BUDDY, "alloc_contig_pages before the page allocator is up"))
		return NULL;
	nid = alloc_node_or_local(nid);
	if (!nr_pages || !NODE_DATA(nid) || should_fail_alloc())
		return NULL;
	is_found = take_anywhere(&s, nid, nodes, &found);
	if (!is_found) {
		drain_all_pages(NULL);
		is_found = take_anywhere(&s, nid, nodes, &found);
	}
	if (!is_found && (gfp & __GFP_DIRECT_RECLAIM)) {
		s.take = take_and_move;
		is_found = take_anywhere(&s, nid, nodes, &found);
	}
	if (!is_found || hand_out(found, found + nr_pages, gfp, __builtin_return_address(0)))
		return NULL;
	return pfn_to_page(found);
}
