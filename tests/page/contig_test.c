/* SPDX-License-Identifier: MIT */
/*
 * contig_test.c - ranges of frames by number, when some of them are in use: what is moved away,
 * what is in the way, and what failures leave behind.
 */
#include <quire/fault.h>
#include <quire/quire.h>

#include "mm/lib/bitmap.h"
#include "tests/fixture.h"
#include "tests/page/movers.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

static struct movers *owner;

/* 8 MB, page blocks of 64 pages. */
static struct zone *boot(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 8 * MB, 0);
	m->max_order = 9;
	m->block_order = 6;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	owner = movers_new();
	return &NODE_DATA(0)->node_zones[ZONE_NORMAL];
}

/* Every second page of the first `pages` is in use, by an owner with a mover. */
static void use_every_second(unsigned int pages)
{
	unsigned int i;

	for (i = 0; i < pages; i++)
		REQUIRE(movers_take(GFP_HIGHUSER_MOVABLE, 0) == (int)i);
	for (i = 0; i < pages; i += 2)
		movers_free(i);
	drain_all_pages(NULL);
}

static bool is_moved_out(pfn_t start, pfn_t end)
{
	int i;

	for (i = 0; i < OWNER_SLOTS; i++)
		if (movers_page(i) && page_to_pfn(movers_page(i)) >= start && page_to_pfn(movers_page(i)) < end)
			return false;
	return true;
}

/*
 *   page blocks   | . x . x | . x . x | . x . x |
 *   the range          [  x   . x . x   . ]             70 .. 200
 */
static void pages_in_use_are_moved_out_of_the_range(void)
{
	struct zone *zone = boot();
	pfn_t base = zone->zone_start_pfn, pfn;
	unsigned long free_before;

	use_every_second(512);
	free_before = nr_free_pages();
	CHECK_EQ(alloc_contig_range(base + 70, base + 200, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	CHECK_EQ(owner->moved, 65);
	CHECK(is_moved_out(base + 70, base + 200));
	CHECK(movers_check_all());
	CHECK_EQ(nr_free_pages(), free_before - 130);
	for (pfn = base + 70; pfn < base + 200; pfn++)
		CHECK_EQ(page_ref_count(pfn_to_page(pfn)), 1);
	CHECK_EQ(page_alloc_validate(), 0);
	free_contig_range(base + 70, 130);
	movers_free_all();
	drain_all_pages(NULL);
	CHECK_EQ(nr_free_pages(), zone->managed_pages);
	CHECK_EQ(test_free_blocks(zone, 8), 8);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void nothing_moves_for_who_may_not_wait(void)
{
	struct zone *zone = boot();
	pfn_t base = zone->zone_start_pfn;

	use_every_second(256);
	CHECK_EQ(alloc_contig_range(base + 70, base + 100, MIGRATE_MOVABLE, GFP_NOWAIT), -EBUSY);
	CHECK_EQ(owner->isolated, 0);
	CHECK_EQ(alloc_contig_range(base + 300, base + 400, MIGRATE_MOVABLE, GFP_NOWAIT), 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void a_page_without_a_mover_in_the_range_refuses_it_before_anything_moves(void)
{
	struct zone *zone = boot();
	pfn_t base = zone->zone_start_pfn;
	unsigned long free_before;

	REQUIRE(alloc_contig_range(base + 99, base + 100, MIGRATE_MOVABLE, GFP_KERNEL) == 0);
	use_every_second(256);
	free_before = nr_free_pages();
	CHECK_EQ(alloc_contig_range(base + 70, base + 100, MIGRATE_MOVABLE, GFP_KERNEL), -EBUSY);
	CHECK_EQ(owner->isolated, 0);
	CHECK_EQ(nr_free_pages(), free_before);
	CHECK_EQ(alloc_contig_range(base + 70, base + 99, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	CHECK(movers_check_all());
	CHECK_EQ(page_alloc_validate(), 0);
}

static void without_room_elsewhere_the_range_is_not_to_be_had(void)
{
	struct zone *zone = boot();
	pfn_t base = zone->zone_start_pfn;
	int i;

	while ((i = movers_take(GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC, 0)) >= 0)
		;
	CHECK_EQ(alloc_contig_range(base + 64, base + 128, MIGRATE_MOVABLE, GFP_KERNEL | __GFP_NOWARN), -ENOMEM);
	CHECK(movers_check_all());
	CHECK_EQ(get_pageblock_migratetype(pfn_to_page(base + 64)), MIGRATE_MOVABLE);
	CHECK_EQ(page_alloc_validate(), 0);
	for (i = 0; i < 600; i++)
		movers_free((unsigned int)i);
	CHECK_EQ(alloc_contig_range(base + 1024, base + 1088, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	CHECK(movers_check_all());
	CHECK_EQ(page_alloc_validate(), 0);
}

/* Each allocation on the way fails once: the call succeeds, or leaves all as it was. */
static void each_allocation_on_the_way_may_fail(void)
{
	struct zone *zone = boot();
	pfn_t base = zone->zone_start_pfn;
	unsigned long n, free_before;
	int err;

	use_every_second(256);
	free_before = nr_free_pages();
	for (n = 1;; n++) {
		quire_fail_nth(n, false);
		err = alloc_contig_range(base + 70, base + 100, MIGRATE_MOVABLE, GFP_KERNEL);
		if (!this_quire()->fault.failed)
			break;
		quire_fail_off();
		CHECK(err == -EBUSY || err == -ENOMEM || !err);
		CHECK(movers_check_all());
		if (!err)
			free_contig_range(base + 70, 30);
		CHECK_EQ(nr_free_pages(), free_before);
		CHECK_EQ(page_alloc_validate(), 0);
	}
	quire_fail_off();
	CHECK_EQ(err, 0);
	CHECK(n >= 3);
}

/* ---- anywhere ---- */

static void contiguous_pages_come_from_what_is_free_first(void)
{
	struct page *page;

	boot();
	use_every_second(1024);
	page = alloc_contig_pages(700, GFP_KERNEL, NUMA_NO_NODE, NULL);
	REQUIRE(page);
	CHECK_EQ(owner->moved, 0);
	CHECK_EQ(page_ref_count(page + 699), 1);
	free_contig_range(page_to_pfn(page), 700);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void contiguous_pages_are_made_by_moving_others(void)
{
	struct zone *zone = boot();
	struct page *page;

	use_every_second((unsigned int)zone->managed_pages - 100);
	CHECK_PTR(alloc_contig_pages(512, GFP_NOWAIT, NUMA_NO_NODE, NULL), NULL);
	quire_fail_nth(1, false);
	CHECK_PTR(alloc_contig_pages(512, GFP_KERNEL | __GFP_ZERO, 0, NULL), NULL);
	CHECK_EQ(this_quire()->fault.failed, 1);
	quire_fail_off();
	CHECK_EQ(owner->isolated, 0);
	page = alloc_contig_pages(512, GFP_KERNEL | __GFP_ZERO, 0, NULL);
	REQUIRE(page);
	CHECK_EQ(page_to_pfn(page) % 512, 0);
	CHECK_EQ(*(u32 *)page_address(page + 511), 0);
	CHECK(owner->moved >= 100);
	CHECK(movers_check_all());
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_PTR(alloc_contig_pages(0, GFP_KERNEL, 0, NULL), NULL);
	CHECK_PTR(alloc_contig_pages(4096, GFP_KERNEL, 0, NULL), NULL);
}

static void contiguous_pages_come_from_the_nodes_of_the_mask(void)
{
	struct quire_machine *m = test_machine_new();
	nodemask_t second = { { 2 } }, first = { { 1 } };
	struct page *page;

	test_bank(m, 16 * MB, 8 * MB, 0);
	test_bank(m, 24 * MB, 8 * MB, 1);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	page = alloc_contig_pages(300, GFP_KERNEL, 0, &second);
	CHECK(page && page_to_nid(page) == 1 && page_to_nid(page + 299) == 1);
	page = alloc_contig_pages(300, GFP_KERNEL, 1, NULL);
	CHECK(page && page_to_nid(page) == 1);
	CHECK_PTR(alloc_contig_pages(300, GFP_KERNEL | __GFP_THISNODE, 1, &first), NULL);
	CHECK_PTR(alloc_contig_pages(300, GFP_KERNEL, 7, NULL), NULL);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* Numbers of pages that, added to a frame number, give one that is less. */
static void more_contiguous_pages_than_there_can_be_are_refused(void)
{
	boot();
	CHECK_PTR(alloc_contig_pages(~0UL, GFP_NOWAIT, NUMA_NO_NODE, NULL), NULL);
	CHECK_PTR(alloc_contig_pages(~0UL - 600, GFP_KERNEL, NUMA_NO_NODE, NULL), NULL);
	CHECK_PTR(alloc_contig_pages(~0UL / 2 + 1, GFP_KERNEL, NUMA_NO_NODE, NULL), NULL);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* ---- model ---- */

static void random_ranges_are_had_or_left_alone(void)
{
	struct zone *zone = boot();
	unsigned long rounds = test_rounds(400), had = 0;
	pfn_t base = zone->zone_start_pfn;

	owner->fail_one_in = 7;
	while (rounds--) {
		unsigned long start = test_random_below(2000), nr = 1 + test_random_below(150), i;
		pfn_t end = min_of(base + start + nr, base + 2048);
		int err;

		for (i = 0; i < 10; i++)
			if (!movers_free((unsigned int)test_random_below(400)))
				movers_take(GFP_HIGHUSER_MOVABLE, (unsigned int)test_random_below(4));
		err = alloc_contig_range(base + start, end, MIGRATE_MOVABLE, GFP_KERNEL);
		if (!err) {
			had++;
			CHECK(is_moved_out(base + start, end));
		}
		movers_check_all();
		CHECK_EQ(page_alloc_validate(), 0);
		if (!err)
			free_contig_range(base + start, end - base - start);
	}
	CHECK(had > 0);
	movers_free_all();
	drain_all_pages(NULL);
	CHECK_EQ(nr_free_pages(), zone->managed_pages);
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(pages_in_use_are_moved_out_of_the_range),
	TEST(nothing_moves_for_who_may_not_wait),
	TEST(a_page_without_a_mover_in_the_range_refuses_it_before_anything_moves),
	TEST(without_room_elsewhere_the_range_is_not_to_be_had),
	TEST(each_allocation_on_the_way_may_fail),
	TEST(contiguous_pages_come_from_what_is_free_first),
	TEST(contiguous_pages_are_made_by_moving_others),
	TEST(contiguous_pages_come_from_the_nodes_of_the_mask),
	TEST(more_contiguous_pages_than_there_can_be_are_refused),
	TEST(random_ranges_are_had_or_left_alone),
	{ NULL, NULL },
};
