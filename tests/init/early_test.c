/* SPDX-License-Identifier: MIT */
/*
 * early_test.c - what an embedder may do while the boot allocators are open, and what is
 * refused: doors of later phases, and doors that only the boot itself goes through.
 */
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

static int boot_with(struct quire_machine *m, int (*early)(void *ctx), void *ctx)
{
	m->early = early;
	m->early_ctx = ctx;
	return test_machine_boot(m);
}

static struct quire_machine *plain(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 64 * MB, 0);
	return m;
}

/* Page structures are not written yet: nothing in them may be believed. */
static void fill_mem_map(int byte)
{
	struct page_state *ps = &this_quire()->page;
	unsigned char *at = (unsigned char *)ps->mem_map;
	size_t size = (ps->memmap_end_pfn - ps->memmap_base_pfn) * sizeof(struct page), i;

	for (i = 0; i < size; i++)
		at[i] = (unsigned char)byte;
}

/* ---- doors of later phases ---- */

static int free_pages_early(void *ctx)
{
	(void)ctx;
	fill_mem_map(0x01);
	log_clear();
	__free_pages(phys_to_page(20 * MB), 0);
	CHECK(log_contains("bad free, refused: the page allocator is not up, called from"));
	log_clear();
	free_pages((unsigned long)(uintptr_t)phys_to_virt(20 * MB), 0);
	CHECK(log_contains("bad free, refused: the page allocator is not up, called from"));
	free_pages(0, 0);
	log_clear();
	free_contig_range(20 * MB >> 12, 1);
	CHECK(log_contains("free_contig_range before the page allocator is up"));
	log_clear();
	CHECK_EQ(free_reserved_area(phys_to_virt(20 * MB), phys_to_virt(21 * MB), 0, "x"), 0);
	CHECK(log_contains("free_reserved_area: 0x1400000-0x1500000 is not in"));
	log_clear();
	memblock_free_late(20 * MB, 4096);
	CHECK(log_contains("memblock_free_late before the page allocator is up"));
	log_clear();
	memblock_free_pages(phys_to_page(20 * MB), 20 * MB >> 12, 0);
	CHECK(log_contains("memblock_free_pages: "));
	CHECK(!alloc_page(GFP_KERNEL));
	CHECK_EQ(alloc_contig_range(20 * MB >> 12, 21 * MB >> 12, MIGRATE_MOVABLE, GFP_KERNEL), -EINVAL);
	return 0;
}

static void pages_cannot_be_freed_before_they_are_up(void)
{
	REQUIRE(boot_with(plain(), free_pages_early, NULL) == 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

static int hand_over_early(void *ctx)
{
	(void)ctx;
	fill_mem_map(0);
	log_clear();
	memblock_free_all();
	CHECK(log_contains("memblock_free_all is a part of quire_boot: refused, called from"));
	log_clear();
	CHECK_EQ(free_all_bootmem(), 0);
	CHECK(log_contains("free_all_bootmem is a part of quire_boot: refused, called from"));
	return 0;
}

/* A second hand-over would free what has been allocated since. */
static void memory_is_handed_over_by_the_boot_alone(void)
{
	unsigned int flags[] = { 0, MACHINE_BOOTMEM }, i;

	for (i = 0; i < 2; i++) {
		struct quire_machine *m = plain();
		unsigned long free_pages;

		m->flags = flags[i];
		REQUIRE(boot_with(m, hand_over_early, NULL) == 0);
		REQUIRE(alloc_page(GFP_KERNEL) && alloc_pages(GFP_KERNEL, 4));
		free_pages = nr_free_pages();
		memblock_free_all();
		free_all_bootmem();
		reset_all_zones_managed_pages();
		CHECK_EQ(nr_free_pages(), free_pages);
		CHECK_EQ(page_alloc_validate(), 0);
	}
}

static void a_block_is_freed_by_number_only_if_all_of_it_is_reserved(void)
{
	struct quire_machine *m = plain();
	unsigned long before;
	pfn_t pfn = 20 * MB >> 12;

	test_reserve(m, 20 * MB, 64 * 4096);
	/* all of it reserved, but of two zones */
	test_reserve(m, 32 * MB, 1 * MB);
	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL;
	m->zone_end[ZONE_DMA] = 32 * MB + 4096;
	REQUIRE(test_machine_boot(m) == 0);
	before = totalram_pages();
	memblock_free_pages(pfn_to_page(pfn + 1), pfn + 1, 1);
	memblock_free_pages(pfn_to_page(pfn + 1), pfn, 0);
	memblock_free_pages(pfn_to_page(pfn), pfn, MAX_ORDER);
	memblock_free_pages(pfn_to_page(pfn), pfn, 7);
	memblock_free_pages(phys_to_page(32 * MB), 32 * MB >> 12, 1);
	CHECK_EQ(this_quire()->log.warnings, 5);
	CHECK_EQ(totalram_pages(), before);
	memblock_free_pages(pfn_to_page(pfn), pfn, 6);
	CHECK_EQ(totalram_pages(), before + 64);
	memblock_free_pages(pfn_to_page(pfn), pfn, 6);
	CHECK_EQ(totalram_pages(), before + 64);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* ---- what an early hook may do to the RAM ---- */

/* Memory for a device: it is RAM no more. Linux's kernels for ARM take it so. */
static int take_for_a_device(void *ctx)
{
	(void)ctx;
	fill_mem_map(0);
	CHECK_EQ(memblock_reserve(32 * MB, 5 * MB), 0);
	CHECK_EQ(memblock_phys_free(32 * MB, 5 * MB), 0);
	CHECK_EQ(memblock_remove(32 * MB + 4096, 13 * MB), 0);
	CHECK_EQ(memblock_mark_nomap(60 * MB, 1 * MB), 0);
	return 0;
}

static void ram_may_be_taken_away_early(void)
{
	struct quire_machine *m = plain();
	pfn_t pfn;

	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(boot_with(m, take_for_a_device, NULL) == 0);
	CHECK_EQ(nr_free_pages(), 50 * MB >> 12);
	CHECK_EQ(page_alloc_validate(), 0);
	for (pfn = 16 * MB >> 12; pfn < 80 * MB >> 12; pfn++) {
		struct page *page = pfn_to_online_page(pfn);
		bool taken = (pfn >= (32 * MB >> 12) + 1 && pfn < (45 * MB >> 12) + 1) ||
			     (pfn >= 60 * MB >> 12 && pfn < 61 * MB >> 12);

		if (page && !CHECK_EQ(PageReserved(page), taken))
			return;
		if (!page && !CHECK(!taken))
			return;
	}
	while (alloc_page(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN))
		;
	CHECK_EQ(page_alloc_validate(), 0);
}

static int add_ram(void *ctx)
{
	return memblock_add_node(*(phys_addr_t *)ctx, 1 * MB, 0, MEMBLOCK_NONE);
}

/* Zones and page structures stand: there are none for it. */
static void ram_cannot_be_added_early(void)
{
	phys_addr_t places[] = { 8 * MB, 80 * MB, 90 * MB, 512 * MB };
	size_t i;

	for (i = 0; i < 4; i++) {
		struct quire_machine *m = plain();

		log_clear();
		test_bank(m, 96 * MB, 1 * MB, 0);
		CHECK_EQ(boot_with(m, add_ram, &places[i]), -EINVAL);
		CHECK(log_contains("RAM was added"));
		CHECK_EQ(this_quire()->phase, PHASE_NONE);
	}
}

static int take_by_physical_address(void *ctx)
{
	phys_addr_t *got = ctx;

	got[0] = memblock_phys_alloc(4096, 4096);
	got[1] = memblock_phys_alloc_range(4096, 4096, 64 * MB, 80 * MB);
	return 0;
}

static void early_memory_is_lowmem_unless_asked_for_elsewhere(void)
{
	struct quire_machine *m = plain();
	phys_addr_t got[2];

	m->zones = 1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM;
	m->lowmem_end = 48 * MB;
	REQUIRE(boot_with(m, take_by_physical_address, got) == 0);
	CHECK(got[0] >= 16 * MB && got[0] < 48 * MB);
	CHECK(got[1] >= 64 * MB && got[1] < 80 * MB);
	CHECK(PageReserved(phys_to_page(got[1])));
}

/* The mem_map of 64 MB is the largest thing that the boot takes. */
static void boot_memory_comes_from_the_end_the_machine_names(void)
{
	unsigned int flags[] = { 0, MACHINE_BOTTOM_UP }, i;

	for (i = 0; i < 2; i++) {
		struct quire_machine *m = plain();
		phys_addr_t phys;

		m->flags = flags[i];
		REQUIRE(test_machine_boot(m) == 0);
		phys = virt_to_phys(this_quire()->page.mem_map);
		CHECK(flags[i] ? phys < 20 * MB : phys > 76 * MB);
	}
}

static void memblock_logs_its_calls_if_the_machine_says_so(void)
{
	struct quire_machine *m = plain();

	test_reserve(m, 20 * MB, 1 * MB);
	REQUIRE(test_machine_boot(m) == 0);
	CHECK(!log_contains("memblock_reserve"));
	m = plain();
	test_reserve(m, 20 * MB, 1 * MB);
	m->flags = MACHINE_MEMBLOCK_DEBUG;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK(log_contains("memblock_reserve"));
}

static void memblock_knows_whole_pages_only(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB + 1, 16 * MB, 0);
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(memblock.memory.regions[0].base, 16 * MB + 4096);
	CHECK_EQ(memblock.memory.regions[0].size, 16 * MB - 4096);
}

static void the_nodes_bitmaps_are_forgotten_with_bootmem(void)
{
	struct quire_machine *m = plain();

	m->flags = MACHINE_BOOTMEM;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_PTR(NODE_DATA(0)->bdata, NULL);
}

/* ---- metadata that was used before ---- */

/*
 * The second boot takes what was free in the first: what the first wrote to the metadata
 * must not be believed.
 */
static void metadata_of_an_earlier_boot_does_no_harm(void)
{
	struct quire_machine *m = plain();

	test_bank(m, 128 * MB, 16 * MB, 2);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	while (alloc_page(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN))
		;
	quire_reset();
	test_reserve(m, 20 * MB, 20 * MB);
	m->nr_banks = 1;
	REQUIRE(quire_boot(m) == 0);
	CHECK_EQ(nr_free_pages(), 44 * MB >> 12);
	CHECK(pfn_to_online_page((24 * MB >> 12) + 1) && PageReserved(pfn_to_page((24 * MB >> 12) + 1)));
	CHECK_EQ(page_alloc_validate(), 0);
	quire_reset();
	m->nr_banks = 2;
	m->nr_reserved = 0;
	m->flags |= MACHINE_BOOTMEM;
	REQUIRE(quire_boot(m) == 0);
	CHECK_EQ(nr_free_pages(), 80 * MB >> 12);
	CHECK(!NODE_DATA(1));
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(pages_cannot_be_freed_before_they_are_up),
	TEST(memory_is_handed_over_by_the_boot_alone),
	TEST(a_block_is_freed_by_number_only_if_all_of_it_is_reserved),
	TEST(ram_may_be_taken_away_early),
	TEST(ram_cannot_be_added_early),
	TEST(early_memory_is_lowmem_unless_asked_for_elsewhere),
	TEST(boot_memory_comes_from_the_end_the_machine_names),
	TEST(memblock_logs_its_calls_if_the_machine_says_so),
	TEST(memblock_knows_whole_pages_only),
	TEST(the_nodes_bitmaps_are_forgotten_with_bootmem),
	TEST(metadata_of_an_earlier_boot_does_no_harm),
	{ NULL, NULL },
};
