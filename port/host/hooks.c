/* SPDX-License-Identifier: MIT */
/*
 * hooks.c - the porting hooks, tiers 0 and 1, where the machine is a process.
 *
 * A CPU is a thread. There are no interrupts, so "interrupts off" is only a depth that
 * each thread counts, for the sake of those who check that the pairs match.
 *
 * Nothing else in port/host needs this file: a program that brings hooks of its own (a
 * test that wants to catch a panic) links the rest without it.
 */
#include "port/host/host.h"

#include <sched.h>
#include <stdio.h>
#include <unistd.h>

static void log_to_terminal(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	if (level == LOG_ERR) {
		fflush(stdout);
		fprintf(stderr, "quire: %s\n", line);
	} else {
		printf("%s\n", line);
	}
}

static host_log_fn log_sink = log_to_terminal;
static void *log_ctx;
static _Thread_local unsigned int this_cpu;
static _Thread_local unsigned long irq_depth;

void host_log_to(host_log_fn log, void *ctx)
{
	log_sink = log ? log : log_to_terminal;
	log_ctx = ctx;
}

void host_set_cpu(unsigned int cpu)
{
	this_cpu = cpu;
}

unsigned long host_irq_depth(void)
{
	return irq_depth;
}

void port_log(enum log_level level, const char *line)
{
	log_sink(log_ctx, level, line);
}

/* The state is broken, so no exit handlers: what was printed gets out, and that is all. */
_Noreturn void port_panic(const char *why)
{
	fflush(stdout);
	fprintf(stderr, "quire: panic: %s\n", why);
	_exit(HOST_PANIC_STATUS);
}

#if CONFIG_SMP

unsigned int port_cpu_id(void)
{
	return this_cpu;
}

unsigned long port_irq_save(void)
{
	return irq_depth++;
}

void port_irq_restore(unsigned long flags)
{
	irq_depth = flags;
}

/* The holder of the lock may have lost its processor: hand ours over instead of spinning. */
void port_cpu_relax(void)
{
	sched_yield();
}

#if CONFIG_CPU_BARRIER
void port_cpu_barrier(void)
{
	host_cpu_barrier();
}
#endif

#endif
