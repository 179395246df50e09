/* SPDX-License-Identifier: MIT */
/*
 * cpu_hand_test.c - the object that a CPU has in hand, of whichever cache: who gets it, who waits for it to be
 * put away, and that it is not forgotten.
 */
#include "mm/slab/cpu_array.h"
#include "mm/slab/watch.h"
#include "tests/slab/objects.h"

#define NR 4000

static void *objects[NR];
static struct kmem_cache *one, *other;

/* Two caches with arrays for the CPU. */
static void make_caches(const struct slab_engine *engine)
{
	unsigned int i;

	objects_boot(engine, 2, 32 * MB);
	one = kmem_cache_create("one", 64, 0, SLAB_NO_MERGE, NULL);
	other = kmem_cache_create("other", 96, 0, SLAB_NO_MERGE, NULL);
	REQUIRE(one && other);
	for (i = 0; i < 20; i++)
		objects[i] = kmem_cache_alloc(i % 2 ? one : other, GFP_KERNEL);
	for (i = 0; i < 20; i++)
		kmem_cache_free(i % 2 ? one : other, objects[i]);
}

static struct kmem_cache_cpu *first_of(unsigned int cpu)
{
	return slab_cpu(slab_no_cpus(), cpu);
}

/* Error checkers and debugging want to see each object: then CPUs have nothing in hand. */
static bool hands_are_used(void)
{
	return !(slab_watchers() & SLAB_WATCH_GIVE);
}

static void what_was_given_back_last_is_taken_first_of_either_cache(const struct slab_engine *engine)
{
	void *a, *b;

	make_caches(engine);
	a = kmem_cache_alloc(one, GFP_KERNEL);
	b = kmem_cache_alloc(other, GFP_KERNEL);
	kmem_cache_free(one, a);
	kmem_cache_free(other, b);
	if (hands_are_used())
		CHECK(slab_is_in_hand(other, 0) && first_of(0)->hand == b);
	CHECK_PTR(kmem_cache_alloc(one, GFP_KERNEL), a);
	CHECK_PTR(kmem_cache_alloc(other, GFP_KERNEL), b);
	kmem_cache_free(other, b);
	kmem_cache_free(one, a);
	objects_check();
}
EVERY_SLAB_ENGINE(what_was_given_back_last_is_taken_first_of_either_cache)

static void no_object_is_handed_out_twice_whichever_way_it_came(const struct slab_engine *engine)
{
	unsigned int i, k;

	make_caches(engine);
	for (i = 0; i < NR; i++) {
		objects[i] = kmem_cache_alloc(i % 3 ? one : other, GFP_KERNEL);
		REQUIRE(objects[i]);
		objects_fill(objects[i], 64, i);
		/* Some of them come back between. */
		if (i % 5 == 4) {
			k = i - 3;
			CHECK(objects_are_filled(objects[k], 64, k));
			kmem_cache_free(k % 3 ? one : other, objects[k]);
			objects[k] = kmem_cache_alloc(k % 3 ? one : other, GFP_KERNEL);
			objects_fill(objects[k], 64, k);
		}
	}
	for (i = 0; i < NR; i++) {
		CHECK(objects_are_filled(objects[i], 64, i));
		kmem_cache_free(i % 3 ? one : other, objects[i]);
	}
	CHECK_EQ(objects_in_use(one), 0);
	CHECK_EQ(objects_in_use(other), 0);
	objects_check();
}
EVERY_SLAB_ENGINE(no_object_is_handed_out_twice_whichever_way_it_came)

/* Its array is full, and nobody takes of it: others shall not go the long way for ever. */
static void an_object_whose_array_is_full_does_not_keep_the_hand(const struct slab_engine *engine)
{
	struct kmem_cache_cpu *cpu;
	void *object;
	unsigned int i;

	make_caches(engine);
	if (!hands_are_used())
		return;
	cpu = cpu_entry_at(first_of(0), slab_entry_at(one));
	object = kmem_cache_alloc(other, GFP_KERNEL);
	for (i = 0; i < NR; i++)
		objects[i] = kmem_cache_alloc(one, GFP_KERNEL);
	for (i = 0; i < NR && !(cpu->count == cpu->capacity && slab_is_in_hand(one, 0)); i++)
		kmem_cache_free(one, objects[i]);
	REQUIRE(i < NR);
	kmem_cache_free(other, object);
	object = kmem_cache_alloc(other, GFP_KERNEL);
	kmem_cache_free(other, object);
	CHECK(slab_is_in_hand(other, 0));
	CHECK_PTR(first_of(0)->hand, object);
	for (; i < NR; i++)
		kmem_cache_free(one, objects[i]);
	CHECK_EQ(objects_in_use(one), 0);
	CHECK_EQ(this_quire()->log.warnings, 0);
	objects_check();
}
EVERY_SLAB_ENGINE(an_object_whose_array_is_full_does_not_keep_the_hand)

/*
 * Given back to the wrong cache, or no object at all, it goes on with that cache's all the same: its slabs refuse it, and
 * nothing else of either cache is touched.
 */
static void what_is_in_hand_by_mistake_goes_where_it_was_given(const struct slab_engine *engine)
{
	static void *const nothing[4];
	struct kmem_cache_cpu *cpu;
	void *object, *wrong;
	unsigned int i, k;

	make_caches(engine);
	if (!hands_are_used())
		return;
	cpu = cpu_entry_at(first_of(0), slab_entry_at(one));
	for (k = 0; k < 2; k++) {
		object = kmem_cache_alloc(other, GFP_KERNEL);
		wrong = k ? (void *)(uintptr_t)&nothing[1] : kmem_cache_alloc(other, GFP_KERNEL);
		for (i = 0; i < NR; i++)
			objects[i] = kmem_cache_alloc(one, GFP_KERNEL);
		for (i = 0; i < NR && !(cpu->count + 1 == cpu->capacity && slab_is_in_hand(one, 0)); i++)
			kmem_cache_free(one, objects[i]);
		REQUIRE(i < NR);
		kmem_cache_free(one, wrong);
		REQUIRE(first_of(0)->hand == wrong && cpu->count == cpu->capacity);
		kmem_cache_free(other, object);
		CHECK(!slab_is_in_hand(one, 0));
		for (; i < NR; i++)
			kmem_cache_free(one, objects[i]);
		kmem_cache_shrink(one);
		kmem_cache_shrink(other);
		CHECK_EQ(this_quire()->log.warnings, k + 1);
		CHECK_EQ(objects_in_use(one), 0);
		CHECK_EQ(objects_in_use(other), !k);
		objects_check();
		if (!k)
			kmem_cache_free(other, wrong);
	}
}
EVERY_SLAB_ENGINE(what_is_in_hand_by_mistake_goes_where_it_was_given)

/* Nor does one of a cache that the CPU has no array for. */
static void an_object_without_an_array_does_not_keep_the_hand(const struct slab_engine *engine)
{
	void *object;
	unsigned int i;

	make_caches(engine);
	test_set_cpu(1);
	for (i = 0; i < NR; i++) {
		object = kmem_cache_alloc(i % 2 ? one : other, GFP_KERNEL);
		kmem_cache_free(i % 2 ? one : other, object);
	}
	if (hands_are_used())
		CHECK(slab_is_in_hand(one, 1));
	CHECK_EQ(objects_in_use(one), 0);
	CHECK_EQ(objects_in_use(other), 0);
	objects_check();
}
EVERY_SLAB_ENGINE(an_object_without_an_array_does_not_keep_the_hand)

static void shrinking_a_cache_empties_the_hands_that_hold_one_of_it(const struct slab_engine *engine)
{
	void *a, *b;

	make_caches(engine);
	a = kmem_cache_alloc(one, GFP_KERNEL);
	b = kmem_cache_alloc(other, GFP_KERNEL);
	kmem_cache_free(one, a);
	test_set_cpu(1);
	kmem_cache_free(other, b);
	CHECK_EQ(kmem_cache_shrink(one), 0);
	CHECK(!slab_is_in_hand(one, 0));
	CHECK_EQ(slab_is_in_hand(other, 1), hands_are_used());
	CHECK_EQ(kmem_cache_shrink(other), 0);
	CHECK(!slab_is_in_hand(other, 1));
	objects_check();
	kmem_cache_destroy(one);
	kmem_cache_destroy(other);
	CHECK_EQ(this_quire()->log.warnings, 0);
}
EVERY_SLAB_ENGINE(shrinking_a_cache_empties_the_hands_that_hold_one_of_it)

static void whoever_looks_sees_that_it_is_free(const struct slab_engine *engine)
{
	struct slab_place place;
	void *object;

	make_caches(engine);
	object = kmem_cache_alloc(one, GFP_KERNEL);
	REQUIRE(slab_find(object, &place));
	CHECK(!place.is_cached && !place.is_free);
	kmem_cache_free(one, object);
	REQUIRE(slab_find(object, &place));
	CHECK(place.is_cached || place.is_free);
	CHECK_EQ(objects_in_use(one), 0);
}
EVERY_SLAB_ENGINE(whoever_looks_sees_that_it_is_free)

static void a_second_free_of_what_is_in_hand_is_refused_at_once(const struct slab_engine *engine)
{
	void *object;

	make_caches(engine);
	object = kmem_cache_alloc(one, GFP_KERNEL);
	kmem_cache_free(one, object);
	kmem_cache_free(one, object);
	CHECK_EQ(this_quire()->log.warnings, 1);
	CHECK(log_contains("it is free already"));
	/* By the other call, and as if it were another cache's. */
	kfree(object);
	kmem_cache_free(other, object);
	CHECK_EQ(this_quire()->log.warnings, 3);
	objects_check();
}
EVERY_SLAB_ENGINE(a_second_free_of_what_is_in_hand_is_refused_at_once)

static void giving_back_nothing_gives_nothing_out(const struct slab_engine *engine)
{
	make_caches(engine);
	kmem_cache_free(one, kmem_cache_alloc(one, GFP_KERNEL));
	CHECK(kmem_cache_alloc(one, GFP_KERNEL));
	kmem_cache_free(one, NULL);
	kfree(NULL);
	CHECK(kmem_cache_alloc(one, GFP_KERNEL));
	CHECK_EQ(this_quire()->log.warnings, 0);
}
EVERY_SLAB_ENGINE(giving_back_nothing_gives_nothing_out)

static void the_validator_finds_a_hand_with_an_object_of_another_cache(void)
{
	uintptr_t before;

	make_caches(&quire_slub);
	if (!hands_are_used())
		return;
	kmem_cache_free(one, kmem_cache_alloc(one, GFP_KERNEL));
	REQUIRE(slab_is_in_hand(one, 0));
	before = first_of(0)->hand_at;
	first_of(0)->hand_at = slab_entry_at(other);
	CHECK(kmem_cache_validate());
	first_of(0)->hand_at = before;
	CHECK(!kmem_cache_validate());
}

const struct tap_test tap_tests[] = {
	TEST_SLAB_ENGINES(what_was_given_back_last_is_taken_first_of_either_cache),
	TEST_SLAB_ENGINES(no_object_is_handed_out_twice_whichever_way_it_came),
	TEST_SLAB_ENGINES(an_object_whose_array_is_full_does_not_keep_the_hand),
	TEST_SLAB_ENGINES(what_is_in_hand_by_mistake_goes_where_it_was_given),
	TEST_SLAB_ENGINES(an_object_without_an_array_does_not_keep_the_hand),
	TEST_SLAB_ENGINES(shrinking_a_cache_empties_the_hands_that_hold_one_of_it),
	TEST_SLAB_ENGINES(whoever_looks_sees_that_it_is_free),
	TEST_SLAB_ENGINES(a_second_free_of_what_is_in_hand_is_refused_at_once),
	TEST_SLAB_ENGINES(giving_back_nothing_gives_nothing_out),
	TEST(the_validator_finds_a_hand_with_an_object_of_another_cache),
	{ NULL, NULL },
};
