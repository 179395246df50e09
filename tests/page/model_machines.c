/* SPDX-License-Identifier: MIT */
/*
 * model_machines.c - machines of several nodes and zones, none with more than MODEL_FRAMES
 * frames. Nothing but what the description says is taken from their RAM.
 */
#include "tests/fixture.h"
#include "tests/page/page_model.h"

#define MB ((phys_addr_t)1 << 20)

/* All of it, and one CPU: its lists are as long as they get here. */
struct quire_machine *model_machine_one_zone(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 4 * MB, 60 * MB, 0);
	m->flags |= MACHINE_AS_DUMPED;
	return m;
}

/*
 *  MB   16      20           40            52         64
 *        | DMA  |  NORMAL    |   HIGHMEM   |  HIGHMEM |
 *           ####                  # reserved
 */
struct quire_machine *model_machine_dma_normal_highmem(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 36 * MB, 0);
	test_bank(m, 52 * MB + 5 * PAGE_SIZE, 12 * MB - 5 * PAGE_SIZE, 0);
	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM;
	m->zone_end[ZONE_DMA] = 20 * MB;
	m->lowmem_end = 40 * MB;
	test_reserve(m, 17 * MB, 777 * 1024);
	test_reserve(m, 45 * MB + 100, 9000);
	m->nr_cpus = 3;
	m->flags |= MACHINE_AS_DUMPED;
	return m;
}

/* Two nodes whose banks alternate, small page blocks: the highatomic reserve has room. */
struct quire_machine *model_machine_two_interleaved_nodes_with_dma32_and_movable(void)
{
	struct quire_machine *m = test_machine_new();
	unsigned int i;

	for (i = 0; i < 12; i++)
		test_bank(m, 16 * MB + i * 4 * MB, 4 * MB - (i % 3) * 7 * PAGE_SIZE, (int)(i & 1));
	m->zones = 1U << ZONE_DMA | 1U << ZONE_DMA32 | 1U << ZONE_NORMAL | 1U << ZONE_MOVABLE;
	m->zone_end[ZONE_DMA] = 21 * MB;
	m->zone_end[ZONE_DMA32] = 37 * MB;
	m->movable_start = 56 * MB;
	m->max_order = 6;
	m->block_order = 4;
	m->nr_cpus = 4;
	m->flags |= MACHINE_AS_DUMPED;
	return m;
}

/* Four nodes in a row: the farther, the later. */
struct quire_machine *model_machine_four_nodes_with_highmem(void)
{
	static const u8 distance[] = {
		10, 20, 30, 40,
		20, 10, 20, 30,
		30, 20, 10, 20,
		40, 30, 20, 10,
	};
	struct quire_machine *m = test_machine_new();
	unsigned int i;

	for (i = 0; i < 16; i++)
		test_bank(m, 32 * MB + i * 2 * MB, 2 * MB, (int)(i % 4));
	m->zones = 1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM | 1U << ZONE_MOVABLE;
	m->lowmem_end = 52 * MB;
	m->movable_start = 58 * MB;
	m->distance = distance;
	m->nr_distance_nodes = 4;
	m->max_order = 9;
	m->block_order = 5;
	m->nr_cpus = 4;
	m->flags |= MACHINE_AS_DUMPED;
	return m;
}

struct quire_machine *model_machine_single_pages_only(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 3 * MB, 0);
	test_bank(m, 19 * MB, 3 * MB + 20480, 1);
	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL;
	m->zone_end[ZONE_DMA] = 18 * MB;
	m->max_order = 1;
	m->nr_cpus = 2;
	m->flags |= MACHINE_AS_DUMPED;
	return m;
}

/* Blocks of many leaves, and page blocks that are smaller. */
struct quire_machine *model_machine_large_blocks_of_small_pages(void)
{
	struct quire_machine *m = test_machine_new();

	m->page_shift = 11;
	this_quire()->geo.page_shift = 11;
	test_bank(m, 16 * MB, 17 * MB, 0);
	test_bank(m, 34 * MB, 14 * MB, 1);
	m->zones = 1U << ZONE_NORMAL | 1U << ZONE_MOVABLE;
	m->movable_start = 40 * MB;
	m->max_order = 13;
	m->block_order = 10;
	m->nr_cpus = 3;
	m->flags |= MACHINE_AS_DUMPED;
	return m;
}
