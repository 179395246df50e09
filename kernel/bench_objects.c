/* SPDX-License-Identifier: MIT */
/*
 * bench_objects.c - what objects cost in this kernel, by the CPU's time stamp counter (see bench.c).
 * bench/object-instructions shows it beside Linux.
 */
#include <quire/gfp.h>
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
	/* Of 10000 objects of 4 KB, and others, none may be refused. */
	if (nr_free_pages() < (64UL << 20) >> PAGE_SHIFT) {
		console_printf("There is too little memory to measure with on this machine: less than 64 MB.\n");
		return false;
	}
	return object_loops_run();
}
