/* SPDX-License-Identifier: MIT */
/*
 * percpu_pages.c - each CPU's own few free pages of each zone.
 *
 * Theory. Most requests are for one page, and most frees give back one that is still in
 * the CPU's cache. So a CPU keeps single pages on lists of its own, taken and given back
 * in lots of `batch` under the zone's lock, and between lots touches nothing that other
 * CPUs write. The page freed last is the first to be handed out: it is the warmest.
 *
 * Until setup_per_cpu_pageset all zones share boot_pageset, whose `high` is 0: it keeps
 * nothing, and every page goes straight to the free lists.
 *
 * A list's lock is nearly always taken by its own CPU and so costs no transfer of a cache
 * line; it is there for the drains of other CPUs.
 */
#include "mm/lib/list.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"

void pcp_init(struct per_cpu_pages *pcp)
{
	int type;

	*pcp = (struct per_cpu_pages){ .batch = 1 };
	for (type = 0; type < MIGRATE_PCPTYPES; type++)
		INIT_LIST_HEAD(&pcp->lists[type]);
}

/* This CPU's lists of the zone, locked, interrupts off. */
static struct per_cpu_pages *pcp_lock(struct zone *zone, unsigned long *flags)
{
	struct per_cpu_pages *pcp = zone->per_cpu_pageset;

	*flags = local_irq_save();
	if (pcp != &this_quire()->page.boot_pageset)
		pcp += this_cpu_id();
	spin_lock(&pcp->lock);
	return pcp;
}

static void pcp_unlock(struct per_cpu_pages *pcp, unsigned long flags)
{
	spin_unlock_irqrestore(&pcp->lock, flags);
}

/* Changes the count of a locked list; others read it without the lock. */
static void count_pages(struct per_cpu_pages *pcp, int pages)
{
	store_relaxed(pcp->count, pcp->count + pages);
}

/* Fills an empty list with up to `batch` pages. */
static void refill(struct per_cpu_pages *pcp, struct zone *zone, enum migratetype type)
{
	int i;

	spin_lock(&zone->lock);
	for (i = 0; i < pcp->batch; i++) {
		struct page *page = buddy_alloc_locked(zone, 0, type);

		if (!page)
			break;
		page->index = type;
		list_add_tail(&page->lru, &pcp->lists[type]);
		count_pages(pcp, 1);
	}
	spin_unlock(&zone->lock);
}

/* Gives up to `count` pages back to the free lists, the coldest of each type first. */
static void drain_locked(struct per_cpu_pages *pcp, struct zone *zone, int count)
{
	int type;

	spin_lock(&zone->lock);
	for (type = 0; type < MIGRATE_PCPTYPES; type++) {
		while (count > 0 && !list_empty(&pcp->lists[type])) {
			struct page *page = list_last_entry(&pcp->lists[type], struct page, lru);

			list_del(&page->lru);
			count_pages(pcp, -1);
			count--;
			buddy_free_locked(zone, page, page_to_pfn(page), 0);
		}
	}
	spin_unlock(&zone->lock);
}

/* The warmest page of the type, after a refill if there is none. */
static struct page *take_locked(struct per_cpu_pages *pcp, struct zone *zone, enum migratetype type)
{
	struct list_head *list = &pcp->lists[type];
	struct page *page;

	if (list_empty(list))
		refill(pcp, zone, type);
	if (list_empty(list))
		return NULL;
	page = list_first_entry(list, struct page, lru);
	list_del(&page->lru);
	count_pages(pcp, -1);
	return page;
}

struct page *pcp_alloc(struct zone *zone, enum migratetype type)
{
	unsigned long flags;
	struct per_cpu_pages *pcp = pcp_lock(zone, &flags);
	struct page *page = take_locked(pcp, zone, type);

	pcp_unlock(pcp, flags);
	return page;
}

unsigned long pcp_alloc_bulk(struct zone *zone, enum migratetype type, unsigned long nr,
			     struct list_head *list)
{
	unsigned long flags, taken = 0;
	struct per_cpu_pages *pcp = pcp_lock(zone, &flags);

	for (; taken < nr; taken++) {
		struct page *page = take_locked(pcp, zone, type);

		if (!page)
			break;
		list_add_tail(&page->lru, list);
	}
	pcp_unlock(pcp, flags);
	return taken;
}

void pcp_free(struct zone *zone, struct page *page, pfn_t pfn)
{
	unsigned long flags;
	struct per_cpu_pages *pcp = pcp_lock(zone, &flags);
	enum migratetype type = get_pageblock_migratetype(page);

	if (!pcp->high || type == MIGRATE_ISOLATE) {
		spin_lock(&zone->lock);
		buddy_free_locked(zone, page, pfn, 0);
		spin_unlock(&zone->lock);
	} else {
		/* Types without a list of their own share the movable one. */
		if (type >= MIGRATE_PCPTYPES)
			type = MIGRATE_MOVABLE;
		page->index = type;
		list_add(&page->lru, &pcp->lists[type]);
		count_pages(pcp, 1);
		if (pcp->count >= pcp->high)
			drain_locked(pcp, zone, pcp->batch);
	}
	pcp_unlock(pcp, flags);
}

static void drain_zone(struct zone *zone)
{
	unsigned int cpu;

	if (zone->per_cpu_pageset == &this_quire()->page.boot_pageset)
		return;
	for (cpu = 0; cpu < quire_nr_cpus(); cpu++) {
		struct per_cpu_pages *pcp = &zone->per_cpu_pageset[cpu];
		unsigned long flags = spin_lock_irqsave(&pcp->lock);

		drain_locked(pcp, zone, pcp->count);
		spin_unlock_irqrestore(&pcp->lock, flags);
	}
}

void drain_all_pages(struct zone *zone)
{
	struct zone *each;

	if (zone)
		return drain_zone(zone);
	for_each_populated_zone(each)
		drain_zone(each);
}

void setup_per_cpu_pageset(void)
{
	struct page_state *ps = &this_quire()->page;
	struct per_cpu_pages *next = ps->pagesets;
	struct zone *zone;
	unsigned int cpu;

	for_each_populated_zone(zone) {
		for (cpu = 0; cpu < quire_nr_cpus(); cpu++)
			pcp_init(&next[cpu]);
		zone->per_cpu_pageset = next;
		next += quire_nr_cpus();
	}
}
