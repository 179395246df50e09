/* SPDX-License-Identifier: MIT */
/*
 * port_inline.h - the hooks of tier 1 on a PC, of which only the boot CPU is ever started.
 */
#ifndef QUIRE_PORT_INLINE_H
#define QUIRE_PORT_INLINE_H

#include "port/pc/interrupts.h"

static inline unsigned int port_cpu_id(void)
{
	return 0;
}
static inline unsigned long port_irq_save(void)
{
	return interrupts_save();
}
static inline void port_irq_restore(unsigned long flags)
{
	interrupts_restore(flags);
}
static inline void port_cpu_relax(void)
{
	cpu_pause();
}

#endif
