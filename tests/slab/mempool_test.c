/* SPDX-License-Identifier: MIT */
/*
 * mempool_test.c - pools: elements are kept back for when memory is out, and come back first.
 */
#include <quire/mempool.h>

#include "tests/slab/objects.h"
#include "tests/support/wait_hooks.h"

/* An allocator whose memory can be out. */
static char mine[] = "mine";
static bool is_out;
static int nr_out;

static void *alloc_element(gfp_t gfp, void *pool_data)
{
	CHECK_STR(pool_data, "mine");
	CHECK(gfp & __GFP_NOWARN || gfp == GFP_KERNEL);
	if (is_out)
		return NULL;
	nr_out++;
	return kmalloc(64, GFP_KERNEL);
}

static void free_element(void *element, void *pool_data)
{
	CHECK_STR(pool_data, "mine");
	nr_out--;
	kfree(element);
}

static mempool_t *make_pool(const struct slab_engine *engine, int nr)
{
	mempool_t *pool;

	test_before_wait = NULL;
	objects_boot(engine, 1, 32 * MB);
	is_out = false;
	nr_out = 0;
	pool = mempool_create(nr, alloc_element, free_element, mine);
	REQUIRE(pool);
	CHECK_EQ(pool->curr_nr, nr);
	return pool;
}

static void a_pool_has_elements_when_memory_is_out(const struct slab_engine *engine)
{
	mempool_t *pool = make_pool(engine, 4);
	void *elements[4];
	int i;

	is_out = true;
	for (i = 0; i < 4; i++) {
		elements[i] = mempool_alloc(pool, GFP_NOWAIT);
		REQUIRE(elements[i]);
		objects_fill(elements[i], 64, (unsigned int)i);
	}
	CHECK(!mempool_alloc(pool, GFP_NOWAIT));
	for (i = 0; i < 4; i++) {
		CHECK(objects_are_filled(elements[i], 64, (unsigned int)i));
		mempool_free(elements[i], pool);
	}
	CHECK_EQ(pool->curr_nr, 4);
	CHECK_EQ(nr_out, 4);
	mempool_destroy(pool);
	CHECK_EQ(nr_out, 0);
	objects_check();
}
EVERY_ENGINE(a_pool_has_elements_when_memory_is_out)

static void while_there_is_memory_the_pool_is_left_alone(const struct slab_engine *engine)
{
	mempool_t *pool = make_pool(engine, 2);
	void *element = mempool_alloc(pool, GFP_KERNEL);

	CHECK_EQ(pool->curr_nr, 2);
	mempool_free(element, pool);
	CHECK_EQ(nr_out, 2);
	mempool_free(NULL, pool);
	mempool_destroy(pool);
	mempool_destroy(NULL);
}
EVERY_ENGINE(while_there_is_memory_the_pool_is_left_alone)

static void a_pool_grows_and_shrinks(const struct slab_engine *engine)
{
	mempool_t *pool = make_pool(engine, 2);

	CHECK_EQ(mempool_resize(pool, 5), 0);
	CHECK_EQ(pool->curr_nr, 5);
	CHECK_EQ(mempool_resize(pool, 1), 0);
	CHECK_EQ(pool->curr_nr, 1);
	CHECK_EQ(nr_out, 1);
	CHECK_EQ(mempool_resize(pool, 0), -EINVAL);
	is_out = true;
	CHECK_EQ(mempool_resize(pool, 3), -ENOMEM);
	CHECK_EQ(pool->min_nr, 1);
	CHECK_EQ(pool->curr_nr, 1);
	mempool_destroy(pool);
	CHECK_EQ(nr_out, 0);
}
EVERY_ENGINE(a_pool_grows_and_shrinks)

static void a_pool_that_cannot_be_filled_is_not_made(const struct slab_engine *engine)
{
	mempool_t pool;

	objects_boot(engine, 1, 32 * MB);
	is_out = true;
	nr_out = 0;
	CHECK(!mempool_create(3, alloc_element, free_element, mine));
	CHECK_EQ(mempool_init(&pool, 3, alloc_element, free_element, mine), -ENOMEM);
	CHECK_EQ(mempool_init(&pool, -1, alloc_element, free_element, mine), -EINVAL);
	CHECK_EQ(nr_out, 0);
	objects_check();
}
EVERY_ENGINE(a_pool_that_cannot_be_filled_is_not_made)

static void pools_hand_out_objects_pieces_and_pages(const struct slab_engine *engine)
{
	struct kmem_cache *cache;
	mempool_t *pool;
	void *element;

	objects_boot(engine, 1, 32 * MB);
	cache = kmem_cache_create("pooled", 200, 0, SLAB_NO_MERGE, NULL);
	pool = mempool_create_slab_pool(3, cache);
	element = mempool_alloc(pool, GFP_KERNEL);
	CHECK_EQ(objects_in_use(cache), 4);
	mempool_free(element, pool);
	mempool_destroy(pool);
	CHECK_EQ(objects_in_use(cache), 0);
	pool = mempool_create_kmalloc_pool(3, 500);
	element = mempool_alloc(pool, GFP_KERNEL);
	CHECK(ksize(element) >= 500);
	mempool_free(element, pool);
	mempool_destroy(pool);
	pool = mempool_create_page_pool(3, 2);
	element = mempool_alloc(pool, GFP_KERNEL);
	CHECK_EQ(page_ref_count(element), 1);
	mempool_free(element, pool);
	mempool_destroy(pool);
	objects_check();
	CHECK_EQ(this_quire()->log.warnings, 0);
}
EVERY_ENGINE(pools_hand_out_objects_pieces_and_pages)

static void what_is_asked_for_cleared_is_refused(const struct slab_engine *engine)
{
	mempool_t *pool = make_pool(engine, 1);

	CHECK(!mempool_alloc(pool, GFP_KERNEL | __GFP_ZERO));
	CHECK_EQ(this_quire()->log.warnings, 1);
	mempool_destroy(pool);
}
EVERY_ENGINE(what_is_asked_for_cleared_is_refused)

const struct tap_test tap_tests[] = {
	TEST_ENGINES(a_pool_has_elements_when_memory_is_out),
	TEST_ENGINES(while_there_is_memory_the_pool_is_left_alone),
	TEST_ENGINES(a_pool_grows_and_shrinks),
	TEST_ENGINES(a_pool_that_cannot_be_filled_is_not_made),
	TEST_ENGINES(pools_hand_out_objects_pieces_and_pages),
	TEST_ENGINES(what_is_asked_for_cleared_is_refused),
	{ NULL, NULL },
};
