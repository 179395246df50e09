/* SPDX-License-Identifier: MIT */
/*
 * watch.h - those who follow objects: leak detection, error checkers of the process, who hands out
 * guarded pages instead now and then, and the quarantine. What a cache's paths ask is whether any of
 * them is there: kmem_cache.watch.
 */
#ifndef MM_SLAB_WATCH_H
#define MM_SLAB_WATCH_H

#include "mm/lib/annotate.h"
#include "mm/slab/internal.h"

/* Bits of `watch` that every cache has, by what the machine has. */
u32 slab_watchers(void);

/* An object becomes its taker's, who asked for `size` bytes; its contents are to come. */
void slab_watch_taken(const struct kmem_cache *cache, void *object, size_t size, gfp_t gfp, const void *caller);
/* It is about to be nobody's. */
void slab_watch_given(const struct kmem_cache *cache, void *object);

/*
 * Instead of an object of a slab one of somebody else's; NULL: not this time. And back: false: it is
 * none of his.
 */
static inline void *slab_sample_take(struct kmem_cache *cache, size_t size, gfp_t gfp, const void *caller)
{
	const struct slab_sampler *sampler = this_quire()->slab.sampler;

	return sampler ? sampler->take(cache, size, gfp, caller) : NULL;
}
static inline bool slab_sample_give(void *object, const void *caller)
{
	const struct slab_state *slab = &this_quire()->slab;

	return (uintptr_t)object - slab->sampled_at < slab->sampled_bytes && slab->sampler->give(object, caller);
}

static inline unsigned long slab_sampled_in_use(const struct kmem_cache *cache)
{
	const struct slab_sampler *sampler = this_quire()->slab.sampler;

	return sampler ? sampler->in_use(cache) : 0;
}

/* ---- quarantine.c: what is given back is not handed out again for a while ---- */

/* Memory for so many objects. 0 or -ENOMEM. */
int quarantine_init(unsigned int objects);
/* The object waits from now on; those that have waited longest go to their slabs. */
void quarantine_put(struct kmem_cache *cache, void *object, const void *caller);
/* How many wait of a cache; does this one? */
unsigned long quarantine_count(const struct kmem_cache *cache);
bool quarantine_has(const void *object);
/* All of a cache, or of all (NULL), go. How many. */
unsigned long quarantine_drain(const struct kmem_cache *cache);

#endif
