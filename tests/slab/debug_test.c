/* SPDX-License-Identifier: MIT */
/*
 * debug_test.c - caches with debugging flags: each kind of error is found, with the object, where it
 * was made, and who had it; and nothing else is reported.
 */
#include "tests/slab/objects.h"

#define ALL (SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER)

static struct kmem_cache *boot_cache(const struct slab_engine *engine, slab_flags_t flags)
{
	struct kmem_cache *cache;

	objects_boot(engine, 1, 32 * MB);
	cache = kmem_cache_create("watched", 100, 0, flags, NULL);
	REQUIRE(cache);
	return cache;
}

static char *take(struct kmem_cache *cache)
{
	char *object = kmem_cache_alloc(cache, GFP_KERNEL);

	REQUIRE(object);
	return object;
}

static unsigned long nr_reports(void)
{
	return this_quire()->slab.nr_reports;
}

/* Takes objects until one is reported; all of these are given back. */
static void take_until_a_report(struct kmem_cache *cache)
{
	static char *taken[1000];
	unsigned int nr = 0;

	while (!nr_reports() && nr < sizeof(taken) / sizeof(taken[0]))
		taken[nr++] = take(cache);
	while (nr)
		kmem_cache_free(cache, taken[--nr]);
}

static void nothing_is_reported_where_nothing_is_wrong(const struct slab_engine *engine)
{
	static char *objects[300];
	struct kmem_cache *cache = boot_cache(engine, ALL);
	unsigned int i, round;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < 300; i++) {
			objects[i] = take(cache);
			objects_fill(objects[i], 100, i);
		}
		for (i = 0; i < 300; i++) {
			CHECK(objects_are_filled(objects[i], 100, i));
			kmem_cache_free(cache, objects[i]);
		}
		kmem_cache_shrink(cache);
	}
	objects_check();
	kmem_cache_destroy(cache);
	CHECK_EQ(nr_reports(), 0);
	CHECK_EQ(this_quire()->log.warnings + this_quire()->log.errors, 0);
}
EVERY_SLAB_ENGINE(nothing_is_reported_where_nothing_is_wrong)

/* The record lies behind the object, where nobody else may look. */
static void who_took_an_object_and_gave_it_back_can_be_asked(const struct slab_engine *engine)
{
	struct kmem_cache *cache = boot_cache(engine, SLAB_STORE_USER);
	char *object = take(cache);
	struct slab_place place;

	REQUIRE(slab_find(object + 5, &place));
	CHECK_PTR(place.object, object);
	CHECK(place.taken_by && !place.freed_by);
	kmem_cache_free(cache, object);
	REQUIRE(slab_find(object + 5, &place));
	CHECK(place.is_free && place.taken_by && place.freed_by);
}
EVERY_SLAB_ENGINE(who_took_an_object_and_gave_it_back_can_be_asked)

static void a_write_behind_the_object_is_found_when_it_is_given_back(const struct slab_engine *engine)
{
	struct kmem_cache *cache = boot_cache(engine, SLAB_RED_ZONE);
	char *object = take(cache);

	test_poke(object + 100, 1);
	kmem_cache_free(cache, object);
	CHECK_EQ(nr_reports(), 1);
	CHECK(log_contains("BUG watched: Right Redzone overwritten"));
	CHECK(log_contains("first byte 0x1 instead of 0xcc"));
	/* It is taken out of use: who wrote there may write again. */
	CHECK_EQ(objects_in_use(cache), 1);
	CHECK(take(cache) != object);
	objects_check();
}
EVERY_SLAB_ENGINE(a_write_behind_the_object_is_found_when_it_is_given_back)

static void a_write_before_the_object_is_found_when_it_is_given_back(const struct slab_engine *engine)
{
	struct kmem_cache *cache = boot_cache(engine, SLAB_RED_ZONE);
	char *object = take(cache);

	test_poke(object - 1, 2);
	kmem_cache_free(cache, object);
	CHECK_EQ(nr_reports(), 1);
	CHECK(log_contains("BUG watched: Left Redzone overwritten"));
	CHECK(log_contains("first byte 0x2 instead of 0xcc"));
}
EVERY_SLAB_ENGINE(a_write_before_the_object_is_found_when_it_is_given_back)

static void a_write_to_a_free_object_is_found_when_it_is_taken(const struct slab_engine *engine)
{
	struct kmem_cache *cache = boot_cache(engine, SLAB_POISON | SLAB_STORE_USER);
	char *object = take(cache);

	kmem_cache_free(cache, object);
	test_poke(object + 40, 3);
	take_until_a_report(cache);
	CHECK_EQ(nr_reports(), 1);
	CHECK(log_contains("BUG watched: Poison overwritten"));
	CHECK(log_contains("first byte 0x3 instead of 0x6b"));
	CHECK(log_contains("Allocated in "));
	CHECK(log_contains("Freed in "));
	objects_check();
}
EVERY_SLAB_ENGINE(a_write_to_a_free_object_is_found_when_it_is_taken)

static void a_write_to_the_last_byte_of_a_free_object_is_found(const struct slab_engine *engine)
{
	struct kmem_cache *cache = boot_cache(engine, SLAB_POISON);
	char *object = take(cache);

	kmem_cache_free(cache, object);
	test_poke(object + 99, 0x6b);
	take_until_a_report(cache);
	CHECK(log_contains("BUG watched: End Poison overwritten"));
}
EVERY_SLAB_ENGINE(a_write_to_the_last_byte_of_a_free_object_is_found)

/* Nobody takes the object again: its slab is about to be given back. */
static void a_write_to_a_free_object_is_found_when_its_slab_goes(const struct slab_engine *engine)
{
	struct kmem_cache *cache = boot_cache(engine, SLAB_POISON);
	char *object = take(cache);

	kmem_cache_free(cache, object);
	test_poke(object + 0, 4);
	kmem_cache_shrink(cache);
	CHECK_EQ(nr_reports(), 1);
	CHECK(log_contains("BUG watched: Poison overwritten"));
}
EVERY_SLAB_ENGINE(a_write_to_a_free_object_is_found_when_its_slab_goes)

/* 100 bytes and a word's rest: what is behind the object's own bytes belongs to nobody. */
static void a_write_between_objects_is_found(const struct slab_engine *engine)
{
	struct kmem_cache *cache;
	char *object;

	objects_boot(engine, 1, 32 * MB);
	cache = kmem_cache_create("watched", 100, 64, SLAB_POISON, NULL);
	object = take(cache);
	test_poke(object + 120, 5);
	kmem_cache_free(cache, object);
	CHECK_EQ(nr_reports(), 1);
	CHECK(log_contains("BUG watched: Object padding overwritten"));
}
EVERY_SLAB_ENGINE(a_write_between_objects_is_found)

static void what_is_read_before_it_is_written_is_poison(const struct slab_engine *engine)
{
	struct kmem_cache *cache = boot_cache(engine, SLAB_POISON);
	unsigned char *object = (unsigned char *)take(cache);

	CHECK_EQ(object[0], 0x6b);
	CHECK_EQ(object[98], 0x6b);
	CHECK_EQ(object[99], 0xa5);
}
EVERY_SLAB_ENGINE(what_is_read_before_it_is_written_is_poison)

static void a_second_free_is_found_at_once(const struct slab_engine *engine)
{
	struct kmem_cache *cache = boot_cache(engine, SLAB_CONSISTENCY_CHECKS);
	char *a = take(cache), *b = take(cache);

	kmem_cache_free(cache, a);
	kmem_cache_free(cache, b);
	kmem_cache_free(cache, a);
	CHECK_EQ(nr_reports(), 1);
	CHECK(log_contains("BUG watched: Object already free"));
	CHECK_EQ(objects_in_use(cache), 0);
	objects_check();
}
EVERY_SLAB_ENGINE(a_second_free_is_found_at_once)

static void what_is_no_object_of_the_cache_is_refused_at_once(const struct slab_engine *engine)
{
	struct kmem_cache *cache = boot_cache(engine, SLAB_CONSISTENCY_CHECKS);
	char *object = take(cache), *piece = kmalloc(100, GFP_KERNEL);

	kmem_cache_free(cache, object + 8);
	CHECK_EQ(nr_reports(), 1);
	kmem_cache_free(cache, piece);
	CHECK_EQ(nr_reports(), 2);
	kmem_cache_free(cache, object);
	kfree(piece);
	CHECK_EQ(nr_reports(), 2);
	objects_check();
}
EVERY_SLAB_ENGINE(what_is_no_object_of_the_cache_is_refused_at_once)

static void construct(void *object)
{
	objects_fill(object, 100, 9);
}

static void a_constructed_object_is_not_poisoned_but_has_red_zones(const struct slab_engine *engine)
{
	struct kmem_cache *cache;
	char *object;

	objects_boot(engine, 1, 32 * MB);
	cache = kmem_cache_create("watched", 100, 0, ALL, construct);
	object = take(cache);
	CHECK(objects_are_filled(object, 100, 9));
	kmem_cache_free(cache, object);
	CHECK(objects_are_filled(take(cache), 100, 9));
	CHECK_EQ(nr_reports(), 0);
	test_poke(object - 1, 1);
	kmem_cache_free(cache, object);
	CHECK_EQ(nr_reports(), 1);
}
EVERY_SLAB_ENGINE(a_constructed_object_is_not_poisoned_but_has_red_zones)

static void every_cache_can_be_watched_from_the_boot_on(const struct slab_engine *engine)
{
	volatile size_t size = 64; /* or the compiler finds it */
	char *piece;

	objects_boot_debug(engine, ALL);
	piece = kmalloc(50, GFP_KERNEL);
	CHECK_EQ(ksize(piece), 64);
	kfree(piece);
	kfree(piece);
	CHECK(log_contains("BUG kmalloc-64: Object already free"));
	piece = kmalloc(size, GFP_KERNEL);
	test_poke(piece + 64, 1);
	kfree(piece);
	CHECK(log_contains("BUG kmalloc-64: Right Redzone overwritten"));
	piece = kmalloc(64, GFP_KERNEL);
	CHECK_EQ((uintptr_t)piece % 64, 0);
	kfree(piece);
	objects_check();
}
EVERY_SLAB_ENGINE(every_cache_can_be_watched_from_the_boot_on)

static void the_caches_to_be_watched_can_be_named(const struct slab_engine *engine)
{
	struct quire_machine *m = objects_machine(engine, 1, 32 * MB);
	struct kmem_cache *a, *b, *c;
	void *watched, *unwatched;

	m->objects.debug = SLAB_RED_ZONE;
	m->objects.debug_caches = "apple,kmalloc-6*,cherry";
	REQUIRE(test_machine_boot(m) == 0);
	a = kmem_cache_create("apple", 500, 0, 0, NULL);
	b = kmem_cache_create("apples", 500, 0, 0, NULL);
	c = kmem_cache_create("cherry", 500, 0, 0, NULL);
	CHECK_EQ(a->flags & SLAB_DEBUG_FLAGS, SLAB_RED_ZONE);
	CHECK_EQ(b->flags & SLAB_DEBUG_FLAGS, 0);
	CHECK_EQ(c->flags & SLAB_DEBUG_FLAGS, SLAB_RED_ZONE);
	watched = kmalloc(60, GFP_KERNEL);
	unwatched = kmalloc(100, GFP_KERNEL);
	CHECK_EQ(kmem_cache_of(watched)->flags & SLAB_DEBUG_FLAGS, SLAB_RED_ZONE);
	CHECK_EQ(kmem_cache_of(unwatched)->flags & SLAB_DEBUG_FLAGS, 0);
	kfree(watched);
	kfree(unwatched);
}
EVERY_SLAB_ENGINE(the_caches_to_be_watched_can_be_named)

static void calls_are_traced_where_asked_for(const struct slab_engine *engine)
{
	struct kmem_cache *cache = boot_cache(engine, SLAB_TRACE);

	kmem_cache_free(cache, take(cache));
	CHECK(log_contains("TRACE watched alloc "));
	CHECK(log_contains("TRACE watched free "));
}
EVERY_SLAB_ENGINE(calls_are_traced_where_asked_for)

static void objects_are_cleared_when_taken_or_given_if_the_machine_says_so(const struct slab_engine *engine)
{
	unsigned int flags[2] = { MACHINE_INIT_ON_ALLOC, MACHINE_INIT_ON_FREE }, i, k;
	struct quire_machine *m;
	unsigned char *object, *again;

	for (i = 0; i < 2; i++) {
		m = objects_machine(engine, 1, 32 * MB);
		m->flags = flags[i];
		REQUIRE(test_machine_boot(m) == 0);
		object = kmalloc(100, GFP_KERNEL);
		objects_fill(object, 100, 1);
		kfree(object);
		again = kmalloc(100, GFP_KERNEL);
		CHECK_PTR(again, object);
		for (k = 0; k < 100 && !again[k]; k++)
			;
		CHECK_EQ(k, 100);
		kfree(again);
	}
}
EVERY_SLAB_ENGINE(objects_are_cleared_when_taken_or_given_if_the_machine_says_so)

/* Of so many objects hardly ever a tenth comes in order by chance. */
static void the_order_of_objects_is_random_if_the_machine_says_so(const struct slab_engine *engine)
{
	struct quire_machine *m = objects_machine(engine, 1, 32 * MB);
	static void *objects[1000];
	unsigned int i, in_order = 0;
	uintptr_t last = 0, object;

	m->objects.randomise = true;
	REQUIRE(test_machine_boot(m) == 0);
	for (i = 0; i < 1000; i++) {
		objects[i] = kmalloc(64, GFP_KERNEL);
		object = (uintptr_t)objects[i];
		in_order += object == last + 64 || object == last - 64;
		last = object;
	}
	CHECK(in_order < 300);
	kmem_cache_free_bulk(NULL, 1000, objects);
	objects_check();
}
EVERY_SLAB_ENGINE(the_order_of_objects_is_random_if_the_machine_says_so)

const struct tap_test tap_tests[] = {
	TEST_SLAB_ENGINES(nothing_is_reported_where_nothing_is_wrong),
	TEST_SLAB_ENGINES(who_took_an_object_and_gave_it_back_can_be_asked),
	TEST_SLAB_ENGINES(a_write_behind_the_object_is_found_when_it_is_given_back),
	TEST_SLAB_ENGINES(a_write_before_the_object_is_found_when_it_is_given_back),
	TEST_SLAB_ENGINES(a_write_to_a_free_object_is_found_when_it_is_taken),
	TEST_SLAB_ENGINES(a_write_to_the_last_byte_of_a_free_object_is_found),
	TEST_SLAB_ENGINES(a_write_to_a_free_object_is_found_when_its_slab_goes),
	TEST_SLAB_ENGINES(a_write_between_objects_is_found),
	TEST_SLAB_ENGINES(what_is_read_before_it_is_written_is_poison),
	TEST_SLAB_ENGINES(a_second_free_is_found_at_once),
	TEST_SLAB_ENGINES(what_is_no_object_of_the_cache_is_refused_at_once),
	TEST_SLAB_ENGINES(a_constructed_object_is_not_poisoned_but_has_red_zones),
	TEST_SLAB_ENGINES(every_cache_can_be_watched_from_the_boot_on),
	TEST_SLAB_ENGINES(the_caches_to_be_watched_can_be_named),
	TEST_SLAB_ENGINES(calls_are_traced_where_asked_for),
	TEST_SLAB_ENGINES(objects_are_cleared_when_taken_or_given_if_the_machine_says_so),
	TEST_SLAB_ENGINES(the_order_of_objects_is_random_if_the_machine_says_so),
	{ NULL, NULL },
};
