/* SPDX-License-Identifier: MIT */
/*
 * vmstat.c - the readers of the counters: sums over CPUs, zones and nodes.
 */
#include <quire/vmstat.h>

#include "mm/page/internal.h"

unsigned long zone_numa_event_state(const struct zone *zone, enum numa_stat_item item)
{
	unsigned long sum = 0;
	unsigned int cpu, i;

	/* One whose memory went has its history yet. */
	if ((!populated_zone(zone) && !zone->room_pages) ||
	    zone->per_cpu_pageset == &this_quire()->page.boot_pageset)
		return 0;
	for (cpu = 0; cpu < quire_nr_cpus(); cpu++) {
		const struct per_cpu_pages *pcp = &zone->per_cpu_pageset[cpu];

		sum += load_relaxed(pcp->numa_event[item]);
		/* What a CPU takes from its lists at once is a hit, and local. */
		for (i = 0; i < PCP_LISTS && (item == NUMA_HIT || item == NUMA_LOCAL); i++)
			sum += load_relaxed(pcp->lists[i].nr_taken);
	}
	return sum;
}

unsigned long sum_zone_numa_event_state(int nid, enum numa_stat_item item)
{
	const pg_data_t *pgdat = NODE_DATA(nid);
	unsigned long sum = 0;
	int type;

	for (type = 0; pgdat && type < MAX_NR_ZONES; type++)
		sum += zone_numa_event_state(&pgdat->node_zones[type], item);
	return sum;
}

unsigned long global_numa_event_state(enum numa_stat_item item)
{
	unsigned long sum = 0;
	pg_data_t *pgdat;

	for (pgdat = next_possible_node(-1); pgdat; pgdat = next_possible_node(pgdat->node_id))
		sum += sum_zone_numa_event_state(pgdat->node_id, item);
	return sum;
}

unsigned long global_zone_page_state(enum zone_stat_item item)
{
	unsigned long sum = 0;
	struct zone *zone;

	for_each_populated_zone(zone)
		sum += zone_page_state(zone, item);
	return sum;
}

unsigned long global_node_page_state(enum node_stat_item item)
{
	unsigned long sum = 0;
	pg_data_t *pgdat;

	for_each_online_pgdat(pgdat)
		sum += load_relaxed(pgdat->vm_stat[item]);
	return sum;
}

/* ---- events ---- */

static unsigned long sum_counted(enum vm_event_item item)
{
	const struct page_cpu *cpus = this_quire()->page.cpus_reserved;
	unsigned long sum = 0;
	unsigned int cpu;

	for (cpu = 0; cpus && cpu < quire_nr_cpus(); cpu++)
		sum += load_relaxed(cpus[cpu].event[item]);
	return sum;
}

/* Pages that CPUs took from their own lists of the zone without a further look. */
static unsigned long taken_from_lists(const struct zone *zone)
{
	unsigned long pages = 0;
	unsigned int cpu, i;

	if (zone->per_cpu_pageset == &this_quire()->page.boot_pageset)
		return 0;
	for (cpu = 0; cpu < quire_nr_cpus(); cpu++)
		for (i = 0; i < PCP_LISTS; i++)
			pages += load_relaxed(zone->per_cpu_pageset[cpu].lists[i].nr_taken) << (i / 4);
	return pages;
}

static unsigned long pages_allocated(enum zone_type type)
{
	unsigned long pages = sum_counted((enum vm_event_item)(PGALLOC_DMA + type));
	struct zone *zone;
	pg_data_t *pgdat;

	/* Those whose memory went as well: what was taken was taken. */
	for_each_room_zone(pgdat, zone)
		if (zone->zone_idx == (int)type)
			pages += taken_from_lists(zone);
	return pages;
}

/* Free, but for nobody to take. */
static unsigned long isolated_pages(void)
{
	unsigned long pages = 0;
	struct zone *zone;
	unsigned int i;

	for_each_populated_zone(zone) {
		for (i = 0; i < zone->nr_pools; i++)
			pages += load_relaxed(zone->pools[i].nr_isolated);
		for (i = 0; i < zone->nr_parts; i++)
			pages += load_relaxed(zone->parts[i].nr_isolated);
	}
	return pages;
}

/*
 * A page that is free was given back once more often than it was taken, the first time when
 * the boot allocators closed: frees need no counter of their own.
 */
static unsigned long pages_freed(void)
{
	unsigned long pages = nr_free_pages() + isolated_pages() + sum_counted(PGTAKE_RANGE);
	int type;

	for (type = 0; type < MAX_NR_ZONES; type++)
		pages += pages_allocated((enum zone_type)type);
	return pages;
}

unsigned long vm_event(enum vm_event_item item)
{
	if (item < ALLOCSTALL_DMA)
		return pages_allocated((enum zone_type)(item - PGALLOC_DMA));
	return item == PGFREE ? pages_freed() : sum_counted(item);
}
