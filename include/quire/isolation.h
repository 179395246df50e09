/* SPDX-License-Identifier: MIT */
/*
 * isolation.h - emptying a range of page frames: nobody takes pages of it any more, and what is
 * in use there is moved away. For who wants just these frames: contiguous memory, CMA, memory
 * that is to be taken out of the machine.
 *
 *   start_isolate_page_range     free pages of the range are nobody's, and stay so
 *   evacuate_page_range          those in use are moved elsewhere: the range is free
 *   ... take it, or take it out ...
 *   undo_isolate_page_range      what is free is anybody's again
 *
 * Ranges are page frame numbers, `end` exclusive; page blocks count as a whole: the range is
 * widened to them.
 */
#ifndef QUIRE_ISOLATION_H
#define QUIRE_ISOLATION_H

#include <quire/mempolicy.h>
#include <quire/migrate.h>

static inline bool is_migrate_isolate(int migratetype)
{
	return migratetype == MIGRATE_ISOLATE;
}

/* For whom a range is isolated. */
#define MEMORY_OFFLINE 0x1 /* the memory is to go: also page blocks of CMA areas */
#define REPORT_FAILURE 0x2 /* a page in the way is logged */

/*
 * A page of [start, end) that is in use and has no mover, or is reserved; NULL: there is none.
 * In ZONE_MOVABLE only reserved pages are in the way. Pages of a CMA area are for MIGRATE_CMA (and
 * MEMORY_OFFLINE) alone, and never in its way. Frames without a page structure are not in the
 * way. A look at a byte a frame; old when it is there. Context: any.
 */
struct page *has_unmovable_pages(pfn_t start, pfn_t end, int migratetype, int flags);

/*
 * Makes the page blocks of [start, end) MIGRATE_ISOLATE: their free pages, and those that come
 * free, are not handed out, do not count as free memory, and merge with their like only. Pages of
 * the range may still lie on CPUs' lists: drain_all_pages. migratetype: MIGRATE_CMA for who
 * isolates a CMA area, else MIGRATE_MOVABLE. 0; -EBUSY: a page of [start, end) cannot be moved, or
 * a page block is isolated already: nothing has changed. Context: any.
 */
int start_isolate_page_range(pfn_t start, pfn_t end, int migratetype, int flags);
/*
 * The page blocks get the type back that they had; `migratetype`, if nobody knows it (they were
 * made MIGRATE_ISOLATE by set_pageblock_migratetype). What is not isolated is left as it is.
 * Context: any.
 */
void undo_isolate_page_range(pfn_t start, pfn_t end, int migratetype);
/* 0: all of [start, end) is isolated and free; else -EBUSY. Context: any. */
int test_pages_isolated(pfn_t start, pfn_t end, int flags);

/*
 * Moves all pages in use out of [start, end), which is isolated and of one zone. 0: all of it is
 * free, as test_pages_isolated says; -ENOMEM: there is no room elsewhere; -EBUSY: a page could
 * not be moved: what was moved stays moved. gfp: how the new pages are asked for, GFP_USER |
 * __GFP_RETRY_MAYFAIL say. Without CONFIG_PAGE_EXT nothing can be moved: what is in use makes it
 * -EBUSY. May sleep.
 */
int evacuate_page_range(pfn_t start, pfn_t end, gfp_t gfp, enum migrate_reason reason);

/*
 * nr_pages frames in a row, any number, each a single page of the caller's (free_contig_range
 * gives them back); aligned to nr_pages if that is a power of two. From `nid` first, or the
 * running CPU's node for NUMA_NO_NODE; `nodes`: from these only, NULL: from all. What is free
 * is tried first; with __GFP_DIRECT_RECLAIM pages in use are then moved away, and the call may
 * sleep. NULL: there is no such range. Not from CMA areas.
 */
struct page *alloc_contig_pages(unsigned long nr_pages, gfp_t gfp, int nid, const nodemask_t *nodes);

#endif
