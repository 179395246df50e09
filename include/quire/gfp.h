/* SPDX-License-Identifier: MIT */
/*
 * gfp.h - taking and giving back pages: the calls of the buddy allocator.
 *
 * An order is log2 of the number of pages: 0 .. MAX_ORDER - 1. A block of order n is
 * aligned to its size. Calls may be made with interrupts off and from interrupt handlers,
 * but not from an NMI, which could hit a lock that its own CPU holds. One that passes
 * __GFP_DIRECT_RECLAIM (GFP_KERNEL and its like do) may sleep as soon as somebody reclaims or
 * moves pages: when the embedder, or a layer above, has set struct reclaim_ops whose hooks sleep,
 * or has movers that do (<quire/migrate.h>). Then such calls belong where sleeping is allowed,
 * and others use GFP_ATOMIC or GFP_NOWAIT. On a machine of several CPUs interrupt handlers do so
 * in any case: before such a call fails it waits until other CPUs are not at their lists, and those
 * may be where they were interrupted by somebody who waits for this one.
 */
#ifndef QUIRE_GFP_H
#define QUIRE_GFP_H

#include <quire/page.h>

/* Where the page may lie. */
#define __GFP_DMA 0x01u
#define __GFP_HIGHMEM 0x02u
#define __GFP_DMA32 0x04u
#define __GFP_MOVABLE 0x08u
#define __GFP_RECLAIMABLE 0x10u
/*
 * How hard to try. Where a zone's free memory falls below its low watermark, background reclaim
 * is woken (KSWAPD_RECLAIM); below its min watermark these say what is done:
 *
 * DIRECT_RECLAIM  reclaims and compacts itself, and tries again; at last what the object layer
 *                 keeps comes back (mm/page/keeper.c)
 * IO, FS          that reclaim may start I/O, may call file systems
 * NORETRY         once, and gives up; of what is kept by the object layer it gets single pages
 * RETRY_MAYFAIL   as long as there is progress, large orders too, but nobody is killed
 * NOFAIL          for ever: never NULL. Needs DIRECT_RECLAIM, is for orders 0 and 1, and is not
 *                 made to fail by fault injection. On one CPU without reclaim_ops it panics
 *                 instead of waiting for nobody.
 * HIGH            may take half of what min keeps back
 * ATOMIC          a quarter, and page blocks kept for large blocks without waiting
 * MEMALLOC        everything: for who frees more than it takes. Does not reclaim itself
 * NOMEMALLOC      nothing of all this but HIGH, whatever else is set
 * NOWARN          no report when it fails
 */
#define __GFP_HIGH 0x20u
#define __GFP_IO 0x40u
#define __GFP_FS 0x80u
#define __GFP_ATOMIC 0x200u
#define __GFP_DIRECT_RECLAIM 0x400u
#define __GFP_KSWAPD_RECLAIM 0x800u
#define __GFP_NOWARN 0x2000u
#define __GFP_RETRY_MAYFAIL 0x4000u
#define __GFP_NOFAIL 0x8000u
#define __GFP_NORETRY 0x10000u
#define __GFP_MEMALLOC 0x20000u
#define __GFP_NOMEMALLOC 0x80000u
/* What to do with the page, and for whom it is. */
#define __GFP_ZERO 0x100u
#define __GFP_WRITE 0x1000u
#define __GFP_COMP 0x40000u
#define __GFP_HARDWALL 0x100000u
#define __GFP_THISNODE 0x200000u
#define __GFP_ACCOUNT 0x400000u

#define __GFP_RECLAIM (__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM)
#define GFP_ATOMIC (__GFP_HIGH | __GFP_ATOMIC | __GFP_KSWAPD_RECLAIM)
#define GFP_KERNEL (__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_KERNEL_ACCOUNT (GFP_KERNEL | __GFP_ACCOUNT)
#define GFP_NOWAIT (__GFP_KSWAPD_RECLAIM)
#define GFP_NOIO (__GFP_RECLAIM)
#define GFP_NOFS (__GFP_RECLAIM | __GFP_IO)
#define GFP_USER (__GFP_RECLAIM | __GFP_IO | __GFP_FS | __GFP_HARDWALL)
#define GFP_DMA __GFP_DMA
#define GFP_DMA32 __GFP_DMA32
#define GFP_HIGHUSER (GFP_USER | __GFP_HIGHMEM)
#define GFP_HIGHUSER_MOVABLE (GFP_HIGHUSER | __GFP_MOVABLE)
/* Huge pages: what is at hand, or what compaction makes. Their owners have a use for small ones. */
#define GFP_TRANSHUGE_LIGHT \
	((GFP_HIGHUSER_MOVABLE | __GFP_COMP | __GFP_NOMEMALLOC | __GFP_NOWARN) & ~__GFP_RECLAIM)
#define GFP_TRANSHUGE (GFP_TRANSHUGE_LIGHT | __GFP_DIRECT_RECLAIM)

/*
 * Takes a block of 1 << order pages from the zones that `gfp` allows: the running CPU's
 * node first, then the others by distance (with __GFP_THISNODE: that node only).
 * Returns the first page's structure, its count 1, owned by the caller; NULL when the
 * request may not have any of what is free (a report in the log unless __GFP_NOWARN), when
 * the order is too large (a warning), or while the machine is not up. Contents are undefined
 * unless __GFP_ZERO. May sleep with __GFP_DIRECT_RECLAIM.
 */
struct page *alloc_pages(gfp_t gfp, unsigned int order);
/* The same from `nid` first; NUMA_NO_NODE: the running CPU's. A node that is not there: NULL. */
struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order);
struct page *__alloc_pages(gfp_t gfp, unsigned int order, int preferred_nid);
#define alloc_page(gfp) alloc_pages(gfp, 0)

/*
 * The same, as addresses in the direct map. __GFP_HIGHMEM is refused with a warning:
 * such a page has no address. 0 on failure.
 */
unsigned long __get_free_pages(gfp_t gfp, unsigned int order);
unsigned long get_zeroed_page(gfp_t gfp);
#define __get_free_page(gfp) __get_free_pages(gfp, 0)

/*
 * Drops one reference; the last one gives the block back. `order` must be the one of
 * the allocation. The wrong page, order, or a second time is reported with the caller's
 * address and refused: nothing changes. free_pages takes an address; 0 is ignored.
 */
void __free_pages(struct page *page, unsigned int order);
void free_pages(unsigned long addr, unsigned int order);
#define __free_page(page) __free_pages(page, 0)
#define free_page(addr) free_pages(addr, 0)

/*
 * The address of a page in the direct map; of a highmem page, where it is mapped now,
 * or NULL.
 */
void *page_address(const struct page *page);

/*
 * Makes 1 << order single pages of a block that the caller holds: each is then freed on
 * its own. A block that is compound, or taken with another order, is refused with a
 * warning: nothing changes.
 */
void split_page(struct page *page, unsigned int order);

/* The smallest order whose block holds `size` bytes; 0 for 0. */
static inline unsigned int get_order(unsigned long size)
{
	unsigned int order = 0;

	while (order < 8 * sizeof(long) - PAGE_SHIFT && PAGE_SIZE << order < size)
		order++;
	return order;
}

/*
 * Just the pages that `size` bytes need, next to each other, as an address in the direct
 * map; NULL on failure or for size 0. __GFP_COMP is refused with a warning. What is taken
 * with alloc_pages_exact is given back with free_pages_exact and the same size.
 */
void *alloc_pages_exact(size_t size, gfp_t gfp);
void *alloc_pages_exact_nid(int nid, size_t size, gfp_t gfp);
void free_pages_exact(void *virt, size_t size);

/*
 * Single pages by the lot: fills the NULL entries of pages[0 .. nr - 1] and returns how
 * many entries are filled, from the start, those that were not NULL before included; less
 * than nr when memory ran out. Each page is the caller's, as from alloc_page.
 */
unsigned long alloc_pages_bulk_array(gfp_t gfp, unsigned long nr, struct page **pages);
unsigned long alloc_pages_bulk_array_node(gfp_t gfp, int nid, unsigned long nr, struct page **pages);
/* The same onto a list, by page->lru; returns how many were added. */
unsigned long alloc_pages_bulk_list(gfp_t gfp, unsigned long nr, struct list_head *list);

/*
 * Takes just the frames [start, end), each as a single page. What is in use there is moved away,
 * if its owner has a mover (<quire/migrate.h>), with __GFP_DIRECT_RECLAIM; the call may then
 * sleep. migratetype: MIGRATE_CMA for pages of a CMA area, which others do not get. 0; -EBUSY if
 * one of the frames is reserved, isolated, in use and cannot be moved, of a CMA area, or on a CPU's
 * list even after a drain; -EINVAL if the range is empty, has no page structures, lies in two
 * zones, or is highmem and shall be zeroed, and this machine has no kmap_local; -ENOMEM if there
 * is no room elsewhere for what is in use, or if a page of it could not be mapped to be cleared
 * (in a process). On failure nothing was taken; pages may have been moved. free_contig_range gives
 * them back.
 */
int alloc_contig_range(pfn_t start, pfn_t end, unsigned int migratetype, gfp_t gfp);
void free_contig_range(pfn_t start, unsigned long nr_pages);

/*
 * Gives reserved memory of the direct map to the allocator for good: an initrd that was
 * unpacked, the kernel's init sections. `start` .. `end` are addresses, rounded inward to
 * pages; poison 0 .. 255 fills them first, -1 leaves them; `name` for the log, or NULL.
 * Returns how many pages. A page that is not reserved is left alone with a warning.
 */
unsigned long free_reserved_area(void *start, void *end, int poison, const char *name);

/* Gives the pages that CPUs keep for themselves back to the zones (NULL: every zone). */
void drain_all_pages(struct zone *zone);

/* Free pages of the whole machine, those on per-CPU lists included. */
unsigned long nr_free_pages(void);

#endif
