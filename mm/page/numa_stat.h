/* SPDX-License-Identifier: MIT */
/*
 * numa_stat.h - counting where pages came from, in counters of the CPU that takes them.
 *
 * A count is a load and a store: a CPU alone writes its own counters. An interrupt handler
 * that takes a page between the two may have its count lost: statistics are not worth an
 * atomic operation on the hottest path there is.
 */
#ifndef MM_PAGE_NUMA_STAT_H
#define MM_PAGE_NUMA_STAT_H

#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"

/* This CPU's counters of the zone; NULL: all zones share one CPU's, while the machine boots. */
static inline unsigned long *numa_counters(struct zone *zone, unsigned int cpu)
{
	struct per_cpu_pages *of_cpus = zone->per_cpu_pageset;

	return of_cpus == &this_quire()->page.boot_pageset ? NULL : of_cpus[cpu].numa_event;
}

static inline void count_numa_event(unsigned long *counters, enum numa_stat_item item,
				    unsigned long nr)
{
	store_relaxed(counters[item], load_relaxed(counters[item]) + nr);
}

/*
 * `nr` blocks of the order were taken from `zone`; the request would have had preferred_zone first. A hit is
 * a block of the preferred zone's node, otherwise it is a miss here and foreign there. What
 * the boot takes is not counted.
 */
static inline void zone_statistics(struct zone *preferred_zone, struct zone *zone, unsigned int order,
				   unsigned long nr)
{
	count_vm_events((enum vm_event_item)(PGALLOC_DMA + zone->zone_idx), nr << order);
#if CONFIG_NUMA
	unsigned int cpu = this_cpu_id();
	unsigned long *counters = numa_counters(zone, cpu);
	bool is_hit = zone->node == preferred_zone->node;
	bool is_local = zone->node == this_quire()->page.cpu_node[cpu];

	if (!counters)
		return;
	count_numa_event(counters, is_hit ? NUMA_HIT : NUMA_MISS, nr);
	count_numa_event(counters, is_local ? NUMA_LOCAL : NUMA_OTHER, nr);
	if (!is_hit)
		count_numa_event(numa_counters(preferred_zone, cpu), NUMA_FOREIGN, nr);
#else
	(void)preferred_zone;
#endif
}

/* A page was wanted of the zone's node by its turn, and is. */
static inline void zone_interleave_hit(struct zone *zone)
{
	unsigned long *counters = numa_counters(zone, this_cpu_id());

	if (counters)
		count_numa_event(counters, NUMA_INTERLEAVE_HIT, 1);
}

#endif
