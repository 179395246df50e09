/* SPDX-License-Identifier: MIT */
/*
 * slab_subject_quire.c - this library's objects, called as a kernel calls them: of a cache of one
 * size, and by kmalloc of a size that is known at run time (kernel_machine.h).
 *
 * Both are of one machine. The cache is not merged with kmalloc's of that size: each has slabs of
 * its own.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench/kernel_machine.h"
#include "bench/slab_loops.h"

#include <quire/kmalloc.h>

static struct {
	const struct slab_engine *engine;
	unsigned int nodes;
	struct kmem_cache *cache;
	unsigned int users; /* subjects that were made */
	size_t free_at_first;
} its;

bool slab_choose_machine(const char *engine, unsigned int nodes)
{
	its.engine = slab_engine_by_name(engine);
	its.nodes = nodes;
	return its.engine;
}

/*
 * What a small server has: how much CPUs and nodes keep goes by the size of RAM, and the peers have
 * all that the host has. And it must be enough for both: the objects, what slabs waste, and what
 * watermarks keep.
 */
static uint64_t ram_size(size_t size, size_t objects)
{
	uint64_t usual = (uint64_t)(sizeof(void *) == 8 ? 4096 : 512) << 20;
	uint64_t need = 3 * (uint64_t)size * objects + ((uint64_t)64 << 20);

	return need > usual ? need : usual;
}

static int machine_init(size_t size, size_t objects, unsigned int threads)
{
	if (its.users++)
		return 0;
	if (!kernel_machine_boot("slab_bench", ram_size(size, objects), threads, its.nodes, its.engine))
		return 0;
	its.users = 0;
	return -1;
}

static void machine_destroy(void)
{
	if (--its.users)
		return;
	its.cache = NULL;
	kernel_machine_end();
}

static int cache_init(size_t size, size_t objects, unsigned int threads)
{
	if (machine_init(size, objects, threads))
		return -1;
	its.free_at_first = nr_free_pages();
	its.cache = kmem_cache_create("bench", (unsigned int)size, 0, SLAB_NO_MERGE, NULL);
	if (its.cache)
		return 0;
	fprintf(stderr, "slab_bench: quire: no cache\n");
	machine_destroy();
	return -1;
}

static int kmalloc_init(size_t size, size_t objects, unsigned int threads)
{
	if (machine_init(size, objects, threads))
		return -1;
	its.free_at_first = nr_free_pages();
	return 0;
}

/* With what CPUs keep, of objects and of pages. Page structures a kernel has in any case. */
static size_t pages_taken(void)
{
	return (its.free_at_first - nr_free_pages()) * PAGE_SIZE;
}

static inline void *cache_alloc(size_t size)
{
	(void)size;
	return kmem_cache_alloc(its.cache, GFP_KERNEL);
}
static inline void cache_free(void *object)
{
	kmem_cache_free(its.cache, object);
}
static inline void *kmalloc_alloc(size_t size)
{
	return kmalloc(size, GFP_KERNEL);
}
static inline void kmalloc_free(void *object)
{
	kfree(object);
}

SLAB_DEFINE_LOOPS(cache, cache_alloc, cache_free)
const struct slab_subject slab_kmem_cache = { .name = "kmem_cache",
					      .is_own = true,
					      .init = cache_init,
					      .destroy = machine_destroy,
					      .taken = pages_taken,
					      SLAB_LOOPS(cache, cache_alloc, cache_free) };

SLAB_DEFINE_LOOPS(kmalloc, kmalloc_alloc, kmalloc_free)
const struct slab_subject slab_kmalloc = { .name = "kmalloc",
					   .is_own = true,
					   .init = kmalloc_init,
					   .destroy = machine_destroy,
					   .taken = pages_taken,
					   SLAB_LOOPS(kmalloc, kmalloc_alloc, kmalloc_free) };
