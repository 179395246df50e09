/* SPDX-License-Identifier: MIT */
/*
 * numastat.c - where pages were taken from, by node: the file of one node in
 * /sys/devices/system/node, and all nodes side by side as the command numastat prints them.
 */
#include <quire/vmstat.h>

#include "mm/proc/internal.h"

static const struct {
	const char *name;
	enum numa_stat_item item;
} rows[NR_VM_NUMA_EVENT_ITEMS] = {
	{ "numa_hit", NUMA_HIT },	  { "numa_miss", NUMA_MISS },
	{ "numa_foreign", NUMA_FOREIGN }, { "interleave_hit", NUMA_INTERLEAVE_HIT },
	{ "local_node", NUMA_LOCAL },	  { "other_node", NUMA_OTHER },
};

void node_numastat_show(struct seq_file *m, int nid)
{
	unsigned int i;

	for (i = 0; i < NR_VM_NUMA_EVENT_ITEMS; i++)
		seq_printf(m, "%s %lu\n", rows[i].name,
			   sum_zone_numa_event_state(nid, rows[i].item));
}

static void show_heading(struct seq_file *m)
{
	pg_data_t *pgdat;

	seq_printf(m, "%16s", "");
	for_each_online_pgdat(pgdat) {
		int width = 12, nid = pgdat->node_id;

		for (; nid >= 10; nid /= 10)
			width--;
		/* "node" and the number, together 16 wide. */
		seq_printf(m, "%*s%d", width + 3, "node", pgdat->node_id);
	}
	seq_puts(m, "\n");
}

void numastat_show(struct seq_file *m)
{
	pg_data_t *pgdat;
	unsigned int i;

	show_heading(m);
	for (i = 0; i < NR_VM_NUMA_EVENT_ITEMS; i++) {
		seq_printf(m, "%-16s", rows[i].name);
		for_each_online_pgdat(pgdat)
			seq_printf(m, "%16lu",
				   sum_zone_numa_event_state(pgdat->node_id, rows[i].item));
		seq_puts(m, "\n");
	}
}
