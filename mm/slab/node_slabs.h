/* SPDX-License-Identifier: MIT */
/*
 * node_slabs.h - the slabs of a node: what the engines slub and slab do alike.
 *
 * A node has one list of slabs with free objects, linked one way through slab_next, for a page
 * structure has no room for more. Slabs without free objects are on no list: their pages are found
 * by their mark. A slab whose last object comes back stays where it is on the list, and is
 * counted (nr_empty); the engine says when there are too many of them, and then some of the list
 * are looked at, and the empty ones among them go back to the page allocator.
 *
 * kmem_cache_node.lock guards the list, and the free bits of all slabs of the node.
 */
#ifndef MM_SLAB_NODE_SLABS_H
#define MM_SLAB_NODE_SLABS_H

#include "mm/slab/slab_bits.h"

/* Slabs that a sweep looks at, where not all are meant. */
#define SLABS_SWEEP 64

/* Counts that are read without the lock as well. */
static inline void slabs_add(struct kmem_cache_node *n, long slabs, long objects, long nr_free)
{
	store_relaxed(n->nr_slabs, n->nr_slabs + (unsigned long)slabs);
	store_relaxed(n->total_objects, n->total_objects + (unsigned long)objects);
	store_relaxed(n->nr_free, n->nr_free + (unsigned long)nr_free);
}
static inline void slabs_add_free(struct kmem_cache_node *n, long nr_free)
{
	store_relaxed(n->nr_free, n->nr_free + (unsigned long)nr_free);
}

/* ---- the list ---- */

static inline void slabs_push_front(struct kmem_cache_node *n, struct page *page)
{
	slab_set_next(page, n->partial);
	if (!n->partial)
		n->partial_tail = page;
	n->partial = page;
	store_relaxed(n->nr_partial, n->nr_partial + 1);
}

static inline void slabs_push_back(struct kmem_cache_node *n, struct page *page)
{
	slab_set_next(page, NULL);
	if (n->partial)
		slab_set_next(n->partial_tail, page);
	else
		n->partial = page;
	n->partial_tail = page;
	store_relaxed(n->nr_partial, n->nr_partial + 1);
}

static inline struct page *slabs_pop_front(struct kmem_cache_node *n)
{
	struct page *page = n->partial;

	n->partial = slab_next(page);
	slab_set_next(page, NULL);
	store_relaxed(n->nr_partial, n->nr_partial - 1);
	return page;
}

/*
 * Takes empty slabs out of the next `looks` of the list, until there are only `keep` of them; returns
 * them linked. And gives such slabs back, without the lock: how many pages.
 */
struct page *slabs_sweep(struct kmem_cache *cache, struct kmem_cache_node *n, unsigned long looks,
			 unsigned long keep);
unsigned long slabs_discard(struct kmem_cache *cache, struct page *page);
/* The two for all empty slabs. */
unsigned long slabs_discard_empty(struct kmem_cache *cache, struct kmem_cache_node *n);

/* ---- giving ---- */

/* The slab of an object that is said to be the cache's; NULL, after a report: it is not. */
struct page *slabs_page_of(struct kmem_cache *cache, const void *object, const void *caller);
/* Says why the slab of an object did not take it. */
void slabs_report_give(const struct kmem_cache *cache, const struct slab_bits *s, const void *object,
		       const void *caller);

/*
 * Objects of one slab, from the first on, for they mostly come in such runs; how many. One that is none, or is
 * free, is reported, and done. With the lock.
 */
static inline unsigned int slabs_give_run(struct kmem_cache *cache, struct kmem_cache_node *n,
					  const struct slab_bits *s, void **objects, unsigned int nr, const void *caller)
{
	bool was_full = !slab_has_free(s);
	unsigned int given = slab_give_objects(cache, s, objects, nr);

	if (__builtin_expect(!given, 0)) {
		slabs_report_give(cache, s, objects[0], caller);
		return 1;
	}
	if (was_full)
		slabs_push_front(n, s->page);
	slabs_add_free(n, given);
	if (slab_are_free(s->page, slab_nr_objects(cache, s->page), s->map != NULL))
		n->nr_empty++;
	return given;
}

/* How many empty slabs a node keeps. With the lock. */
typedef unsigned long slabs_keep_fn(const struct kmem_cache *cache, const struct kmem_cache_node *n);

/* Objects of one node, from the first on, whose slab is `page`; how many. Empty slabs above `keep` may go. */
static inline __attribute__((always_inline)) unsigned int
slabs_give_to_node(struct kmem_cache *cache, struct page *page, void **objects, unsigned int nr, const void *caller,
		   bool is_plain, slabs_keep_fn *keep)
{
	int nid = page_to_nid(page);
	struct kmem_cache_node *n = load_acquire(cache->node[nid]);
	unsigned long flags = spin_lock_irqsave(&n->lock);
	struct page *gone;
	unsigned int i = 0;

	do {
		struct slab_bits s = is_plain ? slab_bits_plain(cache, page) : slab_bits_of(cache, page);

		i += slabs_give_run(cache, n, &s, objects + i, nr - i, caller);
		if (i == nr)
			break;
		page = slabs_page_of(cache, objects[i], caller);
	} while (page && page_to_nid(page) == nid);
	gone = slabs_sweep(cache, n, SLABS_SWEEP, keep(cache, n));
	spin_unlock_irqrestore(&n->lock, flags);
	slabs_discard(cache, gone);
	/* One that is no object was reported, and counts as done. */
	return i < nr && !page ? i + 1 : i;
}

/* Into their slabs, of any node. `is_plain` and `keep` are constants: each engine has this for itself. */
static inline __attribute__((always_inline)) void slabs_give(struct kmem_cache *cache, void **objects, unsigned int nr,
							      const void *caller, bool is_plain, slabs_keep_fn *keep)
{
	unsigned int i = 0;

	while (i < nr) {
		struct page *page = slabs_page_of(cache, objects[i], caller);

		i += page ? slabs_give_to_node(cache, page, objects + i, nr - i, caller, is_plain, keep) : 1;
	}
}

/* ---- the engines' calls (internal.h), as far as they are alike ---- */

void *slabs_grow(struct kmem_cache *cache, gfp_t gfp, int nid);
void *slabs_find(struct kmem_cache *cache, const struct page *page, const void *at, bool *is_free);
void slabs_count(struct kmem_cache *cache, struct kmem_cache_node *n, struct slabinfo *info);
const char *slabs_validate(struct kmem_cache *cache, struct kmem_cache_node *n);

#endif
