/* SPDX-License-Identifier: MIT */
/*
 * split_test.c - blocks given back piece by piece, exact sizes, pages by the lot, and
 * ranges of frames.
 */
#include <quire/quire.h>

#include "mm/lib/list.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

/* One zone of 16 MB at 16 MB, nothing taken: 4 blocks of order 10. */
static struct zone *boot_plain(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 16 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	return &NODE_DATA(0)->node_zones[ZONE_NORMAL];
}

static void check_all_free(const struct zone *zone)
{
	drain_all_pages(NULL);
	CHECK_EQ(test_free_blocks(zone, 10), 4);
	CHECK_EQ(nr_free_pages(), 4096);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void split_pages_are_freed_one_by_one(void)
{
	struct zone *zone = boot_plain();
	struct page *page = alloc_pages(GFP_KERNEL, 4);
	int i;

	REQUIRE(page);
	for (i = 1; i < 16; i++) {
		set_page_mapping(page + i, (struct address_space *)(uintptr_t)0x1230, 1);
		set_page_private(page + i, 5);
	}
	split_page(page, 4);
	for (i = 0; i < 16; i++) {
		CHECK_EQ(page_ref_count(page + i), 1);
		CHECK_PTR(page_mapping(page + i), NULL);
		CHECK_EQ(page_private(page + i), 0);
		__free_pages(page + i, 0);
		CHECK_EQ(page_alloc_validate(), 0);
	}
	CHECK_EQ(this_quire()->log.warnings, 0);
	check_all_free(zone);
}

static void split_of_what_is_no_such_block_is_refused(void)
{
	struct zone *zone = boot_plain();
	struct page *page = alloc_pages(GFP_KERNEL, 3), *compound = alloc_pages(GFP_KERNEL | __GFP_COMP, 2);

	REQUIRE(page && compound);
	log_clear();
	split_page(page, 2);
	CHECK(log_contains("is not a block of order 2"));
	log_clear();
	split_page(compound, 2);
	CHECK(log_contains("compound"));
	__free_pages(page, 3);
	__free_pages(compound, 2);
	check_all_free(zone);
}

/*   |x x x x x x x x x . . .|. . . .|   33,000 bytes: 9 pages of a block of 16, 7 go back   */
static void exact_allocation_takes_just_the_pages_it_needs(void)
{
	struct zone *zone = boot_plain();
	unsigned char *memory = alloc_pages_exact(33000, GFP_KERNEL | __GFP_ZERO);
	size_t i, set = 0;

	REQUIRE(memory);
	CHECK_EQ(nr_free_pages(), 4096 - 9);
	for (i = 0; i < 33000; i++)
		set += memory[i];
	CHECK_EQ(set, 0);
	CHECK_EQ(page_alloc_validate(), 0);
	free_pages_exact(memory, 33000);
	check_all_free(zone);
}

static void exact_allocation_refuses_nothing_compound_and_highmem(void)
{
	struct zone *zone = boot_plain();

	CHECK(!alloc_pages_exact(0, GFP_KERNEL));
	CHECK_EQ(this_quire()->log.warnings, 0);
	CHECK(!alloc_pages_exact(1, GFP_KERNEL | __GFP_COMP));
	CHECK(!alloc_pages_exact(1, GFP_HIGHUSER));
	CHECK_EQ(this_quire()->log.warnings, 2);
	CHECK(!alloc_pages_exact(17 * MB, GFP_KERNEL));
	check_all_free(zone);
}

static void get_order_is_the_smallest_that_holds_the_size(void)
{
	boot_plain();
	CHECK_EQ(get_order(0), 0);
	CHECK_EQ(get_order(1), 0);
	CHECK_EQ(get_order(4096), 0);
	CHECK_EQ(get_order(4097), 1);
	CHECK_EQ(get_order(8192), 1);
	CHECK_EQ(get_order(33000), 4);
}

/* ---- by the lot ---- */

static void bulk_fills_the_empty_entries_of_an_array(void)
{
	struct zone *zone = boot_plain();
	struct page *pages[100] = { NULL }, *mine = alloc_page(GFP_KERNEL);
	int i, j, twice = 0;

	REQUIRE(mine);
	pages[7] = mine;
	CHECK_EQ(alloc_pages_bulk_array(GFP_KERNEL, 100, pages), 100);
	CHECK_PTR(pages[7], mine);
	CHECK_EQ(nr_free_pages(), 4096 - 100);
	for (i = 0; i < 100; i++) {
		CHECK_EQ(page_ref_count(pages[i]), 1);
		for (j = 0; j < i; j++)
			twice += pages[i] == pages[j];
	}
	CHECK_EQ(twice, 0);
	for (i = 0; i < 100; i++)
		__free_page(pages[i]);
	check_all_free(zone);
}

static void bulk_says_how_far_it_came_when_memory_runs_out(void)
{
	static struct page *pages[5000];
	struct zone *zone = boot_plain();
	int i;

	for (i = 0; i < 5000; i++)
		pages[i] = NULL;
	CHECK_EQ(alloc_pages_bulk_array(GFP_KERNEL | __GFP_MEMALLOC, 5000, pages), 4096);
	CHECK(pages[4095] && !pages[4096]);
	CHECK_EQ(nr_free_pages(), 0);
	for (i = 0; i < 4096; i++)
		__free_page(pages[i]);
	check_all_free(zone);
}

static void bulk_adds_to_a_list(void)
{
	struct zone *zone = boot_plain();
	struct list_head list;
	int n = 0;

	INIT_LIST_HEAD(&list);
	CHECK_EQ(alloc_pages_bulk_list(GFP_KERNEL, 20, &list), 20);
	CHECK_EQ(alloc_pages_bulk_list(GFP_KERNEL, 10, &list), 10);
	while (!list_empty(&list)) {
		struct page *page = list_first_entry(&list, struct page, lru);

		list_del(&page->lru);
		__free_page(page);
		n++;
	}
	CHECK_EQ(n, 30);
	check_all_free(zone);
}

/* ---- just these frames ---- */

/*   order 10 |    a    |    b    |    c    |    d    |
 *   range          [xxxxxxxxxxxxxxxxx)
 */
static void a_range_is_cut_out_of_free_blocks(void)
{
	struct zone *zone = boot_plain();
	pfn_t start = zone->zone_start_pfn + 777, end = zone->zone_start_pfn + 2501, pfn;

	CHECK_EQ(alloc_contig_range(start, end, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	CHECK_EQ(nr_free_pages(), 4096 - (end - start));
	CHECK_EQ(page_alloc_validate(), 0);
	for (pfn = start; pfn < end; pfn++)
		if (!CHECK_EQ(page_ref_count(pfn_to_page(pfn)), 1))
			break;
	CHECK_EQ(page_ref_count(pfn_to_page(start - 1)), 0);
	CHECK_EQ(page_ref_count(pfn_to_page(end)), 0);
	CHECK_EQ(test_free_blocks(zone, 10), 1);
	free_contig_range(start, end - start);
	check_all_free(zone);
}

static void a_range_with_a_taken_frame_is_busy_and_nothing_changes(void)
{
	struct zone *zone = boot_plain();
	pfn_t base = zone->zone_start_pfn;

	CHECK_EQ(alloc_contig_range(base + 1000, base + 1001, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	CHECK_EQ(alloc_contig_range(base + 10, base + 2000, MIGRATE_MOVABLE, GFP_KERNEL), -EBUSY);
	CHECK_EQ(nr_free_pages(), 4095);
	CHECK_EQ(page_alloc_validate(), 0);
	free_contig_range(base + 1000, 1);
	check_all_free(zone);
}

static void frames_on_a_cpus_list_are_drained_for_a_range(void)
{
	struct zone *zone = boot_plain();
	struct page *page = alloc_page(GFP_KERNEL);
	pfn_t pfn;

	REQUIRE(page);
	pfn = page_to_pfn(page);
	__free_page(page);
	CHECK_EQ(alloc_contig_range(pfn, pfn + 1, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	free_contig_range(pfn, 1);
	check_all_free(zone);
}

static void ranges_that_are_none_are_invalid(void)
{
	struct zone *zone = boot_plain();
	pfn_t base = zone->zone_start_pfn;

	CHECK_EQ(alloc_contig_range(base + 5, base + 5, MIGRATE_MOVABLE, GFP_KERNEL), -EINVAL);
	CHECK_EQ(alloc_contig_range(base - 1, base + 5, MIGRATE_MOVABLE, GFP_KERNEL), -EINVAL);
	CHECK_EQ(alloc_contig_range(base + 4000, base + 4097, MIGRATE_MOVABLE, GFP_KERNEL), -EINVAL);
	check_all_free(zone);
}

/* Random ranges and blocks together, against a map of who holds which frame. */
static void random_ranges_and_blocks_never_overlap(void)
{
	struct zone *zone = boot_plain();
	static struct {
		pfn_t start;
		unsigned long pages;
		int order; /* -1: a range */
	} held[200];
	static u8 owner[4096];
	unsigned long steps = test_rounds(3000), i, j, n = 0;

	for (i = 0; i < 4096; i++)
		owner[i] = 0;
	for (i = 0; i < steps; i++) {
		if (n < 200 && test_random_below(2)) {
			if (test_random_below(2)) {
				pfn_t start = test_random_below(4096), pages = 1 + test_random_below(100);
				bool is_free = start + pages <= 4096;
				int err = alloc_contig_range(zone->zone_start_pfn + start,
							     zone->zone_start_pfn + start + pages,
							     MIGRATE_MOVABLE, GFP_KERNEL);

				for (j = start; is_free && j < start + pages; j++)
					is_free = !owner[j];
				if (!CHECK_EQ(err == 0, is_free))
					return;
				if (err)
					continue;
				held[n].start = start;
				held[n].pages = pages;
				held[n].order = -1;
			} else {
				unsigned int order = (unsigned int)test_random_below(6);
				struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);

				if (!page)
					continue;
				held[n].start = page_to_pfn(page) - zone->zone_start_pfn;
				held[n].pages = 1UL << order;
				held[n].order = (int)order;
			}
			for (j = held[n].start; j < held[n].start + held[n].pages; j++)
				if (!CHECK_EQ(owner[j]++, 0))
					return;
			n++;
		} else if (n) {
			size_t k = test_random_below(n);

			if (held[k].order < 0)
				free_contig_range(zone->zone_start_pfn + held[k].start, held[k].pages);
			else
				__free_pages(pfn_to_page(zone->zone_start_pfn + held[k].start),
					     (unsigned int)held[k].order);
			for (j = held[k].start; j < held[k].start + held[k].pages; j++)
				owner[j] = 0;
			held[k] = held[--n];
		}
		if (i % 50 == 0 && !CHECK_EQ(page_alloc_validate(), 0))
			return;
	}
}

const struct tap_test tap_tests[] = {
	TEST(split_pages_are_freed_one_by_one),
	TEST(split_of_what_is_no_such_block_is_refused),
	TEST(exact_allocation_takes_just_the_pages_it_needs),
	TEST(exact_allocation_refuses_nothing_compound_and_highmem),
	TEST(get_order_is_the_smallest_that_holds_the_size),
	TEST(bulk_fills_the_empty_entries_of_an_array),
	TEST(bulk_says_how_far_it_came_when_memory_runs_out),
	TEST(bulk_adds_to_a_list),
	TEST(a_range_is_cut_out_of_free_blocks),
	TEST(a_range_with_a_taken_frame_is_busy_and_nothing_changes),
	TEST(frames_on_a_cpus_list_are_drained_for_a_range),
	TEST(ranges_that_are_none_are_invalid),
	TEST(random_ranges_and_blocks_never_overlap),
	{ NULL, NULL },
};
