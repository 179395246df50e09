/* SPDX-License-Identifier: MIT */
/*
 * bench.c - the clock, the instruction counter, the table and the file.
 */
#include "bench/bench.h"

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct sample {
	uint64_t ns;
	uint64_t instructions;
};

/* Opens a counter of this process's own instructions; -1 where that is not to be had. */
static int open_counter(void)
{
	struct perf_event_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.size = sizeof(attr);
	attr.type = PERF_TYPE_HARDWARE;
	attr.config = PERF_COUNT_HW_INSTRUCTIONS;
	attr.disabled = 1;
	attr.inherit = 1; /* the threads that the work starts are part of it */
	attr.exclude_kernel = 1;
	attr.exclude_hv = 1;
	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static struct sample measure_once(const struct bench_case *bench, int counter)
{
	struct sample sample = { 0, 0 };
	uint64_t begin;

	if (bench->prepare)
		bench->prepare(bench->ctx);
	if (counter >= 0) {
		ioctl(counter, PERF_EVENT_IOC_RESET, 0);
		ioctl(counter, PERF_EVENT_IOC_ENABLE, 0);
	}
	begin = now_ns();
	bench->run(bench->ctx);
	sample.ns = now_ns() - begin;
	if (counter >= 0) {
		ioctl(counter, PERF_EVENT_IOC_DISABLE, 0);
		if (read(counter, &sample.instructions, sizeof(sample.instructions)) !=
		    sizeof(sample.instructions))
			sample.instructions = 0;
	}
	if (bench->finish)
		bench->finish(bench->ctx);
	return sample;
}

static int by_time(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return (x->ns > y->ns) - (x->ns < y->ns);
}

static int by_instructions(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return (x->instructions > y->instructions) - (x->instructions < y->instructions);
}

/* Nanoseconds as a person reads them. */
static const char *time_text(uint64_t ns, char *buf, size_t size)
{
	if (ns >= 1000000000)
		snprintf(buf, size, "%.2f s", (double)ns / 1e9);
	else if (ns >= 1000000)
		snprintf(buf, size, "%.2f ms", (double)ns / 1e6);
	else if (ns >= 1000)
		snprintf(buf, size, "%.2f us", (double)ns / 1e3);
	else
		snprintf(buf, size, "%u ns", (unsigned int)ns);
	return buf;
}

static void print_row(const struct bench_case *bench, const char *time, double spread,
		      uint64_t count)
{
	static bool has_header;
	char instructions[32] = "-";

	if (!has_header)
		printf("%-10s %-24s %8s %7s %-12s %12s %8s %14s\n", "suite", "workload", "size",
		       "threads", "subject", "median", "spread", "instructions");
	has_header = true;
	if (count)
		snprintf(instructions, sizeof(instructions), "%llu", (unsigned long long)count);
	printf("%-10s %-24s %8s %7u %-12s %12s %7.0f%% %14s\n", bench->suite, bench->workload,
	       bench->size, bench->threads, bench->subject, time, spread, instructions);
	fflush(stdout);
}

void bench_append(const struct bench_case *bench, double value, const char *unit)
{
	const char *path = getenv("QUIRE_BENCH_TSV");
	FILE *file;

	if (!path || !*path)
		return;
	file = fopen(path, "a");
	if (!file) {
		perror(path);
		exit(1);
	}
	fprintf(file, "%s\t%s\t%s\t%u\t%s\t%.*f\t%s\n", bench->suite, bench->workload, bench->size,
		bench->threads, bench->subject, value < 1000 && value != (double)(int)value ? 2 : 0,
		value, unit);
	fclose(file);
}

void bench_measure(const struct bench_case *bench)
{
	unsigned int i, runs = bench->runs < BENCH_MAX_RUNS ? bench->runs : BENCH_MAX_RUNS;
	struct sample samples[BENCH_MAX_RUNS], median;
	int counter = open_counter();
	double spread;
	char time[32];

	measure_once(bench, -1);
	for (i = 0; i < runs; i++)
		samples[i] = measure_once(bench, counter);
	if (counter >= 0)
		close(counter);
	qsort(samples, runs, sizeof(*samples), by_time);
	median.ns = samples[runs / 2].ns;
	spread = median.ns ? 100.0 * (double)(samples[runs - 1].ns - samples[0].ns) /
				     (double)median.ns
			   : 0;
	qsort(samples, runs, sizeof(*samples), by_instructions);
	median.instructions = samples[runs / 2].instructions;
	print_row(bench, time_text(median.ns, time, sizeof(time)), spread, median.instructions);
	bench_append(bench, (double)median.ns, "ns");
	if (median.instructions)
		bench_append(bench, (double)median.instructions, "instructions");
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_median(double *values, unsigned int nr)
{
	qsort(values, nr, sizeof(*values), by_value);
	return values[nr / 2];
}

double bench_report(const struct bench_case *bench, double *ns)
{
	double median = bench_median(ns, bench->runs);
	char time[32];

	snprintf(time, sizeof(time), "%.1f ns", median);
	print_row(bench, time, median > 0 ? 100 * (ns[bench->runs - 1] - ns[0]) / median : 0, 0);
	bench_append(bench, median, "ns/operation");
	return median;
}
