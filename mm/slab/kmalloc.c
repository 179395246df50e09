/* SPDX-License-Identifier: MIT */
/*
 * kmalloc.c - pieces of any size: what is neither the common case (alloc.c, free.c) nor an object. Pieces
 * of more than two pages are blocks of pages, compound so that any address in them leads to the first.
 */
#include <quire/fault.h>
#include <quire/kmemleak.h>

#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/slab/watch.h"

/* ---- pieces of pages ---- */

static void *large_alloc(size_t size, gfp_t gfp, int nid, const void *caller)
{
	unsigned int order = get_order(size);
	struct page *page;
	void *ptr;

	if (__builtin_expect(size > KMALLOC_MAX_SIZE, 0)) {
		if (!(gfp & __GFP_NOWARN) && size != SIZE_MAX)
			quire_warn(caller, "kmalloc of %zu bytes: the most is %lu", size,
				   (unsigned long)KMALLOC_MAX_SIZE);
		return NULL;
	}
	page = alloc_pages_for(gfp | __GFP_COMP, order, alloc_node_or_local(nid), caller);
	if (!page)
		return NULL;
	slab_count_pages(NULL, page_to_nid(page), 1L << order);
	ptr = page_address(page);
	annotate_noaccess((char *)ptr + size, (PAGE_SIZE << order) - size);
	kmemleak_alloc_for(ptr, size, 1, gfp, caller);
	return ptr;
}

void *kmalloc_further(size_t size, gfp_t gfp, int nid, const void *caller)
{
	if (!size)
		return ZERO_SIZE_PTR;
	if (__builtin_expect(!slab_engine() || this_quire()->slab.up < SLAB_UP, 0)) {
		quire_warn(caller, "kmalloc: this machine has no objects%s",
			   slab_engine() ? " yet" : ": its description names no engine");
		return NULL;
	}
	if (__builtin_expect(gfp & __GFP_HIGHMEM, 0)) {
		quire_warn(caller, "kmalloc: pieces are never highmem");
		return NULL;
	}
	if (slab_heap_serves(size))
		return !(gfp & __GFP_NOFAIL) && should_fail_alloc() ? NULL : slab_engine()->kmalloc(size, gfp, nid);
	return large_alloc(size, gfp, nid, caller);
}

static void report_bad_kfree(const void *ptr, const void *caller, const char *why)
{
	this_quire()->slab.nr_reports++;
	quire_warn(caller, "bad kfree, refused: %p: %s", ptr, why);
}

/* The block of pages that a large piece is; NULL, and why it is none. */
static struct page *large_page(const void *ptr, const char **why)
{
	struct page *page = slab_any_page_of(ptr);

	*why = "it is in no memory of the kernel's";
	if (!page)
		return NULL;
	*why = "it is not the beginning of a piece";
	if (virt_to_phys(ptr) & (PAGE_SIZE - 1) || PageTail(page))
		return NULL;
	*why = "it is free already, or was not taken by kmalloc";
	if (!(load_relaxed(*frame_state(page)) & PAGE_HELD) || (page_alloc_order(page) && !PageHead(page)))
		return NULL;
	return page;
}

void kfree_further(const void *ptr, const void *caller)
{
	struct page *page;
	unsigned int order;
	const char *why;
	int nid;

	if (ZERO_OR_NULL_PTR(ptr) || slab_sample_give((void *)(uintptr_t)ptr, caller))
		return;
	page = slab_page_of(ptr);
	if (page) {
		if (page->slab_cache)
			slab_free_for(page->slab_cache, (void *)(uintptr_t)ptr, caller);
		else
			slab_engine()->kfree(ptr, page, caller);
		return;
	}
	page = large_page(ptr, &why);
	if (!page) {
		report_bad_kfree(ptr, caller, why);
		return;
	}
	kmemleak_free(ptr);
	order = page_alloc_order(page);
	nid = page_to_nid(page);
	slab_count_pages(NULL, nid, -(1L << order));
	free_pages_for(page, order, caller);
}

/* ---- sizes ---- */

static size_t size_of(const void *ptr, const void *caller)
{
	const struct slab_sampler *sampler = this_quire()->slab.sampler;
	struct kmem_cache *cache;
	struct page *page;
	const char *why;
	size_t size;

	if (ZERO_OR_NULL_PTR(ptr))
		return 0;
	size = sampler ? sampler->size(ptr, &cache) : 0;
	if (size)
		return size;
	page = slab_page_of(ptr);
	if (page)
		return page->slab_cache ? slab_usable_size(page->slab_cache) : slab_engine()->ksize(ptr, page);
	page = large_page(ptr, &why);
	if (page)
		return PAGE_SIZE << page_alloc_order(page);
	quire_warn(caller, "ksize of %p: %s", ptr, why);
	return 0;
}

size_t ksize(const void *ptr)
{
	size_t size = size_of(ptr, __builtin_return_address(0));

	/* Who asks may use it all; what of it was written an error checker no longer knows. */
	if (size)
		annotate_defined(ptr, size);
	return size;
}

size_t slab_usable_size(const struct kmem_cache *cache)
{
	return cache->flags & SLAB_DEBUG_FLAGS ? cache->object_size : cache->inuse;
}

size_t kmalloc_size_roundup(size_t size)
{
	const struct kmem_cache *cache;

	if (!size || size > KMALLOC_MAX_SIZE)
		return size;
	if (slab_heap_serves(size))
		return ALIGN_UP(size, (size_t)SLOB_UNIT);
	if (size > KMALLOC_MAX_CACHE_SIZE || slab_engine_has_heap())
		return PAGE_SIZE << get_order(size);
	cache = this_quire()->slab.kmalloc[KMALLOC_NORMAL][kmalloc_class(size)];
	return cache ? cache->object_size : ALIGN_UP(size, sizeof(long));
}

/* ---- what stands on it ---- */

void *krealloc(const void *ptr, size_t size, gfp_t gfp)
{
	const void *caller = __builtin_return_address(0);
	size_t had = ksize(ptr);
	void *fresh;

	if (!size) {
		kfree(ptr);
		return ZERO_SIZE_PTR;
	}
	if (size <= had) {
		/* What is beyond may be asked for again, and shall be zero then. */
		if (gfp & __GFP_ZERO)
			memset((char *)(uintptr_t)ptr + size, 0, had - size);
		return (void *)(uintptr_t)ptr;
	}
	fresh = kmalloc_for(size, gfp, NUMA_NO_NODE, caller);
	if (fresh && had) {
		memcpy(fresh, ptr, had);
		kfree(ptr);
	}
	return fresh;
}

void *krealloc_array(void *ptr, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes = size_mul(n, size);

	return bytes == SIZE_MAX ? NULL : krealloc(ptr, bytes, gfp);
}

void kfree_sensitive(const void *ptr)
{
	size_t size = ksize(ptr);

	if (size)
		memset((void *)(uintptr_t)ptr, 0, size);
	/* The compiler may not think that nobody sees the zeros. */
	__asm__ volatile("" : : "r"(ptr) : "memory");
	kfree(ptr);
}

static void *copy_of(const void *src, size_t len, size_t room, gfp_t gfp, const void *caller)
{
	char *copy = kmalloc_for(room, gfp, NUMA_NO_NODE, caller);

	if (copy && len)
		memcpy(copy, src, len);
	if (copy && room > len)
		copy[len] = '\0';
	return copy;
}

char *kstrdup(const char *s, gfp_t gfp)
{
	size_t len = s ? quire_strlen(s) : 0;

	return s ? copy_of(s, len, len + 1, gfp, __builtin_return_address(0)) : NULL;
}

char *kstrndup(const char *s, size_t max, gfp_t gfp)
{
	size_t len = 0;

	while (s && len < max && s[len])
		len++;
	return s ? copy_of(s, len, len + 1, gfp, __builtin_return_address(0)) : NULL;
}

void *kmemdup(const void *src, size_t len, gfp_t gfp)
{
	return copy_of(src, len, len, gfp, __builtin_return_address(0));
}

/* ---- the layer's own memory ---- */

void *slab_alloc_bytes(size_t size, gfp_t gfp)
{
	if (slab_heap_serves(size))
		return slab_engine()->kmalloc(size, gfp, NUMA_NO_NODE);
	if (size > KMALLOC_MAX_CACHE_SIZE || slab_engine_has_heap())
		return alloc_pages_exact(size, gfp);
	return slab_alloc_raw(this_quire()->slab.kmalloc[KMALLOC_NORMAL][kmalloc_class(size)], gfp, numa_node_id());
}

void slab_free_bytes(void *ptr, size_t size)
{
	if (slab_heap_serves(size))
		slab_engine()->kfree(ptr, slab_page_of(ptr), NULL);
	else if (size > KMALLOC_MAX_CACHE_SIZE || slab_engine_has_heap())
		free_pages_exact(ptr, size);
	else
		slab_free_raw(this_quire()->slab.kmalloc[KMALLOC_NORMAL][kmalloc_class(size)], ptr);
}
