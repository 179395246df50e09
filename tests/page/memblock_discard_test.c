/* SPDX-License-Identifier: MIT */
/*
 * memblock_discard_test.c - the end of memblock: arrays that grew go to the page allocator.
 */
#include <quire/quire.h>

#include "tests/boot/memblock_support.h"

/* Banks of 64 KiB every 128 KiB, and room below them: more than the first array holds. */
static struct quire_machine *machine_of_many_banks(unsigned int banks)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 1 * MIB, 63 * MIB, 0);
	for (unsigned int i = 0; i < banks; i++)
		test_bank(m, 64 * MIB + (i * 2 + 1) * 64 * KIB, 64 * KIB, 0);
	test_reserve(m, 1 * MIB, 1 * MIB);
	return m;
}

static void before_the_page_phase_it_is_refused(void)
{
	memblock_with_ram();
	memblock_discard();
	CHECK(log_contains("memblock_discard: the page allocator is not up"));
	CHECK_STR(MEMORY, "100000-2100000@0");
}

static void grown_arrays_become_free_pages(void)
{
	unsigned long before, pages = 0;

	REQUIRE(!test_machine_boot(machine_of_many_banks(CONFIG_INIT_MEMBLOCK_REGIONS)));
	CHECK(this_quire()->memblock_part.memory_from_alloc);
	CHECK_EQ(memblock.memory.cnt, CONFIG_INIT_MEMBLOCK_REGIONS + 1);
	CHECK_EQ(memblock_validate(), 0);
	if (this_quire()->memblock_part.memory_from_alloc)
		pages += PFN_UP(memblock.memory.max * sizeof(struct memblock_region));
	if (this_quire()->memblock_part.reserved_from_alloc)
		pages += PFN_UP(memblock.reserved.max * sizeof(struct memblock_region));
	before = totalram_pages();
	log_clear();
	memblock_discard();
	CHECK_STR(log_text(), "");
	CHECK_EQ(totalram_pages(), before + pages);
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_STR(MEMORY, "");
	CHECK_STR(RESERVED, "");
	CHECK(!this_quire()->memblock_part.memory_from_alloc);
	memblock_discard();
	CHECK_EQ(totalram_pages(), before + pages);
}

static void small_arrays_are_part_of_the_state_and_stay(void)
{
	unsigned long before;

	REQUIRE(!test_machine_boot(machine_of_many_banks(2)));
	before = totalram_pages();
	memblock_discard();
	CHECK_EQ(totalram_pages(), before);
	CHECK_STR(MEMORY, "");
}

const struct tap_test tap_tests[] = {
	TEST(before_the_page_phase_it_is_refused),
	TEST(grown_arrays_become_free_pages),
	TEST(small_arrays_are_part_of_the_state_and_stay),
	{ NULL, NULL },
};
