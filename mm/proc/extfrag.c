/* SPDX-License-Identifier: MIT */
/*
 * extfrag.c - the two files of debugfs extfrag/: how fragmented each zone is for each
 * order. The indexes are computed by mm/page, in thousandths; -1.000 in extfrag_index
 * says that a block of that order is there to be had.
 */
#include "mm/proc/internal.h"

/* `width` is that of the whole part. */
static void show_index(struct seq_file *m, int (*index_of)(struct zone *zone, unsigned int order),
		       int width)
{
	struct zone *zone;
	unsigned int order;

	for_each_populated_zone(zone) {
		seq_zone(m, zone);
		seq_puts(m, " ");
		for (order = 0; order < MAX_ORDER; order++) {
			int index = index_of(zone, order);

			seq_printf(m, "%*d.%03d ", width, index / 1000, index % 1000);
		}
		seq_puts(m, "\n");
	}
}

void unusable_index_show(struct seq_file *m)
{
	show_index(m, unusable_free_index, 1);
}

/* One column wider, for the sign of -1.000. */
void extfrag_index_show(struct seq_file *m)
{
	show_index(m, fragmentation_index, 2);
}
