/* SPDX-License-Identifier: MIT */
/*
 * init.c - the layer makes itself: kmem_cache_init and kmem_cache_init_late.
 *
 * Caches are objects of a cache, and so are their nodes. The first two begin in pages of
 * their own, with nodes there, and hand out what they themselves will be:
 *
 *   1. boot copies of `kmem_cache_node` and `kmem_cache` in a block of pages; their nodes too
 *   2. nodes for both are taken from the copy of kmem_cache_node, and replace those in the block
 *   3. both structures are taken from the copy of kmem_cache; slabs name them from now on
 *   4. the block goes back; kmalloc's caches are made as any other
 *
 * What is found by arithmetic is taken before, from boot memory. CPUs' arrays come last, in
 * kmem_cache_init_late: they are pieces of kmalloc's.
 */
#include "mm/lib/list.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/slab/debug.h"
#include "mm/slab/slab_words.h"
#include "mm/slab/watch.h"

/* ---- the first two ---- */

/* What is there before there is anything. */
struct boot_block {
	void *start;
	size_t bytes;
	struct kmem_cache *cache, *cache_node;
	struct kmem_cache_node *nodes; /* of both, one after the other */
};

static int boot_block_alloc(struct boot_block *b)
{
	size_t nodes = 2 * this_quire()->page.nr_nodes * sizeof(struct kmem_cache_node);
	size_t cache = ALIGN_UP(slab_cache_bytes(), (size_t)64);

	b->bytes = nodes + 2 * cache;
	b->start = alloc_pages_exact(b->bytes, GFP_NOWAIT | __GFP_ZERO);
	if (!b->start)
		return -ENOMEM;
	b->nodes = b->start;
	b->cache = (struct kmem_cache *)(void *)((char *)b->start + nodes);
	b->cache_node = (struct kmem_cache *)(void *)((char *)b->cache + cache);
	return 0;
}

static int boot_cache(struct kmem_cache *cache, const char *name, size_t size, size_t align)
{
	cache->name = name;
	cache->object_size = (unsigned int)size;
	cache->align = (unsigned int)align;
	cache->flags = SLAB_HWCACHE_ALIGN | SLAB_PANIC | slab_debug_flags_for(name);
	cache->refcount = -1; /* never one with others, never ended */
	return slab_cache_layout(cache);
}

/* The nodes that the two begin with. */
static int boot_nodes(struct boot_block *b)
{
	struct kmem_cache_node *n = b->nodes;
	pg_data_t *pgdat;

	for_each_online_pgdat(pgdat) {
		int nid = pgdat->node_id;

		if (slab_engine()->node_init && (slab_engine()->node_init(b->cache, n, nid, GFP_NOWAIT) ||
						 slab_engine()->node_init(b->cache_node, n + 1, nid, GFP_NOWAIT)))
			return -ENOMEM;
		b->cache->node[nid] = n++;
		b->cache_node->node[nid] = n++;
	}
	return 0;
}

/* The slab of an object of the cache `from` is one of `to` now. */
static void adopt_slab_of(const void *object, const struct kmem_cache *from, struct kmem_cache *to)
{
	struct page *page = virt_to_head_page(object);

	if (page->slab_cache == from)
		slab_set_cache(page, to);
}

/* A cache's nodes move out of the block. */
static int move_nodes(struct kmem_cache *cache)
{
	struct kmem_cache_node *n, *real;
	int nid;

	for_each_slab_node(cache, nid, n) {
		real = slab_alloc_raw(this_quire()->slab.kmem_cache_node, GFP_NOWAIT, nid);
		if (!real)
			return -ENOMEM;
		/* What was taken of it just now, and of nodes' own nodes, is in what is copied. */
		memcpy(real, n, sizeof(*n));
		cache->node[nid] = real;
	}
	return 0;
}

static struct kmem_cache *move_cache(struct kmem_cache *boot)
{
	struct slab_state *slab = &this_quire()->slab;
	struct kmem_cache *real = slab_alloc_raw(slab->kmem_cache, GFP_NOWAIT, numa_node_id());

	if (real)
		memcpy(real, boot, slab_cache_bytes());
	return real;
}

/* Every slab that there is has one of these objects, or is on the list of a node. */
static void adopt_slabs(struct kmem_cache *of_caches, struct kmem_cache *of_nodes, const struct boot_block *b)
{
	struct kmem_cache_node *n;
	struct page *page;
	int nid;

	adopt_slab_of(of_caches, b->cache, of_caches);
	adopt_slab_of(of_nodes, b->cache, of_caches);
	for_each_slab_node(of_caches, nid, n) {
		adopt_slab_of(n, b->cache_node, of_nodes);
		for (page = n->partial; page; page = slab_next(page))
			slab_set_cache(page, of_caches);
	}
	for_each_slab_node(of_nodes, nid, n) {
		adopt_slab_of(n, b->cache_node, of_nodes);
		for (page = n->partial; page; page = slab_next(page))
			slab_set_cache(page, of_nodes);
	}
}

static int bootstrap(void)
{
	struct slab_state *slab = &this_quire()->slab;
	struct kmem_cache *of_caches, *of_nodes;
	struct boot_block b;
	int err = boot_block_alloc(&b);

	if (err)
		return err;
	slab->kmem_cache = b.cache;
	slab->kmem_cache_node = b.cache_node;
	if (boot_cache(b.cache_node, "kmem_cache_node", sizeof(struct kmem_cache_node), 0) ||
	    boot_cache(b.cache, "kmem_cache", slab_cache_bytes(), SLAB_CACHE_ALIGN) || boot_nodes(&b))
		return -EINVAL;
	if (move_nodes(b.cache_node) || move_nodes(b.cache))
		return -ENOMEM;
	of_caches = move_cache(b.cache);
	of_nodes = of_caches ? move_cache(b.cache_node) : NULL;
	if (!of_nodes)
		return -ENOMEM;
	/* The second was taken after the first had been copied: what is there to copy is the same but for nodes. */
	adopt_slabs(of_caches, of_nodes, &b);
	slab->kmem_cache = of_caches;
	slab->kmem_cache_node = of_nodes;
	slab_cache_add(of_caches);
	slab_cache_add(of_nodes);
	free_pages_exact(b.start, b.bytes);
	return 0;
}

/* ---- kmalloc's caches ---- */

/* As Linux calls them, by type. */
#define KMALLOC_NAMES(size) { "kmalloc-" size, "kmalloc-rcl-" size, "dma-kmalloc-" size }
static const char *const kmalloc_names[NR_KMALLOC_CLASSES][NR_KMALLOC_TYPES] = {
	[1] = KMALLOC_NAMES("96"),   [2] = KMALLOC_NAMES("192"),  [3] = KMALLOC_NAMES("8"),
	[4] = KMALLOC_NAMES("16"),   [5] = KMALLOC_NAMES("32"),	  [6] = KMALLOC_NAMES("64"),
	[7] = KMALLOC_NAMES("128"),  [8] = KMALLOC_NAMES("256"),  [9] = KMALLOC_NAMES("512"),
	[10] = KMALLOC_NAMES("1k"),  [11] = KMALLOC_NAMES("2k"),  [12] = KMALLOC_NAMES("4k"),
	[13] = KMALLOC_NAMES("8k"),  [14] = KMALLOC_NAMES("16k"), [15] = KMALLOC_NAMES("32k"),
	[16] = KMALLOC_NAMES("64k"), [17] = KMALLOC_NAMES("128k"),
};

static const slab_flags_t kmalloc_flags[NR_KMALLOC_TYPES] = {
	[KMALLOC_RECLAIM] = SLAB_RECLAIM_ACCOUNT,
	[KMALLOC_DMA] = SLAB_CACHE_DMA,
};

static unsigned int class_size(unsigned int class)
{
	return class == 1 ? 96 : class == 2 ? 192 : 1U << class;
}

static struct kmem_cache *kmalloc_cache(enum kmalloc_cache_type type, unsigned int class)
{
	struct kmem_cache *cache = slab_alloc_raw(this_quire()->slab.kmem_cache, GFP_NOWAIT, numa_node_id());
	unsigned int size = class_size(class);

	if (!cache)
		return NULL;
	memset(cache, 0, slab_cache_bytes());
	cache->name = kmalloc_names[class][type];
	cache->object_size = size;
	/* A power of two is aligned to itself, and 192 to a third. */
	cache->align = min_of(size & -size, (unsigned int)PAGE_SIZE);
	/* All of an object may be copied to and from user space. */
	cache->usersize = size;
	cache->flags = kmalloc_flags[type] | SLAB_KMALLOC | slab_debug_flags_for(cache->name);
	cache->refcount = 1;
	if (slab_cache_layout(cache))
		return NULL;
	/* Before its first slab: the index shall know all of them. */
	if (cache->sheaf_bytes)
		cache->cpus_at = (u32)(cpu_entries_take() - slab_no_cpus());
	slab_cache_add(cache);
	return cache;
}

static int make_kmalloc_caches(void)
{
	/* By size, so that slabinfo has them as Linux's. */
	static const u8 order[] = { 3, 4, 5, 6, 1, 7, 2, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 };
	struct slab_state *slab = &this_quire()->slab;
	unsigned int type, class, i;

	for (type = 0; type < NR_KMALLOC_TYPES; type++) {
		if (type == KMALLOC_DMA && !zone_configured(ZONE_DMA)) {
			memcpy(slab->kmalloc[type], slab->kmalloc[KMALLOC_NORMAL], sizeof(slab->kmalloc[type]));
			continue;
		}
		for (i = 0; i < ARRAY_SIZE(order); i++) {
			class = order[i];
			if (class_size(class) > KMALLOC_MAX_CACHE_SIZE)
				continue;
			slab->kmalloc[type][class] = kmalloc_cache((enum kmalloc_cache_type)type, class);
			if (!slab->kmalloc[type][class])
				return -ENOMEM;
		}
	}
	return 0;
}

/* ---- the steps ---- */

static unsigned int nr_caches(void)
{
	struct list_head *pos;
	unsigned int nr = 0;

	list_for_each(pos, &this_quire()->slab.caches)
		nr++;
	return nr;
}

int slab_reserve(void)
{
	int err = cpu_entries_reserve();

	return err ? err : kmalloc_index_reserve();
}

int kmem_cache_init(const struct machine_objects *objects)
{
	struct slab_state *slab = &this_quire()->slab;
	int err;

	slab_configure(objects);
	if (quarantine_init(objects->quarantine))
		return -ENOMEM;
	err = bootstrap();
	if (err)
		return err;
	slab->up = SLAB_PARTIAL;
	err = make_kmalloc_caches();
	if (err)
		return err;
	slab->up = SLAB_UP;
	pr_info("kmem_cache_init: %s, HWalign=64, Order=%u-%u, MinObjects=%u, CPUs=%u, Nodes=%u, %u caches",
		slab->engine->name, slab->min_order, slab->max_order, slab->min_objects, quire_nr_cpus(),
		this_quire()->page.nr_nodes, nr_caches());
	return 0;
}

int kmem_cache_init_late(const struct machine_objects *objects)
{
	struct slab_state *slab = &this_quire()->slab;
	struct kmem_cache *cache;

	/* One CPU, and nobody makes caches yet. */
	list_for_each_entry(cache, &slab->caches, list)
		if (cache->refcount > 0 && cpu_arrays_create(cache))
			return -ENOMEM;
	slab_remote_init();
	slab->up = SLAB_FULL;
	kmalloc_index_set_watch();
	slab_keep();
	/* Without him the boot goes on. */
	if (objects->sampler)
		slab_set_sampler(objects->sampler, objects);
	pr_info("kmem_cache_init_late: arrays for %u CPU%s", quire_nr_cpus(), quire_nr_cpus() == 1 ? "" : "s");
	return 0;
}
