/* SPDX-License-Identifier: MIT */
/*
 * support.h - what the files of tests/support tell one another.
 */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include "tests/fixture.h"
#include "tests/tap.h"

/* runner.c: runs one test and prints its line. True if it did not fail. */
bool test_run_one(const struct tap_test *test, unsigned int number);

/* hooks.c: a test begins; what it leaves behind that must not be left. */
void test_hooks_begin(void);
void test_hooks_check(void);
/* Prints the last lines of the log, for a test that failed. */
void test_hooks_show_log(void);

/* runner.c: has the test failed already, or was it skipped? Then it ended in the middle of something. */
bool test_has_ended_early(void);

/* random.c */
void test_random_begin(const char *test_name);
u64 test_random_seed(void);

/* windows.c: reserves the process's room for the windows and says where they are; the caller unmaps it. */
char *test_windows_reserve(struct quire_machine *m, u64 ram_start, size_t *size);
/* machine.c: the file that holds this machine's RAM at `phys`, and where in it; -1: none does. */
int test_ram_file(u64 phys, u64 *offset);

/*
 * Called by the runner after each test, when set. A pointer, so that a test program
 * without a machine does not link machine.c and all of the library.
 */
extern void (*test_machines_cleanup)(void);

/*
 * Called when a machine ends, before its memory is given back, when set: a test program that boots
 * a machine and watches for leaks (leaks.c) has it.
 */
extern void (*test_leaks_end)(struct quire *quire);
void test_leaks_check(struct quire *quire);

#endif
