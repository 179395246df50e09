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
 * What a leaf is: its migrate type, perhaps LEAF_IS_LAZY, and above them the number of the
 * zone that its frames are in: from 2 on; 1 if zones meet in it, 0 in a hole.
 */
#define LEAF_TYPE_MASK 0x7u
#define LEAF_IS_LAZY 0x8u /* all free, and no page structure was ever written */
#define LEAF_ZONE_SHIFT 4
#define LEAF_ZONE_MASK 0xfff0u
#define LEAF_OF_ZONES (1u << LEAF_ZONE_SHIFT)

/* Of the frame that is the so-manieth of mem_map. */
static inline unsigned int leaf_kind_of_frame(const struct page_state *ps, size_t frame)
{
	return load_relaxed(ps->leaf_kind[frame >> LEAF_ORDER]);
}
/* The frame must be in a largest block that has RAM. */
static inline unsigned int leaf_kind(pfn_t pfn)
{
	const struct page_state *ps = &this_quire()->page;

	return leaf_kind_of_frame(ps, pfn - ps->memmap_base_pfn);
}

/*
 * For those who look at frames that they do not hold, where memory may be removed meanwhile
 * (<quire/memory_hotplug.h>). From begin to end the structures of frames that pfn_valid says to be valid
 * stay: who takes memory offline waits for the end. In between: no sleeping, and no call that
 * takes memory offline or removes it. Pairs nest. end gets what begin returned. Context: any.
 */
static inline u32 memmap_walk_begin(void)
{
	u32 side = 0;
#if CONFIG_SMP
	struct hotplug_state *hp = &this_quire()->page.hotplug;

	side = load_relaxed(hp->walk_side);
	__atomic_fetch_add(&hp->walks[side], 1, __ATOMIC_SEQ_CST);
	full_barrier();
#endif
	return side;
}
static inline void memmap_walk_end(u32 side)
{
#if CONFIG_SMP
	__atomic_fetch_sub(&this_quire()->page.hotplug.walks[side], 1, __ATOMIC_RELEASE);
#else
	(void)side;
#endif
}

/*
 * For those who walk all frames: the frame's structure, or NULL if it has none, or none
 * that was written yet. A leaf (1 << LEAF_ORDER frames) that nobody has touched since boot
 * has none written; its frames are free.
 */
static inline struct page *pfn_to_online_page(pfn_t pfn)
{
	const struct page_state *ps = &this_quire()->page;

	/* What was written before the leaf ceased to be lazy is to be seen. */
	if (!pfn_valid(pfn) ||
	    load_acquire(ps->leaf_kind[(pfn - ps->memmap_base_pfn) >> LEAF_ORDER]) & LEAF_IS_LAZY)
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

/* ---- the state of a frame ---- */

/*
 * The byte of the frame: PAGE_HELD and so on. It is the allocator's while the frame is free and
 * its owner's otherwise; others may read it at any time.
 */
static inline u8 *frame_state(const struct page *page)
{
	const struct page_state *ps = &this_quire()->page;

	return &ps->frame_state[page - ps->mem_map];
}
/* The structure is about to be written: it will be cleaned when the page is given back. */
static inline void touch_page(const struct page *page)
{
	u8 *state = frame_state(page);

	if (!(load_relaxed(*state) & PAGE_TOUCHED))
		store_relaxed(*state, (u8)(*state | PAGE_TOUCHED));
}

/* ---- flags, zone and node ---- */

/* From the top: the node, the zone, the flags. */
#define FLAGS_BITS (8 * sizeof(unsigned long))
#define ZONES_WIDTH 3
#define NODES_SHIFT (FLAGS_BITS - NODES_WIDTH)
#define ZONES_SHIFT (NODES_SHIFT - ZONES_WIDTH)
#define PAGE_FLAGS_MASK ((1UL << __NR_PAGEFLAGS) - 1)
_Static_assert(MAX_NR_ZONES <= 1 << ZONES_WIDTH, "zone does not fit page->flags");
_Static_assert(MAX_ORDER_LIMIT <= PAGE_ORDER_MASK + 1, "order does not fit the state of a page");
_Static_assert(__NR_PAGEFLAGS <= 32 - ZONES_WIDTH - 4, "flags run into page->flags' zone");

/*
 * Only a block's owner writes its flags. But who walks all frames reads the flags of
 * blocks that others own: so each access is one whole load or store.
 */
static inline unsigned long page_flags(const struct page *page)
{
	return load_relaxed(page->flags);
}
static inline void set_page_flags(struct page *page, unsigned long flags)
{
	touch_page(page);
	store_relaxed(page->flags, flags);
}

static inline enum zone_type page_zonenum(const struct page *page)
{
	return (enum zone_type)((page_flags(page) >> ZONES_SHIFT) & ((1U << ZONES_WIDTH) - 1));
}
static inline int page_to_nid(const struct page *page)
{
	return (int)(page_flags(page) >> NODES_SHIFT);
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
PAGE_FLAG(Head, PG_head)
PAGE_FLAG(Slab, PG_slab)
PAGE_FLAG(Private, PG_private)
PAGE_FLAG(LRU, PG_lru)
PAGE_FLAG(Ext, PG_ext)

/* Has its owner a mover? True only of a page that is held. Who has no reference asks again under a lock. */
static inline bool PageMovable(const struct page *page)
{
	return CONFIG_PAGE_EXT && (page_flags(page) >> PG_movable & 1);
}

/* ---- counts ---- */

/* 0: free, or not the first page of its block; 1: allocated, or reserved; more: further references. */
static inline int page_ref_count(const struct page *page)
{
	if (!(load_relaxed(*frame_state(page)) & (PAGE_HELD | PAGE_RESERVED)))
		return 0;
	/* A page of a slab has no further ones, and something else in their place. */
	return PageSlab(page) ? 1 : 1 + load_relaxed(page->_refs);
}
/* For a page that nobody else looks at. `count` is at least 1, and the page allocated. */
static inline void set_page_count(struct page *page, int count)
{
	touch_page(page);
	store_relaxed(page->_refs, count - 1);
}
/* One reference more, for who has one. Any context. */
static inline void get_page(struct page *page)
{
	touch_page(page);
	count_up32(&page->_refs);
}
/* How many page tables map the page. */
static inline int page_mapcount(const struct page *page)
{
	return PageSlab(page) ? 0 : page->_mapcount + 1;
}
static inline void set_page_mapcount(struct page *page, int count)
{
	touch_page(page);
	page->_mapcount = count - 1;
}

/* ---- what only some pages have ---- */

#if CONFIG_PAGE_EXT
static inline struct page_ext *page_ext(const struct page *page)
{
	const struct page_state *ps = &this_quire()->page;

	return &ps->page_ext[page - ps->mem_map];
}
/* The same, to be written by the page's owner. */
static inline struct page_ext *page_ext_of_owner(struct page *page)
{
	struct page_ext *ext = page_ext(page);

	if (!PageExt(page)) {
		ext->mapping = NULL;
		ext->index = 0;
		ext->private_data = 0;
		SetPageExt(page);
	}
	return ext;
}
/* The owner: an address space or an anonymous area; NULL: none. */
static inline struct address_space *page_mapping(const struct page *page)
{
	return PageExt(page) ? page_ext(page)->mapping : NULL;
}
/* The offset in the owner, in pages. */
static inline unsigned long page_index(const struct page *page)
{
	return PageExt(page) ? page_ext(page)->index : 0;
}
static inline void set_page_mapping(struct page *page, struct address_space *mapping, unsigned long index)
{
	struct page_ext *ext = page_ext_of_owner(page);

	ext->mapping = mapping;
	ext->index = index;
}
static inline unsigned long page_private(const struct page *page)
{
	return PageExt(page) ? page_ext(page)->private_data : 0;
}
static inline void set_page_private(struct page *page, unsigned long value)
{
	page_ext_of_owner(page)->private_data = value;
}
#endif

/* ---- compound pages ---- */

static inline bool PageTail(const struct page *page)
{
	return load_relaxed(page->compound_head) & 1;
}
/* The first page of the compound page that `page` is part of; else the page itself. */
static inline struct page *compound_head(const struct page *page)
{
	unsigned long head = load_relaxed(page->compound_head);

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
