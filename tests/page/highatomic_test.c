/* SPDX-License-Identifier: MIT */
/*
 * highatomic_test.c - page blocks set apart for large blocks without waiting: when they are
 * set apart, who may have them, and how they are given back. And what that stands on: a page
 * block that changes its type with its free pages.
 */
#include <quire/quire.h>

#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)
#define BLOCK 64 /* pages of a page block */

static struct page *held[32768];
static unsigned int nr_held;

/* 64 MB, orders up to 6 and page blocks of 64 pages: a hundredth of the zone are 2 of them. */
static struct zone *boot_small_blocks(unsigned int max_order)
{
	struct quire_machine *m = test_machine_new();

	nr_held = 0;
	test_bank(m, 16 * MB, 64 * MB, 0);
	m->max_order = max_order;
	m->block_order = 6;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	return &NODE_DATA(0)->node_zones[ZONE_NORMAL];
}

/* Takes single pages down to so many. */
static void leave(unsigned long pages)
{
	struct page *page;

	drain_all_pages(NULL);
	while (nr_free_pages() > pages) {
		page = alloc_page(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN);
		REQUIRE(page);
		held[nr_held++] = page;
	}
	drain_all_pages(NULL);
}

/* A free page block, the n-th from the end of what was taken, comes back. */
static void free_a_page_block(struct zone *zone)
{
	pfn_t start = zone->zone_start_pfn + zone->spanned_pages / 2;
	unsigned int i;

	start -= start % BLOCK;
	for (i = nr_held; i-- > 0;) {
		pfn_t pfn = page_to_pfn(held[i]);

		if (pfn < start || pfn >= start + BLOCK)
			continue;
		__free_page(held[i]);
		held[i] = held[--nr_held];
	}
	drain_all_pages(NULL);
}

/* Who got below the min mark with a large block has shown that he needs them. */
static struct page *take_atomic(unsigned int order)
{
	struct page *page = alloc_pages(GFP_ATOMIC | __GFP_NOWARN, order);

	REQUIRE(page);
	return page;
}

static void a_large_atomic_block_below_the_mark_sets_its_page_block_apart(void)
{
	struct zone *zone = boot_small_blocks(7);
	struct page *page;

	leave(256 - BLOCK);
	free_a_page_block(zone);
	page = take_atomic(2);
	CHECK_EQ(zone->nr_reserved_highatomic, BLOCK);
	CHECK_EQ(get_pageblock_migratetype(page), MIGRATE_HIGHATOMIC);
	CHECK_EQ(page_alloc_validate(), 0);
	__free_pages(page, 2);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void single_pages_and_requests_above_the_mark_set_nothing_apart(void)
{
	struct zone *zone = boot_small_blocks(7);

	take_atomic(4);
	leave(300);
	CHECK(alloc_page(GFP_ATOMIC) != NULL);
	CHECK(alloc_pages(GFP_KERNEL | __GFP_MEMALLOC, 1) != NULL);
	leave(200);
	CHECK(alloc_page(GFP_ATOMIC) != NULL);
	CHECK_EQ(zone->nr_reserved_highatomic, 0);
}

static void at_most_a_hundredth_of_the_zone_is_set_apart(void)
{
	struct zone *zone = boot_small_blocks(7);
	unsigned int i;

	/* As if it were always short of memory, and never out of it. */
	zone->_watermark[WMARK_LOW] = zone->_watermark[WMARK_HIGH] = 16384;
	for (i = 0; i < 40; i++)
		take_atomic(5);
	CHECK_EQ(zone->nr_reserved_highatomic, 2 * BLOCK);
	CHECK(2 * BLOCK <= 16384 / 100 && 3 * BLOCK > 16384 / 100);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void a_zone_of_less_than_a_hundred_page_blocks_sets_nothing_apart(void)
{
	struct quire_machine *m = test_machine_new();
	struct zone *zone;

	test_bank(m, 16 * MB, 64 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	zone->_watermark[WMARK_LOW] = zone->_watermark[WMARK_HIGH] = 16384;
	take_atomic(5);
	CHECK_EQ(zone->nr_reserved_highatomic, 0);
}

/* The reserve, and nothing else, is free: 64 pages less a block of 4. */
static struct zone *boot_with_reserve(struct page **taken)
{
	struct zone *zone = boot_small_blocks(7);

	zone->_watermark[WMARK_LOW] = 16384;
	*taken = take_atomic(2);
	zone->_watermark[WMARK_LOW] = 320;
	REQUIRE(zone->nr_reserved_highatomic == BLOCK);
	return zone;
}

static void the_reserve_serves_atomic_requests_first(void)
{
	struct page *page, *more;
	struct zone *zone = boot_with_reserve(&page);

	zone->_watermark[WMARK_LOW] = 16384;
	more = take_atomic(3);
	CHECK_EQ(page_to_pfn(more) / BLOCK, page_to_pfn(page) / BLOCK);
	CHECK_EQ(zone->nr_reserved_highatomic, BLOCK);
	/* Without the need, from elsewhere. */
	zone->_watermark[WMARK_LOW] = 320;
	more = take_atomic(3);
	CHECK(page_to_pfn(more) / BLOCK != page_to_pfn(page) / BLOCK);
}

/* Their pages are as good as not there; and who may have them gets them to the last. */
static void the_reserve_does_not_serve_requests_that_could_wait_elsewhere(void)
{
	struct page *page;
	struct zone *zone = boot_with_reserve(&page);
	unsigned int n = 0;

	zone->per_cpu_pageset[0].batch = 1; /* no more leaves the zone than is asked for */
	while (alloc_page(GFP_NOWAIT | __GFP_NOWARN))
		n++;
	CHECK_EQ(zone_page_state(zone, NR_FREE_PAGES), 256 + BLOCK);
	zone->_watermark[WMARK_MIN] = 0;
	while (alloc_page(GFP_NOWAIT | __GFP_NOWARN))
		n++;
	/* Of the reserve 4 pages are in use: they count as reserved all the same. */
	CHECK_EQ(zone_page_state(zone, NR_FREE_PAGES), BLOCK);
	CHECK_EQ(n, 16384 - 4 - BLOCK);
	n = 0;
	while (alloc_page(GFP_ATOMIC | __GFP_NOWARN))
		n++;
	CHECK_EQ(n, BLOCK);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* No other memory: the request that may wait gets the reserve's page, and the reserve is gone. */
static void a_request_about_to_fail_takes_the_reserve_apart(void)
{
	struct page *page;
	struct zone *zone = boot_with_reserve(&page);

	while (alloc_page(GFP_NOWAIT | __GFP_NOWARN))
		;
	CHECK(!alloc_page(GFP_NOWAIT | __GFP_NOWARN));
	CHECK_EQ(zone->nr_reserved_highatomic, BLOCK);
	CHECK(alloc_page(GFP_KERNEL | __GFP_RECLAIMABLE) != NULL);
	CHECK_EQ(zone->nr_reserved_highatomic, 0);
	CHECK_EQ(get_pageblock_migratetype(page), MIGRATE_RECLAIMABLE);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* Nothing of the page block is free: giving it back would help nobody. */
static void a_reserve_in_use_stays_reserved(void)
{
	struct page *page;
	struct zone *zone = boot_with_reserve(&page);

	leave(0);
	CHECK(!alloc_page(GFP_KERNEL | __GFP_NOWARN));
	CHECK_EQ(zone->nr_reserved_highatomic, BLOCK);
	CHECK_EQ(get_pageblock_migratetype(page), MIGRATE_HIGHATOMIC);
	__free_pages(page, 2);
	CHECK(!alloc_page(GFP_NOWAIT | __GFP_NOWARN));
	zone->_watermark[WMARK_MIN] = 0;
	CHECK(alloc_page(GFP_KERNEL | __GFP_NOWARN) != NULL);
	CHECK_EQ(zone->nr_reserved_highatomic, 0);
}

/* ---- page blocks that change their type ---- */

static unsigned long move(struct zone *zone, struct page *page, enum migratetype type)
{
	unsigned long flags = local_irq_save();
	unsigned long moved = move_freepages_block(zone, page, type);

	local_irq_restore(flags);
	return moved;
}

static unsigned long blocks(struct zone *zone, unsigned int order, enum migratetype type)
{
	unsigned long count[MAX_ORDER_LIMIT];

	zone_count_free_blocks(zone, (int)type, count);
	return count[order];
}

/* One page of the page block is taken: its other 63 are blocks of 1, 2, 4, 8, 16, 32. */
static void free_pages_follow_their_page_block(void)
{
	struct zone *zone = boot_small_blocks(7);
	struct page *page = alloc_pages(GFP_KERNEL, 1);
	unsigned int order;

	REQUIRE(page);
	CHECK_EQ(move(zone, page + 1, MIGRATE_ISOLATE), BLOCK - 2);
	for (order = 1; order < 6; order++)
		CHECK_EQ(blocks(zone, order, MIGRATE_ISOLATE), 1);
	CHECK_EQ(blocks(zone, 0, MIGRATE_ISOLATE), 0);
	CHECK_EQ(page_alloc_validate(), 0);
	/* Nobody takes them now, and all is found again afterwards. */
	CHECK(page_to_pfn(alloc_pages(GFP_KERNEL, 1)) / BLOCK != page_to_pfn(page) / BLOCK);
	CHECK_EQ(move(zone, page, MIGRATE_UNMOVABLE), BLOCK - 2);
	CHECK_EQ(blocks(zone, 1, MIGRATE_ISOLATE), 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* Of a free block of 256 one of the four page blocks is cut out, then the others follow it. */
static void a_page_block_inside_a_larger_free_block_is_cut_out(void)
{
	struct zone *zone = boot_small_blocks(9);
	struct page *first = pfn_to_page(zone->zone_start_pfn);
	unsigned long before = blocks(zone, 8, MIGRATE_MOVABLE);

	CHECK_EQ(move(zone, first + 2 * BLOCK, MIGRATE_ISOLATE), BLOCK);
	CHECK_EQ(blocks(zone, 8, MIGRATE_MOVABLE), before - 1);
	CHECK_EQ(blocks(zone, 7, MIGRATE_MOVABLE), 1);
	CHECK_EQ(blocks(zone, 6, MIGRATE_MOVABLE), 1);
	CHECK_EQ(blocks(zone, 6, MIGRATE_ISOLATE), 1);
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_EQ(move(zone, first, MIGRATE_ISOLATE), BLOCK);
	CHECK_EQ(move(zone, first + BLOCK, MIGRATE_ISOLATE), BLOCK);
	CHECK_EQ(move(zone, first + 3 * BLOCK, MIGRATE_ISOLATE), BLOCK);
	CHECK_EQ(blocks(zone, 8, MIGRATE_MOVABLE), before - 1);
	CHECK_EQ(blocks(zone, 8, MIGRATE_ISOLATE), 1);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* Four page blocks are held as one block; one of them changes its type meanwhile. */
static void a_block_over_page_blocks_of_two_types_goes_back_to_both(void)
{
	struct zone *zone = boot_small_blocks(9);
	unsigned long before = blocks(zone, 8, MIGRATE_MOVABLE);
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_MOVABLE, 8);

	REQUIRE(page);
	CHECK_EQ(move(zone, page + BLOCK, MIGRATE_HIGHATOMIC), 0);
	__free_pages(page, 8);
	drain_all_pages(NULL);
	CHECK_EQ(blocks(zone, 6, MIGRATE_HIGHATOMIC), 1);
	CHECK_EQ(blocks(zone, 8, MIGRATE_MOVABLE), before - 1);
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_EQ(move(zone, page + BLOCK, MIGRATE_MOVABLE), BLOCK);
	CHECK_EQ(blocks(zone, 8, MIGRATE_MOVABLE), before);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void one_type_s_blocks_are_split_and_no_other_s(void)
{
	struct zone *zone = boot_small_blocks(7);
	unsigned long flags, free_before = nr_free_pages();
	struct page *page = NULL;

	flags = local_irq_save();
	CHECK(!buddy_take_type(zone, 0, MIGRATE_RECLAIMABLE, &page, 1));
	CHECK_EQ(buddy_take_type(zone, 3, MIGRATE_MOVABLE, &page, 1), 1);
	local_irq_restore(flags);
	REQUIRE(page);
	CHECK_EQ(nr_free_pages(), free_before - 8);
	CHECK_EQ(page_to_pfn(page) % 8, 0);
	CHECK_EQ(blocks(zone, 3, MIGRATE_MOVABLE), 1);
	CHECK_EQ(blocks(zone, 4, MIGRATE_MOVABLE), 1);
	CHECK_EQ(blocks(zone, 5, MIGRATE_MOVABLE), 1);
	REQUIRE(prep_new_page(page, GFP_KERNEL, 3));
	CHECK_EQ(page_alloc_validate(), 0);
	__free_pages(page, 3);
	CHECK_EQ(nr_free_pages(), free_before);
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(a_large_atomic_block_below_the_mark_sets_its_page_block_apart),
	TEST(single_pages_and_requests_above_the_mark_set_nothing_apart),
	TEST(at_most_a_hundredth_of_the_zone_is_set_apart),
	TEST(a_zone_of_less_than_a_hundred_page_blocks_sets_nothing_apart),
	TEST(the_reserve_serves_atomic_requests_first),
	TEST(the_reserve_does_not_serve_requests_that_could_wait_elsewhere),
	TEST(a_request_about_to_fail_takes_the_reserve_apart),
	TEST(a_reserve_in_use_stays_reserved),
	TEST(free_pages_follow_their_page_block),
	TEST(a_page_block_inside_a_larger_free_block_is_cut_out),
	TEST(a_block_over_page_blocks_of_two_types_goes_back_to_both),
	TEST(one_type_s_blocks_are_split_and_no_other_s),
	{ NULL, NULL },
};
