/* SPDX-License-Identifier: MIT */
/*
 * memblock_iter.c - the walks over regions, and over what one type has and another lacks.
 *
 * The free ranges are found by walking two sorted arrays side by side: the regions of
 * type_a, and the gaps of type_b. Type_b with n regions has n + 1 gaps, before, between
 * and behind them:
 *
 *	type_a     [===== 0 =====]   [=== 1 ===]        regions
 *	type_b  0     [##]      1  [###]    2           gaps
 *	result     [=]    [======]      [======]
 *
 * Where a region and a gap overlap is a result; then the one that ends first is done
 * with. Both positions fit the loop variable: region in its low half, gap in its high half.
 */
#include "mm/boot/memblock_internal.h"
#include "mm/lib/bitmap.h"

struct range {
	phys_addr_t start, end;
};

static u64 idx_of(unsigned long region, unsigned long gap)
{
	return (u64)gap << 32 | (u32)region;
}

/* Is region r of `type` none that the caller asked for? Filters are for memory alone. */
static bool is_skipped(const struct memblock_type *type, struct memblock_region *r, int nid,
		       unsigned int flags)
{
	if (type != &memblock.memory)
		return false;
	if (nid != NUMA_NO_NODE && nid != r->nid)
		return true;
	if (memblock_is_hotpluggable(r) && memblock_state()->movable_node &&
	    !(flags & MEMBLOCK_HOTPLUG))
		return true;
	if ((flags & MEMBLOCK_MIRROR) && !memblock_is_mirror(r))
		return true;
	if (memblock_is_nomap(r) && !(flags & MEMBLOCK_NOMAP))
		return true;
	return memblock_is_driver_managed(r) && !(flags & MEMBLOCK_DRIVER_MANAGED);
}

static unsigned long nr_gaps(const struct memblock_type *type)
{
	return type ? memblock_nr_regions(type) + 1 : 1;
}

/* Gap i of the type. Without a type there is one gap, and it is everything. */
static struct range gap_at(const struct memblock_type *type, unsigned long i)
{
	struct range gap = { 0, PHYS_ADDR_MAX };

	if (type && i > 0)
		gap.start = memblock_region_end(&type->regions[i - 1]);
	if (type && i < memblock_nr_regions(type))
		gap.end = type->regions[i].base;
	return gap;
}

static struct range overlap_of(const struct memblock_region *r, struct range gap)
{
	struct range overlap = {
		max_of(r->base, gap.start),
		min_of(memblock_region_end(r), gap.end),
	};

	return overlap;
}

static void put_out(struct range range, int nid, phys_addr_t *out_start, phys_addr_t *out_end,
		    int *out_nid)
{
	if (out_start)
		*out_start = range.start;
	if (out_end)
		*out_end = range.end;
	if (out_nid)
		*out_nid = nid;
}

static void next_range(u64 *idx, int nid, enum memblock_flags flags, const struct memblock_type *type_a,
		       const struct memblock_type *type_b, phys_addr_t *out_start, phys_addr_t *out_end,
		       int *out_nid)
{
	unsigned long region = (u32)*idx, gap = (unsigned long)(*idx >> 32);

	nid = memblock_known_nid(nid);
	while (region < memblock_nr_regions(type_a) && gap < nr_gaps(type_b)) {
		struct memblock_region *r = &type_a->regions[region];
		struct range hole = gap_at(type_b, gap), overlap = overlap_of(r, hole);

		if (is_skipped(type_a, r, nid, flags)) {
			region++;
			continue;
		}
		if (memblock_region_end(r) <= hole.end)
			region++;
		else
			gap++;
		if (overlap.start < overlap.end) {
			put_out(overlap, r->nid, out_start, out_end, out_nid);
			*idx = idx_of(region, gap);
			return;
		}
	}
	*idx = MEMBLOCK_IDX_END;
}

void __next_mem_range(u64 *idx, int nid, enum memblock_flags flags, struct memblock_type *type_a,
		      struct memblock_type *type_b, phys_addr_t *out_start, phys_addr_t *out_end,
		      int *out_nid)
{
	unsigned long irq = memblock_lock();

	next_range(idx, nid, flags, type_a, type_b, out_start, out_end, out_nid);
	memblock_unlock(irq);
}

/*
 * The positions count what is still ahead: n stands for index n - 1, and 0 is the end. There may be less
 * than there was at the last step.
 */
static void next_range_rev(u64 *idx, int nid, enum memblock_flags flags, const struct memblock_type *type_a,
			   const struct memblock_type *type_b, phys_addr_t *out_start, phys_addr_t *out_end,
			   int *out_nid)
{
	unsigned long region = min_of((unsigned long)(u32)*idx, memblock_nr_regions(type_a));
	unsigned long gap = min_of((unsigned long)(*idx >> 32), nr_gaps(type_b));

	nid = memblock_known_nid(nid);
	while (region > 0 && gap > 0) {
		struct memblock_region *r = &type_a->regions[region - 1];
		struct range hole = gap_at(type_b, gap - 1), overlap = overlap_of(r, hole);

		if (is_skipped(type_a, r, nid, flags)) {
			region--;
			continue;
		}
		if (r->base >= hole.start)
			region--;
		else
			gap--;
		if (overlap.start < overlap.end) {
			put_out(overlap, r->nid, out_start, out_end, out_nid);
			*idx = idx_of(region, gap);
			return;
		}
	}
	*idx = MEMBLOCK_IDX_END;
}

void __next_mem_range_rev(u64 *idx, int nid, enum memblock_flags flags,
			  struct memblock_type *type_a, struct memblock_type *type_b,
			  phys_addr_t *out_start, phys_addr_t *out_end, int *out_nid)
{
	unsigned long irq = memblock_lock();

	next_range_rev(idx, nid, flags, type_a, type_b, out_start, out_end, out_nid);
	memblock_unlock(irq);
}

void __next_physmem_range(u64 *idx, struct memblock_type *type, phys_addr_t *out_start,
			  phys_addr_t *out_end)
{
	__next_mem_range(idx, NUMA_NO_NODE, MEMBLOCK_NONE, memblock_physmem(), type, out_start,
			 out_end, NULL);
}

static void next_pfn_range(int *idx, int nid, unsigned long *out_start_pfn, unsigned long *out_end_pfn,
			   int *out_nid)
{
	const struct memblock_type *type = &memblock.memory;

	nid = memblock_known_nid(nid);
	for (++*idx; (unsigned long)*idx < memblock_nr_regions(type); ++*idx) {
		const struct memblock_region *r = &type->regions[*idx];
		unsigned long start = memblock_region_memory_base_pfn(r);
		unsigned long end = memblock_region_memory_end_pfn(r);

		if (start >= end || (nid != NUMA_NO_NODE && nid != r->nid))
			continue;
		if (out_start_pfn)
			*out_start_pfn = start;
		if (out_end_pfn)
			*out_end_pfn = end;
		if (out_nid)
			*out_nid = r->nid;
		return;
	}
	*idx = -1;
}

void __next_mem_pfn_range(int *idx, int nid, unsigned long *out_start_pfn,
			  unsigned long *out_end_pfn, int *out_nid)
{
	unsigned long irq = memblock_lock();

	next_pfn_range(idx, nid, out_start_pfn, out_end_pfn, out_nid);
	memblock_unlock(irq);
}

void memblock_next_free_pfn_range(u64 *idx, int nid, unsigned long start_pfn, unsigned long end_pfn,
				  unsigned long *out_spfn, unsigned long *out_epfn)
{
	phys_addr_t base, limit;

	for (;;) {
		unsigned long start = ~0UL, end = 0;

		__next_mem_range(idx, nid, MEMBLOCK_NONE, &memblock.memory, &memblock.reserved,
				 &base, &limit, NULL);
		if (*idx != MEMBLOCK_IDX_END) {
			start = max_of(PFN_UP(base), start_pfn);
			end = min_of(PFN_DOWN(limit), end_pfn);
			if (start >= end)
				continue;
		}
		if (out_spfn)
			*out_spfn = start;
		if (out_epfn)
			*out_epfn = end;
		return;
	}
}
