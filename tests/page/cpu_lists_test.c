/* SPDX-License-Identifier: MIT */
/*
 * cpu_lists_test.c - the pages that CPUs keep for themselves: how many, of which type, and
 * that none of them is out of reach when the free lists are empty.
 */
#include <quire/quire.h>

#include "mm/lib/list.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

/* One zone of 64 MB, nothing taken: with mobility grouping, lists of 3 pages and more. */
static struct zone *boot_cpus(unsigned int nr_cpus)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 64 * MB, 0);
	m->nr_cpus = nr_cpus;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	return &NODE_DATA(0)->node_zones[ZONE_NORMAL];
}

/* Takes all there is, then frees `nr` single pages, next to each other, which stay on the CPU's list. */
static pfn_t leave_on_list(gfp_t gfp, unsigned int nr)
{
	struct page *block;
	unsigned int i;

	block = alloc_pages(gfp, 3);
	REQUIRE(block);
	split_page(block, 3);
	while (alloc_pages(gfp | __GFP_MEMALLOC | __GFP_NOWARN, 0))
		;
	for (i = 0; i < nr; i++)
		__free_page(block + i);
	CHECK_EQ(nr_free_pages(), nr);
	return page_to_pfn(block);
}

static void a_freed_page_is_the_next_one_handed_out(void)
{
	struct zone *zone = boot_cpus(2);
	struct page *a = alloc_page(GFP_KERNEL), *b = alloc_page(GFP_KERNEL);

	REQUIRE(a && b);
	__free_page(a);
	__free_page(b);
	CHECK_PTR(alloc_page(GFP_KERNEL), b);
	CHECK_PTR(alloc_page(GFP_KERNEL), a);
	CHECK_EQ(per_cpu_pages_count(&zone->per_cpu_pageset[1]), 0);
}

/* Unmovable pages: their list, filled and emptied. */
static void a_list_is_refilled_by_the_batch_and_drained_by_it(void)
{
	struct zone *zone = boot_cpus(1);
	const struct pcp_list *list = &zone->per_cpu_pageset[0].lists[MIGRATE_UNMOVABLE];
	static struct page *pages[1000];
	int i;

	REQUIRE(list->limit < 1000 && list->limit > list->batch);
	CHECK(list->limit <= zone->per_cpu_pageset[0].high);
	for (i = 0; i <= list->limit; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		CHECK_EQ(list->count, (list->batch - 1 - i % list->batch));
	}
	drain_all_pages(NULL);
	CHECK_EQ(list->count, 0);
	for (i = 0; i < list->limit; i++)
		__free_page(pages[i]);
	CHECK_EQ(list->count, list->limit);
	__free_page(pages[i]);
	CHECK_EQ(list->count, list->limit - (list->limit + 1) / 2 + 1);
	/* The colder half went: the first to be freed. The warmest is still here. */
	CHECK_EQ(free_block_order(page_to_pfn(pages[0])) >= 0, true);
	CHECK_PTR(alloc_page(GFP_KERNEL), pages[i]);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void a_page_freed_for_another_type_is_found_when_nothing_else_is_free(void)
{
	pfn_t pfn;

	boot_cpus(1);
	pfn = leave_on_list(GFP_KERNEL, 1);
	log_clear();
	CHECK_PTR(alloc_page(GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC), pfn_to_page(pfn));
	CHECK_STR(log_text(), "");
	CHECK_EQ(nr_free_pages(), 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void a_page_on_another_cpus_list_is_found_when_nothing_else_is_free(void)
{
	pfn_t pfn;

	boot_cpus(2);
	pfn = leave_on_list(GFP_KERNEL, 1);
	test_set_cpu(1);
	log_clear();
	CHECK_PTR(alloc_page(GFP_KERNEL | __GFP_MEMALLOC), pfn_to_page(pfn));
	CHECK_STR(log_text(), "");
	CHECK_EQ(page_alloc_validate(), 0);
}

static void single_pages_on_lists_are_merged_for_a_larger_request(void)
{
	pfn_t pfn;

	boot_cpus(1);
	pfn = leave_on_list(GFP_KERNEL, 8);
	log_clear();
	CHECK_PTR(alloc_pages(GFP_KERNEL | __GFP_MEMALLOC, 3), pfn_to_page(pfn));
	CHECK_STR(log_text(), "");
	CHECK_EQ(page_alloc_validate(), 0);
}

static void a_bulk_request_finds_pages_on_other_lists(void)
{
	struct page *pages[8] = { NULL };
	struct list_head list;

	boot_cpus(2);
	leave_on_list(GFP_KERNEL, 8);
	test_set_cpu(1);
	CHECK_EQ(alloc_pages_bulk_array(GFP_KERNEL | __GFP_MEMALLOC, 5, pages), 5);
	INIT_LIST_HEAD(&list);
	CHECK_EQ(alloc_pages_bulk_list(GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC, 8, &list), 3);
	CHECK_EQ(nr_free_pages(), 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* Two pages are at hand, three more on another CPU's list: five, and not one more. */
static void a_bulk_request_takes_no_more_than_it_was_asked_for(void)
{
	struct page *pages[8] = { NULL }, *mine;
	pfn_t pfn;
	int i;

	boot_cpus(2);
	pfn = leave_on_list(GFP_KERNEL, 6);
	test_set_cpu(1);
	for (i = 6; i < 8; i++)
		__free_page(pfn_to_page(pfn) + i);
	mine = pages[7] = pfn_to_page(pfn);
	CHECK_EQ(alloc_pages_bulk_array(GFP_KERNEL | __GFP_MEMALLOC, 5, pages), 5);
	CHECK_EQ(nr_free_pages(), 3);
	CHECK(!pages[5] && !pages[6]);
	/* the last entry is filled before memory runs out: it counts */
	CHECK_EQ(alloc_pages_bulk_array(GFP_KERNEL | __GFP_MEMALLOC, 8, pages), 8);
	CHECK_EQ(nr_free_pages(), 1);
	CHECK_PTR(pages[7], mine);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void a_bulk_request_stays_in_the_zones_that_will_do(void)
{
	struct quire_machine *m = test_machine_new();
	struct page *pages[40] = { NULL };
	int i;

	test_bank(m, 0, 64 * MB, 0);
	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL;
	m->zone_end[ZONE_DMA] = 16 * MB;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(alloc_pages_bulk_array(GFP_DMA, 40, pages), 40);
	for (i = 0; i < 40; i++)
		CHECK_EQ(page_zonenum(pages[i]), ZONE_DMA);
	CHECK_EQ(alloc_pages_bulk_array_node(GFP_KERNEL, 5, 40, pages), 40);
	CHECK_EQ(alloc_pages_bulk_array_node(GFP_KERNEL, 5, 40, (struct page *[40]){ NULL }), 0);
}

/* Pages of a block that is being isolated go home at once; those of types without a list stay. */
static void pages_of_isolated_blocks_are_kept_by_no_cpu(void)
{
	struct zone *zone = boot_cpus(1);
	const struct pcp_list *list = &zone->per_cpu_pageset[0].lists[MIGRATE_MOVABLE];
	struct page *block = alloc_pages(GFP_KERNEL, 10);
	unsigned long before = per_cpu_pages_count(&zone->per_cpu_pageset[0]);

	REQUIRE(block);
	split_page(block, 10);
	set_pageblock_migratetype(block, MIGRATE_ISOLATE);
	__free_page(block);
	CHECK_EQ(per_cpu_pages_count(&zone->per_cpu_pageset[0]), before);
	CHECK_EQ(free_block_order(page_to_pfn(block)), 0);
	CHECK_EQ(page_alloc_validate(), 0);
	set_pageblock_migratetype(block, MIGRATE_CMA);
	REQUIRE(alloc_contig_range(page_to_pfn(block), page_to_pfn(block) + 1, MIGRATE_CMA, GFP_KERNEL) == 0);
	__free_page(block);
	CHECK_EQ(per_cpu_pages_count(&zone->per_cpu_pageset[0]), before + 1);
	CHECK_PTR(list->slot[list->count - 1], block);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* As if two CPUs had freed it at the same moment: by the fast path, and by the slow one. */
static void a_page_that_is_on_two_lists_is_handed_out_once(void)
{
	const gfp_t gfp[] = { GFP_KERNEL, GFP_KERNEL | __GFP_ZERO };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct zone *zone = boot_cpus(2);
		struct pcp_list *other = &zone->per_cpu_pageset[1].lists[MIGRATE_UNMOVABLE];
		struct page *page = alloc_page(GFP_KERNEL), *got;

		__free_page(page);
		test_set_cpu(1);
		__free_page(alloc_page(GFP_KERNEL));
		other->slot[other->count++] = page;
		CHECK_PTR(alloc_page(gfp[i]), page);
		test_set_cpu(0);
		CHECK_EQ(this_quire()->log.warnings, 0);
		got = alloc_page(gfp[i]);
		CHECK(got && got != page);
		CHECK_EQ(this_quire()->log.warnings, 1);
		CHECK(log_contains("was freed by two CPUs at once"));
		CHECK_EQ(page_alloc_validate(), 0);
	}
}

static void free_pages_on_lists_are_counted_as_free(void)
{
	struct zone *zone = boot_cpus(3);
	unsigned int cpu;

	for (cpu = 0; cpu < 3; cpu++) {
		test_set_cpu(cpu);
		__free_page(alloc_page(GFP_KERNEL));
		CHECK(per_cpu_pages_count(&zone->per_cpu_pageset[cpu]) > 0);
	}
	CHECK_EQ(nr_free_pages(), 16384);
	CHECK(zone_page_state(zone, NR_FREE_PAGES) < 16384);
	drain_all_pages(zone);
	CHECK_EQ(zone_page_state(zone, NR_FREE_PAGES), 16384);
}

const struct tap_test tap_tests[] = {
	TEST(a_freed_page_is_the_next_one_handed_out),
	TEST(a_list_is_refilled_by_the_batch_and_drained_by_it),
	TEST(a_page_freed_for_another_type_is_found_when_nothing_else_is_free),
	TEST(a_page_on_another_cpus_list_is_found_when_nothing_else_is_free),
	TEST(single_pages_on_lists_are_merged_for_a_larger_request),
	TEST(a_bulk_request_finds_pages_on_other_lists),
	TEST(a_bulk_request_takes_no_more_than_it_was_asked_for),
	TEST(a_bulk_request_stays_in_the_zones_that_will_do),
	TEST(pages_of_isolated_blocks_are_kept_by_no_cpu),
	TEST(a_page_that_is_on_two_lists_is_handed_out_once),
	TEST(free_pages_on_lists_are_counted_as_free),
	{ NULL, NULL },
};
