/* SPDX-License-Identifier: MIT */
/*
 * kmalloc_index_test.c - what kmalloc and kfree find CPUs' arrays by: that it says what page structures
 * and caches say, and that nothing depends on it where there is none.
 */
#include <quire/shrinker.h>

#include "mm/slab/watch.h"
#include "tests/slab/objects.h"

static struct kmalloc_index *the_index(void)
{
	return &this_quire()->slab.index;
}

static size_t frame_of(const void *object)
{
	return (size_t)(page_to_pfn(virt_to_page(object)) - this_quire()->page.memmap_base_pfn);
}

/* So often that the CPU has an array. */
static void warm_up(size_t size)
{
	void *objects[32];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(objects); i++)
		objects[i] = kmalloc(size, GFP_KERNEL);
	for (i = 0; i < ARRAY_SIZE(objects); i++)
		kfree(objects[i]);
}

static void what_kfree_gives_back_kmalloc_takes_next(const struct slab_engine *engine)
{
	size_t sizes[] = { 1, 8, 9, 64, 65, 96, 97, 192, 193, 1000, 1024, 1025, 4096, 8192 }, i;

	objects_boot(engine, 1, 64 * MB);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *object;

		warm_up(sizes[i]);
		object = kmalloc(sizes[i], GFP_KERNEL);
		CHECK(ksize(object) >= sizes[i]);
		kfree(object);
		CHECK_PTR(kmalloc(sizes[i], GFP_KERNEL), object);
		kfree(object);
	}
	objects_check();
}
EVERY_SLAB_ENGINE(what_kfree_gives_back_kmalloc_takes_next)

/* And a page that was a slab's says nothing any more. */
static void a_frame_names_the_cache_while_it_is_a_slabs(const struct slab_engine *engine)
{
	const struct kmalloc_index *index;
	struct kmem_cache *cache;
	size_t frame;
	void *object;

	objects_boot(engine, 1, 64 * MB);
	index = the_index();
	REQUIRE(index->of_frame);
	object = kmalloc(4096, GFP_KERNEL);
	cache = kmem_cache_of(object);
	frame = frame_of(object);
	CHECK(cache->cpus_at);
	CHECK_EQ(index->of_frame[frame], cache->cpus_at);
	kfree(object);
	kmem_cache_shrink(cache);
	CHECK(!kmem_cache_of(object));
	CHECK_EQ(index->of_frame[frame], 0);
	objects_check();
}
EVERY_SLAB_ENGINE(a_frame_names_the_cache_while_it_is_a_slabs)

static void the_validator_finds_a_frame_that_names_another_cache(void)
{
	void *object;

	objects_boot(&quire_slub, 1, 64 * MB);
	object = kmalloc(64, GFP_KERNEL);
	the_index()->of_frame[frame_of(object)]++;
	CHECK(kmem_cache_validate());
	the_index()->of_frame[frame_of(object)]--;
	CHECK(!kmem_cache_validate());
	kfree(object);
}

/* 64 entries is a group: kfree takes what lies in the others, but by a longer way. */
/*
 * Node 0 has CPUs 0 and 2, node 1 has 1 and 3. What was the CPU's own is taken next; what is another node's is
 * not, by either call, and is its own CPU's to take.
 */
static void on_two_nodes_a_cpu_keeps_what_is_its_nodes(const struct slab_engine *engine)
{
	struct quire_machine *m = objects_machine(engine, 4, 32 * MB);
	struct kmem_cache *cache;
	void *own, *far;
	unsigned int i;

	test_bank(m, 64 * MB, 32 * MB, 1);
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(the_index()->nr_frames, 0);
	/* Error checkers want to know of each object. */
	CHECK_EQ(the_index()->nr_node_frames != 0, (slab_watchers() & SLAB_WATCH_GIVE) == SLAB_WATCH_NODES);
	cache = kmem_cache_create("test", 64, 0, SLAB_NO_MERGE, NULL);
	for (i = 0; i < 2; i++) {
		test_set_cpu(i);
		warm_up(64);
		own = kmalloc(64, GFP_KERNEL);
		far = kmalloc_node(64, GFP_KERNEL, !i);
		CHECK_EQ(page_to_nid(virt_to_page(own)), i);
		CHECK_EQ(page_to_nid(virt_to_page(far)), !i);
		CHECK_EQ(the_index()->of_frame[frame_of(own)] >> KMALLOC_INDEX_NODE_SHIFT, i);
		kfree(own);
		kfree(far);
		CHECK_PTR(kmalloc(64, GFP_KERNEL), own);
		/* What is of another cache is refused, and no array has it. */
		kmem_cache_free(cache, own);
		CHECK_EQ(this_quire()->log.warnings, i + 1);
		CHECK(log_contains("it is of another cache"));
		kfree(own);
		objects_check();
	}
	kmem_cache_destroy(cache);
	kmem_cache_shrink_all();
	CHECK_EQ(objects_in_use(this_quire()->slab.kmalloc[KMALLOC_NORMAL][kmalloc_class(64)]), 0);
}
EVERY_SLAB_ENGINE(on_two_nodes_a_cpu_keeps_what_is_its_nodes)

/* Of more nodes than a byte has room for. */
static void objects_of_the_fifth_node_are_as_good(const struct slab_engine *engine)
{
	struct quire_machine *m = objects_machine(engine, 10, 32 * MB);
	void *objects[100];
	unsigned int i, n;

	for (n = 1; n < 5; n++)
		test_bank(m, (1 + n) * 32 * MB, 32 * MB, (int)n);
	REQUIRE(test_machine_boot(m) == 0);
	for (n = 0; n < 5; n++) {
		test_set_cpu(n);
		for (i = 0; i < 100; i++) {
			objects[i] = kmalloc(192, GFP_KERNEL);
			REQUIRE(objects[i]);
			CHECK_EQ(page_to_nid(virt_to_page(objects[i])), n);
			objects_fill(objects[i], 192, i);
		}
		test_set_cpu(4 - n);
		for (i = 0; i < 100; i++) {
			CHECK(objects_are_filled(objects[i], 192, i));
			kfree(objects[i]);
		}
		objects_check();
	}
	CHECK_EQ(this_quire()->log.warnings, 0);
}
EVERY_SLAB_ENGINE(objects_of_the_fifth_node_are_as_good)

static void of_many_caches_some_are_not_in_it(const struct slab_engine *engine)
{
	struct kmem_cache *caches[150];
	unsigned int i, round, outside = 0;

	objects_boot(engine, 2, 64 * MB);
	for (round = 0; round < 2; round++) {
		outside = 0;
		for (i = 0; i < ARRAY_SIZE(caches); i++) {
			caches[i] = kmem_cache_create("other", 200, 0, SLAB_NO_MERGE, NULL);
			REQUIRE(caches[i]);
			outside += !caches[i]->cpus_at;
		}
		for (i = 0; i < ARRAY_SIZE(caches); i++) {
			void *object = kmem_cache_alloc(caches[i], GFP_KERNEL);

			CHECK_EQ(the_index()->of_frame[frame_of(object)], caches[i]->cpus_at);
			kfree(object);
			CHECK_EQ(objects_in_use(caches[i]), 0);
		}
		objects_check();
		for (i = 0; i < ARRAY_SIZE(caches); i++)
			kmem_cache_destroy(caches[i]);
		objects_check();
	}
	CHECK(outside >= ARRAY_SIZE(caches) - SLAB_CPU_ENTRIES);
	CHECK_PTR(this_quire()->slab.cpu_groups.next, NULL);
}
EVERY_SLAB_ENGINE(of_many_caches_some_are_not_in_it)

static void checked_caches_are_not_in_it(const struct slab_engine *engine)
{
	void *object;

	objects_boot_debug(engine, SLAB_POISON);
	warm_up(64);
	object = kmalloc(64, GFP_KERNEL);
	CHECK_EQ(the_index()->of_frame[frame_of(object)], 0);
	kfree(object);
	CHECK_EQ(this_quire()->slab.nr_reports, 0);
	objects_check();
}
EVERY_SLAB_ENGINE(checked_caches_are_not_in_it)

/* There is no block of pages for a second group: caches beyond the first do without arrays. */
static void with_thousands_of_CPUs_some_caches_have_no_arrays(const struct slab_engine *engine)
{
	struct kmem_cache *caches[70];
	unsigned int i, without = 0;

	objects_boot(engine, 3000, 1024 * MB);
	for (i = 0; i < ARRAY_SIZE(caches); i++) {
		caches[i] = kmem_cache_create("other", 200, 0, SLAB_NO_MERGE, NULL);
		REQUIRE(caches[i]);
		without += caches[i]->cpus == slab_no_cpus();
		kmem_cache_free(caches[i], kmem_cache_alloc(caches[i], GFP_KERNEL));
		CHECK_EQ(objects_in_use(caches[i]), 0);
	}
	CHECK(without);
	warm_up(64);
	objects_check();
	for (i = 0; i < ARRAY_SIZE(caches); i++)
		kmem_cache_destroy(caches[i]);
	objects_check();
}
EVERY_SLAB_ENGINE(with_thousands_of_CPUs_some_caches_have_no_arrays)

static void a_machine_without_objects_has_none(void)
{
	objects_boot(NULL, 1, 32 * MB);
	CHECK_PTR(the_index()->of_frame, NULL);
	CHECK(ZERO_OR_NULL_PTR(kmalloc(0, GFP_KERNEL)));
	CHECK_PTR(kmalloc(8, GFP_KERNEL), NULL);
	CHECK_PTR(kmalloc(2000, GFP_KERNEL), NULL);
}

const struct tap_test tap_tests[] = {
	TEST_SLAB_ENGINES(what_kfree_gives_back_kmalloc_takes_next),
	TEST_SLAB_ENGINES(a_frame_names_the_cache_while_it_is_a_slabs),
	TEST_SLAB_ENGINES(on_two_nodes_a_cpu_keeps_what_is_its_nodes),
	TEST_SLAB_ENGINES(objects_of_the_fifth_node_are_as_good),
	TEST(the_validator_finds_a_frame_that_names_another_cache),
	TEST_SLAB_ENGINES(of_many_caches_some_are_not_in_it),
	TEST_SLAB_ENGINES(checked_caches_are_not_in_it),
	TEST_SLAB_ENGINES(with_thousands_of_CPUs_some_caches_have_no_arrays),
	TEST(a_machine_without_objects_has_none),
	{ NULL, NULL },
};
