/* SPDX-License-Identifier: MIT */
/*
 * pages.c - the pages of slabs: how they are asked for, marked, counted and found again.
 *
 * A slab is a block of pages, compound if it is more than one, whose structures are marked PG_slab and
 * name the cache. So an address alone leads to its cache: to the page, by arithmetic, and to the cache.
 */
#include <quire/atomic.h>

#include "mm/lib/annotate.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/slab/internal.h"
#include "mm/slab/slab_words.h"

u64 slab_reciprocal(unsigned int size)
{
	u64 quotient = 0, rest = 0;
	int bit;

	/* (1 << 40) / size, rounded up, digit by digit: 64-bit division needs the compiler's library on 32 bits. */
	for (bit = 40; bit >= 0; bit--) {
		rest = rest << 1 | (bit == 40);
		quotient <<= 1;
		if (rest >= size) {
			rest -= size;
			quotient |= 1;
		}
	}
	return quotient + !!rest;
}

/* ---- pages ---- */

/* What a request may say about pages; where they lie is the cache's business. */
#define SLAB_GFP_MASK                                                                                  \
	(__GFP_RECLAIM | __GFP_HIGH | __GFP_IO | __GFP_FS | __GFP_NOWARN | __GFP_RETRY_MAYFAIL |       \
	 __GFP_NOFAIL | __GFP_NORETRY | __GFP_MEMALLOC | __GFP_NOMEMALLOC | __GFP_ATOMIC | __GFP_HARDWALL | \
	 __GFP_THISNODE)

gfp_t slab_page_gfp(const struct kmem_cache *cache, gfp_t gfp)
{
	return (gfp & SLAB_GFP_MASK) | (cache ? cache->allocflags : gfp & (__GFP_DMA | __GFP_DMA32));
}

void slab_count_pages(const struct kmem_cache *cache, int nid, long pages)
{
	enum node_stat_item item = cache && (cache->flags & SLAB_RECLAIM_ACCOUNT) ? NR_SLAB_RECLAIMABLE
										   : NR_SLAB_UNRECLAIMABLE;

	count_add(&NODE_DATA(nid)->vm_stat[item], (unsigned long)pages);
}

/* A block of `order`. The first try of an order that can be less shall not cost much. */
static struct page *try_order(gfp_t gfp, int nid, unsigned int order)
{
	return alloc_pages_node(nid, order ? gfp | __GFP_COMP : gfp, order);
}

static struct page *take_block(const struct kmem_cache *cache, gfp_t gfp, int nid)
{
	gfp_t easy = (gfp | __GFP_NOWARN | __GFP_NORETRY) & ~(__GFP_NOFAIL | __GFP_RETRY_MAYFAIL);
	struct page *page;

	if (cache->order == cache->min_order)
		return try_order(gfp, nid, cache->order);
	if (easy & __GFP_DIRECT_RECLAIM)
		easy = (easy | __GFP_NOMEMALLOC) & ~__GFP_RECLAIM;
	page = try_order(easy, nid, cache->order);
	return page ? page : try_order(gfp, nid, cache->min_order);
}

void slab_set_cache(struct page *page, struct kmem_cache *cache)
{
	unsigned long i;

	for (i = 0; i < 1UL << page_alloc_order(page); i++)
		page[i].slab_cache = cache;
}

struct page *slab_pages_alloc(struct kmem_cache *cache, gfp_t gfp, int nid)
{
	struct page *page = take_block(cache, gfp, nid);
	unsigned long i, pages;

	if (!page)
		return NULL;
	pages = 1UL << page_alloc_order(page);
	slab_set_cache(page, cache);
	kmalloc_index_frames(page, page_alloc_order(page), cache->cpus_at);
	SetPageSlab(page);
	/* Tails are cleaned with the first page: nobody needs to know of it. */
	for (i = 1; i < pages; i++)
		store_relaxed(page[i].flags, page_flags(page + i) | 1UL << PG_slab);
	page->slab_link = NULL;
	/* Objects are opened one by one. */
	annotate_noaccess(phys_to_virt(page_to_phys(page)), PAGE_SIZE * pages);
	slab_count_pages(cache, page_to_nid(page), (long)pages);
	return page;
}

void slab_pages_free(struct kmem_cache *cache, struct page *page)
{
	unsigned int order = page_alloc_order(page);

	slab_count_pages(cache, page_to_nid(page), -(1L << order));
	kmalloc_index_frames(page, order, 0);
	/* The rest of the structures is cleaned with the free; but that asks for references first. */
	page->_refs = 0;
	__free_pages(page, order);
}

struct page *slab_any_page_of(const void *at)
{
	const struct quire_geometry *geo = &this_quire()->geo;
	uintptr_t offset = (uintptr_t)at - (geo->direct_map + (uintptr_t)geo->lowmem_start);

	/* Highmem, addresses that are mapped elsewhere, and no addresses at all. */
	if (offset >= (uintptr_t)(geo->lowmem_end - geo->lowmem_start))
		return NULL;
	return pfn_to_online_page(PFN_DOWN(virt_to_phys(at)));
}

struct page *slab_page_of(const void *at)
{
	struct page *page = slab_any_page_of(at);

	page = page ? compound_head(page) : NULL;
	return page && PageSlab(page) ? page : NULL;
}

/* ---- nodes ---- */

/*
 * Memory for one: of that node, or of another. Only nodes that have slabs of them already, so that
 * this does not need itself.
 */
static struct kmem_cache_node *node_alloc(int nid, gfp_t gfp)
{
	struct kmem_cache *nodes = this_quire()->slab.kmem_cache_node;
	struct kmem_cache_node *n = NULL;
	unsigned int i, nr = this_quire()->page.nr_nodes;

	for (i = 0; i < nr && !n; i++) {
		int from = (int)((unsigned int)nid + i) % (int)nr;

		if (load_acquire(nodes->node[from]))
			n = slab_alloc_raw(nodes, gfp | __GFP_THISNODE, from);
	}
	return n;
}

static struct kmem_cache_node *node_create(struct kmem_cache *cache, int nid, gfp_t gfp)
{
	struct kmem_cache_node *n = node_alloc(nid, gfp);

	if (!n)
		return NULL;
	memset(n, 0, sizeof(*n));
	if (slab_engine()->node_init && slab_engine()->node_init(cache, n, nid, gfp)) {
		slab_free_raw(this_quire()->slab.kmem_cache_node, n);
		return NULL;
	}
	return n;
}

struct kmem_cache_node *slab_node_get(struct kmem_cache *cache, int nid, gfp_t gfp)
{
	struct kmem_cache_node *n = load_acquire(cache->node[nid]), *before;
	unsigned long flags;

	if (n)
		return n;
	n = node_create(cache, nid, gfp);
	if (!n)
		return NULL;
	flags = spin_lock_irqsave(&this_quire()->slab.lock);
	before = cache->node[nid];
	if (!before)
		store_release(cache->node[nid], n);
	spin_unlock_irqrestore(&this_quire()->slab.lock, flags);
	if (!before)
		return n;
	/* Another CPU was quicker. */
	slab_node_put(cache, n);
	return before;
}

void slab_node_put(struct kmem_cache *cache, struct kmem_cache_node *n)
{
	if (slab_engine()->node_exit)
		slab_engine()->node_exit(cache, n);
	slab_free_raw(this_quire()->slab.kmem_cache_node, n);
}

/* ---- random order ---- */

u64 slab_random(void)
{
	struct slab_state *slab = &this_quire()->slab;
	/* The mixing function is splitmix64's. */
	u64 z = slab->seed + count_up(&slab->nr_random) * 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

void slab_shuffle(void **objects, unsigned int nr)
{
	unsigned int i, other;
	void *object;

	for (i = nr; i > 1; i--) {
		/* 0 .. i - 1: the upper half of a product. */
		other = (unsigned int)(((slab_random() >> 32) * i) >> 32);
		object = objects[i - 1];
		objects[i - 1] = objects[other];
		objects[other] = object;
	}
}
