/* SPDX-License-Identifier: MIT */
/*
 * port_inline.h - the hooks of tier 1 where page_bench is the machine (CONFIG_PORT_INLINE):
 * a CPU is a thread, nothing interrupts it and nothing moves it.
 */
#ifndef QUIRE_PORT_INLINE_H
#define QUIRE_PORT_INLINE_H

extern __attribute__((tls_model("local-exec"))) _Thread_local unsigned int bench_cpu;

static inline unsigned int port_cpu_id(void)
{
	return bench_cpu;
}
static inline unsigned long port_irq_save(void)
{
	return 0;
}
static inline void port_irq_restore(unsigned long flags)
{
	(void)flags;
}
static inline void port_cpu_relax(void)
{
	__builtin_ia32_pause();
}

#endif
