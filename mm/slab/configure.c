/* SPDX-License-Identifier: MIT */
/*
 * configure.c - what a machine's description says about objects. A file of its own, so that a machine
 * whose engine has a heap does not have the start of those with slabs in it (init.c).
 */
#include "mm/lib/bitmap.h"
#include "mm/lib/list.h"
#include "mm/page/internal.h"
#include "mm/slab/internal.h"

void slab_configure(const struct machine_objects *objects)
{
	struct slab_state *slab = &this_quire()->slab;

	INIT_LIST_HEAD(&slab->caches);
	slab->engine = objects->engine;
	slab->index.frames_at = this_quire()->geo.direct_map + (uintptr_t)PFN_PHYS(this_quire()->page.memmap_base_pfn);
	slab->reports = &quire_slab_reports;
	slab->debug_flags = objects->debug & SLAB_DEBUG_FLAGS;
	slab->debug_caches = objects->debug_caches;
	slab->no_merge = objects->no_merge;
	slab->randomise = objects->randomise;
	slab->seed = objects->seed ? objects->seed : 0x9e3779b97f4a7c15 ^ (u64)(uintptr_t)slab;
	/* Each CPU takes some at once: the more CPUs, the more often the node's lock would be needed. */
	slab->min_objects = objects->min_objects ? objects->min_objects : 4 * (fls_long(quire_nr_cpus()) + 1);
	slab->max_order = min_of(objects->max_order ? objects->max_order - 1 : 3, MAX_ORDER - 1);
	slab->min_order = min_of(objects->min_order, slab->max_order);
}
