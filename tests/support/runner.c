/* SPDX-License-Identifier: MIT */
/*
 * runner.c - runs a test and prints its line; the checks that it consists of.
 *
 * A failed REQUIRE and an unexpected panic jump out of the test; a crash ends the program,
 * and whoever reads the TAP sees that the plan was not kept.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/support.h"

void (*test_machines_cleanup)(void);
void (*test_leaks_end)(struct quire *quire);

/* Checks may come from several threads. */
static pthread_mutex_t output_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int failed_checks;
static char skip_reason[200];

/* Where tap_abandon jumps to; only the thread that runs the tests has one. */
static QUIRE_PER_THREAD jmp_buf *abandon_jump;

/* A test that fails in a loop shall not fill the disk. */
#define MAX_REPORTS 20

static void vnote(const char *fmt, va_list args)
{
	char text[4096], *line, *rest = text;

	vsnprintf(text, sizeof(text), fmt, args);
	while ((line = strsep(&rest, "\n")))
		if (*line || rest)
			printf("# %s\n", line);
}

void tap_note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	pthread_mutex_lock(&output_lock);
	vnote(fmt, args);
	pthread_mutex_unlock(&output_lock);
	va_end(args);
}

/* Counts a failed check and prints it, unless the test has failed often enough already. */
__attribute__((format(printf, 1, 2))) static void report(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	pthread_mutex_lock(&output_lock);
	if (++failed_checks <= MAX_REPORTS)
		vnote(fmt, args);
	else if (failed_checks == MAX_REPORTS + 1)
		printf("# more checks fail; they are not printed\n");
	pthread_mutex_unlock(&output_lock);
	va_end(args);
}

bool tap_check(bool held, const char *what, const char *file, int line)
{
	if (!held)
		report("%s:%d: failed: %s", file, line, what);
	return held;
}

bool tap_check_eq(long long a, long long b, const char *what, const char *file, int line)
{
	if (a != b)
		report("%s:%d: failed: %s\n  left:  %lld (0x%llx)\n  right: %lld (0x%llx)", file,
		       line, what, a, (unsigned long long)a, b, (unsigned long long)b);
	return a == b;
}

bool tap_check_str(const char *a, const char *b, const char *what, const char *file, int line)
{
	bool held = a && b ? !strcmp(a, b) : a == b;

	if (!held)
		report("%s:%d: failed: %s\n  left:  \"%s\"\n  right: \"%s\"", file, line, what,
		       a ? a : "(NULL)", b ? b : "(NULL)");
	return held;
}

bool tap_check_ptr(const volatile void *a, const volatile void *b, const char *what,
		   const char *file, int line)
{
	if (a != b)
		report("%s:%d: failed: %s\n  left:  %p\n  right: %p", file, line, what,
		       (const void *)a, (const void *)b);
	return a == b;
}

void tap_abandon(void)
{
	if (abandon_jump)
		longjmp(*abandon_jump, 1);
	pthread_exit(NULL);
}

void tap_skip(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(skip_reason, sizeof(skip_reason), fmt, args);
	va_end(args);
	tap_abandon();
}

bool tap_is_emulated(void)
{
	return getenv("QUIRE_TEST_EMULATED") != NULL;
}

bool test_has_ended_early(void)
{
	return failed_checks || skip_reason[0];
}

bool test_run_one(const struct tap_test *test, unsigned int number)
{
	jmp_buf jump;

	failed_checks = 0;
	skip_reason[0] = '\0';
	test_hooks_begin();
	test_random_begin(test->name);
	abandon_jump = &jump;
	if (!setjmp(jump))
		test->run();
	abandon_jump = NULL;
	test_hooks_check();
	if (test_machines_cleanup)
		test_machines_cleanup();
	if (failed_checks) {
		tap_note("repeat with QUIRE_TEST_SEED=0x%llx",
			 (unsigned long long)test_random_seed());
		test_hooks_show_log();
	}
	if (skip_reason[0] && !failed_checks)
		printf("ok %u - %s # SKIP %s\n", number, test->name, skip_reason);
	else
		printf("%sok %u - %s\n", failed_checks ? "not " : "", number, test->name);
	return !failed_checks;
}
