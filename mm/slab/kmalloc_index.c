/* SPDX-License-Identifier: MIT */
/*
 * kmalloc_index.c - how kmalloc and kfree find a CPU's array at once: by the size, and by the address.
 *
 * Theory. The way from an address to what the CPU keeps is page structure, cache, entry of the CPU: each
 * of them a load whose address the one before gives, and the first two from memory that nothing else wants.
 * In its place a byte of each frame tells which of the entries of the CPU's own block is its cache's
 * (cpu_entries.c). 64 frames share a cache line of these bytes. The same by size.
 *
 * 0 is the entry that never has an object, nor room for one: it stands for whatever is not there. Where more is
 * to be done than to move an object, the index is closed: no frame is in bounds, and every size says 0.
 *
 * On a machine of several nodes a CPU keeps only objects of its own: a frame's byte says its node, too, in the
 * two bits above (give_local in free.c). Nodes beyond the fourth have no room there, and their frames say 0.
 */
#include "mm/boot/boot_alloc.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/slab/watch.h"

static struct kmalloc_index *the_index(void)
{
	return &this_quire()->slab.index;
}

/* ---- by address ---- */

/* Frames of the direct map whose structures are one array. In a window no address is safe to be asked about. */
static unsigned long frames_in_reach(void)
{
	const struct page_state *ps = &this_quire()->page;
	phys_addr_t lowmem = this_quire()->geo.lowmem_end >> PAGE_SHIFT;
	pfn_t end = lowmem < ps->memmap_end_pfn ? (pfn_t)lowmem : ps->memmap_end_pfn;

	return ps->memmap_is_flat && end > ps->memmap_base_pfn ? end - ps->memmap_base_pfn : 0;
}

int kmalloc_index_reserve(void)
{
	unsigned long frames = frames_in_reach();

	if (!frames)
		return 0;
	the_index()->of_frame = boot_alloc_raw(frames, sizeof(u64), NUMA_NO_NODE, "kfree's index");
	if (!the_index()->of_frame)
		return -ENOMEM;
	memset(the_index()->of_frame, 0, frames);
	return 0;
}

_Static_assert(SLAB_CPU_ENTRIES <= 1u << KMALLOC_INDEX_NODE_SHIFT, "an entry and a node are a byte");

/* What is said of a frame of the node whose cache has the cpus_at. */
static u8 frame_byte(unsigned int at, int nid)
{
	return nid < KMALLOC_INDEX_NODES ? (u8)(at | (unsigned int)nid << KMALLOC_INDEX_NODE_SHIFT) : 0;
}

void kmalloc_index_frames(const struct page *page, unsigned int order, unsigned int at)
{
	const struct page_state *ps = &this_quire()->page;
	struct kmalloc_index *index = the_index();
	size_t frame = (size_t)(page - ps->mem_map), end = frame + ((size_t)1 << order);
	u8 byte = at ? frame_byte(at, page_to_nid(page)) : 0;

	if (index->of_frame)
		for (; frame < end; frame++)
			store_relaxed(index->of_frame[frame], byte);
}

/* ---- by size ---- */

/* The entry of the cache of a size, if it is open to those who take. */
static u8 taken_from(size_t size)
{
	const struct kmem_cache *cache = NULL;

	if (size <= KMALLOC_MAX_CACHE_SIZE)
		cache = this_quire()->slab.kmalloc[KMALLOC_NORMAL][kmalloc_class(size)];
	return cache ? (u8)(cache->take_at / sizeof(struct kmem_cache_cpu)) : 0;
}

void kmalloc_index_set_sizes(void)
{
	struct kmalloc_index *index = the_index();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(index->small); i++)
		store_relaxed(index->small[i], taken_from((i + 1) * 8));
	for (i = 0; i < ARRAY_SIZE(index->medium); i++)
		store_relaxed(index->medium[i], taken_from((i + 1) * 512));
}

void kmalloc_index_set_watch(void)
{
	struct kmalloc_index *index = the_index();
	u32 watch = slab_watchers();
	unsigned long frames = index->of_frame ? frames_in_reach() : 0;

	kmalloc_index_set_sizes();
	store_relaxed(index->nr_frames, watch & SLAB_WATCH_GIVE ? 0 : frames);
	store_relaxed(index->nr_node_frames, (watch & SLAB_WATCH_GIVE) == SLAB_WATCH_NODES ? frames : 0);
}

/* ---- does it hang together? ---- */

static u8 byte_of(pfn_t pfn)
{
	const struct page *page = pfn_to_online_page(pfn);
	unsigned int at = page && PageSlab(page) ? page->slab_cache->cpus_at : 0;

	return at ? frame_byte(at, page_to_nid(page)) : 0;
}

const char *kmalloc_index_validate(void)
{
	const struct kmalloc_index *index = the_index();
	unsigned long frame, frames = index->of_frame ? frames_in_reach() : 0;

	for (frame = 0; frame < frames; frame++)
		if (index->of_frame[frame] != byte_of(this_quire()->page.memmap_base_pfn + frame))
			return "kfree's index names another cache for a frame than its page structure";
	return NULL;
}
