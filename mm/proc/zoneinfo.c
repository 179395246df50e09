/* SPDX-License-Identifier: MIT */
/*
 * zoneinfo.c - /proc/zoneinfo: every configured zone of every node.
 *
 * A zone without memory has the short form, which ends with the protection line. A
 * node's own counters stand in its first zone with memory.
 *
 * Linux fixes the set of rows when it is compiled; here the machine decides. ZONE_DMA32
 * is a 64-bit kernel's zone, and those are built with NUMA (CONFIG_NUMA and
 * CONFIG_NUMA_BALANCING) even for machines with one node. So are kernels for machines
 * with several nodes. 32-bit kernels for one node are not, and lack the NUMA rows.
 */
#include "mm/lib/bitmap.h"
#include "mm/lib/spinlock.h"
#include "mm/lib/string.h"
#include "mm/proc/internal.h"

#define MAX_STAT_THRESHOLD 125

static const char *const zone_stat_names[NR_VM_ZONE_STAT_ITEMS] = {
	[NR_FREE_PAGES] = "nr_free_pages",
	[NR_ZONE_INACTIVE_ANON] = "nr_zone_inactive_anon",
	[NR_ZONE_ACTIVE_ANON] = "nr_zone_active_anon",
	[NR_ZONE_INACTIVE_FILE] = "nr_zone_inactive_file",
	[NR_ZONE_ACTIVE_FILE] = "nr_zone_active_file",
	[NR_ZONE_UNEVICTABLE] = "nr_zone_unevictable",
	[NR_ZONE_WRITE_PENDING] = "nr_zone_write_pending",
	[NR_MLOCK] = "nr_mlock",
	[NR_BOUNCE] = "nr_bounce",
	[NR_ZSPAGES] = "nr_zspages",
	[NR_FREE_CMA_PAGES] = "nr_free_cma",
};

static const char *const numa_stat_names[NR_VM_NUMA_EVENT_ITEMS] = {
	[NUMA_HIT] = "numa_hit",         [NUMA_MISS] = "numa_miss",
	[NUMA_FOREIGN] = "numa_foreign", [NUMA_INTERLEAVE_HIT] = "numa_interleave",
	[NUMA_LOCAL] = "numa_local",     [NUMA_OTHER] = "numa_other",
};

static const char *const node_stat_names[NR_VM_NODE_STAT_ITEMS] = {
	[NR_INACTIVE_ANON] = "nr_inactive_anon",
	[NR_ACTIVE_ANON] = "nr_active_anon",
	[NR_INACTIVE_FILE] = "nr_inactive_file",
	[NR_ACTIVE_FILE] = "nr_active_file",
	[NR_UNEVICTABLE] = "nr_unevictable",
	[NR_SLAB_RECLAIMABLE] = "nr_slab_reclaimable",
	[NR_SLAB_UNRECLAIMABLE] = "nr_slab_unreclaimable",
	[NR_ISOLATED_ANON] = "nr_isolated_anon",
	[NR_ISOLATED_FILE] = "nr_isolated_file",
	[WORKINGSET_NODES] = "workingset_nodes",
	[WORKINGSET_REFAULT_ANON] = "workingset_refault_anon",
	[WORKINGSET_REFAULT_FILE] = "workingset_refault_file",
	[WORKINGSET_ACTIVATE_ANON] = "workingset_activate_anon",
	[WORKINGSET_ACTIVATE_FILE] = "workingset_activate_file",
	[WORKINGSET_RESTORE_ANON] = "workingset_restore_anon",
	[WORKINGSET_RESTORE_FILE] = "workingset_restore_file",
	[WORKINGSET_NODERECLAIM] = "workingset_nodereclaim",
	[NR_ANON_MAPPED] = "nr_anon_pages",
	[NR_FILE_MAPPED] = "nr_mapped",
	[NR_FILE_PAGES] = "nr_file_pages",
	[NR_FILE_DIRTY] = "nr_dirty",
	[NR_WRITEBACK] = "nr_writeback",
	[NR_WRITEBACK_TEMP] = "nr_writeback_temp",
	[NR_SHMEM] = "nr_shmem",
	[NR_SHMEM_THPS] = "nr_shmem_hugepages",
	[NR_SHMEM_PMDMAPPED] = "nr_shmem_pmdmapped",
	[NR_FILE_THPS] = "nr_file_hugepages",
	[NR_FILE_PMDMAPPED] = "nr_file_pmdmapped",
	[NR_ANON_THPS] = "nr_anon_transparent_hugepages",
	[NR_VMSCAN_WRITE] = "nr_vmscan_write",
	[NR_VMSCAN_IMMEDIATE] = "nr_vmscan_immediate_reclaim",
	[NR_DIRTIED] = "nr_dirtied",
	[NR_WRITTEN] = "nr_written",
	[NR_THROTTLED_WRITTEN] = "nr_throttled_written",
	[NR_KERNEL_MISC_RECLAIMABLE] = "nr_kernel_misc_reclaimable",
	[NR_FOLL_PIN_ACQUIRED] = "nr_foll_pin_acquired",
	[NR_FOLL_PIN_RELEASED] = "nr_foll_pin_released",
	[NR_KERNEL_STACK_KB] = "nr_kernel_stack",
	[NR_PAGETABLE] = "nr_page_table_pages",
	[NR_SECONDARY_PAGETABLE] = "nr_sec_page_table_pages",
	[NR_SWAPCACHE] = "nr_swapcached",
	[PGPROMOTE_SUCCESS] = "pgpromote_success",
	[PGPROMOTE_CANDIDATE] = "pgpromote_candidate",
};

/* What changes under zone->lock, as it was at one moment. */
struct zone_counts {
	unsigned long managed;
	unsigned long stat[NR_VM_ZONE_STAT_ITEMS];
};

/* The same of one CPU's list. */
struct pageset_counts {
	int count, high, batch;
	unsigned long numa_event[NR_VM_NUMA_EVENT_ITEMS];
};

static void read_zone(struct zone *zone, struct zone_counts *counts)
{
	unsigned long flags = spin_lock_irqsave(&zone->lock);

	counts->managed = zone->managed_pages;
	memcpy(counts->stat, zone->vm_stat, sizeof(counts->stat));
	spin_unlock_irqrestore(&zone->lock, flags);
}

static void read_pageset(struct zone *zone, unsigned int cpu, struct pageset_counts *counts)
{
	struct per_cpu_pages *pcp = &zone->per_cpu_pageset[cpu];
	unsigned long flags = spin_lock_irqsave(&pcp->lock);

	counts->count = pcp->count;
	counts->high = pcp->high;
	counts->batch = pcp->batch;
	memcpy(counts->numa_event, pcp->numa_event, sizeof(counts->numa_event));
	spin_unlock_irqrestore(&pcp->lock, flags);
}

static bool has_numa_rows(void)
{
	return zone_configured(ZONE_DMA32) || this_quire()->page.nr_nodes > 1;
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
	unsigned int i, end = has_numa_rows() ? NR_VM_NODE_STAT_ITEMS : PGPROMOTE_SUCCESS;

	seq_puts(m, "\n  per-node stats");
	for (i = 0; i < end; i++)
		show_stat(m, node_stat_names[i], pgdat->vm_stat[i]);
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
	unsigned long sum[NR_VM_NUMA_EVENT_ITEMS] = { 0 };
	struct pageset_counts counts;
	unsigned int cpu, i;

	for (cpu = 0; cpu < quire_nr_cpus(); cpu++) {
		read_pageset(zone, cpu, &counts);
		for (i = 0; i < NR_VM_NUMA_EVENT_ITEMS; i++)
			sum[i] += counts.numa_event[i];
	}
	for (i = 0; i < NR_VM_NUMA_EVENT_ITEMS; i++)
		show_stat(m, numa_stat_names[i], sum[i]);
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
		show_stat(m, zone_stat_names[i], counts.stat[i]);
	if (has_numa_rows())
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
