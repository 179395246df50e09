/* SPDX-License-Identifier: MIT */
/*
 * pagetypeinfo.c - /proc/pagetypeinfo: for each node with memory, the free blocks of each
 * zone by migrate type and order, and its page blocks by type.
 *
 * Linux has the row and column of CMA in kernels that are built with it; here it is there
 * where the machine has CMA areas. Linux stops counting a list at 100000 blocks and writes
 * ">100000"; here the count is exact.
 */
#include "mm/page/internal.h"
#include "mm/proc/internal.h"

static bool has_cma(void)
{
	struct zone *zone;

	for_each_populated_zone(zone)
		if (zone->cma_pages)
			return true;
	return false;
}

#define for_each_shown_type(type, cma)                    \
	for (type = 0; type < MIGRATE_TYPES; type++)      \
		if ((int)type == MIGRATE_CMA && !(cma)) { \
		} else

static void show_free_blocks(struct seq_file *m, struct zone *zone, bool cma)
{
	unsigned long counts[MAX_ORDER_LIMIT];
	unsigned int order;
	enum migratetype type;

	for_each_shown_type(type, cma) {
		zone_count_free_blocks(zone, (int)type, counts);
		seq_printf(m, "Node %4d, zone %8s, type %12s ", zone->node, zone->name,
			   migratetype_name(type));
		for (order = 0; order < MAX_ORDER; order++)
			seq_printf(m, "%6lu ", counts[order]);
		seq_puts(m, "\n");
	}
}

static void show_page_blocks(struct seq_file *m, const struct zone *zone, bool cma)
{
	unsigned long counts[MIGRATE_TYPES];
	enum migratetype type;

	zone_count_page_blocks(zone, counts);
	seq_zone(m, zone);
	seq_puts(m, " ");
	for_each_shown_type(type, cma)
		seq_printf(m, "%12lu ", counts[type]);
	seq_puts(m, "\n");
}

static void show_node(struct seq_file *m, pg_data_t *pgdat, bool cma)
{
	struct zone *end = pgdat->node_zones + MAX_NR_ZONES, *zone;
	unsigned int order;
	enum migratetype type;

	seq_printf(m, "Page block order: %u\nPages per block:  %lu\n\n", pageblock_order,
		   pageblock_nr_pages);
	seq_printf(m, "%-43s ", "Free pages count per migrate type at order");
	for (order = 0; order < MAX_ORDER; order++)
		seq_printf(m, "%6u ", order);
	seq_puts(m, "\n");
	for (zone = pgdat->node_zones; zone < end; zone++)
		if (populated_zone(zone))
			show_free_blocks(m, zone, cma);
	seq_printf(m, "\n%-23s", "Number of blocks type");
	for_each_shown_type(type, cma)
		seq_printf(m, "%12s ", migratetype_name(type));
	seq_puts(m, "\n");
	for (zone = pgdat->node_zones; zone < end; zone++)
		if (populated_zone(zone))
			show_page_blocks(m, zone, cma);
}

void pagetypeinfo_show(struct seq_file *m)
{
	bool cma = has_cma();
	pg_data_t *pgdat;

	for_each_online_pgdat(pgdat)
		if (pgdat->node_present_pages)
			show_node(m, pgdat, cma);
}
