/* SPDX-License-Identifier: MIT */
/*
 * page_subject_floor.c - the least that an allocator can cost: stacks of frame numbers.
 *
 * Each thread has a stack for each order, and the frames of an order are its own: nothing
 * is split, merged, locked or checked. No allocator of pages can do with less; what one
 * takes more than this is the price of what it does.
 */
#include <stdbool.h>
#include <stdio.h>

#include "bench/page_subject.h"

struct stack {
	uint32_t *top; /* the first free place */
	uint32_t *bottom;
} __attribute__((aligned(16)));

static struct {
	struct stack stacks[BENCH_MAX_THREADS][PAGE_BENCH_ORDERS] __attribute__((aligned(128)));
	size_t frames;
	unsigned int threads;
	uint32_t *memory;
	uint64_t bytes;
} its;

/* The stacks of all threads and orders, each with room for all blocks of its order. */
static size_t room(unsigned int order)
{
	return its.frames >> order;
}

/* Blocks of order n are numbered from n times all frames on. Handles are numbers plus one. */
static void fill(struct stack *stack, unsigned int order, unsigned int thread)
{
	size_t share = room(order) / its.threads, i;

	for (i = share; i > 0; i--)
		*stack->top++ =
			(uint32_t)(its.frames * order + ((thread * share + i - 1) << order) + 1);
}

static int floor_init(size_t frames, unsigned int threads)
{
	unsigned int order, thread;
	uint32_t *next;

	if (frames * PAGE_BENCH_ORDERS >= UINT32_MAX) {
		fprintf(stderr, "page_bench: floor: too many frames\n");
		return -1;
	}
	its.frames = frames;
	its.threads = threads;
	its.bytes = (uint64_t)frames * 2 * threads * sizeof(uint32_t);
	its.memory = bench_map(its.bytes);
	if (!its.memory) {
		fprintf(stderr, "page_bench: floor: no memory\n");
		return -1;
	}
	next = its.memory;
	for (thread = 0; thread < threads; thread++) {
		for (order = 0; order < PAGE_BENCH_ORDERS; order++) {
			struct stack *stack = &its.stacks[thread][order];

			stack->bottom = stack->top = next;
			next += room(order);
			fill(stack, order, thread);
		}
	}
	return 0;
}

static void floor_destroy(void)
{
	bench_unmap(its.memory, its.bytes);
	its.memory = NULL;
}

static page_handle floor_alloc(unsigned int cpu, unsigned int order)
{
	struct stack *stack = &its.stacks[cpu][order];

	if (stack->top == stack->bottom)
		return 0;
	return *--stack->top;
}

static void floor_free(unsigned int cpu, page_handle page, unsigned int order)
{
	*its.stacks[cpu][order].top++ = (uint32_t)page;
}

static size_t floor_frame_of(page_handle page)
{
	return (size_t)page - 1;
}

static size_t floor_span(void)
{
	return its.frames * PAGE_BENCH_ORDERS;
}

static size_t count_free(unsigned int first_order)
{
	unsigned int order, thread;
	size_t sum = 0;

	for (thread = 0; thread < its.threads; thread++)
		for (order = first_order; order < PAGE_BENCH_ORDERS; order++)
			sum += (size_t)(its.stacks[thread][order].top -
					its.stacks[thread][order].bottom)
			       << order;
	return sum;
}

static size_t floor_free_frames(void)
{
	return count_free(0);
}

static size_t floor_usable_frames(void)
{
	return count_free(9);
}

const struct page_subject page_floor = {
	.name = "floor",
	.init = floor_init,
	.destroy = floor_destroy,
	.alloc = floor_alloc,
	.free = floor_free,
	.alloc_movable = floor_alloc,
	.free_movable = floor_free,
	.frame_of = floor_frame_of,
	.span = floor_span,
	.free_frames = floor_free_frames,
	.usable_frames = floor_usable_frames,
};

/* ---- the floor, with a fault in one of a thousand allocations ---- */

static bool is_due(void)
{
	static unsigned int calls;

	return __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) % 1000 == 0;
}

static page_handle alloc_twice(unsigned int cpu, unsigned int order)
{
	static page_handle last[PAGE_BENCH_ORDERS];

	if (last[order] && is_due())
		return last[order];
	return last[order] = floor_alloc(cpu, order);
}

static page_handle alloc_misaligned(unsigned int cpu, unsigned int order)
{
	page_handle page = floor_alloc(cpu, order);

	return page && order && is_due() ? page + 1 : page;
}

static page_handle alloc_outside(unsigned int cpu, unsigned int order)
{
	page_handle page = floor_alloc(cpu, order);

	return page && is_due() ? page + floor_span() : page;
}

#define FAULTY(kind)                                     \
	const struct page_subject page_faulty_##kind = { \
		.name = #kind,                           \
		.init = floor_init,                      \
		.destroy = floor_destroy,                \
		.alloc = alloc_##kind,                   \
		.free = floor_free,                      \
		.alloc_movable = alloc_##kind,           \
		.free_movable = floor_free,              \
		.frame_of = floor_frame_of,              \
		.span = floor_span,                      \
		.free_frames = floor_free_frames,        \
		.usable_frames = floor_usable_frames,    \
	}
FAULTY(twice);
FAULTY(misaligned);
FAULTY(outside);
