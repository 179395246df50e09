/* SPDX-License-Identifier: MIT */
/*
 * highatomic.c - page blocks kept for those who want large blocks and cannot wait.
 *
 * Theory. An interrupt handler that needs 16 KB in one piece can neither compact nor reclaim:
 * free memory may be plenty and still all in crumbs. So the page block of each such request
 * that succeeds is set apart (MIGRATE_HIGHATOMIC): what is free in it serves only requests
 * that may not wait, and stays in large pieces. Who needs the reserve builds it by using it.
 *
 * It is at most a hundredth of the zone, in whole page blocks: a zone of less than a hundred
 * page blocks has none. A request that has reclaimed in vain takes it apart again, one page
 * block after the other, before it fails.
 *
 * Taking a reserve apart looks at each page block's type: a byte each, and this only when the
 * alternative is to fail.
 */
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"

static bool is_room_in_reserve(const struct zone *zone)
{
	return load_relaxed(zone->nr_reserved_highatomic) + pageblock_nr_pages <=
	       load_relaxed(zone->managed_pages) / 100;
}

/* Is every page of the page block the zone's? Those of another are under another lock. */
static bool is_whole_block_of(const struct zone *zone, pfn_t start)
{
	pfn_t pfn;

	for (pfn = start; pfn < start + pageblock_nr_pages; pfn++)
		if (!zone_spans_pfn(zone, pfn) || !pfn_valid(pfn) || zone_of_valid_frame(pfn) != zone)
			return false;
	return true;
}

void reserve_highatomic_pageblock(struct zone *zone, struct page *page)
{
	unsigned long flags;
	pfn_t start = ALIGN_DOWN(page_to_pfn(page), pageblock_nr_pages);

	if (!is_room_in_reserve(zone) || !is_whole_block_of(zone, start))
		return;
	flags = spin_lock_irqsave(&this_quire()->page.wmark_lock);
	/* Blocks of other types than these are somebody's, or reserved already. */
	if (is_room_in_reserve(zone) && get_pageblock_migratetype(page) < MIGRATE_PCPTYPES) {
		store_relaxed(zone->nr_reserved_highatomic,
			      zone->nr_reserved_highatomic + pageblock_nr_pages);
		move_freepages_block(zone, page, MIGRATE_HIGHATOMIC);
	}
	spin_unlock_irqrestore(&this_quire()->page.wmark_lock, flags);
}

/* The page block becomes one of `type`, if pages of it are free: else nobody would be helped. */
static bool unreserve_block_locked(struct zone *zone, struct page *page, enum migratetype type)
{
	if (!move_freepages_block(zone, page, type)) {
		set_pageblock_migratetype(page, MIGRATE_HIGHATOMIC);
		return false;
	}
	store_relaxed(zone->nr_reserved_highatomic, zone->nr_reserved_highatomic - pageblock_nr_pages);
	return true;
}

static bool unreserve_in_zone(struct zone *zone, enum migratetype type)
{
	pfn_t pfn = ALIGN_UP(load_relaxed(zone->zone_start_pfn), pageblock_nr_pages);
	unsigned long flags = spin_lock_irqsave(&this_quire()->page.wmark_lock);
	u32 walk = memmap_walk_begin();
	bool done = false;

	for (; pfn + pageblock_nr_pages <= zone_end_pfn(zone) && !done; pfn += pageblock_nr_pages) {
		struct page *page = pfn_to_page(pfn);

		/* Spans of zones may overlap: the page knows whose it is. */
		if (pfn_valid(pfn) && get_pageblock_migratetype(page) == MIGRATE_HIGHATOMIC &&
		    zone_of_valid_frame(pfn) == zone)
			done = unreserve_block_locked(zone, page, type);
	}
	memmap_walk_end(walk);
	spin_unlock_irqrestore(&this_quire()->page.wmark_lock, flags);
	return done;
}

bool unreserve_highatomic_pageblock(const struct alloc_context *ac, bool force)
{
	struct zoneref *ref;

	for_each_zone_of(ac, ref) {
		unsigned long reserved = load_relaxed(ref->zone->nr_reserved_highatomic);

		if (!reserved || (!force && reserved <= pageblock_nr_pages))
			continue;
		if (unreserve_in_zone(ref->zone, ac->migratetype))
			return true;
	}
	return false;
}
