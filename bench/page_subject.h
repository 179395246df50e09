/* SPDX-License-Identifier: MIT */
/*
 * page_subject.h - a page allocator as page_bench sees it: a table of functions.
 *
 * Every subject, the floor included, is called through such a table by the same code, so
 * that what the call costs is the same for all. A subject has one instance: what
 * init() makes and destroy() takes away.
 */
#ifndef BENCH_PAGE_SUBJECT_H
#define BENCH_PAGE_SUBJECT_H

#include <stddef.h>
#include <stdint.h>

#include "bench/crew.h"
#include "bench/memory.h"

#define PAGE_BENCH_FRAME 4096u
#define PAGE_BENCH_ORDERS 10u /* 0 .. 9 are asked for */

/* A block, as its allocator names it: a frame's number plus one, or a pointer. 0: none. */
typedef uintptr_t page_handle;

struct page_subject {
	const char *name;

	/*
	 * Makes an allocator with at least `frames` free frames for `threads` threads, numbered
	 * from 0. 0, or -1 with a reason on stderr.
	 */
	int (*init)(size_t frames, unsigned int threads);
	void (*destroy)(void);
	/* Each thread calls it before all else, with its number. NULL: nothing to do. */
	void (*enter)(unsigned int cpu);

	page_handle (*alloc)(unsigned int cpu, unsigned int order);
	void (*free)(unsigned int cpu, page_handle page, unsigned int order);
	/* The same for memory that could be moved. The pair above: where none is told apart. */
	page_handle (*alloc_movable)(unsigned int cpu, unsigned int order);
	void (*free_movable)(unsigned int cpu, page_handle page, unsigned int order);
	/* Fills pages[0 .. nr - 1] with single frames; how many it got. NULL: has no such call. */
	size_t (*alloc_bulk)(unsigned int cpu, size_t nr, page_handle *pages);

	/* What the checks and the ageing ask for; no thread may be at work. */
	size_t (*frame_of)(page_handle page); /* the number of its first frame ... */
	size_t (*span)(void);		      /* ... which is less than this */
	size_t (*free_frames)(void);
	size_t (*usable_frames)(
		void); /* of those, how many lie in free blocks of order 9 or more */
};

extern const struct page_subject page_floor, page_textbook, page_quire, page_llfree;
/* Subjects that do what is wrong, one each: the check must find it. */
extern const struct page_subject page_faulty_twice, page_faulty_misaligned, page_faulty_outside;

/* Why the library of LLFree is not there; NULL: it is. Loads it. */
const char *page_llfree_missing(void);

#endif
