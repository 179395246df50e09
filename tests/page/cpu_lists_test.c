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
	while (alloc_pages(gfp | __GFP_NOWARN, 0))
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
	CHECK_EQ(zone->per_cpu_pageset[1].count, 0);
}

static void a_list_is_refilled_by_the_batch_and_drained_by_it(void)
{
	struct zone *zone = boot_cpus(1);
	struct per_cpu_pages *pcp = &zone->per_cpu_pageset[0];
	static struct page *pages[1000];
	int i;

	REQUIRE(pcp->high < 1000 - pcp->batch);
	for (i = 0; i < pcp->high; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		CHECK_EQ(pcp->count, (pcp->batch - 1 - i % pcp->batch));
	}
	drain_all_pages(NULL);
	CHECK_EQ(pcp->count, 0);
	for (i = 0; i < pcp->high - 1; i++)
		__free_page(pages[i]);
	CHECK_EQ(pcp->count, pcp->high - 1);
	__free_page(pages[i]);
	CHECK_EQ(pcp->count, pcp->high - pcp->batch);
	/* The coldest went: the first to be freed. The warmest is still here. */
	CHECK_PTR(alloc_page(GFP_KERNEL), pages[i]);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void a_page_freed_for_another_type_is_found_when_nothing_else_is_free(void)
{
	pfn_t pfn;

	boot_cpus(1);
	pfn = leave_on_list(GFP_KERNEL, 1);
	log_clear();
	CHECK_PTR(alloc_page(GFP_HIGHUSER_MOVABLE), pfn_to_page(pfn));
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
	CHECK_PTR(alloc_page(GFP_KERNEL), pfn_to_page(pfn));
	CHECK_STR(log_text(), "");
	CHECK_EQ(page_alloc_validate(), 0);
}

static void single_pages_on_lists_are_merged_for_a_larger_request(void)
{
	pfn_t pfn;

	boot_cpus(1);
	pfn = leave_on_list(GFP_KERNEL, 8);
	log_clear();
	CHECK_PTR(alloc_pages(GFP_KERNEL, 3), pfn_to_page(pfn));
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
	CHECK_EQ(alloc_pages_bulk_array(GFP_KERNEL, 5, pages), 5);
	INIT_LIST_HEAD(&list);
	CHECK_EQ(alloc_pages_bulk_list(GFP_HIGHUSER_MOVABLE, 8, &list), 3);
	CHECK_EQ(nr_free_pages(), 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void free_pages_on_lists_are_counted_as_free(void)
{
	struct zone *zone = boot_cpus(3);
	unsigned int cpu;

	for (cpu = 0; cpu < 3; cpu++) {
		test_set_cpu(cpu);
		__free_page(alloc_page(GFP_KERNEL));
		CHECK(zone->per_cpu_pageset[cpu].count > 0);
	}
	CHECK_EQ(nr_free_pages(), 16384);
	CHECK(zone->vm_stat[NR_FREE_PAGES] < 16384);
	drain_all_pages(zone);
	CHECK_EQ(zone->vm_stat[NR_FREE_PAGES], 16384);
}

const struct tap_test tap_tests[] = {
	TEST(a_freed_page_is_the_next_one_handed_out),
	TEST(a_list_is_refilled_by_the_batch_and_drained_by_it),
	TEST(a_page_freed_for_another_type_is_found_when_nothing_else_is_free),
	TEST(a_page_on_another_cpus_list_is_found_when_nothing_else_is_free),
	TEST(single_pages_on_lists_are_merged_for_a_larger_request),
	TEST(a_bulk_request_finds_pages_on_other_lists),
	TEST(free_pages_on_lists_are_counted_as_free),
	{ NULL, NULL },
};
