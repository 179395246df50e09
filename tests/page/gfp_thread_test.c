/* SPDX-License-Identifier: MIT */
/*
 * gfp_thread_test.c - the slow path with two CPUs, as threads: one waits for what the other
 * frees, and the sysctls of the marks change while others allocate. Meant for ThreadSanitizer.
 */
#include <pthread.h>
#include <sched.h>

#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

static struct quire *machine;

static struct zone *boot_two_cpus(phys_addr_t ram, unsigned int block_order)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, ram, 0);
	m->nr_cpus = 2;
	m->max_order = block_order ? block_order + 1 : 0;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	machine = this_quire();
	return &NODE_DATA(0)->node_zones[ZONE_NORMAL];
}

/* ---- nofail ---- */

static unsigned long waits; /* how often the request asked for reclaim */

static unsigned long count_the_wait(gfp_t gfp, unsigned int order, int nid)
{
	(void)gfp, (void)order, (void)nid;
	__atomic_add_fetch(&waits, 1, __ATOMIC_RELEASE);
	return 0;
}

/* Frees one page from CPU 1 once the other has begun to wait; it stays on CPU 1's list. */
static void *free_when_somebody_waits(void *arg)
{
	quire_select(machine);
	test_set_cpu(1);
	while (__atomic_load_n(&waits, __ATOMIC_ACQUIRE) < 3)
		sched_yield();
	__free_page(arg);
	return NULL;
}

static void nofail_gets_what_another_cpu_frees(void)
{
	static const struct reclaim_ops ops = { .direct_reclaim = count_the_wait };
	struct page *page, *last = NULL;
	struct zone *zone = boot_two_cpus(4 * MB, 0);
	pthread_t thread;

	while ((page = alloc_page(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN)))
		last = page;
	REQUIRE(last);
	zone->_watermark[WMARK_MIN] = 0;
	waits = 0;
	set_reclaim_ops(&ops);
	REQUIRE(pthread_create(&thread, NULL, free_when_somebody_waits, last) == 0);
	CHECK_PTR(alloc_page(GFP_KERNEL | __GFP_NOFAIL | __GFP_NOWARN), last);
	pthread_join(thread, NULL);
	CHECK(waits >= 3);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* ---- everything at once ---- */

static bool is_over;

static gfp_t kind(unsigned long i)
{
	static const gfp_t kinds[] = { GFP_KERNEL, GFP_ATOMIC, GFP_NOWAIT, GFP_HIGHUSER_MOVABLE,
				       GFP_KERNEL | __GFP_MEMALLOC, GFP_ATOMIC | __GFP_NOMEMALLOC };

	return kinds[i % 6] | __GFP_NOWARN;
}

/* Takes until nothing is left, of all kinds and small orders; then gives it all back. */
static void churn(unsigned long rounds)
{
	static _Thread_local struct page *pages[4096];
	static _Thread_local unsigned int orders[4096];
	unsigned long round, i, n;

	for (round = 0; round < rounds; round++) {
		for (n = 0, i = 0; n < 4096 && i < 2000; i++) {
			orders[n] = (unsigned int)(i * 7 + round) % 4;
			pages[n] = alloc_pages(kind(i), orders[n]);
			n += pages[n] != NULL;
		}
		while (n-- > 0)
			__free_pages(pages[n], orders[n]);
	}
}

static void *change_the_marks(void *arg)
{
	long i = 0;

	(void)arg;
	quire_select(machine);
	test_set_cpu(1);
	while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
		CHECK_EQ(set_min_free_kbytes(100 + i % 7 * 300), 0);
		CHECK_EQ(set_watermark_scale_factor(1 + (int)(i % 100)), 0);
		CHECK_EQ(set_lowmem_reserve_ratio(ZONE_NORMAL, (int)(i % 3)), 0);
		CHECK_EQ(set_percpu_pagelist_high_fraction(i % 2 ? 8 : 0), 0);
		CHECK_EQ(set_watermark_boost_factor((int)(i % 2) * 15000), 0);
		if (i++ % 16 == 0)
			churn(1);
		sched_yield();
	}
	return NULL;
}

static void boost_hook(struct zone *zone, unsigned int order, enum zone_type highest_zoneidx)
{
	(void)order, (void)highest_zoneidx;
	lower_watermark_boost(zone, 16);
}

/* Page blocks of 16 pages, so that there is a highatomic reserve to be built and taken apart. */
static void marks_may_change_while_others_allocate(void)
{
	static const struct reclaim_ops ops = { .wake_kswapd = boost_hook };
	struct zone *zone = boot_two_cpus(8 * MB, 4);
	unsigned long free_before = nr_free_pages();
	pthread_t thread;

	set_reclaim_ops(&ops);
	is_over = false;
	REQUIRE(pthread_create(&thread, NULL, change_the_marks, NULL) == 0);
	churn(test_rounds(60));
	__atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	drain_all_pages(NULL);
	CHECK_EQ(nr_free_pages(), free_before);
	CHECK(zone->nr_reserved_highatomic <= zone->managed_pages / 100);
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(nofail_gets_what_another_cpu_frees),
	TEST(marks_may_change_while_others_allocate),
	{ NULL, NULL },
};
