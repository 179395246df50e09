/* SPDX-License-Identifier: MIT */
/*
 * node_slabs.c - making slabs, ending them, and looking at them; node_slabs.h has the theory.
 */
#include "mm/slab/node_slabs.h"

#include "mm/lib/annotate.h"
#include "mm/lib/string.h"
#include "mm/slab/debug.h"

/* ---- ending ---- */

struct page *slabs_sweep(struct kmem_cache *cache, struct kmem_cache_node *n, unsigned long looks,
			 unsigned long keep)
{
	struct page *page, *gone = NULL;
	unsigned int nr;

	for (looks = min_of(looks, n->nr_partial); looks && n->nr_empty > keep; looks--) {
		page = slabs_pop_front(n);
		if (!slab_is_all_free(cache, page)) {
			slabs_push_back(n, page);
			continue;
		}
		nr = slab_nr_objects(cache, page);
		n->nr_empty--;
		slabs_add(n, -1, -(long)nr, -(long)nr);
		slab_set_next(page, gone);
		gone = page;
	}
	return gone;
}

/* Bytes of a map that is not in its slab. */
static size_t off_map_bytes(const struct kmem_cache *cache)
{
	return BITS_TO_LONGS(cache->nr_objects) * sizeof(long);
}

/* Its pages, and its map. */
static void free_slab(struct kmem_cache *cache, const struct slab_bits *s)
{
	slab_pages_free(cache, s->page);
	if (cache->flags & CFLGS_OFF_SLAB)
		slab_free_bytes(s->map, off_map_bytes(cache));
}

unsigned long slabs_discard(struct kmem_cache *cache, struct page *page)
{
	unsigned long pages = 0;
	struct page *next;

	for (; page; page = next) {
		struct slab_bits s = slab_bits_of(cache, page);

		next = slab_next(page);
		pages += 1UL << page_alloc_order(page);
		slab_debug_end_slab(cache, s.first, slab_nr_objects(cache, page));
		free_slab(cache, &s);
	}
	return pages;
}

unsigned long slabs_discard_empty(struct kmem_cache *cache, struct kmem_cache_node *n)
{
	unsigned long flags, pages = 0;
	struct page *gone;

	do {
		flags = spin_lock_irqsave(&n->lock);
		gone = slabs_sweep(cache, n, n->nr_partial, 0);
		spin_unlock_irqrestore(&n->lock, flags);
		pages += slabs_discard(cache, gone);
	} while (gone);
	return pages;
}

/* ---- making ---- */

/* Pages, and a map if it is to be elsewhere. NULL: no memory. */
static struct page *new_slab(struct kmem_cache *cache, gfp_t gfp, int nid)
{
	struct page *page = slab_pages_alloc(cache, gfp, nid);
	unsigned long *map;

	if (!page)
		return NULL;
	slab_set_words(page, 0, 0);
	if (!(cache->flags & CFLGS_OFF_SLAB))
		return page;
	/* Where that lies does not matter. */
	map = slab_alloc_bytes(off_map_bytes(cache), gfp & ~__GFP_THISNODE);
	if (!map) {
		slab_pages_free(cache, page);
		return NULL;
	}
	slab_set_off_map(page, map);
	return page;
}

/* From now on all objects but the first are free. */
static void set_all_free(const struct kmem_cache *cache, const struct slab_bits *s)
{
	unsigned int nr = slab_nr_objects(cache, s->page);

	if (!s->map) {
		slab_set_words(s->page, slab_mask(nr, 0) & ~(u32)1, slab_mask(nr, 1));
		return;
	}
	annotate_defined(s->map, BITS_TO_LONGS(nr) * sizeof(long));
	memset(s->map, 0, BITS_TO_LONGS(nr) * sizeof(long));
	bitmap_set(s->map, 1, nr - 1);
	slab_set_word(s->page, 0, slab_word_of(s->page, 0) | (nr - 1));
}

void *slabs_grow(struct kmem_cache *cache, gfp_t gfp, int nid)
{
	struct page *page = new_slab(cache, gfp, nid);
	struct kmem_cache_node *n;
	struct slab_bits s;
	unsigned int i, nr;
	unsigned long flags;

	if (!page)
		return NULL;
	n = slab_node_get(cache, page_to_nid(page), gfp);
	s = slab_bits_of(cache, page);
	if (!n) {
		free_slab(cache, &s);
		return NULL;
	}
	nr = slab_nr_objects(cache, page);
	if (cache->ctor || (cache->flags & SLAB_DEBUG_FLAGS))
		for (i = 0; i < nr; i++)
			slab_setup_object(cache, s.first + (size_t)i * cache->size);
	flags = spin_lock_irqsave(&n->lock);
	set_all_free(cache, &s);
	slabs_add(n, 1, (long)nr, (long)nr - 1);
	if (nr > 1)
		slabs_push_front(n, page);
	spin_unlock_irqrestore(&n->lock, flags);
	return s.first;
}

/* ---- giving ---- */

struct page *slabs_page_of(struct kmem_cache *cache, const void *object, const void *caller)
{
	struct page *page = slab_page_of(object);

	if (__builtin_expect(page && page->slab_cache == cache, 1))
		return page;
	slab_report_bad_free(caller, cache, object,
			     page ? "it is of another cache" : "it is no object of any cache");
	return NULL;
}

void slabs_report_give(const struct kmem_cache *cache, const struct slab_bits *s, const void *object,
		       const void *caller)
{
	unsigned int nr = slab_nr_objects(cache, s->page);
	bool is_none = slab_index_of(cache, s, nr, object) >= nr;

	slab_report_bad_free(caller, cache, object,
			     is_none ? "it is not the beginning of an object" : "it is free already");
}

/* ---- looking ---- */

void *slabs_find(struct kmem_cache *cache, const struct page *page, const void *at, bool *is_free)
{
	char *first = slab_first_object(cache, page);
	size_t offset = (size_t)((const char *)at - (first - cache->red_left_pad));
	struct kmem_cache_node *n;
	struct slab_bits s;
	unsigned long flags;
	unsigned int index;

	/* Also in the colour: the difference is huge. */
	if (offset >= PAGE_SIZE << page_alloc_order(page))
		return NULL;
	index = slab_divide(cache, offset);
	if (index >= slab_nr_objects(cache, page))
		return NULL;
	if (is_free) {
		n = load_acquire(cache->node[page_to_nid(page)]);
		flags = spin_lock_irqsave(&n->lock);
		/* The structure is not written to. */
		s = slab_bits_of(cache, (struct page *)(uintptr_t)page);
		*is_free = slab_is_free(&s, index);
		spin_unlock_irqrestore(&n->lock, flags);
	}
	return first + (size_t)index * cache->size;
}

void slabs_count(struct kmem_cache *cache, struct kmem_cache_node *n, struct slabinfo *info)
{
	(void)cache;
	info->num_slabs += load_relaxed(n->nr_slabs);
	info->active_slabs += load_relaxed(n->nr_slabs);
	info->num_objs += load_relaxed(n->total_objects);
	info->active_objs += load_relaxed(n->total_objects) - load_relaxed(n->nr_free);
}

static const char *validate_slab(const struct kmem_cache *cache, struct page *page, unsigned int *nr_free)
{
	unsigned int i, nr = slab_nr_objects(cache, page), bits = 0;
	struct slab_bits s;

	if (!PageSlab(page) || page->slab_cache != cache)
		return "a slab on the list is not marked as the cache's";
	s = slab_bits_of(cache, page);
	for (i = 0; i < nr; i++)
		bits += slab_is_free(&s, i);
	*nr_free = bits;
	if (s.map && bits != (u16)slab_word_of(page, 0))
		return "a slab's count of free objects differs from its bits";
	return bits ? NULL : "a slab without free objects is on the list";
}

const char *slabs_validate(struct kmem_cache *cache, struct kmem_cache_node *n)
{
	unsigned long nr_slabs = 0, nr_empty = 0, objects = 0;
	struct page *page, *last = NULL;
	unsigned int nr_free;

	for (page = n->partial; page; last = page, page = slab_next(page)) {
		const char *why = validate_slab(cache, page, &nr_free);

		if (why)
			return why;
		nr_slabs++;
		objects += nr_free;
		nr_empty += nr_free == slab_nr_objects(cache, page);
		if (nr_slabs > n->nr_partial)
			return "the list of slabs is longer than it should be";
	}
	if (nr_slabs != n->nr_partial || nr_empty != n->nr_empty || objects != n->nr_free)
		return "a node's counts differ from what its list has";
	if (last && last != n->partial_tail)
		return "the last slab of a list is not its tail";
	return NULL;
}
