/* SPDX-License-Identifier: MIT */
/*
 * alloc.c - taking objects.
 *
 * Three ways, one after the other: off this CPU's array; with the array filled, or past it, from slabs
 * that are there; from a new slab. Only the last may sleep. Where more is to be done than to hand an
 * object over (to clear, to check, to tell those who watch), the first way is closed: by the request's
 * flags, or because the cache's take_at is that of the entry without objects (slab_set_watch).
 */
#include <quire/fault.h>
#include <quire/page_poison.h>

#include "mm/lib/annotate.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/slab/cpu_array.h"
#include "mm/slab/debug.h"
#include "mm/slab/watch.h"

/* An object that is free in a slab of the node; NULL: there is none. */
static void *take_from_node(struct kmem_cache *cache, int nid)
{
	struct kmem_cache_node *n = load_acquire(cache->node[nid]);
	void *object = NULL;

	if (n)
		slab_engine()->take(cache, n, &object, 1);
	return object;
}

/* An object that exists on the node, or for NUMA_NO_NODE on this CPU's; NULL: a new slab is needed. */
static void *take_present(struct kmem_cache *cache, int nid)
{
	return nid == NUMA_NO_NODE || nid == numa_node_id() ? cpu_array_take(cache) : take_from_node(cache, nid);
}

/*
 * There was no memory for a new slab, and so CPUs had to give back what they kept (kept.c), into slabs that there
 * are: those of the node are asked again, and then, if it may be of any, all others.
 */
static __attribute__((noinline)) void *take_given_back(struct kmem_cache *cache, gfp_t gfp, int nid)
{
	void *object;

	if (!(gfp & __GFP_DIRECT_RECLAIM) || slab_engine_has_heap())
		return NULL;
	object = take_from_node(cache, alloc_node_or_local(nid));
	for (nid = 0; !object && !(gfp & __GFP_THISNODE) && nid < (int)this_quire()->page.nr_nodes; nid++)
		object = take_from_node(cache, nid);
	return object;
}

static void *take_object(struct kmem_cache *cache, gfp_t gfp, int nid)
{
	void *object;

	/* When memory is out, what waits in quarantine is wanted. */
	do {
		object = take_present(cache, nid);
		if (!object)
			object = slab_engine()->grow(cache, slab_page_gfp(cache, gfp), nid);
		if (!object)
			object = take_given_back(cache, gfp, nid);
	} while (!object && (cache->watch & SLAB_WATCH_QUARANTINE) && quarantine_drain(NULL));
	return object;
}

/* Is the request one that can be served? Warns if not. */
static bool may_alloc(const struct kmem_cache *cache, gfp_t gfp, int nid, const void *caller)
{
	if (__builtin_expect(cache->is_kept, 0)) {
		quire_warn(caller, "kmem_cache_alloc: the cache %s was destroyed", cache->name);
		return false;
	}
	if (__builtin_expect(gfp & __GFP_HIGHMEM, 0)) {
		quire_warn(caller, "kmem_cache_alloc of %s: objects are never highmem", cache->name);
		return false;
	}
	if (__builtin_expect((gfp & __GFP_ZERO) && cache->ctor, 0))
		quire_warn(caller, "%s has a constructor: __GFP_ZERO is ignored", cache->name);
	return nid == NUMA_NO_NODE || ((unsigned int)nid < this_quire()->page.nr_nodes && NODE_DATA(nid));
}

/* What a constructor made is not undone. */
static bool is_to_be_cleared(const struct kmem_cache *cache, gfp_t gfp)
{
	return !cache->ctor &&
	       ((gfp & __GFP_ZERO) || ((cache->watch & SLAB_WATCH_INIT) &&
				       (this_quire()->page.watch.poison & PAGE_INIT_ON_ALLOC)));
}

/* From an object that is free to one that is the caller's. False: it is broken, and goes nowhere. */
static bool make_ready(struct kmem_cache *cache, void *object, size_t size, gfp_t gfp, const void *caller)
{
	bool is_cleared = is_to_be_cleared(cache, gfp);
	size_t whole = load_relaxed(cache->object_size);

	if ((cache->flags & SLAB_DEBUG_FLAGS) && !slab_debug_alloc(cache, object, caller))
		return false;
	/* All of it, for the piece may grow: also what an error checker is not told of. */
	if (is_cleared) {
		annotate_undefined(object, whole);
		memset(object, 0, whole);
		annotate_noaccess(object, whole);
	}
	slab_watch_taken(cache, object, size, gfp, caller);
	if (is_cleared)
		annotate_defined(object, size);
	return true;
}

/* All that the common case is not. */
__attribute__((noinline)) void *slab_alloc_for(struct kmem_cache *cache, gfp_t gfp, size_t size, int nid,
					       const void *caller)
{
	void *object;

	if (!may_alloc(cache, gfp, nid, caller))
		return NULL;
	if (!(gfp & __GFP_NOFAIL) && should_failslab(cache->flags, gfp, load_relaxed(cache->object_size)))
		return NULL;
	object = slab_sample_take(cache, size, gfp, caller);
	if (object) {
		if (is_to_be_cleared(cache, gfp))
			memset(object, 0, size);
		return object;
	}
	do
		object = take_object(cache, gfp, nid);
	while (object && !make_ready(cache, object, size, gfp, caller));
	return object;
}

void *slab_alloc_raw(struct kmem_cache *cache, gfp_t gfp, int nid)
{
	void *object = take_from_node(cache, nid);

	if (!object)
		object = slab_engine()->grow(cache, slab_page_gfp(cache, gfp), nid);
	if (object && (cache->flags & SLAB_DEBUG_FLAGS))
		slab_debug_alloc(cache, object, __builtin_return_address(0));
	if (object && (cache->watch & SLAB_WATCH_ANNOTATE))
		annotate_alloc(object, load_relaxed(cache->object_size));
	return object;
}

/* ---- the calls ---- */

/* What a request can ask for that an array does not give. */
#define GFP_FURTHER (__GFP_ZERO | __GFP_HIGHMEM)

void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	struct kmem_cache_cpu *first;
	unsigned long irq;
	void *object;

	if (__builtin_expect(!(gfp & GFP_FURTHER), 1) && !fault_injection_is_on() && cpu_entries_enter(&first, &irq) &&
	    cpu_array_pop(first, load_relaxed(cache->take_at), irq, &object))
		return object;
	return slab_alloc_for(cache, gfp, load_relaxed(cache->object_size), NUMA_NO_NODE,
			      __builtin_return_address(0));
}

void *kmem_cache_alloc_node(struct kmem_cache *cache, gfp_t gfp, int node)
{
	return slab_alloc_for(cache, gfp, load_relaxed(cache->object_size), node, __builtin_return_address(0));
}

/* The cache of a size, or NULL: it is too large for one, 0, or nothing is up. */
static inline struct kmem_cache *cache_of_size(size_t size, gfp_t gfp)
{
	if (__builtin_expect(size - 1 >= KMALLOC_MAX_CACHE_SIZE, 0))
		return NULL;
	return this_quire()->slab.kmalloc[kmalloc_type(gfp)][kmalloc_class(size)];
}

/* Where the entry is of the cache of a size, in normal memory; 0: no table has the size, or they are closed. */
static inline __attribute__((always_inline)) uintptr_t find_entry(size_t size)
{
	const struct kmalloc_index *index = &this_quire()->slab.index;
	unsigned int at = 0;

	/* Size 0 is beyond all. */
	if (__builtin_expect(size - 1 < KMALLOC_SMALL_MAX, 1))
		at = load_relaxed(index->small[(size - 1) / 8]);
	else if (size - 1 < KMALLOC_MEDIUM_MAX)
		at = load_relaxed(index->medium[(size - 1) / 512]);
	return at * sizeof(struct kmem_cache_cpu);
}

void *kmalloc(size_t size, gfp_t gfp)
{
	struct kmem_cache_cpu *first;
	unsigned long irq;
	void *object;

	/* A machine without objects has no entry at all. */
	if (__builtin_expect(!(gfp & (GFP_FURTHER | __GFP_DMA | __GFP_RECLAIMABLE)), 1) && !fault_injection_is_on() &&
	    __builtin_expect(slab_no_cpus() != NULL, 1) && cpu_entries_enter(&first, &irq) &&
	    cpu_array_pop(first, find_entry(size), irq, &object))
		return object;
	return kmalloc_for(size, gfp, NUMA_NO_NODE, __builtin_return_address(0));
}

__attribute__((noinline)) void *kmalloc_for(size_t size, gfp_t gfp, int nid, const void *caller)
{
	struct kmem_cache *cache = cache_of_size(size, gfp);

	return cache ? slab_alloc_for(cache, gfp, size, nid, caller) : kmalloc_further(size, gfp, nid, caller);
}

void *kmalloc_node(size_t size, gfp_t gfp, int node)
{
	return kmalloc_for(size, gfp, node, __builtin_return_address(0));
}

/* ---- many at once ---- */

/* Off the CPU's array by the lot, and from new slabs; how many. */
static size_t take_many(struct kmem_cache *cache, gfp_t gfp, size_t nr, void **objects)
{
	size_t got = 0;

	for (;;) {
		got += cpu_array_take_many(cache, objects + got, (unsigned int)min_of(nr - got, (size_t)1 << 20));
		if (got == nr)
			return got;
		objects[got] = slab_engine()->grow(cache, slab_page_gfp(cache, gfp), NUMA_NO_NODE);
		if (!objects[got])
			objects[got] = take_given_back(cache, gfp, NUMA_NO_NODE);
		if (!objects[got])
			return got;
		got++;
	}
}

/* One by one, because each is looked at; how many. */
static size_t take_each(struct kmem_cache *cache, gfp_t gfp, size_t nr, void **objects, const void *caller)
{
	size_t got = 0, size = load_relaxed(cache->object_size);

	while (got < nr && (objects[got] = slab_alloc_for(cache, gfp, size, NUMA_NO_NODE, caller)) != NULL)
		got++;
	return got;
}

int kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t nr, void **objects)
{
	const void *caller = __builtin_return_address(0);
	size_t got;

	if (!may_alloc(cache, gfp, NUMA_NO_NODE, caller))
		return 0;
	if ((gfp & __GFP_ZERO) || (load_relaxed(cache->watch) & SLAB_WATCH_TAKE) || fault_injection_is_on())
		got = take_each(cache, gfp, nr, objects, caller);
	else
		got = take_many(cache, gfp, nr, objects);
	if (got == nr)
		return (int)nr;
	kmem_cache_free_bulk(cache, got, objects);
	return 0;
}
