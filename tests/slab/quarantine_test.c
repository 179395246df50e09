/* SPDX-License-Identifier: MIT */
/*
 * quarantine_test.c - objects that were given back wait before others get them.
 */
#include "tests/slab/objects.h"

#define WAITING 50

static struct kmem_cache *boot(const struct slab_engine *engine, unsigned int waiting, slab_flags_t flags)
{
	struct quire_machine *m = objects_machine(engine, 1, 32 * MB);
	struct kmem_cache *cache;

	m->objects.quarantine = waiting;
	REQUIRE(test_machine_boot(m) == 0);
	cache = kmem_cache_create("test", 100, 0, flags | SLAB_NO_MERGE, NULL);
	REQUIRE(cache);
	return cache;
}

static void an_object_is_not_handed_out_again_before_others_were_given_back(const struct slab_engine *engine)
{
	struct kmem_cache *cache = boot(engine, WAITING, 0);
	void *first = kmem_cache_alloc(cache, GFP_KERNEL), *object;
	unsigned int i;

	kmem_cache_free(cache, first);
	for (i = 0; i < WAITING - 1; i++) {
		object = kmem_cache_alloc(cache, GFP_KERNEL);
		CHECK(object != first);
		kmem_cache_free(cache, object);
	}
	CHECK_EQ(objects_in_use(cache), 0);
	objects_check();
	CHECK_EQ(this_quire()->log.warnings, 0);
}
EVERY_SLAB_ENGINE(an_object_is_not_handed_out_again_before_others_were_given_back)

static void a_second_free_of_what_waits_is_refused(const struct slab_engine *engine)
{
	struct kmem_cache *cache = boot(engine, WAITING, 0);
	void *a = kmem_cache_alloc(cache, GFP_KERNEL), *b = kmem_cache_alloc(cache, GFP_KERNEL);

	kmem_cache_free(cache, a);
	kmem_cache_free(cache, b);
	kmem_cache_free(cache, a);
	CHECK_EQ(this_quire()->log.warnings, 1);
	CHECK(log_contains("it is free already"));
	kmem_cache_shrink(cache);
	CHECK_EQ(objects_in_use(cache), 0);
	objects_check();
}
EVERY_SLAB_ENGINE(a_second_free_of_what_waits_is_refused)

/* With poison, a write to what waits is found when it is handed out at last. */
static void a_write_to_what_waits_is_found(const struct slab_engine *engine)
{
	struct kmem_cache *cache = boot(engine, WAITING, SLAB_POISON);
	char *object = kmem_cache_alloc(cache, GFP_KERNEL);
	unsigned int i;

	kmem_cache_free(cache, object);
	test_poke(object + 10, 1);
	for (i = 0; i < 2 * WAITING && !this_quire()->slab.nr_reports; i++)
		kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
	kmem_cache_shrink(cache);
	CHECK_EQ(this_quire()->slab.nr_reports, 1);
	CHECK(log_contains("BUG test: Poison overwritten"));
}
EVERY_SLAB_ENGINE(a_write_to_what_waits_is_found)

static void what_waits_goes_when_its_cache_ends(const struct slab_engine *engine)
{
	struct kmem_cache *cache = boot(engine, WAITING, 0);

	kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
	kmem_cache_destroy(cache);
	CHECK_EQ(this_quire()->log.errors, 0);
	objects_check();
}
EVERY_SLAB_ENGINE(what_waits_goes_when_its_cache_ends)

/* Takes what there is; *first is the last of them, and each leads to the one before it. */
static unsigned long take_all(struct kmem_cache *cache, void **first)
{
	unsigned long nr = 0;
	void *object;

	while ((object = kmem_cache_alloc(cache, GFP_NOWAIT | __GFP_NOWARN)) != NULL) {
		*(void **)object = *first;
		*first = object;
		nr++;
	}
	return nr;
}

static void what_waits_is_handed_out_when_memory_is_out(const struct slab_engine *engine)
{
	static void *first; /* each leads to the one before it */
	struct kmem_cache *cache = boot(engine, 20000, 0);
	void *object;
	unsigned long taken, again = 0;

	first = NULL;
	taken = take_all(cache, &first);
	for (; first && again < 10000; first = object, again++) {
		object = *(void **)first;
		kmem_cache_free(cache, first);
	}
	taken += take_all(cache, &first);
	CHECK(taken > 20000);
	CHECK_EQ(objects_in_use(cache), taken - 10000);
	objects_check();
}
EVERY_SLAB_ENGINE(what_waits_is_handed_out_when_memory_is_out)

const struct tap_test tap_tests[] = {
	TEST_SLAB_ENGINES(an_object_is_not_handed_out_again_before_others_were_given_back),
	TEST_SLAB_ENGINES(a_second_free_of_what_waits_is_refused),
	TEST_SLAB_ENGINES(a_write_to_what_waits_is_found),
	TEST_SLAB_ENGINES(what_waits_goes_when_its_cache_ends),
	TEST_SLAB_ENGINES(what_waits_is_handed_out_when_memory_is_out),
	{ NULL, NULL },
};
