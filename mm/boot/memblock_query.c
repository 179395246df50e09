/* SPDX-License-Identifier: MIT */
/*
 * memblock_query.c - questions about addresses, ranges, sizes and nodes.
 */
#include "mm/boot/memblock_internal.h"

phys_addr_t memblock_phys_mem_size(void)
{
	return memblock.memory.total_size;
}

phys_addr_t memblock_reserved_size(void)
{
	return memblock.reserved.total_size;
}

unsigned long memblock_estimated_nr_free_pages(void)
{
	return PFN_DOWN(memblock_phys_mem_size() - memblock_reserved_size());
}

phys_addr_t memblock_start_of_DRAM(void)
{
	return memblock.memory.regions[0].base;
}

phys_addr_t memblock_end_of_DRAM(void)
{
	return memblock_region_end(&memblock.memory.regions[memblock.memory.cnt - 1]);
}

bool memblock_is_memory(phys_addr_t addr)
{
	return memblock_search(&memblock.memory, addr) >= 0;
}

bool memblock_is_map_memory(phys_addr_t addr)
{
	long i = memblock_search(&memblock.memory, addr);

	return i >= 0 && !memblock_is_nomap(&memblock.memory.regions[i]);
}

bool memblock_is_reserved(phys_addr_t addr)
{
	return memblock_search(&memblock.reserved, addr) >= 0;
}

bool memblock_is_region_memory(phys_addr_t base, phys_addr_t size)
{
	long i = memblock_search(&memblock.memory, base);

	return i >= 0 &&
	       memblock_region_end(&memblock.memory.regions[i]) >= memblock_range_end(base, size);
}

bool memblock_is_region_reserved(phys_addr_t base, phys_addr_t size)
{
	return memblock_overlaps_region(&memblock.reserved, base, size);
}

bool memblock_overlaps_region(struct memblock_type *type, phys_addr_t base, phys_addr_t size)
{
	unsigned long i = memblock_first_above(type, base);

	return i < memblock_nr_regions(type) &&
	       type->regions[i].base < memblock_range_end(base, size);
}

unsigned long memblock_addrs_overlap(phys_addr_t base1, phys_addr_t size1, phys_addr_t base2,
				     phys_addr_t size2)
{
	return base1 < base2 + size2 && base2 < base1 + size1;
}

int memblock_search_pfn_nid(unsigned long pfn, unsigned long *start_pfn, unsigned long *end_pfn)
{
	const struct memblock_region *r;
	long i = memblock_search(&memblock.memory, PFN_PHYS(pfn));

	if (i < 0)
		return NUMA_NO_NODE;
	r = &memblock.memory.regions[i];
	*start_pfn = PFN_DOWN(r->base);
	*end_pfn = PFN_DOWN(memblock_region_end(r));
	return r->nid;
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
