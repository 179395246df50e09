/* SPDX-License-Identifier: MIT */
/*
 * golden_board_test.c - the i.MX6UL board: from its memblock listing to exactly the free
 * blocks that the real board had. 131,072 pages, 87,088 reserved, 43,984 free.
 */
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

static const struct {
	u32 first, last;
} reserved[] = {
	{ 0x80003000, 0x80007fff }, { 0x80200000, 0x810e8eeb }, { 0x88000000, 0x88014303 },
	{ 0x8bad3000, 0x8bb40fff }, { 0x8bb413c0, 0x8bb433bf }, { 0x8bb433f4, 0x8bffefff },
	{ 0x8bfff740, 0x8bfff77b }, { 0x8bfff780, 0x8bfff7bb }, { 0x8bfff7c0, 0x8bfff837 },
	{ 0x8bfff840, 0x8bfff843 }, { 0x8bfff880, 0x8bfff883 }, { 0x8bfff8c0, 0x8bfff8c3 },
	{ 0x8bfff900, 0x8bfff903 }, { 0x8bfff940, 0x8bfff9a1 }, { 0x8bfff9c0, 0x8bfffa21 },
	{ 0x8bfffa40, 0x8bfffaa1 }, { 0x8bfffaac, 0x8bfffac6 }, { 0x8bfffac8, 0x8bfffae2 },
	{ 0x8bfffae4, 0x8bfffb5e }, { 0x8bfffb60, 0x8bfffb7a }, { 0x8bfffb7c, 0x8bfffb96 },
	{ 0x8bfffb98, 0x8bfffbb2 }, { 0x8bfffbb4, 0x8bfffbce }, { 0x8bfffbd0, 0x8bfffbea },
	{ 0x8bfffbec, 0x8bfffc06 }, { 0x8bfffc08, 0x8bfffc22 }, { 0x8bfffc24, 0x8bfffccc },
	{ 0x8bfffcd0, 0x8bfffce8 }, { 0x8bfffcec, 0x8bfffd04 }, { 0x8bfffd08, 0x8bfffd20 },
	{ 0x8bfffd24, 0x8bfffd3c }, { 0x8bfffd40, 0x8bfffd5c }, { 0x8bfffd60, 0x8bfffd7c },
	{ 0x8bfffd80, 0x8bfffdc7 }, { 0x8bfffdd8, 0x9fffffff },
};

static void boot_board(unsigned int max_order, unsigned int flags)
{
	struct quire_machine *m = test_machine_new();
	size_t i;

	test_bank(m, 0x80000000, 0x20000000, 0);
	for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		test_reserve(m, reserved[i].first, reserved[i].last - reserved[i].first + 1);
	m->max_order = max_order;
	m->flags = MACHINE_AS_DUMPED | flags;
	REQUIRE(test_machine_boot(m) == 0);
}

static void check_blocks(const unsigned long *expected, unsigned int orders)
{
	const struct zone *zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	unsigned int order;

	CHECK_EQ(MAX_ORDER, orders);
	for (order = 0; order < orders; order++)
		if (!CHECK_EQ(test_free_blocks(zone, order), expected[order]))
			tap_note("order %u", order);
	CHECK_EQ(nr_free_pages(), 43984);
	CHECK_EQ(zone->managed_pages, 43984);
	CHECK_EQ(zone->present_pages, 131072);
	CHECK_EQ(page_alloc_validate(), 0);
}

static const unsigned long blocks_11[] = { 4, 4, 1, 2, 3, 2, 3, 3, 3, 3, 40 };
static const unsigned long blocks_12[] = { 4, 4, 1, 2, 3, 2, 3, 3, 3, 3, 2, 19 };

static void board_has_the_golden_blocks_with_max_order_11(void)
{
	boot_board(11, 0);
	check_blocks(blocks_11, 11);
	CHECK(log_contains("Memory: 175936K/524288K available"));
}

static void board_has_the_golden_blocks_with_max_order_12(void)
{
	boot_board(12, 0);
	check_blocks(blocks_12, 12);
	CHECK(log_contains("Memory: 175936K/524288K available"));
}

static void board_has_the_golden_blocks_by_way_of_bootmem(void)
{
	boot_board(11, MACHINE_BOOTMEM);
	check_blocks(blocks_11, 11);
}

/* Every free page in turn is taken and given back: the lists are as they were. */
static void board_has_the_golden_blocks_after_all_pages_were_taken_and_freed(void)
{
	struct page *page, *held = NULL;
	unsigned long taken = 0;

	boot_board(11, 0);
	while ((page = alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, 0))) {
		set_page_private(page, (unsigned long)(uintptr_t)held);
		held = page;
		taken++;
	}
	CHECK_EQ(taken, 43984);
	CHECK_EQ(page_alloc_validate(), 0);
	while (held) {
		page = (struct page *)(uintptr_t)page_private(held);
		__free_pages(held, 0);
		held = page;
	}
	drain_all_pages(NULL);
	check_blocks(blocks_11, 11);
}

/*
 * The second listing: 61,674 pages in blocks `2 0 2 2 1 2 2 2 1 1 1 29` of orders 0 to 11,
 * from a 512 MB board whose kernel sits at the start and whose framebuffer ends the RAM.
 *
 *   80000000    first free                                          9fffffff
 *   | kernel ..|1|  4 |  8 ...  1024 |  29 x 2048    | ... 8 4 1 | reserved |
 */
static void second_board_has_its_listed_blocks(void)
{
	static const unsigned long expected[] = { 2, 0, 2, 2, 1, 2, 2, 2, 1, 1, 1, 29 };
	struct quire_machine *m = test_machine_new();
	const struct zone *zone;
	unsigned int order;

	/* Low end: the gap below a block border holds 1 + 4 + 8 + 32 + 64 + 128 + 1024 pages. */
	pfn_t border = 0x80000 + 2048 * 20, first = border - (1 + 4 + 8 + 32 + 64 + 128 + 1024);
	/* High end: 512 + 256 + 128 + 64 + 32 + 16 + 8 + 4 + 1 pages after the last whole block. */
	pfn_t end = border + 2048 * 29 + 512 + 256 + 128 + 64 + 32 + 16 + 8 + 4 + 1;

	test_bank(m, 0x80000000, 0x20000000, 0);
	test_reserve(m, 0x80000000, ((phys_addr_t)first << 12) - 0x80000000);
	test_reserve(m, (phys_addr_t)end << 12, 0xa0000000 - ((phys_addr_t)end << 12));
	m->max_order = 12;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	for (order = 0; order < 12; order++)
		if (!CHECK_EQ(test_free_blocks(zone, order), expected[order]))
			tap_note("order %u", order);
	CHECK_EQ(nr_free_pages(), 61674);
}

const struct tap_test tap_tests[] = {
	TEST(board_has_the_golden_blocks_with_max_order_11),
	TEST(board_has_the_golden_blocks_with_max_order_12),
	TEST(board_has_the_golden_blocks_by_way_of_bootmem),
	TEST(board_has_the_golden_blocks_after_all_pages_were_taken_and_freed),
	TEST(second_board_has_its_listed_blocks),
	{ NULL, NULL },
};
