/* SPDX-License-Identifier: MIT */
/*
 * highmem_crash_test.c - what the kernel has not mapped is not there: a touch is a crash.
 */
#include "tests/kvirt/highmem_support.h"

static void highmem_beyond_the_direct_map_is_not_there(void)
{
	u8 *end;

	highmem_boot("i386", 8, 1);
	end = phys_to_virt(PFN_PHYS(max_low_pfn));
	CHECK(!test_crashes(end - 1, true));
	CHECK(test_crashes(end, false));
	CHECK(test_crashes((u8 *)PKMAP_ADDR(1), false));
	CHECK(test_crashes((u8 *)fix_to_virt(FIX_KMAP_BEGIN), false));
}

static void a_page_is_there_from_kmap_to_the_last_kunmap(void)
{
	struct page *page;
	u8 *addr;

	highmem_boot("i386", 8, 1);
	page = highmem_page();
	addr = kmap(page);
	REQUIRE(kmap(page) == addr);
	CHECK(!test_crashes(addr, true));
	CHECK(test_crashes(addr + PAGE_SIZE, false));
	CHECK(test_crashes(addr - 1, false));
	kunmap(page);
	CHECK(!test_crashes(addr + PAGE_SIZE - 1, true));
	kunmap(page); /* the table still maps it, and a TLB may: it is wrong all the same */
	CHECK(test_crashes(addr, false));
	CHECK(kmap(page) == addr);
	CHECK(!test_crashes(addr, true));
	kunmap(page);
	kmap_flush_unused();
	CHECK(test_crashes(addr, false));
}

static void a_page_is_there_from_kmap_local_to_kunmap_local(void)
{
	struct page *page;
	u8 *outer, *inner;

	highmem_boot("i386", 8, 1);
	page = highmem_page();
	outer = kmap_local_page(page);
	inner = kmap_local_page(page);
	CHECK(!test_crashes(outer, true));
	CHECK(!test_crashes(inner, true));
	kunmap_local(inner);
	CHECK(test_crashes(inner, false));
	CHECK(!test_crashes(outer, true));
	kunmap_local(outer);
	CHECK(test_crashes(outer, false));
}

static void what_is_mapped_read_only_cannot_be_written(void)
{
	struct page *page;
	u8 *addr;

	highmem_boot("i386", 8, 1);
	page = highmem_page();
	addr = kmap_local_page_prot(page, PAGE_KERNEL_RO);
	CHECK(!test_crashes(addr, false));
	CHECK(test_crashes(addr, true));
	kunmap_local(addr);
	CHECK_EQ(__set_fixmap(FIX_PORT_1, page_to_phys(page), FIXMAP_PAGE_RO), 0);
	addr = (u8 *)fix_to_virt(FIX_PORT_1);
	CHECK(!test_crashes(addr, false));
	CHECK(test_crashes(addr, true));
}

static void a_slot_of_the_fixmap_is_there_while_it_is_set(void)
{
	u8 *addr;

	highmem_boot("i386", 8, 1);
	addr = (u8 *)fix_to_virt(FIX_PORT_0);
	CHECK(test_crashes(addr, false));
	CHECK_EQ(set_fixmap(FIX_PORT_0, MB(1)), 0);
	CHECK(!test_crashes(addr, true));
	CHECK_EQ(set_fixmap(FIX_PORT_0, MB(2)), 0);
	CHECK(!test_crashes(addr, true));
	CHECK(test_crashes(addr + PAGE_SIZE, false));
	CHECK_EQ(clear_fixmap(FIX_PORT_0), 0);
	CHECK(test_crashes(addr, false));
}

const struct tap_test tap_tests[] = {
	TEST(highmem_beyond_the_direct_map_is_not_there),
	TEST(a_page_is_there_from_kmap_to_the_last_kunmap),
	TEST(a_page_is_there_from_kmap_local_to_kunmap_local),
	TEST(what_is_mapped_read_only_cannot_be_written),
	TEST(a_slot_of_the_fixmap_is_there_while_it_is_set),
	{ NULL, NULL },
};
