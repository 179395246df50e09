/* SPDX-License-Identifier: MIT */
/*
 * cma_thread_test.c - a device takes and gives back its area on one CPU, while on two others
 * movable pages are lent of it, moved out and freed. Meant for ThreadSanitizer.
 */
#include <pthread.h>

#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/page/movers.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

static struct quire *machine;
static bool is_over;

static void churn(unsigned long rounds, u32 seed)
{
	while (rounds--) {
		seed = seed * 1664525 + 1013904223;
		if (!movers_free((seed >> 8) % 3000))
			movers_take(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN, (seed >> 24) % 2);
	}
}

static void *churn_on_cpu_1(void *arg)
{
	u32 seed = 1;

	(void)arg;
	quire_select(machine);
	test_set_cpu(1);
	while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE))
		churn(50, seed += 12345);
	return NULL;
}

/* Another device, with an area that shares page blocks with nothing. */
static void *take_on_cpu_2(void *arg)
{
	struct cma *other = arg;

	quire_select(machine);
	test_set_cpu(2);
	while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
		struct page *page = cma_alloc(other, 100, 2, true);

		if (page)
			cma_release(other, page, 100);
	}
	return NULL;
}

static void areas_are_taken_and_given_back_while_their_pages_are_lent(void)
{
	static const struct machine_cma cma[] = {
		{ .name = "camera", .base = 24 * MB, .size = 4 * MB, .is_fixed = true },
		{ .name = "sound", .base = 28 * MB, .size = 1 * MB, .is_fixed = true },
	};
	struct quire_machine *m = test_machine_new();
	unsigned long rounds = test_rounds(60), taken = 0, n;
	struct cma *area;
	pthread_t threads[2];

	test_bank(m, 16 * MB, 16 * MB, 0);
	m->nr_cpus = 3;
	m->max_order = 10;
	m->block_order = 6;
	m->cma = cma;
	m->nr_cma = 2;
	REQUIRE(test_machine_boot(m) == 0);
	machine = this_quire();
	area = machine->page.cma_areas;
	movers_new();
	is_over = false;
	churn(6000, 7);
	REQUIRE(pthread_create(&threads[0], NULL, churn_on_cpu_1, NULL) == 0);
	REQUIRE(pthread_create(&threads[1], NULL, take_on_cpu_2, area->next) == 0);
	for (n = 0; n < rounds; n++) {
		unsigned long count = 1 + (unsigned long)test_random_below(600);
		struct page *page = cma_alloc(area, count, (unsigned int)test_random_below(5), true);

		taken += page != NULL;
		if (!page)
			continue;
		CHECK_EQ(page_ref_count(page) + page_ref_count(page + count - 1), 2);
		CHECK(cma_release(area, page, count));
	}
	__atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	tap_note("%lu of %lu requests were served", taken, rounds);
	CHECK(taken > 0);
	movers_check_all();
	CHECK_EQ(page_alloc_validate(), 0);
	movers_free_all();
	drain_all_pages(NULL);
	CHECK_EQ(nr_free_pages(), totalram_pages());
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(areas_are_taken_and_given_back_while_their_pages_are_lent),
	{ NULL, NULL },
};
