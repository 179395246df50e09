/* SPDX-License-Identifier: MIT */
/*
 * support.c - see support.h.
 */
#include "tests/fixture.h"
#include "tests/pgtable/support.h"
#include "tests/tap.h"

void boot_for_tables(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, (phys_addr_t)32 << 20, 0);
	test_reserve(m, 0, 4096);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
}

void check_destroyed(struct pgtable *pt, unsigned long free_before)
{
	pt_destroy(pt);
	CHECK_EQ(nr_free_pages(), free_before);
	CHECK_EQ(page_alloc_validate(), 0);
}
