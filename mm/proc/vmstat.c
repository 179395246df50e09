/* SPDX-License-Identifier: MIT */
/*
 * vmstat.c - /proc/vmstat, the rows whose counters exist so far: those of zones, of where
 * pages came from, and of nodes, each summed over the machine. The rows of events behind
 * them begin with the layers that cause the events.
 */
#include <quire/vmstat.h>

#include "mm/proc/internal.h"

static void show_counter(struct seq_file *m, const char *name, unsigned long value)
{
	seq_printf(m, "%s %lu\n", name, value);
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
}
