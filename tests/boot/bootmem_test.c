/* SPDX-License-Identifier: MIT */
/*
 * bootmem_test.c - the bitmap allocator, behaviour by behaviour, on the node that
 * bootmem_support.h describes.
 */
#include <string.h>

#include <quire/fault.h>
#include <quire/memblock.h>

#include "tests/boot/bootmem_support.h"
#include "tests/fixture.h"
#include "tests/tap.h"

/* ---- setting up ---- */

static void a_new_map_has_every_page_taken(void)
{
	begin_ram(NODE_PAGES);
	node_data[0].bdata = &maps[0];
	/* 50 bits: whole longs. */
	CHECK_EQ(init_bootmem_node(&node_data[0], MIN_PFN, MIN_PFN, MIN_PFN + 50), 8);
	CHECK_EQ(free_pages_of(&maps[0]), 0);
	CHECK_PTR(maps[0].node_bootmem_map, at(0));
	CHECK_EQ(maps[0].node_min_pfn, MIN_PFN);
	CHECK_EQ(maps[0].node_low_pfn, MIN_PFN + 50);
	CHECK((unsigned char)at(0)[8] == 0xa5);
	CHECK(!__alloc_bootmem_nopanic(1, 1, NO_GOAL));
	check_valid();
}

static void a_bitmap_page_holds_32768_pages(void)
{
	begin_ram(1);
	CHECK_EQ(bootmem_bootmap_pages(1), 1);
	CHECK_EQ(bootmem_bootmap_pages(32768), 1);
	CHECK_EQ(bootmem_bootmap_pages(32769), 2);
}

static void a_map_for_nothing_or_twice_is_refused(void)
{
	begin_one_node();
	log_clear();
	CHECK_EQ(init_bootmem_core(&maps[0], MIN_PFN, MIN_PFN, MIN_PFN + 8), 0);
	CHECK(log_contains("has a map already"));
	CHECK_EQ(init_bootmem_core(&maps[1], MIN_PFN, MIN_PFN + 8, MIN_PFN + 8), 0);
	CHECK(log_contains("empty range"));
	CHECK_EQ(free_pages_of(&maps[0]), NODE_PAGES - 1);
	CHECK_PTR(bootmem_first(), &maps[0]);
	check_valid();
}

static void init_bootmem_starts_the_one_node_of_uma(void)
{
	struct quire_machine *m = test_machine_new();

	memset(maps, 0, sizeof(maps));
	test_bank(m, 0, 64 * PG, 0);
	test_machine_ram(m);
	this_quire()->phase = PHASE_BOOTMEM;
	this_quire()->page.contig_page_data.bdata = &maps[0];
	CHECK_EQ(init_bootmem(2, 64), 8);
	CHECK_EQ(maps[0].node_min_pfn, 0);
	CHECK_EQ(maps[0].node_low_pfn, 64);
	CHECK_PTR(maps[0].node_bootmem_map, phys_to_virt(2 * PG));
	free_bootmem(8 * PG, 4 * PG);
	CHECK_EQ(virt_to_phys(alloc_bootmem_pages(PG)), 8 * PG);
	CHECK_EQ(virt_to_phys(alloc_bootmem(PG)), 9 * PG);
	CHECK_EQ(virt_to_phys(alloc_bootmem_low_pages(1)), 10 * PG);
}

static void nodes_are_listed_by_their_first_page(void)
{
	begin_ram(NODE_PAGES);
	begin_node(1, 1, 32, 64);
	begin_node(0, 0, 0, 32);
	CHECK_PTR(bootmem_first(), &maps[0]);
	CHECK_PTR(bootmem_node_data(1), &maps[1]);
	CHECK(!bootmem_node_data(2));
	check_valid();
}

/* ---- freeing and reserving ---- */

/*
 *    page      10         11         12         13
 *          |     [==========|==========|====]     |
 *                  freed: 11 only... and reserved: 10 to 12
 */
static void frees_round_inward_and_reservations_outward(void)
{
	bootmem_data_t *map = begin_one_node();

	CHECK_EQ(reserve_bootmem(phys(10) + 100, 2 * PG, BOOTMEM_DEFAULT), 0);
	CHECK_STR(picture(map, 9, 5), "01110");
	free_bootmem(phys(10) + 100, 2 * PG);
	CHECK_STR(picture(map, 9, 5), "01010");
	free_bootmem(phys(12) + 100, PG - 200);
	CHECK_STR(picture(map, 9, 5), "01010");
	check_valid();
}

static void a_double_free_is_refused_whole(void)
{
	bootmem_data_t *map = begin_one_node();

	CHECK_EQ(reserve_bootmem(phys(10), 2 * PG, BOOTMEM_DEFAULT), 0);
	free_bootmem(phys(10), 3 * PG);
	CHECK(log_contains("refused: free already"));
	CHECK_EQ(this_quire()->log.warnings, 1);
	CHECK_STR(picture(map, 9, 5), "01100");
	free_bootmem_node(&node_data[0], phys(11), 2 * PG);
	CHECK_EQ(this_quire()->log.warnings, 2);
	CHECK_STR(picture(map, 9, 5), "01100");
	free_bootmem_node(&node_data[0], phys(10), 2 * PG);
	CHECK_STR(picture(map, 9, 5), "00000");
	CHECK_EQ(this_quire()->log.warnings, 2);
}

static void a_range_outside_of_all_nodes_is_refused(void)
{
	bootmem_data_t *map = begin_one_node();

	CHECK_EQ(reserve_bootmem(phys(63), PG, BOOTMEM_EXCLUSIVE), 0);
	free_bootmem(phys(63), 2 * PG);
	CHECK(log_contains("no node has them"));
	CHECK_EQ(reserve_bootmem(phys(63), 2 * PG, BOOTMEM_DEFAULT), -EINVAL);
	CHECK(log_contains("to reserve"));
	CHECK_EQ(reserve_bootmem_node(&node_data[0], phys(63), 2 * PG, BOOTMEM_DEFAULT), -EINVAL);
	free_bootmem_node(&node_data[0], phys(63), 2 * PG);
	CHECK(log_contains("outside of the node"));
	CHECK_EQ(this_quire()->log.warnings, 4);
	CHECK_EQ(free_pages_of(map), NODE_PAGES - 2);
}

static void an_exclusive_reservation_of_a_taken_page_changes_nothing(void)
{
	bootmem_data_t *map = begin_one_node();

	CHECK_EQ(reserve_bootmem(phys(10), PG, BOOTMEM_EXCLUSIVE), 0);
	CHECK_EQ(reserve_bootmem(phys(8), 4 * PG, BOOTMEM_EXCLUSIVE), -EBUSY);
	CHECK_EQ(reserve_bootmem_node(&node_data[0], phys(8), 4 * PG, BOOTMEM_EXCLUSIVE), -EBUSY);
	CHECK_STR(picture(map, 7, 7), "0001000");
	CHECK_EQ(reserve_bootmem(phys(8), 4 * PG, BOOTMEM_DEFAULT), 0);
	CHECK_STR(picture(map, 7, 7), "0111100");
	CHECK_EQ(reserve_bootmem_node(&node_data[0], phys(12), 1, BOOTMEM_EXCLUSIVE), 0);
	CHECK_STR(picture(map, 7, 7), "0111110");
	CHECK_EQ(reserve_bootmem(phys(20), 0, BOOTMEM_EXCLUSIVE), 0);
	CHECK_EQ(reserve_bootmem_node(&node_data[0], phys(20), 0, BOOTMEM_EXCLUSIVE), 0);
	CHECK_EQ(free_pages_of(map), NODE_PAGES - 6);
	CHECK_EQ(this_quire()->log.warnings, 0);
}

/*
 *   node 0: pages 0..31      node 1: pages 32..63
 *                     [=======|=======]
 */
static void ranges_may_cross_nodes(void)
{
	begin_ram(NODE_PAGES);
	begin_node(0, 0, 0, 32);
	begin_node(1, 1, 32, 64);
	free_bootmem(phys(28), 8 * PG);
	CHECK_STR(picture(&maps[0], 26, 6), "110000");
	CHECK_STR(picture(&maps[1], 0, 6), "000011");
	CHECK_EQ(reserve_bootmem(phys(33), PG, BOOTMEM_EXCLUSIVE), 0);
	CHECK_EQ(reserve_bootmem(phys(30), 4 * PG, BOOTMEM_EXCLUSIVE), -EBUSY);
	CHECK_STR(picture(&maps[0], 26, 6), "110000");
	CHECK_STR(picture(&maps[1], 0, 6), "010011");
	CHECK_EQ(reserve_bootmem(phys(30), 4 * PG, BOOTMEM_DEFAULT), 0);
	CHECK_STR(picture(&maps[0], 26, 6), "110011");
	CHECK_STR(picture(&maps[1], 0, 6), "110011");
	check_valid();
}

/* ---- allocating ---- */

static void allocation_is_first_fit_and_zeroed(void)
{
	bootmem_data_t *map = begin_one_node();
	char *p;

	/* free: 1, 2 and from 4 on */
	CHECK_EQ(reserve_bootmem(phys(3), PG, BOOTMEM_DEFAULT), 0);
	p = __alloc_bootmem(3 * PG, PG, NO_GOAL);
	CHECK_EQ(offset_of(p), 4 * PG);
	CHECK(all_bytes(p, 3 * PG, 0));
	CHECK(all_bytes(at(7), PG, 0xa5));
	CHECK_STR(picture(map, 0, 9), "100111100");
	check_valid();
}

/*
 *   page 1: [aaaa....bbbb....                    ]   two allocations, one page taken
 */
static void small_allocations_share_a_page(void)
{
	bootmem_data_t *map = begin_one_node();
	char *a = __alloc_bootmem(100, 64, NO_GOAL), *b = __alloc_bootmem(100, 64, NO_GOAL);

	CHECK_EQ(offset_of(a), PG);
	CHECK_EQ(offset_of(b), PG + 128);
	CHECK(all_bytes(a, 100, 0) && all_bytes(b, 100, 0));
	CHECK(all_bytes(a + 100, 28, 0xa5));
	CHECK_EQ(map->last_end_off, PG + 228);
	CHECK_STR(picture(map, 0, 4), "1100");
	check_valid();
}

/*
 *   page 1: [aaaaaaaaaaaaaaaaaaaa....bbbbbbbbbbbbb]
 *   page 2: [bbbbbbbbb                            ]
 */
static void an_allocation_continues_into_the_next_page(void)
{
	bootmem_data_t *map = begin_one_node();
	char *b;

	CHECK_EQ(offset_of(__alloc_bootmem(3000, 64, NO_GOAL)), PG);
	b = __alloc_bootmem(2000, 64, NO_GOAL);
	CHECK_EQ(offset_of(b), PG + 3008);
	CHECK(all_bytes(b, 2000, 0));
	CHECK_STR(picture(map, 0, 4), "1110");
	CHECK_EQ(map->hint_idx, 3);
	check_valid();
}

/* The page after the shared one is taken: the allocation begins a page of its own. */
static void nothing_is_continued_when_the_next_page_is_taken(void)
{
	bootmem_data_t *map = begin_one_node();

	CHECK_EQ(offset_of(__alloc_bootmem(100, 64, NO_GOAL)), PG);
	CHECK_EQ(reserve_bootmem(phys(2), PG, BOOTMEM_EXCLUSIVE), 0);
	CHECK_EQ(offset_of(__alloc_bootmem(100, 64, NO_GOAL)), 3 * PG);
	CHECK_STR(picture(map, 0, 5), "11110");
}

static void an_allocation_that_ends_with_its_page_is_not_continued(void)
{
	begin_one_node();
	CHECK_EQ(offset_of(__alloc_bootmem(PG, 64, NO_GOAL)), PG);
	CHECK_EQ(offset_of(__alloc_bootmem(100, 64, NO_GOAL)), 2 * PG);
}

static void a_page_aligned_request_shares_nothing(void)
{
	bootmem_data_t *map = begin_one_node();

	CHECK_EQ(offset_of(__alloc_bootmem(100, 64, NO_GOAL)), PG);
	CHECK_EQ(offset_of(alloc_bootmem_pages(100)), 2 * PG);
	CHECK_STR(picture(map, 0, 4), "1110");
	check_valid();
}

static void a_freed_page_is_not_continued_in(void)
{
	bootmem_data_t *map = begin_one_node();

	CHECK_EQ(offset_of(__alloc_bootmem(100, 64, NO_GOAL)), PG);
	free_bootmem(phys(1), PG);
	check_valid();
	CHECK_EQ(reserve_bootmem(phys(1), PG, BOOTMEM_EXCLUSIVE), 0);
	CHECK_EQ(offset_of(__alloc_bootmem(100, 64, NO_GOAL)), 2 * PG);
	CHECK_STR(picture(map, 0, 4), "1110");
	check_valid();
}

static void alignment_counts_from_address_zero(void)
{
	bootmem_data_t *map = begin_one_node();
	char *p = __alloc_bootmem(PG, 16 * PG, NO_GOAL);

	/* Frame 0x103 + 13 is 0x110. */
	CHECK_EQ(offset_of(p), 13 * PG);
	CHECK_EQ(virt_to_phys(p) % (16 * PG), 0);
	CHECK_EQ(map->hint_idx, 14);
	CHECK_EQ(offset_of(__alloc_bootmem(PG, 16 * PG, NO_GOAL)), 29 * PG);
	check_valid();
}

static void a_goal_is_where_the_search_starts(void)
{
	bootmem_data_t *map = begin_one_node();

	CHECK_EQ(offset_of(__alloc_bootmem(PG, 64, phys(40) + 5)), 40 * PG);
	CHECK_EQ(offset_of(__alloc_bootmem(PG, 64, phys(40))), 41 * PG);
	/* No room behind it: anywhere. */
	CHECK_EQ(offset_of(__alloc_bootmem(30 * PG, 64, phys(50))), PG);
	/* Beyond the node: likewise. */
	CHECK_EQ(offset_of(__alloc_bootmem(PG, 64, phys(100))), 31 * PG);
	check_valid();
	CHECK_EQ(free_pages_of(map), NODE_PAGES - 34);
}

static void the_search_goes_on_behind_the_last_allocation_and_wraps(void)
{
	begin_one_node();
	CHECK_EQ(offset_of(__alloc_bootmem(PG, 64, phys(60))), 60 * PG);
	CHECK_EQ(offset_of(__alloc_bootmem(PG, 64, NO_GOAL)), 61 * PG);
	CHECK_EQ(offset_of(__alloc_bootmem(3 * PG, 64, NO_GOAL)), PG);
	check_valid();
}

static void a_free_lowers_the_hint(void)
{
	bootmem_data_t *map = begin_one_node();

	CHECK_EQ(offset_of(__alloc_bootmem(20 * PG, 64, NO_GOAL)), PG);
	CHECK_EQ(map->hint_idx, 21);
	free_bootmem(phys(5), 2 * PG);
	CHECK_EQ(map->hint_idx, 5);
	CHECK_EQ(offset_of(__alloc_bootmem(2 * PG, 64, NO_GOAL)), 5 * PG);
	check_valid();
}

static void a_limit_is_not_crossed(void)
{
	begin_one_node();
	CHECK_EQ(offset_of(___alloc_bootmem_node_nopanic(&node_data[0], 7 * PG, 64, NO_GOAL,
							 phys(8))),
		 PG);
	CHECK(!___alloc_bootmem_node_nopanic(&node_data[0], PG, 64, NO_GOAL, phys(8)));
	/* A limit in the middle of a page takes the page away. */
	CHECK(!___alloc_bootmem_node_nopanic(&node_data[0], 1, 1, NO_GOAL, phys(8) + 100));
	/* One that the goal is beyond is none. */
	CHECK_EQ(offset_of(___alloc_bootmem_node_nopanic(&node_data[0], PG, 64, phys(20), phys(8))),
		 20 * PG);
	CHECK_EQ(this_quire()->log.warnings, 0);
}

static void low_memory_ends_below_4_gib(void)
{
#if __SIZEOF_POINTER__ == 8
	struct quire_machine *m = test_machine_new();
	pfn_t four_gib = 1UL << 20;

	memset(maps, 0, sizeof(maps));
	memset(node_data, 0, sizeof(node_data));
	test_bank(m, (four_gib - 4) * PG, (40000UL << 12), 0);
	test_machine_ram(m);
	this_quire()->phase = PHASE_BOOTMEM;
	node_data[0].bdata = &maps[0];
	CHECK(init_bootmem_node(&node_data[0], four_gib + 39000, four_gib - 4, four_gib + 39000));
	free_bootmem((four_gib - 4) * PG, 104 * PG);
	/* The last page frame below 4 GiB is cut by the limit 0xffffffff. */
	CHECK_EQ(virt_to_phys(__alloc_bootmem_low(3 * PG, 64, NO_GOAL)), (four_gib - 4) * PG);
	CHECK(!__alloc_bootmem_low_nopanic(PG, 64, NO_GOAL));
	CHECK_EQ(virt_to_phys(__alloc_bootmem_low_node(&node_data[0], PG, 64, four_gib * PG)),
		 four_gib * PG);
	free_bootmem((four_gib - 4) * PG, 3 * PG);
	CHECK_EQ(virt_to_phys(__alloc_bootmem_node_high(&node_data[0], PG, 64, NO_GOAL)),
		 (four_gib + 1) * PG);
	check_valid();
#else
	tap_skip("no RAM above 4 GiB in a 32-bit direct map");
#endif
}

static void a_node_is_preferred_and_the_others_are_the_fallback(void)
{
	pg_data_t *second;

	begin_ram(NODE_PAGES);
	begin_node(0, 0, 0, 32);
	second = begin_node(1, 1, 32, 64);
	free_bootmem(phys(2), 30 * PG);
	free_bootmem(phys(40), 4 * PG);
	CHECK_EQ(offset_of(__alloc_bootmem_node(second, 2 * PG, 64, NO_GOAL)), 40 * PG);
	/* A goal on another node is met there before the node is tried without it. */
	CHECK_EQ(offset_of(__alloc_bootmem_node(second, PG, 64, phys(20))), 42 * PG);
	CHECK_EQ(offset_of(__alloc_bootmem_node_nopanic(second, 3 * PG, 64, phys(20))), 20 * PG);
	CHECK_EQ(offset_of(alloc_bootmem_pages_node(second, PG)), 43 * PG);
	CHECK_EQ(offset_of(alloc_bootmem_node(second, PG)), 23 * PG);
	CHECK(!__alloc_bootmem_node_nopanic(second, 40 * PG, 64, NO_GOAL));
	check_valid();
}

static void a_goal_passes_over_the_nodes_below_it(void)
{
	begin_ram(NODE_PAGES);
	begin_node(0, 0, 0, 32);
	begin_node(1, 1, 32, 64);
	free_bootmem(phys(2), 62 * PG);
	CHECK_EQ(offset_of(__alloc_bootmem(PG, 64, phys(40))), 40 * PG);
	CHECK_EQ(offset_of(__alloc_bootmem(PG, 64, phys(32))), 41 * PG);
	CHECK_EQ(offset_of(__alloc_bootmem(PG, 64, phys(20))), 20 * PG);
	/* Too large for any one node. */
	CHECK(!__alloc_bootmem_nopanic(33 * PG, 64, NO_GOAL));
	check_valid();
}

static void boot_memory_keeps_out_of_the_dma_zone_while_it_can(void)
{
	begin_one_node();
	CHECK_EQ(BOOTMEM_LOW_LIMIT, 0);
	this_quire()->page.zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL;
	this_quire()->page.zone_high_pfn[ZONE_DMA] = MIN_PFN + 30;
	CHECK_EQ(offset_of(alloc_bootmem(100)), 30 * PG);
	CHECK_EQ(offset_of(alloc_bootmem_low(100)), 30 * PG + 128);
	CHECK_EQ(offset_of(alloc_bootmem_pages(33 * PG)), 31 * PG);
	CHECK_EQ(offset_of(alloc_bootmem_pages(29 * PG)), PG);
}

static void a_full_machine_panics_or_returns_null_as_asked(void)
{
	bootmem_data_t *map = begin_one_node();

	CHECK(!__alloc_bootmem_nopanic(NODE_PAGES * PG, 64, NO_GOAL));
	CHECK(!__alloc_bootmem_nopanic(~0UL, 64, NO_GOAL));
	CHECK(EXPECT_PANIC(__alloc_bootmem(NODE_PAGES * PG, 64, NO_GOAL)));
	CHECK(strstr(test_panic_text(), "Out of memory"));
	CHECK_EQ(free_pages_of(map), NODE_PAGES - 1);
	CHECK_EQ(this_quire()->log.warnings, 0);
}

static void a_wrong_request_is_refused_with_a_warning(void)
{
	bootmem_data_t *map = begin_one_node();

	CHECK(!__alloc_bootmem(0, 64, NO_GOAL));
	CHECK(log_contains("nothing asked for"));
	CHECK(!__alloc_bootmem(100, 48, NO_GOAL));
	CHECK(!__alloc_bootmem(100, 0, NO_GOAL));
	CHECK(log_contains("wrong alignment"));
	CHECK(!__alloc_bootmem_low(100, 64, 0xffffffffUL));
	CHECK(log_contains("beyond its limit"));
	CHECK_EQ(this_quire()->log.warnings, 4);
	CHECK_EQ(free_pages_of(map), NODE_PAGES - 1);
}

static void other_phases_are_refused(void)
{
	bootmem_data_t *map = begin_one_node();

	this_quire()->phase = PHASE_MEMBLOCK;
	CHECK(!__alloc_bootmem(100, 64, NO_GOAL));
	CHECK(!__alloc_bootmem_nopanic(100, 64, NO_GOAL));
	CHECK_EQ(this_quire()->log.warnings, 2);
	CHECK(log_contains("not its phase"));
	this_quire()->phase = PHASE_BUDDY;
	CHECK(!__alloc_bootmem_node_nopanic(&node_data[0], 100, 64, NO_GOAL));
	CHECK_EQ(reserve_bootmem(phys(10), PG, BOOTMEM_DEFAULT), -EINVAL);
	CHECK_EQ(reserve_bootmem_node(&node_data[0], phys(10), PG, BOOTMEM_DEFAULT), -EINVAL);
	free_bootmem(phys(0), PG);
	free_bootmem_node(&node_data[0], phys(0), PG);
	CHECK_EQ(this_quire()->log.warnings, 7);
	CHECK_EQ(free_pages_of(map), NODE_PAGES - 1);
}

static void each_allocation_can_be_made_to_fail_once(void)
{
	bootmem_data_t *map = begin_one_node();

	quire_fail_nth(2, false);
	CHECK(__alloc_bootmem_nopanic(PG, 64, NO_GOAL));
	CHECK(!__alloc_bootmem_nopanic(PG, 64, NO_GOAL));
	CHECK(__alloc_bootmem_node(&node_data[0], PG, 64, NO_GOAL));
	CHECK_EQ(this_quire()->fault.calls, 3);
	quire_fail_nth(1, false);
	CHECK(EXPECT_PANIC(__alloc_bootmem(PG, 64, NO_GOAL)));
	CHECK_EQ(free_pages_of(map), NODE_PAGES - 3);
	check_valid();
}

/* ---- the validator ---- */

static void the_validator_sees_what_is_broken(void)
{
	bootmem_data_t *map = begin_one_node(), good;

	CHECK(__alloc_bootmem(100, 64, NO_GOAL));
	good = *map;
	check_valid();
	map->hint_idx = NODE_PAGES + 1;
	CHECK_EQ(bootmem_validate(), -EINVAL);
	CHECK(log_contains("hint"));
	*map = good;
	map->last_end_off = NODE_PAGES * PG + 1;
	CHECK_EQ(bootmem_validate(), -EINVAL);
	map->last_end_off = 5 * PG + 1;
	CHECK_EQ(bootmem_validate(), -EINVAL);
	CHECK(log_contains("ended in is free"));
	*map = good;
	map->node_low_pfn -= 3;
	CHECK_EQ(bootmem_validate(), -EINVAL);
	CHECK(log_contains("beyond the last page"));
	*map = good;
	map->node_bootmem_map = NULL;
	CHECK_EQ(bootmem_validate(), -EINVAL);
	*map = good;
	map->list.next->prev = NULL;
	CHECK_EQ(bootmem_validate(), -EINVAL);
	CHECK(log_contains("list is broken"));
	map->list.next->prev = &map->list;
	check_valid();
	/* memblock knows of RAM up to page 31 only. */
	CHECK_EQ(memblock_add_node(phys(0), 32 * PG, 0, MEMBLOCK_NONE), 0);
	CHECK_EQ(bootmem_validate(), -EINVAL);
	CHECK(log_contains("not RAM of the node"));
}

static void the_validator_sees_a_list_out_of_order(void)
{
	begin_ram(NODE_PAGES);
	begin_node(0, 0, 0, 32);
	begin_node(1, 1, 32, 64);
	check_valid();
	maps[0].node_min_pfn = MIN_PFN + 33;
	maps[0].node_low_pfn = MIN_PFN + 65;
	CHECK_EQ(bootmem_validate(), -EINVAL);
	CHECK(log_contains("out of order"));
}

const struct tap_test tap_tests[] = {
	TEST(a_new_map_has_every_page_taken),
	TEST(a_bitmap_page_holds_32768_pages),
	TEST(a_map_for_nothing_or_twice_is_refused),
	TEST(init_bootmem_starts_the_one_node_of_uma),
	TEST(nodes_are_listed_by_their_first_page),
	TEST(frees_round_inward_and_reservations_outward),
	TEST(a_double_free_is_refused_whole),
	TEST(a_range_outside_of_all_nodes_is_refused),
	TEST(an_exclusive_reservation_of_a_taken_page_changes_nothing),
	TEST(ranges_may_cross_nodes),
	TEST(allocation_is_first_fit_and_zeroed),
	TEST(small_allocations_share_a_page),
	TEST(an_allocation_continues_into_the_next_page),
	TEST(nothing_is_continued_when_the_next_page_is_taken),
	TEST(an_allocation_that_ends_with_its_page_is_not_continued),
	TEST(a_page_aligned_request_shares_nothing),
	TEST(a_freed_page_is_not_continued_in),
	TEST(alignment_counts_from_address_zero),
	TEST(a_goal_is_where_the_search_starts),
	TEST(the_search_goes_on_behind_the_last_allocation_and_wraps),
	TEST(a_free_lowers_the_hint),
	TEST(a_limit_is_not_crossed),
	TEST(low_memory_ends_below_4_gib),
	TEST(a_node_is_preferred_and_the_others_are_the_fallback),
	TEST(a_goal_passes_over_the_nodes_below_it),
	TEST(boot_memory_keeps_out_of_the_dma_zone_while_it_can),
	TEST(a_full_machine_panics_or_returns_null_as_asked),
	TEST(a_wrong_request_is_refused_with_a_warning),
	TEST(other_phases_are_refused),
	TEST(each_allocation_can_be_made_to_fail_once),
	TEST(the_validator_sees_what_is_broken),
	TEST(the_validator_sees_a_list_out_of_order),
	{ NULL, NULL },
};
