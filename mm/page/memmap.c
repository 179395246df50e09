/* SPDX-License-Identifier: MIT */
/*
 * memmap.c - mem_map, the array of page structures, and the arrays beside it.
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
 * What is kept for address space rather than for RAM, holes included: a bit a largest
 * block, and without a window two bytes a leaf (512 frames).
 *
 * Where memory may come later (hotplug_room.c), the arrays have their room from the beginning.
 * In a window it is backed when a memory block comes; but a part whose share of a block is not
 * whole pages is backed at once, and so is all of it without a window.
 *
 * Writing the structures is what costs at boot: 1 GB of them on a 64 GB machine. Nobody
 * looks at the structures of free frames. So those of a leaf that is wholly free at boot
 * are not written, which leaf_kind says (LEAF_IS_LAZY), until the leaf leaves the zone's
 * whole blocks for the first time (memmap_complete).
 */
#include <quire/bootmem.h>
#include <quire/memblock.h>

#include "mm/boot/boot_alloc.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/list.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/page/page_annotate.h"

/* ---- the array ---- */

/* Marks the largest blocks that hold RAM: those have page structures. */
static void mark_valid_blocks(void)
{
	struct page_state *ps = &this_quire()->page;
	unsigned long start, end, pfn;
	int i;

	for_each_mem_pfn_range(i, NUMA_NO_NODE, &start, &end, NULL) {
		unsigned long first = memmap_block(start), last = memmap_block(end - 1);

		bitmap_set(ps->block_valid, first, last - first + 1);
		for (pfn = ALIGN_DOWN(start, MAX_ORDER_NR_PAGES); pfn < ALIGN_UP(end, MAX_ORDER_NR_PAGES);
		     pfn += LEAF_NR_PAGES)
			change_leaf_kind(pfn, LEAF_TYPE_MASK, MIGRATE_MOVABLE);
	}
}

/* The leaves that the frames [start, end), all of one zone, lie in. */
static void number_leaves(const struct zone *zone, pfn_t start, pfn_t end)
{
	unsigned int number = zone->number << LEAF_ZONE_SHIFT;
	pfn_t pfn;

	for (pfn = ALIGN_DOWN(start, LEAF_NR_PAGES); pfn < end; pfn += LEAF_NR_PAGES) {
		unsigned int before = leaf_kind(pfn) & LEAF_ZONE_MASK;

		change_leaf_kind(pfn, LEAF_ZONE_MASK, !before || before == number ? number : LEAF_OF_ZONES);
	}
}

/* Which zone each leaf is in, for those who free a page and do not look at its structure. */
static void find_leaf_zones(void)
{
	unsigned long start, end;
	struct zone *zone;
	int i, nid;

	for_each_mem_pfn_range(i, NUMA_NO_NODE, &start, &end, &nid)
		for (; start < end; start = min_of(end, zone_end_pfn(zone))) {
			zone = zone_of_frame(start, nid);
			number_leaves(zone, start, min_of(end, zone_end_pfn(zone)));
		}
}

/* One of the arrays: from memmap_base_pfn on, `stride` bytes for each 1 << order frames. */
struct memmap_part {
	void **array;
	size_t stride;
	unsigned int order;
	int fill; /* a byte; NOT_FILLED: what is in memory */
	const char *name;
};
#define NOT_FILLED (-1)

#define MEMMAP_PARTS (3 + CONFIG_PAGE_EXT)
/* Is what the part has of a memory block whole pages, so that it can come and go with it? */
static bool comes_with_blocks(const struct memmap_part *part)
{
	const struct page_state *ps = &this_quire()->page;

	return !ps->memmap_is_flat && !((hotplug_block_pages() >> part->order) * part->stride % PAGE_SIZE);
}

static void get_parts(struct memmap_part *parts)
{
	struct page_state *ps = &this_quire()->page;

	parts[0] = (struct memmap_part){ (void **)&ps->mem_map, sizeof(struct page), 0, NOT_FILLED, "mem_map" };
	parts[1] = (struct memmap_part){ (void **)&ps->frame_state, 1, 0, 0, "frame states" };
#if CONFIG_PAGE_EXT
	parts[2] = (struct memmap_part){ (void **)&ps->page_ext, sizeof(struct page_ext), 0, NOT_FILLED,
					 "page_ext" };
#endif
	/* The last: free_unused_memmap. */
	parts[MEMMAP_PARTS - 1] = (struct memmap_part){ (void **)&ps->leaf_kind, sizeof(u16), LEAF_ORDER, 0, "leaf types" };
}

/* Where the part has what it says of a frame, and of all frames before it: bytes. */
static size_t part_offset(const struct memmap_part *part, pfn_t pfn)
{
	return ((pfn - this_quire()->page.memmap_base_pfn) >> part->order) * part->stride;
}

static void fill_part(const struct memmap_part *part, void *start, size_t size)
{
	if (part->fill != NOT_FILLED)
		memset(start, part->fill, size);
}

/* One piece of the direct map. */
static int alloc_flat(const struct memmap_part *part)
{
	const struct page_state *ps = &this_quire()->page;
	size_t size;

	if (ps->nr_frames > SIZE_MAX / part->stride) {
		pr_err("mem_map: page structures for %lu page frames exceed the address space", ps->nr_frames);
		return -ENOMEM;
	}
	size = part_offset(part, ps->memmap_end_pfn);
	*part->array = boot_alloc_raw(size, PAGE_SIZE, NUMA_NO_NODE, part->name);
	if (!*part->array)
		return -ENOMEM;
	fill_part(part, *part->array, size);
	return 0;
}

/* Backs bytes [start, end) of a part's window with memory of the node. */
static int back_window(const struct quire_machine *machine, const struct memmap_part *part, size_t start,
		       size_t end, int nid)
{
	uintptr_t virt = (uintptr_t)*part->array + start;
	void *memory = boot_alloc_raw(end - start, PAGE_SIZE, nid, part->name);
	int err;

	if (!memory)
		return -ENOMEM;
	err = machine->map_window(machine->map_window_ctx, virt, virt_to_phys(memory), end - start);
	if (err)
		pr_err("%s: the window could not be mapped at 0x%llx (%d)", part->name, (unsigned long long)virt,
		       err);
	else
		fill_part(part, (void *)virt, end - start);
	return err;
}

/* In a window: only what stands for RAM, and for the rest of its largest blocks, is backed. */
static int alloc_in_window(const struct quire_machine *machine, const struct memmap_part *part)
{
	struct room_walk walk = { .nid = NUMA_NO_NODE };
	unsigned long start, end;
	size_t backed = 0;
	int nid, err;

	while (room_next(&walk, &start, &end, &nid)) {
		size_t from = part_offset(part, ALIGN_DOWN(start, MAX_ORDER_NR_PAGES));
		size_t to = part_offset(part, ALIGN_UP(end, MAX_ORDER_NR_PAGES));

		from = max_of(ALIGN_DOWN(from, PAGE_SIZE), backed);
		to = ALIGN_UP(to, PAGE_SIZE);
		if (from >= to || (comes_with_blocks(part) && hotplug_range_of(start, end)))
			continue;
		err = back_window(machine, part, from, to, nid);
		if (err)
			return err;
		backed = to;
	}
	return 0;
}

/* The parts stand one behind the other in the window, each from a page boundary on. */
static int alloc_windows(const struct quire_machine *machine, const struct memmap_part *parts)
{
	const struct page_state *ps = &this_quire()->page;
	uintptr_t at = machine->memmap_window + ps->memmap_base_pfn * sizeof(struct page);
	unsigned int i;
	int err = 0;

	for (i = 0; i < MEMMAP_PARTS && !err; i++) {
		*parts[i].array = (void *)at;
		err = alloc_in_window(machine, &parts[i]);
		at += ALIGN_UP(part_offset(&parts[i], ps->memmap_end_pfn), PAGE_SIZE);
	}
	return err;
}

/* Frames whose structures begin at a page boundary. */
static unsigned long window_granule(void)
{
	unsigned long granule = MAX_ORDER_NR_PAGES;

	while (granule * sizeof(struct page) % PAGE_SIZE)
		granule *= 2;
	return granule;
}

static int alloc_parts(const struct quire_machine *machine, bool in_window)
{
	struct memmap_part parts[MEMMAP_PARTS];
	unsigned int i;
	int err = 0;

	get_parts(parts);
	if (in_window)
		return alloc_windows(machine, parts);
	for (i = 0; i < MEMMAP_PARTS && !err; i++)
		err = alloc_flat(&parts[i]);
	return err;
}

int memmap_alloc(const struct quire_machine *machine)
{
	struct page_state *ps = &this_quire()->page;
	bool in_window = machine->map_window && !(machine->flags & MACHINE_AS_DUMPED);
	unsigned long granule = in_window ? window_granule() : MAX_ORDER_NR_PAGES;
	unsigned long first = min_low_pfn;
	int err;

	ps->memmap_is_flat = !in_window;
	if (ps->hotplug.nr_ranges) {
		granule = max_of(granule, (unsigned long)hotplug_block_pages());
		first = min_of(first, (unsigned long)ps->hotplug.start_pfn);
	}
	ps->memmap_base_pfn = ALIGN_DOWN(first, granule);
	ps->memmap_end_pfn = ALIGN_UP(max_of(max_pfn, ps->hotplug.end_pfn), granule);
	ps->nr_frames = ps->memmap_end_pfn - ps->memmap_base_pfn;
	ps->nr_blocks = ps->nr_frames >> (MAX_ORDER - 1);
	max_mapnr = max_pfn - min_low_pfn;
	ps->block_valid = boot_alloc(BITS_TO_LONGS(ps->nr_blocks) * sizeof(long), sizeof(long), NUMA_NO_NODE,
				     "page block map");
	err = ps->block_valid ? alloc_parts(machine, in_window) : -ENOMEM;
	if (err)
		return err;
	ps->nr_kind_frames = in_window ? 0 : ps->nr_frames;
	mark_valid_blocks();
	find_leaf_zones();
	pr_info("mem_map: %lu page structures of %zu bytes%s", ps->nr_frames, sizeof(struct page),
		in_window ? ", those of RAM backed" : "");
	return 0;
}

/* Gives what an array has for frames [start, end) back, the pages that hold nothing else. */
static unsigned long free_memmap(const struct memmap_part *part, pfn_t start, pfn_t end)
{
	/* By physical address: an embedder's direct map may be less aligned than its pages. */
	phys_addr_t array = virt_to_phys(*part->array);
	pfn_t from = PFN_UP(array + part_offset(part, start)), to = PFN_DOWN(array + part_offset(part, end));

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

/* Where memory may come, structures are not of a hole. */
static void keep_room(bool keep)
{
	const struct page_state *ps = &this_quire()->page;
	const struct hotplug_state *hp = &ps->hotplug;
	size_t i;

	for (i = 0; i < hp->nr_ranges; i++) {
		unsigned long first = memmap_block(PFN_DOWN(hp->ranges[i].base));
		unsigned long blocks = PFN_DOWN(hp->ranges[i].size) >> (MAX_ORDER - 1);

		if (keep)
			bitmap_set(ps->block_valid, first, blocks);
		else
			bitmap_clear(ps->block_valid, first, blocks);
	}
}

void free_unused_memmap(void)
{
	struct page_state *ps = &this_quire()->page;
	struct memmap_part parts[MEMMAP_PARTS];
	unsigned long bytes = 0;
	size_t hole = 0, next;
	unsigned int i;

	if (!ps->memmap_is_flat || (this_quire()->boot.flags & MACHINE_AS_DUMPED))
		return; /* holes have no structures, or mem_map is outside of RAM */
	get_parts(parts);
	keep_room(true);
	while ((hole = find_next_zero_bit(ps->block_valid, ps->nr_blocks, hole)) < ps->nr_blocks) {
		next = find_next_bit(ps->block_valid, ps->nr_blocks, hole);
		/* The last stays: frees look there whether there is a page at all. */
		for (i = 0; i < MEMMAP_PARTS - 1; i++)
			bytes += free_memmap(&parts[i], ps->memmap_base_pfn + (hole << (MAX_ORDER - 1)),
					     ps->memmap_base_pfn + (next << (MAX_ORDER - 1)));
		hole = next;
	}
	keep_room(false);
	if (bytes)
		pr_info("free_unused_memmap: %luK of page structures of holes given back", bytes >> 10);
}

/* ---- the structures ---- */

static void init_page(struct page *page, const struct zone *zone, bool reserved)
{
	memset(page, 0, sizeof(*page));
	page->_mapcount = -1;
	store_relaxed(page->flags, (unsigned long)zone->zone_idx << ZONES_SHIFT |
					   (unsigned long)zone->node << NODES_SHIFT |
					   (unsigned long)reserved << PG_reserved);
	store_relaxed(*frame_state(page), (u8)(reserved ? PAGE_RESERVED : 0));
}

/* In a leaf that nobody has touched no structure says so, but the leaf does: it is of one zone. */
struct zone *zone_of_valid_frame(pfn_t pfn)
{
	struct page *page = pfn_to_online_page(pfn);
	struct zone *zone;

	if (page)
		return page_zone(page);
	for_each_populated_zone(zone)
		if ((leaf_kind(pfn) & LEAF_ZONE_MASK) == zone->number << LEAF_ZONE_SHIFT)
			return zone;
	return NULL;
}

void memmap_complete(struct zone *zone, u32 leaf, unsigned int order)
{
	u32 end = leaf + (1U << (order - LEAF_ORDER));

	for (; leaf < end; leaf++) {
		pfn_t pfn = leaf_pfn(zone, leaf), i;

		if (!(leaf_kind(pfn) & LEAF_IS_LAZY))
			continue;
		for (i = 0; i < LEAF_NR_PAGES; i++)
			init_page(pfn_to_page(pfn + i), zone, false);
		annotate_frames_free(pfn, LEAF_NR_PAGES);
		change_leaf_kind(pfn, LEAF_IS_LAZY, 0);
	}
}

/* Leaves that lie in free ranges are not written. */
static unsigned long mark_lazy_leaves(bool highmem)
{
	struct free_range_walk walk;
	unsigned long marked = 0;
	pfn_t start, end;

	free_range_start(&walk, highmem);
	while (free_range_next(&walk, &start, &end))
		for (start = ALIGN_UP(start, LEAF_NR_PAGES); start + LEAF_NR_PAGES <= end;
		     start += LEAF_NR_PAGES, marked++)
			change_leaf_kind(start, LEAF_IS_LAZY, LEAF_IS_LAZY);
	return marked;
}

/* Writes the structures of [start, end) that are not in lazy leaves, all of one zone. */
static void init_range(pfn_t start, pfn_t end, const struct zone *zone)
{
	while (start < end) {
		pfn_t stop = min_of(end, ALIGN_DOWN(start, LEAF_NR_PAGES) + LEAF_NR_PAGES);

		if (!(leaf_kind(start) & LEAF_IS_LAZY))
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
	unsigned long start, end, at = ps->memmap_base_pfn, lazy;
	int i, nid;

	lazy = mark_lazy_leaves(false);
	lazy += mark_lazy_leaves(true);
	for_each_mem_pfn_range(i, NUMA_NO_NODE, &start, &end, &nid) {
		if (at < start)
			init_hole(at, start, before, zone_of_frame(start, nid));
		before = init_ram(start, end, nid);
		at = end;
	}
	if (at < ps->memmap_end_pfn)
		init_hole(at, ps->memmap_end_pfn, before, NULL);
	pr_info("memmap_init: %lu of %lu leaves of %lu pages left for their first use", lazy,
		(ps->memmap_end_pfn - ps->memmap_base_pfn) >> LEAF_ORDER, LEAF_NR_PAGES);
}

/* ---- memory that comes and goes: [start, end) is one memory block ---- */

/* Where the part has what it says of the block: in the window. */
static uintptr_t part_address(const struct memmap_part *part, pfn_t pfn)
{
	return (uintptr_t)*part->array + part_offset(part, pfn);
}

static size_t part_size(const struct memmap_part *part, pfn_t start, pfn_t end)
{
	return part_offset(part, end) - part_offset(part, start);
}

unsigned long memmap_pages_of_block(void)
{
	struct memmap_part parts[MEMMAP_PARTS];
	unsigned long pages = 0;
	unsigned int i;

	get_parts(parts);
	for (i = 0; i < MEMMAP_PARTS; i++)
		if (comes_with_blocks(&parts[i]))
			pages += PFN_DOWN((hotplug_block_pages() >> parts[i].order) * parts[i].stride);
	return pages;
}

/*
 * A block of pages, `left` at most, for structures of the memory block; NULL: there is none. They
 * are a chain by lru.next: a list would need two words of each memory block.
 */
static struct page *alloc_chunk(struct memory_block *block, unsigned long left, unsigned int *order)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY;
	struct page *page = NULL;
	*order = min_of(fls_long(left) - 1, MAX_ORDER - 1);
	for (;; (*order)--) {
		page = alloc_pages_node(block->nid, gfp, *order);
		if (page || !*order)
			break;
	}
	if (!page)
		return NULL;
	page->lru.next = (struct list_head *)(void *)block->map_chunks;
	block->map_chunks = page;
	return page;
}

static void free_chunks(struct memory_block *block)
{
	while (block->map_chunks) {
		struct page *page = block->map_chunks;

		block->map_chunks = (struct page *)(void *)page->lru.next;
		__free_pages(page, page_alloc_order(page));
	}
}

static int map_piece(uintptr_t virt, pfn_t pfn, unsigned long pages)
{
	const struct hotplug_state *hp = &this_quire()->page.hotplug;

	return hp->map_window(hp->map_window_ctx, virt, PFN_PHYS(pfn), pages << PAGE_SHIFT);
}

/* Makes the window show, from `virt` on, so many pages that are taken for it one after the other. */
static int map_chunks(struct memory_block *block, uintptr_t virt, unsigned long pages)
{
	while (pages) {
		unsigned int order;
		struct page *page = alloc_chunk(block, pages, &order);
		int err = page ? map_piece(virt, page_to_pfn(page), 1UL << order) : -ENOMEM;

		if (err)
			return err;
		virt += PAGE_SIZE << order;
		pages -= 1UL << order;
	}
	return 0;
}

void memmap_unback_block(struct memory_block *block, pfn_t start)
{
	const struct hotplug_state *hp = &this_quire()->page.hotplug;
	struct memmap_part parts[MEMMAP_PARTS];
	pfn_t end = start + hotplug_block_pages();
	unsigned int i;

	if (block->is_boot_map)
		return;
	get_parts(parts);
	for (i = 0; i < MEMMAP_PARTS; i++)
		if (comes_with_blocks(&parts[i]) && hp->unmap_window)
			hp->unmap_window(hp->map_window_ctx, part_address(&parts[i], start),
					 part_size(&parts[i], start, end));
	free_chunks(block);
	block->nr_map_pages = 0;
	block->is_own_map = false;
}

int memmap_back_block(struct memory_block *block, pfn_t start, bool in_itself)
{
	struct memmap_part parts[MEMMAP_PARTS];
	pfn_t end = start + hotplug_block_pages(), own = start;
	unsigned int i;
	int err = 0;

	if (block->is_boot_map)
		return 0;
	get_parts(parts);
	block->is_own_map = in_itself && memmap_pages_of_block();
	block->nr_map_pages = memmap_pages_of_block();
	for (i = 0; i < MEMMAP_PARTS && !err; i++) {
		uintptr_t virt = part_address(&parts[i], start);
		size_t size = part_size(&parts[i], start, end);

		if (!comes_with_blocks(&parts[i]))
			continue;
		err = in_itself ? map_piece(virt, own, PFN_DOWN(size)) : map_chunks(block, virt, PFN_DOWN(size));
		own += PFN_DOWN(size);
		if (!err)
			fill_part(&parts[i], (void *)virt, size);
	}
	if (err)
		memmap_unback_block(block, start);
	return err;
}

/* The block's leaves, all free: their structures are written when they are first taken from. */
void memmap_show_block(struct zone *zone, pfn_t start, unsigned long nr_own)
{
	struct page_state *ps = &this_quire()->page;
	unsigned int number = zone->number << LEAF_ZONE_SHIFT;
	pfn_t pfn, own_end = ALIGN_UP(start + nr_own, LEAF_NR_PAGES), end = start + hotplug_block_pages();

	for (pfn = start; pfn < own_end; pfn++)
		init_page(pfn_to_page(pfn), zone, true);
	for (pfn = start; pfn < end; pfn += LEAF_NR_PAGES)
		change_leaf_kind(pfn, LEAF_TYPE_MASK | LEAF_ZONE_MASK | LEAF_IS_LAZY,
				 number | MIGRATE_MOVABLE | (pfn < own_end ? 0 : LEAF_IS_LAZY));
	for (pfn = start; pfn < end; pfn += MAX_ORDER_NR_PAGES) {
		unsigned long block = memmap_block(pfn);
		unsigned long *word = &ps->block_valid[block / BITS_PER_LONG];

		store_release(*word, *word | 1UL << (block % BITS_PER_LONG));
	}
}

void memmap_hide_block(pfn_t start)
{
	struct page_state *ps = &this_quire()->page;
	pfn_t pfn, end = start + hotplug_block_pages();

	for (pfn = start; pfn < end; pfn += MAX_ORDER_NR_PAGES) {
		unsigned long block = memmap_block(pfn);
		unsigned long *word = &ps->block_valid[block / BITS_PER_LONG];

		store_release(*word, *word & ~(1UL << (block % BITS_PER_LONG)));
	}
	for (pfn = start; pfn < end; pfn += LEAF_NR_PAGES)
		change_leaf_kind(pfn, LEAF_TYPE_MASK | LEAF_ZONE_MASK | LEAF_IS_LAZY, 0);
}

#if CONFIG_SMP
static void wait_for_side(struct hotplug_state *hp, u32 side)
{
	while (load_acquire(hp->walks[side]))
		port_cpu_relax();
}
#endif

/*
 * A walk that has seen the blocks valid was counted before they were hidden, on either side: it may have
 * read walk_side long ago. The other side has no new ones, but for such; then sides change, and this
 * side has none. So nobody waits for walks that began later.
 */
void memmap_wait_for_walks(void)
{
#if CONFIG_SMP
	struct hotplug_state *hp = &this_quire()->page.hotplug;
	u32 side = hp->walk_side;

	full_barrier();
	wait_for_side(hp, !side);
	store_relaxed(hp->walk_side, !side);
	wait_for_side(hp, side);
#endif
}
