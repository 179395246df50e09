/* SPDX-License-Identifier: MIT */
/*
 * interrupts.h - what the hooks of tier 1 are on one x86 CPU: functions of hooks.c, or inline
 * (inline/quire/port_inline.h).
 */
#ifndef PORT_PC_INTERRUPTS_H
#define PORT_PC_INTERRUPTS_H

static inline unsigned long interrupts_save(void)
{
	unsigned long flags;

	__asm__ volatile("pushf; pop %0; cli" : "=r"(flags) : : "memory");
	return flags;
}

static inline void interrupts_restore(unsigned long flags)
{
	__asm__ volatile("push %0; popf" : : "r"(flags) : "memory", "cc");
}

static inline void cpu_pause(void)
{
	__asm__ volatile("pause" : : : "memory");
}

#endif
