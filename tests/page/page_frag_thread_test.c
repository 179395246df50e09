/* SPDX-License-Identifier: MIT */
/*
 * page_frag_thread_test.c - two CPUs, as threads, each cut fragments from a cache of their
 * own and free those of the other. Meant for ThreadSanitizer; what is checked here is that
 * no fragment is handed out while it is in use, and that every block comes back.
 */
#include <pthread.h>

#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define CPUS 2
#define SLOTS 32
#define MB ((phys_addr_t)1 << 20)

struct frag_worker {
	pthread_t thread;
	struct quire *quire;
	unsigned int cpu;
	unsigned long rounds, clashes, random;
};

/* Fragments on their way from whoever cut them to whoever frees them. */
static unsigned long *slots[SLOTS];

static void *cut_and_free(void *arg)
{
	struct frag_worker *w = arg;
	struct page_frag_cache nc = { 0 };
	unsigned long i;

	quire_select(w->quire);
	test_set_cpu(w->cpu);
	for (i = 0; i < w->rounds; i++) {
		unsigned int words, slot;
		unsigned long *p;

		w->random = w->random * 1103515245 + 12345;
		words = 2 + w->random / 65536 % 200;
		slot = (unsigned int)(w->random / 1024 % SLOTS);
		p = page_frag_alloc_align(&nc, words * (unsigned int)sizeof(long), GFP_KERNEL,
					  sizeof(long));
		if (p) {
			p[0] = words;
			p[words - 1] = ~(unsigned long)(uintptr_t)p;
		}
		p = __atomic_exchange_n(&slots[slot], p, __ATOMIC_ACQ_REL);
		if (!p)
			continue;
		w->clashes += p[p[0] - 1] != ~(unsigned long)(uintptr_t)p;
		p[p[0] - 1] = 0;
		page_frag_free(p);
	}
	page_frag_cache_drain(&nc);
	return NULL;
}

static void fragments_may_be_freed_by_another_cpu(void)
{
	struct quire_machine *m = test_machine_new();
	struct frag_worker workers[CPUS] = { 0 };
	unsigned long before;
	unsigned int i;

	test_bank(m, 16 * MB, 16 * MB, 0);
	m->nr_cpus = CPUS;
	REQUIRE(test_machine_boot(m) == 0);
	before = nr_free_pages();
	for (i = 0; i < CPUS; i++) {
		workers[i] = (struct frag_worker){ .quire = this_quire(),
						   .cpu = i,
						   .random = i + 1,
						   .rounds = test_rounds(50000) };
		REQUIRE(pthread_create(&workers[i].thread, NULL, cut_and_free, &workers[i]) == 0);
	}
	for (i = 0; i < CPUS; i++) {
		pthread_join(workers[i].thread, NULL);
		CHECK_EQ(workers[i].clashes, 0);
	}
	for (i = 0; i < SLOTS; i++) {
		page_frag_free(slots[i]);
		slots[i] = NULL;
	}
	CHECK_EQ(this_quire()->log.warnings, 0);
	CHECK_EQ(nr_free_pages(), before);
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(fragments_may_be_freed_by_another_cpu),
	{ NULL, NULL },
};
