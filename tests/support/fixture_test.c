/* SPDX-License-Identifier: MIT */
/*
 * fixture_test.c - the machines that tests are given: their RAM is where they say, and
 * nothing else is.
 */
#include <string.h>

#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB (1ULL << 20)
#define GB (1ULL << 30)

static bool crashes(char *byte)
{
	return test_crashes(byte, true);
}

/*
 *   0x80000000   +2M          +4M          +5M
 *   |   bank 0   |    hole    |   bank 1   |
 */
static void ram_is_where_the_banks_are_and_nowhere_else(void)
{
	struct quire_machine *m = test_machine_new();
	char *base;

	test_bank(m, 0x80000000 + 4 * MB, MB, 0);
	test_bank(m, 0x80000000, 2 * MB, 0);
	test_machine_ram(m);
	base = phys_to_virt(0x80000000);
	CHECK_EQ(virt_to_phys(base + 123), 0x80000000 + 123);
	memset(base, 1, 2 * MB);
	memset(base + 4 * MB, 1, MB);
	CHECK(!crashes(base));
	CHECK(!crashes(base + 5 * MB - 1));
	CHECK(crashes(base - 1));
	CHECK(crashes(base + 2 * MB));
	CHECK(crashes(base + 4 * MB - 1));
	CHECK(crashes(base + 5 * MB));
}

static void memory_above_the_direct_map_is_not_mapped(void)
{
	struct quire_machine *m = test_machine_new();
	char *base;

	m->lowmem_end = 3 * MB;
	test_bank(m, 1 * MB, 8 * GB, 0);
	test_machine_ram(m);
	base = phys_to_virt(1 * MB);
	CHECK(!crashes(base + 2 * MB - 1));
	CHECK(crashes(base + 2 * MB));
	CHECK_EQ(this_quire()->geo.lowmem_end, 3 * MB);
}

static void banks_may_lie_far_apart(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, MB, 0);
	test_bank(m, 1024 * GB - MB, MB, 1);
	test_machine_ram(m);
	*(char *)phys_to_virt(0) = 1;
	*(char *)phys_to_virt(1024 * GB - 1) = 1;
}

static void partial_pages_are_rounded_outward(void)
{
	struct quire_machine *m = test_machine_new();
	char *base;

	test_bank(m, 0x1234, 0x4000, 0);
	test_machine_ram(m);
	base = phys_to_virt(0x1000);
	CHECK_EQ((uintptr_t)base % 4096, 0);
	CHECK(!crashes(base));
	CHECK(!crashes(base + 0x4fff));
	CHECK(crashes(base + 0x5000));
}

static void a_description_beyond_all_machines_gets_no_ram(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, MB, 0);
	test_bank(m, 1ULL << 60, MB, 0);
	test_machine_ram(m);
	CHECK_EQ(m->direct_map, 0);
}

static void what_the_test_adds_is_in_the_description(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0x1000, 0x2000, 3);
	test_reserve(m, 0x1000, 0x10);
	test_reserve(m, 0x2000, 0x20);
	REQUIRE(m->nr_banks == 1 && m->nr_reserved == 2);
	CHECK_EQ(m->banks[0].base, 0x1000);
	CHECK_EQ(m->banks[0].size, 0x2000);
	CHECK_EQ(m->banks[0].nid, 3);
	CHECK_EQ(m->reserved[1].base, 0x2000);
	CHECK_EQ(m->reserved[1].size, 0x20);
}

static void machines_side_by_side(void)
{
	struct quire_machine *first = test_machine_new(), *second;
	struct quire *first_quire = this_quire();

	CHECK_PTR(test_machine_quire(first), first_quire);
	test_bank(first, 0, 16 * MB, 0);
	CHECK_EQ(test_machine_boot(first), 0);
	second = test_machine_new();
	CHECK_PTR(this_quire(), test_machine_quire(second));
	test_bank(second, 0, 32 * MB, 0);
	CHECK_EQ(test_machine_boot(second), 0);
	CHECK(nr_free_pages() > 16 * MB / 4096);
	test_machine_end(second);
	CHECK_PTR(this_quire(), first_quire);
	CHECK(nr_free_pages() < 16 * MB / 4096);
	CHECK_EQ(page_alloc_validate(), 0);
	test_machine_end(first);
	CHECK_PTR(this_quire(), NULL);
}

/* Leaves a machine behind: the next test sees that the runner ended it. */
static void a_machine_is_left_behind(void)
{
	test_bank(test_machine_new(), 0, MB, 0);
	CHECK(this_quire());
}

static void the_runner_ended_it(void)
{
	CHECK_PTR(this_quire(), NULL);
}

static void metadata_is_provided_for_a_machine_as_dumped(void)
{
	struct quire_machine *m = test_machine_new();

	m->flags = MACHINE_AS_DUMPED;
	test_bank(m, 0, 16 * MB, 0);
	CHECK_EQ(test_machine_boot(m), 0);
	CHECK_EQ(nr_free_pages(), 16 * MB / 4096);
}

static void random_numbers_are_in_range(void)
{
	u64 seen[3] = { test_random(), test_random(), test_random() };
	unsigned int i;

	CHECK(seen[0] != seen[1] && seen[1] != seen[2]);
	for (i = 0; i < 1000; i++)
		CHECK(test_random_below(7) < 7);
	CHECK_EQ(test_random_below(1), 0);
}

const struct tap_test tap_tests[] = {
	TEST(ram_is_where_the_banks_are_and_nowhere_else),
	TEST(memory_above_the_direct_map_is_not_mapped),
	TEST(banks_may_lie_far_apart),
	TEST(partial_pages_are_rounded_outward),
	TEST(a_description_beyond_all_machines_gets_no_ram),
	TEST(what_the_test_adds_is_in_the_description),
	TEST(machines_side_by_side),
	TEST(a_machine_is_left_behind),
	TEST(the_runner_ended_it),
	TEST(metadata_is_provided_for_a_machine_as_dumped),
	TEST(random_numbers_are_in_range),
	{ NULL, NULL },
};
