/* SPDX-License-Identifier: MIT */
/*
 * memblock_edit_test.c - adding, removing, reserving, flags and nodes: what the region
 * arrays look like afterwards.
 */
#include "tests/boot/memblock_support.h"

static void check_initial_form(void)
{
	CHECK_EQ(memblock.memory.cnt, 1);
	CHECK_EQ(memblock.memory.regions[0].size, 0);
	CHECK_EQ(memblock.reserved.cnt, 1);
	CHECK_EQ(memblock.reserved.max, CONFIG_INIT_MEMBLOCK_REGIONS);
	CHECK_EQ(memblock.memory.total_size, 0);
	CHECK_EQ(memblock.current_limit, MEMBLOCK_ALLOC_ANYWHERE);
	CHECK(!memblock.bottom_up);
	CHECK_STR(memblock.memory.name, "memory");
	CHECK_STR(memblock.reserved.name, "reserved");
	CHECK_EQ(memblock_validate(), 0);
}

static void an_empty_type_shows_one_region_of_size_0(void)
{
	empty_memblock();
	check_initial_form();
}

static void add_keeps_regions_sorted(void)
{
	empty_memblock();
	CHECK_EQ(memblock_add(0x5000, 0x1000), 0);
	CHECK_EQ(memblock_add(0x1000, 0x1000), 0);
	CHECK_EQ(memblock_add(0x9000, 0x1000), 0);
	CHECK_EQ(memblock_add(0x3000, 0x1000), 0);
	CHECK_STR(MEMORY, "1000-2000 3000-4000 5000-6000 9000-a000");
	CHECK_EQ(memblock.memory.cnt, 4);
	CHECK_EQ(memblock_phys_mem_size(), 0x4000);
}

/*
 *	[== 1 ==]          [== 2 ==]
 *	         [== new ==]
 *	[============ one ===========]
 */
static void add_merges_with_both_neighbours(void)
{
	empty_memblock();
	memblock_add(0x1000, 0x1000);
	memblock_add(0x3000, 0x1000);
	CHECK_EQ(memblock_add(0x2000, 0x1000), 0);
	CHECK_STR(MEMORY, "1000-4000");
	CHECK_EQ(memblock.memory.total_size, 0x3000);
	CHECK_EQ(memblock_add(0x800, 0x800), 0);
	CHECK_STR(MEMORY, "800-4000");
	CHECK_EQ(memblock_add(0x4000, 1), 0);
	CHECK_STR(MEMORY, "800-4001");
}

/*
 *	   [=1=]   [=2=]   [=3=]
 *	<--------- new --------->
 */
static void add_over_several_regions_fills_the_gaps(void)
{
	empty_memblock();
	memblock_add(0x2000, 0x1000);
	memblock_add(0x4000, 0x1000);
	memblock_add(0x6000, 0x1000);
	CHECK_EQ(memblock_add(0x1000, 0x7000), 0);
	CHECK_STR(MEMORY, "1000-8000");
	CHECK_EQ(memblock.memory.total_size, 0x7000);
}

/* The same with a node: the old regions stay as they are, between the new ones. */
static void add_keeps_node_and_flags_of_what_is_there(void)
{
	empty_memblock();
	memblock_add_node(0x2000, 0x1000, 0, MEMBLOCK_NONE);
	memblock_add_node(0x4000, 0x1000, 1, MEMBLOCK_HOTPLUG);
	log_clear();
	CHECK_EQ(memblock_add_node(0x1000, 0x5000, 2, MEMBLOCK_NONE), 0);
	CHECK_STR(MEMORY, "1000-2000@2 2000-3000@0 3000-4000@2 4000-5000@1:H 5000-6000@2");
	CHECK(log_contains("stays on node 0"));
	CHECK(log_contains("stays on node 1"));
	log_clear();
	CHECK_EQ(memblock_add(0x1000, 0x5000), 0);
	CHECK_STR(log_text(), "");
}

static void add_of_what_is_there_changes_nothing(void)
{
	empty_memblock();
	memblock_add_node(0x2000, 0x2000, 0, MEMBLOCK_NONE);
	CHECK_EQ(memblock_add_node(0x2000, 0x2000, 0, MEMBLOCK_NONE), 0);
	CHECK_EQ(memblock_add_node(0x2800, 0x1000, 0, MEMBLOCK_NONE), 0);
	CHECK_EQ(memblock_add(0x2800, 0x1000), 0);
	CHECK_STR(MEMORY, "2000-4000@0");
}

/* Every pair of node and flags side by side: one region only where both are the same. */
static void neighbours_merge_only_if_node_and_flags_are_the_same(void)
{
	static const int nids[] = { NUMA_NO_NODE, 0, 1 };
	static const enum memblock_flags flags[] = { MEMBLOCK_NONE, MEMBLOCK_HOTPLUG,
						     MEMBLOCK_MIRROR, MEMBLOCK_NOMAP,
						     MEMBLOCK_DRIVER_MANAGED };

	empty_memblock();
	for (int a = 0; a < 15; a++)
		for (int b = 0; b < 15; b++) {
			memblock_reset(&this_quire()->memblock_part);
			memblock_add_node(0x1000, 0x1000, nids[a / 5], flags[a % 5]);
			memblock_add_node(0x2000, 0x1000, nids[b / 5], flags[b % 5]);
			CHECK_EQ(memblock.memory.cnt, a == b ? 1 : 2);
			CHECK_EQ(memblock.memory.regions[a != b].nid, nids[b / 5]);
			CHECK_EQ(memblock.memory.regions[a != b].flags, flags[b % 5]);
			CHECK_EQ(memblock_validate(), 0);
		}
}

static void nothing_is_rounded(void)
{
	empty_memblock();
	memblock_add(0x1003, 0x11);
	memblock_reserve(0x1005, 3);
	CHECK_STR(MEMORY, "1003-1014");
	CHECK_STR(RESERVED, "1005-1008");
}

static void a_range_of_size_0_is_nothing(void)
{
	empty_memblock();
	CHECK_EQ(memblock_add(0x1000, 0), 0);
	CHECK_STR(MEMORY, "");
	memblock_add(0x1000, 0x1000);
	CHECK_EQ(memblock_remove(0x1800, 0), 0);
	CHECK_EQ(memblock_reserve(0x1800, 0), 0);
	CHECK_EQ(memblock_mark_nomap(0x1800, 0), 0);
	CHECK_EQ(memblock_phys_free(0x1800, 0), 0);
	CHECK_STR(MEMORY, "1000-2000");
	CHECK_STR(RESERVED, "");
}

static void a_range_ends_at_the_end_of_the_address_space(void)
{
	empty_memblock();
	CHECK_EQ(memblock_add(PHYS_ADDR_MAX - 0xfff, 0x100000), 0);
	CHECK_EQ(memblock.memory.regions[0].size, 0xfff);
	CHECK_EQ(memblock_end_of_DRAM(), PHYS_ADDR_MAX);
	CHECK_EQ(memblock_reserve(PHYS_ADDR_MAX - 0xf, PHYS_ADDR_MAX), 0);
	CHECK_EQ(memblock_reserved_size(), 0xf);
	CHECK_EQ(memblock_add(PHYS_ADDR_MAX, 1), 0);
	CHECK_EQ(memblock_phys_mem_size(), 0xfff);
	CHECK_EQ(memblock_remove(0, PHYS_ADDR_MAX), 0);
	CHECK_STR(MEMORY, "");
}

/*
 *	[============ 1 ============]
 *	        <-- remove -->
 *	[== 1 ==]             [= 2 =]
 */
static void remove_splits_a_region(void)
{
	empty_memblock();
	memblock_add_node(0x1000, 0x5000, 3, MEMBLOCK_HOTPLUG);
	CHECK_EQ(memblock_remove(0x2000, 0x1000), 0);
	CHECK_STR(MEMORY, "1000-2000@3:H 3000-6000@3:H");
	CHECK_EQ(memblock_phys_mem_size(), 0x4000);
}

/*
 *	[==1==] [==2==] [==3==] [==4==]
 *	    <------- remove ------>
 *	[=1=]                      [4=]
 */
static void remove_takes_whole_regions_and_parts(void)
{
	empty_memblock();
	for (phys_addr_t base = 0x1000; base < 0x9000; base += 0x2000)
		memblock_add(base, 0x1000);
	CHECK_EQ(memblock_remove(0x1800, 0x6000), 0);
	CHECK_STR(MEMORY, "1000-1800 7800-8000");
	CHECK_EQ(memblock_phys_mem_size(), 0x1000);
	CHECK_EQ(memblock_remove(0x1800, 0x6000), 0);
	CHECK_EQ(memblock_remove(0x1000, 0x400), 0);
	CHECK_EQ(memblock_remove(0x7c00, 0x400), 0);
	CHECK_STR(MEMORY, "1400-1800 7800-7c00");
}

static void removing_all_leaves_the_empty_region(void)
{
	empty_memblock();
	memblock_add_node(0x1000, 0x1000, 1, MEMBLOCK_NOMAP);
	memblock_add_node(0x3000, 0x1000, 1, MEMBLOCK_NOMAP);
	CHECK_EQ(memblock_remove(0, 0x10000), 0);
	CHECK_EQ(memblock.memory.cnt, 1);
	CHECK_EQ(memblock.memory.regions[0].size, 0);
	CHECK_EQ(memblock.memory.regions[0].flags, 0);
	CHECK_EQ(memblock.memory.regions[0].nid, NUMA_NO_NODE);
	CHECK_EQ(memblock_validate(), 0);
	CHECK_EQ(memblock_remove(0, 0x10000), 0);
	CHECK_EQ(memblock_add(0x8000, 0x1000), 0);
	CHECK_STR(MEMORY, "8000-9000");
}

static void reserving_does_not_need_memory_and_frees_in_parts(void)
{
	empty_memblock();
	CHECK_EQ(memblock_reserve(0x1000, 0x3000), 0);
	CHECK_EQ(memblock_reserve(0x2000, 0x4000), 0);
	CHECK_STR(RESERVED, "1000-6000");
	CHECK_EQ(memblock_reserved_size(), 0x5000);
	CHECK_EQ(memblock_phys_free(0x2000, 0x1000), 0);
	CHECK_STR(RESERVED, "1000-2000 3000-6000");
	CHECK_EQ(memblock_phys_free(0x9000, 0x1000), 0);
	CHECK_STR(RESERVED, "1000-2000 3000-6000");
	CHECK_STR(MEMORY, "");
}

/* What the golden board's reserved list does: two allocations of bytes in one page. */
static void small_reservations_share_a_page(void)
{
	empty_memblock();
	memblock_reserve(0x1780, 0x3c);
	memblock_reserve(0x17c0, 0x78);
	memblock_reserve(0x17bc, 4);
	CHECK_STR(RESERVED, "1780-1838");
	CHECK_EQ(memblock_region_reserved_base_pfn(&memblock.reserved.regions[0]), 1);
	CHECK_EQ(memblock_region_reserved_end_pfn(&memblock.reserved.regions[0]), 2);
}

static void free_by_pointer_gives_back_what_alloc_gave(void)
{
	void *p;

	memblock_with_ram();
	p = memblock_alloc(0x2000, 0x1000);
	REQUIRE(p);
	CHECK_STR(RESERVED, "20fe000-2100000");
	memblock_free(p, 0x1000);
	CHECK_STR(RESERVED, "20ff000-2100000");
	memblock_free((char *)p + 0x1000, 0x1000);
	CHECK_STR(RESERVED, "");
	memblock_free(NULL, 0x1000);
	CHECK_STR(RESERVED, "");
}

/*
 *	[============ 0 ============]
 *	        <---- mark ---->
 *	[== 0 ==][== 0 flag ===][ 0 ]
 */
static void a_flag_splits_and_clearing_it_merges(void)
{
	empty_memblock();
	memblock_add_node(0x1000, 0x5000, 0, MEMBLOCK_NONE);
	CHECK_EQ(memblock_mark_nomap(0x2000, 0x2000), 0);
	CHECK_STR(MEMORY, "1000-2000@0 2000-4000@0:N 4000-6000@0");
	CHECK_EQ(memblock_mark_hotplug(0x3000, 0x2000), 0);
	CHECK_STR(MEMORY, "1000-2000@0 2000-3000@0:N 3000-4000@0:HN 4000-5000@0:H 5000-6000@0");
	CHECK_EQ(memblock_clear_nomap(0, 0x10000), 0);
	CHECK_STR(MEMORY, "1000-3000@0 3000-5000@0:H 5000-6000@0");
	CHECK_EQ(memblock_clear_hotplug(0x3000, 0x1000), 0);
	CHECK_STR(MEMORY, "1000-4000@0 4000-5000@0:H 5000-6000@0");
	CHECK_EQ(memblock_clear_hotplug(0, PHYS_ADDR_MAX), 0);
	CHECK_STR(MEMORY, "1000-6000@0");
	CHECK_EQ(memblock_phys_mem_size(), 0x5000);
}

/*
 *	[==== 1 ====][==== 2 nomap ====]
 *	        <---> mark nomap
 *	[== 1 ==][====== 2 nomap ======]
 */
static void a_changed_end_joins_its_neighbour(void)
{
	empty_memblock();
	memblock_add(0x1000, 0x2000);
	memblock_add_node(0x3000, 0x1000, NUMA_NO_NODE, MEMBLOCK_NOMAP);
	CHECK_EQ(memblock_mark_nomap(0x2000, 0x1000), 0);
	CHECK_STR(MEMORY, "1000-2000 2000-4000:N");
	CHECK_EQ(memblock_clear_nomap(0x2000, 0x1000), 0);
	CHECK_STR(MEMORY, "1000-3000 3000-4000:N");
	CHECK_EQ(memblock_clear_nomap(0x3000, 0x800), 0);
	CHECK_STR(MEMORY, "1000-3800 3800-4000:N");
}

static void marking_again_does_not_split(void)
{
	empty_memblock();
	memblock_add_node(0x1000, 0x3000, 0, MEMBLOCK_NOMAP);
	CHECK_EQ(memblock_mark_nomap(0x2000, 0x1000), 0);
	CHECK_STR(MEMORY, "1000-4000@0:N");
	CHECK_EQ(memblock_clear_hotplug(0x2000, 0x1000), 0);
	CHECK_STR(MEMORY, "1000-4000@0:N");
}

static void marking_holes_marks_only_memory(void)
{
	empty_memblock();
	memblock_add(0x2000, 0x1000);
	memblock_add(0x4000, 0x1000);
	CHECK_EQ(memblock_mark_hotplug(0x1000, 0x3800), 0);
	CHECK_STR(MEMORY, "2000-3000:H 4000-4800:H 4800-5000");
	CHECK_EQ(memblock_mark_hotplug(0x8000, 0x1000), 0);
	CHECK_STR(MEMORY, "2000-3000:H 4000-4800:H 4800-5000");
}

static void mirror_is_remembered(void)
{
	empty_memblock();
	memblock_add(0x1000, 0x4000);
	CHECK(!memblock_has_mirror());
	CHECK_EQ(memblock_mark_mirror(0x2000, 0x1000), 0);
	CHECK(memblock_has_mirror());
	CHECK_STR(MEMORY, "1000-2000 2000-3000:M 3000-5000");
	memblock_reset(&this_quire()->memblock_part);
	CHECK(!memblock_has_mirror());
	memblock_add_node(0x1000, 0x4000, 0, MEMBLOCK_MIRROR);
	CHECK(memblock_has_mirror());
}

static void noinit_is_a_flag_of_what_is_reserved(void)
{
	empty_memblock();
	memblock_add(0x1000, 0x4000);
	memblock_reserve(0x1000, 0x3000);
	CHECK_EQ(memblock_reserved_mark_noinit(0x2000, 0x1000), 0);
	CHECK_STR(MEMORY, "1000-5000");
	CHECK_STR(RESERVED, "1000-2000 2000-3000:I 3000-4000");
	CHECK(memblock_is_reserved_noinit(&memblock.reserved.regions[1]));
	CHECK(!memblock_is_reserved_noinit(&memblock.reserved.regions[0]));
	/* reserving it again neither clears the flag nor warns */
	log_clear();
	CHECK_EQ(memblock_reserve(0x1000, 0x3000), 0);
	CHECK_STR(RESERVED, "1000-2000 2000-3000:I 3000-4000");
	CHECK_STR(log_text(), "");
}

static void set_node_splits_and_merges(void)
{
	empty_memblock();
	memblock_add(0x1000, 0x4000);
	memblock_reserve(0x2000, 0x2000);
	CHECK_EQ(memblock_set_node(0x1000, 0x2000, &memblock.memory, 0), 0);
	CHECK_STR(MEMORY, "1000-3000@0 3000-5000");
	CHECK_EQ(memblock_set_node(0x3000, 0x2000, &memblock.memory, 1), 0);
	CHECK_STR(MEMORY, "1000-3000@0 3000-5000@1");
	CHECK_EQ(memblock_set_node(0x3000, 0x1000, &memblock.reserved, 1), 0);
	CHECK_STR(RESERVED, "2000-3000 3000-4000@1");
	CHECK_EQ(memblock_set_node(0, PHYS_ADDR_MAX, &memblock.memory, 1), 0);
	CHECK_STR(MEMORY, "1000-5000@1");
}

static void what_is_no_node_id_is_no_node(void)
{
	static const int nids[] = { -1, -2, (int)MAX_NUMNODES, (int)MAX_NUMNODES + 7, 1 << 30 };

	empty_memblock();
	for (unsigned int i = 0; i < 5; i++) {
		memblock_reset(&this_quire()->memblock_part);
		CHECK_EQ(memblock_add_node(0x1000, 0x1000, nids[i], MEMBLOCK_NONE), 0);
		CHECK_STR(MEMORY, "1000-2000");
		memblock_set_node(0, PHYS_ADDR_MAX, &memblock.memory, (int)MAX_NUMNODES - 1);
		CHECK_EQ(memblock.memory.regions[0].nid, (int)MAX_NUMNODES - 1);
		memblock_set_node(0, PHYS_ADDR_MAX, &memblock.memory, nids[i]);
		CHECK_STR(MEMORY, "1000-2000");
	}
}

static void physmem_is_a_type_of_its_own(void)
{
	empty_memblock();
	CHECK_EQ(memblock_physmem_add(0x1000, 0x3000), 0);
	CHECK_EQ(memblock_physmem_add(0x8000, 0x1000), 0);
	memblock_add(0x1000, 0x1000);
	CHECK_STR(layout(memblock_physmem()), "1000-4000 8000-9000");
	CHECK_STR(MEMORY, "1000-2000");
	CHECK_EQ(memblock_physmem()->max, 4);
}

static void reset_forgets_everything(void)
{
	memblock_with_ram();
	memblock_reserve(0x1000, 0x1000);
	memblock_mark_mirror(RAM_BASE, 0x1000);
	memblock_allow_resize();
	memblock_set_bottom_up(true);
	memblock_set_current_limit(0x1000);
	memblock_reset(&this_quire()->memblock_part);
	check_initial_form();
	CHECK(!this_quire()->memblock_part.can_resize);
	CHECK(!memblock_has_mirror());
}

const struct tap_test tap_tests[] = {
	TEST(an_empty_type_shows_one_region_of_size_0),
	TEST(add_keeps_regions_sorted),
	TEST(add_merges_with_both_neighbours),
	TEST(add_over_several_regions_fills_the_gaps),
	TEST(add_keeps_node_and_flags_of_what_is_there),
	TEST(add_of_what_is_there_changes_nothing),
	TEST(neighbours_merge_only_if_node_and_flags_are_the_same),
	TEST(nothing_is_rounded),
	TEST(a_range_of_size_0_is_nothing),
	TEST(a_range_ends_at_the_end_of_the_address_space),
	TEST(remove_splits_a_region),
	TEST(remove_takes_whole_regions_and_parts),
	TEST(removing_all_leaves_the_empty_region),
	TEST(reserving_does_not_need_memory_and_frees_in_parts),
	TEST(small_reservations_share_a_page),
	TEST(free_by_pointer_gives_back_what_alloc_gave),
	TEST(a_flag_splits_and_clearing_it_merges),
	TEST(a_changed_end_joins_its_neighbour),
	TEST(marking_again_does_not_split),
	TEST(marking_holes_marks_only_memory),
	TEST(mirror_is_remembered),
	TEST(noinit_is_a_flag_of_what_is_reserved),
	TEST(set_node_splits_and_merges),
	TEST(what_is_no_node_id_is_no_node),
	TEST(physmem_is_a_type_of_its_own),
	TEST(reset_forgets_everything),
	{ NULL, NULL },
};
