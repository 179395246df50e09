/* SPDX-License-Identifier: MIT */
/*
 * memblock_alloc_test.c - which free range an allocation takes, what it gives up before it
 * fails, and when it is refused.
 *
 * The machine's RAM is 1 MiB .. 33 MiB (0x100000 .. 0x2100000) unless a test says otherwise.
 */
#include <quire/fault.h>

#include "tests/boot/memblock_support.h"

static phys_addr_t phys(void *p)
{
	return p ? virt_to_phys(p) : 0;
}

/*
 *	[               RAM             ]
 *	                    [#3][#2][#1]
 */
static void top_down_takes_the_highest_range(void)
{
	memblock_with_ram();
	CHECK_EQ(phys(memblock_alloc(0x1000, 0x1000)), 0x20ff000);
	CHECK_EQ(phys(memblock_alloc(0x1000, 0x1000)), 0x20fe000);
	CHECK_EQ(memblock_phys_alloc(0x3000, 0x1000), 0x20fb000);
	CHECK_STR(RESERVED, "20fb000-2100000");
	CHECK_STR(free_layout(NUMA_NO_NODE, MEMBLOCK_NONE), "100000-20fb000@0");
}

static void bottom_up_takes_the_lowest_range(void)
{
	memblock_with_ram();
	memblock_set_bottom_up(true);
	CHECK(memblock_bottom_up());
	CHECK_EQ(phys(memblock_alloc(0x1000, 0x1000)), 0x100000);
	CHECK_EQ(phys(memblock_alloc(0x10, 0x10)), 0x101000);
	CHECK_EQ(memblock_phys_alloc(0x10, 0x1000), 0x102000);
	CHECK_STR(RESERVED, "100000-101010 102000-102010");
	memblock_set_bottom_up(false);
	CHECK_EQ(phys(memblock_alloc(0x1000, 0x1000)), 0x20ff000);
}

/*
 *	[  RAM   ][#][ hole too small ][########]
 *	     [new]
 */
static void holes_that_are_too_small_are_passed_over(void)
{
	memblock_with_ram();
	memblock_reserve(0x2000000, 0x1000);
	memblock_reserve(0x2004000, 0xfc000);
	CHECK_EQ(memblock_phys_alloc(0x4000, 0x1000), 0x1ffc000);
	CHECK_EQ(memblock_phys_alloc(0x3000, 0x1000), 0x2001000);
	memblock_set_bottom_up(true);
	memblock_reserve(0x101000, 0x1000);
	CHECK_EQ(memblock_phys_alloc(0x2000, 0x1000), 0x102000);
	CHECK_EQ(memblock_phys_alloc(0x1000, 0x1000), 0x100000);
}

static void alignment_is_kept_in_both_directions(void)
{
	static const phys_addr_t aligns[] = { 1, 2, 0x40, 0x1000, 0x10000, 1 * MIB, 8 * MIB };

	memblock_with_ram();
	for (unsigned int up = 0; up < 2; up++)
		for (unsigned int i = 0; i < 7; i++) {
			phys_addr_t base;

			memblock_set_bottom_up(up);
			memblock_reserve(up ? RAM_BASE : RAM_END - 3, 3);
			base = memblock_phys_alloc(5, aligns[i]);
			REQUIRE(base);
			CHECK_EQ(base % aligns[i], 0);
			CHECK(memblock_is_region_reserved(base, 5));
			if (up)
				CHECK(base - RAM_BASE < aligns[i] + 3);
			else
				CHECK(RAM_END - base <= aligns[i] + 8);
			memblock_phys_free(0, PHYS_ADDR_MAX);
		}
}

static void a_block_is_zeroed_unless_it_is_raw(void)
{
	unsigned char *p, *raw;

	memblock_with_ram();
	memset(phys_to_virt(0x20f0000), 0xa5, 0x10000);
	p = memblock_alloc(0x801, 0x1000);
	REQUIRE(p);
	for (unsigned int i = 0; i < 0x801; i++)
		if (!CHECK_EQ(p[i], 0))
			break;
	CHECK_EQ(test_peek(p + 0x801), 0xa5);
	CHECK_EQ(test_peek(p - 1), 0xa5);
	raw = memblock_alloc_raw(0x100, 0x1000);
	REQUIRE(raw);
	CHECK_EQ(raw[0], 0xa5);
	CHECK_EQ(raw[0xff], 0xa5);
}

static void no_alignment_warns_and_takes_a_cache_line(void)
{
	memblock_with_ram();
	CHECK_EQ(memblock_phys_alloc(1, 0), RAM_END - SMP_CACHE_BYTES);
	CHECK(log_contains("WARNING"));
	CHECK(log_contains("no alignment"));
	log_clear();
	CHECK_EQ(memblock_phys_alloc(1, 0x30), 0);
	CHECK(log_contains("no power of two"));
	CHECK_STR(RESERVED, "20fffc0-20fffc1");
}

static void size_0_warns_and_gets_nothing(void)
{
	memblock_with_ram();
	CHECK_EQ(memblock_phys_alloc(0, 0x40), 0);
	CHECK_PTR(memblock_alloc(0, 0x40), NULL);
	CHECK(log_contains("0 bytes"));
	CHECK_STR(RESERVED, "");
	CHECK_EQ(this_quire()->log.warnings, 2);
}

static void accessible_ends_at_the_current_limit(void)
{
	memblock_with_ram();
	memblock_set_current_limit(16 * MIB);
	CHECK_EQ(memblock_get_current_limit(), 16 * MIB);
	CHECK_EQ(memblock_phys_alloc(0x1000, 0x1000), 0xfff000);
	CHECK_EQ(phys(memblock_alloc(0x1000, 0x1000)), 0xffe000);
	CHECK_EQ(memblock_phys_alloc_range(0x1000, 0x1000, 0, MEMBLOCK_ALLOC_NOLEAKTRACE), 0xffd000);
	/* anywhere is beyond it for physical memory, and not for what must be mapped */
	CHECK_EQ(memblock_phys_alloc_range(0x1000, 0x1000, 0, MEMBLOCK_ALLOC_ANYWHERE), 0x20ff000);
	CHECK_EQ(phys(memblock_alloc_try_nid(0x1000, 0x1000, 0, MEMBLOCK_ALLOC_ANYWHERE, -1)),
		 0xffc000);
	memblock_set_current_limit(RAM_BASE);
	CHECK_EQ(memblock_phys_alloc(0x1000, 0x1000), 0);
	CHECK_PTR(memblock_alloc(0x1000, 0x1000), NULL);
}

/* The RAM above lowmem_end has no address in the direct map. */
static void an_address_is_always_in_the_direct_map(void)
{
	struct quire_machine *m = test_machine_new();
	char *p;

	test_bank(m, 1 * MIB, 31 * MIB, 0);
	m->lowmem_end = 8 * MIB;
	test_machine_ram(m);
	memblock_reset(&this_quire()->memblock_part);
	memblock_add(1 * MIB, 31 * MIB);
	p = memblock_alloc(0x1000, 0x1000);
	REQUIRE(p);
	CHECK_EQ(phys(p), 0x7ff000);
	p[0xfff] = 1;
	CHECK_EQ(memblock_phys_alloc(0x1000, 0x1000), 0x1fff000);
}

/*
 *	[    RAM      )[ range ][  RAM  ]
 *	               [##]  [#]
 */
static void a_range_bounds_the_block(void)
{
	memblock_with_ram();
	CHECK_EQ(memblock_phys_alloc_range(0x1000, 0x1000, 0x400000, 0x410000), 0x40f000);
	memblock_set_bottom_up(true);
	CHECK_EQ(memblock_phys_alloc_range(0x1000, 0x1000, 0x400800, 0x410000), 0x401000);
	CHECK_EQ(memblock_phys_alloc_range(0xf000, 0x1000, 0x400000, 0x410000), 0);
	CHECK_EQ(memblock_phys_alloc_range(0xd000, 0x1000, 0x400000, 0x410000), 0x402000);
	CHECK_EQ(memblock_phys_alloc_range(0x1000, 0x1000, 0x500000, 0x500000), 0);
	CHECK_EQ(memblock_phys_alloc_range(0x1000, 0x1000, 0x500000, 0x400000), 0);
	CHECK_EQ(memblock_phys_alloc_range(0x1000, 0x1000, 0x500000, 0x500fff), 0);
	CHECK_EQ(memblock_phys_alloc_range(64 * MIB, 0x1000, 0, MEMBLOCK_ALLOC_ANYWHERE), 0);
}

static void min_addr_is_given_up_by_what_returns_a_pointer(void)
{
	memblock_with_ram();
	CHECK_EQ(phys(memblock_alloc_from(0x1000, 0x1000, 32 * MIB)), 0x20ff000);
	memblock_set_bottom_up(true);
	CHECK_EQ(phys(memblock_alloc_from(0x1000, 0x1000, 32 * MIB)), 0x2000000);
	memblock_set_bottom_up(false);
	memblock_reserve(32 * MIB, 1 * MIB);
	CHECK_EQ(phys(memblock_alloc_from(0x1000, 0x1000, 32 * MIB)), 0x1fff000);
	CHECK_EQ(phys(memblock_alloc_try_nid_raw(0x1000, 0x1000, 32 * MIB, 32 * MIB + 0x800, 0)),
		 0x1ffe000);
	CHECK_EQ(phys(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 32 * MIB, 0, 0)), 0x1ffd000);
	CHECK_EQ(memblock_phys_alloc_range(0x1000, 0x1000, 32 * MIB, 0), 0);
}

static void page_0_is_never_returned(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, 0x4000, 0);
	test_machine_ram(m);
	memblock_reset(&this_quire()->memblock_part);
	memblock_add(0, 0x4000);
	memblock_set_bottom_up(true);
	CHECK_EQ(memblock_phys_alloc(0x800, 0x800), 0x1000);
	memblock_set_bottom_up(false);
	CHECK_EQ(memblock_phys_alloc(0x2000, 0x800), 0x2000);
	CHECK_EQ(memblock_phys_alloc(0x800, 0x800), 0x1800);
	CHECK_EQ(memblock_phys_alloc(0x10, 0x10), 0);
	CHECK_STR(free_layout(NUMA_NO_NODE, MEMBLOCK_NONE), "0-1000");
}

static void low_ends_at_4_gib(void)
{
	struct quire_machine *m = test_machine_new();

	if (sizeof(void *) == 4)
		tap_skip("the direct map of a 32-bit process ends before");
	test_bank(m, 0xfff00000, 0x200000, 0);
	test_machine_ram(m);
	memblock_reset(&this_quire()->memblock_part);
	memblock_add(0xfff00000, 0x200000);
	CHECK_EQ(phys(memblock_alloc(0x1000, 0x1000)), 0x1000ff000);
	/* the limit is the last address, exclusive: one byte below 4 GiB is out too */
	CHECK_EQ(phys(memblock_alloc_low(0x1000, 0x1000)), 0xffffe000);
}

/*
 * Node 0 at 1..9, node 1 at 9..17, node 2 at 17..33 MiB.
 */
static void three_nodes(void)
{
	empty_memblock();
	memblock_add_node(1 * MIB, 8 * MIB, 0, MEMBLOCK_NONE);
	memblock_add_node(9 * MIB, 8 * MIB, 1, MEMBLOCK_NONE);
	memblock_add_node(17 * MIB, 16 * MIB, 2, MEMBLOCK_NONE);
}

static void a_node_is_tried_first_then_any(void)
{
	three_nodes();
	CHECK_EQ(phys(memblock_alloc_node(7 * MIB, 0x1000, 1)), 10 * MIB);
	CHECK_EQ(memblock_phys_alloc_try_nid(1 * MIB, 0x1000, 1), 9 * MIB);
	CHECK_EQ(phys(memblock_alloc_node(0x1000, 0x1000, 1)), 33 * MIB - 0x1000);
	CHECK_EQ(memblock_phys_alloc_try_nid(0x1000, 0x1000, 1), 33 * MIB - 0x2000);
	CHECK_EQ(phys(memblock_alloc_node(0x1000, 0x1000, 0)), 9 * MIB - 0x1000);
	CHECK_EQ(phys(memblock_alloc_node(0x1000, 0x1000, 77)), 33 * MIB - 0x3000);
	memblock_set_bottom_up(true);
	CHECK_EQ(phys(memblock_alloc_node(0x1000, 0x1000, 2)), 17 * MIB);
}

static void an_exact_node_is_that_node_or_nothing(void)
{
	three_nodes();
	CHECK_EQ(phys(memblock_alloc_exact_nid_raw(8 * MIB, 0x1000, 0, 0, 1)), 9 * MIB);
	CHECK_PTR(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0, 0, 1), NULL);
	CHECK_EQ(memblock_alloc_range_nid(0x1000, 0x1000, 0, 0, 1, true), 0);
	CHECK_EQ(memblock_alloc_range_nid(0x1000, 0x1000, 0, 0, 1, false), 33 * MIB - 0x1000);
	CHECK_EQ(memblock_alloc_range_nid(0x1000, 0x1000, 0, 0, 0, true), 9 * MIB - 0x1000);
	CHECK_EQ(memblock_alloc_range_nid(0x1000, 0x1000, 0, 0, NUMA_NO_NODE, true),
		 33 * MIB - 0x2000);
	CHECK_EQ(memblock_alloc_range_nid(0x1000, 0x1000, 0, 0, (int)MAX_NUMNODES, true),
		 33 * MIB - 0x3000);
}

/* A range on the node that has no room for it: another node within the range is taken. */
static void the_node_is_given_up_before_the_range(void)
{
	three_nodes();
	CHECK_EQ(phys(memblock_alloc_try_nid(0x1000, 0x1000, 9 * MIB, 17 * MIB, 2)),
		 17 * MIB - 0x1000);
	CHECK_PTR(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 9 * MIB, 17 * MIB, 2), NULL);
	CHECK_EQ(phys(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 20 * MIB, 18 * MIB, 2)),
		 18 * MIB - 0x1000);
}

/* A block may span regions of one node only as far as one region goes. */
static void a_block_lies_in_one_region(void)
{
	three_nodes();
	CHECK_EQ(memblock_phys_alloc(17 * MIB, 0x1000), 0);
	CHECK_EQ(memblock_phys_alloc(16 * MIB, 0x1000), 17 * MIB);
}

/*
 *	node 0 [ mirror ][        ]  node 1 [          ][ mirror ]
 */
static void mirrored_memory_is_preferred_then_given_up_with_a_warning(void)
{
	empty_memblock();
	memblock_add_node(1 * MIB, 8 * MIB, 0, MEMBLOCK_NONE);
	memblock_add_node(9 * MIB, 24 * MIB, 1, MEMBLOCK_NONE);
	memblock_mark_mirror(1 * MIB, 2 * MIB);
	memblock_mark_mirror(30 * MIB, 1 * MIB);
	CHECK_EQ(memblock_phys_alloc(0x1000, 0x1000), 31 * MIB - 0x1000);
	CHECK_EQ(memblock_phys_alloc_try_nid(0x1000, 0x1000, 0), 3 * MIB - 0x1000);
	CHECK_STR(log_text(), "");
	/* not on node 1, but mirrored */
	CHECK_EQ(memblock_phys_alloc_try_nid(1 * MIB, 0x1000, 1), 2 * MIB - 0x1000);
	CHECK_STR(log_text(), "");
	CHECK_EQ(memblock_phys_alloc_try_nid(3 * MIB, 0x1000, 0), 6 * MIB);
	CHECK(log_contains("Could not allocate 0x300000 bytes of mirrored memory"));
	log_clear();
	CHECK_EQ(memblock_alloc_range_nid(1 * MIB, 0x1000, 0, 0, 1, true), 32 * MIB);
	CHECK(log_contains("mirrored"));
}

static void nomap_and_driver_managed_memory_is_never_handed_out(void)
{
	empty_memblock();
	memblock_add(1 * MIB, 1 * MIB);
	memblock_add_node(2 * MIB, 1 * MIB, NUMA_NO_NODE, MEMBLOCK_DRIVER_MANAGED);
	memblock_add(3 * MIB, 1 * MIB);
	memblock_mark_nomap(3 * MIB, 1 * MIB);
	CHECK_EQ(memblock_phys_alloc(1 * MIB, 0x1000), 1 * MIB);
	CHECK_EQ(memblock_phys_alloc(0x1000, 0x1000), 0);
	memblock_clear_nomap(3 * MIB, 0x1000);
	CHECK_EQ(memblock_phys_alloc(0x1000, 0x1000), 3 * MIB);
}

static void hotpluggable_memory_is_spared_with_movable_node(void)
{
	memblock_with_ram();
	memblock_mark_hotplug(2 * MIB, 31 * MIB);
	CHECK_EQ(memblock_phys_alloc(0x1000, 0x1000), 33 * MIB - 0x1000);
	this_quire()->memblock_part.movable_node = true;
	CHECK_EQ(memblock_phys_alloc(0x1000, 0x1000), 2 * MIB - 0x1000);
}

static void after_its_phase_memblock_refuses_and_says_who_asked(void)
{
	memblock_with_ram();
	this_quire()->phase = PHASE_BOOTMEM;
	CHECK_PTR(memblock_alloc(0x1000, 0x1000), NULL);
	CHECK(log_contains("memblock_alloc_try_nid: memblock is closed, bootmem has its memory"));
	CHECK(log_contains("called from"));
	this_quire()->phase = PHASE_BUDDY;
	log_clear();
	CHECK_PTR(memblock_alloc_raw(0x1000, 0x1000), NULL);
	CHECK_PTR(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0, 0, 0), NULL);
	CHECK_EQ(memblock_phys_alloc(0x1000, 0x1000), 0);
	CHECK_EQ(memblock_phys_alloc_try_nid(0x1000, 0x1000, 0), 0);
	CHECK_EQ(memblock_alloc_range_nid(0x1000, 0x1000, 0, 0, 0, false), 0);
	CHECK(log_contains("the page allocator has its memory"));
	CHECK_EQ(this_quire()->log.warnings, 6);
	CHECK_STR(RESERVED, "");
}

/* Each door counts one call, whatever it tries behind it. */
static void each_allocation_can_be_made_to_fail_once(void)
{
	three_nodes();
	memblock_mark_mirror(1 * MIB, 0x1000);
	for (unsigned int door = 0; door < 6; door++)
		for (unsigned long nth = 1; nth <= 2; nth++) {
			phys_addr_t got = 0;

			quire_fail_nth(nth, false);
			if (door == 0)
				got = phys(memblock_alloc_from(0x2000, 0x1000, 33 * MIB));
			if (door == 1)
				got = phys(memblock_alloc_raw(0x2000, 0x1000));
			if (door == 2)
				got = phys(memblock_alloc_exact_nid_raw(0x2000, 0x1000, 0, 0, 1));
			if (door == 3)
				got = memblock_phys_alloc(0x2000, 0x1000);
			if (door == 4)
				got = memblock_phys_alloc_try_nid(0x2000, 0x1000, 0);
			if (door == 5)
				got = memblock_alloc_range_nid(0x2000, 0x1000, 0, 0, 0, false);
			CHECK_EQ(this_quire()->fault.calls, 1);
			CHECK_EQ(!got, nth == 1);
			CHECK_EQ(memblock_reserved_size(), nth == 1 ? 0 : 0x2000);
			memblock_phys_free(0, PHYS_ADDR_MAX);
		}
	quire_fail_nth(0, false);
}

const struct tap_test tap_tests[] = {
	TEST(top_down_takes_the_highest_range),
	TEST(bottom_up_takes_the_lowest_range),
	TEST(holes_that_are_too_small_are_passed_over),
	TEST(alignment_is_kept_in_both_directions),
	TEST(a_block_is_zeroed_unless_it_is_raw),
	TEST(no_alignment_warns_and_takes_a_cache_line),
	TEST(size_0_warns_and_gets_nothing),
	TEST(accessible_ends_at_the_current_limit),
	TEST(an_address_is_always_in_the_direct_map),
	TEST(a_range_bounds_the_block),
	TEST(min_addr_is_given_up_by_what_returns_a_pointer),
	TEST(page_0_is_never_returned),
	TEST(low_ends_at_4_gib),
	TEST(a_node_is_tried_first_then_any),
	TEST(an_exact_node_is_that_node_or_nothing),
	TEST(the_node_is_given_up_before_the_range),
	TEST(a_block_lies_in_one_region),
	TEST(mirrored_memory_is_preferred_then_given_up_with_a_warning),
	TEST(nomap_and_driver_managed_memory_is_never_handed_out),
	TEST(hotpluggable_memory_is_spared_with_movable_node),
	TEST(after_its_phase_memblock_refuses_and_says_who_asked),
	TEST(each_allocation_can_be_made_to_fail_once),
	{ NULL, NULL },
};
