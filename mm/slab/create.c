/* SPDX-License-Identifier: MIT */
/*
 * create.c - making and ending caches.
 *
 * A cache is made in three steps: its arithmetic, which can refuse; its memory (the structure, its name,
 * its CPUs' entries), which can run out; and its place on the list, which cannot fail. Two that ask
 * for objects alike get one cache, unless somebody wants to tell them apart.
 */
#include <quire/fault.h>
#include <quire/kmemleak.h>

#include "mm/lib/list.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/slab/debug.h"
#include "mm/slab/watch.h"

/* A cache line; what DMA and the like may need is below. */
#define CACHE_LINE 64u
#define MIN_ALIGN 8u

#define FLAGS_PERMITTED                                                                              \
	(SLAB_DEBUG_FLAGS | SLAB_KMALLOC | SLAB_HWCACHE_ALIGN | SLAB_CACHE_DMA | SLAB_CACHE_DMA32 |  \
	 SLAB_RECLAIM_ACCOUNT | SLAB_PANIC | SLAB_NOLEAKTRACE | SLAB_NO_MERGE | SLAB_ACCOUNT | SLAB_FAILSLAB)

/* Caches with one of these are nobody else's. */
#define FLAGS_NEVER_MERGED (SLAB_DEBUG_FLAGS | SLAB_NOLEAKTRACE | SLAB_NO_MERGE | SLAB_FAILSLAB)
/* And these must be the same in both. */
#define FLAGS_MERGED_ALIKE (SLAB_RECLAIM_ACCOUNT | SLAB_CACHE_DMA | SLAB_CACHE_DMA32 | SLAB_ACCOUNT)

/* ---- arithmetic ---- */

static unsigned int final_align(slab_flags_t flags, unsigned int align, unsigned int size)
{
	unsigned int line = CACHE_LINE;

	/* Small objects share a line, but none lies in two. */
	while (size <= line / 2)
		line /= 2;
	if (flags & SLAB_HWCACHE_ALIGN)
		align = max_of(align, line);
	return (unsigned int)ALIGN_UP(max_of(align, MIN_ALIGN), (unsigned int)sizeof(void *));
}

static gfp_t cache_gfp(slab_flags_t flags)
{
	gfp_t gfp = 0;

	if (flags & SLAB_CACHE_DMA)
		gfp |= __GFP_DMA;
	if (flags & SLAB_CACHE_DMA32)
		gfp |= __GFP_DMA32;
	if (flags & SLAB_RECLAIM_ACCOUNT)
		gfp |= __GFP_RECLAIMABLE;
	return gfp;
}

void slab_open_to_takers(struct kmem_cache *cache)
{
	bool is_closed = (cache->watch & SLAB_WATCH_TAKE) || cache->is_kept || cache->nr_drainers;

	store_release(cache->take_at, is_closed ? 0 : slab_entry_at(cache));
}

void slab_set_watch(struct kmem_cache *cache)
{
	u32 watch = slab_watchers();

	if (cache->flags & SLAB_DEBUG_FLAGS)
		watch |= SLAB_WATCH_DEBUG;
	if (cache->flags & SLAB_NOLEAKTRACE)
		watch &= ~(u32)SLAB_WATCH_LEAKS;
	store_relaxed(cache->watch, watch);
	slab_open_to_takers(cache);
	/* kfree knows the sampler's objects by their frames. */
	store_release(cache->give_at, watch & (SLAB_WATCH_GIVE | SLAB_WATCH_SAMPLE) ? 0 : slab_entry_at(cache));
}

int slab_cache_layout(struct kmem_cache *cache)
{
	int err;

	cache->align = final_align(cache->flags, cache->align, cache->object_size);
	slab_object_layout(cache);
	cache->reciprocal = slab_reciprocal(cache->size);
	cache->allocflags = cache_gfp(cache->flags);
	cache->cpus = slab_no_cpus();
	slab_set_watch(cache);
	err = slab_engine()->layout(cache);
	if (!err)
		cpu_array_layout(cache);
	return err;
}

/* ---- caches that are one ---- */

static bool may_be_merged(const struct kmem_cache *cache)
{
	return !(cache->flags & FLAGS_NEVER_MERGED) && !cache->ctor && !cache->usersize && cache->refcount >= 0 &&
	       !cache->is_kept;
}

/* Would an object as asked for fit into `cache`, and waste less than a word? */
static bool is_alike(const struct kmem_cache *cache, const struct kmem_cache *asked)
{
	unsigned int align = final_align(asked->flags, asked->align, asked->object_size);
	unsigned int size = ALIGN_UP(ALIGN_UP(asked->object_size, (unsigned int)sizeof(void *)), align);

	return may_be_merged(cache) && size <= cache->size && cache->size - size < sizeof(void *) &&
	       !(cache->size & (align - 1)) &&
	       !((cache->flags ^ asked->flags) & FLAGS_MERGED_ALIKE);
}

/* One more caller has the cache that serves what is asked for; NULL: there is none. */
static struct kmem_cache *join_alike(const struct kmem_cache *asked)
{
	struct slab_state *slab = &this_quire()->slab;
	struct kmem_cache *cache, *alike = NULL;
	unsigned long irq;

	if (slab->no_merge || !may_be_merged(asked))
		return NULL;
	irq = spin_lock_irqsave(&slab->lock);
	list_for_each_entry(cache, &slab->caches, list)
		if (is_alike(cache, asked)) {
			cache->refcount++;
			store_relaxed(cache->object_size, max_of(cache->object_size, asked->object_size));
			store_relaxed(cache->inuse,
				      max_of(cache->inuse, ALIGN_UP(asked->object_size, (unsigned int)sizeof(void *))));
			alike = cache;
			break;
		}
	spin_unlock_irqrestore(&slab->lock, irq);
	return alike;
}

/* ---- making ---- */

/* Why no such cache can be made; NULL: it can. */
static const char *why_not(const struct kmem_cache *asked)
{
	if (!slab_engine() || this_quire()->slab.up < SLAB_UP)
		return "there are no objects";
	if (!asked->name || !*asked->name)
		return "it has no name";
	if (!asked->object_size || asked->object_size > KMALLOC_MAX_SIZE)
		return "no object has this size";
	if (asked->align & (asked->align - 1) || asked->align > PAGE_SIZE)
		return "the alignment is no power of two up to the page size";
	if (asked->flags & ~FLAGS_PERMITTED)
		return "a flag is not known";
	if (asked->useroffset > asked->object_size || asked->usersize > asked->object_size - asked->useroffset)
		return "the part for user space is not in the object";
	return NULL;
}

/* The structures themselves: objects of a cache, or pieces of the heap. */
static struct kmem_cache *struct_alloc(void)
{
	if (slab_engine_has_heap())
		return slab_alloc_bytes(slab_cache_bytes(), GFP_KERNEL);
	return slab_alloc_raw(this_quire()->slab.kmem_cache, GFP_KERNEL, numa_node_id());
}
static void struct_free(struct kmem_cache *cache)
{
	if (slab_engine_has_heap())
		slab_free_bytes(cache, slab_cache_bytes());
	else
		slab_free_raw(this_quire()->slab.kmem_cache, cache);
}

/* The structure and all it points to. 0 or an error, and nothing is left. */
static int take_memory(const struct kmem_cache *asked, struct kmem_cache **result, const void *caller)
{
	struct slab_state *slab = &this_quire()->slab;
	size_t name_bytes = quire_strlen(asked->name) + 1;
	struct kmem_cache *cache = struct_alloc();
	char *name;

	if (!cache)
		return -ENOMEM;
	name = slab_alloc_bytes(name_bytes, GFP_KERNEL);
	if (!name)
		goto out_free_cache;
	memset(cache, 0, slab_cache_bytes());
	memcpy(cache, asked, offsetof(struct kmem_cache, node));
	cache->name = memcpy(name, asked->name, name_bytes);
	if (slab->up == SLAB_FULL && cpu_arrays_create(cache))
		goto out_free_name;
	kmemleak_alloc_for(cache, slab_cache_bytes(), 1, GFP_KERNEL, caller);
	kmemleak_alloc_for(name, name_bytes, 1, GFP_KERNEL, caller);
	*result = cache;
	return 0;

out_free_name:
	slab_free_bytes(name, name_bytes);
out_free_cache:
	struct_free(cache);
	return -ENOMEM;
}

void slab_cache_add(struct kmem_cache *cache)
{
	struct slab_state *slab = &this_quire()->slab;
	unsigned long irq = spin_lock_irqsave(&slab->lock);

	slab_set_watch(cache);
	list_add(&cache->list, &slab->caches);
	spin_unlock_irqrestore(&slab->lock, irq);
}

static struct kmem_cache *create(struct kmem_cache *asked, const char **why, const void *caller)
{
	struct kmem_cache *cache;

	*why = why_not(asked);
	if (*why)
		return NULL;
	asked->flags |= slab_debug_flags_for(asked->name);
	/* There is no room around what lies in a heap. */
	if (slab_engine_has_heap())
		asked->flags &= ~SLAB_DEBUG_FLAGS;
	cache = join_alike(asked);
	if (cache)
		return cache;
	*why = "no slab can have such objects";
	if (slab_cache_layout(asked))
		return NULL;
	*why = "no memory";
	if (should_fail_alloc() || take_memory(asked, &cache, caller))
		return NULL;
	slab_cache_add(cache);
	return cache;
}

static struct kmem_cache *create_for(struct kmem_cache *asked, const void *caller)
{
	const char *why;
	struct kmem_cache *cache = create(asked, &why, caller);

	if (cache)
		return cache;
	if (asked->flags & SLAB_PANIC)
		quire_panic("kmem_cache_create: Failed to create slab '%s': %s", asked->name ? asked->name : "", why);
	quire_warn(caller, "kmem_cache_create(%s) failed: %s", asked->name ? asked->name : "", why);
	return NULL;
}

struct kmem_cache *kmem_cache_create_usercopy(const char *name, unsigned int size, unsigned int align,
					      slab_flags_t flags, unsigned int useroffset,
					      unsigned int usersize, void (*ctor)(void *object))
{
	struct kmem_cache asked = {
		.name = name, .object_size = size, .align = align, .flags = flags, .useroffset = useroffset,
		.usersize = usersize, .ctor = ctor, .refcount = 1,
	};

	return create_for(&asked, __builtin_return_address(0));
}

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     slab_flags_t flags, void (*ctor)(void *object))
{
	struct kmem_cache asked = {
		.name = name, .object_size = size, .align = align, .flags = flags, .ctor = ctor, .refcount = 1,
	};

	return create_for(&asked, __builtin_return_address(0));
}

/* ---- ending ---- */

static bool is_empty(struct kmem_cache *cache)
{
	struct slabinfo info;

	get_slabinfo(cache, &info);
	return !info.active_objs && !slab_sampled_in_use(cache);
}

int kmem_cache_shrink(struct kmem_cache *cache)
{
	struct kmem_cache_node *n;
	int nid;

	quarantine_drain(cache);
	slab_remote_drain();
	cpu_arrays_drain(cache);
	for_each_slab_node(cache, nid, n)
		slab_engine()->shrink(cache, n);
	return !is_empty(cache);
}

/* Gives back all that a cache has, but its name and the structure itself. */
static void release(struct kmem_cache *cache)
{
	struct kmem_cache_node *n;
	int nid;

	cpu_arrays_destroy(cache);
	for_each_slab_node(cache, nid, n) {
		slab_engine()->shrink(cache, n);
		slab_node_put(cache, n);
		cache->node[nid] = NULL;
	}
}

/* One caller less; how many are left: at 0 nobody joins the cache any more. Below 0: there was none. */
static int drop_cache(struct kmem_cache *cache)
{
	struct slab_state *slab = &this_quire()->slab;
	unsigned long irq = spin_lock_irqsave(&slab->lock);
	int left = cache->refcount - 1;

	if (left >= 0)
		cache->refcount = left;
	if (!left) {
		cache->is_kept = true;
		slab_set_watch(cache);
	}
	spin_unlock_irqrestore(&slab->lock, irq);
	return left;
}

void kmem_cache_destroy(struct kmem_cache *cache)
{
	struct slab_state *slab = &this_quire()->slab;
	unsigned long irq;
	int left = cache ? drop_cache(cache) : 1;

	if (left > 0 || WARN(left < 0, "kmem_cache_destroy of %s: nobody has it", cache->name))
		return;
	slab_cache_hide(cache);
	if (kmem_cache_shrink(cache)) {
		pr_err("kmem_cache_destroy %s: Slab cache still has objects when called from %p", cache->name,
		       __builtin_return_address(0));
		slab_report_objects(cache);
		slab_cache_show(cache);
		return;
	}
	irq = spin_lock_irqsave(&slab->lock);
	list_del(&cache->list);
	spin_unlock_irqrestore(&slab->lock, irq);
	release(cache);
	kmemleak_free(cache->name);
	kmemleak_free(cache);
	slab_free_bytes((void *)(uintptr_t)cache->name, quire_strlen(cache->name) + 1);
	struct_free(cache);
}

/* Something that is watched changed. */
static void watch_changed(void)
{
	struct slab_state *slab = &this_quire()->slab;
	unsigned long irq = spin_lock_irqsave(&slab->lock);
	struct kmem_cache *cache;

	list_for_each_entry(cache, &slab->caches, list)
		slab_set_watch(cache);
	kmalloc_index_set_watch();
	spin_unlock_irqrestore(&slab->lock, irq);
}

bool slab_open_gate(bool is_open)
{
	if (!exchange_if8(&this_quire()->slab.gate_is_open, !is_open, is_open))
		return false;
	watch_changed();
	return true;
}

int slab_set_sampler(const struct slab_sampler *sampler, const struct machine_objects *wanted)
{
	int err = sampler->init(wanted);

	if (err)
		return err;
	this_quire()->slab.sampler = sampler;
	watch_changed();
	return 0;
}
