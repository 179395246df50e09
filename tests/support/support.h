/* SPDX-License-Identifier: MIT */
/*
 * support.h - what the files of tests/support tell one another.
 */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include "tests/fixture.h"
#include "tests/tap.h"

/* hooks.c: a test begins; what it leaves behind that must not be left. */
void test_hooks_begin(void);
void test_hooks_check(void);
/* Prints the last lines of the log, for a test that failed. */
void test_hooks_show_log(void);

/* random.c */
void test_random_begin(const char *test_name);
u64 test_random_seed(void);

/*
 * Called by the runner after each test, when set. A pointer, so that a test program
 * without a machine does not link machine.c and all of the library.
 */
extern void (*test_machines_cleanup)(void);

#endif
