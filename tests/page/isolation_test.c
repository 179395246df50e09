/* SPDX-License-Identifier: MIT */
/*
 * isolation_test.c - page blocks that nobody may take pages of, and emptying them.
 *
 * Most tests run on 8 MB with page blocks of 64 pages.
 */
#include <quire/fault.h>
#include <quire/quire.h>

#include "mm/lib/list.h"
#include "mm/page/compact.h"
#include "mm/page/internal.h"
#include "tests/fixture.h"
#include "tests/page/movers.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)
#define BLOCK 64UL /* pages of a page block */

static struct movers *owner;

static struct zone *boot_order(unsigned int max_order, unsigned int block_order)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 8 * MB, 0);
	m->max_order = max_order;
	m->block_order = block_order;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	owner = movers_new();
	return &NODE_DATA(0)->node_zones[ZONE_NORMAL];
}

static struct zone *boot_blocks(unsigned int max_order)
{
	return boot_order(max_order, 6);
}

static pfn_t block_pfn(const struct zone *zone, unsigned long n)
{
	return zone->zone_start_pfn + n * BLOCK;
}

/* Takes exactly this frame, for the owner if it is to be movable. */
static struct page *take_frame(pfn_t pfn, bool is_movable)
{
	REQUIRE(alloc_contig_range(pfn, pfn + 1, MIGRATE_MOVABLE, GFP_NOWAIT) == 0);
	if (is_movable)
		movers_adopt(pfn_to_page(pfn), 0);
	return pfn_to_page(pfn);
}

static unsigned int type_at(pfn_t pfn)
{
	return get_pageblock_migratetype(pfn_to_page(pfn));
}

/* ---- isolating ---- */

/*
 *   page block   |   1   |   2   |   3   |   4   |
 *   the range        [ 70 ... 200 ]                   blocks 1, 2, 3
 */
static void a_range_is_isolated_by_whole_page_blocks(void)
{
	struct zone *zone = boot_blocks(7);
	unsigned long free_before = zone_page_state(zone, NR_FREE_PAGES), n;
	pfn_t base = zone->zone_start_pfn;

	REQUIRE(start_isolate_page_range(base + 70, base + 200, MIGRATE_MOVABLE, 0) == 0);
	for (n = 0; n < 6; n++)
		CHECK_EQ(type_at(block_pfn(zone, n)), n >= 1 && n <= 3 ? MIGRATE_ISOLATE : MIGRATE_MOVABLE);
	CHECK_EQ(zone_page_state(zone, NR_FREE_PAGES), free_before - 3 * BLOCK);
	CHECK_EQ(test_pages_isolated(base + 70, base + 200, 0), 0);
	CHECK_EQ(test_pages_isolated(base + 60, base + 200, 0), -EBUSY);
	CHECK_EQ(page_alloc_validate(), 0);
	undo_isolate_page_range(base + 70, base + 200, MIGRATE_MOVABLE);
	CHECK_EQ(type_at(block_pfn(zone, 2)), MIGRATE_MOVABLE);
	CHECK_EQ(zone_page_state(zone, NR_FREE_PAGES), free_before);
	CHECK_EQ(test_free_blocks(zone, 6), 8 * 256 / BLOCK);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void nobody_gets_a_page_of_an_isolated_block(void)
{
	struct zone *zone = boot_blocks(9);
	pfn_t start = block_pfn(zone, 4), end = block_pfn(zone, 12);
	unsigned int order;

	REQUIRE(start_isolate_page_range(start, end, MIGRATE_MOVABLE, 0) == 0);
	for (order = 9; order-- > 0;) {
		struct page *page;

		while ((page = alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC | __GFP_NOWARN, order))) {
			pfn_t pfn = page_to_pfn(page);

			if (!CHECK(pfn + (1UL << order) <= start || pfn >= end))
				return;
		}
	}
	CHECK_EQ(nr_free_pages(), 0);
	CHECK_EQ(test_pages_isolated(start, end, 0), 0);
	CHECK_EQ(page_alloc_validate(), 0);
	undo_isolate_page_range(start, end, MIGRATE_MOVABLE);
	CHECK_EQ(nr_free_pages(), 8 * BLOCK);
	CHECK(alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC, 8) != NULL);
}

/* Not by frame number either: who has isolated it relies on it. */
static void ranges_by_frame_are_not_had_of_an_isolated_block(void)
{
	struct zone *zone = boot_blocks(9);
	pfn_t start = block_pfn(zone, 4), end = block_pfn(zone, 12);
	unsigned long captured[BLOCK / BITS_PER_LONG] = { 0 }, irq;

	REQUIRE(start_isolate_page_range(start, end, MIGRATE_MOVABLE, 0) == 0);
	CHECK_EQ(alloc_contig_range(start, start + 1, MIGRATE_MOVABLE, GFP_NOWAIT), -EBUSY);
	CHECK_EQ(alloc_contig_range(end - 9, end + 9, MIGRATE_MOVABLE, GFP_KERNEL), -EBUSY);
	while (alloc_contig_pages(BLOCK, GFP_NOWAIT, NUMA_NO_NODE, NULL))
		;
	CHECK_EQ(test_pages_isolated(start, end, 0), 0);
	irq = local_irq_save();
	CHECK_EQ(buddy_take_all_of(zone, start, start + BLOCK, captured), 0);
	local_irq_restore(irq);
	CHECK_EQ(page_alloc_validate(), 0);
	undo_isolate_page_range(start, end, MIGRATE_MOVABLE);
	CHECK_EQ(nr_free_pages(), 8 * BLOCK);
	CHECK_EQ(free_block_order(start), 8); /* no leaf was left apart */
	CHECK_EQ(page_alloc_validate(), 0);
}

/* Freed into blocks of its own kind, never across the border. */
static void what_comes_free_in_an_isolated_block_stays_there(void)
{
	struct zone *zone = boot_blocks(8);
	pfn_t start = block_pfn(zone, 2);
	struct page *inside = take_frame(start + 5, true), *outside = take_frame(start - 1, true);
	unsigned long free_before;

	REQUIRE(start_isolate_page_range(start, start + BLOCK, MIGRATE_MOVABLE, 0) == 0);
	CHECK_EQ(test_pages_isolated(start, start + BLOCK, 0), -EBUSY);
	drain_all_pages(NULL);
	free_before = nr_free_pages();
	movers_free_all();
	(void)inside, (void)outside;
	CHECK_EQ(test_pages_isolated(start, start + BLOCK, 0), 0);
	CHECK_EQ(nr_free_pages(), free_before + 1);
	CHECK_EQ(free_block_order(start), 6);
	CHECK_EQ(page_alloc_validate(), 0);
	undo_isolate_page_range(start, start + BLOCK, MIGRATE_MOVABLE);
	drain_all_pages(NULL);
	CHECK_EQ(free_block_order(start), 7); /* and its buddy */
	CHECK_EQ(page_alloc_validate(), 0);
}

/* A block that was taken whole before one of its two page blocks was isolated. */
static void a_block_across_the_border_comes_back_in_two_parts(void)
{
	struct zone *zone = boot_blocks(8);
	struct page *page = alloc_pages(GFP_KERNEL, 7);
	pfn_t pfn = page_to_pfn(page);

	movers_adopt(page, 7);
	REQUIRE(start_isolate_page_range(pfn, pfn + BLOCK, MIGRATE_MOVABLE, 0) == 0);
	movers_free_all();
	CHECK_EQ(test_pages_isolated(pfn, pfn + BLOCK, 0), 0);
	CHECK_EQ(free_block_order(pfn), 6);
	CHECK_EQ(free_block_order(pfn + BLOCK), 6);
	CHECK_EQ(page_alloc_validate(), 0);
	undo_isolate_page_range(pfn, pfn + BLOCK, MIGRATE_MOVABLE);
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_EQ(zone_page_state(zone, NR_FREE_PAGES), zone->managed_pages);
}

static void blocks_get_back_the_type_that_they_had(void)
{
	struct zone *zone = boot_blocks(7);
	pfn_t start = block_pfn(zone, 3);

	/* A page block that is wholly free may become anything. */
	take_frame(start + 1, true);
	take_frame(start + BLOCK + 1, true);
	set_pageblock_migratetype(pfn_to_page(start), MIGRATE_UNMOVABLE);
	set_pageblock_migratetype(pfn_to_page(start + BLOCK), MIGRATE_RECLAIMABLE);
	set_pageblock_migratetype(pfn_to_page(start + 2 * BLOCK), MIGRATE_ISOLATE);
	REQUIRE(start_isolate_page_range(start, start + 2 * BLOCK, MIGRATE_MOVABLE, 0) == 0);
	undo_isolate_page_range(start, start + 4 * BLOCK, MIGRATE_MOVABLE);
	CHECK_EQ(type_at(start), MIGRATE_UNMOVABLE);
	CHECK_EQ(type_at(start + BLOCK), MIGRATE_RECLAIMABLE);
	CHECK_EQ(type_at(start + 2 * BLOCK), MIGRATE_MOVABLE); /* nobody knows: as the caller says */
	/* What compaction has noted of a leaf is no type. */
	zone->leaves[leaf_number(zone, start)].hint = LEAF_HINT_FAILED | 5;
	set_pageblock_migratetype(pfn_to_page(start), MIGRATE_ISOLATE);
	undo_isolate_page_range(start, start + 1, MIGRATE_RECLAIMABLE);
	CHECK_EQ(type_at(start), MIGRATE_RECLAIMABLE);
	CHECK_EQ(page_alloc_validate(), 0);
}

/*
 *   leaf      |     1     |     2     |     3     |
 *   zones     first node       | second node            leaf_kind has one type for both
 */
static void of_two_zones_in_a_leaf_each_gets_its_own_type_back(void)
{
	struct quire_machine *m = test_machine_new();
	pfn_t border = (16 * MB >> PAGE_SHIFT) + 2 * BLOCK + 20;
	struct zone *first, *second;

	test_bank(m, 16 * MB, (2 * BLOCK + 20) * PAGE_SIZE, 0);
	test_bank(m, (phys_addr_t)border * PAGE_SIZE, 8 * MB, 1);
	m->max_order = 7;
	m->block_order = 6;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	first = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	second = &NODE_DATA(1)->node_zones[ZONE_NORMAL];
	REQUIRE(zone_end_pfn(first) == border && second->zone_start_pfn == border);
	REQUIRE(start_isolate_page_range(border - 20, border, MIGRATE_MOVABLE, 0) == 0);
	set_pageblock_migratetype(pfn_to_page(border), MIGRATE_UNMOVABLE);
	undo_isolate_page_range(border - 20, border, MIGRATE_MOVABLE);
	CHECK_EQ(first->leaves[leaf_number(first, border - 1)].migratetype, MIGRATE_MOVABLE);
	CHECK_EQ(second->leaves[leaf_number(second, border)].migratetype, MIGRATE_UNMOVABLE);
	CHECK_EQ(zone_page_state(first, NR_FREE_PAGES), first->managed_pages);
	/* Nor does one get the other's. */
	set_pageblock_migratetype(pfn_to_page(border), MIGRATE_RECLAIMABLE);
	REQUIRE(start_isolate_page_range(border - 20, border, MIGRATE_MOVABLE, 0) == 0);
	undo_isolate_page_range(border - 20, border, MIGRATE_MOVABLE);
	CHECK_EQ(first->leaves[leaf_number(first, border - 1)].migratetype, MIGRATE_MOVABLE);
	CHECK_EQ(page_alloc_validate(), 0);
}

/*
 *   page block   |       0       |       1       |     two leaves each
 *   nodes        |   0   |   1   |   0   |   0   |     the first one's zone spans them all
 */
static void a_page_block_keeps_its_hands_off_other_zones_leaves(void)
{
	struct quire_machine *m = test_machine_new();
	pfn_t first = 16 * MB >> PAGE_SHIFT;

	test_bank(m, 16 * MB, 2 * MB, 0);
	test_bank(m, 18 * MB, 2 * MB, 1);
	test_bank(m, 20 * MB, 4 * MB, 0);
	m->max_order = 11;
	m->block_order = 10;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	REQUIRE(start_isolate_page_range(first, first + 1, MIGRATE_MOVABLE, 0) == 0);
	CHECK_EQ(type_at(first), MIGRATE_ISOLATE);
	CHECK_EQ(type_at(first + 512), MIGRATE_MOVABLE);
	CHECK_EQ(page_alloc_validate(), 0);
	undo_isolate_page_range(first, first + 1, MIGRATE_MOVABLE);
	set_pageblock_migratetype(pfn_to_page(first), MIGRATE_UNMOVABLE);
	CHECK_EQ(type_at(first + 512), MIGRATE_MOVABLE);
	CHECK_EQ(type_at(first), MIGRATE_UNMOVABLE);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* ---- what is in the way ---- */

/*
 *   page block   |   2   |   3   |   4   |
 *   the range    [                       ]
 *   in use           m       u                   u has no mover
 */
static void a_page_without_a_mover_is_in_the_way_and_nothing_changes(void)
{
	struct zone *zone = boot_blocks(7);
	pfn_t start = block_pfn(zone, 2), end = block_pfn(zone, 5);
	struct page *unmovable = take_frame(start + BLOCK + 9, false);

	take_frame(start + 7, true);
	CHECK_PTR(has_unmovable_pages(start, end, MIGRATE_MOVABLE, 0), unmovable);
	CHECK_PTR(has_unmovable_pages(start, start + BLOCK, MIGRATE_MOVABLE, 0), NULL);
	CHECK_EQ(start_isolate_page_range(start, end, MIGRATE_MOVABLE, REPORT_FAILURE), -EBUSY);
	CHECK(log_contains("isolation: page frame 0x"));
	CHECK_EQ(type_at(start), MIGRATE_MOVABLE);
	CHECK_EQ(type_at(start + BLOCK), MIGRATE_MOVABLE);
	/* Beside the range it is not in the way, though in the same page block. */
	CHECK_EQ(start_isolate_page_range(start, start + BLOCK + 9, MIGRATE_MOVABLE, 0), 0);
	CHECK_EQ(start_isolate_page_range(start, start + 1, MIGRATE_MOVABLE, 0), -EBUSY); /* it is already */
	CHECK_EQ(type_at(start), MIGRATE_ISOLATE);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void a_block_that_begins_before_the_range_is_in_the_way(void)
{
	struct page *page;
	pfn_t pfn;

	boot_blocks(8);
	page = alloc_pages(GFP_KERNEL, 5);
	pfn = page_to_pfn(page);
	CHECK_PTR(has_unmovable_pages(pfn + 11, pfn + 13, MIGRATE_MOVABLE, 0), page);
	CHECK_PTR(has_unmovable_pages(pfn + 32, pfn + 40, MIGRATE_MOVABLE, 0), NULL);
	movers_adopt(page, 5);
	CHECK_PTR(has_unmovable_pages(pfn + 11, pfn + 13, MIGRATE_MOVABLE, 0), NULL);
}

static void pages_of_a_cma_area_are_for_those_who_name_it(void)
{
	struct zone *zone = boot_blocks(7);
	pfn_t start = block_pfn(zone, 8);

	set_pageblock_migratetype(pfn_to_page(start), MIGRATE_CMA);
	CHECK_EQ(start_isolate_page_range(start, start + BLOCK, MIGRATE_MOVABLE, 0), -EBUSY);
	CHECK_EQ(alloc_contig_range(start, start + 2, MIGRATE_MOVABLE, GFP_KERNEL), -EBUSY);
	CHECK_EQ(start_isolate_page_range(start, start + BLOCK, MIGRATE_CMA, 0), 0);
	undo_isolate_page_range(start, start + BLOCK, MIGRATE_CMA);
	CHECK_EQ(type_at(start), MIGRATE_CMA);
	CHECK_EQ(start_isolate_page_range(start, start + BLOCK, MIGRATE_MOVABLE, MEMORY_OFFLINE), 0);
	undo_isolate_page_range(start, start + BLOCK, MIGRATE_MOVABLE);
	CHECK_EQ(type_at(start), MIGRATE_CMA);
	CHECK_EQ(alloc_contig_range(start, start + 2, MIGRATE_CMA, GFP_KERNEL), 0);
	free_contig_range(start, 2);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* ---- emptying ---- */

static void an_isolated_range_is_emptied(void)
{
	struct zone *zone = boot_blocks(9);
	pfn_t start = block_pfn(zone, 8), end = block_pfn(zone, 16);
	int i;

	while ((i = movers_take(GFP_HIGHUSER_MOVABLE, 0)) >= 0 && i < 1500)
		;
	for (i = 0; i < 1500; i += 2)
		movers_free((unsigned int)i);
	REQUIRE(start_isolate_page_range(start, end, MIGRATE_MOVABLE, 0) == 0);
	CHECK_EQ(evacuate_page_range(start, end, GFP_USER, MR_MEMORY_HOTPLUG), 0);
	CHECK_EQ(test_pages_isolated(start, end, 0), 0);
	CHECK(owner->moved > 0);
	CHECK(movers_check_all());
	CHECK_EQ(page_alloc_validate(), 0);
	undo_isolate_page_range(start, end, MIGRATE_MOVABLE);
	CHECK_EQ(page_alloc_validate(), 0);
	movers_free_all();
	drain_all_pages(NULL);
	CHECK_EQ(nr_free_pages(), zone->managed_pages);
}

static void a_range_cannot_be_emptied_when_the_rest_is_full(void)
{
	struct zone *zone = boot_blocks(9);
	pfn_t start = block_pfn(zone, 8), end = block_pfn(zone, 16);

	while (movers_take(GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC, 0) >= 0)
		;
	REQUIRE(start_isolate_page_range(start, end, MIGRATE_MOVABLE, 0) == 0);
	CHECK_EQ(evacuate_page_range(start, end, GFP_NOWAIT, MR_MEMORY_HOTPLUG), -ENOMEM);
	undo_isolate_page_range(start, end, MIGRATE_MOVABLE);
	CHECK(movers_check_all());
	CHECK_EQ(page_alloc_validate(), 0);
}

static void a_page_that_will_not_move_keeps_its_range(void)
{
	struct zone *zone = boot_blocks(9);
	pfn_t start = block_pfn(zone, 3);

	take_frame(start + 3, true);
	take_frame(start + 4, true);
	REQUIRE(start_isolate_page_range(start, start + BLOCK, MIGRATE_MOVABLE, 0) == 0);
	owner->refuses = true;
	CHECK_EQ(evacuate_page_range(start, start + BLOCK, GFP_USER, MR_CONTIG_RANGE), -EBUSY);
	owner->refuses = false;
	owner->error = -EINVAL;
	owner->errors = 1000;
	CHECK_EQ(evacuate_page_range(start, start + BLOCK, GFP_USER, MR_CONTIG_RANGE), -EBUSY);
	owner->errors = 3; /* of one kind of tries only so many are made */
	CHECK_EQ(evacuate_page_range(start, start + BLOCK, GFP_USER, MR_CONTIG_RANGE), 0);
	CHECK(movers_check_all());
	undo_isolate_page_range(start, start + BLOCK, MIGRATE_MOVABLE);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void pages_on_cpus_lists_do_not_keep_a_range_busy(void)
{
	struct quire_machine *m = test_machine_new();
	struct zone *zone;
	struct page *page[2];
	pfn_t start;

	test_bank(m, 16 * MB, 8 * MB, 0);
	m->nr_cpus = 2;
	m->max_order = 9;
	m->block_order = 6;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	page[0] = alloc_page(GFP_HIGHUSER_MOVABLE);
	page[1] = alloc_page(GFP_HIGHUSER_MOVABLE);
	start = ALIGN_DOWN(page_to_pfn(page[0]), BLOCK);
	__free_page(page[0]);
	test_set_cpu(1);
	__free_page(page[1]);
	REQUIRE(start_isolate_page_range(start, start + BLOCK, MIGRATE_MOVABLE, 0) == 0);
	CHECK_EQ(test_pages_isolated(start, start + BLOCK, 0), -EBUSY);
	CHECK_EQ(evacuate_page_range(start, start + BLOCK, GFP_USER, MR_CONTIG_RANGE), 0);
	CHECK_EQ(nr_free_pages(), zone->managed_pages - BLOCK);
	undo_isolate_page_range(start, start + BLOCK, MIGRATE_MOVABLE);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* Page blocks of one, two and four pages: leaves, and largest blocks, are no larger. */
static void the_smallest_page_blocks_are_emptied_too(void)
{
	unsigned int max_order, i;
	struct page *page;

	for (max_order = 1; max_order <= 3; max_order++) {
		struct zone *zone = boot_order(max_order, max_order - 1);
		pfn_t start = zone->zone_start_pfn + 201, end = zone->zone_start_pfn + 403;

		for (i = 0; i < 1500; i++)
			REQUIRE(movers_take(GFP_HIGHUSER_MOVABLE, 0) >= 0);
		for (i = 0; i < 1500; i += 2)
			movers_free(i);
		REQUIRE(start_isolate_page_range(start, end, MIGRATE_MOVABLE, 0) == 0);
		CHECK_EQ(alloc_contig_range(end - 1, end, MIGRATE_MOVABLE, GFP_NOWAIT), -EBUSY);
		CHECK_EQ(evacuate_page_range(start, end, GFP_USER, MR_MEMORY_HOTPLUG), 0);
		CHECK_EQ(page_alloc_validate(), 0);
		undo_isolate_page_range(start, end, MIGRATE_MOVABLE);
		CHECK_EQ(alloc_contig_range(start, end, MIGRATE_MOVABLE, GFP_NOWAIT), 0);
		free_contig_range(start, end - start);
		compact_memory();
		page = alloc_contig_pages(500, GFP_KERNEL, NUMA_NO_NODE, NULL);
		CHECK(page != NULL);
		CHECK(movers_check_all());
		CHECK_EQ(page_alloc_validate(), 0);
		if (page)
			free_contig_range(page_to_pfn(page), 500);
		movers_free_all();
		drain_all_pages(NULL);
		CHECK_EQ(nr_free_pages(), zone->managed_pages);
		CHECK_EQ(page_alloc_validate(), 0);
	}
}

/* ---- model ---- */

/* Blocks are isolated and given back at random between allocations; nothing is handed out of them. */
static void random_isolation_keeps_all_invariants(void)
{
	struct zone *zone = boot_blocks(9);
	unsigned long blocks = zone->spanned_pages / BLOCK, rounds = test_rounds(1500);
	bool is_isolated[64] = { false };

	owner->fail_one_in = 9;
	while (rounds--) {
		unsigned long n = test_random_below(blocks);
		pfn_t start = block_pfn(zone, n);
		unsigned int i = (unsigned int)test_random_below(800);
		int taken;

		if (test_random_below(4)) {
			if (movers_free(i))
				continue;
			taken = movers_take(GFP_HIGHUSER_MOVABLE, (unsigned int)test_random_below(5));
			if (taken >= 0)
				CHECK(!is_isolated[(page_to_pfn(movers_page(taken)) - zone->zone_start_pfn) / BLOCK]);
			continue;
		}
		if (is_isolated[n]) {
			undo_isolate_page_range(start, start + 1, MIGRATE_MOVABLE);
			is_isolated[n] = false;
		} else {
			REQUIRE(start_isolate_page_range(start, start + BLOCK, MIGRATE_MOVABLE, 0) == 0);
			drain_all_pages(NULL);
			is_isolated[n] = true;
			if (test_random_below(2) && !evacuate_page_range(start, start + BLOCK, GFP_NOWAIT, MR_CONTIG_RANGE))
				CHECK_EQ(test_pages_isolated(start, start + BLOCK, 0), 0);
		}
		movers_check_all();
		CHECK_EQ(page_alloc_validate(), 0);
	}
	undo_isolate_page_range(zone->zone_start_pfn, zone_end_pfn(zone), MIGRATE_MOVABLE);
	movers_free_all();
	CHECK_EQ(nr_free_pages(), zone->managed_pages);
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(a_range_is_isolated_by_whole_page_blocks),
	TEST(nobody_gets_a_page_of_an_isolated_block),
	TEST(ranges_by_frame_are_not_had_of_an_isolated_block),
	TEST(what_comes_free_in_an_isolated_block_stays_there),
	TEST(a_block_across_the_border_comes_back_in_two_parts),
	TEST(blocks_get_back_the_type_that_they_had),
	TEST(of_two_zones_in_a_leaf_each_gets_its_own_type_back),
	TEST(a_page_block_keeps_its_hands_off_other_zones_leaves),
	TEST(a_page_without_a_mover_is_in_the_way_and_nothing_changes),
	TEST(a_block_that_begins_before_the_range_is_in_the_way),
	TEST(pages_of_a_cma_area_are_for_those_who_name_it),
	TEST(an_isolated_range_is_emptied),
	TEST(a_range_cannot_be_emptied_when_the_rest_is_full),
	TEST(a_page_that_will_not_move_keeps_its_range),
	TEST(pages_on_cpus_lists_do_not_keep_a_range_busy),
	TEST(the_smallest_page_blocks_are_emptied_too),
	TEST(random_isolation_keeps_all_invariants),
	{ NULL, NULL },
};
