/* SPDX-License-Identifier: MIT */
/*
 * percpu_thread_test.c - two CPUs, as threads, take and give back per-CPU memory of the
 * same chunks, one frees what the other took, and each counts in its own copies. Meant for
 * ThreadSanitizer; what is checked is that no two hold the same, and that nothing is lost.
 */
#include <pthread.h>
#include <sched.h>

#include <quire/percpu.h>
#include <quire/quire.h>
#include <quire/vmalloc.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define CPUS 2
#define ROUNDS 20000
#define HELD 64
#define MB(n) ((phys_addr_t)(n) << 20)

static DEFINE_PER_CPU(unsigned long, rounds);

struct worker {
	pthread_t thread;
	struct quire *quire;
	unsigned int cpu;
	size_t largest; /* what it takes, now and then */
	u64 random;
	unsigned long clashes, failed;
	unsigned long *mailbox; /* for the other CPU to free */
	struct worker *other;
};

static unsigned int running; /* threads that have begun */

static u64 next_random(struct worker *w)
{
	w->random = w->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return w->random >> 33;
}

/* Writes the owner's number into both copies. */
static void stamp(unsigned long *ptr, unsigned long owner)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		*per_cpu_ptr(ptr, cpu) = owner;
}

static void free_stamped(struct worker *w, unsigned long *ptr, unsigned long owner)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		w->clashes += *per_cpu_ptr(ptr, cpu) != owner;
	free_percpu(ptr);
}

static unsigned long *take(struct worker *w, unsigned long owner)
{
	size_t size = (size_t)(next_random(w) % (next_random(w) % 4 ? 64 : w->largest));
	unsigned long *ptr = __alloc_percpu_gfp(size + sizeof(long), sizeof(long),
						GFP_KERNEL | __GFP_NOWARN);

	if (ptr)
		stamp(ptr, owner);
	else
		w->failed++;
	return ptr;
}

static void exchange(struct worker *w)
{
	unsigned long *mine = take(w, 7777), *theirs;

	theirs = __atomic_exchange_n(&w->other->mailbox, mine, __ATOMIC_ACQ_REL);
	if (theirs)
		free_stamped(w, theirs, 7777);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned long *held[HELD] = { NULL };
	unsigned long i;

	quire_select(w->quire);
	test_set_cpu(w->cpu);
	__atomic_add_fetch(&running, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE) < CPUS)
		sched_yield();
	for (i = 0; i < ROUNDS; i++) {
		unsigned int slot = (unsigned int)(next_random(w) % HELD);

		this_cpu_inc(rounds);
		if (held[slot]) {
			free_stamped(w, held[slot], w->cpu * 1000 + slot);
			held[slot] = NULL;
		} else {
			held[slot] = take(w, w->cpu * 1000 + slot);
		}
		if (i % 16 == 0)
			exchange(w);
		if (i % 1024 == 0)
			w->clashes += percpu_validate() != 0 || !pcpu_nr_pages();
		w->clashes += !is_percpu_address((uintptr_t)this_cpu_ptr(&rounds));
	}
	for (i = 0; i < HELD; i++)
		if (held[i])
			free_stamped(w, held[i], w->cpu * 1000 + i);
	return NULL;
}

/* Returns how many calls found no memory. */
static unsigned long run_workers(struct quire_machine *m, size_t largest)
{
	struct worker workers[CPUS] = { 0 };
	unsigned long before, failed = 0;
	unsigned int cpu;

	running = 0;
	m->nr_cpus = CPUS;
	m->percpu_start = percpu_template_start;
	m->percpu_end = percpu_template_end;
	REQUIRE(!test_machine_boot(m));
	free_percpu(__alloc_percpu(this_quire()->percpu.unit_size, 1)); /* one chunk is kept */
	before = nr_free_pages();
	for (cpu = 0; cpu < CPUS; cpu++) {
		workers[cpu].quire = this_quire();
		workers[cpu].cpu = cpu;
		workers[cpu].largest = largest;
		workers[cpu].random = test_random();
		workers[cpu].other = &workers[!cpu];
	}
	for (cpu = 0; cpu < CPUS; cpu++)
		REQUIRE(pthread_create(&workers[cpu].thread, NULL, work, &workers[cpu]) == 0);
	for (cpu = 0; cpu < CPUS; cpu++)
		pthread_join(workers[cpu].thread, NULL);
	for (cpu = 0; cpu < CPUS; cpu++) {
		if (workers[cpu].mailbox)
			free_stamped(&workers[cpu], workers[cpu].mailbox, 7777);
		failed += workers[cpu].failed;
		CHECK_EQ(workers[cpu].clashes, 0);
		CHECK_EQ(per_cpu(rounds, cpu), ROUNDS);
	}
	if (!this_quire()->percpu.window)
		CHECK_EQ(nr_free_pages(), before);
	CHECK_EQ(this_quire()->log.warnings, 0);
	CHECK_EQ(percpu_validate(), 0);
	CHECK_EQ(page_alloc_validate(), 0);
	return failed;
}

static void two_cpus_never_hold_the_same_memory(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, MB(16), MB(64), 0);
	CHECK_EQ(run_workers(m, 8192), 0);
}

/* So little memory that chunks cannot always be made. */
static void two_cpus_share_memory_that_runs_out(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, MB(16), (phys_addr_t)700 << 10, 0);
	CHECK(run_workers(m, 20000) > 0);
}

/* Chunks come and go in the vmalloc window. */
static void two_cpus_on_two_nodes_never_hold_the_same_memory(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, MB(16), MB(16), 0);
	test_bank(m, MB(32), MB(16), 1);
	test_machine_kvirt(m, "x86_64");
	CHECK_EQ(run_workers(m, 20000), 0);
	CHECK(this_quire()->percpu.window && this_quire()->percpu.spans_nodes);
	CHECK_EQ(vmalloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(two_cpus_never_hold_the_same_memory),
	TEST(two_cpus_share_memory_that_runs_out),
	TEST(two_cpus_on_two_nodes_never_hold_the_same_memory),
	{ NULL, NULL },
};
