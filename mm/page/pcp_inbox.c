/* SPDX-License-Identifier: MIT */
/*
 * pcp_inbox.c - pages that one CPU takes and another gives back, on their way home.
 *
 * Theory. A CPU takes pages from leaves of its own pool. One that another CPU gives back (a buffer
 * that is filled here and emptied there) would go by way of that pool: both CPUs write the
 * states and counters of the same leaves at the same time, and wait for one lock. So a CPU
 * whose list is full looks whose its coldest pages are, and hands them over as they are, a lot at
 * a time, into that CPU's inbox; it finds them there when its own list is empty.
 *
 *   CPU 0  list -> used by the owner -> freed on CPU 1 -> list of CPU 1, full
 *     ^                                                        |
 *     `------------- inbox of CPU 0  <-------------------------'
 *
 * An inbox has pages of one type at a time. It is one of the CPU's lists to all who count and drain
 * them. When it is full, or somebody is just at it, pages go to the pool as ever.
 */
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"

/* So many times what a list of single pages holds: what a consumer frees while the producer works. */
#define INBOX_LISTS 4

unsigned int inbox_room(const struct zone *zone)
{
	return quire_nr_cpus() > 1 ? INBOX_LISTS * pcp_list_room(zone, 0) : 0;
}

bool inbox_give(struct zone *zone, enum migratetype type, struct page *const *pages, unsigned int count)
{
	unsigned int pool = load_relaxed(zone->leaves[leaf_number(zone, page_to_pfn(*pages))].pool), i;
	struct per_cpu_pages *pcp = &zone->per_cpu_pageset[pool];
	struct pcp_list *inbox = &pcp->lists[PCP_INBOX];
	bool is_fit;

	if (pool == this_cpu_id() % zone->nr_pools ||
	    load_relaxed(inbox->count) + count > load_relaxed(inbox->limit) ||
	    !spin_trylock(&pcp->inbox_lock))
		return false;
	is_fit = inbox->count + count <= load_relaxed(inbox->limit) && (!inbox->count || inbox->kind == type);
	if (is_fit) {
		for (i = 0; i < count; i++)
			inbox->slot[inbox->count + i] = pages[i];
		inbox->kind = (u16)type;
		store_relaxed(inbox->count, (u16)(inbox->count + count));
	}
	spin_unlock(&pcp->inbox_lock);
	return is_fit;
}

/* The newest pages, of one type; -1: of any. */
static unsigned int take(struct per_cpu_pages *pcp, int type, struct page **pages, unsigned int max)
{
	struct pcp_list *inbox = &pcp->lists[PCP_INBOX];
	unsigned int count = 0, left, i;

	if (!load_relaxed(inbox->count))
		return 0;
	spin_lock(&pcp->inbox_lock);
	if (type < 0 || inbox->kind == type)
		count = min_of(max, (unsigned int)inbox->count);
	left = inbox->count - count;
	for (i = 0; i < count; i++)
		pages[i] = inbox->slot[left + i];
	store_relaxed(inbox->count, (u16)left);
	spin_unlock(&pcp->inbox_lock);
	return count;
}

unsigned int inbox_take(struct zone *zone, enum migratetype type, struct page **pages, unsigned int max)
{
	return take(&zone->per_cpu_pageset[this_cpu_id() % zone->nr_pools], (int)type, pages, max);
}

unsigned int inbox_take_of(struct per_cpu_pages *pcp, struct page **pages, unsigned int max)
{
	return take(pcp, -1, pages, max);
}
