/* SPDX-License-Identifier: MIT */
/*
 * slab_subject_floor.c - the least that an allocator can cost: stacks of pointers.
 *
 * Each thread has a stack of free objects, and takes what was given back last. Nothing is
 * looked up, checked or counted. A thread whose stack is empty or full trades a lot of
 * pointers with a stack for all, under a lock: without that, who only takes would find no
 * object that has been used before. The calls are calls: no library's can be less.
 */
#include <stdio.h>
#include <string.h>

#include "bench/memory.h"
#include "bench/slab_loops.h"

#define LOT 1024u /* traded at once */

struct stack {
	void **top; /* the first free place */
	void **bottom, **limit;
} __attribute__((aligned(128)));

static struct {
	struct stack stacks[BENCH_MAX_THREADS];
	struct stack common;
	unsigned int lock;
	char *objects;
	void **places;
	uint64_t object_bytes, place_bytes;
} its;

static int floor_init(size_t size, size_t objects, unsigned int threads)
{
	size_t nr = objects + (size_t)4 * LOT * BENCH_MAX_THREADS, room = nr + 4 * LOT, i;
	unsigned int thread;

	(void)threads;
	its.object_bytes = (uint64_t)nr * size;
	its.place_bytes = (uint64_t)room * (1 + BENCH_MAX_THREADS) * sizeof(void *);
	its.objects = bench_map(its.object_bytes);
	its.places = bench_map(its.place_bytes);
	if (!its.objects || !its.places) {
		fprintf(stderr, "slab_bench: floor: no memory\n");
		return -1;
	}
	its.common.top = its.common.bottom = its.places;
	for (thread = 0; thread < BENCH_MAX_THREADS; thread++) {
		struct stack *stack = &its.stacks[thread];

		stack->top = stack->bottom = its.places + (1 + thread) * room;
		stack->limit = stack->bottom + 2 * LOT;
	}
	for (i = nr; i > 0; i--)
		*its.common.top++ = its.objects + (i - 1) * size;
	return 0;
}

static void floor_destroy(void)
{
	bench_unmap(its.objects, its.object_bytes);
	bench_unmap(its.places, its.place_bytes);
	its.objects = NULL;
	its.places = NULL;
}

static void lock(void)
{
	while (__atomic_exchange_n(&its.lock, 1, __ATOMIC_ACQUIRE))
		bench_pause();
}

static void unlock(void)
{
	__atomic_store_n(&its.lock, 0, __ATOMIC_RELEASE);
}

static __attribute__((noinline)) void *floor_refill(struct stack *stack)
{
	size_t nr;

	lock();
	nr = (size_t)(its.common.top - its.common.bottom);
	if (nr > LOT)
		nr = LOT;
	its.common.top -= nr;
	memcpy(stack->top, its.common.top, nr * sizeof(void *));
	stack->top += nr;
	unlock();
	return nr ? *--stack->top : NULL;
}

/* The older half goes, the younger moves down. */
static __attribute__((noinline)) void floor_flush(struct stack *stack)
{
	lock();
	memcpy(its.common.top, stack->bottom, LOT * sizeof(void *));
	its.common.top += LOT;
	unlock();
	memcpy(stack->bottom, stack->bottom + LOT, LOT * sizeof(void *));
	stack->top -= LOT;
}

static __attribute__((noinline)) void *floor_alloc(size_t size)
{
	struct stack *stack = &its.stacks[bench_cpu];

	(void)size;
	if (stack->top == stack->bottom)
		return floor_refill(stack);
	return *--stack->top;
}

static __attribute__((noinline)) void floor_free(void *object)
{
	struct stack *stack = &its.stacks[bench_cpu];

	if (stack->top == stack->limit)
		floor_flush(stack);
	*stack->top++ = object;
}

SLAB_DEFINE_LOOPS(floor, floor_alloc, floor_free)
const struct slab_subject slab_floor = { .name = "floor",
					 .init = floor_init,
					 .destroy = floor_destroy,
					 SLAB_LOOPS(floor, floor_alloc, floor_free) };

/* ---- the floor, with a fault in one of a hundred allocations ---- */

static bool is_due(void)
{
	static unsigned int calls;

	return __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) % 100 == 0;
}

static void *alloc_twice(size_t size)
{
	static _Thread_local void *last;

	if (last && is_due())
		return last;
	return last = floor_alloc(size);
}

static void *alloc_misaligned(size_t size)
{
	char *object = floor_alloc(size);

	return object && is_due() ? object + 4 : object;
}

/* An object that ends in the next one. */
static void *alloc_short(size_t size)
{
	char *object = floor_alloc(size);

	return object && is_due() ? object + 16 : object;
}

#define FAULTY(kind)                                                                     \
	const struct slab_subject slab_faulty_##kind = { .name = #kind,                  \
							 .init = floor_init,             \
							 .destroy = floor_destroy,       \
							 SLAB_LOOPS(floor, alloc_##kind, \
								    floor_free) }
FAULTY(twice);
FAULTY(misaligned);
FAULTY(short);
