/* SPDX-License-Identifier: MIT */
/*
 * mempool.c - pools that never run dry.
 *
 * Who must make progress to free memory (writes a page out, say) may not wait for memory without end. So a
 * pool keeps a few elements back. They are handed out when memory is out, and come back first:
 * whoever gives an element back fills the pool before anything else, and wakes who waits. As long as
 * every element that is taken comes back, every request is served.
 *
 * pool->lock guards elements[] and curr_nr. `waiting` is what waiters sleep on: it is counted up
 * with each element that comes to the pool, so that none is slept through.
 */
#include <quire/mempool.h>

#include "mm/lib/log.h"
#include "mm/page/internal.h"
#include "mm/slab/internal.h"

/* Weak: a kernel whose threads do not sleep has no such hooks. Who would have to wait gets nothing then. */
extern __typeof__(port_wait) port_wait __attribute__((weak));
extern __typeof__(port_wake) port_wake __attribute__((weak));

/* ---- the elements kept back; with the lock ---- */

static void *pop(mempool_t *pool)
{
	void *element = NULL;
	unsigned long flags = spin_lock_irqsave(&pool->lock);

	if (pool->curr_nr) {
		element = pool->elements[pool->curr_nr - 1];
		store_relaxed(pool->curr_nr, pool->curr_nr - 1);
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	return element;
}

/* False: the pool is full. */
static bool push(mempool_t *pool, void *element)
{
	unsigned long flags = spin_lock_irqsave(&pool->lock);
	bool has_room = pool->curr_nr < pool->min_nr;

	if (has_room) {
		pool->elements[pool->curr_nr] = element;
		store_relaxed(pool->curr_nr, pool->curr_nr + 1);
		store_release(pool->waiting, pool->waiting + 1);
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	return has_room;
}

/* ---- making and ending ---- */

void mempool_exit(mempool_t *pool)
{
	void *element;

	while ((element = pop(pool)) != NULL)
		pool->free(element, pool->pool_data);
	kfree(pool->elements);
	pool->elements = NULL;
	pool->min_nr = 0;
}

static int init_for(mempool_t *pool, int min_nr, mempool_alloc_t *alloc, mempool_free_t *free, void *pool_data,
		    gfp_t gfp, int node)
{
	void *element;

	*pool = (mempool_t){ .min_nr = min_nr, .alloc = alloc, .free = free, .pool_data = pool_data };
	if (min_nr < 0)
		return -EINVAL;
	pool->elements = kmalloc_array_node((size_t)max_of(min_nr, 1), sizeof(void *), gfp, node);
	if (!pool->elements)
		return -ENOMEM;
	while (pool->curr_nr < min_nr) {
		element = alloc(gfp, pool_data);
		if (!element) {
			mempool_exit(pool);
			return -ENOMEM;
		}
		push(pool, element);
	}
	return 0;
}

int mempool_init(mempool_t *pool, int min_nr, mempool_alloc_t *alloc, mempool_free_t *free, void *pool_data)
{
	return init_for(pool, min_nr, alloc, free, pool_data, GFP_KERNEL, NUMA_NO_NODE);
}

mempool_t *mempool_create_node(int min_nr, mempool_alloc_t *alloc, mempool_free_t *free, void *pool_data,
			       gfp_t gfp, int node)
{
	mempool_t *pool = kmalloc_node(sizeof(*pool), gfp, node);

	if (!pool)
		return NULL;
	if (!init_for(pool, min_nr, alloc, free, pool_data, gfp, node))
		return pool;
	kfree(pool);
	return NULL;
}

mempool_t *mempool_create(int min_nr, mempool_alloc_t *alloc, mempool_free_t *free, void *pool_data)
{
	return mempool_create_node(min_nr, alloc, free, pool_data, GFP_KERNEL, NUMA_NO_NODE);
}

void mempool_destroy(mempool_t *pool)
{
	if (!pool)
		return;
	mempool_exit(pool);
	kfree(pool);
}

/* Elements above the new minimum, out of the pool. */
static void give_surplus(mempool_t *pool, int new_min_nr)
{
	unsigned long flags = spin_lock_irqsave(&pool->lock);
	void *element;

	while (pool->curr_nr > new_min_nr) {
		element = pool->elements[pool->curr_nr - 1];
		store_relaxed(pool->curr_nr, pool->curr_nr - 1);
		spin_unlock_irqrestore(&pool->lock, flags);
		pool->free(element, pool->pool_data);
		flags = spin_lock_irqsave(&pool->lock);
	}
	store_relaxed(pool->min_nr, new_min_nr);
	spin_unlock_irqrestore(&pool->lock, flags);
}

static void replace_elements(mempool_t *pool, void **elements, int new_min_nr)
{
	unsigned long flags = spin_lock_irqsave(&pool->lock);
	void **before = pool->elements;
	int i;

	for (i = 0; i < pool->curr_nr; i++)
		elements[i] = before[i];
	pool->elements = elements;
	store_relaxed(pool->min_nr, new_min_nr);
	spin_unlock_irqrestore(&pool->lock, flags);
	kfree(before);
}

int mempool_resize(mempool_t *pool, int new_min_nr)
{
	void **elements, *element;
	int before = pool->min_nr;

	if (new_min_nr < 1)
		return -EINVAL;
	if (new_min_nr <= before) {
		give_surplus(pool, new_min_nr);
		return 0;
	}
	elements = kmalloc_array((size_t)new_min_nr, sizeof(void *), GFP_KERNEL);
	if (!elements)
		return -ENOMEM;
	replace_elements(pool, elements, new_min_nr);
	while (load_relaxed(pool->curr_nr) < new_min_nr) {
		element = pool->alloc(GFP_KERNEL, pool->pool_data);
		if (!element) {
			give_surplus(pool, before);
			return -ENOMEM;
		}
		mempool_free(element, pool);
	}
	return 0;
}

/* ---- taking and giving ---- */

void *mempool_alloc(mempool_t *pool, gfp_t gfp)
{
	/* First without waiting, and without what others may need more. */
	gfp_t easy = (gfp | __GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN) & ~(__GFP_DIRECT_RECLAIM | __GFP_IO);
	gfp_t hard = gfp | __GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN;
	unsigned int seen;
	void *element;

	if (WARN(gfp & __GFP_ZERO, "mempool_alloc: what comes from the pool is not cleared"))
		return NULL;
	element = pool->alloc(easy, pool->pool_data);
	if (!element)
		element = pop(pool);
	while (!element && (gfp & __GFP_DIRECT_RECLAIM)) {
		seen = load_acquire(pool->waiting);
		element = pool->alloc(hard, pool->pool_data);
		if (!element)
			element = pop(pool);
		if (!element && !port_wait)
			return NULL;
		if (!element)
			port_wait(&pool->waiting, seen);
	}
	return element;
}

static void wake_waiters(mempool_t *pool)
{
	if (port_wake)
		port_wake(&pool->waiting);
}

void mempool_free(void *element, mempool_t *pool)
{
	if (!element)
		return;
	if (load_relaxed(pool->curr_nr) < load_relaxed(pool->min_nr) && push(pool, element))
		wake_waiters(pool);
	else
		pool->free(element, pool->pool_data);
}

/* ---- kinds of elements ---- */

void *mempool_alloc_slab(gfp_t gfp, void *pool_data)
{
	return kmem_cache_alloc(pool_data, gfp);
}
void mempool_free_slab(void *element, void *pool_data)
{
	kmem_cache_free(pool_data, element);
}

void *mempool_kmalloc(gfp_t gfp, void *pool_data)
{
	return kmalloc((size_t)(uintptr_t)pool_data, gfp);
}
void mempool_kfree(void *element, void *pool_data)
{
	(void)pool_data;
	kfree(element);
}

void *mempool_alloc_pages(gfp_t gfp, void *pool_data)
{
	return alloc_pages(gfp, (unsigned int)(uintptr_t)pool_data);
}
void mempool_free_pages(void *element, void *pool_data)
{
	__free_pages(element, (unsigned int)(uintptr_t)pool_data);
}
