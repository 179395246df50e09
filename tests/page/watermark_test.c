/* SPDX-License-Identifier: MIT */
/*
 * watermark_test.c - watermarks, reserves and list sizes against the numbers of Linux's
 * formulas, at boot and after a sysctl was set, and the two measures of fragmentation.
 */
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

/* 4 * sqrt(65536 KB) = 1024 KB = 256 pages; a quarter of it between the marks. */
static void marks_of_a_plain_zone_follow_from_its_size(void)
{
	struct quire_machine *m = test_machine_new();
	const struct zone *zone;

	test_bank(m, 0, 64 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	/* The page at address 0 may be reserved when the direct map puts it at NULL: not here. */
	CHECK_EQ(zone->managed_pages, 16384);
	CHECK_EQ(this_quire()->page.min_free_kbytes, 1024);
	CHECK_EQ(min_wmark_pages(zone), 256);
	CHECK_EQ(low_wmark_pages(zone), 320);
	CHECK_EQ(high_wmark_pages(zone), 384);
	CHECK_EQ(this_quire()->page.totalreserve_pages, 384);
	CHECK_EQ(zone->per_cpu_pageset[0].batch, 3);
	CHECK_EQ(zone->per_cpu_pageset[0].high, 320);
}

static unsigned long min_free_kbytes_of(phys_addr_t ram, unsigned int page_shift)
{
	struct quire_machine *m = test_machine_new();

	m->page_shift = page_shift;
	test_bank(m, 0, ram, 0);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	return this_quire()->page.min_free_kbytes;
}

/* The square root is taken of 16 times lowmem: not every value is a multiple of 4. */
static void min_free_kbytes_is_rounded_down_once(void)
{
	CHECK_EQ(min_free_kbytes_of(63 * MB, 12), 1015);
	CHECK_EQ(min_free_kbytes_of(63 * MB, 16), 1015);
	CHECK_EQ(min_free_kbytes_of(63 * MB, 10), 1015);
	CHECK_EQ(min_free_kbytes_of(1 * MB, 12), 128);
	CHECK_EQ(min_free_kbytes_of(1025 * 1024, 10), 128);
	CHECK_EQ(min_free_kbytes_of(2 * MB, 12), 181);
}

/* Pages of the node's DMA, Normal and HighMem zones, and of the other node's, in one mark each. */
static void marks_are_shared_out_over_all_nodes(void)
{
	struct quire_machine *m = test_machine_new();
	int nid;

	test_bank(m, 0, 48 * MB, 0);
	test_bank(m, 48 * MB, 16 * MB, 1);
	m->flags = MACHINE_AS_DUMPED;
	m->nr_cpus = 2;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(this_quire()->page.min_free_kbytes, 1024);
	for (nid = 0; nid < 2; nid++) {
		const struct zone *zone = &NODE_DATA(nid)->node_zones[ZONE_NORMAL];

		CHECK_EQ(min_wmark_pages(zone), nid ? 64 : 192);
		CHECK_EQ(low_wmark_pages(zone), nid ? 80 : 240);
		CHECK_EQ(high_wmark_pages(zone), nid ? 96 : 288);
		CHECK_EQ(zone->per_cpu_pageset[nid].high, low_wmark_pages(zone));
	}
	CHECK_EQ(this_quire()->page.totalreserve_pages, 96 + 288);
}

/*
 * DMA 16 MB, Normal 48 MB, HighMem 64 MB: DMA keeps 12288 / 256 pages from Normal requests and
 * 28672 / 256 from highmem ones; Normal keeps 16384 / 32.
 */
static void low_zones_are_protected_from_requests_for_higher_ones(void)
{
	struct quire_machine *m = test_machine_new();
	const struct zone *zones;

	test_bank(m, 0, 128 * MB, 0);
	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM | 1U << ZONE_MOVABLE;
	m->zone_end[ZONE_DMA] = 16 * MB;
	m->lowmem_end = 64 * MB;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	zones = NODE_DATA(0)->node_zones;
	CHECK_EQ(zones[ZONE_DMA].lowmem_reserve[ZONE_DMA], 0);
	CHECK_EQ(zones[ZONE_DMA].lowmem_reserve[ZONE_NORMAL], 48);
	CHECK_EQ(zones[ZONE_DMA].lowmem_reserve[ZONE_HIGHMEM], 112);
	CHECK_EQ(zones[ZONE_NORMAL].lowmem_reserve[ZONE_HIGHMEM], 512);
	CHECK_EQ(zones[ZONE_HIGHMEM].lowmem_reserve[ZONE_MOVABLE], 0);
	CHECK_EQ(min_wmark_pages(&zones[ZONE_HIGHMEM]), 32);
	CHECK_EQ(min_wmark_pages(&zones[ZONE_MOVABLE]), 32);
	CHECK_EQ(min_wmark_pages(&zones[ZONE_DMA]), 64);
	CHECK_EQ(min_wmark_pages(&zones[ZONE_NORMAL]), 192);
}

/* 256 MB of highmem keep a 1024th; an empty zone between keeps nothing from anybody. */
static void highmem_keeps_a_token_and_empty_zones_keep_nothing(void)
{
	struct quire_machine *m = test_machine_new();
	const struct zone *zones;

	test_bank(m, 0, 288 * MB, 0);
	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM;
	m->zone_end[ZONE_DMA] = 32 * MB;
	m->lowmem_end = 32 * MB;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	zones = NODE_DATA(0)->node_zones;
	CHECK_EQ(min_wmark_pages(&zones[ZONE_HIGHMEM]), 64);
	CHECK_EQ(low_wmark_pages(&zones[ZONE_HIGHMEM]), 64 + 65536 * 181 / 8192 / 4);
	CHECK_EQ(zones[ZONE_DMA].lowmem_reserve[ZONE_NORMAL], 0);
	CHECK_EQ(zones[ZONE_DMA].lowmem_reserve[ZONE_HIGHMEM], 65536 / 256);
	CHECK_EQ(zones[ZONE_NORMAL].lowmem_reserve[ZONE_HIGHMEM], 0);
	CHECK_EQ(min_wmark_pages(&zones[ZONE_NORMAL]), 0);
}

static void a_node_without_cpus_shares_its_low_mark_among_all(void)
{
	static const u16 all_on_node_0[] = { 0, 0 };
	struct quire_machine *m = test_machine_new();
	const struct zone *zone;

	test_bank(m, 0, 512 * MB, 0);
	test_bank(m, 512 * MB, 512 * MB, 1);
	m->flags = MACHINE_AS_DUMPED;
	m->nr_cpus = 2;
	m->cpu_node = all_on_node_0;
	REQUIRE(test_machine_boot(m) == 0);
	zone = &NODE_DATA(1)->node_zones[ZONE_NORMAL];
	CHECK_EQ(zone->per_cpu_pageset[0].high, low_wmark_pages(zone) / 2);
}

/* A batch of 63 and the low watermark: what Linux prints for zones of this size. */
static void list_sizes_of_large_zones_are_linux_s(void)
{
	struct quire_machine *m = test_machine_new();
	const struct zone *zone;

	test_bank(m, 0, 1024 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	CHECK_EQ(this_quire()->page.min_free_kbytes, 4096);
	CHECK_EQ(zone->per_cpu_pageset[0].batch, 63);
	CHECK_EQ(zone->per_cpu_pageset[0].high, low_wmark_pages(zone));
}

static void cpu_lists_share_the_low_mark_among_the_nodes_cpus(void)
{
	struct quire_machine *m = test_machine_new();
	const struct zone *zone;

	test_bank(m, 0, 1024 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	m->nr_cpus = 4;
	REQUIRE(test_machine_boot(m) == 0);
	zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	CHECK_EQ(zone->per_cpu_pageset[3].high, low_wmark_pages(zone) / 4);
}

/* ---- the sysctls ---- */

static void check_marks(const struct zone *zone, unsigned long min, unsigned long low, unsigned long high)
{
	if (!CHECK_EQ(min_wmark_pages(zone), min) || !CHECK_EQ(low_wmark_pages(zone), low) ||
	    !CHECK_EQ(high_wmark_pages(zone), high))
		tap_note("node %d zone %s", zone->node, zone->name);
}

/*
 * Linux on an i386 with 2 GB, after khugepaged had raised min_free_kbytes to 42620: all marks of
 * its zoneinfo. The pages it managed at that moment are those that give all its numbers.
 */
static void marks_after_a_change_are_those_of_an_i386_pc(void)
{
	struct quire_machine *m = test_machine_new();
	const struct zone *zones;

	test_bank(m, 0, (phys_addr_t)(4096 + 210660 + 300002) << 12, 0);
	test_reserve(m, 0, 1 * MB);
	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM | 1U << ZONE_MOVABLE;
	m->zone_end[ZONE_DMA] = 16 * MB;
	m->lowmem_end = (phys_addr_t)(4096 + 210660) << 12;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	zones = NODE_DATA(0)->node_zones;
	REQUIRE(zones[ZONE_DMA].managed_pages == 3840);
	CHECK_EQ(set_min_free_kbytes(42620), 0);
	check_marks(&zones[ZONE_DMA], 190, 237, 284);
	check_marks(&zones[ZONE_NORMAL], 10464, 13080, 15696);
	check_marks(&zones[ZONE_HIGHMEM], 128, 3853, 7578);
	check_marks(&zones[ZONE_MOVABLE], 32, 32, 32);
	CHECK_EQ(zones[ZONE_DMA].per_cpu_pageset[0].high, 237);
	CHECK_EQ(zones[ZONE_NORMAL].per_cpu_pageset[0].high, 13080);
	CHECK_EQ(zones[ZONE_HIGHMEM].per_cpu_pageset[0].high, 3853);
	CHECK_EQ(zones[ZONE_NORMAL].per_cpu_pageset[0].batch, 63);
	CHECK_EQ(zones[ZONE_DMA].lowmem_reserve[ZONE_NORMAL], 822);
	CHECK_EQ(zones[ZONE_DMA].lowmem_reserve[ZONE_HIGHMEM], 1994);
	CHECK_EQ(zones[ZONE_NORMAL].lowmem_reserve[ZONE_HIGHMEM], 9375);
	CHECK_EQ(this_quire()->page.totalreserve_pages, 284 + 1994 + 15696 + 9375 + 7578);
}

/* Linux on an x86-64 with two nodes, at 67584. */
static void marks_after_a_change_are_those_of_a_numa_pc(void)
{
	const phys_addr_t node_0 = (phys_addr_t)(4096 + 253808) << 12;
	struct quire_machine *m = test_machine_new();
	const struct zone *zones;

	test_bank(m, 0, node_0, 0);
	test_bank(m, node_0, (phys_addr_t)247352 << 12, 1);
	test_reserve(m, 0, 1 * MB);
	m->zones = 1U << ZONE_DMA | 1U << ZONE_DMA32 | 1U << ZONE_NORMAL | 1U << ZONE_MOVABLE;
	m->zone_end[ZONE_DMA] = 16 * MB;
	m->zone_end[ZONE_DMA32] = (phys_addr_t)4 << 30;
	m->nr_cpus = 2;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(set_min_free_kbytes(67584), 0);
	zones = NODE_DATA(0)->node_zones;
	check_marks(&zones[ZONE_DMA], 128, 160, 192);
	check_marks(&zones[ZONE_DMA32], 8491, 10613, 12735);
	check_marks(&NODE_DATA(1)->node_zones[ZONE_DMA32], 8275, 10343, 12411);
	CHECK_EQ(zones[ZONE_DMA].lowmem_reserve[ZONE_DMA32], 991);
	CHECK_EQ(zones[ZONE_DMA32].per_cpu_pageset[0].high, 10613);
	CHECK_EQ(NODE_DATA(1)->node_zones[ZONE_DMA32].per_cpu_pageset[1].high, 10343);
}

/* 64 MB in one zone, nothing taken. */
static struct zone *boot_64mb(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 64 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	return &NODE_DATA(0)->node_zones[ZONE_NORMAL];
}

static void min_free_kbytes_moves_the_marks_and_all_behind_them(void)
{
	struct zone *zone = boot_64mb();

	zone->watermark_boost = 77;
	CHECK_EQ(set_min_free_kbytes(8192), 0);
	check_marks(zone, 2048, 2560, 3072);
	CHECK_EQ(zone->watermark_boost, 0);
	CHECK_EQ(this_quire()->page.min_free_kbytes, 8192);
	CHECK_EQ(this_quire()->page.totalreserve_pages, 3072);
	CHECK_EQ(zone->per_cpu_pageset[0].high, 2560);
	/* Without a min the marks are a thousandth of the zone apart. */
	CHECK_EQ(set_min_free_kbytes(0), 0);
	check_marks(zone, 0, 16, 32);
	CHECK_EQ(zone->per_cpu_pageset[0].high, 16);
	CHECK(!zone_watermark_ok(zone, 0, 16384, ZONE_NORMAL, 0));
	CHECK_EQ(page_alloc_validate(), 0);
}

static void watermark_scale_factor_moves_low_and_high_apart(void)
{
	struct zone *zone = boot_64mb();

	CHECK_EQ(set_watermark_scale_factor(1000), 0);
	check_marks(zone, 256, 256 + 1638, 256 + 2 * 1638);
	CHECK_EQ(set_watermark_scale_factor(3000), 0);
	check_marks(zone, 256, 256 + 4915, 256 + 2 * 4915);
	CHECK_EQ(set_watermark_scale_factor(1), 0);
	check_marks(zone, 256, 320, 384); /* a quarter of min is more */
	CHECK_EQ(zone->per_cpu_pageset[0].high, 320);
}

static void lowmem_reserve_ratio_moves_what_low_zones_keep(void)
{
	struct quire_machine *m = test_machine_new();
	const struct zone *zones;
	unsigned long reserve;

	test_bank(m, 0, 128 * MB, 0);
	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM;
	m->zone_end[ZONE_DMA] = 16 * MB;
	m->lowmem_end = 64 * MB;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	zones = NODE_DATA(0)->node_zones;
	reserve = this_quire()->page.totalreserve_pages;
	CHECK_EQ(set_lowmem_reserve_ratio(ZONE_DMA, 64), 0);
	CHECK_EQ(zones[ZONE_DMA].lowmem_reserve[ZONE_NORMAL], 12288 / 64);
	CHECK_EQ(zones[ZONE_DMA].lowmem_reserve[ZONE_HIGHMEM], 28672 / 64);
	CHECK_EQ(zones[ZONE_NORMAL].lowmem_reserve[ZONE_HIGHMEM], 512);
	CHECK_EQ(this_quire()->page.totalreserve_pages, reserve + 28672 / 64 - 112);
	CHECK_EQ(set_lowmem_reserve_ratio(ZONE_DMA, 0), 0);
	CHECK_EQ(zones[ZONE_DMA].lowmem_reserve[ZONE_HIGHMEM], 0);
	CHECK_EQ(this_quire()->page.totalreserve_pages, reserve - 112);
	CHECK_EQ(min_wmark_pages(&zones[ZONE_DMA]), 64);
}

static void percpu_pagelist_high_fraction_sizes_the_lists_by_the_zone(void)
{
	struct zone *zone = boot_64mb();

	CHECK_EQ(set_percpu_pagelist_high_fraction(8), 0);
	CHECK_EQ(zone->per_cpu_pageset[0].high, 2048);
	CHECK_EQ(set_percpu_pagelist_high_fraction(1000000), 0);
	CHECK_EQ(zone->per_cpu_pageset[0].high, 4 * zone->per_cpu_pageset[0].batch);
	check_marks(zone, 256, 320, 384);
	CHECK_EQ(set_percpu_pagelist_high_fraction(0), 0);
	CHECK_EQ(zone->per_cpu_pageset[0].high, 320);
}

static void values_out_of_range_are_refused_and_change_nothing(void)
{
	struct zone *zone = boot_64mb();
	const struct page_state *ps = &this_quire()->page;

	CHECK_EQ(set_min_free_kbytes(-1), -EINVAL);
	CHECK_EQ(set_min_free_kbytes(65537), -EINVAL);
	CHECK_EQ(set_watermark_scale_factor(0), -EINVAL);
	CHECK_EQ(set_watermark_scale_factor(3001), -EINVAL);
	CHECK_EQ(set_watermark_boost_factor(-1), -EINVAL);
	CHECK_EQ(set_lowmem_reserve_ratio(MAX_NR_ZONES, 1), -EINVAL);
	CHECK_EQ(set_lowmem_reserve_ratio(ZONE_DMA, -1), -EINVAL);
	CHECK_EQ(set_percpu_pagelist_high_fraction(7), -EINVAL);
	CHECK_EQ(set_percpu_pagelist_high_fraction(-8), -EINVAL);
	CHECK_EQ(ps->min_free_kbytes, 1024);
	CHECK_EQ(ps->watermark_scale_factor, 10);
	CHECK_EQ(ps->watermark_boost_factor, 15000);
	CHECK_EQ(ps->sysctl_lowmem_reserve_ratio[ZONE_DMA], 256);
	CHECK_EQ(ps->percpu_pagelist_high_fraction, 0);
	check_marks(zone, 256, 320, 384);
	CHECK_EQ(zone->per_cpu_pageset[0].high, 320);
	CHECK_EQ(set_min_free_kbytes(65536), 0);
	CHECK_EQ(min_wmark_pages(zone), 16384);
}

static void before_the_machine_is_up_nothing_can_be_set(void)
{
	test_machine_new();
	CHECK_EQ(set_min_free_kbytes(1024), -EINVAL);
	CHECK_EQ(set_watermark_scale_factor(10), -EINVAL);
	CHECK_EQ(set_watermark_boost_factor(0), -EINVAL);
	CHECK_EQ(set_lowmem_reserve_ratio(ZONE_DMA, 256), -EINVAL);
	CHECK_EQ(set_percpu_pagelist_high_fraction(8), -EINVAL);
}

/* ---- fragmentation ---- */

static struct zone *boot_4mb(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 4 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	return &NODE_DATA(0)->node_zones[ZONE_NORMAL];
}

static void one_whole_block_is_not_fragmented(void)
{
	struct zone *zone = boot_4mb();

	CHECK_EQ(unusable_free_index(zone, 10), 0);
	CHECK_EQ(fragmentation_index(zone, 10), -1000);
}

/* Every second page stays taken: 512 free pages, none of them beside another. */
static void every_second_page_taken_makes_half_the_memory_unusable(void)
{
	struct zone *zone = boot_4mb();
	static struct page *pages[1024];
	int i;

	for (i = 0; i < 1024; i++)
		pages[i] = alloc_pages(GFP_KERNEL | __GFP_MEMALLOC, 0);
	for (i = 0; i < 1024; i++)
		if (pages[i] && !(page_to_pfn(pages[i]) & 1))
			__free_pages(pages[i], 0);
	drain_all_pages(NULL);
	CHECK_EQ(test_free_blocks(zone, 0), 512);
	CHECK_EQ(unusable_free_index(zone, 0), 0);
	CHECK_EQ(unusable_free_index(zone, 1), 1000);
	CHECK_EQ(fragmentation_index(zone, 0), -1000);
	/* 1000 - (1000 + 1000 * 512 / 2) / 512, and for order 9: 1000 - (1000 + 1000) / 512 */
	CHECK_EQ(fragmentation_index(zone, 1), 499);
	CHECK_EQ(fragmentation_index(zone, 9), 997);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void no_free_memory_fails_for_lack_of_it_not_for_fragmentation(void)
{
	struct zone *zone = boot_4mb();

	REQUIRE(alloc_pages(GFP_KERNEL | __GFP_MEMALLOC, 10));
	CHECK_EQ(unusable_free_index(zone, 0), 1000);
	CHECK_EQ(fragmentation_index(zone, 0), 0);
}

const struct tap_test tap_tests[] = {
	TEST(marks_of_a_plain_zone_follow_from_its_size),
	TEST(min_free_kbytes_is_rounded_down_once),
	TEST(marks_are_shared_out_over_all_nodes),
	TEST(low_zones_are_protected_from_requests_for_higher_ones),
	TEST(highmem_keeps_a_token_and_empty_zones_keep_nothing),
	TEST(a_node_without_cpus_shares_its_low_mark_among_all),
	TEST(list_sizes_of_large_zones_are_linux_s),
	TEST(cpu_lists_share_the_low_mark_among_the_nodes_cpus),
	TEST(marks_after_a_change_are_those_of_an_i386_pc),
	TEST(marks_after_a_change_are_those_of_a_numa_pc),
	TEST(min_free_kbytes_moves_the_marks_and_all_behind_them),
	TEST(watermark_scale_factor_moves_low_and_high_apart),
	TEST(lowmem_reserve_ratio_moves_what_low_zones_keep),
	TEST(percpu_pagelist_high_fraction_sizes_the_lists_by_the_zone),
	TEST(values_out_of_range_are_refused_and_change_nothing),
	TEST(before_the_machine_is_up_nothing_can_be_set),
	TEST(one_whole_block_is_not_fragmented),
	TEST(every_second_page_taken_makes_half_the_memory_unusable),
	TEST(no_free_memory_fails_for_lack_of_it_not_for_fragmentation),
	{ NULL, NULL },
};
