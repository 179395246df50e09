/* SPDX-License-Identifier: MIT */
/*
 * vmalloc_crash_test.c - what is not mapped in the window crashes when it is touched.
 */
#include "tests/kvirt/vmalloc_support.h"

enum touch { READ, WRITE };

static bool crashes(volatile char *byte, enum touch touch)
{
	return test_crashes(byte, touch == WRITE);
}

static void a_touch_of_a_freed_area_crashes(void)
{
	size_t format;

	for (format = 0; format < NR_VMALLOC_FORMATS; format++) {
		struct quire_machine *m = boot_with_window(vmalloc_formats[format]);
		char *addr = vmalloc(70 * PAGE_SIZE), *other = vmalloc(PAGE_SIZE);

		REQUIRE(addr && other);
		CHECK(!crashes(addr, WRITE));
		CHECK(!crashes(addr + 70 * PAGE_SIZE - 1, WRITE));
		vfree(addr);
		/* Before the TLBs are flushed, and after that. */
		CHECK(crashes(addr, READ));
		CHECK(crashes(addr, WRITE));
		CHECK(crashes(addr + 70 * PAGE_SIZE - 1, READ));
		vm_unmap_aliases();
		CHECK(crashes(addr, READ));
		CHECK(!crashes(other, WRITE));
		test_machine_end(m);
	}
}

static void a_touch_of_a_guard_page_crashes(void)
{
	char *addr, *behind, *large;

	boot_with_window("x86_64");
	addr = vmalloc(2 * PAGE_SIZE);
	behind = vmalloc(PAGE_SIZE);
	large = vmalloc_huge(MB(2), GFP_KERNEL);
	REQUIRE(addr && behind && large);
	CHECK(!crashes(addr + 2 * PAGE_SIZE - 1, WRITE));
	CHECK(crashes(addr + 2 * PAGE_SIZE, WRITE));
	CHECK(crashes(behind - 1, READ));
	CHECK(!crashes(behind, READ));
	CHECK(!crashes(large + MB(2) - 1, WRITE));
	CHECK(crashes(large + MB(2), WRITE));
	vfree(large);
	CHECK(crashes(large + MB(1), READ));
	vfree(behind);
	vfree(addr);
}

static void a_touch_of_a_window_that_was_taken_away_crashes(void)
{
	struct page *page;
	char *window, *device;

	boot_with_window("i386-pae");
	page = alloc_page(GFP_KERNEL);
	REQUIRE(page);
	window = vmap(&page, 1, VM_MAP, PAGE_KERNEL_RO);
	device = ioremap(MB(512), 5 * PAGE_SIZE);
	REQUIRE(window && device);
	CHECK(!crashes(window, READ));
	CHECK(crashes(window, WRITE)); /* it is read-only */
	CHECK(!crashes(device + 4 * PAGE_SIZE, WRITE));
	vunmap(window);
	iounmap(device);
	CHECK(crashes(window, READ));
	CHECK(crashes(device, READ));
}

static void an_allocation_that_failed_leaves_nothing_mapped(void)
{
	char *addr;

	boot_with_window("i386");
	addr = vmalloc(PAGE_SIZE);
	REQUIRE(addr);
	CHECK(!vmalloc(totalram_pages() << PAGE_SHIFT));
	CHECK(crashes(addr + 2 * PAGE_SIZE, READ));
	CHECK(crashes(addr + MB(10), READ));
	CHECK(!crashes(addr, WRITE));
}

const struct tap_test tap_tests[] = {
	TEST(a_touch_of_a_freed_area_crashes),
	TEST(a_touch_of_a_guard_page_crashes),
	TEST(a_touch_of_a_window_that_was_taken_away_crashes),
	TEST(an_allocation_that_failed_leaves_nothing_mapped),
	{ NULL, NULL },
};
