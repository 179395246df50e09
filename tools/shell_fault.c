/* SPDX-License-Identifier: MIT */
/*
 * shell_fault.c - the shell's command that makes the page allocator fail, by Linux's knobs.
 */
#include "tools/shell.h"

#include <string.h>

#include "tools/numbers.h"

void explain_fail_page_alloc(void)
{
	printf("\nWithout arguments it prints the knobs; `off` puts them back. The knobs:\n"
	       "  probability         percent of the requests that fail; 0: off\n"
	       "  interval            only every so many-th request may fail\n"
	       "  times               so many failures at most; -1: no limit\n"
	       "  space               nothing fails before so many pages were asked for\n"
	       "  verbose             0: silent, 1: a failure is logged, 2: with its request\n"
	       "  ignore-gfp-highmem  1: requests that may be highmem do not fail\n"
	       "  ignore-gfp-wait     1: requests that may wait (GFP_KERNEL) do not fail\n"
	       "  min-order           requests of smaller orders do not fail\n"
	       "  seed                the same seed, the same failures\n"
	       "\nTo let half of all requests fail:\n"
	       "  fail_page_alloc probability 50 times -1 min-order 0 ignore-gfp-wait 0\n");
}

/* A knob at every odd place; at the first one also `off`, behind the last knob. */
const char *complete_fail_page_alloc(const struct shell *sh, int arg, size_t n)
{
	const char *knob = arg % 2 ? fail_page_alloc_knob(n) : NULL;

	(void)sh;
	if (!knob && arg == 1 && n && fail_page_alloc_knob(n - 1))
		return "off";
	return knob;
}

static void print_knobs(void)
{
	const char *knob;
	long value;
	size_t n;

	for (n = 0; (knob = fail_page_alloc_knob(n)) != NULL; n++)
		if (!fail_page_alloc_get(knob, &value))
			printf("%-18s  %ld\n", knob, value);
	printf("%-18s  %lu\n", "failed so far", this_quire()->fault.page_alloc.attr.failed);
}

static int set_knob(struct shell *sh, const char *knob, const char *text)
{
	bool negative = text[0] == '-';
	int err;
	u64 n;

	if (!parse_number(text + negative, 0, 0x7fffffff, &n))
		return shell_error(sh, "fail_page_alloc: `%s` is no number", text);
	err = fail_page_alloc_set(knob, negative ? -(long)n : (long)n);
	if (err == -EINVAL)
		return shell_error(sh, "fail_page_alloc: %s cannot be %s", knob, text);
	if (err)
		return shell_error(sh, "fail_page_alloc: no knob `%s`", knob);
	return STATUS_OK;
}

int shell_fail_page_alloc(struct shell *sh, int argc, char **argv)
{
	const struct fault_state before = this_quire()->fault;
	int i;

	if (argc == 2 && !strcmp(argv[1], "off")) {
		fail_page_alloc_off();
		return STATUS_OK;
	}
	for (i = 1; i < argc; i += 2) {
		int status = i + 1 < argc ? set_knob(sh, argv[i], argv[i + 1])
					  : shell_error(sh, "fail_page_alloc: %s needs a value",
							argv[i]);

		if (status) {
			this_quire()->fault = before; /* an error sets nothing */
			return status;
		}
	}
	if (argc == 1)
		print_knobs();
	return STATUS_OK;
}
