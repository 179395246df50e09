/* SPDX-License-Identifier: MIT */
/*
 * page_owner.h - who holds which page, by call site, and a hook that is told of every
 * allocation. Both are off by default and then cost a branch.
 */
#ifndef QUIRE_PAGE_OWNER_H
#define QUIRE_PAGE_OWNER_H

#include <quire/state.h>

/*
 * What is known of the block that begins at a page. There are records on a machine with
 * MACHINE_PAGE_OWNER, from the boot on. Call sites are addresses in the code that called
 * the library: of alloc_pages, __get_free_pages, page_frag_alloc, free_pages, ...
 */
struct page_owner {
	const void *caller; /* who took it; of a free page: who took it last. NULL: nobody yet */
	const void *free_caller; /* who gave it back last; NULL: nobody yet */
	unsigned long seq;	 /* its number among all allocations, from 1 */
	gfp_t gfp;
	u8 order;
	bool is_held;
};

/*
 * The block that the page frame is part of, if somebody holds it: copies its record, and its
 * first frame to *head. False: nobody holds it, or no records are kept. Context: any.
 */
bool page_owner_find(pfn_t pfn, struct page_owner *owner, pfn_t *head);
/* The frame's own record, whether it is held or not: who took and freed it last. False: none. */
bool page_owner_read(pfn_t pfn, struct page_owner *owner);
/*
 * The next block that is held, from frame *pfn on: copies its record and makes *pfn its first
 * frame; to go on, add the block's pages to *pfn. False: there is none. Context: any;
 * blocks that are taken or freed meanwhile may be missed.
 */
bool page_owner_next(pfn_t *pfn, struct page_owner *owner);

/* What one call site holds. */
struct page_owner_site {
	const void *caller;
	unsigned long pages, blocks;
};
/*
 * All call sites that hold pages, those with the most pages first, into sites[0 .. max - 1].
 * Returns how many there are, or -ENOSPC when `max` are too few: what is in `sites` then
 * means nothing. Looks at every record. Context: any.
 */
long page_owner_sites(struct page_owner_site *sites, unsigned long max);

/* ---- tracing ---- */

enum page_trace_kind { PAGE_TRACE_ALLOC, PAGE_TRACE_FREE };

struct page_trace_event {
	enum page_trace_kind kind;
	struct page *page; /* the block's first page; NULL: the allocation failed */
	unsigned int order;
	gfp_t gfp; /* of an allocation */
	enum migratetype migratetype; /* of its page block; of a failure: as asked for */
	const void *caller;
};

/*
 * From now on `trace` is called for each block and page that is taken or given back, by whoever
 * does so, before the block can be somebody else's. NULL: no more. It may be called on
 * several CPUs at once, in any context, and must neither sleep nor call the library.
 * Forgotten by quire_reset(). No other CPU may allocate while it is set.
 */
void set_page_trace(void (*trace)(const struct page_trace_event *event));

#endif
