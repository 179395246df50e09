/* SPDX-License-Identifier: MIT */
/*
 * shell_fault.c - the shell's commands that make requests for pages and for objects fail, by
 * Linux's knobs.
 */
#include "tools/shell.h"

#include <string.h>

#include "tools/numbers.h"

/* What differs between the two commands. */
struct fail_command {
	const char *name;
	int (*set)(const char *knob, long value);
	int (*get)(const char *knob, long *value);
	const char *(*knob)(size_t n);
	void (*off)(void);
};

static const struct fail_command page_command = {
	"fail_page_alloc",    fail_page_alloc_set, fail_page_alloc_get,
	fail_page_alloc_knob, fail_page_alloc_off,
};
static const struct fail_command slab_command = {
	"failslab", failslab_set, failslab_get, failslab_knob, failslab_off,
};

static void explain_common(const char *unit)
{
	printf("\nWithout arguments it prints the knobs; `off` puts them back. The knobs:\n"
	       "  probability         percent of the requests that fail; 0: off\n"
	       "  interval            only every so many-th request may fail\n"
	       "  times               so many failures at most; -1: no limit\n"
	       "  space               nothing fails before so many %s were asked for\n"
	       "  verbose             0: silent, 1: a failure is logged, 2: with its request\n",
	       unit);
}

void explain_fail_page_alloc(void)
{
	explain_common("pages");
	printf("  ignore-gfp-highmem  1: requests that may be highmem do not fail\n"
	       "  ignore-gfp-wait     1: requests that may wait (GFP_KERNEL) do not fail\n"
	       "  min-order           requests of smaller orders do not fail\n"
	       "  seed                the same seed, the same failures\n"
	       "\nTo let half of all requests fail:\n"
	       "  fail_page_alloc probability 50 times -1 min-order 0 ignore-gfp-wait 0\n");
}

void explain_failslab(void)
{
	explain_common("bytes");
	printf("  ignore-gfp-wait     1: requests that may wait (GFP_KERNEL) do not fail\n"
	       "  cache-filter        1: only caches with SLAB_FAILSLAB fail\n"
	       "  seed                the same seed, the same failures\n"
	       "\nTo let half of all requests fail:\n"
	       "  failslab probability 50 times -1 ignore-gfp-wait 0\n");
}

/* A knob at every odd place; at the first one also `off`, behind the last knob. */
static const char *complete(const struct fail_command *command, int arg, size_t n)
{
	const char *knob = arg % 2 ? command->knob(n) : NULL;

	if (!knob && arg == 1 && n && command->knob(n - 1))
		return "off";
	return knob;
}

const char *complete_fail_page_alloc(const struct shell *sh, int arg, size_t n)
{
	(void)sh;
	return complete(&page_command, arg, n);
}

const char *complete_failslab(const struct shell *sh, int arg, size_t n)
{
	(void)sh;
	return complete(&slab_command, arg, n);
}

static void print_knobs(const struct fail_command *command, unsigned long failed)
{
	const char *knob;
	long value;
	size_t n;

	for (n = 0; (knob = command->knob(n)) != NULL; n++)
		if (!command->get(knob, &value))
			printf("%-18s  %ld\n", knob, value);
	printf("%-18s  %lu\n", "failed so far", failed);
}

static int set_knob(struct shell *sh, const struct fail_command *command, const char *knob,
		    const char *text)
{
	bool negative = text[0] == '-';
	int err;
	u64 n;

	if (!parse_number(text + negative, 0, 0x7fffffff, &n))
		return shell_error(sh, "%s: `%s` is no number", command->name, text);
	err = command->set(knob, negative ? -(long)n : (long)n);
	if (err == -EINVAL)
		return shell_error(sh, "%s: %s cannot be %s", command->name, knob, text);
	if (err)
		return shell_error(sh, "%s: no knob `%s`", command->name, knob);
	return STATUS_OK;
}

static int run(struct shell *sh, const struct fail_command *command, const struct fault_attr *attr,
	       int argc, char **argv)
{
	const struct fault_state before = this_quire()->fault;
	int i;

	if (argc == 2 && !strcmp(argv[1], "off")) {
		command->off();
		return STATUS_OK;
	}
	for (i = 1; i < argc; i += 2) {
		int status = i + 1 < argc ? set_knob(sh, command, argv[i], argv[i + 1])
					  : shell_error(sh, "%s: %s needs a value", command->name,
							argv[i]);

		if (status) {
			this_quire()->fault = before; /* an error sets nothing */
			return status;
		}
	}
	if (argc == 1)
		print_knobs(command, attr->failed);
	return STATUS_OK;
}

int shell_fail_page_alloc(struct shell *sh, int argc, char **argv)
{
	return run(sh, &page_command, &this_quire()->fault.page_alloc.attr, argc, argv);
}

int shell_failslab(struct shell *sh, int argc, char **argv)
{
	return run(sh, &slab_command, &this_quire()->fault.slab.attr, argc, argv);
}
