/* SPDX-License-Identifier: MIT */
/*
 * internal.h - what the files of mm/proc share: one show function a report, and what
 * builds the resource tree. The table of reports is in reports.c.
 */
#ifndef MM_PROC_INTERNAL_H
#define MM_PROC_INTERNAL_H

#include <quire/mmzone.h>
#include <quire/proc.h>

#include "mm/lib/spinlock.h"

void buddyinfo_show(struct seq_file *m);
void meminfo_show(struct seq_file *m);
void zoneinfo_show(struct seq_file *m);
void slabinfo_show(struct seq_file *m);
#if CONFIG_MMU
void vmallocinfo_show(struct seq_file *m);
#endif
void vmstat_show(struct seq_file *m);
void pagetypeinfo_show(struct seq_file *m);
void page_owner_show(struct seq_file *m);
void page_owner_sites_show(struct seq_file *m);
void numastat_show(struct seq_file *m);
void iomem_show(struct seq_file *m);
void memblock_memory_show(struct seq_file *m);
void memblock_reserved_show(struct seq_file *m);
void unusable_index_show(struct seq_file *m);
void extfrag_index_show(struct seq_file *m);
void cma_show(struct seq_file *m);
#if CONFIG_KMEMLEAK
void kmemleak_show(struct seq_file *m);
#endif

/* ---- the rows of counters (stat_names.c) ---- */

extern const char *const quire_zone_stat_names[NR_VM_ZONE_STAT_ITEMS];
extern const char *const quire_numa_stat_names[NR_VM_NUMA_EVENT_ITEMS];
extern const char *const quire_node_stat_names[NR_VM_NODE_STAT_ITEMS];
/* Of events that are counted by zone what follows their name; of the others from PGFREE on the name. */
extern const char *const quire_zone_event_names[MAX_NR_ZONES];
extern const char *const quire_event_names[NR_VM_EVENT_ROWS - PGFREE];
/* Does Linux on such a machine count by node? */
bool quire_has_numa_rows(void);
/* How many of the node's counters, from the first, Linux on such a machine has. */
unsigned int quire_nr_node_stats(void);

/* How a line about a zone begins. What follows it differs: a blank or the line's end. */
static inline void seq_zone(struct seq_file *m, const struct zone *zone)
{
	seq_printf(m, "Node %d, zone %8s", zone->zone_pgdat->node_id, zone->name);
}

static inline unsigned long pages_to_kb(unsigned long pages)
{
	return pages << (PAGE_SHIFT - 10);
}

/* The trees of resources are ours between the two (resource.c). */
static inline unsigned long resource_lock(void)
{
	return spin_lock_irqsave(&this_quire()->report.resource_lock);
}
static inline void resource_unlock(unsigned long flags)
{
	spin_unlock_irqrestore(&this_quire()->report.resource_lock, flags);
}

/*
 * Makes the tree of /proc/iomem from the machine's description: from its list of
 * resources, or, where it has none, a line for each bank with the kernel's image inside.
 * The names stay the description's. Called while boot memory is open. Returns 0; -ENOMEM;
 * -EINVAL if a resource is empty, outside of the one it should be inside of, or overlaps
 * its neighbour (a line in the log names it). The tree is empty on failure.
 */
int iomem_build(const struct quire_machine *machine);

/*
 * RAM, whole memory blocks, comes or goes while the machine runs: a line more, or less of the
 * line that had it. 0; -EEXIST: another resource is there.
 */
int iomem_add_ram(phys_addr_t start, phys_addr_t size);
void iomem_remove_ram(phys_addr_t start, phys_addr_t size);

#endif
