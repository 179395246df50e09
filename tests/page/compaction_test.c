/* SPDX-License-Identifier: MIT */
/*
 * compaction_test.c - large blocks made by moving pages: which ones are moved, and where to; when
 * it is tried, and when not; and that nothing is lost on the way.
 *
 * Most tests run on 8 MB with leaves of 64 pages: 32 of them. A picture gives for some leaves how
 * many of their pages are in use, all by an owner with a mover.
 */
#include <quire/compaction.h>
#include <quire/quire.h>

#include "mm/lib/bitmap.h"
#include "mm/lib/spinlock.h"
#include "mm/page/compact.h"
#include "tests/fixture.h"
#include "tests/page/movers.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)
#define LEAVES 32
#define LEAF 64 /* pages */

static struct movers *owner;
static struct zone *zone;

static void boot(unsigned int max_order)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 8 * MB, 0);
	m->max_order = max_order;
	m->block_order = 6;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	owner = movers_new();
	zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
}

static pfn_t leaf_start(unsigned int n)
{
	return zone->zone_start_pfn + (pfn_t)n * LEAF;
}

static unsigned int leaf_of(const struct page *page)
{
	return (unsigned int)(page_to_pfn(page) - zone->zone_start_pfn) / LEAF;
}

/* Pages that the owner has in a leaf. */
static unsigned int used_in(unsigned int n)
{
	unsigned int used = 0;
	int i;

	for (i = 0; i < OWNER_SLOTS; i++)
		if (movers_page(i) && leaf_of(movers_page(i)) == n)
			used++;
	return used;
}

/* Leaf n has used(n) pages in use, every so many-th of it; leaves beyond are full. */
static void shape(const unsigned int *used, unsigned int leaves)
{
	unsigned int in_leaf[LEAVES] = { 0 };
	int i;

	set_extfrag_threshold(0);
	while (movers_take(GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC, 0) >= 0)
		;
	for (i = 0; i < LEAVES * LEAF; i++) {
		unsigned int n = leaf_of(movers_page(i)), k;

		if (n >= leaves)
			continue;
		/* So many of a leaf's pages stay, evenly spread. */
		k = in_leaf[n]++;
		if ((k + 1) * used[n] / LEAF == k * used[n] / LEAF)
			movers_free((unsigned int)i);
	}
	drain_all_pages(NULL);
}

/* Zones without marks: only the block itself must be spared. */
static void forget_marks(void)
{
	zone->_watermark[WMARK_MIN] = zone->_watermark[WMARK_LOW] = zone->_watermark[WMARK_HIGH] = 0;
}

/* Makes a block as a request of GFP_KERNEL would. */
static enum compact_result compact(unsigned int order, enum compact_priority priority)
{
	return try_to_compact_pages(GFP_KERNEL, order, 0, ALLOC_WMARK_MIN, priority);
}

static void all_is_well(void)
{
	movers_check_all();
	CHECK_EQ(page_alloc_validate(), 0);
}

/* ---- where, and where to ---- */

/*
 *   leaf     0    1    2    3    4    5    6    7
 *   in use   40   20   7    31   60   60   33   48
 *                      ^ emptied  ^^^^^^^^ filled
 */
static void a_block_is_made_where_the_fewest_pages_are_in_use(void)
{
	static const unsigned int used[] = { 40, 20, 7, 31, 60, 60, 33, 48 };
	unsigned long free_before;

	boot(7);
	shape(used, 8);
	forget_marks();
	free_before = nr_free_pages();
	CHECK_EQ(compact(6, COMPACT_PRIO_SYNC_LIGHT), COMPACT_SUCCESS);
	CHECK_EQ(free_block_order(leaf_start(2)), 6);
	CHECK_EQ(owner->moved, 7);
	CHECK_EQ(used_in(5) + used_in(4), 60 + 60 + 7);
	CHECK_EQ(used_in(1), 20);
	CHECK_EQ(nr_free_pages(), free_before);
	CHECK_EQ(vm_event(PGMIGRATE_SUCCESS), 7);
	CHECK_EQ(vm_event(COMPACTMIGRATE_SCANNED), LEAF);
	all_is_well();
}

/* Leaf 1 is the emptiest, but u stays where it is. */
static void a_leaf_with_a_page_that_cannot_move_is_left_alone(void)
{
	static const unsigned int used[] = { 30, 5, 40, 60, 20, 50, 60, 60, 35, 35, 35, 35, 35 };
	struct page *pinned;

	boot(7);
	shape(used, 13);
	forget_marks();
	pinned = pfn_to_page(leaf_start(1) + 1);
	REQUIRE(alloc_contig_range(page_to_pfn(pinned), page_to_pfn(pinned) + 1, MIGRATE_MOVABLE, GFP_NOWAIT) == 0);
	CHECK_EQ(compact(6, COMPACT_PRIO_ASYNC), COMPACT_SUCCESS);
	CHECK_EQ(free_block_order(leaf_start(4)), 6);
	CHECK_EQ(owner->moved, 20);
	CHECK_EQ(used_in(1), 5);
	CHECK_EQ(vm_event(COMPACTMIGRATE_SCANNED), 2 * LEAF);
	/* The next time nobody looks into leaf 1, until something has changed there. */
	REQUIRE(alloc_pages(GFP_KERNEL | __GFP_MEMALLOC, 6));
	CHECK_EQ(compact(6, COMPACT_PRIO_ASYNC), COMPACT_SUCCESS);
	CHECK_EQ(free_block_order(leaf_start(0)), 6);
	CHECK_EQ(vm_event(COMPACTMIGRATE_SCANNED), 3 * LEAF);
	REQUIRE(alloc_pages(GFP_KERNEL | __GFP_MEMALLOC, 6));
	__free_page(pinned);
	drain_all_pages(NULL);
	CHECK_EQ(compact(6, COMPACT_PRIO_ASYNC), COMPACT_SUCCESS);
	CHECK_EQ(free_block_order(leaf_start(1)), 6);
	all_is_well();
}

/*
 *   leaf 0   x . x . x . x . | x . x . . . . . | x x x x ...       windows of 8 pages
 *                               cheapest: 2 pages
 */
static void a_small_block_is_made_in_the_cheapest_window_of_a_leaf(void)
{
	unsigned int used[LEAVES], i;

	boot(7);
	for (i = 0; i < LEAVES; i++)
		used[i] = 58;
	used[0] = 32;
	shape(used, LEAVES);
	for (i = 0; i < OWNER_SLOTS; i++)
		if (movers_page((int)i) && leaf_of(movers_page((int)i)) == 0 &&
		    (page_to_pfn(movers_page((int)i)) & 63) / 8 == 1 && (page_to_pfn(movers_page((int)i)) & 7) > 3)
			movers_free(i);
	drain_all_pages(NULL);
	CHECK_EQ(test_free_blocks(zone, 3), 0);
	CHECK_EQ(compact(3, COMPACT_PRIO_ASYNC), COMPACT_SUCCESS);
	CHECK(free_block_order(leaf_start(0) + 8) >= 3);
	CHECK_EQ(owner->moved, 2);
	all_is_well();
}

/* Four leaves next to each other, aligned: 4 .. 7 have the fewest pages together. */
static void a_block_of_several_leaves_is_made(void)
{
	unsigned int used[LEAVES], i;

	boot(9);
	for (i = 0; i < LEAVES; i++)
		used[i] = i == 2 ? 0 : i / 4 == 1 ? 20 : 48;
	shape(used, LEAVES);
	CHECK_EQ(compact(8, COMPACT_PRIO_SYNC_LIGHT), COMPACT_SUCCESS);
	CHECK_EQ(free_block_order(leaf_start(4)), 8);
	CHECK_EQ(owner->moved, 80);
	all_is_well();
}

static struct page *whole_leaf;
static unsigned int whole_leaf_asked;

static bool isolate_any(struct page *page, isolate_mode_t mode)
{
	(void)mode;
	whole_leaf_asked += page == whole_leaf;
	return page != whole_leaf;
}

static void put_back_any(struct page *page)
{
	(void)page;
}

static const struct movable_operations whole_leaf_ops;

/* While its page in leaf 0 moves, the owner exchanges those of leaf 1 for one block. */
static int move_and_exchange(struct page *dst, struct page *src, enum migrate_mode mode)
{
	unsigned int i;

	(void)mode;
	get_page(dst);
	__free_page(src);
	for (i = 0; i < OWNER_SLOTS; i++)
		if (movers_page((int)i) && leaf_of(movers_page((int)i)) == 1)
			movers_free(i);
	drain_all_pages(NULL);
	whole_leaf = alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC, 6);
	REQUIRE(whole_leaf && leaf_of(whole_leaf) == 1);
	__SetPageMovable(whole_leaf, &whole_leaf_ops);
	return 0;
}

static const struct movable_operations whole_leaf_ops = { isolate_any, move_and_exchange, put_back_any };

/* It fills what is to be emptied: there is nowhere to go but to a place like it. */
static void a_block_that_came_since_the_survey_is_not_moved_if_it_is_as_large_as_a_leaf(void)
{
	unsigned int used[LEAVES], i;

	boot(8);
	for (i = 0; i < LEAVES; i++)
		used[i] = !i ? 0 : i % 2 ? 64 : 40;
	shape(used, LEAVES);
	forget_marks();
	whole_leaf = NULL;
	whole_leaf_asked = 0;
	REQUIRE(alloc_contig_range(leaf_start(0), leaf_start(0) + 1, MIGRATE_MOVABLE, GFP_NOWAIT) == 0);
	__SetPageMovable(pfn_to_page(leaf_start(0)), &whole_leaf_ops);
	CHECK_EQ(compact(7, COMPACT_PRIO_SYNC_LIGHT), COMPACT_SUCCESS);
	CHECK(whole_leaf != NULL);
	CHECK_EQ(whole_leaf_asked, 0);
	all_is_well();
}

/*
 *   leaf         0                1                others
 *   in use   2 blocks of 4   12 blocks of 4      16 blocks of 4, all compound
 */
static void blocks_of_owners_are_moved_as_blocks(void)
{
	unsigned int in_leaf[LEAVES] = { 0 }, n;
	int i;

	boot(7);
	while (movers_take(GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC | __GFP_COMP, 2) >= 0)
		;
	for (i = 0; i < LEAVES * LEAF / 4; i++) {
		n = leaf_of(movers_page(i));
		if (n < 2 && ++in_leaf[n] > (n ? 12 : 2))
			movers_free((unsigned int)i);
	}
	drain_all_pages(NULL);
	CHECK_EQ(compact_memory(), 1);
	CHECK_EQ(owner->moved, 2);
	CHECK_EQ(free_block_order(leaf_start(0)), 6);
	CHECK_EQ(used_in(1), 14);
	for (i = 0; i < LEAVES * LEAF / 4; i++)
		if (movers_page(i) && leaf_of(movers_page(i)) == 1)
			CHECK_EQ(compound_order(movers_page(i)), 2);
	all_is_well();
}

/* ---- requests ---- */

static void a_request_that_may_wait_gets_a_block_made_for_it(void)
{
	unsigned int used[LEAVES], i;
	struct page *page;

	boot(7);
	for (i = 0; i < LEAVES; i++)
		used[i] = 40 + i % 3;
	shape(used, LEAVES);
	CHECK_PTR(alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 6), NULL);
	CHECK_EQ(owner->moved, 0);
	page = alloc_pages(GFP_KERNEL, 6);
	CHECK(page != NULL);
	CHECK_EQ(owner->moved, 40);
	CHECK_EQ(vm_event(COMPACTSTALL), 1);
	CHECK_EQ(vm_event(COMPACTSUCCESS), 1);
	CHECK_EQ(vm_event(COMPACTFAIL), 0);
	all_is_well();
}

/* Every second page of two nodes is in use. */
static void pages_stay_in_their_zone(void)
{
	struct quire_machine *m = test_machine_new();
	unsigned int in_node[2] = { 0, 0 };
	struct page *page;
	int i;

	test_bank(m, 16 * MB, 4 * MB, 0);
	test_bank(m, 20 * MB, 4 * MB, 1);
	m->max_order = 7;
	m->block_order = 6;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	owner = movers_new();
	while (movers_take(GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC, 0) >= 0)
		;
	for (i = 0; i < LEAVES * LEAF; i++)
		if (page_to_pfn(movers_page(i)) & 1)
			movers_free((unsigned int)i);
	drain_all_pages(NULL);
	page = alloc_pages_node(1, GFP_KERNEL | __GFP_THISNODE, 6);
	REQUIRE(page);
	CHECK_EQ(page_to_nid(page), 1);
	CHECK_EQ(owner->moved, LEAF / 2);
	for (i = 0; i < OWNER_SLOTS; i++)
		if (movers_page(i))
			in_node[page_to_nid(movers_page(i))]++;
	CHECK_EQ(in_node[0], 512);
	CHECK_EQ(in_node[1], 512);
	CHECK(compact_node(0) > 5);
	CHECK_EQ(test_free_blocks(&NODE_DATA(1)->node_zones[ZONE_NORMAL], 6), 0);
	all_is_well();
}

static void without_io_or_movable_pages_nothing_is_compacted(void)
{
	unsigned int used[LEAVES], i;

	boot(7);
	CHECK_EQ(compact(6, COMPACT_PRIO_SYNC_FULL), COMPACT_SKIPPED); /* nobody has a mover */
	for (i = 0; i < LEAVES; i++)
		used[i] = 40;
	shape(used, LEAVES);
	CHECK_EQ(try_to_compact_pages(GFP_NOIO, 6, 0, 0, COMPACT_PRIO_SYNC_FULL), COMPACT_SKIPPED);
	CHECK_PTR(alloc_pages(GFP_NOIO | __GFP_NOWARN, 6), NULL);
	CHECK_EQ(owner->isolated, 0);
	CHECK_EQ(vm_event(COMPACTSTALL), 0);
}

/* The min mark is 90 pages, and twice the block must be free above it. */
static void too_little_free_memory_is_a_case_for_reclaim(void)
{
	unsigned long mark;
	unsigned int i;

	boot(7);
	while (movers_take(GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC, 0) >= 0)
		;
	mark = low_wmark_pages(zone) + 2 * LEAF;
	for (i = 0; nr_free_pages() < mark; i++)
		movers_free(2 * i);
	drain_all_pages(NULL);
	CHECK_EQ(compaction_suitable(zone, 6, ALLOC_WMARK_MIN, ZONE_NORMAL), COMPACT_SKIPPED);
	movers_free(2 * i);
	movers_free(2 * i + 2);
	drain_all_pages(NULL);
	CHECK_EQ(compaction_suitable(zone, 6, ALLOC_WMARK_MIN, ZONE_NORMAL), COMPACT_CONTINUE);
	CHECK_EQ(compaction_suitable(zone, 20, ALLOC_WMARK_MIN, ZONE_NORMAL), COMPACT_SKIPPED);
	CHECK_EQ(compaction_suitable(zone, 0, ALLOC_WMARK_MIN, ZONE_NORMAL), COMPACT_SUCCESS);
	/* Only for fragmentation: a threshold that no index passes leaves all to reclaim. */
	CHECK_EQ(set_extfrag_threshold(1000), 0);
	CHECK_EQ(compaction_suitable(zone, 6, ALLOC_WMARK_MIN, ZONE_NORMAL), COMPACT_SKIPPED);
	CHECK_EQ(compaction_suitable(zone, 3, ALLOC_WMARK_MIN, ZONE_NORMAL), COMPACT_CONTINUE);
	CHECK_EQ(set_extfrag_threshold(1001), -EINVAL);
	CHECK_EQ(set_extfrag_threshold(-1), -EINVAL);
}

/* ---- not again too soon ---- */

static void what_failed_is_deferred_for_twice_as_many_requests_each_time(void)
{
	unsigned int n, shift;

	boot(7);
	CHECK(!compaction_deferred(zone, 6));
	for (shift = 1; shift <= 8; shift++) {
		defer_compaction(zone, 6);
		for (n = 1; compaction_deferred(zone, 6); n++)
			;
		CHECK_EQ(n, 1U << min_of(shift, 6U));
		CHECK(!compaction_deferred(zone, 5)); /* for smaller ones there is hope */
	}
	CHECK(compaction_restarting(zone, 6));
	compaction_defer_reset(zone, 6, true);
	CHECK(!compaction_deferred(zone, 6));
	CHECK(!compaction_restarting(zone, 6));
}

static void compaction_that_yields_nothing_is_deferred(void)
{
	unsigned int used[LEAVES], i;

	boot(7);
	for (i = 0; i < LEAVES; i++)
		used[i] = 40;
	shape(used, LEAVES);
	owner->refuses = true;
	CHECK_EQ(compact(6, COMPACT_PRIO_ASYNC), COMPACT_COMPLETE);
	CHECK_EQ(compact(6, COMPACT_PRIO_SYNC_LIGHT), COMPACT_PARTIAL_SKIPPED);
	CHECK_EQ(compact(6, COMPACT_PRIO_SYNC_LIGHT), COMPACT_DEFERRED);
	CHECK_EQ(owner->moved, 0);
	CHECK_PTR(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 6), NULL);
	CHECK(vm_event(COMPACTFAIL) > 0);
	owner->refuses = false;
	CHECK_EQ(compact(6, COMPACT_PRIO_SYNC_FULL), COMPACT_SUCCESS); /* neither deferral nor hints */
	all_is_well();
}

static void who_may_not_wait_stops_at_a_lock_that_is_held(void)
{
	unsigned int used[LEAVES], i;

	boot(7);
	for (i = 0; i < LEAVES; i++)
		used[i] = 40;
	shape(used, LEAVES);
	spin_lock(&zone->pools[0].lock);
	CHECK_EQ(compact(6, COMPACT_PRIO_ASYNC), COMPACT_CONTENDED);
	spin_unlock(&zone->pools[0].lock);
	CHECK_EQ(owner->isolated, 0);
	CHECK_EQ(compact(6, COMPACT_PRIO_ASYNC), COMPACT_SUCCESS);
	all_is_well();
}

/* A leaf that somebody else is emptying is left to him, and nothing is moved there. */
static void two_do_not_empty_the_same_leaf(void)
{
	static const unsigned int used[] = { 20, 10, 30, 60, 61, 40, 41, 42, 43, 44, 45 };

	boot(7);
	shape(used, 11);
	forget_marks();
	zone->leaves[1].hint = LEAF_HINT_EMPTYING;
	zone->leaves[4].hint = LEAF_HINT_EMPTYING;
	CHECK_EQ(compact(6, COMPACT_PRIO_SYNC_FULL), COMPACT_SUCCESS);
	CHECK_EQ(free_block_order(leaf_start(0)), 6);
	CHECK_EQ(used_in(1), 10);
	CHECK_EQ(used_in(4), 61);
	CHECK_EQ(used_in(3), 64);
	all_is_well();
}

/* ---- failures ---- */

/* The k-th page and all others of the leaf do not move: so much for the first k. */
static void a_mover_that_fails_leaves_the_rest_as_it_was(void)
{
	static const unsigned int works[] = { 0, 1, 31, 32, 39 };
	unsigned int used[LEAVES], i, k;
	unsigned long free_before;

	for (k = 0; k < 5; k++) {
		boot(7);
		for (i = 0; i < LEAVES; i++)
			used[i] = 40;
		shape(used, LEAVES);
		free_before = nr_free_pages();
		owner->error = -EBUSY;
		owner->works_first = works[k];
		owner->errors = 1000000;
		CHECK(compact(6, COMPACT_PRIO_SYNC_FULL) != COMPACT_SUCCESS);
		CHECK(owner->failed > 0);
		CHECK_EQ(owner->moved, works[k]);
		drain_all_pages(NULL);
		CHECK_EQ(nr_free_pages(), free_before);
		all_is_well();
	}
}

/* A machine that is full but for what lies in one leaf: nowhere to go. */
static void without_room_nothing_moves(void)
{
	static const unsigned int used[] = { 1, 0, 0, 0, 0, 1 };

	boot(7);
	shape(used, 6);
	REQUIRE(alloc_pages(GFP_KERNEL | __GFP_MEMALLOC, 6));
	REQUIRE(alloc_pages(GFP_KERNEL | __GFP_MEMALLOC, 6));
	REQUIRE(alloc_pages(GFP_KERNEL | __GFP_MEMALLOC, 6));
	REQUIRE(alloc_pages(GFP_KERNEL | __GFP_MEMALLOC, 6));
	CHECK_EQ(compact_memory(), 1); /* 0 and 5 have 1 each: one of them gets both */
	CHECK_EQ(owner->moved, 1);
	CHECK_EQ(compact_memory(), 0);
	CHECK_EQ(owner->moved, 1);
	all_is_well();
}

/* ---- all of memory ---- */

static void no_page_moves_twice_when_all_is_compacted(void)
{
	unsigned int used[LEAVES], i, sum = 0, emptied, least = 0;

	boot(7);
	for (i = 0; i < LEAVES; i++)
		sum += used[i] = 2 * i + 1;
	shape(used, LEAVES);
	emptied = (unsigned int)compact_memory();
	/* As few leaves as possible are in use, and only the emptiest were emptied. */
	CHECK_EQ(emptied, LEAVES - (sum + LEAF - 1) / LEAF);
	for (i = 0; i < LEAVES / 2; i++)
		least += used[i];
	CHECK_EQ(owner->moved, least);
	CHECK_EQ(test_free_blocks(zone, 6), emptied);
	CHECK_EQ(vm_event(PGMIGRATE_SUCCESS), least);
	CHECK_EQ(compact_memory(), 0);
	CHECK_EQ(owner->moved, least);
	CHECK_EQ(compact_node(0), 0);
	CHECK_EQ(compact_node(1), -EINVAL);
	all_is_well();
}

/* ---- in the background ---- */

static void a_request_that_may_not_wait_has_a_block_made_for_the_next(void)
{
	unsigned int used[LEAVES], i;
	pg_data_t *pgdat;

	boot(7);
	pgdat = NODE_DATA(0);
	set_compaction_proactiveness(0);
	for (i = 0; i < LEAVES; i++)
		used[i] = 40;
	shape(used, LEAVES);
	CHECK(!kcompactd_step(pgdat));
	CHECK_EQ(vm_event(KCOMPACTD_WAKE), 0);
	CHECK_PTR(alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 6), NULL);
	while (kcompactd_step(pgdat))
		;
	CHECK_EQ(vm_event(KCOMPACTD_WAKE), 1);
	CHECK_EQ(owner->moved, 40);
	CHECK_EQ(vm_event(KCOMPACTD_MIGRATE_SCANNED), LEAF);
	CHECK(vm_event(KCOMPACTD_FREE_SCANNED) > 0);
	CHECK(alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 6) != NULL);
	CHECK(!kcompactd_step(pgdat));
	all_is_well();
}

/* The zone that could help has had its turn for the smaller one by then. */
static void a_wish_that_comes_while_another_is_worked_on_is_not_lost(void)
{
	unsigned int used[LEAVES], i;
	pg_data_t *pgdat;

	boot(8);
	pgdat = NODE_DATA(0);
	set_compaction_proactiveness(0);
	for (i = 0; i < LEAVES; i++)
		used[i] = 40;
	shape(used, LEAVES);
	forget_marks();
	wakeup_kcompactd(pgdat, 6, ZONE_MOVABLE);
	for (i = 0; i <= ZONE_NORMAL; i++)
		CHECK(kcompactd_step(pgdat));
	CHECK(zone_has_free_block(zone, 6, MIGRATE_MOVABLE));
	wakeup_kcompactd(pgdat, 7, ZONE_NORMAL);
	while (kcompactd_step(pgdat))
		;
	CHECK(zone_has_free_block(zone, 7, MIGRATE_MOVABLE));
	CHECK_EQ(vm_event(KCOMPACTD_WAKE), 2);
	CHECK(!kcompactd_step(pgdat));
	all_is_well();
}

/* Half of each leaf is free, none of it in a page block: the score is 100. */
static void fragmentation_is_kept_below_what_proactiveness_tolerates(void)
{
	unsigned int used[LEAVES], i, steps = 0;
	pg_data_t *pgdat;

	boot(7);
	pgdat = NODE_DATA(0);
	for (i = 0; i < LEAVES; i++)
		used[i] = 32;
	shape(used, LEAVES);
	CHECK_EQ(fragmentation_score_wmark(true), 80);
	CHECK_EQ(fragmentation_score_wmark(false), 90);
	CHECK_EQ(fragmentation_score_node(pgdat), 100);
	while (kcompactd_step(pgdat))
		steps++;
	CHECK(fragmentation_score_node(pgdat) <= 80 && fragmentation_score_node(pgdat) > 70);
	CHECK_EQ(owner->moved, 32 * test_free_blocks(zone, 6));
	CHECK(steps > 2 && !kcompactd_step(pgdat));
	CHECK_EQ(set_compaction_proactiveness(100), 0);
	CHECK_EQ(fragmentation_score_wmark(true), 5);
	while (kcompactd_step(pgdat))
		;
	CHECK(fragmentation_score_node(pgdat) <= 5);
	CHECK_EQ(set_compaction_proactiveness(101), -EINVAL);
	CHECK_EQ(set_compaction_proactiveness(-1), -EINVAL);
	all_is_well();
}

static void background_compaction_rests_when_it_can_do_nothing(void)
{
	unsigned int used[LEAVES], i, asked;

	boot(7);
	for (i = 0; i < LEAVES; i++)
		used[i] = 32;
	shape(used, LEAVES);
	owner->refuses = true;
	CHECK(!kcompactd_step(NODE_DATA(0)));
	asked = owner->refused;
	CHECK(asked > 0);
	for (i = 0; i < 64; i++)
		CHECK(!kcompactd_step(NODE_DATA(0)));
	CHECK_EQ(owner->refused, asked);
	owner->refuses = false;
	/* Other numbers of free frames: another try. */
	for (i = 0; i < LEAVES * LEAF; i += 3)
		movers_free(i);
	drain_all_pages(NULL);
	CHECK(kcompactd_step(NODE_DATA(0)));
	CHECK(owner->moved > 0);
	all_is_well();
}

/* ---- model ---- */

static void random_compaction_loses_nothing(void)
{
	static struct page *pinned[64];
	unsigned long rounds = test_rounds(400), made = 0;
	unsigned int i;

	boot(9);
	for (i = 0; i < 64; i++)
		pinned[i] = NULL;
	set_extfrag_threshold(0);
	owner->fail_one_in = 40;
	while (rounds--) {
		unsigned int order = 1 + (unsigned int)test_random_below(8);

		for (i = 0; i < 60; i++)
			if (!movers_free((unsigned int)test_random_below(900)))
				movers_take(GFP_HIGHUSER_MOVABLE, test_random_below(4) ? 0 : (unsigned int)test_random_below(4));
		i = (unsigned int)test_random_below(64);
		if (pinned[i])
			__free_page(pinned[i]);
		pinned[i] = test_random_below(3) ? NULL : alloc_page(GFP_KERNEL);
		if (test_random_below(16) == 0)
			made += compact_memory();
		else
			made += compact(order, (enum compact_priority)test_random_below(3)) == COMPACT_SUCCESS;
		all_is_well();
	}
	CHECK(made > 0);
	for (i = 0; i < 64; i++)
		if (pinned[i])
			__free_page(pinned[i]);
	movers_free_all();
	drain_all_pages(NULL);
	CHECK_EQ(nr_free_pages(), zone->managed_pages);
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(a_block_is_made_where_the_fewest_pages_are_in_use),
	TEST(a_leaf_with_a_page_that_cannot_move_is_left_alone),
	TEST(a_small_block_is_made_in_the_cheapest_window_of_a_leaf),
	TEST(a_block_of_several_leaves_is_made),
	TEST(a_block_that_came_since_the_survey_is_not_moved_if_it_is_as_large_as_a_leaf),
	TEST(blocks_of_owners_are_moved_as_blocks),
	TEST(a_request_that_may_wait_gets_a_block_made_for_it),
	TEST(pages_stay_in_their_zone),
	TEST(without_io_or_movable_pages_nothing_is_compacted),
	TEST(too_little_free_memory_is_a_case_for_reclaim),
	TEST(what_failed_is_deferred_for_twice_as_many_requests_each_time),
	TEST(compaction_that_yields_nothing_is_deferred),
	TEST(who_may_not_wait_stops_at_a_lock_that_is_held),
	TEST(two_do_not_empty_the_same_leaf),
	TEST(a_mover_that_fails_leaves_the_rest_as_it_was),
	TEST(without_room_nothing_moves),
	TEST(no_page_moves_twice_when_all_is_compacted),
	TEST(a_request_that_may_not_wait_has_a_block_made_for_the_next),
	TEST(a_wish_that_comes_while_another_is_worked_on_is_not_lost),
	TEST(fragmentation_is_kept_below_what_proactiveness_tolerates),
	TEST(background_compaction_rests_when_it_can_do_nothing),
	TEST(random_compaction_loses_nothing),
	{ NULL, NULL },
};
