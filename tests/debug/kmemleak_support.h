/* SPDX-License-Identifier: MIT */
/*
 * kmemleak_support.h - machines that watch for leaks, objects to lose, and what a scan said of them.
 */
#ifndef TESTS_KMEMLEAK_SUPPORT_H
#define TESTS_KMEMLEAK_SUPPORT_H

#include <quire/kmemleak.h>
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/support/nr_leaks.h"
#include "tests/tap.h"

#define MB(n) ((phys_addr_t)(n) << 20)

/* The test's static data, as the machine has it: what is here leads to objects. */
#define LEAK_ROOTS 64
extern void *leak_roots[LEAK_ROOTS];

/* A machine of 32 MB on one node that watches, to be changed and booted; leak_roots are cleared. */
struct quire_machine *leak_machine(void);
/* The same, booted, without a clock: a second scan reports what was lost before the first. */
struct quire_machine *boot_leak_machine(void);

/* `size` bytes of zeroes in pages, of 64 at most; announced, if min_count is not -2. */
#define UNANNOUNCED (-2)
void *leak_object(size_t size, int min_count);
static inline void *new_object(size_t size)
{
	return leak_object(size, 1);
}

/* So many whole scans, of which each must succeed and leave everything sound. */
void scan_times(unsigned int times);
/* Is this object reported now; how many of these are. */
bool is_leak(const void *ptr);
/* Just these are reported, after two scans; the list ends in NULL. */
void check_leaks(void *const *expected);
#define CHECK_LEAKS(...) check_leaks((void *const[]){ __VA_ARGS__ __VA_OPT__(,) NULL })
/* The text of the report, in a buffer that the next call overwrites. */
const char *leak_report(void);

#endif
