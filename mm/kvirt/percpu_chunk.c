/* SPDX-License-Identifier: MIT */
/*
 * percpu_chunk.c - where the memory of a chunk comes from, once the page allocator is up.
 *
 * In this order, whatever is to be had first:
 *   the window    on a machine whose CPUs are on several nodes: each unit's pages are on
 *                 its CPU's node (percpu_window.c)
 *   a block       of the page allocator, cut to size
 *   frames        largest blocks that are free and neighbours, where one is too small
 *   the window    when free memory is too fragmented for any of that
 * The map and, for the window, the list of pages are pages of their own.
 */
#include "mm/kvirt/percpu_internal.h"

#include <quire/gfp.h>
#include <quire/mmzone.h>

#include "mm/lib/annotate.h"

/* Of the caller's wishes, those that say how hard to try. */
#define HOW_HARD (GFP_KERNEL | __GFP_HIGH | __GFP_ATOMIC | __GFP_MEMALLOC | __GFP_NORETRY)

struct percpu_chunk *percpu_chunk_alloc(gfp_t gfp, bool with_pages)
{
	void *map = alloc_pages_exact(percpu_chunk_bytes(with_pages), gfp);

	return map ? percpu_chunk_init(map, with_pages) : NULL;
}

void percpu_chunk_free(struct percpu_chunk *chunk)
{
	free_pages_exact(chunk, percpu_chunk_bytes(chunk->pages));
}

/* ---- a range of frames ---- */

/* Does it look as if the largest blocks from `pfn` on, for `count` frames, were free? */
static bool looks_free(pfn_t pfn, unsigned long count)
{
	u32 walk = memmap_walk_begin();
	bool is_free = true;
	unsigned long i;

	for (i = 0; i < count && is_free; i += MAX_ORDER_NR_PAGES)
		is_free = pfn_valid(pfn + i) && free_block_order(pfn + i) == (int)MAX_ORDER - 1;
	memmap_walk_end(walk);
	return is_free;
}

static char *alloc_frames_in(const struct zone *zone, unsigned long count, gfp_t gfp)
{
	pfn_t pfn = ALIGN_UP(zone->zone_start_pfn, MAX_ORDER_NR_PAGES), end = zone_end_pfn(zone);

	end = min_of(end, max_low_pfn);
	for (; pfn < end && end - pfn >= count; pfn += MAX_ORDER_NR_PAGES)
		if (looks_free(pfn, count) &&
		    !alloc_contig_range(pfn, pfn + count, MIGRATE_UNMOVABLE, gfp))
			return phys_to_virt(PFN_PHYS(pfn));
	return NULL;
}

/* From the highest zone down, as the page allocator would. */
static char *alloc_frames(unsigned long count, gfp_t gfp)
{
	pg_data_t *pgdat;
	int type;

	for (type = ZONE_NORMAL; type >= 0; type--)
		for_each_online_pgdat(pgdat) {
			char *base = alloc_frames_in(&pgdat->node_zones[type], count, gfp);

			if (base)
				return base;
		}
	return NULL;
}

/* ---- making and destroying ---- */

static struct percpu_chunk *create_contiguous(gfp_t gfp)
{
	size_t size = percpu_chunk_size();
	bool fits = get_order(size) < MAX_ORDER;
	struct percpu_chunk *chunk = percpu_chunk_alloc(gfp, false);
	char *base;

	if (!chunk)
		return NULL;
	if (fits)
		base = alloc_pages_exact_nid(this_quire()->page.cpu_node[0], size, gfp);
	else
		base = alloc_frames(size >> PAGE_SHIFT, gfp);
	if (!base) {
		percpu_chunk_free(chunk);
		return NULL;
	}
	percpu_chunk_place(chunk, base, fits ? PERCPU_EXACT : PERCPU_CONTIG);
	return chunk;
}

struct percpu_chunk *percpu_chunk_create(gfp_t gfp)
{
	const struct percpu_state *ps = &this_quire()->percpu;
	/* The window may have to wait for other CPUs. */
	const struct percpu_window *window = gfp & __GFP_DIRECT_RECLAIM ? ps->window : NULL;
	struct percpu_chunk *chunk = NULL;

	if (this_quire()->phase != PHASE_BUDDY)
		return NULL;
	gfp = (gfp & HOW_HARD) | __GFP_NOWARN;
	if (window && ps->spans_nodes)
		chunk = window->create(gfp);
	if (!chunk)
		chunk = create_contiguous(gfp);
	if (!chunk && window && !ps->spans_nodes)
		chunk = window->create(gfp);
	if (chunk)
		annotate_noaccess(chunk->base, percpu_chunk_size());
	return chunk;
}

void percpu_chunk_destroy(struct percpu_chunk *chunk)
{
	size_t size = percpu_chunk_size();

	/* In the window the addresses may next be somebody's who does not open them. */
	annotate_defined(chunk->base, size);
	if (chunk->backing == PERCPU_EXACT)
		free_pages_exact(chunk->base, size);
	else if (chunk->backing == PERCPU_CONTIG)
		free_contig_range(PFN_DOWN(virt_to_phys(chunk->base)), size >> PAGE_SHIFT);
	else
		this_quire()->percpu.window->destroy(chunk);
	percpu_chunk_free(chunk);
}
