/* SPDX-License-Identifier: MIT */
/*
 * kernel_machine.h - this library as a kernel has it, in a process that measures it.
 *
 * Compiled and linked with a library of its own, built with SINGLE=1 (mk/tools.mk): the
 * state is a static variable and page size and MAX_ORDER are constants. Its CPUs are
 * the threads; nothing interrupts them. Its RAM is a mapping of which the host gives
 * only what the library writes: its page structures, and what the caller writes.
 */
#ifndef BENCH_KERNEL_MACHINE_H
#define BENCH_KERNEL_MACHINE_H

#include <stdint.h>

#include <quire/quire.h>

#define KERNEL_RAM_BASE ((phys_addr_t)1 << 30)
#define KERNEL_MOST_NODES 8u

/*
 * Boots a machine with that much RAM (rounded up) and that many CPUs, in turn of so many nodes, and
 * objects if an engine is named; in the place of the one that was there. Each thread then stores its
 * number in bench_cpu. 0, or -1 with a reason on stderr.
 */
int kernel_machine_boot(const char *name, uint64_t ram, unsigned int cpus, unsigned int nodes,
			const struct slab_engine *engine);
void kernel_machine_end(void);
/* Bytes of RAM of the machine that was booted. */
uint64_t kernel_machine_ram(void);

#endif
