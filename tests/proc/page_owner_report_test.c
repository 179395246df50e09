/* SPDX-License-Identifier: MIT */
/*
 * page_owner_report_test.c - the texts that say who holds pages: Linux's paragraph for each
 * block, and the summary by call site.
 */
#include <stdio.h>
#include <string.h>

#include <quire/gfp.h>
#include <quire/page_owner.h>

#include "tests/fixture.h"
#include "tests/proc/proc_support.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

static void boot_watched(unsigned int flags)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 32 * MB, 0);
	m->zones = 1 << ZONE_DMA | 1 << ZONE_NORMAL;
	m->zone_end[ZONE_DMA] = 20 * MB;
	m->flags = flags;
	REQUIRE(test_machine_boot(m) == 0);
}

static const char *paragraph_of(const struct page *page, const char *types, const char *flags)
{
	static char text[256];
	struct page_owner owner;
	pfn_t head;

	REQUIRE(page_owner_find(page_to_pfn(page), &owner, &head));
	snprintf(text, sizeof(text),
		 "Page allocated via order %u, mask 0x%x, seq %lu\n"
		 "PFN %lu type %s Block %lu type %s Flags %s\n 0x%lx\n\n",
		 owner.order, owner.gfp, owner.seq, head, types, head >> pageblock_order, types,
		 flags, (unsigned long)(uintptr_t)owner.caller);
	return text;
}

static void each_block_that_is_held_has_a_paragraph(void)
{
	struct page *block, *page;

	boot_watched(MACHINE_PAGE_OWNER);
	CHECK_STR(report_text("page_owner"), "");
	block = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);
	REQUIRE(block);
	CHECK_STR(report_text("page_owner"),
		  paragraph_of(block, "Unmovable", "0x1000(head|node=0|zone=1)"));
	page = alloc_pages(GFP_DMA | __GFP_MOVABLE, 0);
	REQUIRE(page);
	SetPageSlab(page);
	/* The lower frame comes first. */
	CHECK(!strncmp(report_text("page_owner"),
		       paragraph_of(page, "Movable", "0x200(slab|node=0|zone=0)"),
		       strlen(paragraph_of(page, "Movable", "0x200(slab|node=0|zone=0)"))));
	CHECK(strstr(report_text("page_owner"),
		     paragraph_of(block, "Unmovable", "0x1000(head|node=0|zone=1)")));
	__free_pages(block, 3);
	CHECK_STR(report_text("page_owner"),
		  paragraph_of(page, "Movable", "0x200(slab|node=0|zone=0)"));
}

/* One call site, however the compiler lays out the loop around it. */
__attribute__((noinline)) static void take_large_block(void)
{
	REQUIRE(alloc_pages(GFP_KERNEL, 5));
}

static void the_summary_has_a_line_for_each_call_site(void)
{
	struct page_owner_site sites[4];
	char expected[256];
	int i;

	boot_watched(MACHINE_PAGE_OWNER);
	for (i = 0; i < 3; i++)
		take_large_block();
	REQUIRE(alloc_pages(GFP_KERNEL, 0));
	CHECK_EQ(page_owner_sites(sites, 4), 2);
	/* The table's own page is there while it is made. */
	snprintf(expected, sizeof(expected),
		 "       pages      blocks  caller\n          96           3  0x%lx\n",
		 (unsigned long)(uintptr_t)sites[0].caller);
	CHECK(!strncmp(report_text("page_owner_sites"), expected, strlen(expected)));
	snprintf(expected, sizeof(expected), "\n           1           1  0x%lx\n",
		 (unsigned long)(uintptr_t)sites[1].caller);
	CHECK(strstr(report_text("page_owner_sites"), expected));
	CHECK_EQ(page_owner_sites(sites, 4), 2);
}

static void without_memory_the_summary_says_so(void)
{
	boot_watched(MACHINE_PAGE_OWNER);
	while (alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0))
		;
	CHECK_STR(report_text("page_owner_sites"), "no memory for the list of call sites\n");
}

static void a_machine_that_keeps_no_records_has_nothing_to_show(void)
{
	boot_watched(0);
	REQUIRE(alloc_pages(GFP_KERNEL, 5));
	CHECK_STR(report_text("page_owner"), "");
	CHECK_STR(report_text("page_owner_sites"), "");
}

const struct tap_test tap_tests[] = {
	TEST(each_block_that_is_held_has_a_paragraph),
	TEST(the_summary_has_a_line_for_each_call_site),
	TEST(without_memory_the_summary_says_so),
	TEST(a_machine_that_keeps_no_records_has_nothing_to_show),
	{ NULL, NULL },
};
