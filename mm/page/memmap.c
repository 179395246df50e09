/* SPDX-License-Identifier: MIT */
/*
 * memmap.c - mem_map, the array of page structures.
 *
 * Theory. mem_map is one array, indexed by frame number, from the first largest block
 * that RAM touches to the last. So a frame's structure is an addition away, and a
 * structure's frame a subtraction: no address is stored.
 *
 * Where the machine has a window of virtual addresses for it (map_window; Linux's
 * SPARSEMEM_VMEMMAP), only the parts that stand for RAM are backed, each from its own
 * node. Where it has none the array is one piece of the direct map (FLATMEM). The price
 * is the structures of holes between banks, which free_unused_memmap gives back, by whole
 * largest blocks:
 *
 *   RAM       [bank 0     ]. . . . . . . . . . . . .[bank 1          ]
 *   blocks    |   b   |   b   |   b   |   b   |   b   |   b   |   b   |
 *   mem_map   [=======|=======|                   |=======|=======|====]
 *                              given back to memblock: pfn_valid is false there
 *
 * What is kept for address space rather than for RAM, holes included: a byte of migrate
 * type a page block, and two bits a largest block.
 *
 * Writing the structures is what costs at boot: 1 GB of them on a 64 GB machine. Nobody
 * looks at the inside of a free block, only at its head. So a largest block (MAX_ORDER - 1)
 * that is wholly free at boot gets only its head written, and a bit in block_lazy. The
 * block is completed when it leaves the free list for the first time (memmap_complete,
 * from buddy.c: one test on the path of the highest order only). Merging never looks into
 * a lazy block: it looks at blocks below the highest order, inside the same largest block.
 */
#include <quire/bootmem.h>
#include <quire/memblock.h>

#include "mm/boot/boot_alloc.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/list.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"

/* ---- the array ---- */

/* Marks the largest blocks that hold RAM: those have page structures. */
static void mark_valid_blocks(void)
{
	struct page_state *ps = &this_quire()->page;
	unsigned long start, end;
	int i;

	for_each_mem_pfn_range(i, NUMA_NO_NODE, &start, &end, NULL) {
		unsigned long first = memmap_block(start), last = memmap_block(end - 1);

		bitmap_set(ps->block_valid, first, last - first + 1);
	}
}

/*
 * Frames whose structures fill whole pages and whole largest blocks: what can be backed
 * on its own in a window.
 */
static unsigned long window_granule(void)
{
	unsigned long granule = MAX_ORDER_NR_PAGES;

	while (granule * sizeof(struct page) % PAGE_SIZE)
		granule *= 2;
	return granule;
}

/* One piece of the direct map for all. */
static int alloc_flat(unsigned long pages)
{
	struct page_state *ps = &this_quire()->page;

	if (pages > SIZE_MAX / sizeof(struct page)) {
		pr_err("mem_map: page structures for %lu page frames exceed the address space", pages);
		return -ENOMEM;
	}
	ps->mem_map = boot_alloc_raw(pages * sizeof(struct page), PAGE_SIZE, NUMA_NO_NODE, "mem_map");
	return ps->mem_map ? 0 : -ENOMEM;
}

/* Backs the structures of frames [start, end) with memory of the node. */
static int back_window(const struct quire_machine *machine, pfn_t start, pfn_t end, int nid)
{
	uintptr_t virt = (uintptr_t)pfn_to_page(start);
	size_t size = (end - start) * sizeof(struct page);
	void *memory = boot_alloc_raw(size, PAGE_SIZE, nid, "mem_map");
	int err;

	if (!memory)
		return -ENOMEM;
	err = machine->map_window(machine->map_window_ctx, virt, virt_to_phys(memory), size);
	if (err)
		pr_err("mem_map: the window could not be mapped at 0x%llx (%d)", (unsigned long long)virt, err);
	return err;
}

/* The array in its window: only what stands for RAM is backed. */
static int alloc_in_window(const struct quire_machine *machine)
{
	struct page_state *ps = &this_quire()->page;
	unsigned long start, end, granule = window_granule(), backed = ps->memmap_base_pfn;
	int i, nid, err;

	ps->mem_map = (struct page *)(machine->memmap_window +
				      ps->memmap_base_pfn * sizeof(struct page));
	for_each_mem_pfn_range(i, NUMA_NO_NODE, &start, &end, &nid) {
		start = max_of(ALIGN_DOWN(start, granule), backed);
		end = ALIGN_UP(end, granule);
		if (start >= end)
			continue;
		err = back_window(machine, start, end, nid);
		if (err)
			return err;
		backed = end;
	}
	return 0;
}

int memmap_alloc(const struct quire_machine *machine)
{
	struct page_state *ps = &this_quire()->page;
	bool in_window = machine->map_window && !(machine->flags & MACHINE_AS_DUMPED);
	unsigned long granule = in_window ? window_granule() : MAX_ORDER_NR_PAGES;
	pfn_t base = ALIGN_DOWN(min_low_pfn, granule);
	pfn_t end = ALIGN_UP(max_pfn, granule);
	unsigned long pages = end - base;
	int err;
	size_t bitmap = BITS_TO_LONGS(pages >> (MAX_ORDER - 1)) * sizeof(long);
	size_t blocks = (pages + pageblock_nr_pages - 1) >> pageblock_order;

	ps->memmap_base_pfn = base;
	ps->memmap_end_pfn = end;
	ps->nr_blocks = pages >> (MAX_ORDER - 1);
	max_mapnr = max_pfn - min_low_pfn;
	ps->block_valid = boot_alloc(bitmap, sizeof(long), NUMA_NO_NODE, "page block map");
	ps->block_lazy = boot_alloc(bitmap, sizeof(long), NUMA_NO_NODE, "page block map");
	ps->pageblock_migratetype = boot_alloc(blocks, 64, NUMA_NO_NODE, "page block types");
	if (!ps->block_valid || !ps->block_lazy || !ps->pageblock_migratetype)
		return -ENOMEM;
	memset(ps->pageblock_migratetype, MIGRATE_MOVABLE, blocks);
	err = in_window ? alloc_in_window(machine) : alloc_flat(pages);
	if (err)
		return err;
	ps->memmap_is_flat = !in_window;
	mark_valid_blocks();
	pr_info("mem_map: %lu page structures of %zu bytes%s", pages, sizeof(struct page),
		in_window ? ", those of RAM backed" : "");
	return 0;
}

/* Gives the structures of frames [start, end) back, the pages that hold nothing else. */
static unsigned long free_memmap(pfn_t start, pfn_t end)
{
	/* By physical address: an embedder's direct map may be less aligned than its pages. */
	phys_addr_t base = virt_to_phys(pfn_to_page(start));
	pfn_t from = PFN_UP(base), to = PFN_DOWN(base + (end - start) * sizeof(struct page));

	if (from >= to)
		return 0;
#if CONFIG_BOOTMEM
	if (this_quire()->phase == PHASE_BOOTMEM) {
		free_bootmem(PFN_PHYS(from), PFN_PHYS(to - from));
		return PFN_PHYS(to - from);
	}
#endif
	if (memblock_phys_free(PFN_PHYS(from), PFN_PHYS(to - from)))
		return 0; /* its list of reservations is full: they stay reserved */
	return PFN_PHYS(to - from);
}

void free_unused_memmap(void)
{
	struct page_state *ps = &this_quire()->page;
	unsigned long bytes = 0;
	size_t hole = 0, next;

	if (!ps->memmap_is_flat || (this_quire()->boot.flags & MACHINE_AS_DUMPED))
		return; /* holes have no structures, or mem_map is outside of RAM */
	while ((hole = find_next_zero_bit(ps->block_valid, ps->nr_blocks, hole)) < ps->nr_blocks) {
		next = find_next_bit(ps->block_valid, ps->nr_blocks, hole);
		bytes += free_memmap(ps->memmap_base_pfn + (hole << (MAX_ORDER - 1)),
				     ps->memmap_base_pfn + (next << (MAX_ORDER - 1)));
		hole = next;
	}
	if (bytes)
		pr_info("free_unused_memmap: %luK of page structures of holes given back", bytes >> 10);
}

/* ---- the structures ---- */

static void init_page(struct page *page, const struct zone *zone, bool reserved)
{
	memset(page, 0, sizeof(*page));
	set_page_flags(page, (unsigned long)zone->zone_idx << ZONES_SHIFT |
				     (unsigned long)zone->node << NODES_SHIFT);
	page->_mapcount = -1;
	if (reserved) {
		SetPageReserved(page);
		set_page_count(page, 1);
	}
	INIT_LIST_HEAD(&page->lru);
}

void memmap_complete(struct page *head)
{
	struct page_state *ps = &this_quire()->page;
	pfn_t pfn = page_to_pfn(head);
	unsigned long block = memmap_block(pfn), i;
	const struct zone *zone = page_zone(head);

	if (!block_is_lazy(pfn))
		return;
	for (i = 1; i < MAX_ORDER_NR_PAGES; i++)
		init_page(head + i, zone, false);
	clear_bits(&ps->block_lazy[block / BITS_PER_LONG], 1UL << (block % BITS_PER_LONG));
}

/* Writes the heads of the largest blocks that lie in free ranges: those stay lazy. */
static void init_free_heads(bool highmem)
{
	struct page_state *ps = &this_quire()->page;
	struct free_range_walk walk;
	pfn_t start, end;

	free_range_start(&walk, highmem);
	while (free_range_next(&walk, &start, &end))
		for (start = ALIGN_UP(start, MAX_ORDER_NR_PAGES);
		     start + MAX_ORDER_NR_PAGES <= end; start += MAX_ORDER_NR_PAGES) {
			set_bit(memmap_block(start), ps->block_lazy);
			init_page(pfn_to_page(start), walk.zone, true);
		}
}

/* Writes the structures of [start, end) that are not in lazy blocks, all of one zone. */
static void init_range(pfn_t start, pfn_t end, const struct zone *zone)
{
	while (start < end) {
		pfn_t stop = min_of(end, ALIGN_DOWN(start, MAX_ORDER_NR_PAGES) + MAX_ORDER_NR_PAGES);

		if (!block_is_lazy(start))
			for (; start < stop; start++)
				init_page(pfn_to_page(start), zone, true);
		start = stop;
	}
}

/*
 * A hole's structures in valid blocks belong to the zone of the RAM before it, or of that
 * behind it in the block where that begins. (Whole blocks of a hole are valid if they were
 * RAM when mem_map was laid out, and the embedder took them away since.)
 */
static void init_hole(pfn_t start, pfn_t end, const struct zone *before, const struct zone *after)
{
	const struct page_state *ps = &this_quire()->page;

	while (start < end) {
		size_t block = find_next_bit(ps->block_valid, ps->nr_blocks, memmap_block(start));
		pfn_t first = ps->memmap_base_pfn + (block << (MAX_ORDER - 1));
		pfn_t next = first + MAX_ORDER_NR_PAGES;
		bool is_behinds = after && start <= first && next > end;

		if (first >= end)
			return;
		init_range(max_of(start, first), min_of(next, end), is_behinds || !before ? after : before);
		start = next;
	}
}

/* Writes one stretch of RAM of a node, zone by zone; returns the zone of its last frame. */
static struct zone *init_ram(pfn_t start, pfn_t end, int nid)
{
	struct zone *zone = NULL;

	while (start < end) {
		pfn_t stop;

		zone = zone_of_frame(start, nid);
		stop = min_of(end, zone_end_pfn(zone));
		init_range(start, stop, zone);
		start = stop;
	}
	return zone;
}

void memmap_init(void)
{
	const struct page_state *ps = &this_quire()->page;
	struct zone *before = NULL;
	unsigned long start, end, at = ps->memmap_base_pfn;
	int i, nid;

	init_free_heads(false);
	init_free_heads(true);
	for_each_mem_pfn_range(i, NUMA_NO_NODE, &start, &end, &nid) {
		if (at < start)
			init_hole(at, start, before, zone_of_frame(start, nid));
		before = init_ram(start, end, nid);
		at = end;
	}
	if (at < ps->memmap_end_pfn)
		init_hole(at, ps->memmap_end_pfn, before, NULL);
	pr_info("memmap_init: %lu of %lu blocks of %lu pages left for their first use",
		(unsigned long)bitmap_weight(ps->block_lazy, ps->nr_blocks), ps->nr_blocks,
		MAX_ORDER_NR_PAGES);
}
