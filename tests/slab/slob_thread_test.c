/* SPDX-License-Identifier: MIT */
/*
 * slob_thread_test.c - two CPUs, as threads, take and give objects of one heap, each also what the other
 * took. Meant for ThreadSanitizer; checked is that no object has two owners, and that nothing is lost.
 */
#include <pthread.h>

#include "tests/slab/objects.h"

#define CPUS 2
#define ROUNDS 10000
#define HELD 100

struct worker {
	pthread_t thread;
	struct quire *quire;
	unsigned int cpu;
	u64 random;
	unsigned long clashes, refused;
	struct kmem_cache *cache;
	unsigned long *mailbox; /* an object of the cache for the other CPU to give back */
	struct worker *other;
};

static unsigned int below(struct worker *w, unsigned int n)
{
	w->random = w->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned int)((w->random >> 33) % n);
}

static void *mark(struct worker *w, unsigned long *object, unsigned long owner)
{
	if (object)
		*object = owner;
	else
		w->refused++;
	return object;
}

static void check(struct worker *w, unsigned long *object, unsigned long owner)
{
	w->clashes += *object != owner;
	*object = 0;
}

static void trade(struct worker *w)
{
	unsigned long *object = mark(w, kmem_cache_alloc(w->cache, GFP_ATOMIC | __GFP_NOWARN), 7777);

	object = __atomic_exchange_n(&w->other->mailbox, object, __ATOMIC_ACQ_REL);
	if (!object)
		return;
	check(w, object, 7777);
	kmem_cache_free(w->cache, object);
}

/* Even slots hold objects, odd ones pieces. */
static void turn(struct worker *w, void **slot, unsigned long owner)
{
	bool is_piece = owner % 2;

	if (!*slot) {
		*slot = mark(w, is_piece ? kmalloc(8 + below(w, 1500), GFP_ATOMIC | __GFP_NOWARN)
				      : kmem_cache_alloc(w->cache, GFP_KERNEL | __GFP_NOWARN), owner);
		return;
	}
	check(w, *slot, owner);
	if (is_piece)
		kfree(*slot);
	else
		kmem_cache_free(w->cache, *slot);
	*slot = NULL;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	void *held[HELD] = { NULL };
	unsigned int i, slot;

	quire_select(w->quire);
	test_set_cpu(w->cpu);
	for (i = 0; i < ROUNDS; i++) {
		slot = below(w, HELD);
		turn(w, &held[slot], w->cpu * 1000 + slot);
		if (i % 4 == 0)
			trade(w);
	}
	for (slot = 0; slot < HELD; slot++)
		if (held[slot])
			turn(w, &held[slot], w->cpu * 1000 + slot);
	return NULL;
}

/* All pages. */
static void use_up(void)
{
	while (alloc_page(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN))
		;
}

/* How many requests were refused; with ample memory, or with hardly any. */
static unsigned long run_workers(struct quire_machine *m, bool is_scarce)
{
	struct worker workers[CPUS] = { { .cpu = 0 }, { .cpu = 1 } };
	struct kmem_cache *cache;
	unsigned long free_before;
	unsigned int i;

	REQUIRE(test_machine_boot(m) == 0);
	cache = kmem_cache_create("shared", 104, 0, SLAB_NO_MERGE, NULL);
	REQUIRE(cache);
	if (is_scarce)
		use_up();
	free_before = nr_free_pages();
	for (i = 0; i < CPUS; i++) {
		workers[i].quire = this_quire();
		workers[i].random = test_random();
		workers[i].cache = cache;
		workers[i].other = &workers[1 - i];
	}
	for (i = 0; i < CPUS; i++)
		REQUIRE(!pthread_create(&workers[i].thread, NULL, work, &workers[i]));
	for (i = 0; i < CPUS; i++)
		pthread_join(workers[i].thread, NULL);
	for (i = 0; i < CPUS; i++) {
		CHECK_EQ(workers[i].clashes, 0);
		if (workers[i].mailbox)
			kmem_cache_free(cache, workers[i].mailbox);
	}
	CHECK_EQ(objects_in_use(cache), 0);
	CHECK_EQ(this_quire()->log.warnings, 0);
	objects_check();
	CHECK_EQ(nr_free_pages(), free_before);
	return workers[0].refused + workers[1].refused;
}

static void two_cpus_share_one_heap(void)
{
	CHECK_EQ(run_workers(objects_machine(&quire_slob, CPUS, 32 * MB), false), 0);
}

static void two_cpus_share_one_heap_while_memory_runs_out(void)
{
	CHECK(run_workers(objects_machine(&quire_slob, CPUS, 1 * MB), true) > 0);
}

static void two_cpus_of_two_nodes_share_one_heap(void)
{
	struct quire_machine *m = objects_machine(&quire_slob, CPUS, 16 * MB);

	test_bank(m, 48 * MB, 16 * MB, 1);
	CHECK_EQ(run_workers(m, false), 0);
}

const struct tap_test tap_tests[] = {
	TEST(two_cpus_share_one_heap),
	TEST(two_cpus_share_one_heap_while_memory_runs_out),
	TEST(two_cpus_of_two_nodes_share_one_heap),
	{ NULL, NULL },
};
