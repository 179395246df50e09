/* SPDX-License-Identifier: MIT */
/*
 * planted_test.c - tests that fail, each in its way, and run only when they are asked for by
 * name: unit-fails.t sees that each failure is told and the next test runs.
 */
#include <quire/port.h>
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

static void planted_check_that_does_not_hold(void)
{
	CHECK_EQ(1 + 1, 3);
}

static void planted_read_of_the_null_page(void)
{
	(void)*(volatile char *)0;
}

static void planted_write_to_a_hole_of_the_ram(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, 0x100000, 0);
	test_bank(m, 0x200000, 0x100000, 0);
	test_machine_ram(m);
	*(volatile char *)phys_to_virt(0x180000) = 1;
}

static void planted_panic(void)
{
	test_machine_new();
	port_panic("planted");
}

static void planted_jump_to_nowhere(void)
{
	void (*volatile nowhere)(void) = (void (*)(void))0x123000;

	nowhere();
}

static void planted_end_of_a_test(void)
{
	test_bank(test_machine_new(), 0, 0x100000, 0);
	REQUIRE(this_quire() == NULL);
}

static void planted_passes(void)
{
	CHECK(!this_quire());
}

const struct tap_test tap_tests[] = {
	TEST(planted_check_that_does_not_hold),
	TEST(planted_read_of_the_null_page),
	TEST(planted_write_to_a_hole_of_the_ram),
	TEST(planted_panic),
	TEST(planted_jump_to_nowhere),
	TEST(planted_end_of_a_test),
	TEST(planted_passes),
	{ NULL, NULL },
};
