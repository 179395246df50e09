/* SPDX-License-Identifier: MIT */
/*
 * slab_loops.h - what is timed: loops that are compiled once for each subject.
 *
 * The two calls are constants in each copy, so the compiler makes direct calls of them. What
 * comes back from a call is hidden from it: it knows malloc, and would leave out what it
 * finds useless.
 */
#ifndef BENCH_SLAB_LOOPS_H
#define BENCH_SLAB_LOOPS_H

#include "bench/random.h"
#include "bench/slab_subject.h"

#define SLAB_LOOP static inline __attribute__((always_inline))

typedef void *(*slab_alloc_call)(size_t size);
typedef void (*slab_free_call)(void *object);

SLAB_LOOP void *slab_take(slab_alloc_call alloc, size_t size)
{
	void *object = alloc(size);

	__asm__ volatile("" : "+r"(object));
	if (__builtin_expect(!object, 0))
		slab_refused(size);
	return object;
}

SLAB_LOOP void slab_touch(void *object, size_t value)
{
	*(volatile uintptr_t *)object = (uintptr_t)value;
}

/* The first cache line, or all of a smaller object. */
SLAB_LOOP void slab_write_line(void *object, size_t size, size_t value)
{
	volatile uint64_t *at = object;

	at[0] = at[1] = at[2] = at[3] = value;
	if (size >= 64)
		at[4] = at[5] = at[6] = at[7] = value;
}

SLAB_LOOP void slab_pairs_with(slab_alloc_call alloc, slab_free_call free_it,
			       struct slab_lane *lane)
{
	size_t i, size = lane->size;

	stopwatch_start(&lane->watch);
	for (i = 0; i < lane->nr_steps; i++) {
		void *object = slab_take(alloc, size);

		slab_touch(object, i);
		free_it(object);
	}
	stopwatch_stop(&lane->watch);
	lane->watch.operations += lane->nr_steps;
}

/* All slots are filled, and emptied in the order of the next so many steps. */
SLAB_LOOP void slab_batches_with(slab_alloc_call alloc, slab_free_call free_it,
				 struct slab_lane *lane)
{
	size_t nr = lane->nr_slots, size = lane->size, done, i;
	void **slots = lane->slots;

	stopwatch_start(&lane->watch);
	for (done = 0; done + nr <= lane->nr_steps; done += nr) {
		const uint32_t *order = lane->steps + done;

		for (i = 0; i < nr; i++) {
			slots[i] = slab_take(alloc, size);
			slab_touch(slots[i], i);
		}
		for (i = 0; i < nr; i++)
			free_it(slots[order[i]]);
	}
	stopwatch_stop(&lane->watch);
	lane->watch.operations += done;
}

/*
 * What a slot holds is asked for ahead of time: the caller's own misses are not the
 * allocator's. What it points at is left to the allocator.
 */
SLAB_LOOP void slab_replace_with(slab_alloc_call alloc, slab_free_call free_it,
				 struct slab_lane *lane)
{
	size_t i, size = lane->size;
	void **slots = lane->slots;

	stopwatch_start(&lane->watch);
	for (i = 0; i < lane->nr_steps; i++) {
		void **slot = &slots[lane->steps[i]];

		__builtin_prefetch(&slots[lane->steps[i + BENCH_PLAN_AHEAD]], 1);
		free_it(*slot);
		*slot = slab_take(alloc, size);
		slab_write_line(*slot, size, i);
	}
	stopwatch_stop(&lane->watch);
	lane->watch.operations += lane->nr_steps;
}

SLAB_LOOP void slab_produce_with(slab_alloc_call alloc, struct slab_lane *lane, void **batch,
				 size_t nr)
{
	size_t i, size = lane->size;

	stopwatch_start(&lane->watch);
	for (i = 0; i < nr; i++) {
		batch[i] = slab_take(alloc, size);
		slab_write_line(batch[i], size, i);
	}
	stopwatch_stop(&lane->watch);
	lane->watch.operations += nr;
}

SLAB_LOOP void slab_consume_with(slab_free_call free_it, struct slab_lane *lane, void **batch,
				 size_t nr)
{
	uintptr_t sum = 0;
	size_t i;

	stopwatch_start(&lane->watch);
	for (i = 0; i < nr; i++) {
		sum += *(volatile uintptr_t *)batch[i];
		free_it(batch[i]);
	}
	stopwatch_stop(&lane->watch);
	lane->watch.operations += nr;
	lane->sum += sum;
}

/* The loops of a subject whose calls are alloc_call and free_call, and how a table names them. */
#define SLAB_DEFINE_LOOPS(subject, alloc_call, free_call)                              \
	static void subject##_pairs(struct slab_lane *lane)                            \
	{                                                                              \
		slab_pairs_with(alloc_call, free_call, lane);                          \
	}                                                                              \
	static void subject##_batches(struct slab_lane *lane)                          \
	{                                                                              \
		slab_batches_with(alloc_call, free_call, lane);                        \
	}                                                                              \
	static void subject##_replace(struct slab_lane *lane)                          \
	{                                                                              \
		slab_replace_with(alloc_call, free_call, lane);                        \
	}                                                                              \
	static void subject##_produce(struct slab_lane *lane, void **batch, size_t nr) \
	{                                                                              \
		slab_produce_with(alloc_call, lane, batch, nr);                        \
	}                                                                              \
	static void subject##_consume(struct slab_lane *lane, void **batch, size_t nr) \
	{                                                                              \
		slab_consume_with(free_call, lane, batch, nr);                         \
	}
#define SLAB_LOOPS(subject, alloc_call, free_call)                                                \
	.alloc = alloc_call, .free = free_call, .pairs = subject##_pairs,                         \
	.batches = subject##_batches, .replace = subject##_replace, .produce = subject##_produce, \
	.consume = subject##_consume

#endif
