/* SPDX-License-Identifier: MIT */
/*
 * mempool.h - pools that never run dry: so many elements are kept back for when memory is out.
 */
#ifndef QUIRE_MEMPOOL_H
#define QUIRE_MEMPOOL_H

#include <quire/kmalloc.h>

typedef void *(mempool_alloc_t)(gfp_t gfp, void *pool_data);
typedef void (mempool_free_t)(void *element, void *pool_data);

typedef struct mempool {
	spinlock_t lock;
	unsigned int waiting; /* counts elements that came back: who waits sleeps on it */
	int min_nr;	      /* elements that are kept, */
	int curr_nr;	      /* and that are there now */
	void **elements;
	void *pool_data;
	mempool_alloc_t *alloc;
	mempool_free_t *free;
} mempool_t;

/*
 * A pool of min_nr elements at least, which alloc and free take and give with pool_data. NULL, or
 * -ENOMEM from init: there were not so many; nothing is taken then. Context: may sleep.
 */
mempool_t *mempool_create(int min_nr, mempool_alloc_t *alloc, mempool_free_t *free, void *pool_data);
mempool_t *mempool_create_node(int min_nr, mempool_alloc_t *alloc, mempool_free_t *free, void *pool_data,
			       gfp_t gfp, int node);
int mempool_init(mempool_t *pool, int min_nr, mempool_alloc_t *alloc, mempool_free_t *free, void *pool_data);
/* All elements must be back. NULL is ignored. */
void mempool_destroy(mempool_t *pool);
void mempool_exit(mempool_t *pool);
/* Another minimum. 0, -ENOMEM or -EINVAL; on failure it is as before. May sleep. */
int mempool_resize(mempool_t *pool, int new_min_nr);
/*
 * An element: from alloc, or one of those kept. With __GFP_DIRECT_RECLAIM it waits for one to come
 * back, and never fails, if the embedder has the hooks of tier 3 (port_wait); without them, or the
 * flag, NULL if there is none. __GFP_ZERO is refused.
 */
void *mempool_alloc(mempool_t *pool, gfp_t gfp);
void mempool_free(void *element, mempool_t *pool);

/* Elements of a cache, of kmalloc's with `size` bytes, of 1 << order pages. */
void *mempool_alloc_slab(gfp_t gfp, void *pool_data);
void mempool_free_slab(void *element, void *pool_data);
void *mempool_kmalloc(gfp_t gfp, void *pool_data);
void mempool_kfree(void *element, void *pool_data);
void *mempool_alloc_pages(gfp_t gfp, void *pool_data);
void mempool_free_pages(void *element, void *pool_data);
static inline mempool_t *mempool_create_slab_pool(int min_nr, struct kmem_cache *cache)
{
	return mempool_create(min_nr, mempool_alloc_slab, mempool_free_slab, cache);
}
static inline mempool_t *mempool_create_kmalloc_pool(int min_nr, size_t size)
{
	return mempool_create(min_nr, mempool_kmalloc, mempool_kfree, (void *)(uintptr_t)size);
}
static inline mempool_t *mempool_create_page_pool(int min_nr, int order)
{
	return mempool_create(min_nr, mempool_alloc_pages, mempool_free_pages, (void *)(uintptr_t)order);
}

#endif
