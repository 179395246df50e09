/* SPDX-License-Identifier: MIT */
/*
 * e820_test.c - the firmware map of a PC: order, overlaps, and the PC's own rules.
 */
#include <string.h>

#include "port/pc/e820.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

static bool is_range(const struct e820_entry *range, u64 base, u64 size, u32 type)
{
	return range->base == base && range->size == size && range->type == type;
}

static void a_plain_map_becomes_its_usable_ranges(void)
{
	const struct e820_entry map[] = {
		{ 0x0, 0x9fc00, E820_RAM },
		{ 0x9fc00, 0x400, E820_RESERVED },
		{ 0xf0000, 0x10000, E820_RESERVED },
		{ 0x100000, 0x7fee0000, E820_RAM },
		{ 0x7ffe0000, 0x20000, E820_RESERVED },
	};
	struct machine_bank banks[4];

	CHECK_EQ(e820_banks(map, NR(map), banks, NR(banks)), 2);
	/* Page 0 is not among them. */
	CHECK_EQ(banks[0].base, 0x1000);
	CHECK_EQ(banks[0].size, 0x9ec00);
	CHECK_EQ(banks[1].base, 0x100000);
	CHECK_EQ(banks[1].size, 0x7fee0000);
	CHECK_EQ(banks[1].nid, 0);
	CHECK_EQ(banks[1].flags, 0);
}

static void counting_writes_nothing_and_a_short_array_is_not_overrun(void)
{
	const struct e820_entry map[] = {
		{ 0x100000, 0x1000, E820_RAM },
		{ 0x200000, 0x1000, E820_RAM },
		{ 0x300000, 0x1000, E820_RAM },
	};
	struct machine_bank banks[3];

	memset(banks, 0xee, sizeof(banks));
	CHECK_EQ(e820_banks(map, NR(map), NULL, 0), 3);
	CHECK_EQ(e820_banks(map, NR(map), banks, 2), 3);
	CHECK_EQ(banks[1].base, 0x200000);
	CHECK_EQ((u8)banks[2].nid, 0xee);
	CHECK_EQ(e820_banks(map, 0, banks, 3), 0);
}

/*
 *	usable    |-----------------------|      |====|
 *	reserved         |---|                   (same again)
 *	ACPI               |----|
 */
static void where_entries_overlap_the_higher_type_holds(void)
{
	const struct e820_entry map[] = {
		{ 0x400000, 0x300000, E820_ACPI },  { 0x1000000, 0x1000000, E820_RAM },
		{ 0x100000, 0xf00000, E820_RAM },   { 0x300000, 0x200000, E820_RESERVED },
		{ 0x1000000, 0x1000000, E820_RAM },
	};
	struct e820_entry range;
	u64 position = 0;

	REQUIRE(e820_next_range(map, NR(map), &position, &range));
	CHECK(is_range(&range, 0x100000, 0x200000, E820_RAM));
	REQUIRE(e820_next_range(map, NR(map), &position, &range));
	CHECK(is_range(&range, 0x300000, 0x100000, E820_RESERVED));
	REQUIRE(e820_next_range(map, NR(map), &position, &range));
	CHECK(is_range(&range, 0x400000, 0x300000, E820_ACPI));
	REQUIRE(e820_next_range(map, NR(map), &position, &range));
	/* What touches becomes one range. */
	CHECK(is_range(&range, 0x700000, 0x1900000, E820_RAM));
	CHECK(!e820_next_range(map, NR(map), &position, &range));
}

static void video_memory_is_never_ram_and_page_0_is_reserved(void)
{
	const struct e820_entry map[] = { { 0, 0x200000, E820_RAM } };
	struct e820_entry range;
	u64 position = 0;

	REQUIRE(e820_next_range(map, NR(map), &position, &range));
	CHECK(is_range(&range, 0, 0x1000, E820_RESERVED));
	REQUIRE(e820_next_range(map, NR(map), &position, &range));
	CHECK(is_range(&range, 0x1000, 0x9f000, E820_RAM));
	REQUIRE(e820_next_range(map, NR(map), &position, &range));
	CHECK(is_range(&range, 0x100000, 0x100000, E820_RAM));
	CHECK(!e820_next_range(map, NR(map), &position, &range));
}

static void reservations_in_low_memory_stay(void)
{
	const struct e820_entry map[] = { { 0, 0x1000, E820_NVS },
					  { 0xa0000, 0x60000, E820_RESERVED } };
	struct e820_entry range;
	u64 position = 0;

	REQUIRE(e820_next_range(map, NR(map), &position, &range));
	CHECK(is_range(&range, 0, 0x1000, E820_NVS));
	REQUIRE(e820_next_range(map, NR(map), &position, &range));
	CHECK(is_range(&range, 0xa0000, 0x60000, E820_RESERVED));
	CHECK(!e820_next_range(map, NR(map), &position, &range));
}

static void an_empty_entry_says_nothing(void)
{
	const struct e820_entry map[] = { { 0x200000, 0, E820_RESERVED },
					  { 0x100000, 0x200000, E820_RAM } };
	struct machine_bank banks[2];

	CHECK_EQ(e820_banks(map, NR(map), banks, NR(banks)), 1);
	CHECK_EQ(banks[0].size, 0x200000);
}

static void an_entry_that_wraps_ends_with_the_last_byte(void)
{
	const struct e820_entry map[] = { { 0xfffffffffff00000, 0x200000, E820_RESERVED },
					  { 0x100000, 0x100000, E820_RAM } };
	struct e820_entry range;
	u64 position = 0;

	REQUIRE(e820_next_range(map, NR(map), &position, &range));
	CHECK(is_range(&range, 0x100000, 0x100000, E820_RAM));
	REQUIRE(e820_next_range(map, NR(map), &position, &range));
	CHECK(is_range(&range, 0xfffffffffff00000, 0x100000, E820_RESERVED));
	/* The walk is at its end, and says so. */
	CHECK_EQ(position, 0);
}

static void a_bank_never_ends_beyond_the_last_address(void)
{
	const struct e820_entry map[] = { { 0xffffffffffe00000, 0x200000, E820_RAM } };
	struct machine_bank bank;

	CHECK_EQ(e820_banks(map, NR(map), &bank, 1), sizeof(phys_addr_t) == 8);
	CHECK(bank.base + bank.size > bank.base);
}

static void made_up_types_are_reserved(void)
{
	const struct e820_entry map[] = { { 0x100000, 0x300000, E820_RAM },
					  { 0x200000, 0x100000, 20 } };
	struct machine_bank banks[3];

	CHECK_EQ(e820_banks(map, NR(map), banks, NR(banks)), 2);
	CHECK_EQ(banks[0].size, 0x100000);
	CHECK_EQ(banks[1].base, 0x300000);
	CHECK_STR(e820_resource_name(20), "Reserved");
	CHECK_STR(e820_resource_name(E820_RAM), "System RAM");
	CHECK_STR(e820_resource_name(E820_ACPI), "ACPI Tables");
	CHECK_STR(e820_resource_name(E820_NVS), "ACPI Non-volatile Storage");
}

/* Random maps on a small scale, against a model of one type per page. */
static void random_maps_agree_with_a_page_by_page_model(void)
{
	for (unsigned int round = 0; round < test_rounds(300); round++) {
		struct e820_entry map[12];
		size_t nr = 1 + test_random_below(12);
		u32 type[512] = { 0 }, found[512] = { 0 };
		struct e820_entry range;
		u64 position = 0;

		for (size_t i = 0; i < nr; i++) {
			map[i].base = test_random_below(500) << 12;
			map[i].size = test_random_below(((u64)500 << 12) - map[i].base) >> 12 << 12;
			map[i].type = 1 + (u32)test_random_below(5);
			for (u64 p = map[i].base >> 12; p < (map[i].base + map[i].size) >> 12; p++)
				type[p] = map[i].type > type[p] ? map[i].type : type[p];
		}
		type[0] = type[0] == E820_RAM ? E820_RESERVED : type[0];
		for (u64 p = 0xa0; p < 0x100; p++)
			type[p] = type[p] == E820_RAM ? 0 : type[p];
		while (e820_next_range(map, nr, &position, &range)) {
			CHECK_EQ(range.base & 0xfff, 0);
			CHECK(range.size > 0);
			for (u64 p = range.base >> 12; p < (range.base + range.size) >> 12; p++)
				found[p] = range.type;
		}
		CHECK(!memcmp(type, found, sizeof(type)));
	}
}

const struct tap_test tap_tests[] = {
	TEST(a_plain_map_becomes_its_usable_ranges),
	TEST(counting_writes_nothing_and_a_short_array_is_not_overrun),
	TEST(where_entries_overlap_the_higher_type_holds),
	TEST(video_memory_is_never_ram_and_page_0_is_reserved),
	TEST(reservations_in_low_memory_stay),
	TEST(an_empty_entry_says_nothing),
	TEST(an_entry_that_wraps_ends_with_the_last_byte),
	TEST(a_bank_never_ends_beyond_the_last_address),
	TEST(made_up_types_are_reserved),
	TEST(random_maps_agree_with_a_page_by_page_model),
	{ NULL, NULL },
};
