/* SPDX-License-Identifier: MIT */
/*
 * vmalloc_map_test.c - vmap and its kind, and vmalloc with large pages.
 */
#include <string.h>

#include <quire/fault.h>

#include "mm/kvirt/internal.h"
#include "tests/kvirt/vmalloc_support.h"

#define PAGES 70 /* more than one lot */

static void take_pages(struct page **pages, unsigned int n)
{
	unsigned int i;

	memset(pages, 0, n * sizeof(*pages));
	REQUIRE(alloc_pages_bulk_array(GFP_KERNEL | __GFP_HIGHMEM, n, pages) == n);
	for (i = 0; i < n / 2; i++) {
		struct page *page = pages[i];

		pages[i] = pages[n - 1 - i];
		pages[n - 1 - i] = page;
	}
}

static void free_all(struct page **pages, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		__free_page(pages[i]);
}

static unsigned int rights_at(const void *addr)
{
	struct pt_entry found;

	REQUIRE(!pt_lookup(kernel_pgtable(), kernel_va(addr), &found));
	return found.prot & PT_RIGHTS & ~PT_GLOBAL;
}

/* Two windows onto the same pages, one of them in another order, and one read-only. */
static void pages_are_seen_through_every_window_onto_them(void)
{
	struct page *pages[PAGES], *reversed[PAGES];
	struct vmalloc_snapshot before;
	char *first, *second, *third;
	unsigned int i;

	boot_with_highmem("i386");
	before = vmalloc_snapshot();
	take_pages(pages, PAGES);
	for (i = 0; i < PAGES; i++)
		reversed[i] = pages[PAGES - 1 - i];
	first = vmap(pages, PAGES, VM_MAP, PAGE_KERNEL);
	second = vmap(reversed, PAGES, VM_MAP, PAGE_KERNEL_EXEC);
	third = vmap(pages, PAGES, 0, PAGE_KERNEL_RO);
	REQUIRE(first && second && third);
	for (i = 0; i < PAGES; i++) {
		CHECK_PTR(vmalloc_to_page(first + i * PAGE_SIZE), pages[i]);
		fill_pattern(first + i * PAGE_SIZE, PAGE_SIZE, i);
	}
	for (i = 0; i < PAGES; i++) {
		CHECK(has_pattern(second + (PAGES - 1 - i) * PAGE_SIZE, PAGE_SIZE, i));
		CHECK(has_pattern(third + i * PAGE_SIZE, PAGE_SIZE, i));
	}
	CHECK_EQ(rights_at(first) & ~PT_EXEC, PT_READ | PT_WRITE);
	CHECK_EQ(rights_at(second), PT_READ | PT_WRITE | PT_EXEC);
	CHECK_EQ(rights_at(third) & ~PT_EXEC, PT_READ);
	CHECK_EQ(find_vm_area(third)->flags, VM_MAP);
	CHECK_EQ(find_vm_area(third)->nr_pages, 0);
	CHECK_EQ(vmalloc_nr_pages(), 0);
	CHECK_EQ(vmalloc_validate(), 0);
	vunmap(second);
	CHECK(is_unmapped(second));
	CHECK(has_pattern(first + PAGE_SIZE, PAGE_SIZE, 1));
	vunmap(first);
	vunmap(third);
	for (i = 0; i < PAGES; i++)
		CHECK_EQ(page_ref_count(pages[i]), 1);
	free_all(pages, PAGES);
	check_snapshot(&before);
}

static void an_area_can_take_over_the_pages(void)
{
	struct page *pages[PAGES], *kept;
	struct vmalloc_snapshot before;
	unsigned long warnings;
	void *addr;

	boot_with_window("x86_64");
	before = vmalloc_snapshot();
	take_pages(pages, PAGES);
	kept = pages[7];
	set_page_count(kept, 2); /* somebody else has a reference, too */
	addr = vmap(pages, PAGES, VM_MAP | VM_MAP_PUT_PAGES, PAGE_KERNEL);
	REQUIRE(addr);
	memset(pages, 0, sizeof(pages)); /* the array is not needed any more */
	CHECK_EQ(find_vm_area(addr)->nr_pages, PAGES);
	CHECK_EQ(vmalloc_nr_pages(), 0);
	warnings = this_quire()->log.warnings;
	vunmap(addr);
	CHECK_EQ(this_quire()->log.warnings, warnings + 1); /* the pages would be lost */
	vfree(addr);
	CHECK_EQ(page_ref_count(kept), 1);
	__free_page(kept);
	check_snapshot(&before);
}

/* The same page twice in one area: each time it is put once. */
static void a_page_may_be_in_an_area_twice(void)
{
	struct vmalloc_snapshot before;
	struct page *page, *pages[2];
	char *addr;

	boot_with_window("i386-pae");
	before = vmalloc_snapshot();
	page = alloc_page(GFP_KERNEL);
	REQUIRE(page);
	pages[0] = pages[1] = page;
	set_page_count(page, 2);
	addr = vmap(pages, 2, VM_MAP_PUT_PAGES, PAGE_KERNEL);
	REQUIRE(addr);
	addr[5] = 77;
	CHECK_EQ(addr[PAGE_SIZE + 5], 77);
	vfree(addr);
	check_snapshot(&before);
}

static void vmap_that_cannot_be_changes_nothing(void)
{
	struct page *pages[PAGES];
	struct vmalloc_snapshot before;
	unsigned long n;
	void *addr = NULL;

	boot_with_window("x86_64");
	take_pages(pages, PAGES);
	before = vmalloc_snapshot();
	CHECK(!vmap(pages, PAGES, VM_MAP, (pgprot_t){ PT_READ, PT_NR_CACHES }));
	CHECK(log_contains("vmap error: 70 pages cannot be mapped (-22)"));
	check_snapshot(&before);
	for (n = 1; !addr; n++) {
		REQUIRE(n < 20);
		quire_fail_nth(n, false);
		addr = vmap(pages, PAGES, VM_MAP, PAGE_KERNEL);
		quire_fail_off();
		CHECK(addr || this_quire()->fault.failed);
		if (!addr)
			check_snapshot(&before);
	}
	vunmap(addr);
	check_snapshot(&before);
}

static void pages_above_the_format_are_refused(void)
{
	struct quire_machine *m = test_machine_new();
	struct page *pages[2];

	if (sizeof(phys_addr_t) == 4)
		tap_skip("no such addresses in this build");
	test_bank(m, 0, MB(128), 0);
	test_bank(m, (phys_addr_t)1 << 32, MB(32), 0);
	m->lowmem_end = MB(128);
	m->zones = 1 << ZONE_NORMAL | 1 << ZONE_HIGHMEM;
	m->zone_end[ZONE_NORMAL] = MB(128);
	test_machine_kvirt(m, "i386");
	REQUIRE(!test_machine_boot(m));
	pages[0] = alloc_page(GFP_KERNEL);
	pages[1] = alloc_page(GFP_KERNEL | __GFP_HIGHMEM);
	REQUIRE(pages[0] && pages[1] && page_to_phys(pages[1]) >> 32);
	CHECK(!vmap(pages, 2, VM_MAP, PAGE_KERNEL));
	CHECK(vmap(pages, 1, VM_MAP, PAGE_KERNEL));
	CHECK_EQ(vmalloc_validate(), 0);
}

static void addresses_alone_are_the_callers_to_map(void)
{
	struct vmalloc_snapshot before;
	struct vm_struct *area;
	struct page *page;
	char *addr;

	boot_with_window("x86_64");
	before = vmalloc_snapshot();
	page = alloc_page(GFP_KERNEL);
	area = get_vm_area(5 * PAGE_SIZE - 3, VM_MAP);
	REQUIRE(page && area);
	addr = area->addr;
	CHECK_EQ(area->size, 6 * PAGE_SIZE);
	CHECK(is_unmapped(addr));
	REQUIRE(!kernel_map((uintptr_t)addr + 2 * PAGE_SIZE, page_to_phys(page), PAGE_SIZE,
			    PT_READ | PT_WRITE, PT_CACHE_WB));
	CHECK_EQ(vmalloc_validate(), 0);
	addr[2 * PAGE_SIZE] = 12;
	CHECK_EQ(*(char *)page_address(page), 12);
	free_vm_area(area);
	CHECK(is_unmapped(addr + 2 * PAGE_SIZE));
	__free_page(page);
	check_snapshot(&before);
}

/* The window's own mapping function: nothing is mapped over something else. */
static void what_is_mapped_is_not_mapped_again(void)
{
	struct page *pages[3];
	struct vm_struct *area;
	uintptr_t addr;
	unsigned int i;

	boot_with_window("x86_64");
	area = get_vm_area(MB(6), VM_MAP);
	for (i = 0; i < 3; i++)
		pages[i] = alloc_page(GFP_KERNEL);
	REQUIRE(area && pages[0] && pages[1] && pages[2]);
	/* On both sides of a table's end. */
	addr = (uintptr_t)area->addr + MB(2) - PAGE_SIZE;
	REQUIRE(!kernel_map_pages(addr + PAGE_SIZE, pages, 1, PT_READ | PT_WRITE, PT_CACHE_WB));
	CHECK_EQ(kernel_map_pages(addr, pages, 2, PT_READ | PT_WRITE, PT_CACHE_WB), -EEXIST);
	CHECK(is_unmapped((void *)addr));
	kernel_free_tables(addr + PAGE_SIZE, MB(2)); /* but this one is not empty */
	CHECK(!is_unmapped((void *)(addr + PAGE_SIZE)));
	CHECK_EQ(kernel_unmap_pages(addr, 3, pages + 1), 1);
	CHECK_PTR(pages[1], pages[0]);
	kernel_free_tables(addr + PAGE_SIZE, MB(2));
	REQUIRE(!kernel_map(addr + PAGE_SIZE, MB(512), MB(2), PT_READ, PT_CACHE_UC));
	CHECK_EQ(kernel_map_pages(addr + PAGE_SIZE, pages, 2, PT_READ | PT_WRITE, PT_CACHE_WB),
		 -EEXIST);
	CHECK_EQ(kernel_unmap_pages(addr + PAGE_SIZE, 2, NULL), 0); /* a large page stays */
	CHECK(!is_unmapped((void *)(addr + PAGE_SIZE)));
	CHECK_EQ(kernel_map_pages(addr + 5, pages, 1, PT_READ | PT_WRITE, PT_CACHE_WB), -EINVAL);
	CHECK_EQ(kernel_map_pages(addr, pages, 0, PT_READ | PT_WRITE, PT_CACHE_WB), -EINVAL);
	free_vm_area(area);
	CHECK_EQ(vmalloc_validate(), 0);
	CHECK_EQ(pt_validate(kernel_pgtable()), 0);
}

/* ---- large pages ---- */

/* How many large pages map a part of [addr, addr + size). */
static unsigned int large_pages(const char *addr, unsigned long size)
{
	struct pt_entry found;
	unsigned int large = 0;
	unsigned long offset;

	for (offset = 0; offset < size; offset += (unsigned long)found.size) {
		REQUIRE(!pt_lookup(kernel_pgtable(), kernel_va(addr + offset), &found));
		large += found.level > 0;
	}
	return large;
}

static void large_pages_are_used_where_they_fit(void)
{
	static const struct {
		const char *format;
		unsigned int large; /* of 5 MB */
	} cases[] = { { "i386", 0 },  { "i386-pse", 0 }, { "i386-pae", 2 }, { "x86_64", 2 },
		      { "armv7", 0 }, { "arm64", 2 },	 { "sv39", 2 } };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct quire_machine *m = boot_with_window(cases[i].format);
		struct vmalloc_snapshot before = vmalloc_snapshot();
		char *small = vmalloc(PAGE_SIZE), *addr = vmalloc_huge(MB(5), GFP_KERNEL);

		tap_note("%s", cases[i].format);
		REQUIRE(small && addr);
		CHECK_EQ(large_pages(addr, MB(5)), cases[i].large);
		if (cases[i].large)
			CHECK_EQ(kernel_va(addr) & (MB(2) - 1), 0);
		CHECK_EQ(find_vm_area(addr)->page_order, cases[i].large ? 9 : 0);
		CHECK_EQ(find_vm_area(addr)->nr_pages, 1280);
		CHECK_EQ(page_ref_count(vmalloc_to_page(addr + 5 * PAGE_SIZE)), 1);
		if (cases[i].large)
			CHECK_EQ(vmalloc_to_pfn(addr + 5 * PAGE_SIZE), vmalloc_to_pfn(addr) + 5);
		fill_pattern(addr, MB(5), 8);
		CHECK(has_pattern(addr, MB(5), 8));
		CHECK_EQ(vmalloc_validate(), 0);
		/* Ordinary areas have small pages, however their memory lies. */
		CHECK_EQ(large_pages(small, PAGE_SIZE), 0);
		vfree(addr);
		CHECK(is_unmapped(addr));
		vfree(small);
		check_snapshot(&before);
		test_machine_end(m);
	}
}

static void small_pages_serve_when_no_block_is_large(void)
{
	static struct page *held[16384];
	unsigned int n = 0, i;
	char *addr;

	boot_with_window("x86_64");
	/* Every other page is free. */
	while (n < 16384 && (held[n] = alloc_page(GFP_KERNEL | __GFP_NOWARN)))
		n++;
	for (i = 0; i < n; i += 2)
		__free_page(held[i]);
	addr = vmalloc_huge(MB(4), GFP_KERNEL);
	REQUIRE(addr);
	CHECK_EQ(large_pages(addr, MB(4)), 0);
	fill_pattern(addr, MB(4), 5);
	CHECK(has_pattern(addr, MB(4), 5));
	CHECK_EQ(vmalloc_validate(), 0);
	vfree(addr);
	for (i = 1; i < n; i += 2)
		__free_page(held[i]);
	vm_unmap_aliases();
	/* The tables that the small pages needed do not keep a large one out. */
	addr = vmalloc_huge(MB(4), GFP_KERNEL);
	REQUIRE(addr);
	CHECK_EQ(large_pages(addr, MB(4)), 2);
	CHECK_EQ(vmalloc_validate(), 0);
	CHECK_EQ(pt_validate(kernel_pgtable()), 0);
}

/* Processors may remember tables: they are told before the memory is somebody else's. */
static void tables_are_freed_after_a_flush(void)
{
	unsigned long flushes, tables;
	char *addr;

	boot_with_window("i386-pae");
	addr = vmalloc(MB(6));
	REQUIRE(addr);
	vfree(addr);
	vm_unmap_aliases();
	flushes = test_tlb_flushes();
	tables = kernel_pgtable()->nr_tables[0];
	addr = vmalloc_huge(MB(4), GFP_KERNEL);
	REQUIRE(addr);
	CHECK_EQ(kernel_pgtable()->nr_tables[0], tables - 2);
	CHECK_EQ(test_tlb_flushes(), flushes + 1);
	vfree(addr);
	vm_unmap_aliases();
	flushes = test_tlb_flushes();
	/* Large again: nothing is in the way, and nothing to be flushed. */
	addr = vmalloc_huge(MB(4), GFP_KERNEL);
	CHECK_EQ(large_pages(addr, MB(4)), 2);
	CHECK_EQ(test_tlb_flushes(), flushes);
	/* No table that hangs on the root is ever freed. */
	CHECK_EQ(kernel_pgtable()->nr_tables[1], 4 - 3);
}

static void cleared_large_pages_are_cleared(void)
{
	unsigned int turn;

	for (turn = 0; turn < 2; turn++) {
		char *addr;

		if (turn)
			boot_with_highmem("i386-pae");
		else
			boot_with_window("i386-pae");
		addr = vmalloc(MB(20));
		REQUIRE(addr);
		fill_pattern(addr, MB(20), 1);
		vfree(addr);
		addr = vmalloc_huge(MB(18), GFP_KERNEL | __GFP_ZERO);
		REQUIRE(addr);
		CHECK(large_pages(addr, MB(18)) > 0);
		CHECK(is_cleared(addr, MB(18)));
		vfree(addr);
	}
}

const struct tap_test tap_tests[] = {
	TEST(pages_are_seen_through_every_window_onto_them),
	TEST(an_area_can_take_over_the_pages),
	TEST(a_page_may_be_in_an_area_twice),
	TEST(vmap_that_cannot_be_changes_nothing),
	TEST(pages_above_the_format_are_refused),
	TEST(addresses_alone_are_the_callers_to_map),
	TEST(what_is_mapped_is_not_mapped_again),
	TEST(large_pages_are_used_where_they_fit),
	TEST(small_pages_serve_when_no_block_is_large),
	TEST(tables_are_freed_after_a_flush),
	TEST(cleared_large_pages_are_cleared),
	{ NULL, NULL },
};
