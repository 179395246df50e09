/* SPDX-License-Identifier: MIT */
/*
 * free.c - giving objects back, and refusing what must not be given back.
 *
 * The common case puts the address on this CPU's array and looks at nothing else. What does not go
 * there is looked at: is it an object, of this cache? Whether it is free already only its slab knows:
 * that is asked when it comes there (and before, in caches with SLAB_CONSISTENCY_CHECKS).
 */
#include <quire/page_poison.h>

#include "mm/lib/annotate.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/slab/cpu_array.h"
#include "mm/slab/debug.h"
#include "mm/slab/watch.h"

void slab_report_bad_free(const void *caller, const struct kmem_cache *cache, const void *object, const char *why)
{
	this_quire()->slab.nr_reports++;
	quire_warn(caller, "bad free, refused: %p into the cache %s: %s", object, cache->name, why);
}

/* The slab of the object, if it is one of the cache's; NULL after a report. */
static struct page *slab_of(const struct kmem_cache *cache, const void *object, const void *caller)
{
	struct page *page = slab_page_of(object);

	if (!page) {
		slab_report_bad_free(caller, cache, object, "it is no object of any cache");
		return NULL;
	}
	if (slab_engine_has_heap())
		return page;
	if (page->slab_cache != cache) {
		slab_report_bad_free(caller, cache, object, "it is of another cache");
		return NULL;
	}
	if (slab_engine()->find(page->slab_cache, page, object, NULL) != object) {
		slab_report_bad_free(caller, cache, object, "it is not the beginning of an object");
		return NULL;
	}
	return page;
}

/*
 * The common case as a whole: this CPU keeps it. The entry of its cache is `at` bytes from the CPU's first. False:
 * it is not that, and nothing was done.
 */
static inline __attribute__((always_inline)) bool give_to_array(uintptr_t at, void *object)
{
	struct kmem_cache_cpu *first;
	unsigned long irq;
	bool is_given;

	if (__builtin_expect(!at, 0) || !cpu_entries_enter(&first, &irq))
		return false;
	is_given = cpu_array_push(first, at, object);
	cpu_entries_leave(first, irq);
	return __builtin_expect(is_given, 1);
}

/*
 * The common case on a machine of several nodes: as before, if the object is of this CPU's node. It may be on
 * another CPU by the time it gives: then one array has an object from afar. `cache`: whose it must be; NULL: any.
 */
static bool give_local(const struct kmem_cache *cache, void *object)
{
	const struct kmalloc_index *index = &this_quire()->slab.index;
	size_t frame = ((uintptr_t)object - index->frames_at) >> PAGE_SHIFT;
	unsigned int byte, at;

	if (frame >= load_relaxed(index->nr_node_frames))
		return false;
	byte = load_relaxed(index->of_frame[frame]);
	at = byte & ((1u << KMALLOC_INDEX_NODE_SHIFT) - 1);
	return (int)(byte >> KMALLOC_INDEX_NODE_SHIFT) == numa_node_id() && (!cache || at == cache->cpus_at) &&
	       give_to_array(at * sizeof(struct kmem_cache_cpu), object);
}

/* Is it the one that was given back just before, by this CPU? */
static bool is_last_freed(const struct kmem_cache *cache, const void *object)
{
	unsigned long irq = local_irq_save();
	struct kmem_cache_cpu *first = this_cpu_entries(), *cpu = cpu_entry_at(first, slab_entry_at(cache));
	bool is_last = false;

	if (cpu_section_enter(&first->section)) {
		is_last = (first->hand_at != SLAB_HAND_EMPTY && first->hand == object) ||
			  (cpu->count && cpu->slot[cpu->count - 1] == object);
		cpu_section_leave(&first->section);
	}
	local_irq_restore(irq);
	return is_last;
}

/* Is it free, as far as can be told without its slab? */
static bool is_known_free(const struct kmem_cache *cache, const void *object)
{
	return is_last_freed(cache, object) || ((cache->watch & SLAB_WATCH_QUARANTINE) && quarantine_has(object));
}

/* What was checked waits, goes to this CPU's array, on its way to another node, or past all that to its slab. */
static void put_object(struct kmem_cache *cache, void *object, int nid, const void *caller)
{
	if (cache->watch & SLAB_WATCH_QUARANTINE)
		quarantine_put(cache, object, caller);
	else if (nid != numa_node_id() ? !slab_remote_put(cache, object, caller)
				       : !cpu_array_give_many(cache, &object, 1, caller))
		slab_engine()->give(cache, &object, 1, caller);
}

/* All that the common case is not. */
__attribute__((noinline)) void slab_free_for(struct kmem_cache *cache, void *object, const void *caller)
{
	u32 watch = load_relaxed(cache->watch);
	struct page *page;

	if ((watch & SLAB_WATCH_GIVE) == SLAB_WATCH_NODES && give_local(cache, object))
		return;
	if (!object || slab_sample_give(object, caller))
		return;
	/* Was it only to be asked whether it is the sampler's? */
	if ((watch & SLAB_WATCH_SAMPLE) && !(watch & SLAB_WATCH_GIVE) && give_to_array(slab_entry_at(cache), object))
		return;
	page = slab_of(cache, object, caller);
	if (!page)
		return;
	if (is_known_free(cache, object)) {
		slab_report_bad_free(caller, cache, object, "it is free already");
		return;
	}
	/* A heap clears what it does not refuse. */
	if ((cache->watch & SLAB_WATCH_INIT) && !cache->ctor && !slab_engine_has_heap() &&
	    (this_quire()->page.watch.poison & PAGE_INIT_ON_FREE)) {
		annotate_defined(object, load_relaxed(cache->object_size));
		memset(object, 0, load_relaxed(cache->object_size));
	}
	slab_watch_given(cache, object);
	if ((cache->flags & SLAB_DEBUG_FLAGS) && !slab_debug_free(cache, object, caller))
		return;
	put_object(cache, object, page_to_nid(page), caller);
}

void slab_free_raw(struct kmem_cache *cache, void *object)
{
	if (cache->watch & SLAB_WATCH_ANNOTATE)
		annotate_free(object, cache->object_size);
	if ((cache->flags & SLAB_DEBUG_FLAGS) && !slab_debug_free(cache, object, __builtin_return_address(0)))
		return;
	slab_engine()->give(cache, &object, 1, NULL);
}

/* ---- the calls ---- */

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	if (__builtin_expect(!object, 0) || !give_to_array(load_relaxed(cache->give_at), object))
		slab_free_for(cache, object, __builtin_return_address(0));
}

static __attribute__((noinline)) void kfree_past_array(void *ptr, const void *caller)
{
	if (!give_local(NULL, ptr))
		kfree_further(ptr, caller);
}

void kfree(const void *ptr)
{
	const struct kmalloc_index *index = &this_quire()->slab.index;
	size_t frame = ((uintptr_t)ptr - index->frames_at) >> PAGE_SHIFT;

	if (__builtin_expect(frame >= load_relaxed(index->nr_frames), 0) ||
	    !give_to_array(load_relaxed(index->of_frame[frame]) * sizeof(struct kmem_cache_cpu),
			   (void *)(uintptr_t)ptr))
		kfree_past_array((void *)(uintptr_t)ptr, __builtin_return_address(0));
}

void kmem_cache_free_bulk(struct kmem_cache *cache, size_t nr, void **objects)
{
	const void *caller = __builtin_return_address(0);
	size_t i = 0;

	if (!cache) {
		for (; i < nr; i++)
			kfree(objects[i]);
		return;
	}
	while (!(load_relaxed(cache->watch) & (SLAB_WATCH_GIVE | SLAB_WATCH_SAMPLE)) && i < nr) {
		unsigned int given = cpu_array_give_many(cache, objects + i, (unsigned int)min_of(nr - i, (size_t)1 << 20),
							 caller);

		if (!given)
			break;
		i += given;
	}
	for (; i < nr; i++)
		slab_free_for(cache, objects[i], caller);
}
