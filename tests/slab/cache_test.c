/* SPDX-License-Identifier: MIT */
/*
 * cache_test.c - caches: what they hand out and take back, how they are made, made one and ended.
 */
#include <quire/fault.h>

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

static struct kmem_cache *make(const char *name, unsigned int size, slab_flags_t flags)
{
	struct kmem_cache *cache = kmem_cache_create(name, size, 0, flags, NULL);

	REQUIRE(cache);
	return cache;
}

static void objects_are_apart_and_keep_their_contents(const struct slab_engine *engine)
{
	static const unsigned int sizes[] = { 1, 8, 24, 40, 64, 100, 192, 700, 1024, 3000, 8192 };
	struct kmem_cache *cache;
	unsigned int i, nr;

	objects_boot(engine, 1, 64 * MB);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		nr = sizes[i] > 512 ? 100 : NR;
		cache = make("test", sizes[i], SLAB_NO_MERGE);
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

static void the_object_given_back_last_is_taken_first(const struct slab_engine *engine)
{
	struct kmem_cache *cache;
	void *a, *b;

	objects_boot(engine, 1, 32 * MB);
	cache = make("test", 40, SLAB_NO_MERGE);
	take_all(cache, 100);
	give_all(cache, 100);
	a = kmem_cache_alloc(cache, GFP_KERNEL);
	b = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_free(cache, b);
	kmem_cache_free(cache, a);
	CHECK_PTR(kmem_cache_alloc(cache, GFP_KERNEL), a);
	CHECK_PTR(kmem_cache_alloc(cache, GFP_KERNEL), b);
}
EVERY_SLAB_ENGINE(the_object_given_back_last_is_taken_first)

static void objects_are_aligned_as_asked(const struct slab_engine *engine)
{
	struct kmem_cache *cache;
	unsigned int align, i;

	objects_boot(engine, 1, 64 * MB);
	for (align = 8; align <= 4096; align *= 2) {
		cache = kmem_cache_create("test", 20, align, SLAB_NO_MERGE, NULL);
		REQUIRE(cache);
		take_all(cache, 100);
		for (i = 0; i < 100; i++)
			CHECK_EQ((uintptr_t)objects[i] % align, 0);
		give_all(cache, 100);
		kmem_cache_destroy(cache);
	}
}
EVERY_ENGINE(objects_are_aligned_as_asked)

/* 20 bytes: halves of a line would do for 32, and for 20 too. */
static void objects_aligned_to_cache_lines_lie_in_one_each(const struct slab_engine *engine)
{
	static const unsigned int sizes[] = { 8, 20, 33, 64, 65 };
	struct kmem_cache *cache;
	unsigned int i, s;

	objects_boot(engine, 1, 32 * MB);
	for (s = 0; s < 5; s++) {
		cache = make("test", sizes[s], SLAB_HWCACHE_ALIGN | SLAB_NO_MERGE);
		take_all(cache, 100);
		for (i = 0; i < 100; i++) {
			uintptr_t at = (uintptr_t)objects[i];

			CHECK(sizes[s] > 64 ? !(at % 64) : at / 64 == (at + sizes[s] - 1) / 64);
		}
		give_all(cache, 100);
		kmem_cache_destroy(cache);
	}
}
EVERY_ENGINE(objects_aligned_to_cache_lines_lie_in_one_each)

static void zeros_are_handed_out_where_asked_for(const struct slab_engine *engine)
{
	struct kmem_cache *cache;
	unsigned char *object;
	unsigned int i, k;

	objects_boot(engine, 1, 32 * MB);
	cache = make("test", 100, SLAB_NO_MERGE);
	take_all(cache, 200);
	give_all(cache, 200);
	for (i = 0; i < 200; i++) {
		object = objects[i] = kmem_cache_zalloc(cache, GFP_KERNEL);
		for (k = 0; k < 100; k++)
			if (object[k])
				CHECK(!"a byte is not zero");
	}
}
EVERY_ENGINE(zeros_are_handed_out_where_asked_for)

static unsigned int nr_constructed;

static void construct(void *object)
{
	objects_fill(object, 50, 7);
	nr_constructed++;
}

static void a_constructor_is_called_once_for_each_object_of_a_slab(const struct slab_engine *engine)
{
	struct kmem_cache *cache;
	struct slabinfo info;
	unsigned int i, round;

	objects_boot(engine, 1, 32 * MB);
	nr_constructed = 0;
	cache = kmem_cache_create("test", 50, 0, 0, construct);
	REQUIRE(cache);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 300; i++) {
			objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
			CHECK(objects_are_filled(objects[i], 50, 7));
		}
		for (i = 0; i < 300; i++)
			kmem_cache_free(cache, objects[i]);
	}
	/* The engine slab gives slabs back in between, and makes them anew. */
	get_slabinfo(cache, &info);
	CHECK(nr_constructed >= info.num_objs);
	CHECK(nr_constructed < 3 * 300 && nr_constructed % info.objects_per_slab == 0);
}
EVERY_SLAB_ENGINE(a_constructor_is_called_once_for_each_object_of_a_slab)

static void what_a_constructor_made_is_not_cleared(const struct slab_engine *engine)
{
	struct kmem_cache *cache;
	void *object;

	objects_boot(engine, 1, 32 * MB);
	cache = kmem_cache_create("test", 50, 0, 0, construct);
	object = kmem_cache_zalloc(cache, GFP_KERNEL);
	CHECK(objects_are_filled(object, 50, 7));
	CHECK(log_contains("has a constructor: __GFP_ZERO is ignored"));
	kmem_cache_free(cache, object);
}
EVERY_ENGINE(what_a_constructor_made_is_not_cleared)

/* ---- many at once ---- */

static void many_are_taken_at_once_and_given_back(const struct slab_engine *engine)
{
	struct kmem_cache *cache;
	unsigned int i;

	objects_boot(engine, 1, 32 * MB);
	cache = make("test", 72, SLAB_NO_MERGE);
	CHECK_EQ(kmem_cache_alloc_bulk(cache, GFP_KERNEL, NR, objects), NR);
	for (i = 0; i < NR; i++)
		objects_fill(objects[i], 72, i);
	CHECK_EQ(objects_in_use(cache), NR);
	objects_check();
	for (i = 0; i < NR; i++)
		if (!objects_are_filled(objects[i], 72, i))
			CHECK(!"two objects are one");
	kmem_cache_free_bulk(cache, NR, objects);
	CHECK_EQ(objects_in_use(cache), 0);
	objects_check();
}
EVERY_ENGINE(many_are_taken_at_once_and_given_back)

static void of_many_none_is_taken_if_not_all_are_there(const struct slab_engine *engine)
{
	struct kmem_cache *cache;

	objects_boot(engine, 1, 4 * MB);
	cache = make("test", 8192, SLAB_NO_MERGE);
	CHECK_EQ(kmem_cache_alloc_bulk(cache, GFP_NOWAIT | __GFP_NOWARN, NR, objects), 0);
	CHECK_EQ(objects_in_use(cache), 0);
	objects_check();
	CHECK_EQ(kmem_cache_alloc_bulk(cache, GFP_NOWAIT, 10, objects), 10);
}
EVERY_ENGINE(of_many_none_is_taken_if_not_all_are_there)

static void pieces_of_many_sizes_are_given_back_at_once(const struct slab_engine *engine)
{
	unsigned int i;

	objects_boot(engine, 1, 32 * MB);
	for (i = 0; i < 100; i++)
		objects[i] = kmalloc(1 + i * 50, GFP_KERNEL);
	kmem_cache_free_bulk(NULL, 100, objects);
	CHECK_EQ(this_quire()->log.warnings, 0);
	objects_check();
}
EVERY_ENGINE(pieces_of_many_sizes_are_given_back_at_once)

/* ---- making caches ---- */

static void caches_alike_are_one(const struct slab_engine *engine)
{
	struct kmem_cache *a, *b;

	objects_boot(engine, 1, 32 * MB);
	a = make("a", 1000, 0);
	b = make("b", 998, 0);
	CHECK_PTR(a, b);
	CHECK_EQ(a->refcount, 2);
	CHECK_STR(kmem_cache_name(b), "a");
	kmem_cache_destroy(b);
	take_all(a, 10);
	give_all(a, 10);
	kmem_cache_destroy(a);
	CHECK_EQ(this_quire()->log.warnings + this_quire()->log.errors, 0);
}
EVERY_SLAB_ENGINE(caches_alike_are_one)

static void caches_that_differ_in_what_counts_stay_apart(const struct slab_engine *engine)
{
	struct kmem_cache *a;

	objects_boot(engine, 1, 32 * MB);
	a = make("a", 1000, 0);
	CHECK(make("larger", 1016, 0) != a);
	CHECK(make("smaller", 900, 0) != a);
	CHECK(make("reclaimable", 1000, SLAB_RECLAIM_ACCOUNT) != a);
	CHECK(make("own", 1000, SLAB_NO_MERGE) != a);
	CHECK(make("poisoned", 1000, SLAB_POISON) != a);
	CHECK(kmem_cache_create("constructed", 1000, 0, 0, construct) != a);
	CHECK(kmem_cache_create("aligned", 1000, 512, 0, NULL) != a);
	CHECK(kmem_cache_create_usercopy("user", 1000, 0, 0, 0, 10, NULL) != a);
}
EVERY_SLAB_ENGINE(caches_that_differ_in_what_counts_stay_apart)

static void with_no_merge_no_two_caches_are_one(const struct slab_engine *engine)
{
	struct quire_machine *m = objects_machine(engine, 1, 32 * MB);

	m->objects.no_merge = true;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK(make("a", 1000, 0) != make("b", 1000, 0));
}
EVERY_SLAB_ENGINE(with_no_merge_no_two_caches_are_one)

static void what_cannot_be_a_cache_is_refused(const struct slab_engine *engine)
{
	objects_boot(engine, 1, 32 * MB);
	CHECK(!kmem_cache_create("empty", 0, 0, 0, NULL));
	CHECK(!kmem_cache_create("huge", (unsigned int)KMALLOC_MAX_SIZE + 1, 0, 0, NULL));
	CHECK(!kmem_cache_create("odd", 100, 24, 0, NULL));
	CHECK(!kmem_cache_create("coarse", 100, 8192, 0, NULL));
	CHECK(!kmem_cache_create(NULL, 100, 0, 0, NULL));
	CHECK(!kmem_cache_create("flags", 100, 0, 0x80000000u, NULL));
	CHECK(!kmem_cache_create_usercopy("user", 100, 0, 0, 90, 11, NULL));
	CHECK_EQ(this_quire()->log.warnings, 7);
	CHECK(EXPECT_PANIC(kmem_cache_create("panic", 0, 0, SLAB_PANIC, NULL)));
	objects_check();
}
EVERY_ENGINE(what_cannot_be_a_cache_is_refused)

static void a_cache_without_an_engine_is_refused(void)
{
	objects_boot(NULL, 1, 32 * MB);
	CHECK(!kmem_cache_create("test", 100, 0, 0, NULL));
	CHECK(log_contains("there are no objects"));
	CHECK(!kmalloc(10, GFP_KERNEL));
	CHECK(log_contains("its description names no engine"));
}

/* ---- ending them ---- */

static void a_cache_gives_all_its_pages_back_when_it_ends(const struct slab_engine *engine)
{
	unsigned long free_before, round;
	struct kmem_cache *cache;

	objects_boot(engine, 2, 64 * MB);
	for (round = 0; round < 3; round++) {
		free_before = nr_free_pages();
		cache = make("test", 300, SLAB_NO_MERGE);
		take_all(cache, NR);
		give_all(cache, NR);
		kmem_cache_destroy(cache);
	}
	/* From the second time on what the layer needs for itself is there. */
	CHECK_EQ(nr_free_pages(), free_before);
	objects_check();
}
EVERY_ENGINE(a_cache_gives_all_its_pages_back_when_it_ends)

static void shrinking_gives_back_what_is_free(const struct slab_engine *engine)
{
	struct kmem_cache *cache;
	struct slabinfo info;

	objects_boot(engine, 1, 64 * MB);
	cache = make("test", 500, SLAB_NO_MERGE);
	take_all(cache, NR);
	give_all(cache, NR - 1);
	CHECK_EQ(kmem_cache_shrink(cache), 1);
	get_slabinfo(cache, &info);
	CHECK_EQ(info.num_slabs, 1);
	CHECK_EQ(info.active_objs, 1);
	objects_check();
	kmem_cache_free(cache, objects[NR - 1]);
	CHECK_EQ(kmem_cache_shrink(cache), 0);
	get_slabinfo(cache, &info);
	CHECK_EQ(info.num_slabs, 0);
	objects_check();
}
EVERY_SLAB_ENGINE(shrinking_gives_back_what_is_free)

static void a_cache_with_objects_in_use_is_reported_and_kept(const struct slab_engine *engine)
{
	struct kmem_cache *cache;

	objects_boot(engine, 1, 32 * MB);
	cache = make("leaky", 100, SLAB_NO_MERGE);
	take_all(cache, 3);
	kmem_cache_free(cache, objects[1]);
	kmem_cache_destroy(cache);
	CHECK(log_contains("kmem_cache_destroy leaky: Slab cache still has objects"));
	CHECK(objects_are_filled(objects[0], 100, 0));
	CHECK(!kmem_cache_alloc(cache, GFP_KERNEL));
	CHECK(log_contains("the cache leaky was destroyed"));
	kmem_cache_free(cache, objects[0]);
	CHECK(!kmem_cache_alloc(cache, GFP_KERNEL));
	kmem_cache_free(cache, objects[2]);
	CHECK_EQ(objects_in_use(cache), 0);
	objects_check();
}
EVERY_ENGINE(a_cache_with_objects_in_use_is_reported_and_kept)

/* ---- misuse ---- */

static void a_second_free_right_after_the_first_is_refused(const struct slab_engine *engine)
{
	struct kmem_cache *cache;

	objects_boot(engine, 1, 32 * MB);
	cache = make("test", 100, SLAB_NO_MERGE);
	take_all(cache, 50);
	kmem_cache_free(cache, objects[5]);
	CHECK_EQ(this_quire()->log.warnings, 0);
	kmem_cache_free(cache, objects[5]);
	CHECK_EQ(this_quire()->log.warnings, 1);
	CHECK(log_contains("it is free already"));
	objects_check();
	CHECK_EQ(objects_in_use(cache), 49);
}
EVERY_ENGINE(a_second_free_right_after_the_first_is_refused)

/* Others were given back in between: the CPU does not look through its array. */
static void a_second_free_is_found_when_the_array_goes_back(const struct slab_engine *engine)
{
	struct kmem_cache *cache;

	objects_boot(engine, 1, 32 * MB);
	cache = make("test", 100, SLAB_NO_MERGE);
	take_all(cache, 50);
	kmem_cache_free(cache, objects[5]);
	kmem_cache_free(cache, objects[6]);
	kmem_cache_free(cache, objects[5]);
	kmem_cache_shrink(cache);
	CHECK_EQ(this_quire()->log.warnings, 1);
	CHECK(log_contains("it is free already"));
	objects_check();
	CHECK_EQ(objects_in_use(cache), 48);
}
EVERY_SLAB_ENGINE(a_second_free_is_found_when_the_array_goes_back)

/* Objects go back to slabs in runs; small ones are in slabs with a map. */
static void an_error_among_objects_of_a_slab_stops_no_other(const struct slab_engine *engine)
{
	static const unsigned int sizes[] = { 16, 700 };
	struct kmem_cache *cache;
	unsigned int i, k, warnings = 0;

	objects_boot(engine, 1, 32 * MB);
	for (i = 0; i < 2; i++) {
		cache = make("test", sizes[i], SLAB_NO_MERGE);
		take_all(cache, 40);
		kmem_cache_free(cache, objects[0]);
		for (k = 1; k < 40; k++) {
			kmem_cache_free(cache, objects[k]);
			/* The one before the last, or what is no object. */
			kmem_cache_free(cache, k % 2 ? objects[k - 1] : (char *)objects[k] + 8);
		}
		kmem_cache_shrink(cache);
		warnings += 39;
		CHECK_EQ(this_quire()->log.warnings, warnings);
		CHECK_EQ(objects_in_use(cache), 0);
		objects_check();
	}
}
EVERY_SLAB_ENGINE(an_error_among_objects_of_a_slab_stops_no_other)

static void what_is_no_object_of_the_cache_is_refused_in_the_end(const struct slab_engine *engine)
{
	struct kmem_cache *cache, *other;
	static char outside[64];
	void *page;

	objects_boot(engine, 1, 32 * MB);
	cache = make("test", 100, SLAB_NO_MERGE);
	other = make("other", 100, SLAB_NO_MERGE);
	page = (void *)__get_free_page(GFP_KERNEL);
	take_all(cache, 50);
	kmem_cache_free(other, objects[0]);
	kmem_cache_free(cache, outside);
	kmem_cache_free(cache, page);
	kmem_cache_free(cache, (char *)objects[1] + 8);
	kmem_cache_shrink(cache);
	kmem_cache_shrink(other);
	CHECK_EQ(this_quire()->log.warnings, 4);
	CHECK(log_contains("it is of another cache"));
	CHECK(log_contains("it is no object of any cache"));
	CHECK(log_contains("it is not the beginning of an object"));
	objects_check();
	CHECK_EQ(objects_in_use(cache), 50);
	CHECK_EQ(objects_in_use(other), 0);
	kmem_cache_free(cache, NULL);
	CHECK_EQ(this_quire()->log.warnings, 4);
}
EVERY_SLAB_ENGINE(what_is_no_object_of_the_cache_is_refused_in_the_end)

static void highmem_is_refused(const struct slab_engine *engine)
{
	objects_boot(engine, 1, 32 * MB);
	CHECK(!kmem_cache_alloc(make("test", 100, 0), GFP_KERNEL | __GFP_HIGHMEM));
	CHECK_EQ(this_quire()->log.warnings, 1);
}
EVERY_ENGINE(highmem_is_refused)

/* ---- memory runs out ---- */

static void when_memory_is_out_nothing_is_handed_out_and_nothing_is_lost(const struct slab_engine *engine)
{
	unsigned long free_before, taken = 0;
	struct kmem_cache *cache;
	void *object, *first = NULL;

	objects_boot(engine, 1, 8 * MB);
	cache = make("test", 1000, SLAB_NO_MERGE);
	kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
	kmem_cache_shrink(cache);
	free_before = nr_free_pages();
	while ((object = kmem_cache_alloc(cache, GFP_NOWAIT | __GFP_NOWARN)) != NULL) {
		*(void **)object = first;
		first = object;
		taken++;
	}
	CHECK(taken > 1000);
	objects_check();
	for (; first; first = object) {
		object = *(void **)first;
		kmem_cache_free(cache, first);
	}
	kmem_cache_shrink(cache);
	/* The CPU keeps its arrays. */
	CHECK(nr_free_pages() + 4 >= free_before);
	objects_check();
}
EVERY_ENGINE(when_memory_is_out_nothing_is_handed_out_and_nothing_is_lost)

/* A cache is made and used with the n-th request for memory failing, for every n. */
static void every_request_for_memory_may_fail(const struct slab_engine *engine)
{
	unsigned long n, failed = 1;
	struct kmem_cache *cache;
	unsigned int i, got;

	objects_boot(engine, 2, 32 * MB);
	for (n = 1; failed; n++) {
		quire_fail_nth(n, false);
		cache = kmem_cache_create("test", 700, 0, SLAB_NO_MERGE, NULL);
		for (i = got = 0; cache && i < 60; i++) {
			objects[got] = kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN);
			if (objects[got])
				objects_fill(objects[got], 700, got), got++;
		}
		failed = this_quire()->fault.failed;
		quire_fail_off();
		if (cache)
			CHECK_EQ(objects_in_use(cache), got);
		objects_check();
		if (cache)
			give_all(cache, got);
		kmem_cache_destroy(cache);
		objects_check();
	}
	CHECK(n > 60);
	CHECK_EQ(this_quire()->log.errors, 0);
}
EVERY_ENGINE(every_request_for_memory_may_fail)

const struct tap_test tap_tests[] = {
	TEST_ENGINES(objects_are_apart_and_keep_their_contents),
	TEST_SLAB_ENGINES(the_object_given_back_last_is_taken_first),
	TEST_ENGINES(objects_are_aligned_as_asked),
	TEST_ENGINES(objects_aligned_to_cache_lines_lie_in_one_each),
	TEST_ENGINES(zeros_are_handed_out_where_asked_for),
	TEST_SLAB_ENGINES(a_constructor_is_called_once_for_each_object_of_a_slab),
	TEST_ENGINES(what_a_constructor_made_is_not_cleared),
	TEST_ENGINES(many_are_taken_at_once_and_given_back),
	TEST_ENGINES(of_many_none_is_taken_if_not_all_are_there),
	TEST_ENGINES(pieces_of_many_sizes_are_given_back_at_once),
	TEST_SLAB_ENGINES(caches_alike_are_one),
	TEST_SLAB_ENGINES(caches_that_differ_in_what_counts_stay_apart),
	TEST_SLAB_ENGINES(with_no_merge_no_two_caches_are_one),
	TEST_ENGINES(what_cannot_be_a_cache_is_refused),
	TEST(a_cache_without_an_engine_is_refused),
	TEST_ENGINES(a_cache_gives_all_its_pages_back_when_it_ends),
	TEST_SLAB_ENGINES(shrinking_gives_back_what_is_free),
	TEST_ENGINES(a_cache_with_objects_in_use_is_reported_and_kept),
	TEST_ENGINES(a_second_free_right_after_the_first_is_refused),
	TEST_SLAB_ENGINES(a_second_free_is_found_when_the_array_goes_back),
	TEST_SLAB_ENGINES(an_error_among_objects_of_a_slab_stops_no_other),
	TEST_SLAB_ENGINES(what_is_no_object_of_the_cache_is_refused_in_the_end),
	TEST_ENGINES(highmem_is_refused),
	TEST_ENGINES(when_memory_is_out_nothing_is_handed_out_and_nothing_is_lost),
	TEST_ENGINES(every_request_for_memory_may_fail),
	{ NULL, NULL },
};
