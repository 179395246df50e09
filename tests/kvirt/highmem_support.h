/* SPDX-License-Identifier: MIT */
/*
 * highmem_support.h - machines with highmem, and hooks that watch what is done to TLBs.
 */
#ifndef TESTS_HIGHMEM_SUPPORT_H
#define TESTS_HIGHMEM_SUPPORT_H

#include <quire/fixmap.h>
#include <quire/highmem.h>
#include <quire/kvirt.h>
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB(n) ((phys_addr_t)(n) << 20)

#define FIXMAP_SPARE 4 /* slots of the fixmap that nobody has a use for */
/*
 * A machine with 16 MB of lowmem and as much highmem, not booted: its windows may be
 * changed before quire_boot(). slots 0: as many as test_machine_kvirt gives. The fixmap has
 * just the slots it needs and FIXMAP_SPARE more.
 */
struct quire_machine *highmem_machine(const char *format, unsigned int slots, unsigned int cpus);
/* One that is to be booted MACHINE_AS_DUMPED. */
struct quire_machine *highmem_machine_as_dumped(const char *format, unsigned int slots);
/* The first, booted. */
struct quire_machine *highmem_boot(const char *format, unsigned int slots, unsigned int cpus);

/* A page of highmem, the caller's. */
struct page *highmem_page(void);
/* The physical address that the kernel's table has for an address; 0: it is not mapped. */
phys_addr_t highmem_translate(const void *addr);
/* How many warnings there were since the last call. */
unsigned long highmem_new_warnings(void);

/* ---- what the hooks saw ---- */

struct flush {
	uintptr_t start;
	size_t size;
	unsigned int flags, cpu;
};
/* Calls of port_tlb_flush since highmem_watch() was called; the last one is in *last. */
unsigned int highmem_flushes(struct flush *last);
/*
 * Begins to watch: no flush so far, and TLBs that hold nothing. After every change of the
 * table highmem_fill_tlbs() lets each CPU load all that it may have loaded by then, and
 * checks that no TLB still holds another translation for the same address: that would be
 * an address reused without a flush. CPUs do not use each other's kmap_local slots.
 */
void highmem_watch(void);
void highmem_fill_tlbs(void);

/* The next so many calls of port_window_map fail. */
extern unsigned int highmem_fail_maps;
/* Called once from inside the next hook that is called, as an interrupt would come. */
extern void (*highmem_interrupt)(void);

#endif
