/* SPDX-License-Identifier: MIT */
/*
 * cache_test.c - caches: what they hand out and take back, how they are made, merged and ended.
 */
#include "tests/slab/objects.h"

#define NR 1000

static void *objects[NR];

/* So many objects of the cache, each filled with its number. */
static void take_all(struct kmem_cache *cache, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		REQUIRE(objects[i]);
		objects_fill(objects[i], kmem_cache_size(cache), i);
	}
}

static void give_all(struct kmem_cache *cache, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (!objects_are_filled(objects[i], kmem_cache_size(cache), i))
			CHECK(!"an object has lost its contents");
		kmem_cache_free(cache, objects[i]);
	}
}

static void objects_are_apart_and_keep_their_contents(const struct slab_engine *engine)
{
	static const unsigned int sizes[] = { 1, 8, 24, 40, 64, 100, 192, 700, 1024, 3000, 8192 };
	struct kmem_cache *cache;
	unsigned int i, nr;

	objects_boot(engine, 1, 64 * MB);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		nr = sizes[i] > 512 ? 100 : NR;
		cache = kmem_cache_create("test", sizes[i], 0, SLAB_NO_MERGE, NULL);
		REQUIRE(cache);
		CHECK_EQ(kmem_cache_size(cache), sizes[i]);
		take_all(cache, nr);
		objects_check();
		give_all(cache, nr);
		take_all(cache, nr);
		give_all(cache, nr);
		objects_check();
		kmem_cache_destroy(cache);
		objects_check();
	}
	CHECK_EQ(this_quire()->log.warnings, 0);
}
EVERY_ENGINE(objects_are_apart_and_keep_their_contents)

const struct tap_test tap_tests[] = {
	TEST_ENGINES(objects_are_apart_and_keep_their_contents),
	{ NULL, NULL },
};
