/* SPDX-License-Identifier: MIT */
/*
 * page.h - page frames: conversions between frame number, page structure, physical and
 * virtual address, and the fields of struct page.
 *
 * Every function here may be called in any context after the page phase has begun.
 */
#ifndef QUIRE_PAGE_H
#define QUIRE_PAGE_H

#include <quire/atomic.h>
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

/* The bit of the frame's largest block in one of the maps that have a bit for each. */
static inline bool memmap_block_bit(const unsigned long *map, pfn_t pfn)
{
	const struct page_state *ps = &this_quire()->page;
	size_t block = (pfn - ps->memmap_base_pfn) >> (MAX_ORDER - 1);

	return (load_relaxed(map[block / (8 * sizeof(long))]) >> (block % (8 * sizeof(long)))) & 1;
}

/*
 * True if the frame has a page structure. A frame in a hole between banks has none
 * when free_unused_memmap gave it back; a hole inside a largest block has one, reserved.
 */
static inline bool pfn_valid(pfn_t pfn)
{
	const struct page_state *ps = &this_quire()->page;

	return pfn >= ps->memmap_base_pfn && pfn < ps->memmap_end_pfn &&
	       memmap_block_bit(ps->block_valid, pfn);
}

/*
 * For those who walk all frames: the frame's structure, or NULL if it has none, or none
 * that was written yet. A largest block that nobody has touched since boot has only its
 * first structure written; the frames behind that are free.
 */
static inline struct page *pfn_to_online_page(pfn_t pfn)
{
	if (!pfn_valid(pfn))
		return NULL;
	if ((pfn & (MAX_ORDER_NR_PAGES - 1)) && memmap_block_bit(this_quire()->page.block_lazy, pfn))
		return NULL;
	return pfn_to_page(pfn);
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

/*
 * From the top: the zone, the node, the order that an allocated block was taken with
 * (in its first page, so that a free with another order is found out), the flags.
 */
#define FLAGS_BITS (8 * sizeof(unsigned long))
#define ZONES_WIDTH 3
#define ZONES_SHIFT (FLAGS_BITS - ZONES_WIDTH)
#define NODES_SHIFT (ZONES_SHIFT - NODES_WIDTH)
#define ORDER_WIDTH 5
#define ORDER_SHIFT (NODES_SHIFT - ORDER_WIDTH)
#define PAGE_FLAGS_MASK ((1UL << __NR_PAGEFLAGS) - 1)
_Static_assert(MAX_NR_ZONES <= 1 << ZONES_WIDTH, "zone does not fit page->flags");
_Static_assert(MAX_ORDER_LIMIT <= 1 << ORDER_WIDTH, "order does not fit page->flags");
_Static_assert(__NR_PAGEFLAGS <= 32 - ZONES_WIDTH - 4 - ORDER_WIDTH, "flags run into page->flags' order");

/*
 * Only a block's owner writes its flags: whoever holds the zone's lock while it is free,
 * the caller that took it otherwise. But a CPU that looks for a free buddy reads the
 * flags of blocks that others own: so each access is one whole load or store.
 */
static inline unsigned long page_flags(const struct page *page)
{
	return load_relaxed(page->flags);
}
static inline void set_page_flags(struct page *page, unsigned long flags)
{
	store_relaxed(page->flags, flags);
}

static inline enum zone_type page_zonenum(const struct page *page)
{
	return (enum zone_type)(page_flags(page) >> ZONES_SHIFT);
}
static inline int page_to_nid(const struct page *page)
{
	return (int)((page_flags(page) >> NODES_SHIFT) & (MAX_NUMNODES - 1));
}
static inline struct zone *page_zone(const struct page *page)
{
	return &this_quire()->page.node_data[page_to_nid(page)]->node_zones[page_zonenum(page)];
}

/* PageX: is the flag set? SetPageX, ClearPageX: not atomic; the owner of the page calls them. */
#define PAGE_FLAG(Name, flag)                                 \
	static inline bool Page##Name(const struct page *page) \
	{                                                      \
		return (page_flags(page) >> (flag)) & 1;       \
	}                                                      \
	static inline void SetPage##Name(struct page *page)    \
	{                                                      \
		set_page_flags(page, page_flags(page) | 1UL << (flag));  \
	}                                                      \
	static inline void ClearPage##Name(struct page *page)  \
	{                                                      \
		set_page_flags(page, page_flags(page) & ~(1UL << (flag))); \
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
	return load_relaxed(page->_refcount);
}
static inline void set_page_count(struct page *page, int count)
{
	store_relaxed(page->_refcount, count);
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
