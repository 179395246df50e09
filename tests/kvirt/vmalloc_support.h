/* SPDX-License-Identifier: MIT */
/*
 * vmalloc_support.h - machines for the tests of the vmalloc window, and what all of them check.
 */
#ifndef TESTS_VMALLOC_SUPPORT_H
#define TESTS_VMALLOC_SUPPORT_H

#include <quire/quire.h>
#include <quire/vmalloc.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB(n) ((unsigned long)(n) << 20)

/* Formats of the three kinds: two levels, PAE, four levels. */
extern const char *const vmalloc_formats[];
#define NR_VMALLOC_FORMATS 3

/* Boots a machine with 64 MB of RAM and a kernel page table of the format. */
struct quire_machine *boot_with_window(const char *format);
/* The same with 32 MB in the direct map, and 32 MB of highmem. */
struct quire_machine *boot_with_highmem(const char *format);

/* What is to be as before when something has failed, or has been undone. */
struct vmalloc_snapshot {
	unsigned long free_pages; /* and those that the window needs for tables and nodes */
	unsigned long areas, nr_pages;
};
/* After a purge, so that nothing is lazy. */
struct vmalloc_snapshot vmalloc_snapshot(void);
/* All is as it was then, and sound. */
void check_snapshot(const struct vmalloc_snapshot *before);
/* Areas that are in use, without those that wait for a purge. */
unsigned long vmalloc_live_areas(void);

/* Fills [addr, addr + size) with a pattern of its own, or looks whether it is there. */
void fill_pattern(void *addr, unsigned long size, unsigned int seed);
bool has_pattern(const void *addr, unsigned long size, unsigned int seed);
/* Is each byte 0? */
bool is_cleared(const void *addr, unsigned long size);
/* Is nothing mapped at the address in the kernel's table? */
bool is_unmapped(const void *addr);
/* How many lines of the log have this text in it. */
unsigned int log_count(const char *text);

#endif
