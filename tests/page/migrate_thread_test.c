/* SPDX-License-Identifier: MIT */
/*
 * migrate_thread_test.c - pages are moved on one CPU while their owner takes and frees them on
 * another. Meant for ThreadSanitizer.
 */
#include <pthread.h>

#include <quire/compaction.h>
#include <quire/quire.h>

#include "mm/lib/list.h"
#include "tests/fixture.h"
#include "tests/page/movers.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

static struct quire *machine;
static struct movers *owner;
static bool is_over;

static struct zone *boot_two_cpus(unsigned int block_order)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 8 * MB, 0);
	m->nr_cpus = 2;
	m->max_order = 10;
	m->block_order = block_order;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	machine = this_quire();
	owner = movers_new();
	is_over = false;
	return &NODE_DATA(0)->node_zones[ZONE_NORMAL];
}

/* Takes, frees and reads pages, its own generator of numbers: the fixture's is the main thread's. */
static void churn(unsigned long rounds, u32 seed)
{
	while (rounds--) {
		seed = seed * 1664525 + 1013904223;
		if (!movers_free((seed >> 8) % 700))
			movers_take(GFP_HIGHUSER_MOVABLE, (seed >> 24) % 3);
		if (seed >> 28 == 0)
			drain_all_pages(NULL);
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

/* Runs the work while the other CPU takes and frees; then nothing may be lost. */
static void beside_an_owner(const struct zone *zone, void (*work)(const struct zone *zone))
{
	pthread_t thread;
	unsigned int i;

	/* Half of it will be in pieces. */
	for (i = 0; i < 1500; i++)
		movers_take(GFP_HIGHUSER_MOVABLE, 0);
	for (i = 0; i < 1500; i += 2)
		movers_free(i);
	REQUIRE(pthread_create(&thread, NULL, churn_on_cpu_1, NULL) == 0);
	work(zone);
	__atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	movers_check_all();
	CHECK_EQ(page_alloc_validate(), 0);
	movers_free_all();
	drain_all_pages(NULL);
	CHECK_EQ(nr_free_pages(), zone->managed_pages);
	CHECK_EQ(this_quire()->page.nr_movable, 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* Every frame is asked for, free or not, and a few are moved at a time. */
static void move_everything(const struct zone *zone)
{
	struct migration_target_control target = { NUMA_NO_NODE, GFP_NOWAIT };
	unsigned long rounds = test_rounds(60);
	struct list_head list;
	pfn_t pfn;

	INIT_LIST_HEAD(&list);
	while (rounds--)
		for (pfn = zone->zone_start_pfn; pfn < zone_end_pfn(zone); pfn++) {
			struct page *page = pfn_to_online_page(pfn);

			if (page && !isolate_page_to_move(page, 0))
				list_add_tail(&page->lru, &list);
			if (pfn % 32)
				continue;
			migrate_pages(&list, alloc_migration_target, NULL, (uintptr_t)&target, MIGRATE_ASYNC,
				      MR_COMPACTION, NULL);
			putback_movable_pages(&list);
		}
}

static void pages_move_while_their_owner_frees_them(void)
{
	const struct zone *zone = boot_two_cpus(6);

	owner->fail_one_in = 50;
	beside_an_owner(zone, move_everything);
	CHECK(owner->moved > 0);
}

static void take_ranges(const struct zone *zone)
{
	unsigned long rounds = test_rounds(150);

	while (rounds--) {
		pfn_t start = zone->zone_start_pfn + test_random_below(1800);
		unsigned long nr = 1 + test_random_below(100);

		if (!alloc_contig_range(start, start + nr, MIGRATE_MOVABLE, GFP_KERNEL | __GFP_NOWARN))
			free_contig_range(start, nr);
	}
}

static void ranges_are_taken_while_others_allocate(void)
{
	beside_an_owner(boot_two_cpus(6), take_ranges);
}

static void make_blocks(const struct zone *zone)
{
	unsigned long rounds = test_rounds(300);
	pg_data_t *pgdat = zone->zone_pgdat;

	set_extfrag_threshold(0);
	set_compaction_proactiveness(100);
	while (rounds--) {
		switch (test_random_below(4)) {
		case 0:
			compact_memory();
			break;
		case 1:
			wakeup_kcompactd(pgdat, 1 + (unsigned int)test_random_below(7), ZONE_NORMAL);
			while (kcompactd_step(pgdat))
				;
			break;
		default:
			try_to_compact_pages(GFP_KERNEL, 1 + (unsigned int)test_random_below(8), 0, 0,
					     (enum compact_priority)test_random_below(3));
		}
	}
}

static void blocks_are_made_while_others_allocate(void)
{
	const struct zone *zone = boot_two_cpus(6);

	owner->fail_one_in = 50;
	beside_an_owner(zone, make_blocks);
	CHECK(owner->moved > 0);
}

/* Both CPUs compact and take large blocks. */
static void *compact_on_cpu_1(void *arg)
{
	quire_select(machine);
	test_set_cpu(1);
	while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
		compact_memory();
		churn(20, (u32)(uintptr_t)arg);
	}
	return NULL;
}

static void two_cpus_compact_at_once(void)
{
	const struct zone *zone = boot_two_cpus(6);
	pthread_t thread;

	churn(600, 9);
	REQUIRE(pthread_create(&thread, NULL, compact_on_cpu_1, NULL) == 0);
	make_blocks(zone);
	__atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	movers_check_all();
	CHECK_EQ(page_alloc_validate(), 0);
	movers_free_all();
	drain_all_pages(NULL);
	CHECK_EQ(nr_free_pages(), zone->managed_pages);
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(pages_move_while_their_owner_frees_them),
	TEST(ranges_are_taken_while_others_allocate),
	TEST(blocks_are_made_while_others_allocate),
	TEST(two_cpus_compact_at_once),
	{ NULL, NULL },
};
