/* SPDX-License-Identifier: MIT */
/*
 * fail_page_alloc_test.c - the knobs of fail_page_alloc: what each does to the calls of the
 * page allocator, and what they refuse. What callers make of it: tests/kvirt.
 */
#include <string.h>

#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)
#define ANY_GFP (GFP_ATOMIC | __GFP_NOWARN) /* spared by no knob */

static void boot_to_fail(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 16 * MB, 0);
	REQUIRE(test_machine_boot(m) == 0);
}

static void set_knob(const char *knob, long value)
{
	CHECK_EQ(fail_page_alloc_set(knob, value), 0);
}

static long get_knob(const char *knob)
{
	long value = -999;

	CHECK_EQ(fail_page_alloc_get(knob, &value), 0);
	return value;
}

/* Everything may fail, with this probability. */
static void fail_all(long probability)
{
	set_knob("times", -1);
	set_knob("min-order", 0);
	set_knob("ignore-gfp-wait", 0);
	set_knob("ignore-gfp-highmem", 0);
	set_knob("verbose", 0);
	set_knob("probability", probability);
}

static bool one_fails(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	if (page)
		__free_pages(page, order);
	return !page;
}

static unsigned int how_many_fail(unsigned int calls)
{
	unsigned int failed = 0;

	while (calls--)
		failed += one_fails(ANY_GFP, 0);
	return failed;
}

/* ---- the knobs ---- */

static void at_first_the_knobs_are_linuxs_and_nothing_fails(void)
{
	boot_to_fail();
	CHECK_EQ(get_knob("probability"), 0);
	CHECK_EQ(get_knob("interval"), 1);
	CHECK_EQ(get_knob("times"), 1);
	CHECK_EQ(get_knob("space"), 0);
	CHECK_EQ(get_knob("verbose"), 2);
	CHECK_EQ(get_knob("ignore-gfp-highmem"), 1);
	CHECK_EQ(get_knob("ignore-gfp-wait"), 1);
	CHECK_EQ(get_knob("min-order"), 1);
	CHECK_EQ(get_knob("seed"), 0);
	CHECK_EQ(how_many_fail(100), 0);
	set_knob("min-order", 0);
	CHECK_EQ(how_many_fail(100), 0);
	CHECK_EQ(this_quire()->fault.on, 0);
}

static void a_knob_takes_what_is_in_its_range(void)
{
	static const struct {
		const char *name;
		long least, most;
	} ranges[] = {
		{ "probability", 0, 100 },   { "interval", 1, 1000000 },
		{ "times", -1, 0x7fffffff }, { "space", 0, 0x7fffffff },
		{ "verbose", 0, 2 },	     { "ignore-gfp-highmem", 0, 1 },
		{ "ignore-gfp-wait", 0, 1 }, { "min-order", 0, 10 },
		{ "seed", 0, 0x7fffffff },
	};
	size_t i;

	boot_to_fail();
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		CHECK_STR(fail_page_alloc_knob(i), ranges[i].name);
		set_knob(ranges[i].name, ranges[i].most);
		CHECK_EQ(get_knob(ranges[i].name), ranges[i].most);
		CHECK_EQ(fail_page_alloc_set(ranges[i].name, ranges[i].least - 1), -EINVAL);
		CHECK_EQ(get_knob(ranges[i].name), ranges[i].most);
		set_knob(ranges[i].name, ranges[i].least);
		CHECK_EQ(get_knob(ranges[i].name), ranges[i].least);
	}
	CHECK_PTR(fail_page_alloc_knob(i), NULL);
	CHECK_EQ(fail_page_alloc_set("probability", 101), -EINVAL);
	CHECK_EQ(fail_page_alloc_set("verbose", 3), -EINVAL);
	CHECK_EQ(fail_page_alloc_set("ignore-gfp-wait", 2), -EINVAL);
	CHECK_EQ(fail_page_alloc_set("min-order", 20), -EINVAL);
	CHECK_EQ(fail_page_alloc_set("probabilit", 1), -ENOENT);
	CHECK_EQ(fail_page_alloc_set("", 1), -ENOENT);
}

static void off_puts_all_knobs_back(void)
{
	boot_to_fail();
	fail_all(100);
	CHECK_EQ(how_many_fail(10), 10);
	fail_page_alloc_off();
	CHECK_EQ(how_many_fail(10), 0);
	CHECK_EQ(get_knob("times"), 1);
	CHECK_EQ(get_knob("min-order"), 1);
}

/* ---- what is spared ---- */

static void requests_that_the_knobs_spare_do_not_fail(void)
{
	boot_to_fail();
	fail_all(100);
	CHECK(one_fails(GFP_KERNEL | __GFP_NOWARN, 0));
	CHECK(!one_fails(GFP_KERNEL | __GFP_NOFAIL, 0));
	set_knob("ignore-gfp-wait", 1);
	CHECK(!one_fails(GFP_KERNEL, 0));
	CHECK(one_fails(ANY_GFP, 0));
	CHECK(one_fails(ANY_GFP | __GFP_HIGHMEM, 0));
	set_knob("ignore-gfp-highmem", 1);
	CHECK(!one_fails(ANY_GFP | __GFP_HIGHMEM, 0));
	CHECK(one_fails(ANY_GFP, 0));
	set_knob("min-order", 3);
	CHECK(!one_fails(ANY_GFP, 2));
	CHECK(one_fails(ANY_GFP, 3));
	CHECK(one_fails(ANY_GFP, 4));
}

static void pages_by_the_lot_fail_as_single_pages_do(void)
{
	struct page *pages[4] = { NULL };
	unsigned int i;

	boot_to_fail();
	fail_all(100);
	CHECK_EQ(alloc_pages_bulk_array(ANY_GFP, 4, pages), 0);
	set_knob("min-order", 1);
	CHECK_EQ(alloc_pages_bulk_array(ANY_GFP, 4, pages), 4);
	for (i = 0; i < 4; i++)
		__free_page(pages[i]);
}

/* ---- how many fail, and which ---- */

static void the_probability_is_percent(void)
{
	unsigned int failed;
	long percent;

	boot_to_fail();
	for (percent = 10; percent <= 90; percent += 20) {
		fail_all(percent);
		failed = how_many_fail(10000);
		CHECK(failed > (unsigned int)percent * 100 - 200);
		CHECK(failed < (unsigned int)percent * 100 + 200);
		CHECK_EQ(this_quire()->fault.page_alloc.attr.failed, failed);
	}
}

static void only_so_many_times(void)
{
	boot_to_fail();
	fail_all(100);
	set_knob("times", 3);
	CHECK_EQ(how_many_fail(10), 3);
	CHECK_EQ(get_knob("times"), 0);
	CHECK(!one_fails(ANY_GFP, 0));
}

/* A budget of 10 pages: nothing fails while more than the request is left of it. */
static void nothing_fails_before_the_space_is_used_up(void)
{
	boot_to_fail();
	fail_all(100);
	set_knob("space", 10);
	CHECK(!one_fails(ANY_GFP, 3));
	CHECK_EQ(get_knob("space"), 2);
	CHECK(one_fails(ANY_GFP, 1));
	CHECK(!one_fails(ANY_GFP, 0));
	CHECK_EQ(get_knob("space"), 1);
	CHECK(one_fails(ANY_GFP, 0));
	CHECK_EQ(get_knob("space"), 1);
}

static void only_every_interval_th_call_fails(void)
{
	unsigned int i;

	boot_to_fail();
	fail_all(100);
	set_knob("interval", 4);
	for (i = 1; i <= 40; i++)
		CHECK_EQ(one_fails(ANY_GFP, 0), i % 4 == 0);
}

static u64 which_fail(long seed)
{
	u64 bits = 0;
	int i;

	set_knob("seed", seed);
	for (i = 0; i < 64; i++)
		bits = bits << 1 | one_fails(ANY_GFP, 0);
	return bits;
}

static void the_same_seed_fails_the_same_calls(void)
{
	u64 first;

	boot_to_fail();
	fail_all(50);
	first = which_fail(7);
	CHECK(first != 0 && ~first != 0);
	CHECK(which_fail(8) != first);
	CHECK_EQ(which_fail(7), first);
}

/* ---- the log ---- */

static void a_failure_is_logged_as_verbosely_as_is_wanted(void)
{
	boot_to_fail();
	fail_all(100);
	log_clear();
	one_fails(GFP_ATOMIC, 2);
	CHECK(!log_contains("FAULT_INJECTION"));
	CHECK_STR(log_text(), ""); /* what was made to fail is no news */
	set_knob("verbose", 1);
	set_knob("times", 5);
	one_fails(GFP_ATOMIC, 2);
	CHECK(log_contains("FAULT_INJECTION: forcing a failure.\n"));
	CHECK(log_contains(
		"name fail_page_alloc, interval 1, probability 100, space 0, times 4\n"));
	CHECK(!log_contains("\norder:2, gfp:0x"));
	set_knob("verbose", 2);
	one_fails(GFP_ATOMIC, 2);
	CHECK(log_contains("\norder:2, gfp:0xa20\n"));
	log_clear();
	one_fails(ANY_GFP, 2);
	CHECK_STR(log_text(), "");
}

/* ---- beside quire_fail_nth ---- */

static void it_and_the_nth_failure_do_not_disturb_each_other(void)
{
	boot_to_fail();
	quire_fail_nth(2, false);
	CHECK(!one_fails(ANY_GFP, 0));
	CHECK(one_fails(ANY_GFP, 0));
	CHECK(!one_fails(ANY_GFP, 0));
	quire_fail_nth(2, true);
	fail_all(100);
	set_knob("interval", 2);
	CHECK(!one_fails(ANY_GFP, 0));
	CHECK(one_fails(ANY_GFP, 0));
	CHECK_EQ(this_quire()->fault.failed, 1);
	CHECK_EQ(this_quire()->fault.calls, 2);
	quire_fail_off();
	CHECK(one_fails(ANY_GFP, 0));
	CHECK(!one_fails(ANY_GFP, 0));
	CHECK_EQ(this_quire()->fault.calls, 2);
	fail_page_alloc_off();
	CHECK_EQ(this_quire()->fault.on, 0);
}

static void the_knobs_survive_a_reset(void)
{
	struct quire_machine *m = test_machine_new();

	fail_all(100);
	test_bank(m, 16 * MB, 16 * MB, 0);
	REQUIRE(test_machine_boot(m) == 0);
	quire_reset();
	CHECK_EQ(get_knob("probability"), 100);
	REQUIRE(quire_boot(m) == 0);
	CHECK_EQ(how_many_fail(5), 5);
}

const struct tap_test tap_tests[] = {
	TEST(at_first_the_knobs_are_linuxs_and_nothing_fails),
	TEST(a_knob_takes_what_is_in_its_range),
	TEST(off_puts_all_knobs_back),
	TEST(requests_that_the_knobs_spare_do_not_fail),
	TEST(pages_by_the_lot_fail_as_single_pages_do),
	TEST(the_probability_is_percent),
	TEST(only_so_many_times),
	TEST(nothing_fails_before_the_space_is_used_up),
	TEST(only_every_interval_th_call_fails),
	TEST(the_same_seed_fails_the_same_calls),
	TEST(a_failure_is_logged_as_verbosely_as_is_wanted),
	TEST(it_and_the_nth_failure_do_not_disturb_each_other),
	TEST(the_knobs_survive_a_reset),
	{ NULL, NULL },
};
