/* SPDX-License-Identifier: MIT */
/*
 * remote_test.c - objects of other nodes on their way home: how long they wait, and that nothing is lost on it.
 */
#include "mm/slab/internal.h"
#include "tests/slab/objects.h"

#define NR 100

static void *objects[NR];
static struct kmem_cache *cache;

/* Two nodes and four CPUs, 0 and 2 of node 0; objects of node 1, made there. */
static void make_remote(const struct slab_engine *engine, slab_flags_t flags)
{
	struct quire_machine *m = objects_machine(engine, 4, 32 * MB);
	unsigned int i;

	test_bank(m, 64 * MB, 32 * MB, 1);
	REQUIRE(test_machine_boot(m) == 0);
	cache = kmem_cache_create("remote", 200, 0, SLAB_NO_MERGE | flags, NULL);
	REQUIRE(cache);
	test_set_cpu(1);
	for (i = 0; i < NR; i++) {
		objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		REQUIRE(objects[i] && page_to_nid(virt_to_page(objects[i])) == 1);
	}
	test_set_cpu(0);
}

static unsigned long nr_cached(void)
{
	struct slabinfo info;

	get_slabinfo(cache, &info);
	return info.cached_objs;
}

static void they_wait_and_are_no_longer_in_use(void)
{
	unsigned long cached;
	unsigned int i;

	make_remote(&quire_slub, 0);
	cached = nr_cached();
	for (i = 0; i < 20; i++)
		kmem_cache_free(cache, objects[i]);
	CHECK_EQ(objects_in_use(cache), NR - 20);
	CHECK_EQ(nr_cached(), cached + 20);
	objects_check();
	slab_remote_drain();
	CHECK_EQ(objects_in_use(cache), NR - 20);
	CHECK_EQ(nr_cached(), cached);
	objects_check();
}

/* Some of each cache at a time; and what another CPU of the node gives waits by itself. */
static void a_full_list_goes_home(void)
{
	unsigned long cached;
	unsigned int i;

	make_remote(&quire_slub, 0);
	cached = nr_cached();
	for (i = 0; i < NR; i++) {
		test_set_cpu(i % 3 ? 0 : 2);
		kmem_cache_free(cache, objects[i]);
		CHECK(nr_cached() - cached < 2 * 31);
	}
	CHECK_EQ(objects_in_use(cache), 0);
	objects_check();
	CHECK_EQ(this_quire()->log.warnings, 0);
}

static void shrinking_and_ending_a_cache_sends_them_home(const struct slab_engine *engine)
{
	unsigned int i;

	make_remote(engine, 0);
	for (i = 0; i < NR; i++)
		kmem_cache_free(cache, objects[i]);
	CHECK_EQ(kmem_cache_shrink(cache), 0);
	CHECK_EQ(nr_cached(), 0);
	make_remote(engine, 0);
	for (i = 0; i < NR; i++)
		kmem_cache_free(cache, objects[i]);
	kmem_cache_destroy(cache);
	CHECK_EQ(this_quire()->log.warnings, 0);
	objects_check();
}
EVERY_SLAB_ENGINE(shrinking_and_ending_a_cache_sends_them_home)

static void a_second_free_is_refused_at_once_or_when_they_go_home(const struct slab_engine *engine)
{
	make_remote(engine, 0);
	kmem_cache_free(cache, objects[5]);
	kmem_cache_free(cache, objects[5]);
	kmem_cache_shrink(cache);
	CHECK_EQ(this_quire()->log.warnings, 1);
	CHECK(log_contains("it is free already"));
	/* One in between; and one by a CPU of the other node. */
	kmem_cache_free(cache, objects[6]);
	kmem_cache_free(cache, objects[7]);
	kmem_cache_free(cache, objects[6]);
	test_set_cpu(1);
	kmem_cache_free(cache, objects[7]);
	kmem_cache_shrink(cache);
	CHECK_EQ(this_quire()->log.warnings, 3);
	CHECK_EQ(objects_in_use(cache), NR - 3);
	objects_check();
}
EVERY_SLAB_ENGINE(a_second_free_is_refused_at_once_or_when_they_go_home)

static void objects_that_are_checked_do_not_wait(void)
{
	make_remote(&quire_slub, SLAB_CONSISTENCY_CHECKS);
	kmem_cache_free(cache, objects[5]);
	CHECK_EQ(slab_remote_count(cache), 0);
	kmem_cache_free(cache, objects[6]);
	kmem_cache_free(cache, objects[5]);
	CHECK_EQ(this_quire()->slab.nr_reports, 1);
	objects_check();
}

static void a_machine_of_one_node_has_no_such_lists(void)
{
	objects_boot(&quire_slub, 2, 32 * MB);
	CHECK_PTR(this_quire()->slab.remote, NULL);
	slab_remote_drain();
	CHECK_EQ(slab_remote_count(this_quire()->slab.kmem_cache), 0);
}

const struct tap_test tap_tests[] = {
	TEST(they_wait_and_are_no_longer_in_use),
	TEST(a_full_list_goes_home),
	TEST_SLAB_ENGINES(shrinking_and_ending_a_cache_sends_them_home),
	TEST_SLAB_ENGINES(a_second_free_is_refused_at_once_or_when_they_go_home),
	TEST(objects_that_are_checked_do_not_wait),
	TEST(a_machine_of_one_node_has_no_such_lists),
	{ NULL, NULL },
};
