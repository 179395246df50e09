/* SPDX-License-Identifier: MIT */
/*
 * tier2_main.c - an embedder with an MMU: the hooks of tier 2 as well. The kernel's table
 * is made, vmalloc maps in it and the TLB is flushed; the CPU does not use it here.
 */
#ifndef TIER
#define TIER 2
#endif
#include "tests/build/tier1_main.c"

void port_tlb_flush(uintptr_t start, size_t size, unsigned int flags)
{
	(void)start;
	(void)size;
	(void)flags;
	tlb_flushes++;
}
