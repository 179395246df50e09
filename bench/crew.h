/* SPDX-License-Identifier: MIT */
/*
 * crew.h - threads that each have a CPU of their own, and their clocks.
 */
#ifndef BENCH_CREW_H
#define BENCH_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_MAX_THREADS 2u

/* How many threads can have a CPU of their own here. */
unsigned int crew_max_threads(void);

/* The caller is thread 0 from now on; the others sleep until there is work. */
void crew_start(unsigned int threads);
void crew_stop(void);

/* Every thread calls work(ctx, its number), all at once; returns when the last is done. */
void crew_run(void (*work)(void *ctx, unsigned int cpu), void *ctx);

/*
 * Do all CPUs run at their full speed, just now? Where the host shares its cores, they often
 * do not: what is not counted as time of others is felt as a slow clock.
 */
bool crew_is_quiet(void);

/*
 * A stopwatch that runs while this thread has the CPU: what other processes of the host do
 * meanwhile is not counted, and neither is the reading of the clock.
 */
struct stopwatch {
	double ns;
	double wall_ns; /* with what others did meanwhile */
	double begin, wall_begin;
	size_t operations; /* the owner's: done while it ran */
};
void stopwatch_start(struct stopwatch *watch);
void stopwatch_stop(struct stopwatch *watch);

/* One turn of a wait. */
static inline void bench_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#else
	__asm__ volatile("" ::: "memory");
#endif
}
/* Waits until another thread has stored that value. */
void crew_wait_until(unsigned int *flag, unsigned int value);

#endif
