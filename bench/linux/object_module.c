/* SPDX-License-Identifier: MIT */
/*
 * object_module.c - a module of Linux: what its objects cost, by the loops of kernel/object_loops.h.
 * bench/object-instructions builds it, and runs it in QEMU.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <asm/msr.h>

#include "object_loops.h"

static u64 object_ticks(void)
{
	return rdtsc();
}

static void object_row(const char *workload, unsigned long size, const char *call, unsigned long ticks)
{
	pr_emerg("object %s %lu %s %lu\n", workload, size, call, ticks);
}

static int __init object_module_init(void)
{
	return object_loops_run() ? 0 : -ENOMEM;
}
module_init(object_module_init);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("instructions that objects cost");
