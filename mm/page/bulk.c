/* SPDX-License-Identifier: MIT */
/*
 * bulk.c - single pages by the lot: the CPU's list is locked once for many.
 */
#include <quire/fault.h>

#include "mm/lib/list.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"

/* Up to `nr` pages from the zones that will do, linked by lru. */
static unsigned long take_from_zones(gfp_t gfp, int nid, unsigned long nr, struct list_head *list)
{
	enum zone_type highest = gfp_zone(gfp);
	enum migratetype type = gfp_migratetype(gfp);
	struct zoneref *ref = zonelist_first(nid, gfp & __GFP_THISNODE);
	unsigned long taken = 0;

	for (; ref->zone && taken < nr; ref++)
		if (ref->zone_idx <= (int)highest)
			taken += pcp_alloc_bulk(ref->zone, type, nr - taken, list);
	return taken;
}

/* The same, each ready for its owner; also what other lists hold, if memory runs out. */
static unsigned long alloc_bulk(gfp_t gfp, int nid, unsigned long nr, struct list_head *list)
{
	unsigned long taken = take_from_zones(gfp, nid, nr, list);
	struct page *page, *following;

	if (taken < nr) {
		drain_all_pages(NULL);
		taken += take_from_zones(gfp, nid, nr - taken, list);
	}
	list_for_each_entry_safe(page, following, list, lru) {
		if (prep_new_page(page, gfp, 0))
			continue;
		list_del(&page->lru);
		__free_page(page);
		taken--;
	}
	return taken;
}

/* False, with a warning for misuse: nothing can be taken now. */
static bool may_alloc(int *nid)
{
	if (WARN(this_quire()->phase != PHASE_BUDDY,
		 "alloc_pages_bulk while the page allocator is not up: use the boot allocator"))
		return false;
	if (*nid == NUMA_NO_NODE)
		*nid = numa_node_id();
	return NODE_DATA(*nid) && !should_fail_alloc();
}

unsigned long alloc_pages_bulk_list(gfp_t gfp, unsigned long nr, struct list_head *list)
{
	int nid = NUMA_NO_NODE;
	struct list_head fresh;
	unsigned long taken;

	if (!may_alloc(&nid))
		return 0;
	INIT_LIST_HEAD(&fresh);
	taken = alloc_bulk(gfp, nid, nr, &fresh);
	while (!list_empty(&fresh)) {
		struct list_head *link = fresh.next;

		list_del(link);
		list_add_tail(link, list);
	}
	return taken;
}

unsigned long alloc_pages_bulk_array_node(gfp_t gfp, int nid, unsigned long nr, struct page **pages)
{
	struct list_head fresh;
	unsigned long wanted = 0, i;

	for (i = 0; i < nr; i++)
		wanted += !pages[i];
	INIT_LIST_HEAD(&fresh);
	if (wanted && may_alloc(&nid))
		alloc_bulk(gfp, nid, wanted, &fresh);
	for (i = 0; i < nr && (pages[i] || !list_empty(&fresh)); i++) {
		if (pages[i])
			continue;
		pages[i] = list_first_entry(&fresh, struct page, lru);
		list_del(&pages[i]->lru);
	}
	return i;
}

unsigned long alloc_pages_bulk_array(gfp_t gfp, unsigned long nr, struct page **pages)
{
	return alloc_pages_bulk_array_node(gfp, NUMA_NO_NODE, nr, pages);
}
