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
#include "mm/page/page_watch.h"

/* In a leaf that nobody has touched no structure says so: the zone that has it whole does. */
struct zone *zone_of_valid_frame(pfn_t pfn)
{
	struct page *page = pfn_to_online_page(pfn);
	struct zone *zone;

	if (page)
		return page_zone(page);
	for_each_populated_zone(zone)
		if (zone_spans_pfn(zone, pfn) && zone_has_leaf(zone, pfn) &&
		    zone->leaves[leaf_number(zone, pfn)].is_whole)
			return zone;
	return NULL;
}

/* The one zone that all frames of the range belong to; NULL: there is none. Spans may overlap. */
static struct zone *zone_of_range(pfn_t start, pfn_t end)
{
	struct zone *zone = pfn_valid(start) ? zone_of_valid_frame(start) : NULL;
	pfn_t pfn;

	if (!zone || end > zone_end_pfn(zone))
		return NULL;
	for (pfn = start; pfn < end; pfn++)
		if (!pfn_valid(pfn) || zone_of_valid_frame(pfn) != zone)
			return NULL;
	return zone;
}

static int take_range(struct zone *zone, pfn_t start, pfn_t end)
{
	unsigned long flags = local_irq_save();
	int err = buddy_take_range(zone, start, end);

	local_irq_restore(flags);
	return err;
}

int alloc_contig_range(pfn_t start, pfn_t end, unsigned int migratetype, gfp_t gfp)
{
	bool is_ready = true;
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
	if (WARN((gfp & __GFP_ZERO) && end > max_low_pfn && !can_clear_highmem(),
		 "alloc_contig_range cannot clear highmem: it has no address"))
		return -EINVAL;
	if (should_fail_alloc())
		return -EBUSY;
	err = take_range(zone, start, end);
	if (err) {
		drain_all_pages(zone);
		err = take_range(zone, start, end);
	}
	for (pfn = start; !err && pfn < end; pfn++) {
		is_ready &= prep_new_page(pfn_to_page(pfn), gfp, 0);
		page_watch_alloc(pfn_to_page(pfn), 0, gfp, __builtin_return_address(0));
	}
	if (is_ready)
		return err;
	free_contig_range(start, end - start);
	return -ENOMEM;
}

void free_contig_range(pfn_t start, unsigned long nr_pages)
{
	const void *caller = __builtin_return_address(0);
	unsigned long i;

	if (WARN(this_quire()->phase != PHASE_BUDDY, "free_contig_range before the page allocator is up"))
		return;
	for (i = 0; i < nr_pages; i++)
		free_pages_for(pfn_to_page(start + i), 0, caller);
}
