/* SPDX-License-Identifier: MIT */
/*
 * borders_test.c - borders of zones, nodes and banks that fall inside blocks, at either end
 * of the address space, or in odd places; and memory that is there but must not be used.
 */
#include <string.h>

#include <quire/quire.h>

#include "mm/page/internal.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)
#define ZONE_BIT(type) (1U << (type))

static void bank_flags(struct quire_machine *m, size_t bank, unsigned int flags)
{
	((struct machine_bank *)(uintptr_t)m->banks)[bank].flags = flags;
}

/* Metadata for machines whose RAM is not simulated. */
static void give_metadata(struct quire_machine *m)
{
	static char metadata[4 << 20] __attribute__((aligned(4096)));

	memset(metadata, 0, sizeof(metadata));
	m->metadata = metadata;
	m->metadata_size = sizeof(metadata);
}

/* ---- ZONE_MOVABLE ---- */

/* Boots 64 MB at 16 MB with ZONE_MOVABLE from `start` on; returns what got into it. */
static unsigned long movable_pages(phys_addr_t start)
{
	struct quire_machine *m = test_machine_new();
	const struct zone *zone;

	test_bank(m, 16 * MB, 64 * MB, 0);
	m->zones = ZONE_BIT(ZONE_NORMAL) | ZONE_BIT(ZONE_MOVABLE);
	m->movable_start = start;
	m->block_order = 9;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(page_alloc_validate(), 0);
	zone = &NODE_DATA(0)->node_zones[ZONE_MOVABLE];
	if (zone->present_pages)
		CHECK_EQ(zone->zone_start_pfn + zone->present_pages, 80 * MB >> 12);
	return zone->present_pages;
}

static void movable_zone_begins_at_a_largest_block(void)
{
	CHECK_EQ(movable_pages(64 * MB), 4096);
	CHECK_EQ(movable_pages(64 * MB - 1), 4096);
	CHECK_EQ(movable_pages(64 * MB + 1), 3072);
	CHECK_EQ(movable_pages(66 * MB), 3072);
}

static void movable_zone_beyond_the_ram_is_empty(void)
{
	CHECK_EQ(movable_pages(80 * MB), 0);
	CHECK_EQ(movable_pages(76 * MB + 1), 0);
	CHECK_EQ(movable_pages(PHYS_ADDR_MAX), 0);
	CHECK_EQ(movable_pages(PHYS_ADDR_MAX - 4095), 0);
}

static void only_the_top_zone_gives_pages_to_the_movable_one(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, 64 * MB, 0);
	m->zones = ZONE_BIT(ZONE_DMA) | ZONE_BIT(ZONE_NORMAL) | ZONE_BIT(ZONE_MOVABLE);
	m->zone_end[ZONE_DMA] = 16 * MB;
	m->movable_start = 8 * MB;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(NODE_DATA(0)->node_zones[ZONE_DMA].present_pages, 16 * MB >> 12);
	CHECK_EQ(NODE_DATA(0)->node_zones[ZONE_MOVABLE].present_pages, 48 * MB >> 12);
	CHECK_EQ(NODE_DATA(0)->node_zones[ZONE_NORMAL].present_pages, 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void zeroed_movable_pages_come_from_the_movable_zone_where_all_is_mapped(void)
{
	struct quire_machine *m = test_machine_new();
	struct page *page;

	test_bank(m, 16 * MB, 64 * MB, 0);
	m->zones = ZONE_BIT(ZONE_NORMAL) | ZONE_BIT(ZONE_MOVABLE) | ZONE_BIT(ZONE_HIGHMEM);
	m->movable_start = 48 * MB;
	REQUIRE(test_machine_boot(m) == 0);
	page = alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_ZERO, 2);
	REQUIRE(page);
	CHECK_EQ(page_zonenum(page), ZONE_MOVABLE);
	CHECK_EQ(*(u64 *)page_address(page + 3), 0);
	CHECK_EQ(page_zonenum(alloc_page(GFP_HIGHUSER | __GFP_MOVABLE)), ZONE_MOVABLE);
	CHECK_EQ(page_zonenum(alloc_page(GFP_KERNEL | __GFP_MOVABLE)), ZONE_NORMAL);
}

static void zeroed_pages_come_from_lowmem_where_not_all_is_mapped(void)
{
	struct quire_machine *m = test_machine_new();
	struct page *page;

	test_bank(m, 16 * MB, 64 * MB, 0);
	m->zones = ZONE_BIT(ZONE_NORMAL) | ZONE_BIT(ZONE_MOVABLE) | ZONE_BIT(ZONE_HIGHMEM);
	m->lowmem_end = 48 * MB;
	m->movable_start = 64 * MB;
	REQUIRE(test_machine_boot(m) == 0);
	page = alloc_page(GFP_HIGHUSER_MOVABLE | __GFP_ZERO);
	REQUIRE(page);
	CHECK_EQ(page_zonenum(page), ZONE_NORMAL);
	CHECK_EQ(*(u64 *)page_address(page), 0);
	page = alloc_page(GFP_HIGHUSER | __GFP_ZERO);
	REQUIRE(page);
	CHECK_EQ(page_zonenum(page), ZONE_NORMAL);
}

/* ---- nodes that interleave ---- */

/*   node 0   [16M..20M)         [24M..28M)            spans what is node 1's
 *   node 1            [20M..24M)         [28M..32M)
 */
static void a_range_of_frames_belongs_to_the_node_of_its_frames(void)
{
	struct quire_machine *m = test_machine_new();
	pfn_t first = 20 * MB >> 12, pfn;
	int i;

	for (i = 0; i < 4; i++)
		test_bank(m, (phys_addr_t)(16 + 4 * i) * MB, 4 * MB, i % 2);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	REQUIRE(alloc_contig_range(first, first + 1024, MIGRATE_MOVABLE, GFP_KERNEL) == 0);
	for (pfn = first; pfn < first + 1024; pfn++)
		if (!CHECK_EQ(page_to_nid(pfn_to_page(pfn)), 1) ||
		    !CHECK_EQ(page_ref_count(pfn_to_page(pfn)), 1))
			break;
	CHECK_EQ(page_alloc_validate(), 0);
	free_contig_range(first, 1024);
	/* in two nodes, also with the same node at both ends */
	CHECK_EQ(alloc_contig_range(first - 10, first + 10, MIGRATE_MOVABLE, GFP_KERNEL), -EINVAL);
	CHECK_EQ(alloc_contig_range(first - 10, first + 1034, MIGRATE_MOVABLE, GFP_KERNEL), -EINVAL);
	CHECK_EQ(alloc_contig_range(~(pfn_t)0 - 5, ~(pfn_t)0, MIGRATE_MOVABLE, GFP_KERNEL), -EINVAL);
	CHECK_EQ(alloc_contig_range(first, ~(pfn_t)0, MIGRATE_MOVABLE, GFP_KERNEL), -EINVAL);
	CHECK_EQ(nr_free_pages(), 4096);
	CHECK_EQ(page_alloc_validate(), 0);
}

/*
 * Between leaving the zone's whole blocks and being opened, a leaf's bits still say that it is
 * free: it is its taker's all the same.
 */
static void frames_of_a_block_that_is_being_taken_are_not_free(void)
{
	struct quire_machine *m = test_machine_new();
	struct zone *zone;
	unsigned long flags;
	pfn_t pfn;
	u32 leaf;

	test_bank(m, 16 * MB, 64 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	/* its structures are written */
	__free_pages(alloc_pages(GFP_HIGHUSER_MOVABLE, LEAF_ORDER), LEAF_ORDER);
	drain_all_pages(NULL);
	flags = local_irq_save();
	REQUIRE(whole_take(zone, LEAF_ORDER, MIGRATE_MOVABLE, &leaf, 1));
	local_irq_restore(flags);
	pfn = leaf_pfn(zone, leaf);
	CHECK_EQ(alloc_contig_range(pfn + 3, pfn + 5, MIGRATE_MOVABLE, GFP_KERNEL), -EBUSY);
	flags = local_irq_save();
	whole_put(zone, &leaf, 1, LEAF_ORDER);
	local_irq_restore(flags);
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_EQ(alloc_contig_range(pfn + 3, pfn + 5, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	free_contig_range(pfn + 3, 2);
	CHECK_EQ(nr_free_pages(), 16384);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void a_range_of_highmem_cannot_be_zeroed(void)
{
	struct quire_machine *m = test_machine_new();
	pfn_t high = 48 * MB >> 12;

	test_bank(m, 16 * MB, 64 * MB, 0);
	m->zones = ZONE_BIT(ZONE_NORMAL) | ZONE_BIT(ZONE_HIGHMEM);
	m->lowmem_end = 32 * MB;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(alloc_contig_range(high, high + 8, MIGRATE_MOVABLE, GFP_KERNEL | __GFP_ZERO), -EINVAL);
	CHECK(log_contains("highmem"));
	CHECK_EQ(nr_free_pages(), 16384);
	CHECK_EQ(alloc_contig_range(high, high + 8, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	free_contig_range(high, 8);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* ---- the ends of the address space ---- */

/*
 * NULL is an address of the direct map's range, but the frame that would be there is
 * highmem: nobody can be given it by address.
 */
static void a_highmem_frame_that_the_direct_map_would_put_at_null_is_usable(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, 64 * MB, 0);
	m->zones = ZONE_BIT(ZONE_NORMAL) | ZONE_BIT(ZONE_HIGHMEM);
	m->lowmem_end = 32 * MB;
	m->flags = MACHINE_AS_DUMPED;
	test_machine_ram(m);
	/* Nothing of this RAM is touched. */
	m->direct_map = -(uintptr_t)(48 * MB);
	REQUIRE(quire_boot(m) == 0);
	CHECK_EQ(nr_free_pages(), 16384);
	CHECK(!PageReserved(pfn_to_page(48 * MB >> 12)));
}

static void the_frame_at_null_is_never_handed_out(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, 64 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	test_machine_ram(m);
	m->direct_map = 0;
	REQUIRE(quire_boot(m) == 0);
	CHECK_EQ(nr_free_pages(), 16383);
	CHECK(PageReserved(pfn_to_page(0)));
	CHECK(!PageReserved(pfn_to_page(1)));
}

static void ram_up_to_the_last_address_boots_without_the_last_page(void)
{
	struct quire_machine *m = test_machine_new();
	phys_addr_t base = 0 - 64 * MB;

	test_bank(m, base, 64 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	give_metadata(m);
	m->direct_map = (uintptr_t)(256 * MB) - (uintptr_t)base;
	if (sizeof(pfn_t) < sizeof(phys_addr_t)) {
		/* 2^52 frames have no number in 32 bits */
		CHECK_EQ(quire_boot(m), -EINVAL);
		return;
	}
	REQUIRE(quire_boot(m) == 0);
	CHECK_EQ(nr_free_pages(), 16383);
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK(!pfn_valid(max_pfn + 1024));
}

/* Frame numbers of 32 bits: the end of the last block has one too. */
static void ram_up_to_the_last_frame_number_boots_or_is_refused(void)
{
	struct quire_machine *m = test_machine_new();
	phys_addr_t last = (phys_addr_t)0xffffffff << 12;

	test_bank(m, last - 64 * MB, 64 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	give_metadata(m);
	m->direct_map = (uintptr_t)(256 * MB) - (uintptr_t)(last - 64 * MB);
	if (quire_boot(m)) {
		CHECK(log_contains("beyond the physical limit"));
		return;
	}
	CHECK_EQ(nr_free_pages(), 16384);
	CHECK(pfn_valid(max_pfn - 1));
	CHECK_EQ(page_alloc_validate(), 0);
}

/* ---- memory that is there but must not be used ---- */

/*   [16M .. 32M)  [32M nomap 36M)  [36M .. 48M)  [48M hotplug 52M)  [52M mirror 56M)  [56M driver 60M)   */
static struct quire_machine *machine_with_flags(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 16 * MB, 0);
	test_bank(m, 32 * MB, 4 * MB, 0);
	test_bank(m, 36 * MB, 12 * MB, 0);
	test_bank(m, 48 * MB, 4 * MB, 0);
	test_bank(m, 52 * MB, 4 * MB, 0);
	test_bank(m, 56 * MB, 4 * MB, 0);
	bank_flags(m, 1, MEMBLOCK_NOMAP);
	bank_flags(m, 3, MEMBLOCK_HOTPLUG);
	bank_flags(m, 4, MEMBLOCK_MIRROR);
	bank_flags(m, 5, MEMBLOCK_DRIVER_MANAGED);
	return m;
}

static void check_frames_reserved(phys_addr_t start, phys_addr_t end, bool reserved)
{
	pfn_t pfn;

	for (pfn = start >> 12; pfn < end >> 12; pfn++) {
		const struct page *page = pfn_to_online_page(pfn);

		if (page && !CHECK_EQ(PageReserved(page), reserved))
			return;
		if (!page && !CHECK(!reserved))
			return;
	}
}

static size_t memblock_region_of(phys_addr_t phys)
{
	size_t i = 0;

	while (i < memblock.memory.cnt && memblock.memory.regions[i].base + memblock.memory.regions[i].size <= phys)
		i++;
	REQUIRE(i < memblock.memory.cnt);
	return i;
}

static void check_flagged_machine(unsigned int flags)
{
	struct quire_machine *m = machine_with_flags();

	m->flags = flags | MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(NODE_DATA(0)->node_present_pages, 44 * MB >> 12);
	CHECK_EQ(nr_free_pages(), 36 * MB >> 12);
	check_frames_reserved(16 * MB, 32 * MB, false);
	check_frames_reserved(32 * MB, 36 * MB, true);
	check_frames_reserved(36 * MB, 56 * MB, false);
	check_frames_reserved(56 * MB, 60 * MB, true);
	/* whether it can be unplugged was of interest to memblock alone */
	CHECK(!(memblock.memory.regions[memblock_region_of(50 * MB)].flags & MEMBLOCK_HOTPLUG));
	CHECK_EQ(page_alloc_validate(), 0);
}

static void nomap_and_driver_memory_has_reserved_structures_and_is_never_free(void)
{
	check_flagged_machine(0);
	check_flagged_machine(MACHINE_BOOTMEM);
	check_flagged_machine(MACHINE_BOTTOM_UP);
}

/* The areas are reserved, but not because somebody took them: there is nothing to give back. */
static void nomap_memory_and_holes_cannot_be_freed_as_reserved_areas(void)
{
	struct quire_machine *m = machine_with_flags();
	unsigned long before;

	test_bank(m, 64 * MB, 1 * MB, 0);
	test_bank(m, 66 * MB, 1 * MB, 0);
	test_reserve(m, 66 * MB, 8192);
	REQUIRE(test_machine_boot(m) == 0);
	before = nr_free_pages();
	CHECK_EQ(free_reserved_area(phys_to_virt(32 * MB), phys_to_virt(36 * MB), -1, "nomap"), 0);
	CHECK(log_contains("free_reserved_area: page frame 0x2000 "));
	/* the hole is in a block that has page structures */
	CHECK(pfn_valid(65 * MB >> 12));
	memblock_free_late(65 * MB, 1 * MB);
	CHECK_EQ(nr_free_pages(), before);
	memblock_free_late(66 * MB, 8192);
	CHECK_EQ(nr_free_pages(), before + 2);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* Pages of 16 KB in a direct map that is aligned to 4 KB only: what counts is the frame. */
static void reserved_areas_are_whole_frames_wherever_they_are_mapped(void)
{
	struct quire_machine *m = test_machine_new();
	unsigned char *start;
	size_t i, poisoned = 0;

	m->page_shift = 14;
	test_bank(m, 16 * MB, 16 * MB, 0);
	test_reserve(m, 20 * MB, 1 * MB);
	m->flags = MACHINE_AS_DUMPED;
	test_machine_ram(m);
	m->direct_map += 4096;
	REQUIRE(quire_boot(m) == 0);
	start = phys_to_virt(20 * MB);
	CHECK_EQ(free_reserved_area(start + 1, start + MB + 100, 0xcc, NULL), 63);
	for (i = 0; i < MB + 16384; i++)
		poisoned += test_peek(start + i) == 0xcc;
	CHECK_EQ(poisoned, 63 * 16384);
	CHECK_EQ(test_peek(start + 16384), 0xcc);
	CHECK_EQ(test_peek(start + MB - 1), 0xcc);
	CHECK(PageReserved(phys_to_page(20 * MB)));
	CHECK_EQ(page_alloc_validate(), 0);
}

static void reserved_highmem_can_be_given_back_late(void)
{
	struct quire_machine *m = test_machine_new();
	phys_addr_t high = sizeof(phys_addr_t) == 8 ? (phys_addr_t)(1ULL << 32) : 512 * MB;

	test_bank(m, 16 * MB, 16 * MB, 0);
	test_bank(m, high, 64 * MB, 0);
	/* the same address less 2^32 is reserved lowmem: it must stay so */
	test_reserve(m, 20 * MB, 1 * MB);
	test_reserve(m, high + 20 * MB, 1 * MB);
	m->zones = ZONE_BIT(ZONE_NORMAL) | ZONE_BIT(ZONE_HIGHMEM);
	m->lowmem_end = 32 * MB;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(totalhigh_pages(), 63 * MB >> 12);
	memblock_free_late(high + 20 * MB + 5, 1 * MB - 5);
	CHECK_EQ(totalhigh_pages(), (64 * MB >> 12) - 1);
	CHECK(PageReserved(pfn_to_page(20 * MB >> 12)));
	CHECK(PageReserved(phys_to_page(high + 20 * MB)));
	CHECK(!PageReserved(phys_to_page(high + 20 * MB + 4096)));
	CHECK_EQ(page_alloc_validate(), 0);
	/* by address it cannot be named (with 32 bits, it would be another's) */
	if (sizeof(void *) == 4)
		return;
	CHECK_EQ(free_reserved_area(phys_to_virt(high + 20 * MB), phys_to_virt(high + 20 * MB + 4096), 0, NULL), 0);
	CHECK_EQ(totalhigh_pages(), (64 * MB >> 12) - 1);
}

static void reservations_outside_ram_and_enormous_ones_do_no_harm(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 16 * MB, 0);
	test_reserve(m, 0, 17 * MB);
	test_reserve(m, 16 * MB, 2 * MB);
	test_reserve(m, 31 * MB + 1, PHYS_ADDR_MAX);
	test_reserve(m, PHYS_ADDR_MAX - 100, 1000);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(nr_free_pages(), 13 * MB >> 12);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* ---- zones that end anywhere ---- */

/* Nobody merges over a border: of zones, of nodes, of the direct map. */
static void free_blocks_do_not_cross_a_border_inside_a_block(void)
{
	struct quire_machine *m = test_machine_new();
	pfn_t border = (24 * MB >> 12) + 77, lowmem = (28 * MB >> 12) + 5;

	test_bank(m, 16 * MB, 20 * MB + 4096 * 3, 0);
	test_bank(m, 36 * MB + 4096 * 3, 12 * MB, 1);
	m->zones = ZONE_BIT(ZONE_DMA) | ZONE_BIT(ZONE_NORMAL) | ZONE_BIT(ZONE_HIGHMEM);
	m->zone_end[ZONE_DMA] = (phys_addr_t)border << 12;
	m->lowmem_end = (phys_addr_t)lowmem << 12;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	REQUIRE(!alloc_contig_range(border - 1, border, MIGRATE_MOVABLE, GFP_KERNEL));
	REQUIRE(!alloc_contig_range(border, border + 1, MIGRATE_MOVABLE, GFP_KERNEL));
	REQUIRE(!alloc_contig_range(lowmem - 1, lowmem, MIGRATE_MOVABLE, GFP_KERNEL));
	CHECK_EQ(page_zonenum(pfn_to_page(border - 1)), ZONE_DMA);
	CHECK_EQ(page_zonenum(pfn_to_page(border)), ZONE_NORMAL);
	CHECK_EQ(page_zonenum(pfn_to_page(lowmem - 1)), ZONE_NORMAL);
	CHECK_EQ(page_zonenum(pfn_to_page(lowmem)), ZONE_HIGHMEM);
	CHECK_EQ(alloc_contig_range(border - 2, border + 2, MIGRATE_MOVABLE, GFP_KERNEL), -EINVAL);
	free_contig_range(border - 1, 2);
	free_contig_range(lowmem - 1, 1);
	drain_all_pages(NULL);
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_EQ(nr_free_pages(), (32 * MB >> 12) + 3);
}

/* A board with 36 address lines whose RAM is all above the first 4 GB. */
static void lowmem_above_4_gb_has_addresses_in_32_bits(void)
{
	struct quire_machine *m = test_machine_new();
	phys_addr_t base = (phys_addr_t)0x80000000 << 4;
	struct page *page;
	void *addr;

	if (sizeof(phys_addr_t) == 4)
		tap_skip("this build has 32 address lines");
	test_bank(m, base, 64 * MB, 0);
	m->flags = MACHINE_BOOTMEM;
	REQUIRE(test_machine_boot(m) == 0);
	page = alloc_pages(GFP_KERNEL, 3);
	REQUIRE(page);
	addr = page_address(page);
	CHECK(page_to_phys(page) >= base);
	CHECK_EQ(virt_to_phys(addr), page_to_phys(page));
	CHECK_PTR(phys_to_virt(page_to_phys(page)), addr);
	CHECK_PTR(virt_to_page((char *)addr + 5000), page + 1);
	free_pages((unsigned long)(uintptr_t)addr, 3);
	CHECK_EQ(this_quire()->log.warnings, 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(movable_zone_begins_at_a_largest_block),
	TEST(movable_zone_beyond_the_ram_is_empty),
	TEST(only_the_top_zone_gives_pages_to_the_movable_one),
	TEST(zeroed_movable_pages_come_from_the_movable_zone_where_all_is_mapped),
	TEST(zeroed_pages_come_from_lowmem_where_not_all_is_mapped),
	TEST(a_range_of_frames_belongs_to_the_node_of_its_frames),
	TEST(frames_of_a_block_that_is_being_taken_are_not_free),
	TEST(a_range_of_highmem_cannot_be_zeroed),
	TEST(a_highmem_frame_that_the_direct_map_would_put_at_null_is_usable),
	TEST(the_frame_at_null_is_never_handed_out),
	TEST(ram_up_to_the_last_address_boots_without_the_last_page),
	TEST(ram_up_to_the_last_frame_number_boots_or_is_refused),
	TEST(nomap_and_driver_memory_has_reserved_structures_and_is_never_free),
	TEST(nomap_memory_and_holes_cannot_be_freed_as_reserved_areas),
	TEST(reserved_areas_are_whole_frames_wherever_they_are_mapped),
	TEST(reserved_highmem_can_be_given_back_late),
	TEST(reservations_outside_ram_and_enormous_ones_do_no_harm),
	TEST(lowmem_above_4_gb_has_addresses_in_32_bits),
	TEST(free_blocks_do_not_cross_a_border_inside_a_block),
	{ NULL, NULL },
};
