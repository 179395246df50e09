/* SPDX-License-Identifier: MIT */
/*
 * info.c - looking at caches: counts, the cache of an address, what may be copied to user space, what is
 * still in use, and whether all of it hangs together.
 */
#include "mm/lib/list.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/slab/watch.h"

void get_slabinfo(struct kmem_cache *cache, struct slabinfo *info)
{
	struct kmem_cache_node *n;
	int nid;

	*info = (struct slabinfo){
		.objects_per_slab = cache->nr_objects,
		.cache_order = cache->order,
		.limit = cache->limit,
		.batchcount = cache->batchcount,
		.shared = cache->shared,
		.cached_objs = cpu_arrays_count(cache) + slab_remote_count(cache) + quarantine_count(cache),
	};
	if (slab_engine_has_heap())
		slab_engine()->count(cache, NULL, info);
	for_each_slab_node(cache, nid, n)
		slab_engine()->count(cache, n, info);
	/* Counts that others change meanwhile need not fit together. */
	if ((long)info->active_objs < 0)
		info->active_objs = 0;
	info->active_objs = min_of(info->active_objs, info->num_objs);
}

struct kmem_cache *kmem_cache_of(const void *object)
{
	const struct page *page = slab_page_of(object);

	return page ? page->slab_cache : NULL;
}

/* ---- copies to and from user space ---- */

static const char *refuse(const char *why, const struct kmem_cache *cache, unsigned long offset,
			  unsigned long n, bool to_user, const void *caller)
{
	quire_warn(caller, "usercopy: memory %s attempt detected %s object '%s' (offset %lu, size %lu): %s",
		   to_user ? "exposure" : "overwrite", to_user ? "from" : "to", cache->name, offset, n, why);
	return why;
}

const char *check_heap_object(const void *ptr, unsigned long n, bool to_user)
{
	const void *caller = __builtin_return_address(0);
	const struct page *page = slab_page_of(ptr);
	struct kmem_cache *cache = page ? page->slab_cache : NULL;
	unsigned long offset;
	bool is_free = false;
	char *object;

	if (!cache)
		return NULL;
	object = slab_engine()->find(cache, page, ptr, &is_free);
	if (!object || (const char *)ptr < object)
		return refuse("it is in no object", cache, 0, n, to_user, caller);
	offset = (unsigned long)((const char *)ptr - object);
	if (is_free)
		return refuse("the object is free", cache, offset, n, to_user, caller);
	if (offset < cache->useroffset || offset - cache->useroffset > cache->usersize ||
	    n > cache->useroffset + cache->usersize - offset)
		return refuse("it is not all for user space", cache, offset, n, to_user, caller);
	return NULL;
}

/* ---- every slab, those without free objects too ---- */

/* The next first page of a slab of the cache, from frame *pfn on, which moves behind it; NULL: no more. */
static struct page *next_slab(const struct kmem_cache *cache, pfn_t *pfn)
{
	const struct page_state *ps = &this_quire()->page;
	struct page *page;

	while (*pfn < ps->memmap_end_pfn) {
		page = pfn_to_online_page(*pfn);
		if (page && PageSlab(page) && !PageTail(page) && page->slab_cache == cache) {
			*pfn += 1UL << page_alloc_order(page);
			return page;
		}
		++*pfn;
	}
	return NULL;
}

void slab_for_each(struct kmem_cache *cache, slab_visit_fn *visit, void *ctx)
{
	pfn_t pfn = this_quire()->page.memmap_base_pfn;
	struct page *page;

	while ((page = next_slab(cache, &pfn)) != NULL)
		visit(cache, page, ctx);
}

void slab_objects_of(struct kmem_cache *cache, struct page *page, slab_object_fn *visit, void *ctx)
{
	char *slab = phys_to_virt(page_to_phys(page)), *object;
	size_t bytes = PAGE_SIZE << page_alloc_order(page), at;
	bool is_free;

	/* Where there is no object, a colour comes first, or the rest is the map. */
	for (at = 0; at < bytes;) {
		object = slab_engine()->find(cache, page, slab + at, &is_free);
		if (object) {
			visit(cache, object, is_free, ctx);
			at = (size_t)(object - slab) - cache->red_left_pad + cache->size;
		} else {
			at += sizeof(u64);
		}
	}
}

static void report_one(struct kmem_cache *cache, void *object, bool is_free, void *ctx)
{
	(void)ctx;
	if (is_free)
		return;
	this_quire()->slab.nr_reports++;
	pr_err("Object %p of %s is in use", object, cache->name);
}

static void report_slab(struct kmem_cache *cache, struct page *page, void *ctx)
{
	slab_objects_of(cache, page, report_one, ctx);
}

void slab_report_objects(struct kmem_cache *cache)
{
	struct slabinfo info;

	pr_err("BUG %s: Objects remaining in %s on __kmem_cache_shutdown()", cache->name, cache->name);
	/* What lies in a heap can be counted, but not found. */
	if (slab_engine_has_heap()) {
		get_slabinfo(cache, &info);
		this_quire()->slab.nr_reports++;
		pr_err("%lu objects of %s are in use", info.active_objs, cache->name);
	}
	slab_for_each(cache, report_slab, NULL);
}

/* ---- does it hang together? ---- */

struct census {
	unsigned long slabs, objects, free;
};

static void count_object(struct kmem_cache *cache, void *object, bool is_free, void *ctx)
{
	struct census *census = ctx;

	(void)cache;
	(void)object;
	census->objects++;
	census->free += is_free;
}

static void count_slab(struct kmem_cache *cache, struct page *page, void *ctx)
{
	struct census *census = ctx;

	census->slabs++;
	slab_objects_of(cache, page, count_object, census);
}

/* What a CPU or a node keeps of the cache must be the cache's, and not be free in its slab. */
static void check_cached(struct kmem_cache *cache, void *object, bool is_free, void *ctx)
{
	const struct page *page = slab_page_of(object);
	const char **why = ctx;

	if (!page || page->slab_cache != cache)
		*why = "CPUs keep an object with those of another cache";
	else if (slab_engine()->find(cache, page, object, &is_free) != object || is_free)
		*why = "CPUs keep what is no object, or one that is free in its slab, too";
}

static const char *validate_cache(struct kmem_cache *cache)
{
	struct census census = { 0, 0, 0 };
	unsigned long slabs = 0, objects = 0, free = 0;
	struct kmem_cache_node *n;
	const char *why = NULL;
	int nid;

	slab_for_each_cached(cache, check_cached, &why);
	if (why)
		return why;
	for_each_slab_node(cache, nid, n) {
		why = slab_engine()->validate ? slab_engine()->validate(cache, n) : NULL;
		if (why)
			return why;
		slabs += n->nr_slabs;
		objects += n->total_objects;
		free += n->nr_free;
	}
	slab_for_each(cache, count_slab, &census);
	if (census.slabs != slabs)
		return "a cache has more or fewer slabs than are marked as its";
	if (census.objects != objects || census.free != free)
		return "a cache's counts of objects differ from what its slabs say";
	if (cpu_arrays_count(cache) > objects - free)
		return "CPUs keep more objects of a cache than its slabs miss";
	return NULL;
}

const char *kmem_cache_validate(void)
{
	struct slab_state *slab = &this_quire()->slab;
	struct kmem_cache *cache;
	const char *why;

	if (!slab->engine)
		return NULL;
	if (slab_engine_has_heap())
		return slab->engine->validate(NULL, NULL);
	why = kmalloc_index_validate();
	if (why)
		return why;
	list_for_each_entry(cache, &slab->caches, list) {
		why = validate_cache(cache);
		if (why)
			break;
	}
	return why;
}
