/* SPDX-License-Identifier: MIT */
/*
 * failslab_test.c - the knobs of failslab: which requests for objects they let fail.
 */
#include <quire/fault.h>
#include <quire/gfp.h>
#include <quire/slab.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define ANY_GFP (GFP_ATOMIC | __GFP_NOWARN) /* spared by no knob */

static void set_knob(const char *knob, long value)
{
	CHECK_EQ(failslab_set(knob, value), 0);
}

static long get_knob(const char *knob)
{
	long value = -999;

	CHECK_EQ(failslab_get(knob, &value), 0);
	return value;
}

/* A machine of its own, and every request may fail with this probability. */
static void fail_all(long probability)
{
	test_machine_new();
	set_knob("times", -1);
	set_knob("ignore-gfp-wait", 0);
	set_knob("verbose", 0);
	set_knob("probability", probability);
}

static unsigned int how_many_fail(unsigned int calls, size_t size)
{
	unsigned int failed = 0;

	while (calls--)
		failed += should_failslab(0, ANY_GFP, size);
	return failed;
}

static void at_first_the_knobs_are_linuxs_and_nothing_fails(void)
{
	test_machine_new();
	CHECK_EQ(get_knob("probability"), 0);
	CHECK_EQ(get_knob("interval"), 1);
	CHECK_EQ(get_knob("times"), 1);
	CHECK_EQ(get_knob("space"), 0);
	CHECK_EQ(get_knob("verbose"), 2);
	CHECK_EQ(get_knob("ignore-gfp-wait"), 1);
	CHECK_EQ(get_knob("cache-filter"), 0);
	CHECK_EQ(get_knob("seed"), 0);
	CHECK_EQ(how_many_fail(100, 8), 0);
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
		{ "verbose", 0, 2 },	     { "ignore-gfp-wait", 0, 1 },
		{ "cache-filter", 0, 1 },    { "seed", 0, 0x7fffffff },
	};
	size_t i;

	test_machine_new();
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		CHECK_STR(failslab_knob(i), ranges[i].name);
		set_knob(ranges[i].name, ranges[i].most);
		CHECK_EQ(get_knob(ranges[i].name), ranges[i].most);
		CHECK_EQ(failslab_set(ranges[i].name, ranges[i].least - 1), -EINVAL);
		CHECK_EQ(get_knob(ranges[i].name), ranges[i].most);
		set_knob(ranges[i].name, ranges[i].least);
		CHECK_EQ(get_knob(ranges[i].name), ranges[i].least);
	}
	CHECK_PTR(failslab_knob(i), NULL);
	CHECK_EQ(failslab_set("cache-filter", 2), -EINVAL);
	CHECK_EQ(failslab_set("min-order", 1), -ENOENT);
	CHECK_EQ(failslab_set("ignore-gfp-highmem", 1), -ENOENT);
}

static void off_puts_all_knobs_back(void)
{
	fail_all(100);
	CHECK_EQ(how_many_fail(10, 8), 10);
	failslab_off();
	CHECK_EQ(how_many_fail(10, 8), 0);
	CHECK_EQ(get_knob("times"), 1);
	CHECK_EQ(get_knob("ignore-gfp-wait"), 1);
	CHECK_EQ(this_quire()->fault.on, 0);
}

static void requests_that_the_knobs_spare_do_not_fail(void)
{
	fail_all(100);
	CHECK(should_failslab(0, GFP_KERNEL, 8));
	CHECK(!should_failslab(0, GFP_KERNEL | __GFP_NOFAIL, 8));
	set_knob("ignore-gfp-wait", 1);
	CHECK(!should_failslab(0, GFP_KERNEL, 8));
	CHECK(should_failslab(0, GFP_ATOMIC, 8));
}

static void with_the_filter_only_marked_caches_fail(void)
{
	fail_all(100);
	CHECK(should_failslab(0, ANY_GFP, 8));
	CHECK(should_failslab(SLAB_FAILSLAB, ANY_GFP, 8));
	set_knob("cache-filter", 1);
	CHECK(!should_failslab(0, ANY_GFP, 8));
	CHECK(!should_failslab(SLAB_HWCACHE_ALIGN, ANY_GFP, 8));
	CHECK(should_failslab(SLAB_FAILSLAB | SLAB_HWCACHE_ALIGN, ANY_GFP, 8));
}

/* A budget of 100 bytes: nothing fails while more than the request is left of it. */
static void nothing_fails_before_the_space_is_used_up(void)
{
	fail_all(100);
	set_knob("space", 100);
	CHECK_EQ(how_many_fail(1, 64), 0);
	CHECK_EQ(get_knob("space"), 36);
	CHECK_EQ(how_many_fail(1, 64), 1);
	CHECK_EQ(how_many_fail(1, (size_t)-1), 1);
	CHECK_EQ(how_many_fail(1, 32), 0);
	CHECK_EQ(get_knob("space"), 4);
	CHECK_EQ(how_many_fail(3, 32), 3);
	CHECK_EQ(get_knob("space"), 4);
}

static void probability_times_and_interval_are_as_for_pages(void)
{
	unsigned int failed, i;

	fail_all(30);
	failed = how_many_fail(10000, 8);
	CHECK(failed > 2800 && failed < 3200);
	CHECK_EQ(this_quire()->fault.slab.attr.failed, failed);
	set_knob("probability", 100);
	set_knob("times", 3);
	CHECK_EQ(how_many_fail(10, 8), 3);
	set_knob("times", -1);
	set_knob("interval", 4);
	for (i = 1; i <= 40; i++)
		CHECK_EQ(how_many_fail(1, 8), i % 4 == 0);
}

static u64 which_fail(long seed)
{
	u64 bits = 0;
	int i;

	set_knob("seed", seed);
	for (i = 0; i < 64; i++)
		bits = bits << 1 | how_many_fail(1, 8);
	return bits;
}

static void the_same_seed_fails_the_same_calls(void)
{
	u64 first;

	fail_all(50);
	first = which_fail(7);
	CHECK(first != 0 && ~first != 0);
	CHECK(which_fail(8) != first);
	CHECK_EQ(which_fail(7), first);
}

static void a_failure_is_logged_as_verbosely_as_is_wanted(void)
{
	fail_all(100);
	log_clear();
	CHECK(should_failslab(0, GFP_ATOMIC, 64));
	CHECK_STR(log_text(), "");
	set_knob("verbose", 1);
	set_knob("times", 5);
	CHECK(should_failslab(0, GFP_ATOMIC, 64));
	CHECK_STR(log_text(), "FAULT_INJECTION: forcing a failure.\n"
			      "name failslab, interval 1, probability 100, space 0, times 4\n");
	log_clear();
	set_knob("verbose", 2);
	CHECK(should_failslab(0, GFP_ATOMIC, 64));
	CHECK(log_contains("\nsize:64, gfp:0xa20\n"));
	log_clear();
	CHECK(should_failslab(0, ANY_GFP, 64));
	CHECK_STR(log_text(), "");
}

/* ---- beside the other switches ---- */

static void a_request_counts_for_the_nth_failure(void)
{
	test_machine_new();
	quire_fail_nth(2, false);
	CHECK(!should_failslab(0, GFP_KERNEL, 8));
	CHECK(should_failslab(0, GFP_KERNEL, 8));
	CHECK(!should_failslab(0, GFP_KERNEL, 8));
	CHECK_EQ(this_quire()->fault.calls, 3);
	CHECK_EQ(this_quire()->fault.failed, 1);
	quire_fail_off();
}

static void pages_and_objects_have_switches_of_their_own(void)
{
	fail_all(100);
	CHECK(!should_fail_alloc_page(ANY_GFP, 3));
	CHECK_EQ(fail_page_alloc_set("probability", 100), 0);
	CHECK_EQ(get_knob("times"), -1);
	CHECK(should_fail_alloc_page(ANY_GFP, 3));
	failslab_off();
	CHECK(!should_failslab(0, ANY_GFP, 8));
	CHECK_EQ(fail_page_alloc_set("times", 1), 0);
	CHECK(should_fail_alloc_page(ANY_GFP, 3));
	fail_page_alloc_off();
	CHECK_EQ(this_quire()->fault.on, 0);
}

const struct tap_test tap_tests[] = {
	TEST(at_first_the_knobs_are_linuxs_and_nothing_fails),
	TEST(a_knob_takes_what_is_in_its_range),
	TEST(off_puts_all_knobs_back),
	TEST(requests_that_the_knobs_spare_do_not_fail),
	TEST(with_the_filter_only_marked_caches_fail),
	TEST(nothing_fails_before_the_space_is_used_up),
	TEST(probability_times_and_interval_are_as_for_pages),
	TEST(the_same_seed_fails_the_same_calls),
	TEST(a_failure_is_logged_as_verbosely_as_is_wanted),
	TEST(a_request_counts_for_the_nth_failure),
	TEST(pages_and_objects_have_switches_of_their_own),
	{ NULL, NULL },
};
