/* SPDX-License-Identifier: MIT */
/*
 * memblock_grow_test.c - region arrays that outgrow the ones linked into the image, with
 * nothing but memblock to take memory from.
 *
 *	          1 MiB                                             33 MiB
 *	memory    [====================== RAM ====================]
 *	reserved  [#][#][#] ... thousands ...            [new][old]
 *	                                         arrays: ^ top-down, clear of `avoid`
 */
#include <quire/fault.h>

#include "tests/boot/memblock_support.h"

#define INIT_REGIONS CONFIG_INIT_MEMBLOCK_REGIONS
#define REGION_BYTES sizeof(struct memblock_region)

/* Small ranges with gaps, from the start of RAM. */
#define SPOT(i) (RAM_BASE + (phys_addr_t)(i)*0x40)
#define SPOT_SIZE 0x10

static const struct machine_range nothing_here[] = { { 0, 0, NULL } };

static void avoid(const struct machine_range *ranges, size_t nr)
{
	this_quire()->memblock_part.avoid = ranges;
	this_quire()->memblock_part.nr_avoid = nr;
}

/* Reserves spots until the array of reserved regions is full. Returns how many there are. */
static unsigned long fill_reserved(void)
{
	unsigned long i = 0;

	for (; memblock.reserved.total_size == 0 || memblock.reserved.cnt < memblock.reserved.max;
	     i++)
		REQUIRE(!memblock_reserve(SPOT(i), SPOT_SIZE));
	return i;
}

static phys_addr_t whole_pages(size_t size)
{
	return (size + PAGE_SIZE - 1) & PAGE_MASK;
}

/* Where the array of the type is, in RAM. */
static struct machine_range place_of(const struct memblock_type *type)
{
	struct machine_range place = { virt_to_phys(type->regions),
				       whole_pages(type->max * REGION_BYTES), NULL };

	return place;
}

static bool touches(struct machine_range a, phys_addr_t base, phys_addr_t end)
{
	return a.base < end && base < a.base + a.size;
}

/* The spots 0 .. n - 1 are reserved, in order, and nothing between them is. */
static void check_spots(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		const struct memblock_region *r = &memblock.reserved.regions[i];

		if (!CHECK_EQ(r->base, SPOT(i)) || !CHECK_EQ(r->size, SPOT_SIZE))
			return;
	}
}

static void without_resize_or_avoid_a_full_array_refuses(void)
{
	struct memblock_copy copy;
	unsigned long n;
	char line[80];

	memblock_with_ram();
	n = fill_reserved();
	CHECK_EQ(n, INIT_REGIONS);
	memblock_take_copy(&copy);
	log_clear();
	CHECK_EQ(memblock_reserve(SPOT(n), SPOT_SIZE), -ENOMEM);
	snprintf(line, sizeof(line), "cannot grow reserved from %lu to %lu regions", n, 2 * n);
	CHECK(log_contains(line));
	CHECK(log_contains("memblock_allow_resize"));
	CHECK_EQ(this_quire()->log.errors, 1);
	CHECK_EQ(memblock_phys_free(SPOT(1) + 4, 4), -ENOMEM);
	CHECK_PTR(memblock_alloc(0x1000, 0x1000), NULL);
	check_nothing_changed(&copy);
	/* what merges needs no slot */
	CHECK_EQ(memblock_reserve(SPOT(n - 1) + SPOT_SIZE, SPOT_SIZE), 0);
	CHECK_EQ(memblock_reserve(SPOT(3), SPOT(4) - SPOT(3)), 0);
	CHECK_EQ(memblock.reserved.cnt, INIT_REGIONS - 1);
	memblock_allow_resize();
	CHECK_EQ(memblock_reserve(SPOT(n) + 0x20, SPOT_SIZE), 0);
	CHECK_EQ(memblock_reserve(SPOT(n + 1), SPOT_SIZE), 0);
	CHECK_EQ(memblock.reserved.max, 2 * INIT_REGIONS);
	CHECK_EQ(memblock_validate(), 0);
}

static void reserved_grows_by_thousands_before_resize_is_allowed(void)
{
	static const struct machine_range image[] = {
		{ 32 * MIB, 1 * MIB, "image" },
		{ 31 * MIB + 0x800, 0x10, "table" },
		{ 2 * MIB, 0, "empty" },
		{ 29 * MIB, 1 * MIB, NULL },
	};
	struct machine_range place;

	memblock_with_ram();
	avoid(image, 4);
	for (unsigned long i = 0; i < 5000; i++) {
		if (!CHECK_EQ(memblock_reserve(SPOT(i), SPOT_SIZE), 0))
			return;
		place = place_of(&memblock.reserved);
		for (unsigned int a = 0; i >= INIT_REGIONS && a < 4; a++)
			if (image[a].size &&
			    !CHECK(!touches(place, image[a].base, image[a].base + image[a].size)))
				return;
	}
	CHECK_EQ(memblock_validate(), 0);
	check_spots(5000);
	CHECK_EQ(memblock.reserved.cnt, 5001);
	CHECK(memblock.reserved.max < 2 * 5100);
	/* of all the arrays on the way only the last is still reserved */
	CHECK_EQ(memblock_reserved_size(), 5000 * SPOT_SIZE + place.size);
	CHECK_EQ(memblock.reserved.regions[5000].base, place.base);
	CHECK_EQ(memblock.reserved.regions[5000].size, place.size);
	CHECK(this_quire()->memblock_part.reserved_from_alloc);
	CHECK(place.base + place.size <= 33 * MIB);
}

/* In a scrambled order, so that every insertion moves regions. */
static void growth_keeps_regions_added_in_any_order(void)
{
	memblock_with_ram();
	avoid(nothing_here, 1);
	for (unsigned long i = 0; i < 4001; i++)
		if (!CHECK_EQ(memblock_reserve(SPOT(i * 1999 % 4001), SPOT_SIZE), 0))
			return;
	check_spots(4001);
	CHECK_EQ(memblock_validate(), 0);
}

/* The new array goes into the banks added so far; the spots are not even mapped. */
static void memory_grows_by_thousands_before_anything_is_reserved(void)
{
	static const struct machine_range image[] = { { 20 * MIB, 13 * MIB, "image" } };
	const struct memblock_region *r;
	struct machine_range place;

	memblock_with_ram();
	avoid(image, 1);
	for (unsigned long i = 0; i < 5000; i++)
		if (!CHECK_EQ(memblock_add_node(64 * MIB + i * 0x2000, 0x1000, (int)(i % 3),
						MEMBLOCK_NONE),
			      0))
			return;
	CHECK_EQ(memblock_validate(), 0);
	CHECK_EQ(memblock.memory.cnt, 5001);
	for (unsigned long i = 0; i < 5000; i++) {
		r = &memblock.memory.regions[i + 1];
		if (!CHECK_EQ(r->base, 64 * MIB + i * 0x2000) || !CHECK_EQ(r->nid, i % 3))
			return;
	}
	place = place_of(&memblock.memory);
	CHECK(!touches(place, 20 * MIB, 33 * MIB));
	CHECK(place.base >= RAM_BASE);
	CHECK_EQ(memblock.reserved.cnt, 1);
	CHECK_EQ(memblock.reserved.regions[0].base, place.base);
	CHECK_EQ(memblock.reserved.regions[0].size, place.size);
}

/* `reserved` is full when `memory` has to grow: both grow in one go. */
static void both_arrays_grow_together(void)
{
	struct machine_range memory, reserved;

	memblock_with_ram();
	fill_reserved();
	avoid(nothing_here, 1);
	for (unsigned long i = 0; memblock.memory.max == INIT_REGIONS; i++)
		REQUIRE(!memblock_add(64 * MIB + i * 0x2000, 0x1000));
	CHECK_EQ(memblock.reserved.max, 2 * INIT_REGIONS);
	CHECK_EQ(memblock_validate(), 0);
	memory = place_of(&memblock.memory);
	reserved = place_of(&memblock.reserved);
	CHECK(!touches(memory, reserved.base, reserved.base + reserved.size));
	CHECK(memblock_is_region_reserved(memory.base, memory.size));
	CHECK(memblock_is_region_reserved(reserved.base, reserved.size));
	CHECK_EQ(memblock_reserved_size(), INIT_REGIONS * SPOT_SIZE + memory.size + reserved.size);
	check_spots(INIT_REGIONS);
}

static void both_grow_by_thousands_in_turn(void)
{
	memblock_with_ram();
	avoid(nothing_here, 1);
	for (unsigned long i = 0; i < 4000; i++)
		if (!CHECK_EQ(memblock_add(64 * MIB + i * 0x2000, 0x1000), 0) ||
		    !CHECK_EQ(memblock_reserve(SPOT(i), SPOT_SIZE), 0))
			return;
	CHECK_EQ(memblock_validate(), 0);
	check_spots(4000);
	CHECK_EQ(memblock.memory.cnt, 4001);
	CHECK_EQ(memblock_reserved_size(), 4000 * SPOT_SIZE + place_of(&memblock.memory).size +
						   place_of(&memblock.reserved).size);
}

static void physmem_grows_too(void)
{
	memblock_with_ram();
	memblock_allow_resize();
	for (unsigned long i = 0; i < 1000; i++)
		REQUIRE(!memblock_physmem_add(64 * MIB + i * 0x2000, 0x1000));
	CHECK_EQ(memblock_validate(), 0);
	CHECK_EQ(memblock_physmem()->cnt, 1000);
	CHECK(memblock_physmem()->max < 2 * 1000 + 100);
	CHECK_EQ(memblock_reserved_size(), place_of(memblock_physmem()).size);
}

/*
 *	[          RAM          ][ about to be reserved ]
 *	                  [array]
 */
static void the_array_keeps_clear_of_what_is_being_reserved(void)
{
	memblock_with_ram();
	fill_reserved();
	memblock_allow_resize();
	CHECK_EQ(memblock_reserve(30 * MIB, 3 * MIB), 0);
	CHECK_EQ(place_of(&memblock.reserved).base + place_of(&memblock.reserved).size, 30 * MIB);
	/* giving it back must not give the array away */
	CHECK_EQ(memblock_phys_free(30 * MIB, 3 * MIB), 0);
	CHECK(memblock_is_reserved(virt_to_phys(memblock.reserved.regions)));
	CHECK_EQ(memblock_validate(), 0);
}

static void the_array_keeps_clear_of_what_is_being_allocated(void)
{
	phys_addr_t base;

	memblock_with_ram();
	memblock_reserve(RAM_END - 0x10, 0x10);
	fill_reserved();
	memblock_allow_resize();
	base = memblock_phys_alloc(1 * MIB, 0x1000);
	CHECK_EQ(memblock.reserved.max, 2 * INIT_REGIONS);
	REQUIRE(base);
	CHECK(!touches(place_of(&memblock.reserved), base, base + 1 * MIB));
	CHECK(memblock_is_region_reserved(place_of(&memblock.reserved).base, 1));
	CHECK_EQ(memblock_validate(), 0);
}

/* A hole is cut into the top of RAM: it is removed, or no longer in the direct map. */
static void the_array_keeps_clear_of_what_goes_away(void)
{
	memblock_with_ram();
	memblock_allow_resize();
	for (unsigned long i = 0; memblock.memory.cnt < memblock.memory.max; i++)
		REQUIRE(!memblock_add(64 * MIB + i * 0x2000, 0x1000));
	CHECK_EQ(memblock_remove(20 * MIB, 13 * MIB - 0x100), 0);
	CHECK_EQ(place_of(&memblock.memory).base + place_of(&memblock.memory).size, 20 * MIB);
	CHECK_EQ(memblock_validate(), 0);

	memblock_with_ram();
	memblock_allow_resize();
	for (unsigned long i = 0; memblock.memory.cnt < memblock.memory.max; i++)
		REQUIRE(!memblock_add(64 * MIB + i * 0x2000, 0x1000));
	CHECK_EQ(memblock_mark_nomap(20 * MIB, 13 * MIB - 0x100), 0);
	CHECK_EQ(place_of(&memblock.memory).base + place_of(&memblock.memory).size, 20 * MIB);
}

/*
 *	reserved   ...      [@1]          [ old array ]
 *	reserve       <----------------------------->
 *	           ... [new][@1][new, where the old array was too]
 */
static void a_range_may_cover_the_old_array(void)
{
	struct machine_range old;
	unsigned long n, last;

	memblock_with_ram();
	memblock_allow_resize();
	n = fill_reserved();
	REQUIRE(!memblock_reserve(SPOT(n), SPOT_SIZE));
	old = place_of(&memblock.reserved);
	CHECK_EQ(old.base + old.size, RAM_END);
	REQUIRE(!memblock_reserve(old.base - 0x2000, 0x10));
	REQUIRE(!memblock_set_node(old.base - 0x2000, 0x10, &memblock.reserved, 1));
	for (n++; memblock.reserved.cnt < memblock.reserved.max; n++)
		REQUIRE(!memblock_reserve(SPOT(n), SPOT_SIZE));
	CHECK_EQ(memblock_reserve(old.base - 0x3000, old.size + 0x3000), 0);
	CHECK_EQ(memblock_validate(), 0);
	CHECK_EQ(place_of(&memblock.reserved).base + place_of(&memblock.reserved).size,
		 old.base - 0x3000);
	check_spots(n);
	/* the new array and the range below the one on node 1 are one region */
	last = memblock.reserved.cnt - 1;
	CHECK_EQ(last, n + 2);
	CHECK_EQ(memblock.reserved.regions[n].size, place_of(&memblock.reserved).size + 0x1000);
	CHECK_EQ(memblock.reserved.regions[n + 1].nid, 1);
	CHECK_EQ(memblock.reserved.regions[last].base, old.base - 0x2000 + 0x10);
	CHECK_EQ(memblock.reserved.regions[last].size, old.size + 0x2000 - 0x10);
}

/* A change of the node of all RAM but a corner needs a slot, and may take it from there. */
static void a_change_of_all_memory_can_still_grow(void)
{
	memblock_with_ram();
	memblock_allow_resize();
	for (unsigned long i = 0; memblock.memory.cnt < memblock.memory.max; i++)
		REQUIRE(!memblock_add(64 * MIB + i * 0x2000, 0x1000));
	CHECK_EQ(memblock_set_node(0, RAM_END - 0x1000, &memblock.memory, 1), 0);
	CHECK_EQ(memblock.memory.cnt, INIT_REGIONS + 1);
	CHECK_EQ(memblock.memory.regions[0].nid, 1);
	CHECK_EQ(memblock.memory.regions[1].nid, 0);
	CHECK_EQ(memblock_validate(), 0);
}

static void the_array_obeys_limit_and_direction(void)
{
	memblock_with_ram();
	fill_reserved();
	memblock_allow_resize();
	memblock_set_current_limit(16 * MIB);
	REQUIRE(!memblock_reserve(32 * MIB, 0x10));
	CHECK_EQ(place_of(&memblock.reserved).base + place_of(&memblock.reserved).size, 16 * MIB);

	memblock_with_ram();
	fill_reserved();
	avoid((const struct machine_range[]){ { 1 * MIB, 2 * MIB, NULL },
					      { 3 * MIB + 1, 1, NULL } },
	      2);
	memblock_set_bottom_up(true);
	REQUIRE(!memblock_reserve(32 * MIB, 0x10));
	CHECK_EQ(place_of(&memblock.reserved).base, 3 * MIB + 0x1000);
}

static void without_free_memory_nothing_changes(void)
{
	static const struct machine_range all[] = { { 0, PHYS_ADDR_MAX, "all" } };
	struct memblock_copy copy;
	unsigned long n;

	memblock_with_ram();
	n = fill_reserved();
	avoid(all, 1);
	memblock_take_copy(&copy);
	CHECK_EQ(memblock_reserve(SPOT(n), SPOT_SIZE), -ENOMEM);
	CHECK(log_contains("no free memory"));
	CHECK_EQ(memblock_reserved_mark_noinit(SPOT(2) + 4, 4), -ENOMEM);
	CHECK_EQ(memblock_set_node(SPOT(2) + 4, 4, &memblock.reserved, 1), -ENOMEM);
	CHECK_EQ(memblock_phys_free(SPOT(2) + 4, 4), -ENOMEM);
	CHECK_EQ(memblock_phys_alloc(0x1000, 0x1000), 0);
	check_nothing_changed(&copy);
	avoid(NULL, 0);
	memblock_allow_resize();
	memblock_set_current_limit(RAM_BASE + 0x3000); /* a page is free, the array takes two */
	CHECK_EQ(memblock_reserve(SPOT(n), SPOT_SIZE), -ENOMEM);
	check_nothing_changed(&copy);
}

static void a_growth_that_is_made_to_fail_changes_nothing(void)
{
	struct memblock_copy copy;

	for (unsigned long nth = 1; nth <= 3; nth++) {
		memblock_with_ram();
		fill_reserved();
		memblock_allow_resize();
		for (unsigned long i = 0; memblock.memory.cnt < memblock.memory.max; i++)
			REQUIRE(!memblock_add(64 * MIB + i * 0x2000, 0x1000));
		memblock_take_copy(&copy);
		quire_fail_nth(nth, false);
		/* memory needs an array, and for that reserved one too: two calls */
		CHECK_EQ(memblock_add(1024 * MIB, 0x1000), nth <= 2 ? -ENOMEM : 0);
		CHECK_EQ(this_quire()->fault.calls, nth <= 2 ? nth : 2);
		quire_fail_nth(0, false);
		if (nth <= 2)
			check_nothing_changed(&copy);
		CHECK_EQ(memblock_is_memory(1024 * MIB), nth > 2);
	}
}

static void an_allocation_whose_growth_fails_changes_nothing(void)
{
	struct memblock_copy copy;

	for (unsigned long nth = 1; nth <= 3; nth++) {
		phys_addr_t base;

		memblock_with_ram();
		fill_reserved();
		memblock_allow_resize();
		memblock_take_copy(&copy);
		quire_fail_nth(nth, false);
		base = memblock_phys_alloc(0x1000, 0x1000);
		quire_fail_nth(0, false);
		CHECK_EQ(!base, nth <= 2);
		if (nth <= 2)
			check_nothing_changed(&copy);
	}
}

static void after_its_phase_memblock_does_not_grow(void)
{
	unsigned long n;

	memblock_with_ram();
	n = fill_reserved();
	memblock_allow_resize();
	this_quire()->phase = PHASE_BUDDY;
	CHECK_EQ(memblock_reserve(SPOT(n), SPOT_SIZE), -ENOMEM);
	CHECK(log_contains("another allocator's"));
	CHECK_EQ(memblock.reserved.cnt, INIT_REGIONS);
	CHECK_EQ(memblock_phys_free(SPOT(0), SPOT_SIZE), 0);
	CHECK_EQ(memblock_reserve(SPOT(n), SPOT_SIZE), 0);
}

/* A final reserved list of thousands: not a byte of the RAM is taken for the arrays. */
static void on_a_machine_as_dumped_arrays_come_from_metadata(void)
{
	static _Alignas(16) char metadata[1024 * 1024];
	struct boot_state *boot;

	memblock_with_ram();
	boot = &this_quire()->boot;
	boot->flags = MACHINE_AS_DUMPED;
	boot->metadata = metadata + 1;
	boot->metadata_left = sizeof(metadata) - 1;
	for (unsigned long i = 0; i < 5000; i++)
		REQUIRE(!memblock_reserve(SPOT(i), SPOT_SIZE));
	check_spots(5000);
	CHECK_EQ(memblock.reserved.cnt, 5000);
	CHECK_EQ(memblock_reserved_size(), 5000 * SPOT_SIZE);
	CHECK((char *)memblock.reserved.regions > metadata);
	CHECK((char *)memblock.reserved.regions < metadata + sizeof(metadata));
	CHECK_PTR(boot->metadata, memblock.reserved.regions + memblock.reserved.max);
	CHECK_PTR(boot->metadata + boot->metadata_left, metadata + sizeof(metadata));
	for (unsigned long i = 0; i < 2000; i++)
		REQUIRE(!memblock_add(64 * MIB + i * 0x2000, 0x1000));
	CHECK_EQ(memblock.memory.cnt, 2001);
	CHECK_EQ(memblock.reserved.cnt, 5000);
	CHECK_EQ(memblock_validate(), 0);
	boot->metadata_left = 100;
	while (memblock.memory.cnt < memblock.memory.max)
		REQUIRE(!memblock_add(1024 * MIB + memblock.memory.cnt * 0x2000, 0x1000));
	CHECK_EQ(memblock_add(4, 4), -ENOMEM);
	CHECK(log_contains("metadata is used up"));
	CHECK_EQ(boot->metadata_left, 100);
}

const struct tap_test tap_tests[] = {
	TEST(without_resize_or_avoid_a_full_array_refuses),
	TEST(reserved_grows_by_thousands_before_resize_is_allowed),
	TEST(growth_keeps_regions_added_in_any_order),
	TEST(memory_grows_by_thousands_before_anything_is_reserved),
	TEST(both_arrays_grow_together),
	TEST(both_grow_by_thousands_in_turn),
	TEST(physmem_grows_too),
	TEST(the_array_keeps_clear_of_what_is_being_reserved),
	TEST(the_array_keeps_clear_of_what_is_being_allocated),
	TEST(the_array_keeps_clear_of_what_goes_away),
	TEST(a_range_may_cover_the_old_array),
	TEST(a_change_of_all_memory_can_still_grow),
	TEST(the_array_obeys_limit_and_direction),
	TEST(without_free_memory_nothing_changes),
	TEST(a_growth_that_is_made_to_fail_changes_nothing),
	TEST(an_allocation_whose_growth_fails_changes_nothing),
	TEST(after_its_phase_memblock_does_not_grow),
	TEST(on_a_machine_as_dumped_arrays_come_from_metadata),
	{ NULL, NULL },
};
