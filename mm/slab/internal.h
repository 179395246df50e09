/* SPDX-License-Identifier: MIT */
/*
 * internal.h - what the files of mm/slab share and nobody else sees.
 *
 * The front (alloc.c, free.c, kmalloc.c) is one for all engines: an object mostly comes from, and goes
 * to, this CPU's hand, or an array of it (cpu_array.c). When that is empty or full, arrays are traded with a
 * depot of the node, and at last objects with the engine, by the lot.
 *
 *   kmalloc, kmem_cache_alloc        ...free, kfree
 *              |                          |
 *        [ this CPU's hand: one object, of any cache ]      no lock
 *              |                          |
 *        [ this CPU's array: a stack of free objects ]      no lock
 *              |                          |
 *        [ the node's depot: arrays that are full, arrays that are empty ]
 *              |                          |                 kmem_cache_node.lock
 *        [ the engine: slabs, and which of their objects are free ]
 *              |                          |
 *        [ pages ]
 *
 * Lock order: slab_state.lock (the list of caches), a CPU's own array (its cpu_section), that of a CPU's
 * objects of other nodes or of the quarantine, then kmem_cache_node.lock, then the page allocator's.
 * Interrupts are off with any of the locks.
 */
#ifndef MM_SLAB_INTERNAL_H
#define MM_SLAB_INTERNAL_H

#include <quire/kmalloc.h>

#include "mm/lib/bitmap.h"
#include "mm/lib/cpu_section.h"
#include "mm/lib/spinlock.h"

/* ---- engines ---- */

/*
 * Objects are named by what the caller of the front gets: behind the red zone, if there is one. No
 * call is made with a node's lock held. An engine has slabs or a heap. With a heap kmalloc is its
 * own, caches have no nodes (where a node is passed, it is NULL), CPUs keep nothing, debugging
 * flags are ignored, and most objects do not say whose they are.
 */
struct slab_engine {
	const char *name;
	bool has_depot; /* nodes keep arrays of those that CPUs do */

	/* Boot steps: in setup_arch (or NULL), kmem_cache_init and kmem_cache_init_late. */
	int (*reserve)(void);
	int (*init)(const struct machine_objects *objects);
	int (*init_late)(const struct machine_objects *objects);

	/* From object_size, align and flags of a cache to its slabs. 0, or -EINVAL: no slab can have one. */
	int (*layout)(struct kmem_cache *cache);
	/* What the engine has of a node. 0 or -ENOMEM. NULL: nothing. */
	int (*node_init)(struct kmem_cache *cache, struct kmem_cache_node *node, int nid, gfp_t gfp);
	void (*node_exit)(struct kmem_cache *cache, struct kmem_cache_node *node);

	/* Up to `max` objects that are free in slabs of the node; how many. No page is taken. */
	unsigned int (*take)(struct kmem_cache *cache, struct kmem_cache_node *node, void **objects,
			     unsigned int max);
	/*
	 * A new slab, on node nid if possible; one object of it, the others for who takes next. NULL: no
	 * memory. May sleep if gfp says so. `gfp` is clean: see slab_page_gfp.
	 */
	void *(*grow)(struct kmem_cache *cache, gfp_t gfp, int nid);
	/*
	 * Objects back into their slabs, of any node. Each is checked: one that is no object of the cache, or
	 * is free, is reported with `caller` and left. Slabs that are empty may go.
	 */
	void (*give)(struct kmem_cache *cache, void **objects, unsigned int nr, const void *caller);
	/* Gives all empty slabs of the node back. How many pages. */
	unsigned long (*shrink)(struct kmem_cache *cache, struct kmem_cache_node *node);
	/* Slabs and objects, free ones that only the engine has included, added to what is in info. */
	void (*count)(struct kmem_cache *cache, struct kmem_cache_node *node, struct slabinfo *info);
	/* Visits objects that are free in arrays of the engine's own. NULL: it has none. */
	void (*each_cached)(struct kmem_cache *cache, struct kmem_cache_node *node, slab_object_fn *visit, void *ctx);
	/* NULL: sound. Of a heap: all of it at once, without a cache. */
	const char *(*validate)(struct kmem_cache *cache, struct kmem_cache_node *node);

	/*
	 * Where in its slab an address lies: the object's start, or NULL if it is in none (a colour, the map,
	 * metadata). *is_free, unless is_free is NULL: in the slab, that is with nobody. `page` is the slab's first.
	 * Of a heap's page the cache is NULL; only in builds with ANNOTATE: its free block, or a piece of kmalloc's.
	 */
	void *(*find)(struct kmem_cache *cache, const struct page *page, const void *at, bool *is_free);

	/* Engines with a heap: pieces with their sizes, which slab_heap_serves. Else NULL. */
	void *(*kmalloc)(size_t size, gfp_t gfp, int nid);
	void (*kfree)(const void *ptr, struct page *page, const void *caller);
	size_t (*ksize)(const void *ptr, struct page *page);
};

static inline const struct slab_engine *slab_engine(void)
{
	return this_quire()->slab.engine;
}
static inline bool slab_engine_has_heap(void)
{
	return slab_engine() && slab_engine()->kmalloc;
}
/* What sizes of a heap's pieces are rounded up to, and what stands before each. */
#define SLOB_UNIT 8u
/* Does kmalloc take so many bytes from a heap, rather than from pages? */
static inline bool slab_heap_serves(size_t size)
{
	return slab_engine_has_heap() && size <= PAGE_SIZE - SLOB_UNIT;
}

/* ---- slabs ---- */

/* The first page of the block that an address of the direct map lies in. */
static inline struct page *virt_to_head_page(const void *at)
{
	return compound_head(virt_to_page(at));
}
/*
 * The page of an address, and the slab's first; NULL: it is none of the direct map, or of no slab. They check
 * everything, for who does not know what he has.
 */
struct page *slab_any_page_of(const void *at);
struct page *slab_page_of(const void *at);

/* The flags with which pages are asked for, of those of a request; cache NULL: of one of kmalloc's. */
gfp_t slab_page_gfp(const struct kmem_cache *cache, gfp_t gfp);
/*
 * Pages for a slab: of the cache's order, or if there is no such block of min_order, on node nid if
 * possible. Marked as the cache's, and counted. NULL: none. And back.
 */
struct page *slab_pages_alloc(struct kmem_cache *cache, gfp_t gfp, int nid);
void slab_pages_free(struct kmem_cache *cache, struct page *page);
/* All pages of the slab say so. */
void slab_set_cache(struct page *page, struct kmem_cache *cache);
/* Pages more (or less) that node nid has in slabs. */
void slab_count_pages(const struct kmem_cache *cache, int nid, long pages);

/* offset / size, for offsets below 2^20 and sizes that a slab can have. */
static inline unsigned int slab_divide(const struct kmem_cache *cache, size_t offset)
{
	return (unsigned int)(((u64)offset * cache->reciprocal) >> 40);
}
/* What `reciprocal` must be for it. */
u64 slab_reciprocal(unsigned int size);

/* ---- nodes ---- */

/* The cache's node nid; made if it is not there. NULL: no memory. May sleep if gfp says so. */
struct kmem_cache_node *slab_node_get(struct kmem_cache *cache, int nid, gfp_t gfp);
void slab_node_put(struct kmem_cache *cache, struct kmem_cache_node *n);
#define for_each_slab_node(cache, nid, n)                                           \
	for (nid = 0; nid < (int)this_quire()->page.nr_nodes; nid++)                \
		if (!((n) = load_acquire((cache)->node[nid]))) {                    \
		} else

/* ---- CPUs' arrays and nodes' depots (cpu_array.c) ---- */

#define for_each_slab_cpu(cache, i, entry) \
	for ((i) = 0; (i) < quire_nr_cpus() && ((entry) = slab_cpu((cache)->cpus, i)); (i)++)

/* An object of this CPU's array, which is filled if it must be, or of this node's slabs; NULL: there is none. */
void *cpu_array_take(struct kmem_cache *cache);
/* `nr` at once; how many were taken. And back: how many found room. */
unsigned int cpu_array_take_many(struct kmem_cache *cache, void **objects, unsigned int nr);
unsigned int cpu_array_give_many(struct kmem_cache *cache, void **objects, unsigned int nr, const void *caller);
/* Gives what CPUs and nodes keep of the cache back to the slabs, and their arrays. */
void cpu_arrays_drain(struct kmem_cache *cache);
/* How many objects they keep. */
unsigned long cpu_arrays_count(const struct kmem_cache *cache);
/* How large a cache's arrays are to be. */
void cpu_array_layout(struct kmem_cache *cache);
/* Memory for the CPUs' entries. 0 or -ENOMEM. */
int cpu_arrays_create(struct kmem_cache *cache);
void cpu_arrays_destroy(struct kmem_cache *cache);

/* ---- taking and giving (alloc.c, free.c): with the caller whom a report names ---- */

/* `size`: of an object of kmalloc's, what was asked for; else the cache's object_size. */
void *slab_alloc_for(struct kmem_cache *cache, gfp_t gfp, size_t size, int nid, const void *caller);
/* The object may be anything: NULL, another cache's, free. */
void slab_free_for(struct kmem_cache *cache, void *object, const void *caller);
/* From the engine alone, past CPUs' arrays and all that watches: for the layer's own things. */
void *slab_alloc_raw(struct kmem_cache *cache, gfp_t gfp, int nid);
void slab_free_raw(struct kmem_cache *cache, void *object);
/* Memory of the layer's own, by kmalloc's sizes; larger pieces are pages. */
void *slab_alloc_bytes(size_t size, gfp_t gfp);
void slab_free_bytes(void *ptr, size_t size);

/* One warning, and the object stays where it is. */
void slab_report_bad_free(const void *caller, const struct kmem_cache *cache, const void *object, const char *why);

/* ---- caches (create.c, configure.c, init.c) ---- */

/* See struct kmem_cache. */
#define SLAB_CACHE_ALIGN 128u
/* Bytes of a struct kmem_cache. */
static inline size_t slab_cache_bytes(void)
{
	return sizeof(struct kmem_cache) + this_quire()->page.nr_nodes * sizeof(struct kmem_cache_node *);
}
/* What every engine begins with: the layer's state, from the machine's description. */
void slab_configure(const struct machine_objects *objects);
int slab_reserve(void);
int kmem_cache_init(const struct machine_objects *objects);
int kmem_cache_init_late(const struct machine_objects *objects);
/* From name, object_size, align, flags and ctor to all that can be computed. 0, or -EINVAL. */
int slab_cache_layout(struct kmem_cache *cache);
/* Puts it on the list. */
void slab_cache_add(struct kmem_cache *cache);
/* From now on nobody looks at it, and those who did are done; and they may again (look.c). */
void slab_cache_hide(struct kmem_cache *cache);
void slab_cache_show(struct kmem_cache *cache);
/* A line in the log for each object that is in use. */
void slab_report_objects(struct kmem_cache *cache);
/* What is watched of a cache, and who its calls come to first. The list's lock is held, or nobody knows it yet. */
void slab_set_watch(struct kmem_cache *cache);
/* May its objects be taken from CPUs' arrays at once? Where this may have changed; the same holds. */
void slab_open_to_takers(struct kmem_cache *cache);
/* The next request of any cache comes to the sampler; or no longer. False: it is so already. */
bool slab_open_gate(bool is_open);
/* From now on he may hand out objects of his own, if he can. 0 or his error. */
int slab_set_sampler(const struct slab_sampler *sampler, const struct machine_objects *wanted);

/* Who took an object, and who gave it back, where that is kept. */
void slab_tracks_of(const struct kmem_cache *cache, const void *object, struct slab_place *place);

/*
 * What reports need of the layer: they reach it through slab_state.reports, and so link nothing of it
 * into a kernel without objects.
 */
struct slab_reports {
	struct kmem_cache *(*next)(struct kmem_cache *cache);
	void (*info)(struct kmem_cache *cache, struct slabinfo *info);
};
extern const struct slab_reports quire_slab_reports;

/* The slabs of slub: sizes, orders, counts. */
int slub_layout(struct kmem_cache *cache);

/* ---- kmalloc ---- */

/* The class of a size from 1 to KMALLOC_MAX_CACHE_SIZE. */
static inline unsigned int kmalloc_class(size_t size)
{
	if (size > 64 && size <= 96)
		return 1;
	if (size > 128 && size <= 192)
		return 2;
	return max_of(fls_long(size - 1), (unsigned int)KMALLOC_SHIFT_LOW);
}
static inline enum kmalloc_cache_type kmalloc_type(gfp_t gfp)
{
	if (__builtin_expect(!(gfp & (__GFP_DMA | __GFP_RECLAIMABLE)), 1))
		return KMALLOC_NORMAL;
	return gfp & __GFP_DMA ? KMALLOC_DMA : KMALLOC_RECLAIM;
}

/* What the caches do not serve: sizes 0 and above theirs, and all of an engine without such caches. */
void *kmalloc_further(size_t size, gfp_t gfp, int nid, const void *caller);
void kfree_further(const void *ptr, const void *caller);
void *kmalloc_for(size_t size, gfp_t gfp, int nid, const void *caller);
/* Bytes of an object that its user may use. */
size_t slab_usable_size(const struct kmem_cache *cache);

/* ---- where CPUs' entries are (cpu_entries.c) ---- */

/* Those of a cache whose objects CPUs do not keep. */
static inline struct kmem_cache_cpu *slab_no_cpus(void)
{
	return this_quire()->slab.index.cpus;
}
/* How many bytes from a CPU's first entry that of the cache is; 0: it is that one, which is no cache's. */
static inline uintptr_t slab_entry_at(const struct kmem_cache *cache)
{
	return (uintptr_t)cache->cpus - (uintptr_t)slab_no_cpus();
}
/* Does the CPU's hand hold an object of the cache? */
static inline bool slab_is_in_hand(const struct kmem_cache *cache, unsigned int cpu)
{
	return load_relaxed(slab_cpu(slab_no_cpus(), cpu)->hand_at) == slab_entry_at(cache);
}
/* CPU 0's first entry, and with it those of all CPUs: nobody has something in hand. They are zero. */
void cpu_entries_empty_hands(struct kmem_cache_cpu *cpus);
/* Memory for the first group; while boot memory is handed out. 0 or -ENOMEM. */
int cpu_entries_reserve(void);
/* One for each CPU, empty. NULL: no memory. May sleep. And back, when nobody uses them and they are empty again. */
struct kmem_cache_cpu *cpu_entries_take(void);
void cpu_entries_give(struct kmem_cache_cpu *cpus);

/* ---- objects of other nodes (remote.c) ---- */

/* Lists for them, if the engine has nothing of its own; where there is no memory for these it goes without. */
void slab_remote_init(void);
/* The object waits on this CPU's list, or was refused. False: it does not wait, for there is no such list. */
bool slab_remote_put(struct kmem_cache *cache, void *object, const void *caller);
/* All that wait go to their slabs. How many wait, of a cache. */
void slab_remote_drain(void);
unsigned long slab_remote_count(const struct kmem_cache *cache);

/* ---- what is kept, all in all (kept.c) ---- */

/* From now on the page allocator asks for it: with kmem_cache_shrink_all. */
void slab_keep(void);

/* ---- the index of kmalloc and kfree (kmalloc_index.c) ---- */

/* A frame's byte: the entry of its cache, and above it its node, one of so many. */
#define KMALLOC_INDEX_NODE_SHIFT 6
#define KMALLOC_INDEX_NODES 4

/* Memory for what is said of frames; while boot memory is handed out. 0 or -ENOMEM. */
int kmalloc_index_reserve(void);
/* A slab's frames, whose cache has the cpus_at; 0: they are no slab any more. */
void kmalloc_index_frames(const struct page *page, unsigned int order, unsigned int at);
/* The table by size, after a cache of kmalloc's was opened or closed. The list's lock is held, or nobody uses it. */
void kmalloc_index_set_sizes(void);
/* What slab_set_watch is for a cache: is it open to kmalloc, and to kfree? The list's lock is held, or nobody uses it. */
void kmalloc_index_set_watch(void);
/* NULL, or what is wrong with it. */
const char *kmalloc_index_validate(void);

/* The next random number; an array in random order. */
u64 slab_random(void);
void slab_shuffle(void **objects, unsigned int nr);

#endif
