/* SPDX-License-Identifier: MIT */
/*
 * page.h - page frames: conversions between frame number, page structure, physical and
 * virtual address, and the fields of struct page.
 *
 * Every function here may be called in any context after the page phase has begun.
 */
#ifndef QUIRE_PAGE_H
#define QUIRE_PAGE_H

#include <quire/state.h>

/* ---- pfn <-> page ---- */

/* The frame must be one for which pfn_valid() holds. */
static inline struct page *pfn_to_page(pfn_t pfn)
{
	const struct page_state *ps = &this_quire()->page;

	return ps->mem_map + (pfn - ps->memmap_base_pfn);
}

static inline pfn_t page_to_pfn(const struct page *page)
{
	const struct page_state *ps = &this_quire()->page;

	return (pfn_t)(page - ps->mem_map) + ps->memmap_base_pfn;
}

/*
 * True if the frame has a page structure. A frame in a hole between banks has none
 * when free_unused_memmap gave it back; a hole inside a page block has one, reserved.
 */
static inline bool pfn_valid(pfn_t pfn)
{
	const struct page_state *ps = &this_quire()->page;
	size_t block;

	if (pfn < ps->memmap_base_pfn || pfn >= ps->memmap_end_pfn)
		return false;
	block = (pfn - ps->memmap_base_pfn) >> pageblock_order;
	return (ps->block_valid[block / (8 * sizeof(long))] >> (block % (8 * sizeof(long)))) & 1;
}

static inline phys_addr_t page_to_phys(const struct page *page)
{
	return PFN_PHYS(page_to_pfn(page));
}
static inline struct page *phys_to_page(phys_addr_t phys)
{
	return pfn_to_page(PFN_DOWN(phys));
}
static inline struct page *virt_to_page(const void *virt)
{
	return phys_to_page(virt_to_phys(virt));
}

/* ---- flags, zone and node ---- */

/* The node takes the bits above the flags, the zone the three topmost. */
#define FLAGS_BITS (8 * sizeof(unsigned long))
#define ZONES_WIDTH 3
#define ZONES_SHIFT (FLAGS_BITS - ZONES_WIDTH)
#if __SIZEOF_POINTER__ == 8
#define NODES_WIDTH 16
#else
#define NODES_WIDTH 8
#endif
#define NODES_SHIFT (ZONES_SHIFT - NODES_WIDTH)
#define MAX_NUMNODES (1U << NODES_WIDTH) /* page->flags holds no larger node id */
#define PAGE_FLAGS_MASK ((1UL << __NR_PAGEFLAGS) - 1)
_Static_assert(MAX_NR_ZONES <= 1 << ZONES_WIDTH, "zone does not fit page->flags");
_Static_assert(__NR_PAGEFLAGS <= 32 - ZONES_WIDTH - 8, "flags run into the node of page->flags");

static inline enum zone_type page_zonenum(const struct page *page)
{
	return (enum zone_type)(page->flags >> ZONES_SHIFT);
}
static inline int page_to_nid(const struct page *page)
{
	return (int)((page->flags >> NODES_SHIFT) & (MAX_NUMNODES - 1));
}
static inline struct zone *page_zone(const struct page *page)
{
	return &this_quire()->page.node_data[page_to_nid(page)]->node_zones[page_zonenum(page)];
}

/* PageX: is the flag set? SetPageX, ClearPageX: not atomic; the owner of the page calls them. */
#define PAGE_FLAG(Name, flag)                                 \
	static inline bool Page##Name(const struct page *page) \
	{                                                      \
		return (page->flags >> (flag)) & 1;            \
	}                                                      \
	static inline void SetPage##Name(struct page *page)    \
	{                                                      \
		page->flags |= 1UL << (flag);                  \
	}                                                      \
	static inline void ClearPage##Name(struct page *page)  \
	{                                                      \
		page->flags &= ~(1UL << (flag));               \
	}
PAGE_FLAG(Reserved, PG_reserved)
PAGE_FLAG(Buddy, PG_buddy)
PAGE_FLAG(Head, PG_head)
PAGE_FLAG(Slab, PG_slab)
PAGE_FLAG(Private, PG_private)
PAGE_FLAG(LRU, PG_lru)

/* ---- counts ---- */

static inline int page_ref_count(const struct page *page)
{
	return page->_refcount;
}
static inline void set_page_count(struct page *page, int count)
{
	page->_refcount = count;
}
/* How many page tables map the page. */
static inline int page_mapcount(const struct page *page)
{
	return page->_mapcount + 1;
}
static inline unsigned long page_private(const struct page *page)
{
	return page->private_data;
}
static inline void set_page_private(struct page *page, unsigned long value)
{
	page->private_data = value;
}

/* ---- compound pages ---- */

static inline bool PageTail(const struct page *page)
{
	return page->compound_head & 1;
}
/* The first page of the compound page that `page` is part of; else the page itself. */
static inline struct page *compound_head(const struct page *page)
{
	unsigned long head = page->compound_head;

	return (struct page *)(head & 1 ? head - 1 : (unsigned long)(uintptr_t)page);
}
static inline unsigned int compound_order(const struct page *page)
{
	return PageHead(page) ? (unsigned int)page[1].compound_order : 0;
}

/* ---- the limits of physical memory (once variables of their own) ---- */

#define max_mapnr (this_quire()->page.mapnr_end)
#define max_pfn (this_quire()->page.ram_end_pfn)
#define max_low_pfn (this_quire()->page.lowmem_end_pfn)
#define min_low_pfn (this_quire()->page.ram_start_pfn)
/* Pages that the page allocator was given, highmem included. */
static inline unsigned long totalram_pages(void)
{
	return this_quire()->page.totalram_pages;
}
static inline unsigned long totalhigh_pages(void)
{
	return this_quire()->page.totalhigh_pages;
}

#endif
