/* SPDX-License-Identifier: MIT */
/*
 * kcompactd.c - compaction in the background: what one thread a node does, in steps.
 *
 * Theory. It has two reasons to work. A request for a large block that may not wait has failed:
 * then one is made in each zone that might have served it, so that the next one succeeds. Or
 * memory has become fragmented: the share of free memory that no page block can be had of,
 * weighed over the node's zones, has passed a mark; then leaves are emptied, the emptiest first,
 * until it has sunk by ten:
 *
 *   score   0 ............. low ===== high ............ 100
 *                            |         `- begins          low = 100 - compaction_proactiveness
 *                            `- ends                      high = low + 10
 *
 * Where it can do nothing, it rests for 64 calls. Threads belong to a layer above: here is a step
 * of bounded length, one zone or one leaf, that any thread may call, or a clock in a process.
 */
#include <quire/compaction.h>

#include "mm/lib/bitmap.h"
#include "mm/page/compact.h"

#if CONFIG_PAGE_EXT

#define PROACTIVE_MAX_DEFER 64
#define STEP_SURVEYS 1024 /* leaves that one step looks into */

void wakeup_kcompactd(pg_data_t *pgdat, unsigned int order, enum zone_type highest_zoneidx)
{
	if (!order)
		return;
	if (load_relaxed(pgdat->kcompactd_max_order) < (int)order)
		store_relaxed(pgdat->kcompactd_max_order, (int)order);
	if (load_relaxed(pgdat->kcompactd_highest_zoneidx) < highest_zoneidx)
		store_relaxed(pgdat->kcompactd_highest_zoneidx, highest_zoneidx);
}

/* ---- for those who asked ---- */

static void compact_for_order(struct zone *zone, unsigned int order, enum zone_type highest_zoneidx)
{
	struct compaction c = {
		.zone = zone,
		.order = order,
		.type = MIGRATE_MOVABLE,
		.mode = MIGRATE_SYNC_LIGHT,
		.is_daemon = true,
		.max_surveys = STEP_SURVEYS,
	};
	enum compact_result result;

	if (!populated_zone(zone) || !page_moving() || compaction_deferred(zone, order) ||
	    compaction_suitable(zone, order, ALLOC_WMARK_MIN, highest_zoneidx) != COMPACT_CONTINUE)
		return;
	result = compact_zone(&c);
	if (result == COMPACT_SUCCESS)
		compaction_defer_reset(zone, order, false);
	else
		defer_compaction(zone, order);
}

/* The next zone; true: there are more. Who wants more meanwhile gets another round, of all zones. */
static bool step_for_order(pg_data_t *pgdat)
{
	enum zone_type highest = load_relaxed(pgdat->kcompactd_highest_zoneidx);

	if (!pgdat->kcompactd_zone) {
		count_vm_events(KCOMPACTD_WAKE, 1);
		pgdat->kcompactd_order = load_relaxed(pgdat->kcompactd_max_order);
	}
	compact_for_order(&pgdat->node_zones[pgdat->kcompactd_zone], (unsigned int)pgdat->kcompactd_order,
			  highest);
	if (++pgdat->kcompactd_zone <= (int)highest)
		return true;
	pgdat->kcompactd_zone = 0;
	if (load_relaxed(pgdat->kcompactd_max_order) > pgdat->kcompactd_order)
		return true;
	store_relaxed(pgdat->kcompactd_max_order, 0);
	store_relaxed(pgdat->kcompactd_highest_zoneidx, 0);
	return false;
}

/* ---- unasked ---- */

/* The share of the zone's free memory that is in no block as large as a page block: 0 .. 100. */
static unsigned long fragmentation_score_zone(struct zone *zone)
{
	unsigned int index = zone_free_pages(zone) ? (unsigned int)unusable_free_index(zone, pageblock_order) : 0;

	return index / 10;
}

unsigned int fragmentation_score_node(const pg_data_t *pgdat)
{
	unsigned long score = 0, zone_score;
	int type;

	for (type = 0; type < MAX_NR_ZONES; type++) {
		struct zone *zone = (struct zone *)(uintptr_t)&pgdat->node_zones[type];

		if (!populated_zone(zone))
			continue;
		zone_score = fragmentation_score_zone(zone);
		/* In units of 1024 pages: a machine of 16 TB does not overflow 32 bits. */
		score += zone_score * (zone->present_pages / 1024 + 1) / (pgdat->node_present_pages / 1024 + 1);
	}
	return (unsigned int)min_of(score, 100UL);
}

unsigned int fragmentation_score_wmark(bool low)
{
	unsigned int mark = max_of(100U - load_relaxed(this_quire()->page.compaction_proactiveness), 5U);

	return low ? mark : min_of(mark + 10, 100U);
}

/* Empties the emptiest leaf of a zone; false: none can be. */
static bool empty_one_leaf(pg_data_t *pgdat)
{
	int type;

	for (type = MAX_NR_ZONES; type-- > 0;) {
		struct compaction c = {
			.zone = &pgdat->node_zones[type],
			.order = LEAF_ORDER,
			.whole_zone = true,
			.max_blocks = 1,
			.max_surveys = STEP_SURVEYS,
			.mode = MIGRATE_SYNC_LIGHT,
			.is_daemon = true,
		};

		if (populated_zone(c.zone) && compact_zone(&c) == COMPACT_SUCCESS)
			return true;
	}
	return false;
}

static bool step_unasked(pg_data_t *pgdat)
{
	unsigned int defer = load_relaxed(pgdat->proactive_defer), score;

	if (!load_relaxed(this_quire()->page.compaction_proactiveness) || !page_moving())
		return false;
	if (defer) {
		store_relaxed(pgdat->proactive_defer, defer - 1);
		return false;
	}
	score = fragmentation_score_node(pgdat);
	/* Once begun it goes on down to the low mark. */
	if (score <= fragmentation_score_wmark(pgdat->is_compacting))
		pgdat->is_compacting = false;
	else
		pgdat->is_compacting = empty_one_leaf(pgdat);
	if (score > fragmentation_score_wmark(false) && !pgdat->is_compacting)
		store_relaxed(pgdat->proactive_defer, PROACTIVE_MAX_DEFER);
	return pgdat->is_compacting;
}

bool kcompactd_step(pg_data_t *pgdat)
{
	return load_relaxed(pgdat->kcompactd_max_order) ? step_for_order(pgdat) : step_unasked(pgdat);
}

#endif
