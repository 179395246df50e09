/* SPDX-License-Identifier: MIT */
/*
 * split.c - blocks that are given back piece by piece: split_page, and allocations of
 * just as many pages as are needed.
 */
#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/page/internal.h"
#include "mm/page/page_watch.h"

void split_page(struct page *page, unsigned int order)
{
	unsigned long i;

	if (WARN(PageHead(page) || PageTail(page), "split_page: page frame 0x%lx is part of a compound page",
		 page_to_pfn(page)))
		return;
	if (WARN(page_ref_count(page) <= 0 || page_alloc_order(page) != order,
		 "split_page: page frame 0x%lx is not a block of order %u", page_to_pfn(page), order))
		return;
	store_relaxed(*frame_state(page), (u8)(*frame_state(page) & ~PAGE_ORDER_MASK));
	for (i = 1; i < 1UL << order; i++) {
		/* Whatever the owner of the whole wrote there. */
		clean_page(page + i);
		set_frame_held(page + i, 0);
	}
	page_watch_split(page, order);
}

/* Keeps the first `size` bytes of a block and frees the pages behind them. */
static void *trim_to_size(struct page *page, unsigned int order, size_t size, const void *caller)
{
	unsigned long used = ((size - 1) >> PAGE_SHIFT) + 1, i;

	split_page(page, order);
	for (i = used; i < 1UL << order; i++)
		free_pages_for(page + i, 0, caller);
	return page_address(page);
}

static void *alloc_exact(int nid, size_t size, gfp_t gfp, const void *caller)
{
	unsigned int order = get_order(size);
	struct page *page;

	if (!size)
		return NULL;
	if (gfp & (__GFP_COMP | __GFP_HIGHMEM)) {
		quire_warn(caller, "alloc_pages_exact cannot give compound pages or highmem");
		return NULL;
	}
	page = alloc_pages_for(gfp, order, alloc_node_or_local(nid), caller);
	return page ? trim_to_size(page, order, size, caller) : NULL;
}

void *alloc_pages_exact_nid(int nid, size_t size, gfp_t gfp)
{
	return alloc_exact(nid, size, gfp, __builtin_return_address(0));
}

void *alloc_pages_exact(size_t size, gfp_t gfp)
{
	return alloc_exact(NUMA_NO_NODE, size, gfp, __builtin_return_address(0));
}

void free_pages_exact(void *virt, size_t size)
{
	const void *caller = __builtin_return_address(0);
	size_t pages = size / PAGE_SIZE + (size % PAGE_SIZE != 0), i;

	/* By number: the last page of the address space ends at 0. */
	for (i = 0; virt && i < pages; i++)
		free_address_for((unsigned long)(uintptr_t)virt + i * PAGE_SIZE, 0, caller);
}
