/* SPDX-License-Identifier: MIT */
/*
 * host_machines_thread_test.c - machines that are made, booted, used and thrown away by
 * several threads at once do not meet.
 */
#include <pthread.h>

#include <quire/quire.h>

#include "port/host/host.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define NR_THREADS 4
#define ROUNDS 8

static void *live(void *arg)
{
	const struct machine_bank bank = { 0x80000000 + (u64)(uintptr_t)arg * 0x1000000, 0x1000000,
					   0, 0 };
	const struct quire_machine m = { .name = "thread", .banks = &bank, .nr_banks = 1 };
	char err[256];
	int round;

	for (round = 0; round < ROUNDS; round++) {
		struct host_machine *hm = host_machine_create(&m, err, sizeof(err));
		unsigned long before;
		struct page *page;

		if (!CHECK(hm))
			return NULL;
		CHECK_EQ(host_machine_boot(hm), 0);
		before = nr_free_pages();
		page = alloc_pages(GFP_KERNEL, 4);
		CHECK(page && page_to_phys(page) >= bank.base);
		CHECK_EQ(nr_free_pages(), before - 16);
		if (page)
			__free_pages(page, 4);
		CHECK_EQ(nr_free_pages(), before);
		CHECK_EQ(page_alloc_validate(), 0);
		host_machine_destroy(hm);
	}
	return NULL;
}

static void threads_with_a_machine_each_do_not_meet(void)
{
	pthread_t threads[NR_THREADS];
	size_t i;

	for (i = 0; i < NR_THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, live, (void *)i));
	for (i = 0; i < NR_THREADS; i++)
		pthread_join(threads[i], NULL);
}

const struct tap_test tap_tests[] = {
	TEST(threads_with_a_machine_each_do_not_meet),
	{ NULL, NULL },
};
