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
	return load_relaxed(zone->present_pages) != 0;
}
static inline bool managed_zone(const struct zone *zone)
{
	return load_relaxed(zone->managed_pages) != 0;
}
static inline pfn_t zone_end_pfn(const struct zone *zone)
{
	return load_relaxed(zone->zone_start_pfn) + load_relaxed(zone->spanned_pages);
}
/* The span changes when memory comes or goes: its two ends are read as they were at one time. */
static inline bool zone_spans_pfn(const struct zone *zone, pfn_t pfn)
{
	pfn_t start, pages;
	u32 seq;

	do {
		seq = load_acquire(zone->span_seq);
		start = load_acquire(zone->zone_start_pfn);
		pages = load_acquire(zone->spanned_pages);
	} while (__builtin_expect((seq & 1) || load_relaxed(zone->span_seq) != seq, 0));
	return pfn >= start && pfn - start < pages;
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

/* ---- watermarks: how much of a zone stays free, and for whom ---- */

/* A mark (enum zone_watermarks) in pages, with its boost. Context: any. */
unsigned long wmark_pages(const struct zone *zone, unsigned int mark);
#define min_wmark_pages(z) wmark_pages(z, WMARK_MIN)
#define low_wmark_pages(z) wmark_pages(z, WMARK_LOW)
#define high_wmark_pages(z) wmark_pages(z, WMARK_HIGH)

/* What a request may take: alloc_flags. The mark it must leave is one of the first three. */
#define ALLOC_WMARK_MIN 0x00u
#define ALLOC_WMARK_LOW 0x01u
#define ALLOC_WMARK_HIGH 0x02u
#define ALLOC_WMARK_MASK 0x03u
#define ALLOC_NO_WATERMARKS 0x04u /* all there is: __GFP_MEMALLOC */
#define ALLOC_OOM 0x08u		  /* half of the mark, and the highatomic reserve: OOM victims */
#define ALLOC_HARDER 0x10u	  /* a quarter of the mark, and that reserve: __GFP_ATOMIC */
#define ALLOC_HIGH 0x20u	  /* half of the mark: __GFP_HIGH */
#define ALLOC_CMA 0x80u		  /* also pages of CMA areas: movable requests */
#define ALLOC_KSWAPD 0x800u	  /* may wake background reclaim: __GFP_KSWAPD_RECLAIM */

/*
 * Would a block of `order` leave the zone with more than `mark` pages, and is there one? The
 * pages that such a request cannot have do not count as free, and lowmem_reserve of
 * highest_zoneidx, the highest zone that the request may use, is left as well.
 * Context: any, zone->lock not held. The answer may be old when it arrives.
 */
bool zone_watermark_ok(struct zone *zone, unsigned int order, unsigned long mark,
		       enum zone_type highest_zoneidx, unsigned int alloc_flags);

/*
 * The vm.* sysctls of watermarks and reserves. Each recomputes all that follows from it:
 * marks, lowmem_reserve, totalreserve_pages, sizes of per-CPU lists. They return 0, or
 * -EINVAL for a value out of range or before the machine is up: nothing changes then.
 * Context: any, the locks of the zones and of the per-CPU lists not held. The values are in
 * struct page_state.
 *
 * min_free_kbytes: 0 .. all of lowmem. watermark_scale_factor: 1 .. 3000 ten-thousandths.
 * watermark_boost_factor: 0 (never boost) .. ten-thousandths of the high mark.
 * lowmem_reserve_ratio: 0 (no reserve in that zone) and up. percpu_pagelist_high_fraction: 0
 * (the lists follow the low mark), or 8 and up.
 */
int set_min_free_kbytes(long kbytes);
int set_watermark_scale_factor(int factor);
int set_watermark_boost_factor(int factor);
int set_lowmem_reserve_ratio(enum zone_type type, int ratio);
int set_percpu_pagelist_high_fraction(int fraction);

/*
 * Background reclaim has done its work for a zone whose marks were boosted: they sink again
 * by `pages`, or by what is left. Context: any, zone->lock not held.
 */
void lower_watermark_boost(struct zone *zone, unsigned long pages);

/*
 * Who makes memory free when a request does not find any; NULL: nobody. `ops` belongs to the
 * caller and must stay. Set once the machine is up, before other CPUs allocate; a reset
 * forgets it.
 */
void set_reclaim_ops(const struct reclaim_ops *ops);

/*
 * Logs what memory there is and how it is used, as Linux does when an allocation fails: nodes,
 * zones, free blocks by order. A line too long for port_log goes on in the next one, which
 * begins with the space that parted them. Context: any, no lock of a zone held.
 */
void show_mem(void);

/*
 * The log shows the first 10 allocation failures, then the 16th, the 32nd, the 64th ...: tier
 * 0 has no clock to count them by. After this it begins anew. A kernel that calls it every 5
 * seconds has 10 reports in 5 seconds and a few.
 */
void rearm_alloc_warnings(void);

/* ---- names and types ---- */

/* The distance between two nodes: 10 is local. */
int node_distance(int from, int to);

/* "DMA", "DMA32", "Normal", "HighMem", "Movable", "Device". */
const char *zone_name(enum zone_type type);
const char *migratetype_name(enum migratetype type);

/* A counter of the zone, in pages. May be old when it is read. Context: any. */
unsigned long zone_page_state(const struct zone *zone, enum zone_stat_item item);
/*
 * Free blocks of each order, 0 .. MAX_ORDER - 1: those of one migrate type, or of all for -1.
 * Pages that CPUs keep are in no block. Looks at the states of all frames in partly free leaves.
 */
void zone_count_free_blocks(const struct zone *zone, int type, unsigned long *count);
/* Pages that a CPU keeps for itself. May be old when it is read. */
unsigned long per_cpu_pages_count(const struct per_cpu_pages *pcp);
/* The order of the free block that begins at the frame; -1: none does. */
int free_block_order(pfn_t pfn);

/*
 * The type of the page block that the page is in. Setting it moves the block's free pages
 * to the free memory of that type; those that CPUs keep stay there until they come back.
 */
enum migratetype get_pageblock_migratetype(const struct page *page);
void set_pageblock_migratetype(struct page *page, enum migratetype type);

/*
 * Replaces the order in which zones are tried, and rebuilds every list; NULL: Linux's
 * order again (nodes by distance, in each the highest zone first). The lists must not
 * be in use by another CPU; with a policy of one's own this holds for memory hot-plug as well,
 * which asks it again when a zone gets its first memory or loses its last. Returns 0, or
 * -EINVAL if the policy named a zone twice, one without memory, or more than there are: the old
 * lists then stay.
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
