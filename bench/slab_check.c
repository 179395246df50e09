/* SPDX-License-Identifier: MIT */
/*
 * slab_check.c - looks at what allocators hand out.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench/random.h"
#include "bench/slab_child.h"
#include "bench/slab_fork.h"

#define SLOTS 3000u /* of each thread */
#define STEPS 20000u
#define MOST_TOLD 3u /* of each kind */

enum kind { MISALIGNED, HELD, WITHIN, CHANGED, NR_KINDS };

static struct {
	const struct slab_subject *subject;
	size_t size;
	uint64_t *slots[BENCH_MAX_THREADS][SLOTS];
	unsigned int faults, told[NR_KINDS];
} check;

static void fault(enum kind kind, const void *object)
{
	static const char *const texts[] = {
		[MISALIGNED] = "is not aligned",
		[HELD] = "is handed out, and somebody holds it",
		[WITHIN] = "begins within another one",
		[CHANGED] = "somebody else has written to it",
	};

	__atomic_add_fetch(&check.faults, 1, __ATOMIC_RELAXED);
	if (__atomic_add_fetch(&check.told[kind], 1, __ATOMIC_RELAXED) <= MOST_TOLD)
		fprintf(stderr, "slab_bench: %s: size %zu: object %p: %s\n", check.subject->name,
			check.size, object, texts[kind]);
}

/* A word of the pattern: of the slot that the object is in, so that no two are alike. */
static uint64_t pattern(const uint64_t *const *slot, size_t word)
{
	return (uint64_t)(uintptr_t)slot * 0x9e3779b97f4a7c15u + word;
}

static void take(uint64_t **slot)
{
	uint64_t *object = check.subject->alloc(check.size);
	size_t i;

	if (!object)
		slab_refused(check.size);
	if ((uintptr_t)object % sizeof(uint64_t))
		fault(MISALIGNED, object);
	for (i = 0; i < check.size / sizeof(*object); i++)
		object[i] = pattern((const uint64_t *const *)slot, i);
	*slot = object;
}

static void give_back(uint64_t **slot)
{
	const uint64_t *object = *slot;
	size_t i;

	for (i = 0; i < check.size / sizeof(*object); i++) {
		if (object[i] != pattern((const uint64_t *const *)slot, i)) {
			fault(CHANGED, object);
			break;
		}
	}
	check.subject->free(*slot);
}

static void enter(void *ctx, unsigned int cpu)
{
	(void)ctx;
	bench_cpu = cpu;
}

static void fill(void *ctx, unsigned int cpu)
{
	size_t i;

	(void)ctx;
	for (i = 0; i < SLOTS; i++)
		take(&check.slots[cpu][i]);
}

static void replace(void *ctx, unsigned int cpu)
{
	struct bench_random random = { 1 + cpu };
	size_t i;

	(void)ctx;
	for (i = 0; i < STEPS; i++) {
		uint64_t **slot = &check.slots[cpu][bench_random_below(&random, SLOTS)];

		give_back(slot);
		take(slot);
	}
}

static void empty_other(void *ctx, unsigned int cpu)
{
	size_t i;

	(void)ctx;
	for (i = 0; i < SLOTS; i++)
		give_back(&check.slots[!cpu][i]);
}

static int by_address(const void *a, const void *b)
{
	uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;

	return (x > y) - (x < y);
}

/* All that is held, by address: each ends before the next begins. */
static void check_overlaps(void)
{
	static uintptr_t objects[BENCH_MAX_THREADS * SLOTS];
	size_t nr = sizeof(objects) / sizeof(objects[0]), i;

	for (i = 0; i < nr; i++)
		objects[i] = (uintptr_t)check.slots[i / SLOTS][i % SLOTS];
	qsort(objects, nr, sizeof(objects[0]), by_address);
	for (i = 1; i < nr; i++) {
		if (objects[i] == objects[i - 1])
			fault(HELD, (void *)objects[i]);
		else if (objects[i] - objects[i - 1] < check.size)
			fault(WITHIN, (void *)objects[i]);
	}
}

static double check_here(void *ctx)
{
	(void)ctx;
	if (check.subject->init &&
	    check.subject->init(check.size, (size_t)2 * SLOTS, BENCH_MAX_THREADS))
		return -1;
	crew_start(BENCH_MAX_THREADS);
	crew_run(enter, NULL);
	crew_run(fill, NULL);
	check_overlaps();
	crew_run(replace, NULL);
	check_overlaps();
	crew_run(empty_other, NULL);
	crew_run(fill, NULL);
	check_overlaps();
	crew_run(empty_other, NULL);
	crew_stop();
	if (check.subject->destroy)
		check.subject->destroy();
	return check.faults;
}

double slab_check_faults(const struct slab_subject *subject, size_t size)
{
	check.subject = subject;
	check.size = size;
	return slab_in_child(check_here, NULL);
}
