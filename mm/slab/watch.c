/* SPDX-License-Identifier: MIT */
/*
 * watch.c - tells those who follow objects that one was taken, or is given back.
 */
#include "mm/slab/watch.h"

#include <quire/kmemleak.h>
#include <quire/page_poison.h>

u32 slab_watchers(void)
{
	const struct slab_state *slab = &this_quire()->slab;
	u32 watch = 0;

	if (this_quire()->page.nr_nodes > 1)
		watch |= SLAB_WATCH_NODES;
	if (this_quire()->page.watch.poison & (PAGE_INIT_ON_ALLOC | PAGE_INIT_ON_FREE))
		watch |= SLAB_WATCH_INIT;
	if (kmemleak_is_on())
		watch |= SLAB_WATCH_LEAKS;
	/* A heap says it itself: what is given back wrongly only it knows, and that stays as it is. */
	if (ANNOTATE && !slab_engine_has_heap())
		watch |= SLAB_WATCH_ANNOTATE;
	if (slab->sampler)
		watch |= SLAB_WATCH_SAMPLE | (load_relaxed(slab->gate_is_open) ? SLAB_WATCH_GATE : 0u);
	if (slab->quarantine.slot)
		watch |= SLAB_WATCH_QUARANTINE;
	return watch;
}

void slab_watch_taken(const struct kmem_cache *cache, void *object, size_t size, gfp_t gfp, const void *caller)
{
	if (cache->watch & SLAB_WATCH_ANNOTATE) {
		annotate_alloc(object, size);
		if (cache->ctor)
			annotate_defined(object, size);
	}
	if (cache->watch & SLAB_WATCH_LEAKS)
		kmemleak_alloc_recursive_for(object, load_relaxed(cache->object_size), 1, cache->flags, gfp, caller);
}

void slab_watch_given(const struct kmem_cache *cache, void *object)
{
	if (cache->watch & SLAB_WATCH_LEAKS)
		kmemleak_free_recursive(object, cache->flags);
	if (cache->watch & SLAB_WATCH_ANNOTATE)
		annotate_free(object, load_relaxed(cache->object_size));
}
