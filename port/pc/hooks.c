/* SPDX-License-Identifier: MIT */
/*
 * hooks.c - the hooks of tiers 1 and 2 on one x86 CPU. The rest is in kernel/hooks.c.
 */
#include "port/pc/cpu.h"
#include "port/pc/interrupts.h"
#include "port/pc/pc.h"

#if CONFIG_SMP && !CONFIG_PORT_INLINE

/* Only the boot CPU is ever started. */
unsigned int port_cpu_id(void)
{
	return 0;
}

unsigned long port_irq_save(void)
{
	return interrupts_save();
}

void port_irq_restore(unsigned long flags)
{
	interrupts_restore(flags);
}

void port_cpu_relax(void)
{
	cpu_pause();
}

#endif

#if CONFIG_SMP && CONFIG_CPU_BARRIER
/* There is no other CPU to pass it. */
void port_cpu_barrier(void)
{
}
#endif

/* Above so many pages, forgetting everything costs less than what it makes one look up again. */
#define FLUSH_ALL_ABOVE 33

/* A CR3 load keeps global entries; a change of CR4.PGE drops them, too. */
static void flush_all(void)
{
	unsigned long cr4 = read_cr4();

	write_cr4(cr4 & ~(unsigned long)CR4_PGE);
	write_cr3(read_cr3()); /* PAE: the four entries of the root are read again */
	write_cr4(cr4);
}

void port_tlb_flush(uintptr_t start, size_t size, unsigned int flags)
{
	size_t offset;

	(void)flags; /* this CPU is all there are */
	if (!size || size > FLUSH_ALL_ABOVE * PAGE_SIZE) {
		flush_all();
		return;
	}
	for (offset = 0; offset < size; offset += PAGE_SIZE)
		invlpg(start + offset);
}
