/* SPDX-License-Identifier: MIT */
/*
 * vmalloc_thread_test.c - two CPUs, as threads, make and free areas of one window, and each
 * frees what the other made; a third looks at all of it meanwhile. Meant for
 * ThreadSanitizer; what is checked here is that nobody's memory or addresses are somebody
 * else's too, that a freed area is freed once, and that nothing is lost.
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "tests/kvirt/vmalloc_support.h"

#define CPUS 2
#define ROUNDS 1500
#define HELD 16

struct worker {
	pthread_t thread;
	struct quire *quire;
	unsigned int cpu;
	u64 random;
	unsigned long clashes;
	void *mailbox; /* an area for the other CPU to free */
	struct worker *other;
	bool is_done;
};

static u64 next_random(struct worker *w)
{
	w->random = w->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return w->random >> 33;
}

/* The first word of each page says whose it is. */
static void stamp(char *addr, unsigned long pages, unsigned long owner)
{
	unsigned long i;

	for (i = 0; i < pages; i++)
		memcpy(addr + i * PAGE_SIZE, &owner, sizeof(owner));
}

static unsigned long clashes(const char *addr, unsigned long pages, unsigned long owner)
{
	unsigned long i, found, wrong = 0;

	for (i = 0; i < pages; i++) {
		memcpy(&found, addr + i * PAGE_SIZE, sizeof(found));
		wrong += found != owner;
	}
	return wrong;
}

static void exchange_area(struct worker *w)
{
	char *mine = vmalloc(3 * PAGE_SIZE), *theirs;

	if (mine)
		stamp(mine, 3, 7777);
	theirs = __atomic_exchange_n(&w->other->mailbox, mine, __ATOMIC_ACQ_REL);
	if (theirs)
		w->clashes += clashes(theirs, 3, 7777);
	vfree(theirs);
}

/* A window onto one page, and one onto a device that the other CPU maps as well. */
static void map_things(struct worker *w, struct page *page)
{
	char *window = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	void *device = ioremap(MB(512) + next_random(w) % 8 * PAGE_SIZE, 2 * PAGE_SIZE);

	if (window) {
		stamp(window, 1, w->cpu + 100);
		w->clashes += clashes(page_address(page), 1, w->cpu + 100);
	}
	vunmap(window);
	iounmap(device);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	char *held[HELD] = { NULL };
	unsigned long pages[HELD];
	struct page *page;
	unsigned int i;

	quire_select(w->quire);
	test_set_cpu(w->cpu);
	page = alloc_page(GFP_KERNEL);
	for (i = 0; i < ROUNDS && page; i++) {
		unsigned int slot = (unsigned int)(next_random(w) % HELD);

		if (held[slot]) {
			w->clashes += clashes(held[slot], pages[slot], w->cpu * 1000 + slot);
			vfree(held[slot]);
			held[slot] = NULL;
		} else {
			pages[slot] = 1 + next_random(w) % (i % 8 ? 4 : 80);
			held[slot] =
				i % 50 ? vmalloc(pages[slot] * PAGE_SIZE)
				       : vmalloc_huge((pages[slot] += 512) * PAGE_SIZE, GFP_KERNEL);
			if (held[slot])
				stamp(held[slot], pages[slot], w->cpu * 1000 + slot);
		}
		if (i % 8 == 0)
			exchange_area(w);
		if (i % 8 == 4)
			map_things(w, page);
		if (i % 128 == 0)
			vm_unmap_aliases();
	}
	for (i = 0; i < HELD; i++)
		vfree(held[i]);
	if (page)
		__free_page(page);
	__atomic_store_n(&w->is_done, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Walks everything while the others change it. */
static void watch(struct worker *workers)
{
	char text[200];

	while (!__atomic_load_n(&workers[0].is_done, __ATOMIC_ACQUIRE) ||
	       !__atomic_load_n(&workers[1].is_done, __ATOMIC_ACQUIRE)) {
		CHECK_EQ(vmalloc_validate(), 0);
		vmalloc_explain((void *)VMALLOC_START, text, sizeof(text));
		sched_yield();
	}
}

static void run_workers(const char *format, bool is_watched)
{
	struct quire_machine *m = test_machine_new();
	struct worker workers[CPUS] = { 0 };
	struct vmalloc_snapshot before;
	unsigned int cpu;

	test_bank(m, 0, MB(64), 0);
	m->nr_cpus = CPUS + 1;
	test_machine_kvirt(m, format);
	REQUIRE(!test_machine_boot(m));
	this_quire()->kvirt.vmalloc.lazy_max = 500;
	before = vmalloc_snapshot();
	for (cpu = 0; cpu < CPUS; cpu++) {
		workers[cpu].quire = this_quire();
		workers[cpu].cpu = cpu;
		workers[cpu].random = test_random();
		workers[cpu].other = &workers[!cpu];
	}
	for (cpu = 0; cpu < CPUS; cpu++)
		REQUIRE(pthread_create(&workers[cpu].thread, NULL, work, &workers[cpu]) == 0);
	test_set_cpu(CPUS);
	if (is_watched)
		watch(workers);
	for (cpu = 0; cpu < CPUS; cpu++)
		pthread_join(workers[cpu].thread, NULL);
	for (cpu = 0; cpu < CPUS; cpu++) {
		CHECK_EQ(workers[cpu].clashes, 0);
		vfree(workers[cpu].mailbox);
	}
	CHECK_EQ(this_quire()->log.warnings, 0);
	check_snapshot(&before);
}

static void two_cpus_share_a_window_of_pae(void)
{
	run_workers("i386-pae", false);
}

static void two_cpus_share_a_window_that_is_watched(void)
{
	run_workers("x86_64", true);
}

/* ---- two threads at the same thing at the same time ---- */

#define DOUBLE_FREES 500
static void *shared_areas[DOUBLE_FREES];
static unsigned int at_the_line; /* threads that wait to start, then a turn each */

/* Both threads leave here together, for the turn-th time. */
static void start_together(unsigned int turn)
{
	__atomic_add_fetch(&at_the_line, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&at_the_line, __ATOMIC_ACQUIRE) < CPUS * turn)
		sched_yield();
}

static void *free_what_the_other_frees(void *arg)
{
	struct worker *w = arg;
	unsigned int i;

	quire_select(w->quire);
	test_set_cpu(w->cpu);
	for (i = 0; i < DOUBLE_FREES; i++) {
		start_together(i + 1);
		vfree(shared_areas[i]);
	}
	return NULL;
}

/* Each area is freed by two CPUs at once: by one it is freed, and the other is told. */
static void an_area_freed_by_two_cpus_at_once_is_freed_once(void)
{
	struct quire_machine *m = test_machine_new();
	struct worker workers[CPUS] = { 0 };
	struct vmalloc_snapshot before;
	unsigned int i;

	test_bank(m, 0, MB(64), 0);
	m->nr_cpus = CPUS;
	test_machine_kvirt(m, "i386");
	REQUIRE(!test_machine_boot(m));
	before = vmalloc_snapshot();
	for (i = 0; i < DOUBLE_FREES; i++) {
		shared_areas[i] = vmalloc(1 + i % 3 * PAGE_SIZE);
		REQUIRE(shared_areas[i]);
	}
	at_the_line = 0;
	for (i = 0; i < CPUS; i++) {
		workers[i].quire = this_quire();
		workers[i].cpu = i;
		REQUIRE(pthread_create(&workers[i].thread, NULL, free_what_the_other_frees,
				       &workers[i]) == 0);
	}
	for (i = 0; i < CPUS; i++)
		pthread_join(workers[i].thread, NULL);
	CHECK_EQ(this_quire()->log.warnings, DOUBLE_FREES);
	check_snapshot(&before);
}

const struct tap_test tap_tests[] = {
	TEST(two_cpus_share_a_window_of_pae),
	TEST(two_cpus_share_a_window_that_is_watched),
	TEST(an_area_freed_by_two_cpus_at_once_is_freed_once),
	{ NULL, NULL },
};
