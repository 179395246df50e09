/* SPDX-License-Identifier: MIT */
/*
 * hotplug_room.c - where memory may come later: what the boot sets aside for it.
 *
 * Theory. Arrays that are indexed by frame, leaf or zone cannot grow while CPUs read them
 * without a lock. So they get their full length at boot, from the ranges that the machine's
 * description names, and only what stands for RAM is backed or used at first:
 *
 *   frames      | RAM of the boot | hole |  hot-pluggable range          |
 *   mem_map     [=================]      [ . . . . . . . . . . . . . . . ]   room, backed when
 *   leaf_kind   [=================]------[===============================]   memory comes
 *   leaves of   [=================]------[===============================]   80 bytes per 2 MB
 *   a zone, and of ZONE_MOVABLE          [===============================]   and zone
 *
 * A zone that may only come to be this way (its room_pages is not 0, its present_pages is) has
 * its number, its per-CPU lists, its pools and its place in all zonelists from boot on; there it
 * is skipped. A node of which only hot-pluggable ranges are known has its pg_data_t, and joins
 * the list of nodes with its first memory.
 *
 * Without such ranges every walk here is one over the RAM.
 */
#include <quire/memblock.h>

#include "mm/boot/boot_alloc.h"
#include "mm/boot/memblock_internal.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/page/internal.h"

#define MEMORY_BLOCK_BYTES ((phys_addr_t)128 << 20)

pfn_t hotplug_block_pages(void)
{
	return (pfn_t)1 << this_quire()->page.hotplug.block_order;
}

/* ---- the ranges ---- */

void hotplug_plan(const struct quire_machine *machine)
{
	struct hotplug_state *hp = &this_quire()->page.hotplug;
	phys_addr_t bytes = machine->memory_block_size ? machine->memory_block_size : MEMORY_BLOCK_BYTES;
	const struct machine_hotplug *last;

	if (!machine->nr_hotplug)
		return;
	last = &machine->hotplug[machine->nr_hotplug - 1];
	hp->ranges = machine->hotplug;
	hp->nr_ranges = machine->nr_hotplug;
	hp->start_pfn = PFN_DOWN(hp->ranges->base);
	hp->end_pfn = PFN_DOWN(last->base + (last->size - 1)) + 1;
	hp->block_order = MAX_ORDER - 1;
	while (PFN_PHYS((pfn_t)1 << hp->block_order) < bytes)
		hp->block_order++;
	if (machine->map_window && !(machine->flags & MACHINE_AS_DUMPED)) {
		hp->map_window = machine->map_window;
		hp->unmap_window = machine->unmap_window;
		hp->map_window_ctx = machine->map_window_ctx;
	}
}

bool room_next(struct room_walk *walk, unsigned long *start, unsigned long *end, int *nid)
{
	const struct hotplug_state *hp = &this_quire()->page.hotplug;
	const struct machine_hotplug *hot;

	if (!walk->is_started) {
		walk->is_started = true;
		walk->ram = -1;
		__next_mem_pfn_range(&walk->ram, walk->nid, &walk->start, &walk->end, &walk->ram_nid);
	}
	while (walk->hot < hp->nr_ranges && walk->nid != NUMA_NO_NODE && hp->ranges[walk->hot].nid != walk->nid)
		walk->hot++;
	hot = walk->hot < hp->nr_ranges ? &hp->ranges[walk->hot] : NULL;
	if (hot && (walk->ram < 0 || PFN_DOWN(hot->base) < walk->start)) {
		*start = PFN_DOWN(hot->base);
		*end = PFN_DOWN(hot->base + (hot->size - 1)) + 1;
		*nid = hot->nid;
		walk->hot++;
		return true;
	}
	if (walk->ram < 0)
		return false;
	*start = walk->start;
	*end = walk->end;
	*nid = walk->ram_nid;
	__next_mem_pfn_range(&walk->ram, walk->nid, &walk->start, &walk->end, &walk->ram_nid);
	return true;
}

bool hotplug_node_exists(int nid)
{
	const struct hotplug_state *hp = &this_quire()->page.hotplug;
	size_t i;

	for (i = 0; i < hp->nr_ranges; i++)
		if (hp->ranges[i].nid == nid)
			return true;
	return false;
}

const struct machine_hotplug *hotplug_range_of(pfn_t start, pfn_t end)
{
	const struct hotplug_state *hp = &this_quire()->page.hotplug;
	size_t i;

	for (i = 0; i < hp->nr_ranges; i++)
		if (start >= PFN_DOWN(hp->ranges[i].base) &&
		    end <= PFN_DOWN(hp->ranges[i].base + (hp->ranges[i].size - 1)) + 1)
			return &hp->ranges[i];
	return NULL;
}

/* ---- zones ---- */

static void add_room(struct zone *zone, pfn_t start, pfn_t end)
{
	if (start >= end)
		return;
	zone->room_start_pfn = zone->room_pages ? min_of(zone->room_start_pfn, start) : start;
	zone->room_end_pfn = max_of(zone->room_end_pfn, end);
	zone->room_pages += end - start;
}

void hotplug_zone_room(struct zone *zone)
{
	const struct page_state *ps = &this_quire()->page;
	const struct hotplug_state *hp = &ps->hotplug;
	size_t i;

	for (i = 0; i < hp->nr_ranges; i++) {
		pfn_t start = PFN_DOWN(hp->ranges[i].base);
		pfn_t end = PFN_DOWN(hp->ranges[i].base + (hp->ranges[i].size - 1)) + 1;

		if (hp->ranges[i].nid != zone->node)
			continue;
		if (zone->zone_idx == ZONE_MOVABLE && zone_configured(ZONE_MOVABLE))
			add_room(zone, start, end);
		else if (zone->zone_idx < ZONE_MOVABLE)
			add_room(zone, max_of(start, ps->zone_low_pfn[zone->zone_idx]),
				 min_of(end, ps->zone_high_pfn[zone->zone_idx]));
	}
}

/* ---- memory blocks ---- */

struct memory_block *memory_block_of(pfn_t pfn)
{
	const struct page_state *ps = &this_quire()->page;

	return &ps->hotplug.blocks[(pfn - ps->memmap_base_pfn) >> ps->hotplug.block_order];
}

int hotplug_alloc_blocks(void)
{
	struct page_state *ps = &this_quire()->page;
	struct hotplug_state *hp = &ps->hotplug;
	unsigned long start, end, may_come = 0;
	int i, nid, err;
	size_t r;

	if (!hp->nr_ranges)
		return 0;
	for (r = 0; r < hp->nr_ranges; r++)
		may_come += (unsigned long)(PFN_DOWN(hp->ranges[r].size) >> hp->block_order);
	hp->nr_blocks = ps->nr_frames >> hp->block_order;
	hp->blocks = boot_alloc(hp->nr_blocks * sizeof(*hp->blocks), sizeof(void *), NUMA_NO_NODE,
				"memory blocks");
	if (!hp->blocks)
		return -ENOMEM;
	for_each_mem_pfn_range(i, NUMA_NO_NODE, &start, &end, &nid) {
		pfn_t pfn = ALIGN_DOWN(start, hotplug_block_pages());

		for (; pfn < end; pfn += hotplug_block_pages())
			*memory_block_of(pfn) = (struct memory_block){ .state = MEMORY_BLOCK_ONLINE,
								       .is_boot_map = true, .nid = nid };
	}
	/* Nobody can enlarge the list of RAM later: a region for each block that does not touch another. */
	err = memblock_make_room(&memblock.memory, may_come, 0, 0);
	pr_info("Hot-plug: %zu ranges up to 0x%llx, memory blocks of %lluM", hp->nr_ranges,
		(unsigned long long)PFN_PHYS(hp->end_pfn), (unsigned long long)PFN_PHYS(hotplug_block_pages()) >> 20);
	return err;
}
