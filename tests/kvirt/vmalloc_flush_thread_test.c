/* SPDX-License-Identifier: MIT */
/*
 * vmalloc_flush_thread_test.c - the TLB flush, seen from its hook: a TLB that forgets nothing
 * by itself is never wrong about a live area; no lock is held; and what others do meanwhile.
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include <quire/port.h>

#include "tests/kvirt/vmalloc_support.h"

#define SLOTS (96 * 256) /* pages of the window of a 32-bit machine */
#define REGIONS 48	 /* and what a table of level 0 of PAE maps of it: 2 MB */

/* What this CPU remembers: 0 is nothing. */
static pfn_t tlb[SLOTS];
static u64 table_cache[REGIONS]; /* entries of level 1 */
static unsigned long flushes;
static void (*during_flush)(void);
static unsigned int waits; /* calls of port_cpu_relax; atomic */

void port_tlb_flush(uintptr_t start, size_t size, unsigned int flags)
{
	uintptr_t page;

	CHECK_EQ(flags, 0);
	CHECK_EQ(test_irq_depth(), 0);
	CHECK(!this_quire()->kvirt.table_lock.locked || during_flush);
	CHECK_EQ((start | size) % PAGE_SIZE, 0);
	CHECK(size && start >= VMALLOC_START && start + size <= VMALLOC_END);
	for (page = start; page < start + size; page += PAGE_SIZE) {
		tlb[(page - VMALLOC_START) / PAGE_SIZE] = 0;
		table_cache[(page - VMALLOC_START) / MB(2)] = 0;
	}
	flushes++;
	if (during_flush)
		during_flush();
}

void port_cpu_relax(void)
{
	__atomic_add_fetch(&waits, 1, __ATOMIC_RELAXED);
	sched_yield();
}

static struct vmalloc_state *window(void)
{
	return &this_quire()->kvirt.vmalloc;
}

static void start(const char *format)
{
	struct quire_machine *m;

	memset(tlb, 0, sizeof(tlb));
	memset(table_cache, 0, sizeof(table_cache));
	during_flush = NULL;
	m = test_machine_new();
	test_bank(m, 0, MB(64), 0);
	m->nr_cpus = 2;
	test_machine_kvirt(m, format);
	REQUIRE(!test_machine_boot(m));
	REQUIRE(VMALLOC_TOTAL == SLOTS * PAGE_SIZE);
	flushes = 0;
}

/* The entry of level 1 for an address. */
static u64 entry_above(const void *addr)
{
	const struct pgtable *table = kernel_pgtable();
	unsigned int level = table->format->levels;
	phys_addr_t at = table->root;
	struct pt_found found = { 0, 0 };

	while (--level && pt_step(table->format, level, kernel_va(addr), &at, &found))
		;
	return found.entry;
}

/* An access by this CPU: what it remembers is used, whatever the table says by now. */
static bool access_is_right(const char *addr)
{
	pfn_t *slot = &tlb[((uintptr_t)addr - VMALLOC_START) / PAGE_SIZE],
	      pfn = vmalloc_to_pfn(addr);
	u64 *above = &table_cache[((uintptr_t)addr - VMALLOC_START) / MB(2)],
	    entry = entry_above(addr);

	if (!*slot)
		*slot = pfn;
	if (!*above)
		*above = entry;
	return CHECK_EQ(*slot, pfn) && CHECK_EQ(*above, entry);
}

static bool accesses_are_right(const char *addr, unsigned long pages)
{
	unsigned long i;

	for (i = 0; i < pages; i++)
		if (!access_is_right(addr + i * PAGE_SIZE))
			return false;
	return true;
}

/* Small and large pages come and go at the same addresses. */
static void a_tlb_is_never_wrong_about_a_live_area(const char *format)
{
	enum { AREAS = 16 };
	char *addr[AREAS] = { NULL };
	unsigned long pages[AREAS], step, steps = test_rounds(4000);
	unsigned int i;

	start(format);
	window()->lazy_max = 3000;
	for (step = 0; step < steps; step++) {
		i = (unsigned int)test_random_below(AREAS);
		if (addr[i]) {
			if (!accesses_are_right(addr[i], pages[i]))
				return;
			vfree(addr[i]);
			addr[i] = NULL;
			continue;
		}
		pages[i] = 1 + (unsigned long)test_random_below(test_random_below(8) ? 30 : 1200);
		addr[i] = pages[i] < 512 ? vmalloc(pages[i] * PAGE_SIZE)
					 : vmalloc_huge(pages[i] * PAGE_SIZE, GFP_KERNEL);
		if (addr[i] && !accesses_are_right(addr[i], pages[i]))
			return;
	}
	CHECK(flushes > steps / 1000);
	for (i = 0; i < AREAS; i++)
		vfree(addr[i]);
	CHECK_EQ(vmalloc_validate(), 0);
}

static void a_tlb_is_never_wrong_on_i386(void)
{
	a_tlb_is_never_wrong_about_a_live_area("i386");
}
static void a_tlb_is_never_wrong_on_pae(void)
{
	a_tlb_is_never_wrong_about_a_live_area("i386-pae");
}

/* Until the flush the old frame is seen, as the theory of vmap_area_purge.c says. */
static void a_tlb_remembers_a_freed_area_until_the_purge(void)
{
	char *addr;

	start("i386");
	addr = vmalloc(PAGE_SIZE);
	REQUIRE(addr && access_is_right(addr));
	vfree(addr);
	CHECK_EQ(vmalloc_to_pfn(addr), 0);
	CHECK(tlb[0]);
	vm_unmap_aliases();
	CHECK(!tlb[0]);
	CHECK_EQ(flushes, 1);
}

/* ---- while another CPU flushes ---- */

static void *more;

/* As from an interrupt handler, or another CPU. */
static void free_more(void)
{
	during_flush = NULL;
	CHECK(window()->is_purging);
	vfree(more);
	CHECK_EQ(vmalloc_validate(), 0);
	CHECK(window()->is_purging);
	CHECK_EQ(window()->lazy_pages, 11);
}

static void a_free_during_a_purge_does_not_wait(void)
{
	void *addr;

	start("i386-pae");
	more = vmalloc(10 * PAGE_SIZE);
	addr = vmalloc(PAGE_SIZE);
	REQUIRE(more && addr);
	vfree(addr);
	window()->lazy_max = 5;
	during_flush = free_more;
	vm_unmap_aliases();
	CHECK_EQ(flushes, 1);
	CHECK(!window()->is_purging);
	/* What was freed meanwhile is still lazy: this flush may have been too early for it. */
	CHECK_EQ(window()->lazy_pages, 11);
	CHECK_EQ(vmalloc_validate(), 0);
	vm_unmap_aliases();
	CHECK_EQ(flushes, 2);
	CHECK_EQ(window()->lazy_pages, 0);
}

struct other_cpu {
	pthread_t thread;
	struct quire *quire;
	bool has_begun;
	struct vm_struct *got;
};
static struct other_cpu other;

static void *take_the_whole_window(void *arg)
{
	quire_select(other.quire);
	test_set_cpu(1);
	__atomic_store_n(&other.has_begun, true, __ATOMIC_RELEASE);
	other.got = get_vm_area(VMALLOC_TOTAL - 2 * PAGE_SIZE, VM_MAP);
	return arg;
}

/* The other CPU asks for all of the window, and waits, while this one flushes. */
static void let_the_other_begin(void)
{
	during_flush = NULL;
	waits = 0;
	REQUIRE(!pthread_create(&other.thread, NULL, take_the_whole_window, NULL));
	while (!__atomic_load_n(&other.has_begun, __ATOMIC_ACQUIRE) ||
	       __atomic_load_n(&waits, __ATOMIC_RELAXED) < 3)
		sched_yield();
	CHECK(window()->is_purging);
}

static void who_needs_room_waits_for_the_purge(void)
{
	void *addr;

	start("i386-pae");
	other = (struct other_cpu){ .quire = this_quire() };
	addr = vmalloc(PAGE_SIZE);
	REQUIRE(addr);
	vfree(addr);
	during_flush = let_the_other_begin;
	vm_unmap_aliases();
	pthread_join(other.thread, NULL);
	CHECK(other.got);
	CHECK_EQ(vmalloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(a_tlb_is_never_wrong_on_i386),
	TEST(a_tlb_is_never_wrong_on_pae),
	TEST(a_tlb_remembers_a_freed_area_until_the_purge),
	TEST(a_free_during_a_purge_does_not_wait),
	TEST(who_needs_room_waits_for_the_purge),
	{ NULL, NULL },
};
