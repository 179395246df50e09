/* SPDX-License-Identifier: MIT */
/*
 * bulk.c - single pages by the lot, straight from the zone's free memory: many at a time.
 */
#include <quire/fault.h>

#include "mm/lib/list.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"
#include "mm/page/numa_stat.h"
#include "mm/page/page_watch.h"

struct bulk_request {
	gfp_t gfp;
	int nid;
	const void *caller;
	struct list_head *list; /* what was taken, by lru */
};

/* Makes a page ready for its owner and puts it on the list; false: that is impossible. */
static bool hand_over(const struct bulk_request *r, struct page *page)
{
	bool is_ready = prep_new_page(page, r->gfp, 0);

	page_watch_alloc(page, 0, r->gfp, r->caller);
	if (is_ready)
		list_add_tail(&page->lru, r->list);
	else
		free_pages_for(page, 0, r->caller);
	return is_ready;
}

/* Up to `nr` pages of one zone, by the lot; returns how many. */
static unsigned long take_from_zone(const struct bulk_request *r, struct zone *zone, unsigned long nr)
{
	enum migratetype type = gfp_migratetype(r->gfp);
	struct page *pages[PCP_BATCH_MAX];
	unsigned long taken = 0, flags;
	unsigned int got, i;

	do {
		flags = local_irq_save();
		got = buddy_take(zone, 0, type, pages, (unsigned int)min_of(nr - taken, PCP_BATCH_MAX + 0UL));
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
static unsigned long take_from_zones(const struct bulk_request *r, unsigned long nr)
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
static unsigned long alloc_bulk(gfp_t gfp, int nid, unsigned long nr, struct list_head *list,
				const void *caller)
{
	const struct bulk_request r = { .gfp = gfp, .nid = nid, .caller = caller, .list = list };
	unsigned long taken = take_from_zones(&r, nr);
	struct page *page;

	for (; taken < nr; taken++) {
		page = alloc_pages_for(gfp | __GFP_NOWARN, 0, nid, caller);
		if (!page)
			break;
		list_add_tail(&page->lru, list);
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
	int nid = NUMA_NO_NODE;
	struct list_head fresh;
	unsigned long taken;

	if (!may_alloc(gfp, &nid))
		return 0;
	INIT_LIST_HEAD(&fresh);
	taken = alloc_bulk(gfp, nid, nr, &fresh, __builtin_return_address(0));
	while (!list_empty(&fresh)) {
		struct list_head *link = fresh.next;

		list_del(link);
		list_add_tail(link, list);
	}
	return taken;
}

static unsigned long alloc_array(gfp_t gfp, int nid, unsigned long nr, struct page **pages,
				 const void *caller)
{
	struct list_head fresh;
	unsigned long wanted = 0, i;

	for (i = 0; i < nr; i++)
		wanted += !pages[i];
	INIT_LIST_HEAD(&fresh);
	if (wanted && may_alloc(gfp, &nid))
		alloc_bulk(gfp, nid, wanted, &fresh, caller);
	for (i = 0; i < nr && (pages[i] || !list_empty(&fresh)); i++) {
		if (pages[i])
			continue;
		pages[i] = list_first_entry(&fresh, struct page, lru);
		list_del(&pages[i]->lru);
	}
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
