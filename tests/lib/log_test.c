/* SPDX-License-Identifier: MIT */
/*
 * log_test.c - lines, their counts, warnings and panics.
 */
#include <stdlib.h>
#include <string.h>

#include "mm/lib/log.h"
#include "tests/fixture.h"
#include "tests/tap.h"

/* A state to count in; the caller deselects and frees it. */
static struct quire *select_fresh_quire(void)
{
	struct quire *q = calloc(1, sizeof(*q));

	REQUIRE(q);
	quire_select(q);
	return q;
}

static void drop_quire(struct quire *q)
{
	quire_select(NULL);
	free(q);
}

static void a_line_reaches_the_port(void)
{
	pr_info("%d pages at %#lx", 3, 0x1000UL);
	CHECK_STR(log_text(), "3 pages at 0x1000\n");
}

static void lines_are_logged_before_there_is_a_machine(void)
{
	CHECK_PTR(this_quire(), NULL);
	pr_err("no machine");
	pr_warn("still none");
	CHECK(WARN(true, "none at all"));
	CHECK(log_contains("no machine\nstill none\nWARNING: none at all, called from 0x"));
}

static void warnings_and_errors_are_counted(void)
{
	struct quire *q = select_fresh_quire();

	pr_info("one");
	pr_debug("two");
	CHECK_EQ(q->log.warnings + q->log.errors, 0);
	pr_err("three");
	CHECK_EQ(q->log.errors, 1);
	pr_warn("four");
	pr_warn("five");
	CHECK_EQ(q->log.warnings, 2);
	CHECK(WARN(q, "six"));
	CHECK_EQ(q->log.warnings, 3);
	CHECK_EQ(q->log.errors, 1);
	drop_quire(q);
}

static void a_long_line_is_cut_at_255_bytes(void)
{
	char text[400];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	pr_info("%s", text);
	CHECK_EQ(strlen(log_text()), 255 + 1);
}

static void a_newline_at_the_end_is_dropped(void)
{
	pr_info("line\n");
	pr_info("\n");
	pr_info("%s", "");
	CHECK_STR(log_text(), "line\n\n\n");
}

static void a_warning_that_does_not_hold_says_nothing(void)
{
	int evaluated = 0;

	CHECK(!WARN(evaluated++ > 0, "not %d", evaluated));
	CHECK_EQ(evaluated, 1);
	CHECK_STR(log_text(), "");
}

__attribute__((noinline)) static void misused(void)
{
	WARN(true, "%s is misused", "it");
}

/* The address behind "called from " in the log, as a number. */
static uintptr_t named_caller(void)
{
	const char *at = strstr(log_text(), ", called from 0x");

	REQUIRE(at);
	return (uintptr_t)strtoull(at + strlen(", called from "), NULL, 16);
}

/* Not inlined and not the last call: the return address lies in this function. */
__attribute__((noinline)) static void caller(void)
{
	misused();
	__asm__ volatile("" ::: "memory");
}

static void a_warning_names_the_caller_of_the_misused_function(void)
{
	uintptr_t from;

	caller();
	CHECK(log_contains("WARNING: it is misused, called from 0x"));
	from = named_caller();
	CHECK(from > (uintptr_t)caller && from < (uintptr_t)caller + 4096);
}

static void a_long_warning_still_names_the_caller(void)
{
	char text[400];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	quire_warn((void *)(uintptr_t)0xabcd1234, "%s", text);
	CHECK_EQ(strlen(log_text()), 255 + 1);
	CHECK_EQ(named_caller(), 0xabcd1234);
	log_clear();
	quire_warn((void *)(uintptr_t)0xabcd1234, "short\n");
	CHECK_STR(log_text(), "WARNING: short, called from 0xabcd1234\n");
}

static void a_panic_carries_its_text_and_stops(void)
{
	volatile int reached = 0;

	CHECK(EXPECT_PANIC({
		reached++;
		quire_panic("out of %s", "luck");
	}));
	CHECK_STR(test_panic_text(), "out of luck");
	CHECK(!EXPECT_PANIC(reached++));
	CHECK_EQ(reached, 2);
}

static void a_bug_says_what_and_where(void)
{
	CHECK(EXPECT_PANIC(BUG_ON(1 + 1 == 2)));
	CHECK(strstr(test_panic_text(), "BUG: 1 + 1 == 2 at tests/lib/log_test.c:"));
	CHECK(!EXPECT_PANIC(BUG_ON(1 + 1 == 3)));
}

static void debug_checks_are_made_in_debug_builds_only(void)
{
	volatile int evaluated = 0;

	CHECK_EQ(EXPECT_PANIC(VM_BUG_ON(++evaluated)), CONFIG_DEBUG_VM);
	CHECK_EQ(evaluated, CONFIG_DEBUG_VM);
	CHECK_EQ(EXPECT_PANIC(VM_BUG_ON_EXPENSIVE(++evaluated)), CONFIG_DEBUG_VM_EXPENSIVE);
	CHECK_EQ(evaluated, CONFIG_DEBUG_VM + CONFIG_DEBUG_VM_EXPENSIVE);
}

const struct tap_test tap_tests[] = {
	TEST(a_line_reaches_the_port),
	TEST(lines_are_logged_before_there_is_a_machine),
	TEST(warnings_and_errors_are_counted),
	TEST(a_long_line_is_cut_at_255_bytes),
	TEST(a_newline_at_the_end_is_dropped),
	TEST(a_warning_that_does_not_hold_says_nothing),
	TEST(a_warning_names_the_caller_of_the_misused_function),
	TEST(a_long_warning_still_names_the_caller),
	TEST(a_panic_carries_its_text_and_stops),
	TEST(a_bug_says_what_and_where),
	TEST(debug_checks_are_made_in_debug_builds_only),
	{ NULL, NULL },
};
