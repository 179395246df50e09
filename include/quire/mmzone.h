/* SPDX-License-Identifier: MIT */
/*
 * mmzone.h - nodes, zones and zonelists: walking them, and what the embedder may change.
 */
#ifndef QUIRE_MMZONE_H
#define QUIRE_MMZONE_H

#include <quire/page.h>

/* A node's data, or NULL where there is no such node. */
static inline pg_data_t *NODE_DATA(int nid)
{
	const struct page_state *ps = &this_quire()->page;

	return nid >= 0 && (unsigned int)nid < ps->nr_nodes ? ps->node_data[nid] : NULL;
}

/* Every node, in the order of ids. */
#define for_each_online_pgdat(pgdat) \
	for (pgdat = this_quire()->page.pgdat_list; pgdat; pgdat = pgdat->node_next)

static inline struct zone *next_zone(struct zone *zone)
{
	pg_data_t *pgdat = zone->zone_pgdat;

	if (zone < &pgdat->node_zones[MAX_NR_ZONES - 1])
		return zone + 1;
	return pgdat->node_next ? pgdat->node_next->node_zones : NULL;
}
static inline struct zone *first_zone(void)
{
	pg_data_t *first = this_quire()->page.pgdat_list;

	return first ? first->node_zones : NULL;
}
/* Every zone of every node, those without memory included. */
#define for_each_zone(zone) for (zone = first_zone(); zone; zone = next_zone(zone))
#define for_each_populated_zone(zone) \
	for_each_zone(zone)           \
		if (!populated_zone(zone)) { \
		} else

/* Has frames / has frames that the allocator was given. */
static inline bool populated_zone(const struct zone *zone)
{
	return zone->present_pages != 0;
}
static inline bool managed_zone(const struct zone *zone)
{
	return zone->managed_pages != 0;
}
static inline pfn_t zone_end_pfn(const struct zone *zone)
{
	return zone->zone_start_pfn + zone->spanned_pages;
}
static inline bool zone_spans_pfn(const struct zone *zone, pfn_t pfn)
{
	return pfn >= zone->zone_start_pfn && pfn < zone_end_pfn(zone);
}
static inline pfn_t pgdat_end_pfn(const pg_data_t *pgdat)
{
	return pgdat->node_start_pfn + pgdat->node_spanned_pages;
}
/* Is the zone one that this machine is configured with (and /proc/zoneinfo shows)? */
static inline bool zone_configured(enum zone_type type)
{
	return (this_quire()->page.zones >> type) & 1;
}

#define min_wmark_pages(z) ((z)->_watermark[WMARK_MIN] + (z)->watermark_boost)
#define low_wmark_pages(z) ((z)->_watermark[WMARK_LOW] + (z)->watermark_boost)
#define high_wmark_pages(z) ((z)->_watermark[WMARK_HIGH] + (z)->watermark_boost)

/* The distance between two nodes: 10 is local. */
int node_distance(int from, int to);

/* "DMA", "DMA32", "Normal", "HighMem", "Movable", "Device". */
const char *zone_name(enum zone_type type);
const char *migratetype_name(enum migratetype type);

/*
 * The type of the page block that the page is in. Setting it is for blocks without free
 * pages, with the zone's lock held: the free lists are by type.
 */
enum migratetype get_pageblock_migratetype(const struct page *page);
void set_pageblock_migratetype(struct page *page, enum migratetype type);

/*
 * Replaces the order in which zones are tried, and rebuilds every list; NULL: Linux's
 * order again (nodes by distance, in each the highest zone first). The lists must not
 * be in use by another CPU. Returns 0, or -EINVAL if the policy named a zone twice,
 * one without memory, or more than there are: the old lists then stay.
 */
int set_zonelist_order(zonelist_order_fn order);
/* A policy ready to use: of the zones that qualify, the one with most free pages first. */
size_t zonelist_order_best_fit(const struct pglist_data *node, bool fallback,
			       struct zoneref *refs, size_t max);

/*
 * How fragmented the free memory of a zone is for a block of `order`, in thousandths.
 * unusable_free_index: the share of free memory in blocks too small (0 all usable,
 * 1000 none). fragmentation_index: why a request would fail: towards 0 for lack of
 * memory, towards 1000 for fragmentation, -1000 where it would not fail.
 */
int unusable_free_index(struct zone *zone, unsigned int order);
int fragmentation_index(struct zone *zone, unsigned int order);

/*
 * Walks every free list, per-CPU list and page structure and checks each invariant of
 * mm/page. Returns 0, or -EINVAL after a line in the log that says what is broken.
 * Nobody else may allocate meanwhile. Costs a look at every page structure.
 */
int page_alloc_validate(void);

#endif
