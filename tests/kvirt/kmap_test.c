/* SPDX-License-Identifier: MIT */
/*
 * kmap_test.c - kmap and kunmap: slots, counts, the turn of the window, and what is refused.
 */
#include "mm/lib/string.h"
#include "tests/kvirt/highmem_support.h"

static struct highmem_stats stats_now(void)
{
	struct highmem_stats stats;

	highmem_get_stats(&stats);
	return stats;
}

static void check_sound(void)
{
	CHECK_EQ(highmem_validate(), 0);
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_EQ(pt_validate(kernel_pgtable()), 0);
	CHECK_EQ(highmem_new_warnings(), 0);
}

static void kmap_of_lowmem_is_its_address_in_the_direct_map(void)
{
	struct page *page;

	highmem_boot("i386", 8, 1);
	highmem_watch();
	page = alloc_page(GFP_KERNEL);
	REQUIRE(page);
	CHECK(!PageHighMem(page));
	CHECK_PTR(kmap(page), phys_to_virt(page_to_phys(page)));
	CHECK_PTR(kmap(page), page_address(page));
	kunmap(page);
	kunmap(page);
	kunmap(page); /* counts nothing, so one too many does not matter */
	CHECK_EQ(stats_now().used + stats_now().unflushed, 0);
	CHECK_EQ(highmem_flushes(NULL), 0);
	check_sound();
}

static void kmap_shows_the_page_that_the_table_says(void)
{
	struct page *page;
	u8 *addr, *again;
	unsigned int i;

	highmem_boot("i386-pae", 0, 1);
	page = highmem_page();
	addr = kmap(page);
	REQUIRE(addr);
	CHECK((uintptr_t)addr >= PKMAP_BASE && (uintptr_t)addr < PKMAP_ADDR(LAST_PKMAP));
	CHECK_EQ(highmem_translate(addr), page_to_phys(page));
	for (i = 0; i < PAGE_SIZE; i++)
		addr[i] = (u8)(i * 7);
	again = kmap_local_page(page);
	REQUIRE(again && again != addr);
	CHECK(!memcmp(addr, again, PAGE_SIZE));
	CHECK_EQ(again[255], (u8)(255 * 7));
	kunmap_local(again);
	kunmap(page);
	check_sound();
}

static void kmaps_of_one_page_share_a_slot_and_are_counted(void)
{
	struct highmem_slot slot;
	struct page *page;
	void *addr;

	highmem_boot("i386", 8, 1);
	page = highmem_page();
	addr = kmap(page);
	CHECK_PTR(kmap(page), addr);
	CHECK_PTR(kmap(page), addr);
	CHECK(highmem_get_slot(PKMAP_NR(addr), &slot));
	CHECK_PTR(slot.addr, addr);
	CHECK_PTR(slot.page, page);
	CHECK_EQ(slot.users, 3);
	CHECK_EQ(stats_now().used, 1);
	kunmap(page);
	kunmap(page);
	CHECK(highmem_get_slot(PKMAP_NR(addr), &slot));
	CHECK_EQ(slot.users, 1);
	CHECK_EQ(highmem_translate(addr), page_to_phys(page));
	CHECK_PTR(page_address(page), addr);
	kunmap(page);
	CHECK(highmem_get_slot(PKMAP_NR(addr), &slot));
	CHECK_EQ(slot.users, 0);
	CHECK_PTR(slot.page, page);
	CHECK_EQ(stats_now().used, 0);
	CHECK_EQ(stats_now().unflushed, 1);
	CHECK(!highmem_get_slot(8, &slot));
	check_sound();
}

static void page_address_is_that_of_kmap_while_there_is_one(void)
{
	struct page *pages[6];
	void *addrs[6];
	int i;

	highmem_boot("armv7", 8, 1);
	for (i = 0; i < 6; i++) {
		pages[i] = highmem_page();
		CHECK(!page_address(pages[i]));
		addrs[i] = kmap(pages[i]);
	}
	for (i = 0; i < 6; i++) {
		CHECK_PTR(page_address(pages[i]), addrs[i]);
		CHECK_PTR(kmap_to_page((char *)addrs[i] + PAGE_SIZE - 1), pages[i]);
	}
	kunmap(pages[3]);
	CHECK(!page_address(pages[3]));
	CHECK_PTR(page_address(pages[4]), addrs[4]);
	kmap_flush_unused();
	CHECK(!kmap_to_page(addrs[3]));
	check_sound();
}

static void kmap_to_page_knows_lowmem_and_nothing_else(void)
{
	struct page *page;

	highmem_boot("armv7", 8, 1);
	page = alloc_page(GFP_KERNEL);
	CHECK_PTR(kmap_to_page((char *)page_address(page) + 5), page);
	CHECK(!kmap_to_page((void *)PKMAP_ADDR(1)));
	CHECK(!kmap_to_page((void *)fix_to_virt(FIX_KMAP_BEGIN)));
	CHECK(!kmap_to_page((void *)(FIXADDR_TOP + PAGE_SIZE)));
}

static void a_page_that_is_mapped_again_before_a_flush_gets_its_slot_again(void)
{
	struct page *page;
	void *addr;
	int i;

	highmem_boot("i386", 8, 1);
	highmem_watch();
	page = highmem_page();
	addr = kmap(page);
	kunmap(page);
	for (i = 0; i < 100; i++) {
		CHECK_PTR(kmap(page), addr);
		CHECK_EQ(highmem_translate(addr), page_to_phys(page));
		kunmap(page);
		highmem_fill_tlbs();
	}
	CHECK_EQ(highmem_flushes(NULL), 0);
	CHECK_EQ(stats_now().flushes, 0);
	check_sound();
}

/*
 * slot   0 1 2 3 4 5 6 7
 *          a B c D e f g       capitals are in use
 *        h                     the eighth page comes round to slot 0: one flush from 1 to 7
 *        h i B j D k l m       and the others are free again
 */
static void slots_are_reused_after_one_flush_when_the_window_has_turned(void)
{
	struct page *pages[16];
	struct flush flush;
	int i;

	highmem_boot("i386", 8, 2);
	highmem_watch();
	for (i = 1; i < 8; i++) {
		pages[i] = highmem_page();
		CHECK_EQ(PKMAP_NR(kmap(pages[i])), i);
		if (i != 2 && i != 4)
			kunmap(pages[i]);
		highmem_fill_tlbs();
	}
	CHECK_EQ(highmem_flushes(NULL), 0);
	CHECK_EQ(stats_now().unflushed, 5);
	pages[8] = highmem_page();
	CHECK_EQ(PKMAP_NR(kmap(pages[8])), 0);
	highmem_fill_tlbs();
	CHECK_EQ(highmem_flushes(&flush), 1);
	CHECK_EQ(flush.start, PKMAP_ADDR(1));
	CHECK_EQ(flush.size, 7 * PAGE_SIZE);
	CHECK_EQ(flush.flags, 0);
	CHECK_EQ(stats_now().flushes, 1);
	CHECK_EQ(stats_now().used, 3);
	CHECK_EQ(stats_now().unflushed, 0);
	CHECK_EQ(highmem_translate((void *)PKMAP_ADDR(1)), 0);
	CHECK_EQ(highmem_translate((void *)PKMAP_ADDR(2)), page_to_phys(pages[2]));
	for (i = 9; i < 14; i++) {
		static const unsigned int expected[] = { 1, 3, 5, 6, 7 };

		pages[i] = highmem_page();
		CHECK_EQ(PKMAP_NR(kmap(pages[i])), expected[i - 9]);
		highmem_fill_tlbs();
	}
	CHECK_EQ(highmem_flushes(NULL), 1);
	CHECK_EQ(stats_now().used, 8);
	check_sound();
}

static void the_flush_covers_no_more_than_what_was_unmapped(void)
{
	struct page *pages[8];
	struct flush flush;
	int i;

	highmem_boot("sv32", 8, 1);
	highmem_watch();
	for (i = 1; i < 8; i++) {
		pages[i] = highmem_page();
		CHECK_EQ(PKMAP_NR(kmap(pages[i])), i);
	}
	kunmap(pages[3]);
	kunmap(pages[5]);
	kmap_flush_unused();
	CHECK_EQ(highmem_flushes(&flush), 1);
	CHECK_EQ(flush.start, PKMAP_ADDR(3));
	CHECK_EQ(flush.size, 3 * PAGE_SIZE);
	kmap_flush_unused(); /* nothing is left to flush */
	CHECK_EQ(highmem_flushes(NULL), 1);
	CHECK_EQ(stats_now().used, 5);
	CHECK_EQ(highmem_translate((void *)PKMAP_ADDR(4)), page_to_phys(pages[4]));
	check_sound();
}

static void kunmap_without_kmap_is_refused(void)
{
	struct page *page, *other;
	void *addr;

	highmem_boot("i386", 8, 1);
	page = highmem_page();
	other = highmem_page();
	log_clear();
	kunmap(page);
	CHECK_EQ(highmem_new_warnings(), 1);
	CHECK(log_contains("which nobody has mapped"));
	addr = kmap(page);
	kunmap(other);
	CHECK_EQ(highmem_new_warnings(), 1);
	CHECK_PTR(page_address(page), addr);
	kunmap(page);
	kunmap(page); /* its slot is still there, without users */
	CHECK_EQ(highmem_new_warnings(), 1);
	CHECK_EQ(stats_now().unflushed, 1);
	CHECK_PTR(kmap(page), addr);
	kunmap(page);
	check_sound();
}

static void a_page_that_the_host_cannot_map_is_not_mapped(void)
{
	struct highmem_slot slot;
	struct page *page;
	void *addr;

	highmem_boot("i386", 8, 1);
	highmem_watch();
	page = highmem_page();
	highmem_fail_maps = 1;
	log_clear();
	CHECK(!kmap(page));
	CHECK(log_contains("it cannot be mapped (-12)"));
	CHECK_EQ(highmem_new_warnings(), 1);
	CHECK(!page_address(page));
	CHECK_EQ(stats_now().used, 0);
	check_sound();
	addr = kmap(page);
	REQUIRE(addr);
	kunmap(page);
	highmem_fail_maps = 1; /* its slot is still there */
	CHECK(!kmap(page));
	CHECK_EQ(highmem_new_warnings(), 1);
	CHECK(highmem_get_slot(PKMAP_NR(addr), &slot) && slot.users == 0);
	CHECK_PTR(kmap(page), addr);
	highmem_fail_maps = 1; /* a second user needs nothing of the host */
	CHECK_PTR(kmap(page), addr);
	CHECK_EQ(highmem_fail_maps, 1);
	check_sound();
}

/* Plain i386 entries hold 32 bits of address; this machine has RAM above 4 GB. */
static void a_page_beyond_what_the_format_can_address_is_refused(void)
{
	struct quire_machine *m = test_machine_new();
	struct page *page;

	test_bank(m, 0, MB(256), 0);
	test_bank(m, MB(4096), MB(16), 0);
	m->zones = 1u << ZONE_NORMAL | 1u << ZONE_HIGHMEM;
	m->lowmem_end = MB(256);
	test_machine_kvirt(m, "i386");
	REQUIRE(test_machine_boot(m) == 0);
	CHECK(log_contains("highmem_init: RAM up to 0x100fff000 is more than i386 can map"));
	highmem_new_warnings();
	page = highmem_page();
	CHECK_EQ(page_to_phys(page) >> 32, 1);
	log_clear();
	CHECK(!kmap(page));
	CHECK(log_contains("it cannot be mapped (-22)"));
	CHECK(!kmap_local_page(page));
	CHECK(log_contains("the format of the page table cannot hold it"));
	CHECK_EQ(highmem_new_warnings(), 2);
	CHECK(!clear_highpage(page));
	CHECK_EQ(stats_now().used + stats_now().unflushed + stats_now().local_used, 0);
	CHECK_EQ(highmem_validate(), 0);
}

static void without_a_window_kmap_of_highmem_warns_and_fails(void)
{
	struct quire_machine *m = highmem_machine("i386", 0, 1);
	struct page *page;

	m->kvirt.last_pkmap = 0;
	REQUIRE(quire_boot(m) == 0);
	CHECK(log_contains("highmem_init: no window for kmap, 16 of kmap_local for each CPU; "));
	highmem_new_warnings();
	page = highmem_page();
	log_clear();
	CHECK(!kmap(page));
	kunmap(page);
	CHECK_EQ(highmem_new_warnings(), 2);
	CHECK(log_contains("there is no window for it"));
	CHECK(!page_address(page));
	kmap_flush_unused();
	CHECK_EQ(stats_now().slots, 0);
	CHECK(clear_highpage(page)); /* kmap_local has its own */
	check_sound();
}

static void a_machine_without_page_tables_cannot_map_highmem(void)
{
	struct quire_machine *m = test_machine_new();
	struct page *page;

	test_bank(m, 0, MB(32), 0);
	m->zones = 1u << ZONE_NORMAL | 1u << ZONE_HIGHMEM;
	m->lowmem_end = MB(16);
	REQUIRE(test_machine_boot(m) == 0);
	highmem_new_warnings();
	page = highmem_page();
	CHECK(!kmap(page));
	CHECK(!kmap_local_page(page));
	CHECK(!page_address(page));
	CHECK_EQ(highmem_new_warnings(), 2);
	kmap_flush_unused();
	CHECK_EQ(highmem_validate(), 0);
	page = alloc_page(GFP_KERNEL);
	CHECK_PTR(kmap(page), phys_to_virt(page_to_phys(page)));
	CHECK_PTR(kmap_local_page(page), kmap(page));
	CHECK_EQ(highmem_new_warnings(), 0);
}

static void a_window_of_one_slot_works(void)
{
	struct page *pages[3];
	int i;

	highmem_boot("x86_64", 1, 1);
	highmem_watch();
	for (i = 0; i < 3; i++)
		pages[i] = highmem_page();
	for (i = 0; i < 30; i++) {
		u8 *addr = kmap(pages[i % 3]);

		CHECK_EQ(PKMAP_NR(addr), 0);
		CHECK_EQ(addr[17], i < 3 ? addr[17] : (u8)(i - 3));
		addr[17] = (u8)i;
		highmem_fill_tlbs();
		kunmap(pages[i % 3]);
	}
	CHECK_EQ(highmem_flushes(NULL), 29);
	check_sound();
}

const struct tap_test tap_tests[] = {
	TEST(kmap_of_lowmem_is_its_address_in_the_direct_map),
	TEST(kmap_shows_the_page_that_the_table_says),
	TEST(kmaps_of_one_page_share_a_slot_and_are_counted),
	TEST(page_address_is_that_of_kmap_while_there_is_one),
	TEST(kmap_to_page_knows_lowmem_and_nothing_else),
	TEST(a_page_that_is_mapped_again_before_a_flush_gets_its_slot_again),
	TEST(slots_are_reused_after_one_flush_when_the_window_has_turned),
	TEST(the_flush_covers_no_more_than_what_was_unmapped),
	TEST(kunmap_without_kmap_is_refused),
	TEST(a_page_that_the_host_cannot_map_is_not_mapped),
	TEST(a_page_beyond_what_the_format_can_address_is_refused),
	TEST(without_a_window_kmap_of_highmem_warns_and_fails),
	TEST(a_machine_without_page_tables_cannot_map_highmem),
	TEST(a_window_of_one_slot_works),
	{ NULL, NULL },
};
