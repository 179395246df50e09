/* SPDX-License-Identifier: MIT */
/*
 * kmemleak_step_test.c - a scan in steps finds what a whole one finds, whatever happens between them.
 */
#include <string.h>

#include "mm/debug/internal.h"
#include "tests/debug/kmemleak_support.h"

/*
 *   root -> chain[0] -> chain[1] -> ... -> chain[n - 1], each as large as some chunks;   lost[0 .. n - 1]
 */
#define CHAIN 8
static char *chain[CHAIN], *lost[CHAIN];

static void make_chain(void)
{
	int i;

	for (i = 0; i < CHAIN; i++) {
		chain[i] = new_object(3000);
		lost[i] = new_object(1500);
		memset(lost[i], i + 1, 1500);
		if (i)
			*(char **)(void *)(chain[i - 1] + 2800) = chain[i] + 7;
	}
	leak_roots[0] = chain[0];
}

static unsigned int steps(size_t budget)
{
	unsigned int nr = 1;

	while (!kmemleak_scan_step(budget))
		nr++;
	return nr;
}

static void check_chain(void)
{
	int i;

	for (i = 0; i < CHAIN; i++) {
		CHECK(is_leak(lost[i]));
		CHECK(!is_leak(chain[i]));
	}
	CHECK_EQ(nr_leaks(), CHAIN);
	CHECK_EQ(kmemleak_validate(), 0);
}

static void steps_of_any_size_find_what_a_whole_scan_finds(void)
{
	static const size_t budgets[] = { 1, 100, 777, 4096, 100000, SIZE_MAX };
	size_t i;

	for (i = 0; i < sizeof(budgets) / sizeof(budgets[0]); i++) {
		struct quire_machine *m = boot_leak_machine();

		make_chain();
		steps(budgets[i]);
		CHECK_EQ(nr_leaks(), 0);
		steps(budgets[i]);
		check_chain();
		test_machine_end(m);
	}
}

static void a_step_does_no_more_than_it_may(void)
{
	unsigned int of_10k, of_1k;

	boot_leak_machine();
	make_chain();
	steps(SIZE_MAX);
	CHECK_EQ(steps(SIZE_MAX), 1);
	of_10k = steps(10000);
	of_1k = steps(1000);
	CHECK(of_10k >= 4);
	CHECK(of_1k >= of_10k * 6); /* each is over by a chunk at most */
	CHECK(!kmemleak_scan_step(0));
}

static void the_list_stays_as_it_was_while_a_scan_goes_on(void)
{
	boot_leak_machine();
	make_chain();
	scan_times(2);
	while (!kmemleak_scan_step(500))
		CHECK_EQ(nr_leaks(), CHAIN);
	check_chain();
}

static void a_whole_scan_begins_anew(void)
{
	unsigned int i;

	for (i = 1; i < 400; i += 13) {
		struct quire_machine *m = boot_leak_machine();
		unsigned int n;

		make_chain();
		for (n = 0; n < i; n++)
			kmemleak_scan_step(200);
		scan_times(2);
		check_chain();
		test_machine_end(m);
	}
}

/* What goes or comes between any two steps. */
static void objects_may_go_between_any_two_steps(void)
{
	unsigned int at, nr;

	boot_leak_machine();
	make_chain();
	scan_times(2);
	nr = steps(400);
	for (at = 0; at < nr; at++) {
		unsigned int n;
		int i;

		for (n = 0; n < at; n++)
			kmemleak_scan_step(400);
		for (i = 0; i < CHAIN; i++) {
			kmemleak_free(chain[i]);
			kmemleak_free(lost[i]);
			memset(chain[i], 0xee, 3000);
		}
		CHECK_EQ(kmemleak_validate(), 0);
		steps(400);
		CHECK_EQ(nr_leaks(), 0);
		for (i = 0; i < CHAIN; i++) {
			memset(chain[i], 0, 3000);
			if (i)
				*(char **)(void *)(chain[i - 1] + 2800) = chain[i] + 7;
			kmemleak_alloc(chain[i], 3000, 1, GFP_KERNEL);
			kmemleak_alloc(lost[i], 1500, 1, GFP_KERNEL);
		}
	}
	scan_times(2);
	check_chain();
}

static void parts_and_marks_may_change_between_any_two_steps(void)
{
	unsigned int at, nr;

	boot_leak_machine();
	make_chain();
	scan_times(2);
	nr = steps(400);
	for (at = 0; at < nr + 20; at++) {
		struct quire_machine *m = boot_leak_machine();
		unsigned int n;
		int i;

		make_chain();
		for (n = 0; n < at; n++)
			kmemleak_scan_step(400);
		for (i = 0; i < CHAIN; i++) {
			kmemleak_free_part(chain[i] + 1000, 100); /* the pointer to the next is behind */
			kmemleak_free_part(lost[i], 8);
		}
		kmemleak_not_leak(lost[0] + 8);
		kmemleak_ignore(lost[1] + 8);
		CHECK_EQ(kmemleak_validate(), 0);
		steps(400);
		CHECK_EQ(kmemleak_validate(), 0);
		scan_times(2);
		/* what is behind the gap is an object of its own, and nothing leads there */
		for (i = 0; i < CHAIN; i++) {
			CHECK_EQ(is_leak(chain[i]), i > 0);
			CHECK(is_leak(chain[i] + 1100));
			CHECK_EQ(is_leak(lost[i] + 8), i > 1);
		}
		test_machine_end(m);
	}
}

/* A page that is given back between two steps has other contents, or none, when the scan goes on. */
static void a_scan_under_way_survives_a_change_of_machines(void)
{
	struct quire_machine *a = boot_leak_machine(), *b;
	struct quire *qa = this_quire();
	void *mine = new_object(64);

	(void)a;
	CHECK(!kmemleak_scan_step(3000));
	b = test_machine_new();
	test_bank(b, MB(16), MB(16), 0);
	test_machine_unwatched(b);
	REQUIRE(!test_machine_boot(b));
	CHECK(kmemleak_scan_step(1));
	quire_select(qa);
	steps(3000);
	steps(3000);
	CHECK(is_leak(mine));
}

const struct tap_test tap_tests[] = {
	TEST(steps_of_any_size_find_what_a_whole_scan_finds),
	TEST(a_step_does_no_more_than_it_may),
	TEST(the_list_stays_as_it_was_while_a_scan_goes_on),
	TEST(a_whole_scan_begins_anew),
	TEST(objects_may_go_between_any_two_steps),
	TEST(parts_and_marks_may_change_between_any_two_steps),
	TEST(a_scan_under_way_survives_a_change_of_machines),
	{ NULL, NULL },
};
