/* SPDX-License-Identifier: MIT */
/*
 * test_ram.c - all of RAM, as the allocator hands it out and as the MMU shows it: every free
 * page is taken, written with a pattern of its own, read back when all are written, and
 * given back. Two pages at one address, or one page at two, would not keep their patterns.
 */
#include <quire/highmem.h>
#include <quire/mmzone.h>

#include "kernel/internal.h"

/* Taken blocks, one chain an order, linked by frame number + 1. */
static unsigned long chains[MAX_ORDER_LIMIT];

struct ram_counts {
	unsigned long pages, high_pages, wrong_pages, unmapped;
};

static unsigned long take_all(void)
{
	unsigned long pages = 0;
	unsigned int order = MAX_ORDER;
	struct page *page;

	while (order--)
		for (;;) {
			page = alloc_pages(GFP_HIGHUSER | __GFP_NOWARN | __GFP_MEMALLOC, order);
			if (!page)
				break;
			set_page_private(page, chains[order]);
			chains[order] = page_to_pfn(page) + 1;
			pages += 1UL << order;
		}
	return pages;
}

static void give_all_back(void)
{
	unsigned int order;

	for (order = 0; order < MAX_ORDER; order++)
		while (chains[order]) {
			struct page *page = pfn_to_page(chains[order] - 1);

			chains[order] = page_private(page);
			__free_pages(page, order);
		}
}

/* A word of every cache line. */
#define STRIDE 64

static unsigned long pattern(pfn_t pfn, unsigned int line)
{
	return (pfn * 0x9e3779b1UL) ^ (line * 0x85ebca77UL) ^ pfn << 7;
}

static void fill(pfn_t pfn, char *at, struct ram_counts *counts)
{
	unsigned int line;

	(void)counts;
	for (line = 0; line < PAGE_SIZE / STRIDE; line++)
		*(unsigned long *)(at + line * STRIDE) = pattern(pfn, line);
}

static void verify(pfn_t pfn, char *at, struct ram_counts *counts)
{
	unsigned int line;
	bool is_wrong = false;

	for (line = 0; line < PAGE_SIZE / STRIDE; line++)
		is_wrong |= *(unsigned long *)(at + line * STRIDE) != pattern(pfn, line);
	if (is_wrong && !counts->wrong_pages++)
		console_printf("# the first page that is wrong: frame 0x%lx at %p\n",
			       (unsigned long)pfn, (void *)at);
}

static void with_page(pfn_t pfn, void (*work)(pfn_t, char *, struct ram_counts *),
		      struct ram_counts *counts)
{
	struct page *page = pfn_to_page(pfn);
	char *at = kmap(page);

	counts->pages++;
	counts->high_pages += PageHighMem(page);
	if (!at) {
		counts->unmapped++;
		return;
	}
	work(pfn, at, counts);
	kunmap(page);
}

static struct ram_counts with_all(void (*work)(pfn_t, char *, struct ram_counts *))
{
	struct ram_counts counts = { 0 };
	unsigned long next, i;
	unsigned int order;

	for (order = 0; order < MAX_ORDER; order++)
		for (next = chains[order]; next; next = page_private(pfn_to_page(next - 1)))
			for (i = 0; i < 1UL << order; i++)
				with_page(next - 1 + i, work, &counts);
	return counts;
}

void test_ram(void)
{
	unsigned long free_before = nr_free_pages(), taken = take_all();
	struct ram_counts written = with_all(fill), read = with_all(verify);

	test_result(taken == free_before && !nr_free_pages(), "every free page can be taken: %lu of %lu",
		    taken, free_before);
	test_result(written.pages == taken && !written.unmapped,
		    "every page can be written, %lu of them in highmem", written.high_pages);
	test_result(read.pages == taken && !read.unmapped && !read.wrong_pages,
		    "every page keeps a pattern of its own: %lu do, %lu do not",
		    read.pages - read.wrong_pages, read.wrong_pages);
	give_all_back();
	test_result(nr_free_pages() == free_before && !page_alloc_validate(),
		    "all are given back, and the allocator is sound");
}
