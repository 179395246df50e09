/* SPDX-License-Identifier: MIT */
/*
 * slowpath_test.c - what a request does when memory is short: whom it asks, in which order, how
 * often, and when it gives up. The hooks of struct reclaim_ops are the test's: they write down
 * what they were asked, and free what they are told to.
 */
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

static struct page *held[32768];
static unsigned int nr_held;

/* What the hooks were asked: a letter each, k r c o; and what they are to do. */
static struct {
	char calls[64];
	unsigned int nr_calls;
	unsigned long reclaims, compactions, kills, wakes;
	unsigned long reclaim_claims; /* what direct_reclaim returns */
	unsigned long reclaim_frees_at; /* frees `frees` held pages in this call of direct_reclaim */
	unsigned long kill_frees_at;    /* in this call of out_of_memory */
	unsigned long compact_frees_at;
	unsigned int frees;
	unsigned int reclaim_cpu; /* on whose lists the pages of direct_reclaim come to lie */
	bool kills_say;
	bool is_victim;
	enum compact_result compact_says;
	gfp_t gfp;
	unsigned int order;
	int nid;
	enum zone_type highest;
	const struct zone *zone;
	unsigned int alloc_flags;
	enum compact_priority priority, last_priority;
} hooks;

static void note(char call)
{
	if (hooks.nr_calls < sizeof(hooks.calls) - 1)
		hooks.calls[hooks.nr_calls++] = call;
}

static void free_some(void)
{
	unsigned int n;

	for (n = 0; n < hooks.frees && nr_held; n++)
		__free_page(held[--nr_held]);
}

static void hook_wake_kswapd(struct zone *zone, unsigned int order, enum zone_type highest_zoneidx)
{
	note('k');
	hooks.wakes++;
	hooks.zone = zone;
	hooks.order = order;
	hooks.highest = highest_zoneidx;
}

static unsigned long hook_direct_reclaim(gfp_t gfp, unsigned int order, int nid)
{
	note('r');
	hooks.gfp = gfp;
	hooks.order = order;
	hooks.nid = nid;
	if (++hooks.reclaims != hooks.reclaim_frees_at)
		return hooks.reclaim_claims;
	test_set_cpu(hooks.reclaim_cpu);
	free_some();
	test_set_cpu(0);
	return hooks.frees;
}

static enum compact_result hook_compact(gfp_t gfp, unsigned int order, int nid,
					unsigned int alloc_flags, enum compact_priority priority)
{
	(void)gfp, (void)nid, (void)order;
	note('c');
	if (!hooks.compactions)
		hooks.priority = priority;
	hooks.last_priority = priority;
	hooks.alloc_flags = alloc_flags;
	if (++hooks.compactions != hooks.compact_frees_at)
		return hooks.compact_says;
	free_some();
	drain_all_pages(NULL);
	return COMPACT_SUCCESS;
}

static bool hook_out_of_memory(gfp_t gfp, unsigned int order)
{
	(void)gfp, (void)order;
	note('o');
	if (++hooks.kills == hooks.kill_frees_at)
		free_some();
	return hooks.kills_say;
}

static bool hook_is_oom_victim(void)
{
	return hooks.is_victim;
}

static const struct reclaim_ops all_hooks = {
	.wake_kswapd = hook_wake_kswapd,
	.direct_reclaim = hook_direct_reclaim,
	.compact = hook_compact,
	.out_of_memory = hook_out_of_memory,
	.is_oom_victim = hook_is_oom_victim,
};

/* 64 MB in one zone: min 256 pages, low 320, high 384. */
static struct zone *boot_with(const struct reclaim_ops *ops)
{
	struct quire_machine *m = test_machine_new();

	nr_held = 0;
	__builtin_memset(&hooks, 0, sizeof(hooks));
	hooks.frees = 64;
	test_bank(m, 16 * MB, 64 * MB, 0);
	m->nr_cpus = CONFIG_SMP ? 2 : 1;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	set_reclaim_ops(ops);
	return &NODE_DATA(0)->node_zones[ZONE_NORMAL];
}

/* Takes single pages until the zone has this many, and each list is empty. */
static void leave(unsigned long pages)
{
	struct page *page;

	drain_all_pages(NULL);
	while (nr_free_pages() > pages) {
		page = alloc_page(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN);
		REQUIRE(page);
		held[nr_held++] = page;
	}
	drain_all_pages(NULL);
	hooks.nr_calls = 0;
	hooks.wakes = hooks.reclaims = hooks.compactions = hooks.kills = 0;
	__builtin_memset(hooks.calls, 0, sizeof(hooks.calls));
}

static void needs_two_cpus(void)
{
	if (!CONFIG_SMP)
		tap_skip("one CPU has no other");
}

/* ---- background reclaim ---- */

static void above_the_low_mark_nobody_is_called(void)
{
	boot_with(&all_hooks);
	leave(330);
	CHECK(alloc_page(GFP_KERNEL) != NULL);
	CHECK_STR(hooks.calls, "");
}

static void below_the_low_mark_background_reclaim_is_woken_and_the_page_given(void)
{
	struct zone *zone = boot_with(&all_hooks);

	leave(320);
	CHECK(alloc_pages(GFP_KERNEL, 1) != NULL);
	CHECK_STR(hooks.calls, "k");
	CHECK_PTR(hooks.zone, zone);
	CHECK_EQ(hooks.order, 1);
	CHECK_EQ(hooks.highest, ZONE_NORMAL);
	leave(310);
	CHECK(alloc_page(GFP_KERNEL & ~__GFP_KSWAPD_RECLAIM) != NULL);
	CHECK_STR(hooks.calls, "");
}

static void background_reclaim_is_woken_once_a_node(void)
{
	struct quire_machine *m = test_machine_new();
	int nid;

	nr_held = 0;
	__builtin_memset(&hooks, 0, sizeof(hooks));
	for (nid = 0; nid < 3; nid++)
		test_bank(m, (phys_addr_t)nid * 32 * MB, 32 * MB, nid);
	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL;
	m->zone_end[ZONE_DMA] = 16 * MB; /* node 0 has two zones */
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	leave(100);
	set_reclaim_ops(&all_hooks);
	CHECK(!alloc_page(GFP_NOWAIT | __GFP_NOWARN));
	CHECK_EQ(hooks.wakes % 3, 0);
	CHECK_EQ(hooks.zone->node, 2);
	hooks.wakes = 0;
	CHECK(!alloc_pages_node(1, GFP_NOWAIT | __GFP_THISNODE | __GFP_NOWARN, 0));
	CHECK(hooks.wakes > 0);
	CHECK_EQ(hooks.zone->node, 1);
}

/* ---- who reclaims ---- */

static void who_may_not_wait_calls_nobody_that_sleeps(void)
{
	static const gfp_t kinds[] = { GFP_NOWAIT, GFP_ATOMIC, __GFP_HIGH, 0,
				       GFP_KERNEL | __GFP_MEMALLOC };
	unsigned int i;

	boot_with(&all_hooks);
	leave(0);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		CHECK(!alloc_page(kinds[i] | __GFP_NOWARN));
		CHECK(!alloc_pages(kinds[i] | __GFP_NOWARN, 4));
	}
	CHECK_EQ(hooks.reclaims + hooks.compactions + hooks.kills, 0);
}

static void a_request_that_waits_reclaims_and_gets_the_page(void)
{
	boot_with(&all_hooks);
	leave(256);
	hooks.reclaim_frees_at = 1;
	CHECK(alloc_page(GFP_NOFS) != NULL);
	CHECK_STR(hooks.calls, "kkr");
	CHECK_EQ(hooks.gfp, GFP_NOFS);
	CHECK_EQ(hooks.nid, 0);
}

/* What was freed lies on this CPU's list: the zone itself is as it was. */
static void pages_freed_to_a_list_are_found(void)
{
	struct zone *zone = boot_with(&all_hooks);

	leave(100);
	hooks.frees = 1;
	hooks.reclaim_frees_at = 1;
	CHECK(alloc_page(GFP_KERNEL) != NULL);
	CHECK_EQ(zone_page_state(zone, NR_FREE_PAGES), 100);
	CHECK_EQ(hooks.reclaims, 1);
}

/* Reclaim freed them on another CPU: they are looked for before anybody is killed. */
static void pages_reclaimed_to_another_cpus_list_are_found(void)
{
	needs_two_cpus();
	boot_with(&all_hooks);
	leave(200);
	hooks.reclaim_cpu = 1;
	hooks.reclaim_frees_at = 1;
	hooks.frees = 100;
	CHECK(alloc_page(GFP_KERNEL) != NULL);
	CHECK_STR(hooks.calls, "kkr");
}

static void pages_on_another_cpus_list_are_found_before_it_fails(void)
{
	struct zone *zone = boot_with(NULL);
	unsigned int i, kept = zone->per_cpu_pageset[0].lists[0].limit;

	needs_two_cpus();
	leave(min_wmark_pages(zone) - 4);
	test_set_cpu(1);
	for (i = 0; i < kept; i++)
		__free_page(held[--nr_held]);
	test_set_cpu(0);
	REQUIRE(per_cpu_pages_count(&zone->per_cpu_pageset[1]) > 4);
	CHECK(!alloc_page(GFP_ATOMIC & ~__GFP_HIGH & ~__GFP_ATOMIC));
	CHECK_EQ(per_cpu_pages_count(&zone->per_cpu_pageset[1]), kept);
	CHECK(alloc_page(GFP_KERNEL) != NULL);
	CHECK_EQ(per_cpu_pages_count(&zone->per_cpu_pageset[1]), 0);
}

/* An atomic request looks at its own CPU's lists, of all types, and at no other's. */
static void a_request_that_cannot_wait_drains_its_own_cpu_only(void)
{
	struct zone *zone = boot_with(NULL);
	unsigned int i, kept = zone->per_cpu_pageset[0].lists[0].limit;

	needs_two_cpus();
	leave(min_wmark_pages(zone) - 4);
	for (i = 0; i < kept; i++)
		__free_page(held[--nr_held]);
	test_set_cpu(1);
	__free_page(held[--nr_held]);
	test_set_cpu(0);
	CHECK(alloc_pages(GFP_NOWAIT | __GFP_MOVABLE, 0) != NULL);
	CHECK(per_cpu_pages_count(&zone->per_cpu_pageset[0]) < 4);
	CHECK_EQ(per_cpu_pages_count(&zone->per_cpu_pageset[1]), 1);
}

/* ---- when to stop ---- */

static void without_anybody_to_ask_it_fails_at_once(void)
{
	boot_with(NULL);
	leave(256);
	CHECK(!alloc_page(GFP_KERNEL | __GFP_NOWARN));
	CHECK(!alloc_pages(GFP_KERNEL | __GFP_NOWARN, 3));
	CHECK(!alloc_pages(GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN, 5));
	CHECK_EQ(page_alloc_validate(), 0);
}

static void noretry_asks_once(void)
{
	boot_with(&all_hooks);
	leave(256);
	hooks.reclaim_claims = 1;
	hooks.kills_say = true;
	CHECK(!alloc_page(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN));
	CHECK_STR(hooks.calls, "kkr");
}

static void a_large_block_is_not_worth_a_second_round(void)
{
	boot_with(&all_hooks);
	leave(256);
	hooks.reclaim_claims = 1;
	hooks.kills_say = true;
	hooks.compact_says = COMPACT_COMPLETE;
	CHECK(!alloc_pages(GFP_KERNEL | __GFP_NOWARN, 4));
	CHECK_EQ(hooks.reclaims, 1);
	CHECK_EQ(hooks.compactions, 2); /* before reclaim, and after it */
	CHECK_EQ(hooks.kills, 0);
}

/* 16 rounds without progress, though what could be reclaimed would do; then one OOM kill. */
static void rounds_without_progress_are_bounded(void)
{
	struct zone *zone = boot_with(&all_hooks);

	leave(256);
	zone->vm_stat[NR_ZONE_INACTIVE_FILE] = 1000;
	CHECK(!alloc_page(GFP_KERNEL | __GFP_NOWARN));
	CHECK_EQ(hooks.reclaims, 17);
	CHECK_EQ(hooks.kills, 1);
}

/* With nothing that could be reclaimed one round is enough. */
static void hopeless_rounds_are_not_made(void)
{
	boot_with(&all_hooks);
	leave(256);
	hooks.reclaim_claims = 5;
	CHECK(!alloc_page(GFP_KERNEL | __GFP_NOWARN));
	CHECK_EQ(hooks.reclaims, 1);
	CHECK_EQ(hooks.kills, 1);
}

/* It always says that it freed something, and never does: the request ends all the same. */
static void progress_that_brings_nothing_ends(void)
{
	struct zone *zone = boot_with(&all_hooks);

	leave(256);
	zone->vm_stat[NR_ZONE_INACTIVE_FILE] = 1000;
	hooks.reclaim_claims = 32;
	CHECK(!alloc_page(GFP_KERNEL | __GFP_NOWARN));
	CHECK(hooks.reclaims > 1000 && hooks.reclaims < 10000);
	CHECK(log_contains("stalls for 1024 rounds: order:0"));
	CHECK(log_contains("stalls for 4096 rounds"));
	CHECK(!log_contains("Mem-Info")); /* nobody wants to be warned */
}

static void retry_mayfail_goes_on_with_large_blocks_and_kills_nobody(void)
{
	struct zone *zone = boot_with(&all_hooks);

	leave(270);
	zone->vm_stat[NR_ZONE_INACTIVE_FILE] = 1000;
	hooks.kills_say = true;
	hooks.reclaim_claims = 1;
	hooks.compact_says = COMPACT_SUCCESS; /* of which nothing is to be seen */
	CHECK(!alloc_pages(GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN, 5));
	CHECK(hooks.reclaims > 1);
	CHECK_EQ(hooks.kills, 0);
}

/* ---- compaction ---- */

static void large_blocks_are_compacted_before_anything_is_reclaimed(void)
{
	boot_with(&all_hooks);
	leave(256);
	hooks.frees = 300;
	hooks.compact_frees_at = 1;
	CHECK(alloc_pages(GFP_KERNEL, 4) != NULL);
	CHECK_STR(hooks.calls, "kc");
	CHECK_EQ(hooks.priority, COMPACT_PRIO_ASYNC);
	CHECK_EQ(hooks.alloc_flags & ALLOC_WMARK_MASK, ALLOC_WMARK_MIN);
}

static void single_pages_and_small_movable_blocks_are_not_compacted_first(void)
{
	boot_with(&all_hooks);
	leave(256);
	hooks.reclaim_frees_at = 1;
	hooks.frees = 256;
	CHECK(alloc_page(GFP_KERNEL) != NULL);
	CHECK_EQ(hooks.compactions, 0);
	leave(256);
	hooks.compact_says = COMPACT_SKIPPED;
	hooks.reclaim_frees_at = 1;
	CHECK(alloc_pages(GFP_HIGHUSER_MOVABLE, 1) != NULL);
	CHECK_EQ(hooks.reclaims, 1);
	CHECK_EQ(hooks.compactions, 0);
}

/* A huge page that nobody waits for: no reclaim when compaction has nothing to work with. */
static void noretry_for_a_large_block_ends_when_compaction_cannot_start(void)
{
	boot_with(&all_hooks);
	leave(256);
	hooks.compact_says = COMPACT_SKIPPED;
	CHECK(!alloc_pages(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, 9));
	CHECK_EQ(hooks.reclaims, 0);
	CHECK_EQ(hooks.compactions, 1);
	hooks.compact_says = COMPACT_COMPLETE;
	CHECK(!alloc_pages(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, 9));
	CHECK_EQ(hooks.reclaims, 1);
	CHECK_EQ(hooks.last_priority, COMPACT_PRIO_ASYNC);
}

/* Complete in vain: harder and harder, up to the hardest, each once. */
static void compaction_tries_harder_while_reclaim_makes_progress(void)
{
	boot_with(&all_hooks);
	leave(256);
	hooks.reclaim_claims = 1;
	hooks.compact_says = COMPACT_COMPLETE;
	CHECK(!alloc_pages(GFP_KERNEL | __GFP_NOWARN, 2));
	CHECK_EQ(hooks.last_priority, COMPACT_PRIO_SYNC_FULL);
	CHECK_EQ(hooks.compactions, 3); /* async first, light, full */
	CHECK_EQ(hooks.kills, 1);
}

/* ---- out of memory ---- */

static void the_oom_killer_is_the_last_to_be_asked(void)
{
	boot_with(&all_hooks);
	leave(256);
	hooks.kills_say = true;
	hooks.kill_frees_at = 1;
	CHECK(alloc_page(GFP_KERNEL) != NULL);
	CHECK_STR(hooks.calls, "kkrok");
}

/* It is asked again as long as it says that somebody is dying. */
static void the_request_waits_for_the_victim(void)
{
	boot_with(&all_hooks);
	leave(256);
	hooks.kills_say = true;
	hooks.kill_frees_at = 30;
	CHECK(alloc_page(GFP_KERNEL) != NULL);
	CHECK_EQ(hooks.kills, 30);
}

static void nobody_is_killed_for_what_is_not_worth_it(void)
{
	static const struct {
		gfp_t gfp;
		unsigned int order;
	} kinds[] = {
		{ GFP_KERNEL | __GFP_RETRY_MAYFAIL, 0 },
		{ GFP_KERNEL | __GFP_THISNODE, 0 },
		{ GFP_KERNEL | __GFP_NORETRY, 0 },
		{ GFP_KERNEL, 4 },
		{ GFP_NOWAIT, 0 },
	};
	unsigned int i;

	boot_with(&all_hooks);
	leave(256);
	hooks.kills_say = true;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!CHECK(!alloc_pages(kinds[i].gfp | __GFP_NOWARN, kinds[i].order)))
			tap_note("gfp 0x%x", kinds[i].gfp);
	CHECK_EQ(hooks.kills, 0);
}

/* Killing somebody frees any memory but hardly that below 16 MB. */
static void nobody_is_killed_for_dma_memory(void)
{
	struct quire_machine *m = test_machine_new();

	nr_held = 0;
	__builtin_memset(&hooks, 0, sizeof(hooks));
	test_bank(m, 0, 64 * MB, 0);
	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL;
	m->zone_end[ZONE_DMA] = 16 * MB;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	set_reclaim_ops(&all_hooks);
	leave(0);
	CHECK(!alloc_page(GFP_KERNEL | GFP_DMA | __GFP_NOWARN));
	CHECK_EQ(hooks.kills, 0);
	CHECK(!alloc_page(GFP_KERNEL | __GFP_NOWARN));
	CHECK_EQ(hooks.kills, 1);
}

/* Who is dying gets half of what min keeps, and is not sent to wait for himself. */
static void a_victim_takes_half_of_the_minimum_and_then_fails(void)
{
	struct zone *zone = boot_with(&all_hooks);

	leave(256);
	hooks.is_victim = true;
	hooks.kills_say = true;
	while (alloc_page(GFP_KERNEL | __GFP_NOWARN))
		;
	CHECK_EQ(zone_page_state(zone, NR_FREE_PAGES), 128);
	CHECK_EQ(hooks.kills, 1);
	CHECK(!alloc_page(GFP_KERNEL | __GFP_NOMEMALLOC | __GFP_NOWARN));
	CHECK_EQ(hooks.kills, 2);
}

/* ---- what must not fail ---- */

static void nofail_waits_until_reclaim_frees_something(void)
{
	boot_with(&all_hooks);
	leave(0);
	hooks.reclaim_frees_at = 100;
	CHECK(alloc_page(GFP_KERNEL | __GFP_NOFAIL) != NULL);
	CHECK_EQ(hooks.reclaims, 100);
	CHECK_EQ(nr_free_pages(), 63);
}

static void nofail_says_so_when_it_waits_long(void)
{
	boot_with(&all_hooks);
	leave(0);
	hooks.reclaim_frees_at = 3000;
	log_clear();
	CHECK(alloc_page(GFP_NOFS | __GFP_NOFAIL) != NULL);
	CHECK_EQ(hooks.reclaims, 3000);
	CHECK(log_contains("cpu 0: page allocation stalls for 1024 rounds: order:0, mode:0x8c40"));
	CHECK(log_contains("Mem-Info:"));
	CHECK(log_contains("stalls for 2048 rounds"));
	CHECK(!log_contains("failure"));
}

/* When the OOM killer has chosen somebody, all there is: the memory will be back. */
static void nofail_takes_all_reserves_after_a_kill(void)
{
	struct zone *zone = boot_with(&all_hooks);

	leave(10);
	hooks.kills_say = true;
	CHECK(alloc_page(GFP_KERNEL | __GFP_NOFAIL) != NULL);
	CHECK_EQ(hooks.kills, 1);
	CHECK_EQ(zone_page_state(zone, NR_FREE_PAGES), 9);
}

static void nofail_takes_what_atomic_requests_may(void)
{
	struct zone *zone = boot_with(NULL);

	leave(193);
	CHECK(!alloc_page(GFP_KERNEL | __GFP_NOWARN));
	CHECK(alloc_page(GFP_KERNEL | __GFP_NOFAIL) != NULL);
	CHECK_EQ(zone_page_state(zone, NR_FREE_PAGES), 192);
}

static void nofail_is_not_made_to_fail(void)
{
	boot_with(NULL);
	quire_fail_nth(1, true);
	CHECK(!alloc_page(GFP_KERNEL));
	CHECK(alloc_page(GFP_KERNEL | __GFP_NOFAIL) != NULL);
	quire_fail_off();
	CHECK_EQ(this_quire()->fault.calls, 1);
}

static void nofail_that_may_not_wait_fails_with_a_warning(void)
{
	boot_with(NULL);
	leave(0);
	CHECK(!alloc_page(GFP_NOWAIT | __GFP_NOFAIL | __GFP_NOWARN));
	CHECK_EQ(this_quire()->log.warnings, 1);
	CHECK(log_contains("__GFP_NOFAIL without __GFP_DIRECT_RECLAIM"));
	CHECK(!alloc_page(GFP_NOWAIT | __GFP_NOFAIL | __GFP_NOWARN));
	CHECK_EQ(this_quire()->log.warnings, 1);
}

static void nofail_of_a_large_order_is_warned_of_once(void)
{
	boot_with(NULL);
	CHECK(alloc_pages(GFP_KERNEL | __GFP_NOFAIL, 1) != NULL);
	CHECK_EQ(this_quire()->log.warnings, 0);
	CHECK(alloc_pages(GFP_KERNEL | __GFP_NOFAIL, 2) != NULL);
	CHECK(log_contains("WARNING: alloc_pages: __GFP_NOFAIL with an order above 1"));
	CHECK(alloc_pages(GFP_KERNEL | __GFP_NOFAIL, 3) != NULL);
	CHECK_EQ(this_quire()->log.warnings, 1);
}

/* One CPU, and nobody to ask: it would wait for ever. */
static void nofail_without_hope_stops_the_machine(void)
{
	if (CONFIG_SMP)
		tap_skip("another CPU might free something");
	boot_with(NULL);
	leave(0);
	CHECK(EXPECT_PANIC(alloc_page(GFP_KERNEL | __GFP_NOFAIL)));
}

static void who_may_wait_gets_no_atomic_reserve(void)
{
	struct zone *zone = boot_with(NULL);

	leave(256);
	CHECK(!alloc_page(GFP_KERNEL | __GFP_ATOMIC | __GFP_NOWARN));
	CHECK(log_contains("__GFP_ATOMIC with __GFP_DIRECT_RECLAIM"));
	CHECK_EQ(zone_page_state(zone, NR_FREE_PAGES), 256);
	CHECK(alloc_page(__GFP_ATOMIC) != NULL);
}

/* ---- the boost ---- */

/* Every page block is movable and none is whole: an unmovable request mixes one. */
static struct zone *boot_mixed(const struct reclaim_ops *ops)
{
	struct zone *zone = boot_with(ops);
	struct page *page;

	while (nr_free_pages() > 2000) {
		page = alloc_page(GFP_HIGHUSER_MOVABLE);
		REQUIRE(page);
		held[nr_held++] = page;
	}
	/* One page of each block stays; the others come back. */
	while (nr_held > 1) {
		page = held[--nr_held];
		if (page_to_pfn(page) % 1024)
			__free_page(page);
	}
	drain_all_pages(NULL);
	while (alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN, 10))
		;
	return zone;
}

static void a_mixed_page_block_raises_the_marks_and_wakes_background_reclaim(void)
{
	struct zone *zone = boot_mixed(&all_hooks);
	unsigned long min = min_wmark_pages(zone);

	hooks.wakes = 0;
	REQUIRE(!zone->watermark_boost);
	CHECK(alloc_page(GFP_KERNEL) != NULL);
	/* A page block of 1024 pages is more than one and a half of high: it is the most. */
	CHECK_EQ(zone->watermark_boost, 1024);
	CHECK_EQ(min_wmark_pages(zone), min + 1024);
	CHECK_EQ(hooks.wakes, 1);
	CHECK_EQ(hooks.order, 0);
	lower_watermark_boost(zone, 1000);
	CHECK_EQ(zone->watermark_boost, 24);
	lower_watermark_boost(zone, 1000);
	CHECK_EQ(min_wmark_pages(zone), min);
}

static void without_background_reclaim_or_factor_there_is_no_boost(void)
{
	struct zone *zone = boot_mixed(NULL);

	CHECK(alloc_page(GFP_KERNEL) != NULL);
	CHECK_EQ(zone->watermark_boost, 0);
	zone = boot_mixed(&all_hooks);
	CHECK_EQ(set_watermark_boost_factor(0), 0);
	CHECK(alloc_page(GFP_KERNEL) != NULL);
	CHECK_EQ(zone->watermark_boost, 0);
}

const struct tap_test tap_tests[] = {
	TEST(above_the_low_mark_nobody_is_called),
	TEST(below_the_low_mark_background_reclaim_is_woken_and_the_page_given),
	TEST(background_reclaim_is_woken_once_a_node),
	TEST(who_may_not_wait_calls_nobody_that_sleeps),
	TEST(a_request_that_waits_reclaims_and_gets_the_page),
	TEST(pages_freed_to_a_list_are_found),
	TEST(pages_reclaimed_to_another_cpus_list_are_found),
	TEST(pages_on_another_cpus_list_are_found_before_it_fails),
	TEST(a_request_that_cannot_wait_drains_its_own_cpu_only),
	TEST(without_anybody_to_ask_it_fails_at_once),
	TEST(noretry_asks_once),
	TEST(a_large_block_is_not_worth_a_second_round),
	TEST(rounds_without_progress_are_bounded),
	TEST(hopeless_rounds_are_not_made),
	TEST(progress_that_brings_nothing_ends),
	TEST(retry_mayfail_goes_on_with_large_blocks_and_kills_nobody),
	TEST(large_blocks_are_compacted_before_anything_is_reclaimed),
	TEST(single_pages_and_small_movable_blocks_are_not_compacted_first),
	TEST(noretry_for_a_large_block_ends_when_compaction_cannot_start),
	TEST(compaction_tries_harder_while_reclaim_makes_progress),
	TEST(the_oom_killer_is_the_last_to_be_asked),
	TEST(the_request_waits_for_the_victim),
	TEST(nobody_is_killed_for_what_is_not_worth_it),
	TEST(nobody_is_killed_for_dma_memory),
	TEST(a_victim_takes_half_of_the_minimum_and_then_fails),
	TEST(nofail_waits_until_reclaim_frees_something),
	TEST(nofail_says_so_when_it_waits_long),
	TEST(nofail_takes_all_reserves_after_a_kill),
	TEST(nofail_takes_what_atomic_requests_may),
	TEST(nofail_is_not_made_to_fail),
	TEST(nofail_that_may_not_wait_fails_with_a_warning),
	TEST(nofail_of_a_large_order_is_warned_of_once),
	TEST(nofail_without_hope_stops_the_machine),
	TEST(who_may_wait_gets_no_atomic_reserve),
	TEST(a_mixed_page_block_raises_the_marks_and_wakes_background_reclaim),
	TEST(without_background_reclaim_or_factor_there_is_no_boost),
	{ NULL, NULL },
};
