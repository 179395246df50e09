/* SPDX-License-Identifier: MIT */
/*
 * page_poison_test.c - who writes to a page after giving it back is found when the page is next
 * handed out, wherever it lay meanwhile; and pages that begin, or end, as zeros.
 */
#include <string.h>

#include <quire/quire.h>

#include "mm/lib/annotate.h"
#include "mm/lib/list.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)
#define CORRUPTION "pagealloc: memory corruption"
#define ONE_BIT "pagealloc: single bit error"

static void boot(unsigned int flags)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 32 * MB, 0);
	m->flags = MACHINE_AS_DUMPED | flags;
	REQUIRE(test_machine_boot(m) == 0);
	log_clear();
}

/* That it is free is what these tests are about: other checkers are not to see it first. */
static unsigned char *bytes_of(const struct page *page)
{
	annotate_defined(page_address(page), PAGE_SIZE);
	return page_address(page);
}

/* The block that was given back last comes first. */
static struct page *take_again(struct page *freed, unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);

	CHECK_PTR(page, freed);
	return page;
}

static bool is_filled(const struct page *page, unsigned long pages, unsigned char byte)
{
	size_t i;

	for (i = 0; i < pages * PAGE_SIZE; i++)
		if (bytes_of(page + i / PAGE_SIZE)[i % PAGE_SIZE] != byte)
			return false;
	return true;
}

/* ---- use after free ---- */

static void a_write_after_free_is_found_when_the_page_is_handed_out(void)
{
	struct page *page;

	boot(MACHINE_PAGE_POISON);
	page = alloc_page(GFP_KERNEL);
	REQUIRE(page);
	memset(bytes_of(page), 7, PAGE_SIZE);
	__free_page(page);
	CHECK(is_filled(page, 1, PAGE_POISON));
	memcpy(bytes_of(page) + 100, "\1Hello", 6);
	CHECK(!log_contains("pagealloc"));
	take_again(page, 0);
	CHECK(log_contains(CORRUPTION));
	CHECK(log_contains(": 01 48 65 6c 6c 6f                                .Hello\n"));
	CHECK(log_contains("page dumped because: pagealloc: corrupted page details"));
	CHECK_EQ(page_poison_found(), 1);
	/* Nothing of it is left, and it is told once. */
	CHECK(is_filled(page, 1, PAGE_POISON));
	log_clear();
	__free_page(page);
	take_again(page, 0);
	CHECK(!log_contains("pagealloc"));
}

static void what_lies_between_the_first_wrong_byte_and_the_last_is_shown(void)
{
	struct page *page;

	boot(MACHINE_PAGE_POISON);
	page = alloc_page(GFP_KERNEL);
	REQUIRE(page);
	__free_page(page);
	bytes_of(page)[PAGE_SIZE - 1] = 0;
	bytes_of(page)[PAGE_SIZE - 17] = '~';
	take_again(page, 0);
	CHECK(log_contains(": 7e aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa  ~...............\n"));
	CHECK(log_contains(": 00                                               .\n"));
}

static void one_wrong_bit_is_told_as_such(void)
{
	struct page *page;

	boot(MACHINE_PAGE_POISON);
	page = alloc_page(GFP_KERNEL);
	REQUIRE(page);
	__free_page(page);
	bytes_of(page)[17] ^= 0x10;
	take_again(page, 0);
	CHECK(log_contains(ONE_BIT));
	CHECK(log_contains(": ba  "));
	CHECK(!log_contains(CORRUPTION));
	__free_page(page);
	log_clear();
	bytes_of(page)[17] ^= 0x11;
	take_again(page, 0);
	CHECK(log_contains(CORRUPTION));
	CHECK(!log_contains(ONE_BIT));
}

/* The damage is in the middle of what was a block, and is found in whatever the page is part of. */
static void damage_is_found_in_blocks_of_any_order(void)
{
	struct page *page;
	unsigned int order, i;

	boot(MACHINE_PAGE_POISON);
	for (order = 1; order < MAX_ORDER; order++) {
		page = alloc_pages(GFP_KERNEL | (order & 1 ? __GFP_COMP : 0), order);
		REQUIRE(page);
		__free_pages(page, order);
		log_clear();
		bytes_of(page + (1UL << order) - 1)[0] = 0;
		page = alloc_pages(GFP_KERNEL, order);
		REQUIRE(page);
		CHECK(log_contains(CORRUPTION));
		__free_pages(page, order);
	}
	/* A block is freed, and taken page by page. */
	page = alloc_pages(GFP_KERNEL, 3);
	REQUIRE(page);
	__free_pages(page, 3);
	drain_all_pages(NULL);
	bytes_of(page + 6)[5] = 1;
	for (i = 0; i < 8; i++) {
		CHECK_EQ(alloc_contig_range(page_to_pfn(page + i), page_to_pfn(page + i) + 1,
					    MIGRATE_MOVABLE, GFP_KERNEL), 0);
		CHECK_EQ(page_poison_found(), i < 6 ? 10 : 11);
	}
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_EQ(this_quire()->log.warnings, 0);
}

static void a_page_on_a_cpus_list_and_one_in_the_zone_are_looked_at(void)
{
	struct page *page, *other;
	int err;

	boot(MACHINE_PAGE_POISON);
	page = alloc_page(GFP_KERNEL);
	other = alloc_page(GFP_KERNEL);
	REQUIRE(page && other);
	__free_page(other);
	__free_page(page);
	CHECK(per_cpu_pages_count(page_zone(page)->per_cpu_pageset) >= 2);
	bytes_of(page)[0] = 0;
	take_again(page, 0);
	CHECK_EQ(page_poison_found(), 1);
	__free_page(page);
	drain_all_pages(NULL);
	bytes_of(page)[0] = 0;
	err = alloc_contig_range(page_to_pfn(page), page_to_pfn(page) + 1, MIGRATE_MOVABLE, GFP_KERNEL);
	CHECK_EQ(err, 0);
	CHECK_EQ(page_poison_found(), 2);
}

static void pages_by_the_lot_are_looked_at(void)
{
	struct page *pages[8] = { NULL };
	unsigned int i;

	boot(MACHINE_PAGE_POISON);
	CHECK_EQ(alloc_pages_bulk_array(GFP_KERNEL, 8, pages), 8);
	for (i = 0; i < 8; i++)
		__free_page(pages[i]);
	drain_all_pages(NULL);
	for (i = 0; i < 8; i++)
		bytes_of(pages[i])[i] = 0;
	memset(pages, 0, sizeof(pages));
	CHECK_EQ(alloc_pages_bulk_array(GFP_KERNEL, 8, pages), 8);
	CHECK_EQ(page_poison_found(), 8);
}

/* What is in pages that were never freed is the firmware's, and no reason to complain. */
static void pages_free_since_the_boot_are_not_looked_at(void)
{
	struct page *page, *last = NULL;

	boot(MACHINE_PAGE_POISON);
	while ((page = alloc_page(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN)))
		last = page;
	CHECK(last && page_poison_found() == 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void the_reports_end_but_not_the_count(void)
{
	struct page *page;
	int i;

	boot(MACHINE_PAGE_POISON);
	page = alloc_page(GFP_KERNEL);
	REQUIRE(page);
	for (i = 1; i <= 12; i++) {
		__free_page(page);
		bytes_of(page)[0] = 0;
		log_clear();
		take_again(page, 0);
		CHECK_EQ(log_contains(ONE_BIT) || log_contains(CORRUPTION), i <= 10);
	}
	CHECK_EQ(page_poison_found(), 12);
}

static void with_page_owner_the_report_says_who_freed_the_page(void)
{
	struct page *page;
	struct page_owner owner;

	boot(MACHINE_PAGE_POISON | MACHINE_PAGE_OWNER);
	page = alloc_pages(GFP_KERNEL, 3);
	REQUIRE(page);
	__free_pages(page, 3);
	bytes_of(page + 5)[9] = 0;
	CHECK(page_owner_read(page_to_pfn(page), &owner));
	take_again(page, 3);
	CHECK(log_contains("page_owner tracks the page as freed\n"));
	CHECK(log_contains("page last allocated via order 3, gfp_mask 0xcc0, by 0x"));
	CHECK(log_contains("page last freed by 0x"));
	CHECK(owner.free_caller != NULL);
}

/* ---- zeros ---- */

static void init_on_alloc_clears_every_page(void)
{
	struct page *page;

	boot(MACHINE_INIT_ON_ALLOC);
	set_page_poisoning(PAGE_INIT_ON_ALLOC);
	page = alloc_pages(GFP_KERNEL, 2);
	REQUIRE(page);
	memset(bytes_of(page), 1, 4 * PAGE_SIZE);
	__free_pages(page, 2);
	CHECK(is_filled(page, 4, 1));
	take_again(page, 2);
	CHECK(is_filled(page, 4, 0));
	set_page_poisoning(0);
	memset(bytes_of(page), 1, 4 * PAGE_SIZE);
	__free_pages(page, 2);
	take_again(page, 2);
	CHECK(is_filled(page, 4, 1));
}

static void init_on_free_leaves_nothing_of_the_owners(void)
{
	struct page *page;

	boot(MACHINE_INIT_ON_FREE);
	set_page_poisoning(PAGE_INIT_ON_FREE);
	page = alloc_pages(GFP_KERNEL, 1);
	REQUIRE(page);
	memset(bytes_of(page), 1, 2 * PAGE_SIZE);
	__free_pages(page, 1);
	CHECK(is_filled(page, 2, 0));
	bytes_of(page)[0] = 1;
	take_again(page, 1);
	CHECK(!log_contains("pagealloc"));
}

static void poison_goes_before_zeros(void)
{
	struct page *page;

	boot(MACHINE_PAGE_POISON | MACHINE_INIT_ON_ALLOC | MACHINE_INIT_ON_FREE);
	page = alloc_page(GFP_KERNEL);
	REQUIRE(page);
	memset(bytes_of(page), 1, PAGE_SIZE);
	__free_page(page);
	CHECK(is_filled(page, 1, PAGE_POISON));
	take_again(page, 0);
	CHECK(is_filled(page, 1, PAGE_POISON));
	__free_page(page);
	CHECK_PTR(alloc_page(GFP_KERNEL | __GFP_ZERO), page);
	CHECK(is_filled(page, 1, 0));
	CHECK_EQ(page_poison_found(), 0);
}

/* ---- on and off ---- */

/* What is written between off and on again is nobody's fault. */
static void it_can_be_switched_off_and_on(void)
{
	struct page *page;

	boot(MACHINE_PAGE_POISON);
	CHECK_EQ(page_poisoning(), PAGE_POISONING);
	CHECK(this_quire()->page.watch.is_on);
	page = alloc_pages(GFP_KERNEL, 1);
	REQUIRE(page);
	__free_pages(page, 1);
	set_page_poisoning(0);
	CHECK(!this_quire()->page.watch.is_on);
	CHECK_EQ(this_quire()->page.pcp_orders, PCP_ORDERS);
	bytes_of(page)[0] = 1;
	bytes_of(page + 1)[0] = 1;
	CHECK_EQ(page_alloc_validate(), 0);
	set_page_poisoning(PAGE_POISONING);
	take_again(page, 1);
	CHECK_EQ(page_poison_found(), 0);
	__free_pages(page, 1);
	set_page_poisoning(0);
	/* Now without a look, with the marks that were left. */
	bytes_of(page)[0] = 1;
	take_again(page, 1);
	__free_pages(page, 1);
	CHECK_EQ(page_poison_found(), 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void without_the_flags_it_is_what_the_build_says(void)
{
	boot(0);
	CHECK_EQ(page_poisoning(), CONFIG_PAGE_POISONING ? PAGE_POISONING : 0);
	CHECK_EQ(this_quire()->page.watch.is_on, CONFIG_PAGE_POISONING);
}

/* ---- highmem ---- */

static unsigned int mapped, in_use;
static unsigned long high_page[4096 / sizeof(long)]; /* what the one page holds that is mapped here */

static void *map_page(const struct page *page)
{
	(void)page;
	mapped++;
	in_use++;
	return high_page;
}

static void unmap_page(const void *address)
{
	CHECK(address != NULL);
	in_use--;
}

static void *no_address(const struct page *page)
{
	(void)page;
	return NULL;
}

static void highmem_is_looked_at_where_it_can_be_mapped(void)
{
	static const struct highmem_ops ops = { .address = no_address, .map = map_page, .unmap = unmap_page };
	struct quire_machine *m = test_machine_new();
	struct page *page, *again;

	test_bank(m, 16 * MB, 32 * MB, 0);
	m->zones = 1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM;
	m->lowmem_end = 32 * MB;
	m->page_shift = 12;
	m->flags = MACHINE_AS_DUMPED | MACHINE_PAGE_POISON;
	REQUIRE(test_machine_boot(m) == 0);
	page = alloc_page(GFP_HIGHUSER);
	REQUIRE(page && page_to_pfn(page) >= max_low_pfn);
	__free_page(page);
	again = alloc_page(GFP_HIGHUSER);
	CHECK_PTR(again, page);
	CHECK_EQ(page_alloc_validate(), 0);
	mapped = in_use = 0;
	this_quire()->page.highmem = &ops;
	__free_page(page);
	CHECK_EQ(mapped, 1);
	CHECK_EQ(high_page[4096 / sizeof(long) - 1] & 0xff, PAGE_POISON);
	high_page[3] = 1;
	CHECK_PTR(alloc_page(GFP_HIGHUSER), page);
	CHECK_EQ(mapped, 2);
	CHECK_EQ(in_use, 0);
	CHECK_EQ(page_poison_found(), 1);
	this_quire()->page.highmem = NULL;
}

const struct tap_test tap_tests[] = {
	TEST(a_write_after_free_is_found_when_the_page_is_handed_out),
	TEST(what_lies_between_the_first_wrong_byte_and_the_last_is_shown),
	TEST(one_wrong_bit_is_told_as_such),
	TEST(damage_is_found_in_blocks_of_any_order),
	TEST(a_page_on_a_cpus_list_and_one_in_the_zone_are_looked_at),
	TEST(pages_by_the_lot_are_looked_at),
	TEST(pages_free_since_the_boot_are_not_looked_at),
	TEST(the_reports_end_but_not_the_count),
	TEST(with_page_owner_the_report_says_who_freed_the_page),
	TEST(init_on_alloc_clears_every_page),
	TEST(init_on_free_leaves_nothing_of_the_owners),
	TEST(poison_goes_before_zeros),
	TEST(it_can_be_switched_off_and_on),
	TEST(without_the_flags_it_is_what_the_build_says),
	TEST(highmem_is_looked_at_where_it_can_be_mapped),
	{ NULL, NULL },
};
