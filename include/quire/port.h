/* SPDX-License-Identifier: MIT */
/*
 * port.h - what the embedder provides. docs/porting.md tells the story.
 *
 * The hooks come in tiers. A lower tier links without the hooks of the tiers above.
 * Tier 0 (one CPU) is compiled with CONFIG_SMP=0: the tier-1 hooks are then not called.
 */
#ifndef QUIRE_PORT_H
#define QUIRE_PORT_H

#include <quire/types.h>

/* ---- tier 0: boot memory, pages, objects on one CPU ---- */

enum log_level {
	LOG_ERR,  /* something failed */
	LOG_WARN, /* misuse by a caller, or something a person should look at */
	LOG_INFO, /* the boot log */
	LOG_DEBUG,
};

/*
 * Takes one line of the log: NUL-terminated, without a newline, at most 255 bytes.
 * Context: any, interrupts off and spinlocks held included; must not sleep, must not
 * call the library. Cannot fail. Needed from the very first call of the library.
 */
void port_log(enum log_level level, const char *line);

/*
 * Stops the machine: an invariant of the library is broken and going on would corrupt
 * memory. `why` is one line. Context: any. Must not return.
 */
_Noreturn void port_panic(const char *why);

/* ---- tier 1: several CPUs, and interrupt handlers that allocate ---- */
#if CONFIG_SMP

/*
 * The number of the CPU that runs this, 0 .. nr_cpus - 1 of struct quire_machine.
 * Context: any; called with interrupts off where the answer must stay true.
 */
unsigned int port_cpu_id(void);

/*
 * Turns interrupts off on this CPU and returns what port_irq_restore needs to put
 * them back as they were. The pair nests. Context: any. Cannot fail. Needed from
 * quire_boot() on.
 */
unsigned long port_irq_save(void);
void port_irq_restore(unsigned long flags);

/* One turn of a spinlock's wait: the CPU's pause instruction, or a yield in a process. */
void port_cpu_relax(void);

#endif
#endif
