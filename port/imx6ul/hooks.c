/* SPDX-License-Identifier: MIT */
/*
 * hooks.c - the hooks of tier 1 on one ARM CPU. Tier 2 is in mmu.c, the rest in kernel/.
 */
#include "port/imx6ul/imx6ul.h"

#if CONFIG_SMP

unsigned int port_cpu_id(void)
{
	return 0;
}

#define CPSR_I 0x80ul

unsigned long port_irq_save(void)
{
	unsigned long cpsr;

	__asm__ volatile("mrs %0, cpsr\n\tcpsid i" : "=r"(cpsr) : : "memory");
	return cpsr & CPSR_I;
}

void port_irq_restore(unsigned long flags)
{
	if (!(flags & CPSR_I))
		__asm__ volatile("cpsie i" : : : "memory");
}

void port_cpu_relax(void)
{
	__asm__ volatile("yield" : : : "memory");
}

#endif
