/* SPDX-License-Identifier: MIT */
/*
 * validate_test.c - page_alloc_validate() finds each thing that can be broken: one change
 * to a sound machine, one line in the log, and sound again when the change is undone.
 */
#include <quire/quire.h>

#include "mm/lib/list.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

static struct zone *zone;   /* 16 MB at 16 MB in one zone, one CPU */
static struct page *taken;  /* a block of order 3 that is allocated */
static struct page *listed; /* a page on the CPU's list */

static void boot_with_all_kinds_of_pages(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 16 * MB, 0);
	test_reserve(m, 17 * MB, 1 * MB);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	taken = alloc_pages(GFP_KERNEL, 3);
	listed = alloc_page(GFP_KERNEL);
	REQUIRE(taken && listed);
	__free_page(listed);
	REQUIRE(page_alloc_validate() == 0);
	log_clear();
}

static void check_broken(const char *why)
{
	CHECK_EQ(page_alloc_validate(), -EINVAL);
	if (!CHECK(log_contains(why)))
		tap_note("expected: %s", why);
	log_clear();
}

static void check_sound(void)
{
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_STR(log_text(), "");
}

/* Any block on a list of the order. */
static struct page *block_of(unsigned int order)
{
	unsigned int type;

	for (type = 0; type < MIGRATE_TYPES; type++) {
		struct list_head *list = &zone->free_area[order].free_list[type];

		if (!list_empty(list))
			return list_first_entry(list, struct page, lru);
	}
	tap_note("no block of order %u", order);
	REQUIRE(false);
	return NULL;
}

static void wrong_counts_are_found(void)
{
	boot_with_all_kinds_of_pages();
	zone->free_area[10].nr_free++;
	check_broken("order 10: nr_free is");
	zone->free_area[10].nr_free--;
	zone->vm_stat[NR_FREE_PAGES]--;
	check_broken("pages are free by count");
	zone->vm_stat[NR_FREE_PAGES]++;
	zone->managed_pages++;
	check_broken("pages are managed, but");
	zone->managed_pages--;
	this_quire()->page.totalram_pages++;
	check_broken("totalram is");
	this_quire()->page.totalram_pages--;
	zone->per_cpu_pageset[0].count++;
	check_broken("CPU 0 counts");
	zone->per_cpu_pageset[0].count -= 2;
	check_broken("CPU 0 holds more pages than it counts");
	zone->per_cpu_pageset[0].count++;
	check_sound();
}

static void a_free_block_that_does_not_say_so_is_found(void)
{
	struct page *block;

	boot_with_all_kinds_of_pages();
	block = block_of(8);
	ClearPageBuddy(block);
	check_broken("is on the list of order 8 but does not say so");
	SetPageBuddy(block);
	set_page_private(block, 7);
	check_broken("is on the list of order 8 but does not say so");
	set_page_private(block, 8);
	set_page_count(block, 1);
	check_broken("is free and in use");
	set_page_count(block, 0);
	SetPageReserved(block);
	check_broken("is free and in use");
	ClearPageReserved(block);
	check_sound();
}

static void a_block_on_the_wrong_list_is_found(void)
{
	unsigned long flags;
	struct page *block;

	boot_with_all_kinds_of_pages();
	block = block_of(10);
	set_pageblock_migratetype(block, MIGRATE_CMA);
	check_broken("not on its page block's");
	set_pageblock_migratetype(block, MIGRATE_MOVABLE);
	flags = page_flags(block);
	set_page_flags(block, (flags & ~(7UL << ZONES_SHIFT)) | (unsigned long)ZONE_DMA << ZONES_SHIFT);
	check_broken("is on a list of zone Normal, where it does not lie");
	set_page_flags(block, flags);
	zone->spanned_pages -= 1024;
	check_broken("is on a list of zone Normal, where it does not lie");
	zone->spanned_pages += 1024;
	check_sound();
}

static void buddies_that_were_not_merged_are_found(void)
{
	struct page *block;

	boot_with_all_kinds_of_pages();
	block = block_of(10);
	/* by hand: a block of order 10 as two of order 9 */
	REQUIRE(alloc_contig_range(page_to_pfn(block), page_to_pfn(block) + 1024, MIGRATE_MOVABLE,
				   GFP_KERNEL) == 0);
	free_contig_range(page_to_pfn(block), 1024);
	drain_all_pages(NULL);
	REQUIRE(PageBuddy(block) && page_private(block) == 10);
	list_del(&block->lru);
	set_page_private(block, 9);
	SetPageBuddy(block + 512);
	set_page_private(block + 512, 9);
	list_add(&block->lru, &zone->free_area[9].free_list[get_pageblock_migratetype(block)]);
	list_add(&block[512].lru, &zone->free_area[9].free_list[get_pageblock_migratetype(block)]);
	zone->free_area[10].nr_free--;
	zone->free_area[9].nr_free += 2;
	check_broken("was not merged with its buddy");
}

static void a_block_that_is_not_aligned_is_found(void)
{
	struct page *block;

	boot_with_all_kinds_of_pages();
	block = block_of(10);
	REQUIRE(alloc_contig_range(page_to_pfn(block), page_to_pfn(block) + 1024, MIGRATE_MOVABLE,
				   GFP_KERNEL) == 0);
	set_page_count(block + 1, 0);
	SetPageBuddy(block + 1);
	set_page_private(block + 1, 1);
	list_add(&block[1].lru, &zone->free_area[1].free_list[get_pageblock_migratetype(block)]);
	zone->free_area[1].nr_free++;
	check_broken("is not aligned");
}

static void a_torn_list_is_found(void)
{
	struct list_head *next;
	struct page *block;

	boot_with_all_kinds_of_pages();
	block = block_of(8);
	next = block->lru.next;
	block->lru.next = &block->lru;
	check_broken("order 8 is torn");
	block->lru.next = next;
	check_sound();
}

static void pages_in_use_on_a_cpus_list_are_found(void)
{
	boot_with_all_kinds_of_pages();
	set_page_count(listed, 1);
	check_broken("on CPU 0's list is in use");
	set_page_count(listed, 0);
	SetPageReserved(listed);
	check_broken("on CPU 0's list is in use");
	ClearPageReserved(listed);
	check_sound();
}

static void a_free_block_that_is_on_no_list_is_found(void)
{
	boot_with_all_kinds_of_pages();
	SetPageBuddy(taken);
	set_page_private(taken, 3);
	check_broken("free pages, the page structures say");
	ClearPageBuddy(taken);
	/* lost: neither reserved nor managed */
	SetPageReserved(taken);
	check_broken("pages are managed, but");
	ClearPageReserved(taken);
	check_sound();
}

static void a_taken_block_with_unwritten_structures_is_found(void)
{
	struct page_state *ps;

	boot_with_all_kinds_of_pages();
	ps = &this_quire()->page;
	ps->block_lazy[0] |= 1UL << ((page_to_pfn(taken) - ps->memmap_base_pfn) >> 10);
	check_broken("has unwritten structures but is not free");
}

const struct tap_test tap_tests[] = {
	TEST(wrong_counts_are_found),
	TEST(a_free_block_that_does_not_say_so_is_found),
	TEST(a_block_on_the_wrong_list_is_found),
	TEST(buddies_that_were_not_merged_are_found),
	TEST(a_block_that_is_not_aligned_is_found),
	TEST(a_torn_list_is_found),
	TEST(pages_in_use_on_a_cpus_list_are_found),
	TEST(a_free_block_that_is_on_no_list_is_found),
	TEST(a_taken_block_with_unwritten_structures_is_found),
	{ NULL, NULL },
};
