/* SPDX-License-Identifier: MIT */
/*
 * ioremap_test.c - windows onto devices, and what they refuse.
 *
 *    0        1M                 64M            256M
 *    |reserved|  RAM             |   nothing    | devices, as far as the format reaches
 */
#include <string.h>

#include <quire/fault.h>

#include "tests/kvirt/vmalloc_support.h"

#define DEVICE ((phys_addr_t)MB(256))

static struct quire_machine *boot_with_devices(const char *format)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, MB(64), 0);
	test_reserve(m, 0, MB(1));
	test_machine_kvirt(m, format);
	REQUIRE(!test_machine_boot(m));
	return m;
}

static struct pt_entry entry_at(const void *addr)
{
	struct pt_entry found = { .kind = PT_NONE };

	CHECK_EQ(pt_lookup(kernel_pgtable(), kernel_va(addr), &found), 0);
	return found;
}

static void a_range_of_any_alignment_is_mapped(void)
{
	static const struct {
		unsigned long offset, size, pages;
	} ranges[] = { { 0, 1, 1 },    { 0, 4096, 1 },	      { 5, 4091, 1 }, { 5, 4092, 2 },
		       { 4095, 2, 2 }, { 0x1234, 0x3000, 4 }, { 4095, 1, 1 }, { 8192, 8192, 2 } };
	size_t i, format;

	for (format = 0; format < NR_VMALLOC_FORMATS; format++) {
		struct quire_machine *m = boot_with_devices(vmalloc_formats[format]);
		struct vmalloc_snapshot before = vmalloc_snapshot();

		for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
			char *addr = ioremap(DEVICE + ranges[i].offset, ranges[i].size);
			struct vm_struct *area = find_vm_area(addr);
			unsigned long byte;

			REQUIRE(addr && area);
			CHECK_EQ((uintptr_t)addr % 4096, ranges[i].offset % 4096);
			CHECK_EQ(area->flags, VM_IOREMAP);
			CHECK_EQ(area->size, (ranges[i].pages + 1) * 4096);
			CHECK_EQ(area->phys_addr, (DEVICE + ranges[i].offset) & ~(phys_addr_t)4095);
			for (byte = 0; byte < ranges[i].size; byte += byte ? 4096 : 1)
				CHECK_EQ(entry_at(addr + byte).phys,
					 DEVICE + ranges[i].offset + byte);
			CHECK_EQ(vmalloc_to_pfn(addr), PFN_DOWN(DEVICE + ranges[i].offset));
			CHECK_PTR(vmalloc_to_page(addr), NULL);
			CHECK(is_unmapped((char *)area->addr + area->size - 1));
			addr[0] = 1;
			addr[ranges[i].size - 1] = 2;
			CHECK_EQ(vmalloc_validate(), 0);
			iounmap(addr);
			CHECK(is_unmapped(addr));
		}
		CHECK_EQ(vmalloc_nr_pages(), 0);
		check_snapshot(&before);
		test_machine_end(m);
	}
}

static void the_cache_type_is_the_one_of_the_call(void)
{
	const pgprot_t read_only = { PT_READ, PT_CACHE_WC };
	phys_addr_t phys = DEVICE;
	char *addr;

	boot_with_devices("x86_64");
	addr = ioremap(phys, 4096);
	CHECK_EQ(entry_at(addr).cache, PT_CACHE_UC);
	CHECK_EQ(entry_at(addr).prot & PT_RIGHTS & ~PT_GLOBAL, PT_READ | PT_WRITE);
	addr = ioremap_wc(phys += 4096, 4096);
	CHECK_EQ(entry_at(addr).cache, PT_CACHE_WC);
	addr = ioremap_wt(phys += 4096, 4096);
	CHECK_EQ(entry_at(addr).cache, PT_CACHE_WT);
	addr = ioremap_cache(phys += 4096, 4096);
	CHECK_EQ(entry_at(addr).cache, PT_CACHE_WB);
	addr = ioremap_prot(phys += 4096, 4096, read_only);
	CHECK_EQ(entry_at(addr).cache, PT_CACHE_WC);
	CHECK_EQ(entry_at(addr).prot & PT_RIGHTS & ~PT_GLOBAL, PT_READ);
	CHECK_EQ(vmalloc_validate(), 0);
	CHECK_EQ(this_quire()->log.warnings, 0);
}

/* NULL, one warning that says why, and nothing changed. */
static void check_refused(phys_addr_t phys, size_t size, const char *why)
{
	struct vmalloc_snapshot before = vmalloc_snapshot();
	unsigned long warnings = this_quire()->log.warnings;

	log_clear();
	CHECK(!ioremap(phys, size));
	CHECK_EQ(this_quire()->log.warnings, warnings + 1);
	if (!CHECK(log_contains(why)))
		tap_note("0x%llx, 0x%llx bytes: %s", (unsigned long long)phys,
			 (unsigned long long)size, log_text());
	check_snapshot(&before);
}

static void ranges_that_cannot_be_are_refused(void)
{
	boot_with_devices("i386");
	check_refused(DEVICE, 0, "empty or wraps");
	check_refused(PHYS_ADDR_MAX, 2, "empty or wraps");
	check_refused(PHYS_ADDR_MAX - 4095, 4097, "empty or wraps");
	check_refused(DEVICE, ~(size_t)0,
		      sizeof(phys_addr_t) == sizeof(size_t) ? "empty or wraps"
							    : "no such physical");
	check_refused(DEVICE, MB(96) + 4096, "vmalloc window is smaller");
	if (sizeof(phys_addr_t) == 8) {
		check_refused((phys_addr_t)1 << 32, 1, "no such physical address");
		check_refused(((phys_addr_t)1 << 32) - 1, 2, "no such physical address");
		check_refused(PHYS_ADDR_MAX, 1, "no such physical address");
		CHECK(ioremap(((phys_addr_t)1 << 32) - 1, 1));
	}
	CHECK(!ioremap_prot(DEVICE, 1, (pgprot_t){ PT_READ, PT_NR_CACHES }));
	CHECK(log_contains("no such protections"));
	CHECK_EQ(vmalloc_validate(), 0);
}

static void addresses_that_the_machine_cannot_drive_are_refused(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, MB(64), 0);
	m->phys_bits = 36;
	test_machine_kvirt(m, "x86_64");
	REQUIRE(!test_machine_boot(m));
	check_refused((phys_addr_t)1 << 36, 4096, "no such physical address");
	CHECK(ioremap(((phys_addr_t)1 << 36) - 4096, 4096));
}

/* RAM that the page allocator has, free or not; not what was reserved from it. */
static void ram_of_the_page_allocator_is_refused(void)
{
	struct page *page;

	boot_with_devices("i386-pae");
	page = alloc_page(GFP_KERNEL);
	REQUIRE(page);
	check_refused(page_to_phys(page), 1, "RAM of the page allocator");
	check_refused(MB(40), 1, "RAM of the page allocator"); /* nobody has touched it yet */
	check_refused(MB(40) + 8192, 4096, "RAM of the page allocator");
	check_refused(MB(1) - 1, 2, "RAM of the page allocator");
	check_refused(page_to_phys(page) + 4095, MB(64), "RAM of the page allocator");
	CHECK(ioremap_cache(MB(1) - 4096, 4096));
	CHECK(ioremap(MB(64), 4096));
	CHECK_EQ(vmalloc_validate(), 0);
}

/*
 *    device    | 0 | 1 | 2 | 3 | 4 |
 *    UC            [=======]
 *    another       ok as UC, refused as anything else if it touches 1 or 2
 */
static void overlapping_ranges_need_one_cache_type(void)
{
	struct vmalloc_snapshot before;
	char *addr, *again;

	boot_with_devices("x86_64");
	addr = ioremap(DEVICE + 4096, 8192);
	again = ioremap(DEVICE + 8192, 8192);
	REQUIRE(addr && again && addr != again);
	before = vmalloc_snapshot();
	CHECK(!ioremap_wc(DEVICE, 8192));
	CHECK(log_contains("mapped with another cache type"));
	CHECK(!ioremap_cache(DEVICE + 8191, 1));
	CHECK(!ioremap_wt(DEVICE, MB(1)));
	CHECK(!ioremap_wc(DEVICE + 12288, 1));
	check_snapshot(&before);
	CHECK(ioremap_wc(DEVICE, 4096));
	CHECK(ioremap_wc(DEVICE + 16384, 4096));
	CHECK_EQ(vmalloc_validate(), 0);
	iounmap(addr);
	CHECK(!ioremap_wc(DEVICE + 8192, 1)); /* `again` has it still */
	iounmap(again);
	CHECK_EQ(vmalloc_validate(), 0);
}

/* A TLB may hold the old type: it is flushed before the new one is mapped. */
static void a_new_cache_type_waits_for_the_flush(void)
{
	unsigned long flushes;
	char *addr;

	boot_with_devices("x86_64");
	addr = ioremap(DEVICE, 4096);
	REQUIRE(addr);
	iounmap(addr);
	flushes = test_tlb_flushes();
	addr = ioremap(DEVICE, 4096);
	CHECK_EQ(test_tlb_flushes(), flushes);
	iounmap(addr);
	addr = ioremap_wc(DEVICE, 4096);
	CHECK(addr);
	CHECK_EQ(test_tlb_flushes(), flushes + 1);
	CHECK_EQ(vmalloc_validate(), 0);
}

/* i386's tables have no write-combining: it is uncached, and so no other type than UC. */
static void types_that_the_format_lacks_do_not_conflict(void)
{
	boot_with_devices("i386");
	REQUIRE(ioremap(DEVICE, 4096));
	if (entry_at(ioremap_wc(DEVICE + MB(1), 4096)).cache == PT_CACHE_UC)
		CHECK(ioremap_wc(DEVICE, 4096));
	CHECK(!ioremap_cache(DEVICE, 4096));
	CHECK_EQ(vmalloc_validate(), 0);
}

/* Random ranges against a list of all of them. */
static void conflicts_are_found_among_many_ranges(void)
{
	enum { RANGES = 64, PLACES = 512 };
	struct {
		void *addr;
		unsigned long first, last;
		bool is_wc;
	} r[RANGES] = { { NULL, 0, 0, false } };
	unsigned long steps = test_rounds(1500), step, refused = 0;
	unsigned int i, slot;

	boot_with_devices("x86_64");
	for (step = 0; step < steps; step++) {
		bool conflict = false;

		slot = (unsigned int)test_random_below(RANGES);
		if (r[slot].addr) {
			iounmap(r[slot].addr);
			r[slot].addr = NULL;
			continue;
		}
		r[slot].first = (unsigned long)test_random_below(PLACES);
		r[slot].last = r[slot].first + (unsigned long)test_random_below(16);
		r[slot].is_wc = test_random_below(2);
		for (i = 0; i < RANGES; i++)
			conflict |= r[i].addr && r[i].is_wc != r[slot].is_wc &&
				    r[i].first <= r[slot].last && r[slot].first <= r[i].last;
		r[slot].addr = (r[slot].is_wc ? ioremap_wc : ioremap)(
			DEVICE + r[slot].first * 4096, (r[slot].last - r[slot].first + 1) * 4096);
		CHECK_EQ(!r[slot].addr, conflict);
		refused += conflict;
		if (step % 16 == 0)
			CHECK_EQ(vmalloc_validate(), 0);
	}
	CHECK(refused > steps / 30);
}

static void large_ranges_are_mapped_with_large_pages(void)
{
	struct vmalloc_snapshot before;
	struct pt_counts counts, after;
	char *small, *addr;

	boot_with_devices("x86_64");
	before = vmalloc_snapshot();
	small = ioremap(DEVICE, 4096);
	REQUIRE(small);
	pt_count(kernel_pgtable(), &counts);
	/* Not aligned, but the area begins at the same place of a large page. */
	addr = ioremap(DEVICE + MB(3), MB(16));
	REQUIRE(addr);
	pt_count(kernel_pgtable(), &after);
	CHECK_EQ(kernel_va(addr) & (MB(2) - 1), MB(1));
	CHECK_EQ(after.leaves[1] - counts.leaves[1], 7);
	CHECK_EQ(after.leaves[0] - counts.leaves[0], 512);
	CHECK_EQ(entry_at(addr + MB(9) + 5).phys, DEVICE + MB(12) + 5);
	CHECK_EQ(vmalloc_validate(), 0);
	iounmap(addr);
	iounmap(small + 77);
	check_snapshot(&before);
	CHECK_EQ(pt_validate(kernel_pgtable()), 0);
}

/* Each address space has a copy of the root, which would not see it change. */
static void no_large_page_stands_in_the_root(void)
{
	static const char *const formats[] = { "i386-pse", "armv7", "sv32" };
	size_t i;

	for (i = 0; i < 3; i++) {
		struct quire_machine *m = boot_with_devices(formats[i]);
		char *addr = ioremap(DEVICE, MB(16));
		unsigned long offset;

		REQUIRE(addr);
		CHECK_EQ((kernel_va(addr) | DEVICE) & (MB(4) - 1), 0);
		for (offset = 0; offset < MB(16); offset += MB(1))
			CHECK_EQ(entry_at(addr + offset).level, 0);
		iounmap(addr);
		CHECK_EQ(vmalloc_validate(), 0);
		test_machine_end(m);
	}
}

static void a_mapping_that_runs_out_of_memory_changes_nothing(void)
{
	size_t format;

	for (format = 0; format < NR_VMALLOC_FORMATS; format++) {
		struct quire_machine *m = boot_with_devices(vmalloc_formats[format]);
		struct vmalloc_snapshot before = vmalloc_snapshot();
		unsigned long n;
		void *addr = NULL;

		for (n = 1; !addr; n++) {
			REQUIRE(n < 50);
			quire_fail_nth(n, false);
			addr = ioremap(DEVICE + 4096, MB(9));
			quire_fail_off();
			CHECK(addr || this_quire()->fault.failed);
			if (!addr)
				check_snapshot(&before);
		}
		CHECK(n > 2);
		iounmap(addr);
		check_snapshot(&before);
		test_machine_end(m);
	}
}

const struct tap_test tap_tests[] = {
	TEST(a_range_of_any_alignment_is_mapped),
	TEST(the_cache_type_is_the_one_of_the_call),
	TEST(ranges_that_cannot_be_are_refused),
	TEST(addresses_that_the_machine_cannot_drive_are_refused),
	TEST(ram_of_the_page_allocator_is_refused),
	TEST(overlapping_ranges_need_one_cache_type),
	TEST(a_new_cache_type_waits_for_the_flush),
	TEST(types_that_the_format_lacks_do_not_conflict),
	TEST(conflicts_are_found_among_many_ranges),
	TEST(large_ranges_are_mapped_with_large_pages),
	TEST(no_large_page_stands_in_the_root),
	TEST(a_mapping_that_runs_out_of_memory_changes_nothing),
	{ NULL, NULL },
};
