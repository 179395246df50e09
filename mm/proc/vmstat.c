/* SPDX-License-Identifier: MIT */
/*
 * vmstat.c - /proc/vmstat, the rows whose counters exist so far: those of zones, of where
 * pages came from, and of nodes, each summed over the machine, and of events those of the
 * page allocator and of contiguous areas. The other events' begin with the layers that cause them.
 */
#include <quire/cma.h>
#include <quire/vmstat.h>

#include "mm/proc/internal.h"

static void show_counter(struct seq_file *m, const char *name, unsigned long value)
{
	seq_printf(m, "%s %lu\n", name, value);
}

/* A row for each zone type of the machine, "pgalloc_dma32". */
static void show_by_zone(struct seq_file *m, const char *name, enum vm_event_item first)
{
	int type;

	for (type = 0; type < MAX_NR_ZONES; type++)
		if (zone_configured((enum zone_type)type))
			seq_printf(m, "%s_%s %lu\n", name, quire_zone_event_names[type],
				   vm_event((enum vm_event_item)(first + type)));
}

/* Linux has the rows of CMA in kernels with CMA, and those of moving pages where pages can be moved. */
static bool has_row(unsigned int event)
{
	if (!CONFIG_PAGE_EXT && event >= PGMIGRATE_SUCCESS && event <= KCOMPACTD_FREE_SCANNED)
		return false;
	return totalcma_pages || (event != CMA_ALLOC_SUCCESS && event != CMA_ALLOC_FAIL);
}

static void show_events(struct seq_file *m)
{
	unsigned int i;

	show_by_zone(m, "pgalloc", PGALLOC_DMA);
	show_by_zone(m, "allocstall", ALLOCSTALL_DMA);
	show_by_zone(m, "pgskip", PGSCAN_SKIP_DMA);
	for (i = PGFREE; i < NR_VM_EVENT_ROWS; i++)
		if (has_row(i))
			show_counter(m, quire_event_names[i - PGFREE],
				     vm_event((enum vm_event_item)i));
}

void vmstat_show(struct seq_file *m)
{
	unsigned int i;

	for (i = 0; i < NR_VM_ZONE_STAT_ITEMS; i++)
		show_counter(m, quire_zone_stat_names[i], global_zone_page_state(i));
	for (i = 0; quire_has_numa_rows() && i < NR_VM_NUMA_EVENT_ITEMS; i++)
		show_counter(m, quire_numa_stat_names[i], global_numa_event_state(i));
	for (i = 0; i < quire_nr_node_stats(); i++)
		show_counter(m, quire_node_stat_names[i], global_node_page_state(i));
	show_events(m);
}
