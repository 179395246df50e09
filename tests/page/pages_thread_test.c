/* SPDX-License-Identifier: MIT */
/*
 * pages_thread_test.c - two CPUs, as threads, take and free pages of the same zones, and
 * one frees what the other took. Meant for ThreadSanitizer; what is checked here is that
 * nobody gets a page that another holds, and that nothing is lost.
 */
#include <pthread.h>

#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define CPUS 2
#define ROUNDS 20000
#define HELD 64
#define MB ((phys_addr_t)1 << 20)

struct worker {
	pthread_t thread;
	struct quire *quire;
	unsigned int cpu;
	u64 random;
	unsigned long clashes;
	struct page *mailbox; /* a page for the other CPU to free */
	struct worker *other;
};

static u64 next_random(struct worker *w)
{
	w->random = w->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return w->random >> 33;
}

/* Writes the owner's number into the block; false if somebody else's is there. */
static void stamp(struct page *page, unsigned long owner)
{
	*(unsigned long *)page_address(page) = owner;
}

static void free_stamped(struct worker *w, struct page *page, unsigned int order, unsigned long owner)
{
	w->clashes += *(unsigned long *)page_address(page) != owner;
	__free_pages(page, order);
}

static void exchange_page(struct worker *w)
{
	struct page *mine = alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0), *theirs;

	if (mine)
		stamp(mine, 7777);
	theirs = __atomic_exchange_n(&w->other->mailbox, mine, __ATOMIC_ACQ_REL);
	if (theirs)
		free_stamped(w, theirs, 0, 7777);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct page *held[HELD] = { NULL };
	unsigned int orders[HELD];
	int i;

	quire_select(w->quire);
	test_set_cpu(w->cpu);
	for (i = 0; i < ROUNDS; i++) {
		unsigned int slot = (unsigned int)(next_random(w) % HELD);

		if (held[slot]) {
			free_stamped(w, held[slot], orders[slot], (unsigned long)(w->cpu * 1000 + slot));
			held[slot] = NULL;
		} else {
			orders[slot] = (unsigned int)(next_random(w) % 3 ? 0 : next_random(w) % 6);
			held[slot] = alloc_pages(GFP_KERNEL | __GFP_NOWARN, orders[slot]);
			if (held[slot])
				stamp(held[slot], (unsigned long)(w->cpu * 1000 + slot));
		}
		if (i % 16 == 0)
			exchange_page(w);
		if (i % 4096 == 0)
			drain_all_pages(NULL);
	}
	for (i = 0; i < HELD; i++)
		if (held[i])
			free_stamped(w, held[i], orders[i], (unsigned long)(w->cpu * 1000 + (unsigned int)i));
	return NULL;
}

static void run_workers(phys_addr_t ram)
{
	struct quire_machine *m = test_machine_new();
	struct worker workers[CPUS] = { 0 };
	unsigned long free_before, warnings;
	unsigned int cpu;

	test_bank(m, 16 * MB, ram, 0);
	m->nr_cpus = CPUS;
	REQUIRE(test_machine_boot(m) == 0);
	free_before = nr_free_pages();
	warnings = this_quire()->log.warnings;
	for (cpu = 0; cpu < CPUS; cpu++) {
		workers[cpu].quire = this_quire();
		workers[cpu].cpu = cpu;
		workers[cpu].random = test_random();
		workers[cpu].other = &workers[!cpu];
	}
	for (cpu = 0; cpu < CPUS; cpu++)
		REQUIRE(pthread_create(&workers[cpu].thread, NULL, work, &workers[cpu]) == 0);
	for (cpu = 0; cpu < CPUS; cpu++)
		pthread_join(workers[cpu].thread, NULL);
	for (cpu = 0; cpu < CPUS; cpu++) {
		CHECK_EQ(workers[cpu].clashes, 0);
		if (workers[cpu].mailbox)
			free_stamped(&workers[cpu], workers[cpu].mailbox, 0, 7777);
	}
	CHECK_EQ(nr_free_pages(), free_before);
	CHECK_EQ(this_quire()->log.warnings, warnings);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void two_cpus_share_a_zone_with_room(void)
{
	run_workers(64 * MB);
}

static void two_cpus_share_a_zone_that_runs_out(void)
{
	run_workers(1 * MB);
}

const struct tap_test tap_tests[] = {
	TEST(two_cpus_share_a_zone_with_room),
	TEST(two_cpus_share_a_zone_that_runs_out),
	{ NULL, NULL },
};
