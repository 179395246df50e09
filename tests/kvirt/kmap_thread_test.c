/* SPDX-License-Identifier: MIT */
/*
 * kmap_thread_test.c - threads that share kmap's window, and wait for one another when it
 * is full. Meant for ThreadSanitizer, too.
 */
#include <pthread.h>
#include <sched.h>

#include "tests/kvirt/highmem_support.h"
#include "tests/support/wait_hooks.h"

static struct highmem_stats stats_now(void)
{
	struct highmem_stats stats;

	highmem_get_stats(&stats);
	return stats;
}

static void wait_for_waiters(unsigned int nr)
{
	while (stats_now().waiters != nr)
		sched_yield();
}

/* ---- a thread that maps one page, and says where ---- */

struct mapper {
	pthread_t thread;
	struct quire *quire;
	unsigned int cpu;
	struct page *page;
	void *addr;
	bool is_done;
};

static void *map_one(void *arg)
{
	struct mapper *m = arg;
	void *addr;

	quire_select(m->quire);
	test_set_cpu(m->cpu);
	addr = kmap(m->page);
	__atomic_store_n(&m->addr, addr, __ATOMIC_RELEASE);
	__atomic_store_n(&m->is_done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void start_mapper(struct mapper *m, unsigned int cpu, struct page *page)
{
	*m = (struct mapper){ .quire = this_quire(), .cpu = cpu, .page = page };
	REQUIRE(pthread_create(&m->thread, NULL, map_one, m) == 0);
}

static void kmap_waits_while_the_window_is_full(void)
{
	struct page *pages[4], *fifth;
	struct mapper mapper;
	void *addrs[4];
	int i;

	highmem_boot("i386", 4, 2);
	for (i = 0; i < 4; i++) {
		pages[i] = highmem_page();
		addrs[i] = kmap(pages[i]);
	}
	fifth = highmem_page();
	start_mapper(&mapper, 1, fifth);
	wait_for_waiters(1);
	CHECK_PTR(kmap(pages[2]), addrs[2]); /* a second user does not wait */
	kunmap(pages[2]); /* nor does its going free a slot */
	CHECK_EQ(stats_now().waiters, 1);
	CHECK(!__atomic_load_n(&mapper.is_done, __ATOMIC_ACQUIRE));
	CHECK_EQ(highmem_validate(), 0);
	kunmap(pages[2]);
	pthread_join(mapper.thread, NULL);
	CHECK_PTR(mapper.addr, addrs[2]); /* the one slot that was free */
	CHECK_EQ(highmem_translate(mapper.addr), page_to_phys(fifth));
	CHECK_EQ(stats_now().waiters, 0);
	CHECK_EQ(stats_now().used, 4);
	CHECK_EQ(highmem_validate(), 0);
	CHECK_EQ(highmem_new_warnings(), 0);
}

/* Both wait for the same page: one maps it, the other finds it mapped. */
static void two_that_wait_for_one_page_get_one_slot(void)
{
	struct mapper mappers[2];
	struct page *pages[2], *wanted;
	struct highmem_slot slot;

	highmem_boot("i386", 2, 3);
	pages[0] = highmem_page();
	pages[1] = highmem_page();
	kmap(pages[0]);
	kmap(pages[1]);
	wanted = highmem_page();
	start_mapper(&mappers[0], 1, wanted);
	start_mapper(&mappers[1], 2, wanted);
	wait_for_waiters(2);
	kunmap(pages[0]);
	pthread_join(mappers[0].thread, NULL);
	pthread_join(mappers[1].thread, NULL);
	CHECK(mappers[0].addr != NULL);
	CHECK_PTR(mappers[0].addr, mappers[1].addr);
	CHECK(highmem_get_slot(PKMAP_NR(mappers[0].addr), &slot));
	CHECK_EQ(slot.users, 2);
	CHECK_EQ(stats_now().used, 2);
	CHECK_EQ(highmem_validate(), 0);
}

/* ---- the moments in which a wake-up could be lost ---- */

static struct page *to_be_unmapped;
static bool unmaps_at_unlock;
static _Thread_local unsigned long irq_depth;

unsigned long port_irq_save(void)
{
	return irq_depth++;
}

void port_irq_restore(unsigned long flags)
{
	irq_depth = flags;
	if (!unmaps_at_unlock || !this_quire()->kvirt.highmem.waiters)
		return;
	unmaps_at_unlock = false;
	kunmap(to_be_unmapped);
}

static void unmap_before_it_sleeps(void)
{
	test_before_wait = NULL;
	kunmap(to_be_unmapped);
}

/* A slot becomes free when the waiter has let go of the lock and does not sleep yet. */
static void check_not_missed(bool at_unlock)
{
	struct page *pages[2], *third;
	void *addr;

	highmem_boot("i386", 2, 1);
	pages[0] = highmem_page();
	pages[1] = highmem_page();
	kmap(pages[0]);
	kmap(pages[1]);
	third = highmem_page();
	to_be_unmapped = pages[1];
	if (at_unlock)
		unmaps_at_unlock = true;
	else
		test_before_wait = unmap_before_it_sleeps;
	addr = kmap(third); /* would sleep forever */
	CHECK_EQ(highmem_translate(addr), page_to_phys(third));
	CHECK(!page_address(pages[1]));
	CHECK_EQ(stats_now().waiters, 0);
	CHECK_EQ(highmem_validate(), 0);
}

static void a_slot_that_becomes_free_before_the_waiter_sleeps_is_not_missed(void)
{
	check_not_missed(true);
	check_not_missed(false);
}

static void each_slot_that_becomes_free_lets_one_waiter_in(void)
{
	struct mapper mappers[3];
	struct page *pages[2];
	bool is_mapped[3];
	unsigned int i;

	highmem_boot("i386", 2, 4);
	pages[0] = highmem_page();
	pages[1] = highmem_page();
	kmap(pages[0]);
	kmap(pages[1]);
	for (i = 0; i < 3; i++)
		start_mapper(&mappers[i], i + 1, highmem_page());
	wait_for_waiters(3);
	kunmap(pages[0]);
	kunmap(pages[1]);
	wait_for_waiters(1); /* two have slots, and keep them */
	for (i = 0; i < 3; i++)
		is_mapped[i] = page_address(mappers[i].page) != NULL;
	CHECK_EQ(is_mapped[0] + is_mapped[1] + is_mapped[2], 2);
	for (i = 0; i < 3; i++)
		if (is_mapped[i])
			kunmap(mappers[i].page);
	for (i = 0; i < 3; i++)
		pthread_join(mappers[i].thread, NULL);
	for (i = 0; i < 3; i++)
		CHECK(mappers[i].addr != NULL);
	CHECK_EQ(stats_now().waiters, 0);
	CHECK_EQ(stats_now().used, 1);
	CHECK_EQ(highmem_validate(), 0);
}

/* ---- everything at once ---- */

#define CPUS 3
#define ROUNDS 3000
#define PAGES 8

struct worker {
	pthread_t thread;
	struct quire *quire;
	unsigned int cpu;
	u64 random;
	struct page **pages;
	unsigned long wrong;
};

static u64 next_random(struct worker *w)
{
	w->random = w->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return w->random >> 33;
}

/* Each CPU has a word of its own in every page, and counts in it through either way. */
static void count_in_page(struct worker *w, struct page *page, unsigned long *count)
{
	unsigned long *by_kmap, *by_local;

	by_kmap = kmap(page);
	w->wrong += !by_kmap || by_kmap[w->cpu] != *count;
	by_kmap[w->cpu] = ++*count;
	by_local = kmap_local_page(page);
	w->wrong += !by_local || by_local[w->cpu] != *count || page_address(page) != by_kmap;
	by_local[w->cpu] = ++*count;
	kunmap_local(by_local);
	w->wrong += by_kmap[w->cpu] != *count;
	kunmap(page);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned long counts[PAGES] = { 0 };
	unsigned int i;

	quire_select(w->quire);
	test_set_cpu(w->cpu);
	for (i = 0; i < ROUNDS; i++) {
		unsigned int nr = (unsigned int)(next_random(w) % PAGES);

		count_in_page(w, w->pages[nr], &counts[nr]);
		if (i % 64 == 0)
			kmap_flush_unused();
	}
	return NULL;
}

/* Three threads and two slots: somebody waits nearly always. */
static void threads_that_wait_all_the_time_lose_neither_wakeups_nor_bytes(void)
{
	struct worker workers[CPUS] = { 0 };
	struct page *pages[PAGES];
	unsigned int i;

	highmem_boot("i386-pae", 2, CPUS);
	for (i = 0; i < PAGES; i++) {
		pages[i] = highmem_page();
		clear_highpage(pages[i]);
	}
	for (i = 0; i < CPUS; i++)
		workers[i] = (struct worker){ .quire = this_quire(), .cpu = i, .random = test_random(),
					      .pages = pages };
	for (i = 0; i < CPUS; i++)
		REQUIRE(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
	for (i = 0; i < CPUS; i++)
		pthread_join(workers[i].thread, NULL);
	for (i = 0; i < CPUS; i++)
		CHECK_EQ(workers[i].wrong, 0);
	CHECK_EQ(stats_now().used + stats_now().waiters + stats_now().local_used, 0);
	CHECK_EQ(highmem_validate(), 0);
	CHECK_EQ(pt_validate(kernel_pgtable()), 0);
	CHECK_EQ(highmem_new_warnings(), 0);
}

/* As dumped, the windows are made by whoever comes first. */
static void two_first_users_at_once_make_the_windows_once(void)
{
	struct mapper mappers[2];
	int turn;

	for (turn = 0; turn < 20; turn++) {
		struct quire_machine *m = highmem_machine_as_dumped("i386-pae", 16);

		REQUIRE(quire_boot(m) == 0);
		start_mapper(&mappers[0], 0, highmem_page());
		start_mapper(&mappers[1], 0, highmem_page());
		pthread_join(mappers[0].thread, NULL);
		pthread_join(mappers[1].thread, NULL);
		CHECK(mappers[0].addr && mappers[1].addr);
		CHECK(mappers[0].addr != mappers[1].addr);
		CHECK_EQ(highmem_translate(mappers[0].addr), page_to_phys(mappers[0].page));
		CHECK_EQ(highmem_translate(mappers[1].addr), page_to_phys(mappers[1].page));
		CHECK_EQ(highmem_validate(), 0);
		CHECK_EQ(page_alloc_validate(), 0);
		test_machine_end(m);
	}
}

const struct tap_test tap_tests[] = {
	TEST(kmap_waits_while_the_window_is_full),
	TEST(two_that_wait_for_one_page_get_one_slot),
	TEST(a_slot_that_becomes_free_before_the_waiter_sleeps_is_not_missed),
	TEST(each_slot_that_becomes_free_lets_one_waiter_in),
	TEST(threads_that_wait_all_the_time_lose_neither_wakeups_nor_bytes),
	TEST(two_first_users_at_once_make_the_windows_once),
	{ NULL, NULL },
};
