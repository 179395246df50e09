/* SPDX-License-Identifier: MIT */
/*
 * growth_test.c - a day of taking and giving back, after which the machine has as much memory as before.
 *
 * A day is 24 hours of 5,000 objects a second, of every size, on two CPUs: 432 million of them in the soak
 * (QUIRE_TEST_SCALE=100), a hundredth of it here. Each hour has the same load. At its end all is given back;
 * then no object may be in use but those that the layer itself needs, which are as many as the hours before; and with
 * caches shrunk no page may be missing, but that each of these may be the last one in its slab. What the load
 * needs at the most, hour by hour, shows whether memory falls to pieces.
 */
#include <stdio.h>

#include "mm/slab/internal.h"
#include "tests/slab/objects.h"

#define HOURS 24
#define OBJECTS_AN_HOUR (3600UL * 5000 / 100)
#define LIVE 6000
#define NR_CACHES 4

struct load {
	void *object[LIVE];
	u8 of[LIVE]; /* which of the caches; NR_CACHES: kmalloc's */
	struct kmem_cache *cache[NR_CACHES];
	unsigned long most_pages; /* in slabs or the heap, or as pieces of pages, at any time of the hour */
	unsigned long at_rest;	  /* pages that are free when nothing is in use, */
	unsigned long own;	  /* but so many objects of the layer's own */
};

static struct load load;

static void set_up(void *object)
{
	*(u64 *)object = 0;
}

static void make_caches(void)
{
	load.cache[0] = kmem_cache_create("inode", 600, 0, SLAB_NO_MERGE | SLAB_RECLAIM_ACCOUNT, set_up);
	load.cache[1] = kmem_cache_create("dentry", 192, 0, SLAB_NO_MERGE | SLAB_HWCACHE_ALIGN, NULL);
	load.cache[2] = kmem_cache_create("task", 4000, 64, SLAB_NO_MERGE, NULL);
	load.cache[3] = kmem_cache_create("sock", 40, 0, SLAB_NO_MERGE, NULL);
	REQUIRE(load.cache[0] && load.cache[1] && load.cache[2] && load.cache[3]);
}

/* Small ones are many, and one in a thousand is a block of pages. */
static size_t random_size(void)
{
	u64 r = test_random();
	unsigned int shift = 3 + (unsigned int)(r % 1000 == 0 ? 11 : __builtin_ctz((u32)(r >> 32) | 256));

	return 1 + (size_t)((r >> 12) & ((1u << shift) - 1));
}

static void take(unsigned int slot)
{
	unsigned int which = (unsigned int)test_random_below(2 * NR_CACHES);

	load.of[slot] = (u8)(which < NR_CACHES ? which : NR_CACHES);
	load.object[slot] = which < NR_CACHES ? kmem_cache_alloc(load.cache[which], GFP_KERNEL)
					      : kmalloc(random_size(), GFP_KERNEL);
	REQUIRE(load.object[slot]);
}

static void give(unsigned int slot)
{
	if (load.object[slot] && load.of[slot] < NR_CACHES)
		kmem_cache_free(load.cache[load.of[slot]], load.object[slot]);
	else
		kfree(load.object[slot]);
	load.object[slot] = NULL;
}

static unsigned long pages_in_use(void)
{
	return load.at_rest - nr_free_pages();
}

/* An hour: as many are taken as are given back, and their number goes up and down. */
static void work(unsigned long objects)
{
	unsigned long taken = 0, i;
	unsigned int slot;

	load.most_pages = 0;
	for (i = 0; taken < objects; i++) {
		/* Every so often only the first quarter of the slots is used, then all of them. */
		slot = (unsigned int)test_random_below(i / 50000 % 2 ? LIVE / 4 : LIVE);
		if (load.object[slot]) {
			give(slot);
		} else {
			take(slot);
			taken++;
		}
		if (i % 64 == 0)
			test_set_cpu((unsigned int)(i / 64 % 2));
		if (i % 256 == 0)
			load.most_pages = max_of(load.most_pages, pages_in_use());
	}
}

/* Evening: nothing is in use, and nobody keeps anything. How many objects are the layer's own. */
static unsigned long rest(void)
{
	struct kmem_cache *cache;
	unsigned int slot, pass;
	unsigned long own = 0;

	for (slot = 0; slot < LIVE; slot++)
		give(slot);
	/* Twice: the arrays that caches give back are objects, too. */
	for (pass = 0; pass < 2; pass++)
		for (cache = kmem_cache_next(NULL); cache; cache = kmem_cache_next(cache))
			kmem_cache_shrink(cache);
	drain_all_pages(NULL);
	for (cache = kmem_cache_next(NULL); cache; cache = kmem_cache_next(cache))
		own += objects_in_use(cache);
	return own;
}

static void a_day_leaves_as_much_memory_as_there_was(const struct slab_engine *engine)
{
	unsigned long objects = test_rounds(OBJECTS_AN_HOUR), morning = 0, evening = 0, own;
	unsigned int hour, i;

	load = (struct load){ 0 };
	objects_boot(engine, 2, 32 * MB);
	make_caches();
	load.at_rest = nr_free_pages();
	for (hour = 0; hour < HOURS; hour++) {
		work(objects);
		if (hour < HOURS / 3)
			morning += load.most_pages;
		if (hour >= HOURS - HOURS / 3)
			evening += load.most_pages;
		own = rest();
		for (i = 0; i < NR_CACHES; i++)
			CHECK_EQ(objects_in_use(load.cache[i]), 0);
		/* Nodes get their structures when they first need them: all of them until noon. */
		if (hour < HOURS / 2) {
			load.at_rest = nr_free_pages();
			load.own = own;
		}
		CHECK_EQ(own, load.own);
		CHECK(nr_free_pages() + own >= load.at_rest);
	}
	printf("# at the most %lu pages in use in the morning, %lu in the evening\n", morning / (HOURS / 3),
	       evening / (HOURS / 3));
	CHECK(evening <= morning + morning / 16);
	objects_check();
	CHECK_EQ(this_quire()->log.warnings, 0);
}
EVERY_ENGINE(a_day_leaves_as_much_memory_as_there_was)

const struct tap_test tap_tests[] = {
	TEST_ENGINES(a_day_leaves_as_much_memory_as_there_was),
	{ NULL, NULL },
};
