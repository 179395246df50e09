/* SPDX-License-Identifier: MIT */
/*
 * slob.c - the engine slob: first fit, for machines with a few hundred KB of RAM.
 *
 * Theory. A slab of a cache is mostly free on a machine that has three objects of each: with
 * twenty caches that is twenty pages. Here all caches and kmalloc share their pages. An object is so
 * many units cut from the first free block of a page that has room for it; given back, it becomes one
 * with what is free beside it; a page that is all free goes. slob.h says what is in a page.
 *
 *   - Pages that are partly free are on three rings, for objects below 256 bytes, below 1024, and
 *     larger ones, so that the small do not fill the holes that the large could use. A search
 *     begins at the page where the last one found something, and so passes those that are nearly full
 *     less often. A page is of one ring from its first object to its last.
 *   - An object of a cache is as large as the cache says, and has nothing but itself. A piece of
 *     kmalloc's has its size in the unit before it, sealed as the links are.
 *   - Objects of a page or more are blocks of pages, marked as their cache's.
 *
 * What it costs: each call walks the blocks of a page or several, under the heap's one lock. What
 * cannot be told: which cache an object of the heap is of. So kfree takes none of caches,
 * kmem_cache_of is NULL, and check_heap_object knows nothing; one that is given to another cache
 * of the same size, or again when its memory is somebody's by then, is not noticed. Noticed are: what
 * is free already, lies askew, has the size of a piece before it, or is one more than its cache
 * has. Constructors are called whenever an object is taken. SLAB_DEBUG_FLAGS, slub_debug= and the
 * random order are ignored, as Linux's slob ignores them. Error checkers of a process know each object and
 * piece by its exact size; but between two objects is nothing, so behind one that fills its units is another's.
 *
 * Footprint, on one CPU with 32 bits: 6.0 KB of code and constants (ARMv6-M, clang -Os; slub with its start
 * has 8.5; the front has 15 for both). After the boot 64 bytes are in use, of one page; a cache is
 * 152 bytes and its name. tests/slab/slob_small_test.c measures it on a machine of 256 KB.
 *
 * slab_state.heap.lock guards all of the heap, and kmem_cache.nr_in_use.
 */
#include <quire/memblock.h>
#include <quire/page_poison.h>

#include "mm/boot/boot_alloc.h"
#include "mm/lib/annotate.h"
#include "mm/lib/list.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/slab/slob.h"

/* Below these sizes, in bytes, something is small, or of medium size. */
#define SMALL 256
#define MEDIUM 1024

static struct slob_heap *the_heap(void)
{
	return &this_quire()->slab.heap;
}

/* What is asked for: units, the one `lead` behind the first of which is aligned; where its page may lie. */
struct request {
	u32 units, lead, align;
	enum slob_list list;
	enum zone_type zone; /* or a lower one */
	int nid;	     /* NUMA_NO_NODE: any */
	unsigned long *account, amount; /* what is counted up with it */
};

static enum slob_list list_for(u32 units)
{
	return units < SMALL / SLOB_UNIT ? SLOB_SMALL : units < MEDIUM / SLOB_UNIT ? SLOB_MEDIUM : SLOB_LARGE;
}

/* ---- rings of pages; the heap's lock is held ---- */

static struct page *page_before(const struct page *page)
{
	return this_quire()->page.mem_map + slab_word_of(page, 1);
}
static void set_page_before(struct page *page, const struct page *before)
{
	slab_set_word(page, 1, (u32)(before - this_quire()->page.mem_map));
}

/* It is the next to be searched. */
static void ring_add(struct slob_heap *heap, struct page *page)
{
	struct page **first = &heap->partial[slob_list_of(page)];
	struct page *behind = *first ? *first : page, *before = *first ? page_before(*first) : page;

	slab_set_next(page, behind);
	set_page_before(page, before);
	slab_set_next(before, page);
	set_page_before(behind, page);
	*first = page;
	heap->nr_partial[slob_list_of(page)]++;
}

static void ring_remove(struct slob_heap *heap, struct page *page)
{
	struct page **first = &heap->partial[slob_list_of(page)];
	struct page *before = page_before(page);

	if (*first == page)
		*first = slab_next(page) == page ? NULL : slab_next(page);
	slab_set_next(before, slab_next(page));
	set_page_before(slab_next(page), before);
	slab_set_next(page, NULL);
	heap->nr_partial[slob_list_of(page)]--;
}

/* ---- taking ---- */

static void *take_from_page(struct slob_heap *heap, struct page *page, const struct request *r)
{
	void *start = slob_page_take(page, r->units, r->lead, r->align);

	if (start) {
		heap->used_units += r->units;
		store_relaxed(*r->account, *r->account + r->amount);
	}
	if (slab_next(page) && !slob_free_units(page))
		ring_remove(heap, page);
	return start;
}

static bool may_serve(const struct page *page, const struct request *r)
{
	return slob_free_units(page) >= r->units && (r->nid == NUMA_NO_NODE || page_to_nid(page) == r->nid) &&
	       page_zonenum(page) <= r->zone;
}

static void *take_from_ring(struct slob_heap *heap, const struct request *r)
{
	struct page *page = heap->partial[r->list], *next;
	unsigned long left;
	void *start;

	for (left = heap->nr_partial[r->list]; left; left--, page = next) {
		next = slab_next(page);
		if (!may_serve(page, r))
			continue;
		start = take_from_page(heap, page, r);
		if (!start)
			continue;
		if (slab_next(page))
			heap->partial[r->list] = page;
		return start;
	}
	return NULL;
}

static void *take_present(const struct request *r)
{
	struct slob_heap *heap = the_heap();
	unsigned long flags = spin_lock_irqsave(&heap->lock);
	void *start = take_from_ring(heap, r);

	spin_unlock_irqrestore(&heap->lock, flags);
	return start;
}

/* From a page that nobody else knows yet. */
static void *take_from_new_page(struct page *page, const struct request *r)
{
	struct slob_heap *heap = the_heap();
	unsigned long flags;
	void *start;

	SetPageSlab(page);
	page->slab_cache = NULL;
	slab_set_next(page, NULL);
	slab_count_pages(NULL, page_to_nid(page), 1);
	flags = spin_lock_irqsave(&heap->lock);
	slob_page_init(page, r->list);
	heap->nr_pages++;
	start = take_from_page(heap, page, r);
	if (slob_free_units(page))
		ring_add(heap, page);
	spin_unlock_irqrestore(&heap->lock, flags);
	return start;
}

/*
 * Of another node's memory a new page is not taken while there is room in those that the heap has. So
 * where the request's node has no room, first a page of just that node is asked for.
 */
static void *take_elsewhere(const struct request *r, gfp_t gfp, struct page **page)
{
	gfp_t easy = (gfp | __GFP_THISNODE | __GFP_NOWARN) &
		     ~(__GFP_DIRECT_RECLAIM | __GFP_NOFAIL | __GFP_RETRY_MAYFAIL);
	struct request anywhere = *r;

	anywhere.nid = NUMA_NO_NODE;
	*page = alloc_pages_node(r->nid, easy, 0);
	return *page ? NULL : take_present(&anywhere);
}

/* gfp is clean: see slab_page_gfp. */
static void *slob_take_units(struct request *r, gfp_t gfp)
{
	struct page *page = NULL;
	void *start;

	/* Objects that can be reclaimed and others share pages. */
	gfp &= ~__GFP_RECLAIMABLE;
	r->zone = gfp_zone(gfp);
	r->list = list_for(r->units);
	start = take_present(r);
	if (!start && this_quire()->page.nr_nodes > 1 && !(gfp & __GFP_THISNODE) &&
	    (unsigned int)r->nid < this_quire()->page.nr_nodes && NODE_DATA(r->nid))
		start = take_elsewhere(r, gfp, &page);
	if (start)
		return start;
	if (!page)
		page = alloc_pages_node(r->nid, gfp, 0);
	return page ? take_from_new_page(page, r) : NULL;
}

/* ---- giving back; the heap's lock is held ---- */

static size_t offset_in_page(const void *at)
{
	return virt_to_phys(at) & (PAGE_SIZE - 1);
}

/* Units of the heap's, which end with `object`, as its taker knew it. NULL, or why they are not in use. */
static const char *give_units(struct slob_heap *heap, struct page *page, u32 at, u32 units, const void *object)
{
	bool was_listed = slab_next(page);
	const char *why = slob_page_give(page, at, units);

	if (!why) {
		heap->used_units -= units;
		annotate_free(object, (at + units) * SLOB_UNIT - offset_in_page(object));
	}
	if (was_listed && (!slob_free_units(page) || slob_free_units(page) == slob_page_units()))
		ring_remove(heap, page);
	if (slob_free_units(page) == slob_page_units()) {
		heap->nr_pages--;
		slab_pages_free(NULL, page);
	} else if (!was_listed && slob_free_units(page)) {
		ring_add(heap, page);
	}
	return why;
}

/* Is a piece of kmalloc's there? Its size, as it was asked for. */
static bool is_piece(const void *ptr, u32 *size)
{
	size_t offset = offset_in_page(ptr);

	return offset >= SLOB_UNIT && !(offset % SLOB_UNIT) && slob_unseal((const char *)ptr - SLOB_UNIT, size) &&
	       *size && *size <= PAGE_SIZE - offset;
}

static u32 units_of_piece(u32 size)
{
	return 1 + (u32)(ALIGN_UP(size, SLOB_UNIT) / SLOB_UNIT);
}

/* ---- kmalloc ---- */

static void *slob_kmalloc(size_t size, gfp_t gfp, int nid)
{
	u32 units = units_of_piece((u32)size);
	struct request r = {
		.units = units, .lead = 1, .align = 1, .nid = nid,
		.account = &the_heap()->piece_units, .amount = units,
	};
	bool is_cleared;
	char *start;

	/* A power of two is aligned to itself. */
	if (!(size & (size - 1)))
		r.align = units - 1;
	start = slob_take_units(&r, slab_page_gfp(NULL, gfp));
	if (!start)
		return NULL;
	slob_seal(start, (u32)size);
	start += SLOB_UNIT;
	is_cleared = (gfp & __GFP_ZERO) || (this_quire()->page.watch.poison & PAGE_INIT_ON_ALLOC);
	if (is_cleared)
		slob_clear(start, units - 1);
	annotate_alloc(start, size);
	if (is_cleared)
		annotate_defined(start, size);
	return start;
}

/* Why it is none; the page was the heap's just before. */
static const char *why_no_piece(const void *ptr, struct page *page)
{
	if (!PageSlab(page) || slob_page_has_free(page, (u32)(offset_in_page(ptr) / SLOB_UNIT)))
		return "it is free already";
	return "it is not the beginning of a piece, or its size was overwritten";
}

static const char *free_piece(struct slob_heap *heap, const void *ptr, struct page *page)
{
	const char *why;
	u32 size, units;

	if (!is_piece(ptr, &size))
		return why_no_piece(ptr, page);
	units = units_of_piece(size);
	why = give_units(heap, page, (u32)(offset_in_page(ptr) / SLOB_UNIT) - 1, units, ptr);
	if (!why)
		heap->piece_units -= units;
	return why;
}

static void slob_kfree(const void *ptr, struct page *page, const void *caller)
{
	struct slob_heap *heap = the_heap();
	unsigned long flags = spin_lock_irqsave(&heap->lock);
	const char *why = free_piece(heap, ptr, page);

	spin_unlock_irqrestore(&heap->lock, flags);
	if (why) {
		this_quire()->slab.nr_reports++;
		quire_warn(caller, "bad kfree, refused: %p: %s", ptr, why);
	}
}

static size_t slob_ksize(const void *ptr, struct page *page)
{
	u32 size;

	(void)page;
	if (WARN(!is_piece(ptr, &size), "ksize of %p: it is not the beginning of a piece", ptr))
		return 0;
	return ALIGN_UP(size, SLOB_UNIT);
}

/* ---- caches ---- */

static bool is_of_pages(const struct kmem_cache *cache)
{
	return cache->size >= PAGE_SIZE;
}

static int slob_layout(struct kmem_cache *cache)
{
	cache->order = cache->min_order = (u8)get_order(cache->size);
	return cache->order < MAX_ORDER ? 0 : -EINVAL;
}

/* The engine's `take`: there are no objects that are free and somebody's. */
static unsigned int slob_take(struct kmem_cache *cache, struct kmem_cache_node *node, void **objects,
			      unsigned int max)
{
	(void)cache;
	(void)node;
	(void)objects;
	(void)max;
	return 0;
}

static void *grow_by_pages(struct kmem_cache *cache, gfp_t gfp, int nid)
{
	struct page *page = slab_pages_alloc(cache, gfp, nid);
	unsigned long flags;

	if (!page)
		return NULL;
	flags = spin_lock_irqsave(&the_heap()->lock);
	store_relaxed(cache->nr_in_use, cache->nr_in_use + 1);
	spin_unlock_irqrestore(&the_heap()->lock, flags);
	return phys_to_virt(page_to_phys(page));
}

static void *slob_grow(struct kmem_cache *cache, gfp_t gfp, int nid)
{
	struct request r = {
		.units = cache->size / SLOB_UNIT, .align = cache->align / SLOB_UNIT, .nid = nid,
		.account = &cache->nr_in_use, .amount = 1,
	};
	void *object = is_of_pages(cache) ? grow_by_pages(cache, gfp, nid) : slob_take_units(&r, gfp);

	if (ANNOTATE && object)
		annotate_alloc(object, load_relaxed(cache->object_size));
	if (object && cache->ctor)
		cache->ctor(object);
	return object;
}

static const char *give_pages(struct kmem_cache *cache, struct page *page, const void *object)
{
	if (page->slab_cache != cache)
		return "it is of another cache";
	if (object != phys_to_virt(page_to_phys(page)))
		return "it is not the beginning of an object";
	annotate_free(object, cache->size);
	slab_pages_free(cache, page);
	return NULL;
}

/* NULL, or why it is no object of the cache. */
static const char *give_object(struct slob_heap *heap, struct kmem_cache *cache, const void *object)
{
	struct page *page = slab_page_of(object);
	size_t offset = offset_in_page(object);
	u32 size;

	if (!page)
		return "it is no object of any cache";
	if (page->slab_cache || is_of_pages(cache))
		return give_pages(cache, page, object);
	if ((offset & (cache->align - 1)) || cache->size > PAGE_SIZE - offset)
		return "it is not the beginning of an object";
	if (is_piece(object, &size))
		return "kmalloc gave it, and kfree takes it";
	if (!cache->nr_in_use)
		return "all objects of the cache are free";
	return give_units(heap, page, (u32)(offset / SLOB_UNIT), cache->size / SLOB_UNIT, object);
}

static void slob_give(struct kmem_cache *cache, void **objects, unsigned int nr, const void *caller)
{
	struct slob_heap *heap = the_heap();
	const char *why;
	unsigned int i;
	unsigned long flags;

	for (i = 0; i < nr; i++) {
		flags = spin_lock_irqsave(&heap->lock);
		why = give_object(heap, cache, objects[i]);
		if (!why)
			store_relaxed(cache->nr_in_use, cache->nr_in_use - 1);
		spin_unlock_irqrestore(&heap->lock, flags);
		if (why)
			slab_report_bad_free(caller, cache, objects[i], why);
	}
}

/* What is free is nobody's. */
static unsigned long slob_shrink(struct kmem_cache *cache, struct kmem_cache_node *node)
{
	(void)cache;
	(void)node;
	return 0;
}

static void slob_count(struct kmem_cache *cache, struct kmem_cache_node *node, struct slabinfo *info)
{
	(void)node;
	info->active_objs += load_relaxed(cache->nr_in_use);
	info->num_objs += load_relaxed(cache->nr_in_use);
}

/* Which object it is can be told only where it has pages of its own. */
static void *slob_find(struct kmem_cache *cache, const struct page *page, const void *at, bool *is_free)
{
	char *object = phys_to_virt(page_to_phys(page));

	if (ANNOTATE && !cache)
		return slob_page_find(page, (u32)(offset_in_page(at) / SLOB_UNIT), is_free);
	if (is_free)
		*is_free = false;
	return (size_t)((const char *)at - object) < cache->size ? object : NULL;
}

/* ---- does it hang together? ---- */

struct census {
	unsigned long pages, free_units, listed;
	const char *why;
};

static void check_page(struct kmem_cache *cache, struct page *page, void *ctx)
{
	struct census *census = ctx;
	const char *why = slob_page_check(page);

	(void)cache;
	if (!why && !slob_free_units(page) != !slab_next(page))
		why = "a page with free blocks is on no list, or one without is";
	if (!census->why)
		census->why = why;
	census->pages++;
	census->free_units += slob_free_units(page);
	census->listed += slab_next(page) != NULL;
}

static const char *check_ring(const struct slob_heap *heap, u32 list)
{
	const struct page *page = heap->partial[list];
	unsigned long left;

	for (left = heap->nr_partial[list]; left; left--, page = slab_next(page))
		if (!page || !PageSlab(page) || page->slab_cache || slob_list_of(page) != list ||
		    !slab_next(page) || page_before(slab_next(page)) != page)
			return "a list of pages is broken";
	return page == heap->partial[list] ? NULL : "a list of pages has more than are counted";
}

static void count_page(struct kmem_cache *cache, struct page *page, void *ctx)
{
	(void)cache;
	(void)page;
	++*(unsigned long *)ctx;
}

/* Adds up what caches have of the heap. */
static const char *check_caches(unsigned long *units)
{
	struct kmem_cache *cache;
	unsigned long blocks;

	list_for_each_entry(cache, &this_quire()->slab.caches, list) {
		blocks = 0;
		slab_for_each(cache, count_page, &blocks);
		if (blocks != (is_of_pages(cache) ? cache->nr_in_use : 0))
			return "a cache has more or fewer blocks of pages than objects in use";
		if (!is_of_pages(cache))
			*units += cache->nr_in_use * (cache->size / SLOB_UNIT);
	}
	return NULL;
}

static const char *slob_validate(struct kmem_cache *cache, struct kmem_cache_node *node)
{
	const struct slob_heap *heap = the_heap();
	unsigned long listed = 0, units = heap->piece_units + heap->lost_units;
	struct census census = { 0, 0, 0, NULL };
	const char *why;
	u32 list;

	(void)cache;
	(void)node;
	slab_for_each(NULL, check_page, &census);
	if (census.why)
		return census.why;
	for (list = 0; list < NR_SLOB_LISTS; list++) {
		why = check_ring(heap, list);
		if (why)
			return why;
		listed += heap->nr_partial[list];
	}
	if (census.pages != heap->nr_pages || census.listed != listed)
		return "the heap has more or fewer pages than it counts";
	if (census.free_units + heap->used_units != census.pages * slob_page_units())
		return "the heap's count of what is in use differs from what its pages say";
	why = check_caches(&units);
	if (why)
		return why;
	return units == heap->used_units ? NULL : "caches and kmalloc's pieces have more or less than is in use";
}

/* ---- the steps of the boot ---- */

static bool has_one_cpu(void)
{
	return !CONFIG_SMP || quire_nr_cpus() == 1;
}

/* Between the entries of CPUs is nothing that anybody looks at: whole pages of it go back. */
static void free_between(struct kmem_cache_cpu *cpus)
{
	unsigned int cpu;

	/* What a dumped machine's boot takes is none of its RAM. */
	if (this_quire()->boot.flags & MACHINE_AS_DUMPED)
		return;
	for (cpu = 0; cpu + 1 < quire_nr_cpus(); cpu++) {
		char *from = (char *)(slab_cpu(cpus, cpu) + 1), *to = (char *)slab_cpu(cpus, cpu + 1);

		from = (char *)ALIGN_UP((uintptr_t)from, (uintptr_t)PAGE_SIZE);
		if (from < to)
			memblock_free(from, (size_t)(to - from));
	}
}

/*
 * CPUs keep nothing; but the calls look, before they ask the engine. Of one CPU the entry is cut from the heap.
 * Of several it is boot memory: a CPU's is 4 KB behind that of the one before, and no block of pages reaches from
 * the first to the last of thousands.
 */
static int slob_reserve(void)
{
	size_t bytes = sizeof(struct kmem_cache_cpu), stride = SLAB_CPU_ENTRIES * bytes;
	struct kmem_cache_cpu *cpus;
	unsigned int cpu;

	if (has_one_cpu())
		return 0;
	cpus = boot_alloc_raw((quire_nr_cpus() - 1) * stride + bytes, stride, NUMA_NO_NODE, "CPUs' objects");
	if (!cpus)
		return -ENOMEM;
	for (cpu = 0; cpu < quire_nr_cpus(); cpu++)
		memset(slab_cpu(cpus, cpu), 0, bytes);
	free_between(cpus);
	this_quire()->slab.index.cpus = cpus;
	return 0;
}

static struct kmem_cache_cpu *make_one_cpu(void)
{
	size_t bytes = sizeof(struct kmem_cache_cpu);
	struct request r = {
		.units = (u32)(bytes / SLOB_UNIT),
		.align = _Alignof(struct kmem_cache_cpu) / SLOB_UNIT,
		.nid = NUMA_NO_NODE, .account = &the_heap()->piece_units, .amount = bytes / SLOB_UNIT,
	};
	void *cpu = slob_take_units(&r, GFP_NOWAIT);

	annotate_defined(cpu, cpu ? bytes : 0);
	return cpu ? memset(cpu, 0, bytes) : NULL;
}

static int slob_init(const struct machine_objects *objects)
{
	struct slab_state *slab = &this_quire()->slab;
	u64 secret;

	slab_configure(objects);
	/* As good as the seed that the machine gives. */
	secret = slab_random();
	slab->heap.secret[0] = (u32)secret;
	slab->heap.secret[1] = (u32)(secret >> 32);
	if (has_one_cpu())
		slab->index.cpus = make_one_cpu();
	if (!slab->index.cpus)
		return -ENOMEM;
	cpu_entries_empty_hands(slab->index.cpus);
	slab->up = SLAB_UP;
	pr_info("kmem_cache_init: %s, pages of %lu bytes shared by all caches", slab->engine->name,
		(unsigned long)PAGE_SIZE);
	return 0;
}

static int slob_init_late(const struct machine_objects *objects)
{
	(void)objects;
	this_quire()->slab.up = SLAB_FULL;
	pr_info("kmem_cache_init_late: CPUs keep no objects");
	return 0;
}

const struct slab_engine quire_slob = {
	.name = "slob",
	.reserve = slob_reserve,
	.init = slob_init,
	.init_late = slob_init_late,
	.layout = slob_layout,
	.take = slob_take,
	.grow = slob_grow,
	.give = slob_give,
	.shrink = slob_shrink,
	.count = slob_count,
	.validate = slob_validate,
	.find = slob_find,
	.kmalloc = slob_kmalloc,
	.kfree = slob_kfree,
	.ksize = slob_ksize,
};
