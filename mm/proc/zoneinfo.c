/* SPDX-License-Identifier: MIT */
/*
 * zoneinfo.c - /proc/zoneinfo: every configured zone of every node.
 *
 * A zone without memory has the short form, which ends with the protection line. A
 * node's own counters stand in its first zone with memory.
 */
#include <quire/vmstat.h>

#include "mm/lib/bitmap.h"
#include "mm/proc/internal.h"

#define MAX_STAT_THRESHOLD 125

/* What changes all the time, read once. */
struct zone_counts {
	unsigned long managed;
	unsigned long stat[NR_VM_ZONE_STAT_ITEMS];
};

/* The same of one CPU's list. */
struct pageset_counts {
	int count, high, batch;
};

static void read_zone(struct zone *zone, struct zone_counts *counts)
{
	unsigned int i;

	counts->managed = load_relaxed(zone->managed_pages);
	for (i = 0; i < NR_VM_ZONE_STAT_ITEMS; i++)
		counts->stat[i] = zone_page_state(zone, i);
}

static void read_pageset(struct zone *zone, unsigned int cpu, struct pageset_counts *counts)
{
	const struct per_cpu_pages *pcp = &zone->per_cpu_pageset[cpu];
	counts->count = (int)per_cpu_pages_count(pcp);
	counts->high = pcp->high;
	counts->batch = pcp->batch;
}

static bool is_first_populated_zone(const struct zone *zone)
{
	const struct zone *first = zone->zone_pgdat->node_zones;

	while (first < zone && !populated_zone(first))
		first++;
	return first == zone && populated_zone(zone);
}

/*
 * How far a CPU's own counters may run before they go to the zone's: more for more CPUs
 * and more memory, so that the sum of the errors stays small against the zone.
 */
static unsigned int stat_threshold(unsigned long managed)
{
	unsigned long units = managed >> (27 - PAGE_SHIFT); /* of 128 MB */
	unsigned int threshold = 2 * fls_long(quire_nr_cpus()) * (1 + fls_long(units));

	return min_of(threshold, (unsigned int)MAX_STAT_THRESHOLD);
}

static void show_stat(struct seq_file *m, const char *name, unsigned long value)
{
	seq_printf(m, "\n      %-12s %lu", name, value);
}

static void show_node_stats(struct seq_file *m, const pg_data_t *pgdat)
{
	unsigned int i, end = quire_nr_node_stats();

	seq_puts(m, "\n  per-node stats");
	for (i = 0; i < end; i++)
		show_stat(m, quire_node_stat_names[i], pgdat->vm_stat[i]);
}

/* How many pages a request for each kind of zone must leave here. */
static void show_protection(struct seq_file *m, const struct zone *zone)
{
	const char *before = "\n        protection: (";
	enum zone_type type;

	for (type = 0; type < MAX_NR_ZONES; type++) {
		if (!zone_configured(type))
			continue;
		seq_printf(m, "%s%lu", before, zone->lowmem_reserve[type]);
		before = ", ";
	}
	seq_puts(m, ")");
}

static void show_sizes(struct seq_file *m, const struct zone *zone,
		       const struct zone_counts *counts)
{
	seq_printf(m, "\n  pages free     %lu", counts->stat[NR_FREE_PAGES]);
	seq_printf(m, "\n        boost    %lu", zone->watermark_boost);
	seq_printf(m, "\n        min      %lu", min_wmark_pages(zone));
	seq_printf(m, "\n        low      %lu", low_wmark_pages(zone));
	seq_printf(m, "\n        high     %lu", high_wmark_pages(zone));
	seq_printf(m, "\n        spanned  %lu", zone->spanned_pages);
	seq_printf(m, "\n        present  %lu", zone->present_pages);
	seq_printf(m, "\n        managed  %lu", counts->managed);
	seq_printf(m, "\n        cma      %lu", zone->cma_pages);
	show_protection(m, zone);
}

static void show_numa_events(struct seq_file *m, struct zone *zone)
{
	unsigned int i;

	for (i = 0; i < NR_VM_NUMA_EVENT_ITEMS; i++)
		show_stat(m, quire_numa_stat_names[i], zone_numa_event_state(zone, i));
}

/* The threshold stands with each CPU: Linux computes it per CPU, always the same. */
static void show_pagesets(struct seq_file *m, struct zone *zone, unsigned long managed)
{
	struct pageset_counts counts;
	unsigned int cpu;

	seq_puts(m, "\n  pagesets");
	for (cpu = 0; cpu < quire_nr_cpus(); cpu++) {
		read_pageset(zone, cpu, &counts);
		seq_printf(m, "\n    cpu: %u", cpu);
		seq_printf(m, "\n              count: %d", counts.count);
		seq_printf(m, "\n              high:  %d", counts.high);
		seq_printf(m, "\n              batch: %d", counts.batch);
		seq_printf(m, "\n  vm stats threshold: %u", stat_threshold(managed));
	}
}

static void show_zone(struct seq_file *m, struct zone *zone)
{
	struct zone_counts counts;
	unsigned int i;

	read_zone(zone, &counts);
	seq_zone(m, zone);
	if (is_first_populated_zone(zone))
		show_node_stats(m, zone->zone_pgdat);
	show_sizes(m, zone, &counts);
	if (!populated_zone(zone)) {
		seq_puts(m, "\n");
		return;
	}
	for (i = 0; i < NR_VM_ZONE_STAT_ITEMS; i++)
		show_stat(m, quire_zone_stat_names[i], counts.stat[i]);
	if (quire_has_numa_rows())
		show_numa_events(m, zone);
	show_pagesets(m, zone, counts.managed);
	/* Reclaim, which would call a node unreclaimable, is a later layer's. */
	seq_printf(m, "\n  node_unreclaimable:  %u\n  start_pfn:           %lu\n", 0U,
		   zone->zone_start_pfn);
}

void zoneinfo_show(struct seq_file *m)
{
	struct zone *zone;

	for_each_zone(zone)
		if (zone_configured(zone->zone_idx))
			show_zone(m, zone);
}
