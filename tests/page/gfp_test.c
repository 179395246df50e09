/* SPDX-License-Identifier: MIT */
/*
 * gfp_test.c - who may take what: each kind of request against the marks of the zones, one by
 * one and against a model with random zone states.
 */
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)
#define MAX_HELD 40000

static struct page *held[MAX_HELD];
static unsigned int held_orders[MAX_HELD];
static unsigned int nr_held;

static void hold(struct page *page, unsigned int order)
{
	REQUIRE(nr_held < MAX_HELD);
	held[nr_held] = page;
	held_orders[nr_held++] = order;
}

static void release(unsigned int n)
{
	__free_pages(held[n], held_orders[n]);
	held[n] = held[--nr_held];
	held_orders[n] = held_orders[nr_held];
}

static void release_all(void)
{
	while (nr_held)
		release(nr_held - 1);
	drain_all_pages(NULL);
}

/* One zone of 64 MB, nothing taken: min 256 pages, low 320, high 384. */
static struct zone *boot_one_zone(void)
{
	struct quire_machine *m = test_machine_new();

	nr_held = 0;
	test_bank(m, 16 * MB, 64 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	return &NODE_DATA(0)->node_zones[ZONE_NORMAL];
}

/* DMA 16 MB, Normal 48 MB, HighMem 64 MB. */
static struct zone *boot_three_zones(void)
{
	struct quire_machine *m = test_machine_new();

	nr_held = 0;
	test_bank(m, 0, 128 * MB, 0);
	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM;
	m->zone_end[ZONE_DMA] = 16 * MB;
	m->lowmem_end = 64 * MB;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	return NODE_DATA(0)->node_zones;
}

/* Takes blocks of the order until the request fails; returns how many pages are free then. */
static unsigned long left_by(gfp_t gfp, unsigned int order)
{
	struct page *page;

	while ((page = alloc_pages(gfp | __GFP_NOWARN, order)))
		hold(page, order);
	return nr_free_pages();
}

/* The marks of the zone, and what is free of it, as if it were like that. */
static void set_marks(struct zone *zone, unsigned long min, unsigned long low, unsigned long high)
{
	zone->_watermark[WMARK_MIN] = min;
	zone->_watermark[WMARK_LOW] = low;
	zone->_watermark[WMARK_HIGH] = high;
}

/* ---- one flag after the other ---- */

/*
 * Pages of a reserve are taken one by one, so just the mark is left. Those who stay above it
 * fill a list of 3 at a time: up to 2 pages may be missing.
 */
static void each_kind_of_request_leaves_what_its_flags_say(void)
{
	static const struct {
		gfp_t gfp;
		unsigned long left;
	} kinds[] = {
		{ GFP_KERNEL, 256 },
		{ GFP_NOFS, 256 },
		{ GFP_NOIO, 256 },
		{ GFP_USER, 256 },
		{ GFP_NOWAIT, 256 },
		{ GFP_HIGHUSER_MOVABLE, 256 },
		{ GFP_KERNEL | __GFP_NORETRY, 256 },
		{ GFP_KERNEL | __GFP_RETRY_MAYFAIL, 256 },
		{ GFP_KERNEL | __GFP_HIGH, 128 },
		{ __GFP_HIGH, 128 },
		{ __GFP_ATOMIC, 192 },
		{ GFP_ATOMIC, 96 },
		{ GFP_ATOMIC | __GFP_NOMEMALLOC, 128 },
		{ GFP_KERNEL | __GFP_MEMALLOC, 0 },
		{ GFP_ATOMIC | __GFP_MEMALLOC, 0 },
		{ GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOMEMALLOC, 256 },
	};
	unsigned int i;

	boot_one_zone();
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		unsigned long left = left_by(kinds[i].gfp, 0);
		unsigned long batch = kinds[i].left == 256 ? 3 : 1;

		if (!CHECK(left <= kinds[i].left && left + batch > kinds[i].left))
			tap_note("gfp 0x%x leaves %lu, not %lu", kinds[i].gfp, left, kinds[i].left);
		release_all();
	}
	CHECK_EQ(nr_free_pages(), 16384);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* What is left after the block must be the mark at least. */
static void a_block_must_leave_the_mark_as_a_whole(void)
{
	struct zone *zone = boot_one_zone();

	CHECK_EQ(left_by(GFP_KERNEL, 4), 256);
	release_all();
	set_marks(zone, 256 + 1, 320, 384);
	CHECK_EQ(left_by(GFP_KERNEL, 4), 256 + 16);
	release_all();
	CHECK_EQ(left_by(GFP_KERNEL | __GFP_MEMALLOC, 4), 0);
}

/* What is on the CPU's own list was taken out of the zone before: no mark counts it. */
static void a_page_on_the_cpus_own_list_is_taken_below_every_mark(void)
{
	struct zone *zone = boot_one_zone();
	struct page *page;

	left_by(GFP_KERNEL | __GFP_MEMALLOC, 0);
	page = held[5];
	release(5);
	CHECK_EQ(zone_page_state(zone, NR_FREE_PAGES), 0);
	CHECK_PTR(alloc_page(GFP_KERNEL), page);
	CHECK(!alloc_page(GFP_KERNEL | __GFP_NOWARN));
}

/* A list that one request filled from the reserve would serve those who may not have it. */
static void a_reserve_is_not_put_on_a_list_for_all(void)
{
	struct zone *zone = boot_one_zone();

	left_by(GFP_KERNEL, 0);
	hold(alloc_page(GFP_ATOMIC), 0);
	REQUIRE(held[nr_held - 1]);
	CHECK_EQ(per_cpu_pages_count(&zone->per_cpu_pageset[0]), 0);
	CHECK(!alloc_page(GFP_NOWAIT | __GFP_NOWARN));
}

/* DMA keeps 48 pages from Normal requests and 112 from HighMem ones, above its min of 64. */
static void a_low_zone_is_protected_from_requests_for_higher_ones(void)
{
	struct zone *zones = boot_three_zones();

	REQUIRE(zones[ZONE_DMA].lowmem_reserve[ZONE_NORMAL] == 48);
	left_by(GFP_HIGHUSER, 1);
	CHECK_EQ(zone_page_state(&zones[ZONE_HIGHMEM], NR_FREE_PAGES), min_wmark_pages(&zones[ZONE_HIGHMEM]));
	CHECK_EQ(zone_page_state(&zones[ZONE_NORMAL], NR_FREE_PAGES), 192 + 512);
	CHECK_EQ(zone_page_state(&zones[ZONE_DMA], NR_FREE_PAGES), 64 + 112);
	left_by(GFP_KERNEL, 1);
	CHECK_EQ(zone_page_state(&zones[ZONE_NORMAL], NR_FREE_PAGES), 192);
	CHECK_EQ(zone_page_state(&zones[ZONE_DMA], NR_FREE_PAGES), 64 + 48);
	left_by(GFP_DMA, 1);
	CHECK_EQ(zone_page_state(&zones[ZONE_DMA], NR_FREE_PAGES), 64);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* Nor do the pages on a list of that zone serve them. */
static void a_list_of_a_protected_zone_is_protected_too(void)
{
	struct zone *zones = boot_three_zones();
	struct page *page;

	left_by(GFP_DMA, 1);
	left_by(GFP_KERNEL, 0);
	page = alloc_page(GFP_DMA | __GFP_MEMALLOC);
	REQUIRE(page && page_zonenum(page) == ZONE_DMA);
	__free_page(page);
	CHECK_EQ(per_cpu_pages_count(&zones[ZONE_DMA].per_cpu_pageset[0]), 1);
	CHECK(!alloc_page(GFP_NOWAIT | __GFP_NOWARN));
	CHECK_EQ(per_cpu_pages_count(&zones[ZONE_DMA].per_cpu_pageset[0]), 0); /* looked at, and given back */
	CHECK(!alloc_page(GFP_DMA | __GFP_NOWARN));
}

static size_t lowest_zone_first(const struct pglist_data *node, bool fallback, struct zoneref *refs,
				size_t max)
{
	size_t used = 0;
	int type;

	(void)fallback;
	for (type = 0; type < MAX_NR_ZONES && used < max; type++)
		if (populated_zone(&node->node_zones[type]))
			refs[used++] = (struct zoneref){ (struct zone *)&node->node_zones[type], type };
	return used;
}

/* Also not where that zone is the first to be asked. */
static void a_list_of_a_protected_zone_that_comes_first_is_protected_too(void)
{
	struct zone *zones = boot_three_zones();
	struct page *page = alloc_page(GFP_DMA);

	REQUIRE(page);
	REQUIRE(set_zonelist_order(lowest_zone_first) == 0);
	set_marks(&zones[ZONE_DMA], 4096, 4096, 4096);
	__free_page(page);
	page = alloc_page(GFP_KERNEL);
	REQUIRE(page);
	CHECK_EQ(page_zonenum(page), ZONE_NORMAL);
	page = alloc_page(GFP_DMA | __GFP_NOWARN);
	REQUIRE(page);
	CHECK_EQ(page_zonenum(page), ZONE_DMA);
}

static void free_pages_of_cma_serve_movable_requests_alone(void)
{
	struct zone *zone = boot_one_zone();

	zone->parts->nr_cma = 1000;
	zone->cma_pages = 1000;
	CHECK_EQ(left_by(GFP_KERNEL, 1), 1000 + 256);
	CHECK_EQ(left_by(GFP_HIGHUSER_MOVABLE, 1), 256);
}

/* ---- zone_watermark_ok ---- */

/* So many pages are free by the count. */
static void set_free_pages(struct zone *zone, unsigned long pages)
{
	zone->parts->nr_pages += pages - zone_page_state(zone, NR_FREE_PAGES);
}

static void a_mark_must_be_exceeded_not_reached(void)
{
	struct zone *zone = boot_one_zone();

	set_free_pages(zone, 1000);
	zone->lowmem_reserve[ZONE_HIGHMEM] = 300;
	CHECK(zone_watermark_ok(zone, 0, 999, ZONE_NORMAL, 0));
	CHECK(!zone_watermark_ok(zone, 0, 1000, ZONE_NORMAL, 0));
	CHECK(zone_watermark_ok(zone, 0, 699, ZONE_HIGHMEM, 0));
	CHECK(!zone_watermark_ok(zone, 0, 700, ZONE_HIGHMEM, 0));
	CHECK(zone_watermark_ok(zone, 3, 992, ZONE_NORMAL, 0));
	CHECK(!zone_watermark_ok(zone, 3, 993, ZONE_NORMAL, 0));
	CHECK(!zone_watermark_ok(zone, 10, 0, ZONE_NORMAL, 0));
	CHECK(!zone_watermark_ok(zone, MAX_ORDER, 0, ZONE_NORMAL, 0));
	set_free_pages(zone, 16384);
}

/* Half for HIGH, a quarter of what is left for HARDER, half of it for OOM. */
static void alloc_flags_lower_the_mark(void)
{
	static const struct {
		unsigned int flags;
		unsigned long mark; /* the highest that 1000 free pages exceed */
	} cases[] = {
		{ ALLOC_HIGH, 1998 },
		{ ALLOC_HARDER, 1332 },
		{ ALLOC_OOM, 1998 },
		{ ALLOC_HIGH | ALLOC_HARDER, 2664 },
		{ ALLOC_HIGH | ALLOC_OOM, 3996 },
		{ ALLOC_HIGH | ALLOC_HARDER | ALLOC_OOM, 3996 },
	};
	struct zone *zone = boot_one_zone();
	unsigned int i;

	set_free_pages(zone, 1000);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const unsigned int f = cases[i].flags;

		if (!CHECK(zone_watermark_ok(zone, 0, cases[i].mark, ZONE_NORMAL, f)) ||
		    !CHECK(!zone_watermark_ok(zone, 0, cases[i].mark + 1, ZONE_NORMAL, f)))
			tap_note("flags 0x%x", f);
	}
	set_free_pages(zone, 16384);
}

static void pages_of_the_highatomic_reserve_are_free_for_some(void)
{
	struct zone *zone = boot_one_zone();

	set_free_pages(zone, 1000);
	zone->nr_reserved_highatomic = 600;
	CHECK(zone_watermark_ok(zone, 0, 399, ZONE_NORMAL, 0));
	CHECK(!zone_watermark_ok(zone, 0, 400, ZONE_NORMAL, 0));
	CHECK(zone_watermark_ok(zone, 0, 999, ZONE_NORMAL, ALLOC_HARDER));
	CHECK(zone_watermark_ok(zone, 0, 999, ZONE_NORMAL, ALLOC_OOM));
	/* More is reserved than is free. */
	zone->nr_reserved_highatomic = 1001;
	CHECK(!zone_watermark_ok(zone, 0, 0, ZONE_NORMAL, 0));
	zone->nr_reserved_highatomic = 0;
	set_free_pages(zone, 16384);
}

/* Many pages free, no two next to each other: enough for one page, none for two. */
static void a_block_of_the_order_must_be_there(void)
{
	struct zone *zone = boot_one_zone();
	unsigned int i;

	left_by(GFP_KERNEL | __GFP_MEMALLOC, 0);
	for (i = nr_held; i-- > 0;)
		if (page_to_pfn(held[i]) & 1)
			release(i);
	drain_all_pages(NULL);
	REQUIRE(zone_page_state(zone, NR_FREE_PAGES) == 8192);
	CHECK(zone_watermark_ok(zone, 0, 256, ZONE_NORMAL, 0));
	CHECK(!zone_watermark_ok(zone, 1, 256, ZONE_NORMAL, 0));
}

/* ---- all of it at random, against a model ---- */

#define NR_ZONES 3
static const enum zone_type zone_order[NR_ZONES] = { ZONE_HIGHMEM, ZONE_NORMAL, ZONE_DMA };

/* Highmem that moves may also come from ZONE_MOVABLE, which this machine has empty. */
static enum zone_type highest_zone(gfp_t gfp)
{
	if (gfp & __GFP_DMA)
		return ZONE_DMA;
	if (gfp & __GFP_HIGHMEM)
		return gfp & __GFP_MOVABLE ? ZONE_MOVABLE : ZONE_HIGHMEM;
	return ZONE_NORMAL;
}

/* What zone of the request's list has enough left above the mark of this pass; -1: none. */
static int model_pass(const struct zone *zones, gfp_t gfp, unsigned int order, bool is_first)
{
	enum zone_type highest = highest_zone(gfp);
	bool is_atomic = !is_first && (gfp & __GFP_ATOMIC) && !(gfp & __GFP_NOMEMALLOC);
	int i;

	for (i = 0; i < NR_ZONES; i++) {
		const struct zone *zone = &zones[zone_order[i]];
		long usable = (long)zone_page_state(zone, NR_FREE_PAGES) - (1L << order) + 1, floor;
		bool ignores_boost = !is_first && (gfp & __GFP_ATOMIC) && !order;

		if (zone_order[i] > highest || unusable_free_index((struct zone *)zone, order) == 1000)
			continue;
		if (!is_first && (gfp & __GFP_MEMALLOC) && !(gfp & __GFP_NOMEMALLOC))
			return (int)zone_order[i];
		floor = (long)zone->_watermark[is_first ? WMARK_LOW : WMARK_MIN];
		if (!ignores_boost)
			floor += (long)zone->watermark_boost;
		if (!is_first && (gfp & __GFP_HIGH))
			floor = floor - floor / 2;
		if (is_atomic)
			floor = floor - floor / 4;
		if (!is_atomic)
			usable -= (long)zone->nr_reserved_highatomic;
		if (!(gfp & __GFP_MOVABLE))
			usable -= (long)zone->parts->nr_cma;
		if (usable > floor + (long)zone->lowmem_reserve[highest])
			return (int)zone_order[i];
	}
	return -1;
}

static int model(const struct zone *zones, gfp_t gfp, unsigned int order)
{
	int type = model_pass(zones, gfp, order, true);

	return type >= 0 ? type : model_pass(zones, gfp, order, false);
}

/* Marks around what is free, so that many zones may not give. */
static void shake(struct zone *zone)
{
	unsigned long around = zone_page_state(zone, NR_FREE_PAGES) + 64;
	unsigned long min = test_random_below(2 * around);
	int type;

	set_marks(zone, min, min + test_random_below(around / 2), min + around);
	zone->watermark_boost = test_random_below(3) ? 0 : test_random_below(around / 4);
	zone->nr_reserved_highatomic = test_random_below(3) ? 0 : test_random_below(around / 2);
	zone->parts->nr_cma = test_random_below(3) ? 0 : test_random_below(around / 2);
	zone->cma_pages = zone->parts->nr_cma;
	for (type = 0; type < MAX_NR_ZONES; type++)
		zone->lowmem_reserve[type] =
			type <= zone->zone_idx || test_random_below(2) ? 0 : test_random_below(around / 2);
}

static gfp_t random_gfp(void)
{
	static const gfp_t bits[] = { __GFP_HIGH, __GFP_MEMALLOC, __GFP_NOMEMALLOC, __GFP_NORETRY,
				      __GFP_RETRY_MAYFAIL, __GFP_COMP, __GFP_KSWAPD_RECLAIM };
	static const gfp_t places[] = { 0, __GFP_DMA, __GFP_HIGHMEM, __GFP_MOVABLE | __GFP_HIGHMEM,
					__GFP_MOVABLE, __GFP_RECLAIMABLE };
	gfp_t gfp = places[test_random_below(6)] | __GFP_NOWARN;
	unsigned int i;

	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (!test_random_below(4))
			gfp |= bits[i];
	/* Atomic or waiting, not both. */
	switch (test_random_below(3)) {
	case 0:
		return gfp | __GFP_ATOMIC;
	case 1:
		return gfp | __GFP_DIRECT_RECLAIM | __GFP_IO | __GFP_FS;
	default:
		return gfp;
	}
}

static void every_request_gets_what_the_model_says_in_random_zone_states(void)
{
	struct zone *zones = boot_three_zones();
	unsigned long n, rounds = test_rounds(20000), refused = 0;

	for (n = 0; n < rounds; n++) {
		gfp_t gfp = random_gfp();
		unsigned int order = (unsigned int)(test_random_below(2) ? 0 : test_random_below(7));
		struct page *page;
		int i, expected;

		/* Every fourth thousand of rounds uses memory up. */
		while (nr_held > (n >> 10 & 3 ? 100 : 20000) && test_random_below(8))
			release((unsigned int)test_random_below(nr_held));
		/* Then what is free is all in the zones, and each list is empty. */
		drain_all_pages(NULL);
		for (i = 0; i < NR_ZONES; i++)
			shake(&zones[zone_order[i]]);
		expected = model(zones, gfp, order);
		page = alloc_pages(gfp, order);
		if (!CHECK_EQ(page ? (int)page_zonenum(page) : -1, expected)) {
			tap_note("round %lu, gfp 0x%x, order %u", n, gfp, order);
			return;
		}
		if (page)
			hold(page, order);
		refused += !page;
	}
	tap_note("%lu of %lu refused", refused, rounds);
	CHECK(refused > rounds / 20 && refused < rounds - rounds / 20);
	release_all();
	for (n = 0; n < NR_ZONES; n++)
		zones[zone_order[n]].parts->nr_cma = 0;
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(each_kind_of_request_leaves_what_its_flags_say),
	TEST(a_block_must_leave_the_mark_as_a_whole),
	TEST(a_page_on_the_cpus_own_list_is_taken_below_every_mark),
	TEST(a_reserve_is_not_put_on_a_list_for_all),
	TEST(a_low_zone_is_protected_from_requests_for_higher_ones),
	TEST(a_list_of_a_protected_zone_is_protected_too),
	TEST(a_list_of_a_protected_zone_that_comes_first_is_protected_too),
	TEST(free_pages_of_cma_serve_movable_requests_alone),
	TEST(a_mark_must_be_exceeded_not_reached),
	TEST(alloc_flags_lower_the_mark),
	TEST(pages_of_the_highatomic_reserve_are_free_for_some),
	TEST(a_block_of_the_order_must_be_there),
	TEST(every_request_gets_what_the_model_says_in_random_zone_states),
	{ NULL, NULL },
};
