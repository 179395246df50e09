/* SPDX-License-Identifier: MIT */
/*
 * memblock_limits_test.c - trimming, memory limits, and the questions about addresses.
 */
#include "tests/boot/memblock_support.h"

/*
 *	   [======]   [==]      [======]
 *	|      |      |      |      |      |     multiples of align
 *	       [=]                  [==]  no: only where a whole unit is inside
 */
static void trim_keeps_what_lies_between_multiples(void)
{
	empty_memblock();
	memblock_add(0x1800, 0x2000);
	memblock_add(0x5000, 0x800);
	memblock_add(0x7000, 0x1000);
	memblock_add(0x9001, 0x2fff);
	memblock_trim_memory(0x1000);
	CHECK_STR(MEMORY, "2000-3000 7000-8000 a000-c000");
	CHECK_EQ(memblock_phys_mem_size(), 0x4000);
	memblock_trim_memory(0x4000);
	CHECK_STR(MEMORY, "");
	CHECK_EQ(memblock.memory.cnt, 1);
	memblock_add(PHYS_ADDR_MAX - 0x800, 0x700);
	memblock_trim_memory(0x1000);
	CHECK_STR(MEMORY, "");
}

static void trim_refuses_what_is_no_power_of_two(void)
{
	empty_memblock();
	memblock_add(0x1800, 0x2000);
	memblock_trim_memory(0x1800);
	memblock_trim_memory(0);
	CHECK_STR(MEMORY, "1800-3800");
	CHECK_EQ(this_quire()->log.warnings, 2);
}

static void ranges_with_a_hole(void)
{
	empty_memblock();
	memblock_add(0x1000, 0x3000);
	memblock_add(0x8000, 0x4000);
	memblock_reserve(0x2000, 0x1000);
	memblock_reserve(0x9000, 0x2000);
}

/*
 *	memory    [== 0x3000 ==]      [== 0x4000 ==]
 *	limit 0x5000                         ^ here 0x5000 bytes are counted
 */
static void a_limit_counts_memory_not_addresses(void)
{
	ranges_with_a_hole();
	memblock_enforce_memory_limit(0x5000);
	CHECK_STR(MEMORY, "1000-4000 8000-a000");
	CHECK_STR(RESERVED, "2000-3000 9000-a000");
	memblock_enforce_memory_limit(0x3000);
	CHECK_STR(MEMORY, "1000-4000");
	CHECK_STR(RESERVED, "2000-3000");
	memblock_enforce_memory_limit(1);
	CHECK_STR(MEMORY, "1000-1001");
	CHECK_STR(RESERVED, "");
}

static void a_limit_beyond_all_memory_or_0_does_nothing(void)
{
	ranges_with_a_hole();
	memblock_enforce_memory_limit(0);
	memblock_enforce_memory_limit(0x7001);
	memblock_mem_limit_remove_map(0);
	memblock_mem_limit_remove_map(0x7001);
	CHECK_STR(MEMORY, "1000-4000 8000-c000");
	CHECK_STR(RESERVED, "2000-3000 9000-b000");
}

/*
 *	     [= a =][nomap][= b =]   [nomap]
 *	          <--- cap --->
 *	          [][nomap][==]      [nomap]
 */
static void cap_keeps_nomap_memory_outside(void)
{
	empty_memblock();
	memblock_add(0x1000, 0x8000);
	memblock_mark_nomap(0x3000, 0x2000);
	memblock_add_node(0xc000, 0x1000, NUMA_NO_NODE, MEMBLOCK_NOMAP);
	memblock_reserve(0x1800, 0x400);
	memblock_reserve(0x2800, 0x4800);
	memblock_reserve(0xc000, 0x1000);
	memblock_cap_memory_range(0x2000, 0x4000);
	CHECK_STR(MEMORY, "2000-3000 3000-5000:N 5000-6000 c000-d000:N");
	CHECK_STR(RESERVED, "2800-6000");
	memblock_cap_memory_range(0x4000, 0x1000);
	CHECK_STR(MEMORY, "3000-5000:N c000-d000:N");
	CHECK_STR(RESERVED, "4000-5000");
	memblock_cap_memory_range(0x4000, 0);
	CHECK_STR(RESERVED, "4000-5000");
}

static void cap_to_a_range_without_memory_leaves_none(void)
{
	ranges_with_a_hole();
	memblock_cap_memory_range(0x5000, 0x1000);
	CHECK_STR(MEMORY, "");
	CHECK_STR(RESERVED, "");
	log_clear();
	memblock_cap_memory_range(0x5000, 0x1000);
	CHECK(log_contains("No memory registered yet"));
}

static void remove_map_caps_but_for_nomap(void)
{
	ranges_with_a_hole();
	memblock_add_node(0x10000, 0x1000, NUMA_NO_NODE, MEMBLOCK_NOMAP);
	memblock_mem_limit_remove_map(0x4000);
	CHECK_STR(MEMORY, "1000-4000 8000-9000 10000-11000:N");
	CHECK_STR(RESERVED, "2000-3000");
}

static void sizes_and_ends(void)
{
	ranges_with_a_hole();
	CHECK_EQ(memblock_phys_mem_size(), 0x7000);
	CHECK_EQ(memblock_reserved_size(), 0x3000);
	CHECK_EQ(memblock_estimated_nr_free_pages(), 4);
	CHECK_EQ(memblock_start_of_DRAM(), 0x1000);
	CHECK_EQ(memblock_end_of_DRAM(), 0xc000);
}

static void addresses_are_memory_or_reserved_or_not(void)
{
	ranges_with_a_hole();
	memblock_mark_nomap(0x9000, 0x1000);
	CHECK(!memblock_is_memory(0xfff));
	CHECK(memblock_is_memory(0x1000));
	CHECK(memblock_is_memory(0x3fff));
	CHECK(!memblock_is_memory(0x4000));
	CHECK(memblock_is_memory(0x9000));
	CHECK(!memblock_is_map_memory(0x9000));
	CHECK(memblock_is_map_memory(0x8fff));
	CHECK(!memblock_is_map_memory(0x4000));
	CHECK(!memblock_is_reserved(0x1fff));
	CHECK(memblock_is_reserved(0x2000));
	CHECK(memblock_is_reserved(0x2fff));
	CHECK(!memblock_is_reserved(0x3000));
	memblock_reset(&this_quire()->memblock_part);
	CHECK(!memblock_is_memory(0));
	CHECK(!memblock_is_reserved(0));
}

static void ranges_are_memory_as_a_whole_and_reserved_in_part(void)
{
	ranges_with_a_hole();
	CHECK(memblock_is_region_memory(0x1000, 0x3000));
	CHECK(memblock_is_region_memory(0x2000, 0x10));
	CHECK(!memblock_is_region_memory(0x1000, 0x3001));
	CHECK(!memblock_is_region_memory(0x800, 0x1000));
	CHECK(!memblock_is_region_memory(0x5000, 0x1000));
	CHECK(memblock_is_region_reserved(0x1000, 0x1001));
	CHECK(!memblock_is_region_reserved(0x1000, 0x1000));
	CHECK(memblock_is_region_reserved(0x2fff, 0x10));
	CHECK(!memblock_is_region_reserved(0x3000, 0x6000));
	CHECK(memblock_is_region_reserved(0, PHYS_ADDR_MAX));
	CHECK(memblock_overlaps_region(&memblock.memory, 0x3fff, 1));
	CHECK(!memblock_overlaps_region(&memblock.memory, 0x4000, 0x4000));
	CHECK(memblock_overlaps_region(&memblock.memory, 0x4000, 0x4001));
	CHECK_EQ(memblock_addrs_overlap(0x1000, 0x1000, 0x1fff, 1), 1);
	CHECK_EQ(memblock_addrs_overlap(0x1000, 0x1000, 0x2000, 1), 0);
	CHECK_EQ(memblock_addrs_overlap(0x2000, 1, 0x1000, 0x1000), 0);
}

static void a_frame_has_a_node_and_a_region(void)
{
	unsigned long start = 77, end = 77;

	empty_memblock();
	memblock_add_node(0x1000, 0x3800, 3, MEMBLOCK_NONE);
	memblock_add(0x8000, 0x1000);
	CHECK_EQ(memblock_search_pfn_nid(2, &start, &end), 3);
	CHECK_EQ(start, 1);
	CHECK_EQ(end, 4);
	CHECK_EQ(memblock_search_pfn_nid(8, &start, &end), NUMA_NO_NODE);
	CHECK_EQ(start, 8);
	start = 77;
	CHECK_EQ(memblock_search_pfn_nid(6, &start, &end), -1);
	CHECK_EQ(start, 77);
}

static void region_helpers_round_memory_inward_and_reserved_outward(void)
{
	struct memblock_region r = { 0x1001, 0x2fff, MEMBLOCK_HOTPLUG, 2 };

	empty_memblock();
	CHECK_EQ(memblock_region_memory_base_pfn(&r), 2);
	CHECK_EQ(memblock_region_memory_end_pfn(&r), 4);
	CHECK_EQ(memblock_region_reserved_base_pfn(&r), 1);
	CHECK_EQ(memblock_region_reserved_end_pfn(&r), 4);
	CHECK(memblock_is_hotpluggable(&r));
	CHECK(!memblock_is_mirror(&r));
	CHECK_EQ(memblock_get_region_node(&r), 2);
	memblock_set_region_node(&r, 5);
	CHECK_EQ(r.nid, 5);
}

static void memory_without_a_node_is_found_out(void)
{
	empty_memblock();
	memblock_add_node(1 * MIB, 1 * MIB, 0, MEMBLOCK_NONE);
	CHECK(memblock_validate_numa_coverage(0));
	memblock_add(2 * MIB, 2 * MIB);
	CHECK(memblock_validate_numa_coverage(2 * MIB));
	CHECK_STR(log_text(), "");
	CHECK(!memblock_validate_numa_coverage(2 * MIB - 1));
	CHECK(log_contains("NUMA: no nodes coverage for 2MB of 3MB RAM"));
}

const struct tap_test tap_tests[] = {
	TEST(trim_keeps_what_lies_between_multiples),
	TEST(trim_refuses_what_is_no_power_of_two),
	TEST(a_limit_counts_memory_not_addresses),
	TEST(a_limit_beyond_all_memory_or_0_does_nothing),
	TEST(cap_keeps_nomap_memory_outside),
	TEST(cap_to_a_range_without_memory_leaves_none),
	TEST(remove_map_caps_but_for_nomap),
	TEST(sizes_and_ends),
	TEST(addresses_are_memory_or_reserved_or_not),
	TEST(ranges_are_memory_as_a_whole_and_reserved_in_part),
	TEST(a_frame_has_a_node_and_a_region),
	TEST(region_helpers_round_memory_inward_and_reserved_outward),
	TEST(memory_without_a_node_is_found_out),
	{ NULL, NULL },
};
