/* SPDX-License-Identifier: MIT */
/*
 * test_mmu.c - the CPU's MMU and the library's model of it agree, on random tables.
 */
#include "kernel/internal.h"
#include "kernel/mmu_oracle.h"

/* Sets of tables; 40 accesses in each. */
#define SETS 300

void test_mmu(void)
{
	struct mmu_oracle_counts counts;
	const char *why;

	mmu_probe_init();
	why = mmu_oracle(&mmu_probe, SETS, &counts);
	if (why)
		console_printf("# %s\n", why);
	test_result(!why, "the CPU and the model agree on random tables: %lu accesses, %lu of them faults, in %s",
		    counts.accesses, counts.faults, mmu_probe.format->name);
	test_result(counts.faults > counts.accesses / 10 && counts.faults < counts.accesses,
		    "some of the accesses fault and some do not");
}
