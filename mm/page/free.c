/* SPDX-License-Identifier: MIT */
/*
 * free.c - giving pages back, and refusing what must not be given back.
 *
 * A block's first structure knows the order it was taken with (page.h), tails have count
 * 0, and a free block's head has PG_buddy: so the wrong page, the wrong order and a second
 * free are all told from the one structure that the free touches anyway. What is refused
 * is reported with the caller and changes nothing.
 */
#include <quire/atomic.h>

#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"

/* Every failed check of a free ends here: one warning, nothing changed. */
static void report_bad_free(const void *caller, const struct page *page, unsigned int order,
			    const char *why)
{
	quire_warn(caller, "bad free, refused: page frame 0x%lx, order %u: %s", page_to_pfn(page),
		   order, why);
}

/* Why the block may not be freed with this order; NULL: it may. */
static const char *why_not_free(const struct page *page, unsigned int order)
{
	pfn_t pfn = page_to_pfn(page);

	/* Only the head of a block that nobody has touched is written. */
	if ((pfn & (MAX_ORDER_NR_PAGES - 1)) && block_is_lazy(pfn))
		return "the page is free already";
	if (PageReserved(page))
		return "the page is reserved";
	if (PageBuddy(page))
		return "the block is free already";
	if (PageTail(page))
		return "the page is a tail of a compound page";
	if (page_ref_count(page) <= 0)
		return "the page is free already, or in the middle of a block";
	if (page_alloc_order(page) != order)
		return "the block was taken with another order";
	return NULL;
}

/* Is it the address of a structure in mem_map that stands for a frame? */
static bool is_page_structure(const struct page *page)
{
	const struct page_state *ps = &this_quire()->page;
	uintptr_t at = (uintptr_t)page, map = (uintptr_t)ps->mem_map;

	return at >= map && (at - map) % sizeof(struct page) == 0 && pfn_valid(page_to_pfn(page));
}

/* What the allocator reads of a free page goes; the next owner's fields are prep_new_page's. */
static void clear_owner_state(struct page *page, unsigned int order)
{
	unsigned long i;

	if (PageHead(page)) {
		for (i = 1; i < 1UL << order; i++)
			page[i].compound_head = 0;
		page[1].compound_order = 0;
	}
	set_page_flags(page, page_flags(page) & ~PAGE_FLAGS_MASK);
	set_page_alloc_order(page, 0);
}

void free_unref_pages(struct page *page, unsigned int order)
{
	struct zone *zone = page_zone(page);
	pfn_t pfn = page_to_pfn(page);
	unsigned long flags;

	if (order == 0) {
		pcp_free(zone, page, pfn);
		return;
	}
	flags = spin_lock_irqsave(&zone->lock);
	buddy_free_locked(zone, page, pfn, order);
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* All checks, then one reference less; the last one frees. */
static void free_pages_checked(struct page *page, unsigned int order, const void *caller)
{
	const char *why = why_not_free(page, order);
	s32 left;

	if (__builtin_expect(why != NULL, 0)) {
		report_bad_free(caller, page, order, why);
		return;
	}
	left = drop_reference(&page->_refcount);
	if (left > 0)
		return;
	if (__builtin_expect(left < 0, 0)) {
		report_bad_free(caller, page, order, "another CPU has just freed it");
		return;
	}
	clear_owner_state(page, order);
	free_unref_pages(page, order);
}

void free_pages_for(struct page *page, unsigned int order, const void *caller)
{
	if (__builtin_expect(!is_page_structure(page), 0)) {
		quire_warn(caller, "bad free, refused: %p is no page structure", (void *)page);
		return;
	}
	free_pages_checked(page, order, caller);
}

/* Before that no page structure is written, and nothing was taken from the page allocator. */
static bool is_up(const void *caller)
{
	if (__builtin_expect(this_quire()->phase == PHASE_BUDDY, 1))
		return true;
	quire_warn(caller, "bad free, refused: the page allocator is not up");
	return false;
}

void __free_pages(struct page *page, unsigned int order)
{
	const void *caller = __builtin_return_address(0);

	if (is_up(caller))
		free_pages_for(page, order, caller);
}

void free_pages(unsigned long addr, unsigned int order)
{
	const void *caller = __builtin_return_address(0);
	phys_addr_t phys = virt_to_phys((void *)(uintptr_t)addr);

	if (!addr || !is_up(caller))
		return;
	if (phys & (PAGE_SIZE - 1) || PFN_DOWN(phys) >= max_low_pfn || !pfn_valid(PFN_DOWN(phys))) {
		quire_warn(caller, "bad free, refused: 0x%lx is no page of the direct map", addr);
		return;
	}
	free_pages_checked(phys_to_page(phys), order, caller);
}
