/* SPDX-License-Identifier: MIT */
/*
 * kernel_tests.h - how unit tests run inside a kernel, and what the files of tests/kernel
 * tell one another.
 *
 * The image holds one port, the library compiled as for a process (CONFIG_SINGLE=0: many
 * machines) but for the kernel's CPU, and the test files of mm/'s layers, unchanged. What
 * they use of a process is made from the kernel's own machine, which is booted first, on
 * the real RAM, and real page tables:
 *
 *	test files	tests/lib/..., tests/boot/..., ...
 *	tests/support	the fixture: log, panics, machines with simulated RAM
 *	   |		   uses <sys/mman.h>, <stdlib.h>, <stdio.h>, <setjmp.h>
 *	tests/kernel	regions.c	mmap: addresses of the lower half, pages on first touch
 *	   |		memory_file.c	memfd_create: RAM that two mappings show
 *	   |		heap.c		malloc
 *	   |		hooks.c		whose hook: the kernel's or the test's
 *	the library	alloc_pages, pt_map on the kernel's own struct quire
 *	the port	MMU, traps, console
 *
 * While a test runs, this_quire() is its machine, or NULL. A file here that needs the
 * kernel's pages selects the kernel's machine for the time it does.
 */
#ifndef TESTS_KERNEL_TESTS_H
#define TESTS_KERNEL_TESTS_H

#include <quire/port.h>

#include "kernel/kernel.h"
#include "tests/support/support.h"

#define PAGE_BYTES_LOG2 12
#define PAGE_BYTES (1ul << PAGE_BYTES_LOG2)

/* ---- main.c ---- */

/* The file whose tests are running. */
extern const struct kernel_test_file *running_file;

/* ---- hooks.c: the kernel's own machine ---- */

/* Selects it and returns what was selected, for quire_select() afterwards. */
struct quire *select_kernel(void);
/* Boots it. 0, or quire_boot's error. Nothing is selected afterwards. */
int boot_kernel(const struct quire_machine *machine);
/* Its RAM that is free, in pages. */
unsigned long kernel_free_pages(void);

/* ---- regions.c ---- */

/* Gives memory to an address that was touched; false if it has no right to any. */
bool region_touch(uintptr_t addr);
/* What an address of the tests is, for the report of a trap. */
const char *region_describe(uintptr_t addr);
/* Unmaps everything. */
void regions_reset(void);

/* ---- memory_file.c ---- */

struct memory_file;
/* The file with this number; NULL: there is none. */
struct memory_file *memory_file_of(int fd);
/* A mapping shows the file, or no longer does: a closed file lives as long as one does. */
void memory_file_hold(struct memory_file *file);
void memory_file_drop(struct memory_file *file);
/* The page at that offset, a multiple of the page size; PHYS_ADDR_MAX: none, or no memory. */
phys_addr_t memory_file_page(struct memory_file *file, u64 offset);
/* Forgets all files; no region is left. */
void memory_files_reset(void);

/* ---- heap.c ---- */

/* Frees all blocks. */
void heap_reset(void);

/* ---- numbers.c ---- */

/* 0 to 35; 99 for what is no digit. */
int digit_of(char c);

/* ---- jump.c ---- */

/* Calls fn on another stack, whose upper end that is. */
void call_on_stack(void (*fn)(void), void *top);

/* ---- made by mk/kernel-tests.mk ---- */

/* The hooks that a test program may bring in the place of the fixture's. */
struct kernel_test_hooks {
	__typeof__(port_log) *port_log;
	__typeof__(port_panic) *port_panic;
	__typeof__(port_cpu_id) *port_cpu_id;
	__typeof__(port_irq_save) *port_irq_save;
	__typeof__(port_irq_restore) *port_irq_restore;
	__typeof__(port_cpu_relax) *port_cpu_relax;
	__typeof__(port_tlb_flush) *port_tlb_flush;
	__typeof__(port_window_map) *port_window_map;
	__typeof__(port_window_unmap) *port_window_unmap;
	__typeof__(port_wait) *port_wait;
	__typeof__(port_wake) *port_wake;
};

/* What would be a program of its own in a process. */
struct kernel_test_file {
	const char *path;
	const struct tap_test *tests;
	struct kernel_test_hooks hooks;
};
/* Ends with an empty one. */
extern const struct kernel_test_file kernel_test_files[];

/* A file of tests/fixtures, in the image. */
struct kernel_fixture {
	const char *path;
	const char *start, *end;
};
/* Ends with an empty one. */
extern const struct kernel_fixture kernel_fixtures[];

#endif
