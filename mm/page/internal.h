/* SPDX-License-Identifier: MIT */
/*
 * internal.h - what the files of mm/page share and nobody else sees.
 *
 * Lock order: per_cpu_pages.lock, then zone.lock; both with interrupts off on this CPU.
 */
#ifndef MM_PAGE_INTERNAL_H
#define MM_PAGE_INTERNAL_H

#include <quire/gfp.h>
#include <quire/mmzone.h>

#include <quire/atomic.h>

#include "mm/lib/bitmap.h"

/* ---- nodes and zones (node.c) ---- */

/*
 * From memblock's regions to nodes and zones with their spans, and to the memory that
 * mem_map, the zonelists and the per-CPU lists need. Takes all the memory that the page
 * layer needs at boot. Returns 0, -ENOMEM or -EINVAL with a line in the log.
 */
int free_area_init(const struct quire_machine *machine);
/* The highest zone type with frames, MOVABLE and DEVICE aside: where ZONE_MOVABLE takes its pages. */
enum zone_type zone_top_type(void);
bool zone_is_highmem(const struct zone *zone);
/* The node of the CPU that runs this. */
int numa_node_id(void);
/* The zone of node `nid` that frame `pfn` of RAM belongs to. */
struct zone *zone_of_frame(pfn_t pfn, int nid);

/* ---- the array of page structures (memmap.c) ---- */

/* -ENOMEM after a line in the log. */
int memmap_alloc(const struct quire_machine *machine);
/* Gives the page structures of holes back to memblock. */
void free_unused_memmap(void);
/* Writes the page structures: all that are needed, lazily in wholly free blocks. */
void memmap_init(void);
/* Writes the rest of a largest block whose head alone was written so far. */
void memmap_complete(struct page *head);
/* Index of the largest block that holds the frame. */
static inline unsigned long memmap_block(pfn_t pfn)
{
	return (pfn - this_quire()->page.memmap_base_pfn) >> (MAX_ORDER - 1);
}
/* Has the block that holds the frame only its head written? Zones share the words of the map. */
static inline bool block_is_lazy(pfn_t pfn)
{
	return memmap_block_bit(this_quire()->page.block_lazy, pfn);
}

/* ---- zonelists (zonelist.c) ---- */

int zonelists_alloc(void);
void build_all_zonelists(void);
/* The first entry of the list to try; the end has a NULL zone. */
struct zoneref *zonelist_first(int nid, bool this_node_only);

/* ---- the buddy system (buddy.c); all with zone->lock held ---- */

/* The order of the largest aligned block that begins at `start` and ends by `end`. */
static inline unsigned int largest_order(pfn_t start, pfn_t end)
{
	unsigned int order = start ? __ffs(start) : MAX_ORDER - 1;

	order = min_of(order, MAX_ORDER - 1);
	return min_of(order, fls_long(end - start) - 1);
}

void zone_init_free_lists(struct zone *zone);
/* Changes the count of free pages; others read it without the lock. */
static inline void zone_count_free(struct zone *zone, long pages)
{
	store_relaxed(zone->vm_stat[NR_FREE_PAGES], zone->vm_stat[NR_FREE_PAGES] + (unsigned long)pages);
}
static inline unsigned long zone_free_pages(const struct zone *zone)
{
	return load_relaxed(zone->vm_stat[NR_FREE_PAGES]);
}
/* Puts a block on the free lists, merged with its free buddies. */
void buddy_free_locked(struct zone *zone, struct page *page, pfn_t pfn, unsigned int order);
/* Takes a block off the free lists; NULL: none large enough. */
struct page *buddy_alloc_locked(struct zone *zone, unsigned int order, enum migratetype type);

/*
 * Takes the frames [start, end), all of the zone, off the free lists; the blocks' other parts go
 * back. Returns 0; -EBUSY if one of them is not free: nothing has changed then.
 */
int buddy_take_range_locked(struct zone *zone, pfn_t start, pfn_t end);

/* ---- per-CPU lists (percpu_pages.c) ---- */

void pcp_init(struct per_cpu_pages *pcp);
/* One page of the CPU's own list, refilled from the zone; NULL: the zone has none. */
struct page *pcp_alloc(struct zone *zone, enum migratetype type);
/* Up to `nr` of them, linked by lru onto the list; returns how many. */
unsigned long pcp_alloc_bulk(struct zone *zone, enum migratetype type, unsigned long nr,
			     struct list_head *list);
void pcp_free(struct zone *zone, struct page *page, pfn_t pfn);
void setup_per_cpu_pageset(void);

/* ---- taking and giving back (alloc.c, free.c) ---- */

/* The highest zone type, and the migrate type, that serve the request. */
enum zone_type gfp_zone(gfp_t gfp);
enum migratetype gfp_migratetype(gfp_t gfp);
/* Is there somebody who clears pages that the direct map does not reach? */
bool can_clear_highmem(void);
/*
 * From a free block to one that its new owner may use: its count is 1. False: it was to be
 * cleared, and cannot be; the caller frees it.
 */
bool prep_new_page(struct page *page, gfp_t gfp, unsigned int order);
/* The block is not in use any more: to the CPU's list or the free lists. No checks. */
void free_unref_pages(struct page *page, unsigned int order);
/* __free_pages at any time of the boot, for somebody else: the warnings name `caller`. */
void free_pages_for(struct page *page, unsigned int order, const void *caller);

static inline unsigned int page_alloc_order(const struct page *page)
{
	return (unsigned int)(page_flags(page) >> ORDER_SHIFT) & ((1U << ORDER_WIDTH) - 1);
}
static inline void set_page_alloc_order(struct page *page, unsigned int order)
{
	unsigned long others = page_flags(page) & ~(((1UL << ORDER_WIDTH) - 1) << ORDER_SHIFT);

	set_page_flags(page, others | (unsigned long)order << ORDER_SHIFT);
}
/* The order of a free block, from its first page. */
static inline unsigned int buddy_order(const struct page *page)
{
	return (unsigned int)page->private_data;
}

/* ---- watermarks (watermark.c) ---- */

/* min_free_kbytes and all that follows from it: watermarks, reserves, per-CPU list sizes. */
void init_per_zone_wmark_min(void);
void setup_per_zone_lowmem_reserve(void);
/* Pages of zones up to `type` less their high watermarks. */
unsigned long nr_free_zone_pages(enum zone_type type);

/* ---- the hand-over (mem_init.c, free_ranges.c) ---- */

/* A walk over the ranges of frames that are free when the boot allocators close. */
struct free_range_walk {
	pfn_t low, high;          /* frames outside are skipped */
	bool from_bootmem;        /* the bitmaps say what is free, not memblock */
	bootmem_data_t *bdata;    /* the bitmap being read */
	u64 memblock_cursor;
	pfn_t pending, pending_end; /* what is left of the range found last */
	struct zone *zone;        /* of the range that free_range_next gave */
};
/* Lowmem as memblock or bootmem has it, or highmem, which memblock alone knows. */
void free_range_start(struct free_range_walk *walk, bool highmem);
/* The next range [*start, *end), never empty, in one zone (walk->zone). */
bool free_range_next(struct free_range_walk *walk, pfn_t *start, pfn_t *end);

int mem_init(void);

#endif
