/* SPDX-License-Identifier: MIT */
/*
 * slab_layout.c - the slabs of the engine slab: their order, where their map lies, their colours, and
 * how much CPUs and nodes keep. The arithmetic of Linux's calculate_slab_order and enable_cpucache.
 *
 * Order: the least that wastes an 8th at most, but none above slab_max_order, which is 1, or 0 on
 * machines of up to 32 MB, unless no object fits. There is no smaller slab when memory is in pieces.
 *
 * Colours: what a slab has left over at its end can also stand before its first object. So the first
 * objects of two slabs do not lie in the same lines of the cache, as all pages' beginnings do.
 *
 * Map: with more than 64 objects it takes the room of at least one of them at the slab's end. Where
 * objects would fill the slab exactly, that wastes nearly a whole one: then it is a piece of
 * kmalloc's, of a cache that has its own maps in its slabs.
 */
#include "mm/slab/slab.h"

/* What a colour is at least, for two to lie in different lines. */
#define CACHE_LINE 64u

/* A slab of some order. */
struct estimate {
	unsigned int nr_objects;
	bool is_off_slab;
	unsigned long left_over;
};

/* How much a map of that size takes elsewhere; 0: it cannot be. */
static unsigned int piece_bytes(unsigned long bytes)
{
	const struct kmem_cache *cache;

	if (bytes > KMALLOC_MAX_CACHE_SIZE)
		return 0;
	cache = this_quire()->slab.kmalloc[KMALLOC_NORMAL][kmalloc_class(bytes)];
	return cache && !(cache->flags & CFLGS_OFF_SLAB) ? cache->size : 0;
}

static struct estimate estimate_slab(unsigned int size, unsigned int order)
{
	unsigned long bytes = PAGE_SIZE << order, all = bytes / size, nr = slab_objects_in(bytes, size);
	unsigned long piece = all > nr ? piece_bytes(slab_map_bytes(all)) : 0;

	/* Half of what is saved shall be left of it. */
	if (piece && (all - nr) * size >= 2 * piece)
		return (struct estimate){ (unsigned int)all, true, bytes - all * size };
	return (struct estimate){ (unsigned int)nr, false, bytes - nr * size - slab_map_bytes(nr) };
}

/* MAX_ORDER: an object does not fit into any. */
static unsigned int calculate_slab_order(const struct kmem_cache *cache, struct estimate *best)
{
	unsigned int order, found = MAX_ORDER;
	struct estimate e;

	for (order = 0; order < MAX_ORDER; order++) {
		e = estimate_slab(cache->size, order);
		if (!e.nr_objects)
			continue;
		if (e.nr_objects > SLAB_OBJ_MAX_NUM)
			break;
		*best = e;
		found = order;
		/* Pages that can be reclaimed are rather many than large. */
		if ((cache->flags & SLAB_RECLAIM_ACCOUNT) || order >= this_quire()->slab.max_order ||
		    e.left_over * 8 <= PAGE_SIZE << order)
			break;
	}
	return found;
}

/* How many objects a CPU keeps, how many it gets or gives at once, and the node's so many times as many. */
static void set_limits(struct kmem_cache *cache)
{
	cache->limit = cache->batchcount = cache->shared = 0;
	if (cache->flags & SLAB_DEBUG_FLAGS)
		return;
	if (cache->size > 131072)
		cache->limit = 1;
	else if (cache->size > PAGE_SIZE)
		cache->limit = 8;
	else if (cache->size > 1024)
		cache->limit = 24;
	else
		cache->limit = cache->size > 256 ? 54 : 120;
	cache->batchcount = (cache->limit + 1) / 2;
	/* Larger ones are too few, and another CPU's are not in this one's cache. */
	if (quire_nr_cpus() > 1 && cache->size <= PAGE_SIZE)
		cache->shared = 8;
}

int slab_layout(struct kmem_cache *cache)
{
	struct estimate e = { 0, false, 0 };
	unsigned int order = calculate_slab_order(cache, &e);

	if (order >= MAX_ORDER)
		return -EINVAL;
	cache->order = cache->min_order = (u8)order;
	cache->nr_objects = cache->min_objects = e.nr_objects;
	cache->has_map = e.nr_objects > SLAB_OBJ_NO_MAP;
	cache->flags &= ~CFLGS_OFF_SLAB;
	if (e.is_off_slab)
		cache->flags |= CFLGS_OFF_SLAB;
	cache->colour_off = max_of(CACHE_LINE, cache->align);
	cache->colour = (unsigned int)(e.left_over / cache->colour_off);
	set_limits(cache);
	return 0;
}
