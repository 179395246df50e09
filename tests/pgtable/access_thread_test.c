/* SPDX-License-Identifier: MIT */
/*
 * access_thread_test.c - a CPU writes to pages, as a thread that walks the table, while
 * another one changes their protections and splits large pages under it. No walk finds a
 * hole or a wrong address, and no dirty bit is lost. Meant for ThreadSanitizer too.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include <quire/pgtable_formats.h>

#include "tests/fixture.h"
#include "tests/pgtable/support.h"
#include "tests/tap.h"

#define PAGES 1024 /* a large page of the first level or two */
#define ROUNDS 40
#define START ((u64)1 << 30)
#define OFFSET ((u64)1 << 20 << 3)

struct walker {
	pthread_t thread;
	struct quire *quire;
	struct pgtable *pt;
	bool stop;
	bool written[PAGES];
	unsigned long walks, wrong;
};

static void *write_to_pages(void *arg)
{
	struct walker *w = arg;
	struct pt_request store = { .kind = PT_STORE, .cpu = PT_CPU_NXE | PT_CPU_WP | PT_CPU_HW_AD };
	struct pt_outcome outcome;
	unsigned int i = 0;

	quire_select(w->quire);
	test_set_cpu(1);
	while (!__atomic_load_n(&w->stop, __ATOMIC_ACQUIRE)) {
		u64 va = START + (u64)i * 4096;
		enum pt_fault fault = pt_access(w->pt->format, w->pt->root, va, &store, &outcome);

		if (fault == PT_OK) {
			w->wrong += outcome.phys != va - START + OFFSET;
			w->written[i] = true;
		} else {
			w->wrong += fault != PT_FAULT_PERMISSION;
		}
		__atomic_add_fetch(&w->walks, 1, __ATOMIC_RELAXED);
		i = (i * 5 + 3) % PAGES;
	}
	return NULL;
}

static void change_protections(struct pgtable *pt)
{
	unsigned int round, i;

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < PAGES; i++) {
			u64 va = START + (u64)i * 4096;
			unsigned int prot = (round + i) % 3 ? PT_READ | PT_WRITE : PT_READ | PT_EXEC;

			if (pt_protect(pt, va, 4096, prot))
				CHECK(false);
		}
	}
}

static void race(const struct pt_format *f)
{
	const struct pt_attr attr = { .prot = PT_READ | PT_WRITE };
	struct walker *w = calloc(1, sizeof(*w));
	struct pt_entry entry;
	struct pgtable pt;
	unsigned int i;

	boot_for_tables();
	REQUIRE(w && pt_create(&pt, f, NULL, NULL) == 0);
	REQUIRE(pt_map(&pt, START, (phys_addr_t)OFFSET, PAGES * 4096, &attr) == 0);
	w->quire = this_quire();
	w->pt = &pt;
	REQUIRE(pthread_create(&w->thread, NULL, write_to_pages, w) == 0);
	/* On a busy machine the thread may not have begun yet. */
	while (!__atomic_load_n(&w->walks, __ATOMIC_RELAXED))
		sched_yield();
	change_protections(&pt);
	__atomic_store_n(&w->stop, true, __ATOMIC_RELEASE);
	pthread_join(w->thread, NULL);
	CHECK_EQ(w->wrong, 0);
	for (i = 0; i < PAGES; i++) {
		if (!w->written[i])
			continue;
		CHECK_EQ(pt_lookup(&pt, START + (u64)i * 4096, &entry), 0);
		CHECK(entry.prot & PT_DIRTY);
	}
	CHECK_EQ(pt_validate(&pt), 0);
	pt_destroy(&pt);
	free(w);
}

static void walks_race_with_changes_of_x86_64_tables(void)
{
	race(&pt_x86_64);
}
static void walks_race_with_changes_of_pse_tables(void)
{
	race(&pt_i386_pse);
}
static void walks_race_with_changes_of_arm64_tables(void)
{
	race(&pt_arm64);
}
static void walks_race_with_changes_of_sv39_tables(void)
{
	race(&pt_sv39);
}

const struct tap_test tap_tests[] = {
	TEST(walks_race_with_changes_of_x86_64_tables),
	TEST(walks_race_with_changes_of_pse_tables),
	TEST(walks_race_with_changes_of_arm64_tables),
	TEST(walks_race_with_changes_of_sv39_tables),
	{ NULL, NULL },
};
