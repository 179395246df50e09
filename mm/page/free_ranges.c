/* SPDX-License-Identifier: MIT */
/*
 * free_ranges.c - what is free when the boot allocators close: one walk over memblock's
 * free ranges or bootmem's bitmaps, whichever was the last to hand out memory.
 *
 * The start of a range is rounded up to a page and its end down; a range that crosses
 * the limit of a zone comes in two pieces.
 */
#include <quire/bootmem.h>
#include <quire/memblock.h>

#include "mm/lib/bitmap.h"
#include "mm/page/internal.h"

void free_range_start(struct free_range_walk *walk, bool highmem)
{
	*walk = (struct free_range_walk){
		.low = highmem ? max_low_pfn : 0,
		.high = highmem ? max_pfn : max_low_pfn,
		.from_bootmem = !highmem && this_quire()->phase == PHASE_BOOTMEM,
	};
}

static bool next_of_memblock(struct free_range_walk *walk, pfn_t *start, pfn_t *end)
{
	phys_addr_t base, limit;

	__next_mem_range(&walk->memblock_cursor, NUMA_NO_NODE, MEMBLOCK_NONE, &memblock.memory,
			 &memblock.reserved, &base, &limit, NULL);
	if (walk->memblock_cursor == ~(u64)0)
		return false;
	*start = PFN_UP(base);
	*end = PFN_DOWN(limit);
	return true;
}

static bool next_of_bootmem(struct free_range_walk *walk, pfn_t *start, pfn_t *end)
{
#if CONFIG_BOOTMEM
	return bootmem_next_free_range(&walk->bdata, walk->pending_end, start, end);
#else
	(void)walk;
	(void)start;
	(void)end;
	return false;
#endif
}

/* The next range of the source, cut to the walk's limits; false at the end. */
static bool refill(struct free_range_walk *walk)
{
	pfn_t start, end;

	do {
		if (walk->from_bootmem ? !next_of_bootmem(walk, &start, &end)
				       : !next_of_memblock(walk, &start, &end))
			return false;
		walk->pending = max_of(start, walk->low);
		walk->pending_end = min_of(end, walk->high);
	} while (walk->pending >= walk->pending_end);
	return true;
}

bool free_range_next(struct free_range_walk *walk, pfn_t *start, pfn_t *end)
{
	unsigned long region_start, region_end;
	int nid;

	if (walk->pending >= walk->pending_end && !refill(walk))
		return false;
	nid = memblock_search_pfn_nid(walk->pending, &region_start, &region_end);
	walk->zone = zone_of_frame(walk->pending, nid);
	*start = walk->pending;
	*end = min_of(walk->pending_end, zone_end_pfn(walk->zone));
	walk->pending = *end;
	return true;
}
