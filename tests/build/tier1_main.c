/* SPDX-License-Identifier: MIT */
/*
 * tier1_main.c - an embedder with several CPUs or interrupts: the hooks of tier 1 as well.
 */
#include "tests/build/standalone.h"

unsigned int port_cpu_id(void)
{
	return 0;
}

unsigned long port_irq_save(void)
{
	return 0;
}

void port_irq_restore(unsigned long flags)
{
	(void)flags;
}

void port_cpu_relax(void)
{
}
