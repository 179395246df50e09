/* SPDX-License-Identifier: MIT */
/*
 * memory_hotplug_walk_thread_test.c - memory goes, and its page structures with it, while other
 * CPUs walk over page structures of pages that they do not hold: to compact, to report, to take
 * just these frames. A touch of a structure that is gone is a crash.
 */
#include <pthread.h>
#include <sched.h>

#include <quire/compaction.h>
#include <quire/quire.h>

#include "mm/page/internal.h"
#include "tests/fixture.h"
#include "tests/page/hotplug_support.h"
#include "tests/page/movers.h"
#include "tests/tap.h"

#define HOT (128 * MB)
#define WBLOCK_PAGES 4096UL

static struct quire *machine;
static bool is_over;

static void begin_on_cpu(unsigned int cpu)
{
	quire_select(machine);
	test_set_cpu(cpu);
}

static void *compact(void *arg)
{
	begin_on_cpu(1);
	while (!load_acquire(is_over)) {
		*(unsigned long *)arg += compact_memory();
		sched_yield();
	}
	return NULL;
}

/* All that others look at. */
static void *look(void *arg)
{
	unsigned long counts[MIGRATE_TYPES], blocks[MAX_ORDER_LIMIT];
	struct zone *zone;
	pfn_t at;

	begin_on_cpu(2);
	at = PFN_DOWN(HOT) + 700;
	while (!load_acquire(is_over)) {
		for_each_populated_zone(zone) {
			zone_count_page_blocks(zone, counts);
			zone_count_free_blocks(zone, -1, blocks);
		}
		if (!alloc_contig_range(at, at + 600, MIGRATE_MOVABLE, GFP_KERNEL | __GFP_NOWARN)) {
			++*(unsigned long *)arg;
			free_contig_range(at, 600);
		}
		has_unmovable_pages(at, at + WBLOCK_PAGES, MIGRATE_MOVABLE, 0);
		test_pages_isolated(at, at + WBLOCK_PAGES, 0);
		sched_yield();
	}
	return NULL;
}

/* Half of the pages that were taken of the block are freed again: there is something to be moved. */
static void leave_holes(void)
{
	int slots[600];
	unsigned int i;

	for (i = 0; i < 600; i++)
		slots[i] = movers_take(GFP_HIGHUSER_MOVABLE, 0);
	for (i = 0; i < 600; i++)
		if (slots[i] >= 0 && i % 8)
			movers_free((unsigned int)slots[i]);
}

static void block_comes_and_goes(unsigned long *went, unsigned int i)
{
	phys_addr_t base = HOT + (i % 2) * WBLOCK;
	unsigned int slot, tries;
	int err = -EBUSY;

	test_plug(hot_machine, base, WBLOCK);
	CHECK_EQ(add_memory(0, base, WBLOCK, MHP_NONE), 0);
	leave_holes();
	for (tries = 0; err && tries < 1000; tries++) {
		err = offline_and_remove_memory(base, WBLOCK);
		CHECK(!err || err == -EBUSY);
		sched_yield();
	}
	REQUIRE(!err);
	test_unplug(hot_machine, base, WBLOCK);
	++*went;
	for (slot = 0; slot < 600; slot++)
		movers_free(slot);
}

static void structures_stay_while_others_look_at_them(void)
{
	unsigned long went = 0, compacted = 0, taken = 0, total, rounds = test_rounds(60), i;
	pthread_t compactor, looker;

	hot_boot_window();
	machine = this_quire();
	movers_new();
	is_over = false;
	total = totalram_pages();
	mhp_set_default_online_type(MMOP_ONLINE_MOVABLE);
	set_extfrag_threshold(0);
	/* There is a page that can be moved: so there is compaction. */
	REQUIRE(movers_take(GFP_HIGHUSER_MOVABLE, 0) >= 0);
	REQUIRE(pthread_create(&compactor, NULL, compact, &compacted) == 0);
	REQUIRE(pthread_create(&looker, NULL, look, &taken) == 0);
	for (i = 0; i < rounds; i++)
		block_comes_and_goes(&went, (unsigned int)i);
	store_release(is_over, true);
	pthread_join(compactor, NULL);
	pthread_join(looker, NULL);
	tap_note("%lu blocks went; %lu leaves were emptied, %lu ranges were taken meanwhile", went, compacted,
		 taken);
	movers_free_all();
	drain_all_pages(NULL);
	CHECK_EQ(totalram_pages(), total);
	CHECK_EQ(nr_free_pages(), total);
	hot_check_all();
	hot_free_window();
}

/* ---- who is waited for ---- */

static bool is_removed;

static void *remove_block(void *arg)
{
	(void)arg;
	begin_on_cpu(1);
	CHECK_EQ(offline_and_remove_memory(HOT, WBLOCK), 0);
	store_release(is_removed, true);
	return NULL;
}

/* A walk that saw the block holds its structures; one that began when it was hidden, nothing. */
static void offline_waits_for_the_walks_that_may_have_seen_the_block(void)
{
	pthread_t remover;
	unsigned int i;
	u32 walk, later;

	hot_boot_window();
	machine = this_quire();
	is_removed = false;
	hot_plug(HOT, WBLOCK, 0);
	hot_online(HOT, WBLOCK, 0, MMOP_ONLINE_MOVABLE);
	/* Both sides have been used. */
	for (i = 0; i < 3; i++) {
		memmap_walk_end(memmap_walk_begin());
		memmap_wait_for_walks();
	}
	walk = memmap_walk_begin();
	REQUIRE(pfn_valid(PFN_DOWN(HOT)));
	REQUIRE(pthread_create(&remover, NULL, remove_block, NULL) == 0);
	while (pfn_valid(PFN_DOWN(HOT)))
		sched_yield();
	for (i = 0; i < 100; i++) {
		CHECK_EQ(load_relaxed(*frame_state(pfn_to_page(PFN_DOWN(HOT) + i))), 0);
		sched_yield();
	}
	CHECK(!load_acquire(is_removed));
	while (load_relaxed(machine->page.hotplug.walk_side) == walk)
		sched_yield();
	later = memmap_walk_begin();
	CHECK(later != walk);
	CHECK(!load_acquire(is_removed));
	memmap_walk_end(walk);
	pthread_join(remover, NULL);
	CHECK(is_removed);
	memmap_walk_end(later);
	hot_check_all();
	hot_free_window();
}

const struct tap_test tap_tests[] = {
	TEST(structures_stay_while_others_look_at_them),
	TEST(offline_waits_for_the_walks_that_may_have_seen_the_block),
	{ NULL, NULL },
};
