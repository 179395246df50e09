/* SPDX-License-Identifier: MIT */
/*
 * zones_test.c - nodes and zones from a memory map: spans, holes, several nodes, a node
 * without RAM, and the numbers that a real Linux 6.1 printed for the same maps.
 */
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)
#define GB ((phys_addr_t)1 << 30)
#define ZONE_BIT(type) (1U << (type))
#define PC64_ZONES                                                                       \
	(ZONE_BIT(ZONE_DMA) | ZONE_BIT(ZONE_DMA32) | ZONE_BIT(ZONE_NORMAL) |             \
	 ZONE_BIT(ZONE_MOVABLE) | ZONE_BIT(ZONE_DEVICE))
#define PC32_ZONES                                                                       \
	(ZONE_BIT(ZONE_DMA) | ZONE_BIT(ZONE_NORMAL) | ZONE_BIT(ZONE_HIGHMEM) |           \
	 ZONE_BIT(ZONE_MOVABLE))

static void check_zone(int nid, enum zone_type type, pfn_t start, unsigned long spanned,
		       unsigned long present)
{
	const struct zone *zone = &NODE_DATA(nid)->node_zones[type];

	if (!CHECK_EQ(zone->zone_start_pfn, start) || !CHECK_EQ(zone->spanned_pages, spanned) ||
	    !CHECK_EQ(zone->present_pages, present))
		tap_note("node %d, zone %s", nid, zone_name(type));
}

static struct quire_machine *pc64(void)
{
	struct quire_machine *m = test_machine_new();

	m->zones = PC64_ZONES;
	m->zone_end[ZONE_DMA] = 16 * MB;
	m->zone_end[ZONE_DMA32] = 4 * GB;
	return m;
}

static struct quire_machine *pc32(phys_addr_t lowmem_end)
{
	struct quire_machine *m = test_machine_new();

	m->zones = PC32_ZONES;
	m->zone_end[ZONE_DMA] = 16 * MB;
	m->lowmem_end = lowmem_end;
	return m;
}

/* The PC's firmware leaves 4 KB .. 639 KB and 1 MB .. end of RAM. */
static void pc_banks(struct quire_machine *m, phys_addr_t end, phys_addr_t node_border)
{
	test_bank(m, 0x1000, 0x9fc00 - 0x1000, 0);
	if (!node_border) {
		test_bank(m, 1 * MB, end - 1 * MB, 0);
		return;
	}
	test_bank(m, 1 * MB, node_border - 1 * MB, 0);
	test_bank(m, node_border, end - node_border, 1);
}

/* The expected numbers here are those of a real Linux on the same maps. */
static void i386_with_2_gb_has_linux_zones(void)
{
	struct quire_machine *m = pc32(0x36bfe000);

	pc_banks(m, 0x7ffe0000, 0);
	REQUIRE(test_machine_boot(m) == 0);
	check_zone(0, ZONE_DMA, 1, 4095, 3998);
	check_zone(0, ZONE_NORMAL, 4096, 220158, 220158);
	check_zone(0, ZONE_HIGHMEM, 224254, 300002, 300002);
	check_zone(0, ZONE_MOVABLE, 0, 0, 0);
	CHECK(log_contains("1171MB HIGHMEM available."));
	CHECK(log_contains("875MB LOWMEM available."));
	CHECK_EQ(totalhigh_pages(), 300002);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void i386_pae_with_2_gb_has_linux_zones(void)
{
	struct quire_machine *m = pc32(0x36ffe000);

	m->block_order = 9;
	pc_banks(m, 0x7ffe0000, 0);
	REQUIRE(test_machine_boot(m) == 0);
	check_zone(0, ZONE_DMA, 1, 4095, 3998);
	check_zone(0, ZONE_NORMAL, 4096, 221182, 221182);
	check_zone(0, ZONE_HIGHMEM, 225278, 298978, 298978);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void x86_64_with_512_mb_has_linux_zones(void)
{
	struct quire_machine *m = pc64();

	pc_banks(m, 0x1ffe0000, 0);
	REQUIRE(test_machine_boot(m) == 0);
	check_zone(0, ZONE_DMA, 1, 4095, 3998);
	check_zone(0, ZONE_DMA32, 4096, 126944, 126944);
	check_zone(0, ZONE_NORMAL, 0, 0, 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void x86_64_with_two_nodes_has_linux_zones(void)
{
	struct quire_machine *m = pc64();

	m->nr_cpus = 2;
	pc_banks(m, 0x7ffe0000, 1 * GB);
	REQUIRE(test_machine_boot(m) == 0);
	check_zone(0, ZONE_DMA, 1, 4095, 3998);
	check_zone(0, ZONE_DMA32, 4096, 258048, 258048);
	check_zone(1, ZONE_DMA, 0, 0, 0);
	check_zone(1, ZONE_DMA32, 262144, 262112, 262112);
	CHECK(log_contains("Fallback order for Node 0: 0 1 "));
	CHECK(log_contains("Fallback order for Node 1: 1 0 "));
	CHECK(log_contains("Built 2 zonelists, mobility grouping on."));
	CHECK_EQ(page_alloc_validate(), 0);
}

static void arm_board_with_512_mb_has_linux_zones(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0x80000000, 512 * MB, 0);
	m->zones = PC32_ZONES;
	m->zone_end[ZONE_DMA] = 0xa0000000;
	m->lowmem_end = 0xaf800000;
	REQUIRE(test_machine_boot(m) == 0);
	check_zone(0, ZONE_DMA, 524288, 131072, 131072);
	check_zone(0, ZONE_NORMAL, 0, 0, 0);
	check_zone(0, ZONE_HIGHMEM, 0, 0, 0);
}

/*
 * Boot tables are sized from the pages that are left when page structures are taken off:
 * those of highmem come out of lowmem, if that is large enough for twice as many.
 */
static void page_structures_of_highmem_are_charged_to_lowmem(void)
{
	struct quire_machine *m = pc32(64 * MB);
	unsigned long low = 16384 - PFN_UP(4096 * MEMMAP_BYTES_PER_FRAME) - PFN_UP(12288 * MEMMAP_BYTES_PER_FRAME);

	test_bank(m, 0, 64 * MB, 0);
	test_bank(m, 64 * MB, 960 * MB, 0);
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(this_quire()->page.nr_kernel_pages, low - PFN_UP(245760 * MEMMAP_BYTES_PER_FRAME));
	CHECK_EQ(this_quire()->page.nr_all_pages, low + 245760);
	m = pc32(64 * MB);
	test_bank(m, 0, 64 * MB, 0);
	test_bank(m, 64 * MB, 4096 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(this_quire()->page.nr_kernel_pages, low);
}

/* One node, one zone: the node is the static contig_page_data. */
static void uma_machine_has_the_one_static_node(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, 64 * MB, 0);
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_PTR(NODE_DATA(0), &this_quire()->page.contig_page_data);
	CHECK_PTR(NODE_DATA(0)->node_next, NULL);
	CHECK(!NODE_DATA(1));
	CHECK(!NODE_DATA(-1));
	CHECK_EQ(NODE_DATA(0)->nr_zones, ZONE_NORMAL + 1);
}

/*   node 0: nothing      node 1: [16M ... 48M)      node 3: [64M ... 96M)   */
static void node_0_without_ram_boots(void)
{
	struct quire_machine *m = test_machine_new();
	pg_data_t *pgdat;
	int nodes = 0;

	test_bank(m, 16 * MB, 32 * MB, 1);
	test_bank(m, 64 * MB, 32 * MB, 3);
	REQUIRE(test_machine_boot(m) == 0);
	CHECK(!NODE_DATA(0));
	CHECK(!NODE_DATA(2));
	check_zone(1, ZONE_NORMAL, 4096, 8192, 8192);
	check_zone(3, ZONE_NORMAL, 16384, 8192, 8192);
	for_each_online_pgdat(pgdat)
		nodes++;
	CHECK_EQ(nodes, 2);
	CHECK(!alloc_pages_node(0, GFP_KERNEL, 0));
	CHECK(alloc_pages(GFP_KERNEL, 0) != NULL);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void a_node_with_cpus_but_no_ram_takes_pages_from_the_others(void)
{
	static const u16 cpu_node[] = { 1, 0 };
	struct quire_machine *m = test_machine_new();
	struct page *page;

	test_bank(m, 16 * MB, 32 * MB, 0);
	m->nr_cpus = 2;
	m->cpu_node = cpu_node;
	REQUIRE(test_machine_boot(m) == 0);
	REQUIRE(NODE_DATA(1) != NULL);
	CHECK_EQ(NODE_DATA(1)->node_present_pages, 0);
	page = alloc_pages(GFP_KERNEL, 0); /* CPU 0 lives on node 1 */
	REQUIRE(page);
	CHECK_EQ(page_to_nid(page), 0);
	CHECK(!alloc_pages(GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN, 0));
}

static void banks_of_two_nodes_may_interleave(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, 32 * MB, 0);
	test_bank(m, 32 * MB, 32 * MB, 1);
	test_bank(m, 64 * MB, 32 * MB, 0);
	REQUIRE(test_machine_boot(m) == 0);
	check_zone(0, ZONE_NORMAL, 0, 24576, 16384);
	check_zone(1, ZONE_NORMAL, 8192, 8192, 8192);
	CHECK_EQ(page_to_nid(pfn_to_page(0)), 0);
	CHECK(!pfn_to_online_page(8192 + 100)); /* nobody has touched the leaf yet */
	while (alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, 10))
		;
	REQUIRE(pfn_to_online_page(8192 + 100));
	CHECK_EQ(page_to_nid(pfn_to_page(8192 - 1)), 0);
	CHECK_EQ(page_to_nid(pfn_to_page(8192)), 1);
	CHECK_EQ(page_to_nid(pfn_to_page(8192 + 100)), 1);
	CHECK_EQ(page_to_nid(pfn_to_page(16384)), 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

/*
 *   bank 0 [0 .. 32M)    hole of 192M    bank 1 [224M .. 256M)
 * The page structures of the hole, 48 pages for each 12 MB of it, are free memory.
 */
static void page_structures_of_holes_are_given_back(void)
{
	struct quire_machine *m = test_machine_new();
	unsigned long map_pages = 256 * 256 * MEMMAP_BYTES_PER_FRAME / 4096;

	test_bank(m, 0, 32 * MB, 0);
	test_bank(m, 224 * MB, 32 * MB, 0);
	REQUIRE(test_machine_boot(m) == 0);
	CHECK(pfn_valid(0));
	CHECK(pfn_valid(8191));
	CHECK(!pfn_valid(8192));
	CHECK(!pfn_valid(57343));
	CHECK(pfn_valid(57344));
	CHECK(pfn_valid(65535));
	CHECK(!pfn_valid(65536));
	CHECK(log_contains("free_unused_memmap: "));
	CHECK(nr_free_pages() > 16384 - map_pages / 4 - 64);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void a_hole_inside_a_block_has_reserved_page_structures(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, 17 * MB, 0);
	test_bank(m, 19 * MB, 13 * MB, 0);
	REQUIRE(test_machine_boot(m) == 0);
	REQUIRE(pfn_valid(18 * 256));
	CHECK(PageReserved(pfn_to_page(18 * 256)));
	CHECK(!PageReserved(pfn_to_page(19 * 256)));
	CHECK_EQ(page_alloc_validate(), 0);
}

static void banks_that_do_not_end_on_pages_count_whole_pages_only(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0x1234, 16 * MB, 0);
	REQUIRE(test_machine_boot(m) == 0);
	check_zone(0, ZONE_NORMAL, 2, 4095, 4095);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void movable_zone_takes_the_end_of_every_node(void)
{
	struct quire_machine *m = pc32(64 * MB);

	test_bank(m, 0, 96 * MB, 0);
	test_bank(m, 96 * MB, 96 * MB, 1);
	m->movable_start = 80 * MB;
	REQUIRE(test_machine_boot(m) == 0);
	check_zone(0, ZONE_HIGHMEM, 16384, 4096, 4096);
	check_zone(0, ZONE_MOVABLE, 20480, 4096, 4096);
	check_zone(1, ZONE_HIGHMEM, 0, 0, 0);
	check_zone(1, ZONE_MOVABLE, 24576, 24576, 24576);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* ---- zonelists ---- */

static void check_zonelist(int nid, int kind, const char *expected)
{
	const struct zoneref *ref = NODE_DATA(nid)->node_zonelists[kind]._zonerefs;
	char text[128] = "";
	size_t used = 0;

	for (; ref->zone && used < sizeof(text) - 16; ref++) {
		const char *name = ref->zone->name;

		while (*name)
			text[used++] = *name++;
		text[used++] = (char)('0' + ref->zone->node);
		text[used++] = ' ';
	}
	text[used] = '\0';
	CHECK_STR(text, expected);
}

static void user_pages_try_highmem_then_normal_then_dma(void)
{
	struct quire_machine *m = pc32(64 * MB);
	struct page *page;

	test_bank(m, 0, 128 * MB, 0);
	REQUIRE(test_machine_boot(m) == 0);
	check_zonelist(0, ZONELIST_FALLBACK, "HighMem0 Normal0 DMA0 ");
	page = alloc_pages(GFP_HIGHUSER, 0);
	CHECK_EQ(page_zonenum(page), ZONE_HIGHMEM);
	CHECK(!page_address(page));
	CHECK_EQ(page_zonenum(alloc_pages(GFP_KERNEL, 0)), ZONE_NORMAL);
	CHECK_EQ(page_zonenum(alloc_pages(GFP_DMA, 0)), ZONE_DMA);
	while ((page = alloc_pages(GFP_HIGHUSER | __GFP_NOWARN, 10)))
		if (page_zonenum(page) != ZONE_HIGHMEM)
			break;
	REQUIRE(page);
	CHECK_EQ(page_zonenum(page), ZONE_NORMAL);
	while (alloc_pages(GFP_DMA | __GFP_MEMALLOC | __GFP_NOWARN, 0))
		;
	CHECK(alloc_pages(GFP_KERNEL, 0) != NULL);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void other_nodes_follow_by_distance(void)
{
	static const u8 distance[] = { 10, 30, 20, 30, 10, 20, 20, 20, 10 };
	struct quire_machine *m = test_machine_new();
	int nid;

	for (nid = 0; nid < 3; nid++)
		test_bank(m, (phys_addr_t)nid * 32 * MB, 32 * MB, nid);
	m->distance = distance;
	m->nr_distance_nodes = 3;
	REQUIRE(test_machine_boot(m) == 0);
	check_zonelist(0, ZONELIST_FALLBACK, "Normal0 Normal2 Normal1 ");
	check_zonelist(1, ZONELIST_FALLBACK, "Normal1 Normal2 Normal0 ");
	check_zonelist(2, ZONELIST_FALLBACK, "Normal2 Normal0 Normal1 ");
	check_zonelist(1, ZONELIST_NOFALLBACK, "Normal1 ");
}

static void a_full_node_falls_back_to_the_next(void)
{
	struct quire_machine *m = test_machine_new();
	const gfp_t all = GFP_KERNEL | __GFP_THISNODE | __GFP_MEMALLOC | __GFP_NOWARN;
	struct page *page;
	int nid = 0;

	test_bank(m, 0, 32 * MB, 0);
	test_bank(m, 32 * MB, 32 * MB, 1);
	REQUIRE(test_machine_boot(m) == 0);
	while ((page = alloc_pages_node(1, all, 0)))
		nid |= page_to_nid(page) != 1;
	CHECK_EQ(nid, 0);
	page = alloc_pages_node(1, GFP_KERNEL, 0);
	REQUIRE(page);
	CHECK_EQ(page_to_nid(page), 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

static size_t order_backwards(const struct pglist_data *node, bool fallback, struct zoneref *refs,
			      size_t max)
{
	size_t used = zonelist_order_best_fit(node, fallback, refs, max), i;

	for (i = 0; i < used / 2; i++) {
		struct zoneref ref = refs[i];

		refs[i] = refs[used - 1 - i];
		refs[used - 1 - i] = ref;
	}
	return used;
}

static size_t order_with_a_zone_twice(const struct pglist_data *node, bool fallback,
				      struct zoneref *refs, size_t max)
{
	size_t used = zonelist_order_best_fit(node, fallback, refs, max);

	refs[used - 1] = refs[0];
	return used > 1 ? used : max + 1;
}

static void zonelist_order_is_a_policy_that_can_be_replaced(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, 32 * MB, 0);
	test_bank(m, 32 * MB, 64 * MB, 1);
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(set_zonelist_order(zonelist_order_best_fit), 0);
	check_zonelist(0, ZONELIST_FALLBACK, "Normal1 Normal0 ");
	CHECK_EQ(page_to_nid(alloc_pages_node(0, GFP_KERNEL, 0)), 1);
	CHECK_EQ(set_zonelist_order(order_backwards), 0);
	check_zonelist(0, ZONELIST_FALLBACK, "Normal0 Normal1 ");
	CHECK_EQ(set_zonelist_order(order_with_a_zone_twice), -EINVAL);
	check_zonelist(0, ZONELIST_FALLBACK, "Normal0 Normal1 ");
	CHECK_EQ(set_zonelist_order(NULL), 0);
	check_zonelist(1, ZONELIST_FALLBACK, "Normal1 Normal0 ");
}

static unsigned int sound_answers;

static size_t order_that_changes_its_mind(const struct pglist_data *node, bool fallback,
					  struct zoneref *refs, size_t max)
{
	size_t used = zonelist_order_best_fit(node, fallback, refs, max);

	if (sound_answers && sound_answers--)
		return used;
	refs[0].zone_idx++;
	return used;
}

static size_t order_with_too_many(const struct pglist_data *node, bool fallback, struct zoneref *refs,
				  size_t max)
{
	zonelist_order_best_fit(node, fallback, refs, max);
	return max + 1;
}

static size_t order_with_the_first_twice(const struct pglist_data *node, bool fallback,
					 struct zoneref *refs, size_t max)
{
	size_t used = zonelist_order_best_fit(node, fallback, refs, max);

	if (fallback)
		refs[1] = refs[0];
	return used;
}

static size_t order_with_another_node(const struct pglist_data *node, bool fallback,
				      struct zoneref *refs, size_t max)
{
	(void)fallback;
	return zonelist_order_best_fit(node, true, refs, max);
}

static size_t order_with_an_empty_zone(const struct pglist_data *node, bool fallback,
				       struct zoneref *refs, size_t max)
{
	(void)fallback;
	(void)max;
	refs[0].zone = (struct zone *)(uintptr_t)&node->node_zones[ZONE_DMA];
	refs[0].zone_idx = ZONE_DMA;
	return 1;
}

static size_t order_of_this_node_alone(const struct pglist_data *node, bool fallback,
				       struct zoneref *refs, size_t max)
{
	(void)fallback;
	return zonelist_order_best_fit(node, false, refs, max);
}

static void a_zonelist_order_may_leave_zones_out(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, 32 * MB, 0);
	test_bank(m, 32 * MB, 64 * MB, 1);
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(set_zonelist_order(order_of_this_node_alone), 0);
	check_zonelist(0, ZONELIST_FALLBACK, "Normal0 ");
	check_zonelist(1, ZONELIST_FALLBACK, "Normal1 ");
}

static void an_unsound_zonelist_order_leaves_the_lists_as_they_were(void)
{
	static const zonelist_order_fn unsound[] = { order_with_too_many, order_with_another_node,
						     order_with_an_empty_zone, order_with_the_first_twice,
						     order_that_changes_its_mind };
	struct quire_machine *m = test_machine_new();
	unsigned int answers;
	size_t i;

	test_bank(m, 0, 32 * MB, 0);
	test_bank(m, 32 * MB, 64 * MB, 1);
	REQUIRE(test_machine_boot(m) == 0);
	for (answers = 0; answers < 8; answers++) {
		for (i = 0; i < 5; i++) {
			sound_answers = answers;
			CHECK_EQ(set_zonelist_order(unsound[i]), -EINVAL);
			check_zonelist(0, ZONELIST_FALLBACK, "Normal0 Normal1 ");
			check_zonelist(0, ZONELIST_NOFALLBACK, "Normal0 ");
			check_zonelist(1, ZONELIST_FALLBACK, "Normal1 Normal0 ");
			check_zonelist(1, ZONELIST_NOFALLBACK, "Normal1 ");
		}
	}
	sound_answers = 8;
	CHECK_EQ(set_zonelist_order(order_that_changes_its_mind), 0);
	check_zonelist(0, ZONELIST_FALLBACK, "Normal1 Normal0 ");
}

/* At the same distance: those behind the node first, then from the start. */
static void equally_far_nodes_follow_in_a_ring(void)
{
	static const u8 distance[] = {
		10, 20, 20, 40, 20, /* node 0 */
		20, 10, 20, 10, 20, /* node 1: node 3 is as near as itself */
		20, 20, 10, 20, 30, /* node 2 */
		40, 10, 20, 10, 255, /* node 3 */
		20, 20, 20, 20, 10, /* node 4 */
	};
	struct quire_machine *m = test_machine_new();
	int nid;

	for (nid = 0; nid < 5; nid++)
		test_bank(m, (phys_addr_t)nid * 32 * MB, 32 * MB, nid);
	m->distance = distance;
	m->nr_distance_nodes = 5;
	REQUIRE(test_machine_boot(m) == 0);
	check_zonelist(0, ZONELIST_FALLBACK, "Normal0 Normal1 Normal2 Normal4 Normal3 ");
	check_zonelist(1, ZONELIST_FALLBACK, "Normal1 Normal3 Normal2 Normal4 Normal0 ");
	check_zonelist(2, ZONELIST_FALLBACK, "Normal2 Normal3 Normal0 Normal1 Normal4 ");
	check_zonelist(3, ZONELIST_FALLBACK, "Normal3 Normal1 Normal2 Normal0 Normal4 ");
	check_zonelist(4, ZONELIST_FALLBACK, "Normal4 Normal0 Normal1 Normal2 Normal3 ");
}

/* As many nodes as page->flags can tell apart; each takes from the others. */
static void a_machine_of_all_node_numbers_boots(void)
{
	struct quire_machine *m = test_machine_new();
	unsigned int nid, last = MAX_NUMNODES - 1;
	const struct zoneref *ref;
	struct page *page;

	for (nid = 0; nid < MAX_NUMNODES; nid++)
		test_bank(m, (phys_addr_t)(nid + 1) * 4 * MB, 4 * MB, (int)nid);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(nr_free_pages(), MAX_NUMNODES * 1024);
	CHECK_EQ(page_to_nid(alloc_pages_node((int)last, GFP_KERNEL | __GFP_MEMALLOC, 10)), last);
	CHECK(!alloc_pages_node((int)last, GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN, 0));
	page = alloc_pages_node((int)last, GFP_KERNEL, 0);
	REQUIRE(page);
	CHECK_EQ(page_to_nid(page), 0);
	ref = NODE_DATA(5)->node_zonelists[ZONELIST_FALLBACK]._zonerefs;
	for (nid = 0; nid < MAX_NUMNODES; nid++)
		if (!CHECK_EQ(ref[nid].zone->node, (5 + nid) % MAX_NUMNODES))
			return;
	CHECK(!ref[nid].zone);
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(i386_with_2_gb_has_linux_zones),
	TEST(i386_pae_with_2_gb_has_linux_zones),
	TEST(x86_64_with_512_mb_has_linux_zones),
	TEST(x86_64_with_two_nodes_has_linux_zones),
	TEST(arm_board_with_512_mb_has_linux_zones),
	TEST(page_structures_of_highmem_are_charged_to_lowmem),
	TEST(uma_machine_has_the_one_static_node),
	TEST(node_0_without_ram_boots),
	TEST(a_node_with_cpus_but_no_ram_takes_pages_from_the_others),
	TEST(banks_of_two_nodes_may_interleave),
	TEST(page_structures_of_holes_are_given_back),
	TEST(a_hole_inside_a_block_has_reserved_page_structures),
	TEST(banks_that_do_not_end_on_pages_count_whole_pages_only),
	TEST(movable_zone_takes_the_end_of_every_node),
	TEST(user_pages_try_highmem_then_normal_then_dma),
	TEST(other_nodes_follow_by_distance),
	TEST(a_full_node_falls_back_to_the_next),
	TEST(zonelist_order_is_a_policy_that_can_be_replaced),
	TEST(a_zonelist_order_may_leave_zones_out),
	TEST(an_unsound_zonelist_order_leaves_the_lists_as_they_were),
	TEST(equally_far_nodes_follow_in_a_ring),
	TEST(a_machine_of_all_node_numbers_boots),
	{ NULL, NULL },
};
