/* SPDX-License-Identifier: MIT */
/*
 * page_subject_textbook.c - the binary buddy system as textbooks have it: a baseline.
 *
 * A structure of 64 bytes for each frame; free blocks of each order on a doubly linked list
 * through the structures of their first frames; one spinlock around it all. Taking a
 * block splits the smallest that is large enough, giving one back merges it with its
 * buddy as long as that is free and whole. No lists of CPUs, no kinds of pages.
 */
#include <stdbool.h>
#include <stdio.h>

#include "bench/page_subject.h"

#define ORDERS 11u

struct book_page {
	struct book_page *next, *prev; /* of the free blocks of this order */
	unsigned int order;	       /* of the free block that begins here */
	bool is_free;
} __attribute__((aligned(64)));
_Static_assert(sizeof(struct book_page) == 64, "as large as the usual page structure");

static struct {
	struct book_page *pages;
	size_t frames;
	struct book_page heads[ORDERS];
	size_t free_blocks[ORDERS];
	unsigned int lock __attribute__((aligned(128)));
} its;

static void lock(void)
{
	while (__atomic_exchange_n(&its.lock, 1, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(&its.lock, __ATOMIC_RELAXED))
			bench_pause();
}

static void unlock(void)
{
	__atomic_store_n(&its.lock, 0, __ATOMIC_RELEASE);
}

/* ---- the lists, locked ---- */

static void add_block(struct book_page *page, unsigned int order)
{
	struct book_page *head = &its.heads[order];

	page->order = order;
	page->is_free = true;
	page->next = head->next;
	page->prev = head;
	head->next->prev = page;
	head->next = page;
	its.free_blocks[order]++;
}

static void remove_block(struct book_page *page)
{
	page->prev->next = page->next;
	page->next->prev = page->prev;
	page->is_free = false;
	its.free_blocks[page->order]--;
}

/* ---- taking and giving back ---- */

/* Takes a block of `from` and gives back the upper halves until it is of `order`. */
static struct book_page *take(unsigned int from, unsigned int order)
{
	struct book_page *page = its.heads[from].next;

	remove_block(page);
	while (from > order) {
		from--;
		add_block(page + ((size_t)1 << from), from);
	}
	return page;
}

static page_handle book_alloc(unsigned int cpu, unsigned int order)
{
	struct book_page *page = NULL;
	unsigned int from;

	(void)cpu;
	lock();
	for (from = order; from < ORDERS && !page; from++)
		if (its.heads[from].next != &its.heads[from])
			page = take(from, order);
	unlock();
	return (page_handle)page;
}

static void give_back(size_t frame, unsigned int order)
{
	for (; order < ORDERS - 1; order++) {
		size_t buddy = frame ^ (size_t)1 << order;
		struct book_page *page = &its.pages[buddy];

		if (buddy >= its.frames || !page->is_free || page->order != order)
			break;
		remove_block(page);
		frame &= buddy;
	}
	add_block(&its.pages[frame], order);
}

static size_t book_frame_of(page_handle page)
{
	return (size_t)((struct book_page *)page - its.pages);
}

static void book_free(unsigned int cpu, page_handle page, unsigned int order)
{
	(void)cpu;
	lock();
	give_back(book_frame_of(page), order);
	unlock();
}

/* ---- the rest ---- */

/* The largest blocks that fit, the lowest on top of their lists. */
static void add_all(void)
{
	size_t frame = its.frames;

	while (frame) {
		unsigned int order = (unsigned int)__builtin_ctzll(frame);

		if (order >= ORDERS)
			order = ORDERS - 1;
		frame -= (size_t)1 << order;
		add_block(&its.pages[frame], order);
	}
}

static int book_init(size_t frames, unsigned int threads)
{
	unsigned int order;

	(void)threads;
	its.frames = frames;
	its.pages = bench_map((uint64_t)frames * sizeof(struct book_page));
	if (!its.pages) {
		fprintf(stderr, "page_bench: textbook: no memory\n");
		return -1;
	}
	for (order = 0; order < ORDERS; order++) {
		its.heads[order].next = its.heads[order].prev = &its.heads[order];
		its.free_blocks[order] = 0;
	}
	add_all();
	return 0;
}

static void book_destroy(void)
{
	bench_unmap(its.pages, (uint64_t)its.frames * sizeof(struct book_page));
	its.pages = NULL;
}

static size_t book_span(void)
{
	return its.frames;
}

static size_t count_free(unsigned int order)
{
	size_t sum = 0;

	for (; order < ORDERS; order++)
		sum += its.free_blocks[order] << order;
	return sum;
}

static size_t book_free_frames(void)
{
	return count_free(0);
}

static size_t book_usable_frames(void)
{
	return count_free(9);
}

const struct page_subject page_textbook = {
	.name = "textbook",
	.init = book_init,
	.destroy = book_destroy,
	.alloc = book_alloc,
	.free = book_free,
	.alloc_movable = book_alloc,
	.free_movable = book_free,
	.frame_of = book_frame_of,
	.span = book_span,
	.free_frames = book_free_frames,
	.usable_frames = book_usable_frames,
};
