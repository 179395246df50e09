/* SPDX-License-Identifier: MIT */
/*
 * bootmem_handover_test.c - from memblock to the bitmaps, and from them to the page
 * allocator: which pages are free, and what a failure leaves behind.
 */
#include <stdio.h>

#include <quire/fault.h>
#include <quire/memblock.h>

#include "tests/boot/bootmem_support.h"
#include "tests/fixture.h"
#include "tests/tap.h"

/* A machine whose memblock knows its banks and reservations. */
static struct quire_machine *begin_memblock(struct quire_machine *m)
{
	struct quire *q;
	size_t i;

	test_machine_ram(m);
	q = this_quire();
	q->phase = PHASE_MEMBLOCK;
	q->boot.flags = m->flags;
	q->boot.metadata = m->metadata;
	q->boot.metadata_left = m->metadata_size;
	for (i = 0; i < m->nr_banks; i++)
		REQUIRE(!memblock_add_node(m->banks[i].base, m->banks[i].size, m->banks[i].nid,
					   m->banks[i].flags));
	for (i = 0; i < m->nr_reserved; i++)
		REQUIRE(!memblock_reserve(m->reserved[i].base, m->reserved[i].size));
	return m;
}

/* Every free run as "start-end " in page frames. */
static const char *free_runs(void)
{
	static char text[512];
	bootmem_data_t *bdata = NULL;
	pfn_t start, end = 0;
	size_t len = 0;

	text[0] = '\0';
	while (bootmem_next_free_range(&bdata, end, &start, &end) && len + 40 < sizeof(text))
		len += (size_t)sprintf(text + len, "%lx-%lx ", start, end);
	return text;
}

/*
 *   frames    0x100               0x110      0x120               0x130
 *   RAM       .[======================]  hole  [====================]
 *   reserved        [=]  [.]                                   ^ the map's own page
 */
static void memblock_hands_over_what_is_wholly_free(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0x100000 + 0x800, 0x10000 - 0x800, 0);
	test_bank(m, 0x120000, 0x10000, 0);
	test_reserve(m, 0x104000, 0x1000);
	test_reserve(m, 0x107ff0, 0x20);
	begin_memblock(m);
	CHECK_EQ(bootmem_init_from_memblock(), 0);
	CHECK_EQ(this_quire()->phase, PHASE_BOOTMEM);
	CHECK_STR(free_runs(), "101-104 105-107 109-110 120-12f ");
	CHECK_EQ(bootmem_first()->node_min_pfn, 0x101);
	CHECK_EQ(bootmem_first()->node_low_pfn, 0x130);
	check_valid();
	/* Holes are no RAM: they cannot be freed. */
	log_clear();
	free_bootmem(0x110000, 0x1000);
	CHECK(log_contains("not RAM"));
	/* What was reserved can: its owner is done with it. */
	free_bootmem(0x104000, 0x1000);
	CHECK_STR(free_runs(), "101-107 109-110 120-12f ");
	CHECK_EQ(reserve_bootmem(0x10f000, 0x12000, BOOTMEM_DEFAULT), 0);
	CHECK_STR(free_runs(), "101-107 109-10f 121-12f ");
	check_valid();
}

static void the_maps_own_pages_come_last_and_the_list_ends_empty(void)
{
	struct quire_machine *m = test_machine_new();
	bootmem_data_t *bdata;
	pfn_t start, end;

	test_bank(m, 0x100000, 0x10000, 0);
	test_bank(m, 0x110000, 0x10000, 1);
	begin_memblock(m);
	CHECK_EQ(bootmem_init_from_memblock(), 0);
	CHECK_STR(free_runs(), "100-10f 110-11f ");
	REQUIRE(bootmem_next_map(&bdata, &start, &end));
	CHECK_EQ(start, 0x10f);
	CHECK_EQ(end, 0x110);
	CHECK_EQ(bdata->nid, 0);
	REQUIRE(bootmem_next_map(&bdata, &start, &end));
	CHECK_EQ(start, 0x11f);
	CHECK_EQ(end, 0x120);
	CHECK(!bootmem_next_map(&bdata, &start, &end));
	CHECK(!bootmem_first());
	CHECK_STR(free_runs(), "");
}

/*
 *   frames   0x100     0x110     0x120     0x130     0x140
 *   node       000000000|111111111|000000000|111111111
 *   maps      [0-----------------------------]
 *                        [1----------------------------]
 */
static void interleaved_nodes_keep_their_own_pages(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0x100000, 0x10000, 0);
	test_bank(m, 0x110000, 0x10000, 1);
	test_bank(m, 0x120000, 0x10000, 0);
	test_bank(m, 0x130000, 0x10000, 1);
	test_reserve(m, 0x11e000, 0x4000);
	test_reserve(m, 0x13e000, 0x1000);
	begin_memblock(m);
	CHECK_EQ(bootmem_init_from_memblock(), 0);
	CHECK_STR(free_runs(), "100-110 122-12f 110-11e 130-13e ");
	free_bootmem(0x11e000, 0x4000);
	CHECK_STR(free_runs(), "100-110 120-12f 110-120 130-13e ");
	CHECK_EQ(reserve_bootmem(0x12e000, 0x4000, BOOTMEM_DEFAULT), 0);
	CHECK_STR(free_runs(), "100-110 120-12e 110-120 132-13e ");
	CHECK_EQ(virt_to_phys(bootmem_alloc_raw(PG, PG, 1)), 0x110000);
	CHECK_EQ(virt_to_phys(bootmem_alloc_raw(PG, PG, NUMA_NO_NODE)), 0x100000);
	CHECK_EQ(this_quire()->log.warnings, 0);
	check_valid();
}

static void memory_above_the_direct_map_has_no_bit(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0x100000, 0x20000, 0);
	test_bank(m, 0x120000, 0x10000, 1);
	m->lowmem_end = 0x110000;
	begin_memblock(m);
	CHECK_EQ(bootmem_init_from_memblock(), 0);
	CHECK_STR(free_runs(), "100-10f ");
	CHECK_EQ(bootmem_node_data(0)->node_low_pfn, 0x110);
	CHECK(!bootmem_node_data(1));
	check_valid();
}

/* The map takes the lowest page, so the free range runs across the end of the direct map. */
static void a_free_range_is_cut_at_the_end_of_the_direct_map(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0x100000, 0x20000, 0);
	m->lowmem_end = 0x110000;
	begin_memblock(m);
	memblock_set_bottom_up(true);
	CHECK_EQ(bootmem_init_from_memblock(), 0);
	CHECK_STR(free_runs(), "101-110 ");
	check_valid();
}

static void banks_of_no_node_and_nomap_banks_are_told_apart(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0x100000, 0x10000, NUMA_NO_NODE);
	test_bank(m, 0x110000, 0x10000, NUMA_NO_NODE);
	test_machine_ram(m);
	this_quire()->phase = PHASE_MEMBLOCK;
	CHECK_EQ(memblock_add(0x100000, 0x20000), 0);
	CHECK_EQ(memblock_mark_nomap(0x104000, 0x2000), 0);
	CHECK_EQ(bootmem_init_from_memblock(), 0);
	CHECK_EQ(bootmem_first()->nid, 0);
	CHECK_STR(free_runs(), "100-104 106-11f ");
	check_valid();
}

static void a_second_start_or_a_wrong_phase_is_refused(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0x100000, 0x10000, 0);
	begin_memblock(m);
	this_quire()->phase = PHASE_NONE;
	CHECK_EQ(bootmem_init_from_memblock(), -EINVAL);
	this_quire()->phase = PHASE_MEMBLOCK;
	CHECK_EQ(bootmem_init_from_memblock(), 0);
	CHECK_EQ(bootmem_init_from_memblock(), -EINVAL);
	CHECK_EQ(this_quire()->log.warnings, 2);
	CHECK_STR(free_runs(), "100-10f ");
}

static void a_machine_without_low_memory_is_refused(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0x100000, 0x800, 0);
	begin_memblock(m);
	CHECK_EQ(bootmem_init_from_memblock(), -ENOMEM);
	CHECK(log_contains("no low memory"));
	CHECK_EQ(this_quire()->phase, PHASE_MEMBLOCK);
}

/* Three nodes: the first, second, third map fails. */
static void a_failed_start_leaves_memblock_as_it_was(void)
{
	unsigned long nth;

	for (nth = 1; nth <= 4; nth++) {
		struct quire_machine *m = test_machine_new();
		int err;

		test_bank(m, 0x100000, 0x10000, 0);
		test_bank(m, 0x110000, 0x10000, 1);
		test_bank(m, 0x120000, 0x10000, 2);
		test_reserve(m, 0x108000, 0x2000);
		begin_memblock(m);
		log_clear();
		quire_fail_nth(nth, false);
		err = bootmem_init_from_memblock();
		quire_fail_nth(0, false);
		CHECK_EQ(err, nth <= 3 ? -ENOMEM : 0);
		if (nth <= 3) {
			CHECK(log_contains("a bootmem map"));
			CHECK_EQ(this_quire()->phase, PHASE_MEMBLOCK);
			CHECK(!bootmem_first());
			CHECK_EQ(memblock_reserved_size(), 0x2000);
			CHECK_EQ(memblock.reserved.cnt, 1);
			CHECK_EQ(bootmem_init_from_memblock(), 0);
		}
		CHECK_STR(free_runs(), "100-108 10a-10f 110-11f 120-12f ");
		test_machine_end(m);
	}
}

static void as_dumped_the_maps_lie_outside_of_the_ram(void)
{
	unsigned long nth;

	for (nth = 2; nth <= 3; nth++) {
		struct quire_machine *m = test_machine_new();
		const char *metadata;
		bootmem_data_t *bdata;
		pfn_t start, end;
		size_t left;

		m->flags = MACHINE_AS_DUMPED;
		test_bank(m, 0x100000, 0x10000, 0);
		test_bank(m, 0x110000, 0x10000, 1);
		begin_memblock(m);
		metadata = m->metadata;
		left = this_quire()->boot.metadata_left;
		quire_fail_nth(nth, false);
		if (nth == 2) {
			CHECK_EQ(bootmem_init_from_memblock(), -ENOMEM);
			CHECK_PTR(this_quire()->boot.metadata, metadata);
			CHECK_EQ(this_quire()->boot.metadata_left, left);
			CHECK(all_bytes(metadata, 4 * PG, 0));
		} else {
			CHECK_EQ(bootmem_init_from_memblock(), 0);
			CHECK_STR(free_runs(), "100-110 110-120 ");
			CHECK(!bootmem_next_map(&bdata, &start, &end));
			CHECK_EQ(memblock_reserved_size(), 0);
		}
		CHECK(!bootmem_first());
		quire_fail_nth(0, false);
		test_machine_end(m);
	}
}

const struct tap_test tap_tests[] = {
	TEST(memblock_hands_over_what_is_wholly_free),
	TEST(the_maps_own_pages_come_last_and_the_list_ends_empty),
	TEST(interleaved_nodes_keep_their_own_pages),
	TEST(memory_above_the_direct_map_has_no_bit),
	TEST(a_free_range_is_cut_at_the_end_of_the_direct_map),
	TEST(banks_of_no_node_and_nomap_banks_are_told_apart),
	TEST(a_second_start_or_a_wrong_phase_is_refused),
	TEST(a_machine_without_low_memory_is_refused),
	TEST(a_failed_start_leaves_memblock_as_it_was),
	TEST(as_dumped_the_maps_lie_outside_of_the_ram),
	{ NULL, NULL },
};
