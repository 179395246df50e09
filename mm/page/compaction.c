/* SPDX-License-Identifier: MIT */
/*
 * compaction.c - when to compact, and for whom: requests, whoever asks for all of memory, and
 * what is not tried again too soon.
 *
 * Is it worth it? compaction_suitable() says no if a block is there already; if so little
 * is free that there is nowhere to move pages to (the watermark, and twice the block: reclaim
 * first); and for large orders if memory is short rather than fragmented (extfrag_threshold).
 *
 * A zone that yields nothing would be searched for each request in vain. So after a failure
 * the next 1, 2, 4 ... 64 requests of that order or a higher one leave it out, until one succeeds.
 */
#include <quire/compaction.h>

#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/page/compact.h"

#if CONFIG_PAGE_EXT

#define COMPACT_MAX_DEFER_SHIFT 6
#define COSTLY_ORDER 3
#define ASYNC_SURVEYS 64 /* leaves that a request looks into that does not want to wait */
#define LIGHT_SURVEYS 1024

/* ---- the sysctls ---- */

int set_extfrag_threshold(int threshold)
{
	if (threshold < 0 || threshold > 1000)
		return -EINVAL;
	store_relaxed(this_quire()->page.extfrag_threshold, (unsigned int)threshold);
	return 0;
}

int set_compaction_proactiveness(int proactiveness)
{
	pg_data_t *pgdat;

	if (proactiveness < 0 || proactiveness > 100)
		return -EINVAL;
	store_relaxed(this_quire()->page.compaction_proactiveness, (unsigned int)proactiveness);
	/* Who changes it wants to see something. */
	for_each_online_pgdat(pgdat)
		store_relaxed(pgdat->proactive_defer, 0);
	return 0;
}

/* ---- is it worth it? ---- */

/* Frames that are on their way while a block is made: those of it, and those they are moved to. */
static unsigned long compact_gap(unsigned int order)
{
	return 2UL << order;
}

enum compact_result compaction_suitable(struct zone *zone, unsigned int order, unsigned int alloc_flags,
					enum zone_type highest_zoneidx)
{
	unsigned long mark = wmark_pages(zone, alloc_flags & ALLOC_WMARK_MASK);
	int index;

	if (order >= MAX_ORDER)
		return COMPACT_SKIPPED;
	if (zone_watermark_ok(zone, order, mark, highest_zoneidx, alloc_flags))
		return COMPACT_SUCCESS;
	mark = order > COSTLY_ORDER ? low_wmark_pages(zone) : min_wmark_pages(zone);
	if (!zone_pages_suffice(zone, 0, mark + compact_gap(order), highest_zoneidx, ALLOC_CMA, 0))
		return COMPACT_SKIPPED;
	if (order <= COSTLY_ORDER)
		return COMPACT_CONTINUE;
	index = fragmentation_index(zone, order);
	return index >= 0 && index <= (int)load_relaxed(this_quire()->page.extfrag_threshold) ? COMPACT_SKIPPED
											       : COMPACT_CONTINUE;
}

/* ---- not too soon again ---- */

void defer_compaction(struct zone *zone, unsigned int order)
{
	/* Others may do the same: what is compared is what is stored, so that it stays in its range. */
	unsigned int shift = load_relaxed(zone->compact_defer_shift);
	int failed = load_relaxed(zone->compact_order_failed);

	store_relaxed(zone->compact_considered, 0);
	if (shift < COMPACT_MAX_DEFER_SHIFT)
		store_relaxed(zone->compact_defer_shift, shift + 1);
	if (!failed || (int)order < failed)
		store_relaxed(zone->compact_order_failed, (int)order);
}

/* Has it not failed for the order? 0: for none. */
static bool is_below_failed(const struct zone *zone, unsigned int order)
{
	int failed = load_relaxed(zone->compact_order_failed);

	return !failed || (int)order < failed;
}

bool compaction_deferred(struct zone *zone, unsigned int order)
{
	unsigned int limit = 1U << load_relaxed(zone->compact_defer_shift);
	unsigned int considered = load_relaxed(zone->compact_considered) + 1;

	if (is_below_failed(zone, order))
		return false;
	store_relaxed(zone->compact_considered, min_of(considered, limit));
	return considered < limit;
}

void compaction_defer_reset(struct zone *zone, unsigned int order, bool alloc_success)
{
	if (alloc_success) {
		store_relaxed(zone->compact_considered, 0);
		store_relaxed(zone->compact_defer_shift, 0);
	}
	if (!is_below_failed(zone, order))
		store_relaxed(zone->compact_order_failed, (int)order + 1);
}

bool compaction_restarting(const struct zone *zone, unsigned int order)
{
	if (is_below_failed(zone, order))
		return false;
	return load_relaxed(zone->compact_defer_shift) == COMPACT_MAX_DEFER_SHIFT &&
	       load_relaxed(zone->compact_considered) >= 1U << COMPACT_MAX_DEFER_SHIFT;
}

/* ---- for a request ---- */

static enum compact_result compact_zone_order(struct zone *zone, gfp_t gfp, unsigned int order,
					      enum compact_priority priority)
{
	struct compaction c = {
		.zone = zone,
		.order = order,
		.type = gfp_migratetype(gfp),
		.mode = priority == COMPACT_PRIO_ASYNC ? MIGRATE_ASYNC : MIGRATE_SYNC_LIGHT,
		.ignores_hints = priority == COMPACT_PRIO_SYNC_FULL,
		.max_surveys = priority == COMPACT_PRIO_ASYNC ? ASYNC_SURVEYS : LIGHT_SURVEYS,
	};

	if (priority == COMPACT_PRIO_SYNC_FULL)
		c.max_surveys = 0;
	return compact_zone(&c);
}

/* One zone of the list; COMPACT_SKIPPED: nothing was tried there. */
static enum compact_result try_zone(struct zone *zone, gfp_t gfp, unsigned int order, unsigned int alloc_flags,
				    enum compact_priority priority)
{
	enum compact_result result;

	if (priority > COMPACT_PRIO_SYNC_FULL && compaction_deferred(zone, order))
		return COMPACT_DEFERRED;
	result = compaction_suitable(zone, order, alloc_flags, gfp_zone(gfp));
	if (result == COMPACT_CONTINUE)
		result = compact_zone_order(zone, gfp, order, priority);
	if (result == COMPACT_SUCCESS)
		compaction_defer_reset(zone, order, false);
	else if (priority != COMPACT_PRIO_ASYNC &&
		 (result == COMPACT_COMPLETE || result == COMPACT_PARTIAL_SKIPPED))
		defer_compaction(zone, order);
	return result;
}

enum compact_result try_to_compact_pages(gfp_t gfp, unsigned int order, int nid, unsigned int alloc_flags,
					 enum compact_priority priority)
{
	struct zoneref *ref = zonelist_first(nid, gfp & __GFP_THISNODE);
	enum compact_result best = COMPACT_SKIPPED, result;

	if (!(gfp & __GFP_IO) || !page_moving())
		return COMPACT_SKIPPED;
	for (; ref->zone; ref++) {
		if (load_relaxed(ref->zone_idx) > (int)gfp_zone(gfp))
			continue;
		result = try_zone(ref->zone, gfp, order, alloc_flags, priority);
		best = max_of(best, result);
		/* Who does not want to wait does not look into one zone after the other. */
		if (result == COMPACT_SUCCESS || result == COMPACT_CONTENDED)
			break;
	}
	return best;
}

/* ---- all there is ---- */

static unsigned long compact_all_of(pg_data_t *pgdat)
{
	unsigned long made = 0;
	int type;

	drain_all_pages(NULL);
	for (type = 0; type < MAX_NR_ZONES; type++) {
		struct compaction c = {
			.zone = &pgdat->node_zones[type],
			.order = LEAF_ORDER,
			.whole_zone = true,
			.mode = MIGRATE_SYNC,
			.ignores_hints = true,
		};

		if (!populated_zone(c.zone))
			continue;
		compact_zone(&c);
		made += c.made;
	}
	return made;
}

long compact_node(int nid)
{
	pg_data_t *pgdat = NODE_DATA(nid);

	return pgdat ? (long)compact_all_of(pgdat) : -EINVAL;
}

unsigned long compact_memory(void)
{
	unsigned long made = 0;
	pg_data_t *pgdat;

	for_each_online_pgdat(pgdat)
		made += compact_all_of(pgdat);
	return made;
}

#endif
