/* SPDX-License-Identifier: MIT */
/*
 * failing_main.c - tests that fail in every way there is, for harness.t.
 */
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "tests/fixture.h"
#include "tests/tap.h"

static void passes(void)
{
	CHECK(true);
}

static void fails_check(void)
{
	CHECK(1 > 2);
	tap_note("goes on");
}

static void fails_check_eq(void)
{
	CHECK_EQ(40 + 1, 42);
}

static void fails_check_str(void)
{
	CHECK_STR("left", "right");
}

static void helper(void)
{
	REQUIRE(false);
}

static void fails_require_in_a_helper(void)
{
	helper();
	tap_note("must not be reached");
}

static void panics(void)
{
	pr_info("a line before the panic");
	quire_panic("so it ends");
}

static void expects_a_panic_that_does_not_come(void)
{
	CHECK(EXPECT_PANIC((void)0));
}

static void leaves_interrupts_off(void)
{
	local_irq_save();
}

static void restores_interrupts_in_the_wrong_order(void)
{
	unsigned long outer = local_irq_save();

	local_irq_save();
	local_irq_restore(outer);
}

static void skips(void)
{
	tap_skip("on purpose");
}

static void fails_at_random(void)
{
	CHECK_EQ(test_random(), 0);
}

static void passes_again(void)
{
	CHECK_EQ(test_irq_depth(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(passes),
	TEST(fails_check),
	TEST(fails_check_eq),
	TEST(fails_check_str),
	TEST(fails_require_in_a_helper),
	TEST(panics),
	TEST(expects_a_panic_that_does_not_come),
	TEST(leaves_interrupts_off),
	TEST(restores_interrupts_in_the_wrong_order),
	TEST(skips),
	TEST(passes_again),
	TEST(fails_at_random),
	{ NULL, NULL },
};
