/* SPDX-License-Identifier: MIT */
/*
 * memory_hotplug_thread_test.c - two CPUs take and free pages, as threads, while a third one
 * lets memory come and go, to the kernel's zone and to the movable one. Meant for
 * ThreadSanitizer; what is checked here is that nobody gets a page that another holds or that
 * is not there, and that nothing is lost.
 */
#include <pthread.h>
#include <sched.h>

#include <quire/quire.h>

#include "mm/page/internal.h"
#include "tests/fixture.h"
#include "tests/page/movers.h"
#include "tests/tap.h"

#define WORKERS 2
#define CYCLES 60
#define HELD 48
#define MB ((phys_addr_t)1 << 20)
#define BLOCK (4 * MB)
#define BLOCK_PAGES 1024UL
#define HOT (48 * MB)
#define NR_BLOCKS 4

struct worker {
	pthread_t thread;
	struct quire *quire;
	unsigned int cpu;
	u64 random;
	unsigned long clashes, from_hot;
	bool *stop;
};

static u64 next_random(struct worker *w)
{
	w->random = w->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return w->random >> 33;
}

static void free_stamped(struct worker *w, struct page *page, unsigned int order, unsigned long owner)
{
	w->clashes += *(unsigned long *)page_address(page) != owner;
	__free_pages(page, order);
}

static struct page *take(struct worker *w, unsigned int order)
{
	gfp_t gfp = next_random(w) & 1 ? GFP_KERNEL : GFP_HIGHUSER_MOVABLE;
	struct page *page = alloc_pages(gfp | __GFP_NOWARN, order);

	if (page)
		w->from_hot += page_to_pfn(page) >= PFN_DOWN(HOT);
	return page;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct page *held[HELD] = { NULL };
	unsigned int orders[HELD], slot;
	unsigned long i;

	quire_select(w->quire);
	test_set_cpu(w->cpu);
	for (i = 0; !__atomic_load_n(w->stop, __ATOMIC_RELAXED); i++) {
		slot = (unsigned int)(next_random(w) % HELD);
		if (held[slot]) {
			free_stamped(w, held[slot], orders[slot], w->cpu * 1000 + slot);
			held[slot] = NULL;
		} else {
			orders[slot] = (unsigned int)(next_random(w) % 3 ? 0 : next_random(w) % 8);
			held[slot] = take(w, orders[slot]);
			if (held[slot])
				*(unsigned long *)page_address(held[slot]) = w->cpu * 1000 + slot;
		}
		if (i % 64 == 0)
			sched_yield();
	}
	for (slot = 0; slot < HELD; slot++)
		if (held[slot])
			free_stamped(w, held[slot], orders[slot], w->cpu * 1000 + slot);
	return NULL;
}

/* One cycle: a block comes and goes, or stays because a page of it is in use. */
static bool cycle(struct quire_machine *m, unsigned int i, unsigned long pages)
{
	phys_addr_t base = HOT + (i % NR_BLOCKS) * BLOCK;
	struct zone *zone;
	int err;

	if (memory_block_state(PFN_DOWN(base)) == MEMORY_BLOCK_ABSENT) {
		test_plug(m, base, BLOCK);
		CHECK_EQ(add_memory(0, base, BLOCK, MHP_NONE), 0);
	}
	if (memory_block_state(PFN_DOWN(base)) == MEMORY_BLOCK_OFFLINE) {
		zone = zone_for_pfn_range(i & 8 ? MMOP_ONLINE_MOVABLE : MMOP_ONLINE_KERNEL, 0, NULL, PFN_DOWN(base),
					  BLOCK_PAGES);
		CHECK_EQ(online_pages(PFN_DOWN(base), BLOCK_PAGES, zone, NULL), 0);
		return false;
	}
	err = offline_and_remove_memory(base, pages * BLOCK / BLOCK_PAGES);
	CHECK(!err || err == -EBUSY);
	/* From here on a touch of it is a crash. */
	if (!err)
		test_unplug(m, base, BLOCK);
	return !err;
}

static void memory_comes_and_goes_while_others_allocate(void)
{
	struct quire_machine *m = test_machine_new();
	struct worker workers[WORKERS] = { { 0 } };
	unsigned long total, went = 0;
	bool stop = false;
	unsigned int i;

	test_bank(m, 16 * MB, 32 * MB, 0);
	test_hotplug(m, HOT, NR_BLOCKS * BLOCK, 0);
	m->zones = 1U << ZONE_NORMAL | 1U << ZONE_MOVABLE;
	m->memory_block_size = BLOCK;
	m->nr_cpus = WORKERS + 1;
	REQUIRE(test_machine_boot(m) == 0);
	total = totalram_pages();
	for (i = 0; i < WORKERS; i++) {
		workers[i].quire = this_quire();
		workers[i].cpu = i + 1;
		workers[i].random = i + 1;
		workers[i].stop = &stop;
		REQUIRE(!pthread_create(&workers[i].thread, NULL, work, &workers[i]));
	}
	for (i = 0; i < CYCLES; i++) {
		went += cycle(m, i, BLOCK_PAGES);
		sched_yield();
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < WORKERS; i++) {
		pthread_join(workers[i].thread, NULL);
		CHECK_EQ(workers[i].clashes, 0);
	}
	tap_note("%lu blocks went; %lu and %lu blocks of pages came from them", went, workers[0].from_hot,
		 workers[1].from_hot);
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_EQ(memory_hotplug_validate(), 0);
	/* Nobody has a page any more: all of it can go. */
	for (i = 0; i < NR_BLOCKS; i++)
		if (memory_block_state(PFN_DOWN(HOT + i * BLOCK)) != MEMORY_BLOCK_ABSENT)
			CHECK_EQ(offline_and_remove_memory(HOT + i * BLOCK, BLOCK), 0);
	CHECK_EQ(totalram_pages(), total);
	drain_all_pages(NULL);
	CHECK_EQ(nr_free_pages(), total);
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_EQ(memory_hotplug_validate(), 0);
}

/* ---- pages that are moved out while their owner frees them ---- */

static struct quire *machine;
static bool is_over;

static void churn(unsigned long rounds, u32 seed)
{
	while (rounds--) {
		seed = seed * 1664525 + 1013904223;
		if (!movers_free((seed >> 8) % 2500))
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

static void blocks_are_emptied_while_their_pages_are_taken_and_freed(void)
{
	struct quire_machine *m = test_machine_new();
	unsigned long rounds = test_rounds(80), went = 0, n;
	pthread_t thread;

	test_bank(m, 16 * MB, 16 * MB, 0);
	test_hotplug(m, HOT, NR_BLOCKS * BLOCK, 0);
	m->zones = 1U << ZONE_NORMAL | 1U << ZONE_MOVABLE;
	m->memory_block_size = BLOCK;
	m->nr_cpus = 2;
	REQUIRE(test_machine_boot(m) == 0);
	machine = this_quire();
	movers_new();
	is_over = false;
	mhp_set_default_online_type(MMOP_ONLINE_MOVABLE);
	test_plug(m, HOT, NR_BLOCKS * BLOCK);
	REQUIRE(add_memory(0, HOT, NR_BLOCKS * BLOCK, MHP_NONE) == 0);
	churn(4000, 7);
	REQUIRE(pthread_create(&thread, NULL, churn_on_cpu_1, NULL) == 0);
	for (n = 0; n < rounds; n++) {
		phys_addr_t base = HOT + (n % NR_BLOCKS) * BLOCK;

		if (offline_and_remove_memory(base, BLOCK))
			continue;
		went++;
		test_unplug(m, base, BLOCK);
		sched_yield();
		test_plug(m, base, BLOCK);
		CHECK_EQ(add_memory(0, base, BLOCK, MHP_NONE), 0);
	}
	__atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	tap_note("%lu of %lu blocks went", went, rounds);
	CHECK(went > 0);
	movers_check_all();
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_EQ(memory_hotplug_validate(), 0);
	movers_free_all();
	drain_all_pages(NULL);
	CHECK_EQ(nr_free_pages(), totalram_pages());
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(memory_comes_and_goes_while_others_allocate),
	TEST(blocks_are_emptied_while_their_pages_are_taken_and_freed),
	{ NULL, NULL },
};
