/* SPDX-License-Identifier: MIT */
/*
 * heap.c - malloc for tests in a kernel, on the kernel's page allocator.
 *
 * Small blocks are powers of two, cut from a page; a large one has pages of its own. Either
 * way a head stands at the start of the page where the block begins, so free() finds it by
 * rounding down. Freed small blocks are filled with a pattern: who reads them sees it.
 */
#include <stdlib.h>
#include <string.h>

#include <quire/quire.h>

#include "mm/lib/list.h"
#include "tests/kernel/kernel_tests.h"

#define MAGIC 0x48656170u
#define SMALLEST 16u
#define LARGEST_SMALL 1024u
#define NR_CLASSES 7
#define FREED 0x6b

struct heap_head {
	unsigned int magic;
	unsigned int order; /* pages, log2 */
	size_t block; /* bytes of each block here */
	struct list_head list; /* of all heads */
};
/* Blocks are as aligned as any type wants. */
#define HEAD_BYTES ((sizeof(struct heap_head) + 15) & ~(size_t)15)

struct free_block {
	struct free_block *next;
};

static struct list_head heads = { &heads, &heads };
static struct free_block *free_blocks[NR_CLASSES];

static unsigned int class_of(size_t size)
{
	unsigned int class = 0;

	while (SMALLEST << class < size)
		class++;
	return class;
}

/* Pages with a head that says what is in them. NULL: no memory. */
static struct heap_head *new_pages(unsigned int order, size_t block)
{
	struct quire *before = select_kernel();
	struct heap_head *head = (struct heap_head *)__get_free_pages(GFP_KERNEL, order);

	quire_select(before);
	if (!head)
		return NULL;
	*head = (struct heap_head){ .magic = MAGIC, .order = order, .block = block };
	list_add(&head->list, &heads);
	return head;
}

static void free_head(struct heap_head *head)
{
	struct quire *before = select_kernel();

	list_del(&head->list);
	head->magic = 0;
	free_pages((unsigned long)head, head->order);
	quire_select(before);
}

static void cut_page(unsigned int class)
{
	size_t block = SMALLEST << class, at;
	struct heap_head *head = new_pages(0, block);

	if (!head)
		return;
	for (at = HEAD_BYTES; at + block <= PAGE_BYTES; at += block) {
		struct free_block *freed = (void *)((char *)head + at);

		freed->next = free_blocks[class];
		free_blocks[class] = freed;
	}
}

static void *malloc_small(size_t size)
{
	unsigned int class = class_of(size);
	struct free_block *block;

	if (!free_blocks[class])
		cut_page(class);
	block = free_blocks[class];
	if (block)
		free_blocks[class] = block->next;
	return block;
}

void *malloc(size_t size)
{
	struct heap_head *head;
	unsigned int order = 0;

	if (size <= LARGEST_SMALL)
		return malloc_small(size);
	if (size > SIZE_MAX / 4)
		return NULL;
	while (PAGE_BYTES << order < size + HEAD_BYTES)
		order++;
	head = new_pages(order, size);
	return head ? (char *)head + HEAD_BYTES : NULL;
}

void *calloc(size_t n, size_t size)
{
	size_t bytes;
	void *block;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	block = malloc(bytes);
	return block ? memset(block, 0, bytes) : NULL;
}

static struct heap_head *head_of(void *block)
{
	struct heap_head *head = (void *)((uintptr_t)block & ~(PAGE_BYTES - 1));

	if (head->magic != MAGIC) {
		tap_note("%p is no block of the heap", block);
		abort();
	}
	return head;
}

void free(void *block)
{
	struct heap_head *head;
	struct free_block *freed = block;
	unsigned int class;

	if (!block)
		return;
	head = head_of(block);
	if (head->block > LARGEST_SMALL) {
		free_head(head);
		return;
	}
	class = class_of(head->block);
	memset(block, FREED, head->block);
	freed->next = free_blocks[class];
	free_blocks[class] = freed;
}

void *realloc(void *block, size_t size)
{
	void *larger = malloc(size);
	size_t old;

	if (!block || !larger)
		return larger;
	old = head_of(block)->block;
	memcpy(larger, block, old < size ? old : size);
	free(block);
	return larger;
}

void heap_reset(void)
{
	while (!list_empty(&heads))
		free_head((void *)((uintptr_t)heads.next & ~(PAGE_BYTES - 1)));
	memset(free_blocks, 0, sizeof(free_blocks));
}
