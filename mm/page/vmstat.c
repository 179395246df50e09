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

	if (!populated_zone(zone) || zone->per_cpu_pageset == &this_quire()->page.boot_pageset)
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

	for_each_online_pgdat(pgdat)
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
