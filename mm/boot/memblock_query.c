/* SPDX-License-Identifier: MIT */
/*
 * memblock_query.c - questions about addresses, ranges, sizes and nodes.
 */
#include "mm/boot/memblock_internal.h"

/* ---- sizes ---- */

static phys_addr_t total_size(const struct memblock_type *type)
{
	unsigned long irq = memblock_lock();
	phys_addr_t size = type->total_size;

	memblock_unlock(irq);
	return size;
}

phys_addr_t memblock_phys_mem_size(void)
{
	return total_size(&memblock.memory);
}

phys_addr_t memblock_reserved_size(void)
{
	return total_size(&memblock.reserved);
}

unsigned long memblock_estimated_nr_free_pages(void)
{
	return PFN_DOWN(memblock_phys_mem_size() - memblock_reserved_size());
}

phys_addr_t memblock_start_of_DRAM(void)
{
	unsigned long irq = memblock_lock();
	phys_addr_t start = memblock.memory.regions[0].base;

	memblock_unlock(irq);
	return start;
}

phys_addr_t memblock_end_of_DRAM(void)
{
	unsigned long irq = memblock_lock();
	phys_addr_t end = memblock_region_end(&memblock.memory.regions[memblock.memory.cnt - 1]);

	memblock_unlock(irq);
	return end;
}

/* ---- addresses and ranges ---- */

/* The region that addr lies in; false: none. */
static bool find_region(const struct memblock_type *type, phys_addr_t addr, struct memblock_region *found)
{
	unsigned long irq = memblock_lock();
	long i = memblock_search(type, addr);

	if (i >= 0)
		*found = type->regions[i];
	memblock_unlock(irq);
	return i >= 0;
}

bool memblock_is_memory(phys_addr_t addr)
{
	struct memblock_region r;

	return find_region(&memblock.memory, addr, &r);
}

bool memblock_is_map_memory(phys_addr_t addr)
{
	struct memblock_region r;

	return find_region(&memblock.memory, addr, &r) && !memblock_is_nomap(&r);
}

bool memblock_is_reserved(phys_addr_t addr)
{
	struct memblock_region r;

	return find_region(&memblock.reserved, addr, &r);
}

bool memblock_is_region_memory(phys_addr_t base, phys_addr_t size)
{
	struct memblock_region r;

	return find_region(&memblock.memory, base, &r) &&
	       memblock_region_end(&r) >= memblock_range_end(base, size);
}

bool memblock_is_region_reserved(phys_addr_t base, phys_addr_t size)
{
	return memblock_overlaps_region(&memblock.reserved, base, size);
}

bool memblock_overlaps_region(struct memblock_type *type, phys_addr_t base, phys_addr_t size)
{
	unsigned long irq = memblock_lock(), i = memblock_first_above(type, base);
	bool overlaps = i < memblock_nr_regions(type) &&
			type->regions[i].base < memblock_range_end(base, size);

	memblock_unlock(irq);
	return overlaps;
}

unsigned long memblock_addrs_overlap(phys_addr_t base1, phys_addr_t size1, phys_addr_t base2,
				     phys_addr_t size2)
{
	return base1 < base2 + size2 && base2 < base1 + size1;
}

int memblock_search_pfn_nid(unsigned long pfn, unsigned long *start_pfn, unsigned long *end_pfn)
{
	struct memblock_region r;

	if (!find_region(&memblock.memory, PFN_PHYS(pfn), &r))
		return NUMA_NO_NODE;
	*start_pfn = PFN_DOWN(r.base);
	*end_pfn = PFN_DOWN(memblock_region_end(&r));
	return r.nid;
}

bool memblock_validate_numa_coverage(unsigned long threshold_bytes)
{
	unsigned long start, end, pages = 0;
	int i, nid;

	for_each_mem_pfn_range(i, NUMA_NO_NODE, &start, &end, &nid)
		if (nid == NUMA_NO_NODE)
			pages += end - start;
	if (PFN_PHYS(pages) <= threshold_bytes)
		return true;
	pr_err("NUMA: no nodes coverage for %lluMB of %lluMB RAM",
	       (unsigned long long)PFN_PHYS(pages) >> 20,
	       (unsigned long long)memblock_phys_mem_size() >> 20);
	return false;
}
