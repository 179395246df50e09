/* SPDX-License-Identifier: MIT */
/*
 * highmem_support.c - see highmem_support.h. The hooks take the place of the weak ones in
 * tests/support/windows.c.
 */
#include "tests/kvirt/highmem_support.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "tests/support/support.h"
#include "tests/support/wait_hooks.h"

static bool is_watching;
unsigned int highmem_fail_maps;
void (*highmem_interrupt)(void);

/* ---- machines ---- */

/* Before the boot, which is when __end_of_fixed_addresses does not know the CPUs yet. */
static size_t fixmap_pages(unsigned int cpus)
{
	return FIX_KMAP_BEGIN + (size_t)KM_MAX_IDX * cpus;
}

static struct quire_machine *describe(const char *format, unsigned int slots, unsigned int cpus,
				      unsigned int flags)
{
	struct quire_machine *m = test_machine_new();

	m->flags = flags;
	test_bank(m, 0, MB(32), 0);
	m->zones = 1u << ZONE_NORMAL | 1u << ZONE_HIGHMEM;
	m->lowmem_end = MB(16);
	m->nr_cpus = cpus;
	test_machine_kvirt(m, format);
	test_machine_ram(m);
	if (slots)
		m->kvirt.last_pkmap = slots;
	m->kvirt.fixmap_start =
		m->kvirt.fixmap_end - ((fixmap_pages(cpus) + FIXMAP_SPARE) << PAGE_SHIFT);
	is_watching = false;
	highmem_fail_maps = 0;
	highmem_interrupt = NULL;
	test_before_wait = NULL;
	return m;
}

struct quire_machine *highmem_machine(const char *format, unsigned int slots, unsigned int cpus)
{
	return describe(format, slots, cpus, 0);
}

struct quire_machine *highmem_machine_as_dumped(const char *format, unsigned int slots)
{
	return describe(format, slots, 1, MACHINE_AS_DUMPED);
}

struct quire_machine *highmem_boot(const char *format, unsigned int slots, unsigned int cpus)
{
	struct quire_machine *m = highmem_machine(format, slots, cpus);

	REQUIRE(quire_boot(m) == 0);
	highmem_new_warnings();
	return m;
}

struct page *highmem_page(void)
{
	struct page *page = alloc_page(GFP_HIGHUSER);

	REQUIRE(page && PageHighMem(page));
	return page;
}

phys_addr_t highmem_translate(const void *addr)
{
	struct pt_entry found;

	return pt_lookup(kernel_pgtable(), kernel_va(addr), &found) ? 0 : (phys_addr_t)found.phys;
}

unsigned long highmem_new_warnings(void)
{
	static unsigned long seen;
	unsigned long before = seen;

	seen = this_quire()->log.warnings;
	return seen - before;
}

/* ---- TLBs ---- */

#define MAX_CPUS 4
#define MAX_PAGES 2048 /* of both windows */

static unsigned int flushes;
static struct flush last_flush;
static phys_addr_t tlb[MAX_CPUS][MAX_PAGES]; /* physical address + 1; 0: nothing */

static uintptr_t windows_start(void)
{
	return this_quire()->kvirt.layout.pkmap_base;
}

static size_t windows_pages(void)
{
	return (this_quire()->kvirt.layout.fixmap_end - windows_start()) >> PAGE_SHIFT;
}

void highmem_watch(void)
{
	unsigned int cpu;
	size_t page;

	REQUIRE(quire_nr_cpus() <= MAX_CPUS && windows_pages() <= MAX_PAGES);
	is_watching = true;
	flushes = 0;
	for (cpu = 0; cpu < MAX_CPUS; cpu++)
		for (page = 0; page < MAX_PAGES; page++)
			tlb[cpu][page] = 0;
}

unsigned int highmem_flushes(struct flush *last)
{
	if (last)
		*last = last_flush;
	return flushes;
}

/* The CPU whose kmap_local slot the address is; -1: everybody's. */
static int owner_of(uintptr_t addr)
{
	unsigned int idx;

	if (addr < FIXADDR_START)
		return -1;
	idx = (unsigned int)__virt_to_fix(addr);
	if (idx < FIX_KMAP_BEGIN || idx > FIX_KMAP_END)
		return -1;
	return (int)((idx - FIX_KMAP_BEGIN) / KM_MAX_IDX);
}

void highmem_fill_tlbs(void)
{
	size_t page;
	unsigned int cpu;

	for (page = 0; page < windows_pages(); page++) {
		uintptr_t addr = windows_start() + (page << PAGE_SHIFT);
		bool is_gap = page >= LAST_PKMAP && addr < FIXADDR_START;
		phys_addr_t phys = is_gap ? 0 : highmem_translate((void *)addr);
		int owner = owner_of(addr);

		for (cpu = 0; phys && cpu < quire_nr_cpus(); cpu++) {
			if (owner >= 0 && owner != (int)cpu)
				continue;
			if (tlb[cpu][page] && tlb[cpu][page] != phys + 1) {
				tap_note("CPU %u still has another page at %p", cpu, (void *)addr);
				CHECK_EQ(tlb[cpu][page] - 1, phys);
			}
			tlb[cpu][page] = phys + 1;
		}
	}
}

static void forget(uintptr_t start, size_t size, unsigned int flags)
{
	size_t page, first = (start - windows_start()) >> PAGE_SHIFT, pages = size >> PAGE_SHIFT;
	unsigned int cpu, this_cpu = port_cpu_id();

	if (size && start < windows_start())
		return;
	for (page = 0; page < MAX_PAGES; page++) {
		if (size && (page < first || page >= first + pages))
			continue;
		for (cpu = 0; cpu < MAX_CPUS; cpu++)
			if (!(flags & TLB_THIS_CPU) || cpu == this_cpu)
				tlb[cpu][page] = 0;
	}
}

/* ---- hooks ---- */

static void interrupt_comes(void)
{
	void (*handler)(void) = highmem_interrupt;

	/* Threads that share a machine have none. */
	if (!handler)
		return;
	highmem_interrupt = NULL;
	handler();
}

void port_tlb_flush(uintptr_t start, size_t size, unsigned int flags)
{
	if (!is_watching)
		return;
	CHECK(((start | size) & (PAGE_SIZE - 1)) == 0);
	last_flush = (struct flush){ start, size, flags, port_cpu_id() };
	flushes++;
	forget(start, size, flags);
	interrupt_comes();
}

int port_window_map(uintptr_t addr, phys_addr_t phys, size_t size, unsigned int prot)
{
	int access = PROT_READ | (prot & PT_WRITE ? PROT_WRITE : 0), fd;
	u64 offset = 0;
	void *got;

	if (highmem_fail_maps) {
		highmem_fail_maps--;
		return -ENOMEM;
	}
	fd = test_ram_file(phys, &offset);
	got = mmap((void *)addr, size, access,
		   (fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED) | MAP_FIXED, fd, (off_t)offset);
	CHECK(got == (void *)addr);
	interrupt_comes();
	return 0;
}

void port_window_unmap(uintptr_t addr, size_t size)
{
	void *got = mmap((void *)addr, size, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);

	CHECK(got != MAP_FAILED);
	interrupt_comes();
}
