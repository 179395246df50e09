/* SPDX-License-Identifier: MIT */
/*
 * slub.c - the engine slub: slabs that know their free objects as bits.
 *
 * Theory. Linux links a slab's free objects through themselves. Here nothing of a free object is
 * touched: which objects of a slab are free is 64 bits in the structure of its first page, or,
 * where a slab has more objects than that, a bitmap at the slab's end. So
 *   - to take or give a hundred objects costs a hundred bits, and the cache misses of the
 *     slabs' page structures, not of the objects;
 *   - there is no pointer in a free object that an overflow could turn: what Linux encodes
 *     with a secret is not there;
 *   - a second free, or the free of an address that is no object's, is seen from the bits.
 *
 *     page->slab_free   few objects: a bit each, set: free
 *                       many: [0] how many are free; the bits stand behind the last object
 *
 * A node has one list of slabs with free objects, linked one way through slab_next, for a page
 * structure has no room for more. Slabs are taken from, and come back to, its front. One whose
 * objects are all free stays where it is; when there are more of these than an eighth of the list and
 * min_partial, some of the list are looked at, and the empty ones among them go back to the page
 * allocator. Slabs without free objects are on no list: their pages are found by their mark.
 *
 * kmem_cache_node.lock guards the list, and the free bits of all slabs of the node.
 */
#include "mm/lib/annotate.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/slab/debug.h"
#include "mm/slab/internal.h"

/* Slabs that a sweep looks at. */
#define SWEEP 64

/* ---- one slab; the node's lock is held, or nobody else knows it ---- */

static unsigned int objects_of(const struct kmem_cache *cache, const struct page *page)
{
	return page_alloc_order(page) == cache->order ? cache->nr_objects : cache->min_objects;
}

/* The address of object 0. */
static char *first_object(const struct kmem_cache *cache, const struct page *page)
{
	return (char *)phys_to_virt(page_to_phys(page)) + cache->red_left_pad;
}

static unsigned long *free_map(const struct kmem_cache *cache, const struct page *page)
{
	char *end = (char *)phys_to_virt(page_to_phys(page)) + (PAGE_SIZE << page_alloc_order(page));

	return (unsigned long *)(void *)(end - BITS_TO_LONGS(objects_of(cache, page)) * sizeof(long));
}

static bool has_free(const struct page *page)
{
	return page->slab_free[0] | page->slab_free[1];
}

static bool is_free(const struct kmem_cache *cache, const struct page *page, unsigned int index)
{
	if (cache->has_map)
		return test_bit(index, free_map(cache, page));
	return page->slab_free[index / 32] >> index % 32 & 1;
}

/* The lowest `nr` bits of two words, 0 to 64: of the one, and of the other. */
static u32 mask_of(unsigned int nr, unsigned int word)
{
	nr = nr > word * 32 ? nr - word * 32 : 0;
	return nr >= 32 ? ~(u32)0 : ((u32)1 << nr) - 1;
}

static bool is_all_free(const struct kmem_cache *cache, const struct page *page)
{
	unsigned int nr = objects_of(cache, page);

	if (cache->has_map)
		return page->slab_free[0] == nr;
	return page->slab_free[0] == mask_of(nr, 0) && page->slab_free[1] == mask_of(nr, 1);
}

/* From now on all objects but the first are free. */
static void set_all_free(const struct kmem_cache *cache, struct page *page)
{
	unsigned int nr = objects_of(cache, page);
	unsigned long *map;

	if (!cache->has_map) {
		page->slab_free[0] = mask_of(nr, 0) & ~(u32)1;
		page->slab_free[1] = mask_of(nr, 1);
		return;
	}
	map = free_map(cache, page);
	annotate_defined(map, BITS_TO_LONGS(nr) * sizeof(long));
	memset(map, 0, BITS_TO_LONGS(nr) * sizeof(long));
	bitmap_set(map, 1, nr - 1);
	page->slab_free[0] = nr - 1;
	page->slab_free[1] = 0;
}

static void set_free(const struct kmem_cache *cache, struct page *page, unsigned int index)
{
	if (cache->has_map) {
		set_bit(index, free_map(cache, page));
		page->slab_free[0]++;
	} else {
		page->slab_free[index / 32] |= (u32)1 << index % 32;
	}
}

/* Objects whose bits are set in a word, the first of which stands for `first`; their bits go. */
static unsigned int take_of_word(const struct kmem_cache *cache, char *first, unsigned long *word, void **objects,
				 unsigned int max)
{
	unsigned long bits = *word;
	unsigned int got = 0;

	for (; bits && got < max; bits &= bits - 1)
		objects[got++] = first + (size_t)__ffs(bits) * cache->size;
	*word = bits;
	return got;
}

static unsigned int take_by_bits(const struct kmem_cache *cache, struct page *page, void **objects,
				 unsigned int max)
{
	char *first = first_object(cache, page);
	unsigned int got = 0, word;
	unsigned long bits;

	for (word = 0; word < 2; word++) {
		bits = page->slab_free[word];
		got += take_of_word(cache, first + (size_t)word * 32 * cache->size, &bits, objects + got, max - got);
		page->slab_free[word] = (u32)bits;
	}
	return got;
}

static unsigned int take_by_map(const struct kmem_cache *cache, struct page *page, void **objects,
				unsigned int max)
{
	unsigned long *map = free_map(cache, page);
	char *first = first_object(cache, page);
	size_t word, nr = BITS_TO_LONGS(objects_of(cache, page));
	unsigned int got = 0;

	for (word = 0; word < nr && got < max; word++)
		got += take_of_word(cache, first + word * BITS_PER_LONG * cache->size, &map[word], objects + got,
				    max - got);
	page->slab_free[0] -= got;
	return got;
}

/* ---- the node's list ---- */

/* Counts that are read without the lock as well. */
static void count_objects(struct kmem_cache_node *n, long slabs, long objects, long nr_free)
{
	store_relaxed(n->nr_slabs, n->nr_slabs + (unsigned long)slabs);
	store_relaxed(n->total_objects, n->total_objects + (unsigned long)objects);
	store_relaxed(n->nr_free, n->nr_free + (unsigned long)nr_free);
}
static void count_partial(struct kmem_cache_node *n, long slabs)
{
	store_relaxed(n->nr_partial, n->nr_partial + (unsigned long)slabs);
}

static void push_front(struct kmem_cache_node *n, struct page *page)
{
	page->slab_next = n->partial;
	if (!n->partial)
		n->partial_tail = page;
	n->partial = page;
	count_partial(n, 1);
}

static struct page *pop_front(struct kmem_cache_node *n)
{
	struct page *page = n->partial;

	n->partial = page->slab_next;
	page->slab_next = NULL;
	count_partial(n, -1);
	return page;
}

static void push_back(struct kmem_cache_node *n, struct page *page)
{
	page->slab_next = NULL;
	if (n->partial)
		n->partial_tail->slab_next = page;
	else
		n->partial = page;
	n->partial_tail = page;
	count_partial(n, 1);
}

/* Takes empty slabs out of the next so many of the list, but keeps `keep` of them; returns them linked. */
static struct page *sweep(struct kmem_cache *cache, struct kmem_cache_node *n, unsigned long looks,
			  unsigned long keep)
{
	struct page *page, *gone = NULL;

	for (looks = min_of(looks, n->nr_partial); looks && n->nr_empty > keep; looks--) {
		unsigned int nr;

		page = pop_front(n);
		if (!is_all_free(cache, page)) {
			push_back(n, page);
			continue;
		}
		nr = objects_of(cache, page);
		n->nr_empty--;
		count_objects(n, -1, -(long)nr, -(long)nr);
		page->slab_next = gone;
		gone = page;
	}
	return gone;
}

/* Slabs that the list no longer has; no lock is held. How many pages. */
static unsigned long discard(struct kmem_cache *cache, struct page *page)
{
	unsigned long pages = 0;
	struct page *next;

	for (; page; page = next) {
		next = page->slab_next;
		pages += 1UL << page_alloc_order(page);
		slab_debug_end_slab(cache, first_object(cache, page), objects_of(cache, page));
		slab_pages_free(cache, page);
	}
	return pages;
}

/* ---- taking ---- */

static unsigned int slub_take(struct kmem_cache *cache, struct kmem_cache_node *n, void **objects,
			      unsigned int max)
{
	unsigned int got = 0, now;
	struct page *page;
	unsigned long flags;

	if (!load_relaxed(n->nr_partial))
		return 0;
	flags = spin_lock_irqsave(&n->lock);
	while (n->partial && got < max) {
		page = n->partial;
		if (n->nr_empty && is_all_free(cache, page))
			n->nr_empty--;
		now = cache->has_map ? take_by_map(cache, page, objects + got, max - got)
				     : take_by_bits(cache, page, objects + got, max - got);
		got += now;
		if (!has_free(page))
			pop_front(n);
	}
	count_objects(n, 0, 0, -(long)got);
	spin_unlock_irqrestore(&n->lock, flags);
	return got;
}

static void *slub_grow(struct kmem_cache *cache, gfp_t gfp, int nid)
{
	struct page *page = slab_pages_alloc(cache, gfp, nid);
	struct kmem_cache_node *n;
	unsigned int i, nr;
	unsigned long flags;
	char *first;

	if (!page)
		return NULL;
	n = slab_node_get(cache, page_to_nid(page), gfp);
	if (!n) {
		slab_pages_free(cache, page);
		return NULL;
	}
	nr = objects_of(cache, page);
	first = first_object(cache, page);
	if (cache->ctor || (cache->flags & SLAB_DEBUG_FLAGS))
		for (i = 0; i < nr; i++)
			slab_setup_object(cache, first + (size_t)i * cache->size);
	flags = spin_lock_irqsave(&n->lock);
	set_all_free(cache, page);
	count_objects(n, 1, (long)nr, (long)nr - 1);
	if (nr > 1)
		push_front(n, page);
	spin_unlock_irqrestore(&n->lock, flags);
	return first;
}

/* ---- giving back ---- */

/* Which object of the slab begins at the address; nr of them and more: none. */
static unsigned int index_of(const struct kmem_cache *cache, const struct page *page, const void *object)
{
	size_t offset = (size_t)((const char *)object - first_object(cache, page));
	unsigned int index;

	/* Also where it lies before the first: the difference is huge. */
	if (offset >= PAGE_SIZE << page_alloc_order(page))
		return (unsigned int)-1;
	index = slab_divide(cache, offset);
	return (size_t)index * cache->size == offset ? index : (unsigned int)-1;
}

/* Is it an object of the cache that is not free? Reports what it is else. */
static bool may_give(struct kmem_cache *cache, const struct page *page, const void *object, unsigned int index,
		     const void *caller)
{
	const char *why = NULL;

	if (index >= objects_of(cache, page))
		why = "it is not the beginning of an object";
	else if (is_free(cache, page, index))
		why = "it is free already";
	if (__builtin_expect(!why, 1))
		return true;
	slab_report_bad_free(caller, cache, object, why);
	return false;
}

/* One object into its slab. The node's lock is held; what is wrong is reported under it. */
static void give_one(struct kmem_cache *cache, struct kmem_cache_node *n, struct page *page,
		     const void *object, const void *caller)
{
	unsigned int index = index_of(cache, page, object);

	if (!may_give(cache, page, object, index, caller))
		return;
	if (!has_free(page))
		push_front(n, page);
	set_free(cache, page, index);
	count_objects(n, 0, 0, 1);
	if (is_all_free(cache, page))
		n->nr_empty++;
}

/* The slab of an object that is said to be the cache's; NULL, after a report: it is not. */
static struct page *slab_of(struct kmem_cache *cache, const void *object, const void *caller)
{
	struct page *page = slab_page_of(object);

	if (__builtin_expect(page && page->slab_cache == cache, 1))
		return page;
	slab_report_bad_free(caller, cache, object,
			     page ? "it is of another cache" : "it is no object of any cache");
	return NULL;
}

static bool has_too_many_empty(const struct kmem_cache *cache, const struct kmem_cache_node *n)
{
	return n->nr_empty > cache->min_partial + n->nr_partial / 8;
}

/* As many of them as lie on one node, from the first on; returns how many that were. */
static unsigned int give_to_node(struct kmem_cache *cache, struct page *page, void **objects, unsigned int nr,
				 const void *caller)
{
	int nid = page_to_nid(page);
	struct kmem_cache_node *n = cache->node[nid];
	struct page *gone = NULL;
	unsigned int i = 0;
	unsigned long flags = spin_lock_irqsave(&n->lock);

	do {
		give_one(cache, n, page, objects[i], caller);
		if (++i == nr)
			break;
		page = slab_of(cache, objects[i], caller);
	} while (page && page_to_nid(page) == nid);
	if (has_too_many_empty(cache, n))
		gone = sweep(cache, n, SWEEP, cache->min_partial);
	spin_unlock_irqrestore(&n->lock, flags);
	discard(cache, gone);
	/* One that is no object was reported, and counts as done. */
	return i < nr && !page ? i + 1 : i;
}

static void slub_give(struct kmem_cache *cache, void **objects, unsigned int nr, const void *caller)
{
	unsigned int i = 0;

	while (i < nr) {
		struct page *page = slab_of(cache, objects[i], caller);

		i += page ? give_to_node(cache, page, objects + i, nr - i, caller) : 1;
	}
}

static unsigned long slub_shrink(struct kmem_cache *cache, struct kmem_cache_node *n)
{
	unsigned long flags, pages = 0;
	struct page *gone;

	do {
		flags = spin_lock_irqsave(&n->lock);
		gone = sweep(cache, n, n->nr_partial, 0);
		spin_unlock_irqrestore(&n->lock, flags);
		pages += discard(cache, gone);
	} while (gone);
	return pages;
}

/* ---- looking ---- */

static void *slub_find(struct kmem_cache *cache, const struct page *page, const void *at, bool *free)
{
	size_t offset = (size_t)((const char *)at - (const char *)phys_to_virt(page_to_phys(page)));
	unsigned int index = slab_divide(cache, offset);
	struct kmem_cache_node *n;
	unsigned long flags;

	if (index >= objects_of(cache, page))
		return NULL;
	if (free) {
		n = cache->node[page_to_nid(page)];
		flags = spin_lock_irqsave(&n->lock);
		*free = is_free(cache, page, index);
		spin_unlock_irqrestore(&n->lock, flags);
	}
	return first_object(cache, page) + (size_t)index * cache->size;
}

static void slub_count(struct kmem_cache *cache, struct kmem_cache_node *n, struct slabinfo *info)
{
	(void)cache;
	info->num_slabs += load_relaxed(n->nr_slabs);
	info->active_slabs += load_relaxed(n->nr_slabs);
	info->num_objs += load_relaxed(n->total_objects);
	info->active_objs += load_relaxed(n->total_objects) - load_relaxed(n->nr_free);
}

static const char *validate_slab(const struct kmem_cache *cache, const struct page *page, unsigned int *nr_free)
{
	unsigned int i, nr = objects_of(cache, page), bits = 0;

	if (!PageSlab(page) || page->slab_cache != cache)
		return "a slab on the list is not marked as the cache's";
	for (i = 0; i < nr; i++)
		bits += is_free(cache, page, i);
	*nr_free = bits;
	if (cache->has_map && bits != page->slab_free[0])
		return "a slab's count of free objects differs from its bits";
	return bits ? NULL : "a slab without free objects is on the list";
}

static const char *slub_validate(struct kmem_cache *cache, struct kmem_cache_node *n)
{
	unsigned long nr_slabs = 0, nr_empty = 0, objects = 0;
	const struct page *page, *last = NULL;
	unsigned int nr_free;

	for (page = n->partial; page; last = page, page = page->slab_next) {
		const char *why = validate_slab(cache, page, &nr_free);

		if (why)
			return why;
		nr_slabs++;
		objects += nr_free;
		nr_empty += nr_free == objects_of(cache, page);
		if (nr_slabs > n->nr_partial)
			return "the list of slabs is longer than it should be";
	}
	if (nr_slabs != n->nr_partial || nr_empty != n->nr_empty || objects != n->nr_free)
		return "a node's counts differ from what its list has";
	if (last && last != n->partial_tail)
		return "the last slab of a list is not its tail";
	return NULL;
}

const struct slab_engine quire_slub = {
	.name = "slub",
	.has_arrays = true,
	.has_depot = true,
	.init = kmem_cache_init,
	.init_late = kmem_cache_init_late,
	.layout = slub_layout,
	.take = slub_take,
	.grow = slub_grow,
	.give = slub_give,
	.shrink = slub_shrink,
	.count = slub_count,
	.validate = slub_validate,
	.find = slub_find,
};
