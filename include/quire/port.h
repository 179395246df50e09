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

#if CONFIG_PORT_INLINE
#include <quire/port_inline.h>
#else
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

#if CONFIG_CPU_BARRIER
/*
 * When it returns, each other CPU has passed a full memory barrier since the call: an
 * interrupt that does nothing, sent to all of them and answered by all; in a process,
 * membarrier(2). A CPU that never runs code of the library need not be asked. Context: any,
 * interrupts off included, but no spinlock held; as with port_tlb_flush, a CPU that spins
 * with interrupts off looks in port_cpu_relax() for what it is asked. Rare: when the lists
 * of other CPUs are drained.
 */
void port_cpu_barrier(void);
#endif

#endif

/* ---- tier 2: the kernel's page table, vmalloc, kmap ---- */
#if CONFIG_MMU

enum tlb_flags {
	TLB_THIS_CPU = 1 << 0, /* else every CPU that may have used the kernel's table */
};

/*
 * Forgets the translations of kernel addresses [start, start + size), both multiples of the
 * page size, global entries too; size 0: all there are. When it returns, no CPU concerned
 * uses an old one. Context: any, interrupts off and spinlocks held included; must not
 * sleep. Cannot fail. Needed from the end of setup_arch on.
 * kmap() flushes with its lock held: a CPU that spins for that lock, interrupts off, must
 * answer as well. An SMP port that asks other CPUs by interrupt looks in port_cpu_relax()
 * for what it is asked.
 */
void port_tlb_flush(uintptr_t start, size_t size, unsigned int flags);

#if CONFIG_MAP_BARRIER
/*
 * After this, the entries that this CPU has written into the kernel's table are what its
 * accesses find: dsb and isb on ARM, sfence.vma on RISC-V. Context as port_tlb_flush.
 */
void port_map_barrier(void);
#endif

#if CONFIG_KERNEL_WINDOW
/*
 * For a host whose MMU is software: makes [addr, addr + size) of this process show the RAM
 * (or device) at `phys`, with PT_ flags `prot`; and takes it away again, so that a touch
 * is a crash. Both are multiples of the page size; nothing is mapped there. map returns 0
 * or -ENOMEM, and then nothing is mapped. Context: any; must not sleep.
 */
int port_window_map(uintptr_t addr, phys_addr_t phys, size_t size, unsigned int prot);
void port_window_unmap(uintptr_t addr, size_t size);
#endif
#endif

/* ---- tier 3: sleeping ---- */

/*
 * As a futex: sleeps while *word is `value`, until somebody calls port_wake for the word;
 * may also return for no reason. Context: may sleep, interrupts on, no spinlock held.
 * Of the calls there are so far only kmap() needs the pair.
 */
void port_wait(const unsigned int *word, unsigned int value);
/* Wakes every thread that sleeps on the word. Context: any; must not sleep. */
void port_wake(const unsigned int *word);

#endif
