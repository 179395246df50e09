/* SPDX-License-Identifier: MIT */
/*
 * memmap_test.c - the array of page structures: which of them are written, to whom those of
 * holes belong, and an array that stands in a window, backed in parts.
 */
#include <string.h>
#include <sys/mman.h>

#include <quire/quire.h>

#include "mm/lib/bitmap.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

static size_t lazy_leaves(void)
{
	const struct page_state *ps = &this_quire()->page;
	size_t i, lazy = 0;

	for (i = 0; i < ps->nr_frames >> LEAF_ORDER; i++)
		lazy += !!(leaf_kind_of_frame(ps, i << LEAF_ORDER) & LEAF_IS_LAZY);
	return lazy;
}

/*   leaves    |free|free|free|free|free|fr R|free|free|free|1 page short
 *   written   |    |    |    |    |    |all |    |    |    |all
 */
static void nothing_of_a_wholly_free_leaf_is_written(void)
{
	struct quire_machine *m = test_machine_new();
	struct page *page;

	test_bank(m, 16 * MB, 20 * MB - 4096, 0);
	test_reserve(m, 27 * MB, 1);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(lazy_leaves(), 8);
	CHECK(!pfn_to_online_page(16 * 256));
	CHECK(!pfn_to_online_page(26 * 256 - 1));
	CHECK(pfn_to_online_page(26 * 256) == pfn_to_page(26 * 256));
	CHECK(pfn_to_online_page(27 * 256 + 1) == pfn_to_page(27 * 256 + 1));
	CHECK(!pfn_to_online_page(28 * 256));
	CHECK(pfn_to_online_page(32 * 256 + 1023) == pfn_to_page(32 * 256 + 1023));
	CHECK(!pfn_to_online_page(36 * 256));
	CHECK(!pfn_to_online_page(16 * 256 - 1));
	page = alloc_pages(GFP_KERNEL, 10);
	REQUIRE(page);
	CHECK_EQ(lazy_leaves(), 6);
	CHECK(pfn_to_online_page(page_to_pfn(page) + 1023) == page + 1023);
	__free_pages(page, 10);
	CHECK_EQ(lazy_leaves(), 6);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* A range that begins and ends at a leaf is all lazy: of 64 MB not one structure is written. */
static void untouched_ram_costs_no_structures(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 64 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(lazy_leaves(), 32);
}

/*   block     | node 0 | hole | node 1          |   */
static void a_hole_inside_one_block_belongs_to_the_ram_before_it(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 1 * MB, 0);
	test_bank(m, 18 * MB, 6 * MB, 1);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(page_to_nid(pfn_to_page(17 * 256)), 0);
	CHECK_EQ(page_to_nid(pfn_to_page(18 * 256 - 1)), 0);
	CHECK(!pfn_to_online_page(18 * 256));
	REQUIRE(alloc_contig_range(18 * 256, 18 * 256 + 1, MIGRATE_MOVABLE, GFP_KERNEL) == 0);
	CHECK_EQ(page_to_nid(pfn_to_page(18 * 256)), 1);
	CHECK_EQ(page_to_nid(pfn_to_page(18 * 256 + 1)), 1);
	CHECK_EQ(page_alloc_validate(), 0);
}

/*
 * Blocks of 16 frames: their structures are less than a page. A page that holds those of a
 * hole and of RAM on either side stays.
 */
static void pages_that_hold_structures_of_ram_are_not_given_back(void)
{
	unsigned int flags[] = { 0, MACHINE_BOOTMEM }, i;

	for (i = 0; i < 2; i++) {
		struct quire_machine *m = test_machine_new();
		pfn_t hole = (pfn_t)(16 * MB >> 12) + 16 * 5, end = hole + 16 * 37, pfn;
		unsigned long reserved = 0;

		m->max_order = 5;
		m->flags = flags[i];
		test_bank(m, 16 * MB, PFN_PHYS(16 * 5), 0);
		test_bank(m, PFN_PHYS(end), 4 * MB, 0);
		REQUIRE(test_machine_boot(m) == 0);
		CHECK(log_contains("of page structures of holes given back"));
		CHECK(!pfn_valid(hole) && !pfn_valid(end - 1));
		for (pfn = min_low_pfn; pfn < max_pfn; pfn++) {
			if (!pfn_valid(pfn))
				continue;
			reserved += PageReserved(virt_to_page(pfn_to_page(pfn)));
			reserved += PageReserved(virt_to_page((char *)pfn_to_page(pfn + 1) - 1));
		}
		CHECK_EQ(reserved, 2 * (16 * 5 + 1024));
		CHECK_EQ(page_alloc_validate(), 0);
	}
}

/*   blocks    |    A    |    B    |    C    |    D    |
 *   RAM       [ node 0 ]. . . . . . . . .[ node 1 ]
 *   belongs   | 0     0 |  none   |1      1 |  1    1 |
 */
static void structures_of_a_hole_belong_to_the_ram_in_their_block(void)
{
	struct quire_machine *m = test_machine_new();
	pfn_t pfn;

	test_bank(m, 16 * MB, 3 * MB, 0);
	test_bank(m, 26 * MB, 4 * MB, 1);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	for (pfn = 19 * 256; pfn < 20 * 256; pfn++)
		if (!CHECK(PageReserved(pfn_to_page(pfn))) || !CHECK_EQ(page_to_nid(pfn_to_page(pfn)), 0))
			break;
	CHECK(!pfn_valid(20 * 256));
	CHECK(!pfn_valid(24 * 256 - 1));
	for (pfn = 24 * 256; pfn < 26 * 256; pfn++)
		if (!CHECK(PageReserved(pfn_to_page(pfn))) || !CHECK_EQ(page_to_nid(pfn_to_page(pfn)), 1))
			break;
	for (pfn = 30 * 256; pfn < 32 * 256; pfn++)
		if (!CHECK(PageReserved(pfn_to_page(pfn))) || !CHECK_EQ(page_to_nid(pfn_to_page(pfn)), 1))
			break;
	CHECK(!pfn_valid(32 * 256));
	CHECK(!log_contains("given back"));
	CHECK_EQ(page_alloc_validate(), 0);
}

/* A hole whose structures were given back is no part of a range. */
static void a_range_over_a_hole_is_invalid(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 4 * MB, 0);
	test_bank(m, 24 * MB, 4 * MB, 0);
	m->zones = 1U << ZONE_DMA;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(alloc_contig_range(20 * 256 - 2, 24 * 256 + 2, MIGRATE_MOVABLE, GFP_KERNEL), -EINVAL);
	CHECK_EQ(alloc_contig_range(20 * 256, 20 * 256 + 1, MIGRATE_MOVABLE, GFP_KERNEL), -EINVAL);
	CHECK_EQ(nr_free_pages(), 2048);
}

/* ---- in a window ---- */

#define WINDOW_SIZE ((size_t)8 << 20)

static struct {
	char *base;
	unsigned char mapped[WINDOW_SIZE / 1024]; /* per KB */
	size_t bytes;
	unsigned int calls, fail_at;
} window;

/* Stands in for a page table: the window becomes accessible; where twice, it was a mistake. */
static int map_window(void *ctx, uintptr_t virt, phys_addr_t phys, size_t size)
{
	size_t at = virt - (uintptr_t)window.base, i;

	CHECK_PTR(ctx, &window);
	CHECK_EQ(virt & (PAGE_SIZE - 1), 0);
	CHECK_EQ(phys & (PAGE_SIZE - 1), 0);
	CHECK_EQ(size & (PAGE_SIZE - 1), 0);
	if (++window.calls == window.fail_at)
		return -ENOMEM;
	if (!CHECK(at < WINDOW_SIZE && size <= WINDOW_SIZE - at))
		return -ENOMEM;
	for (i = at / 1024; i < (at + size) / 1024; i++)
		CHECK_EQ(window.mapped[i]++, 0);
	window.bytes += size;
	REQUIRE(!mprotect(window.base + at, size, PROT_READ | PROT_WRITE));
	/* not zero, as RAM is */
	memset(window.base + at, 0x5a, size);
	return 0;
}

static void use_window(struct quire_machine *m, pfn_t base_pfn)
{
	void *room = mmap(NULL, 2 * WINDOW_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	REQUIRE(room != MAP_FAILED);
	memset(&window, 0, sizeof(window));
	window.base = (char *)(((uintptr_t)room + WINDOW_SIZE - 1) & ~(uintptr_t)(WINDOW_SIZE - 1));
	m->map_window = map_window;
	m->map_window_ctx = &window;
	m->memmap_window = (uintptr_t)window.base - base_pfn * sizeof(struct page);
}

static void only_what_stands_for_ram_is_backed_in_a_window(void)
{
	struct quire_machine *m = test_machine_new();
	unsigned long present = (4 + 4 + 8) * 256, before;

	test_bank(m, 16 * MB, 4 * MB, 0);
	test_bank(m, 64 * MB, 4 * MB, 1);
	test_bank(m, 256 * MB + 4096, 8 * MB - 4096, 0);
	use_window(m, 16 * 256);
	REQUIRE(test_machine_boot(m) == 0);
	/* and a page of states for each bank, and one that says what leaves are */
	CHECK_EQ(window.bytes, present * (sizeof(struct page) + sizeof(struct page_ext)) + 4 * PAGE_SIZE);
	CHECK_PTR(pfn_to_page(16 * 256), window.base);
	CHECK(pfn_valid(64 * 256) && !pfn_valid(63 * 256) && !pfn_valid(68 * 256));
	CHECK(!log_contains("given back"));
	CHECK_EQ(page_alloc_validate(), 0);
	before = nr_free_pages();
	while (alloc_page(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN))
		before--;
	CHECK_EQ(before, 0);
	CHECK_EQ(page_alloc_validate(), 0);
	test_machine_end(m);
	munmap(window.base, WINDOW_SIZE);
}

/* The structures of a bank of 16 pages do not fill one page of 64 KB: neighbours share what is backed. */
static void banks_closer_than_a_page_of_structures_are_backed_once(void)
{
	struct quire_machine *m = test_machine_new();
	int i;

	m->page_shift = 16;
	m->max_order = 1;
	for (i = 0; i < 6; i++)
		test_bank(m, 16 * MB + (phys_addr_t)i * 4 * MB, 1 * MB, i % 2);
	test_bank(m, 512 * MB, 8 * MB, 2);
	use_window(m, (16 * MB >> 16) & ~(pfn_t)8191);
	REQUIRE(test_machine_boot(m) == 0);
	/* of each of the four arrays once or twice */
	CHECK(window.calls >= 4 && window.calls <= 8);
	CHECK(!pfn_valid((17 * MB) >> 16));
	CHECK_EQ(page_alloc_validate(), 0);
	test_machine_end(m);
	munmap(window.base, WINDOW_SIZE);
}

static void a_window_that_cannot_be_mapped_stops_the_boot(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 4 * MB, 0);
	test_bank(m, 64 * MB, 4 * MB, 0);
	use_window(m, 16 * 256);
	window.fail_at = 2;
	CHECK_EQ(test_machine_boot(m), -ENOMEM);
	CHECK(log_contains("mem_map: the window could not be mapped"));
	CHECK_EQ(this_quire()->phase, PHASE_NONE);
	munmap(window.base, WINDOW_SIZE);
}

const struct tap_test tap_tests[] = {
	TEST(nothing_of_a_wholly_free_leaf_is_written),
	TEST(untouched_ram_costs_no_structures),
	TEST(a_hole_inside_one_block_belongs_to_the_ram_before_it),
	TEST(pages_that_hold_structures_of_ram_are_not_given_back),
	TEST(structures_of_a_hole_belong_to_the_ram_in_their_block),
	TEST(a_range_over_a_hole_is_invalid),
	TEST(only_what_stands_for_ram_is_backed_in_a_window),
	TEST(banks_closer_than_a_page_of_structures_are_backed_once),
	TEST(a_window_that_cannot_be_mapped_stops_the_boot),
	{ NULL, NULL },
};
