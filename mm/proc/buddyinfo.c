/* SPDX-License-Identifier: MIT */
/*
 * buddyinfo.c - /proc/buddyinfo: free blocks by order, a line for each zone with memory.
 * Pages on per-CPU lists are in no block, so they are not counted.
 */
#include "mm/lib/spinlock.h"
#include "mm/proc/internal.h"

/* All orders of one moment: the lock is not held while the text is written. */
static void count_free_blocks(struct zone *zone, unsigned long *nr_free)
{
	unsigned long flags = spin_lock_irqsave(&zone->lock);
	unsigned int order;

	for (order = 0; order < MAX_ORDER; order++)
		nr_free[order] = zone->free_area[order].nr_free;
	spin_unlock_irqrestore(&zone->lock, flags);
}

void buddyinfo_show(struct seq_file *m)
{
	unsigned long nr_free[MAX_ORDER_LIMIT];
	struct zone *zone;
	unsigned int order;

	for_each_populated_zone(zone) {
		count_free_blocks(zone, nr_free);
		seq_zone(m, zone);
		seq_puts(m, " ");
		for (order = 0; order < MAX_ORDER; order++)
			seq_printf(m, "%6lu ", nr_free[order]);
		seq_puts(m, "\n");
	}
}
