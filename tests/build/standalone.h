/* SPDX-License-Identifier: MIT */
/*
 * standalone.h - a program without a C library: it boots a machine whose RAM is an array,
 * takes and gives back pages, and exits with 0. Run by a Linux kernel, but nothing except
 * the last few lines knows that.
 *
 * Included by tier0_main.c and tier1_main.c, which differ in the hooks that they provide.
 */
#include <quire/quire.h>

#include "mm/lib/string.h"

#if !CONFIG_SINGLE
#error "standalone programs are built with SINGLE=1"
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
	if (level <= LOG_WARN)
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
	require(quire_boot(&machine) == 0, "quire_boot");
	take_and_give_back();
	print("standalone: done");
	leave(0);
}

#if __SIZEOF_POINTER__ == 8
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tand $-16, %rsp\n\tcall standalone_main\n");
#else
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tand $-16, %esp\n\tcall standalone_main\n");
#endif
