/* SPDX-License-Identifier: MIT */
/*
 * contig.c - just these frames: ranges by page frame number.
 *
 * A range may begin and end inside free blocks; buddy.c takes it out of them. Only free
 * frames can be had: pages in use stay where they are.
 */
#include <quire/fault.h>

#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"

/* The one zone that spans all of the range, where each frame has a structure; NULL: there is none. */
static struct zone *zone_of_range(pfn_t start, pfn_t end)
{
	struct zone *zone;
	pfn_t pfn;

	for (pfn = start; pfn < end; pfn = (pfn | (MAX_ORDER_NR_PAGES - 1)) + 1)
		if (!pfn_valid(pfn))
			return NULL;
	for_each_populated_zone(zone)
		if (zone_spans_pfn(zone, start) && zone_spans_pfn(zone, end - 1) &&
		    zone->zone_start_pfn <= start)
			return zone;
	return NULL;
}

static int take_range(struct zone *zone, pfn_t start, pfn_t end)
{
	unsigned long flags = spin_lock_irqsave(&zone->lock);
	int err = buddy_take_range_locked(zone, start, end);

	spin_unlock_irqrestore(&zone->lock, flags);
	return err;
}

int alloc_contig_range(pfn_t start, pfn_t end, unsigned int migratetype, gfp_t gfp)
{
	struct zone *zone;
	pfn_t pfn;
	int err;

	(void)migratetype; /* says what the caller's pages will be; nothing is moved for it yet */
	if (WARN(this_quire()->phase != PHASE_BUDDY, "alloc_contig_range before the page allocator is up"))
		return -EINVAL;
	if (start >= end)
		return -EINVAL;
	zone = zone_of_range(start, end);
	if (!zone)
		return -EINVAL;
	if (should_fail_alloc())
		return -EBUSY;
	err = take_range(zone, start, end);
	if (err) {
		drain_all_pages(zone);
		err = take_range(zone, start, end);
	}
	for (pfn = start; !err && pfn < end; pfn++)
		prep_new_page(pfn_to_page(pfn), gfp & ~__GFP_COMP, 0);
	return err;
}

void free_contig_range(pfn_t start, unsigned long nr_pages)
{
	unsigned long i;

	for (i = 0; i < nr_pages; i++)
		__free_pages(pfn_to_page(start + i), 0);
}
