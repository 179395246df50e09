/* SPDX-License-Identifier: MIT */
/*
 * page_check.c - a bit for each frame: set while somebody holds it.
 */
#include "bench/page_check.h"

#include <stdbool.h>
#include <stdio.h>

#define WORD_BITS 64u
#define MOST_TOLD 10u

static struct {
	const struct page_subject *subject; /* the one that is watched */
	struct page_subject wrapped;
	uint64_t *held;
	size_t span;
	size_t free_at_first;
	size_t blocks, faults;
} check;

static void fault(const char *what, size_t frame, unsigned int order)
{
	if (__atomic_add_fetch(&check.faults, 1, __ATOMIC_RELAXED) <= MOST_TOLD)
		fprintf(stderr, "page_bench: %s: frame %zu, order %u: %s\n", check.subject->name,
			frame, order, what);
}

static bool is_in_range(size_t frame, unsigned int order)
{
	size_t frames = (size_t)1 << order;

	if (frame >= check.span || check.span - frame < frames)
		fault("is not a frame of this machine", frame, order);
	else if (frame & (frames - 1))
		fault("is not aligned", frame, order);
	else
		return true;
	return false;
}

/* Turns the bits of the block over; all must have been `is_held` before. */
static void turn(size_t frame, unsigned int order, bool is_held, const char *otherwise)
{
	size_t end = frame + ((size_t)1 << order), at = frame;

	while (at < end) {
		size_t nr = end - at < WORD_BITS ? end - at : WORD_BITS;
		uint64_t bits = (nr == WORD_BITS ? ~(uint64_t)0 : ((uint64_t)1 << nr) - 1)
				<< at % WORD_BITS;
		uint64_t before =
			__atomic_fetch_xor(&check.held[at / WORD_BITS], bits, __ATOMIC_ACQ_REL);

		if ((before & bits) != (is_held ? bits : 0)) {
			fault(otherwise, frame, order);
			return;
		}
		at += nr;
	}
}

static page_handle look_at(page_handle page, unsigned int order)
{
	size_t frame;

	if (!page)
		return 0;
	__atomic_add_fetch(&check.blocks, 1, __ATOMIC_RELAXED);
	frame = check.subject->frame_of(page);
	if (is_in_range(frame, order))
		turn(frame, order, false, "is handed out, and somebody holds it");
	return page;
}

static void forget(page_handle page, unsigned int order)
{
	size_t frame = check.subject->frame_of(page);

	if (is_in_range(frame, order))
		turn(frame, order, true, "is given back, and nobody holds it");
}

/* ---- the calls ---- */

static page_handle checked_alloc(unsigned int cpu, unsigned int order)
{
	return look_at(check.subject->alloc(cpu, order), order);
}

static page_handle checked_alloc_movable(unsigned int cpu, unsigned int order)
{
	return look_at(check.subject->alloc_movable(cpu, order), order);
}

static size_t checked_alloc_bulk(unsigned int cpu, size_t nr, page_handle *pages)
{
	size_t i, got = check.subject->alloc_bulk(cpu, nr, pages);

	for (i = 0; i < got; i++)
		look_at(pages[i], 0);
	return got;
}

/* Forgotten first: once it is free, another thread may get it. */
static void checked_free(unsigned int cpu, page_handle page, unsigned int order)
{
	forget(page, order);
	check.subject->free(cpu, page, order);
}

static void checked_free_movable(unsigned int cpu, page_handle page, unsigned int order)
{
	forget(page, order);
	check.subject->free_movable(cpu, page, order);
}

static int checked_init(size_t frames, unsigned int threads)
{
	if (check.subject->init(frames, threads))
		return -1;
	check.span = check.subject->span();
	check.held = bench_map(check.span / 8 + sizeof(*check.held));
	if (!check.held) {
		check.subject->destroy();
		return -1;
	}
	check.free_at_first = check.subject->free_frames();
	if (check.free_at_first < frames)
		fault("fewer are free than were asked for", check.free_at_first, 0);
	return 0;
}

static void checked_destroy(void)
{
	bench_unmap(check.held, check.span / 8 + sizeof(*check.held));
	check.subject->destroy();
}

const struct page_subject *page_check_wrap(const struct page_subject *subject)
{
	check.subject = subject;
	check.blocks = check.faults = 0;
	check.wrapped = *subject;
	check.wrapped.init = checked_init;
	check.wrapped.destroy = checked_destroy;
	check.wrapped.alloc = checked_alloc;
	check.wrapped.free = checked_free;
	check.wrapped.alloc_movable = checked_alloc_movable;
	check.wrapped.free_movable = checked_free_movable;
	if (subject->alloc_bulk)
		check.wrapped.alloc_bulk = checked_alloc_bulk;
	return &check.wrapped;
}

void page_check_all_free(void)
{
	size_t free_now = check.subject->free_frames(), i;

	for (i = 0; i < check.span / WORD_BITS; i++)
		if (check.held[i])
			fault("is held, and all was given back", i * WORD_BITS, 0);
	if (free_now != check.free_at_first)
		fault("this many frames are free at the end, and more or fewer were at first",
		      free_now, 0);
}

size_t page_check_faults(void)
{
	return check.faults;
}

size_t page_check_blocks(void)
{
	return check.blocks;
}
