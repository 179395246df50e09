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
 * them. It is open while its CPU looks for pages: who finds it full empties it into the pool and
 * closes it, and its CPU opens it again when its list is empty next. Else pages that nobody fetches
 * would lie there, and keep as many leaves from being whole. While it is closed, or somebody is just
 * at it, pages go to the pool as ever.
 */
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"

/* So many times what a list of single pages holds: what a consumer frees while the producer works. */
#define INBOX_LISTS 4

unsigned int inbox_room(const struct zone *zone)
{
	return quire_nr_cpus() > 1 ? INBOX_LISTS * pcp_list_room(zone, 0) : 0;
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
	struct per_cpu_pages *pcp = &zone->per_cpu_pageset[this_cpu_id() % zone->nr_pools];

	if (!load_relaxed(pcp->lists[PCP_INBOX].limit))
		store_relaxed(pcp->lists[PCP_INBOX].limit, (u16)inbox_room(zone));
	return take(pcp, (int)type, pages, max);
}

void inbox_drain(struct per_cpu_pages *pcp, struct zone *zone)
{
	struct page *pages[PCP_BATCH_MAX];
	unsigned int count;

	while ((count = take(pcp, -1, pages, PCP_BATCH_MAX)))
		buddy_put(zone, pages, count, 0);
}

static unsigned int pool_of(const struct zone *zone, const struct page *page)
{
	return load_relaxed(zone->leaves[leaf_number(zone, page_to_pfn(page))].pool);
}

/* Of some of the lot: a stray page of another CPU must not take the others with it. */
static bool are_of_pool(const struct zone *zone, struct page *const *pages, unsigned int count, unsigned int pool)
{
	return pool_of(zone, pages[count / 2]) == pool && pool_of(zone, pages[count - 1]) == pool;
}

bool inbox_give(struct zone *zone, enum migratetype type, struct page *const *pages, unsigned int count)
{
	unsigned int pool = pool_of(zone, *pages), i;
	struct per_cpu_pages *pcp = &zone->per_cpu_pageset[pool];
	struct pcp_list *inbox = &pcp->lists[PCP_INBOX];
	bool is_fit;

	if (pool == this_cpu_id() % zone->nr_pools || !load_relaxed(inbox->limit) ||
	    !are_of_pool(zone, pages, count, pool))
		return false;
	if (load_relaxed(inbox->count) + count > load_relaxed(inbox->limit)) {
		/* Full, and so not wanted. */
		store_relaxed(inbox->limit, 0);
		inbox_drain(pcp, zone);
		return false;
	}
	if (!spin_trylock(&pcp->inbox_lock))
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
