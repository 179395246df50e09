/* SPDX-License-Identifier: MIT */
/*
 * check_machine_test.c - descriptions that make no sense are refused with one line, before
 * anything is changed.
 */
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

static struct quire_machine *plain(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 64 * MB, 0);
	return m;
}

static void check_refused(const struct quire_machine *m, const char *why)
{
	char text[256] = "";

	CHECK_EQ(quire_check_machine(m, text, sizeof(text)), -EINVAL);
	CHECK_STR(text, why);
	log_clear();
	CHECK_EQ(quire_boot(m), -EINVAL);
	CHECK(log_contains(why));
	CHECK_EQ(this_quire()->phase, PHASE_NONE);
}

static void a_sound_machine_passes(void)
{
	CHECK_EQ(quire_check_machine(plain(), NULL, 0), 0);
}

static void a_machine_without_ram_is_refused(void)
{
	check_refused(test_machine_new(), "the machine has no RAM");
}

static void an_empty_bank_is_refused(void)
{
	struct quire_machine *m = plain();

	test_bank(m, 128 * MB, 0, 0);
	check_refused(m, "bank 1 at 0x8000000 is empty");
}

static void overlapping_banks_are_refused(void)
{
	struct quire_machine *m = plain();

	test_bank(m, 80 * MB, 16 * MB, 0); /* touches: fine */
	CHECK_EQ(quire_check_machine(m, NULL, 0), 0);
	test_bank(m, 95 * MB, 16 * MB, 0);
	check_refused(m, "bank 2 (0x5f00000-0x6efffff) overlaps bank 1 (0x5000000-0x5ffffff)");
}

static void a_bank_beyond_the_physical_limit_is_refused(void)
{
	struct quire_machine *m = plain();

	m->phys_bits = 32;
	test_bank(m, 0xf0000000, 0x10000000, 0);
	CHECK_EQ(quire_check_machine(m, NULL, 0), 0);
	test_bank(m, 0x100000000, 0x1000, 0);
	check_refused(m, "bank 2 (0x100000000-0x100000fff) is beyond the physical limit 0xffffffff");
}

static void a_bank_that_wraps_is_refused(void)
{
	struct quire_machine *m = plain();

	test_bank(m, ~(phys_addr_t)0xfff, 0x2000, 0);
	check_refused(m, "bank 1 at 0xfffffffffffff000 runs past the last address");
}

static void a_node_out_of_range_is_refused(void)
{
	struct quire_machine *m = plain();
	char text[256];

	test_bank(m, 128 * MB, 1 * MB, -1);
	CHECK_EQ(quire_check_machine(m, text, sizeof(text)), -EINVAL);
	m = plain();
	test_bank(m, 128 * MB, 1 * MB, (int)MAX_NUMNODES);
	CHECK_EQ(quire_check_machine(m, text, sizeof(text)), -EINVAL);
}

static void ram_above_the_last_zone_is_refused(void)
{
	struct quire_machine *m = plain();

	m->zone_end[ZONE_NORMAL] = 64 * MB;
	check_refused(m, "RAM up to 0x4ffffff lies above the last zone, which ends at 0x4000000");
}

static void zones_out_of_order_are_refused(void)
{
	struct quire_machine *m = plain();

	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL;
	m->zone_end[ZONE_DMA] = 96 * MB;
	m->zone_end[ZONE_NORMAL] = 80 * MB;
	check_refused(m, "zone Normal ends at 0x5000000, below the zone before it");
}

static void a_zone_limit_inside_a_page_is_refused(void)
{
	struct quire_machine *m = plain();

	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL;
	m->zone_end[ZONE_DMA] = 16 * MB + 5;
	check_refused(m, "zone DMA ends at 0x1000005, inside a page");
	m->zone_end[ZONE_DMA] = 16 * MB;
	m->lowmem_end = 64 * MB + 1;
	check_refused(m, "lowmem ends at 0x4000001, inside a page");
}

static void highmem_alone_is_refused(void)
{
	struct quire_machine *m = plain();

	m->zones = 1U << ZONE_HIGHMEM;
	check_refused(m, "there is no zone in the direct map: DMA, DMA32 or Normal");
}

static void wrong_shapes_are_refused(void)
{
	struct quire_machine *m = plain();

	m->page_shift = 9;
	check_refused(m, "pages of 1 << 9 bytes: 1 << 10 to 1 << 16 will do");
	m->page_shift = 0;
	m->max_order = MAX_ORDER_LIMIT + 1;
	check_refused(m, "MAX_ORDER 21: this build has at most 20");
	m->max_order = 8;
	m->block_order = 8;
	check_refused(m, "page blocks of order 8: the highest order is 7");
}

static void impossible_distances_are_refused(void)
{
	static const u8 not_local[] = { 10, 20, 20, 11 }, too_near[] = { 10, 9, 20, 10 };
	struct quire_machine *m = plain();

	m->nr_distance_nodes = 2;
	m->distance = not_local;
	check_refused(m, "node 1 is 11 from itself: that distance is 10");
	m->distance = too_near;
	check_refused(m, "nodes 0 and 1 are 9 apart: 10 is the least");
}

static void a_final_reserved_list_without_metadata_is_refused(void)
{
	struct quire_machine *m = plain();

	m->flags = MACHINE_AS_DUMPED;
	check_refused(m, "the reserved list is final, but no memory is given for metadata");
}

const struct tap_test tap_tests[] = {
	TEST(a_sound_machine_passes),
	TEST(a_machine_without_ram_is_refused),
	TEST(an_empty_bank_is_refused),
	TEST(overlapping_banks_are_refused),
	TEST(a_bank_beyond_the_physical_limit_is_refused),
	TEST(a_bank_that_wraps_is_refused),
	TEST(a_node_out_of_range_is_refused),
	TEST(ram_above_the_last_zone_is_refused),
	TEST(zones_out_of_order_are_refused),
	TEST(a_zone_limit_inside_a_page_is_refused),
	TEST(highmem_alone_is_refused),
	TEST(wrong_shapes_are_refused),
	TEST(impossible_distances_are_refused),
	TEST(a_final_reserved_list_without_metadata_is_refused),
	{ NULL, NULL },
};
