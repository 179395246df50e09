/* SPDX-License-Identifier: MIT */
/*
 * bench_objects.c - what objects cost in this kernel, by the CPU's time stamp counter (see bench.c).
 * bench/object-instructions shows it beside Linux.
 */
#include <quire/kmalloc.h>
#include <quire/slab.h>

#include "kernel/internal.h"
#include "kernel/object_loops.h"

static u64 object_ticks(void)
{
	return kernel_cpu.ticks();
}

static void object_row(const char *workload, unsigned long size, const char *call, unsigned long ticks)
{
	console_printf("object %s %lu %s %lu\n", workload, size, call, ticks);
}

bool bench_objects(void)
{
	if (!kernel_cpu.ticks) {
		console_printf("There is no counter to measure with on this machine.\n");
		return false;
	}
	return object_loops_run();
}
