/* SPDX-License-Identifier: MIT */
/*
 * cpu_section.h - what a CPU has for itself: its to change from enter, if that is true, to leave.
 *
 * Theory. A change of a CPU's own lists must not be torn: not by an interrupt of this CPU that
 * comes for the same lists, not by another CPU that drains them. There is no atomic instruction
 * for it, which would cost more than all the rest. The CPU sets `busy`, looks at `claimed`,
 * works, and clears `busy`: plain stores and loads.
 *   - an interrupt that finds `busy` set goes another way.
 *   - another CPU sets `claimed`, then has every CPU pass a memory barrier
 *     (port_cpu_barrier), then waits for `busy` to be clear. The owner either had set
 *     `busy` before the barrier, and is seen and waited for; or it sets it afterwards, and
 *     then sees `claimed` and goes another way. Claims are rare: they pay for both.
 * Without that hook (CONFIG_CPU_BARRIER=0) `busy` is taken by an atomic exchange.
 *
 * Whoever may be moved to another CPU between two instructions (CONFIG_PREEMPT) turns
 * interrupts off meanwhile: cpu_pin.
 */
#ifndef MM_LIB_CPU_SECTION_H
#define MM_LIB_CPU_SECTION_H

#include <quire/atomic.h>
#include <quire/port.h>

#include "mm/lib/spinlock.h"

/* Between the two the thread stays on its CPU. */
static inline unsigned long cpu_pin(void)
{
	return CONFIG_PREEMPT ? local_irq_save() : 0;
}
static inline void cpu_unpin(unsigned long flags)
{
	if (CONFIG_PREEMPT)
		local_irq_restore(flags);
}

/*
 * The first half of enter, for who finds out in another way that what he wants is claimed: by something that
 * cpu_section_close closes, or that was closed before the claim; he looks at it after this.
 */
static inline bool cpu_section_begin(struct cpu_section *section)
{
#if CONFIG_SMP && CONFIG_CPU_BARRIER
	if (__builtin_expect(load_relaxed(section->busy), 0))
		return false;
	store_relaxed(section->busy, 1);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return true;
#elif CONFIG_SMP
	return !__atomic_exchange_n(&section->busy, 1, __ATOMIC_ACQUIRE);
#else
	(void)section;
	return true;
#endif
}
static inline void cpu_section_leave(struct cpu_section *section)
{
#if CONFIG_SMP
	store_release(section->busy, 0);
#else
	(void)section;
#endif
}

/* The CPU is pinned. Between enter and leave there is no call that comes here again. */
static inline bool cpu_section_enter(struct cpu_section *section)
{
	if (__builtin_expect(!cpu_section_begin(section), 0))
		return false;
#if CONFIG_SMP && CONFIG_CPU_BARRIER
	if (__builtin_expect(__atomic_load_n(&section->claimed, __ATOMIC_ACQUIRE), 0)) {
		store_relaxed(section->busy, 0);
		return false;
	}
#endif
	return true;
}

/*
 * This CPU's, for who must have it: another CPU that claims it is waited for. Interrupts are off, and no spinlock is
 * held. False: this is an interrupt handler, and what it interrupted is inside. Without a CPU barrier that looks
 * like a claim: then nobody may do so in a handler, unless this CPU is the only one.
 */
static inline bool cpu_section_enter_own(struct cpu_section *section, bool is_only_cpu)
{
#if CONFIG_SMP
	while (!cpu_section_enter(section)) {
		if (is_only_cpu || (CONFIG_CPU_BARRIER && load_relaxed(section->busy)))
			return false;
		port_cpu_relax();
	}
	return true;
#else
	(void)is_only_cpu;
	return cpu_section_enter(section);
#endif
}

#if CONFIG_SMP && CONFIG_CPU_BARRIER
/* Its CPU sees what we wrote before it enters again, and is not inside. */
static inline void cpu_section_wait(struct cpu_section *section)
{
	port_cpu_barrier();
	while (__atomic_load_n(&section->busy, __ATOMIC_ACQUIRE))
		port_cpu_relax();
}
#endif

/* Makes the section of another CPU ours, and its again. Interrupts are off, and no spinlock is held. */
static inline void cpu_section_claim(struct cpu_section *section)
{
#if CONFIG_SMP && CONFIG_CPU_BARRIER
	while (__atomic_exchange_n(&section->claimed, 1, __ATOMIC_SEQ_CST))
		port_cpu_relax();
	cpu_section_wait(section);
#elif CONFIG_SMP
	while (!cpu_section_enter(section))
		port_cpu_relax();
#else
	(void)section;
#endif
}
/*
 * It was claimed: those who only begin it find *bound 0 from now on, and none of them is at it. If it is to be
 * open again, the last thing before unclaim is to set *bound, by store_release.
 */
static inline void cpu_section_close(struct cpu_section *section, unsigned long *bound)
{
	store_relaxed(*bound, 0);
#if CONFIG_SMP && CONFIG_CPU_BARRIER
	cpu_section_wait(section);
#else
	(void)section;
#endif
}
static inline void cpu_section_unclaim(struct cpu_section *section)
{
#if CONFIG_SMP && CONFIG_CPU_BARRIER
	store_release(section->claimed, 0);
#else
	cpu_section_leave(section);
#endif
}

#endif
