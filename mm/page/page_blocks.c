/* SPDX-License-Identifier: MIT */
/*
 * page_blocks.c - the page blocks of a zone, counted by migrate type.
 *
 * Zones of different nodes may lie between one another, so each block is asked whose it is, by
 * one of its frames: as in Linux the zone's first frame, and from there as many further on as
 * a block has. So of two zones that meet inside a block just one counts it.
 */
#include "mm/page/internal.h"

void zone_count_page_blocks(const struct zone *zone, unsigned long counts[MIGRATE_TYPES])
{
	pfn_t pfn = load_relaxed(zone->zone_start_pfn);
	u32 walk = memmap_walk_begin();
	int type;

	for (type = 0; type < MIGRATE_TYPES; type++)
		counts[type] = 0;
	for (; pfn < zone_end_pfn(zone); pfn += pageblock_nr_pages)
		if (pfn_valid(pfn) && zone_of_valid_frame(pfn) == zone)
			counts[get_pageblock_migratetype(pfn_to_page(pfn))]++;
	memmap_walk_end(walk);
}
