/* SPDX-License-Identifier: MIT */
/*
 * pcp_inbox_test.c - pages that one CPU takes and another gives back come home without a detour.
 *
 *   CPU 0 takes pages of its own pool; CPU 1 frees them, until its list is full and gives its
 *   colder half to the inbox of CPU 0
 */
#include <quire/quire.h>

#include "mm/page/internal.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)
#define MOST 4000

static struct zone *zone;
static struct page *pages[MOST];
static unsigned int limit; /* of a list of single pages */

static void boot(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 256 * MB, 0);
	m->nr_cpus = 2;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	REQUIRE(zone->nr_pools == 2);
	limit = zone->per_cpu_pageset[1].lists[MIGRATE_UNMOVABLE].limit;
	REQUIRE(limit > 8 && inbox_room(zone) < MOST - 2 * limit);
}

static const struct pcp_list *inbox_of(unsigned int cpu)
{
	return &zone->per_cpu_pageset[cpu].lists[PCP_INBOX];
}

static void take_on_cpu(unsigned int cpu, gfp_t gfp, unsigned int count)
{
	unsigned int i;

	test_set_cpu(cpu);
	for (i = 0; i < count; i++) {
		pages[i] = alloc_page(gfp);
		REQUIRE(pages[i]);
	}
	/* Nothing else is at hand. */
	drain_local_pages(zone);
}

static void free_on_cpu(unsigned int cpu, unsigned int count)
{
	unsigned int i;

	test_set_cpu(cpu);
	for (i = 0; i < count; i++)
		__free_page(pages[i]);
}

static bool is_among(const struct page *page, unsigned int first, unsigned int count)
{
	unsigned int i;

	for (i = first; i < first + count; i++)
		if (pages[i] == page)
			return true;
	return false;
}

static void what_another_cpu_frees_comes_back_to_its_taker(void)
{
	unsigned int shed, i;

	boot();
	take_on_cpu(0, GFP_KERNEL, limit + 1);
	free_on_cpu(1, limit + 1);
	shed = (limit + 1) / 2;
	CHECK_EQ(inbox_of(0)->count, shed);
	CHECK_EQ(inbox_of(1)->count, 0);
	CHECK_EQ(page_alloc_validate(), 0);
	test_set_cpu(0);
	for (i = 0; i < shed; i++)
		CHECK(is_among(alloc_page(GFP_KERNEL), 0, shed));
	CHECK_EQ(inbox_of(0)->count, 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void what_a_cpu_frees_of_its_own_goes_to_its_pool(void)
{
	boot();
	take_on_cpu(1, GFP_KERNEL, limit + 1);
	free_on_cpu(1, limit + 1);
	CHECK_EQ(inbox_of(0)->count + inbox_of(1)->count, 0);
	CHECK_EQ(free_block_order(page_to_pfn(pages[0])) >= 0, true);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void a_stray_page_does_not_take_its_lot_along(void)
{
	struct page *stray;

	boot();
	test_set_cpu(0);
	stray = alloc_page(GFP_KERNEL);
	take_on_cpu(1, GFP_KERNEL, limit);
	REQUIRE(stray);
	__free_page(stray);
	free_on_cpu(1, limit);
	CHECK_EQ(inbox_of(0)->count, 0);
	CHECK_EQ(nr_free_pages(), zone->managed_pages);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* Nobody fetches what is in it: then it goes to the pool, and nothing comes after it. */
static void a_full_inbox_is_emptied_and_closed_until_its_cpu_looks_for_pages(void)
{
	unsigned int count;

	boot();
	count = inbox_room(zone) + 2 * limit;
	take_on_cpu(0, GFP_KERNEL, count);
	free_on_cpu(1, count);
	CHECK_EQ(inbox_of(0)->count, 0);
	CHECK_EQ(inbox_of(0)->limit, 0);
	CHECK_EQ(nr_free_pages(), zone->managed_pages);
	CHECK_EQ(page_alloc_validate(), 0);
	take_on_cpu(0, GFP_KERNEL, limit + 1);
	CHECK_EQ(inbox_of(0)->limit, inbox_room(zone));
	free_on_cpu(1, limit + 1);
	CHECK(inbox_of(0)->count > 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void an_inbox_has_pages_of_one_type(void)
{
	unsigned int shed;
	struct page *page;

	boot();
	shed = (limit + 1) / 2;
	take_on_cpu(0, GFP_KERNEL, limit + 1);
	free_on_cpu(1, limit + 1);
	take_on_cpu(0, GFP_HIGHUSER_MOVABLE, limit + 1); /* and so the inbox was drained */
	CHECK_EQ(inbox_of(0)->count, 0);
	free_on_cpu(1, limit + 1);
	CHECK_EQ(inbox_of(0)->count, shed);
	/* An unmovable page is not taken from there, nor put there. */
	test_set_cpu(0);
	page = alloc_page(GFP_KERNEL);
	CHECK(page && get_pageblock_migratetype(page) == MIGRATE_UNMOVABLE);
	CHECK_EQ(inbox_of(0)->count, shed);
	CHECK(is_among(alloc_page(GFP_HIGHUSER_MOVABLE), 0, shed));
	CHECK_EQ(page_alloc_validate(), 0);
}

static void pages_in_an_inbox_are_counted_and_drained(void)
{
	boot();
	take_on_cpu(0, GFP_KERNEL, limit + 1);
	free_on_cpu(1, limit + 1);
	CHECK(per_cpu_pages_count(&zone->per_cpu_pageset[0]) >= (limit + 1) / 2);
	CHECK_EQ(nr_free_pages(), zone->managed_pages);
	drain_all_pages(NULL);
	CHECK_EQ(inbox_of(0)->count, 0);
	CHECK_EQ(zone_page_state(zone, NR_FREE_PAGES), zone->managed_pages);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void a_bulk_request_takes_what_the_cpu_keeps_first(void)
{
	struct page *taken[8] = { NULL };
	unsigned int i;

	boot();
	take_on_cpu(0, GFP_KERNEL, 5);
	free_on_cpu(0, 5);
	CHECK_EQ(alloc_pages_bulk_array(GFP_KERNEL, 8, taken), 8);
	for (i = 0; i < 5; i++)
		CHECK_PTR(taken[i], pages[4 - i]);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void without_any_other_memory_the_inbox_is_found(void)
{
	unsigned int shed, i;

	boot();
	shed = (limit + 1) / 2;
	take_on_cpu(0, GFP_KERNEL, limit + 1);
	while (alloc_page(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN))
		;
	free_on_cpu(1, limit + 1);
	CHECK_EQ(zone_page_state(zone, NR_FREE_PAGES), 0);
	test_set_cpu(0);
	/* No mark is in the way: these pages are the CPU's own. */
	for (i = 0; i < shed; i++)
		CHECK(is_among(alloc_page(GFP_KERNEL), 0, shed));
	/* CPU 1's too, when it comes to that. */
	CHECK(alloc_page(GFP_KERNEL | __GFP_MEMALLOC) != NULL);
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(what_another_cpu_frees_comes_back_to_its_taker),
	TEST(what_a_cpu_frees_of_its_own_goes_to_its_pool),
	TEST(a_stray_page_does_not_take_its_lot_along),
	TEST(a_full_inbox_is_emptied_and_closed_until_its_cpu_looks_for_pages),
	TEST(an_inbox_has_pages_of_one_type),
	TEST(pages_in_an_inbox_are_counted_and_drained),
	TEST(a_bulk_request_takes_what_the_cpu_keeps_first),
	TEST(without_any_other_memory_the_inbox_is_found),
	{ NULL, NULL },
};
