/* SPDX-License-Identifier: MIT */
/*
 * memblock_iter_test.c - the loops over regions, free ranges, pages and physmem.
 */
#include "tests/boot/memblock_support.h"

/*
 *	memory    [== 0 ==][== 1 ==]   [= 0 nomap =]   [== 1 hotplug ==]
 *	reserved     [#]  [##]                              [#####]
 *	          1   2 3 4  5    6    8           a   c    d    f     10   (x 0x1000)
 */
static void a_varied_map(void)
{
	empty_memblock();
	memblock_add_node(0x1000, 0x3800, 0, MEMBLOCK_NONE);
	memblock_add_node(0x4800, 0x1800, 1, MEMBLOCK_NONE);
	memblock_add_node(0x8000, 0x2000, 0, MEMBLOCK_NOMAP);
	memblock_add_node(0xc000, 0x4000, 1, MEMBLOCK_HOTPLUG);
	memblock_reserve(0x2000, 0x1000);
	memblock_reserve(0x4000, 0x1000);
	memblock_reserve(0xd000, 0x2000);
}

static void free_is_memory_less_reserved(void)
{
	a_varied_map();
	CHECK_STR(free_layout(NUMA_NO_NODE, MEMBLOCK_NONE),
		  "1000-2000@0 3000-4000@0 5000-6000@1 c000-d000@1 f000-10000@1");
	CHECK_STR(free_layout_reverse(NUMA_NO_NODE, MEMBLOCK_NONE),
		  "f000-10000@1 c000-d000@1 5000-6000@1 3000-4000@0 1000-2000@0");
}

static void free_ranges_of_one_node(void)
{
	a_varied_map();
	CHECK_STR(free_layout(0, MEMBLOCK_NONE), "1000-2000@0 3000-4000@0");
	CHECK_STR(free_layout(1, MEMBLOCK_NONE), "5000-6000@1 c000-d000@1 f000-10000@1");
	CHECK_STR(free_layout_reverse(1, MEMBLOCK_NONE), "f000-10000@1 c000-d000@1 5000-6000@1");
	CHECK_STR(free_layout(2, MEMBLOCK_NONE), "");
	CHECK_STR(free_layout_reverse(2, MEMBLOCK_NONE), "");
	CHECK_STR(free_layout((int)MAX_NUMNODES, MEMBLOCK_NONE),
		  "1000-2000@0 3000-4000@0 5000-6000@1 c000-d000@1 f000-10000@1");
}

static void flags_choose_regions(void)
{
	a_varied_map();
	memblock_add_node(0x20000, 0x1000, 0, MEMBLOCK_DRIVER_MANAGED);
	memblock_mark_mirror(0x5000, 0x1000);
	CHECK_STR(free_layout(0, MEMBLOCK_NOMAP), "1000-2000@0 3000-4000@0 8000-a000@0");
	CHECK_STR(free_layout(0, MEMBLOCK_DRIVER_MANAGED), "1000-2000@0 3000-4000@0 20000-21000@0");
	CHECK_STR(free_layout(NUMA_NO_NODE, MEMBLOCK_MIRROR), "5000-6000@1");
	CHECK_STR(free_layout(1, MEMBLOCK_NONE), "5000-6000@1 c000-d000@1 f000-10000@1");
	this_quire()->memblock_part.movable_node = true;
	CHECK_STR(free_layout(1, MEMBLOCK_NONE), "5000-6000@1");
	CHECK_STR(free_layout_reverse(1, MEMBLOCK_NONE), "5000-6000@1");
	CHECK_STR(free_layout(1, MEMBLOCK_HOTPLUG), "5000-6000@1 c000-d000@1 f000-10000@1");
}

static void one_reservation_over_everything_leaves_nothing(void)
{
	a_varied_map();
	memblock_reserve(0, 0x100000);
	CHECK_STR(free_layout(NUMA_NO_NODE, MEMBLOCK_NONE), "");
	CHECK_STR(free_layout_reverse(NUMA_NO_NODE, MEMBLOCK_NONE), "");
}

static void reservations_that_touch_leave_no_empty_range_between(void)
{
	empty_memblock();
	memblock_add(0x1000, 0x8000);
	memblock_reserve(0x2000, 0x2000);
	memblock_reserved_mark_noinit(0x3000, 0x1000);
	CHECK_EQ(memblock.reserved.cnt, 2);
	CHECK_STR(free_layout(NUMA_NO_NODE, MEMBLOCK_NONE), "1000-2000 4000-9000");
	CHECK_STR(free_layout_reverse(NUMA_NO_NODE, MEMBLOCK_NONE), "4000-9000 1000-2000");
}

static void empty_types_yield_nothing(void)
{
	phys_addr_t start, end;
	unsigned int turns = 0;
	int pfns;
	u64 i;

	empty_memblock();
	for_each_mem_range(i, &start, &end)
		turns++;
	for_each_mem_range_rev(i, &start, &end)
		turns++;
	for_each_reserved_mem_range(i, &start, &end)
		turns++;
	for_each_physmem_range(i, NULL, &start, &end)
		turns++;
	for_each_mem_pfn_range(pfns, NUMA_NO_NODE, NULL, NULL, NULL)
		turns++;
	CHECK_STR(free_layout(NUMA_NO_NODE, MEMBLOCK_NONE), "");
	CHECK_STR(free_layout_reverse(NUMA_NO_NODE, MEMBLOCK_NONE), "");
	CHECK_EQ(turns, 0);
	memblock_add(0x1000, 0x1000);
	CHECK_STR(free_layout(NUMA_NO_NODE, MEMBLOCK_NONE), "1000-2000");
	CHECK_STR(free_layout_reverse(NUMA_NO_NODE, MEMBLOCK_NONE), "1000-2000");
}

static void mem_ranges_are_all_mapped_memory(void)
{
	char up[256] = "", down[256] = "";
	phys_addr_t start, end;
	u64 i;

	a_varied_map();
	this_quire()->memblock_part.movable_node = true;
	for_each_mem_range(i, &start, &end)
		layout_add(up, sizeof(up), start, end, NUMA_NO_NODE, 0);
	for_each_mem_range_rev(i, &start, &end)
		layout_add(down, sizeof(down), start, end, NUMA_NO_NODE, 0);
	CHECK_STR(up, "1000-4800 4800-6000 c000-10000");
	CHECK_STR(down, "c000-10000 4800-6000 1000-4800");
}

static void reserved_ranges_and_regions(void)
{
	struct memblock_region *r;
	char ranges[256] = "", regions[256] = "", memory[256] = "";
	phys_addr_t start, end;
	u64 i;

	a_varied_map();
	for_each_reserved_mem_range(i, &start, &end)
		layout_add(ranges, sizeof(ranges), start, end, NUMA_NO_NODE, 0);
	for_each_reserved_mem_region(r)
		layout_add(regions, sizeof(regions), r->base, r->base + r->size, r->nid, r->flags);
	for_each_mem_region(r)
		layout_add(memory, sizeof(memory), r->base, r->base + r->size, r->nid, r->flags);
	CHECK_STR(ranges, "2000-3000 4000-5000 d000-f000");
	CHECK_STR(regions, "2000-3000 4000-5000 d000-f000");
	CHECK_STR(memory, "1000-4800@0 4800-6000@1 8000-a000@0:N c000-10000@1:H");
}

/* The page that two nodes share belongs to neither: only whole pages count. */
static void pfn_ranges_are_whole_pages(void)
{
	unsigned long start, end;
	char all[256] = "", node[256] = "";
	int i, nid;

	a_varied_map();
	memblock_add_node(0x20010, 0x1000, 1, MEMBLOCK_NONE);
	for_each_mem_pfn_range(i, (int)MAX_NUMNODES, &start, &end, &nid)
		layout_add(all, sizeof(all), start, end, nid, 0);
	for_each_mem_pfn_range(i, 1, &start, &end, NULL)
		layout_add(node, sizeof(node), start, end, 1, 0);
	CHECK_STR(all, "1-4@0 5-6@1 8-a@0 c-10@1");
	CHECK_STR(node, "5-6@1 c-10@1");
	CHECK_EQ(i, -1);
}

static void physmem_ranges_less_a_type(void)
{
	char text[256] = "", all[256] = "";
	phys_addr_t start, end;
	u64 i;

	empty_memblock();
	memblock_physmem_add(0x1000, 0x3000);
	memblock_physmem_add(0x8000, 0x4000);
	memblock_add(0x1000, 0x8000);
	memblock_reserve(0x2000, 0x1000);
	memblock_reserve(0xb000, 0x8000);
	for_each_physmem_range(i, &memblock.reserved, &start, &end)
		layout_add(text, sizeof(text), start, end, NUMA_NO_NODE, 0);
	for_each_physmem_range(i, NULL, &start, &end)
		layout_add(all, sizeof(all), start, end, NUMA_NO_NODE, 0);
	CHECK_STR(text, "1000-2000 3000-4000 8000-b000");
	CHECK_STR(all, "1000-4000 8000-c000");
}

/* A zone that begins and ends inside of free ranges; part of a page is no page. */
static void free_pages_of_a_zone(void)
{
	struct zone *zone;
	unsigned long start, end;
	char text[256] = "";
	u64 i;

	a_varied_map();
	zone = &this_quire()->page.contig_page_data.node_zones[ZONE_NORMAL];
	zone->zone_pgdat = &this_quire()->page.contig_page_data;
	zone->zone_pgdat->node_id = 1;
	zone->zone_start_pfn = 3;
	zone->spanned_pages = 0xf - 3;
	memblock_reserve(0xc100, 0x10);
	for_each_free_mem_pfn_range_in_zone(i, zone, &start, &end)
		layout_add(text, sizeof(text), start, end, NUMA_NO_NODE, 0);
	CHECK_STR(text, "5-6");
	CHECK_EQ(start, ~0UL);
	CHECK_EQ(end, 0);

	memblock_phys_free(0xc100, 0x10);
	*text = '\0';
	for_each_free_mem_pfn_range_in_zone(i, zone, &start, &end)
		break;
	CHECK_EQ(start, 5);
	__next_mem_pfn_range_in_zone(&i, zone, &start, &end);
	for_each_free_mem_pfn_range_in_zone_from(i, zone, &start, &end)
		layout_add(text, sizeof(text), start, end, NUMA_NO_NODE, 0);
	CHECK_STR(text, "c-d");
}

/* The outputs that nobody wants may be left out. */
static void outputs_may_be_null(void)
{
	unsigned int turns = 0;
	int pfns;
	u64 i;

	a_varied_map();
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, NULL, NULL, NULL)
		turns++;
	for_each_free_mem_range_reverse(i, NUMA_NO_NODE, MEMBLOCK_NONE, NULL, NULL, NULL)
		turns++;
	for_each_mem_pfn_range(pfns, 0, NULL, NULL, NULL)
		turns++;
	CHECK_EQ(turns, 12);
}

const struct tap_test tap_tests[] = {
	TEST(free_is_memory_less_reserved),
	TEST(free_ranges_of_one_node),
	TEST(flags_choose_regions),
	TEST(one_reservation_over_everything_leaves_nothing),
	TEST(reservations_that_touch_leave_no_empty_range_between),
	TEST(empty_types_yield_nothing),
	TEST(mem_ranges_are_all_mapped_memory),
	TEST(reserved_ranges_and_regions),
	TEST(pfn_ranges_are_whole_pages),
	TEST(physmem_ranges_less_a_type),
	TEST(free_pages_of_a_zone),
	TEST(outputs_may_be_null),
	{ NULL, NULL },
};
