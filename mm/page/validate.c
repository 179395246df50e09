/* SPDX-License-Identifier: MIT */
/*
 * validate.c - the invariants of mm/page, walked.
 *
 * For each zone: every block on a free list says so itself, with the list's order and
 * type, lies in the zone, is aligned, is held by nobody, and its buddy is not free as a
 * whole (the two would be one block); nr_free and the zone's count are what the lists
 * hold. Then the other way round: every page structure of the zone is read, and the
 * blocks that say they are free are as many as the lists hold; the rest is reserved,
 * taken, or on a CPU's list, and managed is the sum.
 */
#include "mm/lib/bitmap.h"
#include "mm/lib/list.h"
#include "mm/lib/log.h"
#include "mm/page/internal.h"

#define BROKEN(...) (pr_err("page_alloc_validate: " __VA_ARGS__), -EINVAL)

/* Is the buddy of the free block free as a whole too? Then they should have been merged. */
static bool has_free_buddy(const struct page *page, unsigned int order)
{
	pfn_t pfn = page_to_pfn(page), buddy_pfn = pfn ^ (1UL << order);
	const struct page *buddy = page + ((long)buddy_pfn - (long)pfn);

	if (order + 1 >= MAX_ORDER)
		return false;
	return PageBuddy(buddy) && buddy_order(buddy) == order &&
	       page_flags(buddy) >> NODES_SHIFT == page_flags(page) >> NODES_SHIFT;
}

static int check_free_block(const struct zone *zone, const struct page *page, unsigned int order,
			    unsigned int type)
{
	pfn_t pfn = page_to_pfn(page);

	if (!PageBuddy(page) || buddy_order(page) != order)
		return BROKEN("frame 0x%lx is on the list of order %u but does not say so", pfn, order);
	if (page_zone(page) != zone || !zone_spans_pfn(zone, pfn) ||
	    pfn + (1UL << order) > zone_end_pfn(zone))
		return BROKEN("frame 0x%lx is on a list of zone %s, where it does not lie", pfn, zone->name);
	if (pfn & ((1UL << order) - 1))
		return BROKEN("block 0x%lx of order %u is not aligned", pfn, order);
	if (page_ref_count(page) || PageReserved(page))
		return BROKEN("frame 0x%lx is free and in use", pfn);
	if (get_pageblock_migratetype(page) != (enum migratetype)type)
		return BROKEN("block 0x%lx is on the list %s, not on its page block's", pfn,
			      migratetype_name(type));
	if (has_free_buddy(page, order))
		return BROKEN("block 0x%lx of order %u was not merged with its buddy", pfn, order);
	return 0;
}

static int check_free_list(const struct zone *zone, unsigned int order, unsigned int type,
			   unsigned long *blocks)
{
	const struct list_head *head = &zone->free_area[order].free_list[type], *at;
	int err;

	list_for_each(at, head) {
		const struct page *page = list_entry(at, struct page, lru);

		if (at->next->prev != at || at->prev->next != at)
			return BROKEN("a list of zone %s, order %u is torn", zone->name, order);
		if (++*blocks > zone->spanned_pages)
			return BROKEN("a list of zone %s, order %u runs in a circle", zone->name, order);
		err = check_free_block(zone, page, order, type);
		if (err)
			return err;
	}
	return 0;
}

static int check_free_area(const struct zone *zone, unsigned long *free_pages)
{
	unsigned int order, type;
	int err;

	*free_pages = 0;
	for (order = 0; order < MAX_ORDER; order++) {
		unsigned long blocks = 0;

		for (type = 0; type < MIGRATE_TYPES; type++) {
			err = check_free_list(zone, order, type, &blocks);
			if (err)
				return err;
		}
		if (blocks != zone->free_area[order].nr_free)
			return BROKEN("zone %s, order %u: nr_free is %lu, the lists hold %lu", zone->name,
				      order, zone->free_area[order].nr_free, blocks);
		*free_pages += blocks << order;
	}
	if (*free_pages != zone->vm_stat[NR_FREE_PAGES])
		return BROKEN("zone %s: %lu pages are free by count, %lu by the lists", zone->name,
			      zone->vm_stat[NR_FREE_PAGES], *free_pages);
	return 0;
}

/* Pages on the lists of all CPUs. */
static int check_pcp(const struct zone *zone, unsigned long *pcp_pages)
{
	const struct page_state *ps = &this_quire()->page;
	unsigned int cpu, cpus = zone->per_cpu_pageset == &ps->boot_pageset ? 0 : quire_nr_cpus();
	int type;

	*pcp_pages = 0;
	for (cpu = 0; cpu < cpus; cpu++) {
		const struct per_cpu_pages *pcp = &zone->per_cpu_pageset[cpu];
		const struct list_head *at;
		int count = 0;

		for (type = 0; type < MIGRATE_PCPTYPES; type++) {
			list_for_each(at, &pcp->lists[type]) {
				const struct page *page = list_entry(at, struct page, lru);

				if (++count > pcp->count)
					return BROKEN("zone %s: CPU %u holds more pages than it counts",
						      zone->name, cpu);
				if (PageBuddy(page) || PageReserved(page) || page_ref_count(page) ||
				    page_zone(page) != zone)
					return BROKEN("frame 0x%lx on CPU %u's list is in use",
						      page_to_pfn(page), cpu);
			}
		}
		if (count != pcp->count)
			return BROKEN("zone %s: CPU %u counts %d pages and holds %d", zone->name, cpu,
				      pcp->count, count);
		*pcp_pages += (unsigned long)count;
	}
	return 0;
}

struct frame_counts {
	unsigned long free;     /* in blocks that say they are free */
	unsigned long reserved;
	unsigned long taken;    /* the rest: allocated, inside such a block, or on a CPU's list */
};

/* Reads the page structures of one largest block, those of this zone. */
static int count_block(const struct zone *zone, pfn_t start, struct frame_counts *counts)
{
	pfn_t pfn = start, end = start + MAX_ORDER_NR_PAGES;

	if (block_is_lazy(start) &&
	    (!PageBuddy(pfn_to_page(start)) || buddy_order(pfn_to_page(start)) != MAX_ORDER - 1))
		return BROKEN("block 0x%lx has unwritten structures but is not free", start);
	while (pfn < end) {
		const struct page *page = pfn_to_page(pfn);
		bool ours = page_zone(page) == zone && zone_spans_pfn(zone, pfn);

		if (PageBuddy(page)) {
			counts->free += ours ? 1UL << buddy_order(page) : 0;
			pfn += 1UL << buddy_order(page);
			continue;
		}
		counts->reserved += ours && PageReserved(page);
		counts->taken += ours && !PageReserved(page);
		pfn++;
	}
	return 0;
}

static int check_frames(const struct zone *zone, unsigned long free_pages)
{
	struct frame_counts counts = { 0, 0, 0 };
	pfn_t pfn = ALIGN_DOWN(zone->zone_start_pfn, MAX_ORDER_NR_PAGES);
	int err;

	for (; pfn < zone_end_pfn(zone); pfn += MAX_ORDER_NR_PAGES) {
		if (!pfn_valid(pfn))
			continue;
		err = count_block(zone, pfn, &counts);
		if (err)
			return err;
	}
	if (counts.free != free_pages)
		return BROKEN("zone %s: the lists hold %lu free pages, the page structures say %lu",
			      zone->name, free_pages, counts.free);
	if (counts.free + counts.taken != zone->managed_pages)
		return BROKEN("zone %s: %lu pages are managed, but %lu are free and %lu taken",
			      zone->name, zone->managed_pages, counts.free, counts.taken);
	return 0;
}

int page_alloc_validate(void)
{
	unsigned long free_pages, pcp_pages, managed = 0;
	struct zone *zone;
	int err;

	for_each_zone(zone) {
		err = check_free_area(zone, &free_pages);
		if (!err)
			err = check_pcp(zone, &pcp_pages);
		if (!err)
			err = check_frames(zone, free_pages);
		if (err)
			return err;
		if (free_pages + pcp_pages > zone->managed_pages)
			return BROKEN("zone %s: more pages free than managed", zone->name);
		managed += zone->managed_pages;
	}
	if (managed != totalram_pages())
		return BROKEN("the zones manage %lu pages, totalram is %lu", managed, totalram_pages());
	return 0;
}
