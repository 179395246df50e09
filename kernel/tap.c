/* SPDX-License-Identifier: MIT */
/*
 * tap.c - the kernel's own tests as TAP on the console, and which there are.
 */
#include "kernel/internal.h"

static void test_cpu(void)
{
	if (kernel_cpu.test)
		kernel_cpu.test();
	else
		test_skip("it has nothing else to test", "what only this CPU has");
}

static const struct kernel_suite {
	const char *name;
	void (*run)(void);
} suites[] = {
	{ "layout", test_layout },
	{ "protection", test_protection },
	{ "mmu", test_mmu },
	{ "cpu", test_cpu },
	{ "kmap", test_kmap },
	{ "vmalloc", test_vmalloc },
	{ "percpu", test_percpu },
	{ "objects", test_objects },
	{ "ram", test_ram },
	{ "leaks", test_leaks },
	{ NULL, NULL },
};

static unsigned int tests_run, tests_failed;

void test_begin(bool is_well)
{
	tests_run++;
	tests_failed += !is_well;
	console_printf("%s %u - ", is_well ? "ok" : "not ok", tests_run);
}

bool test_run(const char *name, size_t length)
{
	const struct kernel_suite *suite;
	bool is_known = false;

	for (suite = suites; suite->name; suite++)
		if (word_is(name, length, suite->name) || word_is(name, length, "all")) {
			console_printf("# %s\n", suite->name);
			suite->run();
			is_known = true;
		}
	if (!is_known) {
		console_printf("# There is no test of that name; there are:");
		for (suite = suites; suite->name; suite++)
			console_printf(" %s", suite->name);
		console_printf("\n");
	}
	return is_known;
}

bool test_end(void)
{
	if (tests_run)
		console_printf("1..%u\n", tests_run);
	return !tests_failed;
}
