/* SPDX-License-Identifier: MIT */
/*
 * memmap_window.c - a window of address space for mem_map, as a 64-bit kernel has one
 * (Linux's vmemmap): the library backs the parts that stand for RAM with RAM of the
 * machine, so banks may lie terabytes apart.
 *
 * The memory behind it is the memfd's, so a page structure is seen at two addresses: in
 * the window, where the library uses it, and in the direct map. 32-bit machines have no
 * such window, here as there.
 */
#include "port/host/internal.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* The library asks for RAM alone. */
static int map_ram(void *ctx, uintptr_t virt, phys_addr_t phys, size_t size)
{
	return host_show(ctx, virt, phys, size, PROT_READ | PROT_WRITE);
}

/* What stood for page structures is nothing again. */
static void unmap_ram(void *ctx, uintptr_t virt, size_t size)
{
	(void)ctx;
	mmap((void *)virt, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

static bool wants_window(const struct quire_machine *desc)
{
	unsigned int shift = desc->page_shift ? desc->page_shift : CONFIG_PAGE_SHIFT;

	return sizeof(void *) == 8 && !desc->map_window && !(desc->zones >> ZONE_HIGHMEM & 1) &&
	       !(desc->flags & MACHINE_AS_DUMPED) && 1ULL << shift >= host_page_size();
}

int host_plan_memmap(struct host_machine *hm, char *err, size_t size)
{
	struct quire_machine *desc = &hm->desc;
	unsigned int shift = desc->page_shift ? desc->page_shift : CONFIG_PAGE_SHIFT;
	unsigned int order = desc->max_order ? desc->max_order : CONFIG_MAX_ORDER;
	/* The library rounds to largest blocks, and those to whole pages of structures. */
	u64 block = desc->nr_hotplug ? desc->memory_block_size ? desc->memory_block_size : 128ULL << 20 : 0;
	u64 slack = (1ULL << order) + (2ULL << shift) + (block >> shift);
	u64 first = hm->first_phys >> shift, last = (hm->last_phys >> shift) + slack;

	if (!wants_window(desc))
		return 0;
	first = first > slack ? first - slack : 0;
	first &= ~((u64)host_page_size() - 1); /* so many structures fill whole pages */
	hm->memmap_size = (size_t)((last - first) * MEMMAP_BYTES_PER_FRAME + (4ULL << shift));
	hm->memmap_size = (hm->memmap_size + host_page_size() - 1) & ~(host_page_size() - 1);
	hm->memmap = host_reserve(0, hm->memmap_size);
	if (hm->memmap == MAP_FAILED)
		return host_fail(err, size, "no address space for the page structures: %s",
				 strerror(errno));
	desc->map_window = map_ram;
	desc->unmap_window = unmap_ram;
	desc->map_window_ctx = hm;
	desc->memmap_window = (uintptr_t)hm->memmap - (uintptr_t)(first * sizeof(struct page));
	return 0;
}
