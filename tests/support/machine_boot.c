/* SPDX-License-Identifier: MIT */
/*
 * machine_boot.c - boots a test's machine. A file of its own, so that tests of the layers
 * below the boot do not link it.
 */
#include <quire/quire.h>

#include "tests/fixture.h"

int test_machine_boot(struct quire_machine *m)
{
	test_machine_ram(m);
	return quire_boot(m);
}
