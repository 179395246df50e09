/* SPDX-License-Identifier: MIT */
/*
 * slabinfo.c - /proc/slabinfo, version 2.1: a row for each cache, the newest first. slabtop reads it.
 *
 * The size is that from one object to the next, and objects that CPUs keep count as active, as in
 * Linux. The tunables are the engine slab's.
 *
 * The caches are reached through slab_state.reports: a kernel that has reports and no objects links
 * nothing of mm/slab, and the report is two lines of heading.
 */
#include <quire/slab.h>

#include "mm/proc/internal.h"
#include "mm/slab/internal.h"

static void show_cache(struct seq_file *m, const struct kmem_cache *cache, const struct slabinfo *info)
{
	seq_printf(m, "%-17s %6lu %6lu %6u %4u %4u", cache->name, info->active_objs, info->num_objs, cache->size,
		   info->objects_per_slab, 1U << info->cache_order);
	seq_printf(m, " : tunables %4u %4u %4u", info->limit, info->batchcount, info->shared);
	seq_printf(m, " : slabdata %6lu %6lu %6lu\n", info->active_slabs, info->num_slabs, info->shared_avail);
}

void slabinfo_show(struct seq_file *m)
{
	const struct slab_reports *reports = this_quire()->slab.reports;
	struct kmem_cache *cache = NULL;
	struct slabinfo info;

	seq_puts(m, "slabinfo - version: 2.1\n"
		    "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
		    " : tunables <limit> <batchcount> <sharedfactor>"
		    " : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
	while (reports && (cache = reports->next(cache)) != NULL) {
		reports->info(cache, &info);
		show_cache(m, cache, &info);
	}
}
