/* SPDX-License-Identifier: MIT */
/*
 * look_thread_test.c - one CPU, a thread, makes caches and ends them, registers shrinkers and ends them; another
 * walks over all of them. What is walked over may not go away: meant for ThreadSanitizer and
 * AddressSanitizer, which see it if it does.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <quire/proc.h>
#include <quire/shrinker.h>

#include "tests/slab/objects.h"

#define CACHES 4

struct maker {
	pthread_t thread;
	struct quire *quire;
	unsigned long rounds, failures;
	bool is_done;
};

static unsigned long count_some(struct shrinker *shrinker, struct shrink_control *sc)
{
	(void)shrinker, (void)sc;
	return 300;
}

static unsigned long scan_some(struct shrinker *shrinker, struct shrink_control *sc)
{
	(void)shrinker;
	return sc->nr_to_scan;
}

static void make_and_end(struct maker *m, unsigned int i)
{
	struct kmem_cache *caches[CACHES];
	char name[16];
	void *object;

	for (i = 0; i < CACHES; i++) {
		snprintf(name, sizeof(name), "cache%u", i);
		caches[i] = kmem_cache_create(name, 64 + 64 * i, 0, SLAB_NO_MERGE, NULL);
		object = caches[i] ? kmem_cache_alloc(caches[i], GFP_KERNEL) : NULL;
		m->failures += !object;
		if (object)
			kmem_cache_free(caches[i], object);
	}
	for (i = 0; i < CACHES; i++)
		kmem_cache_destroy(caches[i]);
}

static void *make_and_end_all(void *arg)
{
	struct shrinker shrinker = { .count_objects = count_some, .scan_objects = scan_some, .seeks = 2 };
	struct maker *m = arg;
	unsigned long i;

	quire_select(m->quire);
	test_set_cpu(1);
	for (i = 0; i < m->rounds; i++) {
		m->failures += register_shrinker(&shrinker, "some") != 0;
		make_and_end(m, (unsigned int)i);
		unregister_shrinker(&shrinker);
	}
	__atomic_store_n(&m->is_done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void count_bytes(void *ctx, const char *text, size_t len)
{
	(void)text;
	*(size_t *)ctx += len;
}

static void what_a_report_looks_at_stays_while_it_looks(void)
{
	struct maker maker = { 0 };
	struct slabinfo info;
	unsigned long walks = 0;

	objects_boot(&quire_slub, 2, 32 * MB);
	maker = (struct maker){ .quire = this_quire(), .rounds = test_rounds(2000) };
	REQUIRE(pthread_create(&maker.thread, NULL, make_and_end_all, &maker) == 0);
	for (; !__atomic_load_n(&maker.is_done, __ATOMIC_ACQUIRE); walks++) {
		struct kmem_cache *cache = NULL;
		size_t bytes = 0;
		struct seq_file m = { count_bytes, &bytes };

		while ((cache = kmem_cache_next(cache)) != NULL) {
			get_slabinfo(cache, &info);
			CHECK(info.active_objs <= info.num_objs);
			count_bytes(m.ctx, cache->name, strlen(cache->name));
		}
		shrink_slab(GFP_KERNEL, 0, 0);
		if (walks % 16 == 0)
			kmem_cache_shrink_all();
		CHECK(bytes > 100);
	}
	pthread_join(maker.thread, NULL);
	CHECK_EQ(maker.failures, 0);
	CHECK_EQ(this_quire()->log.warnings, 0);
	tap_note("%lu walks", walks);
	objects_check();
}

const struct tap_test tap_tests[] = {
	TEST(what_a_report_looks_at_stays_while_it_looks),
	{ NULL, NULL },
};
