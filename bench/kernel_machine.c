/* SPDX-License-Identifier: MIT */
/*
 * kernel_machine.c - the hooks, and a machine whose RAM is a mapping of the process.
 */
#include "bench/kernel_machine.h"

#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/memory.h"

#if !CONFIG_SINGLE
#error "a kernel's library is measured: build with SINGLE=1"
#endif

_Thread_local unsigned int bench_cpu;

static struct {
	struct machine_bank banks[KERNEL_MOST_NODES];
	uint64_t size; /* of all banks */
	struct quire_machine machine;
	void *ram;
} its;

/* ---- what an embedder provides ---- */

void port_log(enum log_level level, const char *line)
{
	if (level <= LOG_WARN)
		fprintf(stderr, "%s: quire: %s\n", its.machine.name, line);
}

void port_panic(const char *why)
{
	port_log(LOG_ERR, why);
	abort();
}

/* The others are in bench/port/quire/port_inline.h. */
void port_cpu_barrier(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) ||
	    syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0))
		port_panic("membarrier(2) is missing");
}

/* ---- the machine ---- */

uint64_t kernel_machine_ram(void)
{
	return its.size;
}

void kernel_machine_end(void)
{
	quire_reset();
	bench_unmap(its.ram, its.size);
	its.ram = NULL;
}

int kernel_machine_boot(const char *name, uint64_t ram, unsigned int cpus, unsigned int nodes,
			const struct slab_engine *engine)
{
	uint64_t block = (uint64_t)nodes * MAX_ORDER_NR_PAGES * PAGE_SIZE;
	uint64_t size = (ram + block - 1) / block * block;
	unsigned int i;

	if (cpus > 1 && !CONFIG_SMP) {
		fprintf(stderr, "%s: quire: was built for one CPU (SMP=0)\n", name);
		return -1;
	}
	kernel_machine_end();
	its.ram = KERNEL_RAM_BASE + size <= UINTPTR_MAX ? bench_map(size) : NULL;
	if (!its.ram) {
		fprintf(stderr, "%s: quire: no room for the RAM\n", name);
		return -1;
	}
	its.size = size;
	for (i = 0; i < nodes; i++)
		its.banks[i] = (struct machine_bank){ .base = (phys_addr_t)(KERNEL_RAM_BASE + i * (size / nodes)),
						      .size = (phys_addr_t)(size / nodes), .nid = (int)i };
	its.machine = (struct quire_machine){
		.name = name,
		.banks = its.banks,
		.nr_banks = nodes,
		.nr_cpus = cpus,
		.direct_map = (uintptr_t)its.ram - (uintptr_t)KERNEL_RAM_BASE,
		.objects.engine = engine,
	};
	if (!quire_boot(&its.machine))
		return 0;
	fprintf(stderr, "%s: quire: does not boot\n", name);
	kernel_machine_end();
	return -1;
}
