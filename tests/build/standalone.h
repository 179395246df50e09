/* SPDX-License-Identifier: MIT */
/*
 * standalone.h - a program without a C library: it boots a machine whose RAM is an array,
 * takes and gives back pages, and exits with 0. Run by a Linux kernel, but nothing except
 * the last few lines knows that.
 *
 * Included by tier0_main.c and its like, which differ in the hooks that they provide, and
 * with that in what they use (TIER).
 */
#include <quire/quire.h>

#include "mm/lib/string.h"

#if !CONFIG_SINGLE
#error "standalone programs are built with SINGLE=1"
#endif

#ifndef TIER
#define TIER 1
#endif
#ifndef SHOWN
#define SHOWN LOG_WARN /* lines of the log */
#endif
#define RAM_SIZE (32u << 20)
#define RAM_BASE 0x80000000u

static u8 ram[RAM_SIZE] __attribute__((aligned(1 << 16)));

static long system_call(long number, long a, long b, long c)
{
	long result;

#if __SIZEOF_POINTER__ == 8
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
#else
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "0"(number), "b"(a), "c"(b), "d"(c)
			 : "memory");
#endif
	return result;
}
#if __SIZEOF_POINTER__ == 8
enum { SYS_WRITE = 1, SYS_EXIT = 60 };
#else
enum { SYS_WRITE = 4, SYS_EXIT = 1 };
#endif

static _Noreturn void leave(int status)
{
	for (;;)
		system_call(SYS_EXIT, status, 0, 0);
}

static void print(const char *line)
{
	system_call(SYS_WRITE, 1, (long)(uintptr_t)line, (long)quire_strlen(line));
	system_call(SYS_WRITE, 1, (long)(uintptr_t) "\n", 1);
}

void port_log(enum log_level level, const char *line)
{
	if (level <= SHOWN)
		print(line);
}

_Noreturn void port_panic(const char *why)
{
	print(why);
	leave(3);
}

static void require(bool held, const char *what)
{
	if (held)
		return;
	print(what);
	leave(2);
}

/* memblock as it is when the program begins. */
static struct memblock_state first_state;

/* memblock works from the first instruction on: the instance is initialised statically. */
static void use_memblock_before_anything(void)
{
	require(memblock_add(RAM_BASE, RAM_SIZE) == 0, "memblock_add");
	require(memblock_reserve(RAM_BASE, 1u << 20) == 0, "memblock_reserve");
	require(memblock_phys_mem_size() == RAM_SIZE, "memblock_phys_mem_size");
	require(memblock_reserved_size() == 1u << 20, "memblock_reserved_size");
	require(memblock_end_of_DRAM() == RAM_BASE + RAM_SIZE, "memblock_end_of_DRAM");
}

static void take_and_give_back(void)
{
	unsigned long free_before = nr_free_pages();
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, 3);
	unsigned long address = __get_free_pages(GFP_KERNEL, 0);
	u8 *memory;

	require(page && address, "alloc_pages");
	memory = page_address(page);
	require(memory >= ram && memory + 8 * PAGE_SIZE <= ram + RAM_SIZE, "page_address");
	require(memory[0] == 0 && memory[8 * PAGE_SIZE - 1] == 0, "__GFP_ZERO");
	memset(memory, 0xa5, 8 * PAGE_SIZE);
	require(nr_free_pages() == free_before - 9, "nr_free_pages while taken");
	__free_pages(page, 3);
	free_pages(address, 0);
	require(nr_free_pages() == free_before, "nr_free_pages after freeing");
	require(page_alloc_validate() == 0, "page_alloc_validate");
}

#if CONFIG_KMEMLEAK && !defined(NO_LEAKS)
static void *kept;
static const struct kmemleak_range leak_roots[] = { { &kept, &kept + 1 } };

static void watch_for_leaks(struct quire_machine *machine)
{
	machine->leaks.layer = &quire_kmemleak;
	machine->leaks.roots = leak_roots;
	machine->leaks.nr_roots = 1;
}

static void lose_memory(void)
{
	char *lost = (char *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, 0);
	struct kmemleak_info info;
	unsigned int kind = 0;
	uintptr_t cursor = 0;

	kmemleak_alloc(lost, 100, 1, GFP_KERNEL);
	kmemleak_alloc(lost + 100, 100, 1, GFP_KERNEL);
	kept = lost + 150;
	require(!kmemleak_scan() && !kmemleak_write("scan"), "kmemleak_scan");
	require(kmemleak_next_leak(&kind, &cursor, &info) && info.pointer == (uintptr_t)lost, "what was lost");
	require(!kmemleak_next_leak(&kind, &cursor, &info), "what was not");
	kmemleak_free_part(lost, 200);
	free_pages((unsigned long)(uintptr_t)lost, 0);
	require(kmemleak_validate() == 0, "kmemleak_validate");
}
#endif

#ifdef REPORTS
#include <quire/proc.h>

static void count_text(void *ctx, const char *text, size_t len)
{
	(void)text;
	*(size_t *)ctx += len;
}

static void read_reports(void)
{
	const struct report *report;
	size_t length = 0;
	struct seq_file m = { count_text, &length };

	for (report = quire_reports; report->name; report++)
		report->show(&m);
	require(length > 1000, "reports");
}
#endif

#if !CONFIG_PAGE_EXT
#include <quire/cma.h>

static const struct machine_cma area = { .name = "device", .size = RAM_SIZE / 4 };

/* Nothing can be moved out of an area again: nobody but its device has a page of it. */
static void area_is_lent_to_nobody(void)
{
	struct cma *cma = this_quire()->page.cma_areas;
	unsigned long pages = cma_get_size(cma) >> PAGE_SHIFT;
	struct page *taken = NULL, *page;

	while ((page = alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC | __GFP_NOWARN, 0))) {
		require(!cma_pages_valid(cma, page, 1), "a movable page of a CMA area");
		page->lru.next = taken ? &taken->lru : NULL;
		taken = page;
	}
	page = cma_alloc(cma, pages, 0, false);
	require(page && !cma_alloc(cma, 1, 0, true), "cma_alloc of all");
	require(cma_release(cma, page, pages), "cma_release");
	while ((page = taken)) {
		taken = page->lru.next ? (struct page *)((char *)page->lru.next - offsetof(struct page, lru)) : NULL;
		__free_pages(page, 0);
	}
}
#endif

#if TIER >= 2
static unsigned long tlb_flushes;
#endif

#if TIER >= 2 && CONFIG_MMU && CONFIG_PAGE_SHIFT == 12 /* the formats below have pages of 4 KB */
#include <quire/pgtable_formats.h>
#include <quire/vmalloc.h>

#if __SIZEOF_POINTER__ == 8
#define FORMAT pt_x86_64
#define WINDOW 0xffffc90000000000
#else
#define FORMAT pt_i386_pse
#define WINDOW 0xf8000000
#endif
#define WINDOW_SIZE ((uintptr_t)16 << 20)

static void have_a_window(struct quire_machine *machine)
{
	machine->kvirt.layer = &quire_kvirt;
	machine->kvirt.format = &FORMAT;
	machine->kvirt.vmalloc_start = WINDOW;
	machine->kvirt.vmalloc_end = WINDOW + WINDOW_SIZE;
#if TIER >= 3 && CONFIG_HIGHMEM
	machine->lowmem_end = RAM_BASE + RAM_SIZE / 2;
	machine->zones = 1 << ZONE_NORMAL | 1 << ZONE_HIGHMEM;
	machine->zone_end[ZONE_NORMAL] = machine->lowmem_end;
	machine->kvirt.pkmap_base = machine->kvirt.vmalloc_end + PAGE_SIZE;
	machine->kvirt.last_pkmap = 32;
#endif
}

#if TIER >= 3 && CONFIG_HIGHMEM
#include <quire/highmem.h>

static void map_highmem(void)
{
	struct page *page = alloc_pages(GFP_HIGHUSER, 0);
	struct pt_entry found;

	require(page && PageHighMem(page), "alloc_pages of highmem");
	require(pt_lookup(kernel_pgtable(), kernel_va(kmap(page)), &found) == 0, "kmap");
	require(found.phys == page_to_phys(page), "kmap of that page");
	kunmap(page);
	__free_pages(page, 0);
}
#endif

/* The CPU has a table of its own: what is mapped is looked up, not touched. */
static void map_and_unmap(void)
{
	char *area = vmalloc(3 * PAGE_SIZE);
	struct pt_entry found;

	require(area && (uintptr_t)area >= WINDOW && (uintptr_t)area < WINDOW + WINDOW_SIZE, "vmalloc");
	require(pt_lookup(kernel_pgtable(), kernel_va(area + 2 * PAGE_SIZE), &found) == 0, "pt_lookup");
	require(found.phys == page_to_phys(vmalloc_to_page(area + 2 * PAGE_SIZE)), "vmalloc_to_page");
	require(pt_lookup(kernel_pgtable(), kernel_va(area + 3 * PAGE_SIZE), &found) != 0, "guard page");
	vfree(area);
	require(pt_lookup(kernel_pgtable(), kernel_va(area), &found) != 0, "vfree");
	vm_unmap_aliases();
	require(tlb_flushes > 0, "port_tlb_flush");
#if TIER >= 3 && CONFIG_HIGHMEM
	map_highmem();
#endif
	require(pt_validate(kernel_pgtable()) == 0, "pt_validate");
}
#else
static void have_a_window(struct quire_machine *machine)
{
	(void)machine;
}
static void map_and_unmap(void)
{
}
#endif

/* Called by the entry point below, the stack aligned. */
_Noreturn void standalone_main(void);
_Noreturn void standalone_main(void)
{
	static const struct machine_bank bank = { RAM_BASE, RAM_SIZE, 0, 0 };
	struct quire_machine machine = {
		.name = "standalone",
		.banks = &bank,
		.nr_banks = 1,
		.direct_map = (uintptr_t)ram - RAM_BASE,
	};

	memcpy(&first_state, &this_quire()->memblock_part, sizeof(first_state));
	use_memblock_before_anything();
	quire_reset();
	require(memcmp(&first_state, &this_quire()->memblock_part, sizeof(first_state)) == 0,
		"memblock after quire_reset is as it was at first");
	have_a_window(&machine);
#if !CONFIG_PAGE_EXT
	machine.cma = &area;
	machine.nr_cma = 1;
#endif
#if CONFIG_KMEMLEAK && !defined(NO_LEAKS)
	watch_for_leaks(&machine);
#endif
	require(quire_boot(&machine) == 0, "quire_boot");
	take_and_give_back();
#if CONFIG_KMEMLEAK && !defined(NO_LEAKS)
	lose_memory();
#endif
#if !CONFIG_PAGE_EXT
	area_is_lent_to_nobody();
#endif
	map_and_unmap();
#ifdef REPORTS
	read_reports();
#endif
	print("standalone: done");
	leave(0);
}

#if __SIZEOF_POINTER__ == 8
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tand $-16, %rsp\n\tcall standalone_main\n");
#else
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tand $-16, %esp\n\tcall standalone_main\n");
#endif
