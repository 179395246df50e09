/* SPDX-License-Identifier: MIT */
/*
 * slub.c - the engine slub: slabs that know their free objects as bits.
 *
 * Theory. Linux links a slab's free objects through themselves. Here nothing of a free object is
 * touched: which objects of a slab are free is bits beside them (slab_bits.h). So
 *   - to take or give a hundred objects costs a hundred bits, and the cache misses of the
 *     slabs' page structures, not of the objects;
 *   - there is no pointer in a free object that an overflow could turn: what Linux encodes
 *     with a secret is not there;
 *   - a second free, or the free of an address that is no object's, is seen from the bits.
 *
 * Slabs are taken from, and come back to, the front of the node's list (node_slabs.h). One whose
 * objects are all free stays there; when there are more of these than an eighth of the list and
 * min_partial, the list is swept.
 */
#include "mm/slab/node_slabs.h"

/* ---- taking ---- */

static unsigned int slub_take(struct kmem_cache *cache, struct kmem_cache_node *n, void **objects,
			      unsigned int max)
{
	unsigned int got = 0;
	unsigned long flags;

	if (!load_relaxed(n->nr_partial))
		return 0;
	flags = spin_lock_irqsave(&n->lock);
	while (n->partial && got < max) {
		struct slab_bits s = slab_bits_plain(cache, n->partial);

		if (n->nr_empty && slab_is_all_free(cache, s.page))
			n->nr_empty--;
		got += slab_take_objects(cache, &s, objects + got, max - got);
		if (!slab_has_free(&s))
			slabs_pop_front(n);
	}
	slabs_add_free(n, -(long)got);
	spin_unlock_irqrestore(&n->lock, flags);
	return got;
}

/* ---- giving back ---- */

/* All, until there are too many. */
static unsigned long empty_to_keep(const struct kmem_cache *cache, const struct kmem_cache_node *n)
{
	return n->nr_empty > cache->min_partial + n->nr_partial / 8 ? cache->min_partial : n->nr_empty;
}

static void slub_give(struct kmem_cache *cache, void **objects, unsigned int nr, const void *caller)
{
	slabs_give(cache, objects, nr, caller, true, empty_to_keep);
}

const struct slab_engine quire_slub = {
	.name = "slub",
	.has_depot = true,
	.reserve = slab_reserve,
	.init = kmem_cache_init,
	.init_late = kmem_cache_init_late,
	.layout = slub_layout,
	.take = slub_take,
	.grow = slabs_grow,
	.give = slub_give,
	.shrink = slabs_discard_empty,
	.count = slabs_count,
	.validate = slabs_validate,
	.find = slabs_find,
};
