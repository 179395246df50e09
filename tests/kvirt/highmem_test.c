/* SPDX-License-Identifier: MIT */
/*
 * highmem_test.c - highmem as a whole: how it comes up at boot, that all of it can be
 * reached in every format, pages that are handed out cleared, and the helpers.
 */
#include <quire/fault.h>

#include "mm/lib/list.h"
#include "mm/lib/string.h"
#include "tests/kvirt/highmem_support.h"

static const char *const formats[] = { "i386", "i386-pse", "i386-pse36", "i386-pae", "x86_64",
				       "x86_64-la57", "alpha", "armv7", "arm64", "sv32",
				       "sv39", "sv48" };
#define NR_FORMATS (sizeof(formats) / sizeof(formats[0]))

static void check_sound(void)
{
	CHECK_EQ(highmem_validate(), 0);
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_EQ(pt_validate(kernel_pgtable()), 0);
	CHECK_EQ(highmem_new_warnings(), 0);
}

/* ---- all of it, in every format ---- */

/* Writes each page of highmem through kmap, and what it holds depends on the frame. */
static void write_all(pfn_t start, pfn_t end)
{
	pfn_t pfn;

	for (pfn = start; pfn < end; pfn++) {
		unsigned long *addr = kmap(pfn_to_page(pfn));

		REQUIRE(addr);
		addr[0] = pfn;
		addr[1] = ~pfn;
		addr[PAGE_SIZE / sizeof(long) - 1] = pfn * 3;
		kunmap(pfn_to_page(pfn));
	}
}

/* Reads it back through kmap_local; returns how many pages hold something else. */
static unsigned long count_wrong(pfn_t start, pfn_t end)
{
	unsigned long wrong = 0;
	pfn_t pfn;

	for (pfn = start; pfn < end; pfn++) {
		const unsigned long *addr = kmap_local_page(pfn_to_page(pfn));

		REQUIRE(addr);
		wrong += addr[0] != pfn || addr[1] != ~pfn ||
			 addr[PAGE_SIZE / sizeof(long) - 1] != pfn * 3;
		kunmap_local(addr);
	}
	return wrong;
}

static void every_page_of_highmem_is_reached_in_every_format(void)
{
	size_t i;

	for (i = 0; i < NR_FORMATS; i++) {
		struct quire_machine *m = highmem_boot(formats[i], 0, 2);
		struct highmem_stats stats;

		tap_note("%s", formats[i]);
		CHECK_EQ(max_pfn - max_low_pfn, MB(16) / PAGE_SIZE);
		CHECK_EQ(totalhigh_pages(), max_pfn - max_low_pfn);
		CHECK_EQ(nr_free_highpages(), totalhigh_pages());
		write_all(max_low_pfn, max_pfn);
		CHECK_EQ(count_wrong(max_low_pfn, max_pfn), 0);
		highmem_get_stats(&stats);
		CHECK_EQ(stats.slots, m->kvirt.last_pkmap);
		/* slot 0 is the first that a turn gives: one flush as often as they come round to it */
		CHECK_EQ(stats.flushes, MB(16) / PAGE_SIZE / stats.slots);
		CHECK_EQ(stats.used + stats.local_used, 0);
		check_sound();
		test_machine_end(m);
	}
}

/* ---- the boot ---- */

static void the_boot_says_how_highmem_is_reached(void)
{
	struct quire_machine *m = highmem_boot("i386-pae", 0, 2);
	unsigned long free_before = nr_free_pages();

	/* 96 MB of vmalloc from 0xf8000000 on, then pkmap, a gap, and the fixmap */
	CHECK(log_contains("highmem_init: 512 slots of kmap at 0xfe000000, "
			   "16 of kmap_local for each CPU; fixmap of 45 pages below 0xfe401000"));
	check_sound();
	/* all it needs was taken: mapping every slot takes no page more */
	write_all(max_low_pfn, max_low_pfn + 1024);
	CHECK_EQ(nr_free_pages(), free_before);
	test_machine_end(m);

	m = test_machine_new();
	test_bank(m, 0, MB(16), 0);
	m->lowmem_end = MB(16);
	test_machine_kvirt(m, "i386");
	log_clear();
	REQUIRE(test_machine_boot(m) == 0);
	CHECK(log_contains("highmem_init: all RAM is in the direct map; fixmap of 512 pages below 0x"));
	CHECK_EQ(highmem_validate(), 0);
}

static void a_machine_as_dumped_gets_its_tables_at_the_first_use(void)
{
	struct quire_machine *m = highmem_machine_as_dumped("i386-pae", 16);
	struct highmem_stats stats;
	struct page *page, *cleared;
	unsigned long free_before;
	u8 *addr;

	REQUIRE(quire_boot(m) == 0);
	highmem_new_warnings();
	CHECK_EQ(nr_free_pages(), MB(32) / PAGE_SIZE); /* the boot took none */
	highmem_get_stats(&stats);
	CHECK_EQ(stats.slots, 0);
	page = highmem_page();
	CHECK(!page_address(page));
	kmap_flush_unused();
	kunmap(page); /* nothing can have been mapped */
	CHECK_EQ(highmem_new_warnings(), 1);
	CHECK_EQ(nr_free_pages(), MB(32) / PAGE_SIZE - 1);
	free_before = nr_free_pages();
	addr = kmap(page);
	REQUIRE(addr);
	CHECK_EQ(highmem_translate(addr), page_to_phys(page));
	CHECK(nr_free_pages() < free_before);
	addr[0] = 1;
	kunmap(page);
	highmem_get_stats(&stats);
	CHECK_EQ(stats.slots, 16);
	check_sound();
	test_machine_end(m);

	/* and so when the first use is a page to be cleared, in the middle of an allocation */
	m = highmem_machine_as_dumped("x86_64", 16);
	REQUIRE(quire_boot(m) == 0);
	highmem_new_warnings();
	cleared = alloc_page(GFP_HIGHUSER | __GFP_ZERO);
	REQUIRE(cleared);
	CHECK(PageHighMem(cleared));
	check_sound();
}

static void windows_whose_tables_vmalloc_might_free_are_refused(void)
{
	struct quire_machine *m = highmem_machine("i386", 16, 1);

	m->kvirt.vmalloc_end -= PAGE_SIZE;
	m->kvirt.pkmap_base -= PAGE_SIZE;
	CHECK_EQ(quire_boot(m), -EINVAL);
	CHECK(log_contains("highmem_init: a page table maps parts of vmalloc and of kmap's window: "
			   "0x400000 bytes is what one maps"));
	CHECK_EQ(this_quire()->phase, PHASE_NONE);
	m->kvirt.pkmap_base += PAGE_SIZE;
	REQUIRE(quire_boot(m) == 0);
	quire_reset();
	m->kvirt.last_pkmap = 0;
	m->kvirt.fixmap_end = m->kvirt.pkmap_base;
	m->kvirt.fixmap_start = m->kvirt.fixmap_end - 64 * PAGE_SIZE;
	m->kvirt.vmalloc_end = m->kvirt.fixmap_start;
	log_clear();
	CHECK_EQ(quire_boot(m), -EINVAL);
	CHECK(log_contains("highmem_init: a page table maps parts of vmalloc and of the fixmap: "));
	m->kvirt.vmalloc_end = m->kvirt.vmalloc_start; /* nobody frees it then */
	CHECK_EQ(quire_boot(m), 0);
}

static void a_fixmap_too_small_for_its_cpus_is_refused(void)
{
	struct quire_machine *m = highmem_machine("i386", 16, 3);

	m->kvirt.fixmap_start = m->kvirt.fixmap_end - 56 * PAGE_SIZE;
	CHECK_EQ(quire_boot(m), -EINVAL);
	CHECK(log_contains("highmem_init: the fixmap has 56 pages: 57 are needed for 3 CPUs"));
	m->kvirt.fixmap_start -= PAGE_SIZE;
	CHECK_EQ(quire_boot(m), 0);
	quire_reset();
	/* none at all will do: there is kmap, and no kmap_local */
	m->kvirt.fixmap_start = m->kvirt.fixmap_end;
	log_clear();
	REQUIRE(quire_boot(m) == 0);
	CHECK(log_contains("highmem_init: 16 slots of kmap at 0xfe000000, none for kmap_local; "
			   "no fixmap"));
	highmem_new_warnings();
	CHECK(kmap(highmem_page()) != NULL);
	CHECK(!kmap_local_page(highmem_page()));
	CHECK(log_contains("the fixmap has no room for kmap_local"));
	CHECK_EQ(highmem_new_warnings(), 1);
	check_sound();
}

static void a_boot_without_memory_for_the_windows_fails_cleanly(void)
{
	struct quire_machine *m = highmem_machine("x86_64", 0, 2);
	unsigned long n, in_highmem_init = 0;
	int err = -ENOMEM;

	for (n = 1; err == -ENOMEM && n < 1000; n++) {
		log_clear();
		quire_fail_nth(n, true); /* some steps try twice */
		err = quire_boot(m);
		quire_fail_off();
		if (err)
			CHECK_EQ(this_quire()->phase, PHASE_NONE);
		in_highmem_init += log_contains("highmem_init: the page tables of the windows "
						"cannot be made (-12)");
	}
	CHECK_EQ(err, 0);
	CHECK(in_highmem_init >= 3); /* the slots, and tables for them */
	highmem_new_warnings();
	write_all(max_low_pfn, max_low_pfn + 100);
	CHECK_EQ(count_wrong(max_low_pfn, max_low_pfn + 100), 0);
	check_sound();
}

/* As dumped, the tables are made late: each allocation of that fails, and the next use works. */
static void a_first_use_without_memory_fails_and_the_next_works(void)
{
	unsigned long n;
	bool is_done = false;

	for (n = 1; !is_done && n < 100; n++) {
		struct quire_machine *m = highmem_machine_as_dumped("i386-pae", 16);
		struct page *page;

		REQUIRE(quire_boot(m) == 0);
		page = highmem_page();
		quire_fail_nth(n, true);
		is_done = kmap(page) != NULL;
		quire_fail_off();
		if (!is_done) {
			CHECK(!page_address(page));
			CHECK_EQ(highmem_validate(), 0);
			CHECK(kmap(page) != NULL);
		}
		CHECK_EQ(highmem_translate(page_address(page)), page_to_phys(page));
		highmem_new_warnings();
		check_sound();
		test_machine_end(m);
	}
	CHECK(is_done);
	CHECK(n > 3);
}

/* ---- pages that are handed out cleared ---- */

static void soil_all_of_highmem(void)
{
	pfn_t pfn;

	for (pfn = max_low_pfn; pfn < max_pfn; pfn++)
		REQUIRE(memset_page(pfn_to_page(pfn), 0, 0xee, PAGE_SIZE));
}

static bool is_zero(struct page *page)
{
	const unsigned long *addr = kmap_local_page(page);
	unsigned long found = 0;
	size_t i;

	REQUIRE(addr);
	for (i = 0; i < PAGE_SIZE / sizeof(long); i++)
		found |= addr[i];
	kunmap_local(addr);
	return !found;
}

static void zeroed_pages_come_from_highmem_and_are_zero(void)
{
	const gfp_t gfp = GFP_HIGHUSER | __GFP_ZERO;
	struct page *page, *block, *array[5] = { NULL };
	struct list_head list, *link;
	unsigned int i;

	highmem_boot("i386", 16, 1);
	soil_all_of_highmem();
	page = alloc_page(gfp);
	REQUIRE(page);
	CHECK_EQ(page_zonenum(page), ZONE_HIGHMEM);
	CHECK(is_zero(page));
	block = alloc_pages(gfp | __GFP_COMP, 4);
	REQUIRE(block);
	CHECK_EQ(page_zonenum(block), ZONE_HIGHMEM);
	for (i = 0; i < 16; i++)
		CHECK(is_zero(block + i));
	CHECK_EQ(alloc_pages_bulk_array(gfp, 5, array), 5);
	for (i = 0; i < 5; i++)
		CHECK(PageHighMem(array[i]) && is_zero(array[i]));
	INIT_LIST_HEAD(&list);
	CHECK_EQ(alloc_pages_bulk_list(gfp, 40, &list), 40);
	list_for_each(link, &list)
		CHECK(is_zero(list_entry(link, struct page, lru)));
	CHECK_EQ(alloc_contig_range(max_pfn - 64, max_pfn - 60, MIGRATE_MOVABLE, gfp), 0);
	for (i = 0; i < 4; i++)
		CHECK(is_zero(pfn_to_page(max_pfn - 64 + i)));
	page = alloc_page(GFP_HIGHUSER);
	CHECK(!is_zero(page)); /* nobody asked */
	check_sound();
}

static void when_highmem_runs_out_zeroed_pages_come_from_below(void)
{
	struct page *page;
	unsigned long high = 0, low = 0;

	highmem_boot("i386", 16, 1);
	while ((page = alloc_page(GFP_HIGHUSER_MOVABLE | __GFP_ZERO | __GFP_MEMALLOC | __GFP_NOWARN)))
		*(PageHighMem(page) ? &high : &low) += 1;
	CHECK_EQ(high, MB(16) / PAGE_SIZE);
	CHECK(low > 0);
	check_sound();
}

static void a_zeroed_page_that_cannot_be_mapped_is_not_handed_out(void)
{
	const gfp_t gfp = GFP_HIGHUSER | __GFP_ZERO | __GFP_NOWARN;
	struct page *array[3] = { NULL };
	unsigned long free_before;
	struct list_head list;

	highmem_boot("i386", 16, 1);
	highmem_watch();
	/* Who looks whether a page is still filled maps it too, and would meet the failure first. */
	set_page_poisoning(0);
	alloc_page(GFP_HIGHUSER);
	free_before = nr_free_pages();
	highmem_fail_maps = 1;
	CHECK(!alloc_page(gfp));
	highmem_fail_maps = 1;
	CHECK(!alloc_pages(gfp, 3));
	highmem_fail_maps = 1;
	CHECK_EQ(alloc_contig_range(max_pfn - 64, max_pfn - 60, MIGRATE_MOVABLE, gfp), -ENOMEM);
	CHECK_EQ(nr_free_pages(), free_before);
	highmem_fail_maps = 1;
	/* of a lot it is left out, and another taken for it */
	CHECK_EQ(alloc_pages_bulk_array(gfp, 3, array), 3);
	CHECK_EQ(nr_free_pages(), free_before - 3);
	INIT_LIST_HEAD(&list);
	highmem_fail_maps = 1;
	CHECK_EQ(alloc_pages_bulk_list(gfp, 10, &list), 10);
	CHECK_EQ(nr_free_pages(), free_before - 13);
	CHECK_EQ(highmem_new_warnings(), 5);
	CHECK(alloc_page(gfp) != NULL);
	check_sound();
}

static void what_must_not_fail_and_cannot_be_mapped_comes_from_below(void)
{
	struct page *page;
	unsigned long free_before;

	highmem_boot("i386", 16, 1);
	highmem_watch();
	free_before = nr_free_pages();
	highmem_fail_maps = 1;
	page = alloc_page(GFP_HIGHUSER | __GFP_ZERO | __GFP_NOFAIL);
	REQUIRE(page);
	CHECK(!PageHighMem(page) && is_zero(page));
	CHECK_EQ(nr_free_pages(), free_before - 1);
	CHECK_EQ(highmem_new_warnings(), 1);
	check_sound();
}

static void without_kmap_local_zeroed_pages_come_from_lowmem(void)
{
	struct quire_machine *m = highmem_machine("i386", 16, 1);
	struct page *page;

	m->kvirt.fixmap_start = m->kvirt.fixmap_end;
	REQUIRE(quire_boot(m) == 0);
	highmem_new_warnings();
	page = alloc_page(GFP_HIGHUSER | __GFP_ZERO);
	REQUIRE(page);
	CHECK(!PageHighMem(page));
	CHECK(PageHighMem(alloc_page(GFP_HIGHUSER)));
	CHECK_EQ(alloc_contig_range(max_pfn - 64, max_pfn - 60, MIGRATE_MOVABLE,
				    GFP_HIGHUSER | __GFP_ZERO),
		 -EINVAL);
	CHECK_EQ(highmem_new_warnings(), 1);
	check_sound();
}

/* ---- the helpers, on each kind of page ---- */

static struct page *page_of_kind(int kind)
{
	struct page *page = kind ? highmem_page() : alloc_page(GFP_KERNEL);

	REQUIRE(page && PageHighMem(page) == kind);
	REQUIRE(memset_page(page, 0, 0x11, PAGE_SIZE));
	return page;
}

/* Is it all `value` from `from` to `to`, and 0x11 on either side? */
static void check_filled(struct page *page, size_t from, size_t to, u8 value)
{
	const u8 *addr = kmap_local_page(page);
	unsigned long wrong = 0;
	size_t i;

	for (i = 0; i < PAGE_SIZE; i++)
		wrong += addr[i] != (i >= from && i < to ? value : 0x11);
	CHECK_EQ(wrong, 0);
	kunmap_local(addr);
}

static void pages_are_cleared_filled_and_copied_wherever_they_are(void)
{
	int kind;

	highmem_boot("i386-pae", 16, 1);
	for (kind = 0; kind < 4; kind++) {
		struct page *page = page_of_kind(kind & 1), *other = page_of_kind(kind >> 1);
		u8 bytes[10], pattern[3] = { 7, 7, 7 };

		CHECK(memset_page(page, 100, 0x22, 50));
		check_filled(page, 100, 150, 0x22);
		CHECK(memcpy_from_page(bytes, page, 148, 10));
		CHECK(bytes[1] == 0x22 && bytes[2] == 0x11);
		CHECK(copy_highpage(other, page));
		check_filled(other, 100, 150, 0x22);
		CHECK(clear_highpage(page));
		CHECK(is_zero(page));
		CHECK(memset_page(page, 0, 0x11, PAGE_SIZE));
		CHECK(memcpy_to_page(page, PAGE_SIZE - 3, pattern, 3));
		check_filled(page, PAGE_SIZE - 3, PAGE_SIZE, 7);
		CHECK(memset_page(page, PAGE_SIZE - 3, 0x11, 3));
		CHECK(memcpy_page(page, 20, other, 100, 50));
		check_filled(page, 20, 70, 0x22);
		CHECK(zero_user(page, 20, 50));
		check_filled(page, 20, 70, 0);
		CHECK(memset_page(page, 20, 0x11, 50));
		CHECK(zero_user_segments(page, 0, 8, 8, 16));
		check_filled(page, 0, 16, 0);
		CHECK(zero_user_segment(page, 16, 24));
		CHECK(memzero_page(page, 24, 8));
		check_filled(page, 0, 32, 0);
		CHECK(zero_user_segments(page, 60, 60, 70, 60)); /* two empty ones */
		check_filled(page, 0, 32, 0);
	}
	check_sound();
}

static void ranges_that_leave_the_page_are_refused(void)
{
	struct page *page, *other;
	u8 bytes[8] = { 0 };

	highmem_boot("i386", 16, 1);
	page = page_of_kind(1);
	other = page_of_kind(1);
	CHECK(!memset_page(page, PAGE_SIZE - 3, 1, 4));
	CHECK(!memset_page(page, PAGE_SIZE + 1, 1, 0));
	CHECK(!memcpy_to_page(page, SIZE_MAX, bytes, 8));
	CHECK(!memcpy_from_page(bytes, page, 8, SIZE_MAX - 4));
	CHECK(!memcpy_page(page, 0, other, 4090, 10));
	CHECK(!memcpy_page(page, 4090, other, 0, 10));
	CHECK(!zero_user_segments(page, 0, 8, 4096, 4097));
	CHECK(!zero_user_segment(page, 4090, 4100));
	CHECK(!zero_user(page, 100, UINT32_MAX));
	CHECK_EQ(highmem_new_warnings(), 9);
	CHECK(log_contains("memset_page of 4 bytes at 4093 of a page: it has 4096"));
	check_filled(page, 0, 0, 0);
	check_filled(other, 0, 0, 0);
	CHECK(memset_page(page, PAGE_SIZE, 1, 0));
	check_sound();
}

static void helpers_that_cannot_map_a_page_say_so_and_write_nothing(void)
{
	struct page *page, *other;
	u8 bytes[8] = { 1 };

	highmem_boot("i386", 16, 1);
	highmem_watch();
	page = page_of_kind(1);
	other = page_of_kind(1);
	highmem_fail_maps = 6;
	CHECK(!clear_highpage(page));
	CHECK(!memset_page(page, 0, 1, 4));
	CHECK(!memcpy_to_page(page, 0, bytes, 8));
	CHECK(!memcpy_from_page(bytes, page, 0, 8));
	CHECK(!zero_user_segments(page, 0, 8, 16, 24));
	CHECK(!copy_highpage(page, other));
	CHECK_EQ(bytes[0], 1);
	/* the second of the two */
	highmem_fail_maps = 0;
	CHECK(kmap_local_page(page) != NULL);
	for (int i = 1; i < KM_MAX_IDX - 1; i++)
		CHECK(kmap_local_page(page) != NULL);
	CHECK(!copy_highpage(page, other));
	CHECK_EQ(highmem_new_warnings(), 7);
	for (int i = KM_MAX_IDX - 2; i >= 0; i--)
		kunmap_local((void *)fix_to_virt(FIX_KMAP_BEGIN + (unsigned int)i));
	check_filled(page, 0, 0, 0);
	check_sound();
}

/* ---- highmem_validate itself ---- */

static void check_broken(const char *words)
{
	log_clear();
	CHECK_EQ(highmem_validate(), -EINVAL);
	if (!log_contains(words))
		CHECK_STR(log_text(), words);
}

static void what_is_broken_is_found(void)
{
	struct highmem_state *hm;
	struct pkmap_slot saved;
	struct page *page;
	unsigned int nr;
	pte_t *pte, entry;

	highmem_boot("i386", 16, 2);
	hm = &this_quire()->kvirt.highmem;
	page = highmem_page();
	nr = PKMAP_NR(kmap(page));
	CHECK_EQ(highmem_validate(), 0);
	saved = hm->slots[nr];

	hm->slots[nr].count = 0;
	check_broken("is free, but has a page");
	hm->slots[nr].count = 2;
	hm->slots[nr].page = page + 1;
	check_broken("is in the chain of bucket");
	hm->slots[nr].page = NULL;
	check_broken("has the free slot");
	hm->slots[nr] = saved;
	hm->slots[nr].next = nr + 1;
	check_broken("does not end");
	hm->slots[nr] = saved;
	hm->slots[nr + 1].count = 3;
	check_broken("has 2 users, but no page");
	hm->slots[nr + 1].count = 0;

	pte = (pte_t *)pt_slot(this_pt_format(), hm->pkmap_tables[0],
			       pt_index(this_pt_format(), 0, kernel_va((void *)PKMAP_ADDR(nr))));
	entry = ptep_get(pte);
	CHECK_EQ(pte_pfn(entry), page_to_pfn(page));
	set_pte(pte, (pte_t){ 0 });
	check_broken("the page table does not map page frame");
	set_pte(pte, entry);
	kunmap(page);
	kmap_flush_unused();
	set_pte(pte, entry);
	check_broken("is free, but mapped");
	set_pte(pte, (pte_t){ 0 });
	CHECK_EQ(highmem_validate(), 0);

	hm->cpu[1].depth = 1;
	check_broken("CPU 1: slot 0 is in use, but not mapped");
	hm->cpu[1].depth = 17;
	check_broken("CPU 1 has 17 pages mapped: 16 are possible");
	hm->cpu[1].depth = 0;
	kmap_local_page(page);
	hm->cpu[0].depth = 0;
	check_broken("CPU 0: slot 0 is free, but mapped");
}

const struct tap_test tap_tests[] = {
	TEST(every_page_of_highmem_is_reached_in_every_format),
	TEST(the_boot_says_how_highmem_is_reached),
	TEST(a_machine_as_dumped_gets_its_tables_at_the_first_use),
	TEST(windows_whose_tables_vmalloc_might_free_are_refused),
	TEST(a_fixmap_too_small_for_its_cpus_is_refused),
	TEST(a_boot_without_memory_for_the_windows_fails_cleanly),
	TEST(a_first_use_without_memory_fails_and_the_next_works),
	TEST(zeroed_pages_come_from_highmem_and_are_zero),
	TEST(when_highmem_runs_out_zeroed_pages_come_from_below),
	TEST(a_zeroed_page_that_cannot_be_mapped_is_not_handed_out),
	TEST(what_must_not_fail_and_cannot_be_mapped_comes_from_below),
	TEST(without_kmap_local_zeroed_pages_come_from_lowmem),
	TEST(pages_are_cleared_filled_and_copied_wherever_they_are),
	TEST(ranges_that_leave_the_page_are_refused),
	TEST(helpers_that_cannot_map_a_page_say_so_and_write_nothing),
	TEST(what_is_broken_is_found),
	{ NULL, NULL },
};
