/* SPDX-License-Identifier: MIT */
/*
 * fixmap_test.c - slots at fixed addresses: set, replaced, cleared, refused.
 */
#include <quire/fault.h>

#include "mm/lib/string.h"
#include "tests/kvirt/highmem_support.h"

static void check_sound(void)
{
	CHECK_EQ(pt_validate(kernel_pgtable()), 0);
	CHECK_EQ(highmem_validate(), 0);
	CHECK_EQ(highmem_new_warnings(), 0);
}

static void slots_count_down_from_the_end_of_the_window(void)
{
	unsigned int idx, pages;

	highmem_boot("i386", 8, 2);
	CHECK_EQ(__end_of_fixed_addresses, FIX_KMAP_BEGIN + 2 * KM_MAX_IDX);
	CHECK_EQ(FIX_KMAP_BEGIN, 9);
	pages = __end_of_fixed_addresses + FIXMAP_SPARE;
	CHECK_EQ(FIXADDR_SIZE, pages * PAGE_SIZE);
	CHECK_EQ(fix_to_virt(0), this_quire()->kvirt.layout.fixmap_end - PAGE_SIZE);
	CHECK_EQ(fix_to_virt(0), FIXADDR_TOP);
	CHECK_EQ(fix_to_virt(pages - 1), FIXADDR_START);
	for (idx = 0; idx < pages; idx++) {
		CHECK_EQ(fix_to_virt(idx), FIXADDR_TOP - idx * PAGE_SIZE);
		CHECK_EQ(virt_to_fix(fix_to_virt(idx)), idx);
		CHECK_EQ(virt_to_fix(fix_to_virt(idx) + PAGE_SIZE - 1), idx);
	}
	check_sound();
}

static void addresses_and_slots_outside_of_the_window_are_refused(void)
{
	highmem_boot("i386", 8, 2);
	CHECK_EQ(fix_to_virt(__end_of_fixed_addresses + FIXMAP_SPARE), 0);
	CHECK_EQ(fix_to_virt(UINT32_MAX), 0);
	CHECK_EQ(virt_to_fix(FIXADDR_TOP + PAGE_SIZE), -EINVAL);
	CHECK_EQ(virt_to_fix(FIXADDR_START - 1), -EINVAL);
	CHECK_EQ(highmem_new_warnings(), 4);
}

static void a_slot_shows_the_page_that_it_is_set_to(void)
{
	struct page *page;
	u8 *addr;

	highmem_boot("i386-pae", 8, 1);
	highmem_watch();
	page = highmem_page();
	memset_page(page, 0, 0x5a, PAGE_SIZE);
	CHECK_EQ(set_fixmap(FIX_PORT_3, page_to_phys(page) + 123), 0); /* the page it lies in */
	addr = (u8 *)fix_to_virt(FIX_PORT_3);
	CHECK_EQ(highmem_translate(addr), page_to_phys(page));
	CHECK_EQ(addr[0], 0x5a);
	CHECK_EQ(addr[PAGE_SIZE - 1], 0x5a);
	addr[9] = 1;
	CHECK_EQ(highmem_flushes(NULL), 1); /* of memset_page */
	CHECK_EQ(highmem_translate((void *)fix_to_virt(FIX_PORT_2)), 0);
	CHECK_EQ(highmem_translate((void *)fix_to_virt(FIX_PORT_4)), 0);
	CHECK_EQ(clear_fixmap(FIX_PORT_3), 0);
	CHECK_EQ(highmem_translate(addr), 0);
	addr = kmap_local_page(page);
	CHECK_EQ(addr[9], 1);
	kunmap_local(addr);
	check_sound();
}

static void a_slot_that_is_cleared_or_replaced_is_flushed_on_all_cpus(void)
{
	struct flush flush;

	highmem_boot("i386", 8, 2);
	highmem_watch();
	CHECK_EQ(clear_fixmap(FIX_PORT_0), 0); /* it is empty */
	CHECK_EQ(highmem_flushes(NULL), 0);
	CHECK_EQ(set_fixmap(FIX_PORT_0, MB(1)), 0);
	CHECK_EQ(highmem_flushes(NULL), 0);
	highmem_fill_tlbs();
	CHECK_EQ(set_fixmap(FIX_PORT_0, MB(2)), 0);
	CHECK_EQ(highmem_translate((void *)fix_to_virt(FIX_PORT_0)), MB(2));
	highmem_fill_tlbs();
	CHECK_EQ(highmem_flushes(&flush), 1);
	CHECK_EQ(flush.start, fix_to_virt(FIX_PORT_0));
	CHECK_EQ(flush.size, PAGE_SIZE);
	CHECK_EQ(flush.flags, 0);
	CHECK_EQ(clear_fixmap(FIX_PORT_0), 0);
	CHECK_EQ(highmem_flushes(&flush), 2);
	CHECK_EQ(flush.start, fix_to_virt(FIX_PORT_0));
	CHECK_EQ(set_fixmap(FIX_PORT_0, MB(3)), 0);
	highmem_fill_tlbs();
	check_sound();
}

static void check_slot(unsigned int idx, phys_addr_t phys, unsigned int prot, enum pt_cache cache)
{
	struct pt_entry found;

	REQUIRE(!pt_lookup(kernel_pgtable(), kernel_va((void *)fix_to_virt(idx)), &found));
	CHECK_EQ(found.phys, phys);
	CHECK_EQ(found.prot, prot);
	CHECK_EQ(found.cache, cache);
	CHECK_EQ(found.size, PAGE_SIZE);
}

static void each_way_of_setting_has_its_protections_and_cache_type(void)
{
	const phys_addr_t device = 0xfee00000;

	highmem_boot("x86_64", 8, 1);
	CHECK_EQ(set_fixmap(FIX_PORT_0, MB(1)), 0);
	check_slot(FIX_PORT_0, MB(1), PAGE_KERNEL.prot, PT_CACHE_WB);
	CHECK_EQ(set_fixmap_nocache(FIX_PORT_1, MB(1)), 0);
	check_slot(FIX_PORT_1, MB(1), PAGE_KERNEL.prot, PT_CACHE_UC);
	CHECK_EQ(set_fixmap_io(FIX_EARLYCON, device), 0);
	check_slot(FIX_EARLYCON, device, PAGE_KERNEL.prot, PT_CACHE_UC);
	CHECK_EQ(__set_fixmap(FIX_PORT_7, MB(2), FIXMAP_PAGE_RO), 0);
	check_slot(FIX_PORT_7, MB(2), PAGE_KERNEL_RO.prot, PT_CACHE_WB);
	CHECK_EQ(set_fixmap_offset(FIX_PORT_2, MB(3) + 0x234), fix_to_virt(FIX_PORT_2) + 0x234);
	check_slot(FIX_PORT_2, MB(3), PAGE_KERNEL.prot, PT_CACHE_WB);
	CHECK_EQ(set_fixmap_offset_io(FIX_PORT_3, device + 8), fix_to_virt(FIX_PORT_3) + 8);
	check_slot(FIX_PORT_3, device, PAGE_KERNEL.prot, PT_CACHE_UC);
	CHECK_EQ(set_fixmap_offset_nocache(FIX_PORT_4, device), fix_to_virt(FIX_PORT_4));
	check_sound();
}

static void slots_beyond_those_with_a_name_are_the_embedders(void)
{
	unsigned int idx;

	highmem_boot("i386", 8, 1);
	for (idx = __end_of_fixed_addresses; idx < __end_of_fixed_addresses + FIXMAP_SPARE; idx++) {
		CHECK_EQ(set_fixmap(idx, PFN_PHYS(idx)), 0);
		CHECK_EQ(highmem_translate((void *)fix_to_virt(idx)), PFN_PHYS(idx));
	}
	check_sound();
}

static void slots_that_are_not_the_embedders_are_refused(void)
{
	struct page *page;
	void *addr;

	highmem_boot("i386", 8, 1);
	page = highmem_page();
	addr = kmap_local_page(page);
	log_clear();
	CHECK_EQ(set_fixmap(FIX_KMAP_BEGIN, MB(1)), -EINVAL);
	CHECK_EQ(clear_fixmap(FIX_KMAP_BEGIN), -EINVAL);
	CHECK_EQ(set_fixmap(FIX_KMAP_END, MB(1)), -EINVAL);
	CHECK(log_contains("it is one of kmap_local's"));
	CHECK_EQ(highmem_new_warnings(), 3);
	CHECK_EQ(highmem_translate(addr), page_to_phys(page));
	kunmap_local(addr);
	CHECK_EQ(set_fixmap(__end_of_fixed_addresses + FIXMAP_SPARE, MB(1)), -EINVAL);
	CHECK_EQ(clear_fixmap(UINT32_MAX), -EINVAL);
	CHECK_EQ(set_fixmap_offset(10000, MB(1)), 0);
	CHECK(log_contains("the window does not have it"));
	CHECK_EQ(highmem_new_warnings(), 3);
	check_sound();
}

static void what_the_format_cannot_hold_is_refused(void)
{
	highmem_boot("i386", 8, 1);
	CHECK_EQ(set_fixmap(FIX_PORT_0, MB(4096)), -EINVAL);
	CHECK_EQ(set_fixmap(FIX_PORT_0, MB(1)), 0);
	CHECK_EQ(set_fixmap(FIX_PORT_0, MB(4096)), -EINVAL);
	CHECK_EQ(highmem_translate((void *)fix_to_virt(FIX_PORT_0)), MB(1)); /* as it was */
	CHECK_EQ(__set_fixmap(FIX_PORT_0, MB(2), __pgprot(0)), 0); /* always readable there */
	check_sound();
}

static void what_the_host_cannot_map_leaves_the_slot_as_it_was(void)
{
	u8 *addr;

	highmem_boot("i386", 8, 1);
	highmem_watch();
	addr = (u8 *)fix_to_virt(FIX_PORT_5);
	highmem_fail_maps = 1;
	CHECK_EQ(set_fixmap(FIX_PORT_5, MB(1)), -ENOMEM);
	CHECK_EQ(highmem_translate(addr), 0);
	CHECK_EQ(set_fixmap(FIX_PORT_5, MB(1)), 0);
	test_poke(phys_to_virt(MB(1)), 11);
	highmem_fail_maps = 1;
	CHECK_EQ(set_fixmap(FIX_PORT_5, MB(2)), -ENOMEM);
	CHECK_EQ(highmem_translate(addr), MB(1));
	CHECK_EQ(*addr, 11);
	check_sound();
}

/* ---- before there are pages ---- */

static struct { int set, cleared; unsigned long addr; phys_addr_t seen; } early;

static int use_fixmap_early(void *ctx)
{
	(void)ctx;
	early.set = set_fixmap_io(FIX_EARLYCON, 0xfed00000);
	early.cleared = set_fixmap(FIX_PORT_0, MB(1)) + clear_fixmap(FIX_PORT_0);
	early.addr = fix_to_virt(FIX_EARLYCON);
	early.seen = highmem_translate((void *)early.addr);
	return 0;
}

static void slots_can_be_set_before_the_page_allocator_is_up(void)
{
	struct quire_machine *m = highmem_machine("i386", 8, 1);
	struct page *page;
	void *addr;

	m->early = use_fixmap_early;
	REQUIRE(quire_boot(m) == 0);
	highmem_new_warnings();
	CHECK_EQ(early.set, 0);
	CHECK_EQ(early.cleared, 0);
	CHECK_EQ(early.seen, 0xfed00000);
	CHECK_EQ(highmem_translate((void *)fix_to_virt(FIX_EARLYCON)), 0xfed00000);
	CHECK_EQ(clear_fixmap(FIX_EARLYCON), 0);
	/* kmap_local's slots are in the table that the early slot brought */
	page = highmem_page();
	addr = kmap_local_page(page);
	CHECK_EQ(highmem_translate(addr), page_to_phys(page));
	kunmap_local(addr);
	check_sound();
}

static void no_memory_for_the_tables_is_an_error_and_nothing_else(void)
{
	struct quire_machine *m = test_machine_new();
	unsigned long n;
	int err = -ENOMEM;

	/* All RAM is lowmem: the fixmap's tables are made when they are needed. */
	test_bank(m, 0, MB(32), 0);
	m->lowmem_end = MB(32);
	test_machine_kvirt(m, "x86_64");
	REQUIRE(test_machine_boot(m) == 0);
	highmem_new_warnings();
	for (n = 1; err == -ENOMEM && n < 10; n++) {
		quire_fail_nth(n, false);
		err = set_fixmap(FIX_PORT_0, MB(1));
		quire_fail_off();
		CHECK_EQ(highmem_translate((void *)fix_to_virt(FIX_PORT_0)), err ? 0 : MB(1));
	}
	CHECK_EQ(err, 0);
	CHECK(n > 2);
	CHECK_EQ(pt_validate(kernel_pgtable()), 0);
}

static void a_machine_without_a_fixmap_refuses_all_slots(void)
{
	struct quire_machine *m = highmem_machine("i386", 8, 1);

	m->kvirt.fixmap_start = m->kvirt.fixmap_end = 0;
	REQUIRE(quire_boot(m) == 0);
	CHECK(log_contains("; no fixmap"));
	highmem_new_warnings();
	CHECK_EQ(set_fixmap(FIX_EARLYCON, MB(1)), -EINVAL);
	CHECK_EQ(fix_to_virt(0), 0);
	CHECK_EQ(highmem_new_warnings(), 2);
}

const struct tap_test tap_tests[] = {
	TEST(slots_count_down_from_the_end_of_the_window),
	TEST(addresses_and_slots_outside_of_the_window_are_refused),
	TEST(a_slot_shows_the_page_that_it_is_set_to),
	TEST(a_slot_that_is_cleared_or_replaced_is_flushed_on_all_cpus),
	TEST(each_way_of_setting_has_its_protections_and_cache_type),
	TEST(slots_beyond_those_with_a_name_are_the_embedders),
	TEST(slots_that_are_not_the_embedders_are_refused),
	TEST(what_the_format_cannot_hold_is_refused),
	TEST(what_the_host_cannot_map_leaves_the_slot_as_it_was),
	TEST(slots_can_be_set_before_the_page_allocator_is_up),
	TEST(no_memory_for_the_tables_is_an_error_and_nothing_else),
	TEST(a_machine_without_a_fixmap_refuses_all_slots),
	{ NULL, NULL },
};
