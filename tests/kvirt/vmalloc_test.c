/* SPDX-License-Identifier: MIT */
/*
 * vmalloc_test.c - memory of scattered pages: it is there, it is what was asked for, and
 * it goes back.
 */
#include <string.h>

#include <quire/fault.h>

#include "tests/kvirt/vmalloc_support.h"

/* Sizes in bytes around the borders of pages and of lots. */
static const unsigned long sizes[] = { 1,	 4095,	    4096,      4097,
				       3 * 4096, 64 * 4096, 65 * 4096, MB(4) + 1 };
#define NR_SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* The bytes of each page are seen through the direct map too, and through the MMU's table. */
static void check_pages(char *addr, unsigned long size, unsigned int seed)
{
	unsigned long offset;
	struct pt_entry found;

	fill_pattern(addr, size, seed);
	for (offset = 0; offset < size; offset += PAGE_SIZE) {
		struct page *page = vmalloc_to_page(addr + offset);

		REQUIRE(page);
		CHECK_EQ(page_ref_count(page), 1);
		CHECK_EQ(vmalloc_to_pfn(addr + offset), page_to_pfn(page));
		CHECK_EQ(*(char *)page_address(page), addr[offset]);
		REQUIRE(!pt_lookup(kernel_pgtable(), kernel_va(addr + offset), &found));
		CHECK_EQ(found.phys, page_to_phys(page));
		CHECK(found.prot & PT_WRITE && !(found.prot & PT_USER));
	}
	CHECK(has_pattern(addr, size, seed));
}

static void memory_of_any_size_is_there_and_goes_back(void)
{
	size_t i, format;

	for (format = 0; format < NR_VMALLOC_FORMATS; format++) {
		struct quire_machine *m = boot_with_window(vmalloc_formats[format]);
		struct vmalloc_snapshot before = vmalloc_snapshot();
		char *addr[NR_SIZES];
		unsigned long pages = 0;

		tap_note("%s", vmalloc_formats[format]);
		for (i = 0; i < NR_SIZES; i++) {
			addr[i] = vmalloc(sizes[i]);
			REQUIRE(addr[i]);
			CHECK_EQ((uintptr_t)addr[i] % PAGE_SIZE, 0);
			check_pages(addr[i], sizes[i], (unsigned int)i);
			pages += (sizes[i] + PAGE_SIZE - 1) / PAGE_SIZE;
			CHECK_EQ(vmalloc_nr_pages(), pages);
		}
		CHECK_EQ(vmalloc_validate(), 0);
		for (i = 0; i < NR_SIZES; i++) {
			CHECK(has_pattern(addr[i], sizes[i], (unsigned int)i));
			vfree(addr[i]);
			CHECK(is_unmapped(addr[i]));
		}
		check_snapshot(&before);
		CHECK_EQ(this_quire()->log.warnings, 0);
		test_machine_end(m);
	}
}

/*
 *    | area: 3 pages | guard | area: 1 page | guard |
 */
static void each_area_is_followed_by_a_page_that_is_not_mapped(void)
{
	char *first, *second;

	boot_with_window("i386");
	first = vmalloc(3 * PAGE_SIZE);
	second = vmalloc(PAGE_SIZE);
	REQUIRE(first && second);
	CHECK_PTR(first, (char *)VMALLOC_START);
	CHECK_PTR(second, first + 4 * PAGE_SIZE);
	CHECK(!is_unmapped(first + 2 * PAGE_SIZE));
	CHECK(is_unmapped(first + 3 * PAGE_SIZE));
	CHECK(is_unmapped(second + PAGE_SIZE));
	CHECK_EQ(find_vm_area(first)->size, 4 * PAGE_SIZE);
	vfree(first);
	vfree(second);
}

/* Every free page is made dirty first. */
static void cleared_memory_is_cleared(bool has_highmem)
{
	char *dirty, *clean;

	if (has_highmem)
		boot_with_highmem("i386");
	else
		boot_with_window("i386");
	dirty = vmalloc(MB(24));
	REQUIRE(dirty);
	fill_pattern(dirty, MB(24), 3);
	vfree(dirty);
	clean = vzalloc(MB(23) + 5);
	REQUIRE(clean);
	CHECK(is_cleared(clean, MB(23) + 5));
	vfree(clean);
	clean = __vmalloc(3 * PAGE_SIZE, GFP_KERNEL | __GFP_ZERO | __GFP_DMA);
	REQUIRE(clean);
	CHECK(is_cleared(clean, 3 * PAGE_SIZE));
	CHECK_EQ(vmalloc_validate(), 0);
}

static void cleared_memory_is_cleared_in_lowmem(void)
{
	cleared_memory_is_cleared(false);
}

static void cleared_memory_is_cleared_in_highmem(void)
{
	cleared_memory_is_cleared(true);
}

static void highmem_is_taken_first(void)
{
	char *addr;

	boot_with_highmem("i386-pae");
	addr = vmalloc(PAGE_SIZE);
	REQUIRE(addr);
	CHECK_EQ(page_zonenum(vmalloc_to_page(addr)), ZONE_HIGHMEM);
	fill_pattern(addr, PAGE_SIZE, 9);
	CHECK(has_pattern(addr, PAGE_SIZE, 9));
	vfree(addr);
	addr = __vmalloc(PAGE_SIZE, GFP_DMA);
	REQUIRE(addr);
	CHECK_EQ(page_zonenum(vmalloc_to_page(addr)), ZONE_DMA);
	vfree(addr);
}

static void pages_come_from_the_node_that_is_asked_for(void)
{
	struct quire_machine *m = test_machine_new();
	char *addr[2], *cleared[2];
	int nid;

	test_bank(m, 0, MB(32), 0);
	test_bank(m, MB(32), MB(32), 1);
	test_machine_kvirt(m, "x86_64");
	REQUIRE(!test_machine_boot(m));
	for (nid = 0; nid < 2; nid++) {
		unsigned long i;

		addr[nid] = vmalloc_node(70 * PAGE_SIZE, nid);
		cleared[nid] = vzalloc_node(PAGE_SIZE, nid);
		REQUIRE(addr[nid] && cleared[nid]);
		for (i = 0; i < 70; i++)
			CHECK_EQ(page_to_nid(vmalloc_to_page(addr[nid] + i * PAGE_SIZE)), nid);
		CHECK_EQ(page_to_nid(vmalloc_to_page(cleared[nid])), nid);
		CHECK(is_cleared(cleared[nid], PAGE_SIZE));
	}
	CHECK(!vmalloc_node(PAGE_SIZE, 2));
	CHECK_EQ(vmalloc_live_areas(), 4);
	for (nid = 0; nid < 2; nid++) {
		vfree(addr[nid]);
		vfree(cleared[nid]);
	}
	CHECK_EQ(vmalloc_validate(), 0);
}

static void what_an_area_is_can_be_asked(void)
{
	struct vm_struct *area;
	char *addr;

	boot_with_window("x86_64");
	addr = vmalloc_user(PAGE_SIZE + 1);
	REQUIRE(addr);
	CHECK(is_cleared(addr, PAGE_SIZE * 2));
	area = find_vm_area(addr);
	REQUIRE(area);
	CHECK_PTR(find_vm_area(addr + 2 * PAGE_SIZE), area);
	CHECK_PTR(area->addr, addr);
	CHECK_EQ(area->flags, VM_ALLOC | VM_USERMAP);
	CHECK_EQ(area->nr_pages, 2);
	CHECK_EQ(area->phys_addr, 0);
	CHECK(area->caller);
	CHECK(is_vmalloc_addr(addr));
	CHECK(!is_vmalloc_addr(phys_to_virt(0)));
	CHECK(!is_vmalloc_addr((void *)VMALLOC_END));
	CHECK(!is_vmalloc_addr(NULL));
	CHECK_PTR(find_vm_area(addr + 3 * PAGE_SIZE), NULL);
	CHECK_PTR(vmalloc_to_page(addr + 2 * PAGE_SIZE), NULL);
	CHECK_EQ(vmalloc_to_pfn(addr + 2 * PAGE_SIZE), 0);
	CHECK_PTR(vmalloc_to_page(phys_to_virt(0)), NULL);
	vfree(addr);
	CHECK_PTR(find_vm_area(addr), NULL);
}

/* The pointer of this program, and what the machine's MMU sees. */
static void addresses_have_two_names(void)
{
	size_t i;

	for (i = 0; i < NR_VMALLOC_FORMATS; i++) {
		struct quire_machine *m = boot_with_highmem(vmalloc_formats[i]);
		u64 window = kernel_va((void *)VMALLOC_START), lowmem = kernel_va(phys_to_virt(0));

		CHECK_PTR(kernel_pointer(window + 12345), (char *)VMALLOC_START + 12345);
		CHECK_EQ(kernel_va((char *)VMALLOC_START + 12345), window + 12345);
		CHECK_PTR(kernel_pointer(lowmem + 12345), (char *)phys_to_virt(0) + 12345);
		CHECK_EQ(kernel_va((char *)phys_to_virt(0) + 12345), lowmem + 12345);
		if (CONFIG_KERNEL_WINDOW) {
			CHECK_PTR(kernel_pointer(lowmem + MB(32)), NULL); /* highmem */
			CHECK_PTR(kernel_pointer(window - 1), NULL);
			CHECK_PTR(kernel_pointer(lowmem - 1), NULL);
		}
		test_machine_end(m);
	}
}

/* Warns once, and nothing changes. */
#define CHECK_REFUSED(statement)                                     \
	do {                                                         \
		unsigned long warnings = this_quire()->log.warnings; \
		statement;                                           \
		CHECK_EQ(this_quire()->log.warnings, warnings + 1);  \
		CHECK_EQ(vmalloc_validate(), 0);                     \
	} while (0)

static void misuse_is_reported_and_changes_nothing(void)
{
	struct page *page;
	char *memory, *window, *device, *freed;
	struct vm_struct *area;

	boot_with_window("x86_64");
	page = alloc_page(GFP_KERNEL);
	memory = vmalloc(3 * PAGE_SIZE);
	window = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	device = ioremap(MB(256), PAGE_SIZE);
	area = get_vm_area(PAGE_SIZE, VM_MAP);
	freed = vmalloc(PAGE_SIZE);
	REQUIRE(page && memory && window && device && area && freed);
	vfree(freed);
	CHECK_REFUSED(vfree(freed));
	CHECK(log_contains("refused: the area is free already, called from"));
	vm_unmap_aliases();
	CHECK_REFUSED(vfree(freed));
	CHECK(log_contains("refused: there is no area, called from"));
	CHECK_REFUSED(vfree(memory + PAGE_SIZE));
	CHECK_REFUSED(vfree(memory + 1));
	CHECK_REFUSED(vfree(memory + 3 * PAGE_SIZE));
	CHECK_REFUSED(vfree(phys_to_virt(MB(1))));
	CHECK_REFUSED(vfree((void *)VMALLOC_END));
	CHECK_REFUSED(vfree(window));
	CHECK_REFUSED(vfree(device));
	CHECK_REFUSED(vunmap(memory));
	CHECK_REFUSED(vunmap(device));
	CHECK_REFUSED(vunmap(window + PAGE_SIZE));
	CHECK_REFUSED(iounmap(memory));
	CHECK_REFUSED(iounmap(window));
	CHECK_REFUSED(free_vm_area(find_vm_area(memory)));
	CHECK_REFUSED(CHECK(!vmalloc(0)));
	CHECK_REFUSED(CHECK(!vmap(&page, 0, VM_MAP, PAGE_KERNEL)));
	CHECK_REFUSED(CHECK(!vmap(NULL, 1, VM_MAP, PAGE_KERNEL)));
	CHECK_REFUSED(CHECK(!vmap((struct page *[]){ page, NULL }, 2, VM_MAP, PAGE_KERNEL)));
	CHECK_REFUSED(CHECK(!get_vm_area(0, 0)));
	CHECK_REFUSED(CHECK(!get_vm_area(PAGE_SIZE, VM_ALLOC)));
	CHECK_EQ(vmalloc_live_areas(), 4);
	vfree(NULL);
	vunmap(NULL);
	iounmap(NULL);
	free_vm_area(NULL);
	vfree(memory);
	vunmap(window);
	iounmap(device);
	free_vm_area(area);
	__free_page(page);
	CHECK_EQ(vmalloc_live_areas(), 0);
}

static void sizes_beyond_the_machine_are_refused(void)
{
	static const unsigned long too_large[] = { MB(64) + 1, MB(1024), ~0UL, ~0UL - 4095,
						   ~0UL / 2 };
	struct vmalloc_snapshot before;
	size_t i;

	boot_with_window("i386");
	before = vmalloc_snapshot();
	for (i = 0; i < sizeof(too_large) / sizeof(too_large[0]); i++) {
		log_clear();
		CHECK(!vmalloc(too_large[i]));
		CHECK(log_contains("vmalloc error"));
		CHECK(!vmalloc_huge(too_large[i], GFP_KERNEL));
	}
	CHECK(!get_vm_area(MB(96), 0)); /* the window, and no room for a guard page */
	CHECK(log_contains("no such gap"));
	CHECK(!get_vm_area(~0UL, 0));
	CHECK(!get_vm_area(~0UL - 4095, 0));
	log_clear();
	CHECK(!__vmalloc(MB(100), GFP_KERNEL | __GFP_NOWARN));
	CHECK_STR(log_text(), "");
	/* There is a window, but less memory. */
	CHECK(!vmalloc(totalram_pages() << PAGE_SHIFT));
	CHECK(log_contains("failed to allocate pages"));
	check_snapshot(&before);
}

static void check_that_all_fail(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	REQUIRE(page);
	CHECK(!vmalloc(1));
	CHECK(!vzalloc(1));
	CHECK(!vmalloc_node(1, 0));
	CHECK(!vmalloc_huge(MB(2), GFP_KERNEL));
	CHECK(!vmap(&page, 1, VM_MAP, PAGE_KERNEL));
	CHECK(!get_vm_area(1, 0));
	CHECK(!ioremap(MB(512), 1));
	CHECK(!find_vm_area(page_address(page)));
	CHECK(!vmalloc_to_page(page_address(page)));
	CHECK(!is_vmalloc_addr(page_address(page)));
	vm_unmap_aliases();
	CHECK_EQ(vmalloc_nr_pages(), 0);
	CHECK_EQ(VMALLOC_TOTAL, 0);
	CHECK_EQ(vmalloc_validate(), 0);
	__free_page(page);
}

static void without_a_window_every_call_fails_cleanly(void)
{
	struct quire_machine *m = test_machine_new();
	unsigned long free_pages;

	CHECK(!vmalloc(1)); /* before the boot */
	test_bank(m, 0, MB(16), 0);
	REQUIRE(!test_machine_boot(m));
	free_pages = nr_free_pages();
	check_that_all_fail();
	CHECK_EQ(nr_free_pages(), free_pages);
	test_machine_end(m);

	m = test_machine_new();
	test_bank(m, 0, MB(16), 0);
	test_machine_kvirt(m, "i386");
	test_machine_ram(m);
	m->kvirt.vmalloc_end = m->kvirt.vmalloc_start;
	REQUIRE(!quire_boot(m));
	CHECK(log_contains("vmalloc_init: this machine has no vmalloc window"));
	check_that_all_fail();
}

static void a_machine_as_dumped_has_a_window_too(void)
{
	struct quire_machine *m = test_machine_new();
	unsigned long free_pages;
	char *addr;

	test_bank(m, 0, MB(32), 0);
	m->flags = MACHINE_AS_DUMPED;
	test_machine_kvirt(m, "x86_64");
	REQUIRE(!test_machine_boot(m));
	free_pages = nr_free_pages();
	CHECK_EQ(vmalloc_validate(), 0);
	CHECK_EQ(nr_free_pages(), free_pages);
	addr = vmalloc(5 * PAGE_SIZE);
	REQUIRE(addr);
	fill_pattern(addr, 5 * PAGE_SIZE, 1);
	CHECK(has_pattern(addr, 5 * PAGE_SIZE, 1));
	CHECK_EQ(vmalloc_validate(), 0);
	vfree(addr);
	CHECK_EQ(vmalloc_validate(), 0);
}

/* There the table is made by the first call that maps something, or not, for want of memory. */
static void a_machine_as_dumped_may_have_no_memory_for_a_table(void)
{
	unsigned long n;
	void *addr = NULL;

	for (n = 1; !addr; n++) {
		struct quire_machine *m = test_machine_new();
		struct vm_struct *area;

		REQUIRE(n < 50);
		test_bank(m, 0, MB(32), 0);
		m->flags = MACHINE_AS_DUMPED;
		test_machine_kvirt(m, "x86_64");
		REQUIRE(!test_machine_boot(m));
		area = get_vm_area(PAGE_SIZE, VM_MAP);
		REQUIRE(area);
		free_vm_area(area);
		quire_fail_nth(n, true);
		addr = n % 2 ? vmalloc(PAGE_SIZE) : vmalloc_huge(MB(2), GFP_KERNEL);
		quire_fail_off();
		CHECK(addr || this_quire()->fault.failed);
		CHECK_EQ(vmalloc_validate(), 0);
		vfree(addr);
		CHECK_EQ(page_alloc_validate(), 0);
		CHECK_EQ(this_quire()->log.warnings, 0);
		test_machine_end(m);
	}
	CHECK(n > 3);
}

/* ---- out of memory at every turn ---- */

static void *plain(void)
{
	return vmalloc(130 * PAGE_SIZE);
}
static void *zeroed(void)
{
	return vzalloc(3 * PAGE_SIZE);
}
static void *on_node(void)
{
	return vmalloc_node(65 * PAGE_SIZE, 0);
}
static void *large(void)
{
	return vmalloc_huge(MB(4) + PAGE_SIZE, GFP_KERNEL);
}

/*
 * Each allocation that a call makes fails once, and then each and all that follow: the call
 * fails with nothing changed, or does without (a large page).
 */
static void check_each_failure(void *(*call)(void), bool and_all_after)
{
	struct vmalloc_snapshot before = vmalloc_snapshot();
	unsigned long n;
	bool failed = true;

	for (n = 1; failed; n++) {
		void *addr;

		REQUIRE(n < 100);
		quire_fail_nth(n, and_all_after);
		addr = call();
		failed = this_quire()->fault.failed > 0;
		quire_fail_off();
		CHECK(addr || failed);
		if (addr)
			CHECK_EQ(vmalloc_validate(), 0);
		vfree(addr);
		check_snapshot(&before);
	}
	CHECK_EQ(this_quire()->log.warnings, 0);
}

static void a_call_that_runs_out_of_memory_changes_nothing(void)
{
	void *(*const calls[])(void) = { plain, zeroed, on_node, large };
	size_t i, format;

	for (format = 0; format < NR_VMALLOC_FORMATS; format++) {
		for (i = 0; i < 8; i++) {
			struct quire_machine *m = boot_with_window(vmalloc_formats[format]);

			check_each_failure(calls[i / 2], i % 2);
			test_machine_end(m);
		}
	}
}

const struct tap_test tap_tests[] = {
	TEST(memory_of_any_size_is_there_and_goes_back),
	TEST(each_area_is_followed_by_a_page_that_is_not_mapped),
	TEST(cleared_memory_is_cleared_in_lowmem),
	TEST(cleared_memory_is_cleared_in_highmem),
	TEST(highmem_is_taken_first),
	TEST(pages_come_from_the_node_that_is_asked_for),
	TEST(what_an_area_is_can_be_asked),
	TEST(addresses_have_two_names),
	TEST(misuse_is_reported_and_changes_nothing),
	TEST(sizes_beyond_the_machine_are_refused),
	TEST(without_a_window_every_call_fails_cleanly),
	TEST(a_machine_as_dumped_has_a_window_too),
	TEST(a_machine_as_dumped_may_have_no_memory_for_a_table),
	TEST(a_call_that_runs_out_of_memory_changes_nothing),
	{ NULL, NULL },
};
