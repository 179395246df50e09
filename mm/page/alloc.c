/* SPDX-License-Identifier: MIT */
/*
 * alloc.c - taking pages: from what a caller asks for to a block.
 *
 * The gfp flags name the highest zone that will do; the node's zonelist holds the zones
 * to try, in order; the first zone that has a block wins. Single pages come through the
 * CPU's own list, larger blocks straight from the zone's free lists.
 */
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"

#include <quire/fault.h>

/* A type that the machine lacks means NORMAL. */
enum zone_type gfp_zone(gfp_t gfp)
{
	enum zone_type type = ZONE_NORMAL;

	if (gfp & __GFP_DMA)
		type = ZONE_DMA;
	else if (gfp & __GFP_DMA32)
		type = ZONE_DMA32;
	else if ((gfp & __GFP_HIGHMEM) && (gfp & __GFP_MOVABLE))
		type = ZONE_MOVABLE;
	else if (gfp & __GFP_HIGHMEM)
		type = ZONE_HIGHMEM;
	if (type < ZONE_NORMAL && !zone_configured(type))
		return ZONE_NORMAL;
	/* Without windows onto it, RAM above the direct map cannot be cleared. */
	if (type > ZONE_NORMAL && (gfp & __GFP_ZERO) && max_low_pfn < max_pfn && !can_clear_highmem())
		return ZONE_NORMAL;
	return type;
}

enum migratetype gfp_migratetype(gfp_t gfp)
{
	if (!this_quire()->page.mobility_grouping)
		return MIGRATE_UNMOVABLE;
	if (gfp & __GFP_MOVABLE)
		return MIGRATE_MOVABLE;
	return gfp & __GFP_RECLAIMABLE ? MIGRATE_RECLAIMABLE : MIGRATE_UNMOVABLE;
}

/* A block of the zone, or NULL. */
static struct page *rmqueue(struct zone *zone, unsigned int order, enum migratetype type)
{
	unsigned long flags;
	struct page *page;

	if (order == 0)
		return pcp_alloc(zone, type);
	flags = spin_lock_irqsave(&zone->lock);
	page = buddy_alloc_locked(zone, order, type);
	spin_unlock_irqrestore(&zone->lock, flags);
	return page;
}

static struct page *try_zones(int nid, gfp_t gfp, unsigned int order)
{
	enum zone_type highest = gfp_zone(gfp);
	enum migratetype type = gfp_migratetype(gfp);
	struct zoneref *ref = zonelist_first(nid, gfp & __GFP_THISNODE);

	for (; ref->zone; ref++) {
		struct page *page;

		if (ref->zone_idx > (int)highest)
			continue;
		page = rmqueue(ref->zone, order, type);
		if (page)
			return page;
	}
	return NULL;
}

static struct page *get_page_from_freelist(int nid, gfp_t gfp, unsigned int order)
{
	struct page *page = try_zones(nid, gfp, order);

	if (page)
		return page;
	/* What is missing may be on the lists of other CPUs, or on this one's of another type. */
	drain_all_pages(NULL);
	return try_zones(nid, gfp, order);
}

/* Links the block's tails to its head, so that one may be found from the other. */
static void prep_compound_page(struct page *page, unsigned int order)
{
	unsigned long i;

	SetPageHead(page);
	for (i = 1; i < 1UL << order; i++)
		page[i].compound_head = (unsigned long)(uintptr_t)page | 1;
	page[1].compound_order = order;
}

bool can_clear_highmem(void)
{
	const struct highmem_ops *ops = this_quire()->page.highmem;

	return ops && ops->clear;
}

/* Clears a block; false: it is highmem, and a page of it cannot be mapped. */
static bool clear_block(struct page *page, unsigned int order)
{
	pfn_t pfn = page_to_pfn(page);
	unsigned long i;

	if (pfn < max_low_pfn) {
		memset(phys_to_virt(PFN_PHYS(pfn)), 0, PAGE_SIZE << order);
		return true;
	}
	for (i = 0; i < 1UL << order; i++)
		if (!can_clear_highmem() || !this_quire()->page.highmem->clear(page + i))
			return false;
	return true;
}

bool prep_new_page(struct page *page, gfp_t gfp, unsigned int order)
{
	bool is_ready;

	VM_BUG_ON(page_ref_count(page) != 0);
	VM_BUG_ON(PageBuddy(page));
	/* Also what an owner wrote that had the page as the tail of a block. */
	page->mapping = NULL;
	set_page_private(page, 0);
	page->_mapcount = -1;
	set_page_flags(page, page_flags(page) & ~PAGE_FLAGS_MASK);
	set_page_alloc_order(page, order);
	if (order && (gfp & __GFP_COMP))
		prep_compound_page(page, order);
	is_ready = !(gfp & __GFP_ZERO) || clear_block(page, order);
	store_release(page->_refcount, 1);
	return is_ready;
}

static struct page *alloc_failed(gfp_t gfp, unsigned int order)
{
	if (!(gfp & __GFP_NOWARN))
		pr_err("page allocation failure: order:%u, gfp:0x%x, %luK free", order, gfp,
		       nr_free_pages() << (PAGE_SHIFT - 10));
	return NULL;
}

struct page *__alloc_pages(gfp_t gfp, unsigned int order, int preferred_nid)
{
	struct page *page;

	if (WARN(this_quire()->phase != PHASE_BUDDY,
		 "alloc_pages while the page allocator is not up: use the boot allocator"))
		return NULL;
	if (WARN(order >= MAX_ORDER, "alloc_pages of order %u: the highest is %u", order, MAX_ORDER - 1))
		return NULL;
	if (!NODE_DATA(preferred_nid))
		return NULL;
	page = should_fail_alloc() ? NULL : get_page_from_freelist(preferred_nid, gfp, order);
	if (!page)
		return alloc_failed(gfp, order);
	if (!prep_new_page(page, gfp, order)) {
		__free_pages(page, order);
		return alloc_failed(gfp, order);
	}
	return page;
}

struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order)
{
	if (nid == NUMA_NO_NODE)
		return alloc_pages(gfp, order);
	return __alloc_pages(gfp, order, nid);
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	/* Before the boot there are no nodes: __alloc_pages says so. */
	int nid = this_quire()->phase == PHASE_BUDDY ? numa_node_id() : 0;

	return __alloc_pages(gfp, order, nid);
}

void *page_address(const struct page *page)
{
	pfn_t pfn = page_to_pfn(page);

	if (pfn < max_low_pfn)
		return phys_to_virt(PFN_PHYS(pfn));
	return this_quire()->page.highmem ? this_quire()->page.highmem->address(page) : NULL;
}

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	struct page *page;

	if (WARN(gfp & __GFP_HIGHMEM, "__get_free_pages cannot give highmem: it has no address"))
		return 0;
	page = alloc_pages(gfp, order);
	return page ? (unsigned long)(uintptr_t)page_address(page) : 0;
}

unsigned long get_zeroed_page(gfp_t gfp)
{
	return __get_free_pages(gfp | __GFP_ZERO, 0);
}

unsigned long nr_free_pages(void)
{
	unsigned long pages = 0;
	struct zone *zone;
	unsigned int cpu;

	for_each_populated_zone(zone) {
		pages += zone_free_pages(zone);
		if (zone->per_cpu_pageset == &this_quire()->page.boot_pageset)
			continue;
		for (cpu = 0; cpu < quire_nr_cpus(); cpu++)
			pages += (unsigned long)load_relaxed(zone->per_cpu_pageset[cpu].count);
	}
	return pages;
}
