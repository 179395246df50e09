/* SPDX-License-Identifier: MIT */
/*
 * page_watch.h - the places where blocks change hands tell page_owner.c, if somebody wants
 * to know.
 */
#ifndef MM_PAGE_PAGE_WATCH_H
#define MM_PAGE_PAGE_WATCH_H

#include <quire/page_owner.h>

/* Makes room for the records, if the machine shall keep them, from boot memory. 0 or -ENOMEM. */
int page_owner_init(const struct quire_machine *machine);

void page_watch_taken(struct page *page, unsigned int order, gfp_t gfp, const void *caller);
void page_watch_freed(struct page *page, unsigned int order, const void *caller);
void page_watch_was_split(struct page *page, unsigned int order);
void page_watch_was_moved(struct page *dst, const struct page *src);

/* A block was taken for `caller`; NULL: there was none. */
static inline void page_watch_alloc(struct page *page, unsigned int order, gfp_t gfp,
				    const void *caller)
{
	if (__builtin_expect(this_quire()->page.watch.is_on, 0))
		page_watch_taken(page, order, gfp, caller);
}

/* A block is about to be given back by `caller`. */
static inline void page_watch_free(struct page *page, unsigned int order, const void *caller)
{
	if (__builtin_expect(this_quire()->page.watch.is_on, 0))
		page_watch_freed(page, order, caller);
}

/* A block became single pages: each is its holder's, as the block was. */
static inline void page_watch_split(struct page *page, unsigned int order)
{
	if (__builtin_expect(this_quire()->page.watch.is_on, 0))
		page_watch_was_split(page, order);
}

/* What its owner has in src is in dst now: whoever took the one has the other. */
static inline void page_watch_move(struct page *dst, const struct page *src)
{
	if (__builtin_expect(this_quire()->page.watch.is_on, 0))
		page_watch_was_moved(dst, src);
}

#endif
