/* SPDX-License-Identifier: MIT */
/*
 * kept.c - what the layer keeps goes back to the page allocator: when a request would fail otherwise, before
 * memory goes offline, and when somebody says so.
 *
 * What it keeps is, from who asks first to who asks last:
 *   - free objects with CPUs and nodes, each of which keeps its whole slab: in arrays, on lists of objects of other
 *     nodes, in the quarantine;
 *   - the arrays themselves, objects of kmalloc's caches;
 *   - slabs of which all objects are free.
 * They go in this order, for each makes more of the next; so all caches lose their arrays before the first
 * loses its slabs. A CPU that goes on using a cache gets arrays again, as when it began.
 *
 * What a cache has of a node (its structure; the engine slab's arrays) is in use, and stays: a block of memory in
 * which it lies does not go offline.
 *
 * This may come in the midst of any request that may reclaim (mm/page/keeper.c), one for a slab of ours included:
 * no page and no object is taken here, and no lock is held between two steps. An interrupt handler that makes
 * such a request may have come upon its own CPU at its arrays: they are left alone then. Others may take and give
 * objects meanwhile, give back what is kept, and make and end caches.
 *
 * It is no shrinker: those are asked for a share, early and often, and each time would cost all CPUs their arrays.
 */
#include <quire/shrinker.h>

#include "mm/page/internal.h"
#include "mm/slab/internal.h"
#include "mm/slab/watch.h"

static unsigned long slab_pages(void)
{
	return global_node_page_state(NR_SLAB_RECLAIMABLE) + global_node_page_state(NR_SLAB_UNRECLAIMABLE);
}

static void shrink_nodes(struct kmem_cache *cache)
{
	struct kmem_cache_node *n;
	int nid;

	for_each_slab_node(cache, nid, n)
		slab_engine()->shrink(cache, n);
}

unsigned long kmem_cache_shrink_all(void)
{
	unsigned long before = slab_pages(), after;
	struct kmem_cache *cache = NULL;

	quarantine_drain(NULL);
	slab_remote_drain();
	while ((cache = kmem_cache_next(cache)) != NULL)
		cpu_arrays_drain(cache);
	while ((cache = kmem_cache_next(cache)) != NULL)
		shrink_nodes(cache);
	after = slab_pages();
	return before > after ? before - after : 0;
}

void slab_keep(void)
{
	this_quire()->page.keeper.give_back = kmem_cache_shrink_all;
}
