/* SPDX-License-Identifier: MIT */
/*
 * split.c - blocks that are given back piece by piece: split_page, and allocations of
 * just as many pages as are needed.
 */
#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/page/internal.h"

void split_page(struct page *page, unsigned int order)
{
	unsigned long i;

	if (WARN(PageHead(page) || PageTail(page), "split_page: page frame 0x%lx is part of a compound page",
		 page_to_pfn(page)))
		return;
	if (WARN(page_ref_count(page) <= 0 || page_alloc_order(page) != order,
		 "split_page: page frame 0x%lx is not a block of order %u", page_to_pfn(page), order))
		return;
	set_page_alloc_order(page, 0);
	for (i = 1; i < 1UL << order; i++) {
		set_page_private(page + i, 0);
		page[i].mapping = NULL;
		set_page_count(page + i, 1);
	}
}

/* Keeps the first `size` bytes of a block and frees the pages behind them. */
static void *trim_to_size(struct page *page, unsigned int order, size_t size)
{
	unsigned long used = ((size - 1) >> PAGE_SHIFT) + 1, i;

	split_page(page, order);
	for (i = used; i < 1UL << order; i++)
		__free_pages(page + i, 0);
	return page_address(page);
}

void *alloc_pages_exact_nid(int nid, size_t size, gfp_t gfp)
{
	unsigned int order = get_order(size);
	struct page *page;

	if (!size || WARN(gfp & (__GFP_COMP | __GFP_HIGHMEM),
			  "alloc_pages_exact cannot give compound pages or highmem"))
		return NULL;
	page = alloc_pages_node(nid, gfp, order);
	return page ? trim_to_size(page, order, size) : NULL;
}

void *alloc_pages_exact(size_t size, gfp_t gfp)
{
	return alloc_pages_exact_nid(NUMA_NO_NODE, size, gfp);
}

void free_pages_exact(void *virt, size_t size)
{
	size_t pages = size / PAGE_SIZE + (size % PAGE_SIZE != 0), i;

	/* By number: the last page of the address space ends at 0. */
	for (i = 0; virt && i < pages; i++)
		free_page((unsigned long)(uintptr_t)virt + i * PAGE_SIZE);
}
