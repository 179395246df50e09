/* SPDX-License-Identifier: MIT */
/*
 * pages_thread_test.c - two CPUs, as threads, take and free pages of the same zones, and
 * one frees what the other took, or what the other frees. Meant for ThreadSanitizer; what is
 * checked here is that nobody gets a page that another holds, and that nothing is lost.
 */
#include <pthread.h>
#include <sched.h>

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
			/* Half of them go down to the last page. */
			held[slot] = alloc_pages(GFP_KERNEL | __GFP_NOWARN |
							 (next_random(w) & 1 ? __GFP_MEMALLOC : 0),
						 orders[slot]);
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

/* ---- two threads at the same thing at the same time ---- */

static unsigned int at_the_line; /* threads that wait to start, then a turn each */

/* Both threads leave here together, for the turn-th time. */
static void start_together(unsigned int turn)
{
	unsigned int spins = 0;

	__atomic_add_fetch(&at_the_line, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&at_the_line, __ATOMIC_ACQUIRE) < CPUS * turn)
		if (++spins > 20000)
			sched_yield();
}

static void run_both(void *(*body)(void *arg), struct worker workers[CPUS])
{
	unsigned int cpu;

	at_the_line = 0;
	for (cpu = 0; cpu < CPUS; cpu++) {
		workers[cpu].quire = this_quire();
		workers[cpu].cpu = cpu;
		workers[cpu].other = &workers[!cpu];
		REQUIRE(pthread_create(&workers[cpu].thread, NULL, body, &workers[cpu]) == 0);
	}
	for (cpu = 0; cpu < CPUS; cpu++)
		pthread_join(workers[cpu].thread, NULL);
}

#define DOUBLE_FREES 2000
static struct page *shared_pages[DOUBLE_FREES];

static void *free_what_the_other_frees(void *arg)
{
	struct worker *w = arg;
	unsigned int i;

	quire_select(w->quire);
	test_set_cpu(w->cpu);
	for (i = 0; i < DOUBLE_FREES; i++) {
		start_together(i + 1);
		__free_pages(shared_pages[i], i & 1);
	}
	return NULL;
}

/* Each page is freed by two CPUs at once: by one it is freed, and the other is told. */
static void a_page_freed_by_two_cpus_at_once_is_freed_once(void)
{
	struct quire_machine *m = test_machine_new();
	struct worker workers[CPUS] = { 0 };
	unsigned long free_before;
	unsigned int i;

#if defined(__SANITIZE_THREAD__)
	tap_skip("the misuse is a data race, whatever the allocator makes of it");
#endif
	test_bank(m, 16 * MB, 64 * MB, 0);
	m->nr_cpus = CPUS;
	REQUIRE(test_machine_boot(m) == 0);
	free_before = nr_free_pages();
	for (i = 0; i < DOUBLE_FREES; i++) {
		shared_pages[i] = alloc_pages(GFP_KERNEL, i & 1);
		REQUIRE(shared_pages[i]);
	}
	run_both(free_what_the_other_frees, workers);
	/* At the same moment both may have put it on their lists: then the free lists refuse it. */
	drain_all_pages(NULL);
	CHECK_EQ(this_quire()->log.warnings, DOUBLE_FREES);
	CHECK_EQ(nr_free_pages(), free_before);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* Takes all blocks of its own node; the other node's lie between them. */
static void *take_all_of_a_node(void *arg)
{
	struct worker *w = arg;

	quire_select(w->quire);
	test_set_cpu(w->cpu);
	start_together(1);
	while (alloc_pages_node((int)w->cpu, GFP_KERNEL | __GFP_THISNODE | __GFP_MEMALLOC | __GFP_NOWARN,
				MAX_ORDER - 1))
		if (nr_free_pages() == 0)
			break;
	return NULL;
}

/*
 * Leaves of two nodes, alternating: what is known of them lies side by side, under two
 * locks. None may stay lazy that was taken.
 */
static void first_uses_of_blocks_do_not_undo_each_other(void)
{
	struct worker workers[CPUS] = { 0 };
	int turn;

	for (turn = 0; turn < 4; turn++) {
		struct quire_machine *m = test_machine_new();
		struct page_state *ps = &this_quire()->page;
		unsigned long leaf, lazy = 0;
		int i;

		for (i = 0; i < 512; i++)
			test_bank(m, 16 * MB + (phys_addr_t)i * 65536, 65536, i & 1);
		m->max_order = 2;
		m->nr_cpus = CPUS;
		m->flags = MACHINE_AS_DUMPED;
		REQUIRE(test_machine_boot(m) == 0);
		run_both(take_all_of_a_node, workers);
		for (leaf = 0; leaf < ps->nr_frames >> LEAF_ORDER; leaf++)
			lazy += !!(leaf_kind_of_frame(ps, leaf << LEAF_ORDER) & LEAF_IS_LAZY);
		CHECK_EQ(lazy, 0);
		CHECK_EQ(nr_free_pages(), 0);
		CHECK_EQ(page_alloc_validate(), 0);
		test_machine_end(m);
	}
}

const struct tap_test tap_tests[] = {
	TEST(two_cpus_share_a_zone_with_room),
	TEST(two_cpus_share_a_zone_that_runs_out),
	TEST(a_page_freed_by_two_cpus_at_once_is_freed_once),
	TEST(first_uses_of_blocks_do_not_undo_each_other),
	{ NULL, NULL },
};
