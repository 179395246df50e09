/* SPDX-License-Identifier: MIT */
/*
 * percpu_bench.c - per-CPU memory beside what else one could take: an array with a cache
 * line for each CPU from the C library, and one number that all CPUs change atomically.
 *
 * Each row is a million operations: milliseconds are nanoseconds of one, and the
 * instructions too are those of a million.
 */
#include <stdio.h>
#include <stdlib.h>

#include <quire/percpu.h>

#include "bench/bench.h"
#include "port/host/host.h"

#define MB (1ULL << 20)
#define RUNS 11
#define OPERATIONS 1000000
#define HELD 4096 /* in the steady state */
#define LINE 64

static DEFINE_PER_CPU(unsigned long, counter);

struct percpu_case {
	struct quire_machine machine;
	struct host_machine *made;
	size_t size;
	void *held[HELD];
	unsigned long *array; /* a cache line for each CPU */
	unsigned long shared;
};

static void ignore_line(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	if (level == LOG_ERR)
		fprintf(stderr, "%s\n", line);
}

static void *must_have(void *p)
{
	if (!p) {
		fprintf(stderr, "percpu_bench: out of memory\n");
		exit(1);
	}
	return p;
}

/* ---- taking and giving back ---- */

static void pair_of_quire(void *ctx)
{
	struct percpu_case *c = ctx;
	unsigned int i;

	for (i = 0; i < OPERATIONS; i++)
		free_percpu(must_have(__alloc_percpu(c->size, 8)));
}

/* The C library has no CPUs: an array, in which each CPU has lines of its own. */
static void *array_of_cpus(const struct percpu_case *c)
{
	return must_have(calloc(c->machine.nr_cpus, (c->size + LINE - 1) & ~(size_t)(LINE - 1)));
}

static void pair_of_libc(void *ctx)
{
	struct percpu_case *c = ctx;
	unsigned int i;

	for (i = 0; i < OPERATIONS; i++) {
		void *volatile p = array_of_cpus(c);

		free(p);
	}
}

/* One of many is given back at random, and another taken. */
static unsigned int next_slot(unsigned int *random)
{
	*random = *random * 1664525 + 1013904223;
	return (*random >> 16) % HELD;
}

static void steady_of_quire(void *ctx)
{
	struct percpu_case *c = ctx;
	unsigned int i, random = 1;

	for (i = 0; i < OPERATIONS; i++) {
		void **slot = &c->held[next_slot(&random)];

		free_percpu(*slot);
		*slot = must_have(__alloc_percpu(c->size, 8));
	}
}

static void steady_of_libc(void *ctx)
{
	struct percpu_case *c = ctx;
	unsigned int i, random = 1;

	for (i = 0; i < OPERATIONS; i++) {
		void **slot = &c->held[next_slot(&random)];

		free(*slot);
		*slot = array_of_cpus(c);
	}
}

static void fill_quire(void *ctx)
{
	struct percpu_case *c = ctx;
	unsigned int i;

	for (i = 0; i < HELD; i++)
		c->held[i] = must_have(__alloc_percpu(c->size, 8));
}

static void empty_quire(void *ctx)
{
	struct percpu_case *c = ctx;
	unsigned int i;

	for (i = 0; i < HELD; i++)
		free_percpu(c->held[i]);
}

static void fill_libc(void *ctx)
{
	struct percpu_case *c = ctx;
	unsigned int i;

	for (i = 0; i < HELD; i++)
		c->held[i] = array_of_cpus(c);
}

static void empty_libc(void *ctx)
{
	struct percpu_case *c = ctx;
	unsigned int i;

	for (i = 0; i < HELD; i++)
		free(c->held[i]);
}

/* ---- counting ---- */

static void count_with_this_cpu_inc(void *ctx)
{
	unsigned int i;

	(void)ctx;
	for (i = 0; i < OPERATIONS; i++)
		this_cpu_inc(counter);
}

static void count_through_this_cpu_ptr(void *ctx)
{
	unsigned int i;

	(void)ctx;
	for (i = 0; i < OPERATIONS; i++)
		++*(volatile unsigned long *)this_cpu_ptr(&counter);
}

static void count_in_an_array(void *ctx)
{
	struct percpu_case *c = ctx;
	unsigned int i;

	for (i = 0; i < OPERATIONS; i++)
		++*(volatile unsigned long *)&c->array[port_cpu_id() * (LINE / sizeof(long))];
}

static void count_atomically(void *ctx)
{
	struct percpu_case *c = ctx;
	unsigned int i;

	for (i = 0; i < OPERATIONS; i++)
		__atomic_fetch_add(&c->shared, 1, __ATOMIC_RELAXED);
}

/* ---- the rows ---- */

static void measure(struct percpu_case *c, const char *workload, const char *subject,
		    void (*prepare)(void *ctx), void (*run)(void *ctx), void (*finish)(void *ctx))
{
	char size[32];
	const struct bench_case bench = {
		.suite = "percpu",
		.workload = workload,
		.size = size,
		.threads = 1,
		.subject = subject,
		.runs = RUNS,
		.prepare = prepare,
		.run = run,
		.finish = finish,
		.ctx = c,
	};

	snprintf(size, sizeof(size), "%zux%u", c->size, c->machine.nr_cpus);
	bench_measure(&bench);
}

static void measure_machine(unsigned int cpus, size_t size)
{
	static const struct machine_bank bank = { 16 * MB, 512 * MB, 0, 0 };
	static struct percpu_case c;
	char err[256];

	c.machine = (struct quire_machine){
		.name = "percpu",
		.banks = &bank,
		.nr_banks = 1,
		.nr_cpus = cpus,
		.percpu_start = percpu_template_start,
		.percpu_end = percpu_template_end,
	};
	c.size = size;
	c.array = must_have(calloc(cpus, LINE));
	c.made = host_machine_create(&c.machine, err, sizeof(err));
	if (!c.made || host_machine_boot(c.made)) {
		fprintf(stderr, "percpu_bench: no machine\n");
		exit(1);
	}
	measure(&c, "alloc and free, 1M pairs", "quire", NULL, pair_of_quire, NULL);
	measure(&c, "alloc and free, 1M pairs", "calloc", NULL, pair_of_libc, NULL);
	measure(&c, "replace 1M of 4096", "quire", fill_quire, steady_of_quire, empty_quire);
	measure(&c, "replace 1M of 4096", "calloc", fill_libc, steady_of_libc, empty_libc);
	if (cpus == 2 && size == 8) {
		measure(&c, "count to 1M", "this_cpu_inc", NULL, count_with_this_cpu_inc, NULL);
		measure(&c, "count to 1M", "this_cpu_ptr", NULL, count_through_this_cpu_ptr, NULL);
		measure(&c, "count to 1M", "array", NULL, count_in_an_array, NULL);
		measure(&c, "count to 1M", "atomic", NULL, count_atomically, NULL);
	}
	quire_select(NULL);
	host_machine_destroy(c.made);
	free(c.array);
}

int main(void)
{
	host_log_to(ignore_line, NULL);
	measure_machine(2, 8);
	measure_machine(2, 256);
	measure_machine(64, 8);
	return 0;
}
