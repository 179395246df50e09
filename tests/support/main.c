/* SPDX-License-Identifier: MIT */
/*
 * main.c - main() of a test program: runs the tests of tap_tests[] in order.
 *
 * An argument is a filter: only tests whose name contains it are run.
 */
#include <stdio.h>
#include <string.h>

#include "tests/support/support.h"

int main(int argc, char **argv)
{
	const char *filter = argc > 1 ? argv[1] : "";
	const struct tap_test *test;
	unsigned int planned = 0, number = 0, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (test = tap_tests; test->name; test++)
		planned += !!strstr(test->name, filter);
	if (!planned) {
		fprintf(stderr, "%s: no test is named like \"%s\"\n", argv[0], filter);
		return 2;
	}
	printf("1..%u\n", planned);
	for (test = tap_tests; test->name; test++)
		if (strstr(test->name, filter) && !test_run_one(test, ++number))
			failed++;
	if (failed)
		printf("# %u of %u tests failed\n", failed, planned);
	return failed ? 1 : 0;
}
