/* SPDX-License-Identifier: MIT */
/*
 * shrinker_test.c - shrinkers: how much each is asked for, what is put off, who is asked when; and the layer's
 * own way to give memory back.
 */
#include <quire/shrinker.h>
#include <quire/vmstat.h>

#include "tests/slab/objects.h"

/* Somebody who keeps objects, and counts how he is asked. */
struct keeper {
	struct shrinker shrinker; /* the first */
	unsigned long has[2];	  /* objects, by node */
	unsigned long calls, scanned, largest, counted;
	unsigned long stop_after; /* calls; then SHRINK_STOP. 0: never */
	unsigned long says_scanned; /* instead of what he was asked; 0: that */
	gfp_t gfp;
	unsigned long *answer; /* of count_objects, instead of what he has */
};

static unsigned long keeper_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct keeper *k = (struct keeper *)shrinker;

	k->counted++;
	return k->answer ? *k->answer : k->has[sc->nid];
}

static unsigned long keeper_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct keeper *k = (struct keeper *)shrinker;
	unsigned long freed = sc->nr_to_scan < k->has[sc->nid] ? sc->nr_to_scan : k->has[sc->nid];

	if (k->stop_after && k->calls == k->stop_after)
		return SHRINK_STOP;
	k->calls++;
	k->gfp = sc->gfp_mask;
	k->largest = sc->nr_to_scan > k->largest ? sc->nr_to_scan : k->largest;
	if (k->says_scanned)
		sc->nr_scanned = k->says_scanned;
	k->scanned += sc->nr_to_scan;
	k->has[sc->nid] -= freed;
	return freed;
}

static void keeper_register(struct keeper *k, unsigned long has)
{
	*k = (struct keeper){ .shrinker = { .count_objects = keeper_count, .scan_objects = keeper_scan,
					    .seeks = DEFAULT_SEEKS },
			      .has = { has, has } };
	REQUIRE(register_shrinker(&k->shrinker, "keeper") == 0);
}

/* ---- how much ---- */

/* 4 / seeks of the priority's share: at 3, and with 2 seeks, a quarter. */
static void a_shrinker_is_asked_for_a_share_by_priority_and_seeks(void)
{
	struct keeper k;

	objects_boot(&quire_slub, 1, 32 * MB);
	keeper_register(&k, 8192);
	CHECK_EQ(shrink_slab(GFP_KERNEL, 0, 3), 2048);
	CHECK_EQ(k.has[0], 8192 - 2048);
	CHECK_EQ(k.gfp, GFP_KERNEL);
	k.has[0] = 8192;
	k.shrinker.seeks = 8;
	CHECK_EQ(shrink_slab(GFP_NOFS, 0, 3), 512);
	CHECK_EQ(k.gfp, GFP_NOFS);
	k.has[0] = 8192;
	k.shrinker.seeks = 0;
	CHECK_EQ(shrink_slab(GFP_KERNEL, 0, 12), 4096);
	unregister_shrinker(&k.shrinker);
}

static void at_priority_0_all_is_asked_for(void)
{
	struct keeper k;

	objects_boot(&quire_slub, 1, 32 * MB);
	keeper_register(&k, 1000);
	CHECK_EQ(shrink_slab(GFP_KERNEL, 0, 0), 1000);
	CHECK_EQ(k.has[0], 0);
	unregister_shrinker(&k.shrinker);
}

static void it_is_asked_batch_by_batch(void)
{
	struct keeper k;

	objects_boot(&quire_slub, 1, 32 * MB);
	keeper_register(&k, 10000);
	shrink_slab(GFP_KERNEL, 0, 4);
	CHECK_EQ(k.largest, SHRINK_BATCH);
	CHECK_EQ(k.calls, (10000 >> 4) * 2 / SHRINK_BATCH);
	k.shrinker.batch = 1000;
	k.shrinker.deferred = 0;
	k.has[0] = 16000;
	k.calls = 0;
	shrink_slab(GFP_KERNEL, 0, 4);
	CHECK_EQ(k.largest, 1000);
	CHECK_EQ(k.calls, 2);
	unregister_shrinker(&k.shrinker);
}

/* Less than a batch in all: that is asked for, where it is all of the share. */
static void few_objects_are_asked_for_when_all_of_them_shall_go(void)
{
	struct keeper k;

	objects_boot(&quire_slub, 1, 32 * MB);
	keeper_register(&k, 10);
	CHECK_EQ(shrink_slab(GFP_KERNEL, 0, 2), 0);
	CHECK_EQ(k.calls, 0);
	k.shrinker.deferred = 0;
	CHECK_EQ(shrink_slab(GFP_KERNEL, 0, 1), 10);
	CHECK_EQ(k.calls, 1);
	unregister_shrinker(&k.shrinker);
}

/* ---- what is put off ---- */

static void what_fills_no_batch_is_added_the_next_time(void)
{
	struct keeper k;
	int i;

	objects_boot(&quire_slub, 1, 32 * MB);
	keeper_register(&k, 1 << 14);
	/* Eight objects a time. They count with 1 / 2^p themselves: it takes many times. */
	for (i = 0; i < 4; i++)
		CHECK_EQ(shrink_slab(GFP_KERNEL, 0, 12), 0);
	CHECK_EQ(k.shrinker.deferred, 32);
	/* At another priority their part: 32 / 2 + 2^14 / 2 * 2. */
	CHECK_EQ(shrink_slab(GFP_KERNEL, 0, 1), 1 << 14);
	CHECK_EQ(k.scanned, 1 << 14);
	CHECK_EQ(k.shrinker.deferred, 32);
	unregister_shrinker(&k.shrinker);
}

static void who_stops_is_asked_for_the_rest_later(void)
{
	struct keeper k;

	objects_boot(&quire_slub, 1, 32 * MB);
	keeper_register(&k, 1280);
	k.stop_after = 3;
	CHECK_EQ(shrink_slab(GFP_KERNEL, 0, 1), 3 * SHRINK_BATCH);
	CHECK_EQ(k.shrinker.deferred, 1280 - 3 * SHRINK_BATCH);
	k.stop_after = 0;
	CHECK_EQ(shrink_slab(GFP_KERNEL, 0, 0), 1280 - 3 * SHRINK_BATCH);
	unregister_shrinker(&k.shrinker);
}

static void no_more_than_twice_of_what_there_is_is_put_off(void)
{
	struct keeper k;
	int i;

	objects_boot(&quire_slub, 1, 32 * MB);
	keeper_register(&k, 1000);
	k.stop_after = 1;
	k.calls = 1;
	for (i = 0; i < 10; i++)
		CHECK_EQ(shrink_slab(GFP_KERNEL, 0, 0), 0);
	CHECK_EQ(k.shrinker.deferred, 2000);
	unregister_shrinker(&k.shrinker);
}

/* ---- who is not asked ---- */

static void who_has_nothing_is_not_asked(void)
{
	unsigned long empty = SHRINK_EMPTY, none = 0;
	struct keeper k;

	objects_boot(&quire_slub, 1, 32 * MB);
	keeper_register(&k, 1000);
	k.answer = &empty;
	CHECK_EQ(shrink_slab(GFP_KERNEL, 0, 0), 0);
	k.answer = &none;
	CHECK_EQ(shrink_slab(GFP_KERNEL, 0, 0), 0);
	CHECK_EQ(k.counted, 2);
	CHECK_EQ(k.calls, 0);
	unregister_shrinker(&k.shrinker);
	k.answer = NULL;
	CHECK_EQ(shrink_slab(GFP_KERNEL, 0, 0), 0);
	CHECK_EQ(k.counted, 2);
	unregister_shrinker(&k.shrinker);
}

static void what_is_no_shrinker_is_refused(void)
{
	struct shrinker none = { .count_objects = keeper_count };
	struct keeper k;

	objects_boot(&quire_slub, 1, 32 * MB);
	CHECK_EQ(register_shrinker(&none, "none"), -EINVAL);
	keeper_register(&k, 1000);
	CHECK_EQ(register_shrinker(&k.shrinker, "again"), -EINVAL);
	CHECK_EQ(shrink_slab(GFP_KERNEL, 0, 0), 1000);
	unregister_shrinker(&k.shrinker);
}

static void all_shrinkers_are_asked(void)
{
	struct keeper a, b, c;

	objects_boot(&quire_slub, 1, 32 * MB);
	keeper_register(&a, 128);
	keeper_register(&b, 256);
	keeper_register(&c, 512);
	unregister_shrinker(&b.shrinker);
	CHECK_EQ(shrink_slab(GFP_KERNEL, 0, 0), 128 + 512);
	CHECK_EQ(b.calls, 0);
	unregister_shrinker(&a.shrinker);
	unregister_shrinker(&c.shrinker);
}

/* A machine without objects may have some to give back. */
static void shrinkers_need_no_objects_of_ours(void)
{
	struct keeper k;

	objects_boot(NULL, 1, 32 * MB);
	keeper_register(&k, 256);
	CHECK_EQ(shrink_slab(GFP_KERNEL, 0, 0), 256);
	CHECK_EQ(kmem_cache_shrink_all(), 0);
	unregister_shrinker(&k.shrinker);
}

/* ---- nodes ---- */

static void who_tells_nodes_apart_has_what_is_put_off_for_each(void)
{
	struct quire_machine *m = objects_machine(&quire_slub, 1, 32 * MB);
	struct keeper k = { .shrinker = { .count_objects = keeper_count, .scan_objects = keeper_scan,
					  .seeks = DEFAULT_SEEKS, .flags = SHRINKER_NUMA_AWARE },
			    .has = { 1000, 3000 } };

	test_bank(m, 64 * MB, 32 * MB, 1);
	REQUIRE(test_machine_boot(m) == 0);
	REQUIRE(register_shrinker(&k.shrinker, "nodes") == 0);
	k.stop_after = k.calls = 1;
	shrink_slab(GFP_KERNEL, 0, 1);
	shrink_slab(GFP_KERNEL, 1, 1);
	CHECK_EQ(k.shrinker.nr_deferred[0], 1000);
	CHECK_EQ(k.shrinker.nr_deferred[1], 3000);
	k.stop_after = 0;
	drop_slab();
	CHECK_EQ(k.has[0] + k.has[1], 0);
	unregister_shrinker(&k.shrinker);
	objects_check();
}

/* ---- drop_slab ---- */

static void drop_slab_asks_until_little_comes_of_it(void)
{
	struct keeper k;

	objects_boot(&quire_slub, 1, 32 * MB);
	keeper_register(&k, 100000);
	drop_slab();
	CHECK_EQ(k.has[0], 0);
	CHECK_EQ(vm_event(DROP_SLAB), 1);
	CHECK_EQ(vm_event(SLABS_SCANNED), k.scanned);
	unregister_shrinker(&k.shrinker);
}

/* One that says that it looked at nothing does not keep the others waiting for ever. */
static void a_shrinker_that_gets_nowhere_is_left_alone(void)
{
	unsigned long many = 1000000;
	struct keeper k;

	objects_boot(&quire_slub, 1, 32 * MB);
	keeper_register(&k, 0);
	k.answer = &many;
	k.says_scanned = 1 << 20;
	CHECK_EQ(shrink_slab(GFP_KERNEL, 0, 0), 0);
	CHECK(k.calls <= 2);
	drop_slab();
	unregister_shrinker(&k.shrinker);
}

/* ---- the layer's own ---- */

static void empty_slabs_of_all_caches_go_back(void)
{
	struct kmem_cache *a, *b;
	unsigned long before, pages;
	void *objects[400];
	unsigned int i;

	objects_boot(&quire_slub, 1, 32 * MB);
	a = kmem_cache_create("a", 512, 0, SLAB_NO_MERGE, NULL);
	b = kmem_cache_create("b", 1024, 0, SLAB_NO_MERGE | SLAB_RECLAIM_ACCOUNT, NULL);
	REQUIRE(a && b);
	kmem_cache_shrink_all();
	before = global_node_page_state(NR_SLAB_UNRECLAIMABLE) + global_node_page_state(NR_SLAB_RECLAIMABLE);
	for (i = 0; i < 400; i++)
		REQUIRE((objects[i] = kmem_cache_alloc(i % 2 ? a : b, GFP_KERNEL)) != NULL);
	for (i = 0; i < 400; i++)
		kmem_cache_free(i % 2 ? a : b, objects[i]);
	CHECK(global_node_page_state(NR_SLAB_RECLAIMABLE) > 0);
	pages = kmem_cache_shrink_all();
	CHECK(pages > 0);
	CHECK_EQ(global_node_page_state(NR_SLAB_RECLAIMABLE), 0);
	/* Each has a node, and the CPU its arrays. */
	CHECK(global_node_page_state(NR_SLAB_UNRECLAIMABLE) <= before + 8);
	objects_check();
}

const struct tap_test tap_tests[] = {
	TEST(a_shrinker_is_asked_for_a_share_by_priority_and_seeks),
	TEST(at_priority_0_all_is_asked_for),
	TEST(it_is_asked_batch_by_batch),
	TEST(few_objects_are_asked_for_when_all_of_them_shall_go),
	TEST(what_fills_no_batch_is_added_the_next_time),
	TEST(who_stops_is_asked_for_the_rest_later),
	TEST(no_more_than_twice_of_what_there_is_is_put_off),
	TEST(who_has_nothing_is_not_asked),
	TEST(what_is_no_shrinker_is_refused),
	TEST(all_shrinkers_are_asked),
	TEST(shrinkers_need_no_objects_of_ours),
	TEST(who_tells_nodes_apart_has_what_is_put_off_for_each),
	TEST(drop_slab_asks_until_little_comes_of_it),
	TEST(a_shrinker_that_gets_nowhere_is_left_alone),
	TEST(empty_slabs_of_all_caches_go_back),
	{ NULL, NULL },
};
