/* SPDX-License-Identifier: MIT */
/*
 * crew.c - threads that begin their work at the same time.
 */
#include "bench/crew.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct {
	unsigned int threads;
	pthread_t others[BENCH_MAX_THREADS];
	pthread_barrier_t begin, end;
	unsigned int awake;			   /* how many have left the first barrier */
	void (*work)(void *ctx, unsigned int cpu); /* NULL: go home */
	void *ctx;
	double clock_ns;		 /* what two readings of the clock cost */
	double speed[BENCH_MAX_THREADS]; /* of each CPU now: ns of the additions below */
	double best[BENCH_MAX_THREADS];	 /* at best, since the program began; 0: not known */
} crew;

/* The CPUs that the process may use: asked before a thread is bound to one of them. */
static const cpu_set_t *allowed_cpus(void)
{
	static cpu_set_t allowed;
	static bool is_known;

	if (!is_known && sched_getaffinity(0, sizeof(allowed), &allowed)) {
		perror("bench: sched_getaffinity");
		exit(1);
	}
	is_known = true;
	return &allowed;
}

unsigned int crew_max_threads(void)
{
	return (unsigned int)CPU_COUNT(allowed_cpus());
}

/* Keeps this thread on the n-th of them; a new thread inherits that. */
static void keep_on(unsigned int n)
{
	const cpu_set_t *allowed = allowed_cpus();
	cpu_set_t one;
	int cpu;

	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, allowed) || n-- > 0)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		return;
	}
}

/* Waking takes time: nobody begins before all are awake. */
static void wait_for_all(void)
{
	unsigned int turns = 0;

	__atomic_add_fetch(&crew.awake, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&crew.awake, __ATOMIC_ACQUIRE) < crew.threads) {
		bench_pause();
		if (++turns % 1024 == 0)
			sched_yield();
	}
}

void crew_wait_until(unsigned int *flag, unsigned int value)
{
	unsigned int turns = 0;

	while (__atomic_load_n(flag, __ATOMIC_ACQUIRE) != value) {
		bench_pause();
		if (++turns % 256 == 0)
			sched_yield();
	}
}

static void *be_other(void *number)
{
	unsigned int cpu = (unsigned int)(uintptr_t)number;

	for (;;) {
		pthread_barrier_wait(&crew.begin);
		if (!crew.work)
			return NULL;
		wait_for_all();
		crew.work(crew.ctx, cpu);
		pthread_barrier_wait(&crew.end);
	}
}

void crew_run(void (*work)(void *ctx, unsigned int cpu), void *ctx)
{
	crew.work = work;
	crew.ctx = ctx;
	crew.awake = 0;
	pthread_barrier_wait(&crew.begin);
	if (!work)
		return;
	wait_for_all();
	work(ctx, 0);
	pthread_barrier_wait(&crew.end);
}

static double read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double thread_ns(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

void stopwatch_start(struct stopwatch *watch)
{
	watch->wall_begin = read_clock(CLOCK_MONOTONIC);
	watch->begin = thread_ns();
}

void stopwatch_stop(struct stopwatch *watch)
{
	double ns = thread_ns() - watch->begin - crew.clock_ns;

	if (ns > 0)
		watch->ns += ns;
	watch->wall_ns += read_clock(CLOCK_MONOTONIC) - watch->wall_begin;
}

static void calibrate(void)
{
	double least = 1e9;
	int i;

	for (i = 0; i < 1000; i++) {
		double begin = thread_ns(), ns = thread_ns() - begin;

		if (ns < least)
			least = ns;
	}
	crew.clock_ns = least;
}

/* A chain of additions: nothing but the clock can slow it down, and who shares the core. */
static void take_speed(void *ctx, unsigned int cpu)
{
	double begin = thread_ns();
	unsigned int i, sum = 0;

	(void)ctx;
	for (i = 0; i < 200000; i++) {
		sum += i;
		__asm__ volatile("" : "+r"(sum)); /* one by one */
	}
	crew.speed[cpu] = thread_ns() - begin;
}

bool crew_is_quiet(void)
{
	bool is_quiet = true;
	unsigned int cpu;

	crew_run(take_speed, NULL);
	for (cpu = 0; cpu < crew.threads; cpu++) {
		if (!crew.best[cpu] || crew.speed[cpu] < crew.best[cpu])
			crew.best[cpu] = crew.speed[cpu];
		if (crew.speed[cpu] > 1.15 * crew.best[cpu])
			is_quiet = false;
	}
	return is_quiet;
}

void crew_start(unsigned int threads)
{
	unsigned int i;

	crew.threads = threads;
	pthread_barrier_init(&crew.begin, NULL, threads);
	pthread_barrier_init(&crew.end, NULL, threads);
	for (i = 1; i < threads; i++) {
		keep_on(i);
		if (pthread_create(&crew.others[i], NULL, be_other, (void *)(uintptr_t)i)) {
			fprintf(stderr, "bench: no thread\n");
			exit(1);
		}
	}
	keep_on(0);
	calibrate();
}

void crew_stop(void)
{
	unsigned int i;

	crew_run(NULL, NULL);
	for (i = 1; i < crew.threads; i++)
		pthread_join(crew.others[i], NULL);
	pthread_barrier_destroy(&crew.begin);
	pthread_barrier_destroy(&crew.end);
}
