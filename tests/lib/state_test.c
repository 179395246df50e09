/* SPDX-License-Identifier: MIT */
/*
 * state_test.c - selecting machines: each thread has its own.
 */
#include <pthread.h>

#include "tests/fixture.h"
#include "tests/tap.h"

static void a_thread_begins_without_a_machine(void)
{
	CHECK_PTR(this_quire(), NULL);
}

static void select_returns_the_machine_before(void)
{
	static struct quire first, second;

	CHECK_PTR(quire_select(&first), NULL);
	CHECK_PTR(this_quire(), &first);
	CHECK_PTR(quire_select(&second), &first);
	CHECK_PTR(this_quire(), &second);
	CHECK_PTR(quire_select(NULL), &second);
	CHECK_PTR(this_quire(), NULL);
}

static void *machine_of_a_new_thread(void *unused)
{
	(void)unused;
	return this_quire();
}

static void another_thread_is_not_affected(void)
{
	static struct quire q;
	pthread_t thread;
	void *seen = &q;

	quire_select(&q);
	REQUIRE(!pthread_create(&thread, NULL, machine_of_a_new_thread, NULL));
	pthread_join(thread, &seen);
	CHECK_PTR(seen, NULL);
	quire_select(NULL);
}

const struct tap_test tap_tests[] = {
	TEST(a_thread_begins_without_a_machine),
	TEST(select_returns_the_machine_before),
	TEST(another_thread_is_not_affected),
	{ NULL, NULL },
};
