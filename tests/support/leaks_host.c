/* SPDX-License-Identifier: MIT */
/*
 * leaks_host.c - machines of the host port are asked for leaks too when they end: see leaks.c. mk/tests.mk
 * links the tests with --wrap=host_machine_destroy.
 */
#include "port/host/host.h"

#include "tests/support/support.h"

void __real_host_machine_destroy(struct host_machine *hm);
void __wrap_host_machine_destroy(struct host_machine *hm);

void __wrap_host_machine_destroy(struct host_machine *hm)
{
	struct quire *before, *quire;

	if (hm && test_leaks_end) {
		before = host_machine_select(hm);
		quire = quire_select(before);
		test_leaks_end(quire);
	}
	__real_host_machine_destroy(hm);
}
