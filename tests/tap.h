/* SPDX-License-Identifier: MIT */
/*
 * tap.h - what a test program is made of: a table of tests, and checks that print what
 * they saw when they fail.
 *
 * The output is TAP: one line a test. Nothing here needs a C library, so the same test
 * file can be linked into a kernel with another runner than tests/support/runner.c.
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <quire/types.h>

struct tap_test {
	const char *name; /* says the behaviour that is tested */
	void (*run)(void);
};
#define TEST(fn) { #fn, fn }

/* Every test program defines its table; it ends with { NULL, NULL }. */
extern const struct tap_test tap_tests[];

/*
 * A check that fails fails the running test, which goes on. Each returns whether it held,
 * may be used from any thread, and evaluates its arguments once.
 */
#define CHECK(cond) tap_check(!!(cond), #cond, __FILE__, __LINE__)
/* Integers of up to 64 bits. */
#define CHECK_EQ(a, b) \
	tap_check_eq((long long)(a), (long long)(b), #a " == " #b, __FILE__, __LINE__)
#define CHECK_STR(a, b) tap_check_str(a, b, #a " == " #b, __FILE__, __LINE__)
#define CHECK_PTR(a, b) tap_check_ptr(a, b, #a " == " #b, __FILE__, __LINE__)

/* Ends the running test, from whatever depth of calls, when the condition does not hold. */
#define REQUIRE(cond)                \
	do {                         \
		if (!CHECK(cond))    \
			tap_abandon(); \
	} while (0)

/* A "# ..." line in the output. */
__attribute__((format(printf, 1, 2))) void tap_note(const char *fmt, ...);
/* Ends the running test without a verdict: this machine cannot run it. */
_Noreturn __attribute__((format(printf, 1, 2))) void tap_skip(const char *fmt, ...);

bool tap_check(bool held, const char *what, const char *file, int line);
bool tap_check_eq(long long a, long long b, const char *what, const char *file, int line);
bool tap_check_str(const char *a, const char *b, const char *what, const char *file, int line);
bool tap_check_ptr(const volatile void *a, const volatile void *b, const char *what,
		   const char *file, int line);
_Noreturn void tap_abandon(void);
/* Is the process run by an emulator of its instructions (tests/run-program)? */
bool tap_is_emulated(void);

#endif
