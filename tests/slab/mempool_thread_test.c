/* SPDX-License-Identifier: MIT */
/*
 * mempool_thread_test.c - who waits for an element of an empty pool gets the one that comes back, however
 * close to each other the two are.
 */
#include <pthread.h>

#include <quire/mempool.h>

#include "tests/slab/objects.h"
#include "tests/support/wait_hooks.h"

#define TURNS 2000

static struct {
	struct quire *quire;
	mempool_t *pool;
	void *element;
} its;

static void *no_more(gfp_t gfp, void *pool_data)
{
	return gfp == GFP_KERNEL && pool_data && !its.pool ? pool_data : NULL;
}

static void keep(void *element, void *pool_data)
{
	(void)element;
	(void)pool_data;
}

/* Takes what the other gives, over and over. */
static void *take_and_hand_on(void *arg)
{
	unsigned int i;

	(void)arg;
	quire_select(its.quire);
	test_set_cpu(1);
	for (i = 0; i < TURNS; i++)
		mempool_free(mempool_alloc(its.pool, GFP_KERNEL), its.pool);
	return NULL;
}

static void who_waits_gets_what_comes_back(void)
{
	static int element;
	pthread_t thread;
	unsigned int i;

	test_before_wait = NULL;
	objects_boot(&quire_slub, 2, 32 * MB);
	its.quire = this_quire();
	its.pool = NULL;
	its.pool = mempool_create(1, no_more, keep, &element);
	REQUIRE(its.pool);
	its.element = mempool_alloc(its.pool, GFP_NOWAIT);
	CHECK_PTR(its.element, &element);
	REQUIRE(pthread_create(&thread, NULL, take_and_hand_on, NULL) == 0);
	for (i = 0; i < TURNS; i++) {
		mempool_free(its.element, its.pool);
		its.element = mempool_alloc(its.pool, GFP_KERNEL);
		CHECK_PTR(its.element, &element);
	}
	mempool_free(its.element, its.pool);
	pthread_join(thread, NULL);
	CHECK_EQ(its.pool->curr_nr, 1);
	mempool_destroy(its.pool);
}

const struct tap_test tap_tests[] = {
	TEST(who_waits_gets_what_comes_back),
	{ NULL, NULL },
};
