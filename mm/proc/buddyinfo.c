/* SPDX-License-Identifier: MIT */
/*
 * buddyinfo.c - /proc/buddyinfo: free blocks by order, a line for each zone with memory.
 * Pages on per-CPU lists are in no block, so they are not counted.
 */
#include "mm/proc/internal.h"

void buddyinfo_show(struct seq_file *m)
{
	unsigned long nr_free[MAX_ORDER_LIMIT];
	struct zone *zone;
	unsigned int order;

	for_each_populated_zone(zone) {
		zone_count_free_blocks(zone, -1, nr_free);
		seq_zone(m, zone);
		seq_puts(m, " ");
		for (order = 0; order < MAX_ORDER; order++)
			seq_printf(m, "%6lu ", nr_free[order]);
		seq_puts(m, "\n");
	}
}
