/* SPDX-License-Identifier: MIT */
/*
 * memblock_limits.c - less memory than there is: trimming to alignment, mem=, and the end
 * of what allocations may return.
 *
 * Nothing here needs room in an array, so nothing here can fail.
 */
#include "mm/boot/memblock_internal.h"
#include "mm/lib/bitmap.h"

static void clip_to_alignment(struct memblock_region *r, const void *arg)
{
	phys_addr_t align = *(const phys_addr_t *)arg;
	phys_addr_t start = ALIGN_UP(r->base, align);
	phys_addr_t end = ALIGN_DOWN(memblock_region_end(r), align);

	/* start is below base if rounding up went over the top */
	r->size = start >= r->base && start < end ? end - start : 0;
	r->base = start;
}

void memblock_trim_memory(phys_addr_t align)
{
	if (WARN(!is_power_of_2(align), "memblock_trim_memory: 0x%llx is no power of two",
		 (unsigned long long)align))
		return;
	memblock_clip_regions(&memblock.memory, clip_to_alignment, &align);
}

/* Where the first `limit` bytes of RAM end; PHYS_ADDR_MAX if there are no more. */
static phys_addr_t end_of_first(phys_addr_t limit)
{
	const struct memblock_region *r;

	for_each_mem_region(r) {
		if (limit <= r->size)
			return r->base + limit;
		limit -= r->size;
	}
	return PHYS_ADDR_MAX;
}

void memblock_enforce_memory_limit(phys_addr_t limit)
{
	phys_addr_t end;

	if (!limit)
		return;
	end = end_of_first(limit);
	if (end == PHYS_ADDR_MAX)
		return;
	/* to the end of the address space: no hole inside a region, so no slot is needed */
	memblock_take_range(&memblock.memory, end, PHYS_ADDR_MAX);
	memblock_take_range(&memblock.reserved, end, PHYS_ADDR_MAX);
}

struct window {
	phys_addr_t base, end;
};

static void clip_to_window(struct memblock_region *r, const void *arg)
{
	const struct window *window = arg;
	phys_addr_t start = max_of(r->base, window->base);
	phys_addr_t end = min_of(memblock_region_end(r), window->end);

	if (memblock_is_nomap(r))
		return;
	r->base = start;
	r->size = start < end ? end - start : 0;
}

void memblock_cap_memory_range(phys_addr_t base, phys_addr_t size)
{
	struct window window = { base, memblock_range_end(base, size) };

	if (!size)
		return;
	if (!memblock.memory.total_size) {
		pr_warn("memblock_cap_memory_range: No memory registered yet");
		return;
	}
	memblock_clip_regions(&memblock.memory, clip_to_window, &window);
	memblock_take_range(&memblock.reserved, 0, window.base);
	memblock_take_range(&memblock.reserved, window.end, PHYS_ADDR_MAX);
}

void memblock_mem_limit_remove_map(phys_addr_t limit)
{
	phys_addr_t end;

	if (!limit)
		return;
	end = end_of_first(limit);
	if (end != PHYS_ADDR_MAX)
		memblock_cap_memory_range(0, end);
}

void memblock_allow_resize(void)
{
	memblock_state()->can_resize = true;
}

void memblock_set_current_limit(phys_addr_t limit)
{
	memblock.current_limit = limit;
}

phys_addr_t memblock_get_current_limit(void)
{
	return memblock.current_limit;
}

phys_addr_t memblock_mapped_end(void)
{
	phys_addr_t lowmem_end = this_quire()->geo.lowmem_end;

	if (!lowmem_end) /* nobody has said: all of it */
		return memblock.current_limit;
	return min_of(memblock.current_limit, lowmem_end);
}
