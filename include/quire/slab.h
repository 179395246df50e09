/* SPDX-License-Identifier: MIT */
/*
 * slab.h - caches of objects: pieces of one size, cut from pages.
 *
 * A machine has objects if its description names an engine (machine.h: objects.engine). Calls
 * may be made from quire_boot()'s step kmem_cache_init on, with interrupts off and from interrupt
 * handlers, but not from an NMI. One that passes __GFP_DIRECT_RECLAIM may sleep where a request
 * for pages may (<quire/gfp.h>). Objects lie in the direct map: __GFP_HIGHMEM is refused.
 */
#ifndef QUIRE_SLAB_H
#define QUIRE_SLAB_H

#include <quire/gfp.h>
#include <quire/slab_types.h>

/* ---- flags of a cache; the numbers are Linux's ---- */

/*
 * Debugging: each object is then checked when it is taken and when it is given back. quire_slob
 * ignores all of these, as Linux's does: there is no room around its objects.
 */
#define SLAB_CONSISTENCY_CHECKS 0x100u /* F: wrong and double frees, broken slabs */
#define SLAB_RED_ZONE 0x400u	       /* Z: bytes before and behind that nobody may write */
#define SLAB_POISON 0x800u	       /* P: fills what is free, and what is not written yet */
#define SLAB_STORE_USER 0x10000u       /* U: who took it, and who gave it back */
#define SLAB_TRACE 0x200000u	       /* T: a line in the log for each call */
#define SLAB_FAILSLAB 0x2000000u       /* A: failslab with cache-filter is meant */
#define SLAB_DEBUG_FLAGS \
	(SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_TRACE)

#define SLAB_KMALLOC 0x1000u	    /* one of kmalloc's */
#define SLAB_HWCACHE_ALIGN 0x2000u  /* objects begin at cache lines, or at halves and so on if small */
#define SLAB_CACHE_DMA 0x4000u	    /* from ZONE_DMA */
#define SLAB_CACHE_DMA32 0x8000u    /* from ZONE_DMA32 */
#define SLAB_RECLAIM_ACCOUNT 0x20000u /* can be reclaimed: counted so, and kept apart from what cannot */
#define SLAB_PANIC 0x40000u	    /* kmem_cache_create may not fail */
#define SLAB_NOLEAKTRACE 0x800000u  /* kmemleak does not follow its objects */
#define SLAB_NO_MERGE 0x1000000u    /* is never one with another cache */
#define SLAB_ACCOUNT 0x4000000u	    /* charged to who takes them: kept, without effect so far */

/* ---- making and ending caches ---- */

/*
 * Makes a cache of objects of `size` bytes, 1 to KMALLOC_MAX_SIZE, aligned to `align`, a power of
 * two up to the page size (0: to a word). `name` is copied. `ctor` is called for each object once,
 * when its slab is cut (quire_slob: whenever it is taken), and must not call the library; objects are
 * given back as it left them. A cache like another one may be made one with it
 * (kmem_cache.refcount). Nothing of an object may be copied to or from user space, but with the second
 * call usersize bytes from useroffset on. NULL, and nothing has changed: a bad argument (with a
 * warning), or no memory; with SLAB_PANIC it panics instead. Context: may sleep; not from interrupt
 * handlers.
 */
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     slab_flags_t flags, void (*ctor)(void *object));
struct kmem_cache *kmem_cache_create_usercopy(const char *name, unsigned int size, unsigned int align,
					      slab_flags_t flags, unsigned int useroffset,
					      unsigned int usersize, void (*ctor)(void *object));
/*
 * Ends a cache, when whoever made it, or one like it, has ended it. If objects are in use they are
 * reported, and it is kept with them: they can be given back, but none can be taken. NULL is
 * ignored. Nobody may use the cache meanwhile. Context as kmem_cache_create.
 */
void kmem_cache_destroy(struct kmem_cache *cache);
/*
 * Gives empty slabs back to the page allocator, with what CPUs and nodes keep of the cache, and the CPUs' arrays
 * for it. 0; 1 if objects are still in use. Context: may sleep.
 */
int kmem_cache_shrink(struct kmem_cache *cache);
/* Bytes of an object, as they were asked for; its cache's name. */
static inline unsigned int kmem_cache_size(const struct kmem_cache *cache)
{
	return cache->object_size;
}
static inline const char *kmem_cache_name(const struct kmem_cache *cache)
{
	return cache->name;
}

/* ---- objects ---- */

/*
 * Takes an object, from `node` if there is memory (NUMA_NO_NODE: from this CPU's). It is the
 * caller's, its contents undefined, but for __GFP_ZERO (not with a constructor), or what the
 * constructor left. NULL: no memory (a report in the log unless __GFP_NOWARN).
 */
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp) __attribute__((malloc));
void *kmem_cache_alloc_node(struct kmem_cache *cache, gfp_t gfp, int node) __attribute__((malloc));
static inline void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp)
{
	return kmem_cache_alloc(cache, gfp | __GFP_ZERO);
}
/*
 * Gives an object back to the cache it was taken from; NULL is ignored. What is no object of the
 * cache, or free already, is reported and refused: at once with SLAB_CONSISTENCY_CHECKS and where
 * it was just given back, else when the CPU's array goes back to the slabs.
 */
void kmem_cache_free(struct kmem_cache *cache, void *object);

/*
 * `nr` objects at once: all of them, and returns nr; or none, and 0. And back, of one cache;
 * with cache NULL what kmalloc gave.
 */
int kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t nr, void **objects);
void kmem_cache_free_bulk(struct kmem_cache *cache, size_t nr, void **objects);

/*
 * May `n` bytes at `ptr` be copied between kernel and user space? NULL: yes; else why not, in one
 * word or two, after a warning. What is no object may be.
 */
const char *check_heap_object(const void *ptr, unsigned long n, bool to_user);

/* The cache of an object; NULL: the address is in none, or in pages that quire_slob's caches share. */
struct kmem_cache *kmem_cache_of(const void *object);

/*
 * For the embedder's handler of page faults, before all else: was it an error in the use of a guarded object
 * (<quire/kfence.h>)? True: it was reported, and the instruction can go on. `addr`: what was touched;
 * `ip`: by which instruction. Context: that of a fault, no lock of the library's held.
 */
static inline bool slab_handle_page_fault(uintptr_t addr, bool is_write, const void *ip)
{
	const struct slab_sampler *sampler = this_quire()->slab.sampler;

	return sampler && sampler->fault(addr, is_write, ip);
}

/* ---- reports ---- */

/* What /proc/slabinfo says of a cache. Objects that CPUs keep count as in use, as in Linux. */
struct slabinfo {
	unsigned long active_objs, num_objs;
	unsigned long active_slabs, num_slabs;
	unsigned long cached_objs; /* of the active ones: free, with CPUs and nodes */
	unsigned int objects_per_slab, cache_order;
	unsigned int limit, batchcount, shared;
	unsigned long shared_avail; /* of the engine slab: objects in shared arrays */
};
void get_slabinfo(struct kmem_cache *cache, struct slabinfo *info);

/*
 * The caches, newest first: NULL begins, NULL is the end. The one that is returned stays there until it is
 * handed in for the next, or given back with kmem_cache_put: who destroys it meanwhile waits. So
 * nobody may destroy a cache that he himself got here.
 */
struct kmem_cache *kmem_cache_next(struct kmem_cache *cache);
void kmem_cache_put(struct kmem_cache *cache);

/*
 * Every slab of a cache, by its first page; every object of a slab, is_free: with nobody; every object of
 * the cache that is free, but with a CPU or a node. For a machine at rest: others may change
 * what is looked at.
 */
typedef void slab_visit_fn(struct kmem_cache *cache, struct page *page, void *ctx);
typedef void slab_object_fn(struct kmem_cache *cache, void *object, bool is_free, void *ctx);
void slab_for_each(struct kmem_cache *cache, slab_visit_fn *visit, void *ctx);
void slab_objects_of(struct kmem_cache *cache, struct page *page, slab_object_fn *visit, void *ctx);
void slab_for_each_cached(struct kmem_cache *cache, slab_object_fn *visit, void *ctx);

/* What an address in a slab is of. */
struct slab_place {
	struct kmem_cache *cache;
	struct page *slab;    /* its first page, */
	unsigned int order;   /* of so many, log2 */
	void *object;	      /* NULL: between objects */
	long offset;	      /* in the object, or in the slab; in front of an object: negative */
	unsigned int index;   /* which object of the slab */
	bool is_free;	      /* with nobody, */
	bool is_cached;	      /* or with a CPU or a node */
	/* With SLAB_STORE_USER: who took it, and who gave it back; else NULL. And on which CPU. */
	const void *taken_by, *freed_by;
	unsigned int taken_on, freed_on;
};
/* False: it lies in no slab of a cache. For a machine at rest. */
bool slab_find(const void *at, struct slab_place *place);

/* Walks every structure of every cache. NULL: sound; else what is not. For a machine at rest. */
const char *kmem_cache_validate(void);

/* ---- engines ---- */

/*
 * What stands behind the calls. A machine's description names one, and so it is linked:
 *   quire_slub   the default: slabs that know their free objects as bits
 *   quire_slab   array caches, shared arrays, alien arrays, colouring
 *   quire_slob   first fit from pages that all share, for machines with a few hundred KB: an object
 *                does not say whose it is, so kfree takes those of kmalloc only, and
 *                check_heap_object knows none
 */
extern const struct slab_engine quire_slub, quire_slab, quire_slob;
/* By name: "slub", "slab", "slob"; NULL: there is none. Links all three. */
const struct slab_engine *slab_engine_by_name(const char *name);

#endif
