/* SPDX-License-Identifier: MIT */
/*
 * slab.c - the engine slab: after Bonwick, as Linux had it until 6.7.
 *
 * Theory. Objects that are free are kept where they are asked for next, before they are
 * given to their slabs; each step is for who comes less often:
 *
 *   [ a CPU's array ]         the front's (cpu_array.c); limit and batchcount
 *          |
 *   [ the node's shared array ]         [ its alien arrays, by node: objects that go home ]
 *          |                                            |
 *   [ the node's slabs: partly used, then empty ]  <----'  by the lot
 *
 * (slab_shared.c). A slab is as slub's: bits say which objects are free (slab_bits.h). But its
 * objects begin at one of several colours, orders are low, and waste decides about them
 * (slab_layout.c).
 *
 * The node's list (node_slabs.h) is Linux's two: slabs that are partly used in front, empty ones
 * behind, from which is taken last. One that becomes empty stays among the others until it is found at
 * the front; then it goes to the end. Not the number of empty slabs is bounded, but that of
 * free objects in all slabs: free_limit, beyond which empty slabs are given back.
 *
 * What is given with caller NULL is the layer's own, or comes from arrays that are to be empty: it
 * goes to the slabs at once.
 *
 * Locks: kmem_cache_node.lock, of one node at a time, guards its arrays too.
 */
#include "mm/slab/slab.h"

/* Empty slabs that one call moves to the list's end: the rest stays for the next. */
#define MOVES_MAX 8
/* Objects that a drain has on its stack. */
#define DRAIN_LOT 32

/* ---- taking ---- */

/* The slab to take from next. The list is not empty, the lock is held. */
static struct page *next_slab(const struct kmem_cache *cache, struct kmem_cache_node *n)
{
	unsigned int moves;

	for (moves = 0; n->nr_empty && slab_is_all_free(cache, n->partial); moves++) {
		if (n->nr_empty == n->nr_partial || moves == MOVES_MAX) {
			n->nr_empty--;
			break;
		}
		slabs_push_back(n, slabs_pop_front(n));
	}
	return n->partial;
}

static unsigned int take_of_slabs(const struct kmem_cache *cache, struct kmem_cache_node *n, void **objects,
				  unsigned int max)
{
	unsigned int got = 0;

	while (n->partial && got < max) {
		struct slab_bits s = slab_bits_of(cache, next_slab(cache, n));

		got += slab_take_objects(cache, &s, objects + got, max - got);
		if (!slab_has_free(&s))
			slabs_pop_front(n);
	}
	slabs_add_free(n, -(long)got);
	return got;
}

static unsigned int slab_take(struct kmem_cache *cache, struct kmem_cache_node *n, void **objects,
			      unsigned int max)
{
	struct slab_node_arrays *arrays = slab_arrays_of(n);
	unsigned int got = 0;
	unsigned long flags;

	if (!load_relaxed(n->nr_partial) && !(arrays && load_relaxed(arrays->nr_shared)))
		return 0;
	flags = spin_lock_irqsave(&n->lock);
	if (arrays)
		got = slab_shared_get(arrays, objects, max);
	got += take_of_slabs(cache, n, objects + got, max - got);
	spin_unlock_irqrestore(&n->lock, flags);
	return got;
}

/* ---- giving to slabs ---- */

/* Empty slabs that may stay, so that a node has no more free objects than free_limit. */
static unsigned long empty_to_keep(const struct kmem_cache *cache, const struct kmem_cache_node *n)
{
	unsigned long limit = (1UL + quire_nr_cpus()) * cache->batchcount + cache->nr_objects;
	unsigned long too_many;

	if (n->nr_free <= limit)
		return n->nr_empty;
	too_many = (n->nr_free - limit + cache->nr_objects - 1) / cache->nr_objects;
	return n->nr_empty > too_many ? n->nr_empty - too_many : 0;
}

static void give_to_slabs(struct kmem_cache *cache, void **objects, unsigned int nr, const void *caller)
{
	slabs_give(cache, objects, nr, caller, false, empty_to_keep);
}

/* ---- giving by way of arrays ---- */

/* To the shared array of the node they are of, and what finds no room there to the slabs. */
static void give_home(struct kmem_cache *cache, struct kmem_cache_node *n, void **objects, unsigned int nr,
		      const void *caller)
{
	struct slab_node_arrays *arrays = slab_arrays_make(cache, n);
	unsigned int kept = 0;
	unsigned long flags;

	if (arrays && load_relaxed(arrays->nr_shared) < arrays->shared_limit) {
		flags = spin_lock_irqsave(&n->lock);
		kept = slab_shared_put(arrays, objects, nr);
		spin_unlock_irqrestore(&n->lock, flags);
	}
	if (kept < nr)
		give_to_slabs(cache, objects + kept, nr - kept, caller);
}

/* Objects of node nid, on a CPU of node `here`. */
static void give_alien(struct kmem_cache *cache, int here, int nid, void **objects, unsigned int nr,
		       const void *caller)
{
	struct kmem_cache_node *n = load_acquire(cache->node[here]), *home = load_acquire(cache->node[nid]);
	struct slab_node_arrays *arrays = n ? slab_arrays_make(cache, n) : NULL;
	unsigned int now, nr_lot;
	void *lot[ALIEN_LIMIT];
	unsigned long flags;

	/* Enough for a lot, or nowhere to collect one. */
	if (nr >= ALIEN_LIMIT || !arrays) {
		give_home(cache, home, objects, nr, caller);
		return;
	}
	while (nr) {
		now = nr;
		flags = spin_lock_irqsave(&n->lock);
		nr_lot = slab_alien_put(&arrays->alien[nid], objects, &now, lot);
		spin_unlock_irqrestore(&n->lock, flags);
		if (nr_lot)
			give_home(cache, home, lot, nr_lot, caller);
		objects += now;
		nr -= now;
	}
}

/*
 * How many of them lie on the node of the first, whose slab is *page. *page is then the slab of the
 * next, or NULL: that is no object, and was reported.
 */
static unsigned int run_of(struct kmem_cache *cache, struct page **page, void **objects, unsigned int nr,
			   const void *caller)
{
	int nid = page_to_nid(*page);
	unsigned int i = 1;

	for (; i < nr; i++) {
		*page = slabs_page_of(cache, objects[i], caller);
		if (!*page || page_to_nid(*page) != nid)
			break;
	}
	return i;
}

static void give_by_node(struct kmem_cache *cache, void **objects, unsigned int nr, const void *caller)
{
	int here = numa_node_id(), nid;
	unsigned int i = 0, now;
	struct page *page;

	while (i < nr) {
		page = slabs_page_of(cache, objects[i], caller);
		if (!page) {
			i++;
			continue;
		}
		nid = page_to_nid(page);
		now = run_of(cache, &page, objects + i, nr - i, caller);
		if (nid == here)
			give_home(cache, load_acquire(cache->node[nid]), objects + i, now, caller);
		else
			give_alien(cache, here, nid, objects + i, now, caller);
		i += now;
		/* What follows was reported. */
		if (i < nr && !page)
			i++;
	}
}

static void slab_give(struct kmem_cache *cache, void **objects, unsigned int nr, const void *caller)
{
	struct kmem_cache_node *n;

	if (!caller) {
		give_to_slabs(cache, objects, nr, NULL);
		return;
	}
	if (this_quire()->page.nr_nodes > 1) {
		give_by_node(cache, objects, nr, caller);
		return;
	}
	n = load_acquire(cache->node[0]);
	if (n)
		give_home(cache, n, objects, nr, caller);
	else
		give_to_slabs(cache, objects, nr, caller);
}

/* ---- draining ---- */

static int nid_of(const struct kmem_cache *cache, const struct kmem_cache_node *n)
{
	const struct kmem_cache_node *other;
	int nid;

	for_each_slab_node(cache, nid, other)
		if (other == n)
			return nid;
	return NUMA_NO_NODE;
}

static void drain_shared(struct kmem_cache *cache, struct kmem_cache_node *n)
{
	struct slab_node_arrays *arrays = slab_arrays_of(n);
	void *lot[DRAIN_LOT];
	unsigned long flags;
	unsigned int got;

	while (arrays && load_relaxed(arrays->nr_shared)) {
		flags = spin_lock_irqsave(&n->lock);
		got = slab_shared_get(arrays, lot, DRAIN_LOT);
		spin_unlock_irqrestore(&n->lock, flags);
		give_to_slabs(cache, lot, got, NULL);
	}
}

/* What node n has of node nid's. */
static void drain_alien(struct kmem_cache *cache, struct kmem_cache_node *n, int nid)
{
	struct slab_node_arrays *arrays = slab_arrays_of(n);
	void *lot[ALIEN_LIMIT];
	unsigned long flags;
	unsigned int got;

	if (!arrays || (unsigned int)nid >= arrays->nr_aliens || !load_relaxed(arrays->alien[nid].count))
		return;
	flags = spin_lock_irqsave(&n->lock);
	got = slab_alien_get(&arrays->alien[nid], lot);
	spin_unlock_irqrestore(&n->lock, flags);
	give_to_slabs(cache, lot, got, NULL);
}

static unsigned long slab_shrink(struct kmem_cache *cache, struct kmem_cache_node *n)
{
	int nid = nid_of(cache, n), other_nid;
	struct kmem_cache_node *other;

	for_each_slab_node(cache, other_nid, other)
		drain_alien(cache, other, nid);
	drain_shared(cache, n);
	return slabs_discard_empty(cache, n);
}

/* Nothing is in use any more, and every node was shrunk: its arrays are empty. */
static void slab_node_exit(struct kmem_cache *cache, struct kmem_cache_node *n)
{
	(void)cache;
	slab_arrays_free(n);
}

/* ---- the rest ---- */

static void slab_count(struct kmem_cache *cache, struct kmem_cache_node *n, struct slabinfo *info)
{
	slabs_count(cache, n, info);
	info->cached_objs += slab_arrays_count(n);
}

static const char *slab_validate(struct kmem_cache *cache, struct kmem_cache_node *n)
{
	const char *why = slabs_validate(cache, n);

	return why ? why : slab_arrays_validate(cache, n, nid_of(cache, n));
}

/* Linux's slab_max_order: 1, or 0 where memory is little. */
static int slab_init(const struct machine_objects *objects)
{
	struct machine_objects o = *objects;

	if (!o.max_order)
		o.max_order = totalram_pages() > (32UL << 20) >> PAGE_SHIFT ? 2 : 1;
	return kmem_cache_init(&o);
}

const struct slab_engine quire_slab = {
	.name = "slab",
	.reserve = slab_reserve,
	.init = slab_init,
	.init_late = kmem_cache_init_late,
	.layout = slab_layout,
	.node_exit = slab_node_exit,
	.take = slab_take,
	.grow = slabs_grow,
	.give = slab_give,
	.shrink = slab_shrink,
	.count = slab_count,
	.validate = slab_validate,
	.find = slabs_find,
};
