/* SPDX-License-Identifier: MIT */
/*
 * tier3_main.c - an embedder whose threads sleep: kmap() waits for a free slot.
 */
#define TIER 3
#include "tests/build/tier2_main.c"

void port_wait(const unsigned int *word, unsigned int value)
{
	(void)word;
	(void)value;
}

void port_wake(const unsigned int *word)
{
	(void)word;
}
