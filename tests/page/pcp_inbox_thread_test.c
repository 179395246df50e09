/* SPDX-License-Identifier: MIT */
/*
 * pcp_inbox_thread_test.c - one thread takes pages, another frees them, and a third CPU drains all
 * lists meanwhile: each page arrives as it was sent, and nothing is lost.
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include <quire/quire.h>

#include "mm/page/internal.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)
/* So few are on their way that the inbox has room for them, whichever thread runs how long. */
#define RING 64u
#define DRAIN_EVERY 1024u /* pages */

static struct {
	struct quire *quire;
	struct page *ring[RING];
	unsigned int sent, received, rounds;
	unsigned int wrong, lots; /* of pages that came by way of the inbox */
} shared;

static void *produce(void *arg)
{
	struct pcp_list *inbox;
	unsigned int i, before = 0, now;

	(void)arg;
	quire_select(shared.quire);
	test_set_cpu(0);
	inbox = &NODE_DATA(0)->node_zones[ZONE_NORMAL].per_cpu_pageset[0].lists[PCP_INBOX];
	for (i = 0; i < shared.rounds; i++) {
		struct page *page = alloc_page(GFP_KERNEL);

		/* It must not be empty for good: so much is never in flight. */
		shared.wrong += !page;
		if (page)
			*(struct page **)page_address(page) = page;
		while (i - __atomic_load_n(&shared.received, __ATOMIC_ACQUIRE) >= RING)
			sched_yield();
		shared.ring[i % RING] = page;
		__atomic_store_n(&shared.sent, i + 1, __ATOMIC_RELEASE);
		now = load_relaxed(inbox->count);
		shared.lots += now < before;
		before = now;
	}
	return NULL;
}

static void *consume(void *arg)
{
	unsigned int i, wrong = 0;

	(void)arg;
	quire_select(shared.quire);
	test_set_cpu(1);
	for (i = 0; i < shared.rounds; i++) {
		struct page *page;

		while (__atomic_load_n(&shared.sent, __ATOMIC_ACQUIRE) <= i)
			sched_yield();
		page = shared.ring[i % RING];
		if (page) {
			wrong += *(struct page **)page_address(page) != page;
			__free_page(page);
		}
		__atomic_store_n(&shared.received, i + 1, __ATOMIC_RELEASE);
	}
	CHECK_EQ(wrong, 0);
	return NULL;
}

static void pages_come_home_while_others_drain(void)
{
	struct quire_machine *m = test_machine_new();
	unsigned int received, drained = 0;
	pthread_t producer, consumer;
	unsigned long free_before;

	test_bank(m, 16 * MB, 256 * MB, 0);
	m->nr_cpus = 3;
	REQUIRE(test_machine_boot(m) == 0);
	free_before = nr_free_pages();
	memset(&shared, 0, sizeof(shared));
	shared.quire = this_quire();
	shared.rounds = (unsigned int)test_rounds(100000);
	REQUIRE(pthread_create(&producer, NULL, produce, NULL) == 0);
	REQUIRE(pthread_create(&consumer, NULL, consume, NULL) == 0);
	test_set_cpu(2);
	while ((received = __atomic_load_n(&shared.received, __ATOMIC_ACQUIRE)) < shared.rounds) {
		if (received - drained >= DRAIN_EVERY) {
			drain_all_pages(NULL);
			drained = received;
		}
		sched_yield();
	}
	REQUIRE(inbox_room(&NODE_DATA(0)->node_zones[ZONE_NORMAL]) > RING);
	pthread_join(producer, NULL);
	pthread_join(consumer, NULL);
	CHECK_EQ(shared.wrong, 0);
	CHECK(shared.lots > 0);
	CHECK_EQ(nr_free_pages(), free_before);
	CHECK_EQ(this_quire()->log.warnings, 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(pages_come_home_while_others_drain),
	{ NULL, NULL },
};
