/* SPDX-License-Identifier: MIT */
/*
 * bootmem_handover.c - how the bitmaps come to be and where their pages go.
 *
 * From memblock: every node with low memory gets one block of whole pages, its map and
 * behind it its bootmem_data_t. In the map all is taken at first; then what memblock has
 * free is freed. To the page allocator: the free runs, and at the very end the blocks
 * themselves, so that both ways of booting end with the same free pages.
 *
 *     |<- bootmem_map_bytes ->|
 *     [ bits of the node      | bootmem_data_t |  unused  ]
 *     ^ page                                              ^ page
 */
#include <quire/memblock.h>

#include "mm/boot/boot_alloc.h"
#include "mm/boot/bootmem_internal.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/list.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"

/* ---- from memblock to bootmem ---- */

/* The span of the node's low memory: frames that a bank holds whole. False: it has none. */
static bool lowmem_span(int nid, pfn_t *start, pfn_t *end)
{
	const struct memblock_type *memory = &this_quire()->memblock_part.blocks.memory;
	pfn_t lowmem = PFN_DOWN(this_quire()->geo.lowmem_end);
	unsigned long i;

	*start = *end = 0;
	for (i = 0; i < memory->cnt; i++) {
		const struct memblock_region *r = &memory->regions[i];
		pfn_t from = PFN_UP(r->base), to = min_of(PFN_DOWN(r->base + r->size), lowmem);

		if (bootmem_region_node(r) != nid || from >= to)
			continue;
		/* The regions are sorted. */
		if (!*end)
			*start = from;
		*end = to;
	}
	return *end != 0;
}

static int highest_node(void)
{
	const struct memblock_type *memory = &this_quire()->memblock_part.blocks.memory;
	unsigned long i;
	int highest = 0;

	for (i = 0; i < memory->cnt; i++)
		highest = max_of(highest, bootmem_region_node(&memory->regions[i]));
	return highest;
}

/* One block of whole pages for a node: its map, and behind it its bootmem_data_t. */
static size_t own_size(pfn_t start, pfn_t end)
{
	return PFN_PHYS(PFN_UP(bootmem_map_bytes(end - start) + sizeof(bootmem_data_t)));
}

static int start_node(int nid, pfn_t start, pfn_t end)
{
	void *own = boot_alloc_raw(own_size(start, end), PAGE_SIZE, nid, "a bootmem map");
	bootmem_data_t *bdata;

	if (!own)
		return -ENOMEM;
	bdata = (bootmem_data_t *)((char *)own + bootmem_map_bytes(end - start));
	bdata->nid = nid;
	bootmem_start_map(bdata, own, start, end);
	return 0;
}

bool bootmem_next_map(bootmem_data_t **bdata, pfn_t *start, pfn_t *end)
{
	size_t size;

	while ((*bdata = bootmem_first())) {
		list_del_init(&(*bdata)->list);
		if (this_quire()->boot.flags & MACHINE_AS_DUMPED)
			continue;
		size = own_size((*bdata)->node_min_pfn, (*bdata)->node_low_pfn);
		*start = PFN_DOWN(virt_to_phys((*bdata)->node_bootmem_map));
		*end = *start + PFN_DOWN(size);
		return true;
	}
	return false;
}

/* Takes back what was begun. The embedder's metadata is left as it was: zero. */
static void abandon_nodes(char *metadata, size_t metadata_left)
{
	struct boot_state *boot = &this_quire()->boot;
	bootmem_data_t *bdata;
	pfn_t start, end;

	while (bootmem_next_map(&bdata, &start, &end))
		memblock_phys_free(PFN_PHYS(start), PFN_PHYS(end - start));
	if (boot->metadata != metadata)
		memset(metadata, 0, metadata_left - boot->metadata_left);
	boot->metadata = metadata;
	boot->metadata_left = metadata_left;
}

static int start_all_nodes(void)
{
	int nid, highest = highest_node(), err = 0;
	pfn_t start, end;

	for (nid = 0; nid <= highest && !err; nid++)
		if (lowmem_span(nid, &start, &end))
			err = start_node(nid, start, end);
	if (!err && !bootmem_first()) {
		pr_err("bootmem: the machine has no low memory");
		err = -ENOMEM;
	}
	return err;
}

/* Every frame of low memory that memblock has free, whole, is free in its node's map. */
static void free_what_memblock_has(void)
{
	phys_addr_t start, end, lowmem_end = this_quire()->geo.lowmem_end;
	bootmem_data_t *bdata;
	u64 i;
	int nid;

	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, &nid) {
		if (start >= lowmem_end)
			break;
		end = min_of(end, lowmem_end);
		bdata = bootmem_node_data(nid == NUMA_NO_NODE ? 0 : nid);
		if (bdata && PFN_UP(start) < PFN_DOWN(end))
			bootmem_free_frames(bdata, PFN_UP(start), PFN_DOWN(end));
	}
}

int bootmem_init_from_memblock(void)
{
	struct quire *q = this_quire();
	char *metadata = q->boot.metadata;
	size_t metadata_left = q->boot.metadata_left;
	int err;

	if (WARN(q->phase != PHASE_MEMBLOCK || bootmem_first(),
		 "bootmem: can follow only on memblock, and only once"))
		return -EINVAL;
	err = start_all_nodes();
	if (err) {
		abandon_nodes(metadata, metadata_left);
		return err;
	}
	free_what_memblock_has();
	q->phase = PHASE_BOOTMEM;
	VM_BUG_ON_EXPENSIVE(bootmem_validate());
	return 0;
}

/* ---- from bootmem to the page allocator ---- */

bool bootmem_next_free_range(bootmem_data_t **bdata, pfn_t from, pfn_t *start, pfn_t *end)
{
	struct list_head *head = bootmem_list();

	if (!*bdata) {
		*bdata = bootmem_first();
		from = 0;
	}
	while (*bdata && !bootmem_next_free_run(*bdata, from, start, end)) {
		if ((*bdata)->list.next == head)
			return false;
		*bdata = list_entry((*bdata)->list.next, bootmem_data_t, list);
		from = 0;
	}
	return *bdata;
}
