/* SPDX-License-Identifier: MIT */
/*
 * slab_shared.c - the arrays that a node keeps between its CPUs' and the slabs.
 *
 * The shared array hands a lot of objects from a CPU that frees to one that takes. None of them is
 * looked at, nor is any slab: so what is wrong with an object shows when it goes further. The alien
 * arrays collect objects of other nodes, so that the locks there are taken once a lot.
 *
 * Both are one piece of kmalloc's, taken when something is first to go into them: most nodes never use
 * most caches. Without memory for it objects go the longer way.
 */
#include "mm/lib/string.h"
#include "mm/slab/slab.h"

/* ---- their memory ---- */

/* A cache whose objects CPUs do not keep has none, and before there are CPUs' arrays none has. */
static bool wants_arrays(const struct kmem_cache *cache)
{
	return this_quire()->slab.up == SLAB_FULL && cache->cpus != slab_no_cpus() &&
	       (cache->shared || this_quire()->page.nr_nodes > 1);
}

static struct slab_node_arrays *new_arrays(const struct kmem_cache *cache)
{
	unsigned int nodes = this_quire()->page.nr_nodes, limit = cache->shared * cache->batchcount;
	unsigned int nr_aliens = nodes > 1 ? nodes : 0;
	size_t head = sizeof(struct slab_node_arrays) + nr_aliens * sizeof(struct slab_alien);
	size_t bytes = head + limit * sizeof(void *);
	struct slab_node_arrays *arrays = slab_alloc_bytes(bytes, GFP_NOWAIT | __GFP_NOWARN);

	if (!arrays)
		return NULL;
	memset(arrays, 0, head);
	arrays->bytes = bytes;
	arrays->shared_limit = limit;
	arrays->nr_aliens = nr_aliens;
	arrays->shared = (void **)(void *)((char *)arrays + head);
	return arrays;
}

struct slab_node_arrays *slab_arrays_make(const struct kmem_cache *cache, struct kmem_cache_node *n)
{
	struct slab_node_arrays *arrays = slab_arrays_of(n), *fresh;
	unsigned long flags;

	if (arrays || !wants_arrays(cache))
		return arrays;
	fresh = new_arrays(cache);
	if (!fresh)
		return NULL;
	flags = spin_lock_irqsave(&n->lock);
	arrays = n->engine_data;
	if (!arrays)
		store_release(n->engine_data, (void *)fresh);
	spin_unlock_irqrestore(&n->lock, flags);
	if (!arrays)
		return fresh;
	/* Another CPU was quicker. */
	slab_free_bytes(fresh, fresh->bytes);
	return arrays;
}

void slab_arrays_free(struct kmem_cache_node *n)
{
	struct slab_node_arrays *arrays = n->engine_data;

	if (!arrays)
		return;
	n->engine_data = NULL;
	slab_free_bytes(arrays, arrays->bytes);
}

/* ---- putting and getting ---- */

unsigned int slab_shared_put(struct slab_node_arrays *arrays, void **objects, unsigned int nr)
{
	unsigned int now = min_of(arrays->shared_limit - arrays->nr_shared, nr);

	memcpy(arrays->shared + arrays->nr_shared, objects, now * sizeof(void *));
	store_relaxed(arrays->nr_shared, arrays->nr_shared + now);
	return now;
}

unsigned int slab_shared_get(struct slab_node_arrays *arrays, void **objects, unsigned int max)
{
	unsigned int now = min_of(arrays->nr_shared, max);

	memcpy(objects, arrays->shared + arrays->nr_shared - now, now * sizeof(void *));
	store_relaxed(arrays->nr_shared, arrays->nr_shared - now);
	return now;
}

unsigned int slab_alien_put(struct slab_alien *alien, void **objects, unsigned int *nr, void **lot)
{
	unsigned int now = min_of(ALIEN_LIMIT - alien->count, *nr);

	memcpy(alien->slot + alien->count, objects, now * sizeof(void *));
	store_relaxed(alien->count, alien->count + now);
	*nr = now;
	return alien->count == ALIEN_LIMIT ? slab_alien_get(alien, lot) : 0;
}

unsigned int slab_alien_get(struct slab_alien *alien, void **lot)
{
	unsigned int now = alien->count;

	memcpy(lot, alien->slot, now * sizeof(void *));
	store_relaxed(alien->count, 0);
	return now;
}

/* ---- looking ---- */

unsigned long slab_arrays_count(const struct kmem_cache_node *n)
{
	const struct slab_node_arrays *arrays = slab_arrays_of(n);
	unsigned long objects;
	unsigned int nid;

	if (!arrays)
		return 0;
	objects = load_relaxed(arrays->nr_shared);
	for (nid = 0; nid < arrays->nr_aliens; nid++)
		objects += load_relaxed(arrays->alien[nid].count);
	return objects;
}

/* Are they objects of the cache, on that node, that are not free in their slabs? */
static bool are_of_node(struct kmem_cache *cache, int nid, void *const *objects, unsigned int nr)
{
	const struct page *page;
	unsigned int i;
	bool is_free;

	for (i = 0; i < nr; i++) {
		page = slab_page_of(objects[i]);
		if (!page || page->slab_cache != cache || page_to_nid(page) != nid ||
		    slabs_find(cache, page, objects[i], &is_free) != objects[i] || is_free)
			return false;
	}
	return true;
}

const char *slab_arrays_validate(struct kmem_cache *cache, const struct kmem_cache_node *n, int nid)
{
	const struct slab_node_arrays *arrays = slab_arrays_of(n);
	unsigned int other;

	if (!arrays)
		return NULL;
	if (arrays->nr_shared > arrays->shared_limit)
		return "a shared array has more objects than room";
	if (!are_of_node(cache, nid, arrays->shared, arrays->nr_shared))
		return "a shared array has what is no object in use of its node";
	for (other = 0; other < arrays->nr_aliens; other++) {
		const struct slab_alien *alien = &arrays->alien[other];

		if (alien->count >= ALIEN_LIMIT || (alien->count && (int)other == nid))
			return "an alien array has what it should have handed over";
		if (!are_of_node(cache, (int)other, alien->slot, alien->count))
			return "an alien array has what is no object in use of that node";
	}
	return NULL;
}
