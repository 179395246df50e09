/* SPDX-License-Identifier: MIT */
/*
 * slab_thread_test.c - two CPUs, as threads, take and give objects of the same caches, each also what the
 * other took, while now and then one of them shrinks the cache: which empties the arrays of both. Meant
 * for ThreadSanitizer; checked is that no object has two owners, and that nothing is lost.
 */
#include <pthread.h>

#include <quire/port.h>

#include "tests/slab/objects.h"

#define CPUS 2
#define ROUNDS 20000
#define HELD 300

struct worker {
	pthread_t thread;
	struct quire *quire;
	unsigned int cpu;
	unsigned long rounds;
	u64 random;
	unsigned long clashes;
	struct kmem_cache *cache;
	void *mailbox; /* an object for the other CPU to give back */
	struct worker *other;
};

static unsigned int below(struct worker *w, unsigned int n)
{
	w->random = w->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned int)((w->random >> 33) % n);
}

static void *take(struct worker *w, unsigned long owner)
{
	unsigned long *object = below(w, 2) ? kmem_cache_alloc(w->cache, GFP_KERNEL | __GFP_NOWARN)
					    : kmalloc(8 + below(w, 400), GFP_ATOMIC | __GFP_NOWARN);

	if (object)
		*object = owner;
	return object;
}

static void give(struct worker *w, unsigned long *object, unsigned long owner)
{
	w->clashes += *object != owner;
	*object = 0;
	kfree(object);
}

static void trade(struct worker *w)
{
	void *mine = take(w, 7777), *theirs;

	theirs = __atomic_exchange_n(&w->other->mailbox, mine, __ATOMIC_ACQ_REL);
	if (theirs)
		give(w, theirs, 7777);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	void *held[HELD] = { NULL };
	unsigned long i;

	quire_select(w->quire);
	test_set_cpu(w->cpu);
	for (i = 0; i < w->rounds; i++) {
		unsigned int slot = below(w, HELD);

		if (held[slot]) {
			give(w, held[slot], w->cpu * 1000 + slot);
			held[slot] = NULL;
		} else {
			held[slot] = take(w, w->cpu * 1000 + slot);
		}
		if (i % 4 == 0)
			trade(w);
		if (i % 1024 == w->cpu)
			kmem_cache_shrink(w->cache);
	}
	for (i = 0; i < HELD; i++)
		if (held[i])
			give(w, held[i], w->cpu * 1000 + i);
	return NULL;
}

static void run_workers(struct quire_machine *m)
{
	struct worker workers[CPUS] = { 0 };
	struct kmem_cache *cache;
	unsigned int cpu;

	REQUIRE(test_machine_boot(m) == 0);
	cache = kmem_cache_create("shared", 200, 0, SLAB_NO_MERGE, NULL);
	for (cpu = 0; cpu < CPUS; cpu++)
		workers[cpu] = (struct worker){
			.quire = this_quire(), .cpu = cpu, .rounds = test_rounds(ROUNDS), .random = test_random(),
			.cache = cache, .other = &workers[!cpu],
		};
	for (cpu = 0; cpu < CPUS; cpu++)
		REQUIRE(pthread_create(&workers[cpu].thread, NULL, work, &workers[cpu]) == 0);
	for (cpu = 0; cpu < CPUS; cpu++)
		pthread_join(workers[cpu].thread, NULL);
	for (cpu = 0; cpu < CPUS; cpu++) {
		CHECK_EQ(workers[cpu].clashes, 0);
		kfree(workers[cpu].mailbox);
	}
	CHECK_EQ(objects_in_use(cache), 0);
	objects_check();
	kmem_cache_destroy(cache);
	CHECK_EQ(this_quire()->log.warnings + this_quire()->log.errors, 0);
}

static void two_cpus_share_a_cache(const struct slab_engine *engine)
{
	run_workers(objects_machine(engine, CPUS, 64 * MB));
}
EVERY_SLAB_ENGINE(two_cpus_share_a_cache)

static void two_cpus_share_a_cache_while_memory_runs_out(const struct slab_engine *engine)
{
	run_workers(objects_machine(engine, CPUS, 1 * MB));
}
EVERY_SLAB_ENGINE(two_cpus_share_a_cache_while_memory_runs_out)

static void two_cpus_of_two_nodes_share_a_cache(const struct slab_engine *engine)
{
	struct quire_machine *m = objects_machine(engine, CPUS, 32 * MB);

	test_bank(m, 64 * MB, 32 * MB, 1);
	run_workers(m);
}
EVERY_SLAB_ENGINE(two_cpus_of_two_nodes_share_a_cache)

static void two_cpus_of_two_nodes_share_a_cache_while_memory_runs_out(const struct slab_engine *engine)
{
	struct quire_machine *m = objects_machine(engine, CPUS, 1 * MB);

	test_bank(m, 64 * MB, 1 * MB, 1);
	run_workers(m);
}
EVERY_SLAB_ENGINE(two_cpus_of_two_nodes_share_a_cache_while_memory_runs_out)

static void two_cpus_share_a_watched_cache(const struct slab_engine *engine)
{
	struct quire_machine *m = objects_machine(engine, CPUS, 64 * MB);

	m->objects.debug = SLAB_DEBUG_FLAGS & ~SLAB_TRACE;
	run_workers(m);
}
EVERY_SLAB_ENGINE(two_cpus_share_a_watched_cache)

/* ---- both make and end caches ---- */

static void *make_and_end(void *arg)
{
	struct worker *w = arg;
	struct kmem_cache *cache;
	unsigned long i;
	void *object;

	quire_select(w->quire);
	test_set_cpu(w->cpu);
	for (i = 0; i < w->rounds; i++) {
		cache = kmem_cache_create(w->cpu ? "one" : "other", 100 + 8 * below(w, 3), 0,
					  below(w, 3) ? 0 : SLAB_NO_MERGE, NULL);
		if (!cache)
			continue;
		object = kmem_cache_alloc(cache, GFP_KERNEL);
		kmem_cache_free(cache, object);
		kmem_cache_destroy(cache);
	}
	return NULL;
}

static void two_cpus_make_and_end_caches(const struct slab_engine *engine)
{
	struct worker workers[CPUS] = { 0 };
	unsigned long free_before;
	unsigned int cpu;

	objects_boot(engine, CPUS, 64 * MB);
	kmem_cache_destroy(kmem_cache_create("first", 100, 0, 0, NULL));
	free_before = nr_free_pages();
	for (cpu = 0; cpu < CPUS; cpu++) {
		workers[cpu].quire = this_quire();
		workers[cpu].cpu = cpu;
		workers[cpu].rounds = test_rounds(300);
		workers[cpu].random = test_random();
		REQUIRE(pthread_create(&workers[cpu].thread, NULL, make_and_end, &workers[cpu]) == 0);
	}
	for (cpu = 0; cpu < CPUS; cpu++)
		pthread_join(workers[cpu].thread, NULL);
	objects_check();
	CHECK_EQ(this_quire()->log.warnings + this_quire()->log.errors, 0);
	CHECK(nr_free_pages() + 64 > free_before);
}
EVERY_ENGINE(two_cpus_make_and_end_caches)

/* ---- one ends a cache of which the other has given objects back ---- */

/* CPU 1, of node 1, gives back what CPU 0 hands over; then objects of another cache follow it home. */
static void *give_what_comes(void *arg)
{
	void *object, *others[32];
	struct worker *w = arg;
	unsigned int i;

	quire_select(w->quire);
	test_set_cpu(w->cpu);
	for (;;) {
		for (i = 0; i < 32; i++)
			others[i] = kmalloc_node(64, GFP_KERNEL, 0);
		while (!(object = __atomic_load_n(&w->mailbox, __ATOMIC_ACQUIRE)))
			port_cpu_relax();
		if (object != w)
			kfree(object);
		__atomic_store_n(&w->mailbox, NULL, __ATOMIC_RELEASE);
		for (i = 0; i < 32; i++)
			kfree(others[i]);
		if (object == w)
			return NULL;
	}
}

static void hand_over(struct worker *w, void *object)
{
	__atomic_store_n(&w->mailbox, object, __ATOMIC_RELEASE);
	while (__atomic_load_n(&w->mailbox, __ATOMIC_ACQUIRE))
		port_cpu_relax();
}

static void who_ends_a_cache_waits_for_what_is_on_its_way(const struct slab_engine *engine)
{
	struct quire_machine *m = objects_machine(engine, CPUS, 32 * MB);
	unsigned long i, rounds = test_rounds(1000);
	struct worker w = { .cpu = 1 };
	struct kmem_cache *cache;

	test_bank(m, 64 * MB, 32 * MB, 1);
	REQUIRE(test_machine_boot(m) == 0);
	w.quire = this_quire();
	REQUIRE(pthread_create(&w.thread, NULL, give_what_comes, &w) == 0);
	for (i = 0; i < rounds; i++) {
		cache = kmem_cache_create("passing", 200, 0, SLAB_NO_MERGE, NULL);
		REQUIRE(cache);
		hand_over(&w, kmem_cache_alloc(cache, GFP_KERNEL));
		kmem_cache_destroy(cache);
	}
	hand_over(&w, &w);
	pthread_join(w.thread, NULL);
	objects_check();
	CHECK_EQ(this_quire()->log.warnings + this_quire()->log.errors, 0);
}
EVERY_SLAB_ENGINE(who_ends_a_cache_waits_for_what_is_on_its_way)

/* ---- one ends a cache while the other empties another cache's arrays, on both CPUs ---- */

static void *empty_arrays(void *arg)
{
	struct worker *w = arg;

	quire_select(w->quire);
	test_set_cpu(w->cpu);
	while (!__atomic_load_n(&w->mailbox, __ATOMIC_ACQUIRE))
		kmem_cache_shrink(w->cache);
	return NULL;
}

/* So many that the CPU has an array for them; none is left in use. */
static void use(struct kmem_cache *cache)
{
	void *objects[40];
	unsigned int i;

	for (i = 0; i < 40; i++)
		objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
	for (i = 0; i < 40; i++)
		kmem_cache_free(cache, objects[i]);
}

static void who_ends_a_cache_waits_for_who_is_at_his_cpu(const struct slab_engine *engine)
{
	unsigned long i, rounds = test_rounds(2000);
	struct worker w = { .cpu = 1 };
	struct kmem_cache *cache;

	objects_boot(engine, CPUS, 32 * MB);
	w.quire = this_quire();
	w.cache = kmem_cache_create("emptied", 100, 0, SLAB_NO_MERGE, NULL);
	REQUIRE(w.cache && pthread_create(&w.thread, NULL, empty_arrays, &w) == 0);
	for (i = 0; i < rounds; i++) {
		cache = kmem_cache_create("ended", 200, 0, SLAB_NO_MERGE, NULL);
		REQUIRE(cache);
		use(cache);
		use(w.cache);
		kmem_cache_destroy(cache);
	}
	__atomic_store_n(&w.mailbox, &w, __ATOMIC_RELEASE);
	pthread_join(w.thread, NULL);
	kmem_cache_destroy(w.cache);
	objects_check();
	CHECK_EQ(this_quire()->log.warnings + this_quire()->log.errors, 0);
}
EVERY_SLAB_ENGINE(who_ends_a_cache_waits_for_who_is_at_his_cpu)

const struct tap_test tap_tests[] = {
	TEST_SLAB_ENGINES(two_cpus_share_a_cache),
	TEST_SLAB_ENGINES(two_cpus_share_a_cache_while_memory_runs_out),
	TEST_SLAB_ENGINES(two_cpus_of_two_nodes_share_a_cache),
	TEST_SLAB_ENGINES(two_cpus_of_two_nodes_share_a_cache_while_memory_runs_out),
	TEST_SLAB_ENGINES(two_cpus_share_a_watched_cache),
	TEST_ENGINES(two_cpus_make_and_end_caches),
	TEST_SLAB_ENGINES(who_ends_a_cache_waits_for_what_is_on_its_way),
	TEST_SLAB_ENGINES(who_ends_a_cache_waits_for_who_is_at_his_cpu),
	{ NULL, NULL },
};
