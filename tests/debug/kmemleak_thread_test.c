/* SPDX-License-Identifier: MIT */
/*
 * kmemleak_thread_test.c - two CPUs take, link and give back memory of several kinds, and lose some, while
 * a third scans without end. What is given back is unmapped at once or is somebody else's, so a scan
 * that reads it crashes or, in ThreadSanitizer and AddressSanitizer, does not go unnoticed.
 */
#include <pthread.h>
#include <string.h>

#include <quire/percpu.h>
#include <quire/vmalloc.h>

#include "tests/debug/kmemleak_support.h"

#define CPUS 2
#define HELD (LEAK_ROOTS / CPUS)
#define LOST 5

struct worker {
	pthread_t thread;
	struct quire *quire;
	unsigned int cpu;
	unsigned long rounds;
	u64 random;
	void **held; /* its part of the roots; slot i holds memory of kind i % 4 */
	void *lost[LOST];
};

static bool is_over;

static u64 next_random(struct worker *w)
{
	w->random = w->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return w->random >> 33;
}

static void *take(unsigned int kind)
{
	void *p;

	switch (kind) {
	case 0:
		return vzalloc(2 * PAGE_SIZE);
	case 1:
		return __alloc_percpu(64, 8);
	default:
		p = (void *)get_zeroed_page(GFP_KERNEL);
		kmemleak_alloc(p, kind == 2 ? 1000 : PAGE_SIZE, 1, GFP_KERNEL);
		return p;
	}
}

static void give(unsigned int kind, void *p)
{
	switch (kind) {
	case 0:
		vfree(p);
		break;
	case 1:
		free_percpu(p);
		break;
	default:
		kmemleak_free(p);
		memset(p, 0xff, PAGE_SIZE);
		free_page((unsigned long)(uintptr_t)p);
		break;
	}
}

/* Its pointer is in another object instead of the root, for a while. That one is never lost. */
static void hide_and_fetch(struct worker *w, unsigned int slot)
{
	void **box = w->held[2];

	if (slot == 2 || !box || !w->held[slot])
		return;
	box[slot] = w->held[slot];
	w->held[slot] = NULL;
	kmemleak_not_leak(box);
	w->held[slot] = box[slot];
	box[slot] = NULL;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned long round, nr_lost = 0;

	quire_select(w->quire);
	test_set_cpu(w->cpu);
	for (round = 0; round < w->rounds; round++) {
		unsigned int slot = (unsigned int)next_random(w) % HELD;

		if (!w->held[slot]) {
			w->held[slot] = take(slot % 4);
		} else if (nr_lost < LOST && slot % 4 != 1 && slot != 2 && round > w->rounds / 2) {
			w->lost[nr_lost++] = w->held[slot];
			w->held[slot] = NULL;
		} else if (next_random(w) % 2) {
			give(slot % 4, w->held[slot]);
			w->held[slot] = NULL;
		} else {
			hide_and_fetch(w, slot);
		}
	}
	return NULL;
}

static void *scan(void *arg)
{
	struct worker *w = arg;
	struct kmemleak_info info;

	quire_select(w->quire);
	test_set_cpu(w->cpu);
	while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED)) {
		unsigned int kind = 0;
		uintptr_t cursor = 0;

		kmemleak_scan_step(next_random(w) % 20000);
		while (kmemleak_next_leak(&kind, &cursor, &info))
			w->rounds++;
		if (next_random(w) % 64 == 0)
			kmemleak_write("scan");
	}
	return NULL;
}

static void run(unsigned int scanners)
{
	struct worker workers[CPUS + 2] = { 0 };
	unsigned int i, k;

	__atomic_store_n(&is_over, false, __ATOMIC_RELAXED);
	for (i = 0; i < CPUS + scanners; i++) {
		workers[i].quire = this_quire();
		workers[i].cpu = i;
		workers[i].random = test_random();
		workers[i].rounds = i < CPUS ? test_rounds(10000) : 0;
		workers[i].held = leak_roots + (i < CPUS ? i : 0) * HELD;
		REQUIRE(pthread_create(&workers[i].thread, NULL, i < CPUS ? work : scan, &workers[i]) == 0);
	}
	for (i = 0; i < CPUS + scanners; i++) {
		if (i == CPUS)
			__atomic_store_n(&is_over, true, __ATOMIC_RELAXED);
		pthread_join(workers[i].thread, NULL);
	}
	scan_times(2);
	for (i = 0; i < CPUS; i++)
		for (k = 0; k < LOST; k++)
			CHECK(!workers[i].lost[k] || is_leak(workers[i].lost[k]));
	for (i = 0, k = 0; i < CPUS * LOST; i++)
		k += workers[i / LOST].lost[i % LOST] != NULL;
	CHECK_EQ(nr_leaks(), k);
	CHECK(k > 0);
	CHECK_EQ(this_quire()->log.warnings, 0);
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_EQ(vmalloc_validate(), 0);
}

static void boot(void)
{
	struct quire_machine *m = leak_machine();

	m->nr_cpus = CPUS + 2;
	test_machine_kvirt(m, "x86_64");
	REQUIRE(!test_machine_boot(m));
}

static void memory_comes_and_goes_while_a_cpu_scans(void)
{
	boot();
	run(1);
}

static void two_cpus_scan_and_one_goes_on_where_the_other_was(void)
{
	boot();
	run(2);
}

static void *turn_off(void *arg)
{
	struct worker *w = arg;

	quire_select(w->quire);
	test_set_cpu(w->cpu);
	while (kmemleak_scan_step(20000))
		;
	CHECK_EQ(kmemleak_write("off"), 0);
	while (!kmemleak_scan_step(1))
		;
	CHECK_EQ(kmemleak_write("clear"), 0);
	return NULL;
}

static void it_may_be_turned_off_while_memory_comes_and_goes(void)
{
	struct worker workers[CPUS + 1] = { 0 };
	unsigned int i;

	boot();
	for (i = 0; i <= CPUS; i++) {
		workers[i].quire = this_quire();
		workers[i].cpu = i;
		workers[i].random = test_random();
		workers[i].rounds = test_rounds(10000);
		workers[i].held = leak_roots + (i < CPUS ? i : 0) * HELD;
		REQUIRE(pthread_create(&workers[i].thread, NULL, i < CPUS ? work : turn_off, &workers[i]) == 0);
	}
	for (i = 0; i <= CPUS; i++)
		pthread_join(workers[i].thread, NULL);
	CHECK(!kmemleak_is_on());
	CHECK_EQ(kmemleak_write("clear"), 0);
	CHECK_EQ(this_quire()->leak.nr_objects, 0);
	CHECK_EQ(this_quire()->leak.nr_slots, 0);
	CHECK_EQ(kmemleak_validate(), 0);
	CHECK_EQ(this_quire()->log.warnings, 0);
}

const struct tap_test tap_tests[] = {
	TEST(memory_comes_and_goes_while_a_cpu_scans),
	TEST(two_cpus_scan_and_one_goes_on_where_the_other_was),
	TEST(it_may_be_turned_off_while_memory_comes_and_goes),
	{ NULL, NULL },
};
