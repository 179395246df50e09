/* SPDX-License-Identifier: MIT */
/*
 * mmu_thread_test.c - when a flush has returned, no CPU reaches what was mapped before: one
 * thread takes pages away, flushes, and uses them for something else, while others, CPUs,
 * read through their MMUs all the time.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <quire/highmem.h>
#include <quire/quire.h>
#include <quire/vmalloc.h>

#include "port/host/host.h"
#include "port/host/mmu.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((u64)1 << 20)
#define NR_READERS 2
#define ROUNDS test_rounds(40)
#define GOOD 0x600d600du
#define BAD 0x0bad0badu

static const struct machine_bank banks[] = { { 0, 32 * MB, 0, 0 } };
static const struct quire_machine machine = {
	.name = "mmu",
	.banks = banks,
	.nr_banks = 1,
	.nr_cpus = NR_READERS + 1,
	.zones = 1 << ZONE_NORMAL | 1 << ZONE_HIGHMEM,
	.zone_end = { [ZONE_NORMAL] = 16 * MB },
	.lowmem_end = 16 * MB,
};

static struct host_machine *hm;
static _Atomic(u64) target; /* the address to read */
static atomic_uint started, good, bad;
static atomic_bool stop;

static void start(void)
{
	char err[256];

	hm = host_machine_create(&machine, err, sizeof(err));
	REQUIRE(hm);
	REQUIRE(host_machine_set_format(hm, "i386-pae", err, sizeof(err)) == 0);
	if (!host_machine_description(hm)->kvirt.vmalloc_end) {
		host_machine_destroy(hm);
		tap_skip("no room in this process for the kernel's windows");
	}
	REQUIRE(host_machine_boot(hm) == 0);
	atomic_store(&target, 0);
	atomic_store(&started, 0);
	atomic_store(&good, 0);
	atomic_store(&bad, 0);
	atomic_store(&stop, false);
}

/* A CPU: a fault is all right, the page may be away; bytes of another owner are not. */
static void *reader(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg;
	struct host_mmu *mmu;
	u32 word;

	host_machine_select(hm);
	test_set_cpu(cpu);
	mmu = host_machine_mmu(hm, cpu);
	if (!CHECK(mmu))
		return NULL;
	atomic_fetch_add(&started, 1);
	while (!atomic_load(&stop)) {
		u64 va = atomic_load(&target);

		if (!va || host_mmu_read(mmu, va, &word, sizeof(word), false, NULL))
			continue;
		if (word == GOOD)
			atomic_fetch_add(&good, 1);
		else if (word == BAD)
			atomic_fetch_add(&bad, 1);
	}
	return NULL;
}

static void run_readers(pthread_t *threads)
{
	uintptr_t i;

	for (i = 0; i < NR_READERS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, reader, (void *)(i + 1)));
	while (atomic_load(&started) < NR_READERS)
		port_cpu_relax();
}

static void join_readers(pthread_t *threads)
{
	unsigned int i;

	atomic_store(&stop, true);
	for (i = 0; i < NR_READERS; i++)
		pthread_join(threads[i], NULL);
}

/* Until somebody has read the address once more. */
static void wait_for_a_read(void)
{
	unsigned int before = atomic_load(&good);

	while (atomic_load(&good) == before)
		port_cpu_relax();
}

/* Maps the page, has it read, unmaps it, and spoils it. */
static void map_and_spoil(struct page *page)
{
	u32 *area = vmap(&page, 1, 0, PAGE_KERNEL);

	REQUIRE(area);
	*area = GOOD;
	atomic_store(&target, kernel_va(area));
	wait_for_a_read();
	vunmap(area);
	vm_unmap_aliases();
	*(volatile u32 *)host_machine_phys(hm, page_to_phys(page)) = BAD;
}

static void after_a_purge_nobody_reaches_the_old_page(void)
{
	pthread_t threads[NR_READERS];
	unsigned long round;

	start();
	run_readers(threads);
	for (round = 0; round < ROUNDS; round++)
		map_and_spoil(alloc_pages(GFP_HIGHUSER, 0));
	join_readers(threads);
	CHECK_EQ(atomic_load(&bad), 0);
	CHECK(atomic_load(&good) >= ROUNDS);
	CHECK_EQ(vmalloc_validate(), 0);
	host_machine_destroy(hm);
}

static void without_the_flush_somebody_would(void)
{
	pthread_t threads[NR_READERS];

	start();
	host_machine_ignore_flushes(hm, true);
	run_readers(threads);
	map_and_spoil(alloc_pages(GFP_HIGHUSER, 0));
	while (!atomic_load(&bad))
		port_cpu_relax();
	join_readers(threads);
	CHECK(atomic_load(&bad) > 0);
	host_machine_destroy(hm);
}

/* Threads that all ask for the same CPUs' MMUs get the same ones. */
static void *asker(void *arg)
{
	struct host_mmu **got = arg;
	unsigned int i;

	for (i = 0; i <= NR_READERS; i++)
		got[i] = host_machine_mmu(hm, i);
	return NULL;
}

static void an_mmu_is_made_once(void)
{
	struct host_mmu *got[4][NR_READERS + 1];
	pthread_t threads[4];
	unsigned int i, cpu;

	start();
	for (i = 0; i < 4; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, asker, got[i]));
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (cpu = 0; cpu <= NR_READERS; cpu++)
		for (i = 0; i < 4; i++)
			CHECK(got[i][cpu] && got[i][cpu] == got[0][cpu]);
	host_machine_destroy(hm);
}

const struct tap_test tap_tests[] = {
	TEST(after_a_purge_nobody_reaches_the_old_page),
	TEST(without_the_flush_somebody_would),
	TEST(an_mmu_is_made_once),
	{ NULL, NULL },
};
