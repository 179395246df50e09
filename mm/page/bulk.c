/* SPDX-License-Identifier: MIT */
/*
 * bulk.c - single pages by the lot: those that the CPU keeps, then the zone's, many at a time.
 */
#include <quire/fault.h>

#include "mm/lib/list.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"
#include "mm/page/numa_stat.h"
#include "mm/page/page_watch.h"

/* What is asked for, and where it goes: to a list, or into the empty places of an array. */
struct bulk_request {
	gfp_t gfp;
	int nid;
	const void *caller;
	struct list_head *list; /* by lru; NULL: the array */
	struct page **place;	/* from here on, the next empty one */
};

static void deliver(struct bulk_request *r, struct page *page)
{
	if (r->list) {
		list_add_tail(&page->lru, r->list);
		return;
	}
	while (*r->place)
		r->place++;
	*r->place++ = page;
}

/* Makes a page ready for its owner and delivers it; false: that is impossible. */
static bool hand_over(struct bulk_request *r, struct page *page)
{
	bool is_ready = prep_new_page(page, r->gfp, 0);

	page_watch_alloc(page, 0, r->gfp, r->caller);
	if (is_ready)
		deliver(r, page);
	else
		free_pages_for(page, 0, r->caller);
	return is_ready;
}

/* Up to `nr` pages of one zone, by the lot: what this CPU keeps first. Returns how many. */
static unsigned long take_from_zone(struct bulk_request *r, struct zone *zone, unsigned long nr)
{
	enum migratetype type = gfp_migratetype(r->gfp);
	struct page *pages[PCP_BATCH_MAX];
	unsigned long taken = 0, flags;
	unsigned int got, now, i;

	do {
		now = (unsigned int)min_of(nr - taken, PCP_BATCH_MAX + 0UL);
		flags = local_irq_save();
		got = pcp_take_pages(zone, type, pages, now);
		if (!got)
			got = buddy_take(zone, 0, type, pages, now);
		local_irq_restore(flags);
		for (i = 0; i < got; i++)
			taken += hand_over(r, pages[i]);
	} while (got && taken < nr);
	return taken;
}

/* May so many pages leave the zone? Who asks for many at once goes down to the low mark only. */
static bool may_give(const struct zone *zone, gfp_t gfp, unsigned long nr)
{
	if ((gfp & __GFP_MEMALLOC) && !(gfp & __GFP_NOMEMALLOC))
		return true;
	return zone_pages_suffice(zone, 0, low_wmark_pages(zone) + nr, gfp_zone(gfp), gfp_alloc_flags_cma(gfp),
				  0);
}

/* The same from all the zones that will do. */
static unsigned long take_from_zones(struct bulk_request *r, unsigned long nr)
{
	enum zone_type highest = gfp_zone(r->gfp);
	struct zoneref *ref = zonelist_first(r->nid, r->gfp & __GFP_THISNODE);
	struct zone *preferred = NULL;
	unsigned long taken = 0, of_zone;

	for (; ref->zone && taken < nr; ref++) {
		if (load_relaxed(ref->zone_idx) > (int)highest)
			continue;
		if (!preferred)
			preferred = ref->zone;
		if (!may_give(ref->zone, r->gfp, nr - taken))
			continue;
		of_zone = take_from_zone(r, ref->zone, nr - taken);
		zone_statistics(preferred, ref->zone, 0, of_zone);
		taken += of_zone;
	}
	return taken;
}

/* Up to `nr` pages: as many as the zones may give at once, then one by one, as single requests. */
static unsigned long alloc_bulk(struct bulk_request *r, unsigned long nr)
{
	unsigned long taken = take_from_zones(r, nr);
	struct page *page;

	for (; taken < nr; taken++) {
		page = alloc_pages_for(r->gfp | __GFP_NOWARN, 0, r->nid, r->caller);
		if (!page)
			break;
		deliver(r, page);
	}
	return taken;
}

/* False, with a warning for misuse: nothing can be taken now. */
static bool may_alloc(gfp_t gfp, int *nid)
{
	if (WARN(this_quire()->phase != PHASE_BUDDY,
		 "alloc_pages_bulk while the page allocator is not up: use the boot allocator"))
		return false;
	if (*nid == NUMA_NO_NODE)
		*nid = numa_node_id();
	return NODE_DATA(*nid) && !should_fail_alloc_page(gfp, 0);
}

unsigned long alloc_pages_bulk_list(gfp_t gfp, unsigned long nr, struct list_head *list)
{
	struct bulk_request r = {
		.gfp = gfp, .nid = NUMA_NO_NODE, .list = list, .caller = __builtin_return_address(0),
	};

	return may_alloc(gfp, &r.nid) ? alloc_bulk(&r, nr) : 0;
}

static unsigned long alloc_array(gfp_t gfp, int nid, unsigned long nr, struct page **pages,
				 const void *caller)
{
	struct bulk_request r = { .gfp = gfp, .nid = nid, .caller = caller, .place = pages };
	unsigned long wanted = 0, i;

	for (i = 0; i < nr; i++)
		wanted += !pages[i];
	if (wanted && may_alloc(gfp, &r.nid))
		alloc_bulk(&r, wanted);
	for (i = (unsigned long)(r.place - pages); i < nr && pages[i]; i++)
		;
	return i;
}

unsigned long alloc_pages_bulk_array_node(gfp_t gfp, int nid, unsigned long nr, struct page **pages)
{
	return alloc_array(gfp, nid, nr, pages, __builtin_return_address(0));
}

unsigned long alloc_pages_bulk_array(gfp_t gfp, unsigned long nr, struct page **pages)
{
	return alloc_array(gfp, NUMA_NO_NODE, nr, pages, __builtin_return_address(0));
}
